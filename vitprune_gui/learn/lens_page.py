"""What the head would say at each depth: when the answer appears, and in which patches."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.pickers import DepthPicker, depth_names, depth_title, place_of
from vitprune_gui.learn.questions import LENS, PREDICTION, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, percent, shortened

if TYPE_CHECKING:
    from vitprune.anatomy import Lens, Subject
    from vitprune_gui.charts.bars import BarsChart
    from vitprune_gui.charts.classes import Classes, ClassMap
    from vitprune_gui.charts.depths import DepthChart

_ASKED = Question(SUBJECT), Question(LENS), Question(PREDICTION)
_LINES = 5  # classes over depth
_BARS = 5
_NAME = 16  # characters


class LensPage(LearnPage):
    name = "lens"
    title = noop("When it knows")
    words: ClassVar = {
        OVERVIEW: noop(
            "What would the model answer if it stopped early? Its last part, the head, is asked after every block, as "
            "if no later block added anything (the logit lens). Watch the classes compete, and when the answer stays."
        ),
        COMPONENT: noop(
            "Move the depth. The bars are the likeliest classes there; in the map, each patch is given to the head "
            "alone, and coloured by the class that it would be taken for: the stronger, the surer."
        ),
        FORMULA: noop("The head gives every class a number, its logit. The softmax makes probabilities of them."),
    }

    over: DepthChart
    bars: BarsChart
    map: ClassMap

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.picker = DepthPicker(learn)
        self.controls.addWidget(self.picker, 1)
        self.picker.moved.connect(self.renew)

    def needs(self) -> tuple[Question, ...]:
        return _ASKED

    @property
    def _found(self) -> Lens:
        return self.drawn[1]

    def build(self) -> None:
        from vitprune_gui.charts.bars import BarsChart
        from vitprune_gui.charts.classes import ClassMap
        from vitprune_gui.charts.depths import DepthChart

        self.over = DepthChart(tr("Classes over depth"), "lens-over-depth")
        self.bars = BarsChart(tr("Likeliest classes"), "lens-classes")
        self.map = ClassMap(tr("What each patch says"), "lens-patches")
        for chart in (self.over, self.bars, self.map):
            chart.setMinimumSize(150, 130)
            self.charts.addWidget(chart, 1)
        self.over.site_chosen.connect(self._choose_depth)
        self.over.key_read.connect(self._read_depth)
        self.map.cell_chosen.connect(self._choose)
        self.map.cell_read.connect(self._read)

    def show_level(self, level: str) -> None:
        self.over.setVisible(level == OVERVIEW)
        self.charts.setStretchFactor(self.over, 3)
        self.charts.setStretchFactor(self.bars, 2)
        self.charts.setStretchFactor(self.map, 2)
        self.map.setVisible(level != OVERVIEW and self._has_map)

    @property
    def _has_map(self) -> bool:
        return self._found.tokens.grid is not None and self._found.patches.size > 0

    def show_values(self) -> None:
        from vitprune_gui.charts.classes import Classes

        found = self._found
        self.picker.offer(found.depths)
        exact = found.logits.astype(np.float64)
        powers = np.exp(exact - exact.max(axis=1, keepdims=True))
        self.probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        says = found.logits.argmax(axis=1)
        self.answer = int(says[-1])
        same = says == self.answer
        self.first = int(same.argmax())
        """The first depth at which the answer leads, and from which it always does."""
        self.stays = int(len(says) - np.argmin(same[::-1])) if not same.all() else 0
        others = [int(c) for c in np.argsort(-self.probabilities.max(axis=0), kind="stable") if c != self.answer]
        numbers = (self.answer, *others[: _LINES - 1])
        self.classes: Classes = Classes(numbers, tuple(map(self.learn.class_name, numbers)))
        self._names = depth_names(self.learn, found.depths)
        self._draw_lines()
        self._shown: int | None = None

    def _draw_lines(self) -> None:
        from vitprune_gui.charts.depths import Line
        from vitprune_gui.charts.series import series_colour, series_shape

        depths = self._found.depths
        lines = [
            Line(
                shortened(name, _NAME),
                partial(series_colour, place),
                {depth: (float(x), float(self.probabilities[x, number])) for x, depth in enumerate(depths)},
                series_shape(place),
            )
            for place, (number, name) in enumerate(zip(self.classes.numbers, self.classes.names, strict=True))
        ]
        self.over.show_lines(
            tr("Classes over depth"), lines, tr("After block"), tr("Probability"),
            {depth: depth_title(name) for depth, name in zip(depths, self._names, strict=True)},
            ticks=tuple((float(x), name) for x, name in enumerate(self._names)),
            limits=(0.0, 1.03), flag=depths[self.stays], flag_name=tr("the answer stays"),
        )  # fmt: skip

    def show_choice(self) -> None:
        self.picker.follow()
        found, at = self._found, self.picker.at
        self.over.select(self.picker.chosen)
        if at != self._shown:
            self._shown = at
            self._show_depth(at)
        tokens = found.tokens
        token = self.learn.token(tokens)
        self.map.mark(tokens.cell(token) if token is not None else None)
        self._tell(at, token)
        self._read(None)

    def _show_depth(self, at: int) -> None:
        from vitprune_gui.charts.bars import Bar

        found, shares = self._found, self.probabilities[at]
        likeliest = [int(number) for number in np.argsort(-shares, kind="stable")[:_BARS]]
        bars = [
            Bar(number, self.learn.class_name(number), float(shares[number]), partial(self.classes.colour, number))
            for number in likeliest
        ]
        self.bars.show_bars(tr("The whole image"), bars, tr("Probability"), limits=(0.0, 1.0), told=percent)
        if self._has_map:
            subject: Subject = self.drawn[0]
            of_patches = found.patches[at, len(found.tokens.prefix) :].reshape(found.tokens.grid)
            sure = found.tokens.on_grid(found.probability)[at]
            title = tr("Each patch alone")
            self.map.show_classes(title, subject.pixels, self.classes, of_patches, sure, tip=self._tip)

    def _tell(self, at: int, token: int | None) -> None:
        found = self._found
        logits, shares = found.logits[at].astype(np.float64), self.probabilities[at]
        best = [int(number) for number in np.argsort(-logits, kind="stable")[:3]]
        summed = float(np.exp(logits).sum()) if logits.max() < 500 else float("inf")
        named = [f"z({shortened(self.learn.class_name(n), _NAME)}) = {decimal(float(logits[n]), 2)}" for n in best]
        first = best[0]
        lines = [
            tr("Logits {depth}: {logits}, …", depth=depth_title(self._names[at]), logits=_escaped(", ".join(named))),
            tr("p = exp(z) / Σ exp(z): p({name}) = exp({logit}) / {total} = <b>{share}</b>, over {count} classes",
               name=_escaped(self.learn.class_name(first)), logit=decimal(float(logits[first]), 2),
               total=decimal(summed, 2), share=decimal(float(shares[first])), count=len(logits)),
        ]  # fmt: skip
        if token is not None and found.patches.size:
            name = self.learn.class_name(int(found.patches[at, token]))
            lines.append(
                tr("Alone, {token} would be taken for {name}, p = <b>{share}</b>", token=place_of(found.tokens, token),
                   name=_escaped(name), share=decimal(float(found.probability[at, token])))
            )  # fmt: skip
        self.formula.show_lines(*lines)

    # What is read

    def _summary(self) -> str:
        found, names = self._found, self._names
        told = [
            tr("The answer, {name}, leads first {first} and stays from there on: {stays}.",
               name=self.learn.class_name(self.answer), first=depth_title(names[self.first]),
               stays=depth_title(names[self.stays]))
            if self.first != self.stays
            else tr("The answer, {name}, leads {first} and stays.", name=self.learn.class_name(self.answer),
                    first=depth_title(names[self.first]))
        ]  # fmt: skip
        if found.reason:
            told.append(found.reason)
        elif self.learn.level != OVERVIEW and found.tokens.grid is None:
            told.append(tr("There is no map: {reason}", reason=found.tokens.reason))
        return " ".join(told)

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        self.reading.setText(self._summary() if cell is None else self._tip(*cell).replace("\n", ": "))

    @Slot(object)
    def _read_depth(self, key: str | None) -> None:
        if key is None:
            self._read(None)
        else:
            self.reading.setText(self.over.tip(key).replace("\n", ": ", 1).replace("\n", ", "))

    def _tip(self, row: int, column: int) -> str:
        found, at = self._found, self.picker.at
        place = tr("Patch in row {row}, column {column}", row=row + 1, column=column + 1)
        if not self._has_map:
            return place
        token = found.tokens.token_at(row, column)
        name = self.learn.class_name(int(found.patches[at, token]))
        return f"{place}\n{name}, {percent(float(found.probability[at, token]))}"

    @Slot(str)
    def _choose_depth(self, depth: str) -> None:
        self.picker.choose(depth)

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        tokens = self._found.tokens
        if tokens.grid is not None:
            self.learn.choose_token(tokens, tokens.token_at(row, column))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
