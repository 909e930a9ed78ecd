"""Angles and CKA between block boundaries, against plain loops and streams that are made up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import timm
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.core.plain_loop import streams
from tests.core.small_models import build, images
from vitprune import score
from vitprune.capture import Stream
from vitprune.cka import linear_cka
from vitprune.metrics import features as features_module
from vitprune.metrics import resolve
from vitprune.metrics.accumulators import BoundaryCosines, Selections
from vitprune.metrics.features import BoundaryFeatures
from vitprune.scores import Boundaries

IMAGES = 70


def angle(x: Tensor, y: Tensor) -> Tensor:
    """Over pi, from the lengths of the sum and the difference of unit vectors: no arccos."""
    a, b = (v.double() / v.double().norm(dim=-1, keepdim=True) for v in (x, y))
    return 2 * torch.atan2((a - b).norm(dim=-1), (a + b).norm(dim=-1)) / math.pi


@pytest.mark.parametrize(("name", "prefix"), [("vit", 1), ("layer scale, registers", 5), ("qk norm, average pool", 0)])
@torch.no_grad()
def test_angles_and_cka_equal_a_plain_loop(name: str, prefix: int) -> None:
    model, batch = build(name), images(IMAGES)
    states = [torch.cat(state) for state in zip(*(streams(model, image)[1] for image in batch), strict=True)]
    found = score(model, batch.split(23))
    pooled = {"cls": lambda x: x[:, 0], "mean_patch": lambda x: x[:, prefix:].mean(1), "mean": lambda x: x.mean(1)}
    names = ["all", "cls", "mean_patch"] if prefix else ["all", "mean_patch"]
    assert list(found.angles) == names
    assert list(found.cka) == (["mean", "cls"] if prefix else ["mean"])
    for table, got in found.angles.items():
        assert got.labels == ("input", "blocks.0", "blocks.1", "blocks.2")
        for i, x in enumerate(states):
            for j, y in enumerate(states):
                values = angle(x, y).mean(1) if table == "all" else angle(pooled[table](x), pooled[table](y))
                assert got.mean[i, j] == pytest.approx(values.mean().item(), abs=2e-6)
                error = values.std().item() / math.sqrt(IMAGES)
                assert got.standard_error[i, j] == pytest.approx(error, abs=2e-6)
        assert (np.diagonal(got.mean) == 0).sum() >= 3
    for table, got in found.cka.items():
        mean, error = linear_cka([pooled[table](x).double().numpy() for x in states])
        np.testing.assert_allclose(got.mean, mean, rtol=0, atol=1e-5)
        np.testing.assert_allclose(got.standard_error, error, rtol=0, atol=1e-5)
        assert got.images is None
    if prefix:  # before the first block the class token knows of no image
        assert np.isnan(found.cka["cls"].mean[0]).all()
        assert np.isfinite(found.cka["cls"].mean[1:, 1:]).all()


def test_angles_of_the_blocks_are_their_angular_scores() -> None:
    found = score(build("vit"), images(9).split(4), ("angular",))
    for block in range(3):
        expected = found.angles["all"].mean[block, block + 1]
        assert found["angular"][f"blocks.{block}"].mean == pytest.approx(expected, abs=1e-6)


def test_cka_reaches_across_stages_angles_do_not() -> None:
    arguments = {"img_size": 32, "embed_dim": 24, "depths": (2, 1), "num_classes": 10}
    model = timm.create_model("swin_tiny_patch4_window7_224", **arguments).eval()
    found = score(model, images(66).split(30))
    assert found.boundaries is not None
    assert np.isfinite(found.cka["mean"].mean).all()
    assert np.isfinite(found.cka["mean"].standard_error).all()
    within = np.isfinite(found.angles["all"].mean)
    assert within[:3, :3].all()
    assert not within[3, :3].any()
    np.testing.assert_array_equal(within, np.isfinite(found.boundaries.mean))
    np.testing.assert_array_equal(within, np.isfinite(found.angles["mean_patch"].mean))
    assert "cls" not in found.angles
    assert found.cka.keys() == {"mean"}


def test_a_stream_that_is_no_number_spoils_only_what_it_enters() -> None:
    model = build("vit")
    with torch.no_grad():
        model.get_parameter("blocks.2.mlp.fc2.bias").fill_(math.nan)
    found = score(model, [images(40)])
    for table in (*found.angles.values(), found.cka["mean"]):
        assert np.isnan(table.mean[3]).all()
        assert np.isnan(table.mean[:, 3]).all()
        assert np.isfinite(table.mean[:3, :3]).all()


# Streams that are made up ---------------------------------------------------------------------------------------------

PREFIXES = {"a": 1, "b": 1, "c": 0, "d": 2}
SHAPES = {"input": (5, 6), "a": (5, 6), "b": (5, 6), "before c": (4, 8), "c": (4, 8), "d": (7, 8)}  # tokens, width


def made_up(count: int, seed: int = 0) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(count, *shape, generator=generator) for name, shape in SHAPES.items()}


Watchers = tuple[BoundaryCosines, BoundaryFeatures]


def watch(states: dict[str, Tensor], sizes: Sequence[int]) -> Watchers:
    """A pass over these images in batches of these sizes. Block c begins a stage, d adds tokens to what it reads."""
    selections = Selections(("all", "cls", "patch"), PREFIXES, "cls")
    watchers = BoundaryCosines(4, selections, resolve(["all"])), BoundaryFeatures(4, selections)
    for batch in zip(*(values.split(list(sizes)) for values in states.values()), strict=True):
        of_name = {name: Stream(values, values) for name, values in zip(states, batch, strict=True)}
        for watcher in watchers:
            watcher.enter("a", of_name["input"])
            watcher.block("a", of_name["a"])
            watcher.block("b", of_name["b"])
            watcher.enter("c", of_name["before c"])
            watcher.block("c", of_name["c"])
            watcher.block("d", of_name["d"])
            watcher.end_batch()
    return watchers


def tables(watchers: Watchers) -> dict[str, Boundaries]:
    cosines, features = watchers
    angles, cka = features.finish()
    named = {f"angles {name}": table for name, table in angles.items()} | {f"cka {n}": t for n, t in cka.items()}
    return {"cosine": cosines.finish(), "angles all": cosines.angles()} | named


def assert_same(one: Watchers, other: Watchers) -> None:
    first, second = tables(one), tables(other)
    assert first.keys() == second.keys()
    for name, table in first.items():
        assert (table.labels, table.images) == (second[name].labels, second[name].images)
        # An angle near 0 doubles the digits that are lost: what is compared is far from there.
        np.testing.assert_allclose(table.mean, second[name].mean, rtol=0, atol=1e-6, err_msg=name)
        np.testing.assert_allclose(table.standard_error, second[name].standard_error, rtol=0, atol=1e-6, err_msg=name)
    mine, others = one[0].scores(), other[0].scores()
    assert {name: list(sites) for name, sites in mine.items()} == {name: list(sites) for name, sites in others.items()}
    for name, sites in mine.items():
        for site, value in sites.items():
            np.testing.assert_allclose(value.per_image, others[name][site].per_image, rtol=1e-5, atol=1e-6)


@st.composite
def cuts(draw: st.DrawFn, count: int) -> list[int]:
    """Sizes that add up to the count."""
    at = sorted(draw(st.sets(st.integers(1, count - 1), max_size=6)))
    return [b - a for a, b in zip([0, *at], [*at, count], strict=True)]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_neither_batches_nor_shards_change_anything(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 100))
    states = made_up(count)
    whole = watch(states, [count])
    assert_same(whole, watch(states, data.draw(cuts(count))))
    sizes = data.draw(cuts(count))
    parts = [
        watch(dict(zip(states, values, strict=True)), data.draw(cuts(size)) if size > 1 else [size])
        for size, values in zip(sizes, zip(*(v.split(sizes) for v in states.values()), strict=True), strict=True)
    ]
    first, *others = parts
    for other in others:
        for mine, theirs in zip(first, other, strict=True):
            mine.merge(theirs)  # type: ignore[arg-type]
    assert_same(whole, first)


def test_boundaries_that_cannot_be_compared_are_not_numbers() -> None:
    states = made_up(40)
    found = tables(watch(states, [40]))
    assert found["cosine"].labels == ("input", "a", "b", "c", "d")
    same_shape = [[0, 1, 2], [3], [4]]
    same_width = [[0, 1, 2], [3, 4]]
    with_class_token = [[0, 1, 2], [4]]
    for name, groups in (
        ("cosine", same_shape),
        ("angles all", same_shape),
        ("angles mean_patch", same_width),
        ("angles cls", with_class_token),
        ("cka mean", [[0, 1, 2, 3, 4]]),
        ("cka cls", [[0, 1, 2, 4]]),
    ):
        expected = np.zeros((5, 5), bool)
        for group in groups:
            expected[np.ix_(group, group)] = True
        np.testing.assert_array_equal(np.isfinite(found[name].mean), expected, err_msg=name)
    cosines, _ = watch(states, [40])
    assert {name: list(sites) for name, sites in cosines.scores().items() if name.startswith("angular")} == {
        "angular": ["a", "b", "c"],
        "angular@cls": ["a", "b"],
        "angular@patch": ["a", "b", "c"],
    }


def test_of_many_images_every_second_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features_module, "LIMIT", 80)
    states = made_up(300)
    found = watch(states, [300])
    assert_same(found, watch(states, [7, 90, 1, 2, 100, 100]))
    cka = tables(found)["cka mean"]
    assert cka.images == 75
    expected, error = linear_cka([states[name][::4].mean(1).numpy() for name in ("input", "a", "b", "c", "d")])
    np.testing.assert_allclose(cka.mean, expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(cka.standard_error, error, rtol=0, atol=1e-5)
    half, rest = (
        watch({n: v[:200] for n, v in states.items()}, [200]),
        watch({n: v[200:] for n, v in states.items()}, [100]),
    )
    half[1].merge(rest[1])
    merged = half[1].finish()[1]["mean"]
    assert merged.images is not None
    assert 75 <= merged.images <= 80
