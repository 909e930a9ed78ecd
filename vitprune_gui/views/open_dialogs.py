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

from vitprune_gui.commands import ModelDetails, Purpose
from vitprune_gui.keeping import SESSION_SUFFIX, Answer, Conflict
from vitprune_gui.models import WEIGHTS_SUFFIXES
from vitprune_gui.planning import PLAN_SUFFIX
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr


class FileDialogs:
    """The modal dialogs of the desktop, each starting in the folder that it was last in."""

    def __init__(self, settings: Settings, state: AppState) -> None:
        self._settings = settings
        self._state = state
        self.parent: QWidget | None = None

    def model_file(self) -> str | None:
        chosen, _ = QFileDialog.getOpenFileName(self.parent, tr("Open model file"), self._start("model"), _weights())
        return self._keep("model", chosen)

    def model_folder(self) -> str | None:
        chosen = QFileDialog.getExistingDirectory(self.parent, tr("Open exported folder"), self._start("exported"))
        return self._keep("exported", chosen)

    def model_details(self, source: str) -> ModelDetails | None:
        names = sorted({entry.architecture for entry in self._state.catalog if entry.supported})
        dialog = ModelDetailsDialog(source, names, self.parent)
        try:
            return dialog.details() if dialog.exec() == QDialog.DialogCode.Accepted else None
        finally:
            dialog.deleteLater()

    def images(self, purpose: Purpose) -> str | None:
        analysed = purpose == "analyze"
        title = tr("Folder of images to analyse") if analysed else tr("Folder of labelled images to evaluate")
        chosen = QFileDialog.getExistingDirectory(self.parent, title, self._start("images"))
        return self._keep("images", chosen)

    def purpose(self, source: str) -> Purpose | None:
        box = QMessageBox(self.parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Open images"))
        box.setText(tr("What are the images in “{name}” for?", name=Path(source).name))
        box.setInformativeText(
            tr(
                "Scores are measured on the images to analyse; accuracy is measured on the images to evaluate, which "
                "should be others, and labelled."
            )
        )
        role = QMessageBox.ButtonRole.AcceptRole
        answers: dict[object, Purpose] = {
            box.addButton(tr("To analyse"), role): "analyze",
            box.addButton(tr("To evaluate"), role): "evaluate",
        }
        box.addButton(QMessageBox.StandardButton.Cancel)
        try:
            box.exec()
            return answers.get(box.clickedButton())
        finally:
            box.deleteLater()

    def session_to_open(self) -> str | None:
        chosen, _ = QFileDialog.getOpenFileName(self.parent, tr("Open session"), self._start("session"), _sessions())
        return self._keep("session", chosen)

    def session_folder(self) -> str | None:
        chosen = QFileDialog.getExistingDirectory(self.parent, tr("Folder of sessions"), self._start("session"))
        if chosen:
            self._settings.keep_folder("session", chosen)
        return chosen or None

    def session_to_save(self, suggestion: str) -> str | None:
        start = str(Path(self._start("session")) / suggestion)
        chosen, _ = QFileDialog.getSaveFileName(self.parent, tr("Save session"), start, _sessions())
        return self._keep("session", chosen)

    def export_folder(self) -> str | None:
        start = str(Path(self._start("export")) / "pruned-model")
        chosen, _ = QFileDialog.getSaveFileName(self.parent, tr("Export into a new folder"), start)
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
        kinds = f"{tr('Web page (*.html)')};;Markdown (*.md)"
        chosen, kind = QFileDialog.getSaveFileName(self.parent, tr("Write report"), start, kinds)
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
        kinds = {tr("Picture (*.png)"): "png", tr("Drawing (*.svg)"): "svg", tr("Values (*.csv)"): "csv"}
        wanted = suggestion.rpartition(".")[2]
        dialog = QFileDialog(self.parent, tr("Save chart"), self._start("chart"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(kinds))
        dialog.selectNameFilter(next(name for name, kind in kinds.items() if kind == wanted))
        dialog.setDefaultSuffix(wanted)  # the dialog's own, so that it asks before a file of that name is replaced
        dialog.filterSelected.connect(lambda name: dialog.setDefaultSuffix(kinds[name]))
        dialog.selectFile(suggestion)
        try:
            accepted = dialog.exec() == QDialog.DialogCode.Accepted
            return self._keep("chart", dialog.selectedFiles()[0] if accepted else "")
        finally:
            dialog.deleteLater()

    def unsaved(self) -> Answer:
        button = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self.parent,  # pyright: ignore[reportArgumentType]
            tr("Unsaved changes"),
            tr("The session has changes that are not saved."),
            button.Save | button.Discard | button.Cancel,
            button.Save,
        )
        if answer == button.Save:
            return "save"
        return "discard" if answer == button.Discard else "cancel"

    def changed_on_disk(self, path: Path) -> Conflict:
        box = QMessageBox(self.parent)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(tr("Changed on disk"))
        box.setText(tr("“{name}” was changed by another window or program since it was opened here.", name=path.name))
        box.setInformativeText(
            tr(
                "Overwriting replaces what the other one saved. Opening it again shows that here; your own version is "
                "kept and offered above."
            )
        )
        role = QMessageBox.ButtonRole
        save_as = box.addButton(tr("Save as…"), role.AcceptRole)
        answers: dict[object, Conflict] = {
            save_as: "save as",
            box.addButton(tr("Overwrite"), role.DestructiveRole): "overwrite",
            box.addButton(tr("Open again"), role.ActionRole): "reload",
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
        box.setWindowTitle(tr("Still computing"))
        one = len(titles) == 1
        box.setText(tr("{job} has not ended yet.", job=titles[0]) if one else tr("Not everything has ended yet."))
        box.setInformativeText("\n".join((*(() if one else titles), tr("Leaving stops it."))))
        stop = box.addButton(tr("Stop and leave"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(tr("Stay"), QMessageBox.ButtonRole.RejectRole)
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
        self.setWindowTitle(tr("Open model file"))
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
        self.arguments.setPlaceholderText("img_size=112, num_classes=10")  # names of timm
        self.class_names = QLineEdit()
        self.class_names.setPlaceholderText(tr("cat, dog, …"))
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        asked = QLabel(tr("{name} holds numbers only. What is it?", name=name))
        asked.setTextFormat(Qt.TextFormat.PlainText)  # a file's name must not become markup
        asked.setWordWrap(True)
        form.addRow(asked)
        form.addRow(tr("&Architecture"), self.architecture)
        form.addRow(tr("&Model arguments"), self.arguments)
        form.addRow(tr("&Class names"), self.class_names)
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
        problem = "" if self.architecture.currentText().strip() else tr("Choose the architecture.")
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
        if not equals or not name.isidentifier() or len(value.split()) != 1 or "=" in value:
            raise ValueError(tr("“{part}” is not of the form name=value.", part=part))
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


def _weights() -> str:
    return f"{tr('Weights')} ({' '.join('*' + suffix for suffix in WEIGHTS_SUFFIXES)})"


def _sessions() -> str:
    return f"{tr('Sessions')} (*{SESSION_SUFFIX} *.h5)"
