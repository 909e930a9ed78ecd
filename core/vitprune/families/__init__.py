"""Block families. A file of this folder declares `FAMILIES`; there is no list to keep in step."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, cast

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from vitprune.architecture import Architecture, Kind, Site
from vitprune.families.family import Branch, Family

__all__ = ["Branch", "Family", "describe", "families", "family_of", "find_blocks", "input_size_of"]


@cache
def families() -> tuple[Family, ...]:
    found: list[Family] = []
    for info in iter_modules(__path__):
        found += getattr(import_module(f"{__name__}.{info.name}"), "FAMILIES", ())
    return tuple(found)


def family_of(block: nn.Module) -> Family | None:
    """The family whose block class, or its skipping form, this is exactly. A subclass may compute anything."""
    return next((family for family in families() if type(block) in (family.block, family.skipping)), None)


def find_blocks(module: nn.Module) -> Iterator[tuple[str, nn.Module, Family]]:
    """Path, block and family of every block that can be pruned, in running order."""
    for path, child in module.named_modules():
        if family := family_of(child):
            yield path, child, family


def branch_of(module: nn.Module, site: str) -> tuple[str, Branch]:
    """The block path and the branch that the id of a sublayer means. The block must be of a known family."""
    path, _, name = site.rpartition(".")
    family = family_of(module.get_submodule(path))
    assert family is not None
    return path, next(branch for branch in family.branches if branch.name == name)


def present(block: nn.Module, family: Family) -> Iterator[Branch]:
    """The branches that the block still has."""
    return (branch for branch in family.branches if getattr(block, branch.name) is not None)


def branch_params(block: nn.Module, branch: Branch) -> int:
    total = 0
    for name in branch.owns:
        part = getattr(block, name)
        if isinstance(part, nn.Parameter):
            total += part.numel()
        elif isinstance(part, nn.Module):
            total += sum(p.numel() for p in part.parameters())
    return total


def input_size_of(module: nn.Module) -> tuple[int, int, int]:
    """(channels, height, width) of the images that the model is built for. timm's pretrained configuration is only the
    second choice: it keeps the size of the published weights when the model is built for another."""
    config: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    channels, height, width = config.get("input_size") or (3, 224, 224)
    embed = getattr(module, "patch_embed", None)
    size = getattr(embed, "img_size", None)
    if size is not None:
        height, width = size
    channels = getattr(module, "in_chans", None) or channels
    return int(channels), int(height), int(width)


def describe(module: nn.Module, input_size: tuple[int, int, int] | None = None) -> Architecture:
    """The tree of sites of a timm model in memory. Computes nothing and changes nothing: shapes come from a forward on
    the meta device.

    A model without a known block is described too, with no sites and a `note` that says why.
    """
    size = input_size or input_size_of(module)
    blocks = list(find_blocks(module))
    tokens, macs = _shapes_and_macs(module, size, [block for _, block, _ in blocks])
    sites: list[Site] = []
    for depth, ((path, block, family), length) in enumerate(zip(blocks, tokens, strict=True)):
        branches = [
            Site(
                id=f"{path}.{branch.name}",
                kind=branch.kind,
                depth=depth,
                params=branch_params(block, branch),
                macs=family.macs(block, branch, length),
                parent=path,
            )
            for branch in present(block, family)
        ]
        params = sum(site.params for site in branches)
        sites.append(Site(path, Kind.BLOCK, depth, params, sum(site.macs for site in branches)))
        sites += branches
    config: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    note = ""
    if not sites:
        classes = sorted({type(m).__name__ for m in module.modules() if type(m).__name__.endswith("Block")})
        seen = f" Its block classes: {', '.join(classes[:6])}." if classes else ""
        note = f"{type(module).__name__} has no block that ViTPrune can prune yet.{seen}"
    return Architecture(
        name=str(config.get("architecture") or type(module).__name__),
        family=", ".join(dict.fromkeys(family.name for _, _, family in blocks)),
        params=sum(p.numel() for p in module.parameters()),
        macs=macs,
        input_size=size,
        tokens=tokens[0] if tokens else 0,
        num_classes=int(cast(Any, getattr(module, "num_classes", 0)) or 0),
        sites=tuple(sites),
        note=note,
    )


def _shapes_and_macs(module: nn.Module, size: tuple[int, int, int], blocks: list[nn.Module]) -> tuple[list[int], int]:
    """Tokens that each block sees, and the MACs of the whole model, for one image.

    torch counts two operations for a multiply-accumulate. It counts nothing for the fused attention kernel of the CPU,
    hence the math path.
    """
    lengths: dict[nn.Module, int] = {}

    def note_length(block: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        stream = args[0] if args else kwargs["x"]
        lengths[block] = stream.shape[1:-1].numel()

    hooks = [block.register_forward_pre_hook(note_length, with_kwargs=True) for block in blocks]
    training = module.training
    state = {name: value.detach().to("meta") for name, value in [*module.named_parameters(), *module.named_buffers()]}
    counter = FlopCounterMode(display=False)
    try:
        module.eval()
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
            functional_call(module, state, (torch.empty(1, *size, device="meta"),))
    finally:
        module.train(training)
        for hook in hooks:
            hook.remove()
    return [lengths[block] for block in blocks], counter.get_total_flops() // 2
