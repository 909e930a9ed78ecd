"""What a line-up of sessions says, on a page and in a terminal. All figures are those of the `Lineup`."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from vitprune.comparison import p_in_words
from vitprune.contrast import Contrast
from vitprune.document import Chart, Document, Gallery, Part, Point, Section, Table
from vitprune.lineup import Against, Entry, Flip, Lineup
from vitprune.measures import MEASURES, Measure, in_words
from vitprune.profiles import BY_DEPTH, Profile
from vitprune.scores import metric_of, title_of
from vitprune.statistics import Estimate

CLASSES = 20  # on a page, of each session: those that changed most
FLIPS = 50  # on a page, of each session and each way
SHADES = 101  # points of a drawn distribution


def summary(lineup: Lineup) -> Document:
    """What fits in a terminal."""
    told = [_compared(lineup), _settings(lineup), _worth(lineup, charts=False), _time(lineup, charts=False)]
    told += [_ranks(lineup), _plans(lineup)]
    return Document(f"{len(lineup.entries)} sessions against {lineup.baseline}", tuple(filter(None, told)))


def sections(
    lineup: Lineup, files: Mapping[str, Path] | None = None, left_out: Sequence[str] = ()
) -> dict[str, Section]:
    """All that there is to say, topic by topic, in the order of a page; what there is nothing to say of is left out.
    `files` are the sessions' own, by name, and `left_out` says which could not be opened."""
    made = {
        "glance": _compared(lineup, left_out),
        "settings": _settings(lineup),
        "worth": _worth(lineup, charts=True),
        "cost": _cost(lineup),
        "time": _time(lineup, charts=True),
        "frontier": _frontiers(lineup),
        "classes": _classes(lineup),
        "flips": _flips(lineup),
        "plans": _plans(lineup),
        "profiles": _profiles(lineup),
        "ranks": _ranks(lineup),
        "again": _again(lineup, files or {}),
    }
    return {topic: section for topic, section in made.items() if section is not None}


def report(lineup: Lineup, files: Mapping[str, Path] | None = None, left_out: Sequence[str] = ()) -> Document:
    """Everything that a page holds at a glance: all `sections`."""
    title = f"{len(lineup.entries)} sessions against {lineup.baseline}"
    return Document(title, tuple(sections(lineup, files, left_out).values()))


def _compared(lineup: Lineup, left_out: Sequence[str] = ()) -> Section:
    rows = []
    for number, entry in enumerate(lineup.entries.values(), 1):
        removal, baseline = entry.removal, "the baseline; " if entry.name == lineup.baseline else ""
        rows.append(
            (
                str(number),
                entry.name,
                entry.session.model.architecture,
                f"{removal.branches} ({removal.repaired} sites repaired)"
                if removal.repaired
                else str(removal.branches),
                f"{removal.params / 1e6:,.2f} ({100 * removal.params_left:.1f} %)",
                f"{removal.macs / 1e6:,.1f} ({100 * removal.macs_left:.1f} %)",
                f"{entry.evaluation.images:,}" if entry.evaluation else "none",
                f"{baseline}{entry.chosen}",
            )
        )
    columns = (
        "",
        "session",
        "model",
        "branches removed",
        "M parameters left",
        "MMACs left",
        "test images",
        "compared by",
    )
    sentences = [_headline(lineup, against) for against in lineup.against.values()]
    rule = (
        "A session is compared by the newest evaluation of its current plan; where that plan was never evaluated, by "
        "its newest evaluation of all."
    )
    return Section("At a glance", (*sentences, *left_out, Table(columns, tuple(rows)), rule))


def _headline(lineup: Lineup, against: Against) -> str:
    main = against.contrasts.main if against.contrasts else None
    if against.contrasts is None or main is None:
        return f"{against.name}: no measure in common with {lineup.baseline}."
    equal = main.equivalence
    shown = "shown to be equal" if equal and equal.equivalent else "not shown to be equal"
    verdict = f"; {shown} within {100 * equal.margin:g} pp (p {p_in_words(equal.p)})" if equal else ""
    paired = "paired" if against.contrasts.paired else "other images, unpaired"
    return f"{against.name} against {lineup.baseline} ({paired}): {main.sentence}{verdict}."


def _settings(lineup: Lineup) -> Section:
    title = "What differs in the set-up"
    if not lineup.settings:
        return Section(title, ("Nothing: model, weights, images, versions and machine are the same.",))
    if len(lineup.entries) > 5:  # a column a session would be too wide
        return Section(title, tuple(f"{one.sentence}." for one in lineup.settings))
    rows = tuple((one.name, *one.values) for one in lineup.settings)
    return Section(title, ("What is the same in all sessions is left out.", Table(("", *lineup.entries), rows)))


