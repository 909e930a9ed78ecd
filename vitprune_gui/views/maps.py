"""How alike the residual stream is at any two block boundaries: cosine, angular distance and CKA, as maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from vitprune_gui.state import AppState
from vitprune_gui.views.parts import EmptyState

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


class MapsView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.empty = EmptyState(
            "No map yet",
            "The analysis compares the stream that runs through the model at all pairs of block boundaries. A bright "
            "square around the diagonal is a range of blocks that changes little.",
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)
