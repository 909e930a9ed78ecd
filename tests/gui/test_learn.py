"""The Learn tab: what pages show is what the engine found, and nothing is asked that nobody looks at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication

from tests.gui import anatomies
from tests.gui.anatomies import GRID, SIZE, TOKENS
from tests.gui.conftest import FakeWorkflow, toy_architecture
from vitprune import images
from vitprune.anatomy import Positions, Tokens
from vitprune.architecture import Kind
from vitprune.errors import ImageUnreadable
from vitprune.results import DataReference
from vitprune_gui.colours import use_colour_map
from vitprune_gui.commands import Commands
from vitprune_gui.learn import questions, subject
from vitprune_gui.learn.patches_page import PatchesPage, patch_of
from vitprune_gui.learn.positions_page import PositionsPage, nearest
from vitprune_gui.learn.questions import ATTENTION, LAYER_PAIRS, PATCHES, PREDICTION, SUBJECT, Question
from vitprune_gui.learn.subject import COMPONENT, FORMULA, OVERVIEW, Learn, size_of
from vitprune_gui.learn.view import LearnView
from vitprune_gui.opening import IMAGE_SUFFIXES, Opening
from vitprune_gui.state import AppState
from vitprune_gui.views.layout import LEAST_OF_PAGE, Room


class FakeAnatomy:
    """`vitprune.subject` and `vitprune.dissection` as far as the window can tell. `asked` is what was asked, by name
    and image; a gate holds a question back."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.gates: dict[str, threading.Event] = {}
        self.answers = anatomies.answers()
        self.unreadable: set[str] = set()
        self.reached = threading.Event()

    def subject(self, source: str, model: Any) -> tuple[Any, str]:
        if Path(source).name in self.unreadable:
            raise ImageUnreadable(f"{Path(source).name} cannot be read.", hint="Choose another.")
        if "subject" in self.gates:
            self.reached.set()
            assert self.gates["subject"].wait(20)
        return anatomies.subject(source, seed=len(source)), source

    def probabilities(self, module: Any, image: str) -> Any:
        self._note("prediction", image)
        return np.array([0.1, 0.7, 0.2], np.float32)

    def class_names(self, model: Any) -> tuple[str, ...]:
        return "cat", "dog", "owl"

    def __getattr__(self, name: str) -> Any:
        def answer(module: Any, *given: Any, **named: Any) -> Any:
            self._note(name, next((one for one in given if isinstance(one, str) and one.startswith("/")), ""))
            return self.answers[name](module, *given, **named)

        return answer

    def _note(self, name: str, image: str) -> None:
        self.asked.append((name, Path(image).name))
        if name in self.gates:
            assert self.gates[name].wait(20)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


