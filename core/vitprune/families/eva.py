"""timm's `eva.EvaBlock` and `eva.EvaBlockPostNorm`: EVA, EVA-02, DINOv3, Perception Encoder, RoPE ViT, Qwen3-ViT.

    x = x + drop_path1(gamma_1 * attn(norm1(x), rope))        EvaBlock; each gamma may be absent
    x = x + drop_path2(gamma_2 * mlp(norm2(x)))
    x = x + drop_path1(norm1(attn(x, rope)))                  EvaBlockPostNorm: the norm is part of the branch
    x = x + drop_path2(norm2(mlp(x)))

The model hands each block its rotary embedding, by position when `rope_mixed`: blocks are skipped in place.
"""

from __future__ import annotations

import torch
from timm.models.eva import EvaBlock, EvaBlockPostNorm

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingEvaBlock(Skipping, EvaBlock):
    """An EvaBlock that leaves out the branches that are None."""

    def forward(
        self,
        x: torch.Tensor,
        rope: torch.Tensor | None = None,
        attn_mask: torch.Tensor | None = None,
        is_causal: bool = False,
    ) -> torch.Tensor:
        if self.attn is not None:
            attended = self.attn(self.norm1(x), rope=rope, attn_mask=attn_mask, is_causal=is_causal)
            x = x + self.drop_path1(attended if self.gamma_1 is None else self.gamma_1 * attended)
        if self.mlp is not None:
            mixed = self.mlp(self.norm2(x))
            x = x + self.drop_path2(mixed if self.gamma_2 is None else self.gamma_2 * mixed)
        return x


class SkippingEvaBlockPostNorm(Skipping, EvaBlockPostNorm):
    """An EvaBlockPostNorm that leaves out the branches that are None."""

    def forward(
        self,
        x: torch.Tensor,
        rope: torch.Tensor | None = None,
        attn_mask: torch.Tensor | None = None,
        is_causal: bool = False,
    ) -> torch.Tensor:
        if self.attn is not None:
            attended = self.attn(x, rope=rope, attn_mask=attn_mask, is_causal=is_causal)
            x = x + self.drop_path1(self.norm1(attended))
        if self.mlp is not None:
            x = x + self.drop_path2(self.norm2(self.mlp(x)))
        return x


FAMILIES = (
    Family(
        "EVA",
        EvaBlock,
        SkippingEvaBlock,
        (
            Branch(
                "attn",
                Kind.ATTENTION,
                ("norm1", "attn", "gamma_1", "drop_path1"),
                "norm1",
                "drop_path1",
                repairable=True,
                last="attn.proj",
            ),
            Branch(
                "mlp",
                Kind.MLP,
                ("norm2", "mlp", "gamma_2", "drop_path2"),
                "norm2",
                "drop_path2",
                repairable=True,
                last="mlp.fc2",
            ),
        ),
    ),
    Family(
        "EVA, post-norm",
        EvaBlockPostNorm,
        SkippingEvaBlockPostNorm,
        (
            Branch("attn", Kind.ATTENTION, ("attn", "norm1", "drop_path1"), "attn", "drop_path1", repairable=True),
            Branch("mlp", Kind.MLP, ("mlp", "norm2", "drop_path2"), "mlp", "drop_path2", repairable=True),
        ),
        tier=2,
    ),
)
