"""timm's `hiera.HieraBlock`: Hiera.

    n = norm1(x)
    x = pool(proj(n))                                               only where `do_expand`, at the start of a stage
    x = x + drop_path1(ls1(attn(n)))
    x = x + drop_path2(ls2(mlp(norm2(x))))

Where the block widens the stream, its shortcut stays when the attention goes, with norm1 and proj. Without proj
(`use_expand_proj`) the shortcut is the maximum beside the mean of x itself, and norm1 is the attention's alone. Tokens
are (B, N, C), in an order in which those of one pool lie a fixed stride apart, and a class token there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from timm.models.hiera import HieraBlock

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Branches, Family, Skipping


class SkippingHieraBlock(Skipping, HieraBlock):
    """A HieraBlock that leaves out the branches that are None."""

    q_stride: int

    def drop(self, names: Sequence[str]) -> None:
        if self.attn is not None:
            self.q_stride = self.attn.q_stride  # the shortcut needs it when the attention is gone
        super().drop(names)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        normed = x if self.norm1 is None else self.norm1(x)
        if self.do_expand:
            source = x if self.proj is None else self.proj(normed)
            pools = source.unflatten(1, (self.q_stride, -1))
            x = pools.amax(1) if self.proj is not None else torch.cat([pools.amax(1), pools.mean(1)], dim=-1)
        if self.attn is not None:
            x = x + self.drop_path1(self.ls1(self.attn(normed)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x


_MLP = Branch("mlp", Kind.MLP, ("norm2", "mlp", "ls2", "drop_path2"), "norm2", "drop_path2")


def _branches(block: HieraBlock) -> Branches:
    shared = ("norm1",) if block.do_expand and block.proj is not None else ()
    owned = tuple(name for name in ("norm1", "attn", "ls1", "drop_path1") if name not in shared)
    adds = Adds.TO_A_SHORTCUT if block.do_expand else Adds.IN_TURN
    return Branch("attn", Kind.ATTENTION, owned, "norm1", "drop_path1", adds), _MLP


FAMILIES = (
    Family(
        "Hiera",
        HieraBlock,
        SkippingHieraBlock,
        _branches,
        rest=("proj",),
        fixed=lambda block: "It widens the stream, and what follows needs that." if block.do_expand else "",
        tier=2,
    ),
)
