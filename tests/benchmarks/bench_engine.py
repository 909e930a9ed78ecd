"""Speed and memory of the engine, as ratios measured in one run on a quiet machine.

    python tests/benchmarks/bench_engine.py WEIGHTS --architecture NAME --model-args img_size=112,num_classes=10 IMAGES

1. Analysis over plain inference of the same batches, in pairs that take turns.
2. Peak memory of an analysis over that of plain inference, each in a process of its own.
3. Six of twelve blocks removed: the speed-up, over that of a model built with six blocks.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch

from vitprune import PruningPlan, apply, devices, workflow
from vitprune.cli.arguments import model_args
from vitprune.jobs import Compute, Job
from vitprune.latency import measure
from vitprune.repair.gain import Gains
from vitprune.scoring import score


def pairs(first: Callable[[], object], second: Callable[[], object], count: int) -> list[float]:
    """Time of `second` over that of `first`, the order changing from pair to pair."""
    ratios = []
    for i in range(count):
        times = {}
        for run in (first, second) if i % 2 else (second, first):
            started = time.perf_counter()
            run()
            times[run] = time.perf_counter() - started
        ratios.append(times[second] / times[first])
    return ratios


def show(name: str, ratios: list[float]) -> None:
    low, high = np.quantile(ratios, [0.25, 0.75])
    print(f"{name}: median {statistics.median(ratios):.4f}, quartiles {low:.4f} to {high:.4f}, n {len(ratios)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("images")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", type=model_args, default={})
    parser.add_argument("--count", type=int, default=600, help="images")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--metrics", nargs="+", default=["cosine", "all"])
    parser.add_argument("--batch-size", type=int, default=None)
    parser.add_argument("--repairs", action="store_true", help="with the Gram matrices of every repair")
    parser.add_argument("--analysis-only", action="store_true", help="leave out 3")
    parser.add_argument("--peak", choices=["plain", "cosine", "all"], help="run once and print the peak memory")
    args = parser.parse_args()

    model = workflow.open_model(args.model, architecture=args.architecture, model_args=args.model_args)
    images = workflow.open_images(args.images, model, images=args.count)
    size = devices.batch_size(Compute(batch_size=args.batch_size), model.architecture)
    batches = list(images.batches(size, Job()))
    module = model.module

    def plain() -> None:
        with torch.inference_mode():
            for batch in batches:
                module(batch)

    def analysis(metric: str) -> Callable[[], object]:
        def run() -> None:
            gains = Gains(module, model.architecture) if args.repairs else None
            with gains.watching() if gains else nullcontext():
                score(module, batches, (metric,))

        return run

    if args.peak:
        forget_peak()
        (plain if args.peak == "plain" else analysis(args.peak))()
        print(json.dumps(peak()))
        return

    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {args.count} images in batches of {size}")
    for metric in args.metrics:
        plain()
        analysis(metric)()
        show(f"analysis ({metric}) / plain inference", pairs(plain, analysis(metric), args.pairs))
    base = peak_of("plain")
    for metric in args.metrics:
        used = peak_of(metric)
        print(f"peak memory ({metric}) / plain inference: {used / base:.4f} ({used / 1024:.0f} / {base / 1024:.0f} MB)")
    if args.repairs:
        gains = Gains(module, model.architecture)
        with torch.inference_mode(), gains.watching():
            for batch in batches:
                module(batch)
        started = time.perf_counter()
        gains.gains()
        print(f"solving for what every repair makes good, however many images: {time.perf_counter() - started:.2f} s")
    if not args.analysis_only:
        half_depth(model, size)


def half_depth(model: Any, size: int) -> None:
    blocks = model.architecture.blocks
    plan = PruningPlan.of(model.architecture, {block.id: "remove" for block in blocks[1::2]})
    native = timm.create_model(
        model.reference.architecture.split(".")[0], **model.reference.model_args | {"depth": len(blocks) // 2}
    )
    pruned = apply(plan, model.module)
    ratios = []
    for _ in range(3):
        dense, cut, built = measure(
            [model.module, pruned, native.eval()],
            model.architecture.input_size,
            batch_size=size,
            device=torch.device("cpu"),
            rounds=15,
            seconds=20,
        )
        gain, possible = dense.median_ms / cut.median_ms, dense.median_ms / built.median_ms
        ratios.append(gain / possible)
        print(f"half of the blocks removed: {gain:.3f} times as fast; built with half of them: {possible:.3f}")
    print(f"speed-up of removal / speed-up of the native model: median {statistics.median(ratios):.4f}, n 3")


def forget_peak() -> None:
    """Opening the model and the images needs more than running it; from here on only that counts. Linux."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """The most memory this process held since then, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def peak_of(what: str) -> int:
    """In a process of its own, since a peak cannot be forgotten."""
    command = [sys.executable, *sys.argv, "--peak", what]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(json.loads(result.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
