"""What one session holds, on a page: what was done and how, each figure with its interval, and how to do it again."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from vitprune import report as studied
from vitprune.architecture import SUBLAYERS, Kind
from vitprune.comparison import MARGIN, dense_beside, p_in_words
from vitprune.document import Chart, Document, Part, Point, Section, Table
from vitprune.frontier import COSTS, Frontier
from vitprune.measures import MEASURES, Measure, estimate, in_words
from vitprune.plan import Action, PruningPlan, Target
from vitprune.results import Evaluation, Session
from vitprune.scores import Score, metric_of, split_name, title_of
from vitprune.session_findings import Compared, Findings, commands, left_out, plan_file, sets_of, time_ratio
from vitprune.statistics import Estimate

CLASSES = 20  # those that changed most
SHADES = 101  # points of a drawn distribution
SCORES_IN_A_TABLE = 4
FITTED_TO = {
    Target.BRANCH: "what its branch added in the dense model",
    Target.STREAM: "the residual stream of the dense model after the site, in running order",
    Target.MODEL: "the residual stream of the dense model after the site, in running order, and the last layer of "
    "every branch that stays after the first of them is fitted again",
}


def report(found: Findings, name: str = "") -> Document:
    """For people. `name` is that of the session's file, for the commands."""
    session = found.session
    made = (
        _glance(found),
        _set_up(session),
        _plan(found),
        _worth(found),
        _tests(found),
        _classes(found),
        _time(found),
        _frontiers(found),
        _search(session),
        *_studied(session),
        _redundancy(session),
        _again(session, name or "RUN.vitprune.h5"),
    )
    sections = tuple(section for section in made if section is not None)
    return Document(f"{session.model.source}: what can go, and what it costs", sections)


def _glance(found: Findings) -> Section:
    session = found.session
    summary, whole = session.plan.summary(session.architecture), session.architecture
    parts: list[Part] = []
    if len(session.plan):
        left = [100 * part / total if total else math.nan for part, total in
                ((summary.params, whole.params), (summary.macs, whole.macs))]  # fmt: skip
        parts.append(
            f"The plan takes {len(session.plan.removed_branches(whole))} of {len(whole.sublayers)} branches away "
            f"({_actions(session.plan)}){_cut(session.plan)} and leaves {left[0]:.1f} % of the parameters and "
            f"{left[1]:.1f} % of the multiply-accumulates."
        )
    else:
        parts.append("No part of the model is planned to go.")
    if found.shown is not None:
        parts.append(f"Against the dense model, on the same images: {found.shown.changes.sentence}")
        if ratio := time_ratio(found.shown):
            parts.append(f"The time of a forward is {in_words(ratio)} of the dense model's (95 % interval).")
    elif session.evaluations and len(session.plan) and session.evaluation_of(session.plan) is None:
        parts.append("This plan was not evaluated; other plans were.")
    dense = found.shown.dense if found.shown else _newest_dense(session)
    told = (
        (measure, value)
        for measure in MEASURES.values()
        if dense is not None and measure.of_dense is None and (value := estimate(dense, measure)) is not None
    )
    parts += [f"Dense model: {measure.title} {in_words(value, measure)}, n {value.n:,}." for measure, value in told][:1]
    return Section("At a glance", tuple(parts))


def _newest_dense(session: Session) -> Evaluation | None:
    """That on the images of the newest evaluation, where the dense model was measured on those."""
    newest_first = session.evaluations[::-1]
    return next((dense for e in newest_first if (dense := dense_beside(session.evaluations, e))), None)


