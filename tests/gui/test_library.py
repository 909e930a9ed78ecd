"""Saved sessions in the window: real files listed, ticked, compared and opened; what is shown is what they hold."""

from __future__ import annotations

import csv
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from tests.gui import synthetic
from tests.gui.conftest import ENVIRONMENT, FakeDialogs
from vitprune import sessions
from vitprune.offline import compare as compare_offline
from vitprune.plan import PruningPlan
from vitprune.results import DataReference, Evaluation, Session, Thumbnails
from vitprune_gui.app import Shell
from vitprune_gui.item_models.sessions_model import Column
from vitprune_gui.library import COMPARING, LISTING, Library
from vitprune_gui.runner import JobRunner
from vitprune_gui.settings import LAYOUT_VERSION, Settings
from vitprune_gui.state import AppState
from vitprune_gui.views.compare import TOPICS, CompareView
from vitprune_gui.views.comparison_pages import ClassesPage, PlansPage, SectionPage
from vitprune_gui.views.flips import FlipsPage
from vitprune_gui.views.session_browser import SessionBrowser

MODEL = synthetic.architecture(4, dim=48, tokens=17)
IMAGES = synthetic.IMAGES


def evaluated(plan: PruningPlan, data: DataReference, accuracy: float, milliseconds: float, seed: int) -> Evaluation:
    """What it has wrong it takes for the next class."""
    made = synthetic.evaluation(MODEL, plan, accuracy=accuracy, milliseconds=milliseconds, seed=seed)
    labels = np.array(data.labels)
    wrong = made.per_image["top1"] == 0
    return replace(made, data=data, predictions=np.where(wrong, (labels + 1) % synthetic.CLASSES, labels))


