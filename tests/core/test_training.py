"""Recovery training: against a plain loop, when it is cut off, what it keeps, and what it never sees."""

from __future__ import annotations

import copy
import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from session_examples import difference
from small_models import build, hooks_of, images
from torch import Tensor, nn

from vitprune import PruningPlan, apply, cli, describe, recovery, sessions, workflow
from vitprune.curve import Curve, TrainingSettings
from vitprune.errors import ArgumentInvalid, DatasetEmpty, ModelNotFinite, ModelUnsupported, SaveFailed
from vitprune.export import proving
from vitprune.jobs import Cancelled, Compute, Job
from vitprune.loading import open_model
from vitprune.training import aims, loop, rates, train, views
from vitprune.training.coordinates import Coordinates
from vitprune.training.distance import Distance, Said
from vitprune.training.views import apart, cropped, order, to_fit
from vitprune.weights import digest

QUICK = TrainingSettings(minutes=None, passes=3, batch_size=4, held_out=0.2, learning_rate=1e-3, features=1.0)


class Pool:
    """Images in memory; `taken` are the numbers of all that were asked for."""

    def __init__(self, pixels: Tensor) -> None:
        self._pixels = pixels
        self.taken: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        return len(self._pixels)

    def take(self, indices: Sequence[int], job: Job) -> Tensor:
        self.taken.append(tuple(indices))
        return self._pixels[list(indices)].clone()


def pair(name: str = "vit") -> tuple[nn.Module, nn.Module]:
    """A model to teach, from which two branches are gone, and its teacher."""
    teacher = build(name)
    plan = PruningPlan.of(describe(teacher), {"blocks.0.mlp": "linear", "blocks.1.attn": "linear"})
    return apply(plan, teacher, calibration=[images(16, seed=2)]), teacher


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


# The arithmetic ------------------------------------------------------------------------------------------------------


def plain_loss(student: Any, teacher: Any, batch: Tensor, scale: Tensor, settings: TrainingSettings) -> Tensor:
    """The loss of each image, written down once more. `scale` are the images that tell the spread of the features."""
    with torch.no_grad():
        known = teacher.forward_features(scale)
        aim = teacher.forward_features(batch)
        aim_pooled, aim_logits = teacher.forward_head(aim, pre_logits=True), teacher.forward_head(aim)
        spreads = [(v - v.mean(0)).square().mean() for v in (known, teacher.forward_head(known, pre_logits=True))]
    mine = student.forward_features(batch)
    pooled, logits = student.forward_head(mine, pre_logits=True), student.forward_head(mine)
    heat = settings.temperature
    p, q = (aim_logits / heat).softmax(-1), (logits / heat).softmax(-1)
    divergence = heat**2 * (p * (p / q).log()).sum(-1)
    tokens = (mine - aim).square().mean((1, 2)) / spreads[0]
    head = (pooled - aim_pooled).square().mean(1) / spreads[1]
    return divergence + settings.features * (tokens + head) / 2


