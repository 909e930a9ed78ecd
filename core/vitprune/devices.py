"""The machine: which device, how many threads, how large a batch, and the record of it all."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import timm
import torch

import vitprune
from vitprune.architecture import Architecture
from vitprune.errors import ArgumentInvalid, OutOfMemory
from vitprune.jobs import AUTO, Compute
from vitprune.memory import exhausted
from vitprune.precision import running_in
from vitprune.results import Environment

# Tokens in a batch at which the matrix products are efficient while one activation still fits the cache.
_TOKENS_CPU = 2048
_TOKENS_CUDA = 32768


def device_of(compute: Compute) -> torch.device:
    """Raises ArgumentInvalid for a device that this machine, or this build of torch, does not have."""
    if compute.device == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(compute.device)
    except RuntimeError:
        raise ArgumentInvalid(f"{compute.device!r} is no device.", hint="Use auto, cpu or cuda:0.") from None
    if device.type not in {"cpu", "cuda"}:
        raise ArgumentInvalid(f"ViTPrune does not run on {device.type}.", hint="Use auto, cpu or cuda:0.")
    if device.type == "cuda" and (not torch.cuda.is_available() or (device.index or 0) >= torch.cuda.device_count()):
        raise ArgumentInvalid(f"This machine has no {device} that torch can use.", hint="Use the CPU (--device cpu).")
    return device


def available() -> tuple[tuple[str, str], ...]:
    """The devices of this machine that ViTPrune runs on, each with what it is called by its maker."""
    gpus = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    return (("cpu", _processor()), *((f"cuda:{n}", torch.cuda.get_device_name(n)) for n in gpus))


def batch_size(compute: Compute, architecture: Architecture) -> int:
    if compute.batch_size is not None and compute.batch_size != AUTO:
        if compute.batch_size < 1:
            raise ArgumentInvalid("The batch size must be at least 1.")
        return compute.batch_size
    tokens = _TOKENS_CPU if device_of(compute).type == "cpu" else _TOKENS_CUDA
    return max(1, min(256, tokens // max(1, architecture.tokens)))


@contextmanager
def running_on(compute: Compute) -> Iterator[torch.device]:
    """The device, with the number of threads and the precision set, and running out of memory turned into a named
    error."""
    device = device_of(compute)
    precision = running_in(compute.precision, device)
    before = torch.get_num_threads()
    if compute.threads is not None:
        if compute.threads < 1:
            raise ArgumentInvalid("The number of threads must be at least 1.")
        torch.set_num_threads(compute.threads)
    try:
        with precision:
            yield device
    except (RuntimeError, MemoryError) as error:
        if not exhausted(error):
            raise
        raise OutOfMemory(
            f"There is not enough memory on {device}.", hint="Use a smaller batch (--batch-size).", details=str(error)
        ) from error
    finally:
        torch.set_num_threads(before)


def environment(compute: Compute | None = None) -> Environment:
    compute = compute or Compute()
    device = device_of(compute)
    shared = f", {compute.shard.size} processes" if compute.shard.size > 1 else ""
    return Environment(
        vitprune=vitprune.__version__,
        python=platform.python_version(),
        torch=torch.__version__,
        timm=timm.__version__,
        platform=platform.platform(),
        processor=f"{_processor()}, {psutil.cpu_count(logical=False) or os.cpu_count()} cores",
        device=(f"{device} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else "cpu") + shared,
        threads=compute.threads or torch.get_num_threads(),
        precision=compute.precision,
    )


def _processor() -> str:
    """The processor's trade name, which `platform.processor` does not give on Linux."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return platform.processor()
