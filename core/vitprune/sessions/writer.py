"""Saves sessions: a new file beside the old one, read back and compared, then put in its place.

At every moment the name holds either the whole old session or the whole new one.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from vitprune.errors import DiskFull, SaveDenied, SaveFailed, VitPruneError
from vitprune.results import Activations, Session
from vitprune.sessions import door, files, guard, questions, reader, schema

CHUNK_BYTES = 1 << 20
DAY = 24 * 3600
FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}  # some network and FUSE file systems


def save(session: Session, path: Path, *, activations_from: Path | None = None) -> None:
    """Write the session to `path`, in place of what was there.

    `activations_from` is a session file, `path` itself or another, whose activations go into the new file when the
    session holds none: a loaded session does not, and without it they would be lost.

    Raises DiskFull, SaveDenied or another SaveFailed with the old file untouched, and whatever `load` raises about
    `activations_from`.
    """
    activations = session.activations
    if activations is None and activations_from is not None:
        activations = reader.stored_activations(activations_from)
    target = Path(os.path.realpath(path))  # a link stays a link
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with _created(part) as disk:
            _write(disk, session, activations)
            _verify(part, session, complete=activations is not None)
            with suppress(OSError):
                shutil.copymode(target, part)
            files.fsync(disk.descriptor)
            written = os.fstat(disk.descriptor)
        with _folder(target.parent) as folder:
            files.replace(part, target)
            _sync_folder(folder, target)
        with suppress(OSError):
            door.wrote(target, written)
    except SaveFailed:
        raise
    except Exception as error:
        raise _named(error, path) from error
    finally:
        with suppress(OSError):
            files.unlink(part)
    _tidy(target)


def _tidy(target: Path) -> None:
    """Remove what saves of this file left behind when they were killed, a day ago or more: none of them still runs."""
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            ours = entry.name.startswith(f".{target.name}.") and entry.name.endswith(".part")
            if ours and entry.stat(follow_symlinks=False).st_mtime < time.time() - DAY:
                files.unlink(Path(entry.path))


class _Disk:
    """The new file as HDF5 sees it: one on which every write succeeds.

    libhdf5 puts writes off, and when the disk then refuses them it complains from destructors and keeps handles open.
    So the first error is kept here, for `check` to raise where it can be handled, and later writes are dropped.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.error: BaseException | None = None

    def check(self) -> None:
        if self.error is not None:
            raise self.error

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self.descriptor, offset, whence)

    def tell(self) -> int:
        return self.seek(0, os.SEEK_CUR)

    def read(self, size: int) -> bytes:
        return os.read(self.descriptor, size)

    def readinto(self, buffer: memoryview) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: memoryview) -> int:
        self._attempt(lambda: self._write_all(data))
        return len(data)

    def truncate(self, size: int) -> int:
        self._attempt(lambda: files.truncate(self.descriptor, size))
        return size

    def flush(self) -> None:
        """Nothing is buffered here; `save` syncs once, at the end."""

    def _write_all(self, data: memoryview) -> None:
        while data:
            data = data[files.write(self.descriptor, data) :]

    def _attempt(self, change: Callable[[], None]) -> None:
        if self.error is None:
            try:
                change()
            except BaseException as error:  # noqa: BLE001 - not even Ctrl-C may unwind through libhdf5
                self.error = error


@contextmanager
def _created(part: Path) -> Iterator[_Disk]:
    descriptor = files.create(part)
    try:
        yield _Disk(descriptor)
    except BaseException:
        with suppress(OSError):
            files.close(descriptor)
        raise
    files.close(descriptor)  # may be where a network drive reports a failed write


@contextmanager
def _folder(path: Path) -> Iterator[int | None]:
    descriptor = files.open_folder(path)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            with suppress(OSError):
                files.close(descriptor)


def _sync_folder(descriptor: int | None, target: Path) -> None:
    try:
        if descriptor is not None:
            files.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:
            raise SaveFailed(
                f"{target} holds the new session, but the disk did not confirm it: {error.strerror}.",
                hint="Save a copy on another disk: this one may lose it.",
            ) from error


def _write(disk: _Disk, session: Session, activations: Activations | None) -> None:
    tree = schema.encode(session)
    # From this version on, the format's own bookkeeping carries checksums too.
    with h5py.File(disk, "w", libver=("v110", "v110")) as file:
        if activations is not None:
            digests = {site: _write_values(disk, file, site, values) for site, values in activations.values.items()}
            tree |= schema.encode_activations(schema.StoredActivations(activations.token_indices, digests))
        for path, node in tree.items():
            if node.array is None:
                item = file.require_group(path) if path else file
            else:
                item = _write_array(disk, file, path, node.array)
            for name, value in node.attributes.items():
                _write_attribute(item, name, value)
        _write_attribute(file, schema.DIGEST, schema.content_digest(tree))
    disk.check()


def _write_values(disk: _Disk, file: h5py.File, site: str, values: NDArray[np.float16]) -> str:
    """The digest of what was written."""
    if values.dtype != np.float16 or values.ndim != 3:
        raise TypeError(f"the activations of {site} are not (images, tokens, dim) in float16")
    values = values.astype("<f2", copy=False)
    _write_array(disk, file, f"{schema.VALUES}/{site}", values)
    return schema.array_digest(values.dtype, values.shape, [values])


def _write_array(disk: _Disk, file: h5py.File, path: str, array: NDArray[Any]) -> h5py.Dataset:
    if array.dtype.kind == "S":
        array = array.astype(h5py.string_dtype("utf-8", array.dtype.itemsize))
    if array.size == 0:  # nothing to cut into chunks
        return file.create_dataset(path, data=array)
    rows = min(len(array), max(1, CHUNK_BYTES * len(array) // array.nbytes))
    dataset = file.create_dataset(
        path,
        array.shape,
        array.dtype,
        chunks=(rows, *array.shape[1:]),
        compression="gzip",
        shuffle=True,
        fletcher32=True,
    )
    for start in range(0, len(array), rows):
        dataset[start : start + rows] = array[start : start + rows]
        disk.check()
    return dataset


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


def _verify(part: Path, session: Session, *, complete: bool) -> None:
    """Raise SaveFailed or SessionDamaged unless the file, read as any file is, gives this session again."""
    with guard.opened(part) as objects:  # our own file: nobody else knows its name
        *_, tree = (questions.everything if complete else questions.contents)(objects, part)
        found = schema.content_digest(schema.encode(schema.decode(tree)))
    if found != schema.content_digest(schema.encode(session)):
        raise SaveFailed(
            "The session was not saved: read back, it was not the same.",
            hint="Names must not end in a null character nor hold a slash. Otherwise this is a fault of the program.",
        )


def _named(error: Exception, path: Path) -> VitPruneError:
    """The failure in the user's terms."""
    number = error.errno if isinstance(error, OSError) else None
    if number in FULL:
        return DiskFull(f"There is no room for {path}.", hint="Free some space or save on another disk.")
    if number in DENIED:
        return SaveDenied(f"{path} may not be written: {error}.", hint="Save it in a folder that you may write to.")
    hint = "Save it in another folder."
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        hint = "The folder does not exist: create it, or choose another one."
    return SaveFailed(f"{path} could not be saved: {error}.", hint=hint, details=f"{type(error).__name__}: {error}")
