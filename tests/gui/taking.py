"""Takes lessons as a reader does, from the first step to the last, in a window of a process of its own: does what each
step waits for, and says of each lesson what did not go as it should.

    python tests/gui/taking.py FOLDER --language de --lessons 01-tokens --theme dark --pictures FOLDER
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

ROOT = Path(__file__).parents[2]
SIZE = (1280, 800)
PATIENCE = 150.0  # seconds for one step
LONGEST = 1500.0  # of a machine that does other things as well, for all lessons of a language

if TYPE_CHECKING:
    from PySide6.QtWidgets import QComboBox

    from vitprune_gui.app import Shell
    from vitprune_gui.learn.course import Course
    from vitprune_gui.learn.lesson_panel import LessonPanel
    from vitprune_gui.learn.lessons import Lesson
    from vitprune_gui.learn.view import LearnView
    from vitprune_gui.tour import Prediction


@cache
def taken(language: str, scale: int = 1) -> dict[str, list[str]]:
    """What went wrong in each lesson that was taken, by its name; "" has what was wrong with their files, or all."""
    with TemporaryDirectory() as folder:
        width, height = SIZE
        screen = {"name": "screen", "x": 0, "y": 0, "width": scale * width, "height": scale * height}
        screen |= {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
        (Path(folder) / "screens.json").write_text(json.dumps({"screens": [screen]}), "utf-8")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "core", ROOT / "resources", ROOT))),
            "QT_QPA_PLATFORM": f"offscreen:configfile={Path(folder) / 'screens.json'}",
            "QT_SCALE_FACTOR": str(scale),
        }
        command = [sys.executable, __file__, folder, "--language", language]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as process:
            try:
                out, told = process.communicate(timeout=LONGEST)
            except subprocess.TimeoutExpired:
                process.kill()
                out, told = process.communicate()
        print(*(line for line in told.splitlines() if line.endswith(" s")), sep="\n")
        found: dict[str, list[str]] = dict(map(json.loads, out.splitlines()))
        if process.returncode:
            found[""] = [*found.get("", []), f"it ended with {process.returncode}: {told[-3000:]}"]
        return found


class Reader:
    """`wrong` is what did not go as it should."""

    def __init__(self, shell: Shell, course: Course, pictures: Path | None) -> None:
        self.shell, self.window, self.course = shell, shell.window, course
        self.state, self.learn = shell.state, shell.commands.learn
        self.view = cast("LearnView", self.window.view("learn"))
        self.panel = cast("LessonPanel", self.window.view("lessons"))
        self.wrong: list[str] = []
        self.pictures = pictures

    def until(self, so: Callable[[], object], what: str = "") -> bool:
        from PySide6.QtWidgets import QApplication

        end = time.monotonic() + PATIENCE
        while not so():
            if time.monotonic() > end:
                self.wrong.append(f"{what} did not come in time")
                return False
            QApplication.processEvents()
            time.sleep(0.002)
        return True

    def settle(self) -> None:
        from PySide6.QtWidgets import QApplication

        self.until(lambda: self.shell.idle and self.window.complete, "rest")
        for _ in range(3):
            QApplication.processEvents()

    def take(self, lesson: Lesson) -> list[str]:
        self.wrong = []
        while self.shell.commands.undo_stack.canUndo():
            self.shell.commands.undo()
        self.course.start(lesson, again=True)
        self.until(lambda: self.course.tour is not None, "the lesson")
        for place in range(len(lesson.steps)):
            tour = self.course.tour
            if tour is None or tour.place != place:
                self.wrong.append(f"step {place + 1} is not on show")
                break
            told = len(self.wrong)
            self._step(f"{lesson.name}-{place + 1}")
            self.wrong[told:] = [f"step {place + 1}: {one}" for one in self.wrong[told:]]
            self.panel.taken.next_button.click()
        if self.course.tour is not None:
            self.wrong.append("it has no end")
            self.course.leave()
        elif not self.course.progress(lesson).done:
            self.wrong.append("it is not done at its end")
        return self.wrong

    def _step(self, name: str) -> None:
        from vitprune_gui.views.tour import find

        course, taken = self.course, self.panel.taken
        step, tour = course.step, course.tour
        assert step is not None
        assert tour is not None
        self.settle()
        self._look(f"{name}-a")
        if step.target:
            seen = self.until(lambda: (found := find(self.window, step.target)) and found[0].isVisible(), step.target)
            self.until(lambda: not seen or not self._light.hole.isEmpty(), f"the frame around {step.target}")
        if not taken.isVisible() or taken.heading.text() != step.title:
            self.wrong.append("the panel shows something else")
        if step.prediction is not None:
            if taken.reveal.isVisible() or taken.task.isVisible():
                self.wrong.append("more is shown than the question")
            self._predict(step.prediction)
        if tour.waiting:
            if step.reveal and taken.reveal.isVisible():
                self.wrong.append("it is revealed before it was done")
            self._do(step.until)
            self.until(lambda: not tour.waiting, step.until)
        self.settle()
        if step.reveal and not taken.reveal.isVisible():
            self.wrong.append("nothing is revealed")
        if step.prediction is not None and step.prediction.choices and course.verdict is not True:
            self.wrong.append("the right choices are not right")
        for text in (step.text, step.reveal):
            if "(not measured yet)" in course.text(text) or "(noch nicht gemessen)" in course.text(text):
                self.wrong.append(f"not measured: {text}")
        if step.prediction is not None and not step.prediction.choices and course.number(step.prediction) is None:
            self.wrong.append(f"not measured: {step.prediction.number}")
        self._look(f"{name}-b")

    @property
    def _light(self) -> Any:
        from vitprune_gui.views.tour import Spotlight

        return self.window.findChildren(Spotlight)[-1]

    def _look(self, name: str) -> None:
        from tests.gui.fitting import cramped

        self.wrong += [told for told in cramped(self.panel) if told not in self.wrong]
        if self.pictures is not None:
            self.window.grab().save(str(self.pictures / f"{name}.png"))

    # What a reader does

    def _predict(self, prediction: Prediction) -> None:
        question = self.panel.taken.question
        if prediction.choices:
            for button, (_, right) in zip(question.choices, prediction.choices, strict=True):
                if right:
                    button.click()
        else:
            number = self.course.number(prediction)
            question.number.setText(f"{number or 1:g}")
            question.number.textEdited.emit(question.number.text())
        question.say.click()

    def _do(self, until: str) -> None:
        name, _, about = until.partition(" ")
        alone: dict[str, Callable[[], object]] = {
            "another tab": lambda: self.window.tabs.turn(1),
            "another page": lambda: self._turn_list(1),
            "another level": self._turn_level,
            "another image": self._turn_image,
            "another patch": self._click_patch,
            "another head": lambda: self._choose_head(None),
            "another layer": lambda: self._select(self._another_site()),
            "another site": lambda: self._select(self._another_site()),
            "another metric": lambda: self._pick(self._metrics, None),
            "another plan": lambda: self._toggle(self._kept()),
            "a longer plan": lambda: self._toggle(self._kept()),
            "a shorter plan": lambda: self._toggle(min(self.state.plan.sites) if self.state.plan else ""),
            "an empty plan": lambda: self._act("clear_plan"),
            "other repairs": lambda: self._pick(self._repairs, None),
            "undo": lambda: self._act("undo"),
            "an evaluation": lambda: self._act("evaluate"),
            "a save": lambda: self.shell.commands.save_session(Path.cwd() / "kept.vitprune.h5"),
            "pruned model": self.view.pruned.click,
            "whole model": self.view.pruned.click,
        }
        of: dict[str, Callable[[], object]] = {
            "tab": lambda: self.window.tabs.turn_to(about),
            "page": lambda: self.view.list.setCurrentRow(list(self.view.pages).index(about)),
            "level": lambda: self.view.levels[about].click(),
            "metric": lambda: self._pick(self._metrics, about),
            "repair": lambda: self._repair(about),
            "site": lambda: self._select(about),
            "removed": lambda: self._toggle(about),
            "kept": lambda: self._toggle(about),
            "head": lambda: self._choose_head(int(about)),
            "answer": lambda: self._answer(about),
        }
        if until in alone:
            alone[until]()
        elif name in of:
            of[name]()
        else:
            self.wrong.append(f"nobody knows how to do what {until} asks for")

    def _act(self, name: str) -> None:
        action = self.window.actions_[name]
        if not action.isEnabled():
            self.wrong.append(action.toolTip())
        action.trigger()

    def _turn_list(self, by: int) -> None:
        self.view.list.setCurrentRow((self.view.list.currentRow() + by) % self.view.list.count())

    def _turn_level(self) -> None:
        next(button for name, button in self.view.levels.items() if name != self.learn.level).click()

    def _turn_image(self) -> None:
        self.until(lambda: self.view.strip.count() > 1, "the images")
        self.view.strip.setCurrentRow((self.view.strip.currentRow() + 1) % self.view.strip.count())

    def _click_patch(self) -> None:
        """In the middle of a chart of patches, or beside it."""
        from PySide6.QtWidgets import QWidget

        before = self.learn.spot
        for chart in self.view.page.findChildren(QWidget):
            if hasattr(chart, "cell_chosen") and chart.isVisible():
                for cell in ((2, 2), (1, 4)):
                    chart.cell_chosen.emit(*cell)  # pyright: ignore[reportAttributeAccessIssue]
                    if self.learn.spot != before:
                        return
        self.wrong.append("no patch can be clicked")

    def _choose_head(self, number: int | None) -> None:
        from vitprune_gui.learn.controls import HeadPicker

        boxes = [picker.box for picker in self.view.page.findChildren(HeadPicker) if picker.isVisible()]
        if not boxes:
            self.wrong.append("no head can be chosen here")
            return
        box = boxes[0]
        box.setValue(number or (box.value() % box.maximum() + 1))

    def _another_site(self) -> str:
        assert self.state.architecture is not None
        kind = self.state.architecture.by_id[self.learn.chosen_site].kind if self.learn.chosen_site else None
        sites = [s for s in self.state.architecture.sublayers if s.kind == kind] or self.state.architecture.sublayers
        return next(site.id for site in sites[2:] if site.id != self.learn.chosen_site)

    def _select(self, site: str) -> None:
        self.shell.commands.select_site(site)

    def _kept(self) -> str:
        assert self.state.architecture is not None
        gone = self.state.plan.sites if self.state.plan is not None else frozenset[str]()
        return next(site.id for site in self.state.architecture.sublayers if site.id not in gone)

    def _toggle(self, site: str) -> None:
        self._select(site)
        self.shell.commands.planning.choose([site])
        self._act("toggle_chosen")

    @property
    def _metrics(self) -> QComboBox:
        return cast("Any", self.window.view("architecture")).metric_box

    def _repair(self, name: str) -> None:
        """Without repair, nothing that stays is fitted either."""
        self._pick(self._repairs, name)
        if name == "none":
            self._pick(cast("Any", self.window.view("plan")).target, "stream")

    @property
    def _repairs(self) -> QComboBox:
        return cast("Any", self.window.view("plan")).repair

    def _pick(self, box: QComboBox, data: str | None) -> None:
        if data is None:
            row = next(row for row in range(box.count()) if row != box.currentIndex() and box.itemData(row) != "auto")
        else:
            row = box.findData(data)
        box.setCurrentIndex(row)
        box.activated.emit(row)

    def _answer(self, name: str) -> None:
        from PySide6.QtWidgets import QPushButton

        button = getattr(self.view.page, "ask", None)
        if not isinstance(button, QPushButton) or not button.isEnabled():
            self.wrong.append(f"no button asks for {name}")
            return
        button.click()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", default="en")
    parser.add_argument("--lessons", default="")
    parser.add_argument("--theme", default="light")
    parser.add_argument("--size", type=int, nargs=2, default=SIZE)
    parser.add_argument("--pictures", type=Path)
    args = parser.parse_args()
    faulthandler.enable()
    gc.disable()  # a widget may go while it is being painted: see `vitprune_gui.collector`

    from PySide6.QtWidgets import QApplication

    from vitprune_gui import theme, translation

    application = QApplication([])
    theme.apply(application, theme.Theme(args.theme))
    translation.install(application, args.language)
    os.chdir(args.folder)
    for taken_ in take_all(args):
        print(json.dumps(taken_, ensure_ascii=False), flush=True)
    os._exit(0)  # the interpreter would take the window apart in any order


def take_all(args: argparse.Namespace) -> Iterator[tuple[str, list[str]]]:
    from vitprune_gui.app import build
    from vitprune_gui.learn.course import Course
    from vitprune_gui.settings import Settings

    os.environ["VITPRUNE_CONFIG_DIR"] = str(args.folder / "config")
    shell = build(Settings(args.folder / "config"))
    window = shell.window
    window.show()
    window.resize(*args.size)
    [course] = shell.commands.findChildren(Course)
    while not window.complete:
        turn()
    reader = Reader(shell, course, args.pictures)
    try:
        window.actions_["lessons"].trigger()
        reader.until(lambda: bool(course.lessons or course.problems), "the list")
        yield "", [str(problem) for problem in course.problems] + reader.wrong
        for lesson in course.lessons:
            if not args.lessons or lesson.name in args.lessons.split(","):
                began = time.monotonic()
                wrong = reader.take(lesson)
                sys.stderr.write(f"{lesson.name}: {time.monotonic() - began:.0f} s\n")
                yield lesson.name, wrong
        shell.state.dirty = False
        window.close()
    finally:
        assert shell.close()


def turn() -> None:
    from PySide6.QtWidgets import QApplication

    QApplication.processEvents()
    time.sleep(0.002)


if __name__ == "__main__":
    main()
