"""Every action of the window does what it says, on the real engine: one that nobody has proved is a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tqdm
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLineEdit, QTreeView, QWidget

from tests.gui.conftest import FakeDialogs, let_go, pictures
from vitprune.cli import main
from vitprune_gui.app import build
from vitprune_gui.commands import ModelDetails
from vitprune_gui.learn.lesson_panel import LessonPanel
from vitprune_gui.learn.subject import LEVELS
from vitprune_gui.learn.view import PAGES, LearnView
from vitprune_gui.requests import SAMPLE
from vitprune_gui.settings import Settings
from vitprune_gui.views.export_wizard import ExportWizard
from vitprune_gui.views.tabs import TABS
from vitprune_gui.views.tour import Spotlight

BUNDLED = Path(str(files("vitprune_resources") / "sample"))
PATIENCE_MS = 120_000


class Browser(QObject):
    """Stands for the desktop's own programs."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


class Desk:
    """The window with a small model analysed in it, and dialogs that answer by themselves."""

    def __init__(self, settings: Settings, dialogs: FakeDialogs, folder: Path, qtbot: Any) -> None:
        self.themes: list[str] = []
        self.triggered: set[str] = set()
        self.shell = build(settings, dialogs=dialogs, set_theme=self.themes.append)
        self.window, self.state, self.commands = self.shell.window, self.shell.state, self.shell.commands
        self.settings, self.dialogs, self.folder = settings, dialogs, folder
        self.said = QSignalSpy(self.commands.notified)
        self.went_wrong = QSignalSpy(self.commands.failed)
        self._qtbot = qtbot
        qtbot.addWidget(self.window, before_close_func=let_go)
        with qtbot.waitSignal(self.window.built, timeout=PATIENCE_MS):
            self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)

    def until(self, so: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(so()), timeout=PATIENCE_MS)

    def settle(self) -> None:
        self.until(lambda: self.shell.idle)
        QApplication.processEvents()
        assert self.went_wrong.count() == 0, self.went_wrong.at(0)

    def trigger(self, name: str) -> None:
        actions = self.window.actions_
        actions.refresh()
        assert actions[name].isEnabled(), actions[name].toolTip()
        actions[name].trigger()
        self.triggered.add(name)
        QApplication.processEvents()

    def do(self, name: str) -> None:
        """Trigger it, and wait for all that it starts."""
        self.trigger(name)
        self.settle()

    def window_of(self, name: str) -> str:
        """The class of the one window that an action opens, which is closed again."""
        before = set(_windows())
        self.trigger(name)
        opened = [window for window in _windows() if window not in before]
        assert len(opened) == 1, opened
        assert opened[0].windowTitle()
        kind = type(opened[0]).__name__
        opened[0].close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        self.settle()
        return kind

    @property
    def learn_view(self) -> LearnView:
        view = self.window.view("learn")
        assert isinstance(view, LearnView)
        return view

    @property
    def lesson_panel(self) -> LessonPanel:
        panel = self.window.view("lessons")
        assert isinstance(panel, LessonPanel)
        return panel

    @property
    def plan(self) -> dict[str, str]:
        assert self.state.plan is not None
        return {site: str(action) for site, action in self.state.plan.actions}

    def prune(self, *sites: str) -> None:
        """Exactly these."""
        self.commands.clear_plan()
        self.commands.set_repair("none")
        self.commands.remove_sites(sites)

    def select(self, *sites: str) -> None:
        self.commands.select_site(sites[0])
        self.commands.planning.choose(sites)

    def open_small(self) -> None:
        """The bundled model with a few of its images."""
        self.commands.open_model(SAMPLE)
        self.settle()
        self.commands.open_images(str(self.pictures("a", 2)))
        self.commands.open_test_images(str(self.pictures("b", 3)))
        self.settle()
        self.commands.analyze()
        self.settle()

    def pictures(self, name: str, each: int) -> Path:
        """A folder with the first images of each class."""
        return pictures(self.folder / name, each)


def _windows() -> list[QWidget]:
    return [window for window in QApplication.topLevelWidgets() if window.isVisible()]


PROOFS: dict[str, Callable[[Desk, str], None]] = {}
Proof = Callable[[Desk, str], None]


