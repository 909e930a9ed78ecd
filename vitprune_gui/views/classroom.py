"""The lessons on the window: what they can name, what they point at, and the actions about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QDockWidget, QWidget

from vitprune_gui.actions import Verb
from vitprune_gui.learn.course import Course
from vitprune_gui.learn.lessons import Lesson, Vocabulary
from vitprune_gui.learn.subject import LEVELS
from vitprune_gui.repairs import REPAIRS
from vitprune_gui.runner import Failed, Finished, JobRunner
from vitprune_gui.scene import Scene
from vitprune_gui.translation import tr
from vitprune_gui.views.main_window import MainWindow
from vitprune_gui.views.presenting import Presenting
from vitprune_gui.views.tabs import TABS
from vitprune_gui.views.tour import Spotlight, stage

if TYPE_CHECKING:
    from vitprune_gui.learn.lesson_panel import LessonPanel

_BLINKS = 5
_BLINK_MS = 140
_HEIGHTS = (5, 2)  # of a step of a lesson, and of the tree below it


class LessonDialogs(Protocol):
    def lesson_to_open(self) -> str | None: ...
    def worksheet_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None: ...


class Classroom(QObject):
    failed = Signal(object)
    notified = Signal(str)

    def __init__(
        self, window: MainWindow, course: Course, scene: Scene, saver: JobRunner, dialogs: LessonDialogs
    ) -> None:
        super().__init__(window)
        self._window, self._course, self._saver, self._dialogs = window, course, saver, dialogs
        self.presenting = Presenting(window)
        self._scene = scene
        self._light: Spotlight | None = None
        self._blinking = QTimer(self)
        self._blinking.setInterval(_BLINK_MS)
        self._blinking.timeout.connect(self._blink)
        self._blinks = 0
        self._heights: tuple[int, ...] = ()
        window.built.connect(self._begin)
        window.tabs.currentChanged.connect(self._follow_tab)
        course.begun.connect(self._point)
        course.shown.connect(self._show_again)
        saver.finished.connect(self._on_finished)
        saver.failed.connect(self._on_failed)
        self._follow_tab()

    def verbs(self) -> tuple[Verb, ...]:
        words = tr("lesson course teach student tutorial class", "words to find it by")
        return (
            Verb("lessons", tr("&Lessons"), tr("Show the list of lessons"), self.show_list, menu="Learn", group=70,
                 icon="mdi6.school-outline", words=words),
            Verb("start_lesson", tr("Ne&xt lesson"), tr("Go on with the first lesson that is not done"), self.start,
                 menu="Learn", group=70, words=words),
            Verb("open_lesson", tr("&Open lesson…"), tr("Take a lesson of your own, a Markdown file"), self.open,
                 menu="Learn", group=70, words=words),
            Verb("worksheet", tr("&Worksheet…"), tr("Write the questions of a lesson on pages to print, with a key"),
                 self.write, self._nothing_to_print, menu="Learn", group=80, words=f"{words} pdf html"),
            Verb("present", tr("Pr&esent"), tr("Large type and no panels but the lesson; Esc ends it"),
                 self.presenting.toggle, shortcut="Shift+F11", menu="Learn", group=80,
                 checked=lambda: self.presenting.on,
                 words=tr("projector beamer large font classroom", "words to find it by")),
        )  # fmt: skip

    # From the user

    def show_list(self) -> None:
        self._course.leave()
        self._show_panel()

    def start(self) -> None:
        """The next lesson, once the lessons were read."""
        self._show_panel()
        if self._course.next is not None:
            self._course.start(self._course.next)
        else:
            self._course.listed.connect(self._start_listed)
            self._course.look()

    def open(self) -> None:
        path = self._dialogs.lesson_to_open()
        if path:
            self._show_panel()
            self._course.open(path)

    def write(self, path: str | Path | None = None) -> None:
        """The worksheet of the lesson that is taken, or else of the chosen one, to `path`; without one, ask where."""
        from vitprune_gui.learn import worksheet

        lesson = self._chosen
        if lesson is None:
            return
        chosen = path or self._dialogs.worksheet_to_save(f"{lesson.name}.pdf", worksheet.SUFFIXES)
        if chosen:
            inside = worksheet.body(lesson, self._course.text, self._course.number)
            self._saver.submit(worksheet.WriteWorksheet(lesson, inside, Path(chosen)))

    @property
    def _chosen(self) -> Lesson | None:
        panel = self._panel
        return (panel.chosen if panel is not None else None) or self._course.next

    @property
    def _panel(self) -> LessonPanel | None:
        return cast("LessonPanel", self._window.view("lessons")) if self._window.complete else None

    def _nothing_to_print(self) -> str:
        return "" if self._course.lessons else tr("Show the list of lessons first.")

    def _show_panel(self) -> None:
        dock = self._window.docks["lessons"]
        dock.show()
        dock.raise_()

    @Slot()
    def _start_listed(self) -> None:
        self._course.listed.disconnect(self._start_listed)
        if self._course.next is not None:
            self._course.start(self._course.next)

    # On the window

    @Slot()
    def _begin(self) -> None:
        panel = self._panel
        if panel is not None:
            panel.opened.connect(self.open)
            panel.printed.connect(self.write)
        self._course.speak(partial(vocabulary, self._window))

    @Slot()
    def _follow_tab(self) -> None:
        self._scene.show_tab(self._window.tabs.name)

    @Slot()
    def _point(self) -> None:
        tour = self._course.tour
        if tour is not None:
            self._show_panel()
            self._make_room()
            self._light = Spotlight(self._window, tour)
            tour.ended.connect(self._put_out)

    @Slot()
    def _put_out(self) -> None:
        self._blinking.stop()
        self._light = None
        self._resize(self._heights)

    def _make_room(self) -> None:
        """A step is read without scrolling, as far as that can be."""
        self._heights = tuple(dock.height() for dock in self._stacked)
        whole = sum(self._heights)
        self._resize(tuple(whole * share // sum(_HEIGHTS) for share in _HEIGHTS))

    def _resize(self, heights: tuple[int, ...]) -> None:
        self._window.resizeDocks(self._stacked, heights, Qt.Orientation.Vertical)

    @property
    def _stacked(self) -> list[QDockWidget]:
        return [self._window.docks["lessons"], self._window.docks["architecture"]]

    @Slot()
    def _show_again(self) -> None:
        if self._course.step is not None:
            stage(self._window, self._course.step)
            self._blinks = _BLINKS
            self._blinking.start()

    @Slot()
    def _blink(self) -> None:
        self._blinks -= 1
        if self._light is not None:
            self._light.setVisible(self._blinks % 2 == 0)
        if self._blinks <= 0:
            self._blinking.stop()

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if finished.request.topic == "worksheet":
            self.notified.emit(tr("The worksheet is in {path}.", path=finished.value))

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if failed.request.topic == "worksheet":
            self.failed.emit(failed.error)


def vocabulary(window: MainWindow) -> Vocabulary:
    """What lessons can name in this window, once it is complete."""
    from vitprune.measures import MEASURES
    from vitprune.scores import METRICS, SELECTIONS, table_name
    from vitprune_gui.learn import questions
    from vitprune_gui.learn.view import PAGES

    metrics = {table_name(metric, tokens) for metric in METRICS for tokens in SELECTIONS} | set(METRICS)
    asked = {name for constant, name in vars(questions).items() if constant.isupper() and isinstance(name, str)}
    return Vocabulary(
        {
            "target": frozenset(_targets(window)),
            "tab": frozenset(TABS),
            "page": frozenset(page.name for page in PAGES),
            "level": frozenset(LEVELS),
            "metric": frozenset(metrics),
            "measure": frozenset(MEASURES),
            "repair": frozenset(REPAIRS),
            "answer": frozenset(asked),
            "opinion": frozenset(("raw", "rollout", "gradient")),
        }
    )


def _targets(window: MainWindow) -> Iterator[str]:
    yield from (f"action:{verb.name}" for verb in window.actions_.verbs)
    yield from (f"menu:{name}" for name in window.menus.menus)
    yield from (f"tab:{name}" for name in TABS)
    yield from (f"level:{name}" for name in LEVELS)
    for name, view in window.views.items():
        if name in TABS or name in window.docks:
            yield f"view:{name}"
            yield from (f"{name}.{part}" for part in _parts(view))
    for name, page in getattr(window.views.get("learn"), "pages", {}).items():
        yield f"page:{name}"
        yield from (f"page:{name}.{part}" for part in _parts(page))


def _parts(view: QWidget) -> set[str]:
    """Widgets that it has as attributes, some of which it makes later, and children by their names."""
    there = {name for name, part in vars(view).items() if isinstance(part, QWidget)}
    later = {name for kind in type(view).__mro__ for name in vars(kind).get("__annotations__", {})}
    named = {part.objectName() for part in view.findChildren(QWidget)}
    return {name for name in there | later | named if name.isidentifier() and not name.startswith(("_", "qt_"))}
