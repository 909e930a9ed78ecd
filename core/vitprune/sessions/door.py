"""Asks about session files without meeting them: another process reads, under limits, and sends back plain values.

libhdf5 is not made for hostile files. A file that this process did not write itself is handed, as an open descriptor,
to a process that exists for nothing else; whatever it does to that process becomes a named error here.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from vitprune import processes
from vitprune.errors import SessionCrashed, SessionTooLarge, SessionUnreadable, VitPruneError
from vitprune.sessions import child, guard, wire
from vitprune.sessions.questions import Question
from vitprune.sessions.schema import Tree

SECONDS = 30  # for each frame of an answer
MEMORY = 2 << 30
PATIENCE = 15  # seconds beyond those, for a process that does not even end itself
KEPT = 256
HARM = "The file is damaged, or made to do harm; nothing here was touched. Open a backup, or ask for the file again."

Stamp = tuple[int, int, int, int, int]

_ours: dict[Stamp, None] = {}
_lock = threading.Lock()
_helper: _Helper | None = None
_inherited: list[_Helper] = []


def ask(path: Path, question: Question, **arguments: Any) -> Iterator[Tree]:
    """The answer to one of `questions`, tree by tree, about the session file at `path`.

    Raises SessionNotFound, or SessionUnreadable or one of its subclasses, and what the question raises.
    """
    with guard.source(path) as file:
        if stamp(os.fstat(file)) in _ours:
            with guard.parsed(file, path) as objects:
                yield from filter(None, question(objects, path, **arguments))  # the empty ones say that it goes on
        else:
            request = {
                "path": str(path),
                "question": question.__name__,
                "arguments": arguments,
                "seconds": SECONDS,
                "memory": MEMORY,
            }
            yield from (_ask_helper if child.FORKS else _ask_once)(file, request, path)


def prepare() -> None:
    """Start the process that reads now, so that the first file does not wait for it: a third of a second."""
    if child.FORKS:
        with suppress(OSError), _lock:
            _running()


def wrote(target: Path, written: os.stat_result) -> None:
    """Remember that the file which now is at `target` is the one of this status, and that this process wrote it."""
    found = target.stat()
    same = (found.st_dev, found.st_ino, found.st_size) == (written.st_dev, written.st_ino, written.st_size)
    if same and found.st_mtime_ns == written.st_mtime_ns:
        with _lock:
            _ours[stamp(found)] = None
            while len(_ours) > KEPT:
                del _ours[next(iter(_ours))]


def close() -> None:
    """End the process that reads; the next question starts another one."""
    global _helper
    with _lock:
        helper, _helper = _helper, None
    if helper is not None:
        helper.close()


def stamp(status: os.stat_result) -> Stamp:
    """What differs between two states of a file, or two files at one place."""
    # The last one changes with everything about a file, and no program can set it.
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class _Helper:
    """The long-lived process of `child`, which forks for every file. Raises OSError where it cannot be started."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        folder = tempfile.mkdtemp(prefix="vitprune-")  # the child removes it from under itself
        try:
            with theirs:
                self._process = _start([], theirs.fileno(), folder)
        except BaseException:
            os.rmdir(folder)
            self._control.close()
            raise

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, file: int) -> socket.socket:
        """A conversation about an open file. Raises OSError when the process is gone."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"?"], [file, theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    def close(self) -> None:
        self._control.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def disown(self) -> None:
        """In a fork: it belongs to the parent, and has to see when that goes away."""
        self._control.close()


def _start(
    arguments: list[str], stdin: int, folder: str | None = None, stdout: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    environment = processes.environment() | {
        "HDF5_PLUGIN_PRELOAD": "::",  # libhdf5 loads no plugins
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        [*processes.program("vitprune.sessions.child"), child.FLAG, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=folder,
    )


def _running() -> _Helper:
    """Needs the lock. Raises OSError."""
    global _helper
    if _helper is not None and not _helper.alive:
        _helper.close()
        _helper = None
    if _helper is None:
        _helper = _Helper()
    return _helper


def _ask_helper(file: int, request: dict[str, Any], path: Path) -> Iterator[Tree]:
    for attempt in (1, 2):
        answered = False
        try:
            with _lock:
                helper = _running()
                conversation = helper.send(file)
            with conversation:
                conversation.settimeout(request["seconds"] + PATIENCE)
                with conversation.makefile("rwb") as stream:
                    wire.send_request(stream, request)
                    for tree in _frames(stream, path):
                        answered = True
                        yield tree
            return
        except TimeoutError as error:
            close()  # it may be stuck for good
            raise _mute(path, "no answer") from error
        except (OSError, wire.Garbled) as error:
            # Killed from outside, it may just not be there: another one is.
            if answered or attempt == 2:
                raise _mute(path, f"{type(error).__name__}: {error}") from error
            close()


def _ask_once(file: int, request: dict[str, Any], path: Path) -> Iterator[Tree]:
    """A process for this file alone, where processes cannot fork."""
    try:
        process = _start([json.dumps(request)], file, stdout=subprocess.PIPE)
    except OSError as error:
        raise _mute(path, str(error)) from error
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    size = os.fstat(file).st_size
    timer = threading.Timer(request["seconds"] + size / child.CPU_BYTES_A_SECOND, stop)
    timer.start()
    try:
        assert process.stdout is not None
        with process.stdout as stream:
            yield from _frames(cast(wire.Source, stream), path)
    except wire.Garbled as error:
        code = process.wait()
        raise _too_large(path, "time", code) if late.is_set() else _death(path, code, str(error)) from error
    finally:
        timer.cancel()
        timer.join()
        process.kill()
        process.wait()


def _frames(stream: wire.Source, path: Path) -> Iterator[Tree]:
    try:
        while (tree := wire.receive(stream)) is not None:
            if tree:
                yield tree
    except wire.Died as error:
        raise _death(path, error.code) from error


def _death(path: Path, code: int, details: str = "") -> VitPruneError:
    if code == child.NO_PROCESS:
        return _mute(path, "no process could be started")
    if code == child.OUT_OF_MEMORY:
        return _too_large(path, "memory", code)
    if code in child.TOO_LONG:
        return _too_large(path, "time", code)
    return SessionCrashed(
        f"{path} crashed the process that read it.", hint=HARM, details=f"exit code {code} {details}".strip()
    )


def _too_large(path: Path, what: str, code: int) -> VitPruneError:
    return SessionTooLarge(
        f"{path} takes more {what} to read than a file of its size may.", hint=HARM, details=f"exit code {code}"
    )


def _mute(path: Path, details: str) -> VitPruneError:
    return SessionUnreadable(
        f"{path} was not opened: the process that reads session files does not answer.",
        hint="Try again, and close other programs if it stays so.",
        details=details,
    )


def _after_fork() -> None:
    # The parent's conversation is not the fork's, and another thread of the parent may have held the lock.
    global _helper, _lock
    _lock = threading.Lock()
    if _helper is not None:
        _inherited.append(_helper)  # to collect it would wait for a process that is none of ours
        _helper.disown()
        _helper = None


atexit.register(close)
if child.FORKS:
    os.register_at_fork(after_in_child=_after_fork)
