"""The shape of each kind of site: a circle is attention, a square an MLP, wherever either is drawn."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPaintEvent, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vitprune.architecture import Kind
from vitprune_gui.colours import kind_colour

KIND_TITLES = {Kind.ATTENTION: "Attention", Kind.MLP: "MLP", Kind.BLOCK: "Block", Kind.HEAD: "Head"}
POINT_SYMBOLS = {Kind.ATTENTION: "o", Kind.MLP: "s", Kind.BLOCK: "d", Kind.HEAD: "t1"}  # pyqtgraph's names


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
    else:
        painter.drawPolygon(
            _points((area.center().x(), area.top()), (area.right(), area.bottom()), (area.left(), area.bottom()))
        )
    painter.restore()


def kind_icon(kind: Kind, palette: QPalette, *, hollow: bool = False) -> QIcon:
    """A 16 px icon, sharp on dense screens."""
    icon = QIcon()
    for ratio in (1, 2):
        pixmap = QPixmap(QSize(16, 16) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        draw_symbol(painter, QRectF(3, 3, 10, 10), kind, kind_colour(kind, palette), hollow=hollow)
        painter.end()
        icon.addPixmap(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


class KindLegend(QWidget):
    """One line that explains a chart's symbols, and at its end a note in words."""

    _STEP = 14
    _SYMBOL = 10

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[tuple[Kind, str, bool], ...] = ()
        self._note = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: tuple[tuple[Kind, str, bool], ...], note: str = "") -> None:
        """`entries` are (kind, text, hollow)."""
        self._entries, self._note = entries, note
        self.setAccessibleName(", ".join([text for _, text, _ in entries] + ([note] if note else [])))
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
        for x, y, text, entry in self._placed(self.width()):
            baseline = y + (self._line_height() + metrics.capHeight()) / 2
            if entry is not None:
                kind, _, hollow = entry
                top = y + (self._line_height() - self._SYMBOL) / 2
                colour = kind_colour(kind, self.palette())
                draw_symbol(painter, QRectF(x, top, self._SYMBOL, self._SYMBOL), kind, colour, hollow=hollow)
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

    def _placed(self, width: int) -> list[tuple[float, float, str, tuple[Kind, str, bool] | None]]:
        metrics = QFontMetrics(self._font())
        items: list[tuple[str, tuple[Kind, str, bool] | None]] = [(entry[1], entry) for entry in self._entries]
        if self._note:
            items.append((self._note, None))
        placed: list[tuple[float, float, str, tuple[Kind, str, bool] | None]] = []
        x = y = 0.0
        for text, entry in items:
            wide = metrics.horizontalAdvance(text) + (self._SYMBOL + 5 if entry else 0)
            if x and x + wide > width:
                x, y = 0.0, y + self._line_height()
            placed.append((x, y, text, entry))
            x += wide + self._STEP
        return placed


def _points(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])
