"""timm's `beit.Block`: BEiT and BEiT v2.

x = x + drop_path1(gamma_1 * attn(norm1(x), shared_rel_pos_bias))
x = x + drop_path2(gamma_2 * mlp(norm2(x)))

The gammas come and go together. A block's own table of relative positions lies in `attn` and goes with it; one that all
blocks share is the model's, and stays.
"""

from __future__ import annotations

import torch
from timm.models.beit import Block as BeitBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingBeitBlock(Skipping, BeitBlock):
    """A BEiT block that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, shared_rel_pos_bias: torch.Tensor | None = None) -> torch.Tensor:
        if self.attn is not None:
            attended = self.attn(self.norm1(x), shared_rel_pos_bias=shared_rel_pos_bias)
            x = x + self.drop_path1(attended if self.gamma_1 is None else self.gamma_1 * attended)
        if self.mlp is not None:
            mixed = self.mlp(self.norm2(x))
            x = x + self.drop_path2(mixed if self.gamma_2 is None else self.gamma_2 * mixed)
        return x


FAMILIES = (
    Family(
        "BEiT",
        BeitBlock,
        SkippingBeitBlock,
        (
            Branch(
                "attn",
                Kind.ATTENTION,
                ("norm1", "attn", "gamma_1", "drop_path1"),
                "norm1",
                "drop_path1",
                last="attn.proj",
            ),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "gamma_2", "drop_path2"), "norm2", "drop_path2", last="mlp.fc2"),
        ),
    ),
)
