"""The verbs of the plan: what they change is one step to undo, and nothing that is protected ever goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.gui import synthetic
from tests.gui.conftest import FakeDialogs, FakeWorkflow, toy_architecture
from vitprune import sessions
from vitprune.architecture import Architecture
from vitprune.plan import GRANULARITIES, PruningPlan, held
from vitprune.selection import candidates
from vitprune_gui.commands import Commands
from vitprune_gui.opening import Opening
from vitprune_gui.planning import free, in_blocks, inverted, most_redundant
from vitprune_gui.state import AppState


@pytest.fixture
def told(commands: Commands) -> list[str]:
    heard: list[str] = []
    commands.notified.connect(heard.append)
    return heard


@pytest.fixture
def opened(state: AppState, commands: Commands) -> AppState:
    state.model = synthetic.model_reference(synthetic.architecture())
    state.architecture = toy_architecture(depth=4)
    state.plan = PruningPlan.of(state.architecture)
    return state


def settled(commands: Commands) -> None:
    while not commands._runner.idle:
        QApplication.processEvents()
    QApplication.processEvents()


def check_one_step(state: AppState, commands: Commands, change: Callable[[], None]) -> None:
    """Undo and redo of one edit are the values before and after it."""
    fields = ("plan", "protected", "kept_plans")
    before = [getattr(state, name) for name in fields]
    count = commands.undo_stack.count()
    change()
    assert commands.undo_stack.count() == count + 1
    after = [getattr(state, name) for name in fields]
    assert after != before
    commands.undo()
    assert [getattr(state, name) for name in fields] == before
    commands.redo()
    assert [getattr(state, name) for name in fields] == after


@pytest.mark.parametrize("protected", [("blocks.1.attn",), ("blocks.2",), ("blocks.0.mlp", "blocks.2"), ()])
def test_what_is_held_is_protected_in_it_or_around_it(protected: tuple[str, ...]) -> None:
    model = synthetic.architecture(4)
    lineage = [(site.id, f"{site.id}.") for site in model]  # ids say what lies in what
    stay = {
        site
        for site, inside in lineage
        for kept in protected
        if site == kept or kept.startswith(inside) or site.startswith(f"{kept}.")
    }
    assert held(model, protected) == stay
    for granularity, kinds in GRANULARITIES.items():
        able = tuple(site.id for site in model.of_kind(*kinds) if site.id not in stay)
        assert candidates(model, granularity, protected) == able
        assert tuple(site.id for site in free(model, PruningPlan.of(model), protected, granularity)) == able


def test_the_most_redundant_are_those_that_the_engine_would_choose() -> None:
    from vitprune.selection import Budget, select

    model = synthetic.architecture()
    scores = synthetic.scores(model)
    sites = free(model, PruningPlan.of(model), ("blocks.7.attn",), "attention")
    ours = most_redundant(scores["cosine"], "high", sites, 4)
    plan = select(
        scores, model, Budget(remove=4), method="cosine", granularity="attention", tokens="all",
        protect=("blocks.7.attn",),
    )  # fmt: skip
    assert {site.id for site in ours} == plan.sites
    assert [scores["cosine"][s.id].mean for s in ours] == sorted(
        (scores["cosine"][s.id].mean for s in ours), reverse=True
    )
    low = most_redundant(scores["norm_ratio"], "low", sites, 1)[0]
    assert scores["norm_ratio"][low.id].mean == min(scores["norm_ratio"][site.id].mean for site in sites)


def test_a_range_of_blocks_has_both_ends(architecture: Architecture) -> None:
    assert [s.id for s in in_blocks(architecture, 1, 2, "attention")] == ["blocks.1.attn", "blocks.2.attn"]
    assert [s.id for s in in_blocks(architecture, 2, 2, "block")] == ["blocks.2"]
    assert len(in_blocks(architecture, 0, 2, "sublayer")) == 6


def test_inverting_twice_is_the_plan_without_its_repairs(opened: AppState, commands: Commands) -> None:
    model = opened.architecture
    assert model is not None
    commands.remove_sites(["blocks.0.attn", "blocks.2"])
    first = opened.plan
    check_one_step(opened, commands, commands.planning.invert)
    assert opened.plan is not None
    assert first is not None
    branches = {site.id for site in model.sublayers}
    gone = {site.id for site in first.removed_branches(model)}
    assert {site.id for site in opened.plan.removed_branches(model)} == branches - gone
    commands.planning.invert()
    assert {site.id for site in opened.plan.removed_branches(model)} == gone
    assert not set(inverted(model, opened.plan, ["blocks.1"])) & {"blocks.1.attn", "blocks.1.mlp"}


def test_nothing_removes_what_is_protected(opened: AppState, commands: Commands, told: list[str]) -> None:
    model = opened.architecture
    assert model is not None
    commands.remove_sites(["blocks.1", "blocks.3.mlp"])
    check_one_step(opened, commands, lambda: commands.planning.protect(["blocks.1.attn"]))
    assert opened.plan is not None
    assert opened.plan.sites == {"blocks.1.mlp", "blocks.3.mlp"}, "its block is taken apart, and the rest stays gone"
    for edit in (
        lambda: commands.remove_sites(["blocks.1.attn"]),
        lambda: commands.remove_sites(["blocks.1"]),
        lambda: commands.toggle_site("blocks.1.attn"),
        lambda: commands.use_plan(PruningPlan.of(model, {"blocks.1": "remove"}), "Another"),
        lambda: commands.planning.invert(),
    ):
        told.clear()
        edit()
        assert not opened.plan.removes(model, "blocks.1.attn")
    commands.undo_stack.undo()  # of the inversion
    told.clear()
    commands.remove_sites(["blocks.0.attn", "blocks.1.attn"])
    assert "blocks.0.attn" in opened.plan
    assert told == ["blocks.1.attn is protected and stays."]
    check_one_step(opened, commands, lambda: commands.planning.release(["blocks.1.attn"]))
    commands.remove_sites(["blocks.1.attn"])
    assert opened.plan.removes(model, "blocks.1")


def test_a_method_is_told_what_is_protected(
    opened: AppState, commands: Commands, workflow: FakeWorkflow, qtbot: Any
) -> None:
    model = opened.architecture
    assert model is not None
    opened.scores = synthetic.scores(model)
    best = most_redundant(opened.scores["cosine"], "high", model.sublayers, 1)[0].id
    commands.planning.protect([best])
    commands.choose_sites("cosine", "sublayer", "remove", 3)
    settled(commands)
    assert opened.plan is not None
    assert len(opened.plan) == 3
    assert best not in opened.plan


def test_the_selection_is_pruned_repaired_and_kept(opened: AppState, commands: Commands, told: list[str]) -> None:
    planning = commands.planning
    planning.choose(["blocks.2.mlp", "blocks.0.attn", "nowhere"])
    assert opened.chosen == ("blocks.0.attn", "blocks.2.mlp")
    check_one_step(opened, commands, planning.toggle_chosen)
    assert opened.plan is not None
    assert opened.plan.sites == {"blocks.0.attn", "blocks.2.mlp"}
    seen = []
    for _ in range(5):
        check_one_step(opened, commands, planning.cycle_repair)
        seen.append({str(action) for _, action in opened.plan.actions})
    assert seen == [{"mean"}, {"diagonal"}, {"low-rank"}, {"linear"}, {"remove"}], "no site here can be folded"
    check_one_step(opened, commands, lambda: planning.repair_chosen("linear"))
    check_one_step(opened, commands, planning.toggle_chosen)
    assert not opened.plan.sites
    planning.cycle_repair()
    assert told[-1].startswith("Select a pruned site first")
    check_one_step(opened, commands, planning.toggle_protection)
    assert opened.protected == {"blocks.0.attn", "blocks.2.mlp"}
    planning.prune_chosen()
    assert not opened.plan.sites
    check_one_step(opened, commands, planning.toggle_protection)
    assert not opened.protected


def test_plans_are_put_aside_and_come_back(opened: AppState, commands: Commands) -> None:
    planning = commands.planning
    commands.remove_sites(["blocks.0.attn"])
    first = opened.plan
    check_one_step(opened, commands, planning.keep_plan)
    commands.remove_sites(["blocks.1.mlp"])
    planning.keep_plan("careful")
    planning.keep_plan("careful")
    assert [kept.name for kept in opened.kept_plans] == ["Plan 1", "careful", "careful (2)"]
    check_one_step(opened, commands, lambda: planning.use_kept(opened.kept_plans[0]))
    assert opened.plan == first
    check_one_step(opened, commands, lambda: planning.rename_kept(opened.kept_plans[1], "bold"))
    check_one_step(opened, commands, lambda: planning.forget_kept(opened.kept_plans[2]))
    assert [kept.name for kept in opened.kept_plans] == ["Plan 1", "bold"]
    planning.rename_kept(opened.kept_plans[1], "Plan 1")
    assert [kept.name for kept in opened.kept_plans] == ["Plan 1", "bold"]


def test_a_plan_file_is_that_of_the_command_line(
    opened: AppState, commands: Commands, dialogs: FakeDialogs, told: list[str], tmp_path: Path
) -> None:
    assert opened.architecture is not None
    opened.data = synthetic.data()
    commands.remove_sites(["blocks.0.attn"])
    commands.planning.choose(["blocks.0.attn"])
    commands.planning.repair_chosen("linear")
    wanted = opened.plan
    dialogs.plan = str(tmp_path / "mine.json")
    commands.planning.ask_plan_to_save()
    settled(commands)
    path = tmp_path / "mine.json"
    data = json.loads(path.read_text("utf-8"))
    assert PruningPlan.from_json(data, opened.architecture) == wanted
    assert data["made"]["calibration"]["digest"] == opened.data.digest
    commands.clear_plan()
    assert Opening.of(str(path)) is Opening.PLAN
    commands.open_anything(str(path))
    settled(commands)
    assert opened.plan == wanted
    assert commands.undo_stack.undoText() == "Open plan mine.json"


def test_reading_a_plan_drops_none_that_is_being_saved(opened: AppState, commands: Commands, tmp_path: Path) -> None:
    commands.planning.save_plan(tmp_path / "first.json")
    settled(commands)
    commands.remove_sites(["blocks.0.attn"])
    commands.planning.open_plan(tmp_path / "first.json")
    commands.planning.save_plan(tmp_path / "second.json")
    commands.planning.open_plan(tmp_path / "first.json")
    settled(commands)
    assert json.loads((tmp_path / "second.json").read_text("utf-8"))["sites"] == {"blocks.0.attn": "remove"}
    assert not opened.plan


def test_a_plan_that_was_read_for_another_model_is_not_used(
    opened: AppState, commands: Commands, tmp_path: Path
) -> None:
    commands.remove_sites(["blocks.0.attn"])
    commands.planning.save_plan(tmp_path / "mine.json")
    settled(commands)
    commands.planning.open_plan(tmp_path / "mine.json")
    opened.architecture = toy_architecture("another", depth=2)
    opened.plan = PruningPlan.of(opened.architecture)
    settled(commands)
    assert not opened.plan


@pytest.mark.parametrize("content", ["", "[]", '{"format": "vitprune-plan"}', "\ud800".encode("utf-8", "replace")])
def test_what_is_no_plan_changes_nothing(
    opened: AppState, commands: Commands, tmp_path: Path, content: str | bytes
) -> None:
    heard: list[Any] = []
    commands.failed.connect(heard.append)
    path = tmp_path / "other.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = opened.plan
    commands.open_anything(str(path))
    settled(commands)
    assert opened.plan == before
    assert [error.code for error in heard] == ["PLAN_INVALID"]


def test_the_session_keeps_protection_and_kept_plans(
    opened: AppState, commands: Commands, workflow: FakeWorkflow, tmp_path: Path
) -> None:
    from tests.gui.conftest import ENVIRONMENT

    opened.environment = ENVIRONMENT
    commands.keeping.begin()
    assert not opened.dirty
    commands.planning.protect(["blocks.1.attn"])
    assert opened.dirty
    commands.undo()
    assert not opened.dirty
    commands.redo()
    commands.planning.keep_plan("first")
    session = commands.keeping.session()
    assert session is not None
    sessions.save(session, tmp_path / "a.vitprune.h5")
    read = sessions.load(tmp_path / "a.vitprune.h5")
    assert read.protected == {"blocks.1.attn"}
    assert read.kept_plans == opened.kept_plans
