"""The table of models that can be opened, filtered and sorted fast enough for every keystroke.

It keeps its own rows instead of a proxy: every order is worked out once, and a filter is one pass over plain values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from vitprune_gui.item_models.families import FAMILIES, commercial
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import NONE, TIMES, si

if TYPE_CHECKING:
    from vitprune.catalog import ModelEntry
    from vitprune_gui.models import LocalModel

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
# As plain numbers, which is what a view asks with: members of an enumeration compare slowly.
_DISPLAY, _ALIGN, _TIP, _ACCESSIBLE = map(
    int, (_Role.DisplayRole, _Role.TextAlignmentRole, _Role.ToolTipRole, _Role.AccessibleTextRole)
)
_ANSWERED = frozenset((_DISPLAY, _ALIGN, _TIP, _ACCESSIBLE))
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


class Column(IntEnum):
    NAME = 0
    FAMILY = 1
    PARAMS = 2
    MACS = 3
    INPUT = 4
    TOP1 = 5
    SUPPORT = 6
    LICENCE = 7
    LOCAL = 8


_COLUMNS = len(Column)
TITLES = {
    Column.NAME: noop("Name"),
    Column.FAMILY: noop("Family"),
    Column.PARAMS: noop("Params"),
    Column.MACS: noop("MACs"),
    Column.INPUT: noop("Input"),
    Column.TOP1: noop("Top-1"),
    Column.SUPPORT: noop("ViTPrune can"),
    Column.LICENCE: noop("Licence"),
    Column.LOCAL: noop("Here"),
}
_TIPS = {
    Column.NAME: noop("Architecture and weights, or the name of a file or folder of yours"),
    Column.FAMILY: noop("Module of timm that defines it"),
    Column.PARAMS: noop("Parameters"),
    Column.MACS: noop("Multiply-accumulates for one image of the size that the weights were published for"),
    Column.INPUT: noop("Pixels of the images that it takes"),
    Column.TOP1: noop("Accuracy on ImageNet-1k that timm publishes; empty where it publishes none"),
    Column.SUPPORT: noop("What ViTPrune can do with it"),
    Column.LICENCE: noop("Licence of the weights"),
    Column.LOCAL: noop("● on this machine: opens without a network"),
}
SUPPORT = {
    "repair": noop("prune and repair"),
    "prune": noop("prune"),
    "describe": noop("describe only"),
    "unknown": noop("not known yet"),
}
_SUPPORT_TIPS = {
    1: noop("Every attention and MLP branch can go, and every block that keeps the shape of its stream."),
    2: noop("Every branch can go; norms after a branch, projected shortcuts or shared layers are taken care of."),
    3: noop("Whole blocks can go, or a part of the attention, or what is proved to when the model is opened."),
}
_ALIGNMENT: dict[int, int] = {
    **dict.fromkeys((Column.PARAMS, Column.MACS, Column.INPUT, Column.TOP1), _RIGHT),
    Column.LOCAL: _CENTRE,
}
_ORDER = ("repair", "prune", "describe", "unknown")
_ALIASES = {
    "imagenet": ("in1k", "in12k", "in21k", "in22k"),
    "imagenet1k": ("in1k",),
    "imagenet21k": ("in21k", "in22k"),
    "imagenet22k": ("in21k", "in22k"),
    "convolution": ("resnet", "convnext", "efficientnet", "regnet", "mobilenet"),
    "swinv2": ("swin_transformer_v2", "swinv2"),
    "perception": ("vit_pe_",),
    "segment": ("sam",),
    "noncommercial": ("cc-by-nc", "noncommercial"),
}  # what people call things that timm calls otherwise
_SIZES = {"ti": "tiny", "t": "tiny", "s": "small", "b": "base", "l": "large", "h": "huge", "g": "giant"}
_SEPARATORS = dict.fromkeys(map(ord, "-_./"))
_SHORT = re.compile(r"^(?:vit[-_]?)?(ti|[tsblhg])[/-]?(\d\d)$")


@dataclass(frozen=True, slots=True)
class Row:
    """`source` opens it; `local` is a file or folder that was opened before."""

    source: str
    entry: ModelEntry
    local: LocalModel | None = None

    @property
    def here(self) -> bool:
        return self.entry.cached

    @property
    def name(self) -> str:
        return self.entry.name


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the table shows. Text: every word, in any order, in the name, the family or the licence. `params` is a range
    in parameters, `side` of the input in pixels, 0 for any; `commercial` shows licences that permit it without
    conditions. What is not known fits no range."""

    text: str = ""
    family: str = ""
    support: str = ""
    here: bool = False
    commercial: bool = False
    params: tuple[float, float] = (0, float("inf"))
    side: int = 0


