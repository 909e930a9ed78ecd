"""The one place with a thread: order, progress, cancel, stale results, failures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from PySide6.QtCore import QEventLoop, QThread, QTimer

from vitprune.errors import ModelNotFound
from vitprune.jobs import Job, Progress
from vitprune_gui.crash import ErrorReport
from vitprune_gui.runner import Failed, Finished, JobRunner, JobStatus, Meter, Request


@dataclass(frozen=True)
class Ask(Request):
    """Does what the test says, on the worker's thread."""

    name: str
    work: Callable[[Any, Job], object] = field(default=lambda engine, job: None, compare=False)

    @property
    def title(self) -> str:
        return self.name

    def run(self, engine: Any, job: Job) -> object:
        return self.work(engine, job)


@dataclass(frozen=True)
class Lasting(Ask):
    topic: ClassVar[str] = "numbers"
    replaces: ClassVar[bool] = True
    lasting: ClassVar[bool] = True

    def identity(self) -> tuple[object, ...]:
        return (self.name,)


class Heard:
    """Everything that a runner says, in order."""

    def __init__(self, runner: JobRunner) -> None:
        self.finished: list[Finished] = []
        self.failed: list[Failed] = []
        self.cancelled: list[Request] = []
        self.jobs: list[tuple[JobStatus, ...]] = []
        runner.finished.connect(self.finished.append)
        runner.failed.connect(self.failed.append)
        runner.cancelled.connect(self.cancelled.append)
        runner.changed.connect(self.jobs.append)

    def states(self, name: str) -> list[str]:
        seen = [job.state for jobs in self.jobs for job in jobs if job.title == name]
        return [state for i, state in enumerate(seen) if i == 0 or seen[i - 1] != state]

    def values(self) -> list[object]:
        return [finished.value for finished in self.finished]


@pytest.fixture
def bare(start_runner: Callable[..., JobRunner]) -> JobRunner:
    return start_runner(lambda: {"engine": True})


@pytest.fixture
def heard(bare: JobRunner) -> Heard:
    return Heard(bare)


