from __future__ import annotations

from tests.core.families.attention_pools import WithAttentionPool
from tests.core.families.conformance import FamilyConformance

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 2, "num_heads": 3, "num_classes": 10}
GROUPED = SMALL | {"num_heads": 4, "embed_dim": 64, "num_kv_heads": [4, 2]}


class TestEva(WithAttentionPool):
    MODELS = {
        name: (name, SMALL)
        for name in (
            "eva02_tiny_patch14_224",
            "eva02_tiny_patch14_336",
            "eva02_base_patch14_224",
            "eva02_base_patch14_448",
            "eva02_base_patch16_clip_224",
            "eva_giant_patch14_224",
            "vit_small_patch16_dinov3",
            "vit_small_patch16_dinov3_qkvb",
            "vit_small_plus_patch16_dinov3",
            "vit_small_plus_patch16_dinov3_qkvb",
            "vit_7b_patch16_dinov3",
            "vit_small_patch16_lingbot",
            "vit_giant_patch16_lingbot",
            "vit_small_patch16_rope_224",
            "vit_small_patch16_rope_ape_224",
            "vit_small_patch16_rope_mixed_224",
            "vit_small_patch16_rope_mixed_ape_224",
            "vit_base_patch16_rope_reg1_gap_256",
            "vit_betwixt_patch16_rope_reg4_gap_256",
            "vit_mediumd_patch16_rope_reg1_gap_256",
            "vit_pe_core_tiny_patch16_384",
            "vit_pe_core_large_patch14_336",
            "vit_pe_core_gigantic_patch14_448",
            "vit_pe_lang_large_patch14_448",
            "vit_pe_lang_gigantic_patch14_448",
            "vit_pe_spatial_tiny_patch16_512",
            "vit_pe_spatial_gigantic_patch14_448",
        )
    } | {
        "vit_base_patch16_sapiens2": ("vit_base_patch16_sapiens2", GROUPED),
        "vit_5b_patch16_sapiens2": ("vit_5b_patch16_sapiens2", GROUPED),
    }


class TestEvaPostNorm(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "eva02_enormous_patch14_clip_224": ("eva02_enormous_patch14_clip_224", SMALL),
        "eva_giant_patch14_clip_224": ("eva_giant_patch14_clip_224", SMALL),
        "swiglu, rope": ("eva02_tiny_patch14_224", SMALL | {"use_post_norm": True}),
    }
