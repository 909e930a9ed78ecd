"""Attention seen while a model computes it, whichever way its code is written.

What a layer computes is seen call by call of torch (`torch.overrides.TorchFunctionMode`): either one call of fused
attention, which is computed step by step instead, or a softmax over the last dimension with the product before it, of
queries and keys, and the one after it, of weights and values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

NOTHING = torch.empty(0)

_SOFTMAX = {"softmax"}
_PRODUCT = {"matmul", "bmm"}
_TIMES = {"mul", "mul_", "div", "div_"}


@dataclass
class Seen:
    """One attention as it was computed: `q` (..., queries, width), `k` and `v` (..., keys, width), `scores`, `chances`
    after the softmax, and `weights`, what the values are multiplied by, (..., queries, keys), and their product `out`.
    What comes first is heads and windows, in any order. `scale` is by what the products of queries and keys are, a
    number or one of each head. `projected` is the first linear map after that with what it is of. `maps` counts the
    softmaxes."""

    q: Tensor = NOTHING
    k: Tensor = NOTHING
    v: Tensor = NOTHING
    scores: Tensor = NOTHING
    chances: Tensor = NOTHING
    weights: Tensor = NOTHING
    out: Tensor = NOTHING
    scale: float | Tensor = 1.0
    maps: int = 0
    projected: tuple[Tensor, Tensor] | None = None
    products: list[tuple[Tensor, Tensor, Tensor]] = field(default_factory=list)
    multiplied: list[tuple[Tensor, float | Tensor, Tensor]] = field(default_factory=list)

    def complete(self) -> bool:
        return self.out is not NOTHING


class Watching(TorchFunctionMode):
    """While it is on and `seen` is set, attention is written down there."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Seen | None = None

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if self.seen is None:
            return self.other(func, args, named)
        if func is F.scaled_dot_product_attention:
            return self._fused(self.seen, *args, **named)
        name = getattr(func, "__name__", "")
        if name in _PRODUCT and self.seen.scores is not NOTHING and not self.seen.complete():
            return self._valued(self.seen, func, args, named)
        result = self.other(func, args, named)
        self._note(self.seen, name, func, list(args), named, result)
        return result

    def other(self, func: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Any call that is not the heart of an attention."""
        return func(*args, **named)

    def known(self, seen: Seen) -> None:
        """Queries, keys, values and weights are there."""

    def _note(
        self,
        seen: Seen,
        name: str,
        func: Callable[..., Any],
        args: list[Any],
        named: dict[str, Any],
        result: Any,
    ) -> None:
        if name in _SOFTMAX and named.get("dim", args[1] if len(args) > 1 else None) in (-1, args[0].ndim - 1):
            seen.maps += 1
            seen.scores, seen.chances = args[0], result
            for a, b, product in reversed(seen.products):
                if product.shape[-2:] == args[0].shape[-2:]:
                    seen.q, seen.k = a, b.mT
                    self._unscale(seen, a, product)
                    break
        elif name in _PRODUCT and not seen.complete():
            seen.products.append((args[0], args[1], result))
        elif name in _TIMES and not seen.complete() and len(args) > 1:
            # Not squared lengths and the like: a number, or one of each head.
            tensor, factor = args[:2] if isinstance(args[0], Tensor) else args[1::-1]
            if isinstance(factor, int | float) or (isinstance(factor, Tensor) and factor.shape[-2:].numel() == 1):
                number = 1 / factor if name.startswith("div") else factor
                seen.multiplied.append((tensor, number, result))
        elif seen.complete() and seen.projected is None:
            if func is F.linear:
                seen.projected = args[0], _weight(args, named)
            elif func is F.conv2d and _weight(args, named).shape[-2:] == (1, 1):
                seen.projected = args[0].flatten(2).mT, _weight(args, named).flatten(1)

    def _unscale(self, seen: Seen, q: Tensor, product: Tensor) -> None:
        """Queries before they were multiplied by a number, or what their products were multiplied by."""
        for source, factor, result in seen.multiplied:
            if result is q and isinstance(factor, float) and source is not q:
                seen.q, seen.scale = source, factor
            elif source is product:
                seen.scale = factor

    def _valued(self, seen: Seen, func: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """The product of weights and values, or one that mixes heads before it."""
        a, b = args[:2]
        shape, at = seen.chances.shape[-2:], seen.chances.data_ptr()
        if b.data_ptr() == at and a.data_ptr() != at and b.mT.shape[-2:] == shape:
            seen.weights, seen.v = b.mT, a.mT
            self.known(seen)
            result = func(a, seen.weights.mT, *args[2:], **named)
            seen.out = result.mT
            return result
        if a.shape[-2:] != shape:
            return self.other(func, args, named)
        seen.weights, seen.v = a, b
        self.known(seen)
        seen.out = func(seen.weights, b, *args[2:], **named)
        return seen.out

    def _fused(
        self,
        seen: Seen,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        """What `scaled_dot_product_attention` is defined as."""
        if enable_gqa:
            repeats = query.shape[-3] // key.shape[-3]
            key, value = key.repeat_interleave(repeats, -3), value.repeat_interleave(repeats, -3)
        by = query.shape[-1] ** -0.5 if scale is None else scale
        scores = (query * by) @ key.mT
        if is_causal:
            scores = scores.masked_fill(torch.ones_like(scores[..., :, :], dtype=torch.bool).triu_(1), -math.inf)
        if attn_mask is not None:
            ruled_out = attn_mask.dtype == torch.bool
            scores = scores.masked_fill(~attn_mask, -math.inf) if ruled_out else scores + attn_mask
        seen.maps += 1
        seen.q, seen.k, seen.v, seen.scale, seen.scores = query, key, value, by, scores
        seen.weights = seen.chances = scores.softmax(dim=-1)
        self.known(seen)
        seen.out = seen.weights @ value
        return seen.out


def _weight(args: list[Any], named: dict[str, Any]) -> Tensor:
    """Of a call of `linear` or `conv2d`."""
    return args[1] if len(args) > 1 else named["weight"]


class Found(Exception):
    """What was looked for was seen."""


class Following(Watching):
    """While it is on, whatever acts on each token alone hands on what the token holds: each output channel has what the
    first input channel has. So numbers come through to the values, which end it in `Found`."""

    def other(self, func: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if func is F.linear:
            given, weight = next(iter(args)), _weight(list(args), named)
            return given[..., :1].repeat(*[1] * (given.ndim - 1), len(weight))
        if func is F.conv2d and (weight := _weight(list(args), named)).shape[-2:] == (1, 1):
            return next(iter(args))[:, :1].repeat(1, len(weight), 1, 1)
        if getattr(func, "__name__", "") in ("layer_norm", "rms_norm", "batch_norm", "group_norm"):
            return next(iter(args))
        return func(*args, **named)

    def known(self, seen: Seen) -> None:
        raise Found


@contextmanager
def within(watching: Watching, module: nn.Module, done: Callable[[Seen], None]) -> Iterator[None]:
    """While this lasts, `watching` sees what happens in this module alone; `done` is told after each of its calls."""

    def open_(*_: object) -> None:
        watching.seen = Seen()

    def close(*_: object) -> None:
        seen, watching.seen = watching.seen, None
        if seen is not None:
            done(seen)

    handles = [module.register_forward_pre_hook(open_), module.register_forward_hook(close)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
