"""The panel of the lessons: the list of them, and the present step of the one that is taken."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QDoubleValidator, QKeyEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.learn.course import Course
from vitprune_gui.learn.lessons import Lesson, plain, rich
from vitprune_gui.tour import Guess, Prediction
from vitprune_gui.translation import tr
from vitprune_gui.views.parts import SPACE, Elided, bold, clear, wrapped

_DONE = "\N{CHECK MARK}"
_THIN = 6  # px of the bar


def _flowing() -> QLabel:
    """Text of a lesson, which breaks its lines."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setWordWrap(True)  # after the policy, which forgets that the height goes by the width
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


class LessonPanel(QWidget):
    """`opened` asks for a file of one's own, `printed` for the worksheet of the chosen lesson."""

    opened = Signal()
    printed = Signal()

    def __init__(self, course: Course, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._course = course
        self.list = LessonList(course)
        self.taken = LessonSteps(course)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.taken)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.list.open_button.clicked.connect(self.opened)
        for button in (self.list.worksheet_button, self.taken.worksheet_button):
            button.clicked.connect(self.printed)
        course.changed.connect(self._turn)
        self._turn()

    @property
    def chosen(self) -> Lesson | None:
        """The lesson that is taken, or else the one chosen in the list."""
        return self._course.lesson or self.list.chosen

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._course.look()

    @Slot()
    def _turn(self) -> None:
        self._stack.setCurrentWidget(self.list if self._course.tour is None else self.taken)


class LessonList(QWidget):
    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course = course
        self.told = wrapped()
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Lessons"))
        self.list.setWordWrap(True)
        self.summary = wrapped()
        self.start_button, self.again_button = QPushButton(tr("Start")), QPushButton(tr("From the start"))
        self.open_button, self.worksheet_button = QPushButton(tr("Open lesson…")), QPushButton(tr("Worksheet…"))
        self.open_button.setToolTip(tr("Take a lesson of your own, a Markdown file"))
        self.again_button.setToolTip(tr("Take the lesson from its first step"))
        self.worksheet_button.setToolTip(tr("Write the questions of the lesson on pages to print, with a key"))
        begin, more = QHBoxLayout(), QHBoxLayout()
        for row, buttons in ((begin, (self.start_button, self.again_button)),
                             (more, (self.worksheet_button, self.open_button))):  # fmt: skip
            row.setSpacing(SPACE)
            for button in buttons:
                row.addWidget(button, 1)
        self.wrong = bold(wrapped())
        self.problems = QListWidget()
        self.problems.setAccessibleName(tr("Mistakes in lessons of your own"))
        self.problems.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(SPACE)
        column.addWidget(self.told)
        column.addWidget(self.list, 3)
        column.addWidget(self.summary)
        column.addLayout(begin)
        column.addLayout(more)
        column.addWidget(self.wrong)
        column.addWidget(self.problems, 1)
        self.list.currentRowChanged.connect(self._show_summary)
        self.list.itemActivated.connect(self._start)
        self.start_button.clicked.connect(self._start)
        self.again_button.clicked.connect(self._start_again)
        course.listed.connect(self._fill)
        course.moved.connect(self._fill)
        self._fill()

    @property
    def chosen(self) -> Lesson | None:
        row = self.list.currentRow()
        return self._course.lessons[row] if 0 <= row < len(self._course.lessons) else None

    @Slot()
    def _fill(self) -> None:
        course, chosen = self._course, self.chosen
        next_ = chosen if chosen in course.lessons else course.next
        with QSignalBlocker(self.list):
            self.list.clear()
            for number, lesson in enumerate(course.lessons, 1):
                known = course.progress(lesson)
                told = [tr("%n minute(s)", "", lesson.minutes)]
                if known.done:
                    told.insert(0, tr("{tick} done", tick=_DONE))
                elif known.title:
                    at, count = known.place(lesson) + 1, len(lesson.steps)
                    told.insert(0, tr("step {number} of {count}", number=at, count=count))
                if lesson.name in course.own:
                    told.append(tr("your own"))
                title = tr("{n}  {title}", n=number, title=lesson.title)
                item = QListWidgetItem(f"{title}\n{'  ·  '.join(told)}")
                item.setToolTip(plain(lesson.summary))
                self.list.addItem(item)
                if lesson is next_:
                    self.list.setCurrentItem(item)
        count = len(course.lessons)
        self.told.setText(
            tr("{done} of %n lesson(s) done", "", count, done=course.done) if count else tr("The lessons are read…")
        )
        self.problems.clear()
        self.problems.addItems([str(problem) for problem in course.problems])
        self.wrong.setText(tr("%n mistake(s) in lessons of your own:", "", len(course.problems)))
        for part in (self.wrong, self.problems):
            part.setVisible(bool(course.problems))
        self._show_summary()

    @Slot()
    def _show_summary(self) -> None:
        lesson = self.chosen
        self.summary.setText(plain(self._course.text(lesson.summary)) if lesson else "")
        known = self._course.progress(lesson) if lesson is not None else None
        begun = known is not None and bool(known.title) and not known.done
        self.start_button.setText(tr("Go on") if begun else tr("Start"))
        self.again_button.setEnabled(begun)
        for button in (self.start_button, self.worksheet_button):
            button.setEnabled(lesson is not None)

    @Slot()
    def _start(self) -> None:
        if self.chosen is not None:
            self._course.start(self.chosen)

    @Slot()
    def _start_again(self) -> None:
        if self.chosen is not None:
            self._course.start(self.chosen, again=True)


