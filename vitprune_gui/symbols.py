"""The shape of each kind of site: a circle is attention, a square an MLP, wherever either is drawn; and a lock."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QIcon,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from vitprune.architecture import Kind
from vitprune_gui.colours import kind_colour
from vitprune_gui.translation import noop

KIND_TITLES = {
    Kind.ATTENTION: noop("Attention"),
    Kind.MLP: noop("MLP"),
    Kind.CONV: noop("Convolution"),
    Kind.BLOCK: noop("Block"),
    Kind.HEAD: noop("Head"),
    Kind.LINEAR: noop("Repair"),
}
KIND_PLURALS = {
    Kind.ATTENTION: noop("attention layers"),
    Kind.MLP: noop("MLP layers"),
    Kind.CONV: noop("convolutions"),
    Kind.BLOCK: noop("blocks"),
    Kind.HEAD: noop("heads"),
    Kind.LINEAR: noop("repairs"),
}
GRANULARITY_TITLES = {
    "attention": noop("attention layers"),
    "mlp": noop("MLP layers"),
    "sublayer": noop("sublayers"),
    "block": noop("blocks"),
    "width": noop("heads and neurons"),
    "head": noop("heads"),
    "neuron": noop("neurons"),
    "mixed": noop("sublayers, heads and neurons"),
}
"""What goes at each granularity of a choice."""
POINT_SYMBOLS = {
    Kind.ATTENTION: "o",
    Kind.MLP: "s",
    Kind.CONV: "t",
    Kind.BLOCK: "d",
    Kind.HEAD: "t1",
    Kind.LINEAR: "+",
}  # pyqtgraph's
LOCKED = QSize(35, 16)  # a lock where a tick box would be, and the symbol where it always is

_SYMBOL = QRectF(3, 3, 10, 10)


def draw_symbol(painter: QPainter, area: QRectF, kind: Kind, colour: QColor, *, hollow: bool = False) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else colour)
    area = area.adjusted(1, 1, -1, -1)
    if kind == Kind.ATTENTION:
        painter.drawEllipse(area)
    elif kind == Kind.MLP:
        painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
    elif kind == Kind.BLOCK:
        painter.drawPolygon(
            _points(
                (area.center().x(), area.top()),
                (area.right(), area.center().y()),
                (area.center().x(), area.bottom()),
                (area.left(), area.center().y()),
            )
        )
    elif kind == Kind.CONV:
        painter.drawPolygon(
            _points((area.center().x(), area.bottom()), (area.right(), area.top()), (area.left(), area.top()))
        )
    elif kind == Kind.LINEAR:
        painter.setPen(QPen(colour, 2.5))
        painter.drawLine(QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y()))
        painter.drawLine(QPointF(area.center().x(), area.top()), QPointF(area.center().x(), area.bottom()))
    else:
        painter.drawPolygon(
            _points((area.center().x(), area.top()), (area.right(), area.bottom()), (area.left(), area.bottom()))
        )
    painter.restore()


def draw_lock(painter: QPainter, area: QRectF, colour: QColor) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    body = area.adjusted(0.1 * area.width(), 0.45 * area.height(), -0.1 * area.width(), 0)
    painter.setPen(QPen(colour, 1.4))
    shackle = QRectF(area.left() + 0.26 * area.width(), area.top() + 1, 0.48 * area.width(), 0.7 * area.height())
    painter.drawArc(shackle, 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(body, 1.2, 1.2)
    painter.restore()


def draw_shield(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """A protected site."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shield = QPainterPath(QPointF(area.center().x(), area.top()))
    shield.lineTo(area.right(), area.top() + 0.2 * area.height())
    shield.cubicTo(
        QPointF(area.right(), area.top() + 0.65 * area.height()),
        QPointF(area.center().x() + 0.2 * area.width(), area.bottom()),
        QPointF(area.center().x(), area.bottom()),
    )
    shield.cubicTo(
        QPointF(area.center().x() - 0.2 * area.width(), area.bottom()),
        QPointF(area.left(), area.top() + 0.65 * area.height()),
        QPointF(area.left(), area.top() + 0.2 * area.height()),
    )
    shield.closeSubpath()
    painter.drawPath(shield)
    painter.restore()


