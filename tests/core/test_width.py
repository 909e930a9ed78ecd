"""Heads and neurons that go: against models in which hooks silence them, numpy's least squares, and brute force."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import timm
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from session_examples import session as whole_session
from small_models import SMALL, build, hooks_of, images
from torch import Tensor, nn

from tests.core.families.conformance import run as counted
from tests.core.rebuilding import rebuild
from vitprune import PruningPlan, apply, describe, load_exported, session_findings, session_report, sessions, verify
from vitprune.architecture import Architecture
from vitprune.bench import Workbench
from vitprune.cli import main
from vitprune.errors import ArgumentInvalid, ExportFailed, PlanInvalid, RecipeInvalid
from vitprune.export import ptblop
from vitprune.export.folder import export
from vitprune.lab import Lab
from vitprune.plan import read as read_plan
from vitprune.ranges import folded, spread, written
from vitprune.ranges import read as read_numbers
from vitprune.results import ModelReference
from vitprune.searches import SearchState
from vitprune.selection import Budget, select
from vitprune.verification import _config_of
from vitprune.width import unit_scores
from vitprune.width.elimination import Elimination
from vitprune.width.mixed import Move, search_mixed

WIDE = ["vit", "layer scale, registers", "qk norm, average pool", "eva, gamma", "eva, mixed rope", "eva, post-norm"]
BEIT = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 2, "num_heads": 3, "num_classes": 10}
MODEL = build("vit")
ARCHITECTURE = describe(MODEL)


def randomised(name: str, arguments: dict[str, Any]) -> nn.Module:
    model = timm.create_model(name, **arguments)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator) + 0.5 * (parameter.ndim == 1))
    return model.eval()


def some(architecture: Architecture) -> dict[str, list[int]]:
    """Of every branch whose units can go, one head, or a third of the neurons."""
    return {
        site.id: [1] if site.kind == "attention" else list(range(1, site.units, 3))
        for site in architecture.sublayers
        if site.units
    }


@contextmanager
def silenced(model: nn.Module, units: Mapping[str, Sequence[int]]) -> Iterator[None]:
    """The model with hooks that take what these units hand to the last layer of their branch to zero."""
    handles = []
    for site, gone in units.items():
        part: Any = model.get_submodule(site)
        last = part.proj if hasattr(part, "proj") else part.fc2
        count = part.num_heads if hasattr(part, "proj") else last.in_features

        def hook(_: nn.Module, args: tuple[Tensor, ...], gone: Any = gone, count: int = count) -> Tensor:
            kept = args[0].unflatten(-1, (count, -1)).clone()
            kept[..., list(gone), :] = 0
            return kept.flatten(-2)

        handles.append(last.register_forward_pre_hook(hook))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@pytest.mark.parametrize("name", [*WIDE, "beit", "swiglu, packed", "swin"])
def test_units_that_go_are_gone(name: str) -> None:
    others = {
        "beit": ("beit_base_patch16_224", BEIT),
        "swiglu, packed": ("vit_giant_patch14_dinov2", SMALL),
        "swin": (
            "swin_tiny_patch4_window7_224",
            {"img_size": 56, "depths": (1, 2), "embed_dim": 24, "num_heads": (1, 2)},
        ),
    }
    model = randomised(*others[name]) if name in others else build(name)
    architecture = describe(model)
    units = some(architecture)
    assert units
    plan = PruningPlan.of(architecture, units=units, compensation="none")
    pruned = apply(plan, model)
    batch = images(2, size=architecture.input_size[-1])
    dense, _ = counted(model, batch)
    found, macs = counted(pruned, batch)
    with silenced(model, units):
        expected, _ = counted(model, batch)
    assert float((found - expected).abs().max() / expected.abs().max()) < 1e-6
    assert not torch.allclose(found, dense, rtol=1e-3)
    summary = plan.summary(architecture)
    assert summary.params == sum(p.numel() for p in pruned.parameters())
    assert summary.macs == macs == describe(pruned, architecture.input_size).macs
    assert summary.units == sum(map(len, units.values()))
    assert hooks_of(model) == 0


def test_what_cannot_lose_units_says_why() -> None:
    reasons = {
        "differential attention": ("blocks.0.attn", "DiffAttention"),
        "eva, swiglu, rope": ("blocks.0.attn", "norm"),
    }
    for name, (site, word) in reasons.items():
        architecture = describe(build(name, **({"scale_attn_inner": True} if "eva" in name else {})))
        assert architecture.by_id[site].units == 0
        assert word in architecture.by_id[site].whole
        with pytest.raises(PlanInvalid, match=word):
            PruningPlan.of(architecture, units={site: [0]})


@settings(max_examples=8, deadline=None)
@given(
    st.sets(st.integers(0, 2), max_size=2),
    st.sets(st.integers(0, 191), max_size=190),
    st.sampled_from(["remove", "linear", None]),
)
def test_costs_are_those_of_the_pruned_model(heads: set[int], neurons: set[int], other: str | None) -> None:
    plan = PruningPlan.of(
        ARCHITECTURE,
        {"blocks.2.mlp": other} if other else {},
        units={"blocks.1.attn": heads, "blocks.0.mlp": neurons},
    )
    pruned = apply(plan, MODEL, [images(4)])
    summary = plan.summary(ARCHITECTURE)
    found = describe(pruned)
    assert (found.params, found.macs) == (summary.params, summary.macs)
    assert found.by_id["blocks.1.attn"].units in (3 - len(heads), 0)


def test_plans_with_units() -> None:
    units = {"blocks.1.mlp": [5, 4, 3, 9], "blocks.0.attn": [2]}
    plan = PruningPlan.of(ARCHITECTURE, {"blocks.2.mlp": "linear"}, units=units)
    assert plan.units_of("blocks.1.mlp") == (3, 4, 5, 9)
    data = json.loads(json.dumps(plan.to_json()))
    assert data["version"] == 2
    assert data["units"] == {"blocks.0.attn": [2], "blocks.1.mlp": [[3, 5], 9]}
    assert PruningPlan.from_json(data, ARCHITECTURE) == plan
    named = PruningPlan.of(
        ARCHITECTURE,
        {"blocks.2.mlp": "linear", "blocks.0.attn.head.2": "remove"},
        units={"blocks.1.mlp": [3, 4, 5, 9]},
    )
    assert (named, named.key, hash(named)) == (plan, plan.key, hash(plan))
    # Without units, plans, keys and files are what they always were.
    bare = PruningPlan.of(ARCHITECTURE, {"blocks.2.mlp": "linear"}, compensation="bias")
    assert bare == PruningPlan.of(ARCHITECTURE, {"blocks.2.mlp": "linear"})
    assert (bare.to_json()["version"], "units" in bare.to_json()) == (1, False)
    assert bare.key != plan.key != plan.with_compensation(ARCHITECTURE, "bias").key
    # Units of a branch that goes are implied; restoring it brings all of it back.
    gone = plan.with_removed(ARCHITECTURE, ["blocks.1"])
    assert gone.units == {("blocks.0.attn", (2,))}
    assert plan.with_restored(ARCHITECTURE, ["blocks.1", "blocks.0.attn"]) == bare
    assert plan.repaired(ARCHITECTURE, "none").units == plan.units
    assert len(plan) == 3
    assert plan.narrowed(ARCHITECTURE) == {"blocks.0.attn": "1 of 3 heads", "blocks.1.mlp": "4 of 192 neurons"}
    for wrong in (
        {"blocks.0.attn": [3]},
        {"blocks.0.attn": [0, 1, 2]},
        {"blocks.0.attn": [True]},
        {"blocks.9.attn": [0]},
        {"blocks.0": [0]},
    ):
        with pytest.raises(PlanInvalid):
            PruningPlan.of(ARCHITECTURE, units=wrong)
    for wrong in ([[3, 2]], [[0, 1, 2]], ["x"], [-1], 5, [[0, 10**9]]):
        with pytest.raises(PlanInvalid):
            PruningPlan.from_json({**data, "units": {"blocks.1.mlp": wrong}}, ARCHITECTURE)
    for name in ("blocks.0.attn.head.x", "blocks.0.attn.head.7"):
        with pytest.raises(PlanInvalid):
            PruningPlan.of(ARCHITECTURE, {name: "remove"})
    with pytest.raises(PlanInvalid):
        PruningPlan.of(ARCHITECTURE, {"blocks.0.attn.head.0": "linear"})


@given(st.sets(st.integers(0, 300)))
def test_numbers_fold_and_spread(numbers: set[int]) -> None:
    assert spread(json.loads(json.dumps(folded(sorted(numbers))))) == sorted(numbers)
    assert read_numbers(written(sorted(numbers))) == sorted(numbers)
    assert read_numbers(written(sorted(numbers), ",")) == sorted(numbers)


def test_numbers_are_read_as_people_write_them() -> None:
    assert written([0, 1, 4, 5, 6]) == "0, 1, 4-6"
    assert read_numbers(" 3  7 - 9,12,") == [3, 7, 8, 9, 12]
    assert read_numbers("4\N{EN DASH}6") == [4, 5, 6]
    assert read_numbers("") == []
    for wrong in ("x", "3-", "-3", "1-2-3", "9-3", "1.5", "\N{SUPERSCRIPT TWO}", "9999999"):
        with pytest.raises(ValueError, match="range"):
            read_numbers(wrong)
    with pytest.raises(ValueError, match="too many"):
        spread([[0, 9], [0, 9]], most=15)


def last_inputs(model: nn.Module, last: str, batch: Tensor) -> np.ndarray:
    seen: list[Tensor] = []
    handle = model.get_submodule(last).register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    with torch.no_grad():
        model(batch)
    handle.remove()
    return seen[0].flatten(0, 1).double().numpy()


@pytest.mark.parametrize("compensation", ["bias", "affine"])
@pytest.mark.parametrize(("site", "last"), [("blocks.1.attn", "attn.proj"), ("blocks.1.mlp", "mlp.fc2")])
def test_compensation_is_least_squares(compensation: str, site: str, last: str) -> None:
    """Against numpy, for one map of all tokens: a model without a class token, and hardly a ridge."""
    model = build("qk norm, average pool")
    architecture = describe(model)
    batch = images(64)
    count = architecture.by_id[site].units
    gone = [1] if count == 3 else list(range(40, 60))
    plan = PruningPlan.of(architecture, target="branch", units={site: gone}, compensation=compensation)
    pruned = apply(plan, model, [batch[:20], batch[20:]])
    inputs = last_inputs(model, f"blocks.1.{last}", batch)
    layer: Any = model.get_submodule(f"blocks.1.{last}")
    fitted: Any = pruned.get_submodule(f"blocks.1.{last}")
    weight = layer.weight.detach().double().numpy()
    columns = inputs.shape[1] // count
    at = np.array([unit * columns + place for unit in gone for place in range(columns)])
    left = np.setdiff1d(np.arange(inputs.shape[1]), at)
    wanted = inputs[:, at] @ weight[:, at].T
    if compensation == "bias":
        np.testing.assert_allclose(fitted.weight.detach().numpy(), weight[:, left], atol=1e-6)
        expected = layer.bias.detach().numpy() + wanted.mean(0)
        np.testing.assert_allclose(fitted.bias.detach().numpy(), expected, atol=1e-5)
        return
    design = np.column_stack([inputs[:, left], np.ones(len(inputs))])
    best = np.linalg.lstsq(design, wanted, rcond=None)[0]
    change = fitted.weight.detach().double().numpy() - weight[:, left]
    shift = fitted.bias.detach().double().numpy() - layer.bias.detach().double().numpy()
    ours = ((inputs[:, left] @ change.T + shift - wanted) ** 2).sum()
    least = ((design @ best - wanted) ** 2).sum()
    none = ((wanted - wanted.mean(0)) ** 2).sum()
    # The ridge is for other images: on these it may leave a little more than least squares does.
    assert least <= ours * (1 + 1e-9)
    assert ours - least < 0.05 * none
    assert abs((inputs[:, left] @ change.T + shift - wanted).mean()) < 1e-4


def test_the_stream_is_made_good() -> None:
    """Fitted to the stream, compensation makes good what earlier surgery left; and all of it in one call."""
    units = {"blocks.1.mlp": range(0, 96), "blocks.2.mlp": range(0, 96)}
    fit, test = [images(48, seed=3)], images(16, seed=4)
    with torch.no_grad():
        dense = MODEL(test).softmax(-1)
        apart = {}
        for compensation in ("none", "bias", "affine"):
            plan = PruningPlan.of(ARCHITECTURE, {"blocks.0.attn": "linear"}, units=units, compensation=compensation)
            apart[compensation] = float((apply(plan, MODEL, fit)(test).softmax(-1) - dense).square().mean())
    assert apart["affine"] < apart["bias"]
    assert apart["affine"] < apart["none"]
    to_branch = PruningPlan.of(ARCHITECTURE, {"blocks.0.attn": "linear"}, "branch", units=units)
    model = PruningPlan.of(ARCHITECTURE, {"blocks.0.attn": "linear"}, "model", units=units)
    assert all(torch.isfinite(apply(plan, MODEL, fit)(test)).all() for plan in (to_branch, model))


@pytest.mark.parametrize("columns", [1, 4])
def test_elimination_is_exact(columns: int) -> None:
    """Each unit's damage is what least squares without it leaves more; after several, the weights are its solution."""
    rng = np.random.default_rng(0)
    h = rng.normal(size=(400, 16)) @ rng.normal(size=(16, 16))
    h -= h.mean(0)
    weight, extra = rng.normal(size=(5, 16)), 0.3 * rng.normal(size=(400, 5))
    extra -= extra.mean(0)
    target = h @ weight.T + extra

    def residual(left: list[int]) -> tuple[float, np.ndarray]:
        solution = np.linalg.lstsq(h[:, left], target, rcond=None)[0]
        return float(((h[:, left] @ solution - target) ** 2).sum()) / len(h), solution.T

    def inputs(units: list[int]) -> list[int]:
        return [unit * columns + place for unit in units for place in range(columns)]

    def made() -> Elimination:
        given = [torch.from_numpy(array) for array in (h.T @ h / len(h), h.T @ extra / len(h), weight)]
        return Elimination(given[0], given[1], given[2], columns, ridge=0.0)

    count = 16 // columns
    whole = residual(list(range(16)))[0]
    alone = [residual(inputs([u for u in range(count) if u != gone]))[0] - whole for gone in range(count)]
    np.testing.assert_allclose(made().damages.numpy(), alone, rtol=1e-8)
    first, second = made().run([1, 3])
    assert first.units == (int(np.argmin(alone)),)
    left = inputs([unit for unit in range(count) if unit not in second.units])
    lost, solution = residual(left)
    np.testing.assert_allclose(second.weight.numpy()[:, left], solution, rtol=1e-7, atol=1e-9)
    assert not second.weight.numpy()[:, inputs(list(second.units))].any()
    np.testing.assert_allclose(sum(second.losses), lost - whole, rtol=1e-8)


