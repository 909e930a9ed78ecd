"""What people want done: the verbs that views call, each checked before anything happens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from vitprune.errors import ArgumentInvalid, VitPruneError
from vitprune.plan import PruningPlan
from vitprune_gui.answers import Answers
from vitprune_gui.applying import Applying, ApplyingDialogs
from vitprune_gui.batch import AnalyzeInto, Batch
from vitprune_gui.choosing import Choosing, SearchForm
from vitprune_gui.crash import ErrorReport
from vitprune_gui.desktop_entry import InstallEntry
from vitprune_gui.editing import Editing
from vitprune_gui.explorer import Explorer
from vitprune_gui.job_files import JobDialogs, JobFiles
from vitprune_gui.jobs import Jobs
from vitprune_gui.keeping import Keeping, Origin, SavingDialogs
from vitprune_gui.learn.subject import Learn
from vitprune_gui.models import Models
from vitprune_gui.opening import Opening, Scout
from vitprune_gui.planning import PlanDialogs, Planning
from vitprune_gui.recents import Recents
from vitprune_gui.requests import (
    SAMPLE,
    Analyze,
    CompareOrders,
    KeepPictures,
    MeasureDamage,
    OpenImages,
    OpenModel,
    OpenSession,
    OpenTestImages,
    RankSites,
    RunSearch,
    RunStudy,
    SaveSession,
)
from vitprune_gui.runner import Failed, Finished, JobRunner, Request
from vitprune_gui.sample import Sample
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.studying import StudyDialogs, StudyForm, Studying
from vitprune_gui.training import Teaching, TrainingDialogs
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from vitprune.results import Session

log = logging.getLogger(__name__)

_NO_MODEL = noop("Open a model first: it says how its images are prepared.")
_LONG = (RunStudy.topic, RunSearch.topic)
Purpose = Literal["analyze", "evaluate"]


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """What a bare weights file does not say about itself."""

    architecture: str
    model_args: Mapping[str, Any]
    class_names: tuple[str, ...]


class Dialogs(SavingDialogs, PlanDialogs, StudyDialogs, ApplyingDialogs, TrainingDialogs, JobDialogs, Protocol):
    """The questions that people are asked. None: they changed their mind."""

    def model_file(self) -> str | None: ...
    def model_folder(self) -> str | None: ...
    def model_details(self, source: str) -> ModelDetails | None: ...
    def image(self) -> str | None: ...
    def images(self, purpose: Purpose) -> str | None: ...
    def purpose(self, source: str) -> Purpose | None: ...
    def session_to_open(self) -> str | None: ...


class Commands(QObject):
    """Every verb of the window. What cannot be done now is said through `notified`, what went wrong through
    `failed`."""

    failed = Signal(object)
    """A VitPruneError or an ErrorReport."""
    notified = Signal(str)
    tab_wanted = Signal(str)
    """The tab that shows what was asked for elsewhere."""
    rewrites_proved = Signal(object, object)
    """The names that were asked for, and the answer of a ProveRewrites; None when there is none."""

    def __init__(
        self,
        state: AppState,
        runner: JobRunner,
        settings: Settings,
        dialogs: Dialogs,
        parent: QObject | None = None,
        *,
        saver: JobRunner | None = None,
        lister: JobRunner | None = None,
        fetcher: JobRunner | None = None,
    ) -> None:
        """`saver` runs what saves, `lister` looks for models and `fetcher` downloads them; without one of them, that
        waits for what is being computed."""
        super().__init__(parent)
        self.keeping = Keeping(state, saver or runner, settings, dialogs, self)
        self.explorer = Explorer(state, runner, self.keeping, dialogs, self)
        self.learn = Learn(state, runner, self)
        self.models = Models(state, settings, lister or runner, fetcher or runner, self.open_model, self)
        self.batch = Batch(runner, self)
        self.scout = Scout(lister or runner, self)
        self.editing = Editing(state, runner, self)
        self.undo_stack = self.editing.undo_stack
        self.planning = Planning(state, self.editing, saver or runner, dialogs, self)
        self.answers = Answers(state, runner, settings, self.keeping, self.undo_stack, self)
        self.choosing = Choosing(state, runner, self.keeping, self.editing, self)
        self.studying = Studying(state, runner, self.keeping, dialogs, self)
        self.teaching = Teaching(state, runner, self.keeping, dialogs, self)
        self.applying = Applying(state, runner, dialogs, self)
        self.job_files = JobFiles(state, saver or runner, runner, dialogs, self)
        self._state = state
        self._runner = runner
        self._settings = settings
        self._dialogs = self.dialogs = dialogs
        self._jobs = Jobs(state, runner, self)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        if saver is not None:
            self._jobs.add(self.keeping.jobs_changed)
        if fetcher is not None:
            self._jobs.add(self.models.jobs_changed)
            self.models.failed.connect(self.failed)
        self.models.notified.connect(self.notified)
        self.batch.notified.connect(self.notified)
        self.keeping.failed.connect(self.failed)
        self.keeping.notified.connect(self.notified)
        self.keeping.reload_wanted.connect(self._reload)
        self.recents = Recents(lister or runner, settings, self)
        self._sample = Sample(saver or runner, runner, self)
        self._sample.opened.connect(self._show_sample)
        self.answers.session_shown.connect(self.studying.read)
        self.choosing.tab_wanted.connect(self.tab_wanted)
        self.applying.rewrites_proved.connect(self.rewrites_proved)
        for part in (self.editing, self.answers, self.choosing, self.studying, self.teaching, self.applying):
            part.notified.connect(self.notified)
        if saver is not None:
            self._sample.failed.connect(self.failed)
            self.planning.failed.connect(self.failed)
            self.job_files.failed.connect(self.failed)
        self.explorer.analysed.connect(self.answers.show_analysis)
        self.explorer.notified.connect(self.notified)
        self.planning.notified.connect(self.notified)
        self.job_files.notified.connect(self.notified)

    # Opening

    def open_model(
        self,
        source: str,
        architecture: str | None = None,
        model_args: Mapping[str, Any] | None = None,
        class_names: Sequence[str] = (),
    ) -> None:
        request = OpenModel.of(source, architecture, model_args, class_names)
        self.when_safe(lambda: self._open(request))

    def open_images(self, source: str) -> None:
        """The images to analyse, and to evaluate until others are chosen for that."""
        if self._state.model is None:
            self.notified.emit(tr(_NO_MODEL))
            return
        self._runner.abandon("analysis", "damage")
        self._submit(OpenImages(source, self._state.model))

    def open_test_images(self, source: str) -> None:
        """Other images to evaluate. Scores stay: they belong to the images that were analysed."""
        if self._state.model is None:
            self.notified.emit(tr(_NO_MODEL))
            return
        self._submit(OpenTestImages(source, self._state.model))

    def use_sample(self) -> None:
        """Show the bundled session of the sample, in which everything is measured already."""
        self.when_safe(self._open_sample)

    def analyze_sample(self) -> None:
        """Open the sample model and its images, and analyse it."""
        steps = (lambda: self.open_images(SAMPLE), lambda: self.open_test_images(SAMPLE), self.analyze)
        self.when_safe(lambda: self._open(OpenModel(SAMPLE), *steps))

    def open_session(self, path: str | Path) -> None:
        request = OpenSession(Path(path))
        self.when_safe(lambda: self._open(request))

    def open_anything(self, source: str) -> None:
        """What was dropped, named on the command line, or opened before."""
        self.scout.look_at(source, partial(self._open_as, source))

    def _open_as(self, source: str, opening: Opening) -> None:
        match opening:
            case Opening.SESSION:
                self.open_session(source)
            case Opening.PLAN:
                self.planning.open_plan(source)
            case Opening.MODEL_FILE:
                self.open_weights(source)
            case Opening.IMAGES:
                self._open_folder(source)
            case Opening.IMAGE:
                self.look_into(source)
            case Opening.MODEL_FOLDER | Opening.NAME:
                self.open_model(source)
            case Opening.GONE:
                self.show_error(ArgumentInvalid(f"There is no {source}.", hint="Check the name and the folder."))
            case Opening.NOTHING:
                takes = "Give it a weights file, an exported folder, a folder of images, an image, a session or a plan."
                self.show_error(ArgumentInvalid(f"ViTPrune cannot open {Path(source).name}.", hint=takes))

    def open_weights(self, source: str) -> None:
        """Open a weights file, after asking what it does not say about itself."""
        details = self._dialogs.model_details(source)
        if details is not None:
            self.open_model(source, details.architecture, details.model_args, details.class_names)

    def ask_model_file(self) -> None:
        source = self._dialogs.model_file()
        if source:
            self.open_weights(source)

    def ask_model_folder(self) -> None:
        source = self._dialogs.model_folder()
        if source:
            self.open_model(source)

    def ask_images(self) -> None:
        source = self._dialogs.images("analyze")
        if source:
            self.open_images(source)

    def look_into(self, source: str) -> None:
        """Show what the model does to one image, a file."""
        if self._state.model is None:
            self.notified.emit(tr("Open a model first: its view of the image is what is shown."))
            return
        self.learn.look_into(source)
        self.tab_wanted.emit("learn")

    def ask_image(self) -> None:
        source = self._dialogs.image()
        if source:
            self.look_into(source)

    def ask_test_images(self) -> None:
        source = self._dialogs.images("evaluate")
        if source:
            self.open_test_images(source)

    def _open_folder(self, source: str) -> None:
        """The first folder of images is for everything; what a later one is for, only people know."""
        purpose = "analyze" if self._state.data is None else self._dialogs.purpose(source)
        if purpose == "analyze":
            self.open_images(source)
        elif purpose == "evaluate":
            self.open_test_images(source)

    def ask_session(self) -> None:
        source = self._dialogs.session_to_open()
        if source:
            self.open_session(source)

    # Keeping

    def save_session(self, path: str | Path | None = None) -> None:
        """Save to `path`, or where it was saved last; ask where when there is neither."""
        self.keeping.save(path)

    def save_session_as(self) -> None:
        self.keeping.save_as()

    def resume(self, session: Session, origin: Origin) -> None:
        """Show what was never saved, as it was. A save puts it where it belongs."""
        self.models.open_nothing()
        self.answers.show_session(session, origin, unsaved=True)

    def export_folder(self, path: str | Path | None = None, formats: Sequence[str] = ()) -> bool:
        """Write the pruned model into a folder, which is asked for when none is given, and in these formats too.
        Whether that was begun; how it ends comes with `applying.exported`."""
        return self.applying.export_folder(path, formats)

    def export_rewritten(self, names: Sequence[str]) -> None:
        """Write the pruned model after these lossless rewrites into a folder, which is asked for."""
        self.applying.export_rewritten(names)

    def when_safe(self, then: Callable[[], None]) -> None:
        """Do what would throw the present session away: at once when it is saved, else as people decide."""
        self.keeping.when_safe(then)

    def leave(self, then: Callable[[], None]) -> None:
        """Do what ends everything, if people want that: what is being computed is lost, what is not saved asked for."""
        self.keeping.when_idle(lambda: self.keeping.when_safe(then))

    # Computing

    def analyze(self) -> None:
        if self._state.model is None or self._state.data is None:
            self.notified.emit(tr("Open a model and images first."))
            return
        self._submit(Analyze(self._state.model, self._state.data))

    def measure_damage(self) -> None:
        """What the outputs lose when each site goes alone, beside the scores that there are."""
        if self._state.model is None or self._state.data is None:
            self.notified.emit(tr("Open a model and images first."))
            return
        self._submit(MeasureDamage(self._state.model, self._state.data))

    def compare_orders(self, score: str, truth: str, granularity: str) -> None:
        """How well a table of scores orders sites by another, measured one. The answer is the state's `agreement`."""
        scores, architecture = self._state.scores, self._state.architecture
        if scores is not None and architecture is not None and score in scores and truth in scores:
            self._state.agreement = None
            self._submit(CompareOrders(scores, architecture, score, truth, granularity))

    def evaluate(self, plan: PruningPlan | None = None) -> None:
        """Measure the plan on show, or another one."""
        self.applying.evaluate(plan)

    def install_desktop_entry(self) -> None:
        self._submit(InstallEntry())

    def prove_rewrites(self, names: Sequence[str] | None) -> None:
        """List the lossless rewrites of the pruned model and prove these, or all that apply. The answer comes with
        `rewrites_proved`."""
        self.applying.prove_rewrites(names)

    def keep_pictures(self) -> None:
        """Put small pictures of the images that not all evaluations agree on into the session."""
        self._submit(KeepPictures(self._state.evaluations))

    def cancel_jobs(self) -> None:
        self.answers.then()
        self._runner.cancel_all()
        self.keeping.cancel()
        self.models.cancel_job()

    def cancel_job(self, job: int) -> None:
        self._runner.cancel(job)
        self.keeping.cancel(job)
        self.models.cancel_job(job)

    def move_job(self, job: int, places: int) -> None:
        """Let a job that waits go earlier, where `places` is negative, or later."""
        self._runner.move(job, places)

    def request_of(self, job: int) -> Request | None:
        """What a job was asked for; None where it is no longer known, or saves."""
        return self._runner.request(job)

    def refresh_catalog(self) -> None:
        self.models.refresh()

    def rank_sites(self, tables: Sequence[str], group: str, sites: Sequence[str]) -> None:
        """How firm the places of these sites are under each table. The answer comes with the state's `ranks`."""
        if self._state.scores is not None and tables:
            self._submit(RankSites(self._state.scores, tuple(tables), group, tuple(sites)))

    # Choosing, searching, studying

    def choose_sites(self, method: str, granularity: str, size: str, amount: float) -> None:
        """Put what a method chooses, with the present repair, in place of the plan. `size` says what `amount` is of:
        "remove", a number of sites; "macs", "params" or "latency", the share that is left."""
        self.choosing.choose_sites(method, granularity, size, amount)

    def start_search(self, asked: SearchForm) -> None:
        """Look for sites on the true objective, one after the other."""
        self.choosing.start_search(asked)

    def resume_search(self, remove: int) -> None:
        """Go on with the search on show until `remove` sites are found."""
        self.choosing.resume_search(remove)

    def use_search(self, count: int) -> None:
        """Put the first sites that the search on show found in place of the plan."""
        self.choosing.use_search(count)

    def start_study(self, asked: StudyForm) -> None:
        """Ask where the study is to be kept, and run it: every method against what it is measured to be worth."""
        self.studying.start(asked)

    def resume_study(self) -> None:
        """Go on with the study that was stopped, from what its file holds."""
        self.studying.resume()

    @property
    def study_stopped(self) -> bool:
        """Whether there is a study to go on with."""
        return self.studying.path is not None

    def write_report(self) -> None:
        """Write all figures of the study as HTML or Markdown, where is asked."""
        self.studying.write_report()

    # Editing the plan

    def toggle_site(self, site_id: str) -> None:
        self.editing.toggle_site(site_id)

    def remove_sites(self, ids: Iterable[str]) -> None:
        self.editing.remove_sites(ids)

    def restore_sites(self, ids: Iterable[str]) -> None:
        self.editing.restore_sites(ids)

    def repair_sites(self, ids: Iterable[str], action: str) -> None:
        """What stands for these sites of the plan: an `Action`."""
        self.editing.repair_sites(ids, action)

    def set_repair(self, repair: str, target: str | None = None) -> None:
        """What stands for every site of the plan, where it can, and for those that go from now on."""
        self.editing.set_repair(repair, target)

    def use_plan(self, plan: PruningPlan, text: str) -> None:
        """Put another plan in place of the present one; one step to undo."""
        self.editing.use_plan(plan, text)

    def clear_plan(self) -> None:
        self.editing.clear_plan()

    def undo(self) -> None:
        self.undo_stack.undo()

    def redo(self) -> None:
        self.undo_stack.redo()

    # Looking

    def select_site(self, site_id: str | None) -> None:
        architecture = self._state.architecture
        if site_id is None or (architecture is not None and site_id in architecture.by_id):
            self._state.selection = site_id

    def set_metric(self, table: str) -> None:
        """A metric, over all tokens or over some of them: `cosine`, `cosine@cls`."""
        self.editing.set_metric(table)

    def show_error(self, error: VitPruneError | ErrorReport) -> None:
        self.failed.emit(error)

    # Jobs

    def _open_sample(self) -> None:
        self.answers.then()
        self.models.open_nothing()
        self._runner.abandon(OpenModel.topic, *_LONG)
        self._sample.open()

    @Slot(object)
    def _show_sample(self, session: Session) -> None:
        self.answers.show_session(session, Origin())

    def _open(self, request: OpenModel | OpenSession, *steps: Callable[[], None]) -> None:
        self.answers.then(*steps)
        self.models.open_nothing()
        self._sample.forget()
        self._runner.abandon(*_LONG)  # or the opening would wait for it; what goes on from where it was is not lost
        self._submit(request)

    def _submit(self, request: Request) -> None:
        self._runner.submit(request)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        if isinstance(finished.request, InstallEntry):
            said = tr("ViTPrune is in the applications menu, by {path}.", path=finished.value)
            self.notified.emit(said)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        if not isinstance(failed.request, SaveSession | AnalyzeInto):  # those are for `keeping` and `batch` to say
            self.failed.emit(failed.error)

    @Slot(object)
    def _reload(self, path: Path) -> None:
        self._open(OpenSession(path))
