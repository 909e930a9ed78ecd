"""Linear CKA from minibatches (Kornblith et al. 2019, arXiv:1905.00414; Nguyen, Raghu and Kornblith 2021,
arXiv:2010.15327), with the unbiased estimate of HSIC of Song et al. 2012 (J. Mach. Learn. Res. 13, 1393-1434)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MINIBATCH = 32  # images, at least, unless there are fewer
_ROUNDING = 1e-6  # of the length of features in float32: what differs by less is the same


def hsic(grams: NDArray[np.float64]) -> NDArray[np.float64]:
    """HSIC_1 of every pair of `grams`, (sites, n, n), symmetric: (sites, sites). Not a number for n below 4.

    Without their diagonals, and with row, column and grand means taken off so that every row adds up to nothing
    (Székely and Rizzo 2014, doi:10.1214/14-AOS1255), the estimate is an inner product of two Gram matrices.
    """
    n = grams.shape[-1]
    if n < 4:
        return np.full((len(grams), len(grams)), np.nan)
    outside = ~np.eye(n, dtype=bool)
    held = np.where(outside, grams, 0.0)
    rows = held.sum(-1, keepdims=True) / (n - 2)
    centred = held - rows - rows.swapaxes(-1, -2) + rows.sum(-2, keepdims=True) / (n - 1)
    flat = np.where(outside, centred, 0.0).reshape(len(grams), -1)
    return flat @ flat.T / (n * (n - 3))


def linear_cka(
    features: Sequence[NDArray[np.floating]], *, minibatch: int = MINIBATCH, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """CKA and its standard error, both (sites, sites), of features (images, width), the widths free to differ.

    The images are dealt by `seed` into minibatches of one size, give or take one, `minibatch` or more: files come in
    the order of their classes, and one class alone is no sample. CKA is the ratio of mean HSICs; its standard error is
    the jackknife's over minibatches, not a number for fewer than two. Not a number too for features that are constant
    or hold a value that is none, and for fewer than four images.
    """
    images = len(features[0])
    dealt = np.array_split(np.random.default_rng(seed).permutation(images), max(1, images // minibatch))
    with np.errstate(all="ignore"):
        of_each = np.stack([hsic(np.stack([_gram(values[chosen]) for values in features])) for chosen in dealt])
        total = of_each.sum(0)
        if len(dealt) < 2:
            return _ratio(total), np.full_like(total, np.nan)
        without = _ratio(total - of_each)
        return _ratio(total), np.sqrt((len(dealt) - 1) * without.var(0))


def _gram(values: NDArray[np.floating]) -> NDArray[np.float64]:
    # HSIC is blind to a shift of the features, and exact only for those that are not far from nought.
    centred = values.astype(np.float64) - values.mean(0, dtype=np.float64)
    gram = centred @ centred.T
    constant = np.trace(gram) <= _ROUNDING**2 * np.square(values, dtype=np.float64).sum()
    return np.zeros_like(gram) if constant else gram


def _ratio(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., sites, sites)"""
    scale = np.sqrt(np.diagonal(table, axis1=-2, axis2=-1))
    return table / (scale[..., :, None] * scale[..., None, :])
