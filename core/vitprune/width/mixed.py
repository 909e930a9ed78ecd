"""The search over width and depth together: which heads, neurons and whole branches go, under one budget.

At each step the model is repaired anew, and the moves are tried that are then possible: a branch goes, with what stands
for it, or a part of its units goes, those that its last layer misses least (`elimination`), with what that layer does
for them. Moves race on images that nothing was fitted to; those are done that add least damage for what they save.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vitprune.description import rank_of
from vitprune.errors import ArgumentInvalid, ModelNotFinite, PlanInvalid
from vitprune.families import branch_of, part
from vitprune.lab import Lab, Outcome, shared_copy
from vitprune.plan import Action, Compensation, PruningPlan, Target
from vitprune.racing import FIRST, Course, Indices, Values, behind, race
from vitprune.ranges import read, written
from vitprune.repair.fitting import fill
from vitprune.searches import Candidate, SearchPartial, SearchResult, SearchSettings, SearchState, SearchStep
from vitprune.selection import MIXED, Budget, candidates
from vitprune.statistics import bootstrap_mean, standard_error
from vitprune.surgery import Form, cut
from vitprune.surgery import replace as put
from vitprune.width.elimination import Reduced
from vitprune.width.survey import Passed, survey
from vitprune.width.units import cut_units

FITTABLE = ("none", str(Action.DIAGONAL), str(Action.LOW_RANK), str(Action.LINEAR))
"""Repairs that change nothing outside of their site."""
SIZES = (1 / 8, 3 / 8)
"""Shares of a branch's units that may go in one move, one head at least."""
ROUNDS = 10
"""A step saves this part of what there is to save, by as many moves as that takes."""
KEEP = 4
"""Moves of one step."""


@dataclass(frozen=True)
class Move:
    """A site goes, or these of its units do."""

    site: str
    units: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.site}:{written(sorted(self.units), ',')}" if self.units else self.site

    @classmethod
    def read(cls, text: str) -> Move:
        """The inverse of `str`. Raises ArgumentInvalid."""
        site, _, runs = text.partition(":")
        try:
            return cls(site, tuple(read(runs)))
        except ValueError:
            raise ArgumentInvalid(f"{text!r} is no move of a search.", hint="Start the search again.") from None


def search_mixed(
    lab: Lab,
    budget: Budget,
    *,
    granularity: str = MIXED,
    protect: Sequence[str] = (),
    repair: str = "none",
    target: str = Target.STREAM,
    compensation: str = Compensation.AFFINE,
    fit: Sequence[Tensor] = (),
    confidence: float = 0.95,
    first: int = FIRST,
    rounds: int = ROUNDS,
    weights: str = "",
    data: str = "",
    state: SearchState | None = None,
    on_step: Callable[[SearchState], None] = lambda _: None,
    on_partial: Callable[[SearchPartial], None] = lambda _: None,
) -> SearchResult:
    """Let branches, heads and neurons go until a share of the multiply-accumulates, parameters or time is left.

    `granularity` is "mixed", or "width" for units alone, "head" or "neuron". Repairs, and what makes up for units, are
    fitted to the batches `fit`, which had better be other images than the lab's (`search.apart`), and anew after every
    step. Damage is the mean KL divergence from the dense model over the lab's images, or the mean angle where there is
    no head. Everything else is as in `search.search`; a step's `sites` are the names of its moves (`Move`).

    Raises ArgumentInvalid for what is unknown or cannot be searched with, PlanInvalid when the budget cannot be met,
    ModelNotFinite when no move gives finite numbers, Cancelled.
    """
    if repair not in FITTABLE:
        raise ArgumentInvalid(
            f"A search over width cannot try the repair {repair}.", hint=f"Use one of: {', '.join(FITTABLE)}."
        )
    if not fit:
        raise ArgumentInvalid("A search over width needs images to fit to.", hint="Give some (`apart`).")
    if budget.remove is not None:
        raise ArgumentInvalid(
            "A search over width needs a share that is to be left.", hint="Use --target macs=0.7, for one."
        )
    budget.check()
    settings = SearchSettings(
        architecture=lab.architecture.digest,
        weights=weights,
        data=data,
        images=lab.images,
        objective="kl" if lab.architecture.num_classes else "angular",
        granularity=granularity,
        protect=tuple(protect),
        width=1,
        repair=f"{repair}, compensation {compensation}, {rounds} rounds",
        target=str(target),
        confidence=confidence,
        first=first,
    )
    if state is not None and state.settings != settings:
        raise ArgumentInvalid(
            "The search that is to go on was another one: of another model, other images, or with other settings.",
            hint="Start it again, or give the settings that it began with.",
        )
    running = _Mixed(lab, budget, settings, repair, compensation, fit, rounds, on_partial)
    known = () if state is None else state.steps
    state = SearchState(settings)
    while not running.met(state):
        if len(state.steps) < len(known):
            state = SearchState(settings, (*state.steps, known[len(state.steps)]))
        else:
            state = SearchState(settings, (*state.steps, running.step(state)))
            on_step(state)
    return SearchResult(running.plan(state.steps[-1].sites if state.steps else ()), state)


