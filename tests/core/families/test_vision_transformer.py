from __future__ import annotations

from tests.core.families.attention_pools import WithAttentionPool
from tests.core.families.conformance import FamilyConformance

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 2, "num_heads": 3, "num_classes": 10}
SCALED = SMALL | {"init_values": 0.5}  # as timm's 1e-5, but with an effect


class TestViT(WithAttentionPool):
    MODELS = {
        name: (name, SMALL)
        for name in (
            "vit_tiny_patch16_224",
            "deit_tiny_patch16_224",
            "deit_tiny_distilled_patch16_224",
            "deit3_small_patch16_224",
            "flexivit_small",
            "aimv2_large_patch14_224",
            "beit3_base_patch16_224",
            "eva_large_patch14_196",
            "test_vit2",
            "test_vit3",
            "test_vit4",
            "vit_small_patch14_dinov2",
            "vit_small_patch14_reg4_dinov2",
            "vit_giant_patch14_dinov2",
            "vit_giant_patch14_reg4_dinov2",
            "vit_base_patch14_reg1_tipsv2",
            "vit_giant_patch14_reg1_tipsv2",
            "vit_base_patch16_224_miil",
            "vit_base_patch16_clip_224",
            "vit_base_patch16_clip_quickgelu_224",
            "vit_base_patch16_gap_224",
            "vit_base_patch16_plus_240",
            "vit_base_patch16_radio_v3",
            "vit_huge_patch16_radio_v3",
            "vit_huge_patch16_radio_v4",
            "vit_base_patch16_reg4_gap_256",
            "vit_base_patch16_siglip_224",
            "vit_base_patch32_siglip_256",
            "vit_base_patch16_siglip_gap_224",
            "vit_base_patch32_siglip_gap_256",
            "vit_huge_patch14_224",
            "vit_huge_patch14_gap_224",
            "vit_intern300m_patch14_448",
            "vit_medium_patch16_gap_240",
            "vit_wee_patch16_reg1_gap_256",
            "vit_little_patch16_reg4_gap_256",
            "vit_dwee_patch16_reg1_gap_256",
            "vit_so150m_patch16_reg4_gap_256",
            "vit_so150m2_patch16_reg1_gap_256",
            "vit_so150m_patch16_reg4_map_256",
        )
    } | {
        "deep": ("vit_small_patch16_36x1_224", SCALED),
        "norms inside": ("vit_tiny_patch16_224", SMALL | {"scale_attn_norm": True, "scale_mlp_norm": True}),
        "patch refinement pool": ("vit_tiny_patch16_224", SMALL | {"global_pool": "prr"}),
        "differential attention": ("vit_tiny_patch16_224", SCALED | {"attn_layer": "diff", "qk_norm": True}),
        "no head": ("vit_base_patch16_clip_224", SMALL | {"num_classes": 0}),
        "any size": ("vit_tiny_patch16_224", SMALL | {"dynamic_img_size": True}),
    }


class TestResPostViT(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {"vit_base_patch16_rpn_224": ("vit_base_patch16_rpn_224", SMALL)}
