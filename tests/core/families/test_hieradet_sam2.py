from __future__ import annotations

from tests.core.families.conformance import FamilyConformance

# Images of 896 pixels and more on a coarse grid, so that there are few tokens.
COARSE = {"patch_kernel": (32, 32), "patch_stride": (32, 32), "patch_padding": (0, 0), "num_classes": 10}
SMALL = COARSE | {"embed_dim": 16, "num_heads": 1, "stages": (1, 1, 2, 1), "global_att_blocks": (3,)}


class TestHieraDet(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "hieradet_small": ("hieradet_small", SMALL | {"patch_kernel": (8, 8), "patch_stride": (8, 8)}),  # layer scale
        "sam2_hiera_tiny": ("sam2_hiera_tiny", SMALL | {"window_spec": (4, 4, 5, 3)}),  # windows that need padding
        "sam2_hiera_base_plus": ("sam2_hiera_base_plus", SMALL | {"window_spec": (4, 4, 14, 7), "q_pool": 2}),
        "sam2_hiera_large": (
            "sam2_hiera_large",
            SMALL | {"stages": (2, 1, 1, 1), "global_att_blocks": (1,), "drop_path_rate": 0.1},
        ),
    }
