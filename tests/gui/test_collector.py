"""Where garbage is collected while the window is open."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from typing import Any

from vitprune_gui.collector import Collector


class Cycle:
    def __init__(self) -> None:
        self.itself = self


def litter(count: int, died_on: list[int]) -> None:
    """On another thread, more garbage in cycles than its collector lets pass."""

    def make() -> None:
        for _ in range(count):
            weakref.finalize(Cycle(), lambda: died_on.append(threading.get_ident())).atexit = False

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()


def test_garbage_of_other_threads_dies_on_this_one(qtbot: Any) -> None:
    gc.enable()  # which it is not while a test runs
    count = 3 * gc.get_threshold()[0]
    died_on: list[int] = []
    litter(count, died_on)
    assert set(died_on) - {threading.get_ident()}, "without it, the thread that allocates collects"
    gc.collect()
    died_on.clear()
    collector = Collector(lambda: True)
    collector.start()
    try:
        litter(count, died_on)
        assert not died_on
        qtbot.waitUntil(lambda: len(died_on) == count)
        assert set(died_on) == {threading.get_ident()}
    finally:
        collector.stop()
    assert gc.isenabled()


def test_the_oldest_waits_until_nothing_runs(qtbot: Any, monkeypatch: Any) -> None:
    asked: list[int] = []
    idle = [False]
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 10**6))
    monkeypatch.setattr(gc, "collect", asked.append)
    monkeypatch.delitem(sys.modules, "vitprune.workflow", raising=False)
    collector = Collector(lambda: idle[0])
    collector._tick()
    idle[0] = True
    collector._tick()
    assert asked == [1, 2]


def test_what_came_with_the_engine_is_gone_through_once(monkeypatch: Any) -> None:
    idle = [False]
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 10**6))
    monkeypatch.setitem(sys.modules, "vitprune.workflow", sys)
    collector = Collector(lambda: idle[0])
    before = gc.get_freeze_count()
    collector._tick()
    assert gc.get_freeze_count() == before, "not while something runs"
    idle[0] = True
    collector._tick()
    held = gc.get_freeze_count()
    assert held > 10_000
    assert not any(isinstance(each, Cycle) for each in gc.get_objects())
    later = weakref.ref(Cycle())
    collector._tick()
    assert later() is None, "what comes after it is collected as before"
    assert gc.get_freeze_count() == held
    collector.stop()
    assert not gc.get_freeze_count()
