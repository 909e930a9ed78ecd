"""Which images a model takes, found without computing anything."""

from __future__ import annotations

import copy
from typing import Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

USUAL = (224, 32, 64, 28, 96, 112, 128, 160, 192, 256, 384, 448, 512)

Size = tuple[int, int, int]

_found: WeakKeyDictionary[nn.Module, Size] = WeakKeyDictionary()


def input_size_of(module: nn.Module) -> Size:
    """(channels, height, width) of the images that the model is built for. timm's pretrained configuration is only the
    last choice of what a model says: it keeps the size of the published weights when the model is built for another. A
    model that says nothing has the size that it was described with, or else the first usual one with which it runs.
    """
    config: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    channels, height, width = config.get("input_size") or (_channels(module), 0, 0)
    if (size := _said(module)) is not None:
        height, width = size
    channels = getattr(module, "in_chans", None) or channels
    if height:
        return int(channels), int(height), int(width)
    if module not in _found:
        _found[module] = _tried(module, int(channels))
    return _found[module]


def remember(module: nn.Module, size: Size) -> None:
    """What the user says of a model that says nothing itself."""
    if not getattr(module, "pretrained_cfg", None) and _said(module) is None:
        _found[module] = size


def skeleton(module: nn.Module) -> nn.Module:
    """A copy without weights, in evaluation mode, whose hooks and caches are its own."""
    tensors = [*module.parameters(), *module.buffers()]
    memo: dict[int, Tensor] = {}
    for tensor in tensors:
        bare = torch.empty_like(tensor, device="meta")
        memo[id(tensor)] = nn.Parameter(bare, requires_grad=False) if isinstance(tensor, nn.Parameter) else bare
    return copy.deepcopy(module, cast(Any, memo)).eval()


def _said(module: nn.Module) -> tuple[int, int] | None:
    """Height and width that the model, its patch embedding or timm's record of its arguments names."""
    built: dict[str, Any] = getattr(module, "_model_args", None) or {}
    places = (getattr(getattr(module, "patch_embed", None), "img_size", None), built.get("img_size"))
    own = (getattr(module, "img_size", None), getattr(module, "image_size", None))
    for size in (*places, *(() if getattr(module, "pretrained_cfg", None) else own)):
        match size:
            case int():
                return size, size
            case (int(), int()):
                return size[0], size[1]
    return None


def _channels(module: nn.Module) -> int:
    first = next((part for part in module.modules() if isinstance(part, nn.Conv2d)), None)
    return first.in_channels if first is not None else 3


def _tried(module: nn.Module, channels: int) -> Size:
    for side in USUAL:
        try:
            with torch.no_grad():
                skeleton(module)(torch.empty(1, channels, side, side, device="meta"))
        except Exception:  # noqa: BLE001, S112 - it may be any code
            continue
        return channels, side, side
    return channels, USUAL[0], USUAL[0]
