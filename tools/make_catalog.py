"""Write `resources/vitprune_resources/catalog.csv`, what timm's registry does not say about its models, `weights.csv`
beside it, what the registry says about its pretrained weights, and `docs/families.md`, what follows from it.

One row for each configuration in which timm publishes weights, and one for each architecture without any: what it is
called, input size and number of classes. `params` counts the parameters, `macs` the multiply-accumulates for one image
(empty where a forward fails). `tier`, `families` and the counts of sites that can go say what can be pruned, `note` why
nothing can; `repairs` is the number of those sites that something cheaper may stand for. No weights are read: models
are built on the meta device, and with random weights only where a block class is unknown and has to prove itself.
Models that cannot be built are reported and left out.

`weights.csv` has a row for each pretrained weight, so that the list of models is there without importing timm. A column
is empty where timm says nothing. `repository` is empty for timm/NAME and - without one, `mean` and `std` are empty for
ImageNet's, `interpolation` for bicubic.

    .venv/bin/python tools/make_catalog.py [--only MODULE ...] [--weights] [--docs]
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import timm
import torch
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.models import get_pretrained_cfg, model_entrypoint, split_model_name_tag
from torch import nn

from vitprune.architecture import Architecture, Kind
from vitprune.catalog import paper_of
from vitprune.description import describe
from vitprune.families import find_blocks
from vitprune.families.generic import sounds_like_attention

ROOT = Path(__file__).parents[1]
CATALOG = ROOT / "resources" / "vitprune_resources" / "catalog.csv"
WEIGHTS = CATALOG.with_name("weights.csv")
PAGE = ROOT / "docs" / "families.md"
SITES = (Kind.ATTENTION, Kind.MLP, Kind.CONV, Kind.BLOCK)
COLUMNS = (
    *("architecture", "module", "input_size", "num_classes", "params", "macs", "tier", "families"),
    *SITES,
    "repairs",
    "note",
)
FACTS = (
    *("name", "input_size", "num_classes", "licence", "repository", "file", "url", "mean", "std", "interpolation"),
    *("crop_pct", "origin", "paper"),
)
Size = tuple[int, int, int]
Configuration = tuple[str, Size, int]
LARGEST_REAL = 150_000_000  # parameters: what is built with weights to let unknown blocks prove themselves


def build(name: str, device: str) -> nn.Module:
    with torch.device(device):
        return timm.create_model(name, pretrained=False).eval()


def attends_elsewhere(model: nn.Module, blocks: list[str]) -> bool:
    """Whether there is attention outside these blocks."""
    inside = tuple(f"{path}." for path in blocks)
    named = [f"{path}." for path, part in model.named_modules() if sounds_like_attention(path, part)]
    return any(not path.startswith(inside) and not any(block.startswith(path) for block in inside) for path in named)


def module_of(architecture: str) -> str:
    return model_entrypoint(architecture).__module__.rsplit(".", 1)[-1]


def described(name: str, size: Size, real: bool) -> tuple[nn.Module, Architecture | None]:
    model = build(name, "cpu" if real else "meta")
    try:
        return model, describe(model, size)
    except Exception as error:  # noqa: BLE001 - whatever a forward of one of a thousand models raises
        print(f"not described: {name}: {type(error).__name__}: {error}".splitlines()[0], file=sys.stderr)
        return model, None


def rows_of(item: tuple[str, list[Configuration]]) -> list[tuple[object, ...]]:
    """One architecture in all its configurations. What an unknown block class allows is found out in the first."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    architecture, configurations = item
    rows: list[tuple[object, ...]] = []
    sites: tuple[object, ...] = ()
    for name, size, classes in configurations:
        try:
            model, found = described(name, size, real=False)
            params = sum(p.numel() for p in model.parameters())
            if not rows:
                if found and "without its weights" in found.note and params <= LARGEST_REAL:
                    model, found = described(name, size, real=True)
                sites = what_can_go(model, found)
        except Exception as error:  # noqa: BLE001 - reported, not fatal
            print(f"left out: {name}: {type(error).__name__}: {error}".splitlines()[0], file=sys.stderr)
            continue
        module = module_of(architecture)
        macs = found.macs if found and found.macs else None
        rows.append((architecture, module, "x".join(map(str, size)), classes, params, macs, *sites))
    return rows


