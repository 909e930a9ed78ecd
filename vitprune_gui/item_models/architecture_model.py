"""The site tree: blocks with their branches, grouped by kind or stage, or ranked by a column in one list."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QFont, QIcon, QPalette

from vitprune.architecture import Architecture, Kind, Site
from vitprune.plan import PruningPlan
from vitprune.scores import Scores
from vitprune_gui.colours import ColourScale, muted
from vitprune_gui.delegates import FIXED_ROLE, PROTECTED_ROLE, PRUNED_ROLE, REPAIR_ROLE, SCORE_ROLE, ScoreCell
from vitprune_gui.item_models.filtering import RowFilter
from vitprune_gui.repairs import REPAIRS, word
from vitprune_gui.symbols import KIND_TITLES, kind_icon, locked_icon
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import (
    NONE,
    branch_name,
    half_width,
    si,
    site_name,
    thousands,
    units_less,
    units_of,
    with_interval,
)

Index = QModelIndex | QPersistentModelIndex
SITE_ROLE = int(Qt.ItemDataRole.UserRole)
_Role = Qt.ItemDataRole
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class Column(IntEnum):
    SITE = 0
    SCORE = 1
    PARAMS = 2
    MACS = 3


class Grouping(StrEnum):
    BLOCK = "block"
    KIND = "kind"
    STAGE = "stage"


_INK = QPalette.ColorRole.Text, QPalette.ColorRole.Base
_TITLES = (noop("Site"), noop("Score"), noop("Params"), noop("MACs"))
_GROUPS = {
    Kind.BLOCK: noop("All blocks"),
    Kind.ATTENTION: noop("All attention layers"),
    Kind.MLP: noop("All MLP layers"),
    Kind.CONV: noop("All convolutions"),
    Kind.HEAD: noop("All heads"),
    Kind.LINEAR: noop("All repairs"),
}
# What can be typed into the filter beside names: the state of a site.
STATES = (
    noop("pruned"),
    noop("kept"),
    noop("repaired"),
    noop("protected"),
    noop("fixed"),
    noop("in part"),
)


@dataclass(slots=True)
class _Row:
    site: Site | None  # None: a group
    parent: _Row | None
    position: int  # among its siblings
    key: int  # among all rows: what an index carries, so that a stale one can do no harm
    texts: list[str]
    tooltip: str
    name: str  # one that stands alone
    children: list[_Row] = field(default_factory=list)
    cell: ScoreCell | None = None
    check: Qt.CheckState = Qt.CheckState.Checked
    repair: str = ""  # the action that puts something in its place
    less: str = ""  # how many heads or neurons it loses
    protected: bool = False
    words: str = ""  # what a filter finds it by


class ArchitectureModel(QAbstractItemModel):
    """Rows of one architecture. A tick means kept; unticking asks for a change and changes nothing itself. What cannot
    go has a lock in place of the tick. All that is shown is worked out when a value changes, nothing while painting."""

    toggle_requested = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._architecture: Architecture | None = None
        self._plan: PruningPlan | None = None
        self._protected: frozenset[str] = frozenset()
        self._scores: Scores | None = None
        self._metric = ""
        self._stale = False
        self._order: tuple[Column, bool] = (Column.SITE, False)
        self._grouping = Grouping.BLOCK
        self._top: list[_Row] = []
        self._all: list[_Row] = []
        self._rows: dict[str, _Row] = {}
        self._icons: dict[tuple[Kind, bool], QIcon] = {}  # of a kind, and whether it is locked
        self._pruned: dict[int, QFont | QBrush] = {}

    @property
    def flat(self) -> bool:
        """Whether the branches are ranked in one list instead of standing below their blocks."""
        return self._order[0] != Column.SITE and self._grouping is Grouping.BLOCK

    def set_palette(self, palette: QPalette) -> None:
        self._icons = {(kind, False): kind_icon(kind, palette) for kind in Kind}
        self._icons |= {(kind, True): locked_icon(kind, palette) for kind in Kind}
        struck = QFont()
        struck.setStrikeOut(True)
        self._pruned = {
            int(_Role.FontRole): struck,
            int(_Role.ForegroundRole): QBrush(muted(*map(palette.color, _INK))),
        }
        self._score()  # the colours of scores may be others as well
        self._changed(Column.SITE, Column.SCORE)

    def set_architecture(self, architecture: Architecture | None) -> None:
        self._architecture = architecture
        self._rebuild()

    def set_grouping(self, grouping: Grouping) -> None:
        if grouping is not self._grouping:
            self._grouping = grouping
            self._rebuild()

    def set_plan(self, plan: PruningPlan | None, protected: frozenset[str]) -> None:
        self._plan, self._protected = plan, protected
        self._mark()
        self._changed(Column.SITE, Column.MACS)

    def set_scores(self, scores: Scores | None, metric: str, *, stale: bool = False) -> None:
        """`stale`: the scores are of other images, or of another model, than those that are open."""
        self._scores, self._metric, self._stale = scores, metric, stale
        if self._order[0] is Column.SCORE:
            self._rebuild()
        else:
            self._score()
            self._changed(Column.SCORE, Column.SCORE)

    def index_of(self, site: str, column: Column = Column.SITE) -> QModelIndex:
        row = self._rows.get(site)
        return QModelIndex() if row is None else self.createIndex(row.position, column, row.key)

    def sites(self) -> list[str]:
        """Ids of the rows, from top to bottom."""
        return [row.site.id for row in self._all if row.site is not None]

    def site_at(self, index: Index) -> Site | None:
        """None for a group."""
        row = self._row(index)
        return row.site if row else None

    def sites_at(self, index: Index) -> list[str]:
        """The site of a row; those that stand in it where it is a group."""
        row = self._row(index)
        if row is None:
            return []
        return [row.site.id] if row.site is not None else [r.site.id for r in row.children if r.site is not None]

    def words_of(self, index: Index) -> str:
        """What a filter finds a row by, in small letters: its id, its name and its state."""
        row = self._row(index)
        return row.words if row else ""

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
        row = self._row(index)
        if row is None:
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        ticked = index.column() == Column.SITE and row.site is not None and not row.site.fixed
        return flags | Qt.ItemFlag.ItemIsUserCheckable if ticked else flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(_TITLES):
            return None
        if role == _Role.DisplayRole:
            return tr(_TITLES[section])
        if role == _Role.ToolTipRole:
            return tr(_HEADER_TIPS[section])
        if role == _Role.TextAlignmentRole and section != Column.SITE:
            return _RIGHT
        return None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        row = self._row(index)
        if row is None:
            return None
        column, site = index.column(), row.site
        if role == _Role.DisplayRole:
            return row.texts[column]
        if role == PRUNED_ROLE:
            return site is not None and row.check == Qt.CheckState.Unchecked
        if role == SITE_ROLE:
            return site.id if site is not None else None
        if role == SCORE_ROLE:
            return row.cell if column == Column.SCORE else None
        if role == _Role.TextAlignmentRole:
            return None if column == Column.SITE else _RIGHT
        if role == _Role.FontRole or role == _Role.ForegroundRole:  # of figures, which no delegate of ours draws
            pruned = column > Column.SCORE and site is not None and row.check == Qt.CheckState.Unchecked
            return self._pruned[role] if pruned else None
        if role == _Role.ToolTipRole:
            return "\n".join([row.tooltip, *self._told(row)])
        if column != Column.SITE:
            return None
        if role == _Role.AccessibleTextRole:
            return ", ".join([row.name, *row.words.rpartition("\n")[2].split("\t")]) if site else row.name
        if site is None:
            return None
        if role == FIXED_ROLE:
            return bool(site.fixed)
        if role == PROTECTED_ROLE:
            return row.protected
        if role == REPAIR_ROLE:
            return word(row.repair) if row.repair else row.less or None
        if role == _Role.CheckStateRole:
            return None if site.fixed else row.check
        if role == _Role.DecorationRole:
            return self._icons.get((site.kind, bool(site.fixed)))
        return None

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        site = self.site_at(index)
        if role != _Role.CheckStateRole or site is None or site.fixed or index.column() != Column.SITE:
            return False
        self.toggle_requested.emit(site.id)
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By the first column, in the order in which the sites run; by any other, by what stands there: inside the
        groups, or in one list of all branches."""
        wanted = (Column(max(0, column)), order == Qt.SortOrder.DescendingOrder)
        if wanted != self._order:
            self._order = wanted
            self._rebuild()

    def _told(self, row: _Row) -> list[str]:
        told = [tr("In its place: {what}", what=tr(REPAIRS[row.repair].what))] if row.repair else []
        if row.less and row.site is not None and self._plan is not None:
            told.append(units_of(self._plan, row.site))
        if row.protected:
            told.append(tr("Protected: no edit and no method can prune it."))
        if self._stale and row.cell is not None:
            told.append(tr("The score is of other images than those that are open."))
        return told

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
            if self.flat:
                for site in self._ranked(self._architecture, self._branches(self._architecture)):
                    self._append(self._architecture, site, None)
            elif self._grouping is Grouping.KIND:
                for kind in Kind:
                    if sites := self._architecture.of_kind(kind):
                        above = self._append_group(tr(_GROUPS[kind]), sites)
                        for site in self._ranked(self._architecture, sites):
                            self._append(self._architecture, site, above)
            elif self._grouping is Grouping.STAGE:
                for prefix, blocks in _stages(self._architecture).items():
                    above = self._append_group(prefix, blocks)
                    self._append_families(self._architecture, blocks, above)
            else:
                known = self._architecture.by_id
                self._append_families(
                    self._architecture, [site for site in self._architecture if site.parent not in known], None
                )
        self._mark()
        self._score()
        self.endResetModel()

    def _append_families(self, architecture: Architecture, tops: Iterable[Site], above: _Row | None) -> None:
        """Blocks with their branches below them, in running order or ranked among themselves."""
        inside: dict[str | None, list[Site]] = {}
        for site in architecture:
            inside.setdefault(site.parent, []).append(site)
        for top in self._ranked(architecture, tops):
            for site in _family(inside, top):
                self._append(architecture, site, above if site is top else self._rows[site.parent or ""])

    def _branches(self, architecture: Architecture) -> tuple[Site, ...]:
        table = self._scores.get(self._metric, {}) if self._scores else {}
        branches = architecture.sublayers or architecture.blocks
        if self._order[0] == Column.SCORE and table and not any(site.id in table for site in branches):
            return architecture.blocks
        return branches

    def _ranked(self, architecture: Architecture, sites: Iterable[Site]) -> list[Site]:
        column, descending = self._order
        if column == Column.SITE:
            return list(sites)[::-1] if descending else list(sites)
        table = self._scores.get(self._metric, {}) if self._scores else {}

        def key(site: Site) -> float:
            if column == Column.PARAMS:
                return site.params
            if column == Column.MACS:
                return site.macs
            value = table[site.id].mean if site.id in table else math.nan
            # Sites without a score come last in both directions.
            return value if math.isfinite(value) else (-math.inf if descending else math.inf)

        return sorted(sites, key=key, reverse=descending)

    def _append_group(self, title: str, sites: Iterable[Site]) -> _Row:
        members = tuple(sites)
        sums = si(sum(site.params for site in members)), si(sum(site.macs for site in members))
        name = tr("{group} ({count})", group=title, count=len(members))
        row = _Row(None, None, len(self._top), len(self._all), [name, NONE, *sums], name, name)
        self._top.append(row)
        self._all.append(row)
        return row

    def _append(self, architecture: Architecture, site: Site, parent: _Row | None) -> None:
        siblings = self._top if parent is None else parent.children
        whole = site_name(site) if architecture.prunable else site.id  # parts of any kind
        inside = parent is not None and parent.site is not None
        name = branch_name(site, architecture) if inside and architecture.prunable else whole
        tooltip = [
            site.id,
            tr("{count} parameters", count=thousands(site.params)),
            tr("{count} MACs for one image", count=thousands(site.macs)),
            *([tr("Cannot be pruned. {reason}", reason=tr(site.fixed))] if site.fixed else []),
        ]
        texts = [name, NONE, si(site.params), si(site.macs)]
        row = _Row(site, parent, len(siblings), len(self._all), texts, "\n".join(tooltip), whole)
        siblings.append(row)
        self._all.append(row)
        self._rows[site.id] = row

    def _mark(self) -> None:
        architecture, plan = self._architecture, self._plan
        if architecture is None:
            return
        valid = plan if plan is not None and plan.digest == architecture.digest else None
        actions: Mapping[str, str] = dict(valid.actions) if valid is not None else {}
        checks = _checks(architecture, valid)
        for row in self._rows.values():
            site = row.site
            assert site is not None
            row.check = checks[site.id]
            action = actions.get(site.id)
            row.repair = str(action) if word(action) else ""
            row.less = units_less(valid, site) if valid is not None else ""
            row.protected = site.id in self._protected
            row.words = _words(row, site)

    def _score(self) -> None:
        table = self._scores.get(self._metric, {}) if self._scores else {}
        scale = ColourScale.of(self._scores, self._metric)
        for name, row in self._rows.items():
            score = table.get(name)
            if score is None or scale is None or not math.isfinite(score.mean):
                row.cell, row.texts[Column.SCORE] = None, NONE
                continue
            half = half_width(score)
            length, low, high = (
                min(1.0, max(0.0, value / scale.high)) if scale.high > 0 and math.isfinite(value) else 0.0
                for value in (score.mean, score.mean - half, score.mean + half)
            )
            text = with_interval(score)
            row.cell = ScoreCell(score.mean, length, low, high, scale.colour(score.mean), text, self._stale)
            row.texts[Column.SCORE] = text

    def _changed(self, first: Column, last: Column) -> None:
        for rows in (self._top, *(row.children for row in self._all)):
            if rows:
                top = self.createIndex(0, first, rows[0].key)
                self.dataChanged.emit(top, self.createIndex(len(rows) - 1, last, rows[-1].key))


