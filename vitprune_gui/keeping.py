"""What a save keeps, where it goes, and whether it has happened: the document of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.errors import SaveFailed, SessionChanged
from vitprune_gui.requests import Saved, SaveSession
from vitprune_gui.runner import Failed, Finished, JobRunner, JobStatus
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.plan import PruningPlan
    from vitprune.results import KeptPlan, LogEntry, Session, Thumbnails

    _Point = tuple[PruningPlan | None, frozenset[str], tuple[KeptPlan, ...], int]

SESSION_SUFFIX = ".vitprune.h5"
# What is thrown away when it is stopped, and took more than a moment.
_DEAR = (
    "analysis",
    "damage",
    "choice",
    "evaluation",
    "study",
    "search",
    "training",
    "export",
    "rewrites",
    "download",
    "batch",
)

Answer = Literal["save", "discard", "cancel"]
Conflict = Literal["overwrite", "save as", "reload", "cancel"]


class SavingDialogs(Protocol):
    """The questions about saving. None: they changed their mind."""

    def session_to_save(self, suggestion: str) -> str | None: ...
    def unsaved(self) -> Answer: ...
    def changed_on_disk(self, path: Path) -> Conflict: ...
    def stop_jobs(self, titles: tuple[str, ...]) -> bool: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session belongs: the file that a save replaces, the digest of what is believed to be in it (None: not
    known), and the file that holds its activations."""

    path: Path | None = None
    expected: str | None = None
    activations_from: Path | None = None


