"""Two evaluations of the same images, image by image: what differs, how surely, and on which images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitprune.errors import ArgumentInvalid, ComparisonImpossible
from vitprune.measures import MEASURES, Measure, per_image
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Evaluation
from vitprune.scores import read_only
from vitprune.statistics import (
    Equivalence,
    Estimate,
    McNemar,
    benjamini_hochberg,
    bootstrap_means,
    equivalence_of_shares,
    images_needed,
    mcnemar,
    mcnemar_p,
    paired_proportion,
)

MARGIN = 0.01  # one percentage point


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of two evaluations a and b. `difference` is b - a with its paired interval.

    `mcnemar` and `equivalence` are for shares; `mcnemar` is None where one side is what the dense model has by
    definition. `discordant` is the share of images in which the two differ, NaN for a measure that is no share.
    """

    measure: Measure
    a: float
    b: float
    difference: Estimate
    mcnemar: McNemar | None
    equivalence: Equivalence | None
    discordant: float

    @property
    def images_for_half(self) -> int | None:
        """How many images would halve the interval; None where there is none."""
        found = self.difference
        if not math.isfinite(found.low):
            return None
        if not self.measure.share:
            return 4 * found.n  # an interval shrinks with the root of n
        return images_needed((found.high - found.low) / 4, self.discordant, found.value)

    @property
    def sentence(self) -> str:
        """top-1 accuracy 2.1 pp lower (95 % interval 1.2 to 3.0, n 2,000; McNemar p 0.0003)"""
        return in_words(
            self.measure, self.difference, f"McNemar p {p_in_words(self.mcnemar.p)}" if self.mcnemar else ""
        )


def current_of(
    evaluations: Sequence[Evaluation], plan: PruningPlan | None, data: DataReference | None = None
) -> Evaluation | None:
    """The newest evaluation of exactly this plan, and of no other; on exactly these images, when there are any."""
    wanted = (e for e in reversed(evaluations) if e.plan == plan and (data is None or e.data.digest == data.digest))
    return next(wanted, None)


def dense_beside(evaluations: Sequence[Evaluation], evaluation: Evaluation) -> Evaluation | None:
    """The newest of the whole model that an evaluation compares with: on the same images, in the same precision."""
    alike = evaluation.data.digest, evaluation.precision
    whole = (e for e in reversed(evaluations) if not len(e.plan) and (e.data.digest, e.precision) == alike)
    return next(whole, None)


def in_words(measure: Measure, found: Estimate, test: str = "") -> str:
    """A difference of a measure: how much lower or higher, with its interval, n and test."""
    unit = f" {measure.unit}" if measure.unit else ""
    scale = 100 if measure.share else 1
    digits = digits_of(found, scale)

    def shown(value: float) -> str:
        return f"{scale * value:.{digits}f}"

    down = found.value < 0
    near, far = (-found.high, -found.low) if down else (found.low, found.high)
    there, back = ("lower", "higher") if down else ("higher", "lower")
    amount = f"{shown(abs(found.value))}{unit} {there}" if found.value else "the same"
    interval = f"{shown(near)} to {shown(far)}" if near >= 0 else f"{shown(-near)} {back} to {shown(far)} {there}"
    tested = f"; {test}" if test else ""
    return f"{measure.title} {amount} (95 % interval {interval}, n {found.n:,}{tested})"


def p_in_words(p: float) -> str:
    return "< 0.0001" if p < 0.0001 else f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


@dataclass(frozen=True)
class Flips:
    """Images whose outcome differs, as indices into the data set, ascending, read-only.

    `right_to_wrong` and `wrong_to_right` go by the labels, from a to b, and are empty without; `changed` are those for
    which the two predict another class.
    """

    right_to_wrong: NDArray[np.int64]
    wrong_to_right: NDArray[np.int64]
    changed: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClassDamage:
    """What happened to the images of one class: share right in b less that in a with its paired interval, the exact
    McNemar p of it, and that p adjusted for having looked at all classes (Benjamini and Hochberg)."""

    name: str
    change: Estimate
    p: float
    adjusted: float

    @property
    def n(self) -> int:
        return self.change.n

    @property
    def difference(self) -> float:
        return self.change.value


@dataclass(frozen=True)
class Comparison:
    """`differences` by the name of the measure, the most telling first; `classes` in the order of the labels, empty
    without labels."""

    images: int
    differences: Mapping[str, Difference]
    flips: Flips
    classes: tuple[ClassDamage, ...]

    @property
    def main(self) -> Difference:
        return next(iter(self.differences.values()))

    @property
    def sentence(self) -> str:
        """The main difference, and whether the two count as equal by it."""
        equal = self.main.equivalence
        if equal is None:
            return f"{self.main.sentence}."
        verdict = "shown to be" if equal.equivalent else "not shown to be"
        return f"{self.main.sentence}; {verdict} within {100 * equal.margin:g} pp (p {p_in_words(equal.p)})."


