"""Saves in which one of the calls that change the disk fails, or is the last that the process makes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.core.session_examples import difference
from vitprune import sessions
from vitprune.errors import SaveFailed
from vitprune.results import Session
from vitprune.sessions import files

CALLS = ("create", "write", "truncate", "fsync", "close", "lock", "open_folder", "replace", "unlink")
CRASH = 0
ERRORS = {
    errno.ENOSPC: "DISK_FULL",
    errno.EDQUOT: "DISK_FULL",
    errno.EFBIG: "DISK_FULL",
    errno.EIO: "SAVE_FAILED",
    errno.EACCES: "SAVE_DENIED",
}
"""What each has to end a save with that did not come to its end."""


class Calls:
    """Counts the calls that change the disk and makes one of them fail; with `CRASH`, the process ends before it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail: int = 0, number: int = CRASH) -> None:
        self.names: list[str] = []
        for name in CALLS:
            monkeypatch.setattr(files, name, self._counted(name, getattr(files, name), fail, number))

    def _counted(self, name: str, call: Callable[..., Any], fail: int, number: int) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            self.names.append(name)
            if len(self.names) != fail:
                return call(*args)
            if number == CRASH:
                os._exit(1)
            if name == "close":
                call(*args)  # a close that reports a failed write has closed all the same
            raise OSError(number, os.strerror(number))

        return counted


@dataclass(frozen=True)
class Saving:
    """A save of `new` in the place of `old`, which has the bytes `before`, and its calls when nothing fails."""

    path: Path
    before: bytes
    new: Session
    save: Callable[[Session, Path], object]
    names: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, new: Session, save: Callable[[Session, Path], object]) -> Saving:
        before = path.read_bytes()
        with pytest.MonkeyPatch.context() as patch:
            calls = Calls(patch)
            save(new, path)
        path.write_bytes(before)
        return cls(path, before, new, save, tuple(calls.names))

    @property
    def replaces(self) -> int:
        return self.names.index("replace") + 1

    def chosen(self, every: int) -> list[int]:
        """The calls from 1; of the writes, which are all alike, the first and one in `every`."""
        writes = [number for number, name in enumerate(self.names, 1) if name == "write"]
        return sorted({*range(1, len(self.names) + 1)} - set(writes) | set(writes[:2]) | set(writes[2::every]))

    def fail(self, call: int, number: int) -> str:
        """Let one call fail, look whether all is as it has to be, and put the old file back. The code of the error that
        the save ended with, "saved" for none, "crashed"."""
        code = self._crash(call) if number == CRASH else self._failing(call, number)
        self._check_file(code, call)
        if number != CRASH:
            self._check_error(code, call, number)
            lock = f".{self.path.name}.lock"
            left = {*os.listdir(self.path.parent)} - {self.path.name}
            # A lock that could not be removed is none any more; nothing else may be left.
            assert left <= ({lock} if self.names[call - 1] == "unlink" else set()), left
        for name in os.listdir(self.path.parent):
            if name != self.path.name:
                (self.path.parent / name).unlink()
        self.path.write_bytes(self.before)
        return code

    def _failing(self, call: int, number: int) -> str:
        with pytest.MonkeyPatch.context() as patch:
            Calls(patch, call, number)
            try:
                self.save(self.new, self.path)
            except SaveFailed as error:
                return error.code if error.hint else "no hint"
        return "saved"

    def _crash(self, call: int) -> str:
        if (saver := os.fork()) == 0:
            with pytest.MonkeyPatch.context() as patch:
                Calls(patch, call)
                self.save(self.new, self.path)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(saver, 0)[1]) == 1
        return "crashed"

    def _check_file(self, code: str, call: int) -> None:
        if call <= self.replaces and code != "saved":
            assert self.path.read_bytes() == self.before
        else:
            assert difference(sessions.load(self.path), self.new) == ""

    def _check_error(self, code: str, call: int, number: int) -> None:
        name = self.names[call - 1]
        if name == "lock" or (call > self.replaces and name != "fsync"):
            assert code == "saved"
        elif call > self.replaces:
            assert code == "SAVE_FAILED"  # the new file is there, and the disk did not confirm it
        else:
            assert code == ERRORS[number]
