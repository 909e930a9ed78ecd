"""Analyses of several models, one after the other: each is a session file of its own, none touches the open one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.errors import SessionChanged
from vitprune.jobs import Job
from vitprune_gui.keeping import SESSION_SUFFIX
from vitprune_gui.requests import Engine, OpenModel
from vitprune_gui.runner import Failed, Finished, JobRunner, JobStatus, Request, State
from vitprune_gui.translation import tr

_TRIES = 1000


@dataclass(frozen=True)
class AnalyzeInto(Request):
    """Answer: the path of the session that was written, a new one in `folder`. `images` is None for all of `data`."""

    topic: ClassVar[str] = "batch"
    patient: ClassVar[bool] = True
    measures: ClassVar[bool] = True
    model: OpenModel
    data: str
    folder: Path
    metrics: tuple[str, ...] = ("all",)
    images: int | None = None
    seed: int = 0

    @property
    def title(self) -> str:
        return tr("Analyse {name} into a session", name=Path(self.model.source).name)

    @property
    def path(self) -> Path:
        """Where the session goes, unless there is one already."""
        return self.folder / f"{Path(self.model.source).name}{SESSION_SUFFIX}"

    def words(self, path: Path) -> list[str]:
        """The command line that does the same."""
        return [
            "vitprune",
            "analyze",
            *self.model.words(),
            self.data,
            "-o",
            str(path),
            *(["--metrics", ",".join(self.metrics)] if self.metrics != ("all",) else []),
            *(["--images", str(self.images), "--seed", str(self.seed)] if self.images is not None else []),
        ]

    def _said(self, path: Path) -> str:
        try:
            return shlex.join(self.words(path))
        except ValueError:  # it has no such command line
            return f"Analysis of {self.model.source}"

    def run(self, engine: Engine, job: Job) -> Path:
        workflow, sessions = engine.workflow(job), import_module("vitprune.sessions")
        model = engine.open(self.model, job)
        images = workflow.open_images(self.data, model, images=self.images, seed=self.seed, job=job)
        session = workflow.analyze(model, images, metrics=self.metrics, compute=engine.compute, job=job)
        job.progress("Saving the session", 0, 0, "")
        self.folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _TRIES):
            path = self.path if number == 1 else self.path.with_name(_numbered(self.path.name, number))
            if path.exists():
                continue
            try:
                sessions.save(session.logged(self._said(path), session.seconds), path, expected="", job=job)
            except SessionChanged:  # another program was first
                continue
            return path
        raise SessionChanged(f"{self.folder} is full of sessions of this name.", hint="Choose another folder.")


def _numbered(name: str, number: int) -> str:
    return f"{name.removesuffix(SESSION_SUFFIX)}-{number}{SESSION_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Row:
    """One model of the batch. `path` is its session once it is written, `message` why there is none."""

    job: int
    request: AnalyzeInto = field(repr=False)
    state: State = "queued"
    percent: int | None = None
    seconds: float | None = None
    message: str = ""
    path: Path | None = None

    @property
    def name(self) -> str:
        return Path(self.request.model.source).name


class Batch(QObject):
    """What was queued, with what became of it. Failures are rows, and stop nothing."""

    rows_changed = Signal(object)
    """tuple[Row, ...]"""
    notified = Signal(str)
    finished = Signal(object)
    """tuple[Row, ...], when nothing of it runs or waits any more."""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self._runner = runner
        runner.changed.connect(self._on_jobs)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)

    def start(
        self,
        models: Sequence[OpenModel],
        data: str,
        folder: Path,
        metrics: tuple[str, ...] = ("all",),
        images: int | None = None,
    ) -> None:
        """Queue an analysis of each of the models, after those that wait already; the same one but once."""
        twice = 0
        for model in models:
            request = AnalyzeInto(model, data, folder, metrics, images)
            if any(row.request == request and row.state in ("queued", "running") for row in self.rows):
                twice += 1
                continue
            row = Row(-1, request)
            self.rows = (*self.rows, row)
            self._change(request, job=self._runner.submit(request))
        if twice:
            said = tr("%n model(s) wait for the same analysis already, and are not queued again.", "", twice)
            self.notified.emit(said)

    def forget_finished(self) -> None:
        self._show(tuple(row for row in self.rows if row.state in ("queued", "running")))

    def cancel(self) -> None:
        """Stop all that runs or waits of it."""
        for row in reversed(self.rows):
            if row.state in ("queued", "running"):
                self._runner.cancel(row.job)

    @property
    def summary(self) -> str:
        """One line."""
        count = {state: sum(row.state == state for row in self.rows) for state in ("done", "failed", "cancelled")}
        parts = [tr("{done} of {total} written", done=count["done"], total=len(self.rows))]
        parts += [tr("{n} failed", n=count["failed"])] if count["failed"] else []
        parts += [tr("{n} cancelled", n=count["cancelled"])] if count["cancelled"] else []
        return ", ".join(parts)

    @Slot(object)
    def _on_jobs(self, jobs: tuple[JobStatus, ...]) -> None:
        known = {job.id: job for job in jobs if job.topic == AnalyzeInto.topic and job.pending}
        self._show(
            tuple(
                replace(row, state=job.state, percent=100 * job.done // job.total if job.total else None)
                if (job := known.get(row.job)) is not None
                else row
                for row in self.rows
            )
        )

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, AnalyzeInto):
            message = " ".join(finished.notes)
            self._end(finished.request, state="done", path=finished.value, seconds=finished.seconds, message=message)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, AnalyzeInto):
            hint = getattr(failed.error, "hint", "")
            self._end(failed.request, state="failed", message=f"{failed.error.message} {hint}".strip())

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        if isinstance(request, AnalyzeInto):
            self._end(request, state="cancelled")

    def _end(self, request: AnalyzeInto, **changes: object) -> None:
        self._change(request, percent=None, **changes)
        if self.rows and not any(row.state in ("queued", "running") for row in self.rows):
            self.finished.emit(self.rows)

    def _change(self, request: AnalyzeInto, **changes: object) -> None:
        self._show(
            tuple(replace(row, **changes) if row.request.number == request.number else row for row in self.rows)  # type: ignore[arg-type]
        )

    def _show(self, rows: tuple[Row, ...]) -> None:
        if rows != self.rows:
            self.rows = rows
            self.rows_changed.emit(rows)
