"""timm's `gemma4_vit.Gemma4Block`: the vision encoder of Gemma 4.

x = x + drop_path(norm2(attn(norm1(x), rope)))
x = x + drop_path(norm4(mlp(norm3(x))))

Each branch lies between two norms, and both go with it. The branches share one drop path, which belongs to neither.
"""

from __future__ import annotations

import torch
from timm.models.gemma4_vit import Gemma4Block

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingGemma4Block(Skipping, Gemma4Block):
    """A Gemma4Block that leaves out the branches that are None."""

    def forward(
        self, x: torch.Tensor, rope_cos: torch.Tensor, rope_sin: torch.Tensor, attn_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        if self.attn is not None:
            attended = self.attn(self.norm1(x), rope_cos, rope_sin, attn_mask=attn_mask)
            x = x + self.drop_path(self.norm2(attended))
        if self.mlp is not None:
            x = x + self.drop_path(self.norm4(self.mlp(self.norm3(x))))
        return x


FAMILIES = (
    Family(
        "Gemma 4 ViT",
        Gemma4Block,
        SkippingGemma4Block,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "norm2"), "norm1", "norm2"),
            Branch("mlp", Kind.MLP, ("norm3", "mlp", "norm4"), "norm3", "norm4"),
        ),
        tier=2,
    ),
)
