"""What happens when something breaks that nobody expected: it is logged, shown once, and kept for the next start."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO

import psutil
from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

log = logging.getLogger(__name__)
qt_log = logging.getLogger("qt")

_QUIET_SECONDS = 5.0
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """A defect, as people see it: one sentence, what to do, and the traceback to copy."""

    message: str
    details: str
    hint: str = "Copy the details into a bug report. Your work is still here: save it."
    code: str = "DEFECT"

    @classmethod
    def of(cls, error: BaseException) -> ErrorReport:
        name = type(error).__name__
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        return cls(f"Something went wrong inside ViTPrune ({name}: {error}).", "".join(lines))


class CrashGuard(QObject):
    """Owns the hooks of the process. `reported` carries an ErrorReport, from whichever thread, to the window."""

    reported = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._last: tuple[str, float] = ("", 0.0)
        self._file: TextIO | None = None

    def install(self) -> str:
        """Put every hook in place. Returns what an earlier run wrote while it crashed, empty if none did."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(_on_qt_message)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            earlier = _collect(self._folder)
            self._file = self._path.open("w", encoding="utf-8")
            faulthandler.enable(self._file)
        except OSError as error:  # a read-only home is no reason not to start
            log.warning("No crash log can be written in %s: %s", self._folder, error)
            return ""
        return earlier

    def uninstall(self) -> None:
        """Give the hooks back; a run that gets here leaves no crash file."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        return self._folder / f"crash-{os.getpid()}.log"

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        report = ErrorReport.of(error.with_traceback(trace))
        log.error("%s\n%s", report.message, report.details)
        # A paint event that fails, fails again at every repaint: say it once.
        previous, when = self._last
        self._last = (report.message, time.monotonic())
        if report.message != previous or time.monotonic() - when > _QUIET_SECONDS:
            self.reported.emit(report)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)


def _on_qt_message(kind: QtMsgType, _: QMessageLogContext, message: str) -> None:
    qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", message)


def _collect(folder: Path) -> str:
    """Read and remove the crash files of runs that are over."""
    texts = []
    for path in sorted(folder.glob("crash-*.log")):
        number = path.stem.removeprefix("crash-")
        if number.isdigit() and int(number) != os.getpid() and psutil.pid_exists(int(number)):
            continue
        texts.append(path.read_text(encoding="utf-8", errors="replace"))
        path.unlink()
    return "\n".join(text for text in texts if text)
