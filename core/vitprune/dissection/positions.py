"""How a model knows where a patch is: vectors added to the tokens, angles by which queries and keys are turned, or
biases on the scores of attention.

Each is found by what it does, not by what it is called. What is added to the tokens is what comes to the first block
when nothing is embedded; what is added to the scores is what they have beside the product of queries and keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.gemma4_vit import Gemma4Block
from torch import Tensor, nn

from vitprune.anatomy import Attention, Positions, Tokens
from vitprune.architecture import Kind
from vitprune.dissection.attention import attention
from vitprune.dissection.passing import Passage, passages, placed, replaced, site_of, still
from vitprune.dissection.patches import embedding_of
from vitprune.dissection.tokens import tokens_of
from vitprune.errors import ModelUnsupported
from vitprune.families import find_blocks, present
from vitprune.precision import full
from vitprune.scores import read_only

_ROUNDING = 1e-5  # of the product of the lengths of a query and a key
_RULED_OUT = -50.0  # Swin keeps parts of a window apart by -100, which is no position
_NONE = np.empty((0, 0), np.float32)
_NO_HEADS = np.empty((0, 0, 0), np.float32)


def positions(module: nn.Module, image: Tensor, site: str | None = None) -> Positions:
    """How the model knows where a patch is; with the `site` of an attention layer, how that one does, and with a layer
    that has no way of its own, or without one, what is added to the tokens. Where nothing is, it is the way of the
    first layer.

    Raises ModelUnsupported for a model without blocks, and for a layer that is not there.
    """
    if site is not None:
        site_of(module, site)
    with still(module):
        image = placed(module, image)
        passed = passages(module, image)
        first = passed[0]
        tokens = tokens_of(module, first.path, first.before)
        tokens, vectors = _added(module, image, tokens)
    layers = list(_layers(module))
    looked = site if site is not None else next(iter(layers), None)
    kinds: list[str] = []
    added = own = None
    if vectors is not None:
        kinds.append("learned" if _is_learned(module) else "fixed")
        similarity = _cosines(vectors.astype(np.float64))
        added = kinds[-1], tokens, similarity, _NONE, _NO_HEADS, "", ""
    if looked is not None:
        own = _of_layer(module, image, looked, passed)
    if own is not None:
        kinds.append(own[0])
    reason = "Nothing that tells places apart was found but convolutions, if any: they see the edges of the image."
    nothing = "none", tokens, _NONE, _NONE, _NO_HEADS, "", reason
    found = (own or added if site is not None else added or own) or nothing
    kind, of, similarity, angles, by_head, layer, why = found
    similarity, angles, by_head = (
        read_only(np.ascontiguousarray(array, np.float32)) for array in (similarity, angles, by_head)
    )
    return Positions(kind, of, similarity, angles, by_head, layer, why, tuple(kinds))


_Found = tuple[str, Tokens, NDArray[Any], NDArray[Any], NDArray[Any], str, str]


def _layers(module: nn.Module) -> Iterator[str]:
    """The attention layers that the model still has."""
    for path, block, family in find_blocks(module):
        for branch in present(block, family):
            if branch.kind is Kind.ATTENTION:
                yield f"{path}.{branch.name}" if path else branch.name


def _added(module: nn.Module, image: Tensor, tokens: Tokens) -> tuple[Tokens, NDArray[np.float32] | None]:
    """What is added to each patch, (P, width), and to which: what the first block, or a norm before it, is given when
    the patches are embedded as nought; or else what the model calls so and adds later. None where that is nothing."""
    vectors = _before_blocks(module, image, tokens) if _has_positions(module) else None
    if vectors is not None:
        return tokens, vectors
    for name in ("pos_embed", "patch_pos"):
        found = getattr(module, name, None)
        if isinstance(found, nn.Parameter) and found.ndim in (3, 4) and len(found) == 1:
            rows = full(found.detach()).flatten(0, -2).cpu().numpy()
            grid = (found.shape[1], found.shape[2]) if found.ndim == 4 else tokens.grid
            count = grid[0] * grid[1] if grid is not None else len(rows)
            if count <= len(rows) and np.ptp(rows, axis=0).max() > 0:
                of = tokens if grid == tokens.grid else Tokens((), count, grid)
                return of, rows[-count:]
    return tokens, None


def _has_positions(module: nn.Module) -> bool:
    """Whether anything of the model is called a position: edges of convolutions differ from the middle as well."""
    names = [name for name, _ in (*module.named_parameters(), *module.named_buffers(), *module.named_modules())]
    return any("pos" in name and "rel" not in name for name in names)


def _before_blocks(module: nn.Module, image: Tensor, tokens: Tokens) -> NDArray[np.float32] | None:
    embedding = embedding_of(module)
    if embedding is None:
        return None
    came: list[Tensor] = []
    run = embedding.forward

    def nothing(*given: Any, **named: Any) -> Any:
        output = run(*given, **named)
        if isinstance(output, tuple):
            return (torch.zeros_like(output[0]), *output[1:])
        return torch.zeros_like(output)

    def keep(_: nn.Module, given: tuple[Any, ...]) -> None:
        if given and isinstance(given[0], Tensor):
            came.append(given[0])

    before = getattr(module, "norm_pre", None)
    with ExitStack() as stack:
        stack.enter_context(replaced(embedding, nothing))
        if isinstance(before, nn.Module) and not isinstance(before, nn.Identity):
            stack.callback(before.register_forward_pre_hook(keep).remove)
        first = passages(module, image)[0]
    rows = full((came or [first.before])[0])
    stream = rows[0] if came and rows.ndim == 3 else first.tokens(rows)[0]
    vectors = stream[-tokens.patches :].cpu().numpy()
    # A bias that all patches get says nothing of where they are.
    return vectors if np.ptp(vectors, axis=0).max() > 0 else None


def _is_learned(module: nn.Module) -> bool:
    """Whether what is added was learned: a parameter that training may change."""
    return any("pos" in name and "bias" not in name and p.requires_grad for name, p in module.named_parameters())


def _of_layer(module: nn.Module, image: Tensor, site: str, passed: list[Passage]) -> _Found | None:
    """The way of one attention layer: rotary, relative, or None."""
    path, block, _, _ = site_of(module, site)
    passage = next((passage for passage in passed if passage.path == path), None)
    if passage is not None and (turned := _angles(passage, block)) is not None:
        tokens = tokens_of(module, path, passage.before)
        turned = turned.astype(np.float64)
        similarity = (np.cos(turned) @ np.cos(turned).T + np.sin(turned) @ np.sin(turned).T) / turned.shape[1]
        return "rotary", tokens, similarity, turned, _NO_HEADS, site, ""
    with suppress(ModelUnsupported):  # attention of another kind has no scores between tokens
        found = attention(module, image, site)
        if len(found.queries) != len(found.keys) or (bias := _bias(found)) is None:
            return None
        reason = ""
        other = _bias(attention(module, -image, site))
        if other is None or not np.allclose(bias, other, atol=1e-3 * float(np.nanmax(np.abs(bias))), equal_nan=True):
            if not any("rel_pos" in name for name, _ in block.named_parameters()):
                return None  # heads are mixed before the softmax, and the like
            reason = "The bias depends on what a patch holds as well: this is how it is on this image."
        seen = np.isfinite(bias).any(0)
        mean = np.where(seen, np.nanmean(np.where(seen, bias, 0), axis=0), np.nan)
        return "relative", found.keys, mean, _NONE, bias, site, reason
    return None


def _angles(passage: Passage, block: nn.Module) -> NDArray[np.float32] | None:
    """(P, pairs): from the sines and cosines that a block is called with."""
    if isinstance(block, Gemma4Block):
        cosine, sine = (full(part[0]) for part in passage.given[1:3])
        rotated = torch.atan2(sine, cosine).chunk(2, -1)  # by the column, then by the row
        return torch.cat([angles.chunk(2, -1)[0] for angles in rotated], -1).cpu().numpy()
    table = passage.named.get("rope")
    if not isinstance(table, Tensor) or table.ndim < 2:
        return None
    sine, cosine = full(table).chunk(2, -1)
    attending: Any = getattr(block, "attn", None)
    half = sine.shape[-1] // 2  # each angle is there twice, for both channels of its pair
    chosen = slice(half) if getattr(attending, "rotate_half", False) else slice(None, None, 2)
    angles = torch.atan2(sine, cosine)[..., chosen]
    angles = angles.reshape(-1, *angles.shape[-2:])  # (heads, P, pairs)
    return angles.permute(1, 0, 2).flatten(1).cpu().numpy()


def _bias(found: Attention) -> NDArray[np.float32] | None:
    """(H, P, P), NaN where a patch does not see another. None where there is none beyond rounding."""
    q, k = (part.astype(np.float64) for part in (found.q, found.k))
    scale = np.asarray(found.scale, np.float64).reshape(-1, 1, 1)
    product = scale * (q @ k.swapaxes(1, 2))
    behind = len(found.keys.prefix)
    seen = np.isfinite(found.scores)
    bias = np.where(seen, np.where(seen, found.scores, 0) - product, np.nan)[:, behind:, behind:]
    bias = np.where(bias > _RULED_OUT, bias, np.nan)
    lengths = np.linalg.norm(q, axis=-1).max() * np.linalg.norm(k, axis=-1).max() * np.abs(scale).max()
    there = np.isfinite(bias)
    if not there.any() or np.abs(bias[there]).max() <= _ROUNDING * max(lengths, 1e-3):
        return None
    return bias.astype(np.float32)


def _cosines(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    directions = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return directions @ directions.T
