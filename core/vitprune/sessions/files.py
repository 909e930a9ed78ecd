"""The calls that change the disk, in one place, so that a test can make any one of them fail."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BINARY = getattr(os, "O_BINARY", 0)


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
