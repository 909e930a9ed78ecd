"""A model and images together: what methods try plans on, and scores that take more than one pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from torch import Tensor, nn

from vitprune.architecture import Architecture
from vitprune.damage import DAMAGE, REPAIRED, after_repair, leave_one_out
from vitprune.errors import ArgumentInvalid, DatasetLabels, ModelUnsupported, PlanInvalid, VitPruneError
from vitprune.jobs import Job
from vitprune.lab import Lab, Outcome
from vitprune.ladder import climb
from vitprune.memory import halving
from vitprune.metrics import metrics
from vitprune.plan import WIDTHS, PruningPlan, Target
from vitprune.scores import METRICS, Score, table_name
from vitprune.scoring import score
from vitprune.search import apart, search
from vitprune.searches import Rung, SearchState
from vitprune.selection import Budget
from vitprune.selection.method import Case, Step, UnitRanks
from vitprune.surgery import apply
from vitprune.taylor import taylor
from vitprune.width import unit_scores
from vitprune.width.mixed import search_mixed

TAYLOR = "taylor"
EVERYTHING = "everything"
PASSES = (*DAMAGE, REPAIRED, TAYLOR)
"""Scores that take more than one pass; `all` does not stand for them, `everything` does."""


class Workbench:
    """`batches` gives the images anew at each call, `labels` are classes of the model's head. Nothing is computed
    before it is asked for; meanwhile nothing else may change or run the model.

    A search goes on from `known`, and `on_search` is told after each of its steps; `digests` of the weights and the
    images tell whether it is the same search.
    """

    def __init__(
        self,
        module: nn.Module,
        batches: Callable[[], Iterable[Tensor]],
        labels: Sequence[int] | None = None,
        *,
        total: int | None = None,
        digests: tuple[str, str] = ("", ""),
        known: SearchState | None = None,
        on_search: Callable[[SearchState], None] = lambda _: None,
        job: Job | None = None,
    ) -> None:
        self.module = module
        self.batches = batches
        self.labels = labels
        self.total = total
        self.digests = digests
        self.known = known
        self.on_search = on_search
        self.job = job or Job()
        self._unit_ranks: dict[str, Mapping[str, UnitRanks]] = {}

    @cached_property
    def lab(self) -> Lab:
        return Lab(self.module, self.batches(), labels=self.labels, job=self.job)

    @property
    def labelled(self) -> bool:
        return self.labels is not None

    @property
    def dense(self) -> Outcome:
        return self.lab.dense

    def outcome(self, plan: PruningPlan) -> Outcome:
        if not plan.needs_calibration:
            return self.lab.outcome(plan)
        quiet = Job(stop=self.job.stop, notes=self.job.notes)
        (repaired,) = self.lab.portions.passes(
            self.batches, lambda batches: [apply(plan, self.module, batches, job=quiet)]
        )
        return self.lab.outcome_of({path: repaired.get_submodule(path) for path in self.lab.segments.blocks})

    def hold(self, plan: PruningPlan) -> None:
        self.lab.hold(plan)

    def rescored(self, plan: PruningPlan, metric: str, tokens: str) -> Mapping[str, Score]:
        pruned = apply(plan, self.module)
        found = score(pruned, self.batches(), (metric,), tokens=(tokens,), total=self.total, job=self.job)
        if (name := table_name(metric, tokens)) not in found:
            raise ArgumentInvalid(f"The model has no {METRICS[metric].title.lower()} over these tokens ({tokens}).")
        return found[name]

    def searched(self, case: Case) -> Iterator[Step]:
        if case.granularity in WIDTHS:
            yield from self._searched_width(case)
            return
        lab, fit = self.lab, []
        if case.repair != "none":
            fit, measure, labels = apart(list(self.batches()), self.labels)
            lab = Lab(self.module, measure, labels=labels, job=self.job)
        state = self.known
        for count in range(1, len(case.candidates) + 1):
            try:
                found = search(
                    lab,
                    Budget(remove=count),
                    objective="kl" if case.architecture.num_classes else "angular",
                    granularity=case.granularity,
                    protect=case.protect,
                    repair=case.repair,
                    target=case.target or Target.STREAM,
                    fit=fit,
                    weights=self.digests[0],
                    data=self.digests[1],
                    state=state,
                    on_step=self.on_search,
                )
            except PlanInvalid:  # nothing would be left
                return
            last = found.steps[-1]
            if state is None or len(state.steps) < count:
                state = found.state
            yield Step(last.sites, last.damage.value, last.tied)

    def _searched_width(self, case: Case) -> Iterator[Step]:
        """One budget, one step: how a search over width goes on depends on what is still to be saved."""
        if case.budget is None:
            raise ArgumentInvalid("A search over width needs a budget.", hint="Use --target macs=0.7, for one.")
        fit, measure, labels = apart(list(self.batches()), self.labels)
        found = search_mixed(
            Lab(self.module, measure, labels=labels, job=self.job),
            case.budget,
            granularity=case.granularity,
            protect=case.protect,
            repair=case.repair,
            target=case.target or Target.STREAM,
            compensation=case.compensation,
            fit=fit,
            weights=self.digests[0],
            data=self.digests[1],
            state=self.known,
            on_step=self.on_search,
        )
        last = found.steps[-1]
        yield Step(last.sites, last.damage.value, last.tied, plan=found.plan)

    def unit_ranks(self, score: str) -> Mapping[str, UnitRanks]:
        if score not in self._unit_ranks:
            whole = next((len(batch) for batch in self.batches()), 1)
            found = halving(whole, lambda size: self._unit_scores(score, size), self.job)
            self._unit_ranks[score] = {site: unit.ranks for site, unit in found.items()}
        return self._unit_ranks[score]

    def _unit_scores(self, score: str, size: int) -> Mapping[str, unit_scores.UnitScore]:
        def batches() -> Iterator[Tensor]:
            for batch in self.batches():
                yield from batch.split(size)

        module, architecture = self.module, self.lab.architecture
        match score:
            case "variance":
                return unit_scores.variance(module, architecture, batches, self.job)
            case "taylor":
                return unit_scores.taylor(module, architecture, batches, self.labels, self.job)
            case _:
                return unit_scores.damage(module, architecture, batches, self.job)

    def cheapest(self, plan: PruningPlan, on_site: Callable[[tuple[Rung, ...]], None] = lambda _: None) -> PruningPlan:
        """The plan with, for each site, the cheapest repair that is not measurably worse than its best."""
        fit, measure, labels = apart(list(self.batches()), self.labels)
        return climb(Lab(self.module, measure, labels=labels, job=self.job), plan, fit, on_site=on_site)

    def table(self, metric: str) -> Mapping[str, Score]:
        if error := unavailable(metric, self.lab.architecture, labelled=self.labelled):
            raise error
        return self.tables((metric,))[metric]

    def tables(self, names: Collection[str]) -> dict[str, Mapping[str, Score]]:
        """Scores of `PASSES`, metric to site to score."""
        found: dict[str, Mapping[str, Score]] = {}
        if wanted := [name for name in names if name in DAMAGE]:
            found |= leave_one_out(self.lab, wanted, self.job)
        if REPAIRED in names:
            found[REPAIRED] = after_repair(self.module, list(self.batches()), self.job)
        if TAYLOR in names:
            found[TAYLOR] = taylor(self.module, self.batches(), self.labels, total=self.total, job=self.job)
        return found


def split(names: Sequence[str], architecture: Architecture, *, labelled: bool) -> tuple[list[str], list[str]]:
    """Metrics of the one pass, and those that take more. `everything` stands for all that this model and these images
    allow, `all` for those of the one pass.

    Raises ArgumentInvalid for an unknown name, DatasetLabels or ModelUnsupported for one that cannot be measured.
    """
    single = [name for name in names if name not in (*PASSES, EVERYTHING)]
    if unknown := set(single) - {*metrics(), "all"}:
        known = ", ".join((*metrics(), *PASSES, "all", EVERYTHING))
        raise ArgumentInvalid(f"There is no metric {min(unknown)!r}.", hint=f"Metrics: {known}.")
    for name in names:
        if error := unavailable(name, architecture, labelled=labelled):
            raise error
    if EVERYTHING in names:
        return ["all"], [n for n in PASSES if unavailable(n, architecture, labelled=labelled) is None]
    return single, [name for name in PASSES if name in names]


def unavailable(metric: str, architecture: Architecture, *, labelled: bool) -> VitPruneError | None:
    """Why a score cannot be measured on this model with these images."""
    if metric in ("damage", TAYLOR) and not architecture.num_classes:
        return ModelUnsupported(
            f"{METRICS[metric].title} is of predictions, and this model has no head.",
            hint="Use damage_angular, which compares features.",
        )
    if metric == REPAIRED and not any(site.cost("linear") for site in architecture.prunable):
        return ModelUnsupported(
            "No site of this model can be repaired.", hint="Use damage, which is that of leaving a site out."
        )
    if metric == "damage_loss" and not labelled:
        return DatasetLabels(
            "The rise of the loss needs labels that the model's head knows.",
            hint="Use images in class folders, or damage, which needs none.",
        )
    return None
