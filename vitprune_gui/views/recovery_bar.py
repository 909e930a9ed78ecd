"""Unsaved work that is on offer, above everything else until people have decided about it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QDate, QLocale, Qt, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vitprune_gui.recovery import Recovery
from vitprune_gui.shelf import Work
from vitprune_gui.translation import tr


class RecoveryBar(QFrame):
    """A row for each: what, of when, and whether to restore it. Hidden, it stays there for the next start."""

    def __init__(self, recovery: Recovery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._recovery = recovery
        self.rows: list[WorkRow] = []
        title = QLabel(tr("Unsaved work was kept:"))
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        self.later = QPushButton(tr("Decide later"))
        self.later.setToolTip(tr("It is offered again at the next start"))
        self.later.clicked.connect(self.hide)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.later)
        self._column = QVBoxLayout()
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addLayout(self._column)
        recovery.found_changed.connect(self._show)
        self._show(recovery.found)

    @Slot(object)
    def _show(self, found: tuple[Work, ...]) -> None:
        grown = len(found) > len(self.rows)
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [WorkRow(work, self._recovery, self) for work in found]
        for row in self.rows:
            self._column.addWidget(row)
        self.setVisible(bool(found) and (grown or self.isVisible()))


class WorkRow(QWidget):
    def __init__(self, work: Work, recovery: Recovery, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._recovery = recovery
        self.title, self.detail = QLabel(describe(work)), QLabel(contents(work))
        for label in (self.title, self.detail):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)  # a file's name must not become markup
        self.title.setToolTip(str(work.origin.path or work.file))
        self.restore = QPushButton(tr("Restore"))
        self.restore.setAccessibleName(tr("Restore {what}", what=self.title.text()))
        self.restore.setEnabled(work.session is not None)
        self.restore.clicked.connect(self._on_restore)
        self.discard = QPushButton(tr("Discard"))
        self.discard.setAccessibleName(tr("Discard {what}", what=self.title.text()))
        self.discard.clicked.connect(self._on_discard)
        self._sure = False
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 2)
        grid.addWidget(self.title, 0, 0)
        grid.addWidget(self.detail, 1, 0)
        grid.addWidget(self.restore, 0, 1, 2, 1)
        grid.addWidget(self.discard, 0, 2, 2, 1)
        grid.setColumnStretch(0, 1)

    @Slot()
    def _on_restore(self) -> None:
        self._recovery.restore(self._work)

    @Slot()
    def _on_discard(self) -> None:
        """Once to ask, once to do it: there is no way back."""
        if self._sure:
            self._recovery.discard(self._work)
        self._sure = True
        self.discard.setText(tr("Discard for good"))
        self.discard.setAccessibleName(tr("Discard {what} for good", what=self.title.text()))


def describe(work: Work) -> str:
    """Where it belongs, and when it changed last."""
    path, session = work.origin.path, work.session
    if path is not None:
        name = path.name
    else:
        name = tr("{model}, never saved", model=session.architecture.name) if session else tr("A session")
    return "  ·  ".join((name, moment(work.changed, datetime.now().astimezone())))


def contents(work: Work) -> str:
    """What is in it, in one line; or why that cannot be told."""
    session = work.session
    if session is None:
        return tr("It cannot be read: {problem}", problem=work.problem)
    parts = [tr("%n site(s) in the plan", "", len(session.plan))]
    if session.scores is not None:
        from vitprune_gui.views.formatting import images  # numpy comes with it, and nothing is found before it is there

        parts.append(tr("%n score(s) of {images}", "", len(session.scores), images=images(session.scores.images)))
    if session.evaluations:
        parts.append(tr("%n evaluation(s)", "", len(session.evaluations)))
    if session.searches:
        parts.append(tr("%n search(es)", "", len(session.searches)))
    if session.trials:
        parts.append(tr("%n trial(s)", "", len(session.trials)))
    return "  ·  ".join(parts)


def moment(when: datetime, now: datetime) -> str:
    """Today at 14:05, yesterday at 09:30, 3 March 2026 at 18:00."""
    days, time = (now.date() - when.date()).days, f"{when:%H:%M}"
    if days == 0:
        return tr("today at {time}", time=time)
    if days == 1:
        return tr("yesterday at {time}", time=time)
    date = QLocale().toString(QDate(when.year, when.month, when.day), "d MMMM yyyy")
    return tr("{date} at {time}", date=date, time=time)
