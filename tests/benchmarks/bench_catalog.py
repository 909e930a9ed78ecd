"""How fast the list of models is: from a key in the search box to the painted table, and from the start to the list.

    xvfb-run -a .venv/bin/python tests/benchmarks/bench_catalog.py

Run it on a machine that does nothing else.
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
from functools import partial
from pathlib import Path

import psutil
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from vitprune_gui import theme
from vitprune_gui.app import build
from vitprune_gui.item_models.catalog_model import Column
from vitprune_gui.settings import Settings
from vitprune_gui.views.model_browser import ModelBrowser

PHRASES = ("vit base dinov2", "swin tiny in21k", "ViT-B/16 mae", "zzzz")
ROUNDS = 5
START = """
import os, sys, threading, time, psutil
from PySide6.QtCore import QTimer
from vitprune_gui import app, __main__
build = app.build
def built(*arguments, **options):
    shell = build(*arguments, **options)
    timer = QTimer(shell.window)
    def look():
        view = shell.window._views.get("models")
        if view is not None and view.table.isVisible() and view.model.rowCount():
            view.table.viewport().repaint()
            age = time.time() - psutil.Process().create_time()
            print(f"list after {age:.2f} s, torch imported: {'torch' in sys.modules}", flush=True)
            timer.stop()
            shell.window._leaving = True
            shell.window.close()
    timer.timeout.connect(look)
    timer.start(10)
    return shell
app.build = built
sys.exit(__main__.main([]))
"""


class Painted(QObject):
    """Counts how often the table was painted."""

    def __init__(self, view: ModelBrowser) -> None:
        super().__init__(view)
        self.count = 0
        view.table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def milliseconds(of: Callable[[], object]) -> float:
    started = time.perf_counter()
    of()
    return 1000 * (time.perf_counter() - started)


def told(name: str, values: list[float]) -> None:
    values = sorted(values)
    high = values[int(0.95 * (len(values) - 1))]
    print(
        f"{name}: median {statistics.median(values):.1f} ms, 95 % {high:.1f} ms, largest {values[-1]:.1f} ms "
        f"of {len(values)}",
        flush=True,
    )


def typed(view: ModelBrowser) -> tuple[list[float], list[float]]:
    """Milliseconds of every key that is typed, and of every one that is taken back."""
    forth: list[float] = []
    back: list[float] = []

    painted = Painted(view)

    def press(key: str | Qt.Key) -> None:
        painted.count, before = 0, view.model.shown
        QTest.keyClick(view.search, key)  # pyright: ignore[reportCallIssue, reportArgumentType]
        QApplication.processEvents()
        assert painted.count or view.model.shown is before or not view.table.isVisible()

    for phrase in PHRASES * ROUNDS:
        forth += [milliseconds(partial(press, letter)) for letter in phrase]
        back += [milliseconds(partial(press, Qt.Key.Key_Backspace)) for _ in phrase]
    return forth, back


def sorted_by_all(view: ModelBrowser) -> list[float]:
    orders = [(column, order) for order in Qt.SortOrder for column in Column]
    return [milliseconds(partial(view.table.sortByColumn, *order)) for order in orders]


def scroll(view: ModelBrowser, row: int) -> None:
    view.table.scrollTo(view.model.index(row, 0))
    view.table.viewport().repaint()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--starts", type=int, default=5)
    args = parser.parse_args()

    for _ in range(args.starts):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "VITPRUNE_CONFIG_DIR": folder}
            subprocess.run([sys.executable, "-c", START], env=environment, check=True)

    with tempfile.TemporaryDirectory() as folder:
        os.environ["VITPRUNE_CONFIG_DIR"] = folder
        application = QApplication([])
        theme.apply(application)
        shell = build(Settings(Path(folder)))
        shell.window.show()
        while not shell.window.complete:
            application.processEvents()
        shell.commands.refresh_catalog()
        while not (shell.state.catalog and shell.idle):
            application.processEvents()
            time.sleep(0.001)
        dock = shell.window.view("models")
        assert isinstance(dock, ModelBrowser)
        dock.browse()
        assert dock.dialog is not None
        for name, view in (("dock", dock), ("dialog", dock.dialog.browser)):
            view.table.selectRow(40)
            application.processEvents()
            forth, back = typed(view)
            told(f"{name}, {len(view.model.rows):,} models, a key", forth)
            told(f"{name}, a key taken back", back)
            told(f"{name}, another order", sorted_by_all(view))
            rows = range(0, view.model.rowCount(), 60)
            told(f"{name}, a scroll", [milliseconds(partial(scroll, view, row)) for row in rows])
        print(f"memory: {psutil.Process().memory_info().rss / 2**20:.0f} MiB, torch imported: {'torch' in sys.modules}")
        dock.dialog.close()
        shell.window.close()
        if not shell.close():
            raise SystemExit("The worker did not end.")


if __name__ == "__main__":
    main()
