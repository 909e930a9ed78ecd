"""Intervals. The image is the sampling unit everywhere: tokens of one image are not independent."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy  # imports its parts when they are first used: sessions open without them
from numpy.typing import NDArray

LEVEL = 0.95
ALPHA = 1 - LEVEL
TAILS = (ALPHA / 2, 1 - ALPHA / 2)
Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution
Z90 = 1.6448536269514722  # the 95 % quantile: two one-sided tests at 5 % are the 90 % interval
FEW = 10
LARGEST_Z = 40.0  # its probability is the smallest that a number can hold
PIECE = 4_000_000  # values in memory at once
CLOSE = 1e-15  # two shares as near as numbers can tell


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `n` images with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, Any]:
        return {"value": self.value, "interval": [self.low, self.high], "n": self.n}


def standard_error(values: NDArray[np.float64]) -> float:
    """s / sqrt(n) with the unbiased s; NaN for fewer than two values."""
    if len(values) < 2:
        return math.nan
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))


def proportion(hits: NDArray[np.bool_]) -> Estimate:
    """Share of True with Wilson's score interval (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    n = len(hits)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    p = float(np.mean(hits))
    return Estimate(p, *_wilson(p, n, Z), n)


def bootstrap_mean(values: NDArray[np.float64], *, resamples: int = 2000, seed: int = 0) -> Estimate:
    """Mean over images with the studentised bootstrap interval (Efron and Tibshirani 1993, section 12.5).

    It keeps its coverage where a few images carry most of the mean, as they do of a loss or a divergence; for fewer
    than ten images, which resamples say little of, the interval is Student's. No bounds for fewer than two images or
    values that are not finite.
    """
    return bootstrap_means(values[None], resamples=resamples, seed=seed)[0]


def bootstrap_means(rows: NDArray[np.float64], *, resamples: int = 2000, seed: int = 0) -> tuple[Estimate, ...]:
    """`bootstrap_mean` of every row of (rows, images), all over the same images, and so all from the same resamples."""
    n = rows.shape[1]
    if n == 0:
        return (Estimate(math.nan, math.nan, math.nan, 0),) * len(rows)
    means, errors = [float(np.mean(row)) for row in rows], [standard_error(row) for row in rows]
    known = [i for i, error in enumerate(errors) if math.isfinite(error)]
    found = [Estimate(mean, math.nan, math.nan, n) for mean in means]
    if n < FEW:
        for i in known:
            half = errors[i] * float(scipy.special.stdtrit(n - 1, TAILS[1]))
            found[i] = Estimate(means[i], means[i] - half, means[i] + half, n)
    elif known:
        centred = np.stack([rows[i] - means[i] for i in known])
        moments = resampled_means(np.concatenate([centred, centred**2]), resamples, seed).T
        for i, first, second in zip(known, moments[: len(known)], moments[len(known) :], strict=True):
            found[i] = _studentised(means[i], errors[i], n, first, second)
    return tuple(found)


def _studentised(
    mean: float, error: float, n: int, first: NDArray[np.float64], second: NDArray[np.float64]
) -> Estimate:
    """From the resampled first and second moments about the mean, both (resamples,)."""
    spread = np.sqrt(np.maximum(0, second - first**2) / (n - 1))
    told = spread > 1e-9 * error  # a resample of one value over and over says nothing of the spread
    if not told.any():
        return Estimate(mean, mean, mean, n)
    low, high = np.quantile(first[told] / spread[told], TAILS)
    return Estimate(mean, min(mean, mean - float(high) * error), max(mean, mean - float(low) * error), n)


@dataclass(frozen=True, slots=True)
class McNemar:
    """Of the images that exactly one of two models has right, `b` are the first one's and `c` the second one's.

    `p` is the exact two-sided probability of a split at least as uneven were both as good; `mid_p` counts the split
    itself by half, and is less cautious.
    """

    b: int
    c: int
    p: float
    mid_p: float


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests of whether a difference lies within ±`margin` (Schuirmann 1987, doi:10.1007/BF01068419).

    `p` is the larger of the two probabilities. `equivalent` is p < 0.05, which is to say that the 90 % interval from
    `low` to `high` lies within the margin. Not equivalent means that equivalence is not shown, not that it is refuted.
    """

    margin: float
    p: float
    low: float
    high: float
    n: int

    @property
    def equivalent(self) -> bool:
        return self.p < ALPHA


def mcnemar(b: int, c: int) -> McNemar:
    """McNemar's test, exact (McNemar 1947, doi:10.1007/BF02295996; mid-p: Fagerland et al. 2013,
    doi:10.1186/1471-2288-13-91)."""
    p, mid_p = mcnemar_p(np.array([b]), np.array([c]))
    return McNemar(b, c, float(p[0]), float(mid_p[0]))


def mcnemar_p(b: NDArray[np.int64], c: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exact and mid-p probabilities of many tables at once, each of the shape of `b` and `c`."""
    fewer = np.minimum(b, c)
    up_to = scipy.special.bdtr(fewer, b + c, 0.5)
    below = np.where(fewer > 0, scipy.special.bdtr(np.maximum(fewer - 1, 0), b + c, 0.5), 0.0)
    return np.minimum(1.0, 2 * up_to), up_to + below


def benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p-values: rejecting those below q keeps the expected share of false rejections below q (Benjamini and
    Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x)."""
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p-values: rejecting those below q keeps the probability of any false rejection below q (Holm 1979,
    Scandinavian Journal of Statistics 6:65). A p that is NaN was no test: it stays, and does not count."""
    adjusted = np.full(len(p), np.nan)
    tests = np.flatnonzero(~np.isnan(p))
    order = tests[np.argsort(p[tests], kind="stable")]
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)))
    return adjusted


def bootstrap_difference(
    before: NDArray[np.float64], after: NDArray[np.float64], *, resamples: int = 2000, seed: int = 0
) -> Estimate:
    """Mean of after - before over the same images, both (images,), with the interval of `bootstrap_mean`."""
    return bootstrap_mean(after - before, resamples=resamples, seed=seed)


def paired_proportion(lost: int, gained: int, n: int) -> Estimate:
    """(gained - lost) / n, the difference of two shares over the same n images, with Tango's score interval.

    `lost` images are hits of the first share alone, `gained` of the second alone (Tango 1998,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B). Unlike Wald's and the bootstrap's it keeps
    its coverage when few images differ or all differ in one direction, and has width when none does.
    """
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    low, high = _score_bounds(lost / n, gained / n, n, Z)
    return Estimate((gained - lost) / n, low, high, n)


def equivalence(differences: NDArray[np.float64], margin: float) -> Equivalence:
    """Equivalence of two means from the paired differences, (images,), by Student's t."""
    n, error = len(differences), standard_error(differences)
    mean = float(np.mean(differences)) if n else math.nan
    if not math.isfinite(error):
        return Equivalence(margin, math.nan, math.nan, math.nan, n)
    half = error * float(scipy.special.stdtrit(n - 1, 1 - ALPHA))
    if error == 0:
        return Equivalence(margin, float(abs(mean) >= margin), mean, mean, n)
    p = float(scipy.special.stdtr(n - 1, (abs(mean) - margin) / error))
    return Equivalence(margin, p, mean - half, mean + half, n)


def equivalence_of_shares(lost: int, gained: int, n: int, margin: float) -> Equivalence:
    """Equivalence of two shares over the same n images, by Tango's score test: like `paired_proportion`.

    Wald's and Student's forms call two models equivalent as soon as no image differs, however few there are; the
    size of this one stays at or below 5 %.
    """
    if n == 0:
        return Equivalence(margin, math.nan, math.nan, math.nan, 0)
    low, high = _score_bounds(lost / n, gained / n, n, Z90)
    above, below = (_score(lost / n, gained / n, n, side) for side in (-margin, margin))
    return Equivalence(margin, max(float(scipy.special.ndtr(-above)), float(scipy.special.ndtr(below))), low, high, n)


def independent_shares(hits_a: int, n_a: int, hits_b: int, n_b: int) -> Estimate:
    """hits_b / n_b - hits_a / n_a, of shares over other images, with Newcombe's hybrid score interval (his method 10:
    Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I). n is the smaller one."""
    n = min(n_a, n_b)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    a, b = hits_a / n_a, hits_b / n_b
    return Estimate(b - a, *_newcombe(a, n_a, b, n_b, Z), n)


def independent_shares_p(hits_a: int, n_a: int, hits_b: int, n_b: int) -> float:
    """Two-sided probability of shares over other images at least as far apart, were the true ones equal: the score test
    with the pooled share, which is Pearson's chi-squared without correction."""
    if min(n_a, n_b) == 0:
        return math.nan
    pooled = (hits_a + hits_b) / (n_a + n_b)
    variance = pooled * (1 - pooled) * (1 / n_a + 1 / n_b)
    if variance <= 0:
        return 1.0
    return 2 * float(scipy.special.ndtr(-abs(hits_b / n_b - hits_a / n_a) / math.sqrt(variance)))


