"""The search on what a repaired model says."""

from collections.abc import Iterator

import numpy as np

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import greedy


def steps(case: Case) -> Iterator[Step]:
    head = case.architecture.num_classes > 0
    return greedy(case, case.bench(), lambda found: float(np.mean(found.kl if head else found.angular)), repaired=True)


METHOD = Method(
    "greedy",
    "Search on the repaired model",
    "This project",
    "At each step the site goes without which the model, with the repair that was asked for, stays closest to the "
    "dense one: the mean KL divergence between their predictions, or, for a model without a head, the mean angle "
    "between their features. It needs no labels.",
    "Published searches choose without repair, and repair or train what they chose. What is least missed is not what "
    "is most easily made good.",
    Needs.IMAGES,
    ("sublayer", "attention", "mlp", "block"),
    steps,
)
