"""What a long computation is given besides its inputs: where to report, when to stop, which machine to use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal


class Cancelled(Exception):
    """The user asked to stop. Not an error: everything is as it was before the job."""


@dataclass(frozen=True, slots=True)
class Progress:
    stage: str
    done: int
    total: int
    unit: str = "images"


def ignore(_: Progress) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Job:
    """Reports progress and answers to a cancel: `check` is called at least once a block of the model, and an image.
    `notes` are what people should know of how it went, though nothing went wrong."""

    report: Callable[[Progress], None] = ignore
    stop: threading.Event = field(default_factory=threading.Event)
    notes: list[str] = field(default_factory=list, kw_only=True)

    def progress(self, stage: str, done: int, total: int, unit: str = "images") -> None:
        self.check()
        self.report(Progress(stage, done, total, unit))

    def check(self) -> None:
        """Raise `Cancelled` when a stop was asked for."""
        if self.stop.is_set():
            raise Cancelled

    def note(self, text: str) -> None:
        """Once, however often it is said."""
        if text not in self.notes:
            self.notes.append(text)


class Shard:
    """The place of this process among those that share the images of one computation; this one is alone.

    Every process runs the same calls in the same order, and has the same results after each.
    """

    rank = 0
    size = 1

    def part(self, images: int, batch_size: int) -> range:
        """The images that this process takes: consecutive, in whole batches, so that every batch is the one that it
        would be in one process; the first process has as many as any."""
        batches = -(-images // batch_size)
        start, stop = (min(images, -(-batches * rank // self.size) * batch_size) for rank in (self.rank, self.rank + 1))
        return range(start, stop)

    def gather(self, value: Any) -> list[Any]:
        """The values of all processes in the order of their images, the same on each of them. A value is made of None,
        bool, int, float, str, numpy arrays, and lists, tuples (they become lists) and dicts with text keys of these."""
        return [value]

    def from_first(self, make: Callable[[], Any]) -> Any:
        """What the first process makes, while the others wait."""
        return self.gather(make() if self.rank == 0 else None)[0]


ALONE = Shard()

PRECISIONS = ("fp32", "bf16")
"""In which a model can run; the first is the usual one."""


AUTO: Literal["auto"] = "auto"
"""A batch size that is found by trial."""


@dataclass(frozen=True, slots=True)
class Compute:
    """The machine to use, and how. `device` is auto, cpu or cuda:N; `batch_size` and `threads` are chosen when None.
    `shard` is this process's place where several share the images; `precision` one of `PRECISIONS`. With its
    `channels_last`, or by `compile`, a model may be faster in a single analysis or evaluation."""

    device: str = "auto"
    batch_size: int | Literal["auto"] | None = None
    threads: int | None = None
    shard: Shard = ALONE
    precision: str = PRECISIONS[0]
    channels_last: bool = False
    compile: bool = False
