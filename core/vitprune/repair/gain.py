"""What each repair would make good at each site, from the one pass that scores them: Gram matrices of every branch.

The images are dealt into folds. The moments of the others are fitted to, and those of a fold say how much of what the
branch adds there the fit explains: a residual needs nothing but moments. Nothing of the activations is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.special import stdtrit
from torch import Tensor, nn

from vitprune.architecture import Architecture
from vitprune.description import rank_of
from vitprune.families import Branch, find_blocks, part, present
from vitprune.plan import Action
from vitprune.pooling import own_tokens, pooled_by, prefix_of
from vitprune.repair.ridge import NEGLIGIBLE, Moments, leading, ridge
from vitprune.statistics import Estimate

FOLDS = 4
RUN = 8
"""Images in a row that are of one fold: slices, where images in turn would have to be gathered."""
STRIDE = 3
"""Of the tokens that share a map, one of so many is looked at, others from run to run: neighbours say nearly the same,
and there are many for every input of a map."""
STRIDE_BEFORE = 6
"""The same for the branch before, which takes in a fold and has Gram matrices of its own."""
ENOUGH = 256
"""Samples that are worth a matrix product."""
ROUNDING = 1e-6
"""Of the largest eigenvalue of a sum in float32: what a ridge has to be at least to be above it."""


class _Sums:
    """Sums for `Moments` that are cheap to add to: float32, and nothing allocated before there are `ENOUGH` samples."""

    def __init__(self) -> None:
        self._waiting: list[Tensor] = []
        self._grams: Tensor | None = None  # (inputs, inputs and outputs)
        self._sums: Tensor | None = None
        self._squares: Tensor | None = None
        self._n = 0

    def add(self, x: Tensor, t: Tensor, origin: tuple[Tensor, Tensor]) -> None:
        """(images, tokens, inputs) and (images, tokens, outputs), about an origin that is always the same."""
        both = torch.empty(*x.shape[:2], x.shape[-1] + t.shape[-1], device=x.device)
        torch.sub(x, origin[0], out=both[..., : x.shape[-1]])
        torch.sub(t, origin[1], out=both[..., x.shape[-1] :])
        self._waiting.append(both.flatten(0, 1))
        if sum(map(len, self._waiting)) >= ENOUGH:
            self._flush(x.shape[-1])

    @torch.inference_mode()  # as the forwards were in which this began
    def _flush(self, inputs: int) -> None:
        both = self._waiting[0] if len(self._waiting) == 1 else torch.cat(self._waiting)
        self._waiting.clear()
        if self._grams is None or self._sums is None or self._squares is None:
            self._grams = both.new_zeros(inputs, both.shape[1])
            self._sums = both.new_zeros(both.shape[1], dtype=torch.float64)
            self._squares = both.new_zeros(both.shape[1] - inputs, dtype=torch.float64)
        self._n += len(both)
        self._grams.addmm_(both[:, :inputs].mT, both)
        self._sums += both.sum(0)
        self._squares += both[:, inputs:].square().sum(0)

    def moments(self, origin: tuple[Tensor, Tensor]) -> Moments:
        inputs = len(origin[0])
        if self._waiting:
            self._flush(inputs)
        found = Moments(inputs, len(origin[1]), origin[0].device)
        found.origin = origin
        if self._grams is not None and self._sums is not None and self._squares is not None:
            found.n, found.tt = float(self._n), self._squares.clone()
            found.x, found.t = self._sums[:inputs].clone(), self._sums[inputs:].clone()
            found.xx, found.xt = self._grams[:, :inputs].double(), self._grams[:, inputs:].double()
        return found


class _Folded:
    """The sums of each fold over samples of one kind."""

    def __init__(self) -> None:
        self._sums = [_Sums() for _ in range(FOLDS)]
        self._origin: tuple[Tensor, Tensor] | None = None

    def add(self, fold: int, x: Tensor, t: Tensor) -> None:
        if not x.shape[0] * x.shape[1]:
            return
        if self._origin is None:
            self._origin = x.float().mean((0, 1)), t.float().mean((0, 1))
        self._sums[fold].add(x, t, self._origin)

    def moments(self) -> list[Moments]:
        """Of each fold; none without samples."""
        if (origin := self._origin) is None:
            return []
        origin = (origin[0].clone(), origin[1].clone())
        return [found for sums in self._sums if (found := sums.moments(origin)).n]


@dataclass(frozen=True)
class _Site:
    """A branch, what is summed up of the tokens that share a map, of those with one of their own, and of what the
    branch adds beside what an earlier one does; and where it stands in the stream."""

    block: nn.Module
    branch: Branch
    width: int
    own: int
    follows: str
    shared: _Folded
    apart: _Folded
    before: _Folded


@dataclass(frozen=True)
class _Run:
    """Images in a row, within a batch, and their fold; `turn` counts the runs of each fold."""

    start: int
    stop: int
    fold: int
    turn: int


class Gains:
    """Watches every repairable branch of a model while it runs, for `gains`. Batches may have any size."""

    def __init__(self, module: nn.Module, architecture: Architecture) -> None:
        self.module, self.architecture = module, architecture
        self.images = 0
        self._sites: dict[str, _Site] = {}
        self._added: dict[str, Tensor] = {}
        pooled = pooled_by(module)
        for path, block, family in find_blocks(module):
            for branch in present(block, family):
                site = architecture.by_id[f"{path}.{branch.name}"]
                if cost := site.cost(Action.MEAN):
                    own = own_tokens(prefix_of(module, block, family), pooled)
                    follows = site.follows if site.follows and architecture.by_id[site.follows].absorbs else ""
                    sums = (_Folded(), _Folded(), _Folded())
                    self._sites[site.id] = _Site(block, branch, cost.params, own, follows, *sums)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at every forward while this lasts."""
        with ExitStack() as stack:
            handle = self.module.register_forward_hook(self._count)
            stack.callback(handle.remove)
            wanted = {site.follows for site in self._sites.values()}
            for name, site in self._sites.items():
                for handle in self._hooks(name, site, name in wanted):
                    stack.callback(handle.remove)
            yield

    def _count(self, _: nn.Module, args: tuple[Any, ...], __: object) -> None:
        self.images += len(args[0])
        self._added.clear()

    def _hooks(self, name: str, site: _Site, wanted: bool) -> Iterator[Any]:
        seen: list[Tensor] = []

        def normed(_: nn.Module, args: tuple[Any, ...], output: Tensor | None = None) -> None:
            seen.append(args[0] if output is None else output)

        def leave(_: nn.Module, __: object, output: Tensor) -> None:
            count = len(output)
            x, f = (t.reshape(count, -1, t.shape[-1]) for t in (seen.pop(), output))
            self._add(site, x, f)
            if wanted:
                self._added[name] = f

        entry = part(site.block, site.branch.entry)
        if site.branch.entry == site.branch.name:
            yield entry.register_forward_pre_hook(normed)
        else:
            yield entry.register_forward_hook(normed)
        yield part(site.block, site.branch.exit).register_forward_hook(leave)

    def _add(self, site: _Site, x: Tensor, f: Tensor) -> None:
        own = site.own
        for run in self._runs(len(x)):
            images = slice(run.start, run.stop)
            tokens = slice(own + run.turn % STRIDE, None, STRIDE)
            site.shared.add(run.fold, x[images, tokens], f[images, tokens])
            site.apart.add(run.fold, x[images, :own], f[images, :own])
            if site.follows:
                tokens = slice(run.turn % STRIDE_BEFORE, None, STRIDE_BEFORE)
                site.before.add(run.fold, self._added[site.follows][images, tokens], f[images, tokens])

    def _runs(self, count: int) -> Iterator[_Run]:
        """The runs of a batch: by their places in all images, whatever the batches."""
        at = 0
        while at < count:
            turn, fold = divmod((self.images + at) // RUN, FOLDS)
            stop = min(count, at + RUN - (self.images + at) % RUN)
            yield _Run(at, stop, fold, turn)
            at = stop

    def gains(self) -> dict[str, dict[str, Estimate]]:
        """Site to action to the share of what the branch adds that it explains on images that were not fitted to, with
        its 95 % interval (Student's, over folds): 1 where nothing is lost, 0 for a removal."""
        return {name: self._gains_of(site) for name, site in self._sites.items()}

    def _gains_of(self, site: _Site) -> dict[str, Estimate]:
        rank = rank_of(site.width)
        kinds = [moments for sums in (site.shared, site.apart) if (moments := sums.moments())]
        if any(len(moments) < 2 for moments in kinds):
            return {}  # there are no other images
        parts = [HeldOut(moments, rank) for moments in kinds]

        def over_parts(each: Callable[[HeldOut], Tensor]) -> Tensor:
            return torch.stack([each(part) for part in parts]).sum(0)

        mean = over_parts(lambda part: part.rest_sum) / over_parts(lambda part: part.rest_n)[:, None]
        whole = over_parts(lambda part: part.whole)
        lost = {Action.MEAN: over_parts(lambda part: part.left_by(mean)) / whole}
        if len(folds := site.before.moments()) > 1:
            before = HeldOut(folds, rank)
            lost[Action.FOLD] = before.left[Action.LINEAR] / before.whole
        for action in parts[0].left:
            lost[action] = over_parts(lambda part, action=action: part.left[action]) / whole
        return {str(action): _estimate((1 - share).tolist(), self.images) for action, share in lost.items()}


class HeldOut:
    """Fits to all folds but one, tested on that one, each in turn: the sum of squares of t that they leave, (folds,).

    The strength of the ridge and the directions of the low rank are those of the fit to all folds, and not found anew
    for each: they are few numbers, from many samples, and the eigenvectors that they need take longer than all else.
    """

    def __init__(self, folds: list[Moments], rank: int) -> None:
        total = Moments(len(folds[0].x), len(folds[0].t), folds[0].x.device)
        for moments in folds:
            total.merge(moments)
        best = ridge(total)
        self._n, x, self._mean, xx, xt, tt = _centred(folds)
        self.rest_n, rest_x, rest_mean, rest_xx, rest_xt, _ = _centred([_without(total, m) for m in folds])
        self.rest_sum = self.rest_n[:, None] * rest_mean
        self._spread = tt.sum(-1)
        self.whole = self._spread + self._n * self._mean.square().sum(-1)

        if np.isfinite(best.penalty):
            penalty = best.penalty * max(1, ROUNDING / best.ridge) * self.rest_n / total.n
            unit = torch.eye(xx.shape[-1], dtype=xx.dtype, device=xx.device)
            weight = torch.cholesky_solve(rest_xt, torch.linalg.cholesky(rest_xx + penalty[:, None, None] * unit))
        else:
            weight = torch.zeros_like(rest_xt)
        explained = xx @ weight
        moved, off = x - rest_x, self._mean - rest_mean

        def left(weight: Tensor, xt: Tensor, explained: Tensor, off: Tensor) -> Tensor:
            change = ((explained - 2 * xt) * weight).sum((-2, -1))
            return (self._spread + change).clamp_min(0) + self._n * off.square().sum(-1)

        shift = (moved[:, None] @ weight)[:, 0]
        self.left: dict[Action, Tensor] = {Action.LINEAR: left(weight, xt, explained, off - shift)}
        directions = leading(total, best, rank)[0] if rank < min(weight.shape[-2:]) else torch.eye(xt.shape[-1]).to(xt)
        self.left[Action.LOW_RANK] = left(
            weight @ directions, xt @ directions, explained @ directions, off - shift @ directions @ directions.mT
        )
        spread, common = (m.diagonal(dim1=-2, dim2=-1) for m in (rest_xx, rest_xt))
        scale = torch.where(spread > NEGLIGIBLE * spread.amax(-1, keepdim=True), common / spread, 0)
        spread, common = (m.diagonal(dim1=-2, dim2=-1) for m in (xx, xt))
        change = (scale * (scale * spread - 2 * common)).sum(-1)
        offset = self._n * (off - scale * moved).square().sum(-1)
        self.left[Action.DIAGONAL] = (self._spread + change).clamp_min(0) + offset

    def left_by(self, constant: Tensor) -> Tensor:
        """What constants, (folds, outputs), leave."""
        return self._spread + self._n * (self._mean - constant).square().sum(-1)


def _without(total: Moments, part: Moments) -> Moments:
    """The moments of the other samples; both are about the same origin."""
    rest = Moments(len(total.x), len(total.t), total.x.device)
    rest.origin, rest.n = total.origin, total.n - part.n
    for name in ("x", "t", "xx", "xt", "tt"):
        setattr(rest, name, getattr(total, name) - getattr(part, name))
    return rest


def _centred(folds: list[Moments]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Numbers, means of x and t, and scatters xx, xt and tt, of all folds (first dimension)."""
    x, t = (torch.stack(means) for means in zip(*(moments.means() for moments in folds), strict=True))
    xx, xt, tt = (torch.stack(scatters) for scatters in zip(*(moments.centred() for moments in folds), strict=True))
    return x.new_tensor([moments.n for moments in folds]), x, t, xx, xt, tt


def _estimate(values: list[float], images: int) -> Estimate:
    mean = float(np.mean(values))
    half = float(stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) / len(values) ** 0.5)
    return Estimate(mean, mean - half, mean + half, images)
