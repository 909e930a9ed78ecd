"""Scores of every site from one pass over unlabelled images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from vitprune.ahead import to_device
from vitprune.capture import watching
from vitprune.description import describe
from vitprune.errors import ArgumentInvalid, DatasetEmpty, ModelUnsupported
from vitprune.families import find_blocks, present
from vitprune.jobs import ALONE, Cancelled, Job, Shard
from vitprune.memory import Portions
from vitprune.metrics import resolve
from vitprune.metrics.accumulators import Accumulator, BoundaryCosines, BranchScores, Selections
from vitprune.metrics.features import BoundaryFeatures
from vitprune.pooling import pooled_by, prefix_of
from vitprune.scores import SELECTIONS, Scores, table_name

_FEW = 2  # images that a standard error takes


def score(
    module: nn.Module,
    batches: Iterable[Tensor],
    metrics: Sequence[str] = ("cosine",),
    *,
    tokens: Sequence[str] = ("all",),
    total: int | None = None,
    observers: Sequence[Accumulator] = (),
    job: Job | None = None,
    shard: Shard = ALONE,
    halve: bool = True,
    keep_stopped: bool = False,
) -> Scores:
    """Score every site of a timm model in memory.

    `batches` yields (B, C, H, W) float tensors, in any sizes: neither those nor the order of the images changes a
    mean. The model runs where its parameters are, in evaluation mode. `metrics` may hold `all`; the cosines, angles and
    CKA between all block boundaries come with every pass. `tokens` are names of `SELECTIONS`, over which the scores are
    means; a site whose stream has no such token, and a block that changes the shape of its stream, has no such score.
    `total`, the number of images, is for the progress report; `observers` watch the same pass. Where several processes
    share the images, `batches` and `total` are those of this `shard`, and the scores, and what the observers hold then,
    of all. A batch that memory does not suffice for is run in halves, unless `halve` is off. With `keep_stopped`, a
    cancel ends the pass, and the scores are of the images up to there, if they are two at least.

    Raises ModelUnsupported when the model has no site, DatasetEmpty when there is no image, ArgumentInvalid for an
    unknown metric or selection.
    """
    job = job or Job()
    prefixes: dict[str, int] = {}
    sites: list[str] = []
    for path, block, family in find_blocks(module):
        prefixes[path] = prefix_of(module, block, family)
        for branch in present(block, family):
            sites.append(f"{path}.{branch.name}")
            prefixes[sites[-1]] = prefixes[path] if branch.prefix is None else branch.prefix
    if not prefixes:
        raise ModelUnsupported(
            describe(module).note, hint="Choose a vision transformer (`vitprune models` lists them)."
        )
    wanted = resolve(metrics)
    if unknown := set(tokens) - SELECTIONS.keys():
        raise ArgumentInvalid(
            f"There is no selection of tokens {min(unknown)!r}.", hint=f"Selections: {', '.join(SELECTIONS)}."
        )
    selections = Selections(tuple(dict.fromkeys(tokens)), prefixes, pooled_by(module))
    branches = BranchScores(wanted, sites, selections)
    blocks = len(prefixes) - len(sites)
    boundaries, features = BoundaryCosines(blocks, selections, wanted), BoundaryFeatures(blocks, selections)
    watchers: list[Accumulator] = [branches, boundaries, features, *observers]
    device = next(module.parameters()).device
    training = module.training
    images, asked = 0, None
    portions = Portions(job)

    def drop() -> None:
        for watcher in watchers:
            watcher.drop()

    def run(batch: Tensor, part: slice) -> int:
        module(to_device(batch[part], device))
        return part.stop - part.start

    try:
        module.eval()
        with torch.inference_mode(), watching(module, watchers, job):
            for batch in batches:
                whole = slice(0, len(batch))
                for count in portions.run(len(batch), partial(run, batch), drop) if halve else [run(batch, whole)]:
                    for watcher in watchers:
                        watcher.end_batch()
                    images += count
                job.progress("Analysing", images, total or images)
    except Cancelled:
        if not keep_stopped or images < _FEW:
            raise
        drop()
        asked = total if total != images else None
    finally:
        module.train(training)
    if shard.size > 1:
        images = _gather(images, watchers, shard)
    if not images:
        raise DatasetEmpty("There is no image to score with.")
    of_branches, of_blocks = branches.finish(), boundaries.scores()
    tables = {
        name: of_branches.get(name, {}) | of_blocks.get(name, {})
        for name in (table_name(metric.name, tokens) for metric in wanted for tokens in selections.names)
        if name in of_branches or name in of_blocks
    }
    angles, cka = features.finish()
    return Scores(images, tables, boundaries.finish(), {"all": boundaries.angles()} | angles, cka, asked_images=asked)


def _gather(images: int, watchers: Sequence[Accumulator], shard: Shard) -> int:
    """Have the watchers hold what those of all processes saw; the number of all images."""
    parts = shard.gather([images, *(watcher.state() for watcher in watchers)])
    counts, *states = zip(*parts, strict=True)
    for watcher, of_watcher in zip(watchers, states, strict=True):
        watcher.restore(of_watcher)
    return sum(counts)