def test_a_lab_tries_units_without_compensation() -> None:
    plan = PruningPlan.of(
        ARCHITECTURE, {"blocks.1.attn": "remove"}, units={"blocks.1.mlp": range(100)}, compensation="none"
    )
    lab = Lab(MODEL, [images(3)])
    outcome = lab.outcome(plan)
    with torch.no_grad():
        p, q = (m(images(3)).double().log_softmax(-1) for m in (MODEL, apply(plan, MODEL)))
    np.testing.assert_allclose(outcome.kl, (p.exp() * (p - q)).sum(-1).numpy(), atol=1e-9, rtol=1e-5)


def test_exported_widths_come_back(tmp_path: Path, forked_proofs: None) -> None:
    """Exported, rebuilt without ViTPrune, opened, cut once more and exported again, all bit for bit."""
    name, arguments = "vit_small_patch16_rope_mixed_224", SMALL
    model = build("eva, mixed rope")
    batch = images(2)
    expected: dict[Path, Tensor] = {}
    folder = tmp_path
    for number, units in enumerate(({"blocks.0.attn": [1], "blocks.1.mlp": range(7, 90)}, {"blocks.1.mlp": range(5)})):
        architecture = describe(model)
        plan = PruningPlan.of(architecture, {} if number else {"blocks.2.attn": "linear"}, units=units)
        folder = tmp_path / str(number)
        reference = ModelReference(name, name, arguments, "")
        config = _config_of(model) | {"input_size": architecture.input_size}
        fit = [images(8)]
        export(model, plan, folder, architecture=architecture, reference=reference, data_config=config, calibration=fit)
        save_file({"images": batch}, folder / "images.safetensors")
        pruned = apply(plan, model, fit)
        with torch.inference_mode():
            expected[folder] = pruned(batch)
        model = load_exported(folder)
        with torch.inference_mode():
            assert torch.equal(model(batch), expected[folder])
    assert json.loads((folder / "recipe.json").read_text())["units"]["blocks.1.mlp"] == [5, 6, [90, 191]]
    assert "neurons" in (tmp_path / "0" / "README.md").read_text()
    rebuild(expected, torch.get_num_threads())
    for folder, logits in expected.items():
        assert torch.equal(load_file(folder / "logits.safetensors")["logits"], logits)
    recipe = json.loads((folder / "recipe.json").read_text())
    for wrong in ({"blocks.1.mlp": [[0, 4000]]}, {"blocks.7.mlp": [0]}, {"blocks.1.mlp": []}, {"blocks.1.mlp": "all"}):
        (folder / "recipe.json").write_text(json.dumps(recipe | {"units": wrong}))
        with pytest.raises(RecipeInvalid):
            load_exported(folder)


