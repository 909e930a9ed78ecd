"""What of the widgets on show has no name to be read out, what the Tab key never comes to, and which letters of menus
mean two things."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QScrollBar,
    QTabBar,
    QWidget,
)

from tests.gui.fitting import path_of

_CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar)
_STEPS = 600
_LINKS = 60  # of one page, each of which Tab comes to before it leaves
_VAGUE = (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Window)


def controls(root: QWidget) -> Iterator[QWidget]:
    """What people act on, without the parts of those."""
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisible() or isinstance(widget, QHeaderView | QScrollBar) or widget.focusProxy() is not None:
            continue
        if (isinstance(widget, _CONTROLS) or _takes_tab(widget)) and not _is_part(widget):
            yield widget


def _takes_tab(widget: QWidget) -> bool:
    return widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus


def _is_part(widget: QWidget) -> bool:
    """Of a control that is looked at itself."""
    parent = widget.parentWidget()
    return (
        widget.objectName().startswith("qt_")
        or isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit | QTabBar | QDockWidget | QHeaderView)
        or type(parent).__name__ == "QComboBoxPrivateContainer"
        or (isinstance(widget, QTabBar) and not widget.count())
        or (isinstance(parent, QAbstractItemView) and isinstance(widget, QAbstractButton))  # the corner
    )


def nameless(root: QWidget) -> Iterator[str]:
    for widget in controls(root):
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None:
            yield f"{path_of(widget)}: nothing to ask"
            continue
        name = interface.text(QAccessible.Text.Name)
        if not name.strip():
            yield f"{path_of(widget)}: no name"
        described = isinstance(widget, QAbstractScrollArea) or widget.accessibleDescription()
        if interface.role() in _VAGUE and not described:  # a chart is no control that Qt knows
            yield f"{path_of(widget)}: its role is {interface.role().name}"


def unreached(root: QWidget) -> Iterator[str]:
    """Walks with Tab from wherever the focus is until it comes round."""
    window = root.window()
    window.activateWindow()
    QApplication.processEvents()
    wanted = [widget for widget in controls(root) if widget.isEnabled() and _takes_tab(widget)]
    if len(wanted) < 2:
        return
    before = QApplication.focusWidget()
    wanted[0].setFocus(Qt.FocusReason.TabFocusReason)
    seen: list[QWidget] = []
    for _ in range(_STEPS):
        at = QApplication.focusWidget()
        if at is None or (seen and at is seen[0] and len(seen) > 1):
            break
        seen.append(at)
        for _ in range(_LINKS):
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(at, QKeyEvent(kind, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier))
            if QApplication.focusWidget() is not at:
                break
        else:
            yield f"{path_of(at)}: the keyboard is trapped"
            break
    else:
        yield f"{path_of(seen[-1])}: the keyboard goes round somewhere"
    for widget in wanted:
        if widget not in seen:
            yield f"{path_of(widget)}: Tab does not come here"
    if before is not None:
        before.setFocus()


def clashing(root: QWidget) -> Iterator[str]:
    for menu in (*root.findChildren(QMenuBar), *root.findChildren(QMenu)):
        lines: dict[str, str] = {}
        for action in menu.actions():
            letter = QKeySequence.mnemonic(action.text()).toString().rpartition("+")[2]
            if letter and letter in lines:
                yield f"{path_of(menu)}: {letter} of “{lines[letter]}” and “{action.text()}”"
            lines[letter] = action.text()