def _set_up(session: Session) -> Section:
    model, where, whole = session.model, session.environment, session.architecture
    args = ", ".join(f"{name}={value}" for name, value in sorted(model.model_args.items()))
    rows = [
        ("model", model.source),
        ("architecture", model.architecture),
        *([("its arguments", args)] if args else []),
        ("weights, SHA-256", model.weights_sha256),
        *([("licence", model.licence)] if model.licence else []),
        ("input", f"{' x '.join(map(str, whole.input_size))}, {whole.tokens} tokens, {whole.num_classes} classes"),
        ("parameters", f"{whole.params:,}"),
        ("multiply-accumulates for one image", f"{whole.macs:,}"),
        ("device", f"{where.device}, {where.precision}, {where.threads} threads, {where.processor}, {where.platform}"),
        ("versions", f"ViTPrune {where.vitprune}, torch {where.torch}, timm {where.timm}, Python {where.python}"),
        ("begun", session.created),
    ]
    for data in sets_of(session):
        title = "images analysed" if session.data and data.digest == session.data.digest else "images evaluated"
        labels = f"{len(data.class_names)} classes" if data.labels else "without labels"
        rows += [
            (title, f"{data.images:,} from {data.source}, {labels}, {len(data.skipped)} skipped, seed {data.seed}"),
            (f"{title}, SHA-256", data.digest),
        ]
    return Section("What was measured, on what, and where", (Table(("", ""), tuple(rows)),))


def _redundancy(session: Session) -> Section | None:
    scores = session.scores
    if scores is None:
        return None
    tables = [table for table in scores if split_name(table)[1] == "all"]
    text = (
        f"Mean over {scores.images:,} images with its standard error over images; the charts have 95 % intervals. "
        "Scores are over all tokens. A score predicts; what a plan costs is measured above."
    )
    parts: list[Part] = [text]
    for table in tables:
        curves = ((kind, studied.curve(session, table, kind)) for kind in (*SUBLAYERS, Kind.BLOCK))
        series = tuple((str(kind), points) for kind, points in curves if points)
        if table in ("cosine", "damage") and series:
            parts.append(Chart(f"{title_of(table)} by depth", "block", _axis(table), series))
    for some in _some(tables):
        rows = tuple(
            (
                site.id,
                str(site.kind),
                *(_score(scores[table].get(site.id)) for table in some),
            )
            for site in session.architecture.sites
            if any(site.id in scores[table] for table in some)
        )
        parts.append(Table(("site", "kind", *(_axis(table) for table in some)), rows))
    return Section("How redundant each site is", tuple(parts))


def _score(score: Score | None) -> str:
    if score is None:
        return ""
    return f"{score.mean:.4g} ± {score.standard_error:.2g}" if math.isfinite(score.mean) else "unknown"


def _some(tables: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(tables), SCORES_IN_A_TABLE):
        yield tables[first : first + SCORES_IN_A_TABLE]


def _studied(session: Session) -> Iterator[Section]:
    """What a study found, and what needs the damage of every site to have been measured."""
    (result,) = studied.results([session])
    topics = studied.sections(result)
    if session.study is not None and result.findings:
        yield replace(topics["worth"], title="What the study found")
    if result.agreements:
        yield topics["ranks"]
        yield topics["where"]


