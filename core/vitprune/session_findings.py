"""What follows from one session alone: its plans against the dense model, the commands that make it again, and all of
it as JSON. The same session gives the same figures."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vitprune.comparison import Comparison, compare
from vitprune.measures import MEASURES, estimate
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Evaluation, Session
from vitprune.scores import split_name
from vitprune.statistics import Estimate, holm, ratio_of_medians

WEIGHTS = (".safetensors", ".pth", ".pt", ".bin")  # a file of these says not what it is of


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
        for number, evaluation in enumerate((e for e in session.evaluations if len(e.plan)), 1):
            names[evaluation.plan.key] = names.get(evaluation.plan.key, f"plan {number}")
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
            dense = dense_of(group)
            pairs = [(e, compare(dense, e)) for e in group if len(e.plan)] if dense is not None else []
            p = np.array([c.main.mcnemar.p if c.main.mcnemar else math.nan for _, c in pairs], float)
            rows = zip(pairs, holm(p).tolist() if len(p) else (), strict=True)
            found += [Compared(e, dense, changes, adjusted) for (e, changes), adjusted in rows if dense is not None]
        return tuple(found)

    @cached_property
    def shown(self) -> Compared | None:
        """The newest of the session's plan."""
        return next((one for one in reversed(self.compared) if one.evaluation.plan == self.session.plan), None)


def figures(session: Session) -> dict[str, Any]:
    """Everything that the page says in numbers, as JSON has it; NaN for what cannot be told."""
    found, scores = Findings(session), session.scores
    compared = {id(one.evaluation): one for one in found.compared}
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
        "evaluations": [_evaluation_json(e, found, compared.get(id(e))) for e in session.evaluations],
        "commands": commands(session),
        "log": [asdict(entry) for entry in session.log],
    }


def commands(session: Session, name: str = "RUN.vitprune.h5") -> tuple[str, ...]:
    """Command lines that do again what the session holds; the plan is read from PLAN.json."""
    model, data, plan = session.model, session.data, session.plan
    how: list[str] = []
    if Path(model.source).suffix in WEIGHTS:
        how = ["--architecture", model.architecture]
        plain = {key: v for key, v in sorted(model.model_args.items()) if key not in unsaid(session)}
        how += ["--model-args", ",".join(f"{key}={json.dumps(v)}" for key, v in plain.items())] if plain else []
        how += ["--class-names", ",".join(model.class_names)] if model.class_names else []
    lines: list[list[str]] = []
    if data is not None and session.scores is not None:
        metrics = ",".join(dict.fromkeys(split_name(table)[0] for table in session.scores))
        asked = ["--metrics", metrics, *(["--repairs"] if session.scores.gains else [])]
        asked += ["--latency"] if session.latencies else []
        lines.append(["analyze", model.source, data.source, *how, *_subset(data), *asked, "-o", name])
    planned = ["--plan", "PLAN.json"] if len(plan) else []
    fitted = ["--calibration", data.source] if data is not None and plan.needs_calibration else []
    evaluation = session.evaluation_of(plan) or next(iter(session.evaluations), None)
    if evaluation is not None:
        test = evaluation.data
        lines.append(["evaluate", model.source, test.source, *how, *_subset(test), *planned, *fitted, "-o", name])
    if planned:
        lines.append(["verify", model.source, *how, *planned])
        lines.append(["export", model.source, *how, *planned, *fitted, "-o", "FOLDER"])
    lines.append(["report", name, "-o", "REPORT.html"])
    return tuple(shlex.join(["vitprune", *line]) for line in lines)


def unsaid(session: Session) -> list[str]:
    """Arguments of the model that a command line has no way to say."""
    return sorted(key for key, value in session.model.model_args.items() if isinstance(value, (list, tuple, dict)))


def _subset(data: DataReference) -> list[str]:
    return ["--images", str(data.images), "--seed", str(data.seed)]


def dense_of(evaluations: Sequence[Evaluation]) -> Evaluation | None:
    return next((e for e in reversed(evaluations) if not len(e.plan)), None)


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
    if a is None or b is None or (a.batch_size, a.threads, a.device) != (b.batch_size, b.threads, b.device):
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


def _evaluation_json(evaluation: Evaluation, found: Findings, compared: Compared | None) -> dict[str, Any]:
    latency = evaluation.latency
    main = compared.changes.main if compared else None
    return {
        "name": found.name(evaluation.plan),
        "plan": evaluation.plan.to_json(),
        "data": evaluation.data.digest,
        "images": evaluation.images,
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
