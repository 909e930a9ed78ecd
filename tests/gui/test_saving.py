"""Saving: beside what is being computed, one after the other, and never over what somebody else has saved."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer, QTranslator
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QMessageBox

from tests.core.session_examples import difference, session
from tests.gui.conftest import PLAIN_VIEWS, FakeDialogs
from vitprune import sessions
from vitprune.errors import SaveDenied
from vitprune.jobs import Job
from vitprune.plan import PruningPlan
from vitprune.results import Session
from vitprune_gui.app import Shell, build
from vitprune_gui.keeping import Origin
from vitprune_gui.requests import Analyze, Engine, Evaluate, MeasureDamage, RunSearch, RunStudy, SaveSession
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.studying import StudyForm
from vitprune_gui.views.open_dialogs import FileDialogs

NAME = "run.vitprune.h5"


@pytest.fixture
def idle(qtbot: Any, shell: Shell) -> Callable[[], None]:
    return lambda: qtbot.waitUntil(lambda: shell.idle, timeout=20_000)


@pytest.fixture
def analysed(shell: Shell, idle: Any) -> Shell:
    shell.commands.analyze_sample()
    idle()
    return shell


@pytest.fixture
def gate(workflow: Any, shell: Shell) -> Iterator[Callable[[str], threading.Event]]:
    """Holds a verb up until the event is set, or the test is over."""

    def close(verb: str) -> threading.Event:
        workflow.gates[verb] = threading.Event()
        return workflow.gates[verb]

    yield close
    for event in workflow.gates.values():
        event.set()


# Beside what is being computed ----------------------------------------------------------------------------------------


def test_a_save_does_not_wait_for_a_computation(
    analysed: Shell, gate: Any, qtbot: Any, tmp_path: Path, workflow: Any, idle: Any
) -> None:
    end = gate("evaluate")
    analysed.commands.evaluate()
    qtbot.waitUntil(lambda: "evaluate" in workflow.calls)
    analysed.commands.save_session(tmp_path / NAME)
    qtbot.waitUntil(lambda: not analysed.state.dirty)
    assert tmp_path / NAME in workflow.saved
    states = [job.state for job in analysed.state.jobs]
    assert states[0] == "running"
    assert "running" not in states[1:], "what runs is above what is over, of both threads"
    assert len({job.id for job in analysed.state.jobs}) == len(states)
    end.set()
    idle()
    assert analysed.state.dirty, "there is a result that is not in the file"


def test_a_save_is_cancelled_as_any_job_is(analysed: Shell, gate: Any, tmp_path: Path, qtbot: Any, idle: Any) -> None:
    end = gate("save")
    analysed.commands.save_session(tmp_path / NAME)
    analysed.commands.toggle_site("blocks.0.attn")
    analysed.commands.cancel_jobs()
    [job] = [job for job in analysed.state.jobs if job.topic == "save"]
    assert job.cancelling
    end.set()
    idle()


def test_what_is_edited_during_a_save_is_saved_next(
    analysed: Shell, gate: Any, tmp_path: Path, workflow: Any, idle: Any
) -> None:
    """The second save is asked for before it is known what the first one leaves on disk."""
    analysed.commands.save_session(tmp_path / NAME)
    idle()
    analysed.commands.toggle_site("blocks.0.attn")
    end = gate("save")
    analysed.commands.save_session()
    analysed.commands.save_session()  # the same: nothing to add
    analysed.commands.toggle_site("blocks.1.attn")
    analysed.commands.save_session()
    end.set()
    idle()
    assert workflow.calls.count("save") == 3
    assert workflow.saved[tmp_path / NAME].plan == analysed.state.plan
    assert not analysed.state.dirty


def test_a_late_save_says_nothing_about_the_next_document(
    analysed: Shell, gate: Any, tmp_path: Path, workflow: Any, idle: Any, dialogs: FakeDialogs, qtbot: Any
) -> None:
    end = gate("save")
    analysed.commands.save_session(tmp_path / NAME)
    analysed.commands.toggle_site("blocks.0.attn")
    dialogs.answer = "discard"
    analysed.commands.open_model("toy")
    qtbot.waitUntil(lambda: analysed.runner.idle, timeout=20_000)
    end.set()
    idle()
    assert tmp_path / NAME in workflow.saved
    assert analysed.state.session_path is None
    assert not analysed.state.dirty


def test_a_file_that_a_study_writes_is_not_saved_to(
    analysed: Shell, study: Any, dialogs: FakeDialogs, tmp_path: Path, workflow: Any, idle: Any, qtbot: Any
) -> None:
    """Whatever was saved there, the next step of the study would replace."""
    errors = QSignalSpy(analysed.commands.failed)
    dialogs.session = str(tmp_path / NAME)
    study.stop_after = 1
    analysed.commands.start_study(StudyForm(None, (1,), ("none",), "sublayer", "stream", False))
    qtbot.waitUntil(lambda: len(analysed.state.trials) == 1)
    analysed.commands.save_session(tmp_path / NAME)
    assert errors.at(0)[0].message == f"A study is being written to {NAME}."
    assert "save" not in workflow.calls
    study.stop_after = None
    idle()
    analysed.commands.save_session(tmp_path / NAME)
    idle()
    assert not analysed.state.dirty


@pytest.mark.parametrize("seed", range(4))
def test_the_title_says_the_truth(
    analysed: Shell, idle: Any, tmp_path: Path, workflow: Any, seed: int, dialogs: FakeDialogs
) -> None:
    """Whatever people do, in whatever order: a title without a mark means that the file holds what the window shows,
    and one with it that it does not, or that something was measured again and came out the same."""
    dice, commands, state = random.Random(seed), analysed.commands, analysed.state
    sites = [f"blocks.{i}.{branch}" for i in range(2) for branch in ("attn", "mlp")]

    def other_images() -> None:
        commands.open_images(dice.choice(["/pictures", "/others"]))

    def refused() -> None:
        workflow.fail["save"] = SaveDenied("No.")
        commands.save_session()
        idle()
        del workflow.fail["save"]

    def save_twice() -> None:
        commands.save_session()
        commands.toggle_site(dice.choice(sites))
        commands.save_session()
        commands.undo()

    def reopen() -> None:
        dialogs.answer = dice.choice(["save", "discard", "cancel"])
        path = state.session_path
        assert path is not None
        commands.open_session(path)

    def edit() -> None:
        commands.toggle_site(dice.choice(sites))

    commands.save_session(tmp_path / NAME)
    idle()
    again = False
    for _ in range(30):
        does: Callable[[], None] = dice.choice(
            [edit, edit, commands.undo, commands.undo, commands.redo, commands.analyze, commands.evaluate,
             other_images, commands.save_session, save_twice, refused, reopen]
        )  # fmt: skip
        does()
        idle()
        assert state.session_path is not None
        shown, there = commands.keeping.session(), workflow.saved[state.session_path]
        assert shown is not None
        same = all(
            getattr(shown, name) is getattr(there, name) or getattr(shown, name) == getattr(there, name)
            for name in ("plan", "data", "scores", "evaluations", "log")
        )
        again = state.dirty and (again or does in (commands.analyze, commands.evaluate))
        assert same or state.dirty
        assert not same or not state.dirty or again
        assert analysed.window.isWindowModified() == state.dirty


@pytest.mark.parametrize("answer", ["discard", "save"])
def test_an_edit_while_another_model_opens_is_not_lost(
    analysed: Shell, gate: Any, dialogs: FakeDialogs, idle: Any, qtbot: Any, tmp_path: Path, answer: Any
) -> None:
    """People agreed to lose, or saved, what there was when they were asked; opening can take its time after that."""
    dialogs.answer, dialogs.session = answer, str(tmp_path / NAME)
    end = gate("open_model")
    analysed.commands.open_model("toy")
    qtbot.waitUntil(lambda: analysed.saver.idle and any(job.topic == "model" for job in analysed.state.jobs))
    analysed.commands.toggle_site("blocks.0.attn")
    plan = analysed.state.plan
    end.set()
    idle()
    assert analysed.state.model is not None
    assert analysed.state.model.source == "toy"
    [work] = analysed.recovery.found
    assert work.session is not None
    assert work.session.plan == plan
    assert analysed.window.recovery.isVisible()


def test_what_people_agreed_to_lose_is_not_offered(analysed: Shell, dialogs: FakeDialogs, idle: Any) -> None:
    analysed.commands.toggle_site("blocks.0.attn")
    dialogs.answer = "discard"
    analysed.commands.open_model("toy")
    idle()
    assert analysed.recovery.found == ()


# The way out ----------------------------------------------------------------------------------------------------------


def test_closing_asks_before_it_stops_a_computation(
    analysed: Shell, gate: Any, dialogs: FakeDialogs, qtbot: Any, workflow: Any
) -> None:
    gate("evaluate")
    analysed.commands.evaluate()
    qtbot.waitUntil(lambda: "evaluate" in workflow.calls)
    dialogs.stop, dialogs.answer = False, "discard"
    assert not analysed.window.close()
    assert dialogs.asked == ["stop_jobs Evaluate the whole model"]
    assert not analysed.runner.idle
    dialogs.stop = True
    assert analysed.window.close()
    assert dialogs.asked[-1] == "unsaved"


def test_closing_asks_nothing_about_what_nobody_waits_for(shell: Shell, gate: Any, dialogs: FakeDialogs) -> None:
    gate("open_model")
    shell.commands.refresh_catalog()
    shell.commands.open_model("toy")
    assert shell.window.close()
    assert dialogs.asked == []


def test_closing_during_the_save_waits_for_it_and_asks_nothing(
    analysed: Shell, gate: Any, dialogs: FakeDialogs, tmp_path: Path, idle: Any
) -> None:
    end = gate("save")
    analysed.commands.save_session(tmp_path / NAME)
    assert not analysed.window.close()
    assert dialogs.asked == []
    end.set()
    idle()
    assert not analysed.window.isVisible()


def clicking(text: str | None) -> None:
    """As soon as a question is asked, this button is pressed; None: the question is closed."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        if text is None:
            box.close()
        else:
            next(button for button in box.buttons() if button.text() == text).click()

    QTimer.singleShot(0, press)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("Save as…", "save as"), ("Overwrite", "overwrite"), ("Open again", "reload"), (None, "cancel")],
)
def test_each_button_is_an_answer(settings: Settings, state: AppState, text: str | None, answer: str) -> None:
    clicking(text)
    assert FileDialogs(settings, state).changed_on_disk(Path(NAME)) == answer


