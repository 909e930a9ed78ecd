"""The model as a program of torch.export: what it computes, without the code that said so."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.export import Dim, ExportedProgram
from torch.fx import GraphModule

from vitprune.errors import ExportFailed
from vitprune.memory import exhausted
from vitprune.recipe import FILE as RECIPE


def traced(module: nn.Module, input_size: Sequence[int]) -> ExportedProgram:
    """The program of a module in evaluation mode on the CPU, for any number of images of (C, H, W). Raises ExportFailed
    with torch's reason."""
    # The program keeps what it was traced with, and a file of it too: no image of anybody. A single one would be taken
    # for all that there ever is.
    images = torch.zeros(2, *input_size)
    program: ExportedProgram = attempt(
        f"torch.export cannot trace {type(module).__name__}",
        lambda: torch.export.export(module.eval(), (images,), dynamic_shapes=({0: Dim("batch")},)),
    )
    for part in program.graph_module.modules():
        for node in part.graph.nodes if isinstance(part, GraphModule) else ():
            node.meta.pop("stack_trace", None)  # paths of this machine, which would be in every file
    return program


def save(program: ExportedProgram, path: Path, recipe: str = "") -> None:
    """With the text of the `recipe` in it, which `torch.export.load(path, extra_files={"recipe.json": ""})` reads."""
    extra = {RECIPE: recipe} if recipe else None
    attempt("torch.export cannot save the program", lambda: torch.export.save(program, path, extra_files=extra))


def attempt(what: str, make: Callable[[], Any]) -> Any:
    """What an exporter makes; its warnings are about its own insides. Raises ExportFailed with its reason."""
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            return make()
    except Exception as error:
        if isinstance(error, OSError) or exhausted(error):
            raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ExportFailed(
            f"{what}: {reason[:200]}",
            hint="The folder can be exported without this format.",
            details=f"{type(error).__name__}: {error}",
        ) from error
