"""The window on the real engine: the sample, from an empty desk to a picture of its analysis."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[2]
WEIGHTS = Path(str(files("vitprune_resources") / "sample" / "model.safetensors"))


def _open(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = [ROOT / "core", WEIGHTS.parents[2], ROOT]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "QT_QPA_PLATFORM": "offscreen",
        "VITPRUNE_CONFIG_DIR": str(tmp_path),
    }
    return subprocess.run(
        [sys.executable, "-m", "vitprune_gui", *arguments],
        capture_output=True,
        text=True,
        timeout=170,
        env=environment,
        check=False,
    )


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the sample's weights are not in this checkout")
def test_sample_is_opened_analysed_and_pictured(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = _open(tmp_path, "--sample", "--screenshot", str(picture), "--quit")
    assert done.returncode == 0, done.stderr
    image = QImage(str(picture))
    assert image.width() >= 1000
    colours = {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert len(colours) > 50, "a chart in colours, not an empty window"
    log = (tmp_path / "logs" / "vitprune.log").read_text()
    assert "ERROR" not in log


def test_failure_is_the_exit_status(tmp_path: Path) -> None:
    done = _open(tmp_path, "no_such_model", "--quit")
    assert done.returncode == 1
    assert "no_such_model" in done.stderr
    assert "Traceback" not in done.stderr
