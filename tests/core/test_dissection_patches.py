"""Patches against a product by hand and numpy's singular values; positions against their own formulas."""

from __future__ import annotations

import math
from typing import Any

import dissected
import numpy as np
import pytest
import small_models
import torch

from vitprune.description import describe
from vitprune.dissection import patches, positions
from vitprune.errors import ModelUnsupported
from vitprune.plan import PruningPlan
from vitprune.surgery import apply

CELLS = [(row, column) for row in range(4) for column in range(4)]


@pytest.mark.parametrize("name", ["class token", "registers", "EVA", "BEiT", "CaiT"])
def test_a_patch_is_a_product_with_the_filters(name: str) -> None:
    model, image = dissected.build(name), dissected.image(name)
    found = patches(model, image)
    weight, bias = model.patch_embed.proj.weight.detach().numpy(), model.patch_embed.proj.bias.detach().numpy()
    assert found.size == (8, 8)
    assert found.values == 192
    assert found.width == 48
    assert found.tokens.grid == (4, 4)
    for cell, (row, column) in enumerate(CELLS):
        cut = image[0, :, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8].numpy()
        assert np.allclose(found.embedded[cell], weight.reshape(48, -1) @ cut.ravel() + bias, atol=1e-4)


@pytest.mark.parametrize("name", ["class token", "Swin"])
def test_filters_are_principal_components(name: str) -> None:
    model = dissected.build(name)
    found = patches(model, dissected.image(name))
    weight = model.patch_embed.proj.weight.detach().numpy().astype(np.float64)
    rows = weight.reshape(len(weight), -1)
    rows = rows - rows.mean(0)
    _, lengths, directions = np.linalg.svd(rows)
    count = len(found.filters)
    assert count == min(28, len(weight), rows.shape[1])
    assert np.allclose(found.explained, (lengths**2 / (lengths**2).sum())[:count], atol=1e-5)
    for shown, direction in zip(found.filters, directions, strict=False):
        back = (shown.astype(np.float64) - 0.5).transpose(2, 0, 1).ravel()
        assert abs(back @ direction) / np.linalg.norm(back) == pytest.approx(1, abs=1e-4)
        assert np.abs(back).max() == pytest.approx(0.5)
        assert shown.min() >= 0
        assert shown.max() == pytest.approx(1)


def test_a_stem_of_several_layers_has_no_filters() -> None:
    found = patches(dissected.build("XCiT"), dissected.image("XCiT"))
    assert len(found.filters) == len(found.explained) == 0
    assert found.reason
    assert found.embedded.shape == (16, 48)
    assert found.size == (8, 8)


