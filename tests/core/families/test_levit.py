from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.core.families.conformance import FamilyConformance, build, images
from vitprune import PruningPlan, apply, describe
from vitprune.errors import PlanInvalid

SMALL = {
    "img_size": 64,
    "embed_dim": (32, 48, 64),
    "key_dim": 8,
    "depth": (1, 2, 0),
    "num_heads": (2, 3, 4),
    "num_classes": 10,
}


class TestLevit(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "levit_128s": ("levit_128s", SMALL),
        "levit_192": ("levit_192", SMALL | {"attn_ratio": 4.0, "down_op": "avgpool"}),
        "levit_256d": ("levit_256d", SMALL),  # not distilled
        "levit_384_s8": ("levit_384_s8", SMALL | {"img_size": 32}),
        "levit_512": ("levit_512", SMALL | {"mlp_ratio": 3.0, "drop_path_rate": 0.1}),
        "levit_512_s8": ("levit_512_s8", SMALL | {"img_size": 48, "act_layer": "gelu"}),
        "levit_conv_128s": ("levit_conv_128s", SMALL),
        "levit_conv_256": ("levit_conv_256", SMALL | {"attn_act_layer": "gelu"}),
        "levit_conv_384_s8": ("levit_conv_384_s8", SMALL | {"img_size": 32}),
        "levit_conv_512d": ("levit_conv_512d", SMALL),
    }

    def zero_branch(self, block: Any, branch: str) -> list[Any]:
        if branch == "mlp" and hasattr(block, "attn_downsample"):
            return [block.drop_path.register_forward_hook(lambda *call: torch.zeros_like(call[-1]))]
        return super().zero_branch(block, branch)

    def tokens(self, stream: Tensor) -> Tensor:
        return super().tokens(stream.flatten(2).mT if stream.ndim == 4 else stream)


def test_a_downsampling_block_keeps_its_attention() -> None:
    architecture = describe(build("levit_128s", SMALL))
    assert [site.id for site in architecture.children("stages.1.downsample")] == ["stages.1.downsample.mlp"]
    with pytest.raises(PlanInvalid, match="halves the resolution"):
        PruningPlan.of(architecture, {"stages.1.downsample": "remove"})


def test_cached_attention_biases_are_those_of_the_weights() -> None:
    """The model has run, and so has its caches; the pruned one must follow its own weights all the same."""
    model = build("levit_128s", SMALL)
    architecture = describe(model)
    batch = images(architecture)
    with torch.inference_mode():
        dense = model(batch)
    plan = PruningPlan.of(architecture, {"stages.1.blocks.0.attn": "remove", "stages.1.blocks.1.mlp": "remove"})
    pruned = apply(plan, model)
    biases: Any = pruned.get_submodule("stages.1.blocks.1.attn").attention_biases
    with torch.inference_mode():
        before = pruned(batch)
    pruned.train()
    with torch.no_grad():
        biases.normal_(std=3)
    pruned.eval()
    with torch.inference_mode():
        after = pruned(batch)
        assert torch.equal(model(batch), dense)
    assert not torch.allclose(before, after)
    fresh = apply(plan, build("levit_128s", SMALL))
    fresh.load_state_dict(pruned.state_dict())
    with torch.inference_mode():
        assert torch.equal(fresh(batch), after)
