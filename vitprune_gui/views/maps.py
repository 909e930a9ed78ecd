"""How alike the residual stream is at any two block boundaries: cosine, angular distance and CKA, as maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Site
from vitprune_gui.similarities import Map, cell_of, maps_of, not_measured, range_name, short_names
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.beginning import Beginning
from vitprune_gui.views.formatting import first_up, percent, si
from vitprune_gui.views.parts import SPACE, bold, rule, wrapped

if TYPE_CHECKING:
    from vitprune_gui.charts.similarity import SimilarityChart
    from vitprune_gui.commands import Commands

_WIDE = 760  # px, from which the map and what is said of it stand side by side
_SIDE = 250  # px of the words beside the map
_UNBOUNDED = (1 << 24) - 1  # px, Qt's own


class MapsView(QWidget):
    """A cell stands for the range of blocks between two boundaries: a click selects the first of them everywhere."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.chart: SimilarityChart | None = None
        self.cell: tuple[int, int] | None = None
        self._maps: tuple[Map, ...] = ()

        self.analyze_button = QPushButton(tr("Analyse"))
        self.empty = Beginning(commands, self.analyze_button)
        self.map_box = QComboBox()
        self.map_box.setAccessibleName(tr("Map"))
        self.map_box.setToolTip(tr("What is compared between any two block boundaries"))
        label = QLabel(tr("&Map"))
        label.setBuddy(self.map_box)
        choices = QHBoxLayout()
        choices.setSpacing(SPACE)
        choices.addWidget(label)
        choices.addWidget(self.map_box)
        choices.addStretch(1)

        self.meaning = wrapped()
        self.reading = wrapped(selectable=True)
        self.reading.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.reading.setMinimumHeight(2 * self.fontMetrics().lineSpacing())  # or the map would jump under the mouse
        self.range_title = bold(QLabel())
        self.range_facts = wrapped()
        self.prune_button = QPushButton(tr("Prune these blocks"))
        self.prune_button.setToolTip(tr("Remove the blocks between the two boundaries, or put them back"))
        self.lacking = wrapped()
        self.again_button = QPushButton(tr("Analyse again"))
        for muted in (self.meaning, self.lacking):
            muted.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._side = QWidget()
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for widget in (self.meaning, self.reading, rule()):
            column.addWidget(widget)
        self._rows = []
        for widgets in ((self.range_title, self.range_facts, self.prune_button), (self.lacking, self.again_button)):
            row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
            row.setSpacing(SPACE)
            for label in widgets[:-1]:
                row.addWidget(label, 1 if label is widgets[-2] else 0)
            row.addWidget(widgets[-1], 0, Qt.AlignmentFlag.AlignLeft)
            self._rows.append(row)
        column.addLayout(self._rows[0])
        column.addStretch(1)
        column.addLayout(self._rows[1])
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(2 * SPACE)
        self._body.addWidget(self._side)
        self._page = QWidget()
        page = QVBoxLayout(self._page)
        page.setContentsMargins(8, 6, 8, 8)
        page.setSpacing(SPACE)
        page.addLayout(choices)
        page.addLayout(self._body, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)

        self.map_box.activated.connect(self._draw)
        self.prune_button.clicked.connect(self._prune)
        for button in (self.analyze_button, self.again_button):
            button.clicked.connect(self._analyze)
        for signal in (
            state.model_changed,
            state.architecture_changed,
            state.data_changed,
            state.scores_changed,
        ):
            signal.connect(self._show)
        state.selection_changed.connect(self._show_selection)
        state.plan_changed.connect(self._show_range)
        self._show(None)

    @property
    def map(self) -> Map | None:
        """The one that is chosen."""
        name = self.map_box.currentData()
        return next((shown for shown in self._maps if shown.name == name), None)

    # From the state

    @Slot(object)
    def _show(self, _: object) -> None:
        state = self._state
        self._maps = maps_of(state.scores) if state.architecture is not None else ()
        if not self._maps:
            self._explain()
            return
        self._offer()
        lacking = not_measured(state.scores) if state.scores is not None else ""
        can = state.data is not None and not state.unprunable
        self.lacking.setText(tr("{lacking} Analyse again to have it.", lacking=lacking) if lacking and can else lacking)
        self.lacking.setVisible(bool(lacking))
        self.again_button.setVisible(bool(lacking) and can)
        self._pages.setCurrentWidget(self._page)
        self._draw()

    def _explain(self) -> None:
        state = self._state
        can = state.architecture is not None and state.data is not None and not state.unprunable
        if reason := state.unprunable:
            self.empty.say(tr("No maps of this model"), tr(reason))
        elif state.scores is not None:
            self.empty.say(
                tr("No map here"), tr("Nothing was compared between blocks in this session. Analyse again for it.")
            )
        else:
            meaning = tr(
                "A map compares the stream that runs through the model at every pair of block boundaries: a range of "
                "blocks across which it hardly changes is a range that may go."
            )
            step = tr("Press Analyse.") if can else tr("Open a model and images, then press Analyse.")
            self.empty.say(tr("How alike are the blocks?"), f"{meaning} {step}")
        self.analyze_button.setVisible(can)
        self.empty.offer(state, images=state.data is None and not state.unprunable)
        self._pages.setCurrentWidget(self.empty)

    def _offer(self) -> None:
        names = [shown.name for shown in self._maps]
        if [self.map_box.itemData(row) for row in range(self.map_box.count())] == names:
            return
        chosen = self.map_box.currentData()
        with QSignalBlocker(self.map_box):
            self.map_box.clear()
            for row, shown in enumerate(self._maps):
                self.map_box.addItem(shown.title, shown.name)
                self.map_box.setItemData(row, shown.meaning, Qt.ItemDataRole.ToolTipRole)
            self.map_box.setCurrentIndex(max(0, self.map_box.findData(chosen)))

    @Slot()
    def _draw(self) -> None:
        shown = self.map
        if shown is None:
            return
        if self.chart is None:
            # Plotting is imported with the first scores: the window is on the screen long before.
            from vitprune_gui.charts.similarity import SimilarityChart

            self.chart = SimilarityChart()
            self.chart.setMinimumSize(280, 240)
            self._body.insertWidget(0, self.chart, 1)
            self.chart.cell_read.connect(self._read)
            self.chart.cell_chosen.connect(self.choose)
            self._orient()
        self.chart.show_map(shown, short_names(shown.boundaries.labels, self._state.architecture))
        self.meaning.setText(shown.meaning)
        if self.cell is not None and max(self.cell) >= len(shown.boundaries.labels):
            self.cell = None
        self._show_selection(self._state.selection)
        self._read(None)

    @Slot(object)
    def _show_selection(self, selection: str | None) -> None:
        """A range stays as long as the selected site is in it."""
        shown = self.map
        if shown is None:
            return
        found = cell_of(shown, selection, self._state.architecture)
        if found is None or self.cell is None or not _within(found, self.cell):
            self.cell = found
        self._show_range(None)
        self._read(None)

    @Slot(object)
    def _show_range(self, _: object) -> None:
        shown = self.map
        if shown is None or self.chart is None:
            return
        self.chart.mark(self.cell)
        blocks, architecture = self._blocks(), self._state.architecture
        if architecture is None or not blocks or self.cell is None:
            self.range_title.setText(tr("No blocks chosen"))
            self.range_facts.setText(tr("Click a cell, or move to it with the arrow keys and press Return."))
            self.prune_button.hide()
            return
        name = range_name(self.chart.names, *self.cell)
        self.range_title.setText(first_up(name))
        params, macs = sum(block.params for block in blocks), sum(block.macs for block in blocks)
        facts = [tr("%n block(s)", "", len(blocks))]
        if architecture.params:
            share = percent(params / architecture.params)
            facts.append(tr("{count} parameters ({share})", count=si(params), share=share))
        if architecture.macs:
            facts.append(tr("{count} MACs ({share})", count=si(macs), share=percent(macs / architecture.macs)))
        free = self._free()
        if len(free) < len(blocks):
            facts.append(tr("%n of them fixed", "", len(blocks) - len(free)))
        self.range_facts.setText(" · ".join(facts))
        many = len(blocks) > 1
        if free and all(map(self._removed, free)):
            self.prune_button.setText(tr("Restore these blocks") if many else tr("Restore this block"))
        else:
            self.prune_button.setText(tr("Prune these blocks") if many else tr("Prune this block"))
        self.prune_button.setEnabled(bool(free))
        self.prune_button.show()

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        """Under the mouse or the keyboard's cursor; else of the range that is chosen."""
        at = cell or self.cell
        self.reading.setText(self.chart.tip(*at) if self.chart is not None and at is not None else "")

    # From the user

    @Slot(int, int)
    def choose(self, row: int, column: int) -> None:
        """Take the blocks between two boundaries; of one boundary, the block before it."""
        shown = self.map
        if shown is None:
            return
        if row == column:
            row, column = max(0, row - 1), max(1, column)
        self.cell = (row, column)
        blocks = shown.blocks(row, column)
        if blocks:
            self._commands.select_site(blocks[0])
        self._show_range(None)
        self._read(None)

    @Slot()
    def _prune(self) -> None:
        free = self._free()
        if all(map(self._removed, free)):
            self._commands.restore_sites(free)
        else:
            self._commands.remove_sites([block for block in free if not self._removed(block)])

    @Slot()
    def _analyze(self) -> None:
        self._commands.analyze()

    def _blocks(self) -> list[Site]:
        shown, architecture = self.map, self._state.architecture
        if shown is None or architecture is None or self.cell is None:
            return []
        return [architecture.by_id[label] for label in shown.blocks(*self.cell) if label in architecture.by_id]

    def _free(self) -> list[str]:
        return [block.id for block in self._blocks() if not block.fixed]

    def _removed(self, block: str) -> bool:
        plan, architecture = self._state.plan, self._state.architecture
        return bool(plan and architecture and plan.digest == architecture.digest and plan.removes(architecture, block))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._orient()

    def _orient(self) -> None:
        wide = self.width() >= _WIDE
        beside, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._body.setDirection(beside if wide else below)
        for row in self._rows:
            row.setDirection(below if wide else beside)
        self._side.setMinimumWidth(_SIDE if wide else 0)
        self._side.setMaximumWidth(_SIDE if wide else _UNBOUNDED)
        self.updateGeometry()  # whoever scrolls it asks again how wide it has to be


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return min(outer) <= min(inner) and max(inner) <= max(outer)
