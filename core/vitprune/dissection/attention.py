"""One attention layer at work on one image, and all heads of all layers."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from vitprune.anatomy import Array, Attention, Heads, Tokens
from vitprune.dissection.layers import Layer, Unseen, Work, at_work, layers_of
from vitprune.dissection.passing import passages, placed, still
from vitprune.errors import ModelUnsupported
from vitprune.jobs import Job
from vitprune.scores import read_only

MOST = 100_000_000
"""Scores of one layer that are shown: 400 MB, and as much again for weights and effects."""
PIECE = 16_000_000  # distances in memory at once


def attention(module: nn.Module, image: Tensor, site: str) -> Attention:
    """The attention layer `site` at work on an image.

    Raises ModelUnsupported where the model has no such layer, where the layer does something else than to weight the
    values of tokens by a softmax over products of queries and keys, or where it has more scores than can be shown.
    """
    with still(module):
        passed = passages(module, placed(module, image))
        layer = next((layer for layer in layers_of(passed) if layer.site == site), None)
        if layer is None:
            raise ModelUnsupported(
                f"There is no attention layer {site} in this model.", hint="It may have been removed."
            )
        try:
            work = at_work(module, layer)
        except Unseen as reason:
            raise ModelUnsupported(
                f"The attention of {site} cannot be shown.", hint=f"{reason} Choose another layer."
            ) from reason
        return _shown(work)


def heads(module: nn.Module, image: Tensor, job: Job | None = None) -> Heads:
    """All heads of all attention layers on an image. A layer that `attention` cannot show has NaN, and an empty map.

    Raises ModelUnsupported where the model has no attention layer; Cancelled.
    """
    job = job or Job()
    height, width = image.shape[-2:]
    with still(module):
        layers = layers_of(passages(module, placed(module, image), job))
        if not layers:
            raise ModelUnsupported("There is no attention layer in this model.", hint="Choose a vision transformer.")
        found: list[tuple[Tensor, Tensor, Tensor, Array, bool]] = []
        for done, layer in enumerate(layers):
            job.progress("Heads", done, len(layers), "layers")
            found.append(_heads_of(module, layer, (height, width)))
    most = max(len(entropy) for entropy, *_ in found)

    def table(values: Iterable[Tensor]) -> Array:
        rows = np.full((len(layers), most), np.nan, np.float32)
        for row, of_layer in zip(rows, values, strict=True):
            row[: len(of_layer)] = of_layer.float().cpu().numpy()
        return read_only(rows)

    entropies, largest, distances, maps, of_class = zip(*found, strict=True)
    return Heads(
        tuple(layer.site for layer in layers), table(entropies), table(largest), table(distances), maps, of_class
    )


def _shown(work: Work) -> Attention:
    count = work.weights.shape[1] * len(work.queries) * len(work.keys)
    if count > MOST:
        raise ModelUnsupported(
            f"{work.layer.site} has {count:,} scores on one image, more than can be shown.",
            hint="Choose a later layer.",
        )
    projection = work.projection
    reach = work.v if projection is None else torch.einsum("how,ghtw->ghto", projection, work.v)
    effect = work.weights.abs() * torch.linalg.vector_norm(reach, dim=-1).unsqueeze(-2)
    return Attention(
        work.layer.site,
        work.queries,
        work.keys,
        frozen(work.square(work.scores, -math.inf)),
        frozen(work.square(work.weights, 0.0)),
        frozen(work.row(work.q)),
        frozen(work.row(work.k)),
        frozen(work.row(work.v)),
        frozen(work.scale),
        frozen(work.square(effect, 0.0)),
        work.mixed,
    )


def frozen(values: Tensor) -> Array:
    """Float32, on the CPU, of its own and read-only."""
    return read_only(values.detach().float().cpu().contiguous().numpy())


_Row = tuple[Tensor, Tensor, Tensor, Array, bool]


def _heads_of(module: nn.Module, layer: Layer, size: tuple[int, int]) -> _Row:
    """Entropy, its largest value, distance, maps, and whether they are those of the class token."""
    try:
        work = at_work(module, layer)
    except Unseen:
        none = torch.full((0,), math.nan)
        return none, none, none, frozen(torch.zeros(0, 0, 0)), False
    real = _real(work)
    entropy = torch.special.entr(work.chances).sum(-1) / math.log(2)
    choices = torch.isfinite(work.scores).sum(-1).double().log2()
    maps, of_class = _maps(work)
    return (
        _mean(entropy, real),
        _mean(choices.expand_as(entropy), real),
        _distances(work, size),
        frozen(maps),
        of_class,
    )


def _real(work: Work) -> Tensor:
    """(G, queries): which queries are no padding."""
    if work.places is None:
        return work.weights.new_ones(1, work.weights.shape[2], dtype=torch.bool)
    return work.places >= 0


def _mean(values: Tensor, real: Tensor) -> Tensor:
    """(G, H, queries) to (H,)"""
    return (values.double() * real[:, None]).sum((0, 2)) / real.sum()


def _maps(work: Work) -> tuple[Tensor, bool]:
    """What each head gives to the patches, (H, rows, columns): the class token's query, or the mean of all."""
    keys, weights = work.keys, work.weights
    if keys.grid is None:
        return weights.new_zeros(0, 0, 0), False
    asks = work.queries.class_token
    if asks is not None and not work.windows:
        row = weights[0, :, asks]
        of_class = True
    elif work.places is None:
        row, of_class = weights[0].mean(1), False
    else:
        given = (weights * _real(work)[:, None, :, None]).sum(2, keepdim=True).mT  # (G, H, keys, 1)
        row, of_class = work.row(given)[..., 0] / len(work.keys), False
    return row[:, len(keys.prefix) :].unflatten(1, keys.grid), of_class


