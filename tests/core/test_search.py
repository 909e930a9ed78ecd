"""The search: what it chooses, how sure it is, and that it can be stopped anywhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.core import small_models
from tests.core.small_models import hooks_of
from vitprune import PruningPlan, apply, describe
from vitprune.errors import ArgumentInvalid, DatasetLabels, PlanInvalid
from vitprune.jobs import Cancelled, Job
from vitprune.lab import Lab
from vitprune.racing import Course, behind, looks, race
from vitprune.search import apart, search
from vitprune.searches import SearchPartial, SearchState
from vitprune.selection import Budget, candidates

COUNT = 48


def batches_for(count: int = COUNT, size: int = 16) -> list[Tensor]:
    return list(small_models.images(count, seed=11).split(size))


def kl(model: Any, dense: Any, batches: Sequence[Tensor]) -> float:
    """Written plainly."""
    with torch.no_grad():
        logits = [(dense(b).double().softmax(-1), model(b).double().softmax(-1)) for b in batches]
    return float(torch.cat([(p * (p / q).log()).sum(-1) for p, q in logits]).mean())


def plain_greedy(model: nn.Module, batches: Sequence[Tensor], steps: int) -> list[tuple[str, float]]:
    """A loop over copies that are really pruned and run whole."""
    architecture = describe(model)
    chosen: dict[str, str] = {}
    found: list[tuple[str, float]] = []
    for _ in range(steps):
        damages: dict[str, float] = {}
        for site in architecture.sublayers:
            if site.id not in chosen:
                plan = PruningPlan.of(architecture, chosen | {site.id: "remove"})
                damages[site.id] = kl(apply(plan, model), model, batches)
        best = min(damages, key=damages.__getitem__)
        chosen[best] = "remove"
        found.append((best, damages[best]))
    return found


@pytest.mark.parametrize("name", ["vit", "eva, swiglu, rope"])
@pytest.mark.parametrize("racing", [True, False])
def test_greedy_choices_are_those_of_a_plain_loop(name: str, racing: bool) -> None:
    model = small_models.build(name)
    batches = batches_for()
    expected = plain_greedy(model, batches, 3)
    for memory in (1 << 30, 0):
        result = search(Lab(model, batches, memory=memory), Budget(remove=3), racing=racing, first=8)
        assert [step.site for step in result.steps] == [site for site, _ in expected]
        for step, (_, damage) in zip(result.steps, expected, strict=True):
            assert step.damage.value == pytest.approx(damage, rel=1e-5)
            assert step.damage.low <= step.damage.value <= step.damage.high
            assert step.damage.n == COUNT
        assert result.plan.sites == {site for site, _ in expected}
        assert hooks_of(model) == 0


def test_racing_and_the_cache_save_forwards() -> None:
    model = small_models.build("vit", depth=6)
    batches = batches_for(96)
    quick = search(Lab(model, batches), Budget(remove=2), first=8)
    plain = search(Lab(model, batches, memory=0), Budget(remove=2), racing=False)
    assert [step.site for step in quick.steps] == [step.site for step in plain.steps]
    spent, all_of_it = (sum(step.forwards for step in result.steps) for result in (quick, plain))
    assert all_of_it > 0.9 * 96 * (12 + 11)
    assert spent < all_of_it / 2


def test_every_step_tells_of_all_its_candidates() -> None:
    model = small_models.build("vit")
    batches = batches_for()
    lab = Lab(model, batches)
    partials: list[SearchPartial] = []
    result = search(lab, Budget(remove=2), racing=False, protect=["blocks.0"], on_partial=partials.append)
    first, second = result.steps
    assert [c.site for c in first.candidates] == [f"blocks.{i}.{part}" for i in (1, 2) for part in ("attn", "mlp")]
    assert {c.site for c in second.candidates} == {c.site for c in first.candidates} - {first.site}
    for candidate in first.candidates:
        values = lab.outcome(PruningPlan.of(lab.architecture, {candidate.site: "remove"})).kl
        assert candidate.mean == pytest.approx(values.mean())
        assert candidate.standard_error == pytest.approx(values.std(ddof=1) / COUNT**0.5)
        assert candidate.n == COUNT
    assert first.site not in first.tied
    assert [len(partial.candidates) for partial in partials if partial.step == 1] == [1, 2, 3, 4]


def test_a_wide_beam_finds_the_best_pair() -> None:
    """With room for all, the second step tries every pair, each once."""
    model = small_models.build("vit", depth=2)
    batches = batches_for(16)
    lab = Lab(model, batches)
    result = search(lab, Budget(remove=2), width=10)
    names = [site.id for site in lab.architecture.sublayers]
    pairs = {
        pair: kl(apply(PruningPlan.of(lab.architecture, dict.fromkeys(pair, "remove")), model), model, batches)
        for pair in ((a, b) for i, a in enumerate(names) for b in names[i + 1 :])
    }
    best = min(pairs, key=pairs.__getitem__)
    assert set(result.steps[-1].sites) == set(best)
    assert result.steps[-1].damage.value == pytest.approx(pairs[best], rel=1e-5)
    assert [set(beam) for beam in result.steps[-1].beams] == [set(p) for p in sorted(pairs, key=pairs.__getitem__)]


@pytest.mark.parametrize("objective", ["kl", "js", "angular", "loss"])
def test_the_objective_is_what_is_least(objective: str) -> None:
    model = small_models.build("vit")
    labels = list(range(10)) * 5
    lab = Lab(model, batches_for(), labels=labels[:COUNT])
    step = search(lab, Budget(remove=1), objective=objective, racing=False).steps[0]
    damages: dict[str, float] = {}
    for site in lab.architecture.sublayers:
        found = lab.outcome(PruningPlan.of(lab.architecture, {site.id: "remove"}))
        values = getattr(found, objective)
        damages[site.id] = float(np.mean(values - lab.dense.loss if objective == "loss" else values))
    assert step.site == min(damages, key=damages.__getitem__)
    assert step.damage.value == pytest.approx(damages[step.site])


def test_budgets_are_met_with_the_fewest_sites() -> None:
    model = small_models.build("vit")
    lab = Lab(model, batches_for(16))
    whole = search(lab, Budget(remove=5))
    for wish in ({"macs": 0.7}, {"params": 0.6}, {"latency": 0.8, "time": lambda plan: 10.0 - len(plan)}):
        budget = Budget(**wish)  # pyright: ignore[reportArgumentType]
        result = search(lab, budget)
        assert budget.met(result.plan, lab.architecture, len(result.steps))
        before = result.steps[-2].sites if len(result.steps) > 1 else ()
        assert not budget.met(
            PruningPlan.of(lab.architecture, dict.fromkeys(before, "remove")), lab.architecture, len(before)
        )
        assert result.steps == whole.steps[: len(result.steps)]


@pytest.mark.parametrize("repair", ["none", "linear"])
def test_a_search_that_was_stopped_anywhere_ends_like_one_that_was_not(repair: str) -> None:
    model = small_models.build("vit")
    fit, measured, _ = apart(batches_for())
    settings: dict[str, Any] = {"repair": repair, "fit": fit, "weights": "w", "data": "d", "first": 4}
    budget = Budget(remove=3)
    whole = search(Lab(model, measured), budget, **settings)
    for fatal in (2, 7, 13):
        states: list[SearchState] = []
        job = Job(stop=threading.Event())
        told = 0

        def tell(_: SearchPartial, job: Job = job, fatal: int = fatal) -> None:
            nonlocal told
            told += 1
            if told == fatal:
                job.stop.set()

        with pytest.raises(Cancelled):
            search(Lab(model, measured, job=job), budget, **settings, on_step=states.append, on_partial=tell)
        assert hooks_of(model) == 0
        text = json.dumps(states[-1].to_json(), allow_nan=False) if states else None
        state = SearchState.from_json(json.loads(text)) if text else None
        again = search(Lab(model, measured), budget, **settings, state=state)
        assert again == whole
    longer = search(Lab(model, measured), Budget(remove=4), **settings, state=whole.state)
    assert longer.steps[:3] == whole.steps
    assert search(Lab(model, measured), Budget(remove=2), **settings, state=whole.state).steps == whole.steps[:2]


def test_a_state_of_another_search_is_refused() -> None:
    model = small_models.build("vit")
    lab = Lab(model, batches_for(16))
    state = search(lab, Budget(remove=1), weights="a").state
    for other in ({"weights": "b"}, {"weights": "a", "objective": "js"}, {"weights": "a", "protect": ["blocks.1"]}):
        with pytest.raises(ArgumentInvalid, match="another"):
            search(lab, Budget(remove=2), state=state, **other)  # pyright: ignore[reportArgumentType]
    for damage in ({}, [], {"format": "vitprune-search", "version": 1}, state.to_json() | {"steps": [{}]}):
        with pytest.raises(ArgumentInvalid):
            SearchState.from_json(damage)
    assert SearchState.from_json(state.to_json()) == state


def test_what_cannot_be_searched_is_refused() -> None:
    model = small_models.build("vit")
    lab = Lab(model, batches_for(16))
    for settings in ({"objective": "x"}, {"granularity": "x"}, {"width": 0}, {"repair": "x"}, {"repair": "linear"}):
        with pytest.raises(ArgumentInvalid):
            search(lab, Budget(remove=1), **settings)  # pyright: ignore[reportArgumentType]
    with pytest.raises(DatasetLabels):
        search(lab, Budget(remove=1), objective="loss")
    with pytest.raises(PlanInvalid):
        search(lab, Budget(remove=7))
    with pytest.raises(PlanInvalid, match="no more"):
        search(lab, Budget(remove=6))  # something has to stay
    headless = Lab(small_models.build("no head"), batches_for(16))
    with pytest.raises(ArgumentInvalid, match="angular"):
        search(headless, Budget(remove=1))
    assert len(search(headless, Budget(remove=1), objective="angular").steps) == 1


@pytest.mark.parametrize("repair", ["mean", "fold", "diagonal", "low-rank", "linear"])
@pytest.mark.parametrize("granularity", ["sublayer", "block"])
def test_repaired_candidates_are_the_models_that_apply_makes(repair: str, granularity: str) -> None:
    """Exactly so where no repair comes behind the candidate, since none is then fitted to another stream."""
    model = small_models.build("vit")
    fit, measured, _ = apart(batches_for(60, 12))
    lab = Lab(model, measured)
    order = [site.id for site in lab.architecture.sites]
    result = search(lab, Budget(remove=2), repair=repair, granularity=granularity, fit=fit, racing=False)
    gone: tuple[str, ...] = ()
    compared = 0
    for step in result.steps:
        for candidate in step.candidates:
            if all(order.index(site) < order.index(candidate.site) for site in gone):
                bare = PruningPlan.of(lab.architecture, dict.fromkeys((*gone, candidate.site), "remove"))
                plan = bare.repaired(lab.architecture, repair)
                expected = kl(apply(plan, model, fit), model, measured)
                assert candidate.mean == pytest.approx(expected, rel=1e-3), (gone, candidate.site)
                compared += 1
        gone = step.sites
    assert compared >= len(result.steps[0].candidates)
    assert hooks_of(model) == 0
    assert {str(action) for _, action in result.plan.actions} <= {repair, "remove"}


def test_repair_in_the_loop_keeps_what_is_left_closer_than_repair_behind_it() -> None:
    """Chosen without repair and then repaired, or chosen by what repair makes of it."""
    model = small_models.build("vit", depth=4)
    fit, measured, _ = apart(batches_for(120, 24))
    lab = Lab(model, measured)
    blind = search(lab, Budget(remove=3)).plan.repaired(lab.architecture, "linear")
    aware = search(lab, Budget(remove=3), repair="linear", fit=fit).plan
    assert aware.needs_calibration
    found = [kl(apply(plan, model, fit), model, measured) for plan in (aware, blind)]
    assert found[0] <= found[1] * (1 + 1e-6)


def test_candidates_are_what_may_go_and_is_not_protected() -> None:
    architecture = describe(small_models.build("vit"))
    assert candidates(architecture, "block") == ("blocks.0", "blocks.1", "blocks.2")
    assert candidates(architecture, "mlp", ["blocks.1"]) == ("blocks.0.mlp", "blocks.2.mlp")
    assert candidates(architecture, "block", ["blocks.1.attn"]) == ("blocks.0", "blocks.2")


def test_apart_takes_every_third_image_and_its_label() -> None:
    batches = list(torch.arange(11.0).split(4))
    fit, measured, labels = apart(batches, list(range(11)))
    assert torch.cat(measured).tolist() == labels == [2, 5, 8]
    assert torch.cat(fit).tolist() == [0, 1, 3, 4, 6, 7, 9, 10]


def test_looks_grow_by_half_up_to_all() -> None:
    assert looks(100, 24) == (24, 36, 54, 81, 100)
    assert looks(36, 24) == (24, 36)
    assert looks(20, 24) == (20,)


def test_a_course_draws_as_many_of_the_few_that_suffer_as_of_the_many_that_do_not() -> None:
    expected = np.random.default_rng(3).lognormal(0, 2, 600)
    course = Course.over(expected, 24)
    assert sorted(course.order) == list(range(600))
    sizes = np.bincount(course.stratum)
    assert len(sizes) <= 6
    assert (np.diff(sizes) >= 0).all(), "strata of equal damage are larger the less each image suffers"
    shares = np.array([expected[course.stratum == part].sum() for part in range(len(sizes))]) / expected.sum()
    assert shares[-1] < 0.5
    for count in (24, 60, 300):
        drawn = np.bincount(course.stratum[course.order[:count]], minlength=len(sizes))
        even = min(drawn[drawn < sizes], default=count)
        assert ((drawn == sizes) | (drawn <= even + 1)).all()
    again = Course.over(expected, 24)
    np.testing.assert_array_equal(again.order, course.order)
    for nothing in (np.zeros(50), np.full(50, np.nan), np.ones(50)):
        assert sorted(Course.over(nothing, 24).order) == list(range(50))


def test_the_error_of_a_stratified_mean_is_what_repeated_draws_show() -> None:
    """Over fresh random draws in the same strata, and by the plain formula for all images in a single one."""
    random = np.random.default_rng(5)
    damage = random.lognormal(0, 1.5, 300)
    course = Course.over(damage * random.lognormal(0, 0.5, 300), 24)
    sizes = np.bincount(course.stratum)
    means: list[float] = []
    errors: list[float] = []
    for _ in range(600):
        values = np.full(300, np.nan)
        for part, size in enumerate(sizes):
            members = random.permutation(np.flatnonzero(course.stratum == part))[: min(size, 12)]
            values[members] = damage[members]
        mean, error = course.mean(values, finite=True)
        means.append(mean)
        errors.append(error)
    assert np.mean(means) == pytest.approx(damage.mean(), abs=4 * np.std(means) / 600**0.5)
    assert np.mean(np.square(errors)) ** 0.5 == pytest.approx(np.std(means), rel=0.12)
    assert course.mean(damage, finite=True) == (pytest.approx(damage.mean()), 0)
    single = Course.over(np.ones(300), 4)
    expected = (pytest.approx(damage.mean()), pytest.approx(damage.std(ddof=1) / 300**0.5))
    assert single.mean(damage, finite=False) == expected


def test_behind_is_students_t_where_nothing_is_rare() -> None:
    """Against scipy, for many images, where the one that is assumed hardly counts."""
    from scipy.stats import ttest_rel

    random = np.random.default_rng(0)
    marker = random.uniform(0, 0.02, 4000)
    candidate = marker + random.normal(0.01, 0.2, 4000)
    expected = ttest_rel(np.append(candidate, 0), np.append(marker, 3 * marker.max()), alternative="greater").pvalue
    assert behind(candidate, marker) == pytest.approx(expected, rel=0.05)
    assert behind(marker, candidate) > 0.5
    assert behind(marker, marker) == 1.0
    assert behind(marker + 1, marker) < 1e-12


@pytest.mark.parametrize("spread", [0.2, 1.0, 2.0])
@pytest.mark.parametrize("foreseen", [True, False])
def test_the_best_candidate_is_out_no_more_often_than_asked_for(spread: float, foreseen: bool) -> None:
    """The hardest cases: all alike in truth; and a best one that is even, among others that do rare great damage."""
    random = np.random.default_rng(7)
    names = [str(i) for i in range(12)]
    for even in (spread, 0.2):
        lost = 0
        for _ in range(60):
            hard = random.lognormal(0, 1, 256)
            damage = hard * random.lognormal(-(spread**2) / 2, spread, (12, 256))
            damage[0] = hard * random.lognormal(-(even**2) / 2, even, 256)
            course = Course.over(hard if foreseen else np.ones(256))
            found = race(lambda name, images, d=damage: d[int(name), images], names, course)
            lost += bool(np.isnan(found[str(damage.mean(1).argmin())]).any())
        # 3 are expected at most; eight or more would come in less than 1 of 100 runs.
        assert lost < 8


def test_racing_drops_what_is_clearly_worse_and_keeps_what_is_asked_for() -> None:
    random = np.random.default_rng(1)
    damage = random.lognormal(0, 0.5, (6, 400)) * np.array([[4.0], [1.0], [1.02], [6.0], [9.0], [3.0]])
    names = [str(i) for i in range(6)]
    course = Course.over(damage[0])
    spent = 0

    def measure(name: str, images: np.ndarray) -> np.ndarray:
        nonlocal spent
        spent += len(images)
        return damage[int(name), images]

    def whole(found: Mapping[str, np.ndarray]) -> set[str]:
        return {name for name, values in found.items() if not np.isnan(values).any()}

    found = race(measure, names, course)
    assert whole(found) == {"1", "2"}
    assert spent < 6 * 400 / 2
    for name in names:
        known = ~np.isnan(found[name])
        np.testing.assert_array_equal(found[name][known], damage[int(name)][known])
    assert {"0", "1", "2", "5"} <= whole(race(measure, names, course, keep=4))
    damage[1, course.order[3]] = np.nan
    assert np.isinf(race(measure, names, course)["1"]).sum() == 1
