"""What was measured, on what, and where. Frozen values and read-only arrays, free to cross threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitprune import __version__
from vitprune.architecture import Architecture
from vitprune.curve import Curve
from vitprune.jobs import PRECISIONS
from vitprune.plan import PruningPlan
from vitprune.scores import Scores
from vitprune.searches import SearchResult
from vitprune.statistics import Estimate


@dataclass(frozen=True)
class ModelReference:
    """How to open the model again, and the digest that tells whether it is the same one.

    `source` is what the user gave (a timm name, "sample", a folder, a weights file), `architecture` the timm name.
    """

    source: str
    architecture: str
    model_args: Mapping[str, Any]
    weights_sha256: str
    licence: str = ""
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SkippedImage:
    path: str
    reason: str


@dataclass(frozen=True)
class DataReference:
    """Which images were used. `digest` is that of the files' contents, in order; `labels` is empty without labels."""

    source: str
    paths: tuple[str, ...]
    labels: tuple[int, ...]
    class_names: tuple[str, ...]
    skipped: tuple[SkippedImage, ...]
    seed: int
    digest: str

    @property
    def images(self) -> int:
        return len(self.paths)


@dataclass(frozen=True)
class Latency:
    """Wall time of one forward of `batch_size` images. `samples_ms` is (repeats,), read-only. `device` says how the
    model ran, too, if that was in bf16: its times compare with such."""

    samples_ms: NDArray[np.float64]
    batch_size: int
    threads: int
    device: str

    @cached_property
    def median_ms(self) -> float:
        return float(np.median(self.samples_ms))

    @cached_property
    def quartiles_ms(self) -> tuple[float, float]:
        low, high = np.quantile(self.samples_ms, [0.25, 0.75])
        return float(low), float(high)

    @property
    def conditions(self) -> tuple[int, int, str]:
        """Batch size, threads and device: times compare only under the same."""
        return self.batch_size, self.threads, self.device

    @property
    def images_per_second(self) -> float:
        return 1000 * self.batch_size / self.median_ms


@dataclass(frozen=True, slots=True)
class SiteRepair:
    """What was fitted for one site. `explained` is the share of what was to be made good that the fit explains, by
    generalised cross-validation; `own` the same for the map that the class token has of its own, NaN where it has none;
    `ridge` the strength chosen, relative to the largest eigenvalue. `action` is "refit" for a branch that stays, "bias"
    or "affine" for what makes up for units that went from one."""

    site: str
    action: str
    explained: float
    own: float
    ridge: float


