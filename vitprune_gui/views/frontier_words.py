"""What is said of a measured plan as a point of the frontier."""

from __future__ import annotations

import math

from vitprune.architecture import Architecture
from vitprune.frontier import Cost, Frontier, Point
from vitprune.results import Evaluation
from vitprune_gui.item_models.evaluations_model import conditions
from vitprune_gui.repairs import REPAIRS, inside
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.formatting import NONE, decimal, percent, plan_sites, si, thousands, with_unit

UNITS = {"latency": ("ms", 1.0), "throughput": (noop("images/s"), 1.0), "macs": ("GMACs", 1e-9), "params": ("M", 1e-6)}
"""The unit that each cost is drawn in, and how many of it one is."""


def tip(
    evaluation: Evaluation,
    point: Point,
    frontier: Frontier,
    name: str,
    methods: tuple[str, ...],
    repair: str,
    architecture: Architecture,
    *,
    beaten: bool,
) -> str:
    """All that is known of a point, a line each."""
    cost, measure = frontier.cost, frontier.quality
    lines = [tr("{plan}, by {methods}", plan=name, methods=", ".join(methods)) if methods else name]
    if len(evaluation.plan):
        sites = plan_sites(evaluation.plan, architecture)
        lines += [sites if len(sites) < 90 else f"{sites[:88].rpartition(',')[0]}, …"]
        if repair != "none":
            what = inside(repair) if repair in REPAIRS else tr("several")
            lines.append(
                tr("repair: {repair}, fitted to the {target}", repair=what, target=tr(str(evaluation.plan.target)))
                if evaluation.plan.needs_calibration
                else tr("repair: {repair}", repair=what)
            )
    worth = {"measure": tr(measure.title), "value": with_unit(point.quality, measure), "n": thousands(point.quality.n)}
    lines.append(tr("{measure}: {value}, 95 % interval, n = {n}", **worth))
    price = {"cost": tr(cost.title), "value": cost_text(point, cost)}
    lines.append(tr("{cost}: {value}, quartiles", **price) if cost.timed else tr("{cost}: {value}", **price))
    if point.bound is not None and len(evaluation.plan):
        bound = amount(point.bound.median, cost)
        lines.append(
            tr("its MACs allow at most {bound}", bound=bound)
            if cost.higher_is_cheaper
            else tr("its MACs allow at least {bound}", bound=bound)
        )
        if point.too_fast:
            lines.append(tr("faster than that: timed under other conditions than the dense model"))
        elif math.isfinite(point.reached):
            lines.append(tr("{share} of what could be saved is saved", share=percent(point.reached, 0)))
    if cost.timed and evaluation.latency is not None:
        lines.append(conditions(evaluation.latency))
    if beaten:
        lines.append(tr("another plan is no dearer and no worse"))
    lines.append(tr("click to load this plan"))
    return "\n".join(lines)


def repair_title(repair: str) -> str:
    """What stands for all sites that go, or that it is not the same for all."""
    return tr(REPAIRS[repair].title) if repair in REPAIRS else tr("Several")


def cost_text(point: Point, cost: Cost) -> str:
    """What a plan costs, with the quartiles of what was timed."""
    text = amount(point.cost.median, cost)
    if not cost.timed:
        return text
    digits = 0 if cost.higher_is_cheaper else 2
    return f"{text} [{decimal(point.cost.low, digits)}, {decimal(point.cost.high, digits)}]"


def amount(value: float, cost: Cost) -> str:
    """A cost in its unit."""
    if not math.isfinite(value):
        return NONE
    match cost.name:
        case "latency":
            return tr("{value} ms", value=decimal(value, 2))
        case "throughput":
            return tr("{value} images/s", value=decimal(value, 0))
        case "macs":
            return si(value, "MACs")
    return si(value)
