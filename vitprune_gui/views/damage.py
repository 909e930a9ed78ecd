"""Predicted redundancy against measured damage: does the cheap score tell what a site is worth?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from vitprune_gui.state import AppState
from vitprune_gui.views.parts import EmptyState

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


class DamageView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.empty = EmptyState(
            "Damage is not measured yet",
            "Each site will be a dot: what a cheap score predicts across, what removing the site alone does to the "
            "outputs upwards. Where the score is right the dots lie on a line.",
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)
