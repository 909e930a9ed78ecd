"""Scores of sites, with the value of every image kept: that is what standard errors and paired tests are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vitprune.ranks import RankIntervals, rank_intervals
from vitprune.statistics import Estimate, standard_error

_Number = TypeVar("_Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Metric:
    """What a score means. `redundant` is the end of the scale at which a site looks redundant: "high" or "low"."""

    name: str
    title: str
    description: str
    redundant: str
    unit: str = ""


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "cosine",
            "Cosine redundancy",
            "Cosine between the residual stream before and after the site, mean over tokens. 1: the site changes no "
            "direction.",
            "high",
        ),
        Metric(
            "norm_ratio",
            "Norm ratio",
            "Length of what a branch adds, over the length of the stream it is added to, mean over tokens. 0: it adds "
            "nothing.",
            "low",
        ),
        Metric(
            "block_influence",
            "Block influence",
            "1 minus the cosine between the stream entering and leaving a block (ShortGPT). 0: the block changes no "
            "direction.",
            "low",
        ),
        Metric(
            "angular",
            "Angular distance",
            "Angle between the residual stream before and after the site, over pi, mean over tokens (Gromov et al.). "
            "0: the site changes no direction.",
            "low",
        ),
        Metric(
            "relative_error",
            "Relative error",
            "Squared length of what the site adds, summed over tokens, over that of the stream after it: the error of "
            "leaving the site out. 0: it adds nothing.",
            "low",
        ),
        Metric(
            "damage",
            "Damage",
            "KL divergence from the dense model's predictions to those without the site. 0: it is not missed.",
            "low",
            "nats",
        ),
        Metric(
            "damage_repaired",
            "Damage after repair",
            "KL divergence from the dense model's predictions (angle between features, where there is no head) with a "
            "linear map in the place of the site, fitted to other images. 0: it can be replaced.",
            "low",
            "nats",
        ),
        Metric(
            "damage_loss",
            "Rise of the loss",
            "Cross-entropy without the site, minus that of the dense model. Below 0: the model is better without it.",
            "low",
            "nats",
        ),
        Metric(
            "damage_angular",
            "Turn of the output",
            "Angle between the outputs of the dense model and of the one without the site, over pi: logits, or "
            "features where there is no head. 0: it is not missed.",
            "low",
        ),
        Metric(
            "output_entropy",
            "Change of the output entropy",
            "Change, without the site, of the entropy of the model's output features, taken for a Gaussian (NOSE). 0: "
            "the features carry as much without it.",
            "low",
            "nats",
        ),
        Metric(
            "taylor",
            "Taylor importance",
            "Sum over the site's parameters of |weight x gradient of the loss| (Shortened LLaMA). The loss is to the "
            "label, or to the model's own prediction where the images have none. 0: to first order, no weight matters.",
            "low",
            "nats",
        ),
    )
}


SELECTIONS: dict[str, str] = {
    "all": "all tokens",
    "cls": "the class token",
    "patch": "patch tokens",
    "pooled": "the tokens that the head reads",
}


ANGLES: dict[str, str] = {
    "all": "mean over all tokens of the angle of each",
    "cls": "the angle of the class token",
    "mean_patch": "the angle of the mean patch token",
}
"""Between what `Scores.angles` are. The last token of Gromov et al. (arXiv:2403.17887) has no meaning in an image; what
stands for it is what the head reads, the class token or the mean patch token."""

CKA: dict[str, str] = {"mean": "the mean token", "cls": "the class token"}
"""What an image is in `Scores.cka`."""


def table_name(metric: str, selection: str) -> str:
    """The name of the scores of a metric that are means over a selection of tokens: `cosine`, `cosine@cls`."""
    return metric if selection == "all" else f"{metric}@{selection}"


def split_name(table: str) -> tuple[str, str]:
    """Metric and selection of tokens of a table: the inverse of `table_name`."""
    metric, _, selection = table.partition("@")
    return metric, selection or "all"


def metric_of(table: str) -> Metric:
    """What the scores of a table mean. Raises KeyError for one that this version does not know."""
    name, selection = split_name(table)
    metric = METRICS[name]
    if selection == "all":
        return metric
    tokens = SELECTIONS[selection]
    described = metric.description.replace("over tokens", f"over {tokens}")
    return replace(metric, name=table, title=f"{metric.title}, {tokens}", description=described)


def title_of(table: str) -> str:
    """The title of a table; its name where this version does not know it."""
    try:
        return metric_of(table).title
    except KeyError:
        return table


@dataclass(frozen=True)
class Score:
    """One site under one metric. `per_image` is (images,), float64, read-only, in the order of the data set."""

    per_image: NDArray[np.float64]

    @cached_property
    def mean(self) -> float:
        return float(np.mean(self.per_image)) if len(self.per_image) else math.nan

    @cached_property
    def standard_error(self) -> float:
        return standard_error(self.per_image)


@dataclass(frozen=True)
class Boundaries:
    """A similarity or a distance of the residual stream at all pairs of block boundaries.

    `mean` and `standard_error` are (blocks + 1, blocks + 1), read-only; row 0 is the stream that enters the first
    block. Not a number where two boundaries cannot be compared. `images` is given where not all images were used.
    """

    mean: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    labels: tuple[str, ...]
    images: int | None = None


@dataclass(frozen=True)
class Scores(Mapping[str, Mapping[str, Score]]):
    """`scores["cosine"]["blocks.3.attn"].mean`: metric to site to score, over `images` images. A metric stands for its
    mean over all tokens; `cosine@cls`, `cosine@patch` and `cosine@pooled` are over some of them.

    `boundaries` are cosines, mean over tokens, of streams of one shape. `angles` are angular distances, arccos of the
    cosine over pi (Gromov et al., arXiv:2403.17887), by a name of `ANGLES`: that of two boundaries is the distance
    across the contiguous range of blocks between them. `cka` is linear CKA over images (Nguyen et al.,
    arXiv:2010.15327), by a name of `CKA`; it compares streams of any shapes. `gains` says, by site and kind of repair,
    what share of what the branch adds that makes good, on images that it was not fitted to. `asked_images` is given
    where the analysis was stopped: the scores are of the first `images` of so many.
    """

    images: int
    tables: Mapping[str, Mapping[str, Score]]
    boundaries: Boundaries | None = field(default=None)
    angles: Mapping[str, Boundaries] = field(default_factory=dict)
    cka: Mapping[str, Boundaries] = field(default_factory=dict)
    gains: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    asked_images: int | None = None

    def __getitem__(self, metric: str) -> Mapping[str, Score]:
        return self.tables[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def after(self, earlier: Scores) -> Scores:
        """These scores and, of what they lack, what was measured earlier on the same images."""
        if earlier.images != self.images:
            return self
        return replace(
            self,
            tables={**earlier.tables, **self.tables},
            boundaries=self.boundaries or earlier.boundaries,
            angles={**earlier.angles, **self.angles},
            cka={**earlier.cka, **self.cka},
            gains={**earlier.gains, **self.gains},
        )

    def of_site(self, site: str) -> dict[str, Score]:
        return {metric: table[site] for metric, table in self.tables.items() if site in table}

    def ranks(self, table: str, sites: Sequence[str] = (), *, k: int = 3) -> RankIntervals:
        """How firmly the images order sites by redundancy under a table: those given, or all that it has, in their
        order in it; `k` is how many are asked to be among the most redundant. Raises KeyError for a table or a site
        that there is not, or a metric that this version does not know."""
        held = self.tables[table]
        per_image = np.stack([held[site].per_image for site in sites or held])
        return rank_intervals(per_image, k, descending=metric_of(table).redundant == "high")


def read_only(values: NDArray[_Number]) -> NDArray[_Number]:
    """The array itself, no longer writable: results cross threads."""
    values.setflags(write=False)
    return values
