"""The dialog of free and exact rewrites: what is listed, when it is proved anew, and what can be exported."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from vitprune.errors import ModelUnsupported
from vitprune_gui.app import Shell
from vitprune_gui.views.rewrites_dialog import RewritesDialog


@pytest.fixture
def idle(qtbot: Any, shell: Shell) -> Any:
    return lambda: qtbot.waitUntil(lambda: shell.idle)


@pytest.fixture
def dialog(qtbot: Any, shell: Shell, idle: Any) -> Any:
    shell.commands.open_model("toy")
    idle()
    shell.window.actions_["rewrites"].trigger()
    found = shell.window.findChild(RewritesDialog)
    assert found is not None
    idle()
    yield found
    found.close()


def test_it_needs_a_model(shell: Shell) -> None:
    action = shell.window.actions_["rewrites"]
    assert not action.isEnabled()
    assert "Open a model first" in action.toolTip()


def test_what_applies_is_ticked_with_what_it_saves_and_how_exact_it_is(dialog: RewritesDialog) -> None:
    fold, shrink, magic = dialog.rows
    assert [row.tick.isChecked() for row in dialog.rows] == [True, True, False]
    assert "1,000 parameters" in fold.figures.text().replace("\N{NARROW NO-BREAK SPACE}", ",").replace("\xa0", ",")
    assert "3.0e-07" in fold.figures.text()
    assert "3.0e-07" in shrink.figures.text()
    assert not magic.tick.isEnabled()
    assert "there is none" in magic.figures.text()
    assert dialog.result_.text().startswith("Proved")
    assert dialog.export.isEnabled()


def test_no_line_is_cut_off(dialog: RewritesDialog) -> None:
    dialog.resize(dialog.minimumSize())
    for label in dialog.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width()), label.text()


def test_another_tick_is_another_proof(dialog: RewritesDialog, idle: Any, workflow: Any) -> None:
    gate = workflow.gates["rewrite"] = threading.Event()
    before = workflow.calls.count("rewrite")
    dialog.rows[0].tick.setChecked(False)
    assert not dialog.export.isEnabled(), "what is not proved cannot be exported"
    assert "3.0e-07" not in dialog.rows[1].figures.text()
    gate.set()
    idle()
    assert workflow.calls.count("rewrite") == before + 1
    assert dialog.export.isEnabled()
    assert "3.0e-07" in dialog.rows[1].figures.text()
    assert "3.0e-07" not in dialog.rows[0].figures.text()
    dialog.rows[1].tick.setChecked(False)
    idle()
    assert not dialog.export.isEnabled()
    assert "Tick" in dialog.details.text()


def test_the_answer_to_earlier_ticks_is_not_shown(dialog: RewritesDialog, idle: Any, workflow: Any) -> None:
    gate = workflow.gates["rewrite"] = threading.Event()
    dialog.rows[0].tick.setChecked(False)
    dialog.rows[0].tick.setChecked(True)
    dialog.rows[1].tick.setChecked(False)
    gate.set()
    idle()
    assert dialog.ticked == ("fold",)
    assert "3.0e-07" in dialog.rows[0].figures.text()
    assert "3.0e-07" not in dialog.rows[1].figures.text()
    assert dialog.result_.text().startswith("Proved")


def test_what_is_not_proved_cannot_be_exported(dialog: RewritesDialog, idle: Any, workflow: Any) -> None:
    workflow.difference = 0.1
    dialog.rows[0].tick.setChecked(False)
    idle()
    assert dialog.result_.text() == "Not proved."
    assert "differ" in dialog.details.text()
    assert not dialog.export.isEnabled()


def test_a_proof_that_fails_says_so(dialog: RewritesDialog, idle: Any, workflow: Any) -> None:
    workflow.fail["rewrite"] = ModelUnsupported("No.")
    dialog.rows[0].tick.setChecked(False)
    idle()
    assert "did not come to its end" in dialog.result_.text()
    assert not dialog.export.isEnabled()


def test_the_ticked_ones_are_exported(
    dialog: RewritesDialog, idle: Any, workflow: Any, dialogs: Any, tmp_path: Path
) -> None:
    dialogs.folder = str(tmp_path / "out")
    dialog.rows[1].tick.setChecked(False)
    idle()
    dialog.export.click()
    idle()
    assert workflow.calls[-1] == "export fold"
    assert (tmp_path / "out").is_dir()
