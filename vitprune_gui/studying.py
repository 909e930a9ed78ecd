"""The study of methods: where it is kept, whether it goes on, and what it has found so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune_gui.answers import show_scores
from vitprune_gui.keeping import SESSION_SUFFIX, Keeping
from vitprune_gui.requests import ReadStudy, RunStudy, WriteReport
from vitprune_gui.runner import Finished, JobRunner, JobStatus, Told
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.results import Session


@dataclass(frozen=True, slots=True)
class StudyForm:
    """What a study is asked for. `methods` is None for all that fit the model and the images, `images` for all."""

    methods: tuple[str, ...] | None
    removed: tuple[int, ...]
    repairs: tuple[str, ...]
    granularity: str
    target: str
    speed: bool
    images: int | None = None


class StudyDialogs(Protocol):
    """The questions about studies. None: they changed their mind."""

    def session_to_save(self, suggestion: str) -> str | None: ...
    def report_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None: ...


class Studying(QObject):
    """One study at a time, of the open model."""

    notified = Signal(str)

    def __init__(
        self, state: AppState, runner: JobRunner, keeping: Keeping, dialogs: StudyDialogs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._keeping = keeping
        self._dialogs = dialogs
        self._study: RunStudy | None = None  # not through yet
        state.model_changed.connect(self._forget)
        state.jobs_changed.connect(self._on_jobs)
        runner.told.connect(self._on_told)
        runner.finished.connect(self._on_finished)

    def start(self, asked: StudyForm) -> None:
        """Ask where the study is to be kept, and run it: every method against what it is measured to be worth."""
        state = self._state
        if state.model is None or state.data is None or state.test_data is None:
            self.notified.emit(tr("Open images to analyse, and other images to evaluate, first."))
            return
        chosen = self._dialogs.session_to_save(f"{Path(state.model.source).name}-study{SESSION_SUFFIX}")
        if not chosen:
            return
        path = Path(chosen)
        self._study = RunStudy(
            state.model,
            state.data,
            state.test_data,
            path,
            asked.methods,
            asked.removed,
            asked.repairs,
            asked.granularity,
            asked.target,
            asked.speed,
            asked.images,
            tuple(sorted(state.protected)),
        )
        self._runner.submit(self._study)

    def resume(self) -> None:
        """Go on with the study that was stopped, from what its file holds."""
        if self._study is not None:
            self._runner.submit(self._study)

    @property
    def path(self) -> Path | None:
        """The file of the study that runs, or can be gone on with."""
        return self._study.path if self._study is not None else None

    def read(self, session: Session) -> None:
        """Have all figures of the study that a session holds."""
        if session.study is not None:
            self._runner.submit(ReadStudy(session))

    def write_report(self) -> None:
        """Write all figures of the study as HTML or Markdown, where is asked."""
        result = self._state.findings
        if result is not None and (chosen := self._dialogs.report_to_save("study.html", (".html", ".md"))):
            self._runner.submit(WriteReport(result, Path(chosen)))

    @Slot()
    def _forget(self) -> None:
        self._study = None

    @Slot(object)
    def _on_jobs(self, jobs: tuple[JobStatus, ...]) -> None:
        studying = any(job.topic == RunStudy.topic for job in jobs if job.pending)
        self._keeping.taken = self.path if studying else None

    @Slot(object)
    def _on_told(self, told: Told) -> None:
        if isinstance(told.request, RunStudy):
            self._show_trials(told.value, told.request.path)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        match finished.request:
            case RunStudy() as asked:
                self._study = None
                self._show_study(finished.value, asked.path)
                self._keeping.written(asked.path)
            case ReadStudy():
                self._state.findings = finished.value
            case WriteReport():
                self.notified.emit(tr("The report is in {path}.", path=finished.value))

    def _show_study(self, session: Session, path: Path) -> None:
        self._keeping.base, self._keeping.activations_from = self._keeping.base or session, None
        self._state.environment = session.environment
        self._state.data = session.data
        if session.study is not None:
            self._state.test_data = session.study.test
        show_scores(self._state, session.scores)
        self._show_trials(session, path)
        self.read(session)

    def _show_trials(self, session: Session, path: Path) -> None:
        """What a study that is written to `path` has found so far. Another study stays in the file that it is in."""
        state, new = self._state, {e.inputs for e in session.evaluations}
        if state.trials and state.study != session.study and state.session_path not in (None, path):
            self.notified.emit(
                tr("{name} keeps the study that it holds: a save asks for another file.", name=state.session_path.name)
            )
            self._keeping.leave_file()
        state.findings = None
        state.study = session.study
        state.evaluations = (*(e for e in state.evaluations if e.inputs not in new), *session.evaluations)
        state.trials = session.trials
        self._keeping.changed()
