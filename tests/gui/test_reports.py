"""The report of the open session: written off the GUI thread, from the session alone, as what its name ends in."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QThread

from tests.core.session_examples import session as example
from vitprune import document, session_report
from vitprune.session_findings import Findings
from vitprune_gui import pdf, reports
from vitprune_gui.app import Shell
from vitprune_gui.keeping import Origin

EXAMPLE = example(images=60, blocks=3)


@pytest.fixture
def opened(shell: Shell, qtbot: Any) -> Callable[[], None]:
    shell.commands.resume(EXAMPLE, Origin())
    return lambda: qtbot.waitUntil(lambda: shell.idle, timeout=20_000)


def test_the_page_is_that_of_the_session(shell: Shell, opened: Any, dialogs: Any, tmp_path: Path) -> None:
    dialogs.report = str(tmp_path / "page.html")
    shell.window.actions_["session_report"].trigger()
    opened()
    suggestion = dialogs.asked[-1].split()[-1]
    assert suggestion.endswith(".html")
    session = shell.commands.keeping.session()
    assert session is not None
    name = suggestion.removesuffix(".html") + ".vitprune.h5"
    assert (tmp_path / "page.html").read_text("utf-8") == document.html(session_report.report(Findings(session), name))


def test_a_pdf_has_pages_and_a_title(
    shell: Shell, opened: Any, dialogs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[QThread] = []
    made = pdf.pdf

    def set_in_type(page: document.Document) -> bytes:
        threads.append(QThread.currentThread())
        return made(page)

    monkeypatch.setattr(pdf, "pdf", set_in_type)
    dialogs.report = str(tmp_path / "page.pdf")
    shell.window.actions_["session_report"].trigger()
    opened()
    content = (tmp_path / "page.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert pages >= 2
    assert max(map(int, re.findall(rb"/Count (\d+)", content))) == pages
    assert EXAMPLE.model.source.encode("utf-16-be") in content
    assert threads
    assert threads[0] is not QThread.currentThread()


def test_charts_are_drawn_as_lines() -> None:
    """A page with a chart is a little larger than without: no pixels."""
    page = session_report.report(Findings(EXAMPLE))
    bare = document.Document(page.title, tuple(
        document.Section(one.title, tuple(part for part in one.parts if not isinstance(part, document.Chart)))
        for one in page.sections
    ))  # fmt: skip
    charts = sum(isinstance(part, document.Chart) for one in page.sections for part in one.parts)
    more = len(pdf.pdf(page)) - len(pdf.pdf(bare))
    assert charts
    assert 300 * charts < more < 20_000 * charts


def test_a_folder_that_is_gone_is_said(shell: Shell, opened: Any, dialogs: Any, tmp_path: Path) -> None:
    for name in ("page.html", "page.pdf"):
        dialogs.report = str(tmp_path / "gone" / name)
        shell.window.actions_["session_report"].trigger()
        opened()
        assert "could not be saved" in shell.window.banner.message.text()
        shell.window.banner.hide()


@pytest.mark.parametrize("name", ["page.html", "page.pdf"])
def test_a_full_disk_leaves_the_report_that_was_there(
    shell: Shell, opened: Any, dialogs: Any, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / name).write_bytes(b"before")
    monkeypatch.setattr("vitprune.sessions.files.write", full)
    dialogs.report = str(tmp_path / name)
    shell.window.actions_["session_report"].trigger()
    opened()
    assert "no room" in shell.window.banner.message.text()
    assert (tmp_path / name).read_bytes() == b"before"


def test_it_needs_a_model(shell: Shell) -> None:
    assert not shell.window.actions_["session_report"].isEnabled()
    assert ".pdf" in reports.SUFFIXES
