"""Published weights, downloaded by a process of their own: it can be stopped at any moment, even on a dead line.

The child, `main`, runs `hub.fetch` and writes one JSON object a line: how far it is, then where the file lies or why
there is none. It ends itself when its standard input is closed, which happens too when the parent is killed.
"""

from __future__ import annotations

import _thread
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from vitprune import processes
from vitprune.errors import ProcessLost, VitPruneError, by_code
from vitprune.hub import Weights, fetch
from vitprune.jobs import Job

FLAG = "--fetch-weights"
_LOOK = 0.05  # seconds between two looks at the cancel
_GRACE = 0.5  # seconds for the child to clean up behind itself
_EVERY = 0.1  # seconds between two reports
_PIECE = 1 << 16  # bytes


def download(name: str, weights: Weights, job: Job | None = None) -> Path:
    """The file of these weights, downloaded into the cache of the hub where it is not there yet.

    A line that breaks is taken up where it broke, a few times; what was cancelled starts anew. Raises what `hub.fetch`
    raises, ProcessLost, and Cancelled within a second of the cancel.
    """
    job = job or Job()
    job.progress("Asking the hub", 0, 0, "bytes")
    process = _start({"name": name, **asdict(weights)})
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), name="vitprune-download")
    reader.start()
    answer: dict[str, Any] = {}
    try:
        while True:
            job.check()
            try:
                line = lines.get(timeout=_LOOK)
            except queue.Empty:
                continue
            if line is None:
                break
            answer = json.loads(line)
            if "total" in answer:
                job.progress("Downloading", answer["done"], answer["total"], "bytes")
    finally:
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()
        process.stdout.close()
    if "path" in answer:
        return Path(answer["path"])
    if "code" in answer:
        kind = by_code().get(answer["code"], VitPruneError)
        raise kind(answer["message"], hint=answer["hint"], details=answer["details"])
    raise ProcessLost(
        f"The process that downloaded {name} ended before it was done (code {process.returncode}).",
        hint="Download it again.",
    )


def main(arguments: list[str] | None = None) -> bool:
    """Fetch what the command line says, if it says so; False at once if not.

    A frozen application is its own interpreter: it has to call this before anything else.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] != [FLAG]:
        return False
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs have it ignored
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _fetch(json.loads(arguments[1]))
    except KeyboardInterrupt:
        return True
    return True


def _fetch(request: dict[str, str]) -> None:
    from huggingface_hub import constants

    # The hub reads ten megabytes at a time: on a slow line that is minutes without a word.
    constants.DOWNLOAD_CHUNK_SIZE = _PIECE
    last = 0.0

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _EVERY or done == total:
            last = time.monotonic()
            _say(done=done, total=total)

    name = request.pop("name")
    try:
        _say(path=str(fetch(name, Weights(**request), report=report)))
    except VitPruneError as error:
        _say(code=error.code, message=error.message, hint=error.hint, details=error.details)


def _say(**what: object) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201


def _end_with_parent() -> None:
    """Interrupt the download when nobody waits for it any more; what it wrote is removed on the way out."""
    sys.stdin.buffer.read()
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _read(stream: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _start(request: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        [*processes.program("vitprune.downloads"), FLAG, json.dumps(request)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"HF_HUB_DISABLE_TELEMETRY": "1"} | processes.environment(),
        text=True,
        encoding="utf-8",
    )