def _worth(lineup: Lineup, *, charts: bool) -> Section | None:
    title = "What each is worth"
    base = lineup.entries[lineup.baseline]
    names = dict.fromkeys(name for entry in lineup.entries.values() for name in entry.estimates)
    if not names:
        return Section(title, ("Nothing was evaluated.",))
    measures = {one.measure.name: one.measure for _, one in _all_contrasts(lineup)}
    parts: list[Part] = [
        "With 95 % intervals over images. The difference is from the baseline; p is of no difference, and adjusted "
        "(Holm) for the number of sessions tested against the baseline by that measure. Equal: the 90 % interval of "
        f"the difference lies within {100 * lineup.margin:g} pp either way (two one-sided tests).",
        *dict.fromkeys(f"{one.name}: {one.contrasts.why}" for one in lineup.against.values() if one.contrasts),
    ]
    for name, measure in measures.items():
        rows: list[tuple[str, ...]] = []
        for entry in lineup.entries.values():
            contrasts = lineup.against[entry.name].contrasts if entry is not base else None
            one = contrasts.measures.get(name) if contrasts else None
            value = entry.estimates.get(name)
            rows.append((entry.name, in_words(value, measure) if value else "not measured", *_tested(one)))
        if charts:
            parts.append(_difference_chart(lineup, measure))
        columns = ("session", measure.title, "difference", "test", "p", "p, adjusted", "equal")
        parts.append(Table(columns, tuple(rows)))
    for name in names:
        if name not in measures:
            found = ((e.name, e.estimates[name]) for e in lineup.entries.values() if name in e.estimates)
            said = (f"{session} {value.value:.4g} ({value.low:.4g} to {value.high:.4g})" for session, value in found)
            parts.append(f"{name}, not measured in the baseline and another: {'; '.join(said)}.")
    return Section(title, tuple(parts))


def _tested(one: Contrast | None) -> tuple[str, ...]:
    if one is None:
        return "", "", "", "", ""
    equal = one.equivalence
    tested = (one.test, p_in_words(one.p), p_in_words(one.adjusted)) if one.test else ("by definition", "", "")
    told = f"{'yes' if equal.equivalent else 'not shown'} (p {p_in_words(equal.p)})" if equal else ""
    return in_words(one.difference, one.measure, signed=True), *tested, told


def _difference_chart(lineup: Lineup, measure: Measure) -> Chart:
    """A point a session, in the order of the table above."""
    numbers = {name: number for number, name in enumerate(lineup.entries, 1)}
    scale = 100 if measure.share else 1
    differences = {session: one.difference for session, one in _all_contrasts(lineup) if one.measure == measure}
    points = {
        session: _scaled(numbers[session], found, scale, in_words(found, measure, signed=True))
        for session, found in differences.items()
    }
    series = tuple((session, (points[session],) if session in points else ()) for session in numbers)
    unit = f" ({measure.unit})" if measure.unit else ""
    title = f"Difference from {lineup.baseline}: {measure.title}"
    return Chart(title, "number of the session", f"difference{unit}", series, numbered=True)


def _cost(lineup: Lineup) -> Section | None:
    rows: list[tuple[str, ...]] = []
    for entry in lineup.entries.values():
        for one in entry.cost.measures.values() if entry.cost else ():
            p = p_in_words(one.p) if one.test else ""
            values = (
                in_words(one.a, one.measure),
                in_words(one.b, one.measure),
                in_words(one.difference, one.measure, signed=True),
            )
            rows.append((entry.name, one.measure.title, *values, one.test or "by definition", p))
    if not rows:
        return None
    columns = ("session", "measure", "whole model", "with the plan", "difference", "test", "p")
    text = "The plan of each session against the whole model of the same session, image by image; p as it is."
    return Section("What each plan costs in its own model", (text, Table(columns, tuple(rows))))


def _time(lineup: Lineup, *, charts: bool) -> Section | None:
    if not lineup.timings:
        return None
    rows: list[tuple[str, ...]] = []
    for name, timing in lineup.timings.items():
        latency = timing.latency
        low, high = latency.quartiles_ms
        rows.append(
            (
                name,
                f"{latency.median_ms:.2f} ({low:.2f} to {high:.2f})",
                str(len(latency.samples_ms)),
                f"{latency.batch_size}, {_count(latency.threads, 'thread')}, {latency.device}",
                in_words(timing.ratio) if timing.ratio else "not comparable",
                in_words(timing.of_dense) if timing.of_dense else "",
                "" if timing.ratio else timing.why.removeprefix("Not comparable: ").rstrip("."),
            )
        )
    columns = (
        "session",
        "ms, median (quartiles)",
        "timings",
        "batch, machine",
        "of the baseline's",
        "of its own whole model",
        "why not comparable",
    )
    text = (
        "Ratios of medians with 95 % bootstrap intervals over timings: below 1 is faster. They hold the noise within "
        "each run, not what changed on the machine between two; the ratio to the session's own whole model, as a "
        "rule timed in turns with it, is the firmer one."
    )
    drawn = [_distributions(lineup)] if charts else []
    return Section("Time", (text, *drawn, Table(columns, tuple(rows))))


