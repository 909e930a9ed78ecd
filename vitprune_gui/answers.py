"""What answers of the engine do to the state: a model, a session, images, scores and evaluations take their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from vitprune.plan import PruningPlan
from vitprune_gui.keeping import Keeping, Origin
from vitprune_gui.requests import (
    SAMPLE,
    Analyze,
    Compare,
    CompareOrders,
    Evaluate,
    KeepPictures,
    ModelOpened,
    OpenImages,
    OpenModel,
    OpenSession,
    OpenTestImages,
    Ranks,
    RankSites,
    Searched,
)
from vitprune_gui.runner import Failed, Finished, JobRunner
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.results import DataReference, Evaluation, Session, Thumbnails
    from vitprune.scores import Scores

_OF_THE_MODEL = (
    "images",
    "test images",
    "analysis",
    "damage",
    "orders",
    "ranks",
    "choice",
    "comparison",
    "evaluation",
    "pictures",
    "study",
    "search",
    "training",
    "study figures",
    "report",
    "export",
    "rewrites",
)


class Answers(QObject):
    """What was asked for elsewhere arrives here, and what was done is written into the log of the session."""

    notified = Signal(str)
    session_shown = Signal(object)
    """A Session is in the place of what was there."""

    def __init__(
        self,
        state: AppState,
        runner: JobRunner,
        settings: Settings,
        keeping: Keeping,
        undo_stack: QUndoStack,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._settings = settings
        self._keeping = keeping
        self._undo_stack = undo_stack
        self._steps: list[Callable[[], None]] = []
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)

    def then(self, *steps: Callable[[], None]) -> None:
        """What follows the opening that begins now: one step when the model is there, the next when images are."""
        self._steps = list(steps)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        request, value = finished.request, finished.value
        if isinstance(request, Analyze) and finished.stopped and self._has_more(value):
            self.notified.emit(tr("Stopped. The scores that there were have more images, and stay."))
            return
        if request.logged:
            self._keeping.note(request.logged, finished.seconds)
            for note in finished.notes:
                self._keeping.note(note, 0.0)
                self.notified.emit(note)
        match request:
            case OpenModel():
                self._show_model(value)
                self._settings.add_recent(request.source)
            case OpenSession():
                session, digest = value
                self.show_session(session, Origin(request.path, digest, request.path))
                self._settings.add_recent(str(request.path))
            case OpenTestImages():
                self._show_test_images(value)
                self._settings.add_recent(request.source)
            case OpenImages():
                self._show_images(value)
                self._settings.add_recent(request.source)
            case Analyze():  # and MeasureDamage
                self.show_analysis(value)
                if finished.stopped:
                    self._say_stopped(value)
            case CompareOrders():
                self._state.agreement = value
            case RankSites():
                self._show_ranks(value)
            case Evaluate():
                self.show_evaluations(value, request.data)
            case Compare():
                self._state.comparison = value
            case KeepPictures():
                self._show_pictures(value)
        if self._steps and isinstance(request, OpenModel | OpenImages):
            self._steps.pop(0)()

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        self._on_cancelled(failed.request)

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        if isinstance(request, OpenModel | OpenImages | OpenSession):
            self._steps.clear()

    # Models and sessions

    def show_session(self, session: Session, origin: Origin, *, unsaved: bool = False) -> None:
        state = self._state
        self._forget_model()
        state.architecture = session.architecture
        state.environment = session.environment
        state.model = session.model
        state.data = session.data
        state.latencies = session.latencies
        state.protected = session.protected
        state.kept_plans = session.kept_plans
        state.plan = session.plan
        show_scores(state, session.scores)
        state.evaluations = session.evaluations
        state.searches = session.searches
        state.search = Searched(session.searches[-1].state) if session.searches else None
        state.study = session.study
        state.trials = session.trials
        state.trainings = session.trainings
        latest = session.evaluations[-1].data if session.evaluations else None
        if latest is not None and (session.data is None or latest.digest != session.data.digest):
            state.test_data = latest
        self._keeping.begin(session, origin, unsaved=unsaved)
        self.session_shown.emit(session)

    def _show_model(self, opened: ModelOpened) -> None:
        state = self._state
        data, test_data = state.data, state.test_data
        self._forget_model()
        state.architecture = opened.architecture
        state.environment = opened.environment
        state.model = opened.reference
        state.plan = PruningPlan.of(opened.architecture)
        self._keeping.begin()
        if not opened.architecture.prunable:
            self.notified.emit(state.unprunable)
        elif opened.removed:
            self.notified.emit(tr("This model was pruned before: {sites}.", sites=", ".join(sorted(opened.removed))))
        if self._steps or opened.reference.source == SAMPLE:
            return
        # The same images, prepared for this model.
        if data is not None and data.source != SAMPLE:
            self._runner.submit(OpenImages(data.source, opened.reference))
        if test_data is not None and test_data.source != SAMPLE:
            self._runner.submit(OpenTestImages(test_data.source, opened.reference))

    def _forget_model(self) -> None:
        """Nothing of the old model may stand beside the new one, not even what is still being computed."""
        state = self._state
        self._runner.abandon(*_OF_THE_MODEL)
        self._undo_stack.clear()
        self._keeping.forget()
        state.selection = None
        state.chosen = ()
        state.search = None
        state.searches = ()
        state.findings = None
        state.study = None
        state.trials = ()
        state.trainings = ()
        state.evaluations = ()
        state.scores = None
        state.rungs = {}
        state.latencies = None
        state.protected = frozenset()
        state.kept_plans = ()
        state.plan = None
        state.test_data = None
        state.data = None
        state.model = None
        state.architecture = None

    # Images

    def _show_images(self, data: DataReference) -> None:
        before = self._state.data
        others = before is None or before.digest != data.digest
        if before is not None and others:
            self._keeping.activations_from = None  # they were of other images, and so were the scores
            self._state.scores = None
        self._state.data = data
        if others and (before is not None or self._state.session_path is not None):
            self._keeping.changed()  # the first images of a model that was just opened are nothing to save yet
        self._say_skipped(data)

    def _show_test_images(self, data: DataReference) -> None:
        self._state.test_data = data
        self._say_skipped(data)

    def _say_skipped(self, data: DataReference) -> None:
        if data.skipped:
            self.notified.emit(
                tr(
                    "{n} images; {skipped} could not be read and are left out.",
                    n=data.images,
                    skipped=len(data.skipped),
                )
            )

    # What was measured

    @Slot(object)
    def show_analysis(self, session: Session) -> None:
        before, scores = self._state.data, session.scores
        same = before is not None and session.data is not None and before.digest == session.data.digest
        self._keeping.base = session
        if not same:
            self._keeping.activations_from = None  # they are of other images
        self._state.environment = session.environment
        self._state.data = session.data
        if same and scores is not None and self._state.scores is not None:
            scores = scores.after(self._state.scores)
        show_scores(self._state, scores)
        self._keeping.changed()

    def _has_more(self, session: Session) -> bool:
        """Whether there are scores of more images already than an analysis that was stopped came to."""
        held, scores, data = self._state.scores, session.scores, self._state.data
        if held is None or scores is None or scores.asked_images is None or data is None or session.data is None:
            return False
        return data.digest == session.data.digest and held.images > scores.images

    def _say_stopped(self, session: Session) -> None:
        scores = session.scores
        if scores is not None and scores.asked_images is not None:
            self.notified.emit(
                tr(
                    "Stopped: these are scores of the first {n} of {asked} images.",
                    n=f"{scores.images:,}",
                    asked=f"{scores.asked_images:,}",
                )
            )
        else:
            self.notified.emit(tr("Stopped: the scores are there, and the damage is not measured."))

    def _show_ranks(self, ranks: Ranks) -> None:
        if ranks.scores is self._state.scores:
            held = self._state.ranks
            places = held.places if held is not None and held.scores is ranks.scores else {}
            self._state.ranks = replace(ranks, places={**places, **ranks.places})

    def show_evaluations(self, evaluations: Sequence[Evaluation], asked: DataReference) -> None:
        new = {e.inputs for e in evaluations}
        kept = (e for e in self._state.evaluations if e.inputs not in new)
        self._state.evaluations = (*kept, *evaluations)
        found = evaluations[0].data
        if asked == self._state.images_to_evaluate and found.digest != asked.digest:
            self._state.test_data = found  # the folder has changed since it was opened
        self._keeping.changed()

    def _show_pictures(self, kept: Thumbnails | None) -> None:
        self._keeping.thumbnails = kept
        self._keeping.changed()
        count = len(kept.paths) if kept else 0
        self.notified.emit(
            tr("Small pictures of {n} images that not all evaluations agree on are in the session.", n=count)
        )


def show_scores(state: AppState, scores: Scores | None) -> None:
    """Over tokens that these scores have: no other could be chosen back from what is shown."""
    from vitprune.scores import split_name

    metric, _ = split_name(state.metric)
    held = [table for table in scores or () if split_name(table)[0] == metric]
    if held and state.metric not in held:
        state.metric = metric if metric in held else held[0]
    state.scores = scores
