"""Every model that can be opened: searched as you type, read about, downloaded and opened.

In a dock there are a few columns and a summary; where there is room, all columns, all filters and all that is known.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QDesktopServices,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.actions import Verb
from vitprune_gui.item_models.catalog_model import CatalogModel, Column, Row, Wanted, row_of_file
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.model_details import ModelDetails, download_text, summary
from vitprune_gui.views.model_filters import ModelFilters
from vitprune_gui.views.parts import SPACE, EmptyState, wrapped
from vitprune_gui.views.tables import browser_table

if TYPE_CHECKING:
    from vitprune.errors import VitPruneError
    from vitprune_gui.commands import Commands
    from vitprune_gui.views.models_dialog import ModelsDialog

WIDE = 760  # pixels
_ONE_LINE = 1050
_PANEL = 330
_CHARACTERS = {
    Column.NAME: 31,
    Column.FAMILY: 18,
    Column.PARAMS: 8,
    Column.MACS: 8,
    Column.INPUT: 7,
    Column.TOP1: 8,
    Column.SUPPORT: 17,
    Column.LICENCE: 14,
    Column.LOCAL: 5,
}
# What goes first where there is no room is last.
_IMPORTANCE = (Column.NAME, Column.LOCAL, Column.PARAMS, Column.SUPPORT, Column.TOP1, Column.INPUT, Column.LICENCE,
               Column.MACS, Column.FAMILY)  # fmt: skip


class ModelBrowser(QWidget):
    opened = Signal()
    """Something of the list is being opened."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands, self._models = state, commands, commands.models
        self._chosen = ""  # the source of the row, also while the filters hide it
        self._wide: bool | None = None
        self._fetched = ""  # the download whose progress is on show
        self._filtering = False  # the description follows at its end
        self.dialog: ModelsDialog | None = None
        """The list in a window of its own, while that is open."""
        self.model = CatalogModel(self)
        self.filters = ModelFilters()
        self.search, self.family, self.here = self.filters.search, self.filters.family, self.filters.here
        self.table = _table(self.model)
        self._empty = EmptyState("", "")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        self.panel = ModelDetails()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self._pages)
        self.splitter.addWidget(self.panel)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setChildrenCollapsible(False)
        self.details = wrapped(selectable=True)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.counts = QLabel()
        self.counts.setForegroundRole(self.counts.foregroundRole().PlaceholderText)
        self._make_banner()
        self._make_progress()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(SPACE)
        layout.addWidget(self.banner)
        layout.addWidget(self.filters)
        layout.addWidget(self.counts)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(self.details)
        layout.addWidget(self.progress)
        layout.addLayout(self._make_buttons())

        forget = QShortcut(QKeySequence.StandardKey.Delete, self.table)
        forget.setContext(Qt.ShortcutContext.WidgetShortcut)
        forget.activated.connect(self._forget)
        self.filters.changed.connect(self._filter)
        self.search.returnPressed.connect(self._open_current)
        self.table.activated.connect(self._open)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        self.model.modelReset.connect(self._reselect)
        state.catalog_changed.connect(self._show)
        self._models.local_changed.connect(self._show)
        self._models.downloads_changed.connect(self._describe)
        self._models.trouble_changed.connect(self._show_trouble)
        self._show()
        self._show_trouble(self._models.trouble)
        self._arrange(wide=False)

    def verbs(self) -> tuple[Verb, ...]:
        return (
            Verb("browse_models", tr("Browse all mo&dels…"),
                 tr("Every pretrained model, with all that is known of it"), self.browse, shortcut="Ctrl+Shift+B",
                 icon="mdi6.view-list-outline", menu="File", group=10,
                 words=tr("catalogue catalog timm hub download pretrained weights list", "words to find it by")),
            Verb("refresh_models", tr("&Look for models again"), tr("Look again at what is on this machine"),
                 self._models.refresh, words=tr("reload cache scan catalogue models", "words to find it by")),
        )  # fmt: skip

    def browse(self) -> None:
        """Show the list in a window of its own, which has room for everything."""
        from vitprune_gui.views.models_dialog import ModelsDialog

        if self.dialog is None:
            self.dialog = ModelsDialog(self._state, self._commands, self.window())
            self.dialog.finished.connect(self._forget_dialog)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.browser.search.setFocus()

    @property
    def current(self) -> Row | None:
        """The row that is selected, None without one."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.row_at(rows[0]) if rows else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(wide=self.width() >= WIDE)

    # Parts

    def _make_banner(self) -> None:
        self.banner = QFrame()
        self.banner.setFrameShape(QFrame.Shape.StyledPanel)
        self.trouble = wrapped(selectable=True)
        self.retry = QPushButton(tr("Try again"))
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName(tr("Close"))
        close.clicked.connect(self.banner.hide)
        self.retry.clicked.connect(self._retry)
        row = QHBoxLayout(self.banner)
        row.setContentsMargins(8, 4, 4, 4)
        row.addWidget(self.trouble, 1)
        row.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)

    def _make_progress(self) -> None:
        self.progress = QWidget()
        self.bar = QProgressBar()
        self.bar.setMaximumHeight(14)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the download"))
        self.told = QLabel()
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.stop = QPushButton(tr("Cancel download"))
        self.stop.clicked.connect(self._cancel)
        row = QHBoxLayout(self.progress)
        row.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.bar)
        column.addWidget(self.told)
        row.addLayout(column, 1)
        row.addWidget(self.stop)

    def _make_buttons(self) -> QHBoxLayout:
        self.file_button = QPushButton(tr("Open file…"))
        self.file_button.setToolTip(tr("A weights file of yours"))
        self.file_button.clicked.connect(self._open_file)
        self.all_button = QPushButton(tr("Browse all…"))
        self.all_button.setToolTip(tr("Every model with all that is known of it, in a window of its own"))
        self.all_button.clicked.connect(self.browse)
        self.folder_button = QPushButton(tr("Open folder"))
        self.folder_button.clicked.connect(self._open_folder)
        self.name_button = QPushButton(tr("Copy name"))
        self.name_button.clicked.connect(self._copy_name)
        self.command_button = QPushButton(tr("Copy command"))
        self.command_button.clicked.connect(self._copy_command)
        self.forget_button = QPushButton(tr("Remove from list"))
        self.forget_button.setToolTip(tr("Take it out of this list; the file itself stays"))
        self.forget_button.clicked.connect(self._forget)
        self.download_button = QPushButton(tr("Download"))
        self.download_button.clicked.connect(self._download)
        self.open_button = QPushButton(tr("Open", "verb"))
        self.open_button.clicked.connect(self._open_current)
        self._of_row = (self.folder_button, self.name_button, self.command_button, self.forget_button)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self.file_button)
        row.addWidget(self.all_button)
        row.addStretch(1)
        for button in (*self._of_row, self.download_button, self.open_button):
            row.addWidget(button)
        return row

    def _arrange(self, *, wide: bool) -> None:
        """Show what there is room for."""
        if wide != self._wide:
            self._wide = wide
            self.panel.setVisible(wide)
            self.splitter.setSizes([self.width() - _PANEL, _PANEL])
            for button in self._of_row:
                button.setVisible(wide)
            self._describe()
            self._show_trouble(self._models.trouble)
        self.filters.arrange(wide=wide, lines=1 if self.width() >= _ONE_LINE else 2)
        self.file_button.setVisible(wide)
        self.all_button.setVisible(not wide)
        character = self.fontMetrics().averageCharWidth()
        room = self.width() - (self.panel.width() if wide else 0) - 40
        for column in _IMPORTANCE:
            room -= _CHARACTERS[column] * character + 14
            self.table.setColumnHidden(column, column != Column.NAME and room < 0)

    # The list

    @Slot()
    def _show(self) -> None:
        local = [row_of_file(model) for model in self._models.local]
        self.model.set_rows([*local, *(Row(entry.name, entry) for entry in self._state.catalog)])
        self.filters.show_choices(self._state.catalog)
        self._filter()

    @Slot()
    def _filter(self) -> None:
        wanted = self.filters.wanted()
        self._filtering = True
        self.model.set_wanted(wanted)
        self._filtering = False
        total, shown = len(self.model.rows), self.model.rowCount()
        if not self._state.catalog:
            self._empty.say(tr("Reading the catalogue…"), tr("The list of pretrained models appears here in a moment."))
        elif wanted == Wanted(here=True):
            self._empty.say(
                tr("Nothing is on this machine yet"),
                tr("Download a model from the list, open a file of yours, or drop one here."),
            )
        else:
            self._empty.say(
                tr("No model fits"), tr("Change the search, or show all families and models that are not here yet.")
            )
        self._pages.setCurrentWidget(self.table if shown else self._empty)
        self.counts.setText(
            tr("{shown} of {total} models", shown=thousands(shown), total=thousands(total)) if total else ""
        )
        self.counts.setVisible(bool(total))
        self._describe()

    @Slot()
    def _reselect(self) -> None:
        """A table forgets its selection with every change; people do not."""
        place = self.model.place_of(self._chosen) if self._chosen else -1
        if place >= 0:
            self.table.setCurrentIndex(self.model.index(place, 0))

    @Slot()
    def _on_selected(self) -> None:
        row = self.current
        if row is not None:
            self._chosen = row.source
            if not self._filtering:
                self._describe()
                QTimer.singleShot(0, self, self._keep_in_sight)  # what is said of it takes room from the table

    @Slot()
    def _keep_in_sight(self) -> None:
        self.table.scrollTo(self.table.currentIndex())

    @Slot()
    def _describe(self) -> None:
        row = self.current
        self.details.setText(summary(row) if row else tr("Double-click a model to open it."))
        self.details.setVisible(not self._wide)
        if self._wide:
            self.panel.show_row(row)
        self._show_progress(row)
        gone = tr("It is not there any more.") if row and row.local and row.local.size is None else ""
        _allow(self.open_button, (tr("Select a model first.") if row is None else "") or gone)
        _allow(self.download_button, self._not_downloadable(row))
        _allow(self.folder_button, "" if self._folder(row) else tr("It is not on this machine."))
        for button in (self.name_button, self.command_button):
            _allow(button, "" if row else tr("Select a model first."))
        self.download_button.setVisible(row is None or row.local is None)
        self.forget_button.setVisible(bool(self._wide and row and row.local))

    def _show_progress(self, row: Row | None) -> None:
        """Of the download of a row, else of the one that runs."""
        downloads = self._models.downloads
        self._fetched = row.name if row and row.name in downloads else next(iter(downloads), "")
        self.progress.setVisible(bool(self._fetched))
        if self._fetched:
            status, text = downloads[self._fetched], download_text(downloads[self._fetched])
            self.bar.setRange(0, 1000 if status.total else 0)
            self.bar.setValue(1000 * status.done // status.total if status.total else 0)
            other = row is None or row.name != self._fetched
            self.told.setText(tr("{name}: {progress}", name=self._fetched, progress=text) if other else text)
            self.told.setToolTip(status.title)
            self.stop.setEnabled(not status.cancelling)

    def _not_downloadable(self, row: Row | None) -> str:
        if row is None:
            return tr("Select a model first.")
        if row.here:
            return tr("It is on this machine already.")
        return tr("It is being downloaded.") if row.name in self._models.downloads else ""

    # What is done with a row

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        row = self.model.row_at(index)
        if row is None:
            return
        if row.local is not None:
            self._commands.open_anything(row.source)
        else:
            self._models.open(row.entry)
        if row.here:
            self.opened.emit()

    @Slot()
    def _open_current(self) -> None:
        index = self.table.currentIndex()
        if self.current is None:
            index = self.model.index(0, 0) if self.model.rowCount() == 1 else QModelIndex()
        self._open(index)

    @Slot()
    def _download(self) -> None:
        if (row := self.current) is not None and not self._not_downloadable(row):
            self._models.download(row.entry)

    @Slot()
    def _cancel(self) -> None:
        self._models.cancel(self._fetched)

    @Slot()
    def _open_folder(self) -> None:
        if folder := self._folder(self.current):
            QDesktopServices.openUrl(QUrl.fromLocalFile(folder))

    def _folder(self, row: Row | None) -> str:
        """Where the file of a row lies, empty when there is none."""
        if row is None or row.entry.file is None or (row.local and row.local.size is None):
            return ""
        return str(row.entry.file if row.local and row.local.folder else row.entry.file.parent)

    @Slot()
    def _copy_name(self) -> None:
        if (row := self.current) is not None:
            QGuiApplication.clipboard().setText(row.source)

    @Slot()
    def _copy_command(self) -> None:
        if (row := self.current) is not None:
            QGuiApplication.clipboard().setText(shlex.join(("vitprune", "inspect", row.source)))

    @Slot()
    def _forget(self) -> None:
        if (row := self.current) is not None and row.local is not None:
            self._models.forget(row.source)

    @Slot()
    def _open_file(self) -> None:
        self._commands.ask_model_file()

    @Slot(QPoint)
    def _show_menu(self, where: QPoint) -> None:
        """What the buttons do, for where there is no room for them."""
        row = self.model.row_at(self.table.indexAt(where)) or self.current  # the key for it points nowhere
        if row is None:
            return
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in (self.open_button, self.download_button, *self._of_row):
            if button is not self.forget_button or row.local is not None:
                action = menu.addAction(button.text())
                action.setEnabled(button.isEnabled())
                action.setToolTip(button.toolTip())
                action.triggered.connect(button.click)
        menu.popup(self.table.viewport().mapToGlobal(where))

    # Trouble

    @Slot(object)
    def _show_trouble(self, trouble: VitPruneError | None) -> None:
        self.banner.setVisible(trouble is not None)
        if trouble is not None:
            self.trouble.setText(f"{trouble.message}\n{trouble.hint}".strip() if self._wide else trouble.message)
            self.trouble.setToolTip(trouble.hint)
        self.retry.setVisible(self._models.again is not None)

    @Slot()
    def _retry(self) -> None:
        self._models.retry()

    @Slot()
    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _table(model: CatalogModel) -> QTableView:
    table = browser_table(model, tr("Models"))
    table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    character = table.fontMetrics().averageCharWidth()
    for column, width in _CHARACTERS.items():
        table.setColumnWidth(column, width * character + 14)
    table.horizontalHeader().setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
    table.setSortingEnabled(True)
    table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    return table


def _allow(button: QPushButton, reason: str) -> None:
    """Let a button be pressed, or say why not."""
    button.setEnabled(not reason)
    button.setToolTip(reason)
