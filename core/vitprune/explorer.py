"""What stored activations say of a model: how long its tokens are and how alike, what the patches of an image have in
common, how values are distributed over depth, and how like another model's they are. From arrays alone, without a
model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from vitprune.architecture import Architecture
from vitprune.cka import linear_cka
from vitprune.errors import ArgumentInvalid, ComparisonImpossible
from vitprune.jobs import Job
from vitprune.layouts import Kept, Layout, layouts
from vitprune.results import DataReference, Session
from vitprune.scores import SELECTIONS, read_only
from vitprune.statistics import Estimate, bootstrap_means, proportion

MOST = 128
"""Images that are looked at where nobody asks for more; all of a file may be many gigabytes."""
LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
HIGH = 3.0
"""Times the median length of a site's patch tokens: longer ones are high-norm tokens."""
COMPONENTS = 3
FEATURES = {"patch": "mean of the kept patch tokens", "cls": "class token"}

_PIECE = 4_000_000  # values in memory at once
_SIMILARITIES = 256 << 20  # bytes of cosines between patches that are held of one image
_Real = TypeVar("_Real", bound=np.floating)
_FINITE = (np.arange(1 << 16) & 0x7C00) != 0x7C00  # of the 2^16 float16 numbers


@dataclass(frozen=True)
class Explored:
    """A session's activations, with what is needed to make sense of them. `layouts` has all sites that were kept, in
    running order; `data` are the images."""

    name: str
    architecture: Architecture
    data: DataReference | None
    kept: Kept
    layouts: Mapping[str, Layout]

    @classmethod
    def of(cls, name: str, session: Session, kept: Kept) -> Explored:
        return cls(name, session.architecture, session.data, kept, layouts(session, kept))

    @property
    def images(self) -> int:
        return self.kept.images

    def only(self, site: str) -> Explored:
        """The same of one site, or of those in one block. Raises ArgumentInvalid where none of them was kept."""
        chosen = {name: at for name, at in self.layouts.items() if name == site or name.startswith(f"{site}.")}
        if not chosen:
            held = list(self.layouts)
            raise ArgumentInvalid(
                f"{self.name} keeps no activations of {site!r}.",
                hint=f"It keeps those of {', '.join(held[:3])}{f', ..., {held[-1]}' if len(held) > 3 else ''}.",
            )
        return replace(self, layouts=chosen)

    def bytes_of(self, images: int) -> int:
        """What this many images take up unpacked."""
        return sum(2 * images * tokens * dim for _, tokens, dim in map(self.kept.shape_of, self.layouts))


@dataclass(frozen=True)
class PatchesOfSite:
    """The stream of one image after one site, as far as its tokens were kept.

    `norms` is (tokens,): Euclidean lengths. `components` is (patches, 3): the patches in their first principal
    components, about their mean, of which each explains a share in `explained`, (3,). `similarity`, (patches, patches),
    are cosines in half precision (an error below 0.0005), None where there was no room for them; `to_class`,
    (patches,), cosines with the class token, None where there is none. What is not a number stays one; all arrays are
    read-only.
    """

    layout: Layout
    norms: NDArray[np.float64]
    components: NDArray[np.float64]
    explained: NDArray[np.float64]
    similarity: NDArray[np.float16] | None
    to_class: NDArray[np.float64] | None

    @property
    def patch_norms(self) -> NDArray[np.float64]:
        return self.norms[self.layout.patches]

    @property
    def high(self) -> NDArray[np.bool_]:
        """Which patches are longer than `HIGH` times the median of those of this image, (patches,)."""
        known = self.patch_norms[np.isfinite(self.patch_norms)]
        if not known.size:
            return np.zeros(len(self.patch_norms), bool)
        return self.patch_norms > HIGH * float(np.median(known))

    def colours(self) -> NDArray[np.uint8]:
        """The components as red, green and blue, (patches, 3): from their 2nd to their 98th percentile, what is beyond
        cut off. Black where they are not known."""
        if not len(self.components) or not np.isfinite(self.components).all():
            return np.zeros(self.components.shape, np.uint8)
        low, high = np.quantile(self.components, [0.02, 0.98], axis=0)
        span = np.where(high > low, high - low, 1.0)
        shares = np.where(high > low, (self.components - low) / span, 0.5)
        return np.round(255 * np.clip(shares, 0, 1)).astype(np.uint8)


