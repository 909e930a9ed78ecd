"""A table of text that sorts by what the text stands for. Rows carry what they are about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class Cell:
    """`key` is what the cell sorts by: a number stands on the right. Without one it sorts by its text. `about` is what
    the cell is about, where that is not what its row is."""

    text: str
    tip: str = ""
    key: float | None = None
    about: Any = None
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Cell, ...]
    about: Any = None
    bold: bool = False


class TableModel(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles: tuple[Cell, ...] = ()
        self.shown: list[Row] = []
        self._order: tuple[int, bool] | None = None

    def show(self, titles: Sequence[Cell], rows: Sequence[Row]) -> None:
        """Replace everything; an order that was asked for is kept."""
        self.beginResetModel()
        self.titles, self.shown = tuple(titles), list(rows)
        self._arrange()
        self.endResetModel()

    def about(self, index: Index) -> Any:
        if not index.isValid():
            return None
        row = self.shown[index.row()]
        return row.cells[index.column()].about or row.about

    def text(self) -> list[list[str]]:
        """The table as text, titles first: for copying and CSV."""
        return [[title.text for title in self.titles], *([cell.text for cell in row.cells] for row in self.shown)]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.titles):
            return None
        if role == _Role.DisplayRole:
            return self.titles[section].text
        if role == _Role.TextAlignmentRole:
            return _RIGHT if self.shown and self.shown[0].cells[section].key is not None else None
        return self.titles[section].tip if role == _Role.ToolTipRole else None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.shown[index.row()]
        cell = row.cells[index.column()]
        if role == _Role.DisplayRole:
            return cell.text
        if role == _Role.ToolTipRole:
            return cell.tip or None
        if role == _Role.TextAlignmentRole:
            return _RIGHT if cell.key is not None else None
        if role == _Role.FontRole and (row.bold or cell.bold):
            font = QFont()
            font.setBold(True)
            return font
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order == Qt.SortOrder.DescendingOrder) if column >= 0 else None
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        if self._order is None or not self._order[0] < len(self.titles):
            return
        column, descending = self._order

        def key(row: Row) -> tuple[bool, float, str]:
            cell = row.cells[column]
            value = cell.key if cell.key is not None else 0.0
            unknown = math.isnan(value)  # last in both directions
            return unknown is not descending, 0.0 if unknown else value, cell.text

        self.shown.sort(key=key, reverse=descending)
