from __future__ import annotations

from torch import Tensor

from tests.core.families.conformance import FamilyConformance
from vitprune.families.metaformer import MetaFormerBlock

# The constructors fix depths and widths.
SMALL = {"num_classes": 10, "pretrained_cfg_overlay": {"input_size": (3, 64, 64)}}


class TestMetaFormer(FamilyConformance):
    MODELS = {
        "poolformer": ("poolformer_s12", SMALL),
        "poolformer v2": ("poolformerv2_s12", SMALL),
        "convformer": ("convformer_s18", SMALL),
        "caformer": ("caformer_s18", SMALL),
    }
    EXITS = {"token_mixer": "layer_scale1", "mlp": "layer_scale2"}

    def tokens(self, stream: Tensor) -> Tensor:
        return stream.flatten(2).mT if stream.ndim == 4 else stream

    def cosines(self, model, architecture, batch):  # type: ignore[no-untyped-def]
        """A branch is added to the scaled stream, so only blocks without residual scales can be compared without it."""
        found = super().cosines(model, architecture, batch)
        scaled = [
            p for p, m in model.named_modules() if isinstance(m, MetaFormerBlock) and list(m.res_scale1.parameters())
        ]
        return {site: value for site, value in found.items() if site.rpartition(".")[0] not in scaled}