@pytest.fixture
def anatomy(workflow: FakeWorkflow, modules: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> FakeAnatomy:
    fake = FakeAnatomy()
    modules |= {"vitprune.subject": fake, "vitprune.dissection": fake}
    monkeypatch.setattr(questions, "import_module", lambda name: modules.get(name) or import_module(name))
    monkeypatch.setattr(workflow, "pruned", lambda *_, **__: SimpleNamespace(), raising=False)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, shade in (("one.png", 40), ("two.png", 140), ("three.png", 240)):
        Image.new("RGB", (24, 24), (shade, shade, shade)).save(tmp_path / name)
    return tmp_path


@pytest.fixture
def idle(qtbot: Any, runner: Any) -> Callable[[], None]:
    def wait() -> None:
        qtbot.waitUntil(lambda: runner.idle, timeout=20_000)
        QApplication.processEvents()

    return wait


@pytest.fixture
def opened(state: AppState, commands: Commands, anatomy: FakeAnatomy, folder: Path, idle: Any) -> AppState:
    commands.open_model("vit")
    idle()
    names = ("one.png", "three.png", "two.png")
    state.data = DataReference(str(folder), names, (0, 1, 1), ("cat", "dog"), (), 0, "d")
    return state


@pytest.fixture
def view(opened: AppState, commands: Commands, qtbot: Any, idle: Any) -> Iterator[LearnView]:
    made = LearnView(opened, commands)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    idle()
    yield made
    made.hide()


@pytest.fixture
def learn(commands: Commands) -> Learn:
    return commands.learn


def page(view: LearnView, kind: type[Any]) -> Any:
    view.turn_to(kind.name)
    assert isinstance(view.page, kind)
    return view.page


# What is asked


def test_nothing_is_asked_before_somebody_looks(
    opened: AppState, commands: Commands, anatomy: FakeAnatomy, idle: Any, qtbot: Any
) -> None:
    view = LearnView(opened, commands)
    qtbot.addWidget(view)
    idle()
    assert commands.learn.strip == ()
    assert anatomy.asked == []


def test_the_page_on_show_is_asked_for_and_no_other(view: LearnView, anatomy: FakeAnatomy, idle: Any) -> None:
    assert anatomy.asked == [("patches", "one.png"), ("prediction", "one.png")]
    assert view.page.ready
    view.turn_to("positions")
    idle()
    assert anatomy.names == ["patches", "prediction", "positions"]
    view.turn_to("patches")
    idle()
    assert anatomy.names == ["patches", "prediction", "positions"], "it is known already"


def test_a_click_and_a_level_ask_nothing(view: LearnView, learn: Learn, anatomy: FakeAnatomy, runner: Any) -> None:
    before = len(anatomy.asked)
    for level in (COMPONENT, FORMULA, OVERVIEW):
        learn.set_level(level)
        learn.choose_token(TOKENS, 5)
        learn.choose_token(TOKENS, 9)
    assert runner.idle
    assert len(anatomy.asked) == before


def test_an_answer_that_comes_too_late_is_not_shown(
    view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any, qtbot: Any
) -> None:
    gate = anatomy.gates["patches"] = threading.Event()
    learn.turn_image(1)
    qtbot.waitUntil(lambda: anatomy.asked[-1] == ("patches", "three.png"))
    learn.turn_image(1)
    assert learn.value(Question(PATCHES)) is None
    gate.set()
    idle()
    assert Path(learn.source).name == "two.png"
    assert view.page.drawn[0].source == learn.source, "what is drawn is of the image that is chosen"
    assert anatomy.asked[-2:] == [("patches", "two.png"), ("prediction", "two.png")]


def test_who_comes_back_in_time_gets_the_answer(
    view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any, qtbot: Any
) -> None:
    gate = anatomy.gates["subject"] = threading.Event()
    learn.turn_image(1)
    assert anatomy.reached.wait(20)
    for by in (1, -1):  # what is under way is stopped, and asked for again before it has heard of that
        learn.turn_image(by)
    gate.set()
    idle()
    assert Path(learn.source).name == "three.png"
    assert view.page.ready
    assert view.page.drawn[0].source == learn.source


def test_what_people_stop_can_be_asked_for_again(
    view: LearnView, learn: Learn, anatomy: FakeAnatomy, commands: Commands, idle: Any
) -> None:
    gate = anatomy.gates["subject"] = threading.Event()
    learn.turn_image(1)
    assert anatomy.reached.wait(20)
    commands.cancel_jobs()
    gate.set()
    idle()
    assert view.page.empty.isVisible()
    assert view.page.empty.text.text() == "This was stopped."
    view.page.again.click()
    idle()
    assert view.page.ready
    assert learn.prediction is not None


def test_what_was_seen_is_not_asked_again(learn: Learn, view: LearnView, anatomy: FakeAnatomy, idle: Any) -> None:
    first = learn.value(Question(PATCHES))
    learn.turn_image(1)
    idle()
    asked = len(anatomy.asked)
    learn.turn_image(-1)
    assert learn.value(Question(PATCHES)) is first
    assert view.page.ready
    idle()
    assert len(anatomy.asked) == asked


def test_the_pruned_model_has_answers_of_its_own(
    view: LearnView, learn: Learn, commands: Commands, anatomy: FakeAnatomy, idle: Any
) -> None:
    whole = learn.value(Question(PATCHES))
    commands.remove_sites(["blocks.2.attn"])
    idle()
    assert anatomy.names.count("patches") == 1, "nobody wants to see the pruned one"
    view.pruned.click()
    idle()
    assert anatomy.names.count("patches") == 2
    assert learn.value(Question(PATCHES)) is not whole
    assert [site.id for site in learn.sites(Kind.ATTENTION)] == ["blocks.0.attn", "blocks.1.attn"]
    commands.remove_sites(["blocks.1.mlp"])
    idle()
    assert anatomy.names.count("patches") == 3, "another plan, another model"
    view.pruned.click()
    assert learn.value(Question(PATCHES)) is whole


def test_what_takes_all_images_waits_for_a_button(
    view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any
) -> None:
    question = Question(LAYER_PAIRS)
    idle()
    assert learn.value(question) is None
    assert "layer_pairs" not in anatomy.names
    learn.ask(question)
    learn.want(())  # another page comes on show: what was asked for by name goes on
    idle()
    assert learn.value(question).n == 20


def test_a_hidden_tab_wants_nothing(view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any) -> None:
    view.hide()
    asked = len(anatomy.asked)
    learn.turn_image(1)
    idle()
    assert len(anatomy.asked) == asked
    view.show()
    idle()
    assert anatomy.asked[-1] == ("prediction", "three.png")


def test_another_model_is_asked_anew(
    view: LearnView, learn: Learn, commands: Commands, anatomy: FakeAnatomy, idle: Any, folder: Path
) -> None:
    learn.look_into(str(folder / "two.png"))
    idle()
    asked = len(anatomy.asked)
    commands.open_model("another")
    idle()
    assert Path(learn.source).name == "two.png", "an image that people chose is looked into with any model"
    assert set(anatomy.asked[asked:]) == {("patches", "two.png"), ("prediction", "two.png")}


# Images


def test_the_strip_shows_the_data_and_what_was_chosen_first(
    view: LearnView, learn: Learn, folder: Path, tmp_path: Path, idle: Any
) -> None:
    assert [Path(thumb.source).name for thumb in learn.strip] == ["one.png", "three.png", "two.png"]
    assert [thumb.label for thumb in learn.strip] == ["cat", "dog", "dog"]
    assert int(learn.strip[1].pixels.max()) == 240
    other = tmp_path / "elsewhere"
    other.mkdir()
    Image.new("RGB", (24, 24)).save(other / "own.png")
    learn.look_into(str(other / "own.png"))
    idle()
    assert [view.strip.item(row).toolTip() for row in range(view.strip.count())] == [
        "own.png", "one.png (cat)", "three.png (dog)", "two.png (dog)",
    ]  # fmt: skip
    assert view.strip.currentRow() == 0
    view.strip.setCurrentRow(2)
    idle()
    assert Path(learn.source).name == "three.png"


def test_it_says_what_the_image_is_and_what_the_model_takes_it_for(view: LearnView) -> None:
    assert view.said.text() == "one.png  ·  label: cat  ·  the model says: dog, 70.0 %"


def test_an_image_that_cannot_be_read_is_said_and_can_be_tried_again(
    view: LearnView, learn: Learn, anatomy: FakeAnatomy, folder: Path, idle: Any
) -> None:
    anatomy.unreadable.add("two.png")
    learn.look_into(str(folder / "two.png"))
    idle()
    assert view.page.empty.isVisible()
    assert view.page.empty.text.text() == "two.png cannot be read. Choose another."
    anatomy.unreadable.clear()
    learn.look_into(str(folder / "two.png"))
    idle()
    assert view.page.ready


def test_suffixes_are_those_of_the_engine() -> None:
    assert set(IMAGE_SUFFIXES) == images.SUFFIXES
    assert Opening.by_name("/a/IMG.JPG") is Opening.IMAGE


def test_without_a_model_there_is_a_way_to_one(state: AppState, commands: Commands, qtbot: Any) -> None:
    view = LearnView(state, commands)
    qtbot.addWidget(view)
    view.show()
    assert view.empty.sample_button.isVisible()
    assert not view.image_button.isVisible()
    assert view.empty.title.text() == "A vision transformer from inside"


def test_an_image_that_is_dropped_is_looked_into(shell: Any, qtbot: Any, anatomy: FakeAnatomy, folder: Path) -> None:
    said: list[str] = []
    shell.commands.notified.connect(said.append)
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(folder / "two.png"))])
    none = Qt.KeyboardModifier.NoModifier
    for _ in range(2):
        drop = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, content, Qt.MouseButton.LeftButton, none)
        shell.window.dropEvent(drop)
        qtbot.waitUntil(lambda: bool(said or shell.commands.learn.source))
        if shell.state.model is None:
            assert said.pop().startswith("Open a model first")
            shell.commands.open_model("vit")
            qtbot.waitUntil(lambda: shell.idle)
    assert Path(shell.commands.learn.source).name == "two.png"
    assert shell.window.tabs.name == "learn"


