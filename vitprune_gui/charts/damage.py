"""A predicted quantity of each site against a measured one: a dot a site, with error bars both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from vitprune.architecture import Kind, Site
from vitprune.scores import Score, split_name
from vitprune_gui.charts.chart import Chart, Table, beyond_rounding, column
from vitprune_gui.colours import kind_colour
from vitprune_gui.symbols import KIND_PLURALS, POINT_SYMBOLS
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import (
    first_up,
    half_width,
    images,
    metric_axis,
    metric_of,
    site_name,
    thousands,
    with_interval,
)

_SIZE = 11  # px of a dot


@dataclass(frozen=True, slots=True)
class Pair:
    """What is predicted of a site and what was measured of it."""

    site: Site
    predicted: Score
    measured: Score
    pruned: bool


class DamageChart(Chart):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Predicted against measured"), "predicted-against-measured", parent)
        self.pairs: tuple[Pair, ...] = ()
        self.logarithmic = False
        self._tables = ("cosine", "damage")
        self._bars = {kind: pg.ErrorBarItem() for kind in Kind}
        # `hoverable` without a new size or pen: it only carries the tip.
        # Without their cache of pixmaps the dots stay vectors in an exported SVG.
        self._dots = {
            kind: pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=self._tip, useCache=False) for kind in Kind
        }
        self._ring = pg.ScatterPlotItem(pxMode=True, useCache=False)
        self._name = pg.TextItem(anchor=(0.5, 1.6))
        for depth, items in enumerate((self._bars.values(), self._dots.values(), (self._ring, self._name))):
            for item in items:
                item.setZValue(10 * depth)
                self.plot.addItem(item, ignoreBounds=True)
        for dots in self._dots.values():
            dots.sigClicked.connect(self._clicked)
        self.plot.showGrid(x=True, y=True, alpha=0.14)
        self.restyle()

    def show_pairs(self, pairs: Sequence[Pair], predicted: str, measured: str, *, logarithmic: bool) -> None:
        """`predicted` and `measured` name the tables. On a logarithmic axis every measured mean is above 0."""
        self.pairs, self._tables, self.logarithmic = tuple(pairs), (predicted, measured), logarithmic
        across, up = (metric_of(split_name(table)[0]) for table in self._tables)
        self.set_title(tr("{predicted} against {measured}", predicted=tr(across.title), measured=tr(up.title)))
        self.name = f"{predicted.replace('@', '-')}-against-{measured.replace('@', '-')}"
        kinds = [kind for kind in Kind if any(pair.site.kind == kind for pair in pairs)]
        entries = [(kind, first_up(tr(KIND_PLURALS[kind])), False) for kind in kinds]
        if any(pair.pruned for pair in pairs):
            entries.append((kinds[0], tr("hollow: pruned"), True))
        corner = (
            tr("top right: looks redundant, yet is missed")
            if across.redundant == "high"
            else tr("top left: looks redundant, yet is missed")
        )
        counts = [{len(score.per_image) for score in scores} for scores in zip(*_scores(pairs), strict=True)]
        self.legend.show_entries(tuple(entries), tr("bars: 95 % interval"), _images(counts), corner)
        self.describe(self._summary())
        self._draw()

    def _summary(self) -> str:
        if not self.pairs:
            return ""
        least = min(self.pairs, key=lambda pair: pair.measured.mean)
        return tr(
            "A dot for each of %n site(s); the least missed is {site}, with a measured {value}.",
            "",
            len(self.pairs),
            site=site_name(least.site),
            value=with_interval(least.measured),
        )

    def tip(self, pair: Pair) -> str:
        """What the mouse says about a dot."""
        titles = [metric_of(table).title for table in self._tables]
        units = [metric_of(table).unit for table in self._tables]
        lines = [site_name(pair.site)]
        for title, unit, score in zip(titles, units, (pair.predicted, pair.measured), strict=True):
            value = tr("{value} (95 % interval)", value=f"{with_interval(score)} {tr(unit) if unit else ''}".rstrip())
            lines.append(f"{tr(title)}: {value}, n = {images(len(score.per_image))}")
        lines.append(tr("{site}, pruned", site=pair.site.id) if pair.pruned else pair.site.id)
        return "\n".join(lines)

    def table(self) -> Table:
        predicted, measured = self._tables
        head = ["site", "kind"]
        for table in (predicted, measured):
            names = (table, f"{table}_standard_error", f"{table}_ci95_half_width")
            head += [*(column(name, metric_of(table).unit) for name in names), f"{table}_images"]
        rows: list[list[object]] = [[*head, "pruned"]]
        for pair in self.pairs:
            row: list[object] = [pair.site.id, str(pair.site.kind)]
            for score in (pair.predicted, pair.measured):
                row += [score.mean, score.standard_error, half_width(score), len(score.per_image)]
            rows.append([*row, pair.pruned])
        return rows

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def order(self) -> list[str]:
        return [pair.site.id for pair in sorted(self.pairs, key=lambda pair: pair.predicted.mean)]

    def _draw(self) -> None:
        palette = self.palette()
        ground, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
        for side, table, arrow in (("bottom", self._tables[0], True), ("left", self._tables[1], False)):
            self.label_axis(side, _label(table, arrow=arrow))
        self.plot.getAxis("left").setLogMode(y=self.logarithmic)
        x, y, left, below, above = self._places()
        chosen: int | None = None
        for kind in Kind:
            own = [i for i, pair in enumerate(self.pairs) if pair.site.kind == kind]
            colour = kind_colour(kind, palette)
            faint = pg.mkColor(colour)
            faint.setAlphaF(0.6)
            bars, dots = self._bars[kind], self._dots[kind]
            bars.setVisible(bool(own))
            bars.setData(
                x=x[own], y=y[own], left=left[own], right=left[own], bottom=below[own], top=above[own],
                pen=pg.mkPen(faint, width=1.5),
            )  # fmt: skip
            dots.setData(
                x=x[own],
                y=y[own],
                data=[self.pairs[i] for i in own],
                symbol=POINT_SYMBOLS[kind],
                size=_SIZE,
                # A rim keeps dots apart that lie on each other.
                pen=[pg.mkPen(colour if self.pairs[i].pruned else ground, width=1.5) for i in own],
                brush=[pg.mkBrush(ground if self.pairs[i].pruned else colour) for i in own],
            )
            chosen = next((i for i in own if self.pairs[i].site.id == self.selection), chosen)
        at = [] if chosen is None else [chosen]
        self._ring.setData(
            x=x[at], y=y[at], symbol="o", size=2 * _SIZE, pen=pg.mkPen(ink, width=2), brush=pg.mkBrush(None)
        )
        self._fit(x, y, left, below, above)
        self._name.setVisible(chosen is not None)
        if chosen is not None:
            self._name.setText(site_name(self.pairs[chosen].site), color=ink)
            self._name.setFont(self.font())
            (low, high), (bottom, top) = self.box.viewRange()
            # Towards the middle from wherever the dot is, so that the name is never cut off.
            aside = (x[chosen] - low) / (high - low)
            self._name.setAnchor((min(1.0, max(0.0, aside)), 1.7 if y[chosen] < 0.8 * top + 0.2 * bottom else -0.7))
            self._name.setPos(x[chosen], y[chosen])

    _mark = _draw

    def _places(self) -> tuple[np.ndarray, ...]:
        """Where the dots are on the axes, and how far their bars reach: to both sides, down and up."""
        x = np.array([pair.predicted.mean for pair in self.pairs])
        y = np.array([pair.measured.mean for pair in self.pairs])
        across = np.nan_to_num(np.array([half_width(pair.predicted) for pair in self.pairs]))
        half = np.nan_to_num(np.array([half_width(pair.measured) for pair in self.pairs]))
        if not self.logarithmic or not len(y):
            return x, y, across, half, half
        # An interval that reaches below 0 has no end on this axis: it goes on to below what is shown.
        floor = y.min() / 100
        low, high = np.log10(np.maximum(floor, y - half)), np.log10(y + half)
        return x, np.log10(y), across, np.log10(y) - low, high - np.log10(y)

    def _fit(self, x: np.ndarray, y: np.ndarray, left: np.ndarray, below: np.ndarray, above: np.ndarray) -> None:
        if not len(x):
            return
        low, high = float((x - left).min()), float((x + left).max())
        if self.logarithmic:  # bars without an end do not decide
            below = np.minimum(below, 0.5)
        bottom, top = float((y - below).min()), float((y + above).max())
        self.fit(beyond_rounding(low, high, 0.05), beyond_rounding(bottom, top, 0.09))

    def _tip(self, x: float, y: float, data: Pair) -> str:
        return self.tip(data)

    @Slot(object, object)
    def _clicked(self, _: object, points: object, *__: object) -> None:
        for spot in points if isinstance(points, list | np.ndarray) else ():
            self.site_chosen.emit(spot.data().site.id)
            return


def _scores(pairs: Sequence[Pair]) -> list[tuple[Score, Score]]:
    return [(pair.predicted, pair.measured) for pair in pairs]


def _images(counts: list[set[int]]) -> str:
    """n of both axes, once where it is the same."""
    texts = [
        images(min(found))
        if len(found) == 1
        else tr("{least} to {most} images", least=thousands(min(found)), most=thousands(max(found)))
        for found in counts
        if found
    ]
    if len(set(texts)) == 1:
        return f"n = {texts[0]}"
    return tr("n = {across} (across) and {upwards} (upwards)", across=texts[0], upwards=texts[1])


def _label(table: str, *, arrow: bool) -> str:
    """The quantity, its unit and tokens, and which way is redundant."""
    text = metric_axis(table)
    if not arrow:
        return text
    high = metric_of(table).redundant == "high"
    return tr("{axis} (redundant →)", axis=text) if high else tr("(← redundant) {axis}", axis=text)
