from __future__ import annotations

from tests.core.families.conformance import FamilyConformance

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 3, "num_heads": 3, "num_classes": 10}


class TestViT(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "vit_tiny_patch16_224": ("vit_tiny_patch16_224", SMALL),
        "deit_tiny_distilled_patch16_224": ("deit_tiny_distilled_patch16_224", SMALL),
    }
