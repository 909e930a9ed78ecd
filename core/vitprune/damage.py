"""What the model loses when one site goes alone, measured at its output.

Unlike a score of the residual stream, this is the thing itself. It costs about half a pass over the images for each
site, since what comes before the site is known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from vitprune.architecture import Site
from vitprune.entropy import entropy_change
from vitprune.errors import PlanInvalid
from vitprune.jobs import Job
from vitprune.lab import Lab, Outcome
from vitprune.plan import PruningPlan
from vitprune.scores import Score, read_only

DAMAGE: Mapping[str, Callable[[Outcome, Outcome], NDArray[np.float64]]] = {
    "damage": lambda dense, without: without.kl,
    "damage_loss": lambda dense, without: without.loss - dense.loss,
    "damage_angular": lambda dense, without: without.angular,
    "output_entropy": lambda dense, without: entropy_change(
        dense.features.astype(np.float64), without.features.astype(np.float64)
    ),
}
"""Score of every image from what the dense model says and what it says without a site. They mean what
`scores.METRICS` says."""


def leave_one_out(lab: Lab, metrics: Collection[str], job: Job | None = None) -> dict[str, dict[str, Score]]:
    """These scores of `DAMAGE`, metric to site to score, of every site that can go.

    `damage_loss` is not a number without labels, nor `damage` without a head.
    """
    job = job or Job()
    wanted = [name for name in DAMAGE if name in metrics]
    tables: dict[str, dict[str, Score]] = {name: {} for name in wanted}
    sites = lab.architecture.prunable
    for done, site in enumerate(sites):
        job.progress("Leaving out each site", done, len(sites), "sites")
        if (plan := _without(lab, site)) is None:
            continue
        outcome = lab.outcome(plan)
        for name in wanted:
            values = np.array(DAMAGE[name](lab.dense, outcome), dtype=np.float64)
            tables[name][site.id] = Score(read_only(values))
    job.progress("Leaving out each site", len(sites), len(sites), "sites")
    return tables


def _without(lab: Lab, site: Site) -> PruningPlan | None:
    try:
        return PruningPlan.of(lab.architecture, {site.id: "remove"})
    except PlanInvalid:  # the only one there is
        return None
