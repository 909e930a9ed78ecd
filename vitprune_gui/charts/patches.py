"""The patches of one image as a map, and the same map after every site, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from vitprune.architecture import Site
from vitprune.explorer import COMPONENTS, PatchesOfSite, Picture
from vitprune_gui.charts.cells import Cell, CellChart, cell_area
from vitprune_gui.charts.chart import Table, steps
from vitprune_gui.colours import ColourScale
from vitprune_gui.symbols import KIND_TITLES
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, number, significant, site_name, thousands

COMPONENTS_OF, NORMS, SIMILARITY = "components", "norms", "similarity"
QUANTITIES = {
    COMPONENTS_OF: noop("Principal components"),
    NORMS: noop("Length of tokens"),
    SIMILARITY: noop("Similarity to a patch"),
}
_BESIDE = 90  # px that the axis and the margins take beside the maps
_BELOW = 28  # px that the axis takes below them
_ABOVE = 56  # px of the title and the legend
_GAP = 20  # a gap beside a map of a strip is this part of the map
_FINEST = 64  # cells along a map of a strip; finer ones are drawn coarser


@dataclass(frozen=True)
class Shown:
    """One quantity of the patches of one site. `values` is (patches,), NaN where it is not known; of the principal
    components it is the first. `colours` are theirs, (patches, 3), None for the colours of a scale."""

    values: NDArray[np.float64]
    colours: NDArray[np.uint8] | None = None
    missing: str = ""

    @classmethod
    def of(cls, quantity: str, found: PatchesOfSite, patch: int | None) -> Shown:
        count = len(found.layout.patches)
        nothing = np.full(count, np.nan)
        if found.layout.grid is None:
            return cls(nothing, missing=found.layout.reason)
        if quantity == NORMS:
            return cls(found.patch_norms)
        if quantity == COMPONENTS_OF:
            if not np.isfinite(found.components).all():
                return cls(nothing, missing=tr("A value of these patches is no number."))
            return cls(found.components[:, 0], found.colours())
        if patch is None:
            return cls(nothing, missing=tr("Click a patch to compare the others with it."))
        if found.similarity is None:
            return cls(nothing, missing=tr("No room for the similarities of so many patches here."))
        return cls(found.similarity[patch].astype(np.float64))


class PatchMap(CellChart):
    """A click chooses a patch."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Patches"), "patches", parent)
        self.found: PatchesOfSite | None = None
        self.quantity_ = COMPONENTS_OF
        self.shown: Shown | None = None
        self.marked: Cell | None = None
        self._patch: int | None = None
        self._places: dict[Cell, int] = {}
        self.box.setAspectLocked(True)
        for side in ("left", "bottom"):
            self.plot.hideAxis(side)
        self.restyle()

    @property
    def quantity(self) -> str:
        return {NORMS: tr("Length"), SIMILARITY: tr("Cosine")}.get(self.quantity_, "")

    def show_patches(self, title: str, quantity: str, found: PatchesOfSite, patch: int | None) -> None:
        """`patch` is the chosen one among those kept."""
        layout = found.layout
        self.found, self.quantity_, self._patch = found, quantity, patch
        self.shown = shown = Shown.of(quantity, found, patch)
        self.name = f"patch-{quantity}"
        self.set_title(title)
        self._places = {(int(row), int(column)): i for i, (row, column) in enumerate(layout.cells)}
        self.marked = None if patch is None or layout.grid is None else tuple(layout.cells[patch].tolist())
        self.values = layout.spread_out(shown.values) if layout.grid is not None else np.zeros((0, 0))
        if shown.colours is not None and layout.grid is not None:
            self.paint_cells(_opaque(layout.spread_out(shown.colours.astype(np.float64))))
        else:
            self.colour_cells(scale_of(shown.values))
        self.legend.show_marks((), *self._notes(found, shown))
        self.describe(f"{tr(QUANTITIES[quantity])}: {shown.missing or kept_patches(found)}")
        self.restyle()

    def frames(self) -> Iterator[QRectF]:
        if self.marked is not None:
            yield cell_area(self.marked)

    def tip(self, row: int, column: int) -> str:
        place = self._places.get((row, column))
        if place is None or self.found is None:
            return tr("Patch in row {row}, column {column}: not kept", row=row + 1, column=column + 1)
        found = self.found
        token = found.layout.tokens[found.layout.patches[place]]
        lines = [tr("Patch in row {row}, column {column}: token {token}", row=row + 1, column=column + 1, token=token)]
        lines.append(tr("length {value}", value=significant(float(found.patch_norms[place]))))
        if found.to_class is not None:
            lines.append(tr("cosine with the class token {value}", value=decimal(float(found.to_class[place]))))
        if self._patch is not None and found.similarity is not None:
            alike = decimal(float(found.similarity[self._patch, place]), 2)
            lines.append(tr("cosine with the chosen patch {value}", value=alike))
        if self.quantity_ == COMPONENTS_OF and np.isfinite(found.components[place]).all():
            scores = ", ".join(significant(float(score)) for score in found.components[place])
            lines.append(tr("components {values}", values=scores))
        return "\n".join(lines)

    def table(self) -> Table:
        names = [f"component_{i + 1}" for i in range(COMPONENTS)]
        head = ("row", "column", "token", "length", "cosine_with_class_token", "cosine_with_chosen_patch", *names)
        if self.found is None:
            return [head]
        found = self.found
        rows = []
        for (row, column), place in sorted(self._places.items()):
            chosen = float("nan")
            if self._patch is not None and found.similarity is not None:
                chosen = float(found.similarity[self._patch, place])
            rows.append(
                (
                    row + 1,
                    column + 1,
                    found.layout.tokens[found.layout.patches[place]],
                    float(found.patch_norms[place]),
                    float(found.to_class[place]) if found.to_class is not None else float("nan"),
                    chosen,
                    *(float(score) for score in found.components[place]),
                )
            )
        return [head, *rows]

    def _notes(self, found: PatchesOfSite, shown: Shown) -> list[str]:
        notes = [shown.missing] if shown.missing else []
        if self.quantity_ == COMPONENTS_OF and not shown.missing:
            shares = " + ".join(decimal(100 * float(share), 0) for share in found.explained)
            notes.append(tr("red, green, blue: components 1 to {last}", last=COMPONENTS))
            notes.append(tr("{shares} % of the variance", shares=shares))
        if self.quantity_ == SIMILARITY and not shown.missing:
            notes.append(tr("1 = same direction"))
        notes.append(kept_patches(found))
        return notes


