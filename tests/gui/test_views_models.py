"""The item models: sound for Qt, and showing what the snapshots say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from tests.gui import synthetic
from vitprune.architecture import Kind
from vitprune.comparison import compare, current_of
from vitprune.plan import PruningPlan
from vitprune_gui.delegates import PRUNED_ROLE, SCORE_ROLE
from vitprune_gui.item_models.architecture_model import SITE_ROLE, ArchitectureModel, Column, SiteFilter
from vitprune_gui.item_models.evaluations_model import MEASURES, EvaluationsModel, difference

CHECK = Qt.ItemDataRole.CheckStateRole
MODEL = synthetic.architecture()


@pytest.fixture
def tree() -> ArchitectureModel:
    model = ArchitectureModel()
    model.set_architecture(MODEL)
    model.set_scores(synthetic.scores(MODEL), "cosine")
    model.set_plan(PruningPlan.of(MODEL, {"blocks.3.attn": "remove", "blocks.5": "remove"}), frozenset())
    return model


def test_the_site_tree_is_a_sound_model(qtmodeltester: ModelTester, tree: ArchitectureModel) -> None:
    qtmodeltester.check(tree)
    tree.sort(Column.SCORE, Qt.SortOrder.DescendingOrder)
    qtmodeltester.check(tree)


def test_the_filtered_tree_is_a_sound_model(qtmodeltester: ModelTester, tree: ArchitectureModel) -> None:
    filtered = SiteFilter()
    filtered.setSourceModel(tree)
    filtered.set_text("attn")
    qtmodeltester.check(filtered)


def test_a_block_is_ticked_unticked_or_in_between(tree: ArchitectureModel) -> None:
    checks = {site.id: tree.index_of(site.id).data(CHECK) for site in MODEL}
    assert checks["blocks.3"] == Qt.CheckState.PartiallyChecked
    assert checks["blocks.3.attn"] == Qt.CheckState.Unchecked
    assert checks["blocks.3.mlp"] == Qt.CheckState.Checked
    assert {checks[f"blocks.5{part}"] for part in ("", ".attn", ".mlp")} == {Qt.CheckState.Unchecked}
    assert checks["blocks.4"] == Qt.CheckState.Checked
    assert [site for site in checks if tree.index_of(site).data(PRUNED_ROLE)] == [
        "blocks.3.attn",
        "blocks.5",
        "blocks.5.attn",
        "blocks.5.mlp",
    ]


def test_a_click_on_a_tick_asks_and_changes_nothing(tree: ArchitectureModel) -> None:
    asked: list[str] = []
    tree.toggle_requested.connect(asked.append)
    index = tree.index_of("blocks.0.mlp")
    assert tree.setData(index, Qt.CheckState.Unchecked, CHECK)
    assert asked == ["blocks.0.mlp"]
    assert index.data(CHECK) == Qt.CheckState.Checked


def test_the_score_cell_holds_the_mean_and_half_of_its_interval(tree: ArchitectureModel) -> None:
    values = synthetic.scores(MODEL)["cosine"]["blocks.7.attn"].per_image
    cell = tree.index_of("blocks.7.attn", Column.SCORE).data(SCORE_ROLE)
    half = 1.96 * values.std(ddof=1) / len(values) ** 0.5
    assert cell.value == pytest.approx(values.mean())
    assert cell.text == f"{values.mean():.3f} ±{half:.3f}"


def test_a_header_click_ranks_all_branches_and_another_restores_the_depth_order(tree: ArchitectureModel) -> None:
    before = tree.sites()
    tree.sort(Column.SCORE, Qt.SortOrder.DescendingOrder)
    means = {site: score.mean for site, score in synthetic.scores(MODEL)["cosine"].items()}
    branches = [site.id for site in MODEL.of_kind(Kind.ATTENTION, Kind.MLP)]
    assert tree.sites() == sorted(branches, key=lambda site: -means[site])
    tree.sort(Column.SITE, Qt.SortOrder.AscendingOrder)
    assert tree.sites() == before == [site.id for site in MODEL]


def test_a_metric_of_blocks_alone_ranks_the_blocks(tree: ArchitectureModel) -> None:
    scores = synthetic.scores(MODEL)
    tree.set_scores(scores, "block_influence")
    tree.sort(Column.SCORE, Qt.SortOrder.AscendingOrder)
    means = [scores["block_influence"][site].mean for site in tree.sites()]
    assert len(means) == 12
    assert means == sorted(means)


def test_new_values_are_announced_in_ranges_not_cells(tree: ArchitectureModel) -> None:
    signals: list[object] = []
    tree.dataChanged.connect(lambda *arguments: signals.append(arguments))
    tree.set_plan(PruningPlan.of(MODEL), frozenset())
    assert len(signals) == 1 + len(MODEL.blocks)


def test_the_filter_keeps_the_blocks_of_what_it_finds(tree: ArchitectureModel) -> None:
    filtered = SiteFilter()
    filtered.setSourceModel(tree)
    filtered.set_text("blocks.3.attn")
    assert filtered.rowCount() == 1
    block = filtered.index(0, 0)
    assert block.data(SITE_ROLE) == "blocks.3"
    assert [filtered.index(row, 0, block).data(SITE_ROLE) for row in range(filtered.rowCount(block))] == [
        "blocks.3.attn"
    ]
    filtered.set_text("")
    assert filtered.rowCount() == len(MODEL.blocks)


def test_a_stale_index_is_harmless(tree: ArchitectureModel) -> None:
    stale = tree.index_of("blocks.11.mlp")
    tree.set_architecture(None)
    assert tree.data(stale) is None
    assert not tree.parent(stale).isValid()


@pytest.fixture
def measured() -> EvaluationsModel:
    model = EvaluationsModel()
    model.show(*evaluations())
    return model


def evaluations():
    dense, plan = PruningPlan.of(MODEL), PruningPlan.of(MODEL, {"blocks.9.attn": "remove"})
    made = (
        synthetic.evaluation(MODEL, dense, accuracy=0.87, milliseconds=400),
        synthetic.evaluation(MODEL, plan, accuracy=0.80, milliseconds=370, seed=1),
    )
    return made, plan, MODEL


def test_the_evaluations_are_a_sound_model(qtmodeltester: ModelTester, measured: EvaluationsModel) -> None:
    qtmodeltester.check(measured)


def test_the_difference_pairs_the_images() -> None:
    (dense, pruned), _, _ = evaluations()
    top1 = MEASURES[0]
    change = difference(top1, pruned, dense)
    assert change is not None
    hits = pruned.per_image["top1"] - dense.per_image["top1"]
    assert change.value == pytest.approx(hits.mean())
    # Tango's interval is nearly Wald's where many images differ, and it is the one of the comparison.
    assert change.high - change.low == pytest.approx(2 * 1.96 * hits.std(ddof=1) / len(hits) ** 0.5, rel=1e-2)
    assert change == compare(dense, pruned).differences["top1"].difference
    loss = next(measure for measure in MEASURES if measure.name == "loss")
    other = difference(loss, pruned, dense)
    assert other is not None
    rise = pruned.per_image["loss"] - dense.per_image["loss"]
    assert other.high - other.low == pytest.approx(2 * 1.96 * rise.std(ddof=1) / len(rise) ** 0.5, rel=1e-3)
    assert pruned.top1 is not None
    # Paired: narrower than the interval of either accuracy, which share most of their noise.
    assert change.high - change.low < pruned.top1.high - pruned.top1.low


def test_dense_has_no_difference_to_itself(measured: EvaluationsModel) -> None:
    assert "\n" not in measured.index(0, 0).data()
    assert "\n" in measured.index(0, 1).data()


def test_only_the_very_plan_counts_as_current() -> None:
    made, plan, _ = evaluations()
    other = PruningPlan.of(MODEL, {"blocks.8.attn": "remove"})
    assert current_of(made, plan) is made[1]
    assert current_of(made, other) is None
    model = EvaluationsModel()
    model.show(made, other, MODEL)
    assert model.current is None
    headers = [
        model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        for column in range(model.columnCount())
    ]
    assert not [header for header in headers if "this plan" in header]
    assert model.index(0, 1, QModelIndex()).data(Qt.ItemDataRole.BackgroundRole) is None


def test_without_labels_the_label_free_figures_stay() -> None:
    plan = PruningPlan.of(MODEL, {"blocks.9.attn": "remove"})
    model = EvaluationsModel()
    model.show((synthetic.evaluation(MODEL, plan, accuracy=0.8, milliseconds=9, labelled=False),), plan, MODEL)
    column = {row[0]: row[1] for row in model.rows()[1:]}
    assert column["Top-1 accuracy"] == "–"
    assert "[" in column["Agreement with dense"]
    assert column["Images"] == "600 (2 skipped)  validation"


def test_what_was_measured_on_other_images_stands_behind_and_says_so() -> None:
    (dense, pruned), plan, _ = evaluations()
    others = replace(dense.data, source="photographs/others", digest="e" * 64)
    elsewhere = tuple(replace(e, data=others) for e in (dense, pruned))
    model = EvaluationsModel()
    model.show((dense, pruned, *elsewhere), plan, MODEL, dense.data)
    assert model.columns == (dense, pruned, *elsewhere)
    assert model.current is pruned
    headers = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(4)]
    assert ["on other images" in header for header in headers] == [False, False, True, True]
    images = model.index(model.rowCount() - 1, 2).data()
    assert "others" in images
    model.show((dense, pruned), plan, MODEL, others)
    assert model.current is None, "not measured on the images that were chosen"