@pytest.mark.parametrize("name", ["class token", "average", "attention pool", "CaiT"])
def test_learned_vectors_are_compared_as_they_are(name: str) -> None:
    model, image = dissected.build(name), dissected.image(name)
    found = positions(model, image)
    vectors = model.pos_embed[0, -16:].detach().numpy().astype(np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert (found.kind, found.kinds[0], found.site) == ("learned", "learned", "")
    assert np.allclose(found.similarity, unit @ unit.T, atol=1e-4)
    assert found.tokens.grid == (4, 4)
    assert found.angles.size == found.by_head.size == 0


def test_vectors_that_are_added_before_a_norm_are_seen_before_it() -> None:
    model = small_models.build("no head")
    assert not isinstance(model.get_submodule("norm_pre"), torch.nn.Identity)
    found = positions(model, small_models.images(1))
    vectors = model.get_parameter("pos_embed")[0, 1:].detach().numpy().astype(np.float64)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.allclose(found.similarity, unit @ unit.T, atol=1e-4)


def axial(model: Any) -> np.ndarray:
    """EVA-02: the row turns the first half of the pairs, the column the second, by 1 / theta^(i / 4), in units in which
    the grid is as large as that of the pretraining."""
    scale = model.rope.ref_feat_shape[0] / 4 if model.rope.ref_feat_shape else 1.0
    bands = [model.rope.temperature ** -(i / 4) for i in range(4)]
    return np.array([[y * scale * band for band in bands] + [x * scale * band for band in bands] for y, x in CELLS])


def centred(model: Any) -> np.ndarray:
    """DINOv3: full turns of the coordinates from -1 to 1 over the periods theta^(i / 4)."""
    periods = [model.rope.temperature ** (i / 4) for i in range(4)]
    middle = [(i + 0.5) / 4 * 2 - 1 for i in range(4)]
    turns = [[2 * math.pi * middle[i] / period for period in periods] for i in range(4)]
    return np.array([turns[y] + turns[x] for y, x in CELLS])


def mixed(model: Any) -> np.ndarray:
    """RoPE-ViT: each head of each layer turns pairs by learned amounts a column and a row; here those of layer 0."""
    of_x, of_y = model.rope.freqs.detach().numpy().astype(np.float64)[:, 0]  # (heads, pairs)
    return np.array([(x * of_x + y * of_y).ravel() for y, x in CELLS])


def by_axis(model: Any) -> np.ndarray:
    """Gemma 4: the column turns the first half of the pairs, the row the second, by 1 / theta^(i / pairs)."""
    pairs = model.encoder.rotary_emb.head_dim // 4
    bands = [model.encoder.rotary_emb.rope_theta ** -(i / pairs) for i in range(pairs)]
    return np.array([[x * band for band in bands] + [y * band for band in bands] for y, x in CELLS])


@pytest.mark.parametrize(
    ("name", "formula"), [("EVA", axial), ("DINOv3", centred), ("mixed angles", mixed), ("Gemma", by_axis)]
)
def test_angles_follow_from_theta_and_grid(name: str, formula: Any) -> None:
    model, image = dissected.build(name), dissected.image(name)
    site = "encoder.blocks.0.attn" if name == "Gemma" else "blocks.0.attn"
    found = positions(model, image, site)
    expected = formula(model)
    assert (found.kind, found.site) == ("rotary", site)
    assert found.angles.shape == expected.shape
    assert np.allclose(np.exp(1j * found.angles), np.exp(1j * expected), atol=1e-4)
    assert np.abs(found.angles).max() <= math.pi + 1e-5
    for a in range(16):
        kept = np.cos(expected[a] - expected).mean(1)
        assert np.allclose(found.similarity[a], kept, atol=1e-4)


def test_a_model_may_know_in_two_ways() -> None:
    model, image = dissected.build("EVA"), dissected.image("EVA")
    found = positions(model, image)
    assert found.kind == "learned"
    assert found.kinds == ("learned", "rotary")
    assert positions(dissected.build("Gemma"), image).kinds == ("learned", "rotary")
    of_vit = positions(dissected.build("class token"), image, "blocks.1.attn")
    assert (of_vit.kind, of_vit.kinds, of_vit.site) == ("learned", ("learned",), "")


def test_scores_that_are_mixed_between_heads_are_no_positions() -> None:
    found = positions(dissected.build("CaiT"), dissected.image("CaiT"))
    assert found.kinds == ("learned",)


def test_a_bias_of_all_patches_is_that_of_its_table() -> None:
    model, image = dissected.build("BEiT"), dissected.image("BEiT")
    found = positions(model, image, "blocks.1.attn")
    table = model.get_submodule("blocks.1.attn").relative_position_bias_table.detach().numpy()
    assert found.kind == "relative"
    assert found.by_head.shape == (3, 16, 16)
    for a, (row, column) in enumerate(CELLS):
        for b, (other_row, other_column) in enumerate(CELLS):
            expected = table[(row - other_row + 3) * 7 + column - other_column + 3]
            assert np.allclose(found.by_head[:, a, b], expected, atol=1e-4)
            assert found.similarity[a, b] == pytest.approx(expected.mean(), abs=1e-4)


@pytest.mark.parametrize("site", ["layers.0.blocks.0.attn", "layers.0.blocks.1.attn"])
def test_a_bias_within_windows_is_that_of_its_table(site: str) -> None:
    model, image = dissected.build("Swin"), dissected.image("Swin")
    found = positions(model, image, site)
    shift = 2 if site.endswith("1.attn") else 0
    table = model.get_submodule(site).relative_position_bias_table.detach().numpy()
    cells = [(row, column) for row in range(16) for column in range(16)]

    def region(at: int) -> tuple[int, int]:
        """Window along one side, and which part of the image it holds there: the last one joins both ends."""
        rolled = (at - shift) % 16
        return rolled // 4, int(shift > 0 and at < shift)

    assert found.kind == "relative"
    assert found.tokens.grid == (16, 16)
    for a, (row, column) in enumerate(cells):
        for b, (other_row, other_column) in enumerate(cells):
            together = region(row) == region(other_row) and region(column) == region(other_column)
            if together:
                expected = table[(row - other_row + 3) * 7 + column - other_column + 3]
                assert np.allclose(found.by_head[:, a, b], expected, atol=1e-4)
                assert found.similarity[a, b] == pytest.approx(expected.mean(), abs=1e-4)
            else:
                assert np.isnan(found.by_head[:, a, b]).all()
                assert np.isnan(found.similarity[a, b])


def test_nothing_is_called_nothing() -> None:
    model = dissected.build("average")
    torch.nn.init.zeros_(model.pos_embed)
    found = positions(model, dissected.image("average"))
    assert found.kind == "none"
    assert found.reason
    assert found.kinds == ()


def test_a_layer_that_was_removed_is_not_there() -> None:
    model, image = dissected.build("BEiT"), dissected.image("BEiT")
    cut = apply(PruningPlan.of(describe(model), {"blocks.0.attn": "remove"}), model)
    with pytest.raises(ModelUnsupported):
        positions(cut, image, "blocks.0.attn")
    assert positions(cut, image, "blocks.1.attn").kind == "relative"
    for look in (patches, positions):
        look(model, image)
    assert small_models.hooks_of(model) == 0
    assert not any("forward" in vars(part) for part in model.modules())
