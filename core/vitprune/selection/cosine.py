"""He et al. 2024 (arXiv:2406.15786), one shot."""

from collections.abc import Iterator

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import ranked


def steps(case: Case) -> Iterator[Step]:
    return ranked(case, {site: -score.mean for site, score in case.held("cosine").items()})


METHOD = Method(
    "cosine",
    "LLM-Drop, one shot",
    "He et al. 2024, What Matters in Transformers? Not All Attention is Needed, arXiv:2406.15786",
    "Sites whose stream has the most similar direction before and after go first: 1 minus the mean cosine is their "
    "importance. Attention and MLP sublayers compete in one list at the granularity sublayer.",
    "The published code takes the first image of a batch for the batch in some hooks, so it is right for batches of "
    "one only; here every image counts. It marks layers that must not go with minus infinity and can still choose "
    "them when few others are left; here they are no candidates. Its order of ties is undefined; here ties go in "
    "running order and are reported.",
    Needs.SCORES,
    ("sublayer", "attention", "mlp", "block"),
    steps,
)
