"""Evaluations made up image by image, for tests of what is read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from session_examples import architecture

from vitprune.measures import MEASURES
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Evaluation, Latency
from vitprune.statistics import bootstrap_mean, proportion

MODEL = architecture(4)
DENSE = PruningPlan.of(MODEL)
PRUNED = PruningPlan.of(MODEL, {"blocks.1.attn": "remove"})
OTHER = PruningPlan.of(MODEL, {"blocks.2.mlp": "remove"})


def data(n: int, labels: Sequence[int] = (), classes: int = 0, digest: str = "d") -> DataReference:
    names = tuple(f"class {i}" for i in range(classes))
    return DataReference("photos", tuple(f"{i}.png" for i in range(n)), tuple(labels), names, (), 0, digest)


def latency(samples: Any, batch_size: int = 8) -> Latency:
    return Latency(np.array(samples, np.float64), batch_size, 1, "cpu")


def evaluation(
    plan: PruningPlan, reference: DataReference, values: Mapping[str, Any], predictions: Any = (), **others: Any
) -> Evaluation:
    """With the estimates of the values, each (images,)."""
    arrays = {name: np.array(of, np.float64) for name, of in values.items()}
    estimates = {
        name: proportion(of.astype(bool)) if MEASURES[name].share else bootstrap_mean(of) for name, of in arrays.items()
    }
    summary = plan.summary(MODEL)
    found: dict[str, Any] = {
        "params": summary.params,
        "macs": summary.macs,
        "predictions": np.array(predictions, np.int64),
        "per_image": arrays,
    }
    return Evaluation(plan, reference, **found, **estimates, **others)
