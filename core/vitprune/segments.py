"""A model cut at the boundaries of its blocks: what one boundary holds is enough to run the rest.

Boundary i is the entry of block i, and the one after the last block comes last. Where a block gives the next one its
stream as it is, blocks run one by one; elsewhere the model's own forward runs, on no image, with the blocks before a
boundary left out and the stream of that boundary put in. Whether that gives what the whole model gives, bit for bit, is
tried on images of noise; from a boundary where it does not, an earlier one is run from, or the images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune.families import Family, find_blocks
from vitprune.inputs import Size, input_size_of

IMAGES = -1
"""The boundary before all others: its state is the batch of images."""


class _Reached(Exception):
    """The model's forward has come as far as was asked for."""


@dataclass(frozen=True)
class _Block:
    """A block and what it is called with. Its stream is at `place` of its arguments, and of its outputs where it gives
    several. `pools`: it runs in the head."""

    path: str
    place: int
    given: tuple[Any, ...]
    named: Mapping[str, Any]
    output: Any
    pools: bool

    def taken(self, given: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """The stream among arguments."""
        return given[self.place] if len(given) > self.place else named["x"]

    def with_stream(
        self, given: tuple[Any, ...], named: Mapping[str, Any], stream: Tensor
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with another stream."""
        if len(given) > self.place:
            return (*given[: self.place], stream, *given[self.place + 1 :]), dict(named)
        return given, {**named, "x": stream}

    def gives(self, output: Any) -> Any:
        """The stream in an output."""
        return output[self.place] if isinstance(output, tuple) else output

    def returning(self, images: int, device: torch.device, stream: Tensor | None) -> Any:
        """An output for so many images: zeros, but for the stream where there is one."""
        zeros = _zeros(self.output, images, device)
        if stream is None:
            return zeros
        return (*zeros[: self.place], stream, *zeros[self.place + 1 :]) if isinstance(zeros, tuple) else stream


@dataclass
class _Seen:
    """Blocks at work, with the stream before and after each."""

    blocks: list[_Block] = field(default_factory=list)
    before: list[Any] = field(default_factory=list)
    after: list[Any] = field(default_factory=list)
    pooling: bool = False

    @property
    def boundaries(self) -> list[Any]:
        return [*self.before, self.after[-1]] if self.after else []


class Segments:
    """A timm model that can be run from any block on. It is put in evaluation mode, and followed as it is at each call:
    blocks may be pruned, or others put in their place, as long as shapes stay. It is not followed to another device or
    precision, nor to images of another size than `size`, by default the one that it is built for.

    `blocks` are the paths of the blocks, in running order. The *state* at a boundary is the residual stream there, as
    the block takes it (after the last block: as it gives it). Where the model cannot be run from that, it is the state
    of the last earlier boundary from where it can: `anchors` says which one that is for each boundary, `IMAGES` where
    it is the batch of images. `sizes` are the bytes of the state of one image at each. Whatever part of the model runs,
    each block in it runs once, its hooks included, and other blocks do not.
    """

    def __init__(self, module: nn.Module, size: Size | None = None) -> None:
        self.module = module.eval()
        self.size = size or input_size_of(module)
        first = self._watch(1)
        self._blocks = tuple(first.blocks)
        self.blocks = tuple(dict.fromkeys(block.path for block in first.blocks))
        self._rows = [len(stream) if isinstance(stream, Tensor) else 1 for stream in first.boundaries]
        sizes = [stream.nbytes if isinstance(stream, Tensor) else 0 for stream in first.boundaries]
        image = self._images(1).nbytes
        self._launch = [IMAGES] * (len(self.blocks) + 1)
        """From each boundary, the one up to which blocks run one by one; `IMAGES` where it cannot be run from."""
        if len(self.blocks) == len(first.blocks):  # none runs twice
            self._try(first)
        self.anchors = tuple(
            max((b for b in range(boundary + 1) if self._launch[b] != IMAGES), default=IMAGES)
            for boundary in range(len(self._launch))
        )
        self.sizes = tuple(image if anchor == IMAGES else sizes[anchor] for anchor in self.anchors)

    @torch.no_grad()
    def enter(self, images: Tensor) -> Tensor:
        """The state at boundary 0 of a batch of images (B, C, H, W)."""
        return images if self.anchors[0] == IMAGES else self._run(images, IMAGES, 0, 0)

    @torch.no_grad()
    def advance(self, state: Tensor, start: int, stop: int) -> Tensor:
        """The state at boundary `stop` from the one at boundary `start`, which is left as it is."""
        if not 0 <= start <= stop < len(self._launch):
            raise ValueError(f"from boundary {start} to {stop} of {len(self.blocks)} blocks")
        if start == stop:
            return state
        at, wanted = self.anchors[start], self.anchors[stop]
        launch = IMAGES if at == IMAGES else self._launch[at]
        kept = stream = state
        while at < min(launch, stop):
            stream = self._step(at, stream)
            at += 1
            kept = stream if at <= wanted else kept
        if at < stop:
            ran = self._run(stream, at, stop, max(wanted, at))
            kept = ran if wanted > at else kept
        return kept

    @torch.no_grad()
    def finish(self, state: Tensor, start: int) -> tuple[Tensor, Tensor]:
        """Pooled features (B, width) and logits (B, classes) from the state at boundary `start`; the features twice for
        a model without a head."""
        at = self.anchors[start]
        launch = IMAGES if at == IMAGES else self._launch[at]
        for index in range(max(at, 0), launch):
            state = self._step(index, state)
        return self._finish(state, launch)

    def images_of(self, state: Tensor, boundary: int, images: NDArray[np.intp]) -> Tensor:
        """The part of a state that is of the images of these numbers in its batch."""
        anchor = IMAGES if boundary == IMAGES else self.anchors[boundary]
        rows = 1 if anchor == IMAGES else self._rows[anchor]
        if np.array_equal(images, np.arange(len(state) // rows)):
            return state
        chosen = torch.from_numpy(images).to(state.device)
        return state.unflatten(0, (-1, rows))[chosen].flatten(0, 1)

    def passes(self, start: int, stop: int | None = None) -> tuple[tuple[str, ...], bool]:
        """The blocks that run in `advance(state, start, stop)`, or without `stop` in `finish(state, start)`, and
        whether what lies around the blocks runs too."""
        if start == stop:
            return (), False
        at = self.anchors[start]
        return self.blocks[max(at, 0) : stop], at == IMAGES or stop is None or self._launch[at] < stop

    def _module(self, block: _Block) -> nn.Module:
        return self.module.get_submodule(block.path)

    def _step(self, index: int, stream: Tensor) -> Tensor:
        block = self._blocks[index]
        given, named = block.with_stream(block.given, block.named, stream)
        return block.gives(self._module(block)(*given, **named))

    def _finish(self, state: Tensor, boundary: int) -> tuple[Tensor, Tensor]:
        with self._from(state, boundary) as images:
            return self._whole(images)

    def _run(self, state: Tensor, boundary: int, stop: int, wanted: int) -> Tensor:
        """The stream at boundary `wanted` of the model's own forward from `boundary`, which is left at `stop`."""
        found: dict[int, Tensor] = {boundary: state}

        def keep(stream: Tensor) -> None:
            found[wanted] = stream

        def leave(stream: Tensor) -> None:
            if wanted == stop:
                keep(stream)
            raise _Reached

        with ExitStack() as stack:
            images = stack.enter_context(self._from(state, boundary))
            if boundary < wanted < stop:
                stack.enter_context(self._at(wanted, keep))
            stack.enter_context(self._at(stop, leave))
            with suppress(_Reached):
                self._whole(images)
        return found[wanted]

    def _whole(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features and logits. The head is asked for each of them, but a block in it runs once."""
        model = cast(Any, self.module)
        if not hasattr(model, "forward_features"):
            logits = model(images)
            return logits, logits
        with ExitStack() as stack:
            tokens = model.forward_features(images)
            pools = [self._module(block) for block in self._blocks if block.pools]
            outputs = [stack.enter_context(_noting(module)) for module in pools]
            features = model.forward_head(tokens, pre_logits=True)
            if not getattr(model, "num_classes", 0):
                return features, features
            for module, output in zip(pools, outputs, strict=True):
                if output:
                    stack.enter_context(_standing_in(module, output[0]))
            return features, model.forward_head(tokens)

    @contextmanager
    def _from(self, state: Tensor, boundary: int) -> Iterator[Tensor]:
        """While this lasts, the model computes of what this gives what it computes from the state at a boundary."""
        if boundary == IMAGES:
            yield state
            return
        count = len(state) // self._rows[boundary]
        with ExitStack() as stack:
            for place, block in enumerate(self._blocks[:boundary]):
                last = place + 1 == len(self._blocks)
                output = block.returning(count, state.device, state if last else None)
                stack.enter_context(_standing_in(self._module(block), output))
            if boundary < len(self._blocks):
                block = self._blocks[boundary]

                def put_in(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
                    return block.with_stream(given, named, state)

                handle = self._module(block).register_forward_pre_hook(put_in, prepend=True, with_kwargs=True)
                stack.callback(handle.remove)
            yield self._images(count)

    @contextmanager
    def _at(self, boundary: int, do: Callable[[Tensor], None]) -> Iterator[None]:
        """Do something with the stream at a boundary, before any hook of the block that takes it; after the last block,
        behind all of its hooks."""
        block = self._blocks[min(boundary, len(self._blocks) - 1)]

        def before(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
            do(block.taken(given, named))

        def after(_: nn.Module, __: object, output: Any) -> None:
            do(block.gives(output))

        module = self._module(block)
        if boundary < len(self._blocks):
            handle = module.register_forward_pre_hook(before, prepend=True, with_kwargs=True)
        else:
            handle = module.register_forward_hook(after)
        try:
            yield
        finally:
            handle.remove()

    def _images(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Black, or of noise."""
        images = torch.zeros(count, *self.size)
        like = next((p for p in self.module.parameters() if p.is_floating_point()), images)
        return (images if generator is None else images.normal_(generator=generator)).to(like)

    def _noise(self, count: int) -> Tensor:
        return self._images(count, torch.Generator().manual_seed(count))

    @torch.no_grad()
    def _watch(self, count: int) -> _Seen:
        """All that the blocks do for that many images of noise."""
        seen = _Seen()

        def watch(path: str, family: Family) -> Callable[[], None]:
            def note(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any], output: Any) -> None:
                block = _Block(path, family.stream, given, named, output, seen.pooling)
                seen.blocks.append(block)
                seen.before.append(block.taken(given, named))
                seen.after.append(block.gives(output))

            return self.module.get_submodule(path).register_forward_hook(note, with_kwargs=True).remove

        model = cast(Any, self.module)
        with ExitStack() as stack:
            for path, _, family in find_blocks(self.module):
                stack.callback(watch(path, family))
            if hasattr(model, "forward_features"):
                tokens = model.forward_features(self._noise(count))
                seen.pooling = True
                model.forward_head(tokens, pre_logits=True)
            else:
                model(self._noise(count))
        return seen

    @torch.no_grad()
    def _try(self, first: _Seen) -> None:
        """Find out, with other images and another number of them, from which boundaries the model can be run, and how:
        block by block as far as that goes, then by its own forward."""
        images = self._noise(2)
        plain, seen = self._whole(images), self._watch(2)
        states, count = seen.boundaries, len(self._blocks)
        if [block.path for block in seen.blocks] != list(self.blocks):
            return

        def same(state: Any, found: Callable[[Tensor], tuple[Tensor, ...]], expected: tuple[Any, ...]) -> bool:
            if not isinstance(state, Tensor):
                return False  # several streams beside each other
            given = state.clone()
            try:
                results = found(given)
            except Exception:  # noqa: BLE001 - it may be any code
                return False
            pairs = zip((*results, given), (*expected, state), strict=True)
            return all(isinstance(e, Tensor) and torch.equal(f, e) for f, e in pairs)

        for boundary in range(count, -1, -1):
            state = states[boundary]
            follows = boundary + 1 == count or (
                boundary < count and first.after[boundary] is first.before[boundary + 1]
            )
            if (
                follows
                and self._launch[boundary + 1] != IMAGES
                and same(state, lambda s, b=boundary: (self._step(b, s),), (states[boundary + 1],))
            ):
                self._launch[boundary] = self._launch[boundary + 1]
            elif same(state, lambda s, b=boundary: self._finish(s, b), plain):
                self._launch[boundary] = boundary


@contextmanager
def _standing_in(module: nn.Module, output: Any) -> Iterator[None]:
    """While this lasts, a call of the module gives this, and runs nothing, not even its hooks."""
    kind = type(module)
    module.__class__ = type(kind.__name__, (kind,), {"__call__": lambda *_, **__: output})
    try:
        yield
    finally:
        module.__class__ = kind


@contextmanager
def _noting(module: nn.Module) -> Iterator[list[Any]]:
    """What a module gives while this lasts."""
    outputs: list[Any] = []
    handle = module.register_forward_hook(lambda _, __, output: outputs.append(output))
    try:
        yield outputs
    finally:
        handle.remove()


def _zeros(output: Any, images: int, device: torch.device) -> Any:
    """Zeros for so many images, like what a block gave for one; what is not a tensor stays."""
    if isinstance(output, Tensor):
        return torch.zeros(images * output.shape[0], *output.shape[1:], dtype=output.dtype, device=device)
    return tuple(_zeros(part, images, device) for part in output) if isinstance(output, tuple) else output
