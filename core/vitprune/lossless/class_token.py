"""Where the head reads the class token alone, what the last attention gives the other tokens is read by nobody.

From the last block with an attention on, tokens do not mix any more: that block computes queries, and everything that
follows, for the tokens that are read, with the keys and values of all.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from timm.layers.pos_embed_sincos import apply_rot_embed_cat
from timm.models.deit import VisionTransformerDistilled
from timm.models.eva import Eva
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor, nn

from vitprune.description import describe
from vitprune.families import find_blocks
from vitprune.families.class_token import PrefixBlock, PrefixEvaBlock
from vitprune.lossless.biases import fused_biases, projected_plainly
from vitprune.lossless.rule import ATTENTIONS, MLPS, TOKEN_NORMS, Places, Rule, Saving, plain
from vitprune.pooling import pooled_by


class PrefixAttention(nn.Module):
    """Self-attention with queries of the first tokens alone, and keys and values of all.

    Made of timm's `Attention`, `AttentionRope` or `EvaAttention`, whose layers it takes over. Gives (B, tokens, width).
    """

    def __init__(self, attn: Any, tokens: int) -> None:
        super().__init__()
        self.tokens = tokens
        self.num_heads = attn.num_heads
        self.num_kv_heads = getattr(attn, "num_kv_heads", attn.num_heads)
        self.num_prefix_tokens = getattr(attn, "num_prefix_tokens", tokens)
        self.rotate_half = getattr(attn, "rotate_half", False)
        if attn.qkv is None:
            self.query, self.key, self.value = attn.q_proj, attn.k_proj, attn.v_proj
        else:
            weights = attn.qkv.weight.chunk(3)
            self.query, self.key, self.value = map(self.linear, weights, fused_biases(attn))
        self.q_norm, self.k_norm, self.norm = attn.q_norm, attn.k_norm, attn.norm
        self.gate = getattr(attn, "gate", None)
        self.attn_drop, self.proj, self.proj_drop = attn.attn_drop, attn.proj, attn.proj_drop

    @staticmethod
    def linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
        layer.weight = nn.Parameter(weight.detach().clone())
        if bias is not None:
            layer.bias = nn.Parameter(bias.detach().clone())
        return layer

    def forward(
        self,
        x: torch.Tensor,
        rope: torch.Tensor | None = None,
        attn_mask: torch.Tensor | None = None,
        is_causal: bool = False,
    ) -> torch.Tensor:
        read = x[:, : self.tokens]
        q = self.q_norm(self.query(read).unflatten(-1, (self.num_heads, -1)).transpose(1, 2))
        k = self.k_norm(self.key(x).unflatten(-1, (self.num_kv_heads, -1)).transpose(1, 2))
        v = self.value(x).unflatten(-1, (self.num_kv_heads, -1)).transpose(1, 2)
        if rope is not None:
            # The queries are tokens of the prefix, which have no position.
            first, rest = k[:, :, : self.num_prefix_tokens], k[:, :, self.num_prefix_tokens :]
            k = torch.cat([first, apply_rot_embed_cat(rest, rope, half=self.rotate_half)], dim=2)
            q, k = q.type_as(v), k.type_as(v)
        if self.num_kv_heads != self.num_heads:
            k = k.repeat_interleave(self.num_heads // self.num_kv_heads, dim=1)
            v = v.repeat_interleave(self.num_heads // self.num_kv_heads, dim=1)
        if attn_mask is not None and attn_mask.shape[-2] > 1:
            attn_mask = attn_mask[..., : self.tokens, :]
        dropout = self.attn_drop.p if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=attn_mask, dropout_p=dropout, is_causal=is_causal)
        y = self.norm(y.transpose(1, 2).flatten(2))
        if self.gate is not None:
            y = y * self.gate(read).sigmoid()
        return self.proj_drop(self.proj(y))


def keep_class_token(model: Any, place: str) -> None:
    """Let a block compute the tokens that the head reads alone: the class token, and the distillation token."""
    block = model.get_submodule(place)
    block.tokens = 2 if getattr(model, "head_dist", None) is not None else 1
    if block.attn is not None:
        block.attn = PrefixAttention(block.attn, block.tokens)
    kind: Any = PrefixBlock if isinstance(block, Block) else PrefixEvaBlock
    block.__class__ = kind


def _places(model: nn.Module) -> Places:
    if reason := _why_not(model):
        return {"": reason}
    blocks = {path: block for path, block, _ in find_blocks(model)}
    attending = [place for place, block in enumerate(blocks.values()) if block.attn is not None]
    after = dict(list(blocks.items())[attending[-1] if attending else 0 :])
    if reason := next((reason for block in after.values() if (reason := _mixes(block))), ""):
        return {"": reason}
    read, tokens = 2 if pooled_by(model) == "prefix" else 1, describe(model).tokens
    saved = {path: _macs(block, tokens, read) for path, block in after.items()}
    found: dict[str, Saving | str] = {}
    for place, path in enumerate(after):
        found[path] = Saving(0, sum(list(saved.values())[place:]))
    return found if any(saved.values()) else {"": "no block computes anything"}


def _why_not(model: nn.Module) -> str:
    if type(model) not in (VisionTransformer, VisionTransformerDistilled, Eva):
        return f"it is not known which tokens the head of {type(model).__name__} reads"
    if pooled_by(model) not in ("cls", "prefix"):
        return "the head reads more than the class token"
    norm = getattr(model, "norm", None)
    if type(norm) not in (*TOKEN_NORMS, nn.Identity):
        return f"the last norm, {type(norm).__name__}, is not known to treat tokens one by one"
    blocks = list(find_blocks(model))
    if [path for path, _, _ in blocks] != [f"blocks.{place}" for place, _ in enumerate(blocks)] or len(blocks) != len(
        list(model.get_submodule("blocks").children())
    ):
        return "not all of its blocks are known"
    if any(isinstance(block, PrefixBlock | PrefixEvaBlock) for _, block, _ in blocks):
        return "it computes the class token alone already"
    return next((reason for _, block, _ in blocks if (reason := plain(block))), "")


def _mixes(block: Any) -> str:
    """Why the tokens that are read might depend on others after the attention, or the attention cannot be rewritten."""
    attn, mlp = block.attn, block.mlp
    if attn is not None:
        if type(attn) not in ATTENTIONS or not hasattr(attn, "head_dim") or hasattr(attn, "sub_norm"):
            return f"{type(attn).__name__} is not covered"
        if not projected_plainly(attn):
            return "the queries do not come from a plain linear layer"
        if type(block.norm1) not in TOKEN_NORMS:
            return f"{type(block.norm1).__name__} is not known to treat tokens one by one"
    if mlp is not None:
        if type(mlp) not in MLPS:
            return f"{type(mlp).__name__} is not covered"
        for norm in (block.norm2, mlp.norm):
            if type(norm) not in (*TOKEN_NORMS, nn.Identity):
                return f"{type(norm).__name__} is not known to treat tokens one by one"
    return ""


def _macs(block: Any, tokens: int, read: int) -> int:
    """What a block saves when all but `read` of its tokens are left out, except for their keys and values."""
    unread, macs = tokens - read, 0
    if (attn := block.attn) is not None:
        inner, width = attn.proj.in_features, block.norm1.normalized_shape[0]
        queries = inner * width * (2 if getattr(attn, "gate", None) is not None else 1)
        macs += queries + 2 * tokens * inner + inner * attn.proj.out_features
    if block.mlp is not None:
        macs += sum(layer.weight.numel() for layer in block.mlp.children() if isinstance(layer, nn.Linear))
    return unread * macs


RULE = Rule(
    "class-token",
    "Compute the class token alone in the last block",
    "The head reads the class token alone, so from the last attention on nothing else is computed, except the keys and "
    "values of all tokens. The features of the other tokens are then not to be had from this model.",
    5,
    _places,
    keep_class_token,
    keep_class_token,
    applies_once=True,
)
