"""What can be opened by name: every pretrained weight in timm's registry, and which are on this machine."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from vitprune.hub import Weights, WeightsCache, page
from vitprune.published import Published, published

__all__ = [
    "ArchitectureEntry",
    "ModelEntry",
    "Published",
    "Support",
    "architectures",
    "known",
    "models",
    "published",
    "up_to_date",
]

_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Support(StrEnum):
    """What this version can do with a model, best first."""

    REPAIR = "repair"
    """Sites can go, and of some of them something cheaper can stand in the place."""
    PRUNE = "prune"
    DESCRIBE = "describe"
    UNKNOWN = "unknown"
    """The model is newer than the catalogue: it is found out when it is opened."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One pretrained weight of timm's registry.

    `family` is the timm module that it comes from. `params` and `macs` (multiply-accumulates for one image of
    `input_size`, which is (channels, height, width)) are None for a model newer than the catalogue. `cached`: the
    weights are on this machine, in `file`, of `size` bytes, and were read last at `used` (seconds since 1970).
    `supported`: this version can prune it. `tier` is that of the architecture, `repairs` the number of its sites that
    something cheaper may stand for, and `note` says why nothing can go. `top1` is what timm publishes, a share of 1;
    `origin` and `paper` (an arXiv number) are empty where timm names none, and `page` is where to read about it.
    """

    name: str
    architecture: str
    tag: str
    family: str
    params: int | None
    macs: int | None
    input_size: tuple[int, int, int]
    num_classes: int
    licence: str
    cached: bool
    supported: bool
    tier: int | None = None
    repairs: int = 0
    note: str = ""
    mean: tuple[float, ...] = _IMAGENET[0]
    std: tuple[float, ...] = _IMAGENET[1]
    interpolation: str = "bicubic"
    top1: float | None = None
    origin: str = ""
    paper: str = ""
    page: str = ""
    weights: Weights = field(default=Weights(), repr=False)
    file: Path | None = None
    size: int | None = None
    used: float | None = None

    @property
    def support(self) -> Support:
        if self.supported:
            return Support.REPAIR if self.repairs else Support.PRUNE
        return Support.DESCRIBE if self.note else Support.UNKNOWN


def models(text: str = "", *, family: str | None = None, cached: bool = False) -> tuple[ModelEntry, ...]:
    """Every pretrained weight that timm knows, in timm's order. Imports timm only where the catalogue is of another
    version of it.

    `text`: every word of it occurs in the name, the family or the licence, in any case. `family`: that timm module
    only. `cached`: only what is on this machine.
    """
    words = text.lower().split()
    return tuple(
        entry
        for entry in (known() if up_to_date() else _entries(_registry()))
        if family in (None, entry.family)
        and (entry.cached or not cached)
        and all(word in f"{entry.name} {entry.family} {entry.licence}".lower() for word in words)
    )


def known() -> tuple[ModelEntry, ...]:
    """Every pretrained weight in the catalogue, with what is on this machine. Imports neither torch nor timm."""
    return _entries(_weights()[1])


def up_to_date() -> bool:
    """Whether the catalogue is of the timm that is installed."""
    try:
        return version("timm") == _weights()[0]
    except PackageNotFoundError:  # a frozen application has no records, and its timm is the one it was built with
        return True


def _entries(facts: tuple[_Facts, ...]) -> tuple[ModelEntry, ...]:
    cache = WeightsCache()
    return tuple(_entry(fact, cache) for fact in facts)


def _entry(fact: _Facts, cache: WeightsCache) -> ModelEntry:
    architecture, _, tag = fact.name.partition(".")
    row = _catalogue().by_size.get((architecture, fact.input_size, fact.num_classes))
    some = row or _catalogue().by_name.get(architecture)
    figure = published(fact.name)
    file = cache.find(fact.weights)
    status = _status(file)
    channels, height, width = map(int, fact.input_size.split("x"))
    return ModelEntry(
        name=fact.name,
        architecture=architecture,
        tag=tag,
        family=some["module"] if some else fact.module,
        params=int(row["params"]) if row else None,
        macs=int(row["macs"]) if row and row["macs"] else None,
        input_size=(channels, height, width),
        num_classes=fact.num_classes,
        licence=fact.licence,
        cached=file is not None,
        supported=bool(some and some["tier"]),
        tier=int(some["tier"]) if some and some["tier"] else None,
        repairs=int(some["repairs"] or 0) if some else 0,
        note=some["note"] if some else "",
        mean=fact.mean,
        std=fact.std,
        interpolation=fact.interpolation,
        top1=figure.top1 if figure else None,
        origin=fact.origin,
        paper=fact.paper,
        page=page(fact.weights),
        weights=fact.weights,
        file=file,
        size=status.st_size if status else None,
        used=status.st_atime if status else None,
    )


def _status(file: Path | None) -> os.stat_result | None:
    try:
        return file.stat() if file else None
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class ArchitectureEntry:
    """One architecture of timm and what can be removed from it.

    `family` is its timm module, `weights` the number of pretrained weights that timm publishes for it. `tier`: 1 for
    every branch and block exactly, 2 where norms after a branch, projected shortcuts or shared layers needed care, 3
    for whole blocks only, None where nothing can go, and then `note` says why. `blocks` names the block families;
    the counts are of sites that can go.
    """

    name: str
    family: str
    weights: int
    tier: int | None
    blocks: str
    attention: int
    mlp: int
    conv: int
    whole: int
    note: str


def architectures(text: str = "", *, family: str | None = None) -> tuple[ArchitectureEntry, ...]:
    """Every architecture that timm knows, by name; `text` and `family` choose as in `models`."""
    from timm.models import list_models, model_entrypoint

    weights = Counter(fact.name.partition(".")[0] for fact in (_weights()[1] if up_to_date() else _registry()))
    words = text.lower().split()
    rows = _catalogue().by_name
    missing: dict[str, str] = dict.fromkeys(("tier", "families", "attention", "mlp", "conv", "block"), "")
    missing["note"] = "It is newer than the catalogue: `vitprune inspect` shows what can go."
    listed = ((name, model_entrypoint(name).__module__.rpartition(".")[2]) for name in list_models())
    chosen = ((name, module, rows.get(name, missing)) for name, module in listed if family in (None, module))
    return tuple(
        ArchitectureEntry(
            name=name,
            family=module,
            weights=weights[name],
            tier=int(row["tier"]) if row["tier"] else None,
            blocks=row["families"],
            attention=int(row["attention"] or 0),
            mlp=int(row["mlp"] or 0),
            conv=int(row["conv"] or 0),
            whole=int(row["block"] or 0),
            note=row["note"],
        )
        for name, module, row in chosen
        if all(word in f"{name} {module}".lower() for word in words)
    )


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What tools/make_catalog.py counted: its rows, and one by architecture, input size and number of classes; the
    first of each architecture."""

    rows: tuple[dict[str, str], ...]
    by_size: dict[tuple[str, str, int], dict[str, str]]
    by_name: dict[str, dict[str, str]]


