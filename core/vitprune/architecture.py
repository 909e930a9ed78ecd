"""The frozen tree of sites: what a model is made of, as far as pruning is concerned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any


class Kind(StrEnum):
    BLOCK = "block"
    ATTENTION = "attention"
    MLP = "mlp"
    CONV = "conv"
    HEAD = "head"
    LINEAR = "linear"
    """What stands for a branch that was removed and repaired."""


TOLD = ("fixed", "repairs", "follows", "absorbs", "units", "unit_params", "unit_macs", "whole")
"""What an architecture says of its sites that does not make it another one."""
SUBLAYERS = (Kind.ATTENTION, Kind.MLP, Kind.CONV, Kind.LINEAR)


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters, and multiply-accumulates for one image, of what stands for a site after an action."""

    action: str
    params: int
    macs: int


@dataclass(frozen=True, slots=True)
class Site:
    """A part of the model that can go.

    `id` is its module path in the original timm model, `depth` the number of blocks before it, `params` and `macs`
    (multiply-accumulates for one image) what goes with it: the branch, its norm and its layer scale. `fixed` says why
    it cannot go, and is empty when it can. `repairs` are the replacements that it can have, with what each of them
    costs; `follows` is the branch that writes the stream that this one reads, "" where there is none or something
    comes between; `absorbs`, that its last layer can take in a constant or a linear map of what it adds.

    `units` counts its heads or hidden neurons, where these can go one by one, and `unit_params` and `unit_macs` are
    what goes with each; where they cannot, `units` is 0 and `whole` says why.
    """

    id: str
    kind: Kind
    depth: int
    params: int
    macs: int
    parent: str | None = None
    fixed: str = ""
    repairs: tuple[Cost, ...] = ()
    follows: str = ""
    absorbs: bool = False
    units: int = 0
    unit_params: int = 0
    unit_macs: int = 0
    whole: str = ""

    def cost(self, action: str) -> Cost | None:
        return next((cost for cost in self.repairs if cost.action == action), None)


@dataclass(frozen=True)
class Architecture:
    """A model as a tree of sites, in the order in which they run.

    `params` and `macs` are those of the whole model, `input_size` is (channels, height, width), `tokens` the length
    of the sequence that the first block sees. `pooled` names the tokens that the head reads ("cls", "prefix", "patch",
    "all"), and is empty where it reads none or that is not known. `note` is what its user should know of it: first of
    all, why nothing can be pruned when that is so.
    """

    name: str
    family: str
    params: int
    macs: int
    input_size: tuple[int, int, int]
    tokens: int
    num_classes: int
    sites: tuple[Site, ...]
    note: str = ""
    pooled: str = ""

    @cached_property
    def by_id(self) -> dict[str, Site]:
        return {site.id: site for site in self.sites}

    @cached_property
    def blocks(self) -> tuple[Site, ...]:
        return self.of_kind(Kind.BLOCK)

    @cached_property
    def sublayers(self) -> tuple[Site, ...]:
        """The residual branches."""
        return self.of_kind(*SUBLAYERS)

    @cached_property
    def prunable(self) -> tuple[Site, ...]:
        """The sites that can go."""
        return tuple(site for site in self.sites if not site.fixed)

    @cached_property
    def digest(self) -> str:
        """Tells architectures apart: equal for two models whose plans are interchangeable, whatever is said of them."""
        data = self.to_json()
        data["note"] = ""
        del data["pooled"]
        for site in data["sites"]:
            for told in TOLD:
                del site[told]
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()

    def of_kind(self, *kinds: Kind) -> tuple[Site, ...]:
        return tuple(site for site in self.sites if site.kind in kinds)

    def children(self, block: str) -> tuple[Site, ...]:
        return tuple(site for site in self.sites if site.parent == block)

    def __iter__(self) -> Iterator[Site]:
        return iter(self.sites)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Architecture:
        """The inverse of `to_json`. Raises KeyError, TypeError or ValueError on anything else."""
        told = dict(data)
        channels, height, width = told.pop("input_size")
        sites = tuple(_site(site) for site in told.pop("sites"))
        return cls(input_size=(int(channels), int(height), int(width)), sites=sites, **told)


def _site(data: dict[str, Any]) -> Site:
    repairs = tuple(Cost(**cost) for cost in data.get("repairs", ()))
    known = {field.name for field in fields(Site)}
    told = {name: value for name, value in data.items() if name in known}
    return Site(**{**told, "kind": Kind(data["kind"]), "repairs": repairs})
