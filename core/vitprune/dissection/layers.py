"""Attention layers of a model, each at work on one image, with its heads, its windows and its tokens told apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from vitprune.anatomy import Tokens
from vitprune.architecture import Kind
from vitprune.dissection.passing import Passage
from vitprune.dissection.tokens import tokens_in
from vitprune.dissection.watching import NOTHING, Following, Found, Seen, Watching, within
from vitprune.families import Branch, part, present
from vitprune.pooling import prefix_of


class Unseen(Exception):
    """Why the attention of a layer cannot be shown, in a sentence."""


@dataclass(frozen=True)
class Layer:
    """An attention branch of a block at work."""

    site: str
    passage: Passage
    branch: Branch

    @property
    def module(self) -> nn.Module:
        """Where the attention is computed: the block itself where it has no module of its own."""
        found = part(self.passage.block, self.branch.name)
        return found if isinstance(found, nn.Module) else self.passage.block


@dataclass(frozen=True)
class Work:
    """What a layer did. Its tensors are those of `seen` by window and head, (G, H, queries, keys) and (G, H, tokens,
    width); `grouped` brings others into that order. `places`, (G, keys), is the token of `keys` that lies there, -1 for
    padding; None where there is one window and keys are in order. Queries lie as keys do where there are as many."""

    layer: Layer
    queries: Tokens
    keys: Tokens
    seen: Seen
    q: Tensor
    k: Tensor
    v: Tensor
    scores: Tensor
    chances: Tensor
    weights: Tensor
    scale: Tensor
    places: Tensor | None
    grouped: Callable[[Tensor], Tensor]

    @property
    def windows(self) -> bool:
        return self.places is not None

    @cached_property
    def mixed(self) -> bool:
        return self.weights is not self.chances and not torch.equal(self.weights, self.chances)

    def square(self, values: Tensor, empty: float) -> Tensor:
        """(G, H, queries, keys) to (H, all queries, all keys); `empty` where no window has both."""
        if self.places is None:
            return values[0]
        count = len(self.keys)
        found = values.new_full((values.shape[1], count + 1, count + 1), empty)
        at = torch.where(self.places < 0, count, self.places)
        found[:, at[:, :, None], at[:, None, :]] = values.transpose(0, 1)
        return found[:, :count, :count]

    def row(self, values: Tensor) -> Tensor:
        """(G, H, tokens, ...) to (H, all tokens, ...)."""
        if self.places is None:
            return values[0]
        count = len(self.keys)
        found = values.new_zeros((values.shape[1], count + 1, *values.shape[3:]))
        found[:, torch.where(self.places < 0, count, self.places)] = values.transpose(0, 1)
        return found[:, :count]

    @cached_property
    def projection(self) -> Tensor | None:
        """(H, width out, width of a value): what maps what each head gives to the stream. None where something other
        than a linear map comes between."""
        out = self.weights @ self.v
        heads, width = out.shape[1], out.shape[3]
        if self.seen.projected is None:
            return None
        given, weight = self.seen.projected
        if weight.shape[1] != heads * width:
            return None
        given = given.reshape(-1, heads * width)
        flat = out.transpose(1, 2).reshape(-1, heads * width)
        in_order = self.row(out).transpose(0, 1).reshape(-1, heads * width)
        if not any(len(way) == len(given) and torch.allclose(way, given, atol=1e-4) for way in (flat, in_order)):
            return None
        return weight.unflatten(1, (heads, width)).transpose(0, 1)


def layers_of(passed: list[Passage]) -> list[Layer]:
    """Those that are still there, in running order."""
    found = []
    for passage in passed:
        for branch in present(passage.block, passage.family):
            if branch.kind is Kind.ATTENTION:
                site = f"{passage.path}.{branch.name}" if passage.path else branch.name
                found.append(Layer(site, passage, branch))
    return found


def at_work(module: nn.Module, layer: Layer) -> Work:
    """Run the block of a layer once more, as far as its attention. Raises Unseen."""
    seen = _run(layer)
    _check(seen)
    entry, numbers = _followed(layer, seen)
    keys_in = _entry_tokens(module, layer, entry)
    return _arranged(layer, seen, keys_in, numbers)


def _check(seen: Seen) -> None:
    if not seen.complete():
        raise Unseen("It computes no attention that can be seen: no softmax is followed by a product with values.")
    if seen.maps != 1:
        raise Unseen("It combines several attention maps into one.")
    if seen.q is NOTHING:
        raise Unseen("Its scores are not products of queries and keys.")


def _run(layer: Layer) -> Seen:
    found: list[Seen] = []

    def done(seen: Seen) -> None:
        found.append(seen)
        raise Found

    watching = Watching()
    with within(watching, layer.module, done), watching, suppress(Found):
        layer.passage.block(*layer.passage.given, **layer.passage.named)
    if not found:
        raise Unseen("It does not run on this image.")
    return found[0]


def _followed(layer: Layer, seen: Seen) -> tuple[Tensor, Tensor | None]:
    """What the branch reads, and the number of the token that each value is of: those of `seen.v`, -1 for padding. None
    where values cannot be told apart so: they are made of several tokens."""
    passage, entry = layer.passage, layer.branch.entry
    reader = part(passage.block, entry) if entry else passage.block
    place = passage.family.stream if reader is passage.block else 0
    read: list[Tensor] = []
    values: list[Tensor] = []
    for factor in (0, 1):

        def number(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any], factor: int = factor) -> Any:
            stream = given[place] if len(given) > place else named["x"]
            read.append(stream)
            numbers = _numbers(stream, passage.family.channels_first) * factor
            if len(given) > place:
                return (*given[:place], numbers, *given[place + 1 :]), named
            return given, {**named, "x": numbers}

        following = Following()
        with ExitStack() as stack:
            stack.callback(reader.register_forward_pre_hook(number, with_kwargs=True).remove)
            stack.enter_context(within(following, layer.module, lambda _: None))
            stack.enter_context(following)
            with suppress(Exception):  # it may be any code, and numbers are not what it was written for
                passage.block(*passage.given, **passage.named)
        if following.seen is None or following.seen.v is NOTHING:
            return read[0], None
        values.append(following.seen.v.double())
    numbers = values[1] - values[0]  # what was added to all alike is gone
    rounded = numbers.round()
    if numbers.shape != seen.v.shape or not torch.allclose(numbers, rounded, atol=1e-2):
        return read[0], None
    return read[0], rounded.long() - 1


def _numbers(stream: Tensor, channels_first: bool) -> Tensor:
    """Each token holds its number, from 1, in all its channels."""
    if channels_first and stream.ndim == 4:
        count = stream.shape[2] * stream.shape[3]
        plane = torch.arange(1, count + 1, device=stream.device, dtype=stream.dtype).view(1, 1, *stream.shape[2:])
        return plane.expand(stream.shape).clone()
    count = stream.shape[:-1].numel()
    column = torch.arange(1, count + 1, device=stream.device, dtype=stream.dtype)
    return column.view(*stream.shape[:-1], 1).expand(stream.shape).clone()


def _entry_tokens(module: nn.Module, layer: Layer, entry: Tensor) -> Tokens:
    passage = layer.passage
    prefix = layer.branch.prefix
    if prefix is None:
        prefix = prefix_of(module, passage.block, passage.family)
    return tokens_in(module, passage.block, passage.family, entry, prefix)


def _arranged(layer: Layer, seen: Seen, tokens: Tokens, numbers: Tensor | None) -> Work:
    lead = seen.weights.shape[:-2]
    queries, keys = seen.weights.shape[-2:]
    order, count, places = _windows(lead, keys, tokens, numbers)
    if places is not None and queries != keys:
        raise Unseen("Its windows have fewer queries than keys.")

    def grouped(values: Tensor) -> Tensor:
        return _grouped(values, lead, order, count)

    in_order = places is not None or keys == len(tokens)
    weights = grouped(seen.weights)
    return Work(
        layer,
        tokens if in_order and queries == keys else _asking(tokens, queries),
        tokens if in_order else _pooled(tokens, keys),
        seen,
        grouped(seen.q),
        grouped(seen.k),
        grouped(seen.v),
        grouped(seen.scores),
        weights if seen.chances is seen.weights else grouped(seen.chances),
        weights,
        torch.as_tensor(seen.scale, dtype=weights.dtype, device=weights.device).flatten().expand(count),
        places,
        grouped,
    )


def _grouped(values: Tensor, lead: torch.Size, order: tuple[int, ...], count: int) -> Tensor:
    values = values.expand(*lead, *values.shape[-2:])
    return values.permute(*order, -2, -1).reshape(-1, count, *values.shape[-2:])


def _windows(
    lead: torch.Size, keys: int, tokens: Tokens, numbers: Tensor | None
) -> tuple[tuple[int, ...], int, Tensor | None]:
    """In which order the leading dimensions are windows, then heads, how many heads there are, and `Work.places`. The
    values of all heads are of the same tokens, those of two windows are not."""
    whole = tuple(range(len(lead))), math.prod(lead), None
    if numbers is not None:
        if not bool((numbers == numbers[..., :1]).all()):
            raise Unseen("It attends from channel to channel, not from token to token.")
        at = numbers[..., 0].expand(*lead, keys)
        heads = [axis for axis in range(len(lead)) if bool((at == at.narrow(axis, 0, 1)).all())]
        order = (*(axis for axis in range(len(lead)) if axis not in heads), *heads)
        count = math.prod(lead[axis] for axis in heads)
        places = at.permute(*order, -1).reshape(-1, count, keys)[:, 0]
        times = int((places == 0).sum())
        if times > 1 and len(places) % times == 0:  # heads and windows in one dimension
            folded = places.unflatten(0, (-1, times))
            if bool((folded == folded[:, :1]).all()):
                places, count = folded[:, 0], count * times
        every = torch.arange(len(tokens), device=places.device)
        if torch.equal(places[places >= 0].sort().values, every):
            one = len(places) == 1 and torch.equal(places[0], every)
            return order, count, None if one else places
    if lead[0] != 1:
        raise Unseen("Its windows could not be followed through the code of the model.")
    return whole


def _asking(tokens: Tokens, queries: int) -> Tokens:
    """The tokens that ask: all, or the first, as in class attention."""
    if queries == len(tokens):
        return tokens
    if queries <= len(tokens.prefix):
        return Tokens(tokens.prefix[:queries], 0, None, "The class token alone asks here.")
    return _pooled(tokens, queries)


def _pooled(tokens: Tokens, count: int) -> Tokens:
    """Tokens that are each made of several that lie together."""
    for prefix in (tokens.prefix, ()):
        left = count - len(prefix)
        if tokens.grid is None or left <= 0 or tokens.patches % left:
            continue
        side = math.isqrt(tokens.patches // left)
        rows, columns = tokens.grid
        if side**2 * left == tokens.patches and rows % side == columns % side == 0:
            return Tokens(prefix, left, (rows // side, columns // side))
    return Tokens((), count, None, "Each is made of several tokens of the stream.")
