from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize_scalar

from vitprune import statistics
from vitprune.rank_correlation import kendall, spearman
from vitprune.ranks import rank_intervals
from vitprune.statistics import (
    Estimate,
    benjamini_hochberg,
    bootstrap_difference,
    bootstrap_mean,
    equivalence,
    equivalence_of_shares,
    images_for_equivalence,
    images_needed,
    mcnemar,
    paired_proportion,
    proportion,
    standard_error,
)

Correlation = Callable[..., Estimate]
SCIPYS: Any = ((kendall, stats.kendalltau), (spearman, stats.spearmanr))
counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 400)).filter(sum)


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


def test_bootstrap_equals_a_loop() -> None:
    generator = np.random.default_rng(1)
    values = generator.exponential(size=400)
    found = bootstrap_mean(values, resamples=20_000)
    pivots = []
    for _ in range(20_000):
        again = generator.choice(values, 400)
        pivots.append((again.mean() - values.mean()) / again.std())
    low, high = values.mean() - np.quantile(pivots, [0.975, 0.025]) * values.std()
    assert found.value == values.mean()
    assert found.low == pytest.approx(low, abs=0.005)
    assert found.high == pytest.approx(high, abs=0.005)
    other = stats.bootstrap((values,), np.mean, n_resamples=8000, method="BCa", rng=2).confidence_interval
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=0.02)


@pytest.mark.parametrize("sigma", [0.5, 1.5])
def test_bootstrap_covers_skewed_means(sigma: float) -> None:
    """Losses and divergences: a few images carry most of the mean."""
    generator = np.random.default_rng(0)
    truth = math.exp(sigma**2 / 2)
    inside = 0
    for trial in range(400):
        before = generator.normal(size=600)
        after = before + generator.lognormal(0, sigma, 600)
        found = bootstrap_difference(before, after, resamples=300, seed=trial)
        inside += found.low <= truth <= found.high
    assert 0.93 <= inside / 400 <= 0.97


def test_bootstrap_is_repeatable_and_pairs() -> None:
    generator = np.random.default_rng(0)
    before, change = generator.normal(0, 100, 50), generator.normal(1, 0.1, 50)
    found = bootstrap_difference(before, before + change)
    assert found == bootstrap_difference(before, before + change)
    assert found == bootstrap_mean((before + change) - before)
    assert found.high - found.low < 0.1  # the spread of either side is a thousand times that of the change


@given(st.lists(st.floats(0, 10), min_size=2, max_size=30))
def test_the_interval_holds_the_mean(values: list[float]) -> None:
    found = bootstrap_mean(np.array(values), resamples=50)
    assert found.low <= found.value <= found.high
    assert found.n == len(values)


