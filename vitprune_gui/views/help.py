"""What the Help menu says about the program and the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from vitprune_gui.actions import Actions, Verb
from vitprune_gui.translation import tr
from vitprune_gui.views.error_dialog import ReportDialog
from vitprune_gui.views.shortcuts import ShortcutSheet


class Help(QObject):
    def __init__(self, window: QWidget, actions: Actions, *, log_folder: Path, system_info: Callable[[], str]) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._log_folder = log_folder
        self._system_info = system_info

    def verbs(self) -> tuple[Verb, ...]:
        return (
            Verb("shortcuts", tr("&Keyboard shortcuts"), tr("Every key, to read or to print"), self._show_shortcuts,
                 shortcut=("F1", "Ctrl+/", "?"), menu="Help", group=10,
                 words=tr("keys keyboard bindings hotkeys cheat sheet help", "words to find it by")),
            Verb("system_info", tr("&System information"), tr("Versions and machine, to copy"), self._show_system_info,
                 menu="Help", words=tr("version bug report device gpu", "words to find it by")),
            Verb("open_logs", tr("Open &log folder"), tr("Where the log files are"), self._open_logs, menu="Help",
                 words=tr("bug report debug", "words to find it by")),
            Verb("about", tr("&About ViTPrune"), tr("What this is"), self._about, role=QAction.MenuRole.AboutRole,
                 menu="Help", group=90, words=tr("version licence license", "words to find it by")),
        )  # fmt: skip

    def _show_shortcuts(self) -> None:
        sheet = ShortcutSheet(self._actions, self._window)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def _about(self) -> None:
        from vitprune import __version__

        box = QMessageBox(self._window)
        box.setWindowTitle(tr("About ViTPrune"))
        box.setText(f"ViTPrune {__version__}")
        box.setInformativeText(
            tr(
                "See which layers of a vision transformer are redundant, prune them, and measure what is lost and "
                "gained.\nApache-2.0 licence. Models come from timm and keep their own licences."
            )
        )
        _open(box)

    def _show_system_info(self) -> None:
        said = tr("What a bug report should say:")
        ReportDialog(tr("System information"), said, self._system_info(), self._log_folder, self._window).open()

    def _open_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_folder)))


def _open(box: QMessageBox) -> None:
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