@dataclass(frozen=True)
class Picture:
    """One image, by site in running order. `image` is its place in the session's data."""

    image: int
    sites: Mapping[str, PatchesOfSite]


@dataclass(frozen=True)
class SiteCensus:
    """The stream after one site, over several images; the image is the unit of all intervals.

    `class_norm` and `patch_norm` are mean lengths of tokens; `norm_quantiles`, at `LEVELS`, those of all patch tokens
    together, `longest` the largest. `high` is the share of patch tokens longer than `cut`, which is `HIGH` times their
    median, and `with_high` that of images which have one (where none has, the high end of the second bounds the first
    too). `patch_similarity` is the mean cosine between two patches of one image, `class_similarity` that of patches
    with the class token. `value_quantiles`, at `LEVELS`, are exact ones (the smallest value with that share at or below
    it) of `values` numbers; `not_finite` more are none. None is what the site has not.
    """

    layout: Layout
    dim: int
    class_norm: Estimate | None
    patch_norm: Estimate | None
    norm_quantiles: NDArray[np.float64]
    longest: float
    cut: float
    high: Estimate | None
    with_high: Estimate | None
    patch_similarity: Estimate | None
    class_similarity: Estimate | None
    value_quantiles: NDArray[np.float64]
    lowest: float
    highest: float
    values: int
    not_finite: int


@dataclass(frozen=True)
class Census:
    """`images` of `of` images, evenly spread over the session's data, by site in running order."""

    images: int
    of: int
    sites: Mapping[str, SiteCensus]


@dataclass(frozen=True)
class Across:
    """Linear CKA between each site of one session and each site of another over the same images.

    `value` and its `standard_error`, of the jackknife over minibatches, are (rows, columns), read-only, NaN where the
    features of a site do not vary and, for the error, where one minibatch is all. `images` of `of` were compared.
    `patches` says of each session how many patches of an image it kept, and of how many (0 where that is not known), at
    the site where that is the smallest share.
    """

    names: tuple[str, str]
    features: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    value: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    images: int
    of: int
    patches: tuple[tuple[int, int], tuple[int, int]]


# One image


def look_at(explored: Explored, image: int, *, job: Job | None = None, room: int = _SIMILARITIES) -> Picture:
    """The stream of one image after every site. Cosines between patches take the square of their number: as many sites
    have them, evenly over depth, as there is `room` for in bytes.

    Raises IndexError for an image that there is not, and what reading raises.
    """
    job = job or Job()
    if not 0 <= image < explored.images:
        raise IndexError(image)
    compared = _with_room(explored, room)
    found: dict[str, PatchesOfSite] = {}
    before: NDArray[np.float64] | None = None
    for number, (site, layout) in enumerate(explored.layouts.items()):
        job.progress("Reading activations", number, len(explored.layouts), "sites")
        values = explored.kept.read(site, np.array([image]))[0]
        one = _patches(layout, values, before, compare=site in compared)
        found[site], before = one, one.components
    return Picture(image, found)


def _with_room(explored: Explored, room: int) -> frozenset[str]:
    sites = list(explored.layouts)
    costs = {site: 2 * len(explored.layouts[site].patches) ** 2 for site in sites}
    for count in range(len(sites), 0, -1):
        # The last site is always among them: it is what the head reads.
        chosen = [sites[-1 - at] for at in spread(len(sites), count)]
        if sum(costs[site] for site in chosen) <= room:
            return frozenset(chosen)
    return frozenset()


