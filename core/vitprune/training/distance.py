"""How far a model is from its teacher on an image.

    loss = T² KL(softmax(teacher / T) || softmax(student / T))          the logits, at temperature T
         + features * |features - teacher's|² / |teacher's - mean|²     what the head reads, before and after pooling
         + labels * cross-entropy

Hinton et al. 2015, arXiv:1503.02531, for the first term. Features are the output of the last norm. The mean, over
images at each position, and the scale are those of the teacher on some of the images. A model without a head has
nothing but features: their weight is 1 there, if none is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vitprune.curve import TrainingSettings
from vitprune.precision import full


@dataclass(frozen=True)
class Said:
    """What a model says of a batch: `tokens`, its last features, flattened to (B, anything), None where they are no
    tensor; `pooled` features (B, width); `logits` (B, classes), None for a model without a head. None too for what
    nobody asked for."""

    tokens: Tensor | None = None
    pooled: Tensor | None = None
    logits: Tensor | None = None

    @classmethod
    def of(cls, batches: Sequence[Said]) -> Said:
        """All images of these batches."""
        parts = {name: [getattr(said, name) for said in batches] for name in FIELDS}
        whole: dict[str, Any] = {name: None if some[0] is None else torch.cat(some) for name, some in parts.items()}
        return cls(**whole)

    def part(self, some: slice) -> Said:
        held: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
        taken: dict[str, Any] = {name: None if tensor is None else tensor[some] for name, tensor in held.items()}
        return Said(**taken)


FIELDS = tuple(field.name for field in fields(Said))


def say(module: nn.Module, images: Tensor) -> Said:
    model = cast(Any, module)
    features = model.forward_features(images)
    pooled = full(model.forward_head(features, pre_logits=True)).flatten(1)
    logits = full(model.forward_head(features)) if getattr(model, "num_classes", 0) else None
    return Said(full(features).flatten(1) if isinstance(features, Tensor) else None, pooled, logits)


class Distance:
    """Of students from what a teacher says. `spread` is the mean square of the teacher's features about their mean."""

    def __init__(self, settings: TrainingSettings, teacher: Said) -> None:
        self._settings = settings
        self._spread = {name: _spread(getattr(teacher, name)) for name in ("tokens", "pooled")}

    def __call__(self, student: Said, teacher: Said, labels: Tensor | None = None) -> Tensor:
        """The loss of each image, (B,). A label below 0 is none."""
        settings = self._settings
        headless = student.logits is None or teacher.logits is None
        weight = settings.features or float(headless)
        loss = torch.zeros(())
        for name, spread in self._spread.items():
            mine, aim = getattr(student, name), getattr(teacher, name)
            if mine is not None and weight:
                loss = loss + weight / 2 * ((mine - aim) ** 2).mean(1) / spread
        if student.logits is not None and teacher.logits is not None:
            heat = settings.temperature
            mine, aim = (F.log_softmax(said.logits / heat, -1) for said in (student, teacher))  # pyright: ignore
            loss = loss + heat**2 * F.kl_div(mine, aim, reduction="none", log_target=True).sum(-1)
            if labels is not None and settings.labels:
                cross = F.cross_entropy(student.logits, labels, reduction="none", ignore_index=-1)
                loss = loss + settings.labels * cross
        return loss


def _spread(features: Tensor | None) -> float:
    if features is None:
        return 1.0
    found = float(((features - features.mean(0)) ** 2).mean())
    return found or 1.0  # of one image, which is its own mean