def what_can_go(model: nn.Module, found: Architecture | None) -> tuple[object, ...]:
    """The columns from `tier` on."""
    prunable = found.prunable if found else ()
    sites = Counter(site.kind for site in prunable)
    blocks = {site.parent or site.id for site in prunable}
    families = {family.name: family.tier for path, _, family in find_blocks(model) if path in blocks}
    tier = max(families.values(), default=None)
    return (
        tier and (3 if attends_elsewhere(model, [path for path, _, _ in find_blocks(model)]) else tier),
        "; ".join(families),
        *(sites[kind] or "" for kind in SITES),
        sum(bool(site.repairs) for site in prunable) or "",
        found.note if found and not prunable else "",
    )


def configurations() -> dict[str, list[Configuration]]:
    """By architecture: every name for timm's factory, with input size and classes, that differs from those before."""
    found: dict[str, dict[tuple[Size, int], Configuration]] = {}
    for name in [*timm.list_models(pretrained=True), *timm.list_models()]:
        architecture, tag = split_model_name_tag(name)
        config = get_pretrained_cfg(name)
        channels, height, width = tuple(config.input_size) if config is not None else (3, 224, 224)
        size, classes = (channels, height, width), int(config.num_classes or 0) if config is not None else 1000
        known = found.setdefault(architecture, {})
        if tag or not known:
            known.setdefault((size, classes), (name, size, classes))
    return {architecture: list(known.values()) for architecture, known in found.items()}


def write_catalog(modules: list[str]) -> None:
    started = time.monotonic()
    rows: list[tuple[object, ...]] = []
    items = configurations()
    if modules:
        with CATALOG.open(encoding="utf-8") as file:
            rows = [tuple(cells) for cells in csv.reader(file) if cells[1] not in (*modules, COLUMNS[1])]
        items = {name: found for name, found in items.items() if module_of(name) in modules}
    with multiprocessing.get_context("spawn").Pool(maxtasksperchild=50) as pool:
        for done, some in enumerate(pool.imap_unordered(rows_of, items.items())):
            rows += some
            if done % 100 == 0:
                print(f"{done}/{len(items)}  {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    rows.sort(key=lambda cells: tuple(map(str, cells[:4])))
    with CATALOG.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} configurations of {len(items)} architectures, timm {timm.__version__}", file=sys.stderr)


def write_weights() -> None:
    rows: list[tuple[object, ...]] = []
    for name in timm.list_models(pretrained=True):
        config = get_pretrained_cfg(name)
        if config is None:
            continue
        hub = config.hf_hub_id or ""
        row = (
            *(name, "x".join(map(str, config.input_size)), config.num_classes or 0, config.license or ""),
            *("" if hub == f"timm/{name}" else hub or "-", config.hf_hub_filename or "", "" if hub else config.url),
            *(
                "" if usual == values else " ".join(map(str, values))
                for usual, values in ((IMAGENET_DEFAULT_MEAN, config.mean), (IMAGENET_DEFAULT_STD, config.std))
            ),
            "" if config.interpolation == "bicubic" else config.interpolation,
            *(config.crop_pct, config.origin_url or "", paper_of(config.paper_ids)),
        )
        rows.append(row)
    with WEIGHTS.open("w", newline="", encoding="utf-8") as file:
        file.write(f"# timm {timm.__version__}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FACTS)
        writer.writerows(rows)
    print(f"{len(rows)} weights, {WEIGHTS.stat().st_size} bytes", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", action="store_true", help="write docs/families.md alone")
    parser.add_argument("--weights", action="store_true", help="write weights.csv alone")
    parser.add_argument("--only", nargs="+", default=[], metavar="MODULE", help="of timm; the other rows stay")
    args = parser.parse_args()
    if args.weights:
        write_weights()
        return
    if not args.docs:
        write_catalog(args.only)
        write_weights()
    from families_page import page

    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
