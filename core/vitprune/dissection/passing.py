"""A model at work on images, watched block by block: what every block takes and gives, and where that is a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from vitprune.errors import ModelUnsupported
from vitprune.families import Branch, Family, find_blocks, present
from vitprune.jobs import Job
from vitprune.precision import full


@dataclass(frozen=True)
class Passage:
    """A block at work: the stream before and after it, as the block has it, and all that it was called with and gave.
    `images` is their number."""

    path: str
    block: nn.Module
    family: Family
    given: tuple[Any, ...]
    named: dict[str, Any]
    output: Any
    images: int

    @property
    def before(self) -> Tensor:
        return self.given[self.family.stream] if len(self.given) > self.family.stream else self.named["x"]

    @property
    def after(self) -> Tensor:
        return self.output[self.family.stream] if isinstance(self.output, tuple) else self.output

    def tokens(self, stream: Tensor) -> Tensor:
        """(images, N, width): a stream of this block, in whichever layout."""
        if self.family.channels_first and stream.ndim == 4:
            return full(stream.flatten(2).mT)
        return full(stream.reshape(self.images, -1, stream.shape[-1]))


@contextmanager
def still(module: nn.Module) -> Iterator[None]:
    """While this lasts, the module is in evaluation mode and no gradient is taken."""
    training = module.training
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        if training:
            module.train()


def placed(module: nn.Module, images: Tensor) -> Tensor:
    """Images where the module's parameters are, and in their precision."""
    like = next((p for p in module.parameters() if p.is_floating_point()), images)
    return images.to(like)


def passages(module: nn.Module, images: Tensor, job: Job | None = None) -> list[Passage]:
    """All blocks before the head, in running order, on a batch of images. Call it within `still`.

    Raises ModelUnsupported for a model without blocks, or with several streams beside each other; Cancelled.
    """
    job = job or Job()
    found: list[Passage] = []

    def watch(path: str, family: Family) -> Callable[..., None]:
        def note(block: nn.Module, given: tuple[Any, ...], named: dict[str, Any], output: Any) -> None:
            job.check()
            found.append(Passage(path, block, family, given, named, output, len(images)))

        return note

    with ExitStack() as stack:
        for path, block, family in find_blocks(module):
            stack.callback(block.register_forward_hook(watch(path, family), with_kwargs=True).remove)
        cast(Any, getattr(module, "forward_features", module))(images)
    if not found:
        raise ModelUnsupported(
            "No block of a known kind runs in this model.",
            hint="`vitprune models` lists those that can be looked into.",
        )
    if not all(isinstance(stream, Tensor) for passage in found for stream in (passage.before, passage.after)):
        raise ModelUnsupported(
            "The blocks of this model carry several streams beside each other.", hint="Choose a model with one stream."
        )
    return found


def depths(passed: list[Passage]) -> list[tuple[str, Passage, Tensor]]:
    """Name, block and stream of each depth: the entry of the first block (""), then the exit of each."""
    first = passed[0]
    return [("", first, first.before), *((passage.path, passage, passage.after) for passage in passed)]


@contextmanager
def replaced(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """While this lasts, a call of the module computes this; its hooks run as ever."""
    own = module.__dict__.get("forward")
    module.__dict__["forward"] = forward
    try:
        yield
    finally:
        del module.__dict__["forward"]
        if own is not None:
            module.__dict__["forward"] = own


def site_of(module: nn.Module, site: str) -> tuple[str, nn.Module, Family, Branch]:
    """Path and block of a branch that is still there. Raises ModelUnsupported where there is none of this name."""
    for path, block, family in find_blocks(module):
        for branch in present(block, family):
            if site == (f"{path}.{branch.name}" if path else branch.name):
                return path, block, family, branch
    raise ModelUnsupported(f"There is no layer {site} in this model.", hint="It may have been removed.")
