"""Predicted against measured: every dot is its two scores, both orders are compared in the worker, one selection."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from scipy import stats

from tests.gui import synthetic
from tests.gui.conftest import FakeWorkflow, toy_architecture
from tests.gui.synthetic import RecordingCommands
from vitprune.agreement import agreement
from vitprune.architecture import Architecture, Kind
from vitprune.jobs import Job
from vitprune.results import Session
from vitprune.scores import Score, Scores, read_only
from vitprune.statistics import Estimate
from vitprune_gui import theme
from vitprune_gui.charts.damage import DamageChart
from vitprune_gui.commands import Commands
from vitprune_gui.requests import CompareOrders, Engine, RankSites
from vitprune_gui.runner import JobStatus
from vitprune_gui.state import AppState
from vitprune_gui.views.architecture import ArchitectureView
from vitprune_gui.views.damage import DamageView
from vitprune_gui.views.formatting import images, si
from vitprune_gui.views.inspector import Inspector

MODEL = synthetic.architecture()


def with_damage(scores: Scores, *, lowest: float = 0.01) -> Scores:
    generator = np.random.default_rng(3)
    tables: dict[str, dict[str, Score]] = {"damage": {}, "damage_angular": {}, "damage_loss": {}, "taylor": {}}
    for site in MODEL:
        level = lowest + (1.02 - scores["cosine"][site.id].mean) * generator.lognormal(0, 0.7)
        tables["damage"][site.id] = Score(read_only(generator.gamma(2, level / 2, scores.images)))
        tables["damage_angular"][site.id] = Score(read_only(generator.normal(level - 0.1, 0.3, scores.images)))
        tables["damage_loss"][site.id] = Score(read_only(np.full(scores.images, np.nan)))
        tables["taylor"][site.id] = Score(read_only(generator.gamma(2, level, 100)))
    return replace(scores, tables={**scores.tables, **tables})


@pytest.fixture
def app(qapp: Any) -> tuple[AppState, RecordingCommands]:
    state, commands = synthetic.analysed()
    assert state.scores is not None
    state.scores = with_damage(state.scores)
    return state, commands


def shown(qtbot: Any, view: Any, width: int = 800, height: int = 640) -> Any:
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show()
    qtbot.waitExposed(view)
    return view


def says(view: Any) -> str:
    texts = "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())
    return texts.replace("\N{NO-BREAK SPACE}", " ")


def chart_of(view: DamageView) -> DamageChart:
    assert view.chart is not None
    return view.chart


def drawn(chart: DamageChart, kind: Kind) -> Any:
    """Across and upwards."""
    return chart._dots[kind].getData()


def reach(chart: DamageChart, kind: Kind) -> dict[str, Any]:
    """Of the error bars."""
    return chart._bars[kind].opts


def press_log(qtbot: Any, view: DamageView) -> None:
    qtbot.mouseClick(view.log_box, Qt.MouseButton.LeftButton, pos=QPoint(8, view.log_box.height() // 2))


def take(qtbot: Any, box: Any, value: str) -> None:
    """Choose with the keyboard."""
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    while box.currentData() != value:
        before = box.currentIndex()
        qtbot.keyClick(box, Qt.Key.Key_Down)
        assert box.currentIndex() != before, f"{value} is not offered"


def offered(box: Any) -> list[str | None]:
    return [box.itemData(row) for row in range(box.count())]


def test_every_dot_is_its_two_scores(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    chart = chart_of(view)
    press_log(qtbot, view)
    for kind in (Kind.ATTENTION, Kind.MLP):
        sites = [site.id for site in MODEL.of_kind(kind)]
        for values, table in zip(drawn(chart, kind), ("cosine", "damage"), strict=True):
            assert np.allclose(values, [state.scores[table][site].per_image.mean() for site in sites])
        for name, table in (("left", "cosine"), ("right", "cosine"), ("bottom", "damage"), ("top", "damage")):
            values = [state.scores[table][site].per_image for site in sites]
            halves = [1.959964 * v.std(ddof=1) / np.sqrt(len(v)) for v in values]
            assert np.allclose(reach(chart, kind)[name], halves), name
    assert len(chart._dots[Kind.BLOCK].points()) == 0, "blocks are not compared with what is in them"
    take(qtbot, view.sites_box, "block")
    assert len(chart._dots[Kind.BLOCK].points()) == 12
    assert len(chart._dots[Kind.MLP].points()) == 0


def test_what_holds_no_number_is_not_offered(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    assert offered(view.measured_box) == ["damage", "damage_angular"]
    assert "taylor" in offered(view.predicted_box)
    assert not any(str(table).startswith("damage") for table in offered(view.predicted_box))


def test_the_axes_say_quantity_unit_and_direction(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    chart = chart_of(view)
    assert chart.plot.getAxis("bottom").labelText == "Cosine redundancy (redundant →)"
    assert chart.plot.getAxis("left").labelText == "Damage (nats)"
    assert "top right: looks redundant" in chart.legend.accessibleName()
    take(qtbot, view.predicted_box, "taylor")
    assert chart.plot.getAxis("bottom").labelText.startswith("(← redundant) Taylor")
    assert "top left: looks redundant" in chart.legend.accessibleName()
    assert f"n = {images(100)} (across) and {images(600)} (upwards)" in chart.legend.accessibleName()


def test_one_selection_in_dots_tree_and_inspector(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    tree, inspector = ArchitectureView(state, commands), Inspector(state, commands)
    for other in (tree, inspector):
        shown(qtbot, other, 380)
    chart = chart_of(view)
    spot = next(p for p in chart._dots[Kind.ATTENTION].points() if p.data().site.id == "blocks.0.attn")
    at = chart.widget.mapFromScene(chart.box.mapViewToScene(spot.pos()))
    qtbot.mouseClick(chart.widget.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
    assert state.selection == "blocks.0.attn"
    assert tree.selected_sites() == ["blocks.0.attn"]
    assert "blocks.0.attn" in says(inspector)
    commands.select_site("blocks.4.mlp")
    assert 10 ** chart._ring.getData()[1] == pytest.approx([state.scores["damage"]["blocks.4.mlp"].mean])
    assert chart._name.toPlainText() == "MLP 4"
    commands.select_site("blocks.4")
    assert len(chart._ring.points()) == 0
    assert not chart._name.isVisible()


def test_the_name_of_the_selected_dot_is_never_cut_off(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    chart = chart_of(view)
    for pair in chart.pairs:
        commands.select_site(pair.site.id)
        chart.widget.grab()  # it is placed when it is painted
        name = chart._name.mapRectToScene(chart._name.boundingRect())
        assert chart.box.sceneBoundingRect().adjusted(-2, -2, 2, 2).contains(name), pair.site.id


def test_the_keyboard_walks_from_dot_to_dot(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    chart = chart_of(view)
    chart.setFocus()
    order = sorted((pair.predicted.mean, pair.site.id) for pair in chart.pairs)
    commands.select_site(None)
    for key, place in ((Qt.Key.Key_Right, 0), (Qt.Key.Key_Right, 1), (Qt.Key.Key_Left, 0), (Qt.Key.Key_Left, 0)):
        qtbot.keyClick(chart, key)
        assert state.selection == order[place][1]


def test_the_tip_says_both_numbers(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    chart = chart_of(view)
    tip = chart.tip(next(pair for pair in chart.pairs if pair.site.id == "blocks.2.mlp"))
    for table, title in (("cosine", "Cosine redundancy"), ("damage", "Damage")):
        assert f"{title}: {state.scores[table]['blocks.2.mlp'].mean:.3f} ±" in tip
    assert "nats (95 % interval)" in tip
    assert "blocks.2.mlp" in tip


def test_the_logarithm_is_for_what_is_above_zero(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    chart = chart_of(view)
    assert view.log_box.isChecked(), "a few sites dwarf the others"
    sites = [site.id for site in MODEL.of_kind(Kind.MLP)]
    means = [state.scores["damage"][site].mean for site in sites]
    assert np.allclose(drawn(chart, Kind.MLP)[1], np.log10(means))
    halves = np.array([1.959964 * state.scores["damage"][site].standard_error for site in sites])
    assert np.allclose(reach(chart, Kind.MLP)["top"], np.log10(means + halves) - np.log10(means))
    assert chart.plot.getAxis("left").logMode
    press_log(qtbot, view)
    assert np.allclose(drawn(chart, Kind.MLP)[1], means)
    press_log(qtbot, view)
    take(qtbot, view.measured_box, "damage_angular")
    assert min(pair.measured.mean for pair in chart.pairs) < 0
    assert not view.log_box.isEnabled()
    assert not chart.plot.getAxis("left").logMode
    assert np.isfinite(drawn(chart, Kind.MLP)[1]).all()


def test_agreement_is_asked_for_and_told_with_its_interval(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    asked = [call for call in commands.calls if call[0] == "compare_orders"]
    assert asked == [("compare_orders", "cosine", "damage", "sublayer")]
    assert "Comparing the two orders of 24 sublayers" in view.result.text()
    found = agreement(state.scores, MODEL, "cosine", "damage", resamples=200)
    assert found is not None
    state.agreement = found
    sites = [site.id for site in MODEL.sublayers]
    predicted = [-state.scores["cosine"][site].per_image.mean() for site in sites]
    measured = [state.scores["damage"][site].per_image.mean() for site in sites]
    (tau, _), (rho, _) = stats.kendalltau(predicted, measured), stats.spearmanr(predicted, measured)
    assert f"Kendall τ {tau:.3f} [" in view.result.text()
    assert f"Spearman ρ {rho:.3f} [" in view.result.text()
    assert f"n = {images(600)}\n24 sublayers: " in view.result.text()
    state.agreement = None
    state.plan = None
    assert len([call for call in commands.calls if call[0] == "compare_orders"]) == 1, "a plan changes no order"
    take(qtbot, view.sites_box, "mlp")
    assert commands.calls[-1] == ("compare_orders", "cosine", "damage", "mlp")
    state.agreement = found
    assert "Comparing" in view.result.text(), "the answer to an older question"


def test_the_score_that_colours_the_tree_is_followed(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    commands.set_metric("norm_ratio")
    assert view.predicted_box.currentData() == "norm_ratio"
    commands.set_metric("damage")
    assert view.predicted_box.currentData() == "norm_ratio"
    take(qtbot, view.predicted_box, "cosine")
    assert state.metric == "damage", "looking here leaves the tree as it is"


def test_nothing_measured_is_explained_and_measured_from_there(qtbot: Any, app: Any) -> None:
    state, commands = app
    scores = state.scores
    state.scores = replace(scores, tables={"cosine": scores["cosine"]})
    view = shown(qtbot, DamageView(state, commands))
    assert view.chart is None
    assert "Every site will be a dot" in says(view)
    qtbot.mouseClick(view.measure_button, Qt.MouseButton.LeftButton)
    assert commands.calls[-1] == ("measure_damage",)
    state.jobs = (JobStatus(1, "Measure", "running", topic="damage"),)
    assert not view.measure_button.isEnabled()
    state.jobs = ()
    state.scores = scores
    assert chart_of(view).isVisible()
    state.data = None
    assert not view.again_button.isEnabled()


def test_without_a_common_site_the_tab_says_so(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    take(qtbot, view.predicted_box, "block_influence")
    assert "None of the sublayers has both Block influence and Damage" in says(view)
    assert not chart_of(view).isVisible()
    take(qtbot, view.sites_box, "block")
    assert chart_of(view).isVisible()


def test_files_hold_what_is_seen(qtbot: Any, app: Any, tmp_path: Path) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    chart = chart_of(view)
    (tmp_path / "values.csv").write_bytes(chart.csv())
    rows = list(csv.DictReader((tmp_path / "values.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 24
    units = {"cosine": "", "damage": " (nats)"}
    for row in rows:
        for table in ("cosine", "damage"):
            score = state.scores[table][row["site"]]
            assert float(row[table + units[table]]) == score.mean
            assert float(row[f"{table}_standard_error{units[table]}"]) == score.standard_error
    (tmp_path / "chart.svg").write_bytes(chart.svg())
    texts = {
        e.text for e in ElementTree.parse(tmp_path / "chart.svg").getroot().iter("{http://www.w3.org/2000/svg}text")
    }
    assert "Cosine redundancy against Damage" in texts
    chart.image().save(str(tmp_path / "chart.png"))
    image = QImage(str(tmp_path / "chart.png"))
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert {"#0072b2", "#c65300"} <= colours


def test_the_colours_follow_the_theme(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, DamageView(state, commands))
    view.setPalette(theme.palette(dark=True))
    picture = chart_of(view).image()
    assert picture.pixelColor(picture.width() // 2, 4).lightnessF() < 0.4


def test_the_chooser_above_the_tree_has_the_measured_tables_apart(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, ArchitectureView(state, commands), 380)
    names = offered(view.metric_box)
    line = names.index(None)
    assert "taylor" in names[:line]
    assert names[line + 1 :] == ["damage", "damage_loss", "damage_angular"]
    commands.set_metric("damage")
    assert view.metric_box.currentText() == "Damage"
    assert "nats" in view.legend.accessibleName()


def test_the_inspector_has_predicted_and_measured_with_firm_places(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, Inspector(state, commands), 330, 900)
    commands.select_site("blocks.8.attn")
    text = says(view)
    score = state.scores["damage"]["blocks.8.attn"]
    assert "Measured without it" in text
    assert text.index("Cosine redundancy") < text.index("Measured without it") < text.index("Norm ratio")
    assert f"{score.mean:.3f} ±" in text
    assert "Rise of the loss" not in text, "there are no labels"
    name, tables, group, sites = commands.calls[-1]
    assert (name, group, tuple(sites)) == ("rank_sites", "sublayers", tuple(site.id for site in MODEL.sublayers))
    state.ranks = RankSites(state.scores, tuple(tables), group, tuple(sites)).run(Engine(), Job())
    low, high = state.ranks.places["cosine", "sublayers"]["blocks.8.attn"]
    assert 1 <= low <= high <= 24
    places = f"[{math.floor(low)}, {math.ceil(high)}]"
    qtbot.waitUntil(lambda: f"of 24 sublayers {places}" in says(view))
    asked = len(commands.calls)
    state.plan = None
    assert len(commands.calls) == asked, "nothing is asked twice"


def test_the_inspector_has_each_repair_with_its_cost_and_what_it_makes_good(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, Inspector(state, commands), 330, 900)
    commands.select_site("blocks.8.attn")
    cost = MODEL.by_id["blocks.8.attn"].cost("linear")
    assert cost is not None
    costs = f"{si(cost.params)} parameters, {si(cost.macs)} MACs"
    assert "Measure the damage to find out" in says(view)
    assert costs in says(view)
    gains = {"blocks.8.attn": {"linear": Estimate(0.925, 0.921, 0.929, 600), "mean": Estimate(0.35, 0.34, 0.36, 600)}}
    state.scores = replace(state.scores, gains=gains)
    text = says(view)
    assert "92.5 % [92.1, 92.9]" in text
    assert costs in text
    assert "not fitted to" in text
    commands.select_site("blocks.8")
    assert "92.5" not in says(view)


# The job, on a runner


def analysed_by(tables: Callable[[Any, int], dict[str, dict[str, Score]]]) -> Any:
    def analyze(model: Any, images: Any, *, compute: Any, job: Job, metrics: Any = ("all",), **_: Any) -> Session:
        found = {
            name: table
            for name, table in tables(model.architecture, 2).items()
            if "everything" in metrics or name == "cosine"
        }
        session = FakeWorkflow().analyze(model, images, compute=compute, job=job)
        return replace(session, scores=Scores(2, found))

    return analyze


def made_up(model: Architecture, images: int) -> dict[str, dict[str, Score]]:
    sites = model.sites
    return {
        name: {site.id: Score(np.arange(images, dtype=np.float64) + place) for place, site in enumerate(sites)}
        for name in ("cosine", "damage")
    }


def test_damage_comes_beside_the_scores_and_stays(
    qtbot: Any, state: AppState, commands: Commands, workflow: FakeWorkflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "analyze", analysed_by(made_up))
    commands.measure_damage()
    assert state.scores is None
    assert not state.jobs, "without a model there is nothing to measure"
    with qtbot.waitSignal(state.data_changed):
        commands.open_model("here")
        qtbot.waitUntil(lambda: state.model is not None)
        commands.open_images("images")
    with qtbot.waitSignal(state.scores_changed):
        commands.analyze()
    assert state.scores is not None
    extra = {"norm_ratio": dict(state.scores["cosine"])}
    state.scores = replace(state.scores, tables={**state.scores.tables, **extra})
    with qtbot.waitSignal(state.scores_changed):
        commands.measure_damage()
    assert set(state.scores) == {"cosine", "norm_ratio", "damage"}
    assert state.dirty
    with qtbot.waitSignal(state.scores_changed):
        commands.analyze()
    assert set(state.scores) == {"cosine", "norm_ratio", "damage"}, (
        "another analysis of these images throws nothing away"
    )
    with qtbot.waitSignal(state.agreement_changed):
        commands.compare_orders("cosine", "damage", "sublayer")
    assert state.agreement is not None
    assert state.agreement.kendall.value == pytest.approx(-1), "the highest cosine is the largest damage here"
    with qtbot.waitSignal(state.ranks_changed):
        commands.rank_sites(("cosine",), "blocks", [site.id for site in state.architecture.blocks])  # type: ignore[union-attr]
    assert state.ranks is not None
    assert state.ranks.places["cosine", "blocks"]["blocks.2"] == (1, 1)
    qtbot.waitUntil(lambda: all(not job.pending for job in state.jobs))
    assert {job.topic for job in state.jobs} & {"orders", "ranks"} == set(), "details are not among the finished jobs"
    commands.open_images("others")
    qtbot.waitUntil(lambda: state.scores is None)


def test_equal_questions_have_one_key() -> None:
    model = toy_architecture()
    one, other = (CompareOrders(Scores(2, made_up(model, 2)), model, "cosine", "damage", "sublayer") for _ in range(2))
    assert one.key == other.key
    assert one.key != replace(one, granularity="block").key
    assert one.key != replace(one, score="damage", truth="cosine").key
    more = made_up(model, 3)
    assert one.key != replace(one, scores=Scores(3, more)).key