@dataclass(frozen=True)
class _Option:
    """A move that can be tried: what it saves, and what makes the block that it leaves."""

    move: Move
    saved: float
    path: str
    block: Callable[[], nn.Module]
    order: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Standing:
    """A repaired model in the lab, its damage to every image, and the moves that are possible from it."""

    plan: PruningPlan
    damage: Values
    options: Mapping[str, _Option]


class _Mixed:
    def __init__(
        self,
        lab: Lab,
        budget: Budget,
        settings: SearchSettings,
        repair: str,
        compensation: str,
        fit: Sequence[Tensor],
        rounds: int,
        note: Callable[[SearchPartial], None],
    ) -> None:
        self.lab, self.budget, self.settings, self.fit, self.note = lab, budget, settings, fit, note
        self.architecture = lab.architecture
        self.repair, self.compensation = repair, compensation
        self.sites = candidates(lab.architecture, settings.granularity, settings.protect)
        self.quota = (self.size(self.plan(())) - self.goal) / rounds
        self._stands: _Standing | None = None

    def plan(self, moves: Iterable[str]) -> PruningPlan:
        """After these moves. Raises PlanInvalid when nothing would be left."""
        whole: dict[str, str] = {}
        units: dict[str, set[int]] = {}
        for move in map(Move.read, moves):
            if move.units:
                units.setdefault(move.site, set()).update(move.units)
            else:
                whole[move.site] = Action.REMOVE
        bare = PruningPlan.of(
            self.architecture, whole, self.settings.target, units=units, compensation=self.compensation
        )
        return bare.repaired(self.architecture, self.repair, self.settings.target)

    def size(self, plan: PruningPlan) -> float:
        """Of a plan, what the budget is about: the share that is left."""
        summary = plan.summary(self.architecture)
        if self.budget.macs is not None:
            return summary.macs / self.architecture.macs
        if self.budget.params is not None:
            return summary.params / self.architecture.params
        assert self.budget.time is not None
        return self.budget.time(plan) / self.budget.time(PruningPlan.of(self.architecture))

    @property
    def goal(self) -> float:
        return next(share for share in (self.budget.macs, self.budget.params, self.budget.latency) if share is not None)

    def met(self, state: SearchState) -> bool:
        return self.size(self.plan(state.steps[-1].sites if state.steps else ())) <= self.goal

    def step(self, state: SearchState) -> SearchStep:
        number = len(state.steps) + 1
        moves = state.steps[-1].sites if state.steps else ()
        before = self.lab.spent
        standing = self._standing(moves)
        if not standing.options:
            raise PlanInvalid(
                f"After {number - 1} steps nothing more can go, and the budget is not met.",
                hint="Ask for less, or protect fewer sites.",
            )
        course = Course.over(standing.damage if moves else self.lab.doubt, self.settings.first)
        found = self._race(standing, course, number)
        finite = {name: values for name, values in found.items() if np.isfinite(values).all()}
        if not finite:
            raise ModelNotFinite(
                "After any of the moves that are left, the model gives numbers that are not finite.",
                hint="Remove less, or use a repair.",
            )
        ranked = sorted(finite, key=lambda name: float(finite[name].mean()))
        chosen = self._chosen(moves, [standing.options[name] for name in ranked[:KEEP]])
        told = self._told(standing, found, course, finite[ranked[0]])
        after = self._standing(chosen)
        return SearchStep(
            sites=chosen,
            damage=bootstrap_mean(after.damage),
            candidates=told,
            beams=(chosen,),
            forwards=(self.lab.spent - before) / max(1, self.architecture.macs),
        )

    def _chosen(self, moves: tuple[str, ...], options: Sequence[_Option]) -> tuple[str, ...]:
        """The best option, and the next ones until the step has saved what it is to save; of units, no more than the
        budget asks for."""
        began = self.size(self.plan(moves))
        sites: set[str] = set()
        for option in options:
            if option.move.site in sites:
                continue
            sites.add(option.move.site)
            try:
                left = self.size(self.plan((*moves, str(option.move))))
            except PlanInvalid:
                continue
            if left <= self.goal:
                return (*moves, str(self._trimmed(moves, option)))
            moves = (*moves, str(option.move))
            if began - left >= self.quota:
                break
        return moves

    def _trimmed(self, moves: tuple[str, ...], option: _Option) -> Move:
        low, high = 1, len(option.move.units)
        while low < high:
            middle = (low + high) // 2
            fewer = Move(option.move.site, option.order[:middle])
            low, high = (low, middle) if self.size(self.plan((*moves, str(fewer)))) <= self.goal else (middle + 1, high)
        return Move(option.move.site, option.order[:high]) if option.move.units else option.move

    def _standing(self, moves: tuple[str, ...]) -> _Standing:
        plan = self.plan(moves)
        if self._stands is not None and self._stands.plan == plan:
            return self._stands
        need = self.size(plan) - self.goal
        options: dict[str, _Option] = {}

        def look(passed: Passed) -> None:
            for option in self._options(passed, moves, plan, need):
                options[str(option.move)] = option

        wanted = self.sites if need > 0 else ()
        (model,) = self.lab.portions.passes(
            lambda: self.fit,
            lambda batches: [
                survey(plan, self.lab.module, self.architecture, list(batches), wanted, look, self.lab.job)
            ],
        )
        blocks = {path: model.get_submodule(path) for path in self.lab.segments.blocks} if len(plan) else {}
        self.lab.hold(plan, blocks)
        damage = self._damage(self.lab.outcome_of(self.lab.base))
        self._stands = _Standing(plan, damage, options)
        return self._stands

    def _options(self, passed: Passed, moves: tuple[str, ...], plan: PruningPlan, need: float) -> Iterable[_Option]:
        site, began = passed.site, self.size(plan)
        path, branch = branch_of(self.lab.module, site.id)

        def option(move: Move, block: Callable[[], nn.Module], order: tuple[int, ...] = ()) -> Iterable[_Option]:
            try:
                saved = began - self.size(self.plan((*moves, str(move))))
            except PlanInvalid:
                return
            if saved > 0:
                yield _Option(move, min(saved, need), path, block, order)

        if self.settings.granularity == MIXED and (self.repair == "none" or passed.normed is not None):
            # The sums of its units are many times larger than what stands for a branch: they are not to be held.
            bare = replace(passed, inner=None)
            yield from option(Move(site.id), cache(lambda: self._without(bare, branch.name, branch.owns)))
        if passed.inner is None or not passed.width.count:
            return
        gone = set(plan.units_of(site.id))
        left = [unit for unit in range(site.units) if unit not in gone]
        counts = sorted({max(1, round(share * site.units)) for share in SIZES})
        for reduced in passed.elimination().run([count for count in counts if count < len(left)]):
            order = tuple(left[unit] for unit in reduced.units)
            change = _Change.of(passed, reduced, self.compensation)
            move = Move(site.id, order)
            yield from option(move, lambda c=change, b=passed.block, n=branch.name: c.made(b, n), order)

    def _without(self, passed: Passed, name: str, owns: Sequence[str]) -> nn.Module:
        block = shared_copy(passed.block)
        if self.repair == "none":
            cut(block, {"": owns})
            return block
        assert passed.normed is not None
        width = len(passed.normed.shared.t)
        rank = rank_of(width) if self.repair == Action.LOW_RANK else 0
        put(block, {name: Form(self.repair, width, passed.normed.own, rank)})
        fill(part(block, name), passed.normed)
        return block

    def _race(self, standing: _Standing, course: Course, number: int) -> dict[str, Values]:
        """Of each move, the damage that it adds for what it saves, image by image."""
        count = self.lab.images

        def measure(name: str, images: Indices) -> Values:
            option = standing.options[name]
            blocks = {**self.lab.base, option.path: option.block()}
            added = self._damage(self.lab.outcome_of(blocks, images)) - standing.damage[images]
            return added / option.saved

        def note(found: Mapping[str, Values]) -> None:
            known = {name: values for name, values in found.items() if not np.isnan(values).all()}
            done = sum(int((~np.isnan(values)).sum()) for values in known.values())
            self.lab.job.progress(f"Choosing what goes in step {number}", done, len(found) * count)
            self.note(SearchPartial(number, self._told(standing, known, course)))

        settings = self.settings
        options = list(standing.options)
        keep = min(KEEP, len(options))
        return race(
            measure, options, course, keep=keep, confidence=settings.confidence, first=settings.first, note=note
        )

    def _told(
        self, standing: _Standing, found: Mapping[str, Values], course: Course, chosen: Values | None = None
    ) -> tuple[Candidate, ...]:
        """The damage with which each move would leave the model."""
        alpha = (1 - self.settings.confidence) / max(1, len(found) - 1)
        base = float(standing.damage.mean())

        def candidate(name: str, values: Values) -> Candidate:
            saved = standing.options[name].saved
            if np.isinf(values).any():
                return Candidate(name, math.nan, math.nan, int((~np.isnan(values)).sum()))
            if np.isnan(values).any():
                mean, error = course.mean(values, finite=False)
                return Candidate(name, base + saved * mean, saved * error, int(np.isfinite(values).sum()))
            tied = chosen is not None and behind(values, chosen) > alpha
            mean, error = float(values.mean()), standard_error(values)
            return Candidate(name, base + saved * mean, saved * error, len(values), tied)

        return tuple(candidate(name, values) for name, values in found.items())

    def _damage(self, outcome: Outcome) -> Values:
        return np.asarray(getattr(outcome, self.settings.objective), dtype=np.float64)


