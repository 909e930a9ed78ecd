"""What the head says of the residual stream at each depth: the logit lens (nostalgebraist 2020, "interpreting GPT: the
logit lens"; for vision, Vilas, Schaumlöffel and Roig 2023, arXiv:2310.18969).

A depth is read as if no block behind it added anything: the model's own forward runs, with blocks behind the depth
handing on what they are given. So the last depth is the model's answer, whatever its head does. A token alone is read
by giving the head nothing but that token.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vitprune.anatomy import Lens, Tokens
from vitprune.dissection.passing import Passage, passages, placed, replaced, still
from vitprune.dissection.tokens import tokens_of
from vitprune.errors import ModelUnsupported
from vitprune.jobs import Job
from vitprune.pooling import prefix_of
from vitprune.scores import read_only

_AT_ONCE = 4096  # tokens that the head reads alone
_WHOLE = 16  # the same where each takes a whole stream
_MOST_WHOLE = 300  # each is a forward of what surrounds the blocks


def lens(module: nn.Module, image: Tensor, *, job: Job | None = None) -> Lens:
    """What the head would say at each depth, of the image and of each token alone.

    Raises ModelUnsupported for a model without a head, Cancelled.
    """
    job = job or Job()
    if not getattr(module, "num_classes", 1):
        raise ModelUnsupported("This model has no head that could say a class.", hint="Choose a model with classes.")
    with still(module):
        image = placed(module, image)
        passed = passages(module, image, job)
        if len({passage.path for passage in passed}) < len(passed):
            raise ModelUnsupported("A block of this model runs more than once.", hint="Choose another model.")
        start = _first_readable(passed)
        logits, states = _if_nothing_followed(module, image, passed, start)
        tokens, sequence = _read_by_the_head(module, passed, states)
        alone = _Alone(module, image, passed, job).said(sequence.flatten(0, 1))
    probability, patches = np.empty((len(sequence), 0)), np.empty((len(sequence), 0))
    if alone is not None:
        best = alone.float().softmax(-1).max(-1)
        probability, patches = (found.unflatten(0, sequence.shape[:2]).cpu().numpy() for found in best)
    behind = tuple(passage.path for passage in passed[start:])
    reasons: list[str] = []
    if start:
        before = passed[start - 1].path
        reasons.append(f"Before the end of {before} the stream has another shape than the one that the head reads.")
    if alone is None:
        reasons.append("What lies behind the last block mixes tokens: none of them can be read alone.")
    return Lens(
        (passed[start - 1].path if start else "", *behind),
        tokens,
        read_only(logits.float().cpu().numpy()),
        read_only(patches.astype(np.int64)),
        read_only(probability.astype(np.float32)),
        " ".join(reasons),
    )


def _first_readable(passed: list[Passage]) -> int:
    """The first of the blocks that could all hand on what they are given, in the width that the head reads."""
    start = len(passed)
    width = _width(passed[-1], passed[-1].after)
    for passage in reversed(passed):
        if passage.before.shape != passage.after.shape or _width(passage, passage.after) != width:
            break
        start -= 1
    return start


def _width(passage: Passage, stream: Tensor) -> int:
    return passage.tokens(stream).shape[-1]


def _if_nothing_followed(module: nn.Module, image: Tensor, passed: list[Passage], start: int) -> tuple[Tensor, Tensor]:
    """Logits (depths, classes), and the stream that the last block gives (depths, ...). Depth d is behind the first d
    of the blocks from `start`."""
    count = len(passed) - start + 1
    last: list[Tensor] = []

    def standing(place: int, passage: Passage) -> Callable[..., Any]:
        def forward(*given: Any, **named: Any) -> Any:
            output = _repeated(passage.output, count)
            if place >= start:
                taken = given[passage.family.stream] if len(given) > passage.family.stream else named["x"]
                stream = taken.unflatten(0, (count, -1)).clone()
                stream[place - start + 1 :] = passage.after
                output = _with_stream(passage, output, stream.flatten(0, 1))
            if place == len(passed) - 1:
                last.append(output[passage.family.stream] if isinstance(output, tuple) else output)
            return output

        return forward

    with ExitStack() as stack:
        for place, passage in enumerate(passed):
            stack.enter_context(replaced(passage.block, standing(place, passage)))
        logits = module(image.expand(count, *image.shape[1:]))
    return logits, last[0]


def _read_by_the_head(module: nn.Module, passed: list[Passage], states: Tensor) -> tuple[Tokens, Tensor]:
    """What the tokens are, and (depths, N, width). Where the last blocks hold the class token alone, the patches are
    those of the stream beside it."""
    last = passed[-1]
    depths = len(states) // len(last.after)
    of_last = states.flatten(2).mT if last.family.channels_first and states.ndim == 4 else states
    of_last = of_last.reshape(depths, -1, of_last.shape[-1])
    tokens = tokens_of(module, last.path, last.after)
    beside = _beside(passed)
    if beside is None:
        return tokens, of_last
    # The depths are the same as those of the class token, from the end.
    source = passed[beside]
    patches = [passage.after for passage in passed[: beside + 1]]
    entry = passed[0].before
    rows = [entry, *patches, *[source.after] * (len(passed) - beside - 1)][-depths:]
    own = tokens_of(module, source.path, source.after)
    joined = Tokens((*tokens.prefix, *own.prefix), own.patches, own.grid, own.reason)
    return joined, torch.cat([of_last, torch.cat([source.tokens(row) for row in rows])], 1)


def _beside(passed: list[Passage]) -> int | None:
    """The block whose stream of patches the last block reads beside its own; None where it has one stream."""
    last = passed[-1]
    if last.family.stream == 0 or isinstance(last.output, tuple):
        return None
    return next((place for place, passage in enumerate(passed) if passage.after is last.given[0]), None)


class _Alone:
    """The head, given one token at a time."""

    def __init__(self, module: nn.Module, image: Tensor, passed: list[Passage], job: Job) -> None:
        self.module = module
        self.image = image
        self.passed = passed
        self.job = job
        self.last = passed[-1]
        self.prefix = prefix_of(module, self.last.block, self.last.family)

    def said(self, tokens: Tensor) -> Tensor | None:
        """Logits (tokens, classes) of tokens (tokens, width); None where they are too many for the way they are read.

        A head reads one image full of a token like a few copies of that token, and then needs neither the images nor
        the tokens of the rest. Where two tokens say otherwise, it is given images full of them.
        """
        tried = tokens[[0, -1]]
        whole = self._run(tried, whole=True)
        try:
            short = self._run(tried, whole=False)
            same = torch.allclose(short, whole, rtol=1e-4, atol=1e-5 * float(whole.abs().max()))
        except Exception:  # noqa: BLE001 - it may be any code
            same = False
        if not same and len(tokens) > _MOST_WHOLE:
            return None
        found: list[Tensor] = []
        for done, some in enumerate(parts := tokens.split(_AT_ONCE if same else _WHOLE)):
            self.job.progress("Asking the head", done, len(parts), "parts")
            found.append(self._run(some, whole=not same))
        return torch.cat(found)

    def _run(self, tokens: Tensor, *, whole: bool) -> Tensor:
        self.job.check()
        count = len(tokens)
        beside = _beside(self.passed)

        def standing(place: int, passage: Passage) -> Callable[..., Any]:
            output = _repeated(passage.output, count if whole else 1)
            if passage is self.last:
                output = _with_stream(passage, output, self._filled(tokens, whole))
            elif place == beside and not whole:
                output = tokens[:, None]
            return lambda *_, **__: output

        with ExitStack() as stack:
            for place, passage in enumerate(self.passed):
                stack.enter_context(replaced(passage.block, standing(place, passage)))
            return self.module(self.image.expand(count if whole else 1, *self.image.shape[1:]))

    def _filled(self, tokens: Tensor, whole: bool) -> Tensor:
        """Streams of the last block in which every token is one of these; of a few tokens each unless `whole`."""
        shape = self.last.after.shape
        tokens = tokens.to(self.last.after)
        if self.last.family.channels_first and len(shape) == 4:
            size = shape[2:] if whole else (1, 1)
            return tokens[:, :, None, None].expand(-1, -1, *size)
        if not whole:
            places = (1, 1) if len(shape) == 4 else (min(self.prefix + 1, shape[1]),)
            return tokens.reshape(len(tokens), *(1 for _ in places), -1).expand(-1, *places, -1)
        rows = tokens.reshape(len(tokens), *(1 for _ in shape[:-1]), -1).expand(-1, *shape[:-1], -1)
        return rows.flatten(0, 1)


def _with_stream(passage: Passage, output: Any, stream: Tensor) -> Any:
    place = passage.family.stream
    return (*output[:place], stream, *output[place + 1 :]) if isinstance(output, tuple) else stream


def _repeated(output: Any, count: int) -> Any:
    """What a block gave for one image, for so many of the same."""
    if isinstance(output, Tensor):
        return output.repeat(count, *(1 for _ in output.shape[1:])) if count > 1 else output
    return tuple(_repeated(part, count) for part in output) if isinstance(output, tuple) else output
