"""The views as people use them: on a real state, with commands that write down what they were asked."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QToolButton, QWidget
from timm.data.imagenet_info import ImageNetInfo

from tests.gui import synthetic
from tests.gui.synthetic import RecordingCommands
from vitprune.architecture import Kind, Site
from vitprune.comparison import compare
from vitprune.plan import PruningPlan
from vitprune.results import Repair, SiteRepair
from vitprune.scores import METRICS, Score, read_only
from vitprune.selection import methods
from vitprune_gui.delegates import PRUNED_ROLE, REPAIR_ROLE, SCORE_ROLE
from vitprune_gui.item_models.architecture_model import Column
from vitprune_gui.state import AppState
from vitprune_gui.symbols import LOCKED
from vitprune_gui.views.architecture import ArchitectureView
from vitprune_gui.views.damage import DamageView
from vitprune_gui.views.evaluation import EvaluationPanel
from vitprune_gui.views.inspector import Inspector, rank
from vitprune_gui.views.maps import MapsView
from vitprune_gui.views.model_browser import ModelBrowser
from vitprune_gui.views.overview import Overview
from vitprune_gui.views.parts import Elided
from vitprune_gui.views.plan_panel import PlanPanel


@pytest.fixture
def app(qapp: Any) -> tuple[AppState, RecordingCommands]:
    return synthetic.analysed()


def without_scores() -> tuple[AppState, Any]:
    state, commands = synthetic.analysed()
    state.scores = None
    return state, commands


def shown(qtbot: Any, view: Any, width: int = 380, height: int = 700) -> Any:
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show()
    qtbot.waitExposed(view)
    return view


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


# Architecture


def select(view: ArchitectureView, *sites: str) -> None:
    flag = QItemSelectionModel.SelectionFlag
    selection = view.tree.selectionModel()
    selection.clearSelection()
    for site in sites:
        selection.setCurrentIndex(view.filtered.mapFromSource(view.model.index_of(site)), flag.Select | flag.Rows)


def test_a_click_on_a_tick_box_prunes_and_restores(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    index = view.filtered.mapFromSource(view.model.index_of("blocks.0.attn"))
    row = view.tree.visualRect(index)
    for expected in ({"blocks.0.attn"}, set()):
        at = row.topLeft()
        at.setX(at.x() + 10)
        at.setY(row.center().y())
        qtbot.mouseClick(view.tree.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert state.plan.sites == expected


def test_the_space_bar_toggles_all_selected_sites_at_once(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    select(view, "blocks.1.attn", "blocks.2.mlp")
    view.tree.setFocus()
    qtbot.keyClick(view.tree, Qt.Key.Key_Space)
    assert state.plan.sites == {"blocks.1.attn", "blocks.2.mlp"}
    qtbot.keyClick(view.tree, Qt.Key.Key_Space)
    assert not state.plan.sites
    assert [call[0] for call in commands.calls if "sites" in str(call[0])] == ["remove_sites", "restore_sites"]


def test_arrows_move_the_selection_of_the_state(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    state.selection = "blocks.0"
    qtbot.keyClick(view.tree, Qt.Key.Key_Down)
    assert state.selection == "blocks.0.attn"


def test_a_thousand_blocks_are_opened_and_pruned_in_time(qtbot: Any) -> None:
    state = AppState()
    state.architecture = synthetic.architecture(1000)
    commands: Any = RecordingCommands(state)
    state.plan = PruningPlan.of(state.architecture)
    started = time.monotonic()
    view = shown(qtbot, ArchitectureView(state, commands))
    state.selection = "blocks.999.mlp"
    qtbot.keyClick(view.tree, Qt.Key.Key_Space)
    view.search.setText("blocks.999")
    view.tree.grab()
    assert time.monotonic() - started < 10  # a fraction of a second where nothing else runs
    assert state.plan is not None
    assert state.plan.sites == {"blocks.999.mlp"}
    assert view.filtered.rowCount() == 1
    assert view.model.rowCount() == 1000


def test_the_selection_of_the_state_selects_the_row(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    state.selection = "blocks.11.mlp"
    assert view.selected_sites() == ["blocks.11.mlp"]
    assert not commands.calls, "showing a selection is not a wish to select"
    state.selection = None
    assert view.selected_sites() == []


def test_the_filter_hides_and_brings_back_the_selection(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    state.selection = "blocks.3.mlp"
    view.search.setText("attn")
    assert view.filtered.rowCount() == 12
    assert view.selected_sites() == []
    view.search.setText("3 mlp")
    assert view.selected_sites() == ["blocks.3.mlp"]
    assert state.selection == "blocks.3.mlp"


def menu(view: ArchitectureView, site: str) -> dict[str, Any]:
    assert view._state.architecture is not None
    made = view.menu_for(view._state.architecture.by_id[site])
    return {action.text(): action for action in made.actions() if action.text()}


def test_the_menu_prunes_the_block_and_all_attention_after(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    actions = menu(view, "blocks.9.mlp")
    assert not actions["Restore"].isEnabled()
    actions["Prune all 2 attention layers after here"].trigger()
    assert state.plan.sites == {"blocks.10.attn", "blocks.11.attn"}
    menu(view, "blocks.9.mlp")["Prune this block"].trigger()
    assert "blocks.9" in state.plan.sites
    actions = menu(view, "blocks.9.mlp")
    assert not actions["Prune"].isEnabled()
    actions["Restore"].trigger()
    assert state.plan.sites == {"blocks.9.attn", "blocks.10.attn", "blocks.11.attn"}
    menu(view, "blocks.9.mlp")["Copy site id"].trigger()
    assert QGuiApplication.clipboard().text() == "blocks.9.mlp"


def test_a_pruned_row_stays_struck_through_while_sorted(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    view.tree.sortByColumn(Column.SCORE, Qt.SortOrder.DescendingOrder)
    state.selection = view.model.sites()[3]
    state.plan = PruningPlan.of(state.architecture, {state.selection: "remove"})
    assert view.model.index_of(state.selection).data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    assert view.selected_sites() == [state.selection]


def test_the_legend_names_metric_direction_and_images(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    assert view.legend.isVisible()
    assert "Cosine redundancy (1 = redundant), n = 600 image" in view.legend.accessibleName()
    state.metric = "norm_ratio"
    assert "Norm ratio (0 = redundant)" in view.legend.accessibleName()
    assert view.metric_box.currentData() == "norm_ratio"


def test_without_scores_the_next_step_stands_where_the_legend_was(qtbot: Any, qapp: Any) -> None:
    state, commands = without_scores()
    view = shown(qtbot, ArchitectureView(state, commands))
    assert not view.legend.isVisible()
    assert "Press Analyse" in texts(view)
    state.scores = synthetic.scores(synthetic.architecture())
    assert view.legend.isVisible()


def test_the_note_of_a_model_without_parts_replaces_the_tree(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    state.architecture = synthetic.unprunable()
    assert not view.tree.isVisible()
    assert synthetic.unprunable().note in texts(view)


def test_choosing_a_metric_is_a_command(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    view.metric_box.setCurrentIndex(1)
    view.metric_box.activated.emit(1)
    assert ("set_metric", "norm_ratio") in commands.calls


def test_what_stands_for_a_site_is_beside_its_name_and_changed_in_its_menu(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands))
    state.plan = PruningPlan.of(state.architecture, {"blocks.3.attn": "remove", "blocks.5.mlp": "linear"})
    plain, repaired = (view.model.index_of(site) for site in ("blocks.3.attn", "blocks.5.mlp"))
    assert plain.data(REPAIR_ROLE) is None
    assert repaired.data(REPAIR_ROLE) == "linear"
    assert repaired.data(PRUNED_ROLE)
    assert "linear map" in repaired.data(Qt.ItemDataRole.ToolTipRole)
    cell = view.filtered.mapFromSource(repaired)
    picture = view.tree.viewport().grab(view.tree.visualRect(cell)).toImage()
    state.plan = PruningPlan.of(state.architecture, {"blocks.3.attn": "remove", "blocks.5.mlp": "remove"})
    assert view.tree.viewport().grab(view.tree.visualRect(cell)).toImage() != picture
    select(view, "blocks.3.attn", "blocks.5.mlp")
    below = menu(view, "blocks.5.mlp")["Change the repair of 2 sites"].menu()
    choices = {action.text(): action for action in below.actions()}
    assert choices["None"].isChecked()
    choices["Low rank"].trigger()
    assert commands.calls[-1][0] == "repair_sites"
    assert dict(state.plan.actions) == {"blocks.3.attn": "low-rank", "blocks.5.mlp": "low-rank"}
    assert "Change the repair of 2 sites" not in menu(view, "blocks.7.mlp")


# Overview and inspector


def test_tree_chart_and_inspector_share_one_selection(qtbot: Any, app: Any) -> None:
    state, commands = app
    tree = shown(qtbot, ArchitectureView(state, commands))
    overview = shown(qtbot, Overview(state, commands), 600, 560)
    inspector = shown(qtbot, Inspector(state, commands), 300)
    overview.redundancy.site_chosen.emit("blocks.6.attn")
    assert tree.selected_sites() == ["blocks.6.attn"]
    assert len(overview.redundancy._ring.points()) == 1
    assert "blocks.6.attn" in texts(inspector)


def test_the_overview_leads_from_nothing_to_scores(qtbot: Any, qapp: Any) -> None:
    full, _ = synthetic.analysed()
    state = AppState()
    commands: Any = RecordingCommands(state)
    view = shown(qtbot, Overview(state, commands), 600, 400)
    view.empty.sample_button.click()
    assert commands.calls == [("use_sample",)]
    assert full.architecture is not None
    state.architecture = full.architecture
    assert "images" in texts(view).lower()
    state.data = full.data
    view.analyze_button.click()
    assert commands.calls[-1] == ("analyze",)
    state.scores = full.scores
    assert view.redundancy is not None
    assert view.redundancy.isVisible()
    assert view.similarity is not None
    drawn = view.similarity.map
    assert drawn is not None
    state.plan = PruningPlan.of(full.architecture, {"blocks.9.attn": "remove"})
    state.metric = "norm_ratio"
    assert [p.site.id for points in view.redundancy.series.values() for p in points if p.pruned] == ["blocks.9.attn"]
    assert view.redundancy.table()[1][3] == "norm_ratio"
    assert view.similarity.map is drawn, "it goes by neither the plan nor the metric"


def test_ranks_go_by_the_redundant_end(app: Any) -> None:
    state, _ = app
    model, scores = state.architecture, state.scores
    order = sorted(model.sublayers, key=lambda site: -scores["cosine"][site.id].mean)
    assert rank(scores, "cosine", order[3], model) == (4, 24)
    order = sorted(model.blocks, key=lambda site: scores["block_influence"][site.id].mean)
    assert rank(scores, "block_influence", order[0], model) == (1, 12)


def test_the_inspector_states_a_site_and_changes_the_plan(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, Inspector(state, commands), 300)
    order = sorted(state.architecture.sublayers, key=lambda site: -state.scores["cosine"][site.id].mean)
    site = order[3]
    state.selection = site.id
    said = texts(view)
    assert "4th most redundant of 24 sublayers" in said
    assert f"({100 * site.params / state.architecture.params:.1f} % of the model)" in said
    assert view._site_page._histogram is not None
    assert view._site_page._histogram.isVisible()
    view._site_page.button.click()
    assert state.plan.sites == {site.id}
    assert view._site_page.button.text() == "Restore"


def test_with_nothing_selected_the_inspector_knows_model_and_images(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, Inspector(state, commands), 300)
    said = texts(view)
    for fact in ("vision_transformer", "apache-2.0", "9f86d081884c", "224×224", "2 images", "600"):
        assert fact in said
    first, second = (box.toPlainText() for box in view.findChildren(QPlainTextEdit))
    assert "notes.png: not an image" in first
    assert second == ""
    assert "The same" in said
    state.test_data = replace(synthetic.data(300), source="photographs/labelled")
    said = texts(view)
    assert "600" in said
    assert "300" in said
    assert "The same" not in said


# Plan


def test_the_figures_are_those_of_the_plan(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, PlanPanel(state, commands), 300)
    state.plan = PruningPlan.of(state.architecture, {"blocks.9.attn": "remove", "blocks.10": "remove"})
    summary = state.plan.summary(state.architecture)
    dense = state.architecture
    assert view.headline.text() == "3 of 24 sublayers pruned"
    assert f"→ {summary.params / 1e6:.1f} M" in view.params.text()
    assert f"−{100 * summary.params_removed / dense.params:.1f} %" in view.params.text()
    assert f"→ {summary.macs / 1e9:.2f} G" in view.macs.text()
    assert f"at most {summary.speedup_bound:.2f}×" in view.bound.text()
    assert view.removed.count() == 3


def test_each_removed_site_has_its_way_back(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, PlanPanel(state, commands), 300)
    state.plan = PruningPlan.of(state.architecture, {"blocks.10": "remove"})
    view.removed.itemWidget(view.removed.item(1)).findChild(QToolButton).click()
    assert state.plan.sites == {"blocks.10.attn"}


def choose(box: Any, value: str) -> None:
    assert box.findData(value) >= 0
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_the_buttons_of_the_plan_ask_the_commands(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, PlanPanel(state, commands), 300)
    view.count.setValue(5)
    choose(view.granularity, "attention")
    view.prune.click()
    choose(view.method, "depth")
    assert view.granularity.currentData() == "attention", "as before, where the method knows it"
    choose(view.unit, "macs")
    assert not view.count.isVisible()
    view.share.setValue(60)
    view.prune.click()
    view.evaluate.click()
    assert commands.calls == [
        ("choose_sites", "cosine", "attention", "remove", 5),
        ("choose_sites", "depth", "attention", "macs", 0.6),
        ("evaluate",),
    ]
    assert not view.undo.isEnabled()
    assert not view.clear.isEnabled()
    commands.remove_sites(["blocks.1.mlp"])
    view.clear.click()
    assert not state.plan.sites


def test_every_method_is_offered_with_its_paper_and_its_granularities(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, PlanPanel(state, commands), 300)
    assert {view.method.itemData(row) for row in range(view.method.count())} == set(methods())
    choose(view.method, "block-influence")
    assert [view.granularity.itemData(row) for row in range(view.granularity.count())] == ["block"]
    assert "arXiv:2403.03853" in view.method.toolTip()
    view.prune.click()
    assert commands.calls == [("choose_sites", "block-influence", "block", "remove", 3)]


def test_a_method_that_cannot_choose_says_why(qtbot: Any, qapp: Any) -> None:
    state, commands = without_scores()
    view = shown(qtbot, PlanPanel(state, commands), 300)
    wanted = {"cosine": "press Analyse", "finercut": "", "sleb": "", "random": ""}
    for name, why in wanted.items():
        choose(view.method, name)
        assert view.prune.isEnabled() == (not why)
        assert why in texts(view)
    state.data = synthetic.data(labelled=False)
    choose(view.method, "sleb")
    assert not view.prune.isEnabled()
    assert "labels" in texts(view)
    state.data = None
    for name in ("finercut", "sleb"):
        choose(view.method, name)
        assert not view.prune.isEnabled()
        assert "Needs images" in texts(view)
    choose(view.method, "random")
    assert view.prune.isEnabled()


def test_the_repair_of_the_plan_is_shown_explained_and_counted(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, PlanPanel(state, commands), 300)
    assert not view.target.isEnabled(), "nothing is fitted"
    state.plan = PruningPlan.of(state.architecture, {"blocks.9.attn": "remove", "blocks.10.mlp": "remove"})
    bare = view.macs.text()
    choose(view.repair, "linear")
    assert commands.calls[-1][:2] == ("set_repair", "linear")
    summary = state.plan.summary(state.architecture)
    cost = sum(state.architecture.by_id[site].cost("linear").macs for site in state.plan.sites)
    gone = sum(state.architecture.by_id[site].macs for site in state.plan.sites)
    assert state.architecture.macs - summary.macs == gone - cost
    assert f"→ {summary.macs / 1e9:.2f} G" in view.macs.text() != bare
    assert f"at most {summary.speedup_bound:.2f}×" in view.bound.text()
    assert [row.repair.text() for row in rows(view)] == ["linear", "linear"]
    assert view.target.isEnabled()
    choose(view.target, "branch")
    assert commands.calls[-1] == ("set_repair", "linear", "branch")
    assert "its own branch" in texts(view)
    state.plan = PruningPlan.of(state.architecture, {"blocks.9.attn": "mean", "blocks.10.mlp": "linear"})
    assert view.repair.currentIndex() == -1
    assert view.repair.placeholderText() == "Several"
    assert [row.repair.text() for row in rows(view)] == ["mean", "linear"]


def rows(view: PlanPanel) -> list[Any]:
    return [view.removed.itemWidget(view.removed.item(row)) for row in range(view.removed.count())]


def test_undo_and_redo_follow_the_stack(qtbot: Any, app: Any) -> None:
    from PySide6.QtGui import QUndoCommand

    state, commands = app
    view = shown(qtbot, PlanPanel(state, commands), 300)
    commands.undo_stack.push(QUndoCommand("Remove blocks.3.attn"))
    assert view.undo.isEnabled()
    assert view.undo.toolTip() == "Undo Remove blocks.3.attn"
    view.undo.click()
    assert commands.calls[-1] == ("undo",)
    commands.undo_stack.undo()
    assert view.redo.isEnabled()
    assert not view.undo.isEnabled()


# Evaluation


def measured(state: AppState, *plans: PruningPlan) -> tuple[Any, ...]:
    model = state.architecture
    assert model is not None
    dense = synthetic.evaluation(model, PruningPlan.of(model), accuracy=0.87, milliseconds=400)
    return dense, *(synthetic.evaluation(model, plan, accuracy=0.8, milliseconds=370, seed=1) for plan in plans)


def test_a_result_of_another_plan_is_never_the_current_one(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, EvaluationPanel(state, commands), 700)
    one = PruningPlan.of(state.architecture, {"blocks.9.attn": "remove"})
    other = PruningPlan.of(state.architecture, {"blocks.8.attn": "remove"})
    state.plan = one
    state.evaluations = measured(state, one)
    assert "measured on 600 images of validation, 2 skipped" in view.status.text()
    assert [entry.current for entry in view.chart.entries] == [False, True]
    state.plan = other
    assert "not measured yet — press Evaluate" in view.status.text()
    assert not any(entry.current for entry in view.chart.entries)
    assert view.model.current is None
    view.evaluate.click()
    assert commands.calls == [("evaluate",)]
    state.plan = one
    assert [entry.current for entry in view.chart.entries] == [False, True]


def test_results_of_another_model_are_not_shown(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, EvaluationPanel(state, commands), 700)
    state.evaluations = measured(state)
    assert view.model.columnCount() == 1
    state.plan = None
    state.architecture = synthetic.architecture(blocks=6)
    assert view.model.columnCount() == 0
    assert "not measured yet" in view.status.text()


def test_the_dense_model_is_held_against_what_timm_publishes(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, EvaluationPanel(state, commands), 700)
    names = tuple(ImageNetInfo("imagenet-1k").label_names())
    one = PruningPlan.of(state.architecture, {"blocks.9.attn": "remove"})
    results = [replace(e, data=replace(e.data, class_names=names)) for e in measured(state, one)]
    state.plan = one
    state.evaluations = tuple(results)
    assert not view.published.isVisible()
    weights = "vit_base_patch16_224.augreg2_in21k_ft_in1k"
    state.model = replace(state.model, source=weights, architecture=weights)
    assert view.published.isVisible()
    assert "timm publishes 85.11% top-1" in view.published.text()
    assert "classes are present" in view.published.text()
    assert "timm" in view.published.toolTip()
    state.evaluations = measured(state, one)
    assert not view.published.isVisible()


def test_the_table_is_copied_with_its_titles(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, EvaluationPanel(state, commands), 700)
    state.evaluations = measured(state)
    view.copy_button.click()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0].startswith("Quantity\tDense")
    assert [line for line in lines if line.startswith("Measured with\tbatch 16, 2 threads, cpu")]


def test_the_plan_is_held_against_dense_image_by_image(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, EvaluationPanel(state, commands), 700)
    one = PruningPlan.of(state.architecture, {"blocks.9.attn": "linear", "blocks.8.mlp": "linear"})
    dense, pruned = measured(state, one)
    fits = tuple(SiteRepair(site, "linear", share, own, 0.1) for site, share, own in (
        ("blocks.8.mlp", 0.912, 0.5), ("blocks.9.attn", 0.371, float("nan"))
    ))  # fmt: skip
    pruned = replace(pruned, repair=Repair("stream", 128, "d" * 64, fits))
    state.plan, state.evaluations = one, (dense, pruned)
    assert not view.compared.isVisible(), "not compared yet"
    state.comparison = compare(dense, pruned)
    said = view.compared.text()
    hits = [e.per_image["top1"] > 0 for e in (dense, pruned)]
    assert f"{(hits[0] & ~hits[1]).sum()} images right before and wrong now" in said
    assert f"{(hits[1] & ~hits[0]).sum()} the other way round" in said
    assert "McNemar p" in said
    assert "within 1 pp" in said
    assert f"{100 * (hits[0].mean() - hits[1].mean()):.1f} pp lower" in said
    assert "fitted to the stream on 128 images" in view.repaired.text()
    assert "blocks.9.attn 37 % (linear), blocks.8.mlp 91 % (linear, class token 50 %)" in view.repaired.text()
    state.plan = PruningPlan.of(state.architecture)
    assert not view.compared.isVisible()
    assert not view.repaired.isVisible()


def test_every_view_stands_on_an_empty_state(qtbot: Any, qapp: Any) -> None:
    state = AppState()
    commands: Any = RecordingCommands(state)
    for make in (ModelBrowser, ArchitectureView, Inspector, Overview, PlanPanel, EvaluationPanel, MapsView, DamageView):
        shown(qtbot, make(state, commands))
    full, _ = synthetic.analysed()
    for field in ("architecture", "model", "data", "plan", "scores"):
        setattr(state, field, getattr(full, field))
    for field in ("scores", "plan", "data", "model", "architecture"):
        setattr(state, field, None)
    assert commands.calls == []


def test_views_import_neither_plots_nor_torch() -> None:
    names = (
        "architecture",
        "damage",
        "evaluation",
        "frontier",
        "search",
        "study",
        "inspector",
        "maps",
        "model_browser",
        "overview",
        "plan_panel",
    )
    code = f"""
