"""The session files of a folder, a line each: what a session holds in a few words, or why its file does not open."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vitprune import sessions
from vitprune.errors import SessionCrashed, SessionDamaged, SessionNotFound, SessionTruncated, VitPruneError
from vitprune.findings import drawn_by
from vitprune.jobs import Job
from vitprune.lineup import compared_by, removal
from vitprune.measures import MEASURES, Measure, estimate
from vitprune.offline import AT_ONCE, SUFFIXES
from vitprune.results import Latency, Session
from vitprune.statistics import Estimate

NAMED = 3  # so many methods of a study are called by name
SETTLED = (SessionTruncated.code, SessionDamaged.code, SessionCrashed.code)

Stamp = tuple[str, int, int]
"""Path, bytes and time of the last change: a file of the same stamp is taken to be the same."""


@dataclass(frozen=True, eq=False)
class Summary:
    """A session in the words of a list. `images` are those of `data`, the ones that it is judged by, or else those that
    were analysed. `method` says how its plan was chosen, "" where it does not say. `quality` is the most telling
    `measure` of the evaluation that stands for it (`lineup.compared_by`), None without one."""

    model: str
    architecture: str
    data: str
    images: int
    method: str
    repair: str
    removed: int
    branches: int
    macs_left: float
    measure: Measure | None
    quality: Estimate | None
    latency: Latency | None
    created: str


@dataclass(frozen=True, eq=False)
class Line:
    """A file, equal to itself alone. `summary` is None where it does not open, and then `code`, `reason` and `hint`
    say why."""

    path: Path
    bytes: int
    changed_ns: int
    summary: Summary | None
    code: str = ""
    reason: str = ""
    hint: str = ""

    @property
    def stamp(self) -> Stamp:
        return str(self.path), self.bytes, self.changed_ns

    @property
    def settled(self) -> bool:
        """Whether the same file would have the same line again: not where something around it may have been the
        reason, as rights or memory."""
        return self.summary is not None or self.code in SETTLED


def scan(
    folder: Path,
    *,
    deep: bool = False,
    known: Mapping[Stamp, Line] | None = None,
    job: Job | None = None,
    tell: Callable[[tuple[Line, ...]], object] = lambda _: None,
) -> tuple[Line, ...]:
    """Every session file of a folder, with `deep` of the folders in it too, by name.

    Files that are as they were when a `known` line was made are not read again. Several are read at once, each by the
    process that may die of it. `tell` is given all lines so far after each. Raises SessionNotFound for a folder that
    cannot be listed, or Cancelled.
    """
    job, known = job or Job(), known or {}
    files = _files(folder, job, deep=deep)
    lines: list[Line] = []
    pool = ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1), "vitprune-list")
    try:
        for line in pool.map(partial(_line, known), files):
            lines += [line] if line else []
            tell(tuple(lines))
            job.progress("Reading sessions", len(lines), len(files), "sessions")
    finally:
        pool.shutdown(cancel_futures=True)
    return tuple(lines)


def summary(session: Session) -> Summary:
    evaluation, _ = compared_by(session)
    plan = evaluation.plan if evaluation else session.plan
    data = evaluation.data if evaluation else session.data
    gone = removal(session, plan)
    found = (
        (measure, value) for measure in MEASURES.values() if evaluation and (value := estimate(evaluation, measure))
    )
    measure, quality = next(found, (None, None))
    repairs = sorted({str(action) for _, action in plan.actions} - {"remove"}) + ["width"] * bool(plan.units)
    return Summary(
        session.model.source,
        session.model.architecture,
        data.source if data else "",
        data.images if data else 0,
        _method(session) if len(plan) or session.trials else "",
        "+".join(repairs),
        gone.branches,
        len(session.architecture.sublayers),
        gone.macs_left,
        measure,
        quality,
        evaluation.latency if evaluation else None,
        session.created,
    )


def _method(session: Session) -> str:
    """Of the plan that stands for it; of a study, the methods that it holds against each other."""
    evaluation, _ = compared_by(session)
    plan = evaluation.plan if evaluation else session.plan
    chosen = dict.fromkeys(trial.method for trial in session.trials if trial.plan == plan and len(plan))
    chosen |= dict.fromkeys("greedy" for search in session.searches if search.plan == plan)
    if chosen or not session.trials:
        return ", ".join(chosen)
    methods = dict.fromkeys(drawn_by(trial.method) for trial in session.trials)
    return f"study: {', '.join(methods)}" if len(methods) <= NAMED else f"study of {len(methods)} methods"


def _line(known: Mapping[Stamp, Line], path: Path) -> Line | None:
    try:
        status = path.stat()
    except OSError:
        return None  # gone since the folder was listed
    stamp = str(path), status.st_size, status.st_mtime_ns
    if stamp in known and known[stamp].settled:
        return known[stamp]
    try:
        return Line(path, *stamp[1:], summary(sessions.load(path)))
    except VitPruneError as error:
        return Line(path, *stamp[1:], None, error.code, error.message, error.hint)


def _files(folder: Path, job: Job, *, deep: bool) -> list[Path]:
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        if error.filename == str(folder):
            raise SessionNotFound(
                f"The folder {folder} cannot be listed: {error.strerror}.", hint="Choose another folder."
            ) from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        job.progress("Looking for sessions", len(found), 0, "sessions")
        found += [Path(place, name) for name in names if name.endswith(SUFFIXES) and not name.startswith(".")]
        folders[:] = [name for name in folders if deep and not name.startswith(".")]
    return sorted(found, key=lambda path: (str(path.parent).casefold(), path.name.casefold()))
