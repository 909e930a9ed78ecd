"""Saved sessions as files, in the place of all that is about the open model."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from vitprune_gui.translation import noop
from vitprune_gui.views.tabs import Pages

PAGES = {"sessions": noop("Sessions"), "compare": noop("Compare")}


class LibraryPages(Pages):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(PAGES, parent)
        # What it needs counts only while it is on show, and then the docks are away.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