def kind_icon(kind: Kind, palette: QPalette, *, hollow: bool = False) -> QIcon:
    """A 16 px icon, sharp on dense screens."""

    def draw(painter: QPainter, colour: QColor, _: QColor) -> None:
        draw_symbol(painter, _SYMBOL, kind, colour, hollow=hollow)

    return _icon(QSize(16, 16), kind, palette, draw)


def locked_icon(kind: Kind, palette: QPalette) -> QIcon:
    """The icon of a kind behind a lock, of the size `LOCKED`: a site that cannot go."""

    def draw(painter: QPainter, colour: QColor, ink: QColor) -> None:
        draw_lock(painter, QRectF(1, 2, 12, 12), ink)
        draw_symbol(painter, _SYMBOL.translated(LOCKED.width() - 16, 0), kind, colour)

    return _icon(LOCKED, kind, palette, draw)


def _icon(size: QSize, kind: Kind, palette: QPalette, draw: Callable[[QPainter, QColor, QColor], None]) -> QIcon:
    """`draw` is given the colour of the kind and that of what stands beside it, in a selected row that of its text."""
    plain, selected = (
        palette.color(QPalette.ColorRole.PlaceholderText),
        palette.color(QPalette.ColorRole.HighlightedText),
    )
    icon = QIcon()
    for mode, colours in (
        (QIcon.Mode.Normal, (kind_colour(kind, palette), plain)),
        (QIcon.Mode.Selected, (selected, selected)),
    ):
        for ratio in (1, 2):
            pixmap = QPixmap(size * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            draw(painter, *colours)
            painter.end()
            icon.addPixmap(pixmap, mode)
    return icon


Mark = Callable[[QPainter, QRectF, QPalette], None]
"""Draws a symbol into a square."""


class KindLegend(QWidget):
    """One line that explains a chart's symbols, and after them notes in words; more lines where it is narrow."""

    _STEP = 14
    _SYMBOL = 10

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[tuple[Mark, str], ...] = ()
        self._notes: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: tuple[tuple[Kind, str, bool], ...], *notes: str) -> None:
        """`entries` are (kind, text, hollow)."""
        self.show_marks(tuple((_kind_mark(kind, hollow=hollow), text) for kind, text, hollow in entries), *notes)

    def show_marks(self, marks: tuple[tuple[Mark, str], ...], *notes: str) -> None:
        """Any symbols, each with its text."""
        before = self.sizeHint()
        self._marks, self._notes = marks, notes
        self.setAccessibleName(", ".join([*(text for _, text in marks), *notes]))
        if self.sizeHint() != before:  # or the whole window is laid out, and painted, for nothing
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(100, self._lines(max(1, self.width())) * self._line_height() + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: object) -> None:
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font())
        metrics = QFontMetrics(self._font())
        for x, y, text, mark in self._placed(self.width()):
            baseline = y + (self._line_height() + metrics.capHeight()) / 2
            if mark is not None:
                top = y + (self._line_height() - self._SYMBOL) / 2
                painter.save()
                mark(painter, QRectF(x, top, self._SYMBOL, self._SYMBOL), self.palette())
                painter.restore()
                x += self._SYMBOL + 5
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(QPointF(x, baseline), text)

    def _font(self) -> QFont:
        return self.font()

    def _line_height(self) -> int:
        return QFontMetrics(self._font()).height() + 2

    def _lines(self, width: int) -> int:
        placed = self._placed(width)
        return 1 + round(placed[-1][1] / self._line_height()) if placed else 1

    def _placed(self, width: int) -> list[tuple[float, float, str, Mark | None]]:
        metrics = QFontMetrics(self._font())
        items: list[tuple[str, Mark | None]] = [(text, mark) for mark, text in self._marks]
        items += [(note, None) for note in self._notes]
        placed: list[tuple[float, float, str, Mark | None]] = []
        x = y = 0.0
        for text, mark in items:
            wide = metrics.horizontalAdvance(text) + (self._SYMBOL + 5 if mark else 0)
            if x and x + wide > width:
                x, y = 0.0, y + self._line_height()
            placed.append((x, y, text, mark))
            x += wide + self._STEP
        return placed


def _kind_mark(kind: Kind, *, hollow: bool) -> Mark:
    def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
        draw_symbol(painter, area, kind, kind_colour(kind, palette), hollow=hollow)

    return draw


def _points(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])
