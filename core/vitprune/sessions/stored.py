"""Activations in a session file, read a few images at a time, each chunk of them checked against its digest.

Where the chunks lie is found once, by the guarded reader. From then on the file is read without libhdf5: a view of one
image costs a few hundred kilobytes, however large the session.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from vitprune.errors import ArgumentInvalid, SessionDamaged, SessionNotFound, SessionUnreadable
from vitprune.jobs import Job
from vitprune.sessions import chunks as codec
from vitprune.sessions.chunks import FLOAT16, Shape
from vitprune.sessions.guard import COPY
from vitprune.sessions.schema import ArrayDigest

Identity = tuple[int, int, int, int]


def identity(status: os.stat_result) -> Identity:
    """What tells whether a file is still the one that was looked at."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@dataclass(frozen=True)
class Chunks:
    """Where the values of a site lie. `places` is (chunks, 2): offset in the file, and bytes; `digests` (chunks, 32),
    None in files of a release that had only `whole`, the digest of all values."""

    shape: Shape
    images: int
    places: NDArray[np.int64]
    digests: NDArray[np.uint8] | None
    whole: str


@dataclass(frozen=True)
class Index:
    """All that is known of a file's activations before any is read."""

    identity: Identity
    token_indices: tuple[int, ...]
    sites: Mapping[str, Chunks]


