"""What sites take of a forward, against branches that are known to be slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import timm
import torch
from timm.models.vision_transformer import DiffParallelScalingBlock, ParallelScalingBlock
from torch import Tensor, nn

import vitprune
from vitprune import latency
from vitprune.architecture import Architecture
from vitprune.errors import ArgumentInvalid
from vitprune.plan import PruningPlan
from vitprune.results import LatencyTable
from vitprune.scores import Score, Scores
from vitprune.selection import Budget, select
from vitprune.workflow import open_model, site_latencies

CPU = torch.device("cpu")
SLEEP = 40  # ms: long beside the rest of these models


class Slow(nn.Module):
    """What it wraps, after a while."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        time.sleep(SLEEP / 1000)
        return self.inner(x)


def vit(**more: Any) -> nn.Module:
    sizes: dict[str, Any] = {"patch_size": 8, "embed_dim": 24, "depth": 3, "num_heads": 2, "num_classes": 5}
    return timm.create_model("vit_tiny_patch16_224", img_size=32, **sizes | more).eval()


def timed(model: nn.Module, architecture: Architecture, rounds: int = 10) -> LatencyTable:
    return latency.site_latencies(model, architecture, batch_size=2, device=CPU, rounds=rounds, seconds=6)


@pytest.mark.parametrize(
    ("where", "site"), [("blocks.1.mlp.fc1", "blocks.1.mlp"), ("blocks.2.norm1", "blocks.2.attn"), ("norm", "")]
)
def test_a_slow_module_is_found_in_its_site(where: str, site: str) -> None:
    model = vit()
    architecture = vitprune.describe(model)
    model.set_submodule(where, Slow(model.get_submodule(where)))
    table = timed(model, architecture)
    slow = {name for name in table.samples_ms if table.median_ms(name) > SLEEP / 2}
    assert slow == ({site, architecture.by_id[site].parent} if site else set())
    assert (np.median(table.rest_ms) > SLEEP / 2) == (not site)
    assert len(table.samples_ms) == len(architecture.sites)
    assert not any(values.flags.writeable for values in [*table.samples_ms.values(), table.rest_ms, table.whole_ms])


def test_parts_make_up_the_forward() -> None:
    """Exactly, in every forward that was watched; and nearly, against forwards that were not."""
    model = vit()
    architecture = vitprune.describe(model)
    for block in ("blocks.0.attn", "blocks.2.mlp"):
        model.set_submodule(f"{block}.proj_drop" if "attn" in block else f"{block}.drop2", Slow(nn.Identity()))
    table = timed(model, architecture)
    blocks = sum(table.samples_ms[block.id] for block in architecture.blocks)
    np.testing.assert_allclose(blocks + table.rest_ms, table.watched_ms, rtol=1e-9)
    assert abs(table.excess(architecture)) < 0.2  # sleeping takes as long on a busy machine


def test_the_predicted_time_is_that_of_the_pruned_model() -> None:
    model = vit()
    architecture = vitprune.describe(model)
    for site in ("blocks.0.mlp", "blocks.1.mlp", "blocks.2.mlp"):
        model.set_submodule(f"{site}.fc2", Slow(model.get_submodule(f"{site}.fc2")))
    table = timed(model, architecture)
    plan = PruningPlan.of(architecture, {"blocks.0.mlp": "remove", "blocks.2.mlp": "remove"})
    dense, pruned = latency.measure(
        [model, vitprune.apply(PruningPlan.of(vitprune.describe(model), dict(plan.actions)), model)],
        architecture.input_size,
        batch_size=2,
        device=CPU,
        rounds=5,
    )
    assert table.left(plan, architecture) == pytest.approx(pruned.median_ms / dense.median_ms, abs=0.1)
    assert table.left(PruningPlan.of(architecture), architecture) == 1
    whole = PruningPlan.of(architecture, {"blocks.0": "remove", "blocks.2.mlp": "remove"})
    assert table.left(whole, architecture) < table.left(plan, architecture)


