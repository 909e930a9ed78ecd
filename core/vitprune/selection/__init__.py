"""Which sites go. A method turns scores into an order, the most redundant first; a budget says where to stop."""

from __future__ import annotations

from dataclasses import dataclass

from vitprune.architecture import Architecture
from vitprune.errors import ArgumentInvalid, PlanInvalid
from vitprune.plan import GRANULARITIES, PruningPlan
from vitprune.scores import METRICS, SELECTIONS, Scores, split_name, table_name

METHODS = {"cosine": "cosine"}


@dataclass(frozen=True, slots=True)
class Budget:
    """Where to stop: after `remove` sites, or once the MACs are at most `macs` of the dense model's."""

    remove: int | None = None
    macs: float | None = None


def order(
    scores: Scores,
    architecture: Architecture,
    *,
    method: str = "cosine",
    granularity: str = "sublayer",
    tokens: str = "all",
    protect: frozenset[str] = frozenset(),
) -> list[str]:
    """Sites by predicted damage, least first; ties in running order. `tokens` are those that the scores are means over.
    A site whose score is not a number never goes, nor does one that is fixed."""
    if method not in METHODS:
        raise ArgumentInvalid(f"There is no method {method!r}.", hint=f"Methods: {', '.join(METHODS)}.")
    if granularity not in GRANULARITIES:
        raise ArgumentInvalid(f"There is no granularity {granularity!r}.", hint=f"Known: {', '.join(GRANULARITIES)}.")
    if tokens not in SELECTIONS:
        raise ArgumentInvalid(
            f"There is no selection of tokens {tokens!r}.", hint=f"Selections: {', '.join(SELECTIONS)}."
        )
    metric = METRICS[METHODS[method]]
    name = table_name(metric.name, tokens)
    if name not in scores:
        raise _no_table(scores, metric.name, tokens)
    if unknown := protect - architecture.by_id.keys():
        raise ArgumentInvalid(f"{architecture.name} has no site {', '.join(sorted(unknown))}.")
    table = scores[name]
    sign = -1 if metric.redundant == "high" else 1
    candidates = [
        site.id
        for site in architecture.of_kind(*GRANULARITIES[granularity])
        if site.id in table
        and not site.fixed
        and table[site.id].mean == table[site.id].mean
        and site.id not in protect
        and site.parent not in protect
        and not any(child.id in protect for child in architecture.children(site.id))
    ]
    return sorted(candidates, key=lambda site: sign * table[site].mean)


def select(
    scores: Scores,
    architecture: Architecture,
    budget: Budget,
    *,
    method: str = "cosine",
    granularity: str = "sublayer",
    tokens: str = "all",
    protect: frozenset[str] = frozenset(),
) -> PruningPlan:
    """The plan that a method makes within a budget. Raises PlanInvalid when the budget cannot be met."""
    ranked = order(scores, architecture, method=method, granularity=granularity, tokens=tokens, protect=protect)
    if budget.remove is not None:
        if not 0 <= budget.remove <= len(ranked):
            raise PlanInvalid(
                f"{budget.remove} sites cannot be removed: there are {len(ranked)} candidates.",
                hint="Choose fewer, or protect less.",
            )
        return PruningPlan.of(architecture, dict.fromkeys(ranked[: budget.remove], "remove"))
    if budget.macs is None or not 0 < budget.macs <= 1:
        raise ArgumentInvalid("A budget is a number of sites, or a share of the MACs between 0 and 1.")
    chosen: list[str] = []
    left = architecture.macs
    for site in ranked:
        if left <= budget.macs * architecture.macs:
            break
        chosen.append(site)
        left -= architecture.by_id[site].macs
    if left > budget.macs * architecture.macs:
        raise PlanInvalid(
            f"Removing all {len(ranked)} candidates leaves {left / architecture.macs:.0%} of the MACs.",
            hint="Ask for less, or protect fewer sites.",
        )
    return PruningPlan.of(architecture, dict.fromkeys(chosen, "remove"))


def _no_table(scores: Scores, metric: str, tokens: str) -> ArgumentInvalid:
    held = [selection for name, selection in map(split_name, scores) if name == metric]
    if not held:
        return ArgumentInvalid(
            f"The session holds no {metric} scores.", hint=f"Analyse again with this metric (--metrics {metric})."
        )
    return ArgumentInvalid(
        f"The session holds no {metric} scores over {SELECTIONS[tokens]}.",
        hint=f"It holds those over: {', '.join(held)}. Analyse again (--tokens {tokens}) if the model has such tokens.",
    )
