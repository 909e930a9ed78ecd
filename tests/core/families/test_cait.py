from __future__ import annotations

from tests.core.families.conformance import FamilyConformance, build, images
from vitprune import describe, score

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2, "num_classes": 10}


class TestCait(FamilyConformance):
    EXITS = {"attn": ("drop_path", 0), "mlp": ("drop_path", 1)}
    STREAM = -1  # patches alone, or patches and the class token
    MODELS = {
        "cait_xxs24_224": ("cait_xxs24_224", SMALL),
        "cait_xxs36_384": ("cait_xxs36_384", SMALL | {"num_heads": 4, "depth_token_only": 1}),
        "cait_s24_224": ("cait_s24_224", SMALL | {"qkv_bias": False}),
        "cait_xs24_384": ("cait_xs24_384", SMALL | {"patch_size": 16, "mlp_ratio": 2.0}),
        "cait_m36_384": ("cait_m36_384", SMALL | {"depth_token_only": 3}),
        "cait_m48_448": ("cait_m48_448", SMALL | {"drop_path_rate": 0.1, "embed_dim": 48}),
    }


def test_only_the_class_blocks_have_a_class_token() -> None:
    model = build("cait_xxs24_224", SMALL)
    scores = score(model, [images(describe(model))], tokens=("all", "cls"))
    of_class_token = {site for site in scores["cosine@cls"] if site in scores["cosine"]}
    assert of_class_token == {site for site in scores["cosine"] if site.startswith("blocks_token_only.")}