@dataclass(frozen=True)
class LatencyTable:
    """The wall time that each site takes of a forward of `batch_size` images on one machine, all in milliseconds.

    `samples_ms` is, by site, (repeats,): a block with everything in it; a branch with its norm, its layer scale and,
    except where branches run side by side, its addition. `rest_ms`, (repeats,), is what is in no block, `watched_ms`
    the whole of the forwards in which all this was timed, and `whole_ms` forwards in between that nobody watched. All
    are read-only.
    """

    samples_ms: Mapping[str, NDArray[np.float64]]
    rest_ms: NDArray[np.float64]
    watched_ms: NDArray[np.float64]
    whole_ms: NDArray[np.float64]
    batch_size: int
    threads: int
    device: str

    def median_ms(self, site: str) -> float:
        return float(np.median(self.samples_ms[site]))

    def quartiles_ms(self, site: str) -> tuple[float, float]:
        low, high = np.quantile(self.samples_ms[site], [0.25, 0.75])
        return float(low), float(high)

    def expected_ms(self, architecture: Architecture) -> dict[str, float]:
        """What each site takes on a machine that nothing disturbs, as far as that can be told: medians of the branches,
        and of a block the sum of those and of the rest of the block. What disturbs a forward hits few of its many
        parts, so that their medians are free of it, and those of long parts are not."""
        expected: dict[str, float] = {}
        for block in architecture.blocks:
            if block.id in self.samples_ms:
                inside = [site.id for site in architecture.children(block.id) if site.id in self.samples_ms]
                expected |= {site: self.median_ms(site) for site in inside}
                own = self.samples_ms[block.id] - sum((self.samples_ms[site] for site in inside), np.zeros(1))
                expected[block.id] = sum(expected[site] for site in inside) + float(np.median(own))
        return expected

    def expected_total_ms(self, architecture: Architecture) -> float:
        """All blocks and what is in none."""
        expected = self.expected_ms(architecture)
        return sum(expected.get(block.id, 0.0) for block in architecture.blocks) + float(np.median(self.rest_ms))

    def excess(self, architecture: Architecture) -> float:
        """How far the sum of the parts is from the median of a whole forward, as a share of it: what watching costs,
        less what disturbed the forwards."""
        return self.expected_total_ms(architecture) / float(np.median(self.whole_ms)) - 1

    def left(self, plan: PruningPlan, architecture: Architecture) -> float:
        """The share of the dense model's time that a plan is predicted to leave. What stands for a repaired site is
        taken to cost the share of the site's time that it has of its multiply-accumulates, and so are units that go
        from a site that stays."""
        expected, gone = self.expected_ms(architecture), 0.0
        for name, action in plan.actions:
            site = architecture.by_id[name]
            cost = site.cost(action)
            stays = cost.macs / site.macs if cost and site.macs else 0.0
            gone += expected.get(name, 0.0) * max(0.0, 1 - stays)
        for name, units in plan.units:
            site = architecture.by_id[name]
            gone += expected.get(name, 0.0) * (len(units) * site.unit_macs / site.macs if site.macs else 0.0)
        return 1 - gone / self.expected_total_ms(architecture)


@dataclass(frozen=True)
class Repair:
    """How the replacements of a plan were fitted: to what, on how many images of which data set."""

    target: str
    images: int
    digest: str
    sites: tuple[SiteRepair, ...]


@dataclass(frozen=True)
class Study:
    """What a study was asked for; one that goes on is asked for the same. `removed` are the largest numbers of branches
    that may go, `test` the images that every plan is measured on, `protected` the sites that no plan removes. Scores
    and repairs are made from the session's own data."""

    methods: tuple[str, ...]
    removed: tuple[int, ...]
    repairs: tuple[str, ...]
    granularity: str
    target: str
    test: DataReference
    latency: bool = False
    protected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """One cell of the study: the plan of a method at one size with one repair. The session's evaluation of `plan` says
    what it is worth. `seconds` is what choosing the sites took."""

    method: str
    granularity: str
    removed: int
    repair: str
    plan: PruningPlan
    seconds: float


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan that somebody put aside under a name, and when (ISO 8601). The session's evaluations of `plan` say what it
    is worth."""

    name: str
    plan: PruningPlan
    created: str


@dataclass(frozen=True)
class Evaluation:
    """One model, dense or pruned, on one set of images.

    `top1`, `top5` and `loss` (cross-entropy, nats) need labels and a fitting head. `agreement`, `kl` (nats, dense to
    pruned) and `feature_cosine` compare with the dense model and need no labels. `knn` is leave-one-out k-nearest
    neighbours on the pooled features. Each is None where it cannot be measured; `per_image` keeps what each is the mean
    of, (images,), read-only, and `predictions` the class predicted for each image. `precision` is the one of
    `jobs.PRECISIONS` that the model ran in.
    """

    plan: PruningPlan
    data: DataReference
    params: int
    macs: int
    predictions: NDArray[np.int64]
    per_image: Mapping[str, NDArray[np.float64]]
    top1: Estimate | None = None
    top5: Estimate | None = None
    loss: Estimate | None = None
    agreement: Estimate | None = None
    kl: Estimate | None = None
    feature_cosine: Estimate | None = None
    knn: Estimate | None = None
    latency: Latency | None = None
    warnings: tuple[str, ...] = ()
    created: str = ""
    repair: Repair | None = None
    precision: str = PRECISIONS[0]

    @property
    def images(self) -> int:
        return self.data.images

    @property
    def inputs(self) -> tuple[PruningPlan, str, str, str]:
        """What the figures follow from: the plan, the digests of the images measured and of those fitted to, and the
        precision."""
        return self.plan, self.data.digest, self.repair.digest if self.repair else "", self.precision


@dataclass(frozen=True)
class Activations:
    """The residual stream after each site, at a few tokens of each image: (images, tokens, dim), float16."""

    token_indices: tuple[int, ...]
    values: Mapping[str, NDArray[np.float16]]


@dataclass(frozen=True)
class Thumbnails:
    """Small pictures of images of the data set with this digest, for whoever has not got them: the images that
    evaluations do not agree on. `pixels` is (pictures, side, side, 3), read-only, grey where an image is no square."""

    digest: str
    paths: tuple[str, ...]
    pixels: NDArray[np.uint8]

    def of(self, path: str) -> NDArray[np.uint8] | None:
        """(side, side, 3), or None."""
        found = self._places.get(path)
        return None if found is None else self.pixels[found]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {path: place for place, path in enumerate(self.paths)}


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the numbers were made: library versions, machine, device; and in which of `jobs.PRECISIONS`."""

    vitprune: str
    python: str
    torch: str
    timm: str
    platform: str
    processor: str
    device: str
    threads: int
    precision: str = PRECISIONS[0]


