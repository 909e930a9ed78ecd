"""Large type and nothing but the lesson, for a class that looks at a projector."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from vitprune_gui.views.main_window import MainWindow

LARGER = 1.5
_REASON = "present"


class Presenting(QObject):
    """Type grows in the whole window, in what is made later too; panels but that of the lessons are away. Escape, or
    the same action again, ends it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._before: QFont | None = None
        self._own: dict[QWidget, float] = {}  # sizes of those that follow no one
        self._escape = QShortcut(Qt.Key.Key_Escape, window)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.end)

    @property
    def on(self) -> bool:
        return self._before is not None

    def toggle(self) -> None:
        self.end() if self.on else self.begin()

    def begin(self) -> None:
        if self.on:
            return
        self._before = QApplication.font()
        self._window.panels.clear(_REASON)
        dock = self._window.docks["lessons"]
        dock.show()
        dock.raise_()
        # Before the font of all, or what has a size of its own would be known no more.
        self._own = {widget: size for widget in self._window.findChildren(QWidget) if (size := _own_size(widget))}
        larger = QFont(self._before)
        larger.setPointSizeF(larger.pointSizeF() * LARGER)
        QApplication.setFont(larger)
        self._scale(LARGER)
        self._escape.setEnabled(True)
        self._window.actions_.refresh()

    def end(self) -> None:
        if self._before is None:
            return
        QApplication.setFont(self._before)
        self._scale(1.0)
        self._before, self._own = None, {}
        self._window.panels.fill(_REASON)
        self._escape.setEnabled(False)
        self._window.actions_.refresh()

    def _scale(self, factor: float) -> None:
        import shiboken6

        for widget, size in self._own.items():
            if shiboken6.isValid(widget):
                font = widget.font()
                font.setPointSizeF(size * factor)
                widget.setFont(font)


def _own_size(widget: QWidget) -> float:
    """Points; 0 for one whose type is as large as that around it."""
    font: Any = widget.font()
    size_resolved = 0x0002  # QFont.ResolveProperties.SizeResolved, which Python is not told
    own = widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and font.resolveMask() & size_resolved
    return font.pointSizeF() if own else 0.0
