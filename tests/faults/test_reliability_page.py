"""docs/reliability.md says which test shows what: they are there, and every fault has one or says that it has none."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 80
    for file, test in named:
        assert re.search(rf"^ *def {test}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), (file, test)


def test_every_fault_has_a_test_or_says_that_there_is_none_yet() -> None:
    assert [int(row.split("|")[1]) for row in ROWS] == list(range(1, 45))
    for row in ROWS:
        assert row.count("|") == 5
        assert "::" in row or "not yet" in row, row


def test_every_command_of_the_page_is_a_script() -> None:
    scripts = re.findall(r"`python -m ([\w.]+)[^`]*`", PAGE)
    assert len(scripts) >= 4
    for script in scripts:
        assert (ROOT / (script.replace(".", "/") + ".py")).is_file(), script
