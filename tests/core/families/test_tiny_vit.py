from __future__ import annotations

import pytest
import torch
from timm.models.tiny_vit import TinyVitBlock
from torch import Tensor, nn

from tests.core.families.conformance import FamilyConformance, cosine
from tests.core.families.streams import seen
from vitprune.architecture import Architecture
from vitprune.surgery import cut

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


def block_of(window: int) -> nn.Sequential:
    torch.manual_seed(0)
    block = TinyVitBlock(dim=16, num_heads=2, window_size=window).eval()
    nn.init.normal_(block.attn.attention_biases)
    return nn.Sequential(block)


@pytest.mark.parametrize("side", [4, 7, 9])
def test_windows_are_those_of_timm(side: int) -> None:
    """In maps that are smaller than a window, one window, and padded."""
    x = torch.randn(2, side, side + 1, 16)
    model, pruned = block_of(7), block_of(7)
    cut(pruned, {"0": ("mlp", "drop_path2")})
    model.get_submodule("0.drop_path2").register_forward_hook(lambda *call: torch.zeros_like(call[-1]))
    torch.testing.assert_close(pruned(x), model(x))


def test_the_convolution_stays_until_the_block_goes() -> None:
    x = torch.randn(2, 8, 8, 16)
    model, pruned, whole = block_of(7), block_of(7), block_of(7)
    cut(pruned, {"0": ("attn", "drop_path1", "mlp", "drop_path2")})
    convolution = model.get_submodule("0.local_conv")
    torch.testing.assert_close(pruned(x), convolution(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))
    cut(whole, {"0": ("attn", "drop_path1", "mlp", "drop_path2", "local_conv")})
    assert whole(x) is x
