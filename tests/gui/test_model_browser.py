"""The list of models: sound for Qt, quick to narrow, and downloading from a hub on this machine."""

from __future__ import annotations

import json
import math
import random
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.modeltest import ModelTester

from tests.core.hub_server import CONTENT, NAME, HubServer, hub_of
from tests.gui import synthetic
from vitprune.catalog import ModelEntry, known
from vitprune_gui.commands import Commands
from vitprune_gui.item_models.catalog_model import CatalogModel, Column, Row, Wanted, row_of_file
from vitprune_gui.item_models.families import FAMILIES, commercial
from vitprune_gui.models import LocalModel
from vitprune_gui.runner import JobRunner
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.views import activity
from vitprune_gui.views.model_browser import ModelBrowser
from vitprune_gui.views.models_dialog import ModelsDialog

ENTRIES = known()
ROWS = tuple(Row(entry.name, entry) for entry in ENTRIES)


@pytest.fixture
def model() -> CatalogModel:
    made = CatalogModel()
    made.set_rows(ROWS)
    return made


def names(model: CatalogModel) -> list[str]:
    return [model.index(row, Column.NAME).data() for row in range(model.rowCount())]


def entries(model: CatalogModel) -> list[ModelEntry]:
    return [row.entry for place in range(model.rowCount()) if (row := model.row_at(model.index(place, 0)))]


# The table


def test_the_catalogue_is_a_sound_model(qtmodeltester: ModelTester) -> None:
    model = CatalogModel()
    model.set_rows(ROWS[:40])
    qtmodeltester.check(model)
    model.sort(Column.TOP1, Qt.SortOrder.DescendingOrder)
    model.set_wanted(Wanted(text="patch14"))
    qtmodeltester.check(model)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Column.PARAMS, lambda entry: entry.params),
        (Column.MACS, lambda entry: entry.macs),
        (Column.TOP1, lambda entry: entry.top1),
        (Column.LICENCE, lambda entry: entry.licence or None),
    ],
)
def test_what_is_not_known_comes_last_in_both_directions(
    column: Column, value: Callable[[ModelEntry], Any], model: CatalogModel
) -> None:
    rng = random.Random(1)
    shuffled = [
        replace(e, params=None, macs=None, licence="") if rng.random() < 0.2 else e for e in rng.sample(ENTRIES, 300)
    ]
    model.set_rows([Row(entry.name, entry) for entry in shuffled])
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        model.sort(column, order)
        found = [value(entry) for entry in entries(model)]
        gaps = found.count(None)
        assert 0 < gaps < 300
        assert found[-gaps:] == [None] * gaps
        assert found[:-gaps] == sorted(found[:-gaps], reverse=order == Qt.SortOrder.DescendingOrder)
        texts = [model.index(row, column).data() for row in range(300)]
        assert set(texts[-gaps:]) <= {"", "–"}


def test_words_in_any_order_and_what_people_call_things(model: CatalogModel) -> None:
    def found(text: str) -> set[str]:
        model.set_wanted(Wanted(text=text))
        return set(names(model))

    assert found("BASE dino") == {e.name for e in ENTRIES if "base" in e.name and "dino" in e.name}
    assert found("dino base") == found("base dino")
    assert found("dino-v2") == found("dinov2") == {e.name for e in ENTRIES if "dinov2" in e.name}
    assert found("ViT-B/16 mae") == {"vit_base_patch16_224.mae"}
    assert found("imagenet21k") == {e.name for e in ENTRIES if "in21k" in e.name or "in22k" in e.name}
    assert found("eva mit") >= {e.name for e in ENTRIES if e.family == "eva" and e.licence == "mit"}
    assert found("no such model") == set()
    assert len(found("")) == len(ENTRIES) > 1800


