"""A report as PDF: its text set by Qt, its charts as lines and not as pixels. Works on any thread."""

from __future__ import annotations

import html
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPyTextObject,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer

from vitprune.document import Chart, Document, Gallery, Table, printable, svg
from vitprune_gui.translation import tr

_DRAWING = int(QTextFormat.ObjectTypes.UserObject) + 1
_NUMBER = int(QTextFormat.Property.UserProperty) + 1
_CHARTS = 440.0  # wide, in points of the page
_MARGIN = 14.0  # millimetres
_POINTS = 8
_DPI = 300
_CELL = 'style="border-bottom: 1px solid #dddddd; padding: 1px 5px 1px 0"'


def pdf(document: Document) -> bytes:
    pages, drawings = _set(document)
    made = printed(pages, document.title)
    drawings.clear()
    return made


def printed(pages: QTextDocument, title: str) -> bytes:
    """Any text on A4 pages with numbers. A pixel of its fonts is a point of the page."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("ViTPrune")
    writer.setResolution(_DPI)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN),
            QPageLayout.Unit.Millimeter,
        )
    )
    # In points: what prints scales them to the resolution of the file.
    area = writer.pageLayout().paintRect(QPageLayout.Unit.Point)
    foot = 2.5 * _POINTS
    pages.setPageSize(QSizeF(area.width(), area.height() - foot))
    painter = QPainter(writer)
    scale = _DPI / 72
    painter.scale(scale, scale)
    count = pages.pageCount()
    for number in range(count):
        if number:
            writer.newPage()
        painter.save()
        body = QRectF(0, number * pages.pageSize().height(), pages.pageSize().width(), pages.pageSize().height())
        painter.translate(0, -body.top())
        pages.drawContents(painter, body)
        painter.restore()
        painter.setFont(pages.defaultFont())
        line = QRectF(0, area.height() - foot, area.width(), foot)
        painter.drawText(line, 0x0082, tr("{number} of {count}", number=number + 1, count=count))  # right, centred
    painter.end()
    buffer.close()
    return bytes(buffer.data().data())


class _Drawing(QPyTextObject):
    """Charts in the text. Each is a character whose format has its number."""

    def __init__(self, parent: QTextDocument) -> None:
        super().__init__(parent)
        self._charts: list[QSvgRenderer] = []

    def add(self, text: str) -> int:
        self._charts.append(QSvgRenderer(text.encode()))
        return len(self._charts) - 1

    def clear(self) -> None:
        self._charts.clear()

    def intrinsicSize(self, doc: QTextDocument, posInDocument: int, format: QTextFormat) -> QSizeF:  # noqa: A002, N803
        size = self._charts[format.intProperty(_NUMBER)].viewBoxF().size()
        return size * (_CHARTS / size.width())

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        doc: QTextDocument,
        posInDocument: int,  # noqa: N803
        format: QTextFormat,  # noqa: A002
    ) -> None:
        self._charts[format.intProperty(_NUMBER)].render(painter, rect)


def _set(document: Document) -> tuple[QTextDocument, _Drawing]:
    """The text with everything in it; the second draws the charts and has to live as long."""
    made = QTextDocument()
    made.setUndoRedoEnabled(False)
    made.setDocumentMargin(0)
    font = QFont("sans-serif")
    font.setPixelSize(_POINTS)  # a pixel is a point of the page here
    made.setDefaultFont(font)
    drawings = _Drawing(made)
    made.documentLayout().registerHandler(_DRAWING, drawings)
    cursor = QTextCursor(made)
    _say(cursor, document.title, 15, bold=True)
    for section in document.sections:
        _say(cursor, section.title, 11, bold=True, above=10)
        for part in section.parts:
            match part:
                case str():
                    _say(cursor, part, _POINTS)
                case Table():
                    _say(cursor, "", 2)
                    cursor.insertHtml(_table(part))
                    cursor.movePosition(QTextCursor.MoveOperation.End)
                case Chart() if text := svg(part):
                    _say(cursor, "", 2, above=4)
                    _draw(cursor, drawings.add(text))
                    _say(cursor, part.title, 7, above=0)
                case Gallery():
                    _say(cursor, "", 2)
                    for _, pixels in part.pictures:
                        height, width, _ = pixels.shape
                        picture = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
                        cursor.insertImage(picture.copy())
    return made, drawings


def _say(cursor: QTextCursor, text: str, size: int, *, bold: bool = False, above: float = 3) -> None:
    """A paragraph of its own."""
    block, form, font = QTextBlockFormat(), QTextCharFormat(), QFont("sans-serif")
    block.setTopMargin(above)
    font.setPixelSize(size)
    font.setBold(bold)
    form.setFont(font)
    cursor.insertBlock(block, form)
    cursor.insertText(_plain(text))


def _draw(cursor: QTextCursor, number: int) -> None:
    form: Any = QTextCharFormat()
    form.setObjectType(_DRAWING)
    form.setProperty(_NUMBER, number)
    cursor.insertText("\ufffc", form)


def _table(table: Table) -> str:
    rows = [_row("th", table.columns), *(_row("td", row) for row in table.rows)]
    return f'<table cellspacing="0" style="font-size: 7px; font-weight: normal">{"".join(rows)}</table>'


def _row(tag: str, cells: tuple[str, ...]) -> str:
    return "<tr>" + "".join(f'<{tag} align="left" {_CELL}>{_text(cell)}</{tag}>' for cell in cells) + "</tr>"


def _text(text: str) -> str:
    return html.escape(_plain(text))


def _plain(text: str) -> str:
    """As text, whatever it is; long words have places to break them."""
    return " ".join(_broken(word) for word in printable(" ".join(text.split())).split(" "))


def _broken(word: str) -> str:
    return "\u200b".join(word[start : start + 16] for start in range(0, len(word), 16)) if len(word) > 32 else word
