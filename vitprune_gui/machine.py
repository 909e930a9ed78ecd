"""What this machine has, asked on the worker's thread: only torch knows its devices."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

from vitprune.jobs import Compute, Job
from vitprune_gui.requests import Engine, usual_threads
from vitprune_gui.runner import Request
from vitprune_gui.translation import tr


@dataclass(frozen=True, slots=True)
class Machine:
    """`devices` are names and what their makers call them, `automatic` the one that is used unless one is chosen;
    `threads` are used unless a number is chosen, `cache` is where downloaded weights are."""

    devices: tuple[tuple[str, str], ...]
    automatic: str
    threads: int
    cache: str


@dataclass(frozen=True)
class LookAtMachine(Request):
    """Answer: Machine."""

    topic: ClassVar[str] = "machine"
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True

    @property
    def title(self) -> str:
        return tr("Look at this machine")

    def run(self, engine: Engine, job: Job) -> Machine:
        engine.workflow(job)
        devices = import_module("vitprune.devices")
        cache = import_module("huggingface_hub.constants").HF_HOME
        automatic = str(devices.device_of(Compute()))
        return Machine(devices.available(), automatic, usual_threads(), str(cache))
