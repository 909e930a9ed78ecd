"""The activations that a session keeps: patches of an image, tokens over depth, and two sessions against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from vitprune_gui.explorer import ALL_TOKENS, FEW_TOKENS, TOPICS
from vitprune_gui.state import AppState
from vitprune_gui.views.activation_across import AcrossPage
from vitprune_gui.views.activation_depth import DepthPage
from vitprune_gui.views.activation_patches import PatchesPage
from vitprune_gui.views.formatting import plural, thousands
from vitprune_gui.views.parts import EmptyState, wrapped

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

_WHAT = (
    "An analysis can keep the stream that runs through the model, after every site, at the tokens of each image. From "
    "that alone, without the model, this page shows what patches have in common, which tokens stand out, how values "
    "are distributed over depth, and how like another model's they are."
)


class ActivationsView(QWidget):
    """Nothing is read before the view is seen."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._explorer = commands.explorer
        explorer = self._explorer
        self.tokens = QComboBox()
        self.tokens.setAccessibleName("Tokens to keep")
        self.analyze_button = QPushButton("Analyse and keep activations…")
        self.empty = EmptyState("", "", self.tokens, self.analyze_button)
        self.note = wrapped()
        self.note.setContentsMargins(8, 4, 8, 0)
        self.patches = PatchesPage(state, commands, explorer)
        self.over_depth = DepthPage(state, commands, explorer)
        self.across = AcrossPage(state, commands, explorer)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        for page, title in (
            (self.patches, "Patches of an image"),
            (self.over_depth, "Tokens over depth"),
            (self.across, "Two sessions"),
        ):
            self.pages.addTab(page, title)
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.note)
        column.addWidget(self.pages, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(filled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._filled = filled

        self.analyze_button.clicked.connect(self._analyze)
        self.pages.currentChanged.connect(self._want)
        for signal in (
            explorer.explored_changed,
            explorer.busy_changed,
            state.model_changed,
            state.data_changed,
            state.architecture_changed,
            state.jobs_changed,
        ):
            signal.connect(self._show)
        explorer.explored_changed.connect(self._want)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._explorer.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._explorer.watch(False)

    @Slot()
    def _show(self) -> None:
        explored = self._explorer.explored
        if explored is None:
            self._explain()
            return
        if self._stack.currentWidget() is not self._filled:
            tokens = len(explored.kept.token_indices)
            all_of_them = tokens >= explored.architecture.tokens
            count = (
                f"all {plural(tokens, 'token')}"
                if all_of_them
                else f"{tokens:,} of {explored.architecture.tokens:,} tokens"
            )
            self.note.setText(
                f"{explored.name} keeps the stream after {plural(len(explored.layouts), 'site')} of "
                f"{explored.architecture.name}, at {count} of {plural(explored.images, 'image')}."
            )
            self._stack.setCurrentWidget(self._filled)

    @Slot()
    def _want(self) -> None:
        """Once for each page and session: what failed or was stopped is not begun again by itself."""
        if self.pages.currentWidget() is self.over_depth:
            self.over_depth.want()

    def _explain(self) -> None:
        state = self._state
        can = state.architecture is not None and state.data is not None and not state.unprunable
        analysing = any(job.topic == "analysis" and job.pending for job in state.jobs)
        looking = self._explorer.is_busy(TOPICS[0])
        if looking:
            self.empty.say("Looking for activations…", "The session file is looked into.")
        elif analysing:
            self.empty.say("Analysing…", "Activations are there once it is through, if it keeps them.")
        elif can and state.architecture is not None and state.data is not None:
            sites, tokens = len(state.architecture.sublayers), state.architecture.tokens
            vectors = sites * tokens * state.data.images
            self.empty.say(
                "No activations in this session",
                f"{_WHAT}\n\nThey go into the session file, 2 bytes for each value: {sites:,} sites × "
                f"{tokens:,} tokens × {plural(state.data.images, 'image')} are {thousands(vectors)} vectors of the "
                "model's width. On the command line: vitprune analyze MODEL DATA --keep-activations TOKENS -o FILE",
            )
            self._offer(tokens)
        else:
            reason = state.unprunable or "Open a session that keeps some, or a model and images to analyse."
            self.empty.say("What is in the activations?", f"{_WHAT} {reason}")
        for widget in (self.tokens, self.analyze_button):
            widget.setVisible(can and not analysing and not looking)
        self._stack.setCurrentWidget(self.empty)

    def _offer(self, tokens: int) -> None:
        wanted = [(f"All {tokens:,} tokens of each image", ALL_TOKENS)]
        if tokens > FEW_TOKENS:
            wanted.append((f"{FEW_TOKENS} tokens of each image, evenly spread", FEW_TOKENS))
        if [(self.tokens.itemText(i), self.tokens.itemData(i)) for i in range(self.tokens.count())] != wanted:
            self.tokens.clear()
            for text, count in wanted:
                self.tokens.addItem(text, count)

    @Slot()
    def _analyze(self) -> None:
        self._explorer.analyze(self.tokens.currentData() or ALL_TOKENS)
