"""The tree of sites of a model in memory, with what goes when each of them goes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from vitprune.architecture import Architecture, Cost, Kind, Site
from vitprune.families import Adds, Branch, Family, find_blocks, part, present
from vitprune.families.class_token import PrefixBlock, PrefixEvaBlock
from vitprune.families.generic import Attention, sounds_like_attention
from vitprune.inputs import Size, input_size_of, remember, skeleton
from vitprune.plan import Action
from vitprune.pooling import own_tokens, pooled_by, prefix_of
from vitprune.repair.replacement import Replacement
from vitprune.width.units import Width, width_of

__all__ = ["branch_params", "describe", "input_size_of"]


def describe(module: nn.Module, input_size: Size | None = None) -> Architecture:
    """The tree of sites of a model in memory. Computes nothing and changes nothing: shapes, running order and
    multiply-accumulates come from a forward on the meta device, or of a copy where that does not work.

    A model of which nothing can be pruned is described too: its `note` says why, and its parts are there to be looked
    at, each of them fixed. A model that does not run at all has no MACs.
    """
    if input_size is not None:
        remember(module, input_size)
    size = input_size or input_size_of(module)
    blocks = list(find_blocks(module))
    pooled = pooled_by(module)
    run = _run(module, size, {path: family for path, _, family in blocks})
    ran = sorted((b for b in blocks if b[0] in run.tokens), key=lambda block: list(run.tokens).index(block[0]))
    sites: list[Site] = []
    last = ""
    for depth, (path, block, family) in enumerate(ran):
        own = own_tokens(prefix_of(module, block, family), pooled)
        branches = list(_branches(path, block, family, depth, run, own, last if path in run.follows else ""))
        params = sum(p.numel() for p in block.parameters())
        fixed = family.fixed(block)
        repairs = branches[0].repairs if branches and not fixed and not family.rest else ()
        sites.append(Site(path, Kind.BLOCK, depth, params, run.macs.get(path, 0), fixed=fixed, repairs=repairs))
        sites += branches
        last = branches[-1].id if branches else last
    if not sites:
        sites += _outline(module, run)
    config: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    prunable = any(not site.fixed for site in sites)
    return Architecture(
        name=str(config.get("architecture") or type(module).__name__),
        family=", ".join(dict.fromkeys(family.name for _, _, family in ran)),
        params=sum(p.numel() for p in module.parameters()),
        macs=run.macs.get("", 0),
        input_size=size,
        tokens=next(iter(run.tokens.values()), 0),
        num_classes=int(cast(Any, getattr(module, "num_classes", 0)) or 0),
        sites=tuple(sites),
        note=_unread(module, ran[-1], run, pooled) if prunable else _why_not(module, run, size, bool(ran)),
        pooled=pooled,
    )


def _branches(
    path: str, block: nn.Module, family: Family, depth: int, run: _Run, own: int, last: str
) -> Iterator[Site]:
    """`last` is the branch before this block, where the block reads what that wrote."""
    for branch in present(block, family):
        site = f"{path}.{branch.name}"
        if branch.counts is not None:
            params, macs = branch.counts(block, run.tokens[path])
        else:
            params = branch_params(block, branch)
            macs = sum(run.macs.get(f"{path}.{name}", 0) for name in branch.owns)
        replaced = isinstance(part(block, branch.name), Replacement)
        width = Width() if replaced else width_of(block, branch)
        inside, odd = divmod(run.macs.get(site, 0), max(1, width.count))
        if odd or not inside:
            width = Width(whole=width.whole or "What a part of it costs is not known.")
        yield Site(
            site,
            Kind.LINEAR if replaced else branch.kind,
            depth,
            params,
            macs,
            path,
            repairs=() if replaced else tuple(_repairs(block, branch, run.widths.get(site, 0), run.tokens[path], own)),
            follows=last,
            absorbs=not replaced and _absorbs(block, branch),
            units=width.count,
            unit_params=width.params,
            unit_macs=inside if width.count else 0,
            whole="" if replaced else width.whole,
        )
        last = site if branch.adds is Adds.IN_TURN else ""


def _repairs(block: nn.Module, branch: Branch, width: int, tokens: int, own: int) -> Iterator[Cost]:
    """What may stand for a branch whose main module keeps the shape of a stream of that `width`, and what it costs. The
    branch's norm stays before all but a constant."""
    if not branch.repairable or not width:
        return
    norm = 0 if branch.entry == branch.name else sum(p.numel() for p in part(block, branch.entry).parameters())
    maps, rows, rank = 1 + bool(own), tokens + own, rank_of(width)
    yield Cost(str(Action.MEAN), width, 0)
    yield Cost(str(Action.FOLD), 0, 0)
    yield Cost(str(Action.DIAGONAL), norm + maps * 2 * width, 0)
    yield Cost(str(Action.LOW_RANK), norm + maps * width * (2 * rank + 1), rows * 2 * width * rank)
    yield Cost(str(Action.LINEAR), norm + maps * width * (width + 1), rows * width * width)


