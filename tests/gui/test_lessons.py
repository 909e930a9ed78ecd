"""Lessons: what their files may say, how far people are in them, that each can be taken to its end, and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget

from tests.gui.taking import taken
from vitprune_gui.app import Shell
from vitprune_gui.commands import Commands
from vitprune_gui.learn import worksheet
from vitprune_gui.learn.course import Course, Progress, judged
from vitprune_gui.learn.figures import FIGURES, figure
from vitprune_gui.learn.lesson_panel import LessonPanel
from vitprune_gui.learn.lessons import Lesson, LessonInvalid, Vocabulary, parse, plain, rich
from vitprune_gui.pdf import printed
from vitprune_gui.runner import JobRunner
from vitprune_gui.scene import CONDITIONS, Scene, Seen, is_met
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.tour import Prediction, Tour
from vitprune_gui.views.classroom import Classroom
from vitprune_gui.views.documentation import documentation
from vitprune_gui.views.tour import scroll_to, seen_of

BUNDLED = Path(str(files("vitprune_resources") / "lessons"))
NAMES = {language: sorted(path.stem for path in (BUNDLED / language).glob("*.md")) for language in ("en", "de")}
KNOWN = Vocabulary(
    {
        "target": frozenset(("action:undo", "action:evaluate", "architecture.tree", "page:patches.picture")),
        "tab": frozenset(("overview", "evaluation", "learn")),
        "page": frozenset(("patches", "positions")),
        "level": frozenset(("overview", "formula")),
        "metric": frozenset(("cosine", "damage")),
        "measure": frozenset(("top1", "kl")),
        "repair": frozenset(("none", "linear")),
        "answer": frozenset(("layer_pairs",)),
        "opinion": frozenset(("raw", "rollout")),
    }
)
WHOLE = """# What it is
minutes: 3
summary: It is *this*, with `code`.
model: any

## Look
level: formula
target: action:undo

Two lines
of one **paragraph**.

- One
- Two

## Say
until: another metric
do: Choose another metric.

Think of it.

? Which are right?
- [x] This
- [ ] That
- [X] And this,
  which goes on

> This and this.
>
> Twice.

## Count
site: blocks.3.attn

What is it?

? How many?
= 12 ± 10 %

