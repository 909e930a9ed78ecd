"""Windows killed by the hundred, and what keeping their work costs the one that is not killed.

    .venv/bin/python -m tests.benchmarks.kill_windows --runs 200 --pairs 100 --images 2000

Each run starts one window, or two on the same file, that edit, get results and save without a pause, and kills them at
a random moment. `tests.faults.killing` says what must be found then; where it is not, that run is printed and counted.
With `QT_QPA_PLATFORM=xcb` under xvfb-run the windows are real ones. The times are of this machine, which should do
nothing else.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.faults import killing

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TICK_MS = 10
_windows: list[Any] = []  # kept: a thread must not be the one that collects the garbage of a closed window


def campaign(runs: int, names: str, seed: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    for number in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            try:
                remains = killing.killed_at_random(Path(folder), seed + number, names=names, longest=4.0 * len(names))
            except AssertionError as error:
                counts["WRONG"] += 1
                print(f"{names} {seed + number}: {error}", flush=True)
                continue
        counts["killed"] += len(names)
        counts["offered"] += len(remains.offered)
        counts["with nothing to offer"] += not remains.offered
        counts["with a file that was saved"] += remains.file != "A0"
        counts.update(remains.told)
    return counts


def soon(folder: Path, times: int) -> list[float]:
    """Seconds from an edit, after which nothing else happens, to the file that has it."""
    os.environ["VITPRUNE_CONFIG_DIR"] = str(folder / "config")
    killing.prepared(folder)
    window, application = _window(killing.file_in(folder))
    seconds = []
    for number in range(1, times + 1):
        plan, begun = killing.plan_of("A", number), time.perf_counter()
        window.commands.use_plan(plan, "Edit")
        found: list[bool] = []
        window.saver.finished.connect(lambda _, found=found: found.append(True))
        while not found:
            application.processEvents()
            time.sleep(0.001)
        seconds.append(time.perf_counter() - begun)
    window.recovery.let_go()
    window.close()
    return seconds


def gaps(folder: Path, images: int) -> tuple[float, int, list[float], list[float]]:
    """Of a session with so many images: seconds to keep it, its bytes, and by how many milliseconds ticks of the window
    came late, first while nothing happened, then while it was kept again and again."""
    from PySide6.QtCore import QTimer

    from vitprune import sessions
    from vitprune_gui import recovery
    from vitprune_gui.settings import unsaved_folder

    os.environ["VITPRUNE_CONFIG_DIR"] = str(folder / "config")
    path = folder / "large.vitprune.h5"
    sessions.save(replace(killing.session(images, 12), study=None, trials=()), path)
    window, application = _window(path)
    recovery.SETTLE = recovery.SHARE = 0
    window.commands.toggle_site("blocks.3.mlp")
    while not window.saver.idle:
        application.processEvents()
    ticks: list[float] = []
    timer = QTimer()
    timer.setInterval(TICK_MS)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start()
    late: list[list[float]] = []
    taken: list[float] = []
    for busy in (False, True):
        ticks.clear()
        end = time.perf_counter() + 10
        begun: float | None = None
        done: list[float] = []
        window.saver.finished.connect(lambda _, done=done: done.append(time.perf_counter()))
        while time.perf_counter() < end:
            application.processEvents()
            time.sleep(0.0005)
            if busy and begun is None:
                begun = time.perf_counter()
                done.clear()
                window.commands.keeping.results_changed.emit()  # no edit: painting one takes time of its own
            elif begun is not None and done:
                taken.append(done[0] - begun)
                begun = None
        late.append([1000 * (b - a) - TICK_MS for a, b in itertools.pairwise(ticks)])
    size = sum(file.stat().st_size for file in unsaved_folder().rglob("*.vitprune.h5"))
    window.recovery.let_go()
    window.close()
    return statistics.median(taken), size, late[0], late[1]


def _window(path: Path) -> tuple[Any, Any]:
    from PySide6.QtWidgets import QApplication

    from vitprune_gui.app import build
    from vitprune_gui.requests import Engine
    from vitprune_gui.settings import Settings, config_folder

    application = QApplication.instance() or QApplication(["vitprune"])
    config_folder().mkdir(parents=True, exist_ok=True)
    shell = build(Settings(config_folder()), make_engine=Engine)
    _windows.append(shell)
    shell.window.show()
    shell.commands.open_session(path)
    while shell.state.session_path is None or not shell.idle or not shell.window.complete:
        application.processEvents()
        time.sleep(0.001)
    return shell, application


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="windows that are alone with their file")
    parser.add_argument("--pairs", type=int, default=50, help="pairs of windows on one file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--images", type=int, default=2000, help="of the session whose keeping is timed; 0: none")
    asked = parser.parse_args()
    wrong = 0
    for names, runs in (("A", asked.runs), ("AB", asked.pairs)):
        counts = campaign(runs, names, asked.seed)
        wrong += counts["WRONG"]
        print(f"{runs} runs of {len(names)} window(s):", ", ".join(f"{n} {what}" for what, n in counts.items()))
    if asked.images:
        with tempfile.TemporaryDirectory() as folder:
            seconds = soon(Path(folder) / "soon", 10)
            print(f"an edit is on disk after {statistics.median(seconds):.2f} s (most {max(seconds):.2f} s)")
            taken, size, idle, busy = gaps(Path(folder), asked.images)
            print(f"a session of {asked.images} images, {size / 1e6:.1f} MB, is kept in {taken:.2f} s")
            for what, late in (("nothing", idle), ("keeping", busy)):
                late.sort()
                high = late[int(0.99 * len(late))]
                print(f"ticks late during {what}: 99 % below {high:.0f} ms, worst {late[-1]:.0f} ms of {len(late)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
