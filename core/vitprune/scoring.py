"""Scores of every site from one pass over unlabelled images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from vitprune.capture import Observer, watching
from vitprune.errors import DatasetEmpty, ModelUnsupported
from vitprune.families import find_blocks
from vitprune.jobs import Job
from vitprune.metrics import resolve
from vitprune.metrics.accumulators import BoundaryCosines, PerImage
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
    mean. The model runs where its parameters are, in evaluation mode. `metrics` may hold `all`, which adds the cosines
    between all block boundaries. `total`, the number of images, is for the progress report; `observers` watch the same
    pass.

    Raises ModelUnsupported when the model has no site, DatasetEmpty when there is no image, ArgumentInvalid for an
    unknown metric.
    """
    job = job or Job()
    blocks = [path for path, _, _ in find_blocks(module)]
    if not blocks:
        raise ModelUnsupported(
            f"{type(module).__name__} has no block that ViTPrune can score yet.",
            hint="Choose a vision transformer (`vitprune models` lists them).",
        )
    per_image = PerImage(resolve(metrics))
    boundaries = BoundaryCosines(len(blocks)) if "all" in metrics else None
    watchers: list[Observer] = [per_image, *([boundaries] if boundaries else []), *observers]
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
    return Scores(images, per_image.finish(), boundaries.finish(["input", *blocks]) if boundaries else None)
