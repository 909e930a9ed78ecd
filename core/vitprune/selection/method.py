"""What a file of this folder declares about one way to choose sites, and what such a way is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from numpy.typing import NDArray

from vitprune.architecture import Architecture
from vitprune.errors import ArgumentInvalid, DatasetLabels, PlanInvalid
from vitprune.plan import GRANULARITIES, Compensation, PruningPlan
from vitprune.scores import SELECTIONS, Score, Scores, split_name, table_name
from vitprune.searches import Rung


class Needs(StrEnum):
    """What a method reads."""

    SCORES = "scores"
    """The scores of a session, or not even those."""
    IMAGES = "images"
    """The model, and images to try it on."""
    LABELS = "labels"
    """The model, and images with labels that its head knows."""


UnitRanks = tuple[Sequence[int], Sequence[float]]


class Outcome(Protocol):
    """What a model says of every image, (images,) float64 each: `kl` (nats), `angular` and `js` are its distance from
    the dense model, `loss` is the cross-entropy (nats). `features`, (images, width), are what its head reads."""

    @property
    def kl(self) -> NDArray[Any]: ...
    @property
    def loss(self) -> NDArray[Any]: ...
    @property
    def angular(self) -> NDArray[Any]: ...
    @property
    def features(self) -> NDArray[Any]: ...


class Bench(Protocol):
    """A model and images to try plans on. `labelled`: the images have labels that the model's head knows."""

    @property
    def labelled(self) -> bool: ...
    @property
    def dense(self) -> Outcome: ...
    def outcome(self, plan: PruningPlan) -> Outcome: ...

    def hold(self, plan: PruningPlan) -> None:
        """Be told that the plans to come are this one with a site more."""
        ...

    def rescored(self, plan: PruningPlan, metric: str, tokens: str) -> Mapping[str, Score]:
        """A score of a single pass, of every site of the model that the plan leaves."""
        ...

    def searched(self, case: Case) -> Iterator[Step]:
        """Step by step the site without which the model, repaired as the case says, stays closest to the dense one."""
        ...

    def table(self, metric: str) -> Mapping[str, Score]:
        """A score that takes more than one pass, of every site that can go."""
        ...

    def unit_ranks(self, score: str) -> Mapping[str, UnitRanks]:
        """By a score of units, of every branch whose units can go: these, least first, and what each adds when it goes
        after those before it."""
        ...

    def cheapest(self, plan: PruningPlan, on_site: Callable[[tuple[Rung, ...]], None]) -> PruningPlan:
        """The plan with the cheapest repair for each site that is not measurably worse than its best."""
        ...


def no_bench() -> Bench:
    raise ArgumentInvalid("This method tries plans on the model, which is not here.", hint="Give a model and images.")


@dataclass(frozen=True, slots=True)
class Step:
    """The sites that go so far, in the order in which they were chosen. `value` is what the choice was made by, in the
    method's own terms; `tied` are the sites that did just as well and were passed over since they run later. Where
    heads or neurons go, `plan` says which, and `units` how many; `sites` are then names of moves, or the branches that
    lose some."""

    sites: tuple[str, ...]
    value: float
    tied: tuple[str, ...] = ()
    plan: PruningPlan | None = None
    units: int = 0

    @property
    def removed(self) -> int:
        return self.units or len(self.sites)


@dataclass(frozen=True)
class Case:
    """A model whose sites are to be chosen from.

    `candidates` may go, in running order: all sites of the `granularity` but those that are fixed or that `protect`
    keeps. `tokens` are those that scores are means over. `bench` opens the model when it is first asked for, or raises
    a VitPruneError that says why it cannot. `repair`, `target` and `compensation` are what the plan is to have, and
    `seed` is for what is drawn.
    """

    architecture: Architecture
    candidates: tuple[str, ...]
    granularity: str = "block"
    protect: tuple[str, ...] = ()
    tokens: str = "all"
    scores: Scores | None = None
    bench: Callable[[], Bench] = no_bench
    repair: str = "none"
    target: str | None = None
    seed: int = 0
    compensation: str = Compensation.AFFINE
    budget: Any = None
    """The `selection.Budget` that the plan is made for, where one is."""

    def plan(self, sites: Iterable[str]) -> PruningPlan:
        """These sites, repaired. Raises PlanInvalid when nothing would be left."""
        return self.removal(sites).repaired(self.architecture, self.repair, self.target)

    def removal(self, sites: Iterable[str]) -> PruningPlan:
        """These sites, without repair. Raises PlanInvalid when nothing would be left."""
        return PruningPlan.of(self.architecture, dict.fromkeys(sites, "remove"))

    def leaves_something(self, sites: Iterable[str]) -> bool:
        try:
            self.removal(sites)
        except PlanInvalid:
            return False
        return True

    def held(self, metric: str) -> Mapping[str, Score]:
        """A score of the session over the tokens of this case. Raises ArgumentInvalid when the session lacks it."""
        name = table_name(metric, self.tokens)
        if self.scores is None or name not in self.scores:
            raise self._lacks(metric)
        return self.scores[name]

    def measured(self, metric: str) -> Mapping[str, Score]:
        """A score that takes more than one pass: the session's, or else measured now."""
        return self.scores[metric] if self.scores and metric in self.scores else self.bench().table(metric)

    def labelled(self) -> Bench:
        """The bench, where it has labels. Raises DatasetLabels."""
        bench = self.bench()
        if not bench.labelled:
            raise DatasetLabels(
                "This method goes by the loss, and these images have no labels that the model's head knows.",
                hint="Use images in class folders, or a method without labels, such as finercut.",
            )
        return bench

    def _lacks(self, metric: str) -> ArgumentInvalid:
        held = [selection for name, selection in map(split_name, self.scores or ()) if name == metric]
        if not held:
            return ArgumentInvalid(
                f"The session holds no {metric} scores.", hint=f"Analyse again with this metric (--metrics {metric})."
            )
        return ArgumentInvalid(
            f"The session holds no {metric} scores over {SELECTIONS[self.tokens]}.",
            hint=f"It holds those over: {', '.join(held)}. Analyse again (--tokens {self.tokens}) if the model has "
            "such tokens.",
        )


@dataclass(frozen=True)
class Method:
    """One way to choose sites.

    `what` and `differs` are a paragraph each: the rule, and where it departs from the published code and why. `steps`
    yields ever larger choices; the first that meets the budget is taken, and no further one is computed. The first of
    `granularities` is the usual one, as are `tokens`.
    """

    name: str
    title: str
    paper: str
    what: str
    differs: str
    needs: Needs
    granularities: tuple[str, ...]
    steps: Callable[[Case], Iterator[Step]]
    tokens: str = "all"

    @property
    def of_sites(self) -> bool:
        """Whether it chooses whole sites, or can."""
        return any(granularity in GRANULARITIES for granularity in self.granularities)
