"""The maps of block boundaries that a session holds, and what their values mean."""

from __future__ import annotations

from dataclasses import dataclass

from vitprune.architecture import Architecture, Site
from vitprune.scores import ANGLES, CKA, Boundaries, Scores
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import number

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


_SHAPES = noop("streams of different shape are not compared")
_TOKENS = {
    "all": noop("all tokens"),
    "cls": noop("class token"),
    "mean_patch": noop("mean patch token"),
    "mean": noop("mean token"),
}


def maps_of(scores: Scores | None) -> tuple[Map, ...]:
    """Those that were measured, cosines first."""
    if scores is None:
        return ()
    found: list[Map] = []
    if scores.boundaries is not None:
        found.append(
            Map(
                "cosine",
                tr("Cosine similarity"),
                tr("Cosine"),
                tr("1 = same direction"),
                tr("Cosine between the stream at two block boundaries, mean over all tokens."),
                tr(_SHAPES),
                scores.boundaries,
                _images(scores.boundaries, scores),
            )
        )
    for name, boundaries in scores.angles.items():
        found.append(
            Map(
                f"angle-{name}",
                tr("Angular distance, {tokens}", tokens=tr(_TOKENS.get(name, name))),
                tr("Angle / π"),
                tr("0 = same direction"),
                tr(
                    "Arccos of the cosine over π (Gromov et al.), {tokens}: how far a range of blocks turns the "
                    "stream.",
                    tokens=tr(ANGLES.get(name, name)),
                ),
                tr(_SHAPES),
                boundaries,
                _images(boundaries, scores),
                distance=True,
            )
        )
    for name, boundaries in scores.cka.items():
        found.append(
            Map(
                f"cka-{name}",
                tr("CKA, {tokens}", tokens=tr(_TOKENS.get(name, name))),
                tr("CKA"),
                tr("1 = same geometry"),
                tr(
                    "Linear CKA (Nguyen et al.) of {tokens}: whether the images lie to each other alike at two block "
                    "boundaries, whatever the rotation and scale of the stream.",
                    tokens=tr(CKA.get(name, name)),
                ),
                tr("CKA is not defined where all images are alike"),
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
            (tr("Cosine similarity"), scores.boundaries is not None),
            (tr("Angular distance"), scores.angles),
            (tr("CKA"), scores.cka),
        )
        if not held
    ]
    return tr("Not measured in this session: {maps}.", maps=", ".join(lacking)) if lacking else ""


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
    if last - first == 1:
        return tr("block {block}", block=names[last])
    return tr("blocks {first} to {last}", first=names[first + 1], last=names[last])


def cell_of(shown: Map, site: str | None, architecture: Architecture | None) -> tuple[int, int] | None:
    """The boundaries before and after the block that a site is, or is in."""
    labels = shown.boundaries.labels
    while site is not None and architecture is not None and site in architecture.by_id:
        if site in labels[1:]:
            after = labels.index(site)
            return after - 1, after
        site = architecture.by_id[site].parent
    return None
