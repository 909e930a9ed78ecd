"""Redundancy over depth: attention against MLP, with error bars, linked to the selection."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from vitprune.architecture import SUBLAYERS, Architecture, Kind, Site
from vitprune.plan import PruningPlan
from vitprune.scores import Metric, Score, Scores, split_name
from vitprune_gui.charts.chart import Chart, Table, beyond_rounding, column, steps
from vitprune_gui.colours import kind_colour
from vitprune_gui.symbols import KIND_TITLES, POINT_SYMBOLS
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import (
    direction,
    half_width,
    images,
    metric_axis,
    metric_of,
    over_tokens,
    site_name,
    thousands,
    with_interval,
)

_SIZE = 10  # px of a point, less where many stand close together
_SMALLEST = 5
_CROWDED = 16  # blocks, from which points shrink


@dataclass(frozen=True, slots=True)
class Point:
    """One site of a series: where it stands, what it scores, and what the mouse says about it."""

    site: Site
    x: float
    score: Score
    pruned: bool

    @property
    def tip(self) -> str:
        value = tr("{value} (95 % interval)", value=with_interval(self.score))
        state = tr("{site}, pruned", site=self.site.id) if self.pruned else self.site.id
        return f"{site_name(self.site)}: {value}, n = {images(len(self.score.per_image))}\n{state}"


class RedundancyChart(Chart):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Redundancy by depth"), "redundancy-by-depth", parent)
        self.series: dict[Kind, tuple[Point, ...]] = {}
        self._table = "cosine"
        self._images = 0
        self._lines: dict[Kind, tuple[pg.PlotDataItem, pg.ErrorBarItem, pg.ScatterPlotItem]] = {}
        self._ring = pg.ScatterPlotItem(brush=None, pxMode=True, useCache=False)
        self._ring.setZValue(30)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self.plot.addItem(self._ring)
        self.restyle()

    def show_scores(self, architecture: Architecture, scores: Scores, table: str, plan: PruningPlan | None) -> None:
        self._table, self._images = table, scores.images
        self.series = _series(architecture, scores, table, plan)
        for kind in tuple(self._lines):
            if kind not in self.series:
                for item in self._lines.pop(kind):
                    self.plot.removeItem(item)
        for kind in self.series:
            if kind not in self._lines:
                self._lines[kind] = self._add_series()
        tokens, title = over_tokens(table), tr(self._metric.title)
        self.set_title(
            tr("{metric} by depth, {tokens}", metric=title, tokens=tokens)
            if tokens
            else tr("{metric} by depth", metric=title)
        )
        self.name = f"{table.replace('@', '-')}-by-depth"
        entries = [(kind, tr(KIND_TITLES[kind]), False) for kind in self.series]
        if any(point.pruned for points in self.series.values() for point in points):
            entries.append((next(iter(self.series)), tr("hollow: pruned"), True))
        notes = direction(self._metric), f"n = {images(self._images)}", tr("bars: 95 % interval")
        self.legend.show_entries(tuple(entries), *notes)
        self.describe(self._summary())
        self._draw()

    def _summary(self) -> str:
        points = [point for series in self.series.values() for point in series]
        if not points:
            return ""
        first = sorted(points, key=lambda p: p.score.mean, reverse=self._metric.redundant == "high")[0]
        return tr(
            "{metric} of %n site(s); the most redundant is {site} with {value}.",
            "",
            len(points),
            metric=tr(self._metric.title),
            site=site_name(first.site),
            value=with_interval(first.score),
        )

    @property
    def _metric(self) -> Metric:
        """What the values are, whatever tokens they are means over."""
        return metric_of(split_name(self._table)[0])

    def order(self) -> list[str]:
        return [point.site.id for point in sorted(sum(self.series.values(), ()), key=lambda point: point.x)]

    def table(self) -> Table:
        unit = self._metric.unit
        values = [column(name, unit) for name in ("mean", "standard_error", "ci95_half_width")]
        head = ("site", "kind", "depth", "metric", *values, "images", "pruned")
        rows = [
            (
                p.site.id,
                str(kind),
                p.site.depth,
                self._table,
                p.score.mean,
                p.score.standard_error,
                half_width(p.score),
                len(p.score.per_image),
                p.pruned,
            )
            for kind, points in self.series.items()
            for p in points
        ]
        return [head, *rows]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _add_series(self) -> tuple[pg.PlotDataItem, pg.ErrorBarItem, pg.ScatterPlotItem]:
        line, bars = pg.PlotDataItem(), pg.ErrorBarItem()
        # `hoverable` without a new size or pen: it only carries the tip.
        # Without its cache of pixmaps the points stay vectors in an exported SVG.
        points = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=_tip, useCache=False)
        points.sigClicked.connect(self._clicked)
        for depth, item in enumerate((line, bars, points)):
            item.setZValue(10 * depth)
            self.plot.addItem(item)
        return line, bars, points

    def _draw(self) -> None:
        palette = self.palette()
        ground, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
        self.label_axis("left", metric_axis(self._table))
        self.label_axis("bottom", tr("Depth (block number)"))
        chosen: Point | None = None
        size = max(_SMALLEST, round(_SIZE * min(1, _CROWDED / max(1, self._last() + 1))))
        for kind, points in self.series.items():
            line, bars, scatter = self._lines[kind]
            colour = kind_colour(kind, palette)
            x = np.array([p.x for p in points])
            y = np.array([p.score.mean for p in points])
            half = np.array([half_width(p.score) for p in points])
            faint = pg.mkColor(colour)
            faint.setAlphaF(0.45)
            line.setData(x, y, pen=pg.mkPen(faint, width=1.5))
            bars.setData(x=x, y=y, height=2 * np.nan_to_num(half), beam=0.12, pen=pg.mkPen(colour, width=1.5))
            scatter.setData(
                x=x,
                y=y,
                data=list(points),
                symbol=POINT_SYMBOLS[kind],
                size=size,
                pen=pg.mkPen(colour, width=2 if size == _SIZE else 1.5),
                brush=[pg.mkBrush(ground if p.pruned else colour) for p in points],
            )
            chosen = next((p for p in points if p.site.id == self.selection), chosen)
        self._ring.setData(
            x=[chosen.x] if chosen else [],
            y=[chosen.score.mean] if chosen else [],
            symbol="o",
            size=size + _SIZE,
            pen=pg.mkPen(ink, width=2),
            brush=None,
        )
        self._fit()

    _mark = _draw

    def _fit(self) -> None:
        points = [point for series in self.series.values() for point in series]
        if not points:
            return
        spans = [(p.score.mean, np.nan_to_num(half_width(p.score))) for p in points]
        low, high = min(m - h for m, h in spans), max(m + h for m, h in spans)
        last = self._last()
        self.fit((-0.5, last + 0.5), beyond_rounding(low, high, 0.08))
        self.plot.getAxis("bottom").setTicks([[(i, thousands(i)) for i in steps(last + 1, 16)]])

    def _last(self) -> int:
        return max((point.site.depth for points in self.series.values() for point in points), default=0)

    @Slot(object, object)
    def _clicked(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.site_chosen.emit(spot.data().site.id)
            return


def _tip(x: float, y: float, data: Point) -> str:
    return data.tip


def _series(
    architecture: Architecture, scores: Scores, name: str, plan: PruningPlan | None
) -> dict[Kind, tuple[Point, ...]]:
    """The scored branches by kind, and the blocks none of whose branches has a score."""
    table = {site: score for site, score in scores.get(name, {}).items() if math.isfinite(score.mean)}
    pruned = plan if plan is not None and plan.digest == architecture.digest else None
    told = {site.parent for site in architecture.sublayers if site.id in table}
    shown = [
        site
        for site in architecture
        if site.id in table and (site.kind in SUBLAYERS or (site.kind == Kind.BLOCK and site.id not in told))
    ]
    kinds = [kind for kind in (*SUBLAYERS, Kind.BLOCK) if any(site.kind == kind for site in shown)]
    series: dict[Kind, tuple[Point, ...]] = {}
    for position, kind in enumerate(kinds):
        points: list[Point] = []
        of_block: Counter[str | None] = Counter()
        for site in shown:
            if site.kind == kind:
                # The series, and branches of one kind in one block, stand side by side so that none hides another.
                offset = 0.2 * (position - (len(kinds) - 1) / 2) + 0.07 * of_block[site.parent]
                gone = bool(pruned and pruned.removes(architecture, site.id))
                points.append(Point(site, site.depth + offset, table[site.id], gone))
                of_block[site.parent] += bool(site.parent)
        series[kind] = tuple(points)
    return series
