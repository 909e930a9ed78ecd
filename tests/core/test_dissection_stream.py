"""The residual stream against a run of its blocks by hand, and likeness against numpy, scipy and `vitprune.cka`."""

from __future__ import annotations

import threading
from importlib.resources import files
from typing import Any

import dissected
import numpy as np
import pytest
import scipy.linalg
import small_models
import torch
import torch.nn.functional as F
from torch import Tensor

from vitprune.cka import linear_cka
from vitprune.description import describe
from vitprune.dissection import layer_pairs, likeness, stream_norms
from vitprune.images import ImageSet, open_images
from vitprune.jobs import Cancelled, Job, Progress
from vitprune.plan import PruningPlan
from vitprune.surgery import apply


@pytest.fixture(scope="module")
def images() -> ImageSet:
    config = {"input_size": (3, 32, 32), "mean": (0.5, 0.4, 0.3), "std": (0.2, 0.3, 0.4), "crop_pct": 1.0}
    return open_images(str(files("vitprune_resources") / "sample" / "test"), config, images=40, seed=1)


@torch.no_grad()
def by_hand(name: str, model: Any, x: Tensor) -> list[tuple[str, Tensor, Tensor]]:
    """Site, stream before it, and what it adds; the stream as the first block is given it is `x`."""
    found: list[tuple[str, Tensor, Tensor]] = []

    def add(site: str, before: Tensor, f: Tensor) -> Tensor:
        found.append((site, before, f))
        return before + f

    if name == "Swin":
        for at, stage in enumerate(model.layers):
            x = stage.downsample(x)
            for i, block in enumerate(stage.blocks):
                x = add(f"layers.{at}.blocks.{i}.attn", x, block._attn(block.norm1(x)))
                x = add(f"layers.{at}.blocks.{i}.mlp", x, block.mlp(block.norm2(x)))
        return found
    for i, block in enumerate(model.blocks):
        if name == "CaiT":
            x = add(f"blocks.{i}.attn", x, block.gamma_1 * block.attn(block.norm1(x)))
            x = add(f"blocks.{i}.mlp", x, block.gamma_2 * block.mlp(block.norm2(x)))
        else:
            x = add(f"blocks.{i}.attn", x, block.ls1(block.attn(block.norm1(x))))
            x = add(f"blocks.{i}.mlp", x, block.ls2(block.mlp(block.norm2(x))))
    if name == "CaiT":
        c = model.cls_token.detach()
        for i, block in enumerate(model.blocks_token_only):
            u = torch.cat((c, x), 1)
            c = add(f"blocks_token_only.{i}.attn", c, block.gamma_1 * block.attn(block.norm1(u)))
            c = add(f"blocks_token_only.{i}.mlp", c, block.gamma_2 * block.mlp(block.norm2(c)))
    return found


def entry(model: Any, image: Tensor) -> Tensor:
    kept: list[Tensor] = []
    first = model.get_submodule(describe(model).blocks[0].id)
    handle = first.register_forward_pre_hook(lambda _, given: kept.append(given[0]))
    with torch.no_grad():
        model(image)
    handle.remove()
    return kept[0]


@pytest.mark.parametrize("name", ["class token", "registers", "Swin", "CaiT"])
def test_lengths_and_cosines_are_those_of_the_blocks_run_by_hand(name: str) -> None:
    model, image = dissected.build(name), dissected.image(name)
    found = stream_norms(model, image)
    expected = by_hand(name, model, entry(model, image))
    assert found.sites == tuple(site for site, _, _ in expected)
    for place, (_, x, f) in enumerate(expected):
        x, f = (rows.reshape(-1, rows.shape[-1]) for rows in (x, f))
        assert np.allclose(found.before[place], x.norm(dim=-1), rtol=1e-4)
        assert np.allclose(found.added[place], f.norm(dim=-1), rtol=1e-4)
        assert np.allclose(found.cosine[place], F.cosine_similarity(x, x + f, dim=-1), atol=1e-5)
        assert len(found.tokens[place]) == len(x)
    assert small_models.hooks_of(model) == 0


def test_streams_of_later_stages_have_other_tokens() -> None:
    found = stream_norms(dissected.build("Swin"), dissected.image("Swin"))
    assert [tokens.grid for tokens in found.tokens[::4]] == [(16, 16), (8, 8), (4, 4)]
    found = stream_norms(dissected.build("CaiT"), dissected.image("CaiT"))
    assert found.tokens[0].class_token is None
    assert found.tokens[-1].prefix == ("class",)


