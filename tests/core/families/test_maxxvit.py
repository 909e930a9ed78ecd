from __future__ import annotations

from timm.models.maxxvit import PartitionAttention2d
from torch import Tensor

from tests.core.families.conformance import BATCH, Arguments, FamilyConformance, build
from tests.core.families.side_by_side import SideBySide
from vitprune import describe
from vitprune.architecture import Site


def small(**more: object) -> Arguments:
    return {
        "img_size": 64,
        "embed_dim": (16, 32),
        "depths": (1, 1),
        "stem_width": (8, 16),
        "transformer_dim_head": 8,
        "num_classes": 10,
        **more,
    }


def named(*architectures: str, **arguments: object) -> dict[str, tuple[str, Arguments]]:
    return {name: (name, small(**arguments)) for name in architectures}


class TestMaxViT(FamilyConformance):
    """Channels last in the blocks."""

    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        **named(
            "maxvit_pico_rw_256",
            "maxvit_rmlp_tiny_rw_256",
            "maxxvit_rmlp_nano_rw_256",
            "maxxvitv2_nano_rw_256",
            "maxxvitv2_rmlp_base_rw_224",
        ),
        **named("maxvit_tiny_tf_224", "maxxvitv2_rmlp_large_rw_224", "maxvit_rmlp_base_rw_224", head_hidden_size=24),
        **named("maxvit_rmlp_small_rw_224", img_size=(64, 96), transformer_init_values=0.5),
        "test_maxvit": ("test_maxvit", {"img_size": 64, "num_classes": 10}),
    }


class TestMaxViTChannelsFirst(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = named("maxvit_nano_rw_256", "maxvit_rmlp_nano_rw_256", transformer_use_nchw_attn=True)

    def tokens(self, stream: Tensor) -> Tensor:
        return stream.flatten(2).mT.reshape(BATCH, -1, stream.shape[1])

    def test_blocks_are_those_of_two_dimensions(self) -> None:
        model = build(*self.MODELS["maxvit_nano_rw_256"])
        blocks = [model.get_submodule(site.id) for site in describe(model).blocks]
        assert {type(block) for block in blocks} == {PartitionAttention2d}


FOUR_STAGES = {"embed_dim": (16, 16, 24, 32), "depths": (1, 1, 2, 1)}


class TestCoAtNet(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        **named(
            "coatnet_pico_rw_224",
            "coatnet_0_rw_224",
            "coatnet_1_rw_224",
            "coatnet_bn_0_rw_224",
            "coatnet_rmlp_nano_rw_224",
            "coatnet_rmlp_1_rw_224",
            "coatnext_nano_rw_224",
            **FOUR_STAGES,
        ),
        **named("coatnet_3_rw_224", "coatnet_rmlp_2_rw_224", **FOUR_STAGES, transformer_init_values=0.5),
        **named("coatnet_nano_cc_224", embed_dim=(16, 16, 24, 32), depths=(1, 1, 4, 2)),
        **named("coatnet_0_224", **FOUR_STAGES, head_hidden_size=24),
        "test_coatnet": ("test_coatnet", {"img_size": 64, "num_classes": 10}),
    }

    def tokens(self, stream: Tensor) -> Tensor:
        return stream.flatten(2).mT.reshape(BATCH, -1, stream.shape[1])

    def test_a_block_that_halves_the_resolution_stays(self) -> None:
        architecture = describe(build(*self.MODELS["coatnet_pico_rw_224"]))
        fixed = {site.id: site.fixed for site in architecture.blocks}
        assert "halves" in fixed["stages.2.blocks.0"]
        assert not fixed["stages.2.blocks.1"]


class TestParallelMaxViT(SideBySide):
    EXITS = {"attn_block": "attn_block", "attn_grid": "attn_grid", "mlp": "drop_path2"}
    MODELS = {
        **named("maxvit_tiny_pm_256"),
        "maxvit_tiny_pm_256, layer scale": ("maxvit_tiny_pm_256", small(transformer_init_values=0.5)),
    }

    def groups(self, children: tuple[Site, ...]) -> list[tuple[Site, ...]]:
        return [children[:2], children[2:]]
