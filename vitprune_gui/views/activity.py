"""What runs, what waits, and what became of the last few jobs."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.commands import Commands
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

_TICK_MS = 1000


class ActivityPanel(QScrollArea):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Activity"))
        self._commands = commands
        self._rows: dict[int, JobRow] = {}
        inside = QWidget()
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(6, 6, 6, 6)
        self._empty = QLabel(tr("Nothing is running."))
        self._empty.setEnabled(False)
        self._list.addWidget(self._empty)
        self._list.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._clock = QTimer(self)  # the time so far goes on where nothing else does
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
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
        waiting = [job.id for job in jobs if job.state == "queued" and self._commands.request_of(job.id) is not None]
        for place, job in enumerate(jobs):
            row = self._rows.get(job.id)
            if row is None:
                row = self._rows[job.id] = JobRow(job.id, self._commands, self)
            if self._list.indexOf(row) != place:
                self._list.insertWidget(place, row)
            movable = job.id in waiting
            row.show_status(job, earlier=movable and job.id != waiting[0], later=movable and job.id != waiting[-1])
        self._empty.setVisible(not jobs)
        running = any(job.state == "running" for job in jobs)
        if running != self._clock.isActive():
            self._clock.start() if running else self._clock.stop()

    @Slot()
    def _tick(self) -> None:
        for row in self._rows.values():
            row.tick()


class JobRow(QFrame):
    """One job. Its menu is on a button, so that the keyboard reaches it, and under the right mouse button."""

    def __init__(self, job: int, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self._commands = commands
        self._status: JobStatus | None = None
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.detail = QLabel()
        self.detail.setTextFormat(Qt.TextFormat.PlainText)
        self.detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setMaximumHeight(14)
        self.earlier = self._button("▲", tr("Let this job go earlier"), self._on_earlier)
        self.later = self._button("▼", tr("Let this job go later"), self._on_later)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self._on_cancel)
        self.menu_button = self._button("⋯", tr("More about this job"), self._on_menu)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(2)
        for button in (self.earlier, self.later, self.cancel, self.menu_button):
            buttons.addWidget(button)
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(4, 2, 4, 2)
        grid.addWidget(self.title, 0, 0)
        grid.addWidget(self.bar, 0, 1)
        grid.addLayout(buttons, 0, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, 220)
        grid.setVerticalSpacing(2)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)  # or two lines share one
        self._place(running=False)

    def show_status(self, job: JobStatus, *, earlier: bool = False, later: bool = False) -> None:
        self._status = job
        self.title.setText(job.title)
        self.detail.setText(describe(job))
        self.detail.setToolTip("\n".join(filter(None, (job.message, *job.notes))))
        self._place(running=job.state == "running")
        self.bar.setAccessibleName(tr("Progress of {job}", job=job.title))
        if job.state == "running":
            self.bar.setRange(0, job.total)  # 0 to 0 shows that it is busy
            self.bar.setValue(job.done)
        self.earlier.setVisible(job.state == "queued" and (earlier or later))
        self.later.setVisible(job.state == "queued" and (earlier or later))
        self.earlier.setEnabled(earlier)
        self.later.setEnabled(later)
        self.cancel.setVisible(job.pending)
        self.cancel.setEnabled(not job.cancelling)
        self.cancel.setText(
            tr("Stopping…") if job.cancelling else tr("Remove") if job.state == "queued" else tr("Cancel")
        )
        self.cancel.setAccessibleName(tr("{action}: {job}", action=self.cancel.text(), job=job.title))
        for button, text in ((self.earlier, tr("Earlier")), (self.later, tr("Later")), (self.menu_button, tr("More"))):
            button.setAccessibleName(tr("{action}: {job}", action=text, job=job.title))

    def tick(self) -> None:
        if self._status is not None and self._status.state == "running":
            self.detail.setText(describe(self._status))

    def menu(self) -> QMenu:
        """What can be done with the job."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        known = self._commands.request_of(self._job) is not None
        for text, do, enabled in (
            (tr("Copy as &command"), self._on_command, known),
            (tr("Copy as &Python"), self._on_python, known),
            (tr("Copy what it &says"), self._on_said, self._status is not None),
            ("", None, False),
            (tr("Go &earlier"), self._on_earlier, self.earlier.isEnabled()),
            (tr("Go &later"), self._on_later, self.later.isEnabled()),
            (
                tr("&Stop"),
                self._on_cancel,
                self._status is not None and self._status.pending and self.cancel.isEnabled(),
            ),
        ):
            if do is None:
                menu.addSeparator()
            else:
                menu.addAction(text, do).setEnabled(enabled)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def _button(self, text: str, tip: str, do: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAutoRaise(True)
        button.clicked.connect(do)  # type: ignore[arg-type]
        return button

    def _place(self, *, running: bool) -> None:
        """One line for a job that is over or waits; a second one for what a running job has to say."""
        if self.bar.isVisibleTo(self) != running or self._grid.indexOf(self.detail) < 0:
            self._grid.removeWidget(self.detail)
            self._grid.addWidget(self.detail, *((1, 0, 1, 3) if running else (0, 1)))
        self.bar.setVisible(running)

    @Slot()
    def _on_cancel(self) -> None:
        if self._status is not None and self._status.state == "running":
            # At once, though the job has only been asked: people see that they were heard.
            self.cancel.setText(tr("Stopping…"))
            self.cancel.setEnabled(False)
        self._commands.cancel_job(self._job)

    @Slot()
    def _on_earlier(self) -> None:
        self._commands.move_job(self._job, -1)

    @Slot()
    def _on_later(self) -> None:
        self._commands.move_job(self._job, 1)

    @Slot()
    def _on_menu(self) -> None:
        self.menu().popup(self.menu_button.mapToGlobal(QPoint(0, self.menu_button.height())))

    @Slot()
    def _on_command(self) -> None:
        from vitprune_gui import recipes

        if (request := self._commands.request_of(self._job)) is not None:
            self._copy(recipes.command(request), tr("The command is on the clipboard."))

    @Slot()
    def _on_python(self) -> None:
        from vitprune_gui import recipes

        if (request := self._commands.request_of(self._job)) is not None:
            self._copy(recipes.python(request), tr("The script is on the clipboard."))

    @Slot()
    def _on_said(self) -> None:
        if (job := self._status) is not None:
            self._copy(f"{job.title}\n{describe(job)}", tr("It is on the clipboard."))

    def _copy(self, text: str, said: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._commands.notified.emit(said)


def describe(job: JobStatus) -> str:
    """One line: stage, how far, how fast, how long it took and takes still."""
    # numpy comes with these, and there are no jobs before the first frame
    from vitprune_gui.views.formatting import si
    from vitprune_gui.views.retelling import retold

    match job.state:
        case "queued":
            return tr("Waiting")
        case "done":
            return _joined(tr("Done in {time}", time=duration(job.seconds or 0)), _at(job), *job.notes)
        case "cancelled":
            return _joined(tr("Stopped") if job.message else tr("Cancelled"), job.message, _at(job), *job.notes)
        case "failed":
            return _joined(tr("Failed: {reason}", reason=job.message), _at(job), *job.notes)
    parts = [tr("Stopping…") if job.cancelling else "", retold(job.stage) if job.stage else tr("Starting")]
    if job.total:
        if job.unit == "bytes":
            parts.append(tr("{done} of {total}", done=si(job.done, "B"), total=si(job.total, "B")))
        else:
            count = tr("{done} of {total}", done=f"{job.done:,}", total=f"{job.total:,}")
            parts.append(f"{count} {tr(job.unit) if job.unit else ''}".strip())
    if job.rate is not None and job.unit:
        parts.append(f"{si(job.rate, 'B')}/s" if job.unit == "bytes" else f"{job.rate:.3g} {tr(job.unit)}/s")
    if job.eta_seconds is not None:
        parts.append(tr("{time} left", time=duration(job.eta_seconds)))
    if job.started is not None:
        parts.append(tr("{time} so far", time=duration(time.monotonic() - job.started)))
    return _joined(*parts, *job.notes)


def _joined(*parts: str) -> str:
    return "  ·  ".join(filter(None, parts))


def _at(job: JobStatus) -> str:
    """When it was over, by the clock."""
    return tr("at {clock}", clock=time.strftime("%H:%M", time.localtime(job.ended))) if job.ended else ""


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
