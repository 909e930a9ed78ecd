"""Recovery training: what is asked for, how it goes, and what it came to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vitprune.curve import WEIGHTS, TrainingSettings
from vitprune_gui.charts.training import TrainingChart
from vitprune_gui.state import AppState
from vitprune_gui.training import TrainingForm
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, estimate, significant, thousands
from vitprune_gui.views.parts import SPACE, TickBox, wrapped
from vitprune_gui.views.retelling import retold
from vitprune_gui.views.verdicts import verdict

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands
    from vitprune_gui.runner import JobStatus

_WIDTH, _HEIGHT = 760, 640
_INTRODUCTION = noop(
    "After its repair, the pruned model is taught to say what the whole model says of your images to analyse, which "
    "need no labels. Some of them are held out: where these show that it got worse, earlier weights are kept. The "
    "trained model is written into a folder and opens from there; the plan alone does not make it."
)
_KINDS = {
    "full": (noop("All weights"), noop("Best where a pass over the images takes minutes at most")),
    "low-rank": (noop("Low-rank changes (LoRA)"), noop("Fewer numbers to learn; the structure of the model stays")),
}


class TrainingDialog(QDialog):
    """It may be closed while the training runs, and opened again."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self.setWindowTitle(tr("Recovery training"))
        self._state, self._commands, self._teaching = state, commands, commands.teaching
        usual = TrainingSettings()
        self.minutes = QDoubleSpinBox()
        self.minutes.setRange(0.1, 10_000)
        self.minutes.setDecimals(1)
        self.minutes.setValue(usual.minutes or 15)
        self.minutes.setToolTip(tr("The longest that it trains; the learning rate falls to 0 in this time"))
        self.passes = QSpinBox()
        self.passes.setRange(1, 100_000)
        self.passes.setValue(usual.passes or 60)
        self.passes.setToolTip(tr("How often each image is seen at most, each time as another crop"))
        self.weights = QComboBox()
        for name in WEIGHTS:
            title, what = _KINDS[name]
            self.weights.addItem(tr(title), name)
            self.weights.setItemData(self.weights.count() - 1, tr(what), Qt.ItemDataRole.ToolTipRole)
        self.weights.setToolTip(tr("What is trained"))
        self.labels = TickBox(tr("Learn from &labels too"))
        self.labels.setToolTip(tr("Beside what the whole model says; only where the folders name the classes"))
        self.mirror = TickBox(tr("Images may be &mirrored"))
        self.mirror.setToolTip(
            tr("Left and right mean the same in these images: not in text, nor in many medical ones")
        )
        self.measured = TickBox(tr("M&easure it on the images to evaluate"))
        self.measured.setToolTip(tr("With the dense and the untrained model on the same images, and paired tests"))
        self.kept = TickBox(tr("If it is stopped, &keep what it reached"))
        self.start = QPushButton(tr("&Train…"))
        self.start.setToolTip(tr("Choose the folder for the trained model, and train"))
        self.cancel = QPushButton(tr("&Stop"))
        self.open_ = QPushButton(tr("&Open the trained model"))
        self.open_.setToolTip(tr("In place of the model that is open"))
        self.status = wrapped(selectable=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("Progress of the training"))
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        self.chart = TrainingChart()
        self.chart.setMinimumHeight(200)
        self.result_ = wrapped(selectable=True)
        self._lay_out()
        self.resize(_WIDTH, _HEIGHT)
        self.start.clicked.connect(self._start)
        self.cancel.clicked.connect(self._cancel)
        self.open_.clicked.connect(self._open)
        self._teaching.changed.connect(self._show)
        self._show()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        fields = (
            (tr("M&inutes, at most"), self.minutes),
            (tr("&Passes, at most"), self.passes),
            (tr("&What"), self.weights),
        )
        for row, (text, field) in enumerate(fields):
            label = QLabel(text)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        ticks = QVBoxLayout()
        for tick in (self.labels, self.mirror, self.measured, self.kept):
            ticks.addWidget(tick)
        grid.addLayout(ticks, 0, 2, 3, 1)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        for button in (self.start, self.cancel, self.open_):
            line.addWidget(button)
        line.addWidget(self.status, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(2 * SPACE)
        column.addWidget(wrapped(tr(_INTRODUCTION)))
        column.addLayout(grid)
        column.addLayout(line)
        column.addWidget(self.bar)
        column.addWidget(self.chart, 1)
        column.addWidget(self.result_)
        column.addWidget(buttons)

    def form(self) -> TrainingForm:
        """What the dialog asks for now."""
        usual = TrainingSettings()
        settings = replace(
            usual,
            minutes=self.minutes.value(),
            passes=self.passes.value(),
            weights=self.weights.currentData(),
            labels=(usual.labels or LABELS) if self.labels.isChecked() and self.labels.isEnabled() else 0.0,
            mirror=self.mirror.isChecked(),
        )
        return TrainingForm(settings, self.measured.isChecked() and self.measured.isEnabled(), self.kept.isChecked())

    @Slot()
    def _start(self) -> None:
        self._commands.teaching.start(self.form())

    @Slot()
    def _cancel(self) -> None:
        self._teaching.cancel()

    @Slot()
    def _open(self) -> None:
        found = self._teaching.found
        if found is not None:
            self._commands.open_model(str(found.folder))

    @Slot()
    def _show(self) -> None:
        job, found = self._teaching.job, self._teaching.found
        blocked = self._teaching.blocked
        for field in (self.minutes, self.passes, self.weights, self.mirror, self.kept):
            field.setEnabled(job is None)
        fits = self._labels_fit()
        self.labels.setEnabled(job is None and fits)
        self.measured.setEnabled(job is None and self._teaching.measurable)
        self.start.setEnabled(job is None and not blocked)
        self.cancel.setVisible(job is not None)
        self.cancel.setEnabled(job is not None and not job.cancelling)
        self.bar.setVisible(job is not None)
        if job is not None:
            self.bar.setRange(0, job.total)
            self.bar.setValue(job.done)
        self.open_.setVisible(found is not None)
        self.status.setText(self._words(job) or blocked)
        self.chart.show_curve(self._teaching.curve)
        self.result_.setText("\n".join(self._result()))
        self.result_.setVisible(bool(self.result_.text()))

    def _labels_fit(self) -> bool:
        data, model = self._state.data, self._state.architecture
        if data is None or model is None or not data.labels:
            return False
        return model.num_classes == len(data.class_names)

    def _words(self, job: JobStatus | None) -> str:
        if job is None:
            return ""
        if not job.stage:
            return tr("Waiting")
        curve = self._teaching.curve
        said = tr(job.stage)
        if curve is not None and curve.steps:
            said = tr("{stage}: step {step}", stage=said, step=thousands(curve.steps))
        if job.eta_seconds is not None:
            return tr("{said}, about %n minute(s) left", "", max(1, round(job.eta_seconds / 60)), said=said)
        return said

    def _result(self) -> list[str]:
        """What is known so far, and at the end what the paired tests say."""
        curve, found = self._teaching.curve, self._teaching.found
        if curve is None:
            return []
        first, best = curve.checks[0], curve.checks[curve.best]
        lines = [
            tr(
                "Held-out loss {before} before, {after} at step {step}.",
                before=significant(first.loss.value),
                after=significant(best.loss.value),
                step=thousands(best.step),
            )
        ]
        if first.agreement is not None and best.agreement is not None:
            lines.append(
                tr(
                    "Held-out images that get the dense model's class: {before} before, {after} now.",
                    before=estimate(first.agreement, percentage=True),
                    after=estimate(best.agreement, percentage=True),
                )
            )
        if found is not None:
            lines.append(
                tr(
                    "Trained for {minutes} minutes. {ended}",
                    minutes=decimal(curve.seconds / 60, 1),
                    ended=retold(curve.ended),
                )
            )
            for name, change in (
                (noop("Against the untrained model: {said}"), found.gained),
                (noop("Against the dense model: {said}"), found.left),
            ):
                if change is not None:
                    lines.append(tr(name, said=verdict(change)))
        return lines


LABELS = 0.5  # the weight of labels where they are wanted
