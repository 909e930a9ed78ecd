"""The hidden units of an MLP: which fire, where in the image, and what they prefer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QSpinBox

from vitprune.architecture import Kind
from vitprune_gui.colours import kind_colour
from vitprune_gui.learn.controls import SitePicker
from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.pickers import CHOSEN, CLASS, PATCHES, OfPicker, place_of
from vitprune_gui.learn.questions import NEURONS, PREFERRED, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import images, percent, significant, thousands

if TYPE_CHECKING:
    from vitprune.anatomy import Neurons, Preferred, Subject
    from vitprune_gui.charts.bars import BarsChart
    from vitprune_gui.charts.curve import CurveChart
    from vitprune_gui.charts.picture import PictureChart, TileChart

_TOP = 12  # units beside each other
_COLUMNS = 3  # of preferred patches


class NeuronsPage(LearnPage):
    name = "neurons"
    title = noop("The MLP")
    words: ClassVar = {
        OVERVIEW: noop(
            "An MLP looks at each token alone. It has many hidden units; each is a question, and fires when the answer "
            "is yes. Click a patch to see which units fire most for it, and a unit to see where it fires."
        ),
        COMPONENT: noop(
            "One unit over the whole image, and the patches of other images that it likes best: together they hint at "
            "what it looks for. Not every unit has a meaning that has a name."
        ),
        FORMULA: noop(
            "Every unit takes a weighted sum of the token; the activation lets large sums through and holds small ones "
            "back. Each point is a unit, for the chosen token."
        ),
    }

    picture: PictureChart
    top: BarsChart
    tiles: TileChart
    curve: CurveChart

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.site = SitePicker(learn, Kind.MLP)
        self.of = OfPicker(learn, CHOSEN, CLASS, PATCHES)
        self.of.setToolTip(tr("The tokens whose units are shown; of several their mean"))
        self.unit = QSpinBox()
        self.unit.setAccessibleName(tr("Hidden unit"))
        self.unit.setKeyboardTracking(False)
        self.unit.setWrapping(True)
        self.unit_label = QLabel(tr("&Unit"))
        self.unit_label.setBuddy(self.unit)
        self.ask = QPushButton(tr("What it prefers"))
        self.ask.setToolTip(tr("Look for the patches in the open images for which this unit fires most"))
        for control in (self.site, self.of, self.unit_label, self.unit, self.ask):
            self.controls.addWidget(control)
        self.controls.addStretch(1)
        self._asked: tuple[Question, ...] = ()  # the latest first
        self._chosen = False  # the unit, by people: else it is the one that fires most
        self.of.changed.connect(self.renew)
        self.unit.valueChanged.connect(self._choose_unit)
        self.ask.clicked.connect(self._ask)
        learn.busy_changed.connect(self._show_ask)

    def missing(self) -> str:
        held = self.learn.sites(Kind.MLP)
        return "" if held else tr("It has no MLP, or the plan removes them all.")

    def needs(self) -> tuple[Question, ...]:
        site = self.learn.site(Kind.MLP)
        assert site is not None
        return Question(SUBJECT), Question(NEURONS, site.id)

    @property
    def _found(self) -> Neurons:
        return self.drawn[1]

    def build(self) -> None:
        from vitprune_gui.charts.bars import BarsChart
        from vitprune_gui.charts.curve import CurveChart
        from vitprune_gui.charts.picture import PictureChart, TileChart

        self.picture = PictureChart(tr("Image"), "unit-map")
        self.top = BarsChart(tr("Units that fire most"), "units")
        self.tiles = TileChart(tr("What it prefers"), "preferred")
        self.curve = CurveChart(tr("Before and after"), "activation")
        for chart in (self.picture, self.top, self.tiles, self.curve):
            chart.setMinimumSize(150, 130)
            self.charts.addWidget(chart, 1)
        self.picture.cell_chosen.connect(self._choose)
        self.picture.cell_read.connect(self._read)
        self.top.bar_chosen.connect(self.unit.setValue)
        self.curve.point_chosen.connect(self.unit.setValue)
        self.tiles.cell_read.connect(self._read_tile)

    def show_level(self, level: str) -> None:
        self.top.setVisible(level == OVERVIEW)
        self.curve.setVisible(level == FORMULA)
        self.ask.setVisible(level == COMPONENT)
        self.of.setVisible(level != COMPONENT)
        self._show_ask()

    def show_values(self) -> None:
        hidden = self._found.after.shape[1]
        with QSignalBlocker(self.unit):
            self.unit.setRange(0, hidden - 1)
            self.unit.setSuffix(tr(" of {count}", count=thousands(hidden)))
        self.of.offer(self._found.tokens)
        self._of: object = None
        self._listed: object = None
        self._mapped: object = None
        self._tiled: object = None

    def show_choice(self) -> None:
        found = self._found
        tokens = found.tokens
        places = self.of.places(tokens)
        of = self.of.which, tuple(places[:2])
        if self._of != of:
            self._of = of
            self._before, self._after = (part[places].mean(axis=0) for part in (found.before, found.after))
            if not self._chosen:
                with QSignalBlocker(self.unit):
                    self.unit.setValue(int(self._after.argmax()))
        if self._listed != (of, self.learn.level):
            self._listed = of, self.learn.level
            self._show_units()
        self._show_unit()

    @property
    def _unit(self) -> int:
        return self.unit.value()

    # All units, for the tokens that are chosen

    def _show_units(self) -> None:
        """In the chart that is on show: there are thousands of them."""
        if self.learn.level == FORMULA:
            up = tr("gate × value") if self._found.gated else tr("after the activation")
            title = tr("{function}: before and after", function=self._found.kind)
            self.curve.show_points(
                title, self._before, self._after, tr("before the activation"), up, tr("Unit {n}"),
                notes=(self.of.box.currentText(),),
            )  # fmt: skip
        elif self.learn.level == OVERVIEW:
            from vitprune_gui.charts.bars import Bar

            order = np.argsort(-self._after, kind="stable")[:_TOP]
            tint = partial(kind_colour, Kind.MLP)
            bars = [Bar(int(unit), tr("Unit {n}", n=int(unit)), float(self._after[unit]), tint) for unit in order]
            firing = self._firing()
            note = tr("{count} of {all} fire", count=thousands(int(firing.sum())), all=thousands(len(firing)))
            notes = self.of.box.currentText(), note
            self.top.show_bars(tr("Units that fire most"), bars, tr("Activation"), notes=notes)

    def _firing(self) -> NDArray[np.bool_]:
        from vitprune.anatomy import FIRES

        return self._after > FIRES * float(self._found.after.max())

    # One unit

    def _show_unit(self) -> None:
        from vitprune_gui.colours import ColourScale

        found, unit = self._found, self._unit
        tokens = found.tokens
        subject: Subject = self.drawn[0]
        token = self.learn.token(tokens)
        level = self.learn.level
        shown = id(found), unit, level == OVERVIEW and not self._chosen
        if self._mapped != shown:
            self._mapped = shown
            if tokens.grid is None:
                self.picture.show_picture(subject.pixels, None)
            else:
                values = tokens.on_grid(found.after[:, unit])
                scale = ColourScale.over(values.ravel().tolist())
                self.picture.set_title(tr("Where unit {n} fires", n=unit))
                self.picture.show_picture(
                    subject.pixels, tokens.grid, over=values, quantity=tr("Activation"), scale=scale, tip=self._tip
                )
        self.picture.mark(tokens.cell(token) if token is not None else None)
        self.top.mark(unit)
        self.curve.mark(unit)
        self._show_ask()
        self._tell()
        self._read(None)

    def _tell(self) -> None:
        found, unit = self._found, self._unit
        token = self.of.one(found.tokens)
        token = token if token is not None else 0
        before, after = float(found.before[token, unit]), float(found.after[token, unit])
        j = unit
        where = place_of(found.tokens, token)
        lines = [
            tr("h = W<sub>1</sub> x + b<sub>1</sub>, and of {token} h<sub>{unit}</sub> = <b>{before}</b>", token=where,
               unit=j, before=significant(before)),
            tr("a<sub>{unit}</sub> = {function}(h<sub>{unit}</sub>) · g<sub>{unit}</sub> = {function}({before}) · "
               "g<sub>{unit}</sub> = <b>{after}</b>, where g is a second weighted sum",
               unit=j, function=found.kind, before=significant(before), after=significant(after))
            if found.gated
            else tr("a<sub>{unit}</sub> = {function}(h<sub>{unit}</sub>) = {function}({before}) = <b>{after}</b>",
                    unit=j, function=found.kind, before=significant(before), after=significant(after)),
            tr("W<sub>2</sub> a + b<sub>2</sub> is added to the stream: each unit adds its own vector, a times as "
               "long."),
            tr("Share of units that fire, over 5 % of the largest: <b>{share}</b> [{low}, {high}], mean of {n} tokens",
               share=percent(found.share.value), low=percent(found.share.low), high=percent(found.share.high),
               n=found.share.n),
        ]  # fmt: skip
        self.formula.show_lines(*lines)

    # What it prefers

    def _preferred(self) -> tuple[Preferred, int] | None:
        """The answer that has this unit, and where."""
        site, unit = self._found.site, self._unit
        for question in self._asked:
            if question.site == site and unit in question.units and (found := self.learn.value(question)) is not None:
                return found, question.units.index(unit)
        return None

    def _question(self) -> Question:
        """Of this unit, and of those beside it in the list: they cost no more time."""
        order = np.argsort(-self._after, kind="stable")[:_TOP]
        return Question(PREFERRED, self._found.site, tuple(dict.fromkeys((self._unit, *map(int, order)))))

    @Slot()
    def _ask(self) -> None:
        question = self._question()
        self._asked = (question, *(asked for asked in self._asked if asked != question))[:16]
        self.learn.ask(question)
        self._show_ask()

    @Slot()
    def _show_ask(self) -> None:
        """What there is of it, or can be asked."""
        if not self._built or not self.drawn:
            return
        known = self._preferred()
        self.tiles.setVisible(self.learn.level == COMPONENT and known is not None)
        busy = bool(self._asked) and self.learn.is_busy(*self._asked)
        can = self._found.tokens.grid is not None and self.learn.can_ask(Question(PREFERRED, self._found.site, (0,)))
        self.ask.setEnabled(known is None and not busy and can)
        self.ask.setText(tr("Looking…") if busy else tr("What it prefers"))
        if known is not None and self._tiled != (id(known[0]), known[1]):
            self._tiled = id(known[0]), known[1]
            found, row = known
            notes = tr("n = {images}", images=images(found.n)), tr("at most one of each")
            title = tr("What unit {n} prefers", n=int(found.units[row]))
            self.tiles.show_tiles(title, found.crops[row], _COLUMNS, tip=self._tile_tip, notes=notes)

    def _tile_tip(self, row: int, column: int) -> str:
        known = self._preferred()
        number = self.tiles.number(row, column)
        if known is None or number is None:
            return ""
        found, at = known
        return tr(
            "Image {image}, the patch in the middle: activation {value}", image=int(found.images[at, number]) + 1,
            value=significant(float(found.values[at, number])),
        )  # fmt: skip

    # What is read

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        if cell is not None:
            self.reading.setText(self._tip(*cell).replace("\n", ": "))
            return
        found = self._found
        firing = self._firing()
        told = [
            tr("{tokens}: {share} of {count} hidden units fire. Unit {unit}: {before} before the activation, {after} "
               "after.", tokens=self.of.box.currentText(), share=percent(float(firing.mean())),
               count=thousands(len(firing)), unit=self._unit, before=significant(float(self._before[self._unit])),
               after=significant(float(self._after[self._unit])))
        ]  # fmt: skip
        refused = next((reason for asked in self._asked if (reason := self.learn.reason(asked)) is not None), None)
        if found.tokens.grid is None:
            told.append(tr("There is no map: {reason}", reason=found.tokens.reason))
        elif self.learn.level == COMPONENT and refused is not None and self._preferred() is None:
            told.append(" ".join(filter(None, (refused.message, refused.hint))))
        elif self.learn.level == COMPONENT and not self.learn.can_ask(Question(PREFERRED, found.site, (0,))):
            told.append(tr("Open images to analyse, and you can see what it prefers among them."))
        self.reading.setText(" ".join(told))

    @Slot(object)
    def _read_tile(self, cell: tuple[int, int] | None) -> None:
        if cell is None:
            self._read(None)
        else:
            self.reading.setText(self._tile_tip(*cell))

    def _tip(self, row: int, column: int) -> str:
        found = self._found
        place = tr("Patch in row {row}, column {column}", row=row + 1, column=column + 1)
        if found.tokens.grid is None:
            return place
        value = float(found.after[found.tokens.token_at(row, column), self._unit])
        return f"{place}\n" + tr("unit {unit}: {value}", unit=self._unit, value=significant(value))

    @Slot(int)
    def _choose_unit(self, _: int) -> None:
        self._chosen = True
        if self.ready:
            self._show_unit()

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        tokens = self._found.tokens
        if tokens.grid is not None:
            token = tokens.token_at(row, column)
            again = self.of.which != CHOSEN and token == self.learn.token(tokens)
            self.of.choose(CHOSEN)
            if again:
                self.renew()
            self.learn.choose_token(tokens, token)
