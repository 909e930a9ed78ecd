"""Where the panels are: what is on show, where it was the last time, and room for what needs the whole window."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QChildEvent, QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QScrollArea, QTabBar, QToolBar, QWidget

from vitprune_gui.actions import Actions, Verb
from vitprune_gui.settings import LAYOUT_VERSION, Settings
from vitprune_gui.translation import noop, tr

_AREA = Qt.DockWidgetArea
_START_SIZE = QSize(1440, 900)
LEAST_OF_PANEL = QSize(230, 140)
LEAST_OF_PAGE = QSize(300, 240)

# Name, title, area: those of one area stand one above the other.
_DOCKS = (
    ("models", noop("Models"), _AREA.LeftDockWidgetArea),
    ("architecture", noop("Architecture"), _AREA.LeftDockWidgetArea),
    ("inspector", noop("Inspector"), _AREA.RightDockWidgetArea),
    ("plan", noop("Plan"), _AREA.RightDockWidgetArea),
    ("activity", noop("Activity"), _AREA.BottomDockWidgetArea),
    ("log", noop("Log"), _AREA.BottomDockWidgetArea),
    ("lessons", noop("Lessons"), _AREA.LeftDockWidgetArea),
)


class Room(QScrollArea):
    """Scrolls a view where there is less room than it needs, so that no view alone decides how small the window can
    be. Where there is enough, the view fills it."""

    def __init__(self, view: QWidget, least: QSize = LEAST_OF_PANEL) -> None:
        super().__init__()
        self._view = view
        self._least = least
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(view)
        view.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)

    def minimumSizeHint(self) -> QSize:
        return self._view.minimumSizeHint().boundedTo(self._least)

    def sizeHint(self) -> QSize:
        return self._view.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._view and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """The scroll area's own way gives what breaks its lines the height that it would like, not that it needs."""
        needed, layout = self._view.minimumSizeHint(), self._view.layout()
        room = self.viewport().size()
        width = max(room.width(), needed.width())
        if layout is not None and layout.hasHeightForWidth():
            needed.setHeight(layout.totalMinimumHeightForWidth(width))
        self._view.resize(width, max(room.height(), needed.height()))