# Choices


def test_a_token_is_found_on_every_grid(learn: Learn) -> None:
    fine, coarse = Tokens(("class",), 64, (8, 8)), Tokens((), 16, (4, 4))
    learn.choose_token(fine, fine.token_at(5, 2))
    assert learn.token(fine) == fine.token_at(5, 2)
    assert learn.token(coarse) == coarse.token_at(2, 1)
    learn.choose_token(fine, 0)
    assert learn.token(fine) == 0
    assert learn.token(coarse) is None, "it has no class token"
    assert learn.token(Tokens(("class",), 64, None, "Scattered.")) == 0


def test_the_layer_is_that_of_the_tree_and_the_other_way_round(opened: AppState, learn: Learn) -> None:
    def ids() -> list[str]:
        return [site.id for kind in (Kind.ATTENTION, Kind.MLP, Kind.BLOCK) if (site := learn.site(kind)) is not None]

    assert ids() == ["blocks.2.attn", "blocks.2.mlp", "blocks.2"]
    opened.selection = "blocks.1.mlp"
    assert ids() == ["blocks.1.attn", "blocks.1.mlp", "blocks.1"]
    opened.selection = None
    assert ids()[0] == "blocks.1.attn", "nothing selected: the last one stays"
    learn.choose_site("blocks.0.attn")
    assert opened.selection == "blocks.0.attn"