def test_a_format_of_whole_layers_refuses_units() -> None:
    plan = PruningPlan.of(ARCHITECTURE, units={"blocks.1.attn": [0]}, compensation="none")
    with pytest.raises(ExportFailed, match=r"blocks\.1\.attn has lost a part"):
        ptblop.configuration(apply(plan, MODEL), plan)


def test_verify_sees_units_that_are_not_the_plans(forked_proofs: None, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = PruningPlan.of(
        ARCHITECTURE, {"blocks.2.mlp": "linear"}, units={"blocks.0.mlp": range(9), "blocks.1.attn": [0]}
    )
    proof = verify(MODEL, plan)
    assert proof.ok, proof.failures
    from vitprune.width import units

    monkeypatch.setattr(
        units, "narrow", lambda part, left, right=units.narrow: right(part, [u + 1 for u in left[:-1]] + [0])
    )
    assert not verify(MODEL, plan).ok


FIT = [images(24, seed=5)]


def test_variance_is_that_of_flap() -> None:
    found = unit_scores.variance(MODEL, ARCHITECTURE, lambda: FIT[0].split(7))
    for site, last, count in (("blocks.1.attn", "attn.proj", 3), ("blocks.0.mlp", "mlp.fc2", 192)):
        inputs = last_inputs(MODEL, f"{site[:8]}.{last}", FIT[0])
        layer: Any = MODEL.get_submodule(f"{site[:8]}.{last}")
        weight = layer.weight.detach().double().numpy()
        expected = (inputs.var(0) * (weight**2).sum(0)).reshape(count, -1).mean(1)
        np.testing.assert_allclose(found[site].mean, expected, rtol=1e-5)
        assert (found[site].standard_error > 0).all()


@pytest.mark.parametrize("labels", [None, list(range(10)) * 2 + [1, 2, 3, 4]])
def test_taylor_is_the_derivative_of_a_gate(labels: list[int] | None) -> None:
    found = unit_scores.taylor(MODEL, ARCHITECTURE, lambda: FIT[0].split(7), labels)
    batch = FIT[0].double()
    model = build("vit").double()
    aim = model(batch).argmax(-1) if labels is None else torch.tensor(labels)
    for site, unit in (("blocks.1.attn", 2), ("blocks.2.mlp", 17)):
        part: Any = model.get_submodule(site)
        last = part.proj if hasattr(part, "proj") else part.fc2
        count = 3 if hasattr(part, "proj") else 192

        def loss(gate: float, last: Any = last, count: int = count, unit: int = unit) -> Tensor:
            def scale(_: nn.Module, args: tuple[Tensor, ...]) -> Tensor:
                given = args[0].unflatten(-1, (count, -1)).clone()
                given[..., unit, :] *= gate
                return given.flatten(-2)

            handle = last.register_forward_pre_hook(scale)
            with torch.no_grad():
                value = torch.nn.functional.cross_entropy(model(batch), aim, reduction="none")
            handle.remove()
            return value

        slope = (loss(1 + 1e-5) - loss(1 - 1e-5)) / 2e-5
        np.testing.assert_allclose(found[site].mean[unit], float(slope.abs().mean()), rtol=1e-3)
    assert all(parameter.requires_grad for parameter in MODEL.parameters())


def test_damage_is_what_refitting_leaves() -> None:
    """Against numpy: the class token weighs a fifth, as in every fit of one map for all tokens."""
    found = unit_scores.damage(MODEL, ARCHITECTURE, lambda: [FIT[0][:12], FIT[0][12:]])
    other = unit_scores.damage(MODEL, ARCHITECTURE, lambda: FIT[0].split(5))
    for site, score in found.items():
        np.testing.assert_allclose(score.mean, other[site].mean, rtol=2e-3)  # float32, ill-conditioned
    given, stream = (last_inputs(MODEL, path, FIT[0]) for path in ("blocks.1.attn.proj", "blocks.1.norm2"))
    given = given.reshape(len(FIT[0]), -1, given.shape[1])
    given = given[:, [0, *range(1, len(given[0]), 3)]]
    weights = np.ones(given.shape[:2])
    weights[:, 0] = (len(given[0]) - 1) / 4
    share, h = weights.ravel() / weights.sum(), given.reshape(-1, given.shape[-1])
    h = h - share @ h
    scatter = (h * share[:, None]).T @ h
    hessian = scatter + 1e-3 * scatter.diagonal().mean() * np.eye(len(scatter))
    layer: Any = MODEL.get_submodule("blocks.1.attn.proj")
    for head in range(3):
        gone = np.arange(len(scatter)).reshape(3, -1)[head]
        left = np.setdiff1d(np.arange(len(scatter)), gone)
        change = np.zeros(tuple(layer.weight.shape))
        change[:, gone] = -layer.weight.detach().double().numpy()[:, gone]
        pull = hessian[np.ix_(left, gone)] @ change[:, gone].T
        change[:, left] = -np.linalg.solve(hessian[np.ix_(left, left)], pull).T
        expected = np.trace(change @ hessian @ change.T) / stream.var(0).sum()
        assert found["blocks.1.attn"].mean[head] == pytest.approx(expected, rel=1e-3)
    assert set(found["blocks.1.mlp"].order) < set(range(192))
    assert len(set(found["blocks.1.mlp"].order)) == 191
    for site in ("blocks.0.attn", "blocks.2.attn"):
        assert found[site].order[0] == int(np.argmin(found[site].mean))
        assert found[site].losses[0] == pytest.approx(float(found[site].mean.min()), rel=1e-6)
        assert (np.diff(found[site].losses) > 0).all()


@pytest.mark.parametrize("method", ["variance", "taylor", "damage"])
def test_one_shot_choices_meet_the_budget(method: str) -> None:
    bench = Workbench(MODEL, lambda: FIT)
    plan = select(
        None,
        ARCHITECTURE,
        Budget(macs=0.8),
        method=method,
        granularity="width",
        bench=lambda: bench,
        protect=["blocks.0"],
    )
    assert not plan.sites
    assert not any(site.startswith("blocks.0.") for site, _ in plan.units)
    assert 0.78 < plan.summary(ARCHITECTURE).macs / ARCHITECTURE.macs <= 0.8
    heads = select(None, ARCHITECTURE, Budget(remove=2), method=method, granularity="head", bench=lambda: bench)
    assert heads.summary(ARCHITECTURE).units == 2
    neurons = select(None, ARCHITECTURE, Budget(remove=301), method=method, granularity="neuron", bench=lambda: bench)
    assert neurons.summary(ARCHITECTURE).units == 301
    ranks = bench.unit_ranks(method)
    for site, units in plan.units:
        assert set(units) == set(ranks[site][0][: len(units)])


@pytest.mark.parametrize("granularity", ["mixed", "width"])
def test_the_search_meets_its_budget_and_goes_on(granularity: str) -> None:
    measure = [images(8, seed=6)]
    options: dict[str, Any] = {"granularity": granularity, "repair": "linear", "fit": FIT, "rounds": 4}
    states: list[Any] = []
    found = search_mixed(Lab(MODEL, measure), Budget(macs=0.7), **options, on_step=states.append)
    left = found.plan.summary(ARCHITECTURE).macs / ARCHITECTURE.macs
    assert left <= 0.7
    if granularity == "width":
        assert left > 0.69
        assert not found.plan.sites
    # What the last step says of the plan is what the plan does.
    with torch.no_grad():
        pruned = apply(found.plan, MODEL, FIT)
        p, q = (m(measure[0]).double().log_softmax(-1) for m in (MODEL, pruned))
    assert float((p.exp() * (p - q)).sum(-1).mean()) == pytest.approx(found.steps[-1].damage.value, rel=1e-3)
    kept = SearchState.from_json(json.loads(json.dumps(states[0].to_json())))
    again = search_mixed(Lab(MODEL, measure), Budget(macs=0.7), **options, state=kept)
    assert again.plan == found.plan
    with pytest.raises(ArgumentInvalid):
        search_mixed(Lab(MODEL, measure), Budget(macs=0.7), **options, compensation="bias", state=kept)
    for wrong in ({"repair": "fold"}, {"fit": []}):
        with pytest.raises(ArgumentInvalid):
            search_mixed(Lab(MODEL, measure), Budget(macs=0.7), **{**options, **wrong})


def test_candidates_are_what_becomes_of_them() -> None:
    """What the search tries for a move of units is, but for the strength of its ridge, what applying the plan makes."""
    measure = [images(8, seed=6)]
    lab = Lab(MODEL, measure)
    found = search_mixed(lab, Budget(macs=0.97), granularity="width", fit=FIT, rounds=1)
    step = found.steps[0]
    best = min(step.candidates, key=lambda c: c.mean)
    move = Move.read(best.site)
    assert str(move) == best.site
    plan = PruningPlan.of(ARCHITECTURE, units={move.site: move.units})
    with torch.no_grad():
        p, q = (m(measure[0]).double().log_softmax(-1) for m in (MODEL, apply(plan, MODEL, FIT)))
    assert float((p.exp() * (p - q)).sum(-1).mean()) == pytest.approx(best.mean, rel=0.2)


def test_sessions_and_commands_know_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, plan = tmp_path / "a.vitprune.h5", tmp_path / "p.json"

    def run(*arguments: object) -> Any:
        with pytest.raises(SystemExit) as stop:
            main([*map(str, arguments), "--json"])
        output = capsys.readouterr()
        assert stop.value.code == 0, output.err
        return json.loads(output.out)

    run("analyze", "sample", "sample", "--images", 6, "--metrics", "cosine", "-o", file)
    made = run(
        "plan", file, "-o", plan, "--method", "greedy", "--granularity", "mixed", "--target", "macs=0.985",
        "--repair", "linear",
    )  # fmt: skip
    assert made["units"]
    architecture = sessions.load(file).architecture
    told = read_plan(plan, architecture)
    assert told.units
    assert not plan.with_name("p.json.search").exists()
    few = ("--images", 8, "--batch-size", 8)
    saved = run("evaluate", "sample", "sample", "--plan", plan, "--calibration", "sample", *few, "-o", file)
    assert saved["macs"] == told.summary(architecture).macs
    session = sessions.load(file)
    assert session.evaluation_of(told) is not None
    assert "neurons" in str(session_report.report(session_findings.Findings(replace(session, plan=told))))
    with h5py.File(file) as opened:
        assert opened.attrs["schema_version"] == 3
    old = tmp_path / "old.vitprune.h5"
    bare = replace(session, plan=PruningPlan.of(architecture), evaluations=session.evaluations[:1])
    sessions.save(bare, old)
    with h5py.File(old) as opened:
        assert opened.attrs["schema_version"] == 2
    assert session.data is not None
    training = replace(whole_session().trainings[0], plan=told, data=session.data, evaluation=None)
    sessions.save(replace(bare, trainings=(training,)), trained := tmp_path / "trained.vitprune.h5")
    with h5py.File(trained) as opened:
        assert opened.attrs["schema_version"] == 3
    assert sessions.load(trained).trainings[0].plan == told
