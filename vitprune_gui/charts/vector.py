"""The numbers of one vector, side by side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QCursor, QKeyEvent, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from vitprune.architecture import Kind
from vitprune_gui.charts.chart import Chart, Table, roomy
from vitprune_gui.colours import kind_colour, mix
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import significant

_STEPS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10}


class VectorChart(Chart):
    """Bars from zero, one a number. Left and right move from number to number; a click, or Return, chooses one."""

    number_read = Signal(object)
    """The number under the mouse or the keyboard's cursor, None when there is none."""
    number_chosen = Signal(int)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.vector: NDArray[np.floating] = np.zeros(0)
        self.marked: int | None = None
        self.cursor_: int | None = None
        self._kind: Kind = Kind.BLOCK
        self._across = self._up = ""
        self._tip: Callable[[int], str] = self._plain
        self._bars = pg.PlotCurveItem(fillLevel=0)
        self._zero = pg.InfiniteLine(angle=0, pos=0, movable=False)
        self._line = pg.InfiniteLine(angle=90, movable=False)
        for item in (self._bars, self._zero, self._line):
            self.plot.addItem(item, ignoreBounds=True)
        scene = self.box.scene()
        scene.sigMouseMoved.connect(self._read)
        scene.sigMouseClicked.connect(self._click)
        self.restyle()

    def show_vector(
        self,
        title: str,
        values: NDArray[np.floating],
        across: str,
        up: str,
        *,
        kind: Kind = Kind.BLOCK,
        tip: Callable[[int], str] | None = None,
        limits: tuple[float, float] | None = None,
    ) -> None:
        """`across` is what is counted, `up` what the values are, with its unit; `limits` hold vectors to one scale."""
        self.vector, self._across, self._up, self._kind = np.asarray(values), across, up, kind
        self._tip = tip or self._plain
        self.set_title(title)
        if self.cursor_ is not None and self.cursor_ >= len(self.vector):
            self.cursor_ = None
        known = self.vector[np.isfinite(self.vector)]
        if known.size:
            low, high = limits or (min(0.0, float(known.min())), max(0.0, float(known.max())))
            self.fit((-0.5, len(self.vector) - 0.5), roomy(np.array([low, high]), 0.06))
            self.describe(
                tr("{title}: %n number(s) from {low} to {high}.", "", len(self.vector), title=title,
                   low=significant(float(known.min())), high=significant(float(known.max())))
            )  # fmt: skip
        self._draw()

    def mark(self, number: int | None) -> None:
        """A line at one of the numbers."""
        self.marked = number
        self._draw_line()

    def table(self) -> Table:
        return [("number", self._up or "value"), *((n, float(value)) for n, value in enumerate(self.vector))]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _plain(self, number: int) -> str:
        return tr("Number {n}: {value}", n=number, value=significant(float(self.vector[number])))

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        self.label_axis("bottom", self._across)
        self.label_axis("left", self._up)
        colour = kind_colour(self._kind, palette)
        self._bars.setData(np.arange(len(self.vector) + 1) - 0.5, np.nan_to_num(self.vector), stepMode="center")
        self._bars.setPen(pg.mkPen(colour, width=1))
        self._bars.setBrush(pg.mkBrush(mix(colour, ground, 0.35)))
        self._zero.setPen(pg.mkPen(mix(ink, ground, 0.4), width=1))
        self._draw_line()

    def _draw_line(self) -> None:
        at = self.cursor_ if self.cursor_ is not None else self.marked
        self._line.setVisible(at is not None)
        if at is not None:
            style = Qt.PenStyle.DashLine if self.cursor_ is not None else Qt.PenStyle.SolidLine
            self._line.setPen(pg.mkPen(self.palette().color(QPalette.ColorRole.Text), width=1.5, style=style))
            self._line.setValue(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = event.key(), len(self.vector)
        if key in _STEPS and count:
            start = self.cursor_ if self.cursor_ is not None else self.marked
            self._move(0 if start is None else min(count - 1, max(0, start + _STEPS[key])))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.cursor_ is not None:
            self.number_chosen.emit(self.cursor_)
        else:
            super().keyPressEvent(event)

    def _move(self, number: int) -> None:
        self.cursor_ = number
        self._draw_line()
        self.setAccessibleDescription(self._tip(number))
        self.number_read.emit(number)

    def _at(self, position: QPointF) -> int | None:
        if not self.box.sceneBoundingRect().contains(position):
            return None
        number = round(self.box.mapSceneToView(position).x())
        return number if 0 <= number < len(self.vector) else None

    @Slot(object)
    def _read(self, position: QPointF) -> None:
        number = self._at(position)
        if number is not None:
            text = self._tip(number)
            self.box.setToolTip(text)  # or Qt takes the tip away when it looks for one itself
            QToolTip.showText(QCursor.pos(), text, self.widget)
        elif self.box.toolTip():
            self.box.setToolTip("")
            QToolTip.hideText()
        self.number_read.emit(number if number is not None else self.cursor_)

    @Slot(object)
    def _click(self, event: object) -> None:
        number = self._at(event.scenePos())  # type: ignore[attr-defined]
        if number is not None and event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self.number_chosen.emit(number)
