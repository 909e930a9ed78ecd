"""Every method at several sizes, with and without repair, against what it is measured to be worth."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QSplitter,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.measures import MEASURES, Measure, estimate
from vitprune.plan import GRANULARITIES, PruningPlan, Target
from vitprune.results import Evaluation, Trial
from vitprune.selection import Method, Needs, methods
from vitprune.statistics import Estimate
from vitprune_gui.commands import StudyForm
from vitprune_gui.item_models.table_model import Cell, Row, TableModel
from vitprune_gui.repairs import REPAIRS, TARGETS
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.views.formatting import (
    NONE,
    axis_of,
    first_up,
    metric_of,
    plan_sites,
    plural,
    signed,
    thousands,
    with_unit,
)
from vitprune_gui.views.parts import SPACE, TickBox, bold, narrow, wrapped

if TYPE_CHECKING:
    from vitprune.report import Result
    from vitprune_gui.charts.study import StudyChart
    from vitprune_gui.commands import Commands

_INTRO = (
    "The study prunes the model by each method at several sizes, with and without repair, and measures every result. "
    "It says, with intervals, what each method is worth here, and which cheap score foresees the damage."
)
_USUAL_REPAIRS = ("none", "mean", "linear")
_SHARES = (1 / 6, 1 / 3, 1 / 2)  # of the branches that can go
_GRANULARITIES = {"attention": "attention layers", "mlp": "MLP layers", "sublayer": "sublayers", "block": "blocks"}


@dataclass(frozen=True, slots=True)
class _Trials:
    """The trials of a method with a repair, by the size that was asked for."""

    method: str
    repair: str
    by_size: Mapping[int, Trial]


class StudyView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.chart: StudyChart | None = None
        self._method: str | None = None  # that stands out in the chart

        self.title = bold(wrapped("Which method is right about your model?"), larger=1)
        self.intro = wrapped(_INTRO)
        self._form = self._make_form()
        self.start = QPushButton("Start…")
        self.start.setToolTip("Choose the file that keeps the study, and run it")
        self.go_on = QPushButton("Go on")
        self.go_on.setToolTip("Go on with the study that was stopped, from its last whole step")
        self.again = QPushButton("New study")
        self.again.setCheckable(True)
        self.cancel = QPushButton("Cancel")
        self.report = QPushButton("Write report…")
        self.report.setToolTip("All figures with their intervals, as a web page or as Markdown")
        self.status = wrapped()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        for button in (self.start, self.go_on, self.cancel):
            buttons.addWidget(button)
        buttons.addWidget(self.status, 1)
        for button in (self.again, self.report):
            buttons.addWidget(button)
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(10, 8, 10, 4)
        column.setSpacing(SPACE)
        for widget in (self.title, self.intro, self._form):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.bar)

        self.trials, self.ranks = TableModel(self), TableModel(self)
        self.table, self.rank_table = _table(self.trials, "Trials"), _table(self.ranks, "Agreement of orders")
        self.rank_table.setSortingEnabled(True)
        self.rank_table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.measure, self.repair = QComboBox(), QComboBox()
        self.measure.setAccessibleName("Quality")
        self.repair.setAccessibleName("Repair of the chart")
        for box in (self.measure, self.repair):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        choose = QHBoxLayout()
        choose.setContentsMargins(10, 0, 10, 0)
        choose.setSpacing(SPACE)
        for text, box in (("&Quality", self.measure), ("with re&pair", self.repair)):
            label = QLabel(text)
            label.setBuddy(box)
            choose.addWidget(label)
            choose.addWidget(box)
        self.hint = wrapped(
            "● no other plan with this repair is as good for no more cost. A click on a cell loads its plan."
        )
        self.hint.setForegroundRole(self.hint.foregroundRole().PlaceholderText)
        self.hint.setContentsMargins(10, 0, 10, 0)
        choose.addStretch(1)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.table, "What each method is worth")
        self._rank_pages = QStackedWidget()
        self._rank_note = wrapped()
        self._rank_note.setContentsMargins(10, 10, 10, 10)
        self._rank_note.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._rank_pages.addWidget(self._rank_note)
        self._rank_pages.addWidget(self.rank_table)
        self.tabs.addTab(self._rank_pages, "Which score foresees the damage")
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.tabs)
        self._results = QWidget()
        lower = QVBoxLayout(self._results)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(4)
        lower.addLayout(choose)
        lower.addWidget(self.hint)
        lower.addWidget(self._splitter, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self._results, 1)
        self._space = QWidget()
        layout.addWidget(self._space, 1)

        self.start.clicked.connect(self._start)
        self.go_on.clicked.connect(self._go_on)
        self.cancel.clicked.connect(self._cancel)
        self.again.toggled.connect(self._show)
        self.report.clicked.connect(self._report)
        for box in (self.measure, self.repair):
            box.activated.connect(self._draw)
        self.table.clicked.connect(self._choose_cell)
        self.table.activated.connect(self._choose_cell)
        self.table.selectionModel().currentChanged.connect(self._stand_out)
        for signal in (
            state.trials_changed,
            state.evaluations_changed,
            state.findings_changed,
            state.plan_changed,
            state.architecture_changed,
            state.data_changed,
            state.test_data_changed,
        ):
            signal.connect(self._show)
        state.architecture_changed.connect(self._usual_sizes)
        state.jobs_changed.connect(self._show_work)
        self._usual_sizes()
        self._show()
        self._show_work(state.jobs)

    def _make_form(self) -> QFrame:
        self.methods = QListWidget()
        self.methods.setAccessibleName("Methods of the study")
        self.methods.setMinimumHeight(7 * self.fontMetrics().lineSpacing())
        self.methods.setMaximumHeight(18 * self.fontMetrics().lineSpacing())
        self.methods.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fill_methods()
        self.sizes = QLineEdit()
        self.sizes.setAccessibleName("Branches to remove")
        self.sizes.setToolTip("Numbers of branches to remove, such as 4, 8, 12")
        self.repairs = {name: TickBox(choice.title) for name, choice in REPAIRS.items()}
        for name, box in self.repairs.items():
            box.setToolTip(REPAIRS[name].what)
            box.setChecked(name in _USUAL_REPAIRS)
        self.granularity, self.target = QComboBox(), QComboBox()
        self.granularity.setAccessibleName("What to remove")
        for name in GRANULARITIES:
            self.granularity.addItem(_GRANULARITIES.get(name, name), name)
        self.granularity.setCurrentIndex(self.granularity.findData("sublayer"))
        self.granularity.currentIndexChanged.connect(self._usual_sizes)
        self.target.setAccessibleName("What repairs are fitted to")
        for name, choice in TARGETS.items():
            self.target.addItem(choice.title, str(name))
            self.target.setItemData(self.target.count() - 1, choice.what, Qt.ItemDataRole.ToolTipRole)
        self.target.setCurrentIndex(self.target.findData(str(Target.MODEL)))
        self.images = QSpinBox()
        self.images.setAccessibleName("Number of images")
        self.images.setRange(0, 1_000_000)
        self.images.setSingleStep(100)
        self.images.setSpecialValueText("all")
        self.images.setToolTip("How many images to fit to, and how many to measure on")
        self.speed = TickBox("&Time the plans too")
        frame = QFrame()
        across = QGridLayout(frame)
        across.setContentsMargins(0, 2, 0, 2)
        across.setHorizontalSpacing(10)
        across.setVerticalSpacing(4)
        across.setColumnStretch(0, 1)
        across.setColumnStretch(2, 1)
        across.addWidget(self.methods, 0, 0, 6, 1)
        across.setRowStretch(5, 1)
        ticks = QGridLayout()
        ticks.setHorizontalSpacing(10)
        for number, box in enumerate(self.repairs.values()):
            ticks.addWidget(box, number // 3, number % 3)
        for box in (self.granularity, self.target):
            narrow(box)
        rest = QHBoxLayout()
        rest.setSpacing(SPACE)
        rest.addWidget(self.images)
        rest.addWidget(self.speed, 1)
        for row, (text, what) in enumerate(
            (
                ("&Remove", self.sizes),
                ("&of", self.granularity),
                ("Repairs", ticks),
                ("&fitted to", self.target),
                ("&Images", rest),
            )
        ):
            label = QLabel(text)
            across.addWidget(label, row, 1)
            if isinstance(what, QWidget):
                label.setBuddy(what)
                across.addWidget(what, row, 2)
            else:
                label.setBuddy(self.images)
                across.addLayout(what, row, 2)
        self._form_error = wrapped()
        across.addWidget(self._form_error, 6, 0, 1, 3)
        self._form_error.hide()
        return frame

    def _fill_methods(self) -> None:
        order = list(Needs)
        for name, method in sorted(methods().items(), key=lambda item: order.index(item[1].needs)):
            item = QListWidgetItem(f"{name}: {method.title}", self.methods)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setToolTip(f"{method.paper}\n{_needs(method)}")
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked)

    # Asking for a study

    def asked(self) -> StudyForm | str:
        """What the form asks for, or why it cannot be asked."""
        items = [self.methods.item(row) for row in range(self.methods.count())]
        ticked = [i.data(Qt.ItemDataRole.UserRole) for i in items if i.checkState() == Qt.CheckState.Checked]
        sizes = re.split(r"[,;\s]+", self.sizes.text().strip())
        repairs = tuple(str(name) for name, box in self.repairs.items() if box.isChecked())
        if not ticked:
            return "Tick at least one method."
        if not all(size.isdecimal() and int(size) for size in sizes):
            return "Give the numbers of branches to remove, such as 4, 8, 12."
        most = self._most()
        if max(map(int, sizes)) > most:
            return f"No more than {plural(most, 'branch', 'branches')} can go."
        if not repairs:
            return "Tick at least one repair; “None” is one."
        every = len(ticked) == len(items)
        return StudyForm(
            None if every else tuple(ticked),
            tuple(sorted({int(size) for size in sizes})),
            repairs,
            self.granularity.currentData(),
            self.target.currentData(),
            self.speed.isChecked(),
            self.images.value() or None,
        )

    def _most(self) -> int:
        model = self._state.architecture
        if model is None:
            return 0
        sites = [s for s in model.of_kind(*GRANULARITIES[self.granularity.currentData()]) if not s.fixed]
        return sum(len(model.children(site.id)) or 1 for site in sites)

    @Slot()
    def _usual_sizes(self) -> None:
        most = self._most()
        self.sizes.setText(", ".join(str(size) for size in sorted({max(1, round(s * most)) for s in _SHARES})))

    @Slot()
    def _start(self) -> None:
        asked = self.asked()
        self._form_error.setText(asked if isinstance(asked, str) else "")
        self._form_error.setVisible(isinstance(asked, str))
        if not isinstance(asked, str):
            self.again.setChecked(False)
            self._commands.start_study(asked)

    @Slot()
    def _go_on(self) -> None:
        self._commands.resume_study()

    @Slot()
    def _cancel(self) -> None:
        for job in self._state.jobs:
            if job.topic == "study" and job.pending:
                self._commands.cancel_job(job.id)

    @Slot()
    def _report(self) -> None:
        self._commands.write_report()

    # Showing one

    @Slot(object)
    def _show(self, _: object = None) -> None:
        state = self._state
        trials = bool(state.trials) and state.architecture is not None
        self.intro.setVisible(not trials)
        self.title.setVisible(not trials)
        self.again.setVisible(trials)
        asking = not trials or self.again.isChecked()
        self._form.setVisible(asking)
        self.start.setVisible(asking)
        self._results.setVisible(trials)
        self._space.setVisible(not trials)
        self.report.setVisible(trials)
        self.report.setEnabled(state.findings is not None)
        self._say()
        if trials:
            self._offer()
            self._draw()

    @Slot(object)
    def _show_work(self, jobs: tuple[JobStatus, ...]) -> None:
        job = next((job for job in jobs if job.topic == "study" and job.pending), None)
        self.cancel.setVisible(job is not None)
        self.bar.setVisible(job is not None)
        self.start.setEnabled(job is None and not self._why_not())
        self.go_on.setVisible(job is None and bool(self._commands.study_stopped))
        if job is not None:
            self.bar.setRange(0, job.total)
            self.bar.setValue(job.done)
            count = f" {thousands(job.done)} of {thousands(job.total)} {job.unit}" if job.total else ""
            self.status.setText(f"{job.stage or 'Waiting'}{count}")
        else:
            self._say()

    def _say(self) -> None:
        if any(job.topic == "study" and job.pending for job in self._state.jobs):
            return
        why = self._why_not()
        self.start.setEnabled(not why)
        study = self._state.study
        if study is not None and self._state.trials and not self.again.isChecked():
            speed = ", timed" if study.latency else ""
            text = f"{plural(len(self._state.trials), 'trial')} on {plural(study.test.images, 'image')}{speed}"
            self.status.setText(f"{text}; repairs fitted to the {study.target}")
        else:
            self.status.setText(why)

    def _why_not(self) -> str:
        state = self._state
        if state.architecture is None:
            return "Open a model first."
        if state.unprunable:
            return state.unprunable
        if state.data is None:
            return "Open images to analyse first."
        if state.test_data is None or state.test_data.digest == state.data.digest:
            return "Open other images to evaluate: what is fitted to images must not be judged on them."
        return ""

    def _offer(self) -> None:
        evaluations = self._evaluations().values()
        found = [m for m in MEASURES.values() if any(getattr(e, m.name) is not None for e in evaluations)]
        found = found or list(MEASURES.values())  # nothing is measured yet: the grid is there all the same
        repairs = list(dict.fromkeys(trial.repair for trial in self._state.trials))
        _refill(self.measure, {m.name: first_up(m.title) for m in found})
        _refill(self.repair, {name: REPAIRS[name].title if name in REPAIRS else name for name in repairs})

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
        titles = [Cell("Method"), Cell("Repair"), *(Cell(f"{thousands(size)} removed") for size in sizes)]
        told = {f.trial: f for f in self._state.findings.findings} if self._state.findings else {}
        rows = []
        for group in groups:
            cells = [Cell(group.method, _title(group.method)), Cell(_repair_title(group.repair))]
            for size in sizes:
                trial = group.by_size.get(size)
                cells.append(self._cell(trial, evaluations, measure, told) if trial else Cell("", "No such plan"))
            rows.append(Row(tuple(cells), group))
        current = self.table.currentIndex()
        at = current.row(), current.column()
        self.trials.show(titles, rows)
        self.table.resizeColumnsToContents()
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
        removed = f"{plural(trial.removed, 'branch', 'branches')} removed"
        lines = [f"{trial.method}, {removed}, repair: {_repair_title(trial.repair)}"]
        if self._state.architecture is not None:
            lines.append(plan_sites(trial.plan, self._state.architecture))
        finding = told.get(trial)
        difference = getattr(finding, "difference", None)
        if difference is not None:
            lines.append(f"against dense: {difference.sentence}")
        adjusted = getattr(finding, "adjusted", math.nan)
        if math.isfinite(adjusted):
            lines.append(f"adjusted for all plans of the study: p {adjusted:.2g}")
        best = bool(getattr(finding, "best", False))
        if best:
            lines.append("no other plan with this repair is as good for no more cost")
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
                    worth = f"{with_unit(value, measure)}, n = {thousands(value.n)}"
                    tip = f"{trial.method}, {trial.removed} removed: {worth}"
                    series.setdefault(trial.method, []).append(
                        Mark(trial.removed, value, f"{tip}\nclick to load", trial)
                    )
        dense = next((estimate(e, measure) for plan, e in evaluations.items() if not len(plan)), None)
        chosen = self._method if self._method in series else next(iter(series), None)
        self.chart.show_series(
            f"{first_up(measure.title)} by method, repair: {_repair_title(repair).lower()}",
            axis_of(measure),
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
                "Nothing to compare: this study measured no damage of single sites."
                if result is not None
                else "Computed when the study is through: how well the order of each cheap score agrees with the "
                "damage that is measured by leaving out one site at a time."
            )
            return
        titles = [
            Cell("Score"),
            Cell(
                "Kendall's tau", "1: the same order as the measured damage, -1: the opposite; 95 % interval over images"
            ),
            Cell("Spearman's rho", "With its 95 % interval over images"),
            Cell("Sites"),
            Cell("Against", "The damage that was measured by leaving out one site at a time"),
            Cell("n", "Images"),
        ]
        rows = [
            Row(
                (
                    Cell(metric_of(a.score).title, a.score),
                    Cell(_correlation(a.kendall), key=a.kendall.value),
                    Cell(_correlation(a.spearman), key=a.spearman.value),
                    Cell(f"{a.sites} {_GRANULARITIES.get(a.granularity, a.granularity)}"),
                    Cell(metric_of(a.truth).title, a.truth),
                    Cell(thousands(a.images), key=a.images),
                ),
                a,
            )
            for a in agreements
        ]
        self.ranks.show(titles, rows)
        self.rank_table.resizeColumnsToContents()

    # Choosing

    @Slot(QModelIndex)
    def _choose_cell(self, index: QModelIndex) -> None:
        about = self.trials.about(index)
        if isinstance(about, Trial):
            self._choose(about)

    @Slot(object)
    def _choose(self, trial: Trial) -> None:
        if trial.plan != self._state.plan:
            self._commands.use_plan(trial.plan, f"Load {trial.removed} by {trial.method}")

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


def _table(model: TableModel, name: str) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(name)
    table.setAlternatingRowColors(True)
    table.setTabKeyNavigation(False)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().lineSpacing() + 8)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
    copy.setContext(Qt.ShortcutContext.WidgetShortcut)
    copy.activated.connect(lambda: QGuiApplication.clipboard().setText("\n".join("\t".join(r) for r in model.text())))
    return table


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


def _title(method: str) -> str:
    """Draws at random are numbered."""
    known = methods().get("random" if method.startswith("random") else method)
    return f"{known.title}\n{known.paper}" if known is not None else ""


def _repair_title(repair: str) -> str:
    return REPAIRS[repair].title if repair in REPAIRS else repair


def _needs(method: Method) -> str:
    return {
        Needs.SCORES: "Goes by the scores alone.",
        Needs.IMAGES: "Runs the model many times.",
        Needs.LABELS: "Runs the model many times; needs labels.",
    }[method.needs]