@pytest.mark.parametrize("labelled", [False, True])
def test_a_step_is_that_of_a_plain_loop(labelled: bool) -> None:
    settings = replace(QUICK, passes=1, batch_size=100, labels=0.5 if labelled else 0.0)
    student, teacher = pair()
    plain, pixels = copy.deepcopy(student), images(20)
    labels = [n % 10 for n in range(20)]
    curve = train(student, teacher, Pool(pixels), settings, labels=labels, size=3)
    assert (curve.steps, curve.best, curve.labelled) == (1, 1, labelled)

    chosen, held = apart(20, settings)
    assert (len(chosen), len(held), set(chosen) & set(held)) == (16, 4, set())
    places = [chosen[place] for place in order(16, settings, 0)]
    views = cropped(pixels[places], places, settings, 0)
    loss = plain_loss(plain, teacher, views, pixels[chosen], settings)
    if labelled:
        wanted = torch.tensor([labels[place] for place in places])
        loss = loss - 0.5 * plain(views).log_softmax(-1)[torch.arange(16), wanted]
    assert curve.losses[0] == pytest.approx(float(loss.detach().mean()), rel=1e-4)
    loss.mean().backward()
    gradients = {name: p.grad for name, p in plain.named_parameters() if p.grad is not None}
    rate = 1e-3 * min(1.0, 1e-3 / 0.05)  # at the very beginning of the warm-up
    trained = dict(student.named_parameters())
    told = 0
    for name, (x, y) in flows(plain, pixels, chosen, settings).items():
        bias = name.removesuffix("weight") + "bias"
        mean, inputs = x.mean(0), x.shape[1]
        centred = x - mean
        covariance = centred.T @ centred / len(x)
        damping = max(min(1.0, max(0.01, inputs / len(x))) * covariance.trace() / inputs, 1e-4 * x.square().mean())
        white = covariance.double() + damping * torch.eye(inputs)
        spread = y.std(0, correction=0)
        spread = spread.clamp_min(1e-3 * spread.max())
        # The gradient in coordinates of which the damped covariance is the metric: how far each direction of the inputs
        # moves is the same whatever root of it is taken, so the length of the step is compared, and its direction.
        change = (trained[name] - dict(plain.named_parameters())[name]).detach().double()
        length = ((change / spread[:, None]) @ white @ change.T / spread).diagonal().sum().sqrt()
        assert float(length) <= 1.05 * rate * (change.shape[0]) ** 0.5, name
        shift = (trained[bias] - dict(plain.named_parameters())[bias]).detach().double()
        at_mean = shift + change @ mean.double()  # what the layer gives for the mean input moves along the sign
        loud = gradients[bias].abs() > 1e-3 * gradients[bias].abs().max()
        assert torch.allclose(at_mean[loud], -rate * (spread * gradients[bias].sign())[loud].double(), rtol=0.1), name
        along = (change * gradients[name]).sum() + (shift * gradients[bias]).sum()
        assert float(along) < 0, name
        told += 1
    assert told == sum(1 for name in gradients if name in flows(plain, pixels, chosen, settings))
    for name, before in plain.named_parameters():
        if "norm" in name:
            assert torch.equal(trained[name], before), f"{name} is held"


def flows(model: nn.Module, pixels: Tensor, chosen: list[int], settings: TrainingSettings) -> dict[str, Any]:
    """What goes in and comes out of the linear layers, as rows, where 64 images and their first views are shown."""
    found: dict[str, Any] = {}

    def see(name: str) -> Callable[..., None]:
        def keep(_: nn.Module, given: Any, output: Tensor) -> None:
            found[f"{name}.weight"] = given[0].detach().flatten(0, -2), output.detach().flatten(0, -2)

        return keep

    handles = [m.register_forward_hook(see(n)) for n, m in model.named_modules() if isinstance(m, nn.Linear)]
    with torch.no_grad():
        model(cropped(pixels[chosen], chosen, settings, 0))
    for handle in handles:
        handle.remove()
    return found


@pytest.mark.parametrize("rank", [0, 3])
def test_gradients_in_the_coordinates_are_those_of_autograd(rank: int) -> None:
    """Against the model as a function of the values, differentiated by torch itself."""
    student, _ = pair("layer scale, registers")
    batch, before = images(4), weights(student)
    found = Coordinates(student, lambda: student(images(6, seed=4)), rank)
    with torch.no_grad():
        for n, value in enumerate(found.values.values()):
            value.add_(1e-2 * torch.randn(value.shape, generator=torch.Generator().manual_seed(n)))
    found.push()
    student(batch).square().sum().backward()
    found.pull()
    assert all(p.grad is None for p in found.weights.values())
    mine = {name: value.grad.clone() for name, value in found.values.items() if value.grad is not None}
    assert mine.keys() == found.values.keys()
    frames = {frame.weight: frame for frame in found._frames}

    def moved(values: dict[str, Tensor]) -> Tensor:
        now = dict(before)
        for name, frame in frames.items():
            whole = values[name] if name in values else values[f"{name}.up"] @ values[f"{name}.down"]
            change = (whole @ frame.root.T) * frame.spread[:, None] / frame.root.shape[0] ** 0.5
            now[name] = before[name] + change
            now[frame.bias] = before[frame.bias] + values[frame.bias] * frame.spread - change @ frame.mean
        return torch.func.functional_call(student, now, (batch,)).square().sum()

    gradients = torch.func.grad(moved)({name: value.detach() for name, value in found.values.items()})
    for name, gradient in gradients.items():
        assert torch.allclose(mine[name], gradient, rtol=1e-3, atol=1e-4 * float(gradient.abs().max())), name
    with torch.no_grad():
        for value in found.values.values():
            value.zero_()
    found.push()
    if rank == 0:
        assert same(weights(student), before)
    own = [frame.weight for frame in found._frames if frame.weight.endswith("own_weight")]
    assert own == ["blocks.0.mlp.own_weight", "blocks.1.attn.own_weight"]


