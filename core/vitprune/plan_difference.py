"""Two plans side by side, branch by branch."""

from __future__ import annotations

from dataclasses import dataclass

from vitprune.architecture import Architecture
from vitprune.plan import Action, PruningPlan


@dataclass(frozen=True)
class PlanDifference:
    """The plan of a session against that of the baseline, branch by branch in running order, a removed block resolved
    to its branches. `otherwise` are those of `both` that are repaired otherwise: branch, action in the baseline, action
    in the session. `units` are branches that lose other heads or neurons: branch, how many in the baseline, how many in
    the session. All are empty where the architectures differ, since sites have no like then."""

    same_architecture: bool
    both: tuple[str, ...] = ()
    only_baseline: tuple[str, ...] = ()
    only_session: tuple[str, ...] = ()
    otherwise: tuple[tuple[str, str, str], ...] = ()
    units: tuple[tuple[str, int, int], ...] = ()

    @classmethod
    def of(cls, baseline: PruningPlan, session: PruningPlan, architecture: Architecture) -> PlanDifference:
        """Both plans are of this architecture."""
        there, here = _branches(baseline, architecture), _branches(session, architecture)
        both = tuple(site for site in there if site in here)
        return cls(
            True,
            both,
            tuple(site for site in there if site not in here),
            tuple(site for site in here if site not in there),
            tuple((site, there[site], here[site]) for site in both if there[site] != here[site]),
            tuple(
                (site.id, len(baseline.units_of(site.id)), len(session.units_of(site.id)))
                for site in architecture.sites
                if baseline.units_of(site.id) != session.units_of(site.id)
            ),
        )

    @property
    def sentence(self) -> str:
        if not self.same_architecture:
            return "other architectures: their sites cannot be matched"
        if not (self.both or self.only_baseline or self.only_session or self.units):
            return "neither removes anything"
        parts = [f"{len(self.both)} of the branches go in both"]
        parts += [f"only the baseline's: {', '.join(self.only_baseline)}"] if self.only_baseline else []
        parts += [f"only this one's: {', '.join(self.only_session)}"] if self.only_session else []
        repairs: dict[tuple[str, str], list[str]] = {}
        for site, there, here in self.otherwise:
            repairs.setdefault((there, here), []).append(site)
        parts += [
            f"{', '.join(sites)}: {there} in the baseline, {here} here" for (there, here), sites in repairs.items()
        ]
        if self.units:
            told = ", ".join(f"{site} ({there} and {here})" for site, there, here in self.units)
            parts.append(f"other heads or neurons go, in the baseline and here, from {told}")
        return "; ".join(parts)


def _branches(plan: PruningPlan, architecture: Architecture) -> dict[str, str]:
    """What happens to each branch that goes; what stands for a whole block names it."""
    found: dict[str, str] = {}
    for site, action in plan.branch_actions(architecture).items():
        own = site in plan or action is Action.REMOVE
        found[site] = str(action) if own else f"{action} for {architecture.by_id[site].parent}"
    return found
