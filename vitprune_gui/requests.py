"""What the window asks of the engine: frozen questions, answered on the worker's thread."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import psutil

from vitprune.errors import ComparisonImpossible, ModelNotFound, SessionNotFound
from vitprune.jobs import Compute, Job, Progress
from vitprune.sources import SAMPLE, Source
from vitprune_gui.runner import LiveJob, Request, Stopped
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from types import ModuleType

    from torch import Tensor
    from torch.nn import Module

    from vitprune.agreement import Agreement
    from vitprune.anatomy import Subject
    from vitprune.architecture import Architecture
    from vitprune.comparison import Comparison
    from vitprune.images import ImageSet
    from vitprune.loading import KeyReport, LoadedModel
    from vitprune.lossless import Report, Rewrite
    from vitprune.plan import PruningPlan
    from vitprune.report import Result
    from vitprune.results import (
        DataReference,
        Environment,
        Evaluation,
        LatencyTable,
        ModelReference,
        Session,
        Thumbnails,
    )
    from vitprune.scores import Scores
    from vitprune.searches import Rung, SearchPartial, SearchResult, SearchState, SearchStep

_KEPT_IMAGE_SETS = 4
_STUDY = noop("Study of methods")


class Engine:
    """Holds what must not leave the worker's thread: torch, the model in memory, the open image sets."""

    def __init__(self, compute: Compute | None = None) -> None:
        self.compute = compute or Compute()
        self._workflow: ModuleType | None = None
        self._threads = 0
        self._model: LoadedModel | None = None
        self._images: dict[tuple[str, str, str], ImageSet] = {}
        self._latencies: tuple[str, Compute, LatencyTable] | None = None
        self._subject: tuple[tuple[str, str], tuple[Subject, Tensor]] | None = None
        self._pruned: tuple[tuple[str, ...], Module] | None = None

    def workflow(self, job: Job) -> Any:
        """The verbs of `vitprune.workflow`. The first call imports torch, which takes seconds."""
        if self._workflow is None:
            job.progress("Loading PyTorch", 0, 0, "")
            self._workflow = import_module("vitprune.workflow")
        if (threads := self.compute.threads or usual_threads()) != self._threads:
            # Set here because torch keeps the number of threads for each thread that asks.
            import_module("torch").set_num_threads(threads)
            self._threads = threads
        job.check()
        return self._workflow

    def open(self, request: OpenModel, job: Job) -> LoadedModel:
        """Read a model from where it is, even if it is already here: the file may have changed."""
        workflow = self.workflow(job)
        job.progress("Opening the model", 0, 0, "")
        self._model = None  # two models at once may not fit
        self._images.clear()
        self._pruned = None
        model: LoadedModel = workflow.open_model(
            request.source,
            architecture=request.architecture,
            model_args=dict(request.model_args) or None,
            class_names=request.class_names,
        )
        self._model = model
        return model

    def model(self, reference: ModelReference, job: Job) -> LoadedModel:
        """The model that a result or a session speaks of, opened again when it is not the one in memory.

        Raises ModelNotFound when other weights are found in its place.
        """
        if self._model is not None and self._model.reference.weights_sha256 == reference.weights_sha256:
            return self._model
        model = self.open(OpenModel.again(reference), job)
        if model.reference.weights_sha256 != reference.weights_sha256:
            raise ModelNotFound(
                f"The weights of {reference.source} are not the ones that this session was made with.",
                hint="Open the model file again and analyse it anew.",
                details=f"expected {reference.weights_sha256}\nfound    {model.reference.weights_sha256}",
            )
        return model

    def images(self, source: str, purpose: str, model: LoadedModel, job: Job) -> ImageSet:
        """The images of a folder as this model wants them. `purpose` is calibration or test, which matters for the
        sample only."""
        key = (*_images_key(source, purpose), model.reference.weights_sha256)
        if key not in self._images:
            job.progress("Looking for images", 0, 0, "")
            opened = self.workflow(job).open_images(source, model, purpose=purpose, job=job)
            while len(self._images) >= _KEPT_IMAGE_SETS:
                self._images.pop(next(iter(self._images)))
            self._images[key] = opened
        return self._images[key]

    def calibration(self, data: DataReference | None, model: LoadedModel, job: Job) -> ImageSet | None:
        """What repairs are fitted to, where there is something to fit."""
        return None if data is None else self.images(data.source, "calibration", model, job)

    def latencies(self, model: LoadedModel, job: Job) -> LatencyTable:
        """What every site takes of a forward on this machine, timed when it is first asked for."""
        weights = model.reference.weights_sha256
        if self._latencies is None or self._latencies[:2] != (weights, self.compute):
            found = self.workflow(job).site_latencies(model, compute=self.compute, job=job)
            self._latencies = weights, self.compute, found
        return self._latencies[2]

    def subject(self, source: str, model: LoadedModel, job: Job) -> tuple[Subject, Tensor]:
        """An image file as this model sees it, read again when it is not the one of the last call."""
        job.check()
        key = source, model.reference.weights_sha256
        if self._subject is None or self._subject[0] != key:
            self._subject = key, import_module("vitprune.subject").subject(source, model)
        return self._subject[1]

    def pruned(self, model: LoadedModel, plan: PruningPlan | None, fitted: DataReference | None, job: Job) -> Module:
        """The model without what a plan removes, its repairs `fitted` to these images; the whole one without a plan."""
        if not plan:
            return model.module
        key = model.reference.weights_sha256, plan.key, fitted.digest if fitted is not None else ""
        if self._pruned is None or self._pruned[0] != key:
            self._pruned = None  # two pruned models at once may not fit
            self._pruned = key, self.workflow(job).pruned(model, plan, self.calibration(fitted, model, job), job=job)
        return self._pruned[1]

    def forget_images(self, source: str, purpose: str) -> None:
        """Look into the folder again next time."""
        forgotten = _images_key(source, purpose)
        self._images = {key: images for key, images in self._images.items() if key[:2] != forgotten}


