from __future__ import annotations

import torch
from torch import Tensor, nn

from tests.core.families.conformance import BATCH, FamilyConformance, build, cosine, images
from tests.core.families.streams import seen
from vitprune import describe, score
from vitprune.architecture import Architecture

SMALL = {
    "img_size": 32,
    "patch_size": 16,
    "embed_dim": 48,
    "inner_dim": 16,
    "depth": 2,
    "num_heads_inner": 2,
    "num_heads_outer": 3,
    "num_classes": 10,
}


class TestTnt(FamilyConformance):
    EXITS = {
        "attn_in": ("drop_path", 0),
        "mlp_in": ("drop_path", 1),
        "attn_out": ("drop_path", 2),
        "mlp": ("drop_path", 3),
    }
    STREAM = 1
    MODELS = {
        "tnt_s_patch16_224": ("tnt_s_patch16_224", SMALL),
        "tnt_s_legacy_patch16_224": ("tnt_s_legacy_patch16_224", SMALL),
        "tnt_b_patch16_224": ("tnt_b_patch16_224", SMALL | {"qkv_bias": True, "global_pool": "avg"}),
    }

    def cosines(self, model: nn.Module, architecture: Architecture, batch: Tensor) -> dict[str, Tensor]:
        """The first two branches work on pixels, which are not the block's stream."""
        found = super().cosines(model, architecture, batch)
        for block in architecture.blocks:
            (pixels, _), (attended, mixed, *_) = seen(model, batch, block.id, "drop_path")
            after = [pixels, pixels + attended, pixels + attended + mixed]
            for name, x, y in zip(("attn_in", "mlp_in"), after, after[1:], strict=False):
                found[f"{block.id}.{name}"] = cosine(self.tokens(x), self.tokens(y))
        return found


def test_pixels_have_no_class_token() -> None:
    model = build("tnt_s_patch16_224", SMALL)
    scores = score(model, [images(describe(model))], tokens=("all", "patch"))
    patches, everything = scores["cosine@patch"], scores["cosine"]
    for name, equal in {"attn_in": True, "mlp_in": True, "attn_out": False, "mlp": False}.items():
        pair = [torch.from_numpy(table[f"blocks.0.{name}"].per_image.copy()) for table in (patches, everything)]
        assert len(pair[0]) == BATCH
        assert torch.equal(*pair) is equal, name
