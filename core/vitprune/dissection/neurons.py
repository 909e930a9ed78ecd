"""The hidden units of an MLP: which fire on an image, and which patches of a data set make them largest."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from timm.layers.mlp import GluMlp, SwiGLU
from timm.models.gemma4_vit import Gemma4GatedMlp
from torch import Tensor, nn

from vitprune.anatomy import FIRES, Neurons, Preferred, Tokens
from vitprune.architecture import Kind
from vitprune.dissection.likeness import spread
from vitprune.dissection.passing import placed, site_of, still
from vitprune.dissection.tokens import tokens_of
from vitprune.errors import ArgumentInvalid, ModelUnsupported
from vitprune.images import ImageSet
from vitprune.jobs import Job
from vitprune.precision import full
from vitprune.scores import read_only
from vitprune.statistics import bootstrap_mean

MOST = 128
BATCH = 16
GREY = 128
_GATED = ((GluMlp, "drop1"), (SwiGLU, "drop1"), (Gemma4GatedMlp, "down_proj"))
"""And what the product of both parts of a unit is given to."""


def neurons(module: nn.Module, image: Tensor, site: str) -> Neurons:
    """The hidden units of the MLP `site` on one image. Raises ModelUnsupported where there is no such MLP, or it has no
    activation between two layers."""
    with still(module):
        seen = _run(module, placed(module, image), site)
    after = seen.after[0].cpu().numpy()
    firing = (after > FIRES * after.max()).mean(axis=1, dtype=np.float64)
    return Neurons(
        site,
        seen.tokens,
        read_only(seen.before[0].cpu().numpy()),
        read_only(after),
        seen.kind,
        bootstrap_mean(firing),
        seen.gated,
    )


def preferred(
    module: nn.Module,
    images: ImageSet,
    site: str,
    units: Sequence[int],
    *,
    count: int = 9,
    most: int = MOST,
    job: Job | None = None,
) -> Preferred:
    """The `count` patches, at most one per image, that make each of these units of the MLP `site` largest after its
    activation, among `most` images taken evenly from the set.

    Raises ModelUnsupported as `neurons`, and where patches do not lie on a grid; ArgumentInvalid for units that are not
    there; DatasetChanged, Cancelled.
    """
    job = job or Job()
    part = spread(len(images), most)
    chosen = np.array(units, np.int64)
    largest: list[NDArray[np.float32]] = []
    where: list[NDArray[np.int64]] = []
    tokens = Tokens((), 0, None)
    with still(module):
        for done, batch in enumerate(images.batches(BATCH, job, part)):
            job.progress("Looking for patches", done * BATCH, len(part))
            seen = _run(module, placed(module, batch), site)
            tokens = seen.tokens
            if tokens.grid is None:
                raise ModelUnsupported(tokens.reason, hint="Choose a layer whose tokens are patches of the image.")
            if not len(chosen) or chosen.min() < 0 or chosen.max() >= seen.after.shape[-1]:
                raise ArgumentInvalid(
                    f"{site} has the units 0 to {seen.after.shape[-1] - 1}.", hint="Ask for some of these."
                )
            values, at = seen.after[:, len(tokens.prefix) :, chosen].max(1)
            largest.append(values.T.cpu().numpy())
            where.append(at.T.cpu().numpy() + len(tokens.prefix))
    job.progress("Looking for patches", len(part), len(part))
    values, at = np.concatenate(largest, 1), np.concatenate(where, 1)
    order = np.argsort(-values, axis=1, kind="stable")[:, :count]
    found, numbers = np.take_along_axis(at, order, 1), np.array(part, np.int64)[order]
    crops = _crops(images, numbers, found, tokens, job)
    return Preferred(
        site,
        read_only(chosen),
        read_only(np.take_along_axis(values, order, 1)),
        read_only(numbers),
        read_only(found),
        read_only(crops),
        len(part),
    )


@dataclass(frozen=True)
class _Units:
    """(images, N, hidden) each."""

    tokens: Tokens
    before: Tensor
    after: Tensor
    kind: str
    gated: bool


def _run(module: nn.Module, images: Tensor, site: str) -> _Units:
    path, block, family, branch = site_of(module, site)
    mlp = _part(block, branch.name)
    activation = _activation(mlp)
    if branch.kind is not Kind.MLP or activation is None:
        raise ModelUnsupported(
            f"{site} has no hidden units between two layers.", hint="Choose an MLP that is still whole."
        )
    product = next((part for kind, part in _GATED if isinstance(mlp, kind)), "")
    seen: list[tuple[Tensor, Tensor]] = []
    went: list[Tensor] = []
    streams: list[Tensor] = []

    def note(_: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        seen.append((given[0], output))

    def note_product(_: nn.Module, given: tuple[Any, ...]) -> None:
        went.append(given[0])

    def keep(_: nn.Module, __: object, output: Any) -> None:
        streams.append(output[family.stream] if isinstance(output, tuple) else output)

    with ExitStack() as stack:
        stack.callback(activation.register_forward_hook(note).remove)
        stack.callback(block.register_forward_hook(keep).remove)
        if product:
            stack.callback(mlp.get_submodule(product).register_forward_pre_hook(note_product).remove)
        module(images)
    if len(seen) != 1:
        raise ModelUnsupported(f"{site} does not run once an image.", hint="Choose another layer.")
    before, after = seen[0][0], went[0] if product else seen[0][1]
    convolves = any(isinstance(part, nn.Conv2d) for part in mlp.modules())
    before, after = (_by_token(values, len(images), convolves) for values in (before, after))
    one = streams[0][: len(streams[0]) // len(images)]
    tokens = tokens_of(module, path, one) if one.ndim > 2 else Tokens((), 0, None)
    if len(tokens) != after.shape[1]:
        tokens = Tokens((), after.shape[1], None, "The tokens of this layer are others than those of the stream.")
    return _Units(tokens, before, after, type(activation).__name__, bool(product))


def _part(block: nn.Module, name: str) -> nn.Module:
    """The module of a branch; the block where several branches have their parts in it side by side."""
    try:
        return block.get_submodule(name)
    except AttributeError:
        return block


def _activation(mlp: nn.Module) -> nn.Module | None:
    """The one activation of an MLP; None where it has none that is a module of its own, or several."""
    found = [
        part
        for name, part in mlp.named_modules()
        if (name.rpartition(".")[2].startswith("act") or type(part).__module__ == nn.GELU.__module__)
        and not isinstance(part, nn.Identity | nn.Sequential)
    ]
    return found[0] if len(found) == 1 else None


def _by_token(values: Tensor, images: int, convolves: bool) -> Tensor:
    if values.ndim == 4 and convolves and len(values) == images:
        values = values.flatten(2).mT
    return full(values.reshape(images, -1, values.shape[-1]))


def _crops(
    images: ImageSet, numbers: NDArray[np.int64], found: NDArray[np.int64], tokens: Tokens, job: Job
) -> NDArray[np.uint8]:
    """(U, K, height, width, 3): three patches a side about each token."""
    assert tokens.grid is not None
    pictures: dict[int, NDArray[np.uint8]] = {}
    for done, number in enumerate(wanted := np.unique(numbers).tolist()):
        job.progress("Cutting out patches", done, len(wanted))
        pictures[number] = images.pixels(next(images.batches(1, job, range(number, number + 1))))[0]
    height, width = next(iter(pictures.values())).shape[:2]
    tall, wide = height // tokens.grid[0], width // tokens.grid[1]
    crops = np.empty((*numbers.shape, 3 * tall, 3 * wide, 3), np.uint8)
    edged = {
        number: np.pad(picture, ((tall, tall), (wide, wide), (0, 0)), constant_values=GREY)
        for number, picture in pictures.items()
    }
    for place in np.ndindex(numbers.shape):
        row, column = divmod(int(found[place]) - len(tokens.prefix), tokens.grid[1])
        top, left = row * tall, column * wide
        crops[place] = edged[int(numbers[place])][top : top + 3 * tall, left : left + 3 * wide]
    return crops
