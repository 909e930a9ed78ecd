"""The weights of a query sum to one, so a bias b of the values comes out as b, and W (y + b) + c = W y + (c + W b)."""

from __future__ import annotations

from typing import Any

import torch
from timm.layers.diff_attention import DiffAttention
from torch import nn

from vitprune.lossless.biases import bias_of, drop_bias, projected_plainly
from vitprune.lossless.rule import ATTENTIONS, Places, Rule, Saving, branches, is_linear, wide


def drop_value_bias(model: nn.Module, place: str) -> None:
    """Take the bias of the values of an attention out."""
    drop_bias(model, place, 2)


def _places(model: nn.Module) -> Places:
    found: dict[str, Saving | str] = {}
    for place, _, attn in branches(model, "attn"):
        if type(attn) not in ATTENTIONS:
            found[place] = f"{type(attn).__name__} is not covered"
        elif (bias := bias_of(attn, 2)) is not None:
            found[place] = _why_not(attn) or Saving(bias.numel(), 0)
    return found or {"": "the values have no bias"}


def _why_not(attn: Any) -> str:
    if not projected_plainly(attn):
        return "the values do not come from a plain linear layer"
    if isinstance(attn, DiffAttention):
        return "what is attended is normalised before the projection"
    if not isinstance(attn.norm, nn.Identity):
        return "what is attended is normalised before the projection"
    if getattr(attn, "gate", None) is not None:
        return "what is attended is gated before the projection"
    if not is_linear(attn.proj):
        return "the projection is not a plain linear layer"
    return "" if attn.proj.bias is not None else "the projection has no bias to take it"


def _fold(model: nn.Module, place: str) -> None:
    attn: Any = model.get_submodule(place)
    bias = bias_of(attn, 2)
    assert bias is not None
    heads = wide(bias).view(-1, attn.head_dim)
    # Where several query heads share the values of one head, so they do its bias.
    heads = heads.repeat_interleave(attn.num_heads // len(heads), dim=0)
    with torch.no_grad():
        attn.proj.bias.copy_(wide(attn.proj.bias) + wide(attn.proj.weight) @ heads.flatten())
    drop_value_bias(model, place)


RULE = Rule(
    "value-bias",
    "Fold the bias of the values into the projection",
    "Attention weights sum to one, so a bias on the values shifts what the projection reads: its own bias takes it.",
    3,
    _places,
    _fold,
    drop_value_bias,
)