class SiteFilter(RowFilter):
    """Rows whose id, name or state holds every word, with what they stand in. Sorting is left to the model below."""

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

    def refresh(self) -> bool:
        """The states of sites have changed. Whether there are words, which may be about them."""
        if self._words:
            with self.changing():
                pass
        return bool(self._words)

    def holds(self, index: Index) -> bool:
        """Whether a row of the model below, which is no group, has every word."""
        model = self.sourceModel()
        assert isinstance(model, ArchitectureModel)
        held = model.words_of(index)
        return bool(held) and all(word in held for word in self._words)

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        return not self._words or self.holds(self.sourceModel().index(row, 0, parent))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.sourceModel().sort(column, order)


_HEADER_TIPS = (
    noop("A tick says that the site is kept, a lock that it cannot go. Click for the order in which the sites run."),
    noop("Mean ± half of its 95 % interval over images, which is also the line on the bar. Click to rank all sites."),
    noop("Parameters that go with the site"),
    noop("Multiply-accumulates for one image that go with the site"),
)


def _family(inside: Mapping[str | None, list[Site]], site: Site) -> list[Site]:
    return [site, *(below for child in inside.get(site.id, ()) for below in _family(inside, child))]


def _stages(architecture: Architecture) -> dict[str, list[Site]]:
    """The outermost sites by the path that they share in front of their number: a stage of a hierarchical model."""
    found: dict[str, list[Site]] = {}
    for site in architecture:
        if site.parent not in architecture.by_id:
            prefix = site.id.rpartition(".")[0]
            found.setdefault(prefix or site.id, []).append(site)
    return found