def _plan(found: Findings) -> Section | None:
    session = found.session
    plan, whole = session.plan, session.architecture
    if not len(plan):
        return None
    actions = dict(plan.actions)
    evaluation = session.evaluation_of(plan)
    fits = {fit.site: fit for fit in evaluation.repair.sites} if evaluation and evaluation.repair else {}
    rows: list[tuple[str, ...]] = []
    for site in whole.sites:
        if (action := actions.get(site.id)) is None:
            continue
        cost, fit = site.cost(action), fits.get(site.id)
        done = "removed" if action is Action.REMOVE else f"replaced: {action}"
        instead = f"{cost.params:,}, {cost.macs:,}" if cost else "none"
        told = "" if fit is None or math.isnan(fit.explained) else f"{100 * fit.explained:.1f} %"
        rows.append((site.id, str(site.kind), done, f"{site.params:,}", f"{site.macs:,}", instead, told))
    for site, what in plan.narrowed(whole).items():
        number, found_site, fit = len(plan.units_of(site)), whole.by_id[site], fits.get(site)
        told = "" if fit is None or math.isnan(fit.explained) else f"{100 * fit.explained:.1f} %"
        lost = f"{number * found_site.unit_params:,}", f"{number * found_site.unit_macs:,}"
        made_up = f"compensation: {plan.compensation}"
        rows.append((site, str(found_site.kind), f"loses {what}", *lost, made_up, told))
    summary = plan.summary(whole)
    columns = ("site", "kind", "what happens", "parameters", "MACs", "in its place: parameters, MACs", "explained")
    text = (
        f"Left: {summary.params:,} parameters and {summary.macs:,} multiply-accumulates for one image. No model can "
        f"become faster than {summary.speedup_bound:.2f} times by what is taken away."
    )
    parts: list[Part] = [text]
    if plan.needs_calibration:
        on = f" on {evaluation.repair.images:,} images" if evaluation and evaluation.repair else ""
        parts.append(
            f"What stands for a site is fitted in closed form{on}, without labels, to {FITTED_TO[plan.target]}. "
            "Explained: the share of what was to be made good that the fit explains, by generalised cross-validation."
        )
    return Section("The plan", (*parts, Table(columns, tuple(rows))))


def _search(session: Session) -> Section | None:
    if not session.searches:
        return None
    parts: list[Part] = []
    for search in session.searches:
        settings, steps = search.state.settings, search.steps
        text = (
            f"On {settings.images:,} images by {settings.objective}, {settings.granularity} by {settings.granularity}, "
            f"width {settings.width}, repair: {settings.repair}. Tied: sites of which the images do not tell that they "
            "would have been a worse choice."
        )
        points = tuple(
            Point(number, step.damage.value, step.damage.low, step.damage.high, f"{step.site}: {in_words(step.damage)}")
            for number, step in enumerate(steps, 1)
        )
        rows = tuple(
            (str(number), step.site, in_words(step.damage), f"{step.damage.n:,}", ", ".join(step.tied) or "none")
            for number, step in enumerate(steps, 1)
        )
        parts += [
            text,
            Chart("Damage after each step", "sites gone", settings.objective, (("damage", points),)),
            Table(("step", "site", f"{settings.objective} with 95 % interval", "n", "tied"), rows),
        ]
    return Section("The search", tuple(parts))


def _worth(found: Findings) -> Section | None:
    if not found.session.evaluations:
        return None
    parts: list[Part] = ["With 95 % intervals over images; n is their number."]
    for group in found.groups:
        known = [m for m in MEASURES.values() if any(estimate(e, m) is not None for e in group)]
        rows = tuple(
            (
                found.name(e.plan),
                _actions(e.plan),
                f"{e.images:,}",
                *(in_words(value, m) if (value := estimate(e, m)) is not None else "" for m in known),
                f"{e.params / 1e6:,.3f}",
                f"{e.macs / 1e6:,.1f}",
            )
            for e in group
        )
        columns = ("", "branches and repairs", "n", *(m.title for m in known), "M parameters", "MMACs")
        warned = dict.fromkeys(f"{found.name(e.plan)}: {text}" for e in group for text in e.warnings)
        parts += [_measured_on(group), Table(columns, rows), *warned]
    return Section("What each plan is worth", tuple(parts))


def _tests(found: Findings) -> Section | None:
    if not found.compared:
        return None
    parts: list[Part] = [
        "Each plan against the dense model, image by image. McNemar's test is exact; adjusted (Holm) for all plans on "
        f"the same images. Equal: the 90 % interval lies within {100 * MARGIN:g} pp either way (two one-sided tests)."
    ]
    columns = ("", "measure", "difference (95 % interval)", "n", "McNemar p", "p, adjusted", "equal", "lost, gained")
    for group in found.groups:
        rows = tuple(row for e in group if (one := found.of(e)) for row in _tested(found.name(e.plan), one))
        parts += [_measured_on(group), Table(columns, rows)] if rows else []
    return Section("Paired tests against the dense model", tuple(parts))


