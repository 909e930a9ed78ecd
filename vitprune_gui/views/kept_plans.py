"""The plans that were put aside, in the plan panel: keep, use, compare, rename, forget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QPushButton, QVBoxLayout, QWidget

from vitprune_gui.item_models.kept_plans_model import Index, KeptPlansModel
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.parts import SPACE, bold, wrapped

if TYPE_CHECKING:
    from vitprune.results import KeptPlan
    from vitprune_gui.commands import Commands

_ROWS = 3  # plans that are seen at once


class _List(QListView):
    forget_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.forget_wanted.emit()
        else:
            super().keyPressEvent(event)

    def dataChanged(self, topLeft: Index, bottomRight: Index, roles: Sequence[int] = ()) -> None:  # noqa: N803
        if self.state() == QAbstractItemView.State.EditingState:
            self.viewport().update()  # alone: the editor would be given the old name in place of what was typed
        else:
            super().dataChanged(topLeft, bottomRight, roles)


class KeptPlans(QWidget):
    compare_wanted = Signal()

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.model = KeptPlansModel(self)
        self.list = _List()
        self.list.setModel(self.model)
        self.list.setAccessibleName(tr("Kept plans"))
        self.list.setToolTip(tr("Enter uses a plan, F2 renames it, Delete forgets it"))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setAlternatingRowColors(True)
        self.list.setUniformItemSizes(True)
        self.list.setFixedHeight(round(3.3 * _ROWS * self.fontMetrics().lineSpacing()))
        self.none = wrapped(tr("No plan is kept. Keep one to come back to it, or to compare it with another."))
        self.keep = QPushButton(tr("Keep"))
        self.keep.setToolTip(tr("Put the present plan aside under a name"))
        self.use = QPushButton(tr("Use"))
        self.use.setToolTip(tr("Put the marked plan in place of the present one"))
        self.compare = QPushButton(tr("Compare…"))
        self.compare.setToolTip(tr("What two plans have in common, and what tells them apart"))
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        for button in (self.keep, self.use, self.compare):
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(bold(wrapped(tr("Kept plans"))))
        column.addWidget(self.none)
        column.addWidget(self.list)
        column.addLayout(buttons)

        self.keep.clicked.connect(self._keep)
        self.use.clicked.connect(self._use)
        self.compare.clicked.connect(self.compare_wanted)
        self.list.activated.connect(self._use_index)
        self.list.forget_wanted.connect(self._forget)
        self.list.selectionModel().currentChanged.connect(self._limit)
        self.model.rename_requested.connect(self._rename)
        for changed in (
            state.kept_plans_changed,
            state.evaluations_changed,
            state.architecture_changed,
            state.data_changed,
            state.test_data_changed,
            state.plan_changed,
        ):
            changed.connect(self._show)
        self._show()

    @property
    def marked(self) -> KeptPlan | None:
        return self.model.plan_at(self.list.currentIndex())

    @Slot()
    def _show(self) -> None:
        state, row = self._state, self.list.currentIndex().row()
        self.model.show(state.kept_plans, state.evaluations, state.architecture, state.images_to_evaluate, state.plan)
        shown = bool(state.kept_plans)
        self.none.setVisible(not shown)
        self.list.setVisible(shown)
        if shown and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(min(max(row, 0), len(state.kept_plans) - 1), 0))
        self._limit()

    @Slot()
    def _limit(self) -> None:
        state, marked = self._state, self.marked
        self.keep.setEnabled(state.plan is not None)
        self.use.setEnabled(marked is not None and marked.plan != state.plan)
        self.compare.setEnabled(state.plan is not None and (bool(state.kept_plans) or bool(state.plan)))

    @Slot()
    def _keep(self) -> None:
        self._commands.planning.keep_plan()
        self.list.setCurrentIndex(self.model.index(self.model.rowCount() - 1, 0))

    @Slot()
    def _use(self) -> None:
        if (marked := self.marked) is not None:
            self._commands.planning.use_kept(marked)

    @Slot(QModelIndex)
    def _use_index(self, index: QModelIndex) -> None:
        self._use()

    @Slot()
    def _forget(self) -> None:
        if (marked := self.marked) is not None:
            self._commands.planning.forget_kept(marked)

    @Slot(object, str)
    def _rename(self, kept: KeptPlan, name: str) -> None:
        self._commands.planning.rename_kept(kept, name)
