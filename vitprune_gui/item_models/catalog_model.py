"""The table of models that can be opened, filtered and sorted fast enough for every keystroke."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from vitprune_gui.item_models.filtering import RowFilter
from vitprune_gui.views.formatting import NONE, TIMES, si, thousands

if TYPE_CHECKING:
    from vitprune.catalog import ModelEntry

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


class Column(IntEnum):
    NAME = 0
    PARAMS = 1
    CACHED = 2
    INPUT = 3
    FAMILY = 4
    LICENCE = 5


_TITLES = ("Name", "Params", "Local", "Input", "Family", "Licence")
_TIPS = (
    "Architecture and weights",
    "Parameters",
    "● on this machine: opens without a network",
    "Pixels of the images it takes",
    "Module of timm that defines it",
    "Licence of the weights",
)
_ALIGNMENT = {Column.PARAMS: _RIGHT, Column.INPUT: _RIGHT, Column.CACHED: _CENTRE}


class CatalogModel(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: tuple[ModelEntry, ...] = ()
        self._texts: list[tuple[str, ...]] = []
        self.haystacks: list[str] = []
        self.ranks: list[list[int]] = [[] for _ in Column]

    def set_entries(self, entries: tuple[ModelEntry, ...]) -> None:
        self.beginResetModel()
        self.entries = entries
        self._texts = [_texts(entry) for entry in entries]
        self.haystacks = [f"{entry.name} {entry.family} {entry.licence}".lower() for entry in entries]
        self.ranks = [_ranks([_sort_key(entry, column) for entry in entries]) for column in Column]
        self.endResetModel()

    def entry(self, index: Index) -> ModelEntry | None:
        return self.entries[index.row()] if index.isValid() and index.row() < len(self.entries) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(_TITLES):
            return None
        if role == _Role.DisplayRole:
            return _TITLES[section]
        if role == _Role.ToolTipRole:
            return _TIPS[section]
        return _ALIGNMENT.get(Column(section)) if role == _Role.TextAlignmentRole else None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == _Role.DisplayRole:
            return self._texts[index.row()][index.column()]
        if role == _Role.TextAlignmentRole:
            return _ALIGNMENT.get(Column(index.column()))
        if role == _Role.ToolTipRole:
            return describe(self.entries[index.row()])
        if role == _Role.AccessibleTextRole and index.column() == Column.CACHED:
            return "on this machine" if self.entries[index.row()].cached else "to be downloaded"
        return None


class CatalogFilter(RowFilter):
    """Every word in the name, family or licence; one family or all; everything or what is on this machine."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._family = ""
        self._cached = False

    def set_filter(self, text: str, family: str, cached: bool) -> None:
        wanted = (tuple(text.lower().split()), family, cached)
        if wanted != (self._words, self._family, self._cached):
            with self.changing():
                self._words, self._family, self._cached = wanted

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        model = self._model()
        entry = model.entries[row]
        if (self._cached and not entry.cached) or (self._family and entry.family != self._family):
            return False
        haystack = model.haystacks[row]
        return all(word in haystack for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        ranks = self._model().ranks[left.column()]
        return ranks[left.row()] < ranks[right.row()]

    def _model(self) -> CatalogModel:
        model = self.sourceModel()
        assert isinstance(model, CatalogModel)
        return model


def describe(entry: ModelEntry) -> str:
    """An entry in a few lines."""
    _, height, width = entry.input_size
    lines = [
        entry.name,
        f"{thousands(entry.params)} parameters" if entry.params is not None else "number of parameters unknown",
        f"{si(entry.macs)} MACs for one image of {width}{TIMES}{height}" if entry.macs is not None else "",
        f"{thousands(entry.num_classes)} classes" if entry.num_classes else "no classifier: features only",
        f"licence: {entry.licence or 'not stated'}",
        "on this machine" if entry.cached else "will be downloaded when opened",
        "" if entry.supported else "can be measured, not pruned, by this version",
    ]
    return "\n".join(line for line in lines if line)


def _texts(entry: ModelEntry) -> tuple[str, ...]:
    _, height, width = entry.input_size
    size = str(height) if height == width else f"{width}{TIMES}{height}"
    return (entry.name, si(entry.params), "●" if entry.cached else "", size, entry.family, entry.licence or NONE)


def _sort_key(entry: ModelEntry, column: Column) -> tuple[Any, str]:
    keys = (
        entry.name,
        entry.params or 0,
        not entry.cached,
        entry.input_size[1] * entry.input_size[2],
        entry.family,
        entry.licence,
    )
    return keys[column], entry.name


def _ranks(keys: list[tuple[Any, str]]) -> list[int]:
    ranks = [0] * len(keys)
    for rank, row in enumerate(sorted(range(len(keys)), key=keys.__getitem__)):
        ranks[row] = rank
    return ranks
