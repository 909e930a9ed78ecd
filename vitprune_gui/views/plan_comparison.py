"""Two plans side by side: what both remove, what only one does, and what each costs and was measured to be worth."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Architecture, Site
from vitprune.comparison import current_of
from vitprune.plan import PruningPlan
from vitprune_gui.item_models.evaluations_model import MEASURES, Measure, change_text, difference
from vitprune_gui.repairs import word
from vitprune_gui.state import AppState
from vitprune_gui.symbols import kind_icon
from vitprune_gui.translation import tr
from vitprune_gui.views.choices import fill
from vitprune_gui.views.formatting import MINUS, NONE, estimate, percent, si, signed, site_name, thousands, units_of
from vitprune_gui.views.parts import SPACE, bold, clear, narrow, wrapped

if TYPE_CHECKING:
    from vitprune.results import Evaluation
    from vitprune_gui.commands import Commands

_SIDES = ("A", "B")


@dataclass(frozen=True, slots=True)
class Difference:
    """Branches by which of two plans removes them, in running order; `both` with what stands for each in A and in B."""

    both: tuple[tuple[str, str, str], ...]
    only_a: tuple[tuple[str, str], ...]
    only_b: tuple[tuple[str, str], ...]


def compare_plans(a: PruningPlan, b: PruningPlan, architecture: Architecture) -> Difference:
    """What two plans of an architecture have in common, a removed block resolved to its branches."""
    ours, theirs = (
        {site: str(action) for site, action in plan.branch_actions(architecture).items()} for plan in (a, b)
    )
    return Difference(
        tuple((site, action, theirs[site]) for site, action in ours.items() if site in theirs),
        tuple((site, action) for site, action in ours.items() if site not in theirs),
        tuple((site, action) for site, action in theirs.items() if site not in ours),
    )


class PlanComparison(QDialog):
    """Stays open beside the window: it follows the plan on show, the kept plans and what is measured."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plan comparison")
        self.setWindowTitle(tr("Compare two plans"))
        self._state, self._commands = state, commands
        self._plans: list[PruningPlan] = []
        self.boxes = [narrow(QComboBox()) for _ in _SIDES]
        self.evaluate = [QPushButton(tr("Evaluate")) for _ in _SIDES]
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3 * SPACE)
        self._grid.setVerticalSpacing(4)
        for column in (1, 2, 3):
            self._grid.setColumnStretch(column, 1)
        heads = QGridLayout()
        heads.setHorizontalSpacing(SPACE)
        for column, (side, box, button) in enumerate(zip(_SIDES, self.boxes, self.evaluate, strict=True)):
            label = QLabel(tr("Plan &A") if side == "A" else tr("Plan &B"))
            label.setBuddy(box)
            box.setAccessibleName(label.text().replace("&", ""))
            button.setAccessibleName(tr("Evaluate plan {side}", side=side))
            button.setToolTip(tr("Measure this plan and the dense model side by side"))
            heads.addWidget(label, 0, 3 * column)
            heads.addWidget(box, 0, 3 * column + 1)
            heads.addWidget(button, 0, 3 * column + 2)
            heads.setColumnStretch(3 * column + 1, 1)
            box.currentIndexChanged.connect(self._show)
        self.evaluate[0].clicked.connect(self._evaluate_a)
        self.evaluate[1].clicked.connect(self._evaluate_b)
        self.sites = QTreeWidget()
        self.sites.setAccessibleName(tr("What the plans have in common, and what tells them apart"))
        self.sites.setHeaderLabels([tr("Site"), "A", "B"])
        self.sites.setRootIsDecorated(False)
        self.sites.setUniformRowHeights(True)
        self.sites.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.sites.header().setStretchLastSection(False)
        self.note = wrapped()
        self.note.setForegroundRole(self.note.foregroundRole().PlaceholderText)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(heads)
        layout.addLayout(self._grid)
        layout.addWidget(self.note)
        layout.addWidget(self.sites, 1)
        layout.addWidget(buttons)
        self.resize(760, 640)
        for changed in (state.plan_changed, state.kept_plans_changed, state.architecture_changed):
            changed.connect(self._offer)
        for changed in (state.evaluations_changed, state.data_changed, state.test_data_changed):
            changed.connect(self._show)
        self._offer()
        # The present plan against the last that was kept, else against the dense model.
        self.boxes[1].setCurrentIndex(self.boxes[1].count() - 1)

    def choose(self, side: int, plan: PruningPlan) -> None:
        """Show a plan on side 0 or 1, when it is among those on offer."""
        if plan in self._plans:
            self.boxes[side].setCurrentIndex(self._plans.index(plan))

    @Slot()
    def _offer(self) -> None:
        state = self._state
        if state.architecture is None or state.plan is None:
            self.reject()
            return
        offered: list[tuple[str, str, PruningPlan]] = [
            ("shown", tr("The plan on show"), state.plan),
            ("dense", tr("Dense: nothing pruned"), PruningPlan.of(state.architecture)),
            *((f"{kept.created} {kept.plan.key}", kept.name, kept.plan) for kept in state.kept_plans),
        ]
        self._plans = [plan for _, _, plan in offered]
        titles = {key: title for key, title, _ in offered}
        for box in self.boxes:
            fill(box, [list(titles)], box.currentData() or "shown", lambda key: (titles[key], ""))
            for row, title in enumerate(titles.values()):
                box.setItemText(row, title)  # the same plan may have another name
        self._show()

    @Slot()
    def _show(self) -> None:
        architecture = self._state.architecture
        if architecture is None or any(box.currentIndex() < 0 for box in self.boxes):
            return
        a, b = (self._plans[box.currentIndex()] for box in self.boxes)
        found = [current_of(self._state.evaluations, plan, self._state.images_to_evaluate) for plan in (a, b)]
        for button, evaluation in zip(self.evaluate, found, strict=True):
            button.setEnabled(evaluation is None and self._state.images_to_evaluate is not None)
        self._show_figures(architecture, a, b, found[0], found[1])
        self._show_sites(architecture, a, b)

    def _show_figures(
        self, architecture: Architecture, a: PruningPlan, b: PruningPlan, one: Evaluation | None,
        other: Evaluation | None,
    ) -> None:  # fmt: skip
        clear(self._grid)
        sums = [plan.summary(architecture) for plan in (a, b)]
        rows: list[tuple[str, str, str, str]] = [("", "A", "B", tr("B less A"))]
        before, after = (summary.sites for summary in sums)
        rows.append((tr("Pruned"), str(before), str(after), signed(after - before, 0)))
        before, after = (summary.units for summary in sums)
        if before or after:
            change = f"{'+' if after > before else MINUS if after < before else ''}{thousands(abs(after - before))}"
            rows.append((tr("Heads and neurons"), thousands(before), thousands(after), change))
        for title, values, whole in (
            (tr("Parameters"), [s.params for s in sums], architecture.params),
            (tr("MACs"), [s.macs for s in sums], architecture.macs),
        ):
            texts = [f"{si(value)} ({percent(value / whole)})" if whole else si(value) for value in values]
            change = signed(100 * (values[1] - values[0]) / whole, 1, " %") if whole else NONE
            rows.append((title, texts[0], texts[1], change))
        known = [m for m in MEASURES if any(e is not None and m.of(e) is not None for e in (one, other))]
        rows += [(tr(m.title), _value(m, one), _value(m, other), _change(m, one, other)) for m in known or MEASURES[:1]]
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                label = QLabel(text)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                if column:
                    label.setAccessibleName(f"{rows[0][column]}, {texts[0]}: {text}")
                if not row:
                    bold(label)
                self._grid.addWidget(label, row, column)
        same = one is not None and other is not None and one.data.digest == other.data.digest
        self.note.setText(
            tr("In brackets: 95 % intervals. Differences are paired, image by image.")
            if same and one is not None
            else tr("Only what was measured on the images to evaluate is shown. Evaluate a plan to measure it.")
        )

    def _show_sites(self, architecture: Architecture, a: PruningPlan, b: PruningPlan) -> None:
        self.sites.clear()
        found = compare_plans(a, b, architecture)
        both = [(site, _stands(one), _stands(other)) for site, one, other in found.both]
        only_a = [(site, _stands(action), _left(b, architecture.by_id[site])) for site, action in found.only_a]
        only_b = [(site, _left(a, architecture.by_id[site]), _stands(action)) for site, action in found.only_b]
        cut = [
            (site.id, _left(a, site), _left(b, site))
            for site in architecture.sites
            if (a.units_of(site.id) or b.units_of(site.id))
            and not (a.removes(architecture, site.id) or b.removes(architecture, site.id))
        ]
        self._add_group(architecture, tr("Both remove"), both)
        self._add_group(architecture, tr("Only A removes"), only_a)
        self._add_group(architecture, tr("Only B removes"), only_b)
        if cut:
            others = {row[0] for row in cut if a.units_of(row[0]) != b.units_of(row[0])}
            self._add_group(architecture, tr("Lose heads or neurons"), cut, others)
        self.sites.expandAll()
        for column in (1, 2):
            self.sites.resizeColumnToContents(column)

    def _add_group(
        self,
        architecture: Architecture,
        title: str,
        rows: Sequence[tuple[str, str, str]],
        others: Collection[str] = (),
    ) -> None:
        """`rows` are a site and what becomes of it in A and in B; where that differs, or the site is one of `others`,
        it stands out in a group of what is in both."""
        group = QTreeWidgetItem(self.sites, [tr("{title}: {count}", title=title, count=len(rows))])
        group.setFirstColumnSpanned(True)
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        for site, one, other in rows:
            found = architecture.by_id[site]
            item = QTreeWidgetItem(group, [site_name(found), one, other])
            item.setIcon(0, kind_icon(found.kind, self.palette()))
            item.setToolTip(0, site)
            if site in others or (title == tr("Both remove") and one != other):
                for column in (1, 2):
                    item.setFont(column, font)

    @Slot()
    def _evaluate_a(self) -> None:
        self._commands.evaluate(self._plans[self.boxes[0].currentIndex()])

    @Slot()
    def _evaluate_b(self) -> None:
        self._commands.evaluate(self._plans[self.boxes[1].currentIndex()])


def _stands(action: str) -> str:
    """What stands for a site that a plan removes."""
    return word(action) or tr("removed")


def _left(plan: PruningPlan, site: Site) -> str:
    """What becomes of a site that a plan keeps."""
    return units_of(plan, site) or tr("kept")


def _value(measure: Measure, evaluation: Evaluation | None) -> str:
    value = measure.of(evaluation) if evaluation is not None else None
    return tr("not measured") if value is None else estimate(value, percentage=measure.percentage)


def _change(measure: Measure, one: Evaluation | None, other: Evaluation | None) -> str:
    """B less A, image by image where both were measured on the same ones; nothing otherwise."""
    if one is None or other is None or one is other or one.data.digest != other.data.digest:
        return NONE
    found = difference(measure, other, one)
    return NONE if found is None else change_text(measure, found)
