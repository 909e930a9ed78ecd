"""Free and exact rewrites: what each saves, the proof that the logits stay, and the way out as a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from vitprune_gui.commands import Commands
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.parts import SPACE, TickBox, bold, rule, wrapped
from vitprune_gui.views.retelling import retold

if TYPE_CHECKING:
    from vitprune.lossless import Report, Rewrite

_WIDTH = 640
_INTRODUCTION = noop(
    "These leave the logits as they are, but for rounding. They are no pruning and cost no accuracy: their figures "
    "stand apart from those of the plan, after which they are done."
)
_PROVING = noop("Proving on random images…")


class _Row(QVBoxLayout):
    """One rewrite with its tick, what it does, and what it saves or why it does not apply. A layout, no widget: the
    dialog then knows the heights of its lines."""

    def __init__(self, rewrite: Rewrite) -> None:
        super().__init__()
        self.name = rewrite.name
        self.tick = TickBox(tr(rewrite.title))
        self.tick.setChecked(rewrite.applicable)
        self.tick.setEnabled(rewrite.applicable)
        self._saves = tr(
            "Saves {params} parameters and {macs} MACs for an image, in %n place(s).",
            "",
            len(rewrite.places),
            params=thousands(rewrite.params),
            macs=thousands(rewrite.macs),
        )
        reason = "; ".join(map(retold, rewrite.reason.split("; ")))
        self.figures = wrapped(self._saves if rewrite.applicable else tr("Does not apply: {reason}.", reason=reason))
        what = wrapped(tr(rewrite.what))
        what.setForegroundRole(what.foregroundRole().PlaceholderText)
        self.setSpacing(2)
        self.addWidget(self.tick)
        lines = QVBoxLayout()
        lines.setContentsMargins(4 * SPACE, 0, 0, 0)
        lines.addWidget(what)
        lines.addWidget(self.figures)
        self.addLayout(lines)
        self.shown = (self.tick, what, self.figures)

    def show_difference(self, difference: float | None) -> None:
        """Of the logits before and after, over their scale; None where it is not known."""
        if self.tick.isEnabled():
            proof = (
                ()
                if difference is None
                else (tr("The logits differ by {difference} of their scale.", difference=f"{difference:.1e}"),)
            )
            self.figures.setText(" ".join([self._saves, *proof]))


class RewritesDialog(QDialog):
    """Asks for a proof when it opens and whenever a tick changes; only what is proved can be exported."""

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rewrites")
        self.setWindowTitle(tr("Free and exact rewrites"))
        self.setMinimumWidth(_WIDTH)
        self._commands = commands
        self._asked: tuple[str, ...] | None = None
        self.rows: list[_Row] = []
        self.result_ = bold(wrapped(tr(_PROVING)))
        self.details = wrapped(selectable=True)
        self.export = QPushButton(tr("Export rewritten model…"))
        self.export.setEnabled(False)
        self.export.clicked.connect(self._on_export)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self._list = QVBoxLayout()
        self._list.setSpacing(2 * SPACE)
        column = self._column = QVBoxLayout(self)
        column.setSpacing(2 * SPACE)
        column.addWidget(wrapped(tr(_INTRODUCTION)))
        column.addLayout(self._list)
        column.addWidget(rule())
        column.addWidget(self.result_)
        column.addWidget(self.details)
        column.addStretch(1)
        column.addWidget(buttons)
        commands.rewrites_proved.connect(self._on_proved)
        commands.prove_rewrites(None)

    @property
    def ticked(self) -> tuple[str, ...]:
        return tuple(row.name for row in self.rows if row.tick.isChecked())

    @Slot(object, object)
    def _on_proved(self, names: tuple[str, ...] | None, answer: tuple[tuple[Rewrite, ...], Report] | None) -> None:
        if names != self._asked:
            return
        if answer is None:
            self._say(tr("The proof did not come to its end."), tr("Change a tick to start it again."))
            return
        found, report = answer
        if not self.rows:
            self._fill(found)
        self._show(report)

    def _fill(self, found: tuple[Rewrite, ...]) -> None:
        for rewrite in found:
            row = _Row(rewrite)
            row.tick.toggled.connect(self._on_toggled)
            self.rows.append(row)
            self._list.addLayout(row)
            for widget in row.shown:
                widget.show()  # or no room is made for it until later

    def _show(self, report: Report) -> None:
        differences = {step.rewrite.name: step.max_difference for step in report.steps}
        for row in self.rows:
            row.show_difference(differences.get(row.name))
        if not report.steps:
            self._say(tr("Nothing to rewrite."), tr("No rewrite applies to this model."))
            return
        left = tr(
            "{params} parameters and {macs} MACs for an image are left.",
            params=thousands(report.params),
            macs=thousands(report.macs),
        )
        if report.ok:
            proved = tr(
                "Proved: the logits differ by {difference} of their scale, which is rounding.",
                difference=f"{report.max_difference:.1e}",
            )
            self._say(proved, left)
        else:
            self._say(tr("Not proved."), " ".join(map(retold, report.failures)))
        self.export.setEnabled(report.ok)

    def _say(self, result: str, details: str) -> None:
        self.result_.setText(result)
        self.details.setText(details)
        self._make_room()

    def _make_room(self) -> None:
        """For every line of every label, however narrow the dialog: a window does not grow with what wraps in it."""
        self._column.activate()
        self.setMinimumHeight(self._column.heightForWidth(_WIDTH))

    @Slot()
    def _on_toggled(self) -> None:
        self.export.setEnabled(False)
        for row in self.rows:
            row.show_difference(None)
        self._asked = self.ticked
        if self._asked:
            self._say(tr(_PROVING), "")
            self._commands.prove_rewrites(self._asked)
        else:
            self._say(tr("Nothing to rewrite."), tr("Tick a rewrite."))

    @Slot()
    def _on_export(self) -> None:
        self._commands.export_rewritten(self.ticked)
