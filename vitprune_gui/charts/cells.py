"""A chart of cells in rows and columns, each of which can be read and chosen, with the mouse or the keyboard."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QFocusEvent, QFont, QFontMetricsF, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QToolTip, QWidget

from vitprune_gui.charts.chart import Chart
from vitprune_gui.colours import ColourScale, mix, muted, text_on
from vitprune_gui.views.formatting import decimal

_MARGIN = 6  # px around the number in a cell
_SMALLEST_TEXT = 7.0  # pt, below which numbers are left out

_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}

Cell = tuple[int, int]


class CellChart(Chart):
    """The arrow keys move a cursor over the cells; a click, or Return, chooses the one under it.

    The first row is at the top, as matrices are read. A kind of such charts fills `values`, (rows, columns), and says
    in `tip` what a cell is.
    """

    cell_read = Signal(object)
    """The (row, column) under the mouse or the cursor, None when there is none."""
    cell_chosen = Signal(int, int)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.values: NDArray[np.floating] = np.zeros((0, 0))
        self.scale_: ColourScale | None = None
        self.cursor_: Cell | None = None
        self._hovered: Cell | None = None
        self._image = pg.ImageItem()
        self._bar = pg.ColorBarItem(
            interactive=False, width=12, colorMap=_colour_map(ColourScale(0, 1)), colorMapMenu=False
        )
        self._bar.ctrlMenu = None  # as that of the plot
        self._bar.setImageItem(self._image, insert_in=self.plot)
        self.plot.addItem(self._image)
        self.cells = Cells(self)
        self.plot.addItem(self.cells)
        self.plot.setContentsMargins(0, 6, 0, 0)
        self.box.setDefaultPadding(0)
        self.box.invertY(True)

    @property
    def shape(self) -> Cell:
        return self.values.shape[0], self.values.shape[1]

    @property
    def quantity(self) -> str:
        """What the colour bar is of."""
        raise NotImplementedError

    def tip(self, row: int, column: int) -> str:
        """What is known of one cell."""
        raise NotImplementedError

    def frames(self) -> Iterator[QRectF]:
        """What is marked, in rows and columns; a cell is of length 1 about its numbers."""
        return iter(())

    def colour_cells(self, scale: ColourScale | None) -> None:
        """Colour `values` by a scale; without one they have no colours."""
        self.scale_ = scale
        self._image.setVisible(scale is not None)
        self._bar.setVisible(scale is not None)
        if scale is not None:
            low, high = (scale.low, scale.high) if scale.high > scale.low else (scale.low - 0.5, scale.high + 0.5)
            self._image.setImage(self.values, autoLevels=False)
            self._bar.setColorMap(_colour_map(scale))
            self._bar.setLevels((low, high))
        self._place()

    def paint_cells(self, picture: NDArray[np.uint8]) -> None:
        """Show a picture, (height, width, 4), in place of colours of values; it spans all cells."""
        self.scale_ = None
        self._bar.hide()
        self._image.setImage(picture, autoLevels=False, lut=None)
        self._bar.setLevels((0, 255))
        self._image.show()
        self._place()

    def restyle(self) -> None:
        super().restyle()
        palette = self.palette()
        ground, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
        self._bar.axis.setPen(pg.mkPen(mix(ink, ground, 0.5)))
        self._bar.axis.setTextPen(pg.mkPen(muted(ink, ground)))
        self._bar.axis.setLabel(self.quantity, siPrefixEnableRanges=(), color=muted(ink, ground).name())
        if self.scale_ is not None:
            self._bar.setColorMap(_colour_map(self.scale_))  # another may be in use now
        self.cells.redraw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _ARROWS and self.values.size:
            row, column = self.cursor_ or (0, 0)
            down, right = _ARROWS[key] if self.cursor_ is not None else (0, 0)
            rows, columns = self.shape
            self._move((min(rows - 1, max(0, row + down)), min(columns - 1, max(0, column + right))))
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
            self.cells.setToolTip("")
            QToolTip.hideText()
            self.widget.unsetCursor()
        else:
            self.cells.setToolTip(self.tip(*cell))  # or Qt takes the tip away when it looks for one itself
            QToolTip.showText(QCursor.pos(), self.cells.toolTip(), self.widget)
            self.widget.setCursor(Qt.CursorShape.CrossCursor)
        if cell != self._hovered:
            self._hovered = cell
            self.cell_read.emit(cell if cell is not None else self.cursor_)

    def _move(self, cell: Cell | None) -> None:
        if cell != self.cursor_:
            self.cursor_ = cell
            self.cells.redraw()
            self.cell_read.emit(cell)

    def _place(self) -> None:
        rows, columns = self.shape
        self._image.setRect(-0.5, -0.5, columns, rows)
        if rows and columns:
            self.fit((-0.5, columns - 0.5), (-0.5, rows - 0.5))
        if self.cursor_ is not None and not self.within(self.cursor_):
            self.cursor_ = None
        self.cells.redraw()

    def within(self, cell: Cell) -> bool:
        rows, columns = self.shape
        return 0 <= cell[0] < rows and 0 <= cell[1] < columns


class Cells(pg.GraphicsObject):
    """What is drawn on the cells: numbers where they have room, crosses where there is no value, frames."""

    def __init__(self, chart: CellChart) -> None:
        super().__init__()
        self._chart = chart
        self.setZValue(10)

    def redraw(self) -> None:
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        rows, columns = self._chart.shape
        return QRectF(-0.5, -0.5, columns, rows)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        across, down = self.pixelWidth(), self.pixelHeight()  # the map's units in a pixel
        if not across or not down:
            return
        # In pixels from here on: text and lines keep their size and stay sharp.
        painter.scale(across, down)
        wide, high = 1 / across, 1 / down
        self._draw_missing(painter, wide, high)
        self._draw_numbers(painter, wide, high)
        for frame in self._chart.frames():
            self._frame(painter, frame, wide, high)
        if self._chart.cursor_ is not None:
            self._frame(painter, cell_area(self._chart.cursor_), wide, high, dashed=True)

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
        if chart.scale_ is None:
            return
        font = QFont(chart.font())
        font.setPointSizeF(max(_SMALLEST_TEXT, font.pointSizeF() - 1))
        text = QFontMetricsF(font)
        values = chart.values
        finite = np.isfinite(values)
        ends = decimal(float(np.min(values[finite])), 2), decimal(float(np.max(values[finite])), 2), "0.00"
        if max(map(text.horizontalAdvance, ends)) + _MARGIN > wide or text.height() > high:
            return
        painter.setFont(font)
        for row, column in np.argwhere(finite):
            value = float(values[row, column])
            painter.setPen(text_on(chart.scale_.colour(value)))
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
        cell = math.floor(position.y() + 0.5), math.floor(position.x() + 0.5)
        return cell if self._chart.within(cell) else None


def cell_area(cell: Cell) -> QRectF:
    return QRectF(cell[1] - 0.5, cell[0] - 0.5, 1, 1)


def _colour_map(scale: ColourScale) -> pg.ColorMap:
    table = scale.table()
    return pg.ColorMap(np.linspace(0, 1, len(table)), table)
