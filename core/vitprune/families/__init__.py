"""Block families. A file of this folder declares `FAMILIES`; there is no list to keep in step."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from torch import nn

from vitprune.families import generic
from vitprune.families.family import Adds, Branch, Family, Skipping
from vitprune.families.generic import adopt

__all__ = [
    "Adds",
    "Branch",
    "Family",
    "Skipping",
    "adopt",
    "branch_of",
    "families",
    "family_of",
    "find_blocks",
    "part",
    "present",
]


@cache
def families() -> tuple[Family, ...]:
    found: list[Family] = []
    for info in iter_modules(__path__):
        found += getattr(import_module(f"{__name__}.{info.name}"), "FAMILIES", ())
    return tuple(found)


@cache
def _by_class() -> dict[type[nn.Module], Family]:
    return {kind: family for family in reversed(families()) for kind in (family.skipping, family.block)}


def family_of(block: nn.Module) -> Family | None:
    """The family whose block class, or its skipping form, this is exactly: a subclass may compute anything. Of a block
    of another class, what `find_blocks` has found out on its model."""
    return _by_class().get(type(block)) or generic.detected(block)


def find_blocks(module: nn.Module) -> Iterator[tuple[str, nn.Module, Family]]:
    """Path, block and family of every block that can be pruned, in the order in which the model holds them. The first
    time that it meets a model with attention in blocks of an unknown class, it runs a copy of it to look for branches.
    """
    generic.detect(module, lambda part: family_of(part) is not None)
    for path, child in module.named_modules():
        if family := family_of(child):
            yield path, child, family


def branch_of(module: nn.Module, site: str) -> tuple[str, Branch]:
    """The block path and the branch that the id of a sublayer means. Raises KeyError when there is no such branch."""
    for path, block, family in find_blocks(module):
        for branch in family.branches_of(block):
            if site == (f"{path}.{branch.name}" if path else branch.name):
                return path, branch
    raise KeyError(site)


def part(block: nn.Module, name: str) -> Any:
    """The attribute of a block that a dotted name means; None where it is gone, or is no module of its own."""
    path, _, last = name.rpartition(".")
    return getattr(block.get_submodule(path), last, None)


def gone(block: nn.Module, branch: Branch) -> bool:
    """Whether the branch was taken out of the block."""
    return set(branch.owns) <= set(getattr(block, "removed", ()))


def present(block: nn.Module, family: Family) -> Iterator[Branch]:
    """The branches that the block still has."""
    return (branch for branch in family.branches_of(block) if not gone(block, branch))