@dataclass(frozen=True)
class Training:
    """A model, made and repaired as `plan` says, that was then trained to say what the dense one says. `data` are the
    images that were given for it, held out ones among them. The plan alone no longer makes this model: its weights,
    with the digest `weights_sha256`, are in the folder that was exported. `evaluation` is of the trained model, None
    where it was not measured."""

    plan: PruningPlan
    curve: Curve
    data: DataReference
    weights_sha256: str
    environment: Environment
    created: str
    evaluation: Evaluation | None = None


def now() -> str:
    """ISO 8601, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Something that was done for a session: `when` it was through (ISO 8601), how long it took, and by which release.
    `what` is a sentence, or the command line that does it again."""

    when: str
    what: str
    seconds: float
    version: str

    @classmethod
    def now(cls, what: str, seconds: float) -> LogEntry:
        return cls(now(), what, seconds, __version__)


@dataclass(frozen=True)
class Session:
    """What people keep: the model, what was found in it, what was done to it, and what that cost. `protected` are the
    ids of sites that nobody wants to lose: no edit and no method may put them into the plan."""

    model: ModelReference
    architecture: Architecture
    plan: PruningPlan
    environment: Environment
    created: str
    data: DataReference | None = None
    scores: Scores | None = None
    evaluations: tuple[Evaluation, ...] = ()
    study: Study | None = None
    trials: tuple[Trial, ...] = ()
    searches: tuple[SearchResult, ...] = ()
    activations: Activations | None = None
    latencies: LatencyTable | None = None
    seconds: float = field(default=0.0)
    log: tuple[LogEntry, ...] = ()
    thumbnails: Thumbnails | None = None
    protected: frozenset[str] = frozenset()
    kept_plans: tuple[KeptPlan, ...] = ()
    trainings: tuple[Training, ...] = ()

    def logged(self, what: str, seconds: float) -> Session:
        """This session, with what was just done for it."""
        return replace(self, log=(*self.log, LogEntry.now(what, seconds)))

    def with_plan(self, plan: PruningPlan) -> Session:
        return replace(self, plan=plan)

    def with_evaluation(self, evaluation: Evaluation) -> Session:
        """This session with the evaluation added, in place of an older one of the same plan on the same images, fitted
        to the same images, in the same precision."""
        kept = (older for older in self.evaluations if older.inputs != evaluation.inputs)
        return replace(self, evaluations=(*kept, evaluation))

    def with_training(self, training: Training) -> Session:
        """This session with the training added, in place of an older one that came to the same weights."""
        kept = (older for older in self.trainings if older.weights_sha256 != training.weights_sha256)
        return replace(self, trainings=(*kept, training))

    def evaluation_of(self, plan: PruningPlan) -> Evaluation | None:
        """The newest evaluation of exactly this plan."""
        return next((e for e in reversed(self.evaluations) if e.plan == plan), None)
