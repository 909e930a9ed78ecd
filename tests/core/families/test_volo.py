from __future__ import annotations

import pytest
import timm.models.volo
from timm.models.volo import ClassBlock
from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance, cosine, reduced
from tests.core.families.streams import seen
from vitprune.architecture import Architecture

SMALL = {"img_size": 32, "num_classes": 10}


class TestVolo(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "volo_d1_224": ("volo_d1_224", SMALL),
        "volo_d2_384": ("volo_d2_384", SMALL | {"img_size": 48, "use_aux_head": False, "qkv_bias": True}),
        "volo_d5_512": ("volo_d5_512", SMALL | {"global_pool": "avg", "drop_path_rate": 0.1}),
    }

    @pytest.fixture(autouse=True)
    def small(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """timm's functions leave no choice of layers and widths. A fresh process knows no smaller models."""
        if "exports" in request.node.name:
            monkeypatch.setattr(TestVolo, "MODELS", {"volo_d1_224": ("volo_d1_224", SMALL)})
        else:
            small = {"layers": (1, 1, 1, 1), "embed_dims": (16, 32, 32, 32), "num_heads": (1, 2, 2, 2)}
            monkeypatch.setattr(timm.models.volo, "_create_volo", reduced(timm.models.volo._create_volo, **small))

    def cosines(self, model: nn.Module, architecture: Architecture, batch: Tensor) -> dict[str, Tensor]:
        """The branches of a class block are scored over the one token that they add to."""
        found = super().cosines(model, architecture, batch)
        for block in architecture.blocks:
            if isinstance(model.get_submodule(block.id), ClassBlock):
                (x,), added = seen(model, batch, block.id, "drop_path1", "drop_path2")
                first = x[:, :1]
                for name, more in zip(("attn", "mlp"), added, strict=True):
                    found[f"{block.id}.{name}"] = cosine(first, first + more)
                    first = first + more
        return found
