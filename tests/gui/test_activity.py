"""Jobs in the dock: their order, what is kept of one that was stopped, what is copied; analyses of several models."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest

from vitprune import cli
from vitprune.errors import ModelNotFound
from vitprune.jobs import Cancelled, Job
from vitprune.results import Session
from vitprune.scores import Score, Scores
from vitprune_gui.app import Shell
from vitprune_gui.requests import OpenModel
from vitprune_gui.runner import Finished, JobRunner, JobStatus, LiveJob, Request, Stopped
from vitprune_gui.views.activity import ActivityPanel, describe


@dataclass(frozen=True)
class Ask(Request):
    name: str
    work: Callable[[LiveJob], object] = field(default=lambda job: None, compare=False)

    @property
    def title(self) -> str:
        return self.name

    def run(self, engine: Any, job: LiveJob) -> object:
        return self.work(job)


@dataclass(frozen=True)
class Overnight(Ask):
    patient: ClassVar[bool] = True


class Gate:
    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def __call__(self, job: Job) -> str:
        self.reached.set()
        while not self.open.wait(0.002):
            job.check()
        return "through"


@pytest.fixture
def bare(start_runner: Callable[..., JobRunner]) -> JobRunner:
    return start_runner()


def queue(runner: JobRunner, *requests: Ask) -> tuple[Gate, list[int], list[str]]:
    """A job that waits at a gate, and these behind it; and the order in which they come to their end."""
    gate, ended = Gate(), []
    runner.finished.connect(lambda finished: ended.append(finished.request.title))
    runner.submit(Ask("first", gate))
    jobs = [runner.submit(request) for request in requests]
    assert gate.reached.wait(5)
    return gate, jobs, ended


def test_jobs_that_wait_change_places(qtbot: Any, bare: JobRunner) -> None:
    gate, (a, b, c), ended = queue(bare, Ask("a"), Ask("b"), Ask("c"))
    bare.move(c, -1)  # a c b
    bare.move(c, -5)  # c a b
    bare.move(a, 1)  # c b a
    bare.move(b, 9)  # c a b
    bare.move(12345, 1)
    gate.open.set()
    qtbot.waitUntil(lambda: bare.idle)
    assert ended == ["first", "c", "a", "b"]


def test_patient_jobs_let_others_go_first(qtbot: Any, bare: JobRunner) -> None:
    gate, _, ended = queue(bare, Overnight("night 1"), Overnight("night 2"), Ask("now"), Overnight("night 3"))
    gate.open.set()
    qtbot.waitUntil(lambda: bare.idle)
    assert ended == ["first", "now", "night 1", "night 2", "night 3"]


def test_what_a_stopped_job_had_is_an_answer(qtbot: Any, bare: JobRunner) -> None:
    gate = Gate()

    def until_stopped(job: LiveJob) -> Stopped:
        try:
            gate(job)
        except Cancelled:
            job.note("It was long.")
            return Stopped(7, "Seven of nine.")
        raise AssertionError

    seen: list[Finished] = []
    jobs: list[tuple[JobStatus, ...]] = []
    bare.finished.connect(seen.append)
    bare.changed.connect(jobs.append)
    request = Ask("long", until_stopped)
    job = bare.submit(request)
    assert bare.request(job) is request
    assert gate.reached.wait(5)
    began = time.monotonic()
    bare.cancel(job)
    qtbot.waitUntil(lambda: bare.idle)
    assert time.monotonic() - began < 1
    assert (seen[0].value, seen[0].stopped, seen[0].notes) == (7, True, ("It was long.",))
    assert jobs[-1][0].state == "cancelled"
    assert describe(jobs[-1][0]).startswith("Stopped  ·  Seven of nine.  ·  at ")


def test_nobody_hears_of_a_stopped_job_that_nobody_wants(qtbot: Any, bare: JobRunner) -> None:
    def stopped(job: LiveJob) -> Stopped:
        reached.set()
        while not job.stop.wait(0.01):
            pass
        return Stopped(7)

    reached = threading.Event()
    heard: list[object] = []
    bare.finished.connect(heard.append)
    bare.submit(Ask("long", stopped))
    assert reached.wait(5)
    bare.abandon("")
    qtbot.waitUntil(lambda: bare.idle)
    assert not heard


# In the window


@pytest.fixture
def idle(shell: Shell, qtbot: Any) -> Callable[[], None]:
    return lambda: qtbot.waitUntil(lambda: shell.idle)


@pytest.fixture
def open_sample(shell: Shell, idle: Callable[[], None]) -> None:
    shell.commands.analyze_sample()
    idle()


def panel_of(shell: Shell) -> ActivityPanel:
    panel = shell.window.docks["activity"].widget()
    assert isinstance(panel, ActivityPanel)
    return panel


def test_rows_move_and_copy(
    shell: Shell, qtbot: Any, workflow: Any, open_sample: None, idle: Callable[[], None]
) -> None:
    workflow.gates["evaluate"] = threading.Event()
    commands, panel = shell.commands, panel_of(shell)
    commands.evaluate()
    qtbot.waitUntil(lambda: "evaluate" in workflow.calls)
    commands.measure_damage()
    commands.prove_rewrites(None)
    running, first, second = shell.state.jobs[:3]
    assert [job.state for job in (running, first, second)] == ["running", "queued", "queued"]
    rows = [panel.row(job.id) for job in (running, first, second)]
    assert [row.earlier.isEnabled() for row in rows[1:]] == [False, True]
    assert [row.later.isEnabled() for row in rows[1:]] == [True, False]
    assert not rows[0].earlier.isVisibleTo(panel)
    assert rows[1].cancel.text() == "Remove"
    rows[1].later.click()
    assert [job.id for job in shell.state.jobs[:3]] == [running.id, second.id, first.id]
    rows[1].earlier.click()
    assert [job.id for job in shell.state.jobs[:3]] == [running.id, first.id, second.id]
    assert rows[1].cancel.accessibleName() == f"Remove: {first.title}"

    actions = {action.text().replace("&", ""): action for action in rows[1].menu().actions()}
    actions["Copy as command"].trigger()
    copied = QGuiApplication.clipboard().text()
    assert cli.parser().parse_args(shlex.split(copied)[1:]).metrics == ("everything",)
    actions["Copy as Python"].trigger()
    assert "workflow.analyze(" in QGuiApplication.clipboard().text()
    actions["Stop"].trigger()
    assert [job.id for job in shell.state.jobs[:2]] == [running.id, second.id]
    commands.cancel_jobs()
    idle()


def stopped_at(workflow: Any, shell: Shell, images: int, asked: int | None) -> Callable[..., Session]:
    """`analyze` as the engine does it when it is cancelled."""
    whole = type(workflow).analyze.__get__(workflow)

    def analyze(model: Any, found: Any, *, keep_stopped: bool = False, job: Job, **how: Any) -> Session:
        assert keep_stopped
        while not job.stop.wait(0.005):
            pass
        session = whole(model, found, job=Job(), **how)
        tables = {name: {s: Score(np.zeros(images)) for s in sites} for name, sites in session.scores.items()}
        return replace(session, scores=Scores(images, tables, asked_images=asked))

    return analyze


def test_a_stopped_analysis_is_shown_where_there_was_none(
    shell: Shell, qtbot: Any, workflow: Any, idle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    shell.commands.notified.connect(said.append)
    undisturbed = workflow.analyze
    monkeypatch.setattr(workflow, "analyze", stopped_at(workflow, shell, 8, 100))
    shell.commands.open_model("vit")
    idle()
    shell.commands.open_images("folder")
    idle()
    shell.commands.analyze()
    qtbot.waitUntil(lambda: shell.state.jobs[0].state == "running")
    qtbot.wait(50)
    shell.commands.cancel_jobs()
    idle()
    assert shell.state.scores is not None
    assert (shell.state.scores.images, shell.state.scores.asked_images) == (8, 100)
    assert "Stopped: these are scores of the first 8 of 100 images." in said
    assert shell.state.dirty
    assert shell.state.jobs[0].state == "cancelled"
    assert shell.state.jobs[0].message == "Scores of the first 8 of 100 images."

    held = shell.state.scores
    monkeypatch.setattr(workflow, "analyze", stopped_at(workflow, shell, 5, 100))
    shell.commands.analyze()
    qtbot.waitUntil(lambda: shell.state.jobs[0].state == "running")
    qtbot.wait(50)
    shell.commands.cancel_jobs()
    idle()
    assert shell.state.scores is held, "fewer images do not take the place of more"
    assert said[-1] == "Stopped. The scores that there were have more images, and stay."
    assert [entry.what for entry in shell.commands.keeping.log] == ["Analyse redundancy"], "nothing of the other stays"

    # What was stopped is not the answer next time.
    monkeypatch.setattr(workflow, "analyze", undisturbed)
    calls = len(workflow.calls)
    shell.commands.analyze()
    idle()
    assert workflow.calls[calls:] == ["analyze"]
    assert shell.state.scores is not None
    assert shell.state.scores.asked_images is None


# Several models


@pytest.fixture
def batch_sessions(workflow: Any, modules: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    import vitprune_gui.batch

    monkeypatch.setattr(vitprune_gui.batch, "import_module", lambda name: modules[name])
    save = modules["vitprune.sessions"].save

    def saved(session: Session, path: Path, *, expected: str, job: Job) -> str:
        return save(session, path, activations_from=None, expected=expected, job=job)

    modules["vitprune.sessions"].save = saved


def test_a_batch_writes_its_sessions_and_touches_nothing(
    shell: Shell, qtbot: Any, workflow: Any, open_sample: None, idle: Any, batch_sessions: None, tmp_path: Path
) -> None:
    open_model = workflow.open_model

    def sometimes(source: str, **how: Any) -> Any:
        if source == "missing":
            raise ModelNotFound("There is no model missing.", hint="Look for it.")
        return open_model(source, **how)

    workflow.open_model = sometimes
    errors: list[object] = []
    shell.commands.failed.connect(errors.append)
    state, batch = shell.state, shell.commands.batch
    before = (state.model, state.data, state.scores, state.plan, state.session_path, state.dirty)
    ended: list[object] = []
    batch.finished.connect(ended.append)
    models = [OpenModel(name) for name in ("one", "missing", "two")]
    batch.start(models, "folder", tmp_path / "out", ("cosine",), 5)
    idle()
    assert [(row.name, row.state) for row in batch.rows] == [("one", "done"), ("missing", "failed"), ("two", "done")]
    assert batch.rows[1].message == "There is no model missing. Look for it."
    assert sorted(path.name for path in workflow.saved) == ["one.vitprune.h5", "two.vitprune.h5"]
    assert batch.summary == "2 of 3 written, 1 failed"
    assert len(ended) == 1
    assert not errors, "a failure is a row, no banner"
    assert (state.model, state.data, state.scores, state.plan, state.session_path, state.dirty) == before
    command = workflow.saved[tmp_path / "out" / "one.vitprune.h5"].log[-1].what
    told = cli.parser().parse_args(shlex.split(command)[1:])
    assert (told.model, told.data, told.metrics, told.images) == ("one", "folder", ("cosine",), 5)
    shell.commands.evaluate()
    idle()
    assert not errors, "the open model is found again"


def test_the_same_analysis_waits_but_once(shell: Shell, workflow: Any, tmp_path: Path) -> None:
    workflow.gates["open_images"] = threading.Event()
    said: list[str] = []
    shell.commands.notified.connect(said.append)
    batch = shell.commands.batch
    batch.start([OpenModel("one"), OpenModel("one"), OpenModel("two")], "folder", tmp_path)
    batch.start([OpenModel("two")], "folder", tmp_path)
    batch.start([OpenModel("two")], "folder", tmp_path, images=3)
    assert [(row.name, row.request.images) for row in batch.rows] == [("one", None), ("two", None), ("two", 3)]
    assert len(said) == 2
    assert all(text.startswith("1 model") for text in said)
    batch.cancel()


def test_a_batch_is_stopped_as_a_whole(
    shell: Shell, qtbot: Any, workflow: Any, idle: Any, batch_sessions: None, tmp_path: Path
) -> None:
    workflow.gates["analyze"] = threading.Event()
    batch = shell.commands.batch
    batch.start([OpenModel("one"), OpenModel("two")], "folder", tmp_path)
    qtbot.waitUntil(lambda: "analyze" in workflow.calls)
    batch.cancel()
    idle()
    assert [row.state for row in batch.rows] == ["cancelled", "cancelled"]
    assert not workflow.saved
    batch.forget_finished()
    assert batch.rows == ()


# Those who look elsewhere


def ended(state: str, seconds: float, **more: Any) -> tuple[JobStatus, JobStatus]:
    job = JobStatus(4711, "Count sheep", "running", started=time.monotonic(), topic="sheep")
    return job, replace(job, state=state, seconds=seconds, **more)


@pytest.mark.parametrize(
    ("state", "seconds", "said"),
    [("done", 11, "Done: Count sheep"), ("failed", 11, "Failed: Count sheep"), ("done", 9, ""), ("cancelled", 11, "")],
)
def test_only_long_jobs_are_told(
    state: str, seconds: float, said: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts: list[object] = []
    told: list[tuple[str, str]] = []
    monkeypatch.setattr("vitprune_gui.notices.QApplication.alert", alerts.append)
    shell.window.notices.told.connect(lambda *line: told.append(line))
    for job in ended(state, seconds, message="They ran away." if state == "failed" else ""):
        shell.state.jobs = (job,)
    assert told == ([(said, "They ran away." if state == "failed" else "")] if said else [])
    assert len(alerts) == len(told)
    assert all(alert is shell.window for alert in alerts)


def test_the_title_has_the_percent_of_a_long_job(shell: Shell) -> None:
    before = shell.window.windowTitle()
    now = time.monotonic()
    shell.state.jobs = (JobStatus(1, "x", "running", 30, 120, started=now),)
    assert shell.window.windowTitle() == before, "not yet"
    shell.state.jobs = (JobStatus(1, "x", "running", 30, 120, started=now - 3),)
    assert shell.window.windowTitle() == f"25 % – {before}"
    shell.state.jobs = ()
    assert shell.window.windowTitle() == before


def test_the_queue_of_analyses_by_hand(
    shell: Shell, qtbot: Any, workflow: Any, idle: Any, batch_sessions: None, tmp_path: Path, dialogs: Any
) -> None:
    from vitprune_gui.views.batch_dialog import BatchDialog

    dialog = BatchDialog(shell.state, shell.commands, shell.commands._settings, dialogs)
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.start_button.isEnabled()
    assert dialog.reason.text() == "Add at least one model."
    dialog.name.setText("vit one")
    dialog.add_button.click()
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"")
    dialog.add(str(weights))
    assert len(dialog.chosen) == 1, "nobody said what the weights are of"
    dialog.add(str(tmp_path / "earlier.vitprune.h5"))
    dialog.add("two")
    dialog.images.setText("folder")
    assert dialog.reason.text() == "Choose the folder that the sessions are written into."
    dialog.folder.setText(str(tmp_path))
    dialog.start_button.click()
    idle()
    model = dialog.table.model()
    shown = [[model.index(row, column).data() for column in (0, 1, 3)] for row in range(2)]
    assert shown == [[name, "Written", str(tmp_path / f"{name}.vitprune.h5")] for name in ("vit one", "two")]
    assert dialog.summary.text() == "2 of 2 written"
    workflow.digests[tmp_path / "two.vitprune.h5"] = "x"
    opened: set[int] = set()
    shell.state.jobs_changed.connect(lambda jobs: opened.update(j.id for j in jobs if j.title.startswith("Open two")))
    row = dialog.table.visualRect(model.index(1, 0)).center()
    QTest.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=row)
    QTest.mouseDClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, pos=row)
    idle()
    assert shell.state.session_path == tmp_path / "two.vitprune.h5"
    assert len(opened) == 1
    dialog.clear_button.click()
    assert dialog.table.rowCount() == 0


def test_weights_dropped_on_the_queue_are_asked_about_after_the_drop(
    shell: Shell, qtbot: Any, tmp_path: Path, dialogs: Any
) -> None:
    """Until then the program that they were dragged from waits."""
    from vitprune_gui.views.batch_dialog import BatchDialog

    dialog = BatchDialog(shell.state, shell.commands, shell.commands._settings, dialogs)
    qtbot.addWidget(dialog)
    dialog.show()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("one.safetensors", "two.safetensors")])
    for url in data.urls():
        Path(url.toLocalFile()).write_bytes(b"")
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    drop = QDropEvent(QPointF(5, 5), copy, data, left, none)
    dialog.models.dropEvent(drop)
    assert drop.isAccepted()
    assert not dialogs.asked
    qtbot.waitUntil(lambda: dialogs.asked == ["model_details one.safetensors", "model_details two.safetensors"])


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_what_a_job_says_is_copied_once(shell: Shell, state: Any) -> None:
    shell.state.jobs = (JobStatus(1, "Long job", state, message="No more room.", notes=("Half of it is kept.",)),)
    actions = {action.text().replace("&", ""): action for action in panel_of(shell).row(1).menu().actions()}
    actions["Copy what it says"].trigger()
    title, said = QGuiApplication.clipboard().text().splitlines()
    assert title == "Long job"
    assert said.count("Half of it is kept.") == 1
    assert ("No more room." in said) == (state != "done")


def test_the_overview_says_that_scores_are_of_some_images(shell: Shell, qtbot: Any, architecture: Any) -> None:
    from vitprune_gui.views.overview import Overview, stopped

    tables = {"cosine": {site.id: Score(np.linspace(0.1, 0.2, 8)) for site in architecture.sites}}
    overview = Overview(shell.state, shell.commands)
    qtbot.addWidget(overview)
    overview.show()
    shell.state.architecture = architecture
    shell.state.scores = Scores(8, tables, asked_images=1234)
    assert overview._note.isVisible()
    assert overview._note.text().startswith("Stopped at 8 of 1,234 images: the scores are of the first, by name")
    shell.state.scores = Scores(8, tables)
    assert stopped(shell.state.scores) == ""
    assert "Stopped" not in overview._note.text()