def _images_key(source: str, purpose: str) -> tuple[str, str]:
    return source, purpose if source == SAMPLE else ""


def usual_threads() -> int:
    """As many as there are cores, one less where the window can have its own; OMP_NUM_THREADS where it is set."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    cores = psutil.cpu_count(logical=False) or 1
    return cores - 1 if cores > 2 else cores


@dataclass(frozen=True, slots=True)
class ModelOpened:
    """A model as far as the window may know it: no module, no tensor. `removed` is the plan of a pruned folder."""

    reference: ModelReference
    architecture: Architecture
    report: KeyReport
    removed: Mapping[str, str] | None
    environment: Environment


@dataclass(frozen=True)
class OpenModel(Request):
    """Answer: ModelOpened."""

    topic: ClassVar[str] = "model"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    source: str
    architecture: str | None = None
    model_args: tuple[tuple[str, Any], ...] = ()
    class_names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, source: str, architecture: str | None, model_args: Mapping[str, Any] | None, class_names: Sequence[str]
    ) -> OpenModel:
        return cls(source, architecture, tuple(sorted((model_args or {}).items())), tuple(class_names))

    @classmethod
    def again(cls, reference: ModelReference) -> OpenModel:
        source = Source.of(reference)
        return cls.of(source.name, source.architecture, source.model_args, source.class_names)

    def words(self) -> list[str]:
        """How the command line names it. Raises ValueError for what that cannot say."""
        source = Source(self.source, self.architecture, dict(self.model_args), self.class_names)
        if source.unsaid:
            raise ValueError(", ".join(source.unsaid))
        return [source.name, *source.options]

    @property
    def title(self) -> str:
        return tr("Open {name}", name=Path(self.source).name)

    def run(self, engine: Engine, job: Job) -> ModelOpened:
        model = engine.open(self, job)
        environment = engine.workflow(job).environment(engine.compute)
        return ModelOpened(model.reference, model.architecture, model.report, model.plan, environment)


@dataclass(frozen=True)
class OpenImages(Request):
    """Answer: DataReference. The images are prepared for `model`."""

    topic: ClassVar[str] = "images"
    replaces: ClassVar[bool] = True
    purpose: ClassVar[str] = "calibration"
    source: str
    model: ModelReference = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Open images in {name}", name=Path(self.source).name)

    def run(self, engine: Engine, job: Job) -> DataReference:
        engine.forget_images(self.source, self.purpose)
        return engine.images(self.source, self.purpose, engine.model(self.model, job), job).reference


@dataclass(frozen=True)
class OpenTestImages(OpenImages):
    topic: ClassVar[str] = "test images"
    purpose: ClassVar[str] = "test"


@dataclass(frozen=True)
class Analyze(Request):
    """Answer: Session, with scores and an empty plan. Stopped, with those of the images up to there."""

    topic: ClassVar[str] = "analysis"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    lasting: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    data: DataReference = field(repr=False)

    name: ClassVar[str] = noop("Analyse redundancy")

    @property
    def title(self) -> str:
        return tr(self.name)

    @property
    def logged(self) -> str:
        return self.name

    def identity(self) -> tuple[object, ...]:
        return (self.model.weights_sha256, self.model.source, self.data.digest, self.data.source)

    def run(self, engine: Engine, job: Job) -> Session | Stopped:
        model = engine.model(self.model, job)
        images = engine.images(self.data.source, "calibration", model, job)
        analyze = engine.workflow(job).analyze
        return _as_far(analyze(model, images, keep_stopped=True, compute=engine.compute, job=job))


@dataclass(frozen=True)
class MeasureDamage(Analyze):
    """Answer: Session, with every score that this model and these images allow, and what each repair would make good.
    Each site is left out once."""

    topic: ClassVar[str] = "damage"
    name: ClassVar[str] = noop("Measure the damage of each site")

    def run(self, engine: Engine, job: Job) -> Session | Stopped:
        model = engine.model(self.model, job)
        images = engine.images(self.data.source, "calibration", model, job)
        session = engine.workflow(job).analyze(
            model,
            images,
            metrics=("everything",),
            repairs=True,
            keep_stopped=True,
            compute=engine.compute,
            job=job,
        )
        whole = session.scores is None or "damage_angular" in session.scores
        return _as_far(session) if whole or not job.stop.is_set() else Stopped(session, tr("Damage was not measured."))


def _as_far(session: Session) -> Session | Stopped:
    scores = session.scores
    if scores is None or scores.asked_images is None:
        return session
    said = tr("Scores of the first {n} of {asked} images.", n=f"{scores.images:,}", asked=f"{scores.asked_images:,}")
    return Stopped(session, said)


@dataclass(frozen=True)
class CompareOrders(Request):
    """Answer: Agreement | None, how well a cheap score orders the sites by a measured one."""

    topic: ClassVar[str] = "orders"
    replaces: ClassVar[bool] = True
    lasting: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    scores: Scores = field(repr=False)
    architecture: Architecture = field(repr=False)
    score: str
    truth: str
    granularity: str

    @property
    def title(self) -> str:
        return tr("Compare predicted with measured")

    def identity(self) -> tuple[object, ...]:
        values = (
            (site, score.mean, score.standard_error)
            for table in (self.score, self.truth)
            for site, score in self.scores[table].items()
        )
        return (self.architecture.digest, self.score, self.truth, self.granularity, *values)

    def run(self, engine: Engine, job: Job) -> Agreement | None:
        job.check()
        agreement = import_module("vitprune.agreement").agreement
        return agreement(self.scores, self.architecture, self.score, self.truth, self.granularity)


@dataclass(frozen=True, slots=True)
class Ranks:
    """Of these scores: by table and group of sites, the 95 % interval of each site's place by redundancy."""

    scores: Scores
    places: Mapping[tuple[str, str], Mapping[str, tuple[float, float]]]


