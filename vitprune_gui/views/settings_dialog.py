"""What people can choose for the whole program. What they choose holds at once, and what it was can be restored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import QAction, QIcon, QImage, QKeySequence, QPalette, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vitprune.jobs import PRECISIONS
from vitprune_gui.actions import Verb
from vitprune_gui.colours import COLOUR_MAPS, colours_of
from vitprune_gui.machine import LookAtMachine, Machine
from vitprune_gui.runner import Finished, JobRunner
from vitprune_gui.settings import HUB_VARIABLES, LARGEST_BATCH, MOST_THREADS, THEMES, Preferences, Settings
from vitprune_gui.translation import LANGUAGES, noop, tr
from vitprune_gui.views.layout import Room

_THEME_TITLES = {"system": noop("As the system"), "light": noop("Light"), "dark": noop("Dark")}
_PRECISION_TITLES = {"fp32": noop("fp32, single precision"), "bf16": noop("bf16, mixed precision")}
_SWATCH = QSize(72, 14)
_ROOM = 0.9  # of the screen
_WIDTH = 620


class SettingsDialogs(QObject):
    """The one dialog of a window, and the action that shows it."""

    def __init__(self, window: QWidget, settings: Settings, runner: JobRunner) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._runner = runner
        self._language = settings.language  # that this window speaks
        self.dialog: SettingsDialog | None = None

    def verbs(self) -> tuple[Verb, ...]:
        return (
            Verb("preferences", tr("&Preferences…"), tr("Choose device, precision, theme, colours and language"),
                 self.show, shortcut=("Ctrl+,", QKeySequence.StandardKey.Preferences), icon="mdi6.cog-outline",
                 role=QAction.MenuRole.PreferencesRole, menu="Edit", group=90,
                 words=tr("settings options configure gpu cpu device dark light language", "words to find it by")),
        )  # fmt: skip

    def show(self) -> None:
        if self.dialog is None:
            self.dialog = SettingsDialog(self._settings, self._runner, self._language, self._window)
        self.dialog.look()
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()


class SettingsDialog(QDialog):
    """`language` is the one that was chosen when the program started."""

    def __init__(
        self,
        settings: Settings,
        runner: JobRunner,
        language: str = "system",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Preferences"))
        self._settings = settings
        self._runner = runner
        self._language = language
        self._machine: Machine | None = None

        self.device = _box((("auto", tr("Automatic")), ("cpu", tr("Processor"))))
        self.precision = _box([(name, tr(_PRECISION_TITLES[name])) for name in PRECISIONS])
        self.threads = _count(MOST_THREADS)
        self.batch_size = _count(LARGEST_BATCH)
        self.theme = _box([(name, tr(_THEME_TITLES[name])) for name in THEMES])
        self.colour_map = _box([(name, tr(title)) for name, title in COLOUR_MAPS.items()])
        self.colour_map.setIconSize(_SWATCH)
        self.colour_map.setMinimumContentsLength(14)
        for row in range(self.colour_map.count()):
            self.colour_map.setItemIcon(row, _swatch(self.colour_map.itemData(row)))
        self.language = _box((("system", tr("As the system")), *LANGUAGES.items()))
        self.cache_folder = QLineEdit()
        self.cache_folder.setReadOnly(True)
        self.cache_folder.setAccessibleName(tr("Weights folder"))
        self.cache_folder.setPlaceholderText(tr("the usual one"))
        self.choose_folder = QPushButton(tr("C&hoose…"))
        self.choose_folder.setToolTip(tr("Choose the folder that weights are downloaded into"))
        self.usual_folder = QPushButton(tr("&Usual"))
        self.usual_folder.setToolTip(tr("Go back to the usual folder"))
        self.lessons_folder = QLineEdit()
        self.lessons_folder.setReadOnly(True)
        self.lessons_folder.setAccessibleName(tr("Folder of lessons"))
        self.lessons_folder.setPlaceholderText(tr("none"))
        self.choose_lessons, self.no_lessons = QPushButton(tr("Choo&se…")), QPushButton(tr("&None", "no folder"))
        self.choose_lessons.setToolTip(tr("Choose the folder that lessons of your own are in"))
        self.no_lessons.setToolTip(tr("List only the lessons that come with the program"))
        for button in (self.choose_folder, self.usual_folder, self.choose_lessons, self.no_lessons):
            button.setAutoDefault(False)
        self.ask_before_stopping = QCheckBox(tr("Ask before &leaving while something is computed"))
        self.waiting, self.threads_note, self.cache_note, self.restart = (_note() for _ in range(4))

        content = QWidget()
        column = QVBoxLayout(content)
        computing = _section(tr("Computing"), column)
        _add(
            computing,
            tr("&Device"),
            self.device,
            tr("Where models run, from the next job on. Default: automatic, the first GPU where there is one."),
        )
        _below(computing, self.waiting)
        _add(computing, tr("&Precision"), self.precision,
             tr("bf16 computes matrix products with fewer digits: faster on a recent GPU, and scores differ in the "
                "third digit or later. On a processor it only shows what changes. Results say which one they were "
                "made with. Default: fp32."))  # fmt: skip
        _add(computing, tr("&Threads"), self.threads,
             tr("With how many threads a processor computes, from the next job on. Default: automatic."))  # fmt: skip
        _below(computing, self.threads_note)
        _add(computing, tr("&Batch size"), self.batch_size,
             tr("How many images a model is given at once, from the next job on. Fewer need less memory. Default: "
                "automatic, by the size of the model."))  # fmt: skip
        looks = _section(tr("Appearance"), column)
        _add(looks, tr("Th&eme"), self.theme, tr("Light or dark, at once. Default: as the system."))
        _add(looks, tr("Colour &map"), self.colour_map,
             tr("What scores are coloured by, at once. All of these can be read with any colour blindness. Default: "
                "Cividis."))  # fmt: skip
        _add(
            looks,
            tr("Lan&guage"),
            self.language,
            tr("What the window speaks, from the next start on. Default: as the system, or else English."),
        )
        _below(looks, self.restart)
        files = _section(tr("Files and leaving"), column)
        folder = _in_line(self.cache_folder, self.choose_folder, self.usual_folder)
        _add(files, tr("&Weights folder"), folder,
             tr("Where downloaded weights are kept, from the next start on. What is downloaded already stays where it "
                "is. Default: the usual folder of the Hugging Face hub."), self.cache_folder)  # fmt: skip
        _below(files, self.cache_note)
        own = _in_line(self.lessons_folder, self.choose_lessons, self.no_lessons)
        _add(files, tr("Fo&lder of lessons"), own,
             tr("Markdown files in it are listed below the lessons of the program, at once. Default: none."),
             self.lessons_folder)  # fmt: skip
        _below(files, self.ask_before_stopping)
        _below(files, _note(tr("What is not saved is asked about in any case. Default: on.")))
        column.addStretch(1)
        names = [label for label in content.findChildren(QLabel) if label.buddy() is not None]
        for grid in (computing, looks, files):
            grid.setColumnMinimumWidth(0, max(label.sizeHint().width() for label in names))

        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.RestoreDefaults | standard.Close)
        restore = self.buttons.button(standard.RestoreDefaults)
        restore.setToolTip(tr("Put all preferences back to what they were at first"))
        restore.clicked.connect(self._settings.restore_defaults)
        self.buttons.rejected.connect(self.close)
        outer = QVBoxLayout(self)
        outer.addWidget(Room(content), 1)
        outer.addWidget(self.buttons)

        for name, box in self._boxes().items():
            box.activated.connect(self._chooser(name, box.currentData))
        for name, spin in (("threads", self.threads), ("batch_size", self.batch_size)):
            spin.valueChanged.connect(self._chooser(name, spin.value))
        self.ask_before_stopping.toggled.connect(
            self._chooser("ask_before_stopping", self.ask_before_stopping.isChecked)
        )
        self.choose_lessons.clicked.connect(self._ask_lessons)
        self.no_lessons.clicked.connect(self._clear_lessons)
        self.choose_folder.clicked.connect(self._ask_folder)
        self.usual_folder.clicked.connect(self._clear_folder)
        settings.preferences_changed.connect(self._show)
        runner.finished.connect(self._on_finished)
        self._show(settings.preferences)
        self._fit(content)

    def look(self) -> None:
        """Ask the worker for the devices of this machine."""
        self._runner.submit(LookAtMachine())
        self._show(self._settings.preferences)

    def _boxes(self) -> dict[str, QComboBox]:
        return {
            "device": self.device,
            "precision": self.precision,
            "theme": self.theme,
            "colour_map": self.colour_map,
            "language": self.language,
        }

    def _chooser(self, name: str, value: Callable[[], object]) -> Callable[[], None]:
        return lambda: self._settings.choose(**{name: value()})

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, LookAtMachine):
            self._machine = finished.value
            self._show(self._settings.preferences)

    @Slot(object)
    def _show(self, chosen: Preferences) -> None:
        self._list_devices(chosen.device)
        for name, box in self._boxes().items():
            box.setCurrentIndex(box.findData(getattr(chosen, name)))
        for spin, value in ((self.threads, chosen.threads), (self.batch_size, chosen.batch_size)):
            with QSignalBlocker(spin):
                spin.setValue(value)
        with QSignalBlocker(self.ask_before_stopping):
            self.ask_before_stopping.setChecked(chosen.ask_before_stopping)
        self._show_threads(chosen.threads)
        self._show_cache(chosen.cache_folder)
        self.lessons_folder.setText(chosen.lessons_folder)
        self.lessons_folder.setToolTip(chosen.lessons_folder)
        self.no_lessons.setEnabled(bool(chosen.lessons_folder))
        _say(self.restart, tr("Start ViTPrune again for it.") if chosen.language != self._language else "")

    def _list_devices(self, chosen: str) -> None:
        """Those that are known so far; one that was chosen and is not among them says so."""
        machine = self._machine
        _say(self.waiting, "" if machine else tr("The GPUs of this machine are listed as soon as no job runs."))
        listed = [("auto", tr("Automatic ({device})", device=machine.automatic) if machine else tr("Automatic"))]
        if machine is None:
            listed.append(("cpu", tr("Processor")))
        else:
            listed += [(name, tr("{device}: {title}", device=name, title=title)) for name, title in machine.devices]
        if chosen not in dict(listed):
            there = tr("{device}: not on this machine", device=chosen)
            listed.append((chosen, there if machine else chosen))
        self.device.clear()
        for name, title in listed:
            self.device.addItem(title, name)

    def _show_threads(self, chosen: int) -> None:
        forced = self._settings.environment.get("OMP_NUM_THREADS", "")
        usual = self._machine.threads if self._machine else None
        self.threads.setSpecialValueText(tr("Automatic ({n})", n=usual) if usual else tr("Automatic"))
        self.threads.updateGeometry()  # the spin box itself does not think of it
        decides = forced and not chosen
        _say(self.threads_note, tr("OMP_NUM_THREADS is {n} and decides while this is automatic.", n=forced)
             if decides else "")  # fmt: skip

    def _show_cache(self, chosen: str) -> None:
        """What the program was started with has a say before what is chosen."""
        started = self._settings.environment
        forced = next((name for name in HUB_VARIABLES if started.get(name)), "")
        self.cache_folder.setText(started[forced] if forced else chosen)
        self.cache_folder.setToolTip(self.cache_folder.text())
        self.choose_folder.setEnabled(not forced)
        self.usual_folder.setEnabled(bool(chosen) and not forced)
        _say(self.cache_note, tr("{name} is set in the environment, and decides.", name=forced) if forced else "")

    @Slot()
    def _ask_folder(self) -> None:
        before = self._settings.preferences.cache_folder
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder for downloaded weights"), before or str(Path.home()))
        if chosen:
            self._settings.choose(cache_folder=str(Path(chosen).absolute()))

    @Slot()
    def _clear_folder(self) -> None:
        self._settings.choose(cache_folder="")

    @Slot()
    def _ask_lessons(self) -> None:
        before = self._settings.preferences.lessons_folder
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder of lessons"), before or str(Path.home()))
        if chosen:
            self._settings.choose(lessons_folder=str(Path(chosen).absolute()))

    @Slot()
    def _clear_lessons(self) -> None:
        self._settings.choose(lessons_folder="")

    def _fit(self, content: QWidget) -> None:
        """As large as it likes, as far as the screen has room."""
        room = self.screen().availableSize() * _ROOM
        width = min(room.width(), max(_WIDTH, content.minimumSizeHint().width() + 40))
        high = content.heightForWidth(width - 40) if content.hasHeightForWidth() else content.sizeHint().height()
        self.resize(width, min(room.height(), high + self.buttons.sizeHint().height() + 40))


def _box(items: Sequence[tuple[str, str]]) -> QComboBox:
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(24)
    for name, title in items:
        box.addItem(title, name)
    return box


def _count(most: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(0, most)
    spin.setSpecialValueText(tr("Automatic"))
    spin.setKeyboardTracking(False)
    return spin


def _in_line(*parts: QWidget) -> QWidget:
    """The first takes what room there is."""
    holder = QWidget()
    line = QHBoxLayout(holder)
    line.setContentsMargins(0, 0, 0, 0)
    for number, part in enumerate(parts):
        line.addWidget(part, 0 if number else 1)
    return holder


def _section(title: str, column: QVBoxLayout) -> QGridLayout:
    """Names on the left, and what belongs to them on the right."""
    group = QGroupBox(title)
    grid = QGridLayout(group)
    grid.setColumnStretch(1, 1)
    column.addWidget(group)
    return grid


def _add(grid: QGridLayout, title: str, field: QWidget, text: str, focus: QWidget | None = None) -> None:
    """A row, and below it a sentence, which those who do not see it hear with the control."""
    label = QLabel(title)
    label.setBuddy(focus or field)
    (focus or field).setAccessibleDescription(text)
    grid.addWidget(label, grid.rowCount(), 0)
    place = Qt.AlignmentFlag(0) if focus else Qt.AlignmentFlag.AlignLeft
    grid.addWidget(field, grid.rowCount() - 1, 1, place)
    _below(grid, _note(text))


def _below(grid: QGridLayout, widget: QWidget) -> None:
    grid.addWidget(widget, grid.rowCount(), 1)


def _note(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def _say(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _swatch(name: str) -> QIcon:
    """The colours of a map, from dark to bright."""
    import numpy as np

    row = np.ascontiguousarray(colours_of(name)[None])
    image = QImage(row.data, row.shape[1], 1, row.strides[0], QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image.copy()).scaled(_SWATCH))
