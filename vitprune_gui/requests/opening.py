"""Opening models, images and sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from vitprune.jobs import Job
from vitprune.sources import Source
from vitprune_gui.runner import Request
from vitprune_gui.translation import tr

if TYPE_CHECKING:
    from vitprune.architecture import Architecture
    from vitprune.loading import KeyReport
    from vitprune.results import DataReference, Environment, ModelReference, Session
    from vitprune_gui.requests.engine import Engine


@dataclass(frozen=True, slots=True)
class ModelOpened:
    """A model as far as the window may know it: no module, no tensor. `removed` is the plan of a pruned folder."""

    reference: ModelReference
    architecture: Architecture
    report: KeyReport
    removed: Mapping[str, str] | None
    environment: Environment


@dataclass(frozen=True)
class OpenModel(Request):
    """Answer: ModelOpened."""

    topic: ClassVar[str] = "model"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    source: str
    architecture: str | None = None
    model_args: tuple[tuple[str, Any], ...] = ()
    class_names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, source: str, architecture: str | None, model_args: Mapping[str, Any] | None, class_names: Sequence[str]
    ) -> OpenModel:
        return cls(source, architecture, tuple(sorted((model_args or {}).items())), tuple(class_names))

    @classmethod
    def again(cls, reference: ModelReference) -> OpenModel:
        source = Source.of(reference)
        return cls.of(source.name, source.architecture, source.model_args, source.class_names)

    def words(self) -> list[str]:
        """How the command line names it. Raises ValueError for what that cannot say."""
        source = Source(self.source, self.architecture, dict(self.model_args), self.class_names)
        if source.unsaid:
            raise ValueError(", ".join(source.unsaid))
        return [source.name, *source.options]

    @property
    def title(self) -> str:
        return tr("Open {name}", name=Path(self.source).name)

    def run(self, engine: Engine, job: Job) -> ModelOpened:
        model = engine.open(self, job)
        environment = engine.workflow(job).environment(engine.compute)
        return ModelOpened(model.reference, model.architecture, model.report, model.plan, environment)


@dataclass(frozen=True)
class OpenImages(Request):
    """Answer: DataReference. The images are prepared for `model`."""

    topic: ClassVar[str] = "images"
    replaces: ClassVar[bool] = True
    purpose: ClassVar[str] = "calibration"
    source: str
    model: ModelReference = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Open images in {name}", name=Path(self.source).name)

    def run(self, engine: Engine, job: Job) -> DataReference:
        engine.forget_images(self.source, self.purpose)
        return engine.images(self.source, self.purpose, engine.model(self.model, job), job).reference


@dataclass(frozen=True)
class OpenTestImages(OpenImages):
    topic: ClassVar[str] = "test images"
    purpose: ClassVar[str] = "test"


@dataclass(frozen=True)
class OpenSession(Request):
    """Answer: (Session, digest), its activations left in the file."""

    topic: ClassVar[str] = "model"
    replaces: ClassVar[bool] = True
    path: Path

    @property
    def title(self) -> str:
        return tr("Open {name}", name=self.path.name)

    def run(self, engine: Engine, job: Job) -> tuple[Session, str]:
        job.progress("Reading the session", 0, 0, "")
        return import_module("vitprune.sessions").load_digested(self.path)
