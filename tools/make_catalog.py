"""Write `resources/vitprune_resources/catalog.csv`: what timm's registry does not say about its models.

One row for each configuration in which timm publishes weights: architecture, input size and number of classes. `params`
counts the parameters, `macs` the multiply-accumulates for one image (empty where a forward on the meta device fails),
`blocks` names the block class that can be pruned, empty where there is none. No weights are read and nothing is
computed: every model is built on the meta device. Models that cannot be built there are reported and left out.

    .venv/bin/python tools/make_catalog.py
"""

from __future__ import annotations

import csv
import sys
import time
import warnings
from pathlib import Path

import timm
import torch
from timm.models import get_pretrained_cfg, model_entrypoint, split_model_name_tag
from torch import nn

from vitprune.description import describe
from vitprune.families import find_blocks

CATALOG = Path(__file__).parents[1] / "resources" / "vitprune_resources" / "catalog.csv"
COLUMNS = ("architecture", "module", "input_size", "num_classes", "params", "macs", "blocks")


def build(name: str) -> nn.Module:
    with torch.device("meta"):
        return timm.create_model(name, pretrained=False).eval()


def macs(model: nn.Module, input_size: tuple[int, int, int]) -> int | None:
    try:
        return describe(model, input_size).macs
    except Exception:  # noqa: BLE001 - whatever a forward of one of a thousand models raises on the meta device
        return None


def main() -> None:
    warnings.simplefilter("ignore")
    rows: dict[tuple[str, str, int], tuple[object, ...]] = {}
    failed: dict[str, str] = {}
    started = time.monotonic()
    names = timm.list_models(pretrained=True)
    for done, name in enumerate(names):
        architecture, _ = split_model_name_tag(name)
        config = get_pretrained_cfg(name)
        assert config is not None
        size = "x".join(map(str, config.input_size))
        key = (architecture, size, config.num_classes)
        if key in rows or architecture in failed:
            continue
        try:
            model = build(name)
        except Exception as error:  # noqa: BLE001 - reported, not fatal
            failed[architecture] = f"{type(error).__name__}: {error}".splitlines()[0]
            continue
        module = model_entrypoint(architecture).__module__.rsplit(".", 1)[-1]
        blocks = sorted({family.block.__name__ for _, _, family in find_blocks(model)})
        params = sum(p.numel() for p in model.parameters())
        rows[key] = (
            architecture,
            module,
            size,
            config.num_classes,
            params,
            macs(model, config.input_size),
            " ".join(blocks),
        )
        if done % 100 == 0:
            print(f"{done}/{len(names)}  {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)

    with CATALOG.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for key in sorted(rows):
            writer.writerow(rows[key])
    for architecture, reason in sorted(failed.items()):
        print(f"left out: {architecture}: {reason}", file=sys.stderr)
    print(f"{len(rows)} configurations, {len(failed)} architectures left out, timm {timm.__version__}", file=sys.stderr)


if __name__ == "__main__":
    main()
