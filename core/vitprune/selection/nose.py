"""Lin et al. 2024 (arXiv:2404.05657)."""

from collections.abc import Iterator

from vitprune.entropy import gaussian_entropy
from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import greedy


def steps(case: Case) -> Iterator[Step]:
    bench = case.bench()
    dense = gaussian_entropy(bench.dense.features)
    return greedy(case, bench, lambda found: abs(dense - gaussian_entropy(found.features)))


METHOD = Method(
    "nose",
    "NOSE, transfer entropy",
    "Lin et al. 2024, MLP Can Be a Good Transformer Learner, CVPR 2024, arXiv:2404.05657",
    "At each step the attention layer goes which, together with those that went before, changes the entropy of the "
    "model's output features least: |H(F) - H(F without them)|, the sum over channels of the log standard deviation "
    "over images, as of a Gaussian. Layers interact, so the whole set is measured at every step.",
    "The published code measures the entropy, and does not contain the search; this one takes the least interaction "
    "to be the least change by the whole set. The published model doubles the stream where attention went (x is added "
    "to itself) and is trained for hundreds of epochs until the attention has faded out; here the layer is removed "
    "and x stays as it is.",
    Needs.IMAGES,
    ("attention",),
    steps,
)