class PatchStrip(CellChart):
    """The maps of all sites: a column for each block, a row for each place in a block. A click chooses a site."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("After every site"), "patches-over-depth", parent)
        self.sites: dict[Cell, Site] = {}
        self.quantity_ = COMPONENTS_OF
        self._picture: Picture | None = None
        self._patches: Mapping[str, int | None] = {}
        self._aspect = 1.0  # of a map, its width over its height
        self.cell_chosen.connect(self._choose)
        self.restyle()

    @property
    def quantity(self) -> str:
        return ""

    def show_picture(
        self, quantity: str, picture: Picture, sites: Mapping[str, Site], patches: Mapping[str, int | None], title: str
    ) -> None:
        """`patches` is the chosen one of each site, where it was kept."""
        self._picture, self._patches, self.quantity_ = picture, patches, quantity
        self.name = f"patch-{quantity}-over-depth"
        self.set_title(title)
        self.sites = _arranged(sites, picture)
        lacking = self._paint(picture)
        notes = {
            COMPONENTS_OF: tr("components of each site about its own mean; signs follow the site before"),
            NORMS: tr("each map on a scale of its own"),
            SIMILARITY: tr("one scale for all"),
        }
        less = [tr("%n site(s) without a map", "", lacking)] if lacking else []
        self.legend.show_marks((), notes[quantity], *less)
        self.describe(
            tr("{quantity} after each of %n site(s).", "", len(self.sites), quantity=tr(QUANTITIES[quantity]))
        )
        self._tick()
        super().restyle()
        self._fit()

    def restyle(self) -> None:
        super().restyle()
        if self._picture is not None:
            self._paint(self._picture)

    def _paint(self, picture: Picture) -> int:
        """All maps in the colours of just now. How many there are none of."""
        quantity, patches = self.quantity_, self._patches
        rows = 1 + max((row for row, _ in self.sites), default=-1)
        columns = 1 + max((column for _, column in self.sites), default=-1)
        # Not a number would be crossed out: there is no site where no map is.
        self.values = np.zeros((rows, columns))
        shown = {cell: Shown.of(quantity, picture.sites[s.id], patches.get(s.id)) for cell, s in self.sites.items()}
        everywhere = [found.values for found in shown.values() if found.colours is None]
        shared = scale_of(np.concatenate(everywhere)) if quantity == SIMILARITY and everywhere else None
        tiles = {cell: _tile(picture.sites[self.sites[cell].id], one, shared) for cell, one in shown.items()}
        mosaic = _mosaic(tiles, rows, columns)
        self._aspect = (mosaic.shape[1] / max(1, columns)) / (mosaic.shape[0] / max(1, rows))
        self.paint_cells(mosaic)
        return sum(bool(one.missing) for one in shown.values())

    @property
    def marked(self) -> Cell | None:
        """That of the selected site."""
        return next((cell for cell, held in self.sites.items() if held.id == self.selection), None)

    def _mark(self) -> None:
        self.cells.redraw()

    def order(self) -> list[str]:
        return [site.id for site in self.sites.values()]

    def frames(self) -> Iterator[QRectF]:
        if self.marked is not None:
            yield cell_area(self.marked)

    def tip(self, row: int, column: int) -> str:
        site = self.sites.get((row, column))
        return f"{site_name(site)}\n{site.id}" if site is not None else ""

    def table(self) -> Table:
        head = ("site", "tokens", "patches", *(f"explained_{i + 1}" for i in range(COMPONENTS)), "mean_length")
        if self._picture is None:
            return [head]
        rows = []
        for site in self.sites.values():
            found = self._picture.sites[site.id]
            shares = (float(share) for share in found.explained)
            rows.append((site.id, len(found.norms), len(found.patch_norms), *shares, float(np.mean(found.patch_norms))))
        return [head, *rows]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Maps keep their shape; a locked aspect would tear the axes from them instead."""
        rows, columns = self.shape
        if rows and columns:
            wide = (self.width() - _BESIDE) / columns
            high = (self.height() - _ABOVE - _BELOW) / rows
            tile = max(6.0, min(wide, high * self._aspect))
            self.widget.setMaximumSize(round(tile * columns) + _BESIDE, round(tile / self._aspect * rows) + _BELOW)

    def _tick(self) -> None:
        names: dict[int, str] = {}
        kinds: dict[int, set[str]] = {}
        for (row, column), site in self.sites.items():
            names.setdefault(column, number(site))
            kinds.setdefault(row, set()).add(tr(KIND_TITLES[site.kind]))
        columns = steps(len(names), 24)
        self.plot.getAxis("bottom").setTicks([[(at, names.get(at, "")) for at in columns]])
        # A row has a name where it is of one kind.
        self.plot.getAxis("left").setTicks([[(row, min(kind)) for row, kind in kinds.items() if len(kind) == 1]])

    def _choose(self, row: int, column: int) -> None:
        site = self.sites.get((row, column))
        if site is not None:
            self.site_chosen.emit(site.id)


