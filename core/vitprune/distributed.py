"""Several processes, started by torchrun, that work as one: each takes a part of the images, all have every result.

What they exchange are finished values as JSON and raw array bytes; nothing is pickled. A failure goes through the store
that torchrun keeps, which answers whatever the other processes are doing: the first to fail tells of it, all end.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from dataclasses import replace
from types import FrameType
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous

from vitprune.errors import ArgumentInvalid, ProcessLost
from vitprune.jobs import Cancelled, Compute, Shard

FAILURE = "failure"
LOOK = 0.5  # seconds between two looks at whether another process failed
WAIT = 0.05  # seconds between two looks at whether all have arrived
ARRAYS = "biuf"


def pack(value: Any) -> bytes:
    """A value, as `Shard.gather` takes it, as bytes: the length of a JSON text, the text, then the arrays in order."""
    arrays: list[NDArray[Any]] = []
    text = json.dumps(_plain(value, arrays)).encode()
    return b"".join([len(text).to_bytes(8, "little"), text, *(array.tobytes() for array in arrays)])


def unpack(data: bytes) -> Any:
    """The inverse of `pack`; tuples are lists now. Raises ValueError, KeyError or TypeError for anything else."""
    start = 8 + int.from_bytes(data[:8], "little")
    value, end = _restored(json.loads(data[8:start]), data, start)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes are left over")
    return value


def _plain(value: Any, arrays: list[NDArray[Any]]) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case np.ndarray() if value.dtype.kind in ARRAYS:
            arrays.append(value)
            return {"array": [value.dtype.str, list(value.shape)]}
        case list() | tuple():
            return {"list": [_plain(item, arrays) for item in value]}
        case dict() if all(isinstance(key, str) for key in value):
            return {"dict": {key: _plain(item, arrays) for key, item in value.items()}}
    raise TypeError(f"a {type(value).__name__} cannot be sent to another process")


def _restored(plain: Any, data: bytes, place: int) -> tuple[Any, int]:
    """A value, and where in `data` the next array begins."""
    if not isinstance(plain, dict):
        return plain, place
    [(kind, content)] = plain.items()
    if kind == "list":
        items = []
        for entry in content:
            item, place = _restored(entry, data, place)
            items.append(item)
        return items, place
    if kind == "dict":
        entries = {}
        for key, entry in content.items():
            entries[key], place = _restored(entry, data, place)
        return entries, place
    dtype = np.dtype(content[0])
    if kind != "array" or dtype.kind not in ARRAYS:
        raise ValueError(f"{kind} of {dtype} is not what is sent")
    count = int(np.prod(content[1], dtype=np.int64))
    array = np.frombuffer(data, dtype, count, place).reshape(content[1]).copy()
    return array, place + array.nbytes


class Group(Shard):
    """This process among all of them.

    Processes first meet in the store, where waiting ends when one has failed, and only then enter a collective, which
    could not be left.
    """

    def __init__(self, store: Store, rank: int, size: int, local_rank: int) -> None:
        self.rank = rank
        self.size = size
        self.stop: threading.Event = _Stop(store)
        self.device = torch.device("cpu")
        self._local_rank = local_rank
        self._store = store
        self._meetings = 0

    def gather(self, value: Any) -> list[Any]:
        """Raises Cancelled when another process has failed, ProcessLost when one is gone."""
        self.meet()
        try:
            if not dist.is_initialized():
                self._connect()
            return [unpack(message) for message in self._exchange(pack(value))]
        except (RuntimeError, dist.DistError) as error:
            raise self.lost(str(error)) from error

    def meet(self) -> None:
        """Wait until all processes are here. Raises like `gather`."""
        self._meetings += 1
        key = f"meeting/{self._meetings}"
        try:
            self._store.add(key, 1)
            while self._store.add(key, 0) < self.size:
                if self.stop.is_set():
                    raise Cancelled
                time.sleep(WAIT)
        except (RuntimeError, dist.DistError) as error:
            raise self.lost(str(error)) from error

    def place(self, compute: Compute) -> Compute:
        """The same with this process, and the GPU of its number on this machine, where there are any.

        Raises ArgumentInvalid when there are fewer GPUs than processes, or one was named for all.
        """
        device = compute.device
        if device == "cuda" or (device == "auto" and torch.cuda.is_available()):
            if self._local_rank >= (count := torch.cuda.device_count()):
                raise ArgumentInvalid(
                    f"Process {self._local_rank + 1} of this machine has no GPU: there are {count}.",
                    hint="Start as many processes as there are GPUs, or use the CPU (--device cpu).",
                )
            device = f"cuda:{self._local_rank}"
        elif device.startswith("cuda"):
            raise ArgumentInvalid(
                f"Several processes cannot share {device}.", hint="With --device auto each takes a GPU of its own."
            )
        self.device = torch.device("cuda", self._local_rank) if device.startswith("cuda") else torch.device("cpu")
        return replace(compute, device=device, shard=self)

    def fail(self, status: int) -> bool:
        """Have all processes end with this exit status; whether this is the first to fail, and so the one to tell."""
        _hear_no_more()
        mine = f"{status} {self.rank}"
        try:
            return self._store.compare_set(FAILURE, "", mine).decode() == mine
        except (RuntimeError, dist.DistError):  # the store is gone, and with it whoever started us
            return self.rank == 0

    def status(self) -> int:
        """The exit status that the first process to fail gave, for this one too; 1 where that cannot be known."""
        _hear_no_more()
        try:
            return int(self._store.get(FAILURE).decode().split()[0]) if self._store.check([FAILURE]) else 1
        except (RuntimeError, dist.DistError):
            return 1

    def lost(self, details: str = "") -> Exception:
        """What to raise when another process does not answer: it may have failed and told of it already."""
        try:
            if self._store.check([FAILURE]):
                return Cancelled()
        except (RuntimeError, dist.DistError):
            pass
        return ProcessLost(
            "The processes were stopped, or one of them ended without saying why.",
            hint="If its memory ran out, use fewer processes or a smaller batch (--batch-size).",
            details=details,
        )

    def leave(self) -> None:
        """Wait for the others to finish too."""
        self.meet()
        if dist.is_initialized():
            dist.destroy_process_group()

    def terminated(self, _: int, __: FrameType | None) -> None:
        """What torchrun asks of the others when it sees that one process has ended."""
        _hear_no_more()
        raise self.lost()

    def _connect(self) -> None:
        store = PrefixStore("collectives", self._store.clone())
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
            dist.init_process_group("nccl", store=store, rank=self.rank, world_size=self.size, device_id=self.device)
        else:
            dist.init_process_group("gloo", store=store, rank=self.rank, world_size=self.size)

    def _exchange(self, message: bytes) -> list[bytes]:
        """The messages of all processes."""
        own = torch.frombuffer(bytearray(message), dtype=torch.uint8).to(self.device)
        lengths = list(torch.zeros(self.size, dtype=torch.int64, device=self.device).split(1))
        dist.all_gather(lengths, torch.tensor([len(own)], device=self.device))
        sizes = [int(length) for length in lengths]
        padded = torch.nn.functional.pad(own, (0, max(sizes) - len(own)))
        found = [torch.empty_like(padded) for _ in sizes]
        dist.all_gather(found, padded)
        return [part[:size].cpu().numpy().tobytes() for part, size in zip(found, sizes, strict=True)]


class _Stop(threading.Event):
    """Set once another process has failed; that is asked now and then, when somebody wants to know."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._next = 0.0

    def is_set(self) -> bool:
        if time.monotonic() >= self._next and not super().is_set():
            self._next = time.monotonic() + LOOK
            if self._store.check([FAILURE]):
                self.set()
        return super().is_set()


def _hear_no_more() -> None:
    """On the way out: an exit status of one's own says more than that of a signal."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def join() -> Group:
    """The group that torchrun describes in the environment. From here on SIGTERM is an exception.

    Raises ProcessLost when the others cannot be reached, ArgumentInvalid when the description is incomplete.
    """
    try:
        store, rank, size = next(iter(rendezvous("env://")))
    except ValueError as error:
        raise ArgumentInvalid(
            "The environment describes no group of processes.",
            hint="Start with `torchrun --nproc-per-node N -m vitprune ...`.",
            details=str(error),
        ) from error
    except (RuntimeError, dist.DistError) as error:
        raise ProcessLost("The other processes cannot be reached.", details=str(error)) from error
    group = Group(store, rank, size, int(os.environ.get("LOCAL_RANK", rank)))
    signal.signal(signal.SIGTERM, group.terminated)
    return group
