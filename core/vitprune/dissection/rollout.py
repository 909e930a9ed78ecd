"""Where in the image an answer is said to come from, and what it loses where patches are taken away."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from vitprune.anatomy import Array, Rollout, Tokens
from vitprune.dissection.attention import frozen
from vitprune.dissection.layers import Unseen, Work, at_work, layers_of
from vitprune.dissection.passing import Passage, passages, placed, still
from vitprune.dissection.tokens import tokens_of
from vitprune.dissection.watching import Seen, Watching, within
from vitprune.errors import ArgumentInvalid, ModelUnsupported
from vitprune.jobs import Job
from vitprune.pooling import pooled_by, selected
from vitprune.rank_correlation import spearman
from vitprune.scores import read_only
from vitprune.statistics import Estimate

TOKENS = 4200  # in a batch of images of which each lacks a patch: more is no faster, and a cancel waits for it
_SIGNS = 40_000_000  # what a rank correlation holds at once
_RESAMPLES = 1000
_CHANGING = "Tokens are merged from one layer to another, so their attention cannot be multiplied."


def rollout(
    module: nn.Module, image: Tensor, target: int | None = None, *, ablate: bool = True, job: Job | None = None
) -> Rollout:
    """Where the answer for class `target`, by default the most probable one, is said to come from.

    Where a model has no class token that its head reads, `raw`, `rollout` and `gradient` are means over the tokens that
    it does read. Heads that are mixed after the softmax are taken as they are before that. Where later stages have
    fewer tokens, maps are on the grid of the last one, and the ablation replaces all that such a token covers. It runs
    the model once a patch, and takes most of the time: without `ablate` it is left out.

    Raises ModelUnsupported where no attention can be shown at all; ArgumentInvalid for a class that there is not;
    Cancelled.
    """
    job = job or Job()
    image = placed(module, image)
    with still(module):
        passed = passages(module, image, job)
        layers = layers_of(passed)
        works: list[Work] = []
        reason = ""
        for done, layer in enumerate(layers):
            job.progress("Attention", done, len(layers), "layers")
            try:
                works.append(at_work(module, layer))
            except Unseen as unseen:
                reason = reason or f"{layer.site}: {unseen}"
        if not works:
            why = reason or "No attention layer is left in it."
            raise ModelUnsupported("The attention of this model cannot be shown.", hint=why)
        tokens = works[-1].keys
        if tokens.grid is None:
            raise ModelUnsupported("The attention of this model cannot be shown on an image.", hint=tokens.reason)
        reads = _read(module, tokens)
        reason = reason or ("" if all(_fits(work, tokens) for work in works) else _CHANGING)
        answer, chances = _answer(module, image, [] if reason else works)
        logits = answer.detach().double()
        classes = logits.shape[-1] if logits.ndim == 2 and getattr(module, "num_classes", 1) else 0
        if target is not None and not 0 <= target < max(classes, 1):
            raise ArgumentInvalid(f"There is no class {target} among {classes}.")
        chosen = -1 if not classes else int(logits.argmax()) if target is None else target
        raw = _means(works[-1], tokens)[reads].mean(0) if works[-1].layer is layers[-1] else None
        maps: dict[str, Array | None] = {"raw": None if raw is None else _map(raw, tokens)}
        reasons = {"raw": "" if raw is not None else reason, "rollout": reason, "gradient": reason, "ablated": ""}
        by_layer = np.empty((0, len(tokens)), np.float32)
        if not reason:
            by_layer = frozen(_rolled(works, tokens, reads))
            maps["rollout"] = tokens.on_grid(by_layer[-1])
        if not classes:
            reasons["gradient"] = reasons["ablated"] = "The model has no head that names a class."
        elif not reason:
            with torch.enable_grad():
                slopes = torch.autograd.grad(answer[0, chosen], chances)
            maps["gradient"] = _map(_relevance(works, chances, slopes, tokens, reads), tokens)
        if classes and not ablate:
            reasons["ablated"] = "No patch was taken away."
        elif classes:
            found = _ablated(module, image, logits, passed, tokens, chosen, job)
            if isinstance(found, str):
                reasons["ablated"] = found
            else:
                maps["ablated"] = found
    ablated = maps.get("ablated")
    ranks = {
        name: _agreement(opinion, ablated)
        for name in ("raw", "rollout", "gradient")
        if ablated is not None and (opinion := maps.get(name)) is not None
    }
    empty = read_only(np.empty((0, 0), np.float32))
    shown = {name: empty if (found := maps.get(name)) is None else found for name in reasons}
    return Rollout(
        tokens,
        chosen,
        float(logits.softmax(-1)[0, chosen]) if classes else math.nan,
        shown["raw"],
        shown["rollout"],
        shown["gradient"],
        shown["ablated"],
        read_only(by_layer),
        tuple(work.layer.site for work in works) if not reason else (),
        ranks,
        {name: why for name, why in reasons.items() if why},
    )


def _read(module: nn.Module, tokens: Tokens) -> slice:
    """The tokens that the head reads: the class token alone where it reads that."""
    found = selected("pooled", len(tokens.prefix), len(tokens), pooled_by(module)) or (0, len(tokens))
    at = tokens.class_token
    return slice(at, at + 1) if at is not None and found[0] == at < found[1] <= len(tokens.prefix) else slice(*found)


def _fits(work: Work, tokens: Tokens) -> bool:
    """Whether a layer works on the same tokens, or the patches among them."""
    return work.keys.grid == tokens.grid and len(work.queries) in (len(work.keys), len(work.queries.prefix))


def _means(work: Work, tokens: Tokens) -> Tensor:
    """(N, N): mean attention over heads; a token that does not ask in this layer keeps what it has."""
    return _whole(work.square(work.chances, 0.0).mean(0), work, tokens, 1.0)


def _whole(found: Tensor, work: Work, tokens: Tokens, kept: float) -> Tensor:
    """Attention of a layer among the tokens of the last one; `kept` on the diagonal of those that do not ask."""
    asked = len(work.keys)
    full = torch.eye(len(tokens), dtype=found.dtype, device=found.device) * kept
    before = len(tokens) - asked
    asking = slice(before, len(tokens)) if len(work.queries) == asked else slice(before, before + len(work.queries))
    full[asking] = 0
    full[asking, before:] = found
    return full


def _rolled(works: list[Work], tokens: Tokens, reads: slice) -> Tensor:
    """(L, N): after each layer, half identity and half attention, rows normalised, multiplied up to there."""
    so_far = torch.eye(len(tokens), dtype=torch.float64, device=works[0].weights.device)
    rows = []
    for work in works:
        mean = _means(work, tokens).double()
        step = mean + torch.eye(len(tokens), dtype=mean.dtype, device=mean.device)
        so_far = step / step.sum(-1, keepdim=True) @ so_far
        rows.append(so_far[reads].mean(0))
    return torch.stack(rows)


def _answer(module: nn.Module, image: Tensor, works: list[Work]) -> tuple[Tensor, list[Tensor]]:
    """Logits, with the graph that leads to them from the attention of these layers, which comes with them."""
    if not works:
        return module(image), []
    seen: dict[str, Seen] = {}
    watching = Watching()
    with torch.enable_grad(), ExitStack() as stack:
        for work in works:

            def keep(found: Seen, site: str = work.layer.site) -> None:
                seen[site] = found

            stack.enter_context(within(watching, work.layer.module, keep))
        stack.enter_context(watching)
        answer = module(image.detach().clone().requires_grad_())
    return answer, [seen[work.layer.site].chances for work in works]


def _relevance(
    works: list[Work], chances: list[Tensor], slopes: tuple[Tensor, ...], tokens: Tokens, reads: slice
) -> Tensor:
    """(N,): R, from the identity on, grows in each layer by the mean over heads of the positive part of gradient times
    attention, times R."""
    relevance = torch.eye(len(tokens), dtype=torch.float64, device=works[0].weights.device)
    for work, attended, slope in zip(works, chances, slopes, strict=True):
        gained = work.square(work.grouped((attended.detach() * slope).clamp_min(0)), 0.0).mean(0)
        relevance = relevance + _whole(gained.double(), work, tokens, 0.0) @ relevance
    return relevance[reads].mean(0)


def _map(values: Tensor, tokens: Tokens) -> Array:
    return tokens.on_grid(frozen(values))


def _ablated(
    module: nn.Module, image: Tensor, logits: Tensor, passed: list[Passage], tokens: Tokens, target: int, job: Job
) -> Array | str:
    """Log probability of the target less the one without what lies in each cell; or why there is none."""
    first = passed[0]
    start = tokens_of(module, first.path, first.before)
    assert tokens.grid is not None
    if start.grid is None:
        return start.reason
    across = [fine // coarse for fine, coarse in zip(start.grid, tokens.grid, strict=True)]
    if any(rows != n * coarse for rows, n, coarse in zip(start.grid, across, tokens.grid, strict=True)):
        return "The last tokens do not cover whole patches."
    patches = torch.arange(start.patches, device=image.device).view(
        tokens.grid[0], across[0], tokens.grid[1], across[1]
    )
    cells = patches.transpose(1, 2).flatten(2).flatten(0, 1) + len(start.prefix)  # (cells, tokens in each)
    before = logits.log_softmax(-1)[0, target]
    falls: list[Tensor] = []
    batch = max(1, TOKENS // len(start))
    for at in range(0, len(cells), batch):
        job.progress("Patches taken away", at, len(cells), "patches")
        gone = cells[at : at + batch]
        with _without(first, gone, len(start.prefix)) as stack:
            for passage in passed:
                stack.callback(passage.block.register_forward_pre_hook(lambda *_: job.check()).remove)
            without = module(image.expand(len(gone), -1, -1, -1))
        falls.append(before - without.double().log_softmax(-1)[:, target])
    return frozen(torch.cat(falls).unflatten(0, tokens.grid))


def _without(first: Passage, gone: Tensor, prefix: int) -> ExitStack:
    """While this lasts, the tokens `gone` (B, k) of B images are the mean of all patches at the first block."""
    place = first.family.stream
    by_channel = first.family.channels_first

    def replace(_: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        stream = given[place] if len(given) > place else named["x"]
        moved = stream.movedim(1, -1) if by_channel and stream.ndim == 4 else stream
        flat = moved.flatten(1, -2).clone()
        mean = flat[:, prefix:].mean(1, keepdim=True)
        flat[torch.arange(len(gone), device=flat.device)[:, None], gone] = mean
        new = flat.view(moved.shape)
        new = new.movedim(-1, 1) if moved is not stream else new
        if len(given) > place:
            return (*given[:place], new, *given[place + 1 :]), named
        return given, {**named, "x": new}

    stack = ExitStack()
    stack.callback(first.block.register_forward_pre_hook(replace, with_kwargs=True).remove)
    return stack


def _agreement(opinion: Array, ablated: Array) -> Estimate:
    """Spearman's correlation over patches, which are resampled; n is their number. Patches that lie together are alike,
    so that the interval is rather too narrow."""
    pairs = ablated.size * (ablated.size - 1) // 2
    resamples = int(np.clip(_SIGNS // max(pairs, 1), 100, _RESAMPLES))
    flat: list[NDArray[np.float64]] = [side.astype(np.float64).ravel() for side in (opinion, ablated)]
    return spearman(*flat, resamples=resamples)
