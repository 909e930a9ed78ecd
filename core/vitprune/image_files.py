"""Image files in a folder and all below it, and what else lies there. They are found without being opened.

A million names are a list of texts, and what says how to read an image is made when that image is asked for.
"""

from __future__ import annotations

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, overload

from vitprune import pictures
from vitprune.jobs import Job
from vitprune.results import SkippedImage

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"))
IMAGE, SHARD, TABLE = "image", ".tar", ".parquet"
_KINDS = {**dict.fromkeys(SUFFIXES, IMAGE), SHARD: SHARD, TABLE: TABLE}
SETTLED = 2 * 10**9  # ns: the coarsest clock of a file system; what changed later may have changed again unseen
EACH = 1000  # entries between two looks for a cancel


class Item(Protocol):
    """One image. `name` is relative to the source, safe to print and to store; `folder` its class, or ""."""

    @property
    def name(self) -> str: ...

    @property
    def folder(self) -> str: ...

    def read(self) -> bytes:
        """Raises OSError, or UnusableError with the reason."""
        ...


@dataclass(frozen=True, slots=True)
class File:
    path: str
    name: str
    folder: str

    def read(self) -> bytes:
        return pictures.read(Path(self.path))


class Items(Sequence[Item], ABC):
    """Images in a fixed order; what says how to read one is made when it is asked for."""

    @abstractmethod
    def item(self, index: int) -> Item:
        """That with this number, from 0."""

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...
    def __getitem__(self, index: int | slice) -> Item | Sequence[Item]:
        places = range(len(self))[index]
        return self.item(places) if isinstance(places, int) else [self.item(place) for place in places]


class Files(Items):
    """Image files by their paths below a folder, "/" between the parts."""

    def __init__(self, root: Path, paths: Sequence[str]) -> None:
        self._root = root
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def item(self, index: int) -> Item:
        path = self._paths[index]
        return File(os.path.join(self._root, *path.split("/")), shown(path), class_of(path))


class Archive(Items):
    """The images of one file, some of them perhaps left out. `labels` are their classes, "" where there is none;
    `numbered`: these may be numbers of outputs of a head."""

    labels: list[str]
    numbered: bool

    @property
    def classes(self) -> set[str]:
        return set(self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def without(self, label: str) -> list[SkippedImage]:
        """Leave out the images of this class, and say so."""
        left = [self[place].name for place, found in enumerate(self.labels) if found == label]
        if left:
            kept = [place for place, found in enumerate(self.labels) if found != label]
            self._keep(kept)
            self.labels = [self.labels[place] for place in kept]
        return [SkippedImage(name, "without a class, which others have") for name in left]

    @abstractmethod
    def _keep(self, places: Sequence[int]) -> None:
        """Leave out all others."""


@dataclass
class Listing:
    """What lies in a folder: `files` by kind, sorted as they are shown; sub-folders of the first level,
    sorted; every folder that was looked into with the time of its last change in ns."""

    files: dict[str, list[str]]
    folders: list[str]
    skipped: list[SkippedImage]
    changed: dict[str, int] = field(default_factory=dict)
    settled: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "files": self.files,
            "folders": self.folders,
            "skipped": [[row.path, row.reason] for row in self.skipped],
            "changed": self.changed,
        }


def scan(root: Path, job: Job) -> Listing:
    """Look through a folder and all below it. Raises Cancelled."""
    listing = Listing({}, [], [])
    began = time.time_ns()
    seen: set[tuple[int, int]] = set()
    waiting, told = [""], 0
    while waiting:
        job.check()
        place = waiting.pop()
        folder = os.path.join(root, *place.split("/")) if place else os.fspath(root)
        before = f"{place}/" if place else ""
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:
                listing.skipped.append(SkippedImage(shown(place), "a link to a folder that is read already"))
                continue
            found, below = _entries(folder, job, told)
        except OSError as error:
            listing.skipped.append(SkippedImage(shown(place), error.strerror or type(error).__name__))
            listing.settled = False  # it may be there again the next time
            continue
        seen.add((status.st_dev, status.st_ino))
        listing.changed[place] = status.st_mtime_ns
        listing.settled = listing.settled and status.st_mtime_ns < began - SETTLED
        for kind, names in found.items():
            listing.files.setdefault(kind, []).extend(before + name for name in names)
            told += len(names)
        waiting += [before + name for name in sorted(below)]
        if not place:
            listing.folders = sorted(below)
    for names in listing.files.values():
        names.sort(key=shown)
    return listing


def _entries(folder: str, job: Job, told: int) -> tuple[dict[str, list[str]], list[str]]:
    """The names of what could hold images, by kind, and those of sub-folders."""
    found: dict[str, list[str]] = {kind: [] for kind in (IMAGE, SHARD, TABLE)}
    below: list[str] = []
    with os.scandir(folder) as entries:
        for count, entry in enumerate(entries, 1):
            if count % EACH == 0:
                job.progress("Looking for images", told + count, 0)
            name = entry.name
            if name.startswith("."):  # thumbnails and resource forks
                continue
            if _is_folder(entry):
                below.append(name)
            elif (kind := _KINDS.get(name[name.rfind(".") :].lower() if "." in name else "")) is not None:
                found[kind].append(name)
    return found, below


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to where it may not look, or to itself
        return False


def recalled(root: Path, held: dict[str, Any], job: Job) -> Listing | None:
    """The listing that was kept, if no folder in it has changed since."""
    try:
        for place, changed in held["changed"].items():
            job.check()
            if os.stat(os.path.join(root, *place.split("/")) if place else root).st_mtime_ns != changed:
                return None
        files = {str(kind): list(names) for kind, names in held["files"].items()}
        if not all(type(name) is str and _inside(name) for names in files.values() for name in names):
            return None
        skipped = [SkippedImage(str(path), str(reason)) for path, reason in held["skipped"]]
        return Listing(files, list(map(str, held["folders"])), skipped)
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return None


def shown(name: str) -> str:
    """A name with the bytes that are no UTF-8 written out, so that it can be printed and stored."""
    if name.isascii():
        return name
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def class_of(path: str) -> str:
    """The first level of a path, "" at the top."""
    return path.partition("/")[0] if "/" in path else ""


def _inside(path: str) -> bool:
    """Whether a path below a folder stays there."""
    return not path.startswith("/") and "/../" not in f"/{path}/" and "\0" not in path
