"""timm's `metaformer.MetaFormerBlock`: PoolFormer, ConvFormer, CAFormer.

x = res_scale1(x) + layer_scale1(drop_path1(token_mixer(norm1(x))))
x = res_scale2(x) + layer_scale2(drop_path2(mlp(norm2(x))))

The stream itself is scaled where a block has residual scales: without its branches it still gives
res_scale2(res_scale1(x)), and only without the whole block x. Token mixers are attention, separable convolutions or
pools; the latter two count as convolutions. Streams are (B, C, H, W), or (B, N, C) where the mixer attends.
"""

from __future__ import annotations

import torch
from timm.models.metaformer import Attention, MetaFormerBlock

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Branches, Family, Skipping

MIXER = ("norm1", "token_mixer", "drop_path1", "layer_scale1")
MLP = ("norm2", "mlp", "drop_path2", "layer_scale2")


class SkippingMetaFormerBlock(Skipping, MetaFormerBlock):
    """A MetaFormerBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.res_scale1 is None:
            return x
        mixed = None if self.token_mixer is None else self.token_mixer(self.norm1(x))
        x = self.res_scale1(x)
        if mixed is not None:
            x = x + self.layer_scale1(self.drop_path1(mixed))
        widened = None if self.mlp is None else self.mlp(self.norm2(x))
        x = self.res_scale2(x)
        if widened is not None:
            x = x + self.layer_scale2(self.drop_path2(widened))
        return x


def _branches(block: MetaFormerBlock) -> Branches:
    """What kind of a mixer is gone does not matter any more."""
    kind = Kind.ATTENTION if isinstance(block.token_mixer, Attention) else Kind.CONV
    return (
        Branch("token_mixer", kind, MIXER, "norm1", "layer_scale1", Adds.TO_A_SHORTCUT, until="res_scale2"),
        Branch("mlp", Kind.MLP, MLP, "norm2", "layer_scale2", Adds.TO_A_SHORTCUT),
    )


FAMILIES = (
    Family(
        "MetaFormer",
        MetaFormerBlock,
        SkippingMetaFormerBlock,
        _branches,
        rest=("res_scale1", "res_scale2"),
        channels_first=True,
        prefix=lambda model, block: 0,
        tier=2,
    ),
)
