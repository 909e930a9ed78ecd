"""The image that a model looks at, with the patches that it is cut into, and values of the patches over it or alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from vitprune_gui.charts.cells import Cell, CellChart, cell_area
from vitprune_gui.charts.chart import Table
from vitprune_gui.colours import ColourScale
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import significant

Tip = Callable[[int, int], str]
"""What is known of the patch in a row and a column."""

_OVER = 0.78  # of the colours of a map over the picture
_LINES = 60  # patches a side, above which their borders would hide the picture
_FINEST = 1600  # pixels a side of a mosaic
_WITHIN = 0.28  # of a cell
_SMOOTH = 512  # pixels a side, beyond which a picture below a map is drawn coarser
_INSET = 0.32  # of a cell
_GAP = 12  # a gap beside a tile is this part of it


def no_tip(row: int, column: int) -> str:
    return tr("Patch in row {row}, column {column}", row=row + 1, column=column + 1)


def coloured(values: NDArray[np.floating], scale: ColourScale) -> NDArray[np.uint8]:
    """(..., 3): the colours of values, in those of just now; grey where there is no value."""
    span = scale.high - scale.low
    at = np.clip((values - scale.low) / span, 0, 1) if span else np.full(values.shape, 0.5)
    table = scale.table()[np.round(255 * np.nan_to_num(at, nan=0.5)).astype(np.int32)]
    return np.where(np.isfinite(values)[..., None], table, np.uint8(128))


def veiled(pixels: NDArray[np.uint8], values: NDArray[np.floating], scale: ColourScale) -> NDArray[np.uint8]:
    """A picture in grey below the colours of values, (rows, columns), of its patches."""
    step = -(-max(pixels.shape[:2]) // _SMOOTH)
    pixels = pixels[::step, ::step]
    (height, width), (rows, columns) = pixels.shape[:2], values.shape
    down, right = np.arange(height) * rows // height, np.arange(width) * columns // width
    grey = pixels.mean(axis=-1, keepdims=True, dtype=np.float32)
    small = np.float32(_OVER) * coloured(values, scale)
    return (np.float32(1 - _OVER) * grey + small[down[:, None], right[None, :]]).astype(np.uint8)


class PatchChart(CellChart):
    """One cell a patch, square, without axes. A click chooses a patch, which `mark` frames."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.marked: Cell | None = None
        self.second: Cell | None = None
        self.pointed: frozenset[Cell] = frozenset()
        self.tip_: Tip = no_tip
        self.box.setAspectLocked(True)
        for side in ("left", "bottom"):
            self.plot.hideAxis(side)

    def tip(self, row: int, column: int) -> str:
        return self.tip_(row, column)

    def mark(self, cell: Cell | None, second: Cell | None = None) -> None:
        """Frame another patch, and a second one within its edge; nothing else is drawn again."""
        if (cell, second) != (self.marked, self.second):
            self.marked, self.second = cell, second
            self.cells.redraw()

    def point_out(self, cells: Iterable[Cell]) -> None:
        """Put a small square into each of these."""
        if frozenset(cells) != self.pointed:
            self.pointed = frozenset(cells)
            self.cells.redraw()

    def frames(self) -> Iterator[QRectF]:
        for cell in filter(self.within, self.pointed):
            yield cell_area(cell).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        if self.marked is not None and self.within(self.marked):
            yield cell_area(self.marked)
        if self.second is not None and self.within(self.second):
            yield cell_area(self.second).adjusted(_WITHIN, _WITHIN, -_WITHIN, -_WITHIN)

    def table(self) -> Table:
        rows, columns = self.shape
        cells = ((row, column) for row in range(rows) for column in range(columns))
        return [
            ("row", "column", self.quantity or "value"),
            *((row + 1, column + 1, float(self.values[row, column])) for row, column in cells),
        ]