def scale_of(values: NDArray[np.float64]) -> ColourScale | None:
    """The scale that spans what is known of the values."""
    known = values[np.isfinite(values)]
    return ColourScale.over((float(known.min()), float(known.max()))) if known.size else None


def kept_patches(found: PatchesOfSite) -> str:
    """How many of a site's patches were kept, and of how many tokens."""
    layout = found.layout
    count = len(layout.patches)
    if layout.grid is None:
        return tr("%n token(s) kept", "", len(layout.tokens))
    rows, columns = layout.grid
    if count == rows * columns:
        return tr("all {rows} × {columns} patches", rows=rows, columns=columns)
    return tr(
        "{count} of {rows} × {columns} patches kept, the others crossed out",
        count=thousands(count),
        rows=rows,
        columns=columns,
    )


def _arranged(sites: Mapping[str, Site], picture: Picture) -> dict[Cell, Site]:
    """By block, and by place among the branches of that block; a site that is in none has the last column."""
    found: dict[Cell, Site] = {}
    held: dict[int, int] = {}
    depths = sorted({sites[name].depth for name in picture.sites if name in sites})
    for name in picture.sites:
        if name in sites:
            column = depths.index(sites[name].depth)
            found[held.get(column, 0), column] = sites[name]
            held[column] = held.get(column, 0) + 1
    return found


def _opaque(colours: NDArray[np.floating]) -> NDArray[np.uint8]:
    """(rows, columns, 3) with NaN into (rows, columns, 4), transparent there."""
    alpha = np.where(np.isfinite(colours).all(-1, keepdims=True), 255.0, 0.0)
    return np.concatenate([np.nan_to_num(colours), alpha], axis=-1).astype(np.uint8)


def _tile(found: PatchesOfSite, shown: Shown, shared: ColourScale | None) -> NDArray[np.uint8] | None:
    """One small map, (rows, columns, 4)."""
    layout = found.layout
    if layout.grid is None or shown.missing:
        return None
    colours = shown.colours
    if colours is None:
        scale = shared or scale_of(shown.values)
        if scale is None:
            return None
        span = scale.high - scale.low
        at = (
            np.clip((shown.values - scale.low) / span, 0, 1)
            if span
            else np.where(np.isfinite(shown.values), 0.5, np.nan)
        )
        table = scale.table()[np.round(255 * np.nan_to_num(at)).astype(int)].astype(np.float64)
        colours = np.where(np.isfinite(at)[:, None], table, np.nan)
    return _opaque(layout.spread_out(np.asarray(colours, np.float64)))


def _mosaic(tiles: Mapping[Cell, NDArray[np.uint8] | None], rows: int, columns: int) -> NDArray[np.uint8]:
    """All maps in one picture, with gaps; those of coarser grids are enlarged to the finest."""
    known = [tile for tile in tiles.values() if tile is not None]
    high = min(_FINEST, max((tile.shape[0] for tile in known), default=1))
    wide = min(_FINEST, max((tile.shape[1] for tile in known), default=1))
    gap = max(1, high // _GAP)
    step_down, step_right = high + 2 * gap, wide + 2 * gap
    picture = np.zeros((max(1, rows) * step_down, max(1, columns) * step_right, 4), np.uint8)
    for (row, column), tile in tiles.items():
        if tile is None:
            continue
        down = np.arange(high) * tile.shape[0] // high
        right = np.arange(wide) * tile.shape[1] // wide
        top, left = row * step_down + gap, column * step_right + gap
        picture[top : top + high, left : left + wide] = tile[down[:, None], right[None, :]]
    return picture
