"""Removal for real: a branch, its norm and its layer scale leave the model, and with them their parameters and time."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence

from torch import Tensor, nn

from vitprune.description import describe
from vitprune.errors import ModelUnsupported
from vitprune.families import Family, Skipping, adopt, find_blocks, gone, present
from vitprune.plan import PruningPlan

Removals = Mapping[str, Sequence[str]]


def apply(plan: PruningPlan, module: nn.Module, calibration: Iterable[Tensor] | None = None) -> nn.Module:
    """A new model without what the plan removes. The original is untouched and shares no memory with it.

    `calibration`, batches of images, is for actions that fit a replacement; removal reads none of it. Raises
    PlanInvalid when the plan was made for another architecture.
    """
    plan.check(describe(module))
    removals = removals_of(plan, module)
    pruned = copy.deepcopy(module)
    adopt(pruned, module)
    cut(pruned, removals)
    return pruned


def removals_of(plan: PruningPlan, module: nn.Module) -> dict[str, list[str]]:
    """Block path to the attributes of the block that go: all that a recipe needs to say of a plan for this model."""
    removals: dict[str, list[str]] = {}
    for path, block, family in find_blocks(module):
        branches = tuple(present(block, family))
        whole = path in plan.sites
        names = [n for branch in branches if whole or f"{path}.{branch.name}" in plan.sites for n in branch.owns]
        names += [n for n in family.rest if whole and n not in getattr(block, "removed", ())]
        if names:
            removals[path] = names
    return removals


def removed_sites(module: nn.Module) -> Iterator[str]:
    """The site ids of what the blocks of a model have lost already: a block that is gone, or its branches."""
    for path, block, family in find_blocks(module):
        lost = set(getattr(block, "removed", ()))
        if lost and lost >= _everything(block, family):
            yield path
        else:
            yield from (f"{path}.{branch.name}" for branch in family.branches_of(block) if gone(block, branch))


def removals_in(module: nn.Module) -> dict[str, list[str]]:
    """The same as attributes: `cut` with this makes the same of the whole model."""
    blocks = ((path, getattr(block, "removed", ())) for path, block, _ in find_blocks(module))
    return {path: list(names) for path, names in blocks if names}


def cut(module: nn.Module, removals: Removals) -> None:
    """Take these attributes out of these blocks, in place; whole branches only, since half of one cannot run.

    Raises ModelUnsupported when a block cannot lose them.
    """
    families = {path: family for path, _, family in find_blocks(module)}
    for path, names in removals.items():
        try:
            block = module.get_submodule(path)
        except AttributeError:
            raise ModelUnsupported(f"{type(module).__name__} has no block {path}.") from None
        family = families.get(path)
        if family is None or not _can_lose(block, family, set(names)):
            raise ModelUnsupported(f"{path}, a {type(block).__name__}, cannot lose {', '.join(names)}.")
        block.__class__ = family.skipping
        assert isinstance(block, Skipping)
        block.drop(names)


def _can_lose(block: nn.Module, family: Family, names: set[str]) -> bool:
    """Whether these are whole branches, or all that is left of a block that can go."""
    lost = set(getattr(block, "removed", ()))
    if not names or names & lost:
        return False
    if names & set(family.rest):
        return not family.fixed(block) and names | lost == _everything(block, family)
    branches = [set(branch.owns) for branch in present(block, family)]
    return names == set().union(*(owned for owned in branches if owned <= names))


def _everything(block: nn.Module, family: Family) -> set[str]:
    return {name for branch in family.branches_of(block) for name in branch.owns} | set(family.rest)
