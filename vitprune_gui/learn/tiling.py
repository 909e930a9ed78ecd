"""Charts of one shape side by side, each as large as the room allows; and what tokens are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from vitprune_gui.translation import tr
from vitprune_gui.views.parts import SPACE

if TYPE_CHECKING:
    from vitprune.anatomy import Tokens

_ABOVE = 66  # px of a title and what is said below it
_LEAST = QSize(160, 150)  # of a tile


class Tiling(QWidget):
    """Its visible tiles, which are square but for their titles, in as many columns as makes them largest."""

    def __init__(self, *tiles: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles = tiles
        for tile in tiles:
            tile.setParent(self)

    @property
    def shown(self) -> list[QWidget]:
        return [tile for tile in self._tiles if not tile.isHidden()]

    def columns(self, size: QSize) -> int:
        count = max(1, len(self.shown))

        def side(columns: int) -> float:
            return min(size.width() / columns, size.height() / -(-count // columns) - _ABOVE)

        even = {-(-count // rows) for rows in range(1, count + 1)}
        fitting = [columns for columns in even if columns == 1 or size.width() >= columns * _LEAST.width()]
        return max(sorted(fitting, reverse=True), key=side)

    def minimumSizeHint(self) -> QSize:
        count = max(1, len(self.shown))
        columns = min(count, max(1, self.width() // _LEAST.width()))
        rows = -(-count // columns)
        least = max((tile.minimumSizeHint().height() for tile in self.shown), default=0)
        return QSize(_LEAST.width(), rows * max(_LEAST.height(), least) + (rows - 1) * SPACE)

    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a tile came or went
            self.updateGeometry()
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        tiles = self.shown
        columns = self.columns(self.size())
        rows = -(-len(tiles) // columns)
        for number, tile in enumerate(tiles):
            row, column = divmod(number, columns)
            left, right = ((self.width() + SPACE) * at // columns for at in (column, column + 1))
            top, bottom = ((self.height() + SPACE) * at // rows for at in (row, row + 1))
            tile.setGeometry(QRect(left, top, right - left - SPACE, bottom - top - SPACE))


def token_name(tokens: Tokens, token: int) -> str:
    """What people call a token: the class token, or where a patch lies."""
    if token < len(tokens.prefix):
        return prefix_name(tokens.prefix[token])
    cell = tokens.cell(token)
    if cell is None:
        return tr("token {n}", n=token)
    return tr("row {row}, column {column}", row=cell[0] + 1, column=cell[1] + 1)


def prefix_name(name: str) -> str:
    """Of a token before the patches."""
    kind, _, number = name.partition(" ")
    match kind:
        case "class":
            return tr("class token")
        case "distillation":
            return tr("distillation token")
        case "register":
            return tr("register {n}", n=number)
        case _:
            return tr("extra token {n}", n=number)


def magnitude(value: float) -> str:
    """HTML: a number of any size, 0.042 or 5.1·10⁻¹². Four digits of it."""
    if value and not 1e-4 <= abs(value) < 1e5:
        mantissa, _, power = f"{value:.2e}".partition("e")
        return f"{mantissa}·10<sup>{int(power)}</sup>".replace("-", "\N{MINUS SIGN}")
    digits = 3 if not value or abs(value) >= 0.1 else 5
    return f"{value:z.{digits}f}".replace("-", "\N{MINUS SIGN}")
