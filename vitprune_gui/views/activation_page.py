"""A page about all sites: controls, a chart of them with words below it, or what there is to do before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vitprune_gui.explorer import Explorer
from vitprune_gui.state import AppState
from vitprune_gui.views.parts import SPACE, EmptyState, wrapped

if TYPE_CHECKING:
    from vitprune_gui.charts.across import AcrossChart
    from vitprune_gui.charts.token_depth import TokenDepthChart
    from vitprune_gui.commands import Commands


class SitesPage(QWidget):
    """Selecting a site anywhere selects it in the chart, and a click on the chart anywhere else."""

    def __init__(self, state: AppState, commands: Commands, explorer: Explorer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands, self._explorer = commands, explorer
        self._chart: AcrossChart | TokenDepthChart | None = None
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
        self._both.addWidget(self._page, 1)
        state.selection_changed.connect(self._select)

    def put_before(self, empty: EmptyState) -> None:
        """What stands there as long as there is nothing to draw."""
        self._before = empty
        self._both.insertWidget(0, empty, 1)

    def put_below(self, label: QLabel) -> None:
        """Words between the chart and its meaning."""
        self._column.insertWidget(self._column.count() - 1, label)

    def put_chart(self, chart: AcrossChart | TokenDepthChart) -> None:
        chart.setMinimumSize(280, 240)
        chart.site_chosen.connect(self._choose)
        self._chart = chart
        self._column.insertWidget(1, chart, 1)

    def turn(self, *, drawn: bool) -> None:
        """Show the chart, or what is to be done before."""
        self._page.setVisible(drawn)
        self._before.setVisible(not drawn)

    @Slot(object)
    def _select(self, _: object) -> None:
        if self._chart is not None:
            self._chart.select(self._explorer.site())

    @Slot(str)
    def _choose(self, site: str) -> None:
        self._commands.select_site(site)
