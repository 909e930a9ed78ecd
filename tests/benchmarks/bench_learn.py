"""How soon the pages of the Learn tab show an image that is dropped on the window, and what is clicked.

    xvfb-run -a -s '-screen 0 1920x1080x24' .venv/bin/python -m tests.benchmarks.bench_learn \\
        --model WEIGHTS --architecture NAME --model-args NAME=VALUE,... --images FOLDER

Without --model it takes the sample. Another image is dropped each time; with the first one a page makes its charts too.
"drop" is the time from the drop to the first picture of that image, "whole" until nothing is computed any more (the
prediction, and what a page measures later), "click" from the mouse button to the last thing painted. In seconds and
milliseconds. The targets are 1 s for a drop and 50 ms for a click. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, product
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from vitprune.images import SUFFIXES
from vitprune_gui import theme
from vitprune_gui.app import Shell, build
from vitprune_gui.charts.cells import CellChart
from vitprune_gui.learn.subject import COMPONENT
from vitprune_gui.learn.view import LearnView
from vitprune_gui.requests import SAMPLE
from vitprune_gui.settings import Settings
from vitprune_gui.views.open_dialogs import parse_arguments

CLICKS = 20
REST = 0.06  # seconds without painting, after which a click is over
LONGEST = 120.0


class Painted(QObject):
    """When something was painted last, in what it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            self.seen = True
        return False


class Bench:
    def __init__(self, shell: Shell, images: list[Path]) -> None:
        self.shell, self.window = shell, shell.window
        view = shell.window.view("learn")
        assert isinstance(view, LearnView)
        self.view, self.learn = view, view.learn
        self.images = cycle(images)
        self.painted = Painted()
        QApplication.instance().installEventFilter(self.painted)  # pyright: ignore[reportOptionalMemberAccess]

    def rest(self) -> None:
        wait(lambda: self.shell.idle)
        for _ in range(20):
            QApplication.processEvents()
            time.sleep(0.005)

    def drop(self) -> tuple[float, float]:
        """From the drop to the first picture, and to the end of all work."""
        path = str(next(self.images).absolute())
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(path)])
        where, buttons = QPointF(self.window.rect().center()), Qt.MouseButton.LeftButton
        event = QDropEvent(where, Qt.DropAction.CopyAction, data, buttons, Qt.KeyboardModifier.NoModifier)
        began = time.perf_counter()
        self.window.dropEvent(event)
        page = self.view.page
        wait(lambda: page.ready and page.drawn[0].source == path)
        for chart in page.exported:
            chart.repaint()
        page.repaint()
        first = time.perf_counter() - began
        wait(lambda: self.shell.idle and self.learn.source == path)
        return first, time.perf_counter() - began

    def ask(self) -> None:
        """What a page measures only when people want it, where it has not been."""
        button = getattr(self.view.page, "ask", None)
        if button is not None and button.isVisible():
            button.click()
            self.rest()

    def _act(self, act: Callable[[], object]) -> float:
        self._quiet(time.perf_counter())
        self.painted.seen = False
        began = time.perf_counter()
        act()
        return self._quiet(began) - began

    def click(self, viewport: QWidget, place: QPoint) -> float:
        QTest.mouseMove(viewport, place)
        return self._act(partial(QTest.mouseClick, viewport, Qt.MouseButton.LeftButton, pos=place))

    def _quiet(self, since: float) -> float:
        """When it was painted last."""
        last = since
        while True:
            QApplication.processEvents()
            if self.painted.seen:
                last, self.painted.seen = time.perf_counter(), False
            elif time.perf_counter() > last + REST:
                return last

    def clicks(self) -> list[float]:
        """On the page of all heads a click opens another page, so there it is the arrow keys that choose."""
        page: Any = self.view.page
        if page.name == "layers":
            keys = cycle((Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left))
            return [self._act(partial(QTest.keyClick, page.by_depth, next(keys))) for _ in range(CLICKS)]
        places = cycle(list(self._places()))
        return [self.click(*next(places)) for _ in range(CLICKS)]

    def _places(self) -> Iterator[tuple[QWidget, QPoint]]:
        """Where a click chooses a patch."""
        page: Any = self.view.page
        chart = next(c for c in page.exported if isinstance(c, CellChart) and min(c.shape) > 1)
        points = [(column, row) for row, column in product(*map(range, chart.shape))]
        for x, y in points[:: max(1, len(points) // CLICKS)]:
            yield chart.widget.viewport(), chart.widget.mapFromScene(chart.box.mapViewToScene(QPointF(x, y)))


def wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + LONGEST
    while not until():
        if time.monotonic() > end:
            raise SystemExit("It did not come in time.")
        QApplication.processEvents()
        time.sleep(0.0005)


def measure(shell: Shell, model: str, architecture: str | None, model_args: str, images: str) -> None:
    commands, window = shell.commands, shell.window
    window.resize(1720, 1000)  # where no page has to be scrolled
    window.show()
    wait(lambda: window.complete and shell.idle)
    commands.open_model(model, architecture, parse_arguments(model_args))
    wait(lambda: shell.idle)
    commands.open_images(images)
    wait(lambda: shell.idle)
    data = shell.state.data
    if data is None or not data.paths:
        raise SystemExit("The model or its images cannot be opened.")
    folder = sample_images() if images == SAMPLE else Path(images)
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]
    bench = Bench(shell, files)
    window.tabs.turn_to("learn")
    bench.learn.set_level(COMPONENT)
    bench.rest()
    print(f"{shell.state.model.architecture if shell.state.model else ''}, {len(files)} images")
    print(f"{'page':12}{'first drop':>12}{'next drop':>12}{'whole':>12}{'click':>10}{'slowest':>10}")
    for name in bench.view.pages:
        bench.view.turn_to(name)
        first, _ = bench.drop()
        bench.rest()
        bench.ask()
        again, whole = bench.drop()
        bench.rest()
        bench.ask()  # where it took too long to be done for every image
        clicks = bench.clicks() if bench.view.page.ready else [float("nan")]
        print(
            f"{name:12}{first:10.2f} s{again:10.2f} s{whole:10.2f} s"
            f"{1000 * statistics.median(clicks):7.0f} ms{1000 * max(clicks):7.0f} ms"
        )


def sample_images() -> Path:
    from importlib.resources import files

    return Path(str(files("vitprune_resources") / "sample" / "test"))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default=SAMPLE)
    parser.add_argument("--architecture")
    parser.add_argument("--model-args", default="")
    parser.add_argument("--images", default=SAMPLE)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VITPRUNE_CONFIG_DIR"] = folder
        application = QApplication([])
        theme.apply(application)
        shell = build(Settings(Path(folder)))
        try:
            measure(shell, args.model, args.architecture, args.model_args, args.images)
        finally:
            shell.state.dirty = False
            shell.window.close()
            shell.close()
    sys.stdout.flush()
    os._exit(0)  # the interpreter would take the window apart in any order


if __name__ == "__main__":
    main()
