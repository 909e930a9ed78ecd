"""What can be asked of an open session file. Each answer is a series of trees, so that it can travel between processes.

These run where libhdf5 may meet a hostile file: in the disposable process of `child`, unless the file is our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5s, h5z  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs
from numpy.typing import NDArray

from vitprune.errors import SessionDamaged
from vitprune.sessions import guard, schema
from vitprune.sessions.guard import Item, Objects
from vitprune.sessions.schema import Node, Tree

PIECE_BYTES = 4 << 20
FILTERS = [h5z.FILTER_SHUFFLE, h5z.FILTER_DEFLATE, h5z.FILTER_FLETCHER32]

Question = Callable[..., Iterator[Tree]]


def contents(objects: Objects, path: Path) -> Iterator[Tree]:
    """One tree: everything but the activations' values.

    Raises SessionDamaged unless they are what was written.
    """
    tree = {name: _node(item) for name, item in objects.items() if not name.startswith(f"{schema.VALUES}/")}
    if tree[""].attributes.get(schema.DIGEST) != schema.content_digest(tree):
        raise SessionDamaged(f"{path} was changed or damaged after it was saved.", hint=guard.COPY)
    # Whoever asked will do the same: what takes it too much memory or time has to show here.
    schema.decode(tree)
    schema.decode_activations(tree)
    yield tree


def places(objects: Objects, path: Path) -> Iterator[Tree]:
    """As `contents`; in the place of each site's activations, where their chunks lie, for `stored` to read them.

    Raises SessionDamaged where they are stored otherwise than ViTPrune does.
    """
    [tree] = contents(objects, path)
    stored = schema.decode_activations(tree)
    for site in stored.digests if stored else ():
        tree[f"{schema.VALUES}/{site}"] = _places(_dataset(objects, site))
    yield tree


def everything(objects: Objects, path: Path) -> Iterator[Tree]:
    """As `places`, after all activations were read too and compared with their digests."""
    [tree] = places(objects, path)
    stored = schema.decode_activations(tree)
    for site, wanted in stored.digests.items() if stored else ():
        dataset = _dataset(objects, site)
        digest = schema.ArrayDigest(dataset.dtype, dataset.shape)
        for piece in _pieces(dataset):
            digest.update(piece)
            yield {}  # a sign of life
        _check_values(site, wanted, digest.hexdigest())
    yield tree


QUESTIONS: dict[str, Question] = {question.__name__: question for question in (contents, places, everything)}


def _node(item: Item) -> Node:
    attributes = {name.decode(): _attribute(item, name) for name in guard.attribute_names(item)}
    return Node(attributes, _values(item) if isinstance(item, h5d.DatasetID) else None)


def _values(dataset: h5d.DatasetID) -> NDArray[Any]:
    found = np.empty(dataset.shape, dataset.dtype)
    if found.size:
        dataset.read(h5s.ALL, h5s.ALL, found)
    return found


def _attribute(item: Item, name: bytes) -> schema.Attribute:
    attribute = h5a.open(item, name)
    value = np.empty(attribute.shape, attribute.dtype)
    attribute.read(value)
    plain: Any = value.tolist()
    match plain:
        case bytes() as text:
            return text.decode("utf-8", "surrogatepass")
        case int() | float() as number:
            return number
        case list() as texts if value.ndim == 1 and value.dtype.kind == "S":
            return tuple(text.decode("utf-8", "surrogatepass") for text in texts)
    raise TypeError("an attribute is neither text nor number")


def _dataset(objects: Objects, site: str) -> h5py.Dataset:
    item = objects[f"{schema.VALUES}/{site}"]
    if not isinstance(item, h5d.DatasetID):
        raise TypeError(f"the activations of {site} are a group")
    dataset = h5py.Dataset(item)
    if dataset.dtype != np.dtype("<f2") or dataset.ndim != 3:
        raise TypeError(f"the activations of {site} are not a three-dimensional array of float16")
    return dataset


def _places(dataset: h5py.Dataset) -> Node:
    """The array is (chunks, 2): offset in the file, and bytes."""
    images, tokens, dim = dataset.shape
    if not dataset.size:
        about: dict[str, schema.Attribute] = {"images": images, "tokens": tokens, "dim": dim, "images_per_chunk": 1}
        return Node(about, np.empty((0, 2), "<i8"))
    plan = dataset.id.get_create_plist()
    filters = [plan.get_filter(number)[0] for number in range(plan.get_nfilters())]
    step, *rest = dataset.chunks or (1,)
    if filters != FILTERS or rest != [tokens, dim]:
        raise SessionDamaged("The activations were stored anew by another program.", hint=guard.COPY)
    found = np.full((-(-images // step), 2), -1, "<i8")

    def note(chunk: h5py.h5d.StoreInfo) -> None:
        found[chunk.chunk_offset[0] // step] = chunk.byte_offset, -1 if chunk.filter_mask else chunk.size

    dataset.id.chunk_iter(note)
    return Node({"images": images, "tokens": tokens, "dim": dim, "images_per_chunk": step}, found)


def _pieces(dataset: h5py.Dataset) -> Iterator[NDArray[np.float16]]:
    rows = max(1, PIECE_BYTES * len(dataset) // max(1, dataset.nbytes))
    for start in range(0, len(dataset), rows):
        yield dataset[start : start + rows]


def _check_values(site: str, wanted: str, found: str) -> None:
    if wanted != found:
        raise SessionDamaged(f"The activations of {site} are damaged.", hint=guard.COPY)