def proves(*names: str) -> Callable[[Proof], Proof]:
    """A proof of each of these actions. One that triggers others of them as well has proved those too."""

    def keep(proof: Proof) -> Proof:
        assert not PROOFS.keys() & set(names)
        PROOFS.update(dict.fromkeys(names, proof))
        return proof

    return keep


# What is shown


@proves(*(f"tab_{name}" for name in TABS))
def goes_to_its_tab(desk: Desk, name: str) -> None:
    tab = name.removeprefix("tab_")
    desk.window.tabs.turn_to("maps" if tab != "maps" else "study")
    desk.trigger(name)
    assert desk.window.tabs.name == tab
    assert desk.window.view(tab).isVisible()


@proves("next_tab", "previous_tab")
def turns_a_page(desk: Desk, name: str) -> None:
    tabs = desk.window.tabs
    tabs.setCurrentIndex(0)
    desk.trigger(name)
    assert tabs.currentIndex() == (1 if name == "next_tab" else tabs.count() - 1)


@proves(*(f"panel_{name}" for name in ("models", "architecture", "inspector", "plan", "activity", "log", "lessons")))
def puts_a_panel_away_and_back(desk: Desk, name: str) -> None:
    dock = desk.window.docks[name.removeprefix("panel_")]
    dock.raise_()
    QApplication.processEvents()
    desk.trigger(name)
    assert dock.isHidden()
    desk.trigger(name)
    assert not dock.isHidden()


@proves("panel_toolbar")
def puts_the_toolbar_away_and_back(desk: Desk, name: str) -> None:
    for shown in (False, True):
        desk.trigger(name)
        assert desk.window.menus.toolbar.isVisible() is shown


@proves(*(f"learn_{page.name}" for page in PAGES))
def turns_to_its_page(desk: Desk, name: str) -> None:
    desk.trigger("tab_overview")
    desk.trigger(name)
    assert desk.window.tabs.name == "learn"
    assert desk.learn_view.page.name == name.removeprefix("learn_")
    desk.settle()


@proves(*(f"learn_{level}" for level in LEVELS))
def goes_as_deep(desk: Desk, name: str) -> None:
    level = name.removeprefix("learn_")
    desk.do("tab_learn")
    desk.commands.learn.set_level("overview" if level != "overview" else "formula")
    desk.trigger(name)
    assert desk.commands.learn.level == level
    assert desk.learn_view.levels[level].isChecked()


@proves("learn_image")
def looks_into_an_image(desk: Desk, name: str) -> None:
    desk.dialogs.image_ = str(next(iter(sorted((BUNDLED / "test" / "bag").iterdir()))))
    desk.do(name)
    assert desk.window.tabs.name == "learn"
    assert desk.commands.learn.source == desk.dialogs.image_
    assert desk.commands.learn.prediction is not None


@proves("learn_next_image", "learn_previous_image")
def turns_to_another_image(desk: Desk, name: str) -> None:
    desk.do("tab_learn")
    learn = desk.commands.learn
    sources = [thumb.source for thumb in learn.strip]
    at = sources.index(learn.source)
    desk.do(name)
    assert learn.source == sources[(at + (1 if name == "learn_next_image" else -1)) % len(sources)]


@proves("learn_pruned")
def looks_into_the_pruned_model(desk: Desk, name: str) -> None:
    desk.do("tab_learn")
    desk.prune("blocks.0.attn", "blocks.1.attn", "blocks.2.attn")
    whole = desk.commands.learn.prediction
    desk.do(name)
    pruned = desk.commands.learn.prediction
    assert pruned is not None
    assert whole is not None
    assert abs(pruned.probabilities - whole.probabilities).max() > 1e-3
    desk.trigger(name)
    assert desk.commands.learn.prediction is whole


@proves("lessons")
def lists_the_lessons(desk: Desk, name: str) -> None:
    desk.trigger(name)
    panel = desk.lesson_panel
    desk.until(lambda: panel.list.list.count())
    assert panel.list.isVisible()
    desk.settle()


@proves("start_lesson")
def takes_the_next_lesson(desk: Desk, name: str) -> None:
    desk.commands.learn.set_level("overview")
    desk.trigger(name)
    desk.until(desk.lesson_panel.taken.isVisible)
    assert desk.lesson_panel.taken.heading.text()
    assert desk.window.findChildren(Spotlight)
    desk.settle()
    desk.trigger("lessons")
    assert desk.lesson_panel.list.isVisible()
    desk.open_small()


