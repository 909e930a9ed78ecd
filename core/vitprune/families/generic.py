"""Residual branches of blocks that no file of this folder knows: found by watching one image pass, proved on others.

A branch is a run of calls of a block's modules that starts at one whose input is the stream s and ends at one whose
output f makes the next stream that is seen, s + f. It counts only if the block without it computes, bit for bit, what
the block computes with f set to zero, if the next stream then is s itself, and if that is not what the block computed
before. Watching and proving happen on a copy of the model.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, NamedTuple, cast
from weakref import WeakKeyDictionary, WeakSet

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from vitprune.architecture import Kind
from vitprune.families.family import Adds, Branch, Family, Skipping
from vitprune.inputs import input_size_of

NAMES = re.compile("attn|attention|mhsa|msa", re.IGNORECASE)
POOLS = re.compile("pool", re.IGNORECASE)
PRODUCTS = frozenset({"matmul", "__matmul__", "__rmatmul__", "bmm", "baddbmm", "einsum"})
FUSED = frozenset({"scaled_dot_product_attention", "multi_head_attention_forward", "flex_attention"})
FEWEST_TOKENS = 8  # a softmax over fewer weighs paths, not tokens
CLOSE = 1e-4
PROBES = 61  # numbers that rule out that one tensor is the sum of two others
NEAR = 3  # sights of a stream after a branch, its own dropout's among them, in which it may be added scaled
LONGEST = 60  # starts and ends of calls, of a branch that is added scaled
SAMPLE = 16  # places along an axis that tell whether one tensor is another, scaled
MOST_IN_ROW = 4  # parts of one block that are just called one after the other
MOST_CALLS = 200  # of modules, in one block
MOST_REFUTED = 30  # of what looks like a branch, in one block
FIXED = "It does more than add its branches to the stream, and what follows needs that."


class Nothing(nn.Module):
    """Stands where a module of a removed branch was: gives zeros of its input's shape, a view of one number, and where
    that module gave several things, None for the others."""

    def __init__(self, returns: int) -> None:
        super().__init__()
        self.returns = returns

    def forward(self, x: torch.Tensor, *_: object, **__: object) -> torch.Tensor | tuple[torch.Tensor | None, ...]:
        zeros = x.new_zeros(()).expand(x.shape)
        return (zeros, *[None] * (self.returns - 1)) if self.returns else zeros


class Detected(Skipping):
    """A block of any class that stays as it is, but for its removed modules.

    `_returns`: of those that give a tuple, how long it is. `_rest`: what leaves with the whole block alone.
    """

    _returns: ClassVar[dict[str, int]] = {}
    _rest: ClassVar[frozenset[str]] = frozenset()

    def drop(self, names, *args):
        """Take these out; or, since many a block has a dropout of this name, which this method hides, call that."""
        if not isinstance(names, torch.Tensor):
            return self.take_out(names)
        return dict(self.named_children())["drop"](names, *args)

    def take_out(self, names):
        super().drop(names)
        for name in names:
            path, _, last = name.rpartition(".")
            if name not in self._rest:
                setattr(self.get_submodule(path), last, Nothing(self._returns.get(name, 0)))

    def forward(self, *args, **kwargs):
        if self._rest & set(self.removed):
            return args[0]
        return super().forward(*args, **kwargs)


# What is known of modules by now.
_found: WeakKeyDictionary[nn.Module, tuple[Family, tuple[type, ...]]] = WeakKeyDictionary()
_nothing_in: WeakSet[nn.Module] = WeakSet()


def detected(block: nn.Module) -> Family | None:
    """The family that was found for this very block, or for the one that it is a pruned form of."""
    if isinstance(block, Detected):
        return cast(Any, type(block))._family
    if block not in _found:
        return None
    family, parts = _found[block]
    return family if parts == _parts(block) else None


def adopt(module: nn.Module, original: nn.Module) -> None:
    """What is known of a model holds for its copy."""
    for copied, known in zip(module.modules(), original.modules(), strict=True):
        if known in _found:
            _found[copied] = _found[known]
        if known in _nothing_in:
            _nothing_in.add(copied)


def detect(module: nn.Module, known: Callable[[nn.Module], bool]) -> None:
    """Look for blocks, in what may hold attention and is neither `known`, nor part of what is, nor holds any of it.
    `detected` tells what was found. Costs nothing where there is nothing new to look at."""
    paths = [path for path, part in _strange(module, known) if part not in _nothing_in]
    if not paths or any(p.is_meta for p in module.parameters()):
        return  # without weights there is nothing to prove
    found: dict[str, Family] = {}
    with suppress(_Fails):  # what cannot be watched has no site
        found = _Search(module, paths).run()
    for path in paths:
        part = module.get_submodule(path)
        if path in found:
            _found[part] = found[path], _parts(part)
        _nothing_in.add(part)


def _strange(module: nn.Module, known: Callable[[nn.Module], bool]) -> Iterator[tuple[str, nn.Module]]:
    """Modules that no family is about, nor about anything in or around them, outermost first. Where families are about
    others, only those of which a name says that they hold attention."""
    parts = dict(module.named_modules())
    blocks = [path for path, part in parts.items() if known(part)]
    inside = tuple(f"{path}." if path else "" for path in blocks)
    around = {holder for path in blocks for holder in _holders(path)}
    named = {
        holder
        for path, part in parts.items()
        if sounds_like_attention(path, part) and not path.startswith(inside)
        for holder in (path, *_holders(path))
    }
    for path, part in parts.items():
        known_one = path in around or path in blocks or path.startswith(inside)
        if path and any(part.children()) and not known_one and (path in named or not blocks):
            yield path, part


def _holders(path: str) -> Iterator[str]:
    """The paths of the modules around that of a path."""
    return (path[:end] for end in range(len(path)) if path[end] == ".")


def sounds_like_attention(path: str, part: nn.Module) -> bool:
    name = path.rpartition(".")[2]
    kind = type(part).__name__
    if isinstance(part, nn.Identity) or POOLS.search(name) or POOLS.search(kind):
        return False
    return bool(NAMES.search(name) or NAMES.search(kind)) or isinstance(part, nn.MultiheadAttention)


def _parts(block: nn.Module) -> tuple[type, ...]:
    return tuple(type(part) for part in block.modules())


class _Fails(Exception):
    """The model, which may be any code, does not do what was asked of it."""


def _run(module: nn.Module, given: _Arguments) -> Any:
    """What a module gives. Its arguments stay as they are."""
    try:
        return module(*_cloned(given.args), **_cloned(given.kwargs))
    except Exception as error:
        raise _Fails from error


class _Call(NamedTuple):
    """A module at work: what it was given first, and gave; `returns`, the length of a tuple that it gave, else 0."""

    path: str
    nth: int
    given: Tensor | None
    gave: Tensor | None
    returns: int
    entered: int
    left: int


class _Arguments(NamedTuple):
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass
class _Chain:
    """A run of calls that may be a branch. `until` is the call whose input is the stream after it, None for the block's
    output; `changed`, that it adds its output scaled or in another shape."""

    calls: list[_Call]
    until: _Call | None
    changed: bool
    attends: bool

    @property
    def owns(self) -> tuple[str, ...]:
        return tuple(call.path for call in self.calls)


@dataclass
class _Finding:
    """What is proved of one block."""

    chains: list[_Chain]
    branches: tuple[Branch, ...] = ()
    returns: dict[str, int] = field(default_factory=dict)
    whole: bool = False
    channels_first: bool = False


class Attention(TorchFunctionMode):
    """Calls `seen` wherever activations are weighed by activations: products of two, or a softmax over tokens."""

    def __init__(self, seen: Callable[[], None]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        result = func(*args, **(kwargs or {}))
        if name in FUSED or (name in PRODUCTS and not any(isinstance(a, nn.Parameter) for a in _tensors(args))):
            self.seen()
        elif name == "softmax" and isinstance(result, Tensor):
            dim = (kwargs or {}).get("dim", args[1] if len(args) > 1 else -1)
            if result.ndim > 2 and isinstance(dim, int) and result.shape[dim] >= FEWEST_TOKENS:
                self.seen()
        return result


class _Search:
    """The search through one model."""

    def __init__(self, module: nn.Module, paths: Sequence[str]) -> None:
        # One picture first; two then, since what holds for one alone may be chance.
        size = input_size_of(module)
        like = next((p for p in module.parameters() if p.is_floating_point()), torch.empty(0))
        generator = torch.Generator().manual_seed(0)
        self.images = [_Arguments((torch.randn(n, *size, generator=generator).to(like),), {}) for n in (1, 2)]
        try:
            self.model = copy.deepcopy(module).eval()
        except Exception as error:
            raise _Fails from error
        self.paths = paths
        for parameter in self.model.parameters():
            if parameter.is_floating_point() and bool((parameter == parameter.flatten()[:1]).all()):
                # All zeros or all ones as they are before training: they would hide what they scale.
                noise = torch.randn(parameter.shape, generator=generator).to(parameter)
                parameter.requires_grad_(False).add_(0.1 * noise)

    @torch.no_grad()
    def run(self) -> dict[str, Family]:
        self.calls: Counter[nn.Module] = Counter()
        attentive = self.attentive()
        paths = [path for path in self.paths if self.model.get_submodule(path) in attentive]
        if not paths:
            return {}
        given = [self.arguments(paths, images) for images in self.images]
        self.holders: dict[int, set[nn.Module]] = {}
        for part in self.model.modules():
            for parameter in part.parameters(recurse=False):
                self.holders.setdefault(id(parameter), set()).add(part)
        found: dict[str, _Finding] = {}
        spare: dict[str, _Finding] = {}
        for path in sorted(paths, key=lambda path: -path.count(".")):
            block = self.model.get_submodule(path)
            inside = [name for name in found if name.startswith(f"{path}.")]
            if path not in given[0] or path not in given[1]:
                continue
            if isinstance(block, nn.Sequential) and len(block) > MOST_IN_ROW:
                continue
            if inside and (len(inside) > 1 or any(b.kind is not Kind.ATTENTION for b in found[inside[0]].branches)):
                continue
            finding = self.finding(block, given[0][path], given[1][path])
            if finding is None:
                continue
            attentions = sum(branch.kind is Kind.ATTENTION for branch in finding.branches)
            if inside and not (finding.whole and len(found[inside[0]].branches) == attentions < len(finding.branches)):
                continue
            if not attentions:
                spare[path] = finding  # of use if nothing around it is a block
                continue
            found[path] = finding
            for name in inside:
                del found[name]
        for path, finding in spare.items():
            if not any(f"{name}.".startswith(f"{path}.") or path.startswith(f"{name}.") for name in found):
                found[path] = finding
        return self.checked(self.families(found))

    def attentive(self) -> set[nn.Module]:
        """What attends somewhere within itself. Counts the calls of every module, too."""
        running: list[nn.Module] = []
        found: set[nn.Module] = set()

        def enter(part: nn.Module, _: object) -> None:
            self.calls[part] += 1
            running.append(part)

        def leave(_: nn.Module, __: object, ___: object) -> None:
            running.pop()

        with ExitStack() as stack:
            for part in self.model.modules():
                stack.enter_context(_hook(part.register_forward_pre_hook(enter)))
                stack.enter_context(_hook(part.register_forward_hook(leave)))
            with Attention(lambda: found.update(running)):
                _run(self.model, self.images[0])
        return found

    def arguments(self, paths: Sequence[str], images: _Arguments) -> dict[str, _Arguments]:
        """What modules are given, where they are called once, with a tensor first, and give a tensor."""
        given: dict[str, _Arguments] = {}

        def watch(path: str) -> Any:
            kept: list[_Arguments] = []

            def before(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
                kept.append(_Arguments(*_cloned((args, kwargs))))

            def after(_: nn.Module, __: object, output: Any) -> None:
                first = kept[0].args[:1]
                if len(kept) == 1 and first and isinstance(first[0], Tensor) and isinstance(output, Tensor):
                    if first[0].ndim > 2:
                        given[path] = kept[0]
                else:
                    given.pop(path, None)

            return before, after

        with ExitStack() as stack:
            for path in paths:
                part = self.model.get_submodule(path)
                before, after = watch(path)
                stack.enter_context(_hook(part.register_forward_pre_hook(before, with_kwargs=True)))
                stack.enter_context(_hook(part.register_forward_hook(after)))
            _run(self.model, images)
        return given

    def finding(self, block: nn.Module, first: _Arguments, second: _Arguments) -> _Finding | None:
        """The branches of a block; None when it has none."""
        if first.args[0].shape == second.args[0].shape:
            return None  # the first dimension does not count images
        calls, attended, output = _traced(block, first)
        if len(calls) > MOST_CALLS:
            return None
        streams = (first.args[0], *(call.given for call in calls))
        image = next((stream for stream in streams if stream is not None and stream.ndim == 4), None)
        channels_first = image is not None and not _channels_last(block, calls, image)
        finding = _Finding([], channels_first=channels_first)
        dense = _run(block, second)
        reached = refuted = 0
        for chain in _chains(calls, attended, output, lambda path: self.removable(block, path)):
            if chain.calls[0].entered >= reached and self.private(block, chain) and _readable(chain, channels_first):
                finding.returns |= {call.path: call.returns for call in chain.calls if call.returns}
                if _proved(block, chain, second, dense):
                    finding.chains.append(chain)
                    reached = max(call.left for call in chain.calls)
                elif (refuted := refuted + 1) > MOST_REFUTED:
                    break
        if not finding.chains:
            return None
        finding.branches = _branches(block, finding.chains)
        owns = [name for branch in finding.branches for name in branch.owns]
        with _without(block, owns, finding.returns):
            try:
                finding.whole = torch.equal(_run(block, second), second.args[0])
            except _Fails:
                return None
        return finding

    def removable(self, block: nn.Module, path: str) -> bool:
        return self.calls[block.get_submodule(path)] == 1

    def private(self, block: nn.Module, chain: _Chain) -> bool:
        """Whether nothing else holds the parameters of the chain's modules."""
        mine = {part for name in chain.owns for part in block.get_submodule(name).modules()}
        return all(self.holders[id(p)] <= mine for part in mine for p in part.parameters(recurse=False))

    def families(self, found: Mapping[str, _Finding]) -> dict[str, Family]:
        by_class: dict[type, list[str]] = {}
        for path in found:
            by_class.setdefault(type(self.model.get_submodule(path)), []).append(path)
        families: dict[str, Family] = {}
        for kind, paths in by_class.items():
            # One class is to serve all: exports tell blocks by their class.
            returns = {name: n for path in paths for name, n in found[path].returns.items()}
            owned = {name for path in paths for branch in found[path].branches for name in branch.owns}
            rests: dict[str, tuple[str, ...]] = {}
            for path in paths:
                mine = {name for branch in found[path].branches for name in branch.owns}
                rests[path] = tuple(_unowned(self.model.get_submodule(path), mine)) if found[path].whole else ()
            rest = frozenset(name for path in paths for name in rests[path]) - owned
            for path in paths:
                finding = found[path]
                whole = finding.whole and set(rests[path]) <= rest
                families[path] = _family(
                    kind,
                    finding.branches,
                    tuple(sorted(returns.items())),
                    rest,
                    rests[path] if whole else (),
                    "" if whole else FIXED,
                    finding.channels_first,
                )
        return families

    def checked(self, families: dict[str, Family]) -> dict[str, Family]:
        """Those that stand the test in the model too, which may look into its blocks: all at once, else one by one."""
        if families and not self.stands(families):
            return {path: family for path, family in families.items() if self.stands({path: family})}
        return families

    def stands(self, families: Mapping[str, Family]) -> bool:
        with ExitStack() as stack:
            for path, family in families.items():
                block = self.model.get_submodule(path)
                for branch in family.branches_of(block):
                    stack.enter_context(_hook(block.get_submodule(branch.exit).register_forward_hook(_zero)))
            expected = _run(self.model, self.images[1])
        pruned = copy.deepcopy(self.model)
        for path, family in families.items():
            block = pruned.get_submodule(path)
            block.__class__ = family.skipping
            owns = [name for branch in family.branches_of(block) for name in branch.owns]
            cast(Detected, block).drop(owns)
        try:
            return all(
                torch.equal(a, b)
                for a, b in zip(_tensors(expected), _tensors(_run(pruned, self.images[1])), strict=True)
            )
        except _Fails:
            return False


