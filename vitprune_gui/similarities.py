"""The maps of block boundaries that a session holds, and what their values mean."""

from __future__ import annotations

from dataclasses import dataclass

from vitprune.architecture import Architecture, Site
from vitprune.scores import ANGLES, CKA, Boundaries, Scores
from vitprune_gui.views.formatting import first_up, number

INPUT = "in"  # the short name of the stream that enters the first block


@dataclass(frozen=True)
class Map:
    """Values at all pairs of block boundaries. `same` says which value means no change; `distance` that it is the
    lowest."""

    name: str
    title: str
    quantity: str
    same: str
    meaning: str
    missing: str
    boundaries: Boundaries
    images: int
    distance: bool = False

    def blocks(self, row: int, column: int) -> tuple[str, ...]:
        """The labels of the blocks between two boundaries, in running order: what would go if the later boundary got
        the stream of the earlier."""
        first, last = sorted((row, column))
        return self.boundaries.labels[first + 1 : last + 1]


_SHAPES = "streams of different shape are not compared"
_TOKENS = {"all": "all tokens", "cls": "class token", "mean_patch": "mean patch token", "mean": "mean token"}


def maps_of(scores: Scores | None) -> tuple[Map, ...]:
    """Those that were measured, cosines first."""
    if scores is None:
        return ()
    found: list[Map] = []
    if scores.boundaries is not None:
        found.append(
            Map(
                "cosine",
                "Cosine similarity",
                "Cosine",
                "1 = same direction",
                "Cosine between the stream at two block boundaries, mean over all tokens.",
                _SHAPES,
                scores.boundaries,
                _images(scores.boundaries, scores),
            )
        )
    for name, boundaries in scores.angles.items():
        found.append(
            Map(
                f"angle-{name}",
                f"Angular distance, {_TOKENS.get(name, name)}",
                "Angle / π",
                "0 = same direction",
                f"Arccos of the cosine over π (Gromov et al.), {ANGLES.get(name, name)}: how far a range of blocks "
                "turns the stream.",
                _SHAPES,
                boundaries,
                _images(boundaries, scores),
                distance=True,
            )
        )
    for name, boundaries in scores.cka.items():
        found.append(
            Map(
                f"cka-{name}",
                f"CKA, {_TOKENS.get(name, name)}",
                "CKA",
                "1 = same geometry",
                f"Linear CKA (Nguyen et al.) of {CKA.get(name, name)}: whether the images lie to each other alike at "
                "two block boundaries, whatever the rotation and scale of the stream.",
                "CKA is not defined where all images are alike",
                boundaries,
                _images(boundaries, scores),
            )
        )
    return tuple(found)


def _images(boundaries: Boundaries, scores: Scores) -> int:
    return scores.images if boundaries.images is None else boundaries.images


def not_measured(scores: Scores) -> str:
    """A sentence for the maps that a session lacks; empty where it has all."""
    lacking = [
        what
        for what, held in (
            ("cosine similarity", scores.boundaries is not None),
            ("angular distance", scores.angles),
            ("CKA", scores.cka),
        )
        if not held
    ]
    if not lacking:
        return ""
    names = " and ".join(lacking)
    return f"{first_up(names)} {'were' if len(lacking) > 1 else 'was'} not measured in this session."


def short_names(labels: tuple[str, ...], architecture: Architecture | None) -> tuple[str, ...]:
    """Of boundaries, for axes: `in`, then the number of the block before each."""
    sites: dict[str, Site] = architecture.by_id if architecture is not None else {}
    return tuple(
        INPUT if not position else (number(sites[label]) or label) if label in sites else label
        for position, label in enumerate(labels)
    )


def range_name(names: tuple[str, ...], row: int, column: int) -> str:
    """The blocks between two boundaries by their short names: block 3, blocks 3 to 9; empty for one boundary."""
    first, last = sorted((row, column))
    if first == last:
        return ""
    return f"block {names[last]}" if last - first == 1 else f"blocks {names[first + 1]} to {names[last]}"


def cell_of(shown: Map, site: str | None, architecture: Architecture | None) -> tuple[int, int] | None:
    """The boundaries before and after the block that a site is, or is in."""
    labels = shown.boundaries.labels
    while site is not None and architecture is not None and site in architecture.by_id:
        if site in labels[1:]:
            after = labels.index(site)
            return after - 1, after
        site = architecture.by_id[site].parent
    return None
