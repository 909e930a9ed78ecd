"""What is known of the open model and of its images: what the inspector shows while no site is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from vitprune.architecture import Architecture, Kind
from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.formatting import TIMES, images, si, thousands
from vitprune_gui.views.parts import SPACE, Facts, bold, breakable, rule, wrapped

if TYPE_CHECKING:
    from vitprune.results import DataReference


class Page(QScrollArea):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Inspector"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(10, 8, 10, 8)
        self.column.setSpacing(SPACE)
        self.setWidget(content)


class ModelPage(Page):
    def __init__(self) -> None:
        super().__init__()
        self._name = bold(wrapped(), larger=2)
        self._note = wrapped()
        self._model = Facts()
        self._data, self._test_data = _Images(tr("Images to analyse")), _Images(tr("Images to evaluate"))
        for widget in (self._name, self._note, self._model, rule(), self._data, rule(), self._test_data):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def show_model(self, state: AppState, architecture: Architecture) -> None:
        model = state.model
        channels, height, width = architecture.input_size
        self._name.setText(breakable(architecture.name))
        self._name.setToolTip(architecture.name)
        note = state.unprunable or tr(architecture.note)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        classes = architecture.num_classes
        facts = [
            *([(tr("Family"), architecture.family)] if architecture.family else []),
            (tr("Parameters"), f"{si(architecture.params)} ({thousands(architecture.params)})"),
            (tr("MACs"), tr("{macs} for one image", macs=si(architecture.macs))),
            (tr("Input"), tr("{size} px, %n channel(s)", "", channels, size=f"{width}{TIMES}{height}")),
            *([(tr("Tokens"), thousands(architecture.tokens))] if architecture.tokens else []),
            (tr("Classes"), thousands(classes) if classes else tr("none: features only")),
            (tr("Sites"), _sites(architecture)),
        ]
        if model is not None:
            digest = model.weights_sha256
            facts += [
                *([] if model.source == architecture.name else [(tr("Opened from"), breakable(model.source))]),
                (tr("Licence"), model.licence or tr("not stated")),
                (tr("Weights"), f"SHA-256 {digest[:12]}…" if digest else tr("not known")),
            ]
        self._model.show_facts(facts)
        self._data.show_images(state.data, tr("None yet. Open a folder of images to find redundancy with."))
        same = tr("The same. Choose others, with labels, to measure what a plan does to images it was not made from.")
        none = tr("None yet. Open a folder of images first.")
        self._test_data.show_images(state.test_data, same if state.data is not None else none)


class _Images(QWidget):
    """What is known of a folder of images, or a sentence in place of one."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._none = wrapped()
        self._none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._facts = Facts()
        self._skipped = QPlainTextEdit()
        self._skipped.setReadOnly(True)
        self._skipped.setTabChangesFocus(True)
        self._skipped.setAccessibleName(tr("Skipped images"))
        self._skipped.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._skipped.setMaximumHeight(90)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        for widget in (bold(QLabel(title)), self._none, self._facts, self._skipped):
            column.addWidget(widget)

    def show_images(self, data: DataReference | None, none: str) -> None:
        self._none.setText(none)
        self._none.setVisible(data is None)
        self._facts.setVisible(data is not None)
        self._skipped.setVisible(data is not None and bool(data.skipped))
        if data is None:
            return
        self._facts.show_facts(
            [
                (tr("Folder"), breakable(data.source)),
                (tr("Images"), thousands(data.images)),
                (tr("Classes"), thousands(len(data.class_names)) if data.labels else tr("no labels")),
                (tr("Skipped"), images(len(data.skipped)) if data.skipped else tr("none")),
            ]
        )
        self._skipped.setPlainText("\n".join(f"{image.path}: {tr(image.reason)}" for image in data.skipped))


def _sites(architecture: Architecture) -> str:
    if not architecture.prunable:
        return tr("%n part(s), none of which can go", "", len(architecture.sites))
    counts = ((kind, len(architecture.of_kind(kind))) for kind in Kind)
    named = [_counted(kind, count) for kind, count in counts if count]
    stay = len(architecture.sites) - len(architecture.prunable)
    return ", ".join([*named, tr("%n of them fixed", "", stay)] if stay else named)


def _counted(kind: Kind, count: int) -> str:
    match kind:
        case Kind.BLOCK:
            return tr("%n block(s)", "", count)
        case Kind.ATTENTION:
            return tr("%n attention layer(s)", "", count)
        case Kind.MLP:
            return tr("%n MLP layer(s)", "", count)
        case Kind.CONV:
            return tr("%n convolution(s)", "", count)
        case Kind.HEAD:
            return tr("%n head(s)", "", count)
        case Kind.LINEAR:
            return tr("%n repair(s)", "", count)
