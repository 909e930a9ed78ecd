"""What a file of this folder declares about one block class of timm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from torch import Tensor, nn

from vitprune.architecture import Kind


class Skipping(nn.Module):
    """Mixin of a block class whose forward leaves out what was taken out of the block."""

    removed: tuple[str, ...] = ()

    def drop(self, names: Sequence[str]) -> None:
        """Take these attributes out."""
        for name in names:
            path, _, last = name.rpartition(".")
            setattr(self.get_submodule(path), last, None)
        self.removed = (*self.removed, *names)


class Adds(Enum):
    """How the stream x before a branch, what the branch adds, f, and the stream y after it are seen."""

    IN_TURN = "x at the entry, f at the exit, y at whatever reads the stream next"
    BESIDE_OTHERS = (
        "x at the entry, its first tokens where f has fewer, f at the exit, y = x + f: nothing reads y alone"
    )
    TO_A_SHORTCUT = "f at the exit, y next, x = y - f: the entry reads more, or another shape, than is added to"
    IN_ANOTHER_LAYOUT = "x at the entry, y next, f = y - x: the exit gives windows"


@dataclass(frozen=True)
class Branch:
    """A residual branch of a block: `stream + branch(stream)`.

    `name` is what the site's id ends in, the path of its main module in the block. `owns` are the attributes of the
    block that exist for this branch only. The *input* of `entry` ("" for the block itself) is the stream that the
    branch reads; the *output* of `exit` is what it adds; where branches have one module for their exit, its calls are
    theirs in turn. `until` names the module whose input is the stream after it; by default that is the entry of the
    next branch, or the end of the block. `prefix` counts the tokens before the patches where the branch has a stream of
    its own, with another number of them than the block's.

    Where branches share one call of the exit, `share(block, input, output)` is this one's part of the exit's output,
    before the module `then`, and `counts(block, tokens)` its parameters and MACs, which no module of its own holds.

    `repairable`: whatever maps the normed stream (the stream itself, where no norm comes first) token by token can
    stand in the place of the module `name`, and with the rest of `owns` gone is what the branch adds. `last` is the
    linear layer whose output, times the layer scale, is what the branch adds, token by token.
    """

    name: str
    kind: Kind
    owns: tuple[str, ...]
    entry: str
    exit: str
    adds: Adds = Adds.IN_TURN
    until: str = ""
    share: Callable[[Any, Tensor, Tensor], Tensor] | None = None
    then: str = ""
    counts: Callable[[Any, int], tuple[int, int]] | None = None
    prefix: int | None = None
    repairable: bool = False
    last: str = ""


Branches = tuple[Branch, ...]


@dataclass(frozen=True)
class Family:
    """One block class.

    `skipping` is a subclass, of `Skipping` first, that differs in `forward` alone: it leaves out every branch that is
    gone, and returns its stream once `rest` is gone too. Its source must need nothing but torch, timm and the standard
    library, since exports carry it.

    `branches` are those of a block as timm built it, or a function of the block where they differ. `rest` are
    attributes that belong to no branch and go with the whole block. `fixed(block)` says in a sentence why the block
    cannot go as a whole; "" when it can. `stream` is the place of the residual stream among the arguments, and outputs,
    of the block; `channels_first`, that it is (B, C, H, W) where it has four dimensions. `prefix(model, block)` counts
    the tokens before the patches where it is not the model's `num_prefix_tokens`.

    `tier`: 1 for exact branches and blocks, 2 where norms or shortcuts need care, 3 for whole blocks only, or branches
    that were detected.
    """

    name: str
    block: type[nn.Module]
    skipping: type[nn.Module]
    branches: Branches | Callable[[Any], Branches]
    rest: tuple[str, ...] = ()
    fixed: Callable[[Any], str] = field(default=lambda _: "")
    stream: int = 0
    channels_first: bool = False
    prefix: Callable[[Any, Any], int] | None = None
    tier: int = 1

    def branches_of(self, block: nn.Module) -> Branches:
        """The branches that the block has, or had before any was taken out."""
        return self.branches(block) if callable(self.branches) else self.branches
