"""Which sites go: chosen by a method, or found by a search that is shown step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.plan import Action, PruningPlan
from vitprune_gui.editing import Editing, title_of
from vitprune_gui.keeping import Keeping
from vitprune_gui.repairs import AUTO
from vitprune_gui.requests import Choose, RepairCheaply, RunSearch, Searched
from vitprune_gui.runner import Failed, Finished, JobRunner, Told
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.searches import SearchState

SEARCH = "greedy"  # the method that is shown step by step


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What a search is asked for; its repair is the present one."""

    remove: int
    granularity: str = "sublayer"
    objective: str = "kl"
    width: int = 1
    racing: bool = True


class Choosing(QObject):
    """Asks for choices and searches, and takes their answers."""

    notified = Signal(str)
    tab_wanted = Signal(str)
    """The tab that shows what was begun elsewhere."""

    def __init__(
        self, state: AppState, runner: JobRunner, keeping: Keeping, editing: Editing, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._keeping = keeping
        self._editing = editing
        self._use_search = False  # once the search is through
        runner.told.connect(self._on_told)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)

    def choose_sites(self, method: str, granularity: str, size: str, amount: float) -> None:
        """Put what a method chooses, with the present repair, in place of the plan; one step to undo. `size` says what
        `amount` is of: "remove", a number of sites; "macs", "params" or "latency", the share that is left."""
        state = self._state
        if state.model is None or state.architecture is None or state.plan is None:
            self.notified.emit(tr("Open a model first."))
            return
        if method == SEARCH and size == "remove" and state.data is not None:
            self.start_search(SearchForm(int(amount), granularity))
            self._use_search = True
            self.tab_wanted.emit("search")
            return
        repair, target = state.repair
        self._runner.submit(
            Choose(
                state.model,
                state.data,
                state.scores,
                state.architecture,
                method,
                granularity,
                size,
                amount,
                repair,
                target,
                self._tokens_shown(method),
                tuple(sorted(state.protected)),
            )
        )

    def start_search(self, asked: SearchForm) -> None:
        """Look for sites on the true objective, one after the other, with the present repair. What it finds is shown
        step by step."""
        state = self._state
        if state.model is None or state.data is None:
            self.notified.emit(tr("Open a model and images first."))
            return
        self._use_search = False
        state.search = Searched(None)
        repair, target = state.repair
        repair = str(Action.LINEAR) if repair == AUTO else repair
        protect = tuple(sorted(state.protected))
        self._search(
            asked.remove, asked.granularity, asked.objective, asked.width, asked.racing, repair, target, protect
        )

    def resume_search(self, remove: int) -> None:
        """Go on with the search on show until `remove` sites are found."""
        known = self._state.search.state if self._state.search is not None else None
        if known is not None and remove > len(known.steps):
            s = known.settings
            self._search(remove, s.granularity, s.objective, s.width, s.racing, s.repair, s.target, s.protect, known)

    def use_search(self, count: int) -> None:
        """Put the first sites that the search on show found in place of the plan, with the repair that it was for."""
        search, architecture = self._state.search, self._state.architecture
        if search is None or search.state is None or architecture is None or not 0 < count <= len(search.steps):
            return
        sites, settings = search.steps[count - 1].sites, search.state.settings
        bare = PruningPlan.of(architecture, dict.fromkeys(sites, Action.REMOVE))
        self._editing.use_plan(
            bare.repaired(architecture, settings.repair, settings.target),
            tr("Use the first %n site(s) of the search", "", count),
        )

    def _search(
        self,
        remove: int,
        granularity: str,
        objective: str,
        width: int,
        racing: bool,
        repair: str,
        target: str,
        protect: tuple[str, ...],
        known: SearchState | None = None,
    ) -> None:
        state = self._state
        if state.model is not None and state.data is not None:
            self._runner.submit(
                RunSearch(
                    state.model,
                    state.data,
                    remove,
                    granularity,
                    objective,
                    width,
                    racing,
                    repair,
                    target,
                    protect,
                    known,
                )
            )

    def _tokens_shown(self, method: str) -> str | None:
        """What is ranked is what is shown, over the tokens that are shown. Other methods have tokens of their own."""
        metric, _, tokens = self._state.metric.partition("@")
        return tokens if method == metric and tokens else None

    @Slot(object)
    def _on_told(self, told: Told) -> None:
        match told.request:
            case Choose() | RepairCheaply():
                self._state.rungs = {**self._state.rungs, told.value.plan.key: told.value.rungs}
            case RunSearch():
                self._show_search(told.value)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        request, value = finished.request, finished.value
        match request:
            case Choose():
                self._editing.use_plan(value, tr("Choose by {method}", method=title_of(request.method)))
            case RepairCheaply():
                self._editing.use_plan(value, tr("Repair as cheaply as possible"))
            case RunSearch():
                self._show_search(Searched(value.state))
                if self._use_search:
                    self._use_search = False
                    self.use_search(len(value.steps))

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        self._on_cancelled(failed.request)

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        if isinstance(request, RunSearch) and self._state.search is not None:
            self._use_search = False
            self._state.search = Searched(self._state.search.state)  # its whole steps stay

    def _show_search(self, search: Searched) -> None:
        """Every whole step is kept in the session, whether the search gets any further or not."""
        state, before = self._state, self._state.search
        state.search = search
        if search.state is None or not search.steps or (before is not None and before.steps == search.steps):
            return
        architecture, settings = state.architecture, search.state.settings
        if architecture is not None:
            from vitprune.searches import SearchResult

            bare = PruningPlan.of(architecture, dict.fromkeys(search.steps[-1].sites, Action.REMOVE))
            made = SearchResult(bare.repaired(architecture, settings.repair, settings.target), search.state)
            others = (result for result in state.searches if result.state.settings != settings)
            state.searches = (*others, made)
            self._keeping.changed()
