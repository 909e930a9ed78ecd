"""The process that reads session files: whatever happens to it happens to nobody else."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BufferedReader
from pathlib import Path

import h5py
import numpy as np
import psutil
import pytest

from tests.benchmarks import fuzz_sessions
from tests.core.session_examples import difference, hdf5, session
from tests.faults.hostile import signed
from vitprune import sessions
from vitprune.errors import (
    ArgumentInvalid,
    SessionCrashed,
    SessionTooLarge,
    SessionUnreadable,
    VitPruneError,
)
from vitprune.sessions import child, door, guard, questions, wire
from vitprune.sessions.schema import Node, Tree

NAME = "run.vitprune.h5"
SAVED = session(4, 1)
MUTANTS = 40

needs_forks = pytest.mark.skipif(not child.FORKS, reason="this platform has no fork")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A whole session that this process did not write: a copy has another identity."""
    sessions.save(SAVED, tmp_path / "ours.h5")
    return Path(shutil.copy(tmp_path / "ours.h5", tmp_path / NAME))


@pytest.fixture(autouse=True)
def no_leftovers() -> Iterator[None]:
    """No more processes than with the one that waits for files, no descriptor, no thread."""
    sessions.prepare()
    this = psutil.Process()
    threads, descriptors, children = threading.active_count(), this.num_fds(), len(this.children())
    yield
    gc.collect()
    assert threading.active_count() == threads
    eventually(lambda: len(readers()) == 0)
    sessions.prepare()
    assert this.num_fds() == descriptors
    assert len(this.children()) == children


def readers() -> list[psutil.Process]:
    """The processes that read a file right now."""
    try:
        return helper().children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def helper() -> psutil.Process:
    found = door._helper
    assert found is not None
    return psutil.Process(found._process.pid)


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def same(path: Path) -> bool:
    return difference(sessions.load(path), SAVED) == ""


# The usual way -------------------------------------------------------------------------------------------------------


def test_another_process_reads_what_this_one_did_not_write(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(h5py, "File", None)  # not in this process
    assert same(foreign)
    assert sessions.check(foreign)[-1] == "every checksum is right"
    with pytest.raises(TypeError):
        h5py.File(foreign)


def test_what_this_process_wrote_it_reads_itself(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    ask = door._ask_helper
    monkeypatch.setattr(door, "_ask_helper", lambda file, request, path: asked.append(path) or ask(file, request, path))
    ours = foreign.with_name("ours.h5")
    assert same(ours)
    assert asked == []
    assert same(foreign)
    assert asked == [foreign]
    os.utime(ours, ns=(0, 0))  # no longer the file that was written
    assert same(ours)
    assert asked == [foreign, ours]


def test_a_file_that_took_the_place_of_ours_is_not_taken_for_ours(foreign: Path) -> None:
    ours = foreign.with_name("ours.h5")
    written = ours.stat()
    shutil.copystat(ours, foreign)  # even of the same size and time
    os.replace(foreign, ours)
    before = dict(door._ours)
    door.wrote(ours, written)
    assert door._ours == before


def test_one_process_serves_all_files_and_many_threads(foreign: Path) -> None:
    process = helper().pid
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: same(foreign), range(24)))
    assert helper().pid == process


def test_it_loads_no_torch_and_can_open_nothing_but_the_file(foreign: Path) -> None:
    code = (
        "import sys, os\nfrom vitprune.sessions import child\n"
        "assert 'torch' not in sys.modules and 'timm' not in sys.modules\n"
        "child._limit(10)\n"
        "try: os.open('/', os.O_RDONLY)\n"
        "except OSError as error: print(error.errno)"
    )
    found = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert int(found.stdout) == errno.EMFILE


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}


def test_without_forks_each_file_has_a_process_of_its_own(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "FORKS", False)
    assert same(foreign)
    foreign.write_bytes(foreign.read_bytes()[:3000])
    with pytest.raises(SessionUnreadable) as caught:
        sessions.load(foreign)
    assert caught.value.code == "SESSION_TRUNCATED"
    assert str(foreign) in caught.value.message
    monkeypatch.setattr(door, "SECONDS", 1e-3)
    with pytest.raises(SessionTooLarge, match="time"):
        sessions.load(foreign)


def test_errors_arrive_as_they_were(foreign: Path) -> None:
    with pytest.raises(ArgumentInvalid, match="keeps no activations"):
        sessions.read_activations(foreign, "blocks.0")
    with hdf5(foreign, "r+") as file:
        file["link"] = h5py.SoftLink("/plan")
    with guard.source(foreign) as file, pytest.raises(VitPruneError) as here, guard.parsed(file, foreign):
        pass
    with pytest.raises(VitPruneError) as there:
        sessions.load(foreign)
    assert type(here.value) is type(there.value)
    assert (here.value.message, here.value.hint) == (there.value.message, there.value.hint)


