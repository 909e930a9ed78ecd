"""Scores against a straightforward loop over the model's own modules."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any, cast

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from plain_loop import streams
from small_models import MODELS, build, hooks_of, images
from torch import Tensor, nn

from vitprune import score
from vitprune.capture import watching
from vitprune.errors import ArgumentInvalid, DatasetEmpty, ModelUnsupported
from vitprune.jobs import Cancelled, Job
from vitprune.metrics import Lengths, resolve
from vitprune.metrics.accumulators import BoundaryCosines, BranchScores, Selections, TokenRecorder, cosine_of_lengths
from vitprune.scores import table_name

IMAGES = 20
SITES = [f"blocks.{block}.{branch}" for block in range(3) for branch in ("attn", "mlp")]


@torch.no_grad()
def naive(model: nn.Module, batch: Tensor) -> dict[str, dict[str, list[float]]]:
    names = "cosine", "norm_ratio", "block_influence", "angular", "relative_error"
    table: dict[str, dict[str, list[float]]] = {name: {} for name in names}
    for image in batch:
        for site, (x, y) in streams(model, image)[0].items():
            x, y = x.double(), y.double()
            cosines = F.cosine_similarity(x, y, dim=-1)
            cosine = cosines.mean().item()
            ratio = ((y - x).norm(dim=-1) / x.norm(dim=-1)).mean().item()
            table["cosine"].setdefault(site, []).append(cosine)
            table["angular"].setdefault(site, []).append(cosines.arccos().mean().item() / math.pi)
            table["relative_error"].setdefault(site, []).append(float((y - x).norm() ** 2 / y.norm() ** 2))
            if not site.endswith(("attn", "mlp")):
                table["block_influence"].setdefault(site, []).append(1 - cosine)
            else:
                table["norm_ratio"].setdefault(site, []).append(ratio)
    return table


@pytest.mark.parametrize("name", MODELS)
def test_scores_equal_a_plain_loop(name: str) -> None:
    model, batch = build(name), images(IMAGES)
    expected = naive(model, batch)
    found = score(model, batch.split(7), ("all",))
    assert found.images == IMAGES
    assert {metric: set(table) for metric, table in found.items()} == {m: set(t) for m, t in expected.items()}
    for metric, table in expected.items():
        for site, values in table.items():
            np.testing.assert_allclose(found[metric][site].per_image, values, rtol=2e-5, atol=1e-6)
            assert found[metric][site].mean == pytest.approx(np.mean(values), rel=1e-5, abs=1e-6)
            error = np.std(values, ddof=1) / np.sqrt(IMAGES)
            assert found[metric][site].standard_error == pytest.approx(error, rel=1e-3, abs=1e-7)


@torch.no_grad()
def test_every_metric_over_every_selection_of_tokens_equals_a_plain_loop() -> None:
    model, batch = build("layer scale, registers"), images(6)
    tokens = {"all": slice(None), "cls": slice(0, 1), "patch": slice(5, None), "pooled": slice(0, 1)}
    found = score(model, batch.split(4), ("all",), tokens=tuple(tokens))
    assert len(found) == 4 * 5
    for n, image in enumerate(batch):
        for site, (x, y) in streams(model, image)[0].items():
            for name, chosen in tokens.items():
                a, b = x[0, chosen].double(), y[0, chosen].double()
                cosines = F.cosine_similarity(a, b, dim=-1)
                expected = {
                    "cosine": cosines.mean(),
                    "angular": (cosines.arccos() / math.pi).mean(),
                    "relative_error": (a - b).square().sum() / b.square().sum(),
                }
                if site.count(".") == 1:
                    expected["block_influence"] = (1 - cosines).mean()
                else:
                    expected["norm_ratio"] = ((b - a).norm(dim=-1) / a.norm(dim=-1)).mean()
                for metric, value in expected.items():
                    got = found[table_name(metric, name)][site].per_image[n]
                    assert got == pytest.approx(value.item(), rel=2e-5, abs=1e-6), (metric, name, site)


def test_an_angle_is_exact_where_the_branch_adds_next_to_nothing() -> None:
    """Where the arccos of a cosine in float32 would be rounding alone."""
    generator = torch.Generator().manual_seed(0)
    x, f = torch.randn(2, 3, 50, 64, generator=generator)
    for size in (1e-3, 1e-5):
        lengths = (t.norm(dim=-1).double() for t in (x, size * f, x + size * f))
        before, added, after = lengths
        cosine = cosine_of_lengths(before, added, after)
        got = resolve(["angular"])[0].value(Lengths(before, added, after, cosine)).mean()
        a, b = x.double(), (x + size * f).double()
        right = b - a * ((a * b).sum(-1) / (a * a).sum(-1))[..., None]  # what of b stands at right angles to a
        expected = (right.norm(dim=-1) / b.norm(dim=-1)).arcsin().mean() / math.pi
        assert got.item() == pytest.approx(expected.item(), rel=0.02)


def test_ranks_follow_the_metric() -> None:
    found = score(build("vit"), [images(12)], ("cosine", "angular"))
    branches = [site for site in found["cosine"] if site in SITES]
    for table, sign in (("cosine", -1), ("angular", 1)):
        ranks = found.ranks(table, branches, k=2)
        means = [sign * found[table][site].mean for site in branches]
        assert ranks.rank.tolist() == [1 + sum(other < own for other in means) for own in means]
        assert ranks.among.sum() == pytest.approx(2)
        assert ((ranks.low <= ranks.rank) & (ranks.rank <= ranks.high)).all()
    assert len(found.ranks("cosine").rank) == len(found["cosine"])
    with pytest.raises(KeyError):
        found.ranks("norm_ratio")


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_batch_size_changes_nothing(size: int) -> None:
    model, batch = build("vit"), images(IMAGES)
    whole = score(model, [batch], ("all",))
    found = score(model, batch.split(size), ("all",))
    for metric in whole:
        for site in whole[metric]:
            np.testing.assert_allclose(found[metric][site].per_image, whole[metric][site].per_image, atol=1e-6)
    assert whole.boundaries is not None
    assert found.boundaries is not None
    np.testing.assert_allclose(found.boundaries.mean, whole.boundaries.mean, atol=1e-6)


def test_the_order_of_the_images_changes_no_mean() -> None:
    model, batch = build("layer scale, registers"), images(IMAGES)
    order = torch.randperm(IMAGES, generator=torch.Generator().manual_seed(3))
    plain, shuffled = score(model, [batch]), score(model, batch[order].split(3))
    for site, value in plain["cosine"].items():
        assert shuffled["cosine"][site].mean == pytest.approx(value.mean, abs=1e-6)
        np.testing.assert_allclose(shuffled["cosine"][site].per_image, value.per_image[order], atol=1e-6)


@torch.no_grad()
def test_boundaries_equal_all_pairs() -> None:
    model, batch = build("vit"), images(IMAGES)
    expected = np.zeros((IMAGES, 4, 4))
    for n, image in enumerate(batch):
        states = streams(model, image)[1]
        for i, x in enumerate(states):
            for j, y in enumerate(states):
                expected[n, i, j] = F.cosine_similarity(x.double(), y.double(), dim=-1).mean()
    found = score(model, batch.split(6), ("all",)).boundaries
    assert found is not None
    assert found.labels == ("input", "blocks.0", "blocks.1", "blocks.2")
    np.testing.assert_allclose(found.mean, expected.mean(0), atol=1e-6)
    np.testing.assert_allclose(found.standard_error, expected.std(0, ddof=1) / np.sqrt(IMAGES), atol=1e-6)


def accumulate(model: nn.Module, batches: tuple[Tensor, ...]) -> tuple[BranchScores, BoundaryCosines]:
    selections = Selections(("all",), dict.fromkeys([*SITES, "blocks.0", "blocks.1", "blocks.2"], 1), "cls")
    watchers = BranchScores(resolve(["all"]), SITES, selections), BoundaryCosines(3, selections)
    score(model, batches, ("cosine",), observers=watchers)
    return watchers


def test_merged_shards_equal_one_pass() -> None:
    model, batch = build("vit"), images(IMAGES)
    whole, whole_boundaries = accumulate(model, batch.split(5))
    left, left_boundaries = accumulate(model, batch[:9].split(4))
    right, right_boundaries = accumulate(model, batch[9:].split(4))
    left.merge(right)
    left_boundaries.merge(right_boundaries)
    for metric, table in whole.finish().items():
        for site, value in table.items():
            np.testing.assert_allclose(left.finish()[metric][site].per_image, value.per_image, atol=1e-6)
    merged, single = left_boundaries.finish(), whole_boundaries.finish()
    np.testing.assert_allclose(merged.mean, single.mean, atol=1e-7)
    np.testing.assert_allclose(merged.standard_error, single.standard_error, atol=1e-7)


def test_nothing_is_left_behind() -> None:
    model = build("vit").train()
    score(model, [images(2)], ("all",))
    assert hooks_of(model) == 0
    assert model.training


def test_a_cancel_stops_inside_the_forward_and_cleans_up() -> None:
    model = build("vit")
    job = Job()
    calls = []

    def stop(*_: object) -> None:
        calls.append(1)
        job.stop.set()

    handle = model.get_submodule("blocks.0").register_forward_hook(stop)
    with pytest.raises(Cancelled):
        score(model, [images(2), images(2)], job=job)
    handle.remove()
    assert len(calls) == 1
    assert hooks_of(model) == 0


def test_a_site_that_is_not_finite_is_not_a_number() -> None:
    model = build("vit")
    with torch.no_grad():
        cast(Any, model).blocks[2].mlp.fc2.bias.fill_(float("nan"))
    found = score(model, [images(3)])
    assert np.isnan(found["cosine"]["blocks.2.mlp"].mean)
    assert np.isfinite(found["cosine"]["blocks.1.mlp"].mean)


@pytest.mark.parametrize("spread", [1e-4, 0.05, 3.0, 10.0, 60.0, 1e5])
def test_cosines_are_exact_whatever_the_branch_adds(spread: float) -> None:
    """From a branch that is next to nothing to one that drowns the stream."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(8, 50, 384, generator=generator)
    added = spread * torch.randn(8, 50, 384, generator=generator)
    y = x + added
    expected = F.cosine_similarity(x.double(), y.double(), dim=-1)
    sites = ["block.attn", "block.mlp"]
    scores = BranchScores(resolve(["cosine"]), sites, Selections(("all",), dict.fromkeys(sites, 0), ""))
    block = build("vit", depth=1, embed_dim=384, num_heads=6).get_submodule("blocks.0")
    block.get_submodule("drop_path1").register_forward_hook(lambda *_: added)
    model = nn.Sequential(OrderedDict(block=block))
    with torch.no_grad(), watching(model, [scores], Job()):
        model(x)
    scores.end_batch()
    np.testing.assert_allclose(scores.finish()["cosine"]["block.attn"].per_image, expected.mean(1), rtol=0, atol=1e-7)
    if spread <= 10:
        lengths = (tensor.norm(dim=-1).double() for tensor in (x, added, y))
        torch.testing.assert_close(cosine_of_lengths(*lengths), expected, rtol=0, atol=2e-6)


def test_tokens_are_recorded_as_the_stream_after_each_site() -> None:
    model, batch = build("vit"), images(3)
    recorder = TokenRecorder(4)
    score(model, batch.split(2), observers=(recorder,))
    arrays = recorder.finish()
    assert recorder.indices[0] == 0
    assert len(recorder.indices) == 4
    with torch.no_grad():
        for n, image in enumerate(batch):
            for site, (_, after) in streams(model, image)[0].items():
                if site in arrays:
                    kept = after[0, list(recorder.indices)].half().numpy()
                    np.testing.assert_allclose(arrays[site][n], kept, rtol=2e-3, atol=1e-2)
    assert len(arrays) == 6


def test_mistakes_have_names() -> None:
    with pytest.raises(ArgumentInvalid, match="no metric 'entropy'"):
        score(build("vit"), [images(1)], ("entropy",))
    with pytest.raises(DatasetEmpty):
        score(build("vit"), [])
    with pytest.raises(ModelUnsupported):
        score(nn.Conv2d(3, 3, 1), [images(1)])
