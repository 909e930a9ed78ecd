"""Sessions with odd names, on machines with other customs."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from tests.core.session_examples import difference, session
from tests.faults.test_session_files import python
from vitprune import sessions
from vitprune.cli import main

SAVED = session(4, 1)
NAMES = (
    "with a space.vitprune.h5",
    "100% of it #1?.h5",
    "a\nb.h5",
    "\x1b[31mred.h5",
    unicodedata.normalize("NFC", "é.h5"),
    unicodedata.normalize("NFD", "é.h5"),
    "🌲.h5",
    "‮5h.txt.h5",
    os.fsdecode(b"no \xff UTF-8.h5"),
    "-o",
    "~.h5",
    "$HOME.h5",
    "x" * 230 + ".h5",
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_will_do(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / name
    known = sessions.save(SAVED, path)
    assert os.listdir(tmp_path) == [name]
    assert difference(sessions.load(path), SAVED) == ""
    assert sessions.save(SAVED, path, expected=known) == known
    with pytest.raises(SystemExit) as ended:
        main(["check", str(path)])
    assert ended.value.code == 0
    assert "every checksum is right" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["check", "sessions", "compare"])
def test_what_files_say_of_themselves_is_shown_escaped(verb: str, tmp_path: Path) -> None:
    """Even where the terminal would obey it, or could not show it: by the real command."""
    paths = []
    for number in range(2):
        odd = replace(SAVED.model, source="\ud800\x1b[31mgone ‮der \udcff", class_names=("\x1b]0;", "b", "c"))
        paths.append(tmp_path / f"{number}.h5")
        sessions.save(replace(SAVED, model=odd, seconds=float(number)), paths[-1])
    arguments = {"check": [paths[0]], "sessions": [tmp_path], "compare": paths}[verb]
    child = python("from vitprune.cli import main; main()", verb, *map(str, arguments))
    out, complaints = child.communicate()
    assert (child.returncode, complaints) == (0, "")
    assert "".join(out.split("\n")).isprintable(), ascii(out)


def test_names_that_look_alike_are_two_files(tmp_path: Path) -> None:
    other = session(4, 1, seed=1)
    sessions.save(SAVED, tmp_path / unicodedata.normalize("NFC", "é.h5"))
    sessions.save(other, tmp_path / unicodedata.normalize("NFD", "é.h5"))
    if len(os.listdir(tmp_path)) == 1:
        pytest.skip("this file system takes them for one")
    assert difference(sessions.load(tmp_path / unicodedata.normalize("NFC", "é.h5")), SAVED) == ""


def test_neither_language_nor_time_zone_nor_clock_changes_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the order in which Python walks through sets."""
    code = (
        "import locale, sys; from pathlib import Path; from tests.core.session_examples import session\n"
        "from vitprune import sessions\n"
        "try: locale.setlocale(locale.LC_ALL, '')\n"
        "except locale.Error: pass\n"
        "sessions.save(session(4, 1), Path(sys.argv[1])); assert sessions.load(Path(sys.argv[1])).seconds == 12.25"
    )
    contents = set()
    for number, (language, zone) in enumerate((("C", "UTC"), ("de_DE.UTF-8", "Pacific/Chatham"))):
        for name, value in (("LC_ALL", language), ("LANG", language), ("TZ", zone), ("PYTHONHASHSEED", str(number))):
            monkeypatch.setenv(name, value)
        path = tmp_path / f"{number}.h5"
        child = python(code, str(path))
        assert child.communicate()[1] == ""
        os.utime(path, (0, 0))  # a file from before anybody's clock
        assert sessions.digest(path)
        contents.add(path.read_bytes())
    assert len(contents) == 1
