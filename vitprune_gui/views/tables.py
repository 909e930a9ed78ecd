"""The table that views share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QAbstractItemModel, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from vitprune.document import Table
from vitprune_gui.item_models.table_model import Cell, Row, TableModel
from vitprune_gui.translation import tr
from vitprune_gui.views.copying import copy_rows, copy_table

_WIDEST = 420  # pixels of a column to begin with
_ROOM = 14  # between a column of numbers and the text beside it
_NUMBER = re.compile(r"[<+]?\s*([-−]?\d[\d,]*(?<!,)(?:\.\d+)?(?:e[-+]?\d+)?)(?=$|[\s%(,])")


def browser_table(model: QAbstractItemModel, name: str) -> QTableView:
    """A list to look through, with columns: one row is chosen at a time. `name` is what a screen reader calls it."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 9)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table


class PlainTable(QTableView):
    """A table of text. A click on a title sorts it, Ctrl+C copies the selected rows, its menu copies all of them."""

    def __init__(self, name: str, model: TableModel | None = None) -> None:
        """`name` is what a screen reader calls it."""
        super().__init__()
        self.rows = model or TableModel(self)
        self.setModel(self.rows)
        self.setAccessibleName(name)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names of sessions differ at their ends
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().lineSpacing() + 8)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        some = QAction(tr("Copy rows"), self)
        some.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        some.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        some.triggered.connect(self.copy_selection)
        whole = QAction(tr("Copy table"), self)
        whole.triggered.connect(self.copy)
        self.addActions([some, whole])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    @Slot()
    def copy(self) -> None:
        """The whole table with its titles, as tab-separated text."""
        copy_table(self.rows.text())

    @Slot()
    def copy_selection(self) -> None:
        """The selected rows with the titles, as tab-separated text; all where none is selected."""
        copy_rows(self, self.rows.text())

    def fit(self) -> None:
        """As wide as the text, up to a point: the whole of it is in the tool tip."""
        self.resizeColumnsToContents()
        for column in range(self.rows.columnCount()):
            self.setColumnWidth(column, min(_WIDEST, self.columnWidth(column) + _ROOM))

    def show_table(self, table: Table) -> None:
        """A table of a report: its columns that hold something, numbers sorted as such."""
        columns = [[row[at] for row in table.rows] for at in range(len(table.columns))]
        kept = [at for at, held in enumerate(columns) if table.columns[at] or any(held)]
        numbers = [at for at in kept if _all_numbers(columns[at])]
        rows = [
            Row(tuple(Cell(row[at], row[at], _number(row[at]) if at in numbers else None) for at in kept))
            for row in table.rows
        ]
        self.rows.show([Cell(table.columns[at]) for at in kept], rows)
        self.fit()


def _all_numbers(texts: Iterable[str]) -> bool:
    held = [text for text in texts if text]
    words = (tr("not measured"), tr("not comparable"))
    return bool(held) and all(_NUMBER.match(text) or text in words for text in held)


def _number(text: str) -> float:
    found = _NUMBER.match(text)
    return float(found[1].replace(",", "").replace("−", "-")) if found else float("nan")
