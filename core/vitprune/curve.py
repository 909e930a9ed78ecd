"""What a training is asked for, and how it went: frozen values, without what it is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitprune.statistics import Estimate

WEIGHTS = ("full", "low-rank")
"""What is trained of the linear layers: every weight, or low-rank changes and all biases; the first is the usual."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """It ends after `minutes` or after `passes` over the images, whichever comes first; one of them may be None.

    `weights` is one of `WEIGHTS`, `rank` that of the low-rank changes. The learning rate rises over the first twentieth
    of the time to `learning_rate`, in units of the spread of what a layer gives, by default what a trial finds, and
    falls to 0 along a cosine. `batch_size` images make a step; what of them is run at once depends on the machine. The
    loss of an image is the divergence of its logits from the dense model's, at `temperature`, plus `features` times the
    relative squared error of the features, which alone is the loss of a model without a head, plus `labels` times the
    cross-entropy, where there are labels. Images are seen as random crops of at least the share `crop` of their area,
    mirrored half of the time if `mirror` says that left and right are alike. A share `held_out` of the images is never
    trained on: training stops when in `patience` checks in a row the loss on it was more than a standard error above
    its lowest."""

    minutes: float | None = 15.0
    passes: int | None = 60
    weights: str = WEIGHTS[0]
    rank: int = 16
    learning_rate: float | None = None
    batch_size: int = 32
    temperature: float = 2.0
    features: float = 0.0
    labels: float = 0.0
    crop: float = 0.6
    mirror: bool = False
    held_out: float = 0.1
    patience: int = 20
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """The held-out images after `step` steps and `seconds`: their mean loss, and the share of them that is given the
    class that the dense model gives, None for a model without a head. Images are shown as they are, without crops."""

    step: int
    seconds: float
    loss: Estimate
    agreement: Estimate | None


@dataclass(frozen=True)
class Curve:
    """How a training went. `losses` has the mean loss of each step's images, (steps,), read-only; `checks` begin before
    the first step. `best` is the number of the check whose weights were kept: the last, where the loss there is within
    one standard error, paired, of the lowest, else the lowest; the first one's are the untrained weights. While it goes
    on it is the lowest. `gain` is by how much the mean loss was another there than at first, paired: below 0 is better;
    where the lowest of many was chosen, it says a little too much.
    `ended` says in a sentence why it ended, "" while it goes on."""

    settings: TrainingSettings
    losses: NDArray[np.float64]
    checks: tuple[Check, ...]
    best: int
    gain: Estimate
    images: int
    held_out: int
    labelled: bool
    trained: int
    seconds: float
    ended: str = ""
    precision: str = "fp32"

    @property
    def steps(self) -> int:
        return len(self.losses)
