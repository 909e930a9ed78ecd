"""A tour on the window: what it points at stays clear, the rest is dimmed, and a bubble says what there is to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.tour import Step, Tour
from vitprune_gui.translation import tr
from vitprune_gui.views.main_window import MainWindow
from vitprune_gui.views.tabs import Pages

if TYPE_CHECKING:
    from vitprune_gui.learn.view import LearnView

_GAP = 12
_WIDTH = 340
_FOLLOW_MS = 150
_KEYS = Qt.Key


def find(window: MainWindow, target: str) -> tuple[QWidget, QRect] | None:
    """The widget that a target names, and the part of it that is meant, in its own coordinates; None where there is
    none. A target is

    "action:NAME"   the button of an action in the toolbar; its menu, where the toolbar has no room
    "menu:NAME"     a menu of the menu bar
    "tab:NAME"      the head of a tab
    "view:NAME"     what is in a dock or tab
    "VIEW.NAME"     a widget of a view: its attribute, or the object name of a child
    "page:NAME"     a page of the Learn tab; "page:NAME.PART" a widget of it, once there is something to show
    "level:NAME"    the button of a level there
    """
    kind, _, name = target.partition(":")
    match kind:
        case "action":
            action = window.actions_[name]
            for bar in window.findChildren(QToolBar):
                button = bar.widgetForAction(action)
                if button is not None and button.isVisible():
                    return button, button.rect()
            return _menu(window, next(verb.menu for verb in window.actions_.verbs if verb.name == name))
        case "menu":
            return _menu(window, name)
        case "tab":
            bar = window.tabs.tabBar()
            return bar, bar.tabRect(window.tabs.names.index(name))
        case "view":
            return _whole(window.view(name))
        case "page":
            page, _, part = name.partition(".")
            found = _learn(window).pages[page]
            return _part(found, part) if part else _whole(found)
        case "level":
            return _whole(_learn(window).levels[name])
    view_name, _, part = target.partition(".")
    return _part(window.view(view_name), part) if part else None


def _learn(window: MainWindow) -> LearnView:
    return cast("LearnView", window.view("learn"))


def _whole(widget: QWidget) -> tuple[QWidget, QRect]:
    return widget, widget.rect()


def _part(of: QWidget, name: str) -> tuple[QWidget, QRect] | None:
    widget = getattr(of, name, None) or of.findChild(QWidget, name)
    return _whole(widget) if isinstance(widget, QWidget) else None


def stage(window: MainWindow, step: Step) -> None:
    """Turn to what a step is about."""
    if step.tab:
        window.tabs.turn_to(step.tab)
        window.stack.setCurrentWidget(window.tabs)
    if step.page:
        _learn(window).turn_to(step.page)
    if step.level:
        _learn(window).learn.set_level(step.level)
    if step.site:
        _learn(window).learn.choose_site(step.site)
    found = find(window, step.target) if step.target else None
    if found is not None:
        _reveal(found[0])
        scroll_to(found[0])


def _menu(window: MainWindow, path: str) -> tuple[QWidget, QRect]:
    menu = window.menus.menus[path.split("/")[0]]
    return window.menuBar(), window.menuBar().actionGeometry(menu.menuAction())


class Spotlight(QWidget):
    """Lies over the whole window and lets every click through. What a step points at has a frame, wherever it goes."""

    def __init__(self, window: MainWindow, tour: Tour, *, dimmed: bool = False) -> None:
        """`dimmed`: all else is darker."""
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._window = window
        self._tour = tour
        self._dimmed = dimmed
        self._hole = QRect()
        self._near = False  # what the step points at was scrolled to; people may scroll it away again
        self._timer = QTimer(self)  # docks move, and views are built, without telling
        self._timer.setInterval(_FOLLOW_MS)
        self._timer.timeout.connect(self._follow)
        window.installEventFilter(self)
        tour.entered.connect(self._stage)
        tour.changed.connect(self._show_step)
        tour.ended.connect(self._end)

    @property
    def hole(self) -> QRect:
        """Where the target is, in the window; empty where none is to be seen."""
        return self._hole

    @Slot()
    def _stage(self) -> None:
        if self._tour.step is not None:
            stage(self._window, self._tour.step)
            self._hole = QRect()
            self._near = False

    @Slot()
    def _show_step(self) -> None:
        if self._tour.step is not None:
            self.show()
            self._follow()
            self._timer.start()

    @Slot()
    def _follow(self) -> None:
        """Where the target is now."""
        step = self._tour.step
        found = find(self._window, step.target) if step is not None and step.target else None
        hole = QRect()
        if found is not None and found[0].isVisible() and found[0].window() is self._window:
            if not self._near:
                self._near = True
                scroll_to(found[0])
            hole = seen_of(*found)
            if not hole.isEmpty():
                hole = hole.adjusted(-4, -4, 4, 4).intersected(self._window.rect())
        self.setGeometry(self._window.rect())
        self.raise_()
        if hole != self._hole:
            self._hole = hole
            self.update()

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        self._window.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._follow()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rest, clear = QPainterPath(), QPainterPath()
        rest.addRect(self.rect())
        clear.addRoundedRect(self._hole, 6, 6)
        if self._dimmed:
            painter.fillPath(rest.subtracted(clear), QColor(0, 0, 0, 70))
        if not self._hole.isEmpty():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2 if self._dimmed else 3))
            painter.drawPath(clear)
        painter.end()


class TourGuide(Spotlight):
    """A tour on the window, with a bubble above all that takes its own clicks. It goes when the tour has ended."""

    def __init__(self, window: MainWindow, tour: Tour) -> None:
        self.bubble = Bubble(window, tour)
        super().__init__(window, tour, dimmed=True)
        self.setObjectName("tour")

    @Slot()
    def _show_step(self) -> None:
        if self._tour.step is not None:
            self.bubble.show_step()
            self.bubble.show()
            super()._show_step()
            self.bubble.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _follow(self) -> None:
        super()._follow()
        self.bubble.place(self._hole)

    @Slot()
    def _end(self) -> None:
        self.bubble.hide()
        self.bubble.deleteLater()
        super()._end()


class Bubble(QFrame):
    def __init__(self, window: QMainWindow, tour: Tour) -> None:
        super().__init__(window)
        self._window, self._tour = window, tour
        self.setObjectName("tour_bubble")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setFrameShadow(QFrame.Shadow.Raised)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(_WIDTH)
        self.title, self.text, self.task = QLabel(), QLabel(), QLabel()
        for label in (self.title, self.text, self.task):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.task.setForegroundRole(QPalette.ColorRole.Link)
        self.count = QLabel()
        self.skip, self.back, self.next = QPushButton(tr("End tour")), QPushButton(tr("Back")), QPushButton()
        self.skip.setToolTip(tr("Leave the tour (Esc)"))
        self.next.setDefault(True)
        self.skip.clicked.connect(tour.stop)
        self.back.clicked.connect(tour.back)
        self.next.clicked.connect(tour.next)
        tour.done.connect(self._show_done)
        buttons = QHBoxLayout()
        buttons.addWidget(self.skip)
        buttons.addWidget(self.count, 1, Qt.AlignmentFlag.AlignHCenter)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        for widget in (self.title, self.text, self.task):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(buttons)
        self.hide()

    def show_step(self) -> None:
        step, tour = self._tour.step, self._tour
        if step is None:
            return
        self.title.setText(tr(step.title))
        self.text.setText(tr(step.text))
        self.task.setText(tr("Your turn: it goes on once you have done it."))
        self.task.setVisible(tour.waiting)
        self.count.setText(tr("{number} of {count}", number=tour.place + 1, count=len(tour)))
        self.back.setEnabled(tour.place > 0)
        last = tour.place == len(tour) - 1
        self.next.setText(tr("Done") if last else tr("Skip", "a step of the tour") if tour.waiting else tr("Next"))
        self.setAccessibleName(self.title.text())
        self.setAccessibleDescription(self.text.text())
        self._fit()

    def _fit(self) -> None:
        self._column.invalidate()  # what was hidden may be seen now
        self.resize(_WIDTH, self._column.totalHeightForWidth(_WIDTH))

    @Slot()
    def _show_done(self) -> None:
        self.task.setText(tr("Well done."))
        self.next.setText(tr("Next"))

    def place(self, hole: QRect) -> None:
        """Beside what it is about, where there is room; else in the middle of what is below."""
        room = self._window.rect().adjusted(_GAP, _GAP, -_GAP, -_GAP)
        self._fit()
        at = _beside(hole, self.size(), room)
        if at != self.pos():
            self.move(at)
        self.raise_()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case _KEYS.Key_Right | _KEYS.Key_Return | _KEYS.Key_Enter:
                self._tour.next()
            case _KEYS.Key_Left:
                self._tour.back()
            case _KEYS.Key_Escape:
                self._tour.stop()
            case _:
                super().keyPressEvent(event)


def _beside(hole: QRect, size: QSize, room: QRect) -> QPoint:
    if not hole.isEmpty():
        along = min(max(hole.top(), room.top()), room.bottom() - size.height())
        across = min(max(hole.left(), room.left()), room.right() - size.width())
        for place in (
            QPoint(hole.right() + _GAP, along),
            QPoint(hole.left() - _GAP - size.width(), along),
            QPoint(across, hole.bottom() + _GAP),
            QPoint(across, hole.top() - _GAP - size.height()),
        ):
            if room.contains(QRect(place, size)):
                return place
    return QPoint(room.center().x() - size.width() // 2, room.bottom() - size.height())


def scroll_to(widget: QWidget) -> None:
    """In whatever scrolls around it, as far as it has room there."""
    place = widget.parentWidget()
    while place is not None:
        if isinstance(place, QScrollArea):
            place.ensureWidgetVisible(widget, 0, _GAP)
        place = place.parentWidget()


def seen_of(widget: QWidget, part: QRect) -> QRect:
    """What is to be seen of a part of a widget, in its window: what scrolls may hide the rest."""
    seen, place = part, widget
    while not place.isWindow() and (parent := place.parentWidget()) is not None:
        seen = seen.translated(place.pos()).intersected(parent.rect())
        place = parent
    return seen


def _reveal(widget: QWidget) -> None:
    """What it is in comes to the front: docks and tabs."""
    place: QWidget | None = widget
    while place is not None:
        if isinstance(place, QDockWidget):
            place.show()
            place.raise_()
        parent = place.parentWidget()
        pages = parent.parentWidget() if parent is not None else None
        if isinstance(pages, Pages) and pages.indexOf(place) >= 0:
            pages.setCurrentIndex(pages.indexOf(place))
        place = parent
