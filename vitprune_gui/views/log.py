"""What the program says about itself, from whichever thread."""

from __future__ import annotations

import contextlib
import logging

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from vitprune_gui.translation import tr

_LINES = 2000


class LogRelay(QObject):
    """Carries formatted records to the GUI thread."""

    written = Signal(object)


class RelayHandler(logging.Handler):
    """Hands records to a relay. Remove it from the logger before the relay goes."""

    def __init__(self, relay: LogRelay) -> None:
        super().__init__(logging.INFO)
        self._relay = relay
        self.setFormatter(logging.Formatter("%(asctime)s  %(levelname)-7s  %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        # The relay's C++ half may be gone while another thread still logs.
        with contextlib.suppress(RuntimeError):
            self._relay.written.emit(self.format(record))


class LogPanel(QPlainTextEdit):
    def __init__(self, relay: LogRelay, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAcceptDrops(False)
        self.setMaximumBlockCount(_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setPlaceholderText(tr("Messages appear here."))
        self.setAccessibleName(tr("Log"))
        relay.written.connect(self._add)

    @Slot(object)
    def _add(self, line: str) -> None:
        self.appendPlainText(line)
