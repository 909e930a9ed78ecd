"""What happens when something breaks that nobody expected: it is logged, shown once, and kept for the next start."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TextIO

import psutil
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QTimer, QtMsgType, Signal, Slot, qInstallMessageHandler

from vitprune_gui.translation import tr

log = logging.getLogger(__name__)
qt_log = logging.getLogger("qt")

_AGAIN_MS = 1000
_KINDS = 100  # of defects in one run: whoever has met that many has heard enough
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """A defect, as people see it: one sentence, what to do, and the traceback to copy. `times`: how often it has
    happened."""

    message: str
    details: str
    hint: str = "Copy the details into a bug report. Your work is still here: save it."
    code: str = "DEFECT"
    times: int = 1

    @classmethod
    def of(cls, error: BaseException) -> ErrorReport:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        try:
            said = str(error)
        except Exception:  # noqa: BLE001
            said = "?"  # its own text is broken, too
        what = tr("Something went wrong inside ViTPrune ({error}).", error=f"{type(error).__name__}: {said}")
        return cls(what, "".join(lines), tr("Copy the details into a bug report. Your work is still here: save it."))


class CrashGuard(QObject):
    """Owns the hooks of the process. `reported` carries an ErrorReport, from whichever thread, to the window: the first
    of its kind at once, what follows as a count, once a second. A paint event that fails does so at every repaint, and
    what is shown about it may ask for the next one."""

    reported = Signal(object)

    _first = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._lock = threading.RLock()  # a destructor that fails may run while it is held
        self._counted: dict[str, ErrorReport] = {}  # by traceback, with how often it has happened
        self._told: dict[str, int] = {}
        self._file: TextIO | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_AGAIN_MS)
        self._timer.timeout.connect(self._tell_again)
        self._first.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> str:
        """Put every hook in place. Returns what an earlier run wrote while it crashed, empty if none did."""
        sys.excepthook = self._on_exception
        sys.unraisablehook = self._on_unraisable
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
        sys.unraisablehook = sys.__unraisablehook__
        threading.excepthook = threading.__excepthook__
        qInstallMessageHandler(None)
        self._timer.stop()
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
        self._report(ErrorReport.of(error.with_traceback(trace)))

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _on_unraisable(self, args: sys.UnraisableHookArgs) -> None:
        """An error in a destructor, or where else nobody could be told."""
        if args.exc_value is not None:
            self._report(ErrorReport.of(args.exc_value.with_traceback(args.exc_traceback)))

    def _report(self, report: ErrorReport) -> None:
        with self._lock:
            before = self._counted.get(report.details)
            if before is None and len(self._counted) >= _KINDS:
                return
            times = before.times + 1 if before is not None else 1
            self._counted[report.details] = replace(report, times=times)
        if before is None:  # else the traceback is in the log already
            log.error("%s\n%s", report.message, report.details)
            self._first.emit(report)

    @Slot(object)
    def _tell(self, report: ErrorReport) -> None:
        self._told[report.details] = 1
        self._timer.start()
        self.reported.emit(report)

    @Slot()
    def _tell_again(self) -> None:
        with self._lock:
            counted = tuple(self._counted.values())
        for report in counted:
            if report.times > self._told.get(report.details, report.times):
                self._told[report.details] = report.times
                log.error("%s It has happened %d times.", report.message, report.times)
                self.reported.emit(report)


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
