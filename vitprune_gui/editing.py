"""Edits of the plan, and the choice of its colours: each is one step to undo, and none removes what is protected."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from vitprune.errors import ArgumentInvalid, PlanInvalid
from vitprune.plan import Action, PruningPlan, held
from vitprune_gui.changes import StateChange
from vitprune_gui.repairs import AUTO, PICKED, REPAIRS, TARGETS, common_repair, with_repair
from vitprune_gui.requests import RepairCheaply
from vitprune_gui.runner import JobRunner
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr


class Editing(QObject):
    """All changes of the plan go through `edit`."""

    notified = Signal(str)

    def __init__(self, state: AppState, runner: JobRunner, parent: QObject | None = None) -> None:
        """`runner` looks for the cheapest repairs, and `choosing` takes its answer."""
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._state = state
        self._runner = runner
        state.plan_changed.connect(self._follow_plan)

    def edit(self, text: str, change: Callable[[], PruningPlan]) -> None:
        """One step to undo. A plan that would remove what is protected is refused."""
        before = self._state.plan
        if before is None:
            return
        try:
            after = change()
        except (PlanInvalid, ArgumentInvalid) as error:
            self.notified.emit(str(error))
            return
        if lost := sorted(site for site in self._held if _goes_further(site, before, after)):
            self.notified.emit(
                tr("This plan removes {site}, which is protected. Release it first.", site=lost[0])
                if len(lost) == 1
                else tr("This plan removes %n protected site(s). Release them first.", "", len(lost))
            )
            return
        if after != before:
            self.undo_stack.push(StateChange(text, self._state, plan=after))

    def toggle_site(self, site_id: str) -> None:
        plan, architecture = self._state.plan, self._state.architecture
        if plan is None or architecture is None or site_id not in architecture.by_id:
            return
        self._edit_sites("Restore" if plan.removes(architecture, site_id) else "Remove", (site_id,))

    def remove_sites(self, ids: Iterable[str]) -> None:
        self._edit_sites("Remove", ids)

    def restore_sites(self, ids: Iterable[str]) -> None:
        self._edit_sites("Restore", ids)

    def repair_sites(self, ids: Iterable[str], action: str) -> None:
        """What stands for these sites of the plan: an `Action`."""
        plan, architecture, sites = self._state.plan, self._state.architecture, tuple(ids)
        if plan is None or architecture is None or not sites:
            return
        target = self._state.repair[1]
        site, title = sites[0], tr(REPAIRS["none" if action == Action.REMOVE else action].title)
        if action == Action.REMOVE and len(sites) == 1:
            text = tr("Remove {site} without repair", site=site)
        elif action == Action.REMOVE:
            text = tr("Remove %n site(s) without repair", "", len(sites))
        elif len(sites) == 1:
            text = tr("Repair {site}: {repair}", site=site, repair=title)
        else:
            text = tr("Repair %n site(s): {repair}", "", len(sites), repair=title)
        self.edit(text, lambda: plan.with_actions(architecture, dict.fromkeys(sites, action), target))

    def set_repair(self, repair: str, target: str | None = None) -> None:
        """What stands for every site of the plan, where it can, and for those that go from now on."""
        state = self._state
        plan, architecture = state.plan, state.architecture
        wanted = repair, target or state.repair[1]
        if repair == "none":
            text = tr("Remove without repair")
        elif repair == state.repair[0]:
            text = tr("Fit repairs to the target {target}", target=tr(TARGETS[wanted[1]].title))
        else:
            text = tr("Repair with {repair}", repair=tr(PICKED[repair].title))
        changed: dict[str, object] = {"repair": wanted}
        if plan and repair != AUTO and architecture is not None:
            try:
                changed["plan"] = plan.repaired(architecture, repair, wanted[1])
            except (PlanInvalid, ArgumentInvalid) as error:
                self.notified.emit(str(error))
        self._choose(text, "repair", **changed)
        if plan and repair == AUTO and architecture is not None:
            if state.model is None or state.data is None:
                self.notified.emit(tr("Repairs are tried on images: open images to analyse first."))
            else:
                best = plan.repaired(architecture, Action.LINEAR, state.repair[1])
                self._runner.submit(RepairCheaply(state.model, state.data, best))

    def use_plan(self, plan: PruningPlan, text: str) -> None:
        """Put another plan in place of the present one; one step to undo."""
        self.edit(text, lambda: plan)

    def clear_plan(self) -> None:
        plan, architecture = self._state.plan, self._state.architecture
        if plan and architecture is not None:
            self.edit(tr("Clear the plan"), lambda: PruningPlan.of(architecture))

    def set_metric(self, table: str) -> None:
        """A metric, over all tokens or over some of them: `cosine`, `cosine@cls`."""
        from vitprune.scores import split_name  # numpy comes with it

        metric, _ = split_name(table)
        if metric == split_name(self._state.metric)[0]:
            text = tr("Colour by other tokens")
        else:
            text = tr("Colour by {metric}", metric=title_of(metric))
        self._choose(text, "metric", metric=table)

    @property
    def _held(self) -> frozenset[str]:
        architecture = self._state.architecture
        return held(architecture, self._state.protected) if architecture is not None else frozenset()

    def _edit_sites(self, verb: str, ids: Iterable[str]) -> None:
        plan, architecture, sites = self._state.plan, self._state.architecture, tuple(ids)
        if plan is None or architecture is None or not sites:
            return
        if verb == "Remove":
            stay = self._held
            protected = [site for site in sites if site in stay]
            sites = tuple(site for site in sites if site not in stay)
            if protected:
                self.notified.emit(
                    tr("{site} is protected and stays.", site=protected[0])
                    if len(protected) == 1
                    else tr("%n protected site(s) stay.", "", len(protected))
                )
            if not sites:
                return
        site, many = sites[0], len(sites)
        if verb == "Remove":
            text = tr("Remove {site}", site=site) if many == 1 else tr("Remove %n site(s)", "", many)
        else:
            text = tr("Restore {site}", site=site) if many == 1 else tr("Restore %n site(s)", "", many)
        repair, target = self._state.repair

        def change() -> PruningPlan:
            if verb != "Remove":
                return plan.with_restored(architecture, sites)
            return with_repair(plan.with_removed(architecture, sites), architecture, sites, repair, target)

        self.edit(text, change)

    def _choose(self, text: str, kind: str, **after: object) -> None:
        """A step to undo, one together with others of its kind right before it."""
        if any(getattr(self._state, name) != value for name, value in after.items()):
            self.undo_stack.push(StateChange(text, self._state, kind, **after))

    @Slot(object)
    def _follow_plan(self, plan: PruningPlan | None) -> None:
        """What goes next is repaired as what went before."""
        if plan and self._state.architecture is not None:
            repair = common_repair(plan, self._state.architecture)
            if repair is not None and self._state.repair[0] != AUTO:
                target = str(plan.target) if plan.needs_calibration else self._state.repair[1]
                self._state.repair = repair, target


def _goes_further(site: str, before: PruningPlan, after: PruningPlan) -> bool:
    if site in after.sites:
        return site not in before.sites
    return not set(after.units_of(site)) <= set(before.units_of(site))


def title_of(name: str) -> str:
    """What people call a metric or a method of pruning; one that is not known keeps its name."""
    from vitprune.scores import METRICS
    from vitprune.selection import methods

    known = METRICS.get(name) or methods().get(name)
    return tr(known.title) if known else name
