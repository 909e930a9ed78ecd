"""A projection to queries, keys and values at once of which only some have a bias."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PartialBias(nn.Module):
    """A linear layer with as many equal parts as `biases`, of which some have a bias: `bias` is those in a row."""

    def __init__(self, weight: nn.Parameter, biases: list[Tensor | None]) -> None:
        super().__init__()
        self.weight = weight
        self.biased = [bias is not None for bias in biases]
        kept = [bias.detach() for bias in biases if bias is not None]
        self.bias = nn.Parameter(torch.cat(kept)) if kept else None

    def parts(self) -> list[Tensor | None]:
        """The bias of each part."""
        given = iter(() if self.bias is None else self.bias.chunk(sum(self.biased)))
        return [next(given) if has else None for has in self.biased]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        zeros = self.weight.new_zeros(len(self.weight) // len(self.biased))
        bias = None if self.bias is None else torch.cat([zeros if b is None else b for b in self.parts()])
        return F.linear(x, self.weight, bias)


def fused_biases(attn: Any) -> list[Tensor | None]:
    """The biases of queries, keys and values of an attention with one projection for the three."""
    if getattr(attn, "q_bias", None) is not None:
        return [attn.q_bias, None, attn.v_bias]  # EVA has zeros for the keys
    if isinstance(attn.qkv, PartialBias):
        return attn.qkv.parts()
    return [None] * 3 if attn.qkv.bias is None else list(attn.qkv.bias.chunk(3))


def drop_bias(model: nn.Module, place: str, part: int) -> None:
    """Take the bias of the queries (0), keys (1) or values (2) of an attention out."""
    attn: Any = model.get_submodule(place)
    if attn.qkv is None:
        layer = (attn.q_proj, attn.k_proj, attn.v_proj)[part]
        layer.bias = None
        return
    left = fused_biases(attn)
    left[part] = None
    attn.qkv = PartialBias(attn.qkv.weight, left)
    if getattr(attn, "q_bias", None) is not None:
        attn.q_bias = attn.k_bias = attn.v_bias = None


def bias_of(attn: Any, part: int) -> Tensor | None:
    """The bias of the queries (0), keys (1) or values (2) of an attention."""
    if getattr(attn, "qkv", None) is None:
        return (attn.q_proj, attn.k_proj, attn.v_proj)[part].bias
    return fused_biases(attn)[part]


def projected_plainly(attn: Any) -> bool:
    """Whether queries, keys and values come from linear layers alone."""
    layers = [attn.qkv] if getattr(attn, "qkv", None) is not None else [attn.q_proj, attn.k_proj, attn.v_proj]
    return all(type(layer) in (nn.Linear, PartialBias) for layer in layers)
