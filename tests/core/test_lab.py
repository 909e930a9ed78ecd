"""What a lab says of plans, against models that are really pruned and run whole."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from tests.core import small_models
from tests.core.families.conformance import build
from tests.core.small_models import hooks_of, images
from tests.core.test_segments import OTHERS
from vitprune import PruningPlan, apply, describe
from vitprune.errors import ArgumentInvalid, DatasetEmpty, PlanInvalid
from vitprune.jobs import Cancelled, Job
from vitprune.lab import Lab

COUNT = 10


def make(name: str) -> nn.Module:
    return small_models.build(name) if name in small_models.MODELS else build(*OTHERS[name])


def batches_for(model: nn.Module, count: int = COUNT, size: int = 4) -> list[Tensor]:
    shape = describe(model).input_size
    return list(torch.randn(count, *shape, generator=torch.Generator().manual_seed(3)).split(size))


def outputs(model: Any, batches: list[Tensor]) -> tuple[np.ndarray, np.ndarray]:
    with torch.no_grad():
        tokens = [model.forward_features(batch) for batch in batches]
        features = [model.forward_head(t, pre_logits=True) for t in tokens]
        return torch.cat([model(b) for b in batches]).numpy(), torch.cat(features).numpy()


def random_plan(architecture: Any, random: np.random.Generator) -> PruningPlan:
    sites = [site.id for site in architecture.prunable]
    chosen = random.choice(sites, size=min(len(sites) - 1, int(random.integers(1, 4))), replace=False)
    try:
        return PruningPlan.of(architecture, dict.fromkeys(chosen.tolist(), "remove"))
    except PlanInvalid:
        return PruningPlan.of(architecture, {sites[0]: "remove"})


@pytest.mark.parametrize("name", [*small_models.MODELS, "swin", "cait", "hiera", "scaling"])
def test_outcomes_are_those_of_models_that_are_really_pruned(name: str) -> None:
    """Whatever the base is, for all images and for some, with all memory and with none."""
    model = make(name)
    architecture = describe(model)
    batches = batches_for(model)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    labels = np.arange(COUNT) % 10 if architecture.num_classes else None
    dense, _ = outputs(model, batches)
    kinds = [type(module) for module in model.modules()]
    random = np.random.default_rng(0)
    labs = [Lab(model, batches, labels=labels, memory=memory) for memory in (1 << 30, 0)]
    for turn in range(4):
        plan = random_plan(architecture, random)
        expected, features = outputs(apply(plan, model), batches)
        for lab in labs:
            found = lab.outcome(plan)
            np.testing.assert_array_equal(found.features, features)
            some = random.permutation(COUNT)[:6]
            part = lab.outcome(plan, some)
            np.testing.assert_allclose(part.features, features[some], rtol=1e-4, atol=1e-4)
            p, q = softmax(dense.astype(float), -1), softmax(expected.astype(float), -1)
            cosine = (dense.astype(float) * expected).sum(-1)
            cosine /= np.linalg.norm(dense.astype(float), axis=-1) * np.linalg.norm(expected.astype(float), axis=-1)
            np.testing.assert_allclose(found.angular, np.arccos(np.clip(cosine, -1, 1)) / np.pi, rtol=0, atol=1e-6)
            if labels is None:
                assert np.isnan(found.kl).all()
                assert np.isnan(found.js).all()
                assert np.isnan(found.loss).all()
            else:
                np.testing.assert_allclose(found.kl, (p * np.log(p / q)).sum(-1), rtol=1e-6, atol=1e-9)
                np.testing.assert_allclose(
                    found.js,
                    [float(jensenshannon(*rows)) ** 2 for rows in zip(p, q, strict=True)],
                    rtol=1e-6,
                    atol=1e-9,
                )
                np.testing.assert_allclose(found.loss, -np.log(q[np.arange(COUNT), labels]), rtol=1e-6, atol=1e-9)
            assert found.kl.dtype == np.float64
            if turn < 3:
                lab.hold(plan)
    assert hooks_of(model) == 0
    assert [type(module) for module in model.modules()] == kinds
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    np.testing.assert_array_equal(outputs(model, batches)[0], dense)


@settings(max_examples=6, deadline=None)
@given(memory=st.integers(0, 600_000), seed=st.integers(0, 1000))
def test_whatever_the_memory_it_is_kept_to_and_nothing_else_depends_on_it(memory: int, seed: int) -> None:
    model = small_models.build("vit")
    batches = batches_for(model)
    lab, full = Lab(model, batches, memory=memory), Lab(model, batches)
    random = np.random.default_rng(seed)
    for _ in range(3):
        plan = random_plan(lab.architecture, random)
        np.testing.assert_array_equal(lab.outcome(plan).kl, full.outcome(plan).kl)
        assert lab.held_bytes <= memory
        lab.hold(plan)
        assert lab.held_bytes <= memory
    assert full.held == (0, 1, 2)
    assert full.held_bytes == 3 * COUNT * 17 * 48 * 4


def test_only_what_is_behind_the_change_is_computed_again() -> None:
    """Counted by torch while the lab works."""
    model = small_models.build("vit", depth=6)
    batches = batches_for(model)
    lab = Lab(model, batches)
    blocks = lab.architecture.blocks
    inner = sum(block.macs for block in blocks)
    around = lab.architecture.macs - inner
    assert lab.forwards == pytest.approx(COUNT * (1 + around / lab.architecture.macs), rel=1e-9)
    for place, block in enumerate(blocks):
        attention = lab.architecture.children(block.id)[0]
        plan = PruningPlan.of(lab.architecture, {attention.id: "remove"})
        before = lab.forwards
        with (
            FlopCounterMode(display=False) as counter,
            torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH),
        ):
            lab.outcome(plan)
        spent = (lab.forwards - before) * lab.architecture.macs / COUNT
        assert spent == pytest.approx(sum(b.macs for b in blocks[place:]) - attention.macs + around, rel=1e-9)
        assert counter.get_total_flops() / 2 / COUNT == pytest.approx(spent, rel=1e-9)


def test_a_base_is_kept_only_as_far_as_it_holds() -> None:
    """A plan that restores an early site after a late one was removed."""
    model = small_models.build("eva, swiglu, rope")
    lab = Lab(model, batches_for(model))
    early, late = ({"blocks.0.attn": "remove"}, {"blocks.2.mlp": "remove"})
    for actions in (early, early | late, late, {}, {"blocks.1": "remove"}):
        plan = PruningPlan.of(lab.architecture, actions)
        lab.hold(plan)
        fresh = Lab(model, batches_for(model)).outcome(plan)
        np.testing.assert_array_equal(lab.outcome(plan).kl, fresh.kl)
    assert (lab.outcome(PruningPlan.of(lab.architecture)).kl == 0).all()


def test_a_cancel_leaves_lab_and_model_sound() -> None:
    model = small_models.build("vit")
    batches = batches_for(model)
    job = Job(stop=threading.Event())
    lab = Lab(model, batches, job=job)
    plan = PruningPlan.of(lab.architecture, {"blocks.0.attn": "remove"})
    expected = Lab(model, batches).outcome(plan).kl
    runs = 0

    def stop_in_the_middle(*_: object) -> None:
        nonlocal runs
        runs += 1
        if runs == 3:
            job.stop.set()

    for call in (lab.outcome, lab.hold):
        runs = 0
        handle = model.get_submodule("blocks.1").register_forward_hook(stop_in_the_middle)
        with pytest.raises(Cancelled):
            call(plan)
        handle.remove()
        job.stop.clear()
        assert hooks_of(model) == 0
        np.testing.assert_array_equal(lab.outcome(plan).kl, expected)
        assert (lab.outcome(PruningPlan.of(lab.architecture)).kl == 0).all()


def test_what_does_not_fit_is_refused() -> None:
    model = small_models.build("vit")
    with pytest.raises(DatasetEmpty):
        Lab(model, [])
    with pytest.raises(ArgumentInvalid, match="3 x 32 x 32"):
        Lab(model, [images(2, size=40)])
    for labels in ([0, 1], [0] * (COUNT - 1) + [10], [-1] * COUNT):
        with pytest.raises(ArgumentInvalid, match="labels"):
            Lab(model, batches_for(model), labels=labels)
    lab = Lab(model, batches_for(model))
    other = describe(small_models.build("vit", depth=2))
    with pytest.raises(PlanInvalid):
        lab.outcome(PruningPlan.of(other, {"blocks.0.attn": "remove"}))
    with pytest.raises(ValueError, match="images"):
        lab.outcome(lab.plan, np.arange(0))
