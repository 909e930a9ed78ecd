"""Saved sessions as files, in the place of all that is about the open model."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QTabWidget, QVBoxLayout, QWidget

PAGES = {"sessions": "Sessions", "compare": "Compare"}


class LibraryPages(QTabWidget):
    """`layouts` has, by name, where each of its views goes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        # What it needs counts only while it is on show, and then the docks are away.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.layouts: dict[str, QVBoxLayout] = {}
        for name, title in PAGES.items():
            page = QWidget()
            self.layouts[name] = QVBoxLayout(page)
            self.layouts[name].setContentsMargins(0, 0, 0, 0)
            self.addTab(page, title)

    def turn_to(self, name: str) -> None:
        self.setCurrentIndex(list(PAGES).index(name))