@pytest.mark.parametrize(("text", "answer"), [("Stop and leave", True), ("Stay", False), (None, False)])
def test_closing_the_question_stops_nothing(
    settings: Settings, state: AppState, text: str | None, answer: bool
) -> None:
    clicking(text)
    assert FileDialogs(settings, state).stop_jobs(("Analyse redundancy", "Export")) == answer


# Two windows on one file ----------------------------------------------------------------------------------------------


class Two:
    """Two windows that have opened the same file, the first of which has saved a change."""

    def __init__(self, qtbot: Any, settings: Settings, path: Path) -> None:
        self._qtbot = qtbot
        self.path = path
        self.shells: list[Shell] = []
        self.dialogs: list[FakeDialogs] = []
        for _ in range(2):
            self.dialogs.append(FakeDialogs())
            shell = build(settings, dialogs=self.dialogs[-1], make_engine=Engine, views=PLAIN_VIEWS)
            qtbot.addWidget(shell.window, before_close_func=lambda window: setattr(window, "_leaving", True))
            shell.window.show()
            self.shells.append(shell)
            shell.commands.open_session(path)
        self.idle()
        self.first, self.second = self.shells
        self.first.commands.toggle_site("blocks.1.attn")
        self.second.commands.toggle_site("blocks.1.mlp")
        self.first.commands.save_session()
        self.idle()
        self.theirs, self.ours = self.first.state.plan, self.second.state.plan
        assert not self.first.state.dirty

    def idle(self) -> None:
        self._qtbot.waitUntil(lambda: all(shell.idle for shell in self.shells), timeout=20_000)

    def save_second(self, conflict: Any) -> None:
        self.dialogs[1].conflict = conflict
        self.second.commands.save_session()
        self.idle()
        assert self.dialogs[1].asked[0] == f"changed_on_disk {NAME}"

    @property
    def on_disk(self) -> Session:
        return sessions.load(self.path)


