"""The entry in the menu of a Linux desktop."""

from __future__ import annotations

import configparser
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from vitprune_gui import desktop_entry


def entry(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign]
    parser.read(path, encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_entry_starts_this_application_and_shows_its_icon(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vitprune_gui", "--install-desktop-entry"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_DATA_HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    written = Path(done.stdout.strip())
    assert written == tmp_path / "applications" / "vitprune.desktop"
    program, *arguments = shlex.split(entry(written)["Exec"])
    assert arguments == ["-m", "vitprune_gui", "%f"]
    version = subprocess.run(
        [program, *arguments[:-1], "--version"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert version.stdout.startswith("ViTPrune ")
    icon = ElementTree.parse(tmp_path / "icons/hicolor/scalable/apps" / (entry(written)["Icon"] + ".svg"))
    assert icon.getroot().tag.endswith("svg")
    types = ElementTree.parse(tmp_path / "mime/packages/vitprune.xml")
    assert f"{types.getroot()[0].attrib['type']};" == entry(written)["MimeType"]


@pytest.mark.parametrize("name", ["plain", "with space", 'a"quote', "dollar$HOME", "back\\slash", "per%cent", "tick`"])
def test_any_path_of_the_interpreter_is_quoted(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value has its escapes undone first, then the command's: what a shell does to the rest."""
    path = str(tmp_path / name)
    monkeypatch.setattr(sys, "executable", path)
    value = desktop_entry.program().replace("\\\\", "\\")
    words = subprocess.run(["sh", "-c", f"printf '%s\\n' {value}"], capture_output=True, text=True, check=True).stdout
    assert words.splitlines()[0].replace("%%", "%") == path


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "file"))
    with pytest.raises(desktop_entry.SaveDenied, match="menu entry"):
        desktop_entry.install()
