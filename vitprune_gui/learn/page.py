"""What every page of the Learn tab has: a title, words for its level, what it draws, and what it says before that.

A page names what it `needs`, makes its charts in `build`, and draws in `show_values` what the answers say, in
`show_choice` what of it is chosen; a click may cost no more than the latter. `show_level` says what belongs to which
level. None of them is called before everything that is needed is there.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPoint, QRect, QSize, QTimer, Slot
from PySide6.QtGui import (
    QGuiApplication,
    QHideEvent,
    QImage,
    QImageWriter,
    QPainter,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from vitprune_gui.exports import Exportable
from vitprune_gui.learn.controls import Formula, Reading
from vitprune_gui.learn.questions import Question, Refused
from vitprune_gui.learn.subject import FORMULA, Learn
from vitprune_gui.translation import tr
from vitprune_gui.views.parts import SPACE, EmptyState, bold, wrapped

_WIDE = 420  # px, from which charts stand side by side
_PATIENCE_MS = 250  # for an answer, before it is said that one waits for it
_FINE = 2  # how much finer a picture is than the screen
_LINES = 2  # of what is read under the mouse


class Stack(QStackedWidget):
    """As high as what is on show needs at its width: not as the others would need it, nor as charts would like it."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self._fit)

    def hasHeightForWidth(self) -> bool:
        return False

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        if page is None:
            return super().minimumSizeHint()
        least, layout = page.minimumSizeHint(), page.layout()
        if layout is not None and layout.hasHeightForWidth():
            least.setHeight(layout.totalMinimumHeightForWidth(max(self.width(), least.width())))
        return least

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    @Slot()
    def _fit(self) -> None:
        self.updateGeometry()


