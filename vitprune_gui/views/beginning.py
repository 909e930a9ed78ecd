"""What stands in a place that needs a model or images, and leads to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget

from vitprune_gui.state import AppState
from vitprune_gui.translation import tr
from vitprune_gui.views.parts import EmptyState

if TYPE_CHECKING:
    from vitprune_gui.commands import Commands


class Beginning(EmptyState):
    """`ask_images` asks for those that the place is about, which are else those to analyse."""

    def __init__(
        self,
        commands: Commands,
        *buttons: QWidget,
        title: str = "",
        text: str = "",
        ask_images: Callable[[], object] | None = None,
    ) -> None:
        sample, images = QPushButton(tr("Open sample")), QPushButton(tr("Open images…"))
        super().__init__(title, text, sample, images, *buttons)
        self.sample_button, self.images_button = sample, images
        sample.setToolTip(tr("A small trained model with its images, analysed at once"))
        sample.clicked.connect(lambda: commands.use_sample())
        images.clicked.connect(lambda: (ask_images or commands.ask_images)())

    def offer(self, state: AppState, *, images: bool) -> None:
        """The sample as long as no model is open; images, once one is, where `images` are missing."""
        self.sample_button.setVisible(state.architecture is None)
        self.images_button.setVisible(state.architecture is not None and images)
