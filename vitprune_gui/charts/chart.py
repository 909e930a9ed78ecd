"""What every chart has: a title, axes with units in the palette's colours, and export."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QPoint, QRect, QSaveFile, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QImage, QImageWriter, QPainter, QPalette
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from vitprune.errors import SaveFailed
from vitprune_gui.colours import mix, muted
from vitprune_gui.symbols import KindLegend

pg.setConfigOptions(imageAxisOrder="row-major", antialias=True)

Table = Sequence[Sequence[object]]


class Chart(QWidget):
    """A plot of values made elsewhere. A kind of chart draws on `plot`, and says in `table` what it draws."""

    site_chosen = Signal(str)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name  # of exported files
        self._title = QLabel(title)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self.legend = KindLegend()
        self.plot = pg.PlotItem(enableMenu=False)
        self.plot.ctrlMenu = None  # made all the same, as a window of its own
        self.widget = pg.PlotWidget(plotItem=self.plot)
        self.widget.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.widget.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.plot.hideButtons()
        self.box: pg.ViewBox = self.plot.getViewBox()
        self.box.setMouseEnabled(x=False, y=False)
        self._failure = QLabel()
        self._failure.setWordWrap(True)
        self._failure.hide()

        self._canvas = QWidget()
        self._canvas.setAutoFillBackground(True)
        self._canvas.setBackgroundRole(QPalette.ColorRole.Base)
        inner = QVBoxLayout(self._canvas)
        inner.setContentsMargins(8, 6, 8, 4)
        inner.setSpacing(2)
        inner.addWidget(self._title)
        inner.addWidget(self.legend)
        inner.addWidget(self.widget, 1)

        self._menu = self._make_menu()
        button = QToolButton()
        button.setText("Export ▾")
        button.setToolTip("Save or copy this chart and its values")
        button.setAccessibleName(f"Export {title}")
        button.setAutoRaise(True)
        # Not the button's own menu: the style's arrow would cover the text, and a style sheet keeps an old palette.
        button.clicked.connect(self._open_menu)
        self._button = button
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._canvas, 0, 0)
        layout.addWidget(button, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self._failure, 1, 0)
        inner.setContentsMargins(8, 6, 8, 4)
        self._title.setContentsMargins(0, 0, button.sizeHint().width(), 0)
        self._title.setMinimumHeight(button.sizeHint().height() - 6)

    def set_title(self, title: str) -> None:
        self._title.setText(title)
        self._title.setToolTip(title)

    def table(self) -> Table:
        """What the chart shows: a row of column titles, then the values."""
        raise NotImplementedError

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
        self.plot.getAxis(side).setLabel(text, siPrefixEnableRanges=(), **style)

    # Export

    @Slot()
    def _open_menu(self) -> None:
        self._menu.popup(self._button.mapToGlobal(QPoint(0, self._button.height())))

    def image(self, scale: float = 2.0) -> QImage:
        """The chart as it is on the screen, `scale` times as fine."""
        image = QImage(self._canvas.size() * scale, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(scale)
        image.fill(self.palette().color(QPalette.ColorRole.Base))
        painter = QPainter(image)
        self._canvas.render(painter, QPoint())
        painter.end()
        image.setDevicePixelRatio(1.0)
        return image

    def save_png(self, path: Path) -> None:
        """Raises SaveFailed, as the other two do, and then leaves what was there before."""
        content = QBuffer()
        content.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(content, QByteArray(b"PNG")).write(self.image())
        _write(path, content.data())

    def save_svg(self, path: Path) -> None:
        content = QBuffer()
        content.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(content)
        size: QSize = self._canvas.size()
        generator.setSize(size)
        generator.setViewBox(QRect(QPoint(), size))
        generator.setTitle(self._title.text())
        painter = QPainter(generator)
        self._canvas.render(painter, QPoint())
        painter.end()
        _write(path, content.data())

    def save_csv(self, path: Path) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self.table())
        _write(path, QByteArray(text.getvalue().encode()))

    @Slot()
    def copy_image(self) -> None:
        QGuiApplication.clipboard().setImage(self.image())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu.popup(event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.restyle()

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        for text, slot in (
            ("Save as PNG…", self._ask_png),
            ("Save as SVG…", self._ask_svg),
            ("Save values as CSV…", self._ask_csv),
        ):
            menu.addAction(text).triggered.connect(slot)
        menu.addSeparator()
        copy = QAction("Copy image", menu)
        copy.triggered.connect(self.copy_image)
        menu.addAction(copy)
        return menu

    @Slot()
    def _ask_png(self) -> None:
        self._ask("png", self.save_png)

    @Slot()
    def _ask_svg(self) -> None:
        self._ask("svg", self.save_svg)

    @Slot()
    def _ask_csv(self) -> None:
        self._ask("csv", self.save_csv)

    def _ask(self, suffix: str, save: Callable[[Path], None]) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Save chart", f"{self.name}.{suffix}", f"{suffix.upper()} (*.{suffix})"
        )
        if not name:
            return
        path = Path(name)
        try:
            save(path if path.suffix else path.with_suffix(f".{suffix}"))
        except SaveFailed as error:
            self._failure.setText(str(error))
            self._failure.show()
        else:
            self._failure.hide()


def steps(count: int, most: int) -> range:
    """At most `most` of the numbers 0, 1, ... below `count`, at the distance that people count by: 1, 2, 5, 10, ..."""
    distance = next(d * 10**power for power in range(12) for d in (1, 2, 5) if count <= most * d * 10**power)
    return range(0, count, distance)


def _write(path: Path, content: QByteArray) -> None:
    file = QSaveFile(str(path))
    if not (file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(content) == content.size() and file.commit()):
        raise SaveFailed(
            f"{path.name} could not be written: {file.errorString()}.", hint="Choose another folder or free some space."
        )
