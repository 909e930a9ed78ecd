"""A similarity or distance of the residual stream at all pairs of block boundaries, as a map."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QWidget

from vitprune.statistics import Z
from vitprune_gui.charts.cells import Cell, CellChart, cell_area
from vitprune_gui.charts.chart import Table, column, steps
from vitprune_gui.colours import ColourScale
from vitprune_gui.similarities import INPUT, Map, range_name
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import decimal, images

_COLOURS = 40  # px of the colour bar
_BESIDE = 10  # px that axes and colour bar take beside the map, less what stands above and below it


class SimilarityChart(CellChart):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Similarity of block boundaries"), "boundary-similarity", parent)
        self.map: Map | None = None
        self.names: tuple[str, ...] = ()
        self.marked: Cell | None = None
        self.restyle()

    @property
    def quantity(self) -> str:
        return self.map.quantity if self.map is not None else tr("Cosine")

    def show_map(self, shown: Map, names: tuple[str, ...]) -> None:
        """`names` are the short ones of the boundaries, for the axes."""
        if self.map is not None and self.map.boundaries.labels != shown.boundaries.labels:
            self.cursor_ = None
        self.map, self.names, self.values = shown, names, shown.boundaries.mean
        self.set_title(shown.title)
        self.name = f"{shown.name}-map"
        self.colour_cells(ColourScale.over(self.values.ravel(), reverse=shown.distance))
        notes = [shown.same, f"n = {images(shown.images)}", tr("in: the stream that enters the first block")]
        if np.isnan(self.values).any():
            notes.append(tr("crossed out: {reason}", reason=shown.missing))
        self.legend.show_entries((), *notes)
        self.describe(self._summary(shown))
        self.restyle()
        self._tick()

    def _summary(self, shown: Map) -> str:
        """With the pair of neighbours that are most alike."""
        next_to = np.diagonal(self.values, 1)
        count = len(self.names)
        if not np.isfinite(next_to).any():
            return tr("{map} of %n block boundaries.", "", count, map=shown.title)
        at = int(np.nanargmin(next_to) if shown.distance else np.nanargmax(next_to))
        return tr(
            "{map} of %n block boundaries; the stream changes least across {block}, with {value}.",
            "",
            count,
            map=shown.title,
            block=range_name(self.names, at, at + 1),
            value=decimal(float(next_to[at])),
        )

    def mark(self, cell: Cell | None) -> None:
        """Frame the square of the blocks between two boundaries."""
        if cell != self.marked:
            self.marked = cell
            self.cells.redraw()

    def frames(self) -> Iterator[QRectF]:
        if self.marked is not None:
            first, last = sorted(self.marked)
            yield QRectF(first - 0.5, first - 0.5, last - first + 1, last - first + 1)
            yield cell_area(self.marked)

    def tip(self, row: int, column: int) -> str:
        """What is known of one cell, in two lines."""
        assert self.map is not None
        pair = _pair(*(self.names[at] for at in sorted((row, column))))
        across = range_name(self.names, row, column)
        tail = tr("Across {blocks}", blocks=across) if across else tr("One and the same boundary")
        value, error = float(self.values[row, column]), float(self.map.boundaries.standard_error[row, column])
        if math.isnan(value):
            return f"{pair}: {self.map.missing}\n{tail}"
        shown = f"{self.map.quantity} = {decimal(value)}"
        if math.isfinite(error) and row != column:
            shown = tr("{value} (95 % interval)", value=f"{shown} ±{Z * error:.3f}")
        return f"{pair}: {shown}, n = {images(self.map.images)}\n{tail}"

    def table(self) -> Table:
        values = (self.map.name, "standard_error") if self.map else ("value", "standard_error")
        unit = "pi" if self.map and self.map.distance else ""
        head = ("boundary", "other_boundary", *(column(name, unit) for name in values), "images")
        if self.map is None:
            return [head]
        labels, errors = self.map.boundaries.labels, self.map.boundaries.standard_error
        rows = [
            (one, other, float(self.values[i, j]), float(errors[i, j]), self.map.images)
            for i, one in enumerate(labels)
            for j, other in enumerate(labels)
        ]
        return [head, *rows]

    def restyle(self) -> None:
        super().restyle()
        self.label_axis("left", tr("After block"))
        self.label_axis("bottom", tr("After block"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Cells stay about square; a locked aspect would tear the axes from the map instead.
        self.widget.setMaximumSize(
            max(200, event.size().height() + _BESIDE), max(200, event.size().width() - _BESIDE - _COLOURS)
        )
        self._tick()

    def _tick(self) -> None:
        if not self.names:
            return
        text, area = QFontMetricsF(self.font()), self.box.sceneBoundingRect()
        widest = max(map(text.horizontalAdvance, self.names)) + 8
        for side, room in (("left", area.height() / (text.height() + 2)), ("bottom", area.width() / widest)):
            blocks = steps(len(self.names) - 1, max(2, int(room)))
            # Where not all have room the first number would stand on the name of the input.
            shown = blocks[1:] if blocks.step > 1 else blocks
            ticks = [(0, self.names[0]), *((at + 1, self.names[at + 1]) for at in shown)]
            self.plot.getAxis(side).setTicks([ticks])


def _pair(one: str, other: str) -> str:
    """Two boundaries, the earlier first."""
    if one == other:
        return tr("The input") if one == INPUT else tr("After block {block}", block=one)
    if one == INPUT:
        return tr("The input and after block {block}", block=other)
    return tr("After block {one} and after block {other}", one=one, other=other)
