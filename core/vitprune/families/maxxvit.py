"""timm's `maxxvit` blocks with attention: MaxViT, CoAtNet, MaxxViT, CoAtNeXt.

    x = shortcut(x) + drop_path1(ls1(attn(norm1(x))))            TransformerBlock2d, (B, C, H, W)
    x = x + drop_path1(ls1(_partition_attn(norm1(x))))           PartitionAttentionCl, (B, H, W, C)
                                                                 PartitionAttention2d, (B, C, H, W)
    a, b = attn_block(norm1(x)), attn_grid(norm1(x))             ParallelPartitionAttention, (B, H, W, C)
    x = x + drop_path1(ls1(cat(a, b)))
    x = x + drop_path2(ls2(mlp(norm2(x))))                       all of them

The partition attentions are the blocks, not the MaxxVitBlock around them: its convolution block, which may change the
resolution, comes first and is no part of them.

A TransformerBlock2d that halves the resolution does so in its shortcut and, once more, within norm1. Its branches can
go, its shortcut stays.

The attentions of a ParallelPartitionAttention add to half of the channels each, and share norm1 and ls1, which stay
until the whole block goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from timm.models.maxxvit import (
    Downsample2d,
    ParallelPartitionAttention,
    PartitionAttention2d,
    PartitionAttentionCl,
    TransformerBlock2d,
    grid_partition,
    grid_reverse,
    window_partition,
    window_reverse,
)
from torch import Tensor

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Branches, Family, Skipping


class SkippingTransformerBlock2d(Skipping, TransformerBlock2d):
    """A TransformerBlock2d that leaves out the branches, and the shortcut, that are None."""

    def forward(self, x: torch.Tensor, shared_rel_pos: torch.Tensor | None = None) -> torch.Tensor:
        y = x if self.shortcut is None else self.shortcut(x)
        if self.attn is not None:
            y = y + self.drop_path1(self.ls1(self.attn(self.norm1(x), shared_rel_pos=shared_rel_pos)))
        if self.mlp is not None:
            y = y + self.drop_path2(self.ls2(self.mlp(self.norm2(y))))
        return y


class SkippingPartitionAttentionCl(Skipping, PartitionAttentionCl):
    """A PartitionAttentionCl that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.ls1(self._partition_attn(self.norm1(x))))
        if self.mlp is not None:
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x


class SkippingPartitionAttention2d(Skipping, PartitionAttention2d):
    """A PartitionAttention2d that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.ls1(self._partition_attn(self.norm1(x))))
        if self.mlp is not None:
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x


class SkippingParallelPartitionAttention(Skipping, ParallelPartitionAttention):
    """A ParallelPartitionAttention that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn_block is not None or self.attn_grid is not None:
            size, window = list(x.shape[1:3]), [int(edge) for edge in self.partition_size]
            normed = self.norm1(x)
            in_windows = in_grid = torch.zeros_like(normed[..., : normed.shape[-1] // 2])
            if self.attn_block is not None:
                parts = self.attn_block(window_partition(normed, window))
                in_windows = window_reverse(parts, window, size)
            if self.attn_grid is not None:
                parts = self.attn_grid(grid_partition(normed, window))
                in_grid = grid_reverse(parts, window, size)
            x = x + self.drop_path1(self.ls1(torch.cat([in_windows, in_grid], dim=-1)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x


_ATTENTION = Branch("attn", Kind.ATTENTION, ("norm1", "attn", "ls1", "drop_path1"), "norm1", "drop_path1")
_MLP = Branch("mlp", Kind.MLP, ("norm2", "mlp", "ls2", "drop_path2"), "norm2", "drop_path2")


def _downsamples(block: Any) -> bool:
    return isinstance(block.shortcut, Downsample2d)


def _with_shortcut(block: Any) -> Branches:
    return (replace(_ATTENTION, adds=Adds.TO_A_SHORTCUT) if _downsamples(block) else _ATTENTION, _MLP)


def _first_half(_: Any, __: Tensor, output: Tensor) -> Tensor:
    half = output.clone()
    half[..., output.shape[-1] // 2 :] = 0
    return half


def _second_half(_: Any, __: Tensor, output: Tensor) -> Tensor:
    half = output.clone()
    half[..., : output.shape[-1] // 2] = 0
    return half


def _half(name: str, share: Callable[[Any, Tensor, Tensor], Tensor]) -> Branch:
    return Branch(name, Kind.ATTENTION, (name,), "norm1", "drop_path1", Adds.BESIDE_OTHERS, share=share)


FAMILIES = (
    Family(
        "CoAtNet",
        TransformerBlock2d,
        SkippingTransformerBlock2d,
        _with_shortcut,
        rest=("shortcut",),
        fixed=lambda block: (
            "It halves the resolution, and what follows is built for that." if _downsamples(block) else ""
        ),
        channels_first=True,
        tier=2,
    ),
    Family("MaxViT", PartitionAttentionCl, SkippingPartitionAttentionCl, (_ATTENTION, _MLP)),
    Family(
        "MaxViT, channels first",
        PartitionAttention2d,
        SkippingPartitionAttention2d,
        (_ATTENTION, _MLP),
        channels_first=True,
    ),
    Family(
        "MaxViT, parallel",
        ParallelPartitionAttention,
        SkippingParallelPartitionAttention,
        (_half("attn_block", _first_half), _half("attn_grid", _second_half), _MLP),
        rest=("norm1", "ls1", "drop_path1"),
        tier=2,
    ),
)
