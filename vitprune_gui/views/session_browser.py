"""The sessions of a folder as a table: looked through, ticked to be compared, opened with a double click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.delegates import SiteDelegate
from vitprune_gui.item_models.sessions_model import Column, SessionsFilter, SessionsModel, describe
from vitprune_gui.library import LISTING
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.parts import SPACE, EmptyState, TickBox, narrow, wrapped
from vitprune_gui.views.tables import browser_table

if TYPE_CHECKING:
    from pathlib import Path

    from vitprune.listing import Line
    from vitprune_gui.library import Library
    from vitprune_gui.runner import JobStatus

_WIDTHS = {  # in characters
    Column.MODEL: 23, Column.DATA: 19, Column.METHOD: 23, Column.REMOVED: 10, Column.QUALITY: 20, Column.LATENCY: 12,
    Column.DATE: 17, Column.SIZE: 10,
}  # fmt: skip
_FILE, _LEAST = 30, 11  # of the file's name, and of what gives it room
_GIVING = (Column.MODEL, Column.DATA, Column.METHOD)


class SessionBrowser(QWidget):
    def __init__(self, state: AppState, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._library = state, library
        self.model = SessionsModel(self)
        self.filtered = SessionsFilter(self)
        self.filtered.setSourceModel(self.model)

        self.folder = narrow(QComboBox())
        self.folder.setAccessibleName(tr("Folder of sessions"))
        self.choose = QPushButton(tr("Choose folder…"))
        self.deep = TickBox(tr("&Sub-folders too"))
        self.refresh = QPushButton(tr("&Refresh"))
        self.refresh.setToolTip(tr("Look again: only files that have changed are read"))
        self.refresh.setShortcut("Ctrl+R")
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search: file, model, images, method"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(tr("Search sessions"))
        self.compare = QPushButton(tr("&Compare"))
        self.untick = QPushButton(tr("&Untick all"))
        self.untick.setToolTip(tr("None of the sessions is to be compared then, those of other folders neither"))
        self.open = QPushButton(tr("Open", "verb"))
        self.open.setToolTip(tr("Open the selected session in place of the present one"))
        self.choose.setToolTip(tr("List the sessions of another folder"))
        self.deep.setToolTip(tr("List those in the folders inside this one, too"))
        above, below = QHBoxLayout(), QHBoxLayout()
        for row in (above, below):
            row.setContentsMargins(8, 6, 8, 0)
            row.setSpacing(SPACE)
        above.addWidget(self.folder, 1)
        for widget in (self.choose, self.deep, self.refresh):
            above.addWidget(widget)
        below.addWidget(self.search, 1)
        for widget in (self.untick, self.compare, self.open):
            below.addWidget(widget)

        self.table = self._make_table()
        self._widths: dict[Column, int] = {}  # as they were shared out
        self.first = QPushButton(tr("Choose folder…"))
        self.clear = QPushButton(tr("Clear the search"))
        self.empty = EmptyState("", "", self.first, self.clear)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.table)
        self.details = wrapped(selectable=True)
        self.details.setContentsMargins(8, 0, 8, 0)
        self.details.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 4)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.status = wrapped()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        self.cancel = QPushButton(tr("Cancel"))
        work = QHBoxLayout()
        work.setContentsMargins(8, 0, 8, 6)
        work.setSpacing(SPACE)
        work.addWidget(self.status, 2)
        work.addWidget(self.bar, 1)
        work.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(above)
        layout.addLayout(below)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.details)
        layout.addLayout(work)

        for button in (self.choose, self.first):
            button.clicked.connect(library.ask_folder)
        self.folder.activated.connect(self._go)
        self.deep.toggled.connect(self._deepen)
        self.refresh.clicked.connect(library.refresh)
        self.search.textChanged.connect(self._search)
        self.clear.clicked.connect(self.search.clear)
        self.compare.clicked.connect(self._compare)
        self.untick.clicked.connect(library.untick_all)
        self.open.clicked.connect(self._open_current)
        self.cancel.clicked.connect(self._cancel)
        self.table.activated.connect(self._open)
        self.table.selectionModel().selectionChanged.connect(self._describe)
        self.model.ticked_by_hand.connect(self._tick)
        for changed in (self.filtered.layoutChanged, self.filtered.modelReset, self.filtered.rowsInserted):
            changed.connect(self._span)
        self.filtered.rowsRemoved.connect(self._span)
        library.lines_changed.connect(self._show)
        library.folder_changed.connect(self._show_folder)
        library.ticked_changed.connect(self._show_ticked)
        state.jobs_changed.connect(self._show_work)
        self._show_folder()
        self._show(library.lines)
        self._show_ticked(library.ticked)

    def _make_table(self) -> QTableView:
        table = browser_table(self.filtered, tr("Sessions"))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setItemDelegateForColumn(Column.FILE, SiteDelegate(table))  # tick boxes that are seen in the dark
        header = table.horizontalHeader()
        header.setMinimumSectionSize(5 * self.fontMetrics().averageCharWidth())
        header.setSectionResizeMode(Column.FILE, QHeaderView.ResizeMode.Stretch)
        table.setSortingEnabled(True)
        table.sortByColumn(Column.FILE, Qt.SortOrder.AscendingOrder)
        return table

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        """Keep room for names of files where the window is narrow, until people set the widths themselves."""
        table, character = self.table, self.fontMetrics().averageCharWidth()
        if any(table.columnWidth(column) != width for column, width in self._widths.items()):
            return
        widths = {column: width * character + 12 for column, width in _WIDTHS.items()}
        lacking = sum(widths.values()) + _FILE * character - self.width()
        most = sum(max(0, widths[column] - _LEAST * character) for column in _GIVING)
        for column in _GIVING if lacking > 0 else ():
            spare = max(0, widths[column] - _LEAST * character)
            widths[column] -= min(spare, round(lacking * spare / most))
        for column, width in widths.items():
            table.setColumnWidth(column, width)
        self._widths = widths

    def current(self) -> Line | None:
        """The line that is selected, None without one."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.line(self.filtered.mapToSource(rows[0])) if rows else None

    def _select(self, path: Path) -> None:
        row = next((row for row, line in enumerate(self.model.lines) if line.path == path), None)
        if row is not None:
            self.table.setCurrentIndex(self.filtered.mapFromSource(self.model.index(row, Column.FILE)))

    # Showing

    @Slot(object)
    def _show(self, lines: tuple[Line, ...]) -> None:
        chosen = self.current()
        self.model.set_lines(lines)
        if chosen is not None and self.current() is None:
            self._select(chosen.path)
        self._tell()
        self._describe()
        self._show_ticked(self._library.ticked)  # which of them are elsewhere

    @Slot()
    def _show_folder(self) -> None:
        library = self._library
        with QSignalBlocker(self.folder), QSignalBlocker(self.deep):
            self.folder.clear()
            for folder in library.recent:
                self.folder.addItem(folder, folder)
            self.folder.setCurrentIndex(self.folder.findData(str(library.folder)) if library.folder else -1)
            self.deep.setChecked(library.deep)
        self.folder.setToolTip(str(library.folder or ""))
        narrow(self.folder)
        self._tell()

    @Slot(object)
    def _show_ticked(self, ticked: tuple[object, ...]) -> None:
        self.model.set_ticked(self._library.ticked)
        count = len(ticked)
        self.compare.setText(tr("&Compare %n session(s)", "", count) if count > 1 else tr("&Compare"))
        self.compare.setEnabled(count > 1)
        shown = {line.path for line in self.model.lines}
        elsewhere = sum(path not in shown for path in self._library.ticked)
        tip = tr("The one that was ticked first is the baseline") if count > 1 else tr("Tick at least two sessions")
        self.compare.setToolTip(
            tr("{tip}; {count} of them in other folders", tip=tip, count=elsewhere) if elsewhere else tip
        )
        self.untick.setEnabled(bool(count))

    @Slot(object)
    def _show_work(self, _: object = None) -> None:
        self._tell()

    def _tell(self) -> None:
        job = self._job()
        self.bar.setVisible(job is not None)
        self.cancel.setVisible(job is not None)
        self.refresh.setEnabled(job is None and self._library.folder is not None)
        self.status.setText(self._words(job))
        if job is not None:
            self.bar.setRange(0, job.total)
            self.bar.setValue(job.done)
        self._say_empty(job)

    def _job(self) -> JobStatus | None:
        return next((job for job in self._state.jobs if job.topic == LISTING and job.pending), None)

    def _words(self, job: JobStatus | None) -> str:
        if job is not None:
            other = next((one.title for one in self._state.jobs if one.state == "running" and one.id != job.id), "")
            if job.state == "queued" and other:
                return tr("Waits for: {job}", job=other)
            done, total = thousands(job.done), thousands(job.total)
            return tr("Reading sessions: {done} of {total}", done=done, total=total) if job.total else tr("Looking…")
        lines = self.model.lines
        if not lines:
            return self._library.problem
        count, shown = len(lines), self.filtered.rowCount()
        told = tr("%n session file(s)", "", count)
        if shown != count:
            told = tr("{shown} of %n session file(s)", "", count, shown=thousands(shown))
        if bad := sum(line.summary is None for line in lines):
            told = tr("{files}; {bad} cannot be opened", files=told, bad=thousands(bad))
        return f"{told}. {self._library.problem}" if self._library.problem else told

    def _say_empty(self, job: JobStatus | None) -> None:
        folder = self._library.folder
        self.first.setVisible(job is None)
        self.clear.setVisible(job is None and bool(self.model.lines))
        if folder is None:
            self.empty.say(
                tr("Look through saved sessions"),
                tr(
                    "Choose a folder: each session in it becomes a line with its model, plan, accuracy and speed. Tick "
                    "some to hold them against each other. No model has to be open."
                ),
            )
        elif job is not None:
            self.empty.say(tr("Looking for sessions…"), str(folder))
        elif self.model.lines:
            self.empty.say(tr("No session fits"), tr("Change the search."))
            self.first.hide()
        elif self._library.problem:
            self.empty.say(tr("The sessions of this folder are not known"), self._library.problem)
        else:
            text = tr("Looked for files ending in .h5 in {folder}.", folder=folder)
            if not self._library.deep:
                text += " " + tr("Those in its sub-folders are listed with “Sub-folders too”.")
            self.empty.say(tr("No sessions in this folder"), text)
        self._pages.setCurrentWidget(self.table if self.filtered.rowCount() else self.empty)

    @Slot()
    def _span(self) -> None:
        """The reason why a file does not open needs the room of what is not known of it."""
        self.table.clearSpans()
        for row in range(self.filtered.rowCount()):
            line = self.model.line(self.filtered.mapToSource(self.filtered.index(row, 0)))
            if line is not None and line.summary is None:
                self.table.setSpan(row, Column.MODEL, 1, Column.DATE - Column.MODEL)

    @Slot()
    def _describe(self) -> None:
        line = self.current()
        self.open.setEnabled(line is not None and line.summary is not None)
        self.details.setText(describe(line) if line is not None else "")

    # Doing

    @Slot()
    def _search(self) -> None:
        self.filtered.set_words(self.search.text())
        self._tell()

    @Slot()
    def _go(self) -> None:
        self._library.browse(self.folder.currentData())

    @Slot(bool)
    def _deepen(self, deep: bool) -> None:
        if self._library.folder is not None:
            self._library.browse(self._library.folder, deep=deep)
        else:
            self._library.deep = deep

    @Slot(object, bool)
    def _tick(self, path: object, on: bool) -> None:
        self._library.tick(path, on=on)  # pyright: ignore[reportArgumentType]

    @Slot()
    def _compare(self) -> None:
        self._library.compare()

    @Slot()
    def _cancel(self) -> None:
        self._library.cancel(LISTING)

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        line = self.model.line(self.filtered.mapToSource(index))
        if line is not None and line.summary is not None:
            self._library.open(line.path)

    @Slot()
    def _open_current(self) -> None:
        line = self.current()
        if line is not None and line.summary is not None:
            self._library.open(line.path)
