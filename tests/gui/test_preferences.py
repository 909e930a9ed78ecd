"""Preferences: kept, checked one by one, shown as they are, and heeded by the next job."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QLabel, QSpinBox, QWidget

from vitprune.jobs import Compute, Job
from vitprune_gui import colours, recipes
from vitprune_gui.app import Shell
from vitprune_gui.machine import LookAtMachine, Machine
from vitprune_gui.requests import Analyze, Engine, OpenModel
from vitprune_gui.runner import JobRunner
from vitprune_gui.settings import Preferences, Settings
from vitprune_gui.state import AppState
from vitprune_gui.views.open_dialogs import FileDialogs
from vitprune_gui.views.settings_dialog import SettingsDialog

MACHINE = Machine((("cpu", "A processor"), ("cuda:0", "A GPU")), "cuda:0", 3, "/cache")


class Asked:
    """An engine that says on which machine it was asked."""

    def __init__(self) -> None:
        self.compute = Compute()
        self.seen: list[Compute] = []


class Measure(Analyze):
    """As an analysis, but of nothing."""

    def run(self, engine: Any, job: Job) -> Any:
        engine.seen.append(engine.compute)
        return engine.compute


def measure(model: Any = None, data: Any = None) -> Measure:
    from vitprune.results import DataReference, ModelReference

    return Measure(ModelReference("m", "m", {}, "sha"), DataReference("d", (), (), (), (), 0, "digest"))


@pytest.fixture(autouse=True)
def usual_colours() -> Iterator[None]:
    yield
    colours.use_colour_map("cividis")


@pytest.fixture
def dialog(qtbot: Any, settings: Settings, start_runner: Callable[..., JobRunner]) -> SettingsDialog:
    made = SettingsDialog(settings, start_runner(Asked))
    qtbot.addWidget(made)
    made.show()
    return made


CHOSEN = {
    "device": "cuda:1",
    "threads": 4,
    "precision": "bf16",
    "batch_size": 32,
    "theme": "dark",
    "language": "de",
    "colour_map": "viridis",
    "cache_folder": str(Path("/a b, c").absolute()),
    "lessons_folder": str(Path("/lessons").absolute()),
    "ask_before_stopping": False,
}


def test_what_is_chosen_comes_back(config_dir: Path, qapp: QApplication) -> None:
    settings = Settings(config_dir)
    assert settings.preferences == Preferences()
    settings.choose(**CHOSEN)
    assert Settings(config_dir).preferences == Preferences(**CHOSEN)
    settings.restore_defaults()
    assert Settings(config_dir).preferences == Preferences()


WRONG = {
    "compute/device": "mps",
    "compute/threads": "-2",
    "compute/precision": "fp8",
    "compute/batch_size": "many",
    "window/theme": "purple",
    "window/language": "xx",
    "window/colour_map": "jet",
    "files/cache_folder": "somewhere",
    "files/lessons_folder": "somewhere",
    "window/ask_before_stopping": "perhaps",
}


@pytest.mark.parametrize("key", WRONG)
def test_a_value_that_cannot_be_is_the_default_alone(config_dir: Path, qapp: QApplication, key: str) -> None:
    settings = Settings(config_dir)
    settings.choose(**CHOSEN)
    settings._store.setValue(key, WRONG[key])
    settings._store.sync()
    name = key.split("/")[1]
    expected = Preferences(**{**CHOSEN, name: getattr(Preferences(), name)})
    assert Settings(config_dir).preferences == expected


def test_what_cannot_be_is_not_kept(settings: Settings) -> None:
    for name, value in (("device", "tpu"), ("threads", 10**6), ("colour_map", "jet"), ("size", 3)):
        with pytest.raises(ValueError, match=name):
            settings.choose(theme="dark", **{name: value})
    assert settings.preferences == Preferences(), "all or none"


def test_the_folder_of_weights_counts_unless_the_environment_says_another(
    config_dir: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HOME", "")
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    Settings(config_dir).choose(cache_folder=str(tmp_path))
    Settings(config_dir).use_cache_folder()
    assert os.environ["HF_HOME"] == str(tmp_path)
    monkeypatch.setenv("HF_HOME", "/another")
    Settings(config_dir).use_cache_folder()
    assert os.environ["HF_HOME"] == "/another"


def test_every_control_shows_what_is_chosen_and_changes_it(dialog: SettingsDialog, settings: Settings) -> None:
    settings.choose(**CHOSEN)
    assert (dialog.device.currentData(), dialog.precision.currentData()) == ("cuda:1", "bf16")
    assert (dialog.threads.value(), dialog.batch_size.value()) == (4, 32)
    assert (dialog.theme.currentData(), dialog.language.currentData()) == ("dark", "de")
    assert dialog.colour_map.currentData() == "viridis"
    assert dialog.cache_folder.text() == CHOSEN["cache_folder"]
    assert dialog.lessons_folder.text() == CHOSEN["lessons_folder"]
    assert not dialog.ask_before_stopping.isChecked()
    for box, name, value in (
        (dialog.device, "device", "cpu"),
        (dialog.precision, "precision", "fp32"),
        (dialog.theme, "theme", "light"),
        (dialog.colour_map, "colour_map", "magma"),
        (dialog.language, "language", "en"),
    ):
        _pick(box, value)
        assert getattr(settings.preferences, name) == value
    dialog.threads.setValue(0)
    dialog.batch_size.setValue(5)
    dialog.ask_before_stopping.click()
    dialog.usual_folder.click()
    dialog.no_lessons.click()
    assert settings.preferences == Preferences("cpu", 0, "fp32", 5, "light", "en", "magma", "", True)
    dialog.buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults).click()
    assert settings.preferences == Preferences()
    assert dialog.batch_size.text() == "Automatic"


def _pick(box: QComboBox, value: str) -> None:
    row = box.findData(value)
    box.setCurrentIndex(row)
    box.activated.emit(row)  # as a choice by hand does, and not what a program sets


def test_the_devices_are_those_that_the_worker_knows(
    dialog: SettingsDialog, settings: Settings, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LookAtMachine, "run", lambda *_: MACHINE)
    settings.choose(device="cuda:1")
    dialog.look()
    assert dialog.waiting.isVisible()
    qtbot.waitUntil(lambda: not dialog.waiting.isVisible())
    listed = [dialog.device.itemText(row) for row in range(dialog.device.count())]
    assert listed == [
        "Automatic (cuda:0)",
        "cpu: A processor",
        "cuda:0: A GPU",
        "cuda:1: not on this machine",
    ]
    assert dialog.device.currentText() == "cuda:1: not on this machine"
    assert dialog.threads.specialValueText() == "Automatic (3)"


def test_what_overrides_a_choice_is_said(
    qtbot: Any,
    config_dir: Path,
    qapp: QApplication,
    start_runner: Callable[..., JobRunner],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HOME", "/elsewhere")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    settings = Settings(config_dir)
    settings.choose(cache_folder=str(Path("/chosen").absolute()))
    dialog = SettingsDialog(settings, start_runner(Asked))
    qtbot.addWidget(dialog)
    assert dialog.cache_folder.text() == "/elsewhere"
    assert not dialog.choose_folder.isEnabled()
    assert dialog.cache_note.text() == "HF_HOME is set in the environment, and decides."
    assert "OMP_NUM_THREADS is 7" in dialog.threads_note.text()
    dialog.threads.setValue(2)
    assert dialog.threads_note.text() == ""


def test_a_language_waits_for_the_next_start(dialog: SettingsDialog, settings: Settings) -> None:
    assert not dialog.restart.isVisible()
    settings.choose(language="de")
    assert dialog.restart.isVisible()
    settings.choose(language="system")
    assert not dialog.restart.isVisible()


def test_every_control_has_a_name_a_sentence_and_a_place_in_the_order(dialog: SettingsDialog) -> None:
    buddies = {label.buddy() for label in dialog.findChildren(QLabel) if label.buddy() is not None}
    controls: list[QWidget] = [
        *dialog._boxes().values(),
        *dialog.findChildren(QSpinBox),
        dialog.cache_folder,
        dialog.lessons_folder,
    ]
    for control in controls:
        assert control in buddies
        assert control.accessibleDescription().count("Default: ") == 1
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_dialog_fits_a_small_screen_and_cuts_nothing_off(dialog: SettingsDialog) -> None:
    dialog._machine = MACHINE
    dialog._show(dialog._settings.preferences)
    room = dialog.screen().availableSize()
    assert dialog.width() <= room.width()
    assert dialog.height() <= room.height()
    dialog.resize(dialog.minimumSizeHint().expandedTo(dialog.size() * 0.5))
    QApplication.processEvents()
    for label in dialog.findChildren(QLabel):
        if label.isVisible() and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
    for spin in dialog.findChildren(QSpinBox):
        assert spin.width() >= spin.sizeHint().width()


def test_the_next_job_is_given_the_machine_and_one_that_waits_keeps_its_own(
    qtbot: Any, start_runner: Callable[..., JobRunner]
) -> None:
    engine = Asked()
    runner = start_runner(lambda: engine)
    answers: list[Any] = []
    runner.finished.connect(lambda finished: answers.append((finished.request, finished.value)))
    before, after = Compute(), Compute("cpu", 8, 2, precision="bf16")
    runner.submit(measure())
    qtbot.waitUntil(lambda: len(answers) == 1)
    runner.compute = after
    runner.submit(measure())
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert engine.seen == [before, after], "an answer of another machine is not given again"
    runner.submit(measure())
    runner.compute = before
    runner.submit(measure())
    qtbot.waitUntil(lambda: len(answers) >= 3 and answers[-1][1] == before)
    assert engine.seen == [before, after], "and one of the same machine is"
    request = answers[1][0]
    assert request.compute == after
    assert recipes.command(request).endswith("--device cpu --batch-size 8 --threads 2 --precision bf16")
    assert "precision='bf16'" in recipes.python(request)


def test_only_what_measures_depends_on_the_machine() -> None:
    one, other = (OpenModel("sample", compute=Compute(threads=n)) for n in (1, 2))
    assert one == other
    analyses = [measure(), measure()]
    assert analyses[0].key == analyses[1].key
    from dataclasses import replace

    keys = {replace(analyses[0], compute=Compute(device)).key for device in ("cpu", "cuda:0")}
    assert len(keys) == 2


def test_the_window_heeds_what_is_chosen(shell: Shell, settings: Settings, qtbot: Any) -> None:
    settings.choose(precision="bf16", threads=2, colour_map="magma", theme="dark")
    assert shell.runner.compute == Compute(threads=2, precision="bf16")
    assert colours.ColourScale(0, 1).colour(1).name() == "#fcfdbf"
    assert shell.window.actions_["theme_dark"].isChecked()
    settings.restore_defaults()
    assert shell.runner.compute == Compute()
    assert colours.ColourScale(0, 1).colour(1).name() == "#ffea46"


def test_the_action_is_where_each_desktop_looks_for_it(shell: Shell, modules: dict[str, Any], qtbot: Any) -> None:
    action = shell.window.actions_["preferences"]
    assert action.menuRole() == QAction.MenuRole.PreferencesRole
    assert "Ctrl+," in [key.toString() for key in action.shortcuts()]
    verb = next(verb for verb in shell.window.actions_.verbs if verb.name == "preferences")
    assert {"settings", "options"} <= set(verb.words.split())
    action.trigger()
    opened = [w for w in QApplication.topLevelWidgets() if isinstance(w, SettingsDialog)]
    assert len(opened) == 1
    action.trigger()
    assert [w for w in QApplication.topLevelWidgets() if isinstance(w, SettingsDialog)] == opened
    qtbot.waitUntil(lambda: shell.idle, timeout=30_000)
    opened[0].close()


def test_leaving_asks_about_jobs_unless_that_was_switched_off(settings: Settings, state: AppState) -> None:
    settings.choose(ask_before_stopping=False)
    assert FileDialogs(settings, state).stop_jobs(("Analyse redundancy",))


def test_the_worker_knows_this_machine() -> None:
    pytest.importorskip("torch")
    found = LookAtMachine().run(Engine(), Job())
    assert found.automatic in dict(found.devices)
    assert found.devices[0][0] == "cpu"
    assert found.threads >= 1
    assert found.cache
    assert "torch" in sys.modules
