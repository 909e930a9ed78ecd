"""Every call of a save that changes the disk, failing in every way: is the old session whole, or the new one?

    python -m tests.benchmarks.save_faults

Each cell is one save. Every one has to leave the whole old file or the whole new one, with an error that says what
happened and no other file behind; "crash" ends the process just before the call. A violation ends the run.
"""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.core.session_examples import session
from tests.faults.calls import CALLS, CRASH, ERRORS, Saving
from vitprune import sessions
from vitprune.results import Session

KINDS = ("plain", "with activations", "over what is known")


def plainly(new: Session, path: Path) -> None:
    sessions.save(new, path)


def with_activations(new: Session, path: Path, source: Path) -> None:
    """Chunks of activations are copied from another file."""
    sessions.save(new, path, activations_from=source)


def expected(new: Session, path: Path) -> None:
    """After a look at what is there."""
    sessions.save(new, path, expected=sessions.digest(path))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="of the writes, try one in so many")
    parser.add_argument("--only", choices=[*map(_name, (*ERRORS, CRASH))], help="one error")
    parser.add_argument("--kind", choices=KINDS, help="one kind of save")
    args = parser.parse_args()
    total: Counter[tuple[str, str, str]] = Counter()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "folder")
        folder.mkdir()
        path, source = folder / "run.vitprune.h5", Path(name, "source.h5")
        sessions.save(session(4, 1, activations=True), path)
        shutil.copy(path, source)
        new = replace(session(4, 1, seed=1), activations=None)
        saves = (plainly, partial(with_activations, source=source), expected)
        for kind, save in zip(KINDS, saves, strict=True):
            if args.kind not in (None, kind):
                continue
            saving = Saving.of(path, new, save)
            calls = saving.chosen(args.every)
            counts = Counter(saving.names)
            print(f"{kind}: {len(saving.names)} calls: {', '.join(f'{n} {counts[n]}' for n in CALLS)}")
            for number in (*ERRORS, CRASH):
                for call in calls if args.only in (None, _name(number)) else ():
                    total[saving.names[call - 1], _name(number), saving.fail(call, number)] += 1
    _table(total)
    print(f"{total.total():,} saves, {time.perf_counter() - start:.0f} s; no session was lost")
    return 0


def _name(number: int) -> str:
    return "crash" if number == CRASH else errno.errorcode[number]


def _table(total: Counter[tuple[str, str, str]]) -> None:
    errors = [_name(number) for number in (*ERRORS, CRASH)]
    print("\n| call | " + " | ".join(errors) + " |\n|---|" + "---|" * len(errors))
    for name in CALLS:
        row = []
        for error in errors:
            found = {code: count for (call, what, code), count in total.items() if (call, what) == (name, error)}
            row.append(", ".join(f"{count} {code}" for code, count in sorted(found.items())))
        print(f"| {name} | {' | '.join(row)} |")
    print()


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
