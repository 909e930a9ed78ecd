from __future__ import annotations

from dataclasses import replace

import pytest
import timm.models.mvitv2
from timm.models.mvitv2 import MultiScaleBlock
from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance, build, cosine
from tests.core.families.streams import seen
from vitprune import describe
from vitprune.architecture import Architecture

SMALL = {"img_size": 64, "num_classes": 10}


@pytest.fixture(autouse=True)
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """timm's functions leave no choice of depths and widths. A fresh process knows no smaller models."""
    if "exports" in request.node.name:
        monkeypatch.setattr(TestMViTv2, "MODELS", {"mvitv2_tiny": ("mvitv2_tiny", SMALL)})
        return
    for name, config in timm.models.mvitv2.model_cfgs.items():
        reduced = replace(config, depths=(1, 2, 1), embed_dim=(16, 32, 64), num_heads=(1, 2, 4))
        monkeypatch.setitem(timm.models.mvitv2.model_cfgs, name, reduced)


class TestMViTv2(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "mvitv2_tiny": ("mvitv2_tiny", SMALL),
        "mvitv2_base_cls": ("mvitv2_base_cls", SMALL),
        "mvitv2_large": ("mvitv2_large", SMALL),  # widens the stream beside the MLP
        "mvitv2_huge_cls": ("mvitv2_huge_cls", SMALL | {"drop_path_rate": 0.1}),
    }

    def cosines(self, model: nn.Module, architecture: Architecture, batch: Tensor) -> dict[str, Tensor]:
        """A projection beside the MLP is on the stream, so no output shows what came before it."""
        found = super().cosines(model, architecture, batch)
        for block in architecture.blocks:
            module = model.get_submodule(block.id)
            assert isinstance(module, MultiScaleBlock)
            if module.shortcut_proj_mlp is not None and module.shortcut_pool_attn is None:
                (x, _), (added,) = seen(model, batch, block.id, "drop_path1")
                found[f"{block.id}.attn"] = cosine(x, x + added)
        return found


def test_blocks_that_change_the_shape_are_fixed() -> None:
    by_attention, by_mlp = (describe(build(name, SMALL)) for name in ("mvitv2_tiny", "mvitv2_large"))
    both = "It widens the stream and lowers the resolution, and what follows needs that."
    assert {site.id: site.fixed for site in by_attention.blocks if site.fixed} == {
        "stages.1.blocks.0": both,
        "stages.2.blocks.0": both,
    }
    assert {site.id for site in by_mlp.blocks if site.fixed} == {
        "stages.0.blocks.0",
        "stages.1.blocks.0",
        "stages.1.blocks.1",
        "stages.2.blocks.0",
    }
