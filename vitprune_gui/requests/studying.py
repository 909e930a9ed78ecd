"""The study of methods: its trials, its figures, its report."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from vitprune.jobs import Job, Progress
from vitprune_gui.runner import LiveJob, Request
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from vitprune.report import Result
    from vitprune.results import DataReference, ModelReference, Session
    from vitprune_gui.requests.engine import Engine

_NAME = noop("Study of methods")


@dataclass(frozen=True)
class RunStudy(Request):
    """Answer: Session, which is also at `path`, and tells it after every step: there a study that was stopped goes on.
    `methods` is None for all that fit, `images` for all of `data` and `test`; `protect` are the sites that stay."""

    topic: ClassVar[str] = "study"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    data: DataReference = field(repr=False)
    test: DataReference = field(repr=False)
    path: Path
    methods: tuple[str, ...] | None
    removed: tuple[int, ...]
    repairs: tuple[str, ...]
    granularity: str
    target: str
    speed: bool
    images: int | None = None
    protect: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return tr(_NAME)

    @property
    def logged(self) -> str:
        return _NAME

    def run(self, engine: Engine, job: LiveJob) -> Session:
        engine.workflow(job)
        study, sessions = import_module("vitprune.study"), import_module("vitprune.sessions")
        model = engine.model(self.model, job)
        job.progress("Looking for images", 0, 0, "")
        fitted, measured = study.open_sets(model, self.data.source, self.test.source, images=self.images, job=job)
        seen = _changed_at(self.path)

        def report(progress: Progress) -> None:
            nonlocal seen
            job.report(progress)
            if (now := _changed_at(self.path)) != seen:  # what the study has so far is what it wrote
                seen = now
                job.tell(sessions.load(self.path))

        return study.study(
            model,
            fitted,
            measured,
            self.path,
            methods=self.methods,
            removed=self.removed,
            repairs=self.repairs,
            granularity=self.granularity,
            target=self.target,
            protect=self.protect,
            speed=self.speed,
            compute=engine.compute,
            job=Job(report, job.stop, notes=job.notes),
        )


def _changed_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


@dataclass(frozen=True)
class ReadStudy(Request):
    """Answer: Result, all figures of the study that a session holds."""

    topic: ClassVar[str] = "study figures"
    replaces: ClassVar[bool] = True
    patient: ClassVar[bool] = True
    lasting: ClassVar[bool] = True
    session: Session = field(repr=False)

    @property
    def title(self) -> str:
        return tr("Figures of the study")

    def identity(self) -> tuple[object, ...]:
        session = self.session
        made = (part for e in session.evaluations for part in (e.plan.key, *e.inputs[1:], e.created))
        cells = (f"{t.method} {t.removed} {t.repair} {t.plan.key}" for t in session.trials)
        return (session.model.weights_sha256, session.data.digest if session.data else "", *cells, *made)

    def run(self, engine: Engine, job: Job) -> Result:
        job.progress("Comparing orders", 0, 0, "")
        return import_module("vitprune.report").results([self.session], job)[0]


@dataclass(frozen=True)
class WriteReport(Request):
    """Answer: the path that was written, HTML or Markdown by its suffix."""

    topic: ClassVar[str] = "report"
    result: Result = field(repr=False)
    path: Path

    @property
    def title(self) -> str:
        return tr("Write {name}", name=self.path.name)

    def run(self, engine: Engine, job: Job) -> Path:
        page = import_module("vitprune.report").report((self.result,))
        content = import_module("vitprune.document").encoded(page, self.path)
        import_module("vitprune.sessions.part").write(self.path, content)
        return self.path
