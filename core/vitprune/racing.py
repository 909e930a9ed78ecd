"""Which of several candidates does least damage, without trying all of them on all images.

They race on the same images, a few at first and then ever more: who is behind beyond doubt is out. The images are the
sampling unit, and the differences between two candidates on each of them are what is tested: what makes an image hard
for all of them does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

Values = NDArray[np.float64]
Measure = Callable[[str, int, int], Values]
"""The damage that a candidate does to images `start` to `stop`, (stop - start,)."""
UNSEEN = 3.0
"""Chosen by simulation: log-normal damages whose spread is up to e^1.5 keep what `race` promises."""


def looks(images: int, first: int) -> tuple[int, ...]:
    """After how many images to look who is behind: `first`, and twice as many each time, up to all."""
    counts = [first]
    while counts[-1] * 2 < images:
        counts.append(counts[-1] * 2)
    return (*(count for count in counts if count < images), images)


def behind(candidate: Values, marker: Values) -> float:
    """The one-sided probability, if both did the same damage in truth, of a mean difference that is this large.

    By Student's t of the differences, (n,), or, where that is less sure, by what it becomes for skewed samples (Hall
    1992, J. R. Statist. Soc. B 54, 221). No test sees what is rare and missing from a sample; so it is made as if there
    were one image more, to which the marker does `UNSEEN` times the worst of its damage, and the candidate none.
    """
    differences = np.append(candidate - marker, -UNSEEN * np.abs(marker).max())
    n = len(differences)
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    if mean <= 0 or not math.isfinite(mean):
        return 1.0
    if spread == 0:
        return 0.0
    skew = float(((differences - mean) ** 3).mean()) / spread**3
    t = math.sqrt(n) * mean / spread
    lean = skew / math.sqrt(n)
    corrected = t + lean * (1 / 6 + t**2 / 3) + lean**2 * t**3 / 27
    return float(stdtr(n - 1, -max(0.0, min(t, corrected))))


def race(
    measure: Measure,
    candidates: Sequence[str],
    images: int,
    *,
    keep: int = 1,
    confidence: float = 0.99,
    first: int = 32,
    note: Callable[[Mapping[str, Values]], None] = lambda _: None,
) -> dict[str, Values]:
    """The damage of each candidate to the images that it was tried on, and all of them for the `keep` best.

    At each of the `looks`, a candidate is out that is worse than the one in place `keep`. The chance that any of the
    truly best is out is at most 1 - `confidence`: each test is made at that, divided by their number (Bonferroni).
    `note` is told of what is known whenever that is more. A damage that is not a number is out at once.
    """
    found: dict[str, Values] = {name: np.empty(0) for name in candidates}
    stops = looks(images, first)
    alpha = level(confidence, len(candidates), len(stops))
    alive = list(candidates)

    def run(names: Sequence[str], stop: int) -> None:
        for name in names:
            if (done := len(found[name])) < stop:
                found[name] = np.concatenate([found[name], measure(name, done, stop)])
                note(found)

    for stop in stops:
        run(alive, stop)
        alive = [name for name in alive if np.isfinite(found[name]).all()]
        if len(alive) <= keep:
            break
        if stop < images:
            marker = found[sorted(alive, key=lambda name: found[name].mean())[keep - 1]]
            alive = [name for name in alive if behind(found[name], marker) > alpha]
    run(alive, images)
    return found


def level(confidence: float, candidates: int, looks: int) -> float:
    """Of each test of a race."""
    return (1 - confidence) / max(1, candidates - 1) / looks
