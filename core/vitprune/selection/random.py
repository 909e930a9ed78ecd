"""The baseline that every method has to beat."""

from collections.abc import Iterator

import numpy as np

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import ranked


def steps(case: Case) -> Iterator[Step]:
    drawn = np.random.default_rng(case.seed).permutation(len(case.candidates))
    return ranked(case, {site: float(place) for site, place in zip(case.candidates, drawn, strict=True)})


METHOD = Method(
    "random",
    "At random",
    "Baseline",
    "Sites go in an order drawn by the seed, whatever they do: what any method has to beat.",
    "Nothing is published to differ from. The value of a step is the place in the order that was drawn.",
    Needs.SCORES,
    ("sublayer", "attention", "mlp", "block"),
    steps,
)
