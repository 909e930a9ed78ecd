"""Predicted redundancy against measured damage: does the cheap score tell what a site is worth?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.agreement import TRUTH, Agreement, truths
from vitprune.architecture import Architecture
from vitprune.plan import GRANULARITIES
from vitprune.scores import SELECTIONS, Scores, split_name
from vitprune_gui.state import AppState
from vitprune_gui.views.choices import fill
from vitprune_gui.views.formatting import estimate, metric_of, plural
from vitprune_gui.views.parts import SPACE, EmptyState, TickBox, wrapped

if TYPE_CHECKING:
    from vitprune_gui.charts.damage import DamageChart, Pair
    from vitprune_gui.commands import Commands

_WIDEST = 420  # px of a box
_SITES = {"sublayer": "Sublayers", "attention": "Attention only", "mlp": "MLP only", "block": "Blocks"}
_NAMES = {"sublayer": "sublayers", "attention": "attention layers", "mlp": "MLP layers", "block": "blocks"}


class DamageView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.chart: DamageChart | None = None
        self._asked: tuple[str, str, str] | None = None
        self._compared: Scores | None = None  # the scores that the question was about

        self.measure_button = QPushButton("Measure the damage")
        self.empty = EmptyState("", "", self.measure_button)
        self.predicted_box, self.measured_box, self.sites_box = QComboBox(), QComboBox(), QComboBox()
        self.log_box: QCheckBox = TickBox("&Log scale")
        self.log_box.setChecked(True)  # a few sites are missed a hundred times as much as the others
        self.log_box.setToolTip("Damage on a logarithmic axis, where all of it is above 0")
        self.again_button = QPushButton("Measure again")
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE)
        for row, (text, box, name) in enumerate(
            (("&Predicted by", self.predicted_box, "Predicted by"), ("&Measured as", self.measured_box, "Measured as"))
        ):
            box.setAccessibleName(name)
            box.setMinimumContentsLength(18)
            box.setMaximumWidth(_WIDEST)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            label = QLabel(text)
            label.setBuddy(box)
            grid.addWidget(label, row, 0)
            grid.addWidget(box, row, 1)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 1)  # from the widest boxes on
        self.sites_box.setAccessibleName("Sites")
        self.sites_box.setToolTip("The sites that are compared with each other")
        sites = QHBoxLayout()
        sites.setSpacing(SPACE)
        sites_label = QLabel("o&f")
        sites_label.setBuddy(self.sites_box)
        sites.addWidget(sites_label)
        sites.addWidget(self.sites_box, 1)
        below = QHBoxLayout()
        below.setSpacing(SPACE)
        below.addWidget(self.log_box)
        below.addStretch(1)
        below.addWidget(self.again_button)
        grid.addLayout(sites, 0, 2)
        grid.addLayout(below, 1, 2)

        self.result = wrapped(selectable=True)
        self.result.setToolTip("Rank correlations of predicted and measured damage, with 95 % intervals over images")
        self.result.setAccessibleName("Agreement of prediction and measurement")
        self.result.setMinimumHeight(2 * self.fontMetrics().lineSpacing())  # the chart keeps its place
        self.note = wrapped()
        self._page = QWidget()
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(8, 6, 8, 8)
        self._column.setSpacing(SPACE)
        self._column.addLayout(grid)
        self._column.addWidget(self.result)
        self._column.addWidget(self.note)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)

        for box in (self.predicted_box, self.measured_box, self.sites_box):
            box.activated.connect(self._draw)
        self.log_box.toggled.connect(self._draw)
        for button in (self.measure_button, self.again_button):
            button.clicked.connect(self._measure)
        for signal in (
            state.model_changed,
            state.architecture_changed,
            state.data_changed,
            state.scores_changed,
            state.plan_changed,
        ):
            signal.connect(self._show)
        state.metric_changed.connect(self._follow_metric)
        state.jobs_changed.connect(self._show_work)
        state.agreement_changed.connect(self._show_agreement)
        self._show(None)

    # From the state

    @Slot(object)
    def _show(self, _: object) -> None:
        state = self._state
        if state.architecture is None or state.scores is None or not _measured(state.scores):
            self._explain()
            return
        self._offer(state.scores, state.architecture)
        self._draw()
        self._show_work(None)

    @Slot(object)
    def _show_work(self, _: object) -> None:
        """The buttons wait for what runs and for what is missing."""
        state = self._state
        runs = any(job.topic == "damage" and job.pending for job in state.jobs)
        can = state.model is not None and state.data is not None and not state.unprunable
        for button, text in ((self.measure_button, "Measure the damage"), (self.again_button, "Measure again")):
            button.setEnabled(can and not runs)
            button.setText("Measuring…" if runs else text)

    def _explain(self) -> None:
        state = self._state
        if reason := state.unprunable:
            self.empty.say("No damage to measure", reason)
        else:
            next_step = ""
            if state.model is None or state.architecture is None:
                next_step = " Open a model and images first."
            elif state.data is None:
                next_step = " Open images first."
            elif state.scores is None:
                next_step = " Cheap scores come with Analyse."
            self.empty.say(
                "Is what looks redundant really not missed?",
                "Every site will be a dot here: across, what a cheap score predicts; upwards, what leaving that site "
                "alone out does to the model's outputs. Measuring it runs the model once for each site, about half "
                f"of it each time, on your images.{next_step}",
            )
        self.measure_button.setVisible(not state.unprunable)
        self._pages.setCurrentWidget(self.empty)
        self._show_work(None)

    def _offer(self, scores: Scores, architecture: Architecture) -> None:
        measured, predicted = _measured(scores), _predicted(scores)
        fill(self.predicted_box, [predicted], self._wanted(predicted), _describe)
        fill(self.measured_box, [measured], self.measured_box.currentData() or measured[0], _describe)
        sizes = {name: sum(1 for site in architecture.of_kind(*kinds)) for name, kinds in GRANULARITIES.items()}
        held = [name for name in _SITES if sizes[name]]
        fill(self.sites_box, [held], self.sites_box.currentData() or "sublayer", lambda name: (_SITES[name], ""))

    def _wanted(self, predicted: list[str]) -> str:
        """The chosen score, else the one that colours the tree, else the first."""
        wanted = (self.predicted_box.currentData(), self._state.metric, *predicted, "")
        return next(name for name in wanted if name in predicted or not name)

    @Slot(object)
    def _follow_metric(self, table: str) -> None:
        """Whoever colours the tree by a cheap score finds it here."""
        row = self.predicted_box.findData(table)
        if row >= 0 and row != self.predicted_box.currentIndex():
            self.predicted_box.setCurrentIndex(row)
            self._draw()

    @Slot()
    def _draw(self) -> None:
        state = self._state
        scores, architecture = state.scores, state.architecture
        predicted, measured = self.predicted_box.currentData(), self.measured_box.currentData()
        granularity = self.sites_box.currentData()
        if scores is None or architecture is None or not measured:
            return
        if not predicted:
            self._say_nothing_drawn("No cheap score to compare with yet: press Analyse.")
            return
        pairs = self._pairs(scores, architecture, predicted, measured, granularity)
        if not pairs:
            across, up = metric_of(predicted).title.lower(), metric_of(measured).title.lower()
            self._say_nothing_drawn(f"No {_NAMES[granularity][:-1]} has both {across} and {up}. Choose others above.")
            return
        chart = self._made()
        positive = all(pair.measured.mean > 0 for pair in pairs)
        self.log_box.setEnabled(positive)
        chart.show_pairs(pairs, predicted, measured, logarithmic=positive and self.log_box.isChecked())
        chart.select(state.selection)
        chart.show()
        self.note.hide()
        self.result.show()
        self._pages.setCurrentWidget(self._page)
        self._compare(predicted, measured, granularity, len(pairs))

    def _say_nothing_drawn(self, text: str) -> None:
        self._pages.setCurrentWidget(self._page)
        self.note.setText(text)
        self.note.show()
        self.result.hide()
        if self.chart is not None:
            self.chart.hide()
        self._asked = None

    def _made(self) -> DamageChart:
        if self.chart is None:
            # Plotting is imported with the first scores: the window is on the screen long before.
            from vitprune_gui.charts.damage import DamageChart

            self.chart = DamageChart()
            self.chart.setMinimumSize(280, 220)
            self._column.addWidget(self.chart, 1)
            self.chart.site_chosen.connect(self._choose)
            self._state.selection_changed.connect(self.chart.select)
        return self.chart

    def _pairs(
        self, scores: Scores, architecture: Architecture, predicted: str, measured: str, granularity: str
    ) -> list[Pair]:
        from vitprune_gui.charts.damage import Pair

        plan = self._state.plan
        pruned = plan if plan is not None and plan.digest == architecture.digest else None
        across, up = scores[predicted], scores[measured]
        return [
            Pair(site, across[site.id], up[site.id], bool(pruned and pruned.removes(architecture, site.id)))
            for site in architecture.of_kind(*GRANULARITIES[granularity])
            if site.id in across
            and site.id in up
            and math.isfinite(across[site.id].mean)
            and math.isfinite(up[site.id].mean)
        ]

    # How well the two agree

    def _compare(self, predicted: str, measured: str, granularity: str, sites: int) -> None:
        asked, scores = (predicted, measured, granularity), self._state.scores
        if asked == self._asked and scores is self._compared:
            return
        self._asked, self._compared = asked, scores
        if sites < 3:
            self.result.setText(f"{plural(sites, 'site')}: too few to compare two orders.")
            return
        self.result.setText(f"Comparing the two orders of {sites} {_NAMES[granularity]}…")
        self._commands.compare_orders(*asked)

    @Slot(object)
    def _show_agreement(self, found: Agreement | None) -> None:
        if found is not None and (found.score, found.truth, found.granularity) == self._asked:
            self.result.setText(agreement_text(found))

    # From the user

    @Slot(str)
    def _choose(self, site: str) -> None:
        self._commands.select_site(site)

    @Slot()
    def _measure(self) -> None:
        self._commands.measure_damage()


def agreement_text(found: Agreement) -> str:
    """Both rank correlations with their intervals and n, and what they say."""
    tau = found.kendall
    numbers = f"Kendall τ {estimate(tau)}, Spearman ρ {estimate(found.spearman)}, n = {plural(found.images, 'image')}"
    if not (math.isfinite(tau.low) and math.isfinite(tau.high)):
        verdict = "1 would be the order of the damage"
    elif tau.low > 0:
        verdict = "ordered rightly more often than wrongly; 1 would be the order of the damage"
    elif tau.high < 0:
        verdict = "ordered wrongly more often than rightly: do not go by this score here"
    else:
        verdict = "these images do not show whether they are ordered rightly or wrongly"
    return f"{numbers}\n{found.sites} {_NAMES[found.granularity]}: {verdict}."


def _measured(scores: Scores) -> list[str]:
    """The tables of damage that hold a number."""
    return [name for name in truths(scores) if any(math.isfinite(score.mean) for score in scores[name].values())]


def _predicted(scores: Scores) -> list[str]:
    return [name for name in scores if not name.startswith(TRUTH)]


def _describe(table: str) -> tuple[str, str]:
    """Title, with its tokens, and tool tip."""
    metric, tokens = split_name(table)
    title = metric_of(metric).title
    if tokens != "all":
        title += f", {SELECTIONS.get(tokens, tokens).removeprefix('the ')}"
    return title, metric_of(table).description
