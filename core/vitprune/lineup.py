"""Several sessions side by side, one of them the baseline: from what they hold alone, without a model or an image."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitprune.comparison import MARGIN, check_margin, check_same_images, dense_beside
from vitprune.contrast import Contrasts, adjusted_together, contrast
from vitprune.errors import ArgumentInvalid, ComparisonImpossible
from vitprune.frontier import Frontier
from vitprune.measures import MEASURES, Measure, estimate
from vitprune.plan import PruningPlan
from vitprune.plan_difference import PlanDifference
from vitprune.profiles import Profile, RankAgreement, RankAgreements, profiles
from vitprune.results import Evaluation, Latency, Session
from vitprune.statistics import Estimate, ratio_of_medians

COSTS = ("macs", "params", "latency")


@dataclass(frozen=True, slots=True)
class Setting:
    """Something in which not all sessions agree: what it is in each, in their order, "" where it is not known."""

    name: str
    values: tuple[str, ...]
    sessions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """seed: 0 in a, b; 7 in c"""
        where: dict[str, list[str]] = {}
        for value, session in zip(self.values, self.sessions, strict=True):
            where.setdefault(value, []).append(session)
        said = (f"{value or 'none'} in {', '.join(names)}" for value, names in where.items())
        return f"{self.name}: {'; '.join(said)}"


@dataclass(frozen=True, slots=True)
class Removal:
    """What the plan that is compared does to its own model: branches that go, and what is left as shares of 1."""

    branches: int
    repaired: int
    params: int
    params_left: float
    macs: int
    macs_left: float


@dataclass(frozen=True)
class Entry:
    """One session. `evaluation` is what it is compared by: the newest of its current plan, or, where that plan was
    never evaluated, the newest of all; `chosen` says which, in words. `dense` is the newest evaluation of the whole
    model on the same images, and `cost` what the plan costs beside it; both None where there is none, or where
    `evaluation` is that itself."""

    name: str
    session: Session
    removal: Removal
    evaluation: Evaluation | None
    chosen: str
    dense: Evaluation | None
    cost: Contrasts | None

    @property
    def estimates(self) -> dict[str, Estimate]:
        """Every measure of the evaluation, by name."""
        if self.evaluation is None:
            return {}
        found = {name: estimate(self.evaluation, measure) for name, measure in MEASURES.items()}
        return {name: one for name, one in found.items() if one is not None}


@dataclass(frozen=True, slots=True)
class Flip:
    """An image whose outcome differs: its index and path in the data set, and the classes, "" where not known."""

    index: int
    path: str
    label: str
    baseline: str
    session: str


@dataclass(frozen=True)
class Timing:
    """The wall time of a session beside the baseline's. `ratio` is its median over the baseline's, None where the two
    cannot be compared; `why` says why not, or under which conditions. `of_dense` is the median over that of the same
    session's whole model, timed in the same way. The intervals hold the noise within each run, and not what changed on
    the machine between two."""

    latency: Latency
    ratio: Estimate | None
    why: str
    of_dense: Estimate | None


@dataclass(frozen=True)
class Against:
    """One session against the baseline. `contrasts` is None where either has no evaluation; `worse` are images that the
    baseline has right and the session wrong, `better` the reverse, empty for other images."""

    name: str
    plan: PlanDifference
    ranks: tuple[RankAgreement, ...]
    contrasts: Contrasts | None
    worse: tuple[Flip, ...]
    better: tuple[Flip, ...]


@dataclass(frozen=True)
class Lineup:
    """All sessions in the order in which they were given; `against` has all but the baseline, and `timings` those that
    were timed, each by name. `frontiers` are over all evaluations of the baseline's images, by cost, with a point
    `NAME: PLAN` each, and `frontier_note` says what was left out of them."""

    baseline: str
    margin: float
    entries: Mapping[str, Entry]
    settings: tuple[Setting, ...]
    tables: tuple[str, ...]
    profiles: tuple[Profile, ...]
    against: Mapping[str, Against]
    timings: Mapping[str, Timing]
    frontiers: tuple[Frontier, ...]
    frontier_note: str

    def thumbnail(self, path: str) -> NDArray[np.uint8] | None:
        """(side, side, 3), of an image of the baseline's evaluation, where one of the sessions holds it."""
        evaluation = self.entries[self.baseline].evaluation
        held = [entry.session.thumbnails for entry in self.entries.values()]
        found = (one.of(path) for one in held if one and evaluation and one.digest == evaluation.data.digest)
        return next((pixels for pixels in found if pixels is not None), None)


