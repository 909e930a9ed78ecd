from __future__ import annotations

from tests.core.families.conformance import FamilyConformance
from tests.core.families.test_swin_transformer import small


class TestSwinV2(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "swinv2_tiny_window8_256": ("swinv2_tiny_window8_256", small(24, window_size=3)),
        "swinv2_tiny_window16_256": ("swinv2_tiny_window16_256", small(24)),
        "swinv2_small_window8_256": ("swinv2_small_window8_256", small(24, window_size=4, img_size=(32, 48))),
        "swinv2_small_window16_256": ("swinv2_small_window16_256", small(24, qkv_bias=False)),
        "swinv2_base_window8_256": ("swinv2_base_window8_256", small(32, window_size=(4, 2))),
        "swinv2_base_window12_192": ("swinv2_base_window12_192", small(32, window_size=2, always_partition=True)),
        "swinv2_base_window12to16_192to256": (
            "swinv2_base_window12to16_192to256",
            small(32, pretrained_window_sizes=(6, 3)),
        ),
        "swinv2_base_window12to24_192to384": (
            "swinv2_base_window12to24_192to384",
            small(32, window_size=4, strict_img_size=False),
        ),
        "swinv2_large_window12to16_192to256": ("swinv2_large_window12to16_192to256", small(48)),
    }
