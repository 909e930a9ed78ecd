"""What one query gives its weight to: a bar a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QCursor, QKeyEvent, QPalette
from PySide6.QtWidgets import QToolTip, QWidget

from vitprune.architecture import Kind
from vitprune_gui.charts.chart import Chart, Table
from vitprune_gui.colours import kind_colour, mix
from vitprune_gui.views.formatting import significant

_STEPS: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_THICK = 0.72  # of a bar's row


@dataclass(frozen=True, slots=True)
class Key:
    token: int
    name: str
    weight: float
    tip: str


class KeysChart(Chart):
    """Up and down choose the next key, a click the one under the mouse."""

    key_chosen = Signal(int)

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(title, name, parent)
        self.keys: tuple[Key, ...] = ()
        self.marked: int | None = None
        self._across = self._up = ""
        self._most = 1.0
        self._bars = pg.BarGraphItem(x0=[0.0], y=[0.0], width=[0.0], height=_THICK)
        self.plot.addItem(self._bars, ignoreBounds=True)
        self.box.invertY(True)
        self.box.setDefaultPadding(0)
        scene = self.box.scene()
        scene.sigMouseMoved.connect(self._read)
        scene.sigMouseClicked.connect(self._click)
        self.restyle()

    def show_keys(self, title: str, keys: Sequence[Key], across: str, up: str, *notes: str) -> None:
        """`across` is what the weights are, `up` what the names are."""
        self.keys, self._across, self._up = tuple(keys), across, up
        self.set_title(title)
        self.legend.show_marks((), *notes)
        self.describe("; ".join(key.tip.replace("\n", ": ", 1).replace("\n", ", ") for key in keys[:3]))
        most = max((key.weight for key in keys), default=1.0)
        self._most = most
        self.fit((0, 1.05 * most or 1.0), (-0.5, max(1, len(keys)) - 0.5))
        self._draw()

    def mark(self, token: int | None) -> None:
        if token != self.marked:
            self.marked = token
            self._draw()

    def table(self) -> Table:
        return [("key", "token", "weight"), *((key.name, key.token, key.weight) for key in self.keys)]

    def restyle(self) -> None:
        super().restyle()
        self._draw()

    def _draw(self) -> None:
        palette = self.palette()
        ink, ground = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Base)
        colour = kind_colour(Kind.ATTENTION, palette)
        count = len(self.keys)
        self.label_axis("bottom", self._across)
        self.label_axis("left", self._up)
        self._bars.setVisible(count > 0)
        if not count:
            return
        names = [f"{key.name}  {significant(key.weight)}" for key in self.keys]
        self.plot.getAxis("left").setTicks([list(enumerate(names))])
        self.plot.getAxis("bottom").setTicks([[(0.0, "0"), (self._most, significant(self._most))]])
        chosen = [key.token == self.marked for key in self.keys]
        self._bars.setOpts(
            x0=np.zeros(count),
            y=np.arange(count),
            width=np.array([key.weight for key in self.keys]),
            height=_THICK,
            brushes=[pg.mkBrush(colour if one else mix(colour, ground, 0.45)) for one in chosen],
            pens=[pg.mkPen(ink if one else colour, width=2 if one else 1) for one in chosen],
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, tokens = event.key(), [one.token for one in self.keys]
        if key in _STEPS and tokens:
            at = tokens.index(self.marked) + _STEPS[key] if self.marked in tokens else 0
            self.key_chosen.emit(tokens[min(len(tokens) - 1, max(0, at))])
        else:
            super().keyPressEvent(event)

    def _at(self, position: QPointF) -> Key | None:
        if not self.box.sceneBoundingRect().contains(position):
            return None
        row = round(self.box.mapSceneToView(position).y())
        return self.keys[row] if 0 <= row < len(self.keys) else None

    @Slot(object)
    def _read(self, position: QPointF) -> None:
        key = self._at(position)
        if key is not None:
            self.box.setToolTip(key.tip)  # or Qt takes the tip away when it looks for one itself
            QToolTip.showText(QCursor.pos(), key.tip, self.widget)
        elif self.box.toolTip():
            self.box.setToolTip("")
            QToolTip.hideText()

    @Slot(object)
    def _click(self, event: object) -> None:
        key = self._at(event.scenePos())  # type: ignore[attr-defined]
        if key is not None and event.button() == Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self.key_chosen.emit(key.token)
