"""How hostile session files are made: what they must not get at, what they begin with, and how they have to end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from tests.core.session_examples import hdf5, session
from vitprune import sessions
from vitprune.results import Session
from vitprune.sessions import guard, questions, schema

NOT_OURS, UNSAFE, DAMAGED = "SESSION_UNREADABLE", "SESSION_UNSAFE", "SESSION_CHECKSUM"
TRUNCATED, TOO_LARGE, TOO_NEW = "SESSION_TRUNCATED", "SESSION_TOO_LARGE", "SESSION_TOO_NEW"
SECRET = b"the canary's own words"
PICKLE = b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x04exit\x94\x85\x94R\x94."
"""What would call exit, were it unpickled."""


@dataclass(frozen=True)
class Traps:
    """What no hostile file may get at: two canaries, and a pipe that keeps whoever opens it."""

    folder: Path

    @property
    def canary(self) -> Path:
        return self.folder / "canary.h5"

    @property
    def raw(self) -> Path:
        return self.folder / "canary.bin"

    @property
    def pipe(self) -> Path:
        return self.folder / "pipe"

    def set(self) -> Traps:
        with hdf5(self.canary, "w") as file:
            file["secret"] = np.frombuffer(SECRET, np.uint8)
        self.raw.write_bytes(SECRET)
        os.mkfifo(self.pipe)
        return self


@dataclass(frozen=True)
class Case:
    """`make` writes the file; `grows` is how many bytes more than for a plain session reading it may take. `slow` ones
    take long to make."""

    make: Callable[[Path, Traps], object]
    code: str
    slow: bool = False
    grows: int = 100 << 20


Change = Callable[[Any, Traps], object]
"""What is done to a whole session, opened for writing."""


def example(seed: int = 0, *, activations: bool = False) -> Session:
    """One of each part and no more: the fewer the objects, the more damage can be tried."""
    whole = session(4, 1, seed, activations=activations)
    assert whole.scores is not None
    scores = replace(whole.scores, tables={"cosine": whole.scores["cosine"]})
    return replace(whole, scores=scores, evaluations=whole.evaluations[:1])


@cache
def whole() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "whole.h5")
        sessions.save(example(activations=True), path)
        return path.read_bytes()


def edited(change: Change, code: str = UNSAFE, *, slow: bool = False) -> Case:
    def make(path: Path, traps: Traps) -> None:
        path.write_bytes(whole())
        with hdf5(path, "r+") as file:
            change(file, traps)

    return Case(make, code, slow)


def forged(change: Change, code: str = DAMAGED, *, slow: bool = False, grows: int = 100 << 20) -> Case:
    """With a digest that fits, so that what is behind the digest meets it."""
    case = edited(change, code)

    def make(path: Path, traps: Traps) -> None:
        case.make(path, traps)
        signed(path)

    return Case(make, code, slow, grows)


def signed(path: Path) -> None:
    """Give an edited file the digest that fits it."""
    with hdf5(path, "r") as file:
        objects = {n: i for n, i in guard.check_structure(file).items() if not n.startswith(f"{schema.VALUES}/")}
        digest = schema.content_digest({name: questions._node(item) for name, item in objects.items()})
    with hdf5(path, "r+") as file:
        file.attrs.modify(schema.DIGEST, np.bytes_(digest))


def rewritten(path: str, data: Any, **kwargs: Any) -> Change:
    def change(file: Any, _: Traps) -> None:
        del file[path]
        file.create_dataset(path, data=data, **kwargs)

    return change


def text(value: str | bytes) -> np.ndarray:
    return np.frombuffer(value.encode() if isinstance(value, str) else value, np.uint8)


def packed(value: str | bytes) -> dict[str, Any]:
    """As a data set that is small in the file."""
    data = text(value)
    return {"data": data, "chunks": (min(len(data), 1 << 20),), "compression": 9}


def linked(link: Callable[[Traps], object], name: str = "extra") -> Change:
    def change(file: Any, traps: Traps) -> None:
        if name in file:
            del file[name]
        file[name] = link(traps)

    return change


def attribute(value: Any, name: str = "extra", at: str = "model", **kwargs: Any) -> Change:
    return lambda file, _: file[at].attrs.create(name, value, **kwargs)


def bare_session(path: Path, **attributes: Any) -> None:
    """No more than says that it is a session, in the oldest format, which has no checksums of its own."""
    with h5py.File(path, "w", libver="earliest") as file:
        file.attrs["format"] = np.bytes_(schema.FORMAT)
        file.attrs["schema_version"] = np.int64(schema.VERSION)
        for name, value in attributes.items():
            file.attrs[name] = value
