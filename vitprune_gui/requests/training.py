"""Recovery training: a pruned model is taught what the dense one says, measured and exported."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from vitprune_gui.runner import LiveJob, Request, Stopped
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from vitprune.curve import TrainingSettings
    from vitprune.plan import PruningPlan
    from vitprune.recovery import Recovered
    from vitprune.results import DataReference, ModelReference
    from vitprune_gui.requests.engine import Engine

_NAME = noop("Recovery training")


@dataclass(frozen=True)
class Recover(Request):
    """Answer: Recovered, and the Curve is told after each look at the held-out images. Stopped, with what was reached,
    where it is to be kept. `test` are the images to measure on at the end, None for no measuring."""

    topic: ClassVar[str] = "training"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    plan: PruningPlan = field(repr=False)
    data: DataReference = field(repr=False)
    folder: Path
    settings: TrainingSettings = field(repr=False)
    test: DataReference | None = field(default=None, repr=False)
    keep_stopped: bool = False

    @property
    def title(self) -> str:
        return tr(_NAME)

    @property
    def logged(self) -> str:
        return _NAME

    def run(self, engine: Engine, job: LiveJob) -> Recovered | Stopped:
        engine.workflow(job)
        model = engine.model(self.model, job)
        images = engine.images(self.data.source, "calibration", model, job)
        test = engine.images(self.test.source, "test", model, job) if self.test is not None else None
        found: Recovered = import_module("vitprune.recovery").recover(
            model,
            self.plan,
            images,
            self.folder,
            settings=self.settings,
            test=test,
            keep_stopped=self.keep_stopped,
            compute=engine.compute,
            job=job,
            on_curve=job.tell,
        )
        if job.stop.is_set():
            return Stopped(found, tr("What was reached is in {name}.", name=self.folder.name))
        return found