class Keeping(QObject):
    """Saves on a thread of its own, so that no computation has to end first."""

    failed = Signal(object)
    notified = Signal(str)
    jobs_changed = Signal(object)
    """tuple[JobStatus, ...]: the saves."""
    results_changed = Signal()
    """What a save would keep is another than before, by more than the plan."""
    endangered = Signal()
    """Another document is about to take the place of this one, which has changes that nobody has agreed to lose."""
    reload_wanted = Signal(object)
    """The path of a session that was changed by others. What is unsaved here is given up for it."""

    def __init__(
        self,
        state: AppState,
        runner: JobRunner,
        settings: Settings,
        dialogs: SavingDialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.base: Session | None = None
        """What no field of the state holds: when it was made, how long it took."""
        self.activations_from: Path | None = None
        """They stay in their file."""
        self.taken: Path | None = None
        """A file that a running job writes again and again: what is saved there would not last."""
        self.log: tuple[LogEntry, ...] = ()
        self.thumbnails: Thumbnails | None = None
        self._state = state
        self._runner = runner
        self._settings = settings
        self._dialogs = dialogs
        self._expected: str | None = None  # what is believed to be in the file at `session_path`
        self._version = 0  # counts what was added to the session
        self._saved: _Point | None = self._point
        self._given_up: _Point | None = None  # what people agreed to lose
        self._saving: SaveSession | None = None  # one at a time: the next has to know what it replaces
        self._next: Path | None = None  # where to save what was changed meanwhile
        self._forgotten = -1  # the last save of an earlier document
        self._jobs: tuple[JobStatus, ...] = ()
        self._after_save: Callable[[], None] | None = None
        runner.changed.connect(self._on_jobs)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)
        for edited in (state.plan_changed, state.protected_changed, state.kept_plans_changed):
            edited.connect(self._update_dirty)

    # The document

    @property
    def origin(self) -> Origin:
        return Origin(self._state.session_path, self._expected, self.activations_from)

    def session(self) -> Session | None:
        """What a save keeps: the fields of the state, on top of what was analysed or opened."""
        state = self._state
        if state.model is None or state.architecture is None or state.plan is None or state.environment is None:
            return None
        from vitprune.results import Session, now  # numpy comes with it, and there is no need to wait for that at start

        base = self.base or Session(state.model, state.architecture, state.plan, state.environment, now())
        return replace(
            base,
            plan=state.plan,
            data=state.data,
            scores=state.scores,
            evaluations=state.evaluations,
            study=state.study,
            trials=state.trials,
            trainings=state.trainings,
            searches=state.searches,
            latencies=state.latencies,
            log=self.log,
            thumbnails=self.thumbnails,
            protected=state.protected,
            kept_plans=state.kept_plans,
        )

    def note(self, what: str, seconds: float) -> None:
        """Something was done for the session."""
        from vitprune.results import LogEntry

        self.log = (*self.log, LogEntry.now(what, seconds))
        self.changed()

    def forget(self) -> None:
        """There is no document any more. What was changed since people were asked is not what they gave up."""
        if self._state.dirty and self._point != self._given_up:
            self.endangered.emit()
        self.leave_file()
        self.base = self.activations_from = self.thumbnails = None
        self.log = ()

    def begin(self, base: Session | None = None, origin: Origin | None = None, *, unsaved: bool = False) -> None:
        """What the state holds now is a document, as it is in the file that it comes from unless it is `unsaved`."""
        where = origin or Origin()
        self.log, self.thumbnails = (base.log, base.thumbnails) if base else ((), None)
        self.base, self.activations_from, self._expected = base, where.activations_from, where.expected
        self._state.session_path = where.path
        self._saved = None if unsaved else self._point
        self._update_dirty()

    def leave_file(self) -> None:
        """What the state holds is not to replace what is in its file: the next save asks where to."""
        if self._saving is not None:
            self._forgotten = self._saving.number
        self._give_up()
        self._expected = None
        self._state.session_path = None

    def written(self, path: Path) -> None:
        """What the state holds was written to `path` by something else than a save."""
        if path == self._state.session_path:
            self._expected = None

    def changed(self) -> None:
        """Results came or went."""
        self._version += 1
        self._update_dirty()
        self.results_changed.emit()

    @Slot()
    def _update_dirty(self) -> None:
        self._state.dirty = self._point != self._saved

    # Saving

    def save(self, path: str | Path | None = None) -> None:
        """Save to `path`, or where it was saved last; ask where when there is neither."""
        target = Path(path) if path is not None else self._state.session_path
        if target is None:
            self.save_as()
        else:
            self._save_to(target)

    def save_as(self) -> None:
        model = self._state.model
        name = Path(model.source).name if model else "session"
        chosen = self._dialogs.session_to_save(f"{name}{SESSION_SUFFIX}")
        if chosen is None:
            self._after_save = None
            return
        self.save(chosen)

    def cancel(self, job: int | None = None) -> None:
        """Stop one save, or all of them."""
        for save in self._jobs:
            if job in (None, save.id):
                self._runner.cancel(save.id)

    def when_safe(self, then: Callable[[], None]) -> None:
        """Do what would throw the present session away: at once when it is saved, else as people decide. A save comes
        first and is waited for; when it fails nothing happens."""
        if not self._state.dirty:
            self._let_go(then)
        elif self._saving is not None and self._point == _reach(self._saving):
            self._after_save = then  # it is being saved already
        else:
            answer = self._dialogs.unsaved()
            if answer == "discard":
                self._let_go(then)
            elif answer == "save":
                self._after_save = then
                self.save()

    def _let_go(self, then: Callable[[], None]) -> None:
        self._given_up = self._point
        then()

    def when_idle(self, then: Callable[[], None]) -> None:
        """Do what would stop what is being computed: at once when nothing is, else if people want that."""
        running = tuple(job.title for job in self._state.jobs if job.pending and job.topic in _DEAR)
        if not running or self._dialogs.stop_jobs(running):
            then()

    def _save_to(self, target: Path, *, whatever: bool = False) -> None:
        """With `whatever` is there replaced."""
        if self._saving is not None:
            if (target, self._point) != (self._saving.path, _reach(self._saving)):
                self._next = target
            return
        if target == self.taken:
            self._give_up()
            self.failed.emit(
                SaveFailed(
                    f"A study is being written to {target.name}.",
                    hint="Save under another name, or once the study is through.",
                )
            )
            return
        session = self.session()
        if session is None:
            self._give_up()
            self.notified.emit(tr("There is nothing to save yet: open a model first."))
            return
        expected = self._expected if target == self._state.session_path and not whatever else None
        self._saving = SaveSession(session, target, self.activations_from, self._version, expected)
        self._runner.submit(self._saving)

    @property
    def _point(self) -> _Point:
        state = self._state
        return state.plan, state.protected, state.kept_plans, self._version

    @Slot(object)
    def _on_jobs(self, jobs: tuple[JobStatus, ...]) -> None:
        self._jobs = tuple(job for job in jobs if job.topic == SaveSession.topic)
        self.jobs_changed.emit(self._jobs)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, SaveSession):
            self._show_saved(finished.request, finished.value)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if not isinstance(failed.request, SaveSession):
            return
        if failed.request is self._saving and isinstance(failed.error, SessionChanged):
            self._settle(failed.request.path)
            return
        self._on_cancelled(failed.request)
        self.failed.emit(failed.error)

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        if request is self._saving:
            self._give_up()

    def _give_up(self) -> None:
        self._saving = self._next = self._after_save = None

    def _settle(self, path: Path) -> None:
        """The file is not what it was when it was read or written here: only people know which of the two counts."""
        then = self._after_save
        self._give_up()
        answer = self._dialogs.changed_on_disk(path)
        if answer == "reload":
            self._let_go(lambda: self.reload_wanted.emit(path))
        elif answer != "cancel":
            self._after_save = then
            if answer == "overwrite":
                self._save_to(path, whatever=True)
            else:
                self.save_as()

    def _show_saved(self, request: SaveSession, saved: Saved) -> None:
        self._settings.add_recent(str(request.path))
        self.notified.emit(
            tr(
                "Saved to {name}. Its activations are lost: they were in a file that is gone or another one now.",
                name=request.path.name,
            )
            if saved.lacks
            else tr("Saved to {name}.", name=request.path.name)
        )
        if request.number <= self._forgotten:
            return
        if request.activations_from is not None and request.activations_from == self.activations_from:
            self.activations_from = request.path  # the new file has them too
        self._expected = saved.digest
        self._state.session_path = request.path
        self._saved = _reach(request)
        self._saving = None
        self._update_dirty()
        following, self._next = self._next, None
        if following is not None:
            self.save(following)
        elif self._after_save is not None:
            then, self._after_save = self._after_save, None
            self._let_go(then)


def _reach(request: SaveSession) -> _Point:
    """How far a save goes."""
    session = request.session
    return session.plan, session.protected, session.kept_plans, request.version
