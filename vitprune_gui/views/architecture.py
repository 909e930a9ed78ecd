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

from vitprune.agreement import TRUTH
from vitprune.architecture import Architecture, Kind, Site
from vitprune.plan import Action, PruningPlan
from vitprune.scores import METRICS, SELECTIONS, Scores, split_name, table_name
from vitprune_gui.colours import ColourScale, mix
from vitprune_gui.delegates import ScoreDelegate, SiteDelegate
from vitprune_gui.item_models.architecture_model import SITE_ROLE, ArchitectureModel, Column, SiteFilter
from vitprune_gui.repairs import REPAIRS, word
from vitprune_gui.state import AppState
from vitprune_gui.symbols import KIND_TITLES
from vitprune_gui.views.choices import fill
from vitprune_gui.views.formatting import (
    decimal,
    direction,
    metric_of,
    over_tokens,
    plural,
    thousands,
)
from vitprune_gui.views.parts import SPACE, EmptyState, wrapped

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


_TOKENS = {"all": "all tokens", "cls": "class token", "patch": "patch tokens", "pooled": "pooled tokens"}


class ScaleLegend(QWidget):
    """The colour scale with its ends, the metric's name, unit and direction, its tokens and the number of images."""

    _BAR = 10

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: ColourScale | None = None
        self._lines: tuple[str, ...] = ()
        self._low = self._high = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_scale(self, scale: ColourScale, table: str, images: int) -> None:
        self._scale = scale
        metric, tokens = metric_of(split_name(table)[0]), over_tokens(table)
        unit = f"{metric.unit}, " if metric.unit else ""
        name, count = f"{metric.title} ({unit}{direction(metric)})", f"n = {plural(images, 'image')}"
        self._lines = (name, f"{tokens}, {count}") if tokens else (f"{name}, {count}",)
        self._low, self._high = decimal(scale.low), decimal(scale.high)
        self.setAccessibleName(f"{', '.join(self._lines)}, from {self._low} to {self._high}")
        self.setToolTip(f"{metric_of(table).description}\n± is the standard error over images.".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, (1 + max(1, len(self._lines))) * self.fontMetrics().height() + self._BAR)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._scale is None:
            return
        painter = QPainter(self)
        line = self.fontMetrics().height()
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(ink)
        for row, text in enumerate(self._lines):
            shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(QRectF(0, row * line, self.width(), line), Qt.AlignmentFlag.AlignLeft, shown)
        low, high = (self.fontMetrics().horizontalAdvance(text) for text in (self._low, self._high))
        top = len(self._lines) * line + 4
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
        self.tokens_box = QComboBox()
        self.tokens_box.setAccessibleName("Tokens")
        self.tokens_box.setToolTip("The tokens that the scores are means over")
        self._fill_choices(None)

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
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.SCORE, QHeaderView.ResizeMode.Stretch)
        text = self.fontMetrics()
        self._widen(False)
        self.tree.setColumnWidth(Column.PARAMS, text.horizontalAdvance("00.0 M") + 9)
        self.tree.setColumnWidth(Column.MACS, text.horizontalAdvance("000 M") + 10)
        fixed = sum(map(self.tree.columnWidth, (Column.SITE, Column.PARAMS, Column.MACS)))
        scroll = self.tree.verticalScrollBar().sizeHint().width()
        self.tree.setMinimumWidth(fixed + text.horizontalAdvance("0.000 ±0.000") + 14 + scroll)
        self.tree.setSortingEnabled(True)
        self.tree.sortByColumn(Column.SITE, Qt.SortOrder.AscendingOrder)

        self.header = wrapped()
        self.note = EmptyState("No model", "Open a model to see its parts.")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self.note)
        self.legend = ScaleLegend()
        self.hint = wrapped("No scores yet. Press Analyse to colour the tree.")
        choices = QHBoxLayout()
        choices.setSpacing(SPACE)
        for text, box in (("Colour &by", self.metric_box), ("o&ver", self.tokens_box)):
            label = QLabel(text)
            label.setBuddy(box)
            choices.addWidget(label)
            choices.addWidget(box, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(SPACE)
        layout.addWidget(self.header)
        layout.addWidget(self.search)
        layout.addLayout(choices)
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
        self.tokens_box.activated.connect(self._choose_tokens)
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
        elif not architecture.sites:
            self.note.say("Nothing to prune here", self._state.unprunable)
        shown = architecture is not None and bool(architecture.sites)
        self._pages.setCurrentWidget(self.tree if shown else self.note)
        note = self._state.unprunable or architecture.note if shown and architecture else ""
        self.header.setText(note)
        self.header.setVisible(bool(note))
        self.search.setEnabled(shown)
        self._show_choices()
        self._show_legend()

    @Slot(object)
    def _show_plan(self, plan: PruningPlan | None) -> None:
        self.model.set_plan(plan)
        self._widen(any(map(word, dict(plan.actions).values())) if plan is not None else False)

    @Slot(object)
    def _show_scores(self, scores: Scores | None) -> None:
        self._fill_choices(scores)
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

    def _widen(self, repaired: bool) -> None:
        """Room for what stands beside a site, once something does."""
        text = self.fontMetrics()
        names = KIND_TITLES[Kind.ATTENTION], KIND_TITLES[Kind.CONV]
        room = max(map(text.horizontalAdvance, names)) + 70
        beside = text.horizontalAdvance(names[0]) + max(text.horizontalAdvance(r.word) for r in REPAIRS.values()) + 68
        self.tree.setColumnWidth(Column.SITE, max(room, beside) if repaired else room)

    def _show_legend(self) -> None:
        scale = ColourScale.of(self._state.scores, self._state.metric)
        shown = self._pages.currentWidget() is self.tree
        if scale is not None and self._state.scores is not None:
            self.legend.show_scale(scale, self._state.metric, self._state.scores.images)
        elif self._state.scores is not None:
            self.hint.setText(f"{metric_of(self._state.metric).title} was not measured in this session.")
        else:
            self.hint.setText("No scores yet. Press Analyse to colour the tree.")
        self.legend.setVisible(shown and scale is not None)
        self.hint.setVisible(shown and scale is None and not self._state.unprunable)

    def _fill_choices(self, scores: Scores | None) -> None:
        metric, tokens = split_name(self._state.metric)
        held = list(dict.fromkeys(name for name, _ in map(split_name, scores or METRICS)))
        if metric not in held:
            held.append(metric)
        ranked = sorted(held, key=lambda name: list(METRICS).index(name) if name in METRICS else len(METRICS))
        damage = [name for name in ranked if name.startswith(TRUTH)]
        cheap = [name for name in ranked if name not in damage]
        fill(
            self.metric_box, [cheap, damage], metric, lambda name: (metric_of(name).title, metric_of(name).description)
        )
        over = _selections(scores, metric) or ["all"]
        fill(self.tokens_box, [over], tokens, lambda name: (_TOKENS.get(name, name), SELECTIONS.get(name, "")))
        self._show_choices()

    def _show_choices(self) -> None:
        architecture = self._state.architecture
        self.metric_box.setEnabled(architecture is not None and bool(architecture.prunable))
        self.tokens_box.setEnabled(self.metric_box.isEnabled() and self.tokens_box.count() > 1)

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
        """The same tokens where the session has the metric over them."""
        metric, (_, tokens) = self.metric_box.itemData(row), split_name(self._state.metric)
        held = _selections(self._state.scores, metric)
        self._commands.set_metric(table_name(metric, tokens if tokens in held else next(iter(held), "all")))

    @Slot(int)
    def _choose_tokens(self, row: int) -> None:
        metric, _ = split_name(self._state.metric)
        self._commands.set_metric(table_name(metric, self.tokens_box.itemData(row)))

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
        chosen = self._free(self.selected_sites())
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

    def _free(self, sites: list[str]) -> list[str]:
        """Those that can go."""
        architecture = self._state.architecture
        return [site for site in sites if architecture is not None and not architecture.by_id[site].fixed]

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
        kept = [target for target in self._free(targets) if not self._removed(target)]
        gone = [target for target in targets if self._removed(target)]
        many = f" {len(targets)} sites" if len(targets) > 1 else ""
        menu = QMenu(self.tree)

        def add(text: str, ids: list[str], change: str, why_not: str = "") -> None:
            action = menu.addAction(text)
            action.setEnabled(bool(ids))
            action.setToolTip(why_not if not ids else "")
            command = self._commands.remove_sites if change == "remove" else self._commands.restore_sites
            action.triggered.connect(lambda: command(ids))

        menu.setToolTipsVisible(True)
        add(f"Prune{many}", kept, "remove", site.fixed)
        add(f"Restore{many}", gone, "restore")
        self._add_repairs(menu, gone)
        menu.addSeparator()
        if architecture is not None:
            block = site if site.kind == Kind.BLOCK else architecture.by_id.get(site.parent or "")
            if block is not None:
                add("Prune this block", [] if self._removed(block.id) else self._free([block.id]), "remove")
            attention = self._free([s.id for s in _after(architecture, site) if s.kind == Kind.ATTENTION])
            later = [s for s in attention if not self._removed(s)]
            add(f"Prune all {thousands(len(later))} attention layers after here", later, "remove")
            menu.addSeparator()
        copy = menu.addAction("Copy site id" if len(targets) == 1 else f"Copy {len(targets)} site ids")
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText("\n".join(targets)))
        return menu

    def _add_repairs(self, menu: QMenu, gone: list[str]) -> None:
        """What stands for the removed ones of the selected sites: those that are in the plan by their own name."""
        plan, architecture = self._state.plan, self._state.architecture
        named = [site for site in gone if plan is not None and site in plan]
        if not named or plan is None or architecture is None:
            return
        below = menu.addMenu("Change the repair" if len(named) == 1 else f"Change the repair of {len(named)} sites")
        below.setToolTipsVisible(True)
        now = {plan.action(site) for site in named}
        for repair, choice in REPAIRS.items():
            wanted = Action.REMOVE if repair == "none" else Action(repair)
            able = [site for site in named if wanted is Action.REMOVE or architecture.by_id[site].cost(wanted)]
            action = below.addAction(choice.title)
            action.setCheckable(True)
            action.setChecked(now == {wanted})
            action.setEnabled(bool(able))
            action.setToolTip(choice.what if able else "Sites of this kind cannot have it.")
            action.triggered.connect(lambda _=False, a=wanted, s=tuple(able): self._commands.repair_sites(s, a))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.model.set_palette(self.palette())


def _told(metric: str) -> tuple[str, str]:
    known = metric_of(metric)
    return known.title, known.description


def _selections(scores: Scores | None, metric: str) -> list[str]:
    """The selections of tokens over which there are scores of a metric, in their usual order."""
    held = [tokens for name, tokens in map(split_name, scores or ()) if name == metric]
    return sorted(held, key=[*SELECTIONS, *held].index)


def _after(architecture: Architecture, site: Site) -> tuple[Site, ...]:
    return tuple(other for other in architecture if other.depth > site.depth)
