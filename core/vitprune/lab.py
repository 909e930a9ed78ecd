"""What plans do to the outputs of a model, image by image, for less than it costs to run it whole.

The residual streams of one plan, the *base*, are held at as many block boundaries as fit in memory. What differs from
the base from some block on is computed from the last held boundary before that, with the blocks that differ put in the
place of the model's own for as long as that takes.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, cast
from weakref import WeakKeyDictionary

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune.description import describe
from vitprune.errors import ArgumentInvalid, DatasetEmpty, ModelUnsupported
from vitprune.families import adopt
from vitprune.jobs import Job
from vitprune.memory import Portions
from vitprune.plan import PruningPlan
from vitprune.segments import IMAGES, Segments
from vitprune.surgery import cut, removals_of
from vitprune.width.units import cut_units, left_by

MEMORY = 1 << 30

Indices = NDArray[np.intp]
Blocks = Mapping[str, nn.Module]
"""Blocks that stand for those of the model, by their paths."""


@dataclass(frozen=True)
class Outcome:
    """What a plan does to n images: for each of them one number, (n,) float64.

    `kl` is the Kullback-Leibler divergence from the dense model's class probabilities to the pruned one's, `js` the
    Jensen-Shannon divergence of both (Lin 1991, doi:10.1109/18.61115), in nats; without a head, not a number. `loss` is
    the cross-entropy, in nats; without labels, not a number. `angular` is the angle between the logits of both models,
    without a head between the pooled features, over pi (among the distances of FinerCut, arXiv:2405.18218). `features`
    are the pooled features, (n, width) float32.
    """

    kl: NDArray[np.float64]
    loss: NDArray[np.float64]
    angular: NDArray[np.float64]
    js: NDArray[np.float64]
    features: NDArray[np.float32]


class Lab:
    """A model and its calibration images, run fewer at a time where memory runs out.

    `batches` yields (B, C, H, W) float tensors, `labels` are classes of the head. `memory`, in bytes, bounds the
    streams that are held, where the model is. Images are held as they come, unless the first boundary stands for them.
    Meanwhile nothing else may change or run the model; after every call it is itself again.

    `dense` is what the model itself gives. `spent` counts the multiply-accumulates of all that was computed so far, of
    which `forwards` is the same in forwards of the whole model for one image.

    Raises ModelUnsupported for a model without blocks, DatasetEmpty without images, ArgumentInvalid for images that the
    model is not built for, or labels that do not fit.
    """

    def __init__(
        self,
        module: nn.Module,
        batches: Iterable[Tensor],
        *,
        labels: Sequence[int] | NDArray[np.int64] | None = None,
        memory: int = MEMORY,
        job: Job | None = None,
    ) -> None:
        self.module = module
        self.job = job or Job()
        self.architecture = describe(module)
        if not self.architecture.blocks:
            raise ModelUnsupported(
                self.architecture.note, hint="Choose another model (`vitprune models` lists those that can be pruned)."
            )
        self.segments = Segments(module, self.architecture.input_size)
        self._states: list[dict[int, Tensor]] = [{IMAGES: batch} for batch in batches]
        self._ends = [0, *accumulate(len(states[IMAGES]) for states in self._states)]
        self.images = self._ends[-1]
        self._labels = self._check(labels)
        self.spent = 0
        self.plan = PruningPlan.of(self.architecture)
        self.base: Blocks = {}
        """What stands for the model's own blocks in the base."""
        self._places = {path: place for place, path in enumerate(self.segments.blocks)}
        self._cuts: WeakKeyDictionary[nn.Module, tuple[frozenset[object], int]] = WeakKeyDictionary()
        self._device = next(module.parameters()).device
        self.portions = Portions(self.job)
        """How many images at a time there is memory for."""
        self.held = self._affordable(memory)
        """The boundaries at which streams are held."""
        self._fill()
        if 0 in self.held:
            for states in self._states:
                del states[IMAGES]
        everything = np.arange(self.images)
        self._logits, features = self._outputs({}, everything)
        self.dense = self._outcome(self._logits, features, everything)

    def outcome(self, plan: PruningPlan, images: Indices | None = None) -> Outcome:
        """What a plan does to the images of these numbers, or to all.

        Raises PlanInvalid for a plan of another model, ArgumentInvalid for one with repairs, Cancelled.
        """
        return self.outcome_of(self._cut(plan), images)

    def outcome_of(self, blocks: Blocks, images: Indices | None = None) -> Outcome:
        """What other blocks in the place of the model's do to the images of these numbers, or to all. Blocks that are
        those of the base itself cost nothing before the first that is not."""
        images = np.arange(self.images) if images is None else images
        return self._outcome(*self._outputs(blocks, images), images)

    def hold(self, plan: PruningPlan, blocks: Blocks | None = None) -> None:
        """Make this plan the base: from now on, plans that differ from it late cost little. `blocks` are what stands
        for the model's own in it, by default these without what the plan removes. Raises like `outcome`."""
        found = self._cut(plan) if blocks is None else dict(blocks)
        first = self._first_change(found)
        for states in self._states:
            for boundary in [boundary for boundary in states if boundary > first]:
                del states[boundary]
        self.plan, self.base = plan, found
        self._fill()

    @property
    def doubt(self) -> NDArray[np.float64]:
        """(n,): the probability that two draws from what the dense model predicts differ (Gini impurity); 1 without a
        head."""
        if not self.architecture.num_classes:
            return np.ones(self.images)
        return 1 - self._logits.double().softmax(-1).square().sum(-1).numpy()

    @property
    def forwards(self) -> float:
        return self.spent / max(1, self.architecture.macs)

    @property
    def held_bytes(self) -> int:
        return sum(state.nbytes for states in self._states for at, state in states.items() if at != IMAGES)

    def _check(self, labels: Sequence[int] | NDArray[np.int64] | None) -> Tensor | None:
        size, classes = self.architecture.input_size, self.architecture.num_classes
        if not self.images:
            raise DatasetEmpty("There is no image to measure damage on.")
        if any(tuple(states[IMAGES].shape[1:]) != size for states in self._states):
            raise ArgumentInvalid(
                f"The model takes images of {size[0]} x {size[1]} x {size[2]}, and some have another size.",
                hint="Open the images as the model wants them.",
            )
        if labels is None:
            return None
        found = torch.as_tensor(np.asarray(labels, dtype=np.int64))
        if len(found) != self.images or not bool(((found >= 0) & (found < classes)).all()):
            raise ArgumentInvalid(
                f"{len(found)} labels do not fit {self.images} images and a head of {classes} classes.",
                hint="Leave the labels out: only the loss needs them.",
            )
        return found

    def _affordable(self, memory: int) -> tuple[int, ...]:
        """As many boundaries as fit, evenly spread."""
        usable = sorted(set(self.segments.anchors[:-1]) - {IMAGES})
        for count in range(len(usable), 0, -1):
            chosen = tuple(usable[place * len(usable) // count] for place in range(count))
            if sum(self.segments.sizes[boundary] for boundary in chosen) * self.images <= memory:
                return chosen
        return ()

    def _cut(self, plan: PruningPlan) -> dict[str, nn.Module]:
        """The blocks that a plan changes, without what it removes; those that the base has like that are its own."""
        plan.check(self.architecture)
        if plan.needs_calibration:
            raise ArgumentInvalid("The plan has repairs, which are to be fitted first.", hint="Apply it to the model.")
        blocks: dict[str, nn.Module] = {}
        removals, owner = removals_of(plan, self.module), self.architecture.by_id
        lighter = {owner[site].parent or "" for site, _ in plan.units}
        for path in [path for path in self._places if path in removals or path in lighter]:
            names = removals.get(path, [])
            lost = {site: units for site, units in plan.units if owner[site].parent == path}
            gone, held = frozenset([*names, *lost.items()]), self.base.get(path)
            if held is not None and self._cuts.get(held, (None, 0))[0] == gone:
                blocks[path] = held
                continue
            blocks[path] = block = shared_copy(self.module.get_submodule(path))
            if names:
                cut(block, {"": names})
            if lost:
                left = {site.removeprefix(f"{path}."): left_by(plan, site, owner[site].units) for site in lost}
                cut_units(block, left)
            children = [child for child in self.architecture.children(path) if child.id in plan.sites]
            saved = owner[path].macs if path in plan.sites else sum(child.macs for child in children)
            self._cuts[block] = gone, saved + sum(len(units) * owner[site].unit_macs for site, units in lost.items())
        return blocks

    def _first_change(self, blocks: Blocks) -> int:
        """The first boundary behind which these blocks are not those of the base."""
        paths = {path for path in {*blocks, *self.base} if blocks.get(path) is not self.base.get(path)}
        return min((self._places[path] for path in paths), default=len(self._places))

    def _fill(self) -> None:
        """Compute what is to be held of the base and is not. Of what a cancel leaves here, nothing is wrong."""
        with self._standing(self.base):
            for batch, states in enumerate(self._states):
                for boundary in self.held:
                    if boundary not in states:
                        images = np.arange(*self._ends[batch : batch + 2])
                        parts = self.portions.run(len(images), partial(self._advanced, images, boundary))
                        found = list(parts)
                        states[boundary] = found[0] if len(found) == 1 else torch.cat(found)
                self.job.progress("Preparing", self._ends[batch + 1], self.images)

    def _advanced(self, images: Indices, boundary: int, some: slice) -> Tensor:
        """The state of the base at a boundary."""
        at, state = self._nearest(images[some], boundary)
        state = self.segments.advance(state, at, boundary)
        self._spend(self.base, at, boundary, some.stop - some.start)
        return state

    def _nearest(self, images: Indices, boundary: int) -> tuple[int, Tensor]:
        """The last boundary before this one at which all of these images are held, or 0, and their state there."""
        batches = np.searchsorted(self._ends, images, side="right") - 1
        parts = [(int(batch), images[batches == batch] - self._ends[batch]) for batch in np.unique(batches)]
        at = max(held for held in set.intersection(*(set(self._states[b]) for b, _ in parts)) if held <= boundary)
        found = [self.segments.images_of(self._states[batch][at], at, numbers) for batch, numbers in parts]
        state = found[0]
        if len(found) > 1:  # and then in the order that was asked for
            places = np.argsort(np.argsort(batches, kind="stable"), kind="stable")
            state = self.segments.images_of(torch.cat(found), at, places)
        if at != IMAGES:
            return at, state
        if self.segments.anchors[0] != IMAGES:
            self.spent += len(images) * self._around
        return 0, self.segments.enter(state.to(self._device))

    def _outputs(self, blocks: Blocks, images: Indices) -> tuple[Tensor, Tensor]:
        """Logits and features of these images, float32, in main memory."""
        if not len(images) or images.min() < 0 or images.max() >= self.images:
            raise ValueError(f"{len(images)} of {self.images} images")
        first = self._first_change(blocks)
        found: list[tuple[Tensor, Tensor]] = []
        size = max(end - begin for begin, end in pairwise(self._ends))
        with self._standing(blocks):
            for begin in range(0, len(images), size):
                some = images[begin : begin + size]
                found += self.portions.run(len(some), partial(self._finished, blocks, first, some))
        logits, features = (torch.cat(parts) for parts in zip(*found, strict=True))
        return logits, features

    def _finished(self, blocks: Blocks, first: int, images: Indices, some: slice) -> tuple[Tensor, Tensor]:
        """Logits and features of some of these images, whose streams are those of the base up to a boundary."""
        at, state = self._nearest(images[some], first)
        features, logits = self.segments.finish(state, at)
        self._spend(blocks, at, None, some.stop - some.start)
        return logits.float().cpu(), features.float().cpu()

    def _outcome(self, logits: Tensor, features: Tensor, images: Indices) -> Outcome:
        chosen = torch.from_numpy(images)
        mine, dense = logits.double(), self._logits[chosen].double()
        log_p, log_q = dense.log_softmax(-1), mine.log_softmax(-1)
        middle = torch.logaddexp(log_p, log_q) - math.log(2)
        kl = _divergence(log_p, log_q)
        js = (_divergence(log_p, middle) + _divergence(log_q, middle)) / 2
        loss = torch.full_like(kl, math.nan)
        if self._labels is not None:
            loss = F.nll_loss(log_q, self._labels[chosen], reduction="none")
        if not self.architecture.num_classes:
            kl = js = torch.full_like(kl, math.nan)
        return Outcome(
            *(_frozen(values) for values in (kl, loss, _angle(dense, mine) / math.pi, js)),
            features=_frozen(features),
        )

    @contextmanager
    def _standing(self, blocks: Blocks) -> Iterator[None]:
        """While this lasts, these blocks are in the model, and a cancel stops it at its next block."""
        with ExitStack() as stack:
            for path in self._places:
                own = self.module.get_submodule(path)
                block = blocks.get(path, own)
                holder, _, name = path.rpartition(".")
                if block is not own:
                    parts = self.module.get_submodule(holder)._modules
                    parts[name] = block
                    stack.callback(parts.__setitem__, name, own)
                stack.callback(block.register_forward_pre_hook(self._check_in).remove)
            yield

    def _check_in(self, *_: object) -> None:
        self.job.check()

    def _spend(self, blocks: Blocks, start: int, stop: int | None, images: int) -> None:
        paths, around = self.segments.passes(start, stop)
        whole = sum(self.architecture.by_id[path].macs for path in paths)
        saved = sum(self._cuts.get(blocks[path], (None, 0))[1] for path in paths if path in blocks)
        self.spent += images * (whole - saved + around * self._around)

    @property
    def _around(self) -> int:
        """The multiply-accumulates outside of all blocks."""
        return self.architecture.macs - sum(block.macs for block in self.architecture.blocks)


def shared_copy(block: nn.Module) -> nn.Module:
    """A copy of a block that can be cut, with the weights of the original: the same tensors."""
    weights = (*block.parameters(), *block.buffers())
    copied = copy.deepcopy(block, cast(Any, {id(tensor): tensor for tensor in weights}))
    adopt(copied, block)
    return copied


def _divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """(n,): Kullback-Leibler, in nats."""
    return F.kl_div(log_q, log_p, reduction="none", log_target=True).sum(-1).clamp_min(0)


def _angle(a: Tensor, b: Tensor) -> Tensor:
    """(n,): between the rows, in radians, with all digits near zero too (Kahan)."""
    a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    return 2 * torch.atan2((a - b).norm(dim=-1), (a + b).norm(dim=-1))


def _frozen(values: Tensor) -> NDArray[Any]:
    array = values.numpy()
    array.setflags(write=False)
    return array