def test_a_rank_is_that_of_the_changes() -> None:
    student, teacher = pair()
    before = weights(student)
    train(student, teacher, Pool(images(12)), replace(QUICK, weights="low-rank", rank=2))
    now = student.state_dict()
    ranks = {
        n: int(torch.linalg.matrix_rank((now[n] - before[n]).double(), rtol=1e-3)) for n in now if now[n].ndim == 2
    }
    assert ranks["blocks.2.attn.qkv.weight"] == ranks["blocks.0.mlp.own_weight"] == 2


def test_how_many_are_run_at_once_changes_rounding_alone() -> None:
    found: list[tuple[Curve, Tensor]] = []
    for size in (1, 4):
        student, teacher = pair()
        curve = train(student, teacher, Pool(images(20)), QUICK, size=size)
        with torch.no_grad():
            found.append((curve, student(images(4, seed=7))))
    (one, first), (other, second) = found
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-3)
    # Weights may differ where they do nothing, as the biases of keys: the sign of their gradient is that of rounding.
    assert float((first - second).abs().max()) < 1e-2 * float(first.std())


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [loop.rate(share) for share in np.linspace(0, 1, 101)]
    top = int(np.argmax(rates))
    assert 4 <= top <= 6
    assert rates == sorted(rates[: top + 1]) + sorted(rates[top + 1 :], reverse=True)
    assert rates[-1] == pytest.approx(0, abs=1e-12)


# What it leaves alone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighed", ["full", "low-rank"])
def test_the_teacher_is_read_only_and_the_structure_stays(weighed: str) -> None:
    student, teacher = pair("layer scale, registers")
    teacher.requires_grad_(False)
    before, names = digest(teacher), list(student.state_dict())
    kinds = {name: type(module) for name, module in student.named_modules()}
    curve = train(student, teacher, Pool(images(12)), replace(QUICK, weights=weighed, rank=2))
    assert digest(teacher) == before
    assert not any(p.requires_grad or p.grad is not None for p in teacher.parameters())
    assert list(student.state_dict()) == names
    assert {name: type(module) for name, module in student.named_modules()} == kinds
    assert not student.training
    assert all(p.requires_grad and p.grad is None for p in student.parameters())
    assert (hooks_of(student), hooks_of(teacher)) == (0, 0)
    assert 0 < curve.trained <= sum(p.numel() for p in student.parameters())
    assert (curve.trained < sum(p.numel() for p in student.parameters()) / 2) == (weighed == "low-rank")


def test_what_is_held_out_changes_no_step() -> None:
    """Other images in the places of those held out: the same steps, and other checks."""
    curves: list[Curve] = []
    _, held = apart(20, QUICK)
    for seed in (5, 6):
        pixels = images(20)
        pixels[held] = images(len(held), seed=seed)
        student, teacher = pair()
        curves.append(train(student, teacher, Pool(pixels), replace(QUICK, patience=100)))
    one, other = curves
    np.testing.assert_array_equal(one.losses, other.losses)
    assert one.checks[0].loss != other.checks[0].loss
    assert (one.images, one.held_out) == (16, 4)