@proves("open_lesson")
def takes_a_lesson_of_ones_own(desk: Desk, name: str) -> None:
    path = desk.folder / "mine.md"
    path.write_text("# Mine\nminutes: 1\nsummary: One.\nmodel: any\n\n## Only step\n\nIt says this.\n", "utf-8")
    desk.dialogs.lesson = str(path)
    desk.trigger(name)
    desk.until(lambda: desk.lesson_panel.taken.heading.text() == "Only step")
    desk.trigger("lessons")


@proves("worksheet")
def writes_a_worksheet(desk: Desk, name: str) -> None:
    desk.trigger("lessons")
    desk.until(lambda: desk.lesson_panel.list.list.count())
    path = desk.folder / "sheet.pdf"
    desk.dialogs.worksheet = str(path)
    desk.do(name)
    assert path.read_bytes().startswith(b"%PDF")


@proves("present")
def presents(desk: Desk, name: str) -> None:
    size = QApplication.font().pointSizeF()
    for larger in (True, False):
        desk.trigger(name)
        assert (QApplication.font().pointSizeF() > size) is larger
        assert desk.window.docks["plan"].isHidden() is larger


@proves("focus_mode")
def hides_all_panels_and_brings_them_back(desk: Desk, name: str) -> None:
    desk.trigger(name)
    assert all(dock.isHidden() for dock in desk.window.docks.values())
    desk.trigger(name)
    assert not any(dock.isHidden() for dock in desk.window.docks.values())


@proves("lock_layout")
def locks_and_unlocks(desk: Desk, name: str) -> None:
    for locked in (True, False):
        desk.trigger(name)
        assert desk.settings.locked is locked
        assert (desk.window.docks["plan"].features() == type(desk.window.docks["plan"]).DockWidgetFeature(0)) is locked


@proves("reset_layout")
def puts_panels_back(desk: Desk, name: str) -> None:
    desk.window.docks["plan"].hide()
    desk.trigger(name)
    assert not desk.window.docks["plan"].isHidden()


@proves("full_screen")
def fills_the_screen(desk: Desk, name: str) -> None:
    for full in (True, False):
        desk.trigger(name)
        assert desk.window.isFullScreen() is full


@proves("theme_system", "theme_light", "theme_dark")
def changes_the_theme(desk: Desk, name: str) -> None:
    theme = name.removeprefix("theme_")
    desk.settings.theme = "light" if theme != "light" else "dark"
    desk.trigger(name)
    assert (desk.settings.theme, desk.themes[-1]) == (theme, theme)
    painted = len(desk.themes)
    desk.settings.choose(batch_size=3 if desk.settings.preferences.batch_size != 3 else 4)
    assert len(desk.themes) == painted, "nothing is painted anew for what is not seen"
    assert desk.window.actions_[name].isChecked()


@proves("palette")
def shows_the_palette(desk: Desk, name: str) -> None:
    desk.trigger(name)
    assert desk.window.palette_.isVisible()
    desk.window.palette_.hide()


@proves("focus_filter")
def goes_to_a_filter(desk: Desk, name: str) -> None:
    desk.window.docks["architecture"].findChildren(QTreeView)[0].setFocus()
    desk.trigger(name)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    assert desk.window.docks["architecture"].isAncestorOf(field)


@proves("focus_tree")
def goes_to_the_tree(desk: Desk, name: str) -> None:
    desk.window.docks["architecture"].hide()
    desk.trigger(name)
    assert isinstance(QApplication.focusWidget(), QTreeView)


@proves("browse_sessions", "leave_sessions")
def goes_to_the_saved_sessions_and_back(desk: Desk, name: str) -> None:
    desk.do("browse_sessions")
    assert desk.window.stack.currentWidget() is desk.window.library
    desk.do("leave_sessions")
    assert desk.window.stack.currentWidget() is desk.window.tabs


@proves("unsaved_work")
def says_what_was_unsaved(desk: Desk, name: str) -> None:
    desk.trigger(name)
    assert desk.window.status.currentMessage() == "Nothing was left unsaved."


@proves("shortcuts", "system_info", "about", "rewrites", "documentation", "browse_models", "prune_most",
        "prune_range", "compare_plans", "queue_analyses", "preferences", "recover")  # fmt: skip
