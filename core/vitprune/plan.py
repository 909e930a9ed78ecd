"""What is to be removed, and what stands for it: an order-free, hashable value that names sites of the original."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from vitprune.architecture import SUBLAYERS, Architecture, Cost, Kind, Site
from vitprune.errors import PlanInvalid

FORMAT = "vitprune-plan"
VERSION = 1
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


@dataclass(frozen=True)
class PruningPlan:
    """Sites of one architecture and what happens to each. Undo is the previous value.

    Make one with `of`, which checks it; a plan that exists is valid for the architecture whose digest it carries.
    """

    architecture: str
    digest: str
    actions: frozenset[tuple[str, Action]] = frozenset()
    target: Target = Target.STREAM

    @classmethod
    def of(
        cls, architecture: Architecture, actions: Mapping[str, str] | None = None, target: str = Target.STREAM
    ) -> PruningPlan:
        """A plan from {site id: action}. What lies inside a removed block is implied and left out. `target` matters
        where something is fitted.

        Raises PlanInvalid for an unknown site, action or target, an action that the site cannot have, or when no block
        would keep any branch.
        """
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
        # Plans that do the same are equal: without anything to fit there is nothing to fit it to.
        fits = target == Target.MODEL or any(action is not Action.REMOVE for action in kept.values())
        to = Target(target) if kept and fits else Target.STREAM
        plan = cls(architecture.name, architecture.digest, frozenset(kept.items()), to)
        for site, action in kept.items():
            plan._check_action(architecture, architecture.by_id[site], action)
        if chosen and all(block.id in chosen or _emptied(architecture, block, chosen) for block in architecture.blocks):
            raise PlanInvalid("This plan leaves no block in the model.", hint="Keep at least one branch.")
        return plan

    @cached_property
    def sites(self) -> frozenset[str]:
        return frozenset(site for site, _ in self.actions)

    @cached_property
    def key(self) -> str:
        """A digest of the plan: equal plans, equal keys, on every machine."""
        fitted = [str(self.target)] if self.needs_calibration else []
        text = json.dumps([self.digest, sorted(self.actions), *fitted])
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def needs_calibration(self) -> bool:
        """Whether something is fitted to images when the plan is applied."""
        return bool(self.actions) and (
            self.target is Target.MODEL or any(action is not Action.REMOVE for _, action in self.actions)
        )

    def __len__(self) -> int:
        return len(self.actions)

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
        return self.of(architecture, dict(self.actions) | dict.fromkeys(sites, action), self.target)

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
        return self.of(architecture, actions, self.target if target is None else target)

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
        return self.of(architecture, actions, self.target)

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
        left = architecture.macs - macs
        bound = architecture.macs / left if left else float("inf")
        return PlanSummary(len(removed), architecture.params - params, left, params, macs, bound)

    def _stands_in(self, architecture: Architecture, site: Site) -> Cost:
        action = dict(self.actions)[site.id]
        cost = site.cost(action)
        if cost is None or (action is Action.MEAN and self.anchor(architecture, site.id)):
            return Cost(action, 0, 0)
        return cost

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
            "version": VERSION,
            "architecture": self.architecture,
            "digest": self.digest,
            "sites": {site: str(action) for site, action in sorted(self.actions)},
        } | ({"target": str(self.target)} if self.needs_calibration else {})

    @classmethod
    def from_json(cls, data: object, architecture: Architecture) -> PruningPlan:
        """The only door for a plan from outside. Raises PlanInvalid for anything but a plan of this architecture."""
        if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("sites"), dict):
            raise PlanInvalid("This is not a ViTPrune plan.", hint="`vitprune plan RUN.h5 -o PLAN.json` writes one.")
        if data.get("version") != VERSION:
            raise PlanInvalid(f"The plan has version {data.get('version')!r}; this program reads version {VERSION}.")
        cls(str(data.get("architecture")), str(data.get("digest"))).check(architecture)
        return cls.of(architecture, data["sites"], data.get("target", Target.STREAM))


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
