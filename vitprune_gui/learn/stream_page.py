"""The residual stream: how long its tokens are, what each branch adds, and how far that turns them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox

from vitprune.architecture import SUBLAYERS, Site
from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.pickers import ALL, CHOSEN, CLASS, PATCHES, OfPicker, place_of
from vitprune_gui.learn.questions import STREAM_NORMS, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.symbols import KIND_TITLES
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, number, percent, significant, site_name

if TYPE_CHECKING:
    from vitprune.anatomy import StreamNorms, Subject, Tokens
    from vitprune_gui.charts.depths import DepthChart
    from vitprune_gui.charts.picture import PictureChart

_ASKED = Question(SUBJECT), Question(STREAM_NORMS)
_BEFORE, _ADDED, _COSINE = "before", "added", "cosine"
_QUANTITIES = {
    _BEFORE: noop("Length before the layer"),
    _ADDED: noop("Length of what is added"),
    _COSINE: noop("Cosine before and after"),
}
_OF = {
    ALL: noop("all tokens"),
    PATCHES: noop("all patches"),
    CLASS: noop("the class token"),
    CHOSEN: noop("the chosen patch"),
}
"""Of which the figures are, inside a sentence."""


class StreamPage(LearnPage):
    name = "stream"
    title = noop("The residual stream")
    words: ClassVar = {
        OVERVIEW: noop(
            "Every layer reads the tokens and adds something to them; the sum that flows through is the residual "
            "stream. Left: how long its tokens are, and what is added. Right: the cosine of the stream before and "
            "after each layer, the number that colours the tree. Near 1, the layer has hardly turned the stream."
        ),
        COMPONENT: noop(
            "Click a layer in the chart, and a patch in the image. The map shows where the layer does much, or little. "
            "Small squares mark high-norm tokens: patches far longer than the others, which some models use as a store."
        ),
        FORMULA: noop(
            "What makes the cosine near 1, or not: how long the added vector is beside the stream, and where it "
            "points. Most models normalise a token before a layer reads it (LayerNorm): its direction counts there, "
            "not its length."
        ),
    }

    lengths: DepthChart
    cosines: DepthChart
    picture: PictureChart

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.of = OfPicker(learn, ALL, PATCHES, CLASS, CHOSEN)
        self.of.setToolTip(tr("Whose figures the points are; of several tokens their mean"))
        self.quantity = QComboBox()
        self.quantity.setAccessibleName(tr("What the map shows"))
        self.quantity.setToolTip(tr("What the map shows"))
        self.quantity.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for name, title in _QUANTITIES.items():
            self.quantity.addItem(tr(title), name)
        self.controls.addWidget(self.of)
        self.controls.addStretch(1)
        self.controls.addWidget(self.quantity)
        self.of.changed.connect(self.renew)
        self.quantity.activated.connect(self.renew)

    def missing(self) -> str:
        has = self.learn.sites(*SUBLAYERS)
        return "" if has else tr("It has no layer that adds to a stream, or the plan removes them all.")

    def needs(self) -> tuple[Question, ...]:
        return _ASKED

    @property
    def _found(self) -> StreamNorms:
        return self.drawn[1]

    def build(self) -> None:
        from vitprune_gui.charts.depths import DepthChart
        from vitprune_gui.charts.picture import PictureChart

        self.lengths = DepthChart(tr("Length of tokens"), "stream-length")
        self.cosines = DepthChart(tr("Cosine before and after"), "stream-cosine")
        self.picture = PictureChart(tr("Image"), "stream-map")
        for chart in (self.lengths, self.cosines):
            chart.site_chosen.connect(self.learn.choose_site)
            chart.key_read.connect(self._read_site)
        self.picture.cell_chosen.connect(self._choose)
        self.picture.cell_read.connect(self._read)
        for chart in (self.lengths, self.cosines, self.picture):
            chart.setMinimumSize(150, 130)
            self.charts.addWidget(chart, 1)

    def show_level(self, level: str) -> None:
        self.lengths.setVisible(level != FORMULA)
        self.cosines.setVisible(level != COMPONENT)
        self.picture.setVisible(level != OVERVIEW)
        self.quantity.setVisible(level != OVERVIEW)

    def show_values(self) -> None:
        self._sites = {site.id: site for site in self.learn.sites(*SUBLAYERS) if site.id in self._found.sites}
        self._shown_of: object = None
        self._mapped: object = None

    def show_choice(self) -> None:
        found = self._found
        site = self._site
        at = found.sites.index(site.id)
        tokens = found.tokens[at]
        self.of.offer(tokens)
        places = self.of.places(tokens)
        of = self.learn.level, self.of.which, tuple(places) if self.of.which == CHOSEN else ()
        if of != self._shown_of:  # else the same lines would be drawn again
            self._shown_of = of
            self._show_lines()
        for chart in (self.lengths, self.cosines):
            chart.select(site.id)
        self._show_map(at, site)
        self._tell(at, site)
        self._read(None)

    @property
    def _site(self) -> Site:
        chosen = self.learn.site(*SUBLAYERS)
        return chosen if chosen is not None and chosen.id in self._sites else next(reversed(self._sites.values()))

    # The charts over depth

    def _show_lines(self) -> None:
        from vitprune_gui.charts.depths import of_kind, of_tokens

        found = self._found
        names = {site.id: site_name(site) for site in self._sites.values()}
        place = {site: float(x) for x, site in enumerate(self._sites)}
        ticks: dict[str, tuple[float, str]] = {}
        for site in self._sites.values():
            ticks.setdefault(number(site), (place[site.id], number(site)))
        kinds = [kind for kind in SUBLAYERS if any(site.kind == kind for site in self._sites.values())]
        across = tr("Block, its layers in order")

        def points(values: tuple[NDArray[np.float32], ...], kind: object) -> dict[str, tuple[float, float]]:
            return {
                site.id: (place[site.id], self._mean(values[at], found.tokens[at]))
                for at, site in self._placed()
                if site.kind == kind
            }

        stream = [
            of_tokens("class", tr("class token"), {
                site.id: (place[site.id], float(found.before[at][class_token]))
                for at, site in self._placed()
                if (class_token := found.tokens[at].class_token) is not None
            }),
            of_tokens("patch", tr("patches"), {
                site.id: (place[site.id], float(found.before[at][len(found.tokens[at].prefix) :].mean()))
                for at, site in self._placed()
                if found.tokens[at].patches
            }),
        ]  # fmt: skip
        added = [
            of_kind(kind, tr("{layer} adds", layer=tr(KIND_TITLES[kind])), points(found.added, kind)) for kind in kinds
        ]
        lines = [line for line in (*stream, *added) if line.values]
        most = max(value for line in lines for _, value in line.values.values())
        if not self.lengths.isHidden():
            self.lengths.show_lines(
                tr("Length of tokens"), lines, across, tr("Euclidean length"), names, ticks=tuple(ticks.values()),
                limits=(0.0, 1.06 * most),
            )  # fmt: skip
        if not self.cosines.isHidden():
            turned = [of_kind(kind, tr(KIND_TITLES[kind]), points(found.cosine, kind)) for kind in kinds]
            self.cosines.show_lines(
                tr("Cosine before and after"), turned, across, tr("Cosine"), names, ticks=tuple(ticks.values()),
                notes=(tr("1 = not turned"),),
            )  # fmt: skip

    def _placed(self) -> list[tuple[int, Site]]:
        """The layers with their place in the answer."""
        return [(self._found.sites.index(site), self._sites[site]) for site in self._sites]

    def _mean(self, values: NDArray[np.float32], tokens: Tokens) -> float:
        return float(values[self.of.places(tokens)].mean(dtype=np.float64))

    # The image

    def _show_map(self, at: int, site: Site) -> None:
        from vitprune_gui.colours import ColourScale

        subject: Subject = self.drawn[0]
        tokens = self._found.tokens[at]
        if tokens.grid is None:
            self._mapped = None
            self.picture.set_title(tr("Image"))
            self.picture.point_out(())
            self.picture.show_picture(subject.pixels, None)
            return
        quantity = self.quantity.currentData()
        if (at, quantity) != self._mapped:  # else the same map would be drawn again
            self._mapped = at, quantity
            values = tokens.on_grid(getattr(self._found, quantity)[at])
            scale = ColourScale.over(values.ravel().tolist())
            self.picture.set_title(site_name(site))
            self.picture.show_picture(
                subject.pixels, tokens.grid, over=values, quantity=tr(_QUANTITIES[quantity]), scale=scale, tip=self._tip
            )
            self.picture.point_out(self._high(at))
        token = self.learn.token(tokens)
        self.picture.mark(tokens.cell(token) if token is not None else None)

    def _high(self, at: int) -> list[tuple[int, int]]:
        """The patches of a stream that are far longer than the others."""
        from vitprune.explorer import HIGH

        tokens = self._found.tokens[at]
        lengths = tokens.on_grid(self._found.before[at])
        return [(int(row), int(column)) for row, column in np.argwhere(lengths > HIGH * np.median(lengths))]

    def _tell(self, at: int, site: Site) -> None:
        found, tokens = self._found, self._found.tokens[at]
        token = self.of.one(tokens)
        token = token if token is not None else 0
        before, added, cosine = (float(part[at][token]) for part in (found.before, found.added, found.cosine))
        ratio = added / before if before else math.inf
        angle = math.degrees(math.acos(min(1.0, max(-1.0, cosine))))
        lines = [
            tr("y = x + b: {layer} adds b to {token}, x. ‖x‖ = <b>{before}</b>, ‖b‖ = <b>{added}</b>: "
               "‖b‖ / ‖x‖ = {ratio}",
               layer=site_name(site), token=place_of(tokens, token), before=significant(before),
               added=significant(added), ratio=significant(ratio)),
            tr("cos(x, y) = x·y / (‖x‖ ‖y‖) = <b>{cosine}</b>, an angle of {angle}°",
               cosine=decimal(cosine, 4), angle=decimal(angle, 1)),
        ]  # fmt: skip
        if ratio < 1:
            lines.append(
                tr("Whatever its direction, a b of this length leaves a cosine of √(1 − (‖b‖ / ‖x‖)²) = {least} at "
                   "least: short means little turned.", least=decimal(math.sqrt(1 - ratio**2), 4))
            )  # fmt: skip
        else:
            lines.append(tr("b is as long as x, or longer: it may turn the token anywhere."))
        lines.append(
            tr("Mean cosine of all {n} tokens of this image: <b>{mean}</b>. The mean over many images colours the "
               "tree.", n=len(tokens), mean=decimal(float(found.cosine[at].mean(dtype=np.float64)), 4))
        )  # fmt: skip
        self.formula.show_lines(*lines)

    # What is read

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        if cell is not None:
            self.reading.setText(self._tip(*cell).replace("\n", ": ", 1).replace("\n", ", "))
            return
        site = self._site
        at = self._found.sites.index(site.id)
        tokens = self._found.tokens[at]
        told = [self._figures(at, site)]
        if self.learn.level != OVERVIEW and tokens.grid is None:
            told.append(tr("There is no map: {reason}", reason=tokens.reason))
        elif self.learn.level != OVERVIEW:
            count = len(self._high(at))
            told.append(tr("%n high-norm token(s) before it.", "", count) if count else tr("No high-norm token."))
        self.reading.setText(" ".join(told))

    @Slot(object)
    def _read_site(self, key: str | None) -> None:
        if key in self._sites:
            self.reading.setText(self._figures(self._found.sites.index(key), self._sites[key]))
        else:
            self._read(None)

    def _figures(self, at: int, site: Site) -> str:
        found, tokens = self._found, self._found.tokens[at]
        before, added, cosine = (self._mean(part[at], tokens) for part in (found.before, found.added, found.cosine))
        return tr(
            "{layer}, {tokens}: length {before}, {added} added ({share}), cosine {cosine}.",
            layer=site_name(site), tokens=tr(_OF[self.of.which]), before=significant(before),
            added=significant(added), share=percent(added / before) if before else "∞", cosine=decimal(cosine, 4),
        )  # fmt: skip

    def _tip(self, row: int, column: int) -> str:
        found, site = self._found, self._site
        at = found.sites.index(site.id)
        tokens = found.tokens[at]
        if tokens.grid is None:
            return site_name(site)
        token = tokens.token_at(row, column)
        return "\n".join(
            (
                tr("Patch in row {row}, column {column}", row=row + 1, column=column + 1),
                tr("length {value}", value=significant(float(found.before[at][token]))),
                tr("added {value}", value=significant(float(found.added[at][token]))),
                tr("cosine {value}", value=decimal(float(found.cosine[at][token]), 4)),
            )
        )

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        tokens = self._found.tokens[self._found.sites.index(self._site.id)]
        if tokens.grid is not None:
            token = tokens.token_at(row, column)
            self.of.choose(CHOSEN)
            if token == self.learn.token(tokens):
                self.renew()
            self.learn.choose_token(tokens, token)
