"""What the plan removes and what that saves, at once and without running the model."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Architecture, Site
from vitprune.plan import GRANULARITIES, Action, PlanSummary, PruningPlan, Target
from vitprune.selection import Method, Needs, methods
from vitprune_gui.colours import mix
from vitprune_gui.repairs import AUTO, PICKED, REPAIRS, TARGETS, common_repair, word
from vitprune_gui.state import AppState
from vitprune_gui.symbols import kind_icon
from vitprune_gui.views.formatting import (
    ARROW,
    si,
    signed,
    site_name,
    thousands,
    times,
)
from vitprune_gui.views.parts import SPACE, Elided, EmptyState, bold, narrow, rule, wrapped

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

_BASELINE = "Baseline"  # the paper of methods that do not even read scores
_SIZES = {
    "remove": ("to prune", "How many sites go"),
    "macs": ("of MACs", "How much of the multiply-accumulates is left, repairs included"),
    "params": ("of params", "How much of the parameters is left, repairs included"),
    "latency": ("of latency", "How much of the latency is left, by a table of the time that each site takes here"),
}
_GRANULARITY_TITLES = {"attention": "attention layers", "mlp": "MLP layers", "sublayer": "sublayers", "block": "blocks"}


class _Remaining(QWidget):
    """A bar of what is left of the dense model."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 1.0
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float) -> None:
        self._share = min(1.0, max(0.0, share))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100, 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        ground, ink = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
        area = QRectF(self.rect())
        painter.fillRect(area, mix(ground, ink, 0.14))
        area.setWidth(area.width() * self._share)
        painter.fillRect(area, palette.color(QPalette.ColorRole.Accent))


class _Row(QWidget):
    """A removed site, what stands for it, and the button that brings it back."""

    restored = Signal(str)

    def __init__(self, site: Site, repair: str, palette: QPalette) -> None:
        super().__init__()
        self._site = site.id
        icon = QLabel()
        icon.setPixmap(kind_icon(site.kind, palette, hollow=True).pixmap(16, 16))
        name = Elided(site_name(site))
        self.repair = QLabel(word(repair))
        self.repair.setForegroundRole(QPalette.ColorRole.Link)
        self.setToolTip(f"{site.id}\n{REPAIRS[repair].what}")
        button = QToolButton()
        button.setText("Restore")
        button.setAutoRaise(True)
        button.setAccessibleName(f"Restore {site_name(site)}")
        button.clicked.connect(self._restore)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 2, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(icon)
        layout.addWidget(name, 1)
        layout.addWidget(self.repair)
        layout.addWidget(button)

    @Slot()
    def _restore(self) -> None:
        self.restored.emit(self._site)


