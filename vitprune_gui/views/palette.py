"""The command palette: everything that can be done, found by a few letters, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from vitprune_gui.actions import Actions, plain
from vitprune_gui.commands import Commands
from vitprune_gui.ranking import Entry, Ranking
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.symbols import KIND_TITLES
from vitprune_gui.translation import tr
from vitprune_gui.views.menus import title_of
from vitprune_gui.views.shortcuts import keys_of

Index = QModelIndex | QPersistentModelIndex

_SIZE = QSize(640, 420)
_TOP = 48
_GAP = 8
_ENTRY_ROLE = Qt.ItemDataRole.UserRole
_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(QFrame):
    """Lies over its window while it is used. What was chosen lately comes first."""

    def __init__(
        self, window: QWidget, actions: Actions, state: AppState, commands: Commands, settings: Settings
    ) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._state = state
        self._commands = commands
        self._settings = settings
        self._ranking = Ranking(())
        self._focus: QWidget | None = None  # where it was
        self.setFrameShape(QFrame.Shape.Box)
        self.setAutoFillBackground(True)
        self.setAccessibleName(tr("Command palette"))
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("What to do, or a tab, a panel, a recent file or a site"))
        self.field.setAccessibleName(tr("Search commands"))
        self.field.installEventFilter(self)
        self.model = _Entries(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_EntryDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName(tr("Commands"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = QLabel(tr("Nothing is called that."))
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 1)
        self.field.textChanged.connect(self._search)
        self.list.clicked.connect(self._run)
        window.installEventFilter(self)
        self.hide()

    @Slot()
    def open(self) -> None:
        """Ask anew what there is, and take the keyboard."""
        if not self.isVisible():
            self._focus = QApplication.focusWidget()
        self._actions.refresh()
        self._ranking = Ranking(self._entries(), self._settings.used_actions)
        self.field.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._press(event)
        if watched is self.field and isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            if event.reason() != Qt.FocusReason.PopupFocusReason:  # a menu of the field itself
                self.hide()
        elif watched is self.parent() and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._close()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentIndex())
        elif key in _KEYS:
            QApplication.sendEvent(self.list, QKeyEvent(event.type(), key, Qt.KeyboardModifier.NoModifier))
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            pass  # there is nowhere else to go
        else:
            return False
        return True

    def _place(self) -> None:
        room = self._window.size() - QSize(2 * _GAP, _TOP + _GAP)
        size = _SIZE.boundedTo(room)
        self.setGeometry((self._window.width() - size.width()) // 2, _TOP, size.width(), size.height())

    def _close(self) -> None:
        self.hide()
        if self._focus is not None and isValid(self._focus):  # its dialog may have gone meanwhile
            self._focus.setFocus(Qt.FocusReason.PopupFocusReason)

    @Slot(str)
    def _search(self, text: str) -> None:
        self.model.show(self._ranking.find(text))
        found = self.model.rowCount() > 0
        self.list.setVisible(found)
        self.nothing.setVisible(not found)
        if found:
            self.list.setCurrentIndex(self.model.index(0))
            self.list.scrollToTop()

    @Slot(QModelIndex)
    def _run(self, index: QModelIndex) -> None:
        entry = index.data(_ENTRY_ROLE)
        if entry is None or entry.reason:
            return
        self._close()
        self._settings.add_used_action(entry.name)
        entry.run()

    # What there is

    def _entries(self) -> Iterator[Entry]:
        for verb in self._actions.verbs:
            action = self._actions[verb.name]
            keys = keys_of(action)
            menu, _, below = verb.menu.partition("/")
            yield Entry(
                verb.name,
                tr("{menu}: {text}", menu=title_of(verb.menu), text=verb.title) if below else plain(action.text()),
                action.trigger,
                where=title_of(menu) if menu else "",
                keys=keys[0] if keys else "",
                words=verb.words,
                reason=verb.blocked(),
                on=action.isChecked(),
            )
        for source in self._settings.recent:
            yield Entry(
                f"recent {source}",
                tr("{menu}: {text}", menu=title_of("File/Recent"), text=Path(source).name or source),
                lambda source=source: self._commands.open_anything(source),
                where=source,
            )
        for site in self._state.architecture or ():
            yield Entry(
                f"site {site.id}",
                site.id,
                lambda site=site.id: self._commands.select_site(site),
                where=tr("Select: {what}", what=tr(KIND_TITLES[site.kind])),
                site=True,
            )


class _Entries(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._shown: list[Entry] = []

    def show(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self._shown = entries
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        entry = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == _ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (entry.title, entry.where, entry.keys, entry.reason)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.reason or entry.where
        return None


class _EntryDelegate(QStyledItemDelegate):
    """On the left what it is, then where it stands, on the right its key. What is blocked is grey and says why."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, option.fontMetrics.height() + 10)  # pyright: ignore[reportAttributeAccessIssue]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(_ENTRY_ROLE)
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole
        ink = palette.color(role.HighlightedText if chosen else role.Text)
        dim = palette.color(role.HighlightedText if chosen else role.PlaceholderText)
        painter.save()
        if chosen:
            painter.fillRect(rect, palette.color(role.Highlight))
        room, metrics = rect.adjusted(_GAP, 0, -_GAP, 0), painter.fontMetrics()
        middle = Qt.AlignmentFlag.AlignVCenter
        keys = f"✓ {entry.keys}".strip() if entry.on else entry.keys
        painter.setPen(dim if entry.reason else ink)
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, keys)
        room.setRight(room.right() - metrics.horizontalAdvance(keys) - _GAP)
        title = metrics.elidedText(entry.title, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, middle, title)
        room.setLeft(room.left() + metrics.horizontalAdvance(title) + 2 * _GAP)
        if room.width() > 0:
            painter.setPen(dim)
            font = painter.font()
            font.setItalic(bool(entry.reason))
            painter.setFont(font)
            beside = entry.reason or entry.where
            shown = painter.fontMetrics().elidedText(beside, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, middle, shown)
        painter.restore()
