"""What the scores of a session foresee: do cheap scores order the sites as the measured damage does, and where in the
model is the redundancy?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vitprune.architecture import SUBLAYERS, Architecture, Kind, Site
from vitprune.jobs import Job
from vitprune.plan import GRANULARITIES
from vitprune.rank_correlation import kendall_and_spearman
from vitprune.scores import Scores, metric_of
from vitprune.statistics import Estimate, bootstrap_mean

TRUTH = "damage"
"""Tables whose name begins so are measured by leaving each site out; the others are cheap."""
THIRDS = ("early", "middle", "late")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well the score `score` orders sites by the measured damage `truth`: 1 in the same order, -1 in the opposite.

    `sites` and `images` are those compared. The intervals are over images.
    """

    score: str
    truth: str
    granularity: str
    sites: int
    images: int
    kendall: Estimate
    spearman: Estimate


@dataclass(frozen=True, slots=True)
class Third:
    """The mean of a score over the sites of one kind in the first, middle or last third of the blocks; its interval is
    over images."""

    kind: Kind
    part: str
    sites: int
    mean: Estimate


def truths(scores: Scores) -> tuple[str, ...]:
    """The tables of measured damage."""
    return tuple(table for table in scores if table.startswith(TRUTH))


def agreement(
    scores: Scores,
    architecture: Architecture,
    score: str,
    truth: str = TRUTH,
    granularity: str = "sublayer",
    *,
    resamples: int = 1000,
) -> Agreement | None:
    """Kendall's tau-b and Spearman's rho between predicted and measured damage; None where fewer than three sites have
    both. Raises KeyError for a table that the scores do not have."""
    kinds = GRANULARITIES[granularity]
    both = [site.id for site in architecture.of_kind(*kinds) if site.id in scores[score] and site.id in scores[truth]]
    predicted, measured = damage_order(scores, score, both), damage_order(scores, truth, both)
    usable = np.isfinite(predicted).all(axis=1) & np.isfinite(measured).all(axis=1) if both else np.zeros(0, bool)
    if usable.sum() < 3:
        return None
    predicted, measured = predicted[usable], measured[usable]
    images = min(predicted.shape[1], measured.shape[1])
    # Tables over other numbers of images cannot be resampled together.
    same = predicted.shape == measured.shape
    tau, rho = kendall_and_spearman(predicted, measured, same_images=same, resamples=resamples)
    return Agreement(score, truth, granularity, len(predicted), images, tau, rho)


def agreements(
    scores: Scores,
    architecture: Architecture,
    *,
    granularities: Sequence[str] = tuple(GRANULARITIES),
    resamples: int = 1000,
    job: Job | None = None,
) -> tuple[Agreement, ...]:
    """Of every cheap table with every table of measured damage, the best order first within each."""
    job = job or Job()
    cheap = [table for table in scores if not table.startswith(TRUTH)]
    groups = [(truth, granularity) for truth in truths(scores) for granularity in granularities]
    found: list[Agreement] = []
    for done, (truth, granularity) in enumerate(groups):
        rows: list[Agreement] = []
        for number, table in enumerate(cheap):
            job.progress("Comparing orders", done * len(cheap) + number, len(groups) * len(cheap), "pairs")
            row = agreement(scores, architecture, table, truth, granularity, resamples=resamples)
            rows += [row] if row else []
        found += sorted(rows, key=lambda row: -math.inf if math.isnan(row.kendall.value) else row.kendall.value)[::-1]
    return tuple(found)


def by_depth(scores: Scores, architecture: Architecture, table: str = TRUTH) -> tuple[Third, ...]:
    """The mean of a table over the branches of each kind in each third of the blocks; thirds without a site are left
    out. Raises KeyError for a table that the scores do not have."""
    blocks = max((site.depth for site in architecture.sites), default=0) + 1
    found: list[Third] = []
    for kind in SUBLAYERS:
        sites = [site for site in architecture.of_kind(kind) if site.id in scores[table]]
        for number, part in enumerate(THIRDS):
            per_image = [scores[table][site.id].per_image for site in sites if _third(site, blocks) == number]
            if per_image:
                found.append(Third(kind, part, len(per_image), bootstrap_mean(np.mean(per_image, axis=0))))
    return tuple(found)


def damage_order(scores: Scores, table: str, sites: Sequence[str]) -> NDArray[np.float64]:
    """The values of a table, (sites, images), so turned that more means more damage."""
    values = np.array([scores[table][site].per_image for site in sites])
    try:
        redundant = metric_of(table).redundant
    except KeyError:
        redundant = "low"
    return -values if redundant == "high" else values


def _third(site: Site, blocks: int) -> int:
    return 3 * site.depth // blocks
