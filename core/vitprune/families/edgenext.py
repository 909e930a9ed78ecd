"""timm's `edgenext.ConvBlock` and `SplitTransposeBlock`: EdgeNeXt. Whole blocks only.

x = x + drop_path(gamma * mlp(norm(conv_dw(x))))
x = x + drop_path(gamma * mlp(norm(z + drop_path(gamma_xca * xca(norm_xca(z)))))), z = convolutions of parts of x

A convolution block that halves the resolution adds to what its own convolution gives. The attention across channels of
the second has no stream of its own: what it is added to never leaves the block but through the MLP.
"""

from __future__ import annotations

import torch
from timm.models.edgenext import ConvBlock, SplitTransposeBlock

from vitprune.families.family import Family, Skipping


class SkippingConvBlock(Skipping, ConvBlock):
    """A ConvBlock that is gone."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


class SkippingSplitTransposeBlock(Skipping, SplitTransposeBlock):
    """A SplitTransposeBlock that is gone."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def _fixed(block: ConvBlock) -> str:
    return "It changes the resolution or the width, so what follows needs it." if block.shortcut_after_dw else ""


FAMILIES = (
    Family(
        "EdgeNeXt",
        ConvBlock,
        SkippingConvBlock,
        (),
        rest=("conv_dw", "norm", "mlp", "gamma", "drop_path"),
        fixed=_fixed,
        channels_first=True,
        prefix=lambda model, block: 0,
        tier=3,
    ),
    Family(
        "EdgeNeXt",
        SplitTransposeBlock,
        SkippingSplitTransposeBlock,
        (),
        rest=("convs", "pos_embd", "norm_xca", "gamma_xca", "xca", "norm", "mlp", "gamma", "drop_path"),
        channels_first=True,
        prefix=lambda model, block: 0,
        tier=3,
    ),
)
