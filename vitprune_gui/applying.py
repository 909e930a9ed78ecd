"""What is done with the model that a plan makes: it is evaluated, compared with the dense one, proved and exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.plan import PruningPlan
from vitprune_gui.requests import Compare, Evaluate, Export, ProveRewrites
from vitprune_gui.runner import Failed, Finished, JobRunner
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.results import DataReference, Evaluation


class ApplyingDialogs(Protocol):
    def export_folder(self) -> str | None: ...


class Applying(QObject):
    """Asks for all of that; evaluations and comparisons arrive in `answers`."""

    notified = Signal(str)
    exported = Signal(object, object)
    """The folder that was asked for, and Exported, or the error that there was instead, or None after a cancel."""
    rewrites_proved = Signal(object, object)
    """The names that were asked for, and the answer of a ProveRewrites; None when there is none."""

    def __init__(
        self, state: AppState, runner: JobRunner, dialogs: ApplyingDialogs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._dialogs = dialogs
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)
        for measured in (state.plan_changed, state.evaluations_changed, state.data_changed, state.test_data_changed):
            measured.connect(self._compare)

    def evaluate(self, plan: PruningPlan | None = None) -> None:
        """Measure the plan on show, or another one."""
        state = self._state
        plan, data = state.plan if plan is None else plan, state.images_to_evaluate
        if state.model is None or data is None or plan is None:
            self.notified.emit(tr("Open a model and images first."))
            return
        if not self._cannot_fit(plan):
            self._runner.submit(Evaluate(state.model, data, plan, self._calibration(plan)))

    def export_folder(self, path: str | Path | None = None, formats: Sequence[str] = ()) -> bool:
        """Write the pruned model into a folder, which is asked for when none is given, and in these formats too.
        Whether that was begun; how it ends comes with `exported`."""
        state = self._state
        if state.model is None or state.plan is None:
            self.notified.emit(tr("There is nothing to export yet: open a model first."))
            return False
        if self._cannot_fit(state.plan):
            return False
        chosen = path if path is not None else self._dialogs.export_folder()
        if not chosen:
            return False
        empty = replace(state.plan, actions=frozenset())
        self._runner.submit(
            Export(
                state.model,
                state.plan,
                Path(chosen),
                self._evaluation_of(state.plan),
                self._evaluation_of(empty),
                calibration=self._calibration(state.plan),
                formats=tuple(formats),
                images=state.images_to_evaluate,
            )
        )
        return True

    def export_rewritten(self, names: Sequence[str]) -> None:
        """Write the pruned model after these lossless rewrites into a folder, which is asked for."""
        state = self._state
        if state.plan is not None and self._cannot_fit(state.plan):
            return
        chosen = self._dialogs.export_folder() if state.model is not None and state.plan is not None else None
        if chosen and state.model is not None and state.plan is not None:
            fitted = self._calibration(state.plan)
            self._runner.submit(
                Export(
                    state.model,
                    state.plan,
                    Path(chosen),
                    rewrites=tuple(names),
                    calibration=fitted,
                    images=state.images_to_evaluate,
                )
            )

    def prove_rewrites(self, names: Sequence[str] | None) -> None:
        """List the lossless rewrites of the pruned model and prove these, or all that apply. The answer comes with
        `rewrites_proved`."""
        if self._state.model is None or self._state.plan is None:
            self.notified.emit(tr("Open a model first."))
            return
        asked = None if names is None else tuple(names)
        plan = self._state.plan
        if self._cannot_fit(plan):
            self.rewrites_proved.emit(asked, None)
            return
        self._runner.submit(ProveRewrites(self._state.model, plan, asked, self._calibration(plan)))

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        match finished.request:
            case Export() as asked:
                self.notified.emit(tr("Exported to {path}.", path=asked.folder))
                self.exported.emit(asked.folder, finished.value)
            case ProveRewrites() as asked:
                self.rewrites_proved.emit(asked.names, finished.value)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, Export):
            self.exported.emit(failed.request.folder, failed.error)
        else:
            self._on_cancelled(failed.request)

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        if isinstance(request, Export):
            self.exported.emit(request.folder, None)
        elif isinstance(request, ProveRewrites):
            self.rewrites_proved.emit(request.names, None)

    @Slot()
    def _compare(self) -> None:
        """Hold the plan on show against the dense model, when both are measured on the same images."""
        state = self._state
        state.comparison = None
        self._runner.abandon("comparison")
        if not state.evaluations or not state.plan:
            return
        from vitprune.comparison import current_of, dense_beside  # numpy comes with it

        current = current_of(state.evaluations, state.plan, state.images_to_evaluate)
        dense = dense_beside(state.evaluations, current) if current is not None else None
        if current is not None and dense is not None:
            self._runner.submit(Compare(dense, current))

    def _calibration(self, plan: PruningPlan) -> DataReference | None:
        """The images to analyse, where the plan has repairs to be fitted."""
        return self._state.data if plan.needs_calibration else None

    def _cannot_fit(self, plan: PruningPlan) -> bool:
        if plan.needs_calibration and self._state.data is None:
            self.notified.emit(tr("Repairs are fitted to images: open images to analyse first."))
            return True
        return False

    def _evaluation_of(self, plan: PruningPlan) -> Evaluation | None:
        fitted = self._calibration(plan)
        digests = ("", fitted.digest if fitted else "")
        found = (e for e in reversed(self._state.evaluations) if e.plan == plan)
        return next((e for e in found if (e.repair.digest if e.repair else "") in digests), None)