def test_every_filter_narrows_by_what_it_says(model: CatalogModel) -> None:
    def left(**wanted: Any) -> list[ModelEntry]:
        model.set_wanted(Wanted(**wanted))
        return sorted(entries(model), key=lambda entry: entry.name)

    def of(condition: Callable[[ModelEntry], object]) -> list[ModelEntry]:
        return sorted(filter(condition, ENTRIES), key=lambda entry: entry.name)

    assert left(family="eva") == of(lambda e: e.family == "eva")
    assert left(support="describe") == of(lambda e: e.tier is None)
    assert left(params=(5e6, 30e6)) == of(lambda e: 5e6 <= (e.params or 0) <= 30e6)
    assert left(side=384) == of(lambda e: 384 in e.input_size)
    assert left(commercial=True) == of(lambda e: e.licence in ("apache-2.0", "mit", "bsd-3-clause", "cc-by-4.0"))
    assert left(text="vit", family="deit", params=(0, 10e6)) == of(
        lambda e: e.family == "deit" and "vit" in e.name and (e.params or 0) <= 10e6
    )
    model.set_rows([Row("new", replace(ENTRIES[0], params=None))])
    assert left(params=(0, 1e12)) == []
    assert len(left(params=(0, math.inf))) == 1


def test_a_licence_that_forbids_commerce_says_so() -> None:
    assert [commercial(name) for name in ("mit", "cc-by-nc-4.0", "dinov3-license", "unknown", "")] == [
        True, False, None, None, None,
    ]  # fmt: skip


def test_the_families_are_those_of_timm() -> None:
    assert set(FAMILIES) <= {entry.family for entry in ENTRIES}
    assert {entry.family for entry in ENTRIES if entry.tier in (1, 2)} <= set(FAMILIES)


def test_scrolling_reads_no_file(model: CatalogModel, tmp_path: Path) -> None:
    """Every role of every cell, with the audit hook of Python listening."""
    opened: list[object] = []
    listening = True

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event in ("open", "os.listdir", "os.scandir"):
            opened.append(arguments)

    sys.addaudithook(hear)
    try:
        for row in range(0, model.rowCount(), 7):
            for column in Column:
                for role in (
                    Qt.ItemDataRole.DisplayRole,
                    Qt.ItemDataRole.ToolTipRole,
                    Qt.ItemDataRole.AccessibleTextRole,
                ):
                    model.index(row, column).data(role)
        assert opened == []
        (tmp_path / "file").write_text("")
        assert opened, "the hook hears"
    finally:
        listening = False


# The browser


def shown(qtbot: Any, view: Any, width: int = 380, height: int = 700) -> Any:
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show()
    qtbot.waitExposed(view)
    return view


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible()).replace("\u200b", "")


@pytest.fixture
def plain(qapp: Any) -> tuple[AppState, Any]:
    """A state with the whole catalogue, and commands that write down what they are asked."""
    state = AppState()
    state.catalog = ENTRIES
    return state, synthetic.RecordingCommands(state)


def test_the_selection_is_kept_while_filtering(qtbot: Any, plain: Any) -> None:
    view = shown(qtbot, ModelBrowser(*plain))

    def name() -> str:
        return view.current.name if view.current else ""

    view.table.selectRow(view.model.place_of(NAME))
    qtbot.keyClicks(view.search, "tiny patch16")
    assert name() == NAME
    qtbot.keyClicks(view.search, " swin")
    assert name() == ""
    assert not view.open_button.isEnabled()
    view.search.clear()
    assert name() == NAME
    view.table.sortByColumn(Column.PARAMS, Qt.SortOrder.DescendingOrder)
    assert name() == NAME
    assert f"{next(entry.params for entry in ENTRIES if entry.name == NAME):,} parameters" in view.details.text()


def test_a_refreshed_catalogue_keeps_choice_and_filters(qtbot: Any, plain: Any) -> None:
    state, _ = plain
    view = shown(qtbot, ModelBrowser(*plain))
    view.family.setCurrentIndex(view.family.findData("beit"))
    view.table.selectRow(1)
    chosen = view.current.name
    state.catalog = ENTRIES[:-3]
    assert view.family.currentData() == "beit"
    assert view.current.name == chosen


