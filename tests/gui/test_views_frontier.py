"""The frontier: what is drawn is what was measured, the sweet spot is the best within the ceiling, a click loads."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox

from tests.gui import synthetic
from tests.gui.synthetic import RecordingCommands
from tests.gui.test_views_panels import shown, texts
from vitprune.results import Latency
from vitprune_gui import theme
from vitprune_gui.state import AppState
from vitprune_gui.views.frontier import FrontierView


@pytest.fixture
def studied(qapp: Any) -> tuple[AppState, Any]:
    state, commands = synthetic.analysed()
    assert state.architecture is not None
    state.trials, state.evaluations = synthetic.studied(state.architecture)
    return state, commands


def pick(box: QComboBox, value: str) -> None:
    row = box.findData(value)
    assert box.model().item(row).isEnabled()  # type: ignore[attr-defined]
    box.setCurrentIndex(row)
    box.activated.emit(row)


def items(box: QComboBox) -> dict[str, bool]:
    return {box.itemData(row): box.model().item(row).isEnabled() for row in range(box.count())}  # type: ignore[attr-defined]


def drawn(view: FrontierView) -> dict[str, tuple[float, float, bool]]:
    """Where each evaluation stands on the chart, and whether it is hollow: by its plan's key."""
    assert view.chart is not None
    ground = view.chart.palette().base().color()
    return {
        view._shown[spot.data()].plan.key: (spot.pos().x(), spot.pos().y(), spot.brush().color() == ground)
        for spot in view.chart._dots.points()
    }


def test_every_evaluation_stands_at_its_median_and_its_share(qtbot: Any, studied: Any) -> None:
    state, commands = studied
    view = shown(qtbot, FrontierView(state, commands), 700)
    found = drawn(view)
    assert set(found) == {e.plan.key for e in state.evaluations}
    for evaluation in state.evaluations:
        x, y, _ = found[evaluation.plan.key]
        assert x == pytest.approx(float(np.median(evaluation.latency.samples_ms)))
        assert y == pytest.approx(100 * np.mean(evaluation.per_image["top1"]))
    pick(view.cost, "macs")
    pick(view.quality, "kl")
    for evaluation in state.evaluations:
        x, y, _ = drawn(view)[evaluation.plan.key]
        assert x == pytest.approx(evaluation.macs / 1e9)
        assert y == pytest.approx(np.mean(evaluation.per_image["kl"]))


@pytest.mark.parametrize(("cost", "cheap"), [("macs", -1), ("throughput", 1)])
def test_hollow_is_what_another_outdoes(qtbot: Any, studied: Any, cost: str, cheap: int) -> None:
    state, commands = studied
    view = shown(qtbot, FrontierView(state, commands), 700)
    pick(view.cost, cost)
    points = drawn(view)
    for key, (x, y, hollow) in points.items():
        outdone = any(
            cheap * a >= cheap * x and b >= y and (a, b) != (x, y) for k, (a, b, _) in points.items() if k != key
        )
        assert hollow == outdone
    line = view.chart._front.getData()
    assert sorted(line[0]) == pytest.approx(sorted(x for x, _, hollow in points.values() if not hollow))


def test_what_was_not_measured_is_not_offered(qtbot: Any, studied: Any) -> None:
    state, commands = studied
    bare = tuple(replace(e, latency=None, top1=None, top5=None, loss=None, knn=None) for e in state.evaluations)
    state.evaluations = bare
    view = shown(qtbot, FrontierView(state, commands), 700)
    assert items(view.cost) == {"latency": False, "throughput": False, "macs": True, "params": True}
    assert view.cost.itemText(0).endswith("(not measured)")
    assert view.cost.currentData() == "macs"
    assert not items(view.quality)["top1"]
    assert view.quality.currentData() == "agreement"


def test_timings_made_in_another_way_are_left_out_and_said(qtbot: Any, studied: Any) -> None:
    state, commands = studied
    first, second, *others = state.evaluations
    other = Latency(second.latency.samples_ms, 1, 2, "cpu")
    elsewhere = replace(first, data=replace(first.data, digest="e" * 64))
    state.evaluations = (first, replace(second, latency=other), *others, elsewhere)
    view = shown(qtbot, FrontierView(state, commands), 700)
    assert second.plan.key not in drawn(view)
    assert "1 evaluation without such a timing not shown" in view.note.text()
    assert "1 evaluation on other images not shown" in view.note.text()
    pick(view.cost, "macs")
    assert second.plan.key in drawn(view)


