"""How methods choose: by rank, by a contiguous range of blocks, or one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vitprune.plan import PruningPlan, Target
from vitprune.scores import Boundaries
from vitprune.selection.method import Bench, Case, Outcome, Step


def ranked(case: Case, damage: Mapping[str, float]) -> Iterator[Step]:
    """One shot: the candidates by damage, least first. One without a number never goes."""
    known = {site: damage[site] for site in case.candidates if not math.isnan(damage.get(site, math.nan))}
    order = sorted(known, key=known.__getitem__)  # stable: ties in running order
    for count, site in enumerate(order, 1):
        tied = tuple(other for other in order[count:] if known[other] == known[site])
        yield Step(tuple(order[:count]), known[site], tied)


STEPS = 256
"""Each saves one such part of what all units cost, by as many of them as that takes."""


def units(case: Case, score: str, *, standardised: bool = False) -> Iterator[Step]:
    """One shot: heads and neurons of all candidates together by a score, least first, each branch in its own order; for
    each multiply-accumulate that they save, or `standardised` within each branch. One unit of each branch stays."""
    by_id = case.architecture.by_id
    queue: list[tuple[float, int, str, int]] = []
    for place, site in enumerate(case.candidates):
        order, losses = case.bench().unit_ranks(score).get(site, ((), ()))
        values = np.asarray(losses, dtype=np.float64)
        if standardised:
            values = (values - values.mean()) / (values.std() or 1.0) if len(values) else values
        else:
            values = values / max(1, by_id[site].unit_macs)
        values = np.maximum.accumulate(values)  # none goes before those that its branch loses first
        queue += [(float(v), place, site, unit) for v, unit in list(zip(values, order, strict=True))[: len(order) - 1]]
    queue = sorted((entry for entry in queue if not math.isnan(entry[0])), key=lambda entry: entry[:2])
    total = sum(by_id[site].unit_macs for _, _, site, _ in queue)
    stops = {len(queue), None if case.budget is None else case.budget.remove}
    chosen: dict[str, list[int]] = {}
    saved = 0
    for gone, (value, _, site, unit) in enumerate(queue, 1):
        chosen.setdefault(site, []).append(unit)
        saved += by_id[site].unit_macs
        if saved * STEPS < total and gone not in stops:
            continue
        saved = 0
        plan = PruningPlan.of(
            case.architecture, None, case.target or Target.STREAM, units=chosen, compensation=case.compensation
        )
        yield Step(tuple(chosen), value, plan=plan, units=gone)


def windows(case: Case, boundaries: Boundaries, distance: NDArray[np.float64]) -> Iterator[Step]:
    """For each length the contiguous range of blocks across which the stream changes least, all of them candidates.
    `distance` is (boundaries, boundaries); the range of n blocks that begins after boundary i ends at boundary i + n.
    """
    blocks = boundaries.labels[1:]
    free = [block in case.candidates for block in blocks]
    for length in range(1, len(blocks) + 1):
        across = {
            start: float(distance[start, start + length])
            for start in range(len(blocks) - length + 1)
            if all(free[start : start + length]) and not math.isnan(distance[start, start + length])
        }
        if not across:
            continue
        best = min(across, key=across.__getitem__)
        ties = [start for start in across if start != best and across[start] == across[best]]
        tied = tuple(dict.fromkeys(block for start in ties for block in blocks[start : start + length]))
        yield Step(blocks[best : best + length], across[best], tied)


def greedy(
    case: Case,
    bench: Bench,
    damage: Callable[[Outcome], float],
    *,
    candidates: Callable[[tuple[str, ...]], Sequence[str]] | None = None,
) -> Iterator[Step]:
    """At each step the site whose absence, beside those that went before, does least damage to what the model says."""

    def damages(plans: Mapping[str, PruningPlan], chosen: tuple[str, ...]) -> Mapping[str, float]:
        bench.hold(case.removal(chosen))
        return {site: damage(bench.outcome(plan)) for site, plan in plans.items()}

    return one_by_one(case, damages, candidates=candidates)


def one_by_one(
    case: Case,
    damages: Callable[[Mapping[str, PruningPlan], tuple[str, ...]], Mapping[str, float]],
    *,
    candidates: Callable[[tuple[str, ...]], Sequence[str]] | None = None,
) -> Iterator[Step]:
    """At each step the candidate of least damage beside those that went before.

    `damages` tells it for the plans of a step, site to plan, given the sites that went before. `candidates` says which
    sites may go next, where those are not all that are left.
    """
    chosen: tuple[str, ...] = ()
    while True:
        allowed = candidates(chosen) if candidates else case.candidates
        tries = {site: (*chosen, site) for site in case.candidates if site in allowed and site not in chosen}
        plans = {site: case.removal(sites) for site, sites in tries.items() if case.leaves_something(sites)}
        found = damages(plans, chosen) if plans else {}
        known = {site: found[site] for site in plans if not math.isnan(found.get(site, math.nan))}
        if not known:
            return
        best = min(known, key=known.__getitem__)
        chosen = (*chosen, best)
        yield Step(chosen, known[best], tuple(s for s in known if s != best and known[s] == known[best]))
