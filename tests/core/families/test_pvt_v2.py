from __future__ import annotations

from tests.core.families.conformance import Arguments, FamilyConformance


def small(*heads: int, **more: object) -> Arguments:
    """Eight channels a head."""
    dims = [8 * count for count in heads]
    return {"embed_dims": dims, "num_heads": heads, "depths": (2, 1), "num_classes": 10, **more}


class TestPvtV2(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "pvt_v2_b0": ("pvt_v2_b0", small(1, 2)),
        "pvt_v2_b1": ("pvt_v2_b1", small(2, 4)),
        "pvt_v2_b2": ("pvt_v2_b2", small(2, 2, sr_ratios=(4, 1), mlp_ratios=(2, 4))),
        "pvt_v2_b2_li": ("pvt_v2_b2_li", small(1, 4)),
        "pvt_v2_b5": ("pvt_v2_b5", small(2, 3, qkv_bias=False)),
    }
