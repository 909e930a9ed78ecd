"""A new file beside an old one, until it takes its place: at every moment the name holds the old one or the new one."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vitprune.errors import DiskFull, SaveDenied, SaveFailed, VitPruneError
from vitprune.sessions import files

DAY = 24 * 3600
FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}  # some network and FUSE file systems


class Part:
    """The new file for `target`, at `path` until `finish` and `put_in_place`; whatever happened, `discard` ends it.

    Raises OSError where there can be none.
    """

    def __init__(self, target: Path) -> None:
        self.target = Path(os.path.realpath(target))  # a link stays a link
        self.path = self.target.with_name(f".{self.target.name}.{secrets.token_hex(4)}.part")
        self.disk = Disk(files.create(self.path))
        self._open = True

    def finish(self) -> os.stat_result:
        """Sync and close. The status of the file, which nothing but its name changes from now on. Raises OSError."""
        with suppress(OSError):
            shutil.copymode(self.target, self.path)
        files.fsync(self.disk.descriptor)
        written = os.fstat(self.disk.descriptor)
        self._open = False
        files.close(self.disk.descriptor)  # may be where a network drive reports a failed write
        return written

    def put_in_place(self) -> None:
        """Rename, and sync the folder.

        Raises OSError with the old file untouched, or SaveFailed with the new one in place when the disk did not
        confirm that.
        """
        with _folder(self.target.parent) as folder:
            files.replace(self.path, self.target)
            _sync_folder(folder, self.target)

    def discard(self) -> None:
        if self._open:
            self._open = False
            with suppress(OSError):
                files.close(self.disk.descriptor)
        with suppress(OSError):
            files.unlink(self.path)


def write(path: Path, content: bytes) -> None:
    """The whole of it or nothing. Raises DiskFull, SaveDenied or another SaveFailed, and leaves what was there."""
    part = None
    try:
        part = Part(path)
        part.disk.write(memoryview(content))
        part.disk.check()
        part.finish()
        part.put_in_place()
    except OSError as error:
        raise named(error, path) from error
    finally:
        if part is not None:
            part.discard()


class Disk:
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
        """Nothing is buffered here; `Part` syncs once, at the end."""

    def _write_all(self, data: memoryview) -> None:
        while data:
            data = data[files.write(self.descriptor, data) :]

    def _attempt(self, change: Callable[[], None]) -> None:
        if self.error is None:
            try:
                change()
            except BaseException as error:  # noqa: BLE001 - not even Ctrl-C may unwind through libhdf5
                self.error = error


def tidy(target: Path) -> None:
    """Remove what saves of this file left behind when they were killed, a day ago or more: none of them still runs."""
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            ours = entry.name.startswith(f".{target.name}.") and entry.name.endswith(".part")
            if ours and entry.stat(follow_symlinks=False).st_mtime < time.time() - DAY:
                files.unlink(Path(entry.path))


def named(error: Exception, path: Path) -> VitPruneError:
    """A failure to save `path` in the user's terms."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EFBIG:
        return DiskFull(
            f"{path} would be larger than its disk, or a limit of your account, allows.",
            hint="Save on another disk, or keep fewer activations.",
        )
    if number in FULL:
        return DiskFull(f"There is no room for {path}.", hint="Free some space or save on another disk.")
    if number in DENIED:
        return SaveDenied(f"{path} may not be written: {error}.", hint="Save it in a folder that you may write to.")
    hint = "Save it in another folder."
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        hint = "The folder does not exist: create it, or choose another one."
    why = str(error).rstrip(".")
    return SaveFailed(f"{path} could not be saved: {why}.", hint=hint, details=f"{type(error).__name__}: {error}")


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
                f"{target} holds what was written, but the disk did not confirm it: {error.strerror}.",
                hint="Save a copy on another disk: this one may lose it.",
            ) from error
