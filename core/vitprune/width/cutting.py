"""Heads leave an attention, and hidden neurons an MLP, for real: its layers become smaller.

What is here needs nothing but torch and timm, since exports carry it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from timm.layers.attention import AttentionRope
from timm.layers.mlp import GluMlp, Mlp, SwiGLU
from timm.layers.pos_embed_sincos import apply_rot_embed_cat
from timm.models.beit import Attention as BeitAttention
from timm.models.eva import EvaAttention
from torch import nn


class NarrowAttentionRope(AttentionRope):
    """One with fewer heads, in a model that may rotate each head in its own way."""

    left: tuple[int, ...]
    whole: int

    def forward(
        self,
        x: torch.Tensor,
        rope: torch.Tensor | None = None,
        attn_mask: torch.Tensor | None = None,
        is_causal: bool = False,
    ) -> torch.Tensor:
        return super().forward(x, rope=of_heads(rope, self), attn_mask=attn_mask, is_causal=is_causal)


class NarrowEvaAttention(EvaAttention):
    """One whose heads together are not as wide as the stream, which timm's takes for granted."""

    left: tuple[int, ...]
    whole: int

    def forward(
        self,
        x: torch.Tensor,
        rope: torch.Tensor | None = None,
        attn_mask: torch.Tensor | None = None,
        is_causal: bool = False,
    ) -> torch.Tensor:
        own: Any = self
        if self.qkv is None:
            projected = (own.q_proj(x), own.k_proj(x), own.v_proj(x))
        else:
            bias = None if self.q_bias is None else torch.cat((own.q_bias, own.k_bias, own.v_bias))
            projected = F.linear(x, self.qkv.weight, bias).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for part in projected)
        q, k = self.q_norm(q), self.k_norm(k)
        if rope is not None:
            mine: Any = of_heads(rope, self)
            first, half = self.num_prefix_tokens, self.rotate_half
            q, k = (
                torch.cat([part[:, :, :first], apply_rot_embed_cat(part[:, :, first:], mine, half=half)], dim=2)
                for part in (q, k)
            )
            q, k = q.type_as(v), k.type_as(v)
        dropout = self.attn_drop.p if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=attn_mask, dropout_p=dropout, is_causal=is_causal)
        y = self.norm(y.transpose(1, 2).flatten(2))
        if self.gate is not None:
            y = y * self.gate(x).sigmoid()
        return self.proj_drop(self.proj(y))


class NarrowBeitAttention(BeitAttention):
    """One whose heads together are not as wide as the stream, which timm's takes for granted."""

    left: tuple[int, ...]
    whole: int

    def forward(self, x: torch.Tensor, shared_rel_pos_bias: torch.Tensor | None = None) -> torch.Tensor:
        own: Any = self
        bias = None if self.q_bias is None else torch.cat((own.q_bias, own.k_bias, own.v_bias))
        projected = F.linear(x, self.qkv.weight, bias).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for part in projected)
        positions = None if self.relative_position_bias_table is None else self._get_rel_pos_bias()
        if shared_rel_pos_bias is not None:
            mine = shared_rel_pos_bias[:, list(self.left)]
            positions = mine if positions is None else positions + mine
        dropout = self.attn_drop.p if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=positions, dropout_p=dropout)
        return self.proj_drop(self.proj(y.transpose(1, 2).flatten(2)))


def of_heads(rope: torch.Tensor | None, attention: Any) -> torch.Tensor | None:
    """The rotary embedding of the heads that an attention has left, where each head has its own."""
    if rope is None or rope.ndim < 3 or rope.shape[-3] != attention.whole:
        return rope
    return rope[..., list(attention.left), :, :]


def axes(part: Any) -> list[tuple[str, int, int]]:
    """Every tensor, or linear layer, of an attention or MLP that holds something of each of its units: its name, the
    dimension along which they lie, and how many times all of them lie there, one after the other."""
    if isinstance(part, SwiGLU):
        return [("fc1_g", 0, 1), ("fc1_x", 0, 1), ("fc2", 1, 1)]
    if isinstance(part, Mlp | GluMlp):
        return [("fc1", 0, 2 if isinstance(part, GluMlp) else 1), ("fc2", 1, 1)]
    names = [("qkv", 0, 3), *[(name, 0, 1) for name in ("q_proj", "k_proj", "v_proj", "gate")]]
    names += [("q_bias", 0, 1), ("k_bias", 0, 1), ("v_bias", 0, 1), ("relative_position_bias_table", 1, 1)]
    return [entry for entry in [*names, ("proj", 1, 1)] if getattr(part, entry[0], None) is not None]


def unit_count(part: Any) -> int:
    """How many heads or hidden neurons an attention or MLP has."""
    return part.num_heads if hasattr(part, "num_heads") else part.fc2.in_features


def narrow(part: Any, left: Sequence[int]) -> None:
    """Leave an attention or MLP these of its units only, in place. Its other modules and tensors stay the very same."""
    count = unit_count(part)
    part.left = tuple(getattr(part, "left", range(count))[unit] for unit in left)
    part.whole = getattr(part, "whole", count)
    for name, axis, times in axes(part):
        held = getattr(part, name)
        weight = held.weight if isinstance(held, nn.Linear) else held
        places = torch.arange(weight.shape[axis], device=weight.device).reshape(times, count, -1)[:, list(left)]
        places = places.flatten()

        def kept(tensor: torch.Tensor, axis: int, places: torch.Tensor = places) -> Any:
            chosen = tensor.detach().index_select(axis, places)
            return nn.Parameter(chosen, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else chosen

        if not isinstance(held, nn.Linear):
            setattr(part, name, kept(held, axis))
            continue
        held.weight = kept(held.weight, axis)
        held.out_features, held.in_features = held.weight.shape
        if axis == 0 and held.bias is not None:
            held.bias = kept(held.bias, 0)
    if hasattr(part, "num_heads"):
        part.num_heads = len(left)
        for name in ("num_kv_heads", "attn_dim", "kv_dim"):
            if hasattr(part, name):
                setattr(part, name, getattr(part, name) // count * len(left))
    kind: Any = type(part)
    narrowed = {
        AttentionRope: NarrowAttentionRope,
        EvaAttention: NarrowEvaAttention,
        BeitAttention: NarrowBeitAttention,
    }
    part.__class__ = narrowed.get(kind, kind)
