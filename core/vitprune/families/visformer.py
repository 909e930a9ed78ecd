"""timm's `visformer.Block`: Visformer.

    x = x + drop_path(attn(norm1(x)))                               absent in the stages of convolutions
    x = x + drop_path(mlp(norm2(x)))                                1x1 convolutions, in early stages with a 3x3 between

The stream is (B, C, H, W). Both branches share one `drop_path`, which belongs to neither.
"""

from __future__ import annotations

import torch
from timm.models.visformer import Block as VisformerBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Branches, Family, Skipping


class SkippingVisformerBlock(Skipping, VisformerBlock):
    """A block of Visformer that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None and self.norm1 is not None:
            x = x + self.drop_path(self.attn(self.norm1(x)))
        if self.mlp is not None:
            x = x + self.drop_path(self.mlp(self.norm2(x)))
        return x


_ATTENTION = Branch("attn", Kind.ATTENTION, ("norm1", "attn"), "norm1", "drop_path")
_MLP = Branch("mlp", Kind.MLP, ("norm2", "mlp"), "norm2", "drop_path")


def _branches(block: VisformerBlock) -> Branches:
    built_with_attention = block.attn is not None or "attn" in getattr(block, "removed", ())
    return (_ATTENTION, _MLP) if built_with_attention else (_MLP,)


FAMILIES = (Family("Visformer", VisformerBlock, SkippingVisformerBlock, _branches, channels_first=True),)
