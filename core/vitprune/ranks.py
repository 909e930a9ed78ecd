"""Ranks of sites, and how firmly images order them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitprune.statistics import PIECE, TAILS, resampled_means


@dataclass(frozen=True)
class RankIntervals:
    """How firmly `n` images order sites. All arrays are (sites,), read-only; rank 1 is the most redundant site.

    `low` to `high` holds 95 % of the ranks in the resamples: the true rank at least as often, since ranks are whole and
    resamples noisier than what is seen. `among` is the share of them in which the site is among
    the `k` most redundant. Tied sites share their mean rank and the places left; `among` adds up to k. Sites with a
    value that is not finite have NaN everywhere.
    """

    rank: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    among: NDArray[np.float64]
    k: int
    n: int


def rank_intervals(
    values: NDArray[np.float64], k: int, *, descending: bool = True, resamples: int = 2000, seed: int = 0
) -> RankIntervals:
    """Ranks of sites by their mean over images, and how firm they are.

    `values` is (sites, images). With `descending` the largest mean is the most redundant. The images are resampled for
    all sites together, as they were seen by all.
    """
    found = [np.full(len(values), np.nan) for _ in range(4)]
    usable = np.isfinite(values).all(axis=1)
    if values.shape[1] and usable.any():
        table = -values[usable] if descending else values[usable]
        means = resampled_means(table, resamples, seed)
        first, last = _places(means)
        low, high = np.quantile((first + last) / 2, TAILS, axis=0)
        among = np.clip((k + 1 - first) / (last - first + 1), 0, 1).mean(axis=0)
        for array, part in zip(found, (_ranks(table.mean(axis=1)[None])[0], low, high, among), strict=True):
            array[usable] = part
    for array in found:
        array.setflags(write=False)
    rank, low, high, among = found
    return RankIntervals(rank, low, high, among, k, values.shape[1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    first, last = _places(values)
    return (first + last) / 2


def _places(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last place, from 1, of every value within its row of (rows, values), the smallest first; they differ
    where values are tied."""
    step = max(1, PIECE // values.shape[1] ** 2)
    pieces = [values[i : i + step] for i in range(0, len(values), step)]
    first = np.concatenate([1 + (rows[:, None, :] < rows[:, :, None]).sum(-1) for rows in pieces])
    return first, np.concatenate([(rows[:, None, :] <= rows[:, :, None]).sum(-1) for rows in pieces])
