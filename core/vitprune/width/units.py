"""What of a branch can go alone: the heads of an attention, the hidden neurons of an MLP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from timm.layers.attention import Attention, AttentionRope
from timm.layers.mlp import GluMlp, Mlp, SwiGLU
from timm.models.beit import Attention as BeitAttention
from timm.models.eva import EvaAttention
from torch import nn

from vitprune.errors import ModelUnsupported
from vitprune.families import Branch, branch_of, find_blocks, gone, part
from vitprune.plan import PruningPlan, Units
from vitprune.width.cutting import (
    NarrowAttentionRope,
    NarrowBeitAttention,
    NarrowEvaAttention,
    axes,
    narrow,
    unit_count,
)

ATTENTIONS = (
    Attention,
    AttentionRope,
    EvaAttention,
    BeitAttention,
    NarrowAttentionRope,
    NarrowEvaAttention,
    NarrowBeitAttention,
)
MLPS = (Mlp, GluMlp, SwiGLU)


@dataclass(frozen=True)
class Width:
    """The units of a branch: how many, and what of the parameters goes with each. `last` is the path, in the block, of
    the linear layer that reads them, (outputs, units x columns). Where they cannot go alone `count` is 0, and `whole`
    says why in a sentence."""

    count: int = 0
    params: int = 0
    last: str = ""
    columns: int = 0
    whole: str = ""

    def places(self, units: Iterable[int]) -> list[int]:
        """The inputs of the last layer that are of these units."""
        return [unit * self.columns + place for unit in units for place in range(self.columns)]


def width_of(block: nn.Module, branch: Branch) -> Width:
    found: Any = part(block, branch.name)
    if type(found) not in (*ATTENTIONS, *MLPS):
        return Width(whole=f"It is not known how to take a part of a {type(found).__name__}.")
    if branch.share is not None or branch.counts is not None:
        return Width(whole="It computes together with another branch.")
    if not isinstance(getattr(found, "norm", None) or nn.Identity(), nn.Identity):
        if isinstance(found, ATTENTIONS):
            return Width(whole="A norm is over all of its heads together.")
        return Width(whole="A norm is over all of its hidden neurons together.")
    held = [getattr(found, name) for name, _, _ in axes(found)]
    if any(isinstance(tensor, nn.Module) and type(tensor) is not nn.Linear for tensor in held):
        return Width(whole="Its layers are not plain linear ones.")
    count = unit_count(found)
    if getattr(found, "num_kv_heads", count) != count:
        return Width(whole="Several of its heads share their keys and values.")
    if count < 2:
        return Width(whole="It has one unit only.")
    last = "proj" if isinstance(found, ATTENTIONS) else "fc2"
    params = 0
    for tensor, (_, axis, _) in zip(held, axes(found), strict=True):
        if isinstance(tensor, nn.Linear):
            biased = axis == 0 and tensor.bias is not None
            params += tensor.weight.numel() + (tensor.out_features if biased else 0)
        elif isinstance(tensor, nn.Parameter):
            params += tensor.numel()
    columns = getattr(found, last).in_features // count
    return Width(count, params // count, f"{branch.name}.{last}", columns)


def site_width(module: nn.Module, site: str) -> tuple[nn.Module, Branch, Width]:
    """The block, branch and units of a site. Raises KeyError where there is none."""
    path, branch = branch_of(module, site)
    block = module.get_submodule(path)
    return block, branch, width_of(block, branch)


def left_by(plan: PruningPlan, site: str, count: int) -> Units:
    """The units of a site that stay."""
    gone = set(plan.units_of(site))
    return tuple(unit for unit in range(count) if unit not in gone)


def cut_units(module: nn.Module, left: Mapping[str, Sequence[int]]) -> None:
    """Leave these branches these of their units only, in place, and record it.

    Raises ModelUnsupported for a branch that is not there, cannot lose units, or has not all of these.
    """
    known = {f"{path}.{branch.name}" if path else branch.name: (block, branch) for path, block, branch in _here(module)}
    record: dict[str, Units] = dict(getattr(module, "narrowed", {}))
    for site, units in left.items():
        if site not in known:
            raise ModelUnsupported(f"{type(module).__name__} has no branch {site}.")
        width = width_of(*known[site])
        if not width.count or not units or not set(units) <= set(range(width.count)) or len(set(units)) < len(units):
            raise ModelUnsupported(f"{site} cannot be left with these units. {width.whole}".rstrip())
        found: Any = part(known[site][0], known[site][1].name)
        narrow(found, units)
        record[site] = found.left
    module.__dict__["narrowed"] = record


def units_left(module: nn.Module) -> dict[str, Units]:
    """What `cut_units` has left of branches that are still there, by the numbers that the units have in timm's model:
    `cut_units` with this makes the same structure of the whole model."""
    present = {f"{path}.{branch.name}" if path else branch.name for path, _, branch in _here(module)}
    record: dict[str, Units] = getattr(module, "narrowed", {})
    return {site: units for site, units in record.items() if site in present}


def _here(module: nn.Module) -> Iterable[tuple[str, nn.Module, Branch]]:
    """Branches that nothing stands for."""
    for path, block, family in find_blocks(module):
        for branch in family.branches_of(block):
            if not gone(block, branch) and not hasattr(part(block, branch.name), "form"):
                yield path, block, branch
