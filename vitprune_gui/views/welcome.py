"""The first page, and the curtain that says what a drop will do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.actions import Actions, plain
from vitprune_gui.commands import Commands
from vitprune_gui.opening import Opening
from vitprune_gui.recents import KINDS, Recent
from vitprune_gui.settings import Settings
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.recovery_bar import moment

_SHOWN_RECENT = 6
_WIDE = 760  # pixels from which the page has two columns
_WIDEST = 1100
_START, _ICON = 320, 22  # a button's usual width, and its icon
_STARTS = {
    "use_sample": noop("A small model, 1,600 images, and all that can be measured. Opens at once, without network."),
    "open_model_file": noop("Weights of any timm vision transformer. Pretrained ones are in the list on the left."),
    "open_session": noop("What was analysed before, without the model or the images."),
    "browse_sessions": noop("Several sessions side by side: what differs, and how surely."),
}
_DROPS = (
    (noop("a session (.h5)"), noop("shows what was measured")),
    (noop("a weights file (.safetensors, .pth)"), noop("opens the model")),
    (noop("an exported folder"), noop("opens the pruned model")),
    (noop("a folder of images"), noop("is analysed, once a model is open")),
    (noop("an image"), noop("is looked into, once a model is open")),
    (noop("a plan (.json)"), noop("is used on the open model")),
)
_LINKS = ("tour", "lessons", "shortcuts", "documentation")
_LINKED = 2  # in a row


class WelcomePage(QWidget):
    def __init__(self, actions: Actions, commands: Commands, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Welcome"))
        self._commands = commands
        self._actions = actions
        self._known: dict[str, Recent] = {}
        self._linked: set[str] = set()
        self.rows: list[RecentRow] = []
        title = _label(tr("Which parts of a vision transformer can go?"), 1.7, bold=True)
        text = _label(
            tr(
                "ViTPrune shows which layers look redundant, measures what the model loses without them, repairs it "
                "without training, and says how sure each figure is."
            )
        )
        self.starts = {name: Start(actions[name], tr(what)) for name, what in _STARTS.items()}
        self.back = QPushButton(tr("← Back to the open model"))
        self.back.clicked.connect(actions["tab_overview"].trigger)
        actions["tab_overview"].changed.connect(self._show_back)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        left.addWidget(_label(tr("Start"), 1.15, bold=True, wrap=False))
        for button in self.starts.values():
            left.addWidget(button)
        self.links = QGridLayout()
        self.links.setColumnStretch(_LINKED, 1)
        left.addSpacing(8)
        left.addLayout(self.links)
        left.addStretch(1)

        right = QVBoxLayout()
        right.setSpacing(8)
        self._heading = _label(tr("Opened before"), 1.15, bold=True, wrap=False)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        right.addWidget(self._heading)
        right.addLayout(self._recent)
        right.addSpacing(12)
        right.addWidget(_label(tr("Drop anywhere on this window"), 1.15, bold=True))
        drops = QGridLayout()
        drops.setVerticalSpacing(2)
        drops.setHorizontalSpacing(12)
        drops.setColumnStretch(1, 1)
        for row, (what, does) in enumerate(_DROPS):
            drops.addWidget(_label(tr(what)), row, 0)
            drops.addWidget(_label(tr(does), quiet=True), row, 1)
        right.addLayout(drops)
        right.addStretch(1)

        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(40)
        self._columns.addLayout(left, 5)
        self._columns.addLayout(right, 6)
        page = QWidget()
        page.setMaximumWidth(_WIDEST)
        column = QVBoxLayout(page)
        column.setContentsMargins(32, 24, 32, 24)
        column.setSpacing(10)
        column.addStretch(1)
        column.addWidget(title)
        column.addWidget(text)
        column.addSpacing(12)
        column.addLayout(self._columns)
        column.addStretch(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(page, 100)
        row.addStretch(1)
        actions.added.connect(self._show_links)
        settings.recent_changed.connect(self._show_recent)
        commands.recents.found.connect(self._on_found)
        self._show_links()
        self._show_back()
        self._show_recent(settings.recent)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._commands.recents.look)  # not before there is something to see

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _WIDE
        self._columns.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    @Slot()
    def _show_back(self) -> None:
        self.back.setVisible(self._actions["tab_overview"].isEnabled())

    @Slot()
    def _show_links(self) -> None:
        """What comes after the first frame is linked when it is there."""
        known = {verb.name for verb in self._actions.verbs}
        for name in _LINKS:
            if name in known and name not in self._linked:
                self._linked.add(name)
                button = QToolButton()
                button.setDefaultAction(self._actions[name])
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                button.setAutoRaise(True)
                self.links.addWidget(button, *divmod(_LINKS.index(name), _LINKED), Qt.AlignmentFlag.AlignLeft)

    @Slot(object)
    def _on_found(self, found: tuple[Recent, ...]) -> None:
        self._known |= {recent.source: recent for recent in found}
        for row in self.rows:
            if row.source in self._known:
                row.tell(self._known[row.source])

    @Slot(object)
    def _show_recent(self, sources: tuple[str, ...]) -> None:
        while item := self._recent.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.rows = [RecentRow(source, self._commands) for source in sources[:_SHOWN_RECENT]]
        for row in self.rows:
            self._recent.addWidget(row)
            if row.source in self._known:
                row.tell(self._known[row.source])
        self._heading.setVisible(bool(sources))
        if self.isVisible():
            self._commands.recents.look()


class Start(QPushButton):
    """An action with what it does below its name."""

    def __init__(self, action: QAction, what: str) -> None:
        super().__init__()
        self._action = action
        self.setObjectName(f"start_{action.objectName()}")
        self.setAccessibleDescription(what)
        self._icon, self._title, self._what = QLabel(), _label("", bold=True, wrap=False), _label(what)
        self._inside = QGridLayout(self)
        self._inside.setContentsMargins(10, 8, 10, 8)
        self._inside.setHorizontalSpacing(10)
        self._inside.setVerticalSpacing(2)
        self._inside.addWidget(self._icon, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        self._inside.addWidget(self._title, 0, 1)
        self._inside.addWidget(self._what, 1, 1)
        self._inside.setColumnStretch(1, 1)
        for label in (self._icon, self._title, self._what):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        _as_high_as_needed(self, QSizePolicy.Policy.Expanding)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._inside.totalHeightForWidth(width)

    def sizeHint(self) -> QSize:
        return QSize(_START, self.heightForWidth(_START))

    def minimumSizeHint(self) -> QSize:
        return QSize(_START // 2, self.heightForWidth(_START))

    @Slot()
    def _follow(self) -> None:
        self._title.setText(plain(self._action.text()))
        self.setAccessibleName(self._title.text())
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self._icon.setPixmap(self._action.icon().pixmap(_ICON, _ICON))
        self._icon.setFixedWidth(_ICON)


class RecentRow(QFrame):
    """One thing that was opened: a button with its name, what it is and when it changed, and a way to be rid of it."""

    def __init__(self, source: str, commands: Commands) -> None:
        super().__init__()
        self.source = source
        self._commands = commands
        path = Path(source)
        self._name = path.name or source
        self.open = QPushButton()
        self.open.setFlat(True)
        self.open.setAccessibleName(self._name)
        self.open.setStyleSheet("text-align: left; padding: 3px 6px")
        self.open.setToolTip(source)
        self.open.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.open.clicked.connect(self._on_open)
        self.detail = _label("", quiet=True)
        self.detail.setWordWrap(False)
        self.remove = QToolButton()
        self.remove.setAutoRaise(True)
        self.remove.setText("✕")
        self.remove.setToolTip(tr("Take it off the list"))
        self.remove.setAccessibleName(tr("Take {name} off the list", name=self._name))
        self.remove.clicked.connect(self._on_remove)
        self.detail.setContentsMargins(7, 0, 0, 4)
        row = QGridLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.open, 0, 0)
        row.addWidget(self.detail, 1, 0)
        row.addWidget(self.remove, 0, 1, 2, 1)
        row.setColumnStretch(0, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - self.remove.width() - 20
        shown = self.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideMiddle, room)
        self.open.setText(shown.replace("&", "&&"))

    def tell(self, recent: Recent) -> None:
        missing = recent.kind is Opening.GONE
        kind = tr(KINDS[recent.kind])
        when = moment(recent.changed, datetime.now().astimezone()) if recent.changed else ""
        self.detail.setText(tr("{kind}, {when}", kind=kind, when=when) if when else kind)
        self.open.setEnabled(not missing)
        self.open.setAccessibleDescription(self.detail.text())

    @Slot()
    def _on_open(self) -> None:
        self._commands.open_anything(self.source)

    @Slot()
    def _on_remove(self) -> None:
        self._commands.recents.forget(self.source)


def _as_high_as_needed(widget: QWidget, across: QSizePolicy.Policy) -> None:
    policy = QSizePolicy(across, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)


def _label(text: str, size: float = 1, *, bold: bool = False, quiet: bool = False, wrap: bool = True) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(wrap)
    label.setTextFormat(Qt.TextFormat.PlainText)
    _as_high_as_needed(label, QSizePolicy.Policy.Preferred)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * size)
    font.setBold(bold)
    label.setFont(font)
    if quiet:
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


class DropOverlay(QWidget):
    """Covers its parent while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = ""
        self._covered = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        parent.installEventFilter(self)
        self.hide()

    def announce(self, source: str, opening: Opening | None, *, model_open: bool) -> bool:
        """Say what dropping this will do, as far as that is known. Returns whether it may do anything."""
        name, possible = Path(source).name, opening not in (Opening.NOTHING, Opening.GONE, Opening.NAME)
        self.text = "\n".join((tr(opening.value), name)) if opening is not None else name
        if opening in (Opening.IMAGES, Opening.IMAGE) and not model_open:
            self.text, possible = tr("Open a model first, then its images"), False
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()
        self.update()
        return possible

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._covered.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        palette = self.palette()
        ground = QColor(palette.color(QPalette.ColorRole.Window))
        ground.setAlpha(225)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), ground)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 3, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(16, 16, -16, -16), 12, 12)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        painter.setFont(font)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text)
        painter.end()
