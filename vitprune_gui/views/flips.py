"""The images that one session has right and another wrong, with their pictures where those are still at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vitprune.lineup import Lineup
from vitprune_gui.item_models.flips_model import PICTURE, FlipsModel
from vitprune_gui.library import Pictures
from vitprune_gui.requests import SAMPLE
from vitprune_gui.translation import tr
from vitprune_gui.views.comparison_pages import Words, across, refill, session_box
from vitprune_gui.views.parts import SPACE
from vitprune_gui.views.tables import PlainTable

if TYPE_CHECKING:
    from vitprune.results import DataReference
    from vitprune_gui.library import Library

_PAUSE_MS = 120  # after scrolling
_AHEAD = 12  # rows below those that are seen


class FlipsPage(QWidget):
    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._lineup: Lineup | None = None
        self._data: DataReference | None = None
        self.words = Words()
        self.session = session_box(tr("Session whose images are shown"))
        self.outcome = session_box(tr("Outcome"))
        self.model = FlipsModel(self)
        self.table = PlainTable(tr("Images whose outcome differs"), self.model)
        self.table.setIconSize(PICTURE)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(SPACE)
        layout.addWidget(self.words)
        layout.addLayout(across((tr("&Session"), self.session), (tr("&Images"), self.outcome)))
        layout.addWidget(self.table, 1)
        self.session.activated.connect(self._offer)
        self.outcome.activated.connect(self._fill)
        self._timer.timeout.connect(self._read)
        self.table.verticalScrollBar().valueChanged.connect(self._wait)
        self.model.modelReset.connect(self._wait)
        library.thumbnails_read.connect(self._show_pictures)

    def show_flips(self, lineup: Lineup) -> None:
        evaluation = lineup.entries[lineup.baseline].evaluation
        data = evaluation.data if evaluation else None
        if self._data is None or data is None or data.digest != self._data.digest:
            self.model.forget_pictures()
        self._lineup, self._data = lineup, data
        refill(self.session, [name for name, one in lineup.against.items() if one.worse or one.better])
        self._say(None)
        self._offer()

    @Slot()
    def _offer(self) -> None:
        against = self._lineup.against.get(self.session.currentText()) if self._lineup else None
        at = self.outcome.currentIndex()
        worse, better = (against.worse, against.better) if against else ((), ())
        self.outcome.clear()
        if against:
            self.outcome.addItem(tr("wrong here alone: %n image(s)", "", len(worse)), worse)
            self.outcome.addItem(tr("right here alone: %n image(s)", "", len(better)), better)
            empty = not (worse, better)[max(0, at)]
            self.outcome.setCurrentIndex((0 if worse or not better else 1) if empty else max(0, at))
        self._fill()

    @Slot()
    def _fill(self) -> None:
        if self._lineup is not None:
            flips = self.outcome.currentData() or ()
            self.model.show_flips(flips, self._lineup.baseline, self.session.currentText())
            self.table.fit()
            self.table.setColumnWidth(0, self.table.columnWidth(0) + PICTURE.width())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wait()

    @Slot()
    def _wait(self) -> None:
        self._timer.start()

    @Slot()
    def _read(self) -> None:
        """Show the pictures of what is seen, and of a little more: those that a session holds, which are of the images
        that were measured, or else what is found in their place now."""
        if self._data is None or self._lineup is None or not self.isVisible() or not self.model.shown:
            return
        first, last = self.table.rowAt(0), self.table.rowAt(self.table.viewport().height() - 1)
        last = len(self.model.shown) - 1 if last < 0 else min(len(self.model.shown) - 1, last + _AHEAD)
        wanted = self.model.unseen(range(max(0, first), last + 1))
        held = {name: pixels for name in wanted if (pixels := self._lineup.thumbnail(name)) is not None}
        if held:
            self.model.set_pictures(held)
            self._make_room()
        self._library.read_thumbnails(self._data, [name for name in wanted if name not in held])

    @Slot(object)
    def _show_pictures(self, found: Pictures) -> None:
        if self._data is None or found.digest != self._data.digest:
            return
        self.model.set_pictures(found.images)
        if any(pixels is not None for pixels in found.images.values()):
            self._make_room()
        self._say(found)

    def _make_room(self) -> None:
        self.table.verticalHeader().setDefaultSectionSize(PICTURE.height() + 6)

    def _say(self, found: Pictures | None) -> None:
        """Why there are no pictures, where there are none."""
        lines = [tr("On the same images: what the baseline and this session say of those that only one has right.")]
        if found is not None and self._data is not None:
            source = self._data.source
            if found.folder is None:
                lines.append(
                    tr("The images are not on this machine ({folder}): of those without a picture in a session only "
                       "the name is shown.", folder=source)
                )  # fmt: skip
            elif any(pixels is None for pixels in found.images.values()):
                lines.append(tr("Some are not in {folder} any more, or cannot be shown.", folder=found.folder))
            elif source != SAMPLE:
                lines.append(tr("Pictures as they are in {folder} now.", folder=source))
        self.words.say([" ".join(lines)])
