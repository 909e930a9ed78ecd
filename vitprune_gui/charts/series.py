"""Named series of points with intervals, as a comparison of sessions has them: one colour and shape a session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from vitprune import document
from vitprune.document import COLOURS, ON_DARK, Point
from vitprune_gui.charts.chart import Chart, Table, roomy, steps
from vitprune_gui.colours import is_dark, mix
from vitprune_gui.symbols import Mark
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import shortened

SHAPES = ("o", "s", "d", "t1", "star", "p", "t", "h")
_NAME, _TICK = 32, 16  # characters of a name in the legend, and below an axis
_DENSE = 60  # from so many points on a line, its points are small
_SIZE = 9
_HALO = 2  # so many series on the same points are told apart


def series_colour(number: int, palette: QPalette) -> QColor:
    """That of a session by its place in a comparison, the same in every chart and in the written report."""
    return QColor((ON_DARK if is_dark(palette) else COLOURS)[number % len(COLOURS)])


def series_shape(number: int) -> str:
    """Another than that of any session whose colour some people cannot tell from this one."""
    return SHAPES[(number + 2 * (number // len(COLOURS))) % len(SHAPES)]


def series_mark(number: int) -> Mark:
    """The sign of a session in a legend."""

    def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(area.center())
        painter.scale(area.width(), area.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(series_colour(number, palette))
        painter.drawPath(Symbols[series_shape(number)])

    return draw


@dataclass(frozen=True, slots=True)
class _Told:
    series: str
    point: Point


class SeriesChart(Chart):
    of_session = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Comparison"), "comparison", parent)
        self.shown = document.Chart("", "", "", ())
        self._items: list[pg.GraphicsObject] = []
        self._zero = pg.InfiniteLine(angle=0, movable=False, pos=0)
        self._band = pg.LinearRegionItem((0, 0), "horizontal", movable=False)
        self._within = 0.0
        for depth, item in enumerate((self._band, self._zero)):
            item.setZValue(depth - 2)
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self.restyle()

    def show_chart(self, chart: document.Chart, *, band: float = 0.0) -> None:
        """`band`: differences up to this one, either way, count as none."""
        self.shown, self._within = chart, band
        self.set_title(chart.title)
        self.name = f"comparison {chart.title}"
        marks = tuple(
            (series_mark(n), shortened(name, _NAME)) for n, (name, points) in enumerate(chart.series) if points
        )
        everyone = [point for _, points in chart.series for point in points]
        bars = (tr("bars: 95 % interval"),) if any(np.isfinite(point.low + point.high) for point in everyone) else ()
        front = (tr("line: no other is as cheap and as good"),) if chart.front else ()
        equal = (tr("grey: counts as equal, within {margin}", margin=f"{band:g}"),) if band else ()
        self.legend.show_marks(marks, *bars, *front, *equal)
        self.describe(
            tr("{y} against {x}: %n point(s) of {series}.", "", len(everyone), y=chart.y, x=chart.x,
               series=", ".join(name for name, points in chart.series if points))
        )  # fmt: skip
        self._draw()

    def table(self) -> Table:
        return [
            ("series", self.shown.x, self.shown.y, "ci95_low", "ci95_high", "what"),
            *(
                (name, point.x, point.y, point.low, point.high, point.label)
                for name, points in self.shown.series
                for point in points
            ),
        ]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        for item in self._items:
            self.plot.removeItem(item)
        self._items = []
        self.label_axis("left", self.shown.y)
        self.label_axis("bottom", self.shown.x)
        self._zero.setPen(pg.mkPen(mix(ink, ground, 0.35), width=1, style=Qt.PenStyle.DashLine))
        self._zero.setVisible(self.shown.numbered)
        self._band.setVisible(bool(self._within))
        self._band.setRegion((-self._within, self._within))
        self._band.setBrush(mix(ground, ink, 0.08))
        for line in self._band.lines:
            line.setPen(pg.mkPen(mix(ground, ink, 0.2)))
        if self.shown.front:
            x, y = np.array([(point.x, point.y) for point in self.shown.front]).T
            self._add(pg.PlotDataItem(x, y, pen=pg.mkPen(mix(ink, ground, 0.4), width=1.5)), 1)
        drawn = {number: points for number, (_, points) in enumerate(self.shown.series) if points}
        for place, number in enumerate(drawn):
            known = [point for point in drawn[number] if np.isfinite(point.x + point.y)]
            # The first are the largest: what lies below stays seen.
            room = min(_HALO, len(drawn) - 1 - place) if self.shown.joined and any(p.low < p.high for p in known) else 0
            if known:
                self._draw_series(number, known, series_colour(number, palette), mix(ink, ground, 0.2), room)
        self._fit()

    def _draw_series(self, number: int, points: list[Point], colour: QColor, outline: QColor, room: int) -> None:
        name = self.shown.series[number][0]
        x, y, low, high = np.array([(p.x, p.y, p.low, p.high) for p in points], float).T
        bounded = np.isfinite(low + high)
        if bounded.any():
            at, bottom, top = y[bounded], (y - low)[bounded], (high - y)[bounded]
            pen = pg.mkPen(colour, width=1.5)
            self._add(pg.ErrorBarItem(x=x[bounded], y=at, bottom=bottom, top=top, beam=0, pen=pen), 2)
        if self.shown.joined:
            self._add(pg.PlotDataItem(x, y, pen=pg.mkPen(colour, width=1.8 + 2 * room)), 3)
        dots = pg.ScatterPlotItem(
            x=x,
            y=y,
            data=[_Told(name, point) for point in points],
            symbol=series_shape(number),
            size=(4 if self.shown.joined and len(points) > _DENSE else _SIZE) + 4 * room,
            pen=pg.mkPen(outline if len(points) <= _DENSE else colour, width=1),
            brush=pg.mkBrush(colour),
            hoverable=True,
            tip=_tip,
            useCache=False,
        )
        self._add(dots, 4)

    def _add(self, item: pg.GraphicsObject, depth: int) -> None:
        item.setZValue(depth)
        self.plot.addItem(item)
        self._items.append(item)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        points = [p for _, series in self.shown.series for p in series if np.isfinite(p.x + p.y)]
        if not points:
            return
        across = np.array([p.x for p in points])
        up = np.array([v for p in points for v in (p.y, p.low, p.high) if np.isfinite(v)])
        if self.shown.numbered:
            up = np.append(up, 0.0)
        axis = self.plot.getAxis("bottom")
        if not self.shown.numbered:
            self.fit(roomy(across, 0.04), roomy(up, 0.08))
            axis.setTicks(None)
            return
        self.fit((float(across.min()) - 0.6, float(across.max()) + 0.6), roomy(up, 0.08))
        first, last = round(float(across.min())), round(float(across.max()))
        names = self._names()
        wanted = sum(min(_TICK, len(names.get(at, ""))) + 2 for at in range(first, last + 1))
        few = wanted * self.fontMetrics().averageCharWidth() < 0.85 * self.width()
        texts = {at: shortened(names[at], _TICK) if few and at in names else str(at) for at in range(first, last + 1)}
        self.label_axis("bottom", self.shown.x.removeprefix("number of the ") if few else self.shown.x)
        axis.setTicks([[(first + n, texts[first + n]) for n in steps(last - first + 1, 14)]])

    def _names(self) -> dict[int, str]:
        """What is counted, by its number: the series, or the points where there is one of them alone."""
        held = [(name, points) for name, points in self.shown.series if points]
        if len(held) == 1 and len(held[0][1]) > 1:
            return {round(point.x): point.label.partition(":")[0] for point in held[0][1]}
        return {round(point.x): name for name, points in held for point in points}


def _tip(x: float, y: float, data: _Told) -> str:
    return f"{data.series}: {data.point.label}"
