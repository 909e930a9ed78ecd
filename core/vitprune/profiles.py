"""Scores over relative depth, and how far two sessions order the sites alike: across architectures too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from vitprune.architecture import SUBLAYERS, Kind, Site
from vitprune.rank_correlation import Averaged, rank_correlations
from vitprune.results import Session
from vitprune.scores import read_only
from vitprune.statistics import TAILS, Estimate

RESAMPLES = 500
BY_SITE = "site by site"
BY_DEPTH = "by relative depth"


@dataclass(frozen=True)
class Profile:
    """A table of scores of one session, at the sites of one kind, in running order.

    `depth` runs from 0, the first branch of the model (the first block, for blocks), to 1, the last; `mean`, and `low`
    to `high`, Student's 95 % interval over `images` images. All are (sites,), read-only, NaN where it is not known.
    """

    session: str
    table: str
    kind: Kind
    sites: tuple[str, ...]
    depth: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    images: int


@dataclass(frozen=True, slots=True)
class RankAgreement:
    """Whether two sessions order sites alike by one table: 1 in the same order, -1 in the opposite.

    `matched` is BY_SITE for models of the same architecture. It is BY_DEPTH for others, and then weaker: the curve over
    depth of the model with more sites of a kind, 0 its first and 1 its last, is read at the depths of the one with
    fewer, linearly between two neighbours, so that what is compared is the course over depth and no site with its like.
    `kinds` are those compared, `sites` how many of them. The intervals are over images, resampled together where
    `same_images`.
    """

    table: str
    matched: str
    kinds: tuple[Kind, ...]
    sites: int
    same_images: bool
    kendall: Estimate
    spearman: Estimate


def profiles(name: str, session: Session, tables: Sequence[str]) -> Iterator[Profile]:
    """Of a session that is called `name`, attention, MLP and whatever else it has apart; tables that it has not are
    left out."""
    for table in tables:
        for kind in (*SUBLAYERS, Kind.BLOCK):
            if sites := _sites(session, table, kind):
                yield _profile(name, session, table, kind, sites)


def rank_agreement(a: Session, b: Session, table: str, *, resamples: int = RESAMPLES) -> RankAgreement | None:
    """Of the branches that both have scores of, or of the blocks where they have none of branches; None where fewer
    than three sites are left."""
    return RankAgreements(a, resamples=resamples).of(b, table)


class RankAgreements:
    """`rank_agreement` of one session with others: its own part is worked out once where they have the same sites."""

    def __init__(self, session: Session, *, resamples: int = RESAMPLES) -> None:
        self._session = session
        self._resamples = resamples
        self._own: dict[str, Averaged] = {}

    def of(self, other: Session, table: str) -> RankAgreement | None:
        a, b = self._session, other
        for kinds in (SUBLAYERS, (Kind.BLOCK,)):
            shared = tuple(kind for kind in kinds if _sites(a, table, kind) and _sites(b, table, kind))
            if not shared:
                continue
            same = a.architecture.digest == b.architecture.digest
            matched = [(_by_site if same else _by_depth)(a, b, table, kind) for kind in shared]
            if sum(len(one) for one, _ in matched) < 3:
                continue
            one, two = (np.concatenate([side for side in sides if len(side)]) for sides in zip(*matched, strict=True))
            same_images = a.data is not None and b.data is not None and a.data.digest == b.data.digest
            together = same_images and one.shape == two.shape
            usable = np.isfinite(one).all(axis=1) & np.isfinite(two).all(axis=1)
            mine = self._averaged(table, one[usable])
            theirs = Averaged(two[usable], resamples=self._resamples, part=0 if together else 1)
            tau, rho = rank_correlations(mine, theirs)
            return RankAgreement(table, BY_SITE if same else BY_DEPTH, shared, len(one), together, tau, rho)
        return None

    def _averaged(self, table: str, values: NDArray[np.float64]) -> Averaged:
        held = self._own.get(table)
        if held is None or not np.array_equal(held.values, values):
            held = self._own[table] = Averaged(values, resamples=self._resamples)
        return held


def _profile(name: str, session: Session, table: str, kind: Kind, sites: Sequence[Site]) -> Profile:
    everyone = session.architecture.blocks if kind is Kind.BLOCK else session.architecture.sublayers
    place = {site.id: number for number, site in enumerate(everyone)}
    values = _rows(session, table, sites)
    n = values.shape[1]
    mean = values.mean(axis=1) if n else np.full(len(values), np.nan)
    half = np.full(len(values), np.nan)
    if n > 1:
        half = float(stdtrit(n - 1, TAILS[1])) * values.std(axis=1, ddof=1) / np.sqrt(n)
    depth = _depths(len(everyone))[[place[site.id] for site in sites]]
    ids = tuple(site.id for site in sites)
    return Profile(
        name, table, kind, ids, read_only(depth), read_only(mean), read_only(mean - half), read_only(mean + half), n
    )


def _sites(session: Session, table: str, kind: Kind) -> list[Site]:
    if session.scores is None or table not in session.scores:
        return []
    held = session.scores[table]
    return [site for site in session.architecture.of_kind(kind) if site.id in held]


def _rows(session: Session, table: str, sites: Sequence[Site]) -> NDArray[np.float64]:
    assert session.scores is not None
    held = session.scores[table]
    return np.array([held[site.id].per_image for site in sites])


def _by_site(a: Session, b: Session, table: str, kind: Kind) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = {site.id for site in _sites(b, table, kind)}
    both = [site for site in _sites(a, table, kind) if site.id in known]
    return _rows(a, table, both), _rows(b, table, both)


def _by_depth(a: Session, b: Session, table: str, kind: Kind) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    one, other = (_rows(session, table, _sites(session, table, kind)) for session in (a, b))
    return (_read(one, len(other)), other) if len(one) > len(other) else (one, _read(other, len(one)))


def _read(rows: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Rows at evenly spaced depths, (sites, images), read at `count` depths."""
    at = np.round(_depths(count) * (len(rows) - 1), 9)  # on a row, rather than beside it by a rounding error
    below, above = np.floor(at).astype(int), np.ceil(at).astype(int)
    share = (at - below)[:, None]
    return (1 - share) * rows[below] + share * rows[above]


def _depths(count: int) -> NDArray[np.float64]:
    return np.linspace(0, 1, count) if count > 1 else np.full(count, 0.5)
