"""Every method at several sizes, with and without repair, against what it is measured to be worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from vitprune_gui.state import AppState
from vitprune_gui.views.parts import EmptyState

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


class StudyView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.empty = EmptyState(
            "Which method is right about your model?",
            "The study prunes the model by each method at several sizes, with and without repair, and measures every "
            "result. It says with intervals what each method is worth, and which cheap score foresees the damage.",
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)
