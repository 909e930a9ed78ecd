"""The menu bar and the toolbar, filled from the registry of actions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSize, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QToolButton, QWidget

from vitprune_gui.actions import Actions, Verb, plain
from vitprune_gui.translation import noop, tr

# What a verb's `menu` can be. The number of a submenu is its group in the menu that it is in.
_MENUS = {
    "File": noop("&File"),
    "Edit": noop("&Edit"),
    "Model": noop("&Model"),
    "Plan": noop("&Plan"),
    "View": noop("&View"),
    "Run": noop("&Run"),
    "Learn": noop("&Learn"),
    "Help": noop("&Help"),
}
_SUBMENUS = {
    "File/Recent": (noop("Open &recent"), 20),
    "View/Go": (noop("&Go to"), 20),
    "View/Panels": (noop("&Panels"), 20),
    "View/Theme": (noop("&Theme"), 40),
}
MENUS = (*_MENUS, *_SUBMENUS)


def title_of(menu: str) -> str:
    """What a menu is called, without its mnemonic."""
    return plain(tr(_MENUS[menu] if menu in _MENUS else _SUBMENUS[menu][0]))


class Menus(QObject):
    """Follows the registry: what is added later finds its place. A menu with nothing in it is not there."""

    def __init__(self, window: QMainWindow, actions: Actions, open_recent: Callable[[str], object]) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._open_recent = open_recent
        self._recent: list[QAction] = []
        self._lines: dict[QWidget, list[QAction]] = {}
        self.menus = {path: window.menuBar().addMenu(tr(title)) for path, title in _MENUS.items()}
        self.menus |= {path: QMenu(tr(title), self.menus[path.split("/")[0]]) for path, (title, _) in _SUBMENUS.items()}
        for menu in self.menus.values():
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(actions.refresh)
        self.switch = QToolButton()
        """Beside the menus, for the one action that leads elsewhere and back."""
        self.switch.setAutoRaise(True)
        self.switch.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        window.menuBar().setCornerWidget(self.switch)
        self.toolbar = window.addToolBar(tr("Toolbar"))
        self.toolbar.setObjectName("toolbar")
        self.toolbar.setIconSize(QSize(20, 20))
        self.toolbar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        actions.add(Verb("panel_toolbar", tr("&Toolbar"), tr("Show or hide the toolbar"), self._toggle_toolbar,
                         menu="View/Panels", group=90, checked=lambda: not self.toolbar.isHidden()))  # fmt: skip
        window.addActions(list(actions))  # or the keys of those in no menu do nothing
        for path in reversed(self.menus):  # submenus first: an empty one is left out
            self._fill(path)
        self._fill_toolbar()
        actions.added.connect(self._add)

    def show_recent(self, sources: tuple[str, ...]) -> None:
        for action in self._recent:
            action.deleteLater()
        self._recent = []
        for source in sources:
            action = QAction(source.replace("&", "&&"), self)
            action.setData(source)
            action.triggered.connect(self._on_recent)
            self._recent.append(action)
        self._fill("File/Recent")
        self.menus["File/Recent"].setEnabled(bool(sources))

    def switch_to(self, name: str) -> None:
        for action in self.switch.actions():
            self.switch.removeAction(action)  # of several it makes a menu
        self.switch.setDefaultAction(self._actions[name])

    @Slot(object)
    def _add(self, verb: Verb) -> None:
        self._window.addAction(self._actions[verb.name])
        if verb.menu:
            self._fill(verb.menu)
            self._fill(verb.menu.split("/")[0])
        if verb.tool:
            self._fill_toolbar()

    def _fill(self, path: str) -> None:
        menu = self.menus[path]
        placed = [(verb.group, self._actions[verb.name]) for verb in self._actions.verbs if verb.menu == path]
        for below, (_, group) in _SUBMENUS.items():
            if below.startswith(f"{path}/") and not self.menus[below].isEmpty():
                placed.append((group, self.menus[below].menuAction()))
        if path == "File/Recent":
            placed += [(0, action) for action in self._recent]
        self._lay_out(menu, placed)
        menu.menuAction().setVisible(bool(placed))

    def _fill_toolbar(self) -> None:
        tools = [(verb.tool, self._actions[verb.name]) for verb in self._actions.verbs if verb.tool]
        self._lay_out(self.toolbar, tools)

    def _lay_out(self, where: QWidget, placed: list[tuple[int, QAction]]) -> None:
        """The actions of each group, with lines between the groups."""
        # Taken away one by one: `clear` would delete lines behind the back of their Python objects.
        for action in where.actions():
            where.removeAction(action)
        lines = self._lines.setdefault(where, [])
        used = 0
        before: int | None = None
        for group, action in sorted(placed, key=lambda place: place[0]):
            if before not in (None, group):
                if used == len(lines):
                    lines.append(QAction(self))
                    lines[-1].setSeparator(True)
                where.addAction(lines[used])
                used += 1
            where.addAction(action)
            before = group

    def _toggle_toolbar(self) -> None:
        self.toolbar.setVisible(self.toolbar.isHidden())

    @Slot()
    def _on_recent(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._open_recent(action.data())
