"""Saves sessions: a new file beside the old one, read back and compared, then put in its place.

At every moment the name holds either the whole old session or the whole new one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from vitprune.errors import SaveFailed, SessionNotFound, SessionUnreadable
from vitprune.jobs import Cancelled, Job
from vitprune.results import Activations, Session
from vitprune.sessions import chunks, door, reader, schema
from vitprune.sessions.expected import Expected
from vitprune.sessions.part import Disk, Part, named, tidy
from vitprune.sessions.stored import StoredActivations
from vitprune.sessions.stream import Batch, Stream
from vitprune.sessions.turn import turn

CHUNK_BYTES = 1 << 20


def save(
    session: Session,
    path: Path,
    *,
    activations_from: Path | None = None,
    expected: str | None = None,
    job: Job | None = None,
) -> str:
    """Write the session to `path`, in place of what was there. The digest of what the file holds now.

    `activations_from` is a session file, `path` itself or another, whose activations go into the new file when the
    session holds none: a loaded session does not, and without it they would be lost. They are copied as they are
    stored, every chunk checked.

    `expected` is the digest of what the caller believes to be at `path`, as `save`, `load_digested` and `digest` gave
    it, "" for nothing at all. What else is there was saved by somebody else, and is left alone, unless it is the very
    session that is to be saved. None for what replaces anything.

    Raises SessionChanged, DiskFull, SaveDenied or another SaveFailed with the old file untouched, whatever `load`
    raises about `activations_from`, and Cancelled when the job is to stop.
    """
    if session.activations is None and activations_from is not None:
        stored = reader.activations(activations_from)
        session = replace(session, activations=stored and Activations(stored.token_indices, stored))
    with Draft(path, job) as draft:
        return draft.save(session, expected=expected)


class Draft:
    """A session file in the making, which takes activations before the session is known: `add` while the model runs,
    then `save`. Left without it, nothing remains, and what was at `path` is as it was.

    Raises DiskFull, SaveDenied or another SaveFailed, and Cancelled when the job is to stop.
    """

    def __init__(self, path: Path, job: Job | None = None) -> None:
        self.path = path
        self._job = job or Job()
        self._tokens: tuple[int, ...] = ()
        self._stream: Stream | None = None
        self._chunked: dict[str, tuple[h5py.h5d.DatasetID, int]] = {}
        with self._naming():
            self._part = Part(path)
            self._file = _opened(self._part.disk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._file.close()
        self._part.discard()

    def add(self, token_indices: tuple[int, ...], batch: Batch, images: int) -> None:
        """The activations of the next images, of `images` in all: by site (images, tokens, dim), float16."""
        with self._naming():
            if self._stream is None:
                self._tokens = token_indices
                self._stream = Stream(batch, images, self._write_chunk, self._job)
                self._create(self._stream.shapes, self._stream.per_chunk)
            self._stream.add(batch)

    def save(self, session: Session, *, expected: str | None = None) -> str:
        """Put the session, with its activations or with those that were added, in the place of what was at the path, if
        that is what was `expected`. Its digest. See the function `save`."""
        with self._naming():
            tree = schema.encode(session)
            kept = self._keep(session.activations)
            if kept is not None:
                tree |= schema.encode_activations(kept)
            digest = schema.content_digest(tree)
            _write(self._part.disk, self._file, tree, digest)
            self._file.close()
            self._part.disk.check()
            self._verify(session, kept)
            self._written, self._digest = self._part.finish(), digest
            self._put_in_place(None if expected is None else (expected, digest))
        return digest

    def save_elsewhere(self, path: Path) -> str:
        """After SessionChanged: what was to be saved, at a `path` in the same folder where there is nothing yet. Its
        digest."""
        self._part.target = path
        with self._naming():
            self._put_in_place(("",))
        return self._digest

    def _put_in_place(self, expected: tuple[str, ...] | None) -> None:
        target = self._part.target
        there = Expected(target, expected)
        there.check()  # takes time, which nobody has to wait for
        with turn(target, self._job):
            there.check()
            self._part.put_in_place()
        with suppress(OSError):
            door.wrote(target, self._written)
        tidy(target)

    def _keep(self, activations: Activations | None) -> schema.KeptActivations | None:
        """What the tree says of activations, once they are in the file."""
        if activations is not None and self._stream is None:
            values = activations.values
            self._tokens = activations.token_indices
            if isinstance(values, StoredActivations) and (per_chunk := values.images_per_chunk) is not None:
                self._create({site: values.shape_of(site) for site in values.sites}, per_chunk)
                for site, number, stored in values.chunks(self._job):
                    self._write_chunk(site, number, stored)
                return schema.KeptActivations(self._tokens, *values.kept(), per_chunk)
            for batch, images in _batches(values):
                self.add(self._tokens, batch, images)
            if self._stream is None:
                return schema.KeptActivations(self._tokens, {})
        if self._stream is None:
            return None
        return schema.KeptActivations(self._tokens, *self._stream.finish(), self._stream.per_chunk)

    def _create(self, shapes: Mapping[str, chunks.Shape], per_chunk: int) -> None:
        for site, shape in shapes.items():
            path = f"{schema.VALUES}/{site}"
            if 0 in shape:
                self._file.create_dataset(path, shape, chunks.FLOAT16)
            else:
                self._chunked[site] = _create(self._file, path, shape, chunks.FLOAT16, per_chunk).id, per_chunk
            self._part.disk.check()

    def _write_chunk(self, site: str, number: int, stored: bytes) -> None:
        if site in self._chunked:
            dataset, images = self._chunked[site]
            dataset.write_direct_chunk((number * images, 0, 0), stored)
            self._part.disk.check()

    def _verify(self, session: Session, kept: schema.KeptActivations | None) -> None:
        """Raise SaveFailed unless the file, read as any file is, gives this session again, and every chunk as it was
        written."""
        with suppress(OSError):
            door.wrote(self._part.path, os.fstat(self._part.disk.descriptor))
        try:
            loaded, stored = reader.whole(self._part.path)
            same = schema.content_digest(schema.encode(loaded)) == schema.content_digest(schema.encode(session))
            if stored is not None:
                stored.check(self._job)
        except (SessionUnreadable, SessionNotFound) as error:
            raise named(error, self.path) from error
        if not same or (kept is None) != (stored is None):
            raise SaveFailed(
                "The session was not saved: read back, it was not the same.",
                hint="Names must not end in a null character nor hold a slash. Otherwise it is a fault of the program.",
            )

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Failures in the user's terms; those of a file that is read have their names already."""
        try:
            yield
        except (SaveFailed, SessionUnreadable, SessionNotFound, Cancelled):
            raise
        except Exception as error:
            raise named(error, self.path) from error


