"""An unfinished training in one file: tensors, and beside them, as JSON in the file's own header, all the rest."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from vitprune.errors import ArgumentInvalid, SaveFailed

FORMAT = "vitprune-training-1"


def write(path: Path, tensors: Mapping[str, Tensor], rest: Mapping[str, Any]) -> None:
    """Whole or not at all: a kill in the middle leaves the checkpoint before. Raises SaveFailed."""
    part = path.with_name(f".{path.name}.part")
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(plain, part, {"format": FORMAT, "training": json.dumps(rest)})
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        hint = "Choose another place, or make room."
        raise SaveFailed(f"{path} cannot be written: {error.strerror or error}.", hint=hint) from error
    except SafetensorError as error:
        part.unlink(missing_ok=True)
        raise SaveFailed(f"{path} cannot be written.", hint="Make room for it.", details=str(error)) from error


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Raises ArgumentInvalid for anything but a checkpoint."""
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
        if header.get("format") != FORMAT:
            raise ValueError("it is something else")
        rest = json.loads(header["training"])
        if not isinstance(rest, dict):
            raise ValueError("it is damaged")
        return load_file(path), rest
    except (OSError, SafetensorError, ValueError, KeyError, RecursionError) as error:
        raise ArgumentInvalid(
            f"{path} is no unfinished training: {error}.", hint="Delete it to start again.", details=repr(error)
        ) from error
