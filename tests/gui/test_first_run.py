"""The way in: the welcome page, the sample that opens at once, and the tour, walked through to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton

from tests.gui.conftest import let_go
from tests.gui.test_shell_process import run
from vitprune import sessions
from vitprune.jobs import Job
from vitprune.plan import PruningPlan
from vitprune.results import Session
from vitprune_gui.app import VIEWS, Shell, build
from vitprune_gui.models import ListLocal
from vitprune_gui.opening import Opening
from vitprune_gui.recents import look_at
from vitprune_gui.requests import Engine
from vitprune_gui.sample import ReadSample, session_file
from vitprune_gui.scene import CONDITIONS, Scene
from vitprune_gui.settings import Settings
from vitprune_gui.tour import TOUR, Step, Tour
from vitprune_gui.views.documentation import DocumentationDialog, documentation
from vitprune_gui.views.guide import Guide
from vitprune_gui.views.tour import TourGuide, find
from vitprune_gui.views.welcome import WelcomePage

LARGEST = 1_500_000
LARGEST_OF_ALL = 8_000_000


@pytest.fixture(scope="module")
def sample() -> Session:
    return sessions.load(session_file())


# The bundled session


def test_the_sample_is_small() -> None:
    folder = session_file().parent
    assert session_file().stat().st_size < LARGEST
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < LARGEST_OF_ALL


def test_every_tab_has_something_to_show(sample: Session) -> None:
    scores = sample.scores
    assert scores is not None
    assert {"cosine", "damage", "damage_repaired", "taylor"} <= set(scores)
    assert scores.boundaries is not None
    assert scores.cka
    assert scores.gains
    assert sample.searches
    assert sample.trials
    assert sample.latencies is not None
    assert sample.thumbnails is not None
    assert len(sample.plan)
    shown = sample.evaluation_of(sample.plan)
    assert shown is not None
    assert shown.repair is not None
    assert any(not len(evaluation.plan) for evaluation in sample.evaluations)


def test_it_is_about_the_sample_that_is_bundled(sample: Session) -> None:
    assert sample.model.source == "sample"
    assert sample.data is not None
    folder = session_file().parent
    assert {str(path.relative_to(folder / "calibration")) for path in (folder / "calibration").rglob("*.png")} == set(
        sample.data.paths
    )
    [test] = {evaluation.data.paths for evaluation in sample.evaluations}
    assert {str(path.relative_to(folder / "test")) for path in (folder / "test").rglob("*.png")} == set(test)


def test_it_is_read_without_torch(tmp_path: Path) -> None:
    code = """
