"""Closed-form repair, against numpy on stored activations, and against its own promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from tests.core.small_models import MODELS, build, hooks_of, images
from vitprune import PruningPlan, apply, describe, verify
from vitprune.errors import PlanInvalid
from vitprune.jobs import Cancelled, Job
from vitprune.plan import Action, Target
from vitprune.repair.gain import FOLDS, RUN, STRIDE, Gains, HeldOut
from vitprune.repair.replacement import Replacement
from vitprune.repair.ridge import Moments, diagonal, reduced, ridge
from vitprune.surgery import repaired

Array = NDArray[np.float64]
CALIBRATION = 48
SITE = "blocks.1.attn"


def calibration(batch: int = 8) -> list[Tensor]:
    return list(images(CALIBRATION).split(batch))


def streams(model: nn.Module, batch: Tensor, *names: str) -> list[Array]:
    """What modules of a model are given: (images, tokens, width) each."""
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Any:
        def hook(_: nn.Module, args: tuple[Any, ...]) -> None:
            seen[name] = args[0]

        return hook

    handles = [model.get_submodule(name).register_forward_pre_hook(keep(name)) for name in names]
    with torch.no_grad():
        model(batch)
    for handle in handles:
        handle.remove()
    return [seen[name].double().numpy() for name in names]


def least_squares(x: Array, t: Array, strength: float) -> tuple[Array, Array]:
    """Ridge by an ordinary least-squares problem with more rows: one for each input, which pulls its weight to 0."""
    centre, aim = x.mean(0), t.mean(0)
    rows = np.vstack([x - centre, np.sqrt(strength) * np.eye(x.shape[1])])
    wanted = np.vstack([t - aim, np.zeros((x.shape[1], t.shape[1]))])
    weight = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    return np.asarray(weight, dtype=np.float64), np.asarray(aim - centre @ weight, dtype=np.float64)


def largest_eigenvalue(x: Array) -> float:
    return float(np.linalg.eigvalsh(np.cov(x.T, bias=True) * len(x))[-1])


def best_strength(x: Array, t: Array) -> float:
    """By generalised cross-validation with the hat matrix written out; 0 for inputs that never change."""
    n, inputs = x.shape
    xc, tc = x - x.mean(0), t - t.mean(0)
    top = largest_eigenvalue(x)

    def score(strength: float) -> float:
        hat = xc @ np.linalg.solve(xc.T @ xc + strength * top * np.eye(inputs), xc.T)
        freedom = 1 + float(np.trace(hat))
        if freedom >= 0.98 * n:
            return np.inf
        return float(np.sum((tc - hat @ tc) ** 2)) / (1 - freedom / n) ** 2

    return float(min(np.logspace(-9, 1, 41), key=score)) if top > 1e-9 else 0.0


@pytest.mark.parametrize("target", ["branch", "stream"])
def test_a_repaired_removal_is_what_least_squares_gives(target: str) -> None:
    """Two attention layers, each with a map of the class token's own: the second sees the repair of the first."""
    model = build("layer scale, registers")
    architecture = describe(model)
    plan = PruningPlan.of(architecture, {"blocks.0.attn": "linear", SITE: "linear"}, target)
    whole = images(CALIBRATION)
    pruned, fits = repaired(plan, model, calibration())
    strengths = {fit.site: fit.ridge for fit in fits}

    names = [n for block in (0, 1) for n in (f"blocks.{block}.norm1", f"blocks.{block}.attn", f"blocks.{block}.norm2")]
    dense = dict(zip(names, streams(model, whole, *names), strict=True))
    stand = build("layer scale, registers")  # the first site repaired by hand, the second still whole
    for block in (0, 1):
        mine = dense if target == "branch" else dict(zip(names, streams(stand, whole, *names), strict=True))
        normed = mine[f"blocks.{block}.attn"]
        rest = dense[f"blocks.{block}.norm2"] - mine[f"blocks.{block}.norm1"]
        found = pruned.get_submodule(f"blocks.{block}.attn")
        assert isinstance(found, Replacement)
        assert found.own == 1
        for name, tokens in (("own_", slice(0, 1)), ("", slice(1, None))):
            x, t = (values[:, tokens].reshape(-1, 48) for values in (normed, rest))
            strength = strengths[f"blocks.{block}.attn"] if name == "" else best_strength(x, t)
            weight, bias = least_squares(x, t, strength * largest_eigenvalue(x))
            predicted = x @ found.get_parameter(f"{name}weight").detach().double().numpy().T
            predicted += found.get_parameter(f"{name}bias").detach().double().numpy()
            assert np.abs(predicted - (x @ weight + bias)).max() <= 1e-4 * np.abs(x @ weight + bias).max()
        _put(stand, block, found)