def opens_a_window(desk: Desk, name: str) -> None:
    assert (
        desk.window_of(name)
        == {
            "shortcuts": "ShortcutSheet",
            "system_info": "ReportDialog",
            "about": "QMessageBox",
            "rewrites": "RewritesDialog",
            "documentation": "DocumentationDialog",
            "browse_models": "ModelsDialog",
            "prune_most": "MostRedundantDialog",
            "prune_range": "RangeDialog",
            "compare_plans": "PlanComparison",
            "queue_analyses": "BatchDialog",
            "recover": "TrainingDialog",
            "preferences": "SettingsDialog",
        }[name]
    )


@proves("open_logs")
def opens_the_folder(desk: Desk, name: str) -> None:
    browser = Browser()
    QDesktopServices.setUrlHandler("file", browser, "open")  # pyright: ignore[reportArgumentType]
    desk.trigger(name)
    QDesktopServices.unsetUrlHandler("file")
    assert [Path(path).name for path in browser.opened] == ["logs"]


@proves("desktop_entry")
def writes_an_entry(desk: Desk, name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(desk.folder / "data"))
        desk.do(name)
    assert (desk.folder / "data" / "applications" / "vitprune.desktop").is_file()


@proves("welcome")
def shows_the_first_page(desk: Desk, name: str) -> None:
    desk.trigger(name)
    assert desk.window.welcome.isVisible()
    desk.trigger("tab_overview")


@proves("refresh_models")
def looks_for_models(desk: Desk, name: str) -> None:
    desk.settle()
    found = QSignalSpy(desk.state.catalog_changed)
    looked = QSignalSpy(desk.commands.models.local_changed)
    desk.do(name)
    assert found.count() + looked.count() > 0


# The plan


@proves("undo", "redo")
def takes_back_and_does_again(desk: Desk, name: str) -> None:
    desk.prune("blocks.3.attn")
    desk.trigger("undo")
    assert desk.plan == {}
    desk.trigger("redo")
    assert desk.plan == {"blocks.3.attn": "remove"}


@proves("toggle_chosen")
def prunes_and_restores(desk: Desk, name: str) -> None:
    desk.prune()
    desk.select("blocks.4.mlp", "blocks.5.mlp")
    desk.trigger(name)
    assert desk.plan.keys() == {"blocks.4.mlp", "blocks.5.mlp"}
    desk.trigger(name)
    assert desk.plan == {}


@proves("prune_chosen", "restore_chosen")
def prunes_then_restores(desk: Desk, name: str) -> None:
    desk.prune()
    desk.select("blocks.4.mlp", "blocks.5.mlp")
    desk.trigger("prune_chosen")
    assert desk.plan.keys() == {"blocks.4.mlp", "blocks.5.mlp"}
    desk.trigger("restore_chosen")
    assert desk.plan == {}


@proves("cycle_repair")
def repairs_otherwise(desk: Desk, name: str) -> None:
    desk.prune("blocks.4.mlp")
    desk.select("blocks.4.mlp")
    desk.trigger(name)
    assert desk.plan["blocks.4.mlp"] == "mean"


@proves("toggle_protection", "release_all")
def protects_and_releases(desk: Desk, name: str) -> None:
    desk.select("blocks.4.mlp", "blocks.5.mlp")
    desk.trigger("toggle_protection")
    assert desk.state.protected == {"blocks.4.mlp", "blocks.5.mlp"}
    desk.trigger("release_all")
    assert not desk.state.protected


@proves("clear_plan")
def keeps_everything(desk: Desk, name: str) -> None:
    desk.prune("blocks.3.attn")
    desk.trigger(name)
    assert desk.plan == {}


@proves("invert_plan")
def swaps_the_plan(desk: Desk, name: str) -> None:
    model = desk.state.architecture
    assert model is not None
    branches = {site.id for site in model.sublayers}
    desk.prune(*(branches - {"blocks.2.attn"}))
    desk.trigger(name)
    assert desk.plan.keys() == {"blocks.2.attn"}


@proves("keep_plan")
def puts_a_plan_aside(desk: Desk, name: str) -> None:
    desk.prune("blocks.2.attn")
    desk.trigger(name)
    assert desk.state.kept_plans[-1].plan == desk.state.plan


