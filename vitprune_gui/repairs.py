"""What people call the repairs, and how the window puts one on a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vitprune.architecture import Architecture
from vitprune.errors import PlanInvalid
from vitprune.plan import Action, Compensation, PruningPlan, Target
from vitprune_gui.translation import noop, tr


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a picker: its title, the word that stands beside a site, and one line that explains it, all to be
    translated where they are shown."""

    title: str
    word: str
    what: str


REPAIRS: dict[str, Choice] = {
    "none": Choice(noop("None"), "", noop("The site is left out; nothing stands for it.")),
    Action.MEAN: Choice(
        noop("Mean"), noop("mean"), noop("What the site adds on average, a constant. Free in the branch before.")
    ),
    Action.FOLD: Choice(
        noop("Fold"), noop("fold"), noop("A linear map in the last layer of the branch before. Free at inference.")
    ),
    Action.DIAGONAL: Choice(
        noop("Diagonal"), noop("diag."), noop("A scale and a shift of every channel. Almost free.")
    ),
    Action.LOW_RANK: Choice(noop("Low rank"), noop("low-rank"), noop("A linear map of an eighth of the rank. Cheap.")),
    Action.LINEAR: Choice(
        noop("Linear"), noop("linear"), noop("A whole linear map. Costs least accuracy and most MACs of all repairs.")
    ),
}

_INSIDE = {
    "none": noop("none"),
    Action.MEAN: noop("mean"),
    Action.FOLD: noop("fold"),
    Action.DIAGONAL: noop("diagonal"),
    Action.LOW_RANK: noop("low rank"),
    Action.LINEAR: noop("linear"),
}

AUTO = "auto"
"""Not a repair itself: it chooses one for each site."""
PICKED: dict[str, Choice] = REPAIRS | {
    AUTO: Choice(
        noop("Cheapest"), "", noop("For each site the cheapest repair that is not measurably worse. Tried on images.")
    ),
}

COMPENSATIONS: dict[str, Choice] = {
    Compensation.NONE: Choice(noop("Nothing"), "", noop("Nothing makes up for heads and neurons that go.")),
    Compensation.BIAS: Choice(
        noop("Bias"), noop("bias"), noop("The bias of their last layer takes in what they say on average. Free.")
    ),
    Compensation.AFFINE: Choice(
        noop("Affine"),
        noop("affine"),
        noop("Their last layer is fitted again to the heads and neurons that stay. Free at inference."),
    ),
}
"""What makes up for heads and neurons."""

TARGETS: dict[str, Choice] = {
    Target.BRANCH: Choice(
        noop("Branch"), noop("branch"), noop("Each is fitted to what its own branch added in the dense model.")
    ),
    Target.STREAM: Choice(
        noop("Stream"),
        noop("stream"),
        noop(
            "Each is fitted to the dense model's residual stream after its site, and makes good what those before it "
            "left."
        ),
    ),
    Target.MODEL: Choice(
        noop("Model"),
        noop("model"),
        noop("As the stream; and the last layer of every later branch that stays is fitted to the dense stream again."),
    ),
}


def word(action: str | None) -> str:
    """What stands for a site, in a word; empty where nothing does."""
    return "" if action is None or action == Action.REMOVE else tr(REPAIRS[action].word)


def inside(repair: str) -> str:
    """What people call a repair inside a sentence: not every language writes a title in small letters there."""
    return tr(_INSIDE[repair]) if repair in _INSIDE else repair


def common_repair(plan: PruningPlan, architecture: Architecture) -> str | None:
    """The one repair of a plan's sites, as far as they can have it; None where they differ."""
    found = {str(action) for _, action in plan.actions if action is not Action.REMOVE}
    if not found:
        return "none"
    repair = found.pop()
    if found or plan.repaired(architecture, repair).actions != plan.actions:
        return None
    return repair


def with_repair(
    plan: PruningPlan, architecture: Architecture, sites: Iterable[str], repair: str, target: str
) -> PruningPlan:
    """The plan with this repair of these of its sites, as far as they can have it; the others stay as they are. Before
    the cheapest one is found, it is the best."""
    repair = Action.LINEAR if repair == AUTO else repair
    actions = dict(plan.actions)
    for site in sites:
        if site in actions:
            wanted = Action.REMOVE if repair == "none" else Action(repair)
            try:
                actions = dict(plan.with_actions(architecture, {**actions, site: wanted}, target).actions)
            except PlanInvalid:
                continue
    return plan.with_actions(architecture, actions, target)
