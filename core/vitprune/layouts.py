"""Where in an image the tokens lie that a session keeps: grid of patches, class token, what was left out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vitprune.architecture import Architecture
from vitprune.results import Session
from vitprune.scores import read_only, split_name

_PREFIX = 32  # tokens before the patches, at most
# Families, and starts of timm's names, of models whose streams do not run through the image row by row.
_SCATTERED = ("Hiera", "NesT", "TNT")
_UNFOLDED = ("mobilevit",)


class Kept(Protocol):
    """Activations that are read a few images at a time, as `sessions.activations` gives them."""

    @property
    def token_indices(self) -> tuple[int, ...]: ...
    @property
    def sites(self) -> tuple[str, ...]: ...
    @property
    def images(self) -> int: ...
    def shape_of(self, site: str) -> tuple[int, int, int]: ...
    def read(self, site: str, images: NDArray[np.int64]) -> NDArray[np.float16]: ...


@dataclass(frozen=True)
class Layout:
    """Where the kept tokens of a site lie.

    `tokens` are their places in the stream. The first `prefix` tokens of the stream are class and register tokens,
    token 0 the class token where `has_class`; then come the patches, row by row on a grid of (rows, columns). The grid
    is None where it is not known, and `reason` says why; then all that is not the class token counts as a patch.
    """

    tokens: tuple[int, ...]
    has_class: bool
    prefix: int
    grid: tuple[int, int] | None
    reason: str = ""

    @cached_property
    def patches(self) -> NDArray[np.int64]:
        """Which of the kept tokens are patches, as places among them: (patches,)."""
        last = self.prefix + self.grid[0] * self.grid[1] if self.grid else math.inf
        return read_only(np.array([i for i, t in enumerate(self.tokens) if self.prefix <= t < last], np.int64))

    @cached_property
    def cells(self) -> NDArray[np.int64]:
        """Row and column of each kept patch: (patches, 2). Empty where the grid is not known."""
        if self.grid is None:
            return read_only(np.empty((0, 2), np.int64))
        at = np.array(self.tokens, np.int64)[self.patches] - self.prefix
        return read_only(np.stack(np.divmod(at, self.grid[1]), axis=1))

    @property
    def class_place(self) -> int | None:
        """The place of the class token among the kept ones."""
        return 0 if self.has_class and self.tokens[:1] == (0,) else None

    def patch_at(self, row: int, column: int) -> int | None:
        """Which of the kept patches is in a cell; None where it was not kept."""
        found = np.flatnonzero((self.cells == (row, column)).all(axis=1))
        return int(found[0]) if len(found) else None

    def spread_out(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Values of the kept patches, (patches, ...), on the grid: (rows, columns, ...), NaN where no patch was kept.
        Raises ValueError where the grid is not known."""
        if self.grid is None:
            raise ValueError(self.reason)
        found = np.full((*self.grid, *values.shape[1:]), np.nan, values.dtype)
        found[self.cells[:, 0], self.cells[:, 1]] = values
        return found


def layouts(session: Session, kept: Kept) -> dict[str, Layout]:
    """Of every site that was kept, in running order, from the size of the model's input and the tokens that were kept.

    A stream of a later stage is known by how many of the kept places it has; its grid is the one that cuts the input
    into square patches and has such a number of them.
    """
    architecture = session.architecture
    order = [site.id for site in architecture if site.id in kept.sites]
    order += [site for site in kept.sites if site not in order]
    with_class = _with_class(session)
    return {site: _layout(architecture, kept, site, with_class) for site in order}


def _with_class(session: Session) -> frozenset[str] | None:
    """The sites whose streams have a class token; None where the session does not say."""
    tables = session.scores or {}
    if not any(split_name(table)[1] in ("cls", "patch") for table in tables):
        return None
    return frozenset(site for table in tables if split_name(table)[1] == "cls" for site in tables[table])


def _layout(architecture: Architecture, kept: Kept, site: str, with_class: frozenset[str] | None) -> Layout:
    indices = sorted(kept.token_indices)
    held = tuple(indices[: kept.shape_of(site)[1]])
    if with_class is None:
        has_class: bool | None = True if architecture.pooled in ("cls", "prefix") else None
    else:
        has_class = site in with_class
    if set(_SCATTERED) & set(architecture.family.split(", ")) or architecture.name.startswith(_UNFOLDED):
        reason = f"The tokens of {architecture.name} do not lie row by row in the image."
    elif len(held) < 2:
        reason = "Fewer than two tokens of this site were kept."
    else:
        joined = has_class and with_class is not None and kept.sites[0] not in with_class
        longest = indices[len(held)] if len(held) < len(indices) else indices[-1] + 1 + bool(joined)
        found = _grids(architecture, range(held[-1] + 1, longest + 1), has_class)
        if len(found) == 1:
            prefix, grid = found[0]
            return Layout(held, bool(prefix) if has_class is None else has_class, prefix, grid)
        reason = (
            "The number of tokens does not tell the grid of patches apart from others."
            if found
            else "The number of tokens fits no grid of square patches."
        )
    return Layout(held, bool(has_class), int(bool(has_class)), None, reason)


def _grids(architecture: Architecture, lengths: range, has_class: bool | None) -> list[tuple[int, tuple[int, int]]]:
    """The grids of square patches that a stream of such a length can have, each after so few tokens as can be."""
    _, height, width = architecture.input_size
    least = int(bool(has_class))
    most = 0 if has_class is False else _PREFIX
    best: dict[int, list[tuple[int, tuple[int, int]]]] = {}
    for side in range(1, min(height, width)):
        if height % side or width % side:
            continue
        grid = height // side, width // side
        for prefix in range(least, most + 1):
            cells = grid[0] * grid[1]
            if prefix < cells and prefix + cells in lengths:
                best.setdefault(prefix, []).append((prefix, grid))
                break
    return best[min(best)] if best else []
