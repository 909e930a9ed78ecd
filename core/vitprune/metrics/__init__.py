"""Metrics: what is measured at a site, and how it is accumulated over images.

A file of this folder declares one `METRIC`. Nothing but lengths and the cosines between block boundaries is taken from
the stream, and each only once, however many metrics there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from torch import Tensor

from vitprune.errors import ArgumentInvalid
from vitprune.scores import METRICS


@dataclass(frozen=True)
class Lengths:
    """Of every token, float64, all of one shape: the stream before a site, what the site adds, the stream after.
    `cosine` is that between before and after."""

    before: Tensor
    added: Tensor
    after: Tensor
    cosine: Tensor


@dataclass(frozen=True)
class Metric:
    """The score of an image is the mean over tokens of `value`, or the sum of `value` over that of `over`. Branches or
    blocks have no such score where the metric is not meant for them."""

    name: str
    value: Callable[[Lengths], Tensor]
    over: Callable[[Lengths], Tensor] | None = None
    of_branches: bool = True
    of_blocks: bool = True


@cache
def metrics() -> dict[str, Metric]:
    """In the order of `METRICS`, which says what each means."""
    modules = (import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__))
    found = {module.METRIC.name: module.METRIC for module in modules if hasattr(module, "METRIC")}
    return {name: found[name] for name in sorted(found, key=list(METRICS).index)}


def resolve(names: Sequence[str]) -> list[Metric]:
    """Metrics by name; `all` stands for every one. Raises ArgumentInvalid for an unknown name."""
    known = metrics()
    wanted = list(known) if "all" in names else list(dict.fromkeys(names))
    for name in wanted:
        if name not in known:
            raise ArgumentInvalid(f"There is no metric {name!r}.", hint=f"Metrics: {', '.join(sorted(known))}, all.")
    return [known[name] for name in wanted]
