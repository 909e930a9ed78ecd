"""What the plan removes and what that saves, at once and without running the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Architecture, Site
from vitprune.plan import GRANULARITIES, PlanSummary, PruningPlan
from vitprune.scores import split_name, table_name
from vitprune_gui.colours import mix
from vitprune_gui.state import AppState
from vitprune_gui.symbols import kind_icon
from vitprune_gui.views.formatting import (
    ARROW,
    metric_of,
    over_tokens,
    si,
    signed,
    site_name,
    thousands,
    times,
)
from vitprune_gui.views.parts import SPACE, Elided, EmptyState, bold, rule, wrapped

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

_METHOD = "cosine"  # what `remove_most_redundant` goes by
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
    """A removed site with the button that brings it back."""

    restored = Signal(str)

    def __init__(self, site: Site, palette: QPalette) -> None:
        super().__init__()
        self._site = site.id
        icon = QLabel()
        icon.setPixmap(kind_icon(site.kind, palette, hollow=True).pixmap(16, 16))
        name = Elided(site_name(site))
        self.setToolTip(site.id)
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
        self._none = wrapped("Nothing is pruned yet. Untick sites in the tree, or let the scores choose:")
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)

        self.undo = QPushButton("Undo")
        self.redo = QPushButton("Redo")
        self.clear = QPushButton("Clear")
        self.clear.setToolTip("Restore every site")
        self.evaluate = QPushButton("Evaluate")
        self.evaluate.setToolTip("Measure this plan and the dense model side by side")
        self.count = QSpinBox()
        self.count.setMinimum(1)
        self.count.setValue(3)
        self.count.setAccessibleName("How many to prune")
        self.granularity = QComboBox()
        self.granularity.setAccessibleName("What to prune")
        for name in GRANULARITIES:
            self.granularity.addItem(_GRANULARITY_TITLES.get(name, name), name)
        self.granularity.setCurrentIndex(self.granularity.findData("sublayer"))
        self.prune = QPushButton("Prune")
        self._by = wrapped()
        self._by.setForegroundRole(QPalette.ColorRole.PlaceholderText)

        history = QHBoxLayout()
        history.setSpacing(SPACE)
        for button in (self.undo, self.redo, self.clear):
            history.addWidget(button, 1)
        most = QHBoxLayout()
        most.setSpacing(SPACE)
        most.addWidget(self.count)
        most.addWidget(self.granularity, 1)
        most.addWidget(self.prune)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(SPACE)
        column.addWidget(self.headline)
        column.addLayout(figures)
        column.addWidget(self.bound)
        column.addWidget(rule())
        column.addWidget(self._none)
        column.addWidget(self.removed, 1)
        column.addStretch(0)
        column.addLayout(history)
        column.addWidget(rule())
        column.addWidget(QLabel("Prune the most redundant"))
        column.addLayout(most)
        column.addWidget(self._by)
        column.addWidget(self.evaluate)
        self._column = column
        # Wrapped lines do not count in a layout's own minimum, and figures would lie on top of each other.
        content.setMinimumHeight(20 * self.fontMetrics().lineSpacing())
        self.empty = EmptyState("No plan", "Open a model; what you prune and what that saves is listed here.")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

        self.undo.clicked.connect(self._undo)
        self.redo.clicked.connect(self._redo)
        self.clear.clicked.connect(self._clear)
        self.evaluate.clicked.connect(self._evaluate)
        self.prune.clicked.connect(self._prune)
        self.granularity.currentIndexChanged.connect(self._limit)
        stack = commands.undo_stack
        stack.canUndoChanged.connect(self._history)
        stack.canRedoChanged.connect(self._history)
        stack.indexChanged.connect(self._history)
        for signal in (state.architecture_changed, state.plan_changed):
            signal.connect(self._show)
        for signal in (state.data_changed, state.test_data_changed, state.scores_changed, state.metric_changed):
            signal.connect(self._limit)
        self._show(None)
        self._limit()
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
        self._list(removed)
        self._none.setVisible(not removed)
        self.removed.setVisible(bool(removed))
        self.clear.setEnabled(bool(removed))
        self._pages.setCurrentIndex(1)
        self._limit()

    def _figures(self, architecture: Architecture, summary: PlanSummary) -> None:
        parents = {site.parent for site in architecture}
        total = sum(site.id not in parents for site in architecture.prunable)
        kind = "sublayers" if architecture.sublayers else "blocks"
        self.headline.setText(f"{thousands(summary.sites)} of {thousands(total)} {kind} pruned")
        self.params.setText(_change(architecture.params, summary.params))
        self.macs.setText(_change(architecture.macs, summary.macs))
        self._params_bar.show_share(summary.params / architecture.params if architecture.params else 1)
        self._macs_bar.show_share(summary.macs / architecture.macs if architecture.macs else 1)
        if summary.sites:
            self.bound.setText(f"Speed-up: at most {times(summary.speedup_bound)}, from MACs")
        else:
            self.bound.setText("Speed-up: none, the model is dense")

    def _list(self, removed: tuple[Site, ...]) -> None:
        position = self.removed.verticalScrollBar().value()
        self.removed.clear()
        for site in removed:
            row = _Row(site, self.palette())
            row.restored.connect(self._restore)
            item = QListWidgetItem(self.removed)
            item.setSizeHint(QSize(0, row.sizeHint().height()))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.removed.setItemWidget(item, row)
        self.removed.verticalScrollBar().setValue(position)

    @Slot()
    def _limit(self) -> None:
        state = self._state
        architecture, scores = state.architecture, state.scores
        kinds = GRANULARITIES[self.granularity.currentData()]
        name = table_name(_METHOD, split_name(state.metric)[1])
        table = scores.get(name, {}) if scores is not None else {}
        sites = architecture.of_kind(*kinds) if architecture else ()
        scored = [site for site in sites if site.id in table and not site.fixed]
        if scored:
            self.count.setMaximum(len(scored))
        for widget in (self.count, self.prune):
            widget.setEnabled(bool(scored))
        metric = " ".join(filter(None, (metric_of(_METHOD).title, over_tokens(name))))
        if scores is None:
            self._by.setText("Needs scores: press Analyse first.")
        elif not scored:
            self._by.setText(f"{metric}: no scores for {self.granularity.currentText()} that can go.")
        else:
            self._by.setText(f"by {metric[0].lower()}{metric[1:]}, in place of what is pruned now")
        ready = architecture is not None and state.images_to_evaluate is not None
        self.evaluate.setEnabled(ready)

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
        self._commands.remove_most_redundant(self.count.value(), self.granularity.currentData())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_pages"):
            self._show(None)


def _change(before: int, after: int) -> str:
    if before == after:
        return si(before)
    return f"{si(before)} {ARROW} {si(after)}  ({signed(100 * (after - before) / before, 1, ' %')})"
