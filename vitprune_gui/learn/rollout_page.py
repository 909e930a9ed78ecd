"""Where attention says that an answer comes from, beside what the answer loses where patches are taken away."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QSlider

from vitprune.architecture import Kind
from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.questions import PREDICTION, ROLLOUT, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.learn.tiling import Tiling, magnitude
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, percent, significant, site_name

if TYPE_CHECKING:
    from vitprune.anatomy import Array, Rollout, Subject
    from vitprune_gui.charts.opinion import OpinionChart

RAW, ROLLED, GRADIENT, ABLATED = "raw", "rollout", "gradient", "ablated"
_TITLES = {
    RAW: noop("Last layer"),
    ROLLED: noop("Rollout"),
    GRADIENT: noop("Gradient rollout"),
    ABLATED: noop("Measured"),
}
_QUANTITIES = {
    RAW: noop("Weight"),
    ROLLED: noop("Weight"),
    GRADIENT: noop("Relevance"),
    ABLATED: noop("Loss"),
}
_TWO = (ROLLED, ABLATED)  # side by side, where there is no room for all


class RolloutPage(LearnPage):
    name = "rollout"
    title = noop("Attention is no explanation")
    words: ClassVar = {
        OVERVIEW: noop(
            "Left: where the answer comes from if attention is followed through all layers. Right: what happens when "
            "each patch is really taken away. Where they differ, attention shows where the model looks, not why it "
            "answers so: attention is no explanation."
        ),
        COMPONENT: noop(
            "Three ways to read attention, and what was measured: how far the log probability of the answer falls "
            "without the patch. Spearman says how well each puts patches in the measured order, from 1 (the same) to 0 "
            "(no order). Attention is no explanation."
        ),
        FORMULA: noop("How the maps are made, with the numbers of the framed patch. Attention is no explanation."),
    }

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.maps: dict[str, OpinionChart] = {}
        self.target = QComboBox()
        self.target.setAccessibleName(tr("Answer"))
        self.target.setToolTip(tr("The answer that is to be explained"))
        self.target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.target.setMinimumContentsLength(14)
        answer = QLabel(tr("&Answer"))
        answer.setBuddy(self.target)
        self.layer = QSlider(Qt.Orientation.Horizontal)
        self.layer.setAccessibleName(tr("Rollout up to"))
        self.layer.setToolTip(tr("Follow attention from the first layer up to this one"))
        self.layer.setMinimumWidth(80)
        self.layer.setPageStep(1)
        self.upto = QLabel(tr("Rollout up &to"))
        self.upto.setBuddy(self.layer)
        self.said = QLabel()
        self.controls.addWidget(answer)
        self.controls.addWidget(self.target)
        self.controls.addWidget(self.upto)
        self.controls.addWidget(self.layer, 2)
        self.controls.addWidget(self.said)
        self.controls.addStretch(1)
        self._target: int | None = None
        self._slid: tuple[str, ...] = ()  # the layers that the slider is of
        self._offered: tuple[object, ...] = ()
        self.target.activated.connect(self._choose_target)
        self.layer.valueChanged.connect(self._choose_layer)
        learn.image_changed.connect(self._forget)

    def needs(self) -> tuple[Question, ...]:
        """What attention says is there at once; what is measured takes a run of the model for each patch."""
        return Question(SUBJECT), self._whole if self._known else self._quick, Question(PREDICTION)

    def later(self) -> tuple[Question, ...]:
        return (self._whole,)

    @property
    def _whole(self) -> Question:
        return Question(ROLLOUT, target=self._target)

    @property
    def _quick(self) -> Question:
        return Question(ROLLOUT, target=self._target, quick=True)

    @property
    def _known(self) -> bool:
        return self.learn.value(self._whole) is not None

    @property
    def _waits(self) -> bool:
        """For the measurement."""
        return bool(self._found.reasons.get(ABLATED)) and self.drawn[1] is self.learn.value(self._quick)

    def missing(self) -> str:
        return "" if self.learn.sites(Kind.ATTENTION) else tr("It has no attention layer, or all are removed.")

    @property
    def _found(self) -> Rollout:
        return self.drawn[1]

    def build(self) -> None:
        from vitprune_gui.charts.opinion import OpinionChart

        self.maps = {name: OpinionChart(tr(title), name) for name, title in _TITLES.items()}
        for chart in self.maps.values():
            chart.setMinimumSize(130, 140)
            chart.cell_chosen.connect(self._choose)
            chart.cell_read.connect(self._read)
        self.tiles = Tiling(*self.maps.values())
        self.charts.addWidget(self.tiles, 1)

    def show_level(self, level: str) -> None:
        for name, chart in self.maps.items():
            chart.setVisible(level == COMPONENT or name in _TWO)
        slides = level != OVERVIEW and len(self._found.by_layer) > 1
        for control in (self.upto, self.layer, self.said):
            control.setVisible(slides)

    def show_values(self) -> None:
        found = self._found
        names = {site.id: site_name(site) for site in self.learn.sites(Kind.ATTENTION)}
        self._layers = tuple(names.get(site, site) for site in found.sites)
        if found.sites != self._slid:
            self._slid = found.sites
            with QSignalBlocker(self.layer):
                self.layer.setRange(0, max(0, len(self._layers) - 1))
                self.layer.setValue(self.layer.maximum())
        self.said.setMinimumWidth(max(map(self.said.fontMetrics().horizontalAdvance, self._layers), default=0))
        self._say_layer()
        for name in _TITLES:
            self._draw(name)

    def show_choice(self) -> None:
        found = self._found
        self._offer()
        token = self.learn.token(found.tokens)
        cell = found.tokens.cell(token) if token is not None else None
        for chart in self.maps.values():
            chart.mark(cell)
        if self._waits:
            self.maps[ABLATED].say(self._reason(ABLATED))  # it may have been refused
        if self.learn.level == FORMULA:
            self.formula.show_lines(*self._lines(cell))
        self._read(None)

    def values(self, name: str) -> Array:
        """The map of one way, (rows, columns), empty where there is none; the rollout up to the chosen layer."""
        found = self._found
        if name == ROLLED and len(found.by_layer) and found.rollout.size:
            return found.tokens.on_grid(found.by_layer[self.layer.value()])
        return getattr(found, name)

    # Drawing

    def _draw(self, name: str) -> None:
        from vitprune_gui.colours import ColourScale

        found, chart, values = self._found, self.maps[name], self.values(name)
        subject: Subject = self.drawn[0]
        if not values.size:
            why = self._reason(name)
            chart.show_picture(subject.pixels, found.tokens.grid, tip=self._tip)
            chart.say(why)
            return
        low = min(0.0, float(values.min()))
        scale = ColourScale(low, max(float(values.max()), low))
        chart.show_picture(
            subject.pixels, found.tokens.grid, over=values, quantity=tr(_QUANTITIES[name]), scale=scale,
            tip=self._tip,
        )  # fmt: skip
        chart.say(self._caption(name))

    def _reason(self, name: str) -> str:
        if name != ABLATED or not self._waits or self._found.target < 0:
            return self._found.reasons.get(name, "")
        refused = self.learn.reason(self._whole)
        return refused.message if refused is not None else tr("Patch after patch is taken away…")

    def _caption(self, name: str) -> str:
        found = self._found
        if name == ABLATED:
            return ""
        if name == ROLLED and self._partial:
            return tr("up to {layer}", layer=self._layers[self.layer.value()])
        rank = found.ranks.get(name)
        if rank is None:
            return "" if self._waits else found.reasons.get(ABLATED, "")
        value, low, high = (decimal(number, 2) for number in (rank.value, rank.low, rank.high))
        bounds = tr("{value} [{low}, {high}]", value=value, low=low, high=high) if math.isfinite(rank.low) else value
        return tr("Spearman {value}, n = {n}", value=bounds, n=rank.n)

    @property
    def _partial(self) -> bool:
        return self.layer.value() < self.layer.maximum()

    # In words

    def _tip(self, row: int, column: int) -> str:
        told = [tr("Patch in row {row}, column {column}", row=row + 1, column=column + 1)]
        for name, title in _TITLES.items():
            values = self.values(name)
            if values.size:
                value = significant(float(values[row, column]))
                told.append(tr("{title}: {value}", title=tr(title), value=value))
        return "\n".join(told)

    @Slot(object)
    def _read(self, cell: tuple[int, int] | None) -> None:
        found = self._found
        if cell is not None and found.tokens.grid is not None:
            self.reading.setText(self._tip(*cell).replace("\n", ": ", 1).replace("\n", "; "))
            return
        told = []
        if found.target >= 0:
            name, share = self.learn.class_name(found.target), percent(found.probability, 2)
            told.append(tr("Of the answer {name}, probability {share}.", name=name, share=share))
        if found.ablated.size:
            most = float(found.ablated.max())
            left = percent(found.probability * math.exp(-most), 2)
            told.append(tr("Without the patch that matters most it is {left}.", left=left))
        told += sorted({self._reason(name) for name in found.reasons} - {""})
        if found.tokens.class_token is None:
            told.append(tr("There is no class token: attention is followed from all tokens that the head reads."))
        self.reading.setText(" ".join(told))

    def _lines(self, cell: tuple[int, int] | None) -> list[str]:
        found = self._found
        lines = []
        if len(found.by_layer) and cell is not None:
            layer = self.layer.value()
            token = found.tokens.token_at(*cell)
            rows = [magnitude(float(row[token])) for row in found.by_layer[: layer + 1]]
            way = " → ".join(rows if len(rows) <= 4 else [*rows[:2], "…", *rows[-2:]])
            lines.append(
                tr("rollout: R<sub>l</sub> = (½ I + ½ A<sub>l</sub>) R<sub>l−1</sub>, with A<sub>l</sub> the mean of "
                   "all heads of layer l. Of this patch, layer by layer: {way}", way=way)
            )  # fmt: skip
        if found.gradient.size and cell is not None:
            lines.append(
                tr("gradient rollout: R ← R + A′ R, A′ the mean over heads of (∂y/∂A · A)<sup>+</sup>, y the logit of "
                   "the answer. Of this patch: <b>{value}</b>", value=magnitude(float(found.gradient[cell])))
            )  # fmt: skip
        if found.ablated.size and cell is not None:
            loss = float(found.ablated[cell])
            lines.append(
                tr("measured: ln {before} − ln {after} = <b>{loss}</b>, the probability with the patch and without",
                   before=decimal(found.probability, 4), after=decimal(found.probability * math.exp(-loss), 4),
                   loss=magnitude(loss))
            )  # fmt: skip
        lines += self._rank_lines(cell)
        return lines or sorted({why for why in found.reasons.values() if why})

    def _rank_lines(self, cell: tuple[int, int] | None) -> list[str]:
        found = self._found
        if not (found.rollout.size and found.ablated.size) or cell is None or ROLLED not in found.ranks:
            return []
        mine, theirs = ranks(found.rollout), ranks(found.ablated)
        n, apart = mine.size, mine - theirs
        rho = 1 - 6 * float((apart**2).sum()) / (n * (n**2 - 1))
        place, other = (f"{ranked[cell]:g}" for ranked in (mine, theirs))
        lines = [tr("of {n} patches this one is number {place} by rollout, number {other} by the measurement", n=n,
                    place=place, other=other)]  # fmt: skip
        if math.isclose(rho, found.ranks[ROLLED].value, abs_tol=1e-3):
            lines.append(
                tr("Spearman ρ = 1 − 6 Σ d² / (n (n² − 1)) = 1 − 6 · {sum} / ({n} · {others}) = <b>{rho}</b>, d the "
                   "difference of the two numbers of a patch", sum=f"{(apart**2).sum():g}", n=n, others=n**2 - 1,
                   rho=decimal(rho))
            )  # fmt: skip
        return lines

    # From the user

    def _offer(self) -> None:
        """The classes, the likeliest first."""
        known = self.learn.prediction
        chances = known.probabilities if known is not None else np.zeros(0, np.float32)
        offered = (self.learn.source, len(chances), chances.tobytes(), self._target, self._found.target)
        if offered == self._offered:
            return
        self._offered = offered
        with QSignalBlocker(self.target):
            self.target.clear()
            for number in np.argsort(-chances, kind="stable").tolist():
                name = self.learn.class_name(number)
                self.target.addItem(tr("{name}, {share}", name=name, share=percent(float(chances[number]))), number)
            self.target.setCurrentIndex(max(0, self.target.findData(self._found.target)))
        self.target.setEnabled(self.target.count() > 1)

    @Slot()
    def _choose_target(self) -> None:
        known, number = self.learn.prediction, self.target.currentData()
        self._target = None if known is not None and number == known.best else number
        self.renew()

    @Slot()
    def _forget(self) -> None:
        """Another image or model has an answer of its own."""
        self._target = None

    def _say_layer(self) -> None:
        self.said.setText(self._layers[self.layer.value()] if self._layers else "")

    @Slot(int)
    def _choose_layer(self, _: int) -> None:
        self._say_layer()
        self._draw(ROLLED)
        self.show_choice()

    @Slot(int, int)
    def _choose(self, row: int, column: int) -> None:
        tokens = self._found.tokens
        if tokens.grid is not None:
            self.learn.choose_token(tokens, tokens.token_at(row, column))


def ranks(values: Array) -> NDArray[np.float64]:
    """1 for the largest, in the shape of `values`; what is equal shares the mean of its ranks."""
    flat = values.ravel()
    _, at, count = np.unique(-flat, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[at].reshape(values.shape)
