"""The site tree: blocks with their branches, or, ranked by a column, all branches in one list."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon, QPalette

from vitprune.architecture import Architecture, Kind, Site
from vitprune.plan import PruningPlan
from vitprune.scores import Scores
from vitprune_gui.colours import ColourScale
from vitprune_gui.delegates import FIXED_ROLE, PRUNED_ROLE, REPAIR_ROLE, SCORE_ROLE, ScoreCell
from vitprune_gui.item_models.filtering import RowFilter
from vitprune_gui.repairs import REPAIRS, word
from vitprune_gui.symbols import kind_icon, locked_icon
from vitprune_gui.views.formatting import NONE, branch_name, si, site_name, thousands, with_error

Index = QModelIndex | QPersistentModelIndex
SITE_ROLE = int(Qt.ItemDataRole.UserRole)
_Role = Qt.ItemDataRole
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class Column(IntEnum):
    SITE = 0
    SCORE = 1
    PARAMS = 2
    MACS = 3


_TITLES = ("Site", "Score", "Params", "MACs")


@dataclass(slots=True)
class _Row:
    site: Site
    parent: _Row | None
    position: int  # among its siblings
    key: int  # among all rows: what an index carries, so that a stale one can do no harm
    texts: list[str]
    tooltip: str
    children: list[_Row] = field(default_factory=list)
    cell: ScoreCell | None = None
    check: Qt.CheckState = Qt.CheckState.Checked
    repair: str = ""  # the action that puts something in its place


class ArchitectureModel(QAbstractItemModel):
    """Rows of one architecture. A tick means kept; unticking asks for a change and changes nothing itself. What cannot
    go has a lock in place of the tick."""

    toggle_requested = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._architecture: Architecture | None = None
        self._plan: PruningPlan | None = None
        self._scores: Scores | None = None
        self._metric = ""
        self._order: tuple[Column, bool] = (Column.SITE, False)
        self._top: list[_Row] = []
        self._all: list[_Row] = []
        self._rows: dict[str, _Row] = {}
        self._icons: dict[tuple[Kind, bool], QIcon] = {}  # of a kind, and whether it is locked

    @property
    def flat(self) -> bool:
        """Whether the branches are ranked in one list instead of standing below their blocks."""
        return self._order[0] != Column.SITE

    def set_palette(self, palette: QPalette) -> None:
        self._icons = {(kind, False): kind_icon(kind, palette) for kind in Kind}
        self._icons |= {(kind, True): locked_icon(kind, palette) for kind in Kind}
        self._changed(Column.SITE, Column.SITE)

    def set_architecture(self, architecture: Architecture | None) -> None:
        self._architecture = architecture
        self._rebuild()

    def set_plan(self, plan: PruningPlan | None) -> None:
        self._plan = plan
        self._mark()
        self._changed(Column.SITE, Column.MACS)

    def set_scores(self, scores: Scores | None, metric: str) -> None:
        self._scores, self._metric = scores, metric
        if self.flat:
            self._rebuild()
        else:
            self._score()
            self._changed(Column.SCORE, Column.SCORE)

    def index_of(self, site: str, column: Column = Column.SITE) -> QModelIndex:
        row = self._rows.get(site)
        return QModelIndex() if row is None else self.createIndex(row.position, column, row.key)

    def sites(self) -> list[str]:
        """Ids of the rows, from top to bottom."""
        return [row.site.id for row in self._all]

    def site_at(self, index: Index) -> Site | None:
        row = self._row(index)
        return row.site if row else None

    # Qt's interface

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        siblings = self._children(parent)
        if 0 <= row < len(siblings) and 0 <= column < len(_TITLES):
            return self.createIndex(row, column, siblings[row].key)
        return QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        row = self._row(index)
        above = row.parent if row else None
        return QModelIndex() if above is None else self.createIndex(above.position, 0, above.key)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.column() > 0 else len(self._children(parent))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(_TITLES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        site = self.site_at(index)
        if site is None:
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        ticked = index.column() == Column.SITE and not site.fixed
        return flags | Qt.ItemFlag.ItemIsUserCheckable if ticked else flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(_TITLES):
            return None
        if role == _Role.DisplayRole:
            return _TITLES[section]
        if role == _Role.ToolTipRole:
            return _HEADER_TIPS[section]
        if role == _Role.TextAlignmentRole and section != Column.SITE:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        row = self._row(index)
        if row is None:
            return None
        column = index.column()
        if role == _Role.DisplayRole:
            return row.texts[column]
        if role == PRUNED_ROLE:
            return row.check == Qt.CheckState.Unchecked
        if role == SITE_ROLE:
            return row.site.id
        if role == SCORE_ROLE:
            return row.cell if column == Column.SCORE else None
        if role == _Role.ToolTipRole:
            return f"{row.tooltip}\nIn its place: {REPAIRS[row.repair].what}" if row.repair else row.tooltip
        if role == _Role.TextAlignmentRole:
            return None if column == Column.SITE else _RIGHT
        if column != Column.SITE:
            return None
        if role == FIXED_ROLE:
            return bool(row.site.fixed)
        if role == REPAIR_ROLE:
            return word(row.repair) if row.repair else None
        if role == _Role.CheckStateRole:
            return None if row.site.fixed else row.check
        if role == _Role.DecorationRole:
            return self._icons.get((row.site.kind, bool(row.site.fixed)))
        return None

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        site = self.site_at(index)
        if role != _Role.CheckStateRole or site is None or site.fixed or index.column() != Column.SITE:
            return False
        self.toggle_requested.emit(site.id)
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By the first column, in the order in which the sites run; by any other, one list of all branches."""
        wanted = (Column(max(0, column)), order == Qt.SortOrder.DescendingOrder)
        if wanted != self._order:
            self._order = wanted
            self._rebuild()

    def _row(self, index: Index) -> _Row | None:
        return self._all[index.internalId()] if index.isValid() and index.internalId() < len(self._all) else None

    def _children(self, parent: Index) -> list[_Row]:
        if not parent.isValid():
            return self._top
        row = self._row(parent)
        return row.children if row else []

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._top, self._all, self._rows = [], [], {}
        if self._architecture is not None:
            for site in self._arranged(self._architecture):
                self._append(self._architecture, site, None if self.flat else self._rows.get(site.parent or ""))
        self._mark()
        self._score()
        self.endResetModel()

    def _arranged(self, architecture: Architecture) -> list[Site]:
        column, descending = self._order
        if column == Column.SITE:
            tops = [site for site in architecture if site.parent not in architecture.by_id]
            return [site for top in (tops[::-1] if descending else tops) for site in _family(architecture, top)]
        table = self._scores.get(self._metric, {}) if self._scores else {}
        branches = architecture.sublayers or architecture.blocks
        if not any(site.id in table for site in branches) and table and column == Column.SCORE:
            branches = architecture.blocks

        def key(site: Site) -> float:
            if column == Column.PARAMS:
                return site.params
            if column == Column.MACS:
                return site.macs
            value = table[site.id].mean if site.id in table else math.nan
            # Sites without a score come last in both directions.
            return value if math.isfinite(value) else (-math.inf if descending else math.inf)

        return sorted(branches, key=key, reverse=descending)

    def _append(self, architecture: Architecture, site: Site, parent: _Row | None) -> None:
        siblings = self._top if parent is None else parent.children
        if not architecture.prunable:
            name = site.id  # parts of any kind
        else:
            name = branch_name(site, architecture) if parent is not None else site_name(site)
        tooltip = f"{site.id}\n{thousands(site.params)} parameters\n{thousands(site.macs)} MACs for one image"
        if site.fixed:
            tooltip += f"\nCannot be pruned. {site.fixed}"
        row = _Row(site, parent, len(siblings), len(self._all), [name, NONE, si(site.params), si(site.macs)], tooltip)
        siblings.append(row)
        self._all.append(row)
        self._rows[site.id] = row

    def _mark(self) -> None:
        architecture, plan = self._architecture, self._plan
        if architecture is None:
            return
        valid = plan if plan is not None and plan.digest == architecture.digest else None
        for row in self._rows.values():
            row.check = _check(architecture, valid, row.site)
            action = valid.action(row.site.id) if valid is not None else None
            row.repair = str(action) if word(action) else ""

    def _score(self) -> None:
        table = self._scores.get(self._metric, {}) if self._scores else {}
        scale = ColourScale.of(self._scores, self._metric)
        for row in self._rows.values():
            score = table.get(row.site.id)
            if score is None or scale is None or not math.isfinite(score.mean):
                row.cell, row.texts[Column.SCORE] = None, NONE
                continue
            length = min(1.0, max(0.0, score.mean / scale.high)) if scale.high > 0 else 0.0
            text = with_error(score)
            row.cell = ScoreCell(score.mean, length, scale.colour(score.mean), text)
            row.texts[Column.SCORE] = text

    def _changed(self, first: Column, last: Column) -> None:
        for rows in (self._top, *(row.children for row in self._all)):
            if rows:
                top = self.createIndex(0, first, rows[0].key)
                self.dataChanged.emit(top, self.createIndex(len(rows) - 1, last, rows[-1].key))