def test_few_values_have_students_interval() -> None:
    values = np.array([1.0, 2.0, 4.0])
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    found = bootstrap_mean(values)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_too_little_data_has_no_interval() -> None:
    assert math.isnan(standard_error(np.array([1.0])))
    assert math.isnan(bootstrap_mean(np.array([1.0])).low)
    assert math.isnan(proportion(np.array([], dtype=bool)).value)
    assert math.isnan(bootstrap_mean(np.array([1.0, math.nan])).low)
    assert math.isnan(bootstrap_mean(np.array([])).value)
    assert math.isnan(paired_proportion(0, 0, 0).value)
    assert math.isnan(equivalence_of_shares(0, 0, 0, 0.01).p)
    assert math.isnan(equivalence(np.array([1.0]), 0.5).p)
    assert not equivalence(np.array([1.0]), 0.5).equivalent


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_equals_scipy(b: int, c: int) -> None:
    found = mcnemar(b, c)
    assert (found.b, found.c) == (b, c)
    if b + c == 0:
        assert found.p == found.mid_p == 1
        return
    assert found.p == pytest.approx(stats.binomtest(b, b + c).pvalue)
    assert found.mid_p == pytest.approx(
        min(1.0, 2 * stats.binom.cdf(min(b, c), b + c, 0.5)) - stats.binom.pmf(b, b + c, 0.5) * (b != c), abs=1e-12
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_benjamini_hochberg_equals_scipy(p: list[float]) -> None:
    np.testing.assert_allclose(benjamini_hochberg(np.array(p)), stats.false_discovery_control(p), atol=1e-12)


def likelihood_score(b: int, c: int, n: int, difference: float) -> float:
    """The score statistic with the nuisance share found by a general optimiser, not by a formula."""

    def minus_log(q: float) -> float:
        parts = ((b, q), (c, q + difference), (n - b - c, 1 - 2 * q - difference))
        return -sum(k * math.log(max(x, 1e-300)) for k, x in parts if k)

    bounds = (max(0.0, -difference), (1 - difference) / 2)
    found: Any = minimize_scalar(minus_log, bounds=bounds, method="bounded", options={"xatol": 1e-12})
    q = float(found.x)
    return (c - b - n * difference) / math.sqrt(n * (2 * q + difference * (1 - difference)))


@pytest.mark.parametrize(("b", "c", "n"), [(40, 20, 2000), (3, 9, 120), (12, 0, 600), (0, 5, 50), (30, 30, 100)])
def test_paired_proportion_is_where_the_score_reaches_the_quantile(b: int, c: int, n: int) -> None:
    found = paired_proportion(b, c, n)
    assert found.value == (c - b) / n
    assert found.n == n
    quantile = float(stats.norm.ppf(0.975))
    assert likelihood_score(b, c, n, found.low) == pytest.approx(quantile, abs=1e-4)
    assert likelihood_score(b, c, n, found.high) == pytest.approx(-quantile, abs=1e-4)


@given(counts)
def test_score_bounds_are_those_that_bisection_finds(table: tuple[int, int, int]) -> None:
    b, c, rest = table
    n = b + c + rest
    found = paired_proportion(b, c, n)
    for bound, low, high in ((found.low, -1.0, found.value), (-found.high, -1.0, -found.value)):
        sign = 1 if high == found.value else -1
        for _ in range(60):
            middle = (low + high) / 2
            rejected = sign * statistics._score(b / n, c / n, n, sign * middle) > statistics.Z
            low, high = (middle, high) if rejected else (low, middle)
        assert bound == pytest.approx(high, abs=1e-9)


def test_paired_proportion_has_width_where_nothing_differs() -> None:
    """The score's variance is then |d| (1 - |d|) / n, whose quadratic solves by hand."""
    found = paired_proportion(0, 0, 44)
    assert found.high == pytest.approx(statistics.Z**2 / (44 + statistics.Z**2), abs=1e-9)
    assert found.low == pytest.approx(-found.high, abs=1e-12)


@given(counts)
def test_paired_proportion_is_symmetric_and_within_bounds(table: tuple[int, int, int]) -> None:
    b, c, same = table
    n = b + c + same
    found, mirrored = paired_proportion(b, c, n), paired_proportion(c, b, n)
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert (found.low, found.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-9)


def covered(n: int, discordant: float, lost: float) -> float:
    """Exact coverage of `paired_proportion`: its bounds are monotone, so each number of changes is a run of losses."""
    truth = discordant * (1 - 2 * lost)
    total = 0.0
    for changed in range(int(stats.binom.ppf(1e-7, n, discordant)), int(stats.binom.ppf(1 - 1e-7, n, discordant)) + 1):
        b = np.arange(changed + 1)
        outer = stats.binom.pmf(changed, n, discordant)
        likely = np.flatnonzero(outer * stats.binom.pmf(b, changed, lost) > 1e-8)
        for losses in likely:
            found = paired_proportion(int(losses), int(changed - losses), n)
            if found.low - 1e-12 <= truth <= found.high + 1e-12:
                total += float(outer * stats.binom.pmf(losses, changed, lost))
    return total


@pytest.mark.parametrize(
    ("n", "discordant", "lost"),
    [*itertools.product([600], [0.02, 0.05], [0.5, 0.8, 1.0]), (600, 0.1, 0.9), (2000, 0.02, 0.9), (2000, 0.05, 1.0)],
)
def test_paired_proportion_covers(n: int, discordant: float, lost: float) -> None:
    assert 0.94 <= covered(n, discordant, lost) <= 0.96


@pytest.mark.parametrize(("n", "discordant"), [(600, 0.01), (600, 0.02), (1000, 0.012), (2000, 0.03)])
def test_models_at_the_margin_are_called_equivalent_in_5_percent_at_most(n: int, discordant: float) -> None:
    generator = np.random.default_rng(0)
    lost = (discordant + 0.01) / 2
    tables = generator.multinomial(n, [lost, discordant - lost, 1 - discordant], 4000)
    seen, times = np.unique(tables, axis=0, return_counts=True)
    yes = sum(
        int(count)
        for (b, c, _), count in zip(seen, times, strict=True)
        if equivalence_of_shares(int(b), int(c), n, 0.01).equivalent
    )
    assert yes / 4000 <= 0.055  # 5 % and a simulation's error


@given(counts, st.floats(0.002, 0.2))
def test_equivalence_of_shares_is_the_90_percent_interval_within_the_margin(
    table: tuple[int, int, int], margin: float
) -> None:
    b, c, same = table
    found = equivalence_of_shares(b, c, b + c + same, margin)
    inside = max(-found.low, found.high) - margin
    if abs(inside) > 1e-9:
        assert found.equivalent == (inside < 0)
    wide = paired_proportion(b, c, b + c + same)
    assert wide.low <= found.low <= found.high <= wide.high


@given(st.integers(0, 2**32 - 1), st.integers(3, 200), st.floats(0.01, 2))
def test_equivalence_equals_two_t_tests(seed: int, n: int, margin: float) -> None:
    values = np.random.default_rng(seed).normal(0.3, 1, n)
    found = equivalence(values, margin)
    t_test: Any = stats.ttest_1samp
    sides = ((-margin, "greater"), (margin, "less"))
    expected = max(t_test(values, side, alternative=alternative).pvalue for side, alternative in sides)
    assert found.p == pytest.approx(expected, abs=1e-12)
    interval = t_test(values, 0).confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_values_without_spread_are_equivalent_within_the_margin_only() -> None:
    assert equivalence(np.full(9, 0.5), 0.6).equivalent
    assert not equivalence(np.full(9, 0.5), 0.5).equivalent


@given(st.floats(0.005, 0.1), st.floats(0.01, 0.2), st.floats(-1, 1))
def test_images_needed_tend_to_walds_formula(half_width: float, discordant: float, tilt: float) -> None:
    difference = tilt * discordant
    n = images_needed(half_width, discordant, difference)
    # Wald's formula is the limit for many images, and too hopeful for few.
    wald = statistics.Z**2 * (discordant - difference**2) / half_width**2
    assert wald * 0.9 <= n <= wald * 1.1 + 3 * statistics.Z**2 / half_width


def test_images_needed_are_the_fewest() -> None:
    """At shares that are whole numbers of images for every n that is a multiple of 100."""
    for half_width in (0.006, 0.01, 0.03):
        n = images_needed(half_width, 0.05, 0.01)
        widths = {}
        for images in (100 * (n // 100), 100 * (n // 100 + 1)):
            found = paired_proportion(images * 2 // 100, images * 3 // 100, images)
            widths[images] = (found.high - found.low) / 2
        below, above = widths.values()
        assert above <= half_width <= below


@pytest.mark.parametrize(("margin", "discordant", "difference"), [(0.02, 0.04, 0.0), (0.01, 0.02, -0.003)])
def test_images_for_equivalence_give_the_power(margin: float, discordant: float, difference: float) -> None:
    n = images_for_equivalence(margin, discordant, difference)
    generator = np.random.default_rng(3)
    lost, gained = (discordant - difference) / 2, (discordant + difference) / 2
    tables = generator.multinomial(n, [lost, gained, 1 - discordant], 2000)
    yes = [equivalence_of_shares(int(b), int(c), n, margin).equivalent for b, c, _ in tables]
    assert np.mean(yes) == pytest.approx(0.8, abs=0.03)
    assert images_for_equivalence(margin, discordant, difference, power=0.9) > n


def test_impossible_questions_are_refused() -> None:
    for impossible in (
        lambda: images_needed(0.01, 0.02, 0.03),
        lambda: images_needed(0, 0.02),
        lambda: images_for_equivalence(0.01, 0.05, 0.01),
    ):
        with pytest.raises(ValueError, match=r"share|half width|smaller"):
            impossible()


def few_values(sites: int, seed: int, levels: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).integers(0, levels, (2, sites)).astype(np.float64)


@given(st.integers(3, 30), st.integers(0, 1000), st.integers(2, 50))
def test_rank_correlations_equal_scipy(sites: int, seed: int, levels: int) -> None:
    a, b = few_values(sites, seed, levels)
    for mine, scipys in SCIPYS:
        found = mine(a, b, resamples=20)
        if np.ptp(a) == 0 or np.ptp(b) == 0:
            assert math.isnan(found.value)
        else:
            assert found.value == pytest.approx(scipys(a, b).statistic)
            assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.n == sites


def test_rank_correlations_over_sites_equal_a_loop() -> None:
    generator = np.random.default_rng(4)
    a = generator.normal(size=20)
    b = a + generator.normal(size=20)
    for mine, scipys in SCIPYS:
        again = [scipys(a[chosen], b[chosen]).statistic for chosen in generator.integers(0, 20, (1000, 20))]
        found = mine(a, b, resamples=8000)
        assert (found.low, found.high) == pytest.approx(tuple(np.quantile(again, [0.025, 0.975])), abs=0.03)


def test_rank_correlations_of_tables_are_of_the_means() -> None:
    generator = np.random.default_rng(5)
    a, b = generator.normal(size=(2, 12, 80)) + generator.normal(size=(2, 12, 1))
    found = kendall(a, b)
    assert found.value == pytest.approx(SCIPYS[0][1](a.mean(1), b.mean(1)).statistic)
    assert found.n == 80
    assert found == kendall(a, b)
    assert kendall(a, b.mean(1)).n == 12  # no images to resample on one side: sites
    assert kendall(a, b[:, :50], same_images=False).n == 50
    a[3, 7] = math.nan
    assert kendall(a, b).value == kendall(np.delete(a, 3, 0), np.delete(b, 3, 0)).value
    assert math.isnan(kendall(a[:2], b[:2]).value)


@pytest.mark.parametrize(
    ("measure", "r", "noise"), [(kendall, 0.0, 0.2), (kendall, 0.6, 0.3), (kendall, 0.6, 0.05), (spearman, 0.6, 0.3)]
)
def test_rank_correlations_cover_those_of_the_true_means(measure: Correlation, r: float, noise: float) -> None:
    """A plain percentile interval covers in 80 % at r = 0.6 and noise 0.3: noise pulls every resample towards 0."""
    generator = np.random.default_rng(6)
    inside = 0
    for trial in range(300):
        true = generator.multivariate_normal([0, 0], [[1, r], [r, 1]], 24).T
        seen = true[:, :, None] + noise * math.sqrt(50) * generator.normal(size=(2, 24, 50))
        found = measure(*seen, resamples=200, same_images=False, seed=trial)
        value = measure(*true, resamples=2).value
        inside += found.low - 1e-9 <= value <= found.high + 1e-9
    assert 0.92 <= inside / 300 <= 0.985  # a simulation of 300 is within 2.5 points of the truth


def test_noise_that_both_sides_share_is_no_correlation() -> None:
    generator = np.random.default_rng(7)
    inside = plain = 0
    for trial in range(200):
        true = generator.normal(size=(2, 24))
        shared = generator.normal(size=(24, 100))
        seen = true[:, :, None] + 5 * (shared + 0.3 * generator.normal(size=(2, 24, 100)))
        found = kendall(*seen, resamples=300, seed=trial)
        value = kendall(*true, resamples=2).value
        inside += found.low - 1e-9 <= value <= found.high + 1e-9
        plain += found.value > value
    assert inside / 200 >= 0.92
    assert plain / 200 > 0.7  # the plain value is too high: what the interval corrects


def test_ranks_equal_a_loop() -> None:
    generator = np.random.default_rng(8)
    values = generator.normal(size=(6, 40)) + 0.2 * np.arange(6)[:, None]
    values[5] = values[4]  # always tied
    found = rank_intervals(values, 2, resamples=20_000)
    np.testing.assert_array_equal(found.rank, stats.rankdata(-values.mean(1)))
    ranks, among = [], []
    for chosen in generator.integers(0, 40, (20_000, 40)):
        means = values[:, chosen].mean(1)
        means[5] = means[4]
        ranks.append(stats.rankdata(-means))
        better, tied = (means[None] > means[:, None]).sum(1), (means[None] == means[:, None]).sum(1)
        among.append(np.clip((2 - better) / tied, 0, 1))
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(found.low, low, atol=0.51)
    np.testing.assert_allclose(found.high, high, atol=0.51)
    np.testing.assert_allclose(found.among, np.mean(among, 0), atol=0.015)
    assert found.among.sum() == pytest.approx(2)
    assert (found.k, found.n) == (2, 40)


def test_ranks_in_either_direction_and_without_the_unusable() -> None:
    values = np.array([[1.0, 1.1], [5.0, 5.1], [math.nan, 0.0], [3.0, 3.1]])
    down, up = (rank_intervals(values, 1, descending=way, resamples=50) for way in (True, False))
    np.testing.assert_array_equal(down.rank, [3, 1, math.nan, 2])
    np.testing.assert_array_equal(up.rank, [1, 3, math.nan, 2])
    np.testing.assert_array_equal(down.among, [0, 1, math.nan, 0])
    np.testing.assert_array_equal(down.low, down.high)
    assert not down.among.flags.writeable
    assert np.isnan(rank_intervals(np.empty((3, 0)), 1).rank).all()


def test_rank_intervals_hold_the_true_rank() -> None:
    generator = np.random.default_rng(9)
    inside = []
    for trial in range(60):
        true = generator.normal(size=24)
        found = rank_intervals(true[:, None] + 2 * generator.normal(size=(24, 100)), 3, resamples=300, seed=trial)
        rank = stats.rankdata(-true)
        inside.append(np.mean((found.low <= rank) & (rank <= found.high)))
    assert np.mean(inside) >= 0.95
