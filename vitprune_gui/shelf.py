"""Unsaved work on disk, for the next start: a folder for each window, locked for as long as its process lives.

A folder holds one session, without the activations that lie in another file, and beside it a small JSON file that says
where it belongs. Everything in here blocks, and belongs to the thread that saves.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from vitprune.errors import VitPruneError
from vitprune.jobs import Job
from vitprune_gui.keeping import SESSION_SUFFIX, Origin

if TYPE_CHECKING:
    from vitprune.results import Session

log = logging.getLogger(__name__)

_DAY = 24 * 3600
OFFERED_DAYS = 30
"""How long work that was offered, and neither restored nor discarded, is kept."""
_LOCK, _OWNER, _OFFERED = "lock", "owner", "offered"


@dataclass(frozen=True)
class Work:
    """What a window left behind. `session` is None where it cannot be read, and then `problem` says why."""

    folder: Path
    file: Path
    changed: datetime
    origin: Origin
    session: Session | None
    problem: str = ""


class Shelf:
    """Made anywhere, then used by one thread. Methods raise SaveFailed or one of its subclasses where they write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: Path | None = None
        self._locks: dict[Path, int | None] = {}  # the folders that are this process's; None on a drive without locks

    def keep(self, session: Session, origin: Origin, number: int, job: Job | None = None) -> None:
        """Put the work of this window in the place of what was kept of it before. `number` is another one, and a larger
        one, for another origin."""
        from vitprune import sessions
        from vitprune.sessions.part import named

        file = self._folder
        try:
            if self._own is None or not self._own.is_dir():
                self._own = self._new()
            file = self._own / f"{number}{SESSION_SUFFIX}"
            _write_origin(self._own / f"{number}.json", origin)
        except OSError as error:
            raise named(error, file) from error
        sessions.save(session, file, job=job)
        for older in _documents(self._own):
            if older != file:
                _remove(older, _origin_of(older))

    def drop(self) -> None:
        """Nothing of this window has to be kept any more."""
        if self._own is not None:
            self.discard(self._own)
            self._own = None

    def set_aside(self) -> Work | None:
        """What is kept of this window as work to be offered; what comes next is kept apart from it."""
        folder, self._own = self._own, None
        return self._read(folder) if folder is not None else None

    def find(self) -> tuple[Work, ...]:
        """What windows that are gone have left behind, the latest first. It belongs to this process from now on."""
        try:
            folders = [entry for entry in self._folder.iterdir() if entry.is_dir() and not entry.is_symlink()]
        except OSError:
            return ()
        found = [self._claim(folder) for folder in folders if folder not in self._locks]
        return tuple(sorted((work for work in found if work is not None), key=lambda work: work.changed, reverse=True))

    def discard(self, folder: Path) -> None:
        """Remove a folder that is this process's."""
        if folder not in self._locks:
            return
        _remove(*(entry for entry in _entries(folder) if entry.name != _LOCK))
        self._release(folder)
        with suppress(OSError):
            folder.rmdir()

    def close(self) -> None:
        """Leave everything that is still here to the next start."""
        for folder in tuple(self._locks):
            self._release(folder)

    def _new(self) -> Path:
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir(parents=True, mode=0o700)
        (folder / _OWNER).write_text(f"{platform.node()}\n{os.getpid()}\n", encoding="utf-8")
        self._lock(folder)
        return folder

    def _lock(self, folder: Path) -> bool:
        """Whether this folder is this process's now."""
        try:
            self._locks[folder] = _files().lock(folder / _LOCK)
        except BlockingIOError:
            return False
        except OSError:
            # A drive without locks: whether its owner lives can only be asked on the same machine.
            if _lives(folder):
                return False
            self._locks[folder] = None
        return True

    def _release(self, folder: Path) -> None:
        descriptor = self._locks.pop(folder)
        if descriptor is not None:
            _files().unlock(folder / _LOCK, descriptor)

    def _claim(self, folder: Path) -> Work | None:
        # A folder without a session may be one whose process is about to lock it.
        fresh = not _documents(folder) and time.time() - _written(folder) < _DAY
        if fresh or not self._lock(folder):
            return None
        offered = folder / _OFFERED
        stale = offered.exists() and time.time() - _written(offered) > OFFERED_DAYS * _DAY
        work = None if stale else self._read(folder)
        if work is None:
            self.discard(folder)
            return None
        with suppress(OSError):
            offered.touch(exist_ok=False)
        return work

    def _read(self, folder: Path) -> Work | None:
        """The latest that can be read. None where there is nothing, or nothing that was not saved after all."""
        from vitprune import sessions

        unreadable: Work | None = None
        for file in _documents(folder):
            origin = _read_origin(_origin_of(file))
            changed = datetime.fromtimestamp(_written(file)).astimezone()
            try:
                session = sessions.load(file)
            except VitPruneError as error:
                log.warning("Unsaved work cannot be read: %s", error)
                unreadable = unreadable or Work(folder, file, changed, origin, None, error.message)
                continue
            return None if _is_saved(session, origin, file) else Work(folder, file, changed, origin, session)
        return unreadable


def _files() -> Any:
    return import_module("vitprune.sessions.files")


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.is_dir() or entry.is_symlink()]
    except OSError:
        return []


def _documents(folder: Path) -> list[Path]:
    """The sessions in a folder, the latest first. There are two for the moment in which one takes the other's place."""
    numbers = {entry: entry.name.removesuffix(SESSION_SUFFIX) for entry in _entries(folder)}
    found = [entry for entry, number in numbers.items() if number != entry.name and number.isdecimal()]
    return sorted(found, key=lambda entry: int(numbers[entry]), reverse=True)


def _origin_of(document: Path) -> Path:
    return document.with_name(f"{document.name.removesuffix(SESSION_SUFFIX)}.json")


def _remove(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _written(path: Path) -> float:
    """When it was last written, in seconds since the epoch; 0 where that cannot be told."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _lives(folder: Path) -> bool:
    try:
        node, number = (folder / _OWNER).read_text(encoding="utf-8").splitlines()[:2]
        return node != platform.node() or (int(number) != os.getpid() and psutil.pid_exists(int(number)))
    except (OSError, ValueError):
        return False


def _write_origin(path: Path, origin: Origin) -> None:
    """It is there, and whole, before the session is: a session never belongs to what an earlier one belonged to."""
    if path.exists():
        return
    text = json.dumps(
        {
            "path": origin.path and str(origin.path),
            "expected": origin.expected,
            "activations_from": origin.activations_from and str(origin.activations_from),
        }
    )
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _read_origin(path: Path) -> Origin:
    """Where this is damaged, work belongs nowhere, and is saved under a name that is asked for."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        texts = [told[name] for name in ("path", "expected", "activations_from")]
    except (OSError, ValueError, LookupError, TypeError):
        return Origin()
    if not all(text is None or isinstance(text, str) for text in texts):
        return Origin()
    file, expected, activations = texts
    return Origin(file and Path(file), expected, activations and Path(activations))


def _is_saved(session: Session, origin: Origin, file: Path) -> bool:
    """Whether the process ended between a save and the removal of what was kept until then."""
    if origin.path is None or _written(origin.path) < _written(file):
        return False
    from vitprune import sessions

    schema = import_module("vitprune.sessions.schema")
    try:
        there = sessions.load(origin.path)
    except VitPruneError:
        return False
    there = replace(there, created=session.created)  # the moment of the save, unless it was known before
    kept, saved = (schema.content_digest(schema.encode(each)) for each in (session, there))
    return kept == saved
