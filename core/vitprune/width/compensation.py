"""What the last layer of a branch can do for units that go: the moments that a fit of it needs, and what it becomes.

    y = W h + b          h: what the units give, the inputs of the branch's last layer

Of h, those at `left` stay and those at `gone` go. "bias" is the change b + mean(t), "affine" (W_left + D) h_left + b
+ c with D and c by ridge regression of t on h_left. What is to be made good, t, is W_gone h_gone of the dense model, or
what the stream of the dense model after the branch has and the pruned model's has not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn

from vitprune.families import part
from vitprune.precision import exactly, full
from vitprune.repair.ridge import Fit, Moments, constant, ridge


class _Enough(Exception):
    """The last layer's inputs have been seen."""


def inputs_of(layer: nn.Module, run: Callable[[], Any]) -> Tensor:
    """What a layer is given while `run` runs a model, (images, tokens, inputs) in float32 at least."""
    seen: list[Tensor] = []

    def see(_: nn.Module, args: tuple[Any, ...]) -> None:
        seen.append(args[0])
        raise _Enough

    handle = layer.register_forward_pre_hook(see)
    try:
        with suppress(_Enough):
            run()
    finally:
        handle.remove()
    inputs = full(seen[0])
    return inputs.reshape(len(inputs), -1, inputs.shape[-1])


def lost(layer: nn.Linear, inputs: Tensor, left: Sequence[int], gone: Sequence[int]) -> tuple[Tensor, Tensor]:
    """What is left of a last layer's inputs, (..., left), and of its output what goes, (..., outputs)."""
    with exactly(inputs.device):
        return inputs[..., list(left)], inputs[..., list(gone)] @ full(layer.weight.detach())[:, list(gone)].mT


def solve(moments: Moments, compensation: str) -> Fit:
    return constant(moments) if compensation == "bias" else ridge(moments)


def add_to(block: nn.Module, last: str, fitted: Fit, scale: Tensor | None = None) -> None:
    """Let the last layer of a branch say what was fitted too; it is multiplied by `scale` on its way into the
    stream."""
    layer: Any = part(block, last)
    unscaled = torch.ones_like(fitted.bias) if scale is None else scale.double()
    with torch.no_grad():
        layer.weight.copy_(layer.weight.double() + fitted.weight / unscaled[:, None])
        layer.bias.copy_(layer.bias.double() + fitted.bias / unscaled)
