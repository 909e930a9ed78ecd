"""Accumulators: observers that keep what the stream says of every image; independent of the batch size, mergeable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vitprune.capture import Step, Stream
from vitprune.metrics import Lengths, Metric
from vitprune.pooling import Tokens, selected
from vitprune.scores import Boundaries, Score, read_only, table_name

_TINY = torch.finfo(torch.float32).tiny

Table = dict[str, dict[str, Score]]
Chunks = dict[str, dict[str, list[NDArray[np.float64]]]]


def cosine_of_lengths(before: Tensor, added: Tensor, after: Tensor) -> Tensor:
    """The cosine between x and y = x + f from the three lengths: 1 - (|f|^2 - (|y| - |x|)^2) / (2 |x| |y|).

    A length costs one reading of a tensor, a product two. Near 1, where redundant sites lie, this is also the more
    exact of the two; it loses a digit for every factor of ten by which f is longer than x.
    """
    return 1 - (added.square() - (after - before).square()) / (2 * before * after).clamp_min(_TINY)


@dataclass(frozen=True)
class Selections:
    """Over which tokens a score is a mean. `prefixes` counts, by site, the tokens before the patches; `pooled` names
    those that the head reads."""

    names: Sequence[str]
    prefixes: Mapping[str, int]
    pooled: str

    def of(self, name: str, site: str, tokens: int) -> Tokens | None:
        return selected(name, self.prefixes[site], tokens, self.pooled)


class _Shelf:
    """Tensors of one batch, (batch, ...), side by side with those of the same shape.

    They have one place in memory, for `capacity` of them at first: memory of the processor that is not written costs
    nothing, that of a GPU is not taken before a second batch. Tensors left lying between the model's would keep its
    memory from being used again.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._rows: dict[torch.Size, Tensor] = {}
        self._loose: dict[torch.Size, list[Tensor]] = {}
        self._names: dict[torch.Size, list[str]] = {}

    def slot(self, name: str, shape: torch.Size, like: Tensor) -> Tensor:
        """Where to write the tensor of this name."""
        names = self._names.setdefault(shape, [])
        if shape not in self._rows and like.device.type == "cpu":
            self._rows[shape] = like.new_empty((shape[0], self.capacity, *shape[1:]))
        rows = self._rows.get(shape)
        names.append(name)
        if rows is not None and len(names) <= rows.shape[1]:
            return rows[:, len(names) - 1]
        loose = like.new_empty(shape)
        self._loose.setdefault(shape, []).append(loose)
        return loose

    def clear(self) -> list[tuple[list[str], Tensor]]:
        """Names, and (batch, names, ...), of each shape; the shelf is free for the next batch."""
        for shape, loose in self._loose.items():
            kept = self._rows[shape].unbind(1) if shape in self._rows else ()
            self._rows[shape] = torch.stack([*kept, *loose], dim=1)
        full = [(names, self._rows[shape][:, : len(names)]) for shape, names in self._names.items()]
        self._names, self._loose = {}, {}
        return full


