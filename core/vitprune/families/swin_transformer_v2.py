"""timm's `swin_transformer_v2.SwinTransformerV2Block`: Swin V2. The stream is (B, H, W, C).

x = x + drop_path1(norm1(_attn(x)))      _attn rolls, pads and cuts into windows, and puts all back in place
x = x + drop_path2(norm2(mlp(x)))        on (B, H * W, C)

Each norm ends its branch and goes with it. So does the attention mask of shifted windows, a buffer.
"""

from __future__ import annotations

import torch
from timm.models.swin_transformer_v2 import SwinTransformerV2Block

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingSwinTransformerV2Block(Skipping, SwinTransformerV2Block):
    """A SwinTransformerV2Block that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.norm1(self._attn(x)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.norm2(self.mlp(x)))
        return x


FAMILIES = (
    Family(
        "Swin V2",
        SwinTransformerV2Block,
        SkippingSwinTransformerV2Block,
        (
            # The attention module is given windows; the stream as it is comes to the block alone.
            Branch("attn", Kind.ATTENTION, ("attn", "norm1", "attn_mask", "drop_path1"), "", "drop_path1"),
            Branch("mlp", Kind.MLP, ("mlp", "norm2", "drop_path2"), "mlp", "drop_path2"),
        ),
        tier=2,
    ),
)
