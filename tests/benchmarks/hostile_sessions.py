"""Hand-made hostile session files: what becomes of each, how long that takes, and how large the reading process grows.

    python -m tests.benchmarks.hostile_sessions
    python -m tests.benchmarks.hostile_sessions --only link --quick

Every file is opened twice: as the program opens it, and by the code of the reading process in a fork of this one, whose
answer and memory can be seen. "grows" is how much more memory that takes at most than reading a plain session does.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.faults import hostile_content, hostile_structure
from tests.faults.hostile import SECRET, Case, Traps, whole
from vitprune import sessions
from vitprune.errors import SessionUnreadable
from vitprune.sessions import child, door, guard, wire

HOSTILE: Mapping[str, Case] = {
    **hostile_structure.LINKS,
    **hostile_structure.STORAGE,
    **hostile_structure.TYPES,
    **hostile_structure.FILTERS,
    **hostile_structure.SIZES,
    **hostile_content.VALUES,
    **hostile_content.JSON,
    **hostile_content.NAMES,
    **hostile_content.NOT_SESSIONS,
}
OPENED = "opened"
SECONDS = 5.0


@dataclass(frozen=True)
class Reading:
    """What the reading process did with a file: the code that it ended with, by how many bytes it was larger at most
    than the process that it is a fork of, and its answer."""

    code: str
    grown: int
    answer: bytes


def outcome(path: Path) -> str:
    """The code of the error with which opening and checking a file end."""
    try:
        opened(path)
    except SessionUnreadable as error:
        return error.code
    return OPENED


def opened(path: Path) -> None:
    sessions.load(path)
    sessions.check(path)


def reading(path: Path) -> Reading:
    """What a fork of this process does with a file. Only for processes without threads."""
    try:
        with guard.source(path) as file:
            request = {
                "path": str(path),
                "question": "everything",
                "arguments": {},
                "seconds": door.SECONDS,
                "memory": door.MEMORY,
            }
            before = psutil.Process().memory_info().rss
            ours, theirs = os.pipe()
            if (reader := os.fork()) == 0:
                with open(theirs, "wb") as stream:
                    child.answer(file, request, stream)
                os._exit(0)
            os.close(theirs)
            with open(ours, "rb") as stream:
                answer = stream.read()
            _, status, used = os.wait4(reader, 0)
    except SessionUnreadable as error:
        return Reading(error.code, 0, b"")
    most = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Reading(_code(path, os.waitstatus_to_exitcode(status), answer), most - before, answer)


def _code(path: Path, exit_code: int, answer: bytes) -> str:
    if exit_code:
        return door._death(path, exit_code).code
    stream = io.BytesIO(answer)
    try:
        while wire.receive(stream) is not None:
            pass
    except SessionUnreadable as error:
        return error.code
    return OPENED


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="files whose name holds this text")
    parser.add_argument("--quick", action="store_true", help="not those that take long to make")
    args = parser.parse_args()
    cases = {n: c for n, c in HOSTILE.items() if args.only in n and not (args.quick and c.slow)}
    counts: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "plain.h5")
        plain.write_bytes(whole())
        usual = reading(plain)
        assert usual.code == OPENED, usual.code
        for number, (name, case) in enumerate(cases.items()):
            traps = Traps(Path(folder, str(number)))
            traps.folder.mkdir()
            traps.set()
            path = traps.folder / "run.vitprune.h5"
            case.make(path, traps)
            start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            code = outcome(path)
            seconds = time.perf_counter() - start
            here = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
            found = reading(path)
            there = max(0, found.grown - usual.grown)
            fine = code == case.code and found.code == code and SECRET not in found.answer
            fine = fine and max(here, there) <= case.grows and (seconds < SECONDS or case.slow)
            wrong += not fine
            counts[code] += 1
            print(
                f"{name:<47} {code:<18} {seconds * 1000:6.0f} ms, "
                f"grows {there >> 20:4} MB there, {here >> 20:3} MB here"
                f"{'' if fine else f'   <-- wanted {case.code}, the reader said {found.code}'}",
                flush=True,
            )
            for made in traps.folder.iterdir():
                if not made.is_dir():
                    made.unlink()
    print(f"{len(cases)} files, {wrong} not as they should be; {dict(counts)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