@dataclass(frozen=True)
class RankSites(Request):
    """Answer: Ranks. `group` is a name for `sites`, which are ranked among each other under each of `tables`."""

    topic: ClassVar[str] = "ranks"
    lasting: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    scores: Scores = field(repr=False)
    tables: tuple[str, ...]
    group: str
    sites: tuple[str, ...] = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Intervals of ranks")

    def identity(self) -> tuple[object, ...]:
        return (id(self.scores), self.tables, self.group, self.sites)

    def run(self, engine: Engine, job: Job) -> Ranks:
        places: dict[tuple[str, str], Mapping[str, tuple[float, float]]] = {}
        for done, table in enumerate(self.tables):
            job.check()
            job.progress("Resampling images", done, len(self.tables), "tables")
            sites = [site for site in self.sites if site in self.scores[table]]
            found = self.scores.ranks(table, sites) if sites else None
            bounds = zip(found.low.tolist(), found.high.tolist(), strict=True) if found is not None else ()
            places[table, self.group] = dict(zip(sites, bounds, strict=True))
        return Ranks(self.scores, places)


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


@dataclass(frozen=True)
class Evaluate(Request):
    """Answer: tuple[Evaluation, ...], the dense model first. Repairs are fitted to the images of `calibration`."""

    topic: ClassVar[str] = "evaluation"
    measures: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    data: DataReference = field(repr=False)
    plan: PruningPlan = field(repr=False)
    calibration: DataReference | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        count = len(self.plan)
        return tr("Evaluate without %n site(s)", "", count) if count else tr("Evaluate the whole model")

    @property
    def logged(self) -> str:
        return f"Evaluate without {_sites(len(self.plan))}" if len(self.plan) else "Evaluate the whole model"

    def identity(self) -> tuple[object, ...]:
        fitted = (self.calibration.digest, self.calibration.source) if self.calibration else ()
        model = self.model.weights_sha256, self.model.source
        return (*model, self.data.digest, self.data.source, self.plan.key, *fitted)

    def run(self, engine: Engine, job: Job) -> tuple[Evaluation, ...]:
        model = engine.model(self.model, job)
        images = engine.images(self.data.source, "test", model, job)
        return engine.workflow(job).evaluate(
            model,
            images,
            self.plan,
            calibration=engine.calibration(self.calibration, model, job),
            compute=engine.compute,
            job=job,
        )


