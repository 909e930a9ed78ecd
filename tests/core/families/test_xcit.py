from __future__ import annotations

from typing import Any

import torch
from timm.models.xcit import ClassAttentionBlock
from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance, build, cosine
from tests.core.families.streams import seen
from vitprune import PruningPlan, apply, describe
from vitprune.architecture import Architecture

SMALL = {"img_size": 32, "embed_dim": 32, "depth": 2, "num_heads": 2, "num_classes": 10}


class TestXcit(FamilyConformance):
    EXITS = {"attn": "drop_path1", "local_mp": "drop_path3", "mlp": "drop_path2"}
    MODELS = {
        "xcit_nano_12_p8_224": ("xcit_nano_12_p8_224", SMALL),  # normalises the class token alone
        "xcit_nano_12_p16_384": ("xcit_nano_12_p16_384", SMALL | {"cls_attn_layers": 1}),
        "xcit_tiny_12_p8_224": ("xcit_tiny_12_p8_224", SMALL),
        "xcit_tiny_24_p16_224": ("xcit_tiny_24_p16_224", SMALL | {"img_size": 64}),
        "xcit_small_12_p16_224": ("xcit_small_12_p16_224", SMALL | {"img_size": 64, "use_pos_embed": False}),
        "xcit_medium_24_p8_224": ("xcit_medium_24_p8_224", SMALL | {"num_heads": 4}),
        "xcit_large_24_p8_384": ("xcit_large_24_p8_384", SMALL | {"embed_dim": 48, "drop_path_rate": 0.1}),
    }

    def cosines(self, model: nn.Module, architecture: Architecture, batch: Tensor) -> dict[str, Tensor]:
        """The norm between the branches of a class block is on the stream, so no output shows it between them."""
        found = super().cosines(model, architecture, batch)
        for block in architecture.blocks:
            if isinstance(model.get_submodule(block.id), ClassAttentionBlock):
                (before,), (attended, added, after) = seen(model, batch, block.id, "drop_path1", "drop_path2", "")
                found[f"{block.id}.attn"] = cosine(before, before + attended)
                found[f"{block.id}.mlp"] = cosine(after - added, after)
        return found


def test_the_norm_on_the_stream_of_a_class_block_stays_until_the_block_goes() -> None:
    model = build("xcit_tiny_12_p8_224", SMALL)
    architecture = describe(model)
    branches = ["cls_attn_blocks.1.attn", "cls_attn_blocks.1.mlp"]
    x = torch.randn(2, 17, 32)
    pruned = apply(PruningPlan.of(architecture, dict.fromkeys(branches, "remove")), model)
    block = pruned.get_submodule("cls_attn_blocks.1")
    norm: Any = model.get_submodule("cls_attn_blocks.1.norm2")
    torch.testing.assert_close(block(x), norm(x))
    whole = apply(PruningPlan.of(architecture, {"cls_attn_blocks.1": "remove"}), model)
    assert whole.get_submodule("cls_attn_blocks.1")(x) is x
