"""The maps: what they hold, how they are read, and that a range of blocks is one selection everywhere."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from tests.gui import synthetic
from tests.gui.synthetic import RecordingCommands
from vitprune.architecture import Kind, Site
from vitprune.scores import Boundaries, Scores, read_only
from vitprune_gui import theme
from vitprune_gui.charts.similarity import SimilarityChart
from vitprune_gui.colours import ColourScale
from vitprune_gui.similarities import cell_of, maps_of, range_name, short_names
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.architecture import ArchitectureView
from vitprune_gui.views.formatting import images as counted
from vitprune_gui.views.maps import MapsView
from vitprune_gui.views.overview import Overview

MODEL = synthetic.architecture()


def with_all_maps(scores: Scores) -> Scores:
    cosines = scores.boundaries
    assert cosines is not None
    angles = replace(cosines, mean=read_only(np.arccos(np.clip(cosines.mean, -1, 1)) / np.pi), images=500)
    cka = Boundaries(read_only(cosines.mean**2), cosines.standard_error, cosines.labels, 256)
    return replace(scores, angles={"all": angles, "cls": angles}, cka={"mean": cka})


@pytest.fixture
def app(qapp: Any) -> tuple[AppState, RecordingCommands]:
    state, commands = synthetic.analysed()
    assert state.scores is not None
    state.scores = with_all_maps(state.scores)
    return state, commands


def shown(qtbot: Any, view: Any, width: int = 900, height: int = 700) -> Any:
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show()
    qtbot.waitExposed(view)
    return view


def chart_of(view: MapsView) -> SimilarityChart:
    assert view.chart is not None
    return view.chart


def at(chart: SimilarityChart, row: int, column: int) -> QPoint:
    """The middle of a cell, in pixels of the plot."""
    return QPoint(chart.widget.mapFromScene(chart.box.mapViewToScene(QPointF(column, row))))


def click(qtbot: Any, chart: SimilarityChart, row: int, column: int) -> None:
    qtbot.mouseClick(chart.widget.viewport(), Qt.MouseButton.LeftButton, pos=at(chart, row, column))


def take(qtbot: Any, view: MapsView, name: str) -> None:
    """Choose a map with the keyboard."""
    box = view.map_box
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.findData(name)):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentData() == name


def says(view: MapsView) -> str:
    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def test_only_what_was_measured_is_offered(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, MapsView(state, commands))
    offered = [view.map_box.itemData(row) for row in range(view.map_box.count())]
    assert offered == ["cosine", "angle-all", "angle-cls", "cka-mean"]
    assert "not measured" not in says(view)
    state.scores = replace(state.scores, cka={}, angles={})
    assert view.map_box.count() == 1
    assert "Not measured in this session: Angular distance, CKA. Analyse again to have it." in says(view)
    qtbot.mouseClick(view.again_button, Qt.MouseButton.LeftButton)
    assert commands.calls[-1] == ("analyze",)


def test_each_map_says_its_quantity_and_its_images(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, MapsView(state, commands))
    chart = chart_of(view)
    for name, quantity, images in (
        ("cosine", "Cosine", 600),
        ("angle-cls", "Angle / π", 500),
        ("cka-mean", "CKA", 256),
    ):
        take(qtbot, view, name)
        assert chart._bar.axis.labelText == quantity
        assert f"n = {counted(images)}" in chart.legend.accessibleName()
        value = chart.values[2, 9]
        assert f"{quantity} = {value:.3f} ±0.004 (95 % interval), n = {counted(images)}" in chart.tip(2, 9)


def test_alike_is_bright_whether_it_is_high_or_low(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, MapsView(state, commands))
    chart = chart_of(view)

    def light(row: int, column: int) -> float:
        picture = chart.widget.grab().toImage()
        return picture.pixelColor(at(chart, row, column) + QPoint(-9, -9)).lightnessF()

    for name in ("cosine", "angle-all", "cka-mean"):
        take(qtbot, view, name)
        assert light(4, 4) > light(4, 5) > light(0, 12), name


def test_the_mouse_reads_a_cell(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, MapsView(state, commands))
    chart = chart_of(view)
    qtbot.mouseMove(chart.widget.viewport(), at(chart, 4, 10))
    qtbot.waitUntil(lambda: "After block 3 and after block 9" in view.reading.text())
    assert f"Cosine = {state.scores.boundaries.mean[4, 10]:.3f} ±0.004" in view.reading.text()
    assert f"n = {counted(600)}\nAcross blocks 4 to 9" in view.reading.text()
    assert chart.cells.toolTip() == chart.tip(4, 10), "Qt looks for one a moment later"
    qtbot.wait(30)  # moves that follow each other faster are left out
    qtbot.mouseMove(chart.widget.viewport(), QPoint(2, 2))
    qtbot.waitUntil(lambda: view.reading.text() == "")


def test_a_range_is_one_selection_in_map_and_tree(qtbot: Any, app: Any) -> None:
    state, commands = app
    view, tree = shown(qtbot, MapsView(state, commands)), shown(qtbot, ArchitectureView(state, commands))
    chart = chart_of(view)
    click(qtbot, chart, 4, 10)
    assert state.selection == "blocks.4"
    assert tree.selected_sites() == ["blocks.4"]
    assert view.cell == (4, 10)
    assert view.range_title.text() == "Blocks 4 to 9"
    commands.select_site("blocks.7.mlp")
    assert view.cell == (4, 10), "the range holds what is selected"
    commands.select_site("blocks.1.attn")
    assert view.cell == (1, 2)
    assert chart.marked == (1, 2)
    assert view.range_title.text() == "Block 1"
    commands.select_site(None)
    assert view.cell is None
    assert not view.prune_button.isVisible()
    click(qtbot, chart, 6, 6)
    assert state.selection == "blocks.5", "of one boundary, the block before it"


def test_a_range_goes_and_comes_back_at_once(qtbot: Any, app: Any) -> None:
    state, commands = app
    state.plan = state.plan.with_restored(MODEL, [site.id for site in MODEL])
    view = shown(qtbot, MapsView(state, commands))
    click(qtbot, chart_of(view), 10, 7)
    blocks = [block for block in MODEL.blocks if block.id in ("blocks.7", "blocks.8", "blocks.9")]
    share = 100 * sum(block.params for block in blocks) / MODEL.params
    assert (
        f"{tr('%n block(s)', '', 3)} · {sum(block.params for block in blocks) / 1e6:.2f} M parameters ({share:.1f} %)"
        in says(view)
    )
    assert view.prune_button.text() == "Prune these blocks"
    qtbot.mouseClick(view.prune_button, Qt.MouseButton.LeftButton)
    assert all(state.plan.removes(MODEL, block.id) for block in blocks)
    assert view.prune_button.text() == "Restore these blocks"
    qtbot.mouseClick(view.prune_button, Qt.MouseButton.LeftButton)
    assert not len(state.plan)


def test_fixed_blocks_stay(qtbot: Any, app: Any) -> None:
    state, commands = app
    sites = tuple(replace(site, fixed="It changes the stream.") if site.id == "blocks.8" else site for site in MODEL)
    state.architecture = replace(MODEL, sites=sites)
    view = shown(qtbot, MapsView(state, commands))
    click(qtbot, chart_of(view), 7, 10)
    assert "1 of them fixed" in says(view)
    qtbot.mouseClick(view.prune_button, Qt.MouseButton.LeftButton)
    assert commands.calls[-1] == ("remove_sites", ("blocks.7", "blocks.9"))


def test_the_keyboard_reaches_every_cell(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, MapsView(state, commands))
    chart = chart_of(view)
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert chart.cursor_ == (0, 0)
    for key, presses in ((Qt.Key.Key_Down, 3), (Qt.Key.Key_Right, 20), (Qt.Key.Key_Left, 5)):
        for _ in range(presses):
            qtbot.keyClick(chart, key)
    assert chart.cursor_ == (3, 7), "it stops at the border"
    assert "After block 2 and after block 6" in view.reading.text()
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    assert state.selection == "blocks.3"
    assert view.cell == (3, 7)


def test_numbers_stand_in_cells_that_have_room(qtbot: Any, app: Any, tmp_path: Path) -> None:
    state, commands = app
    view = shown(qtbot, MapsView(state, commands), 1100, 900)
    chart = chart_of(view)

    def numbers(name: str) -> set[str]:
        (tmp_path / name).write_bytes(chart.svg())
        texts = ElementTree.parse(tmp_path / name).getroot().iter("{http://www.w3.org/2000/svg}text")
        return {(text.text or "").strip() for text in texts}

    wanted = {f"{value:.2f}" for value in state.scores.boundaries.mean.ravel()}
    assert wanted <= numbers("large.svg")
    view.resize(380, 520)
    qtbot.waitUntil(lambda: not wanted & (numbers("small.svg") - {"1.00"}))


def test_files_hold_what_is_seen(qtbot: Any, app: Any, tmp_path: Path) -> None:
    state, commands = app
    view = shown(qtbot, MapsView(state, commands))
    take(qtbot, view, "cka-mean")
    chart = chart_of(view)
    (tmp_path / "map.csv").write_bytes(chart.csv())
    rows = list(csv.DictReader((tmp_path / "map.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 13 * 13
    cka = state.scores.cka["mean"]
    row = next(r for r in rows if (r["boundary"], r["other_boundary"]) == ("blocks.1", "blocks.6"))
    assert float(row["cka-mean"]) == cka.mean[2, 7]
    assert row["images"] == "256"
    chart.image().save(str(tmp_path / "map.png"))
    assert QImage(str(tmp_path / "map.png")).width() == 2 * chart._canvas.width()


def test_numbers_are_read_in_both_themes(qtbot: Any, app: Any) -> None:
    """Black or white on every colour of the scale, never grey on grey."""
    from vitprune_gui.colours import LEGIBLE, contrast, text_on

    scale = ColourScale(0, 1)
    assert min(contrast(text_on(scale.colour(v)), scale.colour(v)) for v in np.linspace(0, 1, 101)) >= LEGIBLE
    state, commands = app
    view = shown(qtbot, MapsView(state, commands))
    view.setPalette(theme.palette(dark=True))
    picture = chart_of(view).image()
    assert picture.pixelColor(6, 6).lightnessF() < 0.4


def test_nothing_measured_leads_to_the_next_step(qtbot: Any, app: Any) -> None:
    state, commands = app
    state.scores = None
    view = shown(qtbot, MapsView(state, commands))
    assert "pair of block boundaries" in says(view)
    assert view.chart is None
    qtbot.mouseClick(view.analyze_button, Qt.MouseButton.LeftButton)
    assert commands.calls[-1] == ("analyze",)
    state.data = None
    assert not view.analyze_button.isVisible()
    assert "Open a model and images" in says(view)


def test_the_overview_shares_the_selection_with_its_map(qtbot: Any, app: Any) -> None:
    state, commands = app
    view = shown(qtbot, Overview(state, commands), 700, 800)
    assert view.similarity is not None
    click(qtbot, view.similarity, 3, 8)
    assert state.selection == "blocks.3"
    commands.select_site("blocks.10.attn")
    assert view.similarity.marked == (10, 11)


def test_names_of_staged_models_are_short() -> None:
    sites = tuple(Site(f"layers.{i}.blocks.{j}", Kind.BLOCK, 2 * i + j, 1, 1) for i in range(2) for j in range(2))
    model = replace(MODEL, sites=sites)
    labels = ("input", *(site.id for site in sites))
    names = short_names(labels, model)
    assert names == ("in", "0.0", "0.1", "1.0", "1.1")
    assert range_name(names, 4, 1) == "blocks 0.1 to 1.1"
    assert range_name(names, 1, 2) == "block 0.1"
    assert range_name(names, 2, 2) == ""
    shown_map = replace(
        maps_of(synthetic.scores(MODEL, images=5))[0], boundaries=Boundaries(np.eye(5), np.eye(5), labels)
    )
    assert cell_of(shown_map, "layers.1.blocks.0", model) == (2, 3)
    assert cell_of(shown_map, "layers.7", model) is None
    assert shown_map.blocks(4, 2) == ("layers.1.blocks.0", "layers.1.blocks.1")
