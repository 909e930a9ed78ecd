"""Accumulators: observers that keep what the stream says of every image; independent of the batch size, mergeable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vitprune.capture import Step, Stream
from vitprune.metrics import Lengths, Metric
from vitprune.scores import Boundaries, Score, read_only

_TINY = torch.finfo(torch.float32).tiny

Table = dict[str, dict[str, Score]]


def cosine_of_lengths(before: Tensor, added: Tensor, after: Tensor) -> Tensor:
    """The cosine between x and y = x + f from the three lengths: 1 - (|f|^2 - (|y| - |x|)^2) / (2 |x| |y|).

    A length costs one reading of a tensor, a product two. Near 1, where redundant sites lie, this is also the more
    exact of the two; it loses a digit for every factor of ten by which f is longer than x.
    """
    return 1 - (added.square() - (after - before).square()) / (2 * before * after).clamp_min(_TINY)


class BranchScores:
    """Means over tokens, in float64, of the metrics of every branch: one value for every image, branch and metric.

    The lengths of a batch have one place in memory. Small tensors left lying between the model's large ones would keep
    those from being used again.
    """

    def __init__(self, metrics: Sequence[Metric], sites: Sequence[str]) -> None:
        self.metrics = [metric for metric in metrics if metric.sublayer]
        self.sites = list(sites)
        self._place = {site: place for place, site in enumerate(sites)}
        self._lengths: Tensor | None = None  # (3, branches, images, tokens): before, added, after
        self._products: dict[int, Tensor] = {}
        self._rows: list[NDArray[np.float64]] = []

    def start(self, stream: Stream) -> None:
        """What enters the first block belongs to its first branch."""

    def sublayer(self, step: Step) -> None:
        x, f, y = step.before, step.added, step.after.norm
        shape = (3, len(self.sites), len(x), x[0].numel())
        if self._lengths is None or self._lengths.shape != shape:
            self._lengths = x.new_empty(shape)
        place = self._place[step.site]
        for row, length in enumerate((x, f, y)):
            self._lengths[row, place].copy_(length.flatten(1))
        if step.product is not None:
            self._products[place] = (step.product / (x.double() * y.double()).clamp_min(_TINY)).flatten(1)

    def block(self, site: str, after: Stream) -> None:
        """Blocks are scored from their boundaries."""

    def end_batch(self) -> None:
        """All branches at once: many small operations would cost more than their sums."""
        assert self._lengths is not None
        x, f, y = self._lengths.double()
        cosine = cosine_of_lengths(x, f, y)
        for place, product in self._products.items():
            cosine[place] = product
        self._products = {}
        lengths = Lengths(x.clamp_min(_TINY), f, y, cosine)
        values = [metric.sublayer(lengths).mean(-1) for metric in self.metrics if metric.sublayer]
        if values:
            self._rows.append(torch.stack(values).permute(2, 0, 1).cpu().numpy())

    def merge(self, other: BranchScores) -> None:
        """Add the images that another accumulator saw, after those of this one."""
        self._rows += other._rows

    def finish(self) -> Table:
        """Metric to site to score; the images in the order in which they were seen."""
        values = np.concatenate(self._rows) if self._rows else np.empty((0, 0, 0))
        return {
            metric.name: {
                site: Score(read_only(np.ascontiguousarray(values[:, row, column])))
                for column, site in enumerate(self.sites)
            }
            for row, metric in enumerate(self.metrics)
        }


class BoundaryCosines:
    """Cosines between the stream at every pair of block boundaries, mean over tokens; for neighbours, which is what a
    block's score is made of, the value of every image is kept, for the rest sums over images.

    The normalised states of a batch are laid side by side, so that all pairs of one image are one matrix product.
    """

    def __init__(self, blocks: Sequence[str]) -> None:
        self.blocks = list(blocks)
        self.boundaries = len(blocks) + 1
        self._states: Tensor | None = None
        self._filled = 0
        self._neighbours: list[NDArray[np.float64]] = []
        self.images = 0
        self.total = np.zeros((self.boundaries, self.boundaries))
        self.squares = np.zeros((self.boundaries, self.boundaries))

    def sublayer(self, step: Step) -> None:
        """Only block boundaries count."""

    def start(self, stream: Stream) -> None:
        self._filled = 0
        self._keep(stream)

    def block(self, site: str, after: Stream) -> None:
        self._keep(after)

    def _keep(self, stream: Stream) -> None:
        tensor = stream.tensor
        shape = (len(tensor), self.boundaries, *tensor.shape[1:])
        if self._filled == 0 and (self._states is None or self._states.shape != shape):
            self._states = tensor.new_empty(shape)
        assert self._states is not None
        assert self._states.shape == shape, "the families that are known keep the shape of their stream"
        torch.div(tensor, stream.norm.clamp_min(_TINY).unsqueeze(-1), out=self._states[:, self._filled])
        self._filled += 1

    def end_batch(self) -> None:
        assert self._states is not None
        tokens = self._states[0, 0].numel() // self._states.shape[-1]
        states = self._states.flatten(2)
        cosines = ((states @ states.mT).double() / tokens).cpu().numpy()
        self._neighbours.append(np.diagonal(cosines, offset=1, axis1=1, axis2=2).copy())
        self.images += len(cosines)
        self.total += cosines.sum(0)
        self.squares += (cosines**2).sum(0)
        self._filled = 0

    def merge(self, other: BoundaryCosines) -> None:
        """Add the images that another accumulator saw, after those of this one."""
        self._neighbours += other._neighbours
        self.images += other.images
        self.total += other.total
        self.squares += other.squares

    def scores(self, metrics: Sequence[Metric]) -> Table:
        """Metric to block to score."""
        cosines = torch.from_numpy(np.concatenate(self._neighbours))
        return {
            metric.name: {
                block: Score(read_only(np.ascontiguousarray(metric.block(cosines[:, place]).numpy())))
                for place, block in enumerate(self.blocks)
            }
            for metric in metrics
            if metric.block
        }

    def finish(self) -> Boundaries:
        n = self.images
        mean = self.total / n
        variance = np.maximum(0.0, self.squares - n * mean**2) / max(1, n - 1)
        error = np.sqrt(variance / n) if n > 1 else np.full_like(mean, np.nan)
        return Boundaries(read_only(mean), read_only(error), ("input", *self.blocks))


class TokenRecorder:
    """The stream after every site at a few tokens of each image, as float16."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.indices: tuple[int, ...] = ()
        self._chunks: dict[str, list[NDArray[np.float16]]] = {}

    def sublayer(self, step: Step) -> None:
        stream = step.after.tensor.flatten(1, -2)
        if not self.indices:
            length = stream.shape[1]
            # The first token is the class token wherever there is one; the others are spread evenly.
            chosen = np.linspace(0, length - 1, min(self.tokens, length)).round().astype(int)
            self.indices = tuple(int(i) for i in chosen)
        kept = stream[:, [i for i in self.indices if i < stream.shape[1]]]
        self._chunks.setdefault(step.site, []).append(kept.to(torch.float16).cpu().numpy())

    def start(self, stream: Stream) -> None:
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
