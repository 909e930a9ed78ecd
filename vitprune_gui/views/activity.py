"""What runs, what waits, and what became of the last few jobs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.commands import Commands
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState


class ActivityPanel(QScrollArea):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._rows: dict[int, JobRow] = {}
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(6, 6, 6, 6)
        self._empty = QLabel("Nothing is running.")
        self._empty.setEnabled(False)
        self._list.addWidget(self._empty)
        self._list.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        state.jobs_changed.connect(self._show)
        self._show(state.jobs)

    def row(self, job: int) -> JobRow:
        return self._rows[job]

    @Slot(object)
    def _show(self, jobs: tuple[JobStatus, ...]) -> None:
        for gone in self._rows.keys() - {job.id for job in jobs}:
            row = self._rows.pop(gone)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, job in enumerate(jobs):
            row = self._rows.get(job.id)
            if row is None:
                row = self._rows[job.id] = JobRow(job.id, self._commands, self)
            if self._list.indexOf(row) != place:
                self._list.insertWidget(place, row)
            row.show_status(job)
        self._empty.setVisible(not jobs)


class JobRow(QFrame):
    def __init__(self, job: int, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self._commands = commands
        self.title = QLabel()
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.detail = QLabel()
        self.detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setMaximumHeight(14)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self._on_cancel)
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(4, 2, 4, 2)
        grid.addWidget(self.title, 0, 0)
        grid.addWidget(self.bar, 0, 1)
        grid.addWidget(self.cancel, 0, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 220)
        grid.setVerticalSpacing(2)
        self._place(running=False)

    def show_status(self, job: JobStatus) -> None:
        self.title.setText(job.title)
        self.detail.setText(describe(job))
        self.detail.setToolTip(job.message)
        pending = job.state in ("running", "queued")
        self._place(running=job.state == "running")
        if job.state == "running":
            self.bar.setRange(0, job.total)  # 0 to 0 shows that it is busy
            self.bar.setValue(job.done)
        self.cancel.setVisible(pending)
        self.cancel.setEnabled(not job.cancelling)
        self.cancel.setText("Cancelling…" if job.cancelling else "Cancel")

    def _place(self, *, running: bool) -> None:
        """One line for a job that is over or waits; a second one for what a running job has to say."""
        if self.bar.isVisibleTo(self) != running or self._grid.indexOf(self.detail) < 0:
            self._grid.removeWidget(self.detail)
            self._grid.addWidget(self.detail, *((1, 0, 1, 3) if running else (0, 1)))
        self.bar.setVisible(running)

    @Slot()
    def _on_cancel(self) -> None:
        self._commands.cancel_job(self._job)


def describe(job: JobStatus) -> str:
    """One line: stage, how far, how fast, how long still."""
    match job.state:
        case "queued":
            return "Waiting"
        case "done":
            return f"Done in {duration(job.seconds or 0)}"
        case "cancelled":
            return "Cancelled"
        case "failed":
            return f"Failed: {job.message}"
    parts = [job.stage or "Starting"]
    if job.total:
        parts.append(f"{job.done:,} of {job.total:,} {job.unit}".strip())
    if job.rate is not None:
        parts.append(f"{job.rate:.3g} {job.unit}/s")
    if job.eta_seconds is not None:
        parts.append(f"{duration(job.eta_seconds)} left")
    return "  ·  ".join(parts)


def duration(seconds: float) -> str:
    """3 s, 2 min 05 s, 1 h 07 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
