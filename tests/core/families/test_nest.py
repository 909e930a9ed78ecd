from __future__ import annotations

from tests.core.families.conformance import FamilyConformance

SMALL = {"img_size": 32, "mlp_ratio": 2, "num_classes": 10}


class TestNest(FamilyConformance):
    """timm fixes the widths and depths."""

    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "nest_tiny_jx": ("nest_tiny_jx", SMALL),
    }