def equivalence_of_independent_shares(hits_a: int, n_a: int, hits_b: int, n_b: int, margin: float) -> Equivalence:
    """Equivalence of two shares over other images, by Newcombe's interval: the p of either side is that of the widest
    interval which leaves out the margin. n is the smaller one."""
    n = min(n_a, n_b)
    if n == 0:
        return Equivalence(margin, math.nan, math.nan, math.nan, 0)
    a, b = hits_a / n_a, hits_b / n_b

    def beyond(a: float, n_a: int, b: float, n_b: int) -> float:
        """Probability of a difference b - a this small, were the true one the margin."""
        inside = b - a < margin
        side = 1 if inside else 0
        z = _where_true(lambda z: (_newcombe(a, n_a, b, n_b, z)[side] >= margin) == inside, 0.0, LARGEST_Z)
        return float(scipy.special.ndtr(-z if inside else z))

    low, high = _newcombe(a, n_a, b, n_b, Z90)
    return Equivalence(margin, max(beyond(a, n_a, b, n_b), beyond(b, n_b, a, n_a)), low, high, n)


def independent_means(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[Estimate, float]:
    """Mean of b less mean of a, over other images, with Welch's interval, and the two-sided p of Welch's test (Welch
    1947, doi:10.1093/biomet/34.1-2.28). n is the smaller one; NaN for fewer than two images or values that are not
    finite."""
    n = min(len(a), len(b))
    value = float(np.mean(b) - np.mean(a)) if n else math.nan
    one, other = standard_error(a) ** 2, standard_error(b) ** 2
    if not math.isfinite(one + other):
        return Estimate(value, math.nan, math.nan, n), math.nan
    if one + other == 0:
        return Estimate(value, value, value, n), float(value == 0)
    freedom = (one + other) ** 2 / (one**2 / (len(a) - 1) + other**2 / (len(b) - 1))
    error = math.sqrt(one + other)
    half = error * float(scipy.special.stdtrit(freedom, TAILS[1]))
    return Estimate(value, value - half, value + half, n), 2 * float(scipy.special.stdtr(freedom, -abs(value) / error))


def paired_means_p(differences: NDArray[np.float64]) -> float:
    """Two-sided p of Student's test of paired differences, (images,); NaN for fewer than two images."""
    error = standard_error(differences)
    if not math.isfinite(error):
        return math.nan
    mean = float(np.mean(differences))
    if error == 0:
        return float(mean == 0)
    return 2 * float(scipy.special.stdtr(len(differences) - 1, -abs(mean) / error))


def ratio_of_medians(
    a: NDArray[np.float64], b: NDArray[np.float64], *, resamples: int = 1000, seed: int = 0
) -> Estimate:
    """Median of b over median of a, of independent samples, with the percentile bootstrap's interval (Efron and
    Tibshirani 1993, section 13.3). n is the smaller number of samples; no bounds for fewer than two."""
    n = min(len(a), len(b))
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    value = float(np.median(b) / np.median(a))
    if n < 2:
        return Estimate(value, math.nan, math.nan, n)
    under, over = (
        np.median(side[chosen], axis=1)
        for side, chosen in zip((a, b), _chosen(len(a), len(b), resamples, seed), strict=True)
    )
    low, high = np.quantile(over / under, TAILS)
    return Estimate(value, min(value, float(low)), max(value, float(high)), n)


def images_needed(half_width: float, discordant: float, difference: float = 0.0) -> int:
    """How many images give `paired_proportion` this half width, when a share `discordant` of them differs between the
    models and the shares differ by `difference`. All three are shares of 1. Raises ValueError when |difference| exceeds
    `discordant` or the half width is not above 0."""
    lost, gained = _split(discordant, difference)
    if half_width <= 0:
        raise ValueError("a half width is above 0")

    def enough(n: int) -> bool:
        low, high = _score_bounds(lost, gained, n, Z)
        return high - low <= 2 * half_width

    return _fewest(enough)


def images_for_equivalence(margin: float, discordant: float, difference: float = 0.0, *, power: float = 0.8) -> int:
    """How many images let `equivalence_of_shares` succeed with this power when the truth is `difference`.

    From the normal approximation of the score statistic, its spread under the truth and under the margin kept apart.
    Raises ValueError when |difference| exceeds `discordant`, or is not within the margin.
    """
    lost, gained = _split(discordant, difference)
    if abs(difference) >= margin:
        raise ValueError("no number of images shows a difference to be smaller than it is")
    true = math.sqrt(discordant - difference**2)
    assumed = [math.sqrt(_variance(lost, gained, side)) for side in (-margin, margin)]

    def enough(n: int) -> bool:
        room = (margin + difference, margin - difference)
        limits = [math.sqrt(n) * r - Z90 * s for r, s in zip(room, assumed, strict=True)]
        if true == 0:
            return min(limits) >= 0
        return sum(float(scipy.special.ndtr(limit / true)) for limit in limits) - 1 >= power

    return _fewest(enough)


def resampled_means(values: NDArray[np.float64], resamples: int, seed: int, part: int = 0) -> NDArray[np.float64]:
    """Means over resampled images of every row of (rows, images), all rows over the same images: (resamples, rows).

    A resample is how often each image is drawn, so that its means are one matrix product. Other parts are independent.
    """
    n = values.shape[1]
    means = np.empty((len(values), resamples))
    step = max(1, PIECE // n)
    for number, start in enumerate(range(0, resamples, step)):
        count = min(step, resamples - start)
        means[:, start : start + count] = values @ _drawn(n, count, seed, part, number).T
    means /= n
    return means.T


@lru_cache(maxsize=2)
def _chosen(a: int, b: int, resamples: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of `a` values, (resamples, a), and which of `b` other ones are in each resample."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, a, (resamples, a)), generator.integers(0, b, (resamples, b))


@lru_cache(maxsize=2)
def _drawn(n: int, resamples: int, seed: int, part: int, piece: int) -> NDArray[np.float64]:
    """How often each of n images is in each resample, (resamples, n). Drawing takes longer than all that is done with
    it, and is the same for all figures over as many images."""
    drawn = np.random.default_rng([seed, part, piece]).integers(0, n, (resamples, n))
    drawn += n * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * n).reshape(resamples, n).astype(np.float64)
    counts.setflags(write=False)
    return counts


def _wilson(p: float, n: int, z: float) -> tuple[float, float]:
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At 0 and n hits the bound equals the share exactly; rounding must not push it past.
    return min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half))


