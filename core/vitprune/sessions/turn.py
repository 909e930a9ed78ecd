"""Whoever replaces a file takes a turn: for that moment no other process does.

What holds the turn is a lock of the operating system on a file beside the one that is to be replaced. It goes when its
process goes, however that ends, so that no lock is ever stale. Where there are no locks (some network drives), nobody
waits.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vitprune.errors import SaveFailed
from vitprune.jobs import Job
from vitprune.sessions import files

PATIENCE = 10.0  # seconds: a turn takes milliseconds, and a look at a file that changed meanwhile
PAUSE = 0.01


@contextmanager
def turn(target: Path, job: Job) -> Iterator[None]:
    """Nobody else has a turn at `target` inside the `with` block.

    Raises SaveFailed when another process keeps its turn, and Cancelled when the job is to stop.
    """
    path = target.with_name(f".{target.name}.lock")
    descriptor = _taken(path, target, job)
    try:
        yield
    finally:
        if descriptor is not None:
            with suppress(OSError):
                files.unlock(path, descriptor)


def _taken(path: Path, target: Path, job: Job) -> int | None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return files.lock(path)
        except BlockingIOError:
            job.check()
            if time.monotonic() > end:
                raise SaveFailed(
                    f"{target} is being saved by another program, which does not come to an end.",
                    hint="End that program, or save under another name.",
                ) from None
            time.sleep(PAUSE)
        except OSError:
            return None