@contextmanager
def _hook(handle: RemovableHandle) -> Iterator[None]:
    """A hook, for a while."""
    try:
        yield
    finally:
        handle.remove()


def _traced(block: nn.Module, given: _Arguments) -> tuple[list[_Call], list[int], Tensor]:
    """Every call of the block's modules, in the order in which they start; when it attends; its output."""
    calls: list[_Call] = []
    running: list[tuple[str, int, Tensor | None, int]] = []
    attended: list[int] = []
    counts: Counter[str] = Counter()
    clock = 0

    def tick() -> int:
        nonlocal clock
        clock += 1
        return clock

    def enter(path: str) -> Any:
        def hook(_: nn.Module, args: tuple[Any, ...]) -> None:
            first = _kept(args[0]) if args else None
            running.append((path, counts[path], first, tick()))
            counts[path] += 1

        return hook

    def leave(_: nn.Module, __: object, output: Any) -> None:
        path, nth, first, entered = running.pop()
        gave = output[0] if isinstance(output, tuple) and output else output
        returns = len(output) if isinstance(output, tuple) else 0
        calls.append(_Call(path, nth, first, _kept(gave), returns, entered, tick()))

    with ExitStack() as stack:
        for path, part in block.named_modules():
            if path:
                stack.enter_context(_hook(part.register_forward_pre_hook(enter(path))))
                stack.enter_context(_hook(part.register_forward_hook(leave)))
        with Attention(lambda: attended.append(tick())):
            output = _run(block, given)
    return sorted(calls, key=lambda call: call.entered), attended, output


