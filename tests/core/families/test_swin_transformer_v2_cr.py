from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance, build
from tests.core.families.test_swin_transformer import small
from vitprune import PruningPlan, apply, describe
from vitprune.architecture import Architecture, Site


class TestSwinV2Cr(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "swinv2_cr_tiny_224": ("swinv2_cr_tiny_224", small(24)),
        "swinv2_cr_tiny_ns_224": ("swinv2_cr_tiny_ns_224", small(24, window_size=4)),
        "swinv2_cr_small_224": ("swinv2_cr_small_224", small(24, window_size=3)),
        "swinv2_cr_small_ns_224": ("swinv2_cr_small_ns_224", small(24, sequential_attn=True)),
        "swinv2_cr_small_ns_256": ("swinv2_cr_small_ns_256", small(24, img_size=(32, 64))),
        "swinv2_cr_base_224": ("swinv2_cr_base_224", small(32, window_size=2, always_partition=True)),
        "swinv2_cr_base_ns_224": ("swinv2_cr_base_ns_224", small(32, window_size=2, strict_img_size=False)),
        "swinv2_cr_large_384": ("swinv2_cr_large_384", small(48, init_values=None)),
        "swinv2_cr_huge_224": ("swinv2_cr_huge_224", small(16, num_heads=(2, 4), extra_norm_period=2)),
        "swinv2_cr_giant_224": ("swinv2_cr_giant_224", small(16, num_heads=(2, 2), depths=(2, 1))),
    }

    def cosines(self, model: nn.Module, architecture: Architecture, batch: Tensor) -> dict[str, Tensor]:
        self.model = model
        return super().cosines(model, architecture, batch)

    def states(self, block: Site, children: tuple[Site, ...], stream: Callable[[list[str]], Tensor]) -> list[Tensor]:
        """The norm that follows the branches is left out for them, and not for the block."""
        norm = self.model.get_submodule(f"{block.id}.norm3")
        handle = norm.register_forward_hook(lambda _, args, __: args[0])
        bare = super().states(block, children, stream)
        handle.remove()
        return [*bare, stream([])]

    def test_norm_of_the_stream_goes_with_the_block_only(self) -> None:
        model = build("swinv2_cr_tiny_ns_224", small(24))
        architecture = describe(model)
        block = "stages.0.blocks.1"
        branches = apply(PruningPlan.of(architecture, {f"{block}.attn": "remove", f"{block}.mlp": "remove"}), model)
        whole = apply(PruningPlan.of(architecture, {block: "remove"}), model)
        norm = model.get_submodule(f"{block}.norm3")
        stream = torch.randn(2, 8, 8, 24)
        assert isinstance(norm, nn.LayerNorm)
        assert torch.equal(branches.get_submodule(block)(stream), norm(stream))
        assert whole.get_submodule(block)(stream) is stream
        left = [sum(p.numel() for p in m.parameters()) for m in (branches, whole)]
        assert left[0] - left[1] == sum(p.numel() for p in norm.parameters())
