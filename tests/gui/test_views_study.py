"""The study: what the form asks for, what is shown while it runs and when it is through, and that a cell loads."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage

from tests.gui import synthetic
from tests.gui.test_views_panels import shown, texts
from vitprune.scores import Score, read_only
from vitprune.selection import methods
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.studying import StudyForm
from vitprune_gui.views.study import StudyView


@pytest.fixture
def ready(qapp: Any) -> tuple[AppState, Any]:
    """A model, images to analyse and others to evaluate; nothing studied."""
    state, commands = synthetic.analysed()
    state.test_data = replace(synthetic.data(), digest="t" * 64)
    return state, commands


def studied(state: AppState, *, figures: bool = True) -> None:
    assert state.architecture is not None
    assert state.scores is not None
    damage = {site: Score(read_only(1 - score.per_image)) for site, score in state.scores["cosine"].items()}
    state.scores = replace(state.scores, tables={**state.scores.tables, "damage": damage})
    trials, state.evaluations = synthetic.studied(state.architecture)
    state.study = synthetic.study()
    state.trials = trials
    if figures:
        state.findings = synthetic.result(state)


def test_the_form_asks_for_what_is_ticked(qtbot: Any, ready: Any) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    assert "prunes the model by each method" in texts(view)
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    assert commands.calls == [
        ("start_study", StudyForm(None, (4, 8, 12), ("none", "mean", "linear"), "sublayer", "model", False, None))
    ]
    for row in range(view.form.methods.count()):
        item = view.form.methods.item(row)
        if item.data(Qt.ItemDataRole.UserRole) not in ("cosine", "random"):
            item.setCheckState(Qt.CheckState.Unchecked)
    view.form.sizes.setText("6 2, 2")
    view.form.repairs["mean"].click()
    view.form.speed.click()
    view.form.images.setValue(50)
    view.start.click()
    assert commands.calls[-1][1] == StudyForm(
        ("cosine", "random"), (2, 6), ("none", "linear"), "sublayer", "model", True, 50
    )
    assert view.form.methods.count() == len([method for method in methods().values() if method.of_sites])


@pytest.mark.parametrize("sizes", ["", "a few", "0", "3, 99"])
def test_what_cannot_be_asked_says_why_and_starts_nothing(qtbot: Any, ready: Any, sizes: str) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    view.form.sizes.setText(sizes)
    view.start.click()
    assert not commands.calls
    assert ("24 branches" in texts(view)) == ("99" in sizes)


def test_images_must_not_be_judged_by_themselves(qtbot: Any, ready: Any) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    assert view.start.isEnabled()
    for other in (None, state.data):
        state.test_data = other
        assert not view.start.isEnabled()
        assert "Open other images to evaluate" in texts(view)
    state.architecture = None
    assert "Open a model first" in texts(view)


def test_a_running_study_shows_how_far_it_is_and_can_be_stopped(qtbot: Any, ready: Any) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    assert not view.cancel.isVisible()
    running = JobStatus(7, "Study", "running", 300, 1200, "images", "Measuring plans", topic="study")
    state.jobs = (running,)
    assert view.bar.isVisible()
    assert (view.bar.value(), view.bar.maximum()) == (300, 1200)
    assert "Measuring plans 300 of 1,200 images" in texts(view)
    assert not view.start.isEnabled()
    view.cancel.click()
    assert commands.calls == [("cancel_job", 7)]
    commands.study_stopped = True
    state.jobs = (replace(running, state="cancelled"),)
    assert not view.bar.isVisible()
    view.go_on.click()
    assert commands.calls[-1] == ("resume_study",)


def test_every_trial_has_its_cell_with_its_interval(qtbot: Any, ready: Any) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    studied(state)
    assert not view.start.isVisible()
    by_plan = {e.plan: e for e in state.evaluations}
    head, *rows = view.results.trials.text()
    assert head == ["Method", "Repair", "4 removed", "8 removed", "12 removed"]
    assert len(rows) == 4
    found = {(row[0], row[1], title): cell for row in rows for title, cell in zip(head[2:], row[2:], strict=True)}
    best = {f.trial for f in state.findings.findings if f.best}
    assert best
    for trial in state.trials:
        e = by_plan[trial.plan].top1
        cell = found[trial.method, "None" if trial.repair == "none" else "Linear", f"{trial.removed} removed"]
        assert cell.startswith(f"{100 * e.value:.1f} % [{100 * e.low:.1f}, {100 * e.high:.1f}]")
        assert cell.endswith("●") == (trial in best)
    tip = view.results.trials.index(0, 2).data(Qt.ItemDataRole.ToolTipRole)
    assert "against dense: top-1 accuracy" in tip
    assert "adjusted for all plans" in tip


def test_a_click_on_a_cell_loads_its_plan_and_its_method_stands_out(qtbot: Any, ready: Any) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    studied(state)
    index = next(
        view.results.trials.index(row, column)
        for row in range(view.results.trials.rowCount())
        for column in range(2, view.results.trials.columnCount())
        if getattr(view.results.trials.about(view.results.trials.index(row, column)), "plan", None)
        == state.trials[9].plan
    )
    at = view.results.table.visualRect(index).center()
    qtbot.mouseClick(view.results.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert state.plan == state.trials[9].plan
    assert view.results.repair.currentData() == state.trials[9].repair
    assert view.results.chart._chosen == state.trials[9].method
    assert view.results.trials.index(index.row(), index.column()).data(Qt.ItemDataRole.FontRole).bold()
    view.results.table.setFocus()
    qtbot.keyClick(view.results.table, Qt.Key.Key_Left)
    qtbot.keyClick(view.results.table, Qt.Key.Key_Return)
    assert state.plan == state.trials[7].plan
    view.results.chart.mark_chosen.emit(state.trials[0])
    assert state.plan == state.trials[0].plan


def test_before_the_figures_are_there_values_are_shown_and_no_report_can_be_written(qtbot: Any, ready: Any) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    studied(state, figures=False)
    assert "%" in view.results.trials.text()[1][2]
    assert not view.report.isEnabled()
    state.evaluations = state.evaluations[:3]
    assert [cell for row in view.results.trials.text()[1:] for cell in row[2:]].count("–") == 10
    studied(state)
    view.report.click()
    assert commands.calls == [("write_report",)]


def test_orders_are_told_with_their_intervals(qtbot: Any, ready: Any) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    studied(state)
    view.results.tabs.setCurrentIndex(1)
    rows = view.results.ranks.text()
    assert rows[0][1:3] == ["Kendall's tau", "Spearman's rho"]
    first = state.findings.agreements[0]
    assert f"{first.kendall.value:+.2f} [" in rows[1][1].replace("−", "-")
    assert len(rows) == 1 + len(state.findings.agreements)


def test_the_chart_is_exported(qtbot: Any, ready: Any, tmp_path: Path) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    studied(state)
    view.results.chart.image().save(str(tmp_path / "s.png"))
    (tmp_path / "s.svg").write_bytes(view.results.chart.svg())
    (tmp_path / "s.csv").write_bytes(view.results.chart.csv())
    assert not QImage(str(tmp_path / "s.png")).isNull()
    assert "<svg" in (tmp_path / "s.svg").read_text()
    rows = list(csv.DictReader((tmp_path / "s.csv").read_text().splitlines()))
    assert {(row["method"], int(row["removed"])) for row in rows} == {
        (method, size) for method in ("cosine", "greedy") for size in (4, 8, 12)
    }
    view.results.table.copy()
    assert QGuiApplication.clipboard().text().startswith("Method\tRepair\t4 removed")


def test_a_new_study_brings_the_form_back(qtbot: Any, ready: Any) -> None:
    state, commands = ready
    view = shown(qtbot, StudyView(state, commands), 700)
    studied(state)
    assert not view.form.sizes.isVisible()
    before = view.results.trials.text()
    view.again.click()
    assert view.form.sizes.isVisible()
    state.evaluations = state.evaluations[:3]
    assert view.results.trials.text() == before, "nobody sees it"
    view.start.click()
    assert commands.calls[-1][0] == "start_study"
    assert not view.form.sizes.isVisible()
    assert view.results.trials.text() != before
