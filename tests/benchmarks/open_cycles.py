"""Opens the window, analyses, and closes it again, many times in one process: what does every time leave behind?

xvfb-run -a .venv/bin/python -m tests.benchmarks.open_cycles --cycles 100
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.core.small_models import hooks_of
from vitprune_gui.app import build
from vitprune_gui.requests import SAMPLE, Engine
from vitprune_gui.settings import Settings

WARM = 5  # cycles before what is loaded once is loaded


@dataclass(frozen=True)
class After:
    """What there is after a cycle. `hooks` are those on the model before the window was closed, `objects` those that
    Python's collector knows."""

    threads: int
    handles: int
    hooks: int
    widgets: int
    objects: int
    memory: int


def wait(until: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            raise TimeoutError
        QApplication.processEvents()
        time.sleep(0.001)


def cycle(folder: Path, source: str = SAMPLE, images: str = SAMPLE) -> After:
    """One window: opened, worked in, closed. The application has to be there."""
    hooks = _work(folder, source, images)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
    process = psutil.Process()
    handles = process.num_handles() if sys.platform == "win32" else process.num_fds()
    widgets, objects = len(QApplication.allWidgets()), len(gc.get_objects())
    return After(process.num_threads(), handles, hooks, widgets, objects, process.memory_info().rss)


def _work(folder: Path, source: str, images: str) -> int:
    """All of a window's life; the number of hooks that are left on the model."""
    engines: list[Engine] = []

    def make() -> Engine:
        engines.append(Engine())
        return engines[-1]

    shell = build(Settings(folder), make_engine=make)
    state, commands = shell.state, shell.commands
    shell.window.show()
    wait(lambda: shell.window.complete)
    commands.open_model(source)
    wait(lambda: state.model is not None and shell.idle)
    commands.open_images(images)
    wait(lambda: state.data is not None and shell.idle)
    commands.analyze()
    wait(lambda: state.scores is not None and shell.idle)
    model = engines[0]._model
    assert model is not None
    hooks = hooks_of(model.module)
    engines.clear()
    shell.window._leaving = True  # nobody is there to be asked what is to become of the scores
    shell.window.close()
    if not shell.close():
        raise SystemExit("A thread did not end.")
    shell.window.deleteLater()
    return hooks


def slope(found: Sequence[After], name: str) -> float:
    """By how much a figure grows a cycle, after the first few."""
    values = [getattr(after, name) for after in found[min(WARM, len(found) // 2) :]]
    return float(np.polyfit(np.arange(len(values)), values, 1)[0]) if len(values) > 1 else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cycles", type=int, default=100)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VITPRUNE_CONFIG_DIR"] = folder
        application = QApplication([])
        found = []
        for number in range(args.cycles):
            found.append(cycle(Path(folder)))
            if number % 10 == 0:
                print(number, found[-1], flush=True)
        del application
    for name in ("threads", "handles", "hooks", "widgets", "objects"):
        values = [getattr(after, name) for after in found]
        print(f"{name}: {values[min(WARM, len(values) - 1)]} then {values[-1]}, {slope(found, name):+.3f} a cycle")
    first, last = found[min(WARM, len(found) - 1)].memory, found[-1].memory
    print(
        f"memory: {first / 2**20:.0f} MiB then {last / 2**20:.0f} MiB, {slope(found, 'memory') / 1024:+.0f} KiB a cycle"
    )


if __name__ == "__main__":
    main()