class LearnPage(Exportable):
    """It is kept as a whole where none of its charts is asked for."""

    name: ClassVar[str]  # pyright: ignore[reportIncompatibleVariableOverride]
    title: ClassVar[str]
    words: ClassVar[Mapping[str, str]]
    """What is seen, by level; one without words of its own has those of the level before."""

    def __init__(self, learn: Learn, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.learn = learn
        self.setObjectName(f"learn_{self.name}")
        self.setAccessibleName(tr(self.title))
        self._built = False
        self.drawn: tuple[Any, ...] = ()
        """The answers to what is needed that are on show, which may not be the latest."""
        self._level = ""  # that is on show
        self._stale = False  # in the colours of before
        self.heading = bold(wrapped(tr(self.title)), larger=1)
        self.text = wrapped()
        self.controls = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        """Above the charts: choices of this page."""
        self.controls.setSpacing(SPACE)
        self.charts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.charts.setSpacing(SPACE)
        self.formula = Formula()
        self.reading = Reading(_LINES)
        self.content = QWidget()
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.text)
        column.addLayout(self.controls)
        column.addLayout(self.charts, 1)
        column.addWidget(self.reading)
        column.addWidget(self.formula)
        self.again = QPushButton(tr("Try again"))
        self.empty = EmptyState("", "", self.again)
        self._stack = Stack()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(8, 4, 8, 6)
        whole.setSpacing(SPACE)
        whole.addWidget(self.heading)
        whole.addWidget(self._stack, 1)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._explain)
        self.again.clicked.connect(self._ask_again)
        learn.answered.connect(self.renew)
        learn.image_changed.connect(self.renew)
        learn.choices_changed.connect(self.renew)
        learn.level_changed.connect(self.renew)

    # What a page says of itself

    def needs(self) -> Sequence[Question]:
        """What has to be known before anything is drawn, for the present choices."""
        raise NotImplementedError

    def later(self) -> Sequence[Question]:
        """What takes longer, and is drawn once it is there: it is asked for, but not waited for."""
        return ()

    def missing(self) -> str:
        """Why this page has nothing to show of the open model; empty where it has."""
        return ""

    def build(self) -> None:
        """Make the charts, in `charts`. Once, with the first answers: the plotting library is imported here."""
        raise NotImplementedError

    def show_values(self) -> None:
        """Draw the answers."""
        raise NotImplementedError

    def show_choice(self) -> None:
        """Draw what depends on the chosen token, head or layer, of the same answers; after `show_values` as well."""

    def show_level(self, level: str) -> None:
        """Show the charts of this level and hide the others."""

    # As a picture

    @property
    def exported(self) -> list[Exportable]:
        """The charts on show, from the left and the top."""
        seen = [chart for chart in self.findChildren(Exportable) if chart.isVisible()]
        return sorted(seen, key=lambda chart: (chart.mapTo(self, QPoint()).x(), chart.mapTo(self, QPoint()).y()))

    def image(self) -> QImage:
        image = QImage(self.size() * _FINE, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(_FINE)
        image.fill(self.palette().color(QPalette.ColorRole.Window))
        painter = QPainter(image)
        self.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
        for chart in self.exported:  # again, without what is pressed to keep it
            painter.drawImage(QRect(chart.mapTo(self, QPoint()), chart.size()), chart.image())
        painter.end()
        image.setDevicePixelRatio(1.0)
        return image

    def svg(self) -> bytes:
        """The picture in a drawing: each chart alone is drawn as lines."""
        content = QBuffer()
        content.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(content, b"PNG").write(self.image())
        held = bytes(content.data().toBase64().data()).decode()
        size = f'width="{self.width()}" height="{self.height()}"'
        picture = f'<image {size} href="data:image/png;base64,{held}"/>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{picture}</svg>\n'.encode()

    def csv(self) -> bytes:
        """The values of the charts on show, each below its title."""
        return b"\n".join(f"{chart.accessibleName()}\n".encode() + chart.csv() for chart in self.exported)

    def copy_image(self) -> None:
        QGuiApplication.clipboard().setImage(self.image())

    def copy_values(self) -> None:
        rows = csv.reader(self.csv().decode().splitlines())
        QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows))

    # When it is drawn

    @property
    def ready(self) -> bool:
        """Whether what is on show is drawn from answers."""
        return self._stack.currentWidget() is self.content and bool(self.drawn)

    @Slot()
    def renew(self) -> None:
        """Ask for what is missing, and draw what is there. Nothing, as long as nobody sees it."""
        if not self.isVisible():
            return
        if self.missing():
            self.learn.want(())
            self._explain()
            return
        needs = tuple(self.needs())
        self.learn.want((*needs, *self.later()))
        answers = tuple(self.learn.value(question) for question in needs)
        if any(answer is None for answer in answers):
            if self._refusal(needs) is not None or not self.ready:
                self._explain()
            elif not self._patience.isActive():
                self._patience.start()  # what is on show stays for that long
            return
        self._patience.stop()
        if not self._built:
            self._built = True
            self.build()
        others = self._stale or list(map(id, self.drawn)) != list(map(id, answers))
        if others:
            self.drawn, self._stale = answers, False
            self.show_values()
        if others or self._level != self.learn.level:
            self._level = self.learn.level
            self._show_words()
            self.formula.setVisible(self._level == FORMULA)
            self.show_level(self._level)
        self.show_choice()
        self._stack.setCurrentWidget(self.content)
        self._lay_out()

    def _lay_out(self) -> None:
        """At once: left to itself, a new height of a text climbs from widget to widget, a turn of the loop for each."""
        place: QWidget | None = self.formula
        while place is not None and not isinstance(place, QAbstractScrollArea):
            layout = place.layout()
            if layout is not None:
                layout.activate()
            place = place.parentWidget()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.renew()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._patience.stop()
        self.learn.want(())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._stale = True
            QTimer.singleShot(0, self, self.renew)  # once all have their new colours

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _WIDE
        self.charts.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def _show_words(self) -> None:
        levels = list(self.words)
        known = self._level if self._level in self.words else levels[-1]
        self.text.setText(tr(self.words[known]))

    def _refusal(self, needs: Sequence[Question]) -> Refused | None:
        found = (self.learn.reason(question) for question in needs)
        return next((reason for reason in found if reason is not None), None)

    @Slot()
    def _explain(self) -> None:
        """What there is to wait for, or to do."""
        missing = self.missing()
        refused = None if missing else self._refusal(tuple(self.needs()))
        self.again.setVisible(refused is not None)
        if missing:
            self.empty.say(tr("Nothing to show of this model"), missing)
        elif refused is not None:
            self.empty.say(tr("No answer"), " ".join(filter(None, (refused.message, refused.hint))))
        else:
            self.empty.say(tr("One moment…"), tr("The model is being asked. The first time, it is loaded as well."))
        self._stack.setCurrentWidget(self.empty)

    @Slot()
    def _ask_again(self) -> None:
        self.learn.retry()
        self._explain()