class PictureChart(PatchChart):
    def __init__(self, title: str = "", name: str = "image", parent: QWidget | None = None) -> None:
        super().__init__(title or tr("Image"), name, parent)
        self._quantity = ""
        self._pixels: NDArray[np.uint8] = np.zeros((1, 1, 3), np.uint8)
        self._over: ColourScale | None = None
        self._borders = pg.PlotCurveItem(connect="pairs")
        self._borders.setZValue(5)
        self.plot.addItem(self._borders)
        self.restyle()

    @property
    def quantity(self) -> str:
        return self._quantity

    def show_picture(
        self,
        pixels: NDArray[np.uint8],
        grid: Cell | None,
        *,
        over: NDArray[np.floating] | None = None,
        quantity: str = "",
        scale: ColourScale | None = None,
        tip: Tip = no_tip,
        notes: Sequence[str] = (),
    ) -> None:
        """`pixels` is (height, width, 3); `over`, (rows, columns), values of the patches that are drawn over it by a
        scale, their own without one; crossed out where they are NaN. Without a grid it is one cell."""
        self._pixels, self._quantity, self.tip_ = pixels, quantity, tip
        self.values = np.zeros(grid or (1, 1)) if over is None else over
        self._over = None if over is None else scale or ColourScale.over(over.ravel().tolist())
        if self._over is not None:
            low, high = significant(self._over.low), significant(self._over.high)
            notes = [tr("{quantity}: dark {low}", quantity=quantity, low=low), tr("bright {high}", high=high), *notes]
        self.legend.show_marks((), *notes)
        rows, columns = self.shape
        self.describe(
            tr("The image in {rows} × {columns} patches. {note}", rows=rows, columns=columns, note=" ".join(notes))
        )
        self._paint()
        self._draw_borders()

    def restyle(self) -> None:
        super().restyle()
        self._paint()

    def _paint(self) -> None:
        picture = self._pixels
        if self._over is not None:
            picture = veiled(picture, self.values, self._over)
        self.paint_cells(np.concatenate([picture, np.full((*picture.shape[:2], 1), 255, np.uint8)], axis=-1))

    def _draw_borders(self) -> None:
        rows, columns = self.shape
        x, y = [], []
        if max(rows, columns) <= _LINES:
            for column in range(1, columns):
                x += [column - 0.5] * 2
                y += [-0.5, rows - 0.5]
            for row in range(1, rows):
                x += [-0.5, columns - 0.5]
                y += [row - 0.5] * 2
        self._borders.setData(np.array(x), np.array(y), connect="pairs")
        self._borders.setPen(pg.mkPen(QColor(128, 128, 128, 170), width=1))  # seen on black and on white


class TokenMap(PatchChart):
    """A value for each patch, by a scale of colours."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self._quantity = ""
        self.restyle()

    @property
    def quantity(self) -> str:
        return self._quantity

    def show_map(
        self,
        title: str,
        values: NDArray[np.floating],
        quantity: str,
        *,
        scale: ColourScale | None = None,
        tip: Tip = no_tip,
        notes: Sequence[str] = (),
    ) -> None:
        """`values` is (rows, columns); `scale` is for maps that are to be compared."""
        self.values, self._quantity, self.tip_ = np.asarray(values), quantity, tip
        self.set_title(title)
        self.colour_cells(scale or ColourScale.over(self.values.ravel().tolist()))
        self.legend.show_marks((), *notes)
        known = self.values[np.isfinite(self.values)]
        ends = (float(known.min()), float(known.max())) if known.size else (float("nan"),) * 2
        low, high = map(significant, ends)
        self.describe(
            tr("{title}: {quantity} from {low} to {high}.", title=title, quantity=quantity, low=low, high=high)
        )
        self.restyle()


class TileChart(PatchChart):
    """Small pictures in rows and columns. A click chooses one."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.count = 0
        self.restyle()

    @property
    def quantity(self) -> str:
        return ""

    def show_tiles(
        self, title: str, tiles: NDArray[np.uint8], columns: int, *, tip: Tip = no_tip, notes: Sequence[str] = ()
    ) -> None:
        """`tiles` is (n, height, width, 3), laid out row by row."""
        self.tip_, self.count = tip, len(tiles)
        rows = max(1, -(-len(tiles) // max(1, columns)))
        self.values = np.zeros((rows, max(1, columns)))
        self.set_title(title)
        self.legend.show_marks((), *notes)
        self.describe(tr("{title}: %n small picture(s).", "", len(tiles), title=title))
        self.paint_cells(mosaic(tiles, rows, max(1, columns)))

    def number(self, row: int, column: int) -> int | None:
        """Which of the tiles lies in a cell."""
        found = row * self.shape[1] + column
        return found if found < self.count else None

    def table(self) -> Table:
        rows, columns = self.shape
        cells = ((row, column) for row in range(rows) for column in range(columns))
        return [
            ("row", "column", "what"),
            *(
                (row + 1, column + 1, self.tip(row, column))
                for row, column in cells
                if self.number(row, column) is not None
            ),
        ]


def mosaic(tiles: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """All tiles in one picture, (height, width, 4), with clear gaps; coarser where it would be too large."""
    count, height, width = tiles.shape[:3]
    step = max(1, -(-max(rows * height, columns * width) // _FINEST))
    tiles = tiles[:, ::step, ::step]
    height, width = tiles.shape[1:3]
    gap = max(1, min(height, width) // _GAP)
    found = np.zeros((rows * columns, height + 2 * gap, width + 2 * gap, 4), np.uint8)
    found[:count, gap:-gap, gap:-gap, :3] = tiles
    found[:count, gap:-gap, gap:-gap, 3] = 255
    found = found.reshape(rows, columns, *found.shape[1:]).swapaxes(1, 2)
    return np.ascontiguousarray(found).reshape(rows * (height + 2 * gap), columns * (width + 2 * gap), 4)
