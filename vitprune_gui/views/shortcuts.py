"""The sheet of all keys, by menu."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence, QPagedPaintDevice
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from vitprune_gui.actions import Actions
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.menus import MENUS, title_of

# What Qt itself and single lists do.
_ELSEWHERE = (
    ("Space", noop("Prune or restore the selected rows of the tree")),
    ("P", noop("Protect or release the selected rows of the tree")),
    ("R", noop("The next repair of the selected rows of the tree")),
    ("Del", noop("Prune the selected rows of the tree")),
    ("Ins", noop("Restore the selected rows of the tree")),
    ("Ctrl+C", noop("Copy the selected rows of a table")),
    ("Tab", noop("To the next control")),
    ("Shift+F10", noop("The menu of what is selected")),
    ("Esc", noop("Leave a popup or a dialog")),
)
_SHOWN_KEYS = 3  # the first are those that people know


class ShortcutSheet(QDialog):
    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.sheet = QTextBrowser()
        self.sheet.setAccessibleName(self.windowTitle())
        self.sheet.setHtml(_page(actions))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        printing = buttons.addButton(tr("Print…"), QDialogButtonBox.ButtonRole.ActionRole)
        printing.setToolTip(tr("On paper, or into a PDF file"))
        printing.clicked.connect(self._ask_printer)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.sheet)
        column.addWidget(buttons)
        self.sheet.setFocus()

    def sizeHint(self) -> QSize:
        return QSize(620, 640)

    def print_to(self, device: QPagedPaintDevice) -> None:
        """Draw the sheet on paper, black on white in every theme."""
        self.sheet.document().print_(device)

    @Slot()
    def _ask_printer(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog

        dialog = QPrintDialog(self)

        def print_it(answer: int) -> None:
            if answer == QDialog.DialogCode.Accepted:
                self.print_to(dialog.printer())  # pyright: ignore
            dialog.deleteLater()

        dialog.finished.connect(print_it)
        QDialog.open(dialog)  # its own `open` wants the name of a slot


def keys_of(action: QAction) -> list[str]:
    """The keys of an action as people read them, those on no ordinary keyboard left out."""
    native = QKeySequence.SequenceFormat.NativeText
    shown = [keys for keys in action.shortcuts() if _ordinary(keys)]
    return [keys.toString(native) for keys in shown[:_SHOWN_KEYS]]


def _ordinary(keys: QKeySequence) -> bool:
    """Standard keys come with such as "Undo" and F14, of the keyboards of old workstations."""
    key = keys[0].key()  # pyright: ignore[reportIndexIssue]
    return key < Qt.Key.Key_F13 or Qt.Key.Key_Menu <= key < Qt.Key.Key_Back


def _page(actions: Actions) -> str:
    parts: list[tuple[str, list[tuple[str, str]]]] = []
    for menu in (*MENUS, ""):
        here = sorted((verb for verb in actions.verbs if verb.menu == menu), key=lambda verb: verb.group)
        lines = [(", ".join(keys), verb.title) for verb in here if (keys := keys_of(actions[verb.name]))]
        if lines:
            parts.append((title_of(menu) if menu else tr("Elsewhere"), lines))
    native = QKeySequence.SequenceFormat.NativeText
    parts.append(
        (tr("In lists and tables"), [(QKeySequence(keys).toString(native), tr(text)) for keys, text in _ELSEWHERE])
    )
    return "".join(_section(title, lines) for title, lines in parts)


def _section(title: str, lines: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><td width="42%" style="white-space:pre">{escape(keys)}</td><td>{escape(text)}</td></tr>'
        for keys, text in lines
    )
    return f'<h3>{escape(title)}</h3><table width="100%" cellpadding="3">{rows}</table>'
