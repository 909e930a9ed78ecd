"""What is exported of a chart is what it shows: every kind of chart, as a picture, a drawing and values."""

from __future__ import annotations

import csv
import errno
import math
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from tests.gui import synthetic
from tests.gui.conftest import FakeDialogs
from tests.gui.learn_charts import LEARN
from vitprune import document
from vitprune.architecture import Kind
from vitprune.curve import Check, Curve, TrainingSettings
from vitprune.errors import DiskFull, SaveDenied, SaveFailed
from vitprune.explorer import LEVELS, Across, Census, PatchesOfSite, Picture, SiteCensus
from vitprune.frontier import COSTS, Frontier, Point, Spread
from vitprune.layouts import Layout
from vitprune.measures import MEASURES
from vitprune.plan import PruningPlan
from vitprune.searches import Candidate, SearchStep
from vitprune.sessions import part
from vitprune.statistics import Estimate
from vitprune_gui import charts
from vitprune_gui.charts.across import AcrossChart
from vitprune_gui.charts.cells import CellChart
from vitprune_gui.charts.chart import Chart
from vitprune_gui.charts.curve import CurveChart
from vitprune_gui.charts.damage import DamageChart, Pair
from vitprune_gui.charts.estimates import Entry, EstimatesChart
from vitprune_gui.charts.frontier import Axis, FrontierChart, Spot
from vitprune_gui.charts.histogram import HistogramChart
from vitprune_gui.charts.patches import PatchMap, PatchStrip
from vitprune_gui.charts.plans import PlansChart, branches
from vitprune_gui.charts.redundancy import RedundancyChart
from vitprune_gui.charts.search import SearchChart
from vitprune_gui.charts.series import SeriesChart
from vitprune_gui.charts.similarity import SimilarityChart
from vitprune_gui.charts.study import Mark, StudyChart
from vitprune_gui.charts.token_depth import FIGURES, TokenDepthChart
from vitprune_gui.charts.training import TrainingChart
from vitprune_gui.exports import Exports, slug
from vitprune_gui.runner import JobRunner
from vitprune_gui.settings import Settings
from vitprune_gui.similarities import maps_of, short_names
from vitprune_gui.state import AppState
from vitprune_gui.views.open_dialogs import FileDialogs

SVG = "{http://www.w3.org/2000/svg}"
MODEL = synthetic.architecture(blocks=4)
SCORES = synthetic.scores(MODEL, images=30)
PLAN = PruningPlan.of(MODEL, {"blocks.1.attn": "remove"})


def e(value: float, n: int = 30) -> Estimate:
    return Estimate(value, 0.9 * value, 1.1 * value, n)


def redundancy() -> tuple[Chart, dict[str, list[float]]]:
    chart = RedundancyChart()
    chart.show_scores(MODEL, SCORES, "cosine", PLAN)
    held = [SCORES["cosine"][point.site.id] for points in chart.series.values() for point in points]
    return chart, {"mean": [s.mean for s in held], "standard_error": [s.standard_error for s in held]}


def damage() -> tuple[Chart, dict[str, list[float]]]:
    chart = DamageChart()
    across, up = SCORES["cosine"], SCORES["norm_ratio"]
    pairs = [Pair(s, across[s.id], up[s.id], False) for s in MODEL.sublayers]
    chart.show_pairs(pairs, "cosine", "norm_ratio", logarithmic=True)
    return chart, {
        "cosine": [p.predicted.mean for p in pairs],
        "norm_ratio_ci95_half_width": [1.959963984540054 * p.measured.standard_error for p in pairs],
    }


def histogram() -> tuple[Chart, dict[str, list[float]]]:
    chart = HistogramChart()
    score = SCORES["cosine"]["blocks.1.attn"]
    chart.show_score("blocks.1.attn", Kind.ATTENTION, "cosine", score)
    counts, edges = np.histogram(score.per_image, bins=round(math.sqrt(30)))
    return chart, {"images": counts.tolist(), "from": edges[:-1].tolist(), "mean": [score.mean] * len(counts)}