def test_the_images_of_each_step_are_all_but_those_held_out() -> None:
    student, teacher = pair()
    pool = Pool(images(22))
    train(student, teacher, pool, replace(QUICK, passes=2), size=4)
    chosen, held = apart(22, QUICK)
    of_steps = [taken for taken in pool.taken if not set(taken) <= set(held)][2 * -(-len(chosen) // 4) :]
    assert sorted(n for taken in of_steps for n in taken) == sorted(chosen * 2)


@pytest.mark.parametrize("features", [0.0, 1.0])
def test_the_teacher_is_asked_once_about_a_view(features: float, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(QUICK, passes=5, features=features, learning_rate=1e-4)
    monkeypatch.setattr(aims, "VIEWS", 2)
    asked: dict[str, int] = {}
    ended: dict[str, dict[str, Tensor]] = {}
    for name in ("remembered", "asked again", "no room"):
        student, teacher = pair()
        asked[name] = 0

        def count(_: nn.Module, args: tuple[Tensor, ...], name: str = name) -> None:
            asked[name] += len(args[0])

        teacher.get_submodule("blocks.0").register_forward_pre_hook(count)
        with monkeypatch.context() as patched:
            if name == "asked again":
                patched.setattr(aims.Aims, "said", lambda self, view, indices, ask: ask())
            if name == "no room":
                patched.setattr(aims, "MOST_BYTES", 0)
            train(student, teacher, Pool(images(20)), settings, size=4)
        ended[name] = weights(student)
    others = asked["asked again"] - 5 * 16
    assert asked == {"remembered": others + 2 * 16, "asked again": others + 5 * 16, "no room": others + 5 * 16}
    for name, value in ended["remembered"].items():  # batches are others, and so is what rounding makes of them
        torch.testing.assert_close(value, ended["asked again"][name], rtol=1e-3, atol=1e-4)
    assert not same(ended["no room"], ended["remembered"]), "each pass has views of its own there"


# When it ends --------------------------------------------------------------------------------------------------------


def test_weights_that_only_get_worse_are_not_kept_and_the_untrained_ones_are() -> None:
    student, teacher = pair()
    before = weights(student)
    told: list[Curve] = []
    settings = replace(QUICK, learning_rate=1.0, passes=100, patience=3)
    curve = train(student, teacher, Pool(images(20)), settings, on_check=told.append)
    assert curve.best == 0
    assert same(weights(student), before)
    assert len(curve.checks) == 4, "three that are worse are enough"
    assert curve.gain.value == 0
    assert "rose" in curve.ended
    assert [len(one.checks) for one in told] == [1, 2, 3, 4]


def nearly() -> tuple[nn.Module, nn.Module]:
    """A teacher, and one that differs from it in its last layer alone, so that random weights cannot amplify steps."""
    teacher = build("vit")
    student = copy.deepcopy(teacher)
    with torch.no_grad():
        student.get_parameter("head.weight").add_(0.1 * torch.randn(10, 48, generator=torch.Generator().manual_seed(1)))
    return student, teacher


@pytest.mark.parametrize(
    ("rises", "kept"), [([0.5, 0.4, 0.6, 0.5], "first"), ([0.9, -0.6, 0.7, -0.6], "last"), ([-0.1] * 4, "last")]
)
def test_the_last_weights_are_kept_within_a_standard_error_of_the_lowest_loss(
    rises: list[float], kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rises` are those of the held-out images' losses from the first look to all others."""

    class Told(Distance):
        looks = 0

        def __call__(self, student: Said, teacher: Said, labels: Tensor | None = None) -> Tensor:
            loss = super().__call__(student, teacher, labels)
            if loss.requires_grad:
                return loss
            Told.looks += 1
            return torch.full((4,), 2.0) + (torch.tensor(rises) if Told.looks > 1 else 0)

    monkeypatch.setattr(loop, "Distance", Told)
    student, teacher = nearly()
    before = weights(student)
    curve = train(student, teacher, Pool(images(20)), replace(QUICK, patience=100))
    change = np.array(rises)
    error = float(np.std(change, ddof=1)) / 2
    assert (change.mean() > error) == (kept == "first")
    assert (curve.best == 0, curve.best == len(curve.checks) - 1) == (kept == "first", kept == "last")
    assert same(weights(student), before) == (kept == "first")
    assert curve.gain.value == pytest.approx(0 if kept == "first" else change.mean(), abs=1e-6)


def test_it_learns() -> None:
    student, teacher = nearly()
    curve = train(student, teacher, Pool(images(24)), replace(QUICK, passes=12, learning_rate=0.05, patience=100))
    first, best = curve.checks[0].loss, curve.checks[curve.best].loss
    assert best.value < 0.8 * first.value
    assert curve.gain.high < 0
    assert curve.gain.value == pytest.approx(best.value - first.value)
    assert best.value == min(check.loss.value for check in curve.checks)
    assert curve.checks[-1].step == curve.steps == 12 * 5


def test_the_rate_by_trial_is_twice_the_one_that_lowers_the_loss_most() -> None:
    value = nn.Parameter(torch.tensor([1.0, 1.0]))
    value.grad = torch.tensor([3.0, 0.5])
    found = rates.by_trial(
        [value], lambda: (value.detach() - 1 + 4e-4).square().sum() + (value.detach()[0] > 0.995) * 0
    )
    assert value.tolist() == [1.0, 1.0]
    assert found == pytest.approx(2 * 10**-3.5)
    assert rates.by_trial([value], lambda: torch.tensor(float("nan"))) > 0


def test_minutes_end_it() -> None:
    student, teacher = pair()
    curve = train(student, teacher, Pool(images(20)), replace(QUICK, minutes=0.5 / 60, passes=None, patience=99))
    assert 0.5 <= curve.seconds < 5
    assert curve.ended == "It had the time that it was given."


class Killed(BaseException):
    pass


def killed(*_: object, **__: object) -> None:
    raise Killed


def kill_at(check: int) -> Callable[[Curve], None]:
    def kill(curve: Curve) -> None:
        if len(curve.checks) == check:
            raise Killed

    return kill


@pytest.mark.parametrize("interrupted", [False, True])
def test_what_came_before_takes_nothing_from_the_schedule(
    interrupted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time that repairs took is over: looks and rates are spread over what is left, as over the whole, in a
    training that goes on as well."""
    ticks = count()
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    monkeypatch.setattr(loop, "KEPT_SECONDS", 0.0)
    student, teacher = pair()
    settings = replace(QUICK, minutes=1000 / 60, passes=None, learning_rate=1e-6, patience=99)

    def run(on_check: Callable[[Curve], None] = lambda _: None) -> Curve:
        pool, path = Pool(images(10)), tmp_path / "kept"
        return train(student, teacher, pool, settings, checkpoint=path, spent=600.0, on_check=on_check)

    if interrupted:
        with pytest.raises(Killed):
            run(kill_at(12))
    curve = run()
    between = np.diff([check.step for check in curve.checks])
    assert len(curve.checks) == loop.CHECKS + 1
    assert min(between) >= max(between) - 1
    assert curve.seconds == pytest.approx(1000, abs=10)


@pytest.mark.parametrize("weighed", ["full", "low-rank"])
def test_one_that_goes_on_ends_in_the_same_bits(weighed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(aims, "VIEWS", 2)
    settings, pool = replace(QUICK, weights=weighed, rank=2, passes=4), Pool(images(20))
    whole, teacher = pair()
    parts = [copy.deepcopy(whole) for _ in range(5)]
    expected = train(whole, teacher, pool, settings, identity="it")
    path = tmp_path / "kept"
    for check, part in zip((4, 9), parts, strict=False):
        with pytest.raises(Killed):
            train(part, teacher, pool, settings, identity="it", checkpoint=path, on_check=kill_at(check))
        assert [file.name for file in tmp_path.iterdir()] == ["kept"]
    found = train(parts[-1], teacher, pool, settings, identity="it", checkpoint=path)
    assert same(weights(whole), weights(parts[-1]))
    np.testing.assert_array_equal(found.losses, expected.losses)
    assert [(c.step, c.loss, c.agreement) for c in found.checks] == [
        (c.step, c.loss, c.agreement) for c in expected.checks
    ]
    assert (found.best, found.gain) == (expected.best, expected.gain)
    monkeypatch.setattr(loop._Run, "ended", killed)
    with pytest.raises(Killed):  # after its last checkpoint
        train(parts[2], teacher, pool, settings, identity="it", checkpoint=path)
    monkeypatch.undo()
    monkeypatch.setattr(aims, "VIEWS", 2)
    found = train(parts[3], teacher, pool, settings, identity="it", checkpoint=path)
    assert (found.best, found.gain, found.steps) == (expected.best, expected.gain, expected.steps)
    assert same(weights(whole), weights(parts[3]))
    monkeypatch.setattr(loop, "KEPT_SECONDS", 0.0)
    with pytest.raises(Killed):
        train(parts[0], teacher, pool, settings, identity="it", checkpoint=path, on_check=kill_at(4))
    other = replace(settings, seed=1)
    for wrong, about in ((settings, "another"), (other, "it")):
        with pytest.raises(ArgumentInvalid, match="another model"):
            train(parts[0], teacher, pool, wrong, identity=about, checkpoint=path)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    student, teacher = pair()
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ArgumentInvalid, match="no unfinished training"):
        train(student, teacher, Pool(images(8)), QUICK, checkpoint=path)
    assert all(not hasattr(module, "parametrizations") for module in student.modules())


def stop_after(job: Job, checks: int) -> Callable[[Curve], None]:
    return lambda curve: job.stop.set() if len(curve.checks) == checks else None


def test_a_cancel_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "KEPT_SECONDS", 0.0)
    (student, teacher), job = pair(), Job()
    pool = Pool(images(20))
    with pytest.raises(Cancelled):
        train(student, teacher, pool, QUICK, checkpoint=tmp_path / "kept", job=job, on_check=stop_after(job, 5))
    assert not list(tmp_path.iterdir())
    assert len(pool.taken) < 30, "it went on after the cancel"


def test_what_was_reached_is_kept_on_request() -> None:
    (student, teacher), job = nearly(), Job()
    settings = replace(QUICK, passes=12, learning_rate=0.05, patience=100)
    curve = train(
        student, teacher, Pool(images(24)), settings, job=job, keep_stopped=True, on_check=stop_after(job, 20)
    )
    assert curve.ended == "It was stopped."
    assert len(curve.checks) == 20
    assert curve.gain.high < 0
    before = plain_loss(nearly()[0], teacher, images(8), images(8, seed=3), settings).mean()
    assert plain_loss(student, teacher, images(8), images(8, seed=3), settings).mean() < before


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": None, "passes": None},
        {"minutes": -1.0},
        {"passes": 0},
        {"weights": "some"},
        {"learning_rate": 0.0},
        {"held_out": 1.0},
        {"crop": 0.0},
        {"labels": -1.0},
        {"patience": 0},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any]) -> None:
    student, teacher = pair()
    with pytest.raises(ArgumentInvalid):
        train(student, teacher, Pool(images(4)), replace(QUICK, **wrong))


def test_one_image_is_not_enough() -> None:
    student, teacher = pair()
    with pytest.raises(DatasetEmpty):
        train(student, teacher, Pool(images(1)), QUICK)


def test_a_loss_without_bounds_is_named() -> None:
    student, teacher = pair()
    pixels = images(8)
    pixels[apart(8, QUICK)[0]] = math.inf
    with pytest.raises(ModelNotFinite, match="infinite"):
        train(student, teacher, Pool(pixels), QUICK)


class Pooled(nn.Module):
    """The mean colour of an image, in other channels: no linear layer."""

    num_classes = 0

    def __init__(self) -> None:
        super().__init__()
        self.mixed = nn.Conv2d(3, 4, 1)

    def forward_features(self, pixels: Tensor) -> Tensor:
        return self.mixed(pixels)

    def forward_head(self, features: Tensor, pre_logits: bool = False) -> Tensor:
        return features.mean((2, 3))


def test_a_model_without_linear_layers_is_named() -> None:
    with pytest.raises(ModelUnsupported, match="no linear layers"):
        train(Pooled(), Pooled(), Pool(images(8)), QUICK)


def test_a_model_without_a_head_learns_its_features() -> None:
    teacher = build("no head")
    student = apply(PruningPlan.of(describe(teacher), {"blocks.0.mlp": "remove"}), teacher)
    curve = train(student, teacher, Pool(images(16)), replace(QUICK, learning_rate=None, features=0.0))
    assert curve.checks[0].agreement is None
    assert curve.gain.value < 0


# Views ---------------------------------------------------------------------------------------------------------------


def test_a_view_is_a_crop_that_the_image_and_the_pass_decide_alone() -> None:
    across = torch.linspace(-1, 1, 65)[None, :].expand(65, 65)
    ramps = torch.stack([across, across.T, torch.ones(65, 65)])[None].repeat(40, 1, 1, 1)
    settings = TrainingSettings(crop=0.5)
    places = list(range(40))
    views = cropped(ramps, places, settings, 3)
    assert torch.equal(cropped(ramps[7:9], [7, 8], settings, 3), views[7:9])
    assert not torch.equal(cropped(ramps, places, settings, 4), views)
    assert torch.allclose(views[:, 2], torch.ones(()))
    inner = views[:, :, 2:-2, 2:-2]  # at the very edge half a pixel is reflected
    wide, high = inner[:, 0].diff(dim=2), inner[:, 1].diff(dim=1)
    for slopes in (wide, high):
        assert float((slopes - slopes.mean((1, 2), keepdim=True)).abs().max()) < 1e-4, "stretched evenly"
        assert float(slopes.min()) > 0
    shares = [slopes.mean((1, 2)) / (2 / 64) for slopes in (wide, high)]
    area = shares[0] * shares[1]
    assert 0.45 < float(area.min()) < 0.65
    assert 0.9 < float(area.max()) <= 1.01
    mirrored = cropped(ramps, places, replace(settings, mirror=True), 3)
    turned = mirrored[:, 0, :, -1] < mirrored[:, 0, :, 0]
    assert 5 < int(turned.all(1).sum()) < 35


def test_repairs_are_fitted_to_what_is_trained_on_and_to_views_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, chosen = images(30), [2, 3, 5, 7, 11]
    pool = Pool(pixels)
    monkeypatch.setattr(views, "FITTED", 100)
    batches = list(to_fit(pool, chosen, QUICK, 2, Job()))
    assert {index for taken in pool.taken for index in taken} == set(chosen)
    whole = torch.cat(batches)
    assert torch.equal(whole[:5], pixels[chosen])
    assert len(whole) == 100
    assert len({tuple(view.flatten()[:50].tolist()) for view in whole}) == 100, "no view comes twice"


# The verb ------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def few_views(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "FITTED", 64)


@pytest.fixture(scope="module")
def sample() -> Any:
    return workflow.open_model("sample")


SITES = {"blocks.1.attn": "linear", "blocks.3.mlp": "linear", "blocks.5.attn": "remove"}


def test_a_recovered_folder_opens_with_what_was_trained(sample: Any, tmp_path: Path) -> None:
    plan = PruningPlan.of(sample.architecture, SITES)
    given, test = (
        workflow.open_images("sample", sample, purpose=purpose, images=24) for purpose in ("calibration", "test")
    )
    told: list[Curve] = []
    asked = replace(QUICK, passes=2, batch_size=8)
    compute = Compute(threads=1, batch_size=8)
    out = tmp_path / "out"
    found = recovery.recover(sample, plan, given, out, settings=asked, test=test, compute=compute, on_curve=told.append)
    assert found.folder == out
    assert [file.name for file in tmp_path.iterdir()] == ["out"]
    opened = open_model(str(out))
    assert opened.reference.weights_sha256 == found.training.weights_sha256
    assert opened.plan == {**SITES}
    batch = next(test.batches(24, Job()))
    with torch.no_grad():
        said = opened.module(batch).argmax(-1)
    assert found.training.evaluation is not None
    np.testing.assert_array_equal(said.numpy(), found.training.evaluation.predictions)
    assert told[-1].checks == found.training.curve.checks
    recipe = json.loads((out / "recipe.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert recipe["training"]["steps"] == found.training.curve.steps == 6
    assert recipe["training"]["settings"]["passes"] == 2
    readme = (out / "README.md").read_text("utf-8")
    assert "## Trained" in readme
    assert "Against the untrained model" in readme
    assert "| Folder | `model.safetensors` |" in readme, "proved like every export"
    assert found.gained is not None
    assert found.left is not None
    hits = [e.per_image["top1"].mean() for e in (found.untrained, found.training.evaluation, found.dense) if e]
    assert found.gained.main.difference.value == pytest.approx(hits[1] - hits[0])
    assert found.left.main.difference.value == pytest.approx(hits[1] - hits[2])

    session = workflow.new_session(sample).with_training(found.training)
    sessions.save(session, tmp_path / "a.vitprune.h5")
    [again] = sessions.load(tmp_path / "a.vitprune.h5").trainings
    assert not difference(again.curve, found.training.curve, "curve")
    assert not difference(again.evaluation, found.training.evaluation, "evaluation")
    with pytest.raises(SaveFailed, match="not empty"):
        recovery.recover(sample, plan, given, out, settings=asked)


def test_a_stopped_verb_writes_what_was_reached_or_nothing(sample: Any, tmp_path: Path) -> None:
    plan = PruningPlan.of(sample.architecture, SITES)
    given = workflow.open_images("sample", sample, images=16)
    asked = replace(QUICK, passes=20, batch_size=8)
    for keep in (False, True):
        job = Job()
        out = tmp_path / str(keep)
        begin: Callable[[], Any] = lambda job=job, out=out, keep=keep: recovery.recover(  # noqa: E731
            sample,
            plan,
            given,
            out,
            settings=asked,
            test=given,
            keep_stopped=keep,
            job=job,
            on_curve=stop_after(job, 3),
        )
        if keep:
            found = begin()
            assert found.training.evaluation is None
            assert found.training.curve.ended == "It was stopped."
            assert open_model(str(out)).reference.weights_sha256 == found.training.weights_sha256
        else:
            with pytest.raises(Cancelled):
                begin()
    assert [file.name for file in tmp_path.iterdir()] == ["True"]


def test_a_proof_that_fails_loses_no_training(sample: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "TOLERANCE", -1.0)  # nothing is that near
    plan = PruningPlan.of(sample.architecture, SITES)
    given = workflow.open_images("sample", sample, images=16)
    found = recovery.recover(sample, plan, given, tmp_path / "out", settings=replace(QUICK, passes=1))
    assert "It is not proved: rebuild.py and the model in memory differ" in found.training.curve.ended
    assert found.training.curve.ended in (tmp_path / "out" / "README.md").read_text("utf-8")
    assert open_model(str(tmp_path / "out")).reference.weights_sha256 == found.training.weights_sha256


def test_the_command_line(sample: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, test = tmp_path / "plan.json", tmp_path / "test"
    for kind in sorted((Path(str(files("vitprune_resources"))) / "sample" / "test").iterdir()):
        (test / kind.name).mkdir(parents=True)
        shutil.copy(sorted(kind.iterdir())[0], test / kind.name)
    plan.write_text(json.dumps(PruningPlan.of(sample.architecture, SITES).to_json()), "utf-8")
    words = ["recover", "sample", "sample", "--plan", str(plan), "-o", str(tmp_path / "out"), "--test", str(test)]
    words += [
        "--images",
        "16",
        "--passes",
        "1",
        "--minutes",
        "0",
        "--weights",
        "low-rank",
        "--rank",
        "4",
        "--labels",
        "0.5",
    ]
    words += ["--session", str(tmp_path / "run.vitprune.h5"), "--threads", "1", "--json"]
    words += ["--batch-size", "8"]
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["settings"]["weights"] == "low-rank"
    assert answer["settings"]["minutes"] is None
    assert answer["labelled"]
    assert answer["held_out"] == 2
    assert {"dense", "untrained", "trained", "gained", "left"} <= answer.keys()
    assert answer["gained"]["difference"] == pytest.approx(answer["trained"]["top1"] - answer["untrained"]["top1"])
    kept = sessions.load(tmp_path / "run.vitprune.h5")
    assert [training.weights_sha256 for training in kept.trainings] == [answer["weights_sha256"]]
    assert len(kept.evaluations) == 2
    assert kept.log[-1].what.startswith("vitprune recover sample")
