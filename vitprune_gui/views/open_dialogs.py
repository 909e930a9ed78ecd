"""The questions that people are asked: which file, what it is, whether to save."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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

from vitprune.job_files import SUFFIX as JOB_SUFFIX
from vitprune.sources import SUFFIXES
from vitprune_gui.commands import ModelDetails, Purpose
from vitprune_gui.keeping import SESSION_SUFFIX, Answer, Conflict
from vitprune_gui.opening import IMAGE_SUFFIXES, PLAN_SUFFIX
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

    def image(self) -> str | None:
        chosen, _ = QFileDialog.getOpenFileName(self.parent, tr("Image to look into"), self._start("image"), _images())
        return self._keep("image", chosen)

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
        return self._ask_save(
            tr("Save session"), "session", suggestion, {SESSION_SUFFIX: _sessions(), ".h5": _sessions()}
        )

    def export_folder(self) -> str | None:
        start = str(Path(self._start("export")) / "pruned-model")
        chosen, _ = QFileDialog.getSaveFileName(self.parent, tr("Export into a new folder"), start)
        return self._keep("export", chosen)

    def plan_to_open(self) -> str | None:
        chosen, _ = QFileDialog.getOpenFileName(self.parent, tr("Open plan"), self._start("plan"), _plans())
        return self._keep("plan", chosen)

    def plan_to_save(self, suggestion: str) -> str | None:
        return self._ask_save(tr("Save plan"), "plan", suggestion, {PLAN_SUFFIX: _plans()})

    def job_to_save(self, suggestion: str) -> str | None:
        return self._ask_save(tr("Save as job file"), "job", suggestion, {JOB_SUFFIX: _jobs()})

    def report_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None:
        return self._ask_save(tr("Write report"), "report", suggestion, {kind: _reports(kind) for kind in kinds})

    def lesson_to_open(self) -> str | None:
        chosen, _ = QFileDialog.getOpenFileName(
            self.parent, tr("Open lesson"), self._start("lesson"), tr("Lessons (*.md)")
        )
        return self._keep("lesson", chosen)

    def worksheet_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None:
        return self._ask_save(tr("Write worksheet"), "worksheet", suggestion, {kind: _reports(kind) for kind in kinds})

    def chart_to_save(self, suggestion: str) -> str | None:
        kinds = {".png": tr("Picture (*.png)"), ".svg": tr("Drawing (*.svg)"), ".csv": tr("Values (*.csv)")}
        return self._ask_save(tr("Save chart"), "chart", suggestion, kinds)

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

    def _ask_save(self, title: str, purpose: str, suggestion: str, kinds: Mapping[str, str]) -> str | None:
        """Where to write one of `kinds`, filters by the ending that each is for: the answer has one of these endings,
        and what is there already people agreed to lose."""
        start = str(Path(self._start(purpose)) / suggestion)
        filters = list(dict.fromkeys(kinds.values()))
        wanted = next((name for ending, name in kinds.items() if suggestion.endswith(ending)), filters[0])
        while True:
            chosen, wanted = QFileDialog.getSaveFileName(self.parent, title, start, ";;".join(filters), wanted)
            if not chosen:
                return None
            whole = chosen
            if not chosen.endswith(tuple(kinds)):
                whole += next((ending for ending, name in kinds.items() if name == wanted), next(iter(kinds)))
            # The dialog asked about a file of the name that was typed, and about no other.
            if whole == chosen or not Path(whole).exists() or self._replaces(Path(whole)):
                return self._keep(purpose, whole)
            start = whole

    def _replaces(self, path: Path) -> bool:
        button = QMessageBox.StandardButton
        answer = QMessageBox.warning(
            self.parent,  # pyright: ignore[reportArgumentType]
            tr("Replace a file"),
            tr("“{name}” is there already. Replace it?", name=path.name),
            button.Yes | button.No,
            button.No,
        )
        return answer == button.Yes

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
    return _filter(tr("Plans"), PLAN_SUFFIX)


def _jobs() -> str:
    return _filter(tr("Job files"), JOB_SUFFIX)


def _weights() -> str:
    return _filter(tr("Weights"), *SUFFIXES)


def _images() -> str:
    return _filter(tr("Images"), *IMAGE_SUFFIXES)


def _sessions() -> str:
    return _filter(tr("Sessions"), SESSION_SUFFIX, ".h5")


def _filter(what: str, *suffixes: str) -> str:
    """As Qt's dialogs take it."""
    return f"{what} ({' '.join('*' + suffix for suffix in suffixes)})"


def _reports(ending: str) -> str:
    return {".html": tr("Web page (*.html)"), ".pdf": "PDF (*.pdf)", ".md": "Markdown (*.md)"}[ending]
