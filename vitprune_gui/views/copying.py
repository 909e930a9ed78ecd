"""Tables onto the clipboard, as a spreadsheet takes them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView


def copy_table(rows: Sequence[Sequence[str]]) -> None:
    QGuiApplication.clipboard().setText("\n".join("\t".join(row) for row in rows))


def copy_rows(table: QTableView, rows: Sequence[Sequence[str]]) -> None:
    """The selected ones of `rows` under the first of them, which has the titles; all where none is selected."""
    chosen = {index.row() for index in table.selectedIndexes()}
    head, *body = rows
    kept = [row for at, row in enumerate(body) if at in chosen or not chosen]
    copy_table([head, *kept])
