"""Linear CKA between the sites of two sessions, as a map."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QWidget

from vitprune.architecture import Site
from vitprune.explorer import FEATURES, Across
from vitprune.statistics import Z
from vitprune_gui.charts.cells import CellChart
from vitprune_gui.charts.chart import Table, steps
from vitprune_gui.colours import ColourScale
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import decimal, images, number, shortened, site_name, thousands

_BESIDE = 30  # px that axes and colour bar take beside the map, less what stands above and below it
_NAME = 18  # characters of the name of a session in the title


class AcrossChart(CellChart):
    """Rows are the sites of the present session, columns those of the other. A click chooses the site of its row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Two sessions"), "cka-across", parent)
        self.across: Across | None = None
        self._sites: dict[str, Site] = {}
        self.cell_chosen.connect(self._choose)
        self.restyle()

    @property
    def quantity(self) -> str:
        return tr("CKA")

    def show_across(self, found: Across, sites: Sequence[Site]) -> None:
        """`sites` are those of the rows, as far as they are known."""
        self.across, self.values = found, found.value
        self._sites = {site.id: site for site in sites}
        one, other = (shortened(name, _NAME) for name in found.names)
        self.set_title(
            tr("CKA of {one} and {other}, {features}", one=one, other=other, features=tr(FEATURES[found.features]))
        )
        self.colour_cells(ColourScale.over(self.values.ravel().tolist()))
        shared = (
            tr("n = %n image(s), the same in both", "", found.images)
            if found.images == found.of
            else tr("n = {count} of %n image(s), the same in both", "", found.of, count=thousands(found.images))
        )
        notes = [tr("1 = same geometry"), shared]
        for name, (kept, of_all) in zip(found.names, found.patches, strict=True):
            if found.features == "patch" and kept < of_all:
                notes.append(tr("{name}: {kept} of %n patch(es)", "", of_all, name=name, kept=thousands(kept)))
        if np.isnan(self.values).any():
            notes.append(tr("crossed out: all images alike"))
        self.legend.show_marks((), *notes)
        self.describe(self._summary(found))
        self.restyle()
        self._tick()

    def _summary(self, found: Across) -> str:
        if not np.isfinite(self.values).any():
            return ""
        row, column = np.unravel_index(np.nanargmax(self.values), self.values.shape)
        return tr(
            "Most alike are {one} and {other}, with a CKA of {value}.",
            one=self._name(found.rows[int(row)]),
            other=found.columns[int(column)],
            value=decimal(float(self.values[row, column])),
        )

    def _mark(self) -> None:
        self.cells.redraw()

    def order(self) -> tuple[str, ...]:
        return self.across.rows if self.across is not None else ()

    def frames(self) -> Iterator[QRectF]:
        if self.selection in self.order() and self.values.size:
            yield QRectF(-0.5, self.order().index(self.selection) - 0.5, self.shape[1], 1)

    def tip(self, row: int, column: int) -> str:
        assert self.across is not None
        found = self.across
        value, error = float(found.value[row, column]), float(found.standard_error[row, column])
        head = tr(
            "{one} of {session} and {other} of {other_session}",
            one=self._name(found.rows[row]),
            session=found.names[0],
            other=found.columns[column],
            other_session=found.names[1],
        )
        if math.isnan(value):
            return "\n".join((head, tr("CKA is not defined where all images are alike")))
        if math.isfinite(error):
            shown = tr("{value} (95 % interval)", value=f"CKA = {decimal(value)} ±{Z * error:.3f}")
        else:
            shown = tr("{value} (too few images for an interval)", value=f"CKA = {decimal(value)}")
        return f"{head}\n{shown}, n = {images(found.images)}"

    def table(self) -> Table:
        head = ("site", "other_site", "cka", "standard_error", "images", "features")
        if self.across is None:
            return [head]
        found = self.across
        return [
            head,
            *(
                (one, other, float(found.value[i, j]), float(found.standard_error[i, j]), found.images, found.features)
                for i, one in enumerate(found.rows)
                for j, other in enumerate(found.columns)
            ),
        ]

    def restyle(self) -> None:
        super().restyle()
        names = self.across.names if self.across is not None else ("", "")
        self.label_axis("left", tr("Site of {session}", session=names[0]))
        self.label_axis("bottom", tr("Site of {session}", session=names[1]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        rows, columns = self.shape
        if rows and columns:
            self.widget.setMaximumWidth(max(240, round(event.size().height() * columns / rows) + _BESIDE))
        self._tick()

    def _name(self, site: str) -> str:
        return site_name(self._sites[site]) if site in self._sites else site

    def _tick(self) -> None:
        if self.across is None:
            return
        text, area = QFontMetricsF(self.font()), self.box.sceneBoundingRect()
        for side, ids, each in (
            ("left", self.across.rows, text.height() + 2),
            ("bottom", self.across.columns, 0.0),
        ):
            names = [_short(site, self._sites.get(site)) for site in ids]
            each = each or max((text.horizontalAdvance(name) for name in names), default=1) + 10
            room = (area.height() if side == "left" else area.width()) / each
            at = steps(len(ids), max(2, int(room)))
            self.plot.getAxis(side).setTicks([[(i, names[i]) for i in at]])

    def _choose(self, row: int, column: int) -> None:
        if self.across is not None:
            self.site_chosen.emit(self.across.rows[row])


def _short(site: str, known: Site | None) -> str:
    """3 attn for blocks.3.attn."""
    if known is not None:
        return f"{number(known)} {site.rpartition('.')[2]}"
    parts = [part for part in site.split(".") if part.isdigit()]
    return f"{'.'.join(parts)} {site.rpartition('.')[2]}"
