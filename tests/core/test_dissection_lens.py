"""What the head says at each depth: the last is the model's answer, the others those of models cut off there, and each
token is read as its norm and head read it by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dissected
import numpy as np
import pytest
import small_models
import torch
from torch import Tensor, nn

from vitprune.description import describe
from vitprune.dissection import lens
from vitprune.errors import ModelUnsupported
from vitprune.jobs import Cancelled, Job
from vitprune.plan import PruningPlan
from vitprune.surgery import apply

POOLS = [
    name for name in dissected.MODELS if name not in ("DINOv3", "mixed angles", "SwiGLU", "SwiGLU, packed", "Gemma")
]


def of_a_norm(model: Any, tokens: Tensor) -> Tensor:
    normed = model.norm(tokens)
    return model.head(model.fc_norm(normed) if hasattr(model, "fc_norm") else normed)


def of_two_heads(model: Any, tokens: Tensor) -> Tensor:
    return (model.head(model.norm(tokens)) + model.head_dist(model.norm(tokens))) / 2


def of_a_pool(model: Any, tokens: Tensor) -> Tensor:
    return torch.cat([model.head(model.attn_pool(model.norm(token)[None, None])) for token in tokens])


def of_swin(model: Any, tokens: Tensor) -> Tensor:
    return model.head.fc(model.norm(tokens))


BY_HAND: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "distilled": of_two_heads,
    "attention pool": of_a_pool,
    "Swin": of_swin,
    "PiT": lambda model, tokens: model.head(model.norm(tokens)),
}


def streams(model: nn.Module, blocks: list[str], image: Tensor) -> list[Tensor]:
    """What each of the blocks gives, and before it what the first is given."""
    found: list[Tensor] = []

    def before(_: nn.Module, given: tuple[Any, ...]) -> None:
        found.append(given[0])

    def after(_: nn.Module, __: object, output: Tensor) -> None:
        found.append(output)

    handles = [model.get_submodule(blocks[0]).register_forward_pre_hook(before)]
    handles += [model.get_submodule(path).register_forward_hook(after) for path in blocks]
    with torch.no_grad():
        model(image)
    for handle in handles:
        handle.remove()
    return [stream.reshape(-1, stream.shape[-1]) for stream in found]


@pytest.mark.parametrize("name", POOLS)
def test_the_last_depth_is_the_answer(name: str) -> None:
    model, image = dissected.build(name), dissected.image(name)
    found = lens(model, image)
    with torch.no_grad():
        expected = model(image)[0].numpy()
    assert np.abs(found.logits[-1] - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())
    assert len(found.logits) == len(found.patches) == len(found.probability) == len(found.depths)
    assert found.patches.shape == found.probability.shape == (len(found.depths), len(found.tokens))
    assert not np.allclose(found.logits[0], expected, atol=1e-3), "each depth says something else"


@pytest.mark.parametrize("name", ["class token", "registers", "EVA", "Swin", "CaiT", "XCiT"])
def test_a_depth_is_the_model_cut_off_there(name: str) -> None:
    model, image = dissected.build(name), dissected.image(name)
    found = lens(model, image)
    blocks = [site.id for site in describe(model).blocks]
    for place in range(0 if found.depths[0] else 1, len(found.depths)):  # no plan takes all blocks out
        behind = blocks[len(blocks) - len(found.depths) + 1 + place :]
        cut = apply(PruningPlan.of(describe(model), dict.fromkeys(behind, "remove")), model)
        with torch.no_grad():
            expected = cut(image)[0].numpy()
        assert np.allclose(found.logits[place], expected, atol=1e-5 * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("name", [name for name in POOLS if name not in ("CaiT", "XCiT", "PiT")])
def test_a_token_alone_is_read_by_norm_and_head(name: str) -> None:
    model, image = dissected.build(name), dissected.image(name)
    found = lens(model, image)
    blocks = [site.id for site in describe(model).blocks if site.id != "attn_pool"]
    blocks = [path for path in blocks if path in found.depths[1:]]
    for place, tokens in enumerate(streams(model, blocks, image)):
        with torch.no_grad():
            chances = BY_HAND.get(name, of_a_norm)(model, tokens).softmax(-1).numpy()
        assert np.array_equal(found.patches[place], chances.argmax(-1))
        assert np.allclose(found.probability[place], chances.max(-1), atol=1e-5)


def test_class_attention_has_its_patches_beside_the_class_token() -> None:
    model, image = dissected.build("CaiT"), dissected.image("CaiT")
    found = lens(model, image)
    assert found.tokens.prefix == ("class",)
    assert found.tokens.grid == (4, 4)
    of_patches = streams(model, ["blocks.0", "blocks.1", "blocks.2"], image)
    for place, tokens in enumerate([*of_patches, of_patches[-1], of_patches[-1]]):
        with torch.no_grad():
            everything = of_a_norm(model, tokens).softmax(-1).max(-1).values.numpy()
        assert np.allclose(found.probability[place, 1:], everything, atol=1e-5)
    assert np.ptp(found.logits[:4], axis=0).max() < 1e-5, "a class token that has not attended says the same"


def test_a_head_that_needs_the_whole_stream_is_given_it() -> None:
    model, image = dissected.build("PiT"), dissected.image("PiT")
    found = lens(model, image)
    kept: list[Tensor] = []
    handle = model.get_submodule("transformers.2.blocks.1").register_forward_hook(lambda _, __, out: kept.append(out))
    with torch.no_grad():
        model(image)
        chances = BY_HAND["PiT"](model, kept[0][0]).softmax(-1).numpy()
    handle.remove()
    assert np.allclose(found.probability[-1], chances.max(-1), atol=1e-5)


def test_depths_that_the_head_cannot_read_are_left_out() -> None:
    found = lens(dissected.build("Swin"), dissected.image("Swin"))
    assert found.depths == ("layers.1.blocks.1", "layers.2.blocks.0", "layers.2.blocks.1")
    assert found.tokens.grid == (4, 4)
    assert "layers.1.blocks.1" in found.reason
    assert not lens(dissected.build("EVA"), dissected.image("EVA")).reason


def test_the_model_is_as_it_was() -> None:
    model, image = dissected.build("class token").train(), dissected.image("class token")
    lens(model, image)
    assert model.training
    assert small_models.hooks_of(model) == 0
    assert not any("forward" in vars(part) for part in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_what_was_removed_is_not_there() -> None:
    model, image = dissected.build("class token"), dissected.image("class token")
    cut = apply(PruningPlan.of(describe(model), {"blocks.1": "remove", "blocks.2.attn": "remove"}), model)
    found = lens(cut, image)
    with torch.no_grad():
        assert np.allclose(found.logits[-1], cut(image)[0].numpy(), atol=1e-5)
    assert np.allclose(found.logits[1], found.logits[2]), "a block that is gone adds nothing"


def test_it_says_why_not() -> None:
    with pytest.raises(ModelUnsupported, match="no head"):
        lens(small_models.build("no head"), small_models.images(1))
    job = Job()
    job.stop.set()
    with pytest.raises(Cancelled):
        lens(dissected.build("class token"), dissected.image("class token"), job=job)
