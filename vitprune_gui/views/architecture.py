"""The site tree: score bars coloured by the chosen metric, ticks for what is kept, a legend below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QGuiApplication,
    QKeySequence,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from vitprune.architecture import Architecture, Kind, Site
from vitprune.plan import PruningPlan
from vitprune.scores import METRICS, Metric, Scores
from vitprune_gui.colours import ColourScale, mix
from vitprune_gui.delegates import ScoreDelegate, SiteDelegate
from vitprune_gui.item_models.architecture_model import SITE_ROLE, ArchitectureModel, Column, SiteFilter
from vitprune_gui.state import AppState
from vitprune_gui.views.formatting import decimal, direction, metric_of, plural, thousands
from vitprune_gui.views.parts import SPACE, EmptyState, wrapped

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


class ScaleLegend(QWidget):
    """The colour scale with its ends, the metric's name, unit and direction, and the number of images."""

    _BAR = 10

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: ColourScale | None = None
        self._title = self._low = self._high = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_scale(self, scale: ColourScale, metric: Metric, images: int) -> None:
        self._scale = scale
        unit = f"{metric.unit}, " if metric.unit else ""
        self._title = f"{metric.title} ({unit}{direction(metric)}), n = {plural(images, 'image')}"
        self._low, self._high = decimal(scale.low), decimal(scale.high)
        self.setAccessibleName(f"{self._title}, from {self._low} to {self._high}")
        self.setToolTip(f"{metric.description}\n± is the standard error over images.".strip())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 2 * self.fontMetrics().height() + self._BAR)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._scale is None:
            return
        painter = QPainter(self)
        line = self.fontMetrics().height()
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(ink)
        title = self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, 0, self.width(), line), Qt.AlignmentFlag.AlignLeft, title)
        low, high = (self.fontMetrics().horizontalAdvance(text) for text in (self._low, self._high))
        top = line + 4
        painter.drawText(QRectF(0, top, low + 2, line), Qt.AlignmentFlag.AlignVCenter, self._low)
        painter.drawText(
            QRectF(self.width() - high - 2, top, high + 2, line), Qt.AlignmentFlag.AlignVCenter, self._high
        )
        bar = QRectF(low + 8, top + (line - self._BAR) / 2, self.width() - low - high - 16, self._BAR)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        steps = 16
        for step in range(steps + 1):
            value = self._scale.low + (self._scale.high - self._scale.low) * step / steps
            gradient.setColorAt(step / steps, self._scale.colour(value))
        painter.fillRect(bar, gradient)
        painter.setPen(mix(self.palette().color(QPalette.ColorRole.Window), ink, 0.35))
        painter.drawRect(bar)


