"""How a score spreads over the images: one bar a bin, the mean marked."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from vitprune.architecture import Kind
from vitprune.scores import Score, split_name
from vitprune_gui.charts.chart import Chart, Table
from vitprune_gui.colours import kind_colour
from vitprune_gui.views.formatting import metric_of, over_tokens, plural


class HistogramChart(Chart):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Per image", "per-image", parent)
        self._edges = np.zeros(0)
        self._counts = np.zeros(0, dtype=int)
        self._mean = math.nan
        self._kind = Kind.ATTENTION
        self._xlabel = ""
        self._bars = pg.BarGraphItem(x0=[0.0], x1=[0.0], height=[0.0])
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._bars)
        self.plot.addItem(self._line)
        self.restyle()

    def show_score(self, site: str, kind: Kind, table: str, score: Score) -> None:
        metric, tokens = metric_of(split_name(table)[0]), over_tokens(table)
        values = score.per_image[np.isfinite(score.per_image)]
        self._kind, self._mean = kind, score.mean
        self._counts, self._edges = np.histogram(values, bins=min(24, max(5, round(math.sqrt(len(values) or 1)))))
        self._xlabel = f"{metric.title} ({metric.unit})" if metric.unit else metric.title
        self.name = f"{site}-{table.replace('@', '-')}-per-image"
        self.set_title("Spread over images")
        self.legend.show_entries((), *([tokens] if tokens else []), f"n = {plural(len(values), 'image')}, line: mean")
        self._draw()

    def table(self) -> Table:
        rows = [
            (float(a), float(b), int(n)) for a, b, n in zip(self._edges, self._edges[1:], self._counts, strict=False)
        ]
        return [("from", "to", "images"), *rows]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        self.label_axis("left", "Images")
        self.label_axis("bottom", self._xlabel)
        if not len(self._counts):
            return
        ground = palette.color(QPalette.ColorRole.Base)
        colour = kind_colour(self._kind, palette)
        self._bars.setOpts(
            x0=self._edges[:-1], x1=self._edges[1:], height=self._counts, brush=colour, pen=pg.mkPen(ground, width=1)
        )
        self._line.setVisible(math.isfinite(self._mean))
        if math.isfinite(self._mean):
            self._line.setValue(self._mean)
        self._line.setPen(pg.mkPen(palette.color(QPalette.ColorRole.Text), width=2, style=Qt.PenStyle.DashLine))
        self.box.setXRange(float(self._edges[0]), float(self._edges[-1]), padding=0.03)
        self.box.setYRange(0, float(self._counts.max()) * 1.08, padding=0)