class Panels(QObject):
    """The docks of the window. What has the window to itself asks with `clear`, and says with `fill` that it is
    through; what is kept for the next start is the layout without that."""

    def __init__(self, window: QMainWindow, settings: Settings, actions: Actions) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._alone: set[str] = set()  # what has the window to itself
        self._before = QByteArray()  # the layout without that
        self.locked = settings.locked
        window.setDockNestingEnabled(True)
        window.setAnimated(False)  # an animation that is cut short leaves a tab bar behind
        self._tidying = QTimer(self)
        self._tidying.setSingleShot(True)
        self._tidying.setInterval(0)
        self._tidying.timeout.connect(self._tidy)
        window.installEventFilter(self)
        self.docks: dict[str, QDockWidget] = {}
        for name, title, area in _DOCKS:
            dock = self.docks[name] = QDockWidget(tr(title), window)
            dock.setObjectName(f"dock_{name}")  # or the layout cannot be restored
            window.addDockWidget(area, dock)
            dock.toggleViewAction().toggled.connect(actions.refresh)
        for verb in self._verbs():
            actions.add(verb)

    def put(self, name: str, view: QWidget) -> None:
        """Show a view in the dock of that name."""
        self.docks[name].setWidget(Room(view))

    def clear(self, reason: str) -> None:
        if not self._alone:
            self._before = self._window.saveState(LAYOUT_VERSION)
            for dock in self.docks.values():
                dock.hide()
        self._alone.add(reason)

    def fill(self, reason: str) -> None:
        if self._alone == {reason}:
            self._window.restoreState(self._before, LAYOUT_VERSION)
        self._alone.discard(reason)

    def cleared_for(self, reason: str) -> bool:
        return reason in self._alone

    def restore(self) -> None:
        """As it was when the window was last closed, as far as that is on a screen."""
        self._arrange()
        self._window.resize(self._bounded(_START_SIZE))
        geometry, layout = self._settings.geometry(), self._settings.layout()
        if not geometry.isEmpty():
            self._window.restoreGeometry(geometry)
        if not layout.isEmpty():
            self._window.restoreState(layout, LAYOUT_VERSION)
        self._lock()
        self.bring_in()

    def bring_in(self) -> None:
        """Nothing may be where nobody can reach it. How wide frames are is known once the window is shown."""
        for part in (self._window, *self.docks.values()):
            if part.isWindow():
                _bring_in(part)

    def keep(self) -> None:
        layout = self._before if self._alone else self._window.saveState(LAYOUT_VERSION)
        self._settings.keep_window(self._window.saveGeometry(), layout)

    def reset(self) -> None:
        """Every panel where it was at first, also for when the window is shared again."""
        self._window.resize(self._bounded(_START_SIZE))
        alone, self._alone = self._alone, set()
        self._arrange()
        alone.discard("focus")
        for reason in alone:
            self.clear(reason)

    def _bounded(self, size: QSize) -> QSize:
        return size.boundedTo(self._window.screen().availableSize())

    def _arrange(self) -> None:
        window, docks = self._window, self.docks
        for dock in docks.values():
            window.removeDockWidget(dock)  # added again as they are, they leave their old tab bar behind
        for name, _, area in _DOCKS:
            docks[name].setFloating(False)
            window.addDockWidget(area, docks[name])
            docks[name].show()
        for bar in window.findChildren(QToolBar):
            window.addToolBar(bar)
            bar.show()
        window.tabifyDockWidget(docks["activity"], docks["log"])
        window.tabifyDockWidget(docks["models"], docks["lessons"])
        docks["activity"].raise_()
        docks["models"].raise_()
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, _AREA.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, _AREA.RightDockWidgetArea),
        ):
            window.setCorner(corner, area)
        window.resizeDocks([docks["models"], docks["inspector"]], [410, 316], Qt.Orientation.Horizontal)
        window.resizeDocks([docks["models"], docks["architecture"]], [390, 470], Qt.Orientation.Vertical)
        window.resizeDocks([docks["inspector"], docks["plan"]], [440, 400], Qt.Orientation.Vertical)
        window.resizeDocks([docks["activity"]], [120], Qt.Orientation.Vertical)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QChildEvent) and event.added() and event.child().isWidgetType():
            self._tidying.start()  # it is not made yet
        return False

    @Slot()
    def _tidy(self) -> None:
        """Where several panels lie behind each other, Qt makes another tab bar at every change of the layout, and
        leaves the one before where it was. The latest is the one that it moves and reads."""
        named: set[str] = set()
        for bar in reversed(self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)):
            titles = {bar.tabText(number) for number in range(bar.count())}
            if titles & named:
                bar.hide()
            named |= titles

    # What people can do

    def _verbs(self) -> tuple[Verb, ...]:
        return (
            *(self._dock_verb(number, name) for number, name in enumerate(self.docks, 1)),
            Verb("focus_mode", tr("&Focus mode"), tr("Hide every panel, or bring them back"), self._toggle_focus,
                 shortcut="Ctrl+Shift+F", menu="View", group=30, checked=lambda: self.cleared_for("focus"),
                 words=tr("zen distraction hide panels docks maximise", "words to find it by")),
            Verb("lock_layout", tr("&Lock layout"), tr("Panels can be neither moved nor closed by their title"),
                 self._toggle_lock, menu="View", group=30, checked=lambda: self.locked,
                 words=tr("panels docks fix pin", "words to find it by")),
            Verb("reset_layout", tr("&Reset layout"), tr("Put every panel back where it was"), self.reset,
                 menu="View", group=30, words=tr("panels docks default restore window", "words to find it by")),
        )  # fmt: skip

    def _dock_verb(self, number: int, name: str) -> Verb:
        dock = self.docks[name]
        return Verb(
            f"panel_{name}",
            dock.windowTitle(),
            tr("Show, raise or hide the panel {name}", name=dock.windowTitle()),
            lambda: self._toggle(dock),
            self._not_togglable,
            f"Alt+{number}",
            menu="View/Panels",
            checked=lambda: not dock.isHidden(),
            words=tr("show hide dock pane", "words to find it by"),
        )

    def _not_togglable(self) -> str:
        return tr("Saved sessions have the window to themselves.") if self.cleared_for("library") else ""

    def _toggle(self, dock: QDockWidget) -> None:
        """One that is behind another comes to the front first."""
        if not dock.isHidden() and not dock.visibleRegion().isEmpty():
            dock.hide()
            return
        dock.show()
        dock.raise_()
        view = dock.widget()
        if view is not None:
            view.setFocus()

    def _toggle_focus(self) -> None:
        if self.cleared_for("focus"):
            self.fill("focus")
        else:
            self.clear("focus")

    def _toggle_lock(self) -> None:
        self.locked = self._settings.locked = not self.locked
        self._lock()

    def _lock(self) -> None:
        feature = QDockWidget.DockWidgetFeature
        free = feature.DockWidgetClosable | feature.DockWidgetMovable | feature.DockWidgetFloatable
        for dock in self.docks.values():
            dock.setFeatures(feature.NoDockWidgetFeatures if self.locked else free)
        for bar in self._window.findChildren(QToolBar):
            bar.setMovable(not self.locked)


def _bring_in(window: QWidget) -> None:
    """Onto a screen, whole, with its frame: the screen that it was on may be gone, or larger than what there is now."""
    if window.windowState() & (Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen):
        return
    screen = QGuiApplication.screenAt(window.geometry().center()) or QGuiApplication.primaryScreen()
    area, frame = screen.availableGeometry(), window.frameGeometry()
    if not area.contains(frame):
        window.resize(window.size().boundedTo(area.size() - frame.size() + window.size()))
        frame = window.frameGeometry()
        left = max(area.left(), min(frame.left(), area.right() + 1 - frame.width()))
        window.move(left, max(area.top(), min(frame.top(), area.bottom() + 1 - frame.height())))
