"""A similarity or distance of the residual stream at all pairs of block boundaries, as a map."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QToolTip, QWidget

from vitprune.statistics import Z
from vitprune_gui.charts.chart import Chart, Table, steps
from vitprune_gui.colours import ColourScale, mix, muted, text_on
from vitprune_gui.similarities import Map, range_name
from vitprune_gui.views.formatting import decimal, plural

_BESIDE = 10  # px that axes and colour bar take beside the map, less what stands above and below it
_MARGIN = 6  # px around the number in a cell
_SMALLEST_TEXT = 7.0  # pt, below which numbers are left out

_ARROWS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}

Cell = tuple[int, int]


class SimilarityChart(Chart):
    """The arrow keys move a cursor over the cells; a click, or Return, chooses the one under it."""

    cell_read = Signal(object)
    """The (row, column) under the mouse or the cursor, None when there is none."""
    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Similarity of block boundaries", "boundary-similarity", parent)
        self.values = np.zeros((0, 0))
        self.map: Map | None = None
        self.names: tuple[str, ...] = ()
        self.cursor_: Cell | None = None
        self._hovered: Cell | None = None
        self._scale: ColourScale | None = None
        self._image = pg.ImageItem()
        self._bar = pg.ColorBarItem(interactive=False, width=12, colorMap=_colour_map(ColourScale(0, 1)))
        self._bar.ctrlMenu = None  # as that of the plot
        self._bar.setImageItem(self._image, insert_in=self.plot)
        self.plot.addItem(self._image)
        self.cells = _Cells(self)
        self.plot.addItem(self.cells)
        self.plot.setContentsMargins(0, 6, 0, 0)
        self.box.setDefaultPadding(0)
        # Block 0 at the top left, as matrices are read.
        self.box.invertY(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.restyle()

    def show_map(self, shown: Map, names: tuple[str, ...]) -> None:
        """`names` are the short ones of the boundaries, for the axes."""
        if self.map is not None and self.map.boundaries.labels != shown.boundaries.labels:
            self.cursor_ = None
        self.map, self.names, self.values = shown, names, shown.boundaries.mean
        self.set_title(shown.title)
        self.name = f"{shown.name}-map"
        self.setAccessibleName(f"{shown.title} of block boundaries")
        count = len(self.values)
        self._scale = scale = ColourScale.over(self.values.ravel(), reverse=shown.distance)
        self._image.setVisible(scale is not None)
        if scale is not None:
            low, high = (scale.low, scale.high) if scale.high > scale.low else (scale.low - 0.5, scale.high + 0.5)
            self._bar.setColorMap(_colour_map(scale))
            self._image.setImage(self.values, autoLevels=False)
            self._image.setRect(-0.5, -0.5, count, count)
            self._bar.setLevels((low, high))
        self.box.setRange(xRange=(-0.5, count - 0.5), yRange=(-0.5, count - 0.5), padding=0)
        notes = [shown.same, f"n = {plural(shown.images, 'image')}", "in: the stream that enters the first block"]
        if np.isnan(self.values).any():
            notes.append(f"crossed out: {shown.missing}")
        self.legend.show_entries((), *notes)
        self.restyle()
        self._tick()
        self.cells.redraw()

    def mark(self, cell: Cell | None) -> None:
        """Frame the square of the blocks between two boundaries."""
        if cell != self.cells.marked:
            self.cells.marked = cell
            self.cells.redraw()

    def tip(self, row: int, column: int) -> str:
        """What is known of one cell, in two lines."""
        assert self.map is not None
        one, other = (_boundary(self.names[at]) for at in sorted((row, column)))
        one = one[0].upper() + one[1:]
        across = range_name(self.names, row, column)
        tail = f"\nAcross {across}" if across else "\nOne and the same boundary"
        value, error = float(self.values[row, column]), float(self.map.boundaries.standard_error[row, column])
        if math.isnan(value):
            return f"{one} and {other}: {self.map.missing}{tail}"
        half = f" ±{Z * error:.3f} (95 % interval)" if math.isfinite(error) and row != column else ""
        return f"{one} and {other}: {self.map.quantity} = {decimal(value)}{half}, n = {self.map.images:,}{tail}"

    def table(self) -> Table:
        head = ("boundary", "other_boundary", self.map.name if self.map else "value", "standard_error", "images")
        if self.map is None:
            return [head]
        labels, errors = self.map.boundaries.labels, self.map.boundaries.standard_error
        rows = [
            (one, other, float(self.values[i, j]), float(errors[i, j]), self.map.images)
            for i, one in enumerate(labels)
            for j, other in enumerate(labels)
        ]
        return [head, *rows]

    def restyle(self) -> None:
        super().restyle()
        self.label_axis("left", "After block")
        self.label_axis("bottom", "After block")
        palette = self.palette()
        ground, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
        text = pg.mkPen(muted(ink, ground))
        self._bar.axis.setPen(pg.mkPen(mix(ink, ground, 0.5)))
        self._bar.axis.setTextPen(text)
        quantity = self.map.quantity if self.map is not None else "Cosine"
        self._bar.axis.setLabel(quantity, siPrefixEnableRanges=(), color=muted(ink, ground).name())
        self.cells.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Cells stay about square; a locked aspect would tear the axes from the map instead.
        self.widget.setMaximumWidth(max(200, event.size().height() + _BESIDE))
        self._tick()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS and len(self.values):
            row, column = self.cursor_ or (0, 0)
            down, right = _ARROWS[key] if self.cursor_ is not None else (0, 0)
            last = len(self.values) - 1
            self._move((min(last, max(0, row + down)), min(last, max(0, column + right))))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.cursor_ is not None:
            self.cell_chosen.emit(*self.cursor_)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._move(None)

    def hover(self, cell: Cell | None) -> None:
        """The mouse is over a cell now, or over none."""
        if cell is None:
            QToolTip.hideText()
            self.widget.unsetCursor()
        else:
            QToolTip.showText(QCursor.pos(), self.tip(*cell), self.widget)
            self.widget.setCursor(Qt.CursorShape.CrossCursor)
        if cell != self._hovered:
            self._hovered = cell
            self.cell_read.emit(cell if cell is not None else self.cursor_)

    def _move(self, cell: Cell | None) -> None:
        if cell != self.cursor_:
            self.cursor_ = cell
            self.cells.redraw()
            self.cell_read.emit(cell)

    def _tick(self) -> None:
        if not self.names:
            return
        text, area = QFontMetricsF(self.font()), self.box.sceneBoundingRect()
        widest = max(map(text.horizontalAdvance, self.names)) + 8
        for side, room in (("left", area.height() / (text.height() + 2)), ("bottom", area.width() / widest)):
            blocks = steps(len(self.names) - 1, max(2, int(room)))
            # Where not all have room the first number would stand on the name of the input.
            shown = blocks[1:] if blocks.step > 1 else blocks
            ticks = [(0, self.names[0]), *((at + 1, self.names[at + 1]) for at in shown)]
            self.plot.getAxis(side).setTicks([ticks])


class _Cells(pg.GraphicsObject):
    """What is drawn on the map: numbers where they have room, crosses where there is no value, frames."""

    def __init__(self, chart: SimilarityChart) -> None:
        super().__init__()
        self._chart = chart
        self.marked: Cell | None = None
        self.setZValue(10)

    def redraw(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        count = len(self._chart.values)
        return QRectF(-0.5, -0.5, count, count)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        across, down = self.pixelWidth(), self.pixelHeight()  # the map's units in a pixel
        if not across or not down:
            return
        # In pixels from here on: text and lines keep their size and stay sharp.
        painter.scale(across, down)
        wide, high = 1 / across, 1 / down
        self._draw_missing(painter, wide, high)
        self._draw_numbers(painter, wide, high)
        if self.marked is not None:
            first, last = sorted(self.marked)
            self._frame(painter, QRectF(first - 0.5, first - 0.5, last - first + 1, last - first + 1), wide, high)
            row, column = self.marked
            self._frame(painter, QRectF(column - 0.5, row - 0.5, 1, 1), wide, high)
        if self._chart.cursor_ is not None:
            row, column = self._chart.cursor_
            self._frame(painter, QRectF(column - 0.5, row - 0.5, 1, 1), wide, high, dashed=True)

    def _draw_missing(self, painter: QPainter, wide: float, high: float) -> None:
        palette = self._chart.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        painter.setPen(pg.mkPen(mix(ink, ground, 0.6), width=1))
        for row, column in np.argwhere(np.isnan(self._chart.values)):
            cell = QRectF((column - 0.5) * wide, (row - 0.5) * high, wide, high)
            painter.fillRect(cell, mix(ground, ink, 0.08))
            painter.drawLine(cell.bottomLeft(), cell.topRight())

    def _draw_numbers(self, painter: QPainter, wide: float, high: float) -> None:
        chart = self._chart
        if chart._scale is None:
            return
        font = QFont(chart.font())
        font.setPointSizeF(max(_SMALLEST_TEXT, font.pointSizeF() - 1))
        text = QFontMetricsF(font)
        values = chart.values
        finite = np.isfinite(values)
        longest = text.horizontalAdvance(decimal(float(np.min(values[finite])), 2))
        if max(longest, text.horizontalAdvance("0.00")) + _MARGIN > wide or text.height() > high:
            return
        painter.setFont(font)
        for row, column in np.argwhere(finite):
            value = float(values[row, column])
            painter.setPen(text_on(chart._scale.colour(value)))
            cell = QRectF((column - 0.5) * wide, (row - 0.5) * high, wide, high)
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, decimal(value, 2))

    def _frame(self, painter: QPainter, cells: QRectF, wide: float, high: float, *, dashed: bool = False) -> None:
        """White on black, or a dash of either: seen on every colour of the scale."""
        area = QRectF(cells.x() * wide, cells.y() * high, cells.width() * wide, cells.height() * high)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pg.mkPen(QColor("black"), width=4))
        painter.drawRect(area)
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(pg.mkPen(QColor("white"), width=2, style=style))
        painter.drawRect(area)

    def hoverEvent(self, event: object) -> None:
        self._chart.hover(None if event.isExit() else self._at(event.pos()))  # type: ignore[attr-defined]

    def mouseClickEvent(self, event: object) -> None:
        cell = self._at(event.pos())  # type: ignore[attr-defined]
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:  # type: ignore[attr-defined]
            event.accept()  # type: ignore[attr-defined]
            self._chart.cell_chosen.emit(*cell)

    def _at(self, position: QPointF) -> Cell | None:
        row, column = math.floor(position.y() + 0.5), math.floor(position.x() + 0.5)
        count = len(self._chart.values)
        return (row, column) if 0 <= row < count and 0 <= column < count else None


def _boundary(name: str) -> str:
    return "the input" if name == "in" else f"after block {name}"


def _colour_map(scale: ColourScale) -> pg.ColorMap:
    table = scale.table()
    return pg.ColorMap(np.linspace(0, 1, len(table)), table)
