"""What the output of a branch loses."""

from collections.abc import Iterator

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import units


def steps(case: Case) -> Iterator[Step]:
    return units(case, "damage")


METHOD = Method(
    "damage",
    "Output damage of units",
    "Hassibi and Stork 1992, Second order derivatives for network pruning: Optimal Brain Surgeon, NeurIPS 5; by rows "
    "of weights, Frantar et al. 2022, Optimal Brain Compression, arXiv:2208.11580",
    "Heads and neurons go by the squared error that their absence adds to what their branch gives the stream, once the "
    "last layer of the branch is fitted again to those that are left, as a share of the variance of the stream, for "
    "each multiply-accumulate that is saved. That is known in closed form from one pass.",
    "Units go one after the other, hidden neurons a 64th at once, and each is scored beside those that went before. "
    "Branches are scored in the dense model, without what goes from others.",
    Needs.IMAGES,
    ("width", "head", "neuron"),
    steps,
)
