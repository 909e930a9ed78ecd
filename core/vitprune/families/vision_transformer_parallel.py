"""timm's `vision_transformer.ParallelThingsBlock`, `ParallelScalingBlock` and `DiffParallelScalingBlock`.

    x = x + attns[0](x) + attns[1](x) + ...                            ParallelThingsBlock; each branch has its norm
    x = x + ffns[0](x) + ffns[1](x) + ...
    m, q, k, v = in_proj(in_norm(x))                                   both ScalingBlocks
    x = x + drop_path(ls(attn_out_proj(a) + mlp_out_proj(act(m))))     a: the attention of q, k, v
    x = x + drop_path(ls(out_proj(cat(a, act(m)))))                    fused; always so with differential attention

Branches that are added in one sum start from the same stream, and each is scored as if it were added alone.

A ScalingBlock holds its two branches in common matrices, so they have no module each: `attn` is the rows of `in_proj`
that give q, k and v, and the projection of a; `mlp` is the other rows, and the projection of act(m). A branch that goes
takes its rows and columns along. What serves both stays until the block goes: `in_norm`, `ls` and, where the
projections are fused, the bias of `out_proj`, which is added even when both branches are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from timm.models.vision_transformer import DiffParallelScalingBlock, ParallelScalingBlock, ParallelThingsBlock
from torch import Tensor, nn

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Branches, Family, Skipping


class SkippingParallelThingsBlock(Skipping, ParallelThingsBlock):
    """A ParallelThingsBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, attn_mask: torch.Tensor | None = None, is_causal: bool = False) -> torch.Tensor:
        attentions: list[Any] = [branch for branch in self.attns if branch is not None]
        if attentions:
            attended = [b.attn(b.norm(x), attn_mask=attn_mask, is_causal=is_causal) for b in attentions]
            added = [b.drop_path(b.ls(a)) for b, a in zip(attentions, attended, strict=True)]
            x = x + torch.stack(added).sum(dim=0)
        mixed = [branch(x) for branch in self.ffns if branch is not None]
        return x + torch.stack(mixed).sum(dim=0) if mixed else x


class SkippingScaling(Skipping):
    """What both ScalingBlocks do without a branch: their common matrices become narrower."""

    in_norm: Any
    in_proj: Any
    in_split: list[int]
    mlp_bias: Any
    mlp_drop: Any
    mlp_act: Any
    out_proj: Any
    ls: Any
    drop_path: Any

    def drop(self, names: Sequence[str]) -> None:
        """Take these attributes out, and with the first of a branch its part of what both have in common."""
        if "in_norm" not in names:
            before, width_before = self.in_split[:2]
            hidden = 0 if "mlp_bias" in names else before
            width = 0 if "q_norm" in names else width_before
            mlp, attention = range(hidden), range(width)
            self.narrow(self.in_proj, [*mlp, *range(before, before + 3 * width)], slice(None))
            self.narrow(self.out_proj, slice(None), [*attention, *range(width_before, width_before + hidden)])
            if not hidden and (last := getattr(self, "mlp_out_proj", None)) is not None:
                self.narrow(last, slice(None), [])
                last.bias = None
            self.in_split = [hidden, width, width, width]
        super().drop(names)

    @staticmethod
    def narrow(linear: nn.Linear | None, outputs: Any, inputs: Any) -> None:
        """Keep these outputs and inputs of a linear layer."""
        if linear is None:
            return
        weight, bias = linear.weight, linear.bias
        linear.weight = nn.Parameter(weight.detach()[outputs][:, inputs].clone(), weight.requires_grad)
        if bias is not None:
            linear.bias = nn.Parameter(bias.detach()[outputs].clone(), bias.requires_grad)
        linear.out_features, linear.in_features = linear.weight.shape

    def forward(self, x: torch.Tensor, attn_mask: torch.Tensor | None = None, is_causal: bool = False) -> torch.Tensor:
        if self.in_norm is None:
            return x
        if self.in_split[1]:
            return super().forward(x, attn_mask=attn_mask, is_causal=is_causal)  # its MLP may have no width
        mixed = self.in_proj(self.in_norm(x))
        mixed = self.mlp_drop(self.mlp_act(mixed if self.mlp_bias is None else mixed + self.mlp_bias))
        last: Any = getattr(self, "mlp_out_proj", None) if self.out_proj is None else self.out_proj
        return x + self.drop_path(self.ls(last(mixed)))


