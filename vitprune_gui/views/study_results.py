"""What a study found: each method at each size with each repair, and which score foresees the damage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.findings import drawn_by
from vitprune.measures import MEASURES, Measure, estimate
from vitprune.plan import PruningPlan
from vitprune.results import Evaluation, Trial
from vitprune.selection import methods
from vitprune.statistics import Estimate
from vitprune_gui.item_models.table_model import Cell, Row
from vitprune_gui.repairs import REPAIRS, inside
from vitprune_gui.state import AppState
from vitprune_gui.symbols import GRANULARITY_TITLES
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import (
    NONE,
    axis_of,
    first_up,
    metric_of,
    plan_sites,
    signed,
    thousands,
    with_unit,
)
from vitprune_gui.views.parts import SPACE, wrapped
from vitprune_gui.views.tables import PlainTable
from vitprune_gui.views.verdicts import difference_in_words

if TYPE_CHECKING:
    from vitprune.report import Result
    from vitprune_gui.charts.study import StudyChart
    from vitprune_gui.commands import Commands


@dataclass(frozen=True, slots=True)
class _Trials:
    """The trials of a method with a repair, by the size that was asked for."""

    method: str
    repair: str
    by_size: Mapping[int, Trial]


class StudyResults(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.chart: StudyChart | None = None
        self._method: str | None = None  # that stands out in the chart

        self.table, self.rank_table = PlainTable(tr("Trials")), PlainTable(tr("Agreement of orders"))
        self.trials, self.ranks = self.table.rows, self.rank_table.rows
        self.table.setSortingEnabled(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.measure, self.repair = QComboBox(), QComboBox()
        self.measure.setAccessibleName(tr("Quality"))
        self.repair.setAccessibleName(tr("Repair of the chart"))
        choose = QHBoxLayout()
        choose.setContentsMargins(10, 0, 10, 0)
        choose.setSpacing(SPACE)
        for text, box in ((tr("&Quality"), self.measure), (tr("with r&epair"), self.repair)):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            label = QLabel(text)
            label.setBuddy(box)
            choose.addWidget(label)
            choose.addWidget(box)
        choose.addStretch(1)
        self.hint = wrapped(
            tr("● no other plan with this repair is as good for no more cost. A click on a cell loads its plan.")
        )
        self.hint.setForegroundRole(self.hint.foregroundRole().PlaceholderText)
        self.hint.setContentsMargins(10, 0, 10, 0)
        self._rank_note = wrapped()
        self._rank_note.setContentsMargins(10, 10, 10, 10)
        self._rank_note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._rank_pages = QStackedWidget()
        self._rank_pages.addWidget(self._rank_note)
        self._rank_pages.addWidget(self.rank_table)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.table, tr("What each method is worth"))
        self.tabs.addTab(self._rank_pages, tr("Which score foresees the damage"))
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.tabs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(choose)
        column.addWidget(self.hint)
        column.addWidget(self._splitter, 1)

        for box in (self.measure, self.repair):
            box.activated.connect(self._draw)
        self.table.clicked.connect(self._choose_cell)
        self.table.activated.connect(self._choose_cell)
        self.table.selectionModel().currentChanged.connect(self._stand_out)

    def show_trials(self) -> None:
        """The trials of the present session."""
        evaluations = self._evaluations().values()
        found = [m for m in MEASURES.values() if any(getattr(e, m.name) is not None for e in evaluations)]
        found = found or list(MEASURES.values())  # nothing is measured yet: the grid is there all the same
        _refill(self.measure, {m.name: first_up(tr(m.title)) for m in found})
        _refill(self.repair, {t.repair: _repair_title(t.repair) for t in self._state.trials})
        self._draw()

    def _evaluations(self) -> dict[PruningPlan, Evaluation]:
        """On the images of the study, fitted to those of the session, by plan."""
        state, study = self._state, self._state.study
        if study is None:
            return {}
        fitted = state.data.digest if state.data else ""
        return {
            e.plan: e
            for e in state.evaluations
            if e.data.digest == study.test.digest and (e.repair is None or e.repair.digest == fitted)
        }

    def _grouped(self) -> list[_Trials]:
        study = self._state.study
        sizes = study.removed if study is not None else ()
        groups: dict[tuple[str, str], dict[int, Trial]] = {}
        for trial in self._state.trials:
            size = next((size for size in sizes if size >= trial.removed), trial.removed)
            groups.setdefault((trial.method, trial.repair), {})[size] = trial
        return [_Trials(method, repair, by_size) for (method, repair), by_size in groups.items()]

    @Slot()
    def _draw(self) -> None:
        measure = MEASURES.get(self.measure.currentData() or "")
        if measure is None:
            self.trials.show((), ())
            return
        evaluations, groups = self._evaluations(), self._grouped()
        sizes = sorted({size for group in groups for size in group.by_size})
        removed = [Cell(tr("{count} removed", count=thousands(size))) for size in sizes]
        told = {f.trial: f for f in self._state.findings.findings} if self._state.findings else {}
        rows = []
        for group in groups:
            cells = [Cell(group.method, _explained(group.method)), Cell(_repair_title(group.repair))]
            for size in sizes:
                trial = group.by_size.get(size)
                cells.append(self._cell(trial, evaluations, measure, told) if trial else Cell("", tr("No such plan")))
            rows.append(Row(tuple(cells), group))
        current = self.table.currentIndex()
        at = current.row(), current.column()
        self.trials.show([Cell(tr("Method")), Cell(tr("Repair")), *removed], rows)
        self.table.fit()
        if at[0] >= 0 and at[0] < len(rows):
            with QSignalBlocker(self.table.selectionModel()):
                self.table.setCurrentIndex(self.trials.index(*at))
        self._draw_chart(measure, groups, evaluations)
        self._show_ranks(self._state.findings)

    def _cell(
        self,
        trial: Trial,
        evaluations: Mapping[PruningPlan, Evaluation],
        measure: Measure,
        told: Mapping[Trial, object],
    ) -> Cell:
        evaluation = evaluations.get(trial.plan)
        value = estimate(evaluation, measure) if evaluation is not None else None
        lines = [
            tr(
                "{method}, %n branch(es) removed, repair: {repair}",
                "",
                trial.removed,
                method=trial.method,
                repair=_repair_title(trial.repair),
            )
        ]
        if self._state.architecture is not None:
            lines.append(plan_sites(trial.plan, self._state.architecture))
        finding = told.get(trial)
        difference = getattr(finding, "difference", None)
        if difference is not None:
            lines.append(tr("against dense: {verdict}", verdict=difference_in_words(difference)))
        adjusted = getattr(finding, "adjusted", math.nan)
        if math.isfinite(adjusted):
            lines.append(tr("adjusted for all plans of the study: p {p}", p=f"{adjusted:.2g}"))
        best = bool(getattr(finding, "best", False))
        if best:
            lines.append(tr("no other plan with this repair is as good for no more cost"))
        text = NONE if value is None else with_unit(value, measure)
        if best:
            text += " ●"
        here = trial.plan == self._state.plan
        return Cell(text, "\n".join(lines), math.nan if value is None else value.value, trial, bold=here)

    def _draw_chart(
        self, measure: Measure, groups: list[_Trials], evaluations: Mapping[PruningPlan, Evaluation]
    ) -> None:
        from vitprune_gui.charts.study import Mark, StudyChart

        if self.chart is None:
            self.chart = StudyChart()
            self.chart.setMinimumHeight(180)
            self.chart.mark_chosen.connect(self._choose)
            self._splitter.addWidget(self.chart)
            self._splitter.setSizes([320, 300])
        repair = self.repair.currentData()
        series: dict[str, list[Mark]] = {}
        for group in groups:
            if group.repair != repair:
                continue
            for trial in group.by_size.values():
                evaluation = evaluations.get(trial.plan)
                value = estimate(evaluation, measure) if evaluation is not None else None
                if value is not None and math.isfinite(value.value):
                    tip = tr(
                        "{method}, {count} removed: {value}, n = {n}",
                        method=trial.method,
                        count=trial.removed,
                        value=with_unit(value, measure),
                        n=thousands(value.n),
                    )
                    mark = Mark(trial.removed, value, "\n".join((tip, tr("click to load"))), trial)
                    series.setdefault(trial.method, []).append(mark)
        dense = next((estimate(e, measure) for plan, e in evaluations.items() if not len(plan)), None)
        chosen = self._method if self._method in series else next(iter(series), None)
        title = {"quality": first_up(tr(measure.title)), "repair": inside(repair)}
        self.chart.show_series(
            tr("{quality} by method, repair: {repair}", **title),
            axis_of(measure),
            "share" if measure.share else measure.unit,
            100.0 if measure.share else 1.0,
            {name: tuple(marks) for name, marks in series.items()},
            chosen,
            dense,
        )

    def _show_ranks(self, result: Result | None) -> None:
        agreements = result.agreements if result is not None else ()
        self._rank_pages.setCurrentIndex(1 if agreements else 0)
        if not agreements:
            self._rank_note.setText(
                tr("Nothing to compare: this study measured no damage of single sites.")
                if result is not None
                else tr(
                    "Computed when the study is through: how well the order of each cheap score agrees with the damage "
                    "that is measured by leaving out one site at a time."
                )
            )
            return
        titles = [
            Cell(tr("Score")),
            Cell(
                tr("Kendall's tau"),
                tr("1: the same order as the measured damage, -1: the opposite; 95 % interval over images"),
            ),
            Cell(tr("Spearman's rho"), tr("With its 95 % interval over images")),
            Cell(tr("Sites")),
            Cell(tr("Against"), tr("The damage that was measured by leaving out one site at a time")),
            Cell("n", tr("Images")),
        ]
        rows = [
            Row(
                (
                    Cell(tr(metric_of(a.score).title), a.score),
                    Cell(_correlation(a.kendall), key=a.kendall.value),
                    Cell(_correlation(a.spearman), key=a.spearman.value),
                    Cell(f"{a.sites} {tr(GRANULARITY_TITLES.get(a.granularity, a.granularity))}"),
                    Cell(tr(metric_of(a.truth).title), a.truth),
                    Cell(thousands(a.images), key=a.images),
                ),
                a,
            )
            for a in agreements
        ]
        self.ranks.show(titles, rows)
        self.rank_table.fit()

    # Choosing

    @Slot(QModelIndex)
    def _choose_cell(self, index: QModelIndex) -> None:
        about = self.trials.about(index)
        if isinstance(about, Trial):
            self._choose(about)

    @Slot(object)
    def _choose(self, trial: Trial) -> None:
        if trial.plan != self._state.plan:
            name = tr("Load {count} by {method}", count=trial.removed, method=trial.method)
            self._commands.use_plan(trial.plan, name)

    @Slot(QModelIndex)
    def _stand_out(self, index: QModelIndex) -> None:
        about = self.trials.shown[index.row()].about if index.isValid() else None
        if isinstance(about, _Trials):
            self._method = about.method
            measure = MEASURES.get(self.measure.currentData() or "")
            if measure is not None:
                with QSignalBlocker(self.repair):
                    self.repair.setCurrentIndex(self.repair.findData(about.repair))
                self._draw_chart(measure, self._grouped(), self._evaluations())


def _refill(box: QComboBox, options: Mapping[str, str]) -> None:
    if [box.itemData(row) for row in range(box.count())] == list(options):
        return
    chosen = box.currentData()
    with QSignalBlocker(box):
        box.clear()
        for name, text in options.items():
            box.addItem(text, name)
    box.setCurrentIndex(max(0, box.findData(chosen)))


def _correlation(value: Estimate) -> str:
    if not math.isfinite(value.value):
        return NONE
    return f"{signed(value.value, 2)} [{signed(value.low, 2)}, {signed(value.high, 2)}]"


def _explained(method: str) -> str:
    known = methods().get(drawn_by(method))
    return f"{tr(known.title)}\n{known.paper}" if known is not None else ""


def _repair_title(repair: str) -> str:
    return tr(REPAIRS[repair].title) if repair in REPAIRS else repair
