"""What is known of one site beside its scores, in words."""

from __future__ import annotations

import math

from vitprune.architecture import Architecture, Kind, Site
from vitprune.comparison import current_of
from vitprune.plan import Action
from vitprune_gui.repairs import REPAIRS, word
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import decimal, estimate, percent, thousands, units_of
from vitprune_gui.views.retelling import retold

Fact = tuple[str, str]
"""A name and a value."""


def share(part: int, whole: int) -> str:
    return tr("{share} of the model", share=percent(part / whole)) if whole else ""


def depth(site: Site, architecture: Architecture) -> str:
    depths = 1 + max(other.depth for other in architecture)
    return tr("{before} of %n block(s) before it", "", depths, before=site.depth)


def standing(state: AppState, architecture: Architecture, site: Site, *, removed: bool) -> str:
    """What becomes of the site, in a sentence."""
    if site.fixed:
        return tr("Cannot be pruned. {reason}", reason=tr(site.fixed))
    if site.id in state.protected:
        return tr("Kept, and protected: no edit and no method can prune it.")
    if not removed or state.plan is None:
        plan = state.plan
        cut = units_of(plan, site) if plan is not None and plan.digest == architecture.digest else ""
        return tr("Kept, but for a part: {what}.", what=cut) if cut else tr("Kept")
    action = state.plan.action(site.id) or state.plan.action(site.parent or "")
    if action is None or not word(action):
        return tr("Pruned. Nothing stands in its place.")
    return tr("Pruned. In its place: {what}", what=tr(REPAIRS[action].what))


def latency(state: AppState, architecture: Architecture, site: Site) -> list[Fact]:
    """The time that the site takes of a forward, where that was measured."""
    table = state.latencies
    if table is None or site.id not in table.samples_ms:
        return []
    low, high = table.quartiles_ms(site.id)
    share = table.median_ms(site.id) / table.expected_total_ms(architecture)
    text = tr(
        "{time} ms, quartiles {low} to {high} ({share} of a forward of {count} images on {device})",
        time=decimal(table.median_ms(site.id)),
        low=decimal(low),
        high=decimal(high),
        share=percent(share),
        count=table.batch_size,
        device=table.device,
    )
    return [(tr("Time"), text)]


def search_step(state: AppState, site: Site) -> list[Fact]:
    """When the search on show took the site, where it did."""
    steps = state.search.steps if state.search is not None else ()
    for number, step in enumerate(steps, 1):
        if site.id in step.sites:
            text = tr("goes at step {number}, damage then {damage}", number=number, damage=estimate(step.damage))
            return [(tr("Search"), text)]
    return []


def fitted(state: AppState, site: Site) -> list[Fact]:
    """How well what stands for the site was fitted, where the plan on show was evaluated."""
    found = current_of(state.evaluations, state.plan, state.images_to_evaluate)
    fits = found.repair.sites if found is not None and found.repair is not None else ()
    for fit in fits:
        if fit.site == site.id:
            text = tr("explains {share} of what was to be made good, by cross-validation", share=percent(fit.explained))
            if math.isfinite(fit.own):
                text = tr("{fit}; the class token's own map {share}", fit=text, share=percent(fit.own))
            return [(tr("Fit"), text)]
    return []


def units(site: Site) -> list[Fact]:
    """Its heads or neurons; why none can go alone."""
    if not site.units:
        return [(tr("In part"), retold(site.whole))] if site.whole else []
    return [(tr("Heads") if site.kind is Kind.ATTENTION else tr("Neurons"), thousands(site.units))]


def repair_title(action: str) -> str:
    return tr(REPAIRS["none" if action == Action.REMOVE else action].title)
