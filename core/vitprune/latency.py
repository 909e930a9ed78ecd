"""Wall time of a forward, and of every site in it. Models that are to be compared take turns, so that a machine that
warms up or is disturbed treats them alike."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from vitprune.architecture import Architecture
from vitprune.families import Adds, Branch, Family, find_blocks, part, present
from vitprune.jobs import Job
from vitprune.precision import BF16, current
from vitprune.results import Latency, LatencyTable
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
    images = _images(input_size, batch_size, device)
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
    name = _name(device)
    return tuple(Latency(read_only(np.array(times)), batch_size, threads, name) for times in samples)


def site_latencies(
    module: nn.Module,
    architecture: Architecture,
    *,
    batch_size: int,
    device: torch.device,
    rounds: int = 40,
    seconds: float = 6.0,
    job: Job | None = None,
) -> LatencyTable:
    """What every site takes of a forward, on random images, in evaluation mode.

    Each branch is timed where it runs, from what enters its first module to what comes after its addition. The other
    way, to take a site out and time what is left, asks for a difference of two long times that vary: each sample is
    noisier, and gives one site instead of all. Forwards that are watched take turns with ones that are not, which shows
    what watching costs. At least ten and at most `rounds` of each, for about `seconds` in total, after a warm-up.

    Branches whose first module is one and the same cannot be told apart: their time is divided by their
    multiply-accumulates. On a GPU the times are those of its own clock, idle time between its kernels included.
    """
    job = job or Job()
    images = _images(architecture.input_size, batch_size, device)
    clock = _GpuClock(device) if device.type == "cuda" else _Clock()
    macs = {site.id: site.macs for site in architecture.sites}
    whole: list[float] = []
    watched: list[float] = []
    rows: list[dict[str, float]] = []
    module.eval()
    with torch.inference_mode():
        once = min(_forward(module, images, clock) for _ in range(3))
        repeats = int(np.clip(1000 * seconds / max(2 * once, 1e-6), 10, rounds))
        for done in range(repeats):
            job.check()
            whole.append(_forward(module, images, clock))
            spans: list[_Span] = []
            with _timing(module, macs, spans, clock):
                watched.append(_forward(module, images, clock))
            row: dict[str, float] = {"": watched[-1]}
            for site, start, end, share, block in spans:
                took = share * clock.ms(start, end)
                row[site] = row.get(site, 0.0) + took
                row[""] -= took if block else 0.0
            rows.append(row)
            job.progress("Timing the sites", done + 1, repeats, "rounds")
    samples = {
        site: read_only(np.array([row.get(site, 0.0) for row in rows]))
        for site in macs
        if any(site in row for row in rows)
    }
    rest, all_watched, all_whole = (np.array(values) for values in ([row[""] for row in rows], watched, whole))
    return LatencyTable(
        samples,
        read_only(rest),
        read_only(all_watched),
        read_only(all_whole),
        batch_size,
        torch.get_num_threads(),
        _name(device),
    )


def _images(input_size: tuple[int, int, int], batch_size: int, device: torch.device) -> torch.Tensor:
    return torch.randn(batch_size, *input_size, device=device, generator=torch.Generator(device).manual_seed(0))


def _name(device: torch.device) -> str:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    return f"{name}, {BF16}" if current(device) == BF16 else name


class _Clock:
    """Times are seconds of the processor."""

    def mark(self) -> Any:
        return time.perf_counter()

    def ms(self, start: Any, end: Any) -> float:
        """Between two marks, once everything before the second is done."""
        return 1000 * (end - start)

    def wait(self) -> None:
        """Until all that was asked for is done."""


class _GpuClock(_Clock):
    """Times are events in the queue of the GPU."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def mark(self) -> Any:
        event = torch.cuda.Event(enable_timing=True)
        event.record(torch.cuda.current_stream(self._device))
        return event

    def ms(self, start: Any, end: Any) -> float:
        return start.elapsed_time(end)

    def wait(self) -> None:
        torch.cuda.synchronize(self._device)


def _forward(module: nn.Module, images: torch.Tensor, clock: _Clock) -> float:
    """Milliseconds."""
    clock.wait()
    start = clock.mark()
    module(images)
    end = clock.mark()
    clock.wait()
    return clock.ms(start, end)


