"""What pruning cost and gained, measured: dense and pruned side by side, always with intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Architecture
from vitprune.published import compare
from vitprune.results import Evaluation, Repair, SiteRepair
from vitprune_gui.item_models.evaluations_model import MEASURES, EvaluationsModel, Measure
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.beginning import Beginning
from vitprune_gui.views.copying import copy_rows, copy_table
from vitprune_gui.views.formatting import data_name, images, percent, plan_name, si, thousands
from vitprune_gui.views.parts import SPACE, bold, wrapped
from vitprune_gui.views.verdicts import published_in_words, verdict

if TYPE_CHECKING:
    from vitprune.comparison import Comparison
    from vitprune_gui.charts.estimates import EstimatesChart
    from vitprune_gui.commands import Commands

_AROUND = 110  # px of title, legend and axis of the chart
_LINES = 12  # of the chart: dense, this plan, and the newest of the others
_LISTED = 3  # sites whose fit is told one by one
_WORST = 2  # and how many of more
_PREFERRED = ("top1", "agreement", "feature_cosine")


class EvaluationPanel(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.model = EvaluationsModel(self)
        self.model.set_palette(self.palette())
        self.chart: EstimatesChart | None = None

        self.status = bold(wrapped())
        self.warnings = wrapped()
        self.published = wrapped()
        self.compared, self.repaired = wrapped(selectable=True), wrapped(selectable=True)
        self.evaluate = QPushButton(tr("Evaluate"))
        self.evaluate.setToolTip(tr("Measure what the plan costs and gains"))
        self.evaluate.clicked.connect(self._evaluate)
        banner = QFrame()
        across = QHBoxLayout(banner)
        across.setContentsMargins(8, 6, 8, 2)
        across.setSpacing(SPACE)
        across.addWidget(self.status, 1)
        across.addWidget(self.evaluate)

        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("Evaluations"))
        self.table.setAccessibleDescription(tr("A row for each quantity, a column for each evaluation"))
        self.table.setWordWrap(True)
        self.table.setTabKeyNavigation(False)
        self.table.setAlternatingRowColors(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        text = self.fontMetrics()
        self.table.horizontalHeader().setDefaultSectionSize(
            text.horizontalAdvance("−0.000 points [−0.000, −0.000]") + 6
        )
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setFixedHeight(2 * text.lineSpacing() + 10)
        self.table.verticalHeader().setDefaultSectionSize(2 * text.lineSpacing() + 6)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setHighlightSections(False)
        self.table.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_selection)

        self.measure = QComboBox()
        self.measure.setAccessibleName(tr("Quantity of the chart"))
        self.measure.setToolTip(tr("What the chart below compares"))
        self.measure.activated.connect(self._draw)
        self._lower = QWidget()
        self._lower_column = QVBoxLayout(self._lower)
        self._lower_column.setContentsMargins(8, 4, 8, 4)
        self._lower_column.setSpacing(4)
        choose = QHBoxLayout()
        choose.setSpacing(SPACE)
        label = QLabel(tr("Compare &by"))
        label.setBuddy(self.measure)
        choose.addWidget(label)
        choose.addWidget(self.measure)
        choose.addStretch(1)
        self.copy_button = QPushButton(tr("Copy table"))
        self.copy_button.setToolTip(tr("The whole table as tab-separated text"))
        self.copy_button.clicked.connect(self.copy_table)
        choose.addWidget(self.copy_button)
        self._lower_column.addLayout(choose)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self._lower)
        self._splitter.setSizes([420, 220])

        self.empty = Beginning(commands, ask_images=commands.ask_test_images)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(banner)
        self.warnings.setContentsMargins(8, 0, 8, 2)
        layout.addWidget(self.warnings)
        for label in (self.compared, self.repaired, self.published):
            label.setContentsMargins(8, 0, 8, 2)
            layout.addWidget(label)
        layout.addWidget(self._pages, 1)
        for signal in (
            state.evaluations_changed,
            state.trainings_changed,
            state.plan_changed,
            state.architecture_changed,
            state.data_changed,
            state.test_data_changed,
            state.model_changed,
        ):
            signal.connect(self._show)
        state.comparison_changed.connect(self._show_comparison)
        self._show(None)

    @Slot(object)
    def _show(self, _: object) -> None:
        state = self._state
        architecture, plan, data = state.architecture, state.plan, state.images_to_evaluate
        # Numbers of another model are never shown beside this one.
        evaluations = tuple(
            e for e in state.evaluations if architecture is not None and e.plan.digest == architecture.digest
        )
        trained = tuple(
            training.evaluation
            for training in state.trainings
            if training.evaluation is not None
            and architecture is not None
            and training.plan.digest == architecture.digest
        )
        self.model.show(evaluations, plan, architecture, data, trained)
        current = self.model.current
        self.evaluate.setEnabled(architecture is not None and data is not None)
        self.empty.offer(state, images=data is None)
        if architecture is None:
            self.status.setText(tr("No model"))
            self.empty.say(tr("Nothing to measure yet"), tr("Open a model and images first."))
        elif current is None:
            if plan is None or not len(plan):
                self.status.setText(tr("The dense model: not measured yet — press Evaluate"))
            else:
                name = plan_name(plan, architecture)
                self.status.setText(tr("This plan ({name}): not measured yet — press Evaluate", name=name))
            params = si(architecture.params if plan is None else plan.summary(architecture).params)
            self.empty.say(
                tr("Not measured yet"),
                tr(
                    "Evaluate runs this model ({params} parameters) and the dense one on {images}.",
                    params=params,
                    images=images(data.images) if data is not None else tr("your images, once you open them"),
                ),
            )
        else:
            self.status.setText(_headline(current, architecture))
        warnings = current.warnings if current is not None else ()
        self.warnings.setText("\n".join(warnings))
        self.warnings.setVisible(bool(warnings))
        self._show_comparison()
        self._show_published(evaluations)
        self._pages.setCurrentWidget(self._splitter if evaluations else self.empty)
        if evaluations:
            self._offer(evaluations)
            self._draw()

    @Slot()
    def _show_comparison(self) -> None:
        """What the plan on show changes image by image, and how what stands for its sites was fitted."""
        current, found = self.model.current, self._state.comparison
        shown = found is not None and current is not None and bool(len(current.plan))
        self.compared.setText(_compared(found, current) if shown and found and current else "")
        self.compared.setVisible(shown)
        repair = current.repair if current is not None else None
        self.repaired.setText(_repaired(repair) if repair is not None else "")
        self.repaired.setToolTip("\n".join(map(_fit, repair.sites)) if repair is not None else "")
        self.repaired.setVisible(repair is not None)

    def _show_published(self, evaluations: tuple[Evaluation, ...]) -> None:
        """The dense model's top-1 beside what timm publishes, of the images of the newest evaluation."""
        shown = self.model.current or (evaluations[-1] if evaluations else None)
        dense = next((e for e in evaluations if shown and not len(e.plan) and e.data.digest == shown.data.digest), None)
        model = self._state.model
        baseline = compare(model, dense) if model is not None and dense is not None else None
        self.published.setText(published_in_words(baseline) if baseline else "")
        self.published.setToolTip(tr("From {source}", source=baseline.published.source) if baseline else "")
        self.published.setVisible(baseline is not None)

    def _offer(self, evaluations: tuple[Evaluation, ...]) -> None:
        found = [measure for measure in MEASURES if any(measure.of(e) is not None for e in evaluations)]
        names = [measure.name for measure in found]
        if [self.measure.itemData(row) for row in range(self.measure.count())] == names:
            return
        chosen = self.measure.currentData()
        self.measure.clear()
        for measure in found:
            self.measure.addItem(tr(measure.title), measure.name)
        wanted = next((name for name in (chosen, *_PREFERRED) if name in names), names[0] if names else None)
        self.measure.setCurrentIndex(self.measure.findData(wanted))

    @Slot()
    def _draw(self) -> None:
        measure = next((m for m in MEASURES if m.name == self.measure.currentData()), None)
        self._lower.setVisible(measure is not None)
        if measure is None:
            return
        from vitprune_gui.charts.estimates import Entry, EstimatesChart

        if self.chart is None:
            self.chart = EstimatesChart()
            self._lower_column.addWidget(self.chart, 1)
        entries = []
        # Other images are another scale, and more than a few lines cannot be told apart: the frontier shows all.
        here = [e for e in self.model.columns if e.data.digest == self.model.columns[0].data.digest]
        for evaluation in here[:_LINES]:
            value = measure.of(evaluation)
            if value is not None and math.isfinite(value.value):
                label = plan_name(evaluation.plan, self._state.architecture)
                entries.append(Entry(label, value, not len(evaluation.plan), evaluation is self.model.current))
        self.chart.setMinimumHeight(_AROUND + len(entries) * (self.fontMetrics().lineSpacing() + 2))
        self.chart.show_entries(
            tr(measure.title), measure.unit and tr(measure.unit), tuple(entries), scale=_scale(measure)
        )

    @Slot()
    def copy_table(self) -> None:
        copy_table(self.model.rows())

    @Slot()
    def copy_selection(self) -> None:
        copy_rows(self.table, self.model.rows())

    @Slot()
    def _evaluate(self) -> None:
        self._commands.evaluate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.model.set_palette(self.palette())


