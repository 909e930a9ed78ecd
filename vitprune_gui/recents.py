"""What was opened before: what it is, when it changed, and whether it is still there. Files are looked at by a thread
that may have to wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.jobs import Job
from vitprune_gui.opening import Opening
from vitprune_gui.runner import Finished, JobRunner, Request
from vitprune_gui.settings import Settings
from vitprune_gui.translation import noop, tr

KINDS: Mapping[Opening, str] = {
    Opening.SESSION: noop("Session"),
    Opening.PLAN: noop("Plan"),
    Opening.MODEL_FILE: noop("Weights file"),
    Opening.MODEL_FOLDER: noop("Exported model"),
    Opening.IMAGES: noop("Folder of images"),
    Opening.IMAGE: noop("Image"),
    Opening.NAME: noop("Pretrained model"),
    Opening.NOTHING: noop("ViTPrune cannot open this"),
    Opening.GONE: noop("No longer there"),
}
"""What people call what was opened."""


@dataclass(frozen=True, slots=True)
class Recent:
    """`changed` is when the file or folder last changed; None for what is none."""

    source: str
    kind: Opening
    changed: datetime | None = None


def look_at(source: str) -> Recent:
    path = Path(source)
    if not path.is_absolute():
        return Recent(source, Opening.NAME)
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except (OSError, OverflowError, ValueError):
        return Recent(source, Opening.GONE)
    return Recent(source, Opening.of(source), changed)


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
