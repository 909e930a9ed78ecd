"""How fast the window is: its first paint, its event loop while the engine works, and how soon Cancel stops it.

    xvfb-run -a .venv/bin/python tests/benchmarks/bench_window.py --model WEIGHTS --architecture NAME \\
        --model-args NAME=VALUE,... --images FOLDER

Without --model it takes the sample. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from vitprune_gui import theme
from vitprune_gui.app import Shell, build
from vitprune_gui.requests import SAMPLE
from vitprune_gui.settings import Settings
from vitprune_gui.views.open_dialogs import parse_arguments

STARTS = 7
TICK_MS = 20
CANCEL_AT = (0.05, 0.2, 0.4, 0.6, 0.8)  # of the images


def first_paint(starts: int) -> list[float]:
    """Seconds from the start of the process to the first frame. It is closed as soon as it has told."""
    code = "import sys; from vitprune_gui.__main__ import main; sys.exit(main(['--quit']))"
    seconds = []
    for _ in range(starts):
        with (
            tempfile.TemporaryDirectory() as folder,
            subprocess.Popen(
                [sys.executable, "-c", code],
                env={**os.environ, "VITPRUNE_PRINT_FIRST_PAINT": "1", "VITPRUNE_CONFIG_DIR": folder},
                stdout=subprocess.PIPE,
                text=True,
            ) as process,
        ):
            assert process.stdout is not None
            found = re.match(r"first paint after ([\d.]+) s", process.stdout.readline())
            process.terminate()
            process.wait()
        assert found
        seconds.append(float(found[1]))
    return seconds


class Loop:
    """The application, turned by hand, with a clock that notes how late the event loop is."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.gaps_ms: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps_ms.append(1000 * (now - self._last))
        self._last = now

    def measure(self) -> None:
        self.gaps_ms.clear()
        self._last = time.perf_counter()
        self._timer.start()
        self.wait(lambda: self._shell.runner.idle)
        self._timer.stop()

    def wait(self, until: Callable[[], object]) -> None:
        while not until():
            QApplication.processEvents()
            time.sleep(0.0005)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default=SAMPLE)
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", default="")
    parser.add_argument("--images", default=SAMPLE)
    parser.add_argument("--starts", type=int, default=STARTS)
    args = parser.parse_args()

    seconds = first_paint(args.starts)
    every = ", ".join(f"{s:.3f}" for s in seconds)
    print(f"first paint: median {statistics.median(seconds):.3f} s of {len(seconds)} starts ({every})", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        os.environ["VITPRUNE_CONFIG_DIR"] = folder
        application = QApplication([])
        theme.apply(application)
        shell = build(Settings(Path(folder)))
        loop, state, commands, runner = Loop(shell), shell.state, shell.commands, shell.runner
        shell.window.show()
        loop.wait(lambda: shell.window.complete)
        commands.open_model(args.model, args.architecture, parse_arguments(args.model_args))
        loop.wait(lambda: runner.idle)
        commands.open_images(args.images)
        loop.wait(lambda: runner.idle)
        if state.data is None:
            raise SystemExit("The model or its images cannot be opened.")

        # Cancelled ones first: a finished analysis is kept, and given again without work.
        for share in CANCEL_AT:
            commands.analyze()
            loop.wait(lambda at=share: runner.idle or state.jobs[0].done >= at * max(1, state.jobs[0].total) > 0)
            where = f"{state.jobs[0].done} of {state.jobs[0].total}"
            pressed = time.perf_counter()
            shell.window.actions_["cancel"].trigger()
            loop.wait(lambda: runner.idle)
            print(f"cancelled after {where} images: {1000 * (time.perf_counter() - pressed):.0f} ms", flush=True)

        commands.analyze()
        loop.measure()
        gaps = np.array(loop.gaps_ms)
        low, high = np.percentile(gaps, [50, 95])
        print(
            f"event loop during an analysis of {state.data.images} images, {len(gaps)} ticks of {TICK_MS} ms: "
            f"median {low:.1f} ms, 95 % {high:.1f} ms, largest {gaps.max():.1f} ms"
        )
        state.dirty = False
        shell.window.close()
        if not shell.close():
            raise SystemExit("The worker did not end.")


if __name__ == "__main__":
    main()
