"""What a bug report should say of the program and the machine, and nothing that is nobody's business."""

from __future__ import annotations

import os
import platform
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QApplication

import vitprune
from vitprune_gui.crash import ErrorReport
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.errors import VitPruneError
    from vitprune_gui.state import AppState

PACKAGES = ("PySide6-Essentials", "torch", "torchvision", "timm", "h5py", "numpy", "pyqtgraph")
VARIABLES = (
    "CUDA_VISIBLE_DEVICES", "HF_HOME", "HF_HUB_OFFLINE", "HF_ENDPOINT", "MKL_NUM_THREADS", "OMP_NUM_THREADS",
    "PYTORCH_CUDA_ALLOC_CONF", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR", "TORCH_HOME", "VITPRUNE_CONFIG_DIR",
    "XDG_SESSION_TYPE",
)  # fmt: skip
SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
"""Of these it is told whether they are set, and no more."""
LINES = 40  # of the log


def system_info(state: AppState, folders: Mapping[str, Path]) -> str:
    """Versions, machine, folders and environment. Versions come from the packages' records: torch may not be loaded."""
    from importlib.metadata import PackageNotFoundError, version  # slow, and nobody asks before the first frame

    memory, own = psutil.virtual_memory(), psutil.Process()
    gib = 2**30
    lines = [
        f"ViTPrune {vitprune.__version__}",
        f"Python {platform.python_version()}, Qt {qVersion()}, {QApplication.platformName()}",
        platform.platform(),
        f"{psutil.cpu_count(logical=False)} cores, {memory.total / gib:.1f} GiB",
        f"memory: {memory.available / gib:.1f} GiB free, {own.memory_info().rss / gib:.2f} GiB used by ViTPrune, "
        f"{own.num_threads()} threads",
    ]
    for package in PACKAGES:
        try:
            lines.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            lines.append(f"{package}: not installed")
    environment = state.environment
    lines.append(f"torch is {'loaded' if 'torch' in sys.modules else 'not loaded yet'}")
    if environment is not None:
        lines.append(f"{environment.processor}, device {environment.device}, {environment.threads} threads for torch")
    if state.model is not None:
        lines.append(f"model: {state.model.architecture}, weights {state.model.weights_sha256[:16]}")
    lines += [f"{name}: {folder}" for name, folder in folders.items()]
    lines += [f"{name}={os.environ[name]}" for name in VARIABLES if name in os.environ]
    lines += [f"{name} is set" for name in SECRETS if os.environ.get(name)]
    return redacted("\n".join(lines))


def report(error: VitPruneError | ErrorReport, state: AppState, folders: Mapping[str, Path]) -> str:
    """All that helps to find out what happened, to copy into a bug report. The folder "logs" holds the log."""
    count = error.times if isinstance(error, ErrorReport) else 1
    times = tr("It has happened {times} times.", times=f"{count:,}") if count > 1 else ""
    what = "\n".join(filter(None, (f"{error.code}: {error.message}", times, error.details)))
    log = "\n".join(last_lines(folders["logs"] / "vitprune.log"))
    parts = [what.rstrip(), system_info(state, folders)]
    if log:
        parts.append("\n".join((tr("The log:"), log)))
    return redacted("\n\n".join(parts))


def last_lines(file: Path, count: int = LINES) -> tuple[str, ...]:
    """Of a log that this program writes, which is never large."""
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            return tuple(line.rstrip("\n") for line in deque(lines, count))
    except OSError:
        return ()


def redacted(text: str) -> str:
    """Without the user's name: the home folder is ~; and without a token that found its way in."""
    for name in SECRETS:
        if len(secret := os.environ.get(name, "")) >= 8:
            text = text.replace(secret, "***")
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 3 else text
