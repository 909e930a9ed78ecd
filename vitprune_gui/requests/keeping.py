"""What is kept: sessions, and models that were pruned or rewritten."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from vitprune.errors import SessionNotFound, VitPruneError
from vitprune.jobs import Job
from vitprune_gui.runner import Request
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.formats import Exported
    from vitprune.lossless import Report, Rewrite
    from vitprune.plan import PruningPlan
    from vitprune.results import DataReference, Evaluation, ModelReference, Session
    from vitprune_gui.requests.engine import Engine

FEW_IMAGES = 7
"""Enough to prove an export on."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The digest of what is in the file now; whether it `lacks` activations that it was to have."""

    digest: str
    lacks: bool = False


@dataclass(frozen=True)
class SaveSession(Request):
    """Answer: Saved. `activations_from` is the file that holds the activations which the
    session in memory lacks; `version` is the caller's count of changes, given back with the answer; `expected` is the
    digest of what may be replaced, None for whatever is there."""

    topic: ClassVar[str] = "save"
    session: Session = field(repr=False)
    path: Path
    activations_from: Path | None = None
    version: int = 0
    expected: str | None = None

    @property
    def title(self) -> str:
        return tr("Save {name}", name=self.path.name)

    def run(self, engine: object, job: Job) -> Saved:
        job.check()
        sessions = import_module("vitprune.sessions")
        held = self._activations(sessions)
        digest = sessions.save(self.session, self.path, activations_from=held, expected=self.expected, job=job)
        return Saved(digest, held != self.activations_from)

    def _activations(self, sessions: Any) -> Path | None:
        """The file with the activations, where it still has those of this model and these images."""
        held = self.activations_from
        if held is None:
            return None
        if held == self.path and self.expected is not None:
            return held if held.is_file() else None  # where it is the expected one, it has them
        try:
            there = sessions.load(held)
        except SessionNotFound:
            return None  # they are gone; the rest is not to go with them
        ours, theirs = self.session.data, there.data
        same = ours is not None and theirs is not None and ours.digest == theirs.digest
        return held if same and there.model.weights_sha256 == self.session.model.weights_sha256 else None


@dataclass(frozen=True)
class Export(Request):
    """Answer: Exported. It is proved on `images`, where there is nothing to be fitted to."""

    topic: ClassVar[str] = "export"
    measures: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    plan: PruningPlan = field(repr=False)
    folder: Path
    evaluation: Evaluation | None = field(default=None, repr=False)
    dense: Evaluation | None = field(default=None, repr=False)
    rewrites: tuple[str, ...] = ()
    calibration: DataReference | None = field(default=None, repr=False)
    formats: tuple[str, ...] = ()
    images: DataReference | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return tr("Export to {name}", name=self.folder.name)

    def run(self, engine: Engine, job: Job) -> Exported:
        model = engine.model(self.model, job)
        fitted = engine.calibration(self.calibration, model, job)
        shown = None
        if fitted is None and self.images is not None:
            with suppress(VitPruneError):  # gone since; the answer says on what it was proved
                shown = engine.workflow(job).open_images(
                    self.images.source, model, purpose="test", images=FEW_IMAGES, job=job
                )
        job.progress("Writing the folder", 0, 0, "")
        return engine.workflow(job).export(
            model,
            self.plan,
            self.folder,
            evaluation=self.evaluation,
            dense=self.dense,
            rewrites=self.rewrites,
            calibration=fitted,
            formats=self.formats,
            images=shown,
            compute=engine.compute,
            job=job,
        )


@dataclass(frozen=True)
class ProveRewrites(Request):
    """Answer: tuple[tuple[Rewrite, ...], Report]. `names` are the rewrites to prove; None: all that apply."""

    topic: ClassVar[str] = "rewrites"
    replaces: ClassVar[bool] = True
    lasting: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    plan: PruningPlan = field(repr=False)
    names: tuple[str, ...] | None = None
    calibration: DataReference | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return tr("Prove free and exact rewrites")

    def identity(self) -> tuple[object, ...]:
        fitted = self.calibration.digest if self.calibration else ""
        return (self.model.weights_sha256, self.model.source, self.plan.key, self.names, fitted)

    def run(self, engine: Engine, job: Job) -> tuple[tuple[Rewrite, ...], Report]:
        model = engine.model(self.model, job)
        job.progress("Rewriting and comparing logits", 0, 0, "")
        calibration = engine.calibration(self.calibration, model, job)
        return engine.workflow(job).rewrite(model, self.plan, self.names, calibration=calibration, job=job)
