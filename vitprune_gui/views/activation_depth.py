"""What the tokens of many images are like after every site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vitprune_gui.explorer import TOPICS, Explorer
from vitprune_gui.state import AppState
from vitprune_gui.views.formatting import plural, thousands
from vitprune_gui.views.parts import SPACE, EmptyState, wrapped

if TYPE_CHECKING:
    from vitprune_gui.charts.token_depth import TokenDepthChart
    from vitprune_gui.commands import Commands


class DepthPage(QWidget):
    """A few images are read when the page is first seen; all of them when that is asked for."""

    def __init__(self, state: AppState, commands: Commands, explorer: Explorer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands, self._explorer = state, commands, explorer
        self.chart: TokenDepthChart | None = None
        self.figure = QComboBox()
        self.figure.setAccessibleName("Figure")
        self.figure.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        label = QLabel("&Show")
        label.setBuddy(self.figure)
        self.images = QLabel()
        self.all_button = QPushButton("Use all images")
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for widget in (label, self.figure, self.images):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.all_button)
        self.meaning = wrapped()
        self.meaning.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.count_button = QPushButton("Read activations")
        self.empty = EmptyState("", "", self.count_button)
        self._page = QWidget()
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(row)
        self._column.addWidget(self.meaning)
        page = QVBoxLayout(self)
        page.setContentsMargins(8, 6, 8, 8)
        page.addWidget(self.empty, 1)
        page.addWidget(self._page, 1)
        self.figure.activated.connect(self._draw)
        self.all_button.clicked.connect(self._count_all)
        self.count_button.clicked.connect(self._count)
        explorer.census_changed.connect(self._show)
        explorer.busy_changed.connect(self._show)
        state.selection_changed.connect(self._select)
        self._show()

    @Slot()
    def want(self) -> None:
        """The page is looked at."""
        explorer = self._explorer
        if explorer.explored is not None and explorer.census is None and not explorer.is_busy(TOPICS[2]):
            explorer.count()

    @Slot()
    def _show(self) -> None:
        census, busy = self._explorer.census, self._explorer.is_busy(TOPICS[2])
        self._page.setVisible(census is not None)
        self.empty.setVisible(census is None)
        self.count_button.setVisible(not busy)
        if census is None:
            if busy:
                self.empty.say("Reading activations…", "Lengths, similarities and values of the tokens of many images.")
            else:
                self.empty.say("Tokens over depth", "Nothing was read yet.")
            return
        part = census.images < census.of
        self.images.setText(
            f"{thousands(census.images)} of {plural(census.of, 'image')}, evenly chosen"
            if part
            else f"all {plural(census.of, 'image')}"
        )
        self.all_button.setVisible(part)
        self.all_button.setEnabled(not busy)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        census, explored = self._explorer.census, self._explorer.explored
        if census is None or explored is None:
            return
        from vitprune_gui.charts.token_depth import FIGURES, TokenDepthChart

        if self.chart is None:
            for name, figure in FIGURES.items():
                self.figure.addItem(figure.title, name)
            self.chart = TokenDepthChart()
            self.chart.setMinimumSize(280, 240)
            self.chart.site_chosen.connect(self._choose)
            self._column.insertWidget(1, self.chart, 1)
        figure = FIGURES[self.figure.currentData()]
        sites = [site for site in explored.architecture if site.id in census.sites]
        self.chart.show_census(figure, census, sites)
        self.chart.select(self._explorer.site())
        self.meaning.setText(figure.note)
        self.meaning.setVisible(bool(figure.note))

    @Slot(object)
    def _select(self, _: object) -> None:
        if self.chart is not None:
            self.chart.select(self._explorer.site())

    @Slot(str)
    def _choose(self, site: str) -> None:
        self._commands.select_site(site)

    @Slot()
    def _count(self) -> None:
        self._explorer.count()

    @Slot()
    def _count_all(self) -> None:
        if self._explorer.explored is not None:
            self._explorer.count(self._explorer.explored.images)
