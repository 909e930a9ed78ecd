"""What a block was given and what its modules gave, for branches whose stream no block's output shows."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


@torch.no_grad()
def seen(model: nn.Module, batch: Tensor, block: str, *modules: str) -> tuple[tuple[Any, ...], list[Tensor]]:
    """The positional arguments of a block in the model, and the outputs of modules of the block, call by call."""
    given: list[tuple[Any, ...]] = []
    outputs: list[Tensor] = []
    found = model.get_submodule(block)
    handles = [found.register_forward_pre_hook(lambda *call: given.append(call[-1]))]
    handles += [
        found.get_submodule(name).register_forward_hook(lambda *call: outputs.append(call[-1])) for name in modules
    ]
    try:
        model(batch)
    finally:
        for handle in handles:
            handle.remove()
    return given[0], outputs