def _kept(value: Any) -> Tensor | None:
    """Numbers as they are now, whatever is done to them in place."""
    return value.clone(memory_format=torch.contiguous_format) if isinstance(value, Tensor) else None


def _chains(
    calls: Sequence[_Call], attended: Sequence[int], output: Tensor, removable: Callable[[str], bool]
) -> Iterator[_Chain]:
    """Runs of calls that look like branches, the longest of each start first, outer modules before inner ones."""
    sights = _Sights([*((call, call.given) for call in calls if call.given is not None), (None, output)])
    last_first = sorted(calls, key=lambda call: -call.left)
    for start in calls:
        before = start.given
        if before is None or not before.is_floating_point() or not removable(start.path):
            continue
        for end in last_first:
            added = end.gave
            if end.entered < start.entered or added is None or added.shape != before.shape or not removable(end.path):
                continue
            near = NEAR if end.left - start.entered < LONGEST else 0
            for until, after, changed in sights.of_sum(before, added, end.left, near):
                inside = _outermost([c for c in calls if start.entered <= c.entered and c.left <= end.left])
                attends = any(start.entered < time < end.left for time in attended)
                owned = [call for call in inside if removable(call.path)]
                if _adds(before, added, after, scaled=changed is None):
                    if owned[-1].path == end.path:
                        yield _Chain(owned, until, changed is not False, attends)
                    break


