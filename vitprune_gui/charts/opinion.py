"""A map over the image, with a sentence under it."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from vitprune_gui.charts.picture import PictureChart


class OpinionChart(PictureChart):
    """The sentence stands where other charts name their axis, so that it is kept with the picture."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        self.said = ""
        super().__init__(title, name, parent)
        axis = self.plot.getAxis("bottom")
        axis.setStyle(showValues=False, tickLength=0)
        self.plot.showAxis("bottom")

    def say(self, text: str) -> None:
        self.said = text
        self.label_axis("bottom", text)
        self.setAccessibleDescription(f"{self.accessibleDescription()} {text}")

    def restyle(self) -> None:
        super().restyle()
        self.plot.getAxis("bottom").setPen(pg.mkPen(None, style=Qt.PenStyle.NoPen))
        self.label_axis("bottom", self.said)
