"""Activations that are in no file, read as those of a file are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


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
