"""gamma * (W y + b) is (gamma W) y + gamma b: a layer scale is part of the linear layer before it."""

from __future__ import annotations

from typing import Any

import torch
from timm.layers.layer_scale import LayerScale
from torch import nn

from vitprune.lossless.rule import Places, Rule, Saving, branches, is_linear, plain, uncovered, wide


def drop_layer_scale(model: nn.Module, place: str) -> None:
    """Take the layer scale of a branch out."""
    path, _, name = place.rpartition(".")
    block: Any = model.get_submodule(path)
    number = 1 if name == "attn" else 2
    if hasattr(block, f"ls{number}"):
        setattr(block, f"ls{number}", nn.Identity())
    else:
        setattr(block, f"gamma_{number}", None)


def _gamma(block: Any, name: str) -> nn.Parameter | None:
    number = 1 if name == "attn" else 2
    scale = getattr(block, f"ls{number}", None)
    return scale.gamma if type(scale) is LayerScale else getattr(block, f"gamma_{number}", None)


def _last(branch: Any) -> Any:
    return getattr(branch, "proj", None) or getattr(branch, "fc2", None)


def _places(model: nn.Module) -> Places:
    found: dict[str, Saving | str] = {}
    for place, block, branch in branches(model, "attn", "mlp"):
        gamma = _gamma(block, place.rpartition(".")[2])
        if gamma is not None:
            found[place] = plain(block) or uncovered(branch) or _why_not(branch) or Saving(gamma.numel(), 0)
    return found or {"": "there is no layer scale"}


def _why_not(branch: nn.Module) -> str:
    return "" if is_linear(_last(branch)) else "the layer before it is not a plain linear one"


def _fold(model: nn.Module, place: str) -> None:
    path, _, name = place.rpartition(".")
    block: Any = model.get_submodule(path)
    gamma = _gamma(block, name)
    assert gamma is not None
    last = _last(getattr(block, name))
    with torch.no_grad():
        last.weight.copy_(wide(gamma)[:, None] * wide(last.weight))
        if last.bias is not None:
            last.bias.copy_(wide(gamma) * wide(last.bias))
    drop_layer_scale(model, place)


RULE = Rule(
    "layer-scale",
    "Fold layer scales into the layer before",
    "A layer scale multiplies what a linear layer gives, so it is multiplied into that layer's weights instead.",
    4,
    _places,
    _fold,
    drop_layer_scale,
)