def test_the_count_and_what_stands_where_nothing_fits(qtbot: Any, plain: Any) -> None:
    view = shown(qtbot, ModelBrowser(*plain))
    view.search.setText("dinov2")
    assert view.counts.text() == f"{view.model.rowCount()} of {len(ENTRIES):,} models"
    view.search.setText("no such model")
    assert not view.table.isVisible()
    assert "No model fits" in texts(view)
    view.search.clear()
    view.here.click()
    assert "Nothing is on this machine yet" in texts(view)


def test_return_opens_what_is_selected_or_the_only_one_left(qtbot: Any, plain: Any) -> None:
    state, commands = plain
    state.catalog = tuple(replace(entry, cached=True) for entry in ENTRIES)
    view = shown(qtbot, ModelBrowser(state, commands))
    view.search.setText("vit_base_patch16_224.mae")
    qtbot.keyClick(view.search, Qt.Key.Key_Return)
    view.search.setText("tiny")
    qtbot.keyClick(view.search, Qt.Key.Key_Return)
    view.table.selectRow(2)
    view.open_button.click()
    view.table.activated.emit(view.table.currentIndex())
    name = view.current.name
    assert commands.calls == [("open_model", "vit_base_patch16_224.mae"), ("open_model", name), ("open_model", name)]