class SiteFilter(RowFilter):
    """Rows whose id or name holds every word, with their blocks. Sorting is left to the model below."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setRecursiveFilteringEnabled(True)
        self.setDynamicSortFilter(False)

    def set_text(self, text: str) -> None:
        words = tuple(text.lower().split())
        if words != self._words:
            with self.changing():
                self._words = words

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        if not self._words:
            return True
        model = self.sourceModel()
        site = model.site_at(model.index(row, 0, parent)) if isinstance(model, ArchitectureModel) else None
        if site is None:
            return False
        haystack = f"{site.id} {site_name(site)} {site.kind}".lower()
        return all(word in haystack for word in self._words)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.sourceModel().sort(column, order)


_HEADER_TIPS = (
    "A tick says that the site is kept, a lock that it cannot go. Click for the order in which the sites run.",
    "Mean ± standard error over images. Click to rank all sites.",
    "Parameters that go with the site",
    "Multiply-accumulates for one image that go with the site",
)


def _family(architecture: Architecture, site: Site) -> list[Site]:
    return [site, *(below for child in architecture.children(site.id) for below in _family(architecture, child))]


def _check(architecture: Architecture, plan: PruningPlan | None, site: Site) -> Qt.CheckState:
    if plan is None:
        return Qt.CheckState.Checked
    if plan.removes(architecture, site.id):
        return Qt.CheckState.Unchecked
    if any(plan.removes(architecture, child.id) for child in architecture.children(site.id)):
        return Qt.CheckState.PartiallyChecked
    return Qt.CheckState.Checked
