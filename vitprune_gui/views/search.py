"""The search on the true objective, as it goes: what each step tried, what was out early, what it costs to go on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSlider,
    QSpinBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune.plan import GRANULARITIES
from vitprune.searches import OBJECTIVES, Candidate, SearchState, SearchStep
from vitprune.statistics import Z
from vitprune_gui.choosing import SearchForm
from vitprune_gui.item_models.table_model import Cell, Row
from vitprune_gui.repairs import PICKED
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.symbols import GRANULARITY_TITLES
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.beginning import Beginning
from vitprune_gui.views.formatting import NONE, images, significant, site_name, thousands
from vitprune_gui.views.parts import SPACE, TickBox, bold, narrow, wrapped
from vitprune_gui.views.retelling import retold
from vitprune_gui.views.tables import PlainTable

if TYPE_CHECKING:
    from vitprune_gui.charts.search import SearchChart
    from vitprune_gui.commands import Commands

_OBJECTIVES = {
    "kl": noop("KL from dense"),
    "loss": noop("Loss"),
    "angular": noop("Angle to dense"),
    "js": noop("Jensen-Shannon"),
}
_AXES = {
    "kl": noop("KL from dense (nats)"),
    "loss": noop("Increase of the loss (nats)"),
    "angular": noop("Angle to dense (over pi)"),
    "js": noop("Jensen-Shannon divergence (nats)"),
}
_UNITS = {"kl": "nats", "loss": "nats", "angular": "pi", "js": "nats"}
_WIDE = 640  # px, from which chart and candidates stand side by side


class SearchView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.chart: SearchChart | None = None
        self._watched = True  # the latest step, not one that was chosen

        self.remove, self.width_ = QSpinBox(), QSpinBox()
        self.remove.setAccessibleName(tr("How many sites to remove"))
        self.remove.setRange(1, 999)
        self.remove.setValue(4)
        self.granularity, self.objective = QComboBox(), QComboBox()
        self.granularity.setAccessibleName(tr("What to remove"))
        for name in GRANULARITIES:
            self.granularity.addItem(tr(GRANULARITY_TITLES[name]), name)
        self.granularity.setCurrentIndex(self.granularity.findData("sublayer"))
        self.objective.setAccessibleName(tr("Objective"))
        for name, what in OBJECTIVES.items():
            self.objective.addItem(tr(_OBJECTIVES.get(name, name)), name)
            self.objective.setItemData(self.objective.count() - 1, tr(what), Qt.ItemDataRole.ToolTipRole)
        for box in (self.granularity, self.objective):
            narrow(box)
        self.width_.setAccessibleName(tr("Beam width"))
        self.width_.setRange(1, 16)
        self.width_.setToolTip(tr("How many of the best choices are carried from step to step; 1 is the greedy search"))
        self.racing = TickBox(tr("&Race"))
        self.racing.setChecked(True)
        self.racing.setToolTip(tr("Try candidates on a few images first, and drop at once what is surely worse"))
        self.start, self.cancel = QPushButton(tr("Search", "verb")), QPushButton(tr("Cancel"))
        self.start.setToolTip(tr("Try every site that is left, and let that go which is missed least, again and again"))
        self.cancel.setToolTip(tr("Stop the search; its whole steps stay"))
        self.go_on = QPushButton(tr("Go on"))
        self.go_on.setToolTip(tr("Go on from the last whole step, to as many sites as are asked for"))
        across = QHBoxLayout()
        across.setSpacing(SPACE)
        for text, box in (
            (tr("Re&move"), self.remove),
            ("", self.granularity),
            (tr("&by", "which measure"), self.objective),
        ):
            if text:
                label = QLabel(text)
                label.setBuddy(box)
                across.addWidget(label)
            across.addWidget(box, isinstance(box, QComboBox))
        beam = QLabel(tr("B&eam of"))
        beam.setBuddy(self.width_)
        self.status = bold(wrapped())
        self.how = wrapped()
        self.how.setForegroundRole(self.how.foregroundRole().PlaceholderText)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        more = QHBoxLayout()
        more.setSpacing(SPACE)
        for widget in (beam, self.width_, self.racing):
            more.addWidget(widget)
        more.addStretch(1)
        for button in (self.start, self.go_on, self.cancel):
            more.addWidget(button)
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(10, 8, 10, 4)
        column.setSpacing(4)
        column.addLayout(across)
        column.addLayout(more)
        for widget in (self.how, self.status, self.bar):
            column.addWidget(widget)

        self.table = PlainTable(tr("Candidates of a step"))
        self.candidates = self.table.rows
        self.table.horizontalHeader().setStretchLastSection(True)
        self.of_step = QLabel()
        self.of_step.setTextFormat(Qt.TextFormat.PlainText)
        right = QWidget()
        beside = QVBoxLayout(right)
        beside.setContentsMargins(4, 4, 0, 0)
        beside.setSpacing(4)
        beside.addWidget(self.of_step)
        beside.addWidget(self.table, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(right)

        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("How many steps to take"))
        self.slider.setToolTip(tr("How many of the removals go into the plan"))
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setPageStep(1)
        self.use = QPushButton(tr("Use as plan"))
        self.use.setToolTip(tr("Replace the plan by these removals"))
        self.taken = wrapped()
        first = QLabel(tr("&Take the first"))
        first.setBuddy(self.slider)
        below = QHBoxLayout()
        below.setContentsMargins(10, 2, 10, 6)
        below.setSpacing(10)
        below.addWidget(first)
        below.addWidget(self.slider, 1)
        below.addWidget(self.use)
        content = QWidget()
        lower = QVBoxLayout(content)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.setSpacing(2)
        lower.addWidget(self._splitter, 1)
        lower.addLayout(below)
        self.taken.setContentsMargins(10, 0, 10, 6)
        lower.addWidget(self.taken)
        self.begin = QPushButton(tr("Search", "verb"))
        self.empty = Beginning(
            commands,
            self.begin,
            title=tr("Which sites does the model miss least?"),
            text=tr(
                "At each step every site that is left is tried, on images, with the repair of the plan panel, and the "
                "one goes that is missed least. A race drops early what is surely worse."
            ),
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self._pages, 1)

        for button in (self.start, self.begin):
            button.clicked.connect(self._start)
        self.go_on.clicked.connect(self._go_on)
        self.cancel.clicked.connect(self._cancel)
        self.use.clicked.connect(self._use)
        self.table.clicked.connect(self._select)
        self.table.activated.connect(self._select)
        self.slider.valueChanged.connect(self._take)
        self.remove.valueChanged.connect(self._allow)
        for signal in (state.search_changed, state.architecture_changed):
            signal.connect(self._show)
        for signal in (state.data_changed, state.repair_changed, state.model_changed):
            signal.connect(self._allow)
        state.jobs_changed.connect(self._show_work)
        self._show()
        self._show_work(state.jobs)

    # What is found

    @Slot(object)
    def _show(self, _: object = None) -> None:
        search, architecture = self._state.search, self._state.architecture
        if architecture is None or search is None or (not search.steps and search.partial is None):
            self._watched = True
            self._pages.setCurrentWidget(self.empty)
            self._allow()
            return
        count = len(search.steps)
        with QSignalBlocker(self.slider):
            self.slider.setRange(min(1, count), count)
            if self._watched:
                self.slider.setValue(count)
        self._pages.setCurrentIndex(1)
        self._draw()
        self._allow()

    def _draw(self) -> None:
        search = self._state.search
        if search is None:
            return
        from vitprune_gui.charts.search import SearchChart

        if self.chart is None:
            self.chart = SearchChart()
            self.chart.setMinimumSize(260, 160)
            self.chart.step_chosen.connect(self.slider.setValue)
            self.chart.site_chosen.connect(self._choose)
            self._state.selection_changed.connect(self.chart.select)
            self._splitter.insertWidget(0, self.chart)
            self._splitter.setSizes([400, 320])
            self._orient()
        steps, taken = search.steps, self.slider.value()
        if self._watched and search.partial is not None:
            at, shown, chosen = search.partial.step, search.partial.candidates, None
        elif steps and taken:
            chosen = steps[taken - 1]
            at, shown = taken, chosen.candidates
        else:
            at, shown, chosen = 1, (), None
        settings = search.state.settings if search.state is not None else None
        objective = settings.objective if settings is not None else self.objective.currentData()
        whole = settings.images if settings is not None else max((c.n for c in shown), default=0)
        axis, unit = tr(_AXES.get(objective, objective)), _UNITS.get(objective, "")
        sites = self._state.architecture.by_id if self._state.architecture is not None else {}
        self.chart.show_search(steps, axis, unit, sites, at=at, candidates=shown, taken=taken, whole=whole)
        self.chart.select(self._state.selection)
        self._list(at, shown, chosen, whole)
        self._tell(steps, taken)

    def _list(self, at: int, shown: tuple[Candidate, ...], chosen: SearchStep | None, whole: int) -> None:
        architecture = self._state.architecture
        most = max((c.n for c in shown), default=0)
        running = chosen is None
        self.of_step.setText(
            tr("Step {step}: %n candidate(s), still racing", "", len(shown), step=at)
            if running
            else tr("Step {step}: %n candidate(s)", "", len(shown), step=at)
        )
        rows = []
        for candidate in sorted(shown, key=lambda c: (-c.n, c.mean)):
            if chosen is not None and candidate.site == chosen.site:
                fate, tip = tr("goes"), tr("Missed least")
            elif chosen is not None and candidate.tied:
                fate, tip = (
                    tr("as good"),
                    tr("Not shown to be worse than the one that goes; that one runs first or looks better"),
                )
            elif candidate.n < most:
                fate = tr("out after {count}", count=thousands(candidate.n))
                tip = tr("Surely worse than the best, on these images already")
            elif running:
                fate, tip = tr("in the race"), tr("Tried on more images next")
            else:
                fate, tip = tr("stays"), tr("Worse")
            known = architecture.by_id.get(candidate.site) if architecture is not None else None
            half = Z * candidate.standard_error
            spread = f" ±{significant(half)}" if math.isfinite(half) else ""
            mean = f"{significant(candidate.mean)}{spread}" if math.isfinite(candidate.mean) else NONE
            cells = (
                Cell(site_name(known) if known is not None else candidate.site, candidate.site),
                Cell(mean, tr("Mean damage with its 95 % interval"), candidate.mean),
                Cell(thousands(candidate.n), tr("of %n image(s)", "", whole), candidate.n),
                Cell(fate, tip),
            )
            rows.append(Row(cells, candidate, bold=chosen is not None and candidate.site == chosen.site))
        titles = [Cell(tr("Site")), Cell(tr("Damage")), Cell(tr("Images")), Cell(tr("Fate"))]
        self.candidates.show(titles, rows)
        self.table.fit()

    def _tell(self, steps: tuple[SearchStep, ...], taken: int) -> None:
        self.slider.setEnabled(len(steps) > 1)
        self.use.setEnabled(bool(taken) and bool(steps))
        if not taken or not steps:
            self.taken.setText("")
            return
        damage = steps[taken - 1].damage
        value = f"{significant(damage.value)} [{significant(damage.low)}, {significant(damage.high)}]"
        sites = ", ".join(steps[taken - 1].sites)
        self.taken.setText(
            tr("{taken} of {all}: {sites}. Damage {value}.", taken=taken, all=len(steps), sites=sites, value=value)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._orient()

    def _orient(self) -> None:
        wanted = Qt.Orientation.Horizontal if self.width() >= _WIDE else Qt.Orientation.Vertical
        if self._splitter.orientation() != wanted:
            self._splitter.setOrientation(wanted)
            self._splitter.setSizes([400, 320])

    @Slot(int)
    def _take(self, count: int) -> None:
        search = self._state.search
        self._watched = search is None or count == len(search.steps)
        self._draw()

    # What is asked

    @Slot()
    def _allow(self) -> None:
        state, search = self._state, self._state.search
        model = state.architecture
        why = (
            tr("Open a model first.")
            if model is None
            else state.unprunable or ("" if state.data is not None else tr("Open images to analyse first."))
        )
        pending = any(job.topic == "search" and job.pending for job in state.jobs)
        steps = search.steps if search is not None else ()
        self.start.setEnabled(not why and not pending)
        self.start.setText(tr("Search anew") if steps else tr("Search", "verb"))
        self.begin.setVisible(not why and not pending)
        self.empty.offer(state, images=state.data is None and not state.unprunable)
        self.cancel.setVisible(pending)
        self.bar.setVisible(pending)
        self.go_on.setVisible(bool(steps) and not pending)
        self.go_on.setEnabled(not why and self.remove.value() > len(steps))
        for widget in (self.granularity, self.objective, self.width_, self.racing):
            widget.setEnabled(not pending)
        if not pending:
            self.status.setText(why or self._found(steps))
        self.how.setText(self._how(search.state if search is not None else None))

    def _found(self, steps: tuple[SearchStep, ...]) -> str:
        if not steps:
            return ""
        spent = round(sum(step.forwards for step in steps))
        return tr(
            "%n site(s) found, at the cost of {forwards} forwards of the whole model.",
            "",
            len(steps),
            forwards=thousands(spent),
        )

    def _how(self, known: SearchState | None) -> str:
        if known is not None:
            s = known.settings
            repair, target = s.repair, s.target
            how = tr("Beam of {width}", width=s.width) if s.width > 1 else tr("Greedy")
            race = tr("raced") if s.racing else tr("without a race")
            text = tr("{how}, {race}, damage on {images}", how=how, race=race, images=images(s.images))
        else:
            (repair, target), text = self._state.repair, tr("Tried")
        if repair == "none":
            return tr("{how}, without repair.", how=text)
        title = tr(PICKED[repair].title)
        return tr(
            "{how}, each site repaired ({repair}, fitted to the {target}).", how=text, repair=title, target=tr(target)
        )

    @Slot(object)
    def _show_work(self, jobs: tuple[JobStatus, ...]) -> None:
        job = next((job for job in jobs if job.topic == "search" and job.pending), None)
        if job is not None:
            self.bar.setRange(0, job.total)
            self.bar.setValue(job.done)
            self.status.setText(tr("Cancelling…") if job.cancelling else retold(job.stage) or tr("Waiting"))
        self._allow()

    @Slot(str)
    def _choose(self, site: str) -> None:
        self._commands.select_site(site)

    @Slot()
    def _start(self) -> None:
        self._watched = True
        self._commands.start_search(
            SearchForm(
                self.remove.value(),
                self.granularity.currentData(),
                self.objective.currentData(),
                self.width_.value(),
                self.racing.isChecked(),
            )
        )

    @Slot()
    def _go_on(self) -> None:
        self._watched = True
        self._commands.resume_search(self.remove.value())

    @Slot()
    def _cancel(self) -> None:
        for job in self._state.jobs:
            if job.topic == "search" and job.pending:
                self._commands.cancel_job(job.id)

    @Slot()
    def _use(self) -> None:
        self._commands.use_search(self.slider.value())

    @Slot(QModelIndex)
    def _select(self, index: QModelIndex) -> None:
        candidate = self.candidates.about(index)
        if isinstance(candidate, Candidate):
            self._commands.select_site(candidate.site)
