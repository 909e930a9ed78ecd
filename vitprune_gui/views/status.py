"""The bar at the bottom: device, threads, memory, what the worker does, whether there is something to save."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from vitprune.jobs import PRECISIONS
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.results import Environment

_POLL_MS = 1000
_NOTICE_MS = 8000
_WORKER_WIDTH = 320


class StatusBar(QStatusBar):
    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._process = psutil.Process()
        self.device, self.threads, self.memory, self.worker, self.unsaved = (QLabel() for _ in range(5))
        for label, tip in (
            (self.unsaved, tr("There are changes that no file has yet")),
            (self.worker, ""),
            (self.device, tr("The device that models run on")),
            (self.threads, tr("The threads that models run with")),
            (self.memory, tr("Memory that this program uses")),
        ):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setContentsMargins(8, 0, 8, 0)
            label.setToolTip(tip)
            self.addPermanentWidget(label)
        state.environment_changed.connect(self._show_environment)
        state.jobs_changed.connect(self._show_jobs)
        state.dirty_changed.connect(self._show_dirty)
        self._show_environment(state.environment)
        self._show_jobs(state.jobs)
        self._show_dirty(state.dirty)
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._show_memory)
        self._poll.start(_POLL_MS)
        self._show_memory()

    @Slot(str)
    def notify(self, message: str) -> None:
        self.showMessage(message, _NOTICE_MS)

    @Slot(object)
    def _show_environment(self, environment: Environment | None) -> None:
        lowered = environment is not None and environment.precision != PRECISIONS[0]
        device = environment.device if environment else ""
        self.device.setText(f"{device}, {environment.precision}" if environment and lowered else device)
        count = environment.threads if environment else 0
        self.threads.setText(tr("%n thread(s)", "", count) if count else "")

    @Slot(object)
    def _show_jobs(self, jobs: tuple[JobStatus, ...]) -> None:
        running = next((job for job in jobs if job.state == "running"), None)
        waiting = sum(job.state == "queued" for job in jobs)
        if running is None:
            said = tr("Ready")
        else:
            said = tr("Cancelling: {what}", what=running.title) if running.cancelling else running.title
            if running.total:
                said = tr("{what} {percent} %", what=said, percent=100 * running.done // running.total)
            if waiting:
                said = tr("{what}, %n waiting", "", waiting, what=said)
        # A long title must not decide how narrow the window can be.
        self.worker.setText(self.fontMetrics().elidedText(said, Qt.TextElideMode.ElideMiddle, _WORKER_WIDTH))
        self.worker.setToolTip(said)

    @Slot(object)
    def _show_dirty(self, dirty: bool) -> None:
        self.unsaved.setText(tr("● Unsaved") if dirty else "")

    @Slot()
    def _show_memory(self) -> None:
        self.memory.setText(tr("{size} GiB", size=f"{self._process.memory_info().rss / 2**30:.2f}"))
