"""Two evaluations of whatever images: image by image where those are the same, as independent samples where not."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vitprune.comparison import MARGIN, Comparison, check_margin, check_same_images, compare, in_words, p_in_words
from vitprune.errors import ComparisonImpossible
from vitprune.measures import MEASURES, Measure, estimate
from vitprune.results import Evaluation
from vitprune.statistics import (
    Equivalence,
    Estimate,
    equivalence_of_independent_shares,
    holm,
    independent_means,
    independent_shares,
    independent_shares_p,
    paired_means_p,
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """One measure of two evaluations a and b, each with its own interval; `difference` is b - a.

    `test` names the test of no difference and `p` is its two-sided probability, "" and NaN where there is none;
    `adjusted` is that p adjusted for all that were tested together (`adjusted_together`). `equivalence` is for shares.
    """

    measure: Measure
    a: Estimate
    b: Estimate
    difference: Estimate
    test: str
    p: float
    adjusted: float
    equivalence: Equivalence | None

    @property
    def sentence(self) -> str:
        p = f"{self.test} p {p_in_words(self.p)}, adjusted {p_in_words(self.adjusted)}" if self.test else ""
        return in_words(self.measure, self.difference, p)


@dataclass(frozen=True)
class Contrasts:
    """`measures` by name, the most telling first, empty where nothing was measured in both. `paired` says whether the
    images are the same, and `why` the reason in words. `comparison` is what can be said image by image."""

    paired: bool
    why: str
    measures: Mapping[str, Contrast] = field(default_factory=dict)
    comparison: Comparison | None = None

    @property
    def main(self) -> Contrast | None:
        return next(iter(self.measures.values()), None)


def contrast(a: Evaluation, b: Evaluation, *, margin: float = MARGIN) -> Contrasts:
    """b less a. On the same images: `comparison.compare`, with Student's p for means. On others: Newcombe's interval
    and the score test for shares, Welch's for means. Raises ArgumentInvalid unless 0 < margin < 1."""
    check_margin(margin)
    try:
        check_same_images(a, b)
    except ComparisonImpossible as error:
        why = f"Unpaired: {error.message[0].lower()}{error.message[1:]}"
        if a.data.labels and b.data.labels and a.data.class_names != b.data.class_names:
            why += " Their classes differ too, so that the tasks are not the same."
        return Contrasts(False, why, {found.measure.name: found for found in _unpaired(a, b, margin)})
    why = f"Paired, image by image: both are of the same {a.images:,} images."
    try:
        comparison = compare(a, b, margin=margin)
    except ComparisonImpossible:
        return Contrasts(True, why)
    return Contrasts(True, why, {found.measure.name: found for found in _paired(a, b, comparison)}, comparison)


def adjusted_together(families: Sequence[Contrasts]) -> tuple[Contrasts, ...]:
    """The same with `adjusted` for having looked at all of them, measure by measure (Holm)."""
    adjusted: dict[tuple[int, str], Contrast] = {}
    for name in MEASURES:
        tests = [(i, found.measures[name]) for i, found in enumerate(families) if name in found.measures]
        values = holm(np.array([one.p for _, one in tests], np.float64))
        adjusted |= {(i, name): replace(one, adjusted=float(p)) for (i, one), p in zip(tests, values, strict=True)}
    return tuple(
        replace(found, measures={name: adjusted[i, name] for name in found.measures})
        for i, found in enumerate(families)
    )


def _paired(a: Evaluation, b: Evaluation, comparison: Comparison) -> Iterator[Contrast]:
    for name, found in comparison.differences.items():
        before, after = estimate(a, found.measure), estimate(b, found.measure)
        assert before is not None
        assert after is not None
        test, p = "", math.nan
        if found.mcnemar:
            test, p = "McNemar's exact test", found.mcnemar.p
        elif not found.measure.share and name in a.per_image and name in b.per_image:
            test, p = "Student's paired t", paired_means_p(b.per_image[name] - a.per_image[name])
        yield Contrast(found.measure, before, after, found.difference, test, p, p, found.equivalence)


def _unpaired(a: Evaluation, b: Evaluation, margin: float) -> Iterator[Contrast]:
    for name, measure in MEASURES.items():
        before, after = estimate(a, measure), estimate(b, measure)
        if before is None or after is None or name not in a.per_image or name not in b.per_image:
            continue
        one, other = a.per_image[name], b.per_image[name]
        if measure.share:
            counts = int(np.sum(one > 0)), len(one), int(np.sum(other > 0)), len(other)
            difference, p = independent_shares(*counts), independent_shares_p(*counts)
            equal = equivalence_of_independent_shares(*counts, margin)
            yield Contrast(measure, before, after, difference, "score test of two shares", p, p, equal)
        else:
            difference, p = independent_means(one, other)
            yield Contrast(measure, before, after, difference, "Welch's t", p, p, None)
