"""Attention is what the weights of the model say, multiplied out pair by pair."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.core.families.conformance import build
from tests.core.small_models import hooks_of, images
from vitprune import PruningPlan, apply, describe
from vitprune.anatomy import Attention
from vitprune.dissection import attention, heads, tokens_of
from vitprune.errors import ModelUnsupported
from vitprune.inputs import input_size_of

TINY: dict[str, Any] = {"embed_dim": 48, "depth": 2, "num_heads": 3, "num_classes": 10}
SWIN: dict[str, Any] = {
    "patch_size": 4,
    "window_size": 4,
    "embed_dim": 16,
    "depths": (2, 2, 1, 1),
    "num_heads": (1, 2, 2, 2),
    "num_classes": 10,
}
Scores = Callable[[int, int, int], float]


def image_of(model: nn.Module, seed: int = 1) -> Tensor:
    return torch.randn(1, *input_size_of(model), generator=torch.Generator().manual_seed(seed))


def given(model: nn.Module, path: str, image: Tensor) -> Tensor:
    """What a module is given."""
    kept: list[Tensor] = []
    handle = model.get_submodule(path).register_forward_pre_hook(lambda _, args: kept.append(args[0]))
    with torch.no_grad():
        model(image)
    handle.remove()
    return kept[0][0]


def linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return x @ weight.T if bias is None else x @ weight.T + bias


def split(x: Tensor, heads: int) -> Tensor:
    """(tokens, width) to (heads, tokens, width of a head)"""
    return torch.stack([x[:, h * (x.shape[1] // heads) : (h + 1) * (x.shape[1] // heads)] for h in range(heads)])


def pair_by_pair(q: Tensor, k: Tensor, scale: float | Tensor, added: Callable[[int, int, int], float]) -> Tensor:
    """(heads, queries, keys), one at a time; `added(head, query, key)` comes on top."""
    count, queries, keys = len(q), q.shape[1], k.shape[1]
    scores = torch.empty(count, queries, keys, dtype=torch.float64)
    scales = torch.as_tensor(scale, dtype=torch.float64).expand(count)
    q, k = q.double(), k.double()
    for head in range(count):
        for query in range(queries):
            products = (q[head, query] * k[head]).sum(-1) * scales[head]
            for key in range(keys):
                scores[head, query, key] = products[key] + added(head, query, key)
    return scores


def softmax(scores: Tensor) -> Tensor:
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    return powers / powers.sum(-1, keepdim=True)


def nothing(*_: int) -> float:
    return 0.0


def agree(found: Attention, scores: Tensor, weights: Tensor | None = None) -> None:
    weights = softmax(scores) if weights is None else weights
    assert found.scores.shape == scores.shape
    finite = torch.isfinite(scores).numpy()
    assert (np.isfinite(found.scores) == finite).all()
    spread = float(np.abs(found.scores[finite]).max())
    np.testing.assert_allclose(found.scores[finite], scores.numpy()[finite], atol=1e-5 * max(1.0, spread))
    np.testing.assert_allclose(found.weights, weights.numpy(), atol=1e-5)
    assert not found.scores.flags.writeable
    assert not found.weights.flags.writeable


def normed(x: Tensor, norm: Any) -> Tensor:
    mean, variance = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    return (x - mean) / (variance + norm.eps).sqrt() * norm.weight + norm.bias


VITS = {
    "vit": ("vit_tiny_patch16_224", TINY | {"img_size": (24, 40), "patch_size": 8}, ("class",), (3, 5)),
    "qk norm": ("vit_tiny_patch16_224", TINY | {"img_size": 32, "patch_size": 8, "qk_norm": True}, ("class",), (4, 4)),
    "dinov2": ("vit_small_patch14_dinov2", TINY | {"img_size": 56}, ("class",), (4, 4)),
    "dinov2, registers": (
        "vit_small_patch14_reg4_dinov2",
        TINY | {"img_size": 56},
        ("class", "register 1", "register 2", "register 3", "register 4"),
        (4, 4),
    ),
    "no class token": (
        "vit_tiny_patch16_224",
        TINY | {"img_size": 32, "patch_size": 8, "class_token": False, "global_pool": "avg"},
        (),
        (4, 4),
    ),
}


@pytest.mark.parametrize("name", VITS)
@pytest.mark.parametrize("fused", [True, False])
@torch.no_grad()
def test_attention_of_vits(name: str, fused: bool) -> None:
    architecture, arguments, prefix, grid = VITS[name]
    model: Any = build(architecture, arguments)
    image = image_of(model)
    module = model.blocks[1].attn
    module.fused_attn = fused
    x = given(model, "blocks.1.attn", image)
    q, k, v = (split(part, 3) for part in linear(x, module.qkv.weight, module.qkv.bias).chunk(3, -1))
    if name == "qk norm":
        q, k = normed(q, module.q_norm), normed(k, module.k_norm)
    found = attention(model, image, "blocks.1.attn")
    agree(found, pair_by_pair(q, k, 1 / math.sqrt(16), nothing))
    assert found.queries == found.keys
    assert found.keys.prefix == prefix
    assert found.keys.grid == grid
    for seen, expected in ((found.q, q), (found.k, k), (found.v, v)):
        np.testing.assert_allclose(seen, expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(found.scale, 0.25)
    assert not found.mixed
    assert module.fused_attn is fused
    # What a head adds of a key, through its columns of the projection.
    for head, query, key in ((0, 0, 3), (2, 5, 1), (1, 7, 7)):
        columns = module.proj.weight[:, head * 16 : (head + 1) * 16]
        length = (columns @ (float(found.weights[head, query, key]) * v[head, key])).norm()
        assert found.effect[head, query, key] == pytest.approx(float(length), rel=1e-4)


def rotated(x: Tensor, prefix: int, angles: Tensor, halves: bool) -> Tensor:
    """Turn pairs of channels of each patch by its angles, (heads or 1, patches, pairs): neighbours, or those half the
    width apart."""
    found = x.clone()
    pairs = x.shape[-1] // 2
    for pair in range(pairs):
        one, two = (pair, pair + pairs) if halves else (2 * pair, 2 * pair + 1)
        a, b, angle = x[:, prefix:, one], x[:, prefix:, two], angles[:, :, pair]
        found[:, prefix:, one] = a * angle.cos() - b * angle.sin()
        found[:, prefix:, two] = b * angle.cos() + a * angle.sin()
    return found


def eva_angles(model: Any, depth: int) -> Tensor:
    """Row and column, as if the grid had 16 of each, by falling frequencies."""
    frequencies = torch.tensor([10000 ** -(i / 4) for i in range(4)])
    cells = [(r / 4 * 16, c / 4 * 16) for r in range(4) for c in range(4)]
    return torch.stack([torch.cat([r * frequencies, c * frequencies]) for r, c in cells])[None]


def dinov3_angles(model: Any, depth: int) -> Tensor:
    """Centres of patches from -1 to 1, in rounds of growing periods."""
    rounds = torch.tensor([2 * math.pi / 100 ** (2 * i / 8) for i in range(4)])
    at = [2 * (i + 0.5) / 4 - 1 for i in range(4)]
    return torch.stack([torch.cat([r * rounds, c * rounds]) for r in at for c in at])[None]


def mixed_angles(model: Any, depth: int) -> Tensor:
    """Learned frequencies of each head and layer, of column and row."""
    across, down = model.rope.freqs[0, depth], model.rope.freqs[1, depth]
    return torch.stack([c * across + r * down for r in range(4) for c in range(4)], dim=1)


ROTARY: dict[str, tuple[str, dict[str, Any], Callable[[Any, int], Tensor], bool]] = {
    "eva02": ("eva02_tiny_patch14_224", TINY | {"img_size": 56}, eva_angles, False),
    "dinov3": ("vit_small_patch16_dinov3", TINY | {"img_size": 64}, dinov3_angles, True),
    "mixed": ("vit_small_patch16_rope_mixed_224", TINY | {"img_size": 64}, mixed_angles, False),
}


@pytest.mark.parametrize("name", ROTARY)
@torch.no_grad()
def test_attention_with_rotary_positions(name: str) -> None:
    architecture, arguments, angles_of, halves = ROTARY[name]
    model: Any = build(architecture, arguments)
    image = image_of(model)
    module = model.blocks[1].attn
    x = given(model, "blocks.1.attn", image)
    if module.qkv is None:
        q, k = (split(linear(x, part.weight, part.bias), 3) for part in (module.q_proj, module.k_proj))
    else:
        bias = module.qkv.bias
        if getattr(module, "q_bias", None) is not None:
            bias = torch.cat([module.q_bias, torch.zeros(48), module.v_bias])
        q, k, _ = (split(part, 3) for part in linear(x, module.qkv.weight, bias).chunk(3, -1))
    prefix = x.shape[0] - 16
    angles = angles_of(model, 1)
    q, k = (rotated(side, prefix, angles, halves) for side in (q, k))
    found = attention(model, image, "blocks.1.attn")
    agree(found, pair_by_pair(q, k, 0.25, nothing))
    assert len(found.keys.prefix) == prefix
    np.testing.assert_allclose(found.q, q.numpy(), atol=2e-5)


@pytest.mark.parametrize("shared", [False, True])
@torch.no_grad()
def test_attention_of_beit_with_its_table_of_distances(shared: bool) -> None:
    model: Any = build(
        "beit_base_patch16_224",
        TINY | {"img_size": 64, "use_rel_pos_bias": not shared, "use_shared_rel_pos_bias": shared},
    )
    image = image_of(model)
    module = model.blocks[1].attn
    x = given(model, "blocks.1.attn", image)
    bias = torch.cat([module.q_bias, torch.zeros(48), module.v_bias])
    q, k, _ = (split(part, 3) for part in linear(x, module.qkv.weight, bias).chunk(3, -1))
    table = (model.rel_pos_bias if shared else module).relative_position_bias_table

    def distance(head: int, query: int, key: int) -> float:
        if query == 0 or key == 0:
            return float(table[-1 if query == key else -3 if query == 0 else -2, head])
        (r, c), (s, d) = divmod(query - 1, 4), divmod(key - 1, 4)
        return float(table[(r - s + 3) * 7 + (c - d + 3), head])

    agree(attention(model, image, "blocks.1.attn"), pair_by_pair(q, k, 0.25, distance))


def windowed(
    x: Tensor, size: int, shift: int, of_window: Callable[[Tensor], Tensor], within: Callable[..., Tensor]
) -> tuple[Tensor, Tensor]:
    """Scores and weights over an image (rows, columns, width) in shifted windows: `of_window` gives the scores of
    the tokens of a window, (tokens, width), without positions; `within(a, b)` what two places in it add, (heads,)."""
    rows, columns = x.shape[:2]
    down, across = -(-rows // size) * size, -(-columns // size) * size

    def region(at: int, length: int) -> int:
        return (at >= length - size) + (at >= length - shift) if shift else 0

    scores = weights = torch.empty(0)
    for top in range(0, down, size):
        for left in range(0, across, size):
            cells = [(top + i, left + j) for i in range(size) for j in range(size)]
            tokens = [
                (r + shift) % rows * columns + (c + shift) % columns if r < rows and c < columns else None
                for r, c in cells
            ]
            held = torch.stack([x.flatten(0, 1)[t] if t is not None else torch.zeros(x.shape[-1]) for t in tokens])
            found = of_window(held)
            if not scores.numel():
                scores = torch.full((len(found), rows * columns, rows * columns), -math.inf, dtype=torch.float64)
                weights = torch.zeros_like(scores)
            for a, (r, c) in enumerate(cells):
                for b, (s, d) in enumerate(cells):
                    found[:, a, b] += within((r - top, c - left), (s - top, d - left))
                    if (region(r, down), region(c, across)) != (region(s, down), region(d, across)):
                        found[:, a, b] -= 100
            shares = softmax(found)
            for a, query in enumerate(tokens):
                for b, key in enumerate(tokens):
                    if query is not None and key is not None:
                        scores[:, query, key], weights[:, query, key] = found[:, a, b], shares[:, a, b]
    return scores, weights


@pytest.mark.parametrize(
    ("site", "size"),
    [("layers.0.blocks.0", 32), ("layers.0.blocks.1", 32), ("layers.1.blocks.1", 64), ("layers.0.blocks.1", (24, 40))],
)
@torch.no_grad()
def test_attention_of_swin_in_the_order_of_the_image(site: str, size: int | tuple[int, int]) -> None:
    model: Any = build("swin_tiny_patch4_window7_224", SWIN | {"img_size": size})
    image = image_of(model)
    block = model.get_submodule(site)
    count = block.attn.num_heads
    shift = int(site.endswith("1")) * 2
    assert block.shift_size == (shift, shift)
    x = normed(given(model, site, image), block.norm1)
    table = block.attn.relative_position_bias_table

    def products(held: Tensor) -> Tensor:
        q, k, _ = (split(p, count) for p in linear(held, block.attn.qkv.weight, block.attn.qkv.bias).chunk(3, -1))
        return pair_by_pair(q, k, 1 / math.sqrt(q.shape[-1]), nothing)

    def within(a: tuple[int, int], b: tuple[int, int]) -> Tensor:
        return table[(a[0] - b[0] + 3) * 7 + (a[1] - b[1] + 3)]

    scores, weights = windowed(x, 4, shift, products, within)
    found = attention(model, image, f"{site}.attn")
    agree(found, scores, weights)
    assert found.keys.grid == x.shape[:2]
    assert len(found.keys) == len(found.queries) == x.shape[0] * x.shape[1]


@torch.no_grad()
def test_attention_of_swin_v2_by_cosines() -> None:
    model: Any = build("swinv2_tiny_window8_256", SWIN | {"img_size": 64})
    image = image_of(model)
    site = "layers.1.blocks.1"
    block = model.get_submodule(site)
    module = block.attn
    scale = module.logit_scale.clamp(max=math.log(100)).exp().flatten()
    bias = torch.cat([module.q_bias, torch.zeros_like(module.q_bias), module.v_bias])

    def products(held: Tensor) -> Tensor:
        q, k, _ = (split(part, 2) for part in linear(held, module.qkv.weight, bias).chunk(3, -1))
        return pair_by_pair(q / q.norm(dim=-1, keepdim=True), k / k.norm(dim=-1, keepdim=True), scale, nothing)

    def logarithm(steps: int) -> float:
        away = 8 * steps / 3
        return math.copysign(math.log2(abs(away) + 1) / 3, away)

    def within(a: tuple[int, int], b: tuple[int, int]) -> Tensor:
        apart = torch.tensor([logarithm(a[0] - b[0]), logarithm(a[1] - b[1])])
        first, _, last = module.cpb_mlp
        hidden = (first.weight @ apart + first.bias).clamp_min(0)
        return 16 / (1 + (-(last.weight @ hidden)).exp())

    scores, weights = windowed(given(model, site, image), 4, 2, products, within)
    found = attention(model, image, f"{site}.attn")
    agree(found, scores, weights)
    np.testing.assert_allclose(found.scale, scale.numpy(), rtol=1e-5)


@torch.no_grad()
def test_attention_of_cait_mixes_heads_before_and_after_the_softmax() -> None:
    model: Any = build("cait_xxs24_224", TINY | {"img_size": 32, "patch_size": 8})
    image = image_of(model)
    module = model.blocks[1].attn
    x = given(model, "blocks.1.attn", image)
    q, k, _ = (split(part, 3) for part in linear(x, module.qkv.weight, module.qkv.bias).chunk(3, -1))
    plain = pair_by_pair(q, k, 0.25, nothing)
    before, after = module.proj_l, module.proj_w
    scores = torch.empty_like(plain)
    for head in range(3):
        scores[head] = before.bias[head] + sum(float(before.weight[head, i]) * plain[i] for i in range(3))
    chances = softmax(scores)
    weights = torch.empty_like(plain)
    for head in range(3):
        weights[head] = after.bias[head] + sum(float(after.weight[head, i]) * chances[i] for i in range(3))
    found = attention(model, image, "blocks.1.attn")
    agree(found, scores, weights)
    assert found.mixed
    assert found.keys.prefix == ()

    module = model.blocks_token_only[0].attn
    everything = given(model, "blocks_token_only.0.attn", image)
    q = split(linear(everything[:1], module.q.weight, module.q.bias), 3)
    k = split(linear(everything, module.k.weight, module.k.bias), 3)
    found = attention(model, image, "blocks_token_only.0.attn")
    agree(found, pair_by_pair(q, k, 0.25, nothing))
    assert found.queries.prefix == ("class",)
    assert found.queries.patches == 0
    assert found.keys.prefix == ("class",)
    assert found.keys.grid == (4, 4)


# Other layers, with what has to be asked for.
OTHERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "relpos": ("vit_relpos_small_patch16_224", TINY | {"img_size": 64}, "blocks.1.attn"),
    "parallel": ("vit_base_patch16_xp_224", TINY | {"img_size": 32, "patch_size": 8}, "blocks.1.attn"),
    "things": ("vit_small_patch16_18x2_224", TINY | {"img_size": 32, "patch_size": 8}, "blocks.1.attns.1"),
    "sam": (
        "samvit_base_patch16",
        TINY | {"img_size": 128, "window_size": 3, "global_attn_indexes": (1,), "num_classes": 0},
        "blocks.0.attn",
    ),
    "swin v2 cr": ("swinv2_cr_tiny_224", SWIN | {"img_size": 64}, "stages.0.blocks.1.attn"),
    "twins, windows": ("twins_svt_small", {"img_size": 64, "num_classes": 10}, "blocks.0.0.attn"),
    "maxvit, windows": (
        "maxvit_rmlp_pico_rw_256",
        {"img_size": 64, "num_classes": 10},
        "stages.1.blocks.0.attn_block.attn",
    ),
    "maxvit, grid": (
        "maxvit_rmlp_pico_rw_256",
        {"img_size": 64, "num_classes": 10},
        "stages.1.blocks.0.attn_grid.attn",
    ),
    "naflexvit": ("naflexvit_base_patch16_gap", TINY, "blocks.1.attn"),
}


@pytest.mark.parametrize("name", OTHERS)
@torch.no_grad()
def test_a_token_reaches_those_that_give_it_weight_and_no_others(name: str) -> None:
    architecture, arguments, site = OTHERS[name]
    model: Any = build(architecture, arguments)
    found = attention(model, image_of(model), site)
    # Weights are shares. Padding takes its own, where an image does not fill its windows.
    shares = found.weights / found.weights.sum(-1, keepdims=True)
    np.testing.assert_allclose(softmax(torch.tensor(found.scores).double()), shares, atol=1e-5)
    # Nudge a token of the stream: which others move after the block?
    block: Any = model.get_submodule(site.rsplit(".attn", 1)[0])
    calls: list[tuple[Any, Any]] = []
    handle = block.register_forward_pre_hook(lambda _, args, named: calls.append((args, named)), with_kwargs=True)
    model(image_of(model))
    handle.remove()
    (stream, *rest), named = calls[0]
    plain = block(stream, *rest, **named)
    count = len(found.keys)
    for token in (0, count // 3, count - 1):
        nudged = stream.clone()
        nudged.view(count, -1)[token] += torch.linspace(-1, 1, stream.shape[-1])
        moved = (block(nudged, *rest, **named) - plain).view(count, -1).abs().amax(-1) > 1e-6
        expected = np.array((found.weights[:, :, token] > 1e-4).any(0))
        expected[token] = True
        assert (moved.numpy() >= expected).all()
        assert not moved.numpy()[(found.weights[:, :, token] == 0).all(0) & (np.arange(count) != token)].any()
    assert hooks_of(model) == 0


REASONS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "channels": ("xcit_nano_12_p8_224", {"embed_dim": 32, "depth": 1, "num_heads": 2}, "blocks.0.attn", "channel"),
    "two maps": ("vit_tiny_patch16_224", TINY | {"attn_layer": "diff"}, "blocks.0.attn", "several attention maps"),
    "positions apart": ("convit_tiny", {"img_size": 64, "depth": 1}, "blocks.0.attn", "several attention maps"),
    "no products": ("volo_d1_224", {"img_size": 64}, "network.0.0.attn", "not products"),
    "no attention": ("vit_tiny_patch16_224", TINY, "blocks.0.mlp", "removed"),
    "no such block": ("vit_tiny_patch16_224", TINY, "blocks.7.attn", "removed"),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_be_shown_says_why(name: str) -> None:
    architecture, arguments, site, why = REASONS[name]
    model = build(architecture, arguments)
    with pytest.raises(ModelUnsupported, match=site) as caught:
        attention(model, image_of(model), site)
    assert why in caught.value.hint


def test_a_model_is_left_as_it_was_and_a_removed_layer_is_not_there() -> None:
    model = build("vit_tiny_patch16_224", TINY | {"img_size": 32, "patch_size": 8})
    architecture = describe(model)
    pruned = apply(PruningPlan.of(architecture, {"blocks.0.attn": "remove"}), model)
    pruned.train()
    found = heads(pruned, images(1))
    assert found.sites == ("blocks.1.attn",)
    assert pruned.training
    assert hooks_of(pruned) == 0
    with pytest.raises(ModelUnsupported):
        attention(pruned, images(1), "blocks.0.attn")
    shown = attention(pruned, images(1), "blocks.1.attn")
    again = attention(pruned, images(1), "blocks.1.attn")
    assert (shown.weights == again.weights).all()
    nothing_left = apply(PruningPlan.of(architecture, {f"blocks.{i}.attn": "remove" for i in range(2)}), model)
    with pytest.raises(ModelUnsupported):
        heads(nothing_left, images(1))


def by_hand(found: Attention, pixels: tuple[float, float]) -> tuple[list[float], list[float]]:
    """Entropy in bits and mean distance in pixels of each head, query by query."""
    assert found.keys.grid is not None
    entropies, distances = [], []
    for head in range(len(found.weights)):
        bits, apart = [], []
        for query in range(len(found.queries)):
            row = found.weights[head, query].astype(float)
            bits.append(-sum(w * math.log2(w) for w in row if w > 0))
            here = found.queries.cell(query)
            if here is None:
                continue
            total = share = 0.0
            for key in range(len(found.keys)):
                there = found.keys.cell(key)
                if there is not None:
                    down, across = (here[i] - there[i] for i in (0, 1))
                    total += row[key] * math.hypot(down * pixels[0], across * pixels[1])
                    share += row[key]
            apart.append(total / share)
        entropies.append(sum(bits) / len(bits))
        distances.append(sum(apart) / len(apart))
    return entropies, distances


def test_heads_of_a_vit_and_of_swin_by_hand() -> None:
    model = build("vit_small_patch14_reg4_dinov2", TINY | {"img_size": 56})
    image = image_of(model)
    found = heads(model, image)
    assert found.sites == ("blocks.0.attn", "blocks.1.attn")
    assert found.of_class == (True, True)
    np.testing.assert_allclose(found.most, math.log2(21), rtol=1e-6)
    for row, site in enumerate(found.sites):
        one = attention(model, image, site)
        entropy, distance = by_hand(one, (14, 14))
        np.testing.assert_allclose(found.entropy[row], entropy, rtol=1e-5)
        np.testing.assert_allclose(found.distance[row], distance, rtol=1e-5)
        np.testing.assert_allclose(found.maps[row], one.weights[:, 0, 5:].reshape(3, 4, 4), atol=1e-7)

    model = build("swin_tiny_patch4_window7_224", SWIN | {"img_size": 32})
    image = image_of(model)
    found = heads(model, image)
    assert len(found.sites) == 6
    assert found.of_class == (False,) * 6
    for row, (site, pixels) in enumerate(zip(found.sites[:4], (4, 4, 8, 8), strict=True)):
        one = attention(model, image, site)
        entropy, distance = by_hand(one, (pixels, pixels))
        count = len(entropy)
        np.testing.assert_allclose(found.entropy[row, :count], entropy, rtol=1e-5)
        np.testing.assert_allclose(found.distance[row, :count], distance, rtol=1e-5)
        assert np.isnan(found.entropy[row, count:]).all()
        np.testing.assert_allclose(found.maps[row].reshape(count, -1), one.weights.mean(1), atol=1e-6)
    np.testing.assert_allclose(found.most[0, 0], 4)  # windows of 16


def test_a_layer_that_cannot_be_shown_has_no_figures() -> None:
    model = build("xcit_nano_12_p8_224", {"img_size": 32, "embed_dim": 32, "depth": 1, "num_heads": 2})
    found = heads(model, image_of(model))
    assert np.isnan(found.entropy[0]).all()
    assert np.isfinite(found.entropy[1]).all()
    assert found.maps[0].size == 0
    assert found.maps[1].shape == (2, 4, 4)
    assert found.of_class == (False, True, True)


LAID_OUT: dict[str, tuple[str, dict[str, Any], str, tuple[str, ...], tuple[int, int] | None]] = {
    "distilled": (
        "deit_tiny_distilled_patch16_224",
        TINY | {"img_size": 64},
        "blocks.1",
        ("class", "distillation"),
        (4, 4),
    ),
    "swin": ("swin_tiny_patch4_window7_224", SWIN | {"img_size": (32, 64)}, "layers.1.blocks.0", (), (4, 8)),
    "pit": ("pit_ti_224", {}, "transformers.1.blocks.0", ("class",), (14, 14)),
    "davit": ("davit_tiny", {}, "stages.2.blocks.0.0", (), (14, 14)),
    "nest": ("nest_tiny", {"img_size": 64}, "levels.0.transformer_encoder.0", (), None),
    "hiera": ("hiera_tiny_224", {}, "blocks.0", (), None),
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_tokens_have_names_and_places(name: str) -> None:
    architecture, arguments, path, prefix, grid = LAID_OUT[name]
    model: Any = build(architecture, arguments)
    kept: list[Tensor] = []
    handle = model.get_submodule(path).register_forward_pre_hook(lambda _, args: kept.append(args[0]))
    with torch.no_grad():
        model(image_of(model))
    handle.remove()
    tokens = tokens_of(model, path, kept[0])
    assert tokens.prefix == prefix
    assert tokens.grid == grid
    assert bool(tokens.reason) is (grid is None)
    if grid is not None:
        assert len(tokens) == len(prefix) + grid[0] * grid[1]
        assert tokens.token_at(1, 2) == len(prefix) + grid[1] + 2
        assert tokens.cell(tokens.token_at(1, 2)) == (1, 2)
    with pytest.raises(KeyError):
        tokens_of(model, "", kept[0])
