"""The Learn tab: which image, which page of those about it, and how deep."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import (
    QHideEvent,
    QIcon,
    QImage,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.actions import Verb
from vitprune_gui.learn.head_page import HeadPage
from vitprune_gui.learn.layers_page import LayersPage
from vitprune_gui.learn.lens_page import LensPage
from vitprune_gui.learn.likeness_page import LikenessPage
from vitprune_gui.learn.neurons_page import NeuronsPage
from vitprune_gui.learn.page import LearnPage, Stack
from vitprune_gui.learn.pairs_page import PairsPage
from vitprune_gui.learn.patches_page import PatchesPage
from vitprune_gui.learn.positions_page import PositionsPage
from vitprune_gui.learn.questions import PREDICTION, SUBJECT, Question
from vitprune_gui.learn.rollout_page import RolloutPage
from vitprune_gui.learn.stream_page import StreamPage
from vitprune_gui.learn.subject import LEVELS
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.beginning import Beginning
from vitprune_gui.views.formatting import percent
from vitprune_gui.views.parts import SPACE, Elided, TickBox

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

PAGES: tuple[type[LearnPage], ...] = (
    PatchesPage,
    PositionsPage,
    HeadPage,
    LayersPage,
    RolloutPage,
    NeuronsPage,
    StreamPage,
    LensPage,
    LikenessPage,
    PairsPage,
)
"""In the order in which they are read."""

_WIDE = 760  # px, from which the list of pages stands beside them
_ICON = 44  # px of a small picture
_NOTCH = 120  # of a wheel
_LEVEL_TIPS = {
    "overview": noop("The idea, in a picture"),
    "component": noop("Its parts, to be clicked"),
    "formula": noop("The formula, with the numbers of what is chosen"),
}


class Strip(QListWidget):
    """Small pictures side by side. The wheel turns them, since there is nothing above or below."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Images"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setGridSize(QSize(_ICON + 8, _ICON + 6))
        self.setFixedHeight(_ICON + 12)
        self.setMinimumWidth(2 * _ICON)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def wheelEvent(self, e: QWheelEvent) -> None:
        bar, turned = self.horizontalScrollBar(), e.angleDelta()
        bar.setValue(bar.value() - (turned.x() or turned.y()) * (_ICON + 8) // _NOTCH)
        e.accept()


class Segment(QToolButton):
    """One of several that exclude each other. A line says which is on: the style's shade of it is hardly seen."""

    _LINE = 3  # px

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setText(text)
        self.setCheckable(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isChecked():
            line = self.rect().adjusted(1, self.height() - self._LINE - 1, -1, -1)
            QPainter(self).fillRect(line, self.palette().color(QPalette.ColorRole.Link))


class LearnView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.learn = learn = commands.learn
        self.open_button = QPushButton(tr("Image…"))
        self.open_button.setToolTip(tr("Look into an image file; one can be dropped here as well"))
        self.open_button.setAccessibleName(tr("Look into an image"))
        self.pruned = TickBox(tr("Pruned model"))
        self.pruned.setToolTip(tr("Look into the model without what the plan removes"))
        self.strip = Strip()
        asked = QVBoxLayout()
        asked.setSpacing(SPACE)
        asked.addWidget(self.open_button)
        asked.addWidget(self.pruned)
        asked.addStretch(1)
        images = QHBoxLayout()
        images.setSpacing(SPACE)
        images.addLayout(asked)
        images.addWidget(self.strip, 1)

        self.said = Elided(selectable=True)
        """What the image is, and what the model takes it for."""
        self.levels: dict[str, QToolButton] = {}
        segments = QHBoxLayout()
        segments.setSpacing(0)
        for number, (level, title) in enumerate(LEVELS.items(), 1):
            button = self.levels[level] = Segment(tr(title))
            button.setToolTip(tr("{tip} ({keys})", tip=tr(_LEVEL_TIPS[level]), keys=number))
            button.clicked.connect(partial(self._choose_level, level))
            segments.addWidget(button)
        self.chooser = QComboBox()
        self.chooser.setAccessibleName(tr("What to look at"))
        self.chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        choices = QHBoxLayout()
        choices.setSpacing(SPACE)
        choices.addWidget(self.chooser)
        choices.addStretch(1)
        choices.addLayout(segments)

        self.list = QListWidget()
        self.list.setAccessibleName(tr("What to look at"))
        self.pages: dict[str, LearnPage] = {}
        self.stack = Stack()
        for number, make in enumerate(PAGES, 1):
            page = self.pages[make.name] = make(learn)
            self.stack.addWidget(page)
            title = tr("{n}  {title}", n=number, title=tr(make.title))
            self.list.addItem(title)
            self.chooser.addItem(title)
        self.list.setCurrentRow(0)
        self.list.setFixedWidth(self.list.sizeHintForColumn(0) + 4 * SPACE)
        beside = QHBoxLayout()
        beside.setSpacing(SPACE)
        beside.addWidget(self.list)
        beside.addWidget(self.stack, 1)
        filled = self._filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(8, 6, 8, 0)
        column.setSpacing(SPACE)
        column.addLayout(images)
        column.addWidget(self.said)
        column.addLayout(choices)
        column.addLayout(beside, 1)

        self.model_button = QPushButton(tr("Open model file…"))
        self.image_button = QPushButton(tr("Choose an image…"))
        self.empty = Beginning(commands, self.image_button, self.model_button)
        self._whole = Stack()
        self._whole.addWidget(self.empty)
        self._whole.addWidget(filled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._whole)

        for button in (self.open_button, self.image_button):
            button.clicked.connect(self._ask_image)
        self.model_button.clicked.connect(self._open_model)
        self.strip.currentRowChanged.connect(self._choose_image)
        self.pruned.toggled.connect(learn.set_pruned)
        self.list.currentRowChanged.connect(self._turn)
        self.chooser.activated.connect(self._turn)
        learn.page_wanted.connect(self.turn_to)
        learn.level_changed.connect(self._show_level)
        learn.strip_changed.connect(self._show_strip)
        learn.image_changed.connect(self._show)
        learn.answered.connect(self._show_answer)
        for signal in (state.model_changed, state.data_changed, state.plan_changed, state.jobs_changed):
            signal.connect(self._show)
        self._show_level(learn.level)
        learn.show_page(self.page.name)
        self._show()

    @property
    def page(self) -> LearnPage:
        """That is on show."""
        page = self.stack.currentWidget()
        assert isinstance(page, LearnPage)
        return page

    def verbs(self) -> tuple[Verb, ...]:
        learn = self.learn
        words = tr("image picture photo student teach explain", "words to find it by")

        def page(number: int, make: type[LearnPage]) -> Verb:
            tip = tr("Show this page of the Learn tab")
            return Verb(f"learn_{make.name}", tr(make.title), tip, partial(self._go_to, make.name),
                        self._without_model, menu="Learn", group=30,
                        words=tr("learn explain inside page", "words to find it by"))  # fmt: skip

        def level(number: int, name: str) -> Verb:
            return Verb(f"learn_{name}", tr(LEVELS[name]), tr(_LEVEL_TIPS[name]), partial(learn.set_level, name),
                        self._not_shown, str(number), menu="Learn", group=50, checked=lambda: learn.level == name,
                        words=tr("learn level depth detail", "words to find it by"))  # fmt: skip

        return (
            Verb("learn_image", tr("Look into an &image…"), tr("Choose an image and see what the model does to it"),
                 self._commands.ask_image, self._without_model, "Ctrl+Alt+I", menu="Learn", group=10, words=words),
            Verb("learn_next_image", tr("&Next image"), tr("Look into the next of the images above"),
                 lambda: learn.turn_image(1), self._without_images, "Alt+PgDown", menu="Learn", group=10, words=words),
            Verb("learn_previous_image", tr("&Previous image"), tr("Look into the image before"),
                 lambda: learn.turn_image(-1), self._without_images, "Alt+PgUp", menu="Learn", group=10, words=words),
            Verb("learn_pruned", tr("Of the pr&uned model"), tr("Look into the model without what the plan removes"),
                 lambda: learn.set_pruned(not learn.pruned), self._without_plan, menu="Learn", group=20,
                 checked=lambda: learn.pruned, words=tr("plan removed compare", "words to find it by")),
            *(page(number, make) for number, make in enumerate(PAGES, 1)),
            *(level(number, name) for number, name in enumerate(LEVELS, 1)),
        )  # fmt: skip

    # What is seen

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.learn.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.learn.watch(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _WIDE
        self.list.setVisible(wide)
        self.chooser.setVisible(not wide)
        for page in self.pages.values():
            page.heading.setVisible(wide)  # else it would stand right below its name

    @Slot()
    def _show(self) -> None:
        """The image and what is said of it, or what there is to do before there is one."""
        state, learn = self._state, self.learn
        self.pruned.setEnabled(bool(state.plan))
        with QSignalBlocker(self.pruned):
            self.pruned.setChecked(learn.pruned)
        if state.model is None or not learn.source:
            self._explain()
            return
        with QSignalBlocker(self.strip):
            sources = [thumb.source for thumb in learn.strip]
            self.strip.setCurrentRow(sources.index(learn.source) if learn.source in sources else -1)
        self._show_said()
        self._whole.setCurrentWidget(self._filled)

    @Slot(object)
    def _show_answer(self, question: Question) -> None:
        if question.name in (SUBJECT, PREDICTION):
            self._show_said()

    def _show_said(self) -> None:
        learn = self.learn
        told = [Path(learn.source).name]
        refused = learn.reason(Question(SUBJECT)) or learn.reason(Question(PREDICTION))
        if refused is not None:
            told = [refused.message]
        elif learn.label:
            told.append(tr("label: {label}", label=learn.label))
        said = learn.prediction
        if said is not None and said.best is not None:
            share = percent(float(said.probabilities[said.best]))
            told.append(tr("the model says: {name}, {share}", name=learn.class_name(said.best), share=share))
        elif said is not None:
            told.append(tr("the model has no head and names no class"))
        self.said.setText("  ·  ".join(told))

    @Slot()
    def _show_strip(self) -> None:
        with QSignalBlocker(self.strip):
            self.strip.clear()
            for thumb in self.learn.strip:
                height, width = thumb.pixels.shape[:2]
                image = QImage(thumb.pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
                scaled = QPixmap.fromImage(image).scaled(
                    _ICON, _ICON, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                )
                item = QListWidgetItem(QIcon(scaled), "")
                name = Path(thumb.source).name
                told = tr("{name} ({label})", name=name, label=thumb.label) if thumb.label else name
                item.setToolTip(told)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, told)
                self.strip.addItem(item)
        self._show()

    @Slot(str)
    def _show_level(self, level: str) -> None:
        for name, button in self.levels.items():
            button.setChecked(name == level)

    def _explain(self) -> None:
        state, opened = self._state, self._state.model is not None
        what = tr(
            "See what happens inside the model, from the image to the answer: patches, positions, attention, neurons, "
            "and what each layer adds."
        )
        if not opened:
            first = tr(
                "Open the sample, a small model with its images: the first is looked into at once. Or open a model of "
                "your own, and drop an image here."
            )
            self.empty.say(tr("A vision transformer from inside"), f"{what} {first}")
        elif state.data is not None and not self.learn.strip:
            self.empty.say(tr("One moment…"), tr("The images are looked at."))
        else:
            first = tr("Drop an image here, or choose one.")
            self.empty.say(tr("Which image?"), f"{what} {first}")
        self.image_button.setVisible(opened)
        self.empty.offer(state, images=state.data is None)
        self.model_button.setVisible(not opened)
        self._whole.setCurrentWidget(self.empty)

    # From the user

    @Slot(str)
    def turn_to(self, name: str) -> None:
        """The page of that name."""
        self._turn(list(self.pages).index(name))

    @Slot(int)
    def _turn(self, row: int) -> None:
        with QSignalBlocker(self.list), QSignalBlocker(self.chooser):
            self.list.setCurrentRow(row)
            self.chooser.setCurrentIndex(row)
        self.stack.setCurrentIndex(row)
        self.learn.show_page(self.page.name)

    def _go_to(self, name: str) -> None:
        self._commands.tab_wanted.emit("learn")
        self.turn_to(name)

    def _choose_level(self, level: str) -> None:
        self.learn.set_level(level)
        self._show_level(level)  # a click on the present one has let it go

    @Slot(int)
    def _choose_image(self, row: int) -> None:
        if 0 <= row < len(self.learn.strip):
            self.learn.choose_image(self.learn.strip[row].source)

    @Slot()
    def _ask_image(self) -> None:
        self._commands.ask_image()

    @Slot()
    def _open_model(self) -> None:
        self._commands.ask_model_file()

    def _without_model(self) -> str:
        return "" if self._state.model else tr("Open a model first.")

    def _not_shown(self) -> str:
        return self._without_model() or ("" if self.isVisible() else tr("Go to the tab Learn first."))

    def _without_images(self) -> str:
        return self._not_shown() or ("" if len(self.learn.strip) > 1 else tr("There is no other image to look into."))

    def _without_plan(self) -> str:
        return self._without_model() or ("" if self._state.plan else tr("Nothing is to be removed."))
