"""Hooks that watch the residual stream pass through a model, and leave nothing behind.

What an observer sees is what the block computes anyway: no tensor is copied, and none outlives its block unless the
observer keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from vitprune.families import Family, find_blocks
from vitprune.families import present as branches_of
from vitprune.jobs import Job

_LONG = 16.0  # the share of a length by which rounding may grow in `Step.cosine`
_TINY = torch.finfo(torch.float32).tiny


class Stream:
    """The residual stream at one place, (batch, ..., width), with its length computed at most once."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    @cached_property
    def norm(self) -> Tensor:
        """(batch, ...): the length of every token."""
        return torch.linalg.vector_norm(self.tensor, dim=-1)


class Scratch:
    """Memory for one intermediate product, used again and again: fresh pages for each would cost more than the
    arithmetic."""

    def __init__(self) -> None:
        self._buffer: Tensor | None = None

    def like(self, tensor: Tensor) -> Tensor:
        """Uninitialised, of the same shape; what it held before is lost."""
        if self._buffer is None or self._buffer.shape != tensor.shape or self._buffer.dtype != tensor.dtype:
            self._buffer = torch.empty_like(tensor)
        return self._buffer


class Step:
    """A site at work on one batch: the stream before it, what it adds, the stream after it."""

    def __init__(self, site: str, before: Stream, after: Stream, added: Tensor | None, scratch: Scratch) -> None:
        self.site = site
        self.before = before
        self.after = after
        self._added = added
        self._scratch = scratch

    @cached_property
    def added_norm(self) -> Tensor:
        """(batch, ...): the length of what is added to every token."""
        added = self._added
        if added is None:
            x, y = self.before.tensor, self.after.tensor
            added = torch.sub(y, x, out=self._scratch.like(x))
        return torch.linalg.vector_norm(added, dim=-1)

    @cached_property
    def cosine(self) -> Tensor:
        """(batch, ...), float64: the cosine between the stream before and after, for every token.

        From the three lengths, which cost one reading each: 1 - cos = (|f|^2 - (|y| - |x|)^2) / (2 |x| |y|), f = y - x.
        Near 1, where redundant sites lie, this is more exact than a product of rounded vectors; it loses its digits
        where f is many times as long as x, and there the product is taken.
        """
        x, y, f = self.before.norm.double(), self.after.norm.double(), self.added_norm.double()
        if bool((f > _LONG * x).any()):
            product = torch.mul(self.before.tensor, self.after.tensor, out=self._scratch.like(self.before.tensor))
            return product.sum(-1).double() / (x * y).clamp_min(_TINY)
        return 1 - (f.square() - (y - x).square()) / (2 * x * y).clamp_min(_TINY)


class Observer(Protocol):
    """Told of every site of every batch, in running order."""

    def sublayer(self, step: Step) -> None: ...

    def block(self, step: Step) -> None: ...

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

    def __init__(self) -> None:
        self.output: Stream | None = None
        self.scratch = Scratch()


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
        step = Step(site, before, self.current, added, self.shared.scratch)
        for observer in self.observers:
            observer.sublayer(step)

    def leave_block(self, _: nn.Module, __: object, output: Tensor) -> None:
        self.settle(output)
        assert self.input is not None
        step = Step(self.path, self.input, self.current, None, self.shared.scratch)
        for observer in self.observers:
            observer.block(step)
        self.shared.output = self.current
        self.input = self.open = None
        del self.current
