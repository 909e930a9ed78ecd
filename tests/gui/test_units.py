"""Plans that take heads and neurons from branches that stay: shown, edited, undone and passed on without loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.gui import synthetic
from tests.gui.synthetic import RecordingCommands
from vitprune.architecture import Kind
from vitprune.jobs import Compute
from vitprune.plan import GRANULARITIES, PruningPlan
from vitprune.results import KeptPlan
from vitprune_gui import recipes
from vitprune_gui.editing import Editing
from vitprune_gui.planning import Planning
from vitprune_gui.runner import JobRunner
from vitprune_gui.state import AppState
from vitprune_gui.views.architecture import ArchitectureView
from vitprune_gui.views.formatting import plan_name
from vitprune_gui.views.inspector import Inspector
from vitprune_gui.views.plan_comparison import PlanComparison
from vitprune_gui.views.plan_dialogs import MostRedundantDialog, RangeDialog
from vitprune_gui.views.plan_panel import PlanPanel
from vitprune_gui.views.plan_parts import RemovedRow
from vitprune_gui.views.units_field import UnitsField

UNITS = {"blocks.1.attn": (0, 2, 5), "blocks.2.mlp": tuple(range(400, 812))}


@pytest.fixture
def app(qapp: Any) -> tuple[AppState, RecordingCommands]:
    """The synthetic model, in whose branches heads and neurons can go."""
    state, commands = synthetic.analysed()
    assert state.architecture is not None
    sites = tuple(
        replace(site, units=6 if site.kind is Kind.ATTENTION else 1536, unit_params=site.params // 2000, unit_macs=900)
        if site.kind in (Kind.ATTENTION, Kind.MLP)
        else site
        for site in state.architecture.sites
    )
    state.architecture = replace(state.architecture, sites=sites)
    state.plan = PruningPlan.of(state.architecture, {"blocks.0.mlp": "remove"}, units=UNITS)
    return state, commands


def shown(qtbot: Any, view: Any) -> Any:
    qtbot.addWidget(view)
    view.resize(380, 900)
    view.show()
    qtbot.waitExposed(view)
    return view


def texts(view: Any) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def test_the_plan_panel_counts_units(qtbot: Any, app: Any) -> None:
    state, commands = app
    panel = shown(qtbot, PlanPanel(state, commands))
    assert "3 heads and 412 neurons gone" in texts(panel)
    assert panel.clear.isEnabled()
    state.plan = PruningPlan.of(state.architecture, units={"blocks.1.attn": [4]})
    assert "1 head" in texts(panel)
    assert "Speed-up: at most" in panel.bound.text()
    state.plan = PruningPlan.of(state.architecture)
    assert "gone" not in texts(panel)
    assert not panel.clear.isEnabled()


def test_a_search_over_both_is_offered_for_a_share(qtbot: Any, app: Any) -> None:
    state, commands = app
    panel = shown(qtbot, PlanPanel(state, commands))
    panel.method.setCurrentIndex(panel.method.findData("greedy"))
    panel.granularity.setCurrentIndex(panel.granularity.findData("mixed"))
    panel.unit.setCurrentIndex(panel.unit.findData("remove"))
    assert not panel.prune.isEnabled()
    panel.unit.setCurrentIndex(panel.unit.findData("macs"))
    assert panel.prune.isEnabled()
    panel.prune.click()
    assert commands.calls[-1][1:3] == ("greedy", "mixed")


def test_the_inspector_and_the_tree_show_what_goes(qtbot: Any, app: Any) -> None:
    state, commands = app
    inspector = shown(qtbot, Inspector(state, commands))
    state.selection = "blocks.1.attn"
    assert "3 of 6 heads gone" in texts(inspector)
    state.selection = "blocks.2.mlp"
    assert "412 of 1,536 neurons gone" in texts(inspector)
    state.selection = "blocks.3.mlp"
    assert "1,536" in texts(inspector)
    tree = shown(qtbot, ArchitectureView(state, commands))
    for site in ("blocks.1.attn", "blocks.1", "blocks.2.mlp"):
        index = tree.model.index_of(site)
        assert Qt.CheckState(tree.model.data(index, Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.PartiallyChecked


def test_units_are_chosen_by_hand(qtbot: Any, app: Any) -> None:
    state, commands = app
    runner = JobRunner(object)
    editing = Editing(state, runner)
    commands.planning = Planning(state, editing, runner, commands)
    inspector = shown(qtbot, Inspector(state, commands))
    state.selection = "blocks.1.attn"
    (field,) = inspector.findChildren(UnitsField)
    ticked = [box.text() for box in field.heads if box.isVisible() and box.isChecked()]
    assert ticked == ["1", "3", "4"]
    field.heads[1].click()
    field.heads[0].click()
    assert state.plan.units_of("blocks.1.attn") == (1, 2, 5)
    for head in (0, 3, 4):
        field.heads[head].click()
    assert state.plan.units_of("blocks.1.attn") == (0, 1, 2, 3, 5)  # one head at least stays
    assert field.heads[4].isChecked()
    editing.undo_stack.undo()
    assert state.plan.units_of("blocks.1.attn") == (0, 1, 2, 5)
    assert field.heads[3].isChecked()
    state.selection = "blocks.2.mlp"
    assert not any(box.isVisible() for box in field.heads)
    assert field.numbers.text() == "400-811"
    for typed, gone in (("3, 7 - 9 12", (3, 7, 8, 9, 12)), ("9999", None), ("7-x", None), ("", ())):
        field.numbers.setText(typed)
        qtbot.keyClick(field.numbers, Qt.Key.Key_Return)
        if gone is None:
            assert field.numbers.text() == typed
            assert "numbers" in texts(inspector)
            assert state.plan.units_of("blocks.2.mlp") == (3, 7, 8, 9, 12)
        else:
            assert state.plan.units_of("blocks.2.mlp") == gone
    state.selection = "blocks.0.mlp"  # all of it goes
    assert not field.isVisible()
    state.protected = frozenset({"blocks.3.mlp"})
    state.selection = "blocks.3.mlp"
    assert field.isVisible()
    assert not field.numbers.isEnabled()
    runner.shutdown()


def test_the_plan_panel_lists_what_is_cut_and_restores_it(qtbot: Any, app: Any) -> None:
    state, commands = app
    panel = shown(qtbot, PlanPanel(state, commands))
    rows = panel.findChildren(RemovedRow)
    assert [row.repair.text() for row in rows] == ["", "\N{MINUS SIGN}3", "\N{MINUS SIGN}412"]
    panel.compensation.setCurrentIndex(panel.compensation.findData("bias"))
    panel.compensation.activated.emit(panel.compensation.currentIndex())
    assert state.plan.compensation == "bias"
    rows = [row for row in panel.findChildren(RemovedRow) if row.repair.text().endswith("412")]
    rows[-1].restored.emit("blocks.2.mlp")
    assert dict(state.plan.units) == {"blocks.1.attn": (0, 2, 5)}
    commands.clear_plan()
    assert not panel.compensation.isVisible()


def test_two_plans_that_differ_in_units_are_told_apart(qtbot: Any, app: Any) -> None:
    state, commands = app
    bare = PruningPlan.of(state.architecture, {"blocks.0.mlp": "remove", "blocks.2.mlp": "remove"})
    state.kept_plans = (KeptPlan("bare", bare, "2026-01-01T00:00:00+00:00"),)
    dialog = PlanComparison(state, commands)
    qtbot.addWidget(dialog)
    names = [box.findText("bare") for box in dialog.boxes]
    dialog.boxes[0].setCurrentIndex(next(n for n in range(dialog.boxes[0].count()) if n != names[0]))
    dialog.boxes[1].setCurrentIndex(names[1])
    found = {}
    tree: Any = dialog.sites
    for group in map(tree.topLevelItem, range(tree.topLevelItemCount())):
        for item in map(group.child, range(group.childCount())):
            found[item.toolTip(0)] = [item.text(column) for column in (1, 2)]
    assert found["blocks.2.mlp"] == ["412 of 1,536 neurons gone", "removed"]
    assert found["blocks.1.attn"] == ["3 of 6 heads gone", "kept"]
    assert found["blocks.0.mlp"] == ["removed", "removed"]


@pytest.mark.parametrize("make", [MostRedundantDialog, RangeDialog])
def test_dialogs_of_whole_sites_offer_no_units(qtbot: Any, app: Any, make: Any) -> None:
    dialog = make(*app)
    qtbot.addWidget(dialog)
    offered = [dialog.granularity.itemData(row) for row in range(dialog.granularity.count())]
    assert offered
    assert set(offered) <= set(GRANULARITIES)


def test_what_is_protected_loses_no_more_units(app: Any) -> None:
    state, _ = app
    runner = JobRunner(object)
    editing = Editing(state, runner)
    told: list[str] = []
    editing.notified.connect(told.append)
    try:
        state.protected = frozenset({"blocks.1.attn"})
        editing.edit("more", lambda: state.plan.with_units(state.architecture, {"blocks.1.attn": [0, 1, 2, 5]}))
        assert dict(state.plan.units) == UNITS
        assert "protected" in told[0]
        editing.edit("fewer", lambda: state.plan.with_units(state.architecture, {"blocks.1.attn": [0]}))
        assert state.plan.units_of("blocks.1.attn") == (0,)
    finally:
        runner.shutdown()


def test_edits_keep_units_and_can_be_undone(app: Any) -> None:
    state, _ = app
    runner = JobRunner(object)
    editing = Editing(state, runner)
    before = state.plan
    try:
        editing.toggle_site("blocks.5.attn")
        editing.repair_sites(["blocks.5.attn"], "linear")
        editing.set_repair("mean")
        assert dict(state.plan.units) == UNITS
        editing.restore_sites(["blocks.1.attn"])
        assert dict(state.plan.units) == {"blocks.2.mlp": UNITS["blocks.2.mlp"]}
        editing.remove_sites(["blocks.2"])
        assert not state.plan.units
        while editing.undo_stack.canUndo():
            editing.undo_stack.undo()
        assert state.plan == before
        editing.clear_plan()
        assert not state.plan
    finally:
        runner.shutdown()


def test_names_and_recipes_tell_units(app: Any) -> None:
    state, _ = app
    assert plan_name(state.plan, state.architecture).startswith("1 removed, 415 units")
    script = recipes._Script(Compute())
    script.plan(state.plan)
    assert "units={'blocks.1.attn': [0, 2, 5]" in script.text()
    assert "compensation='affine'" in script.text()