_Span = tuple[str, Any, Any, float, bool]
"""A site, the marks at its start and end, which share of the time between is its own, and whether it is a block."""


@contextmanager
def _timing(module: nn.Module, macs: dict[str, int], spans: list[_Span], clock: _Clock) -> Iterator[None]:
    """Fill `spans` while the module runs."""
    handles: list[RemovableHandle] = []
    try:
        for path, block, family in find_blocks(module):
            handles += _BlockTimer(path, block, family, macs, spans, clock).attach()
        yield
    finally:
        for handle in handles:
            handle.remove()


class _BlockTimer:
    """The hooks of one block. A branch ends where the stream after it comes into sight, at the entry of the next one or
    the end of the block; one that runs beside others ends at its exit. Branches that one call of a module enters
    cannot be told apart: they divide the time until the last of them has left."""

    def __init__(
        self,
        path: str,
        block: nn.Module,
        family: Family,
        macs: dict[str, int],
        spans: list[_Span],
        clock: _Clock,
    ) -> None:
        self.path = path
        self.block = block
        self.branches = tuple(present(block, family))
        self.macs = macs
        self.spans = spans
        self.clock = clock
        self.start: Any = None
        self.entered: dict[str, Any] = {}
        self.left: dict[str, Any] = {}
        self.waiting: Branch | None = None
        self.calls: dict[str, int] = {}

    def attach(self) -> list[RemovableHandle]:
        handles = [self.block.register_forward_pre_hook(self.enter_block)]
        entries: dict[str, list[Branch]] = {}
        exits: dict[str, list[Branch]] = {}
        for branch in self.branches:
            entries.setdefault(branch.entry, []).append(branch)
            exits.setdefault(branch.exit, []).append(branch)
            if branch.until:
                handles.append(part(self.block, branch.until).register_forward_pre_hook(self.pass_by))
        for name, branches in entries.items():
            if name:
                handles.append(part(self.block, name).register_forward_pre_hook(self.enter(branches)))
        for name, branches in exits.items():
            handles.append(part(self.block, name).register_forward_hook(self.leave(name, branches)))
        return [*handles, self.block.register_forward_hook(self.leave_block)]

    def enter_block(self, *_: object) -> None:
        self.left, self.calls, self.waiting = {}, {}, None
        self.start = self.clock.mark()
        self.entered = {branch.name: self.start for branch in self.branches if not branch.entry}

    def enter(self, branches: list[Branch]) -> Callable[..., None]:
        def hook(*_: object) -> None:
            now = self.clock.mark()
            self.settle(now)
            self.entered |= {branch.name: now for branch in branches if branch.name not in self.left}

        return hook

    def pass_by(self, *_: object) -> None:
        self.settle(self.clock.mark())

    def leave(self, exit_: str, branches: list[Branch]) -> Callable[..., None]:
        def hook(*_: object) -> None:
            now = self.clock.mark()
            call = self.calls[exit_] = self.calls.get(exit_, -1) + 1
            leaving = branches if branches[0].share is not None else [branches[call]]
            self.left |= {branch.name: now for branch in leaving}
            start = self.entered[leaving[0].name]
            together = [branch for branch in self.branches if self.entered.get(branch.name) is start]
            if len(together) == 1 and leaving[0].adds is not Adds.BESIDE_OTHERS:
                self.waiting = leaving[0]
            elif all(branch.name in self.left for branch in together):
                self.tell(together, now)

        return hook

    def settle(self, now: Any) -> None:
        if self.waiting is not None:
            self.tell([self.waiting], now)
            self.waiting = None

    def tell(self, branches: list[Branch], end: Any) -> None:
        sites = [f"{self.path}.{branch.name}" if self.path else branch.name for branch in branches]
        counts = [self.macs.get(site, 0) for site in sites]
        for branch, site, count in zip(branches, sites, counts, strict=True):
            share = count / sum(counts) if any(counts) else 1 / len(counts)
            self.spans.append((site, self.entered[branch.name], end, share, False))

    def leave_block(self, *_: object) -> None:
        now = self.clock.mark()
        self.settle(now)
        self.spans.append((self.path, self.start, now, 1.0, True))


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
