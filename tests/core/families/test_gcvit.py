from __future__ import annotations

import pytest
import timm

from tests.core.families.conformance import FamilyConformance, reduced

SMALL = {"img_size": 32, "embed_dim": 16, "mlp_ratio": 2, "layer_scale": 0.5, "num_classes": 10}


class TestGlobalContextViT(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "gcvit_xxtiny": ("gcvit_xxtiny", SMALL),
    }

    @pytest.fixture(autouse=True)
    def small(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """timm's functions leave no choice of depths. A fresh process knows no smaller models."""
        if "exports" not in request.node.name:
            create = reduced(timm.models.gcvit._create_gcvit, depths=(2, 1, 2, 1))
            monkeypatch.setattr(timm.models.gcvit, "_create_gcvit", create)
