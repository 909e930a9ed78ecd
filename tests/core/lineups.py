"""Sessions to compare, made up image by image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from evaluations import latency
from session_examples import architecture

from vitprune.architecture import Architecture
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Environment, Evaluation, ModelReference, Session
from vitprune.scores import Score, Scores
from vitprune.statistics import bootstrap_mean, proportion

CLASSES = ("bag", "boot", "coat", "never seen")


def made(
    seed: int = 0,
    images: int = 120,
    blocks: int = 4,
    *,
    removed: Sequence[str] = ("blocks.1.attn",),
    action: str = "remove",
    right: float = 0.8,
    digest: str = "d" * 64,
    name: str = "vit_small_patch16_224",
    tables: Sequence[str] = ("cosine", "norm_ratio"),
    batch_size: int = 8,
    **environment: Any,
) -> Session:
    """Analysed, and evaluated twice, dense and pruned. The images follow from the digest alone, the outcomes from the
    seed; classes of `CLASSES` but the last."""
    rng, model = np.random.default_rng(seed), architecture(blocks, name)
    labels = np.random.default_rng(sum(map(ord, digest))).integers(0, len(CLASSES) - 1, images)
    paths = tuple(f"{CLASSES[label]}/{i:04d}.png" for i, label in enumerate(labels))
    data = DataReference("photos", paths, tuple(labels.tolist()), CLASSES, (), 0, digest)
    plan = PruningPlan.of(model, dict.fromkeys(removed, action))
    evaluations = [
        _evaluation(model, one, data, labels, right, batch_size, rng) for one in (PruningPlan.of(model), plan)
    ]
    centres = np.random.default_rng(1).normal(size=len(model.sites))
    scores = {
        table: {
            site.id: Score(rng.normal(centre, 0.3, images))
            for site, centre in zip(model.sites, centres, strict=True)
            if site.parent or table != "norm_ratio"
        }
        for table in tables
    }
    where = Environment("0.2.0", "3.11.7", "2.14.1", "1.0.31", "Linux", "a processor", "cpu", 1)
    return Session(
        ModelReference(name, name, {"num_classes": 4}, f"{seed:064x}", "", CLASSES),
        model,
        plan,
        replace(where, **environment),
        f"2026-01-0{seed % 9 + 1}T00:00:00+00:00",
        data,
        Scores(images, scores),
        tuple(evaluations),
    )


def _evaluation(
    model: Architecture,
    plan: PruningPlan,
    data: DataReference,
    labels: Any,
    right: float,
    batch_size: int,
    rng: np.random.Generator,
) -> Evaluation:
    predictions = np.where(rng.random(len(labels)) < right, labels, (labels + 1) % len(CLASSES)).astype(np.int64)
    hits, losses = (predictions == labels).astype(np.float64), rng.exponential(size=len(labels))
    summary = plan.summary(model)
    return Evaluation(
        plan,
        data,
        summary.params,
        summary.macs,
        predictions,
        {"top1": hits, "loss": losses},
        top1=proportion(hits > 0),
        loss=bootstrap_mean(losses),
        latency=latency(rng.gamma(100, 0.1 * summary.macs / model.macs, 31), batch_size),
    )
