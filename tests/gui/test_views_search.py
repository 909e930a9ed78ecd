"""The search as it goes: who races, who is out, what goes, and how many steps are taken over."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage

from tests.gui import synthetic
from tests.gui.test_views_panels import shown, texts
from vitprune.architecture import Kind
from vitprune.searches import Candidate, SearchPartial, SearchSettings, SearchState, SearchStep
from vitprune.statistics import Estimate
from vitprune_gui.choosing import SearchForm
from vitprune_gui.colours import kind_colour
from vitprune_gui.requests import Searched
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.search import SearchView

SETTINGS = SearchSettings("", "", "", 128, repair="linear", target="stream", width=2)


def step(number: int) -> SearchStep:
    sites = tuple(f"blocks.{11 - i}.attn" for i in range(number))
    candidates = (
        Candidate("blocks.1.mlp", 2.0, 0.3, 32),
        Candidate("blocks.2.mlp", 0.021 * number, 0.004, 128, tied=True),
        Candidate("blocks.3.mlp", 0.4, 0.01, 128),
        Candidate(sites[-1], 0.02 * number, 0.004, 128),
    )
    damage = Estimate(0.02 * number, 0.015 * number, 0.028 * number, 128)
    return SearchStep(sites, damage, candidates, (sites,), 40.4)


def searched(count: int, *, partial: bool = False) -> Searched:
    racing = SearchPartial(
        count + 1, (Candidate("blocks.0.attn", 1.5, 0.2, 32), Candidate("blocks.1.attn", 0.1, 0.02, 64))
    )
    state = SearchState(SETTINGS, tuple(step(n) for n in range(1, count + 1))) if count else None
    return Searched(state, racing if partial else None)


@pytest.fixture
def app(qapp: Any) -> tuple[AppState, Any]:
    return synthetic.analysed()


def test_the_form_asks_for_a_search_with_the_present_repair(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, SearchView(state, commands), 760)
    assert "missed least" in texts(view)
    assert "without repair" in texts(view)
    state.repair = ("linear", "model")
    assert "Linear, fitted to the model" in texts(view)
    view.remove.setValue(6)
    view.width_.setValue(3)
    view.granularity.setCurrentIndex(view.granularity.findData("mlp"))
    view.objective.setCurrentIndex(view.objective.findData("angular"))
    view.racing.click()
    qtbot.mouseClick(view.start, Qt.MouseButton.LeftButton)
    assert commands.calls == [("start_search", SearchForm(6, "mlp", "angular", 3, False))]
    state.data = None
    assert not view.start.isEnabled()
    assert "Open images to analyse first" in texts(view)


def test_the_race_is_watched_candidate_by_candidate(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, SearchView(state, commands), 760)
    state.search = searched(0, partial=True)
    assert view.of_step.text() == tr("Step {step}: %n candidate(s), still racing", "", 2, step=1)
    state.search = searched(2, partial=True)
    assert view.of_step.text() == tr("Step {step}: %n candidate(s), still racing", "", 2, step=3)
    assert [row[0] for row in view.candidates.text()[1:]] == ["Attention 1", "Attention 0"]
    assert [row[3] for row in view.candidates.text()[1:]] == ["in the race", "out after 32"]
    assert len(view.chart._dots.points()) == 2
    assert [p.pos().x() for p in view.chart._tried.points()] == [3, 3]
    state.search = searched(3)
    fates = {row[0]: row[3] for row in view.candidates.text()[1:]}
    assert fates == {"Attention 9": "goes", "MLP 2": "as good", "MLP 3": "stays", "MLP 1": "out after 32"}
    assert "found, at the cost of 121 forwards" in texts(view)


def test_the_curve_is_the_damage_with_its_interval(qtbot: Any, app: Any, tmp_path: Path) -> None:
    state, commands = app
    view = shown(qtbot, SearchView(state, commands), 760)
    state.search = searched(4)
    assert [(p.pos().x(), p.pos().y()) for p in view.chart._dots.points()] == [
        pytest.approx((n, 0.02 * n)) for n in range(1, 5)
    ]
    (tmp_path / "s.csv").write_bytes(view.chart.csv())
    rows = list(csv.DictReader((tmp_path / "s.csv").read_text().splitlines()))
    assert {row["site"] for row in rows if row["what"] == "candidate"} == {
        c.site for c in state.search.steps[-1].candidates
    }
    rows = [row for row in rows if row["what"] == "step"]
    assert [float(row["ci95_high (nats)"]) for row in rows] == pytest.approx([0.028 * n for n in range(1, 5)])
    assert rows[1]["site"] == "blocks.10.attn"
    view.chart.image().save(str(tmp_path / "s.png"))
    (tmp_path / "s.svg").write_bytes(view.chart.svg())
    assert not QImage(str(tmp_path / "s.png")).isNull()
    assert "<svg" in (tmp_path / "s.svg").read_text()
    view.table.copy()
    assert QGuiApplication.clipboard().text().startswith("Site\tDamage\tImages")


def test_any_number_of_steps_can_be_taken(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, SearchView(state, commands), 760)
    state.search = searched(4)
    assert view.slider.value() == 4, "the whole search, until something else is wanted"
    view.slider.setFocus()
    qtbot.keyClick(view.slider, Qt.Key.Key_Left)
    assert view.taken.text().startswith("3 of 4: blocks.11.attn, blocks.10.attn, blocks.9.attn.")
    assert view.of_step.text().startswith("Step 3")
    state.search = searched(5, partial=True)
    assert view.slider.value() == 3, "what was chosen stays while the search goes on"
    spot = view.chart._dots.points()[1]
    at = view.chart.widget.mapFromScene(view.chart.box.mapViewToScene(spot.pos()))
    qtbot.mouseClick(view.chart.widget.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at.x(), at.y()))
    assert view.slider.value() == 2
    view.use.click()
    assert commands.calls == [("select_site", "blocks.10.attn"), ("use_search", 2)]


def test_a_search_is_cancelled_and_gone_on_with(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, SearchView(state, commands), 760)
    running = JobStatus(5, "Search", "running", 10, 40, "images", "Choosing site 3", topic="search")
    state.jobs = (running,)
    state.search = searched(2, partial=True)
    assert view.bar.isVisible()
    assert "Choosing site 3" in texts(view)
    assert not view.start.isEnabled()
    view.cancel.click()
    assert commands.calls == [("cancel_job", 5)]
    state.jobs = (replace(running, cancelling=True),)
    assert "Cancelling" in texts(view)
    state.jobs = (replace(running, state="cancelled"),)
    state.search = searched(2)
    assert not view.bar.isVisible()
    view.remove.setValue(2)
    assert not view.go_on.isEnabled(), "two are found already"
    view.remove.setValue(5)
    view.go_on.click()
    assert commands.calls[-1] == ("resume_search", 5)
    assert view.start.text() == "Search anew"


def test_a_candidate_is_selected_everywhere(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, SearchView(state, commands), 760)
    state.search = searched(1)
    row = next(n for n, r in enumerate(view.candidates.shown) if r.about.site == "blocks.3.mlp")
    at = view.table.visualRect(view.candidates.index(row, 0)).center()
    qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert state.selection == "blocks.3.mlp"
    state.search = None
    assert "missed least" in texts(view)


def test_a_site_is_selected_in_the_chart_and_wherever_else_it_is(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, SearchView(state, commands), 760)
    state.search = searched(4)
    chart = view.chart
    state.selection = "blocks.10.attn"
    assert [(p.pos().x(), p.pos().y()) for p in chart._ring.points()] == [pytest.approx((2, 0.04))]
    state.selection = "blocks.0"
    assert len(chart._ring.points()) == 0
    spot = next(p for p in chart._tried.points() if p.data().site == "blocks.2.mlp")
    at = chart.widget.mapFromScene(chart.box.mapViewToScene(spot.pos()))
    qtbot.mouseClick(chart.widget.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at.x(), at.y()))
    assert commands.calls == [("select_site", "blocks.2.mlp")]
    colours = {spot.data().site: spot.brush().color().name() for spot in chart._dots.points()}
    assert colours["blocks.10.attn"] == kind_colour(Kind.ATTENTION, chart.palette()).name()