class _Sights:
    """All that is seen of a stream: what calls are given, and the output."""

    def __init__(self, seen: Sequence[tuple[_Call | None, Tensor]]) -> None:
        self.seen = [(call, tensor) for call, tensor in seen if tensor.is_floating_point()]
        self.tables: dict[torch.Size, tuple[list[tuple[_Call | None, Tensor, bool]], Tensor]] = {}

    def of_sum(
        self, before: Tensor, added: Tensor, since: int, near: int
    ) -> Iterator[tuple[_Call | None, Tensor, bool | None]]:
        """Later sights, laid out like `before`, that a few numbers do not keep from being the sum, and whether the
        layout was another; None for the first `near` that it does, since the sum may be scaled."""
        rows, table = self.table(before.shape)
        if not rows:
            return
        error = (_probed(before) + _probed(added) - table).abs().amax(1)
        fits = (error <= 100 * CLOSE * table.abs().amax(1)).tolist()
        later = [i for i, (call, _, __) in enumerate(rows) if call is None or call.entered > since]
        for place, i in enumerate(later):
            call, tensor, changed = rows[i]
            if fits[i] or place < near:
                yield call, tensor, changed if fits[i] else None

    def table(self, shape: torch.Size) -> tuple[list[tuple[_Call | None, Tensor, bool]], Tensor]:
        if shape not in self.tables:
            liked = ((call, _like(tensor, shape), tensor.shape != shape) for call, tensor in self.seen)
            rows = [(call, tensor, changed) for call, tensor, changed in liked if tensor is not None]
            probes = [_probed(tensor) for _, tensor, _ in rows]
            self.tables[shape] = rows, torch.stack(probes) if probes else torch.empty(0)
        return self.tables[shape]


