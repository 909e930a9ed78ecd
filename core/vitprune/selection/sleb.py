"""Song et al. 2024 (arXiv:2402.09025)."""

from collections.abc import Iterator

import numpy as np

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import greedy


def steps(case: Case) -> Iterator[Step]:
    def between_the_ends(chosen: tuple[str, ...]) -> list[str]:
        alive = [block.id for block in case.architecture.blocks if block.id not in chosen]
        return alive[1:-1]

    return greedy(case, case.labelled(), lambda found: float(np.mean(found.loss)), candidates=between_the_ends)


METHOD = Method(
    "sleb",
    "SLEB",
    "Song et al. 2024, SLEB: Streamlining LLMs through Redundancy Verification and Elimination of Transformer Blocks, "
    "arXiv:2402.09025",
    "At each step the block goes without which the loss on the images is lowest, in the model as it is by then. The "
    "first and the last block that are still there are never candidates.",
    "The rule is the published one, and so is its choice among equals: comparing with a strict <, the code keeps the "
    "block that runs first, and never takes one whose loss is not a number. Here the ties are reported. The loss is "
    "that of the class of an image instead of the next token.",
    Needs.LABELS,
    ("block",),
    steps,
)
