"""Which sites go. A method yields ever larger choices of sites; a budget says which of them is the plan.

A file of this folder declares one `METHOD`; there is no list to keep in step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from vitprune.architecture import Architecture
from vitprune.errors import ArgumentInvalid, PlanInvalid
from vitprune.plan import GRANULARITIES, REPAIRS, WIDTHS, Action, Compensation, PruningPlan, held
from vitprune.scores import SELECTIONS, Scores
from vitprune.searches import Rung
from vitprune.selection.method import Bench, Case, Method, Needs, Outcome, Step, no_bench

__all__ = [
    "ENDS",
    "REPAIR_CHOICES",
    "Bench",
    "Budget",
    "Method",
    "Needs",
    "Outcome",
    "Step",
    "choose",
    "method_of",
    "methods",
    "order",
    "protected",
    "select",
]

ENDS = "ends"
"""Stands for the first eighth and the last sixteenth of the blocks among what is protected: the first 4 and the last 2
of 32, as in Kim et al. 2024 (arXiv:2402.02834)."""

AUTO = "auto"
MIXED = "mixed"
REPAIR_CHOICES = (*REPAIRS, AUTO)


@cache
def methods() -> Mapping[str, Method]:
    """All methods by name."""
    modules = (import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__))
    found = [module.METHOD for module in modules if hasattr(module, "METHOD")]
    return {method.name: method for method in sorted(found, key=lambda method: method.name)}


def method_of(name: str) -> Method:
    """Raises ArgumentInvalid for a name that no method has."""
    if name not in methods():
        raise ArgumentInvalid(f"There is no method {name!r}.", hint=f"Methods: {', '.join(methods())}.")
    return methods()[name]


@dataclass(frozen=True, slots=True)
class Budget:
    """Where to stop: after `remove` sites, or once the share of the dense model's MACs, parameters or latency that is
    left, repairs included, is at most this. `time` predicts the latency of a plan, in any unit."""

    remove: int | None = None
    macs: float | None = None
    params: float | None = None
    latency: float | None = None
    time: Callable[[PruningPlan], float] | None = None

    def check(self) -> None:
        """Raise ArgumentInvalid unless it is exactly one wish that can be understood."""
        shares = [share for share in (self.macs, self.params, self.latency) if share is not None]
        if len(shares) + (self.remove is not None) != 1 or not all(0 < share <= 1 for share in shares):
            raise ArgumentInvalid(
                "A budget is a number of sites, or a share of the MACs, the parameters or the latency between 0 and 1."
            )
        if self.latency is not None and self.time is None:
            raise ArgumentInvalid(
                "A budget of latency needs a table of the time that each site takes on this machine.",
                hint="Measure one first, or use a share of the MACs.",
            )

    def met(self, plan: PruningPlan, architecture: Architecture, removed: int) -> bool:
        """Whether a plan, with which `removed` sites go, is within the budget."""
        if self.remove is not None:
            return removed >= self.remove
        summary = plan.summary(architecture)
        if self.macs is not None:
            return summary.macs <= self.macs * architecture.macs
        if self.params is not None:
            return summary.params <= self.params * architecture.params
        assert self.latency is not None
        assert self.time is not None
        return self.time(plan) <= self.latency * self.time(PruningPlan.of(architecture))

    def within_reach(self, architecture: Architecture, candidates: Collection[str]) -> None:
        """Raise PlanInvalid when not even all candidates are enough: to be known before a search begins."""
        if self.remove is not None and not 0 <= self.remove <= len(candidates):
            raise PlanInvalid(
                f"{self.remove} sites cannot be removed: there are {len(candidates)} candidates.",
                hint="Choose fewer, or protect less.",
            )
        sites = [architecture.by_id[site] for site in candidates]
        macs = architecture.macs - sum(site.macs for site in sites)
        params = architecture.params - sum(site.params for site in sites)
        for wanted, left, whole, unit in (
            (self.macs, macs, architecture.macs, "MACs"),
            (self.params, params, architecture.params, "parameters"),
        ):
            if wanted is not None and left > wanted * whole:
                raise PlanInvalid(
                    f"Removing all {len(candidates)} candidates leaves {left / whole:.0%} of the {unit}.",
                    hint="Ask for less, or protect fewer sites.",
                )


def protected(architecture: Architecture, names: Collection[str]) -> frozenset[str]:
    """The sites that `names`, among them perhaps `ENDS`, keep. Raises ArgumentInvalid for an unknown one."""
    if unknown := set(names) - architecture.by_id.keys() - {ENDS}:
        raise ArgumentInvalid(f"{architecture.name} has no site {', '.join(sorted(unknown))}.")
    kept = set(names) - {ENDS}
    if ENDS in names:
        blocks = [block.id for block in architecture.blocks if not block.fixed]
        first, last = (max(1, math.floor(len(blocks) / part + 0.5)) for part in (8, 16))
        kept |= {*blocks[:first], *blocks[-last:]}
    return frozenset(kept)


def candidates(architecture: Architecture, granularity: str, protect: Collection[str] = ()) -> tuple[str, ...]:
    """The sites that may go, in running order. Raises ArgumentInvalid for what is unknown."""
    known = {**GRANULARITIES, **WIDTHS}
    if granularity not in known:
        raise ArgumentInvalid(f"There is no granularity {granularity!r}.", hint=f"Known: {', '.join(known)}.")
    stay = held(architecture, protected(architecture, protect))
    sites = architecture.of_kind(*known[granularity])
    able = tuple(site.id for site in sites if not site.fixed and site.id not in stay)
    if granularity not in WIDTHS:
        return able
    cut = tuple(site for site in able if architecture.by_id[site].units)
    if not cut:
        why = next((architecture.by_id[site].whole for site in able if architecture.by_id[site].whole), "")
        raise ArgumentInvalid(
            f"No heads or neurons of {architecture.name} can go alone. {why}".rstrip(),
            hint="Remove whole sites." if why else "Analyse the model again, with this version, or remove whole sites.",
        )
    return able if granularity == MIXED else cut


def order(
    scores: Scores | None,
    architecture: Architecture,
    *,
    method: str = "cosine",
    granularity: str | None = None,
    tokens: str | None = None,
    protect: Collection[str] = (),
) -> list[str]:
    """Sites by predicted damage, least first; ties in running order. `tokens` are those that the scores are means over.
    A site whose score is not a number never goes, nor does one that is fixed. Only for methods that need scores alone,
    and rank sites."""
    chosen, case = _case(scores, architecture, method, granularity, tokens, protect)
    return list(max((step.sites for step in chosen.steps(case)), key=len, default=()))


def select(
    scores: Scores | None,
    architecture: Architecture,
    budget: Budget,
    *,
    method: str = "cosine",
    granularity: str | None = None,
    tokens: str | None = None,
    protect: Collection[str] = (),
    repair: str = "none",
    target: str | None = None,
    seed: int = 0,
    compensation: str = Compensation.AFFINE,
    bench: Callable[[], Bench] = no_bench,
    on_step: Callable[[Step], None] = lambda _: None,
    on_rungs: Callable[[tuple[Rung, ...]], None] = lambda _: None,
) -> PruningPlan:
    """The plan that a method makes within a budget.

    `granularity` and `tokens` are the method's own by default; `protect` are sites, or `ENDS`, that stay; `repair` and
    `target` what stands for the sites that go, `AUTO` being the cheapest for each that is not measurably worse, and
    `on_rungs` is told what was tried for it; `compensation` what makes up for heads and neurons. `bench` opens the
    model and images, and is asked by methods that need them; `on_step` is told of every step.

    Raises PlanInvalid when the budget cannot be met, ArgumentInvalid for what is unknown, for scores that the session
    lacks, or for a method without what it needs, DatasetLabels, and what `bench` raises.
    """
    budget.check()
    chosen, case = _case(scores, architecture, method, granularity, tokens, protect, repair, target, seed, bench)
    case = replace(case, compensation=compensation, budget=budget)
    if case.granularity not in WIDTHS:
        budget.within_reach(architecture, case.candidates)
    elif repair == AUTO:
        raise ArgumentInvalid("Where heads and neurons go too, a repair has to be named.", hint="Use linear, or none.")
    plan = choose(chosen, case, budget, on_step)
    return case.bench().cheapest(plan, on_rungs) if repair == AUTO and plan.sites else plan


def choose(method: Method, case: Case, budget: Budget, on_step: Callable[[Step], None] = lambda _: None) -> PruningPlan:
    """The first plan of a method that meets the budget."""
    plan, count = case.plan(()), 0
    if budget.met(plan, case.architecture, 0):
        return plan
    for step in method.steps(case):
        on_step(step)
        plan, count = step.plan or case.plan(step.sites), step.removed
        if budget.met(plan, case.architecture, count):
            return plan
    raise PlanInvalid(
        f"The method {method.name} finds no more than {count} sites that can go, and they do not meet the budget.",
        hint="Ask for less, or protect fewer sites.",
    )


def _case(
    scores: Scores | None,
    architecture: Architecture,
    method: str,
    granularity: str | None,
    tokens: str | None,
    protect: Collection[str],
    repair: str = "none",
    target: str | None = None,
    seed: int = 0,
    bench: Callable[[], Bench] = no_bench,
) -> tuple[Method, Case]:
    chosen = method_of(method)
    granularity = granularity or chosen.granularities[0]
    tokens = tokens or chosen.tokens
    sites = candidates(architecture, granularity, protect)
    if granularity not in chosen.granularities:
        raise ArgumentInvalid(
            f"The method {method} is not defined for the granularity {granularity}.",
            hint=f"It is for: {', '.join(chosen.granularities)}.",
        )
    if tokens not in SELECTIONS:
        raise ArgumentInvalid(
            f"There is no selection of tokens {tokens!r}.", hint=f"Selections: {', '.join(SELECTIONS)}."
        )
    return chosen, Case(
        architecture,
        sites,
        granularity,
        tuple(sorted(protect)),
        tokens,
        scores,
        bench,
        _known_repair(repair),
        target,
        seed,
    )


def _known_repair(repair: str) -> str:
    """That with which sites are chosen: before the cheapest repair of each is known, the best one."""
    if repair == AUTO:
        return str(Action.LINEAR)
    if repair not in REPAIRS:
        raise ArgumentInvalid(f"There is no repair {repair!r}.", hint=f"Repairs: {', '.join(REPAIR_CHOICES)}.")
    return repair
