"""Linear CKA against its definition, its invariances, and data of which the answer is known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vitprune.cka import MINIBATCH, hsic, linear_cka

Values = NDArray[np.float64]


def direct(k: Values, l: Values) -> float:  # noqa: E741
    """HSIC as the mean over all ordered choices of four different images, as it is defined."""
    chosen = list(permutations(range(len(k)), 4))
    return sum(k[i, j] * (l[i, j] + l[q, r] - 2 * l[i, q]) for i, j, q, r in chosen) / len(chosen)


def closed(k: Values, l: Values) -> float:  # noqa: E741
    """The same in O(n^2), as Song et al. write it."""
    n, one = len(k), np.ones(len(k))
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))  # noqa: E741
    terms = np.trace(k @ l), (one @ k @ one) * (one @ l @ one) / (n - 1) / (n - 2), -2 / (n - 2) * (one @ k @ l @ one)
    return float(sum(terms)) / (n * (n - 3))


def features(images: int, *widths: int, seed: int = 0) -> list[Values]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(images, width)) + rng.normal(size=width) for width in widths]


@pytest.mark.parametrize("images", [4, 5, 7])
def test_hsic_is_its_definition(images: int) -> None:
    grams = np.stack([x @ x.T for x in features(images, 3, 8, 1)])
    found = hsic(grams)
    for i, k in enumerate(grams):
        for j, other in enumerate(grams):
            assert found[i, j] == pytest.approx(direct(k, other), abs=1e-12)
            assert found[i, j] == pytest.approx(closed(k, other), abs=1e-12)


def test_cka_is_the_ratio_of_mean_hsics_with_the_jackknife_error() -> None:
    sites = features(3 * MINIBATCH + 5, 6, 9, 2)
    sites[1][:, 0] += sites[0][:, 0]
    mean, error = linear_cka(sites, seed=3)
    dealt = np.array_split(np.random.default_rng(3).permutation(len(sites[0])), 3)
    terms = np.array([[[closed(x[d] @ x[d].T, y[d] @ y[d].T) for y in sites] for x in sites] for d in dealt])

    def ratio(kept: list[int], i: int, j: int) -> float:
        total = terms[kept].mean(0)
        return total[i, j] / np.sqrt(total[i, i] * total[j, j])

    for i in range(3):
        for j in range(3):
            without = np.array([ratio([n for n in range(3) if n != out], i, j) for out in range(3)])
            assert mean[i, j] == pytest.approx(ratio([0, 1, 2], i, j), abs=1e-12)
            assert error[i, j] == pytest.approx(np.sqrt(2 / 3 * np.square(without - without.mean()).sum()), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 12), st.integers(4, 100), st.floats(0.01, 100))
def test_turning_scaling_and_shifting_change_nothing(seed: int, width: int, images: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    x, y = features(images, width, width + 2, seed=seed)
    turn, _ = np.linalg.qr(rng.normal(size=(width, width)))
    mean, error = linear_cka([x, y, scale * (x @ turn) + rng.normal(size=width)])
    assert mean[0, 2] == pytest.approx(1)
    assert mean[2, 1] == pytest.approx(mean[0, 1], abs=1e-9)
    np.testing.assert_allclose(np.diagonal(mean), 1)
    np.testing.assert_allclose(mean, mean.T)
    if images >= 2 * MINIBATCH:
        assert error[2, 1] == pytest.approx(error[0, 1], abs=1e-9)
        assert error[0, 2] == pytest.approx(0, abs=1e-9)


def test_a_linear_map_that_is_no_rotation_changes_it() -> None:
    [x] = features(200, 10)
    stretched = x * np.linspace(0.1, 3, 10)
    assert linear_cka([x, stretched])[0][0, 1] < 0.95


def test_independent_features_are_nothing_alike_however_wide() -> None:
    """The biased estimate is near 1 for them: few images are nearly at right angles in a wide space."""
    found = [linear_cka(features(2 * MINIBATCH, 400, 600, seed=seed))[0][0, 1] for seed in range(40)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(len(found))
    x, y = (values[:MINIBATCH] - values[:MINIBATCH].mean(0) for values in features(2 * MINIBATCH, 400, 600))
    k, other = x @ x.T, y @ y.T
    assert (k * other).sum() / np.sqrt((k * k).sum() * (other * other).sum()) > 0.85


def test_the_standard_error_is_the_spread_over_samples() -> None:
    """Of features that share a part of their directions, so that the true value is known: 1/2."""
    rng = np.random.default_rng(0)
    means, errors = [], []
    for _ in range(150):
        shared, one, other = rng.normal(size=(3, 16 * MINIBATCH, 6))
        mean, error = linear_cka([np.hstack([shared, one]), np.hstack([shared, other])])
        means.append(mean[0, 1])
        errors.append(error[0, 1])
    assert np.mean(means) == pytest.approx(0.5, abs=0.01)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(means), rel=0.25)


def test_what_cannot_be_compared_is_not_a_number() -> None:
    sites = [values.astype(np.float32) for values in features(2 * MINIBATCH, 5, 5, 5)]
    sites[1][:] = np.linspace(0.1, 3, 5)
    sites[1][::2, 1] = np.nextafter(sites[1][0, 1], np.float32(9))  # the same but for rounding
    sites[2][7, 0] = np.nan
    mean, error = linear_cka([*sites, sites[0] * 2])
    fine = np.ix_([0, 3], [0, 3])
    assert np.isfinite(mean[fine]).all()
    assert np.isfinite(error[fine]).all()
    mean[fine] = error[fine] = np.nan
    assert np.isnan(mean).all()
    assert np.isnan(error).all()


def test_few_images_have_no_error_and_fewer_no_value() -> None:
    mean, error = linear_cka(features(2 * MINIBATCH - 1, 5, 4))
    assert np.isfinite(mean).all()
    assert np.isnan(error).all()
    assert np.isnan(linear_cka(features(3, 5, 4))[0]).all()
