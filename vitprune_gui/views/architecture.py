"""The site tree: score bars coloured by the chosen metric, ticks for what is kept, a legend below."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from vitprune.agreement import TRUTH
from vitprune.architecture import Architecture, Kind, Site
from vitprune.scores import METRICS, SELECTIONS, Scores, split_name, table_name
from vitprune_gui.actions import Verb
from vitprune_gui.colours import ColourScale
from vitprune_gui.delegates import ScoreDelegate, SiteDelegate
from vitprune_gui.item_models.architecture_model import (
    SITE_ROLE,
    STATES,
    ArchitectureModel,
    Column,
    Grouping,
    SiteFilter,
)
from vitprune_gui.repairs import REPAIRS, word
from vitprune_gui.state import AppState
from vitprune_gui.symbols import KIND_TITLES
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.choices import fill
from vitprune_gui.views.formatting import metric_of, title_and_tip
from vitprune_gui.views.parts import SPACE, EmptyState, narrow, wrapped
from vitprune_gui.views.scale_legend import ScaleLegend
from vitprune_gui.views.site_menu import SiteMenu

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


_TOKENS = {
    "all": noop("all tokens"),
    "cls": noop("class token"),
    "patch": noop("patch tokens"),
    "pooled": noop("pooled tokens"),
}
_GROUPINGS = {
    Grouping.BLOCK: (noop("By block"), noop("Blocks in running order, with their branches below them")),
    Grouping.KIND: (noop("By kind"), noop("All attention layers, all MLP layers, all blocks")),
    Grouping.STAGE: (noop("By stage"), noop("Blocks by the part of the model that they are in")),
}
_KEYS = Qt.Key


class SiteTree(QTreeView):
    """A tree in which single keys are verbs, unless somebody is typing the name of a row."""

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.verbs: dict[int, Callable[[], object]] = {}  # by their keys, of which Qt.Key does not name all
        self._typed = QElapsedTimer()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        verb = self.verbs.get(event.key())
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if verb is None or not plain:
            super().keyPressEvent(event)
        elif self._typing() and event.text().isprintable() and event.text():
            self.keyboardSearch(event.text())
        else:
            verb()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def keyboardSearch(self, search: str) -> None:
        self._typed.restart()
        super().keyboardSearch(search)

    def _typing(self) -> bool:
        return self._typed.isValid() and not self._typed.hasExpired(
            QGuiApplication.styleHints().keyboardInputInterval()
        )


class ArchitectureView(QWidget):
    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self._repaired = False
        self.model = ArchitectureModel(self)
        self.model.set_palette(self.palette())
        self.filtered = SiteFilter(self)
        self.filtered.setSourceModel(self.model)

        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Filter sites"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(tr("Filter sites"))
        self.search.setToolTip(
            tr("Words of a site's id, its kind or its state: {states}", states=", ".join(map(tr, STATES)))
        )
        self.grouping_box = QComboBox()
        self.grouping_box.setAccessibleName(tr("Group sites"))
        for row, (grouping, (title, tip)) in enumerate(_GROUPINGS.items()):
            self.grouping_box.addItem(tr(title), str(grouping))
            self.grouping_box.setItemData(row, tr(tip), Qt.ItemDataRole.ToolTipRole)
        self.grouping_box.setToolTip(
            tr("How the sites are grouped. Inside a group they are sorted as the header says.")
        )
        self.metric_box = QComboBox()
        self.metric_box.setAccessibleName(tr("Metric"))
        self.metric_box.setToolTip(tr("The metric that colours the tree and the charts"))
        self.tokens_box = QComboBox()
        self.tokens_box.setAccessibleName(tr("Tokens"))
        self.tokens_box.setToolTip(tr("The tokens that the scores are means over"))
        self._fill_choices(None)

        self.tree = SiteTree()
        self.tree.setModel(self.filtered)
        self.tree.setAccessibleName(tr("Sites of the model"))
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.setIndentation(12)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.setItemDelegateForColumn(Column.SITE, SiteDelegate(self.tree))
        self.tree.setItemDelegateForColumn(Column.SCORE, ScoreDelegate(self.tree))
        self.tree.setExpandsOnDoubleClick(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        planning = commands.planning
        self.tree.verbs = {
            _KEYS.Key_Space: planning.toggle_chosen,
            _KEYS.Key_Delete: planning.prune_chosen,
            _KEYS.Key_Backspace: planning.prune_chosen,
            _KEYS.Key_Insert: planning.restore_chosen,
            _KEYS.Key_P: planning.toggle_protection,
            _KEYS.Key_R: planning.cycle_repair,
        }
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.SCORE, QHeaderView.ResizeMode.Stretch)
        text = self.fontMetrics()
        self.tree.setColumnWidth(Column.PARAMS, text.horizontalAdvance("00.0 M") + 9)
        self.tree.setColumnWidth(Column.MACS, text.horizontalAdvance("000 M") + 10)
        self._widen()
        fixed = sum(map(self.tree.columnWidth, (Column.SITE, Column.PARAMS, Column.MACS)))
        scroll = self.tree.verticalScrollBar().sizeHint().width()
        self.tree.setMinimumWidth(fixed + self._score_room() + scroll)
        self.tree.setSortingEnabled(True)
        self.tree.sortByColumn(Column.SITE, Qt.SortOrder.AscendingOrder)

        self.header = wrapped()
        self.note = EmptyState(tr("No model"), tr("Open a model to see its parts."))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self.note)
        self.legend = ScaleLegend()
        self.hint = wrapped(tr("No scores yet. Press Analyse to colour the tree."))
        finding = QHBoxLayout()
        finding.setSpacing(SPACE)
        finding.addWidget(self.search, 2)
        finding.addWidget(narrow(self.grouping_box), 1)
        choices = QHBoxLayout()
        choices.setSpacing(SPACE)
        for title, box, share in ((tr("Colour &by"), self.metric_box, 3), (tr("o&ver"), self.tokens_box, 2)):
            label = QLabel(title)
            label.setBuddy(box)
            choices.addWidget(label)
            choices.addWidget(narrow(box), share)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(SPACE)
        layout.addWidget(self.header)
        layout.addLayout(finding)
        layout.addLayout(choices)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.legend)
        layout.addWidget(self.hint)

        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._enter_tree)
        self.grouping_box.activated.connect(self._group)
        self.metric_box.activated.connect(self._choose_metric)
        self.tokens_box.activated.connect(self._choose_tokens)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        self.tree.resized.connect(self._widen)
        self.tree.activated.connect(self._select_index)
        self.tree.selectionModel().selectionChanged.connect(self._selected)
        self.model.toggle_requested.connect(self._toggle)
        self.model.modelReset.connect(self._arrange)
        state.architecture_changed.connect(self._show_architecture)
        state.scores_changed.connect(self._show_scores)
        state.data_changed.connect(self._show_metric)
        state.metric_changed.connect(self._show_metric)
        state.plan_changed.connect(self._show_plan)
        state.protected_changed.connect(self._show_plan)
        state.selection_changed.connect(self._show_selection)
        self._show_architecture(state.architecture)
        self._show_plan(state.plan)
        self._show_metric(state.metric)
        self._show_selection(state.selection)

    def verbs(self) -> tuple[Verb, ...]:
        """What can be done with the selected sites, for menus and the palette."""
        do, menu = self._commands.planning, "Plan"
        none = self._nothing_chosen
        return (
            Verb("prune_chosen", tr("&Prune the selected sites"), tr("Put all selected sites into the plan"),
                 do.prune_chosen, none, menu=menu, group=10, words=tr("remove delete cut", "words to find it by")),
            Verb("restore_chosen", tr("&Restore the selected sites"), tr("Take all selected sites out of the plan"),
                 do.restore_chosen, none, menu=menu, group=10, words=tr("keep undo back", "words to find it by")),
            Verb("cycle_repair", tr("&Next repair of the selected sites"),
                 tr("Change what stands for the selected sites that are pruned"), do.cycle_repair, none, menu=menu,
                 group=10, words=tr("linear mean fold low rank diagonal", "words to find it by")),
            Verb("toggle_protection", tr("Pro&tect or release the selected sites"),
                 tr("What is protected stays: no edit and no method can prune it"), do.toggle_protection, none,
                 menu=menu, group=20, words=tr("lock keep pin freeze", "words to find it by")),
            Verb("release_all", tr("Release &all sites"), tr("Nothing is protected any more"), do.release_all,
                 lambda: "" if self._state.protected else tr("Nothing is protected."), menu=menu, group=20,
                 words=tr("unlock unprotect", "words to find it by")),
        )  # fmt: skip

    # From the state

    @Slot(object)
    def _show_architecture(self, architecture: Architecture | None) -> None:
        self.model.set_architecture(architecture)
        self._widen()
        shown = architecture is not None and bool(architecture.sites)
        self._show_page()
        note = self._state.unprunable or tr(architecture.note) if shown and architecture else ""
        self.header.setText(note)
        self.header.setVisible(bool(note))
        self.search.setEnabled(shown)
        self.grouping_box.setEnabled(shown)
        self._show_choices()
        self._show_legend()

    def _show_page(self) -> None:
        architecture = self._state.architecture
        if architecture is None:
            self.note.say(tr("No model"), tr("Open a model to see its parts."))
        elif not architecture.sites:
            self.note.say(tr("Nothing to prune here"), self._state.unprunable)
        else:
            self.note.say(tr("No site matches"), tr("Clear the filter, or use other words."))
        self._pages.setCurrentWidget(self.tree if self.filtered.rowCount() else self.note)

    @Slot()
    def _show_plan(self, _: object = None) -> None:
        plan = self._state.plan
        self.model.set_plan(plan, self._state.protected)
        self._repaired = plan is not None and bool(plan.units or any(word(action) for _, action in plan.actions))
        self._widen()
        if self.filtered.refresh():
            self._show_matching()

    @Slot(object)
    def _show_scores(self, scores: Scores | None) -> None:
        self._fill_choices(scores)
        self.model.set_scores(scores, self._state.metric, stale=bool(self._stale()))
        self._show_legend()

    @Slot(object)
    def _show_metric(self, _: object) -> None:
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

    def _stale(self) -> str:
        """Why the scores are not those of what is open; empty where they are, or where there are none."""
        scores, data, architecture = self._state.scores, self._state.data, self._state.architecture
        if scores is None or architecture is None:
            return ""
        if any(site not in architecture.by_id for table in scores.tables.values() for site in table):
            return tr("These scores are of another model. Analyse again.")
        if data is not None and data.images != (scores.asked_images or scores.images):
            return tr("These scores are of other images. Analyse again.")
        return ""

    @Slot()
    def _widen(self) -> None:
        """Room for what stands beside a site, once something does, as far as the scores leave some."""
        text, architecture = self.fontMetrics(), self._state.architecture
        kinds = {site.kind for site in architecture} if architecture is not None else set()
        names = [tr(KIND_TITLES[kind]) for kind in (kinds or {Kind.ATTENTION})]
        room = wanted = max(map(text.horizontalAdvance, names)) + 74
        if self._repaired:
            wanted += max(map(text.horizontalAdvance, map(word, REPAIRS)))
        match self.grouping_box.currentData():
            case Grouping.KIND:  # whose rows say their number as well
                wanted += text.horizontalAdvance(" 00")
            case Grouping.STAGE:
                wanted += self.tree.indentation()
        others = self._score_room() + sum(map(self.tree.columnWidth, (Column.PARAMS, Column.MACS)))
        room = max(room, min(wanted, self.tree.viewport().width() - others))
        self.tree.setColumnWidth(Column.SITE, room)

    def _score_room(self) -> int:
        return self.fontMetrics().horizontalAdvance("0.000 ±<0.001") + 10

    def _show_legend(self) -> None:
        scores, metric = self._state.scores, self._state.metric
        scale = ColourScale.of(scores, metric)
        shown = self._pages.currentWidget() is self.tree
        if scale is not None and scores is not None:
            self.legend.show_scale(scale, metric, scores.images, self._stale())
        elif scores is not None:
            self.hint.setText(tr("{metric} was not measured in this session.", metric=tr(metric_of(metric).title)))
        else:
            self.hint.setText(tr("No scores yet. Press Analyse to colour the tree."))
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
        fill(self.metric_box, [cheap, damage], metric, title_and_tip)
        over = _selections(scores, metric) or ["all"]
        fill(self.tokens_box, [over], tokens, _tokens_told)
        self._show_choices()

    def _show_choices(self) -> None:
        architecture = self._state.architecture
        self.metric_box.setEnabled(architecture is not None and bool(architecture.prunable))
        self.tokens_box.setEnabled(self.metric_box.isEnabled() and self.tokens_box.count() > 1)

    @Slot()
    def _arrange(self) -> None:
        """After every reset: all blocks open, and the selection where it was."""
        self._widen()
        self.tree.setRootIsDecorated(not self.model.flat)
        self.tree.expandAll()
        self._show_selection(self._state.selection)

    # From the user

    @Slot(str)
    def _filter(self, text: str) -> None:
        self.filtered.set_text(text)
        self._show_matching()

    def _show_matching(self) -> None:
        """Others match now: what came is seen whole, and the selection is where it was."""
        self._show_page()
        self._show_legend()
        self.tree.expandAll()
        self._show_selection(self._state.selection)

    @Slot()
    def _enter_tree(self) -> None:
        """From the filter to the first row that it leaves."""
        first = next((self.filtered.mapFromSource(self.model.index_of(site)) for site in self._matching()), None)
        if first is not None:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.tree.selectionModel().setCurrentIndex(first, flags)
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def _matching(self) -> list[str]:
        """The sites that the filter leaves for their own sake."""
        return [site for site in self.model.sites() if self.filtered.holds(self.model.index_of(site))]

    @Slot(int)
    def _group(self, row: int) -> None:
        self.model.set_grouping(Grouping(self.grouping_box.itemData(row)))

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
        self._commands.planning.choose(self.selected_sites())
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
            self._commands.planning.toggle_chosen()
        else:
            self._commands.toggle_site(site)

    def selected_sites(self) -> list[str]:
        """Ids of the selected rows, from top to bottom; a selected group stands for what is in it."""
        rows = self.tree.selectionModel().selectedRows(Column.SITE)
        chosen = {site for index in rows for site in self.model.sites_at(self.filtered.mapToSource(index))}
        return [site for site in self.model.sites() if site in chosen]

    def _nothing_chosen(self) -> str:
        return "" if self._commands.planning.chosen else tr("Select a site first.")

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
        chosen = self.selected_sites()
        targets = chosen if site.id in chosen else [site.id]
        return SiteMenu(self._state, self._commands, site, targets, self.tree)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.model.set_palette(self.palette())


def _tokens_told(name: str) -> tuple[str, str]:
    return tr(_TOKENS.get(name, name)), tr(SELECTIONS[name]) if name in SELECTIONS else ""


def _selections(scores: Scores | None, metric: str) -> list[str]:
    """The selections of tokens over which there are scores of a metric, in their usual order."""
    held = [tokens for name, tokens in map(split_name, scores or ()) if name == metric]
    return sorted(held, key=[*SELECTIONS, *held].index)
