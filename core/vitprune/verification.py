"""The proof that a pruned model is the model minus those sites: three checks, none of which trusts the surgery."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from vitprune.description import describe, input_size_of
from vitprune.errors import ModelUnsupported, VitPruneError
from vitprune.families import Branch, find_blocks, part, present
from vitprune.plan import PruningPlan
from vitprune.recipe import check_architecture, check_model_args
from vitprune.results import ModelReference
from vitprune.surgery import apply

TOLERANCE = 1e-5


@dataclass(frozen=True)
class Proof:
    """What was found. `max_difference` is the largest difference between the pruned model and the original with those
    branches' outputs set to zero by hooks, over the largest logit, on random images; `params` and `macs` are counted in
    the pruned model. `round_trip`: the exported folder, rebuilt in a fresh process without ViTPrune, gives
    bit-identical logits; None when it is not known how to build the original. `failures` says what does not hold.
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
) -> Proof:
    """Check a plan on a model in memory. `reference` and `data_config` say how the original is built; without them
    timm's own record in the module is asked.

    Raises PlanInvalid when the plan is for another model, and ModelUnsupported when the model does not run, or gives
    something else than a tensor.
    """
    architecture = describe(module)
    plan = plan or PruningPlan.of(architecture)
    expected = plan.summary(architecture)
    # A product of matrices may be summed in another order when its weights want no gradient; a rebuilt model's do.
    pruned = apply(plan, module).eval().requires_grad_(True)
    images = torch.randn(2, *architecture.input_size, generator=torch.Generator().manual_seed(0))
    images = images.to(next(module.parameters(), images).device)
    with torch.inference_mode():
        wanted = _tensor(module, zeroed, module, plan, images)
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
        round_trip = _survives(module, plan, images.cpu(), logits.cpu(), reference, data_config or _config_of(module))
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


def zeroed(module: nn.Module, plan: PruningPlan, images: Tensor) -> Tensor:
    """What the original computes when hooks replace what each removed branch adds by zeros, and what each removed block
    gives by what it was given."""
    handles: list[RemovableHandle] = []
    training = module.training
    try:
        for path, block, family in find_blocks(module):
            if path in plan.sites:
                handles.append(block.register_forward_hook(_pass(family.stream), with_kwargs=True))
            else:
                handles += _zero(path, block, tuple(present(block, family)), plan)
        return module.eval()(images)
    finally:
        module.train(training)
        for handle in handles:
            handle.remove()


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
) -> bool:
    from vitprune.export.folder import export

    with tempfile.TemporaryDirectory(prefix="vitprune-verify-") as name:
        here = Path(name)
        folder = here / "exported"
        export(
            module,
            plan,
            folder,
            architecture=describe(module),
            reference=reference,
            data_config=data_config,
        )
        save_file({"images": images}, here / "images.safetensors")
        command = [sys.executable, "rebuild.py", "--tensor", str(here / "images.safetensors")]
        # The order of a sum depends on the number of threads, so both processes use the same.
        environment = os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())}
        environment.pop("PYTHONPATH", None)
        result = subprocess.run(  # noqa: S603 - the script was written a moment ago
            [*command, "--save", str(here / "logits.safetensors")],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
        )
        if result.returncode != 0:
            return False
        return torch.equal(load_file(here / "logits.safetensors")["logits"], logits)


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
