"""What an analysis takes beside plain inference of a large model on a GPU: images a second, their ratio, peak memory.

.venv/bin/python -m tests.benchmarks.bench_gpu --model vit_large_patch16_224
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import timm
import torch
from torch import Tensor, nn

from vitprune import pace, scoring
from vitprune.description import describe
from vitprune.jobs import PRECISIONS, Compute, Job
from vitprune.plan import PruningPlan
from vitprune.precision import running_in
from vitprune.surgery import repaired


def batches(count: int, size: int, shape: tuple[int, ...]) -> Iterator[Tensor]:
    """The same images again and again, where a GPU can fetch them."""
    images = torch.randn(size, *shape).pin_memory()
    for _ in range(count):
        yield images


def inference(module: nn.Module, count: int, size: int, shape: tuple[int, ...], device: torch.device) -> None:
    with torch.inference_mode():
        for batch in batches(count, size, shape):
            module(batch.to(device, non_blocking=True))


def timed(run: Callable[[], object], device: torch.device, repeats: int) -> tuple[float, int]:
    """Median seconds, and peak bytes."""
    run()
    torch.cuda.reset_peak_memory_stats(device)
    times: list[float] = []
    for _ in range(repeats):
        torch.cuda.synchronize(device)
        began = time.perf_counter()
        run()
        torch.cuda.synchronize(device)
        times.append(time.perf_counter() - began)
    return statistics.median(times), torch.cuda.max_memory_allocated(device)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time an analysis against plain inference on a GPU.")
    parser.add_argument("--model", default="vit_large_patch16_224")
    parser.add_argument("--precision", choices=PRECISIONS, default="bf16")
    parser.add_argument("--batches", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print("There is no GPU that torch can use: nothing is measured.")
        return
    device = torch.device("cuda:0")
    torch.manual_seed(0)
    module = timm.create_model(arguments.model).eval().to(device)
    architecture = describe(module)
    shape, count = architecture.input_size, arguments.batches
    print(f"{arguments.model}, {architecture.params:,} parameters, {arguments.precision}")
    print(f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}")
    with running_in(arguments.precision, device):
        size = pace.fastest(module, shape, device, Job())
        plain, memory = timed(lambda: inference(module, count, size, shape, device), device, arguments.repeats)
        images = count * size
        print(f"batches of {size}")
        print(f"plain inference {images / plain:9.0f} images/s, peak memory {memory / 1e9:.2f} GB")
        for metrics in (("cosine",), ("all",)):

            def analyse(metrics: tuple[str, ...] = metrics) -> object:
                return scoring.score(module, batches(count, size, shape), metrics, total=images)

            seconds, memory = timed(analyse, device, arguments.repeats)
            print(
                f"analysis, {metrics[0]:<6} {images / seconds:8.0f} images/s, {seconds / plain:.2f} times the seconds, "
                f"peak memory {memory / 1e9:.2f} GB"
            )
        for name, compute in (("channels last", Compute(channels_last=True)), ("compiled", Compute(compile=True))):
            with pace.at([module], compute):
                seconds, _ = timed(lambda: inference(module, count, size, shape, device), device, arguments.repeats)
            print(f"inference, {name}: {images / seconds:.0f} images/s")
        site = next(site.id for site in architecture.prunable if site.parent)
        before = torch.cuda.memory_allocated(device)
        pruned, _ = repaired(PruningPlan.of(architecture, {site: "remove"}), module, shared=True)
        more = torch.cuda.memory_allocated(device) - before
        weights = sum(one.nbytes for one in module.parameters())
        print(f"weights {weights / 1e9:.2f} GB; a plan that removes a site beside them takes {more / 1e9:.3f} GB more")
        del pruned


if __name__ == "__main__":
    main()