class Question(QWidget):
    """Asks for a prediction, and keeps what was said on show."""

    answered = Signal(object)
    """A Guess."""

    def __init__(self) -> None:
        super().__init__()
        self.text = bold(_flowing())
        self.number = QLineEdit()
        self.number.setAccessibleName(tr("Your prediction, a number"))
        self.number.setPlaceholderText(tr("a number"))
        self._valid = QDoubleValidator(self)
        self._valid.setLocale(QLocale.c())
        self.number.setValidator(self._valid)
        self.say = QPushButton(tr("That is my prediction"))
        self.choices: list[QAbstractButton] = []
        self._group = QButtonGroup(self)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.text)
        column.addLayout(self._rows)
        column.addWidget(self.number)
        column.addWidget(self.say)
        self.number.textEdited.connect(self._check)
        self.number.returnPressed.connect(self._say)
        self.say.clicked.connect(self._say)

    def ask(self, prediction: Prediction, filled: Callable[[str], str]) -> None:
        """Anew, with nothing chosen. `filled` puts figures into a text."""
        for button in self.choices:
            self._group.removeButton(button)
        clear(self._rows)
        self.choices = []
        self.text.setText(rich(filled(prediction.question)))
        for text, _ in prediction.choices:
            row, button = self._choice(plain(filled(text)), several=prediction.several)
            self.choices.append(button)
            self._rows.addWidget(row)
        self.number.setVisible(not prediction.choices)
        self.number.clear()
        self._check()

    def _choice(self, text: str, *, several: bool) -> tuple[QWidget, QAbstractButton]:
        """A button does not break its text: a label beside it does."""
        row = QWidget()
        button = QCheckBox() if several else QRadioButton()
        button.setAccessibleName(text)
        if not several:
            self._group.addButton(button)
        button.toggled.connect(self._check)
        label = _Clicking(text, button)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(label, 1)
        return row, button

    def show_asking(self, asking: bool) -> None:
        for part in (self.number, *self.choices):
            part.setEnabled(asking)
        self.say.setVisible(asking)

    @property
    def guess(self) -> Guess | None:
        """What is chosen or typed so far; None where that is nothing."""
        if not self.choices:
            text = self.number.text()
            number, read = QLocale.c().toDouble(text.replace(",", ""))
            return number if read else None
        taken = frozenset(place for place, button in enumerate(self.choices) if button.isChecked())
        return taken or None

    @Slot()
    def _check(self) -> None:
        self.say.setEnabled(self.guess is not None)

    @Slot()
    def _say(self) -> None:
        guess = self.guess
        if guess is not None:
            self.answered.emit(guess)


class _Clicking(QLabel):
    def __init__(self, text: str, button: QAbstractButton) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setWordWrap(True)
        self._button = button

    def mouseReleaseEvent(self, ev: object) -> None:
        if self._button.isEnabled():
            self._button.click()