# What can go wrong ---------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(foreign: Path) -> Path:
    """A file whose reading takes its time."""
    sessions.save(session(3000, 12), foreign.with_name("ours.h5"))
    return Path(shutil.copy(foreign.with_name("ours.h5"), foreign))


def failing(read: Callable[[], object], happen: Callable[[], object]) -> VitPruneError:
    """How reading ends when something happens while a process reads."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(read)
        eventually(lambda: len(readers()) == 2 or answer.done())
        happen()
        error = answer.exception(60)
    assert isinstance(error, VitPruneError), error
    return error


def kill_reader(number: int) -> None:
    """The last of the chain: the helper's child waits for its own."""
    [reader] = [process for process in readers() if not process.children()]
    reader.send_signal(number)


@needs_forks
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGKILL])
def test_a_crash_is_an_error_with_a_name(number: signal.Signals, waiting: Path, foreign: Path) -> None:
    error = failing(lambda: sessions.load(waiting), lambda: kill_reader(number))
    assert isinstance(error, SessionCrashed)
    assert str(-number) in error.details
    assert error.hint
    assert difference(sessions.load(foreign), sessions.load(waiting)) == ""  # the next one is served


@needs_forks
def test_killing_the_helper_only_costs_a_new_one(waiting: Path) -> None:
    old = helper()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(sessions.load, waiting)
        eventually(lambda: len(readers()) == 2 or answer.done())
        old.kill()
        assert difference(answer.result(60), sessions.load(waiting)) == ""
    assert helper().pid != old.pid


@needs_forks
def test_a_helper_that_died_unseen_is_replaced(foreign: Path) -> None:
    old = helper()
    old.kill()
    assert same(foreign)
    assert helper().pid != old.pid


@needs_forks
def test_a_helper_that_does_not_answer_is_given_up(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "SECONDS", 0.2)
    monkeypatch.setattr(door, "PATIENCE", 0.2)
    stopped = helper()
    stopped.suspend()
    with pytest.raises(SessionUnreadable, match="does not answer"):
        sessions.load(foreign)
    assert not stopped.is_running()
    monkeypatch.undo()
    assert same(foreign)


