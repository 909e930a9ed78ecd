"""Which tokens of a stream are which: class and register tokens come first, patches after, and the head reads some."""

from __future__ import annotations

from typing import Any

from torch import nn

from vitprune.families import Family

__all__ = ["Tokens", "own_tokens", "pooled_by", "prefix_of", "selected"]

Tokens = tuple[int, int]  # the first and the one after the last


def prefix_of(model: nn.Module, block: nn.Module, family: Family) -> int:
    """How many tokens of this block's stream come before the patches: class, distillation and register tokens."""
    if family.prefix is not None:
        return family.prefix(model, block)
    count = getattr(model, "num_prefix_tokens", None)
    if count is None:
        count = int(getattr(model, "cls_token", None) is not None)
    return int(count)


def pooled_by(model: nn.Module) -> str:
    """What the head of a timm model reads of the last stream: "cls", "prefix" (the class and distillation tokens),
    "patch" or "all" tokens; "" where the model does not pool."""
    owner: Any = model
    pool = getattr(owner, "global_pool", None)
    if pool is None:
        owner = getattr(model, "head", None)
        pool = getattr(getattr(owner, "global_pool", None), "pool_type", None)
    if pool == "token":
        return "prefix" if getattr(model, "head_dist", None) is not None else "cls"
    if pool in ("avg", "max", "avgmax"):
        return "all" if getattr(model, "pool_include_prefix", False) else "patch"
    return "all" if pool == "map" else ""


def selected(selection: str, prefix: int, tokens: int, pooled: str) -> Tokens | None:
    """The tokens that a name of `SELECTIONS` means in a stream of `tokens` tokens, the first `prefix` of which are not
    patches. None where the stream has no such token."""
    name = pooled if selection == "pooled" else selection
    ranges = {"all": (0, tokens), "cls": (0, min(1, prefix)), "prefix": (0, prefix), "patch": (prefix, tokens)}
    start, stop = ranges.get(name, (0, 0))
    return (start, stop) if start < stop else None


def own_tokens(prefix: int, pooled: str) -> int:
    """How many of the first tokens get a map of their own when a branch is repaired: the class token, and the
    distillation token where the head reads it. Registers are treated like patches."""
    return prefix if pooled == "prefix" else min(1, prefix)
