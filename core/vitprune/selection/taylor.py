"""Kim et al. 2024 (arXiv:2402.02834), first order."""

from collections.abc import Iterator

from vitprune.plan import WIDTHS
from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import ranked, units


def steps(case: Case) -> Iterator[Step]:
    if case.granularity in WIDTHS:
        return units(case, "taylor")
    return ranked(case, {site: score.mean for site, score in case.measured("taylor").items()})


METHOD = Method(
    "taylor",
    "Shortened LLaMA, Taylor",
    "Kim et al. 2024, Shortened LLaMA: Depth Pruning for Large Language Models with Comparison of Retraining Methods, "
    "arXiv:2402.02834",
    "Sites go by the sum over their parameters of |weight x gradient of the loss|, lowest first; all scores come from "
    "the dense model. The paper's form Taylor+ also protects the first 4 and the last 2 of 32 blocks: --protect "
    "ends, which keeps the first eighth and the last sixteenth of the blocks, at least one each.",
    "The published code adds up weight x gradient with its sign over batches and takes the absolute value afterwards, "
    "so its score depends on the batch size. Here the absolute value is taken for each image, and the mean over "
    "images has a standard error. Without labels that the head knows, the loss is taken to the dense model's own "
    "prediction. The sum grows with the number of parameters: across kinds of sites it compares sizes too. "
    "Heads and neurons go by the absolute value of the sum of activation x gradient over the tokens of an image "
    "(Michel et al. 2019, arXiv:1905.10650), for each multiply-accumulate that is saved.",
    Needs.IMAGES,
    ("block", "sublayer", "attention", "mlp", "width", "head", "neuron"),
    steps,
)
