"""Tells people who look elsewhere that a long job is over, and how far one is."""

from __future__ import annotations

import time
from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QStyle, QSystemTrayIcon, QWidget

from vitprune_gui.batch import Batch
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

LONG_S = 10.0
_BEFORE_PERCENT_S = 2.0
_SHOWN_MS = 15_000


def percent_of(jobs: Iterable[JobStatus]) -> int | None:
    """How far the job is that runs, where it takes more than a moment and knows it; for the title and the taskbar."""
    now = time.monotonic()
    for job in jobs:
        if job.state == "running" and job.total and job.started is not None and now - job.started > _BEFORE_PERCENT_S:
            return 100 * job.done // job.total
    return None


class Notices(QObject):
    """Never takes the focus: the taskbar's entry asks to be looked at and, while another window is in front, the
    desktop shows a line."""

    told = Signal(str, str)
    """The title and the text of what was said."""

    def __init__(self, window: QWidget, state: AppState, batch: Batch) -> None:
        super().__init__(window)
        self._window = window
        self._pending: frozenset[int] = frozenset()
        self._tray: QSystemTrayIcon | None = None
        self._hide = QTimer(self)
        self._hide.setSingleShot(True)
        self._hide.setInterval(_SHOWN_MS)
        self._hide.timeout.connect(self._forget)
        state.jobs_changed.connect(self._look)
        self._batch = batch
        batch.finished.connect(self._on_batch)

    @Slot(object)
    def _look(self, jobs: tuple[JobStatus, ...]) -> None:
        for job in jobs:
            if job.id in self._pending and not job.pending and (job.seconds or 0) > LONG_S and job.topic != "batch":
                if job.state == "done":
                    self._tell(tr("Done: {job}", job=job.title), " ".join(job.notes))
                elif job.state == "failed":
                    self._tell(tr("Failed: {job}", job=job.title), job.message)
        self._pending = frozenset(job.id for job in jobs if job.pending)

    @Slot(object)
    def _on_batch(self, _: object) -> None:
        if any(row.state in ("done", "failed") for row in self._batch.rows):
            self._tell(tr("The queue of analyses is through"), self._batch.summary)

    def _tell(self, title: str, text: str) -> None:
        QApplication.alert(self._window)
        if not self._window.isActiveWindow() and QSystemTrayIcon.isSystemTrayAvailable():
            if self._tray is None:
                icon = self._window.windowIcon()
                if icon.isNull():
                    icon = self._window.style().standardIcon(QStyle.StandardPixmap.SP_DialogApplyButton)
                self._tray = QSystemTrayIcon(icon, self)
                self._tray.messageClicked.connect(self._show_window)
            self._tray.show()  # without an icon there is no message on most desktops
            self._tray.showMessage(title, text or self._window.windowTitle())
            self._hide.start()
        self.told.emit(title, text)

    @Slot()
    def _forget(self) -> None:
        if self._tray is not None:
            self._tray.hide()

    @Slot()
    def _show_window(self) -> None:
        """People asked for it."""
        self._window.raise_()
        self._window.activateWindow()
        self._forget()