def _patches(
    layout: Layout, values: NDArray[np.float16], before: NDArray[np.float64] | None, *, compare: bool
) -> PatchesOfSite:
    """`values` is (tokens, dim), `before` the components of the site before this one."""
    stream = values.astype(np.float64)
    norms = _lengths(stream)
    with np.errstate(all="ignore"):
        directions = stream / norms[:, None]
        patches = directions[layout.patches]
        similarity = (
            read_only((patches.astype(np.float32) @ patches.T.astype(np.float32)).astype(np.float16))
            if compare
            else None
        )
        to_class = None if layout.class_place is None else read_only(patches @ directions[layout.class_place])
    components, explained = principal(stream[layout.patches])
    if before is not None and before.shape == components.shape and np.isfinite(before).all():
        components = components * np.where((before * components).sum(0) < 0, -1.0, 1.0)
    return PatchesOfSite(layout, read_only(norms), read_only(components), read_only(explained), similarity, to_class)


def principal(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The first principal components of `values`, (n, dim), about their mean: scores (n, 3) and the share of the
    variance that each explains, (3,), 0 for components that there are not.

    Their signs are free: here the largest score of each is positive. NaN for values that are not finite.
    """
    n = len(values)
    scores, explained = np.zeros((n, COMPONENTS)), np.zeros(COMPONENTS)
    if not np.isfinite(values).all():
        return np.full_like(scores, np.nan), np.full_like(explained, np.nan)
    if n < 2:
        return scores, explained
    centred = values - values.mean(0)
    total = float((centred**2).sum())
    few = min(COMPONENTS, n - 1, values.shape[1])
    if not total or not few:
        return scores, explained
    wide = n <= values.shape[1]
    square = centred @ centred.T if wide else centred.T @ centred
    sizes, vectors = eigh(square, subset_by_index=[len(square) - few, len(square) - 1])
    sizes, vectors = np.maximum(0, sizes[::-1]), vectors[:, ::-1]
    scores[:, :few] = vectors * np.sqrt(sizes) if wide else centred @ vectors
    explained[:few] = sizes / total
    largest = np.take_along_axis(scores, np.abs(scores).argmax(0)[None], axis=0)
    return scores * np.where(largest < 0, -1.0, 1.0), explained


# Many images


def census(explored: Explored, *, most: int = MOST, job: Job | None = None) -> Census:
    """Lengths, similarities and values of the tokens of at most `most` images. Raises what reading raises."""
    job = job or Job()
    chosen = spread(explored.images, most)
    gathered: dict[str, _Gathered] = {}
    for number, site in enumerate(explored.layouts):
        job.progress("Reading activations", number, len(explored.layouts), "sites")
        gathered[site] = _gather(explored, site, chosen, job)
    rows = [row for found in gathered.values() for row in found.rows.values()]
    estimates = iter(bootstrap_means(np.array(rows).reshape(len(rows), len(chosen))) if rows else ())
    sites = {site: found.summed_up({name: next(estimates) for name in found.rows}) for site, found in gathered.items()}
    return Census(len(chosen), explored.images, sites)


def spread(count: int, most: int) -> NDArray[np.int64]:
    """At most `most` of the numbers 0, 1, ... below `count`, evenly, the first and, of several, the last among them."""
    few = min(count, most)
    return np.unique(np.linspace(0, count - 1, few).round().astype(np.int64)) if few > 0 else np.empty(0, np.int64)


class _Gathered:
    """What was seen of one site. `rows` are figures of every image, (images,)."""

    def __init__(self, layout: Layout, dim: int) -> None:
        self.layout = layout
        self.dim = dim
        self.counts = np.zeros(1 << 16, np.int64)  # of each float16 number
        self.norms: list[NDArray[np.float64]] = []
        self.alike: list[NDArray[np.float64]] = []
        self.to_class: list[NDArray[np.float64]] = []

    def add(self, values: NDArray[np.float16]) -> None:
        """(images, tokens, dim)"""
        self.counts += np.bincount(values.view(np.uint16).ravel(), minlength=1 << 16)
        stream = values.astype(np.float32)
        norms = _lengths(stream)
        self.norms.append(norms.astype(np.float64))
        # The mean cosine of all pairs follows from the sum of the directions: there is no need of the pairs.
        places = self.layout.patches
        count = len(places)
        patches = slice(places[0], places[-1] + 1) if count and count == places[-1] - places[0] + 1 else places
        with np.errstate(all="ignore"):
            scale = 1 / norms
            sums = (scale[:, None, patches] @ stream[:, patches])[:, 0].astype(np.float64)
            if count > 1:
                self.alike.append((np.square(sums).sum(1) - count) / (count * (count - 1)))
            if self.layout.class_place is not None and count:
                direction = stream[:, self.layout.class_place] * scale[:, self.layout.class_place, None]
                self.to_class.append((sums * direction).sum(1) / count)

    @cached_property
    def _norms(self) -> NDArray[np.float64]:
        """(images, tokens)"""
        return np.concatenate(self.norms) if self.norms else np.empty((0, len(self.layout.tokens)))

    @cached_property
    def _median(self) -> float:
        patches = self._norms[:, self.layout.patches]
        patches = patches[np.isfinite(patches)]
        return float(np.median(patches)) if patches.size else math.nan

    @cached_property
    def rows(self) -> dict[str, NDArray[np.float64]]:
        found: dict[str, NDArray[np.float64]] = {}
        patches = self._norms[:, self.layout.patches]
        if self.layout.class_place is not None:
            found["class_norm"] = self._norms[:, self.layout.class_place]
        if patches.shape[1]:
            found["patch_norm"] = patches.mean(1)
            # A token that is no number is neither long nor short.
            high = np.where(np.isfinite(patches), patches > HIGH * self._median, np.nan)
            found["high"] = high.mean(1)
        if self.alike:
            found["patch_similarity"] = np.concatenate(self.alike)
        if self.to_class:
            found["class_similarity"] = np.concatenate(self.to_class)
        return found

    def summed_up(self, estimates: Mapping[str, Estimate]) -> SiteCensus:
        patches = self._norms[:, self.layout.patches]
        finite = patches[np.isfinite(patches)]
        quantiles = np.quantile(finite, LEVELS) if finite.size else np.full(len(LEVELS), np.nan)
        values, lowest, highest = _quantiles(self.counts)
        high, with_high = estimates.get("high"), None
        if high is not None:
            with_high = proportion(self.rows["high"] > 0)
            if high.value == 0:
                high = replace(high, high=with_high.high)
        total = int(self.counts.sum())
        known = int(self.counts[_FINITE].sum())
        return SiteCensus(
            layout=self.layout,
            dim=self.dim,
            class_norm=estimates.get("class_norm"),
            patch_norm=estimates.get("patch_norm"),
            norm_quantiles=read_only(quantiles),
            longest=float(finite.max()) if finite.size else math.nan,
            cut=HIGH * self._median,
            high=high,
            with_high=with_high,
            patch_similarity=estimates.get("patch_similarity"),
            class_similarity=estimates.get("class_similarity"),
            value_quantiles=read_only(values),
            lowest=lowest,
            highest=highest,
            values=known,
            not_finite=total - known,
        )


def _gather(explored: Explored, site: str, chosen: NDArray[np.int64], job: Job) -> _Gathered:
    _, _, dim = explored.kept.shape_of(site)
    found = _Gathered(explored.layouts[site], dim)
    for values in _pieces(explored, site, chosen, job):
        found.add(values)
    return found


def _pieces(explored: Explored, site: str, chosen: NDArray[np.int64], job: Job) -> Iterator[NDArray[np.float16]]:
    """The values of the chosen images, a few images at a time."""
    _, tokens, dim = explored.kept.shape_of(site)
    step = max(1, _PIECE // max(1, tokens * dim))
    for start in range(0, len(chosen), step):
        job.check()
        yield explored.kept.read(site, chosen[start : start + step])


def _quantiles(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], float, float]:
    """At `LEVELS`, the smallest and the largest, of numbers of which each float16 was seen so often."""
    seen = np.flatnonzero((counts > 0) & _FINITE)
    if not len(seen):
        return np.full(len(LEVELS), np.nan), math.nan, math.nan
    values = seen.astype(np.uint16).view(np.float16).astype(np.float64)
    order = np.argsort(values, kind="stable")
    values, up_to = values[order], np.cumsum(counts[seen][order])
    at = np.searchsorted(up_to, np.ceil(np.array(LEVELS) * up_to[-1] - 1e-9))
    return values[np.minimum(at, len(values) - 1)], float(values[0]), float(values[-1])


# Two sessions


def why_not_comparable(one: Explored, other: Explored) -> str:
    """A sentence, empty for two sessions of the same images."""
    if one.data is None or other.data is None:
        return f"{(one if one.data is None else other).name} does not say which images its activations are of."
    if one.data.digest == other.data.digest and one.images == other.images:
        return ""
    shared = len(set(one.data.paths) & set(other.data.paths))
    text = f"{one.name} has {one.images:,} images and {other.name} {other.images:,}, "
    if not shared:
        return f"{text}none of them the same by name."
    return f"{text}{shared:,} of them the same by name, but not all the same files in the same order."


def across(
    one: Explored, other: Explored, features: str = "patch", *, most: int = 4 * MOST, job: Job | None = None
) -> Across:
    """Whether the images lie to each other alike after a site of one model and after a site of another: linear CKA
    from unbiased estimates of HSIC, see `cka`. `features` is a name of `FEATURES`; a site that has none is left out.

    Raises ComparisonImpossible for other images, and where a session has no such features; ArgumentInvalid for another
    name; what reading raises.
    """
    job = job or Job()
    if features not in FEATURES:
        raise ArgumentInvalid(f"There are no features {features!r}.", hint=f"Choose one of {', '.join(FEATURES)}.")
    if reason := why_not_comparable(one, other):
        raise ComparisonImpossible(
            f"CKA compares what two models make of the same images: {reason}",
            hint="Analyse the other model on the same images, keeping activations.",
        )
    chosen = spread(one.images, most)
    rows, columns = (tuple(site for site in e.layouts if _has(e, site, features)) for e in (one, other))
    wanted = [(one, site) for site in rows] + [(other, site) for site in columns]
    for explored, sites in ((one, rows), (other, columns)):
        if not sites:
            raise ComparisonImpossible(
                f"{explored.name} keeps no {SELECTIONS[features].removeprefix('the ')}.",
                hint="Compare the other tokens, or analyse again and keep more of them.",
            )
    found = []
    for number, (explored, site) in enumerate(wanted):
        job.progress("Reading activations", number, len(wanted), "sites")
        found.append(_features(explored, site, features, chosen, job))
    job.progress("Comparing", 0, 0, "")
    value, error = linear_cka(found)
    value, error = value[: len(rows), len(rows) :], error[: len(rows), len(rows) :]
    return Across(
        (one.name, other.name),
        features,
        rows,
        columns,
        read_only(value),
        read_only(error),
        len(chosen),
        one.images,
        (_least_kept(one, rows), _least_kept(other, columns)),
    )


def _least_kept(explored: Explored, sites: Sequence[str]) -> tuple[int, int]:
    grids = ((len(layout.patches), layout.grid or (0, 0)) for layout in map(explored.layouts.__getitem__, sites))
    return min(((kept, rows * columns) for kept, (rows, columns) in grids), key=lambda k: k[0] / k[1] if k[1] else 0.0)


def _has(explored: Explored, site: str, features: str) -> bool:
    layout = explored.layouts[site]
    return layout.class_place is not None if features == "cls" else len(layout.patches) > 0


def _features(explored: Explored, site: str, features: str, chosen: NDArray[np.int64], job: Job) -> NDArray[np.float64]:
    """(images, dim)"""
    layout = explored.layouts[site]
    places = layout.patches if features == "patch" else np.array([layout.class_place])
    with np.errstate(invalid="ignore"):
        return np.concatenate([v[:, places].mean(1, dtype=np.float64) for v in _pieces(explored, site, chosen, job)])


def _lengths(stream: NDArray[_Real]) -> NDArray[_Real]:
    """Of the last axis, not a number where one of the values is none or infinite."""
    found = np.linalg.norm(stream, axis=-1)
    found[~np.isfinite(found)] = np.nan
    return found
