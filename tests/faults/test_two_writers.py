"""Two programs and one session file: neither loses what the other has saved."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.session_examples import difference, session
from tests.faults.test_session_files import NAME, python, saving_error
from vitprune import sessions
from vitprune.errors import SaveFailed, SessionChanged
from vitprune.jobs import Cancelled, Job
from vitprune.merging import save_merged
from vitprune.results import Session
from vitprune.sessions import files, turn

OURS, THEIRS = session(4, 1), session(4, 1, seed=1)
WRITERS, EACH = 2, 3

ELSEWHERE = (
    "import sys; from pathlib import Path; from tests.core.session_examples import session\n"
    "from vitprune import sessions; sessions.save(session(4, 1, seed=1), Path(sys.argv[1]))"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def elsewhere(path: Path) -> None:
    """Another program saves another session there."""
    child = python(ELSEWHERE, str(path))
    _, complaints = child.communicate(timeout=60)
    assert child.returncode == 0, complaints


def only(path: Path, expected: Session) -> None:
    assert difference(sessions.load(path), expected) == ""
    assert os.listdir(path.parent) == [path.name]


def test_a_digest_says_what_the_file_holds(path: Path) -> None:
    assert sessions.digest(path) == ""
    first = sessions.save(OURS, path, expected="")
    assert sessions.digest(path) == first
    loaded, digest = sessions.load_digested(path)
    assert (difference(loaded, OURS), digest) == ("", first)
    second = sessions.save(THEIRS, path, expected=first)
    assert second not in (first, "")
    assert sessions.save(OURS, path, expected=second) == first
    kept = session(4, 1, activations=True)
    assert sessions.save(kept, path) != first  # activations are a part of it
    only(path, replace(kept, activations=None))


def test_what_was_refused_can_go_elsewhere_once(path: Path) -> None:
    known = sessions.save(OURS, path)
    elsewhere(path)
    theirs = path.read_bytes()
    taken, other = path.with_name("taken.h5"), path.with_name("other.h5")
    sessions.save(THEIRS, taken)
    with sessions.Draft(path) as draft:
        with pytest.raises(SessionChanged):
            draft.save(OURS, expected=known)
        with pytest.raises(SessionChanged):
            draft.save_elsewhere(taken)
        assert draft.save_elsewhere(other) == known
    assert difference(sessions.load(other), OURS) == ""
    assert difference(sessions.load(taken), THEIRS) == ""
    assert path.read_bytes() == theirs
    assert sorted(os.listdir(path.parent)) == sorted([path.name, "taken.h5", "other.h5"])


def test_what_another_program_saved_is_left_alone(path: Path) -> None:
    known = sessions.save(OURS, path)
    elsewhere(path)
    theirs = path.read_bytes()
    with pytest.raises(SessionChanged) as caught:
        sessions.save(replace(OURS, seconds=2.0), path, expected=known)
    assert (caught.value.code, path.read_bytes()) == ("SESSION_CHANGED_ON_DISK", theirs)
    assert str(path) in caught.value.message
    assert caught.value.hint
    only(path, THEIRS)
    sessions.save(OURS, path)  # as whoever was asked may decide
    only(path, OURS)


def garbage(path: Path) -> None:
    path.write_bytes(b"something else")


def newer(path: Path) -> None:
    sessions.save(THEIRS, path)


@pytest.mark.parametrize("change", [garbage, newer])
@pytest.mark.parametrize("known", ["", "what was there"])
def test_whatever_is_new_there_is_left_alone(change: Callable[[Path], None], known: str, path: Path) -> None:
    expected = known and sessions.save(OURS, path)
    change(path)
    there = path.read_bytes()
    with pytest.raises(SessionChanged):
        sessions.save(OURS, path, expected=expected)
    assert path.read_bytes() == there
    assert os.listdir(path.parent) == [path.name]


def same_again(path: Path) -> None:
    sessions.save(THEIRS, path)  # what is to be saved: there is nothing to lose


def copied(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    os.replace(path.with_name("copy"), path)


@pytest.mark.parametrize("change", [Path.unlink, Path.touch, copied, same_again])
def test_changes_that_lose_nothing_do_not_matter(change: Callable[[Path], None], path: Path) -> None:
    known = sessions.save(OURS, path)
    change(path)
    sessions.save(THEIRS, path, expected=known)
    only(path, THEIRS)


def test_a_change_at_the_last_moment_is_seen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Just before the turn, when everything was looked at already."""
    known = sessions.save(OURS, path)
    take = files.lock

    def late(lock: Path) -> int:
        monkeypatch.setattr(files, "lock", take)
        sessions.save(THEIRS, path)
        return take(lock)

    monkeypatch.setattr(files, "lock", late)
    with pytest.raises(SessionChanged):
        sessions.save(replace(OURS, seconds=2.0), path, expected=known)
    only(path, THEIRS)


