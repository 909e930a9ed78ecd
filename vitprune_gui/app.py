"""Puts the parts together: the one place that knows them all."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType
from typing import Protocol

import psutil
from PySide6.QtCore import QObject, QSize, QTimer, Slot
from PySide6.QtWidgets import QApplication, QWidget

from vitprune_gui import diagnosis, theme, translation
from vitprune_gui.collector import Collector
from vitprune_gui.colours import use_colour_map
from vitprune_gui.commands import Commands, Dialogs
from vitprune_gui.crash import CrashGuard, ErrorReport
from vitprune_gui.exports import ExportDialogs, Exports
from vitprune_gui.learn.course import Course
from vitprune_gui.library import Dialogs as LibraryDialogs
from vitprune_gui.library import Library
from vitprune_gui.recovery import Recovery
from vitprune_gui.reports import ReportDialogs, Reports
from vitprune_gui.requests import Engine
from vitprune_gui.runner import JobRunner
from vitprune_gui.scene import Scene
from vitprune_gui.settings import NAME, Preferences, Settings, config_folder, log_folder, unsaved_folder
from vitprune_gui.shelf import Shelf
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.classroom import Classroom, LessonDialogs
from vitprune_gui.views.guide import Guide
from vitprune_gui.views.log import LogRelay, RelayHandler
from vitprune_gui.views.main_window import MainWindow, ViewFactory
from vitprune_gui.views.open_dialogs import FileDialogs
from vitprune_gui.views.settings_dialog import SettingsDialogs

log = logging.getLogger(__name__)

_LOG_BYTES = 1 << 20
_SETTLE_MS = 400
PICTURE_SIZE = QSize(1440, 900)
_STUCK = 3  # the exit status when native code would not let go of the worker's thread


def _later(module: str, name: str, package: str = "views") -> ViewFactory:
    """A view that is imported when it is made, which is after the first paint."""

    def make(state: AppState, commands: Commands, parent: QWidget | None = None) -> QWidget:
        return getattr(import_module(f"vitprune_gui.{package}.{module}"), name)(state, commands, parent)

    return make


VIEWS: Mapping[str, ViewFactory] = {
    "models": _later("model_browser", "ModelBrowser"),
    "architecture": _later("architecture", "ArchitectureView"),
    "inspector": _later("inspector", "Inspector"),
    "plan": _later("plan_panel", "PlanPanel"),
    "overview": _later("overview", "Overview"),
    "maps": _later("maps", "MapsView"),
    "activations": _later("activations", "ActivationsView"),
    "damage": _later("damage", "DamageView"),
    "evaluation": _later("evaluation", "EvaluationPanel"),
    "search": _later("search", "SearchView"),
    "frontier": _later("frontier", "FrontierView"),
    "study": _later("study", "StudyView"),
    "learn": _later("view", "LearnView", "learn"),
}


class WindowDialogs(Dialogs, LibraryDialogs, ExportDialogs, ReportDialogs, LessonDialogs, Protocol):
    """All questions of the window."""


def _of_files(module: str, name: str, library: Library) -> ViewFactory:
    """As `_later`: a view of saved sessions, which does nothing to the open one."""

    def make(state: AppState, commands: Commands, parent: QWidget | None = None) -> QWidget:
        return getattr(import_module(f"vitprune_gui.views.{module}"), name)(state, library, parent)

    return make


def _of_lessons(course: Course) -> ViewFactory:
    """As `_later`: the panel of the lessons."""

    def make(state: AppState, commands: Commands, parent: QWidget | None = None) -> QWidget:
        return import_module("vitprune_gui.learn.lesson_panel").LessonPanel(course, parent)

    return make


@dataclass(frozen=True, slots=True)
class Shell:
    """The parts of one running application. `close` is the only way to end them."""

    state: AppState
    runner: JobRunner
    saver: JobRunner
    commands: Commands
    recovery: Recovery
    library: Library
    window: MainWindow
    handler: logging.Handler

    @property
    def idle(self) -> bool:
        return self.runner.idle and self.saver.idle and self.commands.models.idle

    def close(self) -> bool:
        """Returns False when one of the threads could not be ended. What is unsaved is kept first."""
        logging.getLogger().removeHandler(self.handler)
        kept = self.recovery.close()
        self.commands.undo_stack.clear()  # or it says that it changed while it is being deleted
        fetched = self.commands.models.close()
        return self.runner.shutdown() and kept and fetched


class _Heeding(QObject):
    """Does what the preferences say, from when it is made and whenever they change. A slot of its own: the connection
    of a mere function would hold all that it reaches, the window and the settings among it, beyond the end."""

    def __init__(
        self, window: MainWindow, settings: Settings, runner: JobRunner, set_theme: Callable[[str], object]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._runner = runner
        self._set_theme = set_theme
        self._themed = ""
        self._heed(settings.preferences)
        settings.preferences_changed.connect(self._heed)

    @Slot(object)
    def _heed(self, preferences: Preferences) -> None:
        self._runner.compute = preferences.compute
        use_colour_map(preferences.colour_map)
        if preferences.theme != self._themed:  # everything is painted anew for it
            self._themed = preferences.theme
            self._set_theme(self._themed)
        self._window.actions_.refresh()


def build(
    settings: Settings,
    *,
    dialogs: WindowDialogs | None = None,
    make_engine: Callable[[], object] = Engine,
    views: Mapping[str, ViewFactory] = VIEWS,
    set_theme: Callable[[str], object] = lambda _: None,
) -> Shell:
    """The application without its event loop."""
    state = AppState()
    runner = JobRunner(make_engine)
    chosen = dialogs or FileDialogs(settings, state)
    shelf = Shelf(unsaved_folder())
    saver = JobRunner(lambda: shelf, name="vitprune-saver")
    lister, fetcher = (JobRunner(object, name=f"vitprune-{name}") for name in ("lister", "fetcher"))
    commands = Commands(state, runner, settings, chosen, saver=saver, lister=lister, fetcher=fetcher)
    recovery = Recovery(state, commands, saver, shelf)
    library = Library(runner, settings, chosen, commands)
    scene = Scene(state, commands.learn, commands.undo_stack, commands)
    course = Course(state, commands.learn, scene, settings, lister, commands.use_sample, commands)
    others = {
        "lessons": _of_lessons(course),
        "sessions": _of_files("session_browser", "SessionBrowser", library),
        "compare": _of_files("compare", "CompareView", library),
    }
    relay = LogRelay()
    folders = {"settings": settings.path.parent, "logs": log_folder(), "unsaved": unsaved_folder()}
    window = MainWindow(
        state,
        commands,
        settings,
        {**views, **others},
        logs=relay,
        log_folder=log_folder(),
        system_info=lambda: diagnosis.system_info(state, folders),
        recovery=recovery,
        library=library,
    )
    exports = Exports(state, saver, chosen, window)
    exports.failed.connect(commands.failed)
    exports.notified.connect(commands.notified)
    reports = Reports(state, commands.keeping, saver, chosen, window)
    reports.failed.connect(commands.failed)
    reports.notified.connect(commands.notified)
    classroom = Classroom(window, course, scene, saver, chosen)
    for told in (course, classroom):
        told.failed.connect(commands.failed)
        told.notified.connect(commands.notified)
    chooser = SettingsDialogs(window, settings, runner)
    for verb in (
        *exports.verbs(),
        *reports.verbs(),
        *Guide(window, state, commands, scene).verbs(),
        *classroom.verbs(),
        *chooser.verbs(),
    ):
        window.actions_.add(verb)

    _Heeding(window, settings, runner, set_theme)
    window.banner.compose = lambda error: diagnosis.report(error, state, folders)
    window.banner.log_folder = folders["logs"]
    relay.setParent(window)
    if isinstance(chosen, FileDialogs):
        chosen.parent = window
    handler = RelayHandler(relay)
    logging.getLogger().addHandler(handler)
    return Shell(state, runner, saver, commands, recovery, library, window, handler)


class Photographer(QObject):
    """Takes a picture of the window once everything that was asked for is done and painted."""

    def __init__(self, shell: Shell, file: Path | None, leave: bool, done: Callable[[int], object]) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._file = file
        self._leave = leave
        self._done = done
        self._error = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._take)
        shell.commands.failed.connect(self._on_failed)
        shell.state.jobs_changed.connect(self._settle)
        shell.window.built.connect(self._settle)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self._error = str(getattr(error, "message", error))

    @Slot()
    def _settle(self) -> None:
        self._timer.start()  # anew at every change

    @Slot()
    def _take(self) -> None:
        if not (self._shell.window.complete and self._shell.idle):
            return
        self._shell.state.jobs_changed.disconnect(self._settle)
        if self._file is not None and not self._shell.window.grab().save(str(self._file)):
            self._error = f"The picture cannot be written to {self._file}."
        if self._error:
            print(self._error, file=sys.stderr)  # noqa: T201
        if self._leave:
            self._done(1 if self._error else 0)


def _engine() -> Engine:
    """Made on the worker's thread, with its first request: the process that reads sessions starts beside it."""
    import_module("vitprune.sessions").prepare()
    return Engine()


