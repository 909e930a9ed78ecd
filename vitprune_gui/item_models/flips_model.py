"""Images whose outcome differs between two sessions, each with its picture where that is at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap

from vitprune_gui.item_models.table_model import Cell, Row, TableModel
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitprune.lineup import Flip

Index = QModelIndex | QPersistentModelIndex
PICTURE = QSize(56, 56)


class FlipsModel(TableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icons: dict[str, QIcon | None] = {}

    def show_flips(self, flips: Sequence[Flip], baseline: str, session: str) -> None:
        titles = (
            Cell(tr("Image"), tr("As the data set has it")),
            Cell(tr("Class")),
            Cell(tr("By the baseline"), tr("What {session} says", session=baseline)),
            Cell(tr("By this session"), tr("What {session} says", session=session)),
        )
        self.show(titles, [Row(tuple(map(Cell, (f.path, f.label, f.baseline, f.session))), f) for f in flips])

    def forget_pictures(self) -> None:
        self._icons = {}

    def unseen(self, rows: Sequence[int]) -> list[str]:
        """The images in these rows whose pictures were never asked for."""
        return [row.about.path for row in (self.shown[number] for number in rows) if row.about.path not in self._icons]

    def set_pictures(self, found: Mapping[str, NDArray[np.uint8] | None]) -> None:
        """(height, width, 3) by name, None for those that cannot be had."""
        new = {name: _icon(pixels) for name, pixels in found.items() if name not in self._icons}
        if not new:
            return
        self._icons |= new
        if self.shown:
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(self.shown) - 1, 0), [Qt.ItemDataRole.DecorationRole]
            )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DecorationRole and index.isValid() and index.column() == 0:
            return self._icons.get(self.shown[index.row()].about.path)
        return super().data(index, role)


def _icon(pixels: NDArray[np.uint8] | None) -> QIcon | None:
    if pixels is None:
        return None
    height, width, _ = pixels.shape
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    side = max(width, height)
    if side < PICTURE.width():  # a picture of 28 pixels is looked at, not for
        image = image.scaled(PICTURE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation)
    return QIcon(QPixmap.fromImage(image))
