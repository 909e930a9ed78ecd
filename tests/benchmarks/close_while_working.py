"""Closes the window at any moment while something is computed: it ends with 0, soon, and says nothing.

    .venv/bin/python -m tests.benchmarks.close_while_working --runs 200

One Xvfb serves all runs where there is one and no other display; each run is an application of its own. Ends with 1
where a run did anything else.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOBS = (
    "open",
    "analyze",
    "measure_damage",
    "evaluate",
    "start_search",
    "start_study",
    "prove_rewrites",
    "export_folder",
)
LIMIT_S = 5.0
SAMPLE = "sample"
LONGEST_S = 180.0
_NOISE = ("This plugin does not support",)

CHILD = """
import random, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from vitprune_gui.app import build
from vitprune_gui.choosing import SearchForm
from vitprune_gui.requests import Engine
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.studying import StudyForm
from vitprune_gui.views.open_dialogs import FileDialogs

folder, job, delay, images, test = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5]

class Answers(FileDialogs):
    def unsaved(self):
        return "discard"
    def stop_jobs(self, titles):
        return True
    def session_to_save(self, suggestion):
        return str(folder / "study.vitprune.h5")
    def export_folder(self):
        return str(folder / "exported")

application = QApplication(["vitprune"])
settings = Settings(folder)
shell = build(settings, dialogs=Answers(settings, AppState()), make_engine=Engine)
commands, window, started = shell.commands, shell.window, []

def close():
    print(f"closing {time.time()}", flush=True)
    window.close()

def work():
    if started or not shell.runner.idle or job == "open":
        return
    if shell.state.model is None:
        return
    if shell.state.data is None:
        commands.open_images(images)
    elif shell.state.test_data is None:
        commands.open_test_images(test)
    else:
        started.append(job)
        if job != "prove_rewrites":
            commands.remove_sites([shell.state.architecture.prunable[1].id])
        arguments = {
            "start_search": (SearchForm(3),),
            "start_study": (StudyForm(None, (2, 4), ("none", "linear"), "sublayer", "model", False),),
            "prove_rewrites": (None,),
        }
        getattr(commands, job)(*arguments.get(job, ()))
        print(f"working {job}", flush=True)
        QTimer.singleShot(delay, close)

timer = QTimer()
timer.setInterval(50)
timer.timeout.connect(work)
timer.start()
window.built.connect(lambda: commands.open_model("sample"))
window.show()
if job == "open":
    QTimer.singleShot(delay, close)
application.exec()
timer.stop()
sys.exit(0 if shell.close() else 3)
"""


@dataclass(frozen=True)
class Run:
    job: str
    delay_ms: int
    status: int
    closed_s: float
    stderr: str

    @property
    def good(self) -> bool:
        return self.status == 0 and self.closed_s <= LIMIT_S and not self.stderr


def run(job: str, delay_ms: int, environment: Mapping[str, str], images: str = SAMPLE, test: str = SAMPLE) -> Run:
    """One application: starts the job on these images, closes after the delay. `closed_s` is from the close to the
    end."""
    paths = os.pathsep.join(map(str, (ROOT / "core", ROOT / "resources", ROOT)))
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-X", "faulthandler", "-c", CHILD, folder, job, str(delay_ms), images, test],
                capture_output=True,
                text=True,
                timeout=LONGEST_S,
                env={**environment, "PYTHONPATH": paths, "VITPRUNE_CONFIG_DIR": folder},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            said = error.stderr.decode() if isinstance(error.stderr, bytes) else error.stderr
            return Run(job, delay_ms, -1, LONGEST_S, f"did not end. {said or ''}")
        ended = time.time()
    closing = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("closing ")]
    stderr = "\n".join(line for line in done.stderr.splitlines() if not any(noise in line for noise in _NOISE))
    closed = ended - closing[0] if closing else LONGEST_S
    return Run(job, delay_ms, done.returncode, closed, stderr if closing else f"It was never closed. {stderr}")


@contextmanager
def display() -> Iterator[dict[str, str]]:
    """The environment with a display: the one that there is, an Xvfb, or none that is seen."""
    environment = dict(os.environ)
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY") or not shutil.which("Xvfb"):
        environment.setdefault("QT_QPA_PLATFORM", "xcb" if environment.get("DISPLAY") else "offscreen")
        yield environment
        return
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as number:
            environment |= {"DISPLAY": f":{number.readline().strip()}", "QT_QPA_PLATFORM": "xcb"}
        try:
            yield environment
        finally:
            server.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    dice = random.Random(args.seed)
    found: list[Run] = []
    with display() as environment:
        for number in range(args.runs):
            job = JOBS[number % len(JOBS)]
            found.append(run(job, dice.randrange(6000 if job == "open" else 3000), environment))
            if not found[-1].good:
                print(found[-1], flush=True)
    bad = [one for one in found if not one.good]
    slowest = max(found, key=lambda one: one.closed_s)
    print(f"{len(found)} runs, {len(found) - len(bad)} good; by job: {dict(Counter(one.job for one in found))}")
    print(
        f"statuses: {dict(Counter(one.status for one in found))}; "
        f"with words on stderr: {sum(bool(one.stderr) for one in found)}"
    )
    print(
        f"slowest to close: {slowest.closed_s:.2f} s, {slowest.job} after {slowest.delay_ms} ms (limit {LIMIT_S:.0f} s)"
    )
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
