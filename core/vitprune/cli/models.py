"""Verbs about models: what can be opened, and what is in one."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict

from vitprune.cli.answers import Answer, model_json, open_model
from vitprune.cli.arguments import Verbs, with_model


def add(verbs: Verbs) -> None:
    added = verbs.add("models", _models, "What can be opened.")
    added.add_argument("--supported", action="store_true", help="every architecture of timm, and what can go from it")
    added.add_argument("text", nargs="?", default="", metavar="TEXT")
    added.add_argument("--family", default=None, metavar="F", help="timm's module, such as vision_transformer")
    added.add_argument("--cached", action="store_true", help="only weights that are on this machine")

    added = verbs.add("inspect", _inspect, "The site tree, with parameters and multiply-accumulates.")
    with_model(added)


def _models(args: argparse.Namespace) -> Answer:
    from vitprune.catalog import architectures, models

    if args.supported:
        known = architectures(args.text, family=args.family)
        lines = [
            f"{entry.name:<48} {entry.family:<26} {f'tier {entry.tier}' if entry.tier else 'read-only':<10} "
            f"{entry.attention:>4} attention {entry.mlp:>4} MLP {entry.conv:>3} conv {entry.whole:>4} blocks"
            for entry in known
        ]
        tiers = Counter(entry.tier for entry in known)
        count = ", ".join(f"{tiers[tier]} in tier {tier}" for tier in (1, 2, 3))
        return {"architectures": [asdict(entry) for entry in known]}, [*lines, f"{len(known)} architectures: {count}"]
    found = models(args.text, family=args.family, cached=args.cached)
    fields = ("name", "family", "params", "macs", "input_size", "num_classes", "licence", "cached", "supported")
    rows = [{field: getattr(entry, field) for field in fields} for entry in found]
    lines = [
        f"{entry.name:<60} {entry.family:<24} {_millions(entry.params):>9} {entry.input_size[-1]:>4} px "
        f"{entry.licence:<16} {'on this machine' if entry.cached else ''}".rstrip()
        for entry in found
    ]
    return {"models": rows}, [*lines, f"{len(found)} models"]


def _inspect(args: argparse.Namespace) -> Answer:
    model = open_model(args)
    architecture = model.architecture
    answer = {
        "model": model_json(model),
        **architecture.to_json(),
        "weights": {
            "loaded": model.report.loaded,
            "missing": model.report.missing,
            "unexpected": model.report.unexpected,
        },
    }
    width = max([32, *(len(site.id) + 2 * bool(site.parent) for site in architecture.sites)])
    lines = [
        f"{architecture.name}: {architecture.params:,} parameters, {architecture.macs:,} MACs for one image of "
        f"{'x'.join(map(str, architecture.input_size))}",
        *(
            f"{'  ' if site.parent else ''}{site.id:<{width - 2 * bool(site.parent)}} {site.kind:<10} "
            f"{site.params:>12,} parameters {site.macs:>16,} MACs{f'  stays: {site.fixed}' if site.fixed else ''}"
            for site in architecture.sites
        ),
    ]
    return answer, [*lines, architecture.note] if architecture.note else lines


def _millions(params: int | None) -> str:
    return "" if params is None else f"{params / 1e6:.1f} M"
