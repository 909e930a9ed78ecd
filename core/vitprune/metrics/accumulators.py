"""Accumulators: observers that keep what the stream says of every image; independent of the batch size, mergeable."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vitprune.capture import Observer, Step, Stream
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


class Shelf:
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

    def drop(self) -> None:
        """Forget the batch that is on it, and give its place back."""
        self._names, self._loose, self._rows = {}, {}, {}


class Accumulator(Observer):
    """An observer of which several can become one, also when each was in a process of its own."""

    @abstractmethod
    def drop(self) -> None:
        """Forget the batch that is not at its end: it broke off."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What was seen so far, between two batches, as `Shard.gather` takes it."""

    @abstractmethod
    def restore(self, states: Sequence[dict[str, Any]]) -> None:
        """Hold the images of all these states in turn, and nothing else."""

    def merge(self, other: Self) -> None:
        """Add the images that another accumulator saw, after those of this one."""
        self.restore([self.state(), other.state()])


class SiteScores:
    """One value for every image, site, metric and selection of tokens."""

    def __init__(self, metrics: Sequence[Metric], selections: Selections) -> None:
        self.metrics = metrics
        self.selections = selections
        self._chunks: Chunks = {}

    def add(self, sites: Sequence[str], lengths: Lengths) -> None:
        """Those of one batch; `lengths` are (sites, images, tokens)."""
        for metric in self.metrics:
            values, over = metric.value(lengths), metric.over and metric.over(lengths)
            for selection in self.selections.names:
                chosen = [self.selections.of(selection, site, values.shape[-1]) for site in sites]
                scores = {
                    tokens: (
                        values[..., slice(*tokens)].mean(-1)
                        if over is None
                        else values[..., slice(*tokens)].sum(-1) / over[..., slice(*tokens)].sum(-1)
                    )
                    .cpu()
                    .numpy()
                    for tokens in set(chosen)
                    if tokens
                }
                table = self._chunks.setdefault(table_name(metric.name, selection), {})
                for place, (site, tokens) in enumerate(zip(sites, chosen, strict=True)):
                    if tokens:
                        table.setdefault(site, []).append(scores[tokens][place])

    def state(self) -> dict[str, Any]:
        return {
            table: {site: np.concatenate(chunks) for site, chunks in sites.items()}
            for table, sites in self._chunks.items()
        }

    def restore(self, states: Sequence[dict[str, Any]]) -> None:
        self._chunks = {}
        for state in states:
            for table, sites in state.items():
                for site, values in sites.items():
                    self._chunks.setdefault(table, {}).setdefault(site, []).append(values)

    def finish(self, order: Iterable[str]) -> Table:
        """Table to site, in this order, to score; the images in the order in which they were seen."""
        running = list(order)
        return {
            table: {site: Score(read_only(np.concatenate(sites[site]))) for site in running if site in sites}
            for table, sites in self._chunks.items()
            if sites
        }


class BranchScores(Accumulator):
    """The scores of every branch, in float64 from float32 lengths."""

    def __init__(self, metrics: Sequence[Metric], sites: Sequence[str], selections: Selections) -> None:
        self.sites = list(sites)
        self._scores = SiteScores([metric for metric in metrics if metric.of_branches], selections)
        self._lengths = Shelf(len(sites))  # of (images, 3, tokens): before, added, after
        self._products: dict[str, Tensor] = {}

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
            self._scores.add(sites, Lengths(x.clamp_min(_TINY), f, y, cosine))
        self._products = {}

    def drop(self) -> None:
        self._lengths.drop()
        self._products = {}

    def state(self) -> dict[str, Any]:
        return self._scores.state()

    def restore(self, states: Sequence[dict[str, Any]]) -> None:
        self._scores.restore(states)

    def finish(self) -> Table:
        """Table to branch to score."""
        return self._scores.finish(self.sites)


