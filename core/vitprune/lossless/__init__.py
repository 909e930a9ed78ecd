"""Rewrites that make a model smaller or faster and leave its logits as they are: free, and exact but for rounding.

They are no pruning, and their figures are never mixed with those of a plan. A file of this folder declares a `RULE`;
there is no list to keep in step.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import torch
from torch import Tensor, nn

from vitprune.description import describe
from vitprune.errors import ArgumentInvalid, ModelUnsupported
from vitprune.families import adopt, branch_of, gone
from vitprune.jobs import Job
from vitprune.lossless.rule import Rule, Saving

__all__ = ["Report", "Rewrite", "Rewrites", "Step", "recorded", "reshape", "rewrite", "rewrites", "rules"]

TOLERANCE = 1e-5
Rewrites = Mapping[str, Sequence[str]]
"""Name of a rewrite to the places, blocks or sublayers, where it was done."""


@dataclass(frozen=True)
class Rewrite:
    """What one rewrite would do to a model, alone.

    `places` are the blocks or sublayers that it rewrites; `params` and `macs` (for one image) are what it takes away
    from the model. `reason` says why it does not apply, and is empty when it does; `left_out`, why it is not exact at
    other places.
    """

    name: str
    title: str
    what: str
    places: tuple[str, ...] = ()
    params: int = 0
    macs: int = 0
    reason: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def applicable(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Step:
    """One rewrite that was done: what it promised, and what was then counted and computed.

    `max_difference` is the largest difference between the logits before and after this rewrite, over the largest logit,
    on random images.
    """

    rewrite: Rewrite
    max_difference: float
    params: int
    macs: int

    @property
    def failures(self) -> tuple[str, ...]:
        name, promised, found = self.rewrite.name, self.rewrite, []
        if not self.max_difference <= TOLERANCE:
            found.append(f"{name}: the logits differ by {self.max_difference:.2e} of their scale.")
        if self.params != promised.params:
            found.append(f"{name}: {self.params:,} parameters are gone; {promised.params:,} were predicted.")
        if self.macs != promised.macs:
            found.append(f"{name}: {self.macs:,} MACs are gone; {promised.macs:,} were predicted.")
        return tuple(found)


@dataclass(frozen=True)
class Report:
    """The proof of a rewritten model. `max_difference` compares its logits with those of the model that came in;
    `params` and `macs` are counted in it. `failures` says what does not hold."""

    steps: tuple[Step, ...]
    max_difference: float
    params: int
    macs: int
    failures: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.failures


@cache
def rules() -> tuple[Rule, ...]:
    """Every rewrite, in the order in which they are done."""
    modules = (import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__))
    return tuple(sorted((module.RULE for module in modules if hasattr(module, "RULE")), key=lambda rule: rule.turn))


def rewrites(module: nn.Module, job: Job | None = None) -> tuple[Rewrite, ...]:
    """What each rewrite would do to a timm model in memory, whole or pruned; the model is not changed. Raises
    Cancelled."""
    job = job or Job()
    found = []
    for rule in rules():
        job.check()
        found.append(_planned(rule, module))
    return tuple(found)


def rewrite(module: nn.Module, names: Sequence[str] | None = None, job: Job | None = None) -> tuple[nn.Module, Report]:
    """A new model after these rewrites, by default all that apply, and the proof. The original is untouched and shares
    no memory with it. Rewrites are done in the order of `rules`, whatever the order of the names.

    Raises ArgumentInvalid for an unknown name, ModelUnsupported for a rewrite that does not apply, Cancelled.
    """
    job = job or Job()
    if unknown := set(names or ()) - {rule.name for rule in rules()}:
        known = ", ".join(rule.name for rule in rules())
        raise ArgumentInvalid(f"There is no rewrite {min(unknown)!r}.", hint=f"Rewrites: {known}.")
    rewritten = copy.deepcopy(module)
    adopt(rewritten, module)
    size = describe(module).input_size
    images = torch.randn(2, *size, generator=torch.Generator().manual_seed(0))
    weights = next(module.parameters())
    images = images.to(weights.device, weights.dtype)
    first = before = _State.of(rewritten, images)
    steps: list[Step] = []
    for done, rule in enumerate(rules()):
        job.progress("Rewriting and comparing logits", done, len(rules()), "rewrites")
        planned = _planned(rule, rewritten)
        if names is not None and rule.name not in names:
            continue
        if not planned.applicable:
            if names is None:
                continue
            raise ModelUnsupported(f"{rule.name} does not apply: {planned.reason}.", hint="Leave it out.")
        for place in planned.places:
            rule.fold(rewritten, place)
        _record(rewritten, rule.name, planned.places)
        after = _State.of(rewritten, images)
        steps.append(Step(planned, after.difference(before), before.params - after.params, before.macs - after.macs))
        before = after
    difference = before.difference(first)
    failures = [failure for step in steps for failure in step.failures]
    if not difference <= TOLERANCE:
        failures.append(f"The logits differ by {difference:.2e} of their scale; {TOLERANCE:.0e} is allowed.")
    return rewritten, Report(tuple(steps), difference, before.params, before.macs, tuple(failures))


def recorded(module: nn.Module) -> dict[str, list[str]]:
    """What was rewritten in a model, as far as it is still there: `reshape` with this makes the same structure."""
    done: Rewrites = getattr(module, "rewritten", {})
    kept = {name: [place for place in places if _still_there(module, place)] for name, places in done.items()}
    return {name: places for name, places in kept.items() if places}


def reshape(module: nn.Module, done: Rewrites) -> None:
    """Give a model, in place, the structure that these rewrites leave, to load weights into. Its own are then useless.

    Raises ModelUnsupported for anything but rewrites that apply to the model.
    """
    if unknown := set(done) - {rule.name for rule in rules()}:
        raise ModelUnsupported(f"There is no rewrite {min(unknown)!r}.")
    for rule in rules():
        places = done.get(rule.name, ())
        possible = {place for place, saving in rule.places(module).items() if isinstance(saving, Saving)}
        if (rule.applies_once and len(places) > 1) or len(set(places)) < len(places):
            raise ModelUnsupported(f"{rule.name} cannot be done twice.")
        for place in places:
            if place not in possible:
                raise ModelUnsupported(f"{rule.name} cannot be done at {place}.")
            rule.reshape(module, place)
        if places:
            _record(module, rule.name, places)


def _planned(rule: Rule, module: nn.Module) -> Rewrite:
    done = recorded(module)
    later = next((other.name for other in rules() if other.name in done and other.turn > rule.turn), "")
    found = rule.places(module)
    if later and any(isinstance(saving, Saving) for saving in found.values()):
        # Structures are made again in the order of the turns.
        found = {"": f"it has to be done before {later}, which was done already"}
    savings = {place: saving for place, saving in found.items() if isinstance(saving, Saving)}
    reasons = {place: reason for place, reason in found.items() if isinstance(reason, str)}
    if rule.applies_once:
        savings = dict(list(savings.items())[:1])
    return Rewrite(
        rule.name,
        rule.title,
        rule.what,
        tuple(savings),
        sum(saving.params for saving in savings.values()),
        sum(saving.macs for saving in savings.values()),
        "" if savings else "; ".join(dict.fromkeys(reasons.values())),
        reasons,
    )


def _record(module: nn.Module, name: str, places: Sequence[str]) -> None:
    done: dict[str, tuple[str, ...]] = {**getattr(module, "rewritten", {})}
    done[name] = (*done.get(name, ()), *places)
    module.__dict__["rewritten"] = done


def _still_there(module: nn.Module, place: str) -> bool:
    """A block always is; a sublayer unless it was removed."""
    try:
        path, branch = branch_of(module, place)
    except KeyError:
        return True
    return not gone(module.get_submodule(path), branch)


@dataclass(frozen=True)
class _State:
    """What a model computes for some images, and what it costs."""

    logits: Tensor
    params: int
    macs: int

    @classmethod
    def of(cls, module: nn.Module, images: Tensor) -> _State:
        training = module.training
        try:
            with torch.inference_mode():
                logits = module.eval()(images)
        finally:
            module.train(training)
        return cls(logits, sum(p.numel() for p in module.parameters()), describe(module).macs)

    def difference(self, before: _State) -> float:
        scale = before.logits.abs().max().clamp_min(torch.finfo(before.logits.dtype).tiny)
        return float((self.logits - before.logits).abs().max() / scale)
