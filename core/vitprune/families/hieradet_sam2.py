"""timm's `hieradet_sam2.MultiScaleBlock`: HieraDet, the image encoder of SAM 2.

    n = norm1(x)
    x = pool(proj(n))                                               only where the width changes: a new stage
    x = x + drop_path1(ls1(attn(windows of n)))                     attn pools its queries where the shortcut is pooled
    x = x + drop_path2(ls2(mlp(norm2(x))))

The stream is (B, H, W, C). Where the block widens it, the shortcut stays when the attention goes, with norm1, proj and
pool. Windows are padded at the right and the bottom; those of pooled queries are smaller by the stride.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from timm.models.hieradet_sam2 import MultiScaleBlock, window_partition, window_unpartition

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Branches, Family, Skipping


class SkippingHieraDetBlock(Skipping, MultiScaleBlock):
    """A MultiScaleBlock of HieraDet that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        normed = x if self.norm1 is None else self.norm1(x)
        if self.dim != self.dim_out:
            x = self.proj(normed)
            if self.pool is not None:
                x = self.pool(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        if self.attn is not None:
            attended = self.attend_in_windows(normed, *x.shape[1:3]) if self.is_windowed else self.attn(normed)
            x = x + self.drop_path1(self.ls1(attended))
        if self.mlp is not None:
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x

    def attend_in_windows(self, x: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """What the attention gives of (B, H, W, C): (B, height, width, C)."""
        rows, columns = (int(side) for side in self.window_size)
        padded = F.pad(x, (0, 0, 0, -x.shape[2] % columns, 0, -x.shape[1] % rows))
        windows = self.attn(window_partition(padded, (rows, columns)))
        if self.q_stride is not None:
            rows, columns = rows // self.q_stride[0], columns // self.q_stride[1]
        whole = (height + -height % rows, width + -width % columns)
        return window_unpartition(windows, (rows, columns), whole)[:, :height, :width].contiguous()


_MLP = Branch("mlp", Kind.MLP, ("norm2", "mlp", "ls2", "drop_path2"), "norm2", "drop_path2")
_OWN = ("attn", "ls1", "drop_path1")


def _branches(block: MultiScaleBlock) -> Branches:
    if block.dim != block.dim_out:
        return Branch("attn", Kind.ATTENTION, _OWN, "norm1", "drop_path1", Adds.TO_A_SHORTCUT), _MLP
    return Branch("attn", Kind.ATTENTION, ("norm1", *_OWN), "norm1", "drop_path1"), _MLP


def _fixed(block: MultiScaleBlock) -> str:
    return "It widens the stream, and what follows needs that." if block.dim != block.dim_out else ""


FAMILIES = (
    Family("HieraDet", MultiScaleBlock, SkippingHieraDetBlock, _branches, rest=("proj", "pool"), fixed=_fixed, tier=2),
)