class PlanPanel(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.headline = bold(wrapped(), larger=1)
        self.params, self.macs, self.bound = QLabel(), QLabel(), wrapped()
        self._params_bar, self._macs_bar = _Remaining(), _Remaining()
        figures = QGridLayout()
        figures.setHorizontalSpacing(10)
        figures.setVerticalSpacing(3)
        figures.setColumnStretch(1, 1)
        for row, (title, label, bar) in enumerate(
            (("Params", self.params, self._params_bar), ("MACs", self.macs, self._macs_bar))
        ):
            figures.addWidget(QLabel(title), 2 * row, 0)
            figures.addWidget(label, 2 * row, 1, Qt.AlignmentFlag.AlignRight)
            figures.addWidget(bar, 2 * row + 1, 0, 1, 2)
        self.bound.setToolTip("The ratio of multiply-accumulates. What is really gained is measured by Evaluate.")

        self.removed = QListWidget()
        self.removed.setAccessibleName("Removed sites")
        self.removed.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.removed.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._none = wrapped("Nothing is pruned yet. Untick sites in the tree, or let a method choose.")
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)

        self.undo = QPushButton("Undo")
        self.redo = QPushButton("Redo")
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Restore every site")
        self.evaluate = QPushButton("Evaluate")
        self.evaluate.setToolTip("Measure this plan and the dense model side by side")
        self.method = _picker("Method", {name: (m.title, _method_tip(m)) for name, m in _ordered_methods()})
        self.method.setCurrentIndex(self.method.findData("cosine"))
        self.count = QSpinBox()
        self.count.setMinimum(1)
        self.count.setValue(3)
        self.count.setAccessibleName("How many to prune")
        self.share = QSpinBox()
        self.share.setRange(1, 99)
        self.share.setValue(75)
        self.share.setSuffix(" %")
        self.share.setAccessibleName("How much to keep")
        self.unit = _picker("How the size is given", _SIZES)
        self.granularity = _picker("What to prune", {})
        self.repair = _picker("Repair", {name: (c.title, c.what) for name, c in PICKED.items()})
        self.repair.setPlaceholderText("Several")
        self.target = _picker("What repairs are fitted to", {name: (c.title, c.what) for name, c in TARGETS.items()})
        self.prune = QPushButton("Prune")
        self.prune.setToolTip("Replace the plan by what the method chooses")
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
        size.addWidget(self.granularity, 1)
        mend = QHBoxLayout()
        mend.setSpacing(SPACE)
        mend.addWidget(self.repair, 1)
        self._to = QLabel("&to")
        self._to.setBuddy(self.target)
        mend.addWidget(self._to)
        mend.addWidget(self.target, 1)
        choose = QGridLayout()
        choose.setHorizontalSpacing(SPACE)
        choose.setVerticalSpacing(4)
        choose.setColumnStretch(1, 1)
        for row, (text, what, buddy) in enumerate(
            (("&Method", self.method, self.method), ("&Size", size, self.count), ("&Repair", mend, self.repair))
        ):
            label = QLabel(text)
            label.setBuddy(buddy)
            choose.addWidget(label, row, 0)
            if isinstance(what, QHBoxLayout):
                choose.addLayout(what, row, 1)
            else:
                choose.addWidget(what, row, 1)
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
        column.addLayout(history)
        column.addWidget(self._none)
        column.addWidget(self.removed, 1)
        column.addStretch(0)
        self.removed.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        # Wrapped lines do not count in a layout's own minimum, and figures would lie on top of each other.
        content.setMinimumHeight(30 * self.fontMetrics().lineSpacing())
        scroll = QScrollArea()
        scroll.setWidget(content)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.empty = EmptyState("No plan", "Open a model; what you prune and what that saves is listed here.")
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
        self.method.currentIndexChanged.connect(self._offer)
        for box in (self.granularity, self.unit):
            box.currentIndexChanged.connect(self._limit)
        for box in (self.repair, self.target):
            box.activated.connect(self._mend)
        stack = commands.undo_stack
        stack.canUndoChanged.connect(self._history)
        stack.canRedoChanged.connect(self._history)
        stack.indexChanged.connect(self._history)
        for signal in (state.architecture_changed, state.plan_changed):
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
                "No plan" if architecture is None else "Nothing to prune",
                self._state.unprunable or "Open a model; what you prune and what that saves is listed here.",
            )
            self._pages.setCurrentWidget(self.empty)
            return
        if plan is None or plan.digest != architecture.digest:
            plan = PruningPlan.of(architecture)
        removed = plan.removed_branches(architecture)
        self._figures(architecture, plan.summary(architecture))
        self._list(plan, removed)
        self._none.setVisible(not removed)
        self.removed.setVisible(bool(removed))
        self.clear.setEnabled(bool(removed))
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
        lines = [] if shown is None else [PICKED[shown].what]
        self._what.setText(" ".join([*lines, *([TARGETS[target].what] if fitted else [])]))

    def _figures(self, architecture: Architecture, summary: PlanSummary) -> None:
        parents = {site.parent for site in architecture}
        total = sum(site.id not in parents for site in architecture.prunable)
        kind = "sublayers" if architecture.sublayers else "blocks"
        self.headline.setText(f"{thousands(summary.sites)} of {thousands(total)} {kind} pruned")
        self.headline.setToolTip("Parameters and MACs count what stands for the sites that went.")
        self.params.setText(_change(architecture.params, summary.params))
        self.macs.setText(_change(architecture.macs, summary.macs))
        self._params_bar.show_share(summary.params / architecture.params if architecture.params else 1)
        self._macs_bar.show_share(summary.macs / architecture.macs if architecture.macs else 1)
        if summary.sites:
            self.bound.setText(f"Speed-up: at most {times(summary.speedup_bound)}, from MACs")
        else:
            self.bound.setText("Speed-up: none, the model is dense")

    def _list(self, plan: PruningPlan, removed: tuple[Site, ...]) -> None:
        position = self.removed.verticalScrollBar().value()
        self.removed.clear()
        for site in removed:
            action = plan.action(site.id) or Action.REMOVE
            row = _Row(site, "none" if action is Action.REMOVE else action, self.palette())
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
                self.granularity.addItem(_GRANULARITY_TITLES.get(name, name), name)
            self.granularity.setCurrentIndex(max(0, self.granularity.findData(now)))
        self.method.setToolTip(_method_tip(method))
        self._limit()

    @Slot()
    def _limit(self) -> None:
        state = self._state
        architecture = state.architecture
        method = methods()[self.method.currentData()]
        sites = architecture.of_kind(*GRANULARITIES[self.granularity.currentData()]) if architecture else ()
        free = [site for site in sites if not site.fixed]
        if free:
            self.count.setMaximum(len(free))
        counted = self.unit.currentData() == "remove"
        self.count.setVisible(counted)
        self.share.setVisible(not counted)
        self.granularity.setToolTip(self.granularity.currentText())
        blocked = self._blocked(method) or (
            "" if free else f"This model has no {self.granularity.currentText()} that can go."
        )
        for widget in (self.count, self.share, self.prune):
            widget.setEnabled(bool(free) and not blocked)
        self._by.setText(blocked or _effort(method))
        self.evaluate.setEnabled(architecture is not None and state.images_to_evaluate is not None)

    def _blocked(self, method: Method) -> str:
        """Why the method cannot choose now; empty when it can."""
        state = self._state
        if state.repair[0] == AUTO and state.data is None:
            return "Needs images, to try repairs on: open images to analyse first."
        if method.paper == _BASELINE:
            return ""
        if method.needs is Needs.SCORES:
            return "" if state.scores is not None else "Needs scores: press Analyse first."
        if state.data is None:
            return "Needs images: open images to analyse first."
        if method.needs is Needs.LABELS and not state.data.labels:
            return "Needs images with labels, in a folder for each class."
        return ""

    @Slot()
    def _history(self) -> None:
        stack = self._commands.undo_stack
        self.undo.setEnabled(stack.canUndo())
        self.redo.setEnabled(stack.canRedo())
        self.undo.setToolTip(f"Undo {stack.undoText()}".strip())
        self.redo.setToolTip(f"Redo {stack.redoText()}".strip())

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

    @Slot()
    def _mend(self) -> None:
        self._commands.set_repair(self.repair.currentData() or "none", self.target.currentData())

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
        box.addItem(text, str(value))
        box.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
    return narrow(box)


def _ordered_methods() -> list[tuple[str, Method]]:
    """Those that are at once first, then those that try the model out, baselines last."""
    order = list(Needs)
    return sorted(methods().items(), key=lambda item: (item[1].paper == _BASELINE, order.index(item[1].needs)))


def _method_tip(method: Method) -> str:
    """As rich text, which a tool tip wraps."""
    parts = (
        f"<b>{escape(method.title)}</b>",
        f"<i>{escape(method.paper)}</i>",
        escape(method.what),
        _NEEDS[method.needs],
    )
    return "".join(f"<p>{part}</p>" for part in parts)


def _effort(method: Method) -> str:
    return f"{_NEEDS[method.needs]} In place of what is pruned now."


_NEEDS = {
    Needs.SCORES: "From what is known already.",
    Needs.IMAGES: "Runs the model on the images to analyse, many times.",
    Needs.LABELS: "Runs the model on the labelled images to analyse, many times.",
}
