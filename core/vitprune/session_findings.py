"""What follows from one session alone: its plans against the dense model, the commands that make it again, and all of
it as JSON. The same session gives the same figures."""

from __future__ import annotations

import math
import shlex
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vitprune.comparison import Comparison, compare, dense_beside
from vitprune.jobs import PRECISIONS
from vitprune.measures import MEASURES, estimate
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Evaluation, Session
from vitprune.scores import split_name
from vitprune.sources import Source
from vitprune.statistics import Estimate, holm, ratio_of_medians


@dataclass(frozen=True)
class Compared:
    """An evaluation against the dense model on the same images. `adjusted` is the p of McNemar's test adjusted (Holm)
    for all plans that were tested on these images, NaN where there is none."""

    evaluation: Evaluation
    dense: Evaluation
    changes: Comparison
    adjusted: float


class Findings:
    """What follows from a session, worked out when it is first asked for."""

    def __init__(self, session: Session) -> None:
        self.session = session
        names: dict[str, str] = {}
        for evaluation in session.evaluations:
            if len(evaluation.plan):
                names.setdefault(evaluation.plan.key, f"plan {len(names) + 1}")
        self._names = names

    def name(self, plan: PruningPlan) -> str:
        """What a plan is called on the page: "dense", or its place among the evaluated ones."""
        if not len(plan):
            return "dense"
        found = self._names.get(plan.key, "the plan")
        return f"{found} (on show)" if plan == self.session.plan else found

    @cached_property
    def groups(self) -> tuple[tuple[Evaluation, ...], ...]:
        """Evaluations by the images they are of, and their precision, in the order of the session."""
        found: dict[tuple[str, str], list[Evaluation]] = {}
        for evaluation in self.session.evaluations:
            found.setdefault((evaluation.data.digest, evaluation.precision), []).append(evaluation)
        return tuple(map(tuple, found.values()))

    @cached_property
    def compared(self) -> tuple[Compared, ...]:
        found: list[Compared] = []
        for group in self.groups:
            if (dense := dense_beside(group, group[0])) is None:
                continue
            pairs = [(e, compare(dense, e)) for e in group if len(e.plan)]
            p = np.array([c.main.mcnemar.p if c.main.mcnemar else math.nan for _, c in pairs], float)
            rows = zip(pairs, holm(p).tolist(), strict=True)
            found += [Compared(e, dense, changes, adjusted) for (e, changes), adjusted in rows]
        return tuple(found)

    def of(self, evaluation: Evaluation) -> Compared | None:
        """An evaluation of the session; None for the dense model, and where that is not known."""
        return self._compared.get(id(evaluation))

    @cached_property
    def _compared(self) -> dict[int, Compared]:
        return {id(one.evaluation): one for one in self.compared}

    @cached_property
    def shown(self) -> Compared | None:
        """The newest of the session's plan."""
        own = (e for e in reversed(self.session.evaluations) if e.plan == self.session.plan)
        return next((found for e in own if (found := self.of(e)) is not None), None)


def figures(found: Findings) -> dict[str, Any]:
    """Everything that the page says in numbers, as JSON has it; NaN for what cannot be told."""
    session, scores = found.session, found.session.scores
    sets = {data.digest: data for data in sets_of(session)}
    return {
        "model": asdict(session.model) | {"params": session.architecture.params, "macs": session.architecture.macs},
        "environment": asdict(session.environment),
        "created": session.created,
        "data": [_data_json(data, session) for data in sets.values()],
        "scores": {
            table: {site: {"mean": s.mean, "standard_error": s.standard_error} for site, s in scores[table].items()}
            for table in scores
        }
        if scores
        else {},
        "images": scores and scores.images,
        "plan": session.plan.to_json(),
        "evaluations": [_evaluation_json(e, found) for e in session.evaluations],
        "commands": commands(session),
        "not_by_command": left_out(session),
        "log": [asdict(entry) for entry in session.log],
    }


