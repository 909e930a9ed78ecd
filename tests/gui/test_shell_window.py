"""The window itself: actions, docks, drops, errors, the way out."""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel, QWidget

from vitprune.errors import ModelNotFound
from vitprune_gui.app import Shell
from vitprune_gui.crash import ErrorReport
from vitprune_gui.opening import Opening
from vitprune_gui.runner import JobStatus
from vitprune_gui.settings import LAYOUT_VERSION, Settings
from vitprune_gui.views.activity import ActivityPanel, describe, duration
from vitprune_gui.views.error_dialog import ReportDialog
from vitprune_gui.views.log import LogPanel
from vitprune_gui.views.open_dialogs import ModelDetailsDialog, guess_architecture, parse_arguments


@pytest.fixture
def idle(qtbot: Any, shell: Shell) -> Any:
    return lambda: qtbot.waitUntil(lambda: shell.idle)


def test_none_is_not_lost_at_void_calls(qtbot: Any) -> None:
    """A binding that drops a reference to None at every call aborts the process after minutes of painting."""
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(1000):
        widget.update()
    assert sys.getrefcount(None) > before - 500


def test_views_come_after_the_first_paint(shell: Shell) -> None:
    assert shell.window.complete
    assert isinstance(shell.window.view("overview"), QWidget)
    assert shell.window.docks["models"].isAncestorOf(shell.window.view("models"))


def test_every_dock_has_a_name_of_its_own(shell: Shell) -> None:
    names = [dock.objectName() for dock in shell.window.docks.values()]
    assert all(names)
    assert len(set(names)) == len(names)


def test_every_shortcut_is_used_once(shell: Shell) -> None:
    keys = [action.shortcut().toString() for action in shell.window.actions_ if not action.shortcut().isEmpty()]
    assert len(set(keys)) == len(keys)


def test_disabled_actions_say_why(shell: Shell, idle: Any) -> None:
    actions = shell.window.actions_
    for name in (
        "open_images",
        "open_test_images",
        "save",
        "export",
        "analyze",
        "evaluate",
        "cancel",
        "undo",
        "redo",
        "clear_plan",
    ):
        assert not actions[name].isEnabled(), name
        assert actions[name].toolTip().endswith("."), name
    assert "Open a model first." in actions["analyze"].toolTip()
    shell.commands.open_model("toy")
    idle()
    assert "Open images to analyse first." in actions["analyze"].toolTip()
    shell.commands.open_images("/pictures")
    idle()
    assert actions["analyze"].isEnabled()
    shell.commands.toggle_site("blocks.0.attn")
    assert actions["undo"].text() == "&Undo Remove blocks.0.attn"
    actions["undo"].trigger()
    assert actions["redo"].isEnabled()
    assert not actions["undo"].isEnabled()


def test_actions_run_their_verbs(shell: Shell, idle: Any, workflow: Any) -> None:
    shell.commands.open_model("sample")
    idle()
    shell.commands.open_images("sample")
    idle()
    shell.window.actions_["analyze"].trigger()
    idle()
    assert workflow.calls == ["open_model", "open_images", "analyze"]
    assert shell.window.stack.currentWidget() is shell.window.tabs
    assert shell.window.windowTitle().startswith("sample[*]")
    assert shell.window.isWindowModified()
    assert shell.window.status.unsaved.text()


def test_layout_survives_a_restart(qtbot: Any, settings: Settings, shell: Shell, dialogs: Any) -> None:
    shell.window.docks["plan"].hide()
    shell.window.resize(1111, 777)
    shell.window.close()
    again = Settings(settings.path.parent)
    assert not again.layout().isEmpty()
    window = shell.window
    window.docks["plan"].show()
    window.restoreState(again.layout(), LAYOUT_VERSION)
    assert window.docks["plan"].isHidden()
    window.actions_["reset_layout"].trigger()
    assert not window.docks["plan"].isHidden()


class Drag:
    """Files that are dragged over a window."""

    def __init__(self, window: QWidget, *paths: Path) -> None:
        self._window = window
        self._data = QMimeData()  # kept: events hold no reference to it
        self._data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self.enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, self._data, buttons, keys)
        self._drop = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, self._data, buttons, keys)
        QApplication.sendEvent(window, self.enter)

    def drop(self) -> None:
        QApplication.sendEvent(self._window, self._drop)
        QApplication.processEvents()


def test_drop_says_what_it_will_do_and_does_it(qtbot: Any, shell: Shell, idle: Any, tmp_path: Path) -> None:
    folder = tmp_path / "exported"
    folder.mkdir()
    (folder / "recipe.json").write_text("{}")
    drag = Drag(shell.window, folder)
    assert shell.window.overlay.isVisible()
    qtbot.waitUntil(lambda: shell.window.overlay.text == "Open the exported model\nexported")
    assert drag.enter.isAccepted()
    drag.drop()
    assert not shell.window.overlay.isVisible()
    idle()
    assert shell.state.model is not None
    assert shell.state.model.source == str(folder)


