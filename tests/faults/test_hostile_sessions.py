"""Session files that are made to do harm: each is refused with the error that was meant for it, and touches nothing."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.benchmarks.hostile_sessions import HOSTILE, OPENED, opened, outcome
from tests.core.session_examples import difference, hdf5
from tests.faults.hostile import SECRET, Case, Traps, example, whole
from vitprune import sessions
from vitprune.errors import SessionUnreadable
from vitprune.sessions import door

NAME = "run.vitprune.h5"
QUICK = {name: case for name, case in HOSTILE.items() if not case.slow}
BOMBS = (
    "a chunk that inflates three times",
    "many medium ones",
    "2^50 values of activations",
    "names for one data set",
)


class Watch:
    """Whether the kernel saw files opened (inotify). Python's own hooks would not see what libhdf5 opens."""

    OPENED = 0x20

    def __init__(self, *paths: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK)
        for path in paths:
            assert self._libc.inotify_add_watch(self._fd, os.fsencode(path), self.OPENED) >= 0

    def saw(self) -> bool:
        try:
            return bool(os.read(self._fd, 4096))
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self._fd)


@pytest.fixture
def traps(tmp_path: Path) -> Traps:
    return Traps(tmp_path).set()


@pytest.fixture
def watch(traps: Traps) -> Iterator[Watch]:
    if sys.platform != "linux":
        pytest.skip("inotify is Linux's")
    watch = Watch(traps.canary, traps.raw, traps.pipe)
    yield watch
    watch.close()


def test_there_are_many_of_them_and_what_they_begin_with_opens(tmp_path: Path) -> None:
    assert len(HOSTILE) >= 200
    path = tmp_path / NAME
    path.write_bytes(whole())
    assert outcome(path) == OPENED
    assert difference(sessions.load(path), example()) == ""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", QUICK.values(), ids=QUICK.keys())
def test_it_is_refused_by_name_at_once_and_nothing_else_is_touched(
    case: Case, tmp_path: Path, traps: Traps, watch: Watch
) -> None:
    path = tmp_path / NAME
    case.make(path, traps)
    sessions.prepare()
    watch.saw()  # making some of them opens the canaries
    here, start = psutil.Process(), time.monotonic()
    before = here.memory_info().rss
    with pytest.raises(SessionUnreadable) as caught:
        opened(path)
    assert caught.value.code == case.code
    assert time.monotonic() - start < 5
    assert here.memory_info().rss - before < 100 << 20
    assert not watch.saw()
    told = f"{caught.value}{caught.value.details}"
    assert SECRET.decode() not in told
    assert str(caught.value).replace(str(path), "").isprintable()
    assert len(str(caught.value)) < 400 + len(str(path))
    assert caught.value.hint or path.is_symlink()


def test_the_process_that_reads_survives_all_of_them(tmp_path: Path) -> None:
    """No file costs the waiting process its life, and whatever opened before opens after."""
    traps = Traps(tmp_path).set()
    sessions.prepare()
    assert door._helper is not None
    waiting = door._helper._process.pid
    for number, name in enumerate(("a plan for a site that there is not", *BOMBS)):
        path = tmp_path / f"{number}.h5"
        for case in (case for found, case in QUICK.items() if name in found):
            case.make(path, traps)
            assert outcome(path) == case.code
    assert door._helper is not None
    assert door._helper._process.pid == waiting


def test_bombs_do_not_grow_the_process_that_reads() -> None:
    """By the most memory that the kernel saw it use; nor is there a word of a canary in what it answers."""
    for name in (*BOMBS, "virtual data set", "external storage"):
        found = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.hostile_sessions", "--quick", "--only", name],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            capture_output=True,
            text=True,
            check=False,
        )
        print(found.stdout)
        assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("external link", "extra"),
        ("virtual data set", "scores/cosine/extra"),
        ("external storage beside the file", "extra"),
    ],
)
def test_without_the_guard_the_canary_is_read(
    name: str, place: str, tmp_path: Path, traps: Traps, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The traps are ones: libhdf5 itself walks into them."""
    path = tmp_path / NAME
    HOSTILE[name].make(path, traps)
    monkeypatch.chdir(tmp_path)
    watch.saw()
    with hdf5(path) as file:
        item = file[place]
        item[()]
    assert watch.saw()