FUSED = partial(ParallelScalingBlock, fuse_out_proj=True)


@pytest.mark.parametrize("block", [FUSED, ParallelScalingBlock, DiffParallelScalingBlock])
def test_branches_that_are_entered_together_divide_the_time(block: Callable[..., nn.Module]) -> None:
    model = vit(block_fn=block)
    architecture = vitprune.describe(model)
    table = timed(model, architecture)
    for site in architecture.blocks:
        attention, mlp = architecture.children(site.id)
        times = table.samples_ms[attention.id], table.samples_ms[mlp.id]
        np.testing.assert_allclose(times[0] / times[1], attention.macs / mlp.macs)
        assert (times[0] + times[1] < table.samples_ms[site.id]).all()


OTHERS: dict[str, dict[str, Any]] = {
    "xcit_nano_12_p16_224": {"embed_dim": 32, "depth": 2, "num_heads": 2},
    "maxvit_rmlp_pico_rw_256": {
        "embed_dim": (16, 32),
        "depths": (1, 1),
        "stem_width": (8, 16),
        "transformer_dim_head": 8,
    },
    "swin_tiny_patch4_window7_224": {"embed_dim": 24, "depths": (1, 1, 2, 1)},
    "cait_xxs24_224": {"embed_dim": 48, "depth": 2, "num_heads": 2},
}


@pytest.mark.parametrize("name", OTHERS)
def test_every_site_of_other_families_has_a_time(name: str) -> None:
    model = timm.create_model(name, img_size=64, num_classes=5, **OTHERS[name]).eval()
    architecture = vitprune.describe(model)
    table = latency.site_latencies(model, architecture, batch_size=1, device=CPU, seconds=0)
    assert set(table.samples_ms) == {site.id for site in architecture.sites}
    assert all((values > 0).all() for values in table.samples_ms.values())
    for block in architecture.blocks:
        inside = sum(table.samples_ms[site.id] for site in architecture.children(block.id))
        assert (inside <= table.samples_ms[block.id]).all()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def table_of(architecture: Architecture, ms: dict[str, float]) -> LatencyTable:
    """Every branch takes what `ms` says, or 1 ms; nothing else takes time."""
    branches = {site.id: ms.get(site.id, 1.0) for site in architecture.sublayers}
    blocks = {b.id: sum(branches[c.id] for c in architecture.children(b.id)) for b in architecture.blocks}
    samples = {site.id: np.full(3, (branches | blocks)[site.id]) for site in architecture.sites}
    total = np.full(3, sum(branches.values()))
    return LatencyTable(samples, np.zeros(3), total, total, 1, 1, "cpu")


def test_a_plan_for_a_share_of_the_time_removes_what_takes_it() -> None:
    architecture = vitprune.describe(vit())
    # 5 branches of 1 ms and one of 5 ms, which is the second to go.
    table = table_of(architecture, {"blocks.1.mlp": 5.0})
    order = ["blocks.0.attn", "blocks.1.mlp", "blocks.0.mlp", "blocks.2.attn", "blocks.1.attn", "blocks.2.mlp"]
    scores = {site: Score(np.full(4, 1 - 0.1 * place)) for place, site in enumerate(order)}
    held = Scores(4, {"cosine": scores})

    def chosen(share: float) -> frozenset[str]:
        budget = Budget(latency=share, time=lambda plan: table.left(plan, architecture))
        return select(held, architecture, budget, granularity="sublayer").sites

    assert chosen(1.0) == frozenset()
    assert chosen(0.9) == set(order[:1])
    assert chosen(0.8) == set(order[:2])
    assert chosen(0.39) == set(order[:3])
    with pytest.raises(ArgumentInvalid):
        Budget(latency=0.5).check()


def test_the_bundled_model_can_be_timed() -> None:
    model = open_model("sample")
    table = site_latencies(model)
    assert table.device == "cpu"
    assert table.threads == torch.get_num_threads()
    assert set(table.samples_ms) == {site.id for site in model.architecture.sites}
