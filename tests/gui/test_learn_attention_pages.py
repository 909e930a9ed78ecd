"""The pages on attention: what they draw is what the engine found of the sample, by loops of another kind."""

# ruff: noqa: F811 - fixtures come from the tests of the tab

from __future__ import annotations

import gc
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from scipy import stats

from tests.gui import anatomies
from tests.gui.conftest import FakeDialogs, let_go
from tests.gui.test_learn import FakeAnatomy, anatomy, folder, idle, learn, opened, view  # noqa: F401
from vitprune.anatomy import Attention, Heads, Rollout, Tokens
from vitprune_gui.app import Shell, build
from vitprune_gui.charts.cells import CellChart
from vitprune_gui.learn.head_page import HeadPage
from vitprune_gui.learn.layers_page import LayersPage
from vitprune_gui.learn.rollout_page import ABLATED, GRADIENT, RAW, ROLLED, RolloutPage
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn
from vitprune_gui.learn.view import LearnView
from vitprune_gui.settings import Settings

SAMPLE = Path(str(files("vitprune_resources") / "sample"))
PICTURE = min((SAMPLE / "test" / "bag").iterdir())
PATIENCE = 150.0  # seconds, of a machine that does other things as well
SAMPLED = Tokens(("class",), 49, (7, 7))
GENEROUS = 0.25  # seconds of work for a click: five times what is asked for
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def desk(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """One window for all, on the engine, with the sample, looking into one image."""
    with pytest.MonkeyPatch.context() as patch:
        config = tmp_path_factory.mktemp("config")
        patch.setenv("VITPRUNE_CONFIG_DIR", str(config))
        shell = build(Settings(config), dialogs=FakeDialogs())
        try:
            shell.window.resize(1280, 800)
            shell.window.show()
            until(lambda: shell.window.complete and shell.idle)
            shell.commands.use_sample()
            until(lambda: shell.state.plan is not None and shell.idle)
            shell.window.tabs.turn_to("learn")
            shell.commands.learn.look_into(str(PICTURE))
            shown_ = shell.window.view("learn")
            assert isinstance(shown_, LearnView)
            for page in (HeadPage, LayersPage, RolloutPage):
                shown_.turn_to(page.name)
                until(lambda: shell.idle and shown_.page.ready)
            shell.state.selection = "blocks.11.mlp"  # for which the inspector makes its chart
            until(lambda: shell.idle)
            gc.collect()  # menus that the plotting library makes for nobody
            yield shell
        finally:
            shell.state.dirty = False
            let_go(shell.window)
            shell.window.close()
            assert shell.close()
            shell.window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def until(so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline
        QApplication.processEvents()
        time.sleep(0.002)


def settle() -> None:
    """A new height climbs from widget to widget, a turn of the loop for each."""
    for _ in range(8):
        QApplication.processEvents()


@pytest.fixture
def turn(desk: Shell) -> Callable[..., Any]:
    """To a page, from the last layer, its first head and the patch in the middle."""

    def to(kind: type[Any], level: str = OVERVIEW) -> Any:
        shown = desk.window.view("learn")
        assert isinstance(shown, LearnView)
        shown.turn_to(kind.name)
        desk.commands.learn.set_level(level)
        until(lambda: desk.idle and shown.page.ready)
        settle()
        assert isinstance(shown.page, kind)
        return shown.page

    chosen = desk.commands.learn
    chosen.choose_site("blocks.11.attn")
    chosen.choose_head(0)
    chosen.choose_token(SAMPLED, SAMPLED.token_at(3, 3))
    return to


def at(chart: CellChart, row: int, column: int) -> QPoint:
    """Where a cell is drawn."""
    return chart.widget.mapFromScene(chart.box.mapViewToScene(QPointF(column, row)))


def click(chart: CellChart, row: int, column: int) -> float:
    """With the mouse; how many seconds of work until it is drawn, whatever else the machine does."""
    settle()
    viewport, place = chart.widget.viewport(), at(chart, row, column)
    QTest.mouseMove(viewport, place)
    began = time.thread_time()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    chart.window().grab()
    return time.thread_time() - began


def shown(value: float, decimals: int = 3) -> str:
    return f"{value:.{decimals}f}".replace("-", MINUS)


def test_a_head_is_what_the_engine_found(desk: Shell, turn: Any) -> None:
    page: HeadPage = turn(HeadPage)
    learn_ = desk.commands.learn
    learn_.choose_site("blocks.4.attn")
    learn_.choose_head(2)
    turn(HeadPage)
    spans = []
    for row, column in ((1, 2), (5, 3), (0, 6), (3, 3)):
        spans.append(click(page.picture, row, column))
        found: Attention = page.drawn[1]
        query = 1 + 7 * row + column
        assert found.site == "blocks.4.attn"
        assert page.picture.marked == (row, column)
        assert np.array_equal(page.weights.values.ravel(), found.weights[2, query, 1:])
        assert np.array_equal(page.scores.values.ravel(), found.scores[2, query, 1:])
        assert np.array_equal(page.effect.values.ravel(), found.effect[2, query, 1:])
    print(f"a click: {1000 * np.median(spans):.0f} ms, at most {1000 * max(spans):.0f} ms")
    assert np.median(spans) < GENEROUS
    click(page.weights, 6, 0)
    assert page.picture.marked == (6, 0), "in the overview a map is as good as the image"


def test_a_head_that_is_chosen_elsewhere_is_drawn_at_once(desk: Shell, turn: Any) -> None:
    page: HeadPage = turn(HeadPage)
    found: Attention = page.drawn[1]
    for head in (2, 1, 0):
        desk.commands.learn.choose_head(head)
        assert page.head.box.value() == head + 1
        assert np.array_equal(page.weights.values.ravel(), found.weights[head, SAMPLED.token_at(3, 3), 1:])


def test_the_formula_has_the_numbers_of_the_query_and_the_key(desk: Shell, turn: Any) -> None:
    page: HeadPage = turn(HeadPage, FORMULA)
    click(page.picture, 2, 3)
    click(page.weights, 4, 1)
    found: Attention = page.drawn[1]
    query, key = 1 + 7 * 2 + 3, 1 + 7 * 4 + 1
    q, k = found.q[0].astype(float), found.k[0].astype(float)
    scores = [sum(a * b for a, b in zip(q[query], other, strict=True)) / math.sqrt(len(q[query])) for other in k]
    whole = sum(math.exp(score) for score in scores)
    weight = math.exp(scores[key]) / whole
    text = page.formula.label.text()
    assert f"<b>{shown(scores[key])}</b>" in text
    assert f"/ {shown(whole)}" in text, "the denominator"
    digits = 3 if weight >= 0.1 else 5
    assert f"<b>{weight:.{digits}f}</b>" in text
    assert abs(weight - float(found.weights[0, query, key])) < 1e-5
    assert f"<b>{found.effect[0, query, key]:.{3 if found.effect[0, query, key] >= 0.1 else 5}f}</b>" in text
    row = found.weights[0, query]
    assert [bar.token for bar in page.keys.keys] == np.argsort(-row, kind="stable")[:8].tolist()
    page.keys.setFocus()
    QTest.keyClick(page.keys, Qt.Key.Key_Down)
    QTest.keyClick(page.keys, Qt.Key.Key_Down)
    assert page.key == page.keys.keys[1].token
    assert page.keys.marked == page.key


def test_the_class_token_asks_as_well(desk: Shell, turn: Any) -> None:
    page: HeadPage = turn(HeadPage, COMPONENT)
    page.query.setCurrentIndex(1)
    page.query.activated.emit(1)
    found: Attention = page.drawn[1]
    assert np.array_equal(page.weights.values.ravel(), found.weights[0, 0, 1:])
    assert page.picture.marked is None
    assert page.reading.text().startswith("Query: class token.")
    page.query.setCurrentIndex(0)
    page.query.activated.emit(0)
    assert page.picture.marked is not None
    page.picture.setFocus()
    for pressed in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(page.picture, pressed)
    assert page.picture.marked == (1, 1)


@pytest.mark.parametrize("level", [OVERVIEW, COMPONENT, FORMULA])
def test_each_level_shows_its_charts(desk: Shell, turn: Any, level: str) -> None:
    head: HeadPage = turn(HeadPage, level)
    charts = {"picture", "weights"} | {COMPONENT: {"scores", "effect"}, FORMULA: {"keys"}}.get(level, set())
    names = ("picture", "scores", "weights", "effect", "keys")
    assert {name for name in names if getattr(head, name).isVisible()} == charts
    layers: LayersPage = turn(LayersPage, level)
    assert layers.grid.isVisible() is (level == OVERVIEW)
    assert layers.by_depth.isVisible() is layers.layer.isVisible() is (level != OVERVIEW)
    rollout: RolloutPage = turn(RolloutPage, level)
    visible = {name for name, chart in rollout.maps.items() if chart.isVisible()}
    assert visible == ({RAW, ROLLED, GRADIENT, ABLATED} if level == COMPONENT else {ROLLED, ABLATED})
    assert rollout.layer.isVisible() is (level != OVERVIEW)
    for page in (head, layers, rollout):
        assert page.formula.isHidden() is (level != FORMULA)
        assert page.formula.label.text() or level != FORMULA
    assert "no explanation" in rollout.text.text()


def test_all_heads_are_what_each_layer_says(desk: Shell, turn: Any) -> None:
    learn_ = desk.commands.learn
    learn_.choose_site("blocks.3.attn")
    head: HeadPage = turn(HeadPage)
    attention: Attention = head.drawn[1]
    page: LayersPage = turn(LayersPage, COMPONENT)
    found: Heads = page.drawn[1]
    weights = attention.weights.astype(float)
    entropies = [np.mean([-sum(a * math.log2(a) for a in row if a > 0) for row in of_head]) for of_head in weights]
    assert np.allclose(found.entropy[3], entropies, atol=1e-4)
    x, y = page.by_depth._points.getData()
    assert sorted(y[x == 3]) == pytest.approx(sorted(entropies), abs=1e-4)
    assert np.array_equal(found.maps[3].reshape(3, -1), attention.weights[:, 0, 1:])
    page.figure.setCurrentIndex(1)
    page.figure.activated.emit(1)
    centres = [(4 * row + 2, 4 * column + 2) for row in range(7) for column in range(7)]
    means = []
    for of_head in weights[:, 1:, 1:]:
        each = [
            sum(a * math.dist(here, there) for a, there in zip(row, centres, strict=True)) / sum(row)
            for here, row in zip(centres, of_head, strict=True)
        ]
        means.append(sum(each) / len(each))
    x, y = page.by_depth._points.getData()
    assert sorted(y[x == 3]) == pytest.approx(sorted(means), abs=1e-3)
    page.by_depth.setFocus()
    QTest.keyClick(page.by_depth, Qt.Key.Key_Right)
    assert page.by_depth.chosen is not None
    assert page.by_depth.chosen[0] == 4
    assert desk.state.selection == "blocks.4.attn", "the tree follows"
    QTest.keyClick(page.by_depth, Qt.Key.Key_Up)
    layer, number = page.by_depth.chosen
    QTest.keyClick(page.by_depth, Qt.Key.Key_Return)
    until(lambda: desk.idle and head.isVisible() and head.ready)
    assert head.drawn[1].site == f"blocks.{layer}.attn"
    assert head.head.head == number


def test_a_click_on_a_small_map_enters_its_head(desk: Shell, turn: Any) -> None:
    page: LayersPage = turn(LayersPage)
    assert page.grid.shape == (3, 12)
    spent = click(page.grid, 1, 7)
    view_ = desk.window.view("learn")
    assert isinstance(view_, LearnView)
    until(lambda: desk.idle and view_.page.ready)
    print(f"from all heads to one: {1000 * spent:.0f} ms")
    assert isinstance(view_.page, HeadPage)
    assert view_.page.drawn[1].site == "blocks.7.attn"
    assert view_.page.head.head == 1


def test_entropy_and_distance_of_a_query(desk: Shell, turn: Any) -> None:
    page: LayersPage = turn(LayersPage, FORMULA)
    page.figure.setCurrentIndex(0)
    page.figure.activated.emit(0)
    attention: Attention = page.drawn[2]
    learn_ = desk.commands.learn
    learn_.choose_token(attention.queries, attention.queries.token_at(2, 5))
    row = attention.weights[0, attention.queries.token_at(2, 5)].astype(float)
    assert f"<b>{shown(-sum(a * math.log2(a) for a in row if a > 0))}</b> bits" in page.formula.label.text()
    page.figure.setCurrentIndex(1)
    page.figure.activated.emit(1)
    apart = [math.hypot(4 * (2 - r), 4 * (5 - c)) for r in range(7) for c in range(7)]
    expected = sum(a * d for a, d in zip(row[1:], apart, strict=True)) / sum(row[1:])
    assert f"<b>{shown(expected, 2)}</b> pixels" in page.formula.label.text()


def test_rollout_stands_beside_what_was_measured(desk: Shell, turn: Any) -> None:
    page: RolloutPage = turn(RolloutPage, COMPONENT)
    found: Rollout = page.drawn[1]
    for name in (RAW, ROLLED, GRADIENT, ABLATED):
        assert np.array_equal(page.maps[name].values, getattr(found, name))
    for name in (RAW, ROLLED, GRADIENT):
        rho = np.corrcoef(*(stats.rankdata(getattr(found, each).ravel()) for each in (name, ABLATED)))[0, 1]
        low, high = found.ranks[name].low, found.ranks[name].high
        said = f"Spearman {shown(rho, 2)} [{shown(low, 2)}, {shown(high, 2)}], n = 49"
        assert page.maps[name].said == said
    assert page.maps[ABLATED].said == ""
    page.layer.setFocus()
    for _ in range(9):
        QTest.keyClick(page.layer, Qt.Key.Key_Left)
    assert page.said.text() == "Attention 2"
    assert np.array_equal(page.maps[ROLLED].values.ravel(), found.by_layer[2, 1:])
    click(page.maps[ABLATED], 3, 4)
    assert {chart.marked for chart in page.maps.values()} == {(3, 4)}
    other = page.target.itemData(1)
    assert page.target.itemData(0) == found.target
    page.target.setCurrentIndex(1)
    page.target.activated.emit(1)
    until(lambda: desk.idle and page.drawn[1] is not found)
    assert page.drawn[1].target == other
    assert page.target.currentData() == other
    assert not np.array_equal(page.maps[ABLATED].values, found.ablated)


def test_the_numbers_of_a_patch_in_the_rollout(desk: Shell, turn: Any) -> None:
    page: RolloutPage = turn(RolloutPage, FORMULA)
    found: Rollout = page.drawn[1]
    click(page.maps[ROLLED], 2, 2)
    text = page.formula.label.text()
    places = [int(stats.rankdata(-getattr(found, name).ravel())[2 * 7 + 2]) for name in (ROLLED, ABLATED)]
    assert f"number {places[0]} by rollout, number {places[1]} by the measurement" in text
    assert f"<b>{shown(found.ranks[ROLLED].value)}</b>" in text
    after = found.probability * math.exp(-float(found.ablated[2, 2]))
    assert f"ln {found.probability:.4f} − ln {after:.4f}" in text


# What models do not have


def page_of(shown_: LearnView, kind: type[Any], level: str, wait: Callable[[], None]) -> Any:
    shown_.turn_to(kind.name)
    shown_.learn.set_level(level)
    wait()
    return shown_.page


@pytest.mark.parametrize("level", [OVERVIEW, COMPONENT, FORMULA])
def test_what_another_window_has_is_crossed_out(
    view: LearnView,
    learn: Learn,
    anatomy: FakeAnatomy,
    idle: Any,
    level: str,
) -> None:
    tokens = Tokens((), 12, (3, 4))
    full = anatomies.attention()
    halves = np.arange(12) % 4 < 2
    apart = halves[:, None] != halves[None, :]
    scores = np.where(apart, -np.inf, full.scores[:, 2:, 2:]).astype(np.float32)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    windowed = replace(
        full, queries=tokens, keys=tokens, scores=scores, weights=weights, effect=2 * weights,
        q=full.q[:, 2:], k=full.k[:, 2:], v=full.v[:, 2:],
    )  # fmt: skip
    anatomy.answers["attention"] = lambda *_: windowed
    page: HeadPage = page_of(view, HeadPage, level, idle)
    learn.choose_token(tokens, tokens.token_at(1, 0))
    assert np.array_equal(np.isnan(page.scores.values), apart[4].reshape(3, 4))
    assert np.array_equal(page.weights.values == 0, apart[4].reshape(3, 4))
    assert "6 keys lie in other windows" in page.reading.text()
    assert not page.query.isEnabled(), "there is no token before the patches"
    if level != OVERVIEW:
        page.weights.cell_chosen.emit(1, 3)
        assert "score −∞, weight 0" in page.weights.tip(1, 3)
    if level == FORMULA:
        assert "−∞" in page.formula.label.text()


def test_a_class_token_that_alone_asks(view: LearnView, anatomy: FakeAnatomy, idle: Any) -> None:
    full = anatomies.attention()
    alone = Tokens(("class",), 0, None, "The class token alone asks here.")
    anatomy.answers["attention"] = lambda *_: replace(
        full, queries=alone, scores=full.scores[:, :1], weights=full.weights[:, :1], effect=full.effect[:, :1],
        q=full.q[:, :1],
    )  # fmt: skip
    page: HeadPage = page_of(view, HeadPage, COMPONENT, idle)
    assert not page.picture.isVisible()
    assert np.array_equal(page.weights.values.ravel(), full.weights[0, 0, 2:])
    assert page.reading.text().startswith("Query: class token.")


def test_heads_that_are_mixed_are_said_to_be(view: LearnView, anatomy: FakeAnatomy, idle: Any) -> None:
    full = anatomies.attention()
    mixed = (full.weights + full.weights[::-1]) / 2
    anatomy.answers["attention"] = lambda *_: replace(full, weights=mixed, mixed=True)
    page: HeadPage = page_of(view, HeadPage, FORMULA, idle)
    assert "mixes its heads" in page.formula.label.text()


def test_tokens_on_no_grid_have_bars(view: LearnView, anatomy: FakeAnatomy, idle: Any) -> None:
    scattered = Tokens(("class", "register 1"), 12, None, "They do not lie in rows.")
    anatomy.answers["attention"] = lambda *_: replace(anatomies.attention(), queries=scattered, keys=scattered)
    page: HeadPage = page_of(view, HeadPage, COMPONENT, idle)
    assert page.keys.isVisible()
    assert not page.weights.isVisible()
    assert "They do not lie in rows." in page.reading.text()


def test_no_class_token_and_no_head_are_said(view: LearnView, anatomy: FakeAnatomy, idle: Any) -> None:
    heads = anatomies.heads()
    anatomy.answers["heads"] = lambda *_, **__: replace(heads, of_class=(False,) * len(heads.sites))
    layers: LayersPage = page_of(view, LayersPage, COMPONENT, idle)
    assert "no class token" in layers.reading.text()
    found = anatomies.rollout()
    empty = np.empty((0, 0), np.float32)
    why = "The model has no head that names a class."
    anatomy.answers["rollout"] = lambda *_, **__: replace(
        found, tokens=Tokens((), 12, (3, 4)), target=-1, probability=math.nan, gradient=empty, ablated=empty,
        by_layer=found.by_layer[:, 2:], ranks={}, reasons={"gradient": why, "ablated": why},
    )  # fmt: skip
    for level in (OVERVIEW, COMPONENT, FORMULA):
        page: RolloutPage = page_of(view, RolloutPage, level, idle)
        assert page.maps[ABLATED].said == why
        assert why in page.reading.text()
        assert "There is no class token" in page.reading.text()


def test_what_attention_says_is_shown_before_the_measurement(
    view: LearnView,
    learn: Learn,
    anatomy: FakeAnatomy,
    idle: Any,
) -> None:
    gate = threading.Event()

    def slow(module: Any, image: str, target: int | None = None, *, ablate: bool = True, job: Any = None) -> Rollout:
        if ablate:
            assert gate.wait(20)
        return anatomies.rollout(ablate)

    anatomy.answers["rollout"] = slow
    learn.set_level(COMPONENT)
    view.turn_to("rollout")
    page: Any = view.page
    until(lambda: page.ready)
    whole = anatomies.rollout()
    assert np.array_equal(page.maps[ROLLED].values, whole.tokens.on_grid(whole.by_layer[-1]))
    assert page.maps[ABLATED].said == "Patch after patch is taken away…"
    assert page.maps[ROLLED].said == ""
    page.layer.setValue(1)
    page.maps[ROLLED].cell_chosen.emit(1, 1)
    gate.set()
    idle()
    assert np.array_equal(page.maps[ABLATED].values, whole.ablated)
    assert page.maps[RAW].said.startswith("Spearman 0.50 [0.30, 0.70]")
    assert page.layer.value() == 1
    assert anatomy.names.count("rollout") == 2, "the measurement was not begun again"


def test_a_layer_that_cannot_be_shown_does_not_hide_the_others(
    view: LearnView,
    anatomy: FakeAnatomy,
    idle: Any,
) -> None:
    from vitprune.errors import ModelUnsupported

    def refuse(*_: Any) -> None:
        raise ModelUnsupported("The attention of blocks.2.attn cannot be shown.", hint="Choose another layer.")

    heads = anatomies.heads()
    blank = heads.entropy.copy()
    blank[2] = np.nan
    none = np.empty((0, 0, 0), np.float32)
    anatomy.answers |= {
        "attention": refuse,
        "heads": lambda *_, **__: replace(heads, entropy=blank, maps=(*heads.maps[:2], none)),
    }
    page: LayersPage = page_of(view, LayersPage, FORMULA, idle)
    assert page.ready
    assert "Attention 2" in page.reading.text()
    head: HeadPage = page_of(view, HeadPage, OVERVIEW, idle)
    assert head.empty.text.text() == "The attention of blocks.2.attn cannot be shown. Choose another layer."
    assert head.elsewhere.isVisible(), "another layer can be chosen"
    anatomy.answers["attention"] = lambda module, image, site: anatomies.attention(site)
    head.elsewhere.box.setCurrentIndex(1)
    head.elsewhere.box.activated.emit(1)
    idle()
    assert head.drawn[1].site == "blocks.1.attn"