import sys
from vitprune.jobs import Job
from vitprune_gui.sample import ReadSample
print(ReadSample().run(None, Job()).scores.images > 0, "torch" in sys.modules)
"""
    done = run(code, tmp_path)
    assert done.stdout.split() == ["True", "False"], done.stderr


def test_it_belongs_to_no_file(shell: Shell, qtbot: Any, workflow: Any) -> None:
    shell.commands.use_sample()
    qtbot.waitUntil(lambda: shell.state.scores is not None, timeout=20_000)
    assert shell.state.session_path is None, "a save must not replace what is bundled"
    assert not shell.state.dirty
    assert shell.state.plan
    assert shell.window.stack.currentWidget() is shell.window.tabs
    qtbot.waitUntil(lambda: shell.idle, timeout=20_000)


def test_another_model_takes_its_place(shell: Shell, qtbot: Any, workflow: Any) -> None:
    shell.commands.use_sample()
    shell.commands.open_model("toy")
    qtbot.waitUntil(lambda: shell.idle, timeout=20_000)
    assert shell.state.model is not None
    assert shell.state.model.source == "toy"


# The welcome page


def test_what_was_opened_is_told_and_can_be_forgotten(
    qtbot: Any, shell: Shell, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "run.vitprune.h5").write_text("")
    for source in (
        str(tmp_path / "gone.pth"),
        "vit_tiny",
        str(tmp_path / "pictures"),
        str(tmp_path / "run.vitprune.h5"),
    ):
        settings.add_recent(source)
    page = shell.window.welcome
    assert isinstance(page, WelcomePage)
    qtbot.waitUntil(lambda: all(row.detail.text() for row in page.rows), timeout=5000)
    said = [(row.open.text(), row.detail.text().split(",")[0], row.open.isEnabled()) for row in page.rows]
    assert said == [
        ("run.vitprune.h5", "Session", True),
        ("pictures", "Folder of images", True),
        ("vit_tiny", "Pretrained model", True),
        ("gone.pth", "No longer there", False),
    ]
    assert "today at" in page.rows[0].detail.text()
    page.rows[-1].remove.click()
    assert [row.source for row in page.rows] == list(settings.recent)
    assert str(tmp_path / "gone.pth") not in settings.recent


def test_what_a_path_is(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "recipe.json").write_text("{}")
    (tmp_path / "weights.safetensors").write_text("")
    (tmp_path / "OLD.PTH").write_text("")
    (tmp_path / "song.mp3").write_text("")
    for name, kind in (
        ("model", Opening.MODEL_FOLDER),
        ("weights.safetensors", Opening.MODEL_FILE),
        ("OLD.PTH", Opening.MODEL_FILE),
        ("song.mp3", Opening.NOTHING),
        (".", Opening.IMAGES),
    ):
        assert look_at(str(tmp_path / name)).kind is Opening.of(str(tmp_path / name)) is kind
    listed = ListLocal(tuple(str(entry) for entry in sorted(tmp_path.iterdir()))).run(None, Job())
    assert [(Path(model.source).name, model.folder) for model in listed] == [
        ("OLD.PTH", False),
        ("model", True),
        ("weights.safetensors", False),
    ]
    assert look_at("\0/bad").kind in (Opening.GONE, Opening.NAME)
    assert look_at(str(tmp_path / "x" / "y.h5")).kind is Opening.GONE


def test_the_page_is_there_again_from_the_menu(shell: Shell, qtbot: Any, workflow: Any) -> None:
    shell.commands.open_model("toy")
    qtbot.waitUntil(lambda: shell.idle, timeout=20_000)
    page = shell.window.welcome
    assert not page.isVisible()
    shell.window.actions_["welcome"].trigger()
    assert page.isVisible()
    page.back.click()
    assert shell.window.tabs.isVisible()


def test_the_page_leads_to_tour_lessons_keys_and_documentation(shell: Shell, qtbot: Any) -> None:
    links = shell.window.welcome.links
    items = [links.itemAtPosition(row, column) for row in range(2) for column in range(2)]
    buttons = [item.widget() for item in items if item is not None]
    names = [button.defaultAction().objectName() for button in buttons if isinstance(button, QToolButton)]
    assert names == ["tour", "lessons", "shortcuts", "documentation"]
    folder = documentation()
    assert folder is not None
    dialog = DocumentationDialog(folder)
    qtbot.addWidget(dialog)
    headings = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    for row, heading in enumerate(headings):
        dialog.list.setCurrentRow(row)
        assert heading in dialog.text.toPlainText()


# The tour


class SampleEngine(Engine):
    """Measures nothing: what is evaluated has the figures of another plan of the sample."""

    def __init__(self, sample: Session) -> None:
        super().__init__()
        self._sample = sample

    def workflow(self, job: Any) -> Any:
        return SimpleNamespace(evaluate=self._evaluate)

    def model(self, reference: Any, job: Any) -> Any:
        return SimpleNamespace(reference=reference)

    def images(self, source: str, purpose: str, model: Any, job: Any) -> Any:
        return SimpleNamespace(reference=self._sample.data)

    def _evaluate(self, model: Any, images: Any, plan: PruningPlan, **_: Any) -> Any:
        dense = next(e for e in self._sample.evaluations if not len(e.plan))
        pruned = next(e for e in reversed(self._sample.evaluations) if len(e.plan))
        return dense, replace(pruned, plan=plan)


@pytest.fixture
def real(
    qtbot: Any, settings: Settings, dialogs: Any, sample: Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shell]:
    """The window with all of its views; without the figures of the study, which take the worker some seconds."""
    bare = replace(sample, study=None, trials=())
    monkeypatch.setattr(ReadSample, "run", lambda *_: bare)
    made = build(settings, dialogs=dialogs, make_engine=lambda: SampleEngine(sample), views=VIEWS)
    qtbot.addWidget(made.window, before_close_func=let_go)
    with qtbot.waitSignal(made.window.built, timeout=30_000):
        made.window.show()
    yield made
    assert made.close()


def _act(shell: Shell, step: Step, dialogs: Any, tmp_path: Path) -> None:
    """What the step asks for, as a reader does it."""
    window, state = shell.window, shell.state
    match step.target:
        case "architecture.metric_box":
            box: Any = window.view("architecture").metric_box  # type: ignore[attr-defined]
            other = next(row for row in range(box.count()) if box.itemText(row) != box.currentText())
            box.setCurrentIndex(other)
            box.activated.emit(other)
        case "architecture.tree":
            assert state.plan is not None
            assert state.architecture is not None
            site = next(s.id for s in state.architecture.sublayers if s.id not in state.plan.sites)
            shell.commands.toggle_site(site)
        case "plan.repair":
            shell.commands.set_repair("mean")
        case target if target.startswith("action:"):
            window.actions_[target.partition(":")[2]].trigger()
        case target:
            raise AssertionError(f"Nobody knows how to do what {target} asks for.")


def test_the_tour_can_be_walked_to_its_end(real: Shell, qtbot: Any, dialogs: Any, tmp_path: Path) -> None:
    window = real.window
    window.actions_["tour"].trigger()
    qtbot.waitUntil(lambda: window.findChild(TourGuide) is not None, timeout=30_000)
    guide, lying = window.findChild(Guide), window.findChild(TourGuide)
    assert guide is not None
    assert lying is not None
    tour, bubble = guide.tour, lying.bubble
    assert tour is not None
    for number, step in enumerate(TOUR):
        assert tour.step is step, f"step {number}"
        found = find(window, step.target)
        assert found is not None, step.target
        widget, part = found
        assert widget.isVisible(), step.target
        assert widget.rect().contains(part.center())
        assert bubble.title.text() == step.title
        assert window.rect().contains(bubble.geometry()), step.title
        assert bubble.height() >= bubble.sizeHint().height()
        if step.until:
            _act(real, step, dialogs, tmp_path)
            qtbot.waitUntil(lambda number=number: tour.place == number + 1, timeout=20_000)
        else:
            qtbot.keyClick(bubble, Qt.Key.Key_Right)
    assert guide.tour is None
    QApplication.processEvents()
    assert not lying.isVisible()
    qtbot.waitUntil(lambda: real.idle, timeout=60_000)


def test_the_tour_can_be_left_and_goes_back(shell: Shell, qtbot: Any) -> None:
    scene = Scene(shell.state, shell.commands.learn, shell.commands.undo_stack, shell.window)
    tour = Tour(scene, TOUR[:1] * 3, shell.window)
    ended: list[bool] = []
    tour.ended.connect(lambda: ended.append(True))
    assert tour.step is None
    tour.start()
    tour.next()
    assert tour.place == 1
    tour.back()
    tour.back()
    assert tour.place == 0
    tour.stop()
    assert ended == [True]
    assert tour.step is None
    tour.stop()
    assert ended == [True]


def test_conditions_of_all_steps_are_known() -> None:
    assert {step.until for step in TOUR} - {""} <= set(CONDITIONS)
    assert 8 <= len(TOUR) <= 10
