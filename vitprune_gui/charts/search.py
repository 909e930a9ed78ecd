"""The damage that is left after each removal of a search, and the candidates of one step beside it."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from vitprune.searches import Candidate, SearchStep
from vitprune.statistics import Z
from vitprune_gui.charts.chart import Chart, Table, steps
from vitprune_gui.colours import mix
from vitprune_gui.views.formatting import significant, thousands


class SearchChart(Chart):
    step_chosen = Signal(int)
    """The number, from 1, of the step that was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Damage over removals", "search", parent)
        self.steps: tuple[SearchStep, ...] = ()
        self._candidates: tuple[Candidate, ...] = ()
        self._at, self._taken, self._whole, self._axis = 0, 0, 0, ""
        self._line, self._bars = pg.PlotDataItem(), pg.ErrorBarItem()
        self._tried = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=_candidate_tip, useCache=False)
        self._dots = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._tip, useCache=False)
        for depth, item in enumerate((self._tried, self._line, self._bars, self._dots)):
            item.setZValue(depth)
            self.plot.addItem(item)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self._dots.sigClicked.connect(self._clicked)
        self.restyle()

    def show_search(
        self,
        found: tuple[SearchStep, ...],
        axis: str,
        *,
        at: int,
        candidates: tuple[Candidate, ...],
        taken: int,
        whole: int,
    ) -> None:
        """`candidates` are those of step number `at`, counted from 1; `taken` is how many steps would be taken over,
        `whole` how many images there are."""
        self.steps, self._axis, self._at, self._candidates = found, axis, at, candidates
        self._taken, self._whole = taken, whole
        n = found[-1].damage.n if found else whole
        notes = [f"n = {n:,} images, bars: 95 % interval"] if n else []
        if candidates:
            notes.append(f"small: candidates of step {at}, hollow: out of the race")
        self.legend.show_entries((), *notes)
        self._draw()

    def table(self) -> Table:
        head = ("removed", "site", "damage", "ci95_low", "ci95_high", "images", "forwards")
        rows = [
            (len(s.sites), s.site, s.damage.value, s.damage.low, s.damage.high, s.damage.n, s.forwards)
            for s in self.steps
        ]
        return [head, *rows]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        accent, faint = palette.color(QPalette.ColorRole.Accent), mix(ink, ground, 0.45)
        self.label_axis("left", self._axis)
        self.label_axis("bottom", "Sites removed")
        x = np.array([len(step.sites) for step in self.steps], dtype=float)
        y, low, high = np.array([(s.damage.value, s.damage.low, s.damage.high) for s in self.steps]).reshape(-1, 3).T
        low, high = np.where(np.isfinite(low), low, y), np.where(np.isfinite(high), high, y)
        self._line.setData(x, y, pen=pg.mkPen(accent, width=1.5))
        self._bars.setData(x=x, y=y, bottom=y - low, top=high - y, beam=0.12, pen=pg.mkPen(accent, width=1.5))
        self._dots.setData(
            x=x,
            y=y,
            data=list(self.steps),
            symbol="o",
            size=11,
            pen=pg.mkPen(accent, width=2),
            brush=[pg.mkBrush(accent if len(step.sites) <= self._taken else ground) for step in self.steps],
        )
        known = [c for c in self._candidates if np.isfinite(c.mean)]
        most = max((c.n for c in known), default=0)
        self._tried.setData(
            x=np.full(len(known), float(self._at)),
            y=np.array([c.mean for c in known]),
            data=known,
            symbol="o",
            size=6,
            pen=pg.mkPen(faint, width=1),
            brush=[pg.mkBrush(faint if c.n == most else ground) for c in known],
        )
        self._fit(low, high, known)

    def _fit(self, low: np.ndarray, high: np.ndarray, known: list[Candidate]) -> None:
        # Candidates far above the curve would flatten it: as high as the better half of them.
        half = sorted(c.mean for c in known)[: max(1, len(known) // 2)]
        values = np.concatenate([low, high, half, [0.0]])
        room = 0.06 * float(values.max() - values.min()) or 0.5
        last = max(self._at, len(self.steps), 1)
        self.box.setXRange(0.5, last + 0.5, padding=0)
        self.box.setYRange(float(values.min()) - room, float(values.max()) + room, padding=0)
        self.plot.getAxis("bottom").setTicks([[(i, thousands(i)) for i in steps(last + 1, 16) if i]])

    def _tip(self, x: float, y: float, data: SearchStep) -> str:
        e = data.damage
        interval = f"[{significant(e.low)}, {significant(e.high)}]"
        text = f"{len(data.sites)}: {data.site}\n{significant(e.value)} {interval}, n = {e.n:,}"
        return f"{text}\nclick to take the steps up to here"

    @Slot(object, object)
    def _clicked(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.step_chosen.emit(len(spot.data().sites))
            return


def _candidate_tip(x: float, y: float, data: Candidate) -> str:
    return f"{data.site}\n{significant(data.mean)} ±{significant(Z * data.standard_error)}, n = {data.n:,}"
