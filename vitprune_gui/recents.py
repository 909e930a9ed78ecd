"""What was opened before: what it is, when it changed, and whether it is still there. Files are looked at by a thread
that may have to wait for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.jobs import Job
from vitprune_gui.runner import Finished, JobRunner, Request
from vitprune_gui.settings import Settings
from vitprune_gui.translation import noop, tr


class Kind(Enum):
    """What can have been opened."""

    SESSION = noop("Session")
    PLAN = noop("Plan")
    WEIGHTS = noop("Weights file")
    MODEL = noop("Exported model")
    IMAGES = noop("Folder of images")
    NAME = noop("Pretrained model")
    MISSING = noop("No longer there")


@dataclass(frozen=True, slots=True)
class Recent:
    """`changed` is when the file or folder last changed; None for what is none."""

    source: str
    kind: Kind
    changed: datetime | None = None


def look_at(source: str) -> Recent:
    path = Path(source)
    if not path.is_absolute():
        return Recent(source, Kind.NAME)
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        if path.is_dir():
            kind = Kind.MODEL if (path / "recipe.json").is_file() else Kind.IMAGES
        else:
            kind = {".h5": Kind.SESSION, ".json": Kind.PLAN}.get(path.suffix, Kind.WEIGHTS)
    except (OSError, OverflowError, ValueError):
        return Recent(source, Kind.MISSING)
    return Recent(source, kind, changed)


@dataclass(frozen=True)
class LookAtRecent(Request):
    """Answer: tuple[Recent, ...]."""

    topic: ClassVar[str] = "recent"
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    sources: tuple[str, ...]

    @property
    def title(self) -> str:
        return tr("Look for what was opened before")

    def run(self, engine: object, job: Job) -> tuple[Recent, ...]:
        found: list[Recent] = []
        for source in self.sources:
            job.check()
            found.append(look_at(source))
        return tuple(found)


class Recents(QObject):
    found = Signal(object)
    """tuple[Recent, ...], in the order of `sources`."""

    def __init__(self, runner: JobRunner, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._settings = settings
        runner.finished.connect(self._on_finished)

    @property
    def sources(self) -> tuple[str, ...]:
        return self._settings.recent

    def look(self) -> None:
        if self.sources:
            self._runner.submit(LookAtRecent(self.sources))

    def forget(self, source: str) -> None:
        self._settings.forget_recent(source)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, LookAtRecent):
            self.found.emit(finished.value)
