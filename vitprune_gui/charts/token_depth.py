"""What tokens are like after every site: lines with their intervals, and bands that hold shares of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QGraphicsItem, QWidget

from vitprune.architecture import Site
from vitprune.explorer import HIGH, LEVELS, Census, SiteCensus
from vitprune.statistics import Estimate
from vitprune_gui.charts.chart import Chart, Table, column, steps
from vitprune_gui.colours import is_dark
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import estimate, images, number, significant, site_name, thousands

# Far from the colours of attention and MLP, and from each other for every common kind of colour blindness.
_COLOURS = {
    "patch": ("#007a5a", "#2fbf94"),
    "class": ("#a3327f", "#f08cc8"),
    "both": ("#5f6368", "#a8adb5"),
}


def token_colour(which: str, palette: QPalette) -> QColor:
    """That of the class token (`class`), of patches (`patch`), or of all tokens (`both`), the same in every chart."""
    return QColor(_COLOURS[which][is_dark(palette)])


_BANDS = ((0.01, 0.99, 26), (0.05, 0.95, 46), (0.25, 0.75, 80))  # low and high level, opacity
_SIZE = 7


@dataclass(frozen=True)
class Line:
    """`of` says how to read its value off a site, with an interval where it has one. A bare one has no points."""

    title: str
    colour: str
    of: Callable[[SiteCensus], Estimate | float | None]
    symbol: str = "o"
    bare: bool = False


@dataclass(frozen=True)
class Figure:
    """`bands` gives the quantiles of a site at `LEVELS`, of a thing called `banded`."""

    name: str
    title: str
    axis: str
    lines: tuple[Line, ...]
    bands: Callable[[SiteCensus], NDArray[np.float64]] | None = None
    banded: str = ""
    note: str = ""
    scale: float = 1.0
    from_zero: bool = False


_MEDIAN = LEVELS.index(0.5)

FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure(
            "token-length",
            noop("Length of tokens"),
            noop("Euclidean length"),
            (
                Line(noop("class token"), "class", lambda site: site.class_norm, "d"),
                Line(noop("patches"), "patch", lambda site: site.patch_norm),
                Line(noop("longest patch"), "patch", lambda site: site.longest, bare=True),
            ),
            lambda site: site.norm_quantiles,
            noop("patches"),
            noop("Mean lengths. A class token or a few patches that grow longer than the rest hold something else."),
        ),
        Figure(
            "high-norm-tokens",
            noop("High-norm tokens"),
            noop("Share (%)"),
            (
                Line(noop("images with one"), "both", lambda site: site.with_high, "t"),
                Line(noop("of all patches"), "patch", lambda site: site.high),
            ),
            note=noop(
                "Patches longer than {times} times the median of all patches after the site. Darcet et al. found such "
                "patches to hold what is known of the whole image, where a model has no registers for that."
            ),
            scale=100.0,
            from_zero=True,
        ),
        Figure(
            "token-similarity",
            noop("Similarity of tokens"),
            noop("Cosine"),
            (
                Line(noop("class token and patches"), "class", lambda site: site.class_similarity, "d"),
                Line(noop("patches with each other"), "patch", lambda site: site.patch_similarity),
            ),
            note=noop("Mean cosine within an image, of all pairs. Near 1 the patches of an image say all the same."),
        ),
        Figure(
            "values",
            noop("Distribution of values"),
            noop("Value"),
            (
                Line(noop("median"), "both", lambda site: float(site.value_quantiles[_MEDIAN])),
                Line(noop("lowest and highest"), "both", lambda site: site.lowest, bare=True),
                Line("", "both", lambda site: site.highest, bare=True),
            ),
            lambda site: site.value_quantiles,
            noop("values"),
            noop(
                "All values of all kept tokens. A long tail is a channel that a number format of fewer bits cuts off."
            ),
        ),
    )
}


@dataclass(frozen=True)
class _Point:
    site: Site
    line: Line
    x: float
    value: Estimate | float
    tip: str


def note_of(figure: Figure) -> str:
    """What a figure is about."""
    return tr(figure.note, times=f"{HIGH:g}")


class TokenDepthChart(Chart):
    """Sites stand in running order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Tokens over depth"), "tokens-over-depth", parent)
        self.figure = FIGURES["token-length"]
        self.points: tuple[_Point, ...] = ()
        self._census: Census | None = None
        self._sites: tuple[Site, ...] = ()
        self._items: list[QGraphicsItem] = []
        self._ring = pg.InfiniteLine(angle=90, movable=False)
        self._ring.setZValue(-20)
        self.plot.addItem(self._ring)
        self.plot.showGrid(x=False, y=True, alpha=0.18)
        self.restyle()

    def show_census(self, figure: Figure, census: Census, sites: Sequence[Site]) -> None:
        """`sites` are those of the census, in running order."""
        self.figure, self._census, self._sites = figure, census, tuple(sites)
        self.set_title(tr("{metric} by depth", metric=tr(figure.title)))
        self.name = f"{figure.name}-by-depth"
        self._draw()
        last = next((point for point in reversed(self.points) if point.line is figure.lines[0]), None)
        self.describe(last.tip if last is not None else "")

    def order(self) -> list[str]:
        return list(dict.fromkeys(point.site.id for point in sorted(self.points, key=lambda point: point.x)))

    def table(self) -> Table:
        bands = [f"{self.figure.banded}_{level:g}" for level in LEVELS] if self.figure.bands else []
        unit = "share" if self.figure.scale == 100 else ""
        values = [column(name, unit) for name in ("value", "ci95_low", "ci95_high")]
        head = ("site", "series", *values, "images", *bands)
        rows: list[tuple[object, ...]] = [head]
        for point in self.points:
            found = point.value
            estimated = isinstance(found, Estimate)
            value, low, high, n = (
                (found.value, found.low, found.high, found.n) if estimated else (found, math.nan, math.nan, 0)
            )
            images = n if estimated else (self._census.images if self._census else 0)
            quantiles: list[float] = []
            if self.figure.bands and self._census:
                quantiles = self.figure.bands(self._census.sites[point.site.id]).tolist()
            rows.append((point.site.id, point.line.title, value, low, high, images, *quantiles))
        return rows

    def restyle(self) -> None:
        super().restyle()
        if self._census is not None:
            self._draw()

    # Drawing

    def _draw(self) -> None:
        for item in self._items:
            self.plot.removeItem(item)
        self._items = []
        census = self._census
        if census is None:
            return
        sites = [site for site in self._sites if site.id in census.sites]
        bounds = self._draw_bands(sites, census) if self.figure.bands is not None else []
        points: list[_Point] = []
        marks = []
        for line in self.figure.lines:
            of_line = self._points(line, sites, census)
            if not of_line:
                continue
            points += of_line
            bounds += self._draw_line(line, of_line)
            if line.title:
                marks.append((self._key(line), tr(line.title)))
        self.points = tuple(points)
        if self.figure.bands is not None:
            marks.append((self._band_key, tr("1–99, 5–95 and 25–75 % of {things}", things=tr(self.figure.banded))))
        self.legend.show_marks(tuple(marks), *self._notes(census, sites))
        self.label_axis("left", tr(self.figure.axis))
        self.label_axis("bottom", tr("Block, after each of its sites"))
        self._fit(bounds, sites)
        self._mark()

    def _points(self, line: Line, sites: Sequence[Site], census: Census) -> list[_Point]:
        found: list[_Point] = []
        for x, site in enumerate(sites):
            value = line.of(census.sites[site.id])
            if value is None or not math.isfinite(value.value if isinstance(value, Estimate) else value):
                continue
            found.append(_Point(site, line, x, value, self._tip(line, site, value, census)))
        return found

    def _tip(self, line: Line, site: Site, value: Estimate | float, census: Census) -> str:
        title = tr(line.title or self.figure.lines[-2].title)
        if isinstance(value, Estimate):
            shown = tr("{value} (95 % interval)", value=estimate(value, percentage=self.figure.scale == 100))
            n = value.n
        else:
            shown, n = significant(value), census.images
        return f"{site_name(site)}: {title} {shown}, n = {images(n)}\n{site.id}"

    def _draw_line(self, line: Line, points: Sequence[_Point]) -> list[float]:
        colour, scale = self._colour(line.colour), self.figure.scale
        x = np.array([point.x for point in points])
        estimates = [
            p.value if isinstance(p.value, Estimate) else Estimate(p.value, math.nan, math.nan, 0) for p in points
        ]
        y, low, high = (np.array([getattr(e, name) for e in estimates]) * scale for name in ("value", "low", "high"))
        pen = pg.mkPen(colour, width=1 if line.bare else 1.8, style=_style(line))
        self._add(pg.PlotDataItem(x, y, pen=pen), 5)
        known = np.isfinite(low) & np.isfinite(high)
        if known.any():
            bars = pg.ErrorBarItem(
                x=x[known],
                y=y[known],
                top=np.maximum(0, high - y)[known],
                bottom=np.maximum(0, y - low)[known],
                beam=0.25,
                pen=pg.mkPen(colour, width=1.5),
            )
            self._add(bars, 8)
        if not line.bare:
            spots = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=_tip_of, useCache=False)
            spots.setData(
                x=x, y=y, data=list(points), symbol=line.symbol, size=_SIZE, pen=pg.mkPen(colour), brush=colour
            )
            spots.sigClicked.connect(self._clicked)
            self._add(spots, 10)
        return [float(v) for values in (y, low[known], high[known]) for v in values]

    def _draw_bands(self, sites: Sequence[Site], census: Census) -> list[float]:
        assert self.figure.bands is not None
        quantiles = np.array([self.figure.bands(census.sites[site.id]) for site in sites]).reshape(-1, len(LEVELS))
        x = np.arange(len(sites), dtype=np.float64)
        known = np.isfinite(quantiles).all(axis=1)
        base = self._colour("both" if self.figure.banded == "values" else "patch")
        for low, high, opacity in _BANDS:
            colour = QColor(base)
            colour.setAlpha(opacity)
            ends = [
                pg.PlotCurveItem(x[known], quantiles[known, LEVELS.index(level)], pen=None) for level in (low, high)
            ]
            for end in ends:
                self._add(end, 0)
            self._add(pg.FillBetweenItem(*ends, brush=colour), 0)
        return quantiles[known].ravel().tolist()

    def _add(self, item: QGraphicsItem, z: int) -> None:
        item.setZValue(z)
        self.plot.addItem(item)
        self._items.append(item)

    def _colour(self, name: str) -> QColor:
        return token_colour(name, self.palette())

    def _key(self, line: Line) -> Callable[[QPainter, QRectF, QPalette], None]:
        def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
            colour = token_colour(line.colour, palette)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, 1.5, _style(line)))
            painter.drawLine(QPointF(area.left(), area.center().y()), QPointF(area.right(), area.center().y()))
            if not line.bare:
                painter.setBrush(colour)
                painter.drawEllipse(area.center(), 2.5, 2.5)

        return draw

    def _band_key(self, painter: QPainter, area: QRectF, palette: QPalette) -> None:
        for shrink, (_, _, opacity) in enumerate(_BANDS):
            colour = token_colour("both" if self.figure.banded == "values" else "patch", palette)
            colour.setAlpha(opacity)
            painter.fillRect(area.adjusted(0, 1.5 * shrink, 0, -1.5 * shrink), colour)

    def _notes(self, census: Census, sites: Sequence[Site]) -> list[str]:
        held = [census.sites[site.id] for site in sites]
        tokens = {len(one.layout.tokens) for one in held}
        count = " – ".join(map(thousands, sorted({min(tokens, default=0), max(tokens, default=0)})))
        of = thousands(census.images)
        notes = [
            tr("n = {images} images × {tokens} tokens", images=of, tokens=count)
            if census.images == census.of
            else tr("n = {images} of {all} images × {tokens} tokens", images=of, all=thousands(census.of), tokens=count)
        ]
        if any(isinstance(point.value, Estimate) for point in self.points):
            notes.append(tr("bars: 95 % interval"))
        broken = sum(one.not_finite for one in held)
        if broken:
            notes.append(tr("%n value(s) no number", "", broken))
        return notes

    def _fit(self, values: Sequence[float], sites: Sequence[Site]) -> None:
        finite = [value for value in values if math.isfinite(value)]
        if not finite or not sites:
            return
        low, high = min(finite), max(finite)
        if self.figure.from_zero:
            low, high = 0.0, max(high, 1.0)
        room = 0.06 * (high - low) or 0.1
        self.fit((-0.7, len(sites) - 0.3), (low if self.figure.from_zero else low - room, high + room))
        starts: dict[int, int] = {}
        for x, site in enumerate(sites):
            starts.setdefault(site.depth, x)
        blocks = list(starts.items())
        shown = [blocks[i] for i in steps(len(blocks), 16)]
        self.plot.getAxis("bottom").setTicks([[(x, number(sites[x])) for _, x in shown]])

    def _mark(self) -> None:
        at = next((point.x for point in self.points if point.site.id == self.selection), None)
        self._ring.setVisible(at is not None)
        if at is not None:
            colour = QColor(self.palette().color(QPalette.ColorRole.Highlight))
            colour.setAlpha(90)
            self._ring.setPen(pg.mkPen(colour, width=9))
            self._ring.setValue(at)

    @Slot(object, object)
    def _clicked(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.site_chosen.emit(spot.data().site.id)
            return


def _style(line: Line) -> Qt.PenStyle:
    return Qt.PenStyle.DotLine if line.bare else Qt.PenStyle.SolidLine


def _tip_of(x: float, y: float, data: _Point) -> str:
    return data.tip