@dataclass(frozen=True)
class KeepPictures(Request):
    """Answer: Thumbnails | None, of the images that not all of the evaluations agree on."""

    topic: ClassVar[str] = "pictures"
    replaces: ClassVar[bool] = True
    evaluations: tuple[Evaluation, ...] = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Keep pictures of changed images")

    def run(self, engine: object, job: Job) -> Thumbnails | None:
        return import_module("vitprune.thumbnails").of_changes(self.evaluations, job=job)


@dataclass(frozen=True)
class Compare(Request):
    """Answer: Comparison of `after` with `before`, None where the two have nothing in common."""

    topic: ClassVar[str] = "comparison"
    replaces: ClassVar[bool] = True
    lasting: ClassVar[bool] = True
    before: Evaluation = field(repr=False)
    after: Evaluation = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Compare with the dense model")

    def identity(self) -> tuple[object, ...]:
        return tuple(part for e in (self.before, self.after) for part in (e.plan.key, *e.inputs[1:], e.created))

    def run(self, engine: Engine, job: Job) -> Comparison | None:
        job.progress("Comparing image by image", 0, 0, "")
        try:
            return import_module("vitprune.comparison").compare(self.before, self.after)
        except ComparisonImpossible:
            return None


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
        return f"Search for {_sites(self.remove)}"

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


@dataclass(frozen=True)
class RunStudy(Request):
    """Answer: Session, which is also at `path`, and tells it after every step: there a study that was stopped goes on.
    `methods` is None for all that fit, `images` for all of `data` and `test`."""

    topic: ClassVar[str] = "study"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    data: DataReference = field(repr=False)
    test: DataReference = field(repr=False)
    path: Path
    methods: tuple[str, ...] | None
    removed: tuple[int, ...]
    repairs: tuple[str, ...]
    granularity: str
    target: str
    speed: bool
    images: int | None = None

    @property
    def title(self) -> str:
        return tr(_STUDY)

    @property
    def logged(self) -> str:
        return _STUDY

    def run(self, engine: Engine, job: LiveJob) -> Session:
        engine.workflow(job)
        study, sessions = import_module("vitprune.study"), import_module("vitprune.sessions")
        model = engine.model(self.model, job)
        job.progress("Looking for images", 0, 0, "")
        fitted, measured = study.open_sets(model, self.data.source, self.test.source, images=self.images, job=job)
        seen = _changed_at(self.path)

        def report(progress: Progress) -> None:
            nonlocal seen
            job.report(progress)
            if (now := _changed_at(self.path)) != seen:  # what the study has so far is what it wrote
                seen = now
                job.tell(sessions.load(self.path))

        return study.study(
            model,
            fitted,
            measured,
            self.path,
            methods=self.methods,
            removed=self.removed,
            repairs=self.repairs,
            granularity=self.granularity,
            target=self.target,
            speed=self.speed,
            compute=engine.compute,
            job=Job(report, job.stop, notes=job.notes),
        )


def _sites(count: int) -> str:
    return "1 site" if count == 1 else f"{count} sites"


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


@dataclass(frozen=True)
class ReadStudy(Request):
    """Answer: Result, all figures of the study that a session holds."""

    topic: ClassVar[str] = "study figures"
    replaces: ClassVar[bool] = True
    patient: ClassVar[bool] = True
    lasting: ClassVar[bool] = True
    session: Session = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Figures of the study")

    def identity(self) -> tuple[object, ...]:
        session = self.session
        made = (part for e in session.evaluations for part in (e.plan.key, *e.inputs[1:], e.created))
        cells = (f"{t.method} {t.removed} {t.repair} {t.plan.key}" for t in session.trials)
        return (session.model.weights_sha256, session.data.digest if session.data else "", *cells, *made)

    def run(self, engine: Engine, job: Job) -> Result:
        job.progress("Comparing orders", 0, 0, "")
        return import_module("vitprune.report").results([self.session], job)[0]


