"""The key to the colours of scores: the scale with its ends, and what it is a scale of."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from vitprune.scores import split_name
from vitprune_gui.colours import ColourScale, mix
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import decimal, direction, images, metric_of, over_tokens, title_and_tip


class ScaleLegend(QWidget):
    """The colour scale with its ends, the metric's name, unit and direction, its tokens and the number of images."""

    _BAR = 10

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: ColourScale | None = None
        self._lines: tuple[str, ...] = ()
        self._low = self._high = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_scale(self, scale: ColourScale, table: str, count: int, stale: str = "") -> None:
        """`stale` says in a sentence why the scores are not those of what is open; empty where they are."""
        self._scale = scale
        metric, tokens = metric_of(split_name(table)[0]), over_tokens(table)
        about = ", ".join(filter(None, (tr(metric.unit) if metric.unit else "", direction(metric))))
        name, sample = f"{tr(metric.title)} ({about})", f"n = {images(count)}"
        self._lines = (name, f"{tokens}, {sample}") if tokens else (f"{name}, {sample}",)
        self._lines += (stale,) if stale else ()
        self._low, self._high = decimal(scale.low), decimal(scale.high)
        told = ", ".join(self._lines)
        self.setAccessibleName(tr("{scale}, from {low} to {high}", scale=told, low=self._low, high=self._high))
        _, what = title_and_tip(table)
        self.setToolTip("\n".join(filter(None, (what, tr("± is half of the 95 % interval over images."), stale))))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, (1 + max(1, len(self._lines))) * self.fontMetrics().height() + self._BAR)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._scale is None:
            return
        painter = QPainter(self)
        line = self.fontMetrics().height()
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(ink)
        for row, text in enumerate(self._lines):
            shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(QRectF(0, row * line, self.width(), line), Qt.AlignmentFlag.AlignLeft, shown)
        low, high = (self.fontMetrics().horizontalAdvance(text) for text in (self._low, self._high))
        top = len(self._lines) * line + 4
        painter.drawText(QRectF(0, top, low + 2, line), Qt.AlignmentFlag.AlignVCenter, self._low)
        painter.drawText(
            QRectF(self.width() - high - 2, top, high + 2, line), Qt.AlignmentFlag.AlignVCenter, self._high
        )
        bar = QRectF(low + 8, top + (line - self._BAR) / 2, self.width() - low - high - 16, self._BAR)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        steps = 16
        for step in range(steps + 1):
            value = self._scale.low + (self._scale.high - self._scale.low) * step / steps
            gradient.setColorAt(step / steps, self._scale.colour(value))
        painter.fillRect(bar, gradient)
        painter.setPen(mix(self.palette().color(QPalette.ColorRole.Window), ink, 0.35))
        painter.drawRect(bar)
