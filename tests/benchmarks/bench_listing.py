"""How long a folder of sessions takes to list, for the first time and when nothing has changed since.

.venv/bin/python -m tests.benchmarks.bench_listing --sessions 200
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.core.session_examples import session
from vitprune import listing, sessions
from vitprune.sessions import door


def build(folder: Path, count: int, images: int) -> int:
    """Sessions of a model of 12 blocks, each another file, every tenth of them cut short; returns their bytes."""
    whole = session(images, 12)
    for number in range(count):
        path = folder / f"run-{number:04}.vitprune.h5"
        sessions.save(replace(whole, created=f"2026-01-01T00:00:{number % 60:02}+00:00"), path)
        if number % 10 == 9:
            path.write_bytes(path.read_bytes()[:-1000])
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the listing of a folder of sessions.")
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = build(folder, arguments.sessions, arguments.images)
        door._ours.clear()  # as if another program had written them
        print(f"{arguments.sessions} sessions, {size / 1e6:.0f} MB, {os.cpu_count()} processors")
        sessions.prepare()
        found: tuple[listing.Line, ...] = ()
        times: dict[str, list[float]] = {"first": [], "to the first line": [], "again": []}
        for _ in range(arguments.repeats):
            told: list[float] = []
            started = time.perf_counter()
            found = listing.scan(folder, tell=lambda _, told=told: told.append(time.perf_counter()))
            times["first"].append(time.perf_counter() - started)
            times["to the first line"].append(told[0] - started)
            started = time.perf_counter()
            again = listing.scan(folder, known={line.stamp: line for line in found})
            times["again"].append(time.perf_counter() - started)
            assert again == found
        bad = sum(line.summary is None for line in found)
        assert bad == arguments.sessions // 10
        for what, seconds in times.items():
            print(f"{what:<18} median {statistics.median(seconds):6.2f} s, slowest {max(seconds):6.2f} s")


if __name__ == "__main__":
    main()
