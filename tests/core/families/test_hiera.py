from __future__ import annotations

import pytest

from tests.core.families.conformance import FamilyConformance, build
from vitprune import PruningPlan, describe
from vitprune.errors import PlanInvalid

SMALL = {"img_size": (64, 64), "embed_dim": 16, "stages": (1, 1, 2, 1), "num_classes": 10}
POSITIONS = {"global_pos_size": (8, 8)}


class TestHiera(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "hiera_tiny_224": ("hiera_tiny_224", SMALL),
        "hiera_base_plus_224": ("hiera_base_plus_224", SMALL | {"stages": (1, 2, 1, 1), "q_pool": 2}),
        "hiera_large_224": ("hiera_large_224", SMALL | {"num_heads": 1, "mlp_ratio": 2.0, "drop_path_rate": 0.1}),
        "hiera_small_abswin_256": ("hiera_small_abswin_256", SMALL | POSITIONS),  # a shortcut without a projection
        "hiera_base_abswin_256": ("hiera_base_abswin_256", SMALL | POSITIONS | {"stages": (2, 1, 1, 1)}),
    }


@pytest.mark.parametrize("name", ["hiera_tiny_224", "hiera_small_abswin_256"])
def test_what_feeds_the_shortcut_of_a_widening_block_is_not_the_attentions(name: str) -> None:
    model = build(name, SMALL | (POSITIONS if "abswin" in name else {}))
    architecture = describe(model)
    block = model.get_submodule("blocks.1")
    left = {"blocks.1.norm1", "blocks.1.proj"} if "abswin" not in name else set()
    owned = sum(p.numel() for part in ("norm1", "attn", "ls1") for p in block.get_submodule(part).parameters())
    if left:
        owned -= sum(p.numel() for p in block.get_submodule("norm1").parameters())
    assert architecture.by_id["blocks.1.attn"].params == owned
    with pytest.raises(PlanInvalid, match="widens the stream"):
        PruningPlan.of(architecture, {"blocks.1": "remove"})
