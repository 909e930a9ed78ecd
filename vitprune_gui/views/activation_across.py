"""Whether two models see the same images alike, site against site: CKA of two sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QWidget

from vitprune_gui.explorer import TOPICS, Explorer, NotComparable, name_of
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.activation_page import SitesPage
from vitprune_gui.views.parts import Elided, EmptyState, wrapped

if TYPE_CHECKING:
    from vitprune_gui.charts.across import AcrossChart
    from vitprune_gui.commands import Commands

_FEATURES = {"patch": noop("Mean of the kept patches"), "cls": noop("Class token")}
_MEANING = noop(
    "Linear CKA (Kornblith et al., unbiased): whether the images lie to each other alike after a site of one model and "
    "after a site of the other, whatever the rotation and scale of the stream. It needs no images, only that both "
    "sessions are of the same ones."
)


class AcrossPage(SitesPage):
    def __init__(self, state: AppState, commands: Commands, explorer: Explorer, parent: QWidget | None = None) -> None:
        choose_button = QPushButton(tr("Choose a session…"))
        super().__init__(state, commands, explorer, EmptyState("", "", choose_button), parent)
        self.choose_button = choose_button
        self.chart: AcrossChart | None = None
        self.features = QComboBox()
        self.features.setAccessibleName(tr("Features"))
        self.features.setToolTip(tr("What of each image is compared"))
        for name, title in _FEATURES.items():
            self.features.addItem(tr(title), name)
        label = QLabel(tr("&Compare"))
        label.setBuddy(self.features)
        self.name = Elided()
        self.other_button = QPushButton(tr("Another session…"))
        self.other_button.setToolTip(tr("Compare with the activations of another session"))
        self.controls.addWidget(label)
        self.controls.addWidget(self.features)
        self.controls.addWidget(self.name, 1)
        self.controls.addWidget(self.other_button)
        self.reading = wrapped(selectable=True)
        self.reading.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.put_below(self.reading)
        self.meaning.setText(tr(_MEANING))
        for button in (self.other_button, self.choose_button):
            button.clicked.connect(self._ask)
        self.features.activated.connect(self._choose_features)
        explorer.across_changed.connect(self._show)
        explorer.busy_changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        explorer = self._explorer
        found, busy, other = explorer.across, explorer.is_busy(TOPICS[3]), explorer.other
        drawn = found is not None and not isinstance(found, NotComparable)
        self.turn(drawn=drawn)
        self.choose_button.setVisible(not busy)
        if isinstance(found, NotComparable):
            self.empty.say(tr("No comparison with {name}", name=found.name), f"{found.reason} {found.hint}")
        elif busy and other is not None:
            title = tr("Comparing with {name}…", name=name_of(other))
            self.empty.say(title, tr("The activations of both sessions are read."))
        elif not drawn:
            text = (tr(_MEANING), tr("Choose a session that kept activations."))
            self.empty.say(tr("Do two models see alike?"), " ".join(text))
        else:
            self._draw()

    def _draw(self) -> None:
        found, explored = self._explorer.across, self._explorer.explored
        if found is None or isinstance(found, NotComparable) or explored is None:
            return
        if self.chart is None:
            from vitprune_gui.charts.across import AcrossChart

            self.chart = AcrossChart()
            self.chart.cell_read.connect(self._read)
            self.put_chart(self.chart)
        self.name.setText(tr("{one} with {other}", one=found.names[0], other=found.names[1]))
        self.chart.show_across(found, explored.architecture.sites)
        self.chart.select(self._explorer.site())
        self._read(None)

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        self.reading.setText(self.chart.tip(*cell) if self.chart is not None and cell is not None else "")

    @Slot()
    def _choose_features(self) -> None:
        self._explorer.set_features(self.features.currentData())

    @Slot()
    def _ask(self) -> None:
        self._explorer.ask_other()
