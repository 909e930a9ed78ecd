"""The bundled session: there at once, whatever PyTorch is doing, and its model is loaded behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.jobs import Job
from vitprune.sources import SAMPLE
from vitprune_gui.runner import Failed, Finished, JobRunner, Request
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitprune.results import ModelReference, Session
    from vitprune_gui.requests import Engine


def session_file() -> Path:
    return Path(str(files("vitprune_resources") / "sample" / "sample.vitprune.h5"))


@dataclass(frozen=True)
class ReadSample(Request):
    """Answer: Session."""

    topic: ClassVar[str] = "sample"
    replaces: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return tr("Open the sample")

    def run(self, engine: object, job: Job) -> Session:
        job.check()
        return import_module("vitprune.sessions").load(session_file())


@dataclass(frozen=True)
class LoadModel(Request):
    """So that whatever needs the model of a session finds it in memory."""

    topic: ClassVar[str] = "model behind"
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    model: ModelReference = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Load the model")

    def run(self, engine: Engine, job: Job) -> None:
        engine.model(self.model, job)


class Sample(QObject):
    """`reader` opens the session and waits for no computation, `worker` has the model."""

    opened = Signal(object)
    """The Session."""
    failed = Signal(object)

    def __init__(self, reader: JobRunner, worker: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._worker = worker
        reader.finished.connect(self._on_finished)
        reader.failed.connect(self._on_failed)

    def open(self) -> None:
        self._reader.submit(ReadSample())

    def forget(self) -> None:
        """Something else is opened instead."""
        self._reader.abandon(ReadSample.topic)
        self._worker.abandon(LoadModel.topic)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, ReadSample):
            session: Session = finished.value
            self.opened.emit(session)
            self._worker.submit(LoadModel(session.model))

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, ReadSample):
            self.failed.emit(failed.error)


class OnSample(QObject):
    """Begins one thing at a time once the sample is on show, which `use` opens for it."""

    def __init__(self, state: AppState, use: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._use = state, use
        self._waiting: Callable[[], object] | None = None
        state.scores_changed.connect(self._look)

    def begin(self, then: Callable[[], object]) -> None:
        self._waiting = then
        if self._is_shown():
            self._look()
        else:
            self._use()

    def forget(self) -> None:
        """What waits is not begun any more."""
        self._waiting = None

    @Slot()
    def _look(self) -> None:
        if self._waiting is not None and self._is_shown():
            then, self._waiting = self._waiting, None
            then()

    def _is_shown(self) -> bool:
        model = self._state.model
        return model is not None and model.source == SAMPLE and self._state.scores is not None
