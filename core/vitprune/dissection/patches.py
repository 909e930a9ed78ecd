"""An image cut into patches, and the layer that makes a token of each."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune.anatomy import Patches, Tokens
from vitprune.dissection.passing import Passage, passages, placed, still
from vitprune.dissection.tokens import tokens_of
from vitprune.precision import full
from vitprune.scores import read_only

FILTERS = 28
"""As many components as are shown by Dosovitskiy et al. 2021, figure 7."""

_PLACES = (
    "patch_embed",
    "embeds.proj",
    "patch_embeds.0",
    "encoder.patch_embed.input_proj",  # what it lies in adds positions
    "encoder.patch_embed",
    "stem",
)


def patches(module: nn.Module, image: Tensor) -> Patches:
    """How an image comes into the model. Raises ModelUnsupported for a model without blocks."""
    place = embedding_of(module)
    given: list[Tensor] = []

    def keep(_: nn.Module, __: object, output: Any) -> None:
        given.append(output[0] if isinstance(output, tuple) else output)

    with still(module), ExitStack() as stack:
        image = placed(module, image)
        if place is not None:
            stack.callback(place.register_forward_hook(keep).remove)
        first = passages(module, image)[0]
    tokens, embedded = _tokens(module, first, given)
    projection = projection_of(place)
    filters, explained = np.empty((0, 1, 1, 3), np.float32), np.empty(0, np.float32)
    height, width = image.shape[2:]
    size = (height // tokens.grid[0], width // tokens.grid[1]) if tokens.grid else (0, 0)
    reason = "No single convolution makes the tokens: a stem of several layers does, or a layer of another kind."
    if projection is not None:
        size = (int(projection.kernel_size[0]), int(projection.kernel_size[1]))
        filters, explained = components(projection.weight.detach().float().cpu().numpy())
        reason = ""
    return Patches(
        tokens,
        size,
        image.shape[1] * size[0] * size[1],
        embedded.shape[1],
        read_only(embedded.cpu().numpy()),
        read_only(filters),
        read_only(explained),
        reason,
    )


def components(weight: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Principal components of filters (width, 3, height, width of a patch), as pictures (k, height, width, 3) from 0 to
    1, nought at 0.5, and the share of the variance that each explains. Their largest value is above 0.5."""
    rows = weight.reshape(len(weight), -1).astype(np.float64)
    _, lengths, directions = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    explained = lengths**2 / max(float((lengths**2).sum()), np.finfo(np.float64).tiny)
    kept = directions[: min(FILTERS, int((lengths > 0).sum()))]
    largest = np.take_along_axis(kept, np.abs(kept).argmax(1)[:, None], 1)
    pictures = 0.5 + 0.5 * kept / largest
    shaped = pictures.reshape(len(kept), *weight.shape[1:]).transpose(0, 2, 3, 1)
    return shaped.astype(np.float32), explained[: len(kept)].astype(np.float32)


def embedding_of(module: nn.Module) -> nn.Module | None:
    """The part of a timm model that makes tokens of an image, before positions are added; None where it has no such
    part of its own."""
    for place in _PLACES:
        try:
            return module.get_submodule(place)
        except AttributeError:
            continue
    return None


def projection_of(embedding: nn.Module | None) -> nn.Conv2d | None:
    """The one convolution of three channels that an embedding consists of, apart from a norm; None where it consists of
    more, or of something else."""
    weighty = [
        part
        for part in (embedding.modules() if embedding is not None else ())
        if isinstance(part, nn.Linear | nn.modules.conv._ConvNd)
    ]
    if len(weighty) == 1 and isinstance(weighty[0], nn.Conv2d) and weighty[0].weight.shape[1] == 3:
        return weighty[0]
    return None


def _tokens(module: nn.Module, first: Passage, given: list[Tensor]) -> tuple[Tokens, Tensor]:
    """What the tokens are, and (P, width) as they are embedded; where no part of the model embeds them, as they come to
    the first block."""
    tokens = tokens_of(module, first.path, first.before)
    stream = first.tokens(first.before)[0]
    for output in given:
        rows = _rows(output, stream.shape[-1])
        if rows is not None and len(rows) == tokens.patches:
            return tokens, rows
    return tokens, stream[len(tokens.prefix) :]


def _rows(output: Tensor, width: int) -> Tensor | None:
    """(P, width) of one image, in whichever layout an embedding gives it."""
    if output.ndim == 4 and output.shape[-1] != width and output.shape[1] == width:
        output = output.flatten(2).mT
    return full(output.reshape(-1, width)) if output.shape[-1] == width else None
