"""How alike the tokens of an image are at each depth, and how alike the stream is at two depths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune.anatomy import LayerPairs, Likeness, Tokens
from vitprune.cka import linear_cka
from vitprune.dissection.passing import Passage, depths, passages, placed, still
from vitprune.dissection.tokens import tokens_of
from vitprune.errors import ModelUnsupported
from vitprune.images import ImageSet
from vitprune.jobs import Job
from vitprune.scores import read_only

MOST = 128
BATCH = 16
_TINY = torch.finfo(torch.float32).tiny

_Depth = tuple[str, Tokens, Tensor]  # name, what its tokens are, (images, N, width)


def likeness(module: nn.Module, image: Tensor) -> Likeness:
    """Cosines between all tokens of one image, and the effective rank of its patches, at each depth. Raises
    ModelUnsupported where no stream has two patches."""
    with still(module):
        found = _depths(module, passages(module, placed(module, image)))
        similarity, mean, rank, most = [], [], [], []
        for _, tokens, stream in found:
            directions = _directions(stream)[0]
            cosines = directions @ directions.mT
            similarity.append(read_only(cosines.cpu().numpy()))
            of_patches = cosines[len(tokens.prefix) :, len(tokens.prefix) :].double()
            pairs = tokens.patches * (tokens.patches - 1)
            mean.append(float(of_patches.sum() - of_patches.diagonal().sum()) / pairs)
            patches = stream[0, len(tokens.prefix) :]
            rank.append(effective_rank(patches))
            most.append(min(patches.shape))
    return Likeness(
        tuple(name for name, _, _ in found),
        tuple(tokens for _, tokens, _ in found),
        tuple(similarity),
        *(read_only(np.array(values, np.float32)) for values in (mean, rank, most)),
    )


def effective_rank(rows: Tensor) -> float:
    """exp of the entropy of the singular values over their sum (Roy and Vetterli 2007, EUSIPCO, pp. 606-610). 0 where
    all are nought."""
    exact = rows.double()
    gram = exact @ exact.mT if exact.shape[0] <= exact.shape[1] else exact.mT @ exact
    values = torch.linalg.eigvalsh(gram).clamp_min(0).sqrt()
    share = values / values.sum().clamp_min(_TINY)
    return float(torch.special.entr(share).sum().exp()) if bool(values.any()) else 0.0


def layer_pairs(
    module: nn.Module, images: ImageSet, image: Tensor, *, most: int = MOST, job: Job | None = None
) -> LayerPairs:
    """How alike the stream is at each two depths, over `most` images, taken evenly from the set, and on one image.
    Raises ModelUnsupported where no stream has two patches, DatasetChanged, Cancelled."""
    job = job or Job()
    part = spread(len(images), most)
    with still(module):
        found = _depths(module, passages(module, placed(module, image), job))
        of_patches = _of_patches(found)
        sums = np.full((len(found), len(found)), np.nan)
        features: list[list[NDArray[np.float32]]] = [[] for _ in found]
        done = 0
        for batch in images.batches(BATCH, job, part):
            job.progress("Comparing layers", done, len(part))
            seen = _depths(module, passages(module, placed(module, batch), job))
            for place, (_, tokens, stream) in enumerate(seen):
                features[place].append(stream[:, len(tokens.prefix) :].mean(1).cpu().numpy())
            for places, cosines in _cosines(seen):
                at = np.ix_(places, places)
                sums[at] = np.nan_to_num(sums[at]) + cosines.double().mean(-1).sum(-1).cpu().numpy()
            done += len(batch)
        job.progress("Comparing layers", done, len(part))
    cka, error = linear_cka([np.concatenate(parts) for parts in features])
    return LayerPairs(
        tuple(name for name, _, _ in found),
        read_only(cka.astype(np.float32)),
        read_only(error.astype(np.float32)),
        read_only((sums / done).astype(np.float32)),
        tuple(tokens for _, tokens, _ in found),
        read_only(of_patches),
        done,
    )


def spread(images: int, most: int) -> range:
    """So many of a set of images at the most, evenly from its first to its last, since files come class by class."""
    return range(0, images, max(1, -(-images // most)))


def _depths(module: nn.Module, passed: list[Passage]) -> list[_Depth]:
    """Those whose streams have two patches, or more."""
    found: list[_Depth] = []
    for name, passage, stream in depths(passed):
        one = stream[: len(stream) // passage.images]
        tokens = tokens_of(module, passage.path, one)
        if tokens.patches >= 2:
            found.append((name, tokens, passage.tokens(stream)))
    if not found:
        raise ModelUnsupported(
            "The streams of this model have fewer than two patches.", hint="Choose an image or a model with more."
        )
    return found


def _directions(stream: Tensor) -> Tensor:
    return stream / torch.linalg.vector_norm(stream, dim=-1, keepdim=True).clamp_min(_TINY)


def _cosines(found: list[_Depth]) -> Iterator[tuple[list[int], Tensor]]:
    """The depths of one shape of stream, and the cosines between the same token at each two of them, (depths, depths,
    images, N)."""
    for shape in {stream.shape: None for _, _, stream in found}:
        places = [place for place, (_, _, stream) in enumerate(found) if stream.shape == shape]
        states = torch.stack([_directions(found[place][2]) for place in places], 2)  # (images, N, depths, width)
        yield places, (states @ states.mT).permute(2, 3, 0, 1)


def _of_patches(found: list[_Depth]) -> NDArray[np.float32]:
    """(depths, depths, longest), of one image."""
    table = np.full((len(found), len(found), max(tokens.patches for _, tokens, _ in found)), np.nan, np.float32)
    for places, cosines in _cosines(found):
        tokens = found[places[0]][1]
        of_patches = cosines[:, :, 0, len(tokens.prefix) :].cpu().numpy()
        table[np.array(places)[:, None], np.array(places), : tokens.patches] = of_patches
    return table