@needs_forks
def test_what_takes_too_long_is_refused(waiting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file that opens with more time."""
    sessions.load(waiting)
    monkeypatch.setattr(door, "SECONDS", 0.01)
    with pytest.raises(SessionTooLarge, match="time") as caught:
        sessions.load(waiting)
    assert caught.value.code == "SESSION_TOO_LARGE"


@needs_forks
def test_values_that_grow_too_large_are_refused(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four million lists in thirty kilobytes: what nothing but decoding shows."""
    with hdf5(foreign, "r+") as file:
        del file["model/model_args"]
        text = np.frombuffer(b'{"a":[' + b"[]," * 4_000_000 + b"[]]}", np.uint8)
        file.create_dataset("model/model_args", data=text, compression=9, chunks=(1 << 20,))
    signed(foreign)
    monkeypatch.setattr(door, "MEMORY", 400 << 20)
    before = psutil.Process().memory_info().rss
    with pytest.raises(SessionTooLarge):
        sessions.load(foreign)
    assert psutil.Process().memory_info().rss - before < 100 << 20


def test_no_process_to_be_had_is_no_fault_of_the_file(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    door.close()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", refuse)
        with pytest.raises(SessionUnreadable, match="does not answer") as caught:
            sessions.load(foreign)
        assert caught.value.hint
    assert same(foreign)


@needs_forks
def test_the_file_that_was_opened_is_the_one_that_is_read(foreign: Path, tmp_path: Path) -> None:
    """Another one takes its name while the process starts."""
    other = tmp_path / "other.h5"
    other.write_text("not a session")
    with guard.source(foreign) as file:
        os.replace(other, foreign)
        [tree] = door._ask_helper(
            file,
            {"path": "x", "question": "contents", "arguments": {}, "seconds": 30, "memory": 2 << 30},
            foreign,
        )
    assert "plan" in tree


@needs_forks
def test_a_pipe_in_the_place_of_a_file_does_not_wait(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when it takes that place between the look at the name and the opening."""
    real = Path.stat

    def swapped(path: Path, **kwargs: bool) -> os.stat_result:
        found = real(path, **kwargs)
        if path == foreign:
            foreign.unlink()
            os.mkfifo(foreign)
        return found

    monkeypatch.setattr(Path, "stat", swapped)
    with pytest.raises(SessionUnreadable, match="is not a file"):
        sessions.load(foreign)


@needs_forks
def test_a_fork_of_the_program_gets_a_helper_of_its_own(foreign: Path) -> None:
    """And leaves that of its parent alone. In a program of its own: pytest has threads."""
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom vitprune import sessions\nfrom vitprune.sessions import door\n"
        "path = Path(sys.argv[1]); sessions.load(path); pid = door._helper._process.pid\n"
        "if (fork := os.fork()) == 0:\n"
        "    assert door._helper is None; sessions.load(path); assert door._helper._process.pid != pid\n"
        "    door.close(); os._exit(0)\n"
        "assert os.waitpid(fork, 0)[1] == 0; sessions.load(path); assert door._helper._process.pid == pid\n"
        "print(pid)"
    )
    found = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", code, str(foreign)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    eventually(lambda: not psutil.pid_exists(int(found.stdout)))


@needs_forks
@pytest.mark.parametrize("end", ["os._exit(0)", "os.kill(os.getpid(), 9)", "raise SystemExit"])
def test_it_ends_with_the_program_that_needs_it(end: str, foreign: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom vitprune import sessions\nfrom vitprune.sessions import door\n"
        f"sessions.load(Path(sys.argv[1])); print(door._helper._process.pid, flush=True)\n{end}"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(foreign)], env=environment(), capture_output=True, text=True, check=False
    )
    assert found.stderr == ""
    eventually(lambda: not psutil.pid_exists(int(found.stdout)))


@needs_forks
def test_an_answer_that_nobody_waits_for_ends(waiting: Path) -> None:
    with guard.source(waiting):
        answer = door.ask(waiting, questions.everything)
        next(answer)
        del answer
    eventually(lambda: readers() == [])


# What comes through the pipe -----------------------------------------------------------------------------------------


def sent(*writes: Callable[[wire.Sink], None]) -> BufferedReader:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with theirs.makefile("wb") as stream:
            for write in writes:
                write(stream)
        theirs.close()
        return ours.makefile("rb")


def test_trees_arrive_bit_for_bit() -> None:
    quiet = np.frombuffer(b"\x01\0\0\0\0\0\xf0\x7f", "<f8")  # a NaN of its own
    tree: Tree = {
        "": Node({"text": "é\udcff", "number": -(2**63), "float": float(quiet[0]), "list": ("a", "")}),
        "a": Node(array=np.array([[1.5, np.nan], [-0.0, np.inf]])),
        "b": Node(array=np.array([b"x", b""], "S3")),
        "c": Node(array=np.empty((0, 3), "<i8")),
        "d": Node(array=np.asarray(quiet)[0]),
    }
    with sent(lambda s: wire.send_tree(s, tree), wire.send_end) as stream:
        found = wire.receive(stream)
        assert found is not None
        assert wire.receive(stream) is None
    assert list(found) == list(tree)
    for path, node in tree.items():
        assert repr(found[path].attributes) == repr(node.attributes)
        assert difference(found[path].array, None if node.array is None else np.asarray(node.array)) == "", path


GARBLED: dict[str, bytes] = {
    "nothing": b"",
    "half a head": b"\x01\0",
    "a length without end": wire.HEAD.pack(wire.TREE, 2**63),
    "less than promised": wire.HEAD.pack(wire.TREE, 50) + b"{}",
    "no JSON": wire.HEAD.pack(wire.TREE, 2) + b"{]",
    "a list": wire.HEAD.pack(wire.TREE, 3) + b"[1]",
    "an unknown code": wire.HEAD.pack(wire.ERROR, 18) + b'["NO","a","b","c"]',
    **{
        f"an array of {described}": wire.HEAD.pack(wire.TREE, len(text)) + text.encode() + bytes(64)
        for described in ('["|O8",[1]]', '["<f8",[-1]]', '["<f8",[1e9]]', '["<f8",[4611686018427387904]]', '["V8",[1]]')
        for text in [f'{{"a": [{{}}, {described}]}}']
    },
}  # fmt: skip


@pytest.mark.parametrize("data", GARBLED.values(), ids=GARBLED.keys())
def test_a_stream_of_something_else_is_refused(data: bytes) -> None:
    def write(stream: wire.Sink) -> None:
        stream.write(data)

    with sent(write) as stream, pytest.raises(wire.Garbled):
        wire.receive(stream)


# Damage --------------------------------------------------------------------------------------------------------------


def test_the_checksums_of_the_campaign_are_those_of_hdf5(tmp_path: Path) -> None:
    """Computed anew, they are what libhdf5 stored in whole files."""
    for base in fuzz_sessions.bases(tmp_path):
        for start, length in base.chunks:
            assert fuzz_sessions.fletcher32(base.data[start : start + length]) == base.data[start + length :][:4]
        kept = b"".join(base.data[start : start + 4] for start, _ in base.metadata)
        assert kept.count(b"OHDR") == base.data.count(b"OHDR")


@pytest.mark.parametrize("sign", [False, True], ids=["plain", "signed"])
def test_no_damage_opens_with_another_number_or_ends_this_process(sign: bool, tmp_path: Path) -> None:
    whole = fuzz_sessions.bases(tmp_path)
    outcome = fuzz_sessions.campaign(whole, tmp_path, range(MUTANTS), sign=sign)
    print(dict(outcome.counts))
    assert outcome.counts[fuzz_sessions.WRONG] == 0
    assert outcome.counts.total() == MUTANTS
    assert not outcome.forged or sign
    assert outcome.counts[fuzz_sessions.EQUAL] < MUTANTS / 2
