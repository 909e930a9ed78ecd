"""Sessions to save, and a comparison that shares no code with the engine."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from vitprune.architecture import Architecture, Cost, Kind, Site
from vitprune.curve import Check, Curve, TrainingSettings
from vitprune.plan import PruningPlan
from vitprune.results import (
    Activations,
    DataReference,
    Environment,
    Evaluation,
    KeptPlan,
    Latency,
    LatencyTable,
    LogEntry,
    ModelReference,
    Repair,
    Session,
    SiteRepair,
    SkippedImage,
    Study,
    Thumbnails,
    Training,
    Trial,
)
from vitprune.scores import Boundaries, Score, Scores
from vitprune.searches import Candidate, SearchResult, SearchSettings, SearchState, SearchStep
from vitprune.statistics import Estimate, bootstrap_mean, proportion


def architecture(blocks: int = 12, name: str = "vit_small_patch16_224") -> Architecture:
    sites: list[Site] = []
    repairs = (Cost("mean", 384, 0), Cost("linear", 147_840, 29_000_000))
    for depth in range(blocks):
        block = f"blocks.{depth}"
        sites.append(Site(block, Kind.BLOCK, depth, 1_774_464, 349_000_000))
        sites.append(Site(f"{block}.attn", Kind.ATTENTION, depth, 591_744, 116_000_000, block, "", repairs))
        sites.append(
            Site(f"{block}.mlp", Kind.MLP, depth, 1_182_720, 233_000_000, block, "", repairs, f"{block}.attn", True)
        )
    return Architecture(name, "vision_transformer", 22_050_664, 4_600_000_000, (3, 224, 224), 197, 1000, tuple(sites))


def session(images: int = 600, blocks: int = 12, seed: int = 0, *, activations: bool = False) -> Session:
    """What an analysis and two evaluations leave: every optional part present once, NaN among the scores."""
    rng = np.random.default_rng(seed)
    model = architecture(blocks)
    classes = ("ankle boot", "bag", "été")
    data = DataReference(
        "photos",
        tuple(f"{classes[i % 3]}/{i:05d}.png" for i in range(images)),
        tuple(i % 3 for i in range(images)),
        classes,
        (SkippedImage("bag/broken.png", "truncated"), SkippedImage("\udcff.png", "")),
        seed,
        f"{seed:064x}",
    )
    test = DataReference("test", data.paths[: images // 2], (), (), (), 7, "e" * 64)
    tables = {
        metric: {
            site.id: Score(rng.normal(0.9, 0.05, images)) for site in model.sites if kinds is None or site.kind in kinds
        }
        for metric, kinds in (
            ("norm_ratio", None),
            ("cosine", None),
            ("cosine@patch", {Kind.ATTENTION, Kind.MLP}),
            ("block_influence", {Kind.BLOCK}),
        )
    }
    tables["cosine"]["blocks.0.mlp"].per_image[0] = np.nan
    side = (blocks + 1, blocks + 1)
    cosines = rng.random(side)
    cosines[0, 1:] = cosines[1:, 0] = np.nan  # another shape
    boundaries = Boundaries(cosines, rng.random(side), tuple(f"block {i}" for i in range(blocks + 1)))
    angles = {name: Boundaries(rng.random(side), rng.random(side), boundaries.labels) for name in ("mean_patch", "all")}
    cka = {"mean": replace(boundaries, images=images // 2)}
    pruned = PruningPlan.of(model, {"blocks.0.attn": "remove"})
    repaired = PruningPlan.of(model, {"blocks.0.attn": "linear"}, "model")
    repair = Repair(
        "model",
        images,
        data.digest,
        (SiteRepair("blocks.0.attn", "linear", 0.9, 0.8, 1e-4), SiteRepair("blocks.0.mlp", "refit", 0.5, np.nan, 0.0)),
    )
    hits = rng.random(images) < 0.8
    evaluations = tuple(
        Evaluation(
            plan=plan,
            data=reference,
            params=21_458_920,
            macs=4_484_000_000,
            predictions=rng.integers(0, 1000, reference.images),
            per_image={"top1": hits[: reference.images].astype(np.float64), "kl": rng.random(reference.images)},
            top1=proportion(hits[: reference.images]),
            kl=bootstrap_mean(rng.random(images // 2), resamples=10),
            latency=Latency(rng.random(30) * 10, 8, 2, "cpu"),
            warnings=("2 of 600 images could not be read.", "naïve"),
            created="2026-01-02T03:04:05+00:00",
            repair=fitted,
        )
        for plan, reference, fitted in (
            (PruningPlan.of(model), test, None),
            (pruned, test, None),
            (repaired, data, repair),
        )
    )
    kept = None
    if activations:
        others = np.random.default_rng(seed + 1)  # the rest is the same with and without them
        values = {site.id: others.normal(size=(images, 2, 24)).astype(np.float16) for site in model.sites}
        kept = Activations((0, 17), values)
    gains = {"blocks.0.attn": {"linear": Estimate(0.75, 0.5, 1.0, images), "mean": Estimate(0.25, np.nan, np.nan, 1)}}
    return Session(
        model=ModelReference(
            "vit_small_patch16_224.augreg_in21k_ft_in1k",
            model.name,
            {"img_size": [224, 224], "num_classes": 3, "drop": 0.1, "nested": {"b": None, "a": True}},
            "a" * 64,
            "apache-2.0",
            classes,
        ),
        architecture=model,
        plan=pruned,
        environment=Environment("0.1.0", "3.11.7", "2.14.1", "1.0.31", "Linux", "a processor", "cpu", 2),
        created="2026-01-02T03:04:05+00:00",
        data=data,
        scores=Scores(images, tables, boundaries, angles, cka, gains),
        evaluations=evaluations,
        study=Study(
            ("cosine", "random"), (1, 2), ("none", "linear"), "sublayer", "model", test, True, ("blocks.1.mlp",)
        ),
        trials=(
            Trial("cosine", "sublayer", 1, "none", pruned, 0.5),
            Trial("cosine", "sublayer", 2, "linear", repaired, 0.25),
        ),
        searches=(
            SearchResult(
                pruned,
                SearchState(
                    SearchSettings(model.digest, "a" * 64, data.digest, images),
                    (
                        SearchStep(
                            ("blocks.0.attn",),
                            bootstrap_mean(rng.random(images), resamples=10),
                            (
                                Candidate("blocks.0.attn", 0.25, 0.125, images),
                                Candidate("blocks.0.mlp", 0.5, np.nan, 1, tied=True),
                            ),
                            (("blocks.0.attn",), ("blocks.0.mlp",)),
                            12.5,
                        ),
                    ),
                ),
            ),
        ),
        activations=kept,
        latencies=LatencyTable(
            {site.id: rng.gamma(9, 0.2, 5) for site in model.sites},
            *rng.gamma(9, 0.2, (3, 5)),
            batch_size=8,
            threads=2,
            device="cpu",
        ),
        seconds=12.25,
        log=(
            LogEntry("2026-01-02T03:04:05+00:00", "vitprune analyze model 'naïve photos' -o run.h5", 12.25, "0.1.0"),
            LogEntry("2026-01-02T03:05:05+00:00", "Evaluate without 1 site", 0.5, "0.2.0"),
        ),
        thumbnails=Thumbnails(data.digest, data.paths[:2], rng.integers(0, 256, (2, 8, 8, 3), np.uint8)),
        protected=frozenset({"blocks.0.mlp", "blocks.0"}),
        kept_plans=(
            KeptPlan("before the naïve try", repaired, "2026-01-02T03:06:05+00:00"),
            KeptPlan("dense", PruningPlan.of(model), ""),
        ),
        trainings=(
            Training(
                repaired,
                Curve(
                    TrainingSettings(minutes=None, learning_rate=1e-4, mirror=True),
                    rng.random(5),
                    tuple(
                        Check(step, float(step), bootstrap_mean(rng.random(9), resamples=10), proportion(hits[:9]))
                        for step in (0, 3, 5)
                    ),
                    1,
                    Estimate(-0.5, -0.75, -0.25, 9),
                    27,
                    9,
                    True,
                    1000,
                    12.5,
                    "It had the time that it was given.",
                ),
                data,
                "f" * 64,
                Environment("0.2.0", "3.11.7", "2.14.1", "1.0.31", "Linux", "a processor", "cpu", 2),
                "2026-01-02T03:07:05+00:00",
                replace(evaluations[1], plan=repaired),
            ),
        ),
    )


def hdf5(path: Path, mode: str = "r") -> Any:
    """The file as any program sees it, nothing guarded. Any, because what lies under a name is for the test to say."""
    return h5py.File(path, mode, libver=("v110", "v110"))


def difference(a: Any, b: Any, where: str = "session") -> str:
    """Where two values first differ, "" when they are the same to the last bit."""
    if isinstance(a, Mapping) and isinstance(b, Mapping) and not is_dataclass(a):
        if list(a) != list(b):
            return f"{where}: keys {list(a)} and {list(b)}"
        return next(filter(None, (difference(a[key], b[key], f"{where}[{key!r}]") for key in a)), "")
    if type(a) is not type(b):
        return f"{where}: {type(a)} and {type(b)}"
    if is_dataclass(a):
        parts = (difference(getattr(a, f.name), getattr(b, f.name), f"{where}.{f.name}") for f in fields(a))
        return next(filter(None, parts), "")
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        same = (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    elif isinstance(a, list | tuple):
        if len(a) == len(b):
            return next(
                filter(None, (difference(x, y, f"{where}[{i}]") for i, (x, y) in enumerate(zip(a, b, strict=True)))), ""
            )
        same = False
    elif isinstance(a, float):
        same = struct.pack("d", a) == struct.pack("d", b)
    else:
        same = a == b
    return "" if same else f"{where}: {a!r} and {b!r}"
