"""Plans tried the slow way: the pruned model is made and run whole, and its outputs are compared in numpy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune import apply, score
from vitprune.plan import PruningPlan
from vitprune.scores import Score, table_name
from vitprune.selection.method import Case, Step, UnitRanks


@dataclass(frozen=True)
class Said:
    kl: NDArray[Any]
    loss: NDArray[Any]
    angular: NDArray[Any]
    features: NDArray[Any]


class PlainBench:
    labelled: bool

    def __init__(self, module: nn.Module, images: Tensor, labels: NDArray[np.int64] | None = None) -> None:
        self.module, self.images, self.labels = module, images, labels
        self.labelled = labels is not None
        self.reference = self.run(module)
        self.dense = self.compare(*self.reference)

    def run(self, module: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        with torch.no_grad():
            tokens = module.forward_features(self.images)
            features = module.forward_head(tokens, pre_logits=True)
            return features.double().numpy(), module.forward_head(tokens).double().numpy()

    def compare(self, features: NDArray[Any], logits: NDArray[Any]) -> Said:
        def log_softmax(x: NDArray[Any]) -> NDArray[Any]:
            return x - np.log(np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True)) - x.max(1, keepdims=True)

        dense = self.reference[1]
        p, q = log_softmax(dense), log_softmax(logits)
        cosine = (dense * logits).sum(1) / np.linalg.norm(dense, axis=1) / np.linalg.norm(logits, axis=1)
        loss = np.full(len(q), np.nan) if self.labels is None else -q[np.arange(len(q)), self.labels]
        angle = np.arccos(np.clip(cosine, -1, 1)) / np.pi
        return Said((np.exp(p) * (p - q)).sum(1), loss, angle, features)

    def outcome(self, plan: PruningPlan) -> Said:
        return self.compare(*self.run(apply(plan, self.module, calibration=[self.images])))

    def hold(self, plan: PruningPlan) -> None:
        """Every plan is run whole."""

    def rescored(self, plan: PruningPlan, metric: str, tokens: str) -> Mapping[str, Score]:
        return score(apply(plan, self.module), [self.images], (metric,), tokens=(tokens,))[table_name(metric, tokens)]

    def searched(self, case: Case) -> Iterator[Step]:
        raise AssertionError("the search is not plain")

    def table(self, metric: str) -> Mapping[str, Score]:
        raise AssertionError(f"{metric} is not to be measured here")

    def unit_ranks(self, score: str) -> Mapping[str, UnitRanks]:
        raise AssertionError(f"{score} of units is not to be measured here")

    def cheapest(self, plan: PruningPlan, on_site: object) -> PruningPlan:
        raise AssertionError("the choice of repairs is not plain")
