"""The choice of sites by what the model says without them: one after the other, the one that is least missed.

A search may be stopped at any time and goes on from its last whole step, with the result that it would have had.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from vitprune.candidates import Fitted
from vitprune.errors import ArgumentInvalid, DatasetLabels, ModelNotFinite, PlanInvalid
from vitprune.lab import Blocks, Lab, Outcome
from vitprune.plan import REPAIRS, PruningPlan, Target
from vitprune.racing import FIRST, Course, Indices, Measure, Values, behind, race
from vitprune.searches import (
    OBJECTIVES,
    Candidate,
    SearchPartial,
    SearchResult,
    SearchSettings,
    SearchState,
    SearchStep,
)
from vitprune.selection import Budget, candidates
from vitprune.statistics import bootstrap_mean, standard_error

HELD_OUT = 3
"""One image of so many measures damage where the others are what repairs are fitted to."""

Sites = tuple[str, ...]


def search(
    lab: Lab,
    budget: Budget,
    *,
    objective: str = "kl",
    granularity: str = "sublayer",
    protect: Sequence[str] = (),
    width: int = 1,
    repair: str = "none",
    target: str = Target.STREAM,
    fit: Sequence[Tensor] = (),
    racing: bool = True,
    confidence: float = 0.95,
    first: int = FIRST,
    weights: str = "",
    data: str = "",
    state: SearchState | None = None,
    on_step: Callable[[SearchState], None] = lambda _: None,
    on_partial: Callable[[SearchPartial], None] = lambda _: None,
) -> SearchResult:
    """Let sites go until the budget is met, at each step the one without which the damage to the lab's images, the mean
    of `objective`, is least; a tie goes to the one that runs first.

    `granularity` says which sites are candidates, `protect` which of them stay (`selection.ENDS` too). With a `width`
    above 1, the best so many choices of sites are carried from step to step (beam search). With a `repair`, every
    candidate is tried with what would stand for it: fitted, like that for the sites that went, to the batches `fit`,
    which had better be other images than the lab's (`apart`). What stands for the sites that went is fitted anew at
    each step, but not for each candidate: see `Fitted`.

    With `racing`, candidates are tried on `first` images and then on ever more, those first that suffered most from the
    sites that went, and those candidates are out that are worse for all the lab's images at this `confidence`, which
    holds for all of a step together. A `Lab` without memory and no racing make the plain search.

    `weights` and `data` are digests of what the lab was made from. `state` goes on from there; `on_step` gets one after
    every step, which can be written down and is enough; `on_partial` is told in the middle of steps.

    Raises PlanInvalid when the budget cannot be met, ArgumentInvalid for what is unknown, or a state of another search,
    DatasetLabels for the loss of images without labels, ModelNotFinite when no candidate gives finite numbers,
    Cancelled.
    """
    settings = SearchSettings(
        lab.architecture.digest,
        weights,
        data,
        lab.images,
        objective,
        granularity,
        tuple(protect),
        width,
        repair,
        str(target),
        racing,
        confidence,
        first,
    )
    budget.check()
    running = _Search(lab, settings, fit, on_partial)
    budget.within_reach(lab.architecture, running.candidates)
    if state is not None and state.settings != settings:
        raise ArgumentInvalid(
            "The search that is to go on was another one: of another model, other images, or with other settings.",
            hint="Start it again, or give the settings that it began with.",
        )
    known = () if state is None else state.steps
    state = SearchState(settings)
    plan = running.plan(())
    while not budget.met(plan, lab.architecture, len(state.steps)):
        if len(state.steps) < len(known):
            step = known[len(state.steps)]
            state = SearchState(settings, (*state.steps, step))
        else:
            step = running.step(state)
            state = SearchState(settings, (*state.steps, step))
            on_step(state)
        plan = running.plan(step.sites)
    return SearchResult(plan, state)


def apart(
    batches: Sequence[Tensor], labels: Sequence[int] | None = None
) -> tuple[list[Tensor], list[Tensor], list[int] | None]:
    """Batches to fit repairs to, and others to measure damage on, with the labels of these: every third image, counted
    through, is of the latter."""
    count, fit, measure = 0, [], []
    for batch in batches:
        held = np.arange(count, count + len(batch)) % HELD_OUT == HELD_OUT - 1
        count += len(batch)
        fit += [batch[~held]] if not held.all() else []
        measure += [batch[held]] if held.any() else []
    return fit, measure, None if labels is None else [int(label) for label in labels[HELD_OUT - 1 :: HELD_OUT]]


@dataclass(frozen=True)
class _Tried:
    """What is known of one candidate of a beam."""

    beam: Sites
    site: str
    values: Values


class _Search:
    def __init__(
        self, lab: Lab, settings: SearchSettings, fit: Sequence[Tensor], note: Callable[[SearchPartial], None]
    ) -> None:
        self.lab, self.settings, self.fit, self.note = lab, settings, fit, note
        self.candidates = candidates(lab.architecture, settings.granularity, settings.protect)
        if settings.objective not in OBJECTIVES:
            raise ArgumentInvalid(
                f"There is no objective {settings.objective!r}.", hint=f"Objectives: {', '.join(OBJECTIVES)}."
            )
        if settings.objective == "loss" and np.isnan(lab.dense.loss).any():
            raise DatasetLabels(
                "A search by the loss needs labels that the model's head knows.", hint="Search by kl or angular."
            )
        if settings.objective in ("kl", "js") and np.isnan(lab.dense.kl).any():
            raise ArgumentInvalid("The model has no head whose predictions could be compared.", hint="Use angular.")
        if settings.repair not in REPAIRS:
            raise ArgumentInvalid(f"There is no repair {settings.repair!r}.", hint=f"Repairs: {', '.join(REPAIRS)}.")
        if settings.repair != "none" and not fit:
            raise ArgumentInvalid("A search with repair needs images to fit to.", hint="Give some (`apart`).")
        if settings.width < 1 or settings.first < 2 or not 0 < settings.confidence < 1:
            raise ArgumentInvalid("A search needs a width of 1, 2 first images, and a confidence between 0 and 1.")

    def plan(self, sites: Sites) -> PruningPlan:
        """These sites, repaired. Raises PlanInvalid when nothing would be left."""
        bare = PruningPlan.of(self.lab.architecture, dict.fromkeys(sites, "remove"))
        return bare.repaired(self.lab.architecture, self.settings.repair, self.settings.target)

    def step(self, state: SearchState) -> SearchStep:
        number = len(state.steps) + 1
        beams = state.steps[-1].beams if state.steps else ((),)
        tried: list[_Tried] = []
        courses: dict[Sites, Course] = {}
        spent = 0
        for beam in beams:
            seen = {frozenset((*other.beam, other.site)) for other in tried}
            sites = [site for site in self.candidates if self._can_go(beam, site, seen)]
            if not sites:
                continue
            measure = self._opened(beam, sites)
            courses[beam] = course = self._course(beam)
            before = self.lab.spent
            tried += [_Tried(beam, site, values) for site, values in self._race(measure, sites, course, number).items()]
            spent += self.lab.spent - before
        if not tried:
            raise PlanInvalid(
                f"There are no more than {number - 1} sites that can go.", hint="Ask for less, or protect fewer sites."
            )
        whole = [t for t in tried if np.isfinite(t.values).all()]
        if not whole:
            raise ModelNotFinite(
                "Without any of the sites that are left, the model gives numbers that are not finite.",
                hint="Remove fewer sites, or use a repair.",
            )
        best = sorted(whole, key=lambda t: float(t.values.mean()))[: self.settings.width]
        chosen = best[0]
        return SearchStep(
            sites=(*chosen.beam, chosen.site),
            damage=bootstrap_mean(chosen.values),
            candidates=self._told(
                {t.site: t.values for t in tried if t.beam == chosen.beam}, courses[chosen.beam], chosen.values
            ),
            beams=tuple((*t.beam, t.site) for t in best),
            forwards=spent / max(1, self.lab.architecture.macs),
        )

    def _can_go(self, beam: Sites, site: str, seen: set[frozenset[str]]) -> bool:
        if site in beam or frozenset((*beam, site)) in seen:
            return False
        try:
            self.plan((*beam, site))
        except PlanInvalid:
            return False
        return True

    def _race(self, measure: Measure, sites: Sequence[str], course: Course, number: int) -> dict[str, Values]:
        count = self.lab.images

        def note(found: Mapping[str, Values]) -> None:
            known = {site: values for site, values in found.items() if not np.isnan(values).all()}
            done = sum(int((~np.isnan(values)).sum()) for values in known.values())
            self.lab.job.progress(f"Choosing site {number}", done, len(found) * count)
            self.note(SearchPartial(number, self._told(known, course)))

        first = self.settings.first if self.settings.racing else count
        keep, confidence = self.settings.width, self.settings.confidence
        return race(measure, sites, course, keep=keep, confidence=confidence, first=first, note=note)

    def _told(self, found: Mapping[str, Values], course: Course, chosen: Values | None = None) -> tuple[Candidate, ...]:
        alpha = (1 - self.settings.confidence) / max(1, len(found) - 1)

        def candidate(site: str, values: Values) -> Candidate:
            if np.isinf(values).any():
                return Candidate(site, math.nan, math.nan, int((~np.isnan(values)).sum()))
            if np.isnan(values).any():
                return Candidate(site, *course.mean(values, finite=False), int(np.isfinite(values).sum()))
            tied = chosen is not None and behind(values, chosen) > alpha
            return Candidate(site, float(values.mean()), standard_error(values), len(values), tied)

        return tuple(candidate(site, values) for site, values in found.items())

    def _opened(self, beam: Sites, sites: Sequence[str]) -> Measure:
        """What measures the candidates of a beam, whose streams are held from here on."""
        if self.settings.repair == "none":
            self.lab.hold(self.plan(beam))
            plans = {site: self.plan((*beam, site)) for site in sites}
            return lambda site, images: self._damage(self.lab.outcome(plans[site], images), images)
        fitted = Fitted(self.lab, self.plan(beam), self.fit)
        self.lab.hold(fitted.plan, fitted.blocks)
        blocks: dict[str, Blocks] = dict(fitted.with_one_more({site: self.plan((*beam, site)) for site in sites}))
        return lambda site, images: self._damage(self.lab.outcome_of(blocks[site], images), images)

    def _course(self, beam: Sites) -> Course:
        """Images suffer that suffered already; before the first step, those of which the model is unsure."""
        everything = np.arange(self.lab.images)
        expected = self._damage(self.lab.outcome_of(self.lab.base), everything) if beam else self.lab.doubt
        return Course.over(expected, self.settings.first if self.settings.racing else self.lab.images)

    def _damage(self, outcome: Outcome, images: Indices) -> Values:
        values = np.asarray(getattr(outcome, self.settings.objective), dtype=np.float64)
        if self.settings.objective == "loss":
            values = values - self.lab.dense.loss[images]
        return values
