"""All heads of a layer, and of all layers: where each looks, how widely, and how far."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QLabel

from vitprune.architecture import Kind
from vitprune_gui.learn.controls import HeadPicker, SitePicker
from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.questions import ATTENTION, HEADS, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.learn.tiling import Tiling, magnitude, token_name
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, number, site_name

if TYPE_CHECKING:
    from vitprune.anatomy import Array, Attention, Heads, Subject
    from vitprune_gui.charts.heads import HeadGrid, HeadsByDepth
    from vitprune_gui.charts.picture import TileChart

_ENTROPY, _DISTANCE = "entropy", "distance"
_TITLES = {_ENTROPY: noop("Entropy of the weights"), _DISTANCE: noop("Mean attention distance")}
_AXES = {_ENTROPY: noop("Entropy (bits)"), _DISTANCE: noop("Mean distance (pixels)")}
_TERMS = 3
_ASKED = Question(SUBJECT), Question(HEADS)


class LayersPage(LearnPage):
    name = "layers"
    title = noop("All heads")
    words: ClassVar = {
        OVERVIEW: noop(
            "Every layer has several heads, and each looks for something else. Each small map is one head: what the "
            "class token takes from the patches, or all tokens together where there is none. Click a map to enter the "
            "head."
        ),
        COMPONENT: noop(
            "Left: the heads of one layer. Right: every head of the model as a point. A low entropy says that a head "
            "picks few tokens, a high one that it averages over many; a short distance, that it looks at neighbours."
        ),
        FORMULA: noop("The same figures with their numbers, for one query of the chosen head."),
    }

    grid: HeadGrid
    layer: TileChart
    by_depth: HeadsByDepth

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.site = SitePicker(learn, Kind.ATTENTION)
        self.head = HeadPicker(learn)
        self.figure = QComboBox()
        self.figure.setAccessibleName(tr("Figure"))
        self.figure.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for name, title in _TITLES.items():
            self.figure.addItem(tr(title), name)
        self.of = QLabel(tr("&Figure"))
        self.of.setBuddy(self.figure)
        for control in (self.site, self.head, self.of, self.figure):
            self.controls.addWidget(control)
        self.controls.addStretch(1)
        self.figure.activated.connect(self._turn)

    def needs(self) -> tuple[Question, ...]:
        site = self.learn.site(Kind.ATTENTION)
        if self.learn.level != FORMULA or site is None:
            return _ASKED
        asked = Question(ATTENTION, site.id)
        # What cannot be shown of one layer is no reason to hide the others.
        return _ASKED if self.learn.reason(asked) is not None else (*_ASKED, asked)

    def missing(self) -> str:
        return "" if self.learn.sites(Kind.ATTENTION) else tr("It has no attention layer, or all are removed.")

    @property
    def _found(self) -> Heads:
        return self.drawn[1]

    def build(self) -> None:
        from vitprune_gui.charts.heads import HeadGrid, HeadsByDepth
        from vitprune_gui.charts.picture import TileChart

        self.grid = HeadGrid(tr("All heads"), "all-heads")
        self.layer = TileChart(tr("Heads of a layer"), "heads-of-layer")
        self.by_depth = HeadsByDepth(tr("Heads by depth"), "heads-by-depth")
        for chart in (self.grid, self.layer, self.by_depth):
            chart.setMinimumSize(150, 130)
        self.tiles = Tiling(self.grid, self.layer, self.by_depth)
        self.charts.addWidget(self.tiles, 1)
        self.grid.cell_chosen.connect(self._open_cell)
        self.grid.cell_read.connect(self._read_cell)
        self.layer.cell_chosen.connect(self._open_tile)
        self.layer.cell_read.connect(self._read_tile)
        self.by_depth.head_opened.connect(self._open)
        self.by_depth.head_chosen.connect(self._choose)

    def show_level(self, level: str) -> None:
        self.grid.setVisible(level == OVERVIEW)
        self.layer.setVisible(level != OVERVIEW)
        self.by_depth.setVisible(level != OVERVIEW)
        for control in (self.head, self.of, self.figure):
            control.setVisible(level != OVERVIEW)

    def show_values(self) -> None:
        found = self._found
        known = {site.id: number(site) for site in self.learn.sites(Kind.ATTENTION)}
        self._names = {site.id: site_name(site) for site in self.learn.sites(Kind.ATTENTION)}
        self._numbers = tuple(known.get(site, str(at)) for at, site in enumerate(found.sites))
        self.grid.show_heads(found.maps, self._numbers, tip=self._cell_tip)
        self._drawn = -1
        self._draw_depth()

    def show_choice(self) -> None:
        found, at = self._found, self._at
        heads = int(np.isfinite(found.entropy[at]).sum()) or len(found.maps[at])
        self.head.offer(heads)
        head = self.head.head
        if at != self._drawn:
            self._drawn = at
            self._draw_layer(at)
        self.grid.mark((head, at))
        self.layer.mark(divmod(head, self.layer.shape[1]))
        self.by_depth.mark(at, head)
        if self.learn.level == FORMULA:
            self.formula.show_lines(*self._lines(at, head))
        self._read(None)

    @property
    def _at(self) -> int:
        """The chosen layer."""
        site = self.learn.site(Kind.ATTENTION)
        return self._found.sites.index(site.id) if site is not None and site.id in self._found.sites else 0

    @property
    def _figure(self) -> str:
        return self.figure.currentData()

    # Drawing

    def _draw_depth(self) -> None:
        found, figure = self._found, self._figure
        if figure == _ENTROPY:
            most = np.array([row[np.isfinite(row)].max(initial=0) for row in found.most], np.float32)
            self.by_depth.show_values(
                tr(_TITLES[figure]), found.entropy, tr(_AXES[figure]), self._numbers, self._tip, most=most,
                limit=tr("largest possible"),
            )  # fmt: skip
        else:
            self.by_depth.show_values(tr(_TITLES[figure]), found.distance, tr(_AXES[figure]), self._numbers, self._tip)

    def _draw_layer(self, at: int) -> None:
        from vitprune_gui.charts.heads import over_picture

        subject: Subject = self.drawn[0]
        maps, title = self._found.maps[at], self._names.get(self._found.sites[at], "")
        if not maps.size:
            self.layer.show_tiles(title, subject.pixels[None], 1, notes=(tr("It has no map: see below."),))
            return
        columns = math.ceil(math.sqrt(len(maps)))
        notes = (
            tr("from the class token") if self._found.of_class[at] else tr("mean over all queries"),
            tr("dark: its least, bright: its most"),
        )
        self.layer.show_tiles(title, over_picture(subject.pixels, maps), columns, tip=self._tile_tip, notes=notes)

    # In words

    def _tip(self, layer: int, head: int) -> str:
        found = self._found
        site = found.sites[layer]
        name = tr("{layer}, head {head}", layer=self._names.get(site, site), head=head + 1)
        if not math.isfinite(found.entropy[layer, head]):
            return f"{name}\n" + tr("Cannot be shown")
        told = tr(
            "Entropy {entropy} of at most {most} bits",
            entropy=decimal(float(found.entropy[layer, head]), 2),
            most=decimal(float(found.most[layer, head]), 2),
        )
        if math.isfinite(found.distance[layer, head]):
            told += "\n" + tr(
                "Mean distance {distance} pixels", distance=decimal(float(found.distance[layer, head]), 1)
            )
        return f"{name}\n{told}"

    def _cell_tip(self, row: int, column: int) -> str:
        found = self._found
        if column >= len(found.sites) or row >= found.entropy.shape[1]:
            return ""
        if row >= len(found.maps[column]) and not math.isfinite(found.entropy[column, row]):
            name = self._names.get(found.sites[column], found.sites[column])
            return tr("{layer} has no head {head}, or cannot be shown", layer=name, head=row + 1)
        return self._tip(column, row)

    def _tile_tip(self, row: int, column: int) -> str:
        head = self.layer.number(row, column)
        return self._tip(self._at, head) if head is not None else ""

    @Slot(object)
    def _read_cell(self, cell: tuple[int, int] | None) -> None:
        self._read(self._cell_tip(*cell) if cell is not None else None)

    @Slot(object)
    def _read_tile(self, cell: tuple[int, int] | None) -> None:
        self._read(self._tile_tip(*cell) if cell is not None else None)

    def _read(self, text: str | None) -> None:
        found, at = self._found, self._at
        if text:
            self.reading.setText(text.replace("\n", ": ", 1).replace("\n", "; "))
            return
        unseen = [self._names.get(site, site) for site, row in zip(found.sites, found.entropy, strict=True)
                  if not np.isfinite(row).any()]  # fmt: skip
        if unseen:
            self.reading.setText(tr("Attention that cannot be shown: {layers}.", layers=", ".join(unseen)))
            return
        told = self._tip(at, self.head.head).replace("\n", ": ", 1).replace("\n", "; ")
        if not found.maps[at].size:
            told += ". " + tr("Its tokens lie on no grid, so it has no map and no distance.")
        elif not any(found.of_class):
            told += ". " + tr("This model has no class token that asks: maps are means over all queries.")
        self.reading.setText(told)

    def _lines(self, at: int, head: int) -> list[str]:
        found = self._found
        if len(self.drawn) < 3:
            return [tr("The attention of this layer cannot be shown.")]
        attention: Attention = self.drawn[2]
        queries = attention.queries
        token = self.learn.token(queries)
        query = token if token is not None else queries.class_token or 0
        chances = chances_of(attention, head, query)
        name = token_name(queries, query)
        if self._figure == _ENTROPY:
            return self._entropy_lines(chances, name, float(found.entropy[at, head]), float(found.most[at, head]))
        return self._distance_lines(attention, chances, query, name, float(found.distance[at, head]))

    def _entropy_lines(self, chances: Array, name: str, mean: float, most: float) -> list[str]:
        given = chances[chances > 0].astype(np.float64)
        largest = np.sort(given)[::-1][:_TERMS]
        terms = " + ".join(tr("{a}·log<sub>2</sub> {a}", a=magnitude(float(a))) for a in largest)
        return [
            tr("H<sub>i</sub> = −Σ<sub>j</sub> a<sub>ij</sub> log<sub>2</sub> a<sub>ij</sub> = −({terms} + …) = "
               "<b>{value}</b> bits, for the query i: {name}", terms=terms,
               value=decimal(float(-(given * np.log2(given)).sum())), name=name),
            tr("2<sup>{value}</sup> = {count}: as if it chose evenly among so many keys",
               value=decimal(float(-(given * np.log2(given)).sum()), 2),
               count=decimal(float(2 ** -(given * np.log2(given)).sum()), 1)),
            tr("mean of all queries, the point in the chart: <b>{mean}</b> bits; all {n} keys alike would be log<sub>2"
               "</sub> {n} = {most}", mean=decimal(mean), n=round(2**most), most=decimal(most)),
        ]  # fmt: skip

    def _distance_lines(self, attention: Attention, chances: Array, query: int, name: str, mean: float) -> list[str]:
        subject: Subject = self.drawn[0]
        told = tr("mean of all patches, the point in the chart: <b>{mean}</b> pixels", mean=decimal(mean, 2))
        at = attention.queries.cell(query)
        if at is None or attention.keys.grid is None or not math.isfinite(mean):
            why = tr("Only a patch has a place, and so a distance: choose one on the page before.")
            return [why, told] if math.isfinite(mean) else [why]
        size = subject.pixels.shape[:2]
        assert attention.queries.grid is not None
        apart = distances(attention.queries.grid, attention.keys.grid, at, (size[0], size[1]))
        given = chances[len(attention.keys.prefix) :].astype(np.float64)
        largest = np.argsort(-given)[:_TERMS]
        terms = " + ".join(f"{magnitude(float(given[j]))}·{decimal(float(apart[j]), 1)}" for j in largest)
        total = float(given.sum())
        value = float(given @ apart) / max(total, 1e-12)
        return [
            tr("d<sub>i</sub> = Σ<sub>j</sub> a<sub>ij</sub> d<sub>ij</sub> / Σ<sub>j</sub> a<sub>ij</sub> = ({terms} "
               "+ …) / {total} = <b>{value}</b> pixels, for the query i: {name}", terms=terms, total=decimal(total),
               value=decimal(value, 2), name=name),
            tr("d<sub>ij</sub> is the distance between the centres of two patches; only patches count."),
            told,
        ]  # fmt: skip

    # From the user

    @Slot()
    def _turn(self) -> None:
        self._draw_depth()
        self.show_choice()

    @Slot(int, int)
    def _open_cell(self, row: int, column: int) -> None:
        if column < len(self._found.sites) and math.isfinite(self._found.entropy[column, row]):
            self._open(column, row)

    @Slot(int, int)
    def _open_tile(self, row: int, column: int) -> None:
        head = self.layer.number(row, column)
        if head is not None and self._found.maps[self._at].size:
            self._open(self._at, head)

    @Slot(int, int)
    def _choose(self, layer: int, head: int) -> None:
        self.learn.choose_head(head)
        self.learn.choose_site(self._found.sites[layer])

    @Slot(int, int)
    def _open(self, layer: int, head: int) -> None:
        self._choose(layer, head)
        self.learn.turn_to("head")


def chances_of(attention: Attention, head: int, query: int) -> Array:
    """The weights of a query before any mixing of heads: what entropy and distance are of."""
    if not attention.mixed:
        return attention.weights[head, query]
    row = attention.scores[head, query].astype(np.float64)
    part = np.exp(row - row.max())
    return (part / part.sum()).astype(np.float32)


def distances(
    queries: tuple[int, int], keys: tuple[int, int], at: tuple[int, int], size: tuple[int, int]
) -> np.ndarray:
    """(P,): from the centre of one patch to those of all, in pixels."""
    from_ = [(place + 0.5) * pixels / count for place, pixels, count in zip(at, size, queries, strict=True)]
    rows, columns = ((np.arange(count) + 0.5) * pixels / count for count, pixels in zip(keys, size, strict=True))
    return np.hypot(rows[:, None] - from_[0], columns[None, :] - from_[1]).ravel()