@proves("save_plan", "open_plan")
def writes_a_plan_and_reads_it(desk: Desk, name: str) -> None:
    file = desk.folder / f"{name}.json"
    desk.dialogs.plan = str(file)
    desk.prune("blocks.2.attn", "blocks.7.mlp")
    desk.do("save_plan")
    assert file.is_file()
    desk.prune("blocks.1.mlp")
    desk.do("open_plan")
    assert desk.plan.keys() == {"blocks.2.attn", "blocks.7.mlp"}


@proves("save_job")
def writes_a_job_that_runs_and_opens(desk: Desk, name: str) -> None:
    desk.dialogs.job = str(desk.folder / "night.toml")
    desk.prune("blocks.2.attn", "blocks.7.mlp")
    desk.do(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tqdm.tqdm, "monitor_interval", 0)  # a thread that watches progress bars
        with pytest.raises(SystemExit) as ended:
            main(["run", desk.dialogs.job, "--json"])
    assert ended.value.code == 0
    (session,) = desk.folder.glob("*.vitprune.h5")
    desk.dialogs.answer = "discard"
    desk.commands.open_session(session)
    desk.settle()
    assert len(desk.state.evaluations) == 2
    assert desk.state.evaluations[-1].plan.sites == {"blocks.2.attn", "blocks.7.mlp"}


# Computing


@proves("analyze", "measure_damage")
def measures_every_site(desk: Desk, name: str) -> None:
    score = "damage" if name == "measure_damage" else "cosine"
    desk.commands.open_images(str(desk.pictures("one of each", 1)))
    desk.settle()
    assert score not in (desk.state.scores or ())
    desk.do(name)
    assert score in (desk.state.scores or ())


@proves("evaluate", "keep_pictures")
def measures_the_plan(desk: Desk, name: str) -> None:
    desk.prune("blocks.0.attn", "blocks.1.attn", "blocks.2.mlp")
    desk.do("evaluate")
    assert desk.state.evaluations[-1].plan == desk.state.plan
    desk.commands.keeping.thumbnails = None
    desk.do("keep_pictures")
    assert desk.commands.keeping.thumbnails is not None


@proves("cancel")
def stops_what_runs(desk: Desk, name: str) -> None:
    desk.prune("blocks.10.mlp")
    measured = len(desk.state.evaluations)
    desk.commands.evaluate()
    desk.do(name)
    assert next(job.state for job in desk.state.jobs if job.topic == "evaluation") == "cancelled"
    assert len(desk.state.evaluations) == measured


# Files


@proves("save_chart", "copy_chart", "copy_chart_values")
def keeps_a_chart(desk: Desk, name: str) -> None:
    desk.trigger("tab_overview")
    file = desk.folder / "chart.png"
    desk.dialogs.chart = str(file)
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    desk.do(name)
    if name == "save_chart":
        assert file.read_bytes().startswith(b"\x89PNG")
    elif name == "copy_chart":
        assert clipboard.image().width() > 100
    else:
        assert "\t" in clipboard.text()


@proves("session_report")
def writes_a_report(desk: Desk, name: str) -> None:
    desk.dialogs.report = str(desk.folder / "report.html")
    desk.do(name)
    assert "<html" in (desk.folder / "report.html").read_text()


@proves("save", "save_as")
def saves(desk: Desk, name: str) -> None:
    file = desk.folder / f"{name}.vitprune.h5"
    desk.dialogs.session = str(file)
    desk.commands.toggle_site("blocks.9.attn")
    if name == "save":
        desk.commands.save_session(file)
        desk.settle()
        desk.commands.toggle_site("blocks.8.attn")
    assert desk.state.dirty
    desk.do(name)
    assert file.is_file()
    assert desk.state.session_path == file
    assert not desk.state.dirty


@proves("open_session")
def opens_a_session(desk: Desk, name: str) -> None:
    file = desk.folder / "to open.vitprune.h5"
    desk.prune("blocks.6.mlp")
    desk.commands.save_session(file)
    desk.settle()
    desk.prune("blocks.7.mlp")
    desk.dialogs.session, desk.dialogs.answer = str(file), "discard"
    desk.do(name)
    assert desk.state.session_path == file
    assert desk.plan.keys() == {"blocks.6.mlp"}


