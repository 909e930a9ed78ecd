from __future__ import annotations

from torch import Tensor

from tests.core.families.conformance import BATCH, Arguments, FamilyConformance


def small(*heads: int, **more: object) -> Arguments:
    """Eight channels a head."""
    dims = [8 * count for count in heads]
    size = {"pretrained_cfg_overlay": {"input_size": (3, 224, 224)}}  # some weights are for 768
    return {"embed_dims": dims, "num_heads": heads, "depths": (1, 1), "num_classes": 10, **size, **more}


class TestDaViT(FamilyConformance):
    EXITS = {"cpe1": "cpe1.act", "attn": "drop_path1", "cpe2": "cpe2.act", "mlp": "drop_path2"}
    MODELS = {
        "davit_tiny": ("davit_tiny", small(3, 6)),
        "davit_base_fl": ("davit_base_fl", small(2, 4)),
        "davit_small": ("davit_small", small(1, 2, cpe_act=True, window_size=5)),
        "davit_large": ("davit_large", small(2, 4, attn_types=("channel",), ffn=False)),
    }

    def tokens(self, stream: Tensor) -> Tensor:
        return stream.flatten(2).mT.reshape(BATCH, -1, stream.shape[1])
