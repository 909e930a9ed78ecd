"""Opens session files: through the door, into values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vitprune.errors import ArgumentInvalid, SessionNotFound
from vitprune.jobs import Job
from vitprune.results import Session
from vitprune.sessions import door, guard, questions, schema
from vitprune.sessions.stored import Chunks, Index, StoredActivations, identity

MOST_IMAGES = 1 << 24


def load(path: Path) -> Session:
    """The session in a file, without its activations.

    Raises SessionNotFound, or SessionUnreadable or one of its subclasses; never opens with numbers other than those
    that were saved.
    """
    return load_digested(path)[0]


def load_digested(path: Path) -> tuple[Session, str]:
    """As `load`, and the digest of what the file holds, for `save` to tell whether it still does."""
    tree = _tree(path, questions.contents)
    with guard.named(path):
        return schema.decode(tree), str(tree[""].attributes[schema.DIGEST])


def digest(path: Path) -> str:
    """The digest of what a file holds, as `load_digested` gives it, "" where there is no file. Raises like `load`."""
    try:
        tree = _tree(path, questions.contents)
    except SessionNotFound:
        return ""
    return str(tree[""].attributes[schema.DIGEST])


def activations(path: Path) -> StoredActivations | None:
    """The activations in a file, none of them read yet; None where it keeps none. Raises like `load`."""
    return whole(path)[1]


def read_activations(path: Path, site: str) -> tuple[tuple[int, ...], NDArray[np.float16]]:
    """Token indices and values (images, tokens, dim), read-only, of one site, checked against their digests.

    Raises ArgumentInvalid for a site whose activations the session does not keep; otherwise like `load`.
    """
    stored = activations(path)
    if stored is None:
        raise ArgumentInvalid(
            f"{path} keeps no activations of {site}.",
            hint="Analyse again and keep them (`vitprune analyze --keep-activations TOKENS`).",
        )
    return stored.token_indices, stored.read(site)


def whole(path: Path, question: questions.Question = questions.places) -> tuple[Session, StoredActivations | None]:
    """As `load` and `activations` together: the file is looked at once."""
    session, stored, _ = _whole(path, question)
    return session, stored


def _whole(path: Path, question: questions.Question) -> tuple[Session, StoredActivations | None, schema.Node]:
    seen = None
    with suppress(OSError, ValueError):  # the door says better what is wrong
        seen = identity(path.stat())  # before it is opened: a file that takes its place later is looked at anew
    tree = _tree(path, question)
    with guard.named(path):
        session, kept = schema.decode(tree), schema.decode_activations(tree)
        if kept is None or seen is None:
            return session, None, tree[""]
        sites = {site: _chunks(tree, site, kept, number) for number, site in enumerate(kept.digests)}
        return session, StoredActivations(path, Index(seen, kept.token_indices, sites), activations), tree[""]


def check(path: Path) -> list[str]:
    """What the file holds, one line each, after everything in it, activations too, was checked.

    Raises like `load`.
    """
    session, stored, node = _whole(path, questions.everything)
    for _ in stored.chunks(Job()) if stored is not None else ():
        pass  # each is checked as it passes
    root = node.attributes
    lines = [
        f"session: version {root['schema_version']}, saved by ViTPrune {root['creator_version']}",
        f"model: {session.model.architecture} from {session.model.source}",
        f"sites: {len(session.architecture.sites)}",
        *_describe(session),
    ]
    if stored is not None:
        lines.append(f"activations: {len(stored)} sites at {len(stored.token_indices)} tokens")
    return [*lines, "every checksum is right"]


def _tree(path: Path, question: questions.Question) -> schema.Tree:
    with guard.named(path):
        [tree] = filter(None, door.ask(path, question))  # empty ones are signs of life
    return tree


def _chunks(tree: schema.Tree, site: str, kept: schema.KeptActivations, number: int) -> Chunks:
    """Where the values of a site lie. Raises what `guard.named` names for places that cannot be."""
    node = tree[f"{schema.VALUES}/{site}"]
    images, tokens, dim, step = (
        int(str(node.attributes[name])) for name in ("images", "tokens", "dim", "images_per_chunk")
    )
    places = node.array
    if places is None or min(images, tokens, dim, step - 1) < 0 or (places.size and places.min() < 0):
        raise ValueError(f"the activations of {site} lie nowhere")
    chunks = -(-images // step) if images * tokens * dim else 0
    digests = None if kept.chunk_digests is None else kept.chunk_digests[:, number]
    if not chunks and images > MOST_IMAGES:  # of which none takes any room
        raise ValueError(f"{site} has activations of too many images")
    if places.shape != (chunks, 2) or (
        digests is not None and chunks and (len(digests), kept.chunk_images) != (chunks, step)
    ):
        raise ValueError(f"the chunks of {site} are not those that were saved")
    return Chunks((images, tokens, dim), step, places, digests, kept.digests[site])


def _describe(session: Session) -> Iterator[str]:
    if session.data is not None:
        yield f"data: {session.data.images} images, {len(session.data.skipped)} skipped, from {session.data.source}"
    if session.scores is not None:
        sites = {site for table in session.scores.values() for site in table}
        yield f"scores: {', '.join(session.scores)} for {len(sites)} sites over {session.scores.images} images"
        if session.scores.asked_images is not None:
            yield f"stopped: those are the first {session.scores.images} of {session.scores.asked_images} images"
        if session.scores.boundaries is not None:
            yield f"boundaries: {len(session.scores.boundaries.labels)}"
        for measure, tables in (("angles", session.scores.angles), ("CKA", session.scores.cka)):
            if tables:
                yield f"{measure} between boundaries: {', '.join(tables)}"
    if (table := session.latencies) is not None:
        yield f"latencies: {len(table.samples_ms)} sites, {len(table.whole_ms)} times, {table.batch_size} images each"
    yield f"plan: {len(session.plan)} sites" + (
        f", {len(session.plan.units)} of them in part" * bool(session.plan.units)
    )
    for evaluation in session.evaluations:
        what = f"{len(evaluation.plan)} sites pruned" if len(evaluation.plan) else "dense"
        yield f"evaluation: {what}, {evaluation.images} images"
    for search in session.searches:
        asked = search.state.settings
        yield f"search: {len(search.steps)} steps by {asked.objective} on {asked.images} images"
    if session.study is not None:
        asked = session.study
        yield f"study: {', '.join(asked.methods)} on {asked.test.images} images, {len(session.trials)} trials"
    for training in session.trainings:
        curve = training.curve
        yield f"training: {len(training.plan)} sites pruned, {curve.steps} steps on {curve.images} images"
    if session.thumbnails is not None:
        yield f"pictures: {len(session.thumbnails.paths)}"
    for entry in session.log:
        yield f"done: {entry.what} ({entry.seconds:.1f} s, until {entry.when})"
