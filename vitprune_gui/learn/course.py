"""The lessons that there are, the one that is taken, and how far people are in each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QObject, Signal, Slot

from vitprune_gui.learn.figures import figure, filled
from vitprune_gui.learn.lessons import LARGEST, Lesson, LessonInvalid, Problem, Vocabulary, parse
from vitprune_gui.learn.subject import Learn
from vitprune_gui.runner import Failed, Finished, JobRunner, LiveJob, Request
from vitprune_gui.sample import OnSample
from vitprune_gui.scene import Scene
from vitprune_gui.settings import Preferences, Settings
from vitprune_gui.state import AppState
from vitprune_gui.tour import Guess, Prediction, Step, Tour
from vitprune_gui.translation import spoken, tr

_MOST_FILES = 200  # of a folder
_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class File:
    """A lesson as it was read; `reason` says why it could not be. `own`: it did not come with the program."""

    name: str
    text: str
    own: bool
    reason: str = ""


@dataclass(frozen=True)
class ReadLessons(Request):
    """Answer: tuple[File, ...]: the lessons that come with the program, in this language as far as they are, and those
    of a folder and of single files."""

    topic: ClassVar[str] = "lessons"
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    language: str
    folder: str
    single: tuple[str, ...]

    @property
    def title(self) -> str:
        return tr("Read the lessons")

    def run(self, engine: object, job: LiveJob) -> tuple[File, ...]:
        bundled = Path(str(files("vitprune_resources") / "lessons"))
        found = [bundled / _ENGLISH / path.name for path in sorted((bundled / _ENGLISH).glob("*.md"))]
        read: list[File] = []
        for path in found:
            spoken = bundled / self.language / path.name
            read.append(_read(spoken if spoken.is_file() else path, own=False))
        own = [Path(name) for name in self.single]
        if self.folder:
            try:
                own = [*sorted(Path(self.folder).glob("*.md"))[:_MOST_FILES], *own]
            except OSError as error:
                read.append(File(self.folder, "", True, error.strerror or str(error)))
        for path in dict.fromkeys(own):
            job.check()
            read.append(_read(path, own=True))
        return tuple(read)


def _read(path: Path, *, own: bool) -> File:
    try:
        with path.open("rb") as file:
            return File(path.name, file.read(LARGEST + 1).decode("utf-8"), own)
    except OSError as error:
        return File(path.name, "", own, tr("It cannot be read: {reason}.", reason=error.strerror or str(error)))
    except UnicodeDecodeError:
        return File(path.name, "", own, tr("It is not text in UTF-8."))


@dataclass(frozen=True, slots=True)
class Progress:
    """The step that was on show last, by number and by title: it is found again when the lesson was changed."""

    step: int = 0
    title: str = ""
    done: bool = False

    def place(self, lesson: Lesson) -> int:
        """Where it goes on."""
        if not 0 <= self.step < len(lesson.steps) or lesson.steps[self.step].title != self.title:
            titles = [step.title for step in lesson.steps]
            if self.title in titles:
                return titles.index(self.title)
        return max(0, min(self.step, len(lesson.steps) - 1))


def judged(prediction: Prediction, guess: Guess, number: float | None) -> bool | None:
    """Whether the guess is right; None where that is not known. `number` is what its figure says now."""
    if prediction.choices:
        return guess == frozenset(place for place, (_, right) in enumerate(prediction.choices) if right)
    if number is None or isinstance(guess, frozenset):
        return None
    room = prediction.tolerance * (abs(number) / 100 if prediction.relative else 1)
    return abs(guess - number) <= room + 1e-9 * max(1.0, abs(number))


class Course(QObject):
    """One lesson at a time. What the lesson points at is shown by whoever follows `tour`."""

    listed = Signal()
    """The lessons, or what is wrong with them, are there."""
    begun = Signal()
    """There is another `tour`, at its start: nothing of it was shown yet."""
    changed = Signal()
    """Another step is on show, or more of it, or none."""
    moved = Signal()
    """Progress was made."""
    notified = Signal(str)
    failed = Signal(object)
    shown = Signal()
    """People want to see what the step points at."""

    def __init__(
        self,
        state: AppState,
        learn: Learn,
        scene: Scene,
        settings: Settings,
        runner: JobRunner,
        use_sample: Callable[[], object],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.lessons: tuple[Lesson, ...] = ()
        self.own: frozenset[str] = frozenset()
        """Names of lessons that did not come with the program."""
        self.problems: tuple[Problem, ...] = ()
        self.lesson: Lesson | None = None
        self.tour: Tour | None = None
        self._state, self._learn, self._scene = state, learn, scene
        self._settings, self._runner = settings, runner
        self._on_sample = OnSample(state, use_sample, self)
        self._vocabulary: Callable[[], Vocabulary] | None = None
        self._files: tuple[File, ...] | None = None
        self._single: tuple[str, ...] = ()
        self._wanted = ""  # the file of a lesson that is begun once it was read
        self._asked = ""  # the key of the request
        self._told = _progress(settings.lessons)
        self._folder = settings.preferences.lessons_folder
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        settings.preferences_changed.connect(self._follow_folder)
        for signal in (scene.changed, state.comparison_changed, state.scores_changed):
            signal.connect(self._follow_scene)

    # Which there are

    def speak(self, vocabulary: Callable[[], Vocabulary]) -> None:
        """What lessons can name is known from now on."""
        self._vocabulary = vocabulary
        self._parse()

    def look(self) -> None:
        """Read the lessons, unless they are known."""
        request = ReadLessons(spoken(), self._settings.preferences.lessons_folder, self._single)
        if request.key != self._asked:
            self._asked = request.key
            self._runner.submit(request)

    def look_again(self) -> None:
        """Files may have changed."""
        self._asked = ""
        self.look()

    def open(self, path: str) -> None:
        """A file of one's own, which is begun."""
        own = str(Path(path).absolute())
        self._single = (*(file for file in self._single if file != own), own)
        self._wanted = Path(path).stem
        self.look_again()

    def by_name(self, name: str) -> Lesson | None:
        return next((lesson for lesson in self.lessons if lesson.name == name), None)

    @property
    def next(self) -> Lesson | None:
        """The first that was not taken to its end; the first of all where all were."""
        return next((one for one in self.lessons if not self.progress(one).done), next(iter(self.lessons), None))

    def progress(self, lesson: Lesson) -> Progress:
        return self._told.get(lesson.name, Progress())

    @property
    def done(self) -> int:
        """How many were taken to their end."""
        return sum(self.progress(lesson).done for lesson in self.lessons)

    # The one that is taken

    @property
    def step(self) -> Step | None:
        return self.tour.step if self.tour is not None else None

    def start(self, lesson: Lesson, *, again: bool = False) -> None:
        """Where it was left, or from its first step."""
        self.leave()
        place = 0 if again or self.progress(lesson).done else self.progress(lesson).place(lesson)
        begin = partial(self._begin, lesson, place)
        if lesson.on_sample:
            self._on_sample.begin(begin)
        elif self._state.model is None:
            self.notified.emit(tr("This lesson is about the model that is open. Open one first."))
        else:
            begin()

    def leave(self) -> None:
        """Back to the list; it goes on here the next time."""
        self._on_sample.forget()
        if self.tour is not None:
            self.tour.stop()

    def go_on(self) -> None:
        """To the next step; after the last one, the lesson is done."""
        if self.tour is None or self.lesson is None:
            return
        if self.tour.place == len(self.tour) - 1:
            self._keep(Progress(0, "", True))
        self.tour.next()

    def go_back(self) -> None:
        if self.tour is not None:
            self.tour.back()

    def predict(self, guess: Guess) -> None:
        if self.tour is not None:
            self.tour.predict(guess)

    def show_again(self) -> None:
        self.shown.emit()

    def forget(self) -> None:
        """All progress."""
        self._told = {}
        self._settings.lessons = ""
        self.moved.emit()

    # What is read

    def text(self, text: str) -> str:
        """With its figures, as they are now."""
        return filled(text, self._state, self._learn)

    def number(self, prediction: Prediction) -> float | None:
        """What is right; None as long as it is not measured, and for choices."""
        if not prediction.number.startswith("{"):
            return float(prediction.number) if prediction.number else None
        found = figure(prediction.number, self._state, self._learn)
        return found.number if found is not None else None

    @property
    def verdict(self) -> bool | None:
        """Whether the present guess was right; None where that is not known."""
        if self.tour is None or self.tour.guess is None or self.step is None or self.step.prediction is None:
            return None
        return judged(self.step.prediction, self.tour.guess, self.number(self.step.prediction))

    # Inside

    def _begin(self, lesson: Lesson, place: int) -> None:
        self.lesson = lesson
        self.tour = tour = Tour(self._scene, lesson.steps, self, goes_on=False)
        self.begun.emit()
        tour.changed.connect(self._on_step)
        tour.done.connect(self.changed)
        tour.ended.connect(self._on_ended)
        tour.start(place)

    @Slot()
    def _on_step(self) -> None:
        tour, lesson, step = self.tour, self.lesson, self.step
        if tour is not None and lesson is not None and step is not None:
            known = self.progress(lesson)
            self._keep(Progress(tour.place, step.title, known.done))
        self.changed.emit()

    @Slot()
    def _on_ended(self) -> None:
        if self.tour is not None:
            self.tour.deleteLater()
        self.tour = self.lesson = None
        self.changed.emit()

    def _keep(self, progress: Progress) -> None:
        assert self.lesson is not None
        if self._told.get(self.lesson.name) != progress:
            self._told[self.lesson.name] = progress
            told = {name: [one.step, one.title, one.done] for name, one in self._told.items()}
            self._settings.lessons = json.dumps(told)
            self.moved.emit()

    @Slot(object)
    def _follow_folder(self, preferences: Preferences) -> None:
        if preferences.lessons_folder != self._folder:
            self._folder = preferences.lessons_folder
            if self._files is not None:
                self.look_again()

    @Slot()
    def _follow_scene(self) -> None:
        """Figures in what is on show may be others."""
        if self.tour is not None:
            self.changed.emit()

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, ReadLessons) and finished.request.key == self._asked:
            self._files = finished.value
            self._parse()

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if isinstance(failed.request, ReadLessons):
            self._asked = ""
            self.failed.emit(failed.error)

    def _parse(self) -> None:
        if self._files is None or self._vocabulary is None:
            return
        vocabulary = self._vocabulary()
        lessons: dict[str, Lesson] = {}
        own: set[str] = set()
        problems: list[Problem] = []
        for file in self._files:
            try:
                if file.reason:
                    raise LessonInvalid((Problem(file.name, 1, file.reason),))
                lesson = parse(file.text, file.name, vocabulary)
            except LessonInvalid as error:
                problems += error.problems
                continue
            if lesson.name in lessons:
                problems.append(Problem(file.name, 1, tr("There is a lesson of this name already.")))
                continue
            lessons[lesson.name] = lesson
            if file.own:
                own.add(lesson.name)
        self.lessons, self.own, self.problems = tuple(lessons.values()), frozenset(own), tuple(problems)
        self.listed.emit()
        asked, self._wanted = self._wanted, ""
        wanted = self.by_name(asked)
        if wanted is not None:
            self.start(wanted, again=True)
        elif asked:
            self.notified.emit(tr("This lesson has mistakes. They are listed in the panel Lessons."))


def _progress(text: str) -> dict[str, Progress]:
    """As far as it can be read."""
    try:
        told = json.loads(text) if text else {}
    except ValueError:
        return {}
    found: dict[str, Progress] = {}
    for name, one in told.items() if isinstance(told, Mapping) else ():
        match one:
            case [int(step), str(title), bool(done)]:
                found[name] = Progress(step, title, done)
    return found
