"""Metrics: what is measured at a site, and how it is accumulated over images.

A file of this folder declares `name`, `kinds` (which sites it scores) and `measure(step)`, a value for every token.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from torch import Tensor

from vitprune.capture import Step
from vitprune.errors import ArgumentInvalid


@dataclass(frozen=True)
class TokenMetric:
    """`measure(step)` gives (batch, ...), one value a token. `blocks` and `sublayers`: the sites that it scores."""

    name: str
    measure: Callable[[Step], Tensor]
    blocks: bool = True
    sublayers: bool = True


@cache
def token_metrics() -> dict[str, TokenMetric]:
    modules = (import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__))
    found = [module.METRIC for module in modules if hasattr(module, "METRIC")]
    return {metric.name: metric for metric in found}


def resolve(names: Sequence[str]) -> list[TokenMetric]:
    """Metrics by name; `all` stands for every one. Raises ArgumentInvalid for an unknown name."""
    known = token_metrics()
    wanted = list(known) if "all" in names else list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise ArgumentInvalid(f"There is no metric {name!r}.", hint=f"Metrics: {', '.join(sorted(known))}, all.")
    return [known[name] for name in wanted]
