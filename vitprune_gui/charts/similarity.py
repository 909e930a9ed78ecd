"""Similarity of the residual stream at all block boundaries, as a map."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtGui import QCursor, QPalette, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from vitprune.scores import Boundaries
from vitprune.statistics import Z
from vitprune_gui.charts.chart import Chart, Table, steps
from vitprune_gui.colours import ColourScale, mix, muted
from vitprune_gui.views.formatting import decimal, plural

_BESIDE = 10  # px that axes and colour bar take beside the map, less what stands above and below it


class SimilarityChart(Chart):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Similarity of block boundaries", "boundary-similarity", parent)
        self.values = np.zeros((0, 0))
        self._errors = np.zeros((0, 0))
        self._labels: tuple[str, ...] = ()
        self._image = pg.ImageItem()
        self._bar = pg.ColorBarItem(interactive=False, width=12, colorMap=_colour_map(ColourScale(0, 1)))
        self._bar.ctrlMenu = None  # as that of the plot
        self._bar.setImageItem(self._image, insert_in=self.plot)
        self.plot.addItem(self._image)
        self.plot.setContentsMargins(0, 6, 0, 0)
        self.box.setDefaultPadding(0)
        # Block 0 at the top left, as matrices are read.
        self.box.invertY(True)
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.restyle()

    def show_boundaries(self, boundaries: Boundaries, images: int) -> None:
        self.values, self._errors, self._labels = boundaries.mean, boundaries.standard_error, boundaries.labels
        count = len(self.values)
        scale = ColourScale.over(self.values.ravel())
        self._image.setVisible(scale is not None)
        if scale is None:
            return
        low, high = (scale.low, scale.high) if scale.high > scale.low else (scale.low - 0.5, scale.high + 0.5)
        self._image.setImage(self.values, autoLevels=False)
        self._image.setRect(-0.5, -0.5, count, count)
        self._bar.setLevels((low, high))
        self.box.setRange(xRange=(-0.5, count - 0.5), yRange=(-0.5, count - 0.5), padding=0)
        ticks = [[(i, str(i)) for i in steps(count, 9)]]
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setTicks(ticks)
        notes = ["1 = same direction", f"n = {plural(images, 'image')}", "boundary 0: the input"]
        if np.isnan(self.values).any():
            notes.append("empty: streams of different shape are not compared")
        self.legend.show_entries((), *notes)

    def tip(self, row: int, column: int) -> str:
        """What the mouse says about one cell."""
        one, other = self._labels[row], self._labels[column]
        if math.isnan(self.values[row, column]):
            return f"{one} and {other}\nnot compared: the streams differ in shape"
        half = Z * float(self._errors[row, column])
        text = decimal(float(self.values[row, column]))
        return f"{one} and {other}\ncosine {text}" + (f" ±{half:.3f} (95 % interval)" if math.isfinite(half) else "")

    def table(self) -> Table:
        head = ("boundary", "other_boundary", "cosine", "standard_error")
        rows = [
            (one, other, float(self.values[i, j]), float(self._errors[i, j]))
            for i, one in enumerate(self._labels)
            for j, other in enumerate(self._labels)
        ]
        return [head, *rows]

    def restyle(self) -> None:
        super().restyle()
        self.label_axis("left", "Boundary (after block)")
        self.label_axis("bottom", "Boundary (after block)")
        palette = self.palette()
        ground, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
        text = pg.mkPen(muted(ink, ground))
        self._bar.axis.setPen(pg.mkPen(mix(ink, ground, 0.5)))
        self._bar.axis.setTextPen(text)
        self._bar.axis.setLabel("Cosine", siPrefixEnableRanges=(), color=muted(ink, ground).name())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Cells stay about square; a locked aspect would tear the axes from the map instead.
        self.widget.setMaximumWidth(max(200, event.size().height() + _BESIDE))

    @Slot(object)
    def _hover(self, position: QPointF) -> None:
        at = self.box.mapSceneToView(position)
        column, row = math.floor(at.x() + 0.5), math.floor(at.y() + 0.5)
        inside = self.box.sceneBoundingRect().contains(position)
        if inside and 0 <= row < len(self._labels) and 0 <= column < len(self._labels):
            QToolTip.showText(QCursor.pos(), self.tip(row, column), self.widget)
            self.widget.setCursor(Qt.CursorShape.CrossCursor)
        else:
            QToolTip.hideText()
            self.widget.unsetCursor()


def _colour_map(scale: ColourScale) -> pg.ColorMap:
    table = scale.table()
    return pg.ColorMap(np.linspace(0, 1, len(table)), table)
