"""Models of other modules of timm that are built from the blocks of ViT and EVA."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from tests.core.families.attention_pools import WithAttentionPool
from tests.core.families.conformance import FamilyConformance, build, images
from vitprune import PruningPlan, apply, describe, score

NARROW: dict[str, Any] = {"embed_dim": 48, "depth": 2, "num_heads": 3, "num_classes": 10}
SQUARE = NARROW | {"pretrained_cfg_overlay": {"input_size": [3, 64, 64]}}
PIT: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "stride": 4,
    "base_dims": [16, 16, 16],
    "depth": [1, 1, 2],
    "num_classes": 10,
}
QWEN: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 64,
    "depth": 2,
    "num_heads": 4,
    "pos_embed_grid_size": 3,
}


class TestHybrid(FamilyConformance):
    """Vision transformers behind a convolutional network."""

    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "vit_tiny_r_s16_p8_224": ("vit_tiny_r_s16_p8_224", NARROW | {"img_size": 32}),
        "vit_small_resnet26d_224": ("vit_small_resnet26d_224", NARROW | {"img_size": 64}),
        "vit_base_mci_224": ("vit_base_mci_224", {"img_size": 64, "depth": 2, "num_classes": 10}),
        "vitamin_small_224": ("vitamin_small_224", {"img_size": 32, "depth": 2, "num_classes": 10}),
        "vitamin, no positions": (
            "vitamin_small_224",
            {"img_size": 32, "depth": 2, "num_classes": 10, "pos_embed": "none"},
        ),
    }


class TestPit(FamilyConformance):
    """A stream of its own length and width for every stage."""

    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "pit_ti_224": ("pit_ti_224", PIT),
        "pit_ti_distilled_224": ("pit_ti_distilled_224", PIT),
    }


def test_mobilevit_cuts_its_stream_into_pieces() -> None:
    """It has many blocks, and no argument that makes them fewer."""
    model = build("mobilevit_xxs", {"img_size": 64, "num_classes": 10})
    architecture = describe(model)
    path = "stages.2.1.transformer.0"
    plan = PruningPlan.of(architecture, dict.fromkeys([f"{path}.attn", "stages.4.1.transformer.1"], "remove"))
    batch = images(architecture)
    found = apply(plan, model)(batch)
    scores = score(model, [batch])["cosine"]
    seen: list[Tensor] = []
    block: Any = model.get_submodule(path)
    handles = [block.norm1.register_forward_pre_hook(lambda _, args: seen.append(args[0]))]
    handles += [block.norm2.register_forward_pre_hook(lambda _, args: seen.append(args[0]))]
    with TestPit().without(model, architecture, plan):
        torch.testing.assert_close(found, model(batch), rtol=1e-5, atol=1e-6)
    seen.clear()
    model(batch)
    for handle in handles:
        handle.remove()
    # (images * pieces, tokens of a piece, width), the pieces of an image side by side
    expected = F.cosine_similarity(seen[0].double(), seen[1].double(), dim=-1).view(len(batch), -1).mean(1)
    per_image = torch.from_numpy(scores[f"{path}.attn"].per_image.copy())
    torch.testing.assert_close(per_image, expected, rtol=0, atol=3e-6)


class TestNaFlex(WithAttentionPool):
    """At one size."""

    MODELS = {
        "naflexvit_base_patch16_gap": ("naflexvit_base_patch16_gap", SQUARE),
        "naflexvit_base_patch16_map": ("naflexvit_base_patch16_map", SQUARE),
        "naflexvit_base_patch16_siglip": ("naflexvit_base_patch16_siglip", SQUARE),
        "naflexvit_base_patch16_par_gap": ("naflexvit_base_patch16_par_gap", SQUARE),
        "naflexvit_base_patch16_parfac_gap": ("naflexvit_base_patch16_parfac_gap", SQUARE),
        "naflexvit_base_patch16_radio_v3": ("naflexvit_base_patch16_radio_v3", SQUARE),
        "naflexvit_huge_patch16_radio_v4": ("naflexvit_huge_patch16_radio_v4", SQUARE),
        "naflexvit_so150m2_patch16_reg1_gap": ("naflexvit_so150m2_patch16_reg1_gap", SQUARE),
        "naflexvit_so150m2_patch16_reg1_map": ("naflexvit_so150m2_patch16_reg1_map", SQUARE),
        "differential attention": ("naflexvit_base_patch16_gap", SQUARE | {"attn_layer": "diff"}),
        "swiglu": ("naflexvit_base_patch16_gap", SQUARE | {"swiglu_mlp": True, "attn_gated": True}),
        "rope": ("naflexvit_base_patch16_map", SQUARE | {"rope_type": "axial", "init_values": 0.5}),
        "a rope for each block": ("naflexvit_base_patch16_map", SQUARE | {"rope_type": "mixed"}),
    }


class TestQwen3(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "qwen3_vit_88m": ("qwen3_vit_88m", QWEN | {"num_classes": 10}),
        "qwen3_vit_88m_merge": ("qwen3_vit_88m_merge", QWEN | {"num_classes": 10}),
        "qwen3_vit_88m_enc": ("qwen3_vit_88m_enc", QWEN | {"out_features": 16}),
    }
