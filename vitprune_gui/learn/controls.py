"""What several pages choose with, and formulas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Slot
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from vitprune.architecture import Kind
from vitprune_gui.learn.subject import Learn
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import site_name
from vitprune_gui.views.parts import SPACE


class Reading(QWidget):
    """What is read of what is under the mouse. It keeps the height that it once needed at its width: else the charts
    above would move below the mouse, and a click would meet another cell. Its label is in no layout: each new text
    would lay out the window."""

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        """`lines`: at least so high."""
        super().__init__(parent)
        self._lines = lines
        self.label = QLabel(self)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._keep(0)

    def text(self) -> str:
        return self.label.text()

    def setText(self, text: str) -> None:
        self.label.setText(text)
        self._keep(self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.label.setGeometry(self.rect())
        if event.oldSize().width() != event.size().width():
            self._keep(0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._keep(0)

    def _keep(self, height: int) -> None:
        needed = self.label.heightForWidth(self.width()) if self.isVisible() else 0
        self.setMinimumHeight(max(height, needed, self._lines * self.fontMetrics().lineSpacing()))


class Formula(QFrame):
    """A formula with the numbers of what is chosen in it. Lines are HTML: what comes from files has to be escaped."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.label.setWordWrap(True)  # after the policy, which forgets that the height goes by the width
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setForegroundRole(QPalette.ColorRole.Text)
        font = self.label.font()
        font.setPointSizeF(font.pointSizeF() + 1)
        self.label.setFont(font)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(10, 6, 10, 6)
        inside.addWidget(self.label)

    def show_lines(self, *lines: str) -> None:
        """Nothing while it is hidden: the window would be laid out for it. A page says it anew when it shows it."""
        if not self.isHidden():
            self.label.setText("".join(f'<p style="margin: 2px 0">{line}</p>' for line in lines))


class SitePicker(QWidget):
    """The layer of some kinds that is looked into; the tree follows it, and it the tree."""

    def __init__(self, learn: Learn, *kinds: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learn, self._kinds = learn, kinds
        self._listed: tuple[str, ...] = ()
        self.box = QComboBox()
        self.box.setAccessibleName(tr("Layer"))
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        _in_line(self, tr("&Layer"), self.box)
        self.box.activated.connect(self._choose)
        for signal in (learn.choices_changed, learn.image_changed):
            signal.connect(self.show_site)
        self.show_site()

    @Slot()
    def show_site(self) -> None:
        sites, chosen = self._learn.sites(*self._kinds), self._learn.site(*self._kinds)
        with QSignalBlocker(self.box):
            if tuple(site.id for site in sites) != self._listed:
                self._listed = tuple(site.id for site in sites)
                self.box.clear()
                for site in sites:
                    self.box.addItem(site_name(site), site.id)
            if chosen is not None:
                self.box.setCurrentIndex(self._listed.index(chosen.id))

    @Slot()
    def _choose(self) -> None:
        self._learn.choose_site(self.box.currentData())


class HeadPicker(QWidget):
    """One of the heads of a layer, counted from 1."""

    def __init__(self, learn: Learn, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learn = learn
        self.box = QSpinBox()
        self.box.setAccessibleName(tr("Head"))
        self.box.setKeyboardTracking(False)
        self.box.setWrapping(True)
        _in_line(self, tr("&Head"), self.box)
        self.box.valueChanged.connect(self._choose)
        learn.choices_changed.connect(self._show)
        self.offer(1)

    def offer(self, heads: int) -> None:
        """So many there are."""
        with QSignalBlocker(self.box):
            self.box.setRange(1, max(1, heads))
            self.box.setSuffix(tr(" of {heads}", heads=max(1, heads)))
        self._show()

    @property
    def head(self) -> int:
        """That is chosen, as far as the layer has so many."""
        return min(self._learn.head, self.box.maximum() - 1)  # pages may be told before the box is

    @Slot()
    def _show(self) -> None:
        with QSignalBlocker(self.box):
            self.box.setValue(self._learn.head + 1)

    @Slot(int)
    def _choose(self, number: int) -> None:
        self._learn.choose_head(number - 1)


def _in_line(holder: QWidget, text: str, control: QWidget) -> None:
    label = QLabel(text)
    label.setBuddy(control)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE)
    row.addWidget(label)
    row.addWidget(control)
