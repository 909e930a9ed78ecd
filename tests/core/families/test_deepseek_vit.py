from __future__ import annotations

from typing import Any

from tests.core.families.conformance import FamilyConformance

SMALL: dict[str, Any] = {"img_size": 32, "patch_size": 8, "embed_dim": 64, "depth": 2, "num_heads": 4}


class TestDeepseekVit(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "deepseek_vit_412m": ("deepseek_vit_412m", SMALL | {"num_classes": 10}),
        "deepseek_vit_412m_align": ("deepseek_vit_412m_align", SMALL | {"num_classes": 10, "out_features": 16}),
        "deepseek_vit_412m_enc": ("deepseek_vit_412m_enc", SMALL | {"out_features": 16}),
    }
