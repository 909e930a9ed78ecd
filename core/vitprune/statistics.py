"""Intervals. The image is the sampling unit everywhere: tokens of one image are not independent."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `n` images with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int


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
    centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    # At 0 and n hits the bound equals the share exactly; rounding must not push it past.
    return Estimate(p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half)), n)


def bootstrap_mean(values: NDArray[np.float64], *, resamples: int = 2000, seed: int = 0) -> Estimate:
    """Mean with the percentile bootstrap interval over images (Efron and Tibshirani 1993, chapter 13)."""
    n = len(values)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = float(np.mean(values))
    if n < 2 or not np.all(np.isfinite(values)):
        return Estimate(mean, math.nan, math.nan, n)
    generator = np.random.default_rng(seed)
    means = np.empty(resamples)
    rows = max(1, 4_000_000 // n)
    for start in range(0, resamples, rows):
        count = min(rows, resamples - start)
        means[start : start + count] = values[generator.integers(0, n, (count, n))].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(mean, float(low), float(high), n)
