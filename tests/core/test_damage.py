"""Scores that take more than one pass, against models that are pruned and run whole, and against other derivatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from plain_bench import PlainBench
from small_models import build, hooks_of, images
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from vitprune import apply, describe
from vitprune.bench import EVERYTHING, PASSES, Workbench, split
from vitprune.damage import DAMAGE, after_repair, leave_one_out
from vitprune.entropy import entropy_change, gaussian_entropy
from vitprune.errors import ArgumentInvalid, DatasetEmpty, DatasetLabels, ModelUnsupported
from vitprune.jobs import Cancelled, Job, Progress
from vitprune.lab import Lab
from vitprune.metrics import metrics
from vitprune.plan import PruningPlan
from vitprune.scores import METRICS
from vitprune.taylor import taylor

COUNT = 20
IMAGES = images(COUNT)
LABELS = np.random.default_rng(0).integers(0, 10, COUNT)


@pytest.mark.parametrize("name", ["vit", "layer scale, registers", "attention pool", "eva, post-norm"])
def test_damage_is_that_of_the_model_without_the_site(name: str) -> None:
    model = build(name, depth=2)
    architecture = describe(model)
    plain = PlainBench(model, IMAGES, LABELS)
    found = leave_one_out(Lab(model, IMAGES.split(8), labels=LABELS), tuple(DAMAGE))
    sites = [site.id for site in architecture.prunable]
    assert {metric: list(table) for metric, table in found.items()} == dict.fromkeys(DAMAGE, sites)
    for site in sites:
        said = plain.outcome(PruningPlan.of(architecture, {site: "remove"}))
        np.testing.assert_allclose(found["damage"][site].per_image, said.kl, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(found["damage_angular"][site].per_image, said.angular, rtol=1e-3, atol=1e-4)
        rise = said.loss - plain.dense.loss
        np.testing.assert_allclose(found["damage_loss"][site].per_image, rise, rtol=1e-3, atol=1e-4)
        change = jackknife(plain.dense.features, said.features)
        assert found["output_entropy"][site].mean == pytest.approx(change[0], rel=1e-3, abs=1e-3)
        assert found["output_entropy"][site].standard_error == pytest.approx(change[1], rel=1e-3, abs=1e-3)


def jackknife(dense: np.ndarray, pruned: np.ndarray) -> tuple[float, float]:
    """Estimate and standard error of |H(dense) - H(pruned)|, by leaving every image out in turn."""

    def change(rows: list[int]) -> float:
        variances = [np.var(features[rows].astype(np.float64), axis=0) for features in (dense, pruned)]
        return 0.5 * float(np.log(variances[0]).sum() - np.log(variances[1]).sum())

    n = len(dense)
    whole = change(list(range(n)))
    parts = np.array([change([i for i in range(n) if i != left]) for left in range(n)])
    estimate = n * whole - (n - 1) * parts.mean()
    return abs(estimate), math.sqrt((n - 1) / n * ((parts - parts.mean()) ** 2).sum())


@settings(deadline=None, max_examples=50)
@given(arrays(np.float64, (2, 9, 4), elements=st.floats(-10, 10, width=32)))
def test_the_values_of_images_are_those_of_the_jackknife(features: np.ndarray) -> None:
    dense, pruned = features + np.random.default_rng(0).normal(size=features.shape)  # no channel is constant
    found = entropy_change(dense, pruned)
    estimate, error = jackknife(dense, pruned)
    assert found.mean() == pytest.approx(estimate, rel=1e-6, abs=1e-8)
    assert found.std(ddof=1) / 3 == pytest.approx(error, rel=1e-6, abs=1e-8)


def test_the_error_of_the_entropy_covers_what_other_images_give() -> None:
    """Over many data sets the jackknife's error is the spread of its estimates."""
    generator = np.random.default_rng(1)
    found = []
    for _ in range(300):
        source = generator.normal(size=(40, 6))
        found.append(entropy_change(source, 0.5 * source + 0.4 * generator.normal(size=(40, 6))))
    means, errors = np.array([(v.mean(), v.std(ddof=1) / math.sqrt(40)) for v in found]).T
    truth = -6 * math.log(math.sqrt(0.5**2 + 0.4**2))
    assert means.mean() == pytest.approx(truth, abs=4 * means.std() / math.sqrt(300))
    assert errors.mean() == pytest.approx(means.std(), rel=0.15)


def test_entropy_is_that_of_a_gaussian() -> None:
    features = np.random.default_rng(0).normal(size=(200_000, 3)) * [1.0, 2.0, 0.5]
    assert gaussian_entropy(features) == pytest.approx(math.log(1 * 2 * 0.5), abs=0.01)


