"""The calls that change the disk, in one place, so that a test can make any one of them fail."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

BINARY = getattr(os, "O_BINARY", 0)
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def create(path: Path) -> int:
    """A descriptor of a new file. Raises FileExistsError instead of opening an old one."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, 0o666)


def write(descriptor: int, data: memoryview) -> int:
    return os.write(descriptor, data)


def truncate(descriptor: int, size: int) -> None:
    os.ftruncate(descriptor, size)


def fsync(descriptor: int) -> None:
    os.fsync(descriptor)


def close(descriptor: int) -> None:
    os.close(descriptor)


def open_folder(path: Path) -> int | None:
    """A descriptor to fsync a folder by; None where the platform has no such thing."""
    return None if sys.platform == "win32" else os.open(path, os.O_RDONLY)


def replace(source: Path, target: Path) -> None:
    os.replace(source, target)


def unlink(path: Path) -> None:
    os.unlink(path)


def lock(path: Path) -> int:
    """A descriptor that holds the one lock on `path`, which is made for it. The system takes the lock back from a
    process that ends.

    Raises BlockingIOError while somebody else holds it, another OSError where there can be none.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, 0o666)
    try:
        if sys.platform == "win32":
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            except OSError as error:
                raise BlockingIOError(*error.args) from error
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not _is_at(path, descriptor):
                raise BlockingIOError("whoever held it took the file away")
    except BlockingIOError:
        os.close(descriptor)
        raise
    except BaseException:
        unlock(path, descriptor)  # what cannot be locked keeps nobody waiting
        raise
    return descriptor


def unlock(path: Path, descriptor: int) -> None:
    """Take the file away and give the lock back."""
    if sys.platform == "win32":
        close(descriptor)
        with suppress(OSError):  # somebody has it open, and the lock by now
            unlink(path)
    else:
        with suppress(OSError):
            unlink(path)  # first: who gets the lock of a file that is gone finds out
        close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False
