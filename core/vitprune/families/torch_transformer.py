"""torch's own `nn.TransformerEncoderLayer`, of which many a plain vision transformer is made.

norm first:  x = x + dropout1(self_attn(norm1(x)))      x = x + mlp(norm2(x))
norm last:   x = norm1(x + dropout1(self_attn(x)))      x = norm2(x + mlp(x))
mlp(x) = dropout2(linear2(dropout(activation(linear1(x)))))

Where norms come last they normalise the stream itself: they stay, and so does the layer around them.
`nn.TransformerEncoder` asks the attention of its first layer for the order of its axes, so something that can answer
stays in its place. torch runs a layer that is whole, and not watched, in one fused kernel.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import TransformerEncoderLayer

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Branches, Family, Skipping

MLP = ("linear1", "dropout", "linear2", "dropout2")


class Silent(nn.Module):
    """Attention that is gone. Only layers with images first lose theirs."""

    batch_first = True


class SkippingTransformerEncoderLayer(Skipping, TransformerEncoderLayer):
    """A TransformerEncoderLayer that leaves out the branches that are gone."""

    def drop(self, names: Sequence[str]) -> None:
        """Take these attributes out."""
        super().drop(names)
        if "self_attn" in names:
            self.self_attn = Silent()

    def forward(
        self,
        src: torch.Tensor,
        src_mask: torch.Tensor | None = None,
        src_key_padding_mask: torch.Tensor | None = None,
        is_causal: bool = False,
    ) -> torch.Tensor:
        x, attends, widens = src, "self_attn" not in self.removed, self.linear1 is not None
        if self.norm_first:
            if attends:
                x = x + self._sa_block(self.norm1(x), src_mask, src_key_padding_mask, is_causal=is_causal)
            return x + self._ff_block(self.norm2(x)) if widens else x
        if attends:
            x = x + self._sa_block(x, src_mask, src_key_padding_mask, is_causal=is_causal)
        x = self.norm1(x)
        return self.norm2(x + self._ff_block(x) if widens else x)


def _branches(layer: TransformerEncoderLayer) -> Branches:
    if not layer.self_attn.batch_first:
        return ()
    if layer.norm_first:
        return (
            Branch("self_attn", Kind.ATTENTION, ("norm1", "self_attn", "dropout1"), "norm1", "dropout1"),
            Branch("linear1", Kind.MLP, ("norm2", *MLP), "norm2", "dropout2"),
        )
    return (
        Branch("self_attn", Kind.ATTENTION, ("self_attn", "dropout1"), "self_attn", "dropout1", until="norm1"),
        Branch("linear1", Kind.MLP, MLP, "linear1", "dropout2", until="norm2"),
    )


def _fixed(layer: TransformerEncoderLayer) -> str:
    if not layer.self_attn.batch_first:
        return "Its stream holds tokens before images: build it with batch_first=True."
    return "" if layer.norm_first else "its norms normalise the stream, and what follows needs that."


FAMILIES = (
    Family(
        "torch",
        TransformerEncoderLayer,
        SkippingTransformerEncoderLayer,
        _branches,
        fixed=_fixed,
        tier=2,
    ),
)
