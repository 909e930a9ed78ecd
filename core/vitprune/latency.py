"""Wall time of a forward. Models that are to be compared take turns, so that a machine that warms up or is disturbed
treats them alike."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from vitprune.jobs import Job
from vitprune.results import Latency
from vitprune.scores import read_only

if TYPE_CHECKING:
    from torch.utils.benchmark import Timer


def measure(
    modules: Sequence[nn.Module],
    input_size: tuple[int, int, int],
    *,
    batch_size: int,
    device: torch.device,
    rounds: int = 12,
    seconds: float = 1.5,
    job: Job | None = None,
) -> tuple[Latency, ...]:
    """Median, spread and raw samples for each model, on random images, in evaluation mode.

    Each model is timed at least five and at most `rounds` times, for about `seconds` in total, after a warm-up; one
    sample is one forward of `batch_size` images. CUDA is synchronised by torch.utils.benchmark.
    """
    # Importing the timer makes torch look for a CUDA compiler, and warn where there is no GPU to go with it.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    from torch.utils.benchmark import Timer

    job = job or Job()
    threads = torch.get_num_threads()
    images = torch.randn(batch_size, *input_size, device=device, generator=torch.Generator(device).manual_seed(0))
    timers = [
        Timer("module(images)", globals={"module": module.eval(), "images": images}, num_threads=threads)
        for module in modules
    ]
    samples: list[list[float]] = [[] for _ in modules]
    with torch.inference_mode():
        once = [_warm_up(timer, job) for timer in timers]
        repeats = int(np.clip(seconds / max(sum(once), 1e-9) * len(modules), 5, rounds))
        for done in range(repeats):
            for timer, times in zip(timers, samples, strict=True):
                job.check()
                times.append(1000 * timer.timeit(1).mean)
            job.progress("Measuring speed", done + 1, repeats, "rounds")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return tuple(Latency(read_only(np.array(times)), batch_size, threads, name) for times in samples)


def _warm_up(timer: Timer, job: Job) -> float:
    """Run until the time no longer falls by a tenth, three times at most; seconds of the last run."""
    last = timer.timeit(1).mean
    for _ in range(3):
        job.check()
        now = timer.timeit(1).mean
        if now > 0.9 * last:
            return now
        last = now
    return last
