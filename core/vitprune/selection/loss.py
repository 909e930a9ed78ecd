"""Kim et al. 2024 (arXiv:2402.02834), perplexity."""

from collections.abc import Iterator

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import ranked


def steps(case: Case) -> Iterator[Step]:
    return ranked(case, {site: score.mean for site, score in case.measured("damage_loss").items()})


METHOD = Method(
    "loss",
    "Shortened LLaMA, loss of the model without the site",
    "Kim et al. 2024, Shortened LLaMA: Depth Pruning for Large Language Models with Comparison of Retraining Methods, "
    "arXiv:2402.02834",
    "Each site is left out alone; those whose absence raises the loss least go first. The paper's perplexity, exp of "
    "the mean loss, has the same order.",
    "The rule is the published one, for sublayers too. The paper uses ten texts; here every image of the session "
    "counts, and the rise has a standard error from pairs of values of the same image.",
    Needs.LABELS,
    ("block", "sublayer", "attention", "mlp"),
    steps,
)
