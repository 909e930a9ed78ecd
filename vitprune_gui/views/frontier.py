"""What each measured plan costs and is worth, against each other; a ceiling marks the best that it allows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Architecture
from vitprune.findings import drawn_by
from vitprune.frontier import COSTS, Cost, Frontier, Point
from vitprune.measures import MEASURES, estimate
from vitprune.plan import PruningPlan
from vitprune.results import Evaluation
from vitprune_gui.item_models.evaluations_model import conditions
from vitprune_gui.item_models.table_model import Cell, Row
from vitprune_gui.repairs import common_repair
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.beginning import Beginning
from vitprune_gui.views.formatting import (
    axis_of,
    first_up,
    percent,
    plan_name,
    si,
    thousands,
    times,
    with_unit,
)
from vitprune_gui.views.frontier_words import UNITS, amount, cost_text, repair_title, tip
from vitprune_gui.views.parts import SPACE, TickBox, bold, narrow, wrapped
from vitprune_gui.views.tables import PlainTable

if TYPE_CHECKING:
    from vitprune_gui.charts.frontier import FrontierChart, Spot
    from vitprune_gui.commands import Commands

_QUALITIES = ("top1", "agreement", "kl", "loss", "knn", "top5", "feature_cosine")
_BY_HAND = noop("by hand")
_EVERY_METHOD = ""
_NAMED = 3  # plans in a sentence


class FrontierView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.chart: FrontierChart | None = None
        self.frontier: Frontier | None = None
        self._shown: dict[str, Evaluation] = {}
        self._ceilings: dict[str, float] = {}  # of each cost, as people set them

        self.quality, self.cost, self.method = QComboBox(), QComboBox(), QComboBox()
        for box, name in ((self.quality, tr("Quality")), (self.cost, tr("Cost")), (self.method, tr("Methods shown"))):
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.limited = TickBox(tr("&Ceiling"))
        self.limited.setToolTip(tr("Mark the best plan that costs no more. The line can be dragged."))
        self.ceiling = QDoubleSpinBox()
        self.ceiling.setAccessibleName(tr("Ceiling of the cost"))
        self.ceiling.setKeyboardTracking(False)
        self.ceiling.setEnabled(False)
        across, limit = QHBoxLayout(), QHBoxLayout()
        for row in (across, limit):
            row.setContentsMargins(8, 4, 8, 0)
            row.setSpacing(SPACE)
        for text, box, share in ((tr("&Quality"), self.quality, 30), (tr("a&gainst"), self.cost, 20)):
            label = QLabel(text)
            label.setBuddy(box)
            across.addWidget(label)
            across.addWidget(box, share)
        self._of = QLabel(tr("&Show"))
        self._of.setBuddy(self.method)
        across.addWidget(self._of)
        across.addWidget(self.method)
        across.addStretch(1)
        limit.addWidget(self.limited)
        limit.addWidget(self.ceiling)
        self.sentence = bold(wrapped(selectable=True))
        self.note = wrapped()
        limit.addWidget(self.sentence, 1)
        self.note.setContentsMargins(8, 0, 8, 0)
        self.note.setForegroundRole(self.note.foregroundRole().PlaceholderText)

        self.table = PlainTable(tr("Points of the chart"))
        self.model = self.table.rows
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.horizontalHeader().setStretchLastSection(True)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.table)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(across)
        column.addLayout(limit)
        column.addWidget(self.note)
        column.addWidget(self._splitter, 1)

        self.evaluate = QPushButton(tr("Evaluate"))
        self.evaluate.clicked.connect(self._evaluate)
        self.evaluate.setToolTip(tr("Measure what the plan costs and gains"))
        self.empty = Beginning(commands, self.evaluate)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)

        for box in (self.quality, self.cost, self.method):
            box.activated.connect(self._draw)
        self.limited.toggled.connect(self._limit)
        self.ceiling.valueChanged.connect(self._set_ceiling)
        self.table.activated.connect(self._choose_row)
        for signal in (
            state.evaluations_changed,
            state.trials_changed,
            state.plan_changed,
            state.architecture_changed,
            state.data_changed,
            state.test_data_changed,
        ):
            signal.connect(self._show)
        self._show(None)

    @Slot(object)
    def _show(self, _: object) -> None:
        state = self._state
        architecture = state.architecture
        evaluations = self._evaluations()
        if architecture is None or not evaluations:
            ready = architecture is not None and state.images_to_evaluate is not None
            self.evaluate.setVisible(ready)
            self.empty.offer(state, images=not ready)
            self.empty.say(
                tr("Nothing measured yet"),
                "{} {}".format(
                    tr(
                        "Each measured plan becomes a point of quality against cost, with its intervals; those that no "
                        "other plan outdoes are joined by a line."
                    ),
                    tr("Evaluate measures the present plan.") if ready else tr("Open a model and images first."),
                ),
            )
            self._pages.setCurrentWidget(self.empty)
            return
        self._offer(evaluations)
        self._pages.setCurrentIndex(1)
        self._draw()

    def _evaluations(self) -> list[Evaluation]:
        """Of this model, on one set of images: those to evaluate on, or else those of the newest evaluation."""
        state = self._state
        ours = [e for e in state.evaluations if state.architecture and e.plan.digest == state.architecture.digest]
        data = state.images_to_evaluate
        digests = {e.data.digest for e in ours}
        digest = data.digest if data and data.digest in digests else ours[-1].data.digest if ours else ""
        return [e for e in ours if e.data.digest == digest]

    def _offer(self, evaluations: list[Evaluation]) -> None:
        """What was never measured is on the list too, and says so."""
        measured = {
            name: any(estimate(e, MEASURES[name]) is not None for e in evaluations if len(e.plan))
            or any(getattr(e, name) is not None for e in evaluations)
            for name in _QUALITIES
        }
        timed = any(e.latency is not None for e in evaluations)
        qualities = {name: first_up(tr(MEASURES[name].title)) for name in _QUALITIES}
        costs = {name: first_up(tr(cost.title)) for name, cost in COSTS.items()}
        _fill(self.quality, qualities, [name for name, found in measured.items() if found])
        _fill(self.cost, costs, [name for name, cost in COSTS.items() if timed or not cost.timed])
        for box in (self.quality, self.cost):
            narrow(box).setMaximumWidth(box.sizeHint().width())
        methods = dict.fromkeys(drawn_by(trial.method) for trial in self._state.trials)
        _fill(
            self.method,
            {_EVERY_METHOD: tr("all methods")} | {name: name for name in methods},
            [_EVERY_METHOD, *methods],
        )
        for widget in (self.method, self._of):
            widget.setVisible(bool(methods))

    @Slot()
    def _draw(self) -> None:
        architecture = self._state.architecture
        evaluations = self._evaluations()
        cost, quality = self.cost.currentData(), self.quality.currentData()
        if architecture is None or not evaluations or cost is None or quality is None:
            return
        from vitprune_gui.charts.frontier import Axis, FrontierChart

        if self.chart is None:
            self.chart = FrontierChart()
            self.chart.setMinimumHeight(160)
            self._splitter.insertWidget(0, self.chart)
            self._splitter.setSizes([520, 170])
            self.chart.point_chosen.connect(self._choose)
            self.chart.ceiling_moved.connect(self._drag)
        kept, left_out = self._comparable(evaluations, COSTS[cost])
        self._shown = {str(number): e for number, e in enumerate(kept)}
        self.frontier = Frontier.of(self._shown, cost, quality)
        spots = self._spots(self.frontier, architecture)
        chosen, measure = COSTS[cost], MEASURES[quality]
        unit, scale = UNITS[cost]
        named = {"cost": first_up(tr(chosen.title)), "unit": tr(unit)}
        self.chart.show_frontier(
            self.frontier,
            spots,
            Axis(
                tr("{cost} ({unit}, more is better)", **named)
                if chosen.higher_is_cheaper
                else tr("{cost} ({unit}, less is better)", **named),
                scale,
            ),
            Axis(axis_of(measure), 100.0 if measure.share else 1.0),
        )
        self._tell(spots)
        self._note(left_out, kept)
        self._limit()

    def _comparable(self, evaluations: list[Evaluation], cost: Cost) -> tuple[list[Evaluation], int]:
        """Those that may stand on one axis, by the method that is shown, and how many cannot."""
        plan, method = self._state.plan, self.method.currentData()
        if method:
            wanted = {trial.plan for trial in self._state.trials if drawn_by(trial.method) == method}
            evaluations = [e for e in evaluations if e.plan in wanted or not len(e.plan) or e.plan == plan]
        if not cost.timed:
            return evaluations, 0
        timed = [e for e in evaluations if e.latency is not None]
        ways = {id(e): conditions(e.latency) for e in timed if e.latency is not None}
        now = ways[id(timed[-1])] if timed else ""
        kept = [e for e in timed if ways[id(e)] == now]
        return kept, len(evaluations) - len(kept)

    def _spots(self, frontier: Frontier, architecture: Architecture) -> dict[str, Spot]:
        from vitprune_gui.charts.frontier import Spot

        plan = self._state.plan
        trials: dict[PruningPlan, dict[str, None]] = {}
        for trial in self._state.trials:
            trials.setdefault(trial.plan, {})[drawn_by(trial.method)] = None
        found: dict[str, Spot] = {}
        for point, beaten in zip(frontier.points, frontier.dominated, strict=True):
            evaluation = self._shown[point.label]
            dense = not len(evaluation.plan)
            methods = tuple(trials.get(evaluation.plan, ()))
            shown = self.method.currentData()
            method = shown if shown in methods else next(iter(methods), tr(_BY_HAND))
            name = plan_name(evaluation.plan, architecture)
            repair = common_repair(evaluation.plan, architecture) or "several"
            found[point.label] = Spot(
                point.label,
                name,
                tr(_BY_HAND) if dense else method,
                repair,
                dense,
                evaluation.plan == plan,
                tip(evaluation, point, frontier, name, methods, repair, architecture, beaten=beaten),
            )
        return found

    def _tell(self, spots: Mapping[str, Spot]) -> None:
        """The table below the chart: the same points, for the keyboard."""
        assert self.frontier is not None
        cost, measure = self.frontier.cost, self.frontier.quality
        titles = [
            Cell(tr("Plan")),
            Cell(tr("Method")),
            Cell(tr("Repair")),
            Cell(first_up(tr(measure.title)), tr("With its 95 % interval")),
            Cell(first_up(tr(cost.title)), tr("Median with quartiles") if cost.timed else ""),
            Cell(tr("MACs")),
            Cell(tr("Frontier"), tr("Whether no other plan is as cheap and as good, and better in one of the two")),
        ]
        rows = []
        for point, beaten in zip(self.frontier.points, self.frontier.dominated, strict=True):
            spot, evaluation = spots[point.label], self._shown[point.label]
            cells = (
                Cell(spot.name, spot.tip),
                Cell("" if spot.dense else spot.method),
                Cell("" if spot.dense else repair_title(spot.repair)),
                Cell(with_unit(point.quality, measure), key=point.quality.value),
                Cell(cost_text(point, cost), key=point.cost.median),
                Cell(si(evaluation.macs), thousands(evaluation.macs), evaluation.macs),
                Cell(tr("outdone") if beaten else tr("on it")),
            )
            rows.append(Row(cells, point.label, bold=spot.current))
        self.model.show(titles, rows)
        self.table.fit()

    def _note(self, left_out: int, kept: list[Evaluation]) -> None:
        assert self.frontier is not None
        lines = []
        latency = next((e.latency for e in kept if e.latency is not None), None)
        if self.frontier.cost.timed and latency is not None:
            lines.append(tr("Timed with {conditions}.", conditions=conditions(latency)))
        if left_out:
            lines.append(tr("%n evaluation(s) without such a timing not shown.", "", left_out))
        other = len([e for e in self._state.evaluations if e.data.digest != kept[0].data.digest]) if kept else 0
        if other:
            lines.append(tr("%n evaluation(s) on other images not shown.", "", other))
        hasty = [self.chart.spots[p.label].name for p in self.frontier.points if p.too_fast] if self.chart else []
        if hasty:
            named = ", ".join(hasty[:_NAMED]) + (", …" if len(hasty) > _NAMED else "")
            lines.append(
                tr("Timed under other conditions than the dense model, to be faster than their MACs allow: {plans}. "
                   "Evaluate them again to compare times.", plans=named)
            )  # fmt: skip
        self.note.setText(" ".join(lines))
        self.note.setVisible(bool(lines))

    # The ceiling

    @Slot()
    def _limit(self) -> None:
        if self.frontier is None or self.chart is None:
            return
        wanted, cost = self.limited.isChecked(), self.frontier.cost
        unit, scale = UNITS[cost.name]
        values = [point.cost.median for point in self.frontier.points]
        self.ceiling.setEnabled(wanted and bool(values))
        self.limited.setEnabled(bool(values))
        self.limited.setText(tr("At &least") if cost.higher_is_cheaper else tr("&Ceiling"))
        if not wanted or not values:
            self.sentence.setText("" if values else tr("Nothing is measured that has both."))
            self.chart.show_ceiling(None, None)
            return
        value = self._ceilings.setdefault(cost.name, (min(values) + max(values)) / 2)
        with QSignalBlocker(self.ceiling):
            digits = max(0, 2 - math.floor(math.log10(max(values) * scale or 1)))
            self.ceiling.setDecimals(digits)
            self.ceiling.setSingleStep(max(10.0**-digits, (max(values) - min(values)) * scale / 20))
            self.ceiling.setRange(0, 10 * max(values) * scale)
            self.ceiling.setSuffix(f" {tr(unit)}")
            self.ceiling.setValue(value * scale)
        best = self.frontier.best_within(value)
        self.chart.show_ceiling(value, best)
        self.sentence.setText(self._sweet_spot(best))

    def _sweet_spot(self, best: Point | None) -> str:
        assert self.frontier is not None
        assert self.chart is not None
        cost, measure = self.frontier.cost, self.frontier.quality
        limit = self.ceiling.text()
        within = tr("at least {limit}", limit=limit) if cost.higher_is_cheaper else tr("at most {limit}", limit=limit)
        if best is None:
            return tr("No measured plan is {within}.", within=within)
        spot = self.chart.spots[best.label]
        found = {
            "quality": tr(measure.title),
            "within": within,
            "plan": tr("{plan} (this plan)", plan=spot.name) if spot.current else spot.name,
            "value": with_unit(best.quality, measure),
            "cost": amount(best.cost.median, cost),
        }
        if spot.dense:
            found["plan"] = tr("the dense model")
        dense = next((p for p in self.frontier.points if self.chart.spots[p.label].dense), None)
        if dense is None or dense is best:
            return tr("Best {quality} with {within}: {plan}, {value} at {cost}.", **found)
        ratio = dense.cost.median / best.cost.median
        if cost.timed:
            speed = times(1 / ratio if cost.higher_is_cheaper else ratio)
            return tr(
                "Best {quality} with {within}: {plan}, {value} at {cost}, {speed} as fast as dense.",
                **found,
                speed=speed,
            )
        share = percent(1 / ratio)
        return tr("Best {quality} with {within}: {plan}, {value} at {cost}, {share} of dense.", **found, share=share)

    @Slot(float)
    def _set_ceiling(self, shown: float) -> None:
        if self.frontier is not None:
            self._ceilings[self.frontier.cost.name] = shown / UNITS[self.frontier.cost.name][1]
            self._limit()

    @Slot(float)
    def _drag(self, value: float) -> None:
        if self.frontier is not None:
            self._ceilings[self.frontier.cost.name] = max(0.0, value)
            self._limit()

    # Loading a plan

    @Slot(str)
    def _choose(self, label: str) -> None:
        plan = self._shown[label].plan
        if plan != self._state.plan:
            name = plan_name(plan, self._state.architecture)
            self._commands.use_plan(plan, tr("Load {plan}", plan=name))

    @Slot(QModelIndex)
    def _choose_row(self, index: QModelIndex) -> None:
        label = self.model.about(index)
        if label is not None:
            self._choose(label)

    @Slot()
    def _evaluate(self) -> None:
        self._commands.evaluate()


def _fill(box: QComboBox, options: Mapping[str, str], usable: list[str]) -> None:
    """Keep the choice where it still is one; what is not usable stays on the list and says why."""
    chosen = box.currentData()
    wanted = [
        (name, text if name in usable else tr("{quantity} (not measured)", quantity=text))
        for name, text in options.items()
    ]
    if [(box.itemData(row), box.itemText(row)) for row in range(box.count())] != wanted:
        with QSignalBlocker(box):
            box.clear()
            for row, (name, text) in enumerate(wanted):
                box.addItem(text, name)
                box.model().item(row).setEnabled(name in usable)  # pyright: ignore[reportAttributeAccessIssue]
    if chosen not in usable:
        chosen = usable[0] if usable else None
    box.setCurrentIndex(box.findData(chosen) if chosen is not None else -1)
