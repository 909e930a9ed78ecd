"""Hidden units against the layers of the MLP called by hand; preferred patches against a loop over all of them."""

from __future__ import annotations

import threading
from importlib.resources import files
from typing import Any

import dissected
import numpy as np
import pytest
import small_models
import timm
import torch
import torch.nn.functional as F
from timm.models.vision_transformer import ParallelScalingBlock
from torch import Tensor, nn

from vitprune.description import describe
from vitprune.dissection import neurons, preferred
from vitprune.errors import ArgumentInvalid, ModelUnsupported
from vitprune.images import ImageSet, open_images
from vitprune.jobs import Cancelled, Job
from vitprune.plan import PruningPlan
from vitprune.surgery import apply

MEAN, STD = np.array((0.5, 0.4, 0.3)), np.array((0.2, 0.3, 0.4))


@pytest.fixture(scope="module")
def images() -> ImageSet:
    config = {"input_size": (3, 32, 32), "mean": tuple(MEAN), "std": tuple(STD), "crop_pct": 1.0}
    return open_images(str(files("vitprune_resources") / "sample" / "test"), config, images=30, seed=1)


def given_to(model: nn.Module, part: str, image: Tensor) -> Tensor:
    kept: list[Tensor] = []
    handle = model.get_submodule(part).register_forward_pre_hook(lambda _, given: kept.append(given[0]))
    with torch.no_grad():
        model(image)
    handle.remove()
    return kept[0].flatten(0, -2)


def plain(mlp: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    return mlp.fc1(x), F.gelu(mlp.fc1(x))


def swiglu(mlp: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    return mlp.fc1_g(x), F.silu(mlp.fc1_g(x)) * mlp.fc1_x(x)


def packed(mlp: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    gate, value = mlp.fc1(x).chunk(2, -1)
    return gate, F.silu(gate) * value


def of_gemma(mlp: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    gate = mlp.gate_proj(x)
    return gate, F.gelu(gate, approximate="tanh") * mlp.up_proj(x)


@pytest.mark.parametrize(
    ("name", "site", "kind", "by_hand"),
    [
        ("class token", "blocks.1.mlp", "GELU", plain),
        ("attention pool", "attn_pool.mlp", "GELU", plain),
        ("registers", "blocks.2.mlp", "GELU", plain),
        ("Swin", "layers.1.blocks.1.mlp", "GELU", plain),
        ("CaiT", "blocks_token_only.1.mlp", "GELU", plain),
        ("SwiGLU", "blocks.1.mlp", "SiLU", swiglu),
        ("EVA", "blocks.1.mlp", "SiLU", packed),
        ("Gemma", "encoder.blocks.1.mlp", "GELU", of_gemma),
        ("SwiGLU, packed", "blocks.1.mlp", "SiLU", packed),
    ],
)
def test_units_are_those_of_the_layers_by_hand(name: str, site: str, kind: str, by_hand: Any) -> None:
    model, image = dissected.build(name), dissected.image(name)
    found = neurons(model, image, site)
    with torch.no_grad():
        before, after = by_hand(model.get_submodule(site), given_to(model, site, image))
    assert np.allclose(found.before, before, rtol=1e-4, atol=1e-5)
    assert np.allclose(found.after, after, rtol=1e-4, atol=1e-5)
    assert found.kind == kind
    assert found.gated == (by_hand is not plain)
    assert len(found.tokens) == len(found.before)
    assert found.share.value == pytest.approx(float((after > 0.05 * after.max()).double().mean()), abs=1e-6)
    assert small_models.hooks_of(model) == 0


def test_branches_side_by_side_share_the_layers_of_their_block() -> None:
    arguments: dict[str, Any] = dissected.SMALL | {"block_fn": ParallelScalingBlock}
    model = timm.create_model("vit_tiny_patch16_224", **arguments).eval()
    image = dissected.image("class token")
    found = neurons(model, image, "blocks.1.mlp")
    assert found.kind == "GELU"
    with torch.no_grad():
        into = given_to(model, "blocks.1.mlp_act", image)
    assert np.allclose(found.before, into, atol=1e-6)
    assert np.allclose(found.after, F.gelu(into), atol=1e-6)


def test_a_layer_without_units_says_so() -> None:
    model, image = dissected.build("class token"), dissected.image("class token")
    cut = apply(PruningPlan.of(describe(model), {"blocks.1.mlp": "remove"}), model)
    for broken, site in ((cut, "blocks.1.mlp"), (model, "blocks.1.attn"), (model, "nowhere")):
        with pytest.raises(ModelUnsupported):
            neurons(broken, image, site)


@pytest.mark.parametrize("name", ["class token", "EVA"])
def test_preferred_patches_are_those_of_a_loop(name: str, images: ImageSet) -> None:
    model, units = dissected.build(name), [3, 0, 17]
    found = preferred(model, images, "blocks.1.mlp", units, count=4)
    assert found.n == 30
    assert found.crops.shape == (3, 4, 24, 24, 3)
    tensors = list(images.batches(1, Job()))
    each = [neurons(model, one, "blocks.1.mlp").after for one in tensors]
    for row, unit in enumerate(units):
        best = sorted(
            ((float(after[token, unit]), image, token) for image, after in enumerate(each) for token in range(1, 17)),
            reverse=True,
        )
        first: dict[int, tuple[float, int]] = {}
        for value, image, token in best:
            first.setdefault(image, (value, token))
        expected = [(value, image, token) for image, (value, token) in first.items()][:4]
        for column, (value, image, token) in enumerate(expected):
            assert found.values[row, column] == pytest.approx(value, rel=1e-4)
            assert (found.images[row, column], found.tokens[row, column]) == (image, token)
            picture = np.round((tensors[image][0].numpy().transpose(1, 2, 0) * STD + MEAN) * 255)
            y, x = divmod(token - 1, 4)
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    crop = found.crops[row, column, 8 * dy + 8 : 8 * dy + 16, 8 * dx + 8 : 8 * dx + 16].astype(float)
                    if 0 <= y + dy < 4 and 0 <= x + dx < 4:
                        patch = picture[8 * (y + dy) : 8 * (y + dy) + 8, 8 * (x + dx) : 8 * (x + dx) + 8]
                        assert np.abs(crop - patch).max() <= 1
                    else:
                        assert (crop == 128).all()


def test_preferred_patches_of_some_images(images: ImageSet) -> None:
    model = dissected.build("class token")
    found = preferred(model, images, "blocks.0.mlp", [1], count=20, most=7)
    assert found.n == found.values.shape[1] == len(set(found.images[0].tolist())) <= 7
    assert found.images.max() > 20, "from the whole set, not from its first classes"
    with pytest.raises(ArgumentInvalid):
        preferred(model, images, "blocks.0.mlp", [100000])


def test_it_can_be_cancelled(images: ImageSet) -> None:
    stop = threading.Event()
    with pytest.raises(Cancelled):
        preferred(
            dissected.build("class token"),
            images,
            "blocks.0.mlp",
            [1],
            job=Job(lambda progress: stop.set() if progress.done else None, stop),
        )
