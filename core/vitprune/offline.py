"""Saved sessions side by side, from their files alone: no model, no images, no torch."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vitprune import sessions
from vitprune.comparison import MARGIN, check_margin
from vitprune.errors import ArgumentInvalid, VitPruneError
from vitprune.explorer import Explored
from vitprune.jobs import Job
from vitprune.lineup import Lineup, line_up
from vitprune.results import Session
from vitprune.sessions.reader import whole

AT_ONCE = 8  # files, each in a process of its own: this one waits for them
SUFFIXES = (".vitprune.h5", ".h5")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that could not be opened, and why."""

    path: Path
    code: str
    message: str


@dataclass(frozen=True)
class Compared:
    """`files` by the name that its session has in `lineup`."""

    lineup: Lineup
    files: Mapping[str, Path]
    left_out: tuple[LeftOut, ...]


def compare(
    paths: Sequence[Path],
    baseline: str = "",
    *,
    margin: float = MARGIN,
    scores: Sequence[str] = (),
    job: Job | None = None,
) -> Compared:
    """The sessions in these files, each named as its file, with so much of its folder as tells it apart.

    `baseline` is such a name, a path as it was given, or the number of a file from 1; by default the first that opens.
    A file that does not open is left out and named, so long as two are left and the baseline is one of them; else its
    error is raised. Otherwise raises like `lineup.line_up`.
    """
    check_margin(margin)
    job = job or Job()
    if len(paths) < 2:
        raise ArgumentInvalid("There is nothing to compare.", hint="Name at least two session files.")
    names = _names(paths)
    wanted = _wanted(baseline, names, paths)
    opened: dict[str, Session] = {}
    failed: dict[str, VitPruneError] = {}
    pool = ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1), "vitprune-compare")
    try:
        answers = [pool.submit(sessions.load, path) for path in paths]
        for number, (name, answer) in enumerate(zip(names, answers, strict=True)):
            job.progress("Opening sessions", number, len(paths), "sessions")
            try:
                opened[name] = answer.result()
            except VitPruneError as error:
                failed[name] = error
    finally:
        pool.shutdown(cancel_futures=True)
    if wanted in failed:
        raise failed[wanted]
    if len(opened) < 2:
        raise next(iter(failed.values()))
    job.progress("Comparing sessions", 0, 0, "")
    found = line_up(opened, wanted, margin=margin, scores=scores)
    files = dict(zip(names, paths, strict=True))
    left_out = tuple(LeftOut(files[name], error.code, error.message) for name, error in failed.items())
    return Compared(found, {name: files[name] for name in opened}, left_out)


def explored(path: Path) -> Explored | None:
    """The activations in a session file, none of them read yet; None where it keeps none. Raises like
    `sessions.load`."""
    session, kept = whole(path)
    return Explored.of(_stem(path), session, kept) if kept is not None and kept.sites else None


def _wanted(baseline: str, names: Sequence[str], paths: Sequence[Path]) -> str:
    """The name of the baseline; "" for the first that opens."""
    if not baseline or baseline in names:
        return baseline
    for name, path in zip(names, paths, strict=True):
        if str(path) == baseline:
            return name
    if baseline.isascii() and baseline.isdigit() and 1 <= int(baseline) <= len(names):
        return names[int(baseline) - 1]
    raise ArgumentInvalid(
        f"There is no session {baseline!r}.", hint=f"Use a number from 1 to {len(names)}, or: {', '.join(names)}."
    )


def _names(paths: Sequence[Path]) -> list[str]:
    stems = [_stem(path) for path in paths]
    count = Counter(stems)
    names = [
        f"{path.absolute().parent.name}/{stem}" if count[stem] > 1 else stem
        for stem, path in zip(stems, paths, strict=True)
    ]
    found: list[str] = []
    for name in names:
        number, free = 2, name
        while free in found:
            free, number = f"{name} ({number})", number + 1
        found.append(free)
    return found


def _stem(path: Path) -> str:
    suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), "")
    return path.name[: len(path.name) - len(suffix)] or path.name
