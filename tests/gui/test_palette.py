"""The command palette: what a few letters mean, and that everything in it happens by the keyboard alone."""

from __future__ import annotations

import time
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from tests.gui.conftest import toy_architecture
from vitprune_gui.actions import Verb
from vitprune_gui.app import Shell
from vitprune_gui.ranking import Entry, Ranking

TITLES = (
    "Open session", "Open model file", "Save", "Save as", "Export folder", "Analyse", "Evaluate", "Measure the damage",
    "Go to: Frontier", "Go to: Damage", "Theme: Dark", "Theme: Light", "Panels: Log", "Preferences", "Cancel",
    "Prune the most redundant", "Colour map", "Keyboard shortcuts", "Reset layout", "Clear plan",
)  # fmt: skip


def ranking(*used: str) -> Ranking:
    entries = [Entry(title, title, lambda: None) for title in TITLES]
    sites = [Entry(site.id, site.id, lambda: None, site=True) for site in toy_architecture(depth=32)]
    return Ranking([*entries, *sites], used)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("settings", "Preferences"),
        ("options", "Preferences"),
        ("color", "Colour map"),
        ("colour", "Colour map"),
        ("analyze", "Analyse"),
        ("ANALY", "Analyse"),
        ("anlyse", "Analyse"),
        ("delete", "Prune the most redundant"),
        ("front", "Go to: Frontier"),
        ("go fr", "Go to: Frontier"),
        ("fr go", "Go to: Frontier"),
        ("dark", "Theme: Dark"),
        ("sa", "Save"),
        ("save a", "Save as"),
        ("sh", "Keyboard shortcuts"),
        ("hotkeys", "Keyboard shortcuts"),
        ("omf", "Open model file"),
        ("damage", "Go to: Damage"),
        ("stop", "Cancel"),
        ("blocks.3.attn", "blocks.3.attn"),
        ("attn 17", "blocks.17.attn"),
    ],
)
def test_a_few_letters_find_what_is_meant(query: str, first: str) -> None:
    assert ranking().find(query)[0].title == first


def test_every_word_has_to_fit() -> None:
    assert ranking().find("save zebra") == []
    assert ranking().find("xqz") == []


def test_every_title_is_found_by_itself_and_by_the_beginnings_of_its_words() -> None:
    known = ranking()
    for title in TITLES:
        assert known.find(title)[0].title == title
        words = [word.strip(":")[:4] for word in title.split()]
        assert title in [entry.title for entry in known.find(" ".join(words))], title


def test_what_was_used_is_first_among_equals_and_when_nothing_is_asked() -> None:
    assert [e.title for e in ranking("Cancel", "Theme: Dark").find("")[:2]] == ["Cancel", "Theme: Dark"]
    assert ranking("Go to: Damage", "Go to: Frontier").find("go")[0].title == "Go to: Damage"
    assert ranking("Go to: Frontier").find("go")[0].title == "Go to: Frontier"
    assert ranking("Theme: Dark").find("save")[0].title == "Save", "a better fit is better than a habit"


def test_sites_do_not_flood_the_list() -> None:
    known = ranking()
    assert not any(entry.site for entry in known.find(""))
    assert sum(entry.site for entry in known.find("blocks")) == 8
    assert len(known.find("blocks.31")) == 3


def test_blocked_ones_come_after_others_that_fit_as_well() -> None:
    entries = [Entry(name, "Save it", lambda: None, reason=reason) for name, reason in (("a", "No."), ("b", ""))]
    assert [entry.name for entry in Ranking(entries).find("save")] == ["b", "a"]
    said = [Entry("c", "Save", lambda: None, reason="No."), Entry("d", "Save it", lambda: None)]
    assert [entry.name for entry in Ranking(said).find("save")] == ["c", "d"], "it is what was said"
    assert [entry.name for entry in Ranking(said).find("sav")] == ["d", "c"]


def test_a_key_costs_little() -> None:
    """A guard against loops within loops: ten times what it takes on a slow machine."""
    entries = [Entry(f"{i}", f"{title} {i}", lambda: None, words="one two three four five") for i in range(25)
               for title in TITLES]  # fmt: skip
    known = Ranking(entries)
    start = time.process_time()
    for query in ("s", "sa", "save", "save 1", "anlyse"):
        known.find(query)
    assert (time.process_time() - start) / 5 < 0.1