class CatalogModel(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self.shown: list[int] = []
        self.wanted = Wanted()
        self._texts: list[tuple[str, ...]] = []
        self._searched: list[str] = []
        self._keys: dict[Column, list[Any]] = {column: [] for column in Column}
        self._orders: dict[tuple[Column, bool], list[int]] = {}
        self._order = (Column.NAME, False)

    def set_rows(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self._texts = [_texts(row) for row in rows]
        self._searched = [_searched(row) for row in rows]
        self._keys = {column: [_key(row, column) for row in rows] for column in Column}
        self._orders.clear()
        self.shown = self._chosen()
        self.endResetModel()

    def set_wanted(self, wanted: Wanted) -> None:
        if wanted != self.wanted:
            self.beginResetModel()
            self.wanted = wanted
            self.shown = self._chosen()
            self.endResetModel()

    def row_at(self, index: Index) -> Row | None:
        """The row of an index, None of one that is no longer valid."""
        return self.rows[self.shown[index.row()]] if index.isValid() and index.row() < len(self.shown) else None

    def place_of(self, source: str) -> int:
        """Where the row of a source is shown, -1 when it is not."""
        return next((place for place, row in enumerate(self.shown) if self.rows[row].source == source), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else _COLUMNS

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == _Role.DisplayRole:
            return tr(TITLES[Column(section)])
        if role == _Role.ToolTipRole:
            return tr(_TIPS[Column(section)])
        return _ALIGNMENT.get(Column(section)) if role == _Role.TextAlignmentRole else None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        # A view asks for all roles of all cells with every paint.
        if role not in _ANSWERED or not index.isValid() or index.row() >= len(self.shown):
            return None
        row, column = self.shown[index.row()], index.column()
        if role == _DISPLAY:
            return self._texts[row][column]
        if role == _ALIGN:
            return _ALIGNMENT.get(column)
        if role == _TIP:
            return tip_of(self.rows[row], Column(column))
        if column == Column.LOCAL:
            return tr("on this machine") if self.rows[row].here else tr("to be downloaded")
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """What is not known comes last in both directions."""
        if 0 <= column < len(Column):
            self.beginResetModel()
            self._order = (Column(column), order == Qt.SortOrder.DescendingOrder)
            self.shown = self._chosen()
            self.endResetModel()

    def _chosen(self) -> list[int]:
        """The rows to show, in order."""
        if self._order not in self._orders:
            self._orders[self._order] = self._arranged(*self._order)
        wanted, searched = self.wanted, self._searched
        words = [_forms(word) for word in wanted.text.lower().split()]
        narrowed = wanted != Wanted(text=wanted.text)
        found = self._orders[self._order]
        if words:
            found = [row for row in found if all(any(form in searched[row] for form in forms) for forms in words)]
        return [row for row in found if _fits(self.rows[row], wanted)] if narrowed else list(found)

    def _arranged(self, column: Column, descending: bool) -> list[int]:
        keys, names = self._keys[column], self._keys[Column.NAME]
        known = sorted((row for row in range(len(keys)) if keys[row] is not None), key=names.__getitem__)
        known.sort(key=keys.__getitem__, reverse=descending)
        unknown = [row for row in range(len(keys)) if keys[row] is None]
        return known + sorted(unknown, key=names.__getitem__)


def row_of_file(model: LocalModel) -> Row:
    """A weights file or exported folder as a row of the list."""
    from vitprune.catalog import ModelEntry

    path = Path(model.source)
    entry = ModelEntry(
        name=path.name,
        architecture=model.architecture,
        tag="",
        family="",
        params=None,
        macs=None,
        input_size=(0, 0, 0),
        num_classes=0,
        licence="",
        cached=model.size is not None,
        supported=False,
        file=path,
        size=model.size,
        used=model.used,
    )
    return Row(model.source, entry, model)


def tip_of(row: Row, column: Column) -> str:
    """What a cell has no room for."""
    entry = row.entry
    if column == Column.SUPPORT:
        return support_reason(entry)
    if column == Column.FAMILY and entry.family in FAMILIES:
        return tr(FAMILIES[entry.family][0])
    if column == Column.LICENCE:
        return f"{entry.licence}\n{licence_note(entry.licence)}".strip()
    return row.local.source if row.local else entry.name


def support_reason(entry: ModelEntry) -> str:
    """What can go, or why nothing can."""
    if entry.tier in _SUPPORT_TIPS:
        reason = tr(_SUPPORT_TIPS[entry.tier])
        if entry.repairs:
            return tr(
                "{what} Something cheaper can stand in for what goes: %n place(s).", "", entry.repairs, what=reason
            )
        return tr("{what} Nothing can stand in for what goes.", what=reason)
    return tr(entry.note) if entry.note else tr("ViTPrune finds out what can go when it is opened.")


def licence_note(licence: str) -> str:
    if not licence:
        return tr("timm names no licence: ask whoever published the weights.")
    return {
        True: tr("This licence permits commercial use. Its text is what counts."),
        False: tr("This licence forbids commercial use."),
        None: tr("Whether this licence permits commercial use depends on its conditions: read it."),
    }[commercial(licence)]


def input_text(entry: ModelEntry) -> str:
    _, height, width = entry.input_size
    return str(height) if height == width else f"{width}{TIMES}{height}"


def _fits(row: Row, wanted: Wanted) -> bool:
    entry = row.entry
    low, high = wanted.params
    return (
        (not wanted.here or row.here)
        and (not wanted.family or entry.family == wanted.family)
        and (not wanted.support or entry.support == wanted.support)
        and (not wanted.commercial or commercial(entry.licence) is True)
        and (not wanted.side or wanted.side in entry.input_size[1:])
        and ((low, high) == (0, float("inf")) or (entry.params is not None and low <= entry.params <= high))
    )


def _forms(word: str) -> tuple[str, ...]:
    """What a word may be called in the table; ViT-B/16 is a base with patches of 16 pixels."""
    if short := _SHORT.match(word):
        return (f"{_SIZES[short[1]]}patch{short[2]}",)
    return tuple(_plain(form) for form in (word, *_ALIASES.get(word.replace("-", ""), ())))


def _plain(text: str) -> str:
    return text.translate(_SEPARATORS)


def _searched(row: Row) -> str:
    entry = row.entry
    place = row.local.source if row.local else ""
    return "\n".join(map(_plain, (entry.name, entry.family, entry.licence, entry.architecture, place))).lower()


def _texts(row: Row) -> tuple[str, ...]:
    entry = row.entry
    if row.local is not None:
        family = tr("exported folder") if row.local.folder else tr("weights file")
    else:
        family = entry.family
    known = row.local is None
    return (
        entry.name,
        family,
        si(entry.params) if entry.params is not None else "",
        si(entry.macs) if entry.macs is not None else "",
        input_text(entry) if known else "",
        f"{100 * entry.top1:.2f} %" if entry.top1 is not None else "",
        tr(SUPPORT[entry.support]),
        entry.licence or (NONE if known else ""),
        "●" if entry.cached else "",
    )


def _key(row: Row, column: Column) -> Any:
    """What a cell sorts by, None where it is not known."""
    entry = row.entry
    match column:
        case Column.NAME:
            return entry.name.lower()
        case Column.FAMILY:
            return entry.family
        case Column.PARAMS:
            return entry.params
        case Column.MACS:
            return entry.macs
        case Column.INPUT:
            return None if row.local else entry.input_size[1] * entry.input_size[2]
        case Column.TOP1:
            return entry.top1
        case Column.SUPPORT:
            return _ORDER.index(entry.support)
        case Column.LICENCE:
            return entry.licence or None
        case Column.LOCAL:
            return not entry.cached
