"""The one door for files from outside: what a file is, before a single value in it is read.

HDF5 can point out of a file, declare more than there is, and name code to load. A session does none of it, so whatever
does is refused. What passes is still checked against its digests by the reader.

libhdf5 is asked directly: the objects that h5py makes of its answers take longer than all checks.
"""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5s, h5t, h5z  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs

from vitprune.errors import (
    SessionDamaged,
    SessionNotFound,
    SessionTooLarge,
    SessionTooNew,
    SessionTruncated,
    SessionUnreadable,
    SessionUnsafe,
    VitPruneError,
)
from vitprune.sessions import schema

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MALFORMED = (OSError, RuntimeError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError, AssertionError)
"""What h5py, numpy and json raise for damage; each becomes a named error."""

OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
READ_BYTES = 16 << 20
CHUNK_SLOTS = 13  # of every data set, all of which are open: the usual 8191 take 64 KiB
MAX_DEPTH = 6
MAX_OBJECTS = 100_000
MAX_ATTRIBUTES = 64
MAX_ATTRIBUTE_BYTES = 1 << 20
MAX_AXES = 4
MAX_CHUNK_BYTES = 64 << 20
MAX_CONTENT_BYTES = 4 << 30
SMALL_BYTES = 32 << 20  # below this, no ratio of declared to stored is suspicious
MAX_CONTENT_RATIO = 200
MAX_DEFLATE_RATIO = 1100  # gzip cannot do better than 1032
FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32}
RELEASE = re.compile(rb"[0-9]{1,4}(\.[0-9]{1,4}){0,3}")
TYPES = {"f": {2, 4, 8}, "i": {1, 2, 4, 8}, "u": {1, 2, 4, 8}}

COPY = "Open a backup, or ask for the file again."
Item: TypeAlias = h5g.GroupID | h5d.DatasetID
Objects = dict[str, Item]


@contextmanager
def opened(path: Path) -> Iterator[Objects]:
    """The objects of a session file by their path, the root under "", while it is open for reading. Only for files that
    this process wrote itself, since libhdf5 runs in it.

    Raises SessionNotFound, or SessionUnreadable or one of its subclasses; whatever goes wrong with the file inside the
    `with` block becomes SessionDamaged.
    """
    with source(path) as descriptor, parsed(descriptor, path) as objects:
        yield objects