class Gate:
    """Holds a job until it is opened, and says when the job got there."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def open(self) -> None:
        self._open.set()

    def __call__(self, engine: Any, job: Job) -> object:
        self.reached.set()
        while not self._open.wait(0.002):
            job.check()
        return "through"


def test_work_runs_on_one_other_thread_with_one_engine(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    for name in "abc":
        bare.submit(Ask(name, lambda engine, job: (threading.get_ident(), id(engine))))
    qtbot.waitUntil(lambda: len(heard.finished) == 3)
    assert len(set(heard.values())) == 1
    assert heard.values()[0][0] != threading.get_ident()  # type: ignore[index]


def test_what_waits_does_not_wait_for_the_answer_to_a_question_about_an_earlier_result(
    qtbot: Any, bare: JobRunner, heard: Heard
) -> None:
    during: list[object] = []

    def ask(finished: Finished) -> None:
        if finished.request.title == "a":
            loop = QEventLoop()  # as a dialog has
            bare.finished.connect(loop.quit)
            QTimer.singleShot(5000, loop.quit)
            loop.exec()
            during.extend(heard.values())

    bare.finished.connect(ask)
    gate = Gate()
    bare.submit(Ask("a", gate))
    bare.submit(Ask("b", lambda engine, job: "b"))
    gate.open()
    qtbot.waitUntil(lambda: bare.idle)
    assert during == ["through", "b"]


def test_results_arrive_on_the_gui_thread(qtbot: Any, bare: JobRunner) -> None:
    seen: list[QThread] = []
    bare.finished.connect(lambda _: seen.append(QThread.currentThread()))
    bare.submit(Ask("a"))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0] is bare.thread()


def test_queue_keeps_the_order_and_shows_who_waits(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    gate = Gate()
    bare.submit(Ask("first", gate))
    bare.submit(Ask("second", lambda engine, job: 2))
    bare.submit(Ask("third", lambda engine, job: 3))
    assert gate.reached.wait(5)
    assert [(job.title, job.state) for job in heard.jobs[-1]] == [
        ("first", "running"),
        ("second", "queued"),
        ("third", "queued"),
    ]
    gate.open()
    qtbot.waitUntil(lambda: bare.idle)
    assert heard.values() == ["through", 2, 3]
    assert heard.states("third") == ["queued", "running", "done"]
    assert [job.title for job in heard.jobs[-1]] == ["third", "second", "first"], "the latest finished one comes first"


@dataclass(frozen=True)
class AskLater(Ask):
    patient: ClassVar[bool] = True


def test_what_people_moved_forward_stays_before_what_comes_later(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    gate = Gate()
    bare.submit(Ask("first", gate))
    assert gate.reached.wait(5)
    bare.submit(AskLater("batch 1", lambda engine, job: 1))
    moved = bare.submit(AskLater("batch 2", lambda engine, job: 2))
    bare.submit(Ask("second", lambda engine, job: "second"))
    bare.move(moved, -2)
    bare.submit(Ask("third", lambda engine, job: "third"))
    gate.open()
    qtbot.waitUntil(lambda: bare.idle)
    assert heard.values() == ["through", 2, "second", "third", 1]


def test_progress_reaches_the_window_rarely_and_the_last_one_surely(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    def count(engine: Any, job: Job) -> None:
        end = time.monotonic() + 0.6
        done = 0
        while time.monotonic() < end:
            done += 1
            job.progress("Counting", done, 10**9)
        job.progress("Counting", 77, 100, "sheep")

    began = time.monotonic()
    bare.submit(Ask("count", count))
    qtbot.waitUntil(lambda: bare.idle)
    lasted = time.monotonic() - began
    running = [jobs for jobs in heard.jobs if jobs[0].state == "running"]
    assert 2 <= len(running) <= lasted * 10 + 3, "ten a second, and one each at submitting and starting"
    last = heard.jobs[-1][0]
    assert (last.done, last.total, last.unit, last.stage) == (77, 100, "sheep", "Counting")


def test_running_job_stops_at_its_next_check(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    gate = Gate()
    job = bare.submit(Ask("long", gate))
    assert gate.reached.wait(5)
    bare.cancel(job)
    assert heard.jobs[-1][0].cancelling
    assert heard.jobs[-1][0].state == "running"
    qtbot.waitUntil(lambda: bare.idle)
    assert [request.title for request in heard.cancelled] == ["long"]
    assert heard.finished == []
    assert heard.jobs[-1][0].state == "cancelled"


def test_cancel_right_after_submitting_is_not_lost(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    """Whether the worker was faster or not: a job that has begun sees the stop, one that has not never begins."""
    lost: list[bool] = []

    def patient(engine: Any, job: Job) -> None:
        lost.append(not job.stop.wait(2))
        job.check()

    for _ in range(50):
        bare.cancel(bare.submit(Ask("quick", patient)))
        if len(heard.cancelled) % 2:
            qtbot.waitUntil(lambda: bare.idle)
    qtbot.waitUntil(lambda: bare.idle)
    assert not any(lost)
    assert len(heard.cancelled) == 50


def test_queued_job_is_cancelled_at_once_and_the_others_go_on(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    gate = Gate()
    bare.submit(Ask("first", gate))
    middle = bare.submit(Ask("middle", lambda engine, job: "no"))
    bare.submit(Ask("last", lambda engine, job: "yes"))
    bare.cancel(middle)
    assert [request.title for request in heard.cancelled] == ["middle"]
    gate.open()
    qtbot.waitUntil(lambda: bare.idle)
    assert heard.values() == ["through", "yes"]


def test_cancel_all_empties_the_queue(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    gate = Gate()
    for name in "abc":
        bare.submit(Ask(name, gate))
    assert gate.reached.wait(5)
    bare.cancel_all()
    qtbot.waitUntil(lambda: bare.idle)
    assert sorted(request.title for request in heard.cancelled) == ["a", "b", "c"]


def test_late_result_of_an_abandoned_request_is_dropped(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    """The older job never looks at the cancel, so it does come back with a result, which nobody may see."""
    go = threading.Event()

    def stubborn(engine: Any, job: Job) -> str:
        go.wait(5)
        return "old"

    bare.submit(Lasting("old", stubborn))
    bare.submit(Lasting("new", lambda engine, job: "new"))
    go.set()
    qtbot.waitUntil(lambda: bare.idle)
    assert heard.values() == ["new"]


def test_abandoned_failure_is_dropped_too(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    go = threading.Event()

    def fail(engine: Any, job: Job) -> None:
        go.wait(5)
        raise ModelNotFound("gone")

    bare.submit(Lasting("old", fail))
    bare.abandon("numbers")
    go.set()
    qtbot.waitUntil(lambda: bare.idle)
    assert heard.failed == []


def test_abandoning_leaves_other_topics_alone(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    gate = Gate()
    bare.submit(Ask("free", gate))
    bare.submit(Lasting("bound"))
    bare.abandon("numbers")
    gate.open()
    qtbot.waitUntil(lambda: bare.idle)
    assert heard.values() == ["through"]


def test_repeated_request_is_answered_without_work(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    runs: list[int] = []
    work = lambda engine, job: runs.append(1) or object()  # noqa: E731
    bare.submit(Lasting("same", work))
    qtbot.waitUntil(lambda: bare.idle)
    bare.submit(Lasting("same", work))
    assert len(heard.finished) == 1, "the answer comes through the event loop, like any other"
    qtbot.waitUntil(lambda: bare.idle)
    first, second = heard.values()
    assert first is second
    assert len(runs) == 1


def test_known_answer_does_not_wait_for_the_job_that_runs(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    bare.submit(Lasting("known", lambda engine, job: "known"))
    qtbot.waitUntil(lambda: bare.idle)
    gate = Gate()
    bare.submit(Ask("long", gate))
    bare.submit(Lasting("known"))
    qtbot.waitUntil(lambda: len(heard.finished) == 2)
    assert heard.values() == ["known", "known"]
    gate.open()
    qtbot.waitUntil(lambda: bare.idle)


def test_same_request_twice_is_one_job(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    gate = Gate()
    assert bare.submit(Lasting("x", gate)) == bare.submit(Lasting("x", gate))
    gate.open()
    qtbot.waitUntil(lambda: bare.idle)
    assert len(heard.finished) == 1


def test_cancelled_request_can_be_asked_again(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    gate = Gate()
    bare.cancel(bare.submit(Lasting("x", gate)))
    bare.submit(Lasting("x", lambda engine, job: "again"))
    qtbot.waitUntil(lambda: bare.idle)
    assert heard.values() == ["again"]


def test_named_error_crosses_without_its_frames(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    def fail(engine: Any, job: Job) -> None:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ModelNotFound("There is no such model.", hint="Look again.") from error

    bare.submit(Ask("bad", fail))
    bare.submit(Ask("good", lambda engine, job: "good"))
    qtbot.waitUntil(lambda: bare.idle)
    error = heard.failed[0].error
    assert isinstance(error, ModelNotFound)
    assert (error.message, error.hint) == ("There is no such model.", "Look again.")
    assert error.__traceback__ is None
    assert error.__cause__ is None
    assert heard.values() == ["good"], "the next job works"
    assert next(job for job in heard.jobs[-1] if job.title == "bad").message == "There is no such model."


@pytest.mark.parametrize("kind", [RuntimeError, RecursionError, KeyboardInterrupt, SystemExit, MemoryError])
def test_anything_else_becomes_a_report_to_copy(
    qtbot: Any, bare: JobRunner, heard: Heard, kind: type[BaseException]
) -> None:
    def fail(engine: Any, job: Job) -> None:
        raise kind("boom")

    bare.submit(Ask("bad", fail))
    bare.submit(Ask("good", lambda engine, job: "good"))
    qtbot.waitUntil(lambda: bare.idle)
    report = heard.failed[0].error
    assert isinstance(report, ErrorReport)
    assert kind.__name__ in report.message
    assert "test_shell_runner.py" in report.details
    assert heard.values() == ["good"]


def test_engine_that_cannot_be_made_is_a_failure_and_is_tried_again(
    qtbot: Any, start_runner: Callable[..., JobRunner]
) -> None:
    attempts: list[int] = []

    def make() -> object:
        attempts.append(1)
        if len(attempts) == 1:
            raise ImportError("no torch")
        return "engine"

    runner = start_runner(make)
    heard = Heard(runner)
    runner.submit(Ask("a", lambda engine, job: engine))
    runner.submit(Ask("b", lambda engine, job: engine))
    qtbot.waitUntil(lambda: runner.idle)
    assert len(heard.failed) == 1
    assert heard.values() == ["engine"]


def test_shutdown_stops_the_running_job_and_forgets_the_queue(start_runner: Callable[..., JobRunner]) -> None:
    runner = start_runner()
    gate, ran = Gate(), []
    runner.submit(Ask("long", gate))
    runner.submit(Ask("never", lambda engine, job: ran.append(1)))
    assert gate.reached.wait(5)
    assert runner.shutdown(5000)
    assert ran == []
    assert runner.shutdown(), "a second time does nothing"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_meter_waits_for_five_reports_before_it_foretells() -> None:
    clock = Clock()
    meter = Meter(clock)
    assert meter.read() is None
    for i in range(4):
        meter.report(Progress("s", 10 * i, 100))
        reading = meter.read()
        assert reading is not None
        assert reading.eta_seconds is None
        clock.now += 2
    meter.report(Progress("s", 40, 100))
    reading = meter.read()
    assert reading is not None
    assert reading.rate == pytest.approx(5)
    assert reading.eta_seconds == pytest.approx(12)
    clock.now += 3
    reading = meter.read()
    assert reading is not None
    assert reading.eta_seconds == pytest.approx(9), "time goes on between reports"


def test_meter_starts_anew_with_every_stage() -> None:
    clock = Clock()
    meter = Meter(clock)
    for i in range(6):
        meter.report(Progress("fast", i * 100, 1000))
        clock.now += 1
    meter.report(Progress("slow", 0, 10))
    clock.now += 4
    meter.report(Progress("slow", 1, 10))
    reading = meter.read()
    assert reading is not None
    assert reading.rate == pytest.approx(0.25)
    assert reading.eta_seconds is None


def test_what_a_job_has_so_far_is_seen_while_it_runs_and_the_last_of_it_even_when_it_is_cancelled(
    qtbot: Any, bare: JobRunner
) -> None:
    said: list[Any] = []
    bare.told.connect(lambda told: said.append(told.value))
    bare.cancelled.connect(lambda request: said.append("cancelled"))
    gate = Gate()

    def work(engine: Any, job: Any) -> object:
        for count in range(1, 1000):
            job.tell(tuple(range(count)))
        return gate(engine, job)

    number = bare.submit(Ask("search", work))
    qtbot.waitUntil(lambda: bool(said) and len(said[-1]) == 999)
    assert len(said) < 100, "what nobody could have seen is not shown"
    bare.cancel(number)
    qtbot.waitUntil(lambda: said[-1] == "cancelled")

    def late(engine: Any, job: Any) -> object:
        job.tell("everything")
        return None

    bare.finished.connect(lambda finished: said.append("finished"))
    bare.submit(Ask("short", late))
    qtbot.waitUntil(lambda: said[-1] == "finished")
    assert said[-2:] == ["everything", "finished"]


def test_what_nobody_wants_any_more_tells_nothing(qtbot: Any, bare: JobRunner, heard: Heard) -> None:
    said: list[Any] = []
    bare.told.connect(said.append)
    gate = Gate()

    def work(engine: Any, job: Any) -> object:
        try:
            return gate(engine, job)
        finally:
            job.tell("too late")

    bare.submit(Lasting("a", work))
    assert gate.reached.wait(5)
    bare.abandon("numbers")
    qtbot.waitUntil(lambda: bare.idle)
    assert not said
