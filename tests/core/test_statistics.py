from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vitprune.statistics import bootstrap_mean, proportion, standard_error


@given(st.integers(1, 3000), st.floats(0, 1))
def test_proportion_equals_scipy(n: int, share: float) -> None:
    hits = np.arange(n) < round(share * n)
    found = proportion(hits)
    expected = stats.binomtest(int(hits.sum()), n).proportion_ci(0.95, method="wilson")
    assert found.value == pytest.approx(hits.mean())
    assert found.low == pytest.approx(expected.low, abs=1e-9)
    assert found.high == pytest.approx(expected.high, abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_standard_error_equals_scipy(values: list[float]) -> None:
    assert standard_error(np.array(values)) == pytest.approx(float(stats.sem(values)), rel=1e-9, abs=1e-9)


def test_bootstrap_equals_scipy() -> None:
    values = np.random.default_rng(1).exponential(size=400)
    found = bootstrap_mean(values, resamples=8000)
    expected = stats.bootstrap((values,), np.mean, n_resamples=8000, method="percentile", rng=2).confidence_interval
    assert found.value == values.mean()
    assert found.low == pytest.approx(expected.low, abs=0.01)
    assert found.high == pytest.approx(expected.high, abs=0.01)


def test_bootstrap_is_repeatable_and_covers() -> None:
    generator = np.random.default_rng(0)
    inside = 0
    for _ in range(400):
        estimate = bootstrap_mean(generator.normal(3, 1, 100), resamples=500)
        inside += estimate.low <= 3 <= estimate.high
    assert 0.91 <= inside / 400 <= 0.98
    values = generator.normal(size=50)
    assert bootstrap_mean(values) == bootstrap_mean(values)


def test_too_little_data_has_no_interval() -> None:
    assert math.isnan(standard_error(np.array([1.0])))
    assert math.isnan(bootstrap_mean(np.array([1.0])).low)
    assert math.isnan(proportion(np.array([], dtype=bool)).value)
    assert math.isnan(bootstrap_mean(np.array([1.0, math.nan])).low)
