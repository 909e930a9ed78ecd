"""How alike the tokens of an image become with depth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.pickers import DepthPicker, depth_names, depth_title, place_of
from vitprune_gui.learn.questions import LIKENESS, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal

if TYPE_CHECKING:
    from vitprune.anatomy import Likeness, Subject, Tokens
    from vitprune_gui.charts.depths import DepthChart
    from vitprune_gui.charts.picture import PictureChart, TileChart

_ASKED = Question(SUBJECT), Question(LIKENESS)


class LikenessPage(LearnPage):
    name = "likeness"
    title = noop("How alike tokens are")
    words: ClassVar = {
        OVERVIEW: noop(
            "Attention mixes the tokens with each other, so they may become alike. Left: the mean cosine of all pairs "
            "of patches, after every block. Right: the effective rank, in how many directions the patches differ. "
            "Where both stand still, the blocks change little of how patches lie to each other."
        ),
        COMPONENT: noop(
            "Click a patch: the small maps show how alike all others are to it, at every depth. Click a map, or move "
            "the depth, to see it over the image. At first what looks alike is alike, later what means the same."
        ),
        FORMULA: noop("The cosine of two tokens, and the effective rank of all patches, at the chosen depth."),
    }

    means: DepthChart
    ranks: DepthChart
    picture: PictureChart
    maps: TileChart

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.picker = DepthPicker(learn)
        self.controls.addWidget(self.picker, 1)
        self.picker.moved.connect(self.renew)

    def needs(self) -> tuple[Question, ...]:
        return _ASKED

    @property
    def _found(self) -> Likeness:
        return self.drawn[1]

    def build(self) -> None:
        from vitprune_gui.charts.depths import DepthChart
        from vitprune_gui.charts.picture import PictureChart, TileChart

        self.means = DepthChart(tr("Similarity of patches"), "patch-similarity")
        self.ranks = DepthChart(tr("Effective rank"), "effective-rank")
        self.picture = PictureChart(tr("Image"), "similarity-map")
        self.maps = TileChart(tr("At every depth"), "similarity-maps")
        for chart in (self.means, self.ranks):
            chart.site_chosen.connect(self._choose_depth)
            chart.key_read.connect(self._read_depth)
        self.picture.cell_chosen.connect(self._choose)
        self.picture.cell_read.connect(self._read)
        self.maps.cell_chosen.connect(self._choose_map)
        self.maps.cell_read.connect(self._read_map)
        for chart in (self.means, self.ranks, self.picture, self.maps):
            chart.setMinimumSize(150, 130)
            self.charts.addWidget(chart, 1)

    def show_level(self, level: str) -> None:
        self.means.setVisible(level == OVERVIEW)
        self.ranks.setVisible(level == OVERVIEW)
        self.picture.setVisible(level != OVERVIEW)
        self.maps.setVisible(level != OVERVIEW)

    def show_values(self) -> None:
        from vitprune_gui.charts.depths import of_tokens
        from vitprune_gui.colours import ColourScale

        found = self._found
        self.picker.offer(found.depths)
        self._names = depth_names(self.learn, found.depths)
        names = {depth: depth_title(name) for depth, name in zip(found.depths, self._names, strict=True)}
        ticks = tuple((float(x), name) for x, name in enumerate(self._names))

        def places(values: NDArray[np.float32]) -> dict[str, tuple[float, float]]:
            return {depth: (float(x), float(values[x])) for x, depth in enumerate(found.depths)}

        low = min(0.0, float(found.mean.min()))
        self.means.show_lines(
            tr("Similarity of patches"), [of_tokens("patch", tr("mean of all pairs"), places(found.mean))],
            tr("After block"), tr("Cosine"), names, ticks=ticks, limits=(low, 1.03), notes=(tr("1 = all alike"),),
        )  # fmt: skip
        self.ranks.show_lines(
            tr("Effective rank"),
            [
                of_tokens("patch", tr("patches"), places(found.rank)),
                of_tokens("both", tr("most possible"), places(found.most), dotted=True),
            ],
            tr("After block"), tr("Directions"), names, ticks=ticks, limits=(0.0, 1.06 * float(found.most.max())),
        )  # fmt: skip
        ends = [float(end) for values in found.similarity for end in (values.min(), values.max())]
        self._scale = ColourScale.over(ends)
        self._tiled: object = None
        self._drawn_at: object = None

    def show_choice(self) -> None:
        self.picker.follow()
        at = self.picker.at
        tokens = self._found.tokens[at]
        token = self.learn.token(tokens)
        for chart in (self.means, self.ranks):
            chart.select(self.picker.chosen)
        if self.learn.level != OVERVIEW:
            self._show_tiles(token)
            self.maps.mark((at // self._columns, at % self._columns))
            if self._drawn_at != (at, token):
                self._drawn_at = at, token
                self._show_map(at, tokens, token)
            self._tell(at, tokens, token)
        self._read(None)

    def _row(self, at: int, token: int | None) -> NDArray[np.float32] | None:
        """Cosines of a token with the patches of a depth, (rows, columns)."""
        tokens = self._found.tokens[at]
        if token is None or tokens.grid is None:
            return None
        return tokens.on_grid(self._found.similarity[at][token])

    def _show_tiles(self, token: int | None) -> None:
        """A map of the chosen token for every depth, on one scale; grids of later stages are coarser."""
        from vitprune_gui.charts.picture import coloured

        found = self._found
        count = len(found.depths)
        self._columns = math.ceil(math.sqrt(count))
        chosen = [self.learn.token(tokens) for tokens in found.tokens]
        if self._tiled == (id(found), tuple(chosen)) or self._scale is None:
            return
        self._tiled = id(found), tuple(chosen)
        rows = max((tokens.grid[0] for tokens in found.tokens if tokens.grid), default=1)
        columns = max((tokens.grid[1] for tokens in found.tokens if tokens.grid), default=1)
        tiles = np.full((count, rows, columns, 3), 128, np.uint8)
        for at in range(count):
            values = self._row(at, chosen[at])
            if values is not None:
                down, right = np.arange(rows) * len(values) // rows, np.arange(columns) * values.shape[1] // columns
                tiles[at] = coloured(values[down[:, None], right[None, :]], self._scale)
        low, high = decimal(self._scale.low, 2), decimal(self._scale.high, 2)
        notes = tr("{quantity}: dark {low}", quantity=tr("Cosine"), low=low), tr("bright {high}", high=high)
        self.maps.show_tiles(tr("At every depth"), tiles, self._columns, tip=self._map_tip, notes=notes)

    def _show_map(self, at: int, tokens: Tokens, token: int | None) -> None:
        subject: Subject = self.drawn[0]
        values = self._row(at, token)
        self.picture.set_title(tr("Like the chosen patch"))
        if values is None:
            self.picture.show_picture(subject.pixels, tokens.grid, tip=self._tip)
        else:
            self.picture.show_picture(
                subject.pixels, tokens.grid, over=values, quantity=tr("Cosine"), scale=self._scale, tip=self._tip
            )
        self.picture.mark(tokens.cell(token) if token is not None else None)

    def _tell(self, at: int, tokens: Tokens, token: int | None) -> None:
        found = self._found
        entropy = math.log(max(1e-12, float(found.rank[at])))
        lines: list[str] = []
        if token is not None and tokens.patches > 1:
            row = found.similarity[at][token].astype(np.float64)
            others = row.copy()
            others[: len(tokens.prefix)] = -np.inf
            others[token] = -np.inf
            other = int(others.argmax())
            lines.append(
                tr("i is {i}, j the patch most like it, {j}: cos(t<sub>i</sub>, t<sub>j</sub>) = "
                   "t<sub>i</sub>·t<sub>j</sub> / (‖t<sub>i</sub>‖ ‖t<sub>j</sub>‖) = <b>{value}</b>",
                   i=place_of(tokens, token), j=place_of(tokens, other), value=decimal(float(row[other])))
            )  # fmt: skip
        pairs = tokens.patches * (tokens.patches - 1) // 2
        lines.append(
            tr("Mean over the %n pair(s) of patches: <b>{mean}</b>", "", pairs, mean=decimal(float(found.mean[at])))
        )
        lines.append(
            tr("Effective rank: with the singular values σ of the patches and p = σ / Σ σ, exp(−Σ p ln p) = "
               "exp({entropy}) = <b>{rank}</b> of at most {most}",
               entropy=decimal(entropy), rank=decimal(float(found.rank[at]), 1), most=decimal(float(found.most[at]), 0))
        )  # fmt: skip
        self.formula.show_lines(*lines)

    # What is read

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        if cell is not None:
            self.reading.setText(self._tip(*cell).replace("\n", ": "))
            return
        at = self.picker.at
        told = [self._figures(at)]
        tokens = self._found.tokens[at]
        if self.learn.level != OVERVIEW and tokens.grid is None:
            told.append(tr("There is no map: {reason}", reason=tokens.reason))
        self.reading.setText(" ".join(told))

    @Slot(object)
    def _read_depth(self, key: str | None) -> None:
        if key is None:
            self._read(None)
        else:
            self.reading.setText(self._figures(self._found.depths.index(key)))

    @Slot(object)
    def _read_map(self, cell: tuple[int, int] | None) -> None:
        number = self.maps.number(*cell) if cell is not None else None
        if number is None:
            self._read(None)
        else:
            self.reading.setText(self._figures(number))

    def _figures(self, at: int) -> str:
        found = self._found
        return tr(
            "In the stream {depth}: mean cosine of patches {mean}, effective rank {rank} of at most {most}.",
            depth=depth_title(self._names[at]), mean=decimal(float(found.mean[at])),
            rank=decimal(float(found.rank[at]), 1), most=decimal(float(found.most[at]), 0),
        )  # fmt: skip

    def _tip(self, row: int, column: int) -> str:
        at = self.picker.at
        place = tr("Patch in row {row}, column {column}", row=row + 1, column=column + 1)
        values = self._row(at, self.learn.token(self._found.tokens[at]))
        if values is None:
            return place
        value = decimal(float(values[row, column]))
        return f"{place}\n" + tr("{quantity} with the chosen one: {value}", quantity=tr("Cosine"), value=value)

    def _map_tip(self, row: int, column: int) -> str:
        number = row * self._columns + column
        return depth_title(self._names[number]) if number < len(self._names) else ""

    @Slot(str)
    def _choose_depth(self, depth: str) -> None:
        self.picker.choose(depth)

    @Slot(int, int)
    def _choose_map(self, row: int, column: int) -> None:
        number = self.maps.number(row, column)
        if number is not None:
            self.picker.choose(self._found.depths[number])

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        tokens = self._found.tokens[self.picker.at]
        if tokens.grid is not None:
            self.learn.choose_token(tokens, tokens.token_at(row, column))
