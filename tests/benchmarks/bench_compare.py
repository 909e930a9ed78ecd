"""How long it takes to compare many sessions, and which part of it: values, report, files.

    python tests/benchmarks/bench_compare.py [--sessions 20] [--images 1000] [--blocks 12] [--tables 5] [--repeats 5]

The sessions are made up: branches of `blocks` blocks scored by `tables` tables on `images` images, the whole model and
a pruned one evaluated on as many, with seven measures and 50 timings each. Medians over repeats, the first one apart:
it draws the resamples that all later ones share.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vitprune import lineup_figures, lineup_report, sessions
from vitprune.architecture import Architecture, Kind, Site
from vitprune.document import html
from vitprune.lineup import line_up
from vitprune.measures import MEASURES
from vitprune.offline import compare
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Environment, Evaluation, Latency, ModelReference, Session
from vitprune.scores import Score, Scores
from vitprune.statistics import bootstrap_mean, proportion

CLASSES = tuple(f"class {i}" for i in range(10))
TABLES = ("cosine", "norm_ratio", "angular", "relative_error", "damage", "taylor", "damage_loss", "output_entropy")


def made(number: int, images: int, blocks: int, tables: int) -> Session:
    rng = np.random.default_rng(number)
    sites: list[Site] = []
    for depth in range(blocks):
        sites.append(Site(f"blocks.{depth}", Kind.BLOCK, depth, 2000, 2000))
        sites += [
            Site(f"blocks.{depth}.{name}", kind, depth, 1000, 1000, f"blocks.{depth}")
            for name, kind in (("attn", Kind.ATTENTION), ("mlp", Kind.MLP))
        ]
    whole = 2000 * blocks + 5000
    architecture = Architecture("vit", "vision_transformer", whole, whole, (3, 224, 224), 197, 10, tuple(sites))
    labels = np.random.default_rng(0).integers(0, 10, images)
    paths = tuple(f"{CLASSES[label]}/{i:06d}.png" for i, label in enumerate(labels))
    data = DataReference("photos", paths, tuple(labels.tolist()), CLASSES, (), 0, "d" * 64)
    plan = PruningPlan.of(
        architecture, {f"blocks.{number % blocks}.attn": "remove", f"blocks.{blocks - 1}.mlp": "remove"}
    )
    evaluations: list[Evaluation] = []
    for one in (PruningPlan.of(architecture), plan):
        predictions = np.where(rng.random(images) < 0.85, labels, rng.integers(0, 10, images))
        values = {
            name: (predictions == labels).astype(np.float64) if measure.share else rng.exponential(size=images)
            for name, measure in MEASURES.items()
            if len(one) or measure.of_dense is None
        }
        found: dict[str, Any] = {
            name: proportion(of > 0) if MEASURES[name].share else bootstrap_mean(of, resamples=50)
            for name, of in values.items()
        }
        summary, latency = one.summary(architecture), Latency(rng.gamma(50, 0.5, 50), 8, 2, "cpu")
        evaluations.append(
            Evaluation(one, data, summary.params, summary.macs, predictions, values, **found, latency=latency)
        )
    centres = np.random.default_rng(1).normal(size=(tables, len(sites), 1))
    scores = {
        table: {
            site.id: Score(row) for site, row in zip(sites, rng.normal(centre, 0.5, (len(sites), images)), strict=True)
        }
        for table, centre in zip(TABLES, centres, strict=False)
    }
    environment = Environment("0.2.0", "3.11", "2.14.1", "1.0.31", "Linux", "a processor", "cpu", 2)
    model = ModelReference("vit", "vit", {}, f"{number:064x}", "", CLASSES)
    return Session(model, architecture, plan, environment, "", data, Scores(images, scores), tuple(evaluations))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--blocks", type=int, default=12)
    parser.add_argument("--tables", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--parts", action="store_true", help="the functions that most of the time goes into")
    asked = parser.parse_args()
    everyone = {f"run {i}": made(i, asked.images, asked.blocks, asked.tables) for i in range(asked.sessions)}
    print(f"{asked.sessions} sessions of {asked.images} images, {asked.blocks} blocks, {asked.tables} tables")
    print(f"values, first time     {_seconds(lambda: line_up(everyone)):.3f} s")
    found = line_up(everyone)
    for what, run in {
        "values": lambda: line_up(everyone),
        "page": lambda: html(lineup_report.report(found)),
        "JSON": lambda: lineup_figures.figures(found),
    }.items():
        print(f"{what:<22} {statistics.median(_seconds(run) for _ in range(asked.repeats)):.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        # By another process, as in life: what this one wrote itself it reads without the process that may die of it.
        writer = multiprocessing.get_context("spawn").Process(target=_write, args=(Path(folder), everyone))
        writer.start()
        writer.join()
        files = [Path(folder) / f"{name}.vitprune.h5" for name in everyone]
        sessions.load(files[0])  # starts the process that reads
        print(f"files and values       {statistics.median(_seconds(lambda: compare(files)) for _ in range(5)):.3f} s")
    if asked.parts:
        with cProfile.Profile() as profile:
            line_up(everyone)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(25)


def _write(folder: Path, everyone: dict[str, Session]) -> None:
    for name, session in everyone.items():
        sessions.save(session, folder / f"{name}.vitprune.h5")


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
