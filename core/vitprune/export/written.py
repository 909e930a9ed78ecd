"""The formats of a folder, each written, opened again, and run on the images of the probe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from torch import Tensor, nn
from torch.export import ExportedProgram

from vitprune.export import onnx_model, program
from vitprune.export.proving import Probe, in_parts, loaded
from vitprune.formats import Format
from vitprune.jobs import Job


def written(
    module: nn.Module, folder: Path, formats: Sequence[Format], probe: Probe, recipe: str, job: Job
) -> Iterator[tuple[Format, Callable[[Tensor], Tensor], Tensor]]:
    """Of each format that can be run: how it is run here, and the logits that the file gives. `module` is the pruned
    model, on the CPU; the text of its `recipe` goes into every file. Raises ExportFailed for a format that it cannot
    have."""
    traced: ExportedProgram | None = None
    for format_ in formats:
        if format_.name == "ptblop":
            continue
        if traced is None:
            job.progress("Tracing the model", 0, 0, "")
            traced = program.traced(module, probe.images.shape[1:])
        path = folder / format_.file
        if format_.name == "onnx":
            job.progress("Converting to ONNX", 0, 0, "")
            onnx_model.write(traced, path, recipe)
            job.progress("Comparing with ONNX Runtime", 0, 0, "")
            run = onnx_model.session(path)
            yield format_, run, in_parts(run, probe.images)
        else:
            program.save(traced, path, recipe)
            job.progress("Comparing the program of torch.export", 0, 0, "")
            yield format_, traced.module(), loaded(path, probe.images, job)