def similarity() -> tuple[Chart, dict[str, list[float]]]:
    chart = SimilarityChart()
    [shown, *_] = maps_of(SCORES)
    chart.show_map(shown, short_names(shown.boundaries.labels, MODEL))
    return chart, {"cosine": shown.boundaries.mean.ravel().tolist()}


def estimates() -> tuple[Chart, dict[str, list[float]]]:
    chart = EstimatesChart()
    entries = (Entry("Dense", e(0.87), True, False), Entry("5 removed", e(0.71), False, True))
    chart.show_entries("Top-1 accuracy", "%", entries, scale=100)
    return chart, {"value (share)": [0.87, 0.71], "ci95_low (share)": [0.9 * 0.87, 0.9 * 0.71]}


def search() -> tuple[Chart, dict[str, list[float]]]:
    chart = SearchChart()
    tried = (Candidate("blocks.0.attn", 0.4, 0.1, 8), Candidate("blocks.2.mlp", 0.2, 0.01, 16))
    done = SearchStep(("blocks.2.mlp",), e(0.2), tried, (("blocks.2.mlp",),), 12.0)
    chart.show_search((done,), "KL (nats)", "nats", MODEL.by_id, at=1, candidates=tried, taken=1, whole=30)
    return chart, {"damage (nats)": [0.2, 0.4, 0.2], "images": [30, 8, 16]}


def frontier() -> tuple[Chart, dict[str, list[float]]]:
    chart = FrontierChart()
    points = tuple(Point(name, Spread(c, c - 1, c + 1), e(q)) for name, c, q in (("a", 9.0, 0.8), ("b", 5.0, 0.7)))
    found = Frontier(COSTS["latency"], MEASURES["top1"], points)
    spots = {p.label: Spot(p.label, p.label, "cosine", "none", p.label == "a", False, p.label) for p in points}
    chart.show_frontier(found, spots, Axis("Latency (ms)"), Axis("Top-1 accuracy (%)", 100.0))
    return chart, {"value (share)": [0.8, 0.7], "cost_median (ms)": [9.0, 5.0]}


def study() -> tuple[Chart, dict[str, list[float]]]:
    chart = StudyChart()
    marks = {name: tuple(Mark(n, e(0.9 - n / 100), "", None) for n in (2, 4)) for name in ("cosine", "random")}
    chart.show_series("Top-1 accuracy", "Top-1 accuracy (%)", "share", 100.0, marks, "cosine", e(0.93))
    return chart, {"value (share)": [0.88, 0.86, 0.88, 0.86], "removed": [2, 4, 2, 4]}


def training() -> tuple[Chart, dict[str, list[float]]]:
    chart = TrainingChart()
    checks = tuple(Check(step, 2.0 * step, e(0.9 - step / 100), None) for step in (0, 10, 20))
    losses = np.linspace(1, 0.5, 20)
    gain, images = e(-0.2), 54
    chart.show_curve(
        Curve(TrainingSettings(), losses, checks, 2, gain, images, 30, labelled=False, trained=9, seconds=40)
    )
    return chart, {"loss": [c.loss.value for c in checks] + losses.tolist(), "step": [0, 10, 20, *range(1, 21)]}


def series() -> tuple[Chart, dict[str, list[float]]]:
    chart = SeriesChart()
    points = tuple(document.Point(x, x / 7, x / 8, x / 6, f"at {x}") for x in (1.0, 2.0, 3.0))
    chart.show_chart(document.Chart("Accuracy", "MACs (G)", "top-1 (%)", (("run", points),)))
    return chart, {"top-1 (%)": [p.y for p in points], "ci95_high": [p.high for p in points]}


def plans() -> tuple[Chart, dict[str, list[float]]]:
    chart = PlansChart()
    found = branches("run", MODEL, PLAN)
    chart.show_plans(found)
    return chart, {"relative_depth": [branch.depth for branch in found]}


def across() -> tuple[Chart, dict[str, list[float]]]:
    chart = AcrossChart()
    rows, columns = tuple(s.id for s in MODEL.sublayers[:3]), tuple(s.id for s in MODEL.sublayers[3:5])
    value = np.arange(6, dtype=float).reshape(3, 2) / 7
    chart.show_across(
        Across(("one", "other"), "patch", rows, columns, value, value / 9, 30, 30, ((4, 4), (4, 4))), MODEL.sites
    )
    return chart, {"cka": value.ravel().tolist()}


