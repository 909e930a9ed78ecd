"""What the model loses when one site goes alone, measured at its output.

Unlike a score of the residual stream, this is the thing itself. It costs about half a pass over the images for each
site, since what comes before the site is known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune.architecture import Site
from vitprune.candidates import Fitted
from vitprune.description import describe
from vitprune.entropy import entropy_change
from vitprune.errors import PlanInvalid
from vitprune.jobs import Job
from vitprune.lab import Lab, Outcome
from vitprune.memory import halving
from vitprune.plan import Action, PruningPlan
from vitprune.scores import Score, read_only

REPAIRED = "damage_repaired"

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


def after_repair(module: nn.Module, batches: Sequence[Tensor], job: Job | None = None) -> dict[str, Score]:
    """Site to score: the damage that is left when a linear map stands for a site that goes alone, for every site that
    can be repaired so; the KL divergence, or the angle for a model without a head.

    The images are dealt into two halves in turn, and what is measured on each is fitted to the other.
    """
    job = job or Job()
    images = torch.cat(list(batches))
    size = len(batches[0])
    found: dict[str, NDArray[np.float64]] = {}

    def measure(half: int, size: int) -> None:
        lab = Lab(module, images[half::2].split(size), job=job)
        architecture = lab.architecture
        plans = {
            site.id: plan
            for site in architecture.prunable
            if site.cost(Action.LINEAR) and (plan := _without(lab, site, Action.LINEAR)) is not None
        }
        fitted = Fitted(lab, PruningPlan.of(architecture), images[1 - half :: 2].split(size))
        for done, (site, blocks) in enumerate(fitted.with_one_more(plans)):
            job.progress("Repairing each site", half * len(plans) + done, 2 * len(plans), "sites")
            outcome = lab.outcome_of(blocks)
            values = found.setdefault(site, np.full(len(images), np.nan))
            values[half::2] = outcome.kl if architecture.num_classes else outcome.angular

    for half in (0, 1):
        halving(size, partial(measure, half), job)
    order = [site.id for site in describe(module).prunable]
    return {site: Score(read_only(found[site])) for site in order if site in found}


def _without(lab: Lab, site: Site, action: str = Action.REMOVE) -> PruningPlan | None:
    try:
        return PruningPlan.of(lab.architecture, {site.id: action})
    except PlanInvalid:  # the only one there is
        return None
