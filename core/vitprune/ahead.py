"""Reading ahead: threads work on the next images while the model, or whoever else asks, is busy with the last ones."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from vitprune.jobs import Job

MOST_THREADS = 8  # a disk and one core that stacks batches are busy with these
LOOK = 0.1  # seconds between two looks for a cancel, while a drive does not answer

K = TypeVar("K")
T = TypeVar("T")


def in_order(
    work: Callable[[K], T], keys: Iterable[K], job: Job, *, ahead: int | None = None
) -> Generator[T, None, None]:
    """What `work` gives for each key, in their order, up to `ahead` of them before they are asked for. What it raises
    is raised in its turn. Raises Cancelled, at once, however long the work on one key takes."""
    threads = min(MOST_THREADS, _cores())
    most = max(threads, ahead or 2 * threads)
    waiting: deque[Future[T]] = deque()
    pool = _pool(threads)
    try:
        for key in keys:
            waiting.append(pool.submit(work, key))
            if len(waiting) > most:
                yield _result(waiting.popleft(), job)
        while waiting:
            yield _result(waiting.popleft(), job)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def to_device(images: Tensor, device: torch.device) -> Tensor:
    """Images on the device. From pinned memory the copy goes on beside what the device computes, and beside us."""
    return images.to(device, non_blocking=images.is_pinned() if device.type == "cuda" else False)


def pinned(images: Tensor) -> Tensor:
    """The images where a GPU can fetch them by itself, once one is in use."""
    return images.pin_memory() if torch.cuda.is_available() and torch.cuda.is_initialized() else images


def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that compute alone: each image is small, and a team of threads for every thread would stand in the
    way."""
    ready = threading.Barrier(threads + 1)
    pool = ThreadPoolExecutor(threads, "images", initializer=partial(torch.set_num_threads, 1))
    for _ in range(threads):
        pool.submit(ready.wait)
    ready.wait()
    torch.set_num_threads(torch.get_num_threads())  # or threads that come later would be given one, too
    return pool


def _result(future: Future[T], job: Job) -> T:
    while True:
        job.check()
        try:
            return future.result(LOOK)
        except NotYet:
            if future.done():  # the work itself raised it
                raise


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
