"""What a path is: from its name as far as that tells, and otherwise from its drive, which may never answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QMimeData, QObject, Slot

from vitprune.jobs import Job
from vitprune.recipe import FILE as RECIPE
from vitprune.sources import SUFFIXES
from vitprune_gui.runner import Failed, Finished, JobRunner, Request
from vitprune_gui.translation import noop, tr

PLAN_SUFFIX = ".json"
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
"""As `vitprune.images.SUFFIXES`, which PyTorch comes with."""
ARCHIVE_SUFFIXES = (".tar", ".parquet")


class Opening(Enum):
    """What can be opened, with what will happen."""

    SESSION = noop("Open the session")
    PLAN = noop("Use the plan")
    MODEL_FILE = noop("Open the weights file")
    MODEL_FOLDER = noop("Open the exported model")
    IMAGES = noop("Use the images in the folder")
    IMAGE = noop("Look into the image")
    NAME = noop("Open the pretrained model")
    NOTHING = noop("ViTPrune cannot open this")
    GONE = noop("It is not there")

    @classmethod
    def by_name(cls, source: str) -> Opening | None:
        """What its name says; None where only its drive knows."""
        suffix = Path(source).suffix.lower()
        if suffix == ".h5":
            return cls.SESSION
        if suffix == PLAN_SUFFIX:
            return cls.PLAN
        if suffix in IMAGE_SUFFIXES:
            return cls.IMAGE
        if suffix in ARCHIVE_SUFFIXES:
            return cls.IMAGES
        return cls.MODEL_FILE if suffix in SUFFIXES else None

    @classmethod
    def of(cls, source: str) -> Opening:
        """What it is. Asks the drive: not for the thread of the window."""
        if os.path.isdir(source):  # unlike Path.is_dir, no error where a drive does not answer
            return cls.MODEL_FOLDER if os.path.isfile(os.path.join(source, RECIPE)) else cls.IMAGES
        known = cls.by_name(source)
        if known is not None:
            return known
        if os.path.exists(source):
            return cls.NOTHING
        return cls.NAME if len(Path(source).parts) == 1 else cls.GONE


def dropped(data: QMimeData) -> str:
    """The first local file or folder of what is dragged, empty when there is none."""
    return next((url.toLocalFile() for url in data.urls() if url.isLocalFile()), "")


@dataclass(frozen=True)
class LookAt(Request):
    """Answer: Opening."""

    topic: ClassVar[str] = "what is opened"
    quiet: ClassVar[bool] = True
    source: str

    @property
    def title(self) -> str:
        return tr("Look at {name}", name=Path(self.source).name)

    def run(self, engine: object, job: Job) -> Opening:
        job.check()
        return Opening.of(self.source)


class Scout(QObject):
    """Asks `runner` about paths, and calls back on the thread of the window."""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._wanted: dict[int, Callable[[Opening], object]] = {}  # by the number of the request
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)

    def look_at(self, source: str, then: Callable[[Opening], object]) -> None:
        """At once where the name tells."""
        known = Opening.by_name(source)
        if known is not None:
            then(known)
        else:
            request = LookAt(source)
            self._wanted[request.number] = then
            self._runner.submit(request)

    def _answer(self, request: Request, value: Opening) -> None:
        then = self._wanted.pop(request.number, None)
        if then is not None:
            then(value)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        self._answer(finished.request, finished.value)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        self._answer(failed.request, Opening.NOTHING)

    @Slot(object)
    def _on_cancelled(self, request: Request) -> None:
        self._wanted.pop(request.number, None)
