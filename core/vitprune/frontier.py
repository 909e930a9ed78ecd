"""What plans cost against what they are worth: which are never the best choice, and which is for a given budget."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vitprune.comparison import check_same_images
from vitprune.errors import ComparisonImpossible
from vitprune.measures import MEASURES, Measure, estimate
from vitprune.results import Evaluation
from vitprune.statistics import Estimate


@dataclass(frozen=True, slots=True)
class Cost:
    """`timed`: it is measured on a machine, and no change of the model can beat its multiply-accumulates by it."""

    name: str
    title: str
    unit: str
    timed: bool = False
    higher_is_cheaper: bool = False


COSTS: Mapping[str, Cost] = {
    cost.name: cost
    for cost in (
        Cost("latency", "latency", "ms", timed=True),
        Cost("throughput", "throughput", "images/s", timed=True, higher_is_cheaper=True),
        Cost("macs", "multiply-accumulates", "MACs"),
        Cost("params", "parameters", "parameters"),
    )
}


@dataclass(frozen=True, slots=True)
class Spread:
    """A median between its quartiles; all three the same for what is counted and not timed."""

    median: float
    low: float
    high: float

    def scaled(self, factor: float) -> Spread:
        return Spread(self.median * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Point:
    """One evaluation on the plane of cost and quality.

    `bound` is what the dense model's timing becomes when it shrinks with the multiply-accumulates, and `reached` the
    share of the time to be saved by that which is saved: 0 at the dense time, 1 at the bound. `too_fast` says that all
    but the slowest quarter of timings beat even the bound of the dense model's fastest quarter: the timing is wrong, or
    the dense one is. `bound` is None for costs that are not timed or without an evaluation of the dense model, and
    `reached` NaN then or where no multiply-accumulates go.
    """

    label: str
    cost: Spread
    quality: Estimate
    bound: Spread | None = None
    reached: float = math.nan
    too_fast: bool = False


@dataclass(frozen=True)
class Frontier:
    """Points in the order in which they were given."""

    cost: Cost
    quality: Measure
    points: tuple[Point, ...]

    @classmethod
    def of(cls, evaluations: Mapping[str, Evaluation], cost: str = "latency", quality: str = "top1") -> Frontier:
        """Of labelled evaluations of the same images; those that lack the cost or the quality are left out.

        `cost` is a name in COSTS, `quality` one in measures.MEASURES. Raises ComparisonImpossible where the images
        differ, or the batch size, threads or device of what is timed.
        """
        chosen, measure = COSTS[cost], MEASURES[quality]
        kept = {
            label: (evaluation, spread, found)
            for label, evaluation in evaluations.items()
            if (spread := _cost(evaluation, chosen)) and (found := estimate(evaluation, measure))
        }
        everyone = [evaluation for evaluation, _, _ in kept.values()]
        for other in everyone[1:]:
            check_same_images(everyone[0], other)
        if chosen.timed:
            _check_same_machine(everyone)
        dense = {e.plan.digest: e for e in everyone if not len(e.plan)}
        points = (
            _bounded(Point(label, spread, found), evaluation, dense.get(evaluation.plan.digest), chosen)
            for label, (evaluation, spread, found) in kept.items()
        )
        return cls(chosen, measure, tuple(points))

    @cached_property
    def dominated(self) -> tuple[bool, ...]:
        """For each point whether another one costs no more and is no worse, and is better in one of the two."""
        cost, worth = np.array([self._rank(point) for point in self.points]).reshape(-1, 2).T
        no_worse = (cost[None] <= cost[:, None]) & (worth[None] >= worth[:, None])
        better = (cost[None] < cost[:, None]) | (worth[None] > worth[:, None])
        return tuple(map(bool, np.any(no_worse & better, axis=1)))

    @property
    def front(self) -> tuple[Point, ...]:
        """The points that nothing dominates, the cheapest first."""
        left = (point for point, beaten in zip(self.points, self.dominated, strict=True) if not beaten)
        return tuple(sorted(left, key=self._rank))

    def best_within(self, ceiling: float) -> Point | None:
        """The sweet spot under a ceiling: the best of those that cost no more, the cheapest of equals. For a cost of
        which more is cheaper `ceiling` is the least throughput wanted. None where nothing is within it."""
        limit = self._costly(ceiling)
        within = [point for point in self.points if self._rank(point)[0] <= limit]
        return max(within, key=lambda point: (self._rank(point)[1], -self._rank(point)[0]), default=None)

    def cheapest_within(self, loss: float, label: str) -> Point | None:
        """The cheapest point whose quality is at most `loss`, in the measure's own unit, worse than that of the point
        `label`, the best of equals. None where there is no such label."""
        reference = next((self._rank(point)[1] for point in self.points if point.label == label), None)
        if reference is None:
            return None
        within = [point for point in self.points if self._rank(point)[1] >= reference - loss]
        return min(within, key=lambda point: (self._rank(point)[0], -self._rank(point)[1]), default=None)

    def _rank(self, point: Point) -> tuple[float, float]:
        """Cost, less being better, and worth, more being better, whatever the cost and the measure."""
        worth = point.quality.value if self.quality.higher_is_better else -point.quality.value
        return self._costly(point.cost.median), worth

    def _costly(self, value: float) -> float:
        return -value if self.cost.higher_is_cheaper else value


def _cost(evaluation: Evaluation, cost: Cost) -> Spread | None:
    if not cost.timed:
        count = float(getattr(evaluation, cost.name))
        return Spread(count, count, count)
    latency = evaluation.latency
    if latency is None:
        return None
    low, high = latency.quartiles_ms
    if cost.name == "latency":
        return Spread(latency.median_ms, low, high)
    images = 1000 * latency.batch_size
    return Spread(images / latency.median_ms, images / high, images / low)


def _bounded(point: Point, evaluation: Evaluation, dense: Evaluation | None, cost: Cost) -> Point:
    whole = dense and _cost(dense, cost)
    if not cost.timed or dense is None or whole is None or not dense.macs or not evaluation.macs:
        return point
    share = evaluation.macs / dense.macs
    bound = whole.scaled(1 / share if cost.higher_is_cheaper else share)
    too_fast = point.cost.low > bound.high if cost.higher_is_cheaper else point.cost.high < bound.low
    times = (whole.median, point.cost.median) if cost.higher_is_cheaper else (point.cost.median, whole.median)
    reached = (1 - times[0] / times[1]) / (1 - share) if share < 1 else math.nan
    return Point(point.label, point.cost, point.quality, bound, reached, too_fast)


def _check_same_machine(evaluations: list[Evaluation]) -> None:
    ways = {e.latency.conditions for e in evaluations if e.latency}
    if len(ways) > 1:
        shown = "; ".join(f"batches of {size}, {threads} threads, {device}" for size, threads, device in sorted(ways))
        raise ComparisonImpossible(
            f"The timings were made in different ways: {shown}.",
            hint="Measure all of them again in one way, or compare multiply-accumulates.",
        )
