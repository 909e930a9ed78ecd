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
from vitprune.scores import Scores
from vitprune_gui.state import AppState
from vitprune_gui.symbols import GRANULARITY_TITLES
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.beginning import Beginning
from vitprune_gui.views.choices import fill
from vitprune_gui.views.formatting import estimate, images, metric_of, title_and_tip
from vitprune_gui.views.parts import SPACE, TickBox, wrapped

if TYPE_CHECKING:
    from vitprune_gui.charts.damage import DamageChart, Pair
    from vitprune_gui.commands import Commands

_WIDEST = 420  # px of a box
_SITES = {
    "sublayer": noop("Sublayers"),
    "attention": noop("Attention only"),
    "mlp": noop("MLP only"),
    "block": noop("Blocks"),
}


class DamageView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.chart: DamageChart | None = None
        self._asked: tuple[str, str, str] | None = None
        self._compared: Scores | None = None  # the scores that the question was about

        self.measure_button = QPushButton(tr("Measure the damage"))
        self.measure_button.setToolTip(tr("Leave out each site alone and measure what the outputs lose"))
        self.empty = Beginning(commands, self.measure_button)
        self.predicted_box, self.measured_box, self.sites_box = QComboBox(), QComboBox(), QComboBox()
        self.log_box: QCheckBox = TickBox(tr("&Log scale"))
        self.log_box.setChecked(True)  # a few sites are missed a hundred times as much as the others
        self.log_box.setToolTip(tr("Damage on a logarithmic axis, where all of it is above 0"))
        self.again_button = QPushButton(tr("Measure again"))
        self.again_button.setToolTip(self.measure_button.toolTip())
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(SPACE)
        for row, (text, box, name) in enumerate(
            (
                (tr("&Predicted by"), self.predicted_box, tr("Predicted by")),
                (tr("&Measured as"), self.measured_box, tr("Measured as")),
            )
        ):
            box.setAccessibleName(name)
            box.setMinimumContentsLength(10)
            box.setMaximumWidth(_WIDEST)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            label = QLabel(text)
            label.setBuddy(box)
            grid.addWidget(label, row, 0)
            grid.addWidget(box, row, 1)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 1)  # from the widest boxes on
        self.sites_box.setMinimumContentsLength(6)
        self.sites_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.sites_box.setAccessibleName(tr("Sites"))
        self.sites_box.setToolTip(tr("The sites that are compared with each other"))
        sites = QHBoxLayout()
        sites.setSpacing(SPACE)
        sites_label = QLabel(tr("o&f", "which sites"))
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
        self.result.setToolTip(
            tr("Rank correlations of predicted and measured damage, with 95 % intervals over images")
        )
        self.result.setAccessibleName(tr("Agreement of prediction and measurement"))
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
        for button, text in ((self.measure_button, tr("Measure the damage")), (self.again_button, tr("Measure again"))):
            button.setEnabled(can and not runs)
            button.setText(tr("Measuring…") if runs else text)

    def _explain(self) -> None:
        state = self._state
        if reason := state.unprunable:
            self.empty.say(tr("No damage to measure"), tr(reason))
        else:
            next_step = ""
            if state.model is None or state.architecture is None:
                next_step = tr("Open a model and images first.")
            elif state.data is None:
                next_step = tr("Open images first.")
            elif state.scores is None:
                next_step = tr("Cheap scores come with Analyse.")
            meaning = tr(
                "Every site will be a dot here: across, what a cheap score predicts; upwards, what leaving that site "
                "alone out does to the model's outputs. Measuring it runs the model once for each site, about half "
                "of it each time, on your images."
            )
            self.empty.say(tr("Is what looks redundant really not missed?"), f"{meaning} {next_step}".rstrip())
        self.empty.offer(state, images=state.data is None and not state.unprunable)
        self.measure_button.setVisible(state.data is not None and not state.unprunable)
        self._pages.setCurrentWidget(self.empty)
        self._show_work(None)

    def _offer(self, scores: Scores, architecture: Architecture) -> None:
        measured, predicted = _measured(scores), _predicted(scores)
        fill(self.predicted_box, [predicted], self._wanted(predicted), title_and_tip)
        fill(self.measured_box, [measured], self.measured_box.currentData() or measured[0], title_and_tip)
        sizes = {name: sum(1 for site in architecture.of_kind(*kinds)) for name, kinds in GRANULARITIES.items()}
        held = [name for name in _SITES if sizes[name]]
        fill(self.sites_box, [held], self.sites_box.currentData() or "sublayer", lambda name: (tr(_SITES[name]), ""))

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
            self._say_nothing_drawn(tr("No cheap score to compare with yet: press Analyse."))
            return
        pairs = self._pairs(scores, architecture, predicted, measured, granularity)
        if not pairs:
            self._say_nothing_drawn(
                tr(
                    "None of the {sites} has both {predicted} and {measured}. Choose others above.",
                    sites=tr(GRANULARITY_TITLES[granularity]),
                    predicted=tr(metric_of(predicted).title),
                    measured=tr(metric_of(measured).title),
                )
            )
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
            self.result.setText(tr("%n site(s): too few to compare two orders.", "", sites))
            return
        self.result.setText(
            tr("Comparing the two orders of {count} {sites}…", count=sites, sites=tr(GRANULARITY_TITLES[granularity]))
        )
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
    numbers = f"Kendall τ {estimate(tau)}, Spearman ρ {estimate(found.spearman)}, n = {images(found.images)}"
    values = {"count": found.sites, "sites": tr(GRANULARITY_TITLES[found.granularity])}
    if not (math.isfinite(tau.low) and math.isfinite(tau.high)):
        verdict = tr("{count} {sites}: 1 would be the order of the damage.", **values)
    elif tau.low > 0:
        verdict = tr(
            "{count} {sites}: ordered rightly more often than wrongly; 1 would be the order of the damage.", **values
        )
    elif tau.high < 0:
        verdict = tr(
            "{count} {sites}: ordered wrongly more often than rightly: do not go by this score here.", **values
        )
    else:
        verdict = tr("{count} {sites}: these images do not show whether they are ordered rightly or wrongly.", **values)
    return f"{numbers}\n{verdict}"


def _measured(scores: Scores) -> list[str]:
    """The tables of damage that hold a number."""
    return [name for name in truths(scores) if any(math.isfinite(score.mean) for score in scores[name].values())]


def _predicted(scores: Scores) -> list[str]:
    return [name for name in scores if not name.startswith(TRUTH)]
