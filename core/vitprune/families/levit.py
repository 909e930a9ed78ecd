"""timm's `levit.LevitBlock` and `levit.LevitDownsample`: LeViT, with linear layers or with 1x1 convolutions.

    x = x + drop_path1(attn(x))                                     LevitBlock; batch norms are inside attn and mlp
    x = x + drop_path2(mlp(x))
    x = attn_downsample(x)                                          LevitDownsample: no shortcut, so it stays
    x = x + drop_path(mlp(x))

The stream is (B, N, C), or (B, C, H, W) in the models of convolutions. In evaluation mode each attention keeps the
biases that it gathered from its table, by device. That cache belongs to the module: a copy of a model has its own, and
it is emptied by `train()` and whenever the module is moved or cast. Skipping neither reads nor fills it.
"""

from __future__ import annotations

import torch
from timm.models.levit import LevitBlock, LevitDownsample

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingLevitBlock(Skipping, LevitBlock):
    """A LevitBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.attn(x))
        if self.mlp is not None:
            x = x + self.drop_path2(self.mlp(x))
        return x


class SkippingLevitDownsample(Skipping, LevitDownsample):
    """A LevitDownsample without its MLP."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.attn_downsample(x)


FAMILIES = (
    Family(
        "LeViT",
        LevitBlock,
        SkippingLevitBlock,
        (
            Branch("attn", Kind.ATTENTION, ("attn", "drop_path1"), "attn", "drop_path1"),
            Branch("mlp", Kind.MLP, ("mlp", "drop_path2"), "mlp", "drop_path2"),
        ),
        channels_first=True,
    ),
    Family(
        "LeViT, downsampling",
        LevitDownsample,
        SkippingLevitDownsample,
        (Branch("mlp", Kind.MLP, ("mlp", "drop_path"), "mlp", "drop_path"),),
        rest=("attn_downsample",),
        fixed=lambda _: "Its attention halves the resolution and widens the stream, and what follows needs that.",
        channels_first=True,
    ),
)
