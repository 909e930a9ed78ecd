"""Measuring: scores of sites, evaluations of plans, and how firm and how different they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from vitprune.errors import ComparisonImpossible
from vitprune.jobs import Job
from vitprune_gui.runner import Request, Stopped
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from vitprune.agreement import Agreement
    from vitprune.architecture import Architecture
    from vitprune.comparison import Comparison
    from vitprune.plan import PruningPlan
    from vitprune.results import DataReference, Evaluation, ModelReference, Session, Thumbnails
    from vitprune.scores import Scores
    from vitprune_gui.requests.engine import Engine


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
            model, images, metrics=("everything",), repairs=True, keep_stopped=True, compute=engine.compute, job=job
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
        count = len(self.plan)
        if not count:
            return "Evaluate the whole model"
        return "Evaluate without 1 site" if count == 1 else f"Evaluate without {count} sites"

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
