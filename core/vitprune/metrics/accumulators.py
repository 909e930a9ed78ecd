"""Accumulators: observers that keep what a metric says of every image. Independent of the batch size, and mergeable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vitprune.capture import Step
from vitprune.metrics import TokenMetric
from vitprune.scores import Boundaries, Score, read_only


class PerImage:
    """Means over tokens, in float64, of token metrics: one value for every image, site and metric."""

    def __init__(self, metrics: Sequence[TokenMetric]) -> None:
        self.metrics = metrics
        self._sites: dict[tuple[str, str], int] = {}
        self._batch: list[Tensor] = []
        self._rows: list[NDArray[np.float64]] = []

    def sublayer(self, step: Step) -> None:
        for metric in self.metrics:
            if metric.sublayers:
                self._add(metric, step)

    def block(self, step: Step) -> None:
        for metric in self.metrics:
            if metric.blocks:
                self._add(metric, step)

    def _add(self, metric: TokenMetric, step: Step) -> None:
        self._sites.setdefault((metric.name, step.site), len(self._sites))
        self._batch.append(metric.measure(step).flatten(1))

    def end_batch(self) -> None:
        if self._batch:
            # One reduction for all sites where they have as many tokens; many small ones cost more than their sums.
            if len({values.shape for values in self._batch}) == 1:
                means = torch.stack(self._batch, dim=1).mean(2, dtype=torch.float64)
            else:
                means = torch.stack([values.mean(1, dtype=torch.float64) for values in self._batch], dim=1)
            self._rows.append(means.cpu().numpy())
        self._batch = []

    def merge(self, other: PerImage) -> None:
        """Add the images that another accumulator saw, after those of this one."""
        if other._sites:
            self._sites = self._sites or dict(other._sites)
            assert self._sites == other._sites, "accumulators of different models"
        self._rows += other._rows

    def finish(self) -> dict[str, dict[str, Score]]:
        """Metric to site to score; the images in the order in which they were seen."""
        values = np.concatenate(self._rows) if self._rows else np.empty((0, len(self._sites)))
        tables: dict[str, dict[str, Score]] = {metric.name: {} for metric in self.metrics}
        for (metric, site), column in self._sites.items():
            tables[metric][site] = Score(read_only(np.ascontiguousarray(values[:, column])))
        return tables


class BoundaryCosines:
    """Cosines between the stream at every pair of block boundaries: mean over tokens, then over images.

    The normalised states of a batch are laid side by side, so that all pairs of one image are one matrix product.
    """

    def __init__(self, blocks: int) -> None:
        self.boundaries = blocks + 1
        self._states: Tensor | None = None
        self._filled = 0
        self._uniform = True
        self.images = 0
        self.total = np.zeros((self.boundaries, self.boundaries))
        self.squares = np.zeros((self.boundaries, self.boundaries))

    def sublayer(self, step: Step) -> None:
        """Only block boundaries count."""

    def block(self, step: Step) -> None:
        if self._filled == 0:
            self._keep(step.before.tensor, step.before.norm)
        self._keep(step.after.tensor, step.after.norm)

    def _keep(self, tensor: Tensor, norm: Tensor) -> None:
        if not self._uniform:
            return
        shape = (len(tensor), self.boundaries, *tensor.shape[1:])
        if self._filled == 0 and (self._states is None or self._states.shape != shape):
            self._states = tensor.new_empty(shape)
        if self._states is None or self._states.shape != shape or self._filled == self.boundaries:
            self._uniform, self._states = False, None
            return
        scale = norm.clamp_min(torch.finfo(norm.dtype).tiny).unsqueeze(-1)
        torch.div(tensor, scale, out=self._states[:, self._filled])
        self._filled += 1

    def end_batch(self) -> None:
        if self._states is not None and self._filled == self.boundaries:
            tokens = self._states[0, 0].numel() // self._states.shape[-1]
            states = self._states.flatten(2)
            cosines = (states @ states.mT / tokens).double().cpu().numpy()
            self.images += len(cosines)
            self.total += cosines.sum(0)
            self.squares += (cosines**2).sum(0)
        self._filled = 0

    def merge(self, other: BoundaryCosines) -> None:
        self._uniform = self._uniform and other._uniform
        self.images += other.images
        self.total += other.total
        self.squares += other.squares

    def finish(self, labels: Sequence[str]) -> Boundaries | None:
        if not self._uniform or not self.images:
            return None
        n = self.images
        mean = self.total / n
        variance = np.maximum(0.0, self.squares - n * mean**2) / max(1, n - 1)
        error = np.sqrt(variance / n) if n > 1 else np.full_like(mean, np.nan)
        return Boundaries(read_only(mean), read_only(error), tuple(labels))


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

    def block(self, step: Step) -> None:
        """The last sublayer's stream is the block's."""

    def end_batch(self) -> None:
        """Nothing waits for the end of a batch."""

    def finish(self) -> dict[str, NDArray[np.float16]]:
        arrays = {site: np.concatenate(chunks) for site, chunks in self._chunks.items()}
        for array in arrays.values():
            array.setflags(write=False)
        return arrays
