"""timm's `twins.Block`: Twins-PCPVT and Twins-SVT.

x = x + drop_path1(attn(norm1(x), size))      LSA (within windows) or GSA (to a reduced map); size is (H, W)
x = x + drop_path2(mlp(norm2(x)))

Sensitive to the index: each stage applies its position convolution after the block at place 0, outside of any block, so
it stays wherever that block goes.
"""

from __future__ import annotations

import torch
from timm.models.twins import Block as TwinsBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingTwinsBlock(Skipping, TwinsBlock):
    """A Twins Block that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.attn(self.norm1(x), size))
        if self.mlp is not None:
            x = x + self.drop_path2(self.mlp(self.norm2(x)))
        return x


FAMILIES = (
    Family(
        "Twins",
        TwinsBlock,
        SkippingTwinsBlock,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "drop_path1"), "norm1", "drop_path1"),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "drop_path2"), "norm2", "drop_path2"),
        ),
    ),
)
