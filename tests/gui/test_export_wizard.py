"""The export wizard: what can be had and why not, what becomes of it, and the proof that is shown."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLabel

from vitprune import formats
from vitprune.errors import ExportFailed
from vitprune_gui.app import Shell
from vitprune_gui.views.export_wizard import ExportWizard


@pytest.fixture
def idle(qtbot: Any, shell: Shell) -> Any:
    return lambda: qtbot.waitUntil(lambda: shell.idle)


@pytest.fixture
def opened(shell: Shell, idle: Any) -> Shell:
    shell.commands.open_model("toy")
    idle()
    shell.commands.open_images("/pictures")
    idle()
    shell.commands.remove_sites(["blocks.0.attn", "blocks.1.mlp"])
    return shell


@pytest.fixture
def wizard(opened: Shell, tmp_path: Path) -> Any:
    opened.window.actions_["export"].trigger()
    found = opened.window.findChild(ExportWizard)
    assert found is not None
    found.folder.setText(str(tmp_path / "out"))
    yield found
    if (left := opened.window.findChild(ExportWizard)) is not None:  # closed, it is gone
        left.close()


def tick(wizard: ExportWizard, *names: str) -> None:
    for choice in wizard.choices:
        choice.tick.setChecked(choice.name in names)


def shown(wizard: ExportWizard) -> list[list[str]]:
    return [list(row) for row in wizard.table.rows.text()]


def test_it_needs_a_model(shell: Shell) -> None:
    assert "Open a model first" in shell.window.actions_["export"].toolTip()


def test_it_says_beforehand_what_is_left_and_on_what_it_is_proved(wizard: ExportWizard) -> None:
    # 95 parameters, of which an attention has 10 and an MLP 20, of 4 bytes
    assert "65" in wizard.summary.text()
    assert "260 B instead of 380 B" in wizard.summary.text()
    assert "images of pictures" in wizard.images.text()
    assert wizard.table.isHidden()
    assert wizard.progress.isHidden()


def test_what_is_ticked_is_written_and_its_proof_shown(wizard: ExportWizard, idle: Any, workflow: Any) -> None:
    tick(wizard, "onnx", "torch-export")
    wizard.start_button.click()
    idle()
    assert workflow.calls[-1] == "export onnx torch-export"
    assert "Written and proved" in wizard.result_.text()
    assert "80 bytes less than the dense model's 380; the plan said 80" in wizard.details.text()
    assert "7 images of pictures, 1 and 3 at once" in wizard.details.text()
    head, dense, *proofs = shown(wizard)
    assert head[0] == "Format"
    assert dense[0] == "Dense, PyTorch"
    assert [row[0] for row in proofs] == ["Folder", "ONNX", "torch.export program"]
    assert proofs[1] == ["ONNX", "onnx.file", "1,234", "2.0e-06", "1.0e-07", "2.00", "1.50 – 2.50"]
    assert not wizard.table.isHidden()


def test_the_table_is_copied_and_the_folder_opened(wizard: ExportWizard, idle: Any, tmp_path: Path) -> None:
    class Desktop(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[str] = []

        @Slot(QUrl)
        def show(self, url: QUrl) -> None:
            self.seen.append(url.toLocalFile())

    desktop = Desktop()
    wizard.start_button.click()
    idle()
    wizard.copy_button.click()
    assert QGuiApplication.clipboard().text().splitlines()[2].startswith("Folder\tfolder.file\t1,234")
    QDesktopServices.setUrlHandler("file", desktop, "show")  # pyright: ignore[reportArgumentType]
    try:
        wizard.open_button.click()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert desktop.seen == [str(tmp_path / "out")]


def test_a_cancel_leaves_the_wizard_ready_again(wizard: ExportWizard, idle: Any, workflow: Any, qtbot: Any) -> None:
    workflow.gates["export"] = threading.Event()
    wizard.start_button.click()
    assert not wizard.start_button.isEnabled()
    assert not wizard.cancel_button.isHidden()
    qtbot.waitUntil(lambda: "export" in workflow.calls)
    qtbot.waitUntil(lambda: wizard._job is not None)
    wizard.cancel_button.click()
    idle()
    assert wizard.result_.text() == "Cancelled."
    assert wizard.start_button.isEnabled()
    assert wizard.cancel_button.isHidden()


def test_a_failure_says_why(wizard: ExportWizard, idle: Any, workflow: Any) -> None:
    workflow.fail["export onnx"] = ExportFailed("It says something else.", hint="Leave it out.")
    tick(wizard, "onnx")
    wizard.start_button.click()
    idle()
    assert wizard.result_.text() == "Nothing was written."
    assert wizard.details.text() == "It says something else. Leave it out."
    assert wizard.table.isHidden()
    assert wizard.start_button.isEnabled()


def test_what_cannot_be_had_says_what_is_missing(
    opened: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    opened.commands.set_repair("linear")
    opened.window.actions_["export"].trigger()
    wizard = opened.window.findChild(ExportWizard)
    assert wizard is not None
    try:
        by_name = {choice.name: choice for choice in wizard.choices}
        assert not by_name["onnx"].tick.isEnabled()
        assert 'pip install "vitprune[onnx]"' in by_name["onnx"].what.text()
        assert by_name["torch-export"].tick.isEnabled()
        assert not by_name["ptblop"].tick.isEnabled()
        assert "repairs" in by_name["ptblop"].what.text()
    finally:
        wizard.close()


def test_a_wizard_that_is_closed_lets_the_job_go_on(
    wizard: ExportWizard, idle: Any, workflow: Any, tmp_path: Path
) -> None:
    workflow.gates["export"] = threading.Event()
    wizard.start_button.click()
    wizard.close()
    workflow.gates["export"].set()
    idle()
    assert (tmp_path / "out").is_dir()


def test_no_line_is_cut_off(wizard: ExportWizard, idle: Any) -> None:
    tick(wizard, "onnx")
    wizard.start_button.click()
    idle()
    wizard.resize(1, 1)
    assert wizard.height() <= 720, "it has to fit on a small screen"
    for label in wizard.findChildren(QLabel):
        if label.isVisible():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
