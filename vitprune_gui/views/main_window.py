"""The frame of the application: docks, menus, toolbar, what is dropped on it, and the way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.actions import Actions, Choice, Verb
from vitprune_gui.commands import Commands
from vitprune_gui.library import Library
from vitprune_gui.recovery import Recovery
from vitprune_gui.settings import LAYOUT_VERSION, Settings
from vitprune_gui.state import AppState
from vitprune_gui.views.activity import ActivityPanel
from vitprune_gui.views.error_dialog import ErrorBanner
from vitprune_gui.views.library_pages import LibraryPages
from vitprune_gui.views.log import LogPanel, LogRelay
from vitprune_gui.views.recovery_bar import RecoveryBar
from vitprune_gui.views.status import StatusBar
from vitprune_gui.views.tabs import CloseTabs
from vitprune_gui.views.welcome import DropOverlay, WelcomePage

_AREA = Qt.DockWidgetArea
_START_SIZE = QSize(1440, 900)
_THEMES = {"system": "Follow the &system", "light": "&Light", "dark": "&Dark"}
_TOOLS = ("use_sample", "open_model_file", "", "open_images", "analyze", "", "open_test_images", "evaluate", "",
          "cancel", "", "undo", "redo", "", "save", "export")  # fmt: skip

# Name, title, area: those of one area stand one above the other.
_DOCKS = (
    ("models", "Models", _AREA.LeftDockWidgetArea),
    ("architecture", "Architecture", _AREA.LeftDockWidgetArea),
    ("inspector", "Inspector", _AREA.RightDockWidgetArea),
    ("plan", "Plan", _AREA.RightDockWidgetArea),
    ("activity", "Activity", _AREA.BottomDockWidgetArea),
    ("log", "Log", _AREA.BottomDockWidgetArea),
)
TABS = {
    "overview": "Overview",
    "maps": "Maps",
    "activations": "Activations",
    "damage": "Damage",
    "evaluation": "Evaluation",
    "search": "Search",
    "frontier": "Frontier",
    "study": "Study",
}


class ViewFactory(Protocol):
    def __call__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> QWidget: ...


class MainWindow(QMainWindow):
    """`views` makes what goes into the docks and tabs of the same names; that happens after the first paint, so that
    there is a window to look at while charts and icons are being imported."""

    painted = Signal()
    """The first frame is on the screen."""
    built = Signal()
    """Every view is there."""
    left = Signal()
    """It closes, after people were asked whatever there was to ask."""

    def __init__(
        self,
        state: AppState,
        commands: Commands,
        settings: Settings,
        views: Mapping[str, ViewFactory],
        *,
        logs: LogRelay,
        log_folder: Path,
        system_info: Callable[[], str],
        set_theme: Callable[[str], object],
        recovery: Recovery,
        library: Library,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("main")
        self.resize(_START_SIZE)
        self.setDockNestingEnabled(True)
        self.setAnimated(False)  # an animation that is cut short leaves a tab bar behind
        self.setAcceptDrops(True)
        self._state = state
        self._commands = commands
        self._settings = settings
        self._library = library
        self._waiting = dict(views)
        self._log_folder = log_folder
        self._system_info = system_info
        self._set_theme = set_theme
        self._first_paint = True
        self._leaving = False
        self._in_close = False

        self.actions_ = Actions(state, commands, self)
        self._add_own_verbs()
        self.banner = ErrorBanner()
        self.recovery = RecoveryBar(recovery)
        self.welcome = WelcomePage(self.actions_, commands, settings)
        self.tabs = QTabWidget()
        self._close_tabs = CloseTabs()  # a widget does not own its style
        self.tabs.tabBar().setStyle(self._close_tabs)
        self.tabs.setDocumentMode(True)
        self._views: dict[str, QWidget] = {}
        self._pages: dict[str, QVBoxLayout] = {}
        for name, title in TABS.items():
            page = QWidget()
            self._pages[name] = QVBoxLayout(page)
            self._pages[name].setContentsMargins(0, 0, 0, 0)
            self.tabs.addTab(page, title)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.tabs)
        self.library = LibraryPages()
        self._pages |= self.library.layouts
        self.stack.addWidget(self.library)
        self._layout_before: QByteArray | None = None  # the library took the room
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.recovery)
        column.addWidget(self.banner)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(centre)

        self.docks = {name: self._dock(name, title, area) for name, title, area in _DOCKS}
        self.docks["activity"].setWidget(ActivityPanel(state, commands))
        self.docks["log"].setWidget(LogPanel(logs))
        self.status = StatusBar(state)
        self.setStatusBar(self.status)
        self._fill_menus()
        self._fill_toolbar()
        self.overlay = DropOverlay(self)
        self._arrange()
        self._restore()

        commands.failed.connect(self.banner.show_error)
        commands.notified.connect(self.status.notify)
        commands.tab_wanted.connect(self._show_tab)
        library.page_wanted.connect(self._show_library)
        library.notified.connect(self.status.notify)
        self.stack.currentChanged.connect(self._make_room)
        self.left.connect(recovery.let_go)
        settings.recent_changed.connect(self._show_recent)
        state.model_changed.connect(self._show_title)
        state.model_changed.connect(self._show_centre)
        state.session_path_changed.connect(self._show_title)
        state.dirty_changed.connect(self.setWindowModified)
        self._show_recent(settings.recent)
        self._show_title()
        self._show_centre()

    @property
    def complete(self) -> bool:
        return not self._waiting and not self._first_paint

    def view(self, name: str) -> QWidget:
        """The view in a dock or tab. Raises KeyError until it is built."""
        return self._views[name]

    # The first frame, then the rest

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._first_paint:
            self._first_paint = False
            QTimer.singleShot(0, self, self._after_first_paint)

    @Slot()
    def _after_first_paint(self) -> None:
        self.painted.emit()
        QTimer.singleShot(0, self, self._build_next)

    @Slot()
    def _build_next(self) -> None:
        """One view for each turn of the event loop: the window answers in between, and one that cannot be built does
        not keep the others away."""
        if not self._waiting:
            self.actions_.load_icons(self.palette())
            self.built.emit()
            return
        QTimer.singleShot(0, self, self._build_next)
        name = next(iter(self._waiting))
        view = self._waiting.pop(name)(self._state, self._commands, None)
        view.setObjectName(name)
        self._views[name] = view
        if name in self.docks:
            self.docks[name].setWidget(view)
        else:
            self._pages[name].addWidget(view)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.complete:
            self.actions_.load_icons(self.palette())

    # Docks, menus, toolbar

    def _dock(self, name: str, title: str, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock_{name}")  # or the layout cannot be restored
        self.addDockWidget(area, dock)
        return dock

    def _arrange(self) -> None:
        docks = self.docks
        for name, _, area in _DOCKS:
            docks[name].setFloating(False)
            self.addDockWidget(area, docks[name])
            docks[name].show()
        self.tabifyDockWidget(docks["activity"], docks["log"])
        docks["activity"].raise_()
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, _AREA.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, _AREA.RightDockWidgetArea),
        ):
            self.setCorner(corner, area)
        self.resizeDocks([docks["models"], docks["inspector"]], [380, 320], Qt.Orientation.Horizontal)
        self.resizeDocks([docks["models"], docks["architecture"]], [390, 470], Qt.Orientation.Vertical)
        self.resizeDocks([docks["inspector"], docks["plan"]], [440, 400], Qt.Orientation.Vertical)
        self.resizeDocks([docks["activity"]], [120], Qt.Orientation.Vertical)

    def _restore(self) -> None:
        geometry, layout = self._settings.geometry(), self._settings.layout()
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        if not layout.isEmpty():
            self.restoreState(layout, LAYOUT_VERSION)

    def _add_own_verbs(self) -> None:
        add = self.actions_.add
        add(Verb("browse_sessions", "&Browse and compare sessions…", "List the sessions of a folder, and compare some",
                 self._library.show, shortcut="Ctrl+B", icon="mdi6.format-list-checks"))  # fmt: skip
        add(Verb("leave_sessions", "← &Back", "Back to what was on show before", self._show_centre))
        add(Verb("quit", "&Quit", "Leave ViTPrune", self.close, shortcut="Ctrl+Q", role=QAction.MenuRole.QuitRole))
        add(Verb("clear_recent", "&Clear", "Forget what was opened", self._settings.clear_recent))
        add(Verb("unsaved_work", "&Unsaved work…", "Show what was kept of earlier windows", self._show_unsaved))
        add(Verb("reset_layout", "&Reset layout", "Put every panel back where it was", self.reset_layout))
        add(Verb("rewrites", "&Free and exact rewrites…", "What makes the model smaller and keeps its logits",
                 self._show_rewrites, self._without_model))  # fmt: skip
        add(Verb("about", "&About ViTPrune", "What this is", self._about, role=QAction.MenuRole.AboutRole))
        add(Verb("system_info", "&System information", "Versions and machine, to copy", self._show_system_info))
        add(Verb("open_logs", "Open &log folder", "Where the log files are", self._open_logs))

    def _fill_menus(self) -> None:
        bar, actions = self.menuBar(), self.actions_
        file = bar.addMenu("&File")
        for name in ("open_model_file", "open_model_folder", "open_images", "open_test_images", "open_session"):
            file.addAction(actions[name])
        self.recent = file.addMenu("Open &recent")
        file.addAction(actions["browse_sessions"])
        self.switch = QToolButton()
        self.switch.setAutoRaise(True)
        self.switch.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.switch.setDefaultAction(actions["browse_sessions"])
        bar.setCornerWidget(self.switch)
        for names in (("save", "save_as", "export"), ("use_sample", "unsaved_work"), ("quit",)):
            file.addSeparator()
            file.addActions([actions[name] for name in names])
        edit = bar.addMenu("&Edit")
        edit.addActions([actions["undo"], actions["redo"], actions["clear_plan"]])
        model = bar.addMenu("&Model")
        model.addAction(actions["rewrites"])
        view = bar.addMenu("&View")
        view.addActions([dock.toggleViewAction() for dock in self.docks.values()])
        view.addSeparator()
        theme = view.addMenu("&Theme")
        self.themes = Choice(_THEMES, self._settings.theme, self._choose_theme, self)
        theme.addActions(self.themes.actions())
        view.addAction(actions["reset_layout"])
        run = bar.addMenu("&Run")
        run.addActions([actions["analyze"], actions["measure_damage"], actions["evaluate"], actions["keep_pictures"]])
        run.addAction(actions["cancel"])
        help_ = bar.addMenu("&Help")
        help_.addActions([actions["system_info"], actions["open_logs"], actions["about"]])
        for menu in (file, edit, model, view, run, help_):
            menu.setToolTipsVisible(True)

    def _fill_toolbar(self) -> None:
        bar = self.addToolBar("Main")
        bar.setObjectName("toolbar")
        bar.setIconSize(QSize(20, 20))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        for name in _TOOLS:
            if name:
                bar.addAction(self.actions_[name])
            else:
                bar.addSeparator()

    @Slot(object)
    def _show_recent(self, sources: tuple[str, ...]) -> None:
        self.recent.clear()
        for source in sources:
            action = self.recent.addAction(source.replace("&", "&&"))
            action.setData(source)
            action.triggered.connect(self._on_recent)
        self.recent.addSeparator()
        self.recent.addAction(self.actions_["clear_recent"])
        self.recent.setEnabled(bool(sources))

    @Slot()
    def _on_recent(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._commands.open_anything(action.data())

    def _choose_theme(self, theme: str) -> None:
        self._settings.theme = theme
        self._set_theme(theme)

    def reset_layout(self) -> None:
        self.resize(_START_SIZE)
        self._layout_before = None
        self._arrange()
        self._make_room()

    # Title and centre

    @Slot()
    def _show_title(self) -> None:
        path, model = self._state.session_path, self._state.model
        name = path.name if path else Path(model.source).name if model else ""
        self.setWindowTitle(f"{name}[*] – ViTPrune" if name else "ViTPrune[*]")

    @Slot(str)
    def _show_tab(self, name: str) -> None:
        self.tabs.setCurrentIndex(list(TABS).index(name))

    @Slot(str)
    def _show_library(self, name: str) -> None:
        self.library.turn_to(name)
        self.stack.setCurrentWidget(self.library)

    @Slot()
    def _make_room(self) -> None:
        """The docks are about the open model: saved sessions have the window to themselves."""
        library = self.stack.currentWidget() is self.library
        if library and self._layout_before is None:
            self._layout_before = self.saveState(LAYOUT_VERSION)
            for dock in self.docks.values():
                dock.hide()
        elif not library and self._layout_before is not None:
            before, self._layout_before = self._layout_before, None
            self.restoreState(before, LAYOUT_VERSION)
        for action in self.switch.actions():
            self.switch.removeAction(action)  # of several it makes a menu
        self.switch.setDefaultAction(self.actions_["leave_sessions" if library else "browse_sessions"])

    @Slot()
    def _show_centre(self) -> None:
        self.stack.setCurrentWidget(self.tabs if self._state.model else self.welcome)

    # Model

    def _without_model(self) -> str:
        return "" if self._state.model else "Open a model first."

    def _show_unsaved(self) -> None:
        self.recovery.setVisible(bool(self.recovery.rows))
        if not self.recovery.rows:
            self.status.notify("Nothing was left unsaved.")

    def _show_rewrites(self) -> None:
        from vitprune_gui.views.rewrites_dialog import RewritesDialog

        dialog = RewritesDialog(self._commands, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # Help

    def _about(self) -> None:
        from vitprune import __version__

        box = QMessageBox(self)
        box.setWindowTitle("About ViTPrune")
        box.setText(f"ViTPrune {__version__}")
        box.setInformativeText(
            "See which layers of a vision transformer are redundant, prune them, and measure what is lost and gained.\n"
            "Apache-2.0 licence. Models come from timm and keep their own licences."
        )
        self._show_box(box)

    def _show_system_info(self) -> None:
        text = self._system_info()
        box = QMessageBox(self)
        box.setWindowTitle("System information")
        box.setText("What a bug report should say:")
        box.setInformativeText(text)
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        copy = box.addButton("Copy", QMessageBox.ButtonRole.ActionRole)
        copy.setObjectName("copy")
        box.addButton(QMessageBox.StandardButton.Close)
        copy.clicked.connect(self._copy_system_info)
        self._show_box(box)

    @Slot()
    def _copy_system_info(self) -> None:
        from PySide6.QtGui import QGuiApplication

        QGuiApplication.clipboard().setText(self._system_info())

    def _show_box(self, box: QMessageBox) -> None:
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _open_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_folder)))

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        source = _dropped(event)
        if source and self.overlay.announce(source, model_open=self._state.model is not None):
            event.acceptProposedAction()
        elif source:
            event.accept()  # keeps the curtain up, which says why not, until the drag leaves

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.overlay.hide()
        source = _dropped(event)
        if source:
            event.acceptProposedAction()
            # Later: a question asked in here would freeze the program that it was dragged from.
            QTimer.singleShot(0, self, lambda: self._commands.open_anything(source))

    # Leaving

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._leaving:
            self._in_close = True
            self._commands.leave(self._leave)
            self._in_close = False
        if not self._leaving:
            event.ignore()
            return
        self._settings.keep_window(self.saveGeometry(), self._layout_before or self.saveState(LAYOUT_VERSION))
        event.accept()

    def _leave(self) -> None:
        self._leaving = True
        self.left.emit()
        if not self._in_close:
            self.close()


def _dropped(event: QDropEvent) -> str:
    """The first local file or folder that is dragged, empty when there is none."""
    return next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")