def _batches(values: Mapping[str, NDArray[np.float16]]) -> Iterator[tuple[Batch, int]]:
    """Activations in memory, or of an older file, a few images at a time; and the number of all."""
    if isinstance(values, StoredActivations):
        step = chunks.images_per_chunk([values.shape_of(site) for site in values.sites])
        for start in range(0, values.images, step):
            yield {site: values.read(site, slice(start, start + step)) for site in values.sites}, values.images
    elif values:
        yield values, len(next(iter(values.values())))


def _opened(disk: Disk) -> h5py.File:
    # From this version on, the format's own bookkeeping carries checksums too.
    return h5py.File(disk, "w", libver=("v110", "v110"))


def _write(disk: Disk, file: h5py.File, tree: schema.Tree, digest: str) -> None:
    for path, node in tree.items():
        if node.array is None:
            item = file.require_group(path) if path else file
        else:
            item = _write_array(disk, file, path, node.array)
        for name, value in node.attributes.items():
            _write_attribute(item, name, value)
    _write_attribute(file, schema.DIGEST, digest)


def _write_array(disk: Disk, file: h5py.File, path: str, array: NDArray[Any]) -> h5py.Dataset:
    if array.dtype.kind == "S":
        array = array.astype(h5py.string_dtype("utf-8", array.dtype.itemsize))
    if array.size == 0:  # nothing to cut into chunks
        return file.create_dataset(path, data=array)
    rows = min(len(array), max(1, CHUNK_BYTES * len(array) // array.nbytes))
    dataset = _create(file, path, array.shape, array.dtype, rows)
    for start in range(0, len(array), rows):
        dataset[start : start + rows] = array[start : start + rows]
        disk.check()
    return dataset


def _create(file: h5py.File, path: str, shape: tuple[int, ...], dtype: np.dtype[Any], rows: int) -> h5py.Dataset:
    return file.create_dataset(
        path, shape, dtype, chunks=(rows, *shape[1:]), compression="gzip", shuffle=True, fletcher32=True
    )


def _write_attribute(item: h5py.Group | h5py.Dataset, name: str, value: schema.Attribute) -> None:
    match value:
        case str() | tuple():
            texts = [text.encode("utf-8", "surrogatepass") for text in ([value] if isinstance(value, str) else value)]
            kind = h5py.string_dtype("utf-8", max(map(len, texts)) or 1)
            item.attrs.create(name, np.array(texts[0] if isinstance(value, str) else texts, dtype=kind))
        case int():
            item.attrs.create(name, value, dtype="<i8")
        case float():
            item.attrs.create(name, value, dtype="<f8")
