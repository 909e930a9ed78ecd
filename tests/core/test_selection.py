from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_models import build

from vitprune import describe
from vitprune.errors import ArgumentInvalid, PlanInvalid
from vitprune.scores import Score, Scores
from vitprune.selection import Budget, order, select

ARCHITECTURE = describe(build("vit"))
COSINES = {
    "blocks.0": 0.1,
    "blocks.0.attn": 0.5,
    "blocks.0.mlp": 0.9,
    "blocks.1": 0.7,
    "blocks.1.attn": 0.9,
    "blocks.1.mlp": 0.3,
    "blocks.2": 0.4,
    "blocks.2.attn": float("nan"),
    "blocks.2.mlp": 0.6,
}
SCORES = Scores(2, {"cosine": {site: Score(np.array([value, value])) for site, value in COSINES.items()}})


def test_the_most_similar_go_first_and_ties_keep_their_order() -> None:
    assert order(SCORES, ARCHITECTURE) == [
        "blocks.0.mlp",
        "blocks.1.attn",
        "blocks.2.mlp",
        "blocks.0.attn",
        "blocks.1.mlp",
    ]
    assert order(SCORES, ARCHITECTURE, granularity="block") == ["blocks.1", "blocks.2", "blocks.0"]
    assert order(SCORES, ARCHITECTURE, granularity="attention") == ["blocks.1.attn", "blocks.0.attn"]


@pytest.mark.parametrize("protected", ["blocks.0", "blocks.0.mlp"])
def test_what_is_protected_stays(protected: str) -> None:
    protect = frozenset([protected])
    assert "blocks.0.mlp" not in order(SCORES, ARCHITECTURE, protect=protect)
    assert "blocks.0" not in order(SCORES, ARCHITECTURE, granularity="block", protect=protect)


def test_fixed_sites_stay() -> None:
    fixed = ("blocks.0.mlp", "blocks.1")
    sites = tuple(replace(site, fixed="Because." if site.id in fixed else "") for site in ARCHITECTURE)
    architecture = replace(ARCHITECTURE, sites=sites)
    assert order(SCORES, architecture) == [site for site in order(SCORES, ARCHITECTURE) if site != "blocks.0.mlp"]
    assert order(SCORES, architecture, granularity="block") == ["blocks.2", "blocks.0"]
    assert select(SCORES, architecture, Budget(remove=2)).sites == {"blocks.1.attn", "blocks.2.mlp"}


def test_the_tokens_choose_the_table() -> None:
    reversed_ = {site: Score(-score.per_image) for site, score in SCORES["cosine"].items()}
    scores = Scores(2, {"cosine": SCORES["cosine"], "cosine@patch": reversed_})
    assert order(scores, ARCHITECTURE, granularity="block", tokens="patch") == ["blocks.0", "blocks.2", "blocks.1"]
    assert order(scores, ARCHITECTURE, granularity="block") == ["blocks.1", "blocks.2", "blocks.0"]
    with pytest.raises(ArgumentInvalid, match="no cosine scores over the class token") as missing:
        order(scores, ARCHITECTURE, tokens="cls")
    assert "all, patch" in missing.value.hint
    with pytest.raises(ArgumentInvalid, match="no selection of tokens 'every'"):
        order(scores, ARCHITECTURE, tokens="every")


def test_a_number_of_sites() -> None:
    assert select(SCORES, ARCHITECTURE, Budget(remove=2)).sites == {"blocks.0.mlp", "blocks.1.attn"}
    assert len(select(SCORES, ARCHITECTURE, Budget(remove=0))) == 0


def test_a_share_of_the_macs_is_met_and_not_by_more_than_one_site() -> None:
    plan = select(SCORES, ARCHITECTURE, Budget(macs=0.7))
    left = plan.summary(ARCHITECTURE).macs
    assert left <= 0.7 * ARCHITECTURE.macs
    last = order(SCORES, ARCHITECTURE)[len(plan) - 1]
    assert left + ARCHITECTURE.by_id[last].macs > 0.7 * ARCHITECTURE.macs


@pytest.mark.parametrize(
    ("budget", "options", "error"),
    [
        (Budget(remove=9), {}, PlanInvalid),
        (Budget(macs=0.01), {}, PlanInvalid),
        (Budget(), {}, ArgumentInvalid),
        (Budget(remove=1), {"method": "guess"}, ArgumentInvalid),
        (Budget(remove=1), {"granularity": "neuron"}, ArgumentInvalid),
        (Budget(remove=1), {"protect": frozenset(["blocks.9"])}, ArgumentInvalid),
    ],
)
def test_mistakes_have_names(budget: Budget, options: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        select(SCORES, ARCHITECTURE, budget, **options)


def test_scores_that_were_not_made_are_asked_for() -> None:
    with pytest.raises(ArgumentInvalid, match="holds no cosine"):
        order(Scores(0, {}), ARCHITECTURE)
