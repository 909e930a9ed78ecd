"""Every model that can be opened: searched as you type, opened with a double click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.item_models.catalog_model import CatalogFilter, CatalogModel, Column, describe
from vitprune_gui.state import AppState
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.parts import SPACE, EmptyState, TickBox, wrapped

if TYPE_CHECKING:
    from vitprune.catalog import ModelEntry
    from vitprune_gui.commands import Commands

_ALL = "All families"
_COLUMN_CHARACTERS = {Column.FAMILY: 12, Column.PARAMS: 8, Column.INPUT: 6, Column.LICENCE: 13, Column.CACHED: 5}


class ModelBrowser(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.model = CatalogModel(self)
        self.filtered = CatalogFilter(self)
        self.filtered.setSourceModel(self.model)

        self.search = QLineEdit()
        self.search.setPlaceholderText("Search models: vit base dinov2")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search models")
        self.family = QComboBox()
        self.family.addItem(_ALL, "")
        self.family.setAccessibleName("Family")
        self.family.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.family.setMinimumContentsLength(14)
        self.cached = TickBox("On this machine")
        self.cached.setToolTip("Only models whose weights are here already")

        self.table = QTableView()
        self.table.setModel(self.filtered)
        self.table.setAccessibleName("Models")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setWordWrap(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 9)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Interactive)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
        character = self.fontMetrics().averageCharWidth()
        self.table.setColumnWidth(Column.NAME, 31 * character)
        for column, width in _COLUMN_CHARACTERS.items():
            self.table.setColumnWidth(column, width * character + 14)

        self._empty = EmptyState("No model fits", "Change the search, or show all families.")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        self.details = wrapped(selectable=True)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)

        self.open_button = QPushButton("Open")
        self.open_button.setEnabled(False)
        self.sample_button = QPushButton("Open sample")
        self.sample_button.setToolTip("A small model and its images, both on this machine")
        self.file_button = QPushButton("Open file…")
        self.file_button.setToolTip("A weights file, or a folder exported before")

        filters = QHBoxLayout()
        filters.setSpacing(SPACE)
        filters.addWidget(self.family, 1)
        filters.addWidget(self.cached)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.sample_button)
        buttons.addWidget(self.file_button)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(SPACE)
        layout.addWidget(self.search)
        layout.addLayout(filters)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.details)
        layout.addLayout(buttons)

        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._open_current)
        self.family.currentIndexChanged.connect(self._filter)
        self.cached.toggled.connect(self._filter)
        self.table.activated.connect(self._open)
        self.table.selectionModel().selectionChanged.connect(self._describe)
        self.open_button.clicked.connect(self._open_current)
        self.sample_button.clicked.connect(self._open_sample)
        self.file_button.clicked.connect(self._open_file)
        state.catalog_changed.connect(self._show)
        self._show(state.catalog)

    @Slot(object)
    def _show(self, entries: tuple[ModelEntry, ...]) -> None:
        chosen = self.current()
        self.model.set_entries(entries)
        family = self.family.currentData()
        self.family.blockSignals(True)
        self.family.clear()
        self.family.addItem(_ALL, "")
        for name in sorted({entry.family for entry in entries}):
            self.family.addItem(name, name)
        self.family.setCurrentIndex(max(0, self.family.findData(family)))
        self.family.blockSignals(False)
        self._filter()
        if chosen is not None:
            self._select(chosen.name)

    @Slot()
    def _filter(self) -> None:
        self.filtered.set_filter(self.search.text(), self.family.currentData() or "", self.cached.isChecked())
        shown = self.filtered.rowCount()
        if not self.model.entries:
            self._empty.say("Reading the catalogue…", "The list of pretrained models appears here in a moment.")
        else:
            self._empty.say(
                "No model fits", "Change the search, or show all families and models that are not here yet."
            )
        self._pages.setCurrentWidget(self.table if shown else self._empty)
        self._describe()

    def current(self) -> ModelEntry | None:
        """The entry that is selected, None without one."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.entry(self.filtered.mapToSource(rows[0])) if rows else None

    def _select(self, name: str) -> None:
        row = next((row for row, entry in enumerate(self.model.entries) if entry.name == name), None)
        if row is not None:
            self.table.setCurrentIndex(self.filtered.mapFromSource(self.model.index(row, 0)))

    @Slot()
    def _describe(self) -> None:
        entry = self.current()
        self.open_button.setEnabled(entry is not None)
        if entry is None:
            total, shown = len(self.model.entries), self.filtered.rowCount()
            some = (
                f"{thousands(shown)} of {thousands(total)} models" if shown != total else f"{thousands(total)} models"
            )
            self.details.setText(f"{some}. Double-click one to open it." if total else "")
        else:
            name, *rest = describe(entry).split("\n")
            self.details.setText(f"{name}\n{' · '.join(rest)}")

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        entry = self.model.entry(self.filtered.mapToSource(index))
        if entry is not None:
            self._commands.open_model(entry.name)

    @Slot()
    def _open_current(self) -> None:
        entry = self.current()
        if entry is None and self.filtered.rowCount() == 1:
            entry = self.model.entry(self.filtered.mapToSource(self.filtered.index(0, 0)))
        if entry is not None:
            self._commands.open_model(entry.name)

    @Slot()
    def _open_sample(self) -> None:
        self._commands.use_sample()

    @Slot()
    def _open_file(self) -> None:
        self._commands.ask_model_file()
