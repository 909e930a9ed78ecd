"""Blocks that were rewritten, without any change of the logits, to compute what the head reads alone.

    x = x[:, :tokens] + drop_path1(ls1(attn(norm1(x))))        attn has keys and values of all tokens, queries of these
    x = x + drop_path2(ls2(mlp(norm2(x))))

The same with gamma_1 and gamma_2 for EVA. `vitprune.lossless` says when that is exact.
"""

from __future__ import annotations

import torch

from vitprune.architecture import Kind
from vitprune.families.eva import SkippingEvaBlock
from vitprune.families.family import Adds, Branch, Family
from vitprune.families.vision_transformer import SkippingBlock


class PrefixBlock(SkippingBlock):
    """A Block that computes, and gives, the first tokens of its stream alone."""

    tokens: int = 1

    def forward(self, x: torch.Tensor, attn_mask: torch.Tensor | None = None, is_causal: bool = False) -> torch.Tensor:
        read = x[:, : self.tokens]
        if self.attn is not None:
            attended = self.attn(self.norm1(x), attn_mask=attn_mask, is_causal=is_causal)
            read = read + self.drop_path1(self.ls1(attended))
        if self.mlp is not None:
            read = read + self.drop_path2(self.ls2(self.mlp(self.norm2(read))))
        return read


class PrefixEvaBlock(SkippingEvaBlock):
    """An EvaBlock that computes, and gives, the first tokens of its stream alone."""

    tokens: int = 1

    def forward(
        self,
        x: torch.Tensor,
        rope: torch.Tensor | None = None,
        attn_mask: torch.Tensor | None = None,
        is_causal: bool = False,
    ) -> torch.Tensor:
        read = x[:, : self.tokens]
        if self.attn is not None:
            attended = self.attn(self.norm1(x), rope=rope, attn_mask=attn_mask, is_causal=is_causal)
            read = read + self.drop_path1(attended if self.gamma_1 is None else self.gamma_1 * attended)
        if self.mlp is not None:
            mixed = self.mlp(self.norm2(read))
            read = read + self.drop_path2(mixed if self.gamma_2 is None else self.gamma_2 * mixed)
        return read


def _fixed(_: object) -> str:
    return "It hands on the class token alone, which all that follows counts on."


FAMILIES = tuple(
    Family(
        name,
        block,
        block,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", first, "drop_path1"), "norm1", "drop_path1", adds),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", second, "drop_path2"), "norm2", "drop_path2"),
        ),
        fixed=_fixed,
        prefix=lambda _, block: block.tokens,
        tier=2,
    )
    for name, block, first, second, adds in (
        ("ViT, class token", PrefixBlock, "ls1", "ls2", Adds.TO_A_SHORTCUT),
        ("EVA, class token", PrefixEvaBlock, "gamma_1", "gamma_2", Adds.TO_A_SHORTCUT),
    )
)
