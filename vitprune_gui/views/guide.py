"""The way in: the tour of the sample, the welcome page and the documentation, from the Help menu."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt, Slot

from vitprune_gui.actions import Verb
from vitprune_gui.commands import Commands
from vitprune_gui.sample import OnSample
from vitprune_gui.scene import Scene
from vitprune_gui.state import AppState
from vitprune_gui.tour import TOUR, Step, Tour
from vitprune_gui.translation import tr
from vitprune_gui.views.documentation import DocumentationDialog, documentation
from vitprune_gui.views.main_window import MainWindow
from vitprune_gui.views.tour import TourGuide


class Guide(QObject):
    def __init__(self, window: MainWindow, state: AppState, commands: Commands, scene: Scene) -> None:
        super().__init__(window)
        self._window, self._scene = window, scene
        self._on_sample = OnSample(state, commands.use_sample, self)
        self.tour: Tour | None = None

    def verbs(self) -> tuple[Verb, ...]:
        return (
            Verb("tour", tr("Guided &tour"), tr("Ten steps through the window, on the sample"), self.start_tour,
                 menu="Help", group=5, icon="mdi6.map-marker-path",
                 words=tr("tutorial introduction first steps learn", "words to find it by")),
            Verb("documentation", tr("&Documentation"), tr("What the figures mean, methods, formats"), self._document,
                 self._undocumented, menu="Help", group=5, icon="mdi6.book-open-page-variant-outline",
                 words=tr("manual handbook help docs", "words to find it by")),
            Verb("welcome", tr("&Welcome page"), tr("The page of the first start"), self.show_welcome, menu="Help",
                 group=5, words=tr("start home first recent", "words to find it by")),
        )  # fmt: skip

    def start_tour(self) -> None:
        """The tour of the window, on the sample, which is opened for it."""
        self.start(TOUR)

    def start(self, steps: Sequence[Step]) -> None:
        """Any tour about the sample."""
        self.stop()
        self._on_sample.begin(partial(self._begin, tuple(steps)))

    def stop(self) -> None:
        self._on_sample.forget()
        if self.tour is not None:
            self.tour.stop()

    def _begin(self, steps: tuple[Step, ...]) -> None:
        self.tour = Tour(self._scene, steps, self)
        self.tour.ended.connect(self._on_ended)
        TourGuide(self._window, self.tour)
        self.tour.start()

    @Slot()
    def _on_ended(self) -> None:
        if self.tour is not None:
            self.tour.deleteLater()
        self.tour = None

    def show_welcome(self) -> None:
        self._window.show_start()

    def _document(self) -> None:
        folder = documentation()
        if folder is not None:
            dialog = DocumentationDialog(folder, self._window)
            dialog.setWindowModality(Qt.WindowModality.NonModal)
            dialog.show()

    def _undocumented(self) -> str:
        return "" if documentation() else tr("The documentation was not installed.")