def _put(model: nn.Module, block: int, replacement: Replacement) -> None:
    """Replace an attention by hand, with hooks: the input of the attention mapped, in the place of the branch."""
    seen: list[Tensor] = []
    part = model.get_submodule(f"blocks.{block}")
    part.get_submodule("attn").register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    part.get_submodule("drop_path1").register_forward_hook(lambda *_: replacement(seen[-1]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(1, 6), st.integers(12, 60), st.integers(1, 13))
def test_moments_do_not_depend_on_batches(seed: int, inputs: int, outputs: int, samples: int, batch: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(samples, inputs, generator=generator, dtype=torch.float64) + 3
    t = torch.randn(samples, outputs, generator=generator, dtype=torch.float64) - 5
    whole, first, second = (Moments(inputs, outputs) for _ in range(3))
    whole.add(x, t)
    for place, rows in enumerate(zip(x.split(batch), t.split(batch), strict=True)):
        (first, second)[place % 2].add(*rows)
    first.merge(second)
    for found, expected in zip(first.centred(), whole.centred(), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(ridge(first).weight, ridge(whole).weight, rtol=1e-5, atol=1e-8)


def test_the_strength_minimises_generalised_cross_validation() -> None:
    """Against the formula with the hat matrix written out."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(40, 12)) @ np.diag(np.logspace(0, -3, 12))
    t = x @ generator.normal(size=(12, 3)) + 0.3 * generator.normal(size=(40, 3))
    moments = Moments(12, 3)
    moments.add(torch.from_numpy(x), torch.from_numpy(t))
    fit = ridge(moments)
    xc, tc = x - x.mean(0), t - t.mean(0)
    top = float(np.linalg.eigvalsh(xc.T @ xc)[-1])

    def score(strength: float) -> float:
        hat = xc @ np.linalg.solve(xc.T @ xc + strength * top * np.eye(12), xc.T) + 1 / 40
        return float(np.sum((tc - (hat - 1 / 40) @ tc) ** 2) / 40 / (1 - np.trace(hat) / 40) ** 2)

    grid = np.logspace(-9, 1, 41)
    scores = [score(strength) for strength in grid]
    assert fit.ridge == pytest.approx(grid[int(np.argmin(scores))])
    assert 1 - fit.explained == pytest.approx(min(scores) / (np.sum(tc**2) / 40), rel=1e-6)


def test_noise_is_not_explained() -> None:
    generator = torch.Generator().manual_seed(1)
    moments = Moments(20, 5)
    moments.add(torch.randn(60, 20, generator=generator), torch.randn(60, 5, generator=generator))
    assert ridge(moments).explained < 0.1


def test_a_fit_of_low_rank_is_the_best_of_its_rank() -> None:
    """Against reduced-rank regression by the singular values of the fitted values."""
    generator = np.random.default_rng(2)
    x = generator.normal(size=(200, 10))
    t = x @ generator.normal(size=(10, 8)) + 0.1 * generator.normal(size=(200, 8))
    moments = Moments(10, 8)
    moments.add(torch.from_numpy(x), torch.from_numpy(t))
    weight = reduced(moments, ridge(moments), 3).weight.numpy()
    assert np.linalg.matrix_rank(weight, tol=1e-8) == 3
    xc, tc = x - x.mean(0), t - t.mean(0)
    fitted = xc @ np.linalg.lstsq(xc, tc, rcond=None)[0]
    spread = np.linalg.svd(fitted, compute_uv=False)
    best = np.sum((tc - fitted) ** 2) + np.sum(spread[3:] ** 2)
    assert np.sum((tc - xc @ weight.T) ** 2) == pytest.approx(best, rel=1e-3)


def test_a_diagonal_fit_is_one_regression_a_channel() -> None:
    generator = np.random.default_rng(3)
    x, t = generator.normal(size=(2, 100, 4))
    moments = Moments(4, 4)
    moments.add(torch.from_numpy(x), torch.from_numpy(t))
    fit = diagonal(moments)
    for channel in range(4):
        slope, offset = np.polyfit(x[:, channel], t[:, channel], 1)
        assert fit.weight[channel, channel] == pytest.approx(slope)
        assert fit.bias[channel] == pytest.approx(offset)


@pytest.mark.parametrize("name", ["vit", "layer scale, registers", "eva, gamma", "eva, swiglu, rope"])
def test_folding_a_mean_is_exact(name: str) -> None:
    """The folded constant does what the same constant does as a part of its own, and costs nothing."""
    model = build(name)
    architecture = describe(model)
    site = architecture.by_id["blocks.1.mlp"]
    plan = PruningPlan.of(architecture, {site.id: "mean"})
    folded, fits = repaired(plan, model, calibration())
    removed = PruningPlan.of(architecture, {site.id: "remove"})
    assert plan.summary(architecture) == removed.summary(architecture)
    assert sum(p.numel() for p in folded.parameters()) == plan.summary(architecture).params
    assert [fit.action for fit in fits] == ["mean"]

    bare = apply(removed, model)
    before = model.get_submodule("blocks.1.attn.proj").get_parameter("bias")
    after = folded.get_submodule("blocks.1.attn.proj").get_parameter("bias")
    block: Any = model.get_submodule("blocks.1")
    scale = block.ls1.gamma if hasattr(getattr(block, "ls1", None), "gamma") else getattr(block, "gamma_1", None)
    constant: Tensor = (after - before) * (1 if scale is None else scale)
    assert constant.abs().max() > 1e-3

    def add(_: nn.Module, __: object, output: Tensor) -> Tensor:
        return output + constant

    bare.get_submodule("blocks.1").register_forward_hook(add)
    batch = images(4, seed=9)
    with torch.no_grad():
        torch.testing.assert_close(folded(batch), bare(batch), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["vit", "layer scale, registers", "eva, gamma"])
def test_folding_a_map_into_the_branch_before_is_exact(name: str) -> None:
    """Against the map, found again from what the branch adds before and after, applied by a hook."""
    model = build(name)
    architecture = describe(model)
    plan = PruningPlan.of(architecture, {"blocks.1.attn": "fold"})
    assert plan.anchor(architecture, "blocks.1.attn") == "blocks.0.mlp"
    folded, _ = repaired(plan, model, calibration())
    bare = apply(PruningPlan.of(architecture, {"blocks.1.attn": "remove"}), model)
    old, new = _adds(bare, calibration()), _adds(folded, calibration())
    rows = np.hstack([old, np.ones((len(old), 1))])
    solved, *_ = np.linalg.lstsq(rows, new, rcond=None)
    assert np.abs(rows @ solved - new).max() <= 1e-4 * np.abs(new).max()  # the new branch is a map of the old one
    solution = torch.from_numpy(solved).float()
    bare.get_submodule("blocks.0.drop_path2").register_forward_hook(
        lambda _, __, output: output @ solution[:-1] + solution[-1]
    )
    batch = images(4, seed=9)
    with torch.no_grad():
        torch.testing.assert_close(folded(batch), bare(batch), rtol=1e-4, atol=1e-4)


def _adds(model: nn.Module, batches: list[Tensor]) -> Array:
    """What the MLP of the first block adds, (tokens of all images, width)."""
    seen: list[Tensor] = []
    handle = model.get_submodule("blocks.0.drop_path2").register_forward_hook(
        lambda _, __, output: seen.append(output.detach())
    )
    with torch.no_grad():
        for batch in batches:
            model(batch)
    handle.remove()
    return torch.cat(seen).flatten(0, 1).double().numpy()


@pytest.mark.parametrize(
    ("name", "target"),
    [
        *((name, Target.MODEL) for name in MODELS),  # it does all that the others do
        *(("layer scale, registers", target) for target in (Target.BRANCH, Target.STREAM)),
    ],
)
def test_every_rung_keeps_its_promises(name: str, target: Target) -> None:
    """Parameters and MACs as predicted; the original untouched; nothing left behind; finite outputs."""
    model = build(name)
    architecture = describe(model)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    batch = images(4, seed=7)
    for action in Action:
        sites = [site for site in ("blocks.0.mlp", "blocks.1.attn", "blocks.2.mlp") if site in architecture.by_id]
        wanted = PruningPlan.of(architecture, dict.fromkeys(sites, "remove"))
        plan = wanted.repaired(architecture, "none" if action is Action.REMOVE else action, target)
        pruned, fits = repaired(plan, model, calibration(16))
        summary = plan.summary(architecture)
        assert sum(p.numel() for p in pruned.parameters()) == summary.params, action
        assert describe(pruned, architecture.input_size).macs == summary.macs, action
        assert plan.needs_calibration or not fits
        assert fits or action in (Action.REMOVE, Action.FOLD)  # without any last layer that could take something in
        with torch.no_grad():
            assert torch.isfinite(pruned(batch)).all()
        assert hooks_of(pruned) == hooks_of(model) == 0
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())


def test_better_rungs_come_closer_to_the_dense_model() -> None:
    """On the images that they are fitted to, what each rung leaves of the stream falls."""
    model = build("layer scale, registers")
    architecture = describe(model)
    batch = torch.cat(calibration())
    target = streams(model, batch, "blocks.1.norm2")[0]
    left: dict[str, float] = {}
    for action in ("remove", "mean", "diagonal", "low-rank", "linear"):
        pruned = apply(PruningPlan.of(architecture, {SITE: action}), model, calibration())
        left[action] = float(np.square(streams(pruned, batch, "blocks.1.norm2")[0] - target).sum())
    assert left["remove"] > left["mean"] > left["low-rank"] > left["linear"]
    assert left["mean"] > left["diagonal"] > left["linear"]


@pytest.mark.usefixtures("forked_proofs")
@pytest.mark.parametrize(
    "actions",
    [
        {"blocks.0.mlp": "linear", "blocks.1.attn": "mean", "blocks.1.mlp": "fold", "blocks.2.attn": "diagonal"},
        {"blocks.1": "linear", "blocks.2.attn": "low-rank"},
        {"blocks.1": "mean"},
    ],
)
@pytest.mark.parametrize("target", ["stream", "model"])
def test_repairs_are_proved_and_rebuilt(actions: dict[str, str], target: str) -> None:
    model = build("eva, gamma")
    plan = PruningPlan.of(describe(model), actions, target)
    proof = verify(model, plan, calibration=calibration())
    assert proof.ok, proof.failures
    assert proof.round_trip


def test_the_batch_size_does_not_matter() -> None:
    model = build("vit")
    plan = PruningPlan.of(describe(model), {"blocks.0.attn": "linear", "blocks.1.mlp": "diagonal"}, "model")
    batch = images(4, seed=9)
    with torch.no_grad():
        one, other = (apply(plan, model, calibration(size))(batch) for size in (48, 7))
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)


def test_repairs_need_images() -> None:
    model = build("vit")
    plan = PruningPlan.of(describe(model), {SITE: "linear"})
    with pytest.raises(PlanInvalid, match="calibration images"):
        apply(plan, model)


def test_nothing_before_it_can_take_it_in() -> None:
    architecture = describe(build("vit"))
    with pytest.raises(PlanInvalid, match="Nothing before"):
        PruningPlan.of(architecture, {"blocks.0.attn": "fold"})


def test_a_cancelled_repair_leaves_nothing() -> None:
    model = build("vit")
    plan = PruningPlan.of(describe(model), {SITE: "linear"}, "model")
    job = Job()
    job.stop.set()
    with pytest.raises(Cancelled):
        apply(plan, model, calibration(), job=job)
    assert hooks_of(model) == 0


def test_gains_are_what_fits_to_other_images_explain() -> None:
    """Against numpy on stored activations, fold by fold; and they do not depend on the batches."""
    model = build("layer scale, registers")
    architecture = describe(model)
    found = {}
    for size in (48, 7):
        watch = Gains(model, architecture)
        with torch.no_grad(), watch.watching():
            for batch in images(CALIBRATION).split(size):
                model(batch)
        found[size] = watch.gains()
        assert watch.images == CALIBRATION
    assert hooks_of(model) == 0
    assert list(found[7]) == [site.id for site in architecture.sublayers]
    for site, gains in found[48].items():
        assert gains["linear"].value == pytest.approx(found[7][site]["linear"].value, abs=1e-4)
        assert gains["linear"].n == CALIBRATION

    before, after = streams(model, images(CALIBRATION), "blocks.1.norm1", "blocks.1.norm2")
    t = after - before
    run = np.arange(CALIBRATION) // RUN
    fold, turn = run % FOLDS, run // FOLDS
    token = np.arange(t.shape[1]) - 1  # the class token comes first
    seen = (token < 0) | (token % STRIDE == turn[:, None] % STRIDE)
    parts = [t[(fold == held)[:, None] & seen] for held in range(4)]
    means = [np.concatenate([p for i, p in enumerate(parts) if i != held]).mean(0) for held in range(4)]
    left = [float(np.sum((part - mean) ** 2)) for part, mean in zip(parts, means, strict=True)]
    whole = [float(np.sum(part**2)) for part in parts]
    mean_gain = found[48]["blocks.1.attn"]["mean"]
    assert mean_gain.value == pytest.approx(np.mean(1 - np.array(left) / whole), abs=1e-4)
    assert mean_gain.low < mean_gain.value < mean_gain.high
    assert mean_gain.value < found[48]["blocks.1.attn"]["linear"].value


def test_what_a_fold_is_told_is_what_fits_to_the_others_leave_of_it() -> None:
    """Against numpy on the samples themselves, about whose moments alone `HeldOut` knows."""
    random = np.random.default_rng(4)
    mixing, rank = random.normal(size=(6, 6)), 2
    folds = [random.normal(1.0, 1.0, (count, 6)) @ mixing for count in (90, 70, 80)]
    through = random.normal(size=(6, 6))
    targets = [x @ through + random.normal(2.0, 3.0, (len(x), 6)) for x in folds]
    parts, total = [], Moments(6, 6)
    for x, t in zip(folds, targets, strict=True):
        parts.append(Moments(6, 6))
        for moments in (parts[-1], total):
            moments.origin = (torch.zeros(6), torch.zeros(6))
            moments.add(torch.from_numpy(x), torch.from_numpy(t))
    found = HeldOut(parts, rank)
    best = ridge(total)
    every, all_targets = np.concatenate(folds), np.concatenate(targets)
    centred = every - every.mean(0)
    fitted = centred @ np.linalg.solve(
        centred.T @ centred + best.penalty * np.eye(6), centred.T @ (all_targets - all_targets.mean(0))
    )
    product = fitted.T @ (all_targets - all_targets.mean(0))
    directions = np.linalg.eigh((product + product.T) / 2)[1][:, -rank:]
    for held in range(3):
        x = np.concatenate([part for i, part in enumerate(folds) if i != held])
        t = np.concatenate([part for i, part in enumerate(targets) if i != held])
        u, v = x - x.mean(0), t - t.mean(0)
        penalty = best.penalty * len(x) / len(every)
        weight = np.linalg.solve(u.T @ u + penalty * np.eye(6), u.T @ v)
        tested, wanted = folds[held] - x.mean(0), targets[held] - t.mean(0)
        assert float(found.whole[held]) == pytest.approx(np.sum(targets[held] ** 2))
        assert float(found.left[Action.LINEAR][held]) == pytest.approx(np.sum((wanted - tested @ weight) ** 2))
        low = weight @ directions @ directions.T
        assert float(found.left[Action.LOW_RANK][held]) == pytest.approx(np.sum((wanted - tested @ low) ** 2))
    square = HeldOut([_square(x) for x in folds], 6)
    for held in range(3):
        x = np.concatenate([part for i, part in enumerate(folds) if i != held])
        lines = [np.polyfit(x[:, channel], np.sin(x[:, channel]), 1) for channel in range(6)]
        left = sum(
            float(np.sum((np.sin(folds[held][:, channel]) - np.polyval(line, folds[held][:, channel])) ** 2))
            for channel, line in enumerate(lines)
        )
        assert float(square.left[Action.DIAGONAL][held]) == pytest.approx(left)


def _square(x: np.ndarray) -> Moments:
    moments = Moments(6, 6)
    moments.origin = (torch.zeros(6), torch.zeros(6))
    moments.add(torch.from_numpy(x), torch.from_numpy(np.sin(x)))
    return moments
