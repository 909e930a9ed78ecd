"""Many sites at once: the most redundant ones, or a range of blocks. Both show beforehand what would go."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vitprune.agreement import TRUTH
from vitprune.architecture import Architecture, Site
from vitprune.errors import PlanInvalid
from vitprune.plan import GRANULARITIES, PruningPlan, held
from vitprune.scores import split_name
from vitprune_gui.planning import free, in_blocks, most_redundant
from vitprune_gui.repairs import with_repair
from vitprune_gui.state import AppState
from vitprune_gui.symbols import GRANULARITY_TITLES, kind_icon
from vitprune_gui.translation import tr
from vitprune_gui.views.choices import fill
from vitprune_gui.views.formatting import metric_of, si, signed, site_name, times, title_and_tip, with_interval
from vitprune_gui.views.parts import SPACE, bold, wrapped

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


def figures(before: PruningPlan, after: PruningPlan, architecture: Architecture) -> str:
    """What the step from one plan to another saves, in words."""
    now, then = before.summary(architecture), after.summary(architecture)
    parts = (
        (tr("Parameters"), now.params, then.params, architecture.params),
        (tr("MACs"), now.macs, then.macs, architecture.macs),
    )
    saved = " ".join(
        tr("{what}: {before} to {after}, {change} of the dense model.", what=what, before=si(a), after=si(b),
           change=signed(100 * (b - a) / whole, 1, " %"))
        for what, a, b, whole in parts if whole
    )  # fmt: skip
    return tr("{figures} Speed-up: at most {times} in all, from MACs.", figures=saved, times=times(then.speedup_bound))


class _SitesDialog(QDialog):
    """A form, and below it the sites that it names with what becomes of the plan."""

    def __init__(self, title: str, state: AppState, commands: Commands, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        self._state, self._commands = state, commands
        self.sites: tuple[Site, ...] = ()
        self.form = QFormLayout()
        self.what = bold(wrapped())
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Sites that would change"))
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setMinimumHeight(8 * self.fontMetrics().lineSpacing())
        self.figures = wrapped(selectable=True)
        self.figures.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        self.figures.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.rejected.connect(self.reject)
        state.architecture_changed.connect(self.reject)  # its sites are of the model before
        column = QVBoxLayout(self)
        column.setSpacing(SPACE)
        column.addLayout(self.form)
        column.addWidget(self.what)
        column.addWidget(self.list, 1)
        column.addWidget(self.figures)
        column.addWidget(self.buttons)

    def start_with(self, *fields: QWidget) -> None:
        """The keyboard goes through these first, then through the list."""
        for one, following in pairwise((*fields, self.list)):
            self.setTabOrder(one, following)
        fields[0].setFocus()

    def add_button(self, text: str) -> QPushButton:
        return self.buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)

    def _plan(self) -> tuple[Architecture, PruningPlan] | None:
        architecture, plan = self._state.architecture, self._state.plan
        return None if architecture is None or plan is None else (architecture, plan)

    def _pruned(self, sites: Sequence[Site]) -> PruningPlan | str:
        """The plan without these sites too, repaired as the next ones are; or why that cannot be."""
        known = self._plan()
        if known is None or not sites:
            return tr("There is nothing to prune.")
        architecture, plan = known
        ids = [site.id for site in sites]
        try:
            return with_repair(plan.with_removed(architecture, ids), architecture, ids, *self._state.repair)
        except PlanInvalid as error:
            return str(error)

    def _list(self, sites: Sequence[Site], notes: Sequence[str]) -> None:
        self.list.clear()
        for site, note in zip(sites, notes, strict=True):
            self.list.addItem(f"{site_name(site)}    {note}".rstrip())
            self.list.item(self.list.count() - 1).setIcon(kind_icon(site.kind, self.palette()))
            self.list.item(self.list.count() - 1).setToolTip(site.id)


class MostRedundantDialog(_SitesDialog):
    """Prunes, beside what is pruned already, the first sites by a score. Protected ones are not among them."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(tr("Prune the most redundant"), state, commands, parent)
        self.count = QSpinBox()
        self.count.setRange(1, 1)
        self.granularity = QComboBox()
        for name in GRANULARITIES:
            self.granularity.addItem(tr(GRANULARITY_TITLES[name]), name)
        self.granularity.setCurrentIndex(self.granularity.findData("sublayer"))
        self.table = QComboBox()
        self._offer(state.metric)
        for text, field in (
            (tr("&How many"), self.count),
            (tr("&Of the"), self.granularity),
            (tr("&By"), self.table),
        ):
            self.form.addRow(text, field)
            field.setAccessibleName(text.replace("&", ""))
        self.prune = self.add_button(tr("&Prune"))
        self.prune.setDefault(True)
        self.prune.clicked.connect(self._prune)
        self.granularity.currentIndexChanged.connect(self._limit)
        self.table.currentIndexChanged.connect(self._limit)
        self.count.valueChanged.connect(self._show)
        for changed in (state.plan_changed, state.protected_changed, state.repair_changed):
            changed.connect(self._limit)
        state.scores_changed.connect(self._follow)
        self._limit()
        self.count.setValue(3)
        self.start_with(self.count, self.granularity, self.table)
        self.count.selectAll()

    def _offer(self, chosen: str) -> None:
        tables = list(self._state.scores.tables) if self._state.scores is not None else []
        damage = [name for name in tables if split_name(name)[0].startswith(TRUTH)]
        fill(self.table, [[n for n in tables if n not in damage], damage], chosen, title_and_tip)

    @Slot()
    def _follow(self) -> None:
        """Others were measured."""
        self._offer(self.table.currentData() or self._state.metric)
        self._limit()

    @Slot()
    def _limit(self) -> None:
        self.count.setMaximum(max(1, len(self._ranked())))
        self._show()

    def _ranked(self) -> list[Site]:
        known, scores, table = self._plan(), self._state.scores, self.table.currentData()
        if known is None or scores is None or table not in scores:
            return []
        sites = free(*known, self._state.protected, self.granularity.currentData())
        return most_redundant(scores[table], metric_of(table).redundant, sites, len(sites))

    @Slot()
    def _show(self) -> None:
        known, scores, table = self._plan(), self._state.scores, self.table.currentData()
        self.sites = tuple(self._ranked()[: self.count.value()])
        after = self._pruned(self.sites)
        if known is None or scores is None or isinstance(after, str):
            self.what.setText(tr("Nothing would be pruned."))
            self.figures.setText(after if isinstance(after, str) else "")
        else:
            self.what.setText(tr("These %n site(s) would go:", "", len(self.sites)))
            self.figures.setText(figures(known[1], after, known[0]))
        self._list(self.sites, [with_interval(scores[table][site.id]) if scores else "" for site in self.sites])
        self.prune.setEnabled(not isinstance(after, str))

    @Slot()
    def _prune(self) -> None:
        self._commands.planning.prune(self.sites)
        self.accept()


