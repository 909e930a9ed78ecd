"""What is asked before something is written: every name has its ending, and no file goes without a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.views.open_dialogs import FileDialogs

Ask = Callable[[FileDialogs], str | None]

ASKED: dict[str, tuple[Ask, str]] = {
    "session": (lambda dialogs: dialogs.session_to_save("model.vitprune.h5"), "foo.vitprune.h5"),
    "plan": (lambda dialogs: dialogs.plan_to_save("model-plan.json"), "foo.json"),
    "job": (lambda dialogs: dialogs.job_to_save("model.toml"), "foo.toml"),
    "study": (lambda dialogs: dialogs.report_to_save("study.html", (".html", ".md")), "foo.html"),
    "report": (lambda dialogs: dialogs.report_to_save("run.html", (".html", ".pdf", ".md")), "foo.html"),
    "chart": (lambda dialogs: dialogs.chart_to_save("run-chart.svg"), "foo.svg"),
}


@pytest.fixture
def dialogs(qtbot: Any, settings: Settings, tmp_path: Path) -> FileDialogs:
    for purpose in ("session", "plan", "job", "report", "chart"):
        settings.keep_folder(purpose, str(tmp_path))
    return FileDialogs(settings, AppState())


def answers(*steps: str | QMessageBox.StandardButton) -> list[str]:
    """What people do one after the other: type a name, or press a button. What they were asked comes with it."""
    asked: list[str] = []
    left = list(steps)

    def act() -> None:
        dialog = QApplication.activeModalWidget()
        step = left.pop(0) if left else None
        if left:
            QTimer.singleShot(0, act)
        if isinstance(dialog, QFileDialog):
            asked.append("name")
            if isinstance(step, str) and step:
                dialog.findChild(QLineEdit).setText(step)  # pyright: ignore[reportOptionalMemberAccess]
                dialog.accept()
            else:
                dialog.reject()
        elif isinstance(dialog, QMessageBox):
            asked.append(dialog.text())
            assert isinstance(step, QMessageBox.StandardButton)
            dialog.button(step).click()

    QTimer.singleShot(0, act)
    return asked


@pytest.mark.parametrize("what", ASKED)
def test_a_name_is_completed(dialogs: FileDialogs, tmp_path: Path, what: str) -> None:
    ask, whole = ASKED[what]
    asked = answers("foo")
    assert ask(dialogs) == str(tmp_path / whole)
    assert asked == ["name"], "there is nothing that could be lost"
    answers("results.2026")
    assert ask(dialogs) == str(tmp_path / whole.replace("foo", "results.2026"))
    answers(f"whole{whole.removeprefix('foo')}")
    assert ask(dialogs) == str(tmp_path / whole.replace("foo", "whole"))


@pytest.mark.parametrize("what", ASKED)
def test_what_a_completed_name_would_replace_is_asked_about(dialogs: FileDialogs, tmp_path: Path, what: str) -> None:
    ask, whole = ASKED[what]
    (tmp_path / whole).write_text("dear")
    yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
    asked = answers("foo", yes)
    assert ask(dialogs) == str(tmp_path / whole)
    assert asked == ["name", f"“{whole}” is there already. Replace it?"]
    asked = answers("foo", no, "")
    assert ask(dialogs) is None
    assert asked == ["name", f"“{whole}” is there already. Replace it?", "name"]
    answers("foo", no, "bar")
    assert ask(dialogs) == str(tmp_path / whole.replace("foo", "bar"))


def test_the_ending_is_that_of_the_kind_that_was_chosen(dialogs: FileDialogs, tmp_path: Path) -> None:
    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        dialog.selectNameFilter("PDF (*.pdf)")
        dialog.findChild(QLineEdit).setText("page.final")  # pyright: ignore[reportOptionalMemberAccess]
        dialog.accept()

    QTimer.singleShot(0, choose)
    assert dialogs.report_to_save("run.html", (".html", ".pdf", ".md")) == str(tmp_path / "page.final.pdf")


def test_a_session_may_have_the_plain_ending(dialogs: FileDialogs, tmp_path: Path) -> None:
    answers("foo.h5")
    assert dialogs.session_to_save("model.vitprune.h5") == str(tmp_path / "foo.h5")
