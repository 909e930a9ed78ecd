"""What a long computation is given besides its inputs: where to report, when to stop, which machine to use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


class Cancelled(Exception):
    """The user asked to stop. Not an error: everything is as it was before the job."""


@dataclass(frozen=True, slots=True)
class Progress:
    stage: str
    done: int
    total: int
    unit: str = "images"


def ignore(_: Progress) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Job:
    """Reports progress and answers to a cancel: `check` is called at least once a block of the model, and an image."""

    report: Callable[[Progress], None] = ignore
    stop: threading.Event = field(default_factory=threading.Event)

    def progress(self, stage: str, done: int, total: int, unit: str = "images") -> None:
        self.check()
        self.report(Progress(stage, done, total, unit))

    def check(self) -> None:
        """Raise `Cancelled` when a stop was asked for."""
        if self.stop.is_set():
            raise Cancelled


@dataclass(frozen=True, slots=True)
class Compute:
    """The machine to use. `device` is auto, cpu or cuda:N; `batch_size` and `threads` are chosen when None."""

    device: str = "auto"
    batch_size: int | None = None
    threads: int | None = None
