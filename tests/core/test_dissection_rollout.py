"""Rollout is the published recursion, its gradients are autograd's, and patches are taken away one by one."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.core.families.conformance import build
from tests.core.small_models import hooks_of
from tests.core.test_dissection_attention import SWIN, TINY, image_of
from vitprune import PruningPlan, apply, describe
from vitprune.dissection import attention, rollout
from vitprune.errors import ArgumentInvalid, ModelUnsupported
from vitprune.jobs import Cancelled, Job

VIT = ("vit_tiny_patch16_224", TINY | {"img_size": (24, 40), "patch_size": 8, "depth": 3})
POOLED = ("vit_tiny_patch16_224", TINY | {"img_size": 32, "patch_size": 8, "class_token": False, "global_pool": "avg"})
REGISTERS = ("vit_small_patch14_reg4_dinov2", TINY | {"img_size": 56})
ROTARY = ("eva02_tiny_patch14_224", TINY | {"img_size": 56})


def recursion(steps: list[np.ndarray]) -> list[np.ndarray]:
    """Abnar and Zuidema: A~ = (A + I) / 2, rows normalised; R of a layer is A~ times the R before."""
    found: list[np.ndarray] = []
    for step in steps:
        mixed = 0.5 * step + 0.5 * np.eye(len(step))
        mixed /= mixed.sum(1, keepdims=True)
        found.append(mixed if not found else mixed @ found[-1])
    return found


@pytest.mark.parametrize("model_of", [VIT, REGISTERS, ROTARY, POOLED])
def test_rollout_is_the_published_recursion(model_of: tuple[str, dict[str, Any]]) -> None:
    model: Any = build(*model_of)
    image = image_of(model)
    found = rollout(model, image)
    assert found.sites == tuple(f"blocks.{i}.attn" for i in range(model_of[1]["depth"]))
    assert found.reasons == {}
    steps = [attention(model, image, site).weights.astype(np.float64).mean(0) for site in found.sites]
    prefix = len(found.tokens.prefix)
    asks = slice(0, 1) if model.global_pool == "token" else slice(prefix, None)
    rows = [rolled[asks].mean(0) for rolled in recursion(steps)]
    np.testing.assert_allclose(found.by_layer, rows, atol=1e-6)
    np.testing.assert_allclose(found.rollout.ravel(), rows[-1][prefix:], atol=1e-6)
    np.testing.assert_allclose(found.raw.ravel(), steps[-1][asks].mean(0)[prefix:], atol=1e-6)
    assert found.tokens.grid == found.raw.shape == found.gradient.shape == found.ablated.shape
    assert not any(array.flags.writeable for array in (found.raw, found.rollout, found.gradient, found.by_layer))


def with_weights(model: Any, image: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Logits of a plain ViT written out, and the attention weights of its layers, through which they depend on it."""
    x = model.patch_embed(image)
    x = torch.cat([model.cls_token.expand(1, -1, -1), x], 1) + model.pos_embed
    seen = []
    for block in model.blocks:
        module = block.attn
        qkv = module.qkv(block.norm1(x)).reshape(1, x.shape[1], 3, module.num_heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), -1)
        weights.retain_grad()
        seen.append(weights)
        x = x + module.proj((weights @ v).transpose(1, 2).flatten(2))
        x = x + block.mlp(block.norm2(x))
    return model.head(model.norm(x)[:, 0]), seen


@pytest.mark.parametrize("target", [None, 7])
def test_gradient_rollout_by_hand(target: int | None) -> None:
    model: Any = build(*VIT)
    image = image_of(model)
    logits, seen = with_weights(model, image)
    torch.testing.assert_close(logits, model(image), rtol=1e-4, atol=1e-4)
    chosen = int(logits.argmax()) if target is None else target
    logits[0, chosen].backward()
    relevance = np.eye(16)
    for weights in seen:
        assert weights.grad is not None
        product = (weights.grad * weights.detach())[0].double().numpy()
        relevance = relevance + np.maximum(product, 0).mean(0) @ relevance
    for parameter in model.parameters():
        parameter.grad = None
        parameter.requires_grad_(False)  # a model that is only looked at
    found = rollout(model, image, target)
    assert found.target == chosen
    expected = relevance[0, 1:].reshape(3, 5)
    np.testing.assert_allclose(found.gradient, expected, atol=1e-5 * expected.max())
    assert found.probability == pytest.approx(float(torch.softmax(logits.detach(), -1)[0, chosen]), abs=1e-5)
    assert all(parameter.grad is None for parameter in model.parameters())


def stream_of(model: Any, image: Tensor) -> Tensor:
    kept: list[Tensor] = []
    first = model.blocks[0] if hasattr(model, "blocks") else model.layers[0].blocks[0]
    handle = first.register_forward_pre_hook(lambda _, args: kept.append(args[0].clone()))
    with torch.no_grad():
        model(image)
    handle.remove()
    return kept[0]


def without(model: Any, image: Tensor, stream: Tensor, target: int) -> float:
    """Log probability with another stream at the first block, alone."""
    first = model.blocks[0] if hasattr(model, "blocks") else model.layers[0].blocks[0]
    handle = first.register_forward_pre_hook(lambda _, args: (stream, *args[1:]))
    with torch.no_grad():
        found = F.log_softmax(model(image)[0], -1)[target]
    handle.remove()
    return float(found)


