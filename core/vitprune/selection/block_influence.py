"""Men et al. 2024 (arXiv:2403.03853)."""

from collections.abc import Iterator

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import ranked


def steps(case: Case) -> Iterator[Step]:
    return ranked(case, {site: score.mean for site, score in case.held("block_influence").items()})


METHOD = Method(
    "block-influence",
    "ShortGPT",
    "Men et al. 2024, ShortGPT: Layers in Large Language Models are More Redundant Than You Expect, arXiv:2403.03853",
    "Blocks with the least influence go first: influence is 1 minus the mean cosine between the stream that enters a "
    "block and the one that leaves it. All scores come from the dense model.",
    "The rule is the published one. The unofficial code for it takes the arccos of cosines that rounding has pushed "
    "past 1, which gives no number, and finds no range of a single block; neither can happen here. Its authors find "
    "the paper's set in another order: blocks that are nearly equal have no stable order, so look at the standard "
    "errors.",
    Needs.SCORES,
    ("block",),
    steps,
)
