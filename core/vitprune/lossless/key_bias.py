"""q (k + b) = q k + q b, and q b is the same for every key of a query: the softmax over the keys does not see it."""

from __future__ import annotations

from typing import Any

from timm.layers.attention import AttentionRope
from timm.models.eva import EvaAttention
from torch import nn

from vitprune.lossless.biases import bias_of, drop_bias, projected_plainly
from vitprune.lossless.rule import ATTENTIONS, Places, Rule, Saving, branches


def drop_key_bias(model: nn.Module, place: str) -> None:
    """Take the bias of the keys of an attention out."""
    drop_bias(model, place, 1)


def _places(model: nn.Module) -> Places:
    found: dict[str, Saving | str] = {}
    for place, _, attn in branches(model, "attn"):
        if type(attn) not in ATTENTIONS:
            found[place] = f"{type(attn).__name__} is not covered"
        elif (bias := bias_of(attn, 1)) is not None:
            found[place] = _why_not(model, attn) or Saving(bias.numel(), 0)
    return found or {"": "the keys have no bias"}


def _why_not(model: nn.Module, attn: Any) -> str:
    if not projected_plainly(attn):
        return "the keys do not come from a plain linear layer"
    if not isinstance(attn.k_norm, nn.Identity):
        return "the keys are normalised after the bias"
    # EVA models say that they rotate nothing by a `rope` that is None; of others it is not known what they pass.
    if isinstance(attn, AttentionRope | EvaAttention) and getattr(model, "rope", model) is not None:
        return "the keys are rotated after the bias, which then depends on their position"
    return ""


RULE = Rule(
    "key-bias",
    "Remove the bias of the keys",
    "A bias on the keys adds the same number to all scores of a query; the softmax takes it out again.",
    2,
    _places,
    drop_key_bias,
    drop_key_bias,
)
