"""Opens session files: through the guard, against their digests, into values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from vitprune.errors import ArgumentInvalid, SessionDamaged
from vitprune.results import Activations, Session
from vitprune.sessions import guard, schema
from vitprune.sessions.guard import Objects

PIECE_BYTES = 4 << 20


def load(path: Path) -> Session:
    """The session in a file, without its activations.

    Raises SessionNotFound, or SessionUnreadable or one of its subclasses; never opens with numbers other than those
    that were saved.
    """
    with guard.opened(path) as objects:
        return schema.decode(_tree(objects, path))


def read_activations(path: Path, site: str) -> tuple[tuple[int, ...], NDArray[np.float16]]:
    """Token indices and values (images, tokens, dim), read-only, of one site, checked against their digest.

    Raises ArgumentInvalid for a site whose activations the session does not keep; otherwise like `load`.
    """
    with guard.opened(path) as objects:
        stored = schema.decode_activations(_tree(objects, path))
        if stored is None or site not in stored.digests:
            raise ArgumentInvalid(
                f"{path} keeps no activations of {site}.",
                hint="Analyse again and keep them (`vitprune analyze --keep-activations TOKENS`).",
            )
        dataset = _values(objects, site)
        values = np.empty(dataset.shape, np.dtype("<f2"))
        for start, piece in _pieces(dataset):
            values[start : start + len(piece)] = piece
        _check_values(site, stored.digests[site], schema.array_digest(values.dtype, values.shape, [values]))
    values.setflags(write=False)
    return stored.token_indices, values


def stored_activations(path: Path) -> Activations | None:
    """The activations of a session file, each site read when it is asked for; None where it keeps none."""
    with guard.opened(path) as objects:
        stored = schema.decode_activations(_tree(objects, path))
    return stored and Activations(stored.token_indices, _OnDisk(path, tuple(stored.digests)))


def check(path: Path) -> list[str]:
    """What the file holds, one line each, after everything in it, activations too, was checked.

    Raises like `load`.
    """
    with guard.opened(path) as objects:
        tree = _tree(objects, path)
        session = schema.decode(tree)
        stored = schema.decode_activations(tree)
        root = tree[""].attributes
        lines = [
            f"session: version {root['schema_version']}, saved by ViTPrune {root['creator_version']}",
            f"model: {session.model.architecture} from {session.model.source}",
            f"sites: {len(session.architecture.sites)}",
            *_describe(session),
        ]
        if stored is not None:
            for site, digest in stored.digests.items():
                dataset = _values(objects, site)
                pieces = (piece for _, piece in _pieces(dataset))
                _check_values(site, digest, schema.array_digest(dataset.dtype, dataset.shape, pieces))
            lines.append(f"activations: {len(stored.digests)} sites at {len(stored.token_indices)} tokens")
    return [*lines, "every checksum is right"]


def _describe(session: Session) -> Iterator[str]:
    if session.data is not None:
        yield f"data: {session.data.images} images, {len(session.data.skipped)} skipped, from {session.data.source}"
    if session.scores is not None:
        sites = {site for table in session.scores.values() for site in table}
        yield f"scores: {', '.join(session.scores)} for {len(sites)} sites over {session.scores.images} images"
        if session.scores.boundaries is not None:
            yield f"boundaries: {len(session.scores.boundaries.labels)}"
        for measure, tables in (("angles", session.scores.angles), ("CKA", session.scores.cka)):
            if tables:
                yield f"{measure} between boundaries: {', '.join(tables)}"
    if (table := session.latencies) is not None:
        yield f"latencies: {len(table.samples_ms)} sites, {len(table.whole_ms)} times, {table.batch_size} images each"
    yield f"plan: {len(session.plan)} sites"
    for evaluation in session.evaluations:
        what = f"{len(evaluation.plan)} sites pruned" if len(evaluation.plan) else "dense"
        yield f"evaluation: {what}, {evaluation.images} images"
    for search in session.searches:
        asked = search.state.settings
        yield f"search: {len(search.steps)} steps by {asked.objective} on {asked.images} images"
    if session.study is not None:
        asked = session.study
        yield f"study: {', '.join(asked.methods)} on {asked.test.images} images, {len(session.trials)} trials"


def _tree(objects: Objects, path: Path) -> schema.Tree:
    """All nodes but the activations' values. Raises SessionDamaged unless they are what was written."""
    tree = {name: _node(item) for name, item in objects.items() if not name.startswith(f"{schema.VALUES}/")}
    if tree[""].attributes.get(schema.DIGEST) != schema.content_digest(tree):
        raise SessionDamaged(f"{path} was changed or damaged after it was saved.", hint=guard.COPY)
    return tree


def _node(item: h5py.Group | h5py.Dataset) -> schema.Node:
    attributes = {name: _attribute(value) for name, value in item.attrs.items()}
    return schema.Node(attributes, np.asarray(item[()]) if isinstance(item, h5py.Dataset) else None)


def _attribute(value: Any) -> schema.Attribute:
    match value:
        case bytes():
            return value.decode("utf-8", "surrogatepass")
        case np.integer():
            return int(value)
        case np.floating():
            return float(value)
        case np.ndarray() if value.ndim == 1 and value.dtype.kind == "S":
            return tuple(text.decode("utf-8", "surrogatepass") for text in value.tolist())
    raise TypeError("an attribute is neither text nor number")


def _values(objects: Objects, site: str) -> h5py.Dataset:
    dataset = objects[f"{schema.VALUES}/{site}"]
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype != np.dtype("<f2") or dataset.ndim != 3:
        raise TypeError(f"the activations of {site} are not a three-dimensional array of float16")
    return dataset


def _pieces(dataset: h5py.Dataset) -> Iterator[tuple[int, NDArray[np.float16]]]:
    rows = max(1, PIECE_BYTES * len(dataset) // max(1, dataset.nbytes))
    for start in range(0, len(dataset), rows):
        yield start, dataset[start : start + rows]


def _check_values(site: str, wanted: str, found: str) -> None:
    if wanted != found:
        raise SessionDamaged(f"The activations of {site} are damaged.", hint=guard.COPY)


@dataclass(frozen=True)
class _OnDisk(Mapping[str, NDArray[np.float16]]):
    path: Path
    sites: tuple[str, ...]

    def __getitem__(self, site: str) -> NDArray[np.float16]:
        if site not in self.sites:
            raise KeyError(site)
        return read_activations(self.path, site)[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self.sites)

    def __len__(self) -> int:
        return len(self.sites)
