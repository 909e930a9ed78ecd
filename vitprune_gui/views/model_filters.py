"""What the list of models is narrowed by."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QLineEdit, QToolButton, QWidget

from vitprune_gui.item_models.catalog_model import SUPPORT, Wanted
from vitprune_gui.translation import tr
from vitprune_gui.views.parts import SPACE, TickBox, narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitprune.catalog import ModelEntry

_MILLION = 1e6
_ARROW = 32  # pixels of a box beside its text
_LARGEST = 100_000  # million parameters


class ModelFilters(QWidget):
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search models: vit base dinov2"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(tr("Search models"))
        self.search.setToolTip(
            tr("Every word, in any order, in the name, the family or the licence; ViT-B/16 works too")
        )
        self.family = _box(tr("Family"), tr("All families"))
        self.support = _box(tr("What ViTPrune can do with them"), tr("Any support"))
        for value, text in SUPPORT.items():
            self.support.addItem(tr(text), value)
        self.side = _box(tr("Pixels of the input"), tr("Any input"))
        self.here = TickBox(tr("On this machine"))
        self.here.setToolTip(tr("Only models whose weights are here already"))
        self.commercial = TickBox(tr("Commercial use"))
        self.commercial.setToolTip(tr("Only licences that permit commercial use without conditions of their own"))
        self.least = _millions(tr("Parameters at least"), tr("from any size"), 0)
        self.most = _millions(tr("Parameters at most"), tr("to any size"), 0)
        self.more = QToolButton()
        self.more.setText(tr("Filters"))
        self.more.setToolTip(tr("More to narrow the list by"))
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE)
        self._extra = (self.support, self.side, self.least, self.most, self.commercial)
        self._shape: tuple[bool, int] | None = None
        self.arrange(wide=False)
        self.search.textChanged.connect(self.changed)
        for box in (self.family, self.support, self.side):
            box.currentIndexChanged.connect(self.changed)
        for tick in (self.here, self.commercial):
            tick.toggled.connect(self.changed)
        for field in (self.least, self.most):
            field.valueChanged.connect(self.changed)
        self.more.toggled.connect(self._show_more)

    def wanted(self) -> Wanted:
        return Wanted(
            text=" ".join(self.search.text().split()),
            family=self.family.currentData() or "",
            support=self.support.currentData() or "",
            here=self.here.isChecked(),
            commercial=self.commercial.isChecked(),
            params=(self.least.value() * _MILLION, self.most.value() * _MILLION or float("inf")),
            side=self.side.currentData() or 0,
        )

    def show_choices(self, entries: Sequence[ModelEntry]) -> None:
        """Offer the families and sizes that there are; what is chosen stays."""
        _offer(self.family, [(name, name) for name in sorted({entry.family for entry in entries})])
        sides = sorted({side for entry in entries for side in entry.input_size[1:]})
        _offer(self.side, [(tr("{pixels} pixels", pixels=side), side) for side in sides])

    def arrange(self, *, wide: bool, lines: int = 1) -> None:
        """All in one or two lines, or the most used ones with the rest behind a button."""
        if (wide, lines) == self._shape:
            return
        self._shape = wide, lines
        grid = self._grid
        while grid.takeAt(0) is not None:
            pass
        if wide and lines == 2:
            grid.addWidget(self.search, 0, 0, 1, 5)
            for column, part in enumerate((self.here, self.commercial)):
                grid.addWidget(part, 0, 5 + column)
            for column, part in enumerate((self.family, self.support, self.side, self.least, self.most)):
                grid.addWidget(part, 1, column)
            for column in range(8):
                grid.setColumnStretch(column, int(column < 3))
        elif wide:
            line = (
                self.search,
                self.family,
                self.support,
                self.side,
                self.least,
                self.most,
                self.here,
                self.commercial,
            )
            for column, part in enumerate(line):
                grid.addWidget(part, 0, column)
                grid.setColumnStretch(column, 3 if part is self.search else int(isinstance(part, QComboBox)))
        else:
            for column in range(8):
                grid.setColumnStretch(column, int(column < 2))
            grid.addWidget(self.search, 0, 0, 1, 3)
            grid.addWidget(self.family, 1, 0)
            grid.addWidget(self.here, 1, 1)
            grid.addWidget(self.more, 1, 2)
            grid.addWidget(self.support, 2, 0)
            grid.addWidget(self.side, 2, 1, 1, 2)
            grid.addWidget(self.least, 3, 0)
            grid.addWidget(self.most, 3, 1, 1, 2)
            grid.addWidget(self.commercial, 4, 0, 1, 3)
        self.more.setVisible(not wide)
        self._show_more()
        places = sorted(range(grid.count()), key=lambda place: _position(grid, place))
        items = filter(None, (grid.itemAt(place) for place in places))
        parts = [widget for item in items if (widget := item.widget()) is not None]
        for part, following in pairwise(parts):
            QWidget.setTabOrder(part, following)

    @Slot()
    def _show_more(self) -> None:
        for part in self._extra:
            part.setVisible(bool(self._shape and self._shape[0]) or self.more.isChecked())


def _position(grid: QGridLayout, place: int) -> tuple[int, int]:
    row, column, *_ = cast(tuple[int, int, int, int], grid.getItemPosition(place))
    return row, column


def _box(name: str, every: str) -> QComboBox:
    box = QComboBox()
    box.addItem(every, None)
    box.setAccessibleName(name)
    box.setToolTip(name)
    narrow(box)
    box.setMinimumWidth(box.fontMetrics().horizontalAdvance(every) + _ARROW)
    return box


def _millions(name: str, every: str, value: float) -> QDoubleSpinBox:
    """A number of parameters in millions; 0 is no bound."""
    field = QDoubleSpinBox()
    field.setRange(0, _LARGEST)
    field.setDecimals(0)
    field.setSingleStep(10)
    field.setSuffix(tr(" M", "million parameters"))
    field.setSpecialValueText(every)
    field.setValue(value)
    field.setAccessibleName(name)
    field.setToolTip(tr("{what}, in millions", what=name))
    return field


def _offer(box: QComboBox, choices: list[tuple[str, object]]) -> None:
    chosen = box.currentData()
    box.blockSignals(True)
    while box.count() > 1:
        box.removeItem(1)
    for text, value in choices:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)
    narrow(box)
