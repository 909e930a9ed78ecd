"""Out of the program: where to, in which formats, and the proof that what was written says what the model says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vitprune.document import Table
from vitprune.errors import VitPruneError
from vitprune.formats import FORMATS, Exported, Format, title_of
from vitprune.plan import Action, PruningPlan
from vitprune_gui.commands import Commands
from vitprune_gui.requests import Export
from vitprune_gui.runner import JobStatus
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import decimal, si, thousands
from vitprune_gui.views.parts import SPACE, TickBox, bold, rule, wrapped
from vitprune_gui.views.retelling import retold
from vitprune_gui.views.tables import PlainTable

if TYPE_CHECKING:
    from vitprune.results import Latency
    from vitprune_gui.crash import ErrorReport

_SIZE = QSize(960, 660)
_NARROWEST = 640
_FLOAT = 4  # bytes
_ALWAYS = noop(
    "Always written: the weights, a recipe, a script that builds the model with PyTorch and timm alone, and a model "
    "card with what was measured. The folder can be put on the Hugging Face Hub as it is."
)


class _Choice(QVBoxLayout):
    """A format with its tick, what it is for, and why it cannot be had. A layout, no widget: the dialog then knows the
    heights of its lines."""

    def __init__(self, format_: Format, plan: PruningPlan | None) -> None:
        super().__init__()
        self.name = format_.name
        self._format = format_
        self.tick = TickBox(tr(format_.title))
        self.what = wrapped()
        self.what.setForegroundRole(self.what.foregroundRole().PlaceholderText)
        self.offer(plan, free=True)
        self.setSpacing(2)
        self.addWidget(self.tick)
        lines = QVBoxLayout()
        lines.setContentsMargins(4 * SPACE, 0, 0, 0)
        lines.addWidget(self.what)
        self.addLayout(lines)

    def offer(self, plan: PruningPlan | None, *, free: bool) -> None:
        """As far as it can be had of this plan; ticks change while nothing is being written."""
        reason = _why_not(self._format, plan)
        if reason:
            self.tick.setChecked(False)
        self.tick.setEnabled(free and not reason)
        self.what.setText("\n".join(filter(None, (tr(self._format.what), reason))))
        self.tick.setAccessibleDescription(self.what.text())


class ExportWizard(QDialog):
    """Stays open beside the window while the folder is written, and shows the proof at the end. Closed before, it lets
    the job go on."""

    def __init__(self, state: AppState, commands: Commands, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export wizard")
        self.setWindowTitle(tr("Export"))
        self._state, self._commands, self._settings = state, commands, settings
        self._asked: Path | None = None
        self._written: Path | None = None
        self._job: int | None = None

        self.summary = bold(wrapped(_summary(state)))
        self.folder = QLineEdit(str(self._suggestion()))
        self.folder.setAccessibleName(tr("Folder to write"))
        self.folder.setToolTip(tr("A new folder, or an empty one"))
        where = QLabel(tr("&Folder"))
        where.setBuddy(self.folder)
        self.choose = QPushButton(tr("&Choose…"))
        self.choose.setAutoDefault(False)
        self.choose.setAccessibleName(tr("Choose the folder to write"))
        self.choices = [_Choice(format_, state.plan) for format_ in FORMATS]
        self.images = wrapped(_images(state))

        self.result_ = bold(wrapped())
        self.details = wrapped(selectable=True)
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("How far the export is"))
        self.progress.setTextVisible(False)
        self.table = PlainTable(tr("What was written, and how it compares with the model in memory"))
        self.open_button = QPushButton(tr("&Open folder"))
        self.copy_button = QPushButton(tr("Cop&y table"))
        self.cancel_button = QPushButton(tr("C&ancel"))
        self.cancel_button.setToolTip(tr("Stop, and leave nothing behind"))
        for button in (self.open_button, self.copy_button, self.cancel_button):
            button.setAutoDefault(False)
        # Made by the box: Tab comes to its buttons one after the other only where they are born beside it.
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.start_button = buttons.addButton(tr("&Export"), QDialogButtonBox.ButtonRole.ActionRole)
        self.start_button.setDefault(True)
        self._lay_out(where, buttons)

        self.choose.clicked.connect(self._on_choose)
        self.start_button.clicked.connect(self._on_start)
        self.cancel_button.clicked.connect(self._on_cancel)
        self.open_button.clicked.connect(self._on_open)
        self.copy_button.clicked.connect(self.table.copy)
        self.folder.textChanged.connect(self._update)
        state.jobs_changed.connect(self._on_jobs)
        state.plan_changed.connect(self._on_changed)
        state.model_changed.connect(self._on_changed)
        commands.applying.exported.connect(self._on_exported)
        self._show_result("", "")
        self._update()
        self.folder.selectAll()
        self.folder.setFocus()

    @property
    def formats(self) -> tuple[str, ...]:
        """The names of those that are ticked."""
        return tuple(choice.name for choice in self.choices if choice.tick.isChecked())

    def _lay_out(self, where: QLabel, buttons: QDialogButtonBox) -> None:
        row = QHBoxLayout()
        row.addWidget(where)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        chosen = QVBoxLayout()
        chosen.setSpacing(2 * SPACE)
        for choice in self.choices:
            chosen.addLayout(choice)
        running = QHBoxLayout()
        running.addWidget(self.progress, 1)
        running.addWidget(self.cancel_button)
        done = QHBoxLayout()
        done.addWidget(self.open_button)
        done.addWidget(self.copy_button)
        done.addStretch(1)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        layout = self._column = QVBoxLayout(self)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.summary)
        layout.addLayout(row)
        layout.addWidget(wrapped(tr(_ALWAYS)))
        layout.addLayout(chosen)
        layout.addWidget(self.images)
        layout.addWidget(rule())
        layout.addWidget(self.result_)
        layout.addWidget(self.details)
        layout.addLayout(running)
        layout.addWidget(self.table, 1)
        layout.addLayout(done)
        layout.addStretch(0)
        layout.addWidget(buttons)
        self.resize(_SIZE.width(), 0)  # no higher than its texts, until there is a table to show

    def _suggestion(self) -> Path:
        """Beside the folder that was written last. Whether it is there already the job finds out: the drive may not
        answer."""
        model = self._state.model
        name = f"{Path(model.source).stem or 'model'}-pruned" if model is not None else "pruned-model"
        parent = Path(self._settings.folder("export") or Path.home())
        return parent / name

    @Slot()
    def _on_choose(self) -> None:
        chosen = self._commands.dialogs.export_folder()
        if chosen:
            self.folder.setText(chosen)

    @Slot()
    def _on_start(self) -> None:
        folder = Path(self.folder.text().strip()).expanduser().absolute()
        self._asked, self._written = folder, None
        if self._commands.export_folder(folder, self.formats):
            self._settings.keep_folder("export", str(folder.parent))
            self._show_result(tr("Writing and proving…"), "")
        else:
            self._asked = None
            self._show_result(tr("Nothing was written."), tr("Repairs are fitted to images: open images to analyse."))
        self._update()

    @Slot()
    def _on_cancel(self) -> None:
        if self._job is not None:
            self._commands.cancel_job(self._job)

    @Slot()
    def _on_open(self) -> None:
        if self._written is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._written)))

    @Slot(object)
    def _on_jobs(self, jobs: tuple[JobStatus, ...]) -> None:
        mine = next((job for job in jobs if job.topic == Export.topic and job.pending), None)
        if self._asked is None or mine is None:
            return
        self._job = mine.id
        self.progress.setRange(0, mine.total)
        self.progress.setValue(mine.done)
        self.details.setText(tr("Cancelling…") if mine.cancelling else tr(mine.stage) if mine.stage else "")

    @Slot()
    def _on_changed(self) -> None:
        """The plan on show is what is written."""
        if self._asked is None:
            self.summary.setText(_summary(self._state))
        self._update()

    @Slot(object, object)
    def _on_exported(self, folder: Path, answer: Exported | VitPruneError | ErrorReport | None) -> None:
        if folder != self._asked:
            return
        self._asked = self._job = None
        if isinstance(answer, Exported):
            self._written = folder
            self._show_proof(answer)
        elif answer is None:
            self._show_result(tr("Cancelled."), tr("Nothing was written."))
        else:
            self._show_result(tr("Nothing was written."), " ".join(filter(None, (answer.message, answer.hint))))
        self._update()

    def _show_proof(self, done: Exported) -> None:
        less = done.dense_bytes - done.bytes
        said = tr(
            "The weights have {less} bytes less than the dense model's {dense}; the plan said {predicted}.",
            less=thousands(less),
            dense=thousands(done.dense_bytes),
            predicted=thousands(done.predicted),
        )
        self.table.show_table(_table(done))
        lines = (said, _proved_on(done), *((_timed(done.dense),) if done.dense else ()))
        self._show_result(tr("Written and proved: {folder}", folder=done.folder.name), " ".join(lines))
        self.resize(self.size().expandedTo(_SIZE))
        self.open_button.setFocus()

    def _show_result(self, result: str, details: str) -> None:
        self.result_.setText(result)
        self.details.setText(details)
        self._fit()

    def _fit(self) -> None:
        """Never smaller than the texts need: by itself a window does not ask how high they are at its width."""
        self.setMinimumSize(_NARROWEST, self._column.totalMinimumHeightForWidth(_NARROWEST))

    @Slot()
    def _update(self) -> None:
        running, proved = self._asked is not None, self._written is not None
        self.start_button.setEnabled(not running and bool(self.folder.text().strip()) and self._state.model is not None)
        self.folder.setEnabled(not running)
        self.choose.setEnabled(not running)
        if not running:
            self.images.setText(_images(self._state))
        for choice in self.choices:
            choice.offer(self._state.plan, free=not running)
        for widget in (self.progress, self.cancel_button):
            widget.setVisible(running)
        for widget in (self.table, self.open_button, self.copy_button):
            widget.setVisible(proved)
        self._fit()


def _summary(state: AppState) -> str:
    if state.architecture is None or state.plan is None:
        return tr("Open a model first.")
    summary = state.plan.summary(state.architecture)
    return tr(
        "{name} with {params} of its {all} parameters: {bytes} instead of {dense}.",
        name=state.architecture.name,
        params=si(summary.params),
        all=si(state.architecture.params),
        bytes=si(_FLOAT * summary.params, "B"),
        dense=si(_FLOAT * state.architecture.params, "B"),
    )


def _why_not(format_: Format, plan: PruningPlan | None) -> str:
    if missing := format_.missing:
        return tr(
            "Not installed: {packages}. {hint}",
            packages=", ".join(missing),
            hint=f'pip install "vitprune[{format_.extra}]"',
        )
    repaired = plan is not None and any(action is not Action.REMOVE for _, action in plan.actions)
    if format_.name == "ptblop" and repaired:
        return tr("The plan repairs what it removes, which ptblop cannot.")
    if format_.name == "ptblop" and plan is not None and plan.units:
        return tr("The plan takes heads or neurons from layers, and ptblop takes whole layers alone.")
    return ""


def _images(state: AppState) -> str:
    data = state.data if state.plan is not None and state.plan.needs_calibration else state.images_to_evaluate
    if data is None:
        return tr("No images are open: what is written will be compared with the model on noise.")
    return tr("What is written will be compared with the model on images of {name}.", name=Path(data.source).name)


def _proved_on(done: Exported) -> str:
    fewest, most = min(done.batches), max(done.batches)
    if done.source:
        return tr(
            "Compared on %n image(s) of {name}, {fewest} and {most} at once: the largest difference of the logits, and "
            "the same over the largest logit.",
            "",
            done.images,
            name=Path(done.source).name,
            fewest=fewest,
            most=most,
        )
    return tr(
        "No images were at hand: compared on %n picture(s) of noise, {fewest} and {most} at once: the largest "
        "difference of the logits, and the same over the largest logit.",
        "",
        done.images,
        fewest=fewest,
        most=most,
    )


def _timed(latency: Latency) -> str:
    batch, threads, device = latency.conditions
    return tr(
        "Times for a batch of {batch} with {threads} on {device}, taken in turns.",
        batch=batch,
        threads=tr("%n thread(s)", "", threads),
        device=device,
    )


def _table(done: Exported) -> Table:
    columns = (
        tr("Format"),
        tr("File"),
        tr("File (bytes)"),
        tr("Difference"),
        tr("Relative"),
        tr("Median (ms)"),
        tr("Quartiles (ms)"),
    )
    dense = (tr("Dense, PyTorch"), "", "", "", "", *_times(done.dense))
    rows = [
        (
            retold(title_of(proof.format)),
            proof.file,
            thousands(proof.bytes),
            f"{proof.difference:.1e}",
            f"{proof.relative:.1e}",
            *_times(proof.latency),
        )
        for proof in done.proofs
    ]
    return Table(columns, (dense, *rows))


def _times(latency: Latency | None) -> tuple[str, str]:
    if latency is None:
        return "", ""
    low, high = latency.quartiles_ms
    return decimal(latency.median_ms, 2), f"{decimal(low, 2)} – {decimal(high, 2)}"
