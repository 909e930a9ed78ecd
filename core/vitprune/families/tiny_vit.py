"""timm's `tiny_vit.TinyVitBlock`: TinyViT.

    x = x + drop_path1(attn(windows of x))                          its norm is inside attn
    x = local_conv(x)                                               a depthwise convolution with batch norm, no shortcut
    x = x + drop_path2(mlp(x))                                      its norm is inside mlp

The stream is (B, H, W, C). The convolution belongs to no branch: it stays when they go, and goes with the block. The
MBConv blocks of the first stage are no transformer's and stay. Attention biases are cached as in LeViT.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from timm.models.swin_transformer import window_partition, window_reverse
from timm.models.tiny_vit import TinyVitBlock

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Family, Skipping


class SkippingTinyVitBlock(Skipping, TinyVitBlock):
    """A TinyVitBlock that leaves out the branches, and the convolution between them, that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[1:3]
        if self.attn is not None:
            size = (self.window_size, self.window_size)
            padded = F.pad(x, (0, 0, 0, -width % self.window_size, 0, -height % self.window_size))
            windows = window_partition(padded, size).flatten(1, 2)
            attended = window_reverse(self.attn(windows), size, *padded.shape[1:3])
            x = x + self.drop_path1(attended[:, :height, :width].contiguous())
        if self.local_conv is not None:
            x = self.local_conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        if self.mlp is not None:
            flat = x.flatten(1, 2)
            x = (flat + self.drop_path2(self.mlp(flat))).unflatten(1, (height, width))
        return x


FAMILIES = (
    Family(
        "TinyViT",
        TinyVitBlock,
        SkippingTinyVitBlock,
        (
            # The norm that reads it first sees windows, and the convolution after it another layout.
            Branch("attn", Kind.ATTENTION, ("attn", "drop_path1"), "", "drop_path1", Adds.BESIDE_OTHERS),
            Branch("mlp", Kind.MLP, ("mlp", "drop_path2"), "mlp", "drop_path2"),
        ),
        rest=("local_conv",),
    ),
)
