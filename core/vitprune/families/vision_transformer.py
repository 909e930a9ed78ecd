"""timm's `vision_transformer.Block`: ViT, DeiT, DeiT-III, DINOv2, CLIP, SigLIP, MAE, FlexiViT, PiT, hybrids, NaFlexViT,
and `vision_transformer.ResPostBlock`.

    x = x + drop_path1(ls1(attn(norm1(x))))      Block
    x = x + drop_path2(ls2(mlp(norm2(x))))
    x = x + drop_path1(norm1(attn(x)))           ResPostBlock: the norm is part of the branch
    x = x + drop_path2(norm2(mlp(x)))
"""

from __future__ import annotations

import torch
from timm.models.vision_transformer import Block, ResPostBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingBlock(Skipping, Block):
    """A Block that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, attn_mask: torch.Tensor | None = None, is_causal: bool = False) -> torch.Tensor:
        if self.attn is not None:
            attended = self.attn(self.norm1(x), attn_mask=attn_mask, is_causal=is_causal)
            x = x + self.drop_path1(self.ls1(attended))
        if self.mlp is not None:
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x


class SkippingResPostBlock(Skipping, ResPostBlock):
    """A ResPostBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, attn_mask: torch.Tensor | None = None, is_causal: bool = False) -> torch.Tensor:
        if self.attn is not None:
            attended = self.attn(x, attn_mask=attn_mask, is_causal=is_causal)
            x = x + self.drop_path1(self.norm1(attended))
        if self.mlp is not None:
            x = x + self.drop_path2(self.norm2(self.mlp(x)))
        return x


FAMILIES = (
    Family(
        "ViT",
        Block,
        SkippingBlock,
        (
            Branch(
                "attn",
                Kind.ATTENTION,
                ("norm1", "attn", "ls1", "drop_path1"),
                "norm1",
                "drop_path1",
                repairable=True,
                last="attn.proj",
            ),
            Branch(
                "mlp",
                Kind.MLP,
                ("norm2", "mlp", "ls2", "drop_path2"),
                "norm2",
                "drop_path2",
                repairable=True,
                last="mlp.fc2",
            ),
        ),
    ),
    Family(
        "ViT, post-norm",
        ResPostBlock,
        SkippingResPostBlock,
        (
            Branch("attn", Kind.ATTENTION, ("attn", "norm1", "drop_path1"), "attn", "drop_path1", repairable=True),
            Branch("mlp", Kind.MLP, ("mlp", "norm2", "drop_path2"), "mlp", "drop_path2", repairable=True),
        ),
        tier=2,
    ),
)
