"""What each plan of the session costs and is worth, against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from vitprune_gui.state import AppState
from vitprune_gui.views.parts import EmptyState

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


class FrontierView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.empty = EmptyState(
            "Nothing measured yet",
            "Evaluate the model and a few plans: each becomes a point of quality against cost, with its intervals.",
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)
