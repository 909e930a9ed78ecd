"""The windows of the plan: what they show beforehand is what then happens, and figures are those that were measured."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QWidget

from tests.gui import synthetic
from tests.gui.synthetic import RecordingCommands
from vitprune.architecture import Cost
from vitprune.plan import GRANULARITIES, PruningPlan
from vitprune.results import KeptPlan, LatencyTable
from vitprune.scores import read_only
from vitprune.searches import Rung
from vitprune.statistics import Estimate
from vitprune_gui.item_models.evaluations_model import MEASURES, change_text
from vitprune_gui.item_models.kept_plans_model import KeptPlansModel
from vitprune_gui.state import AppState
from vitprune_gui.views.inspector import Inspector
from vitprune_gui.views.kept_plans import KeptPlans
from vitprune_gui.views.plan_comparison import PlanComparison, compare_plans
from vitprune_gui.views.plan_dialogs import MostRedundantDialog, RangeDialog
from vitprune_gui.views.plan_panel import PlanPanel


@pytest.fixture
def app(qapp: Any) -> tuple[AppState, RecordingCommands]:
    return synthetic.analysed()


def shown(qtbot: Any, widget: Any) -> Any:
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def choose(box: Any, data: str) -> None:
    box.setCurrentIndex(box.findData(data))


def percent_of(part: int, whole: int) -> str:
    return f"{100 * abs(part) / whole:.1f} %"


@pytest.mark.parametrize("granularity", list(GRANULARITIES))
@pytest.mark.parametrize("table", ["cosine", "norm_ratio"])
def test_what_is_most_redundant_is_seen_before_it_goes(qtbot: Any, app: Any, granularity: str, table: str) -> None:
    state, commands = app
    model = state.architecture
    commands.remove_sites(["blocks.9.attn"])
    commands.planning.protect(["blocks.7.attn", "blocks.8.mlp"])
    dialog = shown(qtbot, MostRedundantDialog(state, commands))
    choose(dialog.granularity, granularity)
    choose(dialog.table, table)
    dialog.count.setValue(3)
    promised = {site.id for site in dialog.sites}
    sign = -1 if table == "cosine" else 1
    stay = {"blocks.7.attn", "blocks.8.mlp", "blocks.7", "blocks.8", "blocks.9.attn"}
    able = [s.id for s in model.of_kind(*GRANULARITIES[granularity]) if s.id not in stay]
    assert promised == set(sorted(able, key=lambda site: sign * state.scores[table][site].mean)[:3])
    assert dialog.list.count() == 3
    before = state.plan.summary(model)
    told = dialog.figures.text()
    dialog.prune.click()
    assert state.plan.sites - {"blocks.9.attn"} == promised - ({"blocks.9.attn"} & promised)
    after = state.plan.summary(model)
    assert percent_of(before.macs - after.macs, model.macs) in told
    assert percent_of(before.params - after.params, model.params) in told
    assert dialog.result() == QDialog.DialogCode.Accepted


def test_a_plan_that_leaves_nothing_is_refused_beforehand(qtbot: Any, app: Any) -> None:
    state, commands = app
    dialog = shown(qtbot, MostRedundantDialog(state, commands))
    choose(dialog.granularity, "block")
    dialog.count.setValue(dialog.count.maximum())
    assert dialog.count.value() == 12
    assert not dialog.prune.isEnabled()
    assert "leaves no block" in dialog.figures.text()


def test_a_range_is_pruned_and_kept(qtbot: Any, app: Any) -> None:
    state, commands = app
    commands.planning.protect(["blocks.5.mlp"])
    dialog = shown(qtbot, RangeDialog(state, commands))
    dialog.first.setCurrentIndex(6)
    dialog.last.setCurrentIndex(4)  # either way round
    choose(dialog.granularity, "mlp")
    assert dialog.list.count() == 3
    assert "protected" in dialog.list.item(1).text()
    dialog.prune.click()
    assert state.plan.sites == {"blocks.4.mlp", "blocks.6.mlp"}
    dialog = shown(qtbot, RangeDialog(state, commands))
    dialog.first.setCurrentIndex(5)
    choose(dialog.granularity, "sublayer")
    dialog.keep.click()
    assert state.plan.sites == {"blocks.4.mlp"}


@pytest.mark.parametrize("kind", [MostRedundantDialog, RangeDialog])
def test_the_sites_of_another_model_are_not_for_this_window(qtbot: Any, app: Any, kind: Any) -> None:
    state, commands = app
    dialog = shown(qtbot, kind(state, commands))
    other = synthetic.architecture(blocks=4)
    state.scores, state.plan = None, PruningPlan.of(other)
    state.architecture = other
    assert dialog.isHidden()
    assert dialog.result() == QDialog.DialogCode.Rejected


def test_scores_that_come_later_are_offered(qtbot: Any, app: Any) -> None:
    state, commands = app
    scores = state.scores
    state.scores = replace(scores, tables={"cosine": scores["cosine"]})
    dialog = shown(qtbot, MostRedundantDialog(state, commands))
    assert dialog.table.count() == 1
    state.scores = scores
    offered = {dialog.table.itemData(row) for row in range(dialog.table.count())}
    assert offered - {None} == set(scores.tables)
    assert dialog.table.currentData() == "cosine"
    choose(dialog.table, "norm_ratio")
    state.scores = synthetic.scores(state.architecture, seed=5)
    assert dialog.table.currentData() == "norm_ratio"
    branches = {site.id for site in state.architecture.sublayers}
    table = {site: score for site, score in state.scores["norm_ratio"].items() if site in branches}
    wanted = min(table.items(), key=lambda item: item[1].mean)  # who adds least to the stream
    first = dialog.list.item(0)
    assert (first.toolTip(), f"{wanted[1].mean:.3f}" in first.text()) == (wanted[0], True)
    state.scores = None
    assert not dialog.prune.isEnabled()
    assert dialog.list.count() == 0


def test_what_two_plans_share_is_what_both_remove(app: Any) -> None:
    state, _ = app
    model = state.architecture
    a = PruningPlan.of(model, {"blocks.3": "mean", "blocks.5.attn": "linear", "blocks.7.mlp": "remove"})
    b = PruningPlan.of(model, {"blocks.3.attn": "remove", "blocks.5.attn": "linear", "blocks.8": "remove"})
    found = compare_plans(a, b, model)
    assert found.both == (("blocks.3.attn", "mean", "remove"), ("blocks.5.attn", "linear", "linear"))
    assert found.only_a == (("blocks.3.mlp", "mean"), ("blocks.7.mlp", "remove"))
    assert found.only_b == (("blocks.8.attn", "remove"), ("blocks.8.mlp", "remove"))
    mirrored = compare_plans(b, a, model)
    assert (mirrored.only_a, mirrored.only_b) == (found.only_b, found.only_a)


def test_only_what_was_measured_has_a_figure(qtbot: Any, app: Any) -> None:
    state, commands = app
    model = state.architecture
    one = PruningPlan.of(model, {"blocks.9.attn": "remove"})
    other = PruningPlan.of(model, {"blocks.8.attn": "remove"})
    state.plan = one
    state.kept_plans = (KeptPlan("careful", other, "2026-01-02T03:04:05+00:00"),)
    dialog = shown(qtbot, PlanComparison(state, commands))
    assert [box.currentText() for box in dialog.boxes] == ["The plan on show", "careful"]
    assert texts(dialog).count("not measured") == 2
    assert "%" not in next(label.text() for label in dialog.findChildren(QLabel) if "Top-1" in label.text())
    dialog.evaluate[1].click()
    assert commands.calls[-1] == ("evaluate", other)
    measured = synthetic.evaluation(model, other, accuracy=0.8, milliseconds=300)
    state.evaluations = (measured,)
    top1 = measured.top1
    assert top1 is not None
    assert f"{100 * top1.value:.1f} % [{100 * top1.low:.1f}, {100 * top1.high:.1f}]" in texts(dialog)
    assert "not measured" in texts(dialog)
    assert not dialog.evaluate[1].isEnabled()
    assert dialog.evaluate[0].isEnabled()
    mine = synthetic.evaluation(model, one, accuracy=0.7, milliseconds=300, seed=4)
    state.evaluations = (measured, mine)
    gained = measured.per_image["top1"].mean() - mine.per_image["top1"].mean()
    assert f"+{100 * gained:.1f} pp [" in texts(dialog)
    state.test_data = replace(synthetic.data(), digest="e" * 64)
    assert "pp [" not in texts(dialog), "of other images than those on show"


def test_a_side_keeps_its_plan_whatever_that_is_called(qtbot: Any, app: Any) -> None:
    state, commands = app
    one, other = (PruningPlan.of(state.architecture, {site: "remove"}) for site in ("blocks.9.attn", "blocks.8.attn"))
    state.kept_plans = (KeptPlan("a", one, "2026-01-02T03:04:05+00:00"), KeptPlan("b", other, "2026-01-02T03:04:06"))
    dialog = shown(qtbot, PlanComparison(state, commands))
    dialog.choose(0, one)
    commands.planning.rename_kept(state.kept_plans[0], "careful")
    assert [box.currentText() for box in dialog.boxes] == ["careful", "b"]
    assert [box.itemText(2) for box in dialog.boxes] == ["careful", "careful"]
    commands.planning.forget_kept(state.kept_plans[0])
    assert [box.currentText() for box in dialog.boxes] == ["The plan on show", "b"]


def test_a_change_without_an_interval_has_no_brackets() -> None:
    top1 = next(measure for measure in MEASURES if measure.name == "top1")
    assert change_text(top1, Estimate(0.012, math.nan, math.nan, 5)) == "+1.2 pp"
    assert change_text(top1, Estimate(0.012, -0.003, 0.021, 5)) == "+1.2 pp [−0.3, +2.1]"


def test_kept_plans_are_used_renamed_and_forgotten_by_keys(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, KeptPlans(state, commands))
    assert not view.use.isEnabled()
    commands.remove_sites(["blocks.3.attn"])
    first = state.plan
    view.keep.click()
    commands.remove_sites(["blocks.4.attn"])
    view.keep.click()
    assert [kept.name for kept in state.kept_plans] == ["Plan 1", "Plan 2"]
    assert "not measured" in view.model.index(0, 0).data()
    assert "(on show)" in view.model.index(1, 0).data()
    view.list.setCurrentIndex(view.model.index(0, 0))
    view.use.click()
    assert state.plan == first
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_F2)
    editor = view.list.viewport().findChild(QLineEdit)
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "mild")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [kept.name for kept in state.kept_plans] == ["mild", "Plan 2"])
    QTest.keyClick(view.list, Qt.Key.Key_Delete)
    assert [kept.name for kept in state.kept_plans] == ["Plan 2"]
    commands.undo_stack.undo()
    assert [kept.name for kept in state.kept_plans] == ["mild", "Plan 2"]


def test_what_is_measured_leaves_the_name_that_is_being_typed(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, KeptPlans(state, commands))
    commands.remove_sites(["blocks.3.attn"])
    view.keep.click()
    view.list.setFocus()
    QTest.keyClick(view.list, Qt.Key.Key_F2)
    editor = view.list.viewport().findChild(QLineEdit)
    QTest.keyClicks(editor, "mi")
    measured = synthetic.evaluation(state.architecture, state.plan, accuracy=0.8, milliseconds=300)
    with qtbot.assertNotEmitted(view.model.modelReset):
        state.evaluations = (measured,)
        commands.remove_sites(["blocks.4.attn"])
    QTest.keyClicks(editor, "ld")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [kept.name for kept in state.kept_plans] == ["mild"])
    name, _, figures = view.model.index(0, 0).data().splitlines()
    assert name == "mild", "it is not on show any more"
    top1 = measured.top1
    assert top1 is not None
    assert f"{100 * top1.value:.1f} % [" in figures
    with qtbot.assertNotEmitted(view.model.dataChanged), qtbot.assertNotEmitted(view.model.modelReset):
        commands.remove_sites(["blocks.5.attn"])


def test_the_model_of_kept_plans_keeps_the_rules_of_qt(qtmodeltester: Any, app: Any) -> None:
    state, _ = app
    empty = PruningPlan.of(state.architecture)
    model = KeptPlansModel()
    plans = tuple(KeptPlan(name, empty, "2026-01-02T03:04:05+00:00") for name in "abc")
    model.show(plans, (), state.architecture, state.data, None)
    qtmodeltester.check(model)


def test_the_panel_opens_the_windows_and_says_when_it_cannot(qtbot: Any, app: Any) -> None:
    state, commands = app
    panel = shown(qtbot, PlanPanel(state, commands))
    verbs = {verb.name: verb for verb in panel.verbs()}
    panel.most.click()
    panel.range.click()
    verbs["compare_plans"].run()
    kinds = (MostRedundantDialog, RangeDialog, PlanComparison)
    dialogs = [dialog for kind in kinds for dialog in panel.findChildren(kind)]
    assert len(dialogs) == 3
    for dialog in dialogs:
        dialog.reject()
    commands.remove_sites(["blocks.3"])
    panel.invert.click()
    assert len(state.plan.removed_branches(state.architecture)) == 22
    state.scores = None
    assert verbs["prune_most"].blocked() == "Press Analyse first."
    assert not panel.most.isEnabled()
    state.plan, state.architecture = None, None
    assert all(verb.blocked() == "Open a model first." for verb in verbs.values())


def test_protected_sites_are_counted_and_limit_what_a_method_may_take(qtbot: Any, app: Any) -> None:
    state, commands = app
    panel = shown(qtbot, PlanPanel(state, commands))
    assert panel.count.maximum() == 24
    commands.planning.protect(["blocks.1", "blocks.3.attn"])
    assert panel.count.maximum() == 21
    assert "2 site" in texts(panel)


def test_the_inspector_says_why_a_repair_was_chosen(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, Inspector(state, commands))
    state.plan = PruningPlan.of(state.architecture, {"blocks.10.mlp": "mean"})
    state.selection = "blocks.10.mlp"
    assert "Repairs that were tried" not in visible(view)
    tried = (("mean", 0.0, 0.12, 0.3), ("linear", 2.9e7, 0.11, 0.5), ("remove", 0.0, 0.4, 0.0001))
    rungs = tuple(
        Rung("blocks.10.mlp", Cost(action, 10, int(macs)), Estimate(damage, 0.1, 0.5, 600), p, action == "mean")
        for action, macs, damage, p in tried
    )
    state.rungs = {state.plan.key: rungs}
    said = visible(view)
    assert "Mean (chosen)" in said
    assert "0.120 [0.100, 0.500], 0 MACs, p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}0.300" in said
    assert "p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}0.001" in said
    state.plan = PruningPlan.of(state.architecture, {"blocks.10.mlp": "linear"})
    assert "(chosen)" not in visible(view), "another plan came to be otherwise"


def test_the_inspector_protects_and_says_so(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, Inspector(state, commands))
    state.selection = "blocks.4.attn"
    page = view._site_page
    page.protect.click()
    assert state.protected == {"blocks.4.attn"}
    assert "protected" in visible(view)
    assert not page.button.isEnabled()
    page.protect.click()
    assert not state.protected
    page.button.click()
    commands.repair_sites(["blocks.4.attn"], "linear")
    assert "In its place: A whole linear map." in visible(view)


def test_the_time_of_a_site_is_that_of_the_table(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, Inspector(state, commands))
    generator = np.random.default_rng(0)
    samples = {site.id: read_only(generator.gamma(9, 0.2, 7)) for site in state.architecture}
    rest = [read_only(generator.gamma(9, 1.0, 7)) for _ in range(3)]
    state.latencies = LatencyTable(samples, *rest, batch_size=8, threads=2, device="cpu")
    state.selection = "blocks.4.attn"
    assert f"{np.median(samples['blocks.4.attn']):.3f} ms, quartiles" in visible(view)


def visible(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())
