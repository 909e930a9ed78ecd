"""Windows of real processes that edit, get results and save at random until they are killed, and what is found then.

`python -m tests.faults.killing FILE NAME SEED` is such a window. Every state that a document takes has a number of its
own, which the window tells before the state is there, and again once it is known to be on disk.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.core.session_examples import difference, session
from vitprune import sessions
from vitprune.plan import PruningPlan
from vitprune.results import Session

ROOT = Path(__file__).parents[2]
FILE = "run.vitprune.h5"
BLOCKS = 8  # the last one always stays
SITES = [f"blocks.{i}.{branch}" for i in range(BLOCKS - 1) for branch in ("attn", "mlp")]
EXAMPLE = replace(session(4, BLOCKS), study=None, trials=(), protected=frozenset())  # so that no plan is refused
STEP = 20, 120  # milliseconds from one change to the next


def plan_of(name: str, number: int) -> PruningPlan:
    """The plan of the change `number` of a window: no other change of any window has it."""
    bits = 2 * number + "AB".index(name)
    gone = [site for place, site in enumerate(SITES) if bits >> place & 1]
    return PruningPlan.of(EXAMPLE.architecture, dict.fromkeys(gone, "remove"))


def labels(found: Session) -> list[str]:
    """The latest change of each window that a session holds, such as `A17`, the latest of all first; A0 is the session
    that all began with."""
    plan = sum(1 << place for place, site in enumerate(SITES) if site in found.plan)
    changes = [("AB"[plan % 2], plan // 2)]
    changes += [(e.created[0], int(e.created[1:])) for e in found.evaluations if e.created[1:].isdecimal()]
    latest = {name: max(number for by, number in changes if by == name) for name, _ in changes}
    return [f"{name}{number}" for name, number in sorted(latest.items(), key=lambda item: -item[1])]


def after(one: str, other: str) -> bool:
    """Whether a change is not before another one of the same window."""
    return one[0] == other[0] and int(one[1:]) >= int(other[1:])


# The window -----------------------------------------------------------------------------------------------------------


def tell(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())  # whole, however soon the end comes


class Hand:
    """Uses a window as somebody would who never rests."""

    def __init__(self, shell: Any, name: str, seed: str) -> None:
        from PySide6.QtCore import QTimer

        self._shell = shell
        self._name = name
        self._random = random.Random(seed)
        self._number = 0
        self._timer = QTimer(shell.window)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._step)
        shell.saver.finished.connect(self._on_finished)
        shell.state.session_path_changed.connect(self._begin)

    def _begin(self, path: Path | None) -> None:
        if path is not None and not self._number:
            tell("ready")
            self._timer.start(0)

    def _step(self) -> None:
        state, keeping = self._shell.state, self._shell.commands.keeping
        what = self._random.random()
        if state.plan is not None:
            if what < 0.12:
                keeping.save()
            else:
                self._number += 1
                tell("does", f"{self._name}{self._number}")
                if what < 0.3:
                    made = replace(EXAMPLE.evaluations[0], created=f"{self._name}{self._number}")
                    state.evaluations = (*state.evaluations, made)
                    keeping.changed()
                else:
                    self._shell.commands.use_plan(plan_of(self._name, self._number), "Edit")
                    assert state.plan == plan_of(self._name, self._number)
        self._timer.start(self._random.randint(*STEP))

    def _on_finished(self, finished: Any) -> None:
        from vitprune_gui.recovery import Keep, SetAside
        from vitprune_gui.requests import SaveSession

        match finished.request:
            case SetAside() as request:
                tell("aside", *labels(request.session))
            case Keep() as request:
                tell("kept", *labels(request.session))
            case SaveSession() as request:
                tell("replaced", request.expected, finished.value.digest)
                tell("saved", *labels(request.session))


class Answers:
    """Somebody who decides at random what to do about a file that another window has changed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def changed_on_disk(self, path: Path) -> str:
        return self._random.choice(["reload", "reload", "cancel"])

    def unsaved(self) -> str:
        return "discard"

    def stop_jobs(self, titles: tuple[str, ...]) -> bool:
        return True


def main(path: str, name: str, seed: str) -> int:
    from vitprune_gui import app, recovery
    from vitprune_gui.__main__ import parse

    build = app.build

    def built(*arguments: Any, **options: Any) -> Any:
        dialogs: Any = Answers(seed)
        shell = build(*arguments, views={}, dialogs=dialogs, **options)
        shell.commands.refresh_catalog = lambda: None  # torch has no part in this
        hands.append(Hand(shell, name, seed))
        return shell

    hands: list[Hand] = []
    app.build = built
    if "VITPRUNE_TEST_SETTLE" in os.environ:
        recovery.SETTLE = float(os.environ["VITPRUNE_TEST_SETTLE"])
        recovery.SHARE = 0
    return app.run(parse([path]))


# What is left ---------------------------------------------------------------------------------------------------------


