"""Python's garbage collector on the GUI thread alone: a Qt object that another thread collects takes Qt down with it.

The collector runs on whichever thread happens to allocate, and what is in a cycle of references dies there. Here it
works from the event loop, by the same counts; the costly third generation when nothing is being computed. Half a
million objects of the engine stay to the end, and going through them takes a fifth of a second: once they are there,
they are set aside.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

_EVERY_MS = 500
_OLDEST = 2
_ENGINE = "vitprune.workflow"


class Collector(QObject):
    """While it runs, no other thread collects. `idle` says whether a pause of the window would go unnoticed."""

    def __init__(self, idle: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._idle = idle
        self._set_aside = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        gc.disable()
        self._timer.start(_EVERY_MS)

    def stop(self) -> None:
        self._timer.stop()
        if self._set_aside:
            gc.unfreeze()
        gc.enable()

    @Slot()
    def _tick(self) -> None:
        due = [count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        oldest = max((generation for generation, is_due in enumerate(due) if is_due), default=None)
        if oldest is None:
            return
        idle = self._idle()
        gc.collect(oldest if oldest < _OLDEST or idle else _OLDEST - 1)
        if idle and not self._set_aside and _ENGINE in sys.modules:
            self._set_aside = True
            gc.freeze()