@contextmanager
def source(path: Path) -> Iterator[int]:
    """A descriptor of a regular file that begins as HDF5 files do. Raises SessionNotFound or SessionUnreadable."""
    try:
        _require_file(path.stat().st_mode, path)  # before it is opened: opening some devices does something
        descriptor = os.open(path, OPEN)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise SessionNotFound(f"There is no file {path}.", hint="Check the name and the folder.") from None
    except OSError as error:
        raise SessionUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    try:
        _require_file(os.fstat(descriptor).st_mode, path)  # the name may have changed hands since
        try:
            start = _File(descriptor).read(len(SIGNATURE))
        except OSError as error:
            raise SessionUnreadable(f"{path} cannot be read: {error.strerror}.") from error
        if start != SIGNATURE:
            raise _not_a_session(path)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def parsed(descriptor: int, path: Path) -> Iterator[Objects]:
    """As `opened`, of a file that is open already; `path` is what messages call it."""
    with named(path), h5py.File(_File(descriptor), "r", rdcc_nslots=CHUNK_SLOTS) as file:
        _check_identity(file, path)
        yield check_structure(file)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Whatever h5py, numpy, json and the values themselves complain of inside the `with` block becomes a
    SessionUnreadable."""
    try:
        yield
    except (SessionUnreadable, SessionNotFound):
        raise
    except VitPruneError as error:  # of a plan, say, that no such architecture has
        raise SessionDamaged(f"{path} is damaged.", hint=COPY, details=f"{error.code}: {error}") from error
    except MemoryError as error:
        raise SessionTooLarge(f"{path} needs more memory than there is.", hint=COPY) from error
    except MALFORMED as error:
        if "truncated file" in str(error):
            raise SessionTruncated(f"{path} ends too early.", hint=COPY, details=str(error)) from error
        raise SessionDamaged(f"{path} is damaged.", hint=COPY, details=f"{type(error).__name__}: {error}") from error


class _File:
    """A descriptor as HDF5 sees it, through the file-like driver of h5py: libhdf5 opens nothing itself, and so needs
    neither a name nor a lock. The position is its own, since the descriptor's is shared with other processes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._position = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        self._position = offset + (os.fstat(self._descriptor).st_size if start is None else start)
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, size: int) -> bytes:
        buffer = bytearray(size)
        return bytes(buffer[: self._fill(memoryview(buffer))])

    def readinto(self, buffer: memoryview) -> int:
        """The rest is zeros where the file has become shorter: libhdf5 takes the buffer as filled."""
        place = self._fill(buffer)
        if place < len(buffer):
            buffer[place:] = bytes(len(buffer) - place)
        return place

    def _fill(self, buffer: memoryview) -> int:
        place = 0
        while place < len(buffer) and (count := self._some(buffer[place : place + READ_BYTES])):
            place += count
            self._position += count
        return place

    def _some(self, buffer: memoryview) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [buffer], self._position)
        os.lseek(self._descriptor, self._position, os.SEEK_SET)
        data = os.read(self._descriptor, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def flush(self) -> None:
        """h5py asks for it on closing."""


def check_structure(file: h5py.File) -> Objects:
    """Every object of the file by its path, the root under "", none of its values read yet.

    Raises SessionUnsafe for anything that no session has. A file that libhdf5 cannot parse raises what h5py raises.
    """
    root = h5o.open(file.id, b"/")
    found: Objects = {"": root}
    seen = {h5o.get_info(root).addr}
    declared = stored = told = 0
    todo: list[tuple[str, Item]] = [("", root)]
    while todo:
        path, item = todo.pop()
        told += _check_attributes(item, path)
        _require(told <= SMALL_BYTES, path, "has attributes that are too large")  # all objects may share one
        if isinstance(item, h5d.DatasetID):
            size, room = _check_dataset(item, path)
            if not path.startswith(f"{schema.VALUES}/"):
                declared, stored = declared + size, stored + room
        else:
            _require(path.count("/") < MAX_DEPTH, path, "is nested too deeply")
            _require(len(found) + len(item) <= MAX_OBJECTS, path, "holds too many objects")
            children = _children(item, path, seen)
            found |= children
            todo += children.items()
        _require(declared <= MAX_CONTENT_BYTES, "", "declares too much")
    _require(declared <= max(SMALL_BYTES, MAX_CONTENT_RATIO * stored), "", "declares far more than it stores")
    return found


def attribute_names(item: Item) -> list[bytes]:
    """Of a group or a data set, in the order of the names."""
    names: list[bytes] = []
    h5a.iterate(item, lambda name, *_: names.append(name))
    return names


def content_bytes(objects: Objects) -> int:
    """Bytes of everything but the activations' values, once it is read. `check_structure` has set a bound to them."""
    return sum(
        math.prod(item.shape) * item.get_type().get_size()
        for name, item in objects.items()
        if isinstance(item, h5d.DatasetID) and not name.startswith(f"{schema.VALUES}/")
    )


def _require_file(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):  # a pipe would wait for ever
        raise SessionUnreadable(f"{path} is not a file.", hint="Choose a file that ends in .vitprune.h5.")


def _check_identity(file: h5py.File, path: Path) -> None:
    if _root_value(file, "format", h5t.STRING) != schema.FORMAT.encode():
        raise _not_a_session(path)
    version = _root_value(file, "schema_version", h5t.INTEGER)
    if not isinstance(version, np.integer) or version < 1:
        raise SessionDamaged(f"{path} does not say which version it has.", hint=COPY)
    if version > schema.VERSION:
        needs = _root_value(file, "needs", h5t.STRING)
        known = RELEASE.fullmatch(needs) if isinstance(needs, bytes) else None
        wanted = f"ViTPrune {known[0].decode()} or newer" if known else "a newer ViTPrune"
        raise SessionTooNew(
            f"{path} was written by a newer ViTPrune (session version {version}).",
            hint=f"Opening it needs {wanted}; this one reads versions up to {schema.VERSION}.",
        )


def _root_value(file: h5py.File, name: str, kind: int) -> object:
    """A scalar root attribute of this HDF5 class, or None: the little that is asked before everything is checked."""
    if name not in file.attrs:
        return None
    attribute = file.attrs.get_id(name)
    kept = attribute.get_type()
    if kept.get_class() != kind or attribute.shape != () or kept.get_size() > MAX_ATTRIBUTE_BYTES or _is_variable(kept):
        return None
    return file.attrs[name]


def _not_a_session(path: Path) -> SessionUnreadable:
    return SessionUnreadable(f"{path} is not a ViTPrune session.", hint="Choose a file that ends in .vitprune.h5.")


def _children(group: h5g.GroupID, parent: str, seen: set[int]) -> Objects:
    """`seen` are the addresses of all objects found so far."""
    children: Objects = {}
    for name in group:
        text = name.decode("utf-8", "backslashreplace")
        path = f"{parent}/{text}" if parent else text
        # The link is looked at without following it: following an external one opens another file.
        _require(group.links.get_info(name).type == h5l.TYPE_HARD, path, "is a link to somewhere else")
        _require(text.encode() == name, path, "has a name that is no text")
        child = h5o.open(group, name)
        if not isinstance(child, h5g.GroupID | h5d.DatasetID):
            raise _unsafe(path, "is neither a group nor a data set")
        address = h5o.get_info(child).addr
        _require(address not in seen, path, "is reached in two ways")
        seen.add(address)
        children[path] = child
    return children


def _check_attributes(item: Item, path: str) -> int:
    """Their bytes."""
    total = 0
    _require(h5a.get_num_attrs(item) <= MAX_ATTRIBUTES, path, "has too many attributes")
    for name in attribute_names(item):
        attribute, where = h5a.open(item, name), f"{path}@{name.decode()}"
        kind, space = attribute.get_type(), attribute.get_space()
        _check_type(kind, where)
        _check_space(space, where)
        size = math.prod(space.shape) * kind.get_size()
        _require(size <= MAX_ATTRIBUTE_BYTES, where, "is too large")
        total += size
    return total


def _check_dataset(dataset: h5d.DatasetID, path: str) -> tuple[int, int]:
    """Bytes declared and bytes stored."""
    plan = dataset.get_create_plist()
    layout = plan.get_layout()
    # First of all: asking a virtual data set for its shape may already open its sources.
    _require(layout in (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED), path, "is a virtual data set")
    _require(plan.get_external_count() == 0, path, "keeps its values in another file")
    for number in range(plan.get_nfilters()):
        _require(plan.get_filter(number)[0] in FILTERS, path, "needs a filter that no session uses")
    kind, space = dataset.get_type(), dataset.get_space()
    _check_type(kind, path)
    _check_space(space, path)
    shape = space.shape
    size, room = math.prod(shape) * kind.get_size(), dataset.get_storage_size()
    if layout == h5d.CHUNKED:
        chunk = plan.get_chunk()
        _require(math.prod(chunk) * kind.get_size() <= MAX_CHUNK_BYTES, path, "has chunks that are too large")
        _require(size <= max(SMALL_BYTES, MAX_DEFLATE_RATIO * room), path, "declares far more than it stores")
        chunks = math.prod(-(-length // step) for length, step in zip(shape, chunk, strict=True))
        _require(dataset.get_num_chunks() == chunks, path, "lacks some of its values")
    else:
        _require(size == room, path, "lacks some of its values")
    return size, room


def _check_type(kind: h5t.TypeID, path: str) -> None:
    classes = (h5t.INTEGER, h5t.FLOAT, h5t.STRING)
    plain = kind.get_class() in classes and not kind.committed() and not _is_variable(kind)
    _require(plain, path, "has a type that no session uses")
    if kind.get_class() != h5t.STRING:
        _require(_known_number(kind), path, "has a type that no session uses")


def _known_number(kind: h5t.TypeID) -> bool:
    try:
        return kind.get_size() in TYPES.get(kind.dtype.kind, ())
    except TypeError:  # numpy has no such number
        return False


def _is_variable(kind: h5t.TypeID) -> bool:
    return isinstance(kind, h5t.TypeStringID) and kind.is_variable_str()


def _check_space(space: h5s.SpaceID, path: str) -> None:
    simple = space.get_simple_extent_type() in (h5s.SCALAR, h5s.SIMPLE)
    _require(simple and space.get_simple_extent_ndims() <= MAX_AXES, path, "has a shape that no session uses")


def _require(condition: bool, path: str, complaint: str) -> None:
    if not condition:
        raise _unsafe(path, complaint)


def _unsafe(path: str, complaint: str) -> SessionUnsafe:
    # Names come from the file: shown escaped and short, they cannot dress up as something else.
    return SessionUnsafe(
        f"The file is not safe to open: {'/' + path[:80]!a} {complaint}.",
        hint="ViTPrune writes no such file. Do not open it with other programs unless you trust where it comes from.",
    )
