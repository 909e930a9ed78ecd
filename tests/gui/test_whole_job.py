"""The whole job by mouse and keyboard, in a real window on the real engine, against what the command line computes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QTreeView,
    QWidget,
)

from tests.gui.conftest import FakeDialogs
from vitprune import sessions
from vitprune.cli import main as command_line
from vitprune.results import Session
from vitprune_gui.app import Shell, build
from vitprune_gui.settings import Settings
from vitprune_gui.views.main_window import TABS

SAMPLE = Path(str(files("vitprune_resources") / "sample"))
SITES = {"blocks.9.attn", "blocks.5.mlp", "blocks.6.attn"}
PATIENCE_MS = 120_000

LEFT, CONTROL, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Desk:
    """A person before the window: looks at what is visible, clicks on it and presses keys."""

    def __init__(self, settings: Settings, dialogs: FakeDialogs, qtbot: Any) -> None:
        self.shell: Shell = build(settings, dialogs=dialogs)
        self.window = self.shell.window
        self._qtbot = qtbot
        self.busy = True
        with qtbot.waitSignal(self.window.built, timeout=PATIENCE_MS):
            self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)

    def wait(self, until: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(until()), timeout=PATIENCE_MS)

    def wait_for_work(self) -> None:
        self.wait(lambda: self.shell.idle)
        QApplication.processEvents()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isVisible()
        assert widget.isEnabled()
        QTest.mouseClick(widget, LEFT, pos=at or widget.rect().center())

    def button(self, panel: str, text: str) -> QWidget:
        found = [
            b for b in self.window.docks[panel].findChildren(QAbstractButton) if b.text() == text and b.isVisible()
        ]
        assert len(found) == 1, f"{text} in {panel}"
        return found[0]

    def says(self, panel: str) -> str:
        labels = self.window.docks[panel].findChildren(QLabel)
        return "\n".join(label.text() for label in labels if label.isVisible())

    @property
    def tree(self) -> QTreeView:
        return next(tree for tree in self.window.docks["architecture"].findChildren(QTreeView) if tree.isVisible())

    def row(self, block: int, branch: int) -> QModelIndex:
        model = self.tree.model()
        index = model.index(branch, 0, model.index(block, 0))
        self.tree.scrollTo(index)
        return index

    def click_tick(self, index: QModelIndex) -> None:
        option = QStyleOptionViewItem()
        option.initFrom(self.tree)
        option.rect = self.tree.visualRect(index)
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        box = self.tree.style().subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, self.tree)
        self.click(self.tree.viewport(), box.center())

    def click_row(self, index: QModelIndex) -> None:
        self.click(self.tree.viewport(), self.tree.visualRect(index).center())

    def leave(self) -> None:
        self.press(Qt.Key.Key_Q, CONTROL)
        self.wait(lambda: not self.window.isVisible())
        self.tidy()

    def tidy(self) -> None:
        """End what runs and take the window away, as the end of the process would."""
        self.window._leaving = True
        self.window.close()
        assert self.shell.close()
        self.window.deleteLater()
        self.busy = False


@pytest.fixture
def dialogs(tmp_path: Path) -> FakeDialogs:
    dialogs = FakeDialogs()
    dialogs.session = str(tmp_path / "mine.vitprune.h5")
    return dialogs


@pytest.fixture
def desk(settings: Settings, dialogs: FakeDialogs, qtbot: Any) -> Iterator[Callable[[], Desk]]:
    desks: list[Desk] = []

    def sit_down() -> Desk:
        desks.append(Desk(settings, dialogs, qtbot))
        return desks[-1]

    yield sit_down
    for one in desks:
        if one.busy:  # a failure left it open
            one.tidy()


def on_the_command_line(*arguments: str) -> None:
    with pytest.raises(SystemExit) as end:
        command_line(arguments)
    assert end.value.code == 0


@pytest.mark.window
@pytest.mark.timeout(600)
def test_whole_job(
    desk: Callable[[], Desk], dialogs: FakeDialogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (SAMPLE / "model.safetensors").is_file(), "the sample belongs to the product"
    if QGuiApplication.platformName() == "offscreen":
        _again_on_a_screen()
        return

    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # the command line's bars start a thread that stays
    one = desk()
    state = one.shell.state
    one.shell.commands.analyze_sample()  # the sample itself opens as the session that it comes with
    one.wait(lambda: any(job.title.startswith("Analyse") and job.state == "running" for job in state.jobs))
    one.press(Qt.Key.Key_Period, CONTROL)
    one.wait_for_work()
    assert state.scores is None or state.scores.asked_images, "the analysis was stopped"
    one.press(Qt.Key.Key_F5)
    one.wait(lambda: state.scores is not None and not state.scores.asked_images)
    assert "No scores yet" not in one.says("architecture")

    dense = one.says("plan")
    assert "0 of 24 sublayers pruned" in dense
    one.click_tick(one.row(9, 0))
    assert "1 of 24 sublayers pruned" in one.says("plan"), "at once, without waiting for anything"
    one.click_row(one.row(5, 1))
    one.press(Qt.Key.Key_Space)
    assert "2 of 24 sublayers pruned" in one.says("plan")
    one.press(Qt.Key.Key_Down)
    one.press(Qt.Key.Key_Down)
    one.press(Qt.Key.Key_Space)
    assert "3 of 24 sublayers pruned" in one.says("plan")
    assert state.plan is not None
    assert state.plan.sites == SITES
    assert state.architecture is not None
    left = state.plan.summary(state.architecture)
    assert f"{left.speedup_bound:.2f}" in one.says("plan")
    pruned = one.says("plan")

    one.press(Qt.Key.Key_Z, CONTROL)
    assert "2 of 24 sublayers pruned" in one.says("plan")
    one.press(Qt.Key.Key_Z, CONTROL)
    one.press(Qt.Key.Key_Z, CONTROL)
    assert one.says("plan") == dense
    for _ in SITES:
        one.press(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert one.says("plan") == pruned

    one.press(Qt.Key.Key_F6)
    one.wait_for_work()
    bar = one.window.tabs.tabBar()
    one.click(bar, bar.tabRect(list(TABS).index("evaluation")).center())
    table = next(t for t in one.window.tabs.findChildren(QTableView) if t.isVisible())
    model = table.model()
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert [title.split("\n")[1] for title in titles] == ["reference", "this plan"]
    rows = {model.headerData(row, Qt.Orientation.Vertical): row for row in range(model.rowCount())}
    for quantity in ("Top-1 accuracy", "Parameters", "MACs", "Latency"):
        assert all(any(map(str.isdigit, model.index(rows[quantity], column).data())) for column in (0, 1)), quantity

    one.press(Qt.Key.Key_S, CONTROL)
    one.wait_for_work()
    assert not one.window.isWindowModified()
    threads = state.environment.threads if state.environment else 0
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(state.plan.to_json()))
    one.leave()

    other = desk()
    other.press(Qt.Key.Key_O, CONTROL)
    other.wait_for_work()
    reopened = other.shell.state
    assert reopened.plan == state.plan
    assert other.says("plan") == pruned
    assert reopened.scores is not None
    assert [len(e.plan) for e in reopened.evaluations] == [0, 3]
    other.leave()
    assert "unsaved" not in dialogs.asked

    theirs = tmp_path / "theirs.vitprune.h5"
    machine = ("--threads", str(threads), "-o", str(theirs))
    on_the_command_line("analyze", "sample", "sample", *machine)
    on_the_command_line("evaluate", "sample", "sample", "--plan", str(plan), *machine)
    _same(sessions.load(Path(str(dialogs.session))), sessions.load(theirs))

    dialogs.session = str(theirs)
    third = desk()
    third.press(Qt.Key.Key_O, CONTROL)
    third.wait_for_work()
    assert third.says("plan") == pruned
    assert "No scores yet" not in third.says("architecture")
    taken_over = third.shell.state.evaluations
    assert [len(e.plan) for e in taken_over] == [0, 3]
    third.press(Qt.Key.Key_Z, CONTROL)
    assert third.says("plan") == pruned, "an opened session has no history"
    third.press(Qt.Key.Key_F6)
    third.wait_for_work()
    again = third.shell.state.evaluations
    assert [e.data for e in again] == [e.data for e in taken_over]
    assert again[0] is not taken_over[0]
    dialogs.answer = "discard"
    third.leave()


def _same(ours: Session, theirs: Session) -> None:
    assert ours.model == theirs.model
    assert ours.data == theirs.data
    assert ours.plan == theirs.plan
    assert ours.scores is not None
    assert theirs.scores is not None
    assert set(ours.scores) == set(theirs.scores)
    for metric, table in ours.scores.items():
        assert set(table) == set(theirs.scores[metric])
        for site, score in table.items():
            np.testing.assert_allclose(score.per_image, theirs.scores[metric][site].per_image, rtol=0, atol=1e-9)
    assert len(ours.evaluations) == len(theirs.evaluations) == 2
    for one in ours.evaluations:
        other = theirs.evaluation_of(one.plan)
        assert other is not None
        assert one.data == other.data
        np.testing.assert_array_equal(one.predictions, other.predictions)
        assert (one.params, one.macs, one.top1) == (other.params, other.macs, other.top1)


def _again_on_a_screen() -> None:
    """Offscreen there is no window to drive: this very test again, on a screen of its own."""
    done = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24", sys.executable, "-m", "pytest", "-q", __file__],
        env={**os.environ, "QT_QPA_PLATFORM": "xcb"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
