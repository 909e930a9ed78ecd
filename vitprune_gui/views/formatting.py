"""Numbers as people read them: with unit, thousands and, where they were estimated, their interval."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from vitprune import scores
from vitprune.architecture import SUBLAYERS, Architecture, Kind, Site
from vitprune.plan import PruningPlan
from vitprune.scores import SELECTIONS, Metric, Score, split_name
from vitprune.statistics import Estimate, Z
from vitprune_gui.symbols import KIND_TITLES
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from vitprune.measures import Measure
    from vitprune.results import DataReference

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"
ARROW = "\N{RIGHTWARDS ARROW}"
_BLOCKS = re.compile(r"^blocks_|_blocks$")
_LIST = re.compile(r"(?:block|layer|stage|level|network)?s?(\d*)")


def thousands(count: int) -> str:
    return f"{count:,}"


def si(count: float | None, unit: str = "") -> str:
    """Three digits and a prefix: 86.6 M, 4.61 GMACs."""
    if count is None:
        return NONE
    for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        # 999.6 k would print as 1000 k: the next prefix takes over where rounding reaches it.
        if abs(count) >= 0.9995 * size:
            scaled = count / size
            decimals = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
            return f"{scaled:.{decimals}f} {prefix}{unit}"
    return f"{count:.0f} {unit}".rstrip()


def percent(share: float, decimals: int = 1) -> str:
    return f"{100 * share:.{decimals}f} %" if math.isfinite(share) else NONE


def signed(value: float, decimals: int, unit: str = "") -> str:
    if not math.isfinite(value):
        return NONE
    text = f"{abs(value):.{decimals}f}"
    sign = "" if not float(text) else "+" if value > 0 else MINUS
    return f"{sign}{text}{unit}"


def times(ratio: float) -> str:
    return f"{ratio:.2f}{TIMES}" if math.isfinite(ratio) else "∞"


def decimal(value: float, decimals: int = 3) -> str:
    return f"{value:z.{decimals}f}".replace("-", MINUS) if math.isfinite(value) else NONE  # z: no minus of nought


def significant(value: float) -> str:
    """Two digits at least, and three decimals where there is more: 0.00064, 0.012, 1.250."""
    if not math.isfinite(value):
        return NONE
    digits = 3 if not value or abs(value) >= 0.01 else 1 - math.floor(math.log10(abs(value)))
    return decimal(value, min(digits, 8))


def with_interval(score: Score) -> str:
    """Mean ± half of the 95 % interval, to three decimals."""
    return f"{decimal(score.mean)} ±{_spread(half_width(score))}"


def half_width(score: Score) -> float:
    """Half of the 95 % interval of a mean over images."""
    return Z * score.standard_error


def estimate(value: Estimate | None, *, percentage: bool = False, unit: str = "") -> str:
    """85.2 % [82.1, 87.8]"""
    if value is None:
        return NONE
    scale, decimals, suffix = (100, 1, " %") if percentage else (1, 3, unit)
    text = f"{decimal(value.value * scale, decimals)}{suffix}"
    if math.isfinite(value.low) and math.isfinite(value.high):
        text += f" [{decimal(value.low * scale, decimals)}, {decimal(value.high * scale, decimals)}]"
    return text


def with_unit(value: Estimate, measure: Measure) -> str:
    """85.2 % [82.1, 87.8], or in the unit of the measure: 0.412 nats [0.380, 0.444]"""
    return estimate(value, percentage=measure.share, unit=f" {measure.unit}".rstrip())


def ordinal(number: int) -> str:
    endings = {1: noop("{number}st"), 2: noop("{number}nd"), 3: noop("{number}rd")}
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return tr(endings.get(last, noop("{number}th")), number=number)


def direction(metric: Metric) -> str:
    """Which end of a metric looks redundant."""
    return tr("1 = redundant") if metric.redundant == "high" else tr("0 = redundant")


def metric_of(table: str) -> Metric:
    """What the scores of a table mean; one that this version does not know keeps its name for a title. A title with
    the tokens that the scores are means over is translated already."""
    try:
        found = scores.metric_of(table)
    except KeyError:
        return Metric(table, table, "", "high")
    name, selection = split_name(table)
    if selection == "all":
        return found
    of = {"metric": tr(scores.METRICS[name].title), "tokens": tr(SELECTIONS[selection])}
    return replace(found, title=tr("{metric}, {tokens}", **of))


def title_and_tip(table: str) -> tuple[str, str]:
    """How a table of scores is offered: its title with its tokens, and what its metric says."""
    known = metric_of(table)
    return tr(known.title), tr(known.description) if known.description else ""


def over_tokens(table: str) -> str:
    """The tokens that a table's scores are means over; empty for all of them."""
    _, selection = split_name(table)
    return "" if selection == "all" else tr("over {tokens}", tokens=tr(SELECTIONS.get(selection, selection)))


