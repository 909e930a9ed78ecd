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
    "neck_chans": 16,
    "window_size": 3,  # of a side of 4: windows are padded
    "global_attn_indexes": [1],
}


class TestSam(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "samvit_base_patch16": ("samvit_base_patch16", SMALL),
        "samvit_large_patch16": ("samvit_large_patch16", SMALL | {"global_attn_indexes": [0]}),
        "samvit_base_patch16_224": ("samvit_base_patch16_224", SMALL),
        "windows that fit": ("samvit_base_patch16_224", SMALL | {"window_size": 2, "init_values": 0.5}),
        "rope": (
            "samvit_base_patch16_224",
            SMALL | {"use_rope": True, "use_rel_pos": False, "num_heads": 3, "neck_chans": 0},
        ),
    }