def add(path: Path, writer: int) -> None:
    """What `vitprune evaluate` does with its results."""
    [first, *_] = OURS.evaluations
    for number in range(EACH):
        data = replace(first.data, digest=f"{writer} {number}")
        save_merged(replace(OURS, evaluations=(replace(first, data=data),)), path)


def test_nothing_is_lost_when_many_programs_add_to_one_file(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.faults.test_two_writers import add\n"
        "from vitprune import sessions; sessions.prepare(); print('ready', flush=True); sys.stdin.readline()\n"
        "add(Path(sys.argv[1]), int(sys.argv[2]))"
    )
    children = [python(code, str(path), str(writer)) for writer in range(WRITERS)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        _, complaints = child.communicate(timeout=120)
        assert child.returncode == 0, complaints
    added = {evaluation.data.digest for evaluation in sessions.load(path).evaluations}
    assert added == {f"{writer} {number}" for writer in range(WRITERS) for number in range(EACH)}
    assert os.listdir(path.parent) == [path.name]


# Locks ---------------------------------------------------------------------------------------------------------------

HOLD = (
    "import sys, time; from pathlib import Path; from vitprune.sessions import files\n"
    "held = files.lock(Path(sys.argv[1])); print('ready', flush=True); time.sleep(60)"
)


def test_a_program_that_keeps_its_turn_does_not_stop_others_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions.save(OURS, path)
    lock = path.with_name(f".{NAME}.lock")
    monkeypatch.setattr(turn, "PATIENCE", 0.3)
    child = python(HOLD, str(lock))
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGSTOP)
    error = saving_error(THEIRS, path)
    assert isinstance(error, SaveFailed)
    assert "another program" in error.message
    assert sorted(os.listdir(path.parent)) == [lock.name, NAME]
    assert difference(sessions.load(path), OURS) == ""

    monkeypatch.undo()
    job = Job()
    job.stop.set()
    start = time.monotonic()
    with pytest.raises(Cancelled), turn.turn(path, job):
        pass
    assert time.monotonic() - start < 1

    child.kill()  # it leaves its file behind, which is no lock any more
    child.communicate()
    assert lock.exists()
    start = time.monotonic()
    sessions.save(THEIRS, path)
    assert time.monotonic() - start < turn.PATIENCE / 2
    only(path, THEIRS)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF, errno.EACCES])
def test_where_there_are_no_locks_changes_are_seen_all_the_same(
    number: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    known = sessions.save(OURS, path)
    sessions.save(THEIRS, path, expected=known)
    with pytest.raises(SessionChanged):
        sessions.save(replace(OURS, seconds=2.0), path, expected=known)
    only(path, THEIRS)


def test_a_lock_is_not_taken_through_a_link(path: Path) -> None:
    other = path.with_name("other")
    path.with_name(f".{NAME}.lock").symlink_to(other)
    sessions.save(OURS, path)
    assert not other.exists()
    assert difference(sessions.load(path), OURS) == ""