@dataclass
class Window:
    """A window in a process, and what it told until its end."""

    process: subprocess.Popen[bytes]
    folder: Path
    name: str
    told: list[list[str]] = field(default_factory=list)

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        output, complaints = self.process.communicate(timeout=60)
        lines = output.decode().split("\n")[:-1]  # the last one may not have been said to its end
        self.told += [line.split() for line in lines]
        expected = -number if number == signal.SIGKILL else 0
        assert self.process.returncode == expected, complaints.decode()
        assert "Traceback" not in complaints.decode(), complaints.decode()

    def said(self, *verbs: str) -> Iterator[list[str]]:
        return (words[1:] for words in self.told if words[0] in verbs)


def start(folder: Path, name: str = "A", seed: object = 0, *, settle: float | None = 0.1) -> Window:
    """A window on the file in `folder`, once it has opened it."""
    settled = {} if settle is None else {"VITPRUNE_TEST_SETTLE": str(settle)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.killing", str(file_in(folder)), name, str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # what is read ahead here, `communicate` would not see
        env=environment(folder) | settled,
        cwd=ROOT,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    if first != b"ready\n":
        process.kill()
        raise AssertionError(process.communicate()[1].decode())
    return Window(process, folder, name)


def environment(folder: Path) -> dict[str, str]:
    """Of a process whose settings and unsaved work are in `folder`."""
    return {"QT_QPA_PLATFORM": "offscreen", **os.environ} | {
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "core", ROOT / "resources", ROOT))),
        "VITPRUNE_CONFIG_DIR": str(folder / "config"),
        "OMP_NUM_THREADS": "1",
    }


def file_in(folder: Path) -> Path:
    """The file that people save to, in a folder of its own."""
    return folder / "people" / FILE


def prepared(folder: Path) -> Path:
    file_in(folder).parent.mkdir(parents=True)
    sessions.save(EXAMPLE.with_plan(plan_of("A", 0)), file_in(folder))
    return folder


@dataclass(frozen=True)
class Remains:
    """What killed windows have left: the latest change that is in the file, and those of what is offered; and how often
    they told what."""

    file: str
    offered: tuple[str, ...]
    told: dict[str, int]


def examine(folder: Path, windows: list[Window]) -> Remains:
    """Raises AssertionError where anything is lost, damaged, made up, or beside the file."""
    from vitprune_gui.shelf import Shelf

    shelf = Shelf(folder / "config" / "unsaved")
    works = shelf.find()
    shelf.close()
    found = sessions.load(file_in(folder))
    assert not [work.problem for work in works if work.session is None]
    offered = [work.session for work in works if work.session is not None]
    done = {window.name: [told for [told] in window.said("does")] for window in windows}
    for each in (found, *offered):
        _is_a_state(each, done)
    names = [name for name in os.listdir(file_in(folder).parent) if name != FILE]
    assert all(re.fullmatch(rf"\.{re.escape(FILE)}(\.[0-9a-f]{{8}}\.part|\.lock)", name) for name in names), names

    here = [labels(each) for each in (found, *offered)]
    for window in windows:
        for wanted in owed(window):
            assert any(after(one, wanted) for found in here for one in found), f"{wanted} is lost: {here}"
    chain([told for window in windows for told in window.said("replaced")])
    told = Counter(words[0] for window in windows for words in window.told)
    return Remains(here[0][0], tuple(found[0] for found in here[1:]), dict(told))


def owed(window: Window) -> list[str]:
    """What this window said was kept of its own changes, and that it has not saved since."""
    aside: list[str] = []
    current: list[str] = []
    for verb, *words in window.told:
        own = [word for word in words if word[0] == window.name]
        if verb == "kept":
            current = own
        elif verb == "aside":
            aside, current = [*aside, *own], []
        elif verb == "saved":
            current = [kept for kept in current if not any(after(saved, kept) for saved in own)]
    return aside + current


def chain(saves: list[list[str]]) -> None:
    """No two saves replaced the same file: one of them would be lost."""
    replaced = [expected for expected, digest in saves if expected != digest]
    assert len(set(replaced)) == len(replaced), saves


def _is_a_state(found: Session, done: dict[str, list[str]]) -> None:
    """Every number in it is one that it had in a window."""
    results = [e for e in found.evaluations if e.created[1:].isdecimal()]
    assert all(e.created in done.get(e.created[0], ()) for e in results)
    evaluations = (*EXAMPLE.evaluations, *(replace(EXAMPLE.evaluations[0], created=e.created) for e in results))
    assert difference(found, replace(EXAMPLE, plan=found.plan, evaluations=evaluations)) == ""


def killed_at_random(folder: Path, seed: int, *, names: str = "A", longest: float = 1.5) -> Remains:
    """Windows on one file, killed at any moment."""
    prepared(folder)
    dice = random.Random(f"kill {seed}")
    windows = [start(folder, name, f"{seed} {name}") for name in names]
    time.sleep(dice.uniform(0.0, longest))
    for window in windows:
        window.kill()
    return examine(folder, windows)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
