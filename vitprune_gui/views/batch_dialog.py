"""Analyses of several models, to be queued together: what, on which images, where to, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vitprune_gui.batch import Row
from vitprune_gui.commands import Commands, Dialogs
from vitprune_gui.opening import Opening
from vitprune_gui.requests import SAMPLE, OpenModel
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr
from vitprune_gui.views.activity import duration
from vitprune_gui.views.parts import wrapped

_NO_MODELS = (Opening.SESSION, Opening.PLAN)
_SCORES = {"all": noop("Of one pass"), "everything": noop("Everything, with the measured damage")}
_MOST = 10_000_000
_STATES = {
    "queued": noop("Waiting"),
    "running": noop("Running"),
    "done": noop("Written"),
    "failed": noop("Failed"),
    "cancelled": noop("Cancelled"),
}


class _Models(QListWidget):
    """Takes files and folders that are dropped on it."""

    def __init__(self, add: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._add = add
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        sources = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        # Later: a question asked in here would freeze the program that they were dragged from.
        QTimer.singleShot(0, self, lambda: self._take(sources))

    def _take(self, sources: list[str]) -> None:
        for source in sources:
            self._add(source)


class BatchDialog(QDialog):
    """Stays open beside the window, or closed while the queue goes on: opened again, it shows what there is."""

    def __init__(
        self, state: AppState, commands: Commands, settings: Settings, dialogs: Dialogs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._dialogs = dialogs
        self._batch = commands.batch
        self._shown: tuple[Row, ...] = ()
        self.setWindowTitle(tr("Queue analyses"))
        self.resize(760, 620)

        recent = [source for source in settings.recent if Opening.by_name(source) not in _NO_MODELS]
        known = sorted({SAMPLE, *recent, *(entry.name for entry in state.catalog)})
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("Name of a model, or a path"))
        self.name.setAccessibleName(tr("Model to add"))
        completer = QCompleter(known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.name.setCompleter(completer)
        self.add_button = QPushButton(tr("&Add"))
        self.file_button = QPushButton(tr("Add &file…"))
        self.folder_button = QPushButton(tr("Add e&xported folder…"))
        self.remove_button = QPushButton(tr("&Remove"))
        for button in (self.add_button, self.file_button, self.folder_button, self.remove_button):
            button.setAutoDefault(False)
        self.models = _Models(self.add)
        self.models.setAccessibleName(tr("Models to analyse"))
        self.models.setToolTip(tr("Weights files and exported folders can be dropped here"))

        self.images = QLineEdit(state.data.source if state.data is not None else "")
        images_button = QPushButton(tr("Choose…"))
        images_button.setAccessibleName(tr("Choose the folder of images"))
        self.most = QSpinBox()
        self.most.setRange(0, _MOST)
        self.most.setGroupSeparatorShown(True)
        self.most.setSpecialValueText(tr("All"))
        self.most.setToolTip(tr("A random sample of so many images, the same for every model"))
        self.scores = QComboBox()
        for name, title in _SCORES.items():
            self.scores.addItem(tr(title), name)
        self.folder = QLineEdit()
        self.folder.setPlaceholderText(tr("Where the sessions go; nothing there is overwritten"))
        folder_button = QPushButton(tr("Choose…"))
        folder_button.setAccessibleName(tr("Choose the folder for the sessions"))
        self.reason = wrapped()
        self.start_button = QPushButton(tr("&Queue them"))

        self.table = QTableWidget(0, 4)
        self.table.setAccessibleName(tr("What became of each model"))
        self.table.setHorizontalHeaderLabels(
            [tr("Model"), tr("State"), tr("Time"), tr("Session, or why there is none")]
        )
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.setToolTip(tr("Double click opens a session"))
        self.summary = QLabel()
        self.cancel_button = QPushButton(tr("&Stop them"))
        self.clear_button = QPushButton(tr("C&lear finished"))
        for button in (images_button, folder_button, self.start_button, self.cancel_button, self.clear_button):
            button.setAutoDefault(False)
        self._lay_out(images_button, folder_button)

        self.name.returnPressed.connect(self._on_add)
        self.add_button.clicked.connect(self._on_add)
        self.file_button.clicked.connect(self._on_file)
        self.folder_button.clicked.connect(self._on_folder)
        self.remove_button.clicked.connect(self._on_remove)
        images_button.clicked.connect(self._on_images)
        folder_button.clicked.connect(self._on_out)
        self.start_button.clicked.connect(self._on_start)
        self.cancel_button.clicked.connect(self._batch.cancel)
        self.clear_button.clicked.connect(self._batch.forget_finished)
        self.table.activated.connect(self._on_open)
        for changed in (self.images.textChanged, self.folder.textChanged):
            changed.connect(self._update)
        self._batch.rows_changed.connect(self._show)
        self._show(self._batch.rows)
        for source in recent[:1] if state.model is None else [state.model.source]:
            self.add(source, ask=False)
        self._update()

    def add(self, source: str, *, ask: bool = True) -> None:
        """A model to the list; for a bare weights file, after asking what it does not say about itself."""
        source = source.strip()
        kind = Opening.by_name(source) if source else Opening.NOTHING
        opened = OpenModel(source)
        if kind is Opening.MODEL_FILE:
            details = self._dialogs.model_details(source) if ask else None
            if details is None:
                return
            opened = OpenModel.of(source, details.architecture, details.model_args, details.class_names)
        elif kind is not None:
            self.reason.setText(tr("{name} is no model.", name=Path(source).name or source))
            return
        item = QListWidgetItem(source)
        item.setData(Qt.ItemDataRole.UserRole, opened)
        self.models.addItem(item)
        self.name.clear()
        self._update()

    @property
    def chosen(self) -> tuple[OpenModel, ...]:
        return tuple(self.models.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self.models.count()))

    def _lay_out(self, images_button: QPushButton, folder_button: QPushButton) -> None:
        entry = QHBoxLayout()
        entry.addWidget(self.name, 1)
        for button in (self.add_button, self.file_button, self.folder_button, self.remove_button):
            entry.addWidget(button)
        form = QFormLayout()
        for text, field, button in (
            (tr("&Images:"), self.images, images_button),
            (tr("Sessions &go to:"), self.folder, folder_button),
        ):
            row = QHBoxLayout()
            row.addWidget(field, 1)
            row.addWidget(button)
            form.addRow(text, row)
            label = form.labelForField(row)
            if isinstance(label, QLabel):
                label.setBuddy(field)
            field.setAccessibleName(text.replace("&", "").rstrip(":"))
        form.addRow(tr("&How many images:"), self.most)
        form.addRow(tr("S&cores:"), self.scores)
        start = QHBoxLayout()
        start.addWidget(self.reason, 1)
        start.addWidget(self.start_button)
        end = QHBoxLayout()
        end.addWidget(self.summary, 1)
        end.addWidget(self.clear_button)
        end.addWidget(self.cancel_button)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(entry)
        column.addWidget(self.models, 1)
        column.addLayout(form)
        column.addLayout(start)
        column.addWidget(self.table, 2)
        column.addLayout(end)
        column.addWidget(close)

    def _missing(self) -> str:
        if not self.models.count():
            return tr("Add at least one model.")
        if not self.images.text().strip():
            return tr("Choose the images that all models are to be analysed with.")
        return "" if self.folder.text().strip() else tr("Choose the folder that the sessions are written into.")

    @Slot()
    def _update(self) -> None:
        missing = self._missing()
        self.reason.setText(missing)
        self.start_button.setEnabled(not missing)
        self.remove_button.setEnabled(self.models.count() > 0)

    @Slot()
    def _on_add(self) -> None:
        self.add(self.name.text())

    @Slot()
    def _on_file(self) -> None:
        if source := self._dialogs.model_file():
            self.add(source)

    @Slot()
    def _on_folder(self) -> None:
        if source := self._dialogs.model_folder():
            self.add(source)

    @Slot()
    def _on_remove(self) -> None:
        for item in self.models.selectedItems() or [self.models.item(self.models.count() - 1)]:
            self.models.takeItem(self.models.row(item))
        self._update()

    @Slot()
    def _on_images(self) -> None:
        if source := self._dialogs.images("analyze"):
            self.images.setText(source)

    @Slot()
    def _on_out(self) -> None:
        if chosen := QFileDialog.getExistingDirectory(self, tr("Folder for the sessions"), self.folder.text()):
            self.folder.setText(chosen)

    @Slot()
    def _on_start(self) -> None:
        if self._missing():
            return
        self._batch.start(
            self.chosen,
            self.images.text().strip(),
            Path(self.folder.text().strip()).absolute(),
            (self.scores.currentData(),),
            self.most.value() or None,
        )
        self.models.clear()
        self._update()

    @Slot(object)
    def _show(self, rows: tuple[Row, ...]) -> None:
        self._shown = rows
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            state = tr(_STATES[row.state])
            if row.percent is not None and row.state == "running":
                state = tr("{state}, {percent} %", state=state, percent=row.percent)
            said = str(row.path) if row.path is not None else row.message
            texts = (row.name, state, duration(row.seconds) if row.seconds is not None else "", said)
            for column, text in enumerate(texts):
                item = self.table.item(place, column)
                if item is None:
                    item = QTableWidgetItem()
                    self.table.setItem(place, column, item)
                if item.text() != text:
                    item.setText(text)
                    item.setToolTip(text)
        pending = any(row.state in ("queued", "running") for row in rows)
        self.summary.setText(self._batch.summary if rows else tr("Nothing is queued."))
        self.cancel_button.setEnabled(pending)
        self.clear_button.setEnabled(any(row.state not in ("queued", "running") for row in rows))

    @Slot(QModelIndex)
    def _on_open(self, index: QModelIndex) -> None:
        path = self._shown[index.row()].path
        if path is not None:
            self._commands.open_session(path)
