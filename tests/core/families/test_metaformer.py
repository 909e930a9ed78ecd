from __future__ import annotations

import pytest
import timm
from torch import Tensor

from tests.core.families.conformance import FamilyConformance, reduced
from vitprune.families.metaformer import MetaFormerBlock

SMALL = {"num_classes": 10, "pretrained_cfg_overlay": {"input_size": (3, 64, 64)}}


class TestMetaFormer(FamilyConformance):
    MODELS = {
        "poolformer": ("poolformer_s12", SMALL),
        "poolformer v2": ("poolformerv2_s12", SMALL),
        "convformer": ("convformer_s18", SMALL),
        "caformer": ("caformer_s18", SMALL),
    }
    EXITS = {"token_mixer": "layer_scale1", "mlp": "layer_scale2"}

    @pytest.fixture(autouse=True)
    def small(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """timm's functions leave no choice of depths and widths. A fresh process knows no smaller models."""
        if "exports" not in request.node.name:
            create = reduced(timm.models.metaformer._create_metaformer, depths=(1, 1, 2, 1), dims=(16, 32, 64, 64))
            monkeypatch.setattr(timm.models.metaformer, "_create_metaformer", create)

    def tokens(self, stream: Tensor) -> Tensor:
        return stream.flatten(2).mT if stream.ndim == 4 else stream

    def cosines(self, model, architecture, batch):  # type: ignore[no-untyped-def]
        """A branch is added to the scaled stream, so only blocks without residual scales can be compared without it."""
        found = super().cosines(model, architecture, batch)
        scaled = [
            p for p, m in model.named_modules() if isinstance(m, MetaFormerBlock) and list(m.res_scale1.parameters())
        ]
        return {site: value for site, value in found.items() if site.rpartition(".")[0] not in scaled}