class BranchScores:
    """Means over tokens, in float64, of the metrics of every branch: one value for every image, branch, metric and
    selection of tokens."""

    def __init__(self, metrics: Sequence[Metric], sites: Sequence[str], selections: Selections) -> None:
        self.metrics = [metric for metric in metrics if metric.sublayer]
        self.sites = list(sites)
        self.selections = selections
        self._lengths = _Shelf(len(sites))  # of (images, 3, tokens): before, added, after
        self._products: dict[str, Tensor] = {}
        self._chunks: Chunks = {}

    def enter(self, site: str, stream: Stream) -> None:
        """What enters a block belongs to its first branch."""

    def sublayer(self, step: Step) -> None:
        x, f, y = step.before, step.added, step.after.norm
        slot = self._lengths.slot(step.site, torch.Size((len(x), 3, x.shape[1])), x)
        for row, length in enumerate((x, f, y)):
            slot[:, row].copy_(length)
        if step.product is not None:
            self._products[step.site] = step.product / (x.double() * y.double()).clamp_min(_TINY)

    def block(self, site: str, after: Stream) -> None:
        """Blocks are scored from their boundaries."""

    def end_batch(self) -> None:
        """All branches of one number of tokens at once: many small operations would cost more than their sums."""
        for sites, rows in self._lengths.clear():
            x, f, y = rows.double().permute(2, 1, 0, 3)
            cosine = cosine_of_lengths(x, f, y)
            for place, site in enumerate(sites):
                if site in self._products:
                    cosine[place] = self._products[site]
            lengths = Lengths(x.clamp_min(_TINY), f, y, cosine)
            for metric in self.metrics:
                assert metric.sublayer
                self._add(metric.name, sites, metric.sublayer(lengths))
        self._products = {}

    def _add(self, metric: str, sites: list[str], values: Tensor) -> None:
        """`values` are (sites, images, tokens)."""
        for selection in self.selections.names:
            chosen = [self.selections.of(selection, site, values.shape[-1]) for site in sites]
            means = {t: values[..., slice(*t)].mean(-1).cpu().numpy() for t in set(chosen) if t}
            for place, (site, tokens) in enumerate(zip(sites, chosen, strict=True)):
                if tokens:
                    _append(self._chunks, table_name(metric, selection), site, means[tokens][place])

    def merge(self, other: BranchScores) -> None:
        """Add the images that another accumulator saw, after those of this one."""
        _extend(self._chunks, other._chunks)

    def finish(self) -> Table:
        """Table to site to score; the images in the order in which they were seen."""
        return {
            table: {site: _score(sites[site]) for site in self.sites if site in sites}
            for table, sites in self._chunks.items()
        }


class BoundaryCosines:
    """Cosines between the stream at every pair of block boundaries of one shape, mean over tokens, as sums over images.
    For the two boundaries of one block, which is what its score is made of, the value of every image is kept.

    The normalised states of a batch are laid side by side, so that all pairs of one image are one matrix product.
    """

    def __init__(self, blocks: int, selections: Selections) -> None:
        self.selections = selections
        self.images = 0
        self.before: dict[str, str] = {}  # in running order, block to the state that enters it
        self._states = _Shelf(blocks + 1)
        self._state: tuple[str, Tensor] | None = None
        self._prefix: dict[str, Tensor] = {}
        self._chunks: Chunks = {}
        self._sums: dict[tuple[str, ...], NDArray[np.float64]] = {}  # of cosines and of their squares

    def sublayer(self, step: Step) -> None:
        """Only block boundaries count."""

    def enter(self, site: str, stream: Stream) -> None:
        self._state = self._keep(f"before {site}", stream)

    def block(self, site: str, after: Stream) -> None:
        assert self._state is not None
        name, before = self._state
        self.before[site] = name
        self._state = _, state = self._keep(site, after)
        count = self.selections.prefixes[site]
        if state.shape == before.shape:
            self._prefix[site] = (before[:, :count] * state[:, :count]).sum(-1).double()

    def _keep(self, name: str, stream: Stream) -> tuple[str, Tensor]:
        slot = self._states.slot(name, stream.tokens.shape, stream.tokens)
        torch.div(stream.tokens, stream.norm.clamp_min(_TINY).unsqueeze(-1), out=slot)
        return name, slot

    def end_batch(self) -> None:
        self._state = None
        images = 0
        for names, states in self._states.clear():
            images, _, tokens = states.shape[:3]
            flat = states.flatten(2)
            cosines = (flat @ flat.mT).double() / tokens
            for place, site in enumerate(names):
                if site in self._prefix:
                    self._add(site, cosines[:, names.index(self.before[site]), place], tokens)
            cosines = cosines.cpu().numpy()
            sums = np.stack([cosines.sum(0), (cosines**2).sum(0)])
            self._sums[tuple(names)] = self._sums.get(tuple(names), 0) + sums
        self.images += images
        self._prefix = {}

    def _add(self, site: str, mean: Tensor, tokens: int) -> None:
        prefix = self._prefix[site]
        count = prefix.shape[1]
        for selection in self.selections.names:
            match self.selections.of(selection, site, tokens):
                case None:
                    continue
                case (0, end) if end == tokens:
                    value = mean
                case (start, end) if end <= count:
                    value = prefix[:, start:end].mean(1)
                case _:
                    value = (mean * tokens - prefix.sum(1)) / (tokens - count)
            _append(self._chunks, selection, site, value.cpu().numpy())

    def merge(self, other: BoundaryCosines) -> None:
        """Add the images that another accumulator saw, after those of this one."""
        _extend(self._chunks, other._chunks)
        self.images += other.images
        for names, sums in other._sums.items():
            self._sums[names] = self._sums.get(names, 0) + sums

    def scores(self, metrics: Sequence[Metric]) -> Table:
        """Table to block to score, for the blocks that keep the shape of their stream."""
        tables: Table = {}
        for metric in metrics:
            for selection, sites in self._chunks.items() if metric.block else ():
                assert metric.block
                tables[table_name(metric.name, selection)] = {
                    site: Score(read_only(metric.block(torch.from_numpy(np.concatenate(chunks))).numpy()))
                    for site, chunks in sites.items()
                }
        return tables

    def finish(self) -> Boundaries:
        """What entered the first block, and what every block gave; not a number where two shapes differ."""
        names = [next(iter(self.before.values())), *self.before]
        place = {name: i for i, name in enumerate(names)}
        total, squares = np.full((2, len(names), len(names)), np.nan)
        for group, (of_cosines, of_squares) in self._sums.items():
            held = [i for i, name in enumerate(group) if name in place]
            into = np.ix_([place[group[i]] for i in held], [place[group[i]] for i in held])
            total[into] = of_cosines[np.ix_(held, held)]
            squares[into] = of_squares[np.ix_(held, held)]
        mean = total / self.images
        variance = np.maximum(0.0, squares - self.images * mean**2) / max(1, self.images - 1)
        error = np.sqrt(variance / self.images) if self.images > 1 else np.full_like(mean, np.nan)
        return Boundaries(read_only(mean), read_only(error), ("input", *self.before))


