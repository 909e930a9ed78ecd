from __future__ import annotations

from typing import Any

import pytest
import torch
from timm.models.tiny_vit import TinyVitBlock
from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance, cosine
from tests.core.families.streams import seen
from vitprune import PruningPlan, apply, describe
from vitprune.architecture import Architecture

# Images of these models are 224 pixels and more, so maps are kept small by few channels.
SMALL = {"embed_dims": (8, 16, 16, 32), "depths": (1, 1, 1, 1), "num_heads": (1, 2, 2, 4), "num_classes": 10}


class TestTinyVit(FamilyConformance):
    EXITS = {"attn": "drop_path1", "mlp": "drop_path2"}
    MODELS = {
        "tiny_vit_5m_224": ("tiny_vit_5m_224", SMALL),
        "tiny_vit_11m_224": ("tiny_vit_11m_224", SMALL | {"window_sizes": (7, 5, 14, 6), "local_conv_size": 5}),
        "tiny_vit_21m_224": ("tiny_vit_21m_224", SMALL | {"mlp_ratio": 2.0, "mbconv_expand_ratio": 2.0}),
        "tiny_vit_21m_384": ("tiny_vit_21m_384", SMALL | {"embed_dims": (4, 8, 16, 32)}),
    }

    def cosines(self, model: nn.Module, architecture: Architecture, batch: Tensor) -> dict[str, Tensor]:
        """The convolution between the branches is on the stream, so no output shows it between them."""
        found = super().cosines(model, architecture, batch)
        for block in architecture.blocks:
            (before,), (added,) = seen(model, batch, block.id, "drop_path1")
            found[f"{block.id}.attn"] = cosine(self.tokens(before), self.tokens(before + added))
        return found


@pytest.mark.parametrize("side", [4, 7, 9])
def test_windows_are_those_of_timm(side: int) -> None:
    """In maps that are smaller than a window, one window, and padded."""
    torch.manual_seed(0)
    block = TinyVitBlock(dim=16, num_heads=2, window_size=7).eval()
    nn.init.normal_(block.attn.attention_biases)
    architecture = describe(nn.Sequential(block), (4, side, 16))
    x = torch.randn(2, side, side, 16)
    pruned: Any = apply(PruningPlan.of(architecture, {"0.mlp": "remove"}), nn.Sequential(block))
    block.drop_path2.register_forward_hook(lambda *call: torch.zeros_like(call[-1]))
    torch.testing.assert_close(pruned(x), block(x))


def test_the_convolution_stays_until_the_block_goes() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(TinyVitBlock(dim=16, num_heads=2, window_size=7), TinyVitBlock(16, 2, 7)).eval()
    architecture = describe(model, (4, 8, 16))
    x = torch.randn(2, 8, 8, 16)
    pruned: Any = apply(PruningPlan.of(architecture, {"0.attn": "remove", "0.mlp": "remove"}), model)
    block: Any = model[0]
    expected = block.local_conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    torch.testing.assert_close(pruned[0](x), expected)
    whole: Any = apply(PruningPlan.of(architecture, {"0": "remove"}), model)
    assert whole[0](x) is x
