"""Nothing is lost: unsaved work is kept as it grows, and offered again after an end that nobody asked for.

A session is kept two seconds after the last edit of its plan, and as soon as a result has arrived. That happens on the
thread that saves, in the folder of `shelf`, never beside anybody's file, and the window does not wait for it.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vitprune.errors import SaveFailed, VitPruneError
from vitprune.jobs import Job
from vitprune_gui.commands import Commands
from vitprune_gui.keeping import Origin
from vitprune_gui.runner import Failed, Finished, JobRunner, Request
from vitprune_gui.shelf import Shelf, Work
from vitprune_gui.state import AppState

if TYPE_CHECKING:
    from pathlib import Path

    from vitprune.results import Session

log = logging.getLogger(__name__)

SETTLE = 2.0  # seconds without an edit
LONGEST = 10.0  # seconds of editing without a pause
RETRY = 60.0  # seconds after a failure
SHARE = 4  # keeping takes a fifth of the time at most, however large the session is
LONGEST_PAUSE = 10.0
_LONG_WAIT_MS = 60_000


@dataclass(frozen=True)
class Keep(Request):
    """Answer: None."""

    topic: ClassVar[str] = "unsaved"
    session: Session = field(repr=False)
    origin: Origin
    document: int

    @property
    def title(self) -> str:
        return "Keep unsaved work"

    def run(self, engine: Shelf, job: Job) -> Work | None:
        engine.keep(self.session, self.origin, self.document, job)
        return None


@dataclass(frozen=True)
class SetAside(Keep):
    """Answer: Work | None, what was kept, apart from what comes next."""

    def run(self, engine: Shelf, job: Job) -> Work | None:
        super().run(engine, job)
        return engine.set_aside()


@dataclass(frozen=True)
class Drop(Request):
    """Answer: None. What is kept of this window goes."""

    topic: ClassVar[str] = "unsaved"

    @property
    def title(self) -> str:
        return "Forget what was kept"

    def run(self, engine: Shelf, job: Job) -> None:
        engine.drop()


@dataclass(frozen=True)
class Find(Request):
    """Answer: tuple[Work, ...]."""

    topic: ClassVar[str] = "unsaved"

    @property
    def title(self) -> str:
        return "Look for unsaved work"

    def run(self, engine: Shelf, job: Job) -> tuple[Work, ...]:
        return engine.find()


@dataclass(frozen=True)
class Discard(Request):
    """Answer: None."""

    topic: ClassVar[str] = "unsaved"
    folder: Path

    @property
    def title(self) -> str:
        return "Discard unsaved work"

    def run(self, engine: Shelf, job: Job) -> None:
        engine.discard(self.folder)


class Recovery(QObject):
    """Keeps the work of this window, and holds what others left behind until people decide about it."""

    found_changed = Signal(object)
    """tuple[Work, ...]: what is on offer."""

    def __init__(
        self, state: AppState, commands: Commands, runner: JobRunner, shelf: Shelf, parent: QObject | None = None
    ) -> None:
        """`runner` gives `shelf` to its requests, and nobody else does while it runs."""
        super().__init__(parent)
        self._state = state
        self._commands = commands
        self._keeping = commands.keeping
        self._runner = runner
        self._shelf = shelf
        self._found: tuple[Work, ...] = ()
        self._restored: tuple[Work, int] | None = None  # stays where it is until that document is kept
        self._origin: Origin | None = None
        self._document = 0
        self._kept = False  # as far as is known, something is on the shelf
        self._busy = False
        self._again = False
        self._over = False
        self._complained = False
        self._first_edit: float | None = None  # of those that are not kept yet
        self._results = False  # arrived, and not kept yet
        self._not_before = 0.0
        self._asked = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._write)
        for edited in (state.plan_changed, state.protected_changed, state.kept_plans_changed):
            edited.connect(self._on_edit)
        state.dirty_changed.connect(self._on_dirty)
        self._keeping.results_changed.connect(self._on_results)
        self._keeping.reload_wanted.connect(self.set_aside)
        self._keeping.endangered.connect(self.set_aside)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)

    @property
    def found(self) -> tuple[Work, ...]:
        return self._found

    def look(self) -> None:
        """Find what windows that are gone have left behind. The answer comes with `found_changed`."""
        self._runner.submit(Find())

    def restore(self, work: Work) -> None:
        """Show it in this window, in place of what is there once that is safe."""
        if work.session is not None:
            self._commands.when_safe(lambda: self._restore(work))

    def discard(self, work: Work) -> None:
        self._take(work)
        self._runner.submit(Discard(work.folder))

    @Slot()
    def set_aside(self) -> None:
        """Offer the present work as if another window had left it: something else takes its place here."""
        session = self._keeping.session() if self._state.dirty else None
        if session is not None:
            self._runner.submit(SetAside(session, *self._place()))
            self._origin = None

    @Slot()
    def let_go(self) -> None:
        """People were asked, and what is not saved they do not want."""
        self._over = True

    def close(self) -> bool:
        """Leave what is unsaved to the next start, unless it was let go. Returns False when the thread that saves could
        not be ended."""
        self._timer.stop()
        if not self._runner.shutdown(_LONG_WAIT_MS):
            return False
        session = self._keeping.session() if self._state.dirty and not self._over else None
        try:
            if session is not None:
                self._shelf.keep(session, *self._place())
            elif self._kept:
                self._shelf.drop()
            if self._restored is not None:
                self._shelf.discard(self._restored[0].folder)
        except VitPruneError as error:
            log.error("Unsaved work is lost: %s", error)
        self._shelf.close()
        return True

    # What is kept, and when

    @Slot()
    def _on_edit(self) -> None:
        if self._first_edit is None:
            self._first_edit = time.monotonic()
        self._schedule()

    @Slot()
    def _on_results(self) -> None:
        self._results = True
        self._schedule()

    def _schedule(self) -> None:
        now = time.monotonic()
        settled = now + SETTLE if self._first_edit is None else min(now + SETTLE, self._first_edit + LONGEST)
        due = max(now if self._results else settled, self._not_before)
        self._timer.start(max(0, round(1000 * (due - now))))

    @Slot(object)
    def _on_dirty(self, dirty: bool) -> None:
        if not dirty:
            self._settled()
            self._forget_restored()
            if self._kept:
                self._kept = False
                self._runner.submit(Drop())

    def _settled(self) -> None:
        self._timer.stop()
        self._first_edit, self._results, self._again = None, False, False

    @Slot()
    def _write(self) -> None:
        if self._busy:
            self._again = True
            return
        self._settled()
        session = self._keeping.session() if self._state.dirty and not self._over else None
        if session is not None:
            self._busy = self._kept = True
            self._asked = time.monotonic()
            self._runner.submit(Keep(session, *self._place()))

    def _place(self) -> tuple[Origin, int]:
        if (origin := self._keeping.origin) != self._origin:
            self._origin = origin
            self._document += 1
        return origin, self._document

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        match finished.request:
            case SetAside():
                if finished.value is not None:
                    self._show((finished.value, *self._found))
            case Keep():
                self._complained = False
                self._after_keep()
                if self._restored is not None and self._restored[1] == finished.request.document:
                    self._forget_restored()
            case Find():
                self._show(finished.value)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if failed.request.topic != Keep.topic:
            return
        if type(failed.request) is Keep:
            self._after_keep()
            if not self._timer.isActive():
                self._timer.start(round(1000 * RETRY))
        if not self._complained:
            self._complained = True
            self._commands.show_error(
                SaveFailed(
                    f"Unsaved work is not safe: {failed.error.message}",
                    hint="Save the session often. ViTPrune goes on trying.",
                    details=failed.error.details,
                )
            )

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        if type(request) is Keep:
            self._after_keep()

    def _after_keep(self) -> None:
        now = time.monotonic()
        self._busy = False
        self._not_before = now + min(SHARE * (now - self._asked), LONGEST_PAUSE)
        if self._again or self._results or self._first_edit is not None:
            self._again = False
            self._schedule()

    # What was found

    def _restore(self, work: Work) -> None:
        assert work.session is not None
        self._take(work)
        self._commands.resume(work.session, work.origin)  # a save finds out whether the activations are still there
        self._origin = None  # it is another document, even if it belongs to the same file
        self._restored = work, self._place()[1]
        self._write()

    def _forget_restored(self) -> None:
        if self._restored is not None:
            self._runner.submit(Discard(self._restored[0].folder))
            self._restored = None

    def _take(self, work: Work) -> None:
        self._show(tuple(other for other in self._found if other is not work))

    def _show(self, found: tuple[Work, ...]) -> None:
        self._found = found
        self.found_changed.emit(found)
