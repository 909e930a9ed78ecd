"""How late the event loop of the window is while a whole study runs, and what kept it.

    xvfb-run -a -s '-screen 0 1920x1080x24' .venv/bin/python -m tests.benchmarks.bench_responsiveness \\
        --model WEIGHTS --architecture NAME --model-args NAME=VALUE,... --images FOLDER --test FOLDER

Without --model it takes the sample. The targets are 33 ms for 95 % of the ticks and 150 ms for every one. With --use
the window is worked in meanwhile: tabs are turned, sites selected. With --seconds the study is cancelled after so long.
Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from types import FrameType

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from vitprune_gui import theme
from vitprune_gui.app import Shell, build
from vitprune_gui.collector import Collector
from vitprune_gui.requests import SAMPLE
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.studying import StudyForm
from vitprune_gui.views.main_window import TABS
from vitprune_gui.views.open_dialogs import FileDialogs, parse_arguments

TICK_MS = 10
LATE_MS = 33.0
WORST_MS = 150.0
SHOWN = 10
USE_EVERY_MS = 300


@dataclass
class Gap:
    """The time between two ticks, and where the window's thread was seen meanwhile."""

    ms: float
    stage: str
    seen: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        where = self.seen.most_common(1)[0][0] if self.seen else "not seen: no Python could run, or Qt itself worked"
        return f"{self.ms:7.1f} ms  during {self.stage or 'nothing'}: {where}"


class Watch:
    """Ticks on the window's thread. Another thread looks where it is whenever a tick is late."""

    def __init__(self, shell: Shell) -> None:
        self.gaps: list[Gap] = []
        self._shell = shell
        self._seen: Counter[str] = Counter()
        self._last = time.perf_counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(threading.get_ident(),), daemon=True)
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last = time.perf_counter()
        self._timer.start()
        self._thread.start()

    def stop(self) -> None:
        self._timer.stop()
        self._over.set()
        self._thread.join()

    def _tick(self) -> None:
        now = time.perf_counter()
        seen, self._seen = self._seen, Counter()
        running = next((job for job in self._shell.state.jobs if job.state == "running"), None)
        self.gaps.append(Gap(1000 * (now - self._last), running.stage if running else "", seen))
        self._last = now

    def _look(self, window: int) -> None:
        while not self._over.wait(TICK_MS / 2000):
            if 1000 * (time.perf_counter() - self._last) > LATE_MS / 2:
                self._seen[_where(sys._current_frames().get(window))] += 1


def _where(frame: FrameType | None) -> str:
    """The slot: the outermost function of the window's own, and the innermost one within it."""
    own: list[str] = []
    while frame is not None:
        code = frame.f_code
        if "vitprune" in code.co_filename:
            own.append(f"{Path(code.co_filename).stem}.{code.co_qualname}:{frame.f_lineno}")
        frame = frame.f_back
    own = [name for name in own if "bench_responsiveness" not in name]
    return f"{own[-1]} … {own[0]}" if len(own) > 1 else own[0] if own else "no slot of the window"


class Answers(FileDialogs):
    """Nobody is there to be asked."""

    path = ""

    def session_to_save(self, suggestion: str) -> str | None:
        return self.path


def wait(until: Callable[[], object]) -> None:
    while not until():
        QApplication.processEvents()
        time.sleep(0.0005)


def measure(
    model: str, architecture: str | None, model_args: str, images: str, test: str, folder: Path, form: StudyForm, *,
    use: bool = False, seconds: float = math.inf,
) -> list[Gap]:  # fmt: skip
    """The gaps while a study of these runs in a real window. The application has to be there."""
    settings = Settings(folder)
    dialogs = Answers(settings, AppState())
    dialogs.path = str(folder / "study.vitprune.h5")
    shell = build(settings, dialogs=dialogs)
    state, commands, runner = shell.state, shell.commands, shell.runner
    collector = Collector(lambda: shell.idle)
    try:
        shell.window.show()
        collector.start()
        wait(lambda: shell.window.complete)
        commands.open_model(model, architecture, parse_arguments(model_args))
        wait(lambda: runner.idle)
        commands.open_images(images)
        wait(lambda: runner.idle)
        commands.open_test_images(test)
        wait(lambda: runner.idle)
        if state.data is None or state.test_data is None or state.architecture is None:
            raise SystemExit("The model or its images cannot be opened.")
        watch = Watch(shell)
        tabs = cycle(TABS)
        sites = cycle(site.id for site in state.architecture.sites)

        def work() -> None:
            commands.tab_wanted.emit(next(tabs))
            commands.select_site(next(sites))

        hand = QTimer()
        hand.setInterval(USE_EVERY_MS)
        hand.timeout.connect(work)
        commands.start_study(form)
        watch.start()
        if use:
            hand.start()
        end = time.monotonic() + seconds
        wait(lambda: runner.idle or time.monotonic() > end)
        commands.cancel_jobs()
        wait(lambda: runner.idle)
        hand.stop()
        watch.stop()
        return watch.gaps
    finally:
        collector.stop()
        state.dirty = False
        shell.window.close()
        if not shell.close():
            raise SystemExit("The worker did not end.")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default=SAMPLE)
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", default="")
    parser.add_argument("--images", default=SAMPLE)
    parser.add_argument("--test", default=SAMPLE)
    parser.add_argument("--remove", default="2,4,8")
    parser.add_argument("--methods", default="", help="all that fit, unless some are named")
    parser.add_argument("--most-images", type=int, default=None)
    parser.add_argument("--use", action="store_true")
    parser.add_argument("--seconds", type=float, default=math.inf)
    args = parser.parse_args()
    removed = tuple(int(part) for part in args.remove.split(","))
    methods = tuple(filter(None, args.methods.split(","))) or None
    form = StudyForm(methods, removed, ("none", "linear"), "sublayer", "model", speed=False, images=args.most_images)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VITPRUNE_CONFIG_DIR"] = folder
        application = QApplication([])
        theme.apply(application)
        gaps = measure(
            args.model, args.architecture, args.model_args, args.images, args.test, Path(folder), form,
            use=args.use, seconds=args.seconds,
        )  # fmt: skip
    ms = np.array([gap.ms for gap in gaps])
    late, worst = int((ms > LATE_MS).sum()), int((ms > WORST_MS).sum())
    print(
        f"{len(ms):,} ticks of {TICK_MS} ms in {ms.sum() / 1000:.0f} s: median {np.median(ms):.1f} ms, "
        f"95 % {np.percentile(ms, 95):.1f} ms (target {LATE_MS:.0f}), largest {ms.max():.1f} ms "
        f"(target {WORST_MS:.0f}); {late:,} above {LATE_MS:.0f} ms, {worst:,} above {WORST_MS:.0f} ms"
    )
    for gap in sorted(gaps, key=lambda gap: -gap.ms)[:SHOWN]:
        print(gap)


if __name__ == "__main__":
    main()