@proves("export", "open_model_folder")
def exports_a_model_that_can_be_opened(desk: Desk, name: str) -> None:
    desk.dialogs.folder, desk.dialogs.answer = str(desk.folder / name), "discard"
    desk.prune("blocks.6.mlp")
    desk.trigger("export")
    wizard = desk.window.findChild(ExportWizard)
    assert wizard is not None
    wizard.choose.click()
    wizard.start_button.click()
    desk.settle()
    assert (desk.folder / name / "recipe.json").is_file()
    assert wizard.table.rows.rowCount() == 2, wizard.details.text()
    wizard.close()
    desk.do("open_model_folder")
    assert desk.state.model is not None
    assert desk.state.model.source == desk.dialogs.folder


@proves("open_model_file")
def opens_a_weights_file(desk: Desk, name: str) -> None:
    arguments = {"img_size": 28, "patch_size": 4, "embed_dim": 96, "depth": 12, "num_heads": 3, "num_classes": 10}
    desk.dialogs.model_file_ = str(BUNDLED / "model.safetensors")
    desk.dialogs.details = ModelDetails("vit_tiny_patch16_224", arguments, ())
    desk.dialogs.answer = "discard"
    desk.do(name)
    assert desk.state.model is not None
    assert desk.state.model.source == desk.dialogs.model_file_


@proves("open_images", "open_test_images")
def opens_images(desk: Desk, name: str) -> None:
    desk.dialogs.images_ = str(desk.pictures(name, 1))
    desk.do(name)
    opened = desk.state.data if name == "open_images" else desk.state.test_data
    assert opened is not None
    assert opened.source == desk.dialogs.images_


@proves("clear_recent")
def forgets_what_was_opened(desk: Desk, name: str) -> None:
    assert desk.settings.recent
    desk.trigger(name)
    assert desk.settings.recent == ()


@proves("use_sample")
def opens_the_sample(desk: Desk, name: str) -> None:
    desk.dialogs.answer = "discard"
    assert desk.state.model is None or desk.state.model.source != SAMPLE
    desk.trigger(name)
    desk.until(lambda: desk.state.scores is not None)
    desk.settle()
    assert desk.state.model is not None
    assert desk.state.model.source == SAMPLE


@proves("tour")
def begins_the_tour(desk: Desk, name: str) -> None:
    from vitprune_gui.views.tour import TourGuide

    desk.dialogs.answer = "discard"
    desk.trigger(name)
    desk.until(lambda: desk.window.findChildren(TourGuide))
    desk.settle()


@proves("quit")
def leaves(desk: Desk, name: str) -> None:
    desk.dialogs.answer = "discard"
    desk.trigger(name)
    assert not desk.window.isVisible()


@pytest.fixture
def desk(settings: Settings, dialogs: FakeDialogs, tmp_path: Path, qtbot: Any) -> Iterator[Desk]:
    made = Desk(settings, dialogs, tmp_path, qtbot)
    yield made
    made.window._leaving = True
    made.window.close()
    assert made.shell.close()


@pytest.mark.window
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("timed_briefly")
def test_every_action_does_something(desk: Desk) -> None:
    desk.open_small()
    names = {verb.name for verb in desk.window.actions_.verbs}
    failures = [f"{name}: nobody has proved it here" for name in sorted(names - PROOFS.keys())]
    failures += [f"{name}: there is no such action any more" for name in sorted(PROOFS.keys() - names)]
    proved: dict[Proof, set[str]] = {}
    for name, proof in PROOFS.items():
        if name in names and name not in proved.get(proof, ()):
            desk.triggered = set()
            try:
                proof(desk, name)
                assert name in desk.triggered
            except Exception as error:  # noqa: BLE001  the others are of interest too
                failures.append(f"{name}: {type(error).__name__}: {error}")
            proved.setdefault(proof, set()).update(desk.triggered)
    assert not failures, "\n".join(failures)


def test_no_action_runs_while_it_is_blocked(shell: Any) -> None:
    """Without a model: those that are disabled say why, in a sentence."""
    actions = shell.window.actions_
    for verb in actions.verbs:
        reason = verb.blocked()
        assert actions[verb.name].isEnabled() is (not reason), verb.name
        assert not reason or reason.endswith("."), verb.name
        assert not reason or reason in actions[verb.name].toolTip()
