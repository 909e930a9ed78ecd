"""Tar files of images, WebDataset's shards among them: their headers say where each image lies, and that is read in
place. Nothing is unpacked, and no link is followed."""

from __future__ import annotations

import os
import tarfile
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

from vitprune.errors import DatasetNotFound
from vitprune.image_files import SUFFIXES, Archive, Item, shown
from vitprune.jobs import Job
from vitprune.pictures import LARGEST_FILE, UnusableError
from vitprune.results import SkippedImage

LARGEST_HEADER = 1024**2  # bytes: of a name, or of other facts about a member
LARGEST_LABEL = 256
LABEL = ".cls"  # WebDataset: KEY.cls beside KEY.jpg is the class
MANY = 1000  # members whose places are worth keeping


@dataclass(frozen=True, slots=True)
class Member:
    """An image in a tar file: `size` bytes from `offset`."""

    path: Path
    offset: int
    size: int
    name: str
    folder: str

    def read(self) -> bytes:
        if self.size > LARGEST_FILE:
            raise UnusableError(f"{self.size / 1024**2:.0f} MiB are more than {LARGEST_FILE // 1024**2}")
        with self.path.open("rb") as file:
            file.seek(self.offset)
            content = file.read(self.size)
        if len(content) < self.size:
            raise UnusableError("the archive ends before the image does")
        return content


class Shard(Archive):
    """The images of one tar file, sorted by their names."""

    def __init__(self, path: Path, name: str, members: Sequence[tuple[str, int, int, str]]) -> None:
        self._path = path
        self._name = name
        self._names = [member[0] for member in members]
        self._offsets = array("q", (member[1] for member in members))
        self._sizes = array("q", (member[2] for member in members))
        self.labels = [member[3] for member in members]
        self.numbered = any(self.labels)
        """Whether classes were said, and not read from folders."""

    @property
    def folders(self) -> set[tuple[str, ...]]:
        """Those that members lie in, of the archive itself last."""
        return {self._folder(name) for name in {os.path.dirname(name) + "/" for name in self._names}}

    def label_by_folders(self, level: int) -> None:
        """Take the folder of this level for the class of its images."""
        for number, name in enumerate(self._names):
            folder = self._folder(name)
            self.labels[number] = folder[level] if level < len(folder) else ""

    def item(self, index: int) -> Item:
        name = shown(f"{self._name}/{self._names[index]}")
        return Member(self._path, self._offsets[index], self._sizes[index], name, self.labels[index])

    def _keep(self, places: Sequence[int]) -> None:
        self._offsets = array("q", (self._offsets[place] for place in places))
        self._sizes = array("q", (self._sizes[place] for place in places))
        self._names = [self._names[place] for place in places]

    def _folder(self, name: str) -> tuple[str, ...]:
        """Of the shard, then in it: without what names no folder."""
        parts = (*self._name.split("/")[:-1], *name.split("/")[:-1])
        return tuple(shown(part) for part in parts if part not in ("", ".", ".."))


def find_shards(
    base: Path, names: Sequence[str], known: dict[str, Any], job: Job
) -> tuple[list[Shard], list[SkippedImage], dict[str, Any]]:
    """The shards of these names below a folder, what of them cannot be read, and what is worth keeping of that, where
    any of it is new; `known` is what was kept before.

    Classes are those of `.cls` members; where there is none, the folders that images lie in, from the first level on
    which they are not all the same. Raises Cancelled, DatasetNotFound for what is no tar file where it was named.
    """
    shards: list[Shard] = []
    skipped: list[SkippedImage] = []
    kept: dict[str, Any] = {}
    new = False
    for done, name in enumerate(names):
        job.progress("Looking into archives", done, len(names), "archives")
        path = base / name
        try:
            status = path.stat()
            stamp = [status.st_size, status.st_mtime_ns]
            found = _recalled(known.get(name), stamp)
            if found is None:
                found = _members(path, job)
                new = new or len(found[0]) >= MANY
        except (OSError, tarfile.TarError, ValueError) as error:
            skipped.append(SkippedImage(shown(name), _reason(error)))
            continue
        members, bad = found
        if len(members) >= MANY:
            kept[name] = {"stamp": stamp, "members": members, "bad": bad}
        shards.append(Shard(path, name, members))
        skipped += [SkippedImage(shown(f"{name}/{member}"), reason) for member, reason in bad]
    if not shards and len(names) == 1:
        raise DatasetNotFound(f"{base / names[0]} is no tar file: {skipped[0].reason}.", hint="Give another one.")
    if not any(shard.numbered for shard in shards):
        folders = set().union(*(shard.folders for shard in shards))
        levels = takewhile(lambda names: len(set(names)) == 1, zip(*folders, strict=False))
        level = sum(1 for _ in levels)  # folders that all images share are no classes
        for shard in shards:
            shard.label_by_folders(level)
    return shards, skipped, kept if new else {}


Members = list[tuple[str, int, int, str]]


class _Bounded:
    """A file that gives headers, however large they say that they are, in sane portions only."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if size > LARGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return self._file.read(size)


def _members(path: Path, job: Job) -> tuple[Members, list[tuple[str, str]]]:
    """The images of an archive, sorted, and what cannot be one, with the reason. Of two of one name the later counts,
    as when they are unpacked. Raises TarError for what is no tar file."""
    images: dict[str, tuple[int, int]] = {}
    labels: dict[str, str] = {}
    bad: list[tuple[str, str]] = []
    end = path.stat().st_size
    with path.open("rb") as file, tarfile.open(fileobj=_Bounded(file), mode="r:") as archive:  # type: ignore[call-overload]
        while True:
            job.check()
            try:
                member = archive.next()
            except (tarfile.TarError, ValueError, OSError) as error:
                bad.append(("", f"cut off or damaged behind its first {archive.offset:,} bytes: {_reason(error)}"))
                break
            if member is None:
                break
            archive.members.clear()  # type: ignore[attr-defined]  # or it keeps them all
            key, suffix = _split(member.name)
            if suffix == LABEL and member.isreg() and member.size <= LARGEST_LABEL:
                file.seek(member.offset_data)
                labels[key] = file.read(member.size).decode("utf-8", "replace").strip()
            elif suffix in SUFFIXES and not os.path.basename(member.name).startswith("."):
                if not member.isreg() or member.issparse():
                    bad.append((member.name, "a link in an archive, or no regular file"))
                elif member.offset_data + member.size > end:
                    bad.append((member.name, "the archive ends before the image does"))
                else:
                    images[member.name] = member.offset_data, member.size
        if not bad or bad[-1][0]:
            file.seek(archive.offset)
            if any(file.read(tarfile.BLOCKSIZE)):  # a header that is none ends the list without a word
                bad.append(("", f"damaged behind its first {archive.offset:,} bytes"))
    return [(name, *images[name], labels.get(_split(name)[0], "")) for name in sorted(images, key=shown)], bad


def _split(name: str) -> tuple[str, str]:
    """What members of one sample have in common, and the suffix: WebDataset's key ends at the first dot."""
    folder, _, last = name.rpartition("/")
    return f"{folder}/{last.partition('.')[0]}", os.path.splitext(last)[1].lower()


def _recalled(held: Any, stamp: list[int]) -> tuple[Members, list[tuple[str, str]]] | None:
    """What was kept of an archive, if it has not changed."""
    try:
        if held["stamp"] != stamp:
            return None
        members = [(str(name), int(offset), int(size), str(label)) for name, offset, size, label in held["members"]]
        return members, [(str(name), str(reason)) for name, reason in held["bad"]]
    except (KeyError, TypeError, ValueError):
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200] or type(error).__name__
