"""What is done to a plan in windows of their own, and the verbs that open them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QDialog, QWidget

from vitprune_gui.actions import Verb
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.kept_plans import KeptPlans
from vitprune_gui.views.plan_comparison import PlanComparison
from vitprune_gui.views.plan_dialogs import MostRedundantDialog, RangeDialog

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


class PlanVerbs(QObject):
    def __init__(self, state: AppState, commands: Commands, kept: KeptPlans, panel: QWidget) -> None:
        super().__init__(panel)
        self._state, self._commands, self._kept, self._panel = state, commands, kept, panel

    def verbs(self) -> tuple[Verb, ...]:
        """For menus, keys and the palette."""
        do, menu = self._commands.planning, "Plan"
        return (
            Verb("prune_most", tr("Prune the &most redundant…"),
                 tr("Prune the most redundant sites by a score, and see beforehand which they are"), self.ask_most,
                 self.without_scores, "Ctrl+M", menu=menu, group=30,
                 words=tr("top best n worst", "words to find it by")),
            Verb("prune_range", tr("Prune or keep a ran&ge of blocks…"),
                 tr("Prune or keep what is in a range of blocks"), self.ask_range, self.without_sites, "Ctrl+G",
                 menu=menu, group=30, words=tr("from to first last depth", "words to find it by")),
            Verb("invert_plan", tr("&Invert the plan"), tr("Prune what is kept, and keep what is pruned"), do.invert,
                 self.without_sites, menu=menu, group=30, words=tr("swap opposite reverse", "words to find it by")),
            Verb("keep_plan", tr("&Keep the plan"), tr("Put the present plan aside under a name"), do.keep_plan,
                 self.without_sites, "Ctrl+Shift+K", menu=menu, group=40,
                 words=tr("store bookmark remember snapshot", "words to find it by")),
            Verb("compare_plans", tr("Compare t&wo plans…"),
                 tr("What two plans have in common, and what tells them apart"), self.compare, self.without_sites,
                 "Ctrl+Shift+D", menu=menu, group=40, words=tr("difference diff versus", "words to find it by")),
            Verb("open_plan", tr("Op&en plan…"), tr("Put the plan in a file in place of the present one"),
                 do.ask_plan_to_open, self.without_sites, menu=menu, group=50,
                 words=tr("load import json", "words to find it by")),
            Verb("save_plan", tr("&Save plan…"),
                 tr("Write the plan into a file, for the command line or another window"),
                 do.ask_plan_to_save, self.without_sites, menu=menu, group=50,
                 words=tr("write export json", "words to find it by")),
        )  # fmt: skip

    def without_sites(self) -> str:
        architecture = self._state.architecture
        if architecture is None or self._state.plan is None:
            return tr("Open a model first.")
        return self._state.unprunable

    def without_scores(self) -> str:
        return self.without_sites() or ("" if self._state.scores else tr("Press Analyse first."))

    @Slot()
    def ask_most(self) -> None:
        self._open(MostRedundantDialog(self._state, self._commands, self._panel))

    @Slot()
    def ask_range(self) -> None:
        self._open(RangeDialog(self._state, self._commands, self._panel))

    @Slot()
    def compare(self) -> None:
        """The plan on show beside the one that is marked among the kept ones."""
        dialog = PlanComparison(self._state, self._commands, self._panel)
        if (marked := self._kept.marked) is not None:
            dialog.choose(1, marked.plan)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
