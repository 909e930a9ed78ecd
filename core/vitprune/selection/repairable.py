"""What is most easily made good goes first."""

from collections.abc import Iterator

from vitprune.selection.method import Case, Method, Needs, Step
from vitprune.selection.rules import ranked


def steps(case: Case) -> Iterator[Step]:
    return ranked(case, {site: score.mean for site, score in case.measured("damage_repaired").items()})


METHOD = Method(
    "repairable",
    "Damage after repair, one shot",
    "This project",
    "A linear map stands for each site alone, fitted without labels to half of the images, and the mean KL divergence "
    "from the dense model's predictions is measured on the other half, in turn. Sites of which least damage is left go "
    "first.",
    "Published one-shot rules ask what is missed when nothing stands in its place. This one takes one pass for all "
    "maps and about half a pass for each site, against many for a search.",
    Needs.IMAGES,
    ("sublayer", "attention", "mlp", "block"),
    steps,
)
