"""What an image is as a whole at every block boundary: its tokens pooled, compared over images or by their angle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vitprune.capture import Step, Stream
from vitprune.cka import linear_cka
from vitprune.metrics.accumulators import Accumulator, PairSums, Selections, Shelf
from vitprune.scores import CKA, Boundaries, read_only

LIMIT = 2048  # images whose features are kept, for CKA

_POOLED = (*CKA, "mean_patch")
_ANGLES = ("cls", "mean_patch")
_TINY = torch.finfo(torch.float64).tiny


class BoundaryFeatures(Accumulator):
    """Angles over pi between the class token, and between the mean patch token, at all pairs of boundaries of one
    width; and linear CKA over images between all pairs of boundaries.

    The features of every image are kept in float32, so that how the images are dealt into minibatches for CKA depends
    on nothing but their number. Of more than `LIMIT` images every second, fourth, ... is kept.
    """

    def __init__(self, blocks: int, selections: Selections) -> None:
        self.images = 0
        self._selections = selections
        self._names: dict[str, None] = {"input": None}  # in running order
        self._entered = False
        self._shelf = Shelf(blocks + 1)  # of (images, pooled, width)
        self._held: dict[str, set[str]] = {name: set() for name in _POOLED}  # boundaries that have such a token
        self._angles = {name: PairSums() for name in _ANGLES}
        self._every = 1
        self._chunks: dict[str, list[NDArray[np.float32]]] = {}  # boundary to (images, pooled, width)

    def sublayer(self, step: Step) -> None:
        """Only block boundaries count."""

    def enter(self, site: str, stream: Stream) -> None:
        if not self._entered:
            self._keep("input", site, stream)

    def block(self, site: str, after: Stream) -> None:
        self._names[site] = None
        self._keep(site, site, after)

    def _keep(self, name: str, site: str, stream: Stream) -> None:
        self._entered = True
        tokens, prefix = stream.tokens, self._selections.prefixes[site]
        count, width = tokens.shape[1:]
        patches, others = tokens[:, prefix:].sum(1), tokens[:, :prefix].sum(1)
        slot = self._shelf.slot(name, torch.Size((len(tokens), len(_POOLED), width)), tokens)
        # Where there is no such token these are not numbers.
        slot[:, 0] = (patches + others) / count
        slot[:, 1] = tokens[:, 0] if prefix else math.nan
        slot[:, 2] = patches / (count - prefix) if count > prefix else math.nan
        self._held["mean"].add(name)
        if prefix:
            self._held["cls"].add(name)
        if count > prefix:
            self._held["mean_patch"].add(name)

    def end_batch(self) -> None:
        images = 0
        for names, rows in self._shelf.clear():
            images = len(rows)
            pooled = rows.double().transpose(1, 2)  # (images, pooled, names, width)
            units = pooled / torch.linalg.vector_norm(pooled, dim=-1, keepdim=True).clamp_min(_TINY)
            angles = (units @ units.mT).clamp_(-1, 1).arccos_() / math.pi
            angles.diagonal(dim1=-2, dim2=-1).mul_(0)
            for name, sums in self._angles.items():
                sums.add(names, angles[:, _POOLED.index(name)])
            kept = rows[-self.images % self._every :: self._every, :, : len(CKA)].float().cpu().numpy()
            kept = kept.copy()  # the shelf's memory is the next batch's
            for place, name in enumerate(names):
                self._chunks.setdefault(name, []).append(kept[:, place])
        self.images += images
        self._entered = False
        self._limit()

    def drop(self) -> None:
        self._shelf.drop()
        self._entered = False

    def state(self) -> dict[str, Any]:
        return {
            "images": self.images,
            "every": self._every,
            "names": list(self._names),
            "held": {name: sorted(held) for name, held in self._held.items()},
            "angles": {name: sums.state() for name, sums in self._angles.items()},
            "features": self._features(self._every),
        }

    def restore(self, states: Sequence[dict[str, Any]]) -> None:
        """As one pass over all images, up to `LIMIT` of them; beyond, others may be those whose features are kept."""
        self.images = sum(state["images"] for state in states)
        self._every = max(state["every"] for state in states)
        self._names = dict.fromkeys(name for state in states for name in state["names"])
        self._chunks = {}
        for state in states:
            for name, values in state["features"].items():
                self._chunks.setdefault(name, []).append(values[:: self._every // state["every"]])
        for name, held in self._held.items():
            held.clear()
            held.update(*(state["held"][name] for state in states))
        for name, sums in self._angles.items():
            sums.restore([state["angles"][name] for state in states])
        self._limit()

    def _limit(self) -> None:
        every = self._every
        while self.images > every * LIMIT:
            every *= 2
        if every != self._every:
            self._chunks = {name: [values] for name, values in self._features(every).items()}
            self._every = every

    def _features(self, every: int) -> dict[str, NDArray[np.float32]]:
        step = every // self._every
        return {name: np.concatenate(chunks)[::step].copy() for name, chunks in self._chunks.items()}

    def finish(self) -> tuple[dict[str, Boundaries], dict[str, Boundaries]]:
        """Angles and CKA by the pooled token, of which at least one boundary has one."""
        names = [name for name in self._names if name in self._chunks]
        angles = {
            name: sums.finish(names, tuple(names), self.images)
            for name, sums in self._angles.items()
            if self._held[name]
        }
        features = self._features(self._every)
        cka: dict[str, Boundaries] = {}
        for place, name in enumerate(CKA):
            if self._held[name]:
                of_name = [features[boundary][:, place] for boundary in names]
                mean, error = linear_cka(of_name)
                used = len(of_name[0])
                cka[name] = Boundaries(
                    read_only(mean), read_only(error), tuple(names), used if used != self.images else None
                )
        return angles, cka
