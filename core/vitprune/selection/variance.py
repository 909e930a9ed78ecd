"""An et al. 2024 (arXiv:2312.11983)."""

from collections.abc import Iterator

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import units


def steps(case: Case) -> Iterator[Step]:
    return units(case, "variance", standardised=True)


METHOD = Method(
    "variance",
    "FLAP, fluctuation of units",
    "An et al. 2024, Fluctuation-based Adaptive Structured Pruning for Large Language Models, arXiv:2312.11983",
    "Heads and neurons go by the variance of what they hand to the last layer of their branch, times the squared "
    "length of the weights that read it, lowest first: what hardly varies can be left to a bias. A head has the mean "
    "over its channels. As in the paper, scores are standardised within a branch before branches are compared.",
    "The variance of each image is taken about the mean of all images, so that scores have standard errors. The bias "
    "that makes up for what goes is --compensation bias; affine does more.",
    Needs.IMAGES,
    ("width", "head", "neuron"),
    steps,
)
