"""Every method of pruning against its rule, written out plainly on small models."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from plain_bench import PlainBench
from plain_loop import streams
from small_models import build, images
from torch import Tensor, nn

from vitprune import apply, describe, score
from vitprune.bench import Workbench
from vitprune.errors import ArgumentInvalid, DatasetLabels, PlanInvalid
from vitprune.plan import WIDTHS, PruningPlan
from vitprune.scores import Boundaries, Score, Scores
from vitprune.selection import ENDS, Budget, Needs, Step, methods, protected, select
from vitprune.selection.method import Case
from vitprune.selection.rules import windows

COUNT = 12
MODEL = build("layer scale, registers", depth=4)
IMAGES = images(COUNT)
LABELS = np.random.default_rng(0).integers(0, 10, COUNT)
ARCHITECTURE = describe(MODEL)
BENCH = PlainBench(MODEL, IMAGES, LABELS)
SCORES = score(MODEL, [IMAGES], ("all",), tokens=("all", "cls", "patch", "pooled"))
BLOCKS = [block.id for block in ARCHITECTURE.blocks]
SUBLAYERS = [site.id for site in ARCHITECTURE.sublayers]
ATTENTION = [site for site in SUBLAYERS if site.endswith("attn")]


def chosen(method: str, count: int, **options: Any) -> tuple[str, ...]:
    """The sites in the order in which the method chose them."""
    steps: list[Step] = []
    bench = Workbench(MODEL, lambda: [IMAGES]) if method == "greedy" else BENCH
    plan = select(
        SCORES, ARCHITECTURE, Budget(remove=count), method=method, bench=lambda: bench, on_step=steps.append, **options
    )
    assert plan.sites == set(steps[-1].sites)
    return steps[-1].sites


def greedily(
    sites: Sequence[str], damage: Callable[[list[str]], float], count: int, ends: bool = False
) -> tuple[str, ...]:
    gone: list[str] = []
    for _ in range(count):
        alive = [site for site in sites if site not in gone]
        alive = alive[1:-1] if ends else alive
        gone.append(min(alive, key=lambda site: damage([*gone, site])))
    return tuple(gone)


def without(sites: list[str], module: nn.Module = MODEL) -> nn.Module:
    return apply(PruningPlan.of(describe(module), dict.fromkeys(sites, "remove")), module)


@torch.no_grad()
def cross_entropy(sites: list[str]) -> float:
    return float(torch.nn.functional.cross_entropy(without(sites)(IMAGES).double(), torch.from_numpy(LABELS)))


@torch.no_grad()
def states(module: nn.Module = MODEL) -> Tensor:
    """(images, boundaries, tokens, width)"""
    return torch.stack([torch.cat(streams(module, image)[1]) for image in IMAGES]).double()


def cosines(a: Tensor, b: Tensor) -> Tensor:
    return torch.nn.functional.cosine_similarity(a, b, dim=-1)


def test_cosine_takes_the_most_similar() -> None:
    with torch.no_grad():
        steps = [streams(MODEL, image)[0] for image in IMAGES]
    mean = {s: np.mean([float(cosines(*(t.double() for t in step[s])).mean()) for step in steps]) for s in steps[0]}
    assert chosen("cosine", 4) == tuple(sorted(SUBLAYERS, key=lambda s: -mean[s])[:4])
    assert chosen("cosine", 2, granularity="block") == tuple(sorted(BLOCKS, key=lambda s: -mean[s])[:2])
    assert chosen("block-influence", 3) == tuple(sorted(BLOCKS, key=lambda s: 1 - mean[s])[:3])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_consecutive_scores_the_range_that_goes(count: int) -> None:
    h = states()
    similar = [float(cosines(h[:, i], h[:, i + count]).mean()) for i in range(len(BLOCKS) - count + 1)]
    best = int(np.argmax(similar))
    assert chosen("cosine-consecutive", count) == tuple(BLOCKS[best : best + count])


def test_consecutive_is_not_one_column_off() -> None:
    """The published code would take the best range of two blocks for the best one."""
    mean = np.eye(4)
    mean[0, 1], mean[1, 2], mean[2, 3] = 0.9, 0.5, 0.8
    mean[0, 2], mean[1, 3] = 0.1, 0.95
    found = next(iter(windows(Case(describe(build("vit")), ("blocks.0", "blocks.1", "blocks.2")), bounds(mean), -mean)))
    assert found.sites == ("blocks.0",)


def bounds(mean: np.ndarray) -> Boundaries:
    return Boundaries(mean, mean, ("input", *(f"blocks.{i}" for i in range(len(mean) - 1))))


def test_iterative_scores_the_really_pruned_model() -> None:
    def similar(gone: list[str]) -> float:
        """The score of the last of these in the model without the others."""
        *before, site = gone
        pruned, block = without(before), site.rpartition(".")[0]
        kept: dict[str, Tensor] = {}
        number = 1 if site.endswith("attn") else 2
        norm, scale = (pruned.get_submodule(f"{block}.{name}{number}") for name in ("norm", "ls"))
        handles = [
            norm.register_forward_pre_hook(lambda _, args: kept.update(x=args[0])),
            scale.register_forward_hook(lambda _, __, output: kept.update(f=cast(Tensor, output))),
        ]
        with torch.no_grad():
            pruned(IMAGES)
        for handle in handles:
            handle.remove()
        x, f = kept["x"].double(), kept["f"].double()
        return -float(cosines(x, x + f).mean())

    assert chosen("cosine-iterative", 5) == greedily(SUBLAYERS, similar, 5)
    assert chosen("cosine-iterative", 5) != chosen("cosine", 5), "or this model cannot tell the two apart"


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("tokens", ["cls", "patch", None])
def test_angular_takes_the_range_that_turns_least(count: int, tokens: str | None) -> None:
    h = states()
    h = h[:, :, :1] if tokens != "patch" else h[:, :, 5:].mean(2, keepdim=True)
    turn = [
        float((torch.arccos(cosines(h[:, i], h[:, i + count]).clamp(-1, 1)) / math.pi).mean())
        for i in range(len(BLOCKS) - count + 1)
    ]
    best = int(np.argmin(turn))
    if not SCORES.angles:
        pytest.skip("scores have no angles yet")
    assert chosen("angular", count, tokens=tokens) == tuple(BLOCKS[best : best + count])


def test_angular_on_a_session_without_angles() -> None:
    older = replace(SCORES, angles={})
    found = select(older, ARCHITECTURE, Budget(remove=2), method="angular", tokens="all")
    assert found == select(SCORES, ARCHITECTURE, Budget(remove=2), method="cosine-consecutive")
    with pytest.raises(ArgumentInvalid, match="class token"):
        select(older, ARCHITECTURE, Budget(remove=2), method="angular")


def test_sleb_keeps_the_first_and_the_last_that_are_there() -> None:
    assert chosen("sleb", 2) == greedily(BLOCKS, cross_entropy, 2, ends=True)
    with pytest.raises(PlanInvalid, match="no more than 2 sites"):
        chosen("sleb", 3)


def test_blockpruner_minimises_the_perplexity() -> None:
    assert chosen("blockpruner", 3) == greedily(SUBLAYERS, lambda gone: math.exp(cross_entropy(gone)), 3)


def test_finercut_minimises_the_turn_of_the_output() -> None:
    @torch.no_grad()
    def turn(gone: list[str]) -> float:
        cosine = cosines(MODEL(IMAGES).double(), without(gone)(IMAGES).double())
        return float(torch.arccos(cosine.clamp(-1, 1)).mean())

    assert chosen("finercut", 3) == greedily(SUBLAYERS, turn, 3)
    assert chosen("finercut", 2, granularity="block") == greedily(BLOCKS, turn, 2)


def test_nose_minimises_the_change_of_the_entropy_of_all_that_went() -> None:
    @torch.no_grad()
    def entropy(module: Any) -> float:
        features = module.forward_head(module.forward_features(IMAGES), pre_logits=True).double()
        return sum(0.5 * math.log(2 * math.pi * math.e * float(v)) for v in features.var(0, unbiased=False))

    dense = entropy(MODEL)
    assert chosen("nose", 3) == greedily(ATTENTION, lambda gone: abs(dense - entropy(without(gone))), 3)
    with pytest.raises(ArgumentInvalid, match="not defined for the granularity mlp"):
        chosen("nose", 1, granularity="mlp")


def test_greedy_minimises_the_divergence() -> None:
    @torch.no_grad()
    def divergence(gone: list[str]) -> float:
        p, q = (m(IMAGES).double().log_softmax(-1) for m in (MODEL, without(gone)))
        return float((p.exp() * (p - q)).sum(-1).mean())

    assert chosen("greedy", 3) == greedily(SUBLAYERS, divergence, 3)


def test_greedy_tries_the_repair_that_is_asked_for() -> None:
    """Fitted to two images of three, and measured on the third."""
    fit, measure = IMAGES[[i for i in range(COUNT) if i % 3 != 2]], IMAGES[2::3]

    @torch.no_grad()
    def divergence(site: str) -> float:
        plan = PruningPlan.of(ARCHITECTURE, {site: "linear"})
        p, q = (m(measure).double().log_softmax(-1) for m in (MODEL, apply(plan, MODEL, [fit])))
        return float((p.exp() * (p - q)).sum(-1).mean())

    assert chosen("greedy", 1, granularity="mlp", repair="linear", target="branch") == (
        min((site for site in SUBLAYERS if site.endswith("mlp")), key=divergence),
    )


@pytest.mark.parametrize(
    ("method", "metric"), [("taylor", "taylor"), ("loss", "damage_loss"), ("repairable", "damage_repaired")]
)
def test_scores_of_the_session_are_used_without_the_model(method: str, metric: str) -> None:
    values = np.random.default_rng(1).normal(size=len(ARCHITECTURE.sites))
    table = {site.id: Score(np.full(3, value)) for site, value in zip(ARCHITECTURE, values, strict=True)}
    scores = Scores(3, {metric: table})
    expected = sorted(BLOCKS, key=lambda block: table[block].mean)[:2]
    assert select(scores, ARCHITECTURE, Budget(remove=2), method=method, granularity="block").sites == set(expected)


def test_depth_and_its_counterpart() -> None:
    assert chosen("depth", 3) == tuple(SUBLAYERS[:-4:-1])
    assert chosen("depth-first", 3, granularity="block") == tuple(BLOCKS[:3])


def test_random_is_the_seed_s() -> None:
    assert chosen("random", 5, seed=1) == chosen("random", 5, seed=1)
    drawn = {chosen("random", 5, seed=seed) for seed in range(20)}
    assert len(drawn) > 15
    assert set().union(*drawn) == set(SUBLAYERS), "every site can be drawn"


def test_the_ends_are_those_of_the_paper() -> None:
    deep = describe(build("vit", depth=32, embed_dim=6))
    blocks = [block.id for block in deep.blocks]
    assert protected(deep, [ENDS]) == {*blocks[:4], *blocks[-2:]}
    assert protected(ARCHITECTURE, [ENDS, "blocks.2.mlp"]) == {BLOCKS[0], BLOCKS[-1], "blocks.2.mlp"}
    assert set(chosen("depth", 4, protect=[ENDS])) == set(SUBLAYERS[2:-2])


@pytest.mark.parametrize("name", sorted(methods()))
def test_what_is_protected_or_fixed_stays(name: str) -> None:
    """One block is protected, another by what is in it, a third cannot go: of blocks only the first is free."""
    method = methods()[name]
    table = {site.id: Score(np.arange(3.0)) for site in ARCHITECTURE}
    measured = dict.fromkeys(("taylor", "damage_loss", "damage_repaired"), table)
    scores = replace(SCORES, tables={**SCORES.tables, **measured})
    fixed = tuple(replace(site, fixed="Because." if site.id == "blocks.2" else "") for site in ARCHITECTURE)
    architecture = replace(ARCHITECTURE, sites=fixed)
    for granularity in method.granularities:
        bench = PlainBench(MODEL, IMAGES[:4], LABELS[:4])
        whole = name != "greedy" and granularity not in WIDTHS
        bench = bench if whole else Workbench(MODEL, lambda: [IMAGES[:4]])
        free = {"block": {"blocks.0"}, "attention": {"blocks.0.attn", "blocks.2.attn"}}.get(granularity)
        steps: list[Step] = []
        with pytest.raises(PlanInvalid):
            select(
                scores,
                architecture,
                Budget(latency=0.01, time=lambda _: 1.0),  # never met: everything that may go is asked for
                method=name,
                granularity=granularity,
                tokens="all",
                protect={"blocks.1.attn", "blocks.3"},
                bench=lambda bench=bench: bench,
                on_step=steps.append,
            )
        gone = set().union(*(step.sites for step in steps))
        assert not gone & {"blocks.1", "blocks.1.attn", "blocks.2", "blocks.3", "blocks.3.attn", "blocks.3.mlp"}
        assert gone == free if free and name != "sleb" else len(gone) <= 5, "the first block is one of SLEB's ends"


def test_methods_without_what_they_need_say_so() -> None:
    for method in methods().values():
        if method.needs is Needs.SCORES:
            continue
        with pytest.raises(ArgumentInvalid, match="on the model, which is not here"):
            select(SCORES, ARCHITECTURE, Budget(remove=1), method=method.name)
    unlabelled = PlainBench(MODEL, IMAGES)
    for name in ("sleb", "blockpruner"):
        with pytest.raises(DatasetLabels):
            select(SCORES, ARCHITECTURE, Budget(remove=1), method=name, bench=lambda: unlabelled)


def test_ties_go_in_running_order_and_are_reported() -> None:
    values = dict.fromkeys(SUBLAYERS, 0.5) | {"blocks.3.mlp": 0.9, "blocks.2.mlp": math.nan}
    scores = Scores(2, {"cosine": {site: Score(np.array([value, value])) for site, value in values.items()}})
    steps: list[Step] = []
    select(scores, ARCHITECTURE, Budget(remove=3), on_step=steps.append)
    assert steps[-1].sites == ("blocks.3.mlp", "blocks.0.attn", "blocks.0.mlp")
    assert set(steps[-1].tied) == set(SUBLAYERS) - {*steps[-1].sites, "blocks.2.mlp"}
    assert steps[0].tied == ()


def test_all_sites_are_too_many() -> None:
    with pytest.raises(PlanInvalid, match="leaves no block"):
        select(SCORES, ARCHITECTURE, Budget(remove=len(SUBLAYERS)))
    with pytest.raises(PlanInvalid, match="no more than 3 sites"):
        chosen("finercut", 4, granularity="block")
    assert len(chosen("finercut", 3, granularity="block")) == 3


@pytest.mark.parametrize(("budget", "cost"), [("macs", "macs"), ("params", "params"), ("latency", "macs")])
def test_shares_are_met_by_the_fewest_sites(budget: str, cost: str) -> None:
    def left(plan: PruningPlan) -> float:
        return getattr(plan.summary(ARCHITECTURE), cost)

    steps: list[Step] = []
    wanted = replace(Budget(time=left), **{budget: 0.6})
    found = select(SCORES, ARCHITECTURE, wanted, on_step=steps.append)
    whole = left(PruningPlan.of(ARCHITECTURE))
    assert left(found) <= 0.6 * whole
    fewer = PruningPlan.of(ARCHITECTURE, dict.fromkeys(steps[-2].sites, "remove"))
    assert left(fewer) > 0.6 * whole


def test_a_budget_is_one_wish() -> None:
    for budget in (Budget(remove=1, macs=0.5), Budget(latency=0.5), Budget(params=1.5), Budget()):
        with pytest.raises(ArgumentInvalid):
            select(SCORES, ARCHITECTURE, budget)


def test_the_page_says_what_the_methods_say(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.syspath_prepend(root / "tools")
    tool = importlib.import_module("make_methods")
    text = (root / "docs" / "methods.md").read_text("utf-8")
    assert tool.page(text) == text, "run `python tools/make_methods.py`"
    assert all(f"\n### {name}\n" in text for name in methods())
    assert len({method.name for method in methods().values()}) == len(methods()) == 18
