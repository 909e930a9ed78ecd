"""timm's `deepseek_vit.DeepseekVitBlock`: the vision encoder of DeepSeek.

x = x + drop_path1(attn(norm1(x), rope))
x = x + drop_path2(mlp(norm2(x)))

One rotary embedding serves every block.
"""

from __future__ import annotations

import torch
from timm.models.deepseek_vit import DeepseekVitBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingDeepseekVitBlock(Skipping, DeepseekVitBlock):
    """A DeepseekVitBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, rope: torch.Tensor | None = None) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.attn(self.norm1(x), rope=rope))
        if self.mlp is not None:
            x = x + self.drop_path2(self.mlp(self.norm2(x)))
        return x


FAMILIES = (
    Family(
        "DeepSeek ViT",
        DeepseekVitBlock,
        SkippingDeepseekVitBlock,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "drop_path1"), "norm1", "drop_path1"),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "drop_path2"), "norm2", "drop_path2"),
        ),
    ),
)
