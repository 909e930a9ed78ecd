"""Recovery training of the open model: whether it can begin, how it goes, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune_gui.keeping import Keeping
from vitprune_gui.requests.training import Recover
from vitprune_gui.runner import Failed, Finished, JobRunner, JobStatus, Told
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.curve import Curve, TrainingSettings
    from vitprune.recovery import Recovered


class TrainingDialogs(Protocol):
    def export_folder(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class TrainingForm:
    """What a training is asked for. `measured`: the trained model is measured on the images to evaluate; `kept`: a
    cancel exports what was reached."""

    settings: TrainingSettings
    measured: bool
    kept: bool


class Teaching(QObject):
    """One training at a time. What it came to stays on show until another begins or another model is opened."""

    changed = Signal()
    notified = Signal(str)

    def __init__(
        self,
        state: AppState,
        runner: JobRunner,
        keeping: Keeping,
        dialogs: TrainingDialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.curve: Curve | None = None
        self.found: Recovered | None = None
        self._state = state
        self._runner = runner
        self._keeping = keeping
        self._dialogs = dialogs
        state.model_changed.connect(self._forget)
        for signal in (state.jobs_changed, state.plan_changed, state.data_changed, state.test_data_changed):
            signal.connect(self._tell)
        runner.told.connect(self._on_told)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)

    @property
    def blocked(self) -> str:
        """Why no training can begin, in a sentence; empty when one can."""
        state = self._state
        if state.model is None:
            return tr("Open a model first.")
        if not state.plan:
            return tr("Nothing is to be removed.")
        if state.data is None:
            return tr("Open images to analyse first.")
        return ""

    @property
    def job(self) -> JobStatus | None:
        """The one that runs or waits."""
        return next((job for job in self._state.jobs if job.topic == Recover.topic and job.pending), None)

    @property
    def measurable(self) -> bool:
        """Whether there are images to measure on that are not those to train on."""
        data, test = self._state.data, self._state.test_data
        return data is not None and test is not None and data.digest != test.digest

    def start(self, asked: TrainingForm) -> None:
        """Ask for a folder, and train into it."""
        state = self._state
        if self.blocked or state.model is None or state.plan is None or state.data is None:
            self.notified.emit(self.blocked)
            return
        chosen = self._dialogs.export_folder()
        if not chosen:
            return
        test = state.test_data if asked.measured and self.measurable else None
        request = Recover(state.model, state.plan, state.data, Path(chosen), asked.settings, test, asked.kept)
        self.curve = self.found = None
        self._runner.submit(request)
        self.changed.emit()

    def cancel(self) -> None:
        if (job := self.job) is not None:
            self._runner.cancel(job.id)

    @Slot()
    def _forget(self) -> None:
        self._runner.abandon(Recover.topic)
        self.curve = self.found = None
        self.changed.emit()

    @Slot(object)
    def _tell(self, _: object = None) -> None:
        self.changed.emit()

    @Slot(object)
    def _on_told(self, told: Told) -> None:
        if isinstance(told.request, Recover):
            self.curve = told.value  # type: ignore[assignment]
            self.changed.emit()

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if not isinstance(finished.request, Recover):
            return
        found: Recovered = finished.value
        self.found, self.curve = found, found.training.curve
        self._state.trainings = (*self._state.trainings, found.training)
        results = [one for one in (found.dense, found.untrained) if one is not None]
        if results:
            new = {one.inputs for one in results}
            self._state.evaluations = (*(e for e in self._state.evaluations if e.inputs not in new), *results)
        self._keeping.changed()
        self.notified.emit(tr("The trained model is in {path}.", path=found.folder))
        self.changed.emit()

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        self._on_cancelled(failed.request)

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        if isinstance(request, Recover):
            self.curve = None
            self.changed.emit()
