"""A plan as ptblop has it: the path of each block to which of its two layers are used."""

from __future__ import annotations

from timm.models.vision_transformer import Block
from torch import nn

from vitprune.errors import ExportFailed
from vitprune.families import find_blocks, gone
from vitprune.lossless import recorded
from vitprune.plan import Action, PruningPlan, Target
from vitprune.surgery import replacements_in
from vitprune.width.units import units_left

_KEYS = {"attn": "use_attention", "mlp": "use_mlp"}
_HINT = "Export without the ptblop configuration."


def configuration(module: nn.Module, plan: PruningPlan, *, trained: bool = False) -> dict[str, dict[str, bool]]:
    """Of a pruned model, as `ptblop.apply_bp_config_in_place` takes it for timm's whole one. ptblop knows timm's
    `vision_transformer.Block` alone, and takes layers out without putting anything in their place.

    Raises ExportFailed for what cannot be said so.
    """
    if trained:
        raise ExportFailed("ptblop takes timm's own weights; those of this model were trained.", hint=_HINT)
    if rewritten := recorded(module):
        raise ExportFailed(f"ptblop cannot say what was rewritten: {', '.join(rewritten)}.", hint=_HINT)
    blocks = list(find_blocks(module))
    if other := [(path, family.block) for path, _, family in blocks if family.block is not Block]:
        path, kind = other[0]
        raise ExportFailed(f"ptblop knows timm's ViT blocks alone; {path} is of class {kind.__name__}.", hint=_HINT)
    if narrowed := sorted(units_left(module)):
        raise ExportFailed(
            f"ptblop takes whole layers out; {narrowed[0]} has lost a part of its heads or neurons.", hint=_HINT
        )
    repaired = {*replacements_in(module), *(site for site, action in plan.actions if action is not Action.REMOVE)}
    if repaired or (len(plan) and plan.target is Target.MODEL):
        what = f"{min(repaired)} is" if repaired else "branches that stay are"
        raise ExportFailed(
            f"ptblop takes layers out and repairs nothing; {what} fitted to images in this plan.",
            hint="Make the same plan without repair (plan --repair none), or export without the ptblop configuration.",
        )
    return {
        path: {_KEYS[branch.name]: not gone(block, branch) for branch in family.branches_of(block)}
        for path, block, family in blocks
    }
