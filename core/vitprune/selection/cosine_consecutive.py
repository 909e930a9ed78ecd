"""He et al. 2024 (arXiv:2406.15786), contiguous blocks."""

from collections.abc import Iterator

from vitprune.errors import ArgumentInvalid
from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import windows


def steps(case: Case) -> Iterator[Step]:
    if case.scores is None or case.scores.boundaries is None:
        raise ArgumentInvalid("The session holds no cosines between block boundaries.", hint="Analyse again.")
    if case.tokens != "all":
        raise ArgumentInvalid("The cosines between block boundaries are over all tokens.", hint="Use --tokens all.")
    boundaries = case.scores.boundaries
    return windows(case, boundaries, -boundaries.mean)


METHOD = Method(
    "cosine-consecutive",
    "LLM-Drop, contiguous blocks",
    "He et al. 2024, What Matters in Transformers? Not All Attention is Needed, arXiv:2406.15786",
    "The contiguous range of n blocks across which the stream keeps its direction best goes: the highest mean cosine "
    "between the stream that enters the first of them and the one that leaves the last.",
    "The published code looks one column too far in its table of similarities, so that it scores ranges of n + 1 "
    "blocks and removes n of them. Here the range that is scored is the one that goes.",
    Needs.SCORES,
    ("block",),
    steps,
)