def token_depth() -> tuple[Chart, dict[str, list[float]]]:
    chart = TokenDepthChart()
    names = [site.id for site in MODEL.sublayers]
    quantiles = np.linspace(1, 2, len(LEVELS))

    def one(at: int) -> SiteCensus:
        return SiteCensus(
            Layout((0, 1, 2), True, 1, (1, 2)), 8, e(1.5 + at), e(1.2 + at), quantiles, 2.0 + at, 3.0, e(0.1), e(0.2),
            e(0.3), e(0.4), quantiles, 0.5, 2.5, 99, 0,
        )  # fmt: skip

    census = Census(30, 30, {name: one(at) for at, name in enumerate(names)})
    chart.show_census(FIGURES["token-length"], census, MODEL.sublayers)
    wanted = [start + at for start in (1.5, 1.2, 2.0) for at in range(len(names))]
    return chart, {"value": wanted}


def picture() -> Picture:
    rng = np.random.default_rng(0)
    sites = {
        site.id: PatchesOfSite(Layout((0, 1, 2, 3, 4), True, 1, (2, 2)), rng.random(5), rng.random((4, 3)),
                               np.array([0.5, 0.3, 0.1]), rng.random((4, 4)).astype(np.float16), rng.random(4))
        for site in MODEL.sublayers
    }  # fmt: skip
    return Picture(0, sites)


def patch_map() -> tuple[Chart, dict[str, list[float]]]:
    chart = PatchMap()
    found = picture().sites["blocks.0.attn"]
    assert found.to_class is not None
    chart.show_patches("Patches", "norms", found, 1)
    return chart, {"length": found.patch_norms.tolist(), "cosine_with_class_token": found.to_class.tolist()}


def patch_strip() -> tuple[Chart, dict[str, list[float]]]:
    chart = PatchStrip()
    shown = picture()
    chart.show_picture("norms", shown, MODEL.by_id, {}, "After every site")
    return chart, {"mean_length": [float(np.mean(held.patch_norms)) for held in shown.sites.values()]}


Example = Callable[[], tuple[Chart, dict[str, list[float]]]]
EXAMPLES: dict[type[Chart], Example] = {
    RedundancyChart: redundancy,
    DamageChart: damage,
    HistogramChart: histogram,
    SimilarityChart: similarity,
    EstimatesChart: estimates,
    SearchChart: search,
    FrontierChart: frontier,
    StudyChart: study,
    SeriesChart: series,
    PlansChart: plans,
    AcrossChart: across,
    TokenDepthChart: token_depth,
    TrainingChart: training,
    PatchMap: patch_map,
    PatchStrip: patch_strip,
    **LEARN,
}
EACH = pytest.mark.parametrize("example", EXAMPLES.values(), ids=[kind.__name__ for kind in EXAMPLES])


def kinds(kind: type[Chart] = Chart) -> set[type[Chart]]:
    below = {found for one in kind.__subclasses__() for found in kinds(one)}
    return below or {kind}


def shown(qtbot: Any, chart: Chart) -> Chart:
    qtbot.addWidget(chart)
    chart.resize(560, 360)
    chart.show()
    qtbot.waitExposed(chart)
    return chart


def test_no_kind_of_chart_is_forgotten() -> None:
    for module in iter_modules(charts.__path__):
        import_module(f"vitprune_gui.charts.{module.name}")
    assert {kind for kind in kinds() if kind.__module__.startswith("vitprune_gui.")} == set(EXAMPLES)