def line_up(
    sessions: Mapping[str, Session], baseline: str = "", *, margin: float = MARGIN, scores: Sequence[str] = ()
) -> Lineup:
    """Named sessions beside the one called `baseline`, by default the first.

    `margin` is the difference of two shares below which they count as equal. `scores` are tables of scores, by default
    those over all tokens that at least two sessions have. Every p has beside it one that is adjusted, measure by
    measure, for the number of sessions (Holm). Raises ArgumentInvalid for fewer than two sessions, an unknown baseline,
    a table that no two have, or a margin outside 0 to 1; ComparisonImpossible where no two share anything.
    """
    check_margin(margin)
    if len(sessions) < 2:
        raise ArgumentInvalid("There is nothing to compare.", hint="Name at least two session files.")
    baseline = baseline or next(iter(sessions))
    if baseline not in sessions:
        raise ArgumentInvalid(f"There is no session {baseline!r}.", hint=f"There are: {', '.join(sessions)}.")
    entries = {name: _entry(name, session, margin) for name, session in sessions.items()}
    tables = _tables(sessions, baseline, scores)
    _check_something_shared(sessions, tables)
    base = entries[baseline]
    others = [entry for name, entry in entries.items() if name != baseline]
    against = dict(zip((entry.name for entry in others), _against(base, others, tables, margin), strict=True))
    frontiers, note = _frontiers(base, entries.values())
    return Lineup(
        baseline,
        margin,
        entries,
        _settings(entries.values()),
        tables,
        tuple(one for name, session in sessions.items() for one in profiles(name, session, tables)),
        against,
        {name: timing for name, entry in entries.items() if (timing := _timing(base, entry))},
        frontiers,
        note,
    )


def compared_by(session: Session) -> tuple[Evaluation | None, str]:
    """The evaluation that stands for a session, and in words why that one: the newest of its current plan, or, where
    that plan was never evaluated, the newest of all."""
    evaluation = session.evaluation_of(session.plan)
    if evaluation is not None:
        return evaluation, "the newest evaluation of its plan"
    if session.evaluations:
        return session.evaluations[-1], "its newest evaluation, since its plan was not evaluated"
    return None, "nothing was evaluated"


def _entry(name: str, session: Session, margin: float) -> Entry:
    evaluation, chosen = compared_by(session)
    if evaluation is None:
        return Entry(name, session, removal(session, session.plan), None, chosen, None, None)
    dense = dense_beside(session.evaluations, evaluation) if len(evaluation.plan) else None
    cost = contrast(dense, evaluation, margin=margin) if dense else None
    return Entry(name, session, removal(session, evaluation.plan), evaluation, chosen, dense, cost)


def removal(session: Session, plan: PruningPlan) -> Removal:
    """What a plan does to the model of a session."""
    architecture = session.architecture
    summary = plan.summary(architecture)
    return Removal(
        summary.sites,
        sum(action != "remove" for _, action in plan.actions),
        summary.params,
        summary.params / architecture.params if architecture.params else math.nan,
        summary.macs,
        summary.macs / architecture.macs if architecture.macs else math.nan,
    )


def _tables(sessions: Mapping[str, Session], baseline: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """The baseline's first, in its order."""
    counts: dict[str, int] = {}
    for session in (sessions[baseline], *(session for name, session in sessions.items() if name != baseline)):
        for table in session.scores or ():
            counts[table] = counts.get(table, 0) + 1
    shared = [table for table, count in counts.items() if count > 1]
    if missing := [table for table in wanted if table not in shared]:
        raise ArgumentInvalid(
            f"No two of the sessions have scores called {missing[0]}.",
            hint=f"Shared: {', '.join(shared)}." if shared else "Analyse both models first.",
        )
    return tuple(wanted) or tuple(table for table in shared if "@" not in table)


def _check_something_shared(sessions: Mapping[str, Session], tables: tuple[str, ...]) -> None:
    evaluated = sum(bool(session.evaluations) for session in sessions.values())
    architectures = {session.architecture.digest for session in sessions.values()}
    if not tables and evaluated < 2 and len(architectures) == len(sessions):
        raise ComparisonImpossible(
            "The sessions have nothing in common: other architectures, no score and no evaluation in two of them.",
            hint="Analyse or evaluate both models first.",
        )


# What differs in the set-up ------------------------------------------------------------------------------------------


def _settings(entries: Iterable[Entry]) -> tuple[Setting, ...]:
    everyone = list(entries)
    names = tuple(entry.name for entry in everyone)
    rows = ((what, tuple(of(entry) for entry in everyone)) for what, of in SETTINGS.items())
    return tuple(Setting(what, _short(values), names) for what, values in rows if len(set(values)) > 1)


def _short(values: tuple[str, ...]) -> tuple[str, ...]:
    """Digests as far as they are needed to tell them apart, and no shorter than people are used to."""
    if not all(re.fullmatch(r"[0-9a-f]{64}|", value) for value in values):
        return values
    length = next(n for n in range(12, 65) if len({value[:n] for value in values}) == len(set(values)))
    return tuple(value[:length] for value in values)


def _arguments(entry: Entry) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(entry.session.model.model_args.items()))


