"""Plans that were put aside: a name, and below it how much goes and what was measured of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from vitprune.architecture import Architecture
from vitprune.comparison import current_of
from vitprune_gui.item_models.evaluations_model import MEASURES
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import estimate, percent, plan_sites

if TYPE_CHECKING:
    from vitprune.plan import PruningPlan
    from vitprune.results import DataReference, Evaluation, KeptPlan

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole


def measured(evaluation: Evaluation | None) -> str:
    """The first figure that was measured of a plan, with its interval; or that none was."""
    if evaluation is not None:
        for measure in MEASURES:
            value = measure.of(evaluation)
            if value is not None:
                text = estimate(value, percentage=measure.percentage)
                return tr("{measure} {value}", measure=tr(measure.title), value=text)
    return tr("not measured")


class KeptPlansModel(QAbstractListModel):
    """An edit asks for another name and changes nothing itself."""

    rename_requested = Signal(object, str)
    """A KeptPlan and the wanted name."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plans: tuple[KeptPlan, ...] = ()
        self._texts: list[tuple[str, str]] = []

    def show(
        self,
        plans: tuple[KeptPlan, ...],
        evaluations: tuple[Evaluation, ...],
        architecture: Architecture | None,
        data: DataReference | None,
        current: PruningPlan | None,
    ) -> None:
        """Where the same plans are shown already only what is said of them changes: who is typing a name goes on."""
        texts = [self._told(kept, evaluations, architecture, data, current) for kept in plans]
        if plans != self._plans:
            self.beginResetModel()
            self._plans, self._texts = plans, texts
            self.endResetModel()
            return
        for row, (before, text) in enumerate(zip(self._texts, texts, strict=True)):
            if text != before:
                self._texts[row] = text
                self.dataChanged.emit(self.index(row), self.index(row), [_Role.DisplayRole, _Role.ToolTipRole])

    def plan_at(self, index: Index) -> KeptPlan | None:
        return self._plans[index.row()] if index.isValid() and index.row() < len(self._plans) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._plans)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable if index.isValid() else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        kept = self.plan_at(index)
        if kept is None:
            return None
        text, tip = self._texts[index.row()]
        if role == _Role.DisplayRole:
            return text
        if role == _Role.EditRole:
            return kept.name
        if role == _Role.ToolTipRole:
            return tip
        return None

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        kept = self.plan_at(index)
        if kept is None or role != _Role.EditRole or str(value).strip() in ("", kept.name):
            return False
        self.rename_requested.emit(kept, str(value))
        return True

    @staticmethod
    def _told(
        kept: KeptPlan,
        evaluations: tuple[Evaluation, ...],
        architecture: Architecture | None,
        data: DataReference | None,
        current: PruningPlan | None,
    ) -> tuple[str, str]:
        sites = len(kept.plan)
        if architecture is not None and architecture.digest == kept.plan.digest:
            sites = len(kept.plan.removed_branches(architecture))
            left = kept.plan.summary(architecture).macs / architecture.macs if architecture.macs else 1.0
            size = tr("%n pruned, {share} of the MACs left", "", sites, share=percent(left))
        else:
            size = tr("%n pruned", "", sites)
        name = tr("{name} (on show)", name=kept.name) if kept.plan == current else kept.name
        figures = measured(current_of(evaluations, kept.plan, data))
        made = tr("Kept {when}", when=kept.created) if kept.created else ""
        tip = "\n".join(filter(None, (made, plan_sites(kept.plan, architecture))))
        return f"{name}\n{size}\n{figures}", tip