> Twelve.
"""


def read(text: str) -> Lesson:
    return parse(text, "own.md", KNOWN)


# What files say


def test_a_file_is_read_as_it_stands() -> None:
    lesson = read(WHOLE)
    assert (lesson.name, lesson.title, lesson.minutes, lesson.on_sample) == ("own", "What it is", 3, False)
    look, say, count = lesson.steps
    assert (look.tab, look.level, look.target) == ("learn", "formula", "action:undo")
    assert look.text == "Two lines\nof one **paragraph**.\n\n- One\n- Two"
    assert say.until == "another metric"
    assert say.do == "Choose another metric."
    assert say.prediction == Prediction(
        "Which are right?", (("This", True), ("That", False), ("And this, which goes on", True))
    )
    assert say.prediction is not None
    assert say.prediction.several
    assert say.reveal == "This and this.\n\nTwice."
    assert count.site == "blocks.3.attn"
    assert count.prediction == Prediction("How many?", (), "12", 10, True)


def test_text_is_shown_and_nothing_in_it_is_obeyed(qtbot: Any) -> None:
    label = QLabel(rich("**Bold**, *slanted* and `x < y`\nhere & there.\n\n- <img src='x'>\n- two"))
    qtbot.addWidget(label)
    assert "<b>Bold</b>, <i>slanted</i> and <code>x &lt; y</code> here &amp; there." in label.text()
    assert "<li>&lt;img src='x'&gt;</li>" in label.text()
    assert plain("**Bold**, *slanted* and `x`\nhere") == "Bold, slanted and x here"


MISTAKES = [
    ("minutes: 3", "minutes: soon", 2, "“soon” is no number of minutes from 1 to 60."),
    ("minutes: 3\n", "", 1, "“minutes: …” is missing below the title."),
    ("model: any", "model: mine", 4, "“mine” is no model. There are: sample, any."),
    (
        "minutes: 3",
        "minuets: 3",
        2,
        "“minuets:” says nothing here. Perhaps minutes? There are: minutes, summary, model.",
    ),
    ("level: formula", "level: deep", 7, "“deep” is not a level. There are: formula, overview."),
    ("target: action:undo", "target: action:udno", 8, "“action:udno” is not a target. Perhaps action:undo"),
    ("target: action:undo", "tagret: action:undo", 8, "Perhaps target, page?"),
    ("level: formula", "level: formula\nlevel: overview", 8, "“level:” was said already."),
    ("level: formula", "tab: overview\npage: patches", 7, "Pages and levels are those of the tab learn"),
    ("## Look", "##", 6, "Headings are"),
    ("## Look", "### Look", 6, "Headings are"),
    ("Think of it.", "![A cat](cat.png)", 20, "A lesson has no pictures"),
    ("Think of it.", "See [here](there.md).", 20, "A lesson has no links."),
    ("Think of it.", "See https://localhost/.", 20, "A lesson has no links."),
    ("Think of it.", "A <script>word</script>.", 20, "A lesson has no HTML"),
    ("- [ ] That", "- [ ] [That](x)", 24, "A lesson has no links."),
    ("Think of it.", "", 16, "This step has no text."),
    ("until: another metric\n", "", 17, "“do:” says what is waited for, and nothing is: add “until: …”."),
    ("until: another metric", "until: anothr metric", 17, "“anothr metric” is nothing that can be waited for. Perhaps"),
    ("until: another metric", "until: metric", 17, "“metric” needs to say which: “until: metric …”."),
    ("until: another metric", "until: metric cosin", 17, "“cosin” is not a metric. Perhaps cosine? There are: cosine,"),
    ("until: another metric", "until: undo it", 17, "“undo” stands alone, without “it”."),
    ("until: another metric", "until: head 0", 17, "“0” is no number of a head: they are counted from 1."),
    ("- [x] This\n- [ ] That\n- [X] And this,\n  which goes on\n", "", 22, "A question has at least two choices"),
    ("[x] This\n- [ ] That\n- [X]", "[ ] This\n- [ ] That\n- [ ]", 22, "No choice is right"),
    ("- [ ] That", "- [ ] This", 22, "Two choices say the same."),
    ("- [ ] That", "- [ ]  ", 24, "This choice has no text."),
    ("= 12 ± 10 %", "= about 12", 38, "A number is written as “= 64”, “= 64 ± 5”, or “= {top1} ± 10 %”."),
    ("= 12 ± 10 %", "= 12\n- [x] Or\n- [ ] Not", 37, "A question has choices or a number, not both."),
    ("> Twelve.", "", 37, "Nothing is revealed"),
    ("? How many?\n= 12 ± 10 %\n", "", 38, "What is revealed follows a question"),
    ("> This and this.", "Not so.", 28, "After the question come its choices"),
    ("> Twelve.", "> Twelve: {topp1}.", 40, "“{topp1}” is no figure. Perhaps {top1}"),
    ("> Twelve.", "> Twelve: {score}.", 40, "“{score}” is written as {score:SITE@METRIC}."),
    ("> Twelve.", "> Twelve: {score:blocks.1@mine}.", 40, "“mine” is not a metric."),
    ("> Twelve.", "> Twelve } of them.", 40, "“}” is no figure."),
]


@pytest.mark.parametrize(("right", "wrong", "line", "said"), MISTAKES, ids=[wrong for _, wrong, _, _ in MISTAKES])
def test_a_mistake_is_named_with_its_line_and_what_is_right(right: str, wrong: str, line: int, said: str) -> None:
    assert right in WHOLE
    with pytest.raises(LessonInvalid) as raised:
        read(WHOLE.replace(right, wrong, 1))
    told = [str(problem) for problem in raised.value.problems]
    assert any(one.startswith(f"own.md:{line}: ") and said in one for one in told), told
    assert raised.value.message == told[0]
    assert raised.value.hint


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = WHOLE.replace("minutes: 3", "minutes: x").replace("action:undo", "action:x").replace("> Twelve.", "")
    with pytest.raises(LessonInvalid) as raised:
        read(text)
    assert [problem.line for problem in raised.value.problems] == [2, 8, 37]


def test_sites_of_the_sample_are_known() -> None:
    about_sample = WHOLE.replace("model: any\n", "").replace("blocks.3.attn", "blocks.12.attn")
    with pytest.raises(
        LessonInvalid, match=r"“blocks.12.attn” is no site of the sample. They are blocks.0 to blocks.11"
    ):
        read(about_sample)
    assert read(WHOLE.replace("blocks.3.attn", "layers.1.blocks.0.attn"))


LINES = st.sampled_from(
    [
        *WHOLE.split("\n"),
        "",
        "until: page patches",
        "= {top1}",
        "{}",
        "{:@}",
        "{score:@}",
        "- [",
        "> ",
        "? ",
        "= ",
        "#",
        "\x00",
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=40).map("\n".join)))
def test_any_text_is_a_lesson_or_has_mistakes(text: str) -> None:
    lesson, wrong = None, ()
    try:
        lesson = read(text)
    except LessonInvalid as error:
        wrong = error.problems
    if lesson is None:
        assert wrong
        assert all(1 <= problem.line <= len(text.split("\n")) and problem.sentence for problem in wrong)
    else:
        assert lesson.title
        assert all(step.title and step.text and (step.reveal or not step.prediction) for step in lesson.steps)


@given(st.lists(st.sampled_from(WHOLE.split("\n")), max_size=60).map("\n".join))
def test_shuffled_lines_too(text: str) -> None:
    test_any_text_is_a_lesson_or_has_mistakes.hypothesis.inner_test(text)  # pyright: ignore[reportFunctionMemberAccess]


def test_the_documentation_knows_all_that_can_be_said() -> None:
    folder = documentation()
    assert folder is not None
    page = (folder / "lessons.md").read_text("utf-8")
    table = page[page.index("### What a step can wait for") :]
    for name, condition in CONDITIONS.items():
        assert f"`{name}`" in table or (condition.about and re.search(rf"`{name} [A-Z]+`", table)), name
    for name, known in FIGURES.items():
        kinds = [kind for kind in (known.about, known.more) if kind]
        assert re.search(rf"`\{{{name}[:}}]", table) or (name.endswith("_dense") and not kinds), name
    example = page.split("```markdown\n")[1].split("```")[0]
    assert len(parse(example, "example.md").steps) == 2


# Those that come with the program


def shape(lesson: Lesson) -> list[Any]:
    """What does not depend on the language."""
    found: list[Any] = [lesson.minutes, lesson.on_sample]
    for step in lesson.steps:
        asked = step.prediction
        right = [so for _, so in asked.choices] if asked else []
        number = (asked.number, asked.tolerance, asked.relative) if asked else ()
        found.append((step.target, step.tab, step.page, step.level, step.site, step.until, right, number))
        found.append((bool(step.do), bool(step.reveal)))
        found.append(sorted(re.findall(r"\{[^}]+\}", step.text + step.reveal)))
    return found


@pytest.mark.parametrize("name", NAMES["de"])
def test_a_lesson_is_the_same_in_both_languages(name: str) -> None:
    english, german = (parse((BUNDLED / folder / f"{name}.md").read_text("utf-8"), f"{name}.md") for folder in NAMES)
    assert shape(german) == shape(english)
    assert german.title != english.title


class Taken:
    """One process takes all lessons of a language: a class for each, so that one worker has all that look at it."""

    language: ClassVar[str]

    def test_their_files_have_no_mistakes(self) -> None:
        assert taken(self.language)[""] == []
        assert set(taken(self.language)) - {""} == set(NAMES["en"])

    @pytest.mark.parametrize("name", NAMES["en"])
    def test_each_can_be_taken_from_start_to_end(self, name: str) -> None:
        assert taken(self.language).get(name, ["it was not taken"]) == []


@pytest.mark.long
@pytest.mark.timeout(1560)
class TestEnglishLessons(Taken):
    language = "en"


@pytest.mark.long
@pytest.mark.timeout(1560)
class TestGermanLessons(Taken):
    language = "de"


# Taking one


@pytest.fixture
def scene(state: AppState, commands: Commands) -> Scene:
    return Scene(state, commands.learn, commands.undo_stack)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "own"
    made.mkdir()
    (made / "own.md").write_text(WHOLE, "utf-8")
    (made / "wrong.md").write_text(WHOLE.replace("until: another metric", "until: x"), "utf-8")
    (made / "picture.md").write_bytes(b"\x89PNG\xff")
    return made


@pytest.fixture
def course(
    state: AppState, commands: Commands, scene: Scene, settings: Settings, runner: JobRunner, folder: Path, qtbot: Any
) -> Course:
    settings.choose(lessons_folder=str(folder))
    made = Course(state, commands.learn, scene, settings, runner, commands.use_sample)
    made.speak(lambda: Vocabulary())
    commands.open_model("toy")
    made.look()
    qtbot.waitUntil(lambda: runner.idle and bool(made.lessons), timeout=20_000)
    return made


@pytest.fixture
def panel(course: Course, qtbot: Any) -> Iterator[LessonPanel]:
    made = LessonPanel(course)
    qtbot.addWidget(made)
    made.resize(400, 700)
    made.show()
    yield made
    made.hide()


def own(course: Course) -> Lesson:
    lesson = course.by_name("own")
    assert lesson is not None
    return lesson


def test_lessons_of_a_folder_stand_below_the_others_and_mistakes_are_listed(course: Course, panel: LessonPanel) -> None:
    assert [lesson.name for lesson in course.lessons] == [*NAMES["en"], "own"]
    assert course.own == {"own"}
    listed = [panel.list.problems.item(row).text() for row in range(panel.list.problems.count())]
    assert [problem.split(":")[0] for problem in listed] == ["picture.md", "wrong.md"]
    assert "not text in UTF-8" in listed[0]
    assert listed[1].startswith("wrong.md:17: “x” is nothing that can be waited for.")
    assert panel.list.problems.isVisible()
    assert "your own" in panel.list.list.item(panel.list.list.count() - 1).text()


def test_it_asks_before_it_waits_and_reveals_after(course: Course, panel: LessonPanel, commands: Commands) -> None:
    steps = panel.taken
    course.start(own(course))
    assert steps.isVisible()
    assert steps.heading.text() == "Look"
    assert not steps.question.isVisible()
    steps.next_button.click()
    assert steps.question.isVisible()
    assert not steps.task.isVisible()
    assert not steps.question.say.isEnabled()
    commands.editing.set_metric("damage")
    assert course.tour is not None
    assert course.tour.waiting, "it was done too early"
    for button in (steps.question.choices[0], steps.question.choices[1]):
        button.click()
    steps.question.say.click()
    assert steps.task.isVisible() or steps.reveal.isVisible()
    assert course.tour.revealed, "what was done already counts once the prediction was made"
    assert course.verdict is False
    assert steps.reveal.heading.text() == "Not quite. Right is: This; And this, which goes on"
    assert "Twice." in steps.reveal.text.text()
    assert not any(button.isEnabled() for button in steps.question.choices)
    steps.next_button.click()
    QTest.keyClicks(steps.question.number, "13.2")
    QTest.keyClick(steps.question.number, Qt.Key.Key_Return)
    assert course.verdict is True
    assert steps.reveal.heading.text() == "✓ You were right."
    assert steps.next_button.text() == "Done"
    steps.next_button.click()
    assert panel.list.isVisible()
    assert course.progress(own(course)).done


def test_what_was_not_done_can_be_left_out(course: Course, panel: LessonPanel) -> None:
    course.start(own(course))
    course.go_on()
    assert panel.taken.next_button.text() == "Skip"
    panel.taken.next_button.click()
    assert course.tour is not None
    assert course.tour.place == 2
    panel.taken.back_button.click()
    assert course.tour.asking, "it is asked anew"


def test_progress_outlives_the_window_and_changes_of_the_lesson(
    course: Course, settings: Settings, folder: Path, qtbot: Any, state: AppState, commands: Commands, scene: Scene,
    runner: JobRunner,
) -> None:  # fmt: skip
    course.start(own(course))
    course.go_on()
    course.leave()
    assert course.progress(own(course)) == Progress(1, "Say")
    (folder / "own.md").write_text(WHOLE.replace("## Say", "## New\n\nIt is new.\n\n## Say"), "utf-8")
    later = Course(state, commands.learn, scene, Settings(settings.path.parent), runner, commands.use_sample)
    later.speak(lambda: Vocabulary())
    later.look()
    qtbot.waitUntil(lambda: bool(later.lessons), timeout=20_000)
    later.start(own(later))
    assert later.step is not None
    assert later.step.title == "Say", "found by its title"
    later.start(own(later), again=True)
    assert later.tour is not None
    assert later.tour.place == 0


@pytest.mark.parametrize(
    "told", ["{", "[]", '{"own": 3, "x": [1, 2]}', '{"own": [99, "gone", false]}', '{"own": [-5, "", 1]}']
)
def test_damaged_progress_is_none(
    settings: Settings, told: str, state: AppState, commands: Commands, scene: Scene, runner: JobRunner
) -> None:
    settings.lessons = told
    made = Course(state, commands.learn, scene, settings, runner, commands.use_sample)
    lesson = read(WHOLE)
    assert 0 <= made.progress(lesson).place(lesson) < 3
    assert not made.progress(lesson).done


def test_a_file_is_opened_and_begun_or_its_mistakes_are_shown(
    course: Course, panel: LessonPanel, tmp_path: Path, qtbot: Any
) -> None:
    said: list[str] = []
    course.notified.connect(said.append)
    single = tmp_path / "single.md"
    single.write_text(WHOLE, "utf-8")
    course.open(str(single))
    qtbot.waitUntil(lambda: course.lesson is not None, timeout=20_000)
    assert course.lesson is not None
    assert course.lesson.name == "single"
    course.leave()
    single.write_text("# Nothing", "utf-8")
    course.open(str(single))
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert course.lesson is None
    assert any(problem.file == "single.md" for problem in course.problems)


@pytest.mark.parametrize(
    ("prediction", "guess", "number", "right"),
    [
        (Prediction("", (("a", True), ("b", False))), frozenset({0}), None, True),
        (Prediction("", (("a", True), ("b", True))), frozenset({0}), None, False),
        (Prediction("", (), "5"), 5.0, 5.0, True),
        (Prediction("", (), "5"), 5.1, 5.0, False),
        (Prediction("", (), "5", 1), 6.0, 5.0, True),
        (Prediction("", (), "50", 10, True), 45.0, 50.0, True),
        (Prediction("", (), "50", 10, True), 44.9, 50.0, False),
        (Prediction("", (), "{top1}", 3), 44.9, None, None),
    ],
)
def test_a_guess_is_judged(prediction: Prediction, guess: Any, number: float | None, right: bool | None) -> None:
    assert judged(prediction, guess, number) is right


# What is waited for, and figures


def seen(**changed: Any) -> Seen:
    usual: dict[str, Any] = {
        "tab": "overview", "metric": "cosine", "selection": None, "plan": None, "evaluations": (), "path": None,
        "dirty": False, "undone": 0, "page": "patches", "level": "overview", "image": "a.png", "patch": (0.5, 0.5),
        "head": 0, "layer": "", "pruned": False, "answers": frozenset(),
    }  # fmt: skip
    return Seen(**{**usual, **changed})


@pytest.mark.parametrize(
    ("until", "changed"),
    [
        ("another tab", {"tab": "damage"}),
        ("another page", {"page": "lens"}),
        ("page lens", {"page": "lens"}),
        ("level formula", {"level": "formula"}),
        ("another image", {"image": "b.png"}),
        ("another patch", {"patch": "class"}),
        ("another head", {"head": 2}),
        ("head 3", {"head": 2}),
        ("another layer", {"layer": "blocks.1.mlp"}),
        ("site blocks.1", {"selection": "blocks.1"}),
        ("undo", {"undone": 1}),
        ("pruned model", {"pruned": True}),
        ("answer layer_pairs", {"answers": frozenset({"layer_pairs"})}),
    ],
)
def test_a_condition_is_met_by_what_it_says_and_by_nothing_else(until: str, changed: dict[str, Any]) -> None:
    assert not is_met(until, seen(), seen())
    assert is_met(until, seen(), seen(**changed))
    others = {"tab": "maps", "page": "stream", "level": "component", "dirty": True, "metric": "damage", "head": 7}
    beside = {name: value for name, value in others.items() if name not in changed and name not in until}
    assert not is_met(until, seen(), seen(**beside))


def test_the_first_image_is_nobody_s_choice() -> None:
    before, first = seen(image=""), seen(image="a.png")
    assert not is_met("another image", before.settled(first), first)
    assert is_met("another image", before.settled(first), seen(image="b.png"))


def test_undo_is_told_from_clearing(state: AppState, commands: Commands, scene: Scene) -> None:
    stack: QUndoStack = commands.undo_stack
    commands.editing.set_metric("damage")
    before = scene.now().undone
    stack.undo()
    assert scene.now().undone == before + 1
    stack.clear()
    assert scene.now().undone == before + 1


def test_figures_of_nothing_are_not_measured_yet(state: AppState, commands: Commands) -> None:
    about = {"site": "blocks.1.attn", "metric": "cosine", "measure": "top1", "opinion": "raw", "number": "1"}
    for name, known in FIGURES.items():
        mark = (
            name + (f":{about[known.about]}" if known.about else "") + (f"@{about[known.more]}" if known.more else "")
        )
        assert figure("{" + mark + "}", state, commands.learn) is None, name


def test_figures_are_those_of_the_state(shell: Shell, qtbot: Any) -> None:
    """Of the sample's own session, read without its model."""
    shell.commands.use_sample()
    state, learn = shell.state, shell.commands.learn
    qtbot.waitUntil(lambda: bool(state.scores is not None and state.evaluations), timeout=60_000)
    assert state.scores is not None
    assert state.architecture is not None
    score = state.scores["cosine"]["blocks.3.attn"]
    shown = figure("{score:blocks.3.attn@cosine}", state, learn)
    assert shown is not None
    assert shown.number == score.mean
    assert shown.text.startswith(f"{score.mean:.3f} ±")
    assert shown.text.endswith(f"n = {len(score.per_image)}")
    rough = state.scores["damage"]["blocks.0.mlp"]
    coarse = figure("{score:blocks.0.mlp@damage}", state, learn)
    assert coarse is not None
    assert coarse.text.startswith(f"{rough.mean:.2f} ±0.0"), "its interval is wide: more decimals would say nothing"
    assert coarse.number == rough.mean
    measured = next(e for e in reversed(state.evaluations) if e.plan == state.plan)
    top1 = figure("{top1}", state, learn)
    assert top1 is not None
    assert measured.top1 is not None
    assert top1.number == 100 * measured.top1.value
    assert f"[{100 * measured.top1.low:.1f}, {100 * measured.top1.high:.1f}]" in top1.text
    assert top1.text.endswith("n = 1,000")
    dense = figure("{top1_dense}", state, learn)
    assert dense is not None
    assert dense.number is not None
    qtbot.waitUntil(lambda: state.comparison is not None, timeout=60_000)
    change = figure("{change:top1}", state, learn)
    assert change is not None
    assert top1.number is not None
    assert change.number == pytest.approx(top1.number - dense.number)
    table = {site.id: state.scores["cosine"][site.id].mean for site in state.architecture.sublayers}
    highest = figure("{highest:cosine}", state, learn)
    assert highest is not None
    assert highest.number == max(table.values())