@cache
def _catalogue() -> _Catalogue:
    with (files("vitprune_resources") / "catalog.csv").open(encoding="utf-8") as file:
        rows = tuple(csv.DictReader(file))
    return _Catalogue(
        rows,
        {(row["architecture"], row["input_size"], int(row["num_classes"])): row for row in rows},
        {row["architecture"]: row for row in reversed(rows)},
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """What timm's registry says about a pretrained weight."""

    name: str
    module: str
    input_size: str
    num_classes: int
    licence: str
    weights: Weights
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    origin: str
    paper: str


@cache
def _weights() -> tuple[str, tuple[_Facts, ...]]:
    """The version of timm, and what tools/make_catalog.py found in its registry."""
    with (files("vitprune_resources") / "weights.csv").open(encoding="utf-8") as file:
        timm = next(file).removeprefix("# timm").strip()
        return timm, tuple(map(_facts, csv.DictReader(file)))


def _facts(row: dict[str, str]) -> _Facts:
    hub = row["repository"].removeprefix("-") if row["repository"] else f"timm/{row['name']}"
    mean, std = (
        tuple(map(float, row[name].split())) or usual for name, usual in zip(("mean", "std"), _IMAGENET, strict=True)
    )
    return _Facts(
        name=row["name"],
        module="",
        input_size=row["input_size"],
        num_classes=int(row["num_classes"]),
        licence=row["licence"],
        weights=Weights(hub, row["file"], row["url"]),
        mean=mean,
        std=std,
        interpolation=row["interpolation"] or "bicubic",
        origin=row["origin"],
        paper=row["paper"],
    )


@cache
def _registry() -> tuple[_Facts, ...]:
    """The same from the registry itself."""
    return tuple(_from_timm())


def _from_timm() -> Iterator[_Facts]:
    import timm
    from timm.models import get_pretrained_cfg, model_entrypoint

    for name in timm.list_models(pretrained=True):
        config = get_pretrained_cfg(name)
        if config is None:
            continue
        hub = config.hf_hub_id or ""
        url = config.url if isinstance(config.url, str) and not hub else ""
        yield _Facts(
            name=name,
            module=model_entrypoint(name.partition(".")[0]).__module__.rpartition(".")[2],
            input_size="x".join(map(str, config.input_size)),
            num_classes=config.num_classes or 0,
            licence=config.license or "",
            weights=Weights(hub, config.hf_hub_filename or "", url),
            mean=tuple(config.mean),
            std=tuple(config.std),
            interpolation=config.interpolation,
            origin=config.origin_url or "",
            paper=paper_of(config.paper_ids),
        )


def paper_of(numbers: object) -> str:
    """The first arXiv number of what timm says about papers, empty when there is none."""
    said = numbers if isinstance(numbers, str) else " ".join(map(str, numbers or ()))  # type: ignore[arg-type]
    found = re.search(r"\d{4}\.\d{4,5}", said)
    return found[0] if found else ""
