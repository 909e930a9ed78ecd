"""The search, plain against cached and raced, on a model and images: the same choices, at what price?

    python tests/benchmarks/bench_search.py MODEL DATA [--remove K] [--images N] [--repair linear] ...

The plain search runs the whole model on every image for every candidate. Choices differ legitimately where the images
do not tell two sites apart: then each is among those that the other search calls tied.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from vitprune import devices, workflow
from vitprune.jobs import Compute, Job, Progress
from vitprune.lab import Lab
from vitprune.search import apart, search
from vitprune.searches import SearchStep
from vitprune.selection import Budget


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", type=json.loads, default={}, metavar="JSON")
    parser.add_argument("--remove", type=int, default=4)
    parser.add_argument("--images", type=int)
    parser.add_argument("--objective", default="kl")
    parser.add_argument("--granularity", default="sublayer")
    parser.add_argument("--repair", default="none")
    parser.add_argument("--first", type=int, default=32)
    parser.add_argument("--memory", type=float, default=1.0, help="GiB of streams")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--threads", type=int)
    asked = parser.parse_args()

    compute = Compute(asked.device, asked.batch_size, asked.threads)
    job = Job(report=lambda p: _show(p) if sys.stderr.isatty() else None)
    model = workflow.open_model(asked.model, architecture=asked.architecture, model_args=asked.model_args)
    images = workflow.open_images(asked.data, model, images=asked.images)
    with devices.running_on(compute) as device:
        module = model.module.to(device)
        batches = list(images.batches(devices.batch_size(compute, model.architecture), job))
        labels = images.reference.labels if asked.objective == "loss" else None
        fit: list = []
        if asked.repair != "none":
            fit, batches, labels = apart(batches, labels)

        def run(memory: int, *, racing: bool) -> tuple[tuple[SearchStep, ...], float, float]:
            started = time.perf_counter()
            lab = Lab(module, batches, labels=labels, memory=memory, job=job)
            result = search(
                lab,
                Budget(remove=asked.remove),
                objective=asked.objective,
                granularity=asked.granularity,
                repair=asked.repair,
                fit=fit,
                racing=racing,
                first=asked.first,
            )
            return result.steps, lab.forwards, time.perf_counter() - started

        quick, quick_forwards, quick_seconds = run(int(asked.memory * 2**30), racing=True)
        plain, plain_forwards, plain_seconds = run(0, racing=False)

    print(f"{'step':>4}  {'cached and raced':<28} {'plain':<28} damage [95 % interval]")
    agree = True
    for number, (mine, theirs) in enumerate(zip(quick, plain, strict=True), 1):
        same = mine.site == theirs.site
        tie = agree and not same and (mine.site in theirs.tied or theirs.site in mine.tied)
        verdict = "" if same else "  (tied)" if tie else "  (other)"
        damage = mine.damage
        print(
            f"{number:>4}  {mine.site:<28} {theirs.site:<28} "
            f"{damage.value:.4g} [{damage.low:.4g}, {damage.high:.4g}], n = {damage.n}{verdict}"
        )
        agree = agree and same
    print(
        f"image-forwards: {quick_forwards:,.0f} against {plain_forwards:,.0f}: {plain_forwards / quick_forwards:.1f} x"
    )
    print(f"seconds: {quick_seconds:.1f} against {plain_seconds:.1f}: {plain_seconds / quick_seconds:.1f} x")
    print("the choices are the same" if agree else "the choices differ from the first step that is marked on")
    return 0


def _show(progress: Progress) -> None:
    print(f"\r{progress.stage}: {progress.done:,} of {progress.total:,} {progress.unit}  ", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