def _tested(name: str, one: Compared) -> Iterator[tuple[str, ...]]:
    """A row a measure; what is of the images, and not of the measure, in the first."""
    flips = one.changes.flips
    for number, difference in enumerate(one.changes.differences.values()):
        test, equal = difference.mcnemar, difference.equivalence
        yield (
            name,
            difference.measure.title,
            in_words(difference.difference, difference.measure, signed=True),
            f"{difference.difference.n:,}",
            p_in_words(test.p) if test else "",
            p_in_words(one.adjusted) if test and not number and not math.isnan(one.adjusted) else "",
            f"{'yes' if equal.equivalent else 'not shown'} (p {p_in_words(equal.p)})" if equal else "",
            f"{len(flips.right_to_wrong)}, {len(flips.wrong_to_right)}" if not number else "",
        )


def _classes(found: Findings) -> Section | None:
    if found.shown is None or not found.shown.changes.classes:
        return None
    classes = sorted(found.shown.changes.classes, key=lambda one: one.difference)
    kept = sorted(classes, key=lambda one: -abs(one.difference))[:CLASSES]
    top1 = MEASURES["top1"]
    rows = tuple(
        (one.name, f"{one.n:,}", in_words(one.change, top1, signed=True), p_in_words(one.p), p_in_words(one.adjusted))
        for one in classes
        if one in kept
    )
    left = len(classes) - len(kept)
    text = "Share right with the plan less that of the dense model; p adjusted for all classes (Benjamini, Hochberg)."
    others = [f"{left} more classes changed less."] if left else []
    table = Table(("class", "n", "difference (95 % interval)", "McNemar p", "p, adjusted"), rows)
    return Section("Which classes the plan costs", (text, *others, table))


def _time(found: Findings) -> Section | None:
    session = found.session
    timed = [e for e in session.evaluations if e.latency is not None]
    if not timed and session.latencies is None:
        return None
    parts: list[Part] = []
    if timed:
        rows: list[tuple[str, ...]] = []
        for e in timed:
            assert e.latency is not None
            low, high = e.latency.quartiles_ms
            ratio = time_ratio(compared) if (compared := found.of(e)) else None
            rows.append(
                (
                    found.name(e.plan),
                    f"{e.latency.median_ms:.3f} ({low:.3f} to {high:.3f})",
                    f"{len(e.latency.samples_ms):,}",
                    f"{e.latency.images_per_second:,.0f}",
                    f"{e.latency.batch_size}, {e.latency.threads} threads, {e.latency.device}",
                    in_words(ratio) if ratio else "",
                )
            )
        shown = [e for e in timed if not len(e.plan) or e.plan == session.plan]
        columns = ("", "ms, median (quartiles)", "timings", "images/s", "batch, machine", "of the dense model's")
        parts += [
            "One forward of a batch, models taking turns. Ratios of medians have 95 % bootstrap intervals over "
            "timings: below 1 is faster.",
            Chart(
                "Distribution of the timings",
                "time of one batch (ms)",
                "share of timings as fast",
                tuple((found.name(e.plan), _distribution(e)) for e in shown),
            ),
            Table(columns, tuple(rows)),
        ]
    if (table := session.latencies) is not None:
        expected = table.expected_ms(session.architecture)
        quartiles = {site: table.quartiles_ms(site) for site in expected}
        rows = [(site, f"{expected[site]:.3f}", f"{low:.3f} to {high:.3f}") for site, (low, high) in quartiles.items()]
        parts += [
            f"What each site takes of a forward of {table.batch_size} images ({table.threads} threads, {table.device}, "
            f"{len(table.whole_ms)} forwards).",
            Table(("site", "ms", "quartiles"), tuple(rows)),
        ]
    return Section("Time", tuple(parts))


