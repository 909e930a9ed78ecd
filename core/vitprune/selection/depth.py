"""Baseline: from the output back."""

from collections.abc import Iterator

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import ranked


def steps(case: Case) -> Iterator[Step]:
    return ranked(case, {site: -float(place) for place, site in enumerate(case.candidates)})


METHOD = Method(
    "depth",
    "Deepest first",
    "Baseline",
    "Sites go from the last in running order to the first. In language models the deeper layers are the redundant "
    "ones; this baseline shows how far that alone goes.",
    "Nothing is published to differ from. The value of a step is minus the place in running order.",
    Needs.SCORES,
    ("sublayer", "attention", "mlp", "block"),
    steps,
)