class SkippingParallelScalingBlock(SkippingScaling, Skipping, ParallelScalingBlock):
    """A ParallelScalingBlock that may lack its attention, its MLP, or both."""


class SkippingDiffParallelScalingBlock(SkippingScaling, Skipping, DiffParallelScalingBlock):
    """A DiffParallelScalingBlock that may lack its attention, its MLP, or both."""


def _things(block: Any) -> Branches:
    kinds = ("attns", Kind.ATTENTION), ("ffns", Kind.MLP)
    return tuple(
        Branch(name, kind, (name,), f"{name}.norm", f"{name}.drop_path", Adds.BESIDE_OTHERS)
        for group, kind in kinds
        for name in (f"{group}.{i}" for i in range(block.num_parallel))
    )


_Share = Callable[[Any, Tensor, Tensor], Tensor]
_Counts = Callable[[Any, int], tuple[int, int]]


def _scaling(attention: tuple[str, ...]) -> Callable[[Any], Branches]:
    """`attention`: attributes that are of the attention alone."""

    def counts_of_attention(block: Any, tokens: int) -> tuple[int, int]:
        width, outputs = block.in_split[1], block.in_proj.in_features
        named = [(name, p.numel()) for name, p in block.named_parameters()]
        params = sum(count for name, count in named if name.split(".")[0] in attention)
        params += 3 * width * (block.in_proj.in_features + (block.in_proj.bias is not None))
        params += width * outputs * (block.out_proj is not None)
        # Differential attention multiplies with the values twice where the fused kernel is used.
        products = 3 if "sub_norm" in attention and block.fused_attn else 2
        return params, width * tokens * (3 * block.in_proj.in_features + products * tokens + outputs)

    def branches(block: Any) -> Branches:
        fused = block.out_proj is not None

        def branch(name: str, kind: Kind, owns: tuple[str, ...], share: _Share, counts: _Counts) -> Branch:
            exit_ = "out_proj" if fused else f"{name}_out_proj"
            share_ = share if fused else None
            return Branch(
                name, kind, owns, "in_norm", exit_, Adds.BESIDE_OTHERS, share=share_, then="ls", counts=counts
            )

        return (
            branch("attn", Kind.ATTENTION, attention, _share_of_attention, counts_of_attention),
            branch("mlp", Kind.MLP, ("mlp_bias",), _share_of_mlp, _counts_of_mlp),
        )

    return branches


def _share_of_attention(block: Any, given: Tensor, _: Tensor) -> Tensor:
    width = block.in_split[1]
    return F.linear(given[..., :width], block.out_proj.weight[:, :width])


def _share_of_mlp(block: Any, given: Tensor, _: Tensor) -> Tensor:
    width = block.in_split[1]
    return F.linear(given[..., width:], block.out_proj.weight[:, width:])


def _counts_of_mlp(block: Any, tokens: int) -> tuple[int, int]:
    hidden, inputs = block.in_split[0], block.in_proj.in_features
    params = hidden * (inputs + (block.in_proj.bias is not None) + (block.mlp_bias is not None))
    if block.out_proj is None:
        params += sum(p.numel() for p in block.mlp_out_proj.parameters())
    else:
        params += hidden * inputs
    return params, 2 * tokens * hidden * inputs


_COMMON = ("in_norm", "in_proj", "out_proj", "ls", "drop_path")
_LAMBDAS = ("lambda_a", "lambda_b", "lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2")

FAMILIES = (
    Family("ViT, branches side by side", ParallelThingsBlock, SkippingParallelThingsBlock, _things),
    Family(
        "ViT, parallel scaling",
        ParallelScalingBlock,
        SkippingParallelScalingBlock,
        _scaling(("q_norm", "k_norm", "attn_out_proj")),
        # What is left of the projection of an MLP without width goes with the block.
        rest=(*_COMMON, "mlp_out_proj"),
        tier=2,
    ),
    Family(
        "ViT, parallel scaling, differential attention",
        DiffParallelScalingBlock,
        SkippingDiffParallelScalingBlock,
        _scaling(("q_norm", "k_norm", "sub_norm", *_LAMBDAS)),
        rest=_COMMON,
        tier=2,
    ),
)
