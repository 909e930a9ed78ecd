"""timm's `pvt_v2.Block`: PVT v2, with pooled (`b2_li`) or strided keys and values.

x = x + drop_path1(attn(norm1(x), feat_size))      feat_size is (H, W)
x = x + drop_path2(mlp(norm2(x), feat_size))       the MLP holds a depthwise convolution
"""

from __future__ import annotations

import torch
from timm.models.pvt_v2 import Block as PvtBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingPvtBlock(Skipping, PvtBlock):
    """A PVT v2 Block that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, feat_size: list[int]) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.attn(self.norm1(x), feat_size))
        if self.mlp is not None:
            x = x + self.drop_path2(self.mlp(self.norm2(x), feat_size))
        return x


FAMILIES = (
    Family(
        "PVT v2",
        PvtBlock,
        SkippingPvtBlock,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "drop_path1"), "norm1", "drop_path1"),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "drop_path2"), "norm2", "drop_path2"),
        ),
    ),
)
