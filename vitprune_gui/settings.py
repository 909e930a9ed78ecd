"""What the window remembers between runs: what people chose, its layout, recent files and the folders last used."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from vitprune.jobs import PRECISIONS, Compute
from vitprune_gui.colours import COLOUR_MAPS
from vitprune_gui.translation import LANGUAGES

log = logging.getLogger(__name__)

NAME = "vitprune"
LAYOUT_VERSION = 2
_RECENT = 10


def config_folder() -> Path:
    """Where settings live; VITPRUNE_CONFIG_DIR overrides it, and then logs live there too."""
    override = os.environ.get("VITPRUNE_CONFIG_DIR")
    if override:
        return Path(override)
    from platformdirs import user_config_path

    return user_config_path(NAME, appauthor=False)


def log_folder() -> Path:
    override = os.environ.get("VITPRUNE_CONFIG_DIR")
    if override:
        return Path(override) / "logs"
    from platformdirs import user_log_path

    return user_log_path(NAME, appauthor=False)


def unsaved_folder() -> Path:
    """Where work that was never saved waits for the next start."""
    override = os.environ.get("VITPRUNE_CONFIG_DIR")
    if override:
        return Path(override) / "unsaved"
    from platformdirs import user_data_path

    return user_data_path(NAME, appauthor=False) / "unsaved"


THEMES = ("system", "light", "dark")
MOST_THREADS = 1024
LARGEST_BATCH = 4096
HUB_VARIABLES = ("HF_HUB_CACHE", "HF_HOME")
"""Of the environment: where downloaded weights go, whatever is chosen here."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What people can choose, and what holds until they do. A number of 0 and an empty folder leave the choice to the
    program."""

    device: str = "auto"
    threads: int = 0
    precision: str = PRECISIONS[0]
    batch_size: int = 0
    theme: str = THEMES[0]
    language: str = "system"
    colour_map: str = next(iter(COLOUR_MAPS))
    cache_folder: str = ""
    ask_before_stopping: bool = True
    lessons_folder: str = ""

    @property
    def compute(self) -> Compute:
        """The machine that jobs are to use."""
        return Compute(self.device, self.batch_size or None, self.threads or None, precision=self.precision)


_KEYS = {
    "device": "compute/device",
    "threads": "compute/threads",
    "precision": "compute/precision",
    "batch_size": "compute/batch_size",
    "theme": "window/theme",
    "language": "window/language",
    "colour_map": "window/colour_map",
    "cache_folder": "files/cache_folder",
    "lessons_folder": "files/lessons_folder",
    "ask_before_stopping": "window/ask_before_stopping",
}
_ACCEPTED: Mapping[str, Callable[[Any], bool]] = {
    "device": lambda device: re.fullmatch(r"auto|cpu|cuda:\d{1,3}", device) is not None,
    "threads": lambda count: 0 <= count <= MOST_THREADS,
    "precision": PRECISIONS.__contains__,
    "batch_size": lambda size: 0 <= size <= LARGEST_BATCH,
    "theme": THEMES.__contains__,
    "language": lambda language: language == "system" or language in LANGUAGES,
    "colour_map": COLOUR_MAPS.__contains__,
    "cache_folder": lambda folder: not folder or Path(folder).is_absolute(),
    "lessons_folder": lambda folder: not folder or Path(folder).is_absolute(),
}
_BOOLEANS = {"true": True, "false": False}


class Settings(QObject):
    """An ini file, read once. A broken one is set aside and the defaults apply; so does the default of a single value
    that cannot be one."""

    recent_changed = Signal(object)
    preferences_changed = Signal(object)
    """Preferences."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.environment: Mapping[str, str] = dict(os.environ)
        """That the program was started with; some of it decides before a preference does."""
        self.path = folder / "settings.ini"
        self.set_aside: Path | None = None
        if self.path.is_file() and not _readable(self.path):
            self.set_aside = self.path.with_suffix(".ini.broken")
            try:
                self.path.replace(self.set_aside)
            except OSError as error:
                log.warning("%s is damaged and cannot be moved: %s", self.path, error)
        self._store = QSettings(str(self.path), QSettings.Format.IniFormat)
        self._store.setParent(self)

    def geometry(self) -> QByteArray:
        return self._bytes("window/geometry")

    def layout(self) -> QByteArray:
        return self._bytes("window/layout")

    def keep_window(self, geometry: QByteArray, layout: QByteArray) -> None:
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/layout", layout)
        self._store.sync()

    @property
    def locked(self) -> bool:
        """Whether panels stay where they are."""
        return self._store.value("window/locked", "false") in (True, "true")

    @locked.setter
    def locked(self, locked: bool) -> None:
        self._store.setValue("window/locked", locked)

    @property
    def tab(self) -> str:
        """The name of the tab that was open last; empty: none was."""
        value = self._store.value("window/tab", "")
        return value if isinstance(value, str) else ""

    @tab.setter
    def tab(self, name: str) -> None:
        self._store.setValue("window/tab", name)

    @property
    def used_actions(self) -> tuple[str, ...]:
        """What was chosen in the command palette, latest first."""
        return self._list("palette/used")

    def add_used_action(self, name: str) -> None:
        others = (item for item in self.used_actions if item != name)
        self._store.setValue("palette/used", [name, *others][:_RECENT])

    @property
    def lessons(self) -> str:
        """How far people are in which lesson, as `learn.course` writes it."""
        value = self._store.value("learn/lessons", "")
        return value if isinstance(value, str) else ""

    @lessons.setter
    def lessons(self, told: str) -> None:
        self._store.setValue("learn/lessons", told)

    @property
    def preferences(self) -> Preferences:
        return Preferences(**{name: _read(name, self._store.value(key)) for name, key in _KEYS.items()})

    def choose(self, **chosen: Any) -> None:
        """Change preferences by name, all or none. Raises ValueError for what cannot be one."""
        for name, value in chosen.items():
            if name not in _KEYS or _read(name, value) != value:
                raise ValueError(f"{value!r} is no {name}")
        before = self.preferences
        for name, value in chosen.items():
            self._store.setValue(_KEYS[name], str(value).lower() if isinstance(value, bool) else value)
        if self.preferences != before:
            self.preferences_changed.emit(self.preferences)

    def use_cache_folder(self) -> None:
        """Have weights downloaded where people chose, unless the environment says where. Counts for what imports
        huggingface_hub from here on, in the processes that this one starts too."""
        folder = self.preferences.cache_folder
        if folder and not any(self.environment.get(name) for name in HUB_VARIABLES):
            os.environ["HF_HOME"] = folder

    def restore_defaults(self) -> None:
        """Of the preferences; what else is remembered stays."""
        before = self.preferences
        for key in _KEYS.values():
            self._store.remove(key)
        if self.preferences != before:
            self.preferences_changed.emit(self.preferences)

    @property
    def theme(self) -> str:
        return self.preferences.theme

    @theme.setter
    def theme(self, theme: str) -> None:
        self.choose(theme=theme)

    @property
    def language(self) -> str:
        """One of `translation.LANGUAGES`, or "system"."""
        return self.preferences.language

    @language.setter
    def language(self, language: str) -> None:
        self.choose(language=language)

    @property
    def recent(self) -> tuple[str, ...]:
        """What was opened, latest first: model sources, folders and session files."""
        return self._list("recent/opened")

    def add_recent(self, source: str) -> None:
        others = (item for item in self.recent if item != source)
        self._set_recent((source, *others)[:_RECENT])

    def forget_recent(self, source: str) -> None:
        self._set_recent(tuple(item for item in self.recent if item != source))

    def clear_recent(self) -> None:
        self._set_recent(())

    @property
    def recent_folders(self) -> tuple[str, ...]:
        """The folders whose sessions were listed, latest first."""
        return self._list("recent/folders")

    def add_recent_folder(self, folder: str) -> None:
        others = (item for item in self.recent_folders if item != folder)
        self._store.setValue("recent/folders", [folder, *others][:_RECENT])

    def folder(self, purpose: str) -> str:
        """The folder that a file dialog of this purpose was last in."""
        value = self._store.value(f"folders/{purpose}", "")
        return value if isinstance(value, str) else ""

    def keep_folder(self, purpose: str, folder: str) -> None:
        self._store.setValue(f"folders/{purpose}", folder)

    def _set_recent(self, items: tuple[str, ...]) -> None:
        self._store.setValue("recent/opened", list(items))
        self.recent_changed.emit(items)

    def _list(self, key: str) -> tuple[str, ...]:
        value = self._store.value(key, [])
        items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return tuple(item for item in items if isinstance(item, str) and item)[:_RECENT]

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()


def _read(name: str, value: object) -> Any:
    """A value of a preference as the file has it, or its default."""
    usual = next(field.default for field in fields(Preferences) if field.name == name)
    if isinstance(usual, bool):
        return _BOOLEANS.get(str(value).lower(), usual)
    try:
        found = type(usual)(value)  # pyright: ignore[reportCallIssue]
    except (TypeError, ValueError):
        return usual
    return found if value is not None and _ACCEPTED[name](found) else usual


def _readable(path: Path) -> bool:
    """Whether it is an ini file at all. Qt reads almost anything as one, a picture too, and finds nothing in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    lines = [line.strip() for line in text.splitlines()]
    sane = all(not line or line[0] in ";#[" or "=" in line for line in lines)
    store = QSettings(str(path), QSettings.Format.IniFormat)
    store.allKeys()
    return sane and "\0" not in text and store.status() == QSettings.Status.NoError