class RangeDialog(_SitesDialog):
    """Prunes or keeps what is in the blocks from one to another, both included."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(tr("Prune or keep a range of blocks"), state, commands, parent)
        self.first, self.last, self.granularity = QComboBox(), QComboBox(), QComboBox()
        blocks = state.architecture.blocks if state.architecture is not None else ()
        for box in (self.first, self.last):
            box.addItems([site_name(block) for block in blocks])
            box.setMaxVisibleItems(20)
        self.last.setCurrentIndex(len(blocks) - 1)
        for name, kinds in GRANULARITIES.items():
            if state.architecture is not None and state.architecture.of_kind(*kinds):
                self.granularity.addItem(tr(GRANULARITY_TITLES[name]), name)
        for text, field in (
            (tr("&From"), self.first),
            (tr("&To"), self.last),
            (tr("&All"), self.granularity),
        ):
            self.form.addRow(text, field)
            field.setAccessibleName(text.replace("&", ""))
            field.currentIndexChanged.connect(self._show)
        self.keep = self.add_button(tr("&Keep"))
        self.keep.setToolTip(tr("Take them out of the plan"))
        self.prune = self.add_button(tr("&Prune"))
        self.prune.setDefault(True)
        self.prune.clicked.connect(self._prune)
        self.keep.clicked.connect(self._keep)
        for changed in (state.plan_changed, state.protected_changed, state.repair_changed):
            changed.connect(self._show)
        self.start_with(self.first, self.last, self.granularity)
        self._show()

    def _inside(self) -> list[Site]:
        known = self._plan()
        first, last = sorted((self.first.currentIndex(), self.last.currentIndex()))
        return in_blocks(known[0], max(0, first), last, self.granularity.currentData()) if known else []

    @Slot()
    def _show(self) -> None:
        known = self._plan()
        if known is None:
            return
        architecture, plan = known
        stay = held(architecture, self._state.protected)
        inside = self._inside()
        self.sites = tuple(s for s in inside if s.id not in stay and not plan.removes(architecture, s.id))
        gone = [s for s in inside if plan.removes(architecture, s.id)]
        after = self._pruned(self.sites)
        notes = [
            tr("pruned") if site in gone else tr("protected") if site.id in stay else tr("kept") for site in inside
        ]
        self.what.setText(tr("%n site(s) are in this range:", "", len(inside)))
        self._list(inside, notes)
        self.figures.setText(after if isinstance(after, str) else figures(plan, after, architecture))
        self.prune.setEnabled(not isinstance(after, str))
        self.keep.setEnabled(bool(gone))

    @Slot()
    def _prune(self) -> None:
        self._commands.planning.prune(self.sites)
        self.accept()

    @Slot()
    def _keep(self) -> None:
        self._commands.planning.keep(self._inside())
        self.accept()