@pytest.mark.parametrize("model_of", [VIT, REGISTERS, ROTARY])
def test_ablation_is_each_patch_alone(model_of: tuple[str, dict[str, Any]]) -> None:
    model = build(*model_of)
    image = image_of(model)
    found = rollout(model, image, 3)
    stream = stream_of(model, image)
    prefix = len(found.tokens.prefix)
    before = without(model, image, stream, 3)
    falls = []
    for token in range(prefix, len(found.tokens)):
        changed = stream.clone()
        changed[0, token] = stream[0, prefix:].mean(0)
        falls.append(before - without(model, image, changed, 3))
    np.testing.assert_allclose(found.ablated.ravel(), falls, atol=1e-4)
    assert np.ptp(falls) > 1e-2
    for name in ("raw", "rollout", "gradient"):
        rank = found.ranks[name]
        expected = scipy.stats.spearmanr(getattr(found, name).ravel(), found.ablated.ravel())[0]
        assert rank.value == pytest.approx(expected, abs=1e-6)
        assert rank.low <= rank.value <= rank.high
        assert rank.n == found.tokens.patches


def test_where_tokens_are_merged_there_is_no_rollout_but_an_ablation() -> None:
    model = build("swin_tiny_patch4_window7_224", SWIN | {"img_size": 64})
    image = image_of(model)
    found = rollout(model, image)
    assert set(found.reasons) == {"rollout", "gradient"}
    assert "merged" in found.reasons["rollout"]
    assert found.rollout.size == found.gradient.size == found.by_layer.size == 0
    assert found.sites == ()
    assert set(found.ranks) == {"raw"}
    # The last stage has 2 by 2 tokens, each of 8 by 8 of the first.
    last = attention(model, image, "layers.3.blocks.0.attn")
    np.testing.assert_allclose(found.raw.ravel(), last.weights.mean((0, 1)), atol=1e-6)
    stream = stream_of(model, image)
    changed = stream.clone()
    changed[:, 8:, :8] = stream.mean((1, 2), keepdim=True)
    fall = without(model, image, stream, found.target) - without(model, image, changed, found.target)
    assert found.ablated.shape == (2, 2)
    assert found.ablated[1, 0] == pytest.approx(fall, abs=1e-4)


def test_rollout_of_cait_begins_without_class_token() -> None:
    model = build("cait_xxs24_224", TINY | {"img_size": 32, "patch_size": 8})
    image = image_of(model)
    found = rollout(model, image)
    assert found.reasons == {}
    steps = []
    for site in found.sites:
        one = attention(model, image, site)
        scores = one.scores.astype(np.float64)
        chances = np.exp(scores - scores.max(-1, keepdims=True))
        mean = (chances / chances.sum(-1, keepdims=True)).mean(0)
        step = np.eye(17)
        if len(one.queries) == 1:
            step[0] = mean[0]  # the class token asks
        else:
            step[1:, 1:] = mean  # the patches ask each other
        steps.append(step)
    np.testing.assert_allclose(found.by_layer[-1], recursion(steps)[-1][0], atol=1e-6)


def test_what_a_model_does_not_allow_has_a_reason() -> None:
    headless = build("vit_tiny_patch16_224", VIT[1] | {"num_classes": 0})
    found = rollout(headless, image_of(headless))
    assert set(found.reasons) == {"gradient", "ablated"}
    assert found.target == -1
    assert math.isnan(found.probability)
    assert found.rollout.shape == (3, 5)
    assert found.ranks == {}

    channels = build("xcit_nano_12_p8_224", {"img_size": 32, "embed_dim": 32, "depth": 2, "num_heads": 2})
    found = rollout(channels, image_of(channels))
    assert "blocks.0.attn" in found.reasons["rollout"]
    assert "channel" in found.reasons["gradient"]
    assert found.raw.shape == found.ablated.shape == (4, 4)

    model = build(*VIT)
    quick, whole = rollout(model, image_of(model), ablate=False), rollout(model, image_of(model))
    assert set(quick.reasons) == {"ablated"}
    assert quick.ablated.size == 0
    assert quick.ranks == {}
    np.testing.assert_array_equal(quick.gradient, whole.gradient)
    with pytest.raises(ArgumentInvalid):
        rollout(model, image_of(model), 10)
    bare = apply(PruningPlan.of(describe(model), {f"blocks.{i}.attn": "remove" for i in range(3)}), model)
    with pytest.raises(ModelUnsupported):
        rollout(bare, image_of(bare))


def test_a_pruned_model_is_looked_into_as_it_is() -> None:
    model = build(*VIT)
    plan = PruningPlan.of(describe(model), {"blocks.0": "remove", "blocks.1.attn": "remove"})
    pruned = apply(plan, model)
    image = image_of(pruned)
    found = rollout(pruned, image)
    assert found.sites == ("blocks.2.attn",)
    step = attention(pruned, image, "blocks.2.attn").weights.astype(np.float64).mean(0)
    np.testing.assert_allclose(found.by_layer[0], recursion([step])[0][0], atol=1e-6)
    assert found.ablated.shape == (3, 5)


def test_the_model_is_left_as_it_was_and_a_cancel_is_heard() -> None:
    model: nn.Module = build(*VIT).train()
    image = image_of(model)
    first, second = rollout(model, image), rollout(model, image)
    np.testing.assert_array_equal(first.gradient, second.gradient)
    np.testing.assert_array_equal(first.ablated, second.ablated)
    assert model.training
    assert hooks_of(model) == 0
    stages: list[str] = []
    stop = threading.Event()

    def report(progress: Any) -> None:
        stages.append(progress.stage)
        if progress.stage == "Patches taken away":
            stop.set()

    with pytest.raises(Cancelled):
        rollout(model, image, job=Job(report, stop))
    assert "Attention" in stages
    assert hooks_of(model) == 0
    assert model.training