def _distances(work: Work, size: tuple[int, int]) -> Tensor:
    """(H,), in pixels: of each patch query the distance to the patches, weighted by what it gives them; the mean."""
    none = work.weights.new_full((work.weights.shape[1],), math.nan)
    if work.queries.grid is None or work.keys.grid is None:
        return none
    asking, asked = (_centres(tokens, size).to(work.weights) for tokens in (work.queries, work.keys))
    groups, _, queries, keys = work.chances.shape
    if work.places is None:
        of_queries = torch.arange(len(work.queries), device=asking.device)[None]
        of_keys = torch.arange(len(work.keys), device=asking.device)[None]
    else:
        of_queries = of_keys = work.places
    total, count = none.double().zero_(), 0
    step = max(1, PIECE // (queries * keys))
    for first in range(0, groups, step):
        part = slice(first, first + step)
        a, b = of_queries[part], of_keys[part]
        apart = torch.cdist(_at(asking, a), _at(asked, b))  # NaN where one is no patch
        asks, gives = (torch.isfinite(_at(at, of)[..., 0]) for at, of in ((asking, a), (asked, b)))
        weights = work.chances[part].double() * gives[:, None, None, :]
        weights = weights / weights.sum(-1, keepdim=True).clamp_min(1e-12)
        means = (weights * apart.nan_to_num().double()[:, None]).sum(-1)
        total += (means * asks[:, None]).sum((0, 2))
        count += int(asks.sum())
    return total / max(count, 1)


def _centres(tokens: Tokens, size: tuple[int, int]) -> Tensor:
    """(N + 1, 2): rows and columns in pixels, NaN for what is no patch; the last is for padding."""
    assert tokens.grid is not None
    rows, columns = ((torch.arange(n) + 0.5) * (pixels / n) for n, pixels in zip(tokens.grid, size, strict=True))
    found = torch.full((len(tokens) + 1, 2), math.nan)
    found[len(tokens.prefix) : -1] = torch.cartesian_prod(rows, columns)
    return found


def _at(centres: Tensor, places: Tensor) -> Tensor:
    return centres[torch.where(places < 0, len(centres) - 1, places)]
