"""The tree of sites: grouped, sorted, filtered by state, with keys for everything and marks for what is the case."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui import synthetic
from tests.gui.synthetic import RecordingCommands
from vitprune.architecture import Kind
from vitprune.errors import PlanInvalid
from vitprune.plan import PruningPlan
from vitprune_gui.delegates import PROTECTED_ROLE, PRUNED_ROLE, REPAIR_ROLE, SCORE_ROLE
from vitprune_gui.item_models.architecture_model import SITE_ROLE, ArchitectureModel, Column, Grouping
from vitprune_gui.state import AppState
from vitprune_gui.views.architecture import ArchitectureView

ROLE = Qt.ItemDataRole


@pytest.fixture
def app(qapp: Any) -> tuple[AppState, RecordingCommands]:
    return synthetic.analysed()


@pytest.fixture
def view(qtbot: Any, app: Any) -> ArchitectureView:
    made = ArchitectureView(*app)
    qtbot.addWidget(made)
    made.resize(390, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def ids(view: ArchitectureView, parent: QModelIndex | None = None) -> list[str]:
    """The ids of all visible rows, from top to bottom; a group by its title."""
    model, found = view.filtered, []
    above = parent or QModelIndex()
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        found += [index.data(SITE_ROLE) or index.data(), *ids(view, index)]
    return found


def select(view: ArchitectureView, *sites: str) -> None:
    flag = QItemSelectionModel.SelectionFlag
    selection = view.tree.selectionModel()
    selection.clearSelection()
    for site in sites:
        selection.setCurrentIndex(view.filtered.mapFromSource(view.model.index_of(site)), flag.Select | flag.Rows)


def group(view: ArchitectureView, grouping: Grouping) -> None:
    row = view.grouping_box.findData(str(grouping))
    view.grouping_box.setCurrentIndex(row)
    view.grouping_box.activated.emit(row)


@pytest.mark.parametrize("grouping", list(Grouping))
@pytest.mark.parametrize("column", [Column.SITE, Column.SCORE])
def test_the_models_keep_the_rules_of_qt(qtmodeltester: Any, qapp: Any, grouping: Grouping, column: Column) -> None:
    model = ArchitectureModel()
    model.set_architecture(synthetic.architecture(3))
    model.set_scores(synthetic.scores(synthetic.architecture(3)), "cosine")
    model.set_grouping(grouping)
    model.sort(column, Qt.SortOrder.DescendingOrder)
    qtmodeltester.check(model)
    assert set(model.sites()) <= {site.id for site in synthetic.architecture(3)}


def test_every_site_is_there_once_in_every_grouping(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    for grouping in Grouping:
        group(view, grouping)
        assert sorted(view.model.sites()) == sorted(site.id for site in state.architecture)
    group(view, Grouping.KIND)
    tops = [view.filtered.index(row, 0).data() for row in range(view.filtered.rowCount())]
    assert tops == ["All blocks (12)", "All attention layers (12)", "All MLP layers (12)"]
    attention = view.filtered.index(1, 0)
    assert ids(view, attention) == [site.id for site in state.architecture.of_kind(Kind.ATTENTION)]
    assert view.filtered.index(0, 0, attention).data() == "Attention 0", "a name that stands alone"
    group(view, Grouping.STAGE)
    assert view.filtered.index(0, 0).data() == "blocks (12)"


def test_stages_are_the_parts_that_blocks_are_in(qtbot: Any, app: Any) -> None:
    state, commands = app
    sites = tuple(
        replace(
            site,
            id=site.id.replace("blocks.", f"layers.{site.depth // 4}.blocks."),
            parent=site.parent and site.parent.replace("blocks.", f"layers.{site.depth // 4}.blocks."),
        )
        for site in state.architecture
    )
    state.scores, state.plan = None, None
    state.architecture = replace(state.architecture, sites=sites)
    view = ArchitectureView(state, commands)
    qtbot.addWidget(view)
    group(view, Grouping.STAGE)
    tops = [view.filtered.index(row, 0).data() for row in range(view.filtered.rowCount())]
    assert tops == [f"layers.{stage}.blocks (4)" for stage in range(3)]


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
def test_sorting_ranks_inside_the_groups(view: ArchitectureView, app: Any, order: Qt.SortOrder) -> None:
    state, _ = app
    group(view, Grouping.KIND)
    view.tree.sortByColumn(Column.SCORE, order)
    for row, kind in enumerate((Kind.BLOCK, Kind.ATTENTION, Kind.MLP)):
        sites = [site.id for site in state.architecture.of_kind(kind)]
        wanted = sorted(
            sites,
            key=lambda site: state.scores["cosine"][site].mean,
            reverse=order == Qt.SortOrder.DescendingOrder,
        )
        assert ids(view, view.filtered.index(row, 0)) == wanted
    view.tree.sortByColumn(Column.SITE, Qt.SortOrder.DescendingOrder)
    assert ids(view, view.filtered.index(1, 0))[0] == "blocks.11.attn"


def test_the_filter_knows_states_and_follows_the_plan(view: ArchitectureView, app: Any) -> None:
    state, commands = app
    view.search.setText("pruned")
    assert ids(view) == []
    assert view.note.isVisible()
    assert "Clear the filter" in view.note.text.text()
    assert not view.legend.isVisible()
    state.selection = "blocks.5.mlp"
    commands.remove_sites(["blocks.3.attn", "blocks.5.mlp"])
    assert ids(view) == ["blocks.3", "blocks.3.attn", "blocks.5", "blocks.5.mlp"], "with what they stand in"
    assert all(view.tree.isExpanded(view.filtered.index(row, 0)) for row in range(2))
    assert view.selected_sites() == ["blocks.5.mlp"]
    assert view.legend.isVisible()
    assert not view.hint.isVisible()
    view.search.setText("pruned mlp")
    assert ids(view) == ["blocks.5", "blocks.5.mlp"]
    commands.repair_sites(["blocks.5.mlp"], "linear")
    view.search.setText("repaired linear")
    assert ids(view) == ["blocks.5", "blocks.5.mlp"]
    commands.planning.protect(["blocks.1.attn"])
    view.search.setText("protected")
    assert ids(view) == ["blocks.1", "blocks.1.attn"]
    commands.planning.release(["blocks.1.attn"])
    assert ids(view) == []
    QTest.keyClick(view.search, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(view.search, "7 mlp")
    QTest.keyClick(view.search, Qt.Key.Key_Return)
    assert view.tree.hasFocus()
    assert state.selection == "blocks.7.mlp"


def test_keys_do_what_the_menu_does(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    view.tree.setFocus()
    select(view, "blocks.2.attn", "blocks.4.mlp")
    press = lambda key: QTest.keyClick(view.tree, key)  # noqa: E731
    press(Qt.Key.Key_Delete)
    assert state.plan.sites == {"blocks.2.attn", "blocks.4.mlp"}
    press(Qt.Key.Key_R)
    assert {str(action) for _, action in state.plan.actions} == {"mean"}
    press(Qt.Key.Key_Insert)
    assert not state.plan.sites
    press(Qt.Key.Key_P)
    assert state.protected == {"blocks.2.attn", "blocks.4.mlp"}
    press(Qt.Key.Key_Space)
    assert not state.plan.sites
    press(Qt.Key.Key_P)
    assert not state.protected
    press(Qt.Key.Key_Backspace)
    assert state.plan.sites == {"blocks.2.attn", "blocks.4.mlp"}
    press(Qt.Key.Key_Space)
    assert not state.plan.sites
    QTest.keyClick(view.tree, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(state.chosen) == 36


def test_a_key_without_a_name_does_nothing(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    select(view, "blocks.2.attn")
    QApplication.sendEvent(view.tree, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier))
    assert not state.plan.sites
    assert state.selection == "blocks.2.attn"


def test_a_name_can_be_typed_although_its_letters_are_keys(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    select(view, "blocks.0")
    view.tree.setFocus()
    QTest.keyClicks(view.tree, "mlp")
    assert state.selection == "blocks.0.mlp"
    assert not state.protected, "the p was part of the name"
    select(view, "blocks.11.mlp")
    QTest.qWait(QApplication.styleHints().keyboardInputInterval() + 50)
    QTest.keyClicks(view.tree, "block 1")
    assert state.selection == "blocks.1"
    assert not state.plan.sites, "nor was the space a verb"


def test_a_selected_group_stands_for_what_is_in_it(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    group(view, Grouping.KIND)
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    view.tree.selectionModel().setCurrentIndex(view.filtered.index(1, 0), flags)
    view.tree.setFocus()
    QTest.keyClick(view.tree, Qt.Key.Key_Space)
    assert state.plan.sites == {site.id for site in state.architecture.of_kind(Kind.ATTENTION)}


def test_marks_say_what_is_the_case(view: ArchitectureView, app: Any) -> None:
    _, commands = app
    commands.remove_sites(["blocks.3.attn"])
    commands.repair_sites(["blocks.3.attn"], "linear")
    commands.planning.protect(["blocks.1"])
    gone, stays = view.model.index_of("blocks.3.attn"), view.model.index_of("blocks.1")
    assert (gone.data(PRUNED_ROLE), gone.data(REPAIR_ROLE), gone.data(PROTECTED_ROLE)) == (True, "linear", False)
    assert (stays.data(PRUNED_ROLE), stays.data(REPAIR_ROLE), stays.data(PROTECTED_ROLE)) == (False, None, True)
    assert "Protected" in stays.data(ROLE.ToolTipRole)
    assert gone.data(ROLE.AccessibleTextRole) == "Attention 3, pruned, repaired, linear"
    assert stays.data(ROLE.AccessibleTextRole) == "Block 1, kept, protected"
    cell = view.filtered.mapFromSource(stays)
    picture = view.tree.viewport().grab(view.tree.visualRect(cell)).toImage()
    commands.planning.release(["blocks.1"])
    assert view.tree.viewport().grab(view.tree.visualRect(cell)).toImage() != picture, "the shield is seen"


def test_a_bar_has_its_number_and_its_interval(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    table = state.scores["cosine"]
    top = max(score.mean for score in table.values())
    score = table["blocks.3.attn"]
    cell = view.model.index_of("blocks.3.attn", Column.SCORE).data(SCORE_ROLE)
    half = 1.96 * score.per_image.std(ddof=1) / len(score.per_image) ** 0.5
    assert cell.length == pytest.approx(score.mean / top)
    assert (cell.low, cell.high) == pytest.approx(((score.mean - half) / top, (score.mean + half) / top), rel=1e-4)
    assert cell.text == f"{score.mean:.3f} ±{half:.3f}"


def test_scores_of_other_images_are_marked(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    index = view.model.index_of("blocks.3.attn", Column.SCORE)
    assert not index.data(SCORE_ROLE).stale
    state.data = synthetic.data(300)
    assert index.data(SCORE_ROLE).stale
    assert "of other images" in view.legend.accessibleName()
    state.data = synthetic.data()
    assert not index.data(SCORE_ROLE).stale


def test_scores_of_an_analysis_that_was_stopped_are_of_these_images(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    state.data = synthetic.data(300)
    state.scores = replace(state.scores, asked_images=300)
    assert "of other images" not in view.legend.accessibleName()


@pytest.mark.parametrize("grouping", list(Grouping))
def test_names_of_sites_are_whole_however_they_are_grouped(view: ArchitectureView, grouping: Grouping) -> None:
    group(view, grouping)
    index = view.filtered.mapFromSource(view.model.index_of("blocks.11.attn"))
    view.tree.scrollTo(index)
    picture = view.tree.viewport().grab(view.tree.visualRect(index)).toImage()
    view.tree.setColumnWidth(Column.SITE, view.tree.columnWidth(Column.SITE) + 60)
    wider = view.tree.visualRect(index)
    wider.setWidth(wider.width() - 60)
    assert view.tree.viewport().grab(wider).toImage() == picture, "nothing was left out for want of room"


def test_many_edits_leave_the_ticks_right(view: ArchitectureView, app: Any) -> None:
    """Against the plan's own word, one site at a time."""
    state, _ = app
    generator = random.Random(3)
    every = [site.id for site in state.architecture]
    for _ in range(25):
        chosen = generator.sample(every, generator.randint(1, 5))
        try:
            state.plan = PruningPlan.of(state.architecture, dict.fromkeys(chosen, "remove"))
        except PlanInvalid:
            continue
        for site in every:
            unticked = view.model.index_of(site).data(ROLE.CheckStateRole) == Qt.CheckState.Unchecked
            assert unticked == state.plan.removes(state.architecture, site)


def test_the_verbs_of_the_view_say_why_they_cannot_be_done(view: ArchitectureView, app: Any) -> None:
    state, _ = app
    verbs = {verb.name: verb for verb in view.verbs()}
    assert verbs["prune_chosen"].blocked() == "Select a site first."
    assert verbs["release_all"].blocked() == "Nothing is protected."
    select(view, "blocks.1.attn")
    assert not verbs["prune_chosen"].blocked()
    verbs["toggle_protection"].run()
    assert not verbs["release_all"].blocked()
    verbs["release_all"].run()
    assert not state.protected
