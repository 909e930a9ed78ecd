"""Which texts of the widgets on show are wider, or higher, than the room that they are given."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionDockWidget,
    QTabBar,
    QToolButton,
    QWidget,
)

from vitprune_gui.views.layout import Room
from vitprune_gui.views.parts import Elided

_SLACK = 1  # a pixel of rounding


def path_of(widget: QWidget) -> str:
    """The classes, or names, from the window down to the widget."""
    names: list[str] = []
    place: QWidget | None = widget
    while place is not None:
        names.append(place.objectName() or type(place).__name__)
        place = place.parentWidget()
    return "/".join(name for name in reversed(names) if not name.startswith("qt_"))


def cramped(root: QWidget) -> Iterator[str]:
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisible():
            continue
        for text, needed, room in _texts(widget):
            if needed > room + _SLACK:
                yield f"{path_of(widget)}: “{text}” needs {needed}, has {room}"


def _texts(widget: QWidget) -> Iterator[tuple[str, int, int]]:
    match widget:
        case Elided():
            pass  # whole in its tool tip
        case QLabel() if widget.text():
            yield from _of_label(widget)
        case QCheckBox() | QRadioButton():
            yield widget.text(), widget.sizeHint().width(), widget.width()
        case QPushButton() if widget.text():
            option = QStyleOptionButton()
            widget.initStyleOption(option)
            inside = widget.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, widget)
            yield widget.text(), _written(widget, widget.text()) + _icon(widget), inside.width()
        case QToolButton() if widget.text() and widget.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly:
            yield widget.text(), _written(widget, widget.text()) + _icon(widget), widget.width() - 4
        case QComboBox() if widget.currentText():
            option = QStyleOptionComboBox()
            widget.initStyleOption(option)
            part = QStyle.SubControl.SC_ComboBoxEditField
            control = QStyle.ComplexControl.CC_ComboBox
            inside = widget.style().subControlRect(control, option, part, widget)
            icon = 0 if widget.itemIcon(widget.currentIndex()).isNull() else widget.iconSize().width() + 4
            yield widget.currentText(), _written(widget, widget.currentText()) + icon, inside.width()
        case QLineEdit() if (
            not widget.text() and widget.placeholderText() and not isinstance(widget.parent(), QComboBox)
        ):
            yield widget.placeholderText(), _written(widget, widget.placeholderText()), widget.width() - 8
        case QTabBar():
            whole = QRect(widget.rect())
            for number in range(widget.count()):
                rect = widget.tabRect(number)
                yield widget.tabText(number), _written(widget, widget.tabText(number)) + 8, rect.width()
                if not whole.contains(rect) and not isinstance(widget.parent(), QDockWidget):
                    yield widget.tabText(number), rect.right(), whole.right()
        case QHeaderView():
            yield from _of_header(widget)
        case Room() if not widget.visibleRegion().isEmpty():  # a panel behind another one is parked outside
            bar = widget.horizontalScrollBar()
            yield "all of the view", widget.viewport().width() + bar.maximum(), widget.viewport().width()
        case QGroupBox() if widget.title():
            yield widget.title(), widget.minimumSizeHint().width(), widget.width()
        case QDockWidget() if not widget.isFloating():
            title = widget.style().subElementRect(QStyle.SubElement.SE_DockWidgetTitleBarText, _dock(widget), widget)
            yield widget.windowTitle(), _written(widget, widget.windowTitle()), title.width()
        case _:
            pass


def _dock(widget: QDockWidget) -> QStyleOptionDockWidget:
    option = QStyleOptionDockWidget()
    widget.initStyleOption(option)
    return option


def _of_label(label: QLabel) -> Iterator[tuple[str, int, int]]:
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        yield label.text(), needed, label.height()
        words = max(label.text().split(), key=len, default="")
        if label.textFormat() == Qt.TextFormat.PlainText:
            yield words, label.fontMetrics().horizontalAdvance(words), label.contentsRect().width()
    else:
        yield label.text(), label.sizeHint().width(), label.width()
        yield label.text(), label.sizeHint().height(), label.height()


def _of_header(header: QHeaderView) -> Iterator[tuple[str, int, int]]:
    model = header.model()
    if model is None or header.orientation() != Qt.Orientation.Horizontal:
        return
    for number in range(header.count()):
        if header.isSectionHidden(number):
            continue
        text = model.headerData(number, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        if text:
            size: QSize = header.sectionSizeFromContents(number)
            yield str(text), _written(header, str(text)) + 6, header.sectionSize(number)
            yield str(text), size.height(), header.height()


def _written(widget: QWidget, text: str) -> int:
    return widget.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, text).width()


def _icon(button: QAbstractButton) -> int:
    return 0 if button.icon().isNull() else button.iconSize().width() + 4
