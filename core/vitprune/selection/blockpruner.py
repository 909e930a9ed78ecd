"""Zhong et al. 2024 (arXiv:2406.10594)."""

from collections.abc import Iterator

import numpy as np

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import greedy


def steps(case: Case) -> Iterator[Step]:
    # exp of the mean, a perplexity, has the same order, and overflows.
    return greedy(case, case.labelled(), lambda found: float(np.mean(found.loss)))


METHOD = Method(
    "blockpruner",
    "BlockPruner",
    "Zhong et al. 2024, BlockPruner: Fine-grained Pruning for Large Language Models, arXiv:2406.10594",
    "At each step the attention or MLP sublayer goes without which the perplexity, exp of the mean loss over images, "
    "is lowest, in the model as it is by then. No site is protected.",
    "The published code writes what went as a set sorted by layer, so that the order in which layers went is lost; "
    "here the plan file keeps it. The loss itself is compared, which has the same order as the perplexity.",
    Needs.LABELS,
    ("sublayer", "attention", "mlp"),
    steps,
)
