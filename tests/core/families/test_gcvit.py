from __future__ import annotations

from tests.core.families.conformance import FamilyConformance

SMALL = {"img_size": 32, "embed_dim": 16, "mlp_ratio": 2, "layer_scale": 0.5, "num_classes": 10}


class TestGlobalContextViT(FamilyConformance):
    """timm fixes the depths."""

    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "gcvit_xxtiny": ("gcvit_xxtiny", SMALL),
    }