def _append(chunks: Chunks, table: str, site: str, values: NDArray[np.float64]) -> None:
    chunks.setdefault(table, {}).setdefault(site, []).append(values)


def _extend(chunks: Chunks, others: Chunks) -> None:
    for table, sites in others.items():
        for site, values in sites.items():
            chunks.setdefault(table, {}).setdefault(site, []).extend(values)


def _score(chunks: Sequence[NDArray[np.float64]]) -> Score:
    return Score(read_only(np.concatenate(chunks)))


class TokenRecorder:
    """The stream after every site at a few tokens of each image, as float16."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.indices: tuple[int, ...] = ()
        self._chunks: dict[str, list[NDArray[np.float16]]] = {}

    def sublayer(self, step: Step) -> None:
        stream = step.after.tokens
        if not self.indices:
            length = stream.shape[1]
            # The first token is the class token wherever there is one; the others are spread evenly.
            chosen = np.linspace(0, length - 1, min(self.tokens, length)).round().astype(int)
            self.indices = tuple(int(i) for i in chosen)
        kept = stream[:, [i for i in self.indices if i < stream.shape[1]]]
        self._chunks.setdefault(step.site, []).append(kept.to(torch.float16).cpu().numpy())

    def enter(self, site: str, stream: Stream) -> None:
        """Only what comes after a branch is kept."""

    def block(self, site: str, after: Stream) -> None:
        """The last branch's stream is the block's."""

    def end_batch(self) -> None:
        """Nothing waits for the end of a batch."""

    def finish(self) -> dict[str, NDArray[np.float16]]:
        arrays = {site: np.concatenate(chunks) for site, chunks in self._chunks.items()}
        for array in arrays.values():
            array.setflags(write=False)
        return arrays
