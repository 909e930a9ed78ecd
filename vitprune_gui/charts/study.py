"""Quality of each method over the number of branches that it removed, with one repair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from vitprune.findings import RANDOM, drawn_by
from vitprune.statistics import Estimate
from vitprune_gui.charts.chart import Chart, Table, column, steps
from vitprune_gui.colours import mix
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import thousands


@dataclass(frozen=True, slots=True)
class Mark:
    """One trial: where it stands, what it is worth in the unit of the axis, and what the mouse says about it."""

    removed: int
    value: Estimate
    tip: str
    about: object


class StudyChart(Chart):
    mark_chosen = Signal(object)
    """What the mark that was clicked is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Methods"), "study", parent)
        self.series: dict[str, tuple[Mark, ...]] = {}
        self._chosen: str | None = None
        self._axis, self._unit, self._scale, self._dense = "", "", 1.0, None
        self._items: list[pg.GraphicsObject] = []
        self._reference = pg.InfiniteLine(angle=0, movable=False)
        self.plot.addItem(self._reference)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self.restyle()

    def show_series(
        self,
        title: str,
        axis: str,
        unit: str,
        scale: float,
        series: dict[str, tuple[Mark, ...]],
        chosen: str | None,
        dense: Estimate | None,
    ) -> None:
        """`chosen` is the method that stands out; the values are in `unit`, `scale` takes them to that of `axis`."""
        self.series, self._chosen, self._dense = series, chosen, dense
        self._axis, self._unit, self._scale = axis, unit, scale
        self.set_title(title)
        self.name = f"study {title}"
        counts = {mark.value.n for marks in series.values() for mark in marks}
        n = " / ".join(map(thousands, sorted(counts)))
        notes = [tr("n = {counts} images", counts=n), tr("bars: 95 % interval")] if counts else []
        if chosen is not None and chosen in series:
            notes.insert(0, tr("in colour: {method}", method=chosen))
        if any(map(_drawn, series)):
            notes.append(tr("dotted: at random"))
        if dense is not None:
            notes.append(tr("dashed: dense"))
        self.legend.show_entries((), *notes)
        self.describe(tr("{axis} over the branches removed, for %n method(s).", "", len(series), axis=axis))
        self._draw()

    def table(self) -> Table:
        # The values are as they are kept, not as they are drawn.
        values = [column(name, self._unit) for name in ("value", "ci95_low", "ci95_high")]
        head = ("method", "removed", *values, "images")
        rows = [
            (method, m.removed, m.value.value, m.value.low, m.value.high, m.value.n)
            for method, marks in self.series.items()
            for m in marks
        ]
        return [head, *rows]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        accent, faint = palette.color(QPalette.ColorRole.Accent), mix(ink, ground, 0.55)
        self.label_axis("left", self._axis)
        self.label_axis("bottom", tr("Branches removed"))
        for item in self._items:
            self.plot.removeItem(item)
        self._items = []
        for method, marks in self.series.items():
            chosen = method == self._chosen
            colour = accent if chosen else faint
            x = np.array([mark.removed for mark in marks], dtype=float)
            y, low, high = (
                np.array([(m.value.value, m.value.low, m.value.high) for m in marks]).reshape(-1, 3).T * self._scale
            )
            low, high = np.where(np.isfinite(low), low, y), np.where(np.isfinite(high), high, y)
            style = Qt.PenStyle.DotLine if _drawn(method) else Qt.PenStyle.SolidLine
            order = np.argsort(x, kind="stable")
            line = pg.PlotDataItem(x[order], y[order], pen=pg.mkPen(colour, width=2.5 if chosen else 1.2, style=style))
            bars = pg.ErrorBarItem(x=x, y=y, bottom=y - low, top=high - y, beam=0, pen=pg.mkPen(colour, width=1))
            dots = pg.ScatterPlotItem(
                x=x,
                y=y,
                data=list(marks),
                symbol="o",
                size=10 if chosen else 7,
                pen=pg.mkPen(colour, width=1.5),
                brush=pg.mkBrush(colour),
                hoverable=True,
                tip=_tip,
                useCache=False,
            )
            dots.sigClicked.connect(self._clicked)
            for depth, item in enumerate((line, bars, dots)):
                item.setZValue(depth + 10 * chosen)
                self.plot.addItem(item)
                self._items.append(item)
        self._reference.setVisible(self._dense is not None)
        self._reference.setPen(pg.mkPen(mix(ink, ground, 0.35), width=1, style=Qt.PenStyle.DashLine))
        if self._dense is not None:
            self._reference.setValue(self._dense.value * self._scale)
        self._fit()

    def _fit(self) -> None:
        marks = [mark for marks in self.series.values() for mark in marks]
        values = [v * self._scale for m in marks for v in (m.value.value, m.value.low, m.value.high)]
        values += [self._dense.value * self._scale] if self._dense is not None else []
        finite = [v for v in values if np.isfinite(v)]
        if not marks or not finite:
            return
        room = 0.08 * (max(finite) - min(finite)) or 0.5
        most = max(mark.removed for mark in marks)
        self.fit((0, most + max(0.5, 0.05 * most)), (min(finite) - room, max(finite) + room))
        self.plot.getAxis("bottom").setTicks([[(i, thousands(i)) for i in steps(most + 1, 14)]])

    @Slot(object, object)
    def _clicked(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.mark_chosen.emit(spot.data().about)
            return


def _drawn(method: str) -> bool:
    """Whether a method is one of the draws at random."""
    return drawn_by(method) == RANDOM


def _tip(x: float, y: float, data: Mark) -> str:
    return data.tip
