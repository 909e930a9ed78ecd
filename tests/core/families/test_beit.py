from __future__ import annotations

from typing import Any

from tests.core.families.conformance import FamilyConformance, build
from vitprune import PruningPlan, apply, describe

SMALL: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 48,
    "depth": 2,
    "num_heads": 3,
    "num_classes": 10,
}


class TestBeit(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "beit_base_patch16_224": ("beit_base_patch16_224", SMALL),
        "beit_large_patch16_512": ("beit_large_patch16_512", SMALL),
        "beitv2_base_patch16_224": ("beitv2_base_patch16_224", SMALL),
        "beitv2_large_patch16_224": ("beitv2_large_patch16_224", SMALL),
        "shared bias": (
            "beitv2_base_patch16_224",
            SMALL | {"use_rel_pos_bias": False, "use_shared_rel_pos_bias": True},
        ),
        "both biases": ("beitv2_base_patch16_224", SMALL | {"use_shared_rel_pos_bias": True}),
        "no gamma": ("beit_base_patch16_224", SMALL | {"init_values": None, "use_abs_pos_emb": True}),
        "swiglu": ("beit_base_patch16_224", SMALL | {"swiglu_mlp": True, "scale_mlp": True, "global_pool": "token"}),
    }


def test_a_shared_bias_stays_and_a_block_s_own_goes() -> None:
    model = build("beitv2_base_patch16_224", SMALL | {"use_shared_rel_pos_bias": True})
    pruned = apply(PruningPlan.of(describe(model), {"blocks.0.attn": "remove"}), model)
    tables = {name for name in pruned.state_dict() if name.endswith("relative_position_bias_table")}
    assert tables == {"rel_pos_bias.relative_position_bias_table", "blocks.1.attn.relative_position_bias_table"}
