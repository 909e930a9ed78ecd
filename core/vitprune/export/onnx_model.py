"""The model as ONNX, and how ONNX Runtime runs it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.export import ExportedProgram

from vitprune.export.program import attempt

INPUT, OUTPUT = "images", "logits"
BATCH = "batch"
RECIPE = "vitprune.recipe"
"""The entry of the metadata that has the text of recipe.json."""


def write(program: ExportedProgram, path: Path, recipe: str = "") -> None:
    """Weights that are too large for one file of ONNX, 2 GB, go into a second one beside it. The text of the `recipe`
    goes into the metadata: a file of ONNX often travels alone. Raises ExportFailed with the exporter's reason."""
    # Each of them says on every run what it leaves out; an error says enough.
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        converted: Any = attempt(
            "The exporter of ONNX cannot convert the model",
            lambda: torch.onnx.export(
                program,
                dynamo=True,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=({0: BATCH},),  # the name that readers see; what is free, the program says
                verbose=False,
                optimize=True,
            ),
        )
        if recipe:
            converted.model.metadata_props[RECIPE] = recipe
        converted.save(path)  # by itself it makes the second file above 2 GB only
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    path.chmod(0o644)


def session(path: Path) -> Callable[[Tensor], Tensor]:
    """Runs the file on the CPU, with as many threads as torch has: (B, C, H, W) to logits. Raises ExportFailed where
    ONNX Runtime refuses it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    # Threads that wait for the next run take time from whoever is measured next.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    opened: Any = attempt(
        "ONNX Runtime does not open the model",
        lambda: onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]),
    )
    (name,) = (entry.name for entry in opened.get_inputs())

    def run(images: Tensor) -> Tensor:
        return torch.from_numpy(opened.run(None, {name: images.numpy()})[0])

    return run
