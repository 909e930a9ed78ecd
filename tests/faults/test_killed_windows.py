"""Windows of real processes, ended at any moment: what was kept or saved is there, whole, and offered once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.faults import killing
from tests.faults.killing import ROOT, Window, examine, file_in, labels, prepared, start
from vitprune import sessions
from vitprune_gui.shelf import Shelf

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is killed like this there")


def shelf_in(folder: Path) -> Shelf:
    return Shelf(folder / "config" / "unsaved")


def something_kept(folder: Path) -> None:
    end = time.monotonic() + 60
    while not list((folder / "config" / "unsaved").glob("*/*.vitprune.h5")):
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_window_loses_nothing_that_was_kept(tmp_path: Path, seed: int) -> None:
    killing.killed_at_random(tmp_path, seed)


def test_two_windows_on_one_file_lose_nothing_when_both_are_killed(tmp_path: Path) -> None:
    killing.killed_at_random(tmp_path, 1, names="AB", longest=2.0)


def test_a_terminated_window_keeps_the_very_last_change(tmp_path: Path) -> None:
    window = start(prepared(tmp_path), settle=None)  # none of its changes is two seconds old
    time.sleep(0.5)
    window.kill(signal.SIGTERM)
    done = [told for [told] in window.said("does")]
    remains = examine(tmp_path, [window])
    assert done[-1] in (remains.file, *remains.offered)


_RESTORE = """
import sys
from PySide6.QtCore import QTimer
from vitprune_gui import app
from vitprune_gui.__main__ import parse
from tests.faults.killing import Answers, labels
build = app.build
def built(*arguments, **options):
    shell = build(*arguments, views={}, dialogs=Answers(""), **options)
    shell.commands.refresh_catalog = lambda: None  # torch has no part in this
    def found(works):
        if not works:
            return
        print(len(works), shell.window.recovery.isVisible())
        shell.state.dirty_changed.connect(lambda dirty: QTimer.singleShot(0, restored if dirty else shell.window.close))
        shell.window.recovery.rows[0].restore.click()
    def restored():
        print(*labels(shell.commands.keeping.session()), shell.window.windowTitle(), shell.window.isWindowModified())
        shell.commands.save_session()
    shell.recovery.found_changed.connect(found)
    return shell
app.build = built
sys.exit(app.run(parse([])))
"""


def restored(folder: Path) -> str:
    """What the next start says about it, which restores and saves it."""
    window = Window(_process(folder), folder, "A")
    output, complaints = window.process.communicate(timeout=100)
    assert (window.process.returncode, b"Traceback" in complaints) == (0, False), complaints
    return output.decode()


def _process(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _RESTORE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=killing.environment(folder),
        cwd=ROOT,
    )


def test_only_a_dead_windows_work_is_offered_and_the_next_start_restores_it(tmp_path: Path) -> None:
    window = start(prepared(tmp_path), seed=3)
    something_kept(tmp_path)
    assert shelf_in(tmp_path).find() == (), "its window lives"
    window.kill()
    shelf = shelf_in(tmp_path)
    [work] = shelf.find()
    assert shelf_in(tmp_path).find() == (), "one start at a time"
    shelf.close()
    assert work.session is not None
    told: Any = restored(tmp_path).splitlines()
    assert told[0] == "1 True"
    assert told[1].split()[0] == labels(work.session)[0]
    assert told[1].endswith(f"{killing.FILE}[*] – ViTPrune True")
    assert labels(sessions.load(file_in(tmp_path))) == labels(work.session)
    assert shelf_in(tmp_path).find() == ()