@pytest.fixture
def two(qtbot: Any, settings: Settings, tmp_path: Path) -> Iterator[Two]:
    sessions.save(replace(session(6, 2, activations=True), study=None, trials=()), tmp_path / NAME)
    made = Two(qtbot, settings, tmp_path / NAME)
    yield made
    for shell in made.shells:
        shell.recovery.let_go()
        assert shell.close()


def test_the_other_one_is_not_overwritten_unasked(two: Two) -> None:
    errors = QSignalSpy(two.second.commands.failed)
    two.save_second("cancel")
    assert two.on_disk.plan == two.theirs
    assert two.second.state.dirty
    assert two.second.state.plan == two.ours
    assert errors.count() == 0, "it was asked about, not complained of"


def test_overwriting_is_a_choice_and_keeps_the_activations(two: Two) -> None:
    two.save_second("overwrite")
    assert two.on_disk.plan == two.ours
    assert sessions.activations(two.path) is not None
    assert not two.second.state.dirty
    two.first.commands.toggle_site("blocks.0.mlp")
    two.first.commands.save_session()
    two.idle()
    assert two.dialogs[0].asked == [f"changed_on_disk {NAME}"], "now the first one has not seen it"


def test_saving_elsewhere_keeps_both(two: Two, tmp_path: Path) -> None:
    two.dialogs[1].session = str(tmp_path / "mine.vitprune.h5")
    two.save_second("save as")
    assert (two.on_disk.plan, sessions.load(tmp_path / "mine.vitprune.h5").plan) == (two.theirs, two.ours)
    assert sessions.activations(tmp_path / "mine.vitprune.h5") is not None
    assert two.second.state.session_path == tmp_path / "mine.vitprune.h5"
    assert not two.second.state.dirty


