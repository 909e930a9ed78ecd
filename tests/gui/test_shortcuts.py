"""The sheet of keys, and that no key means two things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QPdfWriter, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton

from tests.gui.conftest import FakeEngine, let_go
from vitprune_gui.app import Shell, build
from vitprune_gui.settings import Settings
from vitprune_gui.views.menus import MENUS, title_of
from vitprune_gui.views.shortcuts import ShortcutSheet, keys_of


@pytest.fixture
def whole(qtbot: Any, settings: Settings, dialogs: Any, workflow: Any) -> Iterator[Shell]:
    """With every view, and so with every verb."""
    made = build(settings, dialogs=dialogs, make_engine=lambda: FakeEngine(workflow))
    qtbot.addWidget(made.window, before_close_func=let_go)
    with qtbot.waitSignal(made.window.built, timeout=60_000):
        made.window.show()
    yield made
    assert made.close()


def test_no_key_means_two_things(whole: Shell) -> None:
    actions = whole.window.actions_
    taken: dict[str, str] = {}
    for verb in actions.verbs:
        for keys in actions[verb.name].shortcuts():
            text = keys.toString()
            assert taken.setdefault(text, verb.name) == verb.name, f"{text}: {verb.name} and {taken[text]}"
    assert taken["Ctrl+Z"] == "undo"
    assert taken["Ctrl+Shift+P"] == "palette"
    # What a view takes for itself in the whole window would make both of them do nothing.
    of_window = Qt.ShortcutContext.WindowShortcut
    others = [(s.key(), s.parent()) for s in whole.window.findChildren(QShortcut) if s.context() == of_window]
    others += [(button.shortcut(), button) for button in whole.window.findChildren(QAbstractButton)]
    others += [(action.shortcut(), action) for action in whole.window.findChildren(QAction)
               if action.parent() is not actions and action.shortcutContext() == of_window]  # fmt: skip
    for keys, owner in others:
        assert keys.isEmpty() or keys.toString() not in taken, (
            f"{keys.toString()}: {owner} and {taken[keys.toString()]}"
        )


def test_every_verb_says_what_it_is(whole: Shell) -> None:
    for verb in whole.window.actions_.verbs:
        assert verb.menu in ("", *MENUS), verb.name
        assert verb.title, verb.name
        assert verb.tip, verb.name
        assert not verb.tip.endswith("."), verb.name
        assert "&" not in verb.title.replace("&&", ""), verb.name


def test_no_mnemonic_of_the_menu_bar_means_two_menus(shell: Shell) -> None:
    menus = [a.text() for a in shell.window.menuBar().actions() if a.isVisible()]
    letters = [text[text.index("&") + 1].casefold() for text in menus]
    assert len(set(letters)) == len(letters), menus


def test_every_verb_is_somewhere(shell: Shell) -> None:
    window = shell.window
    for verb in window.actions_.verbs:
        action = window.actions_[verb.name]
        assert action in window.actions(), f"the key of {verb.name} does nothing"
        if verb.menu:
            assert action in window.menus.menus[verb.menu].actions(), verb.name
        assert bool(verb.tool) == (action in window.menus.toolbar.actions()), verb.name


def test_the_sheet_has_every_key_by_menu(shell: Shell, qtbot: Any, tmp_path: Path) -> None:
    shell.window.activateWindow()
    qtbot.waitUntil(shell.window.isActiveWindow)
    QTest.keyClick(shell.window, Qt.Key.Key_F1)
    sheet = next(w for w in QApplication.topLevelWidgets() if isinstance(w, ShortcutSheet))
    text = sheet.sheet.toPlainText()
    actions = shell.window.actions_
    places = [text.index(f"{title_of(menu)}\n") for menu in ("File", "Edit", "View", "Run", "Help")]
    assert places == sorted(places)
    lines = text.split("\n")
    for verb in actions.verbs:
        keys = keys_of(actions[verb.name])
        if keys:
            assert lines[lines.index(", ".join(keys)) + 1] == verb.title
    drawn = tmp_path / "keys.pdf"
    sheet.print_to(QPdfWriter(str(drawn)))
    assert drawn.read_bytes().startswith(b"%PDF")
    assert drawn.stat().st_size > 5_000
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_the_sheet_is_printed_into_a_file(shell: Shell, qtbot: Any, tmp_path: Path) -> None:
    sheet = ShortcutSheet(shell.window.actions_, shell.window)
    sheet.show()
    printing = next(button for button in sheet.findChildren(QPushButton) if button.text() == "Print…")
    printing.click()
    dialog = sheet.findChildren(QPrintDialog)[0]
    assert dialog.isVisible()
    drawn = tmp_path / "keys.pdf"
    dialog.printer().setOutputFileName(str(drawn))
    dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    dialog.done(QPrintDialog.DialogCode.Accepted)
    assert drawn.stat().st_size > 5_000
    sheet.close()


def test_keys_that_no_keyboard_has_are_left_out(shell: Shell) -> None:
    undo = shell.window.actions_["undo"]
    undo.setShortcuts([QKeySequence("Undo"), QKeySequence("Ctrl+Z"), QKeySequence("F14"), QKeySequence("F12")])
    assert keys_of(undo) == ["Ctrl+Z", "F12"]
