"""timm's `swin_transformer.SwinTransformerBlock`: Swin, Swin-S3. The stream is (B, H, W, C).

x = x + drop_path1(_attn(norm1(x)))      _attn rolls, pads and cuts into windows, and puts all back in place
x = x + drop_path2(mlp(norm2(x)))        on (B, H * W, C)

The attention mask of shifted windows is a buffer for the attention alone, and goes with it.
"""

from __future__ import annotations

import torch
from timm.models.swin_transformer import SwinTransformerBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingSwinTransformerBlock(Skipping, SwinTransformerBlock):
    """A SwinTransformerBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self._attn(self.norm1(x)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.mlp(self.norm2(x)))
        return x


FAMILIES = (
    Family(
        "Swin",
        SwinTransformerBlock,
        SkippingSwinTransformerBlock,
        (
            Branch(
                "attn",
                Kind.ATTENTION,
                ("norm1", "attn", "attn_mask", "drop_path1"),
                "norm1",
                "drop_path1",
                repairable=True,
            ),
            Branch(
                "mlp", Kind.MLP, ("norm2", "mlp", "drop_path2"), "norm2", "drop_path2", repairable=True, last="mlp.fc2"
            ),
        ),
    ),
)
