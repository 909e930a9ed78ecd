"""timm's `xcit.XCABlock` and `xcit.ClassAttentionBlock`: XCiT.

    x = x + drop_path1(gamma1 * attn(norm1(x)))                     XCABlock, of patch tokens alone
    x = x + drop_path3(gamma3 * local_mp(norm3(x), H, W))           a convolution in the order in which it runs
    x = x + drop_path2(gamma2 * mlp(norm2(x)))
    n = norm1(x)                                                    ClassAttentionBlock, of class token c, patches p
    x = x + drop_path1(gamma1 * cat(attn(n), n_p))
    x = norm2(x)                                                    of the class token alone unless `tokens_norm`
    x = x + drop_path2(cat(gamma2 * mlp(x_c), x_p))

The branches of a class block are ambiguous: patches get something too, gamma1 * norm1(x) beside the attention and
themselves once more beside the MLP. Here a branch is everything that is added after its drop path, so that removal
leaves the stream as it was: without `attn` the patches lose that term, without `mlp` they are not doubled. norm2 lies
on the stream itself, stays when branches go, and goes with the block.
"""

from __future__ import annotations

import torch
from timm.models.xcit import ClassAttentionBlock, XCABlock

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Family, Skipping


class SkippingXCABlock(Skipping, XCABlock):
    """An XCABlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, H: int, W: int) -> torch.Tensor:  # noqa: N803 - timm's names
        if self.attn is not None:
            x = x + self.drop_path1(self.gamma1 * self.attn(self.norm1(x)))
        if self.local_mp is not None:
            x = x + self.drop_path3(self.gamma3 * self.local_mp(self.norm3(x), H, W))
        if self.mlp is not None:
            x = x + self.drop_path2(self.gamma2 * self.mlp(self.norm2(x)))
        return x


class SkippingClassAttentionBlock(Skipping, ClassAttentionBlock):
    """A ClassAttentionBlock that leaves out the branches, and the norm between them, that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            normed = self.norm1(x)
            attended = torch.cat([self.attn(normed), normed[:, 1:]], dim=1)
            x = x + self.drop_path1(self.gamma1 * attended)
        if self.norm2 is not None:
            x = self.norm2(x) if self.tokens_norm else torch.cat([self.norm2(x[:, :1]), x[:, 1:]], dim=1)
        if self.mlp is not None:
            mixed = torch.cat([self.gamma2 * self.mlp(x[:, :1]), x[:, 1:]], dim=1)
            x = x + self.drop_path2(mixed)
        return x


FAMILIES = (
    Family(
        "XCiT",
        XCABlock,
        SkippingXCABlock,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "gamma1", "drop_path1"), "norm1", "drop_path1"),
            Branch("local_mp", Kind.CONV, ("norm3", "local_mp", "gamma3", "drop_path3"), "norm3", "drop_path3"),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "gamma2", "drop_path2"), "norm2", "drop_path2"),
        ),
        prefix=lambda model, block: 0,
    ),
    Family(
        "XCiT, class attention",
        ClassAttentionBlock,
        SkippingClassAttentionBlock,
        (
            # norm2 need not read the whole stream after it.
            Branch(
                "attn",
                Kind.ATTENTION,
                ("norm1", "attn", "gamma1", "drop_path1"),
                "norm1",
                "drop_path1",
                Adds.BESIDE_OTHERS,
            ),
            Branch("mlp", Kind.MLP, ("mlp", "gamma2", "drop_path2"), "mlp", "drop_path2", Adds.TO_A_SHORTCUT),
        ),
        rest=("norm2",),
        tier=2,
    ),
)
