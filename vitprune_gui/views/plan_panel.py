"""What the plan removes and what that saves, at once and without running the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Architecture, Site
from vitprune.plan import GRANULARITIES, WIDTHS, PlanSummary, PruningPlan, Target, held
from vitprune.selection import Method, Needs, methods
from vitprune_gui.actions import Verb
from vitprune_gui.repairs import AUTO, COMPENSATIONS, PICKED, TARGETS, common_repair
from vitprune_gui.state import AppState
from vitprune_gui.symbols import GRANULARITY_TITLES
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import ARROW, si, signed, thousands, times, units_gone
from vitprune_gui.views.kept_plans import KeptPlans
from vitprune_gui.views.parts import SPACE, EmptyState, bold, narrow, rule, wrapped
from vitprune_gui.views.plan_parts import Remaining, RemovedRow
from vitprune_gui.views.plan_verbs import PlanVerbs

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

_EMPTY = noop("Open a model; what you prune and what that saves is listed here.")
_BASELINE = "Baseline"  # the paper of methods that do not even read scores
_SIZES = {
    "remove": (noop("to prune"), noop("How many sites go")),
    "macs": (noop("of MACs"), noop("How much of the multiply-accumulates is left, repairs included")),
    "params": (noop("of params"), noop("How much of the parameters is left, repairs included")),
    "latency": (
        noop("of latency"),
        noop("How much of the latency is left, by a table of the time that each site takes here"),
    ),
}


class PlanPanel(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.headline = bold(wrapped(), larger=1)
        self.params, self.macs, self.bound = QLabel(), QLabel(), wrapped()
        self._params_bar, self._macs_bar = Remaining(), Remaining()
        figures = QGridLayout()
        figures.setHorizontalSpacing(10)
        figures.setVerticalSpacing(3)
        figures.setColumnStretch(1, 1)
        for row, (title, label, bar) in enumerate(
            ((tr("Params"), self.params, self._params_bar), (tr("MACs"), self.macs, self._macs_bar))
        ):
            bar.setAccessibleName(tr("{what} that are left", what=title))
            figures.addWidget(QLabel(title), 2 * row, 0)
            figures.addWidget(label, 2 * row, 1, Qt.AlignmentFlag.AlignRight)
            figures.addWidget(bar, 2 * row + 1, 0, 1, 2)
        self.bound.setToolTip(tr("The ratio of multiply-accumulates. What is really gained is measured by Evaluate."))

        self.removed = QListWidget()
        self.removed.setAccessibleName(tr("Removed sites"))
        self.removed.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.removed.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._cut = wrapped("")
        self._cut.setAccessibleName(tr("Heads and neurons that go"))
        self._none = wrapped(tr("Nothing is pruned yet. Untick sites in the tree, or let a method choose."))
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._protected = wrapped()

        self.undo = QPushButton(tr("Undo"))
        self.redo = QPushButton(tr("Redo"))
        self.clear = QPushButton(tr("Clear"))
        self.clear.setToolTip(tr("Restore every site"))
        self.evaluate = QPushButton(tr("Evaluate"))
        self.evaluate.setToolTip(tr("Measure this plan and the dense model side by side"))
        self.method = _picker(tr("Method"), {name: (m.title, m.what) for name, m in _ordered_methods()})
        for row, (_, method) in enumerate(_ordered_methods()):
            self.method.setItemData(row, _method_tip(method), Qt.ItemDataRole.ToolTipRole)
        self.method.setCurrentIndex(self.method.findData("cosine"))
        self.count = QSpinBox()
        self.count.setMinimum(1)
        self.count.setValue(3)
        self.count.setAccessibleName(tr("How many to prune"))
        self.share = QSpinBox()
        self.share.setRange(1, 99)
        self.share.setValue(75)
        self.share.setSuffix(" %")
        self.share.setAccessibleName(tr("How much to keep"))
        self.unit = _picker(tr("How the size is given"), _SIZES)
        self.granularity = _picker(tr("What to prune"), {})
        self.repair = _picker(tr("Repair"), {name: (c.title, c.what) for name, c in PICKED.items()})
        self.repair.setPlaceholderText(tr("Several"))
        self.target = _picker(
            tr("What repairs are fitted to"), {name: (c.title, c.what) for name, c in TARGETS.items()}
        )
        self.compensation = _picker(
            tr("What makes up for heads and neurons"), {name: (c.title, c.what) for name, c in COMPENSATIONS.items()}
        )
        self.prune = QPushButton(tr("Prune"))
        self.prune.setToolTip(tr("Replace the plan by what the method chooses"))
        self._by, self._what = wrapped(), wrapped()
        for label in (self._by, self._what):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)

        history = QHBoxLayout()
        history.setSpacing(SPACE)
        for button in (self.undo, self.redo, self.clear):
            history.addWidget(button, 1)
        size = QHBoxLayout()
        size.setSpacing(SPACE)
        size.addWidget(self.count)
        size.addWidget(self.share)
        size.addWidget(self.unit, 1)
        mend = QHBoxLayout()
        mend.setSpacing(SPACE)
        mend.addWidget(self.repair, 1)
        self._to = QLabel(tr("&to"))
        self._to.setBuddy(self.target)
        mend.addWidget(self._to)
        mend.addWidget(self.target, 1)
        self._make_up = QLabel(tr("Ma&de up for by"))
        self._make_up.setBuddy(self.compensation)
        made_up = QHBoxLayout()
        made_up.setSpacing(SPACE)
        made_up.addWidget(self._make_up)
        made_up.addWidget(self.compensation, 1)
        choose = QGridLayout()
        choose.setHorizontalSpacing(SPACE)
        choose.setVerticalSpacing(4)
        choose.setColumnStretch(1, 1)
        for row, (text, what, buddy) in enumerate(
            (
                (tr("&Method"), self.method, self.method),
                (tr("&Size"), size, self.count),
                ("", self.granularity, self.granularity),
                (tr("&Repair"), mend, self.repair),
            )
        ):
            if text:
                label = QLabel(text)
                label.setBuddy(buddy)
                choose.addWidget(label, row, 0)
            if isinstance(what, QHBoxLayout):
                choose.addLayout(what, row, 1)
            else:
                choose.addWidget(what, row, 1)
        self.most = QPushButton(tr("Most redundant…"))
        self.most.setToolTip(tr("Prune the most redundant sites by a score, and see beforehand which they are"))
        self.range = QPushButton(tr("Range…"))
        self.range.setToolTip(tr("Prune or keep what is in a range of blocks"))
        self.invert = QPushButton(tr("Invert"))
        self.invert.setToolTip(tr("Prune what is kept, and keep what is pruned"))
        many = QHBoxLayout()
        many.setSpacing(SPACE)
        for button in (self.most, self.range, self.invert):
            many.addWidget(button, 1)
        self.kept = KeptPlans(state, commands)
        self.asking = PlanVerbs(state, commands, self.kept, self)
        go = QHBoxLayout()
        go.setSpacing(SPACE)
        go.addWidget(self.prune, 1)
        go.addWidget(self.evaluate, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(SPACE)
        column.addWidget(self.headline)
        column.addLayout(figures)
        column.addWidget(self.bound)
        column.addWidget(rule())
        column.addLayout(choose)
        column.addWidget(self._by)
        column.addWidget(self._what)
        column.addLayout(go)
        column.addWidget(rule())
        column.addLayout(many)
        column.addLayout(history)
        column.addWidget(self._cut)
        column.addLayout(made_up)
        column.addWidget(self._none)
        column.addWidget(self.removed, 1)
        column.addWidget(self._protected)
        column.addWidget(rule())
        column.addWidget(self.kept)
        column.addStretch(0)
        self.removed.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        # Wrapped lines do not count in a layout's own minimum, and figures would lie on top of each other.
        content.setMinimumHeight(43 * self.fontMetrics().lineSpacing())
        scroll = QScrollArea()
        scroll.setWidget(content)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName(tr("Plan"))
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = EmptyState(tr("No plan"), tr(_EMPTY))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

        self.undo.clicked.connect(self._undo)
        self.redo.clicked.connect(self._redo)
        self.clear.clicked.connect(self._clear)
        self.evaluate.clicked.connect(self._evaluate)
        self.prune.clicked.connect(self._prune)
        self.most.clicked.connect(self.asking.ask_most)
        self.range.clicked.connect(self.asking.ask_range)
        self.invert.clicked.connect(self._invert)
        self.kept.compare_wanted.connect(self.asking.compare)
        self.method.currentIndexChanged.connect(self._offer)
        for box in (self.granularity, self.unit):
            box.currentIndexChanged.connect(self._limit)
        for box in (self.repair, self.target):
            box.activated.connect(self._mend)
        self.compensation.activated.connect(self._compensate)
        stack = commands.undo_stack
        stack.canUndoChanged.connect(self._history)
        stack.canRedoChanged.connect(self._history)
        stack.indexChanged.connect(self._history)
        for signal in (state.architecture_changed, state.plan_changed, state.protected_changed):
            signal.connect(self._show)
        for signal in (state.data_changed, state.test_data_changed, state.scores_changed, state.metric_changed):
            signal.connect(self._limit)
        state.repair_changed.connect(self._show_repair)
        self._offer()
        self._show(None)
        # Nothing is shown yet, so that the layout does not know itself how wide it must be.
        bar = scroll.verticalScrollBar().sizeHint().width()
        scroll.setMinimumWidth(46 * self.fontMetrics().averageCharWidth() + bar)
        self._history()

    @Slot(object)
    def _show(self, _: object) -> None:
        architecture, plan = self._state.architecture, self._state.plan
        if architecture is None or not architecture.prunable:
            self.empty.say(
                tr("No plan") if architecture is None else tr("Nothing to prune"),
                self._state.unprunable or tr(_EMPTY),
            )
            self._pages.setCurrentWidget(self.empty)
            return
        if plan is None or plan.digest != architecture.digest:
            plan = PruningPlan.of(architecture)
        removed = plan.removed_branches(architecture)
        self._figures(architecture, plan.summary(architecture))
        gone = {site.id for site in removed} | {site for site, _ in plan.units}
        self._list(plan, [site for site in architecture if site.id in gone])
        self._cut.setText(units_gone(plan, architecture))
        self.compensation.setCurrentIndex(self.compensation.findData(str(plan.compensation)))
        for widget in (self._cut, self._make_up, self.compensation):
            widget.setVisible(bool(plan.units))
        self._none.setVisible(not gone)
        self.removed.setVisible(bool(gone))
        self._protected.setText(tr("%n site(s) protected", "", len(self._state.protected)))
        self._protected.setToolTip(", ".join(site.id for site in architecture if site.id in self._state.protected))
        self._protected.setVisible(bool(self._state.protected))
        self.clear.setEnabled(bool(plan))
        self._pages.setCurrentIndex(1)
        self._show_repair()
        self._limit()

    @Slot()
    def _show_repair(self) -> None:
        """The repair that all sites of the plan have; without a plan, the one that the next site gets."""
        plan, architecture = self._state.plan, self._state.architecture
        repair, target = self._state.repair
        if plan and architecture is not None and plan.digest == architecture.digest:
            shown = common_repair(plan, architecture) or (AUTO if repair == AUTO else None)
            if plan.needs_calibration:
                target = str(plan.target)
        else:
            shown = repair
        self.repair.setCurrentIndex(-1 if shown is None else self.repair.findData(shown))
        self.target.setCurrentIndex(self.target.findData(target))
        fitted = shown != "none" or target == Target.MODEL
        self._to.setEnabled(fitted)
        self.target.setEnabled(fitted)
        lines = [] if shown is None else [tr(PICKED[shown].what)]
        self._what.setText(" ".join([*lines, *([tr(TARGETS[target].what)] if fitted else [])]))

    def _figures(self, architecture: Architecture, summary: PlanSummary) -> None:
        parents = {site.parent for site in architecture}
        total = sum(site.id not in parents for site in architecture.prunable)
        told = noop("{count} of {total} sublayers pruned"), noop("{count} of {total} blocks pruned")
        headline = told[0] if architecture.sublayers else told[1]
        self.headline.setText(tr(headline, count=thousands(summary.sites), total=thousands(total)))
        self.headline.setToolTip(tr("Parameters and MACs count what stands for the sites that went."))
        self.params.setText(_change(architecture.params, summary.params))
        self.macs.setText(_change(architecture.macs, summary.macs))
        self._params_bar.show_share(summary.params / architecture.params if architecture.params else 1)
        self._macs_bar.show_share(summary.macs / architecture.macs if architecture.macs else 1)
        if summary.sites or summary.units:
            self.bound.setText(tr("Speed-up: at most {times}, from MACs", times=times(summary.speedup_bound)))
        else:
            self.bound.setText(tr("Speed-up: none, the model is dense"))

    def _list(self, plan: PruningPlan, sites: Iterable[Site]) -> None:
        position = self.removed.verticalScrollBar().value()
        self.removed.clear()
        for site in sites:
            row = RemovedRow(site, plan, self.palette())
            row.restored.connect(self._restore)
            item = QListWidgetItem(self.removed)
            item.setSizeHint(QSize(0, row.sizeHint().height()))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.removed.setItemWidget(item, row)
        self.removed.verticalScrollBar().setValue(position)

    @Slot()
    def _offer(self) -> None:
        """The granularities that the method knows; the one on show where it is among them."""
        method = methods()[self.method.currentData()]
        now = self.granularity.currentData()
        with QSignalBlocker(self.granularity):
            self.granularity.clear()
            for name in method.granularities:
                self.granularity.addItem(tr(GRANULARITY_TITLES.get(name, name)), name)
            self.granularity.setCurrentIndex(max(0, self.granularity.findData(now)))
        self.method.setToolTip(_method_tip(method))
        self._limit()

    @Slot()
    def _limit(self) -> None:
        state = self._state
        architecture = state.architecture
        method = methods()[self.method.currentData()]
        granularity = self.granularity.currentData()
        sites = architecture.of_kind(*(GRANULARITIES | WIDTHS)[granularity]) if architecture else ()
        stay = held(architecture, state.protected) if architecture else frozenset()
        free = [site for site in sites if not site.fixed and site.id not in stay]
        if granularity in WIDTHS and not any(site.units for site in free):
            free = []
        if free:
            self.count.setMaximum(sum(site.units for site in free) if granularity in WIDTHS else len(free))
        counted = self.unit.currentData() == "remove"
        self.count.setVisible(counted)
        self.share.setVisible(not counted)
        self.granularity.setToolTip(self.granularity.currentText())
        blocked = (
            self._blocked(method)
            or self._without_share(method, granularity, counted=counted)
            or ("" if free else tr("This model has no {sites} that can go.", sites=self.granularity.currentText()))
        )
        for widget in (self.count, self.share, self.prune):
            widget.setEnabled(bool(free) and not blocked)
        self.most.setEnabled(not self.asking.without_scores())
        self._by.setText(blocked or _effort(method))
        self.evaluate.setEnabled(architecture is not None and state.images_to_evaluate is not None)

    def _without_share(self, method: Method, granularity: str, *, counted: bool) -> str:
        if granularity in WIDTHS and method.name == "greedy" and counted:
            return tr("A search over heads and neurons needs a share that is to be left: choose MACs.")
        if granularity in WIDTHS and self._state.repair[0] == AUTO:
            return tr("Where heads and neurons go too, choose a repair by its name.")
        return ""

    def _blocked(self, method: Method) -> str:
        """Why the method cannot choose now; empty when it can."""
        state = self._state
        if state.repair[0] == AUTO and state.data is None:
            return tr("Needs images, to try repairs on: open images to analyse first.")
        if method.paper == _BASELINE:
            return ""
        if method.needs is Needs.SCORES:
            return "" if state.scores is not None else tr("Needs scores: press Analyse first.")
        if state.data is None:
            return tr("Needs images: open images to analyse first.")
        if method.needs is Needs.LABELS and not state.data.labels:
            return tr("Needs images with labels, in a folder for each class.")
        return ""

    @Slot()
    def _history(self) -> None:
        stack = self._commands.undo_stack
        self.undo.setEnabled(stack.canUndo())
        self.redo.setEnabled(stack.canRedo())
        self.undo.setToolTip(tr("Undo {what}", what=stack.undoText()).strip())
        self.redo.setToolTip(tr("Redo {what}", what=stack.redoText()).strip())

    @Slot(str)
    def _restore(self, site: str) -> None:
        self._commands.restore_sites([site])

    @Slot()
    def _undo(self) -> None:
        self._commands.undo()

    @Slot()
    def _redo(self) -> None:
        self._commands.redo()

    @Slot()
    def _clear(self) -> None:
        self._commands.clear_plan()

    @Slot()
    def _evaluate(self) -> None:
        self._commands.evaluate()

    @Slot()
    def _prune(self) -> None:
        size = self.unit.currentData()
        amount = self.count.value() if size == "remove" else self.share.value() / 100
        self._commands.choose_sites(self.method.currentData(), self.granularity.currentData(), size, amount)

    def verbs(self) -> tuple[Verb, ...]:
        """For menus, keys and the palette."""
        return self.asking.verbs()

    @Slot()
    def _invert(self) -> None:
        self._commands.planning.invert()

    @Slot()
    def _mend(self) -> None:
        self._commands.set_repair(self.repair.currentData() or "none", self.target.currentData())

    @Slot()
    def _compensate(self) -> None:
        self._commands.planning.compensate(self.compensation.currentData())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_pages"):
            self._show(None)


def _change(before: int, after: int) -> str:
    if before == after:
        return si(before)
    return f"{si(before)} {ARROW} {si(after)}  ({signed(100 * (after - before) / before, 1, ' %')})"


def _picker(name: str, options: Mapping[str, tuple[str, str]]) -> QComboBox:
    """`options` are value to text and tool tip. It takes the room that there is, not that of its longest text."""
    box = QComboBox()
    box.setAccessibleName(name)
    for row, (value, (text, tip)) in enumerate(options.items()):
        box.addItem(tr(text), str(value))
        box.setItemData(row, tr(tip), Qt.ItemDataRole.ToolTipRole)
    return narrow(box)


def _ordered_methods() -> list[tuple[str, Method]]:
    """Those that are at once first, then those that try the model out, baselines last."""
    order = list(Needs)
    return sorted(methods().items(), key=lambda item: (item[1].paper == _BASELINE, order.index(item[1].needs)))


def _method_tip(method: Method) -> str:
    """As rich text, which a tool tip wraps."""
    parts = (
        f"<b>{escape(tr(method.title))}</b>",
        f"<i>{escape(tr(method.paper))}</i>",
        escape(tr(method.what)),
        escape(tr(_NEEDS[method.needs])),
    )
    return "".join(f"<p>{part}</p>" for part in parts)


def _effort(method: Method) -> str:
    return tr("{effort} In place of what is pruned now.", effort=tr(_NEEDS[method.needs]))


_NEEDS = {
    Needs.SCORES: noop("From what is known already."),
    Needs.IMAGES: noop("Runs the model on the images to analyse, many times."),
    Needs.LABELS: noop("Runs the model on the labelled images to analyse, many times."),
}
