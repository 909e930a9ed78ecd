"""How alike the stream is at two depths: what repeats."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QPushButton

from vitprune.architecture import Kind
from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.pickers import depth_names, depth_title, place_of
from vitprune_gui.learn.questions import LAYER_PAIRS, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, images
from vitprune_gui.views.parts import EmptyState

if TYPE_CHECKING:
    from vitprune.anatomy import LayerPairs, Subject
    from vitprune_gui.charts.picture import PictureChart
    from vitprune_gui.charts.similarity import SimilarityChart
    from vitprune_gui.similarities import Map

_PICTURE, _PAIRS = Question(SUBJECT), Question(LAYER_PAIRS)
_CKA, _COSINE = "cka", "cosine"
_SOON = 5.0  # seconds that nobody has to press a button for


class PairsPage(LearnPage):
    name = "pairs"
    title = noop("What repeats")
    words: ClassVar = {
        OVERVIEW: noop(
            "How alike is the stream after one block to that after another? A bright square along the diagonal is a "
            "run of blocks across which little changes: a first candidate for pruning. Click a pair."
        ),
        COMPONENT: noop(
            "CKA asks whether images lie to each other alike at two depths; the cosine asks whether a token still "
            "points the same way. The image shows the cosine of each of its patches at the two chosen depths."
        ),
        FORMULA: noop("What the chosen pair comes to, over all images and for the chosen patch."),
    }

    map: SimilarityChart
    picture: PictureChart

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.measure = QComboBox()
        self.measure.setAccessibleName(tr("Measure of likeness"))
        self.measure.setToolTip(tr("Measure of likeness"))
        self.measure.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for name, title in ((_CKA, tr("CKA over images")), (_COSINE, tr("Cosine of the same token"))):
            self.measure.addItem(title, name)
        self.controls.addWidget(self.measure)
        self.controls.addStretch(1)
        self.ask = QPushButton(tr("Compare over the open images"))
        self.prompt = EmptyState("", "", self.ask)
        self.charts.addWidget(self.prompt, 1)
        self._pair = (0, 0)
        self._followed = ""
        self._began = 0.0  # by the clock; 0 while nothing is compared
        self._took: float | None = None  # seconds, the last time; None as long as nobody asked
        self.measure.activated.connect(self.renew)
        self.ask.clicked.connect(self._ask)
        learn.busy_changed.connect(self._take_time)
        learn.busy_changed.connect(self._show_prompt)

    def needs(self) -> tuple[Question, ...]:
        return (_PICTURE, _PAIRS) if self.learn.value(_PAIRS) is not None else (_PICTURE,)

    def later(self) -> tuple[Question, ...]:
        """For every image, once people asked and it was soon there."""
        return (_PAIRS,) if self._took is not None and self._took <= _SOON else ()

    @property
    def _found(self) -> LayerPairs | None:
        return self.drawn[1] if len(self.drawn) > 1 else None

    def build(self) -> None:
        from vitprune_gui.charts.picture import PictureChart
        from vitprune_gui.charts.similarity import SimilarityChart

        self.map = SimilarityChart()
        self.map.name = "layer-pairs"
        self.picture = PictureChart(tr("Image"), "pair-map")
        self.map.cell_chosen.connect(self._choose_pair)
        self.map.cell_read.connect(self._read_pair)
        self.picture.cell_chosen.connect(self._choose)
        self.picture.cell_read.connect(self._read)
        for chart in (self.map, self.picture):
            chart.setMinimumSize(150, 130)
            self.charts.addWidget(chart, 1)

    def show_level(self, level: str) -> None:
        there = self._found is not None
        self.prompt.setVisible(not there)
        self.map.setVisible(there)
        self.measure.setVisible(there)
        self.picture.setVisible(there and level != OVERVIEW)
        self.formula.setVisible(there and level == FORMULA)
        self._show_prompt()

    def show_values(self) -> None:
        found = self._found
        self._mapped: object = None
        self._shown: object = None
        if found is None:
            return
        self._names = depth_names(self.learn, found.depths)
        if max(self._pair) >= len(found.depths) or self._pair == (0, 0):
            self._pair = len(found.depths) - 2, len(found.depths) - 1
        self._followed = ""

    def show_choice(self) -> None:
        found = self._found
        if found is None:
            self._read(None)
            return
        self._follow(found)
        measure = self.measure.currentData()
        if self._mapped != measure:
            self._mapped = measure
            shown = self._map_of(found, measure)
            self.map.show_map(shown, self._names)
            notes = shown.same, f"n = {images(found.n)}", tr("in: before the first block")
            self.map.legend.show_entries((), *notes)
        self.map.mark(self._pair)
        if self._shown != self._pair:
            self._shown = self._pair
            self._show_picture(found)
        tokens = found.tokens[self._pair[0]]
        token = self.learn.token(tokens)
        self.picture.mark(tokens.cell(token) if token is not None else None)
        self._tell(found, token)
        self._read(None)

    def _follow(self, found: LayerPairs) -> None:
        """A block that was chosen elsewhere is the stream before and after it."""
        site = self.learn.site(Kind.BLOCK)
        if site is not None and site.id != self._followed:
            if self._followed and site.id in found.depths[1:]:
                after = found.depths.index(site.id)
                self._pair = after - 1, after
            self._followed = site.id

    def _map_of(self, found: LayerPairs, measure: str) -> Map:
        from vitprune.scores import Boundaries
        from vitprune_gui.similarities import Map

        if measure == _CKA:
            held = Boundaries(found.cka.astype(np.float64), found.standard_error.astype(np.float64), found.depths)
            return Map(
                "learn-cka", tr("CKA of two depths"), tr("CKA"), tr("1 = same geometry"), "",
                tr("CKA is not defined where all images are alike"), held, found.n,
            )  # fmt: skip
        held = Boundaries(found.cosine.astype(np.float64), np.full(found.cosine.shape, math.nan), found.depths)
        return Map(
            "learn-cosine", tr("Cosine of two depths"), tr("Cosine"), tr("1 = same direction"), "",
            tr("streams of different shape are not compared"), held, found.n,
        )  # fmt: skip

    def _show_picture(self, found: LayerPairs) -> None:
        from vitprune_gui.colours import ColourScale

        subject: Subject = self.drawn[0]
        one, other = self._pair
        tokens = found.tokens[one]
        values = found.tokens_cosine[one, other, : tokens.patches]
        self.picture.set_title(tr("Patch by patch"))
        if tokens.grid is None or not np.isfinite(values).all():
            self.picture.show_picture(subject.pixels, tokens.grid)
        else:
            of_patches = values.reshape(tokens.grid)
            scale = ColourScale.over(of_patches.ravel().tolist())
            self.picture.show_picture(
                subject.pixels, tokens.grid, over=of_patches, quantity=tr("Cosine"), scale=scale, tip=self._tip
            )

    def _tell(self, found: LayerPairs, token: int | None) -> None:
        one, other = self._pair
        cka, error = float(found.cka[one, other]), float(found.standard_error[one, other])
        lines = [
            tr("X, Y: the mean patch of every image {one} and {other}, one row an image, less its mean.",
               one=depth_title(self._names[one]), other=depth_title(self._names[other])),
            tr("CKA = HSIC(X, Y) / √(HSIC(X, X) · HSIC(Y, Y)) = <b>{value}</b>, standard error {error}, n = {images}",
               value=decimal(cka), error=decimal(error), images=images(found.n)),
            tr("Mean cosine of the same token at both, over all tokens and images: <b>{value}</b>",
               value=decimal(float(found.cosine[one, other]))),
        ]  # fmt: skip
        tokens = found.tokens[one]
        place = token - len(tokens.prefix) if token is not None else -1
        if token is not None and 0 <= place < tokens.patches:
            value = float(found.tokens_cosine[one, other, place])
            if math.isfinite(value):
                lines.append(
                    tr("In this image, {token}: cos(x, y) = x·y / (‖x‖ ‖y‖) = <b>{value}</b>",
                       token=place_of(tokens, token), value=decimal(value))
                )  # fmt: skip
        self.formula.show_lines(*lines)

    def _pair_name(self) -> str:
        one, other = (depth_title(self._names[at]) for at in sorted(self._pair))
        return tr("{one} and {other}", one=one, other=other) if one != other else one

    # What there is to ask

    @Slot()
    def _show_prompt(self) -> None:
        if not self._built or self._found is not None:
            return
        learn = self.learn
        busy, refused = learn.is_busy(_PAIRS), learn.reason(_PAIRS)
        self.ask.setEnabled(not busy and learn.can_ask(_PAIRS))
        if busy:
            self.prompt.say(tr("One moment…"), tr("All layers are compared over the open images."))
        elif refused is not None:
            self.prompt.say(tr("No answer"), " ".join(filter(None, (refused.message, refused.hint))))
        elif learn.can_ask(_PAIRS):
            why = tr("This takes many images, not the one above alone, and therefore a moment.")
            if self._took is not None:
                seconds = round(self._took)
                why = tr("The last time it took %n second(s), so it waits for you with every image.", "", seconds)
            self.prompt.say(tr("Not compared yet"), why)
        else:
            self.prompt.say(tr("No images are open"), tr("Open images to analyse first: many are compared."))

    @Slot()
    def _ask(self) -> None:
        self.learn.ask(_PAIRS)

    @Slot()
    def _take_time(self) -> None:
        busy = self.learn.is_busy(_PAIRS)
        if busy and not self._began:
            self._began = time.monotonic()
        elif self._began and not busy:
            if self.learn.value(_PAIRS) is not None:
                self._took = time.monotonic() - self._began
            self._began = 0.0

    # What is read

    @Slot(object)
    def _read_pair(self, cell: tuple[int, int] | None) -> None:
        if cell is None:
            self._read(None)
        else:
            self.reading.setText(self.map.tip(*cell).replace("\n", ". "))

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        found = self._found
        if found is None:
            self.reading.setText("")
        elif cell is not None:
            self.reading.setText(self._tip(*cell).replace("\n", ": "))
        else:
            one, other = self._pair
            told = [
                tr("{pair}: CKA {cka} (standard error {error}), cosine {cosine}, n = {images}.", pair=self._pair_name(),
                   cka=decimal(float(found.cka[one, other])), error=decimal(float(found.standard_error[one, other])),
                   cosine=decimal(float(found.cosine[one, other])), images=images(found.n))
            ]  # fmt: skip
            if self.learn.level != OVERVIEW and not math.isfinite(float(found.cosine[one, other])):
                told.append(tr("There is no map: streams of different shape are not compared."))
            elif self.learn.level != OVERVIEW and found.tokens[one].grid is None:
                told.append(tr("There is no map: {reason}", reason=found.tokens[one].reason))
            text = " ".join(told)
            self.reading.setText(text[:1].upper() + text[1:])

    def _tip(self, row: int, column: int) -> str:
        place = tr("Patch in row {row}, column {column}", row=row + 1, column=column + 1)
        found = self._found
        if found is None or found.tokens[self._pair[0]].grid is None:
            return place
        tokens = found.tokens[self._pair[0]]
        at = tokens.token_at(row, column) - len(tokens.prefix)
        value = decimal(float(found.tokens_cosine[(*self._pair, at)]))
        return f"{place}\n" + tr("cosine of the two depths {value}", value=value)

    @Slot(int, int)
    def _choose_pair(self, row: int, column: int) -> None:
        self._pair = row, column
        if self.learn.level == OVERVIEW:
            self.learn.set_level(COMPONENT)  # where there is more of it
        else:
            self.renew()

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        found = self._found
        if found is not None and (tokens := found.tokens[self._pair[0]]).grid is not None:
            self.learn.choose_token(tokens, tokens.token_at(row, column))
