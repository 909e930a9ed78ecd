"""At what pace a model runs: how many images at once, how their pixels lie in memory, and as which code.

None of it changes what a figure means. A compiled model, and one with its channels last, adds up in another order.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import torch
from torch import nn

from vitprune import devices
from vitprune.architecture import Architecture
from vitprune.errors import CompileFailed
from vitprune.families import find_blocks, part, present
from vitprune.jobs import AUTO, Compute, Job
from vitprune.memory import exhausted

FIRST = {"cpu": 1, "cuda": 8}
MOST = {"cpu": 64, "cuda": 1024}
GAIN = 1.03  # by which twice as many images have to be faster to be worth their memory
ROOM = 0.4  # of a GPU's memory: an analysis holds more than a forward, and twice as much has to fit
REPEATS = 3


def batch_size(
    compute: Compute, module: nn.Module, architecture: Architecture, device: torch.device, job: Job | None = None
) -> int:
    """How many images at once: as many as were asked for; found by trial for "auto", the same for all processes that
    share the images; else the usual number for the tokens of the model."""
    if compute.batch_size != AUTO:
        return devices.batch_size(compute, architecture)
    return compute.shard.from_first(lambda: fastest(module, architecture.input_size, device, job))


def fastest(module: nn.Module, input_size: tuple[int, int, int], device: torch.device, job: Job | None = None) -> int:
    """The batch size from which on twice as many images are not run faster, or do not fit. Raises Cancelled."""
    job = job or Job()
    best, rate = size, found = FIRST[device.type], 0.0
    training = module.training
    module.eval()
    try:
        while size <= MOST[device.type]:
            job.progress("Finding the batch size", size, 0)
            try:
                found = _rate(module, torch.zeros(size, *input_size, device=device))
            except Exception as error:
                if not exhausted(error):
                    raise
                break
            if found < rate * GAIN:
                break
            best, rate = size, found
            if device.type == "cuda" and torch.cuda.max_memory_allocated(device) > ROOM * _memory(device):
                break
            size *= 2
    finally:
        module.train(training)
        if device.type == "cuda":
            torch.cuda.empty_cache()
    job.note(f"Batches of {best} were the fastest.")
    return best


@contextmanager
def at(modules: Sequence[nn.Module], compute: Compute, *, watched: bool = False) -> Iterator[None]:
    """While this lasts, the models run with their channels last, and compiled, as far as that is asked for. Of models
    that are `watched` by hooks only the branches are compiled, not what goes on between them.

    Raises CompileFailed where torch.compile does not take a model; nothing is then run in another way instead.
    """
    if not (compute.channels_last or compute.compile):
        yield
        return
    parts = [one for module in modules for one in _compiled_parts(module, watched)] if compute.compile else []
    try:
        for module in modules if compute.channels_last else ():
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        for one, name in parts:
            setattr(one, name, torch.compile(getattr(one, name)))
        with torch._dynamo.config.patch(fail_on_recompile_limit_hit=True) if parts else nullcontext():
            yield
    except Exception as error:
        if not (compute.compile and type(error).__module__.startswith(("torch._dynamo", "torch._inductor"))):
            raise
        raise CompileFailed(
            f"torch.compile does not take {type(modules[0]).__name__} here: {_first_line(error)}.",
            hint="Leave --compile out.",
            details=str(error),
        ) from error
    finally:
        for one, name in parts:
            one.__dict__.pop(name, None)  # the method of its class is behind it
        if parts:
            torch._dynamo.reset()
        for module in modules if compute.channels_last else ():
            module.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


def told(compute: Compute) -> str:
    """What is to stand behind the name of a device: times compare only with such."""
    return (", channels last" if compute.channels_last else "") + (", compiled" if compute.compile else "")


def _compiled_parts(module: nn.Module, watched: bool) -> list[tuple[nn.Module, str]]:
    if not watched:
        return [(module, "forward_features")]
    found = [part(block, one.name) for _, block, family in find_blocks(module) for one in present(block, family)]
    return [(one, "forward") for one in found]


@torch.inference_mode()
def _rate(module: nn.Module, images: torch.Tensor) -> float:
    """Images a second, of the fastest of some forwards."""
    times: list[float] = []
    for _ in range(1 + REPEATS):
        began = time.perf_counter()
        module(images)
        if images.is_cuda:
            torch.cuda.synchronize(images.device)
        times.append(time.perf_counter() - began)
    return len(images) / min(times[1:])


def _memory(device: torch.device) -> int:
    return torch.cuda.get_device_properties(device).total_memory


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0].rstrip(".:")[:200]
