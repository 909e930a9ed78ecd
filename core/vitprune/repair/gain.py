"""What each repair would make good at each site, from the one pass that scores them: Gram matrices of every branch.

The images are dealt into folds. The moments of the others are fitted to, and those of a fold say how much of what the
branch adds there the fit explains: a residual needs nothing but moments. Nothing of the activations is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit
from torch import Tensor, nn

from vitprune.architecture import Architecture
from vitprune.description import rank_of
from vitprune.families import Branch, find_blocks, part, present
from vitprune.plan import Action
from vitprune.pooling import own_tokens, pooled_by, prefix_of
from vitprune.repair.fitting import SiteMoments
from vitprune.repair.ridge import Fit, Moments, constant, reduced, ridge
from vitprune.statistics import Estimate

FOLDS = 4
STRIDE = 2
"""Of the tokens before a fold, which takes Gram matrices of its own, one of so many is looked at."""


@dataclass
class _Site:
    """A branch, the sums of each fold of the images, and where it stands in the stream."""

    block: nn.Module
    branch: Branch
    own: int
    follows: str
    moments: list[SiteMoments]
    folded: list[Moments]


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
                    width, own = cost.params, own_tokens(prefix_of(module, block, family), pooled)
                    device = next(block.parameters()).device
                    moments = [SiteMoments(width, width, own, device) for _ in range(FOLDS)]
                    follows = site.follows if site.follows and architecture.by_id[site.follows].absorbs else ""
                    folded = [Moments(width, width, device) for _ in range(FOLDS if follows else 0)]
                    self._sites[site.id] = _Site(block, branch, own, follows, moments, folded)

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
                self._added[name] = f[:, ::STRIDE]

        entry = part(site.block, site.branch.entry)
        if site.branch.entry == site.branch.name:
            yield entry.register_forward_pre_hook(normed)
        else:
            yield entry.register_forward_hook(normed)
        yield part(site.block, site.branch.exit).register_forward_hook(leave)

    def _add(self, site: _Site, x: Tensor, f: Tensor) -> None:
        # A fold is every fourth image by its place in all of them, whatever the batches.
        for fold in range(FOLDS):
            first = (fold - self.images) % FOLDS
            site.moments[fold].add(x[first::FOLDS], f[first::FOLDS])
            if site.follows:
                before, now = self._added[site.follows][first::FOLDS], f[first::FOLDS, ::STRIDE]
                site.folded[fold].add(before.flatten(0, 1), now.flatten(0, 1))

    def gains(self) -> dict[str, dict[str, Estimate]]:
        """Site to action to the share of what the branch adds that it explains on images that were not fitted to, with
        its 95 % interval (Student's, over folds): 1 where nothing is lost, 0 for a removal."""
        return {name: self._gains_of(site) for name, site in self._sites.items()}

    def _gains_of(self, site: _Site) -> dict[str, Estimate]:
        rank = rank_of(len(site.moments[0].shared.x))
        actions = (Action.MEAN, *((Action.FOLD,) if site.follows else ()), Action.DIAGONAL, Action.LOW_RANK)
        found: dict[str, list[float]] = {action: [] for action in (*actions, Action.LINEAR)}
        for fold in range(FOLDS):
            tested = site.moments[fold]
            if not tested.shared.n:
                continue
            others = _sum_of([m for i, m in enumerate(site.moments) if i != fold], site.own)
            linear = others.fits("linear", 0)
            pairs = ((others.shared, linear[0]), (others.apart, linear[1]))
            low = [m and f and reduced(m, f, rank) for m, f in pairs]
            fits = {Action.DIAGONAL: others.fits("diagonal", 0), Action.LOW_RANK: low, Action.LINEAR: linear}
            for action, (shared, apart) in fits.items():
                assert shared is not None
                left, whole = _left(tested.shared, shared)
                if apart is not None and tested.apart is not None:
                    more, total = _left(tested.apart, apart)
                    left, whole = left + more, whole + total
                found[action].append(1 - left / whole)
            parts = [m for m in (tested.shared, tested.apart) if m is not None]
            together = _sum_of_moments([m for m in (others.shared, others.apart) if m is not None])
            lost = [_left(moments, constant(together)) for moments in parts]
            found[Action.MEAN].append(1 - sum(left for left, _ in lost) / sum(whole for _, whole in lost))
            if site.follows:
                folded = _sum_of_moments([m for i, m in enumerate(site.folded) if i != fold])
                left, whole = _left(site.folded[fold], ridge(folded))
                found[Action.FOLD].append(1 - left / whole)
        return {str(action): _estimate(values, self.images) for action, values in found.items()}


def _sum_of_moments(parts: list[Moments]) -> Moments:
    whole = Moments(len(parts[0].x), len(parts[0].t), parts[0].x.device)
    for moments in parts:
        whole.merge(moments)
    return whole


def _sum_of(parts: list[SiteMoments], own: int) -> SiteMoments:
    whole = SiteMoments(len(parts[0].shared.x), len(parts[0].shared.t), own, parts[0].shared.x.device)
    for moments in parts:
        whole.shared.merge(moments.shared)
        if whole.apart is not None and moments.apart is not None:
            whole.apart.merge(moments.apart)
    return whole


def _left(moments: Moments, fit: Fit) -> tuple[float, float]:
    """The sum of squares of t that a fit leaves, and all of it: |t - W x - b|² from the moments alone."""
    xx, xt, tt = moments.centred()
    x, t = moments.means()
    spread = tt.sum() - 2 * (fit.weight.mT * xt).sum() + (fit.weight * (fit.weight @ xx)).sum()
    offset = t - fit.weight @ x - fit.bias
    return (
        float(spread.clamp_min(0) + moments.n * offset.square().sum()),
        float(tt.sum() + moments.n * t.square().sum()),
    )


def _estimate(values: list[float], images: int) -> Estimate:
    mean = float(np.mean(values)) if values else float("nan")
    if len(values) < 2:
        return Estimate(mean, float("nan"), float("nan"), images)
    half = float(stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) / len(values) ** 0.5)
    return Estimate(mean, mean - half, mean + half, images)