def _calibration(of: Callable[..., object]) -> Callable[[Entry], str]:
    return lambda entry: str(of(entry.session.data)) if entry.session.data else ""


def _test(of: Callable[..., object]) -> Callable[[Entry], str]:
    return lambda entry: str(of(entry.evaluation.data)) if entry.evaluation else ""


def _timed(of: Callable[[Latency], object]) -> Callable[[Entry], str]:
    return lambda entry: str(of(entry.evaluation.latency)) if entry.evaluation and entry.evaluation.latency else ""


def _fitted(entry: Entry) -> str:
    repair = entry.evaluation.repair if entry.evaluation else None
    return f"to the {repair.target}, on {repair.images:,} images {repair.digest[:12]}" if repair else ""


SETTINGS: Mapping[str, Callable[[Entry], str]] = {
    "model": lambda entry: entry.session.model.source,
    "architecture": lambda entry: entry.session.model.architecture,
    "model arguments": _arguments,
    "weights, SHA-256": lambda entry: entry.session.model.weights_sha256,
    "input size": lambda entry: "x".join(map(str, entry.session.architecture.input_size)),
    "parameters": lambda entry: f"{entry.session.architecture.params:,}",
    "MACs for one image": lambda entry: f"{entry.session.architecture.macs:,}",
    "images analysed, from": _calibration(lambda data: data.source),
    "images analysed": _calibration(lambda data: f"{data.images:,}"),
    "images analysed, skipped": _calibration(lambda data: len(data.skipped)),
    "images analysed, seed": _calibration(lambda data: data.seed),
    "images analysed, SHA-256": _calibration(lambda data: data.digest),
    "test images, from": _test(lambda data: data.source),
    "test images": _test(lambda data: f"{data.images:,}"),
    "test images, skipped": _test(lambda data: len(data.skipped)),
    "test images, seed": _test(lambda data: data.seed),
    "test images, SHA-256": _test(lambda data: data.digest),
    "test images, classes": _test(lambda data: f"{len(data.class_names)}" if data.labels else "without labels"),
    "compared by": lambda entry: entry.chosen,
    "repairs fitted": _fitted,
    "timed, batch size": _timed(lambda latency: latency.batch_size),
    "timed, threads": _timed(lambda latency: latency.threads),
    "timed, device": _timed(lambda latency: latency.device),
    "ViTPrune": lambda entry: entry.session.environment.vitprune,
    "torch": lambda entry: entry.session.environment.torch,
    "timm": lambda entry: entry.session.environment.timm,
    "Python": lambda entry: entry.session.environment.python,
    "system": lambda entry: entry.session.environment.platform,
    "processor": lambda entry: entry.session.environment.processor,
    "device": lambda entry: entry.session.environment.device,
    "threads": lambda entry: str(entry.session.environment.threads),
    "precision": lambda entry: entry.session.environment.precision,
}


# Each against the baseline -------------------------------------------------------------------------------------------


def _against(base: Entry, others: Sequence[Entry], tables: Sequence[str], margin: float) -> list[Against]:
    measured = [
        contrast(base.evaluation, entry.evaluation, margin=margin) if base.evaluation and entry.evaluation else None
        for entry in others
    ]
    adjusted = iter(adjusted_together([found for found in measured if found is not None]))
    families = [next(adjusted) if found is not None else None for found in measured]
    ranks = RankAgreements(base.session)
    return [_one(base, entry, tables, ranks, found) for entry, found in zip(others, families, strict=True)]


def _one(
    base: Entry, entry: Entry, tables: Sequence[str], agreements: RankAgreements, contrasts: Contrasts | None
) -> Against:
    ranks = (agreements.of(entry.session, table) for table in tables)
    comparison = contrasts.comparison if contrasts else None
    worse = _flips(base, entry, comparison.flips.right_to_wrong) if comparison else ()
    better = _flips(base, entry, comparison.flips.wrong_to_right) if comparison else ()
    found = tuple(one for one in ranks if one is not None)
    return Against(entry.name, _plan_difference(base, entry), found, contrasts, worse, better)


def _plan_difference(base: Entry, entry: Entry) -> PlanDifference:
    architecture = base.session.architecture
    if architecture.digest != entry.session.architecture.digest:
        return PlanDifference(False)
    there, here = (one.evaluation.plan if one.evaluation else one.session.plan for one in (base, entry))
    return PlanDifference.of(there, here, architecture)


def _flips(base: Entry, entry: Entry, indices: NDArray[np.int64]) -> tuple[Flip, ...]:
    assert base.evaluation is not None
    assert entry.evaluation is not None
    data = base.evaluation.data
    return tuple(
        Flip(
            i,
            data.paths[i],
            _name(data.class_names, data.labels[i]) if data.labels else "",
            _predicted(base, i),
            _predicted(entry, i),
        )
        for i in indices.tolist()
    )


