"""What is to be removed, and what stands for it: an order-free, hashable value that names sites of the original."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from vitprune.architecture import SUBLAYERS, Architecture, Cost, Kind, Site
from vitprune.errors import PlanInvalid
from vitprune.ranges import folded, spread

FORMAT = "vitprune-plan"
VERSION = 1
VERSION_WITH_UNITS = 2
"""Plans that take heads or neurons from branches that stay: earlier programs would leave that out."""
LARGEST_FILE = 16 << 20  # bytes of a plan file


class Action(StrEnum):
    """What happens to a site. All but the first put something in its place, fitted in closed form, without labels."""

    REMOVE = "remove"
    MEAN = "mean"
    """A constant, in the bias of the branch before it where that is possible: free."""
    FOLD = "fold"
    """A linear map of what the branch before it adds, in that branch's last layer: free."""
    DIAGONAL = "diagonal"
    """A scale and a shift of every channel of the branch's normed input."""
    LOW_RANK = "low-rank"
    """A linear map of the normed input of an eighth of its rank."""
    LINEAR = "linear"
    """A linear map of the normed input."""


class Target(StrEnum):
    """What is fitted to what."""

    BRANCH = "branch"
    """Each replacement to what its branch added in the dense model."""
    STREAM = "stream"
    """Each replacement to the residual stream of the dense model after its site, in running order: it makes good what
    those before it left."""
    MODEL = "model"
    """As STREAM; and the last layer of every branch that stays, after the first site that went, is fitted to the dense
    stream again. That costs nothing at inference."""


class Compensation(StrEnum):
    """What the last layer of a branch that loses heads or neurons does for them. Either costs nothing at inference."""

    NONE = "none"
    BIAS = "bias"
    """Its bias takes in their mean (FLAP, arXiv:2312.11983)."""
    AFFINE = "affine"
    """Its weights and bias take in what of them is an affine function of those that stay (ridge regression)."""


