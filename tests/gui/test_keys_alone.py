"""From the sample to an exported model without a mouse, on the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from tests.gui.conftest import FakeDialogs, pictures
from vitprune import load_exported
from vitprune.plan import PruningPlan
from vitprune_gui.app import build
from vitprune_gui.settings import Settings
from vitprune_gui.views.export_wizard import ExportWizard
from vitprune_gui.views.plan_dialogs import MostRedundantDialog

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
PATIENCE_MS = 240_000
KEY = Qt.Key


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("timed_briefly")
def test_the_whole_way_by_keys(settings: Settings, dialogs: FakeDialogs, qtbot: Any, tmp_path: Path) -> None:
    shell = build(settings, dialogs=dialogs)
    window, state = shell.window, shell.state
    dialogs.folder = str(tmp_path / "exported")
    dialogs.answer = "discard"
    hints = QApplication.styleHints()
    pause = hints.keyboardInputInterval()
    hints.setKeyboardInputInterval(2000)  # a name is typed in one go on a slow machine too
    try:
        with qtbot.waitSignal(window.built, timeout=PATIENCE_MS):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)

        def focused() -> QWidget:
            return QApplication.focusWidget() or QApplication.activeWindow() or window

        def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
            QTest.keyClick(focused(), key, modifiers)

        def call(words: str) -> None:
            """By the command palette."""
            press(KEY.Key_P, CONTROL | SHIFT)
            QTest.keyClicks(focused(), words)
            press(KEY.Key_Return)

        def wait(until: Callable[[], object]) -> None:
            qtbot.waitUntil(lambda: bool(until()), timeout=PATIENCE_MS)

        def wait_for_work() -> None:
            wait(lambda: shell.idle)
            QApplication.processEvents()

        call("open sample")
        wait(lambda: state.scores is not None)
        wait_for_work()
        for purpose, words in (("fit", "images to analyse"), ("test", "images to evaluate")):
            dialogs.images_ = str(pictures(tmp_path / purpose, 2))
            call(words)
            wait_for_work()
        assert state.data is not None
        assert state.test_data is not None
        assert (state.data.source, state.test_data.source) == (str(tmp_path / "fit"), str(tmp_path / "test"))
        shown = state.scores
        press(KEY.Key_F5)
        wait(lambda: state.scores is not shown)
        wait_for_work()
        if state.plan:
            call("clear plan")
        assert state.architecture is not None
        assert state.scores is not None

        press(KEY.Key_L, CONTROL)
        QTest.keyClicks(focused(), "block 11")
        assert state.selection == "blocks.11"
        press(KEY.Key_P)
        assert not state.protected, "it still was part of the name"
        QTest.qWait(2100)
        press(KEY.Key_P)
        assert state.protected == {"blocks.11"}

        press(KEY.Key_M, CONTROL)
        wait(lambda: isinstance(QApplication.activeWindow(), MostRedundantDialog))
        dialog = QApplication.activeWindow()
        assert isinstance(dialog, MostRedundantDialog)
        assert focused() is dialog.count
        QTest.keyClicks(focused(), "3")  # its number is marked
        press(KEY.Key_Return)
        assert dialog.result() == QDialog.DialogCode.Accepted
        cosine = state.scores[state.metric]
        able = [site.id for site in state.architecture.sublayers if site.depth != 11]
        assert state.plan is not None
        assert state.plan.sites == set(sorted(able, key=lambda site: -cosine[site].mean)[:3])

        window.activateWindow()  # as a window manager does when a dialog closes
        wait(window.isActiveWindow)
        press(KEY.Key_L, CONTROL)
        press(KEY.Key_A, CONTROL)
        before = state.plan
        for _ in range(6):  # the repairs come round, from the one that the sample was repaired with
            if {str(action) for _, action in state.plan.actions} == {"mean"}:
                break
            before = state.plan
            press(KEY.Key_R)
        repaired = state.plan
        assert {str(action) for _, action in repaired.actions} == {"mean"}
        press(KEY.Key_Z, CONTROL)
        assert state.plan == before
        press(KEY.Key_Z, CONTROL | SHIFT)
        assert state.plan == repaired
        call("keep the plan")
        assert [kept.plan for kept in state.kept_plans] == [repaired]

        press(KEY.Key_F6)
        wait_for_work()
        found = [evaluation for evaluation in state.evaluations if evaluation.plan == repaired]
        assert found
        assert found[-1].top1 is not None

        press(KEY.Key_E, CONTROL)
        wait(lambda: isinstance(QApplication.activeWindow(), ExportWizard))
        QTest.keyClicks(focused(), str(tmp_path / "exported"))  # the suggestion is marked
        press(KEY.Key_Return)
        wait(lambda: (tmp_path / "exported" / "recipe.json").is_file())
        wait_for_work()
        recipe = json.loads((tmp_path / "exported" / "recipe.json").read_text("utf-8"))
        assert PruningPlan.from_json(recipe["plan"], state.architecture) == repaired
        model = load_exported(tmp_path / "exported")
        assert sum(parameter.numel() for parameter in model.parameters()) < state.architecture.params
        press(KEY.Key_Escape)
        wait(lambda: not isinstance(QApplication.activeWindow(), ExportWizard))
    finally:
        hints.setKeyboardInputInterval(pause)
        window._leaving = True
        window.close()
        assert shell.close()
        window.deleteLater()