@pytest.mark.parametrize("pruned", [np.zeros((5, 2)), np.eye(5)[:, :2]])
def test_an_entropy_that_cannot_be_told_is_not_a_number(pruned: np.ndarray) -> None:
    """A constant channel, and one that is constant but for a single image."""
    assert np.isnan(entropy_change(np.random.default_rng(0).normal(size=(5, 2)), pruned)).all()
    assert np.isnan(entropy_change(np.ones((2, 2)), np.ones((2, 2)))).all()


# Taylor


def plain_taylor(model: nn.Module, labels: np.ndarray | None) -> dict[str, np.ndarray]:
    """|w dL/dw| of every parameter and image, (images, ...), from gradients of all images at once."""
    weights = {name: parameter.detach() for name, parameter in model.named_parameters()}
    targets = model(IMAGES).argmax(-1) if labels is None else torch.from_numpy(labels)

    def loss(weights: dict[str, Tensor], image: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(functional_call(model, weights, (image[None],)), target[None])

    with sdpa_kernel(SDPBackend.MATH):  # the fused kernel knows no vmap
        gradients = vmap(grad(loss), in_dims=(None, 0, 0))(weights, IMAGES, targets)
    return {name: (gradients[name] * weights[name]).abs().double().numpy() for name in weights}


@pytest.mark.parametrize("name", ["vit", "layer scale, registers", "eva, gamma"])
@pytest.mark.parametrize("labelled", [True, False])
def test_taylor_is_the_sum_over_the_parameters_of_a_site(name: str, labelled: bool) -> None:
    model = build(name, depth=2)
    labels = LABELS if labelled else None
    products = plain_taylor(model, labels)
    found = taylor(model, IMAGES.split(7), labels)
    for site in describe(model).prunable:
        mine = {"attn": ("attn.", "norm1.", "ls1.", "gamma_1"), "mlp": ("mlp.", "norm2.", "ls2.", "gamma_2")}
        parent, _, branch = site.id.rpartition(".")
        starts = tuple(f"{parent}.{start}" for start in mine[branch]) if branch in mine else (f"{site.id}.",)
        expected = sum(p.reshape(COUNT, -1).sum(1) for n, p in products.items() if n.startswith(starts))
        np.testing.assert_allclose(found[site.id].per_image, expected, rtol=2e-4)


def test_taylor_knows_no_batches() -> None:
    model = build("vit", depth=2)
    whole = taylor(model, [IMAGES], LABELS)
    for site, score in taylor(model, IMAGES.split(1), LABELS).items():
        np.testing.assert_array_equal(score.per_image, whole[site].per_image)


def test_taylor_bounds_what_scaling_a_site_does() -> None:
    """The loss's derivative along a weight's own direction is what is summed, here with its sign, by differences."""
    model = build("vit", depth=2)
    parameter = model.get_parameter("blocks.1.mlp.fc2.bias")
    products = plain_taylor(model, LABELS)["blocks.1.mlp.fc2.bias"]
    step, weight = 1e-2, parameter[3].item()

    @torch.no_grad()
    def loss(change: float) -> np.ndarray:
        parameter[3] = weight * (1 + change)
        return F.cross_entropy(model(IMAGES).double(), torch.from_numpy(LABELS), reduction="none").numpy()

    slope = (loss(step) - loss(-step)) / (2 * step)
    np.testing.assert_allclose(np.abs(slope), products[:, 3], rtol=0.05, atol=2e-3)


def test_taylor_shares_out_what_branches_have_in_common() -> None:
    """In a parallel block one projection serves both branches: each has the rows and columns that go with it."""
    model: Any = build("vit", depth=2, block_fn=parallel())
    found = taylor(model, [IMAGES], LABELS)
    products = plain_taylor(model, LABELS)
    for block in ("blocks.0", "blocks.1"):
        own = sum(p.reshape(COUNT, -1).sum(1) for n, p in products.items() if n.startswith(f"{block}."))
        np.testing.assert_allclose(found[block].per_image, own, rtol=2e-4)
        common = [n for n in products if n.startswith((f"{block}.in_norm", f"{block}.ls"))]
        shared = sum((products[n].reshape(COUNT, -1).sum(1) for n in common), np.zeros(COUNT))
        out = products[f"{block}.out_proj.bias"].sum(1) if f"{block}.out_proj.bias" in products else 0
        parts = found[f"{block}.attn"].per_image + found[f"{block}.mlp"].per_image
        np.testing.assert_allclose(parts + shared + out, own, rtol=2e-4)
        assert found[f"{block}.attn"].mean > 0
        assert found[f"{block}.mlp"].mean > 0


def parallel() -> Any:
    from timm.models.vision_transformer import ParallelScalingBlock

    return ParallelScalingBlock


def test_taylor_leaves_the_model_as_it_was() -> None:
    model = build("vit", depth=2).train().requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    taylor(model, [IMAGES[:2]])
    assert model.training
    assert hooks_of(model) == 0
    assert all(not p.requires_grad and p.grad is None for p in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(("labels", "batches"), [(LABELS[:3], [IMAGES[:5]]), (LABELS[:5], [IMAGES[:3]])])
def test_labels_that_are_not_as_many_as_images(labels: np.ndarray, batches: list[Tensor]) -> None:
    with pytest.raises(ArgumentInvalid):
        taylor(build("vit", depth=2), batches, labels)


def test_no_images() -> None:
    with pytest.raises(DatasetEmpty):
        taylor(build("vit", depth=2), [])


# Which can be measured


def test_all_is_one_pass_and_everything_is_what_can_be_measured() -> None:
    model, headless = describe(build("vit", depth=2)), describe(build("no head", depth=2))
    assert set(PASSES) < set(METRICS)
    assert not set(PASSES) & set(metrics())
    assert split(("all",), model, labelled=True) == (["all"], [])
    assert split(("cosine", "taylor"), model, labelled=False) == (["cosine"], ["taylor"])
    assert split((EVERYTHING,), model, labelled=True) == (["all"], list(PASSES))
    assert split((EVERYTHING,), model, labelled=False) == (["all"], [p for p in PASSES if p != "damage_loss"])
    assert split((EVERYTHING,), headless, labelled=False) == (
        ["all"],
        ["damage_angular", "output_entropy", "damage_repaired"],
    )
    with pytest.raises(DatasetLabels):
        split(("damage_loss",), model, labelled=False)
    with pytest.raises(ModelUnsupported, match="no head"):
        split(("taylor",), headless, labelled=False)
    with pytest.raises(ArgumentInvalid, match="no metric 'guess'"):
        split(("guess",), model, labelled=True)


def test_progress_is_told_and_a_cancel_stops() -> None:
    model = build("vit", depth=2)
    told: list[Progress] = []
    Workbench(model, lambda: [IMAGES[:4]], job=Job(told.append)).tables(("damage", "taylor"))
    assert {progress.stage for progress in told} >= {"Leaving out each site", "Gradients"}
    for stage in ("Leaving out each site", "Gradients"):
        job = Job(lambda progress, stage=stage: job.stop.set() if progress.stage == stage else None)  # noqa: B023
        with pytest.raises(Cancelled):
            Workbench(model, lambda: [IMAGES[:4]], job=job).tables(("damage", "taylor"))
    assert hooks_of(model) == 0


def test_a_workbench_tries_repaired_plans_too() -> None:
    model = build("vit", depth=2)
    architecture = describe(model)
    bench, plain = Workbench(model, lambda: IMAGES.split(8)), PlainBench(model, IMAGES)
    for repair in ("mean", "linear"):
        plan = PruningPlan.of(architecture, {"blocks.0.mlp": repair, "blocks.1.attn": "remove"})
        np.testing.assert_allclose(bench.outcome(plan).kl, plain.outcome(plan).kl, rtol=1e-2, atol=1e-5)
    removed = PruningPlan.of(architecture, {"blocks.0.mlp": "remove"})
    with torch.no_grad():
        expected = apply(removed, model)(IMAGES).double()
    bench.hold(removed)
    said = bench.outcome(removed).kl
    p, q = (logits.log_softmax(-1) for logits in (model(IMAGES).detach().double(), expected))
    np.testing.assert_allclose(said, (p.exp() * (p - q)).sum(-1).numpy(), rtol=1e-3, atol=1e-6)


def test_damage_after_repair_is_measured_on_images_that_were_not_fitted_to() -> None:
    """Against a repaired copy for each half of the images, applied and run."""
    model = build("layer scale, registers")
    architecture = describe(model)
    batches = images(24).split(5)
    found = after_repair(model, batches)
    assert list(found) == [site.id for site in architecture.prunable]
    whole = torch.cat(batches)
    for site in ("blocks.1.attn", "blocks.2"):
        expected = np.empty(24)
        for half in (0, 1):
            plan = PruningPlan.of(architecture, {site: "linear"})
            repaired = apply(plan, model, whole[1 - half :: 2].split(5))
            with torch.no_grad():
                dense, without = (m(whole[half::2]).log_softmax(-1).double() for m in (model, repaired))
            expected[half::2] = (dense.exp() * (dense - without)).sum(-1)
        np.testing.assert_allclose(found[site].per_image, expected, rtol=2e-3, atol=1e-6)
