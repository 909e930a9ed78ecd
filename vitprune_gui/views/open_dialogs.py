"""The questions that people are asked: which file, what it is, whether to save."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QWidget,
)

from vitprune_gui.commands import WEIGHTS_SUFFIXES, ModelDetails, Purpose
from vitprune_gui.keeping import SESSION_SUFFIX, Answer, Conflict
from vitprune_gui.planning import PLAN_SUFFIX
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr

_WEIGHTS = f"Weights ({' '.join('*' + suffix for suffix in WEIGHTS_SUFFIXES)})"
_SESSIONS = f"Sessions (*{SESSION_SUFFIX} *.h5)"


class FileDialogs:
    """The modal dialogs of the desktop, each starting in the folder that it was last in."""

    def __init__(self, settings: Settings, state: AppState) -> None:
        self._settings = settings
        self._state = state
        self.parent: QWidget | None = None

    def model_file(self) -> str | None:
        chosen, _ = QFileDialog.getOpenFileName(self.parent, "Open model file", self._start("model"), _WEIGHTS)
        return self._keep("model", chosen)

    def model_folder(self) -> str | None:
        chosen = QFileDialog.getExistingDirectory(self.parent, "Open exported folder", self._start("exported"))
        return self._keep("exported", chosen)

    def model_details(self, source: str) -> ModelDetails | None:
        names = sorted({entry.architecture for entry in self._state.catalog if entry.supported})
        dialog = ModelDetailsDialog(source, names, self.parent)
        try:
            return dialog.details() if dialog.exec() == QDialog.DialogCode.Accepted else None
        finally:
            dialog.deleteLater()

    def images(self, purpose: Purpose) -> str | None:
        title = "Folder of images to analyse" if purpose == "analyze" else "Folder of labelled images to evaluate"
        chosen = QFileDialog.getExistingDirectory(self.parent, title, self._start("images"))
        return self._keep("images", chosen)

    def purpose(self, source: str) -> Purpose | None:
        box = QMessageBox(self.parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Open images")
        box.setText(f"What are the images in “{Path(source).name}” for?")
        box.setInformativeText(
            "Scores are measured on the images to analyse; accuracy is measured on the images to evaluate, which "
            "should be others, and labelled."
        )
        role = QMessageBox.ButtonRole.AcceptRole
        answers: dict[object, Purpose] = {
            box.addButton("To analyse", role): "analyze",
            box.addButton("To evaluate", role): "evaluate",
        }
        box.addButton(QMessageBox.StandardButton.Cancel)
        try:
            box.exec()
            return answers.get(box.clickedButton())
        finally:
            box.deleteLater()

    def session_to_open(self) -> str | None:
        chosen, _ = QFileDialog.getOpenFileName(self.parent, "Open session", self._start("session"), _SESSIONS)
        return self._keep("session", chosen)

    def session_folder(self) -> str | None:
        chosen = QFileDialog.getExistingDirectory(self.parent, "Folder of sessions", self._start("session"))
        if chosen:
            self._settings.keep_folder("session", chosen)
        return chosen or None

    def session_to_save(self, suggestion: str) -> str | None:
        start = str(Path(self._start("session")) / suggestion)
        chosen, _ = QFileDialog.getSaveFileName(self.parent, "Save session", start, _SESSIONS)
        return self._keep("session", chosen)

    def export_folder(self) -> str | None:
        start = str(Path(self._start("export")) / "pruned-model")
        chosen, _ = QFileDialog.getSaveFileName(self.parent, "Export into a new folder", start)
        return self._keep("export", chosen)

    def plan_to_open(self) -> str | None:
        chosen, _ = QFileDialog.getOpenFileName(self.parent, tr("Open plan"), self._start("plan"), _plans())
        return self._keep("plan", chosen)

    def plan_to_save(self, suggestion: str) -> str | None:
        start = str(Path(self._start("plan")) / suggestion)
        chosen, _ = QFileDialog.getSaveFileName(self.parent, tr("Save plan"), start, _plans())
        return self._keep("plan", chosen)

    def report_to_save(self, suggestion: str) -> str | None:
        start = str(Path(self._start("report")) / suggestion)
        kinds = "Web page (*.html);;Markdown (*.md)"
        chosen, kind = QFileDialog.getSaveFileName(self.parent, "Write report", start, kinds)
        if chosen and not Path(chosen).suffix:
            chosen += ".md" if "md" in kind else ".html"
        return self._keep("report", chosen)

    def session_report_to_save(self, suggestion: str) -> str | None:
        start = str(Path(self._start("report")) / suggestion)
        kinds = {".html": tr("Web page (*.html)"), ".pdf": "PDF (*.pdf)", ".md": "Markdown (*.md)"}
        chosen, kind = QFileDialog.getSaveFileName(self.parent, tr("Write report"), start, ";;".join(kinds.values()))
        if chosen and Path(chosen).suffix not in kinds:
            chosen += next((suffix for suffix, name in kinds.items() if name == kind), ".html")
        return self._keep("report", chosen)

    def chart_to_save(self, suggestion: str) -> str | None:
        start = str(Path(self._start("chart")) / suggestion)
        kinds = {"png": tr("Picture (*.png)"), "svg": tr("Drawing (*.svg)"), "csv": tr("Values (*.csv)")}
        kind = kinds[suggestion.rpartition(".")[2]]
        chosen, _ = QFileDialog.getSaveFileName(self.parent, tr("Save chart"), start, ";;".join(kinds.values()), kind)
        return self._keep("chart", chosen)

    def unsaved(self) -> Answer:
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self.parent,  # pyright: ignore[reportArgumentType]
            "Unsaved changes",
            "The session has changes that are not saved.",
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        if answer == button.Save:
            return "save"
        return "discard" if answer == button.Discard else "cancel"

    def changed_on_disk(self, path: Path) -> Conflict:
        box = QMessageBox(self.parent)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Changed on disk")
        box.setText(f"“{path.name}” was changed by another window or program since it was opened here.")
        box.setInformativeText(
            "Overwriting replaces what the other one saved. Opening it again shows that here; your own version is kept "
            "and offered above."
        )
        role = QMessageBox.ButtonRole
        save_as = box.addButton("Save as…", role.AcceptRole)
        answers: dict[object, Conflict] = {
            save_as: "save as",
            box.addButton("Overwrite", role.DestructiveRole): "overwrite",
            box.addButton("Open again", role.ActionRole): "reload",
        }
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save_as)
        try:
            box.exec()
            return answers.get(box.clickedButton(), "cancel")
        finally:
            box.deleteLater()

    def stop_jobs(self, titles: tuple[str, ...]) -> bool:
        if not self._settings.preferences.ask_before_stopping:
            return True
        box = QMessageBox(self.parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Still computing")
        box.setText(f"{titles[0]} has not ended yet." if len(titles) == 1 else "Not everything has ended yet.")
        box.setInformativeText("\n".join((*(titles if len(titles) > 1 else ()), "Leaving stops it.")))
        stop = box.addButton("Stop and leave", QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        try:
            box.exec()
            return box.clickedButton() is stop
        finally:
            box.deleteLater()

    def _start(self, purpose: str) -> str:
        return self._settings.folder(purpose) or str(Path.home())

    def _keep(self, purpose: str, chosen: str) -> str | None:
        if chosen:
            self._settings.keep_folder(purpose, str(Path(chosen).parent))
        return chosen or None


class ModelDetailsDialog(QDialog):
    """Asks what a bare weights file does not say: its architecture, how it was made, what its classes are called."""

    def __init__(self, source: str, architectures: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = Path(source).name
        self.setWindowTitle("Open model file")
        self.architecture = QComboBox()
        self.architecture.setEditable(True)
        self.architecture.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.architecture.addItems(list(architectures))
        completer = QCompleter(list(architectures), self.architecture)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.architecture.setCompleter(completer)
        self.architecture.setCurrentText(guess_architecture(name, architectures))
        self.architecture.setMinimumContentsLength(36)
        self.arguments = QLineEdit()
        self.arguments.setPlaceholderText("img_size=112, num_classes=10")
        self.class_names = QLineEdit()
        self.class_names.setPlaceholderText("cat, dog, …")
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow(QLabel(f"{name} holds numbers only. What is it?"))
        form.addRow("&Architecture", self.architecture)
        form.addRow("&Model arguments", self.arguments)
        form.addRow("&Class names", self.class_names)
        form.addRow(self.problem)
        form.addRow(self.buttons)
        self.architecture.editTextChanged.connect(self._check)
        self.arguments.textChanged.connect(self._check)
        self._check()

    def details(self) -> ModelDetails:
        """Raises ValueError when the arguments cannot be read."""
        names = tuple(name.strip() for name in self.class_names.text().split(",") if name.strip())
        return ModelDetails(self.architecture.currentText().strip(), parse_arguments(self.arguments.text()), names)

    @Slot()
    def _check(self) -> None:
        problem = "" if self.architecture.currentText().strip() else "Choose the architecture."
        try:
            parse_arguments(self.arguments.text())
        except ValueError as error:
            problem = str(error)
        self.problem.setText(problem)
        self.buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(not problem)


def parse_arguments(text: str) -> dict[str, Any]:
    """`img_size=112, dynamic=true` as a dict of numbers, booleans and words. Raises ValueError with a sentence."""
    arguments: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name.isidentifier() or not value:
            raise ValueError(f"“{part}” is not of the form name=value.")
        arguments[name] = _value(value)
    return arguments


def _value(text: str) -> int | float | bool | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def guess_architecture(file_name: str, architectures: Sequence[str]) -> str:
    """The longest architecture whose name is in the file's name, the usual way to name a checkpoint."""
    plain = re.sub(r"[^a-z0-9]+", "_", file_name.lower())
    found = [name for name in architectures if re.sub(r"[^a-z0-9]+", "_", name.lower()) in plain]
    return max(found, key=len, default="")


def _plans() -> str:
    return f"{tr('Plans')} (*{PLAN_SUFFIX})"
