"""The short versions of the campaigns of tests/benchmarks that open windows."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from tests.benchmarks.close_while_working import JOBS, ROOT, Run, run

OFFSCREEN = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


@pytest.mark.parametrize(("job", "delay"), [("open", 1500), ("measure_damage", 300)])
def test_closing_at_any_moment(job: str, delay: int) -> None:
    few = files("vitprune_resources") / "sample"
    found = run(job, delay, OFFSCREEN, str(few / "calibration" / "bag"), str(few / "test" / "bag"))
    assert (found.status, found.stderr) == (0, ""), found
    assert found.closed_s < 30, "of a machine that may be busy; the campaign asks for less"
    assert job in JOBS


def test_what_is_wrong_with_a_run_is_seen() -> None:
    assert not Run("open", 0, 0, 9.0, "").good
    assert not Run("open", 0, 3, 1.0, "").good
    assert not Run("open", 0, 0, 1.0, "QThread: Destroyed").good
    assert Run("open", 0, 0, 1.0, "").good


CYCLES = """
import os, sys, tempfile
from pathlib import Path
from PySide6.QtWidgets import QApplication
from tests.benchmarks.open_cycles import cycle
application = QApplication([])
found = [cycle(Path(sys.argv[1]), images=sys.argv[2]) for _ in range(3)]
assert {after.hooks for after in found} == {0}, found
assert found[-1].threads <= found[-2].threads, found
assert found[-1].handles <= found[-2].handles, found
assert found[-1].widgets <= found[-2].widgets, found
assert found[-1].objects <= found[-2].objects + 100, found
print("good")
"""


def test_a_window_that_is_closed_leaves_nothing(tmp_path: Path) -> None:
    few = files("vitprune_resources") / "sample" / "calibration" / "bag"
    paths = os.pathsep.join(map(str, (ROOT / "core", ROOT / "resources", ROOT)))
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", CYCLES, str(tmp_path), str(few)],
        capture_output=True,
        text=True,
        timeout=170,
        env={**OFFSCREEN, "PYTHONPATH": paths, "VITPRUNE_CONFIG_DIR": str(tmp_path)},
        check=False,
    )
    assert done.stdout.strip() == "good", done.stdout + done.stderr
