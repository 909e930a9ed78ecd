"""What keeping activations costs, as measured in one run on a quiet machine.

    python tests/benchmarks/bench_activations.py [MODEL IMAGES] [--keep TOKENS] [--gigabytes N]
        [--architecture NAME --model-args NAME=VALUE,...]

1. Analysis that keeps activations over one that does not, in pairs that take turns; both save their session.
2. Peak memory of both at 200 and at 800 images, each in a process of its own; the size of the session, bytes a second.
3. One image's map read, and checked, from a session of N gigabytes of values; opening it; saving it again after an edit
   of its plan, and the memory that takes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.benchmarks.bench_engine import forget_peak, pairs, peak, show
from tests.core.session_examples import session
from vitprune import sessions, workflow
from vitprune.cli.arguments import model_args

SITES = [f"blocks.{depth}.{kind}" for depth in range(12) for kind in ("attn", "mlp")]


def analysis(model: workflow.LoadedModel, images: workflow.ImageSet, path: Path, keep: int) -> None:
    with sessions.Draft(path) as draft:
        draft.save(workflow.analyze(model, images, keep_tokens=keep, draft=draft))


def big(path: Path, gigabytes: float) -> int:
    """A session of this much, of 24 sites at 197 tokens of 384 numbers; how many images that is."""
    shape = (8, 197, 384)
    batch = {site: np.random.default_rng(n).normal(size=shape).astype(np.float16) for n, site in enumerate(SITES)}
    count = max(1, round(gigabytes * 1e9 / sum(values.nbytes for values in batch.values())))
    with sessions.Draft(path) as draft:
        for _ in range(count):
            draft.add(tuple(range(shape[1])), batch, count * shape[0])
        draft.save(session(4, 12))
    return count * shape[0]


def stored(path: Path) -> sessions.StoredActivations:
    found = sessions.activations(path)
    assert found is not None
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="sample")
    parser.add_argument("images", nargs="?", default="sample")
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", type=model_args, default={})
    parser.add_argument("--keep", type=int, default=49, metavar="TOKENS")
    parser.add_argument("--count", type=int, default=200, help="images of the pairs")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument(
        "--peak", nargs=2, type=int, metavar=("TOKENS", "IMAGES"), help="run once, print the peak in KiB"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(args, Path(folder))


def measure(args: argparse.Namespace, folder: Path) -> None:
    path = folder / "a.vitprune.h5"
    model = workflow.open_model(args.model, architecture=args.architecture, model_args=args.model_args)
    if args.peak:
        keep, count = args.peak
        images = workflow.open_images(args.images, model, images=count)
        analysis(model, workflow.open_images(args.images, model, images=8), path, keep)
        forget_peak()
        analysis(model, images, path, keep)
        print(json.dumps(peak()))
        return

    images = workflow.open_images(args.images, model, images=args.count)
    without, keeping = (lambda n=keep: analysis(model, images, path, n) for keep in (0, args.keep))
    without()
    small = path.stat().st_size
    started = time.perf_counter()
    keeping()
    seconds, size = time.perf_counter() - started, path.stat().st_size
    values = sum(np.prod(stored(path).shape_of(site)) * 2 for site in stored(path).sites)
    show(f"analysis with activations ({args.keep} tokens) / without", pairs(without, keeping, args.pairs))
    print(
        f"{len(images)} images: {values / 1e6:.1f} MB of values in a file of {size / 1e6:.1f} MB ({small / 1e6:.1f} MB"
    )
    print(f"without), {values / seconds / 1e6:.1f} MB a second while the model runs")
    for keep in (0, args.keep):
        peaks = [peak_of(keep, count) for count in (200, 800)]
        print(f"peak memory, {keep} tokens kept: {peaks[0] / 1024:.0f} MB at 200 images, {peaks[1] / 1024:.0f} at 800")

    started = time.perf_counter()
    count = big(path, args.gigabytes)
    print(f"{path.stat().st_size / 1e9:.2f} GB recorded and saved in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    found = stored(path)
    print(f"opened in {1000 * (time.perf_counter() - started):.0f} ms")
    rng, times = np.random.default_rng(0), []
    for _ in range(50):
        site, image = SITES[rng.integers(len(SITES))], int(rng.integers(count))
        started = time.perf_counter()
        found.read(site, [image])
        times.append(1000 * (time.perf_counter() - started))
    print(f"one image's map: median {statistics.median(times):.1f} ms, longest {max(times):.1f} ms, n {len(times)}")
    edited = replace(sessions.load(path), created="2027-01-01T00:00:00+00:00")
    forget_peak()
    before, started = peak(), time.perf_counter()
    sessions.save(edited, path, activations_from=path)
    grown = (peak() - before) / 1024
    print(f"saved again in {time.perf_counter() - started:.1f} s, {grown:.0f} MB above the memory before")


def peak_of(keep: int, count: int) -> int:
    """In a process of its own, since a peak cannot be forgotten."""
    command = [sys.executable, *sys.argv, "--peak", str(keep), str(count)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(json.loads(result.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
