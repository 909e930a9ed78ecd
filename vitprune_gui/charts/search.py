"""The damage that is left after each removal of a search, and the candidates of one step beside it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from vitprune.architecture import Kind, Site
from vitprune.searches import Candidate, SearchStep
from vitprune.statistics import Z
from vitprune_gui.charts.chart import Chart, Table, column, steps
from vitprune_gui.colours import kind_colour, mix
from vitprune_gui.symbols import KIND_TITLES, POINT_SYMBOLS
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import images, significant, site_name, thousands

_SIZE, _SMALL = 11, 7


class SearchChart(Chart):
    step_chosen = Signal(int)
    """The number, from 1, of the step that was clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Damage over removals"), "search", parent)
        self.steps: tuple[SearchStep, ...] = ()
        self._candidates: tuple[Candidate, ...] = ()
        self._sites: Mapping[str, Site] = {}
        self._at, self._taken, self._axis, self._unit = 0, 0, "", ""
        self._line, self._bars = pg.PlotDataItem(), pg.ErrorBarItem()
        self._tried = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._candidate_tip, useCache=False)
        self._dots = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._tip, useCache=False)
        self._ring = pg.ScatterPlotItem(pxMode=True, useCache=False)
        for depth, item in enumerate((self._line, self._bars, self._tried, self._dots, self._ring)):
            item.setZValue(depth)
            self.plot.addItem(item)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self._dots.sigClicked.connect(self._clicked)
        self._tried.sigClicked.connect(self._clicked_candidate)
        self.restyle()

    def show_search(
        self,
        found: tuple[SearchStep, ...],
        axis: str,
        unit: str,
        sites: Mapping[str, Site],
        *,
        at: int,
        candidates: tuple[Candidate, ...],
        taken: int,
        whole: int,
    ) -> None:
        """`candidates` are those of step number `at`, counted from 1; `taken` is how many steps would be taken over,
        `whole` how many images there are; `sites` are those of the model, as far as it is known."""
        self.steps, self._axis, self._unit, self._at, self._candidates = found, axis, unit, at, candidates
        self._taken, self._sites = taken, sites
        n = found[-1].damage.n if found else whole
        notes = [f"n = {images(n)}", tr("bars: 95 % interval")] if n else []
        if candidates:
            notes.append(tr("small: candidates of step {step}, hollow: out of the race", step=at))
        shown = {
            sites[name].kind for name in (*(s.site for s in found), *(c.site for c in candidates)) if name in sites
        }
        entries = tuple((kind, tr(KIND_TITLES[kind]), False) for kind in Kind if kind in shown)
        self.legend.show_entries(entries, *notes)
        self.describe(self._tip(0, 0, found[-1]) if found else "")
        self._draw()

    def table(self) -> Table:
        values = [column(name, self._unit) for name in ("damage", "ci95_low", "ci95_high")]
        rows: list[tuple[object, ...]] = [("what", "removed", "site", *values, "images", "forwards")]
        for s in self.steps:
            damage = s.damage
            rows.append(("step", len(s.sites), s.site, damage.value, damage.low, damage.high, damage.n, s.forwards))
        for c in self._known():
            half = Z * c.standard_error
            rows.append(("candidate", self._at, c.site, c.mean, c.mean - half, c.mean + half, c.n, ""))
        return rows

    def order(self) -> list[str]:
        return [step.site for step in self.steps]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _known(self) -> list[Candidate]:
        return [c for c in self._candidates if np.isfinite(c.mean)]

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        self.label_axis("left", self._axis)
        self.label_axis("bottom", tr("Sites removed"))
        x = np.array([len(step.sites) for step in self.steps], dtype=float)
        y, low, high = np.array([(s.damage.value, s.damage.low, s.damage.high) for s in self.steps]).reshape(-1, 3).T
        low, high = np.where(np.isfinite(low), low, y), np.where(np.isfinite(high), high, y)
        self._line.setData(x, y, pen=pg.mkPen(mix(ink, ground, 0.5), width=1.5))
        self._bars.setData(x=x, y=y, bottom=y - low, top=high - y, beam=0.12, pen=pg.mkPen(ink, width=1.2))
        names = [step.site for step in self.steps]
        colours = [self._colour(name) for name in names]
        self._dots.setData(
            x=x,
            y=y,
            data=list(self.steps),
            symbol=[self._symbol(name) for name in names],
            size=_SIZE,
            pen=[pg.mkPen(colour, width=2) for colour in colours],
            brush=[
                pg.mkBrush(colour if len(step.sites) <= self._taken else ground)
                for step, colour in zip(self.steps, colours, strict=True)
            ],
        )
        known = self._known()
        most = max((c.n for c in known), default=0)
        faint = [mix(self._colour(c.site), ground, 0.25) for c in known]
        self._tried.setData(
            x=np.full(len(known), float(self._at)),
            y=np.array([c.mean for c in known]),
            data=known,
            symbol=[self._symbol(c.site) for c in known],
            size=_SMALL,
            pen=[pg.mkPen(colour, width=1) for colour in faint],
            brush=[pg.mkBrush(colour if c.n == most else ground) for c, colour in zip(known, faint, strict=True)],
        )
        ringed = [(len(s.sites), s.damage.value) for s in self.steps if s.site == self.selection]
        ringed += [(self._at, c.mean) for c in known if c.site == self.selection and not ringed]
        self._ring.setData(
            x=[float(across) for across, _ in ringed],
            y=[up for _, up in ringed],
            symbol="o",
            size=2 * _SIZE,
            pen=pg.mkPen(ink, width=2),
            brush=pg.mkBrush(None),
        )
        self._fit(low, high, known)

    _mark = _draw

    def _colour(self, site: str) -> QColor:
        palette = self.palette()
        if site in self._sites:
            return kind_colour(self._sites[site].kind, palette)
        return palette.color(QPalette.ColorRole.Text)

    def _symbol(self, site: str) -> str:
        return POINT_SYMBOLS[self._sites[site].kind] if site in self._sites else "o"

    def _fit(self, low: np.ndarray, high: np.ndarray, known: list[Candidate]) -> None:
        # Candidates far above the curve would flatten it: as high as the better half of them.
        half = sorted(c.mean for c in known)[: max(1, len(known) // 2)]
        values = np.concatenate([low, high, half, [0.0]])
        room = 0.06 * float(values.max() - values.min()) or 0.5
        last = max(self._at, len(self.steps), 1)
        self.fit((0.5, last + 0.5), (float(values.min()) - room, float(values.max()) + room))
        self.plot.getAxis("bottom").setTicks([[(i, thousands(i)) for i in steps(last + 1, 16) if i]])

    def _name(self, site: str) -> str:
        return site_name(self._sites[site]) if site in self._sites else site

    def _tip(self, x: float, y: float, data: SearchStep) -> str:
        e = data.damage
        value = f"{significant(e.value)} [{significant(e.low)}, {significant(e.high)}] {tr(self._unit)}".rstrip()
        shown = tr("{value} (95 % interval)", value=value)
        return f"{len(data.sites)}: {self._name(data.site)} ({data.site})\n{shown}, n = {images(e.n)}"

    def _candidate_tip(self, x: float, y: float, data: Candidate) -> str:
        value = f"{significant(data.mean)} ±{significant(Z * data.standard_error)} {tr(self._unit)}".rstrip()
        shown = tr("{value} (95 % interval)", value=value)
        return f"{self._name(data.site)} ({data.site})\n{shown}, n = {images(data.n)}"

    @Slot(object, object)
    def _clicked(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.step_chosen.emit(len(spot.data().sites))
            self.site_chosen.emit(spot.data().site)
            return

    @Slot(object, object)
    def _clicked_candidate(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.site_chosen.emit(spot.data().site)
            return