def test_old_answers_make_room(learn: Learn, view: LearnView, monkeypatch: pytest.MonkeyPatch, idle: Any) -> None:
    assert size_of(anatomies.subject()) == 3 * GRID[0] * SIZE[0] * GRID[1] * SIZE[1]
    monkeypatch.setattr(subject, "_KEPT_BYTES", size_of(anatomies.subject()) + 100)
    for _ in range(3):
        learn.turn_image(1)
        idle()
    assert len(learn._answers) == 3, "what is on show stays"
    assert view.page.ready


# What pages draw


def test_patches_are_those_of_the_image(view: LearnView, learn: Learn) -> None:
    shown: PatchesPage = page(view, PatchesPage)
    pixels, found = learn.value(Question(SUBJECT)).pixels, learn.value(Question(PATCHES))
    for row, column in np.ndindex(GRID):
        expected = pixels[row * SIZE[0] : (row + 1) * SIZE[0], column * SIZE[1] : (column + 1) * SIZE[1]]
        assert np.array_equal(patch_of(pixels, GRID, (row, column)), expected)
    learn.set_level(FORMULA)
    shown.cut.cell_chosen.emit(1, 2)
    token = 2 + 1 * GRID[1] + 2
    assert learn.token(TOKENS) == token
    assert shown.picture.marked == shown.cut.marked == (1, 2)
    assert np.array_equal(shown.vector.vector, found.embedded[token - 2])
    text = shown.formula.label.text()
    assert f"t<sub>{token}</sub>" in text
    assert f"‖t‖ = {np.sqrt((found.embedded[token - 2].astype(float) ** 2).sum()):.3f}" in text
    assert "<b>90</b> numbers" in text, "5 × 6 × 3"


