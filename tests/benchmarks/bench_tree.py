"""How fast the site tree is: the first paint of a large model, and a change of the metric that colours it.

    xvfb-run -a -s '-screen 0 1920x1080x24' .venv/bin/python tests/benchmarks/bench_tree.py [--blocks 48]

In a real window, with made scores. Run it on a machine that does nothing else. Exit status 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import builtins
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.gui import synthetic
from vitprune.scores import Scores
from vitprune_gui import theme
from vitprune_gui.views.architecture import ArchitectureView

FIRST_PAINT_MS, RECOLOUR_MS = 150, 30
ROUNDS = 15


class Painted(QObject):
    """Notes when a widget was painted last."""

    def __init__(self, widget: QObject) -> None:
        super().__init__()
        self.at = 0.0
        self._kept = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.at = time.perf_counter()
        return False


def until_painted(widget: Any, change: Callable[[], object]) -> float:
    """Milliseconds from the start of a change to the end of the paint that follows it."""
    watch = Painted(widget)
    started = time.perf_counter()
    change()
    while not watch.at:
        QApplication.processEvents()
    QApplication.processEvents()
    ended = time.perf_counter()
    widget.removeEventFilter(watch)
    return 1000 * (ended - started)


def fresh(blocks: int, scores: Scores) -> tuple[Any, Any]:
    state, commands = synthetic.analysed(blocks)
    state.scores = scores
    return state, commands


def say(name: str, values: list[float], limit: float | None) -> bool:
    worst, middle = max(values), statistics.median(values)
    told = "" if limit is None else f", limit {limit} ms: {'met' if worst <= limit else 'MISSED'}"
    print(f"{name}: median {middle:.1f} ms, maximum {worst:.1f} ms of {len(values)}{told}")
    return limit is None or worst <= limit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=48)
    blocks = parser.parse_args().blocks
    application = QApplication(sys.argv[:1])
    theme.apply(application)
    scores = synthetic.scores(synthetic.architecture(blocks))
    first, recolour, scroll, opened = [], [], [], []
    real_open = builtins.open

    def watched_open(*arguments: Any, **named: Any) -> Any:
        opened.append(arguments[0])
        return real_open(*arguments, **named)

    for round_ in range(ROUNDS + 1):  # the first one loads fonts and code, and is left out
        state, commands = fresh(blocks, scores)
        held: list[Any] = []

        def build(state: Any = state, commands: Any = commands, held: list[Any] = held) -> None:
            view = ArchitectureView(state, commands)
            view.resize(390, 900)
            view.show()
            held.append(view)

        started = time.perf_counter()
        build()
        view = held[0]
        took = 1000 * (time.perf_counter() - started) + until_painted(view.tree.viewport(), view.tree.viewport().update)
        if round_:
            first.append(took)
        for metric in ("norm_ratio", "block_influence", "cosine"):
            took = until_painted(view.tree.viewport(), lambda m=metric, s=state: setattr(s, "metric", m))
            if round_:
                recolour.append(took)
        bar = view.tree.verticalScrollBar()
        builtins.open = watched_open
        for place in range(0, bar.maximum() + 1, max(1, bar.maximum() // 10)):
            port = view.tree.viewport()
            took = until_painted(port, lambda p=place, b=bar, v=port: (b.setValue(p), v.update()))
            if round_:
                scroll.append(took)
        builtins.open = real_open
        view.close()
        view.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    print(f"{blocks} blocks, {len(synthetic.architecture(blocks).sites)} sites, {len(scores.tables)} scores")
    met = [
        say("first paint", first, FIRST_PAINT_MS),
        say("recolour", recolour, RECOLOUR_MS),
        say("scroll and paint", scroll, None),
    ]
    print(f"files opened while scrolling: {len(opened)}")
    return 0 if all(met) and not opened else 1


if __name__ == "__main__":
    sys.exit(main())
