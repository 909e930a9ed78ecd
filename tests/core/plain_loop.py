"""The residual stream from the blocks' own modules, as in a paper: what captured streams are compared with."""

from __future__ import annotations

import copy
from typing import Any

from torch import Tensor


def streams(model: Any, image: Tensor) -> tuple[dict[str, tuple[Tensor, Tensor]], list[Tensor]]:
    """Of one image: {site: (before, after)}, and the stream at every block boundary, from the blocks' formulas."""
    x = model.patch_embed(image[None])
    x = model._pos_embed(x)
    x, rope = x if isinstance(x, tuple) else (x, None)
    x = model.norm_pre(x)
    steps: dict[str, Any] = {}
    boundaries = [x]
    for i, block in enumerate(model.blocks):
        start = x
        extra = {} if rope is None else {"rope": rope[i] if getattr(model, "rope_mixed", False) else rope}
        for branch, n in (("attn", 1), ("mlp", 2)):
            part, norm = getattr(block, branch), getattr(block, f"norm{n}")
            arguments = extra if branch == "attn" else {}
            if type(block).__name__ == "EvaBlockPostNorm":
                added = norm(part(x, **arguments))
            else:
                added = part(norm(x), **arguments)
                gamma = getattr(block, f"gamma_{n}", None)
                if gamma is None and hasattr(getattr(block, f"ls{n}", None), "gamma"):
                    gamma = getattr(block, f"ls{n}").gamma
                added = added if gamma is None else gamma * added
            steps[f"blocks.{i}.{branch}"] = (x, x + added)
            x = x + added
        steps[f"blocks.{i}"] = (start, x)
        boundaries.append(x)
    pool: Any = getattr(model, "attn_pool", None)
    if getattr(pool, "mlp", None) is not None:
        without = copy.copy(pool)
        without._modules = pool._modules | {"mlp": None}
        tokens = model.norm(x)
        steps["attn_pool.mlp"] = (without(tokens)[:, None], pool(tokens)[:, None])
    return steps, boundaries