@pytest.fixture
def palette(shell: Shell, qtbot: Any) -> Any:
    shell.window.activateWindow()
    qtbot.waitUntil(shell.window.isActiveWindow)
    shell.commands.open_model("toy")
    qtbot.waitUntil(lambda: shell.idle)
    QTest.keyClick(shell.window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert shell.window.palette_.isVisible()
    assert QApplication.focusWidget() is shell.window.palette_.field
    return shell.window.palette_


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def type_in(text: str) -> None:
    QTest.keyClicks(focus(), text)


def press(key: Qt.Key) -> None:
    QTest.keyClick(focus(), key)


def test_it_is_used_by_the_keyboard_alone(palette: Any, shell: Shell) -> None:
    type_in("frontier")
    press(Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert shell.window.tabs.name == "frontier"
    assert shell.window._settings.used_actions == ("tab_frontier",)


def test_the_arrows_choose_and_escape_gives_the_focus_back(palette: Any, shell: Shell) -> None:
    press(Qt.Key.Key_Escape)
    assert not palette.isVisible()
    field = QLineEdit(shell.window)
    field.show()
    field.setFocus()
    palette.open()
    rows = palette.model.rowCount()
    press(Qt.Key.Key_Down)
    assert palette.list.currentIndex().row() == 1
    press(Qt.Key.Key_Up)
    assert palette.list.currentIndex().row() == 0
    press(Qt.Key.Key_PageDown)
    assert 1 < palette.list.currentIndex().row() < rows
    press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is palette.field
    press(Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is field


def test_a_site_is_selected(palette: Any, shell: Shell) -> None:
    type_in("blocks.1.mlp")
    press(Qt.Key.Key_Return)
    assert shell.state.selection == "blocks.1.mlp"


def test_a_recent_file_is_opened(palette: Any, shell: Shell, qtbot: Any, workflow: Any) -> None:
    type_in("recent toy")
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell.idle)
    assert workflow.calls.count("open_model") == 2


def test_what_is_blocked_says_why_and_stays(palette: Any, shell: Shell) -> None:
    type_in("analyse")
    entry = palette.list.currentIndex().data(Qt.ItemDataRole.UserRole)
    assert entry.name == "analyze"
    assert entry.reason == "Open images to analyse first."
    assert entry.keys == "F5"
    press(Qt.Key.Key_Return)
    assert palette.isVisible()
    assert not shell.state.jobs or not any(job.pending for job in shell.state.jobs)


def test_it_closes_when_what_had_the_keyboard_is_gone(palette: Any, shell: Shell) -> None:
    press(Qt.Key.Key_Escape)
    field = QLineEdit(shell.window)
    field.show()
    field.setFocus()
    palette.open()
    shiboken6.delete(field)
    press(Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_it_leaves_when_the_focus_does(palette: Any, shell: Shell) -> None:
    shell.window.tabs.tabBar().setFocus()
    assert not palette.isVisible()


def test_a_verb_that_came_late_is_found_in_its_menu_and_in_the_palette(palette: Any, shell: Shell) -> None:
    done: list[str] = []
    late = [Verb(name, f"Z{name}", "Do it", lambda name=name: done.append(name), menu="Run", group=group)
            for name, group in (("one", 91), ("two", 1), ("three", 1))]  # fmt: skip
    for verb in late:
        shell.window.actions_.add(verb)
    names = [a.objectName() or "-" for a in shell.window.menus.menus["Run"].actions()]
    assert names[:3] == ["two", "three", "-"]
    assert names[-2:] == ["-", "one"]
    palette.open()
    type_in("zthree")
    press(Qt.Key.Key_Return)
    assert done == ["three"]
    with pytest.raises(ValueError, match="already"):
        shell.window.actions_.add(late[0])


def test_it_fits_a_small_window(palette: Any, shell: Shell) -> None:
    palette.open()
    shell.window.resize(shell.window.minimumSizeHint())
    QApplication.processEvents()
    assert shell.window.rect().contains(palette.geometry())
