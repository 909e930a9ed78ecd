"""Quality against cost of every measured plan: which is never the best choice, and which is for a given budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QWidget

from vitprune.frontier import Frontier, Point
from vitprune_gui.charts.chart import Chart, Table, column, roomy
from vitprune_gui.colours import mix, repair_colour
from vitprune_gui.repairs import inside
from vitprune_gui.symbols import Mark
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import first_up

SHAPES = ("o", "s", "t", "d", "p", "star", "h", "t1", "t2", "t3", "x", "+")
_SIZE = 11


@dataclass(frozen=True, slots=True)
class Spot:
    """One evaluation of the chart: the point of the same label, and what the window knows about it."""

    label: str
    name: str
    method: str
    repair: str
    dense: bool
    current: bool
    tip: str


@dataclass(frozen=True, slots=True)
class Axis:
    """How a quantity is shown: its values times `scale`."""

    text: str
    scale: float = 1.0


class FrontierChart(Chart):
    point_chosen = Signal(str)
    """The label of the point that was clicked."""
    ceiling_moved = Signal(float)
    """Where the ceiling was dragged to, in the unit of the cost."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Frontier"), "frontier", parent)
        self.frontier: Frontier | None = None
        self.spots: dict[str, Spot] = {}
        self._shapes: dict[str, str] = {}
        self._across, self._up = Axis(""), Axis("")
        self._best: Point | None = None
        self._bound_x = np.zeros(0)
        self._front = pg.PlotDataItem()
        self._bounds = pg.ScatterPlotItem(pxMode=True, useCache=False)
        self._reach = pg.PlotDataItem(connect="pairs")
        self._bars = pg.ErrorBarItem()
        self._dots = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._tip, useCache=False)
        self._rings = pg.ScatterPlotItem(pxMode=True, useCache=False)
        self._names = [pg.TextItem(anchor=(0.5, 1.4)), pg.TextItem(anchor=(0.5, -0.4))]
        self.ceiling = pg.InfiniteLine(angle=90, movable=True, hoverPen=pg.mkPen(width=3))
        self.ceiling.setCursor(Qt.CursorShape.SizeHorCursor)
        items = (self._reach, self._bounds, self._front, self._bars, self._rings, self._dots, self.ceiling)
        for depth, item in enumerate(items):
            item.setZValue(depth)
            self.plot.addItem(item)
        for name in self._names:
            name.setZValue(20)
            self.plot.addItem(name, ignoreBounds=True)
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        self._dots.sigClicked.connect(self._clicked)
        self.ceiling.sigDragged.connect(self._dragged)
        self.ceiling.hide()
        self.restyle()

    def show_frontier(self, frontier: Frontier, spots: dict[str, Spot], across: Axis, up: Axis) -> None:
        self.frontier, self.spots, self._across, self._up = frontier, spots, across, up
        methods = dict.fromkeys(spots[point.label].method for point in frontier.points)
        self._shapes = {method: SHAPES[min(number, len(SHAPES) - 1)] for number, method in enumerate(methods)}
        quality, cost = first_up(tr(frontier.quality.title)), tr(frontier.cost.title)
        self.set_title(tr("{quality} against {cost}", quality=quality, cost=cost))
        self.name = f"{frontier.quality.name}-against-{frontier.cost.name}"
        self._explain()
        best = next(iter(frontier.front), None)
        self.describe(
            tr("%n plan(s), {front} of them on the frontier.", "", len(frontier.points), front=len(frontier.front))
            if best is not None
            else ""
        )
        self._draw()

    def show_ceiling(self, ceiling: float | None, best: Point | None) -> None:
        """`ceiling` in the unit of the cost; `best` is the sweet spot under it."""
        self._best = best
        self.ceiling.setVisible(ceiling is not None)
        if ceiling is not None:
            self.ceiling.setValue(ceiling * self._across.scale)
        self._draw_rings()

    def table(self) -> Table:
        names = ("cost_median", "cost_quartile_low", "cost_quartile_high", "bound")
        quality = self.frontier.quality if self.frontier is not None else None
        unit = ("share" if quality.share else quality.unit) if quality is not None else ""
        costs = [column(name, self.frontier.cost.unit if self.frontier is not None else "") for name in names]
        values = [column(name, unit) for name in ("value", "ci95_low", "ci95_high")]
        head = ("plan", "method", "repair", "cost", *costs, "quality", *values, "images", "dominated", "dense",
                "this_plan")  # fmt: skip
        if self.frontier is None:
            return [head]
        return [
            head,
            *(
                (
                    *((s := self.spots[p.label]).name, s.method, s.repair),
                    *(self.frontier.cost.name, p.cost.median, p.cost.low, p.cost.high),
                    p.bound.median if p.bound else "",
                    *(self.frontier.quality.name, p.quality.value, p.quality.low, p.quality.high, p.quality.n),
                    *(beaten, s.dense, s.current),
                )
                for p, beaten in zip(self.frontier.points, self.frontier.dominated, strict=True)
            ),
        ]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _explain(self) -> None:
        assert self.frontier is not None
        shown = [self.spots[point.label] for point in self.frontier.points]
        several = len(self._shapes) > 1
        marks: list[tuple[Mark, str]] = []
        if several:
            told = {spot.method for spot in shown if not spot.dense}
            marks += [(_shape_mark(shape), method) for method, shape in self._shapes.items() if method in told]
        repairs = dict.fromkeys(spot.repair for spot in shown if not spot.dense)
        if len(repairs) > 1 or (repairs and "none" not in repairs):
            marks += [(_colour_mark(repair), tr("repair: {repair}", repair=inside(repair))) for repair in repairs]
        timed = self.frontier.cost.timed
        notes = [tr("bars: 95 % interval and quartiles") if timed else tr("bars: 95 % interval")]
        if any(self.frontier.dominated):
            notes.append(tr("hollow: another is no dearer and no worse"))
        if any(point.bound and not self.spots[point.label].dense for point in self.frontier.points):
            notes.append(tr("| the least that its MACs allow"))
        self.legend.show_marks(tuple(marks), *notes)

    def _draw(self) -> None:
        if self.frontier is None:
            return
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        self.label_axis("bottom", self._across.text)
        self.label_axis("left", self._up.text)
        points = self.frontier.points
        x, left, right = self._span([(p.cost.median, p.cost.low, p.cost.high) for p in points], self._across)
        y, low, high = self._span([(p.quality.value, p.quality.low, p.quality.high) for p in points], self._up)
        self._bars.setData(
            x=x,
            y=y,
            left=x - left,
            right=right - x,
            bottom=y - low,
            top=high - y,
            beam=0,
            pen=pg.mkPen(mix(ink, ground, 0.35)),
        )
        spots = [self.spots[point.label] for point in points]
        colours = [repair_colour(spot.repair, palette) for spot in spots]
        self._dots.setData(
            x=x,
            y=y,
            data=[spot.label for spot in spots],
            symbol=[self._shapes[spot.method] for spot in spots],
            size=_SIZE,
            pen=[pg.mkPen(colour, width=2) for colour in colours],
            brush=[
                pg.mkBrush(ground if beaten else colour)
                for colour, beaten in zip(colours, self.frontier.dominated, strict=True)
            ],
        )
        front = self.frontier.front
        self._front.setData(
            np.array([p.cost.median for p in front]) * self._across.scale,
            np.array([p.quality.value for p in front]) * self._up.scale,
            pen=pg.mkPen(mix(ink, ground, 0.45), width=1.5),
        )
        self._draw_bounds(mix(ink, ground, 0.4))
        for text, wanted in zip(self._names, ("dense", "current"), strict=True):
            self._name(text, wanted, ink)
        self.ceiling.setPen(pg.mkPen(palette.color(QPalette.ColorRole.Accent), width=1.5, style=Qt.PenStyle.DashLine))
        self._draw_rings()
        self._fit(left, right, low, high)

    def _draw_bounds(self, colour: object) -> None:
        """How fast a plan could be at best, level with it: of those on the frontier and of the present one."""
        assert self.frontier is not None
        told = [
            p
            for p, beaten in zip(self.frontier.points, self.frontier.dominated, strict=True)
            if p.bound and not self.spots[p.label].dense and (not beaten or self.spots[p.label].current)
        ]
        at = np.array([p.bound.median for p in told if p.bound]) * self._across.scale
        to = np.array([p.cost.median for p in told]) * self._across.scale
        y = np.array([p.quality.value for p in told]) * self._up.scale
        self._bound_x = at
        self._bounds.setData(
            x=at, y=y, symbol="|", size=_SIZE + 3, pen=pg.mkPen(colour, width=1), brush=pg.mkBrush(colour)
        )
        self._reach.setData(
            np.stack([at, to], axis=1).ravel(),
            np.repeat(y, 2),
            pen=pg.mkPen(colour, width=1, style=Qt.PenStyle.DotLine),
        )

    def _draw_rings(self) -> None:
        if self.frontier is None:
            return
        palette = self.palette()
        current = next((p for p in self.frontier.points if self.spots[p.label].current), None)
        ringed = [
            (current, palette.color(QPalette.ColorRole.Text), _SIZE + 9),
            (self._best, palette.color(QPalette.ColorRole.Accent), _SIZE + 15),
        ]
        known = [(p, colour, size) for p, colour, size in ringed if p is not None]
        self._rings.setData(
            x=[p.cost.median * self._across.scale for p, _, _ in known],
            y=[p.quality.value * self._up.scale for p, _, _ in known],
            size=[size for _, _, size in known],
            symbol="o",
            pen=[pg.mkPen(colour, width=2) for _, colour, _ in known],
            brush=None,
        )

    def _name(self, text: pg.TextItem, wanted: str, ink: object) -> None:
        assert self.frontier is not None
        points = [p for p in self.frontier.points if getattr(self.spots[p.label], wanted)]
        shown = bool(points) and not (wanted == "current" and self.spots[points[0].label].dense)
        text.setVisible(shown)
        if shown:
            text.setText(tr("dense") if wanted == "dense" else tr("this plan"), color=ink)
            text.setFont(self.font())
            text.setPos(points[0].cost.median * self._across.scale, points[0].quality.value * self._up.scale)

    def _span(self, values: list[tuple[float, float, float]], axis: Axis) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        middle, low, high = np.array(values, dtype=float).reshape(-1, 3).T * axis.scale
        return middle, np.where(np.isfinite(low), low, middle), np.where(np.isfinite(high), high, middle)

    def _fit(self, left: np.ndarray, right: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        if not len(left) or self.frontier is None:
            return
        across, up = np.concatenate([left, right, self._bound_x]), np.concatenate([low, high])
        self.fit(roomy(across, 0.06), roomy(up, 0.12))

    def _tip(self, x: float, y: float, data: str) -> str:
        return self.spots[data].tip

    @Slot(object, object)
    def _clicked(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.point_chosen.emit(spot.data())
            return

    @Slot(object)
    def _dragged(self, line: pg.InfiniteLine) -> None:
        self.ceiling_moved.emit(line.getXPos() / self._across.scale)


def _shape_mark(shape: str) -> Mark:
    def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(area.center())
        painter.scale(area.width(), area.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.WindowText))
        painter.drawPath(Symbols[shape])

    return draw


def _colour_mark(repair: str) -> Mark:
    def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
        painter.fillRect(area.adjusted(0, 3, 0, -3), repair_colour(repair, palette))

    return draw
