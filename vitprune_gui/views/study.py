"""Every method at several sizes, with and without repair, against what it is measured to be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.parts import SPACE, bold, wrapped
from vitprune_gui.views.study_form import StudyFormPanel
from vitprune_gui.views.study_results import StudyResults

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

_INTRO = noop(
    "The study prunes the model by each method at several sizes, with and without repair, and measures every result. "
    "It says, with intervals, what each method is worth here, and which cheap score foresees the damage."
)


class StudyView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.title = bold(wrapped(tr("Which method is right about your model?")), larger=1)
        self.intro = wrapped(tr(_INTRO))
        self.form = StudyFormPanel(state)
        self.start = QPushButton(tr("Start…"))
        self.start.setToolTip(tr("Choose the file that keeps the study, and run it"))
        self.go_on = QPushButton(tr("Go on"))
        self.go_on.setToolTip(tr("Go on with the study that was stopped, from its last whole step"))
        self.again = QPushButton(tr("New study"))
        self.again.setToolTip(tr("Ask for another study of this model"))
        self.again.setCheckable(True)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setToolTip(tr("Stop the study; its whole steps stay in its file"))
        self.report = QPushButton(tr("Write report…"))
        self.report.setToolTip(tr("All figures with their intervals, as a web page or as Markdown"))
        self.sample_button = QPushButton(tr("Open sample"))
        self.images_button = QPushButton(tr("Open images…"))
        self.test_button = QPushButton(tr("Open images to evaluate…"))
        self.status = wrapped()
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the study"))
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        first = (self.start, self.sample_button, self.images_button, self.test_button, self.go_on, self.cancel)
        for button in first:
            buttons.addWidget(button)
        buttons.addWidget(self.status, 1)
        for button in (self.again, self.report):
            buttons.addWidget(button)
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(10, 8, 10, 4)
        column.setSpacing(SPACE)
        for widget in (self.title, self.intro, self.form):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.bar)
        self.results = StudyResults(state, commands)
        self._space = QWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self.results, 1)
        layout.addWidget(self._space, 1)

        self.start.clicked.connect(self._start)
        self.go_on.clicked.connect(self._go_on)
        self.cancel.clicked.connect(self._cancel)
        self.again.toggled.connect(self._show)
        self.report.clicked.connect(self._report)
        self.sample_button.clicked.connect(self._open_sample)
        self.images_button.clicked.connect(self._open_images)
        self.test_button.clicked.connect(self._open_test_images)
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
        state.jobs_changed.connect(self._show_work)
        self._show()
        self._show_work()

    # Asking for a study

    @Slot()
    def _start(self) -> None:
        asked = self.form.ask()
        if asked is not None:
            self.again.setChecked(False)
            self._commands.start_study(asked)

    @Slot()
    def _go_on(self) -> None:
        self._commands.resume_study()

    @Slot()
    def _cancel(self) -> None:
        if (job := self._job()) is not None:
            self._commands.cancel_job(job.id)

    @Slot()
    def _report(self) -> None:
        self._commands.write_report()

    @Slot()
    def _open_sample(self) -> None:
        self._commands.use_sample()

    @Slot()
    def _open_images(self) -> None:
        self._commands.ask_images()

    @Slot()
    def _open_test_images(self) -> None:
        self._commands.ask_test_images()

    # Showing one

    @Slot(object)
    def _show(self, _: object = None) -> None:
        state = self._state
        trials = bool(state.trials) and state.architecture is not None
        asking = not trials or self.again.isChecked()
        for widget in (self.intro, self.title):
            widget.setVisible(not trials)
        for widget in (self.form, self.start, self._space):
            widget.setVisible(asking)
        for widget in (self.again, self.report):
            widget.setVisible(trials)
        self.results.setVisible(not asking)
        self.report.setEnabled(state.findings is not None)
        if not asking:
            self.results.show_trials()
        self._show_work()

    def _job(self) -> JobStatus | None:
        return next((job for job in self._state.jobs if job.topic == "study" and job.pending), None)

    @Slot(object)
    def _show_work(self, _: object = None) -> None:
        job, why, state = self._job(), self._why_not(), self._state
        self.cancel.setVisible(job is not None)
        self.bar.setVisible(job is not None)
        self.start.setEnabled(job is None and not why)
        self.go_on.setVisible(job is None and bool(self._commands.study_stopped))
        asking = job is None and self.start.isVisibleTo(self) and not state.unprunable
        model = state.architecture is not None
        self.sample_button.setVisible(asking and not model)
        self.images_button.setVisible(asking and model and state.data is None)
        self.test_button.setVisible(asking and model and state.data is not None and bool(why))
        self.status.setText(self._words(job, why))
        if job is not None:
            self.bar.setRange(0, job.total)
            self.bar.setValue(job.done)

    def _words(self, job: JobStatus | None, why: str) -> str:
        if job is not None:
            stage = tr(job.stage) if job.stage else tr("Waiting")
            done, total = thousands(job.done), thousands(job.total)
            values = {"stage": stage, "done": done, "total": total, "unit": tr(job.unit)}
            return tr("{stage} {done} of {total} {unit}", **values) if job.total else stage
        study = self._state.study
        if study is None or not self._state.trials or self.again.isChecked():
            return why
        images = tr("%n image(s)", "", study.test.images)
        values = {"images": images, "target": tr(str(study.target))}
        count = len(self._state.trials)
        if study.latency:
            return tr("%n trial(s) on {images}, timed; repairs fitted to the {target}", "", count, **values)
        return tr("%n trial(s) on {images}; repairs fitted to the {target}", "", count, **values)

    def _why_not(self) -> str:
        state = self._state
        if state.architecture is None:
            return tr("Open a model first.")
        if state.unprunable:
            return state.unprunable
        if state.data is None:
            return tr("Open images to analyse first.")
        if state.test_data is None or state.test_data.digest == state.data.digest:
            return tr("Open other images to evaluate: what is fitted to images must not be judged on them.")
        return ""
