"""Heads or neurons of one branch that go, chosen by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from vitprune.architecture import Kind, Site
from vitprune.plan import PruningPlan
from vitprune.ranges import read, written
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.parts import SPACE, TickBox, bold, wrapped

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

_IN_A_ROW = 6


class UnitsField(QWidget):
    """Heads are ticked where they stay, as sites are in the tree. Neurons, of which there are thousands, go by their
    numbers."""

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._site: Site | None = None
        self._gone: frozenset[int] = frozenset()
        self._title, self._wrong = bold(QLabel()), wrapped()
        self.heads: list[TickBox] = []
        self.numbers = QLineEdit()
        self.numbers.setPlaceholderText(tr("None. For example: 0, 4-7"))
        self.numbers.setAccessibleName(tr("Neurons that go"))
        self.numbers.editingFinished.connect(self._read)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(_IN_A_ROW, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addLayout(self._grid)
        column.addWidget(self.numbers)
        column.addWidget(self._wrong)

    def show_site(self, site: Site, plan: PruningPlan | None, why_not: str) -> None:
        """`why_not` says why nothing of it can be chosen now."""
        same = self._site is not None and self._site.id == site.id
        gone = frozenset(plan.units_of(site.id) if plan is not None else ())
        changed = not same or gone != self._gone
        self._site, self._gone = site, gone
        heads = site.kind is Kind.ATTENTION
        self._title.setText(tr("Heads that stay") if heads else tr("Neurons that go"))
        self.setEnabled(not why_not)
        self.setToolTip(why_not)
        for head in range(len(self.heads), site.units if heads else 0):
            box = TickBox(str(head))
            box.setAccessibleName(tr("Head {number}", number=head))
            box.clicked.connect(self._tick)
            self._grid.addWidget(box, head // _IN_A_ROW, head % _IN_A_ROW, Qt.AlignmentFlag.AlignLeft)
            self.heads.append(box)
        for head, box in enumerate(self.heads):
            box.setVisible(heads and head < site.units)
        self.numbers.setVisible(not heads)
        self.numbers.setToolTip(
            tr("Numbers from 0 to {last}, or ranges of them", last=thousands(max(0, site.units - 1)))
        )
        self._mark(text=changed)

    def _mark(self, *, text: bool = True) -> None:
        """What is typed stays where the plan has not changed."""
        for head, box in enumerate(self.heads):
            box.setChecked(head not in self._gone)
        if text:
            self.numbers.setText(written(sorted(self._gone)))
            self.numbers.setCursorPosition(0)
            self._say("")

    @Slot()
    def _tick(self) -> None:
        if self._site is None:
            return
        boxes = self.heads[: self._site.units]
        gone = [head for head, box in enumerate(boxes) if not box.isChecked()]
        self._commands.planning.take_units(self._site.id, gone)
        self._mark()  # it may have been refused

    @Slot()
    def _read(self) -> None:
        if self._site is None:
            return
        try:
            gone = set(read(self.numbers.text()))
        except ValueError:
            self._say(tr("Write numbers with commas between them, or ranges: 0, 4-7"))
            return
        if gone and max(gone) >= self._site.units:
            self._say(tr("This one has the numbers 0 to {last}.", last=thousands(self._site.units - 1)))
            return
        if gone != self._gone:
            self._commands.planning.take_units(self._site.id, sorted(gone))
        self._mark()

    def _say(self, text: str) -> None:
        self._wrong.setText(text)
        self._wrong.setVisible(bool(text))