class StoredActivations(Mapping[str, NDArray[np.float16]]):
    """The activations of a session file. A mapping of site to all its values, and `read` for a few images.

    The file may be saved again meanwhile: then it is looked at anew. Everything here may raise SessionUnreadable or one
    of its subclasses, or SessionNotFound, when the file is no longer what it was.
    """

    def __init__(self, path: Path, index: Index, look: Callable[[Path], StoredActivations | None]) -> None:
        self.path = path
        self._index = index
        self._look = look
        self._digested: dict[str, Chunks] = {}

    @property
    def token_indices(self) -> tuple[int, ...]:
        """Which tokens of each image are kept, of a site with fewer tokens those that it has."""
        return self._index.token_indices

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(self._index.sites)

    @property
    def images(self) -> int:
        return next((found.shape[0] for found in self._index.sites.values()), 0)

    @property
    def images_per_chunk(self) -> int | None:
        """How many images the chunks hold, where all chunks have digests of their own; None in older files."""
        found = next(iter(self._index.sites.values()), None)
        return found.images if found and found.digests is not None else None

    def shape_of(self, site: str) -> Shape:
        """(images, tokens, dim). Raises ArgumentInvalid for a site that is not kept."""
        if site not in self._index.sites:
            raise ArgumentInvalid(
                f"{self.path} keeps no activations of {site}.",
                hint="Analyse again and keep them (`vitprune analyze --keep-activations TOKENS`).",
            )
        return self._index.sites[site].shape

    def read(self, site: str, images: slice | Sequence[int] | NDArray[np.int64] = slice(None)) -> NDArray[np.float16]:
        """The residual stream after a site, (images, tokens, dim), read-only, of the images that are asked for by their
        places in the session's data, in that order.

        Raises ArgumentInvalid for a site that is not kept, IndexError for an image that there is not, SessionDamaged
        when one of these images is not what was saved, however the others are.
        """
        count, tokens, dim = self.shape_of(site)
        wanted = np.arange(count)[images]
        values = np.empty((len(wanted), tokens, dim), FLOAT16)
        with self._opened() as file:
            found = self._with_digests(file, site)
            for number in np.unique(wanted // found.images).tolist():
                rows = np.flatnonzero(wanted // found.images == number)
                chunk = self._decoded(site, found, number, self._checked(file, site, found, number))
                values[rows] = chunk[wanted[rows] - number * found.images]
        values.setflags(write=False)
        return values

    def chunks(self, job: Job) -> Iterator[tuple[str, int, bytes]]:
        """Site, number and bytes of every chunk, checked, in the order in which they were saved: all sites of the first
        images first. In files of releases that had digests of whole sites alone they are not checked."""
        with self._opened() as file:
            most = max((len(found.places) for found in self._index.sites.values()), default=0)
            for number in range(most):
                for site, found in self._index.sites.items():
                    job.check()
                    if number < len(found.places):
                        yield site, number, self._checked(file, site, found, number)

    def check(self, job: Job) -> None:
        """Read all, and compare it with its digests, as `chunks` does; by several threads."""

        def check_site(site: str) -> None:
            found = self._index.sites[site]
            with self._opened() as file:
                for number in range(len(found.places)):
                    job.check()
                    self._checked(file, site, found, number)

        with ThreadPoolExecutor(codec.WORKERS, "check") as pool:
            for _ in pool.map(check_site, self._index.sites):
                pass

    def kept(self) -> tuple[dict[str, str], NDArray[np.uint8]]:
        """The digest of each site's values, and those of all chunks: (chunks, sites, 32)."""
        found = list(self._index.sites.values())
        size = hashlib.sha256().digest_size
        table = np.zeros((max((len(f.places) for f in found), default=0), len(found), size), np.uint8)
        for column, of_site in enumerate(found):
            if of_site.digests is not None:
                table[: len(of_site.digests), column] = of_site.digests
        return {site: of_site.whole for site, of_site in self._index.sites.items()}, table

    def __getitem__(self, site: str) -> NDArray[np.float16]:
        if site not in self._index.sites:
            raise KeyError(site)
        return self.read(site)

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.sites)

    def __len__(self) -> int:
        return len(self._index.sites)

    def _opened(self) -> IO[bytes]:
        file = self._open()
        if identity(os.fstat(file.fileno())) == self._index.identity:
            return file
        file.close()
        found = self._look(self.path)
        if found is None or [(s, c.shape, c.whole) for s, c in found._index.sites.items()] != [
            (s, c.shape, c.whole) for s, c in self._index.sites.items()
        ]:
            raise SessionDamaged(f"{self.path} no longer holds the same activations.", hint="Open it again.")
        self._index, self._digested = found._index, {}
        return self._open()

    def _open(self) -> IO[bytes]:
        try:
            return self.path.open("rb")
        except FileNotFoundError:
            raise SessionNotFound(f"There is no file {self.path}.", hint="Check the name and the folder.") from None
        except OSError as error:
            raise SessionUnreadable(f"{self.path} cannot be read: {error.strerror}.") from error

    def _with_digests(self, file: IO[bytes], site: str) -> Chunks:
        """A site whose chunks have digests: in an older file they follow from reading all of it once."""
        found = self._digested.get(site, self._index.sites[site])
        if found.digests is None:
            whole, digests = ArrayDigest(FLOAT16, found.shape), []
            for number in range(len(found.places)):
                stored = self._stored(file, site, found, number)
                digests.append(codec.digest(found.shape, stored))
                whole.update(self._decoded(site, found, number, stored))
            self._compare(site, found, whole.hexdigest())
            table = np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), -1)
            found = self._digested[site] = replace(found, digests=table)
        return found

    def _checked(self, file: IO[bytes], site: str, found: Chunks, number: int) -> bytes:
        stored = self._stored(file, site, found, number)
        if found.digests is not None and codec.digest(found.shape, stored) != found.digests[number].tobytes():
            raise self._damaged(site, found, number)
        return stored

    def _stored(self, file: IO[bytes], site: str, found: Chunks, number: int) -> bytes:
        offset, size = found.places[number].tolist()
        try:
            file.seek(offset)
            return file.read(size)
        except OSError as error:
            raise self._damaged(site, found, number) from error

    def _decoded(self, site: str, found: Chunks, number: int, stored: bytes) -> NDArray[np.float16]:
        """The images of a chunk, without what fills up the last one."""
        count, tokens, dim = found.shape
        try:
            values = codec.decode(stored, (found.images, tokens, dim))
        except ValueError as error:
            raise self._damaged(site, found, number) from error
        return values[: count - number * found.images]

    def _damaged(self, site: str, found: Chunks, number: int) -> SessionDamaged:
        first = number * found.images
        last = min(found.shape[0], first + found.images) - 1
        return SessionDamaged(f"The activations of {site} are damaged (images {first} to {last}).", hint=COPY)

    def _compare(self, site: str, found: Chunks, whole: str) -> None:
        if whole != found.whole:
            raise SessionDamaged(f"The activations of {site} are damaged.", hint=COPY)