def commands(session: Session, name: str = "RUN.vitprune.h5") -> tuple[str, ...]:
    """Command lines that do again what the session holds, as far as they can (`left_out`); the plan is read from
    PLAN.json, which is `plan_file`."""
    source, data, scores, plan = Source.of(session.model), session.data, session.scores, session.plan
    lines: list[list[str]] = []
    if data is not None and scores is not None and scores.asked_images is None:
        metrics = ",".join(dict.fromkeys(split_name(table)[0] for table in scores))
        asked = ["--metrics", metrics, *(["--repairs"] if scores.gains else [])]
        asked += ["--latency"] if session.latencies else []
        asked += _in(session.environment.precision)
        lines.append(["analyze", source.name, data.source, *source.options, *_subset(data), *asked, "-o", name])
    planned = ["--plan", "PLAN.json"] if len(plan) else []
    evaluation = _evaluation(session)
    if evaluation is not None:
        test = evaluation.data
        measured = [*_subset(test), *planned, *_in(evaluation.precision)]
        lines.append(["evaluate", source.name, test.source, *source.options, *measured, "-o", name])
    if planned:
        lines.append(["verify", source.name, *source.options, *planned])
        lines.append(["export", source.name, *source.options, *planned, "-o", "FOLDER"])
    lines.append(["report", name, "-o", "REPORT.html"])
    return tuple(shlex.join(["vitprune", *line]) for line in lines)


def left_out(session: Session) -> list[str]:
    """What no command line does again, in sentences."""
    found: list[str] = []
    scores, plan = session.scores, session.plan
    if scores is not None and scores.asked_images is not None:
        found.append(
            f"The analysis was stopped after {scores.images:,} of {scores.asked_images:,} images: no command stops at "
            "the same image."
        )
    if names := Source.of(session.model).unsaid:
        found.append(f"Arguments of the model that can be given in Python alone: {', '.join(names)}.")
    if plan.needs_calibration and _fitted_to(session) is None:
        found.append("The session does not name the images that the plan was fitted to: give them with --calibration.")
    return found


def plan_file(session: Session) -> dict[str, Any]:
    """The session's plan as a plan file has it, with the images that it is fitted to."""
    data = _fitted_to(session) if session.plan.needs_calibration else None
    if data is None:
        return session.plan.to_json()
    calibration = {"source": data.source, "images": data.images, "seed": data.seed, "digest": data.digest}
    return session.plan.to_json() | {"made": {"calibration": calibration}}


def _evaluation(session: Session) -> Evaluation | None:
    return session.evaluation_of(session.plan) or next(iter(session.evaluations), None)


def _fitted_to(session: Session) -> DataReference | None:
    evaluation = session.evaluation_of(session.plan)
    if evaluation is None or evaluation.repair is None:
        return session.data
    return next((data for data in sets_of(session) if data.digest == evaluation.repair.digest), None)


def _subset(data: DataReference) -> list[str]:
    return ["--images", str(data.images), "--seed", str(data.seed)]


def _in(precision: str) -> list[str]:
    return ["--precision", precision] if precision != PRECISIONS[0] else []


def sets_of(session: Session) -> list[DataReference]:
    """Every set of images once: that of the analysis first."""
    every = [session.data, session.study and session.study.test, *(e.data for e in session.evaluations)]
    found: dict[str, DataReference] = {}
    for data in every:
        if data is not None:
            found.setdefault(data.digest, data)
    return list(found.values())


def time_ratio(one: Compared) -> Estimate | None:
    """Of the medians of the times, where both were timed alike."""
    a, b = one.dense.latency, one.evaluation.latency
    if a is None or b is None or a.conditions != b.conditions:
        return None
    return ratio_of_medians(a.samples_ms, b.samples_ms)


def _data_json(data: DataReference, session: Session) -> dict[str, Any]:
    return {
        "source": data.source,
        "images": data.images,
        "skipped": len(data.skipped),
        "seed": data.seed,
        "digest": data.digest,
        "analysed": session.data is not None and data.digest == session.data.digest,
    }


def _evaluation_json(evaluation: Evaluation, found: Findings) -> dict[str, Any]:
    latency, compared = evaluation.latency, found.of(evaluation)
    main = compared.changes.main if compared else None
    return {
        "name": found.name(evaluation.plan),
        "plan": evaluation.plan.to_json(),
        "data": evaluation.data.digest,
        "images": evaluation.images,
        "precision": evaluation.precision,
        "measures": {
            name: value.to_json() for name, m in MEASURES.items() if (value := estimate(evaluation, m)) is not None
        },
        "params": evaluation.params,
        "macs": evaluation.macs,
        "latency_ms": latency and latency.median_ms,
        "latency_quartiles_ms": latency and latency.quartiles_ms,
        "against_dense": compared
        and main
        and {
            "measure": main.measure.name,
            "difference": main.difference.to_json(),
            "p": main.mcnemar and main.mcnemar.p,
            "p_adjusted": compared.adjusted,
            "sentence": compared.changes.sentence,
        },
    }
