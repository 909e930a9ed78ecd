"""What the Help menu leads to: a tour that waits for the sample, and pages with links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser

from vitprune_gui.app import Shell
from vitprune_gui.requests import SAMPLE
from vitprune_gui.views.documentation import DocumentationDialog, documentation
from vitprune_gui.views.guide import Guide


def test_a_tour_that_was_refused_begins_with_no_other_model(
    shell: Shell, qtbot: Any, workflow: Any, dialogs: Any
) -> None:
    def idle() -> None:
        qtbot.waitUntil(lambda: shell.idle, timeout=20_000)

    guide, commands, state = shell.window.findChild(Guide), shell.commands, shell.state
    assert guide is not None
    commands.open_model("toy")
    idle()
    commands.open_images("folder")
    idle()
    commands.remove_sites(["blocks.1.attn"])
    assert state.dirty
    dialogs.answer = "cancel"
    guide.start_tour()
    assert "unsaved" in dialogs.asked
    commands.remove_sites(["blocks.2.attn"])
    assert guide.tour is None, "the plan of a model that the tour is not about"
    commands.analyze()
    idle()
    assert state.scores is not None
    assert guide.tour is None
    guide.stop()
    dialogs.answer = "discard"
    commands.use_sample()
    idle()
    assert state.model is not None
    assert state.model.source == SAMPLE
    assert guide.tour is None, "nobody waits for it any more"


class Browser(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    filling = "\n\n".join(f"Line {line}." for line in range(80))
    elsewhere = "[Elsewhere](https://localhost/docs/second.md#two-words)"
    first = f"# First\n\n[Here](#the-end-of-it)\n\n[There](second.md#two-words)\n\n{elsewhere}\n\n{filling}\n\n"
    (tmp_path / "first.md").write_text(f"{first}## The `end`, of it\n\n{filling}\n")
    (tmp_path / "second.md").write_text(f"# Second\n\n{filling}\n\n### Two words\n\n{filling}\n")
    return tmp_path


def test_links_lead_to_the_heading_that_they_name(qtbot: Any, pages: Path) -> None:
    dialog = DocumentationDialog(pages)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    text, bar = dialog.text, dialog.text.verticalScrollBar()

    def click(words: str) -> None:
        bar.setValue(0)
        link = text.document().find(words)
        assert not link.isNull()
        link.setPosition(link.selectionStart() + 1, QTextCursor.MoveMode.MoveAnchor)
        QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=text.cursorRect(link).center())

    def first_line() -> str:
        return text.cursorForPosition(QPoint(10, 4)).block().text()

    click("Here")
    assert bar.value() > 0
    assert first_line() == "The end, of it"
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "open")  # pyright: ignore[reportArgumentType]
    click("Elsewhere")
    QDesktopServices.unsetUrlHandler("https")
    assert browser.opened == ["https://localhost/docs/second.md#two-words"]
    assert dialog.list.currentItem().text() == "First", "though a page here has that name"
    click("There")
    assert dialog.list.currentItem().text() == "Second"
    assert first_line() == "Two words"


def test_every_link_inside_a_page_of_the_documentation_leads_to_its_heading(qtbot: Any) -> None:
    folder = documentation()
    assert folder is not None
    dialog = DocumentationDialog(folder)
    qtbot.addWidget(dialog)
    dialog.show()
    text, followed = dialog.text, 0
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
        page = Path(text.source().toLocalFile()).read_text(encoding="utf-8")
        for name in re.findall(r"\]\(#([^)]+)\)", page):
            text.verticalScrollBar().setValue(0)
            text.anchorClicked.emit(text.source().resolved(QUrl(f"#{name}")))
            heading = _heading(text, name)
            assert heading is not None, name
            assert text.viewport().rect().contains(text.cursorRect(heading).center()), name
            followed += 1
    assert followed > 10


def _heading(text: QTextBrowser, name: str) -> QTextCursor | None:
    block = text.document().begin()
    while block.isValid():
        if block.blockFormat().headingLevel() and block.text().lower().replace(" ", "-") == name:
            return QTextCursor(block)
        block = block.next()
    return None
