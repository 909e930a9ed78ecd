"""What the window remembers between runs: layout, theme, recent files and the folders last used."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

log = logging.getLogger(__name__)

NAME = "vitprune"
LAYOUT_VERSION = 1
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


class Settings(QObject):
    """An ini file, read once. A broken one is set aside and the defaults apply."""

    recent_changed = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
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
    def theme(self) -> str:
        value = self._store.value("window/theme", "system")
        return value if value in ("system", "light", "dark") else "system"

    @theme.setter
    def theme(self, theme: str) -> None:
        self._store.setValue("window/theme", theme)

    @property
    def language(self) -> str:
        """One of `translation.LANGUAGES`, or "system"."""
        value = self._store.value("window/language", "system")
        return value if isinstance(value, str) else "system"

    @language.setter
    def language(self, language: str) -> None:
        self._store.setValue("window/language", language)

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
