"""Baseline: from the input on."""

from collections.abc import Iterator

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import ranked


def steps(case: Case) -> Iterator[Step]:
    return ranked(case, {site: float(place) for place, site in enumerate(case.candidates)})


METHOD = Method(
    "depth-first",
    "Shallowest first",
    "Baseline",
    "Sites go in running order, from the first on: the counterpart of the deepest first.",
    "Nothing is published to differ from. The value of a step is the place in running order.",
    Needs.SCORES,
    ("sublayer", "attention", "mlp", "block"),
    steps,
)
