"""Scores of every site from one pass over unlabelled images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from vitprune.capture import Observer, watching
from vitprune.errors import DatasetEmpty, ModelUnsupported
from vitprune.families import find_blocks, present
from vitprune.jobs import Job
from vitprune.metrics import resolve
from vitprune.metrics.accumulators import BoundaryCosines, BranchScores
from vitprune.scores import Scores


def score(
    module: nn.Module,
    batches: Iterable[Tensor],
    metrics: Sequence[str] = ("cosine",),
    *,
    total: int | None = None,
    observers: Sequence[Observer] = (),
    job: Job | None = None,
) -> Scores:
    """Score every site of a timm model in memory.

    `batches` yields (B, C, H, W) float tensors, in any sizes: neither those nor the order of the images changes a
    mean. The model runs where its parameters are, in evaluation mode. `metrics` may hold `all`; the cosines between all
    block boundaries come with every pass. `total`, the number of images, is for the progress report; `observers` watch
    the same pass.

    Raises ModelUnsupported when the model has no site, DatasetEmpty when there is no image, ArgumentInvalid for an
    unknown metric.
    """
    job = job or Job()
    blocks = [path for path, _, _ in find_blocks(module)]
    sites = [
        f"{path}.{branch.name}" for path, block, family in find_blocks(module) for branch in present(block, family)
    ]
    if not blocks:
        raise ModelUnsupported(
            f"{type(module).__name__} has no block that ViTPrune can score yet.",
            hint="Choose a vision transformer (`vitprune models` lists them).",
        )
    wanted = resolve(metrics)
    branches, boundaries = BranchScores(wanted, sites), BoundaryCosines(blocks)
    watchers: list[Observer] = [branches, boundaries, *observers]
    device = next(module.parameters()).device
    training = module.training
    images = 0
    try:
        module.eval()
        with torch.inference_mode(), watching(module, watchers, job):
            for batch in batches:
                module(batch.to(device))
                for watcher in watchers:
                    watcher.end_batch()
                images += len(batch)
                job.progress("Analysing", images, total or images)
    finally:
        module.train(training)
    if not images:
        raise DatasetEmpty("There is no image to score with.")
    of_branches, of_blocks = branches.finish(), boundaries.scores(wanted)
    tables = {metric.name: of_branches.get(metric.name, {}) | of_blocks.get(metric.name, {}) for metric in wanted}
    return Scores(images, tables, boundaries.finish())
