"""timm's `layers.AttentionPoolLatent`: the attention pool of SigLIP, PE and NaFlexViT, which has an MLP of its own.

x = proj(attention of the latents over all tokens)
x = x + mlp(norm(x))
x = x[:, 0], or the mean of the latents, or x

The pool reads tokens and gives latents, so as a whole it stays; its MLP is a branch like any other. Its stream is the
latents: there is no class token among them. timm's own forward leaves the MLP out where it is None.
"""

from __future__ import annotations

from timm.layers.attention_pool import AttentionPoolLatent

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Branches, Family, Skipping


class SkippingAttentionPoolLatent(Skipping, AttentionPoolLatent):
    """An AttentionPoolLatent whose MLP may be None."""


def _branches(pool: AttentionPoolLatent) -> Branches:
    """None where the pool was built without an MLP."""
    if pool.mlp is None and not getattr(pool, "removed", ()):
        return ()
    return (Branch("mlp", Kind.MLP, ("norm", "mlp"), "norm", "mlp", Adds.BESIDE_OTHERS),)


FAMILIES = (
    Family(
        "attention pool",
        AttentionPoolLatent,
        SkippingAttentionPoolLatent,
        _branches,
        fixed=lambda _: "It is the model's pooling, without which its head has nothing to read.",
        prefix=lambda model, block: 0,
    ),
)
