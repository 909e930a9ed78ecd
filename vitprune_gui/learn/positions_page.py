"""How the model knows where a patch is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox

from vitprune.architecture import Kind
from vitprune_gui.learn.controls import SitePicker
from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.questions import POSITIONS, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal

if TYPE_CHECKING:
    from vitprune.anatomy import Positions, Subject
    from vitprune_gui.charts.picture import PictureChart, TileChart, TokenMap

_ADDED = Question(POSITIONS)
_PAIRS = 4  # angles in a formula
_MOST = 24  # small maps a side
_KINDS = {
    "learned": noop("learned vectors, added to the tokens"),
    "fixed": noop("fixed vectors, added to the tokens"),
    "rotary": noop("angles that turn queries and keys"),
    "relative": noop("a bias on the scores of attention, by how far apart two patches are"),
    "none": noop("nothing that was found"),
}
_QUANTITIES = {"rotary": noop("Mean cosine of angles"), "relative": noop("Mean bias")}
_IN_LAYERS = ("rotary", "relative")


class PositionsPage(LearnPage):
    name = "positions"
    title = noop("Position")
    words: ClassVar = {
        OVERVIEW: noop(
            "A list has no left and right: without more, the model could not tell where in the image a token was. Each "
            "small map is of one patch: how alike its position is to all others. Bright where alike."
        ),
        COMPONENT: noop(
            "Click a patch, in the image or in its map. Bright are the positions that look like its own to the model: "
            "are they its neighbours, its row and its column, or places at the other side? Where positions were "
            "learned, nobody told the model which patch lies beside which."
        ),
        FORMULA: noop("What the map shows of the chosen patch, and of the one that is most like it."),
    }

    picture: PictureChart
    maps: TileChart
    map: TokenMap

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.where = QComboBox()
        self.where.setAccessibleName(tr("Where positions come in"))
        self.where.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.where.addItem(tr("Before the first block"), False)
        self.where.addItem(tr("In one layer"), True)
        self.site = SitePicker(learn, Kind.ATTENTION)
        self.controls.addWidget(self.where)
        self.controls.addWidget(self.site)
        self.controls.addStretch(1)
        self.where.activated.connect(self.renew)

    def needs(self) -> tuple[Question, ...]:
        return Question(SUBJECT), _ADDED, self._asked()

    def _asked(self) -> Question:
        """Of the model, or of the layer where the model has it there alone, or people want to see that."""
        known: Positions | None = self.learn.value(_ADDED)
        site = self.learn.site(Kind.ATTENTION)
        in_layers = known is not None and any(kind in _IN_LAYERS for kind in known.kinds)
        alone = known is not None and known.kind in _IN_LAYERS
        if site is not None and in_layers and (alone or self.where.currentData()):
            return Question(POSITIONS, site.id)
        return _ADDED

    @property
    def _found(self) -> Positions:
        return self.drawn[2]

    def build(self) -> None:
        from vitprune_gui.charts.picture import PictureChart, TileChart, TokenMap

        self.picture = PictureChart(tr("Image"), "image")
        self.maps = TileChart(tr("A map for each patch"), "positions")
        self.map = TokenMap(tr("Position"), "position")
        for chart in (self.picture, self.maps, self.map):
            chart.setMinimumSize(130, 130)
            chart.cell_read.connect(self._read)
        self.picture.cell_chosen.connect(self._choose)
        self.map.cell_chosen.connect(self._choose)
        self.maps.cell_chosen.connect(self._choose_map)
        self.charts.addWidget(self.maps, 1)
        self.charts.addWidget(self.picture, 1)
        self.charts.addWidget(self.map, 1)

    def show_level(self, level: str) -> None:
        found = self._found
        there = bool(found.similarity.size) and found.tokens.grid is not None
        self.maps.setVisible(level == OVERVIEW and there)
        self.map.setVisible(level != OVERVIEW and there)
        self.picture.setVisible(level != OVERVIEW or not there)
        self.formula.setVisible(level == FORMULA and there)
        added: Positions = self.drawn[1]
        self.where.setVisible(added.kind not in _IN_LAYERS and any(kind in _IN_LAYERS for kind in added.kinds))
        self.site.setVisible(bool(found.site))

    def show_values(self) -> None:
        from vitprune_gui.charts.picture import coloured
        from vitprune_gui.colours import ColourScale

        subject: Subject = self.drawn[0]
        found, grid = self._found, self._found.tokens.grid
        self.picture.show_picture(subject.pixels, grid, tip=self._tip)
        self._scale = ColourScale.over(found.similarity.ravel().tolist())
        if grid is None or self._scale is None:
            return
        self._nearest = nearest(found.similarity, grid)
        self._step = max(1, -(-max(grid) // _MOST))
        every = found.similarity.reshape(*grid, *grid)[:: self._step, :: self._step]
        tiles = coloured(every.reshape(-1, *grid), self._scale)
        low, high = decimal(self._scale.low, 2), decimal(self._scale.high, 2)
        notes = [tr("{quantity}: dark {low}, bright {high}", quantity=self._quantity, low=low, high=high)]
        if self._step > 1:
            notes.append(tr("every {n}th patch", n=self._step))
        self.maps.show_tiles(tr("A map for each patch"), tiles, every.shape[1], tip=self._map_tip, notes=notes)

    def show_choice(self) -> None:
        found = self._found
        tokens = found.tokens
        token = self.learn.token(tokens)
        cell = tokens.cell(token) if token is not None else None
        self.picture.mark(cell)
        self.map.mark(cell)
        if cell is not None and tokens.grid is not None and self._scale is not None:
            self.maps.mark((cell[0] // self._step, cell[1] // self._step))
            row, column = cell
            patch = row * tokens.grid[1] + column
            title = tr("Row {row}, column {column}", row=row + 1, column=column + 1)
            values = found.similarity[patch].reshape(tokens.grid)
            self.map.show_map(title, values, self._quantity, scale=self._scale, tip=self._tip)
            self._tell(patch)
        self._read(None)

    @property
    def _quantity(self) -> str:
        return tr(_QUANTITIES.get(self._found.kind, noop("Cosine")))

    def _tell(self, patch: int) -> None:
        """The figures of the patch, and of the one whose position is most like it."""
        found = self._found
        others = found.similarity[patch].astype(np.float64).copy()
        others[patch] = -np.inf
        other = int(np.nanargmax(others))
        value = decimal(float(found.similarity[patch, other]))
        i, j = self._place(patch), self._place(other)
        match found.kind:
            case "rotary":
                turned = (found.angles[patch] - found.angles[other]).astype(np.float64)
                terms = " + ".join(f"cos({decimal(float(angle), 2)})" for angle in turned[:_PAIRS])
                lines = [
                    tr("Each pair of channels of a query or key is turned by an angle θ that depends on its row or "
                       "column; what counts is the difference of the angles."),
                    tr("1/{n} · Σ<sub>c</sub> cos(θ<sub>i,c</sub> − θ<sub>j,c</sub>) = 1/{n} · ({terms} + …) = "
                       "<b>{value}</b>", n=len(turned), terms=terms, value=value),
                ]  # fmt: skip
            case "relative":
                by_head = found.by_head[:, patch, other]
                heads = " + ".join(f"({decimal(float(bias), 2)})" for bias in by_head[:_PAIRS])
                more = " + …" if len(by_head) > _PAIRS else ""
                lines = [
                    tr("score<sub>ij</sub> = q<sub>i</sub>·k<sub>j</sub> · scale + B<sub>ij</sub>, another B for each "
                       "head"),
                    tr("mean of B<sub>ij</sub> over {n} heads = ({heads}{more}) / {n} = <b>{value}</b>",
                       n=len(by_head), heads=heads, more=more, value=value),
                ]  # fmt: skip
            case _:
                lines = [
                    tr("t<sub>i</sub> ← t<sub>i</sub> + p<sub>i</sub>: to the token of each patch i the vector of its "
                       "place is added."),
                    tr("cos(p<sub>i</sub>, p<sub>j</sub>) = p<sub>i</sub>·p<sub>j</sub> / (‖p<sub>i</sub>‖ "
                       "‖p<sub>j</sub>‖) = <b>{value}</b>", value=value),
                ]  # fmt: skip
        lines.append(tr("i is the patch in {i}, j the one in {j}.", i=i, j=j))
        self.formula.show_lines(*lines)

    def _place(self, patch: int) -> str:
        grid = self._found.tokens.grid
        row, column = divmod(patch, grid[1]) if grid is not None else (0, patch)
        return tr("row {row}, column {column}", row=row + 1, column=column + 1)

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        found = self._found
        if cell is not None and self.sender() is self.maps:
            self.reading.setText(self._map_tip(*cell))
        elif cell is not None:
            self.reading.setText(self._tip(*cell))
        else:
            told = tr("How this model knows places: {kind}.", kind=tr(_KINDS[found.kind]))
            more = [found.reason] if found.reason else []
            if found.similarity.size and found.tokens.grid is None:
                more.append(found.tokens.reason)
            elif found.similarity.size and self.learn.level == FORMULA:
                beside, mirrored = self._nearest
                more.append(
                    tr("Of {n} patches, {beside} have the position most like theirs right beside them, {mirrored} at "
                       "the mirrored place of their row.", n=found.tokens.patches, beside=beside, mirrored=mirrored)
                )  # fmt: skip
            self.reading.setText(" ".join([told, *more]))

    def _tip(self, row: int, column: int) -> str:
        found = self._found
        tokens = found.tokens
        place = tr("Patch in row {row}, column {column}", row=row + 1, column=column + 1)
        token = self.learn.token(tokens)
        cell = tokens.cell(token) if token is not None else None
        if cell is None or tokens.grid is None or not found.similarity.size:
            return place
        value = found.similarity[cell[0] * tokens.grid[1] + cell[1], row * tokens.grid[1] + column]
        quantity = self._quantity
        return f"{place}\n" + tr(
            "{quantity} with the chosen one: {value}", quantity=quantity, value=decimal(float(value))
        )

    def _map_tip(self, row: int, column: int) -> str:
        row, column = row * self._step, column * self._step
        return tr("Map of the patch in row {row}, column {column}", row=row + 1, column=column + 1)

    @Slot(int, int)
    def _choose_map(self, row: int, column: int) -> None:
        self._choose(row * self._step, column * self._step)

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        tokens = self._found.tokens
        if tokens.grid is not None:
            self.learn.choose_token(tokens, tokens.token_at(row, column))


def nearest(similarity: NDArray[np.floating], grid: tuple[int, int]) -> tuple[int, int]:
    """How many patches find what is most like them beside them, corners included, and how many where their own place is
    mirrored from left to right, unless that is beside them. `similarity` is (patches, patches)."""
    others = np.nan_to_num(similarity.astype(np.float64), nan=-np.inf)
    np.fill_diagonal(others, -np.inf)
    (rows, columns), (there, across) = np.divmod(np.arange(len(others)), grid[1]), np.divmod(others.argmax(1), grid[1])
    beside = np.maximum(abs(rows - there), abs(columns - across)) == 1
    mirrored = (rows == there) & (across == grid[1] - 1 - columns) & ~beside
    return int(beside.sum()), int(mirrored.sum())
