"""What the process that reads a session file says to the one that asked: frames on a stream, every length bounded.

A frame is a tree of nodes, as `schema` has them, or an error, or the end. Nothing is unpickled, and whoever receives
believes no length, type or code that is not one of the expected.
"""

from __future__ import annotations

import json
import math
import re
import struct
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vitprune.errors import ArgumentInvalid, SessionUnreadable, VitPruneError, by_code
from vitprune.sessions.schema import Attribute, Node, Tree

REQUEST, TREE, ERROR, END, DIED = range(5)
HEAD = struct.Struct("<BQ")
MAX_TEXT_BYTES = 64 << 20
MAX_ARRAY_BYTES = 4 << 30
MAX_MESSAGE = 2000
DTYPE = re.compile(r"[<>|][fiuS][0-9]{1,9}")
ERRORS: dict[str, type[VitPruneError]] = {
    code: kind for code, kind in by_code().items() if issubclass(kind, SessionUnreadable | ArgumentInvalid)
}


class Source(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Sink(Protocol):
    def write(self, data: bytes | memoryview, /) -> int | None: ...
    def flush(self) -> None: ...


class Garbled(Exception):
    """The stream ended, or is none of ours."""


class Died(Exception):
    """The reading process ended before it had an answer, with this exit code (a signal is negative)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


def send_request(stream: Sink, request: dict[str, Any]) -> None:
    text = json.dumps(request).encode()
    stream.write(HEAD.pack(REQUEST, len(text)) + text)
    stream.flush()


def receive_request(stream: Source) -> dict[str, Any]:
    """Raises Garbled when there is none."""
    return json.loads(_exactly(stream, HEAD.unpack(_exactly(stream, HEAD.size))[1]))


def send_tree(stream: Sink, tree: Tree) -> None:
    """Raises ValueError for a tree whose names and attributes are too long."""
    plain = {
        path: [
            {name: _plain(value) for name, value in node.attributes.items()},
            None if node.array is None else [node.array.dtype.str, node.array.shape],
        ]
        for path, node in tree.items()
    }
    text = json.dumps(plain).encode()
    if len(text) > MAX_TEXT_BYTES:
        raise ValueError("the names and attributes are too long")
    stream.write(HEAD.pack(TREE, len(text)) + text)
    for node in tree.values():
        if node.array is not None:
            stream.write(_flat(np.ascontiguousarray(node.array)))
    stream.flush()


def send_error(stream: Sink, error: VitPruneError) -> None:
    text = json.dumps([error.code, error.message, error.hint, error.details[:MAX_MESSAGE]]).encode()
    stream.write(HEAD.pack(ERROR, len(text)) + text)
    stream.flush()


def send_end(stream: Sink) -> None:
    stream.write(HEAD.pack(END, 0))
    stream.flush()


def send_death(stream: Sink, code: int) -> None:
    text = json.dumps(code).encode()
    stream.write(HEAD.pack(DIED, len(text)) + text)
    stream.flush()


def receive(stream: Source) -> Tree | None:
    """The next tree, None at the end.

    Raises the error that was sent, Died, or Garbled; and what the stream raises.
    """
    kind, length = HEAD.unpack(_exactly(stream, HEAD.size))
    if length > MAX_TEXT_BYTES:
        raise Garbled(f"a frame of {length} bytes")
    text = _exactly(stream, length)
    if kind == END:
        return None
    try:
        if kind == ERROR:
            code, message, hint, details = json.loads(text)
            raise ERRORS[code](str(message)[:MAX_MESSAGE], hint=str(hint)[:MAX_MESSAGE], details=str(details))
        if kind == DIED:
            raise Died(int(json.loads(text)))
        return _tree(stream, json.loads(text))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Garbled(f"{type(error).__name__}: {error}") from error


def _tree(stream: Source, plain: Any) -> Tree:
    tree: Tree = {}
    total = 0
    for path, (attributes, described) in plain.items():
        array: NDArray[Any] | None = None
        if described is not None:
            dtype, shape = described
            if not DTYPE.fullmatch(dtype) or any(type(length) is not int or length < 0 for length in shape):
                raise TypeError("no array of a session")
            total += math.prod(shape) * np.dtype(dtype).itemsize
            if total > MAX_ARRAY_BYTES:
                raise ValueError("too large for a session")
            empty: NDArray[Any] = np.empty(shape, dtype)
            _fill(stream, _flat(empty))
            array = empty
        tree[str(path)] = Node({name: _attribute(value) for name, value in attributes.items()}, array)
    return tree


def _plain(value: Attribute) -> Any:
    # JSON would make one NaN of many.
    return {"float": struct.pack("<d", value).hex()} if isinstance(value, float) else value


def _attribute(plain: Any) -> Attribute:
    match plain:
        case str():
            return plain
        case int() if type(plain) is int:
            return plain
        case {"float": digits}:
            return struct.unpack("<d", bytes.fromhex(digits))[0]
        case list() if all(isinstance(text, str) for text in plain):
            return tuple(plain)
    raise TypeError("an attribute is neither text nor number")


def _flat(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")


def _exactly(stream: Source, length: int) -> bytes:
    data = bytearray(length)
    _fill(stream, memoryview(data))
    return bytes(data)


def _fill(stream: Source, buffer: memoryview) -> None:
    place = 0
    while place < len(buffer):
        count = stream.readinto(buffer[place:])
        if not count:
            raise Garbled("the stream ended")
        place += count
