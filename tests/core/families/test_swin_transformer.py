from __future__ import annotations

import torch

from tests.core.families.conformance import Arguments, FamilyConformance, build
from vitprune import PruningPlan, apply, describe


def small(width: int, **more: object) -> Arguments:
    """Two stages, the first with a block of shifted windows."""
    return {"img_size": 32, "embed_dim": width, "depths": (2, 1), "num_classes": 10, **more}


class TestSwin(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "swin_tiny_patch4_window7_224": ("swin_tiny_patch4_window7_224", small(24)),
        "swin_small_patch4_window7_224": ("swin_small_patch4_window7_224", small(24, window_size=3)),
        "swin_base_patch4_window7_224": ("swin_base_patch4_window7_224", small(32, window_size=(4, 2))),
        "swin_base_patch4_window12_384": ("swin_base_patch4_window12_384", small(32, always_partition=True)),
        "swin_large_patch4_window7_224": ("swin_large_patch4_window7_224", small(48, head_dim=4)),
        "swin_large_patch4_window12_384": (
            "swin_large_patch4_window12_384",
            small(48, window_size=2, strict_img_size=False),
        ),
        "swin_s3_tiny_224": ("swin_s3_tiny_224", small(24, window_size=(7, 2))),
        "swin_s3_small_224": ("swin_s3_small_224", small(24, img_size=64, depths=(1, 2, 1, 1))),
        "swin_s3_base_224": ("swin_s3_base_224", small(24, window_size=2, img_size=(32, 48), qkv_bias=False)),
    }

    def test_mask_of_shifted_windows_goes_with_the_attention(self) -> None:
        model = build("swin_tiny_patch4_window7_224", small(24, window_size=4))
        architecture = describe(model)
        pruned = apply(PruningPlan.of(architecture, {"layers.0.blocks.1.attn": "remove"}), model)
        assert torch.is_tensor(model.get_submodule("layers.0.blocks.1").attn_mask)
        assert pruned.get_submodule("layers.0.blocks.1").attn_mask is None
        assert describe(pruned, architecture.input_size).macs < architecture.macs
