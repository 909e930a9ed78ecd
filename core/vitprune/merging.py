"""Adds to the session in a file: what was measured earlier is never lost by measuring more, whoever measured it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from vitprune import sessions
from vitprune.errors import SessionChanged, SessionNotFound, SessionUnreadable
from vitprune.jobs import Job
from vitprune.results import Activations, Session, Thumbnails
from vitprune.scores import read_only

ATTEMPTS = 20


def save_merged(session: Session, path: Path, *, job: Job | None = None) -> Session:
    """Save `session` together with what an older file about the same model holds, alone when there is no such file or
    it is about another model. What was saved.

    What other programs save to the same file at the same time is kept too: it is read again then. Raises what
    `sessions.load` and `sessions.save` raise.
    """
    for left in reversed(range(ATTEMPTS)):
        older, expected = _older(path)
        try:
            merged = _merged(older, session, path) if older and _about_the_same(older, session) else session
            sessions.save(merged, path, expected=expected, job=job)
            return merged
        except (SessionChanged, SessionNotFound, SessionUnreadable):
            if not left or sessions.digest(path) == expected:
                raise
    raise AssertionError


def _older(path: Path) -> tuple[Session | None, str]:
    try:
        return sessions.load_digested(path)
    except SessionNotFound:
        return None, ""


def _about_the_same(older: Session, session: Session) -> bool:
    same = older.architecture.digest == session.architecture.digest
    return same and older.model.weights_sha256 == session.model.weights_sha256


def _merged(older: Session, session: Session, path: Path) -> Session:
    for result in session.evaluations:
        older = older.with_evaluation(result)
    for training in session.trainings:
        older = older.with_training(training)
    data = session.data if session.scores else older.data or session.data
    # Activations are of the images of the session: of others they would only seem to be.
    same = data is not None and older.data is not None and data.digest == older.data.digest
    kept = sessions.activations(path) if same else None
    # How scores came about is said by the precision of the session alone.
    environment = session.environment
    if older.scores and not session.scores:
        environment = replace(environment, precision=older.environment.precision)
    return replace(
        older,
        architecture=session.architecture,
        plan=session.plan,
        data=data,
        scores=session.scores or older.scores,
        activations=session.activations or (kept and Activations(kept.token_indices, kept)),
        latencies=session.latencies or older.latencies,
        environment=environment,
        log=(*older.log, *session.log),
        thumbnails=_both(older.thumbnails, session.thumbnails),
    )


def _both(older: Thumbnails | None, newer: Thumbnails | None) -> Thumbnails | None:
    """The pictures of both where they are of the same images and as large; the newer ones otherwise."""
    if older is None or newer is None:
        return newer or older
    if older.digest != newer.digest or older.pixels.shape[1:] != newer.pixels.shape[1:]:
        return newer
    new = [place for place, path in enumerate(newer.paths) if older.of(path) is None]
    pixels = read_only(np.concatenate([older.pixels, newer.pixels[new]]))
    return Thumbnails(older.digest, (*older.paths, *(newer.paths[place] for place in new)), pixels)
