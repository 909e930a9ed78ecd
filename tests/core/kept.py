"""Activations of which all is known, and those that are in no file, read as those of a file are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.core.session_examples import session
from vitprune.architecture import Architecture, Kind, Site
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Session

SITES = ("blocks.0.attn", "blocks.0.mlp", "blocks.1.attn", "blocks.1.mlp")
GRID = (3, 4)


def data(images: int, digest: str = "d") -> DataReference:
    return DataReference("somewhere", tuple(f"{i}.png" for i in range(images)), (), (), (), 0, digest)


def asked(images: int, name: str = "toy", digest: str = "d") -> Session:
    made = session(2, 1)
    sites: list[Site] = []
    for depth in range(2):
        block = f"blocks.{depth}"
        sites.append(Site(block, Kind.BLOCK, depth, 2, 2))
        sites += [
            Site(f"{block}.{name}", kind, depth, 1, 1, block)
            for name, kind in (("attn", Kind.ATTENTION), ("mlp", Kind.MLP))
        ]
    model = Architecture(name, "ViT", 5, 5, (3, 24, 32), 13, 2, tuple(sites), pooled="cls")
    return Session(made.model, model, PruningPlan.of(model), made.environment, "", data=data(images, digest))


def streams(images: int, *, dim: int = 6, seed: int = 0) -> dict[str, NDArray[np.float16]]:
    """A class token and 3 x 4 patches; one patch of a few images is long, and the images have something in common."""
    rng = np.random.default_rng(seed)
    found: dict[str, NDArray[np.float16]] = {}
    common = rng.normal(size=(images, 1, dim))
    for depth, site in enumerate(SITES):
        values = rng.normal(size=(images, 1 + GRID[0] * GRID[1], dim)) + (1 + depth) * common + 0.5
        values[::3, 5] *= 12
        found[site] = values.astype(np.float16)
    return found


@dataclass
class InMemory:
    """`read_` are the sites and numbers of images that were asked for."""

    token_indices: tuple[int, ...]
    values: Mapping[str, NDArray[np.float16]]
    read_: list[tuple[str, int]] = field(default_factory=list)

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(self.values)

    @property
    def images(self) -> int:
        return len(next(iter(self.values.values())))

    def shape_of(self, site: str) -> tuple[int, int, int]:
        images, tokens, dim = self.values[site].shape
        return images, tokens, dim

    def read(self, site: str, images: NDArray[np.int64]) -> NDArray[np.float16]:
        self.read_.append((site, len(images)))
        return self.values[site][images]
