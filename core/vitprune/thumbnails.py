"""Small pictures that travel with a session, so that whoever has not got the images sees which ones changed sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vitprune import pictures
from vitprune.jobs import Job
from vitprune.results import Evaluation, Thumbnails
from vitprune.scores import read_only

SIDE = 64  # pixels
MOST = 1000
GREY = 128


def of_changes(evaluations: Sequence[Evaluation], *, job: Job | None = None) -> Thumbnails | None:
    """Pictures of the images that not all evaluations on the data set of the last one predict alike, at most `MOST` of
    them. All that sessions of one dense model disagree on are among those on which one of them disagrees with it.

    An image that cannot be read any more is left out. None without an evaluation.
    """
    if not evaluations:
        return None
    job = job or Job()
    data = evaluations[-1].data
    predictions = np.stack([one.predictions for one in evaluations if one.data.digest == data.digest])
    changed = np.flatnonzero((predictions != predictions[0]).any(axis=0))[:MOST]
    folder = pictures.folder_of(data.source, data.paths[:200])
    found: dict[str, NDArray[np.uint8]] = {}
    for number, place in enumerate(changed):
        job.progress("Reading pictures", number, len(changed))
        name = data.paths[place]
        pixels = pictures.thumbnail(folder, name, SIDE) if folder is not None else None
        if pixels is not None:
            found[name] = _squared(pixels)
    stack = np.stack(list(found.values())) if found else np.empty((0, SIDE, SIDE, 3), np.uint8)
    return Thumbnails(data.digest, tuple(found), read_only(stack))


def _squared(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = pixels.shape
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    square = np.full((SIDE, SIDE, 3), GREY, np.uint8)
    square[top : top + height, left : left + width] = pixels
    return square
