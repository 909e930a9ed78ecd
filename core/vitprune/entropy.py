"""Entropy of features under a Gaussian, and what leaving a part of the model out changes in it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def gaussian_entropy(features: NDArray[np.float64]) -> float:
    """Sum over channels of the log standard deviation over images, up to a constant that is the same for every model of
    one width (Lin et al. 2024, arXiv:2404.05657). `features` is (images, width). Minus infinity when a channel is
    constant."""
    with np.errstate(divide="ignore"):
        return float(np.log(np.std(features, axis=0)).sum())


def entropy_change(dense: NDArray[np.float64], pruned: NDArray[np.float64]) -> NDArray[np.float64]:
    """|H(dense) - H(pruned)| as a value for each image, (images,), whose mean is the jackknife estimate and whose
    standard error is that of the jackknife (Efron and Tibshirani 1993, chapter 11).

    Entropy is of a set of images, not of one. The pseudo-value of an image is n times the change over all n images,
    less n - 1 times the change over all but this one. NaN for fewer than three images, or where a channel is constant
    in one of the models.
    """
    n = len(dense)
    if n < 3:
        return np.full(n, math.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = gaussian_entropy(dense) - gaussian_entropy(pruned)
        values = n * whole - (n - 1) * (_leaving_one_out(dense) - _leaving_one_out(pruned))
    if not np.all(np.isfinite(values)):
        return np.full(n, math.nan)
    return -values if values.mean() < 0 else values


def _leaving_one_out(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """`gaussian_entropy` of all images but each: (images,)."""
    n = len(features)
    squares = (features - features.mean(axis=0)) ** 2
    total = squares.sum(axis=0)
    left = total - squares * (n / (n - 1))  # leaving out a value moves the mean too
    left = np.where(left > 1e-12 * total, left, 0)  # what rounding leaves of a constant
    return 0.5 * np.log(left / (n - 1)).sum(axis=1)