@EACH
def test_the_picture_is_twice_as_fine_and_shows_something(qtbot: Any, example: Example) -> None:
    chart = shown(qtbot, example()[0])
    image = chart.image()
    assert (image.width(), image.height()) == (2 * chart._canvas.width(), 2 * chart._canvas.height())
    plot = image.copy(image.width() // 5, image.height() // 3, image.width() // 2, image.height() // 2)
    seen = {plot.pixel(x, y) for x in range(0, plot.width(), 2) for y in range(0, plot.height(), 2)}
    assert len(seen) > 2


@EACH
def test_the_drawing_has_its_words_and_no_picture(qtbot: Any, example: Example) -> None:
    chart = shown(qtbot, example()[0])
    root = ElementTree.fromstring(chart.svg())
    assert root.tag == f"{SVG}svg"
    texts = {(element.text or "").strip() for element in root.iter(f"{SVG}text")}
    assert chart.accessibleName() in texts
    assert {text for side in ("left", "bottom") if (text := label(chart, side))} <= texts
    images = list(root.iter(f"{SVG}image"))
    assert bool(images) == isinstance(chart, CellChart)
    paths = [*root.iter(f"{SVG}path"), *root.iter(f"{SVG}rect"), *root.iter(f"{SVG}polyline")]
    assert len(paths) > 5 or images


def label(chart: Chart, side: str) -> str:
    axis = chart.plot.getAxis(side)
    return axis.labelText if axis.isVisible() else ""


@EACH
def test_the_values_are_those_that_were_given(qtbot: Any, example: Example) -> None:
    chart, wanted = example()
    qtbot.addWidget(chart)
    rows = list(csv.DictReader(chart.csv().decode().splitlines()))
    assert rows
    for column, values in wanted.items():
        assert [float(row[column]) for row in rows] == values
    chart.copy_values()
    copied = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert [dict(zip(copied[0], line, strict=True)) for line in copied[1:]] == rows


@EACH
def test_it_says_what_it_shows(qtbot: Any, example: Example) -> None:
    chart, _ = example()
    qtbot.addWidget(chart)
    assert chart.accessibleName()
    assert len(chart.accessibleDescription()) > 10
    assert chart.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_the_numbers_of_an_axis_have_as_many_decimals(qtbot: Any) -> None:
    chart = shown(qtbot, redundancy()[0])
    root = ElementTree.fromstring(chart.svg())
    numbers = [(text.text or "").strip() for text in root.iter(f"{SVG}text")]
    decimals = {
        len(number.partition(".")[2]) for number in numbers if number.replace(".", "").isdecimal() and "." in number
    }
    assert len(decimals) == 1


@EACH
def test_the_view_is_zoomed_and_shown_whole_again(qtbot: Any, example: Example) -> None:
    chart = shown(qtbot, example()[0])
    whole = chart.box.viewRange()
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    closer = chart.box.viewRange()
    for (low, high), (first, last) in zip(closer, whole, strict=True):
        assert high - low == pytest.approx(0.8 * (last - first))
    chart.select("blocks.1.attn")
    chart.restyle()
    assert chart.box.viewRange() == closer, "who looks closely stays there"
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert np.allclose(chart.box.viewRange(), whole)
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    middle = chart.widget.viewport().rect().center()
    qtbot.mouseDClick(chart.widget.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(middle))
    assert np.allclose(chart.box.viewRange(), whole)


@EACH
def test_the_keys_choose_its_sites_one_after_the_other(qtbot: Any, example: Example) -> None:
    chart = shown(qtbot, example()[0])
    order = chart.order()
    if not order or isinstance(chart, CellChart | CurveChart):
        return  # cells have a cursor of their own, and points are no sites
    chosen: list[str] = []
    chart.site_chosen.connect(chosen.append)
    chart.site_chosen.connect(chart.select)
    for _ in range(len(order) + 1):
        qtbot.keyClick(chart, Qt.Key.Key_Right)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chosen == [*order, order[-1], *([order[-2]] if len(order) > 1 else [order[0]])]


@EACH
def test_the_plotting_library_has_no_menu_of_its_own(qtbot: Any, example: Example) -> None:
    chart = shown(qtbot, example()[0])
    view = chart.widget.viewport()
    for x in range(8, view.width(), 24):
        qtbot.mouseClick(view, Qt.MouseButton.RightButton, pos=QPoint(x, view.height() // 2))
        assert QApplication.activePopupWidget() is None


def test_the_keys_copy(qtbot: Any) -> None:
    chart = shown(qtbot, redundancy()[0])
    qtbot.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert QGuiApplication.clipboard().image().width() == chart.image().width()
    qtbot.keyClick(chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("site\tkind\tdepth")


def test_every_export_is_in_the_menu(qtbot: Any) -> None:
    chart = redundancy()[0]
    qtbot.addWidget(chart)
    texts = [action.text().replace("&", "") for action in chart.menu.actions() if action.text()]
    assert texts == [
        "Save as PNG…", "Save as SVG…", "Save values as CSV…", "Copy image", "Copy values", "Show the whole chart",
    ]  # fmt: skip


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def window(qtbot: Any, start_runner: Callable[..., JobRunner], state: AppState, dialogs: FakeDialogs) -> Any:
    """A chart in a window that can write, what it says, and the answers to its questions."""
    holder, said = QWidget(), []
    qtbot.addWidget(holder)
    exports = Exports(state, start_runner(), dialogs, holder)
    exports.notified.connect(said.append)
    exports.failed.connect(said.append)
    chart = redundancy()[0]
    chart.setParent(holder)
    holder.resize(600, 400)
    chart.resize(560, 360)
    holder.show()
    state.architecture = MODEL
    return chart, state, dialogs, said


@pytest.mark.parametrize("kind", ["png", "svg", "csv"])
def test_a_file_is_named_after_session_and_chart_and_written_beside(
    qtbot: Any, window: Any, tmp_path: Path, kind: str
) -> None:
    chart, state, dialogs, said = window
    dialogs.chart = str(tmp_path / f"mine.{kind}")
    state.session_path = tmp_path / "My run.vitprune.h5"
    action = next(a for a in chart.menu.actions() if kind.upper() in a.text())
    action.trigger()
    assert dialogs.asked == [f"chart_to_save my-run-cosine-by-depth.{kind}"]
    qtbot.waitUntil(lambda: bool(said))
    assert said == [f"Saved to mine.{kind}."]
    written = (tmp_path / f"mine.{kind}").read_bytes()
    if kind == "csv":
        assert written == chart.csv()
    else:
        assert written.startswith({"png": b"\x89PNG", "svg": b"<?xml"}[kind])
    assert [path.name for path in tmp_path.iterdir()] == [f"mine.{kind}"]


def test_the_dialog_remembers_its_folder_and_knows_the_ending(qtbot: Any, settings: Settings, tmp_path: Path) -> None:
    settings.keep_folder("chart", str(tmp_path))
    dialogs = FileDialogs(settings, AppState())
    (tmp_path / "charts").mkdir()

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        assert [Path(name) for name in dialog.selectedFiles()] == [tmp_path / "run-chart.svg"]
        dialog.selectNameFilter(dialog.nameFilters()[2])
        dialog.selectFile(str(tmp_path / "charts" / "mine"))
        dialog.accept()

    QTimer.singleShot(0, answer)
    assert dialogs.chart_to_save("run-chart.svg") == str(tmp_path / "charts" / "mine.csv")
    assert settings.folder("chart") == str(tmp_path / "charts")


def test_another_ending_is_meant(qtbot: Any, window: Any, tmp_path: Path) -> None:
    chart, _, dialogs, said = window
    dialogs.chart = str(tmp_path / "mine.csv")
    chart.menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: bool(said))
    assert (tmp_path / "mine.csv").read_bytes() == chart.csv()
    assert dialogs.asked[0].startswith("chart_to_save vit_small_patch16_224")


def test_what_cannot_be_written_is_said(qtbot: Any, window: Any, tmp_path: Path) -> None:
    chart, _, dialogs, said = window
    dialogs.chart = str(tmp_path / "missing" / "mine.png")
    chart.menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: bool(said))
    assert isinstance(said[0], SaveFailed)
    assert "folder does not exist" in said[0].hint


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "chart.csv"
    path.write_bytes(b"before")

    for number, wanted in ((errno.ENOSPC, DiskFull), (errno.EACCES, SaveDenied)):

        def fails(*_: object, number: int = number) -> int:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr("vitprune.sessions.files.write", fails)
        with pytest.raises(wanted):
            part.write(path, b"after")
        assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_names_are_fit_for_every_drive() -> None:
    assert slug("My Run: cosine/depth (1)") == "my-run-cosine-depth-1"
    assert slug("…") == "chart"
    assert slug("Länge") == "länge"