def _distributions(lineup: Lineup) -> Chart:
    series: list[tuple[str, tuple[Point, ...]]] = []
    for name in lineup.entries:
        points: list[Point] = []
        if name in lineup.timings:
            samples = lineup.timings[name].latency.samples_ms
            shares = np.linspace(0, 1, min(SHADES, max(2, len(samples))))
            times = np.quantile(samples, shares)
            points = [Point(float(x), float(y), label=f"{x:.2f} ms") for x, y in zip(times, shares, strict=True)]
        series.append((name, tuple(points)))
    return Chart("Distribution of the timings", "time of one batch (ms)", "share of timings as fast", tuple(series))


def _frontiers(lineup: Lineup) -> Section | None:
    if not lineup.frontiers:
        return None
    parts: list[Part] = [
        "All evaluations of the baseline's images. On the frontier: none is as cheap and as good and better in one of "
        f"the two. {lineup.frontier_note}".strip()
    ]
    for frontier in lineup.frontiers:
        cost, measure = frontier.cost, frontier.quality
        scale = 1.0 if cost.timed else 1e-6
        unit = cost.unit if cost.timed else "millions"
        percent = 100 if measure.share else 1
        series: dict[str, list[Point]] = {name: [] for name in lineup.entries}
        for point in frontier.points:
            text = f"{_plan_of(point.label, series)}, {in_words(point.quality, measure)}"
            found = _scaled(scale * point.cost.median, point.quality, percent, text)
            series[_session_of(point.label, series)].append(found)
        drawn = tuple((name, tuple(sorted(points, key=lambda p: p.x))) for name, points in series.items())
        front = tuple(
            _scaled(scale * point.cost.median, point.quality, percent, point.label) for point in frontier.front
        )
        axis = (
            f"{measure.title} ({'%' if measure.share else measure.unit})"
            if measure.share or measure.unit
            else measure.title
        )
        title = f"{measure.title} against {cost.title}"
        rows = tuple(
            (
                point.label,
                f"{scale * point.cost.median:,.2f}",
                in_words(point.quality, measure),
                "the timing is too good to be true" if point.too_fast else "",
            )
            for point in frontier.front
        )
        parts += [
            Chart(title, f"{cost.title} ({unit})", axis, drawn, front=front),
            Table((f"on the frontier by {cost.title}", unit, measure.title, ""), rows),
        ]
    return Section("Frontier of all sessions", tuple(parts))


def _session_of(label: str, names: Iterable[str]) -> str:
    return max((name for name in names if label.startswith(f"{name}: ")), key=len)


def _plan_of(label: str, names: Iterable[str]) -> str:
    return label[len(_session_of(label, names)) + 2 :]


def _classes(lineup: Lineup) -> Section | None:
    parts: list[Part] = []
    for against in lineup.against.values():
        comparison = against.contrasts.comparison if against.contrasts else None
        if comparison is None or not comparison.classes:
            continue
        worst = sorted(comparison.classes, key=lambda one: (one.adjusted, -abs(one.difference)))[:CLASSES]
        shown = f", the {CLASSES} most telling" if len(comparison.classes) > CLASSES else ""
        rows = tuple(
            (
                one.name,
                str(one.n),
                in_words(one.change, MEASURES["top1"], signed=True),
                p_in_words(one.p),
                p_in_words(one.adjusted),
            )
            for one in worst
        )
        parts.append(f"{against.name}: {len(comparison.classes)} classes{shown}.")
        parts.append(Table(("class", "images", "difference", "McNemar p", "p, adjusted"), rows))
    if not parts:
        return None
    text = (
        "Share of each class that is right, less that of the baseline, on the same images, with its 95 % interval "
        "(Tango's); p is that of McNemar's exact test, adjusted for having "
        "looked at all classes (Benjamini and Hochberg)."
    )
    return Section("Classes", (text, *parts))


def _flips(lineup: Lineup) -> Section | None:
    parts: list[Part] = []
    for against in lineup.against.values():
        for flips, what in ((against.worse, "wrong here alone"), (against.better, "right here alone")):
            if not flips:
                continue
            more = f", the first {FLIPS} shown; --json has all" if len(flips) > FLIPS else ""
            parts.append(f"{against.name}, {what}: {len(flips)} images{more}.")
            rows = tuple((f.path, f.label, f.baseline, f.session) for f in flips[:FLIPS])
            parts.append(Table(("image", "class", f"by {lineup.baseline}", f"by {against.name}"), rows))
            known = ((flip, lineup.thumbnail(flip.path)) for flip in flips[:FLIPS])
            shown = tuple((_said(flip), pixels) for flip, pixels in known if pixels is not None)
            parts += [Gallery(shown)] if shown else []
    return Section("Images whose outcome differs", tuple(parts)) if parts else None