class LessonSteps(QWidget):
    """One step of a lesson: its text, what it asks, what there is to do, and what it reveals then."""

    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course = course
        self._shown: object = None  # the step that is on show
        self.title = bold(Elided())
        self.count = QLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(_THIN)
        self.bar.setAccessibleName(tr("How far the lesson is"))
        self.heading = bold(wrapped(), larger=2)
        self.text = _flowing()
        self.question = Question()
        self.task = Box()
        self.show_button = QPushButton(tr("Show me"))
        self.show_button.setToolTip(tr("Go to where it is to be done"))
        self.task.add(self.show_button)
        self.reveal = Box()
        self.list_button, self.back_button, self.next_button = (
            QPushButton(tr("All lessons")),
            QPushButton(tr("Back")),
            QPushButton(),
        )
        self.list_button.setToolTip(tr("Leave the lesson; it goes on here the next time"))
        self.again_button, self.worksheet_button = QPushButton(tr("From the start")), QPushButton(tr("Worksheet…"))
        self.again_button.setToolTip(tr("Take the lesson from its first step"))
        self.worksheet_button.setToolTip(tr("Write the questions of the lesson on pages to print, with a key"))

        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, SPACE, 0)
        inside.setSpacing(SPACE)
        for widget in (self.heading, self.text, self.question, self.task, self.reveal):
            inside.addWidget(widget)
        inside.addStretch(1)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(content)
        self.area.setAccessibleName(tr("Step of the lesson"))
        content.setAutoFillBackground(False)
        self.area.viewport().setAutoFillBackground(False)
        head, foot, more = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.count)
        for row, buttons in ((foot, (self.list_button, self.back_button, self.next_button)),
                             (more, (self.again_button, self.worksheet_button))):  # fmt: skip
            row.setSpacing(SPACE)
            for button in buttons:
                row.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addWidget(self.area, 1)
        column.addLayout(foot)
        column.addLayout(more)
        self.question.answered.connect(course.predict)
        self.show_button.clicked.connect(course.show_again)
        self.list_button.clicked.connect(course.leave)
        self.back_button.clicked.connect(course.go_back)
        self.next_button.clicked.connect(course.go_on)
        self.again_button.clicked.connect(self._start_again)
        course.changed.connect(self._show)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Right:
                self._course.go_on()
            case Qt.Key.Key_Left:
                self._course.go_back()
            case _:
                super().keyPressEvent(event)

    @Slot()
    def _start_again(self) -> None:
        if self._course.lesson is not None:
            self._course.start(self._course.lesson, again=True)

    @Slot()
    def _show(self) -> None:
        course, tour, step, lesson = self._course, self._course.tour, self._course.step, self._course.lesson
        if tour is None or step is None or lesson is None:
            self._shown = None
            return
        place = tour, tour.place
        another = self._shown != place
        self._shown = place
        self.title.setText(lesson.title)
        self.count.setText(tr("{number} of {count}", number=tour.place + 1, count=len(tour)))
        self.bar.setRange(0, len(tour))
        self.bar.setValue(tour.place + 1)
        self.heading.setText(step.title)
        self.text.setText(rich(course.text(step.text)))
        self.question.setVisible(step.prediction is not None)
        if step.prediction is not None:
            if another or (tour.asking and not self.question.say.isVisible()):
                self.question.ask(step.prediction, course.text)
            self.question.show_asking(tour.asking)
        self._show_task()
        self.reveal.setVisible(tour.revealed and bool(step.reveal))
        if tour.revealed and step.reveal:
            self.reveal.say(self._verdict(), rich(course.text(step.reveal)))
        self.back_button.setEnabled(tour.place > 0)
        last = tour.place == len(tour) - 1
        text = tr("Done") if last else tr("Next") if tour.revealed else tr("Skip", "a step of the tour")
        self.next_button.setText(text)
        self.next_button.setDefault(tour.revealed)
        if another:
            self.area.verticalScrollBar().setValue(0)
            self.setAccessibleDescription(plain(step.text))

    def _show_task(self) -> None:
        tour, step = self._course.tour, self._course.step
        assert tour is not None
        assert step is not None
        self.task.setVisible(bool(step.until) and not tour.asking)
        self.show_button.setVisible(tour.waiting)
        asked = plain(step.do) or tr("It goes on once you have done it.")
        heading = tr("Your turn") if tour.waiting else tr("{tick} Done", tick=_DONE)
        self.task.say(heading, rich(self._course.text(asked)))

    def _verdict(self) -> str:
        """What the reader's prediction was worth."""
        course, step = self._course, self._course.step
        if step is None or step.prediction is None:
            return tr("What you see")
        verdict = course.verdict
        if verdict is None:
            return tr("It is not measured yet.")
        if verdict:
            return tr("{tick} You were right.", tick=_DONE)
        if step.prediction.choices:
            right = [plain(course.text(text)) for text, so in step.prediction.choices if so]
            return tr("Not quite. Right is: {choices}", choices="; ".join(right))
        number = course.number(step.prediction)
        return tr("Not quite. It is {number}.", number=f"{number:.6g}")


class Box(QFrame):
    """A heading and text, set apart."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.heading, self.text = bold(wrapped()), _flowing()
        for label in (self.heading, self.text):
            label.setForegroundRole(QPalette.ColorRole.Text)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 8, 10, 8)
        self._column.setSpacing(4)
        self._column.addWidget(self.heading)
        self._column.addWidget(self.text)

    def add(self, button: QPushButton) -> None:
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def say(self, heading: str, text: str) -> None:
        self.heading.setText(heading)
        self.text.setText(text)
