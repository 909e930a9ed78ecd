"""Settings outlive a run; broken ones do not stop the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QApplication

from vitprune_gui.settings import Settings, config_folder, log_folder


def test_what_is_kept_comes_back(config_dir: Path, qapp: QApplication) -> None:
    first = Settings(config_dir)
    first.theme = "dark"
    first.keep_folder("images", "/pictures/ä, b")
    for source in ("a", "b,c", "a"):
        first.add_recent(source)
    first.keep_window(QByteArray(b"\x00\x01geometry"), QByteArray(b"\xfflayout"))
    second = Settings(config_dir)
    assert second.set_aside is None
    assert second.theme == "dark"
    assert second.folder("images") == "/pictures/ä, b"
    assert second.recent == ("a", "b,c")
    assert second.geometry() == QByteArray(b"\x00\x01geometry")
    assert second.layout() == QByteArray(b"\xfflayout")


def test_only_the_latest_are_remembered(config_dir: Path, qapp: QApplication) -> None:
    settings = Settings(config_dir)
    for i in range(30):
        settings.add_recent(str(i))
    assert settings.recent[0] == "29"
    assert len(settings.recent) == 10
    settings.clear_recent()
    assert Settings(config_dir).recent == ()


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"just some words\n",
        b"[window]\ntheme=\xff\xfe",
        b"[a]\n\0\0=\0",
    ],
    ids=["picture", "prose", "bytes", "zeros"],
)
def test_broken_file_is_set_aside(config_dir: Path, qapp: QApplication, content: bytes) -> None:
    (config_dir / "settings.ini").write_bytes(content)
    settings = Settings(config_dir)
    assert settings.set_aside is not None
    assert settings.set_aside.read_bytes() == content
    assert settings.theme == "system"
    settings.theme = "light"
    assert Settings(config_dir).theme == "light"


def test_values_of_the_wrong_kind_are_defaults(config_dir: Path, qapp: QApplication) -> None:
    (config_dir / "settings.ini").write_text(
        "[window]\ntheme=purple\ngeometry=7\nlayout=no\n[recent]\nopened=@Invalid()\n[folders]\nimages=a, b\n"
    )
    settings = Settings(config_dir)
    assert settings.theme == "system"
    assert settings.geometry().isEmpty()
    assert settings.layout().isEmpty()
    assert settings.recent == ()
    assert settings.folder("images") == ""


def test_folders_follow_the_environment(config_dir: Path) -> None:
    assert config_folder() == config_dir
    assert log_folder() == config_dir / "logs"