import importlib, sys
for name in {names!r}:
    importlib.import_module(f"vitprune_gui.views.{{name}}")
print(sorted({{"pyqtgraph", "torch", "timm", "h5py"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_kinds_are_named_for_people() -> None:
    from vitprune_gui.views.formatting import branch_name, site_name

    def named(kind: Kind, block: str, *leaves: str) -> list[str]:
        sites = [Site(f"{block}.{leaf}", kind, 0, 1, 1, block) for leaf in leaves]
        model = replace(synthetic.architecture(), sites=(Site(block, Kind.BLOCK, 0, 1, 1), *sites))
        return [name for site in sites for name in (site_name(site), branch_name(site, model))]

    assert named(Kind.ATTENTION, "layers.2.blocks.5", "attn") == ["Attention 2.5", "Attention"]
    assert named(Kind.MLP, "stage1.0", "mlp") == ["MLP 1.0", "MLP"]
    assert named(Kind.MLP, "blocks_token_only.1", "mlp") == ["MLP token_only.1", "MLP"]
    assert named(Kind.CONV, "blocks.3", "local_mp") == ["Convolution 3 (local_mp)", "Convolution"]
    assert named(Kind.CONV, "stages.0.blocks.1", "cpe1", "cpe2")[::2] == [
        "Convolution 0.1 (cpe1)",
        "Convolution 0.1 (cpe2)",
    ]
    assert named(Kind.ATTENTION, "blocks.0", "attns.0", "attns.1")[1::2] == ["attns.0", "attns.1"]


# What cannot go, and which tokens count


def hierarchical() -> tuple[AppState, Any]:
    """The model of the other tests with convolutions, and a block that is fixed and has no score; its class token is
    scored otherwise than its patches."""
    state, commands = synthetic.analysed(6)
    model = state.architecture
    assert model is not None
    assert state.scores is not None
    sites: list[Site] = []
    for site in model:
        sites.append(replace(site, fixed="It halves the resolution.") if site.id == "blocks.2" else site)
        if site.kind == Kind.ATTENTION:
            sites.append(Site(f"{site.parent}.local_mp", Kind.CONV, site.depth, 1, 1, site.parent))
    state.architecture = replace(model, sites=tuple(sites), note="A fact about this model.")
    state.plan = PruningPlan.of(state.architecture)
    scores = synthetic.scores(state.architecture, images=50)
    tables = {name: {s: v for s, v in table.items() if s != "blocks.2"} for name, table in scores.items()}
    tables["cosine@cls"] = {site: Score(read_only(-v.per_image)) for site, v in tables["cosine"].items()}
    del tables["cosine@cls"]["blocks.5.attn"]
    state.scores = replace(scores, tables=tables)
    return state, commands


def test_a_fixed_site_has_a_lock_and_no_tick_box(qtbot: Any, qapp: Any) -> None:
    state, commands = hierarchical()
    view = shown(qtbot, ArchitectureView(state, commands))
    fixed, free = view.model.index_of("blocks.2"), view.model.index_of("blocks.1")
    assert fixed.data(Qt.ItemDataRole.CheckStateRole) is None
    assert not fixed.flags() & Qt.ItemFlag.ItemIsUserCheckable
    assert free.flags() & Qt.ItemFlag.ItemIsUserCheckable
    assert "It halves the resolution." in fixed.data(Qt.ItemDataRole.ToolTipRole)
    images = [index.data(Qt.ItemDataRole.DecorationRole).pixmap(LOCKED).toImage() for index in (fixed, free)]
    assert images[0].width() > images[1].width(), "the lock stands beside the symbol"
    actions = menu(view, "blocks.2")
    assert not actions["Prune"].isEnabled()
    assert actions["Prune"].toolTip() == "It halves the resolution."
    assert not actions["Prune this block"].isEnabled()
    select(view, "blocks.1", "blocks.2")
    commands.planning.toggle_chosen()
    assert state.plan is not None
    assert state.plan.sites == {"blocks.1"}


def test_the_inspector_says_why_a_site_stays(qtbot: Any, qapp: Any) -> None:
    state, commands = hierarchical()
    view = shown(qtbot, Inspector(state, commands), 300)
    assert "A fact about this model." in texts(view)
    assert "1 of them fixed" in texts(view)
    state.selection = "blocks.2"
    assert "Cannot be pruned. It halves the resolution." in texts(view)
    assert "changes the shape" in texts(view)
    assert not view._site_page.button.isEnabled()
    state.selection = "blocks.2.local_mp"
    assert view._site_page.button.isEnabled()
    assert "Convolution 2 (local_mp)" in texts(view)


def test_the_tokens_are_chosen_beside_the_metric(qtbot: Any, qapp: Any) -> None:
    state, commands = hierarchical()
    view = shown(qtbot, ArchitectureView(state, commands))
    overview = shown(qtbot, Overview(state, commands), 600, 560)
    inspector = shown(qtbot, Inspector(state, commands), 300)
    state.selection = "blocks.1.attn"
    names = [view.metric_box.itemData(row) for row in range(view.metric_box.count())]
    assert names == [name for name in METRICS if name in {table.partition("@")[0] for table in state.scores or ()}]
    assert [view.tokens_box.itemData(row) for row in range(view.tokens_box.count())] == ["all", "cls"]
    view.tokens_box.setCurrentIndex(1)
    view.tokens_box.activated.emit(1)
    assert state.metric == "cosine@cls"
    assert state.scores is not None
    mean = state.scores["cosine@cls"]["blocks.1.attn"].mean
    assert view.model.index_of("blocks.1.attn", Column.SCORE).data(SCORE_ROLE).value == mean < 0
    assert view.model.index_of("blocks.5.attn", Column.SCORE).data(SCORE_ROLE) is None
    assert "over the class token" in view.legend.accessibleName()
    assert overview.redundancy is not None
    assert {point.site.id for point in overview.redundancy.series[Kind.ATTENTION]} == {
        f"blocks.{block}.attn" for block in range(5)
    }
    assert "over the class token" in texts(overview)
    qtbot.waitUntil(lambda: f"{abs(mean):.3f}" in texts(inspector))
    assert inspector._site_page._histogram is not None
    assert float(str(inspector._site_page._histogram.table()[1][0])) < 0
    view.metric_box.activated.emit(names.index("norm_ratio"))
    assert state.metric == "norm_ratio", "this session has it over all tokens only"
    assert not view.tokens_box.isEnabled()


def test_the_plan_counts_what_can_go(qtbot: Any, qapp: Any) -> None:
    state, commands = hierarchical()
    view = shown(qtbot, PlanPanel(state, commands), 300)
    assert view.headline.text() == "0 of 18 sublayers pruned"
    choose(view.granularity, "block")
    assert view.count.maximum() == 5


def test_a_model_that_cannot_be_pruned_is_there_to_be_looked_at(qtbot: Any, qapp: Any) -> None:
    state, commands = without_scores()
    assert state.architecture is not None
    reason = "This network has no attention."
    sites = tuple(replace(site, fixed="Unknown.") for site in state.architecture.blocks)
    state.architecture = replace(state.architecture, sites=sites, note=reason)
    tree = shown(qtbot, ArchitectureView(state, commands))
    assert tree.tree.isVisible()
    assert tree.filtered.rowCount() == 12
    assert tree.model.index_of("blocks.3").data() == "blocks.3"
    assert "Press Analyse" not in texts(tree)
    for view in (tree, *(shown(qtbot, make(state, commands)) for make in (Overview, PlanPanel, Inspector))):
        assert reason in texts(view)
        assert not [b for b in view.findChildren(QPushButton) if b.isVisible() and b.text() in ("Analyse", "Prune")]


def test_a_long_name_is_cut_in_the_middle_and_whole_in_its_tip(qtbot: Any, qapp: Any) -> None:
    name = "levels.0.transformer_encoder.11.attn"
    label = shown(qtbot, Elided(name), 120, 24)
    assert label.shown() != name
    assert label.shown().startswith("lev")
    assert label.shown().endswith("attn")
    qapp.sendEvent(label, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
    assert label.toolTip() == name
    assert label.text() == name
    label.resize(600, 24)
    assert label.shown() == name


def test_only_a_few_evaluations_are_drawn_below_the_table(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, EvaluationPanel(state, commands), 700)
    plans = [PruningPlan.of(state.architecture, {f"blocks.{n}.mlp": "remove"}) for n in range(12)]
    plans += [PruningPlan.of(state.architecture, {f"blocks.{n}.attn": "remove"}) for n in range(12)]
    state.plan = plans[0]
    state.evaluations = measured(state, *plans)
    assert view.model.columnCount() == 25
    assert len(view.chart.entries) == 12
    assert view.chart.entries[0].dense
    assert view.chart.entries[1].current