def test_opening_it_again_offers_the_own_version(two: Two) -> None:
    two.save_second("reload")
    assert two.second.state.plan == two.theirs
    assert not two.second.state.dirty
    [work] = two.second.recovery.found
    assert two.second.window.recovery.isVisible()
    two.second.recovery.restore(work)
    two.idle()
    assert two.second.state.plan == two.ours
    assert two.second.state.dirty
    assert two.dialogs[1].asked == [f"changed_on_disk {NAME}"]
    two.idle()


def test_leaving_waits_for_the_choice(two: Two) -> None:
    two.dialogs[1].answer, two.dialogs[1].conflict = "save", "cancel"
    two.second.window.close()
    two.idle()
    assert two.second.window.isVisible()
    two.dialogs[1].conflict = "overwrite"
    two.second.window.close()
    two.idle()
    assert not two.second.window.isVisible()
    assert two.on_disk.plan == two.ours


# Activations ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("there", ["the same", "other images", "gone"])
def test_activations_are_taken_only_where_they_are_those_of_the_session(tmp_path: Path, there: str) -> None:
    held, target = tmp_path / "held.h5", tmp_path / "target.h5"
    ours = session(6, 1, activations=True)
    if there != "gone":
        sessions.save(ours if there == "the same" else session(6, 1, seed=1, activations=True), held)
    bare = replace(ours, activations=None)
    saved = SaveSession(bare, target, held).run(object(), Job())
    assert saved.lacks == (there != "the same")
    assert (sessions.activations(target) is None) == saved.lacks
    assert difference(sessions.load(target), bare) == ""
    assert sessions.digest(target) == saved.digest


def test_a_refused_save_is_told_once(analysed: Shell, workflow: Any, tmp_path: Path, idle: Any) -> None:
    errors = QSignalSpy(analysed.commands.failed)
    workflow.fail["save"] = SaveDenied("No.")
    analysed.commands.save_session(tmp_path / NAME)
    idle()
    assert errors.count() == 1


# What was done --------------------------------------------------------------------------------------------------------


