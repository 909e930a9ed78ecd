"""One quantity of several evaluations: a dot for each with its 95 % interval, dense as the line to compare with."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from vitprune.statistics import Estimate
from vitprune_gui.charts.chart import Chart, Table, column
from vitprune_gui.colours import mix
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import estimate, images, thousands


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    estimate: Estimate
    dense: bool
    current: bool


class EstimatesChart(Chart):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Measured"), "evaluations", parent)
        self.entries: tuple[Entry, ...] = ()
        self._scale = 1.0
        self._xlabel = self._unit = ""
        self._reference = pg.InfiniteLine(angle=90, movable=False)
        self._bars = pg.ErrorBarItem()
        self._dots = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._tip, useCache=False)
        for depth, item in enumerate((self._reference, self._bars, self._dots)):
            item.setZValue(depth)
            self.plot.addItem(item)
        self.plot.showGrid(x=True, y=False, alpha=0.18)
        self.box.invertY(True)
        self.restyle()

    def show_entries(self, title: str, unit: str, entries: tuple[Entry, ...], *, scale: float = 1.0) -> None:
        """`scale` takes the values to `unit`: 100 for shares shown in per cent."""
        self.entries, self._scale, self._unit = entries, scale, unit
        self._xlabel = tr("{quantity} ({unit})", quantity=title, unit=unit or tr("no unit"))
        self.set_title(tr("{measure}, dense and pruned", measure=title))
        self.name = title
        counts = sorted({entry.estimate.n for entry in entries})
        several = " / ".join(map(thousands, counts))
        note = tr("n = {counts} images", counts=several) if len(counts) != 1 else f"n = {images(counts[0])}"
        self.legend.show_entries((), note, tr("bars: 95 % interval"), tr("dashed: dense"))
        shown = next((entry for entry in entries if entry.current), None) or next(iter(entries), None)
        self.describe(f"{title}: {self._tip(0, 0, shown)}" if shown else "")
        self._draw()

    def table(self) -> Table:
        rows = [
            (e.label, e.estimate.value, e.estimate.low, e.estimate.high, e.estimate.n, e.current) for e in self.entries
        ]
        unit = "share" if self._scale == 100 else self._unit  # as they are kept, not as they are drawn
        values = [column(name, unit) for name in ("value", "ci95_low", "ci95_high")]
        return [("evaluation", *values, "images", "this_plan"), *rows]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        accent = palette.color(QPalette.ColorRole.Accent)
        plain = mix(ink, ground, 0.35)
        self.label_axis("bottom", self._xlabel)
        value = np.array([e.estimate.value for e in self.entries]) * self._scale
        low = np.array([e.estimate.low for e in self.entries]) * self._scale
        high = np.array([e.estimate.high for e in self.entries]) * self._scale
        low, high = np.where(np.isfinite(low), low, value), np.where(np.isfinite(high), high, value)
        y = np.arange(len(value), dtype=float)
        self._bars.setData(x=value, y=y, left=value - low, right=high - value, beam=0.18, pen=pg.mkPen(ink, width=1.5))
        self._dots.setData(
            x=value,
            y=y,
            data=list(self.entries),
            symbol="o",
            size=11,
            pen=pg.mkPen(ink, width=1.5),
            brush=[pg.mkBrush(accent if e.current else ground if e.dense else plain) for e in self.entries],
        )
        dense = next((v for v, e in zip(value, self.entries, strict=True) if e.dense and math.isfinite(v)), None)
        self._reference.setVisible(dense is not None)
        if dense is not None:
            self._reference.setValue(float(dense))
        self._reference.setPen(pg.mkPen(plain, width=1, style=Qt.PenStyle.DashLine))
        self.plot.getAxis("left").setTicks([[(i, e.label) for i, e in enumerate(self.entries)]])
        finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
        if len(finite):
            room = 0.06 * (finite.max() - finite.min()) or 0.5
            self.fit((float(finite.min() - room), float(finite.max() + room)), (-0.6, len(value) - 0.4))

    def _tip(self, x: float, y: float, data: Entry) -> str:
        """In the unit of the axis."""
        share = self._scale == 100
        value = estimate(data.estimate, percentage=share, unit="" if share else f" {self._unit}".rstrip())
        shown = tr("{value} (95 % interval)", value=value)
        return f"{data.label}: {shown}, n = {images(data.estimate.n)}"
