"""A ViT-S/16 that was never run: its true sizes, and scores, images and evaluations that look like the real thing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from vitprune.architecture import Architecture, Cost, Kind, Site
from vitprune.plan import PruningPlan
from vitprune.report import Result, results
from vitprune.results import (
    DataReference,
    Environment,
    Evaluation,
    Latency,
    ModelReference,
    Repair,
    Session,
    SiteRepair,
    SkippedImage,
    Study,
    Trial,
)
from vitprune.scores import Boundaries, Score, Scores, read_only
from vitprune.statistics import bootstrap_mean, proportion
from vitprune_gui.models import Models
from vitprune_gui.planning import Planning
from vitprune_gui.state import AppState

IMAGES = 600
CLASSES = 10


def architecture(blocks: int = 12, dim: int = 384, tokens: int = 197) -> Architecture:
    attention = Kind.ATTENTION, 2 * dim + 4 * dim * dim + 4 * dim, tokens * 4 * dim * dim + 2 * tokens * tokens * dim
    mlp = Kind.MLP, 2 * dim + 8 * dim * dim + 5 * dim, tokens * 8 * dim * dim
    repairs = (
        Cost("mean", dim, 0),
        Cost("fold", 0, 0),
        Cost("diagonal", 4 * dim, 0),
        Cost("low-rank", 2 * dim + dim * (dim // 4 + 1), tokens * dim * dim // 4),
        Cost("linear", 2 * dim + dim * (dim + 1), tokens * dim * dim),
    )
    sites: list[Site] = []
    last = ""
    for depth in range(blocks):
        block = f"blocks.{depth}"
        costs = attention[1] + mlp[1], attention[2] + mlp[2]
        sites.append(Site(block, Kind.BLOCK, depth, *costs, repairs=repairs))
        for name, (kind, params, macs) in (("attn", attention), ("mlp", mlp)):
            site = f"{block}.{name}"
            sites.append(Site(site, kind, depth, params, macs, block, repairs=repairs, follows=last, absorbs=True))
            last = site
    params = blocks * (attention[1] + mlp[1]) + 16 * 16 * 3 * dim + tokens * dim + 4 * dim + CLASSES * (dim + 1)
    macs = blocks * (attention[2] + mlp[2]) + 196 * 16 * 16 * 3 * dim + CLASSES * dim
    name = "vit_small_patch16_224.augreg_in21k_ft_in1k"
    return Architecture(name, "vision_transformer", params, macs, (3, 224, 224), tokens, CLASSES, tuple(sites))


def scores(model: Architecture, images: int = IMAGES, seed: int = 0) -> Scores:
    generator = np.random.default_rng(seed)
    last = max(1, len(model.blocks) - 1)
    cosine: dict[str, Score] = {}
    for site in model:
        x = site.depth / last
        level = {
            Kind.ATTENTION: 0.88 + 0.10 * x - 0.16 * np.exp(-6 * x),
            Kind.CONV: 0.70 + 0.20 * x,
            Kind.MLP: 0.80 + 0.13 * np.sin(3 * x) - 0.25 * np.exp(-8 * x),
            Kind.BLOCK: 0.74 + 0.16 * x - 0.30 * np.exp(-6 * x),
        }[site.kind]
        noise = generator.normal(0, 0.035, images) + generator.normal(0, 0.01)
        cosine[site.id] = Score(read_only(np.clip(level + noise, -1, 1)))
    ratio = {
        site: Score(read_only(np.sqrt(np.maximum(0, 1 - score.per_image)) * 1.4 + generator.normal(0, 0.01, images)))
        for site, score in cosine.items()
    }
    influence = {site.id: Score(read_only(1 - cosine[site.id].per_image)) for site in model.blocks}
    count = len(model.blocks) + 1
    at = np.arange(count)
    mean = np.exp(-np.abs(at[:, None] - at[None, :]) / 4.0) ** 0.8 * 0.9 + 0.1 * np.eye(count)
    labels = ("input", *(block.id for block in model.blocks))
    spread = np.full((count, count), 0.002)
    np.fill_diagonal(spread, 0)
    tables = {"cosine": cosine, "norm_ratio": ratio, "block_influence": influence}
    return Scores(images, tables, Boundaries(read_only(mean), read_only(spread), labels))


def data(images: int = IMAGES, *, labelled: bool = True) -> DataReference:
    names = tuple(f"class-{index}" for index in range(CLASSES))
    skipped = (
        SkippedImage("class-3/broken.png", "the file ends before the image does"),
        SkippedImage("class-7/notes.png", "not an image"),
    )
    labels = tuple(index % CLASSES for index in range(images)) if labelled else ()
    paths = tuple(f"{names[index % CLASSES]}/{index:05}.png" for index in range(images))
    return DataReference("photographs/validation", paths, labels, names, skipped, 0, "d" * 64)


def model_reference(model: Architecture) -> ModelReference:
    return ModelReference(model.name, "vit_small_patch16_224", {}, "9f86d081884c7d659a2feaa0c55ad015", "apache-2.0")


def evaluation(
    model: Architecture,
    plan: PruningPlan,
    *,
    accuracy: float,
    milliseconds: float,
    seed: int = 0,
    labelled: bool = True,
) -> Evaluation:
    generator = np.random.default_rng(seed)
    # The same difficulty for every plan: that is what makes a paired difference narrower than two intervals.
    difficulty = np.random.default_rng(99).uniform(0, 1, IMAGES) + generator.normal(0, 0.03, IMAGES)
    hits, close = difficulty < accuracy, difficulty < accuracy + 0.5 * (1 - accuracy)
    loss = np.abs(difficulty * 2.2 + generator.normal(0, 0.1, IMAGES))
    dense = not len(plan)
    same = np.ones(IMAGES, dtype=bool) if dense else generator.uniform(0, 1, IMAGES) < accuracy + 0.06
    kl = np.zeros(IMAGES) if dense else generator.gamma(2, (1 - accuracy) / 4, IMAGES)
    cosine = np.ones(IMAGES) if dense else np.clip(generator.normal(0.5 + accuracy / 2, 0.03, IMAGES), -1, 1)
    values = {
        "top1": hits.astype(float),
        "top5": close.astype(float),
        "loss": loss,
        "agreement": same.astype(float),
        "kl": kl,
        "feature_cosine": cosine,
        "knn": hits.astype(float),
    }
    summary = plan.summary(model)
    samples = read_only(generator.normal(milliseconds, milliseconds * 0.02, 30))
    return Evaluation(
        plan,
        data(labelled=labelled),
        summary.params,
        summary.macs,
        np.arange(IMAGES) % CLASSES,
        {name: read_only(value) for name, value in values.items()},
        top1=proportion(hits) if labelled else None,
        top5=proportion(close) if labelled else None,
        loss=bootstrap_mean(loss) if labelled else None,
        agreement=proportion(same),
        kl=bootstrap_mean(kl),
        feature_cosine=bootstrap_mean(cosine),
        knn=proportion(hits) if labelled else None,
        latency=Latency(samples, 16, 2, "cpu"),
        created="2026-01-05T10:00:00Z",
    )


def studied(model: Architecture) -> tuple[tuple[Trial, ...], tuple[Evaluation, ...]]:
    """Two methods at three sizes with two repairs, and what each of their plans was measured to be worth."""
    orders = {
        "cosine": sorted(model.sublayers, key=lambda site: -site.depth),
        "greedy": sorted(model.sublayers, key=lambda site: (site.depth * 5) % 12),
    }
    trials: list[Trial] = []
    dense = evaluation(model, PruningPlan.of(model), accuracy=0.87, milliseconds=400)
    found = {dense.plan: dense}
    for method, order in orders.items():
        for removed in (4, 8, 12):
            for repair in ("none", "linear"):
                plan = PruningPlan.of(model, {site.id: "remove" for site in order[:removed]}).repaired(model, repair)
                trials.append(Trial(method, "sublayer", removed, repair, plan, 1.5))
                lost = 0.02 * removed * (1.0 if method == "greedy" else 1.6) * (0.35 if repair == "linear" else 1.0)
                speed = plan.summary(model).macs / model.macs
                made = evaluation(
                    model, plan, accuracy=0.87 - lost, milliseconds=400 * (0.15 + 0.85 * speed), seed=removed
                )
                if plan.needs_calibration:
                    sites = tuple(SiteRepair(site, repair, 0.9, float("nan"), 1e-3) for site in sorted(plan.sites))
                    made = replace(made, repair=Repair(str(plan.target), IMAGES, data().digest, sites))
                found[plan] = made
    return tuple(trials), tuple(found.values())


def study(*, speed: bool = True) -> Study:
    """What the trials of `studied` were asked for."""
    return Study(("cosine", "greedy"), (4, 8, 12), ("none", "linear"), "sublayer", "stream", data(), speed)


def result(state: AppState) -> Result:
    """All figures of the study in a state."""
    assert state.model is not None
    assert state.architecture is not None
    assert state.plan is not None
    where = Environment("0.1.0", "3.11", "2.14", "1.0", "Linux", "A processor, 2 cores", "cpu", 2)
    session = Session(
        state.model,
        state.architecture,
        state.plan,
        where,
        "now",
        data=state.data,
        scores=state.scores,
        evaluations=state.evaluations,
        study=state.study,
        trials=state.trials,
    )
    return results([session])[0]


class _Runner(QObject):
    """Nothing that is asked of it is ever answered."""

    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal(object)
    told = Signal(object)
    changed = Signal(object)

    def submit(self, request: object) -> int:
        return 0


class _Settings(QObject):
    recent_changed = Signal(object)
    recent = ()


@dataclass
class RecordingCommands:
    """Writes down every call, and carries out those that change the plan, the metric or the selection."""

    state: AppState
    calls: list[tuple[object, ...]] = field(default_factory=list)
    undo_stack: QUndoStack = field(default_factory=QUndoStack)
    runner: Any = field(default_factory=lambda: _Runner())

    def __post_init__(self) -> None:
        anything: Any = self
        self.planning = Planning(self.state, anything, self.runner, anything)  # the real one, on these verbs
        settings: Any = _Settings()
        self.models = Models(self.state, settings, self.runner, self.runner, anything.open_model)

    def toggle_site(self, site_id: str) -> None:
        self._plan("toggle_site", lambda plan, model: plan.toggled(model, site_id), site_id)

    def remove_sites(self, ids: list[str]) -> None:
        self._plan("remove_sites", lambda plan, model: plan.with_removed(model, ids), tuple(ids))

    def restore_sites(self, ids: list[str]) -> None:
        self._plan("restore_sites", lambda plan, model: plan.with_restored(model, ids), tuple(ids))

    def clear_plan(self) -> None:
        self._plan("clear_plan", lambda plan, model: PruningPlan.of(model))

    def repair_sites(self, ids: list[str], action: str) -> None:
        self._plan("repair_sites", lambda plan, model: plan.with_removed(model, ids, action), tuple(ids), action)

    def set_repair(self, repair: str, target: str | None = None) -> None:
        self.state.repair = repair, target or self.state.repair[1]
        self._plan("set_repair", lambda plan, model: plan.repaired(model, repair, target), repair, target)

    def use_plan(self, plan: PruningPlan, text: str) -> None:
        self._plan("use_plan", lambda _, __: plan, plan, text)

    def edit(self, text: str, change) -> None:
        self._plan("edit", lambda _, __: change(), text)

    def select_site(self, site_id: str | None) -> None:
        self.calls.append(("select_site", site_id))
        self.state.selection = site_id

    def set_metric(self, name: str) -> None:
        self.calls.append(("set_metric", name))
        self.state.metric = name

    study_stopped = False

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *arguments: self.calls.append((name, *arguments))

    def _plan(self, name: str, change, *arguments: object) -> None:
        self.calls.append((name, *arguments))
        assert self.state.plan is not None
        assert self.state.architecture is not None
        self.state.plan = change(self.state.plan, self.state.architecture)


def analysed(blocks: int = 12) -> tuple[AppState, RecordingCommands]:
    """A state with model, images, scores and an empty plan, and the commands that change it."""
    state = AppState()
    model = architecture(blocks)
    state.model, state.architecture, state.plan = model_reference(model), model, PruningPlan.of(model)
    state.data, state.scores = data(), scores(model)
    return state, RecordingCommands(state)


def unprunable() -> Architecture:
    return replace(architecture(), sites=(), note="This convolutional model has no residual branches that can go.")
