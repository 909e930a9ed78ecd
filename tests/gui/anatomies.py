"""Answers about an image, made by hand: random numbers in the shapes that the engine gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitprune.anatomy import (
    Attention,
    Heads,
    LayerPairs,
    Lens,
    Likeness,
    Neurons,
    Patches,
    Positions,
    Preferred,
    Rollout,
    StreamNorms,
    Subject,
    Tokens,
)
from vitprune.statistics import Estimate

GRID = (3, 4)
SIZE = (6, 5)  # of a patch: neither is that of the other
WIDTH, HEADS, HIDDEN, CLASSES, LAYERS = 8, 2, 16, 5, 3
TOKENS = Tokens(("class", "register 1"), GRID[0] * GRID[1], GRID)
SITES = tuple(f"blocks.{i}" for i in range(LAYERS))


def drawn(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def subject(source: str = "/images/one.png", seed: int = 0, label: int | None = None) -> Subject:
    height, width = GRID[0] * SIZE[0], GRID[1] * SIZE[1]
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Subject(source, f"digest of {source}", pixels, label)


def patches(*, filters: bool = True, tokens: Tokens = TOKENS) -> Patches:
    shown = (drawn(10, *SIZE, 3, seed=1) * 0.1 + 0.5).clip(0, 1) if filters else np.empty((0, 1, 1, 3), np.float32)
    explained = (np.arange(10, 0, -1) / 55).astype(np.float32)[: 10 * filters]
    reason = "" if filters else "A stem of several layers makes the tokens."
    return Patches(tokens, SIZE, 3 * SIZE[0] * SIZE[1], WIDTH, drawn(tokens.patches, WIDTH), shown, explained, reason)


def positions(kind: str = "learned", site: str = "", kinds: tuple[str, ...] = (), tokens: Tokens = TOKENS) -> Positions:
    count, empty = tokens.patches, np.empty((0, 0), np.float32)
    angles, by_head = empty, np.empty((0, 0, 0), np.float32)
    if kind == "none":
        return Positions(kind, tokens, empty, angles, by_head, "", "Nothing was found.", kinds)
    if kind == "rotary":
        angles = drawn(count, 6)
        similarity = np.cos(angles[:, None] - angles[None]).mean(-1)
    elif kind == "relative":
        by_head = drawn(HEADS, count, count)
        similarity = by_head.mean(0)
    else:
        vectors = drawn(count, WIDTH)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        similarity = vectors @ vectors.T
    return Positions(kind, tokens, similarity, angles, by_head, site, "", kinds or (kind,))


def attention(site: str = "blocks.0.attn") -> Attention:
    count, wide = len(TOKENS), 4
    q, k, v = (drawn(HEADS, count, wide, seed=seed) for seed in (1, 2, 3))
    scores = q @ k.swapaxes(1, 2) / np.float32(np.sqrt(wide))
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return Attention(
        site, TOKENS, TOKENS, scores, weights, q, k, v, np.full(HEADS, wide**-0.5, np.float32), weights * 2
    )


def heads() -> Heads:
    maps = tuple(np.abs(drawn(HEADS, *GRID, seed=layer)) for layer in range(LAYERS))
    values = np.abs(drawn(LAYERS, HEADS))
    most = np.full((LAYERS, HEADS), np.log2(len(TOKENS)), np.float32)
    return Heads(tuple(f"{site}.attn" for site in SITES), values, most, 10 * values, maps, (True,) * LAYERS)


def rollout(ablate: bool = True) -> Rollout:
    raw, rolled, gradient, ablated = (np.abs(drawn(*GRID, seed=seed)) for seed in range(4))
    ranks = {name: Estimate(0.5, 0.3, 0.7, TOKENS.patches) for name in ("raw", "rollout", "gradient")}
    by_layer = np.abs(drawn(LAYERS, len(TOKENS)))
    sites = tuple(f"{site}.attn" for site in SITES)
    if not ablate:
        why, none = {"ablated": "No patch was taken away."}, np.empty((0, 0), np.float32)
        return Rollout(TOKENS, 1, 0.8, raw, rolled, gradient, none, by_layer, sites, {}, why)
    return Rollout(TOKENS, 1, 0.8, raw, rolled, gradient, ablated, by_layer, sites, ranks, {})


def neurons(site: str = "blocks.0.mlp") -> Neurons:
    before = drawn(len(TOKENS), HIDDEN)
    return Neurons(site, TOKENS, before, np.maximum(before, 0), "ReLU", Estimate(0.4, 0.3, 0.5, len(TOKENS)))


def preferred(site: str = "blocks.0.mlp", units: tuple[int, ...] = (0, 3)) -> Preferred:
    shape = len(units), 4
    whole = np.zeros(shape, np.int64)
    crops = np.random.default_rng(0).integers(0, 256, (*shape, 3 * SIZE[0], 3 * SIZE[1], 3), np.uint8)
    return Preferred(site, np.array(units), -np.sort(-drawn(*shape)), whole, whole, crops, 20)


def stream_norms() -> StreamNorms:
    sites = tuple(f"{site}.{branch}" for site in SITES for branch in ("attn", "mlp"))
    each = [tuple(np.abs(drawn(len(TOKENS), seed=seed + i)) for i in range(len(sites))) for seed in (0, 50, 100)]
    return StreamNorms(sites, (TOKENS,) * len(sites), *each)


def lens() -> Lens:
    shape = LAYERS + 1, len(TOKENS)
    classes = np.random.default_rng(0).integers(0, CLASSES, shape)
    return Lens(("", *SITES), TOKENS, drawn(LAYERS + 1, CLASSES), classes, np.abs(drawn(*shape)) % 1)


def likeness() -> Likeness:
    every = tuple(positions(tokens=Tokens((), len(TOKENS), None)).similarity for _ in range(LAYERS + 1))
    figures = np.abs(drawn(LAYERS + 1))
    most = np.full(LAYERS + 1, 8, np.float32)
    return Likeness(("", *SITES), (TOKENS,) * (LAYERS + 1), every, figures % 1, 1 + figures, most)


def layer_pairs() -> LayerPairs:
    depths = ("", *SITES)
    alike = np.abs(drawn(len(depths), len(depths))) % 1
    error = (alike / 10).astype(np.float32)
    return LayerPairs(
        depths, alike, error, alike, (TOKENS,) * len(depths), drawn(len(depths), len(depths), TOKENS.patches), 20
    )


def answers() -> dict[str, Any]:
    """A function for each question, which takes what the engine's does and gives the same whatever it is given."""
    return {
        "patches": lambda module, image: patches(),
        "positions": lambda module, image, site=None: positions(site=site or ""),
        "attention": lambda module, image, site: attention(site),
        "heads": lambda module, image, job=None: heads(),
        "rollout": lambda module, image, target=None, ablate=True, job=None: rollout(ablate),
        "neurons": lambda module, image, site: neurons(site),
        "preferred": lambda module, images, site, units, job=None: preferred(site, units),
        "stream_norms": lambda module, image: stream_norms(),
        "lens": lambda module, image, job=None: lens(),
        "likeness": lambda module, image: likeness(),
        "layer_pairs": lambda module, images, image, job=None: layer_pairs(),
    }
