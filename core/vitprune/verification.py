"""The proof that a pruned model is the model minus those sites, with what stands in their place: three checks, none of
which trusts the surgery."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from vitprune.description import describe, input_size_of
from vitprune.errors import ExportFailed, ModelUnsupported, VitPruneError
from vitprune.families import Branch, adopt, find_blocks, part, present
from vitprune.jobs import Job
from vitprune.plan import PruningPlan
from vitprune.recipe import check_architecture, check_model_args
from vitprune.repair.replacement import Replacement
from vitprune.results import ModelReference
from vitprune.surgery import apply, replacements_in
from vitprune.width.units import width_of

TOLERANCE = 1e-5


@dataclass(frozen=True)
class Proof:
    """What was found. `max_difference` is the largest difference between the pruned model and the original in which
    hooks set to zero what those branches give, and what units that go hand to the last layer of theirs, over the
    largest logit, on random images; `params` and `macs` are counted in the pruned model. `round_trip`: the exported
    folder, rebuilt in a fresh process without ViTPrune, gives bit-identical logits; None when it is not known how to
    build the original. `failures` says what does not hold.
    """

    ok: bool
    max_difference: float
    params: int
    macs: int
    round_trip: bool | None
    failures: tuple[str, ...]


def verify(
    module: nn.Module,
    plan: PruningPlan | None = None,
    *,
    reference: ModelReference | None = None,
    data_config: dict[str, Any] | None = None,
    calibration: Iterable[Tensor] | None = None,
    job: Job | None = None,
) -> Proof:
    """Check a plan on a model in memory. `reference` and `data_config` say how the original is built; without them
    timm's own record in the module is asked. Repairs are fitted to `calibration`, batches of images (B, C, H, W), or to
    a few of noise: the proof holds for any.

    Raises PlanInvalid when the plan is for another model, and ModelUnsupported when the model does not run, or gives
    something else than a tensor; Cancelled.
    """
    job = job or Job()
    architecture = describe(module)
    plan = plan or PruningPlan.of(architecture)
    expected = plan.summary(architecture)
    # A product of matrices may be summed in another order when its weights want no gradient; a rebuilt model's do.
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(2, *architecture.input_size, generator=generator)
    noise = [torch.randn(16, *architecture.input_size, generator=generator)] if plan.needs_calibration else []
    batches = noise if calibration is None else list(calibration)
    pruned = apply(plan, module, batches, job=job).eval().requires_grad_(True)
    images = images.to(next(module.parameters(), images).device)
    original = absorbing(module, pruned, plan) if plan.needs_calibration else module
    with torch.inference_mode():
        wanted = _tensor(module, zeroed, original, plan, images, pruned)
        logits = _tensor(module, pruned, images)
    scale = float(wanted.abs().max().clamp_min(torch.finfo(wanted.dtype).tiny))
    difference = float((logits - wanted).abs().max()) / scale
    params = sum(p.numel() for p in pruned.parameters())
    macs = describe(pruned, architecture.input_size).macs
    failures = []
    if not difference <= TOLERANCE:
        failures.append(f"The logits differ by {difference:.2e} of their scale; {TOLERANCE:.0e} is allowed.")
    if params != expected.params:
        failures.append(f"{params:,} parameters are left; the plan predicts {expected.params:,}.")
    if macs != expected.macs:
        failures.append(f"{macs:,} MACs are left; the plan predicts {expected.macs:,}.")
    reference = reference or _reference_of(module)
    round_trip: bool | None = None
    if reference is not None:
        config = data_config or _config_of(module)
        round_trip = _survives(module, plan, images.cpu(), logits.cpu(), reference, config, batches, job)
        if not round_trip:
            failures.append("The exported folder, rebuilt in a fresh process, does not give the same logits.")
    return Proof(not failures, difference, params, macs, round_trip, tuple(failures))


def _tensor(module: nn.Module, compute: Callable[..., Any], *arguments: Any) -> Tensor:
    name = type(module).__name__
    try:
        given = compute(*arguments)
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnsupported(
            f"{name} does not run on random images: {reason}",
            hint="Describe it with the size of its images first: vitprune.describe(model, (3, height, width)).",
            details=repr(error),
        ) from error
    if not isinstance(given, Tensor):
        raise ModelUnsupported(
            f"{name} gives a {type(given).__name__}; only a tensor of logits or features can be verified.",
            hint="Wrap the model in a module that gives one of them.",
        )
    return given


def absorbing(module: nn.Module, pruned: nn.Module, plan: PruningPlan) -> nn.Module:
    """A copy of the original whose branches have the last layers that they have in the pruned model: some took in what
    stands for a removed site, or for units, or were fitted again. Of units that go, it keeps their own weights."""
    original = copy.deepcopy(module)
    adopt(original, module)
    with torch.no_grad():
        for path, block, family in find_blocks(pruned):
            for branch in present(block, family):
                units = plan.units_of(f"{path}.{branch.name}")
                last = width_of(module.get_submodule(path), branch).last if units else branch.last
                if not last or isinstance(part(block, branch.name), Replacement):
                    continue
                found, fitted = part(original.get_submodule(path), last), part(block, last)
                kept = _stay(found, module.get_submodule(f"{path}.{branch.name}"), units)
                found.weight[:, kept] = fitted.weight
                if found.bias is not None:
                    found.bias.copy_(fitted.bias)
    return original


def _stay(last: Any, branch: Any, units: Sequence[int]) -> Tensor:
    """Which inputs of the last layer of a branch are not of these units, (inputs,): those of one follow each other."""
    inputs = last.in_features
    of_each = inputs // getattr(branch, "num_heads", inputs)
    return ~torch.isin(torch.arange(inputs) // of_each, torch.tensor(units, dtype=torch.long))


def zeroed(module: nn.Module, plan: PruningPlan, images: Tensor, pruned: nn.Module | None = None) -> Tensor:
    """What the original computes when hooks replace what each removed branch adds by zeros, or by what the replacements
    of `pruned` say in float64, and what each removed block gives by what it was given, or that and its replacement."""
    handles: list[RemovableHandle] = []
    standing = replacements_in(pruned) if pruned is not None else {}
    training = module.training
    try:
        for path, block, family in find_blocks(module):
            branches = tuple(present(block, family))
            instead = {
                branch.name: part(cast(nn.Module, pruned).get_submodule(path), branch.name)
                for branch in branches
                if f"{path}.{branch.name}" in standing
            }
            if path in plan.sites and not instead:
                handles.append(block.register_forward_hook(_pass(family.stream), with_kwargs=True))
            elif path in plan.sites:
                handles += _instead_of_block(block, branches[0], instead[branches[0].name])
            else:
                replaced = [branch for branch in branches if branch.name in instead]
                handles += _zero(path, block, tuple(b for b in branches if b not in replaced), plan)
                for branch in replaced:
                    handles += _instead(block, branch, instead[branch.name])
                for branch in branches:
                    if units := plan.units_of(f"{path}.{branch.name}"):
                        last = part(block, width_of(block, branch).last)
                        stay = _stay(last, part(block, branch.name), units)
                        handles.append(last.register_forward_pre_hook(_silence(stay)))
        return module.eval()(images)
    finally:
        module.train(training)
        for handle in handles:
            handle.remove()


def _silence(stay: Tensor) -> Any:
    def hook(_: nn.Module, args: tuple[Any, ...]) -> Any:
        return args[0] * stay.to(args[0]), *args[1:]

    return hook


def _instead(block: nn.Module, branch: Branch, replacement: Replacement) -> Iterator[RemovableHandle]:
    """Hooks that make a branch add what its replacement says of the normed stream."""
    seen: list[Tensor] = []
    entry = part(block, branch.entry)
    yield entry.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    if branch.entry != branch.name and replacement.form != "mean":
        yield entry.register_forward_hook(lambda _, __, output: seen.append(output))
    yield part(block, branch.exit).register_forward_hook(
        lambda _, __, output: mapped(replacement, seen[-1]).to(output.dtype)
    )


def _instead_of_block(block: nn.Module, branch: Branch, replacement: Replacement) -> Iterator[RemovableHandle]:
    seen: list[Tensor] = []
    entry = part(block, branch.entry)
    yield entry.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    if branch.entry != branch.name:
        yield entry.register_forward_hook(lambda _, __, output: seen.append(output))
    yield block.register_forward_hook(
        lambda _, __, output: (
            seen[0] + mapped(replacement, seen[-1] if replacement.form != "mean" else seen[0]).to(seen[0].dtype)
        )
    )


def mapped(replacement: Replacement, x: Tensor) -> Tensor:
    """What a replacement makes of (..., tokens, width), token by token, in float64."""
    values = {name: value.detach().double() for name, value in replacement.named_parameters()}

    def of(tokens: Tensor, name: str) -> Tensor:
        bias = values[f"{name}bias"]
        match replacement.form:
            case "linear":
                return torch.einsum("...i,oi->...o", tokens, values[f"{name}weight"]) + bias
            case "low-rank":
                inner = torch.einsum("...i,ri->...r", tokens, values[f"{name}down"])
                return torch.einsum("...r,or->...o", inner, values[f"{name}up"]) + bias
            case "diagonal":
                return tokens * values[f"{name}scale"] + bias
            case _:
                return torch.zeros_like(tokens) + bias

    x = x.double()
    own = replacement.own
    return torch.cat([of(x[..., :own, :], "own_"), of(x[..., own:, :], "")], dim=-2) if own else of(x, "")


def _pass(stream: int) -> Any:
    def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        if isinstance(output, tuple):
            # Where several streams, or the stream and its size, come out, they came in in the same order.
            return tuple(args[: len(output)])
        return args[stream] if len(args) > stream else kwargs["x"]

    return hook


def _zero(path: str, block: nn.Module, branches: Sequence[Branch], plan: PruningPlan) -> Iterator[RemovableHandle]:
    """Hooks on the exits of the branches that the plan removes; an exit that is called for several in turn is zeroed in
    their turns only."""
    exits: dict[str, list[Branch]] = {}
    for branch in branches:
        exits.setdefault(branch.exit, []).append(branch)
    for name, sharing in exits.items():
        removed = [f"{path}.{branch.name}" in plan.sites for branch in sharing]
        if not any(removed):
            continue
        if sharing[0].share is not None:
            yield part(block, name).register_forward_hook(_without(block, sharing, removed))
            continue
        turns = cycle(removed)

        def hook(_: nn.Module, __: object, output: Any, turns: Iterator[bool] = turns) -> Any:
            if not next(turns):
                return output
            # torch's own attention gives its weights as well.
            return (torch.zeros_like(output[0]), *output[1:]) if isinstance(output, tuple) else torch.zeros_like(output)

        yield part(block, name).register_forward_hook(hook)


def _without(block: nn.Module, sharing: Sequence[Branch], removed: Sequence[bool]) -> Any:
    def hook(_: nn.Module, args: tuple[Any, ...], output: Tensor) -> Tensor:
        for branch, goes in zip(sharing, removed, strict=True):
            if goes and branch.share is not None:
                output = output - branch.share(block, args[0], output)
        return output

    return hook


def _survives(
    module: nn.Module,
    plan: PruningPlan,
    images: Tensor,
    logits: Tensor,
    reference: ModelReference,
    data_config: dict[str, Any],
    calibration: Sequence[Tensor],
    job: Job,
) -> bool:
    from vitprune.export.folder import export
    from vitprune.export.proving import rebuilt

    with tempfile.TemporaryDirectory(prefix="vitprune-verify-") as name:
        folder = Path(name) / "exported"
        export(
            module,
            plan,
            folder,
            architecture=describe(module),
            reference=reference,
            data_config=data_config,
            calibration=calibration,
            job=job,
        )
        try:
            return torch.equal(rebuilt(folder, images, job), logits)
        except ExportFailed:
            return False


def _reference_of(module: nn.Module) -> ModelReference | None:
    """How timm built this module, where it kept a record."""
    config: dict[str, Any] = getattr(module, "pretrained_cfg", None) or {}
    try:
        name = check_architecture(config.get("architecture"))
        args = check_model_args(getattr(module, "_model_args", None) or {})
    except (ValueError, VitPruneError):
        return None
    return ModelReference(name, name, args, "")


def _config_of(module: nn.Module) -> dict[str, Any]:
    from timm.data.config import resolve_model_data_config

    return {**resolve_model_data_config(module), "input_size": input_size_of(module)}
