"""What the tokens of many images are like after every site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QWidget

from vitprune_gui.explorer import TOPICS, Explorer
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.activation_page import SitesPage
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.parts import EmptyState

if TYPE_CHECKING:
    from vitprune_gui.charts.token_depth import TokenDepthChart
    from vitprune_gui.commands import Commands


class DepthPage(SitesPage):
    """A few images are read when the page is first seen; all of them when that is asked for."""

    def __init__(self, state: AppState, commands: Commands, explorer: Explorer, parent: QWidget | None = None) -> None:
        count_button = QPushButton(tr("Read activations"))
        super().__init__(state, commands, explorer, EmptyState("", "", count_button), parent)
        self.count_button = count_button
        self.chart: TokenDepthChart | None = None
        self.figure = QComboBox()
        self.figure.setAccessibleName(tr("Figure"))
        self.figure.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        label = QLabel(tr("&Show"))
        label.setBuddy(self.figure)
        self.images = QLabel()
        self.all_button = QPushButton(tr("Use all images"))
        self.all_button.setToolTip(tr("Read the activations of all images that the session keeps"))
        for widget in (label, self.figure, self.images):
            self.controls.addWidget(widget)
        self.controls.addStretch(1)
        self.controls.addWidget(self.all_button)
        self.figure.activated.connect(self._draw)
        self.all_button.clicked.connect(self._count_all)
        self.count_button.clicked.connect(self._count)
        explorer.census_changed.connect(self._show)
        explorer.busy_changed.connect(self._show)
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
        self.turn(drawn=census is not None)
        self.count_button.setVisible(not busy)
        if census is None:
            if busy:
                text = tr("Lengths, similarities and values of the tokens of many images.")
                self.empty.say(tr("Reading activations…"), text)
            else:
                self.empty.say(tr("Tokens over depth"), tr("Nothing was read yet."))
            return
        part = census.images < census.of
        self.images.setText(
            tr("{part} of %n image(s), evenly chosen", "", census.of, part=thousands(census.images))
            if part
            else tr("all %n image(s)", "", census.of)
        )
        self.all_button.setVisible(part)
        self.all_button.setEnabled(not busy)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        census, explored = self._explorer.census, self._explorer.explored
        if census is None or explored is None:
            return
        from vitprune_gui.charts.token_depth import FIGURES, TokenDepthChart, note_of

        if self.chart is None:
            for name, figure in FIGURES.items():
                self.figure.addItem(tr(figure.title), name)
            self.chart = TokenDepthChart()
            self.put_chart(self.chart)
        figure = FIGURES[self.figure.currentData()]
        sites = [site for site in explored.architecture if site.id in census.sites]
        self.chart.show_census(figure, census, sites)
        self.chart.select(self._explorer.site())
        self.meaning.setText(note_of(figure))
        self.meaning.setVisible(bool(figure.note))

    @Slot()
    def _count(self) -> None:
        self._explorer.count()

    @Slot()
    def _count_all(self) -> None:
        if self._explorer.explored is not None:
            self._explorer.count(self._explorer.explored.images)
