from __future__ import annotations

from typing import Any

from tests.core.families.conformance import FamilyConformance

SMALL: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 48,
    "depth": 2,
    "num_heads": 3,
    "num_classes": 10,
}


class TestRelPos(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "vit_relpos_small_patch16_224": ("vit_relpos_small_patch16_224", SMALL),
        "vit_relpos_base_patch16_224": ("vit_relpos_base_patch16_224", SMALL),
        "vit_relpos_base_patch16_cls_224": ("vit_relpos_base_patch16_cls_224", SMALL),
        "vit_relpos_base_patch16_clsgap_224": ("vit_relpos_base_patch16_clsgap_224", SMALL),
        "vit_relpos_base_patch16_plus_240": ("vit_relpos_base_patch16_plus_240", SMALL),
        "vit_srelpos_small_patch16_224": ("vit_srelpos_small_patch16_224", SMALL),
        "swin's mlp": ("vit_relpos_small_patch16_224", SMALL | {"rel_pos_type": "mlp-swin", "init_values": 0.5}),
        "table": ("vit_relpos_small_patch16_224", SMALL | {"rel_pos_type": "bias"}),
        "shared table, class token": (
            "vit_relpos_base_patch16_cls_224",
            SMALL | {"rel_pos_type": "bias", "shared_rel_pos": True},
        ),
    }


class TestResPostRelPos(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "vit_relpos_small_patch16_rpn_224": ("vit_relpos_small_patch16_rpn_224", SMALL),
        "vit_relpos_base_patch32_plus_rpn_256": ("vit_relpos_base_patch32_plus_rpn_256", SMALL),
        "class token": (
            "vit_relpos_small_patch16_rpn_224",
            SMALL | {"class_token": True, "global_pool": "token", "shared_rel_pos": True},
        ),
    }
