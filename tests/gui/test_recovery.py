"""Unsaved work: kept while it grows, gone once it is saved, offered after an end that nobody asked for."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QSignalSpy

from tests.core.session_examples import difference, session
from tests.gui.conftest import PLAIN_VIEWS, FakeDialogs
from vitprune import sessions
from vitprune.plan import PruningPlan
from vitprune.results import Session
from vitprune_gui import recovery, shelf
from vitprune_gui.app import build
from vitprune_gui.keeping import Origin
from vitprune_gui.requests import Engine
from vitprune_gui.settings import Settings, unsaved_folder
from vitprune_gui.shelf import Shelf
from vitprune_gui.views.recovery_bar import contents, describe, moment

NAME = "run.vitprune.h5"
EXAMPLE = replace(session(6, 2), study=None, trials=())
OTHER = replace(session(6, 2, seed=1), study=None, trials=())


class Window:
    """A window on the real engine, and what is on the shelf beside it."""

    def __init__(self, qtbot: Any, settings: Settings, dialogs: FakeDialogs) -> None:
        self._qtbot = qtbot
        self.dialogs = dialogs
        self.shell = build(settings, dialogs=dialogs, make_engine=Engine, views=PLAIN_VIEWS)
        qtbot.addWidget(self.shell.window, before_close_func=lambda window: setattr(window, "_leaving", True))
        self.shell.window.show()
        self.closed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shell, name)

    def idle(self) -> None:
        self._qtbot.waitUntil(lambda: self.shell.idle, timeout=20_000)

    def open(self, path: Path) -> None:
        self.shell.commands.open_session(path)
        self.idle()
        assert self.shell.state.session_path == path

    def until_kept(self) -> None:
        self._qtbot.waitUntil(lambda: bool(kept()), timeout=20_000)
        self.idle()

    def end(self) -> None:
        """As a signal ends it: nobody is asked."""
        self.closed = True
        assert self.shell.close()


@pytest.fixture
def start(qtbot: Any, settings: Settings) -> Iterator[Callable[[], Window]]:
    windows: list[Window] = []

    def another() -> Window:
        windows.append(Window(qtbot, settings, FakeDialogs()))
        return windows[-1]

    yield another
    for window in windows:
        if not window.closed:
            window.recovery.let_go()
            window.end()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, config_dir: Path) -> None:
    monkeypatch.setattr(recovery, "SETTLE", 0.05)
    monkeypatch.setattr(recovery, "SHARE", 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "mine" / NAME
    file.parent.mkdir()
    sessions.save(EXAMPLE, file)
    return file


@pytest.fixture
def window(start: Callable[[], Window], path: Path) -> Window:
    made = start()
    made.open(path)
    return made


def kept() -> list[Path]:
    folder = unsaved_folder()
    return sorted(folder.glob("*/*.vitprune.h5")) if folder.is_dir() else []


def left_behind(work: Session, origin: Origin | None = None) -> Path:
    """What a window that is gone has left."""
    gone = Shelf(unsaved_folder())
    gone.keep(work, origin or Origin(), 1)
    gone.close()
    return max(kept(), key=lambda file: file.stat().st_mtime_ns)


def edited(window: Window, site: str = "blocks.1.mlp") -> PruningPlan:
    window.commands.toggle_site(site)
    assert window.state.dirty
    return window.state.plan


# Keeping --------------------------------------------------------------------------------------------------------------


def test_an_edit_is_kept_and_nothing_lies_beside_the_file(window: Window, path: Path) -> None:
    before = path.read_bytes()
    plan = edited(window)
    window.until_kept()
    [file] = kept()
    assert difference(sessions.load(file), EXAMPLE.with_plan(plan)) == ""
    assert os.listdir(path.parent) == [NAME]
    assert path.read_bytes() == before


def test_the_last_of_many_edits_is_what_is_kept(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    for site in ("blocks.1.mlp", "blocks.1.attn", "blocks.0.mlp", "blocks.1.attn"):
        plan = edited(window, site)
    window.until_kept()
    window._qtbot.waitUntil(lambda: sessions.load(kept()[-1]).plan == plan)
    assert len(kept()) == 1


def test_editing_without_a_pause_is_kept_too(window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: Any) -> None:
    monkeypatch.setattr(recovery, "SETTLE", 30.0)
    monkeypatch.setattr(recovery, "LONGEST", 0.3)
    edited(window, "blocks.1.mlp")
    end = time.monotonic() + 20
    while not kept() and time.monotonic() < end:
        edited(window, "blocks.1.attn")
        qtbot.wait(40)
    assert kept()


def test_a_result_is_kept_as_soon_as_it_is_there(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "SETTLE", 1e6)
    results = OTHER.evaluations[:1]
    window.commands.answers.show_evaluations(results, OTHER.evaluations[0].data)
    window.until_kept()
    found = sessions.load(kept()[0])
    assert found.evaluations[-1].created == results[0].created
    assert difference(found, window.commands.keeping.session()) == ""


def test_keeping_is_not_the_work_of_the_window(window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: Any) -> None:
    """However long the disk takes, the window answers, edits and saves are possible, and the last edit is kept."""
    gate, seen = threading.Event(), []
    keep = Shelf.keep

    def slowly(self: Shelf, *arguments: Any) -> None:
        seen.append(threading.current_thread())
        gate.wait(20)
        keep(self, *arguments)

    monkeypatch.setattr(Shelf, "keep", slowly)
    edited(window)
    qtbot.waitUntil(lambda: bool(seen))
    started = time.monotonic()
    plan = edited(window, "blocks.0.mlp")
    qtbot.wait(200)
    assert time.monotonic() - started < 5
    assert len(seen) == 1, "one at a time"
    gate.set()
    qtbot.waitUntil(lambda: bool(kept()) and sessions.load(kept()[0]).plan == plan, timeout=20_000)
    assert threading.main_thread() not in seen


@pytest.mark.parametrize("how", ["undo", "save", "discard"])
def test_what_is_safe_or_unwanted_is_kept_no_longer(window: Window, path: Path, how: str, qtbot: Any) -> None:
    edited(window)
    window.until_kept()
    if how == "undo":
        window.commands.undo()
    elif how == "save":
        window.commands.save_session()
    else:
        window.dialogs.answer = "discard"
        window.commands.open_session(path)
    qtbot.waitUntil(lambda: not kept(), timeout=20_000)
    window.idle()
    assert not window.state.dirty
    assert list(unsaved_folder().iterdir()) == []


def test_closing_by_choice_leaves_nothing(window: Window, qtbot: Any) -> None:
    edited(window)
    window.until_kept()
    window.dialogs.answer = "discard"
    assert window.window.close()
    window.end()
    assert list(unsaved_folder().iterdir()) == []


def test_an_end_that_nobody_asked_for_keeps_the_last_edit(window: Window, path: Path) -> None:
    plan = edited(window)  # just now
    window.end()
    [work] = Shelf(unsaved_folder()).find()
    assert work.session is not None
    assert work.session.plan == plan
    assert work.origin == Origin(path, sessions.digest(path), path)


def test_a_folder_that_takes_nothing_is_told_once_and_tried_again(
    window: Window, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    unsaved_folder().write_text("in the way")
    monkeypatch.setattr(recovery, "RETRY", 0.2)
    errors = QSignalSpy(window.commands.failed)
    edited(window)
    qtbot.waitUntil(lambda: errors.count() > 0, timeout=20_000)
    assert errors.at(0)[0].message.startswith("Unsaved work is not safe")
    qtbot.wait(600)
    assert errors.count() == 1
    assert window.state.dirty
    unsaved_folder().unlink()
    window.until_kept()


# Offering -------------------------------------------------------------------------------------------------------------


def test_what_was_left_is_offered_restored_and_saved_where_it_belongs(
    start: Callable[[], Window], path: Path, qtbot: Any
) -> None:
    plan = PruningPlan.of(EXAMPLE.architecture, {"blocks.1.attn": "remove", "blocks.1.mlp": "linear"})
    work = replace(EXAMPLE.with_plan(plan), evaluations=EXAMPLE.evaluations[:1])
    left_behind(work, Origin(path, sessions.digest(path), path))
    window = start()
    window.recovery.look()
    bar = window.window.recovery
    qtbot.waitUntil(lambda: bar.isVisible())
    [row] = bar.rows
    assert row.title.text().startswith(f"{NAME}  ·  today at ")
    assert row.detail.text() == "2 sites in the plan  ·  4 scores of 6 images  ·  1 evaluation  ·  1 search"

    row.restore.click()
    qtbot.waitUntil(lambda: window.state.dirty)
    assert window.window.isWindowModified()
    assert window.window.windowTitle().startswith(f"{NAME}[*]")
    assert difference(window.commands.keeping.session(), work) == ""
    assert not bar.isVisible()
    window.idle()
    [file] = kept()
    assert difference(sessions.load(file), work) == "", "it is this window's own now"

    window.commands.save_session()
    window.idle()
    assert difference(sessions.load(path), work) == ""
    assert not window.state.dirty
    assert kept() == []


def test_restored_work_does_not_overwrite_what_was_saved_meanwhile(
    start: Callable[[], Window], path: Path, qtbot: Any
) -> None:
    left_behind(EXAMPLE.with_plan(PruningPlan.of(EXAMPLE.architecture)), Origin(path, sessions.digest(path), path))
    sessions.save(OTHER, path)
    window = start()
    window.recovery.look()
    window.idle()
    window.recovery.restore(window.recovery.found[0])
    qtbot.waitUntil(lambda: window.state.dirty)
    window.commands.save_session()
    window.idle()
    assert window.dialogs.asked == [f"changed_on_disk {NAME}"]
    assert difference(sessions.load(path), OTHER) == ""
    assert window.state.dirty


@pytest.mark.parametrize("gone", [False, True])
def test_restored_work_keeps_its_activations_or_says_that_they_are_lost(
    start: Callable[[], Window], path: Path, gone: bool
) -> None:
    whole = replace(session(6, 2, activations=True), study=None, trials=())
    sessions.save(whole, path)
    edit = PruningPlan.of(whole.architecture, {"blocks.1.mlp": "remove"})
    left_behind(replace(whole, activations=None).with_plan(edit), Origin(path, sessions.digest(path), path))
    window = start()
    window.recovery.look()
    window.idle()
    if gone:
        path.unlink()
    window.recovery.restore(window.recovery.found[0])
    assert window.state.plan == edit, "at once: what is opened or edited next is asked about"
    said: list[str] = []
    window.commands.notified.connect(said.append)
    window.dialogs.conflict = "overwrite"
    window.commands.save_session()
    window.idle()
    assert sessions.load(path).plan == edit
    assert (sessions.activations(path) is None) == gone
    assert any("activations are lost" in text for text in said) == gone


def test_a_living_window_keeps_its_work_to_itself(window: Window, start: Callable[[], Window]) -> None:
    edited(window)
    window.until_kept()
    second = start()
    second.recovery.look()
    second.idle()
    assert second.recovery.found == ()
    window.end()
    third = start()
    third.recovery.look()
    third.idle()
    [work] = third.recovery.found
    assert work.session.plan == window.state.plan
    second.recovery.look()
    second.idle()
    assert second.recovery.found == (), "it was offered to the third"


def test_discarding_asks_once_and_is_for_good(start: Callable[[], Window], qtbot: Any) -> None:
    left_behind(EXAMPLE)
    window = start()
    window.recovery.look()
    window.idle()
    [row] = window.window.recovery.rows
    assert row.title.text().startswith("vit_small_patch16_224, never saved")
    row.discard.click()
    window.idle()
    assert kept()
    row.discard.click()
    window.idle()
    assert list(unsaved_folder().iterdir()) == []
    assert not window.window.recovery.isVisible()


def test_deciding_later_is_a_decision_for_the_next_start(start: Callable[[], Window]) -> None:
    left_behind(EXAMPLE)
    for _ in range(2):
        window = start()
        window.recovery.look()
        window.idle()
        assert window.window.recovery.isVisible()
        window.window.recovery.later.click()
        assert not window.window.recovery.isVisible()
        window.window.actions_["unsaved_work"].trigger()
        assert window.window.recovery.isVisible(), "there is a way back to it"
        assert window.window.close()
        window.end()
    assert len(kept()) == 1


def test_several_are_offered_the_latest_first(start: Callable[[], Window]) -> None:
    for number, work in enumerate((EXAMPLE, OTHER)):
        file = left_behind(work)
        os.utime(file, (1e9 + number, 1e9 + number))
    window = start()
    window.recovery.look()
    window.idle()
    found = window.recovery.found
    assert [work.session.data.seed for work in found] == [1, 0]
    window.recovery.restore(found[0])
    window.dialogs.answer = "cancel"
    window.recovery.restore(found[1])
    assert window.dialogs.asked == ["unsaved"], "what was restored is unsaved work, too"
    window.idle()
    assert window.recovery.found == (found[1],)


def test_damaged_work_is_named_and_not_restored(start: Callable[[], Window]) -> None:
    file = left_behind(EXAMPLE)
    file.write_bytes(file.read_bytes()[:-100])
    window = start()
    window.recovery.look()
    window.idle()
    [row] = window.window.recovery.rows
    assert row.detail.text().startswith("It cannot be read: ")
    assert not row.restore.isEnabled()
    assert file.exists()


# The shelf ------------------------------------------------------------------------------------------------------------


def test_what_was_saved_after_all_is_not_offered(path: Path) -> None:
    file = left_behind(EXAMPLE, Origin(path, "", path))
    now = file.stat().st_mtime
    os.utime(path, (now + 1, now + 1))
    assert Shelf(unsaved_folder()).find() == ()
    assert list(unsaved_folder().iterdir()) == []
    left_behind(OTHER, Origin(path, "", path))
    os.utime(path, (now + 1e6, now + 1e6))
    assert len(Shelf(unsaved_folder()).find()) == 1, "a later file that holds something else"


def test_only_what_was_offered_is_ever_tidied_away() -> None:
    file = left_behind(EXAMPLE)
    long_ago = time.time() - (shelf.OFFERED_DAYS + 1) * 86_400
    os.utime(file, (long_ago, long_ago))
    for offered in (None, long_ago + 2 * 86_400, long_ago):
        if offered is not None:
            os.utime(file.parent / "offered", (offered, offered))
        stack = Shelf(unsaved_folder())
        found = stack.find()
        stack.close()
        assert bool(found) == (offered != long_ago)
    assert list(unsaved_folder().iterdir()) == []


def test_of_two_documents_the_later_one_counts_and_the_other_stands_in(path: Path) -> None:
    """Killed between the two steps in which one takes the other's place."""
    file = left_behind(EXAMPLE, Origin(path, "a", None))
    second = file.with_name("2.vitprune.h5")
    sessions.save(OTHER, second)
    (file.parent / "2.json").write_text(json.dumps({"path": "/other", "expected": "b", "activations_from": None}))
    first = Shelf(unsaved_folder())
    [work] = first.find()
    assert (difference(work.session, OTHER), work.origin) == ("", Origin(Path("/other"), "b"))
    first.close()
    second.write_bytes(b"damaged")
    [work] = Shelf(unsaved_folder()).find()
    assert (difference(work.session, EXAMPLE), work.origin) == ("", Origin(path, "a"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"path": 3, "expected": null, "activations_from": null}'])
def test_work_that_does_not_know_where_it_belongs_belongs_nowhere(text: str) -> None:
    file = left_behind(EXAMPLE, Origin(Path("/somewhere"), "a"))
    (file.parent / "1.json").write_text(text)
    [work] = Shelf(unsaved_folder()).find()
    assert work.origin == Origin()
    assert describe(work).startswith("vit_small_patch16_224, never saved")


def test_a_drive_without_locks_asks_whether_the_owner_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(path: Path) -> int:
        raise OSError("no locks here")

    monkeypatch.setattr("vitprune.sessions.files.lock", none)
    living = Shelf(unsaved_folder())
    living.keep(EXAMPLE, Origin(), 1)
    owner = kept()[0].parent / "owner"
    node = owner.read_text().splitlines()[0]
    for lines, free in (
        (f"{node}\n{os.getppid()}\n", False),
        ("another machine\n1\n", False),
        (f"{node}\n{2**22 + 7}\n", True),  # no system has that many
    ):
        owner.write_text(lines)
        assert bool(Shelf(unsaved_folder()).find()) == free, lines


def test_strange_things_in_the_folder_do_no_harm(tmp_path: Path) -> None:
    folder = unsaved_folder()
    (folder / "empty").mkdir(parents=True)
    (folder / "a file").write_text("")
    (folder / "link").symlink_to(tmp_path)
    old = folder / "old"
    old.mkdir()
    (old / "owner").write_text("")
    os.utime(old, (1e9, 1e9))
    assert Shelf(folder).find() == ()
    assert sorted(os.listdir(folder)) == ["a file", "empty", "link"]


def test_moments_are_said_as_people_say_them() -> None:
    now = datetime(2026, 3, 4, 0, 10).astimezone()
    assert moment(datetime(2026, 3, 4, 0, 5).astimezone(), now) == "today at 00:05"
    assert moment(datetime(2026, 3, 3, 23, 5).astimezone(), now) == "yesterday at 23:05"
    assert moment(datetime(2025, 12, 24, 18, 0).astimezone(), now) == "24 December 2025 at 18:00"


def test_contents_count_in_words() -> None:
    file = left_behind(replace(EXAMPLE, scores=None, evaluations=(), searches=EXAMPLE.searches * 2))
    [work] = Shelf(unsaved_folder()).find()
    assert contents(work) == "1 site in the plan  ·  2 searches"
    assert work.file == file