def _distribution(evaluation: Evaluation) -> tuple[Point, ...]:
    assert evaluation.latency is not None
    samples = evaluation.latency.samples_ms
    shares = np.linspace(0, 1, min(SHADES, max(2, len(samples))))
    times = np.quantile(samples, shares)
    return tuple(Point(float(x), float(y), label=f"{x:.3f} ms") for x, y in zip(times, shares, strict=True))


def _frontiers(found: Findings) -> Section | None:
    parts: list[Part] = []
    for group in found.groups:
        measure = next((m for m in MEASURES.values() if all(estimate(e, m) is not None for e in group)), None)
        if measure is None or len(group) < 3:
            continue
        machines = {e.latency.conditions for e in group if e.latency}
        costs = ("macs", "latency") if len(machines) == 1 else ("macs",)
        parts += [_measured_on(group), *(_frontier(found, group, cost, measure) for cost in costs)]
    text = "A point an evaluation; the line joins those that none beats at the same or a lower cost."
    return Section("Frontier", (text, *parts)) if parts else None


def _frontier(found: Findings, group: Sequence[Evaluation], cost: str, measure: Measure) -> Chart:
    front = Frontier.of({str(number): e for number, e in enumerate(group)}, cost, measure.name)
    unit, scale = (COSTS[cost].unit, 1.0) if COSTS[cost].timed else ("millions", 1e-6)
    percent = 100 if measure.share else 1

    def drawn(number: str, x: float, y: Estimate) -> Point:
        text = f"{found.name(group[int(number)].plan)}, {in_words(y, measure)}"
        return Point(scale * x, percent * y.value, percent * y.low, percent * y.high, text)

    series: dict[str, list[Point]] = {}
    for point in front.points:
        name = _repairs(group[int(point.label)].plan)
        series.setdefault(name, []).append(drawn(point.label, point.cost.median, point.quality))
    return Chart(
        f"{measure.title} against {COSTS[cost].title}",
        f"{COSTS[cost].title} ({unit})",
        f"{measure.title} ({'%' if measure.share else measure.unit})",
        tuple((name, tuple(points)) for name, points in series.items()),
        front=tuple(drawn(point.label, point.cost.median, point.quality) for point in front.front),
    )


def _again(session: Session, name: str) -> Section:
    parts: list[Part] = ["The same again, on a machine with ViTPrune; figures of time vary from machine to machine:"]
    parts += commands(session, name)
    parts += left_out(session)
    if len(session.plan):
        parts += ["PLAN.json:", json.dumps(plan_file(session), sort_keys=True)]
    if session.log:
        rows = tuple((entry.when, entry.what, f"{entry.seconds:.1f}", entry.version) for entry in session.log)
        parts += ["What was done for this session:", Table(("when", "what", "seconds", "ViTPrune"), rows)]
    return Section("How to reproduce", tuple(parts))


def _measured_on(group: Sequence[Evaluation]) -> str:
    """What evaluations that can be compared share."""
    data = group[0].data
    return f"On {data.images:,} images from {data.source} (seed {data.seed}), in {group[0].precision}:"


def _actions(plan: PruningPlan) -> str:
    """none; 4 linear, 2 removed"""
    count = Counter("removed" if action is Action.REMOVE else str(action) for _, action in plan.actions)
    return ", ".join(f"{number} {what}" for what, number in sorted(count.items())) or "none"


def _cut(plan: PruningPlan) -> str:
    if not plan.units:
        return ""
    return f", {sum(len(units) for _, units in plan.units):,} heads or neurons from {len(plan.units)} others"


def _repairs(plan: PruningPlan) -> str:
    kinds = sorted({"removed" if action is Action.REMOVE else str(action) for _, action in plan.actions})
    return ", ".join([*kinds, *(["width"] if plan.units else [])]) or "dense"


def _axis(table: str) -> str:
    try:
        unit = metric_of(table).unit
    except KeyError:
        unit = ""
    return f"{title_of(table)} ({unit})" if unit else title_of(table)