def test_the_ceiling_marks_the_best_that_it_allows_and_says_so(qtbot: Any, studied: Any) -> None:
    state, commands = studied
    view = shown(qtbot, FrontierView(state, commands), 700)
    qtbot.mouseClick(view.limited, Qt.MouseButton.LeftButton, pos=QPoint(8, view.limited.height() // 2))
    for ceiling in (300.0, 350.0, 1000.0):
        view.ceiling.setValue(ceiling)
        within = [e for e in state.evaluations if e.latency.median_ms <= ceiling]
        best = max(within, key=lambda e: e.top1.value)
        assert f"{100 * best.top1.value:.1f} %" in view.sentence.text()
        name = "the dense model" if not len(best.plan) else best.plan.key[:4]
        assert name in view.sentence.text()
        assert view.chart.ceiling.value() == pytest.approx(ceiling)
    view.ceiling.setValue(10)
    assert "No measured plan is at most 10 ms" in view.sentence.text()
    view.chart.ceiling.setValue(300)
    view.chart.ceiling.sigDragged.emit(view.chart.ceiling)
    assert view.ceiling.value() == pytest.approx(300)
    pick(view.cost, "throughput")
    assert "at least" in view.sentence.text()
    pick(view.cost, "latency")
    assert view.ceiling.value() == pytest.approx(300), "each cost keeps its own"


def test_a_click_on_a_point_and_enter_on_its_row_load_the_plan(qtbot: Any, studied: Any) -> None:
    state, commands = studied
    view = shown(qtbot, FrontierView(state, commands), 700)
    wanted = state.trials[3].plan
    spot = next(s for s in view.chart._dots.points() if view._shown[s.data()].plan == wanted)
    at = view.chart.widget.mapFromScene(view.chart.box.mapViewToScene(spot.pos()))
    qtbot.mouseClick(view.chart.widget.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: state.plan == wanted)
    assert commands.calls[-1][0] == "use_plan"
    assert [s.current for s in view.chart.spots.values()].count(True) == 1
    other = state.trials[0].plan
    row = next(n for n, r in enumerate(view.model.shown) if view._shown[r.about].plan == other)
    view.table.setFocus()
    view.table.selectRow(row)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert state.plan == other


def test_points_are_told_apart_by_shape_and_colour_when_a_study_made_them(qtbot: Any, studied: Any) -> None:
    state, commands = studied
    view = shown(qtbot, FrontierView(state, commands), 700)
    shapes = {spot.method: view.chart._shapes[spot.method] for spot in view.chart.spots.values()}
    assert shapes["cosine"] != shapes["greedy"]
    assert {"cosine", "greedy", "repair: none", "repair: linear"} <= set(view.chart.legend.accessibleName().split(", "))
    pick(view.method, "greedy")
    plans = {t.plan for t in state.trials if t.method == "greedy"}
    assert {e.plan for e in view._shown.values() if len(e.plan)} == plans
    state.trials = ()
    assert not view.method.isVisible()
    assert len(view._shown) == len(state.evaluations)


def test_the_bound_is_the_dense_time_by_the_share_of_macs(qtbot: Any, studied: Any) -> None:
    state, commands = studied
    view = shown(qtbot, FrontierView(state, commands), 700)
    dense = state.evaluations[0]
    for point in view.frontier.points:
        evaluation = view._shown[point.label]
        if len(evaluation.plan):
            bound = dense.latency.median_ms * evaluation.macs / dense.macs
            assert point.bound.median == pytest.approx(bound)
            assert f"{bound:.2f} ms" in view.chart.spots[point.label].tip
    hasty = Latency(dense.latency.samples_ms / 10, 16, 2, "cpu")
    state.evaluations = (dense, replace(state.evaluations[1], latency=hasty))
    assert "under other conditions" in view.note.text()
    assert "Evaluate them again" in view.note.text()


def test_before_anything_is_measured_the_next_step_is_offered(qtbot: Any, qapp: Any) -> None:
    state, commands = cast("tuple[AppState, Any]", synthetic.analysed())
    view = shown(qtbot, FrontierView(state, commands), 500)
    assert "point of quality against cost" in texts(view)
    view.evaluate.click()
    assert commands.calls == [("evaluate",)]
    state.data = None
    assert not view.evaluate.isVisible()


@pytest.mark.parametrize("dark", [False, True])
def test_the_chart_is_exported_and_follows_the_palette(
    qtbot: Any, studied: Any, tmp_path: Path, qapp: Any, dark: bool
) -> None:
    state, commands = studied
    view = shown(qtbot, FrontierView(state, commands), 700)
    view.limited.setChecked(True)
    before = view.chart.image()
    view.setPalette(theme.palette(dark=dark))
    if dark:
        assert view.chart.image() != before
    rows = list(csv.DictReader(view.chart.csv().decode().splitlines()))
    assert len(rows) == len(state.evaluations)
    by_value = {round(float(row["value (share)"]), 9) for row in rows}
    assert by_value == {round(e.top1.value, 9) for e in state.evaluations}
    view.table.copy()
    assert QGuiApplication.clipboard().text().startswith("Plan\tMethod\tRepair\tTop-1 accuracy")


def test_another_model_takes_the_points_away(qtbot: Any, studied: Any) -> None:
    state, commands = studied
    view = shown(qtbot, FrontierView(state, commands), 700)
    state.plan = None
    state.architecture = synthetic.architecture(blocks=6)
    assert "Nothing measured yet" in texts(view)
    state.architecture = None
    nothing = AppState()
    commands: Any = RecordingCommands(nothing)
    shown(qtbot, FrontierView(nothing, commands), 400)
