"""timm's `cait.LayerScaleBlock` and `cait.LayerScaleBlockClassAttn`: CaiT.

    x = x + drop_path(gamma_1 * attn(norm1(x)))                     LayerScaleBlock, of patch tokens alone
    x = x + drop_path(gamma_2 * mlp(norm2(x)))
    c = c + drop_path(gamma_1 * attn(norm1(cat(c, x))))             LayerScaleBlockClassAttn, of the class token c
    c = c + drop_path(gamma_2 * mlp(norm2(c)))

Both branches of a block share one `drop_path`, which belongs to neither. The class blocks take (x, c) and return c: x
is read, never changed, and c is the stream.
"""

from __future__ import annotations

import torch
from timm.models.cait import LayerScaleBlock, LayerScaleBlockClassAttn

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Family, Skipping


class SkippingLayerScaleBlock(Skipping, LayerScaleBlock):
    """A LayerScaleBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path(self.gamma_1 * self.attn(self.norm1(x)))
        if self.mlp is not None:
            x = x + self.drop_path(self.gamma_2 * self.mlp(self.norm2(x)))
        return x


class SkippingLayerScaleBlockClassAttn(Skipping, LayerScaleBlockClassAttn):
    """A LayerScaleBlockClassAttn that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, x_cls: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            everything = torch.cat((x_cls, x), dim=1)
            x_cls = x_cls + self.drop_path(self.gamma_1 * self.attn(self.norm1(everything)))
        if self.mlp is not None:
            x_cls = x_cls + self.drop_path(self.gamma_2 * self.mlp(self.norm2(x_cls)))
        return x_cls


_MLP = Branch("mlp", Kind.MLP, ("norm2", "mlp", "gamma_2"), "norm2", "drop_path")

FAMILIES = (
    Family(
        "CaiT",
        LayerScaleBlock,
        SkippingLayerScaleBlock,
        (Branch("attn", Kind.ATTENTION, ("norm1", "attn", "gamma_1"), "norm1", "drop_path"), _MLP),
        prefix=lambda model, block: 0,
    ),
    Family(
        "CaiT, class attention",
        LayerScaleBlockClassAttn,
        SkippingLayerScaleBlockClassAttn,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "gamma_1"), "norm1", "drop_path", Adds.TO_A_SHORTCUT),
            _MLP,
        ),
        stream=1,
        prefix=lambda model, block: 1,
    ),
)
