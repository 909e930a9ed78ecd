"""What a window leaves behind when it is gone: nothing, not even objects of Python that no widget shows any more."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent

from tests.gui.conftest import FakeDialogs, FakeEngine, FakeWorkflow
from vitprune_gui.app import build
from vitprune_gui.settings import Settings


def work_and_close(qtbot: Any, settings: Settings, workflow: FakeWorkflow) -> dict[str, weakref.ref[Any]]:
    """All of a window's life, with its own views. A function, since its variables hold what is looked for."""
    watched: dict[str, weakref.ref[Any]] = {}

    def make_engine() -> FakeEngine:
        engine = FakeEngine(workflow)
        watched["engine"] = weakref.ref(engine)
        return engine

    shell = build(settings, dialogs=FakeDialogs(), make_engine=make_engine)
    with qtbot.waitSignal(shell.window.built):
        shell.window.show()
    shell.commands.open_model("somewhere.safetensors", "toy")
    qtbot.waitUntil(lambda: shell.state.environment is not None and shell.idle)
    shell.commands.open_images("images")
    qtbot.waitUntil(lambda: shell.state.data is not None and shell.idle)
    shell.commands.analyze()
    qtbot.waitUntil(lambda: shell.state.scores is not None and shell.idle)
    for name in ("state", "commands", "runner", "library", "recovery", "window"):
        watched[name] = weakref.ref(getattr(shell, name))
    shell.window._leaving = True
    shell.window.close()
    assert shell.close()
    shell.window.deleteLater()
    return watched


def test_a_closed_window_leaves_nothing(qtbot: Any, settings: Settings, workflow: FakeWorkflow) -> None:
    """The settings live on, and whatever they hold would live on with them."""
    watched = work_and_close(qtbot, settings, workflow)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    gc.collect()
    assert not [name for name, ref in watched.items() if ref() is not None]
    assert "engine" in watched
