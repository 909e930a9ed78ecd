from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_models import build

from vitprune import PruningPlan, describe
from vitprune.errors import PlanInvalid

ARCHITECTURE = describe(build("vit"))
SITES = [site.id for site in ARCHITECTURE.sites]
chosen_sites = st.sets(st.sampled_from(SITES)).filter(
    lambda sites: (
        not all(
            block.id in sites or {child.id for child in ARCHITECTURE.children(block.id)} <= sites
            for block in ARCHITECTURE.blocks
        )
    )
)


def plan_of(sites: Any) -> PruningPlan:
    return PruningPlan.of(ARCHITECTURE, dict.fromkeys(sites, "remove"))


@given(chosen_sites, st.randoms())
def test_order_means_nothing(sites: set[str], random: Any) -> None:
    shuffled = sorted(sites)
    random.shuffle(shuffled)
    a, b = plan_of(sorted(sites)), plan_of(shuffled)
    assert a == b
    assert hash(a) == hash(b)
    assert a.key == b.key


@given(chosen_sites)
def test_json_brings_it_back(sites: set[str]) -> None:
    plan = plan_of(sites)
    assert PruningPlan.from_json(json.loads(json.dumps(plan.to_json())), ARCHITECTURE) == plan


@given(chosen_sites, st.sampled_from(SITES))
def test_toggling_changes_the_site_and_toggling_again_undoes_it(sites: set[str], site: str) -> None:
    plan = plan_of(sites)
    try:
        once = plan.toggled(ARCHITECTURE, site)
    except PlanInvalid:
        return
    assert once.removes(ARCHITECTURE, site) is not plan.removes(ARCHITECTURE, site)
    if len(ARCHITECTURE.children(site)) == 0:
        twice = once.toggled(ARCHITECTURE, site)
        assert twice.removed_branches(ARCHITECTURE) == plan.removed_branches(ARCHITECTURE)


@given(chosen_sites)
def test_the_summary_is_the_sum_of_what_goes(sites: set[str]) -> None:
    plan = plan_of(sites)
    gone = {
        site.id for site in ARCHITECTURE.sublayers if site.id in sites or site.parent in sites
    }  # branches, whichever way they were named
    summary = plan.summary(ARCHITECTURE)
    assert summary.sites == len(gone)
    assert summary.params_removed == sum(ARCHITECTURE.by_id[site].params for site in gone)
    assert summary.params == ARCHITECTURE.params - summary.params_removed
    assert summary.speedup_bound == ARCHITECTURE.macs / summary.macs


def test_a_removed_block_implies_its_branches() -> None:
    assert plan_of(["blocks.1", "blocks.1.attn"]) == plan_of(["blocks.1"])


def test_restoring_one_branch_of_a_removed_block_keeps_the_other_removed() -> None:
    plan = plan_of(["blocks.1"]).with_restored(ARCHITECTURE, ["blocks.1.attn"])
    assert plan.sites == {"blocks.1.mlp"}


def test_a_block_whose_branches_all_go_is_removed() -> None:
    assert plan_of(["blocks.1.attn", "blocks.1.mlp"]).removes(ARCHITECTURE, "blocks.1")


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        ({"blocks.9.attn": "remove"}, "no prunable site 'blocks.9.attn'"),
        ({"blocks.0.attn": "explode"}, "'explode' is not an action"),
        (dict.fromkeys(["blocks.0", "blocks.1", "blocks.2"], "remove"), "leaves no block"),
        ({site.id: "remove" for site in ARCHITECTURE.sublayers}, "leaves no block"),
    ],
)
def test_an_impossible_plan_cannot_be_made(actions: dict[str, str], says: str) -> None:
    with pytest.raises(PlanInvalid, match=says):
        PruningPlan.of(ARCHITECTURE, actions)


@pytest.mark.parametrize(
    "data", [None, [], 3, {}, {"format": "vitprune-plan"}, {"format": "vitprune-plan", "sites": []}]
)
def test_what_is_not_a_plan_is_refused(data: object) -> None:
    with pytest.raises(PlanInvalid):
        PruningPlan.from_json(data, ARCHITECTURE)


def test_a_plan_of_another_model_is_refused() -> None:
    other = describe(build("vit", depth=2))
    with pytest.raises(PlanInvalid, match="was made for"):
        PruningPlan.from_json(plan_of(["blocks.1"]).to_json(), other)
    with pytest.raises(PlanInvalid, match="version 3"):
        PruningPlan.from_json(plan_of(["blocks.1"]).to_json() | {"version": 3}, ARCHITECTURE)