Units = tuple[int, ...]
HEAD = ".head."
REPAIRS = ("none", *(str(action) for action in Action if action is not Action.REMOVE))


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a plan does to an architecture. `speedup_bound` is the ratio of MACs: no honest timing exceeds it by more
    than its noise."""

    sites: int
    params: int
    macs: int
    params_removed: int
    macs_removed: int
    speedup_bound: float
    units: int = 0
    """Heads and neurons that go from branches that stay."""


@dataclass(frozen=True)
class PruningPlan:
    """Sites of one architecture and what happens to each. Undo is the previous value.

    Make one with `of`, which checks it; a plan that exists is valid for the architecture whose digest it carries.

    `units` are, of branches that stay, the heads or hidden neurons that go, ascending; `compensation` is what makes up
    for them, AFFINE where there are none.
    """

    architecture: str
    digest: str
    actions: frozenset[tuple[str, Action]] = frozenset()
    target: Target = Target.STREAM
    units: frozenset[tuple[str, Units]] = frozenset()
    compensation: Compensation = Compensation.AFFINE

    @classmethod
    def of(
        cls,
        architecture: Architecture,
        actions: Mapping[str, str] | None = None,
        target: str = Target.STREAM,
        *,
        units: Mapping[str, Iterable[int]] | None = None,
        compensation: str = Compensation.AFFINE,
    ) -> PruningPlan:
        """A plan from {site id: action}, and from {site id: heads or neurons that go}. What lies inside a removed
        block, or is a unit of a removed branch, is implied and left out. `target` matters where something is fitted. A
        head may be named like a site, "blocks.3.attn.head.5", with the action "remove".

        Raises PlanInvalid for an unknown site, unit, action, target or compensation, an action that the site cannot
        have, or when a branch would keep no unit or no block any branch.
        """
        if compensation not in tuple(Compensation):
            raise PlanInvalid(
                f"{compensation!r} is no compensation.", hint=f"Known compensations: {', '.join(Compensation)}."
            )
        wanted = {site: set(numbers) for site, numbers in (units or {}).items()}
        actions = dict(actions or {})
        for name in [name for name in actions if HEAD in name and name not in architecture.by_id]:
            site, head = _head(name, actions.pop(name))
            wanted.setdefault(site, set()).add(head)
        if target not in tuple(Target):
            raise PlanInvalid(f"{target!r} is no target of a repair.", hint=f"Known targets: {', '.join(Target)}.")
        chosen: dict[str, Action] = {}
        for site, action in (actions or {}).items():
            if site not in architecture.by_id:
                raise PlanInvalid(
                    f"{architecture.name} has no prunable site {site!r}.",
                    hint="Choose among the sites of this model (`vitprune inspect MODEL` lists them).",
                )
            if reason := architecture.by_id[site].fixed:
                raise PlanInvalid(f"{site} cannot be removed. {reason}", hint="Choose a site that can go.")
            try:
                chosen[site] = Action(action)
            except ValueError:
                known = ", ".join(Action)
                raise PlanInvalid(f"{action!r} is not an action for {site}.", hint=f"Known actions: {known}.") from None
        kept = {site: action for site, action in chosen.items() if architecture.by_id[site].parent not in chosen}
        cut = {
            site: tuple(sorted(numbers))
            for site, numbers in wanted.items()
            if _checked_units(architecture, site, numbers)
            and site not in chosen
            and architecture.by_id[site].parent not in chosen
        }
        # Plans that do the same are equal: without anything to fit there is nothing to fit it to.
        fits = (
            target == Target.MODEL
            or any(action is not Action.REMOVE for action in kept.values())
            or bool(cut and compensation != Compensation.NONE)
        )
        plan = cls(
            architecture.name,
            architecture.digest,
            frozenset(kept.items()),
            Target(target) if (kept or cut) and fits else Target.STREAM,
            frozenset(cut.items()),
            Compensation(compensation) if cut else Compensation.AFFINE,
        )
        for site, action in kept.items():
            plan._check_action(architecture, architecture.by_id[site], action)
        if chosen and all(block.id in chosen or _emptied(architecture, block, chosen) for block in architecture.blocks):
            raise PlanInvalid("This plan leaves no block in the model.", hint="Keep at least one branch.")
        return plan

    @cached_property
    def sites(self) -> frozenset[str]:
        """The sites that go."""
        return frozenset(site for site, _ in self.actions)

    @cached_property
    def touched(self) -> frozenset[str]:
        """The sites that go, and those that lose units."""
        return self.sites | {site for site, _ in self.units}

    def units_of(self, site: str) -> Units:
        """The heads or neurons that go from a branch that stays."""
        return self._units_by_site.get(site, ())

    @cached_property
    def _units_by_site(self) -> dict[str, Units]:
        return dict(self.units)

    @cached_property
    def key(self) -> str:
        """A digest of the plan: equal plans, equal keys, on every machine."""
        fitted = [str(self.target)] if self.needs_calibration else []
        cut = [sorted(self.units), str(self.compensation)] if self.units else []
        text = json.dumps([self.digest, sorted(self.actions), *fitted, *cut])
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def needs_calibration(self) -> bool:
        """Whether something is fitted to images when the plan is applied."""
        return bool(self) and (
            self.target is Target.MODEL
            or any(action is not Action.REMOVE for _, action in self.actions)
            or bool(self.units and self.compensation is not Compensation.NONE)
        )

    def __len__(self) -> int:
        """How many sites something happens to."""
        return len(self.actions) + len(self.units)

    def __contains__(self, site: object) -> bool:
        return site in self.sites

    def action(self, site: str) -> Action | None:
        return dict(self.actions).get(site)

    def removes(self, architecture: Architecture, site: str) -> bool:
        """Whether a site goes: named itself, in a removed block, or a block that is nothing but branches that go."""
        found = architecture.by_id[site]
        if found.id in self.sites or found.parent in self.sites:
            return True
        children = architecture.children(site)
        whole = (found.params, found.macs) == (sum(c.params for c in children), sum(c.macs for c in children))
        return bool(children) and whole and not found.fixed and all(child.id in self.sites for child in children)

    def with_removed(
        self, architecture: Architecture, sites: Iterable[str], action: str = Action.REMOVE
    ) -> PruningPlan:
        """This plan with this done to these sites too. Raises PlanInvalid like `of`."""
        return self.with_actions(architecture, dict.fromkeys(sites, action))

    def with_actions(
        self, architecture: Architecture, actions: Mapping[str, str], target: str | None = None
    ) -> PruningPlan:
        """This plan with these actions too, or instead. Raises PlanInvalid like `of`."""
        return self._changed(architecture, {**dict(self.actions), **actions}, target)

    def with_units(self, architecture: Architecture, units: Mapping[str, Iterable[int]]) -> PruningPlan:
        """This plan with just these units gone from these sites. Raises PlanInvalid like `of`."""
        return self._changed(architecture, dict(self.actions), units={**self._units_by_site, **units})

    def with_compensation(self, architecture: Architecture, compensation: str) -> PruningPlan:
        """Raises PlanInvalid like `of`."""
        return self.of(
            architecture, dict(self.actions), self.target, units=self._units_by_site, compensation=compensation
        )

    def _changed(
        self,
        architecture: Architecture,
        actions: Mapping[str, str],
        target: str | None = None,
        units: Mapping[str, Iterable[int]] | None = None,
    ) -> PruningPlan:
        return self.of(
            architecture,
            actions,
            self.target if target is None else target,
            units=self._units_by_site if units is None else units,
            compensation=self.compensation,
        )

    def repaired(self, architecture: Architecture, repair: str, target: str | None = None) -> PruningPlan:
        """The same sites with another repair: "none", or an action; where a site cannot have it, the site is removed
        without. Raises PlanInvalid for an unknown repair."""
        if repair not in REPAIRS:
            raise PlanInvalid(f"There is no repair {repair!r}.", hint=f"Repairs: {', '.join(REPAIRS)}.")
        wanted = Action.REMOVE if repair == "none" else Action(repair)
        actions = {
            site: wanted if architecture.by_id[site].cost(wanted) or wanted is Action.REMOVE else Action.REMOVE
            for site in self.sites
        }
        if wanted is Action.FOLD:
            bare = self.of(architecture, dict.fromkeys(self.sites, Action.REMOVE))
            actions = {
                site: wanted if bare.anchor(architecture, site) and action is wanted else Action.REMOVE
                for site, action in actions.items()
            }
        return self._changed(architecture, actions, target)

    def anchor(self, architecture: Architecture, site: str) -> str:
        """The branch whose last layer can take in what stands for this site: the nearest one before it that stays, the
        stream coming unchanged from there. "" where there is none."""
        found = architecture.by_id[site]
        if children := architecture.children(site):
            found = children[0]
        while before := found.follows:
            found = architecture.by_id[before]
            if before not in self.sites and found.parent not in self.sites:
                return before if found.absorbs else ""
        return ""

    def _check_action(self, architecture: Architecture, site: Site, action: Action) -> None:
        if action is Action.REMOVE:
            return
        if site.cost(action) is None:
            raise PlanInvalid(
                f"{site.id} cannot be repaired with {action}.",
                hint="Blocks of this kind can be removed without repair."
                if not site.repairs
                else "Choose another one.",
            )
        if action is Action.FOLD and not self.anchor(architecture, site.id):
            raise PlanInvalid(
                f"Nothing before {site.id} can take in what stands for it.", hint="Choose another repair for this site."
            )

    def with_restored(self, architecture: Architecture, sites: Iterable[str]) -> PruningPlan:
        """This plan with these sites, and everything in them, back. Restoring one branch of a removed block keeps the
        other one removed."""
        restored = set(sites)
        restored |= {child.id for site in restored for child in architecture.children(site)}
        actions: dict[str, Action] = {}
        for site, action in self.actions:
            children = {child.id for child in architecture.children(site)}
            if site in restored:
                continue
            if children & restored:
                actions |= dict.fromkeys(children - restored, action if action is not Action.FOLD else Action.REMOVE)
            else:
                actions[site] = action
        units = {site: numbers for site, numbers in self.units if site not in restored}
        return self._changed(architecture, actions, units=units)

    def toggled(self, architecture: Architecture, site: str) -> PruningPlan:
        change = self.with_restored if self.removes(architecture, site) else self.with_removed
        return change(architecture, [site])

    def removed_branches(self, architecture: Architecture) -> tuple[Site, ...]:
        """The sites that go, in running order, a block resolved to its branches where it has any."""
        return tuple(
            site
            for site in architecture.sites
            if not architecture.children(site.id) and (site.id in self.sites or site.parent in self.sites)
        )

    def branch_actions(self, architecture: Architecture) -> dict[str, Action]:
        """What happens to each of `removed_branches`, by id: what stands for a block stands for its branches."""
        actions = dict(self.actions)
        return {
            site.id: actions.get(site.id) or actions[site.parent or ""] for site in self.removed_branches(architecture)
        }

    def summary(self, architecture: Architecture) -> PlanSummary:
        removed = self.removed_branches(architecture)
        named = [site for site in architecture.sites if site.id in self.sites]
        instead = [self._stands_in(architecture, site) for site in named]
        params = sum(site.params for site in named) - sum(cost.params for cost in instead)
        macs = sum(site.macs for site in named) - sum(cost.macs for cost in instead)
        for site, units in self.units:
            params += len(units) * architecture.by_id[site].unit_params
            macs += len(units) * architecture.by_id[site].unit_macs
        left = architecture.macs - macs
        bound = architecture.macs / left if left else float("inf")
        cut = sum(len(units) for _, units in self.units)
        return PlanSummary(len(removed), architecture.params - params, left, params, macs, bound, cut)

    def _stands_in(self, architecture: Architecture, site: Site) -> Cost:
        action = dict(self.actions)[site.id]
        cost = site.cost(action)
        if cost is None or (action is Action.MEAN and self.anchor(architecture, site.id)):
            return Cost(action, 0, 0)
        return cost

    def narrowed(self, architecture: Architecture) -> dict[str, str]:
        """What goes from each branch that stays, in running order: "3 of 6 heads"."""
        return {
            site.id: f"{len(units):,} of {site.units:,} {'heads' if site.kind is Kind.ATTENTION else 'neurons'}"
            for site in architecture.sites
            if (units := self.units_of(site.id))
        }

    def check(self, architecture: Architecture) -> None:
        """Raise PlanInvalid unless the plan was made for this architecture."""
        if self.digest != architecture.digest:
            raise PlanInvalid(
                f"The plan was made for {self.architecture}, not for this {architecture.name}.",
                hint="Use the model, with the same arguments, that the plan was made for.",
            )

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION_WITH_UNITS if self.units else VERSION,
            "architecture": self.architecture,
            "digest": self.digest,
            "sites": {site: str(action) for site, action in sorted(self.actions)},
            **({"target": str(self.target)} if self.needs_calibration else {}),
            **(
                {
                    "units": {site: folded(units) for site, units in sorted(self.units)},
                    "compensation": str(self.compensation),
                }
                if self.units
                else {}
            ),
        }

    @classmethod
    def from_json(cls, data: object, architecture: Architecture) -> PruningPlan:
        """The only door for a plan from outside. Raises PlanInvalid for anything but a plan of this architecture."""
        if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("sites"), dict):
            raise PlanInvalid("This is not a ViTPrune plan.", hint="`vitprune plan RUN.h5 -o PLAN.json` writes one.")
        if (version := data.get("version")) not in (VERSION, VERSION_WITH_UNITS) or isinstance(version, bool):
            raise PlanInvalid(
                f"The plan has version {version!r}; this program reads versions up to {VERSION_WITH_UNITS}."
            )
        cls(str(data.get("architecture")), str(data.get("digest"))).check(architecture)
        try:
            units = {site: spread(numbers) for site, numbers in dict(data.get("units", {})).items()}
        except (TypeError, ValueError) as error:
            raise PlanInvalid("The units of the plan are no numbers, or ranges of numbers.") from error
        return cls.of(
            architecture,
            data["sites"],
            data.get("target", Target.STREAM),
            units=units,
            compensation=data.get("compensation", Compensation.AFFINE),
        )


def _head(name: str, action: str) -> tuple[str, int]:
    site, _, number = name.rpartition(HEAD)
    if action != Action.REMOVE:
        raise PlanInvalid(
            f"{name} can only be removed.",
            hint=f"What makes up for it is the plan's compensation: {', '.join(Compensation)}.",
        )
    if not (number.isascii() and number.isdigit()) or len(number) > 6:
        raise PlanInvalid(f"{name} is no head.", hint="A head is named like blocks.3.attn.head.5.")
    return site, int(number)


def _checked_units(architecture: Architecture, name: str, numbers: Collection[int]) -> bool:
    """Whether any units go from this site. Raises PlanInvalid where they cannot."""
    if (site := architecture.by_id.get(name)) is None:
        raise PlanInvalid(
            f"{architecture.name} has no prunable site {name!r}.",
            hint="Choose among the sites of this model (`vitprune inspect MODEL` lists them).",
        )
    if not numbers:
        return False
    if not site.units:
        why = site.whole or "It has none that are known."
        raise PlanInvalid(
            f"No heads or neurons of {name} can go alone. {why}",
            hint="Open the model, or analyse it again, with this version." if not site.whole else "Remove it whole.",
        )
    if any(type(number) is not int or not 0 <= number < site.units for number in numbers):
        raise PlanInvalid(f"{name} has the units 0 to {site.units - 1}, and this plan names others.")
    if len(numbers) == site.units:
        raise PlanInvalid(f"This plan leaves no unit of {name}.", hint="Remove the site itself.")
    return True


def held(architecture: Architecture, protected: Iterable[str]) -> frozenset[str]:
    """The sites that cannot go because of the protected ones: these, what is in them, and the block that they are in.
    Sites of other models are none."""
    found: set[str] = set()
    for site in protected:
        if site in architecture.by_id:
            parent = architecture.by_id[site].parent
            found |= {site, *(child.id for child in architecture.children(site)), *([parent] if parent else [])}
    return frozenset(found)


def read(path: Path, architecture: Architecture) -> PruningPlan:
    """The plan in a file, as `vitprune plan` and the window write it. Raises PlanInvalid for anything else."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PlanInvalid(f"{path} is too large for a plan.")
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise PlanInvalid(f"There is no file {path}.", hint="`vitprune plan RUN.h5 -o PLAN.json` writes one.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise PlanInvalid(f"{path} is not a ViTPrune plan: {error}.") from error
    return PruningPlan.from_json(data, architecture)


def _emptied(architecture: Architecture, block: Site, chosen: Mapping[str, Action]) -> bool:
    children = architecture.children(block.id)
    return bool(children) and all(child.id in chosen for child in children)


GRANULARITIES: dict[str, tuple[Kind, ...]] = {
    "attention": (Kind.ATTENTION,),
    "mlp": (Kind.MLP,),
    "sublayer": SUBLAYERS,
    "block": (Kind.BLOCK,),
}
WIDTHS: dict[str, tuple[Kind, ...]] = {
    "head": (Kind.ATTENTION,),
    "neuron": (Kind.MLP,),
    "width": (Kind.ATTENTION, Kind.MLP),
    "mixed": SUBLAYERS,
}
"""Of which branches heads and neurons go; "mixed" is those and whole branches."""
