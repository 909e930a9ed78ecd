"""All heads of a model on one image: a small map each, or a point each by depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from vitprune.architecture import Kind
from vitprune_gui.charts.chart import Chart, Table, roomy, steps
from vitprune_gui.charts.picture import TileChart, Tip, coloured, no_tip, veiled
from vitprune_gui.colours import ColourScale, kind_colour, mix
from vitprune_gui.symbols import POINT_SYMBOLS
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import significant

Array = NDArray[np.float32]

_FINEST = 56  # cells a side of a small map
_BESIDE, _BELOW, _ABOVE = 52, 34, 56  # px of the axes and the title about the maps
_LABELS = 16  # along an axis
_SIZE, _DENSE = 9, 400  # px of a point, and points from which they are smaller
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class HeadGrid(TileChart):
    """A column a layer and a row a head, each map from its own darkest to its own brightest."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        self._numbers: tuple[str, ...] = ()
        super().__init__(title, name, parent)
        for side in ("left", "bottom"):
            self.plot.showAxis(side)
        self.box.setAspectLocked(False)

    def show_heads(self, maps: Sequence[Array], numbers: Sequence[str], *, tip: Tip = no_tip) -> None:
        """`maps`, one per layer, are (heads, rows, columns), empty where nothing is known; `numbers` theirs."""
        heads = max((len(of_layer) for of_layer in maps), default=0)
        self._numbers = tuple(numbers)
        high = min(_FINEST, max((of_layer.shape[1] for of_layer in maps), default=1) or 1)
        wide = min(_FINEST, max((of_layer.shape[2] for of_layer in maps), default=1) or 1)
        tiles = np.full((heads, len(maps), high, wide, 3), 128, np.uint8)
        for layer, of_layer in enumerate(maps):
            for head, one in enumerate(of_layer):
                if one.size:
                    tiles[head, layer] = enlarged(one, (high, wide))
        self._shape_of_tile = wide / high
        notes = (tr("each map from its smallest weight (dark) to its largest (bright)"),)
        self.show_tiles(tr("All heads"), tiles.reshape(-1, high, wide, 3), len(maps), tip=tip, notes=notes)
        self.plot.getAxis("bottom").setTicks([[(at, numbers[at]) for at in steps(len(numbers), _LABELS)]])
        self.plot.getAxis("left").setTicks([[(at, str(at + 1)) for at in steps(heads, _LABELS)]])
        self._fit()

    _shape_of_tile = 1.0

    def table(self) -> Table:
        rows, columns = self.shape
        return [
            ("layer", "head", "what"),
            *(
                (self._numbers[column], row + 1, self.tip(row, column).replace("\n", ", "))
                for column in range(min(columns, len(self._numbers)))
                for row in range(rows)
            ),
        ]

    def restyle(self) -> None:
        super().restyle()
        self.label_axis("bottom", tr("Layer (block number)"))
        self.label_axis("left", tr("Head"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Maps keep their shape; a locked aspect would tear the axes from them instead."""
        rows, columns = self.shape
        if rows and columns:
            wide = (self.width() - _BESIDE) / columns
            high = (self.height() - _ABOVE - _BELOW) / rows
            tile = max(6.0, min(wide, high * self._shape_of_tile))
            self.widget.setMaximumSize(
                round(tile * columns) + _BESIDE, round(tile / self._shape_of_tile * rows) + _BELOW
            )


def enlarged(values: Array, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """(*shape, 3): the colours of a small map, from its smallest value to its largest."""
    scale = ColourScale.over((float(values.min()), float(values.max())))
    assert scale is not None
    (rows, columns), (high, wide) = values.shape, shape
    down, right = np.arange(high) * rows // high, np.arange(wide) * columns // wide
    return coloured(values, scale)[down[:, None], right[None, :]]


def over_picture(pixels: NDArray[np.uint8], maps: Array) -> NDArray[np.uint8]:
    """(heads, height, width, 3): the picture below each of the maps, (heads, rows, columns)."""
    scales = [ColourScale.over((float(one.min()), float(one.max()))) for one in maps]
    return np.stack([veiled(pixels, one, scale) for one, scale in zip(maps, scales, strict=True) if scale is not None])


class HeadsByDepth(Chart):
    """One point a head. Left and right choose the next layer, up and down the next head of it by value; a click, or
    Return, opens it."""

    head_chosen = Signal(int, int)
    """Layer and head that the keys came to."""
    head_opened = Signal(int, int)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.values: Array = np.zeros((0, 0), np.float32)
        self.chosen: tuple[int, int] | None = None
        self._most: Array | None = None
        self._axis, self._numbers = "", ()
        self._tip: Callable[[int, int], str] = lambda layer, head: ""
        self._mean = pg.PlotDataItem()
        self._limit = pg.PlotDataItem()
        self._points = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._tip_of, useCache=False)
        self._ring = pg.ScatterPlotItem(pxMode=True, brush=None, useCache=False)
        for depth, item in enumerate((self._limit, self._mean, self._points, self._ring)):
            item.setZValue(depth)
            self.plot.addItem(item)
        self._points.sigClicked.connect(self._clicked)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self.restyle()

    def show_values(
        self,
        title: str,
        values: Array,
        axis: str,
        numbers: Sequence[str],
        tip: Callable[[int, int], str],
        *,
        most: Array | None = None,
        limit: str = "",
    ) -> None:
        """`values`, (layers, heads), NaN where there is no head; `most`, of each layer, is a `limit`."""
        self.values, self._axis, self._numbers, self._tip, self._most = values, axis, tuple(numbers), tip, most
        self.set_title(title)
        known = values[np.isfinite(values)]
        marks = [(_point, tr("one head")), (_line, tr("mean of a layer"))]
        if most is not None:
            marks.append((_dashes, limit))
        self.legend.show_marks(tuple(marks))
        if known.size:
            low, high = significant(float(known.min())), significant(float(known.max()))
            self.describe(
                tr("{title}: %n head(s), from {low} to {high}.", "", int(known.size), title=title, low=low, high=high)
            )
        self._draw()

    def mark(self, layer: int, head: int) -> None:
        if (layer, head) != self.chosen:
            self.chosen = layer, head
            self._draw_ring()

    def table(self) -> Table:
        return [
            ("layer", "head", self._axis),
            *((self._numbers[layer], head + 1, float(self.values[layer, head])) for layer, head in self._known()),
        ]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _known(self) -> list[tuple[int, int]]:
        return [(int(layer), int(head)) for layer, head in np.argwhere(np.isfinite(self.values))]

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        colour = kind_colour(Kind.ATTENTION, palette)
        self.label_axis("left", self._axis)
        self.label_axis("bottom", tr("Layer (block number)"))
        known = self._known()
        x = np.array([layer for layer, _ in known], float)
        y = np.array([self.values[at] for at in known], float)
        inside = QColor(colour)
        inside.setAlphaF(0.75)
        self._points.setData(
            x=x, y=y, data=known, symbol=POINT_SYMBOLS[Kind.ATTENTION], size=_SIZE if len(known) < _DENSE else 5,
            pen=pg.mkPen(ground, width=0.8), brush=pg.mkBrush(inside),
        )  # fmt: skip
        layers = [layer for layer in range(len(self.values)) if np.isfinite(self.values[layer]).any()]
        means = [float(np.nanmean(self.values[layer])) for layer in layers]
        self._mean.setData(np.array(layers, float), np.array(means, float), pen=pg.mkPen(colour, width=1.5))
        limits = [] if self._most is None else [float(self._most[layer]) for layer in layers]
        style = Qt.PenStyle.DashLine
        self._limit.setData(
            np.array(layers[: len(limits)], float), np.array(limits, float),
            pen=pg.mkPen(mix(ink, ground, 0.4), width=1, style=style),
        )  # fmt: skip
        self._draw_ring()
        if known:
            up = roomy(np.array([0.0, *y, *limits]), 0.05)
            self.fit((-0.6, len(self.values) - 0.4), (min(0.0, float(y.min())), up[1]))
            ticks = [(at, self._numbers[at]) for at in steps(len(self._numbers), _LABELS)]
            self.plot.getAxis("bottom").setTicks([ticks])

    def _draw_ring(self) -> None:
        at = self.chosen if self.chosen in self._known() else None
        ink = self.palette().color(QPalette.ColorRole.Text)
        self._ring.setData(
            x=[at[0]] if at else [], y=[float(self.values[at])] if at else [], symbol="o", size=_SIZE + 8,
            pen=pg.mkPen(ink, width=2), brush=None,
        )  # fmt: skip

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, known = event.key(), self._known()
        if key in _ARROWS and known:
            self.head_chosen.emit(*self._next(*_ARROWS[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen in known:
            assert self.chosen is not None
            self.head_opened.emit(*self.chosen)
        else:
            super().keyPressEvent(event)

    def _next(self, along: int, up: int) -> tuple[int, int]:
        known = self._known()
        if self.chosen not in known:
            return known[0]
        assert self.chosen is not None
        layer, head = self.chosen
        if along:
            later = sorted({at for at, _ in known if (at - layer) * along > 0}, key=lambda at: abs(at - layer))
            heads = [other for at, other in known if later and at == later[0]]
            return (later[0], min(heads, key=lambda other: abs(other - head))) if later else self.chosen
        ordered = sorted((other for at, other in known if at == layer), key=lambda other: self.values[layer, other])
        return layer, ordered[min(len(ordered) - 1, max(0, ordered.index(head) + up))]

    def _tip_of(self, x: float, y: float, data: tuple[int, int]) -> str:
        return self._tip(*data)

    @Slot(object, object)
    def _clicked(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.head_opened.emit(*spot.data())
            return


def _point(painter: QPainter, area: QRectF, palette: QPalette) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(kind_colour(Kind.ATTENTION, palette))
    painter.drawEllipse(area.adjusted(1.5, 1.5, -1.5, -1.5))


def _line(painter: QPainter, area: QRectF, palette: QPalette) -> None:
    painter.setPen(QPen(kind_colour(Kind.ATTENTION, palette), 1.5))
    painter.drawLine(QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y()))


def _dashes(painter: QPainter, area: QRectF, palette: QPalette) -> None:
    ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
    painter.setPen(QPen(mix(ink, ground, 0.4), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y()))
