"""timm's `gcvit.GlobalContextVitBlock`: GC ViT. The stream is (B, H, W, C).

x = x + drop_path1(ls1(_window_attn(norm1(x), q_global)))      every other block takes its queries from q_global
x = x + drop_path2(ls2(mlp(norm2(x))))

The stage computes q_global from what it is given before its first block, so no block changes it for another.
"""

from __future__ import annotations

import torch
from timm.models.gcvit import GlobalContextVitBlock

from vitprune.architecture import Kind
from vitprune.families.family import Branch, Family, Skipping


class SkippingGlobalContextVitBlock(Skipping, GlobalContextVitBlock):
    """A GlobalContextVitBlock that leaves out the branches that are None."""

    def forward(self, x: torch.Tensor, q_global: torch.Tensor | None = None) -> torch.Tensor:
        if self.attn is not None:
            x = x + self.drop_path1(self.ls1(self._window_attn(self.norm1(x), q_global)))
        if self.mlp is not None:
            x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        return x


FAMILIES = (
    Family(
        "GC ViT",
        GlobalContextVitBlock,
        SkippingGlobalContextVitBlock,
        (
            Branch("attn", Kind.ATTENTION, ("norm1", "attn", "ls1", "drop_path1"), "norm1", "drop_path1"),
            Branch("mlp", Kind.MLP, ("norm2", "mlp", "ls2", "drop_path2"), "norm2", "drop_path2"),
        ),
    ),
)
