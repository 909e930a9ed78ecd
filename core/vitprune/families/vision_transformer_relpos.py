"""timm's `vision_transformer_relpos`: ViTs whose attention is biased by relative positions.

    x = x + drop_path1(ls1(attn(norm1(x), shared_rel_pos)))      RelPosBlock
    x = x + drop_path2(ls2(mlp(norm2(x))))
    x = x + drop_path1(norm1(attn(x, shared_rel_pos)))           ResPostRelPosBlock: the norm is part of the branch
    x = x + drop_path2(norm2(mlp(x)))

A block's own bias, a table or a small MLP over relative positions, lies in `attn` and goes with it; one that all blocks
share is the model's, and stays. The MLP is computed once for a batch: its multiply-accumulates are those of one image.
"""

from __future__ import annotations

import torch
from timm.models.vision_transformer_relpos import RelPosBlock, ResPostRelPosBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingRelPosBlock(Skipping, RelPosBlock):
    """A RelPosBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, shared_rel_pos: torch.Tensor | None = None) -> torch.Tensor:
        if self.attn is not None:
            attended = self.attn(self.norm1(x), shared_rel_pos=shared_rel_pos)
            x = x + self.drop_path1(self.ls1(attended))
        if self.mlp is not None:
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x


class SkippingResPostRelPosBlock(Skipping, ResPostRelPosBlock):
    """A ResPostRelPosBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, shared_rel_pos: torch.Tensor | None = None) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.norm1(self.attn(x, shared_rel_pos=shared_rel_pos)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.norm2(self.mlp(x)))
        return x


FAMILIES = (
    Family(
        "ViT, relative positions",
        RelPosBlock,
        SkippingRelPosBlock,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "ls1", "drop_path1"), "norm1", "drop_path1"),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "ls2", "drop_path2"), "norm2", "drop_path2"),
        ),
    ),
    Family(
        "ViT, relative positions, post-norm",
        ResPostRelPosBlock,
        SkippingResPostRelPosBlock,
        (
            Branch("attn", Kind.ATTENTION, ("attn", "norm1", "drop_path1"), "attn", "drop_path1"),
            Branch("mlp", Kind.MLP, ("mlp", "norm2", "drop_path2"), "mlp", "drop_path2"),
        ),
        tier=2,
    ),
)
