"""Write `resources/vitprune_resources/catalog.csv`, what timm's registry does not say about its models, and
`docs/families.md`, what follows from it.

One row for each configuration in which timm publishes weights, and one for each architecture without any: what it is
called, input size and number of classes. `params` counts the parameters, `macs` the multiply-accumulates for one image
(empty where a forward fails). `tier`, `families` and the counts of sites that can go say what can be pruned, `note` why
nothing can. No weights are read: models are built on the meta device, and with random weights only where a block class
is unknown and has to prove itself. Models that cannot be built are reported and left out.

    .venv/bin/python tools/make_catalog.py [--docs]       with --docs, the page alone
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import timm
import torch
from timm.models import get_pretrained_cfg, model_entrypoint, split_model_name_tag
from torch import nn

from vitprune.architecture import Architecture, Kind
from vitprune.description import describe
from vitprune.families import find_blocks

ROOT = Path(__file__).parents[1]
CATALOG = ROOT / "resources" / "vitprune_resources" / "catalog.csv"
PAGE = ROOT / "docs" / "families.md"
SITES = (Kind.ATTENTION, Kind.MLP, Kind.CONV, Kind.BLOCK)
COLUMNS = (
    *("architecture", "module", "input_size", "num_classes", "params", "macs", "tier", "families"),
    *SITES,
    "note",
)
LARGEST_REAL = 400_000_000  # parameters: what is built with weights to let unknown blocks prove themselves


def build(name: str, device: str) -> nn.Module:
    with torch.device(device):
        return timm.create_model(name, pretrained=False).eval()


def has_attention(model: nn.Module) -> bool:
    return any("attention" in type(m).__name__.lower() or "attn" in type(m).__name__.lower() for m in model.modules())


def described(name: str, size: tuple[int, int, int]) -> tuple[nn.Module, Architecture | None]:
    model = build(name, "meta")
    params = sum(p.numel() for p in model.parameters())
    if not any(True for _ in find_blocks(model)) and has_attention(model) and params <= LARGEST_REAL:
        model = build(name, "cpu")
    try:
        return model, describe(model, size)
    except Exception as error:  # noqa: BLE001 - whatever a forward of one of a thousand models raises
        print(f"not described: {name}: {type(error).__name__}: {error}".splitlines()[0], file=sys.stderr)
        return model, None


def row(name: str, size: tuple[int, int, int], classes: int) -> tuple[object, ...]:
    architecture, _ = split_model_name_tag(name)
    model, found = described(name, size)
    sites = Counter(site.kind for site in found.prunable) if found else Counter()
    prunable = {site.parent or site.id for site in found.prunable} if found else set()
    families = {family.name: family.tier for path, _, family in find_blocks(model) if path in prunable}
    return (
        architecture,
        model_entrypoint(architecture).__module__.rsplit(".", 1)[-1],
        "x".join(map(str, size)),
        classes,
        sum(p.numel() for p in model.parameters()),
        found.macs if found and found.macs else None,
        max(families.values(), default=None),
        "; ".join(families),
        *(sites[kind] or "" for kind in SITES),
        found.note if found and not prunable else "",
    )


def configurations() -> Iterator[tuple[str, tuple[int, int, int], int]]:
    """A name for timm's factory, input size and classes, once each."""
    seen: set[tuple[str, tuple[int, ...], int]] = set()
    published = timm.list_models(pretrained=True)
    for name in [*published, *timm.list_models()]:
        architecture, _ = split_model_name_tag(name)
        config = get_pretrained_cfg(name)
        size = tuple(config.input_size) if config is not None else (3, 224, 224)
        classes = int(config.num_classes or 0) if config is not None else 1000
        if (architecture, size, classes) in seen or ("." not in name and any(a == architecture for a, _, _ in seen)):
            continue
        seen.add((architecture, size, classes))
        yield name, (int(size[0]), int(size[1]), int(size[2])), classes


def write_catalog() -> None:
    warnings.simplefilter("ignore")
    rows: list[tuple[object, ...]] = []
    failed: dict[str, str] = {}
    started = time.monotonic()
    listed = list(configurations())
    for done, (name, size, classes) in enumerate(listed):
        try:
            rows.append(row(name, size, classes))
        except Exception as error:  # noqa: BLE001 - reported, not fatal
            failed[name] = f"{type(error).__name__}: {error}".splitlines()[0]
        if done % 100 == 0:
            print(f"{done}/{len(listed)}  {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    with CATALOG.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(sorted(rows, key=lambda row: tuple(map(str, row[:4]))))
    for name, reason in sorted(failed.items()):
        print(f"left out: {name}: {reason}", file=sys.stderr)
    print(f"{len(rows)} configurations, {len(failed)} left out, timm {timm.__version__}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", action="store_true", help="write docs/families.md alone")
    if not parser.parse_args().docs:
        write_catalog()
    from families_page import page

    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
