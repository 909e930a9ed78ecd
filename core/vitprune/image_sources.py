"""Where images come from: files in a folder, tar shards, or Parquet tables."""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from vitprune import image_listings
from vitprune.errors import DatasetNotFound
from vitprune.image_files import IMAGE, SHARD, TABLE, Files, Item, Items, Listing, class_of, recalled, scan, shown
from vitprune.image_shards import find_shards
from vitprune.image_tables import find_tables
from vitprune.jobs import Job
from vitprune.results import SkippedImage

MANY = 5000  # names that are worth a file of their own


@dataclass
class Found:
    """The candidates of a source, in a fixed order; what cannot be looked at; and the classes, sorted, those without an
    image among them. `used` are the classes that images have; `numbered`: they are numbers of outputs of a head."""

    root: Path
    items: Sequence[Item]
    skipped: list[SkippedImage]
    folders: Sequence[str]
    used: frozenset[str]
    numbered: bool = False


class Chained(Items):
    """The items of several archives, one after the other."""

    def __init__(self, parts: Iterable[Sequence[Item]]) -> None:
        self._parts = [part for part in parts if len(part)]
        self._ends = list(accumulate(map(len, self._parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def item(self, index: int) -> Item:
        part = bisect_right(self._ends, index)
        return self._parts[part][index - (self._ends[part - 1] if part else 0)]


def find(source: str, job: Job) -> Found:
    """What a folder, a tar file or a Parquet file holds. Of a folder it is the image files; where there are none, what
    its tar shards hold, and else its Parquet files.

    Raises DatasetNotFound, ExtraMissing for a Parquet file without what reads it, or Cancelled.
    """
    root = Path(source)
    mode, kind = _mode(source), root.suffix.lower()
    if not stat.S_ISDIR(mode):
        if kind not in (SHARD, TABLE) or not stat.S_ISREG(mode):
            raise DatasetNotFound(
                f"{source} is a file, not a folder.",
                hint="Give the folder that the images lie in, a .tar or a .parquet file.",
            )
        listing = Listing({kind: [root.name]}, [], [])
        return _archives(root, root.parent, listing, image_listings.recall(root), job)
    held = image_listings.recall(root)
    listing = recalled(root, held, job)
    if listing is None:
        held = {"archives": held.get("archives")}
        listing = scan(root, job)
        if listing.settled and sum(map(len, listing.files.values())) >= MANY:
            image_listings.remember(root, held | listing.to_json())
    if not listing.files.get(IMAGE) and (listing.files.get(SHARD) or listing.files.get(TABLE)):
        return _archives(root, root, listing, held, job)
    return _files(root, listing)


def _files(root: Path, listing: Listing) -> Found:
    paths, skipped = listing.files.get(IMAGE, []), listing.skipped
    used = frozenset(class_of(path) for path in paths)
    if listing.folders and used - {""}:
        stray = "outside of the class folders"
        skipped = [*skipped, *(SkippedImage(shown(path), stray) for path in paths if "/" not in path)]
        paths = [path for path in paths if "/" in path] if "" in used else paths
    return Found(root, Files(root, paths), list(skipped), listing.folders, used - {""})


def _archives(root: Path, base: Path, listing: Listing, held: dict[str, Any], job: Job) -> Found:
    """What the tar shards of a listing hold, or else its tables."""
    if names := listing.files.get(SHARD):
        known = held.get("archives")
        parts, skipped, read = find_shards(base, names, known if isinstance(known, dict) else {}, job)
        if read:
            kept = listing.to_json() if listing.changed and listing.settled else {}
            image_listings.remember(root, {**held, **kept, "archives": read})
    else:
        parts, skipped = find_tables(base, listing.files[TABLE], job)
    classes = sorted(set().union(*(part.classes for part in parts)) - {""})
    if classes:
        for part in parts:
            skipped += part.without("")
    # Numbers are those of a head's outputs only where nothing has a name.
    numbered = bool(classes) and all(map(str.isdecimal, classes)) and all(part.numbered for part in parts)
    return Found(root, Chained(parts), [*listing.skipped, *skipped], classes, frozenset(classes), numbered)


def _mode(source: str) -> int:
    try:
        return os.stat(source).st_mode
    except (OSError, ValueError) as error:
        raise DatasetNotFound(
            f"There is no folder {source}.", hint="Give a folder of images, or `sample`.", details=str(error)
        ) from error
