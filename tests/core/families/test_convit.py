from __future__ import annotations

from tests.core.families.conformance import FamilyConformance, build, images
from vitprune import describe, score

SMALL = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 16,
    "num_heads": 3,
    "depth": 3,
    "local_up_to_layer": 2,
    "num_classes": 10,
}


class TestConvit(FamilyConformance):
    EXITS = {"attn": ("drop_path", 0), "mlp": ("drop_path", 1)}
    MODELS = {
        "convit_tiny": ("convit_tiny", SMALL),
        "convit_small": ("convit_small", SMALL | {"num_heads": 4, "qkv_bias": True, "global_pool": "avg"}),
        "convit_base": ("convit_base", SMALL | {"use_pos_embed": False, "drop_path_rate": 0.1}),
    }


def test_the_class_token_is_there_from_the_first_plain_attention_on() -> None:
    model = build("convit_tiny", SMALL)
    scores = score(model, [images(describe(model))], tokens=("all", "cls"))
    assert set(scores["cosine@cls"]) == {site for site in scores["cosine"] if site.startswith("blocks.2")}