def test_of_two_that_are_dropped_one_is_opened_and_that_is_said(
    qtbot: Any, shell: Shell, idle: Any, tmp_path: Path
) -> None:
    Drag(shell.window, tmp_path / "a.vitprune.h5", tmp_path / "b.vitprune.h5").drop()
    assert "only a.vitprune.h5" in shell.window.status.currentMessage()


def test_what_was_moved_away_is_said_to_be_gone(qtbot: Any, shell: Shell, idle: Any, tmp_path: Path) -> None:
    shell.commands.open_anything(str(tmp_path / "exported"))
    qtbot.waitUntil(shell.window.banner.isVisible)
    assert any("There is no" in label.text() for label in shell.window.banner.findChildren(QLabel))


def test_dropped_images_need_a_model(qtbot: Any, shell: Shell, idle: Any, tmp_path: Path, workflow: Any) -> None:
    drag = Drag(shell.window, tmp_path)
    qtbot.waitUntil(lambda: "model first" in shell.window.overlay.text)
    drag.drop()
    assert workflow.calls == []
    shell.commands.open_model("toy")
    idle()
    Drag(shell.window, tmp_path).drop()
    idle()
    assert shell.state.data is not None
    assert shell.state.data.source == str(tmp_path)


def test_a_drive_that_does_not_answer_stops_nothing(
    shell: Shell, idle: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, is_dir, asked = threading.Event(), os.path.isdir, threading.Event()

    def slow(path: Any) -> bool:
        if Path(path) == tmp_path:
            assert threading.current_thread() is not threading.main_thread()
            asked.set()
            answers.wait(20)
        return is_dir(path)

    monkeypatch.setattr(os.path, "isdir", slow)
    drag = Drag(shell.window, tmp_path)
    assert shell.window.overlay.text == tmp_path.name
    drag.drop()
    assert asked.wait(20)
    shell.commands.open_model("toy")
    qtbot.waitUntil(lambda: shell.state.model is not None)  # meanwhile
    answers.set()
    idle()
    assert shell.state.data is not None
    assert shell.state.data.source == str(tmp_path)


def test_everybody_who_asks_what_a_path_is_hears_it(shell: Shell, qtbot: Any, tmp_path: Path) -> None:
    heard: list[tuple[str, Opening]] = []
    scout = shell.commands.scout
    scout.look_at(str(tmp_path), lambda found: heard.append(("hovered", found)))
    scout.look_at(str(tmp_path), lambda found: heard.append(("dropped", found)))
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == [("hovered", Opening.IMAGES), ("dropped", Opening.IMAGES)]


def test_dropped_weights_are_asked_about(shell: Shell, tmp_path: Path, dialogs: Any) -> None:
    Drag(shell.window, tmp_path / "vit.pth").drop()
    assert dialogs.asked == ["model_details vit.pth"]


def test_dropped_nonsense_is_refused_in_words(shell: Shell, idle: Any, tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"")
    Drag(shell.window, tmp_path / "song.mp3").drop()
    idle()
    assert "song.mp3" in shell.window.banner.message.text()


def test_error_shows_sentence_next_step_and_details(shell: Shell, qtbot: Any) -> None:
    banner = shell.window.banner
    shell.commands.show_error(ModelNotFound("There is <b>no</b> model.", hint="Look again.", details="deep"))
    assert banner.isVisible()
    assert banner.message.text() == "There is <b>no</b> model."
    assert banner.message.textFormat() == Qt.TextFormat.PlainText
    assert banner.hint.text() == "Look again."
    qtbot.mouseClick(banner.copy, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert "MODEL_NOT_FOUND" in copied
    assert "deep" in copied
    qtbot.mouseClick(banner.dismiss, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_defect_shows_its_traceback_to_copy(shell: Shell, qtbot: Any) -> None:
    try:
        raise ZeroDivisionError("by nought")
    except ZeroDivisionError as error:
        shell.commands.show_error(ErrorReport.of(error))
    qtbot.mouseClick(shell.window.banner.copy, Qt.MouseButton.LeftButton)
    assert "Traceback" in QGuiApplication.clipboard().text()


def test_activity_shows_the_queue_and_cancels(shell: Shell, qtbot: Any, idle: Any, workflow: Any) -> None:
    shell.commands.open_model("toy")
    idle()
    shell.commands.open_images("/pictures")
    idle()
    workflow.gates["analyze"] = threading.Event()
    shell.commands.analyze()
    shell.commands.evaluate()
    panel = shell.window.docks["activity"].widget()
    assert isinstance(panel, ActivityPanel)
    running, queued = (panel.row(job.id) for job in shell.state.jobs[:2])
    assert queued.detail.text() == "Waiting"
    qtbot.waitUntil(lambda: "analyze" in workflow.calls)
    running.cancel.click()
    assert running.cancel.text() == "Stopping…"
    assert not running.cancel.isEnabled()
    queued.cancel.click()
    idle()
    assert running.detail.text().startswith("Cancelled  ·  at ")
    assert queued.detail.text().startswith("Cancelled  ·  at ")
    assert "evaluate" not in workflow.calls


def test_activity_lines() -> None:
    job = JobStatus(1, "x", "running", 10, 40, "images", "Scoring", 5.0, 65.0)
    assert describe(job) == "Scoring  ·  10 of 40 images  ·  5 images/s  ·  1 min 05 s left"
    assert describe(JobStatus(1, "x", "failed", message="No room.")) == "Failed: No room."
    assert [duration(s) for s in (0.42, 9.99, 59.6, 3661)] == ["0.4 s", "10.0 s", "1 min 00 s", "1 h 01 min"]


def test_log_lines_arrive_from_any_thread(shell: Shell, qtbot: Any) -> None:
    panel = shell.window.docks["log"].widget()
    assert isinstance(panel, LogPanel)
    thread = threading.Thread(target=lambda: logging.getLogger("vitprune.test").error("from afar"))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: "from afar" in panel.toPlainText())
    for i in range(2100):
        panel.appendPlainText(str(i))
    assert panel.blockCount() <= 2000


def test_close_asks_and_stays(shell: Shell, idle: Any, dialogs: Any) -> None:
    shell.commands.analyze_sample()
    idle()
    dialogs.answer = "cancel"
    assert not shell.window.close()
    assert shell.window.isVisible()
    dialogs.answer = "discard"
    assert shell.window.close()


def test_close_saves_first(shell: Shell, idle: Any, dialogs: Any, tmp_path: Path, workflow: Any) -> None:
    shell.commands.analyze_sample()
    idle()
    dialogs.answer, dialogs.session = "save", str(tmp_path / "a.vitprune.h5")
    assert not shell.window.close(), "the save is under way"
    idle()
    assert list(workflow.saved) == [tmp_path / "a.vitprune.h5"]
    assert not shell.window.isVisible()


def test_recent_files_are_offered_and_forgotten(shell: Shell, idle: Any, workflow: Any) -> None:
    shell.commands.open_model("toy")
    idle()
    offered = [action for action in shell.window.recent.actions() if action.data()]
    assert [action.data() for action in offered] == ["toy"]
    offered[0].trigger()
    idle()
    assert workflow.calls.count("open_model") == 2
    shell.window.actions_["clear_recent"].trigger()
    assert not shell.window.recent.isEnabled()


def test_system_information_can_be_copied(shell: Shell, qtbot: Any) -> None:
    shell.window.actions_["system_info"].trigger()
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, ReportDialog) and w.isVisible())
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert "torch" in copied
    assert "memory:" in copied
    dialog.close()


