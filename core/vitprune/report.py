"""What studies found: the figures, and a report of them for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vitprune.agreement import TRUTH, Agreement, Third, agreements, by_depth, truths
from vitprune.architecture import SUBLAYERS, Kind
from vitprune.document import Chart, Document, Part, Point, Section, Table
from vitprune.findings import Finding, cost_of, dense_of, findings, frontier, measure_of
from vitprune.frontier import COSTS, Cost
from vitprune.jobs import Job
from vitprune.measures import Measure, estimate, in_words
from vitprune.results import DataReference, Evaluation, Session
from vitprune.scores import metric_of, title_of
from vitprune.statistics import Z

GROUPS = ("sublayer", "attention", "mlp")


@dataclass(frozen=True)
class Result:
    """All figures of one study."""

    session: Session
    measure: Measure | None
    cost: Cost
    dense: Evaluation | None
    findings: tuple[Finding, ...]
    agreements: tuple[Agreement, ...]
    thirds: tuple[tuple[str, Third], ...]


def results(sessions: Sequence[Session], job: Job | None = None) -> tuple[Result, ...]:
    """The figures of studies, of each as far as it went."""
    found: list[Result] = []
    for session in sessions:
        scores, architecture = session.scores, session.architecture
        ranks = agreements(scores, architecture, granularities=GROUPS, job=job) if scores else ()
        tables = truths(scores) if scores else ()
        thirds = tuple((t, third) for t in tables if scores for third in by_depth(scores, architecture, t))
        cost = COSTS[cost_of(session)]
        found.append(Result(session, measure_of(session), cost, dense_of(session), findings(session), ranks, thirds))
    return tuple(found)


def figures(result: Result) -> dict[str, Any]:
    """Everything as JSON has it; NaN for what cannot be told."""
    session, study = result.session, result.session.study
    return {
        "model": session.model.source,
        "architecture": session.model.architecture,
        "weights_sha256": session.model.weights_sha256,
        "environment": {name: getattr(session.environment, name) for name in session.environment.__slots__},
        "calibration": session.data and _data(session.data),
        "test": study and _data(study.test),
        "target": study and study.target,
        "protected": study and study.protected,
        "measure": result.measure and result.measure.name,
        "cost": result.cost.name,
        "dense": result.dense and _evaluation(result.dense, result.measure),
        "trials": [
            {
                "method": row.trial.method,
                "granularity": row.trial.granularity,
                "removed": row.trial.removed,
                "repair": row.trial.repair,
                "sites": {site: str(action) for site, action in sorted(row.trial.plan.actions)},
                "seconds": row.trial.seconds,
                **_evaluation(row.evaluation, result.measure),
                "difference": row.difference.difference.to_json(),
                "p": row.difference.mcnemar and row.difference.mcnemar.p,
                "p_adjusted": row.adjusted,
                "frontier": row.best,
            }
            for row in result.findings
        ],
        "frontiers": [
            {
                "method": method,
                "repair": repair,
                "removed": [row.trial.removed for row in frontier(result.findings, method, repair, result.cost.name)],
            }
            for method, repair in _series(result.findings)
        ],
        "agreements": [
            {
                "score": row.score,
                "truth": row.truth,
                "granularity": row.granularity,
                "sites": row.sites,
                "images": row.images,
                "kendall": row.kendall.to_json(),
                "spearman": row.spearman.to_json(),
            }
            for row in result.agreements
        ],
        "redundancy": [
            {"score": table, "kind": str(third.kind), "part": third.part, "sites": third.sites, **third.mean.to_json()}
            for table, third in result.thirds
        ],
    }


def report(found: Sequence[Result]) -> Document:
    """For people, with every interval."""
    told = [_joint(found)] if len(found) > 1 else []
    for result in found:
        name = f": {result.session.model.architecture}" if len(found) > 1 else ""
        told += sections(result, name).values()
    return Document("Which layers are redundant, and which method knows?", tuple(told))


def sections(result: Result, name: str = "") -> dict[str, Section]:
    """What there is to say of one model, topic by topic; `name` is added to the titles."""
    return {
        "run": _what(result, name),
        "worth": _measured(result, name),
        "ranks": _ranks(result, name),
        "where": _where(result, name),
    }


def _what(result: Result, name: str) -> Section:
    session, study, where = result.session, result.session.study, result.session.environment
    rows = [
        ("model", session.model.source),
        ("architecture", session.model.architecture),
        ("weights, SHA-256", session.model.weights_sha256),
        ("parameters, MACs for one image", f"{session.architecture.params:,}, {session.architecture.macs:,}"),
        *_data_rows("calibration images", session.data),
        *_data_rows("test images", study.test if study else None),
        ("device", f"{where.device}, {where.threads} threads, {where.processor}"),
        ("versions", f"ViTPrune {where.vitprune}, torch {where.torch}, timm {where.timm}, Python {where.python}"),
        ("begun", session.created),
        *(("done", f"{entry.what} ({entry.seconds:.0f} s, until {entry.when})") for entry in session.log),
    ]
    if study:
        ran = {trial.method for trial in session.trials}
        left_out = [method for method in study.methods if method not in ran]
        rows += [
            ("repairs", f"{', '.join(study.repairs)}; fitted to: {study.target}"),
            ("methods", ", ".join(method for method in study.methods if method in ran)),
            *([("protected", ", ".join(study.protected))] if study.protected else []),
            *([("not for this model or these images", ", ".join(left_out))] if left_out else []),
        ]
    return Section(f"What was run{name}", (Table(("", ""), tuple(rows)),))


def _data_rows(title: str, data: DataReference | None) -> list[tuple[str, str]]:
    if data is None:
        return []
    labels = f"{len(data.class_names)} classes" if data.labels else "without labels"
    text = f"{data.images} ({len(data.skipped)} skipped), {labels}, seed {data.seed}, from {data.source}"
    return [(title, text), (f"{title}, SHA-256", data.digest)]


def _measured(result: Result, name: str) -> Section:
    title, dense, measure = f"What each plan is worth{name}", result.dense, result.measure
    if dense is None or measure is None or not result.findings:
        return Section(title, ("Nothing was measured yet.",))
    tested = any(row.difference.mcnemar for row in result.findings)
    columns = ["method", "branches removed", "repair", measure.title, "difference"]
    columns += ["McNemar p", "p, adjusted"] if tested else []
    columns += ["MMACs", "M parameters", *(["ms (quartiles)"] if dense.latency else []), "frontier"]
    whole = estimate(dense, measure)
    rows = [["dense", "0", "", in_words(whole) if whole else "", "", *([""] * (2 * tested)), *_costs(dense), ""]]
    for row in result.findings:
        trial, test = row.trial, row.difference.mcnemar
        what = [
            trial.method,
            str(trial.removed),
            trial.repair,
            in_words(row.value),
            in_words(row.difference.difference),
        ]
        p = [_p(test.p) if test else "", _p(row.adjusted)] if tested else []
        rows.append([*what, *p, *_costs(row.evaluation), "yes" if row.best else ""])
    text = (
        f"On {dense.images} test images, with 95 % intervals over images. The difference is from the dense model on "
        "the same images. Frontier: with this repair, no other plan is as good at the same or a lower cost "
        f"({result.cost.title})."
    )
    exact = "The test is McNemar's, exact; adjusted for all plans together after Benjamini and Hochberg."
    charts = [_chart(result, measure, r) for r in dict.fromkeys(row.trial.repair for row in result.findings)]
    table = Table(tuple(columns), tuple(map(tuple, rows)))
    return Section(title, (text, *((exact,) if tested else ()), *charts, table))


def _chart(result: Result, measure: Measure, repair: str) -> Chart:
    """The frontier of every method with one repair."""
    series: list[tuple[str, tuple[Point, ...]]] = []
    for method, other in _series(result.findings):
        if other == repair:
            rows = frontier(result.findings, method, repair, result.cost.name)
            series.append((method, tuple(_point(row, result.cost) for row in rows)))
    title = f"Frontier of every method, repair: {repair}"
    unit = result.cost.unit if result.cost.timed else "millions"
    return Chart(title, f"{result.cost.title} ({unit})", measure.title, tuple(series))


def _point(row: Finding, cost: Cost) -> Point:
    latency = row.evaluation.latency
    x = latency.median_ms if cost.timed and latency else row.evaluation.macs / 1e6
    text = f"{row.trial.removed} removed, {in_words(row.value)}"
    return Point(x, row.value.value, row.value.low, row.value.high, text)


def _costs(evaluation: Evaluation) -> list[str]:
    counts = [f"{evaluation.macs / 1e6:,.1f}", f"{evaluation.params / 1e6:,.2f}"]
    if evaluation.latency is None:
        return counts
    low, high = evaluation.latency.quartiles_ms
    return [*counts, f"{evaluation.latency.median_ms:.2f} ({low:.2f} to {high:.2f})"]


def _ranks(result: Result, name: str) -> Section:
    title = f"Which score foresees the damage{name}"
    scores = result.session.scores
    if scores is None or not result.agreements:
        return Section(title, ("The damage of leaving out each site was not measured.",))
    parts: list[Part] = [
        "Kendall's tau-b, and Spearman's rho for all branches, between the order that a score predicts and the "
        f"measured one: 1 is the same order, 0 none, -1 the opposite. Over {scores.images} calibration images, with "
        "95 % intervals from resampled images."
    ]
    for truth in truths(scores):
        rows = [row for row in result.agreements if row.truth == truth]
        tables = dict.fromkeys(row.score for row in rows)
        if not tables:
            continue
        cells = {(row.score, row.granularity): row for row in rows}
        sites = {group: max((row.sites for row in rows if row.granularity == group), default=0) for group in GROUPS}
        parts += [
            f"{title_of(truth)}.",
            Table(
                ("score", *(f"tau, {group} ({sites[group]} sites)" for group in GROUPS), "rho, sublayer"),
                tuple(
                    (
                        table,
                        *(in_words(row.kendall) if (row := cells.get((table, group))) else "" for group in GROUPS),
                        in_words(cells[table, "sublayer"].spearman) if (table, "sublayer") in cells else "",
                    )
                    for table in tables
                ),
            ),
        ]
    return Section(title, tuple(parts))


def _where(result: Result, name: str) -> Section:
    title = f"Where the redundancy is{name}"
    scores = result.session.scores
    if scores is None or not result.thirds:
        return Section(title, ("The damage of leaving out each site was not measured.",))
    parts: list[Part] = [
        f"Mean damage of leaving out one branch, by kind and by third of the depth, over {scores.images} calibration "
        "images, with 95 % intervals."
    ]
    for table in truths(scores):
        rows = [third for name_, third in result.thirds if name_ == table]
        parts += [
            Chart(
                f"{title_of(table)} of each branch",
                "block",
                _unit(table),
                tuple((str(kind), points) for kind in SUBLAYERS if (points := curve(result.session, table, kind))),
            ),
            f"{title_of(table)}.",
            Table(
                ("kind", "third", "branches", _unit(table)),
                tuple((str(row.kind), row.part, str(row.sites), in_words(row.mean)) for row in rows),
            ),
        ]
    return Section(title, tuple(parts))


def curve(session: Session, table: str, kind: Kind) -> tuple[Point, ...]:
    """A table of scores by depth, with 95 % intervals."""
    assert session.scores is not None
    sites = [site for site in session.architecture.of_kind(kind) if site.id in session.scores[table]]
    points: list[Point] = []
    for site in sites:
        score = session.scores[table][site.id]
        half = Z * score.standard_error
        points.append(
            Point(site.depth, score.mean, score.mean - half, score.mean + half, f"{site.id}, {score.mean:.4g}")
        )
    return tuple(points)


def _joint(found: Sequence[Result]) -> Section:
    """Kendall's tau of every score with the damage, a column a model."""
    columns = [f"{number}: {result.session.model.architecture}" for number, result in enumerate(found, 1)]
    taus = [
        {row.score: row.kendall for row in result.agreements if (row.truth, row.granularity) == (TRUTH, "sublayer")}
        for result in found
    ]
    tables = sorted({table for column in taus for table in column})
    rows = tuple((table, *(in_words(column[table]) if table in column else "" for column in taus)) for table in tables)
    text = "Kendall's tau-b of each score with the measured damage of leaving out a branch, by model."
    return Section("All models", (text, Table(("score", *columns), rows)))


def _series(rows: Sequence[Finding]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((row.trial.method, row.trial.repair) for row in rows))


def _data(data: DataReference) -> dict[str, Any]:
    return {"source": data.source, "images": data.images, "skipped": len(data.skipped), "seed": data.seed} | {
        "digest": data.digest
    }


def _evaluation(evaluation: Evaluation, measure: Measure | None) -> dict[str, Any]:
    value = estimate(evaluation, measure) if measure else None
    latency = evaluation.latency
    return {
        "value": value and value.to_json(),
        "kl": evaluation.kl and evaluation.kl.to_json(),
        "images": evaluation.images,
        "params": evaluation.params,
        "macs": evaluation.macs,
        "latency_ms": latency and latency.median_ms,
        "latency_quartiles_ms": latency and latency.quartiles_ms,
    }


def _unit(table: str) -> str:
    try:
        return metric_of(table).unit or table
    except KeyError:
        return table


def _p(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2g}"
