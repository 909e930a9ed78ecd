from __future__ import annotations

from torch import Tensor

from tests.core.families.conformance import FamilyConformance, build
from vitprune import describe

SMALL = {"num_classes": 10, "pretrained_cfg_overlay": {"input_size": (3, 64, 64)}}
SHORT = SMALL | {"depths": (2, 2, 2, 2)}


class TestEdgeNeXt(FamilyConformance):
    MODELS = {"edgenext": ("edgenext_xx_small", SHORT), "batch norm": ("edgenext_small_rw", SHORT)}
    EXITS = {}

    def tokens(self, stream: Tensor) -> Tensor:
        return stream.flatten(2).mT


def test_only_blocks_that_keep_the_shape_can_go() -> None:
    architecture = describe(build("edgenext_xx_small", SHORT))
    assert architecture.sublayers == ()
    assert len(architecture.prunable) == sum(not site.fixed for site in architecture.blocks) >= 7
