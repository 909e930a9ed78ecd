from __future__ import annotations

from typing import Any

from tests.core.families.conformance import FamilyConformance

SMALL: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 48,
    "depth": 2,
    "num_heads": 3,
    "head_dim": 16,
    "intermediate_size": 96,
    "position_embedding_size": 16,
    "pooling_kernel_size": 2,
}


class TestGemma4Vit(FamilyConformance):
    EXITS = {"attn": "norm2", "mlp": "norm4"}
    MODELS = {
        "gemma4_vit_167m": ("gemma4_vit_167m", SMALL | {"num_classes": 10}),
        "gemma4_vit_570m": ("gemma4_vit_570m", SMALL | {"num_classes": 10}),
        "gemma4_vit_167m_enc": ("gemma4_vit_167m_enc", SMALL),
        "gemma4_vit_570m_enc": ("gemma4_vit_570m_enc", SMALL),
        "fewer keys": ("gemma4_vit_167m", SMALL | {"num_classes": 10, "num_kv_heads": 1, "use_clipped_linears": True}),
    }