def test_a_branch_that_was_removed_is_not_there() -> None:
    model, image = dissected.build("class token"), dissected.image("class token")
    cut = apply(PruningPlan.of(describe(model), {"blocks.1.attn": "remove", "blocks.2": "remove"}), model)
    assert stream_norms(cut, image).sites == ("blocks.0.attn", "blocks.0.mlp", "blocks.1.mlp")


@pytest.mark.parametrize("name", ["class token", "registers", "Swin"])
def test_rank_and_similarity_are_those_of_numpy(name: str) -> None:
    model, image = dissected.build(name), dissected.image(name)
    found = likeness(model, image)
    streams = [entry(model, image)]
    handles = [
        model.get_submodule(path).register_forward_hook(lambda _, __, output: streams.append(output))
        for path in found.depths[1:]
    ]
    with torch.no_grad():
        model(image)
    for handle in handles:
        handle.remove()
    assert len(streams) == len(found.depths)
    for place, stream in enumerate(streams):
        rows = stream.detach().reshape(-1, stream.shape[-1]).numpy().astype(np.float64)
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        assert np.allclose(found.similarity[place], unit @ unit.T, atol=1e-5)
        patches = len(found.tokens[place].prefix)
        cosines = [float(a @ b) for i, a in enumerate(unit[patches:]) for j, b in enumerate(unit[patches:]) if i != j]
        assert found.mean[place] == pytest.approx(np.mean(cosines), abs=1e-5)
        values = np.asarray(scipy.linalg.svdvals(rows[patches:]))
        share = values / values.sum()
        assert found.rank[place] == pytest.approx(np.exp(-(share * np.log(share)).sum()), rel=1e-4)
        assert found.most[place] == min(rows[patches:].shape)


def test_pairs_of_layers_are_those_of_loops(images: ImageSet) -> None:
    model, image = dissected.build("class token"), dissected.image("class token")
    found = layer_pairs(model, images, image)
    streams: list[list[Tensor]] = []
    with torch.no_grad():
        for one in images.batches(1, Job()):
            row = [model._pos_embed(model.patch_embed(one))]
            for block in model.blocks:
                row.append(block(row[-1]))
            streams.append([stream[0] for stream in row])
        own = [model._pos_embed(model.patch_embed(image))]
        for block in model.blocks:
            own.append(block(own[-1]))
    assert found.n == len(streams) == 40
    assert found.depths == ("", "blocks.0", "blocks.1", "blocks.2")
    features = [torch.stack([row[depth][1:].mean(0) for row in streams]).numpy() for depth in range(4)]
    cka, error = linear_cka(features)
    assert np.allclose(found.cka, cka, atol=1e-4)
    assert np.allclose(found.standard_error, error, atol=1e-4, equal_nan=True)
    for a in range(4):
        for b in range(4):
            each = [F.cosine_similarity(row[a], row[b], dim=-1).mean().item() for row in streams]
            assert found.cosine[a, b] == pytest.approx(np.mean(each), abs=1e-5)
            mine = F.cosine_similarity(own[a][0, 1:], own[b][0, 1:], dim=-1)
            assert np.allclose(found.tokens_cosine[a, b], mine, atol=1e-5)


def test_streams_of_other_shapes_have_no_cosine(images: ImageSet) -> None:
    name = "Swin"
    config = {"input_size": (3, 64, 64), "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
    set_ = open_images(images.reference.source, config, images=8)
    found = layer_pairs(dissected.build(name), set_, dissected.image(name))
    first, last = 0, len(found.depths) - 1
    assert np.isnan(found.cosine[first, last])
    assert np.isfinite(found.cka[first, last])
    assert found.tokens_cosine.shape[-1] == 256
    assert np.isfinite(found.tokens_cosine[last, last]).sum() == 16


def test_it_takes_images_from_the_whole_set_and_can_be_cancelled(images: ImageSet) -> None:
    model, image = dissected.build("class token"), dissected.image("class token")
    assert layer_pairs(model, images, image, most=10).n == 10
    stop = threading.Event()
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if progress.done:
            stop.set()

    with pytest.raises(Cancelled):
        layer_pairs(model, images, image, job=Job(report, stop))
    assert [progress.done for progress in seen] == [0, 16]
    assert small_models.hooks_of(model) == 0
