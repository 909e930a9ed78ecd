"""The one place with a thread: long work goes in as a request and comes back as a result, one after the other."""

from __future__ import annotations

import hashlib
import itertools
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from vitprune.errors import VitPruneError
from vitprune.jobs import Cancelled, Compute, Job, Progress
from vitprune_gui.crash import ErrorReport

log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]

_fresh = itertools.count().__next__
_job = itertools.count(1).__next__  # of all runners, which are shown together


def _to_nobody(_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class LiveJob(Job):
    """A job that shows what it has so far. Each value that it tells holds all that the earlier ones said: only the
    latest is sure to be seen."""

    tell: Callable[[object], None] = _to_nobody


PATIENCE_MS = 60_000
_REFRESH_MS = 100
_REPORTS_BEFORE_ETA = 5
_KEPT_FINISHED = 20
_KEPT_RESULTS = 32
_STACK_BYTES = 16 << 20  # importing torch overflows the 512 KiB that some platforms give a thread


@dataclass(frozen=True)
class Request(ABC):
    """A question for the worker, as a frozen value.

    Requests of one `topic` can be abandoned together, and one that `replaces` abandons the earlier ones of its topic.
    A `lasting` answer depends on nothing but the key, so it is given again without work. A `quiet` request is a detail
    that nobody asked for by name: it is not among the finished ones unless it failed. A `patient` one lets others that
    come later go first. The answer of one that `measures` depends on the machine: unless it names one in `compute`, it
    is given that of the runner.
    """

    topic: ClassVar[str] = ""
    replaces: ClassVar[bool] = False
    lasting: ClassVar[bool] = False
    quiet: ClassVar[bool] = False
    patient: ClassVar[bool] = False
    measures: ClassVar[bool] = False
    compute: Compute | None = field(default=None, repr=False, compare=False, kw_only=True)
    number: int = field(default_factory=_fresh, repr=False, compare=False, kw_only=True)

    @property
    @abstractmethod
    def title(self) -> str:
        """What people call it."""

    @property
    def logged(self) -> str:
        """What the log of the session calls it, in English whatever the window speaks; empty: it is not in the log."""
        return ""

    @abstractmethod
    def run(self, engine: Any, job: LiveJob) -> object:
        """The answer, or `Stopped`. Called on the worker's thread; `engine` lives there and is the same for all
        requests."""

    @property
    def key(self) -> str:
        """A digest of everything that the answer depends on."""
        identity = (type(self).__name__, *self.identity(), *_named(self.compute))
        return hashlib.sha256("\0".join(map(str, identity)).encode()).hexdigest()

    def identity(self) -> tuple[object, ...]:
        """What the answer depends on. By default the world outside, so that no two requests are the same."""
        return (self.number,)


def _named(compute: Compute | None) -> tuple[object, ...]:
    if compute is None:
        return ()
    return compute.device, compute.batch_size, compute.threads, compute.precision


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answer of a request that was stopped and has something to show for it. `message` says what."""

    value: Any
    message: str = ""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One line of the activity panel. `rate` is units per second, `started` a time.monotonic(), `ended` a time.time(),
    `message` why it failed or what is left of it, `notes` what else people should know."""

    id: int
    title: str
    state: State
    done: int = 0
    total: int = 0
    unit: str = "images"
    stage: str = ""
    rate: float | None = None
    eta_seconds: float | None = None
    started: float | None = None
    seconds: float | None = None
    cancelling: bool = False
    message: str = ""
    topic: str = ""
    ended: float | None = None
    notes: tuple[str, ...] = ()
    quiet: bool = False

    @property
    def pending(self) -> bool:
        return self.state in ("running", "queued")


@dataclass(frozen=True, slots=True)
class Finished:
    """`stopped`: people did not wait for all of it. `notes` are of the job."""

    request: Request
    value: Any
    seconds: float = 0.0
    stopped: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a request has so far."""

    request: Request
    value: Any


@dataclass(frozen=True, slots=True)
class Failed:
    request: Request
    error: VitPruneError | ErrorReport


@dataclass(frozen=True, slots=True)
class Reading:
    progress: Progress
    rate: float | None
    eta_seconds: float | None


class Meter:
    """The latest progress of a job. The worker writes as often as it likes, the window reads when it repaints: nothing
    piles up between the two, and the last report is never the one that got lost."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._latest: tuple[Progress, int, float, int, float] | None = None

    def report(self, progress: Progress) -> None:
        now = self._clock()
        count, since, first = 1, now, progress.done
        if self._latest is not None and self._latest[0].stage == progress.stage:
            _, count, since, first, _ = self._latest
            count += 1
        self._latest = (progress, count, since, first, now)  # one assignment, so a reader never sees half of it

    def read(self) -> Reading | None:
        if self._latest is None:
            return None
        progress, count, since, first, now = self._latest
        rate = (progress.done - first) / (now - since) if now > since and progress.done > first else None
        if rate is None or count < _REPORTS_BEFORE_ETA or not progress.total:
            return Reading(progress, rate, None)
        elapsed = self._clock() - now
        return Reading(progress, rate, max(0.0, (progress.total - progress.done) / rate - elapsed))


@dataclass(eq=False)
class _Ticket:
    """A request on its way. Belongs to the GUI thread; the worker touches the event, the meter and what it tells."""

    id: int
    request: Request
    state: State = "queued"
    stop: threading.Event = field(default_factory=threading.Event)
    meter: Meter = field(default_factory=Meter)
    wanted: bool = True
    started: float | None = None
    seconds: float | None = None
    ended: float | None = None
    message: str = ""
    told: object = None
    notes: list[str] = field(default_factory=list)

    def tell(self, value: object) -> None:
        self.told = value

    def status(self) -> JobStatus:
        reading = self.meter.read()
        progress = reading.progress if reading else Progress("", 0, 0)
        running = self.state == "running"
        return JobStatus(
            self.id,
            self.request.title,
            self.state,
            progress.done,
            progress.total,
            progress.unit,
            progress.stage,
            reading.rate if reading else None,
            reading.eta_seconds if reading and running else None,
            self.started,
            self.seconds,
            running and self.stop.is_set(),
            self.message,
            self.request.topic,
            self.ended,
            tuple(self.notes),
            self.request.quiet,
        )


@dataclass(frozen=True, slots=True)
class _Order:
    id: int
    request: Request
    job: LiveJob


@dataclass(frozen=True, slots=True)
class _Outcome:
    id: int
    state: State
    value: Any


class _Worker(QObject):
    """Lives on the thread for the whole run of the application, and so do the engine and all of torch."""

    finished = Signal(object)

    def __init__(self, make_engine: Callable[[], object]) -> None:
        super().__init__()
        self._make_engine = make_engine
        self._engine: Any = None

    @Slot(object)
    def run(self, order: _Order) -> None:
        try:
            order.job.check()
            if self._engine is None:
                self._engine = self._make_engine()
            if order.request.compute is not None:
                self._engine.compute = order.request.compute
            value = order.request.run(self._engine, order.job)
            outcome = _Outcome(order.id, "cancelled" if isinstance(value, Stopped) else "done", value)
        except Cancelled:
            outcome = _Outcome(order.id, "cancelled", None)
        except VitPruneError as error:
            log.info("%s: %s", order.request.title, error, exc_info=error)
            # The traceback holds frames, and frames hold tensors, which stay on this side.
            error.__traceback__ = error.__context__ = error.__cause__ = None
            outcome = _Outcome(order.id, "failed", error)
        except BaseException as error:  # noqa: BLE001
            report = ErrorReport.of(error)
            log.error("%s: %s\n%s", order.request.title, report.message, report.details)
            outcome = _Outcome(order.id, "failed", report)
        self.finished.emit(outcome)


class JobRunner(QObject):
    """Runs requests one after the other on one thread. Use it from the GUI thread only."""

    changed = Signal(object)
    """tuple[JobStatus, ...]: running first, then queued, then the latest finished ones."""
    finished = Signal(object)
    """Finished: a result that somebody still wants."""
    told = Signal(object)
    """Told: what a request that somebody still wants has so far; the last of it comes before its end does, a cancelled
    one's too."""
    failed = Signal(object)
    """Failed, for a request that somebody still wants."""
    cancelled = Signal(object)
    """The request that was stopped."""

    _ordered = Signal(object)
    _settled = Signal(object)

    def __init__(
        self, make_engine: Callable[[], object], parent: QObject | None = None, *, name: str = "vitprune-worker"
    ) -> None:
        super().__init__(parent)
        self.compute = Compute()
        """The machine that the next request which measures is given."""
        self._running: _Ticket | None = None
        self._queue: deque[_Ticket] = deque()
        self._answered: list[_Ticket] = []  # known results, on their way through the event loop
        self._past: deque[_Ticket] = deque(maxlen=_KEPT_FINISHED)
        self._results: OrderedDict[str, object] = OrderedDict()
        self._shown: tuple[JobStatus, ...] = ()
        self._heard: object = None  # the latest that the running job told
        self._closed = False

        self._worker = _Worker(make_engine)
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._thread.setStackSize(_STACK_BYTES)
        self._worker.moveToThread(self._thread)
        self._ordered.connect(self._worker.run)
        self._worker.finished.connect(self._on_outcome)
        self._settled.connect(self._on_outcome, Qt.ConnectionType.QueuedConnection)

        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self._thread.start()

    @property
    def idle(self) -> bool:
        return not self._pending()

    def submit(self, request: Request) -> int:
        """Queue a request and return the id of its job; that of the job under way when it is the same request."""
        if request.measures and request.compute is None:
            request = replace(request, compute=self.compute)
        if request.replaces:
            self._abandon(
                t for t in self._pending() if t.request.topic == request.topic and t.request.key != request.key
            )
        for ticket in self._pending():
            if ticket.request.key == request.key and not ticket.stop.is_set():
                return ticket.id
        ticket = _Ticket(_job(), request)
        if request.lasting and request.key in self._results:
            self._results.move_to_end(request.key)
            self._answered.append(ticket)
            self._settled.emit(_Outcome(ticket.id, "done", self._results[request.key]))
        else:
            self._enqueue(ticket)
            self._advance()
        self._refresh()
        return ticket.id

    def request(self, job: int) -> Request | None:
        """What a job that is shown was asked for."""
        return next((t.request for t in (*self._pending(), *self._past) if t.id == job), None)

    def move(self, job: int, places: int) -> None:
        """Let a job that waits change places with those that wait: before those ahead of it where `places` is
        negative."""
        for at, ticket in enumerate(self._queue):
            if ticket.id == job:
                del self._queue[at]
                self._queue.insert(max(0, at + places), ticket)
                break
        self._refresh()

    def cancel(self, job: int) -> None:
        """Stop a job: at once when it is queued, at its next check when it runs."""
        for ticket in self._pending():
            if ticket.id == job:
                self._stop(ticket)
        self._refresh()

    def cancel_all(self) -> None:
        for ticket in self._pending():
            self._stop(ticket)
        self._refresh()

    def abandon(self, *topics: str) -> None:
        """Stop the jobs of these topics and drop what they still bring: nobody wants it any more."""
        self._abandon(ticket for ticket in self._pending() if ticket.request.topic in topics)
        self._refresh()

    def shutdown(self, timeout_ms: int | None = None) -> bool:
        """The only way out: cancel, quit, wait. Returns False when native code kept the thread beyond the timeout, by
        default `PATIENCE_MS`."""
        if not self._closed:
            self._closed = True
            self._timer.stop()
            for ticket in self._pending():
                ticket.stop.set()
            self._queue.clear()
            self._thread.quit()
        return self._thread.wait(PATIENCE_MS if timeout_ms is None else timeout_ms)

    def _enqueue(self, ticket: _Ticket) -> None:
        place = len(self._queue)
        # Before the patient ones at the end alone: those that people moved forward stay there.
        while place and not ticket.request.patient and self._queue[place - 1].request.patient:
            place -= 1
        self._queue.insert(place, ticket)

    def _pending(self) -> list[_Ticket]:
        return [*([self._running] if self._running else []), *self._answered, *self._queue]

    def _abandon(self, tickets: Iterable[_Ticket]) -> None:
        for ticket in tickets:
            ticket.wanted = False
            self._stop(ticket)

    def _stop(self, ticket: _Ticket) -> None:
        ticket.stop.set()
        if ticket in self._queue:
            self._queue.remove(ticket)
            self._close(ticket, "cancelled")

    @Slot()
    def _advance(self) -> None:
        if self._running is None and self._queue and not self._closed:
            ticket = self._running = self._queue.popleft()
            ticket.state, ticket.started = "running", time.monotonic()
            self._timer.start()
            self._ordered.emit(
                _Order(
                    ticket.id,
                    ticket.request,
                    LiveJob(ticket.meter.report, ticket.stop, ticket.tell, notes=ticket.notes),
                )
            )
            self._refresh()

    def _close(self, ticket: _Ticket, state: State, value: object = None) -> None:
        """Book what became of a job, and tell whoever still wants to know."""
        self._listen(ticket)
        ticket.state, ticket.ended = state, time.time()
        ticket.seconds = time.monotonic() - ticket.started if ticket.started is not None else 0.0
        if state == "failed" and isinstance(value, (VitPruneError, ErrorReport)):
            ticket.message = value.message
        elif isinstance(value, Stopped):
            ticket.message = value.message if ticket.wanted else ""
        self._past.appendleft(ticket)
        if state == "done" and ticket.request.lasting:
            self._results[ticket.request.key] = value
            while len(self._results) > _KEPT_RESULTS:
                self._results.popitem(last=False)
        self._refresh()
        if isinstance(value, Stopped) and ticket.wanted:
            self.finished.emit(Finished(ticket.request, value.value, ticket.seconds, True, tuple(ticket.notes)))
        elif state == "cancelled":
            self.cancelled.emit(ticket.request)
        elif not ticket.wanted:
            log.info("%s: finished, but no longer wanted", ticket.request.title)
        elif state == "failed":
            self.failed.emit(Failed(ticket.request, value))  # type: ignore[arg-type]
        else:
            self.finished.emit(Finished(ticket.request, value, ticket.seconds, False, tuple(ticket.notes)))

    @Slot(object)
    def _on_outcome(self, outcome: _Outcome) -> None:
        ticket = next((t for t in self._pending() if t.id == outcome.id), None)
        if ticket is None or self._closed:
            return
        if ticket is self._running:
            self._running = None
        else:
            self._answered.remove(ticket)
        # Whoever is told may ask people something: what waits does not wait for their answer.
        QTimer.singleShot(0, self, self._advance)
        self._close(ticket, outcome.state, outcome.value)
        self._advance()
        if self.idle:
            self._timer.stop()

    def _listen(self, ticket: _Ticket) -> None:
        value = ticket.told
        if value is not None and value is not self._heard and ticket.wanted:
            self._heard = value
            self.told.emit(Told(ticket.request, value))

    @Slot()
    def _refresh(self) -> None:
        if self._running is not None:
            self._listen(self._running)
        told = (ticket for ticket in self._past if not ticket.request.quiet or ticket.state == "failed")
        shown = tuple(ticket.status() for ticket in (*self._pending(), *told))
        if shown != self._shown:
            self._shown = shown
            self.changed.emit(shown)
