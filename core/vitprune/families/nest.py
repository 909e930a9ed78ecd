"""timm's `nest.TransformerLayer`: NesT. The stream is (B, windows, tokens of a window, C).

x = x + drop_path1(attn(norm1(x)))       within each window
x = x + drop_path2(mlp(norm2(x)))
"""

from __future__ import annotations

import torch
from timm.models.nest import TransformerLayer

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingTransformerLayer(Skipping, TransformerLayer):
    """A TransformerLayer that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.attn(self.norm1(x)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.mlp(self.norm2(x)))
        return x


FAMILIES = (
    Family(
        "NesT",
        TransformerLayer,
        SkippingTransformerLayer,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "drop_path1"), "norm1", "drop_path1"),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "drop_path2"), "norm2", "drop_path2"),
        ),
    ),
)
