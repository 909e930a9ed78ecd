"""The list of models in a window of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from vitprune_gui.opening import dropped
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.model_browser import ModelBrowser

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

_SIZE = (1280, 760)


class ModelsDialog(QDialog):
    """Closes as soon as something is being opened; a file or folder can be dropped on it."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Models"))
        self.setSizeGripEnabled(True)
        self.setAcceptDrops(True)
        self.resize(*_SIZE)
        self._commands = commands
        self.browser = ModelBrowser(state, commands, self)
        for button in self.browser.findChildren(QPushButton):
            button.setAutoDefault(False)  # Return in the search opens what is found
        self.browser.opened.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.browser)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if source := dropped(event.mimeData()):
            event.acceptProposedAction()
            self.accept()
            self._commands.open_anything(source)
