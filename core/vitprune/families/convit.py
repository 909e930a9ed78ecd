"""timm's `convit.Block`: ConViT.

    x = x + drop_path(attn(norm1(x)))                               gated positional, later plain self-attention
    x = x + drop_path(mlp(norm2(x)))

Both branches share one `drop_path`, which belongs to neither. The model puts the class token before the patches at the
first block of plain attention, by its index (`local_up_to_layer`): blocks are skipped in place. Gated attention keeps
the relative positions of the last number of tokens that it saw, and computes them again for another.
"""

from __future__ import annotations

import torch
from timm.models.convit import Block as ConvitBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingConvitBlock(Skipping, ConvitBlock):
    """A block of ConViT that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path(self.attn(self.norm1(x)))
        if self.mlp is not None:
            x = x + self.drop_path(self.mlp(self.norm2(x)))
        return x


FAMILIES = (
    Family(
        "ConViT",
        ConvitBlock,
        SkippingConvitBlock,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn"), "norm1", "drop_path"),
            Branch("mlp", Kind.MLP, ("norm2", "mlp"), "norm2", "drop_path"),
        ),
        prefix=lambda model, block: 0 if block.use_gpsa else model.num_prefix_tokens,
    ),
)
