"""timm's `swin_transformer_v2_cr.SwinTransformerV2CrBlock`: Swin V2 CR. The stream is (B, H, W, C) in the blocks.

x = x + drop_path1(norm1(_shifted_window_attn(x)))
x = x + drop_path2(norm2(mlp(x)))        on (B, H * W, C)
x = norm3(x)                             an identity in most blocks

norm1 and norm2 end their branches and go with them. norm3 works on the stream itself: it stays when the branches go,
and goes with the whole block. In the model's last block it is the norm before the head.
"""

from __future__ import annotations

import torch
from timm.models.swin_transformer_v2_cr import SwinTransformerV2CrBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingSwinTransformerV2CrBlock(Skipping, SwinTransformerV2CrBlock):
    """A SwinTransformerV2CrBlock that leaves out the branches, and the norm of the stream, that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.norm1(self._shifted_window_attn(x)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.norm2(self.mlp(x)))
        if self.norm3 is not None:
            x = self.norm3(x)
        return x


FAMILIES = (
    Family(
        "Swin V2 CR",
        SwinTransformerV2CrBlock,
        SkippingSwinTransformerV2CrBlock,
        (
            # The attention module is given windows; the stream as it is comes to the block alone. Where the MLP is
            # gone, the attention's step ends at norm3 as well.
            Branch(
                "attn", Kind.ATTENTION, ("attn", "norm1", "attn_mask", "drop_path1"), "", "drop_path1", until="norm3"
            ),
            Branch("mlp", Kind.MLP, ("mlp", "norm2", "drop_path2"), "mlp", "drop_path2", until="norm3"),
        ),
        rest=("norm3",),
        tier=2,
    ),
)
