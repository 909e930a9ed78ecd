"""What breaks reaches the window and the log, once, from wherever it comes, and nothing about the user goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from tests.gui.test_shell_process import run
from vitprune_gui import diagnosis
from vitprune_gui.app import Shell
from vitprune_gui.crash import CrashGuard, ErrorReport
from vitprune_gui.state import AppState
from vitprune_gui.views.error_dialog import ReportDialog

_EVERYWHERE = """
import sys, threading
from PySide6.QtCore import QAbstractListModel, QTimer
from PySide6.QtWidgets import QApplication, QListView, QWidget
from vitprune_gui import app
from vitprune_gui.__main__ import parse

class Painted(QWidget):
    times = 0
    def paintEvent(self, event):
        Painted.times += 1
        raise LookupError("in a paint event")

class Model(QAbstractListModel):
    def rowCount(self, parent=None):
        return 3
    def data(self, index, role=0):
        raise LookupError("in an item model")

class Destroyed:
    def __del__(self):
        raise LookupError("in a destructor")

class Qts(QWidget):
    def __init__(self):
        super().__init__()
        self.destroyed.connect(Qts.broken)
    @staticmethod
    def broken():
        raise LookupError("when it is destroyed")

def thread():
    raise LookupError("in a thread")

kept, said = [], []
build = app.build
def breaking(*args, **kwargs):
    shell = build(*args, views={}, **kwargs)
    shell.commands.refresh_catalog = lambda: None
    shell.commands.failed.connect(lambda error: said.append((error.message, error.times)))
    window = shell.window

    def paint():
        widget = Painted(window.stack)
        widget.resize(100, 100)
        widget.show()
        kept.append(widget)
        again = QTimer(widget)
        again.timeout.connect(widget.update)
        again.start(10)
        QTimer.singleShot(2500, after_paint)

    def after_paint():
        kept.clear()
        print("painted", Painted.times)
        told = [times for message, times in said if "paint event" in message]
        print("told", len(told), told[-1])
        print("banner", window.banner.isVisible(), window.banner.count.text())
        said.clear()
        for step in (model, threading.Thread(target=thread).start, Destroyed, destroyed):
            QTimer.singleShot(0, step)
        QTimer.singleShot(900, leave)

    def model():
        view = QListView(window)
        kept.append(view)
        view.setModel(Model(view))
        view.show()

    def destroyed():
        kept.append(Qts())
        kept[-1].deleteLater()

    def leave():
        for what in ("an item model", "a destructor", "is destroyed", "a thread"):
            print(what, any(what in message for message, _ in said))
        window.close()

    window.built.connect(paint)
    return shell
app.build = breaking
sys.exit(app.run(parse([])))
"""


def test_errors_in_painting_models_threads_and_destructors_do_not_loop_or_abort(tmp_path: Path) -> None:
    done = run(_EVERYWHERE, tmp_path, timeout=60)
    told = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines() if not line.startswith(("told", "banner")))
    assert done.returncode == 0, done
    painted = int(told.pop("painted"))
    assert 20 < painted < 1000, "at the pace of the timer, not in a loop"
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    count, last = map(int, lines["told"].split()[1:])
    assert 2 <= count <= 4, "once a second"
    assert 1 < last <= painted
    assert lines["banner"].startswith("banner True It has happened")
    assert set(told.values()) == {"True"}, done.stdout
    log = (tmp_path / "logs" / "vitprune.log").read_text()
    assert log.count("Traceback") <= 12, "a storm does not fill the log"


def test_a_storm_is_one_error_with_a_count(qtbot: Any, tmp_path: Path) -> None:
    guard = CrashGuard(tmp_path)
    spy = QSignalSpy(guard.reported)
    for _ in range(300):
        try:
            raise LookupError("again")
        except LookupError as error:
            guard._report(ErrorReport.of(error))
    qtbot.waitUntil(lambda: spy.count() == 2, timeout=5000)
    first, second = (spy.at(place)[0] for place in range(2))
    assert (first.times, second.times) == (1, 300)
    guard.uninstall()


def test_what_was_dismissed_does_not_come_back_as_a_count(shell: Shell, qtbot: Any) -> None:
    banner = shell.window.banner
    report = ErrorReport("It broke.", "Traceback")
    banner.show_error(report)
    qtbot.mouseClick(banner.dismiss, Qt.MouseButton.LeftButton)
    banner.show_error(ErrorReport("It broke.", "Traceback", times=7))
    assert not banner.isVisible()
    banner.show_error(ErrorReport("Something else broke.", "Traceback"))
    assert banner.isVisible()


def test_the_report_of_a_defect_says_all_and_nothing_private(
    shell: Shell, qtbot: Any, monkeypatch: pytest.MonkeyPatch, config_dir: Path
) -> None:
    home = config_dir.parent / "home" / "ada"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefghijkl")
    logs = config_dir / "logs"
    logs.mkdir()
    (logs / "vitprune.log").write_text("".join(f"line {number}\n" for number in range(100)))
    shell.commands.show_error(ErrorReport("It broke.", f'File "{home}/models/vit.pth" with hf_abcdefghijkl'))
    qtbot.mouseClick(shell.window.banner.details, Qt.MouseButton.LeftButton)
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, ReportDialog) and w.isVisible())
    text = dialog.text.toPlainText()
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == text
    dialog.close()
    assert "It broke." in text
    assert '"~/models/vit.pth"' in text
    assert "ada" not in text.split()
    assert "hf_abcdefghijkl" not in text
    assert "HF_TOKEN is set" in text
    assert "line 99" in text
    assert "line 50" not in text
    assert "ViTPrune 0." in text


def test_an_error_whose_text_breaks_is_still_told() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise ValueError("no text")

    report = ErrorReport.of(Broken())
    assert "Broken" in report.message


def test_system_information_names_what_matters(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    text = diagnosis.system_info(AppState(), {"logs": Path.home() / "logs"})
    for part in ("Python", "torch", "GiB free", "threads", "logs: ~", "OMP_NUM_THREADS=7"):
        assert part in text
