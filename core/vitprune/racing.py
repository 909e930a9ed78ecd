"""Which of several candidates does least damage to some images, without trying all of them on all images.

They race on the same images, a few at first and then ever more: who is behind beyond doubt is out. What is tested are
the differences between two candidates on each image; what makes an image hard for all of them does not matter.

Most of all damage is done to few images, and which ones is known before: those that suffered already, or of which the
model was unsure. So the images are dealt into strata of equal expected damage, and as many are drawn from one as from
another, which is the best allocation where the spread of damage grows with it (Neyman 1934, J. R. Statist. Soc. 97,
558). The few that suffer most are soon all known, and then leave no doubt (Cochran, Sampling Techniques, 3rd ed., 5.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

Values = NDArray[np.float64]
Indices = NDArray[np.intp]
Measure = Callable[[str, Indices], Values]
"""The damage that a candidate does to the images of these numbers."""
FIRST = 24
"""Images of the first look. This, the growth of looks and the draws of a stratum were chosen by simulation, on the
damages of two models at each of eight steps: the race is short, and keeps its promise with much to spare."""
GROWTH = 1.5
DRAWN = 4
"""Images of each stratum in the first look."""
EVEN = 0.1
"""What is expected of every image, in units of the mean: small damages are not foreseen well."""
UNSEEN = 3.0
"""Chosen by simulation: log-normal damages whose spread is up to e^1.5 keep what `behind` promises."""


@dataclass(frozen=True)
class Course:
    """Images, by their numbers, in the order in which they are drawn, and the stratum of each image."""

    order: Indices
    stratum: Indices

    @classmethod
    def over(cls, expected: Values, first: int = FIRST) -> Course:
        """The course over images of which these damages, (n,), are expected, drawn at random in each stratum, and the
        same at every call."""
        size = np.maximum(np.nan_to_num(np.abs(expected)), 0)
        size = size + EVEN * size.mean() if size.any() else np.ones_like(size)
        ranked = np.argsort(-size, kind="stable")
        count = max(1, first // DRAWN)
        share = np.cumsum(size[ranked]) / size.sum()
        stratum = np.empty(len(size), dtype=np.intp)
        stratum[ranked] = np.minimum(share * count * (1 - 1e-12), count - 1)
        stratum = np.unique(stratum, return_inverse=True)[1]
        chance = np.random.default_rng(0).permutation(len(size))
        turn = np.empty_like(stratum)
        for part in range(stratum.max() + 1):
            members = np.flatnonzero(stratum == part)
            turn[members[np.argsort(chance[members])]] = np.arange(len(members))
        return cls(np.lexsort((chance, turn)), stratum)

    def mean(self, values: Values, *, finite: bool) -> tuple[float, float]:
        """The mean over all images and its standard error, from values, (n,), that are NaN where none was measured.
        `finite`: the error as an estimate for these images, without any where all were measured; otherwise, as one for
        all images that these were drawn from."""
        total, variance = 0.0, 0.0
        for part in range(self.stratum.max() + 1):
            members = values[self.stratum == part]
            known = members[~np.isnan(members)]
            if len(known) < min(2, len(members)):
                return float(np.nanmean(values)), math.inf
            weight = len(members) / len(values)
            total += weight * float(known.mean())
            if len(known) > 1:
                left = 1 - len(known) / len(members) if finite else 1.0
                variance += weight**2 * left * float(known.var(ddof=1)) / len(known)
        return total, math.sqrt(variance)

    def behind(self, candidate: Values, marker: Values) -> float:
        """The one-sided probability, if both did the same damage to all these images, of a difference that is this
        large on those on which both were measured: Student's t of a stratified sample from a finite population."""
        differences = candidate - marker
        mean, error = self.mean(differences, finite=True)
        if mean <= 0 or not math.isfinite(error):
            return 1.0
        freedom = int(np.isfinite(differences).sum()) - int(self.stratum.max()) - 1
        return float(stdtr(max(1, freedom), -mean / error)) if error > 0 else 0.0


def looks(images: int, first: int) -> tuple[int, ...]:
    """After how many images to look who is behind: `first`, and then ever more, up to all."""
    counts = [first]
    while counts[-1] * GROWTH < images:
        counts.append(int(counts[-1] * GROWTH))
    return (*(count for count in counts if count < images), images)


def race(
    measure: Measure,
    candidates: Sequence[str],
    course: Course,
    *,
    keep: int = 1,
    confidence: float = 0.95,
    first: int = FIRST,
    note: Callable[[Mapping[str, Values]], None] = lambda _: None,
) -> dict[str, Values]:
    """The damage of each candidate to each image, (n,), NaN where it was not tried, and none NaN for the `keep` best.

    At each of the `looks`, a candidate is out that is worse than the one in place `keep`. The chance that any of those
    is out that do least damage to all the images together is at most 1 - `confidence`: each test is made at that,
    divided by their number (Bonferroni). `note` is told of what is known whenever that is more. A candidate with a
    damage that is not a number, which is infinite here, is out at once.
    """
    images = len(course.order)
    found = {name: np.full(images, np.nan) for name in candidates}
    stops = looks(images, first)
    alpha = (1 - confidence) / max(1, len(candidates) - 1) / len(stops)
    alive = list(candidates)

    def run(names: Sequence[str], stop: int) -> None:
        upcoming = course.order[:stop]
        for name in names:
            missing = upcoming[np.isnan(found[name][upcoming])]
            if len(missing):
                values = measure(name, missing)
                found[name][missing] = np.where(np.isfinite(values), values, np.inf)
                note(found)

    for stop in stops:
        run(alive, stop)
        alive = [name for name in alive if not np.isinf(found[name]).any()]
        if len(alive) <= keep:
            break
        if stop < images:
            means = {name: course.mean(found[name], finite=True)[0] for name in alive}
            marker = found[sorted(alive, key=means.__getitem__)[keep - 1]]
            alive = [name for name in alive if course.behind(found[name], marker) > alpha]
    run(alive, images)
    return found


def behind(candidate: Values, marker: Values) -> float:
    """The one-sided probability, if both did the same damage to all images that there are, of a mean difference that is
    this large on the n images that they were measured on, (n,) each.

    By Student's t of the differences, or, where that is less sure, by what it becomes for skewed samples (Hall 1992,
    J. R. Statist. Soc. B 54, 221). No test sees what is rare and missing from a sample; so it is made as if there were
    one image more, to which the marker does `UNSEEN` times the worst of its damage, and the candidate none.
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
