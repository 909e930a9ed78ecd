"""Puts the application into the menu of a Linux desktop, for this user, and its icon beside session files.

https://specifications.freedesktop.org/desktop-entry-spec/latest/
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from vitprune.errors import SaveDenied
from vitprune.jobs import Job
from vitprune_gui.runner import Request
from vitprune_gui.translation import tr

# Where each file belongs under the folder of a user's data, and the program that has to hear of it.
PLACES = {
    "vitprune.desktop": ("applications", "update-desktop-database"),
    "vitprune.svg": ("icons/hicolor/scalable/apps", "gtk-update-icon-cache"),
    "vitprune.xml": ("mime/packages", "update-mime-database"),
}
_TOLD = {"icons/hicolor/scalable/apps": "icons/hicolor", "mime/packages": "mime"}
_SECONDS = 20


@dataclass(frozen=True)
class InstallEntry(Request):
    """Answer: the path of the entry."""

    topic: ClassVar[str] = "desktop entry"

    @property
    def title(self) -> str:
        return tr("Add ViTPrune to the applications menu")

    def run(self, engine: object, job: Job) -> Path:
        job.check()
        return install()


def data_folder() -> Path:
    """https://specifications.freedesktop.org/basedir-spec/latest/"""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")


def install() -> Path:
    """The entry that was written; it starts what is running now. Raises SaveDenied."""
    folder, source = data_folder(), files("vitprune_resources") / "desktop"
    try:
        for name, (place, _) in PLACES.items():
            text = (source / name).read_text(encoding="utf-8")
            if name.endswith(".desktop"):
                text = re.sub("^Exec=vitprune-gui", lambda _: f"Exec={program()}", text, flags=re.MULTILINE)
            (folder / place).mkdir(parents=True, exist_ok=True)
            (folder / place / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SaveDenied(
            f"The menu entry could not be written: {error}.", hint=f"It belongs into {folder}: make it writable."
        ) from error
    for place, tool in PLACES.values():
        if found := shutil.which(tool):  # desktops without these look for themselves
            with suppress(OSError, subprocess.TimeoutExpired):
                command = [found, str(folder / _TOLD.get(place, place))]
                subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
    return folder / PLACES["vitprune.desktop"][0] / "vitprune.desktop"


def program() -> str:
    """What starts this application again, as the value of Exec."""
    command = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "vitprune_gui"]
    return " ".join(map(_quoted, command))


def _quoted(word: str) -> str:
    if not re.search(r"[^\w./+-]", word):
        return word
    escaped = re.sub(r'(["`$\\])', r"\\\1", word.replace("%", "%%"))
    return '"' + escaped.replace("\\", "\\\\") + '"'  # a backslash is one for the value, and one for the command
