"""Zhang et al. 2024 (arXiv:2405.18218)."""

from collections.abc import Iterator

import numpy as np

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import greedy


def steps(case: Case) -> Iterator[Step]:
    return greedy(case, case.bench(), lambda found: float(np.mean(found.angular)))


METHOD = Method(
    "finercut",
    "FinerCut",
    "Zhang et al. 2024, FinerCut: Finer-grained Interpretable Layer Pruning for Large Language Models, "
    "arXiv:2405.18218",
    "At each step the sublayer goes without which the output of the model turns least from that of the dense model: "
    "the mean angular distance between the two. It needs no labels, nor a head that knows the classes.",
    "No code of the authors is known. The distance is the angular one of those that the paper compares.",
    Needs.IMAGES,
    ("sublayer", "attention", "mlp", "block"),
    steps,
)
