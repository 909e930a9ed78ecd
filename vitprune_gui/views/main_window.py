"""The frame of the application: docks, tabs, what is dropped on it, and the way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QStackedWidget, QTreeView, QVBoxLayout, QWidget

from vitprune_gui.actions import Actions, Verb
from vitprune_gui.commands import Commands
from vitprune_gui.library import Library
from vitprune_gui.notices import Notices, percent_of
from vitprune_gui.opening import Opening, dropped
from vitprune_gui.recovery import Recovery
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.activity import ActivityPanel
from vitprune_gui.views.error_dialog import ErrorBanner
from vitprune_gui.views.help import Help
from vitprune_gui.views.layout import LEAST_OF_PAGE, Panels, Room
from vitprune_gui.views.library_pages import LibraryPages
from vitprune_gui.views.log import LogPanel, LogRelay
from vitprune_gui.views.menus import Menus
from vitprune_gui.views.palette import CommandPalette
from vitprune_gui.views.recovery_bar import RecoveryBar
from vitprune_gui.views.status import StatusBar
from vitprune_gui.views.tabs import TABS, Pages, tab_verbs
from vitprune_gui.views.welcome import DropOverlay, WelcomePage

_KEY = QKeySequence.StandardKey
_THEMES = {"system": noop("Follow the &system"), "light": noop("&Light"), "dark": noop("&Dark")}


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
        recovery: Recovery,
        library: Library,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("main")
        self.setAcceptDrops(True)
        self._state = state
        self._commands = commands
        self._settings = settings
        self._library = library
        self._waiting = dict(views)
        self._first_paint = True
        self._leaving = False
        self._in_close = False

        self.actions_ = Actions(state, commands, self)
        self.tabs = Pages(TABS)
        if settings.tab in TABS:
            self.tabs.turn_to(settings.tab)
        self.library = LibraryPages()
        self.stack = QStackedWidget()
        self.panels = Panels(self, settings, self.actions_)
        self.docks = self.panels.docks
        self._help = Help(self, self.actions_, log_folder=log_folder, system_info=system_info)
        for verb in (*self._verbs(), *tab_verbs(self._show_tab, self._without_model), *self._help.verbs()):
            self.actions_.add(verb)
        self.banner = ErrorBanner()
        self.recovery = RecoveryBar(recovery)
        self.welcome = WelcomePage(self.actions_, commands, settings)
        self._start = Room(self.welcome, LEAST_OF_PAGE)
        for page in (self._start, self.tabs, self.library):
            self.stack.addWidget(page)
        self._views: dict[str, QWidget] = {}
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.recovery)
        column.addWidget(self.banner)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(centre)

        self.docks["activity"].setWidget(ActivityPanel(state, commands))
        self.docks["log"].setWidget(LogPanel(logs))
        self.status = StatusBar(state)
        self.setStatusBar(self.status)
        self.menus = Menus(self, self.actions_, commands.open_anything)
        self.recent = self.menus.menus["File/Recent"]
        self.overlay = DropOverlay(self)
        self.palette_ = CommandPalette(self, self.actions_, state, commands, settings)
        self.panels.restore()

        commands.failed.connect(self.banner.show_error)
        commands.notified.connect(self.status.notify)
        commands.tab_wanted.connect(self._show_tab)
        library.page_wanted.connect(self._show_library)
        library.notified.connect(self.status.notify)
        self.stack.currentChanged.connect(self._make_room)
        self.tabs.currentChanged.connect(self._follow_tab)
        self.left.connect(recovery.let_go)
        settings.recent_changed.connect(self._show_recent)
        state.model_changed.connect(self._show_title)
        state.model_changed.connect(self._show_centre)
        state.session_path_changed.connect(self._show_title)
        state.jobs_changed.connect(self._show_title)
        self.notices = Notices(self, state, commands.batch)
        state.dirty_changed.connect(self.setWindowModified)
        self._show_recent(settings.recent)
        self._show_title()
        self._show_centre()
        self._make_room()

    @property
    def complete(self) -> bool:
        return not self._waiting and not self._first_paint

    @property
    def views(self) -> Mapping[str, QWidget]:
        """Those that are built, by name."""
        return self._views

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
        self.panels.bring_in()
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
            self.panels.put(name, view)
        else:
            (self.tabs if name in TABS else self.library).put(name, view)
        for verb in getattr(view, "verbs", tuple)():
            self.actions_.add(verb)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.complete:
            self.actions_.load_icons(self.palette())

    # What people can do with the window itself

    def _verbs(self) -> tuple[Verb, ...]:
        return (
            Verb("browse_sessions", tr("&Browse and compare sessions…"),
                 tr("List the sessions of a folder, and compare some"), self._library.show, shortcut="Ctrl+B",
                 icon="mdi6.format-list-checks", menu="File", group=20,
                 words=tr("saved results table side by side", "words to find it by")),
            Verb("leave_sessions", tr("← &Back"), tr("Back to what was on show before"), self._show_centre,
                 self._not_away, "Alt+Left", words=tr("leave close sessions model", "words to find it by")),
            Verb("clear_recent", tr("&Clear"), tr("Forget what was opened"), self._settings.clear_recent,
                 menu="File/Recent", group=90, words=tr("history forget recent", "words to find it by")),
            Verb("unsaved_work", tr("&Unsaved work…"), tr("Show what was kept of earlier windows"), self._show_unsaved,
                 menu="File", group=60, words=tr("recover restore crash autosave", "words to find it by")),
            Verb("quit", tr("&Quit"), tr("Leave ViTPrune"), self.close, shortcut="Ctrl+Q", menu="File", group=90,
                 role=QAction.MenuRole.QuitRole, words=tr("exit close leave", "words to find it by")),
            Verb("rewrites", tr("&Free and exact rewrites…"), tr("What makes the model smaller and keeps its logits"),
                 self._show_rewrites, self._without_model, menu="Model",
                 words=tr("lossless fold fuse exact smaller", "words to find it by")),
            Verb("export", tr("&Export…"), tr("Write the pruned model into a folder that runs without ViTPrune"),
                 self._show_export, self._without_model, "Ctrl+E", "mdi6.export", menu="File", group=30, tool=6,
                 words=tr("write model weights safetensors onnx torch hugging face hub folder", "words to find it by")),
            Verb("recover", tr("&Recovery training…"),
                 tr("Train what the plan leaves, for some minutes, to say what the whole model says"),
                 self._show_training, self._without_model, menu="Run", group=30,
                 words=tr("distil distillation fine-tune finetune lora heal teach learn", "words to find it by")),
            Verb("queue_analyses", tr("&Queue analyses…"), tr("Analyse several models, one after the other"),
                 self._show_batch, menu="Run", group=60,
                 words=tr("batch overnight many models", "words to find it by")),
            Verb("focus_filter", tr("Fi&nd"), tr("Type what the list in focus is to show"), self._focus_filter,
                 shortcut=_KEY.Find, menu="Edit", group=30, words=tr("filter search list", "words to find it by")),
            Verb("focus_tree", tr("To the ar&chitecture tree"), tr("Put the keyboard into the tree of the model"),
                 self._focus_tree, self._without_model, "Ctrl+L", menu="View/Go", group=60,
                 words=tr("sites layers blocks focus", "words to find it by")),
            Verb("next_tab", tr("&Next tab"), tr("Go to the next tab"), lambda: self._pages_on_show().turn(1),
                 self._without_tabs, ("Ctrl+Tab", "Ctrl+PgDown"), menu="View/Go", group=60),
            Verb("previous_tab", tr("&Previous tab"), tr("Go to the tab before"),
                 lambda: self._pages_on_show().turn(-1), self._without_tabs, ("Ctrl+Shift+Tab", "Ctrl+PgUp"),
                 menu="View/Go", group=60),
            *(Verb(f"theme_{name}", tr(title), tr("Light or dark, for the whole window"),
                   lambda name=name: self._choose_theme(name), menu="View/Theme",
                   checked=lambda name=name: self._settings.theme == name,
                   words=tr("colour appearance mode night day", "words to find it by"))
              for name, title in _THEMES.items()),
            Verb("palette", tr("&Command palette…"), tr("Find anything that can be done by a few letters of its name"),
                 lambda: self.palette_.open(), shortcut="Ctrl+Shift+P", menu="View", group=10,
                 words=tr("search actions everything", "words to find it by")),
            Verb("full_screen", tr("F&ull screen"), tr("Fill the screen, or leave it again"), self._toggle_full_screen,
                 shortcut="F11", menu="View", group=30, checked=self.isFullScreen,
                 words=tr("fullscreen maximise maximize presentation", "words to find it by")),
        )  # fmt: skip

    def _without_model(self) -> str:
        return "" if self._state.model else tr("Open a model first.")

    def _not_away(self) -> str:
        return "" if self._pages_on_show() is self.library else tr("Saved sessions are not on show.")

    def _without_tabs(self) -> str:
        return "" if self._pages_on_show() is self.library else self._without_model()

    def _pages_on_show(self) -> Pages:
        return self.library if self.stack.currentWidget() is self.library else self.tabs

    def _focus_filter(self) -> None:
        """Of the nearest thing around the focus that has one, else of the tree of the model, else of the models."""
        places: list[QWidget] = []
        place = QApplication.focusWidget()
        while place is not None and place is not self:
            places.append(place)
            place = place.parentWidget()
        page = self.stack.currentWidget()
        for around in (*places, *([page] if page else []), self.docks["architecture"], self.docks["models"]):
            # What empties itself by a button is a filter; other fields hold values.
            fields = around.findChildren(QLineEdit)
            found = next((f for f in fields if f.isClearButtonEnabled() and f.isVisible() and f.isEnabled()), None)
            if found is not None:
                found.setFocus(Qt.FocusReason.ShortcutFocusReason)
                found.selectAll()
                return

    def _focus_tree(self) -> None:
        dock = self.docks["architecture"]
        dock.show()
        dock.raise_()
        for tree in dock.findChildren(QTreeView):
            tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _choose_theme(self, theme: str) -> None:
        self._settings.theme = theme

    def reset_layout(self) -> None:
        self.panels.reset()

    @Slot(object)
    def _show_recent(self, sources: tuple[str, ...]) -> None:
        self.menus.show_recent(sources)

    # Title and centre

    @Slot()
    def _show_title(self) -> None:
        path, model = self._state.session_path, self._state.model
        name = path.name if path else Path(model.source).name if model else ""
        title = tr("{name}[*] – ViTPrune", name=name) if name else "ViTPrune[*]"
        percent = percent_of(self._state.jobs)
        self.setWindowTitle(title if percent is None else tr("{percent} % – {title}", percent=percent, title=title))

    def show_start(self) -> None:
        """The page that is there when no model is open."""
        self.stack.setCurrentWidget(self._start)

    @Slot(str)
    def _show_tab(self, name: str) -> None:
        self.tabs.turn_to(name)
        self._show_centre()

    @Slot(str)
    def _show_library(self, name: str) -> None:
        self.library.turn_to(name)
        self.stack.setCurrentWidget(self.library)

    @Slot()
    def _make_room(self) -> None:
        """The docks are about the open model: saved sessions have the window to themselves."""
        library = self._pages_on_show() is self.library
        (self.panels.clear if library else self.panels.fill)("library")
        self.menus.switch_to("leave_sessions" if library else "browse_sessions")
        self.actions_.refresh()

    @Slot()
    def _follow_tab(self) -> None:
        """Some things can be done on one of them alone."""
        self.actions_.refresh()

    @Slot()
    def _show_centre(self) -> None:
        self.stack.setCurrentWidget(self.tabs if self._state.model else self._start)

    # Dialogs

    def _show_unsaved(self) -> None:
        self.recovery.setVisible(bool(self.recovery.rows))
        if not self.recovery.rows:
            self.status.notify(tr("Nothing was left unsaved."))

    def _show_rewrites(self) -> None:
        from vitprune_gui.views.rewrites_dialog import RewritesDialog

        dialog = RewritesDialog(self._commands, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _show_export(self) -> None:
        from vitprune_gui.views.export_wizard import ExportWizard

        dialog = ExportWizard(self._state, self._commands, self._settings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _show_training(self) -> None:
        from vitprune_gui.views.training_dialog import TrainingDialog

        dialog = TrainingDialog(self._state, self._commands, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _show_batch(self) -> None:
        from vitprune_gui.views.batch_dialog import BatchDialog

        dialog = BatchDialog(self._state, self._commands, self._settings, self._commands.dialogs, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        source = dropped(event.mimeData())
        if source and self._announce(source, Opening.by_name(source)):
            event.acceptProposedAction()
            self._commands.scout.look_at(source, partial(self._say_more, source))
        elif source:
            event.accept()  # keeps the curtain up, which says why not, until the drag leaves

    def _announce(self, source: str, opening: Opening | None) -> bool:
        return self.overlay.announce(source, opening, model_open=self._state.model is not None)

    def _say_more(self, source: str, opening: Opening) -> None:
        if self.overlay.isVisible():
            self._announce(source, opening)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.overlay.hide()
        source = dropped(event.mimeData())
        if source:
            event.acceptProposedAction()
            if len(event.mimeData().urls()) > 1:
                self.status.notify(tr("One at a time: only {name} is opened.", name=Path(source).name))
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
        self._settings.tab = self.tabs.name
        self.panels.keep()
        event.accept()

    def _leave(self) -> None:
        self._leaving = True
        self.left.emit()
        if not self._in_close:
            self.close()
