"""Figures over depth: lines and points over the layers, or over the stream after every block."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QCursor, QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import QGraphicsItem, QToolTip, QWidget

from vitprune.architecture import Kind
from vitprune_gui.charts.chart import Chart, Span, Table, roomy, steps
from vitprune_gui.charts.token_depth import token_colour
from vitprune_gui.colours import kind_colour, mix
from vitprune_gui.symbols import POINT_SYMBOLS, Mark
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import significant

Tint = Callable[[QPalette], QColor]

_SIZE = 7  # px of a point
_TICK = 34  # px that the name of a depth takes at least
_FAINT = 0.45


@dataclass(frozen=True, eq=False)
class Line:
    """`values` are (x, value) by key, in running order; a value that is no number leaves a gap. A `dotted` line has no
    points; the line of `faint` points only leads the eye."""

    title: str
    tint: Tint
    values: dict[str, tuple[float, float]]
    symbol: str = "o"
    dotted: bool = False
    faint: bool = False


def of_kind(kind: Kind, title: str, values: dict[str, tuple[float, float]]) -> Line:
    """Points in the colour and shape that a kind of layer has everywhere."""
    return Line(title, partial(kind_colour, kind), values, POINT_SYMBOLS[kind], faint=True)


def of_tokens(which: str, title: str, values: dict[str, tuple[float, float]], *, dotted: bool = False) -> Line:
    """A line in the colour of `patch`, `class` or `both`."""
    symbol = {"class": "d", "both": "t"}.get(which, "o")
    return Line(title, partial(token_colour, which), values, symbol, dotted=dotted)


class DepthChart(Chart):
    """A click chooses the nearest place, and so do the left and right keys; `site_chosen` gives its key."""

    key_read = Signal(object)
    """The key under the mouse, None when there is none."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.lines: tuple[Line, ...] = ()
        self.flagged: str | None = None
        self._places: dict[str, float] = {}
        self._names: dict[str, str] = {}
        self._across = self._up = ""
        self._drawn: dict[Hashable, list[QGraphicsItem]] = {}
        """What stands for a line, by how it looks: one that stays as it is is not drawn again."""
        self._band = pg.InfiniteLine(angle=90, movable=False)
        self._band.setZValue(-20)
        self._flag = pg.InfiniteLine(angle=90, movable=False)
        self._flag.setZValue(-10)
        for item in (self._band, self._flag):
            item.hide()
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self._ticks: tuple[tuple[float, str], ...] = ()
        self._ticked: list[tuple[float, str]] = []
        self.box.sigResized.connect(self._tick)
        scene = self.box.scene()
        scene.sigMouseMoved.connect(self._read)
        scene.sigMouseClicked.connect(self._click)
        self.restyle()

    def show_lines(
        self,
        title: str,
        lines: Sequence[Line],
        across: str,
        up: str,
        names: dict[str, str],
        *,
        ticks: Sequence[tuple[float, str]],
        notes: Sequence[str] = (),
        limits: Span | None = None,
        flag: str | None = None,
        flag_name: str = "",
    ) -> None:
        """`names` are those of all places, by key; `ticks` stand below the axis, as far as there is room. `limits` are
        of the values. `flag` draws a dashed line at one of the places, which `flag_name` explains."""
        self.lines, self._names, self._across, self._up = tuple(lines), names, across, up
        self._places = {key: x for line in lines for key, (x, _) in line.values.items()}
        self._ticks = tuple(ticks)
        self.flagged = flag
        self.set_title(title)
        marks = [(_mark_of(line), line.title) for line in self.lines]
        if flag is not None:
            marks.append((_draw_flag, flag_name))
        self.legend.show_marks(tuple(marks), *notes)
        values = np.array([value for line in lines for _, value in line.values.values() if np.isfinite(value)])
        if values.size:
            x = list(self._places.values())
            self.fit((min(x) - 0.6, max(x) + 0.6), limits or roomy(values, 0.06))
            self.describe(
                tr("{title}: {lines} at %n place(s), from {low} to {high}.", "", len(self._places), title=title,
                   lines=", ".join(line.title for line in self.lines), low=significant(float(values.min())),
                   high=significant(float(values.max())))
            )  # fmt: skip
        self._draw()

    def tip(self, key: str) -> str:
        """All figures of one place."""
        told = [f"{line.title}: {significant(line.values[key][1])}" for line in self.lines if key in line.values]
        return "\n".join([self._names.get(key, key), *told])

    def order(self) -> list[str]:
        return sorted(self._places, key=self._places.__getitem__)

    def table(self) -> Table:
        return [
            ("place", "series", self._up or "value"),
            *((key, line.title, value) for line in self.lines for key, (_, value) in line.values.items()),
        ]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        self.label_axis("left", self._up)
        self.label_axis("bottom", self._across)
        before, self._drawn = self._drawn, {}
        for depth, line in enumerate(self.lines, 1):
            if line.values:
                colour = line.tint(palette)
                look = depth, tuple(line.values.values()), colour.rgba(), line.symbol, line.dotted, line.faint
                self._drawn[look] = before.pop(look, None) or self._draw_line(line, colour, depth)
        for items in before.values():
            for item in items:
                self.plot.removeItem(item)
        self._mark()
        self._tick()

    def _draw_line(self, line: Line, colour: QColor, depth: int) -> list[QGraphicsItem]:
        x, y = np.array(list(line.values.values()), np.float64).T
        pen = pg.mkPen(colour, width=1.8)
        if line.dotted:
            pen = pg.mkPen(colour, width=1.2, style=Qt.PenStyle.DotLine)
        elif line.faint:
            soft = QColor(colour)
            soft.setAlphaF(_FAINT)
            pen = pg.mkPen(soft, width=1.3)
        items: list[QGraphicsItem] = [pg.PlotDataItem(x, y, pen=pen, connect="finite")]
        if not line.dotted:
            known = np.isfinite(y)
            points = pg.ScatterPlotItem(pxMode=True, useCache=False)
            points.setData(x=x[known], y=y[known], symbol=line.symbol, size=_SIZE, pen=pg.mkPen(colour), brush=colour)
            items.append(points)
        for item, z in zip(items, (depth, 10 + depth), strict=False):
            item.setZValue(z)
            self.plot.addItem(item)
        return items

    def _mark(self) -> None:
        palette = self.palette()
        at = self._places.get(self.selection or "") if self.selection is not None else None
        self._band.setVisible(at is not None)
        if at is not None:
            colour = QColor(palette.color(QPalette.ColorRole.Highlight))
            colour.setAlpha(90)
            self._band.setPen(pg.mkPen(colour, width=9))
            self._band.setValue(at)
        flag = self._places.get(self.flagged) if self.flagged is not None else None
        self._flag.setVisible(flag is not None)
        if flag is not None:
            self._flag.setPen(pg.mkPen(palette.color(QPalette.ColorRole.Text), width=1.5, style=Qt.PenStyle.DashLine))
            self._flag.setValue(flag)

    @Slot()
    def _tick(self) -> None:
        if self.lines and self._ticks:
            most = max(2, int(self.box.sceneBoundingRect().width() / _TICK))
            shown = [self._ticks[at] for at in steps(len(self._ticks), most)]
            if shown != self._ticked:
                self._ticked = shown
                self.plot.getAxis("bottom").setTicks([shown])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.selection in self._places:
            self.setAccessibleDescription(self.tip(self.selection))
            self.key_read.emit(self.selection)

    def _at(self, position: QPointF) -> str | None:
        if not self._places or not self.box.sceneBoundingRect().contains(position):
            return None
        x = self.box.mapSceneToView(position).x()
        return min(self._places, key=lambda key: abs(self._places[key] - x))

    @Slot(object)
    def _read(self, position: QPointF) -> None:
        key = self._at(position)
        if key is not None:
            text = self.tip(key)
            self.box.setToolTip(text)  # or Qt takes the tip away when it looks for one itself
            QToolTip.showText(QCursor.pos(), text, self.widget)
        elif self.box.toolTip():
            self.box.setToolTip("")
            QToolTip.hideText()
        self.key_read.emit(key)

    @Slot(object)
    def _click(self, event: object) -> None:
        key = self._at(event.scenePos())  # type: ignore[attr-defined]
        if key is not None and event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self.site_chosen.emit(key)


def _mark_of(line: Line) -> Mark:
    def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
        colour = line.tint(palette)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not line.faint:
            style = Qt.PenStyle.DotLine if line.dotted else Qt.PenStyle.SolidLine
            painter.setPen(QPen(colour, 1.5, style))
            painter.drawLine(QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y()))
        if not line.dotted:
            painter.translate(area.center())
            painter.scale(0.8 * area.width(), 0.8 * area.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPath(Symbols[line.symbol])

    return draw


def _draw_flag(painter: QPainter, area: QRectF, palette: QPalette) -> None:
    ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
    painter.setPen(QPen(mix(ink, ground, 0.1), 1.5, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(area.center().x(), area.top()), QPointF(area.center().x(), area.bottom()))