def metric_axis(table: str) -> str:
    """What stands beside an axis of a table's scores: the metric, the tokens that they are means over, the unit."""
    metric, tokens = metric_of(split_name(table)[0]), over_tokens(table)
    title = f"{tr(metric.title)} {tokens}".rstrip()
    return f"{title} ({tr(metric.unit)})" if metric.unit else title


def images(count: int) -> str:
    return tr("%n image(s)", "", count)


def number(site: Site) -> str:
    """The numbers of a site's id: 3 for blocks.3.attn, 2.5 for layers.2.blocks.5.mlp, 1.0 for stage1.0. Those of a
    branch are its block's: what tells branches of one block apart is no depth. A list with a name of its own gives that
    too: token_only.0 for blocks_token_only.0."""
    path = site.parent if site.parent and site.kind in SUBLAYERS else site.id
    parts = [(_BLOCKS.sub("", part), _LIST.fullmatch(part)) for part in path.split(".")]
    return ".".join(found[1] if found else part for part, found in parts if not found or found[1])


def site_name(site: Site) -> str:
    """A short name that stands alone: Attention 3."""
    leaf = f" ({_leaf(site)})" if _leaf(site) else ""
    return f"{tr(KIND_TITLES[site.kind])} {number(site)}".rstrip() + leaf


def branch_name(site: Site, architecture: Architecture) -> str:
    """A name below its block: Attention, or what the model calls it where the block has several of that kind."""
    if site.parent is None or site.kind == Kind.BLOCK:
        return site_name(site)
    several = sum(child.kind == site.kind for child in architecture.children(site.parent)) > 1
    return _leaf(site) or site.id if several else tr(KIND_TITLES[site.kind])


def _leaf(site: Site) -> str:
    """What the model calls a branch, where that is not what everybody does."""
    leaf = site.id.removeprefix(f"{site.parent}.") if site.parent and site.kind in SUBLAYERS else ""
    return "" if leaf in ("attn", "mlp") else leaf


def first_up(text: str) -> str:
    """As a heading has it: the first letter a capital."""
    return text[:1].upper() + text[1:]


def axis_of(measure: Measure) -> str:
    """What stands beside an axis: the measure with its unit."""
    unit, title = "%" if measure.share else measure.unit, first_up(tr(measure.title))
    return f"{title} ({unit})" if unit else title


def shortened(name: str, most: int) -> str:
    """The start and the end of a name that is longer than `most` characters."""
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-(most - most // 2 - 1) :]}"


def data_name(data: DataReference) -> str:
    """The last part of where the images are."""
    return PurePath(data.source).name or data.source


def plan_name(plan: PruningPlan, architecture: Architecture | None) -> str:
    """Dense, or how many branches go and the start of the plan's digest: two plans of one size stay apart."""
    if not len(plan):
        return tr("Dense")
    known = architecture is not None and architecture.digest == plan.digest
    count = len(plan.removed_branches(architecture)) if known and architecture else len(plan)
    if plan.units:
        cut = sum(len(units) for _, units in plan.units)
        return tr("{count} removed, {units} units", count=count, units=thousands(cut)) + f" · {plan.key[:4]}"
    return tr("{count} removed", count=count) + f" · {plan.key[:4]}"


def units_gone(plan: PruningPlan, architecture: Architecture) -> str:
    """How many heads and neurons go from branches that stay; empty where none does."""
    gone = {Kind.ATTENTION: 0, Kind.MLP: 0}
    for site, units in plan.units:
        gone[architecture.by_id[site].kind] += len(units)
    heads, neurons = gone[Kind.ATTENTION], gone[Kind.MLP]
    if heads and neurons:
        return tr(
            "{heads} and {neurons} gone", heads=tr("%n head(s)", "", heads), neurons=tr("%n neuron(s)", "", neurons)
        )
    if heads:
        return tr("%n head(s) gone", "", heads)
    return tr("%n neuron(s) gone", "", neurons) if neurons else ""


def units_of(plan: PruningPlan, site: Site) -> str:
    """What goes of a branch that stays; empty where nothing does."""
    if not (gone := len(plan.units_of(site.id))):
        return ""
    told = noop("{gone} of {units} heads gone"), noop("{gone} of {units} neurons gone")
    text = told[0] if site.kind is Kind.ATTENTION else told[1]
    return tr(text, gone=thousands(gone), units=thousands(site.units))


def units_less(plan: PruningPlan, site: Site) -> str:
    """How many heads or neurons a branch that stays loses, with a minus; empty where it loses none."""
    gone = len(plan.units_of(site.id))
    return f"{MINUS}{thousands(gone)}" if gone else ""


def plan_sites(plan: PruningPlan, architecture: Architecture | None) -> str:
    """The removed sites in running order, by their ids."""
    if architecture is None:
        return ", ".join(sorted(plan.sites))
    return ", ".join(site.id for site in architecture if site.id in plan.sites)


def _spread(half: float) -> str:
    if not math.isfinite(half):
        return NONE
    return f"{half:.3f}" if half >= 0.0005 or half == 0 else "<0.001"