@dataclass(frozen=True)
class WriteReport(Request):
    """Answer: the path that was written, HTML or Markdown by its suffix."""

    topic: ClassVar[str] = "report"
    result: Result = field(repr=False)
    path: Path

    @property
    def title(self) -> str:
        return tr("Write {name}", name=self.path.name)

    def run(self, engine: Engine, job: Job) -> Path:
        page = import_module("vitprune.report").report((self.result,))
        content = import_module("vitprune.document").encoded(page, self.path)
        import_module("vitprune.sessions.part").write(self.path, content)
        return self.path


@dataclass(frozen=True, slots=True)
class Saved:
    """The digest of what is in the file now; whether it `lacks` activations that it was to have."""

    digest: str
    lacks: bool = False


@dataclass(frozen=True)
class SaveSession(Request):
    """Answer: Saved. `activations_from` is the file that holds the activations which the
    session in memory lacks; `version` is the caller's count of changes, given back with the answer; `expected` is the
    digest of what may be replaced, None for whatever is there."""

    topic: ClassVar[str] = "save"
    session: Session = field(repr=False)
    path: Path
    activations_from: Path | None = None
    version: int = 0
    expected: str | None = None

    @property
    def title(self) -> str:
        return tr("Save {name}", name=self.path.name)

    def run(self, engine: object, job: Job) -> Saved:
        job.check()
        sessions = import_module("vitprune.sessions")
        held = self._activations(sessions)
        digest = sessions.save(self.session, self.path, activations_from=held, expected=self.expected, job=job)
        return Saved(digest, held != self.activations_from)

    def _activations(self, sessions: Any) -> Path | None:
        """The file with the activations, where it still has those of this model and these images."""
        held = self.activations_from
        if held is None:
            return None
        if held == self.path and self.expected is not None:
            return held if held.is_file() else None  # where it is the expected one, it has them
        try:
            there = sessions.load(held)
        except SessionNotFound:
            return None  # they are gone; the rest is not to go with them
        ours, theirs = self.session.data, there.data
        same = ours is not None and theirs is not None and ours.digest == theirs.digest
        return held if same and there.model.weights_sha256 == self.session.model.weights_sha256 else None


@dataclass(frozen=True)
class OpenSession(Request):
    """Answer: (Session, digest), its activations left in the file."""

    topic: ClassVar[str] = "model"
    replaces: ClassVar[bool] = True
    path: Path

    @property
    def title(self) -> str:
        return tr("Open {name}", name=self.path.name)

    def run(self, engine: Engine, job: Job) -> tuple[Session, str]:
        job.progress("Reading the session", 0, 0, "")
        return import_module("vitprune.sessions").load_digested(self.path)


@dataclass(frozen=True)
class Export(Request):
    """Answer: the folder that was written."""

    topic: ClassVar[str] = "export"
    model: ModelReference = field(repr=False)
    plan: PruningPlan = field(repr=False)
    folder: Path
    evaluation: Evaluation | None = field(default=None, repr=False)
    dense: Evaluation | None = field(default=None, repr=False)
    rewrites: tuple[str, ...] = ()
    calibration: DataReference | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return tr("Export to {name}", name=self.folder.name)

    def run(self, engine: Engine, job: Job) -> Path:
        model = engine.model(self.model, job)
        job.progress("Writing the folder", 0, 0, "")
        engine.workflow(job).export(
            model,
            self.plan,
            self.folder,
            evaluation=self.evaluation,
            dense=self.dense,
            rewrites=self.rewrites,
            calibration=engine.calibration(self.calibration, model, job),
            job=job,
        )
        return self.folder


@dataclass(frozen=True)
class ProveRewrites(Request):
    """Answer: tuple[tuple[Rewrite, ...], Report]. `names` are the rewrites to prove; None: all that apply."""

    topic: ClassVar[str] = "rewrites"
    replaces: ClassVar[bool] = True
    lasting: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    plan: PruningPlan = field(repr=False)
    names: tuple[str, ...] | None = None
    calibration: DataReference | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return tr("Prove free and exact rewrites")

    def identity(self) -> tuple[object, ...]:
        fitted = self.calibration.digest if self.calibration else ""
        return (self.model.weights_sha256, self.model.source, self.plan.key, self.names, fitted)

    def run(self, engine: Engine, job: Job) -> tuple[tuple[Rewrite, ...], Report]:
        model = engine.model(self.model, job)
        job.progress("Rewriting and comparing logits", 0, 0, "")
        calibration = engine.calibration(self.calibration, model, job)
        return engine.workflow(job).rewrite(model, self.plan, self.names, calibration=calibration, job=job)