def _said(flip: Flip) -> str:
    return f"{flip.label + ': ' if flip.label else ''}{flip.baseline} → {flip.session}"


def _plans(lineup: Lineup) -> Section:
    removal = lineup.entries[lineup.baseline].removal
    text = f"{lineup.baseline}, the baseline, removes {_count(removal.branches, 'branch')}."
    return Section("Plans", (text, *(f"{one.name}: {one.plan.sentence}." for one in lineup.against.values())))


def _profiles(lineup: Lineup) -> Section | None:
    charts: list[Part] = []
    for table in lineup.tables:
        for kind in dict.fromkeys(one.kind for one in lineup.profiles if one.table == table):
            held = {one.session: one for one in lineup.profiles if (one.table, one.kind) == (table, kind)}
            series = tuple((name, _curve(held[name]) if name in held else ()) for name in lineup.entries)
            charts.append(Chart(f"{title_of(table)}, {kind}", "relative depth", _axis(table), series))
    if not charts:
        return None
    text = (
        "Mean over images with its 95 % interval (Student's). Relative depth runs from 0, the first branch or block, "
        "to 1, the last, whatever the model."
    )
    return Section("Scores over depth", (text, *charts))


def _curve(profile: Profile) -> tuple[Point, ...]:
    rows = zip(profile.depth, profile.mean, profile.low, profile.high, profile.sites, strict=True)
    return tuple(Point(float(x), float(y), float(lo), float(hi), f"{site}, {y:.4g}") for x, y, lo, hi, site in rows)


def _ranks(lineup: Lineup) -> Section | None:
    found = [(one.name, ranks) for one in lineup.against.values() for ranks in one.ranks]
    if not found:
        return None
    rows = tuple(
        (
            name,
            ranks.table,
            f"{ranks.sites} ({', '.join(ranks.kinds)})",
            ranks.matched,
            in_words(ranks.kendall),
            in_words(ranks.spearman),
        )
        for name, ranks in found
    )
    text = (
        f"Whether a score orders the sites as in {lineup.baseline}: 1 in the same order, 0 none, -1 the opposite; 95 % "
        "intervals from resampled images."
    )
    weaker = (
        "By relative depth, for other architectures: attention and MLP apart, the model with more of them is read at "
        "the depths of the one with fewer, linearly between two neighbours. This compares the course over depth, and "
        "no site with its like: it says less than site by site."
    )
    table = Table(("session", "score", "sites", "matched", "Kendall's tau-b", "Spearman's rho"), rows)
    deep = any(ranks.matched == BY_DEPTH for _, ranks in found)
    return Section("Do scores agree", (text, *((weaker,) if deep else ()), table))


def _again(lineup: Lineup, files: Mapping[str, Path]) -> Section:
    names = [str(files.get(name, f"{name}.vitprune.h5")) for name in lineup.entries]
    number = list(lineup.entries).index(lineup.baseline) + 1
    options = ["--baseline", str(number), "--margin", f"{lineup.margin:g}", "--html", "REPORT.html"]
    command = shlex.join(["vitprune", "compare", *names, *options])
    rows = tuple(
        (name, str(files.get(name, "")), entry.session.model.weights_sha256, _digest(entry), entry.session.created)
        for name, entry in lineup.entries.items()
    )
    columns = ("session", "file", "weights, SHA-256", "test images, SHA-256", "begun")
    text = "The same figures again, to the last digit, from the same files; --json has all of them:"
    log = tuple(
        (name, entry.when, entry.what, f"{entry.seconds:.1f}", entry.version)
        for name, one in lineup.entries.items()
        for entry in one.session.log
    )
    done: list[Part] = ["What was done for each:", Table(("session", "when", "what", "seconds", "ViTPrune"), log)]
    return Section("How to reproduce", (text, command, Table(columns, rows), *(done if log else ())))


def _digest(entry: Entry) -> str:
    return entry.evaluation.data.digest if entry.evaluation else ""


def _count(number: int, noun: str) -> str:
    many = f"{noun}es" if noun.endswith("ch") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def _all_contrasts(lineup: Lineup) -> list[tuple[str, Contrast]]:
    """The main measures first, of every session."""
    return [
        (against.name, one)
        for against in lineup.against.values()
        if against.contrasts
        for one in against.contrasts.measures.values()
    ]


def _scaled(x: float, found: Estimate, scale: float, label: str) -> Point:
    return Point(x, scale * found.value, scale * found.low, scale * found.high, label)


def _axis(table: str) -> str:
    try:
        unit = metric_of(table).unit
    except KeyError:
        unit = ""
    return f"{table} ({unit})" if unit else table
