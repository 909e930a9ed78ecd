"""The disposable side: a process in which libhdf5 may die of a file, run out of memory or never come back.

`main` is what it runs. Where processes can fork, it waits on a socket and forks twice for every file: one process reads
the file under limits, the other waits for it and tells what it died of. Elsewhere it reads one file and ends.
"""

from __future__ import annotations

import codecs
import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from vitprune.errors import SessionUnreadable, VitPruneError
from vitprune.sessions import guard, sound, wire
from vitprune.sessions.questions import QUESTIONS

if sys.platform != "win32":
    import resource

UNLIMITED = 1 << 62
FORKS = hasattr(os, "fork")
FLAG = "--read-sessions"
CPU_BYTES_A_SECOND = 20 << 20  # what inflating and hashing take on a slow processor
MEMORY_FACTOR = 4  # arrays, their copies, and the values made of them
ROOM = 64 << 20
ROOM_FACTOR = 8  # objects of h5py, values of JSON: of a small file, little
OUT_OF_MEMORY, NO_PROCESS = 77, 78  # exit codes
TOO_LONG = {-signal.SIGALRM, -signal.SIGXCPU} if sys.platform != "win32" else set[int]()


def main(arguments: list[str] | None = None) -> bool:
    """Serve until nobody asks any more, if the command line says so; False at once if not.

    A frozen application is its own interpreter: it has to call this before anything else.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] != [FLAG]:
        return False
    if len(arguments) == 1:
        _serve(socket.socket(fileno=0))
    else:
        with open(1, "wb", closefd=False) as stream:
            answer(0, json.loads(arguments[1]), stream)
    return True


def answer(file: int, request: dict[str, Any], stream: wire.Sink) -> None:
    """Write the answer about an open file as frames, under limits where the platform has them.

    `request` holds path, question and its arguments, seconds (for each frame) and memory (bytes).
    """
    try:
        path, size = Path(request["path"]), os.fstat(file).st_size
        present = _present()
        _limit(request["seconds"] + size // CPU_BYTES_A_SECOND)
        _allow(min(request["memory"], present + ROOM + ROOM_FACTOR * size))
        _wall(request["seconds"])
        with guard.parsed(file, path) as objects:
            content = guard.content_bytes(objects)
            most = request["memory"] + MEMORY_FACTOR * min(size, content)
            _allow(min(most, present + ROOM + ROOM_FACTOR * (size + content)))
            for tree in QUESTIONS[request["question"]](objects, path, **request["arguments"]):
                _wall(0)  # whoever listens may take their time
                wire.send_tree(stream, tree)
                _wall(request["seconds"])
        wire.send_end(stream)
    except VitPruneError as error:
        wire.send_error(stream, error)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 - nobody sees this process: what it meets has to travel
        details = f"{type(error).__name__}: {error}"
        wire.send_error(stream, SessionUnreadable("The session could not be read.", details=details))


def _serve(control: socket.socket) -> None:
    """Answer until the other end is closed."""
    for name in ("ascii", "utf-8", "latin-1"):
        codecs.lookup(name)  # Python opens files to find them, which a limited process cannot
    sound.prepare()
    gc.freeze()  # or the first collection of every fork would copy all that this one has
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program in front
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody has to wait for the forks
    with suppress(OSError):
        os.rmdir(os.getcwd())  # made for this: nothing has a relative name in a folder that is gone
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not message:
            return
        if len(descriptors) == 2 and _fork() == 0:
            control.close()
            _keep(*descriptors)
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(file: int, reply: int) -> None:
    """Read the request, have it answered by a process of its own, and tell if that died."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody listens any more, and there is nothing to clean up
    with open(reply, "r+b", buffering=0) as raw:
        request = wire.receive_request(raw)
        if (reader := _fork()) == 0:
            with open(reply, "wb", closefd=False) as stream:
                answer(file, request, stream)
            os._exit(0)
        code = NO_PROCESS if reader is None else os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1])
        if code:
            wire.send_death(raw, code)


def _fork() -> int | None:
    """None where there is no room for another process."""
    try:
        return os.fork()
    except OSError:
        return None


def _limit(seconds: float) -> None:
    if sys.platform != "win32":
        processor = int(seconds) + 1
        for name, soft, hard in (
            ("RLIMIT_CPU", processor, processor + 1),  # the first is SIGXCPU, the second kills without a name
            ("RLIMIT_CORE", 0, 0),
            ("RLIMIT_FSIZE", 0, 0),
            ("RLIMIT_NOFILE", 0, 0),  # what is open stays so, and nothing else can be opened
        ):
            with suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (soft, hard))


def _present() -> int:
    """Bytes of memory that this process has already; where that is not to be had, as many as any may have."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except (OSError, ValueError, NameError):
        return UNLIMITED


def _allow(memory: int) -> None:
    if sys.platform != "win32":
        with suppress(ValueError, OSError):  # macOS has no more than the name
            resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))


def _wall(seconds: float) -> None:
    """SIGALRM ends a process even in the middle of libhdf5."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)
