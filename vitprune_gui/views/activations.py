"""The activations that a session keeps: patches of an image, tokens over depth, and two sessions against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from vitprune_gui.explorer import ALL_TOKENS, FEW_TOKENS, TOPICS
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.activation_across import AcrossPage
from vitprune_gui.views.activation_depth import DepthPage
from vitprune_gui.views.activation_patches import PatchesPage
from vitprune_gui.views.beginning import Beginning
from vitprune_gui.views.formatting import thousands
from vitprune_gui.views.parts import wrapped

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands

_WHAT = noop(
    "An analysis can keep the stream that runs through the model, after every site, at the tokens of each image. From "
    "that alone, without the model, this page shows what patches have in common, which tokens stand out, how values "
    "are distributed over depth, and how like another model's they are."
)


class ActivationsView(QWidget):
    """Nothing is read before the view is seen."""

    def __init__(self, state: AppState, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._commands = state, commands
        self._explorer = commands.explorer
        explorer = self._explorer
        self.tokens = QComboBox()
        self.tokens.setAccessibleName(tr("Tokens to keep"))
        self.analyze_button = QPushButton(tr("Analyse and keep activations…"))
        self.analyze_button.setToolTip(
            tr("Run the model over the images and keep what runs through it, in a session file")
        )
        self.session_button = QPushButton(tr("Open session…"))
        self.empty = Beginning(commands, self.tokens, self.analyze_button, self.session_button)
        self.note = wrapped()
        self.note.setContentsMargins(8, 4, 8, 0)
        self.patches = PatchesPage(state, commands, explorer)
        self.over_depth = DepthPage(state, commands, explorer)
        self.across = AcrossPage(state, commands, explorer)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        for page, title in (
            (self.patches, tr("Patches of an image")),
            (self.over_depth, tr("Tokens over depth")),
            (self.across, tr("Two sessions")),
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
        self.session_button.clicked.connect(self._open_session)
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
                tr("all %n token(s)", "", tokens)
                if all_of_them
                else tr("{part} of %n token(s)", "", explored.architecture.tokens, part=thousands(tokens))
            )
            self.note.setText(
                tr(
                    "{session} keeps the stream after {sites} of {model}, at {tokens} of %n image(s).",
                    "",
                    explored.images,
                    session=explored.name,
                    sites=tr("%n site(s)", "", len(explored.layouts)),
                    model=explored.architecture.name,
                    tokens=count,
                )
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
            self.empty.say(tr("Looking for activations…"), tr("The session file is looked into."))
        elif analysing:
            self.empty.say(tr("Analysing…"), tr("Activations are there once it is through, if it keeps them."))
        elif can and state.architecture is not None and state.data is not None:
            sites, tokens = len(state.architecture.sublayers), state.architecture.tokens
            vectors = sites * tokens * state.data.images
            room = tr(
                "They go into the session file, 2 bytes for each value: {sites} sites × {tokens} tokens × %n image(s) "
                "come to {vectors} vectors of the model's width. On the command line: {command}",
                "",
                state.data.images,
                sites=thousands(sites),
                tokens=thousands(tokens),
                vectors=thousands(vectors),
                command="vitprune analyze MODEL DATA --keep-activations TOKENS -o FILE",
            )
            self.empty.say(tr("No activations in this session"), f"{tr(_WHAT)}\n\n{room}")
            self._offer(tokens)
        else:
            reason = state.unprunable or tr("Open a session that keeps some, or a model and images to analyse.")
            self.empty.say(tr("What is in the activations?"), f"{tr(_WHAT)} {reason}")
        for widget in (self.tokens, self.analyze_button):
            widget.setVisible(can and not analysing and not looking)
        self.session_button.setVisible(not analysing and not looking and not can)
        self.empty.offer(state, images=not looking and state.data is None and not state.unprunable)
        self._stack.setCurrentWidget(self.empty)

    def _offer(self, tokens: int) -> None:
        wanted = [(tr("All %n token(s) of each image", "", tokens), ALL_TOKENS)]
        if tokens > FEW_TOKENS:
            wanted.append((tr("%n token(s) of each image, evenly spread", "", FEW_TOKENS), FEW_TOKENS))
        if [(self.tokens.itemText(i), self.tokens.itemData(i)) for i in range(self.tokens.count())] != wanted:
            self.tokens.clear()
            for text, count in wanted:
                self.tokens.addItem(text, count)

    @Slot()
    def _analyze(self) -> None:
        self._explorer.analyze(self.tokens.currentData() or ALL_TOKENS)

    @Slot()
    def _open_session(self) -> None:
        self._commands.ask_session()
