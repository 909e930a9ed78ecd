"""A page about all sites: controls, a chart of them with words below it, or what there is to do before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vitprune_gui.explorer import Explorer
from vitprune_gui.state import AppState
from vitprune_gui.views.parts import SPACE, EmptyState, wrapped

if TYPE_CHECKING:
    from vitprune_gui.charts.chart import Chart
    from vitprune_gui.commands import Commands


class SitesPage(QWidget):
    """Selecting a site anywhere selects it in the chart, and a click on the chart anywhere else. `empty` stands there
    as long as there is nothing to draw."""

    _site_changed = Signal(object)

    def __init__(
        self,
        state: AppState,
        commands: Commands,
        explorer: Explorer,
        empty: EmptyState,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._commands, self._explorer = commands, explorer
        self.empty = empty
        self.controls = QHBoxLayout()
        self.controls.setSpacing(SPACE)
        self.meaning = wrapped()
        self.meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._page = QWidget()
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self.controls)
        self._column.addWidget(self.meaning)
        self._both = QVBoxLayout(self)
        self._both.setContentsMargins(8, 6, 8, 8)
        self._both.addWidget(empty, 1)
        self._both.addWidget(self._page, 1)
        state.selection_changed.connect(self._select)

    def put_below(self, label: QLabel) -> None:
        """Words between the chart and its meaning."""
        self._column.insertWidget(self._column.count() - 1, label)

    def put_chart(self, chart: Chart) -> None:
        chart.setMinimumSize(280, 240)
        chart.site_chosen.connect(self._choose)
        self._site_changed.connect(chart.select)
        self._column.insertWidget(1, chart, 1)

    def turn(self, *, drawn: bool) -> None:
        """Show the chart, or what is to be done before."""
        self._page.setVisible(drawn)
        self.empty.setVisible(not drawn)

    @Slot(object)
    def _select(self, _: object) -> None:
        self._site_changed.emit(self._explorer.site())

    @Slot(str)
    def _choose(self, site: str) -> None:
        self._commands.select_site(site)
