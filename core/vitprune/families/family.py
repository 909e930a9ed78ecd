"""What a file of this folder declares about one block class of timm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from timm.layers.diff_attention import DiffAttention
from torch import nn

from vitprune.architecture import Kind


@dataclass(frozen=True)
class Branch:
    """A residual branch of a block: `stream + branch(stream)`.

    `name` is the attribute whose path is the site's id, `owns` the attributes of the block that exist for this branch
    only. The *input* of `entry` is the stream that the branch reads; the *output* of `exit` is what it adds to it.
    """

    name: str
    kind: Kind
    owns: tuple[str, ...]
    entry: str
    exit: str


@dataclass(frozen=True)
class Family:
    """One block class. `skipping` is a subclass of `block` that differs in `forward` alone, which leaves out every
    branch whose main attribute is None; its source must need nothing but torch and timm, since exports carry it.

    `macs(block, branch, tokens)` is the closed form of what the branch computes for one image, in multiply-accumulates
    of its matrix products, attention products included.
    """

    name: str
    block: type[nn.Module]
    skipping: type[nn.Module]
    branches: tuple[Branch, ...]
    macs: Callable[[nn.Module, Branch, int], int]


def linear_macs(module: nn.Module, tokens: int) -> int:
    """Every linear layer inside, applied to each of `tokens` tokens once."""
    return tokens * sum(m.in_features * m.out_features for m in module.modules() if isinstance(m, nn.Linear))


def token_macs(block: nn.Module, branch: Branch, tokens: int) -> int:
    """An MLP, or attention over all pairs of tokens: its projections, then QK^T and AV, 4 D^2 N + 2 N^2 D when the
    heads together are as wide as the model's D. Differential attention (arXiv:2410.05258) weighs the values twice."""
    part = getattr(block, branch.name)
    products = 0 if branch.kind is not Kind.ATTENTION else 3 if isinstance(part, DiffAttention) else 2
    return linear_macs(part, tokens) + (products * tokens * tokens * part.proj.in_features if products else 0)
