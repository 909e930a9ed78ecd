"""timm's `davit.SpatialBlock` and `davit.ChannelBlock`: DaViT and the image tower of Florence-2.

x = x + cpe1.act(cpe1.proj(x))                    on (B, C, H, W), as the stream between blocks
x = x + drop_path1(attn(norm1(x)))                on (B, H * W, C); within padded windows in a SpatialBlock
x = x + cpe2.act(cpe2.proj(x))                    on (B, C, H, W)
x = x + drop_path2(mlp(norm2(x)))                 on (B, H * W, C); only where the model is built with `ffn`

The position convolutions are residual, so they are branches of their own and stay when the attention or the MLP goes.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from timm.models.davit import ChannelBlock, SpatialBlock, window_partition, window_reverse

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Branches, Family, Skipping


class SkippingSpatialBlock(Skipping, SpatialBlock):
    """A SpatialBlock that leaves out the branches that are None."""

    norm2: Any
    mlp: Any
    drop_path1: Any
    drop_path2: Any

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, width, rows, columns = x.shape
        if self.cpe1 is not None:
            x = self.cpe1(x)
        if self.attn is not None:
            tokens = x.flatten(2).mT
            high, wide = (int(edge) for edge in self.window_size)
            grid = self.norm1(tokens).view(batch, rows, columns, width)
            grid = F.pad(grid, (0, 0, 0, -columns % wide, 0, -rows % high))
            windows = window_partition(grid, (high, wide)).view(-1, high * wide, width)
            windows = self.attn(windows).view(-1, high, wide, width)
            grid = window_reverse(windows, (high, wide), grid.shape[1], grid.shape[2])[:, :rows, :columns]
            tokens = tokens + self.drop_path1(grid.reshape(batch, rows * columns, width))
            x = tokens.mT.reshape(batch, width, rows, columns)
        if self.cpe2 is not None:
            x = self.cpe2(x)
        if self.mlp is not None:
            tokens = x.flatten(2).mT
            tokens = tokens + self.drop_path2(self.mlp(self.norm2(tokens)))
            x = tokens.mT.reshape(batch, width, rows, columns)
        return x


class SkippingChannelBlock(Skipping, ChannelBlock):
    """A ChannelBlock that leaves out the branches that are None."""

    norm2: Any
    mlp: Any
    drop_path1: Any
    drop_path2: Any

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = x.shape
        if self.cpe1 is not None:
            x = self.cpe1(x)
        if self.attn is not None:
            tokens = x.flatten(2).mT
            tokens = tokens + self.drop_path1(self.attn(self.norm1(tokens)))
            x = tokens.mT.reshape(shape)
        if self.cpe2 is not None:
            x = self.cpe2(x)
        if self.mlp is not None:
            tokens = x.flatten(2).mT
            tokens = tokens + self.drop_path2(self.mlp(self.norm2(tokens)))
            x = tokens.mT.reshape(shape)
        return x


def _branches(block: Any) -> Branches:
    branches = (
        Branch("cpe1", Kind.CONV, ("cpe1",), "cpe1", "cpe1.act"),
        Branch("attn", Kind.ATTENTION, ("norm1", "attn", "drop_path1"), "norm1", "drop_path1"),
        Branch("cpe2", Kind.CONV, ("cpe2",), "cpe2", "cpe2.act"),
    )
    mlp = Branch("mlp", Kind.MLP, ("norm2", "mlp", "drop_path2"), "norm2", "drop_path2")
    return (*branches, mlp) if block.ffn else branches


FAMILIES = (
    Family("DaViT", SpatialBlock, SkippingSpatialBlock, _branches, channels_first=True),
    Family("DaViT", ChannelBlock, SkippingChannelBlock, _branches, channels_first=True),
)