def saved(path: Path, data: DataReference, sites: tuple[str, ...], action: str, accuracy: float, seed: int) -> Session:
    dense = evaluated(PruningPlan.of(MODEL), data, 0.9, 40.0, 1)
    plan = PruningPlan.of(MODEL, dict.fromkeys(sites, action))
    model = replace(synthetic.model_reference(MODEL), class_names=data.class_names, weights_sha256="a" * 64)
    scores = replace(synthetic.scores(MODEL, 40, seed), boundaries=None)
    pruned = evaluated(plan, data, accuracy, 30.0, seed)
    where = replace(ENVIRONMENT, torch="2.15") if seed == 4 else ENVIRONMENT
    session = Session(model, MODEL, plan, where, f"2026-02-0{seed}T08:00:00+00:00", data, scores, (dense, pruned))
    sessions.save(session, path)
    return session


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sessions of the same images, half of which are still there; a file cut short; one that is no session."""
    folder = tmp_path_factory.mktemp("runs")
    photos = folder / "photos"
    data = replace(synthetic.data(), source=str(photos))
    for number, name in enumerate(data.paths[: IMAGES // 2]):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 10), (number % 256, 0, 0)).save(photos / name)
    saved(folder / "good.vitprune.h5", data, ("blocks.1.attn",), "remove", 0.85, 2)
    saved(folder / "poor.vitprune.h5", data, ("blocks.1.attn", "blocks.2.mlp"), "remove", 0.60, 3)
    saved(folder / "mended.vitprune.h5", data, ("blocks.1.attn", "blocks.2.mlp"), "linear", 0.84, 4)
    whole = (folder / "good.vitprune.h5").read_bytes()
    (folder / "cut.vitprune.h5").write_bytes(whole[:9000])
    (folder / "other.h5").write_text("none")
    return folder


class Opened:
    def __init__(self) -> None:
        self.paths: list[Path] = []

    def open_session(self, path: str | Path) -> None:
        self.paths.append(Path(path))


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def working(state: AppState, start_runner: Callable[..., JobRunner]) -> JobRunner:
    runner = start_runner()

    def show(jobs: object) -> None:
        state.jobs = jobs  # pyright: ignore[reportAttributeAccessIssue]

    runner.changed.connect(show)
    return runner


@pytest.fixture
def library(working: JobRunner, settings: Settings, dialogs: FakeDialogs, opened: Opened) -> Library:
    return Library(working, settings, dialogs, opened)


@pytest.fixture
def settle(qtbot: Any, working: JobRunner) -> Callable[[], None]:
    return lambda: qtbot.waitUntil(lambda: working.idle, timeout=60_000)


def shown(qtbot: Any, view: Any, width: int = 1100, height: int = 700) -> Any:
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def browser(qtbot: Any, state: AppState, library: Library) -> SessionBrowser:
    return shown(qtbot, SessionBrowser(state, library))


@pytest.fixture
def view(qtbot: Any, state: AppState, library: Library) -> CompareView:
    return shown(qtbot, CompareView(state, library))


def texts(browser: SessionBrowser) -> dict[str, list[str]]:
    """What each row shows, by the name of its file, in the order of the rows."""
    model = browser.filtered
    rows = [[model.index(row, column).data() for column in Column] for row in range(model.rowCount())]
    return {row[Column.FILE]: row for row in rows}


def says(widget: Any) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


# The list


def test_every_file_is_a_row_and_what_does_not_open_says_why(
    browser: SessionBrowser, library: Library, settle: Any, made: Path
) -> None:
    library.browse(made)
    settle()
    found = texts(browser)
    assert list(found) == ["cut.vitprune.h5", "good.vitprune.h5", "mended.vitprune.h5", "other.h5", "poor.vitprune.h5"]
    assert found["cut.vitprune.h5"][Column.MODEL] == "Cannot be opened: it ends too early."
    assert found["other.h5"][Column.MODEL] == "Cannot be opened: it is not a ViTPrune session."
    assert browser.table.columnSpan(0, Column.MODEL) == Column.DATE - Column.MODEL
    assert browser.table.columnSpan(1, Column.MODEL) == 1
    assert "5 session files; 2 cannot be opened" in says(browser)
    for name in ("good", "poor", "mended"):
        session = sessions.load(made / f"{name}.vitprune.h5")
        row, (_, pruned) = found[f"{name}.vitprune.h5"], session.evaluations
        hits = int(pruned.per_image["top1"].sum())
        assert row[Column.QUALITY].startswith(f"{100 * hits / IMAGES:.1f} % [")
        assert row[Column.REMOVED] == f"{len(session.plan)} of 8"
        assert row[Column.METHOD] == ("linear" if name == "mended" else "–")
        assert float(row[Column.LATENCY]) == pytest.approx(np.median(pruned.latency.samples_ms) / 16, abs=0.006)  # pyright: ignore[reportOptionalMemberAccess]
        assert row[Column.DATE] == session.created[:16].replace("T", " ")
        assert row[Column.DATA] == f"photos ({IMAGES})"


def test_a_selected_row_says_all_about_its_file(
    browser: SessionBrowser, library: Library, settle: Any, made: Path, opened: Opened
) -> None:
    library.browse(made)
    settle()
    browser.table.selectRow(0)
    assert "cut.vitprune.h5 cannot be opened: it ends too early. Open a backup" in browser.details.text()
    assert not browser.open.isEnabled()
    browser.table.selectRow(1)
    assert "1 of 8 branches removed" in browser.details.text()
    assert f"n = {IMAGES}" in browser.details.text()
    browser.open.click()
    assert opened.paths == [made / "good.vitprune.h5"]


def test_a_double_click_opens_a_session_and_nothing_else(
    qtbot: Any, browser: SessionBrowser, library: Library, settle: Any, made: Path, opened: Opened
) -> None:
    library.browse(made)
    settle()
    for row in (0, 2):
        at = browser.table.visualRect(browser.filtered.index(row, Column.MODEL)).center()
        qtbot.mouseClick(browser.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseDClick(browser.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert opened.paths == [made / "mended.vitprune.h5"]


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
def test_columns_sort_by_what_they_mean_and_the_unknown_comes_last(
    browser: SessionBrowser, library: Library, settle: Any, made: Path, order: Qt.SortOrder
) -> None:
    library.browse(made)
    settle()
    browser.table.sortByColumn(Column.QUALITY, order)
    names = [name.split(".")[0] for name in texts(browser)]
    expected = ["poor", "mended", "good"]
    assert names[:3] == (expected if order == Qt.SortOrder.AscendingOrder else expected[::-1])
    assert set(names[3:]) == {"cut", "other"}
    bad = [row for row in range(5) if browser.table.columnSpan(row, Column.MODEL) > 1]
    assert bad == [3, 4]
    browser.table.sortByColumn(Column.SIZE, order)
    sizes = [(made / name).stat().st_size for name in texts(browser)]
    assert sizes == sorted(sizes, reverse=order == Qt.SortOrder.DescendingOrder)


def test_words_are_searched_for(browser: SessionBrowser, library: Library, settle: Any, made: Path) -> None:
    library.browse(made)
    settle()
    browser.search.setText("photos LINEAR")
    assert list(texts(browser)) == ["mended.vitprune.h5"]
    assert "1 of 5 session files" in browser.status.text()
    browser.search.setText("too early")
    assert list(texts(browser)) == ["cut.vitprune.h5"]
    assert browser.table.columnSpan(0, Column.MODEL) > 1
    browser.search.setText("nothing like it")
    assert "No session fits" in says(browser)


def test_ticks_are_compared_in_their_order(
    qtbot: Any, browser: SessionBrowser, library: Library, settle: Any, made: Path, tmp_path: Path
) -> None:
    library.browse(made)
    settle()
    assert not browser.compare.isEnabled()
    for name in ("poor", "good"):
        row = list(texts(browser)).index(f"{name}.vitprune.h5")
        box = browser.table.visualRect(browser.filtered.index(row, Column.FILE))
        at = QPoint(box.left() + 10, box.center().y())
        qtbot.mouseClick(browser.table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [path.name for path in library.ticked] == ["poor.vitprune.h5", "good.vitprune.h5"]
    damaged = browser.filtered.index(0, Column.FILE)
    assert damaged.data(Qt.ItemDataRole.CheckStateRole) is None
    assert browser.compare.text() == "&Compare 2 sessions"
    with qtbot.waitSignal(library.page_wanted) as wanted:
        browser.compare.click()
    assert wanted.args == ["compare"]
    settle()
    assert library.compared is not None
    assert library.compared.compared.lineup.baseline == "poor"
    assert "other folders" not in browser.compare.toolTip()
    library.browse(tmp_path)
    settle()
    assert "2 of them in other folders" in browser.compare.toolTip()
    library.browse(made)
    settle()
    assert "other folders" not in browser.compare.toolTip()
    browser.untick.click()
    assert library.ticked == ()
    assert not browser.compare.isEnabled()


def test_only_what_changed_is_read_again(
    library: Library, browser: SessionBrowser, settle: Any, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("good", "poor", "cut"):
        shutil.copy2(made / f"{name}.vitprune.h5", tmp_path)
    read: list[str] = []
    load = sessions.load
    monkeypatch.setattr(sessions, "load", lambda path: read.append(path.name) or load(path))
    library.browse(tmp_path)
    settle()
    assert sorted(read) == ["cut.vitprune.h5", "good.vitprune.h5", "poor.vitprune.h5"]
    library.tick(tmp_path / "good.vitprune.h5", on=True)
    library.tick(tmp_path / "poor.vitprune.h5", on=True)
    read.clear()
    browser.table.selectRow(list(texts(browser)).index("good.vitprune.h5"))
    (tmp_path / "poor.vitprune.h5").unlink()
    shutil.copy(made / "mended.vitprune.h5", tmp_path / "cut.vitprune.h5")
    browser.refresh.click()
    settle()
    assert read == ["cut.vitprune.h5"]
    assert browser.details.text().startswith("good.vitprune.h5")
    assert list(texts(browser)) == ["cut.vitprune.h5", "good.vitprune.h5"]
    assert library.ticked == (tmp_path / "good.vitprune.h5",)
    library.browse(made)
    settle()
    assert library.ticked == (tmp_path / "good.vitprune.h5",)  # of another folder


def test_a_list_grows_while_it_is_read_and_can_be_stopped(
    qtbot: Any, library: Library, browser: SessionBrowser, settle: Any, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, load = threading.Event(), sessions.load

    def slow(path: Path) -> Session:
        assert path.name != "poor.vitprune.h5" or gate.wait(30)
        return load(path)

    monkeypatch.setattr(sessions, "load", slow)
    library.browse(made)
    qtbot.waitUntil(lambda: len(texts(browser)) >= 3, timeout=30_000)
    assert "Reading sessions: " in browser.status.text()
    assert browser.bar.isVisible()
    browser.cancel.click()
    gate.set()
    settle()
    qtbot.waitUntil(lambda: not browser.bar.isVisible())
    assert "poor.vitprune.h5" not in texts(browser)
    assert "stopped before it was through" in browser.status.text()
    assert browser.refresh.isEnabled()
    browser.refresh.click()
    settle()
    assert browser.status.text() == "5 session files; 2 cannot be opened"
    assert "poor.vitprune.h5" in texts(browser)


def test_a_list_that_has_to_wait_says_for_what(
    qtbot: Any, library: Library, browser: SessionBrowser, settle: Any, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, load = threading.Event(), sessions.load

    def slow(path: Path) -> Session:
        assert gate.wait(30)
        return load(path)

    monkeypatch.setattr(sessions, "load", slow)
    library.compare([made / "good.vitprune.h5", made / "poor.vitprune.h5"])
    library.browse(made)
    qtbot.waitUntil(lambda: browser.status.text() == "Waits for: Compare 2 sessions")
    gate.set()
    settle()
    assert len(texts(browser)) == 5


def test_folders_are_remembered(
    qtbot: Any, library: Library, browser: SessionBrowser, settle: Any, made: Path, tmp_path: Path,
    dialogs: FakeDialogs, settings: Settings, working: JobRunner, opened: Opened, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert "Look through saved sessions" in says(browser)
    dialogs.folder = str(tmp_path)
    browser.first.click()
    settle()
    assert "No sessions in this folder" in says(browser)
    library.browse(made)
    settle()
    assert [browser.folder.itemText(row) for row in range(browser.folder.count())] == [str(made), str(tmp_path)]
    assert Settings(settings.path.parent).recent_folders == (str(made), str(tmp_path))
    again = Library(working, settings, dialogs, opened)
    read: list[Path] = []
    load = sessions.load
    monkeypatch.setattr(sessions, "load", lambda path: read.append(path) or load(path))
    with qtbot.waitSignal(again.page_wanted):
        again.show()
    qtbot.waitUntil(lambda: again.folder == made)
    settle()
    assert [path.name for path in read] == ["other.h5"]  # the others are known from the run before
    assert len(again.lines) == 5


def test_the_window_does_not_wait_for_the_drive_of_the_last_folder(
    qtbot: Any, working: JobRunner, settle: Any, settings: Settings, dialogs: FakeDialogs, opened: Opened,
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    gone = tmp_path / "gone"
    settings.add_recent_folder(str(made))
    settings.add_recent_folder(str(gone))
    asked: dict[str, set[int]] = {str(made): set(), str(gone): set()}
    stat = os.stat

    def watched(path: Any, *arguments: Any, **options: Any) -> os.stat_result:
        if str(path) in asked:
            asked[str(path)].add(threading.get_ident())
        return stat(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", watched)
    library = Library(working, settings, dialogs, opened)
    library.show()
    qtbot.waitUntil(lambda: library.folder == made)
    settle()
    assert len(library.lines) == 5
    assert all(asked.values())
    assert threading.get_ident() not in set().union(*asked.values())
    # One that is on show stays.
    library.browse(tmp_path)
    library.show()
    settle()
    assert library.folder == tmp_path


def test_a_folder_that_is_gone_is_told_once(
    qtbot: Any, library: Library, browser: SessionBrowser, settle: Any, tmp_path: Path, working: JobRunner
) -> None:
    with qtbot.waitSignal(working.failed) as failed:
        library.browse(tmp_path / "gone")
    assert "cannot be listed" in failed.args[0].error.message
    settle()
    assert "The sessions of this folder are not known" in says(browser)
    assert "cannot be listed" in says(browser)
    library.browse(tmp_path)
    settle()
    assert "No sessions in this folder" in says(browser)


def test_the_table_keeps_its_promises(qtmodeltester: Any, browser: SessionBrowser, library: Library, settle: Any,
                                      made: Path) -> None:  # fmt: skip
    library.browse(made)
    settle()
    qtmodeltester.check(browser.model)


# The comparison


@pytest.fixture
def compared(library: Library, settle: Any, made: Path) -> Library:
    library.compare([made / f"{name}.vitprune.h5" for name in ("good", "poor", "mended")])
    settle()
    return library


def test_every_topic_has_its_page(compared: Library, view: CompareView) -> None:
    offered = [view.topics.item(row).data(Qt.ItemDataRole.UserRole) for row in range(view.topics.count())]
    assert offered == list(TOPICS)
    for topic in offered:
        view.turn_to(topic)
        page = view.page(topic)
        assert page is view.pages.currentWidget()
        if isinstance(page, SectionPage):
            assert page.table.rows.shown or any(points for _, points in page.chart.shown.series), topic
    page = view.page("settings")
    assert isinstance(page, SectionPage)
    assert ["torch", "2.14", "2.14", "2.15"] in page.table.rows.text()


def test_the_figures_are_those_of_the_command_line(compared: Library, view: CompareView, made: Path) -> None:
    found = compare_offline([made / f"{name}.vitprune.h5" for name in ("good", "poor", "mended")])
    view.turn_to("worth")
    page = view.page("worth")
    assert isinstance(page, SectionPage)
    rows = {row[0]: row for row in page.table.rows.text()[1:]}
    poor = found.lineup.against["poor"].contrasts
    assert poor is not None
    top1 = poor.measures["top1"]
    low, high = 100 * top1.difference.low, 100 * top1.difference.high
    assert rows["poor"][2] == f"{100 * top1.difference.value:+.1f} pp ({low:+.1f} to {high:+.1f})"
    before, after = (
        sessions.load(made / f"{n}.vitprune.h5").evaluations[1].per_image["top1"] for n in ("good", "poor")
    )
    assert 100 * top1.difference.value == pytest.approx(100 * float((after - before).mean()))
    assert rows["poor"][3] == "McNemar's exact test"
    assert "good" in rows
    assert page.picker.count() == len(poor.measures)


def test_another_baseline_turns_the_sign(compared: Library, view: CompareView, settle: Any) -> None:
    assert compared.compared is not None
    before = compared.compared.compared.lineup.against["poor"].contrasts
    view.baseline.setCurrentText("poor")
    view.baseline.activated.emit(view.baseline.currentIndex())
    settle()
    assert compared.compared.compared.lineup.baseline == "poor"
    after = compared.compared.compared.lineup.against["good"].contrasts
    assert before is not None
    assert after is not None
    assert after.measures["top1"].difference.value == pytest.approx(-before.measures["top1"].difference.value)
    assert "poor, the baseline" in "".join(map(str, compared.compared.sections["plans"].parts))


def test_a_wide_margin_makes_them_equal(compared: Library, view: CompareView, settle: Any) -> None:
    assert compared.compared is not None

    def equal() -> bool:
        assert compared.compared is not None
        found = compared.compared.compared.lineup.against["mended"].contrasts
        assert found is not None
        assert found.main is not None
        assert found.main.equivalence is not None
        return found.main.equivalence.equivalent

    assert not equal()
    view.margin.setValue(20)
    settle()
    assert compared.compared.compared.lineup.margin == 0.2
    assert equal()
    page = view.page("glance")
    assert isinstance(page, SectionPage)
    assert "grey: counts as equal, within 20" in page.chart.legend.accessibleName()


def test_charts_are_exported(compared: Library, view: CompareView) -> None:
    assert compared.compared is not None
    lineup = compared.compared.compared.lineup
    values: dict[str, list[dict[str, str]]] = {}
    for topic in ("worth", "profiles", "plans", "time", "frontier", "classes"):
        view.turn_to(topic)
        chart = view.page(topic).chart  # pyright: ignore[reportAttributeAccessIssue]
        assert not chart.image().isNull()
        assert b"<svg" in chart.svg()
        values[topic] = list(csv.DictReader(chart.csv().decode().splitlines()))
        assert values[topic]
    rows = values["profiles"]
    held = [one for one in lineup.profiles if (one.table, one.kind) == ("cosine", "attention")]
    assert [float(row["cosine"]) for row in rows] == [value for one in held for value in one.mean.tolist()]
    assert {row["series"] for row in rows} == {"good", "poor", "mended"}
    plans = values["plans"]
    gone = {(row["session"], row["site"], row["action"]) for row in plans if row["action"] != "keep"}
    assert gone == {
        ("good", "blocks.1.attn", "remove"), ("poor", "blocks.1.attn", "remove"), ("poor", "blocks.2.mlp", "remove"),
        ("mended", "blocks.1.attn", "linear"), ("mended", "blocks.2.mlp", "linear"),
    }  # fmt: skip
    assert len(plans) == 3 * len(MODEL.sublayers)


def test_a_class_has_its_share_with_its_interval(compared: Library, view: CompareView, made: Path) -> None:
    view.turn_to("classes")
    page = view.page("classes")
    assert isinstance(page, ClassesPage)
    assert page.session.currentText() == "poor"
    rows = {row[0]: row for row in page.table.rows.text()[1:]}
    good, poor = (sessions.load(made / f"{n}.vitprune.h5").evaluations[1] for n in ("good", "poor"))
    labels = np.array(good.data.labels)
    for number, name in enumerate(good.data.class_names):
        change = (poor.per_image["top1"] - good.per_image["top1"])[labels == number]
        assert rows[name][1] == str(len(change))
        assert rows[name][2].replace("−", "-").startswith(f"{100 * change.mean():+.1f} pp [")


def test_images_are_shown_where_they_are_and_named_where_they_are_not(
    qtbot: Any, compared: Library, view: CompareView, settle: Any, made: Path
) -> None:
    view.turn_to("flips")
    page = view.page("flips")
    assert isinstance(page, FlipsPage)
    good, poor = (sessions.load(made / f"{n}.vitprune.h5").evaluations[1] for n in ("good", "poor"))
    wrong = np.flatnonzero((good.per_image["top1"] > 0) & (poor.per_image["top1"] == 0))
    rows = page.model.text()[1:]
    names = good.data.class_names
    assert [row[0] for row in rows] == [good.data.paths[i] for i in wrong]
    assert [row[3] for row in rows] == [names[poor.predictions[i]] for i in wrong]
    assert f"wrong here alone: {len(wrong)} images" in page.outcome.currentText()

    def icon(row: int) -> Any:
        return page.model.index(row, 0).data(Qt.ItemDataRole.DecorationRole)

    qtbot.waitUntil(lambda: icon(0) is not None, timeout=30_000)
    seen = icon(0).pixmap(56, 56).toImage().pixelColor(5, 5)
    assert seen.red() == wrong[0] % 256  # the picture of this very image
    last = len(wrong) - 1
    assert wrong[last] >= IMAGES // 2  # one that is gone
    assert icon(last) is None
    page.table.scrollToBottom()
    qtbot.waitUntil(lambda: "Some are not in" in page.words.label.text(), timeout=30_000)
    settle()
    assert icon(last) is None


def test_without_the_images_there_are_their_names(
    qtbot: Any, library: Library, view: CompareView, settle: Any, tmp_path: Path
) -> None:
    data = replace(synthetic.data(), source=str(tmp_path / "gone"))
    for name, accuracy, seed in (("a", 0.9, 2), ("b", 0.7, 3)):
        saved(tmp_path / f"{name}.h5", data, ("blocks.1.attn",), "remove", accuracy, seed)
    library.compare([tmp_path / "a.h5", tmp_path / "b.h5"])
    settle()
    view.turn_to("flips")
    page = view.page("flips")
    assert isinstance(page, FlipsPage)
    qtbot.waitUntil(lambda: "not on this machine" in page.words.label.text(), timeout=30_000)
    assert page.model.shown


def test_pictures_that_a_session_holds_are_shown_without_the_images(
    qtbot: Any, library: Library, view: CompareView, settle: Any, tmp_path: Path
) -> None:
    data = replace(synthetic.data(), source=str(tmp_path / "gone"))
    for name, accuracy, seed in (("a", 0.9, 2), ("b", 0.7, 3)):
        session = saved(tmp_path / f"{name}.h5", data, ("blocks.1.attn",), "remove", accuracy, seed)
        if name == "b":
            pixels = np.zeros((1, 8, 8, 3), np.uint8)
            pixels[..., 1] = 200
            good = sessions.load(tmp_path / "a.h5").evaluations[1].per_image["top1"]
            wrong = np.flatnonzero((good > 0) & (session.evaluations[1].per_image["top1"] == 0))
            pixels.setflags(write=False)
            held = Thumbnails(data.digest, (data.paths[wrong[0]],), pixels)
            sessions.save(replace(session, thumbnails=held), tmp_path / "b.h5")
    library.compare([tmp_path / "a.h5", tmp_path / "b.h5"])
    settle()
    view.turn_to("flips")
    page = view.page("flips")
    assert isinstance(page, FlipsPage)
    qtbot.waitUntil(lambda: "not on this machine" in page.words.label.text(), timeout=30_000)
    icons = [page.model.index(row, 0).data(Qt.ItemDataRole.DecorationRole) for row in range(3)]
    assert icons[0] is not None
    assert icons[0].pixmap(56, 56).toImage().pixelColor(4, 4).green() == 200
    assert icons[1:] == [None, None]


def test_plans_are_drawn_branch_by_branch(compared: Library, view: CompareView) -> None:
    view.turn_to("plans")
    page = view.page("plans")
    assert isinstance(page, PlansPage)
    x, _ = page.chart._dots.getData()
    assert len(x) == 3 * len(MODEL.sublayers)
    assert "linear here" in page.words.label.text()


def test_a_file_that_does_not_open_is_left_out_and_named(
    library: Library, view: CompareView, settle: Any, made: Path
) -> None:
    library.compare([made / f"{name}.vitprune.h5" for name in ("good", "cut", "poor")])
    settle()
    assert "2 sessions; 1 could not be opened" in view.status.text()
    page = view.page("glance")
    assert isinstance(page, SectionPage)
    assert "cut.vitprune.h5 ends too early" in page.words.label.text()


def test_a_comparison_can_be_stopped(
    qtbot: Any, library: Library, view: CompareView, settle: Any, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, load = threading.Event(), sessions.load

    def slow(path: Path) -> Session:
        assert gate.wait(30)
        return load(path)

    monkeypatch.setattr(sessions, "load", slow)
    library.compare([made / "good.vitprune.h5", made / "poor.vitprune.h5"])
    qtbot.waitUntil(view.cancel.isVisible)
    view.cancel.click()
    gate.set()
    settle()
    assert library.compared is None
    assert "Hold sessions against each other" in says(view)


def test_the_report_is_one_page_with_the_same_figures(
    compared: Library, view: CompareView, settle: Any, dialogs: FakeDialogs, tmp_path: Path
) -> None:
    dialogs.report = str(tmp_path / "page.html")
    view.report.click()
    settle()
    page = (tmp_path / "page.html").read_text()
    assert "poor against good (paired)" in page
    assert "<svg" in page
    assert "http" not in page.replace("http-equiv", "")
    dialogs.report = str(tmp_path / "page.md")
    view.report.click()
    settle()
    assert (tmp_path / "page.md").read_text().startswith("# 3 sessions against good")


def test_a_table_is_copied(compared: Library, view: CompareView, qtbot: Any) -> None:
    view.turn_to("glance")
    page = view.page("glance")
    assert isinstance(page, SectionPage)
    page.table.copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0].split("\t")[1:3] == ["session", "model"]
    assert [line.split("\t")[1] for line in copied[1:]] == ["good", "poor", "mended"]
    page.table.setFocus()
    page.table.selectRow(2)
    qtbot.keyClick(page.table, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines() == [copied[0], *copied[2:]]
    assert page.table.accessibleName() == "Figures"


# In the window


def test_saved_sessions_have_the_window_to_themselves(qtbot: Any, shell: Shell, made: Path, settings: Settings) -> None:
    window = shell.window
    qtbot.waitUntil(lambda: shell.runner.idle)
    docks = {name: dock.isVisible() for name, dock in window.docks.items()}
    assert any(docks.values())
    shell.library.browse(made)
    window.actions_["browse_sessions"].trigger()
    assert window.stack.currentWidget() is window.library
    assert not any(dock.isVisible() for dock in window.docks.values())
    assert isinstance(window.view("sessions"), SessionBrowser)
    window.reset_layout()
    assert not any(dock.isVisible() for dock in window.docks.values())
    window.actions_["leave_sessions"].trigger()
    assert window.welcome.isVisible()
    assert {name: dock.isVisible() for name, dock in window.docks.items()} == docks
    qtbot.waitUntil(lambda: shell.runner.idle, timeout=60_000)


def test_the_layout_beside_a_model_is_what_is_kept(qtbot: Any, shell: Shell, settings: Settings) -> None:
    window = shell.window
    window.docks["plan"].hide()
    window.actions_["browse_sessions"].trigger()
    assert window.close()
    window.docks["plan"].show()
    assert window.restoreState(settings.layout(), LAYOUT_VERSION)
    shown = {name for name, dock in window.docks.items() if not dock.isHidden()}
    assert shown == set(window.docks) - {"plan"}


def test_an_opened_session_takes_the_place_of_the_list(qtbot: Any, shell: Shell, workflow: Any, made: Path) -> None:
    path = made / "good.vitprune.h5"
    load = sessions.load(path)
    workflow.saved[path] = load
    window = shell.window
    window.actions_["browse_sessions"].trigger()
    shell.library.open(path)
    qtbot.waitUntil(lambda: shell.state.model is not None and shell.runner.idle, timeout=60_000)
    assert window.stack.currentWidget() is window.tabs
    assert shell.state.plan == load.plan


def test_topics_of_library_jobs_are_its_own() -> None:
    from vitprune_gui import answers

    assert not {LISTING, COMPARING} & set(answers._OF_THE_MODEL)