@pytest.mark.parametrize("level", [OVERVIEW, COMPONENT, FORMULA])
def test_a_stem_of_several_layers_has_no_filters(
    view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any, level: str
) -> None:
    scattered = Tokens((), 12, None, "They do not lie in rows.")
    anatomy.answers["patches"] = lambda *_: anatomies.patches(filters=False, tokens=scattered)
    learn.set_level(level)
    learn.turn_image(1)
    idle()
    shown: PatchesPage = page(view, PatchesPage)
    assert shown.ready
    assert not shown.filters.isVisible()
    assert shown.reading.text().startswith("12 patch")


def similar(found: Positions, one: int, other: int) -> str:
    return f"<b>{float(found.similarity[one, other]):.3f}</b>".replace("-", "\N{MINUS SIGN}")


@pytest.mark.parametrize("kind", ["learned", "fixed", "rotary", "relative"])
def test_positions_are_shown_as_what_they_are(
    view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any, kind: str
) -> None:
    anatomy.answers["positions"] = lambda module, image, site=None: anatomies.positions(kind, site or "")
    shown: PositionsPage = page(view, PositionsPage)
    learn.set_level(FORMULA)
    idle()
    in_layer = kind in ("rotary", "relative")
    assert shown.site.isVisible() is in_layer
    found: Positions = shown.drawn[2]
    assert found.site == ("blocks.2.attn" if in_layer else "")
    shown.map.cell_chosen.emit(2, 1)
    patch = 2 * GRID[1] + 1
    assert np.array_equal(shown.map.values.ravel(), found.similarity[patch])
    others = found.similarity[patch].copy()
    others[patch] = -9
    text = shown.formula.label.text()
    assert similar(found, patch, int(others.argmax())) in text
    assert {"rotary": "θ", "relative": "B<sub>"}.get(kind, "‖p<sub>") in text
    if in_layer:
        learn.choose_site("blocks.1.attn")
        idle()
        assert shown.drawn[2].site == "blocks.1.attn"


def test_a_model_with_both_shows_either(view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any) -> None:
    kinds = ("learned", "rotary")
    anatomy.answers["positions"] = lambda module, image, site=None: anatomies.positions(
        kinds[site is not None], site or "", kinds
    )
    shown: PositionsPage = page(view, PositionsPage)
    idle()
    assert shown.drawn[2].kind == "learned"
    assert shown.where.isVisible()
    shown.where.setCurrentIndex(1)
    shown.where.activated.emit(1)
    idle()
    assert shown.drawn[2].kind == "rotary"
    assert shown.site.isVisible()


def test_where_the_most_alike_positions_lie_is_counted() -> None:
    """By places on a line: of a model that knows distance, and of one that takes left and right for the same."""
    rows, columns = np.divmod(np.arange(15), 5)
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    assert nearest(-apart, (3, 5)) == (15, 0)
    folded = np.hypot(3 * (rows[:, None] - rows), abs(columns[:, None] - 2) - abs(columns - 2))
    assert nearest(-folded, (3, 5)) == (3, 12), "the middle column is its own mirror"


def test_a_model_without_positions_says_so(view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any) -> None:
    anatomy.answers["positions"] = lambda module, image, site=None: anatomies.positions("none")
    shown: PositionsPage = page(view, PositionsPage)
    for level in (OVERVIEW, COMPONENT, FORMULA):
        learn.set_level(level)
        idle()
        assert shown.reading.text() == "How this model knows places: nothing that was found. Nothing was found."
        assert shown.picture.isVisible()
        assert not shown.map.isVisible()


