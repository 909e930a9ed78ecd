"""The ladder of repairs: for each site of a plan, the cheapest repair that is not measurably worse than the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from vitprune.architecture import Architecture, Cost
from vitprune.candidates import Fitted
from vitprune.errors import ModelNotFinite, PlanInvalid
from vitprune.lab import Lab
from vitprune.plan import Action, PruningPlan, Target
from vitprune.racing import Values, behind
from vitprune.searches import Rung
from vitprune.statistics import bootstrap_mean

CONFIDENCE = 0.95


def climb(
    lab: Lab,
    plan: PruningPlan,
    fit: Sequence[Tensor],
    *,
    confidence: float = CONFIDENCE,
    on_site: Callable[[tuple[Rung, ...]], None] = lambda _: None,
) -> PruningPlan:
    """The sites of a plan, each with the cheapest repair of which the lab's images do not show, at this `confidence`,
    that it is worse than the site's best: fewest multiply-accumulates first, then fewest parameters.

    Sites are taken in running order, with those before them repaired as was chosen, and those behind them whole.
    Repairs are fitted to `fit`, which had better be other images than the lab's. `on_site` is told of every rung of a
    site. Raises ModelNotFinite when no repair of a site gives finite numbers.
    """
    architecture = lab.architecture
    target = Target.BRANCH if plan.target is Target.BRANCH else Target.STREAM
    actions: dict[str, str] = {}
    for site in (site.id for site in architecture.sites if site.id in plan.sites):
        fitted = Fitted(lab, before := _with(architecture, plan, actions, target), fit)
        lab.hold(fitted.plan, fitted.blocks)
        measured: dict[Cost, Values] = {}
        for number, (cost, tried) in enumerate(rungs := _rungs(architecture, before, site)):
            lab.job.progress(f"Choosing the repair of {site}", number, len(rungs), "repairs")
            blocks = dict(fitted.with_one_more({site: tried}))[site]
            outcome = lab.outcome_of(blocks)
            values = outcome.kl if architecture.num_classes else outcome.angular
            if np.isfinite(values).all():
                measured[cost] = values
        if not measured:
            raise ModelNotFinite(f"Without {site} the model gives numbers that are not finite.", hint="Keep this site.")
        best = min(measured.values(), key=lambda values: float(values.mean()))
        worse = {cost: behind(values, best) for cost, values in measured.items()}
        cheapest = min(
            (cost for cost in measured if worse[cost] > 1 - confidence), key=lambda cost: (cost.macs, cost.params)
        )
        actions[site] = cheapest.action
        on_site(
            tuple(
                Rung(site, cost, bootstrap_mean(values), worse[cost], cost is cheapest)
                for cost, values in measured.items()
            )
        )
    return _with(architecture, plan, actions, plan.target)


def _with(architecture: Architecture, plan: PruningPlan, actions: dict[str, str], target: str) -> PruningPlan:
    """These actions, with the units that the plan takes from branches that stay."""
    return PruningPlan.of(architecture, actions, target, units=dict(plan.units), compensation=plan.compensation)


def _rungs(architecture: Architecture, before: PruningPlan, site: str) -> list[tuple[Cost, PruningPlan]]:
    """Every repair that a site can have after these, the removal alone first, with the plan that it makes."""
    found: list[tuple[Cost, PruningPlan]] = []
    for cost in (Cost(str(Action.REMOVE), 0, 0), *architecture.by_id[site].repairs):
        try:
            plan = before.with_actions(architecture, {site: cost.action})
        except PlanInvalid:  # there is nothing before it to fold it into
            continue
        if cost.action == Action.MEAN and plan.anchor(architecture, site):
            cost = Cost(cost.action, 0, 0)
        found.append((cost, plan))
    return found