@pytest.mark.parametrize("width", [300, 380, 520, 800, 1280])
def test_the_columns_are_those_that_fit(qtbot: Any, plain: Any, width: int) -> None:
    view = shown(qtbot, ModelBrowser(*plain), width)
    header, seen = view.table.horizontalHeader(), [c for c in Column if not view.table.isColumnHidden(c)]
    assert Column.NAME in seen
    assert header.sectionSize(Column.NAME) >= min(150, width // 2)
    assert header.length() <= view.table.viewport().width() + 1
    assert view.panel.isVisible() == (width >= 760)
    assert view.minimumSizeHint().width() <= width
    if width == 1280:
        assert seen == list(Column)


def test_the_list_in_a_window_of_its_own(qtbot: Any, plain: Any) -> None:
    view = shown(qtbot, ModelBrowser(*plain))
    verb = next(verb for verb in view.verbs() if verb.name == "browse_models")
    verb.run()
    dialog = view.dialog
    assert dialog is not None
    assert dialog.browser.panel.isVisible()
    assert not dialog.browser.all_button.isVisible()
    verb.run()
    assert view.dialog is dialog, "one is enough"
    dialog.browser.search.setText("no such model")
    qtbot.keyClick(dialog.browser.search, Qt.Key.Key_Return)
    assert dialog.isVisible(), "nothing was found to open"
    dialog.close()
    assert view.dialog is None


@pytest.mark.parametrize("width", [380, 800, 1280])
def test_the_keyboard_goes_through_the_filters_as_they_are_read(qtbot: Any, plain: Any, width: int) -> None:
    view = shown(qtbot, ModelBrowser(*plain), width)
    filters = view.filters
    controls = (
        filters.search, filters.family, filters.support, filters.side, filters.least, filters.most, filters.here,
        filters.commercial, filters.more,
    )  # fmt: skip
    found, place = [view.search], view.search.nextInFocusChain()
    while place is not view.search:
        if place in controls and place.isVisible():
            found.append(place)
        place = place.nextInFocusChain()
    assert found == sorted(found, key=lambda part: (part.y() // 12, part.x()))
    assert len(found) == (4 if width == 380 else 8)
    assert all(part.accessibleName() or part.text() for part in controls)


def test_the_details_say_what_is_known_and_link_to_it(qtbot: Any, plain: Any) -> None:
    view = shown(qtbot, ModelBrowser(*plain), 1280, 760)
    view.table.selectRow(view.model.place_of("convnextv2_atto.fcmae"))
    said = texts(view.panel)
    entry = view.current.entry
    for part in (
        f"{entry.params:,}", "0.485, 0.456, 0.406", "cc-by-nc-4.0", "forbids commercial use",
        "timm/convnextv2_atto.fcmae",
        "describe only", "has no attention", "none: it gives features", "arxiv.org/abs/2301.00808", entry.origin,
    ):  # fmt: skip
        assert part in said, part
    view.command_button.click()
    assert QGuiApplication.clipboard().text() == "vitprune inspect convnextv2_atto.fcmae"
    for source in ("my $(model).pth", 'a "b" c.safetensors', "it's.bin"):
        view.model.set_rows([row_of_file(LocalModel(f"/models/{source}", folder=False))])
        view.table.selectRow(0)
        view.command_button.click()
        told = shlex.split(QGuiApplication.clipboard().text())
        assert told == ["vitprune", "inspect", f"/models/{source}"]
    assert "not on this machine" in view.folder_button.toolTip()


# This machine


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hf" / "hub"))
    with hub_of(tmp_path / "hf") as server:
        yield server


class App:
    """The browser on real commands, whose models open in no time."""

    def __init__(self, state: AppState, commands: Commands, view: ModelBrowser) -> None:
        self.state, self.commands, self.view = state, commands, view

    def select(self, name: str) -> None:
        self.view.table.selectRow(self.view.model.place_of(name))


@pytest.fixture
def app(
    qtbot: Any, state: AppState, settings: Settings, dialogs: Any, runner: JobRunner,
    start_runner: Callable[..., JobRunner], hub: HubServer,
) -> App:  # fmt: skip
    commands = Commands(state, runner, settings, dialogs, lister=start_runner(), fetcher=start_runner())
    view = shown(qtbot, ModelBrowser(state, commands), 1280)
    commands.refresh_catalog()
    qtbot.waitUntil(lambda: bool(state.catalog))
    return App(state, commands, view)


def test_a_download_shows_how_far_it_is_and_then_it_is_here(qtbot: Any, app: App, hub: HubServer) -> None:
    hub.rate = 1e6
    app.select(NAME)
    view = app.view
    assert not app.view.progress.isVisible()
    view.download_button.click()
    qtbot.waitUntil(lambda: " a second" in view.told.text())
    assert "524 kB" in view.told.text()
    assert 0 < view.bar.value() < 1000
    assert not view.download_button.isEnabled()
    (job,) = (job for job in app.state.jobs if job.pending)
    assert job.title == f"Download {NAME}"
    assert "kB of 524 kB" in activity.describe(job)
    qtbot.waitUntil(lambda: bool(view.current and view.current.here))
    assert not view.progress.isVisible()
    assert view.current is not None
    assert view.current.entry.file is not None
    assert view.current.entry.file.read_bytes() == CONTENT
    view.here.click()
    assert names(view.model) == [NAME]
    assert "524 kB" in texts(view.panel)


def test_opening_what_is_not_here_downloads_it_first(qtbot: Any, app: App, workflow: Any) -> None:
    app.select(NAME)
    app.view.open_button.click()
    qtbot.waitUntil(lambda: app.state.model is not None)
    assert app.state.model is not None
    assert app.state.model.source == NAME


def test_a_download_takes_the_place_of_nothing_that_was_opened_meanwhile(
    qtbot: Any, app: App, hub: HubServer, workflow: Any
) -> None:
    hub.rate = 1e6
    said: list[str] = []
    app.commands.notified.connect(said.append)
    app.select(NAME)
    app.view.open_button.click()
    assert list(app.commands.models.downloads) == [NAME]
    app.commands.open_model("toy")
    qtbot.waitUntil(lambda: said == [f"{NAME} is on this machine now."])
    qtbot.waitUntil(lambda: app.commands.models.idle and not app.state.jobs[0].pending)
    assert app.state.model is not None
    assert app.state.model.source == "toy"


def test_a_cancel_is_seen_within_a_second(qtbot: Any, app: App, hub: HubServer) -> None:
    hub.stall_after = 200_000
    app.select(NAME)
    app.view.open_button.click()
    qtbot.waitUntil(lambda: "of 524 kB" in app.view.told.text())
    pressed = time.monotonic()
    app.view.stop.click()
    qtbot.waitUntil(lambda: not app.view.progress.isVisible())
    assert time.monotonic() - pressed < 1
    assert app.state.jobs[0].state == "cancelled"
    app.commands.refresh_catalog()
    qtbot.waitUntil(lambda: app.commands.models.idle)
    assert not any(entry.cached for entry in app.state.catalog), "a part of a file is no file"
    assert app.state.model is None


def test_without_a_network_the_browser_says_so_and_tries_again(
    qtbot: Any, app: App, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = hub.address
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    app.select(NAME)
    assert not app.view.banner.isVisible()
    app.view.download_button.click()
    qtbot.waitUntil(app.view.banner.isVisible, timeout=8000)
    assert NAME in app.view.trouble.text()
    assert "network connection" in app.view.trouble.text()
    monkeypatch.setenv("HF_ENDPOINT", address)
    app.view.retry.click()
    assert not app.view.banner.isVisible()
    qtbot.waitUntil(lambda: bool(app.view.current and app.view.current.here))


def test_where_the_network_is_forbidden_the_browser_says_so_at_once(
    qtbot: Any, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    app.commands.refresh_catalog()
    qtbot.waitUntil(app.view.banner.isVisible)
    assert "HF_HUB_OFFLINE" in app.view.trouble.text()
    assert not app.view.retry.isVisible()


def test_recent_files_and_folders_are_listed_opened_and_forgotten(
    qtbot: Any, app: App, settings: Settings, tmp_path: Path
) -> None:
    weights, folder, gone = tmp_path / "mine.safetensors", tmp_path / "pruned", tmp_path / "gone.pth"
    weights.write_bytes(b"1234")
    folder.mkdir()
    (folder / "recipe.json").write_text(json.dumps({"architecture": "vit_tiny_patch16_224"}))
    (folder / "model.safetensors").write_bytes(b"12")
    for source in (tmp_path / "run.vitprune.h5", tmp_path / "images", weights, folder, gone, "resnet18.a1_in1k"):
        settings.add_recent(str(source))
    qtbot.waitUntil(lambda: len(app.commands.models.local) == 3)
    found = {Path(model.source): model for model in app.commands.models.local}
    assert (found[weights].size, found[folder].folder, found[gone].size) == (4, True, None)
    view = app.view
    view.here.click()
    assert sorted(names(view.model)) == ["mine.safetensors", "pruned"]
    app.select(str(folder))
    view.open_button.click()
    qtbot.waitUntil(lambda: app.state.model is not None)
    assert app.state.model is not None
    assert app.state.model.source == str(folder)
    view.here.click()
    app.select(str(gone))
    assert not view.open_button.isEnabled()
    assert "not there any more" in view.open_button.toolTip()
    view.activateWindow()
    view.table.setFocus()
    qtbot.waitUntil(view.table.hasFocus)
    qtbot.keyClick(view.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(app.commands.models.local) == 2)
    assert str(gone) not in settings.recent
    assert view.model.place_of(str(gone)) == -1
    assert weights.exists()


def test_a_file_dropped_on_the_dialog_is_opened(qtbot: Any, plain: Any, tmp_path: Path) -> None:
    state, commands = plain
    dialog = ModelsDialog(state, commands)
    qtbot.addWidget(dialog)
    dialog.show()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), copy, data, left, none)
    dialog.dragEnterEvent(enter)
    assert enter.isAccepted()
    dialog.dropEvent(QDropEvent(QPointF(50, 50), copy, data, left, none))
    assert commands.calls == [("open_anything", str(tmp_path))]
    assert not dialog.isVisible()


def test_a_local_file_sorts_and_filters_like_the_rest(model: CatalogModel) -> None:
    mine = row_of_file(LocalModel("/models/mine/best.pth", False, size=10, used=0.0))
    model.set_rows([*ROWS, mine])
    model.set_wanted(Wanted(text="mine best"))
    assert names(model) == ["best.pth"]
    model.set_wanted(Wanted(here=True))
    assert "best.pth" in names(model)
    model.set_wanted(Wanted())
    model.sort(Column.PARAMS, Qt.SortOrder.DescendingOrder)
    assert names(model)[-1] == "best.pth"
