"""Stored activations in the window: what the charts show is in the file, and nothing is read before it is looked at."""

from __future__ import annotations

import csv
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from tests.core.kept import GRID, SITES, InMemory, asked, streams
from tests.gui.conftest import FakeDialogs, FakeWorkflow
from vitprune import sessions
from vitprune.architecture import Architecture, Kind, Site
from vitprune.cka import linear_cka
from vitprune.errors import SessionDamaged
from vitprune.explorer import Explored, look_at
from vitprune.layouts import layouts
from vitprune.plan import PruningPlan
from vitprune.results import Activations, Session
from vitprune_gui import theme
from vitprune_gui.charts.cells import CellChart
from vitprune_gui.charts.patches import NORMS, SIMILARITY, PatchMap, PatchStrip
from vitprune_gui.commands import Commands
from vitprune_gui.explorer import Explorer, NotComparable
from vitprune_gui.requests import Engine
from vitprune_gui.runner import JobRunner
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.activations import ActivationsView

IMAGES = 140
ALL = tuple(range(13))
LEFT = Qt.MouseButton.LeftButton


def saved(path: Path, *, images: int = IMAGES, tokens: tuple[int, ...] = ALL, seed: int = 0, digest: str = "d") -> Path:
    values = {site: stream[:, list(tokens)] for site, stream in streams(images, seed=seed).items()}
    session = replace(asked(images, digest=digest), activations=Activations(tokens, values))
    sessions.save(session, path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Session files that no test changes."""
    made = tmp_path_factory.mktemp("sessions")
    saved(made / "run.vitprune.h5")
    saved(made / "few.vitprune.h5", tokens=(0, 2, 3, 7, 12))
    saved(made / "other.vitprune.h5", seed=5)
    saved(made / "strange.vitprune.h5", digest="e", images=9)
    sessions.save(asked(IMAGES), made / "bare.vitprune.h5")
    return made


@pytest.fixture
def real(state: AppState, start_runner: Callable[..., JobRunner], settings: Settings, dialogs: FakeDialogs) -> Commands:
    """On the real engine, which torch is no part of until a model is asked for."""
    return Commands(state, start_runner(Engine), settings, dialogs)


class Window:
    """The view, shown, with a session open."""

    def __init__(self, qtbot: Any, state: AppState, commands: Commands, path: Path | None = None) -> None:
        self.qtbot, self.state, self.commands = qtbot, state, commands
        self.explorer: Explorer = commands.explorer
        self.errors: list[object] = []
        commands.failed.connect(self.errors.append)
        if path is not None:
            commands.open_session(path)
            self.wait(lambda: state.session_path == path)
        self.view = ActivationsView(state, commands)
        qtbot.addWidget(self.view)
        self.view.resize(1000, 800)
        self.view.show()
        qtbot.waitExposed(self.view)

    def wait(self, until: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(until()), timeout=20_000)

    def settle(self) -> None:
        self.wait(lambda: not any(job.pending for job in self.state.jobs) and not self.explorer.is_busy())

    @property
    def map(self) -> PatchMap:
        assert self.view.patches.map is not None
        return self.view.patches.map

    @property
    def strip(self) -> PatchStrip:
        assert self.view.patches.strip is not None
        return self.view.patches.strip

    def take(self, quantity: str) -> None:
        """Choose a quantity with the keyboard."""
        box = self.view.patches.quantity
        box.setFocus()
        self.qtbot.keyClick(box, Qt.Key.Key_Home)
        for _ in range(box.findData(quantity)):
            self.qtbot.keyClick(box, Qt.Key.Key_Down)
        assert box.currentData() == quantity

    def click(self, chart: CellChart, row: int, column: int) -> None:
        self.qtbot.mouseClick(chart.widget.viewport(), LEFT, pos=at(chart, row, column))

    def says(self) -> str:
        return "\n".join(label.text() for label in self.view.findChildren(QLabel) if label.isVisible())


def at(chart: CellChart, row: int, column: int) -> QPoint:
    return QPoint(chart.widget.mapFromScene(chart.box.mapViewToScene(QPointF(column, row))))


def grid(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape(*GRID, *values.shape[1:])


def unit(values: NDArray[np.float16]) -> NDArray[np.float64]:
    found = values.astype(np.float64)
    return found / np.sqrt((found**2).sum(-1, keepdims=True))


# Patches -------------------------------------------------------------------------------------------------------------


def test_nothing_is_read_before_it_is_looked_at(qtbot: Any, state: AppState, real: Commands, folder: Path) -> None:
    real.open_session(folder / "run.vitprune.h5")
    qtbot.waitUntil(lambda: state.session_path is not None, timeout=20_000)
    assert real.explorer.explored is None
    assert not real.explorer.is_busy()
    window = Window(qtbot, state, real)
    window.wait(lambda: real.explorer.picture is not None)
    window.settle()
    assert real.explorer.census is None, "that is on another page"
    assert "run keeps the stream after 4 sites of toy, at all 13 tokens of 140 images." in window.says()


def test_the_map_shows_what_is_in_the_file(qtbot: Any, state: AppState, real: Commands, folder: Path) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    last = streams(IMAGES)[SITES[-1]]
    picture = QImage(window.map.grab().toImage())
    expected = grid(look_at(explored(), 0).sites[SITES[-1]].colours())
    for row in range(GRID[0]):
        for column in range(GRID[1]):
            place = window.map.widget.mapTo(window.map, at(window.map, row, column) + QPoint(6, 6))
            seen = picture.pixelColor(place)
            assert np.abs(np.array(seen.getRgb()[:3]) - expected[row, column]).max() <= 1  # type: ignore[index]
    window.take(NORMS)
    lengths = grid(np.sqrt((last[0, 1:].astype(np.float64) ** 2).sum(1)))
    np.testing.assert_allclose(window.map.values, lengths, rtol=1e-12)
    assert "Click a patch" in window.says()
    window.take(SIMILARITY)
    assert window.map.marked == (1, 1), "the middle, until another is chosen"
    assert window.map.values[1, 1] == pytest.approx(1, abs=5e-4)
    window.click(window.map, 1, 2)
    cosines = unit(last[0, 1:]) @ unit(last[0, 1 + 4 + 2])
    np.testing.assert_allclose(window.map.values, grid(cosines), atol=5e-4)
    assert window.map.marked == (1, 2)
    others = np.delete(cosines, 6)
    assert f"row 2, column 3. Cosine with the others: median {np.median(others):.2f}" in window.says()


def explored() -> Explored:
    session, kept = asked(IMAGES), InMemory(ALL, streams(IMAGES))
    return Explored("run", session.architecture, session.data, kept, layouts(session, kept))


def test_another_image_is_read_when_it_is_asked_for(qtbot: Any, state: AppState, real: Commands, folder: Path) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    window.take(NORMS)
    page = window.view.patches
    assert page.image.maximum() == IMAGES
    page.image.setValue(8)
    window.wait(lambda: real.explorer.picture is not None and real.explorer.picture.image == 7)
    lengths = np.sqrt((streams(IMAGES)[SITES[-1]][7, 1:].astype(np.float64) ** 2).sum(1))
    np.testing.assert_allclose(window.map.values, grid(lengths), rtol=1e-12)
    assert page.path.text() == "of 140: 7.png"


def test_a_site_is_one_selection_everywhere(qtbot: Any, state: AppState, real: Commands, folder: Path) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    assert "after MLP 1" in window.map._title.text(), "the last one, while none is selected"
    assert [window.strip.sites[cell].id for cell in ((0, 0), (1, 0), (0, 1), (1, 1))] == list(SITES)
    window.click(window.strip, 1, 0)
    assert state.selection == "blocks.0.mlp"
    assert "after MLP 0" in window.map._title.text()
    assert window.strip.marked == (1, 0)
    real.select_site("blocks.1.attn")
    assert "after Attention 1" in window.map._title.text()
    assert window.view.patches.site.currentData() == "blocks.1.attn"
    real.select_site("blocks.0")
    assert "after MLP 0" in window.map._title.text(), "of a block, what it ends with"


def test_the_keyboard_chooses_a_patch(qtbot: Any, state: AppState, real: Commands, folder: Path) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    window.map.setFocus()
    for key, presses in ((Qt.Key.Key_Right, 9), (Qt.Key.Key_Down, 2)):
        for _ in range(presses):
            qtbot.keyClick(window.map, key)
    assert window.map.cursor_ == (2, 3)
    assert "Patch in row 3, column 4: token 12" in window.view.patches.reading.text()
    qtbot.keyClick(window.map, Qt.Key.Key_Return)
    assert real.explorer.patch(SITES[0]) == 11


def test_what_was_not_kept_is_crossed_out(qtbot: Any, state: AppState, real: Commands, folder: Path) -> None:
    window = Window(qtbot, state, real, folder / "few.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    window.take(NORMS)
    assert np.isfinite(window.map.values).sum() == 4
    assert "4 of 3 × 4 patches kept, the others crossed out" in window.map.legend.accessibleName()
    assert "at 5 of 13 tokens of 140 images" in window.says()
    assert "What is said of patches is said of those that were kept." in window.says()
    window.click(window.map, 0, 0)
    assert window.map.marked is None
    assert "The chosen patch was not kept here." in window.says()
    assert window.map.tip(0, 0).endswith("not kept")
    window.click(window.map, 0, 2)
    assert window.map.marked == (0, 2)


def test_a_grid_that_is_not_known_is_no_map(qtbot: Any, state: AppState, real: Commands, tmp_path: Path) -> None:
    session = asked(5)
    model = replace(session.architecture, input_size=(3, 23, 31))
    values = Activations(ALL, streams(5))
    path = tmp_path / "odd.vitprune.h5"
    sessions.save(replace(session, architecture=model, plan=PruningPlan.of(model), activations=values), path)
    window = Window(qtbot, state, real, path)
    window.wait(lambda: real.explorer.picture is not None)
    assert window.map.values.size == 0
    assert "fits no grid of square patches" in window.says()
    window.view.pages.setCurrentWidget(window.view.over_depth)
    window.wait(lambda: real.explorer.census is not None)
    assert window.view.over_depth.chart is not None
    assert window.view.over_depth.chart.points, "lengths need no grid"


def staged() -> tuple[Session, Activations]:
    """Stages whose grids get coarser."""
    made = asked(4)
    sites = tuple(Site(f"layers.{i}.blocks.0.attn", Kind.ATTENTION, i, 1, 1) for i in range(3))
    model = Architecture("staged", "Swin", 3, 3, (3, 32, 32), 64, 2, sites, pooled="patch")
    rng = np.random.default_rng(0)
    values = {s.id: rng.normal(size=(4, 64 >> (2 * i), 5)).astype(np.float16) for i, s in enumerate(sites)}
    return replace(made, architecture=model, plan=PruningPlan.of(model)), Activations(tuple(range(64)), values)


def test_a_place_is_the_same_on_coarser_grids(qtbot: Any, state: AppState, real: Commands, tmp_path: Path) -> None:
    session, values = staged()
    sessions.save(replace(session, activations=values), tmp_path / "staged.vitprune.h5")
    window = Window(qtbot, state, real, tmp_path / "staged.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    real.select_site("layers.0.blocks.0.attn")
    assert window.map.values.shape == (8, 8)
    window.click(window.map, 6, 3)
    for stage, cell in enumerate(((6, 3), (3, 1), (1, 0))):
        real.select_site(f"layers.{stage}.blocks.0.attn")
        assert window.map.marked == cell
    assert window.strip.shape == (1, 3)


def test_a_click_is_seen_at_once(qtbot: Any, state: AppState, real: Commands, tmp_path: Path) -> None:
    """256 patches after 24 sites."""
    made = asked(2)
    sites = tuple(
        Site(f"blocks.{i}.{name}", kind, i, 1, 1)
        for i in range(12)
        for name, kind in (("attn", Kind.ATTENTION), ("mlp", Kind.MLP))
    )
    model = Architecture("large", "ViT", 3, 3, (3, 224, 224), 257, 2, sites, pooled="cls")
    rng = np.random.default_rng(0)
    values = {site.id: rng.normal(size=(2, 257, 64)).astype(np.float16) for site in sites}
    session = replace(made, architecture=model, plan=PruningPlan.of(model))
    sessions.save(replace(session, activations=Activations(tuple(range(257)), values)), tmp_path / "l.vitprune.h5")
    window = Window(qtbot, state, real, tmp_path / "l.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    window.take(SIMILARITY)
    taken = []
    for column in range(8):
        started = time.thread_time()
        window.click(window.map, 3, column)
        window.map.grab()
        window.strip.grab()
        taken.append(time.thread_time() - started)
    assert window.map.marked == (3, 7)
    assert min(taken) < 0.05  # seconds of this thread's own: others may keep the machine busy


def test_files_hold_what_is_seen(qtbot: Any, state: AppState, real: Commands, folder: Path, tmp_path: Path) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    window.click(window.map, 2, 0)
    (tmp_path / "map.csv").write_bytes(window.map.csv())
    rows = list(csv.DictReader((tmp_path / "map.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 12
    stream = streams(IMAGES)[SITES[-1]][0].astype(np.float64)
    for row in rows:
        token = int(row["token"])
        assert token == 1 + 4 * (int(row["row"]) - 1) + int(row["column"]) - 1
        assert float(row["length"]) == pytest.approx(np.linalg.norm(stream[token]))
        cosine = unit(stream[token].astype(np.float16)) @ unit(stream[9].astype(np.float16))
        assert float(row["cosine_with_chosen_patch"]) == pytest.approx(float(cosine), abs=5e-4)
    window.strip.image().save(str(tmp_path / "strip.png"))
    assert QImage(str(tmp_path / "strip.png")).width() == 2 * window.strip._canvas.width()
    window.view.setPalette(theme.palette(dark=True))
    assert window.map.image().pixelColor(6, 6).lightnessF() < 0.4


# Over depth ----------------------------------------------------------------------------------------------------------


def test_tokens_over_depth(qtbot: Any, state: AppState, real: Commands, folder: Path, tmp_path: Path) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.explored is not None)
    page = window.view.over_depth
    window.view.pages.setCurrentWidget(page)
    window.wait(lambda: real.explorer.census is not None)
    window.settle()
    assert sum(job.title.startswith("Read the activations of 128") for job in state.jobs) == 1, "once is enough"
    assert "128 of 140 images, evenly chosen" in window.says()
    chart = page.chart
    assert chart is not None
    assert "n = 128 of 140 images × 13 tokens" in chart.legend.accessibleName()
    qtbot.mouseClick(page.all_button, LEFT)
    window.wait(lambda: real.explorer.census is not None and real.explorer.census.images == IMAGES)
    assert "all 140 images" in window.says()
    assert not page.all_button.isVisible()
    (tmp_path / "depth.csv").write_bytes(chart.csv())
    rows = list(csv.DictReader((tmp_path / "depth.csv").read_text(encoding="utf-8").splitlines()))
    for site in SITES:
        lengths = np.linalg.norm(streams(IMAGES)[site].astype(np.float64), axis=2)
        wanted = {"class token": lengths[:, 0].mean(), "patches": lengths[:, 1:].mean()}
        for name, value in wanted.items():
            [row] = [row for row in rows if (row["site"], row["series"]) == (site, name)]
            assert float(row["value"]) == pytest.approx(value, rel=1e-5)
            assert float(row["ci95_low"]) < value < float(row["ci95_high"])
            assert int(row["images"]) == IMAGES
            assert float(row["patches_0.95"]) == pytest.approx(np.quantile(lengths[:, 1:], 0.95), rel=1e-5)
    for number in range(page.figure.count()):
        page.figure.setCurrentIndex(number)
        page.figure.activated.emit(number)
        assert chart.points
    real.select_site("blocks.0.mlp")
    assert chart._ring.value() == 1


def test_an_unfinished_reading_is_stopped(qtbot: Any, state: AppState, real: Commands, folder: Path) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.explored is not None)
    window.view.pages.setCurrentWidget(window.view.over_depth)
    assert "Reading activations…" in window.says()
    real.cancel_jobs()
    window.settle()
    if real.explorer.census is None:  # or it was through already
        assert "Nothing was read yet." in window.says()
        qtbot.mouseClick(window.view.over_depth.count_button, LEFT)
    window.wait(lambda: real.explorer.census is not None)


# Two sessions --------------------------------------------------------------------------------------------------------


def test_two_sessions_of_the_same_images(
    qtbot: Any, state: AppState, real: Commands, folder: Path, dialogs: FakeDialogs
) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.explored is not None)
    page = window.view.across
    window.view.pages.setCurrentWidget(page)
    dialogs.session = str(folder / "other.vitprune.h5")
    qtbot.mouseClick(page.choose_button, LEFT)
    window.wait(lambda: real.explorer.across is not None)
    chart = page.chart
    assert chart is not None
    one, other = ([s[:, 1:].astype(np.float64).mean(1) for s in streams(IMAGES, seed=seed).values()] for seed in (0, 5))
    wanted, _ = linear_cka([*one, *other])
    np.testing.assert_allclose(chart.values, wanted[:4, 4:], atol=1e-9)
    assert tr("n = %n image(s), the same in both", "", 140) in chart.legend.accessibleName()
    assert "patches" not in chart.legend.accessibleName(), "all of them were kept"
    assert "run with other" in window.says()
    text = chart.tip(1, 2)
    assert "MLP 0 of run and blocks.1.attn of other" in text
    assert f"CKA = {wanted[1, 6]:.3f} ±".replace("-", "−") in text
    assert "(95 % interval), n = 140 images" in text
    window.click(chart, 2, 0)
    assert state.selection == "blocks.1.attn"
    page.features.setCurrentIndex(1)
    page.features.activated.emit(1)
    window.wait(lambda: real.explorer.across is not None)
    one, other = ([s[:, 0].astype(np.float64) for s in streams(IMAGES, seed=seed).values()] for seed in (0, 5))
    np.testing.assert_allclose(chart.values, linear_cka([*one, *other])[0][:4, 4:], atol=1e-9)
    real.explorer.set_features("patch")
    real.explorer.compare(folder / "few.vitprune.h5")
    window.wait(lambda: real.explorer.across is not None)
    assert "few: 4 of 12 patches" in chart.legend.accessibleName()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("strange", "run has 140 images and strange 9, 9 of them the same by name, but not all the same files"),
        ("bare", "bare.vitprune.h5 keeps no activations."),
    ],
)
def test_other_images_are_said_to_be_others(
    qtbot: Any, state: AppState, real: Commands, folder: Path, name: str, why: str
) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.explored is not None)
    window.view.pages.setCurrentWidget(window.view.across)
    real.explorer.compare(folder / f"{name}.vitprune.h5")
    window.wait(lambda: isinstance(real.explorer.across, NotComparable))
    assert f"No comparison with {name}" in window.says()
    assert why in window.says()
    assert "the same images" in window.says()
    assert window.view.across.chart is None
    assert not window.errors


# Coming and going ----------------------------------------------------------------------------------------------------


def test_another_session_takes_the_place_of_the_first(
    qtbot: Any, state: AppState, real: Commands, folder: Path
) -> None:
    window = Window(qtbot, state, real, folder / "run.vitprune.h5")
    window.wait(lambda: real.explorer.picture is not None)
    real.explorer.choose(1, 1, GRID)
    real.open_session(folder / "few.vitprune.h5")
    window.wait(lambda: real.explorer.explored is not None and real.explorer.explored.name == "few")
    window.wait(lambda: real.explorer.picture is not None)
    assert real.explorer.spot is None
    assert "few keeps" in window.says()
    assert np.isfinite(window.map.values).sum() == 4
    real.open_session(folder / "bare.vitprune.h5")
    window.wait(lambda: state.session_path == folder / "bare.vitprune.h5")
    window.settle()
    assert "No activations in this session" in window.says()
    assert "vitprune analyze MODEL DATA --keep-activations TOKENS" in window.says()
    assert window.view.analyze_button.isVisible()


def test_damage_is_said_and_the_rest_is_read(qtbot: Any, state: AppState, real: Commands, tmp_path: Path) -> None:
    path = saved(tmp_path / "run.vitprune.h5")
    window = Window(qtbot, state, real, path)
    window.wait(lambda: real.explorer.picture is not None)
    stored = sessions.activations(path)
    assert stored is not None
    # In the middle of what the file holds of the second site.
    offset, size = stored._index.sites[SITES[1]].places[0].tolist()
    content = bytearray(path.read_bytes())
    content[offset + size // 2] ^= 1
    path.write_bytes(content)
    window.view.patches.image.setValue(3)
    window.wait(lambda: window.errors)
    [error] = window.errors
    assert isinstance(error, SessionDamaged)
    assert SITES[1] in error.message
    assert real.explorer.picture is not None
    assert real.explorer.picture.image == 0, "what was read before is still there"
    window.settle()
    assert window.view.patches.image.value() == 1
    assert window.view.patches.path.text() == "of 140: 0.png"
    window.view.pages.setCurrentWidget(window.view.over_depth)
    window.wait(lambda: len(window.errors) == 2)
    window.settle()
    for image in range(5):
        real.explorer.show_image(30 * image)  # in other chunks, or damaged too
        window.settle()
    assert sum("128 images" in job.title for job in state.jobs) == 1, "what failed is not tried again and again"
    assert window.view.over_depth.count_button.isVisible()


# Having them ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def keeping(workflow: FakeWorkflow, monkeypatch: pytest.MonkeyPatch) -> FakeWorkflow:
    """An analysis that keeps activations, as far as the window can tell."""
    analyze = workflow.analyze

    def analyze_and_keep(model: Any, images: Any, *, keep_tokens: int = 0, draft: Any = None, **how: Any) -> Session:
        session = analyze(model, images, **how)
        if draft is not None:
            sites = [site.id for site in session.architecture.sublayers]
            count = min(keep_tokens, 5)
            draft.add(tuple(range(count)), dict.fromkeys(sites, np.ones((2, count, 4), np.float16)), 2)
        return session

    monkeypatch.setattr(workflow, "analyze", analyze_and_keep)
    return workflow


@pytest.fixture
def opened(qtbot: Any, state: AppState, commands: Commands, keeping: FakeWorkflow) -> Window:
    window = Window(qtbot, state, commands)
    commands.open_model("toy")
    window.wait(lambda: state.model is not None)
    commands.open_images("photos")
    window.wait(lambda: state.data is not None)
    window.settle()
    return window


def test_an_analysis_keeps_them_in_a_file_that_is_asked_for(
    opened: Window, dialogs: FakeDialogs, tmp_path: Path, keeping: FakeWorkflow
) -> None:
    state, commands, explorer = opened.state, opened.commands, opened.explorer
    commands.evaluate()
    opened.wait(lambda: state.evaluations)
    qtbot = opened.qtbot
    qtbot.mouseClick(opened.view.analyze_button, LEFT)
    assert not opened.errors
    assert "analyze" not in keeping.calls, "no file, no analysis"
    dialogs.session = str(tmp_path / "kept.vitprune.h5")
    qtbot.mouseClick(opened.view.analyze_button, LEFT)
    opened.wait(lambda: explorer.picture is not None)
    path = tmp_path / "kept.vitprune.h5"
    assert state.session_path == path
    assert not state.dirty
    assert state.scores is not None
    assert explorer.explored is not None
    assert explorer.explored.images == 2
    stored = sessions.load(path)
    assert len(stored.evaluations) == len(state.evaluations) == 1, "what there was is in the file too"
    assert stored.scores is not None
    kept = sessions.activations(path)
    assert kept is not None
    assert kept.token_indices == (0, 1, 2, 3, 4)
    assert "toy-toy, at all 5 tokens of 2 images" in opened.says()


def test_a_file_that_had_none_is_looked_into_again(opened: Window, dialogs: FakeDialogs, tmp_path: Path) -> None:
    path = tmp_path / "kept.vitprune.h5"
    sessions.save(asked(2), path)
    opened.commands.keeping.activations_from = path
    opened.explorer.look()
    opened.settle()
    assert opened.explorer.explored is None
    dialogs.session = str(path)
    for tokens in (5, 3):
        opened.explorer.analyze(tokens)
        opened.wait(lambda: opened.explorer.picture is not None and not opened.state.dirty)
        opened.settle()
        assert opened.explorer.explored is not None
        assert len(opened.explorer.explored.kept.token_indices) == tokens


def test_what_is_saved_while_the_model_runs_stays_saved(
    opened: Window, dialogs: FakeDialogs, tmp_path: Path, keeping: FakeWorkflow
) -> None:
    path = tmp_path / "kept.vitprune.h5"
    dialogs.session = str(path)
    state, commands = opened.state, opened.commands
    for rounds in range(2):
        end = keeping.gates["analyze"] = threading.Event()
        keeping.calls.clear()
        opened.explorer.analyze()
        opened.wait(lambda: "analyze" in keeping.calls)
        commands.toggle_site(f"blocks.{rounds}.attn")
        end.set()
        opened.settle()
        assert not opened.errors
        assert not state.dirty
        assert len(sessions.load(path).plan) == rounds + 1
        assert sessions.activations(path) is not None
    # As another thread, which waits for no computation, would save to the same file.
    end = keeping.gates["analyze"] = threading.Event()
    keeping.calls.clear()
    opened.explorer.analyze()
    opened.wait(lambda: "analyze" in keeping.calls)
    commands.toggle_site("blocks.2.attn")
    session = commands.keeping.session()
    assert session is not None
    commands.keeping._expected = sessions.save(session, path)
    end.set()
    opened.settle()
    assert not opened.errors
    assert len(sessions.load(path).plan) == 3
    assert sessions.activations(path) is not None


def test_what_others_saved_is_not_overwritten(
    opened: Window, dialogs: FakeDialogs, tmp_path: Path, keeping: FakeWorkflow
) -> None:
    path = tmp_path / "kept.vitprune.h5"
    dialogs.session = str(path)
    opened.explorer.analyze()
    opened.wait(lambda: opened.explorer.explored is not None)
    theirs = replace(sessions.load(path), created="by another window")
    sessions.save(theirs, path)
    opened.explorer.analyze()
    other = tmp_path / "kept (2).vitprune.h5"
    opened.wait(lambda: opened.state.session_path == other)
    opened.settle()
    assert not opened.errors
    assert sessions.load(path).created == "by another window"
    assert sessions.activations(other) is not None, "what took the model long is not lost"
    assert not opened.state.dirty
    assert sorted(tmp_path.glob("*.h5")) == sorted([path, other])
    assert not list(tmp_path.glob(".*"))


def test_what_changes_in_the_end_is_not_taken_for_saved(
    opened: Window, dialogs: FakeDialogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.vitprune.h5"
    dialogs.session = str(path)
    saving, end = threading.Event(), threading.Event()
    save = sessions.Draft.save

    def slowly(draft: sessions.Draft, session: Session, *, expected: str | None = None) -> str:
        saving.set()
        assert end.wait(20)
        return save(draft, session, expected=expected)

    monkeypatch.setattr(sessions.Draft, "save", slowly)
    opened.explorer.analyze()
    opened.wait(saving.is_set)
    opened.commands.toggle_site("blocks.1.attn")
    end.set()
    opened.wait(lambda: opened.explorer.explored is not None)
    assert opened.state.dirty
    assert opened.state.plan is not None
    assert len(opened.state.plan) == 1
    assert len(sessions.load(path).plan) == 0


def test_a_cancelled_analysis_leaves_no_file(
    opened: Window, dialogs: FakeDialogs, tmp_path: Path, keeping: FakeWorkflow
) -> None:
    keeping.gates["analyze"] = threading.Event()
    folder = tmp_path / "new"
    folder.mkdir()
    dialogs.session = str(folder / "kept.vitprune.h5")
    opened.explorer.analyze()
    opened.wait(lambda: "analyze" in keeping.calls)
    assert "Analysing…" in opened.says()
    opened.commands.cancel_jobs()
    opened.settle()
    assert not list(folder.iterdir())
    assert opened.state.session_path is None
    assert opened.explorer.explored is None


def test_measuring_more_keeps_them_and_other_images_do_not_get_them(
    opened: Window, dialogs: FakeDialogs, tmp_path: Path
) -> None:
    path = tmp_path / "kept.vitprune.h5"
    dialogs.session = str(path)
    opened.explorer.analyze()
    opened.wait(lambda: opened.explorer.explored is not None)
    keeping = opened.commands.keeping
    opened.commands.measure_damage()
    opened.settle()
    assert keeping.activations_from == path
    assert opened.explorer.explored is not None
    opened.commands.open_images("others")
    opened.settle()
    assert keeping.activations_from is None
    assert opened.explorer.explored is None
    assert "No activations in this session" in opened.says()


def test_on_the_sample(qtbot: Any, state: AppState, real: Commands, dialogs: FakeDialogs, tmp_path: Path) -> None:
    """With torch, the model and images of a folder."""
    images = Path(str(files("vitprune_resources") / "sample" / "calibration"))
    folder = tmp_path / "images"
    folder.mkdir()
    for image in sorted(images.rglob("*.png"))[::60]:
        shutil.copy(image, folder / f"{image.parent.name}-{image.name}")
    count = len(list(folder.iterdir()))
    window = Window(qtbot, state, real)
    real.open_model("sample")
    window.wait(lambda: state.model is not None)
    real.open_images(str(folder))
    window.wait(lambda: state.data is not None)
    window.settle()
    dialogs.session = str(tmp_path / "sample.vitprune.h5")
    real.explorer.analyze(12)
    window.wait(lambda: real.explorer.picture is not None)
    assert f"at 12 of 50 tokens of {count} images" in window.says()
    window.take(NORMS)
    assert window.map.values.shape == (7, 7)
    assert np.isfinite(window.map.values).sum() == 11
    stored = sessions.activations(tmp_path / "sample.vitprune.h5")
    assert stored is not None
    lengths = np.linalg.norm(stored.read("blocks.11.mlp")[0, 1:].astype(np.float64), axis=1)
    np.testing.assert_allclose(window.map.values[np.isfinite(window.map.values)], lengths, rtol=1e-12)
    assert not window.errors
    assert not state.dirty


def test_without_a_model_there_is_nothing_to_press(qtbot: Any, state: AppState, commands: Commands) -> None:
    window = Window(qtbot, state, commands)
    assert "Open a session that keeps some, or a model and images to analyse." in window.says()
    assert not window.view.analyze_button.isVisible()
    said: list[str] = []
    commands.notified.connect(said.append)
    commands.explorer.analyze()
    assert said == ["Open a model and images first."]
