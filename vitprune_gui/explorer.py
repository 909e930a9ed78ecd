"""Looking into stored activations: what is asked of the worker, and what has come back."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.errors import ComparisonImpossible, SessionChanged
from vitprune_gui.keeping import SESSION_SUFFIX, Keeping, Origin
from vitprune_gui.requests import Engine
from vitprune_gui.runner import Failed, Finished, JobRunner, LiveJob, Request
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from vitprune.explorer import Across, Census, Explored, Picture
    from vitprune.layouts import Layout
    from vitprune.results import DataReference, ModelReference, Session
    from vitprune.scores import Scores

ALL_TOKENS = 1 << 30
FEW_TOKENS = 65
TOPICS = ("activations", "activations of an image", "activations of images", "other activations")
_OF_THE_WINDOW = ("plan", "data", "scores", "evaluations", "study", "trials", "searches", "protected", "kept_plans")
_NOTHING = noop("Open a model and images first.")
_ANALYSED = noop("Analyse redundancy and keep activations")


class ExplorerDialogs(Protocol):
    """The questions about activations. None: they changed their mind."""

    def session_to_open(self) -> str | None: ...
    def session_to_save(self, suggestion: str) -> str | None: ...


@dataclass(frozen=True)
class LookInto(Request):
    """Answer: Explored | None, of the activations in a session file."""

    topic: ClassVar[str] = TOPICS[0]
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    path: Path

    @property
    def title(self) -> str:
        return tr("Look for activations in {name}", name=self.path.name)

    def run(self, engine: Engine, job: LiveJob) -> Explored | None:
        job.progress("Reading the session", 0, 0, "")
        return import_module("vitprune.offline").explored(self.path)


@dataclass(frozen=True)
class LookAtImage(Request):
    """Answer: Picture."""

    topic: ClassVar[str] = TOPICS[1]
    replaces: ClassVar[bool] = True
    quiet: ClassVar[bool] = True
    explored: Explored = field(repr=False)
    image: int

    @property
    def title(self) -> str:
        return tr("Read the activations of image {number}", number=self.image + 1)

    def run(self, engine: Engine, job: LiveJob) -> Picture:
        return import_module("vitprune.explorer").look_at(self.explored, self.image, job=job)


@dataclass(frozen=True)
class LookAtImages(Request):
    """Answer: Census, of at most `most` images."""

    topic: ClassVar[str] = TOPICS[2]
    replaces: ClassVar[bool] = True
    explored: Explored = field(repr=False)
    most: int

    @property
    def title(self) -> str:
        return tr("Read the activations of %n image(s)", "", min(self.most, self.explored.images))

    def run(self, engine: Engine, job: LiveJob) -> Census:
        return import_module("vitprune.explorer").census(self.explored, most=self.most, job=job)


@dataclass(frozen=True, slots=True)
class NotComparable:
    """Two sessions that have no CKA, and why, in a sentence."""

    name: str
    reason: str
    hint: str


@dataclass(frozen=True)
class CompareWith(Request):
    """Answer: Across | NotComparable."""

    topic: ClassVar[str] = TOPICS[3]
    replaces: ClassVar[bool] = True
    explored: Explored = field(repr=False)
    path: Path
    features: str

    @property
    def title(self) -> str:
        return tr("Compare activations with {name}", name=self.path.name)

    def run(self, engine: Engine, job: LiveJob) -> Across | NotComparable:
        job.progress("Reading the session", 0, 0, "")
        other = import_module("vitprune.offline").explored(self.path)
        if other is None:
            reason = tr("{name} keeps no activations.", name=self.path.name)
            hint = tr("Analyse its model on the same images and keep them.")
            return NotComparable(name_of(self.path), reason, hint)
        if other.name == self.explored.name:
            other = replace(other, name=f"{self.path.absolute().parent.name}/{other.name}")
        try:
            return import_module("vitprune.explorer").across(self.explored, other, self.features, job=job)
        except ComparisonImpossible as error:
            return NotComparable(other.name, error.message, error.hint)


@dataclass(frozen=True, slots=True)
class Kept:
    """What was saved, the digest of the file, what the window held then, and where the file is."""

    session: Session
    digest: str
    held: Session
    path: Path


@dataclass(frozen=True)
class AnalyzeKeeping(Request):
    """Answer: Kept, saved at `path` with the activations at `tokens` of each image. `held` is asked when the model has
    run, which takes long enough for people to edit and save: for the session of the window, and for the digest of what
    may be replaced, None for whatever is there."""

    topic: ClassVar[str] = "analysis"
    measures: ClassVar[bool] = True
    replaces: ClassVar[bool] = True
    model: ModelReference = field(repr=False)
    data: DataReference = field(repr=False)
    held: Callable[[], tuple[Session, str | None]] = field(repr=False)
    path: Path
    tokens: int

    @property
    def title(self) -> str:
        return tr(_ANALYSED)

    def run(self, engine: Engine, job: LiveJob) -> Kept:
        workflow, sessions = engine.workflow(job), import_module("vitprune.sessions")
        model = engine.model(self.model, job)
        images = engine.images(self.data.source, "calibration", model, job)
        with sessions.Draft(self.path, job) as draft:
            made = workflow.analyze(
                model, images, keep_tokens=self.tokens, draft=draft, compute=engine.compute, job=job
            )
            held, expected = self.held()
            whole = replace(
                held,
                environment=made.environment,
                data=made.data,
                scores=_scores(made, held),
                seconds=made.seconds,
            ).logged(_ANALYSED, made.seconds)
            try:
                return Kept(whole, draft.save(whole, expected=expected), held, self.path)
            except SessionChanged:
                other = free_name(self.path)  # what took the model so long is not lost
                return Kept(whole, draft.save_elsewhere(other), held, other)


def _scores(made: Session, held: Session) -> Scores | None:
    """With those of the same images that the window held before."""
    same = held.data is not None and made.data is not None and held.data.digest == made.data.digest
    if made.scores is None or held.scores is None or not same:
        return made.scores
    return made.scores.after(held.scores)


def free_name(path: Path) -> Path:
    """One beside it that no file has yet."""
    path = Path(os.path.realpath(path))
    names = (path.with_name(f"{name_of(path)} ({number}){SESSION_SUFFIX}") for number in itertools.count(2))
    return next(name for name in names if not name.exists())


def name_of(path: Path) -> str:
    return path.name.removesuffix(SESSION_SUFFIX)


class Explorer(QObject):
    """The activations of the present session, as far as they were looked at. Nothing is read before `look`."""

    explored_changed = Signal(object)
    """Explored | None"""
    picture_changed = Signal(object)
    """Picture | None"""
    census_changed = Signal(object)
    """Census | None"""
    across_changed = Signal(object)
    """Across | NotComparable | None"""
    spot_changed = Signal(object)
    """The chosen patch: (down, right) in shares of the image, or None."""
    busy_changed = Signal()
    analysed = Signal(object)
    """The session of an analysis that kept activations."""
    notified = Signal(str)

    def __init__(
        self,
        state: AppState,
        runner: JobRunner,
        keeping: Keeping,
        dialogs: ExplorerDialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.explored: Explored | None = None
        self.picture: Picture | None = None
        self.census: Census | None = None
        self.across: Across | NotComparable | None = None
        self.other: Path | None = None
        """The session that the present one is compared with."""
        self.features = "patch"
        self.spot: tuple[float, float] | None = None
        self.image = 0
        self._state = state
        self._runner = runner
        self._keeping = keeping
        self._dialogs = dialogs
        self._source: Path | None = None  # the file that was looked into
        self._watched = False
        self._pending: set[str] = set()  # topics
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)
        for signal in (state.model_changed, state.scores_changed, state.session_path_changed, state.dirty_changed):
            signal.connect(self._follow)

    # What there is

    @property
    def has_file(self) -> bool:
        """Whether a file is known that may keep activations of the present session."""
        return self._keeping.activations_from is not None

    def is_busy(self, *topics: str) -> bool:
        return bool(self._pending & set(topics or TOPICS))

    def site(self) -> str | None:
        """The selected site; of a block, and where nothing is selected, the last one that was kept."""
        held, selection = self._sites(), self._state.selection
        if selection in held:
            return selection
        inside = [site for site in held if selection is not None and site.startswith(f"{selection}.")]
        return (inside or list(held) or [None])[-1]

    def patch(self, site: str) -> int | None:
        """Which of the kept patches of a site is the chosen one; None where it was not kept."""
        layout = self._sites().get(site)
        if layout is None or layout.grid is None or self.spot is None:
            return None
        return layout.patch_at(int(self.spot[0] * layout.grid[0]), int(self.spot[1] * layout.grid[1]))

    def _sites(self) -> Mapping[str, Layout]:
        return self.explored.layouts if self.explored is not None else {}

    # What people ask for

    def watch(self, watched: bool) -> None:
        """Whether somebody looks: then what the present session keeps is looked for, now and when it changes."""
        self._watched = watched
        if watched:
            self.look()

    def look(self) -> None:
        """Look into the file of the present session, if that was not done yet."""
        path = self._keeping.activations_from
        if path != self._source:
            self._forget()
            self._source = path
            if path is not None:
                self._submit(LookInto(path))

    def show_image(self, image: int) -> None:
        """By its place in the session's data."""
        if self.explored is None:
            return
        self.image = max(0, min(image, self.explored.images - 1))
        if self.picture is None or self.picture.image != self.image:
            self._submit(LookAtImage(self.explored, self.image))

    def choose(self, row: int, column: int, grid: tuple[int, int]) -> None:
        """The patch in a cell of a grid, and what lies there on the grids of other sites."""
        self.spot = (row + 0.5) / grid[0], (column + 0.5) / grid[1]
        self.spot_changed.emit(self.spot)

    def count(self, most: int | None = None) -> None:
        """Figures over many images: of so many at most."""
        if self.explored is not None:
            from vitprune.explorer import MOST

            self._submit(LookAtImages(self.explored, MOST if most is None else most))

    def compare(self, path: Path) -> None:
        """With the activations of another session."""
        if self.explored is not None:
            self.other = path
            self._show_across(None)
            self._submit(CompareWith(self.explored, path, self.features))

    def ask_other(self) -> None:
        chosen = self._dialogs.session_to_open()
        if chosen:
            self.compare(Path(chosen))

    def set_features(self, features: str) -> None:
        if features != self.features:
            self.features = features
            if self.other is not None:
                self.compare(self.other)

    def analyze(self, tokens: int = ALL_TOKENS) -> None:
        """Analyse, keeping activations at so many tokens of each image in a file that is asked for."""
        state, keeping = self._state, self._keeping
        before = keeping.session()
        if state.model is None or state.data is None or before is None:
            self.notified.emit(tr(_NOTHING))
            return
        path = state.session_path or Path(f"{Path(state.model.source).name}{SESSION_SUFFIX}")
        chosen = self._dialogs.session_to_save(path.name)
        if chosen is None:
            return
        target = Path(chosen)

        def held() -> tuple[Session, str | None]:
            where = keeping.origin
            return keeping.session() or before, where.expected if target == where.path else None

        self._submit(AnalyzeKeeping(state.model, state.data, held, target, tokens))

    # What comes back

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        request, value = finished.request, finished.value
        match request:
            case LookInto() if request.path == self._source:
                self._show_explored(value)
            case LookAtImage() if request.explored is self.explored:
                self.picture = value
                self.picture_changed.emit(value)
            case LookAtImages() if request.explored is self.explored:
                self.census = value
                self.census_changed.emit(value)
            case CompareWith() if request.explored is self.explored and request.path == self.other:
                self._show_across(value)
            case AnalyzeKeeping():
                self._show_analysis(request.path, value)
        self._settle(request)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        self._on_cancelled(failed.request)

    @Slot(object)
    def _on_cancelled(self, request: Request) -> None:
        if isinstance(request, LookInto) and request.path == self._source:
            self._source = None  # the next look tries again
        if isinstance(request, LookAtImage) and self.picture is not None and request.image == self.image:
            self.image = self.picture.image
        self._settle(request)

    def _settle(self, request: Request) -> None:
        if request.topic in self._pending and not any(
            status.pending and status.topic == request.topic for status in self._state.jobs
        ):
            self._pending.discard(request.topic)
            self.busy_changed.emit()

    def _show_explored(self, found: Explored | None) -> None:
        self.explored = found
        self.explored_changed.emit(found)
        self.show_image(self.image)

    def _show_across(self, found: Across | NotComparable | None) -> None:
        self.across = found
        self.across_changed.emit(found)

    def _show_analysis(self, wanted: Path, kept: Kept) -> None:
        """What was saved is what the window holds, but for what was changed there since."""
        path = kept.path
        now, then = self._keeping.session(), kept.held
        changed = now is None or any(getattr(now, name) is not getattr(then, name) for name in _OF_THE_WINDOW)
        self.analysed.emit(kept.session)
        self._forget()  # the file may be the one that was looked into, and is another now
        self._keeping.begin(kept.session, Origin(path, kept.digest, path), unsaved=changed)
        self._follow(None)
        self.notified.emit(
            tr("Analysed and saved to {name}, with activations.", name=path.name)
            if path == wanted
            else tr(
                "Analysed and saved to {name}, with activations, since another program changed {wanted} meanwhile.",
                name=path.name,
                wanted=wanted.name,
            )
        )

    @Slot(object)
    def _follow(self, _: object) -> None:
        """Another session, or the same in another file."""
        if self._keeping.activations_from != self._source:
            if self._source is not None:
                self._forget()
            if self._watched:
                self.look()

    def _forget(self) -> None:
        self._runner.abandon(*TOPICS)
        self._source = None
        self._pending.clear()
        self.explored = self.picture = self.census = self.across = self.other = self.spot = None
        self.image = 0
        for signal in (self.spot_changed, self.picture_changed, self.census_changed, self.across_changed):
            signal.emit(None)
        self.explored_changed.emit(None)

    def _submit(self, request: Any) -> None:
        self._pending.add(request.topic)
        self._runner.submit(request)
        self.busy_changed.emit()
