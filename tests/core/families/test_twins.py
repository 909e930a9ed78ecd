from __future__ import annotations

from tests.core.families.conformance import Arguments, FamilyConformance


def small(*heads: int, **more: object) -> Arguments:
    """Eight channels a head."""
    return {
        "img_size": 32,
        "embed_dims": [8 * count for count in heads],
        "num_heads": list(heads),
        "depths": [2, 1],
        "num_classes": 10,
        **more,
    }


class TestTwins(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "twins_pcpvt_small": ("twins_pcpvt_small", small(1, 2)),
        "twins_pcpvt_base": ("twins_pcpvt_base", small(1, 2, sr_ratios=[4, 2])),
        "twins_pcpvt_large": ("twins_pcpvt_large", small(2, 2, mlp_ratios=[2, 4])),
        "twins_svt_small": ("twins_svt_small", small(2, 4)),
        "twins_svt_base": ("twins_svt_base", small(3, 6, wss=[4, 2])),
        "twins_svt_large": ("twins_svt_large", small(4, 8, depths=[2, 2])),
    }
