"""timm's `mvitv2.MultiScaleBlock`: MViTv2.

    n = norm1(x)
    x = pool(proj(n) or x) + drop_path1(attn(n))                    shortcut_proj_attn, shortcut_pool_attn
    m = norm2(x)
    x = (proj(m) or x) + drop_path2(mlp(m))                         shortcut_proj_mlp

A projection is there where the width changes: in the first block of a stage beside the attention (`expand_attn`), else
in the last block of one beside the MLP. A pool is there where the attention pools its queries. Projections and pools,
and the norm that feeds a projection, stay when branches go. The block takes and returns (x, size of the feature map);
the attention tells the new size, and without it the pool of the shortcut does.
"""

from __future__ import annotations

import torch
from timm.models.mvitv2 import MultiScaleBlock

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Branches, Family, Skipping


class SkippingMultiScaleBlock(Skipping, MultiScaleBlock):
    """A MultiScaleBlock of MViTv2 that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, feat_size: list[int]) -> tuple[torch.Tensor, list[int]]:
        normed = x if self.norm1 is None else self.norm1(x)
        shortcut = x if self.shortcut_proj_attn is None else self.shortcut_proj_attn(normed)
        x = self._shortcut_pool(shortcut, feat_size)
        if self.attn is not None:
            attended, feat_size = self.attn(normed, feat_size)
            x = x + self.drop_path1(attended)
        elif self.shortcut_pool_attn is not None:
            feat_size = list(self.shortcut_pool_attn(x.new_empty(1, *feat_size)).shape[1:])
        normed = x if self.norm2 is None else self.norm2(x)
        shortcut = x if self.shortcut_proj_mlp is None else self.shortcut_proj_mlp(normed)
        x = shortcut if self.mlp is None else shortcut + self.drop_path2(self.mlp(normed))
        return x, feat_size


def _branches(block: MultiScaleBlock) -> Branches:
    """The same before and after pruning, since a block that has such a shortcut keeps it."""
    projected, mlp_projected = block.shortcut_proj_attn is not None, block.shortcut_proj_mlp is not None
    shortcut = projected or block.shortcut_pool_attn is not None
    attention = ("attn", "drop_path1") if projected else ("norm1", "attn", "drop_path1")
    mlp = ("mlp", "drop_path2") if mlp_projected else ("norm2", "mlp", "drop_path2")
    return (
        Branch(
            "attn",
            Kind.ATTENTION,
            attention,
            "norm1",
            "drop_path1",
            Adds.TO_A_SHORTCUT if shortcut else Adds.IN_TURN,
            until="norm2" if mlp_projected else "",
        ),
        Branch("mlp", Kind.MLP, mlp, "norm2", "drop_path2", Adds.TO_A_SHORTCUT if mlp_projected else Adds.IN_TURN),
    )


def _fixed(block: MultiScaleBlock) -> str:
    widens, halves = block.dim != block.dim_out, block.shortcut_pool_attn is not None
    done = " and ".join(["widens the stream"] * widens + ["lowers the resolution"] * halves)
    return f"It {done}, and what follows needs that." if done else ""


FAMILIES = (
    Family(
        "MViTv2",
        MultiScaleBlock,
        SkippingMultiScaleBlock,
        _branches,
        rest=("shortcut_proj_attn", "shortcut_pool_attn", "shortcut_proj_mlp"),
        fixed=_fixed,
        tier=2,
    ),
)