def _newcombe(a: float, n_a: int, b: float, n_b: int, z: float) -> tuple[float, float]:
    """Of b - a, from the Wilson interval of each share."""
    (low_a, high_a), (low_b, high_b) = _wilson(a, n_a, z), _wilson(b, n_b, z)
    return b - a - math.hypot(b - low_b, high_a - a), b - a + math.hypot(high_b - b, a - low_a)


def _variance(lost: float, gained: float, difference: float) -> float:
    """Variance of one image's paired difference, given these shares, were the true difference `difference`.

    The likelihood, lost log q + gained log(q + difference) + (1 - lost - gained) log(1 - 2q - difference) for a true
    share q of losses, is largest at the larger root of a quadratic in q.
    """
    linear = difference * (2 - gained + lost) - lost - gained
    q = (math.sqrt(max(0.0, linear**2 + 8 * lost * difference * (1 - difference))) - linear) / 4
    return max(0.0, 2 * q + difference * (1 - difference))


def _score(lost: float, gained: float, n: int, difference: float) -> float:
    """Standard normal under the hypothesis that the true difference is `difference`; falls as it grows."""
    distance, variance = gained - lost - difference, _variance(lost, gained, difference)
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return math.sqrt(n / variance) * distance


@lru_cache(maxsize=4096)
def _score_bounds(lost: float, gained: float, n: int, z: float) -> tuple[float, float]:
    """The differences that the score does not reject at z: Tango's interval."""
    value = gained - lost
    low = _where_zero(lambda d: _excess(lost, gained, n, d, z), -1.0, value)
    high = _where_zero(lambda d: _excess(lost, gained, n, -d, z), -1.0, -value)
    return min(value, low), max(value, -high)


def _excess(lost: float, gained: float, n: int, difference: float, z: float) -> float:
    """Above 0 where `_score` is beyond z on either side, and without its pole."""
    return n * (gained - lost - difference) ** 2 - z * z * _variance(lost, gained, difference)


def _where_zero(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that is above 0 at `low` first is not, if it stays so up to `high`: as near as numbers are, in
    few steps, none of which is worse than one of bisection (Ridders 1979, doi:10.1109/TCS.1979.1084580)."""
    above, below, found = function(low), function(high) or -1.0, high  # of a zero at `high` too, the first is wanted
    while above > 0 > below:
        middle, before = (low + high) / 2, found
        there = function(middle)
        found = middle + (middle - low) * there / math.sqrt(there * there - above * below)
        here = function(found)
        for place, value in ((middle, there), (found, here)):
            if value > 0:
                low, above = place, value
            else:
                high, below = place, value
        if here == 0 or abs(found - before) <= CLOSE or high - low <= CLOSE:
            break
    return found


def _where_true(test: Callable[[float], bool], low: float, high: float) -> float:
    """Where a test that holds at `high` begins to hold, by bisection."""
    for _ in range(54):
        middle = (low + high) / 2
        low, high = (low, middle) if test(middle) else (middle, high)
    return high


def _split(discordant: float, difference: float) -> tuple[float, float]:
    if not abs(difference) <= discordant <= 1:
        raise ValueError("the shares cannot differ by more than the share of images that differ")
    return (discordant - difference) / 2, (discordant + difference) / 2


def _fewest(enough: Callable[[int], bool]) -> int:
    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
