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

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from vitprune.families import Family, find_blocks
from vitprune.families import present as branches_of
from vitprune.jobs import Job


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
    """A branch at work on one batch: the stream before it, what it adds, the stream after it."""

    site: str
    before: Stream
    added: Stream
    after: Stream


class Observer(Protocol):
    """Told of every branch and every block of every batch, in running order."""

    def sublayer(self, step: Step) -> None: ...

    def block(self, site: str, before: Stream, after: Stream) -> None: ...

    def end_batch(self) -> None: ...


@contextmanager
def watching(module: nn.Module, observers: Sequence[Observer], job: Job) -> Iterator[None]:
    """Report every step of every forward to the observers. A cancel stops a forward at its next block."""
    handles: list[RemovableHandle] = []
    shared = _Shared()
    try:
        for path, block, family in find_blocks(module):
            handles += _BlockWatch(path, block, family, observers, job, shared).attach()
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Shared:
    """What the watches of all blocks share: the last block's output, so that its length is not computed twice."""

    output: Stream | None = None


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
    ) -> None:
        self.path = path
        self.module = block
        self.branches = tuple(branches_of(block, family))
        self.observers = observers
        self.job = job
        self.shared = shared
        self.input: Stream | None = None
        self.open: tuple[str, Stream, Tensor] | None = None

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
        last = self.shared.output
        self.input = self.current = last if last is not None and last.tensor is tensor else Stream(tensor)

    def enter_branch(self, _: nn.Module, args: tuple[Any, ...]) -> None:
        self.settle(args[0])

    def leave_branch(self, site: str) -> Callable[[nn.Module, object, Tensor], None]:
        def hook(_: nn.Module, __: object, added: Tensor) -> None:
            self.open = (site, self.current, added)

        return hook

    def settle(self, tensor: Tensor) -> None:
        """The stream after the branch that was open has come into sight."""
        if self.open is None:
            return
        site, before, added = self.open
        self.open = None
        self.current = Stream(tensor)
        step = Step(site, before, Stream(added), self.current)
        for observer in self.observers:
            observer.sublayer(step)

    def leave_block(self, _: nn.Module, __: object, output: Tensor) -> None:
        self.settle(output)
        assert self.input is not None
        for observer in self.observers:
            observer.block(self.path, self.input, self.current)
        self.shared.output = self.current
        self.input = self.open = None
        del self.current