def _probed(tensor: Tensor) -> Tensor:
    return tensor.reshape(-1)[:: max(1, tensor.numel() // PROBES)]


def _outermost(calls: Sequence[_Call]) -> list[_Call]:
    kept: list[_Call] = []
    for call in calls:
        if not kept or call.entered > kept[-1].left:
            kept.append(call)
    return kept


def _adds(before: Tensor, added: Tensor, after: Tensor, scaled: bool) -> bool:
    """Whether `after` is the sum of the other two; where `added` may be `scaled` by channel before, whether it is."""
    close = CLOSE if after.dtype is torch.float32 else 100 * CLOSE
    if not scaled:
        return torch.allclose(before + added, after, rtol=0, atol=close * float(after.abs().max()))
    corner = _corner(before.shape)
    f, step = added[corner].double(), after[corner].double() - before[corner].double()
    for channel in {before.ndim - 1, 1} if before.ndim == 4 else {before.ndim - 1}:
        others = [dim for dim in range(before.ndim) if dim != channel]
        factor = (step * f).sum(others, keepdim=True) / f.square().sum(others, keepdim=True).clamp_min(1e-30)
        error = float((factor * f - step).abs().max())
        rounding = close / 500 * float(after[corner].abs().max())
        longest = float(step.abs().max())
        if step.numel() > 2 * factor.numel() and longest > 2 * rounding and error <= 10 * close * longest + rounding:
            return True
    return False


def _like(tensor: Tensor, shape: torch.Size) -> Tensor | None:
    """The same stream in another layout: (B, N, C), (B, H, W, C) or (B, C, H, W). None if it cannot be the same."""
    if tensor.shape == shape:
        return tensor
    if tensor.numel() != shape.numel() or tensor.ndim < 3 or tensor.shape[0] != shape[0]:
        return None
    if tensor.shape[-1] == shape[-1]:
        return tensor.reshape(shape)
    if tensor.ndim == 4 and len(shape) == 3 and tensor.shape[1] == shape[-1]:
        return tensor.flatten(2).mT
    if tensor.ndim == 3 and len(shape) == 4 and tensor.shape[-1] == shape[1]:
        return tensor.mT.reshape(shape)
    return None


def _corner(shape: torch.Size) -> tuple[slice, ...]:
    """Enough of a tensor to tell whether one is another, scaled."""
    if len(shape) == 4:
        return (slice(None), slice(SAMPLE), slice(8), slice(SAMPLE))
    return (*[slice(SAMPLE)] * (len(shape) - 1), slice(None))


def _proved(block: nn.Module, chain: _Chain, given: _Arguments, dense: Tensor) -> bool:
    """Whether the block without the chain is the block with its last output zeroed, and not the block as it is."""
    states: dict[str, Tensor] = {}
    turn: Counter[str] = Counter()

    def keep(name: str, nth: int) -> Any:
        def hook(_: nn.Module, args: tuple[Any, ...]) -> None:
            if turn[name] == nth:
                states[name] = args[0].clone()
            turn[name] += 1

        return hook

    start, end = chain.calls[0], chain.calls[-1]
    with ExitStack() as stack:
        stack.enter_context(_hook(block.get_submodule(end.path).register_forward_hook(_zero)))
        for name, call in (("before", start), ("after", chain.until)):
            if call is not None:
                hook = keep(name, call.nth)
                stack.enter_context(_hook(block.get_submodule(call.path).register_forward_pre_hook(hook)))
        zeroed = _run(block, given)
    after = states["after"] if chain.until is not None else zeroed
    seen = _like(after, states["before"].shape)
    if seen is None or not torch.equal(seen, states["before"]) or torch.equal(zeroed, dense):
        return False
    try:
        with _without(block, chain.owns, {call.path: call.returns for call in chain.calls}):
            return torch.equal(_run(block, given), zeroed)
    except _Fails:  # some code cannot do without a module: it has to stay
        return False


def _zero(_: nn.Module, __: object, output: Any) -> Any:
    return (torch.zeros_like(output[0]), *output[1:]) if isinstance(output, tuple) else torch.zeros_like(output)


@contextmanager
def _without(block: nn.Module, names: Sequence[str], returns: Mapping[str, int]) -> Iterator[None]:
    """The block without these modules, for a while."""
    kept: list[tuple[nn.Module, str, nn.Module]] = []
    try:
        for name in names:
            path, _, last = name.rpartition(".")
            owner = block.get_submodule(path)
            kept.append((owner, last, block.get_submodule(name)))
            setattr(owner, last, Nothing(returns.get(name, 0)))
        yield
    finally:
        for owner, last, module in kept:
            setattr(owner, last, module)


def _branches(block: nn.Module, chains: Sequence[_Chain]) -> tuple[Branch, ...]:
    branches: list[Branch] = []
    for chain, following in zip(chains, [*chains[1:], None], strict=True):
        main = max(chain.owns, key=lambda name: _weight(block, name, chain.attends))
        next_entry = following.calls[0].path if following else ""
        until = chain.until.path if chain.until else ""
        tells_itself = not chain.changed and not chain.calls[-1].returns
        branches.append(
            Branch(
                main,
                _kind(block, chain),
                chain.owns,
                entry=chain.calls[0].path,
                exit=chain.calls[-1].path,
                adds=Adds.IN_TURN if tells_itself else Adds.IN_ANOTHER_LAYOUT,
                until="" if until == next_entry else until,
            )
        )
    return tuple(branches)


def _weight(block: nn.Module, name: str, attends: bool) -> tuple[bool, int]:
    part = block.get_submodule(name)
    named = any(sounds_like_attention(f"{name}.{path}", p) for path, p in part.named_modules())
    return attends and named, sum(p.numel() for p in part.parameters())


def _kind(block: nn.Module, chain: _Chain) -> Kind:
    if chain.attends:
        return Kind.ATTENTION
    parts = [part for name in chain.owns for part in block.get_submodule(name).modules()]
    convolutions = [part for part in parts if isinstance(part, nn.Conv1d | nn.Conv2d | nn.Conv3d)]
    wide = any(max(part.kernel_size) > 1 for part in convolutions)
    return Kind.CONV if wide and not any(isinstance(part, nn.Linear) for part in parts) else Kind.MLP


def _channels_last(block: nn.Module, calls: Sequence[_Call], stream: Tensor) -> bool:
    """Whether a stream of four dimensions is (B, H, W, C): what the first module that mixes channels takes it for."""
    for call in calls:
        part = block.get_submodule(call.path)
        if call.given is None or call.given.shape != stream.shape:
            continue
        if isinstance(part, nn.Conv2d | nn.BatchNorm2d | nn.GroupNorm):
            return False
        if isinstance(part, nn.Linear) or type(part) is nn.LayerNorm:
            return True
    return False


def _readable(chain: _Chain, channels_first: bool) -> bool:
    """Whether a stream that comes into four dimensions within the chain has its channels where others have them."""
    before, after = chain.calls[0].given, chain.until and chain.until.given
    if before is None or after is None or before.ndim == 4 or after.ndim != 4:
        return True
    return after.shape[1 if channels_first else -1] == before.shape[-1]


def _unowned(block: nn.Module, owned: set[str], prefix: str = "") -> Iterator[str]:
    """What no branch owns of a block."""
    for name, tensor in [*block._parameters.items(), *block._buffers.items()]:
        if tensor is not None:
            yield f"{prefix}{name}"
    for name, child in block.named_children():
        path = f"{prefix}{name}"
        if path in owned:
            continue
        if any(other.startswith(f"{path}.") for other in owned):
            yield from _unowned(child, owned, f"{path}.")
        else:
            yield path


@cache
def _family(
    block: type[nn.Module],
    branches: tuple[Branch, ...],
    returns: tuple[tuple[str, int], ...],
    rest_of_class: frozenset[str],
    rest: tuple[str, ...],
    fixed: str,
    channels_first: bool,
) -> Family:
    name = f"Skipping{block.__name__}"
    source = (
        f"class {name}(Detected, Skipping, {block.__name__}):\n"
        f'    """A {block.__name__} without what was taken out of it."""\n\n'
        f"    _returns = {dict(returns)!r}\n"
        f"    _rest = frozenset({sorted(rest_of_class)!r})\n"
    )
    skipping = type(
        name,
        (Detected, Skipping, block),
        {"__module__": __name__, "_returns": dict(returns), "_rest": rest_of_class, "SOURCE": source},
    )
    family = Family(
        block.__name__,
        block,
        skipping,
        branches,
        rest,
        fixed=lambda _: fixed,
        channels_first=channels_first,
        prefix=(lambda *_: 0) if channels_first else None,
        tier=3,
    )
    cast(Any, skipping)._family = family
    return family


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def _cloned(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    if isinstance(value, dict):
        return {name: _cloned(item) for name, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_cloned(item) for item in value)
    return value
