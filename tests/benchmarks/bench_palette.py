"""How long a key takes in the command palette: from the letter to the painted list.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/bench_palette.py [entries]

Prints milliseconds: the median, the 95th percentile and the longest, for the ranking alone and with the list.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from vitprune_gui.app import build
from vitprune_gui.ranking import Entry, Ranking
from vitprune_gui.settings import Settings

QUERIES = ("prune most", "go to frontier", "settings", "blocks.11.attn", "measure damage", "zzz")


def show(what: str, seconds: list[float]) -> None:
    middle, late = np.percentile(seconds, [50, 95]) * 1e3
    print(f"{what}: median {middle:.2f} ms, 95 % {late:.2f} ms, longest {max(seconds) * 1e3:.2f} ms")


def main(count: int) -> None:
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        shell = build(Settings(Path(folder)))
        shell.window.show()
        while not shell.window.complete:
            application.processEvents()
        palette = shell.window.palette_
        palette.open()
        known = [*palette._entries()]
        sites = [Entry(f"site {i}", f"blocks.{i // 2}.{('attn', 'mlp')[i % 2]}", lambda: None, words="layer", site=True)
                 for i in range(count - len(known))]  # fmt: skip
        palette._ranking = Ranking([*known, *sites])
        alone: list[float] = []
        whole: list[float] = []
        for query in QUERIES * 5:
            for end in range(1, len(query) + 1):
                start = time.perf_counter()
                palette._ranking.find(query[:end])
                alone.append(time.perf_counter() - start)
                start = time.perf_counter()
                palette.field.setText(query[:end])
                application.processEvents()
                whole.append(time.perf_counter() - start)
        show(f"{len(known) + len(sites)} entries, ranking", alone)
        show(f"{len(known) + len(sites)} entries, with the list", whole)
        shell.window._leaving = True
        shell.window.close()
        shell.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
