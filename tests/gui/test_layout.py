"""Where panels are: kept, locked, put away together, and never where nobody can reach them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QLineEdit,
    QMainWindow,
    QTabBar,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from tests.gui.conftest import FakeEngine, let_go
from vitprune_gui.app import Shell, build
from vitprune_gui.settings import LAYOUT_VERSION, Settings
from vitprune_gui.views.layout import LEAST_OF_PAGE, LEAST_OF_PANEL, Room

CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def start(qtbot: Any, config_dir: Any, dialogs: Any, workflow: Any) -> Iterator[Callable[[], Shell]]:
    """Opens the application as it was left, with real views, at their place without a model."""
    shells: list[Shell] = []

    def open_() -> Shell:
        made = build(Settings(config_dir), dialogs=dialogs, make_engine=lambda: FakeEngine(workflow))
        qtbot.addWidget(made.window, before_close_func=let_go)
        shells.append(made)
        with qtbot.waitSignal(made.window.built, timeout=30_000):
            made.window.show()
        made.window.activateWindow()
        qtbot.waitUntil(made.window.isActiveWindow)
        return made

    yield open_
    for shell in shells:
        assert shell.close()


def visible(shell: Shell) -> set[str]:
    return {name for name, dock in shell.window.docks.items() if not dock.isHidden()}


def leave(shell: Shell) -> None:
    shell.window._leaving = True
    shell.window.close()


def test_the_window_fits_a_small_screen(start: Callable[[], Shell], qtbot: Any) -> None:
    window = start().window
    for size in (QSize(1280, 800), QSize(1024, 700), QSize(800, 600)):
        window.resize(size)
        QApplication.processEvents()
        assert window.size() == size


def test_the_next_window_is_as_this_one_was(start: Callable[[], Shell], qtbot: Any) -> None:
    first = start()
    actions = first.window.actions_
    actions["panel_plan"].trigger()
    actions["lock_layout"].trigger()
    first.commands.open_model("toy")
    qtbot.waitUntil(lambda: first.idle)
    actions["tab_search"].trigger()
    actions["focus_mode"].trigger()
    assert visible(first) == set()
    leave(first)
    second = start()
    assert visible(second) == set(second.window.docks) - {"plan"}
    assert second.window.tabs.name == "search"
    assert second.window.actions_["lock_layout"].isChecked()
    assert second.window.docks["models"].features() == QDockWidget.DockWidgetFeature.NoDockWidgetFeatures


def test_locked_panels_stay_until_they_are_unlocked(shell: Shell) -> None:
    window, lock = shell.window, shell.window.actions_["lock_layout"]
    free = window.docks["log"].features()
    lock.trigger()
    assert all(dock.features() == QDockWidget.DockWidgetFeature.NoDockWidgetFeatures for dock in window.docks.values())
    assert not window.menus.toolbar.isMovable()
    lock.trigger()
    assert all(dock.features() == free for dock in window.docks.values())
    assert window.menus.toolbar.isMovable()


def test_focus_mode_brings_back_what_was_there(shell: Shell) -> None:
    focus = shell.window.actions_["focus_mode"]
    shell.window.actions_["panel_log"].trigger()
    shell.window.docks["models"].hide()
    before = visible(shell)
    focus.trigger()
    assert visible(shell) == set()
    assert focus.isChecked()
    focus.trigger()
    assert visible(shell) == before
    focus.trigger()
    shell.window.reset_layout()
    assert visible(shell) == set(shell.window.docks)
    assert not focus.isChecked()


def test_focus_mode_and_saved_sessions_take_turns(shell: Shell) -> None:
    actions, everything = shell.window.actions_, visible(shell)
    actions["focus_mode"].trigger()
    actions["browse_sessions"].trigger()
    actions["leave_sessions"].trigger()
    assert visible(shell) == set(), "still in focus mode"
    actions["focus_mode"].trigger()
    assert visible(shell) == everything
    actions["browse_sessions"].trigger()
    assert not actions["panel_plan"].isEnabled()
    assert "to themselves" in actions["panel_plan"].toolTip()
    actions["leave_sessions"].trigger()
    assert actions["panel_plan"].isEnabled()


def test_a_panel_behind_another_comes_to_the_front_before_it_is_hidden(shell: Shell, qtbot: Any) -> None:
    log, activity = shell.window.docks["log"], shell.window.docks["activity"]
    assert log.visibleRegion().isEmpty()
    assert not log.isHidden()
    action = shell.window.actions_["panel_log"]
    action.trigger()
    QApplication.processEvents()
    assert not log.visibleRegion().isEmpty()
    assert activity.visibleRegion().isEmpty()
    assert action.isChecked()
    action.trigger()
    assert log.isHidden()
    assert not action.isChecked()
    action.trigger()
    assert not log.isHidden()
    shell.window.docks["plan"].close()
    assert not shell.window.actions_["panel_plan"].isChecked(), "closed by its own button"


@pytest.mark.parametrize("floating", [False, True])
def test_a_layout_of_a_larger_screen_is_brought_in(
    start: Callable[[], Shell], settings: Settings, floating: bool, qtbot: Any
) -> None:
    """As a window saves it that is far to the right and below, and larger than the screen that is left."""
    screen = QApplication.primaryScreen().availableGeometry()
    first = start()
    elsewhere = QMainWindow()
    qtbot.addWidget(elsewhere)
    elsewhere.setGeometry(QRect(3 * screen.width(), 2 * screen.height(), 2 * screen.width(), 2 * screen.height()))
    if floating:
        first.window.docks["plan"].setFloating(True)
        first.window.docks["plan"].setGeometry(QRect(4 * screen.width(), 9000, 300, 300))
    layout = first.window.saveState(LAYOUT_VERSION)
    leave(first)
    Settings(settings.path.parent).keep_window(elsewhere.saveGeometry(), layout)
    second = start()
    assert screen.contains(second.window.frameGeometry())
    if floating:
        plan = second.window.docks["plan"]
        assert plan.isFloating()
        assert screen.contains(plan.frameGeometry())


def test_room_scrolls_only_where_it_is_needed(qtbot: Any) -> None:
    view = QWidget()
    column = QVBoxLayout(view)
    wide = QLabel("wide")
    wide.setMinimumSize(600, 400)
    column.addWidget(wide)
    room = Room(view)
    qtbot.addWidget(room)
    assert room.minimumSizeHint() == LEAST_OF_PANEL
    room.resize(300, 300)
    room.show()
    needed = view.minimumSizeHint()
    assert view.size() == needed
    assert room.horizontalScrollBar().maximum() > 0
    assert room.verticalScrollBar().maximum() > 0
    room.resize(900, 800)
    assert view.size() == room.viewport().size()
    assert room.horizontalScrollBar().maximum() == room.verticalScrollBar().maximum() == 0
    wide.setMinimumSize(1200, 100)
    QApplication.processEvents()
    assert view.width() >= 1200, "it needs more than before"
    small = Room(QWidget(), LEAST_OF_PAGE)
    qtbot.addWidget(small)
    assert small.minimumSizeHint().width() <= 0


def test_keys_go_to_tabs_panels_and_filters(start: Callable[[], Shell], qtbot: Any) -> None:
    shell = start()
    window = shell.window

    def press(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        QTest.keyClick(window, key, modifiers)

    press(Qt.Key.Key_3, CONTROL)
    assert window.tabs.name == "overview", "there is no model yet"
    shell.commands.open_model("toy")
    qtbot.waitUntil(lambda: shell.idle)
    for number, name in enumerate(window.tabs.names, 1):
        press(Qt.Key(Qt.Key.Key_0 + number), CONTROL)
        assert window.tabs.name == name
    press(Qt.Key.Key_Tab, CONTROL)
    assert window.tabs.name == "overview", "round and round"
    press(Qt.Key.Key_Backtab, CONTROL | SHIFT)
    assert window.tabs.name == window.tabs.names[-1]
    press(Qt.Key.Key_L, CONTROL)
    assert isinstance(QApplication.focusWidget(), QTreeView)
    press(Qt.Key.Key_F, CONTROL)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    assert window.docks["architecture"].isAncestorOf(field)
    next(f for f in window.docks["models"].findChildren(QWidget) if f.focusPolicy() and f.isVisible()).setFocus()
    press(Qt.Key.Key_F, CONTROL)
    found = QApplication.focusWidget()
    assert isinstance(found, QLineEdit)
    assert window.docks["models"].isAncestorOf(found)
    press(Qt.Key.Key_4, ALT)
    assert window.docks["plan"].isHidden()
    press(Qt.Key.Key_4, ALT)
    assert not window.docks["plan"].isHidden()
    press(Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier)
    assert window.isFullScreen()
    press(Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier)
    assert not window.isFullScreen()


def test_a_reset_leaves_one_tab_bar_of_the_panels(start: Callable[[], Shell], qtbot: Any) -> None:
    window = start().window
    window.panels.reset()
    window.actions_["focus_mode"].trigger()
    window.actions_["focus_mode"].trigger()
    window.panels.reset()
    qtbot.wait(50)
    bars = [bar for bar in window.findChildren(QTabBar) if bar.parent() is window and bar.isVisible() and bar.count()]
    texts = sorted([bar.tabText(i) for i in range(bar.count())] for bar in bars)
    assert texts == [["Activity", "Log"], ["Models", "Lessons"]]