@dataclass(frozen=True)
class _Change:
    """The last layer of a branch without some units: `left` stay, `weight` (outputs, inputs left) and `bias` are its
    new ones; None where they stay what they are."""

    last: str
    left: tuple[int, ...]
    weight: Tensor | None
    bias: Tensor | None

    @classmethod
    def of(cls, passed: Passed, reduced: Reduced, compensation: str) -> _Change:
        width, layer, inner = passed.width, passed.layer, passed.inner
        assert layer is not None
        assert inner is not None
        left = tuple(sorted(set(range(width.count)) - set(reduced.units)))
        if compensation == Compensation.NONE or layer.bias is None:
            return cls(width.last, left, None, None)
        now, inputs, lacking = passed.weight, *inner.means()
        later = reduced.weight
        if compensation == Compensation.BIAS:
            later = now.clone()
            later[:, width.places(reduced.units)] = 0
        scale = torch.ones_like(lacking) if passed.scale is None else passed.scale.double()
        bias = layer.bias.detach().double() + (lacking + (now - later) @ inputs) / scale
        weight = later[:, width.places(left)] / scale[:, None]
        return cls(width.last, left, weight.to(layer.weight.dtype), bias.to(layer.weight.dtype))

    def made(self, block: nn.Module, name: str) -> nn.Module:
        """A block with it."""
        changed = shared_copy(block)
        cut_units(changed, {name: self.left})
        layer: Any = part(changed, self.last)
        if self.weight is not None:
            layer.weight = nn.Parameter(self.weight, requires_grad=False)
        if self.bias is not None:
            layer.bias = nn.Parameter(self.bias, requires_grad=False)
        return changed
