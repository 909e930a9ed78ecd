"""Running out of memory: what does not fit at once is run in halves, and that is said."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import torch
from torch import Tensor

from vitprune.errors import OutOfMemory
from vitprune.jobs import Job

log = logging.getLogger(__name__)

T = TypeVar("T")

# What torch, its libraries and C++ say where they raise no class of their own.
_TEXTS = ("out of memory", "can't allocate memory", "cublas_status_alloc_failed", "bad_alloc", "bad allocation")
# oneDNN's whole sentence where it finds no room for the code that it compiles. One that goes on ("... primitive
# descriptor") is about what it cannot do at all.
_SENTENCES = ("could not create a primitive", "could not create a memory object")


def exhausted(error: BaseException) -> bool:
    """Whether this is what a machine says that has no memory left."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    if not isinstance(error, RuntimeError):
        return False
    said = str(error).lower()
    return said.strip() in _SENTENCES or any(text in said for text in _TEXTS)


class Portions:
    """Images run as many at once as are given, until memory runs out: from then on half as many, and half of those."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._most: int | None = None

    def run(self, count: int, run: Callable[[slice], T], undo: Callable[[], object] = lambda: None) -> Iterator[T]:
        """What `run` gives for each portion of `count` images, in their order. `undo` comes before a portion that did
        not fit is run again. Raises OutOfMemory where there is not enough for one image."""
        start = 0
        while start < count:
            stop = min(count, start + (self._most or count))
            try:
                found = run(slice(start, stop))
            except Exception as error:
                if not exhausted(error):
                    raise
                reason = str(error)
            else:
                yield found
                start = stop
                continue
            # Only here: while the error is handled, its frames hold what did not fit.
            undo()
            self._most = _half(stop - start, reason, self._job)

    def passes(
        self, batches: Callable[[], Iterable[Tensor]], run: Callable[[Iterator[Tensor]], Iterable[T]]
    ) -> Iterator[T]:
        """What `run` yields from the `batches`, which are asked for at each start: where memory runs out it starts
        again with halves of them, and what it had yielded before is not yielded twice. Raises OutOfMemory where there
        is not enough for one image."""
        told = largest = 0

        def pieces() -> Iterator[Tensor]:
            nonlocal largest
            for batch in batches():
                for piece in batch.split(self._most or max(1, len(batch))):
                    largest = max(largest, len(piece))
                    yield piece

        while True:
            largest = 0
            try:
                for number, found in enumerate(run(pieces())):
                    if number >= told:
                        told += 1
                        yield found
                return
            except Exception as error:
                if not exhausted(error):
                    raise
                reason = str(error)
            self._most = _half(largest, reason, self._job)


def halving(size: int, run: Callable[[int], T], job: Job) -> T:
    """What `run` gives with batches of `size` images, or else of half as many each time that memory runs out: it starts
    again then. Raises OutOfMemory where there is not enough for one image."""
    while True:
        try:
            return run(size)
        except Exception as error:
            if not exhausted(error):
                raise
            reason = str(error)
        size = _half(size, reason, job)


def _half(size: int, reason: str, job: Job) -> int:
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if size < 2:
        raise OutOfMemory(
            "There is not enough memory to run the model on one image.",
            hint="Close other programs, or choose a smaller model.",
            details=reason,
        )
    note = f"Memory ran out with {size} images at a time; they were run {size // 2} at a time instead."
    log.warning("%s (%s)", note, reason.partition("\n")[0])
    job.note(note)
    return size // 2