def _words(row: _Row, site: Site) -> str:
    """Lines of an id, a name and a kind, and in the last one the states with tabs between them."""
    pruned = row.check == Qt.CheckState.Unchecked
    states = [STATES[0] if pruned else STATES[1]]
    states += [STATES[2], tr(REPAIRS[row.repair].title)] if row.repair else []
    states += [STATES[3]] if row.protected else []
    states += [STATES[4]] if site.fixed else []
    states += [STATES[5]] if row.less else []
    shown = "\t".join(tr(state) for state in states)
    return f"{site.id}\n{row.name}\n{site.kind} {tr(KIND_TITLES[site.kind])}\n{shown}".lower()


def _checks(architecture: Architecture, plan: PruningPlan | None) -> dict[str, Qt.CheckState]:
    """Unticked where a site goes, half where something in it does."""
    checks = dict.fromkeys(architecture.by_id, Qt.CheckState.Checked)
    if plan is None or not plan:
        return checks
    for site, _ in plan.units:
        for part in (site, architecture.by_id[site].parent or site):
            checks[part] = Qt.CheckState.PartiallyChecked
    named = plan.sites
    around = {architecture.by_id[site].parent for site in named}
    for site in reversed(architecture.sites):  # what is in a block stands behind it
        whole = site.id in around and plan.removes(architecture, site.id)
        if site.id in named or site.parent in named or whole:
            checks[site.id] = Qt.CheckState.Unchecked
            if site.parent in checks:
                checks[site.parent] = Qt.CheckState.PartiallyChecked
    return checks