class PairSums:
    """Sums over images of a value of every pair of boundaries, and of its square."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, ...], NDArray[np.float64]] = {}

    def add(self, names: Sequence[str], values: Tensor) -> None:
        """`values` are (images, names, names)."""
        of_images = values.double().cpu().numpy()
        self._into(tuple(names), np.stack([of_images.sum(0), (of_images**2).sum(0)]))

    def state(self) -> list[Any]:
        return [[list(names), sums] for names, sums in self._sums.items()]

    def restore(self, states: Sequence[list[Any]]) -> None:
        self._sums = {}
        for state in states:
            for names, sums in state:
                self._into(tuple(names), sums)

    def _into(self, names: tuple[str, ...], sums: NDArray[np.float64]) -> None:
        self._sums[names] = self._sums.get(names, 0) + sums

    def finish(self, names: Sequence[str], labels: tuple[str, ...], images: int) -> Boundaries:
        """Means with standard errors, of the pairs that these names make; not a number for those never added."""
        place = {name: i for i, name in enumerate(names)}
        total, squares = np.full((2, len(names), len(names)), np.nan)
        for group, (of_values, of_squares) in self._sums.items():
            held = [i for i, name in enumerate(group) if name in place]
            into = np.ix_([place[group[i]] for i in held], [place[group[i]] for i in held])
            total[into] = of_values[np.ix_(held, held)]
            squares[into] = of_squares[np.ix_(held, held)]
        mean = total / images
        variance = np.maximum(0.0, squares - images * mean**2) / max(1, images - 1)
        error = np.sqrt(variance / images) if images > 1 else np.full_like(mean, np.nan)
        return Boundaries(read_only(mean), read_only(error), labels)


class BoundaryCosines(Accumulator):
    """Cosines, and angles over pi, between the stream at every pair of block boundaries of one shape, mean over tokens;
    and from those of its two boundaries the scores of every block that keeps the shape of its stream.

    The normalised states of a batch are laid side by side, so that all pairs of all tokens of one image are one batched
    matrix product.
    """

    def __init__(self, blocks: int, selections: Selections, metrics: Sequence[Metric] = ()) -> None:
        self.images = 0
        self.before: dict[str, str] = {}  # in running order, block to the state that enters it
        self._scores = SiteScores([metric for metric in metrics if metric.of_blocks], selections)
        self._states, self._lengths = Shelf(blocks + 1), Shelf(blocks + 1)
        self._state = ""
        self._cosines, self._angles = PairSums(), PairSums()

    def sublayer(self, step: Step) -> None:
        """Only block boundaries count."""

    def enter(self, site: str, stream: Stream) -> None:
        self._keep(f"before {site}", stream)

    def block(self, site: str, after: Stream) -> None:
        self.before[site] = self._state
        self._keep(site, after)

    def _keep(self, name: str, stream: Stream) -> None:
        slot = self._states.slot(name, stream.tokens.shape, stream.tokens)
        torch.div(stream.tokens, stream.norm.clamp_min(_TINY).unsqueeze(-1), out=slot)
        self._lengths.slot(name, stream.norm.shape, stream.norm).copy_(stream.norm)
        self._state = name

    def end_batch(self) -> None:
        shelves = self._lengths.clear()
        lengths = {name: rows[:, place] for names, rows in shelves for place, name in enumerate(names)}
        images = 0
        for names, states in self._states.clear():
            images, count, tokens = states.shape[:3]
            cosines = states.new_empty((images, tokens, count, count))
            for image, table in zip(states.transpose(1, 2), cosines, strict=True):
                torch.bmm(image, image.mT, out=table)  # of a whole batch at once, all states would be copied
            self._score(names, cosines, lengths)
            self._cosines.add(names, cosines.sum(1, dtype=torch.float64) / tokens)
            angles = cosines.float().clamp_(-1, 1).arccos_().sum(1, dtype=torch.float64) / (math.pi * tokens)
            angles.diagonal(dim1=-2, dim2=-1).mul_(0)  # rounding of a cosine near 1 is seen in its angle
            self._angles.add(names, angles)
        self.images += images

    def drop(self) -> None:
        self._states.drop()
        self._lengths.drop()

    def _score(self, names: list[str], cosines: Tensor, lengths: Mapping[str, Tensor]) -> None:
        """Of all blocks both of whose boundaries are among the names."""
        sites = [site for site in names if site in self.before and self.before[site] in names]
        if not sites or not self._scores.metrics:
            return
        before, after = [names.index(self.before[site]) for site in sites], [names.index(site) for site in sites]
        x, y = (torch.stack([lengths[names[i]] for i in places]).double() for places in (before, after))
        cosine = cosines[:, :, before, after].permute(2, 0, 1).double()
        f = ((y - x).square() + 2 * x * y * (1 - cosine)).clamp_min(0).sqrt()
        self._scores.add(sites, Lengths(x.clamp_min(_TINY), f, y, cosine))

    def state(self) -> dict[str, Any]:
        parts = {"scores": self._scores, "cosines": self._cosines, "angles": self._angles}
        return {"images": self.images, "before": self.before} | {name: part.state() for name, part in parts.items()}

    def restore(self, states: Sequence[dict[str, Any]]) -> None:
        self.images = sum(state["images"] for state in states)
        self.before = {}
        for state in states:
            self.before |= state["before"]
        self._scores.restore([state["scores"] for state in states])
        self._cosines.restore([state["cosines"] for state in states])
        self._angles.restore([state["angles"] for state in states])

    def scores(self) -> Table:
        """Table to block to score, for the blocks that keep the shape of their stream."""
        return self._scores.finish(self.before)

    def finish(self) -> Boundaries:
        """Cosines between what entered the first block and what every block gave."""
        return self._table(self._cosines)

    def angles(self) -> Boundaries:
        """Their angles over pi. From float32 cosines: below about 1e-4 they are rounding."""
        return self._table(self._angles)

    def _table(self, sums: PairSums) -> Boundaries:
        names = [*islice(self.before.values(), 1), *self.before]
        return sums.finish(names, ("input", *self.before), self.images)


class TokenRecorder(Accumulator):
    """The stream after every site at a few tokens of each image, as float16; in memory, unless `keep` takes it batch by
    batch: the token indices, and by site (images, tokens, dim)."""

    def __init__(
        self, tokens: int, keep: Callable[[tuple[int, ...], dict[str, NDArray[np.float16]]], None] | None = None
    ) -> None:
        self.tokens = tokens
        self.indices: tuple[int, ...] = ()
        self._keep = keep
        self._batch: dict[str, NDArray[np.float16]] = {}
        self._chunks: dict[str, list[NDArray[np.float16]]] = {}

    def sublayer(self, step: Step) -> None:
        stream = step.after.tokens
        if not self.indices:
            length = stream.shape[1]
            # The first token is the class token wherever there is one; the others are spread evenly.
            chosen = np.linspace(0, length - 1, min(self.tokens, length)).round().astype(int)
            self.indices = tuple(int(i) for i in chosen)
        there = [i for i in self.indices if i < stream.shape[1]]
        kept = stream if len(there) == stream.shape[1] else stream[:, there]
        self._batch[step.site] = kept.to(torch.float16).cpu().numpy()

    def enter(self, site: str, stream: Stream) -> None:
        """Only what comes after a branch is kept."""

    def block(self, site: str, after: Stream) -> None:
        """The last branch's stream is the block's."""

    def end_batch(self) -> None:
        batch, self._batch = self._batch, {}
        if self._keep is not None:
            self._keep(self.indices, batch)
            return
        for site, values in batch.items():
            self._chunks.setdefault(site, []).append(values)

    def drop(self) -> None:
        self._batch = {}

    def state(self) -> dict[str, Any]:
        values = {site: np.concatenate(chunks) for site, chunks in self._chunks.items()}
        return {"indices": self.indices, "values": values}

    def restore(self, states: Sequence[dict[str, Any]]) -> None:
        self.indices = next((tuple(state["indices"]) for state in states if state["indices"]), ())
        self._chunks = {}
        for state in states:
            for site, values in state["values"].items():
                self._chunks.setdefault(site, []).append(values)

    def finish(self) -> dict[str, NDArray[np.float16]]:
        arrays = {site: np.concatenate(chunks) for site, chunks in self._chunks.items()}
        for array in arrays.values():
            array.setflags(write=False)
        return arrays