def _headline(evaluation: Evaluation, architecture: Architecture) -> str:
    plan, n = plan_name(evaluation.plan, architecture), evaluation.images
    of = data_name(evaluation.data)
    if not len(evaluation.plan):
        text = tr("Dense model: measured on %n image(s) of {folder}", "", n, folder=of)
    else:
        text = tr("This plan ({name}): measured on %n image(s) of {folder}", "", n, name=plan, folder=of)
    skipped = len(evaluation.data.skipped)
    return tr("{measured}, {count} skipped", measured=text, count=thousands(skipped)) if skipped else text


def _compared(found: Comparison, evaluation: Evaluation) -> str:
    flips, text = found.flips, tr("Against dense: {verdict}", verdict=verdict(found))
    parts = []
    if found.main.mcnemar is not None:
        lost, gained = len(flips.right_to_wrong), len(flips.wrong_to_right)
        parts.append(
            tr("%n image(s) right before and wrong now, {gained} the other way round", "", lost,
               gained=thousands(gained))
        )  # fmt: skip
    if len(evaluation.predictions):
        parts.append(
            tr("{changed} of %n prediction(s) changed", "", found.images, changed=thousands(len(flips.changed)))
        )
    return f"{text} {'; '.join(parts)}." if parts else text


def _repaired(repair: Repair) -> str:
    """What was fitted to what, and how much of what was to be made good it explains: the whole range, and the worst."""
    text = tr("Repair: fitted to the {target} on {images}", target=tr(str(repair.target)), images=images(repair.images))
    known = sorted((site for site in repair.sites if math.isfinite(site.explained)), key=lambda site: site.explained)
    if not known:
        return f"{text}."
    if len(known) <= _LISTED:
        return tr("{repair}; explained: {sites}.", repair=text, sites=", ".join(map(_fit, known)))
    return tr(
        "{repair}; explained: {least} to {most} over %n site(s), least {worst}.",
        "",
        len(known),
        repair=text,
        least=percent(known[0].explained, 0),
        most=percent(known[-1].explained, 0),
        worst=", ".join(map(_fit, known[:_WORST])),
    )


def _fit(site: SiteRepair) -> str:
    values = {"site": site.site, "share": percent(site.explained, 0), "repair": tr(str(site.action))}
    if not math.isfinite(site.own):
        return tr("{site} {share} ({repair})", **values)
    return tr("{site} {share} ({repair}, class token {own})", own=percent(site.own, 0), **values)


def _scale(measure: Measure) -> float:
    return 100.0 if measure.percentage else 1.0
