"""What stored activations say in words: as JSON has it, and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vitprune.document import Document, Section, Table
from vitprune.explorer import FEATURES, HIGH, LEVELS, Across, Census, Explored, PatchesOfSite, Picture, SiteCensus
from vitprune.statistics import Estimate

Found = Census | Picture | Across
NAMES: Mapping[type[Found], str] = {Census: "census", Picture: "image", Across: "across"}
"""What JSON calls each."""

_ESTIMATES = ("class_norm", "patch_norm", "high", "with_high", "patch_similarity", "class_similarity")


def figures(explored: Explored, found: Found) -> dict[str, Any]:
    """Everything, by name; numbers that there are not are None or NaN. An image is counted from 1."""
    match found:
        case Census():
            sites = [_counted(site, one) for site, one in found.sites.items()]
            return {"images": found.images, "of": found.of, "levels": LEVELS, "sites": sites}
        case Picture():
            sites = [_looked_at(site, one) for site, one in found.sites.items()]
            return {"image": found.image + 1, "path": _path(explored, found.image), "sites": sites}
        case Across():
            return {
                "sessions": found.names,
                "features": found.features,
                "images": found.images,
                "of": found.of,
                "rows": found.rows,
                "columns": found.columns,
                "cka": found.value.tolist(),
                "standard_error": found.standard_error.tolist(),
            }


def tables(explored: Explored, *found: Found) -> Document:
    """What fits in a terminal, intervals in brackets."""
    kept = len(explored.kept.token_indices)
    said = f"{len(explored.layouts):,} sites at {kept:,} of {explored.architecture.tokens:,} tokens of "
    said += f"{explored.images:,} images"
    sections = [Section(f"{explored.architecture.name}: {said}", ())]
    for one in found:
        match one:
            case Census():
                sections += _of_images(one)
            case Picture():
                sections.append(_of_image(one, _path(explored, one.image)))
            case Across():
                sections.append(_of_two(one))
    return Document(explored.name, tuple(sections))


def _counted(site: str, one: SiteCensus) -> dict[str, Any]:
    estimates: Mapping[str, Estimate | None] = {name: getattr(one, name) for name in _ESTIMATES}
    return {
        "site": site,
        "tokens": len(one.layout.tokens),
        "grid": one.layout.grid,
        "dim": one.dim,
        **{name: held and held.to_json() for name, held in estimates.items()},
        "norm_quantiles": one.norm_quantiles.tolist(),
        "longest": one.longest,
        "cut": one.cut,
        "value_quantiles": one.value_quantiles.tolist(),
        "lowest": one.lowest,
        "highest": one.highest,
        "values": one.values,
        "not_finite": one.not_finite,
    }


def _looked_at(site: str, one: PatchesOfSite) -> dict[str, Any]:
    return {
        "site": site,
        "tokens": one.layout.tokens,
        "grid": one.layout.grid,
        "class_norm": _class_norm(one),
        "norms": one.patch_norms.tolist(),
        "high": np.flatnonzero(one.high).tolist(),
        "explained": one.explained.tolist(),
        "components": one.components.tolist(),
        "similarity": _alike(one),
    }


def _of_images(found: Census) -> list[Section]:
    many = f"{found.images:,} of {found.of:,} images"
    sites = found.sites.items()
    lengths = tuple(
        (
            site,
            _told(one.class_norm),
            _told(one.patch_norm),
            f"{_number(one.norm_quantiles[2])} to {_number(one.norm_quantiles[4])}",
            f"{_number(one.norm_quantiles[0])} to {_number(one.norm_quantiles[6])}",
            _number(one.longest),
        )
        for site, one in sites
    )
    high = tuple((site, _number(one.cut), _share(one.high), _share(one.with_high)) for site, one in sites)
    alike = tuple((site, _told(one.patch_similarity), _told(one.class_similarity)) for site, one in sites)
    values = tuple(
        (site, *map(_number, one.value_quantiles), _number(one.lowest), _number(one.highest), f"{one.not_finite:,}")
        for site, one in sites
    )
    levels = tuple(f"{100 * level:g} %" for level in LEVELS)
    columns = ("site", "class token", "patches", "half of the patches", "98 % of them", "longest")
    return [
        Section(f"Mean length of tokens, {many}", (Table(columns, lengths),)),
        Section(
            f"High-norm tokens: longer than {HIGH:g} times the median patch",
            (Table(("site", "longer than", "share of patches", "images with one"), high),),
        ),
        Section("Mean cosine", (Table(("site", "between patches", "patches and class token"), alike),)),
        Section("Values", (Table(("site", *levels, "lowest", "highest", "no numbers"), values),)),
    ]


def _of_image(found: Picture, path: str) -> Section:
    columns = ("site", "patches", "class token", "median patch", "longest", "high-norm", "PCA shares", "median cosine")
    rows = []
    for site, one in found.sites.items():
        norms = one.patch_norms[np.isfinite(one.patch_norms)]
        rows.append((
            site,
            f"{len(one.layout.patches):,}",
            _number(_class_norm(one)),
            _number(float(np.median(norms)) if norms.size else None),
            _number(float(norms.max()) if norms.size else None),
            f"{int(one.high.sum()):,}",
            " ".join(f"{100 * share:.1f} %" for share in one.explained),
            _number(_alike(one)),
        ))  # fmt: skip
    return Section(f"Image {found.image + 1:,}: {path}", (Table(columns, tuple(rows)),))


def _of_two(found: Across) -> Section:
    one, other = found.names
    rows = []
    for place, site in enumerate(found.rows):
        values, errors = found.value[place], found.standard_error[place]
        best = int(np.nanargmax(values)) if np.isfinite(values).any() else None
        same = found.columns.index(site) if site in found.columns else None
        told = [""] * 2 if best is None else [found.columns[best], _spread(values[best], errors[best])]
        rows.append((site, *told, "" if same is None else _spread(values[same], errors[same])))
    columns = (f"site of {one}", f"most like it in {other}", "CKA ± standard error", "with the site of the same name")
    title = f"{one} with {other}: linear CKA of the {FEATURES[found.features]}, {found.images:,} of {found.of:,} images"
    return Section(title, (Table(columns, tuple(rows)),))


def _path(explored: Explored, image: int) -> str:
    paths = explored.data.paths if explored.data is not None else ()
    return paths[image] if image < len(paths) else ""


def _class_norm(one: PatchesOfSite) -> float | None:
    place = one.layout.class_place
    return None if place is None else float(one.norms[place])


def _alike(one: PatchesOfSite) -> float | None:
    """The median cosine between two patches."""
    if one.similarity is None or len(one.similarity) < 2:
        return None
    return float(np.median(one.similarity[np.triu_indices(len(one.similarity), 1)].astype(np.float64)))


def _told(value: Estimate | None) -> str:
    if value is None:
        return ""
    return f"{_number(value.value)} ({_number(value.low)} to {_number(value.high)})"


def _share(value: Estimate | None) -> str:
    if value is None:
        return ""
    return f"{100 * value.value:.2f} % ({100 * value.low:.2f} to {100 * value.high:.2f})"


def _spread(value: float, error: float) -> str:
    if not np.isfinite(value):
        return ""
    return f"{value:.3f} ± {error:.3f}" if np.isfinite(error) else f"{value:.3f}"


def _number(value: float | None) -> str:
    return f"{value:.4g}" if value is not None and np.isfinite(value) else ""
