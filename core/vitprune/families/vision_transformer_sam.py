"""timm's `vision_transformer_sam.Block`: the image encoder of Segment Anything.

x = x + whole(drop_path1(ls1(attn(windows(norm1(x))))))
x = x + drop_path2(ls2(mlp(norm2(x))))

The stream is (B, H, W, C). `windows` cuts it into squares, padded with zeros where they do not fit, and `whole` undoes
that; both are absent in blocks of global attention. The padded windows are what attention costs, and its MACs count
them. What the branch adds is seen as windows at its exit, hence it is told from the stream before and after.
"""

from __future__ import annotations

import torch
from timm.models.vision_transformer_sam import Block as SamBlock
from timm.models.vision_transformer_sam import window_partition, window_unpartition

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Family, Skipping


class SkippingSamBlock(Skipping, SamBlock):
    """A SAM block that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, height, width, channels = x.shape
        if self.attn is not None:
            pieces, padded = self.norm1(x), None
            if self.window_size > 0:
                pieces, padded = window_partition(pieces, self.window_size)
            pieces = self.drop_path1(self.ls1(self.attn(pieces)))
            if padded is not None:
                pieces = window_unpartition(pieces, self.window_size, (height, width), padded)
            x = x + pieces
        if self.mlp is not None:
            # An MLP is faster over a plain sequence.
            x = x.reshape(batch, height * width, channels)
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x.reshape(batch, height, width, channels)


FAMILIES = (
    Family(
        "SAM",
        SamBlock,
        SkippingSamBlock,
        (
            Branch(
                "attn",
                Kind.ATTENTION,
                ("norm1", "attn", "ls1", "drop_path1"),
                "norm1",
                "drop_path1",
                Adds.IN_ANOTHER_LAYOUT,
            ),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "ls2", "drop_path2"), "norm2", "drop_path2"),
        ),
    ),
)
