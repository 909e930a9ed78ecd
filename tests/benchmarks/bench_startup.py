"""How soon the window is there: its first frame and the list of models, beside a bare window of Qt and beside napari.

    xvfb-run -a -s '-screen 0 1920x1080x24' .venv/bin/python tests/benchmarks/bench_startup.py [--starts 9]
        [--napari PYTHON]

The programs take turns, so that what slows the machine down slows all of them. `--napari` names the Python of an
environment of its own with napari[pyqt6] in it; without one it is left out. Times are from the start of the process to
the moment in question as the process itself sees it, median and quartiles. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 120

# Each prints lines of a name and a time.time(); the last of them is "end".
BARE = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, done)
def done():
    print("first frame", time.time(), flush=True)
    print("end", time.time(), flush=True)
application = QApplication([])
window = Window()
window.resize(1440, 900)
window.show()
application.exec()
"""
OURS = """
import sys, time
from vitprune_gui import app
from vitprune_gui.__main__ import parse
build = app.build
def watched(*args, **kwargs):
    shell = build(*args, **kwargs)
    told = set()
    def tell(name):
        if name not in told:
            told.add(name)
            print(name, time.time(), flush=True)
        if {"models listed", "every view built"} <= told and "end" not in told:
            tell("end")
    shell.window.painted.connect(lambda: tell("first frame"))
    shell.state.catalog_changed.connect(lambda entries: entries and tell("models listed"))
    shell.window.built.connect(lambda: tell("every view built"))
    return shell
app.build = watched
sys.exit(app.run(parse([])))
"""
NAPARI = """
import time
import napari
from qtpy.QtCore import QTimer
viewer = napari.Viewer()
def done():
    print("first frame", time.time(), flush=True)
    print("end", time.time(), flush=True)
QTimer.singleShot(0, done)
napari.run()
"""


def start(python: str, code: str) -> dict[str, float]:
    """Seconds from the start of the process to what it tells of."""
    paths = os.pathsep.join(str(ROOT / part) for part in ("core", "resources", "."))
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "VITPRUNE_CONFIG_DIR": folder}
        environment |= {"PYTHONPATH": paths} if python == sys.executable else {}
        began = time.time()
        process = subprocess.Popen([python, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
        found: dict[str, float] = {}
        try:
            assert process.stdout is not None
            for line in process.stdout:
                name, _, at = line.strip().rpartition(" ")
                try:
                    found[name] = float(at) - began
                except ValueError:
                    continue
                if name == "end" or time.time() - began > PATIENCE:
                    break
        finally:
            process.terminate()
            process.wait(PATIENCE)
    if "end" not in found:
        raise SystemExit(f"{python} did not get to its window.")
    del found["end"]
    return found


def measure(programs: dict[str, Callable[[], dict[str, float]]], starts: int) -> dict[tuple[str, str], list[float]]:
    """Each once before it counts, to fill the cache of files; then in turns."""
    for program in programs.values():
        program()
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(starts):
        for name, program in programs.items():
            for what, seconds in program().items():
                times.setdefault((name, what), []).append(seconds)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--napari", metavar="PYTHON", help="of an environment with napari in it")
    arguments = parser.parse_args()
    if arguments.starts < 7:
        parser.error("fewer than 7 starts say little")
    programs = {"bare window": lambda: start(sys.executable, BARE), "ViTPrune": lambda: start(sys.executable, OURS)}
    if arguments.napari:
        programs["napari"] = lambda: start(arguments.napari, NAPARI)
    times = measure(programs, arguments.starts)
    print(f"{arguments.starts} starts each, in turns, {os.cpu_count()} cores; seconds: median (quartiles), least")
    for (name, what), values in times.items():
        low, middle, high = statistics.quantiles(values, n=4)
        print(f"{name:12} {what:18} {middle:6.2f} ({low:.2f} to {high:.2f}), {min(values):.2f}")


if __name__ == "__main__":
    main()
