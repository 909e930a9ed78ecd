"""Whether two models see the same images alike, site against site: CKA of two sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vitprune_gui.explorer import TOPICS, Explorer, NotComparable, name_of
from vitprune_gui.state import AppState
from vitprune_gui.views.parts import SPACE, Elided, EmptyState, wrapped

if TYPE_CHECKING:
    from vitprune_gui.charts.across import AcrossChart
    from vitprune_gui.commands import Commands

_FEATURES = {"patch": "Mean of the kept patches", "cls": "Class token"}
_MEANING = (
    "Linear CKA (Kornblith et al., unbiased): whether the images lie to each other alike after a site of one model and "
    "after a site of the other, whatever the rotation and scale of the stream. It needs no images, only that both "
    "sessions are of the same ones."
)


class AcrossPage(QWidget):
    def __init__(self, state: AppState, commands: Commands, explorer: Explorer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands, self._explorer = state, commands, explorer
        self.chart: AcrossChart | None = None
        self.features = QComboBox()
        self.features.setAccessibleName("Features")
        for name, title in _FEATURES.items():
            self.features.addItem(title, name)
        label = QLabel("&Compare")
        label.setBuddy(self.features)
        self.name = Elided()
        self.other_button = QPushButton("Another session…")
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self.features)
        row.addWidget(self.name, 1)
        row.addWidget(self.other_button)
        self.choose_button = QPushButton("Choose a session…")
        self.empty = EmptyState("", "", self.choose_button)
        self.reading = wrapped(selectable=True)
        self.reading.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.meaning = wrapped(_MEANING)
        self.meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._page = QWidget()
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(row)
        self._column.addWidget(self.reading)
        self._column.addWidget(self.meaning)
        page = QVBoxLayout(self)
        page.setContentsMargins(8, 6, 8, 8)
        page.addWidget(self.empty, 1)
        page.addWidget(self._page, 1)
        for button in (self.other_button, self.choose_button):
            button.clicked.connect(self._ask)
        self.features.activated.connect(self._choose_features)
        explorer.across_changed.connect(self._show)
        explorer.busy_changed.connect(self._show)
        state.selection_changed.connect(self._select)
        self._show()

    @Slot()
    def _show(self) -> None:
        explorer = self._explorer
        found, busy, other = explorer.across, explorer.is_busy(TOPICS[3]), explorer.other
        drawn = found is not None and not isinstance(found, NotComparable)
        self._page.setVisible(drawn)
        self.empty.setVisible(not drawn)
        self.choose_button.setVisible(not busy)
        if isinstance(found, NotComparable):
            self.empty.say(f"No comparison with {found.name}", f"{found.reason} {found.hint}")
        elif busy and other is not None:
            self.empty.say(f"Comparing with {name_of(other)}…", "The activations of both sessions are read.")
        elif not drawn:
            self.empty.say("Do two models see alike?", f"{_MEANING} Choose a session that kept activations.")
        else:
            self._draw()

    def _draw(self) -> None:
        found, explored = self._explorer.across, self._explorer.explored
        if found is None or isinstance(found, NotComparable) or explored is None:
            return
        if self.chart is None:
            from vitprune_gui.charts.across import AcrossChart

            self.chart = AcrossChart()
            self.chart.setMinimumSize(280, 240)
            self.chart.site_chosen.connect(self._choose)
            self.chart.cell_read.connect(self._read)
            self._column.insertWidget(1, self.chart, 1)
        self.name.setText(f"{found.names[0]} with {found.names[1]}")
        self.chart.show_across(found, explored.architecture.sites)
        self.chart.select(self._explorer.site())
        self._read(None)

    @Slot(object)
    def _select(self, _: object) -> None:
        if self.chart is not None:
            self.chart.select(self._explorer.site())

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        self.reading.setText(self.chart.tip(*cell) if self.chart is not None and cell is not None else "")

    @Slot(str)
    def _choose(self, site: str) -> None:
        self._commands.select_site(site)

    @Slot()
    def _choose_features(self) -> None:
        self._explorer.set_features(self.features.currentData())

    @Slot()
    def _ask(self) -> None:
        self._explorer.ask_other()