def run(arguments: argparse.Namespace) -> int:
    """The application, until its window is closed. Returns the exit status."""
    application = QApplication([NAME])
    application.setApplicationName(NAME)
    application.setApplicationDisplayName("ViTPrune")
    guard = CrashGuard(log_folder())
    earlier = guard.install()
    _log_to_file(log_folder())
    settings = Settings(config_folder())
    settings.use_cache_folder()
    translation.install(application, settings.language)
    switch = theme.apply(application, theme.Theme(settings.theme))
    shell = build(settings, make_engine=_engine, set_theme=lambda name: switch.set(theme.Theme(name)))
    window, commands = shell.window, shell.commands
    guard.reported.connect(commands.show_error)

    pictured = bool(arguments.screenshot or arguments.quit)

    def start() -> None:
        commands.refresh_catalog()  # on its own thread, while the views are being built
        if os.environ.get("VITPRUNE_PRINT_FIRST_PAINT") == "1":
            print(f"first paint after {_age():.3f} s, torch imported: {'torch' in sys.modules}", flush=True)  # noqa: T201
        if earlier:
            told = tr("The report says where. Work that was not saved is offered above, as far as there was any.")
            commands.show_error(ErrorReport(tr("ViTPrune ended abruptly the last time."), earlier, told))
        if settings.set_aside is not None:
            kept = settings.set_aside.name
            commands.notified.emit(tr("The settings were damaged. They are kept as {name}.", name=kept))

    def work() -> None:
        if pictured:
            window.resize(PICTURE_SIZE)  # on the smallest screen too, into which it was fitted when it was shown
        # Once the views are there: they should hear of everything that happens.
        if arguments.sample:
            commands.analyze_sample()
        elif arguments.path:
            commands.open_anything(arguments.path)
        if not pictured:
            shell.recovery.look()

    def on_signal(number: int, _: FrameType | None) -> None:
        log.info("Ended by signal %d", number)
        signal.signal(number, signal.SIG_DFL)  # whoever asks again does not want to wait
        application.exit(0)  # `quit` would close the window first, and that asks

    window.painted.connect(start)
    window.built.connect(work)
    if arguments.quit:
        shell.recovery.let_go()
    if pictured:
        Photographer(shell, arguments.screenshot, arguments.quit, application.exit)
        window.reset_layout()  # the same picture every time
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)  # Python gets to it at the next tick of the status bar
    window.show()
    collector = Collector(lambda: shell.idle)
    collector.start()
    code = application.exec()
    collector.stop()
    window.hide()
    ended = shell.close()
    guard.uninstall()
    if not ended:
        logging.shutdown()
        os._exit(_STUCK)
    return code


def _age() -> float:
    """Seconds since this process began."""
    if sys.platform != "linux":
        return time.time() - psutil.Process().create_time()
    # What psutil says counts from a boot time in whole seconds, which is up to a second wrong.
    started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def _log_to_file(folder: Path) -> None:
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(folder / "vitprune.log", maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8")
    except OSError as error:
        log.warning("No log can be written in %s: %s", folder, error)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
