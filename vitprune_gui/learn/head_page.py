"""One attention head at work: what one token asks of the others, and what it takes from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout

from vitprune.architecture import Kind
from vitprune_gui.learn.controls import HeadPicker, SitePicker
from vitprune_gui.learn.page import LearnPage
from vitprune_gui.learn.questions import ATTENTION, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.learn.tiling import Tiling, magnitude, prefix_name, token_name
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, percent, significant

if TYPE_CHECKING:
    from vitprune.anatomy import Array, Attention, Subject
    from vitprune_gui.charts.keys import KeysChart
    from vitprune_gui.charts.picture import PictureChart

_TERMS = 3  # of a product in a formula
_BARS = 8  # keys with the largest weights
_LARGE = 12.0  # a score whose exponential people would not read
_CLOSE = 2e-3  # of a weight, from which it differs by more than rounding


class HeadPage(LearnPage):
    name = "head"
    title = noop("One attention head")
    words: ClassVar = {
        OVERVIEW: noop(
            "Attention lets tokens look at each other. Click a patch: its token asks a question, the query, and the "
            "map shows which patches this head takes the answer from."
        ),
        COMPONENT: noop(
            "Every key gets a score for the query. Softmax turns the scores into weights, which add up to 1. What a "
            "key then adds is its weight times the length of its value. Click in the image for another query, in a "
            "map for a key."
        ),
        FORMULA: noop("The numbers of the framed query and of one key: click in the map, or on a bar, for another."),
    }

    picture: PictureChart
    scores: PictureChart
    weights: PictureChart
    effect: PictureChart
    keys: KeysChart

    def __init__(self, learn: Learn) -> None:
        super().__init__(learn)
        self.site = SitePicker(learn, Kind.ATTENTION)
        self.head = HeadPicker(learn)
        self.query = QComboBox()
        self.query.setAccessibleName(tr("Query"))
        self.query.setToolTip(tr("Which token asks: a patch, or one of the tokens before them"))
        self.query.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        label = QLabel(tr("&Query"))
        label.setBuddy(self.query)
        for control in (self.site, self.head, label, self.query):
            self.controls.addWidget(control)
        self.controls.addStretch(1)
        self.elsewhere = SitePicker(learn, Kind.ATTENTION)
        """Where this layer cannot be shown."""
        beside = self.empty.layout()
        assert isinstance(beside, QVBoxLayout)
        beside.insertWidget(beside.count() - 1, self.elsewhere, 0, Qt.AlignmentFlag.AlignHCenter)
        self.query.activated.connect(self._choose_prefix)
        self._asks: tuple[str, ...] = ()  # what the box offers
        self._cell: tuple[int, int] | None = None  # the last patch that asked
        self._key: int | None = None  # that was clicked; None for the one with the largest weight
        self._of: Attention | None = None  # among whose keys it is
        self._drawn: tuple[object, ...] = ()  # what the maps show

    def needs(self) -> tuple[Question, ...]:
        site = self.learn.site(Kind.ATTENTION)
        return Question(SUBJECT), Question(ATTENTION, site.id if site is not None else "")

    def missing(self) -> str:
        return "" if self.learn.sites(Kind.ATTENTION) else tr("It has no attention layer, or all are removed.")

    @Slot()
    def _explain(self) -> None:
        super()._explain()
        self.elsewhere.setVisible(not self.missing())

    @property
    def _found(self) -> Attention:
        return self.drawn[1]

    def build(self) -> None:
        from vitprune_gui.charts.keys import KeysChart
        from vitprune_gui.charts.picture import PictureChart

        self.picture = PictureChart(tr("Query"), "query")
        self.scores = PictureChart(tr("1  Scores"), "scores")
        self.weights = PictureChart(tr("2  Weights"), "weights")
        self.effect = PictureChart(tr("3  Effect"), "effect")
        self.keys = KeysChart(tr("Top keys"), "top-keys")
        self.tiles = Tiling(self.picture, self.scores, self.weights, self.effect, self.keys)
        for chart in (self.picture, self.scores, self.weights, self.effect, self.keys):
            chart.setMinimumSize(130, 120)
        self.charts.addWidget(self.tiles, 1)
        self.picture.cell_chosen.connect(self._choose_query)
        for chart in (self.scores, self.weights, self.effect):
            chart.cell_chosen.connect(self._choose_in_map)
            chart.cell_read.connect(self._read_key)
        self.picture.cell_read.connect(self._read_query)
        self.keys.key_chosen.connect(self._choose_key)

    def show_level(self, level: str) -> None:
        there = self._found.keys.grid is not None
        self.picture.setVisible(self._found.queries.grid is not None or not there)
        self.scores.setVisible(level == COMPONENT and there)
        self.weights.setVisible(there)
        self.effect.setVisible(level == COMPONENT and there)
        self.weights.set_title(tr("Where it looks") if level == OVERVIEW else tr("2  Weights"))
        self.keys.setVisible(level == FORMULA or not there)

    def show_values(self) -> None:
        found = self._found
        self.head.offer(len(found.weights))
        subject: Subject = self.drawn[0]
        self.picture.show_picture(subject.pixels, found.queries.grid, tip=self._query_tip)
        self._offer_queries()
        self._drawn = ()
        if found is not self._of:
            self._of, self._key = found, None

    def show_choice(self) -> None:
        found, head, query = self._found, self.head.head, self._query
        if self._drawn and self._drawn[:2] != (head, query):
            self._key = None
        if self._drawn[:2] != (head, query):
            self._draw(head, query)
        self._drawn = head, query
        self._cell = found.queries.cell(query) or self._cell
        with QSignalBlocker(self.query):
            self.query.setCurrentIndex(self._asks.index(found.queries.prefix[query]) if self._is_prefix(query) else 0)
        key = self.key
        asks, gives = found.queries.cell(query), found.keys.cell(key)
        alike = found.queries.grid == found.keys.grid
        self.picture.mark(asks)
        for chart in (self.scores, self.weights, self.effect):
            chart.mark(asks if alike else None, gives if self.learn.level != OVERVIEW else None)
        self.keys.mark(key)
        if self.learn.level == FORMULA:
            self.formula.show_lines(*self._lines(head, query, key))
        self._read(None)

    # The query and the key

    @property
    def _query(self) -> int:
        """The chosen token as far as it asks here; else the class token, or the patch in the middle."""
        tokens = self._found.queries
        token = self.learn.token(tokens)
        if token is not None:
            return token
        if tokens.class_token is not None:
            return tokens.class_token
        return tokens.token_at(tokens.grid[0] // 2, tokens.grid[1] // 2) if tokens.grid is not None else 0

    @property
    def key(self) -> int:
        """Its number among the keys."""
        row = self._found.weights[self.head.head, self._query]
        return self._key if self._key is not None else int(row.argmax())

    def _is_prefix(self, query: int) -> bool:
        return query < len(self._found.queries.prefix)

    def _offer_queries(self) -> None:
        tokens = self._found.queries
        patch = ("",) if tokens.patches else ()
        if (*patch, *tokens.prefix) != self._asks:
            self._asks = (*patch, *tokens.prefix)
            with QSignalBlocker(self.query):
                self.query.clear()
                for name in self._asks:
                    self.query.addItem(prefix_name(name) if name else tr("a patch"), name)
        self.query.setEnabled(len(self._asks) > 1)

    # Drawing

    def _draw(self, head: int, query: int) -> None:
        found = self._found
        weights = found.weights[head, query]
        if found.keys.grid is not None:
            for chart, quantity, values in (
                (self.scores, tr("Score", "of a key for a query"), _known(found.scores[head, query])),
                (self.weights, tr("Weight"), weights),
                (self.effect, tr("Effect"), found.effect[head, query]),
            ):
                self._draw_map(chart, quantity, values)
        order = np.argsort(-weights, kind="stable")
        shown = [int(key) for key in order[:_BARS]]
        self._draw_bars(head, query, shown, float(weights[order[_BARS:]].sum()), len(order) - len(shown))

    def _draw_map(self, chart: PictureChart, quantity: str, values: Array) -> None:
        from vitprune_gui.colours import ColourScale

        tokens, subject = self._found.keys, self.drawn[0]
        over = tokens.on_grid(values)
        known = over[np.isfinite(over)]
        low = float(known.min()) if chart is self.scores and known.size else 0.0
        scale = ColourScale(low, max(low, float(known.max()))) if known.size else None
        notes = [
            tr("{token}: {value}", token=prefix_name(name), value=significant(float(values[at])))
            for at, name in enumerate(tokens.prefix[:1])
        ]
        outside = int(np.isnan(over).sum())
        if outside:
            notes.append(tr("crossed out: another window"))
        chart.show_picture(
            subject.pixels, tokens.grid, over=over, quantity=quantity, scale=scale, tip=self._key_tip, notes=notes
        )

    def _draw_bars(self, head: int, query: int, shown: list[int], others: float, count: int) -> None:
        from vitprune_gui.charts.keys import Key

        found = self._found
        bars = [
            Key(key, self._short(key), float(found.weights[head, query, key]), self._told(head, query, key))
            for key in shown
        ]
        rest = [tr("%n other(s): {weight}", "", count, weight=significant(others))] if count else []
        self.keys.show_keys(tr("Top keys"), bars, tr("Weight"), tr("Row, column"), *rest)

    def _short(self, key: int) -> str:
        cell = self._found.keys.cell(key)
        return f"{cell[0] + 1}, {cell[1] + 1}" if cell is not None else token_name(self._found.keys, key)

    # In words

    def _told(self, head: int, query: int, key: int) -> str:
        found = self._found
        score = float(found.scores[head, query, key])
        name = tr("Key: {token}", token=token_name(found.keys, key))
        if math.isinf(score):
            return f"{name}\n" + tr("In another window: score −∞, weight 0")
        return f"{name}\n" + tr(
            "Score {score}, weight {weight}, effect {effect}",
            score=decimal(score),
            weight=significant(float(found.weights[head, query, key])),
            effect=significant(float(found.effect[head, query, key])),
        )

    def _key_tip(self, row: int, column: int) -> str:
        return self._told(self.head.head, self._query, self._found.keys.token_at(row, column))

    def _query_tip(self, row: int, column: int) -> str:
        tokens = self._found.queries
        if tokens.grid is None:
            return tokens.reason
        return tr("Ask as the patch in row {row}, column {column}", row=row + 1, column=column + 1)

    @Slot(object)
    def _read_key(self, cell: tuple[int, int] | None) -> None:
        self._read(self._key_tip(*cell).replace("\n", ": ", 1) if cell is not None else None)

    @Slot(object)
    def _read_query(self, cell: tuple[int, int] | None) -> None:
        self._read(self._query_tip(*cell) if cell is not None else None)

    def _read(self, text: str | None) -> None:
        found, head, query = self._found, self.head.head, self._query
        if text is not None:
            self.reading.setText(text)
            return
        weights = found.weights[head, query]
        told = [tr("Query: {token}.", token=token_name(found.queries, query))]
        if found.keys.grid is None:
            told.append(found.keys.reason)
        elif found.keys.prefix:
            prefix = float(weights[: len(found.keys.prefix)].sum())
            told.append(
                tr("{share} of its weight goes to patches, {rest} to the tokens before them.",
                   share=percent(float(weights.sum()) - prefix), rest=percent(prefix))
            )  # fmt: skip
        outside = int(np.isinf(found.scores[head, query]).sum())
        if outside:
            told.append(tr("%n key(s) lie in other windows, which it cannot see.", "", outside))
        key = self.key
        told.append(
            tr("The framed key, {token}, has {share}.", token=token_name(found.keys, key),
               share=percent(float(weights[key])))
            if self.learn.level != OVERVIEW
            else tr("Most of it, {share}, goes to: {token}.", token=token_name(found.keys, int(weights.argmax())),
                    share=percent(float(weights.max())))
        )  # fmt: skip
        self.reading.setText(" ".join(told))

    def _lines(self, head: int, query: int, key: int) -> list[str]:
        """The way of one key: score, softmax, what it adds."""
        found = self._found
        score = float(found.scores[head, query, key])
        named = tr(
            "i is the query ({query}), j the key ({key}).",
            query=token_name(found.queries, query),
            key=token_name(found.keys, key),
        )
        if math.isinf(score):
            return [tr("s<sub>ij</sub> = −∞: j lies in another window than i, so its weight is e<sup>−∞</sup> = 0."),
                    named]  # fmt: skip
        return [*self._score_lines(head, query, key, score), *self._weight_lines(head, query, key, score), named]

    def _score_lines(self, head: int, query: int, key: int, score: float) -> list[str]:
        found = self._found
        q, k = found.q[head, query].astype(np.float64), found.k[head, key].astype(np.float64)
        product, scale, width = float(q @ k), float(found.scale[head]), len(q)
        terms = " + ".join(f"({decimal(a, 2)})·({decimal(b, 2)})" for a, b in zip(q[:_TERMS], k[:_TERMS], strict=True))
        root = math.isclose(scale, width**-0.5, rel_tol=1e-4)
        by = f"/ √{width}" if root else f"· {decimal(scale)}"
        added = score - product * scale
        more = abs(added) > 1e-3 * max(1.0, abs(score))
        return [
            tr("q<sub>i</sub>·k<sub>j</sub> = {terms} + … = <b>{product}</b> &nbsp;({n} products)", terms=terms,
               product=decimal(product, 2), n=width),
            tr("score s<sub>ij</sub> = q<sub>i</sub>·k<sub>j</sub> {scale} = {product} {by} = <b>{score}</b>",
               scale="/ √d" if root else tr("· scale"), product=decimal(product, 2), by=by, score=decimal(score))
            if not more
            else tr("score s<sub>ij</sub> = {product} {by} + ({added}) = <b>{score}</b> &nbsp;(the model adds the "
                    "latter)", product=decimal(product, 2), by=by, added=decimal(added), score=decimal(score)),
        ]  # fmt: skip

    def _weight_lines(self, head: int, query: int, key: int, score: float) -> list[str]:
        found = self._found
        row = found.scores[head, query].astype(np.float64)
        row = row[np.isfinite(row)]
        largest = float(row.max())
        off = largest if largest > _LARGE else 0.0
        part, whole = math.exp(score - off), float(np.exp(row - off).sum())
        weight, softmax = float(found.weights[head, query, key]), part / whole
        minus = tr(" − {largest}", largest=decimal(off)) if off else ""
        shown = f"{decimal(score)}{minus}"
        line = tr(
            "weight a<sub>ij</sub> = e<sup>s<sub>ij</sub></sup> / Σ<sub>j′</sub> e<sup>s<sub>ij′</sub></sup> = "
            "e<sup>{score}</sup> / Σ of {n} = {part} / {whole} = <b>{weight}</b>",
            score=shown, n=len(row), part=magnitude(part), whole=magnitude(whole), weight=magnitude(softmax),
        )  # fmt: skip
        lines = [line]
        if off:
            lines[0] += " &nbsp;" + tr("(all scores less the largest one: the quotient stays the same)")
        if abs(weight - softmax) > _CLOSE * max(weight, softmax, 1e-3):
            lines.append(
                tr("Then the model mixes its heads, and the weight becomes <b>{weight}</b>.", weight=magnitude(weight))
                if found.mixed
                else tr("Its window reaches beyond the image; with what lies there the weight is <b>{weight}</b>.",
                        weight=magnitude(weight))
            )  # fmt: skip
        effect = float(found.effect[head, query, key])
        if weight:
            lines.append(
                tr("effect = a<sub>ij</sub> · ‖W v<sub>j</sub>‖ = {weight} · {length} = <b>{effect}</b> &nbsp;‖v"
                   "<sub>j</sub>‖ = {norm}", weight=magnitude(weight), length=decimal(effect / abs(weight)),
                   effect=magnitude(effect), norm=decimal(float(found.value_norms[head, key])))
            )  # fmt: skip
        return lines

    # From the user

    @Slot(int, int)
    def _choose_query(self, row: int, column: int) -> None:
        tokens = self._found.queries
        if tokens.grid is not None:
            self.learn.choose_token(tokens, tokens.token_at(row, column))

    @Slot(int, int)
    def _choose_in_map(self, row: int, column: int) -> None:
        found = self._found
        if self.learn.level == OVERVIEW and found.queries.grid == found.keys.grid:
            self._choose_query(row, column)
        else:
            self._choose_key(found.keys.token_at(row, column))

    @Slot(int)
    def _choose_key(self, key: int) -> None:
        self._key = key
        self.show_choice()

    @Slot()
    def _choose_prefix(self) -> None:
        tokens, name = self._found.queries, self.query.currentData()
        if name:
            self.learn.choose_token(tokens, tokens.prefix.index(name))
        elif tokens.grid is not None:
            row, column = self._cell or (tokens.grid[0] // 2, tokens.grid[1] // 2)
            self._choose_query(min(row, tokens.grid[0] - 1), min(column, tokens.grid[1] - 1))


def _known(scores: Array) -> Array:
    """NaN for what no window has together."""
    return np.where(np.isfinite(scores), scores, np.float32(np.nan))
