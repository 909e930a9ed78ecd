"""The frozen tree of sites: what a model is made of, as far as pruning is concerned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any


class Kind(StrEnum):
    BLOCK = "block"
    ATTENTION = "attention"
    MLP = "mlp"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Site:
    """A part of the model that can go.

    `id` is its module path in the original timm model, `depth` the number of blocks before it, `params` and `macs`
    (multiply-accumulates for one image) what goes with it: the branch, its norm and its layer scale.
    """

    id: str
    kind: Kind
    depth: int
    params: int
    macs: int
    parent: str | None = None


@dataclass(frozen=True)
class Architecture:
    """A model as a tree of sites, in the order in which they run.

    `params` and `macs` are those of the whole model, `input_size` is (channels, height, width), `tokens` the length
    of the sequence that the first block sees. `note` says why nothing can be pruned when `sites` is empty.
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

    @cached_property
    def by_id(self) -> dict[str, Site]:
        return {site.id: site for site in self.sites}

    @cached_property
    def blocks(self) -> tuple[Site, ...]:
        return self.of_kind(Kind.BLOCK)

    @cached_property
    def sublayers(self) -> tuple[Site, ...]:
        """The residual branches: attention and MLP."""
        return self.of_kind(Kind.ATTENTION, Kind.MLP)

    @cached_property
    def digest(self) -> str:
        """Tells architectures apart: equal for two models whose plans are interchangeable."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

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
        fields = dict(data)
        channels, height, width = fields.pop("input_size")
        sites = tuple(Site(**{**site, "kind": Kind(site["kind"])}) for site in fields.pop("sites"))
        return cls(input_size=(int(channels), int(height), int(width)), sites=sites, **fields)