def compare(a: Evaluation, b: Evaluation, *, margin: float = MARGIN) -> Comparison:
    """What changes from a to b, on the images that both saw.

    `margin` is the difference of two shares below which they count as equal, as a share of 1. Raises
    ComparisonImpossible where the two are of other images, label them otherwise or have nothing in common;
    ArgumentInvalid unless 0 < margin < 1.
    """
    check_margin(margin)
    check_same_images(a, b)
    # What the dense model has by definition says something of another plan of the same model only.
    by_definition = a.plan.digest == b.plan.digest and bool(len(a.plan)) != bool(len(b.plan))
    pairs: list[tuple[Measure, NDArray[np.float64], NDArray[np.float64], bool]] = []
    for name, measure in MEASURES.items():
        measured = name in a.per_image and name in b.per_image
        before, after = per_image(a, measure), per_image(b, measure)
        if before is not None and after is not None and (measured or by_definition):
            pairs.append((measure, before, after, measured))
    if not pairs:
        raise ComparisonImpossible(
            "The two evaluations have no measure in common.",
            hint="Evaluate both on labelled images, or compare plans of one model.",
        )
    hits = next((name for name in ("top1", "knn") if name in a.per_image and name in b.per_image), None)
    before, after = (e.per_image[hits] > 0 if hits else np.zeros(e.images, bool) for e in (a, b))
    same_head = len(a.predictions) == len(b.predictions)
    changed = a.predictions != b.predictions if same_head else np.zeros(0, bool)
    flips = Flips(_where(before & ~after), _where(after & ~before), _where(changed))
    classes = _by_class(before, after, a) if hits and a.data.labels else ()
    return Comparison(a.images, _differences(pairs, margin), flips, classes)


def check_margin(margin: float) -> None:
    """Raise ArgumentInvalid unless 0 < margin < 1."""
    if not 0 < margin < 1:
        raise ArgumentInvalid(f"{margin} is not a margin.", hint="Use a share between 0 and 1; 0.01 is one point.")


def check_same_images(a: Evaluation, b: Evaluation) -> None:
    """Raise ComparisonImpossible unless both are of the same images, in the same order, with the same labels if any."""
    if a.data.digest != b.data.digest:
        raise ComparisonImpossible(
            f"The evaluations are of different images: {a.images:,} of {a.data.source} and {b.images:,} of "
            f"{b.data.source}.",
            hint="Evaluate both on the same images, with the same --images and --seed.",
        )
    labelled = a.data.labels and b.data.labels
    if labelled and (a.data.labels, a.data.class_names) != (b.data.labels, b.data.class_names):
        raise ComparisonImpossible(
            "The evaluations give the same images other labels.", hint="Evaluate both on the same folder."
        )


def _differences(
    pairs: Sequence[tuple[Measure, NDArray[np.float64], NDArray[np.float64], bool]], margin: float
) -> dict[str, Difference]:
    """Of measures with what they are the means of before and after, and whether the two may be tested."""
    means = [after - before for measure, before, after, _ in pairs if not measure.share]
    intervals = iter(bootstrap_means(np.stack(means)) if means else ())
    found: dict[str, Difference] = {}
    for measure, before, after, test in pairs:
        n = len(before)
        a, b = (float(np.mean(side)) if n else math.nan for side in (before, after))
        if not measure.share:
            found[measure.name] = Difference(measure, a, b, next(intervals), None, None, math.nan)
            continue
        lost, gained = int(np.sum(before > after)), int(np.sum(after > before))
        difference, equal = paired_proportion(lost, gained, n), equivalence_of_shares(lost, gained, n, margin)
        tested = mcnemar(lost, gained) if test else None
        discordant = (lost + gained) / n if n else math.nan
        found[measure.name] = Difference(measure, a, b, difference, tested, equal, discordant)
    return found


def _by_class(before: NDArray[np.bool_], after: NDArray[np.bool_], evaluation: Evaluation) -> tuple[ClassDamage, ...]:
    labels, names = np.array(evaluation.data.labels, np.int64), evaluation.data.class_names
    n, lost, gained = (
        np.bincount(labels[chosen], minlength=len(names))
        for chosen in (np.ones(len(labels), bool), before & ~after, after & ~before)
    )
    present = np.flatnonzero(n)
    p, _ = mcnemar_p(lost[present], gained[present])
    return tuple(
        ClassDamage(names[i], paired_proportion(int(lost[i]), int(gained[i]), int(n[i])), float(exact), float(adjusted))
        for i, exact, adjusted in zip(present, p, benjamini_hochberg(p), strict=True)
    )


def _where(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    return read_only(np.flatnonzero(chosen).astype(np.int64))


def digits_of(found: Estimate, scale: float) -> int:
    """One decimal; more where half the interval needs them to have two figures."""
    half = scale * (found.high - found.low) / 2
    return max(1, 1 - math.floor(math.log10(half))) if 0 < half < 0.1 else 1
