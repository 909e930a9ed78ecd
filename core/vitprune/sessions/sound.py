"""Whether a session from a file is one that could have been measured: every value of its type, every count a count.

A file whose digest fits may still say anything, and whoever shows it should not have to expect anything.
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import PurePath
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from vitprune.results import DataReference, Evaluation, Latency, LatencyTable, Session, Thumbnails
from vitprune.scores import Boundaries, Scores

LARGEST = 2**63  # what a file keeps in 64 bits
DEEPEST = 64
SIGNED = {"seed"}
FINITE = {"seconds"}


def check(session: Session) -> Session:
    """The session itself. Raises TypeError or ValueError unless it is sound."""
    _check(session, Session, "session")
    return session


def prepare(kind: Any = Session) -> None:
    """Learn of which types all parts of a session are, so that processes forked from this one need not."""
    for part in (part for _, part in _hints(kind)) if is_dataclass(kind) else get_args(kind):
        prepare(part)


def _check(value: Any, kind: Any, name: str) -> None:
    origin, inner = _form(kind)
    if kind is Any:
        _check_json(value, name)
    elif origin is types.UnionType:
        if value is not None:
            _check(value, inner[0], name)
    elif origin is tuple:
        _require(type(value) is tuple, name)
        if inner[-1] is Ellipsis and inner[0] in (str, int):
            _check_series(value, inner[0], name)
            return
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        for part, part_kind in zip(value, kinds, strict=True):
            _check(part, part_kind, name)
    elif origin is frozenset:
        for part in value:
            _check(part, inner[0], name)
    elif origin is Mapping:
        _require(isinstance(value, Mapping), name)
        for key, part in value.items():
            _check(key, inner[0], name)
            _check(part, inner[1], name)
    elif origin is np.ndarray:
        _require(isinstance(value, np.ndarray) and value.dtype == _form(inner[1])[1][0], name)
    elif kind is int:
        _require(type(value) is int and abs(value) < LARGEST and (value >= 0 or name in SIGNED), name)
    elif kind is float:
        _require(type(value) in (float, int) and (name not in FINITE or (math.isfinite(value) and value >= 0)), name)
    else:
        _require(isinstance(value, kind), name)
        if is_dataclass(kind):
            for field, field_kind in _hints(kind):
                _check(getattr(value, field), field_kind, field)
            _check_parts(value)


def _check_series(values: tuple[Any, ...], kind: type, name: str) -> None:
    """As `_check` of each, of which there can be millions."""
    _require(set(map(type, values)) <= {kind}, name)
    if kind is int and values:
        _check(min(values), int, name)
        _check(max(values), int, name)


@cache
def _form(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is NDArray:  # an alias of its own since numpy 2.5, and resolved before
        return np.ndarray, (Any, np.dtype[inner[0]])
    return origin, inner


@cache
def _hints(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))


def _check_json(value: Any, name: str, depth: int = 0) -> None:
    _require(depth <= DEEPEST, name)
    match value:
        case dict():
            for part in value.values():
                _check_json(part, name, depth + 1)
        case list() | tuple():
            for part in value:
                _check_json(part, name, depth + 1)
        case int():
            _require(abs(value) < LARGEST, name)


def _check_parts(value: Any) -> None:
    """What the parts of a value have to do with each other."""
    match value:
        case DataReference():
            _require(len(value.labels) in (0, value.images), "labels")
            _require(max(value.labels, default=-1) < len(value.class_names), "labels")
            _require(all(map(_inside, value.paths)), "paths")
        case Evaluation():
            arrays = (value.predictions, *value.per_image.values())
            _require(all(array.shape in ((0,), (value.images,)) for array in arrays), "images")
        case Latency():
            _check_times([value.samples_ms])
        case LatencyTable():
            _check_times([*value.samples_ms.values(), value.rest_ms, value.watched_ms, value.whole_ms])
        case Thumbnails():
            side = value.pixels.shape[1:2]
            _require(value.pixels.shape == (len(value.paths), *side, *side, 3), "thumbnails")
            _require(all(map(_inside, value.paths)), "paths")
        case Boundaries():
            shape = (len(value.labels), len(value.labels))
            _require(value.mean.shape == value.standard_error.shape == shape, "labels")
        case Scores():
            scores = (score for table in value.tables.values() for score in table.values())
            _require(all(score.per_image.shape == (value.images,) for score in scores), "images")
            _require(value.asked_images is None or value.asked_images > value.images, "asked_images")


def _check_times(times: Iterable[NDArray[np.float64]]) -> None:
    _require(all(np.isfinite(array).all() and (array >= 0).all() for array in times), "times")


def _inside(path: str) -> bool:
    """Whether a path stays in the folder that it is relative to."""
    if not path.startswith(("/", ".")) and "/." not in path and "\\" not in path and ":" not in path:
        return True  # as nearly all are: to take thousands apart would take as long as all the rest
    parts = PurePath(path)
    return not path.startswith("/") and not parts.anchor and ".." not in parts.parts


def _require(condition: bool, name: str) -> None:
    if not condition:
        raise ValueError(f"{name}: not what can have been measured")
