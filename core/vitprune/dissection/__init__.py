"""A model taken apart on one image: each function answers one question, as a value of `vitprune.anatomy`.

All of them run the module in evaluation mode where its parameters are, on an `image` of (1, C, H, W) as the model takes
it, and leave it as it was.
"""

from __future__ import annotations

from vitprune.dissection.attention import attention, heads
from vitprune.dissection.lens import lens
from vitprune.dissection.likeness import layer_pairs, likeness
from vitprune.dissection.neurons import neurons, preferred
from vitprune.dissection.patches import patches
from vitprune.dissection.positions import positions
from vitprune.dissection.rollout import rollout
from vitprune.dissection.stream import stream_norms
from vitprune.dissection.tokens import tokens_of

__all__ = [
    "attention",
    "heads",
    "layer_pairs",
    "lens",
    "likeness",
    "neurons",
    "patches",
    "positions",
    "preferred",
    "rollout",
    "stream_norms",
    "tokens_of",
]