# On paper


def test_a_worksheet_asks_and_has_the_key_on_its_last_page() -> None:
    lesson = read(WHOLE)
    inside = worksheet.body(lesson, lambda text: text, lambda asked: float(asked.number))
    sheet, key = inside.split("page-break-before: always")
    assert "Which are right?" in sheet
    assert sheet.count("☐") == 3
    assert "Twice." not in sheet
    assert "☑" not in sheet
    assert key.count("☑") == 2
    assert "Twice." in key
    assert "<b>12</b>" in key
    for step in lesson.steps:
        assert step.title in sheet
    pages = worksheet.document(inside)
    made = printed(pages, lesson.title)
    assert made.startswith(b"%PDF")
    assert pages.pageCount() == 2
    text = pages.toPlainText()
    assert text.index("Why?") < text.index("Key: What it is")


def test_nothing_of_a_worksheet_is_obeyed() -> None:
    lesson = Lesson("x", "<b>T</b>", 1, "S & <i>", read(WHOLE).steps)
    made = worksheet.page(lesson, worksheet.body(lesson, lambda text: text, lambda _: None))
    assert "<b>T</b>" not in made
    assert "&lt;b&gt;T&lt;/b&gt;" in made
    assert "S &amp; &lt;i&gt;" in made


def test_a_sheet_is_written_as_a_page_or_as_pdf(course: Course, runner: JobRunner, tmp_path: Path, qtbot: Any) -> None:
    lesson = own(course)
    inside = worksheet.body(lesson, course.text, course.number)
    for suffix, start in ((".pdf", b"%PDF"), (".html", b"<!DOCTYPE html>")):
        path = tmp_path / f"sheet{suffix}"
        runner.submit(worksheet.WriteWorksheet(lesson, inside, path))
        qtbot.waitUntil(lambda: runner.idle, timeout=20_000)
        assert path.read_bytes().startswith(start)


