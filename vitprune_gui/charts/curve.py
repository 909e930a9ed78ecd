"""Numbers before and after a function: a point for each."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QCursor, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from vitprune.architecture import Kind
from vitprune_gui.charts.chart import Chart, Table, roomy
from vitprune_gui.colours import kind_colour, mix
from vitprune_gui.symbols import POINT_SYMBOLS
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import significant

_SIZE = 5  # px
_NEAR = 12  # px from a point


class CurveChart(Chart):
    """Left and right go through the points by their numbers; a click chooses the nearest."""

    point_chosen = Signal(int)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.before: NDArray[np.floating] = np.zeros(0)
        self.after: NDArray[np.floating] = np.zeros(0)
        self.marked: int | None = None
        self._kind = Kind.MLP
        self._thing = self._across = self._up = ""
        self._points = pg.ScatterPlotItem(pxMode=True, useCache=False)  # or a drawing has pictures of points
        self._ring = pg.ScatterPlotItem(pxMode=True, useCache=False, brush=None)
        self._ring.setZValue(10)
        self._zero = pg.InfiniteLine(angle=0, pos=0, movable=False)
        self._zero.setZValue(-5)
        for item in (self._zero, self._points, self._ring):
            self.plot.addItem(item, ignoreBounds=True)
        scene = self.box.scene()
        scene.sigMouseMoved.connect(self._read)
        scene.sigMouseClicked.connect(self._click)
        self.restyle()

    def show_points(
        self,
        title: str,
        x: NDArray[np.floating],
        y: NDArray[np.floating],
        across: str,
        up: str,
        thing: str,
        *,
        kind: Kind = Kind.MLP,
        notes: tuple[str, ...] = (),
    ) -> None:
        """`thing` is what a point is called, with its number as {n}: `Unit {n}`."""
        self.before, self.after, self._across, self._up, self._thing, self._kind = x, y, across, up, thing, kind
        self.set_title(title)
        self.legend.show_marks((), *notes)
        if len(x):
            self.fit(roomy(x, 0.05), roomy(y, 0.06))
            self.describe(
                tr("{title}: %n point(s), {up} from {low} to {high}.", "", len(x), title=title, up=up,
                   low=significant(float(y.min())), high=significant(float(y.max())))
            )  # fmt: skip
        self._draw()

    def mark(self, number: int | None) -> None:
        self.marked = number
        self._draw_ring()

    def tip(self, number: int) -> str:
        return tr(
            "{thing}: {before} before, {after} after", thing=self._thing.format(n=number),
            before=significant(float(self.before[number])), after=significant(float(self.after[number])),
        )  # fmt: skip

    def order(self) -> list[str]:
        return [str(number) for number in range(len(self.before))]

    def _choose_next(self, step: int) -> None:
        at = min(len(self.before) - 1, max(0, (self.marked if self.marked is not None else -step) + step))
        self.point_chosen.emit(at)
        self.setAccessibleDescription(self.tip(at))

    def table(self) -> Table:
        rows = zip(self.before.tolist(), self.after.tolist(), strict=True)
        return [("number", self._across or "x", self._up or "y"), *((n, x, y) for n, (x, y) in enumerate(rows))]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        self.label_axis("bottom", self._across)
        self.label_axis("left", self._up)
        colour = kind_colour(self._kind, palette)
        soft = pg.mkColor(colour)
        soft.setAlphaF(0.55)
        self._points.setData(
            x=np.asarray(self.before, np.float64), y=np.asarray(self.after, np.float64),
            symbol=POINT_SYMBOLS[self._kind], size=_SIZE, pen=pg.mkPen(None), brush=soft,
        )  # fmt: skip
        self._zero.setPen(pg.mkPen(mix(ink, ground, 0.5), width=1))
        self._draw_ring()

    def _draw_ring(self) -> None:
        at = self.marked if self.marked is not None and self.marked < len(self.before) else None
        ink = self.palette().color(QPalette.ColorRole.Text)
        self._ring.setData(
            x=[float(self.before[at])] if at is not None else [], y=[float(self.after[at])] if at is not None else [],
            symbol="o", size=14, pen=pg.mkPen(ink, width=2), brush=None,
        )  # fmt: skip

    def _at(self, position: QPointF) -> int | None:
        if not len(self.before) or not self.box.sceneBoundingRect().contains(position):
            return None
        at = self.box.mapSceneToView(position)
        across, down = self.box.viewPixelSize()
        far = np.hypot((self.before - at.x()) / across, (self.after - at.y()) / down)
        nearest = int(far.argmin())
        return nearest if far[nearest] <= _NEAR else None

    @Slot(object)
    def _read(self, position: QPointF) -> None:
        number = self._at(position)
        if number is not None:
            self.box.setToolTip(self.tip(number))  # or Qt takes the tip away when it looks for one itself
            QToolTip.showText(QCursor.pos(), self.tip(number), self.widget)
        elif self.box.toolTip():
            self.box.setToolTip("")
            QToolTip.hideText()

    @Slot(object)
    def _click(self, event: object) -> None:
        number = self._at(event.scenePos())  # type: ignore[attr-defined]
        if number is not None and event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self.point_chosen.emit(number)
