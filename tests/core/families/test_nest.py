from __future__ import annotations

import pytest
import timm

from tests.core.families.conformance import FamilyConformance, reduced

SMALL = {"img_size": 32, "mlp_ratio": 2, "num_classes": 10}


class TestNest(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "nest_tiny_jx": ("nest_tiny_jx", SMALL),
    }

    @pytest.fixture(autouse=True)
    def small(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """timm's functions leave no choice of depths and widths. A fresh process knows no smaller models."""
        if "exports" not in request.node.name:
            create = reduced(timm.models.nest._create_nest, depths=(1, 1, 2), embed_dims=(24, 48, 96))
            monkeypatch.setattr(timm.models.nest, "_create_nest", create)
