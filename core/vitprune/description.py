"""The tree of sites of a model in memory, with what goes when each of them goes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from vitprune.architecture import Architecture, Kind, Site
from vitprune.families import Branch, Family, find_blocks, part, present
from vitprune.pooling import pooled_by, prefix_of


def input_size_of(module: nn.Module) -> tuple[int, int, int]:
    """(channels, height, width) of the images that the model is built for. timm's pretrained configuration is only the
    last choice: it keeps the size of the published weights when the model is built for another."""
    config: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    channels, height, width = config.get("input_size") or (3, 224, 224)
    embed = getattr(module, "patch_embed", None)
    built: dict[str, Any] = getattr(module, "_model_args", None) or {}
    size = getattr(embed, "img_size", None) or built.get("img_size")
    if size is not None:
        height, width = (size, size) if isinstance(size, int) else size
    channels = getattr(module, "in_chans", None) or channels
    return int(channels), int(height), int(width)


def describe(module: nn.Module, input_size: tuple[int, int, int] | None = None) -> Architecture:
    """The tree of sites of a timm model in memory. Computes nothing and changes nothing: shapes, running order and
    multiply-accumulates come from a forward on the meta device.

    A model of which nothing can be pruned is described too: its `note` says why, and the parts that it repeats are
    there to be looked at, each of them fixed.
    """
    size = input_size or input_size_of(module)
    blocks = list(find_blocks(module))
    run = _run(module, size, [path for path, _, _ in blocks], {path: family for path, _, family in blocks})
    ran = sorted((b for b in blocks if b[0] in run.tokens), key=lambda block: list(run.tokens).index(block[0]))
    sites: list[Site] = []
    for depth, (path, block, family) in enumerate(ran):
        branches = list(_branches(path, block, family, depth, run))
        params = sum(p.numel() for p in block.parameters())
        sites.append(Site(path, Kind.BLOCK, depth, params, run.macs.get(path, 0), fixed=family.fixed(block)))
        sites += branches
    if not sites:
        sites += _outline(module, run)
    config: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    pooled = pooled_by(module)
    prunable = any(not site.fixed for site in sites)
    return Architecture(
        name=str(config.get("architecture") or type(module).__name__),
        family=", ".join(dict.fromkeys(family.name for _, _, family in ran)),
        params=sum(p.numel() for p in module.parameters()),
        macs=run.macs.get("", 0),
        input_size=size,
        tokens=next(iter(run.tokens.values()), 0),
        num_classes=int(cast(Any, getattr(module, "num_classes", 0)) or 0),
        sites=tuple(sites),
        note=_unread(module, ran[-1], run, pooled) if prunable else _why_not(module),
        pooled=pooled,
    )


def _branches(path: str, block: nn.Module, family: Family, depth: int, run: _Run) -> Iterator[Site]:
    for branch in present(block, family):
        if branch.counts is not None:
            params, macs = branch.counts(block, run.tokens[path])
        else:
            params = branch_params(block, branch)
            macs = sum(run.macs.get(f"{path}.{name}", 0) for name in branch.owns)
        yield Site(f"{path}.{branch.name}", branch.kind, depth, params, macs, path)


def branch_params(block: nn.Module, branch: Branch) -> int:
    total = 0
    for name in branch.owns:
        owned = part(block, name)
        if isinstance(owned, nn.Parameter):
            total += owned.numel()
        elif isinstance(owned, nn.Module):
            total += sum(p.numel() for p in owned.parameters())
    return total


def _unread(module: nn.Module, last: tuple[str, nn.Module, Family], run: _Run, pooled: str) -> str:
    """What the last block does in vain."""
    path, block, family = last
    read = {"cls": "class token", "prefix": "class and distillation tokens"}.get(pooled)
    if read is None or run.tokens[path] <= prefix_of(module, block, family):
        return ""
    return f"The head reads the {read} only: what the last block does to patch tokens never reaches it."


def _outline(module: nn.Module, run: _Run) -> Iterator[Site]:
    """The innermost parts of lists of parts: what a model without known blocks repeats."""
    lists = (nn.Sequential, nn.ModuleList)
    parts = [
        f"{path}.{name}".lstrip(".")
        for path, parent in module.named_modules()
        if isinstance(parent, lists)
        for name, child in parent.named_children()
        if not isinstance(child, lists) and any(child.children()) and any(True for _ in child.parameters())
    ]
    inner = [path for path in parts if not any(other.startswith(f"{path}.") for other in parts)]
    for depth, path in enumerate(inner):
        found = module.get_submodule(path)
        params = sum(p.numel() for p in found.parameters())
        why = f"ViTPrune cannot prune a {type(found).__name__} yet."
        yield Site(path, Kind.BLOCK, depth, params, run.macs.get(path, 0), fixed=why)


def _why_not(module: nn.Module) -> str:
    classes = sorted({type(m).__name__ for m in module.modules() if type(m).__name__.endswith("Block")})
    seen = f" Its block classes: {', '.join(classes[:6])}." if classes else ""
    return f"{type(module).__name__} has no block that ViTPrune can prune yet.{seen}"


@dataclass(frozen=True)
class _Run:
    """What one image does in a model: tokens that each block sees, in running order, and MACs by module path, "" for
    the whole model."""

    tokens: dict[str, int]
    macs: dict[str, int]


def _run(module: nn.Module, size: tuple[int, int, int], blocks: list[str], families: dict[str, Family]) -> _Run:
    """torch counts two operations for a multiply-accumulate. It counts nothing for the fused attention kernel of the
    CPU, hence the math path."""
    skeleton = _skeleton(module)
    tokens: dict[str, int] = {}

    def watch(path: str) -> None:
        family = families[path]

        def note_length(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            stream = args[family.stream] if len(args) > family.stream else kwargs["x"]
            first = family.channels_first and stream.ndim == 4
            tokens.setdefault(path, stream.numel() // stream.shape[1 if first else -1])

        skeleton.get_submodule(path).register_forward_pre_hook(note_length, with_kwargs=True)

    for path in blocks:
        watch(path)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        skeleton(torch.empty(1, *size, device="meta"))
    prefix = f"{type(skeleton).__name__}."
    counts = counter.get_flop_counts()
    macs = {name.removeprefix(prefix): sum(ops.values()) // 2 for name, ops in counts.items()}
    return _Run(tokens, macs | {"": counter.get_total_flops() // 2})


def _skeleton(module: nn.Module) -> nn.Module:
    """A copy without weights, in evaluation mode, whose hooks and caches are its own."""
    tensors = [*module.parameters(), *module.buffers()]
    memo: dict[int, Tensor] = {}
    for tensor in tensors:
        bare = torch.empty_like(tensor, device="meta")
        memo[id(tensor)] = nn.Parameter(bare, requires_grad=False) if isinstance(tensor, nn.Parameter) else bare
    return copy.deepcopy(module, cast(Any, memo)).eval()
