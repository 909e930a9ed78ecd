"""Weights from a file that somebody made: read without running anything in it, and checked."""

from __future__ import annotations

import argparse
import hashlib
import io
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from vitprune.errors import WeightsUnreadable, WeightsUnsafe

WRAPPERS = ("state_dict_ema", "model_ema", "state_dict", "model", "module", "model_state", "encoder")
PREFIXES = ("_orig_mod.", "module.", "_orig_mod.")  # compiled, distributed, or both in either order
KNOWN_MODULES = frozenset(
    {
        "torch",
        "torch._utils",
        "torch._tensor",
        "torch.nn.parameter",
        "torch.serialization",
        "torch.storage",
        "collections",
        "_codecs",
        "argparse",
    }
)
DAMAGED = "it is damaged, incomplete or of another kind"
LARGEST_PICKLE = 64 * 1024**2
EXPANSION = 16  # times the size of the file that the tensors in it may declare


def read_weights(path: Path) -> dict[str, Tensor]:
    """Names and tensors of a .safetensors, .pth, .pt or .bin file, on the CPU, in the dtypes of the file.

    Wrappers of training checkpoints are taken off; averaged (EMA) weights come before the others, as in timm. Raises
    WeightsUnsafe for a file that wants to run code and WeightsUnreadable for one that holds no weights. Nothing in the
    file is executed.
    """
    try:
        content = load_file(path) if path.suffix.lower() == ".safetensors" else _read_torch(path)
    except (SafetensorError, OSError, ValueError, MemoryError) as error:
        raise _unreadable(path, DAMAGED, repr(error)) from error
    weights = _unwrap(content)
    if not weights:
        raise _unreadable(path, "there are no tensors in it")
    declared = 0
    for name, tensor in weights.items():
        if tensor.layout is not torch.strided or tensor.device.type != "cpu":
            raise _unreadable(path, f"{name} is not an ordinary tensor")
        declared += tensor.numel() * tensor.element_size()
    if declared > EXPANSION * path.stat().st_size:
        raise _unreadable(path, f"its tensors claim {declared / 1e9:.1f} GB")
    return weights


def not_finite(module: nn.Module) -> tuple[str, ...]:
    """The parameters and buffers that hold NaN or infinity."""
    state = module.state_dict()
    return tuple(name for name, t in state.items() if t.is_floating_point() and not bool(torch.isfinite(t).all()))


def digest(module: nn.Module) -> str:
    """SHA-256 over names, dtypes, shapes and bytes of the state dict, in the order of the names."""
    result = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        result.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        result.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return result.hexdigest()


def _read_torch(path: Path) -> object:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > EXPANSION * path.stat().st_size:
                    raise _unreadable(path, "it unpacks to far more than it holds")
        # timm's own training checkpoints keep their arguments in a Namespace, which holds values only.
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except WeightsUnreadable:
        raise
    except Exception as error:
        what = "a TorchScript program" if "TorchScript" in str(error) else ", ".join(_foreign_globals(path))
        if what:
            raise WeightsUnsafe(
                f"{path.name} holds more than weights ({what}); nothing in it was run.",
                hint="Ask for the weights as a .safetensors file, or save the model's state_dict alone.",
                details=str(error),
            ) from error
        raise _unreadable(path, DAMAGED, repr(error)) from error


def _foreign_globals(path: Path) -> list[str]:
    """What a pickle would import beyond tensors and plain containers. Its opcodes are read, none is carried out."""
    found: dict[str, None] = {}
    texts: list[str] = []
    try:
        stream = io.BytesIO(_pickle_in(path))
        while True:  # files of old versions of torch are several pickles in a row
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name in ("GLOBAL", "INST"):
                    found[str(argument).replace(" ", ".")] = None
                elif opcode.name == "STACK_GLOBAL":
                    found[".".join(texts[-2:])] = None
                elif isinstance(argument, str):
                    texts.append(argument)
    except Exception:  # noqa: BLE001, S110 - the end, or no pickle, or a damaged one: what was read until here counts
        pass
    return [name for name in found if name.rpartition(".")[0] not in KNOWN_MODULES][:5]


def _pickle_in(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return file.read(LARGEST_PICKLE)
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        with archive.open(name) as file:
            return file.read(LARGEST_PICKLE)


def _unwrap(content: object) -> dict[str, Tensor]:
    while isinstance(content, Mapping):
        inner = (content.get(key) for key in WRAPPERS)
        wrapped: Mapping[Any, Any] | None = next((part for part in inner if isinstance(part, Mapping) and part), None)
        if wrapped is None:
            return {_clean(k): v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}
        content = wrapped
    return {}


def _clean(name: str) -> str:
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _unreadable(path: Path, reason: str, details: str = "") -> WeightsUnreadable:
    return WeightsUnreadable(
        f"{path.name} cannot be read as weights: {reason}.",
        hint="Download or copy it again, or choose another file.",
        details=details,
    )
