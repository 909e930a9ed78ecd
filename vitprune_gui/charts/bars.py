"""The largest of many things, from the top down: a bar each, with its name and its value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QCursor, QKeyEvent, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from vitprune_gui.charts.chart import Chart, Span, Table
from vitprune_gui.charts.depths import Tint
from vitprune_gui.views.formatting import shortened, significant

_NAME = 14  # characters beside a bar
_THICK = 0.72  # of the room of a bar
_INSIDE = 0.72  # of the axis: a longer bar has its value within
_STEPS: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True, eq=False)
class Bar:
    """`key` is what is chosen by a click on it."""

    key: int
    name: str
    value: float
    tint: Tint


class BarsChart(Chart):
    """A click chooses a bar, and so does Return where the up and down keys have come to."""

    bar_chosen = Signal(int)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.bars: tuple[Bar, ...] = ()
        self.marked: int | None = None
        self.cursor_: int | None = None  # the row
        self._across = ""
        self._told: Callable[[float], str] = significant
        self._limits: Span = (0.0, 1.0)
        self._drawn = pg.BarGraphItem(x0=[0.0], y0=[0.0], x1=[0.0], y1=[0.0])
        self._frame = pg.PlotCurveItem()
        self._texts: list[pg.TextItem] = []
        for item in (self._drawn, self._frame):
            self.plot.addItem(item, ignoreBounds=True)
        self._frame.setZValue(5)
        self.box.invertY(True)
        self.box.setMouseEnabled(x=False, y=False)
        scene = self.box.scene()
        scene.sigMouseMoved.connect(self._read)
        scene.sigMouseClicked.connect(self._click)
        self.restyle()

    def show_bars(
        self,
        title: str,
        bars: Sequence[Bar],
        across: str,
        *,
        limits: Span | None = None,
        told: Callable[[float], str] = significant,
        notes: Sequence[str] = (),
    ) -> None:
        """`across` is what the values are, with its unit, and `told` how one is said."""
        self.bars, self._across, self._told = tuple(bars), across, told
        values = [bar.value for bar in self.bars] or [0.0]
        low, high = min(0.0, *values), max(0.0, *values)
        self._limits = limits or (low, 1.3 * (high - low or 1.0) + low)
        self.cursor_ = None
        self.set_title(title)
        self.legend.show_marks((), *notes)
        self.fit(self._limits, (-0.6, max(1, len(self.bars)) - 0.4))
        self.describe(", ".join(map(self.tip, range(len(self.bars)))))
        self._draw()

    def mark(self, key: int | None) -> None:
        """Frame one of the bars."""
        self.marked = key
        self._draw_frame()

    def tip(self, row: int) -> str:
        return f"{self.bars[row].name}: {self._told(self.bars[row].value)}"

    def table(self) -> Table:
        return [("number", "name", self._across or "value"), *((bar.key, bar.name, bar.value) for bar in self.bars)]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        self.label_axis("bottom", self._across)
        for text in self._texts:
            self.plot.removeItem(text)
        self._texts = []
        self.plot.getAxis("left").setTicks([[(row, shortened(bar.name, _NAME)) for row, bar in enumerate(self.bars)]])
        self._drawn.setVisible(bool(self.bars))
        if not self.bars:
            return
        at = np.arange(len(self.bars), dtype=np.float64)
        self._drawn.setOpts(
            x0=np.zeros(len(at)),
            x1=np.array([bar.value for bar in self.bars]),
            y0=at - _THICK / 2,
            y1=at + _THICK / 2,
            brushes=[bar.tint(palette) for bar in self.bars],
            pen=pg.mkPen(None),
        )
        low, high = self._limits
        for row, bar in enumerate(self.bars):
            inside = bar.value - low > _INSIDE * (high - low)
            text = pg.TextItem(
                self._told(bar.value), color=ink, anchor=(1 if inside else 0, 0.5), fill=ground if inside else None
            )
            text.setFont(self.font())
            text.setPos(max(0.0, bar.value), row)
            self.plot.addItem(text, ignoreBounds=True)
            self._texts.append(text)
        self._draw_frame()

    def _draw_frame(self) -> None:
        row = self.cursor_
        if row is None:
            row = next((row for row, bar in enumerate(self.bars) if bar.key == self.marked), None)
        self._frame.setVisible(row is not None)
        if row is None:
            return
        low, high = self._limits
        left, right, top, bottom = low, high, row - 0.46, row + 0.46
        self._frame.setData([left, right, right, left, left], [top, top, bottom, bottom, top])
        style = Qt.PenStyle.DashLine if self.cursor_ is not None else Qt.PenStyle.SolidLine
        self._frame.setPen(pg.mkPen(QColor(self.palette().color(QPalette.ColorRole.Highlight)), width=2, style=style))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _STEPS and self.bars:
            last = len(self.bars) - 1
            self.cursor_ = 0 if self.cursor_ is None else min(last, max(0, self.cursor_ + _STEPS[key]))
            self._draw_frame()
            self.setAccessibleDescription(self.tip(self.cursor_))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.cursor_ is not None:
            self.bar_chosen.emit(self.bars[self.cursor_].key)
        else:
            super().keyPressEvent(event)

    def _at(self, position: QPointF) -> int | None:
        row = round(self.box.mapSceneToView(position).y())
        return row if self.box.sceneBoundingRect().contains(position) and 0 <= row < len(self.bars) else None

    @Slot(object)
    def _read(self, position: QPointF) -> None:
        row = self._at(position)
        if row is not None:
            self.box.setToolTip(self.tip(row))  # or Qt takes the tip away when it looks for one itself
            QToolTip.showText(QCursor.pos(), self.tip(row), self.widget)
        elif self.box.toolTip():
            self.box.setToolTip("")
            QToolTip.hideText()

    @Slot(object)
    def _click(self, event: object) -> None:
        row = self._at(event.scenePos())  # type: ignore[attr-defined]
        if row is not None and event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self.bar_chosen.emit(self.bars[row].key)
