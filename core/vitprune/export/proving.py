"""What is written is compared with the model in memory before anybody sees it, and timed in turns with it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from vitprune import latency
from vitprune.architecture import Architecture
from vitprune.errors import ExportFailed, ModelUnsupported
from vitprune.export.apart import run
from vitprune.formats import TOLERANCE
from vitprune.images import ImageSet
from vitprune.jobs import Job
from vitprune.memory import halving
from vitprune.results import Latency

BATCHES = (1, 3, 3)
"""How many images at once: two numbers at least, neither the one that a model is traced with."""
_IMAGES = sum(BATCHES)

_LOAD = '''"""Loads the program that lies beside it, and writes its logits."""

import sys

import torch
from safetensors.torch import load_file, save_file

model = torch.export.load(sys.argv[1]).module()
images = load_file(sys.argv[2])["images"]
with torch.inference_mode():
    logits = torch.cat([model(part) for part in images.split([int(size) for size in sys.argv[4:]])])
save_file({"logits": logits.contiguous()}, sys.argv[3])
'''


@dataclass(frozen=True)
class Probe:
    """What the proofs are made with: (B, C, H, W) `images` of `source`, "" for noise, and the number of images at once
    that forms are timed with."""

    images: Tensor
    source: str
    batch_size: int


def probe(architecture: Architecture, batch_size: int, images: Tensor | None = None, source: str = "") -> Probe:
    """Of these images, again from the first where they are too few, or of noise."""
    if images is None or not len(images):
        images = torch.randn(_IMAGES, *architecture.input_size, generator=torch.Generator().manual_seed(0))
        source = ""
    return Probe(images[torch.arange(_IMAGES) % len(images)].float(), source, batch_size)


def some_of(images: ImageSet, job: Job) -> Tensor:
    """Images (B, C, H, W) from everywhere in the set, to make a probe of."""
    chosen = range(0, len(images), max(1, len(images) // _IMAGES))[:_IMAGES]
    return next(images.batches(len(chosen), job, chosen))


def in_parts(run: Callable[[Tensor], Any], images: Tensor) -> Tensor:
    """What `run` says of the images, `BATCHES` of them at once. Raises ModelUnsupported for anything but a tensor."""
    with torch.inference_mode():
        found = [run(part) for part in images.split(BATCHES)]
    if not isinstance(found[0], Tensor):
        raise ModelUnsupported(
            f"The model gives a {type(found[0]).__name__}; only one that gives a tensor can be exported.",
            hint="Wrap the model in a module that gives one of them.",
        )
    return torch.cat(found)


def compared(what: str, found: Tensor, wanted: Tensor) -> tuple[float, float]:
    """The largest difference, and the same over the largest logit. Raises ExportFailed above the tolerance."""
    if found.shape != wanted.shape:
        raise ExportFailed(
            f"{what} gives {tuple(found.shape)}, the model in memory {tuple(wanted.shape)}.",
            hint="The folder was not written. This is a defect of the export: please report it.",
        )
    difference = float((found - wanted).abs().max())
    relative = difference / float(wanted.abs().max().clamp_min(torch.finfo(wanted.dtype).tiny))
    if not relative <= TOLERANCE:
        raise ExportFailed(
            f"{what} and the model in memory differ by {relative:.1e} of the scale of the logits; {TOLERANCE:.0e} is "
            "allowed.",
            hint="The folder was not written. Export without this format, or report it.",
        )
    return difference, relative


def rebuilt(folder: Path, images: Tensor, job: Job) -> Tensor:
    """What the folder's `rebuild.py` says of the images, in a process of its own."""
    return _apart(folder / "rebuild.py", ["--tensor", "{images}", "--save", "{logits}"], images, job)


def loaded(program: Path, images: Tensor, job: Job) -> Tensor:
    """What a saved torch.export program says of the images, in a process of its own. Only for one that was written here
    a moment ago: loading a program can run any code that is in it."""
    with tempfile.TemporaryDirectory(prefix="vitprune-export-") as name:
        script = Path(name) / "load_program.py"
        script.write_text(_LOAD, "utf-8")
        arguments = [str(program.absolute()), "{images}", "{logits}", *map(str, BATCHES)]
        return _apart(script, arguments, images, job)


def _apart(script: Path, arguments: Sequence[str], images: Tensor, job: Job) -> Tensor:
    with tempfile.TemporaryDirectory(prefix="vitprune-export-") as name:
        here = Path(name)
        files = {"{images}": str(here / "images.safetensors"), "{logits}": str(here / "logits.safetensors")}
        save_file({"images": images.contiguous()}, files["{images}"])
        run(script, [files.get(word, word) for word in arguments], job=job)
        return load_file(files["{logits}"])["logits"]


def timed(
    forms: Sequence[Callable[[Tensor], Any]], architecture: Architecture, batch_size: int, job: Job
) -> tuple[Latency, ...]:
    """What each takes of a forward on the processor, taking turns."""
    modules = [_Runs(form) for form in forms]
    cpu = torch.device("cpu")
    return halving(
        batch_size,
        lambda size: latency.measure(modules, architecture.input_size, batch_size=size, device=cpu, job=job),
        job,
    )


class _Runs(nn.Module):
    """A form as a module without parts: an exported program refuses `eval`, a session of ONNX Runtime is none."""

    def __init__(self, run: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self._run = run.forward if isinstance(run, nn.Module) else run

    def forward(self, images: Tensor) -> Any:
        return self._run(images)
