"""What went wrong, said without standing in the way: a sentence, the next step, and the details to copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from vitprune.errors import VitPruneError
from vitprune_gui.crash import ErrorReport
from vitprune_gui.translation import tr

_SIZE = (760, 520)


def details_of(error: VitPruneError | ErrorReport) -> str:
    return "\n".join(filter(None, (f"{error.code}: {error.message}", error.hint, error.details)))


class ErrorBanner(QFrame):
    """Shows the latest error above the centre of the window until it is dismissed. The same one again is a count.

    `compose` says what is copied of a defect, and `log_folder` is where more of it can be found."""

    compose: Callable[[VitPruneError | ErrorReport], str] = staticmethod(details_of)
    log_folder: Path | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setAccessibleName(tr("Error"))
        self._error: VitPruneError | ErrorReport | None = None
        icon = QLabel()
        size = self.style().pixelMetric(QStyle.PixelMetric.PM_LargeIconSize)
        icon.setPixmap(self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning).pixmap(size, size))
        self.message, self.hint, self.count = QLabel(), QLabel(), QLabel()
        for label in (self.message, self.hint, self.count):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)  # a file's name must not become markup
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = self.message.font()
        font.setBold(True)
        self.message.setFont(font)
        self.details = QPushButton(tr("Show report…"))
        self.details.setToolTip(tr("All that a bug report should say, to read and to copy"))
        self.details.clicked.connect(self._on_details)
        self.copy = QPushButton(tr("Copy details"))
        self.copy.clicked.connect(self._on_copy)
        self.dismiss = QPushButton(tr("Dismiss"))
        self.dismiss.clicked.connect(self.hide)
        text = QVBoxLayout()
        for label in (self.message, self.hint, self.count):
            text.addWidget(label)
        buttons = QHBoxLayout()
        for button in (self.details, self.copy, self.dismiss):
            buttons.addWidget(button)
        buttons.addStretch(1)
        text.addLayout(buttons)
        row = QHBoxLayout(self)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text, 1)
        self.hide()

    @Slot(object)
    def show_error(self, error: VitPruneError | ErrorReport) -> None:
        times = error.times if isinstance(error, ErrorReport) else 1
        again = times > 1
        if again and (not self.isVisible() or self._error is None or self._error.message != error.message):
            return  # it was dismissed, or something else is on show by now
        self._error = error
        self.count.setText(tr("It has happened {times} times.", times=f"{times:,}") if again else "")
        self.count.setVisible(again)
        if again:
            return
        self.message.setText(error.message)
        self.hint.setText(error.hint)
        self.hint.setVisible(bool(error.hint))
        self.details.setVisible(isinstance(error, ErrorReport))
        self.copy.setText(tr("Copy details"))
        self.show()

    @Slot()
    def _on_copy(self) -> None:
        if self._error is not None:
            QGuiApplication.clipboard().setText(self._text(self._error))
            self.copy.setText(tr("Copied"))

    @Slot()
    def _on_details(self) -> None:
        if self._error is not None:
            dialog = ReportDialog(
                tr("What went wrong"), self._error.message, self._text(self._error), self.log_folder, self.window()
            )
            dialog.open()

    def _text(self, error: VitPruneError | ErrorReport) -> str:
        return self.compose(error) if isinstance(error, ErrorReport) else details_of(error)


class ReportDialog(QDialog):
    """A text to read and to copy. It goes when it is closed."""

    def __init__(
        self, title: str, message: str, text: str, log_folder: Path | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(*_SIZE)
        self._log_folder = log_folder
        said = QLabel(message)
        said.setWordWrap(True)
        said.setTextFormat(Qt.TextFormat.PlainText)
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(title)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = QPushButton(tr("Copy"))
        self.copy.setObjectName("copy")
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(self._on_copy)
        if log_folder is not None:
            logs = QPushButton(tr("Open log folder"))
            buttons.addButton(logs, QDialogButtonBox.ButtonRole.ActionRole)
            logs.clicked.connect(self._on_logs)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(said)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy.setText(tr("Copied"))

    @Slot()
    def _on_logs(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_folder)))
