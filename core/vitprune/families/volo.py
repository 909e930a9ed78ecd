"""timm's `volo.Outlooker`, `volo.Transformer` and `volo.ClassBlock`: VOLO.

    x = x + drop_path1(attn(norm1(x)))                              Outlooker, Transformer: (B, H, W, C), no class token
    x = x + drop_path2(mlp(norm2(x)))
    c = c + drop_path1(attn(norm1(cat(c, p))))                      ClassBlock: class token c, patches p; x = cat(c, p)
    c = c + drop_path2(mlp(norm2(c)))

What the branches of a class block add, they add to the class token alone: their scores are of that token, those of the
block of all tokens. The model adds its position embedding before stage 2, by index: blocks are skipped in place.
"""

from __future__ import annotations

import torch
from timm.models.volo import ClassBlock, Outlooker, Transformer

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Family, Skipping


class SkippingOutlooker(Skipping, Outlooker):
    """An Outlooker that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.attn(self.norm1(x)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.mlp(self.norm2(x)))
        return x


class SkippingTransformer(Skipping, Transformer):
    """A Transformer block that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.attn(self.norm1(x)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.mlp(self.norm2(x)))
        return x


class SkippingClassBlock(Skipping, ClassBlock):
    """A ClassBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, patches = x[:, :1], x[:, 1:]
        if self.attn is not None:
            first = first + self.drop_path1(self.attn(self.norm1(x)))
        if self.mlp is not None:
            first = first + self.drop_path2(self.mlp(self.norm2(first)))
        return torch.cat([first, patches], dim=1)


_ATTENTION = ("norm1", "attn", "drop_path1")
_MLP = ("norm2", "mlp", "drop_path2")
_IN_TURN = (
    Branch("attn", Kind.ATTENTION, _ATTENTION, "norm1", "drop_path1"),
    Branch("mlp", Kind.MLP, _MLP, "norm2", "drop_path2"),
)

FAMILIES = (
    Family("VOLO, outlook attention", Outlooker, SkippingOutlooker, _IN_TURN, prefix=lambda model, block: 0),
    Family("VOLO", Transformer, SkippingTransformer, _IN_TURN, prefix=lambda model, block: 0),
    Family(
        "VOLO, class attention",
        ClassBlock,
        SkippingClassBlock,
        (
            # Nothing but the last line of the block sees the stream after the last branch as a branch sees it.
            Branch("attn", Kind.ATTENTION, _ATTENTION, "norm1", "drop_path1", Adds.BESIDE_OTHERS),
            Branch("mlp", Kind.MLP, _MLP, "norm2", "drop_path2", Adds.BESIDE_OTHERS),
        ),
    ),
)