def _predicted(entry: Entry, image: int) -> str:
    assert entry.evaluation is not None
    predictions = entry.evaluation.predictions
    return _name(entry.session.model.class_names, int(predictions[image])) if image < len(predictions) else ""


def _name(names: Sequence[str], number: int) -> str:
    return names[number] if 0 <= number < len(names) else f"class {number}"


# Time and cost -------------------------------------------------------------------------------------------------------


def _conditions(entry: Entry, latency: Latency) -> dict[str, object]:
    where = entry.session.environment
    return {
        "system": where.platform,
        "processor": where.processor,
        **dict(zip(("batch size", "threads", "device"), latency.conditions, strict=True)),
    }


def _timing(base: Entry, entry: Entry) -> Timing | None:
    latency = entry.evaluation.latency if entry.evaluation else None
    if latency is None:
        return None
    whole, of_dense = entry.dense.latency if entry.dense else None, None
    if whole is not None and _conditions(entry, whole) == _conditions(entry, latency):
        of_dense = ratio_of_medians(whole.samples_ms, latency.samples_ms)
    reference = base.evaluation.latency if base.evaluation else None
    if reference is None:
        return Timing(latency, None, "Not comparable: the baseline was not timed.", of_dense)
    here, there = _conditions(entry, latency), _conditions(base, reference)
    if differing := [f"{what} {here[what]} and not {there[what]}" for what in here if here[what] != there[what]]:
        return Timing(latency, None, f"Not comparable: {', '.join(differing)}.", of_dense)
    if entry is base:
        return Timing(latency, Estimate(1.0, 1.0, 1.0, len(latency.samples_ms)), "The baseline itself.", of_dense)
    why = f"Comparable: the same machine, {latency.device}, {latency.threads} threads, batches of {latency.batch_size}."
    return Timing(latency, ratio_of_medians(reference.samples_ms, latency.samples_ms), why, of_dense)


def _frontiers(base: Entry, entries: Iterable[Entry]) -> tuple[tuple[Frontier, ...], str]:
    everyone = list(entries)
    start = base.evaluation or next((entry.evaluation for entry in everyone if entry.evaluation), None)
    if start is None:
        return (), "Nothing was evaluated."
    points: dict[str, tuple[Entry, Evaluation]] = {}
    left_out = 0
    for entry in everyone:
        for evaluation in entry.session.evaluations:
            if _same_images(start, evaluation):
                points[_label(entry.name, evaluation.plan, points)] = entry, evaluation
            else:
                left_out += 1
    quality = _quality(points.values())
    note = f"{left_out} evaluations of other images are left out." if left_out else ""
    if quality is None:
        return (), note
    timed = {label: pair for label, pair in points.items() if pair[1].latency}
    first = base if base.evaluation and base.evaluation.latency else next((entry for entry, _ in timed.values()), base)
    wanted = next((_way(entry, e) for entry, e in timed.values() if entry is first), None)
    chosen = {label: e for label, (entry, e) in timed.items() if _way(entry, e) == wanted}
    if len(chosen) < len(points):
        note += f" {len(points) - len(chosen)} of {len(points)} were not timed, or not as those of {first.name} were."
    everything = {label: e for label, (_, e) in points.items()}
    frontiers = [Frontier.of(everything if cost != "latency" else chosen, cost, quality.name) for cost in COSTS]
    return tuple(frontier for frontier in frontiers if len(frontier.points) > 1), note.strip()


def _way(entry: Entry, evaluation: Evaluation) -> dict[str, object] | None:
    return _conditions(entry, evaluation.latency) if evaluation.latency else None


def _quality(points: Collection[tuple[Entry, Evaluation]]) -> Measure | None:
    """The most telling measure that the evaluations of all sessions have; else the one that those of most have."""
    counts = {measure: {e.name for e, one in points if estimate(one, measure)} for measure in MEASURES.values()}
    best = max(counts, key=lambda measure: len(counts[measure]))  # the first of equals
    return best if counts[best] else None


def _same_images(a: Evaluation, b: Evaluation) -> bool:
    try:
        check_same_images(a, b)
    except ComparisonImpossible:
        return False
    return True


def _label(name: str, plan: PruningPlan, taken: Mapping[str, object]) -> str:
    repairs = sorted({str(action) for _, action in plan.actions} - {"remove"})
    repairs += ["width"] if plan.units else []
    what = f"{len(plan)} sites{', ' if repairs else ''}{'+'.join(repairs)}" if len(plan) else "dense"
    label, number = f"{name}: {what}", 2
    while label in taken:
        label, number = f"{name}: {what} ({number})", number + 1
    return label
