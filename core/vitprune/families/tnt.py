"""timm's `tnt.Block`: TNT, a transformer of pixels within a transformer of patches.

    p = p + drop_path(attn_in(norm_in(p)))                          p: the pixels of every patch
    p = p + drop_path(mlp_in(norm_mlp_in(p)))
    x = x + norm2_proj(proj(norm1_proj(p)))                         x: class and patch tokens; patches alone get it
    x = x + drop_path(attn_out(norm_out(x)))
    x = x + drop_path(mlp(norm_mlp(x)))

The block takes and returns (p, x); x is the stream of the block, p that of its first two branches. The way from pixels
to patches belongs to no branch: it stays when they go, and goes with the block. `legacy` models have no norm2_proj and
normalise every pixel by itself. All four branches share one `drop_path`, which belongs to none of them.
"""

from __future__ import annotations

import torch
from timm.models.tnt import Block as TntBlock

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Family, Skipping


class SkippingTntBlock(Skipping, TntBlock):
    """A block of TNT that leaves out the branches, and the way from pixels to patches, that are None."""

    def forward(self, pixel_embed: torch.Tensor, patch_embed: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        p, x = pixel_embed, patch_embed
        if self.attn_in is not None:
            p = p + self.drop_path(self.attn_in(self.norm_in(p)))
        if self.mlp_in is not None:
            p = p + self.drop_path(self.mlp_in(self.norm_mlp_in(p)))
        if self.proj is not None:
            images, tokens = x.shape[:2]
            by_patch = (images, tokens - 1, -1)
            if self.norm2_proj is None:
                raised = self.proj(self.norm1_proj(p).reshape(by_patch))
            else:
                raised = self.norm2_proj(self.proj(self.norm1_proj(p.reshape(by_patch))))
            x = torch.cat([x[:, :1], x[:, 1:] + raised], dim=1)
        if self.attn_out is not None:
            x = x + self.drop_path(self.attn_out(self.norm_out(x)))
        if self.mlp is not None:
            x = x + self.drop_path(self.mlp(self.norm_mlp(x)))
        return p, x


FAMILIES = (
    Family(
        "TNT",
        TntBlock,
        SkippingTntBlock,
        (
            # What reads the pixels next reads them in another layout.
            Branch(
                "attn_in",
                Kind.ATTENTION,
                ("norm_in", "attn_in"),
                "norm_in",
                "drop_path",
                Adds.BESIDE_OTHERS,
                prefix=0,
            ),
            Branch(
                "mlp_in",
                Kind.MLP,
                ("norm_mlp_in", "mlp_in"),
                "norm_mlp_in",
                "drop_path",
                Adds.BESIDE_OTHERS,
                prefix=0,
            ),
            Branch("attn_out", Kind.ATTENTION, ("norm_out", "attn_out"), "norm_out", "drop_path"),
            Branch("mlp", Kind.MLP, ("norm_mlp", "mlp"), "norm_mlp", "drop_path"),
        ),
        rest=("norm1_proj", "proj", "norm2_proj"),
        stream=1,
    ),
)
