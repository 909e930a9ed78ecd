"""What an evaluation can measure: how each figure reads, and which way is good."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitprune.results import Evaluation
from vitprune.statistics import Estimate


@dataclass(frozen=True, slots=True)
class Measure:
    """A field of `Evaluation`. `share`: it is a share of the images, each a hit or not. `of_dense`: what the dense
    model has by definition, where the measure is closeness to it."""

    name: str
    title: str
    unit: str = ""
    share: bool = False
    higher_is_better: bool = True
    of_dense: float | None = None


MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("top1", "top-1 accuracy", "pp", share=True),
        Measure("knn", "nearest-neighbour accuracy", "pp", share=True),
        Measure("agreement", "agreement with the dense model", "pp", share=True, of_dense=1.0),
        Measure("top5", "top-5 accuracy", "pp", share=True),
        Measure("kl", "divergence from the dense model", "nats", higher_is_better=False, of_dense=0.0),
        Measure("loss", "loss", "nats", higher_is_better=False),
        Measure("feature_cosine", "cosine to the dense model's features", of_dense=1.0),
    )
}
"""The most telling first: where several are known, the first is the one to name."""


def per_image(evaluation: Evaluation, measure: Measure) -> NDArray[np.float64] | None:
    """What the measure is the mean of, (images,); None where it was not measured. The dense model is as close to itself
    as can be."""
    if measure.name in evaluation.per_image:
        return evaluation.per_image[measure.name]
    if measure.of_dense is not None and not len(evaluation.plan):
        return np.full(evaluation.images, measure.of_dense)
    return None


def estimate(evaluation: Evaluation, measure: Measure) -> Estimate | None:
    """The measure with its interval; None where it was not measured."""
    found: Estimate | None = getattr(evaluation, measure.name)
    if found is None and measure.of_dense is not None and not len(evaluation.plan):
        return Estimate(measure.of_dense, measure.of_dense, measure.of_dense, evaluation.images)
    return found


def in_words(found: Estimate, measure: Measure | None = None, *, signed: bool = False) -> str:
    """0.913 (0.894 to 0.929), with the unit of the measure; shares as percent or, `signed` as differences are, as
    percentage points."""
    share = measure is not None and measure.share
    sign, digits, scale = "+" if signed else "", 1 if share else 3, 100 if share else 1
    unit = f" {'pp' if signed else '%'}" if share else f" {measure.unit}" if measure and measure.unit else ""

    def shown(value: float) -> str:
        return f"{scale * value:{sign}.{digits}f}" if math.isfinite(value) else "unknown"

    return f"{shown(found.value)}{unit} ({shown(found.low)} to {shown(found.high)})"
