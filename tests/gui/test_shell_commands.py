"""Verbs of the window on a made-up engine: what changes, what is asked, what is dropped."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtTest import QSignalSpy

from vitprune.errors import DatasetEmpty, SaveDenied
from vitprune.plan import PruningPlan
from vitprune.scores import Score, Scores
from vitprune_gui.choosing import SearchForm
from vitprune_gui.commands import Commands, ModelDetails
from vitprune_gui.opening import Opening
from vitprune_gui.runner import JobRunner
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.studying import StudyForm
from vitprune_gui.translation import tr


@pytest.fixture
def idle(qtbot: Any, runner: JobRunner) -> Any:
    return lambda: qtbot.waitUntil(lambda: runner.idle)


@pytest.fixture
def opened(commands: Commands, idle: Any) -> Commands:
    commands.open_model("toy")
    idle()
    commands.open_images("/pictures")
    idle()
    return commands


@pytest.fixture
def analysed(opened: Commands, idle: Any) -> Commands:
    opened.analyze()
    idle()
    return opened


def test_opening_a_model_fills_the_state(opened: Commands, state: AppState) -> None:
    assert state.model is not None
    assert state.model.source == "toy"
    assert state.architecture is not None
    assert state.plan == PruningPlan.of(state.architecture)
    assert state.environment is not None
    assert state.data is not None
    assert not state.dirty


def test_sample_opens_model_images_and_analysis(commands: Commands, state: AppState, idle: Any, workflow: Any) -> None:
    commands.analyze_sample()
    idle()
    assert workflow.calls == ["open_model", "open_images", "open_images", "analyze"]
    assert state.data is not None
    assert state.test_data is not None
    assert (state.data.digest, state.test_data.digest) == ("sha-sample-calibration", "sha-sample-test")
    assert state.scores is not None
    assert state.dirty, "an analysis is worth saving"


def test_sample_stops_where_it_fails(commands: Commands, state: AppState, idle: Any, workflow: Any) -> None:
    workflow.fail["open_images"] = DatasetEmpty("There are no images.")
    failed = QSignalSpy(commands.failed)
    commands.analyze_sample()
    idle()
    assert failed.count() == 1
    del workflow.fail["open_images"]
    commands.open_images("/pictures")
    idle()
    assert "analyze" not in workflow.calls, "what followed the failed opening is forgotten"


def test_another_model_takes_everything_of_the_old_one_away(
    analysed: Commands, state: AppState, idle: Any, dialogs: Any
) -> None:
    analysed.toggle_site("blocks.0.attn")
    analysed.select_site("blocks.0.attn")
    dialogs.answer = "discard"
    analysed.open_model("other")
    idle()
    assert state.model is not None
    assert state.model.source == "other"
    assert state.scores is None
    assert state.selection is None
    assert state.plan is not None
    assert len(state.plan) == 0
    assert not analysed.undo_stack.canUndo()
    assert not state.dirty


def test_analysis_of_the_old_model_is_dropped(
    opened: Commands, state: AppState, idle: Any, workflow: Any, qtbot: Any
) -> None:
    """The old analysis is stubborn: it ends with a result long after it was cancelled."""
    go = threading.Event()
    real = workflow.analyze

    def stubborn(*args: Any, **kwargs: Any) -> Any:
        go.wait(5)
        return real(*args, **kwargs)

    workflow.analyze = stubborn
    opened.analyze()
    opened.open_model("other")
    go.set()
    idle()
    assert state.model is not None
    assert state.model.source == "other"
    assert state.scores is None


def test_images_are_prepared_for_the_next_model(opened: Commands, state: AppState, idle: Any, workflow: Any) -> None:
    opened.open_model("other")
    idle()
    assert workflow.calls[-1] == "open_images"
    assert state.data is not None
    assert state.data.source == "/pictures"
    opened.open_test_images("/labelled")
    idle()
    opened.open_model("third")
    idle()
    assert state.test_data is not None
    assert state.test_data.source == "/labelled"


def test_other_images_make_the_scores_void(analysed: Commands, state: AppState, idle: Any) -> None:
    analysed.open_images("/others")
    idle()
    assert state.scores is None


def test_first_images_are_for_everything(opened: Commands, state: AppState, idle: Any) -> None:
    opened.evaluate()
    idle()
    assert state.evaluations[0].data.source == "/pictures"
    opened.open_images("/others")
    idle()
    assert state.images_to_evaluate is state.data


def test_other_images_to_evaluate_leave_the_scores_alone(
    analysed: Commands, state: AppState, idle: Any, workflow: Any, tmp_path: Path
) -> None:
    scores = state.scores
    analysed.open_test_images("/labelled")
    idle()
    assert state.scores is scores
    analysed.evaluate()
    idle()
    assert state.evaluations[0].data.source == "/labelled"
    assert state.data is not None
    assert state.data.source == "/pictures"
    path = tmp_path / "a.vitprune.h5"
    analysed.save_session(path)
    idle()
    saved = workflow.saved[path]
    assert (saved.data.source, saved.evaluations[0].data.source) == ("/pictures", "/labelled")
    analysed.open_session(path)
    idle()
    assert state.test_data is not None
    assert state.test_data.source == "/labelled", "an opened session goes on where it was left"


def test_evaluation_of_earlier_images_does_not_bring_them_back(
    opened: Commands, state: AppState, idle: Any, workflow: Any
) -> None:
    workflow.gates["evaluate"] = threading.Event()
    opened.evaluate()
    opened.open_test_images("/labelled")
    workflow.gates["evaluate"].set()
    idle()
    assert state.evaluations[0].data.source == "/pictures"
    assert state.test_data is not None
    assert state.test_data.source == "/labelled"


@pytest.mark.parametrize(
    ("purpose", "data", "test_data"),
    [("analyze", "/others", None), ("evaluate", "/pictures", "/others"), (None, "/pictures", None)],
)
def test_later_folder_is_asked_about(
    opened: Commands,
    state: AppState,
    idle: Any,
    dialogs: Any,
    monkeypatch: Any,
    purpose: Any,
    data: str,
    test_data: Any,
) -> None:
    monkeypatch.setattr(Opening, "of", lambda _: Opening.IMAGES)
    dialogs.purpose_ = purpose
    opened.open_anything("/others")
    idle()
    assert dialogs.asked == ["purpose others"]
    assert state.data is not None
    assert state.data.source == data
    assert (state.test_data.source if state.test_data else None) == test_data


def test_images_without_a_model_are_refused_with_a_reason(commands: Commands, workflow: Any) -> None:
    notices = QSignalSpy(commands.notified)
    commands.open_images("/pictures")
    assert "model" in notices.at(0)[0]
    assert workflow.calls == []


def test_repeated_analysis_is_not_computed_again(analysed: Commands, idle: Any, workflow: Any) -> None:
    analysed.analyze()
    idle()
    assert workflow.calls.count("analyze") == 1


def test_evaluations_are_kept_side_by_side(analysed: Commands, state: AppState, idle: Any) -> None:
    analysed.toggle_site("blocks.1.mlp")
    analysed.evaluate()
    idle()
    assert [len(e.plan) for e in state.evaluations] == [0, 1]
    analysed.toggle_site("blocks.1.attn")
    analysed.evaluate()
    idle()
    assert sorted(len(e.plan) for e in state.evaluations) == [0, 1, 2], "the dense one is not there twice"


def test_undo_and_redo_walk_through_the_plans(opened: Commands, state: AppState) -> None:
    seen = [state.plan]
    opened.toggle_site("blocks.0.attn")
    seen.append(state.plan)
    opened.remove_sites(["blocks.1.mlp", "blocks.2"])
    seen.append(state.plan)
    opened.restore_sites(["blocks.0.attn"])
    seen.append(state.plan)
    assert [opened.undo_stack.text(i) for i in range(3)] == [
        "Remove blocks.0.attn",
        tr("Remove %n site(s)", "", 2),
        "Restore blocks.0.attn",
    ]
    for plan in reversed(seen[:-1]):
        opened.undo()
        assert state.plan == plan
    opened.undo()
    assert state.plan == seen[0], "there is nothing before the beginning"
    for plan in seen[1:]:
        opened.redo()
        assert state.plan == plan


def test_toggling_back_says_restore(opened: Commands, state: AppState) -> None:
    opened.toggle_site("blocks.0")
    opened.toggle_site("blocks.0.mlp")
    assert opened.undo_stack.undoText() == "Restore blocks.0.mlp"
    assert state.plan is not None
    assert state.plan.sites == {"blocks.0.attn"}


def test_impossible_edit_is_a_notice_and_changes_nothing(opened: Commands, state: AppState) -> None:
    before = state.plan
    notices = QSignalSpy(opened.notified)
    opened.remove_sites([f"blocks.{i}" for i in range(3)])
    assert state.plan == before
    assert opened.undo_stack.count() == 0
    assert "no block" in notices.at(0)[0]


def test_edit_that_changes_nothing_is_no_step(opened: Commands) -> None:
    opened.restore_sites(["blocks.0"])
    opened.clear_plan()
    assert opened.undo_stack.count() == 0


def test_a_method_chooses_in_place_of_the_plan(analysed: Commands, state: AppState, idle: Any) -> None:
    analysed.toggle_site("blocks.0.mlp")
    analysed.set_repair("linear", "branch")
    analysed.choose_sites("cosine", "attention", "remove", 2)
    idle()
    assert state.plan is not None
    assert dict(state.plan.actions) == {"blocks.2.attn": "linear", "blocks.1.attn": "linear"}, "scores rise with depth"
    assert state.plan.target == "branch"
    analysed.undo()
    assert dict(state.plan.actions) == {"blocks.0.mlp": "linear"}
    failed = QSignalSpy(analysed.failed)
    analysed.choose_sites("cosine", "attention", "remove", 99)
    idle()
    assert "99" in str(failed.at(0)[0])
    assert dict(state.plan.actions) == {"blocks.0.mlp": "linear"}


def test_a_share_of_the_cost_counts_the_repairs(analysed: Commands, state: AppState, idle: Any) -> None:
    assert state.architecture is not None
    found = []
    for repair in ("none", "linear"):
        analysed.clear_plan()
        analysed.set_repair(repair)
        analysed.choose_sites("depth", "attention", "macs", 0.80)
        idle()
        assert state.plan is not None
        assert state.plan.summary(state.architecture).macs <= 0.80 * state.architecture.macs
        found.append(len(state.plan))
    assert found == [2, 3]


def test_a_share_of_the_latency_goes_by_times_that_are_taken_once(
    analysed: Commands, state: AppState, idle: Any, workflow: Any
) -> None:
    for share, gone in ((0.8, 2), (0.7, 3)):
        analysed.choose_sites("depth", "attention", "latency", share)
        idle()
        assert state.plan is not None
        assert len(state.plan) == gone
    assert workflow.calls.count("site_latencies") == 1


def test_what_is_ranked_goes_by_the_tokens_that_are_shown(analysed: Commands, state: AppState, idle: Any) -> None:
    assert state.scores is not None
    turned = {site: Score(-score.per_image) for site, score in state.scores["cosine"].items()}
    state.scores = Scores(2, {**state.scores.tables, "cosine@cls": turned})
    for metric, site in (("cosine@cls", "blocks.0.attn"), ("cosine", "blocks.2.attn")):
        analysed.set_metric(metric)
        analysed.choose_sites("cosine", "attention", "remove", 1)
        idle()
        assert state.plan is not None
        assert state.plan.sites == {site}


def test_a_choice_for_another_model_is_dropped(
    analysed: Commands, state: AppState, idle: Any, workflow: Any, dialogs: Any
) -> None:
    workflow.gates["open_model"] = threading.Event()
    dialogs.answer = "discard"
    analysed.open_model("other")
    analysed.choose_sites("cosine", "attention", "remove", 2)
    workflow.gates["open_model"].set()
    idle()
    assert state.plan is not None
    assert not state.plan


def test_tokens_that_a_session_lacks_are_not_kept(
    analysed: Commands, state: AppState, idle: Any, tmp_path: Path
) -> None:
    analysed.save_session(tmp_path / "a.vitprune.h5")
    idle()
    analysed.set_metric("cosine@cls")
    analysed.open_session(tmp_path / "a.vitprune.h5")
    idle()
    assert state.metric == "cosine"


def test_a_fixed_site_is_refused_with_its_reason(opened: Commands, state: AppState) -> None:
    assert state.architecture is not None
    sites = tuple(replace(s, fixed="It must stay." if s.id == "blocks.1" else "") for s in state.architecture)
    state.architecture = replace(state.architecture, sites=sites)
    said = QSignalSpy(opened.notified)
    opened.toggle_site("blocks.1")
    assert state.plan is not None
    assert not state.plan.sites
    assert "It must stay." in said.at(0)[0]


def test_unknown_site_is_not_selected(opened: Commands, state: AppState) -> None:
    opened.select_site("blocks.0.attn")
    opened.select_site("blocks.99")
    assert state.selection == "blocks.0.attn"
    opened.select_site(None)
    assert state.selection is None


def test_save_and_open_give_the_session_back(
    analysed: Commands, state: AppState, idle: Any, tmp_path: Path, dialogs: Any, workflow: Any
) -> None:
    analysed.toggle_site("blocks.0.attn")
    plan, scores = state.plan, state.scores
    path = tmp_path / "run.vitprune.h5"
    analysed.save_session(path)
    idle()
    assert not state.dirty
    assert state.session_path == path
    assert workflow.saved[path].plan == plan

    analysed.open_model("other")
    idle()
    assert dialogs.asked == [], "it was saved: nothing to ask"
    analysed.open_session(path)
    idle()
    assert state.plan == plan
    assert state.scores is scores
    assert state.session_path == path
    assert not state.dirty


def test_dirt_comes_and_goes_with_undo(analysed: Commands, state: AppState, idle: Any, tmp_path: Path) -> None:
    analysed.save_session(tmp_path / "a.vitprune.h5")
    idle()
    analysed.toggle_site("blocks.0.attn")
    assert state.dirty
    analysed.undo()
    assert not state.dirty


def test_edit_during_a_save_stays_unsaved(
    analysed: Commands, state: AppState, idle: Any, tmp_path: Path, workflow: Any
) -> None:
    workflow.gates["save"] = threading.Event()
    analysed.save_session(tmp_path / "a.vitprune.h5")
    analysed.toggle_site("blocks.0.attn")
    workflow.gates["save"].set()
    idle()
    assert state.dirty


def test_failed_save_leaves_the_dirt_and_the_name(
    analysed: Commands, state: AppState, idle: Any, tmp_path: Path, workflow: Any
) -> None:
    workflow.fail["save"] = SaveDenied("The folder is read-only.")
    failed = QSignalSpy(analysed.failed)
    analysed.save_session(tmp_path / "a.vitprune.h5")
    idle()
    assert isinstance(failed.at(0)[0], SaveDenied)
    assert state.dirty
    assert state.session_path is None


def test_first_save_asks_for_a_name(analysed: Commands, idle: Any, tmp_path: Path, dialogs: Any, workflow: Any) -> None:
    dialogs.session = str(tmp_path / "mine.vitprune.h5")
    analysed.save_session()
    idle()
    assert dialogs.asked == ["session_to_save toy.vitprune.h5"]
    assert list(workflow.saved) == [tmp_path / "mine.vitprune.h5"]
    analysed.save_session()
    idle()
    assert len(dialogs.asked) == 1


@pytest.mark.parametrize(("answer", "left"), [("cancel", False), ("discard", True)])
def test_unsaved_changes_are_asked_about(
    analysed: Commands, state: AppState, dialogs: Any, answer: Any, left: bool
) -> None:
    done: list[bool] = []
    dialogs.answer = answer
    analysed.when_safe(lambda: done.append(True))
    assert dialogs.asked == ["unsaved"]
    assert bool(done) == left


def test_leaving_waits_for_the_save(analysed: Commands, idle: Any, tmp_path: Path, dialogs: Any, workflow: Any) -> None:
    done: list[int] = []
    dialogs.answer, dialogs.session = "save", str(tmp_path / "a.vitprune.h5")
    analysed.when_safe(lambda: done.append(len(workflow.saved)))
    assert done == []
    idle()
    assert done == [1]


def test_leaving_does_not_happen_when_the_save_fails(
    analysed: Commands, idle: Any, tmp_path: Path, dialogs: Any, workflow: Any
) -> None:
    done: list[bool] = []
    workflow.fail["save"] = SaveDenied("No.")
    dialogs.answer, dialogs.session = "save", str(tmp_path / "a.vitprune.h5")
    analysed.when_safe(lambda: done.append(True))
    idle()
    del workflow.fail["save"]
    analysed.save_session(tmp_path / "b.vitprune.h5")
    idle()
    assert done == [], "a later save has nothing to do with the exit that was given up"


def test_leaving_does_not_happen_without_a_name(analysed: Commands, dialogs: Any, idle: Any, tmp_path: Path) -> None:
    done: list[bool] = []
    dialogs.answer, dialogs.session = "save", None
    analysed.when_safe(lambda: done.append(True))
    analysed.save_session(tmp_path / "b.vitprune.h5")
    idle()
    assert done == []


def test_weights_file_is_asked_about(commands: Commands, state: AppState, idle: Any, dialogs: Any) -> None:
    commands.open_weights("/models/vit.safetensors")
    idle()
    assert state.model is None, "the question was cancelled"
    dialogs.details = ModelDetails("vit_tiny_patch16_224", {"img_size": 112}, ("a", "b"))
    commands.open_weights("/models/vit.safetensors")
    idle()
    assert state.model is not None
    assert (state.model.architecture, state.model.model_args) == ("vit_tiny_patch16_224", {"img_size": 112})


def test_export_writes_into_the_chosen_folder(analysed: Commands, idle: Any, dialogs: Any, tmp_path: Path) -> None:
    notices = QSignalSpy(analysed.notified)
    dialogs.folder = str(tmp_path / "pruned")
    analysed.export_folder()
    idle()
    assert (tmp_path / "pruned").is_dir()
    assert str(tmp_path / "pruned") in notices.at(notices.count() - 1)[0]


def test_what_was_opened_is_remembered(opened: Commands, settings: Settings) -> None:
    assert settings.recent == ("/pictures", "toy")


def test_cancel_leaves_everything_as_it_was(opened: Commands, state: AppState, idle: Any, workflow: Any) -> None:
    workflow.gates["analyze"] = threading.Event()
    opened.analyze()
    opened.cancel_jobs()
    idle()
    assert state.scores is None
    assert not state.dirty
    assert state.jobs[0].state == "cancelled"


def test_what_a_path_is(tmp_path: Path) -> None:
    (tmp_path / "exported").mkdir()
    (tmp_path / "exported" / "recipe.json").write_text("{}")
    (tmp_path / "note.txt").write_text("")
    assert Opening.of(str(tmp_path)) is Opening.IMAGES
    assert Opening.of(str(tmp_path / "exported")) is Opening.MODEL_FOLDER
    assert Opening.of(str(tmp_path / "a.vitprune.h5")) is Opening.SESSION
    assert Opening.of(str(tmp_path / "a.safetensors")) is Opening.MODEL_FILE
    assert Opening.of(str(tmp_path / "note.txt")) is Opening.NOTHING
    assert Opening.of(str(tmp_path / "moved away")) is Opening.GONE
    assert Opening.of("vit_base_patch16_224.augreg_in21k_ft_in1k") is Opening.NAME


def test_a_repair_is_of_the_whole_plan_and_of_what_goes_next_and_undo_brings_the_former_back(
    analysed: Commands, state: AppState
) -> None:
    analysed.toggle_site("blocks.0.attn")
    analysed.set_repair("linear", "branch")
    assert state.plan is not None
    assert dict(state.plan.actions) == {"blocks.0.attn": "linear"}
    analysed.toggle_site("blocks.1.mlp")
    assert dict(state.plan.actions) == {"blocks.0.attn": "linear", "blocks.1.mlp": "linear"}
    assert state.plan.target == "branch"
    analysed.repair_sites(["blocks.1.mlp"], "mean")
    assert dict(state.plan.actions) == {"blocks.0.attn": "linear", "blocks.1.mlp": "mean"}
    for _ in range(3):
        analysed.undo()
    assert dict(state.plan.actions) == {"blocks.0.attn": "remove"}
    analysed.remove_sites(["blocks.2.attn"])
    assert dict(state.plan.actions) == {"blocks.0.attn": "remove", "blocks.2.attn": "remove"}, "as the rest of the plan"


def test_what_cannot_be_repaired_is_removed_without(analysed: Commands, state: AppState) -> None:
    analysed.set_repair("linear")
    analysed.remove_sites(["blocks.0", "blocks.1.mlp"])
    assert state.plan is not None
    assert dict(state.plan.actions) == {"blocks.0": "remove", "blocks.1.mlp": "linear"}
    assert state.repair == ("linear", "stream")


def test_repairs_are_fitted_to_the_images_to_analyse(
    analysed: Commands, state: AppState, idle: Any, workflow: Any, tmp_path: Path, dialogs: Any
) -> None:
    analysed.open_test_images("/labelled")
    idle()
    analysed.toggle_site("blocks.0.attn")
    analysed.evaluate()
    idle()
    assert workflow.fitted_to is None, "nothing is to be fitted"
    analysed.set_repair("linear")
    analysed.evaluate()
    idle()
    assert workflow.fitted_to == state.data
    assert state.evaluations[-1].data == state.test_data
    analysed.export_folder(tmp_path / "out")
    idle()
    assert workflow.fitted_to == state.data
    calls = len(workflow.calls)
    state.data = None
    notices = QSignalSpy(analysed.notified)
    analysed.evaluate()
    analysed.export_folder(tmp_path / "more")
    analysed.export_rewritten(())
    idle()
    assert len(workflow.calls) == calls
    assert notices.count() == 3
    assert "open images to analyse" in notices.at(0)[0]


def test_what_is_measured_is_compared_with_the_dense_model(
    analysed: Commands, state: AppState, idle: Any, workflow: Any
) -> None:
    real = workflow.evaluate

    def measured(*args: Any, **kwargs: Any) -> Any:
        hits = (np.array([1.0, 1.0]), np.array([0.0, 1.0]))
        return tuple(replace(e, per_image={"top1": h}) for e, h in zip(real(*args, **kwargs), hits, strict=False))

    workflow.evaluate = measured
    analysed.evaluate()
    idle()
    assert state.comparison is None, "there is nothing but the dense model"
    analysed.toggle_site("blocks.0.attn")
    analysed.evaluate()
    idle()
    assert state.comparison is not None
    assert state.comparison.main.difference.value == -0.5
    analysed.toggle_site("blocks.1.attn")
    assert state.comparison is None
    analysed.undo()
    idle()
    assert state.comparison is not None


FORM = StudyForm(None, (1, 2), ("none", "linear"), "sublayer", "stream", False)


def test_a_study_is_shown_while_it_runs_stopped_and_gone_on_with(
    analysed: Commands, state: AppState, idle: Any, study: Any, dialogs: Any, tmp_path: Path, qtbot: Any
) -> None:
    notices = QSignalSpy(analysed.notified)
    analysed.start_study(FORM)
    assert notices.count() == 1, "there are no other images"
    analysed.open_test_images("/labelled")
    idle()
    analysed.start_study(FORM)
    assert "session_to_save toy-study.vitprune.h5" in dialogs.asked
    assert not study.asked, "nobody said where"
    dialogs.session = str(tmp_path / "s.vitprune.h5")
    state.protected = frozenset({"blocks.1.mlp", "blocks.0.attn"})
    study.stop_after = 1
    analysed.start_study(FORM)
    qtbot.waitUntil(lambda: len(state.trials) == 1)
    analysed.cancel_jobs()
    idle()
    assert len(state.trials) == 1, "what was found stays"
    assert state.findings is None
    assert analysed.study_stopped
    study.stop_after = None
    analysed.resume_study()
    idle()
    assert study.asked[0] == study.asked[1], "with what it was asked for"
    assert dict(study.asked[0][1:])["protect"] == ("blocks.0.attn", "blocks.1.mlp")
    assert [trial.method for trial in state.trials] == ["cosine", "depth"]
    assert state.findings == "figures of 2"
    assert not analysed.study_stopped
    assert state.dirty
    dialogs.report = str(tmp_path / "report.html")
    analysed.write_report()
    idle()
    assert "<h1>figures of 2</h1>" in (tmp_path / "report.html").read_text()
    dialogs.report = str(tmp_path / "report.md")
    analysed.write_report()
    idle()
    assert (tmp_path / "report.md").read_text() == "# figures of 2\n"
    dialogs.report = str(tmp_path / "none" / "report.md")
    failed = QSignalSpy(analysed.failed)
    analysed.write_report()
    idle()
    assert "could not be saved" in str(failed.at(0)[0])


def test_a_study_of_the_old_model_is_dropped(
    analysed: Commands, state: AppState, idle: Any, study: Any, dialogs: Any, tmp_path: Path, qtbot: Any
) -> None:
    analysed.open_test_images("/labelled")
    idle()
    dialogs.session, dialogs.answer = str(tmp_path / "s.vitprune.h5"), "discard"
    study.stop_after = 1
    analysed.start_study(FORM)
    qtbot.waitUntil(lambda: len(state.trials) == 1)
    analysed.open_model("other")
    idle()
    assert state.trials == ()
    assert not analysed.study_stopped


def test_a_search_is_stopped_at_once_keeps_its_steps_and_goes_on(
    analysed: Commands, state: AppState, idle: Any, search: Any, qtbot: Any
) -> None:
    analysed.set_repair("linear", "branch")
    search.stop_at = 3
    analysed.start_search(SearchForm(3, "attention", width=2))
    qtbot.waitUntil(
        lambda: state.search is not None and state.search.partial is not None and len(state.search.steps) == 2
    )
    assert state.search is not None
    assert state.search.partial is not None
    assert state.search.partial.step == 3
    analysed.cancel_jobs()
    qtbot.waitUntil(lambda: not any(job.pending for job in state.jobs), timeout=1000)
    assert len(state.search.steps) == 2
    assert state.search.partial is None
    assert len(state.searches) == 1
    assert dict(state.searches[0].plan.actions) == {"blocks.0.attn": "linear", "blocks.1.attn": "linear"}
    search.stop_at = None
    analysed.resume_search(2)
    assert len(search.asked) == 1, "so many are found already"
    analysed.resume_search(3)
    idle()
    assert search.asked[1]["known"] == 2
    assert {k: v for k, v in search.asked[0].items() if k != "known"} == {
        k: v for k, v in search.asked[1].items() if k != "known"
    }
    assert search.asked[0]["width"] == 2
    assert search.asked[0]["fit"] == ["fit"]
    assert len(state.search.steps) == 3
    assert len(state.searches) == 1
    assert not state.plan, "a search is no plan until it is taken over"
    analysed.use_search(2)
    assert state.plan is not None
    assert dict(state.plan.actions) == {"blocks.0.attn": "linear", "blocks.1.attn": "linear"}
    assert state.plan.target == "branch"
    analysed.undo()
    assert not state.plan


def test_the_method_that_searches_is_shown_and_taken_over(
    analysed: Commands, state: AppState, idle: Any, search: Any
) -> None:
    tabs = QSignalSpy(analysed.tab_wanted)
    analysed.choose_sites("greedy", "attention", "remove", 2)
    idle()
    assert tabs.at(0)[0] == "search"
    assert search.asked[0]["fit"] == [], "nothing is to be fitted"
    assert state.plan is not None
    assert dict(state.plan.actions) == {"blocks.0.attn": "remove", "blocks.1.attn": "remove"}


def test_searches_are_kept_in_the_session(
    analysed: Commands, state: AppState, idle: Any, search: Any, tmp_path: Path, dialogs: Any
) -> None:
    analysed.start_search(SearchForm(2, "attention"))
    idle()
    assert state.dirty
    analysed.save_session(tmp_path / "s.vitprune.h5")
    idle()
    dialogs.answer = "discard"
    analysed.open_model("other")
    idle()
    assert state.search is None
    assert state.searches == ()
    analysed.open_session(tmp_path / "s.vitprune.h5")
    idle()
    assert len(state.searches) == 1
    assert state.search is not None
    assert len(state.search.steps) == 2


def test_the_cheapest_repairs_are_tried_on_images(analysed: Commands, state: AppState, idle: Any, search: Any) -> None:
    analysed.remove_sites(["blocks.0.attn", "blocks.1.mlp"])
    analysed.set_repair("auto")
    idle()
    assert state.plan is not None
    assert dict(state.plan.actions) == {"blocks.0.attn": "mean", "blocks.1.mlp": "linear"}
    chosen = {rung.site: rung.cost.action for rung in state.rungs[state.plan.key] if rung.chosen}
    assert chosen == dict(state.plan.actions), "what was tried is known of the plan that came of it"
    assert state.repair[0] == "auto"
    analysed.remove_sites(["blocks.2.attn"])
    assert state.plan.action("blocks.2.attn") == "linear", "the best, before the cheapest is known"
    analysed.undo()
    analysed.undo()
    assert dict(state.plan.actions) == {"blocks.0.attn": "remove", "blocks.1.mlp": "remove"}
    state.data = None
    notices = QSignalSpy(analysed.notified)
    analysed.set_repair("auto")
    assert notices.count() == 1


def test_choices_of_what_is_shown_are_undone_too(analysed: Commands, state: AppState) -> None:
    analysed.set_metric("angular")
    analysed.toggle_site("blocks.1.mlp")
    analysed.set_repair("linear", "branch")
    assert [analysed.undo_stack.text(i) for i in range(3)] == [
        "Colour by Angular distance", "Remove blocks.1.mlp", "Repair with Linear"
    ]  # fmt: skip
    assert state.plan is not None
    assert dict(state.plan.actions) == {"blocks.1.mlp": "linear"}
    analysed.undo()
    assert dict(state.plan.actions) == {"blocks.1.mlp": "remove"}
    assert state.repair == ("none", "stream")
    analysed.redo()
    assert dict(state.plan.actions) == {"blocks.1.mlp": "linear"}
    assert state.repair == ("linear", "branch")
    for _ in range(3):
        analysed.undo()
    assert (state.metric, len(state.plan), state.repair) == ("cosine", 0, ("none", "stream"))
    analysed.select_site("blocks.0")
    assert analysed.undo_stack.index() == 0, "a selection is no step"


def test_choices_in_quick_succession_are_one_step(
    analysed: Commands, state: AppState, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("vitprune_gui.changes.time", SimpleNamespace(monotonic=lambda: now[0]))
    for metric in ("damage", "norm_ratio", "angular"):
        now[0] += 0.5
        analysed.set_metric(metric)
    assert analysed.undo_stack.count() == 1
    now[0] += 5
    analysed.set_metric("damage")
    assert analysed.undo_stack.count() == 2
    analysed.set_metric("angular")
    assert analysed.undo_stack.count() == 1, "there and back again is nothing"
    analysed.undo()
    assert state.metric == "cosine"
    analysed.set_repair("linear")
    analysed.set_metric("damage")
    assert analysed.undo_stack.count() == 2, "of one kind only"


def test_undo_brings_back_what_would_go_next(analysed: Commands, state: AppState) -> None:
    """A plan that is put in place of another changes the repair of what goes next; undo must not leave that behind."""
    assert state.architecture is not None
    analysed.set_repair("mean")
    linear = PruningPlan.of(state.architecture, {"blocks.0.mlp": "linear"}, "branch")
    analysed.use_plan(linear, "Load it")
    assert state.repair == ("linear", "branch")
    analysed.undo()
    assert state.repair == ("mean", "stream")
    analysed.redo()
    assert state.repair == ("linear", "branch")
