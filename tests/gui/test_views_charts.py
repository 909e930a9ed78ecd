"""Charts hold the scores that they were given, and their files are what they say they are."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication

from tests.gui import synthetic
from vitprune.architecture import Kind, Site
from vitprune.plan import PruningPlan
from vitprune.scores import Scores
from vitprune.statistics import Estimate
from vitprune_gui import theme
from vitprune_gui.charts.chart import Chart, steps
from vitprune_gui.charts.estimates import Entry, EstimatesChart
from vitprune_gui.charts.histogram import HistogramChart
from vitprune_gui.charts.redundancy import RedundancyChart
from vitprune_gui.charts.similarity import SimilarityChart
from vitprune_gui.item_models.evaluations_model import MEASURES
from vitprune_gui.similarities import Map, maps_of, short_names
from vitprune_gui.views.formatting import images

MODEL = synthetic.architecture()
SCORES = synthetic.scores(MODEL)
PLAN = PruningPlan.of(MODEL, {"blocks.9.attn": "remove", "blocks.10": "remove"})


@pytest.fixture
def chart(qtbot: Any) -> RedundancyChart:
    made = RedundancyChart()
    qtbot.addWidget(made)
    made.resize(640, 360)
    made.show_scores(MODEL, SCORES, "cosine", PLAN)
    made.show()
    qtbot.waitExposed(made)
    return made


def drawn(chart: RedundancyChart, kind: Kind) -> tuple[Any, Any]:
    _, bars, points = chart._lines[kind]
    return bars, points


@pytest.mark.parametrize("kind", [Kind.ATTENTION, Kind.MLP])
def test_points_and_bars_are_the_scores(chart: RedundancyChart, kind: Kind) -> None:
    bars, points = drawn(chart, kind)
    table = [SCORES["cosine"][site.id].per_image for site in MODEL.of_kind(kind)]
    assert np.allclose(points.getData()[1], [values.mean() for values in table])
    halves = [1.959964 * values.std(ddof=1) / np.sqrt(len(values)) for values in table]
    assert np.allclose(bars.opts["height"] / 2, halves)


def test_pruned_sites_are_hollow(chart: RedundancyChart) -> None:
    _, points = drawn(chart, Kind.ATTENTION)
    ground = chart.palette().base().color().name()
    hollow = [spot.data().site.id for spot in points.points() if spot.brush().color().name() == ground]
    assert hollow == ["blocks.9.attn", "blocks.10.attn"]


def test_the_selected_site_is_ringed(chart: RedundancyChart) -> None:
    assert len(chart._ring.points()) == 0
    chart.select("blocks.4.mlp")
    assert chart._ring.getData()[1] == pytest.approx([SCORES["cosine"]["blocks.4.mlp"].mean])
    chart.select(None)
    assert len(chart._ring.points()) == 0


def test_a_click_on_a_point_chooses_its_site(chart: RedundancyChart, qtbot: Any) -> None:
    chosen: list[str] = []
    chart.site_chosen.connect(chosen.append)
    _, points = drawn(chart, Kind.MLP)
    spot = points.points()[0]
    at = chart.widget.mapFromScene(chart.box.mapViewToScene(spot.pos()))
    qtbot.mouseClick(chart.widget.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
    assert chosen == ["blocks.0.mlp"]


def test_a_key_without_a_name_is_left_to_others(qtbot: Any, chart: RedundancyChart) -> None:
    cells = SimilarityChart()
    qtbot.addWidget(cells)
    for one in (chart, cells):
        event = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(one, event)
        assert not event.isAccepted()


def test_the_tip_says_value_interval_and_state(chart: RedundancyChart) -> None:
    point = next(p for p in chart.series[Kind.ATTENTION] if p.site.id == "blocks.9.attn")
    assert f"{point.score.mean:.3f} ±" in point.tip
    assert "95 % interval" in point.tip
    assert "pruned" in point.tip


def test_a_metric_of_blocks_alone_is_one_series(chart: RedundancyChart) -> None:
    chart.show_scores(MODEL, SCORES, "block_influence", PLAN)
    assert list(chart.series) == [Kind.BLOCK]
    assert set(chart._lines) == {Kind.BLOCK}
    chart.show_scores(MODEL, SCORES, "cosine", PLAN)
    assert set(chart._lines) == {Kind.ATTENTION, Kind.MLP}


def test_the_colours_follow_the_palette(chart: RedundancyChart) -> None:
    before = chart.image().pixelColor(40, chart.image().height() // 2)
    chart.setPalette(theme.palette(dark=True))
    after = chart.image().pixelColor(40, chart.image().height() // 2)
    assert before.lightnessF() > 0.8
    assert after.lightnessF() < 0.4


def test_csv_holds_the_values(chart: RedundancyChart, tmp_path: Path) -> None:
    (tmp_path / "values.csv").write_bytes(chart.csv())
    rows = list(csv.DictReader((tmp_path / "values.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 24
    for row in rows:
        assert float(row["mean"]) == SCORES["cosine"][row["site"]].mean
        assert (row["pruned"] == "True") == PLAN.removes(MODEL, row["site"])


def test_the_picture_is_as_it_is_on_the_screen(chart: RedundancyChart) -> None:
    image = chart.image()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert {"#0072b2", "#c65300"} <= colours


def test_the_image_is_copied(chart: RedundancyChart) -> None:
    chart.copy_image()
    assert QGuiApplication.clipboard().image().width() == 2 * chart._canvas.width()


def show(chart: SimilarityChart, scores: Scores, number: int = 0) -> Map:
    shown = maps_of(scores)[number]
    chart.show_map(shown, short_names(shown.boundaries.labels, MODEL))
    return shown


def test_the_map_shows_the_boundaries(qtbot: Any, tmp_path: Path) -> None:
    chart = SimilarityChart()
    qtbot.addWidget(chart)
    show(chart, SCORES)
    boundaries = SCORES.boundaries
    assert boundaries is not None
    assert chart._image.image is not None
    assert np.array_equal(chart._image.image, boundaries.mean)
    assert chart.tip(0, 3).startswith("The input and after block 2: Cosine = ")
    assert (
        f"= {boundaries.mean[0, 3]:.3f} ±0.004 (95 % interval), n = {images(600)}\nAcross blocks 0 to 2"
        in chart.tip(3, 0)
    )
    assert chart.tip(3, 4).endswith("Across block 3")
    (tmp_path / "map.csv").write_bytes(chart.csv())
    rows = list(csv.DictReader((tmp_path / "map.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 13 * 13
    assert float(rows[3]["cosine"]) == boundaries.mean[0, 3]
    assert float(rows[3]["standard_error"]) == boundaries.standard_error[0, 3]


def test_the_map_crosses_out_what_is_not_compared(qtbot: Any) -> None:
    chart = SimilarityChart()
    qtbot.addWidget(chart)
    chart.resize(500, 400)
    assert SCORES.boundaries is not None
    mean = np.array(SCORES.boundaries.mean)
    mean[:6, 6:] = mean[6:, :6] = np.nan
    show(chart, replace(SCORES, boundaries=replace(SCORES.boundaries, mean=mean)))
    chart.show()
    qtbot.waitExposed(chart)
    picture = chart.widget.grab().toImage()

    def saturation(row: int, column: int) -> float:
        """Just off the middle, where neither line nor number is."""
        at = chart.widget.mapFromScene(chart.box.mapViewToScene(QPointF(column - 0.3, row - 0.3)))
        return picture.pixelColor(at).hsvSaturationF()

    assert max(saturation(*cell) for cell in ((0, 6), (12, 0), (6, 5))) < 0.05
    assert min(saturation(*cell) for cell in ((0, 0), (5, 0), (6, 12), (12, 12))) > 0.1
    assert "not compared" in chart.tip(0, 9)
    assert "not compared" in chart.legend.accessibleName()
    show(chart, SCORES)
    assert "not compared" not in chart.legend.accessibleName()


def test_a_deep_model_keeps_its_points_and_numbers_apart(qtbot: Any) -> None:
    model = synthetic.architecture(blocks=56)
    chart = RedundancyChart()
    qtbot.addWidget(chart)
    chart.resize(560, 280)
    chart.show_scores(model, synthetic.scores(model, images=20), "cosine", None)
    chart.show()
    qtbot.waitExposed(chart)
    ticks = [value for value, _ in chart.plot.getAxis("bottom")._tickLevels[0]]
    assert ticks == list(range(0, 56, 5))
    _, points = drawn(chart, Kind.ATTENTION)
    a_block = chart.box.mapViewToScene(QPointF(1, 0)).x() - chart.box.mapViewToScene(QPointF(0, 0)).x()
    assert points.opts["size"] <= a_block


def test_convolutions_and_twin_branches_have_points_of_their_own(qtbot: Any) -> None:
    sites = [
        Site("blocks.0", Kind.BLOCK, 0, 1, 1),
        *(Site(f"blocks.0.attns.{i}", Kind.ATTENTION, 0, 1, 1, "blocks.0") for i in (0, 1)),
        Site("blocks.0.local_mp", Kind.CONV, 0, 1, 1, "blocks.0"),
        Site("blocks.1", Kind.BLOCK, 1, 1, 1),
    ]
    model = replace(MODEL, sites=tuple(sites))
    chart = RedundancyChart()
    qtbot.addWidget(chart)
    chart.show_scores(model, synthetic.scores(model, images=9), "cosine", None)
    assert {kind: [p.site.id for p in points] for kind, points in chart.series.items()} == {
        Kind.ATTENTION: ["blocks.0.attns.0", "blocks.0.attns.1"],
        Kind.CONV: ["blocks.0.local_mp"],
        Kind.BLOCK: ["blocks.1"],
    }
    assert len({p.x for points in chart.series.values() for p in points}) == 4


@pytest.mark.parametrize(
    ("count", "most", "shown"),
    [(12, 16, range(12)), (13, 9, range(0, 13, 2)), (57, 9, range(0, 57, 10)), (1, 9, range(1))],
)
def test_axes_count_as_people_do(count: int, most: int, shown: range) -> None:
    assert steps(count, most) == shown


def test_a_label_that_is_longer_than_its_axis_takes_several_lines(qtbot: Any, chart: RedundancyChart) -> None:
    axis = chart.plot.getAxis("left")
    chart.label_axis("left", "Agreement with the dense model (%)")
    across = []
    for height in (600, 200, 600):
        chart.resize(500, height)
        QApplication.processEvents()
        label = axis.label.mapRectToParent(axis.label.boundingRect())
        assert label.top() >= -1
        assert label.bottom() <= axis.size().height() + 1
        across.append(label.width())
    assert across[1] > 1.5 * across[0]
    assert across[2] == across[0]


def test_the_histogram_counts_every_image(qtbot: Any) -> None:
    chart = HistogramChart()
    qtbot.addWidget(chart)
    score = SCORES["cosine"]["blocks.2.attn"]
    chart.show_score("blocks.2.attn", Kind.ATTENTION, "cosine", score)
    rows = chart.table()[1:]
    assert sum(int(str(row[2])) for row in rows) == 600
    assert float(str(rows[0][0])) == score.per_image.min()
    assert chart._line.value() == score.mean


def test_estimates_are_drawn_in_the_unit_of_the_axis(qtbot: Any) -> None:
    chart = EstimatesChart()
    qtbot.addWidget(chart)
    entries = (
        Entry("Dense", Estimate(0.87, 0.84, 0.90, 600), True, False),
        Entry("5 removed", Estimate(0.71, 0.67, 0.75, 600), False, True),
    )
    chart.show_entries("Top-1 accuracy", "%", entries, scale=100)
    assert chart._dots.getData()[0] == pytest.approx([87, 71])
    assert chart._bars.opts["left"] == pytest.approx([3, 4])
    assert chart._reference.value() == pytest.approx(87)
    assert chart.table()[1][1] == 0.87
    cosine = next(measure for measure in MEASURES if measure.name == "feature_cosine")
    chart.show_entries(cosine.title, cosine.unit, entries)
    assert chart.plot.getAxis("bottom").labelText == "Feature cosine (no unit)"
    assert "no unit" not in chart._tip(0, 0, entries[0])
    assert chart.table()[0][1] == "value"


def test_every_chart_names_its_axes(qtbot: Any, chart: RedundancyChart) -> None:
    others: list[Chart] = [SimilarityChart(), HistogramChart(), EstimatesChart()]
    histogram, estimates = others[1], others[2]
    assert isinstance(histogram, HistogramChart)
    assert isinstance(estimates, EstimatesChart)
    histogram.show_score("s", Kind.MLP, "cosine", SCORES["cosine"]["blocks.2.mlp"])
    estimates.show_entries("Loss", "nats", (Entry("Dense", Estimate(1, 0.9, 1.1, 5), True, True),))
    for made in others:
        qtbot.addWidget(made)
    labels = [[made.plot.getAxis(side).labelText for side in ("left", "bottom")] for made in (chart, *others)]
    assert labels[0] == ["Cosine redundancy", "Depth (block number)"]
    assert labels[2] == ["Images", "Cosine redundancy"]
    assert labels[3][1] == "Loss (nats)"


@pytest.mark.parametrize("kind", [RedundancyChart, SimilarityChart])
def test_axes_show_the_values_themselves_in_every_theme(qtbot: Any, qapp: Any, kind: Any) -> None:
    """No power of ten is taken out of them: nothing on the axis would say so."""
    switch = theme.apply(qapp, theme.Theme.LIGHT)
    made = kind()
    qtbot.addWidget(made)
    made.show()
    for look in (theme.Theme.DARK, theme.Theme.LIGHT):
        switch.set(look)
        if isinstance(made, RedundancyChart):
            made.show_scores(MODEL, SCORES, "block_influence", None)
            axis = made.plot.getAxis("left")
        else:
            assert SCORES.boundaries is not None
            below_one = replace(SCORES.boundaries, mean=0.95 * SCORES.boundaries.mean)
            show(made, replace(SCORES, boundaries=below_one))
            axis = made._bar.axis
        qtbot.wait(20)
        low, high = axis.range
        assert 0 < high < 1
        shown = [float(text) for text in axis.tickStrings([low, high], axis.autoSIPrefixScale * axis.scale, 0.01)]
        assert shown == pytest.approx([low, high], abs=0.01)
        assert "0.001" not in axis.labelString()
