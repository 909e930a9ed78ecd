"""He et al. 2024 (arXiv:2406.15786), scored anew after every removal."""

from collections.abc import Iterator, Mapping

from vitprune.plan import PruningPlan
from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import one_by_one


def steps(case: Case) -> Iterator[Step]:
    def damages(plans: Mapping[str, PruningPlan], chosen: tuple[str, ...]) -> Mapping[str, float]:
        table = case.bench().rescored(case.removal(chosen), "cosine", case.tokens)
        return {site: -table[site].mean for site in plans if site in table}

    return one_by_one(case, damages)


METHOD = Method(
    "cosine-iterative",
    "LLM-Drop, scored anew at every step",
    "He et al. 2024, What Matters in Transformers? Not All Attention is Needed, arXiv:2406.15786",
    "The site with the highest mean cosine goes, the model without it is scored again on the same images, and so on. "
    "It takes one pass over the images for every site that goes.",
    "Where an attention layer has been dropped, the published code leaves its block before the MLP has run, and "
    "scores everything behind it on activations that no exported model has. Here each step scores the really pruned "
    "model.",
    Needs.IMAGES,
    ("sublayer", "attention", "mlp", "block"),
    steps,
)