def test_what_was_done_is_in_the_log(analysed: Shell, idle: Any, tmp_path: Path, workflow: Any) -> None:
    commands = analysed.commands
    commands.toggle_site("blocks.0.attn")
    commands.evaluate()
    idle()
    done = commands.keeping.session()
    assert done is not None
    assert [entry.what for entry in done.log] == ["Analyse redundancy", "Evaluate without 1 site"]
    assert all(entry.seconds >= 0 and entry.when and entry.version for entry in done.log)
    commands.analyze()
    commands.keep_pictures()
    idle()
    again = commands.keeping.session()
    assert again is not None
    assert again.log[:2] == done.log
    assert len(again.log) == 3
    assert again.thumbnails is not None
    assert analysed.state.dirty


class Shouting(QTranslator):
    def translate(self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1) -> str:  # noqa: N803
        return sourceText.upper()

    def isEmpty(self) -> bool:
        return False


def test_the_log_is_english_whatever_the_window_speaks(qapp: QApplication) -> None:
    opened = session(4, 2)
    assert opened.data is not None
    plan = PruningPlan.of(opened.architecture, {"blocks.1.attn": "remove"})
    model, data, none = opened.model, opened.data, PruningPlan.of(opened.architecture)
    study = RunStudy(model, data, data, Path("s.h5"), None, (1,), ("none",), "sublayer", "model", speed=False)
    asked = {
        "Analyse redundancy": Analyze(model, data),
        "Measure the damage of each site": MeasureDamage(model, data),
        "Evaluate the whole model": Evaluate(model, data, none),
        "Evaluate without 1 site": Evaluate(model, data, plan),
        "Search for 3 sites": RunSearch(model, data, 3, "sublayer", "kl", 1, True, "none", "stream"),
        "Study of methods": study,
    }
    assert [request.title for request in asked.values()] == list(asked)
    translator = Shouting()
    qapp.installTranslator(translator)
    try:
        assert all(request.title.isupper() for request in asked.values())
        assert [request.logged for request in asked.values()] == list(asked)
    finally:
        qapp.removeTranslator(translator)


def test_a_study_stays_in_its_file_when_another_is_made(
    analysed: Shell, study: Any, dialogs: FakeDialogs, idle: Any, tmp_path: Path, workflow: Any
) -> None:
    commands, state, mine = analysed.commands, analysed.state, tmp_path / NAME
    commands.open_test_images("others")
    idle()
    dialogs.session = str(tmp_path / "first.vitprune.h5")
    form = StudyForm(None, (1,), ("none",), "sublayer", "stream", False)
    commands.start_study(form)
    idle()
    commands.save_session(mine)
    idle()
    assert (state.session_path, state.dirty) == (mine, False)
    kept = workflow.saved[mine].study
    assert kept == state.study

    commands.start_study(form)
    idle()
    assert state.session_path == mine, "it is the same study"
    dialogs.session = str(tmp_path / "second.vitprune.h5")
    commands.start_study(replace(form, removed=(2,)))
    idle()
    assert state.study != kept
    assert state.session_path is None
    dialogs.session = str(tmp_path / "third.vitprune.h5")
    commands.save_session()
    idle()
    assert workflow.saved[mine].study == kept
    assert workflow.saved[tmp_path / "third.vitprune.h5"].study == state.study


def test_another_analysis_keeps_the_latencies(shell: Shell) -> None:
    opened = session(4, 2)
    assert opened.latencies is not None
    shell.commands.resume(opened, Origin())
    shell.commands.explorer.analysed.emit(replace(opened, latencies=None))
    kept = shell.commands.keeping.session()
    assert kept is not None
    assert kept.latencies is opened.latencies


def test_the_log_and_the_pictures_of_a_session_stay_with_it(shell: Shell, idle: Any, dialogs: FakeDialogs) -> None:
    opened = session(4, 2)
    assert opened.log
    shell.commands.resume(opened, Origin())
    kept = shell.commands.keeping.session()
    assert kept is not None
    assert kept.log == opened.log
    assert kept.thumbnails is opened.thumbnails
    dialogs.answer = "discard"
    shell.commands.analyze_sample()
    idle()
    other = shell.commands.keeping.session()
    assert other is not None
    assert not set(other.log) & set(opened.log)
    assert other.thumbnails is None
