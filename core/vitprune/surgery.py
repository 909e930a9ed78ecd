"""Removal for real: a branch, its norm and its layer scale leave the model, and with them their parameters and time.
What stands for a branch takes its place, fitted to images."""

from __future__ import annotations

import copy
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor, nn

from vitprune.architecture import Architecture
from vitprune.description import describe, rank_of
from vitprune.errors import ModelUnsupported, PlanInvalid
from vitprune.families import Family, Skipping, adopt, branch_of, find_blocks, gone, part, present
from vitprune.jobs import Job
from vitprune.plan import Action, PruningPlan
from vitprune.pooling import own_tokens, pooled_by, prefix_of
from vitprune.repair.fitting import fit
from vitprune.repair.replacement import Replacement, stand_in
from vitprune.results import SiteRepair
from vitprune.width.units import cut_units, left_by, site_width

CONSTANT = (Action.MEAN, Action.FOLD)
Removals = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Form:
    """The structure of a replacement: see `Replacement`."""

    form: str
    width: int
    own: int
    rank: int


def apply(
    plan: PruningPlan, module: nn.Module, calibration: Iterable[Tensor] | None = None, *, job: Job | None = None
) -> nn.Module:
    """A new model without what the plan removes, and with what it puts in its place. The original is untouched and
    shares no memory with it.

    `calibration`, batches of images (B, C, H, W), is what replacements are fitted to; removal reads none of it. Raises
    PlanInvalid when the plan was made for another architecture, or needs images and has none.
    """
    return repaired(plan, module, calibration, job=job)[0]


def repaired(
    plan: PruningPlan,
    module: nn.Module,
    calibration: Iterable[Tensor] | None = None,
    *,
    job: Job | None = None,
    shared: bool = False,
) -> tuple[nn.Module, tuple[SiteRepair, ...]]:
    """What `apply` gives, and how each replacement was fitted. What is `shared`, and to be run only, has the weights of
    the original where nothing is fitted: memory for a second copy of a large model may be wanting."""
    architecture = describe(module)
    plan.check(architecture)
    if not plan.needs_calibration:
        return structured(plan, module, {}, shared=shared and not plan.units), ()
    if calibration is None:
        raise PlanInvalid(
            "The plan repairs what it removes, which takes calibration images.",
            hint="Name a folder of images like those that the model is used on (--calibration); they need no labels.",
        )
    # What is absorbed by another branch keeps its place while it is fitted.
    stay, held = replacements_of(plan, architecture, module), replacements_of(plan, architecture, module, absorbed=True)
    pruned = structured(plan, module, stay | held)
    training = module.training
    try:
        fits = fit(plan, module, pruned, architecture, list(calibration), job=job)
    finally:
        module.train(training)
        pruned.train(training)
    cut_absorbed(pruned, held)
    return pruned, fits


def cut_absorbed(pruned: nn.Module, held: Iterable[str]) -> None:
    """Take out, in place, what kept the places of these branches while it was fitted, and what others took in."""
    for site in held:
        path, branch = branch_of(pruned, site)
        cut(pruned, {path: branch.owns})


def structured(
    plan: PruningPlan, module: nn.Module, replacements: Mapping[str, Form], *, shared: bool = False
) -> nn.Module:
    """A copy of the module in which what the plan removes is gone, and the replacements add nothing yet. `shared`: its
    weights are those of the original, the same tensors."""
    weights = (*module.parameters(), *module.buffers()) if shared else ()
    pruned = copy.deepcopy(module, cast(Any, {id(tensor): tensor for tensor in weights}))
    adopt(pruned, module)
    cut(pruned, removals_of(plan, module, replacements))
    replace(pruned, replacements)
    if plan.units:
        cut_units(pruned, {site: left_by(plan, site, site_width(module, site)[2].count) for site, _ in plan.units})
    return pruned


def removals_of(plan: PruningPlan, module: nn.Module, kept: Container[str] = ()) -> dict[str, list[str]]:
    """Block path to the attributes of the block that go, but for the sites that are `kept` to be replaced."""
    removals: dict[str, list[str]] = {}
    for path, block, family in find_blocks(module):
        branches = [branch for branch in present(block, family) if f"{path}.{branch.name}" not in kept]
        whole = path in plan.sites
        names = [n for branch in branches if whole or f"{path}.{branch.name}" in plan.sites for n in branch.owns]
        names += [n for n in family.rest if whole and n not in getattr(block, "removed", ())]
        if names:
            removals[path] = names
    return removals


def replacements_of(
    plan: PruningPlan, architecture: Architecture, module: nn.Module, *, absorbed: bool = False
) -> dict[str, Form]:
    """Site id to the form of what stands in its place, where that is a module of its own. For a block it stands where
    its first branch stood. With `absorbed`, those instead that another branch takes in, as constants."""
    pooled = pooled_by(module)
    found: dict[str, Form] = {}
    for path, block, family in find_blocks(module):
        branches = tuple(present(block, family))
        for branch in branches:
            site = f"{path}.{branch.name}"
            named = path if path in plan.sites and branch is branches[0] else site
            action = plan.action(named)
            if action in (None, Action.REMOVE):
                continue
            taken_in = action is Action.FOLD or (action is Action.MEAN and bool(plan.anchor(architecture, named)))
            if taken_in is not absorbed:
                continue
            width = next(cost.params for cost in architecture.by_id[site].repairs if cost.action == Action.MEAN)
            own = 0 if action in CONSTANT else own_tokens(prefix_of(module, block, family), pooled)
            rank = rank_of(width) if action is Action.LOW_RANK else 0
            found[site] = Form("mean" if action in CONSTANT else str(action), width, own, rank)
    return found


def replacements_in(module: nn.Module) -> dict[str, Form]:
    """The same of a model that is repaired already."""
    return {
        f"{path}.{branch.name}": Form(stands.form, stands.width, stands.own, stands.rank)
        for path, block, family in find_blocks(module)
        for branch in present(block, family)
        if isinstance(stands := part(block, branch.name), Replacement)
    }


def replace(module: nn.Module, replacements: Mapping[str, Form]) -> None:
    """Put replacements, which add nothing yet, in the place of branches, in place. Raises ModelUnsupported for a branch
    that is not there or cannot be replaced."""
    for site, form in replacements.items():
        dropped = dropped_from(module, site, form.form)
        stand_in(module, site, form.form, form.width, form.own, form.rank, dropped)


def dropped_from(module: nn.Module, site: str, form: str) -> list[str]:
    """What is the branch's alone besides its main module, and does nothing for what stands in its place: its norm, too,
    where that is a constant. Raises ModelUnsupported."""
    try:
        path, branch = branch_of(module, site)
    except KeyError:
        raise ModelUnsupported(f"{type(module).__name__} has no branch {site}.") from None
    if not branch.repairable or gone(module.get_submodule(path), branch):
        raise ModelUnsupported(f"Nothing can stand in the place of {site}.")
    norm = {branch.entry} if form != Action.MEAN else set()
    return [name for name in branch.owns if name not in {branch.name, *norm}]


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
