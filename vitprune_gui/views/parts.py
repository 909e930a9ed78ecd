"""Small pieces that several views share."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.colours import mix

SPACE = 6


def bold(label: QLabel, *, larger: int = 0) -> QLabel:
    font = label.font()
    font.setWeight(QFont.Weight.DemiBold)
    if larger:
        font.setPointSizeF(font.pointSizeF() + larger)
    label.setFont(font)
    return label


def wrapped(text: str = "", *, selectable: bool = False) -> QLabel:
    """A label that breaks its lines instead of widening its dock. Plain text: names come from files."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setWordWrap(True)  # after the policy, which forgets that the height goes by the width
    if selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def narrow(box: QComboBox) -> QComboBox:
    """A box that takes the room that there is, not that of its longest text; its list is as wide as it must be."""
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    box.setMinimumWidth(6 * box.fontMetrics().averageCharWidth() + 24)
    texts = [box.itemText(row) for row in range(box.count())]
    if texts:
        box.view().setMinimumWidth(max(map(box.fontMetrics().horizontalAdvance, texts)) + 24)
    return box


def breakable(text: str) -> str:
    """A name or path that may break after each of its separators. To be read, not copied."""
    return re.sub(r"([_./\\-])", "\\1\N{ZERO WIDTH SPACE}", text)


class TickBox(QCheckBox):
    """A check box whose outline is seen in the dark, where the style draws it darker than the window."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        palette = self.palette()
        painter.setPen(mix(palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.WindowText), 0.5))
        painter.drawRect(QRectF(box).adjusted(0.5, 0.5, -1.5, -1.5))


class Elided(QLabel):
    """A name on one line, drawn without its middle where there is no room, and then whole in its tool tip, before
    `tip`."""

    def __init__(self, text: str = "", *, selectable: bool = False, tip: str = "") -> None:
        super().__init__(text)
        self.tip = tip
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            whole = self.text() if self.shown() != self.text() else ""
            self.setToolTip("\n".join(filter(None, (whole, self.tip))))
        return super().event(event)

    def shown(self) -> str:
        """As much of the text as there is room for."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.contentsRect().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.shown()
        if shown == self.text():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment(), shown)


def rule() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()


class Facts(QWidget):
    """Names on the left, values on the right, both wrapping."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, QLabel]] = []

    def show_facts(self, facts: list[tuple[str, str]]) -> None:
        """Labels are reused: only what changed is laid out again."""
        while len(self._labels) < len(facts):
            name, value = QLabel(), wrapped(selectable=True)
            name.setForegroundRole(name.foregroundRole().PlaceholderText)
            row = len(self._labels)
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignTop)
            self._labels.append((name, value))
        for position, (name, value) in enumerate(self._labels):
            shown = position < len(facts)
            if shown:
                name.setText(facts[position][0])
                value.setText(facts[position][1])
                value.setAccessibleName(facts[position][0])
            name.setVisible(shown)
            value.setVisible(shown)


class EmptyState(QWidget):
    """What stands where there is nothing to show yet: what this place is for, and the next step."""

    def __init__(self, title: str, text: str, *buttons: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = bold(wrapped(title), larger=2)
        self.text = wrapped(text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(8)
        layout.addStretch(2)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        for button in buttons:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def say(self, title: str, text: str) -> None:
        self.title.setText(title)
        self.text.setText(text)