# Before a class


def test_type_is_large_while_it_is_presented_and_panels_come_back(shell: Shell, qtbot: Any) -> None:
    window = shell.window
    sizes: Callable[[], dict[int, float]] = lambda: {  # noqa: E731
        id(label): label.font().pointSizeF() for label in window.findChildren(QLabel)
    }
    before, shown = sizes(), {name for name, dock in window.docks.items() if not dock.isHidden()}
    usual = QApplication.font().pointSizeF()
    window.actions_["present"].trigger()
    try:
        assert {name for name, dock in window.docks.items() if not dock.isHidden()} == {"lessons"}
        assert window.actions_["present"].isChecked()
        QApplication.processEvents()
        during = sizes()
        assert all(during[label] == pytest.approx(1.5 * size) for label, size in before.items() if label in during)
    finally:
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        QTest.keyClick(window, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert QApplication.font().pointSizeF() == usual
    assert {name for name, dock in window.docks.items() if not dock.isHidden()} == shown
    assert not window.actions_["present"].isChecked()
    after = sizes()
    assert all(after[label] == pytest.approx(size) for label, size in before.items() if label in after)


def test_steps_of_a_tour_that_are_met_already_do_not_wait(scene: Scene) -> None:
    lesson = read(WHOLE.replace("until: another metric", "until: metric cosine"))
    tour = Tour(scene, lesson.steps, goes_on=False)
    tour.start(1)
    assert not tour.waiting
    assert tour.asking
    tour.predict(frozenset({0}))
    assert tour.revealed
    tour.stop()


def test_what_scrolls_is_scrolled_to_and_its_frame_ends_where_it_is_hidden(qtbot: Any) -> None:
    area, inside = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    inside.setFixedSize(180, 2000)
    target = QPushButton("Far below", inside)
    target.setGeometry(10, 1500, 100, 30)
    area.setWidget(inside)
    area.resize(200, 300)
    area.show()
    assert seen_of(target, target.rect()).isEmpty()
    scroll_to(target)
    assert seen_of(target, target.rect()).size() == target.size()
    bar = area.verticalScrollBar()
    bar.setValue(bar.value() + target.mapTo(area, QPoint()).y() - area.viewport().y() + 10)
    left = seen_of(target, target.rect())
    assert left.size() == QSize(100, 20), "the upper ten pixels are hidden"
    assert left.topLeft() == area.viewport().pos() + QPoint(10, 0)


def test_the_classroom_has_what_the_menu_says(shell: Shell) -> None:
    assert shell.window.findChild(Classroom) is not None
    names = {"lessons", "start_lesson", "open_lesson", "worksheet", "present"}
    assert names <= {verb.name for verb in shell.window.actions_.verbs if verb.menu == "Learn"}
