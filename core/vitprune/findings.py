"""What a study found, from its session alone: each trial with what it is worth beside the dense model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vitprune.comparison import Difference, compare
from vitprune.frontier import Frontier
from vitprune.measures import MEASURES, Measure, estimate
from vitprune.plan import PruningPlan
from vitprune.results import Evaluation, Session, Trial
from vitprune.statistics import Estimate, benjamini_hochberg

RANDOM = "random"
"""The method that draws; in a study its later draws are called random-2, random-3, ..."""


@dataclass(frozen=True)
class Finding:
    """A trial, its evaluation and what that is worth by the study's measure.

    `difference` is against the dense model, on the same images; `adjusted` is the p of its McNemar test adjusted for
    all distinct plans of the study (Benjamini and Hochberg), NaN where there is no such test. `best` says that no other
    plan with the same repair is as good for no more of the study's cost.
    """

    trial: Trial
    evaluation: Evaluation
    value: Estimate
    difference: Difference
    adjusted: float
    best: bool


def drawn_by(name: str) -> str:
    """The method of a trial, by the name that a study gives it: draws at random are numbered, and one method all the
    same."""
    return RANDOM if name.startswith(f"{RANDOM}-") else name


def dense_of(session: Session) -> Evaluation | None:
    """The dense model on the images of the study; None before it was measured."""
    return _evaluation_of(session, PruningPlan.of(session.architecture))


def measure_of(session: Session) -> Measure | None:
    """What the study judges plans by: the most telling measure that all of its evaluations have. None without any."""
    plans = dict.fromkeys(trial.plan for trial in session.trials)
    measured = [e for plan in (*plans, PruningPlan.of(session.architecture)) if (e := _evaluation_of(session, plan))]
    known = (m for m in MEASURES.values() if measured and all(estimate(e, m) is not None for e in measured))
    return next(known, None)


def cost_of(session: Session) -> str:
    """What the study counts as cost, a name in frontier.COSTS."""
    return "latency" if session.study and session.study.latency else "macs"


def findings(session: Session) -> tuple[Finding, ...]:
    """Of every trial that was measured so far, in the order of the trials."""
    dense, measure = dense_of(session), measure_of(session)
    trials = [(trial, e) for trial in session.trials if (e := _evaluation_of(session, trial.plan))]
    if dense is None or measure is None or not trials:
        return ()
    differences = {e.plan: compare(dense, e).differences[measure.name] for _, e in trials}
    adjusted = _adjusted(differences)
    best: set[tuple[str, PruningPlan]] = set()
    for repair in dict.fromkeys(trial.repair for trial, _ in trials):
        rows = [row for row in trials if row[0].repair == repair]
        best |= {(repair, plan) for plan in _front(rows, cost_of(session), measure)}
    found: list[Finding] = []
    for trial, evaluation in trials:
        value, plan = estimate(evaluation, measure), trial.plan
        assert value is not None
        found.append(Finding(trial, evaluation, value, differences[plan], adjusted[plan], (trial.repair, plan) in best))
    return tuple(found)


def frontier(rows: Sequence[Finding], method: str, repair: str, cost: str = "macs") -> tuple[Finding, ...]:
    """The trials of a method with a repair that none of its others outdoes, the cheapest first."""
    own = {row.trial.plan: row for row in rows if (row.trial.method, row.trial.repair) == (method, repair)}
    if not own:
        return ()
    measure = next(iter(own.values())).difference.measure
    return tuple(own[plan] for plan in _front([(row.trial, row.evaluation) for row in own.values()], cost, measure))


def _front(rows: Sequence[tuple[Trial, Evaluation]], cost: str, measure: Measure) -> list[PruningPlan]:
    evaluations = {evaluation.plan.key: evaluation for _, evaluation in rows}
    return [evaluations[point.label].plan for point in Frontier.of(evaluations, cost, measure.name).front]


def _evaluation_of(session: Session, plan: PruningPlan) -> Evaluation | None:
    """That of a plan on the images of the study, fitted to the session's own where it is fitted."""
    if session.study is None:
        return None
    fitted = session.data.digest if session.data and plan.needs_calibration else ""
    inputs = (plan, session.study.test.digest, fitted)
    return next((evaluation for evaluation in reversed(session.evaluations) if evaluation.inputs[:3] == inputs), None)


def _adjusted(differences: dict[PruningPlan, Difference]) -> dict[PruningPlan, float]:
    tests = {plan: found.mcnemar.p for plan, found in differences.items() if found.mcnemar}
    values = benjamini_hochberg(np.array(list(tests.values()), float)).tolist()
    return dict.fromkeys(differences, math.nan) | dict(zip(tests, values, strict=True))
