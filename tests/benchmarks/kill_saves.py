"""`kill -9` at random times during saves: is the file the whole old session, or the whole new one, byte for byte?

    python -m tests.benchmarks.kill_saves --kills 1000

A process saves two sessions in turn, first the one that is not there, each over what it knows to be there; one has
activations, which are copied from another file. It is killed after a random time, from nought to what three saves
take; then the file is looked at, and the next process begins with what it finds. Needs a system that can fork.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from tests.core.session_examples import session
from vitprune import sessions
from vitprune.results import Session

FILE = "run.vitprune.h5"
IMAGES, BLOCKS = 60, 6


@dataclass
class Found:
    """How often the file was which session, and a save had left something beside it: the new file, the lock."""

    files: Counter[str] = field(default_factory=Counter)
    parts: int = 0
    locks: int = 0
    save_ms: float = 0.0

    @property
    def wrong(self) -> int:
        return self.files["neither"]


def saver(target: Path, sources: Sequence[Path], known: Sequence[Session]) -> NoReturn:
    """Save one session, then the other, without end."""
    expected: str | None = None  # whatever the process before has left
    while True:
        for source, kept in zip(sources, known, strict=True):
            expected = sessions.save(kept, target, activations_from=source, expected=expected)


def kill(kills: int, seed: int = 1) -> Found:
    """Kill as many saves, each in a process of its own. Only for processes without threads."""
    found, rng = Found(), random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "saved")
        folder.mkdir()
        sources, target = [Path(name, f"{number}.h5") for number in range(2)], folder / FILE
        known = [session(IMAGES, BLOCKS, number, activations=bool(number)) for number in range(2)]
        for path, kept in zip(sources, known, strict=True):
            start = time.perf_counter()
            sessions.save(kept, path)
            found.save_ms = max(found.save_ms, (time.perf_counter() - start) * 1000)
        contents = {path.read_bytes(): what for path, what in zip(sources, ("first", "second"), strict=True)}
        known = [replace(kept, activations=None) for kept in known]
        shutil.copy(sources[0], target)
        turns = {"first": slice(None, None, -1), "second": slice(None), "neither": slice(None)}
        there = "first"
        for _ in range(kills):
            if (process := os.fork()) == 0:
                saver(target, sources[turns[there]], known[turns[there]])
            time.sleep(rng.uniform(0, 3 * found.save_ms / 1000))
            os.kill(process, signal.SIGKILL)
            assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
            there = contents.get(target.read_bytes(), "neither")
            found.files[there] += 1
            left = [path.suffix for path in folder.iterdir()]
            found.parts += ".part" in left
            found.locks += ".lock" in left
            for part in folder.glob(".*.part"):
                part.unlink()  # a day later, the first save would
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    start = time.perf_counter()
    found = kill(args.kills, args.seed)
    print(
        f"{args.kills} kills within {3 * found.save_ms:.0f} ms, {time.perf_counter() - start:.0f} s: the file was "
        f"{dict(found.files)}; beside it {found.parts} unfinished files and {found.locks} locks were left"
    )
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