class ArchitectureView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self.model = ArchitectureModel(self)
        self.model.set_palette(self.palette())
        self.filtered = SiteFilter(self)
        self.filtered.setSourceModel(self.model)

        self.search = QLineEdit()
        self.search.setPlaceholderText("Filter sites")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Filter sites")
        self.metric_box = QComboBox()
        self.metric_box.setAccessibleName("Metric")
        self.metric_box.setToolTip("The metric that colours the tree and the charts")
        self._fill_metrics(None)

        self.tree = QTreeView()
        self.tree.setModel(self.filtered)
        self.tree.setAccessibleName("Sites of the model")
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.setIndentation(12)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.setItemDelegate(SiteDelegate(self.tree))
        self.tree.setItemDelegateForColumn(Column.SCORE, ScoreDelegate(self.tree))
        self.tree.setExpandsOnDoubleClick(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.SCORE, QHeaderView.ResizeMode.Stretch)
        text = self.fontMetrics()
        self.tree.setColumnWidth(Column.SITE, text.horizontalAdvance("Attention") + 76)
        self.tree.setColumnWidth(Column.PARAMS, text.horizontalAdvance("00.0 M") + 9)
        self.tree.setColumnWidth(Column.MACS, text.horizontalAdvance("000 M") + 10)
        fixed = sum(map(self.tree.columnWidth, (Column.SITE, Column.PARAMS, Column.MACS)))
        scroll = self.tree.verticalScrollBar().sizeHint().width()
        self.tree.setMinimumWidth(fixed + text.horizontalAdvance("0.000 ±0.000") + 14 + scroll)
        self.tree.setSortingEnabled(True)
        self.tree.sortByColumn(Column.SITE, Qt.SortOrder.AscendingOrder)

        self.note = EmptyState("No model", "Open a model to see its parts.")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self.note)
        self.legend = ScaleLegend()
        self.hint = wrapped("No scores yet. Press Analyse to colour the tree.")
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(self.search, 1)
        label = QLabel("Colour by")
        label.setBuddy(self.metric_box)
        top.addWidget(label)
        top.addWidget(self.metric_box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(SPACE)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.legend)
        layout.addWidget(self.hint)

        toggle = QAction("Prune or restore", self.tree)
        toggle.setShortcut(QKeySequence(Qt.Key.Key_Space))
        toggle.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        toggle.triggered.connect(self._toggle_selected)
        self.tree.addAction(toggle)
        self.search.textChanged.connect(self._filter)
        self.metric_box.activated.connect(self._choose_metric)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        self.tree.activated.connect(self._select_index)
        self.tree.selectionModel().selectionChanged.connect(self._selected)
        self.model.toggle_requested.connect(self._toggle)
        self.model.modelReset.connect(self._arrange)
        state.architecture_changed.connect(self._show_architecture)
        state.scores_changed.connect(self._show_scores)
        state.metric_changed.connect(self._show_metric)
        state.plan_changed.connect(self._show_plan)
        state.selection_changed.connect(self._show_selection)
        self._show_architecture(state.architecture)
        self._show_plan(state.plan)
        self._show_metric(state.metric)
        self._show_selection(state.selection)

    # From the state

    @Slot(object)
    def _show_architecture(self, architecture: Architecture | None) -> None:
        self.model.set_architecture(architecture)
        if architecture is None:
            self.note.say("No model", "Open a model to see its parts.")
        elif architecture.note or not architecture.sites:
            self.note.say("Nothing to prune here", architecture.note or f"{architecture.name} has no site that can go.")
        shown = architecture is not None and bool(architecture.sites) and not architecture.note
        self._pages.setCurrentWidget(self.tree if shown else self.note)
        for widget in (self.search, self.metric_box):
            widget.setEnabled(shown)
        self._show_legend()

    @Slot(object)
    def _show_plan(self, plan: PruningPlan | None) -> None:
        self.model.set_plan(plan)

    @Slot(object)
    def _show_scores(self, scores: Scores | None) -> None:
        self._fill_metrics(scores)
        self.model.set_scores(scores, self._state.metric)
        self._show_legend()

    @Slot(object)
    def _show_metric(self, metric: str) -> None:
        self._show_scores(self._state.scores)

    @Slot(object)
    def _show_selection(self, site: str | None) -> None:
        selection = self.tree.selectionModel()
        if site is None:
            selection.clearSelection()
            return
        index = self.filtered.mapFromSource(self.model.index_of(site))
        if not index.isValid():
            # Hidden by the filter or by the ranking: nothing may look selected that is not.
            selection.clearSelection()
        elif (
            not selection.isRowSelected(index.row(), index.parent()) or self.tree.currentIndex().data(SITE_ROLE) != site
        ):
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            selection.setCurrentIndex(index, flags)
            self.tree.scrollTo(index)

    def _show_legend(self) -> None:
        scale = ColourScale.of(self._state.scores, self._state.metric)
        shown = self._pages.currentWidget() is self.tree
        if scale is not None and self._state.scores is not None:
            self.legend.show_scale(scale, metric_of(self._state.metric), self._state.scores.images)
        elif self._state.scores is not None:
            self.hint.setText(f"{metric_of(self._state.metric).title} was not measured in this session.")
        else:
            self.hint.setText("No scores yet. Press Analyse to colour the tree.")
        self.legend.setVisible(shown and scale is not None)
        self.hint.setVisible(shown and scale is None)

    def _fill_metrics(self, scores: Scores | None) -> None:
        names = [*METRICS, *(name for name in scores or () if name not in METRICS)]
        if [self.metric_box.itemData(i) for i in range(self.metric_box.count())] != names:
            self.metric_box.clear()
            for row, name in enumerate(names):
                self.metric_box.addItem(metric_of(name).title, name)
                self.metric_box.setItemData(row, metric_of(name).description, Qt.ItemDataRole.ToolTipRole)
        self.metric_box.setCurrentIndex(self.metric_box.findData(self._state.metric))

    @Slot()
    def _arrange(self) -> None:
        """After every reset: all blocks open, and the selection where it was."""
        self.tree.setRootIsDecorated(not self.model.flat)
        self.tree.expandAll()
        self._show_selection(self._state.selection)

    # From the user

    @Slot(str)
    def _filter(self, text: str) -> None:
        self.filtered.set_text(text)
        self.tree.expandAll()
        self._show_selection(self._state.selection)

    @Slot(int)
    def _choose_metric(self, row: int) -> None:
        self._commands.set_metric(self.metric_box.itemData(row))

    @Slot()
    def _selected(self) -> None:
        current = self.tree.currentIndex()
        if self.tree.selectionModel().isRowSelected(current.row(), current.parent()):
            self._select_index(current)

    @Slot(QModelIndex)
    def _select_index(self, index: QModelIndex) -> None:
        site = index.data(SITE_ROLE)
        if site is not None and site != self._state.selection:
            self._commands.select_site(site)

    @Slot(str)
    def _toggle(self, site: str) -> None:
        """A click on a tick box changes all selected rows when it is one of them."""
        chosen = self.selected_sites()
        if site in chosen and len(chosen) > 1:
            self._toggle_selected()
        else:
            self._commands.toggle_site(site)

    @Slot()
    def _toggle_selected(self) -> None:
        chosen = self.selected_sites()
        if len(chosen) == 1:
            self._commands.toggle_site(chosen[0])
        elif any(not self._removed(site) for site in chosen):
            self._commands.remove_sites(chosen)
        elif chosen:
            self._commands.restore_sites(chosen)

    def selected_sites(self) -> list[str]:
        """Ids of the selected rows, from top to bottom."""
        rows = self.tree.selectionModel().selectedRows(Column.SITE)
        chosen = {index.data(SITE_ROLE) for index in rows}
        return [site for site in self.model.sites() if site in chosen]

    def _removed(self, site: str) -> bool:
        plan, architecture = self._state.plan, self._state.architecture
        return plan is not None and architecture is not None and plan.removes(architecture, site)

    @Slot(QPoint)
    def _open_menu(self, at: QPoint) -> None:
        index = self.tree.indexAt(at)
        architecture = self._state.architecture
        site = architecture.by_id.get(index.data(SITE_ROLE)) if architecture and index.isValid() else None
        if site is not None:
            menu = self.menu_for(site)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.tree.viewport().mapToGlobal(at))

    def menu_for(self, site: Site) -> QMenu:
        """What can be done with a site, and with all selected ones when it is among them."""
        architecture = self._state.architecture
        chosen = self.selected_sites()
        targets = chosen if site.id in chosen else [site.id]
        kept = [target for target in targets if not self._removed(target)]
        gone = [target for target in targets if self._removed(target)]
        many = f" {len(targets)} sites" if len(targets) > 1 else ""
        menu = QMenu(self.tree)

        def add(text: str, ids: list[str], change: str, icon_kind: str = "") -> None:
            action = menu.addAction(text)
            action.setEnabled(bool(ids))
            command = self._commands.remove_sites if change == "remove" else self._commands.restore_sites
            action.triggered.connect(lambda: command(ids))

        add(f"Prune{many}", kept, "remove")
        add(f"Restore{many}", gone, "restore")
        menu.addSeparator()
        if architecture is not None:
            block = site if site.kind == Kind.BLOCK else architecture.by_id.get(site.parent or "")
            if block is not None:
                add("Prune this block", [] if self._removed(block.id) else [block.id], "remove")
            later = [s.id for s in _after(architecture, site) if s.kind == Kind.ATTENTION and not self._removed(s.id)]
            add(f"Prune all {thousands(len(later))} attention layers after here", later, "remove")
            menu.addSeparator()
        copy = menu.addAction("Copy site id" if len(targets) == 1 else f"Copy {len(targets)} site ids")
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText("\n".join(targets)))
        return menu

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.model.set_palette(self.palette())


def _after(architecture: Architecture, site: Site) -> tuple[Site, ...]:
    return tuple(other for other in architecture if other.depth > site.depth)