def test_a_refused_question_is_said_on_its_page(view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any) -> None:
    from vitprune.errors import ModelUnsupported

    def refuse(*_: Any) -> None:
        raise ModelUnsupported("This model has no such thing.", hint="Open another.")

    kept, anatomy.answers["positions"] = anatomy.answers["positions"], refuse
    shown = page(view, PositionsPage)
    idle()
    assert shown.empty.text.text() == "This model has no such thing. Open another."
    anatomy.answers["positions"] = kept
    shown.again.click()
    idle()
    assert shown.ready


def test_every_question_has_its_function() -> None:
    """Those of the engine, and a title each."""
    engine = import_module("vitprune.dissection")
    asked = set(questions._TITLES) - {SUBJECT, PREDICTION}
    assert {name for name in asked if not callable(getattr(engine, name, None))} == set()
    assert all(questions.tr(title, site="x") for title in questions._TITLES.values())
    assert toy_architecture().of_kind(Kind.ATTENTION)
    assert ATTENTION in asked


@pytest.mark.parametrize("name", sorted(set(questions._TITLES) - {SUBJECT, PREDICTION}))
def test_every_question_is_answered(view: LearnView, learn: Learn, anatomy: FakeAnatomy, idle: Any, name: str) -> None:
    """As the engine's functions take it: those made by hand have their names of what they are given."""
    site = {"attention": "blocks.0.attn", "neurons": "blocks.0.mlp", "preferred": "blocks.0.mlp"}.get(name, "")
    question = Question(name, site, (0, 3) if name == "preferred" else ())
    learn.ask(question)
    idle()
    answer = learn.value(question)
    assert answer is not None
    assert type(answer).__name__.lower() == name.replace("_", "")
    assert getattr(answer, "site", site) == site


def test_a_page_is_kept_as_it_is_seen(view: LearnView, learn: Learn, qtbot: Any) -> None:
    shown: PatchesPage = page(view, PatchesPage)
    learn.set_level(FORMULA)
    QApplication.processEvents()
    picture = shown.image()
    assert (picture.width(), picture.height()) == (2 * shown.width(), 2 * shown.height())
    assert shown.exported == [shown.picture, shown.patch, shown.vector]
    place = shown.vector.mapTo(shown, QPoint(20, 60)) * 2
    drawn = {picture.pixelColor(place.x() + x, place.y()).rgb() for x in range(200)}
    assert len(drawn) > 1, "charts are drawn"
    assert shown.svg().startswith(b"<svg")
    tables = shown.csv().decode().split("\n\n")
    assert [table.splitlines()[0] for table in tables] == ["Image", "Patch", f"Token {learn.token(TOKENS)}"]
    assert tables[2].splitlines()[2].startswith("0,")


def test_other_colours_are_taken_over(view: LearnView, idle: Any) -> None:
    shown: PositionsPage = page(view, PositionsPage)
    idle()
    before = shown.maps.image()
    use_colour_map("magma")
    try:
        idle()
        assert shown.maps.image() != before
    finally:
        use_colour_map("cividis")


@pytest.mark.parametrize("words", [1, 60, 120, 125, 130, 400])
def test_a_long_formula_makes_the_page_scroll(
    view: LearnView, learn: Learn, qtbot: Any, monkeypatch: pytest.MonkeyPatch, words: int
) -> None:
    room = Room(view, LEAST_OF_PAGE)
    qtbot.addWidget(room)
    room.resize(542, 500)
    room.show()
    view.show()
    shown: PatchesPage = page(view, PatchesPage)
    monkeypatch.setattr(shown, "_tell", lambda *_: shown.formula.show_lines("number " * words))
    learn.set_level(FORMULA)
    assert shown.ready
    QApplication.processEvents()
    label = shown.formula.label
    assert label.height() >= label.heightForWidth(label.width())
    assert room.horizontalScrollBar().maximum() == 0
    assert shown.picture.height() >= shown.picture.minimumHeight()
    view.setParent(None)  # it is closed by itself
