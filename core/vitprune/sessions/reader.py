"""Opens session files: through the door, into values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitprune.errors import SessionDamaged
from vitprune.results import Activations, Session
from vitprune.sessions import door, guard, questions, schema


def load(path: Path) -> Session:
    """The session in a file, without its activations.

    Raises SessionNotFound, or SessionUnreadable or one of its subclasses; never opens with numbers other than those
    that were saved.
    """
    return _decoded(_tree(path, questions.contents), path)


def read_activations(path: Path, site: str) -> tuple[tuple[int, ...], NDArray[np.float16]]:
    """Token indices and values (images, tokens, dim), read-only, of one site, checked against their digest.

    Raises ArgumentInvalid for a site whose activations the session does not keep; otherwise like `load`.
    """
    answer = door.ask(path, questions.values, site=site)
    with guard.named(path):
        about = next(answer)
        tokens, shape = (_array(about[name]).tolist() for name in ("tokens", "shape"))
        values, filled = np.empty(shape, np.dtype("<f2")), 0
        for tree in answer:
            piece = _array(tree[""])
            values[filled : filled + len(piece)] = piece
            filled += len(piece)
        if filled != len(values):
            raise SessionDamaged(f"The activations of {site} are not all there.", hint=guard.COPY)
    values.setflags(write=False)
    return tuple(tokens), values


def stored_activations(path: Path) -> Activations | None:
    """The activations of a session file, each site read when it is asked for; None where it keeps none."""
    tree = _tree(path, questions.contents)
    with guard.named(path):
        stored = schema.decode_activations(tree)
    return stored and Activations(stored.token_indices, _OnDisk(path, tuple(stored.digests)))


def check(path: Path) -> list[str]:
    """What the file holds, one line each, after everything in it, activations too, was checked.

    Raises like `load`.
    """
    tree = _tree(path, questions.everything)
    session = _decoded(tree, path)
    root = tree[""].attributes
    lines = [
        f"session: version {root['schema_version']}, saved by ViTPrune {root['creator_version']}",
        f"model: {session.model.architecture} from {session.model.source}",
        f"sites: {len(session.architecture.sites)}",
        *_describe(session),
    ]
    if (stored := schema.decode_activations(tree)) is not None:
        lines.append(f"activations: {len(stored.digests)} sites at {len(stored.token_indices)} tokens")
    return [*lines, "every checksum is right"]


def _tree(path: Path, question: questions.Question) -> schema.Tree:
    with guard.named(path):
        [tree] = door.ask(path, question)
    return tree


def _decoded(tree: schema.Tree, path: Path) -> Session:
    with guard.named(path):
        return schema.decode(tree)


def _array(node: schema.Node) -> NDArray[Any]:
    assert node.array is not None
    return node.array


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
