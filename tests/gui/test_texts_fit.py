"""No text of the window is cut: in both languages, on a laptop's screen, and on one of 200 per cent."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTabBar, QWidget

from tests.gui.fitting import cramped
from tests.gui.walking import walked

PLACES = 45


@pytest.mark.parametrize(("languages", "scale", "language"), [("en,de", 1, "en"), ("en,de", 1, "de"), ("de", 2, "de")])
def test_every_text_has_the_room_that_it_needs(languages: str, scale: int, language: str) -> None:
    found = walked(languages, scale)[language]
    assert len(found["places"]) >= PLACES
    assert found["texts"] == {}


def test_what_is_cut_is_found(qtbot: object) -> None:
    window = QWidget()
    qtbot.addWidget(window)  # pyright: ignore[reportAttributeAccessIssue]
    label, button, tabs = QLabel("A label with much to say"), QPushButton("A button with much to say"), QTabBar()
    tabs.addTab("A tab")
    row = QHBoxLayout(window)
    for widget in (label, button, tabs):
        row.addWidget(widget)
    window.show()
    assert list(cramped(window)) == []
    label.setFixedWidth(40)
    button.setFixedWidth(40)
    window.grab()  # lays it out
    assert [told.split(":")[0] for told in cramped(window)] == ["QWidget/QLabel", "QWidget/QPushButton"]
