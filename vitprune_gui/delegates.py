"""Drawing of single cells: the score bar, and the strike through what is pruned."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vitprune_gui.colours import mix, muted
from vitprune_gui.symbols import LOCKED, draw_shield

PRUNED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SCORE_ROLE = int(Qt.ItemDataRole.UserRole) + 2
FIXED_ROLE = int(Qt.ItemDataRole.UserRole) + 3
REPAIR_ROLE = int(Qt.ItemDataRole.UserRole) + 4
PROTECTED_ROLE = int(Qt.ItemDataRole.UserRole) + 5

_SHIELD = 21  # px, with the room before it

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ScoreCell:
    """A score ready to be drawn: `length` of the bar in 0..1 with the ends of its interval, its colour, and the number
    that stands beside it. `stale`: of other images than those that are open."""

    value: float
    length: float
    low: float
    high: float
    colour: QColor
    text: str
    stale: bool = False


class SiteDelegate(QStyledItemDelegate):
    """Strikes through and greys what is pruned, as far as it stays legible; what stands for it is framed beside it, and
    a shield says that a site is protected."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        if index.data(FIXED_ROLE):
            option.decorationSize = LOCKED  # pyright: ignore[reportAttributeAccessIssue]
        if index.data(PRUNED_ROLE):
            option.font.setStrikeOut(True)  # pyright: ignore[reportAttributeAccessIssue]
            palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
            role = QPalette.ColorRole.Text
            palette.setColor(role, muted(palette.color(role), palette.color(QPalette.ColorRole.Base)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        option = QStyleOptionViewItem(option)
        self.initStyleOption(option, index)
        widget: QWidget | None = option.widget  # pyright: ignore[reportAttributeAccessIssue]
        style = widget.style() if widget else QApplication.style()
        repair, protected = index.data(REPAIR_ROLE) or "", bool(index.data(PROTECTED_ROLE))
        if repair or protected:
            self._make_room(option, style, repair)
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        features = option.features  # pyright: ignore[reportAttributeAccessIssue]
        if not features & QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator:
            return
        if repair or protected:
            self._badges(painter, option, style, repair, protected=protected)
        # The style outlines tick boxes in a shade of the window, which vanishes on a dark ground.
        box = style.subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, widget)
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        painter.setPen(mix(palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.WindowText), 0.5))
        painter.drawRect(QRectF(box).adjusted(0.5, 0.5, -1.5, -1.5))

    @staticmethod
    def _make_room(option: QStyleOptionViewItem, style: QStyle, repair: str) -> None:
        """Shorten the name of an initialised option, so that what stands beside it is seen whole."""
        metrics = option.fontMetrics  # pyright: ignore[reportAttributeAccessIssue]
        name = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, option.widget)  # pyright: ignore[reportAttributeAccessIssue]
        beside = _word_width(metrics, repair) if repair else _SHIELD - 10
        left = option.rect.right() - name.left() - beside - 8  # pyright: ignore[reportAttributeAccessIssue]
        title: str = option.text  # pyright: ignore[reportAttributeAccessIssue]
        option.text = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, max(0, left))  # pyright: ignore[reportAttributeAccessIssue]

    def _badges(
        self, painter: QPainter, option: QStyleOptionViewItem, style: QStyle, text: str, *, protected: bool
    ) -> None:
        """`option` is that of the cell, initialised."""
        widget: QWidget | None = option.widget  # pyright: ignore[reportAttributeAccessIssue]
        name = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, widget)
        metrics = option.fontMetrics  # pyright: ignore[reportAttributeAccessIssue]
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        selected = bool(state & QStyle.StateFlag.State_Selected)
        ink = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Link)
        title: str = option.text  # pyright: ignore[reportAttributeAccessIssue]
        after = name.left() + 2 + metrics.horizontalAdvance(title) + 6
        if protected:
            draw_shield(painter, QRectF(after, name.center().y() - 6, 11, 13), ink)
        if not text:
            return
        top = name.center().y() - metrics.height() / 2 + 1
        frame = QRectF(after, top, _word_width(metrics, text), metrics.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(ink)
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        font = QFont(option.font)  # pyright: ignore[reportAttributeAccessIssue]
        font.setStrikeOut(False)
        painter.setFont(font)
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        hint = super().sizeHint(option, index)
        repair = index.data(REPAIR_ROLE)
        wide = _word_width(QFontMetrics(option.font), repair) + 12 if repair else 0  # pyright: ignore[reportAttributeAccessIssue]
        return hint + QSize(wide + (_SHIELD if index.data(PROTECTED_ROLE) else 0), 0)


class ScoreDelegate(SiteDelegate):
    """A bar in the colour of the score with the score in digits beside it, or above it where there is little room."""

    _BAR = 8
    _THIN_BAR = 5
    _MARGIN = 4
    _BESIDE = 40  # px of bar, from which it stands beside the digits

    def __init__(self, parent: QWidget | None = None, *, widest: str = "0.000 ±<0.001") -> None:
        super().__init__(parent)
        self._widest = widest

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell = index.data(SCORE_ROLE)
        if not isinstance(cell, ScoreCell):
            super().paint(painter, option, index)
            return
        self.initStyleOption(option, index)
        option.text = ""  # pyright: ignore[reportAttributeAccessIssue]
        widget: QWidget | None = option.widget  # pyright: ignore[reportAttributeAccessIssue]
        style = widget.style() if widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)

        rect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        area = QRectF(rect).adjusted(self._MARGIN, 0, -self._MARGIN, 0)
        metrics = option.fontMetrics  # pyright: ignore[reportAttributeAccessIssue]
        number = metrics.horizontalAdvance(self._widest) + 2
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        selected = bool(state & QStyle.StateFlag.State_Selected)
        ground = palette.color(QPalette.ColorRole.Highlight if selected else QPalette.ColorRole.Base)
        ink = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)

        painter.save()
        room = area.width() - number - self._MARGIN
        if room >= self._BESIDE:
            track = QRectF(area.left(), round(area.center().y() - self._BAR / 2), room, self._BAR)
        else:
            track = QRectF(area.left(), area.bottom() - self._THIN_BAR - 2, area.width(), self._THIN_BAR)
            area.setBottom(track.top() + 2)
        painter.fillRect(track, mix(ground, ink, 0.12))
        filled = track.adjusted(0, 0, (cell.length - 1) * track.width(), 0)
        if cell.stale:
            painter.fillRect(filled, QBrush(cell.colour, Qt.BrushStyle.Dense4Pattern))
        else:
            painter.fillRect(filled, cell.colour)
        # The outline keeps both ends of the colour scale visible on a light, a dark and a selected row.
        painter.setPen(mix(ground, ink, 0.35))
        painter.drawRect(track.adjusted(0, 0, -1, -1))
        # A line in the ink on one in the ground is seen on every colour of the scale.
        low, high = (track.left() + end * track.width() for end in (cell.low, cell.high))
        for colour, width in ((ground, 3.0), (ink, 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(low, track.center().y()), QPointF(high, track.center().y()))
        painter.setPen(ink)
        painter.setFont(option.font)  # pyright: ignore[reportAttributeAccessIssue]
        text = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, round(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        hint = super().sizeHint(option, index)
        metrics = option.fontMetrics  # pyright: ignore[reportAttributeAccessIssue]
        width = metrics.horizontalAdvance(self._widest) + 2 * self._MARGIN
        return QSize(width, max(hint.height(), metrics.height() + 11))


def _word_width(metrics: QFontMetrics, text: str) -> int:
    return metrics.horizontalAdvance(text) + 10
