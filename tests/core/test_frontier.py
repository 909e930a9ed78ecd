from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from evaluations import DENSE, MODEL, OTHER, PRUNED, data, evaluation, latency
from hypothesis import given
from hypothesis import strategies as st

from vitprune.errors import ComparisonImpossible
from vitprune.frontier import COSTS, Frontier, Point, Spread
from vitprune.measures import MEASURES
from vitprune.plan import PruningPlan
from vitprune.results import Evaluation
from vitprune.statistics import Estimate

N = 100


def made(points: list[tuple[int, int]], cost: str = "macs", quality: str = "top1") -> Frontier:
    return Frontier(
        COSTS[cost],
        MEASURES[quality],
        tuple(Point(str(i), Spread(x, x, x), Estimate(y / 10, 0, 1, N)) for i, (x, y) in enumerate(points)),
    )


def of(plan: PruningPlan, share: float, **others: Any) -> Evaluation:
    return evaluation(plan, data(N), {"top1": np.arange(N) < share * N}, **others)


planes = st.lists(st.tuples(st.integers(1, 8), st.integers(0, 8)), max_size=12)  # few values, so that many are equal
ways = st.sampled_from([(cost, quality) for cost in ("macs", "throughput") for quality in ("top1", "kl")])


@given(planes, ways)
def test_domination_equals_trying_every_pair(points: list[tuple[int, int]], way: tuple[str, str]) -> None:
    found = made(points, *way)
    signs = (-1 if way[0] == "throughput" else 1, -1 if way[1] == "kl" else 1)
    plain = [(signs[0] * x, signs[1] * y) for x, y in points]
    expected = tuple(
        any(c <= cost and q >= worth and (c, q) != (cost, worth) for c, q in plain) for cost, worth in plain
    )
    assert found.dominated == expected
    front = [point.label for point in found.front]
    assert sorted(front, key=int) == [str(i) for i, beaten in enumerate(expected) if not beaten]
    costs = [plain[int(label)][0] for label in front]
    assert costs == sorted(costs)
    # Each point is on the front, or something on the front is at least as good for at most its cost.
    for cost, worth in plain:
        assert any(plain[int(label)][0] <= cost and plain[int(label)][1] >= worth for label in front)


@given(planes, ways, st.integers(0, 9), st.integers(0, 4))
def test_sweet_spots_equal_a_search(
    points: list[tuple[int, int]], way: tuple[str, str], ceiling: int, loss: int
) -> None:
    found = made(points, *way)
    signs = (-1 if way[0] == "throughput" else 1, -1 if way[1] == "kl" else 1)
    plain = [(signs[0] * x, signs[1] * y) for x, y in points]
    within = [p for p in plain if p[0] <= signs[0] * ceiling]
    best = found.best_within(ceiling)
    if not within:
        assert best is None
    else:
        assert best is not None
        worth = max(y for _, y in within)
        assert plain[int(best.label)] == (min(x for x, y in within if y == worth), worth)
    if points:
        close = [p for p in plain if p[1] / 10 >= plain[0][1] / 10 - loss / 10]
        cheapest = found.cheapest_within(loss / 10, "0")
        assert cheapest is not None
        cost = min(x for x, _ in close)
        assert plain[int(cheapest.label)] == (cost, max(y for x, y in close if x == cost))
    assert found.cheapest_within(1, "no such label") is None


def test_points_of_evaluations() -> None:
    evaluations = {
        "dense": of(DENSE, 0.9, latency=latency([10, 11, 12, 13, 14])),
        "pruned": of(PRUNED, 0.8, latency=latency([9, 10, 11, 12, 13])),
        "not timed": of(OTHER, 0.7),
    }
    found = Frontier.of(evaluations)
    assert [point.label for point in found.points] == ["dense", "pruned"]
    dense, pruned = found.points
    assert dense.cost == Spread(12, 11, 13)
    assert pruned.quality == evaluations["pruned"].top1
    share = PRUNED.summary(MODEL).macs / MODEL.macs
    assert pruned.bound is not None
    assert pruned.bound.median == pytest.approx(12 * share)
    assert not pruned.too_fast
    assert pruned.reached == pytest.approx((12 - 11) / (12 - 12 * share))
    assert math.isnan(dense.reached)

    rate = Frontier.of(evaluations, "throughput")
    assert rate.points[1].cost.median == pytest.approx(1000 * 8 / 11)
    assert rate.points[1].cost.low < rate.points[1].cost.median < rate.points[1].cost.high
    assert rate.points[1].reached == pytest.approx(pruned.reached)
    assert rate.points[1].bound is not None
    assert rate.points[1].bound.median == pytest.approx(1000 * 8 / pruned.bound.median)

    for cost in ("macs", "params"):
        counted = Frontier.of(evaluations, cost)
        assert [point.label for point in counted.points] == list(evaluations)
        assert counted.points[1].cost.median == getattr(evaluations["pruned"], cost)
        assert counted.points[1].bound is None


@pytest.mark.parametrize("cost", ["latency", "throughput"])
def test_what_is_faster_than_possible_is_flagged_beyond_the_spread_alone(cost: str) -> None:
    share = PRUNED.summary(MODEL).macs / MODEL.macs
    steady = np.array([99.0, 100, 101])
    flags = []
    for factor in (1.0, 0.995, 0.9):
        timed = latency(factor * share * steady)
        both = {"dense": of(DENSE, 0.9, latency=latency(steady)), "pruned": of(PRUNED, 0.8, latency=timed)}
        dense, pruned = Frontier.of(both, cost).points
        flags.append(pruned.too_fast)
        assert not dense.too_fast
        assert pruned.reached == pytest.approx((1 - factor * share) / (1 - share))
    assert flags == [False, False, True]
    alone = Frontier.of({"pruned": of(PRUNED, 0.8, latency=latency(steady))}, cost).points[0]
    assert alone.bound is None


def test_the_dense_model_is_as_close_to_itself_as_can_be() -> None:
    pruned = evaluation(PRUNED, data(N), {"kl": np.full(N, 0.1), "agreement": np.arange(N) > 4})
    both = {"dense": evaluation(DENSE, data(N), {}), "pruned": pruned}
    assert [point.quality.value for point in Frontier.of(both, "macs", "agreement").points] == [1, 0.95]
    divergence = Frontier.of(both, "macs", "kl")
    assert divergence.dominated == (False, False)
    cheapest, near = divergence.cheapest_within(0.2, "dense"), divergence.cheapest_within(0.05, "dense")
    assert (cheapest and cheapest.label, near and near.label) == ("pruned", "dense")
    assert Frontier.of(both, "macs", "top1").points == ()
    assert Frontier.of(both, "macs", "top1").dominated == ()


def test_figures_that_do_not_belong_together_are_refused() -> None:
    one = of(DENSE, 0.9, latency=latency([1, 2]))
    with pytest.raises(ComparisonImpossible, match="different ways"):
        Frontier.of({"a": one, "b": of(PRUNED, 0.8, latency=latency([1, 2], batch_size=1))})
    assert len(Frontier.of({"a": one, "b": of(PRUNED, 0.8, latency=latency([1, 2], batch_size=1))}, "macs").points) == 2
    elsewhere = evaluation(PRUNED, data(N, digest="e"), {"top1": np.ones(N)})
    with pytest.raises(ComparisonImpossible, match="different images"):
        Frontier.of({"a": one, "b": elsewhere}, "macs")