def test_model_details_are_checked_as_they_are_typed(qtbot: Any) -> None:
    dialog = ModelDetailsDialog("/m/vit_small.pth", ["vit_tiny", "vit_small"])
    qtbot.addWidget(dialog)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Open)
    assert dialog.architecture.currentText() == "vit_small"
    assert ok.isEnabled()
    dialog.arguments.setText("img_size")
    assert not ok.isEnabled()
    assert "img_size" in dialog.problem.text()
    dialog.arguments.setText("img_size=112, qkv_bias=false")
    dialog.class_names.setText("cat, dog")
    assert ok.isEnabled()
    details = dialog.details()
    assert details.model_args == {"img_size": 112, "qkv_bias": False}
    assert details.class_names == ("cat", "dog")
    dialog.architecture.setCurrentText("")
    assert not ok.isEnabled()


def test_arguments_keep_their_types() -> None:
    parsed = parse_arguments("a=1, b=0.5,c=True , d=avg")
    assert parsed == {"a": 1, "b": 0.5, "c": True, "d": "avg"}
    assert [type(value) for value in parsed.values()] == [int, float, bool, str]
    for bad in ("=1", "a=", "a b=1", "a=1 b=2", "a=1 b"):
        with pytest.raises(ValueError, match="name=value"):
            parse_arguments(bad)


def test_architecture_is_guessed_from_the_file_name() -> None:
    names = ["vit_small", "vit_small_patch16_224", "deit_tiny"]
    assert guess_architecture("my-ViT_small_patch16_224.augreg.safetensors", names) == "vit_small_patch16_224"
    assert guess_architecture("checkpoint.pth", names) == ""
