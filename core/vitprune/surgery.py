"""Removal for real: a branch, its norm and its layer scale leave the model, and with them their parameters and time."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence

from torch import Tensor, nn

from vitprune.errors import ModelUnsupported
from vitprune.families import Branch, branch_of, describe, family_of, find_blocks
from vitprune.plan import PruningPlan

Removals = Mapping[str, Sequence[str]]


def apply(plan: PruningPlan, module: nn.Module, calibration: Iterable[Tensor] | None = None) -> nn.Module:
    """A new model without what the plan removes. The original is untouched and shares no memory with it.

    `calibration`, batches of images, is for actions that fit a replacement; removal reads none of it. Raises
    PlanInvalid when the plan was made for another architecture.
    """
    removals = removals_of(plan, module)
    pruned = copy.deepcopy(module)
    cut(pruned, removals)
    return pruned


def removals_of(plan: PruningPlan, module: nn.Module) -> dict[str, list[str]]:
    """Block path to the attributes of the block that go: all that a recipe needs to say of a plan."""
    architecture = describe(module)
    plan.check(architecture)
    removals: dict[str, list[str]] = {}
    for site in plan.removed_branches(architecture):
        path, branch = branch_of(module, site.id)
        removals.setdefault(path, []).extend(branch.owns)
    return removals


def removed_branches(module: nn.Module) -> Iterator[tuple[str, Branch]]:
    """Block path and branch of everything that the blocks of a model have lost already."""
    for path, block, family in find_blocks(module):
        for branch in family.branches:
            if getattr(block, branch.name) is None:
                yield path, branch


def removals_in(module: nn.Module) -> dict[str, list[str]]:
    """The same as attributes: `cut` with this makes the same of the whole model."""
    removals: dict[str, list[str]] = {}
    for path, branch in removed_branches(module):
        removals.setdefault(path, []).extend(branch.owns)
    return removals


def cut(module: nn.Module, removals: Removals) -> None:
    """Remove these attributes of these blocks, in place; whole branches only, since half of one cannot run.

    Raises ModelUnsupported when a block cannot lose them.
    """
    for path, names in removals.items():
        try:
            block = module.get_submodule(path)
        except AttributeError:
            raise ModelUnsupported(f"{type(module).__name__} has no block {path}.") from None
        family = family_of(block)
        branches = [set(branch.owns) for branch in family.branches] if family else []
        whole = set().union(*(owned for owned in branches if owned <= set(names)))
        if family is None or whole != set(names):
            raise ModelUnsupported(f"{path}, a {type(block).__name__}, cannot lose {', '.join(names)}.")
        for name in names:
            setattr(block, name, None)
        block.__class__ = family.skipping
