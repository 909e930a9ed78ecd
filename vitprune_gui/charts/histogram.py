"""How a score spreads over the images: one bar a bin, the mean marked with its interval."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Slot
from PySide6.QtGui import QCursor, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from vitprune.architecture import Kind
from vitprune.scores import Score, split_name
from vitprune_gui.charts.chart import Chart, Table, column
from vitprune_gui.colours import kind_colour, mix
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import (
    half_width,
    images,
    metric_axis,
    metric_of,
    over_tokens,
    significant,
    with_interval,
)


class HistogramChart(Chart):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Spread over images"), "per-image", parent)
        self._edges = np.zeros(0)
        self._counts = np.zeros(0, dtype=int)
        self._mean = self._half = math.nan
        self._kind = Kind.ATTENTION
        self._xlabel = self._unit = ""
        self._bars = pg.BarGraphItem(x0=[0.0], x1=[0.0], height=[0.0])
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._band = pg.LinearRegionItem((0, 0), "vertical", movable=False)
        for depth, item in enumerate((self._bars, self._band, self._line)):
            item.setZValue(depth)
            self.plot.addItem(item)
        self.box.scene().sigMouseMoved.connect(self._read)
        self.restyle()

    def show_score(self, site: str, kind: Kind, table: str, score: Score) -> None:
        values = score.per_image[np.isfinite(score.per_image)]
        self._kind, self._mean, self._half = kind, score.mean, half_width(score)
        self._counts, self._edges = np.histogram(values, bins=min(24, max(5, round(math.sqrt(len(values) or 1)))))
        metric = metric_of(split_name(table)[0])
        self._xlabel, self._unit = metric_axis(split_name(table)[0]), metric.unit
        self.name = f"{site}-{table.replace('@', '-')}-per-image"
        tokens, n = over_tokens(table), f"n = {images(len(values))}"
        self.legend.show_entries((), *filter(None, (tokens, n, tr("dashed: mean with its 95 % interval"))))
        self.describe(
            tr(
                "{metric} of {site} on each of %n image(s), {value} in the mean.",
                "",
                len(values),
                metric=tr(metric.title),
                site=site,
                value=with_interval(score),
            )
        )
        self._draw()

    def table(self) -> Table:
        names = ("from", "to", "mean", "ci95_low", "ci95_high")
        start, end, *mean = (column(name, self._unit) for name in names)
        whole = (self._mean, self._mean - self._half, self._mean + self._half)
        return [
            (start, end, "images", *mean),
            *(
                (float(a), float(b), int(n), *whole)
                for a, b, n in zip(self._edges, self._edges[1:], self._counts, strict=False)
            ),
        ]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        self.label_axis("left", tr("Images"))
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
        ink = palette.color(QPalette.ColorRole.Text)
        self._line.setPen(pg.mkPen(ink, width=2, style=Qt.PenStyle.DashLine))
        known = math.isfinite(self._mean + self._half)
        self._band.setVisible(known)
        if known:
            self._band.setRegion((self._mean - self._half, self._mean + self._half))
        shade = mix(ink, ground, 0.2)
        shade.setAlpha(70)
        self._band.setBrush(shade)
        for line in self._band.lines:
            line.setPen(pg.mkPen(None))
        low, high = float(self._edges[0]), float(self._edges[-1])
        room = 0.03 * (high - low)
        self.fit((low - room, high + room), (0, max(1.0, float(self._counts.max()) * 1.08)))

    @Slot(object)
    def _read(self, position: QPointF) -> None:
        """Say what the bar under the mouse counts."""
        at = self.box.mapSceneToView(position)
        number = int(np.searchsorted(self._edges, at.x(), side="right")) - 1
        if 0 <= number < len(self._counts) and 0 <= at.y() <= self._counts[number]:
            span = (significant(float(self._edges[number])), significant(float(self._edges[number + 1])))
            text = tr("{low} to {high}: %n image(s)", "", int(self._counts[number]), low=span[0], high=span[1])
            self.box.setToolTip(text)  # or Qt takes the tip away when it looks for one itself
            QToolTip.showText(QCursor.pos(), text, self.widget)
        elif self.box.toolTip():
            self.box.setToolTip("")
            QToolTip.hideText()
