"""What can be opened by name: every pretrained weight in timm's registry, and which are on this machine."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vitprune.hub import WeightsCache
from vitprune.published import Published, published

__all__ = ["ArchitectureEntry", "ModelEntry", "Published", "architectures", "models", "published"]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One pretrained weight of timm's registry.

    `family` is the timm module that it comes from. `params` and `macs` (multiply-accumulates for one image of
    `input_size`, which is (channels, height, width)) are None for a model newer than the catalogue. `cached`: the
    weights are on this machine. `supported`: this version can prune it.
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


def models(text: str = "", *, family: str | None = None, cached: bool = False) -> tuple[ModelEntry, ...]:
    """Every pretrained weight that timm knows, in timm's order.

    `text`: every word of it occurs in the name, the family or the licence, in any case. `family`: that timm module
    only. `cached`: only what is on this machine.
    """
    from timm.models import get_pretrained_cfg

    words = text.lower().split()
    weights = WeightsCache()
    found: list[ModelEntry] = []
    for name, architecture, tag, module in _registry():
        config = get_pretrained_cfg(name)
        if config is None or (family is not None and family != module):
            continue
        licence = config.license or ""
        searched = f"{name} {module} {licence}".lower()
        if not all(word in searched for word in words):
            continue
        here = weights.find(config) is not None
        if cached and not here:
            continue
        channels, height, width = config.input_size
        classes = config.num_classes or 0
        params, macs = _catalogue().counts.get((architecture, f"{channels}x{height}x{width}", classes), (None, None))
        found.append(
            ModelEntry(
                name=name,
                architecture=architecture,
                tag=tag,
                family=module,
                params=params,
                macs=macs,
                input_size=(channels, height, width),
                num_classes=classes,
                licence=licence,
                cached=here,
                supported=architecture in _catalogue().supported,
            )
        )
    return tuple(found)


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

    weights = Counter(architecture for _, architecture, _, _ in _registry())
    words = text.lower().split()
    rows: dict[str, dict[str, str]] = {row["architecture"]: row for row in reversed(_catalogue().rows)}
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
    """What tools/make_catalog.py counted: its rows, params and macs by architecture, input size and number of classes,
    and the architectures of which something can go."""

    rows: tuple[dict[str, str], ...]
    counts: dict[tuple[str, str, int], tuple[int, int | None]]
    supported: frozenset[str]


@cache
def _catalogue() -> _Catalogue:
    with (files("vitprune_resources") / "catalog.csv").open(encoding="utf-8") as file:
        rows = tuple(csv.DictReader(file))
    counts = {
        (row["architecture"], row["input_size"], int(row["num_classes"])): (
            int(row["params"]),
            int(row["macs"]) if row["macs"] else None,
        )
        for row in rows
    }
    return _Catalogue(rows, counts, frozenset(row["architecture"] for row in rows if row["tier"]))


@cache
def _registry() -> tuple[tuple[str, str, str, str], ...]:
    """(name, architecture, tag, module) of each pretrained weight."""
    import timm
    from timm.models import model_entrypoint, split_model_name_tag

    listed = timm.list_models(pretrained=True)
    split = ((name, *split_model_name_tag(name)) for name in listed)
    return tuple((name, a, tag, model_entrypoint(a).__module__.rpartition(".")[2]) for name, a, tag in split)
