"""The loss of a training: of each step, and of the images that are held out, with their interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from vitprune.architecture import Kind
from vitprune_gui.charts.chart import Chart, Table
from vitprune_gui.colours import kind_colour, mix
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import images, significant, thousands

if TYPE_CHECKING:
    from vitprune.curve import Curve

_SIZE, _RING = 7, 15  # px
_SMOOTH = 50  # points of the line of single steps, each a mean of as many as it takes


class TrainingChart(Chart):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Loss over steps"), "training", parent)
        self.curve: Curve | None = None
        self._steps, self._line, self._bars = pg.PlotDataItem(), pg.PlotDataItem(), pg.ErrorBarItem()
        self._dots = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._tip, useCache=False)
        self._best = pg.ScatterPlotItem(pxMode=True, useCache=False)
        for depth, item in enumerate((self._steps, self._line, self._bars, self._dots, self._best)):
            item.setZValue(depth)
            self.plot.addItem(item)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self.restyle()

    def show_curve(self, curve: Curve | None) -> None:
        self.curve = curve
        notes: list[str] = []
        if curve is not None:
            notes = [
                tr("dots: held-out images, n = {n}", n=images(curve.held_out)),
                tr("bars: 95 % interval"),
                tr("line without dots: images trained on"),
                tr("ring: the weights that are kept"),
            ]
            first, best = curve.checks[0].loss, curve.checks[curve.best].loss
            self.describe(
                tr(
                    "Loss on held-out images from {before} to {after} in {steps} steps.",
                    before=significant(first.value),
                    after=significant(best.value),
                    steps=thousands(curve.steps),
                )
            )
        else:
            self.describe(tr("Nothing was trained yet."))
        self.legend.show_marks((), *notes)
        self._draw()

    def table(self) -> Table:
        curve = self.curve
        rows: list[tuple[object, ...]] = [("what", "step", "loss", "ci95_low", "ci95_high", "images", "seconds")]
        if curve is not None:
            for check in curve.checks:
                loss = check.loss
                rows.append(("held out", check.step, loss.value, loss.low, loss.high, loss.n, check.seconds))
            rows += [("step", n, float(loss), "", "", "", "") for n, loss in enumerate(curve.losses, 1)]
        return rows

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        self.label_axis("left", tr("Loss"))
        self.label_axis("bottom", tr("Step"))
        curve = self.curve
        checks = curve.checks if curve is not None else ()
        x = np.array([check.step for check in checks], float)
        y, low, high = np.array([(c.loss.value, c.loss.low, c.loss.high) for c in checks]).reshape(-1, 3).T
        low, high = np.where(np.isfinite(low), low, y), np.where(np.isfinite(high), high, y)
        colour = kind_colour(Kind.ATTENTION, palette)
        across, up = _thinned(curve.losses if curve is not None else np.zeros(0))
        self._steps.setData(across, up, pen=pg.mkPen(mix(ink, ground, 0.5), width=1.2))
        self._line.setData(x, y, pen=pg.mkPen(colour, width=1.8))
        self._bars.setData(x=x, y=y, bottom=y - low, top=high - y, beam=0.0, pen=pg.mkPen(colour, width=1.2))
        self._dots.setData(
            x=x, y=y, data=list(checks), symbol="o", size=_SIZE, pen=pg.mkPen(colour), brush=pg.mkBrush(colour)
        )
        kept = [curve.best] if curve is not None else []
        self._best.setData(
            x=x[kept], y=y[kept], symbol="o", size=_RING, pen=pg.mkPen(ink, width=2), brush=pg.mkBrush(None)
        )
        if len(x):
            values = np.concatenate([low, high, up])
            room = 0.06 * float(values.max() - values.min()) or 0.5
            last = max(float(x[-1]), float(len(curve.losses) if curve is not None else 0), 1.0)
            self.fit((-0.02 * last, 1.02 * last), (float(values.min()) - room, float(values.max()) + room))

    def _tip(self, x: float, y: float, data: object) -> str:
        check = data
        loss = check.loss  # type: ignore[attr-defined]
        value = f"{significant(loss.value)} [{significant(loss.low)}, {significant(loss.high)}]"
        return tr("Step {step}: {value} (95 % interval)", step=thousands(int(x)), value=value)


def _thinned(losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middles and means of runs of steps: single ones jump about."""
    if not len(losses):
        return np.zeros(0), np.zeros(0)
    edges = np.unique(np.linspace(0, len(losses), min(_SMOOTH, len(losses)) + 1).astype(int))
    means = np.add.reduceat(losses, edges[:-1]) / np.diff(edges)
    return (edges[:-1] + edges[1:] + 1) / 2, means
