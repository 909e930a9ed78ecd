"""Choosing sites and repairs: by a method, or by a search on the true objective."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from vitprune_gui.runner import LiveJob, Request
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.architecture import Architecture
    from vitprune.plan import PruningPlan
    from vitprune.results import DataReference, ModelReference
    from vitprune.scores import Scores
    from vitprune.searches import Rung, SearchPartial, SearchResult, SearchState, SearchStep
    from vitprune_gui.requests.engine import Engine


@dataclass(frozen=True)
class Climbed:
    """What was tried to find the cheapest repair of each site of a plan."""

    plan: PruningPlan
    rungs: tuple[Rung, ...]


@dataclass(frozen=True)
class Choose(Request):
    """Answer: PruningPlan; tells Climbed where repairs were tried. `size` says what `amount` is of: "remove", or the
    share that is left of "macs", "params" or "latency". `tokens` are those that scores are means over, the method's own
    where it is None; `protect` are the sites that stay."""

    topic: ClassVar[str] = "choice"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    data: DataReference | None = field(repr=False)
    scores: Scores | None = field(repr=False)
    architecture: Architecture = field(repr=False)
    method: str
    granularity: str
    size: str
    amount: float
    repair: str
    target: str
    tokens: str | None = None
    protect: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return tr("Choose sites by {method}", method=self.method)

    def run(self, engine: Engine, job: LiveJob) -> PruningPlan:
        workflow, selection = engine.workflow(job), import_module("vitprune.selection")
        method = selection.method_of(self.method)
        wanted: dict[str, Any] = {self.size: int(self.amount) if self.size == "remove" else self.amount}
        if self.size == "latency":
            table = engine.latencies(engine.model(self.model, job), job)
            wanted["time"] = partial(table.left, architecture=self.architecture)
        budget = selection.Budget(**wanted)
        model = images = None
        tries = method.needs is not selection.Needs.SCORES or self.repair == selection.AUTO
        if tries and self.data is not None:
            model = engine.model(self.model, job)
            images = engine.images(self.data.source, "calibration", model, job)
        job.progress("Choosing sites", 0, 0, "")
        rungs: list[Rung] = []
        plan = workflow.plan(
            self.scores,
            self.architecture,
            method=self.method,
            budget=budget,
            granularity=self.granularity,
            tokens=self.tokens,
            protect=self.protect,
            repair=self.repair,
            target=self.target,
            model=model,
            images=images,
            compute=engine.compute,
            job=job,
            on_step=lambda step: job.progress("Choosing sites", len(step.sites), 0, "sites"),
            on_rungs=rungs.extend,
        )
        if rungs:
            job.tell(Climbed(plan, tuple(rungs)))
        return plan


@dataclass(frozen=True)
class RepairCheaply(Request):
    """Answer: PruningPlan, the same with, for each site, the cheapest repair that is not measurably worse; tells
    Climbed."""

    topic: ClassVar[str] = "choice"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    data: DataReference = field(repr=False)
    plan: PruningPlan = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Choose the cheapest repairs")

    def run(self, engine: Engine, job: LiveJob) -> PruningPlan:
        workflow = engine.workflow(job)
        model = engine.model(self.model, job)
        images = engine.images(self.data.source, "calibration", model, job)
        devices = import_module("vitprune.devices")
        with devices.running_on(engine.compute) as device:
            model.module.to(device)
            size = devices.batch_size(engine.compute, model.architecture)
            rungs: list[Rung] = []
            plan = workflow.workbench(model, images, size, job).cheapest(self.plan, rungs.extend)
        job.tell(Climbed(plan, tuple(rungs)))
        return plan


@dataclass(frozen=True, slots=True)
class Searched:
    """A search as far as it has come: its whole steps, and what is known in the middle of the next one."""

    state: SearchState | None
    partial: SearchPartial | None = None

    @property
    def steps(self) -> tuple[SearchStep, ...]:
        return self.state.steps if self.state is not None else ()


@dataclass(frozen=True)
class RunSearch(Request):
    """Answer: SearchResult; tells Searched. `state` is that of a search to go on with. With a repair, two images of
    three are what it is fitted to, and the others measure the damage."""

    topic: ClassVar[str] = "search"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    data: DataReference = field(repr=False)
    remove: int
    granularity: str
    objective: str
    width: int
    racing: bool
    repair: str
    target: str
    protect: tuple[str, ...] = ()
    state: SearchState | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return tr("Search for %n site(s)", "", self.remove)

    @property
    def logged(self) -> str:
        return "Search for 1 site" if self.remove == 1 else f"Search for {self.remove} sites"

    def run(self, engine: Engine, job: LiveJob) -> SearchResult:
        workflow = engine.workflow(job)
        engine_of = import_module("vitprune.search")
        model = engine.model(self.model, job)
        images = engine.images(self.data.source, "calibration", model, job)
        devices = import_module("vitprune.devices")
        with devices.running_on(engine.compute) as device:
            size = devices.batch_size(engine.compute, model.architecture)
            module, batches = model.module.to(device), list(images.batches(size, job))
            labels, fit = workflow.labels_of(model, images), []
            if self.repair != "none":
                fit, batches, labels = engine_of.apart(batches, labels)
            lab = import_module("vitprune.lab").Lab(module, batches, labels=labels, job=job)
            so_far = self.state

            def step(state: SearchState) -> None:
                nonlocal so_far
                so_far = state
                job.tell(Searched(state))

            return engine_of.search(
                lab,
                import_module("vitprune.selection").Budget(remove=self.remove),
                objective=self.objective,
                granularity=self.granularity,
                protect=self.protect,
                width=self.width,
                repair=self.repair,
                target=self.target,
                fit=fit,
                racing=self.racing,
                weights=self.model.weights_sha256,
                data=images.reference.digest,
                state=self.state,
                on_step=step,
                on_partial=lambda known: job.tell(Searched(so_far, known)),
            )
