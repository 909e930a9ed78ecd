"""What stands in a block for a branch that went: one small module in the place of the branch's main module.

    x = x + replacement(norm(x))          norm is the branch's own; its layer scale and drop path are gone

A map of the class token's own makes up for much of what attention did for it alone.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Replacement(nn.Module):
    """Maps every token of (..., tokens, width) alike, but for the first `own` tokens, which have a map of their own.

    `form` is "mean" (a constant), "diagonal" (a scale and a shift of every channel), "low-rank" (through `rank`
    channels) or "linear".
    """

    def __init__(self, form: str, width: int, own: int = 0, rank: int = 0) -> None:
        super().__init__()
        self.form, self.width, self.own, self.rank = form, width, own, rank
        for name in ("", "own_") if own else ("",):
            self.register_parameter(f"{name}bias", nn.Parameter(torch.zeros(width)))
            if form == "diagonal":
                self.register_parameter(f"{name}scale", nn.Parameter(torch.zeros(width)))
            if form == "low-rank":
                self.register_parameter(f"{name}down", nn.Parameter(torch.zeros(rank, width)))
                self.register_parameter(f"{name}up", nn.Parameter(torch.zeros(width, rank)))
            if form == "linear":
                self.register_parameter(f"{name}weight", nn.Parameter(torch.zeros(width, width)))

    def extra_repr(self) -> str:
        return f"{self.form}, {self.width}, own={self.own}, rank={self.rank}"

    def forward(self, x: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        mapped = self.mapped(x, "")
        if self.own:
            mapped[..., : self.own, :] = self.mapped(x[..., : self.own, :], "own_")
        return mapped

    def mapped(self, x: torch.Tensor, name: str) -> torch.Tensor:
        bias = getattr(self, f"{name}bias")
        if self.form == "linear":
            return torch.nn.functional.linear(x, getattr(self, f"{name}weight"), bias)
        if self.form == "low-rank":
            inner = torch.nn.functional.linear(x, getattr(self, f"{name}down"))
            return torch.nn.functional.linear(inner, getattr(self, f"{name}up"), bias)
        if self.form == "diagonal":
            return torch.addcmul(bias, x, getattr(self, f"{name}scale"))
        return bias.expand(x.shape).clone()


def stand_in(
    model: Any, site: str, form: str, width: int, own: int, rank: int, dropped: list[str] | tuple[str, ...]
) -> None:
    """Put a Replacement in the place of the main module of a branch, and nothing in that of what else was the
    branch's alone."""
    path, _, name = site.rpartition(".")
    block = model.get_submodule(path)
    for other in dropped:
        setattr(block, other, torch.nn.Identity() if isinstance(getattr(block, other), torch.nn.Module) else None)
    like = next(block.parameters(), torch.empty(0))
    setattr(block, name, Replacement(form, width, own, rank).to(like.device, like.dtype))
