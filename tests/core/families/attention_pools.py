"""Conformance of families whose models may end in an attention pool."""

from __future__ import annotations

from typing import Any

import torch
from timm.layers.attention_pool import AttentionPoolLatent
from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance


class WithAttentionPool(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}

    def zero_branch(self, block: nn.Module, branch: str) -> list[Any]:
        if isinstance(block, AttentionPoolLatent):
            return [block.get_submodule(branch).register_forward_hook(zero)]
        return super().zero_branch(block, branch)


def zero(_: nn.Module, __: object, output: Tensor) -> Tensor:
    return torch.zeros_like(output)
