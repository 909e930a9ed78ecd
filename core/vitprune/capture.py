"""Hooks that watch the residual stream pass through a model, and leave nothing behind.

What an observer sees is what the block computes anyway: no tensor is copied, and none outlives its block unless the
observer keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from weakref import ReferenceType, ref

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from vitprune.families import Family, find_blocks
from vitprune.families import present as branches_of
from vitprune.jobs import Job

LONG = 8.0  # times the stream: from here on, lengths alone give a cosine too few digits


class Stream:
    """The residual stream at one place, (batch, ..., width), with its length computed at most once."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    @cached_property
    def norm(self) -> Tensor:
        """(batch, ...): the length of every token."""
        return torch.linalg.vector_norm(self.tensor, dim=-1)


@dataclass(frozen=True)
class Step:
    """A branch at work on one batch. `before` and `added` are (batch, ...): the length of every token of the stream it
    reads, and of what it adds; `product` is that of the stream before and after, computed where lengths alone would
    give a cosine too few digits."""

    site: str
    before: Tensor
    added: Tensor
    after: Stream
    product: Tensor | None


class Observer(Protocol):
    """Told of every branch and every block of every batch, in running order; first, of what enters the first block."""

    def start(self, stream: Stream) -> None: ...

    def sublayer(self, step: Step) -> None: ...

    def block(self, site: str, after: Stream) -> None: ...

    def end_batch(self) -> None: ...


@contextmanager
def watching(module: nn.Module, observers: Sequence[Observer], job: Job) -> Iterator[None]:
    """Report every step of every forward to the observers. A cancel stops a forward at its next block."""
    handles: list[RemovableHandle] = []
    shared = _Shared()
    try:
        for place, (path, block, family) in enumerate(find_blocks(module)):
            handles += _BlockWatch(path, block, family, observers, job, shared, first=place == 0).attach()
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Shared:
    """What the watches of all blocks share: the length of the last block's output, not to be computed twice.

    No tensor of the model is held beyond the hook that sees it. Its memory would not be used again while it is still in
    the cache, and that costs several times as much as everything else that is done here.
    """

    output: tuple[ReferenceType[Tensor], Tensor] | None = None


class _BlockWatch:
    """The hooks of one block."""

    def __init__(
        self,
        path: str,
        block: nn.Module,
        family: Family,
        observers: Sequence[Observer],
        job: Job,
        shared: _Shared,
        *,
        first: bool,
    ) -> None:
        self.path = path
        self.module = block
        self.branches = tuple(branches_of(block, family))
        self.observers = observers
        self.job = job
        self.shared = shared
        self.first = first
        self.branch: tuple[str, Tensor, Tensor, Tensor | None] | None = None

    def attach(self) -> list[RemovableHandle]:
        handles = [
            self.module.register_forward_pre_hook(self.enter_block, with_kwargs=True),
            self.module.register_forward_hook(self.leave_block),
        ]
        for branch in self.branches:
            entry, exit_ = getattr(self.module, branch.entry), getattr(self.module, branch.exit)
            handles.append(entry.register_forward_pre_hook(self.enter_branch))
            handles.append(exit_.register_forward_hook(self.leave_branch(f"{self.path}.{branch.name}")))
        return handles

    def enter_block(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.job.check()
        tensor = args[0] if args else kwargs["x"]
        if self.first:
            stream = Stream(tensor)
            for observer in self.observers:
                observer.start(stream)
            self.at(stream)
        elif self.shared.output is not None and self.shared.output[0]() is tensor:
            self.current, self.length = self.shared.output
        else:
            self.at(Stream(tensor))

    def at(self, stream: Stream) -> None:
        self.current, self.length = ref(stream.tensor), stream.norm

    def enter_branch(self, _: nn.Module, args: tuple[Any, ...]) -> None:
        self.settle(args[0])

    def leave_branch(self, site: str) -> Callable[[nn.Module, object, Tensor], None]:
        def hook(_: nn.Module, __: object, added: Tensor) -> None:
            length = torch.linalg.vector_norm(added, dim=-1)
            before = self.current()
            product = None
            if before is not None and bool((length > LONG * self.length).any()):
                product = self.length.double().square() + (before * added).sum(-1).double()
            self.branch = (site, self.length, length, product)

        return hook

    def settle(self, tensor: Tensor) -> Stream:
        """The stream has come into sight again, after the branch that ran."""
        stream = Stream(tensor)
        if self.branch is not None:
            site, before, added, product = self.branch
            self.branch = None
            step = Step(site, before, added, stream, product)
            for observer in self.observers:
                observer.sublayer(step)
            self.at(stream)
        return stream

    def leave_block(self, _: nn.Module, __: object, output: Tensor) -> None:
        stream = self.settle(output)
        for observer in self.observers:
            observer.block(self.path, stream)
        self.shared.output = (ref(output), stream.norm)