def rank_of(width: int) -> int:
    """The rank of a low-rank map: it costs a quarter of a whole one."""
    return max(1, width // 8)


def _absorbs(block: nn.Module, branch: Branch) -> bool:
    if not branch.last or branch.adds is not Adds.IN_TURN:
        return False
    layer, scale = part(block, branch.last), layer_scale(block, branch)
    if type(layer) is not nn.Linear or layer.bias is None:
        return False
    return scale is None or scale.is_meta or bool((scale != 0).all())


def layer_scale(block: nn.Module, branch: Branch) -> Tensor | None:
    """What multiplies the output of a branch's last layer, channel by channel."""
    for name in branch.owns:
        owned = part(block, name)
        if isinstance(owned, nn.Parameter):
            return owned
        if isinstance(gamma := getattr(owned, "gamma", None), nn.Parameter) and name != branch.name:
            return gamma
    return None


def branch_params(block: nn.Module, branch: Branch) -> int:
    total = 0
    for name in branch.owns:
        owned = part(block, name)
        if isinstance(owned, nn.Parameter):
            total += owned.numel()
        elif isinstance(owned, nn.Module):
            total += sum(p.numel() for p in owned.parameters())
    return total


def _unread(module: nn.Module, last: tuple[str, nn.Module, Family], run: _Run, pooled: str) -> str:
    """What the last block does in vain."""
    path, block, family = last
    alone = isinstance(block, PrefixBlock | PrefixEvaBlock)
    if alone or run.tokens[path] <= prefix_of(module, block, family):
        return ""
    if pooled == "cls":
        return "The head reads the class token only: what the last block does to patch tokens never reaches it."
    if pooled == "prefix":
        return (
            "The head reads the class and distillation tokens only: what the last block does to patch tokens never "
            "reaches it."
        )
    return ""


def _outline(module: nn.Module, run: _Run) -> Iterator[Site]:
    """The parts of a model in which nothing can be pruned: those at its top, and in each what it repeats, the innermost
    parts of lists of parts."""
    lists = (nn.Sequential, nn.ModuleList)
    listed = [
        f"{path}.{name}"
        for path, parent in module.named_modules()
        if isinstance(parent, lists) and path
        for name, child in parent.named_children()
        if not isinstance(child, lists) and any(child.children())
    ]
    repeated = [path for path in listed if not any(other.startswith(f"{path}.") for other in listed)]
    tops = [name for name, _ in module.named_children()]
    parts = [path for top in tops for path in (top, *(p for p in repeated if p.startswith(f"{top}.")))]
    weights = {path: sum(p.numel() for p in module.get_submodule(path).parameters()) for path in parts}
    for depth, path in enumerate(path for path in parts if weights[path]):
        why = f"ViTPrune cannot prune a {type(module.get_submodule(path)).__name__}."
        top = path.partition(".")[0]
        parent = top if top != path else None
        yield Site(path, Kind.BLOCK, depth, weights[path], run.macs.get(path, 0), parent, fixed=why)


def _why_not(module: nn.Module, run: _Run, size: Size, found: bool) -> str:
    # Whole sentences, without the name of the model, so that the window can say them in another language.
    if run.failure:
        shape = "x".join(map(str, size))
        return f"This model does not run on an image of {shape}, so its MACs are unknown: {run.failure}"
    if found:
        return "This model has no part that can go: what follows needs each of its blocks."
    if not run.attends:
        return "This model has no attention: ViTPrune shows it, and prunes vision transformers only."
    if any(p.is_meta for p in module.parameters()):
        return "This model has no block that ViTPrune knows, and without its weights it cannot be examined."
    return "This model has attention, but no residual branch of which ViTPrune can prove that it can go."


@dataclass(frozen=True)
class _Run:
    """What one image does in a model: tokens that each block sees, in running order, and MACs by module path, "" for
    the whole model; whether anything in it attends. `widths` are those of the streams of the branches whose main module
    keeps the shape of what it is given; `follows`, the blocks that are given just what the block before them gave.
    `failure` says why the model did not run."""

    tokens: dict[str, int]
    macs: dict[str, int]
    attends: bool
    widths: dict[str, int] = field(default_factory=dict)
    follows: frozenset[str] = frozenset()
    failure: str = ""


def _run(module: nn.Module, size: Size, families: dict[str, Family]) -> _Run:
    """Without weights where the model can do that, else with them, and nothing where it cannot run at all."""
    failure = ""
    for copied in (skeleton, copy.deepcopy):
        try:
            return _counted(copied(module).eval(), size, families)
        except Exception as error:  # noqa: BLE001 - it may be any code
            failure = (str(error).strip().splitlines() or [type(error).__name__])[0]
    attends = any(sounds_like_attention(path, found) for path, found in module.named_modules())
    return _Run({}, {}, attends, failure=failure)


def _counted(copied: nn.Module, size: Size, families: dict[str, Family]) -> _Run:
    """torch counts two operations for a multiply-accumulate. It counts nothing for the fused attention kernel of the
    CPU, hence the math path."""
    tokens: dict[str, int] = {}
    widths: dict[str, int] = {}
    follows: set[str] = set()
    given: list[Any] = [None]
    attends = False

    def note_attention() -> None:
        nonlocal attends
        attends = True

    def watch(path: str, family: Family) -> None:
        def note_length(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            stream = args[family.stream] if len(args) > family.stream else kwargs["x"]
            if not isinstance(stream, Tensor):
                stream = stream[0]  # several streams beside each other
            first = family.channels_first and stream.ndim == 4
            tokens.setdefault(path, stream.numel() // stream.shape[1 if first else -1])
            if stream is given[0]:
                follows.add(path)

        def note_output(_: nn.Module, __: object, output: Any) -> None:
            given[0] = output[family.stream] if isinstance(output, tuple) else output

        block = copied.get_submodule(path)
        block.register_forward_pre_hook(note_length, with_kwargs=True)
        block.register_forward_hook(note_output)
        for branch in present(block, family):
            if branch.repairable:
                part(block, branch.name).register_forward_hook(note_width(f"{path}.{branch.name}", path))

    def note_width(site: str, path: str) -> Any:
        def hook(_: nn.Module, args: tuple[Any, ...], output: Any) -> None:
            kept = isinstance(output, Tensor) and output.shape == args[0].shape
            if kept and args[0].numel() == tokens[path] * args[0].shape[-1]:
                widths[site] = args[0].shape[-1]

        return hook

    for path, family in families.items():
        watch(path, family)
    like = next(copied.parameters(), torch.empty(0))
    images = torch.zeros(1, *size, device=like.device, dtype=like.dtype)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter, Attention(note_attention):
        copied(images)
    prefix = f"{type(copied).__name__}."
    counts = counter.get_flop_counts()
    macs = {name.removeprefix(prefix): sum(ops.values()) // 2 for name, ops in counts.items()}
    return _Run(tokens, macs | {"": counter.get_total_flops() // 2}, attends, widths, frozenset(follows))
