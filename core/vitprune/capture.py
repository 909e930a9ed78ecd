"""Hooks that watch the residual stream pass through a model, and leave nothing behind.

What an observer sees is what the block computes anyway: no tensor is copied, and none outlives its block unless the
observer keeps it. A stream in any layout is seen as (batch, tokens, width).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from weakref import ReferenceType, ref

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from vitprune.families import Adds, Branch, Family, find_blocks, part
from vitprune.families import present as branches_of
from vitprune.jobs import Job
from vitprune.precision import full

LONG = 8.0  # times the stream: from here on, lengths alone give a cosine too few digits


class Stream:
    """The residual stream at one place, with its length computed at most once."""

    def __init__(self, raw: Tensor, tokens: Tensor) -> None:
        self.raw = raw
        self.tokens = tokens
        """(batch, tokens, width), in float32 at least"""

    @cached_property
    def norm(self) -> Tensor:
        """(batch, tokens): the length of every token."""
        return torch.linalg.vector_norm(self.tokens, dim=-1)


@dataclass(frozen=True)
class Step:
    """A branch at work on one batch. `before` and `added` are (batch, tokens): the length of every token of the stream
    it is added to, and of what it adds; `product` is that of the stream before and after, computed where lengths alone
    would give a cosine too few digits."""

    site: str
    before: Tensor
    added: Tensor
    after: Stream
    product: Tensor | None


class Observer(Protocol):
    """Told of every branch and every block of every batch, in running order; before a block, of the stream it reads
    unless that is just what the last block gave."""

    def enter(self, site: str, stream: Stream) -> None: ...

    def sublayer(self, step: Step) -> None: ...

    def block(self, site: str, after: Stream) -> None: ...

    def end_batch(self) -> None: ...


@contextmanager
def watching(module: nn.Module, observers: Sequence[Observer], job: Job) -> Iterator[None]:
    """Report every step of every forward to the observers. A cancel stops a forward at its next block."""
    shared = _Shared()
    handles = [module.register_forward_pre_hook(shared.begin, with_kwargs=True)]
    try:
        for path, block, family in find_blocks(module):
            handles += _BlockWatch(path, block, family, observers, job, shared).attach()
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Shared:
    """What the watches of all blocks share: the number of images of the batch, and the length of the last block's
    output, not to be computed twice.

    No tensor of the model is held beyond the hook that sees it. Its memory would not be used again while it is still in
    the cache, and that costs several times as much as everything else that is done here.
    """

    images = 0
    output: tuple[ReferenceType[Tensor], Tensor] | None = None

    def begin(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.images = len(args[0] if args else next(iter(kwargs.values())))
        self.output = None


class _Pending:
    """A branch that has run, until the stream after it comes into sight."""

    def __init__(self, site: str, before: Tensor | None, added: Tensor | None, product: Tensor | None) -> None:
        self.site = site
        self.before = before
        self.added = added
        self.product = product
        self.x: Tensor | None = None
        self.f: Tensor | None = None


class _BlockWatch:
    """The hooks of one block."""

    def __init__(
        self, path: str, block: nn.Module, family: Family, observers: Sequence[Observer], job: Job, shared: _Shared
    ) -> None:
        self.path = path
        self.module = block
        self.family = family
        self.branches = tuple(branches_of(block, family))
        self.observers = observers
        self.job = job
        self.shared = shared
        self.pending: _Pending | None = None
        self.entry: Tensor | None = None  # kept for a branch whose step cannot be told from lengths
        self.calls: dict[str, int] = {}
        self.alone = True

    def attach(self) -> list[RemovableHandle]:
        handles = [
            self.module.register_forward_pre_hook(self.enter_block, with_kwargs=True),
            self.module.register_forward_hook(self.leave_block),
        ]
        exits: dict[str, list[Branch]] = {}
        for branch in self.branches:
            if branch.entry:
                handles.append(part(self.module, branch.entry).register_forward_pre_hook(self.enter(branch)))
            if branch.until:
                handles.append(part(self.module, branch.until).register_forward_pre_hook(self.pass_by))
            exits.setdefault(branch.exit, []).append(branch)
        for name, branches in exits.items():
            handles.append(part(self.module, name).register_forward_hook(self.leave(name, branches)))
        return handles

    def stream(self, raw: Tensor) -> Stream:
        tokens = raw.flatten(2).mT if self.family.channels_first and raw.ndim == 4 else raw
        if tokens.ndim != 3 or len(tokens) != self.shared.images:
            tokens = tokens.reshape(self.shared.images, -1, tokens.shape[-1])
        return Stream(raw, full(tokens))

    def enter_block(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.job.check()
        self.calls = {}
        self.pending = self.entry = None
        raw = args[self.family.stream] if len(args) > self.family.stream else kwargs["x"]
        self.alone = isinstance(raw, Tensor)
        if not self.alone:
            return  # several streams beside each other: the block has no score
        if self.shared.output is not None and self.shared.output[0]() is raw:
            self.current, self.length = self.shared.output
        else:
            stream = self.stream(raw)
            for observer in self.observers:
                observer.enter(self.path, stream)
            self.at(stream)
        if self.branches and not self.branches[0].entry:
            self.keep(self.branches[0], raw)

    def at(self, stream: Stream) -> None:
        self.current, self.length = ref(stream.raw), stream.norm

    def keep(self, branch: Branch, raw: Tensor) -> None:
        if branch.adds in (Adds.BESIDE_OTHERS, Adds.IN_ANOTHER_LAYOUT):
            self.entry = self.stream(raw).tokens

    def enter(self, branch: Branch) -> Any:
        def hook(_: nn.Module, args: tuple[Any, ...]) -> None:
            if branch.adds is not Adds.TO_A_SHORTCUT:
                stream = self.settle(args[0])
                if self.current() is not stream.raw and branch.adds is Adds.IN_TURN:
                    self.at(stream)
                self.keep(branch, args[0])
            elif self.pending is not None:
                self.settle(args[0])

        return hook

    def pass_by(self, _: nn.Module, args: tuple[Any, ...]) -> None:
        self.settle(args[0])

    def leave(self, exit_: str, branches: list[Branch]) -> Any:
        def hook(_: nn.Module, args: tuple[Any, ...], output: Tensor) -> None:
            if branches[0].share is not None:
                for branch in branches:
                    self.leave_branch(branch, args[0], output)
                return
            call = self.calls[exit_] = self.calls.get(exit_, -1) + 1
            self.leave_branch(branches[call], args[0], output)

        return hook

    def leave_branch(self, branch: Branch, given: Tensor, output: Tensor) -> None:
        site = f"{self.path}.{branch.name}" if self.path else branch.name
        if branch.adds is Adds.IN_ANOTHER_LAYOUT:
            self.pending = _Pending(site, None, None, None)
            self.pending.x, self.entry = self.entry, None
            return
        if branch.share is not None:
            output = branch.share(self.module, given, output)
        if branch.then:
            output = part(self.module, branch.then)(output)
        added = self.stream(output)
        if branch.adds is Adds.TO_A_SHORTCUT:
            self.pending = _Pending(site, None, added.norm, None)
            self.pending.f = added.tokens
        elif branch.adds is Adds.BESIDE_OTHERS:
            assert self.entry is not None
            before = self.entry[:, : added.tokens.shape[1]]  # class attention gives the first token's alone
            self.tell(site, before, added.tokens, before + added.tokens)
        else:
            before = self.current()
            product = None
            if before is not None and bool((added.norm > LONG * self.length).any()):
                product = self.length.double().square() + (self.stream(before).tokens * added.tokens).sum(-1).double()
            self.pending = _Pending(site, self.length, added.norm, product)

    def tell(self, site: str, x: Tensor, f: Tensor, y: Tensor) -> None:
        """A step of which all three are at hand."""
        step = Step(
            site,
            torch.linalg.vector_norm(x, dim=-1),
            torch.linalg.vector_norm(f, dim=-1),
            Stream(y, y),
            (x * y).sum(-1).double(),
        )
        for observer in self.observers:
            observer.sublayer(step)

    def settle(self, raw: Tensor) -> Stream:
        """The stream has come into sight again, after the branch that ran."""
        stream = self.stream(raw)
        if self.pending is not None:
            done, self.pending = self.pending, None
            if done.x is not None:
                self.tell(done.site, done.x, stream.tokens - done.x, stream.tokens)
            elif done.f is not None:
                self.tell(done.site, stream.tokens - done.f, done.f, stream.tokens)
            else:
                assert done.before is not None
                assert done.added is not None
                step = Step(done.site, done.before, done.added, stream, done.product)
                for observer in self.observers:
                    observer.sublayer(step)
            self.at(stream)
        return stream

    def leave_block(self, _: nn.Module, __: object, output: Any) -> None:
        if not self.alone:
            return
        raw = output[self.family.stream] if isinstance(output, tuple) else output
        stream = self.settle(raw)
        self.entry = None
        for observer in self.observers:
            observer.block(self.path, stream)
        self.shared.output = (ref(raw), stream.norm)
