"""The documentation, to read in the window: its pages are text files that come with the program."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QImage, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QSplitter, QTextBrowser, QVBoxLayout, QWidget

from vitprune_gui.translation import tr

_SIZE = (980, 720)


@cache
def documentation() -> Path | None:
    """The folder with the pages; None where they were not installed."""
    installed = Path(str(files("vitprune_resources") / "docs"))
    beside = Path(__file__).parents[2] / "docs"
    return next((folder for folder in (installed, beside) if (folder / "architecture.md").is_file()), None)


class DocumentationDialog(QDialog):
    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Documentation"))
        self.resize(*_SIZE)
        pages = sorted(folder.glob("*.md"), key=lambda path: (path.stem != "index", path.name))
        self._pages = {_heading(path): path for path in pages}
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Pages"))
        self.list.addItems(list(self._pages))
        self.text = _Page()
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(tr("Page"))
        self.text.anchorClicked.connect(self._follow)
        self.list.currentTextChanged.connect(self._show)
        panes = QSplitter()
        panes.addWidget(self.list)
        panes.addWidget(self.text)
        panes.setStretchFactor(1, 1)
        panes.setSizes([220, _SIZE[0] - 220])
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(panes, 1)
        column.addWidget(buttons)
        self.list.setCurrentRow(0)

    @Slot(str)
    def _show(self, heading: str) -> None:
        page = QUrl.fromLocalFile(str(self._pages[heading]))
        self.text.setSource(page, QTextDocument.ResourceType.MarkdownResource)
        _name_headings(self.text.document())

    @Slot(QUrl)
    def _follow(self, url: QUrl) -> None:
        """To a heading of a page here, and with the browser to what is elsewhere."""
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
            return
        known = next((heading for heading, path in self._pages.items() if path.name == url.fileName()), None)
        if known is not None:
            self.list.setCurrentRow(list(self._pages).index(known))
            self.text.scrollToAnchor(url.fragment())


class _Page(QTextBrowser):
    """Pictures are no wider than the page."""

    def loadResource(self, type: int, name: QUrl | str) -> Any:  # noqa: A002
        if type == QTextDocument.ResourceType.ImageResource.value:
            place = self.source().resolved(QUrl(name))
            image = QImage(place.toLocalFile())
            room = max(200, self.viewport().width() - 40)
            smooth = Qt.TransformationMode.SmoothTransformation
            return image.scaledToWidth(room, smooth) if image.width() > room else image
        return super().loadResource(type, name)


def _name_headings(page: QTextDocument) -> None:
    """As links name them: in small letters, with hyphens for spaces and without punctuation."""
    block = page.begin()
    while block.isValid():
        if block.blockFormat().headingLevel():
            name = QTextCharFormat()
            name.setAnchor(True)
            name.setAnchorNames([re.sub(r"[^\w -]", "", block.text().lower()).replace(" ", "-")])
            heading = QTextCursor(block)
            heading.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            heading.mergeCharFormat(name)
        block = block.next()


def _heading(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        return next((line.lstrip("# ").strip() for line in lines if line.startswith("# ")), path.stem)
