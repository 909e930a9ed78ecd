"""What people do to the plan beside pruning one site: many at once, what stays, and plans that are put aside.

Every verb is one step to undo. Which sites it would change is a function of values, so that it can be shown beforehand.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from vitprune.architecture import Architecture, Kind, Site
from vitprune.errors import PlanInvalid
from vitprune.plan import GRANULARITIES, Action, PruningPlan, held, read
from vitprune_gui.changes import StateChange
from vitprune_gui.opening import PLAN_SUFFIX
from vitprune_gui.repairs import COMPENSATIONS, REPAIRS
from vitprune_gui.runner import Failed, Finished, JobRunner, LiveJob, Request
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.results import DataReference, KeptPlan, ModelReference
    from vitprune.scores import Score


def free(architecture: Architecture, plan: PruningPlan, protected: Collection[str], granularity: str) -> list[Site]:
    """The sites of a granularity that are kept and could go, in running order."""
    from vitprune.selection import candidates  # numpy comes with it

    able = candidates(architecture, granularity, protected)
    return [architecture.by_id[site] for site in able if not plan.removes(architecture, site)]


def most_redundant(scores: Mapping[str, Score], redundant: str, sites: Sequence[Site], count: int) -> list[Site]:
    """The first `count` sites by a table of scores whose `redundant` end is "high" or "low"; ties in running order. A
    site whose score is not a finite number is never among them."""
    known = [site for site in sites if site.id in scores and math.isfinite(scores[site.id].mean)]
    sign = -1 if redundant == "high" else 1
    return sorted(known, key=lambda site: sign * scores[site.id].mean)[:count]


def in_blocks(architecture: Architecture, first: int, last: int, granularity: str) -> list[Site]:
    """The sites of a granularity in the blocks from `first` to `last`, both counted from 0 in running order."""
    inside = {block.id for block in architecture.blocks[first : last + 1]}
    sites = architecture.of_kind(*GRANULARITIES[granularity])
    return [site for site in sites if not site.fixed and (site.id in inside or site.parent in inside)]


def inverted(architecture: Architecture, plan: PruningPlan, protected: Iterable[str]) -> dict[str, Action]:
    """The branches that a plan keeps and that could go."""
    stay = held(architecture, protected)
    branches = architecture.sublayers or architecture.blocks
    return {
        site.id: Action.REMOVE
        for site in branches
        if not site.fixed and site.id not in stay and not plan.removes(architecture, site.id)
    }


@dataclass(frozen=True)
class ReadPlan(Request):
    """Answer: PruningPlan, of this architecture."""

    topic: ClassVar[str] = "plan file"
    replaces: ClassVar[bool] = True
    path: Path
    architecture: Architecture = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Open plan {name}", name=self.path.name)

    def run(self, engine: object, job: LiveJob) -> PruningPlan:
        return read(self.path, self.architecture)


@dataclass(frozen=True)
class WritePlan(Request):
    """Answer: the path. Written as `vitprune plan -o` does, with the images that its repairs are fitted to."""

    topic: ClassVar[str] = "plan file to write"
    path: Path
    plan: PruningPlan = field(repr=False)
    model: ModelReference = field(repr=False)
    data: DataReference | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return tr("Save plan {name}", name=self.path.name)

    def run(self, engine: object, job: LiveJob) -> Path:
        made: dict[str, object] = {"weights_sha256": self.model.weights_sha256}
        if (data := self.data) is not None:
            made["calibration"] = {
                "source": data.source,
                "images": data.images,
                "seed": data.seed,
                "digest": data.digest,
            }
        text = json.dumps(self.plan.to_json() | {"made": made}, indent=2)
        import_module("vitprune.sessions.part").write(self.path, f"{text}\n".encode())
        return self.path


class Editor(Protocol):
    """The verbs of the plan that there are already."""

    undo_stack: QUndoStack

    def remove_sites(self, ids: Sequence[str]) -> None: ...
    def restore_sites(self, ids: Sequence[str]) -> None: ...
    def repair_sites(self, ids: Sequence[str], action: str) -> None: ...
    def edit(self, text: str, change: Callable[[], PruningPlan]) -> None: ...


class PlanDialogs(Protocol):
    """The questions about plan files. None: they changed their mind."""

    def plan_to_open(self) -> str | None: ...
    def plan_to_save(self, suggestion: str) -> str | None: ...


class Planning(QObject):
    """Verbs beside those of `commands`, through which all edits go: so nothing protected is ever pruned."""

    notified = Signal(str)
    failed = Signal(object)
    """Of a plan file."""

    def __init__(
        self,
        state: AppState,
        editor: Editor,
        runner: JobRunner,
        dialogs: PlanDialogs,
        parent: QObject | None = None,
    ) -> None:
        """`runner` reads and writes plan files."""
        super().__init__(parent)
        self._state = state
        self._editor = editor
        self._runner = runner
        self._dialogs = dialogs
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)

    # Looking

    def choose(self, ids: Iterable[str]) -> None:
        """These sites are selected together."""
        architecture = self._state.architecture
        wanted = set(ids)
        self._state.chosen = tuple(site.id for site in architecture or () if site.id in wanted)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The selected sites, in running order."""
        state = self._state
        if state.selection is None or state.selection in state.chosen:
            return state.chosen
        return (state.selection,)

    @property
    def held(self) -> frozenset[str]:
        architecture = self._state.architecture
        return held(architecture, self._state.protected) if architecture is not None else frozenset()

    # The selection

    def prune_chosen(self) -> None:
        architecture = self._state.architecture
        if architecture is not None:
            able = [site for site in self.chosen if not architecture.by_id[site].fixed]
            self._editor.remove_sites(able or self.chosen)

    def restore_chosen(self) -> None:
        self._editor.restore_sites([site for site in self.chosen if self._removed(site)])

    def toggle_chosen(self) -> None:
        """Prune all selected sites that can go; restore them where all are pruned."""
        architecture, stay = self._state.architecture, self.held
        if architecture is None:
            return
        able = [site for site in self.chosen if not architecture.by_id[site].fixed and site not in stay]
        if any(not self._removed(site) for site in able):
            self._editor.remove_sites(able)
        elif able:
            self._editor.restore_sites(able)
        elif self.chosen:
            self._say_held(self.chosen)

    def repair_chosen(self, action: str) -> None:
        """What stands for the removed ones of the selected sites: an `Action`."""
        architecture, plan = self._state.architecture, self._state.plan
        if architecture is None or plan is None:
            return
        named = [site for site in self.chosen if site in plan]
        able = [s for s in named if action == Action.REMOVE or architecture.by_id[s].cost(action)]
        if able:
            self._editor.repair_sites(able, action)
        else:
            self.notified.emit(tr("Select a pruned site first: a repair stands in its place."))

    def cycle_repair(self) -> None:
        """The next repair of the selected sites that they can all have, in the order of the list."""
        architecture, plan = self._state.architecture, self._state.plan
        named = [site for site in self.chosen if plan is not None and site in plan]
        if architecture is None or plan is None or not named:
            self.notified.emit(tr("Select a pruned site first: a repair stands in its place."))
            return
        order = [Action.REMOVE if name == "none" else Action(name) for name in REPAIRS]
        now = plan.action(named[0]) or Action.REMOVE
        start = order.index(now)
        for wanted in (*order[start + 1 :], *order[:start]):
            if all(self._can_have(plan, architecture, site, wanted) for site in named):
                self._editor.repair_sites(named, wanted)
                return

    @staticmethod
    def _can_have(plan: PruningPlan, architecture: Architecture, site: str, action: Action) -> bool:
        if action is Action.REMOVE:
            return True
        able = architecture.by_id[site].cost(action) is not None
        return able and (action is not Action.FOLD or bool(plan.anchor(architecture, site)))

    # Heads and neurons

    def take_units(self, site: str, numbers: Collection[int]) -> None:
        """Just these heads or neurons of a branch go, which stays itself."""
        architecture, plan = self._state.architecture, self._state.plan
        if architecture is None or plan is None or set(plan.units_of(site)) == set(numbers):
            return
        if not numbers:
            text = tr("All of {site} stays", site=site)
        elif architecture.by_id[site].kind is Kind.ATTENTION:
            text = tr("Take %n head(s) from {site}", "", len(numbers), site=site)
        else:
            text = tr("Take %n neuron(s) from {site}", "", len(numbers), site=site)
        self._editor.edit(text, lambda: plan.with_units(architecture, {site: numbers}))

    def compensate(self, compensation: str) -> None:
        """What makes up for the heads and neurons that go: a `Compensation`."""
        architecture, plan = self._state.architecture, self._state.plan
        if architecture is None or plan is None:
            return
        text = tr("Make up for heads and neurons: {choice}", choice=tr(COMPENSATIONS[compensation].title))
        self._editor.edit(text, lambda: plan.with_compensation(architecture, compensation))

    # What stays

    def toggle_protection(self) -> None:
        """Protect the selected sites; release them where all are protected."""
        if all(site in self._state.protected for site in self.chosen):
            self.release(self.chosen)
        else:
            self.protect(self.chosen)

    def protect(self, ids: Sequence[str]) -> None:
        """These sites stay, whatever chooses what goes: those that are pruned come back, in the same step."""
        architecture, plan = self._state.architecture, self._state.plan
        if architecture is None or plan is None:
            return
        able = [site for site in ids if site in architecture.by_id and not architecture.by_id[site].fixed]
        protected = self._state.protected | set(able)
        if protected == self._state.protected:
            return
        try:
            kept = plan.with_restored(architecture, able)
        except PlanInvalid as error:
            self.notified.emit(str(error))
            return
        text = tr("Protect {site}", site=able[0]) if len(able) == 1 else tr("Protect %n site(s)", "", len(able))
        self._push(text, protected=protected, plan=kept)

    def release(self, ids: Sequence[str]) -> None:
        """These sites may go again."""
        gone = [site for site in ids if site in self._state.protected]
        if gone:
            text = tr("Release {site}", site=gone[0]) if len(gone) == 1 else tr("Release %n site(s)", "", len(gone))
            self._push(text, protected=self._state.protected - set(gone))

    def release_all(self) -> None:
        self.release(sorted(self._state.protected))

    # Many at once

    def prune(self, sites: Sequence[Site]) -> None:
        """These sites go too, with the present repair."""
        if sites:
            self._editor.remove_sites([site.id for site in sites])

    def keep(self, sites: Sequence[Site]) -> None:
        """These sites come back."""
        if sites:
            self._editor.restore_sites([site.id for site in sites])

    def invert(self) -> None:
        """Prune what is kept and keep what is pruned, as far as it can go."""
        architecture, plan = self._state.architecture, self._state.plan
        if architecture is None or plan is None:
            return
        repair, target = self._state.repair

        def change() -> PruningPlan:
            bare = PruningPlan.of(architecture, inverted(architecture, plan, self._state.protected))
            return bare if repair not in REPAIRS else bare.repaired(architecture, repair, target)

        self._editor.edit(tr("Invert the plan"), change)

    # Plans that are put aside

    def keep_plan(self, name: str = "") -> None:
        """Put the present plan aside, under this name or one of its own."""
        from vitprune.results import KeptPlan, now

        state = self._state
        if state.plan is None or state.architecture is None:
            return
        taken = {kept.name for kept in state.kept_plans}
        stem = name.strip() or tr("Plan {number}", number=len(taken) + 1)
        free_name = next(n for n in (stem, *(f"{stem} ({i})" for i in range(2, len(taken) + 3))) if n not in taken)
        kept = KeptPlan(free_name, state.plan, now())
        self._push(tr("Keep the plan as {name}", name=free_name), kept_plans=(*state.kept_plans, kept))

    def rename_kept(self, kept: KeptPlan, name: str) -> None:
        """Nothing happens where another plan has the name."""
        name = name.strip()
        if not name or any(other.name == name for other in self._state.kept_plans):
            return
        plans = tuple(replace(k, name=name) if k is kept else k for k in self._state.kept_plans)
        self._push(tr("Rename {name}", name=kept.name), kept_plans=plans)

    def forget_kept(self, kept: KeptPlan) -> None:
        plans = tuple(k for k in self._state.kept_plans if k is not kept)
        self._push(tr("Forget {name}", name=kept.name), kept_plans=plans)

    def use_kept(self, kept: KeptPlan) -> None:
        self._editor.edit(tr("Use {name}", name=kept.name), lambda: kept.plan)

    # Plan files

    def open_plan(self, path: str | Path) -> None:
        """Put the plan in a file in place of the present one, once it is read."""
        architecture = self._state.architecture
        if architecture is None:
            self.notified.emit(tr("Open a model first: a plan is for one model."))
            return
        self._runner.submit(ReadPlan(Path(path), architecture))

    def save_plan(self, path: str | Path) -> None:
        state = self._state
        if state.plan is None or state.model is None:
            self.notified.emit(tr("Open a model first: a plan is for one model."))
            return
        self._runner.submit(WritePlan(Path(path), state.plan, state.model, state.data))

    def ask_plan_to_open(self) -> None:
        if chosen := self._dialogs.plan_to_open():
            self.open_plan(chosen)

    def ask_plan_to_save(self) -> None:
        model = self._state.model
        name = Path(model.source).name if model is not None else "plan"
        if chosen := self._dialogs.plan_to_save(f"{name}-plan{PLAN_SUFFIX}"):
            self.save_plan(chosen)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        match finished.request:
            case ReadPlan() as asked if asked.architecture is self._state.architecture:  # no other was opened since
                self._editor.edit(tr("Open plan {name}", name=asked.path.name), lambda: finished.value)
            case WritePlan():
                self.notified.emit(tr("The plan is in {path}.", path=finished.value))

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, ReadPlan | WritePlan):
            self.failed.emit(failed.error)

    # Edits

    def _removed(self, site: str) -> bool:
        plan, architecture = self._state.plan, self._state.architecture
        return plan is not None and architecture is not None and plan.removes(architecture, site)

    def _say_held(self, sites: Sequence[str]) -> None:
        if len(sites) == 1:
            self.notified.emit(tr("{site} is protected, or cannot go.", site=sites[0]))
        else:
            self.notified.emit(tr("All of these sites are protected, or cannot go."))

    def _push(self, text: str, **after: object) -> None:
        self._editor.undo_stack.push(StateChange(text, self._state, **after))
