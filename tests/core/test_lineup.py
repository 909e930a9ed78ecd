"""Sessions side by side: every figure against another way to compute it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lineups import CLASSES, made
from scipy import stats

from vitprune.contrast import adjusted_together, contrast
from vitprune.errors import ArgumentInvalid, ComparisonImpossible
from vitprune.lineup import line_up
from vitprune.plan import PruningPlan
from vitprune.profiles import BY_DEPTH, BY_SITE, RankAgreements, rank_agreement
from vitprune.rank_correlation import kendall, kendall_and_spearman, spearman
from vitprune.results import Session
from vitprune.statistics import (
    equivalence_of_independent_shares,
    holm,
    independent_means,
    independent_shares,
    independent_shares_p,
    paired_means_p,
    ratio_of_medians,
)

OTHER_IMAGES = "e" * 64


# Statistics ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [  # Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10: a/m - b/n
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_newcombes_interval_is_the_published_one(a: int, m: int, b: int, n: int, low: float, high: float) -> None:
    found = independent_shares(b, n, a, m)
    assert found.value == pytest.approx(a / m - b / n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    turned = independent_shares(a, m, b, n)
    assert (turned.low, turned.high) == pytest.approx((-high, -low), abs=5e-5)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_two_shares_are_tested_as_scipy_does(m: int, n: int, data: st.DataObject) -> None:
    a, b = data.draw(st.integers(0, m)), data.draw(st.integers(0, n))
    p = independent_shares_p(a, m, b, n)
    if 0 < a + b < m + n:
        table = [[a, m - a], [b, n - b]]
        assert p == pytest.approx(stats.chi2_contingency(table, correction=False)[1], abs=1e-12)
    else:
        assert p == 1


@given(st.integers(1, 400), st.integers(1, 400), st.data(), st.floats(0.01, 0.5))
def test_shares_of_other_images_are_equivalent_where_the_90_percent_interval_is_within_the_margin(
    m: int, n: int, data: st.DataObject, margin: float
) -> None:
    a, b = data.draw(st.integers(0, m)), data.draw(st.integers(0, n))
    found = equivalence_of_independent_shares(a, m, b, n, margin)
    inside = -margin < found.low and found.high < margin
    near = min(abs(found.low + margin), abs(found.high - margin)) < 1e-9
    assert found.equivalent == inside or near
    assert 0 <= found.p <= 1
    bounds = [stats.binomtest(k, of).proportion_ci(0.9, "wilson") for k, of in ((a, m), (b, n))]
    low = b / n - a / m - math.hypot(b / n - bounds[1].low, bounds[0].high - a / m)
    assert found.low == pytest.approx(low, abs=1e-9)
    turned = equivalence_of_independent_shares(b, n, a, m, margin)
    assert turned.p == pytest.approx(found.p, abs=1e-9)


@given(st.integers(2, 40), st.integers(2, 40), st.integers(0, 1000))
def test_means_are_tested_as_scipy_does(m: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0, 1, m), rng.normal(0.5, 3, n)
    found, p = independent_means(a, b)
    other = stats.ttest_ind(b, a, equal_var=False)
    interval = other.confidence_interval()
    assert p == pytest.approx(other[1])
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert paired_means_p(a) == pytest.approx(stats.ttest_1samp(a, 0)[1])


def test_holm_is_what_is_computed_by_hand() -> None:
    # In order: 3 x 0.005, 2 x 0.03, then 0.04, no smaller than the one before; a NaN was no test.
    assert holm(np.array([0.04, math.nan, 0.005, 0.03])) == pytest.approx([0.06, math.nan, 0.015, 0.06], nan_ok=True)
    assert holm(np.array([0.6, 0.7])).tolist() == [1, 1]
    assert holm(np.array([])).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.001, 0.2))
def test_holm_rejects_what_his_procedure_rejects(p: list[float], level: float) -> None:
    rejected, order = set[int](), np.argsort(p, kind="stable").tolist()
    for step, i in enumerate(order):
        if p[i] * (len(p) - step) > level:
            break
        rejected.add(i)
    assert {i for i, adjusted in enumerate(holm(np.array(p))) if adjusted <= level} == rejected


def test_the_ratio_of_medians_covers_the_true_one() -> None:
    """Gamma times, a tenth slower: the percentile bootstrap of the ratio, 300 trials."""
    rng, hits = np.random.default_rng(0), 0
    for trial in range(300):
        found = ratio_of_medians(rng.gamma(9, 1, 40), 1.1 * rng.gamma(9, 1, 40), resamples=200, seed=trial)
        hits += found.low <= 1.1 <= found.high
    assert hits >= 0.91 * 300
    assert ratio_of_medians(np.array([1.0, 2.0, 9.0]), np.array([4.0])).value == 2


def test_both_rank_correlations_at_once_are_the_two_alone() -> None:
    a, b = np.random.default_rng(0).normal(size=(2, 9, 30)) + np.arange(9)[:, None] / 4
    for same in (True, False):
        both = kendall_and_spearman(a, b, same_images=same, resamples=100)
        assert both == (
            kendall(a, b, same_images=same, resamples=100),
            spearman(a, b, same_images=same, resamples=100),
        )


# Profiles and orders -------------------------------------------------------------------------------------------------


def test_profiles_are_the_means_of_each_kind_over_depth() -> None:
    found = line_up({"a": made(), "b": made(1, blocks=6)})
    assert found.tables == ("cosine", "norm_ratio")
    one = next(p for p in found.profiles if (p.session, p.table, p.kind) == ("b", "cosine", "attention"))
    held = made(1, blocks=6).scores
    assert held is not None
    assert one.sites == tuple(f"blocks.{i}.attn" for i in range(6))
    assert one.depth == pytest.approx(np.arange(0, 12, 2) / 11)  # every other one of twelve branches
    for site, mean, low, high in zip(one.sites, one.mean, one.low, one.high, strict=True):
        values = held["cosine"][site].per_image
        interval = stats.ttest_1samp(values, 0).confidence_interval()
        assert (mean, low, high) == pytest.approx((values.mean(), interval.low, interval.high))
    assert {p.kind for p in found.profiles if p.table == "norm_ratio"} == {"attention", "mlp"}
    assert {p.kind for p in found.profiles if p.table == "cosine"} == {"attention", "mlp", "block"}


def test_the_same_architecture_is_matched_site_by_site() -> None:
    a, b = made(0), made(1)
    assert a.scores is not None
    assert b.scores is not None
    found = rank_agreement(a, b, "cosine")
    assert found is not None
    assert (found.matched, found.sites, found.same_images) == (BY_SITE, 8, True)
    order = [site.id for kind in ("attention", "mlp") for site in a.architecture.sites if site.kind == kind]
    means = [[scores["cosine"][site].mean for site in order] for scores in (a.scores, b.scores)]
    assert found.kendall.value == pytest.approx(stats.kendalltau(means[0], means[1])[0])
    assert found.spearman.value == pytest.approx(stats.spearmanr(means[0], means[1])[0])
    assert found.kendall.low <= found.kendall.value <= found.kendall.high
    assert rank_agreement(a, a, "cosine").kendall.value == 1  # pyright: ignore[reportOptionalMemberAccess]


def test_another_architecture_is_read_at_the_same_relative_depths() -> None:
    a, b = made(0, blocks=4), made(1, blocks=9, digest=OTHER_IMAGES)
    assert a.scores is not None
    assert b.scores is not None
    found, turned = rank_agreement(a, b, "cosine"), rank_agreement(b, a, "cosine")
    assert found is not None
    assert turned is not None
    assert (found.matched, found.sites, found.same_images) == (BY_DEPTH, 8, False)
    means: list[list[float]] = [[], []]
    for name in ("attn", "mlp"):
        short = [a.scores["cosine"][f"blocks.{i}.{name}"].mean for i in range(4)]
        long = [b.scores["cosine"][f"blocks.{i}.{name}"].mean for i in range(9)]
        means[0] += short
        means[1] += np.interp(np.linspace(0, 1, 4), np.linspace(0, 1, 9), long).tolist()
    assert found.kendall.value == pytest.approx(stats.kendalltau(means[0], means[1])[0])
    assert found.spearman.value == pytest.approx(turned.spearman.value)


def test_as_many_blocks_are_matched_as_by_site_whatever_the_width() -> None:
    a, b = made(0), made(1, name="vit_base_patch16_224")
    wide, same = rank_agreement(a, b, "cosine"), rank_agreement(a, made(1), "cosine")
    assert wide is not None
    assert same is not None
    assert wide.matched == BY_DEPTH
    assert wide.kendall == same.kendall


def test_what_is_kept_of_one_session_changes_no_agreement() -> None:
    a, same, fewer, others = made(0), made(1), made(2, blocks=3), made(3, digest=OTHER_IMAGES)
    kept = RankAgreements(a)
    for other in (same, fewer, same, others, fewer, others):
        for table in ("cosine", "norm_ratio"):
            assert kept.of(other, table) == rank_agreement(a, other, table)


# Evaluations ---------------------------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_the_baseline_against_itself_is_all_zeros(seed: int) -> None:
    session = made(seed, 40)
    found = line_up({"a": session, "b": session})
    other = found.against["b"]
    assert found.settings == ()
    assert other.contrasts is not None
    assert other.contrasts.paired
    assert set(other.contrasts.measures) == {"top1", "loss"}
    for one in other.contrasts.measures.values():
        assert one.difference.value == 0
        assert one.p == one.adjusted == 1
    assert (other.worse, other.better) == ((), ())
    assert all(ranks.kendall.value == ranks.spearman.value == 1 for ranks in other.ranks)
    assert other.plan.both == ("blocks.1.attn",)
    assert not other.plan.only_baseline + other.plan.only_session + other.plan.otherwise
    ratio = found.timings["b"].ratio
    assert ratio is not None
    assert ratio.value == 1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.booleans())
def test_swapping_the_two_negates(seed: int, same: bool) -> None:
    sessions = {"a": made(seed, 60), "b": made(seed + 1, 50, right=0.6, digest="d" * 64 if same else OTHER_IMAGES)}
    if same:
        sessions["b"] = made(seed + 1, 60, right=0.6)
    there, back = line_up(sessions, "a").against["b"], line_up(sessions, "b").against["a"]
    assert there.contrasts is not None
    assert back.contrasts is not None
    assert there.contrasts.paired == back.contrasts.paired == same
    for name, one in there.contrasts.measures.items():
        other = back.contrasts.measures[name]
        assert one.difference.value == pytest.approx(-other.difference.value)
        assert one.p == pytest.approx(other.p)
        assert one.a == other.b
        if one.measure.share or not same:  # resamples of the bootstrap's two tails differ a little
            assert (one.difference.low, one.difference.high) == pytest.approx(
                (-other.difference.high, -other.difference.low), abs=1e-9
            )
    assert [flip.index for flip in there.worse] == [flip.index for flip in back.better]


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(4)))
def test_the_order_of_sessions_does_not_matter(order: list[int]) -> None:
    sessions = {f"run {i}": made(i, 40, right=0.5 + 0.1 * i) for i in range(4)}
    one, other = line_up(sessions, "run 0"), line_up({f"run {i}": sessions[f"run {i}"] for i in order}, "run 0")
    assert list(other.entries) == [f"run {i}" for i in order]
    for name, against in one.against.items():
        assert against.contrasts is not None
        same = other.against[name].contrasts
        assert same is not None
        assert same.measures == against.contrasts.measures
        assert other.against[name].ranks == against.ranks
        assert other.timings[name].ratio == one.timings[name].ratio
    points = [{point.label: point for point in found.frontiers[0].points} for found in (one, other)]
    assert points[0] == points[1]


def test_other_images_are_compared_as_independent_samples_and_it_says_so() -> None:
    a, b = made(0, 120), made(1, 90, right=0.5, digest=OTHER_IMAGES)
    found = contrast(a.evaluations[-1], b.evaluations[-1], margin=0.05)
    assert not found.paired
    assert found.why.startswith("Unpaired: the evaluations are of different images: 120")
    hits = [e.per_image["top1"] for e in (a.evaluations[-1], b.evaluations[-1])]
    top1 = found.measures["top1"]
    assert top1.test == "score test of two shares"
    assert top1.difference == independent_shares(int(hits[0].sum()), 120, int(hits[1].sum()), 90)
    assert top1.equivalence is not None
    assert top1.equivalence.margin == 0.05
    loss = found.measures["loss"]
    other = stats.ttest_ind(*(e.per_image["loss"] for e in (b.evaluations[-1], a.evaluations[-1])), equal_var=False)
    assert loss.p == pytest.approx(other[1])
    against = line_up({"a": a, "b": b}).against["b"]
    assert (against.worse, against.better) == ((), ())


def test_every_p_is_adjusted_for_the_number_of_sessions() -> None:
    base, others = made(0, 200), [made(i, 200, right=0.6) for i in range(1, 5)]
    families = [contrast(base.evaluations[-1], other.evaluations[-1]) for other in others]
    p = np.array([found.measures["top1"].p for found in families])
    order, running = np.argsort(p), 0.0
    for step, i in enumerate(order):
        running = max(running, (4 - step) * p[i])
        assert adjusted_together(families)[i].measures["top1"].adjusted == pytest.approx(min(1, running))


def test_flips_have_the_images_and_what_each_side_says() -> None:
    a, b = made(0), made(1, right=0.5)
    found = line_up({"a": a, "b": b}).against["b"]
    before, after = a.evaluations[-1], b.evaluations[-1]
    labels = np.array(before.data.labels)
    worse = np.flatnonzero((before.predictions == labels) & (after.predictions != labels))
    assert [flip.index for flip in found.worse] == worse.tolist()
    for flip in (*found.worse, *found.better):
        assert flip.path == before.data.paths[flip.index]
        assert flip.label == CLASSES[labels[flip.index]] == flip.path.split("/")[0]
        assert flip.baseline == CLASSES[before.predictions[flip.index]]
        assert flip.session == CLASSES[after.predictions[flip.index]]


def test_the_newest_evaluation_of_the_current_plan_is_compared() -> None:
    session = made(0)
    dense, pruned = session.evaluations
    newer = replace(pruned, created="later")
    found = line_up({"a": replace(session, evaluations=(pruned, dense, newer)), "b": made(1)}).entries["a"]
    assert found.evaluation is newer
    assert found.dense is dense
    assert found.cost is not None
    assert found.cost.paired
    other = session.with_plan(PruningPlan.of(session.architecture, {"blocks.3.mlp": "remove"}))
    found = line_up({"a": other, "b": made(1)}).entries["a"]
    assert found.evaluation is pruned
    assert "was not evaluated" in found.chosen
    none = line_up({"a": replace(session, evaluations=()), "b": made(1)})
    assert none.entries["a"].evaluation is None
    assert none.against["b"].contrasts is None
    assert none.against["b"].ranks


# Plans, set-up, time -------------------------------------------------------------------------------------------------


def test_plans_differ_branch_by_branch() -> None:
    a = made(0, removed=("blocks.0", "blocks.1.attn", "blocks.2.mlp"))
    b = made(1, removed=("blocks.0.attn", "blocks.1.attn", "blocks.3.mlp"))
    b = b.with_plan(PruningPlan.of(b.architecture, dict(b.plan.actions) | {"blocks.1.attn": "linear"}))
    b = replace(b, evaluations=())
    found = line_up({"a": a, "b": b})
    plan = found.against["b"].plan
    assert plan.both == ("blocks.0.attn", "blocks.1.attn")
    assert plan.only_baseline == ("blocks.0.mlp", "blocks.2.mlp")
    assert plan.only_session == ("blocks.3.mlp",)
    assert plan.otherwise == (("blocks.1.attn", "remove", "linear"),)
    removal = found.entries["b"].removal
    assert (removal.branches, removal.repaired) == (3, 1)
    assert removal.macs_left == pytest.approx(1 - (2 * 116 - 29 + 233) / 4600)
    other = line_up({"a": a, "b": made(1, blocks=5)}).against["b"].plan
    assert not other.same_architecture
    assert other.both == ()


def test_only_what_differs_in_the_set_up_is_told() -> None:
    sessions: dict[str, Session] = {"a": made(0), "b": made(0, torch="2.15.0"), "c": made(0, batch_size=16)}
    found = line_up(sessions)
    assert [setting.name for setting in found.settings] == ["timed, batch size", "torch"]
    assert found.settings[1].sentence == "torch: 2.14.1 in a, c; 2.15.0 in b"


def test_digests_are_shown_as_far_as_they_differ() -> None:
    found = {s.name: s.values for s in line_up({"a": made(1), "b": made(2), "c": made(1)}).settings}
    assert found["weights, SHA-256"] == (f"{1:064x}", f"{2:064x}", f"{1:064x}")
    other = {s.name: s.values for s in line_up({"a": made(0), "b": made(0, digest="f" * 64)}).settings}
    assert other["test images, SHA-256"] == ("d" * 12, "f" * 12)


def test_times_are_compared_only_where_they_can_be() -> None:
    sessions = {"a": made(0), "b": made(1), "c": made(2, batch_size=4), "d": made(3, processor="another")}
    found = line_up(sessions).timings
    times = [session.evaluations[-1].latency for session in sessions.values()]
    ratio = found["b"].ratio
    assert ratio is not None
    assert times[0] is not None
    assert times[1] is not None
    assert ratio.value == pytest.approx(np.median(times[1].samples_ms) / np.median(times[0].samples_ms))
    assert ratio.low < ratio.value < ratio.high
    assert found["c"].ratio is found["d"].ratio is None
    assert found["c"].why == "Not comparable: batch size 4 and not 8."
    assert found["d"].why == "Not comparable: processor another and not a processor."
    assert found["d"].of_dense is not None  # its own whole model was timed as it was
    assert found["c"].latency.median_ms > 0


def test_one_frontier_holds_the_evaluations_of_all() -> None:
    found = line_up({"a": made(0), "b": made(1), "c": made(2, digest=OTHER_IMAGES), "d": made(3, batch_size=4)})
    by_cost = {frontier.cost.name: frontier for frontier in found.frontiers}
    labels = [f"{name}: {what}" for name in "abd" for what in ("dense", "1 sites")]
    assert [point.label for point in by_cost["macs"].points] == labels
    assert [point.label for point in by_cost["latency"].points] == labels[:4]
    assert "2 evaluations of other images" in found.frontier_note
    assert "2 of 6 were not timed" in found.frontier_note
    for number, point in enumerate(by_cost["macs"].points):
        better = any(
            (o.cost.median <= point.cost.median and o.quality.value >= point.quality.value)
            and (o.cost.median, o.quality.value) != (point.cost.median, point.quality.value)
            for o in by_cost["macs"].points
        )
        assert by_cost["macs"].dominated[number] == better


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(ArgumentInvalid, match="nothing to compare"):
        line_up({"a": made()})
    with pytest.raises(ArgumentInvalid, match="no session 'x'"):
        line_up({"a": made(), "b": made(1)}, "x")
    with pytest.raises(ArgumentInvalid, match="2 is not a margin"):
        line_up({"a": made(), "b": made(1)}, margin=2)
    with pytest.raises(ArgumentInvalid, match="called taylor"):
        line_up({"a": made(), "b": made(1, tables=("taylor",))}, scores=("taylor",))
    with pytest.raises(ComparisonImpossible, match="nothing in common"):
        line_up({"a": replace(made(), evaluations=()), "b": replace(made(1, blocks=6), scores=None)})
