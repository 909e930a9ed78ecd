from __future__ import annotations

import torch
from torch import Tensor

from tests.core.families.conformance import FamilyConformance, build
from vitprune import PruningPlan, apply, describe

SMALL = {"img_size": 64, "init_channels": 8, "embed_dim": 48, "depth": (1, 2, 1), "num_heads": 3, "num_classes": 10}


class TestVisformer(FamilyConformance):
    EXITS = {"attn": ("drop_path", 0), "mlp": ("drop_path", 1)}
    MODELS = {
        "visformer_tiny": ("visformer_tiny", SMALL),
        "visformer_small": ("visformer_small", SMALL | {"init_channels": None, "attn_stage": "111"}),
        "visformer_tiny of convolutions": (
            "visformer_tiny",
            SMALL | {"attn_stage": "001", "spatial_conv": "110", "use_pos_embed": False},
        ),
    }

    def zero_branch(self, block: torch.nn.Module, branch: str) -> list[object]:
        if branch == "mlp" and getattr(block, "attn", None) is None:
            exit_ = block.get_submodule("drop_path")
            return [exit_.register_forward_hook(lambda *call: torch.zeros_like(call[-1]))]
        return super().zero_branch(block, branch)

    def tokens(self, stream: Tensor) -> Tensor:
        return super().tokens(stream.flatten(2).mT)


def test_a_block_without_attention_has_none_to_lose() -> None:
    model = build("visformer_tiny", SMALL)
    architecture = describe(model)
    assert [site.id for site in architecture.children("stage1.0")] == ["stage1.0.mlp"]
    pruned = apply(PruningPlan.of(architecture, {"stage2.0.attn": "remove"}), model)
    assert [site.id for site in describe(pruned).children("stage2.0")] == ["stage2.0.mlp"]
    assert [site.id for site in describe(pruned).children("stage1.0")] == ["stage1.0.mlp"]
