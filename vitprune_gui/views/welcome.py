"""The first page, and the curtain that says what a drop will do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from vitprune_gui.actions import Actions
from vitprune_gui.commands import Commands, Opening
from vitprune_gui.settings import Settings

_SHOWN_RECENT = 5


class WelcomePage(QWidget):
    def __init__(self, actions: Actions, commands: Commands, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        title = QLabel("Which parts of a vision transformer can go?")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.7)
        title.setFont(font)
        text = QLabel(
            "Choose a pretrained model on the left, or drop a weights file, an exported folder, a folder of images or "
            "a session anywhere on this window."
        )
        text.setWordWrap(True)
        self.buttons, more = QHBoxLayout(), QHBoxLayout()
        rows = {self.buttons: ("use_sample", "open_model_file", "open_session"), more: ("browse_sessions",)}
        for row, names in rows.items():
            for name in names:
                button = QToolButton()
                button.setDefaultAction(actions[name])
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                row.addWidget(button)
            row.addStretch(1)
        self._heading = QLabel("Opened before")
        self._recent = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 32, 48, 32)
        column.setSpacing(14)
        column.addStretch(2)
        column.addWidget(title)
        column.addWidget(text)
        column.addLayout(self.buttons)
        column.addLayout(more)
        column.addSpacing(12)
        column.addWidget(self._heading)
        column.addLayout(self._recent)
        column.addStretch(3)
        settings.recent_changed.connect(self._show_recent)
        self._show_recent(settings.recent)

    @Slot(object)
    def _show_recent(self, sources: tuple[str, ...]) -> None:
        while item := self._recent.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for source in sources[:_SHOWN_RECENT]:
            button = QPushButton(Path(source).name or source)
            button.setObjectName(source)
            button.setToolTip(source)
            button.setFlat(True)
            button.setStyleSheet("text-align: left")
            button.clicked.connect(self._on_recent)
            self._recent.addWidget(button)
        self._heading.setVisible(bool(sources))

    @Slot()
    def _on_recent(self) -> None:
        self._commands.open_anything(self.sender().objectName())


class DropOverlay(QWidget):
    """Covers its parent while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = ""
        self._covered = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        parent.installEventFilter(self)
        self.hide()

    def announce(self, source: str, *, model_open: bool) -> bool:
        """Say what dropping this will do. Returns whether it would do anything."""
        opening = Opening.of(source)
        self.text = f"{opening.value}\n{Path(source).name}"
        possible = opening not in (Opening.NOTHING, Opening.NAME)
        if opening is Opening.IMAGES and not model_open:
            self.text, possible = "Open a model first, then its images", False
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()
        self.update()
        return possible

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._covered.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        ground = QColor(palette.color(QPalette.ColorRole.Window))
        ground.setAlpha(225)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), ground)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 3, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(16, 16, -16, -16), 12, 12)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text)
        painter.end()
