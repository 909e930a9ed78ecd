"""The set-up of the window as a job file, which `vitprune run` takes on a machine without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.job_files import SUFFIX, JobFile
from vitprune.jobs import Compute, Job
from vitprune.sources import Source
from vitprune_gui.keeping import SESSION_SUFFIX
from vitprune_gui.runner import Failed, Finished, JobRunner, Request
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.plan import PruningPlan


class JobDialogs(Protocol):
    def job_to_save(self, suggestion: str) -> str | None: ...


@dataclass(frozen=True)
class WriteJob(Request):
    """Answer: the path that was written."""

    topic: ClassVar[str] = "job file"
    path: Path
    job: JobFile = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Write {name}", name=self.path.name)

    def run(self, engine: object, job: Job) -> Path:
        self.job.write(self.path)
        return self.path


class JobFiles(QObject):
    """Writes one, on the thread that saves."""

    notified = Signal(str)
    failed = Signal(object)

    def __init__(
        self, state: AppState, saver: JobRunner, runner: JobRunner, dialogs: JobDialogs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._saver = saver
        self._runner = runner
        self._dialogs = dialogs
        saver.finished.connect(self._on_finished)
        saver.failed.connect(self._on_failed)

    def ask(self) -> None:
        model = self._state.model
        if model is None or self._state.data is None:
            self.notified.emit(tr("Open a model and images first."))
        elif chosen := self._dialogs.job_to_save(f"{Path(model.source).name}{SUFFIX}"):
            self._saver.submit(WriteJob(Path(chosen), job_of(self._state, self._runner.compute)))

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, WriteJob):
            self.notified.emit(tr("The job is in {path}. Run it with: vitprune run", path=finished.value))

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, WriteJob):
            self.failed.emit(failed.error)


def job_of(state: AppState, compute: Compute) -> JobFile:
    """Analyse the images, evaluate the plan and make the study that the window shows, where there is one; on the
    machine that the preferences name."""
    assert state.model is not None
    assert state.data is not None
    images: dict[str, Any] = {"data": state.data.source}
    images |= {"test": state.test_data.source} if state.test_data is not None else {}
    usual, machine = Compute(), {}
    for name in ("device", "batch_size", "threads", "precision"):
        if (value := getattr(compute, name)) != getattr(usual, name):
            machine[name] = value
    steps: list[dict[str, Any]] = [{"do": "analyze"}]
    if "damage_angular" in (state.scores or ()):
        steps[0] |= {"metrics": "everything", "repairs": True}
    plan: PruningPlan | None = state.plan or None
    steps += [{"do": "evaluate"}] if plan else []
    if (study := state.study) is not None:
        protect = {"protect": list(study.protected)} if study.protected else {}
        asked = {"methods": list(study.methods), "remove": list(study.removed), "repairs": list(study.repairs)}
        how = {"granularity": study.granularity, "fit_to": study.target, "latency": study.latency}
        steps.append({"do": "study", **asked, **how, **protect})
    name = f"{Path(state.model.source).name}{SESSION_SUFFIX}"
    return JobFile(Source.of(state.model), images, machine, plan.to_json() if plan else None, name, steps)
