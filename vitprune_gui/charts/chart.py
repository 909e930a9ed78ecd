"""What every chart has: a title, axes with units in the palette's colours, a view to zoom into, and export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneResizeEvent,
    QGridLayout,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.charts.drawing import enclosed
from vitprune_gui.colours import ROUNDING, mix, muted
from vitprune_gui.exports import Exportable, Exports
from vitprune_gui.symbols import KindLegend
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import decimal
from vitprune_gui.views.parts import Elided

pg.setConfigOptions(imageAxisOrder="row-major", antialias=True)

Table = Sequence[Sequence[object]]
Span = tuple[float, float]

_FINE = 2  # how much finer a picture is than the screen
_LINES = 3  # that a label of an axis takes at most, or nearly
_FRAME = 2  # px around a chart, which say that it has the keyboard
_STEP = 0.8  # of what is seen, after one step into it
_CLOSEST = 1e-4  # of the whole, where zooming ends


class Chart(Exportable):
    """A plot of values made elsewhere. A kind of chart draws on `plot`, and says in `table` what it draws.

    Wheel and drag zoom and move, a double click or Home shows the whole again. Left and right choose the sites of
    `order` one after the other.
    """

    site_chosen = Signal(str)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.selection: str | None = None
        self._home: tuple[Span, Span] | None = None
        self._labels: dict[str, tuple[str, dict[str, str]]] = {}
        self._title = Elided(title)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self.legend = KindLegend()
        self.plot = pg.PlotItem(enableMenu=False, axisItems={side: _Axis(side) for side in ("left", "bottom")})
        self.plot.ctrlMenu = None  # made all the same, as a window of its own
        self.widget = _Surface(plotItem=self.plot)
        self.widget.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.widget.setCacheMode(pg.PlotWidget.CacheModeFlag.CacheNone)  # or drawings have a picture of the ground
        self.widget.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.whole_wanted.connect(self.show_whole)
        self.plot.hideButtons()
        self.box: pg.ViewBox = self.plot.getViewBox()

        self._canvas = QWidget()
        self._canvas.setAutoFillBackground(True)
        self._canvas.setBackgroundRole(QPalette.ColorRole.Base)
        inner = QVBoxLayout(self._canvas)
        inner.setContentsMargins(8, 6, 8, 4)
        inner.setSpacing(2)
        inner.addWidget(self._title)
        inner.addWidget(self.legend)
        inner.addWidget(self.widget, 1)
        inner.addStretch()  # where the plot keeps a shape of its own

        self.menu = self._make_menu()
        button = QToolButton()
        button.setText(tr("Export ▾"))
        button.setToolTip(tr("Save or copy this chart and its values"))
        button.setAccessibleName(tr("Export this chart"))
        button.setAutoRaise(True)
        # Not the button's own menu: the style's arrow would cover the text, and a style sheet keeps an old palette.
        button.clicked.connect(self._open_menu)
        self._button = button
        layout = QGridLayout(self)
        layout.setContentsMargins(_FRAME, _FRAME, _FRAME, _FRAME)
        layout.setSpacing(0)
        layout.addWidget(self._canvas, 0, 0)
        layout.addWidget(button, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self._title.setContentsMargins(0, 0, button.sizeHint().width(), 0)
        self._title.setMinimumHeight(button.sizeHint().height() - 6)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)

    def set_title(self, title: str) -> None:
        self._title.setText(title)
        self.setAccessibleName(title)

    def describe(self, text: str) -> None:
        """What is seen, in a sentence with its main figure, for whoever does not see it."""
        self.setAccessibleDescription(text)

    def table(self) -> Table:
        """What the chart shows: a row of column titles, then the values."""
        raise NotImplementedError

    def order(self) -> Sequence[str]:
        """The sites that the keys go through, none where points are no sites."""
        return ()

    @Slot(object)
    def select(self, site: str | None) -> None:
        """Mark what is shown of a site, whoever chose it."""
        if site != self.selection:
            self.selection = site
            self._mark()

    def _mark(self) -> None:
        """Draw the mark of what is selected."""

    def restyle(self) -> None:
        """Take the palette's colours. Kinds of charts add their own items."""
        palette = self.palette()
        ground, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Text)
        self.widget.setBackground(ground)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(mix(ink, ground, 0.5)))
            axis.setTextPen(pg.mkPen(muted(ink, ground)))
            axis.setTickFont(self.font())
            axis.setStyle(tickTextOffset=4)

    def label_axis(self, side: str, text: str) -> None:
        """Name an axis. The unit belongs to the text: values are shown as they are, without a prefix."""
        ink, ground = self.palette().color(QPalette.ColorRole.Text), self.palette().color(QPalette.ColorRole.Base)
        size = f"{self.font().pointSizeF():.0f}pt" if self.font().pointSizeF() > 0 else f"{self.font().pixelSize()}px"
        style = {"color": muted(ink, ground).name(), "font-size": size}
        if self._labels.get(side) != (text, style):  # an axis draws itself anew for every label that it is given
            self._labels[side] = (text, style)
            self.plot.getAxis(side).setLabel(text, siPrefixEnableRanges=(), **style)

    # The part that is seen

    def fit(self, across: Span, up: Span) -> None:
        """Where the whole is seen. Who zoomed in stays there until that is elsewhere: until other values are shown."""
        if (across, up) != self._home and np.isfinite([*across, *up]).all():
            self._home = across, up
            self.show_whole()

    @Slot()
    def show_whole(self) -> None:
        if self._home is None:
            return
        (left, right), (bottom, top) = self._home
        if not self.box.state["aspectLocked"]:
            self.box.setLimits(
                xMin=left, xMax=right, yMin=bottom, yMax=top,
                minXRange=_CLOSEST * (right - left), minYRange=_CLOSEST * (top - bottom),
            )  # fmt: skip
        self.box.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)

    def zoom(self, factor: float) -> None:
        """What is seen becomes so many times as wide and as high."""
        self.box.scaleBy((factor, factor))

    # The keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_values()
        elif event.keyCombination() == _COPY_IMAGE:
            self.copy_image()
        elif key == Qt.Key.Key_Home:
            self.show_whole()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / _STEP)
        elif key in _STEPS and self.order():
            self._choose_next(_STEPS[key])
        else:
            super().keyPressEvent(event)

    def _choose_next(self, step: int) -> None:
        order = self.order()
        if self.selection in order:
            at = min(len(order) - 1, max(0, order.index(self.selection) + step))
        else:
            at = 0 if step > 0 else -1
        self.site_chosen.emit(order[at])

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), _FRAME))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.restyle()

    # Export

    def image(self) -> QImage:
        image = QImage(self._canvas.size() * _FINE, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(_FINE)
        image.fill(self.palette().color(QPalette.ColorRole.Base))
        painter = QPainter(image)
        self._canvas.render(painter, QPoint())
        painter.end()
        image.setDevicePixelRatio(1.0)
        return image

    def svg(self) -> bytes:
        # Qt loses track of what is cut off where: what the axes enclose is drawn for itself, and cut off at its end.
        around = [item for item in self.plot.childItems() if item is not self.box]
        with _unseen([self.box.childGroup]):
            frame = self._draw_svg(with_words=True)
        with _unseen(around):
            inside = self._draw_svg(with_words=False)
        return enclosed(frame, inside, self.box.sceneBoundingRect().translated(self.widget.pos()))

    def _draw_svg(self, *, with_words: bool) -> bytes:
        content = QBuffer()
        content.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(content)
        generator.setResolution(self.logicalDpiX())  # or text would not have the size that it was laid out in
        area = QRect(QPoint(), self._canvas.size())
        generator.setSize(area.size())
        generator.setViewBox(area)
        generator.setTitle(self._title.text())
        generator.setDescription(self.accessibleDescription())
        painter = QPainter(generator)
        if with_words:
            painter.fillRect(area, self.palette().color(QPalette.ColorRole.Base))
            for words in (self._title, self.legend):
                words.render(painter, words.pos(), renderFlags=QWidget.RenderFlag.DrawChildren)
        painter.translate(self.widget.pos())
        ground = self.widget.backgroundBrush()
        self.widget.setBackgroundBrush(Qt.BrushStyle.NoBrush)
        pg.GraphicsView.render(self.widget, painter, QRectF(self.widget.rect()), self.widget.viewport().rect())
        self.widget.setBackgroundBrush(ground)
        painter.end()
        return bytes(content.data().data())

    def csv(self) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self.table())
        return text.getvalue().encode()

    @Slot()
    def copy_image(self) -> None:
        QGuiApplication.clipboard().setImage(self.image())

    @Slot()
    def copy_values(self) -> None:
        """As a spreadsheet takes them."""
        QGuiApplication.clipboard().setText("\n".join("\t".join(map(str, row)) for row in self.table()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())

    @Slot()
    def _open_menu(self) -> None:
        self.menu.popup(self._button.mapToGlobal(QPoint(0, self._button.height())))

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        entries = (
            (tr("Save as &PNG…"), self._save_png, ""),
            (tr("Save as &SVG…"), self._save_svg, ""),
            (tr("Save &values as CSV…"), self._save_csv, ""),
            None,
            (tr("&Copy image"), self.copy_image, QKeySequence(_COPY_IMAGE)),
            (tr("C&opy values"), self.copy_values, QKeySequence(QKeySequence.StandardKey.Copy)),
            None,
            (tr("Show the &whole chart"), self.show_whole, QKeySequence(Qt.Key.Key_Home)),
        )
        for entry in entries:
            if entry is None:
                menu.addSeparator()
                continue
            text, slot, keys = entry
            action = menu.addAction(text)
            action.triggered.connect(slot)
            if keys:
                # To be read: `keyPressEvent` hears them, since what stands in a menu alone is not heard by anybody.
                action.setShortcut(keys)
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return menu

    @Slot()
    def _save_png(self) -> None:
        self._save("png")

    @Slot()
    def _save_svg(self) -> None:
        self._save("svg")

    @Slot()
    def _save_csv(self) -> None:
        self._save("csv")

    def _save(self, kind: str) -> None:
        exports = Exports.around(self)
        if exports is not None:
            exports.save(self, kind)


_COPY_IMAGE = Qt.Modifier.CTRL | Qt.Modifier.SHIFT | Qt.Key.Key_C
_STEPS: dict[int, int] = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


class _Axis(pg.AxisItem):
    """All its numbers have as many decimals, and a label that is longer than the axis takes several lines."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        assert self.label is not None
        self.label.document().setDefaultTextOption(QTextOption(Qt.AlignmentFlag.AlignHCenter))

    def setLabel(self, *args: Any, **kwargs: Any) -> None:
        super().setLabel(*args, **kwargs)
        self.resizeEvent()

    def resizeEvent(self, ev: QGraphicsSceneResizeEvent | None = None) -> None:
        if self.label is not None:  # it is gone once the plot is closed
            room = self.size().height() if self.orientation == "left" else self.size().width()
            self.label.setTextWidth(-1)
            whole = self.label.boundingRect().width()
            if 0 < room < whole:
                self.label.setTextWidth(max(room, whole / _LINES))
            self.showLabel(bool(self.labelText))  # which makes the room that it takes
        super().resizeEvent(ev)

    def generateDrawSpecs(self, p: QPainter) -> Any:
        drawn = super().generateDrawSpecs(p)
        if drawn is None or self.logMode or self._tickLevels is not None:  # texts that were given are left alone
            return drawn
        axis, ticks, texts = drawn
        if any("e" in text for _, _, text in texts):
            return drawn
        decimals = max((len(text.partition(".")[2]) for _, _, text in texts), default=0)
        return axis, ticks, [(area, flags, decimal(float(text), decimals)) for area, flags, text in texts]


@contextmanager
def _unseen(items: Sequence[QGraphicsItem]) -> Iterator[None]:
    """Without these; hiding them would lay out the others anew."""
    before = [item.opacity() for item in items]
    for item in items:
        item.setOpacity(0)
    try:
        yield
    finally:
        for item, opacity in zip(items, before, strict=True):
            item.setOpacity(opacity)


class _Surface(pg.PlotWidget):
    """Where the plot is drawn. In a page that is scrolled the wheel turns the page, and zooms with Ctrl."""

    whole_wanted = Signal()

    def sizeHint(self) -> QSize:
        return QSize(320, 200)  # pyqtgraph's is the present size, which would never shrink

    def wheelEvent(self, ev: QWheelEvent) -> None:
        place, scrolls = self.parentWidget(), False
        while place is not None and not scrolls:
            scrolls = isinstance(place, QScrollArea) and place.verticalScrollBar().maximum() > 0
            place = place.parentWidget()
        if scrolls and not ev.modifiers() & Qt.KeyboardModifier.ControlModifier:
            ev.ignore()
        else:
            super().wheelEvent(ev)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.whole_wanted.emit()


def column(name: str, unit: str = "") -> str:
    """The title of a column of values: with the unit, where there is one."""
    return f"{name} ({unit})" if unit else name


def roomy(values: NDArray[np.floating], share: float) -> Span:
    """What they span, with room at both ends."""
    low, high = float(values.min()), float(values.max())
    room = share * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


def beyond_rounding(low: float, high: float, share: float) -> Span:
    """These two with room at both ends; what differs by rounding alone is not blown up to the size of the chart."""
    room = max(share * (high - low), 10 * ROUNDING * max(abs(low), abs(high))) or 0.1
    return low - room, high + room


def steps(count: int, most: int) -> range:
    """At most `most` of the numbers 0, 1, ... below `count`, at the distance that people count by: 1, 2, 5, 10, ..."""
    distance = next(d * 10**power for power in range(12) for d in (1, 2, 5) if count <= most * d * 10**power)
    return range(0, count, distance)
