"""How an image becomes tokens: it is cut into patches, and each patch becomes a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.questions import PATCHES, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW
from vitprune_gui.learn.tiling import prefix_name
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, percent, significant, thousands
from vitprune_gui.views.parts import SPACE

if TYPE_CHECKING:
    from vitprune.anatomy import Patches, Subject
    from vitprune_gui.charts.picture import PictureChart, TileChart, Tip
    from vitprune_gui.charts.vector import VectorChart

_ASKED = Question(SUBJECT), Question(PATCHES)
_SHOWN = 3  # numbers of a vector in a formula
_FILTERS = 7  # beside each other


class PatchesPage(LearnPage):
    name = "patches"
    title = noop("Image to tokens")
    words: ClassVar = {
        OVERVIEW: noop(
            "A transformer reads a list, not a picture. So the image is cut into square patches, and each patch "
            "becomes one entry of the list: a token. Click a patch to follow it."
        ),
        COMPONENT: noop(
            "The numbers of a patch, its colours, are multiplied by learned filters, one for each number of the token. "
            "What the filters have in common shows as edges, spots and colours: their principal components, below."
        ),
        FORMULA: noop("One matrix turns the numbers of a patch into the numbers of its token. It is the same for all."),
    }

    picture: PictureChart
    cut: TileChart
    patch: PictureChart
    filters: TileChart
    vector: VectorChart

    def needs(self) -> tuple[Question, ...]:
        return _ASKED

    @property
    def _found(self) -> tuple[Subject, Patches]:
        return self.drawn[0], self.drawn[1]

    def build(self) -> None:
        from vitprune_gui.charts.picture import PictureChart, TileChart
        from vitprune_gui.charts.vector import VectorChart

        self.picture = PictureChart(tr("Image"), "image")
        self.cut = TileChart(tr("Patches"), "patches")
        self.patch = PictureChart(tr("Patch"), "patch")
        self.filters = TileChart(tr("Filters"), "filters")
        self.vector = VectorChart(tr("Its token"), "token")
        for chart in (self.picture, self.cut, self.patch, self.filters, self.vector):
            chart.setMinimumSize(130, 120)
        self.vector.setMinimumHeight(100)
        self._parts = QWidget()
        right = QVBoxLayout(self._parts)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(SPACE)
        pair = QHBoxLayout()
        pair.setSpacing(SPACE)
        pair.addWidget(self.patch, 1)
        pair.addWidget(self.filters, 1)
        right.addLayout(pair, 3)
        right.addWidget(self.vector, 2)
        self.charts.addWidget(self.picture, 1)
        self.charts.addWidget(self.cut, 1)
        self.charts.addWidget(self._parts, 1)
        for chart in (self.picture, self.cut):
            chart.cell_chosen.connect(self._choose)
            chart.cell_read.connect(self._read)
        self.filters.cell_read.connect(self._read_filter)

    def show_level(self, level: str) -> None:
        self.cut.setVisible(level == OVERVIEW)
        self._parts.setVisible(level != OVERVIEW)
        self.filters.setVisible(level == COMPONENT and self._found[1].filters.size > 0)
        self.charts.setStretchFactor(self._parts, 2 if level == COMPONENT else 1)

    def show_values(self) -> None:
        subject, found = self._found
        grid = found.tokens.grid
        self.picture.show_picture(subject.pixels, grid, tip=self._tip)
        if grid is not None:
            tiles = np.concatenate([patch_of(subject.pixels, grid, cell)[None] for cell in np.ndindex(grid)])
            notes = (tr("{rows} × {columns} patches", rows=grid[0], columns=grid[1]),)
            self.cut.show_tiles(tr("Patches"), tiles, grid[1], tip=self._tip, notes=notes)
        else:
            self.cut.show_tiles(tr("Patches"), subject.pixels[None], 1, notes=(found.tokens.reason,))
        if found.filters.size:
            self.filters.show_tiles(
                tr("Filters"),
                (255 * found.filters).round().astype(np.uint8),
                _FILTERS,
                tip=self._filter_tip,
                notes=(tr("%n component(s)", "", len(found.filters)),),
            )

    def show_choice(self) -> None:
        subject, found = self._found
        tokens = found.tokens
        token = self.learn.token(tokens)
        cell = tokens.cell(token) if token is not None else None
        for chart in (self.picture, self.cut):
            chart.mark(cell)
        if cell is not None and tokens.grid is not None and token is not None:
            pixels = patch_of(subject.pixels, tokens.grid, cell)
            self.patch.show_picture(pixels, pixels.shape[:2], tip=self._colour_tip(pixels))
            vector = found.embedded[token - len(tokens.prefix)]
            self.vector.show_vector(
                tr("Token {n}", n=token), vector, tr("number of the token"), tr("value"), limits=_limits(found.embedded)
            )
            self._tell(pixels, vector, found, token)
        self._read(None)

    def _tell(self, pixels: NDArray[np.uint8], vector: NDArray[np.float32], found: Patches, token: int) -> None:
        height, width = found.size
        lines = [
            tr(
                "x = the {height} × {width} pixels × 3 colours of the patch = <b>{count}</b> numbers: {first}, …",
                height=height, width=width, count=thousands(found.values), first=_first(pixels.reshape(-1) / 255.0),
            ),
            tr(
                "t = W x + b &nbsp; with W of {rows} × {columns} learned numbers",
                rows=thousands(found.width), columns=thousands(found.values),
            ),
            tr(
                "t<sub>{token}</sub> = (<b>{first}</b>, …): <b>{width}</b> numbers, of length ‖t‖ = {length}",
                token=token, first=_first(vector), width=thousands(found.width),
                length=significant(float(np.linalg.norm(vector))),
            ),
        ]  # fmt: skip
        if found.reason:
            lines[1] = found.reason
        else:
            lines.append(tr("Before it is multiplied, x is scaled as the model was trained with it (mean and spread)."))
        self.formula.show_lines(*lines)

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        """Of the patch under the mouse, else what there is of all."""
        found = self._found[1]
        tokens = found.tokens
        if cell is not None and tokens.grid is not None:
            self.reading.setText(self._tip(*cell))
            return
        height, width = found.size
        told = [tr("%n patch(es) of {height} × {width} pixels", "", tokens.patches, height=height, width=width)]
        if tokens.prefix:
            told.append(tr("before them: {names}", names=", ".join(map(prefix_name, tokens.prefix))))
        told.append(tr("so the list has %n token(s)", "", len(tokens)))
        told.append(tr("each token has {width} numbers", width=thousands(found.width)))
        self.reading.setText("; ".join(told) + ".")

    @Slot(object)
    def _read_filter(self, cell: tuple[int, int] | None) -> None:
        if cell is not None:
            self.reading.setText(self._filter_tip(*cell))
        else:
            self._read(None)

    def _tip(self, row: int, column: int) -> str:
        tokens = self._found[1].tokens
        token = tokens.token_at(row, column) if tokens.grid is not None else 0
        return tr("Patch in row {row}, column {column}: token {token}", row=row + 1, column=column + 1, token=token)

    def _filter_tip(self, row: int, column: int) -> str:
        found, number = self._found[1], row * _FILTERS + column
        if number >= len(found.filters):
            return ""
        share = percent(float(found.explained[number]))
        return tr("Component {number} of the filters: {share} of their variance", number=number + 1, share=share)

    def _colour_tip(self, pixels: NDArray[np.uint8]) -> Tip:
        def tip(row: int, column: int) -> str:
            red, green, blue = (decimal(float(value) / 255, 2) for value in pixels[row, column])
            return tr("Red {red}, green {green}, blue {blue}", red=red, green=green, blue=blue)

        return tip

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        tokens = self._found[1].tokens
        if tokens.grid is not None:
            self.learn.choose_token(tokens, tokens.token_at(row, column))


def patch_of(pixels: NDArray[np.uint8], grid: tuple[int, int], cell: tuple[int, int]) -> NDArray[np.uint8]:
    """(height, width, 3): a patch of an image, which is taken as cut evenly."""
    (height, width), (rows, columns), (row, column) = pixels.shape[:2], grid, cell
    high, wide = height // rows, width // columns
    return pixels[row * high : (row + 1) * high, column * wide : (column + 1) * wide]


def _limits(embedded: NDArray[np.float32]) -> tuple[float, float]:
    return min(0.0, float(embedded.min())), max(0.0, float(embedded.max()))


def _first(values: NDArray[np.floating]) -> str:
    return ", ".join(decimal(float(value), 2) for value in values[:_SHOWN])
