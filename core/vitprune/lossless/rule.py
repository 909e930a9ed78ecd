"""What a file of this folder declares about one rewrite, and the parts of blocks that rewrites look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from timm.layers.attention import Attention, AttentionRope
from timm.layers.diff_attention import DiffAttention
from timm.layers.mlp import GluMlp, Mlp, SwiGLU
from timm.layers.norm import LayerNorm, LayerNormFp32, RmsNorm, RmsNormFp32
from timm.models.eva import EvaAttention, EvaBlock
from timm.models.vision_transformer import Block
from torch import Tensor, nn

from vitprune.families import find_blocks

# Exactly these: a subclass may compute anything.
ATTENTIONS = (Attention, AttentionRope, DiffAttention, EvaAttention)
MLPS = (Mlp, GluMlp, SwiGLU)
TOKEN_NORMS = (nn.LayerNorm, LayerNorm, LayerNormFp32, RmsNorm, RmsNormFp32)


@dataclass(frozen=True, slots=True)
class Saving:
    """Parameters, and multiply-accumulates for one image, that a rewrite takes away."""

    params: int
    macs: int


Places = Mapping[str, Saving | str]
"""Where a rewrite might apply, ids of sites or blocks: to what it saves there, or to why it is not exact there."""


@dataclass(frozen=True)
class Rule:
    """One rewrite that leaves the logits as they are.

    `title` and `what` are for people. `turn` orders the rules: a later one may build on what an earlier one made.
    `places(model)` are where it might apply; where it `applies_once`, the first of them is meant.

    `fold(model, place)` rewrites one place of the model in memory, weights and structure. `reshape(model, place)` makes
    the structure alone, to load weights into; its source must need nothing but torch and timm, since exports carry it.
    """

    name: str
    title: str
    what: str
    turn: int
    places: Callable[[nn.Module], Places]
    fold: Callable[[nn.Module, str], None]
    reshape: Callable[[Any, str], None]
    applies_once: bool = False


def branches(model: nn.Module, *names: str) -> Iterator[tuple[str, Any, Any]]:
    """Site id, block and module of every attention ("attn") or MLP ("mlp") that the blocks of a model still have."""
    for path, block, _ in find_blocks(model):
        for name in names:
            branch = getattr(block, name, None)
            if isinstance(branch, nn.Module):
                yield f"{path}.{name}" if path else name, block, branch


def plain(block: nn.Module) -> str:
    """Why nothing is known of how a block scales and norms its branches; "" for timm's pre-norm ViT and EVA blocks."""
    if isinstance(block, Block | EvaBlock):  # find_blocks gives these classes and what was made of them, nothing else
        return ""
    return f"blocks of the class {type(block).__name__} are not covered"


def uncovered(branch: nn.Module) -> str:
    """Why the layers of an attention or MLP are not known; "" where they are."""
    return "" if type(branch) in (*ATTENTIONS, *MLPS) else f"{type(branch).__name__} is not covered"


def is_linear(layer: object) -> bool:
    """A linear layer as torch has it: no subclass, nothing hooked in between weight and product."""
    return type(layer) is nn.Linear


def wide(tensor: Tensor) -> Tensor:
    """In double precision, so that a product of weights is rounded once."""
    return tensor.detach().double()
