"""Which class each patch is taken for, as a map over the image, in colours that classes have on the whole page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from vitprune_gui.charts.cells import Cell
from vitprune_gui.charts.chart import Table
from vitprune_gui.charts.picture import PatchChart, Tip, no_tip
from vitprune_gui.charts.series import series_colour
from vitprune_gui.colours import is_dark
from vitprune_gui.symbols import Mark
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import shortened

_NAME = 14  # characters of a class in the legend
_OTHER = ("#5f6368", "#a8adb5")  # of a class without a colour of its own
_LEAST, _MOST = 0.25, 0.85  # of a class's colour over the picture, at 0 and at 100 %


@dataclass(frozen=True)
class Classes:
    """Those that have a colour of their own on a page, by their numbers, the answer first, with their names."""

    numbers: tuple[int, ...]
    names: tuple[str, ...]

    def colour(self, number: int, palette: QPalette) -> QColor:
        if number in self.numbers:
            return series_colour(self.numbers.index(number), palette)
        return QColor(_OTHER[is_dark(palette)])

    def mark(self, number: int) -> Mark:
        """The sign of a class in a legend."""

        def draw(painter: QPainter, area: QRectF, palette: QPalette) -> None:
            painter.fillRect(area, self.colour(number, palette))

        return draw


class ClassMap(PatchChart):
    """The image in grey, each patch in the colour of its class: the stronger, the surer."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.classes = Classes((), ())
        self.sure: NDArray[np.floating] = np.zeros((1, 1))
        self._pixels: NDArray[np.uint8] = np.zeros((1, 1, 3), np.uint8)
        self.values = np.full((1, 1), -1.0)
        self.restyle()

    @property
    def quantity(self) -> str:
        return tr("class")

    def show_classes(
        self,
        title: str,
        pixels: NDArray[np.uint8],
        classes: Classes,
        of_patches: NDArray[np.integer],
        sure: NDArray[np.floating],
        *,
        tip: Tip = no_tip,
        notes: Sequence[str] = (),
    ) -> None:
        """`of_patches`, the number of a class each, and `sure`, its probability, are (rows, columns)."""
        self._pixels, self.classes, self.tip_ = pixels, classes, tip
        self.values, self.sure = of_patches.astype(np.float64), np.asarray(sure)
        self.set_title(title)
        present = {int(number): int((self.values == number).sum()) for number in np.unique(self.values)}
        own = [number for number in classes.numbers if number in present]
        marks = [(classes.mark(n), shortened(classes.names[classes.numbers.index(n)], _NAME)) for n in own]
        if len(own) < len(present):
            marks.append((classes.mark(-1), tr("another")))
        self.legend.show_marks(tuple(marks), *notes)
        names = [f"{classes.names[classes.numbers.index(n)]} {present[n]}" for n in own]
        self.describe(tr("{title}: patches by class: {classes}.", title=title, classes=", ".join(names)))
        self._paint()

    def table(self) -> Table:
        cells: list[Cell] = [(row, column) for row in range(self.shape[0]) for column in range(self.shape[1])]
        return [
            ("row", "column", "class", "probability"),
            *((r + 1, c + 1, int(self.values[r, c]), float(self.sure[r, c])) for r, c in cells),
        ]

    def restyle(self) -> None:
        super().restyle()
        self._paint()

    def _paint(self) -> None:
        palette = self.palette()
        height, width = self._pixels.shape[:2]
        rows, columns = self.shape
        table = {int(n): self.classes.colour(int(n), palette).getRgb()[:3] for n in np.unique(self.values)}  # pyright: ignore[reportIndexIssue]
        colours = np.array([table[int(n)] for n in self.values.ravel()], np.float64).reshape(rows, columns, 3)
        strength = (_LEAST + (_MOST - _LEAST) * np.nan_to_num(self.sure))[..., None]
        down, right = np.arange(height) * rows // height, np.arange(width) * columns // width
        at = down[:, None], right[None, :]
        grey = self._pixels.mean(axis=-1, keepdims=True)
        picture = ((1 - strength[at]) * grey + strength[at] * colours[at]).astype(np.uint8)
        self.paint_cells(np.concatenate([picture, np.full((height, width, 1), 255, np.uint8)], axis=-1))
