"""What people want done: check it, then change the plan or start a job. The only writer of the state."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from vitprune.errors import ArgumentInvalid, PlanInvalid, VitPruneError
from vitprune.plan import Action, PruningPlan
from vitprune_gui.batch import AnalyzeInto, Batch
from vitprune_gui.changes import StateChange
from vitprune_gui.crash import ErrorReport
from vitprune_gui.desktop_entry import InstallEntry
from vitprune_gui.explorer import Explorer
from vitprune_gui.keeping import SESSION_SUFFIX, Keeping, Origin, SavingDialogs
from vitprune_gui.learn.subject import Learn
from vitprune_gui.models import Models
from vitprune_gui.opening import Opening, Scout
from vitprune_gui.planning import PlanDialogs, Planning
from vitprune_gui.recents import Recents
from vitprune_gui.repairs import AUTO, PICKED, REPAIRS, TARGETS, common_repair, with_repair
from vitprune_gui.requests import (
    SAMPLE,
    Analyze,
    Choose,
    Compare,
    CompareOrders,
    Evaluate,
    Export,
    KeepPictures,
    MeasureDamage,
    ModelOpened,
    OpenImages,
    OpenModel,
    OpenSession,
    OpenTestImages,
    ProveRewrites,
    Ranks,
    RankSites,
    ReadStudy,
    RepairCheaply,
    RunSearch,
    RunStudy,
    SaveSession,
    Searched,
    WriteReport,
)
from vitprune_gui.runner import Failed, Finished, JobRunner, JobStatus, Request, Told
from vitprune_gui.sample import Sample
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.translation import noop, tr

if TYPE_CHECKING:
    from vitprune.results import DataReference, Evaluation, Session, Thumbnails
    from vitprune.scores import Scores
    from vitprune.searches import SearchState

log = logging.getLogger(__name__)

SEARCH = "greedy"  # the method that is shown step by step
_NO_MODEL = noop("Open a model first: it says how its images are prepared.")
_LONG = ("study", "search")
_OF_THE_MODEL = (
    "images",
    "test images",
    "analysis",
    "damage",
    "orders",
    "ranks",
    "choice",
    "comparison",
    "evaluation",
    "pictures",
    *_LONG,
    "study figures",
    "report",
    "export",
    "rewrites",
)

Purpose = Literal["analyze", "evaluate"]


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """What a bare weights file does not say about itself."""

    architecture: str
    model_args: Mapping[str, Any]
    class_names: tuple[str, ...]


class Dialogs(SavingDialogs, PlanDialogs, Protocol):
    """The questions that people are asked. None: they changed their mind."""

    def model_file(self) -> str | None: ...
    def model_folder(self) -> str | None: ...
    def model_details(self, source: str) -> ModelDetails | None: ...
    def image(self) -> str | None: ...
    def images(self, purpose: Purpose) -> str | None: ...
    def purpose(self, source: str) -> Purpose | None: ...
    def session_to_open(self) -> str | None: ...
    def export_folder(self) -> str | None: ...
    def report_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None: ...


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What a search is asked for; its repair is the present one."""

    remove: int
    granularity: str = "sublayer"
    objective: str = "kl"
    width: int = 1
    racing: bool = True


@dataclass(frozen=True, slots=True)
class StudyForm:
    """What a study is asked for. `methods` is None for all that fit the model and the images, `images` for all."""

    methods: tuple[str, ...] | None
    removed: tuple[int, ...]
    repairs: tuple[str, ...]
    granularity: str
    target: str
    speed: bool
    images: int | None = None


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
        self.undo_stack = QUndoStack(self)
        self.planning = Planning(state, self, saver or runner, dialogs, self)
        self._state = state
        self._runner = runner
        self._settings = settings
        self._dialogs = self.dialogs = dialogs
        self._use_search = False  # once the search is through
        self._study: RunStudy | None = None  # not through yet
        self._steps: list[Callable[[], None]] = []  # what follows once the present opening is through
        self._jobs: tuple[JobStatus, ...] = ()
        self._saves: tuple[JobStatus, ...] = ()
        self._downloads: tuple[JobStatus, ...] = ()
        runner.changed.connect(self._on_jobs)
        runner.told.connect(self._on_told)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.cancelled.connect(self._on_cancelled)
        if saver is not None:
            self.keeping.jobs_changed.connect(self._on_saves)
        if fetcher is not None:
            self.models.jobs_changed.connect(self._on_downloads)
            self.models.failed.connect(self.failed)
        self.models.notified.connect(self.notified)
        self.batch.notified.connect(self.notified)
        self.keeping.failed.connect(self.failed)
        self.keeping.notified.connect(self.notified)
        self.keeping.reload_wanted.connect(self._reload)
        self.recents = Recents(lister or runner, settings, self)
        self._sample = Sample(saver or runner, runner, self)
        self._sample.opened.connect(self._show_sample)
        if saver is not None:
            self._sample.failed.connect(self.failed)
            self.planning.failed.connect(self.failed)
        self.explorer.analysed.connect(self._show_analysis)
        self.explorer.notified.connect(self.notified)
        self.planning.notified.connect(self.notified)
        state.plan_changed.connect(self._follow_plan)
        for measured in (state.plan_changed, state.evaluations_changed, state.data_changed, state.test_data_changed):
            measured.connect(self._compare)

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
        self._show_session(session, origin, unsaved=True)

    def export_folder(self, path: str | Path | None = None) -> None:
        """Write the pruned model into a folder, which is asked for when none is given."""
        state = self._state
        if state.model is None or state.plan is None:
            self.notified.emit(tr("There is nothing to export yet: open a model first."))
            return
        if self._cannot_fit(state.plan):
            return
        chosen = path if path is not None else self._dialogs.export_folder()
        if not chosen:
            return
        empty = replace(state.plan, actions=frozenset())
        self._submit(
            Export(
                state.model,
                state.plan,
                Path(chosen),
                self._evaluation_of(state.plan),
                self._evaluation_of(empty),
                calibration=self._calibration(state.plan),
            )
        )

    def export_rewritten(self, names: Sequence[str]) -> None:
        """Write the pruned model after these lossless rewrites into a folder, which is asked for."""
        state = self._state
        if state.plan is not None and self._cannot_fit(state.plan):
            return
        chosen = self._dialogs.export_folder() if state.model is not None and state.plan is not None else None
        if chosen and state.model is not None and state.plan is not None:
            fitted = self._calibration(state.plan)
            self._submit(Export(state.model, state.plan, Path(chosen), rewrites=tuple(names), calibration=fitted))

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
        state = self._state
        plan, data = state.plan if plan is None else plan, state.images_to_evaluate
        if state.model is None or data is None or plan is None:
            self.notified.emit(tr("Open a model and images first."))
            return
        if not self._cannot_fit(plan):
            self._submit(Evaluate(state.model, data, plan, self._calibration(plan)))

    def start_search(self, asked: SearchForm) -> None:
        """Look for sites on the true objective, one after the other, with the present repair. What it finds is shown
        step by step."""
        state = self._state
        if state.model is None or state.data is None:
            self.notified.emit(tr("Open a model and images first."))
            return
        self._use_search = False
        state.search = Searched(None)
        repair, target = state.repair
        repair = str(Action.LINEAR) if repair == AUTO else repair
        protect = tuple(sorted(state.protected))
        self._search(
            asked.remove, asked.granularity, asked.objective, asked.width, asked.racing, repair, target, protect
        )

    def resume_search(self, remove: int) -> None:
        """Go on with the search on show until `remove` sites are found."""
        known = self._state.search.state if self._state.search is not None else None
        if known is not None and remove > len(known.steps):
            s = known.settings
            self._search(remove, s.granularity, s.objective, s.width, s.racing, s.repair, s.target, s.protect, known)

    def _search(
        self,
        remove: int,
        granularity: str,
        objective: str,
        width: int,
        racing: bool,
        repair: str,
        target: str,
        protect: tuple[str, ...],
        known: SearchState | None = None,
    ) -> None:
        state = self._state
        if state.model is not None and state.data is not None:
            self._submit(
                RunSearch(
                    state.model,
                    state.data,
                    remove,
                    granularity,
                    objective,
                    width,
                    racing,
                    repair,
                    target,
                    protect,
                    known,
                )
            )

    def use_search(self, count: int) -> None:
        """Put the first sites that the search on show found in place of the plan, with the repair that it was for."""
        search, architecture = self._state.search, self._state.architecture
        if search is None or search.state is None or architecture is None or not 0 < count <= len(search.steps):
            return
        sites, settings = search.steps[count - 1].sites, search.state.settings
        bare = PruningPlan.of(architecture, dict.fromkeys(sites, Action.REMOVE))
        self.use_plan(
            bare.repaired(architecture, settings.repair, settings.target),
            tr("Use the first %n site(s) of the search", "", count),
        )

    def start_study(self, asked: StudyForm) -> None:
        """Ask where the study is to be kept, and run it: every method against what it is measured to be worth."""
        state = self._state
        if state.model is None or state.data is None or state.test_data is None:
            self.notified.emit(tr("Open images to analyse, and other images to evaluate, first."))
            return
        chosen = self._dialogs.session_to_save(f"{Path(state.model.source).name}-study{SESSION_SUFFIX}")
        if not chosen:
            return
        path = Path(chosen)
        self._study = RunStudy(
            state.model,
            state.data,
            state.test_data,
            path,
            asked.methods,
            asked.removed,
            asked.repairs,
            asked.granularity,
            asked.target,
            asked.speed,
            asked.images,
        )
        self._submit(self._study)
        if state.protected:
            self.notified.emit(tr("A study tries all sites: those that are protected may go in its plans."))

    def resume_study(self) -> None:
        """Go on with the study that was stopped, from what its file holds."""
        if self._study is not None:
            self._submit(self._study)

    @property
    def study_stopped(self) -> bool:
        """Whether there is a study to go on with."""
        return self._study is not None

    def write_report(self) -> None:
        """Write all figures of the study as HTML or Markdown, where is asked."""
        result = self._state.findings
        if result is not None and (chosen := self._dialogs.report_to_save("study.html", (".html", ".md"))):
            self._submit(WriteReport(result, Path(chosen)))

    def install_desktop_entry(self) -> None:
        self._submit(InstallEntry())

    def prove_rewrites(self, names: Sequence[str] | None) -> None:
        """List the lossless rewrites of the pruned model and prove these, or all that apply. The answer comes with
        `rewrites_proved`."""
        if self._state.model is None or self._state.plan is None:
            self.notified.emit(tr("Open a model first."))
            return
        asked = None if names is None else tuple(names)
        plan = self._state.plan
        if self._cannot_fit(plan):
            self.rewrites_proved.emit(asked, None)
            return
        self._submit(ProveRewrites(self._state.model, plan, asked, self._calibration(plan)))

    def keep_pictures(self) -> None:
        """Put small pictures of the images that not all evaluations agree on into the session."""
        self._submit(KeepPictures(self._state.evaluations))

    def cancel_jobs(self) -> None:
        self._steps.clear()
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

    # Editing the plan

    def toggle_site(self, site_id: str) -> None:
        plan, architecture = self._state.plan, self._state.architecture
        if plan is None or architecture is None or site_id not in architecture.by_id:
            return
        self._edit_sites("Restore" if plan.removes(architecture, site_id) else "Remove", (site_id,))

    def remove_sites(self, ids: Iterable[str]) -> None:
        self._edit_sites("Remove", ids)

    def restore_sites(self, ids: Iterable[str]) -> None:
        self._edit_sites("Restore", ids)

    def choose_sites(self, method: str, granularity: str, size: str, amount: float) -> None:
        """Put what a method chooses, with the present repair, in place of the plan; one step to undo. `size` says what
        `amount` is of: "remove", a number of sites; "macs", "params" or "latency", the share that is left."""
        state = self._state
        if state.model is None or state.architecture is None or state.plan is None:
            self.notified.emit(tr("Open a model first."))
            return
        if method == SEARCH and size == "remove" and state.data is not None:
            self.start_search(SearchForm(int(amount), granularity))
            self._use_search = True
            self.tab_wanted.emit("search")
            return
        repair, target = state.repair
        self._submit(
            Choose(
                state.model,
                state.data,
                state.scores,
                state.architecture,
                method,
                granularity,
                size,
                amount,
                repair,
                target,
                self._tokens_shown(method),
                tuple(sorted(state.protected)),
            )
        )

    def _tokens_shown(self, method: str) -> str | None:
        """What is ranked is what is shown, over the tokens that are shown. Other methods have tokens of their own."""
        metric, _, tokens = self._state.metric.partition("@")
        return tokens if method == metric and tokens else None

    def set_repair(self, repair: str, target: str | None = None) -> None:
        """What stands for every site of the plan, where it can, and for those that go from now on."""
        state = self._state
        plan, architecture = state.plan, state.architecture
        wanted = repair, target or state.repair[1]
        if repair == "none":
            text = tr("Remove without repair")
        elif repair == state.repair[0]:
            text = tr("Fit repairs to the target {target}", target=tr(TARGETS[wanted[1]].title))
        else:
            text = tr("Repair with {repair}", repair=tr(PICKED[repair].title))
        changed: dict[str, object] = {"repair": wanted}
        if plan and repair != AUTO and architecture is not None:
            try:
                changed["plan"] = plan.repaired(architecture, repair, wanted[1])
            except (PlanInvalid, ArgumentInvalid) as error:
                self.notified.emit(str(error))
        self._choose(text, "repair", **changed)
        if plan and repair == AUTO and architecture is not None:
            if state.model is None or state.data is None:
                self.notified.emit(tr("Repairs are tried on images: open images to analyse first."))
            else:
                best = plan.repaired(architecture, Action.LINEAR, state.repair[1])
                self._submit(RepairCheaply(state.model, state.data, best))

    def repair_sites(self, ids: Iterable[str], action: str) -> None:
        """What stands for these sites of the plan: an `Action`."""
        plan, architecture, sites = self._state.plan, self._state.architecture, tuple(ids)
        if plan is None or architecture is None or not sites:
            return
        target = self._state.repair[1]
        site, title = sites[0], tr(REPAIRS["none" if action == Action.REMOVE else action].title)
        if action == Action.REMOVE and len(sites) == 1:
            text = tr("Remove {site} without repair", site=site)
        elif action == Action.REMOVE:
            text = tr("Remove %n site(s) without repair", "", len(sites))
        elif len(sites) == 1:
            text = tr("Repair {site}: {repair}", site=site, repair=title)
        else:
            text = tr("Repair %n site(s): {repair}", "", len(sites), repair=title)
        self.edit(text, lambda: PruningPlan.of(architecture, dict(plan.actions) | dict.fromkeys(sites, action), target))

    def use_plan(self, plan: PruningPlan, text: str) -> None:
        """Put another plan in place of the present one; one step to undo."""
        self.edit(text, lambda: plan)

    def clear_plan(self) -> None:
        plan, architecture = self._state.plan, self._state.architecture
        if plan and architecture is not None:
            self.edit(tr("Clear the plan"), lambda: PruningPlan.of(architecture))

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
        from vitprune.scores import split_name  # numpy comes with it

        metric, _ = split_name(table)
        if metric == split_name(self._state.metric)[0]:
            text = tr("Colour by other tokens")
        else:
            text = tr("Colour by {metric}", metric=_title(metric))
        self._choose(text, "metric", metric=table)

    def _choose(self, text: str, kind: str, **after: object) -> None:
        """A step to undo, one together with others of its kind right before it."""
        if any(getattr(self._state, name) != value for name, value in after.items()):
            self.undo_stack.push(StateChange(text, self._state, kind, **after))

    def show_error(self, error: VitPruneError | ErrorReport) -> None:
        self.failed.emit(error)

    # Plan edits and dirt

    def _edit_sites(self, verb: str, ids: Iterable[str]) -> None:
        plan, architecture, sites = self._state.plan, self._state.architecture, tuple(ids)
        if plan is None or architecture is None or not sites:
            return
        if verb == "Remove":
            stay = self.planning.held
            protected = [site for site in sites if site in stay]
            sites = tuple(site for site in sites if site not in stay)
            if protected:
                self.notified.emit(
                    tr("{site} is protected and stays.", site=protected[0])
                    if len(protected) == 1
                    else tr("%n protected site(s) stay.", "", len(protected))
                )
            if not sites:
                return
        site, many = sites[0], len(sites)
        if verb == "Remove":
            text = tr("Remove {site}", site=site) if many == 1 else tr("Remove %n site(s)", "", many)
        else:
            text = tr("Restore {site}", site=site) if many == 1 else tr("Restore %n site(s)", "", many)
        repair, target = self._state.repair

        def change() -> PruningPlan:
            if verb != "Remove":
                return plan.with_restored(architecture, sites)
            return with_repair(plan.with_removed(architecture, sites), architecture, sites, repair, target)

        self.edit(text, change)

    def edit(self, text: str, change: Callable[[], PruningPlan]) -> None:
        """One step to undo. A plan that would remove what is protected is refused."""
        before = self._state.plan
        if before is None:
            return
        try:
            after = change()
        except (PlanInvalid, ArgumentInvalid) as error:
            self.notified.emit(str(error))
            return
        if lost := sorted((after.sites - before.sites) & self.planning.held):
            self.notified.emit(
                tr("This plan removes {site}, which is protected. Release it first.", site=lost[0])
                if len(lost) == 1
                else tr("This plan removes %n protected site(s). Release them first.", "", len(lost))
            )
            return
        if after != before:
            self.undo_stack.push(StateChange(text, self._state, plan=after))

    @Slot(object)
    def _follow_plan(self, plan: PruningPlan | None) -> None:
        """What goes next is repaired as what went before."""
        if plan and self._state.architecture is not None:
            repair = common_repair(plan, self._state.architecture)
            if repair is not None and self._state.repair[0] != AUTO:
                target = str(plan.target) if plan.needs_calibration else self._state.repair[1]
                self._state.repair = repair, target

    @Slot()
    def _compare(self) -> None:
        """Hold the plan on show against the dense model, when both are measured on the same images."""
        state = self._state
        state.comparison = None
        self._runner.abandon("comparison")
        if not state.evaluations or not state.plan:
            return
        from vitprune.comparison import dense_beside
        from vitprune_gui.item_models.evaluations_model import current_of

        current = current_of(state.evaluations, state.plan, state.images_to_evaluate)
        dense = dense_beside(state.evaluations, current) if current is not None else None
        if current is not None and dense is not None:
            self._submit(Compare(dense, current))

    def _calibration(self, plan: PruningPlan) -> DataReference | None:
        """The images to analyse, where the plan has repairs to be fitted."""
        return self._state.data if plan.needs_calibration else None

    def _cannot_fit(self, plan: PruningPlan) -> bool:
        if plan.needs_calibration and self._state.data is None:
            self.notified.emit(tr("Repairs are fitted to images: open images to analyse first."))
            return True
        return False

    def _evaluation_of(self, plan: PruningPlan) -> Evaluation | None:
        fitted = self._calibration(plan)
        digests = ("", fitted.digest if fitted else "")
        found = (e for e in reversed(self._state.evaluations) if e.plan == plan)
        return next((e for e in found if (e.repair.digest if e.repair else "") in digests), None)

    # Jobs

    def _open_sample(self) -> None:
        self._steps.clear()
        self.models.open_nothing()
        self._runner.abandon(OpenModel.topic, *_LONG)
        self._sample.open()

    @Slot(object)
    def _show_sample(self, session: Session) -> None:
        self._show_session(session, Origin())

    def _open(self, request: OpenModel | OpenSession, *steps: Callable[[], None]) -> None:
        self._steps = list(steps)
        self.models.open_nothing()
        self._sample.forget()
        self._runner.abandon(*_LONG)  # or the opening would wait for it; what goes on from where it was is not lost
        self._submit(request)

    def _submit(self, request: Request) -> None:
        self._runner.submit(request)

    @Slot(object)
    def _on_jobs(self, jobs: tuple[JobStatus, ...]) -> None:
        self._jobs = jobs
        self._show_jobs()

    @Slot(object)
    def _on_saves(self, jobs: tuple[JobStatus, ...]) -> None:
        self._saves = jobs
        self._show_jobs()

    @Slot(object)
    def _on_downloads(self, jobs: tuple[JobStatus, ...]) -> None:
        self._downloads = jobs
        self._show_jobs()

    def _show_jobs(self) -> None:
        order = ("running", "queued").index
        every = (*self._saves, *self._downloads, *self._jobs)
        pending = sorted((job for job in every if job.pending), key=lambda job: order(job.state))
        studying = any(job.topic == RunStudy.topic for job in pending)
        self.keeping.taken = self._study.path if studying and self._study is not None else None
        self._state.jobs = (*pending, *(job for job in every if not job.pending))

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        request, value = finished.request, finished.value
        if isinstance(request, Analyze) and finished.stopped and self._has_more(value):
            self._say_stopped(value)  # nothing of it stays
            return
        if request.logged:
            self.keeping.note(request.logged, finished.seconds)
            for note in finished.notes:
                self.keeping.note(note, 0.0)
                self.notified.emit(note)
        match request:
            case OpenModel():
                self._show_model(value)
                self._settings.add_recent(request.source)
            case OpenSession():
                session, digest = value
                self._show_session(session, Origin(request.path, digest, request.path))
                self._settings.add_recent(str(request.path))
            case OpenTestImages():
                self._show_test_images(value)
                self._settings.add_recent(request.source)
            case OpenImages():
                self._show_images(value)
                self._settings.add_recent(request.source)
            case Analyze():  # and MeasureDamage
                self._show_analysis(value)
                if finished.stopped:
                    self._say_stopped(value)
            case CompareOrders():
                self._state.agreement = value
            case RankSites():
                self._show_ranks(value)
            case Choose():
                self.edit(tr("Choose by {method}", method=_title(request.method)), lambda: value)
            case RepairCheaply():
                self.edit(tr("Repair as cheaply as possible"), lambda: value)
            case Evaluate():
                self._show_evaluations(value, request.data)
            case Compare():
                self._state.comparison = value
            case RunSearch():
                self._show_search(Searched(value.state))
                if self._use_search:
                    self._use_search = False
                    self.use_search(len(value.steps))
            case RunStudy():
                self._study = None
                self._show_study(value, request.path)
                self.keeping.written(request.path)
            case KeepPictures():
                self._show_pictures(value)
            case ReadStudy():
                self._state.findings = value
            case WriteReport():
                self.notified.emit(tr("The report is in {path}.", path=value))
            case Export():
                self.notified.emit(tr("Exported to {path}.", path=value))
            case InstallEntry():
                self.notified.emit(tr("ViTPrune is in the applications menu, by {path}.", path=value))
            case ProveRewrites():
                self.rewrites_proved.emit(request.names, value)
        if self._steps and isinstance(request, OpenModel | OpenImages):
            self._steps.pop(0)()

    @Slot(object)
    def _on_told(self, told: Told) -> None:
        match told.request:
            case Choose() | RepairCheaply():
                self._state.rungs = {**self._state.rungs, told.value.plan.key: told.value.rungs}
            case RunStudy() as asked:
                self._show_trials(told.value, asked.path)
            case RunSearch():
                self._show_search(told.value)

    @Slot(object)
    def _on_failed(self, failed: Failed) -> None:
        self._give_up(failed.request)
        if not isinstance(failed.request, SaveSession | AnalyzeInto):  # those are for `keeping` and `batch` to say
            self.failed.emit(failed.error)

    @Slot(object)
    def _on_cancelled(self, request: object) -> None:
        self._give_up(request)

    def _give_up(self, request: object) -> None:
        if isinstance(request, OpenModel | OpenImages | OpenSession):
            self._steps.clear()
        if isinstance(request, ProveRewrites):
            self.rewrites_proved.emit(request.names, None)
        if isinstance(request, RunSearch) and self._state.search is not None:
            self._use_search = False
            self._state.search = Searched(self._state.search.state)  # its whole steps stay

    # Results

    def _forget_model(self) -> None:
        """Nothing of the old model may stand beside the new one, not even what is still being computed."""
        state = self._state
        self._runner.abandon(*_OF_THE_MODEL)
        self.undo_stack.clear()
        self.keeping.forget()
        state.selection = None
        state.chosen = ()
        self._study = None
        state.search = None
        state.searches = ()
        state.findings = None
        state.study = None
        state.trials = ()
        state.evaluations = ()
        state.scores = None
        state.rungs = {}
        state.latencies = None
        state.protected = frozenset()
        state.kept_plans = ()
        state.plan = None
        state.test_data = None
        state.data = None
        state.model = None
        state.architecture = None

    def _show_model(self, opened: ModelOpened) -> None:
        state = self._state
        data, test_data = state.data, state.test_data
        self._forget_model()
        state.architecture = opened.architecture
        state.environment = opened.environment
        state.model = opened.reference
        state.plan = PruningPlan.of(opened.architecture)
        self.keeping.begin()
        if not opened.architecture.prunable:
            self.notified.emit(state.unprunable)
        elif opened.removed:
            self.notified.emit(tr("This model was pruned before: {sites}.", sites=", ".join(sorted(opened.removed))))
        if self._steps or opened.reference.source == SAMPLE:
            return
        # The same images, prepared for this model.
        if data is not None and data.source != SAMPLE:
            self.open_images(data.source)
        if test_data is not None and test_data.source != SAMPLE:
            self.open_test_images(test_data.source)

    @Slot(object)
    def _reload(self, path: Path) -> None:
        self._open(OpenSession(path))

    def _show_session(self, session: Session, origin: Origin, *, unsaved: bool = False) -> None:
        state = self._state
        self._forget_model()
        state.architecture = session.architecture
        state.environment = session.environment
        state.model = session.model
        state.data = session.data
        state.latencies = session.latencies
        state.protected = session.protected
        state.kept_plans = session.kept_plans
        state.plan = session.plan
        self._show_scores(session.scores)
        state.evaluations = session.evaluations
        state.searches = session.searches
        state.search = Searched(session.searches[-1].state) if session.searches else None
        state.study = session.study
        state.trials = session.trials
        if session.study is not None:
            self._submit(ReadStudy(session))
        latest = session.evaluations[-1].data if session.evaluations else None
        if latest is not None and (session.data is None or latest.digest != session.data.digest):
            state.test_data = latest
        self.keeping.begin(session, origin, unsaved=unsaved)

    def _show_images(self, data: DataReference) -> None:
        before = self._state.data
        others = before is None or before.digest != data.digest
        if before is not None and others:
            self.keeping.activations_from = None  # they were of other images, and so were the scores
            self._state.scores = None
        self._state.data = data
        if others and (before is not None or self._state.session_path is not None):
            self.keeping.changed()  # the first images of a model that was just opened are nothing to save yet
        self._say_skipped(data)

    def _show_test_images(self, data: DataReference) -> None:
        self._state.test_data = data
        self._say_skipped(data)

    def _say_skipped(self, data: DataReference) -> None:
        if data.skipped:
            self.notified.emit(
                tr(
                    "{n} images; {skipped} could not be read and are left out.",
                    n=data.images,
                    skipped=len(data.skipped),
                )
            )

    @Slot(object)
    def _show_analysis(self, session: Session) -> None:
        before, scores = self._state.data, session.scores
        same = before is not None and session.data is not None and before.digest == session.data.digest
        self.keeping.base = session
        if not same:
            self.keeping.activations_from = None  # they are of other images
        self._state.environment = session.environment
        self._state.data = session.data
        if same and scores is not None and self._state.scores is not None:
            scores = scores.after(self._state.scores)
        self._show_scores(scores)
        self.keeping.changed()

    def _has_more(self, session: Session) -> bool:
        """Whether there are scores of more images already than an analysis that was stopped came to."""
        held, scores, data = self._state.scores, session.scores, self._state.data
        if held is None or scores is None or scores.asked_images is None or data is None or session.data is None:
            return False
        return data.digest == session.data.digest and held.images > scores.images

    def _say_stopped(self, session: Session) -> None:
        scores = session.scores
        if self._has_more(session):
            self.notified.emit(tr("Stopped. The scores that there were have more images, and stay."))
        elif scores is not None and scores.asked_images is not None:
            self.notified.emit(
                tr(
                    "Stopped: these are scores of the first {n} of {asked} images.",
                    n=f"{scores.images:,}",
                    asked=f"{scores.asked_images:,}",
                )
            )
        else:
            self.notified.emit(tr("Stopped: the scores are there, and the damage is not measured."))

    def _show_pictures(self, kept: Thumbnails | None) -> None:
        self.keeping.thumbnails = kept
        self.keeping.changed()
        count = len(kept.paths) if kept else 0
        self.notified.emit(
            tr("Small pictures of {n} images that not all evaluations agree on are in the session.", n=count)
        )

    def _show_scores(self, scores: Scores | None) -> None:
        """Over tokens that these scores have: no other could be chosen back from what is shown."""
        from vitprune.scores import split_name

        metric, _ = split_name(self._state.metric)
        held = [table for table in scores or () if split_name(table)[0] == metric]
        if held and self._state.metric not in held:
            self._state.metric = metric if metric in held else held[0]
        self._state.scores = scores

    def _show_ranks(self, ranks: Ranks) -> None:
        if ranks.scores is self._state.scores:
            held = self._state.ranks
            places = held.places if held is not None and held.scores is ranks.scores else {}
            self._state.ranks = replace(ranks, places={**places, **ranks.places})

    def _show_search(self, search: Searched) -> None:
        """Every whole step is kept in the session, whether the search gets any further or not."""
        state, before = self._state, self._state.search
        state.search = search
        if search.state is None or not search.steps or (before is not None and before.steps == search.steps):
            return
        architecture, settings = state.architecture, search.state.settings
        if architecture is not None:
            from vitprune.searches import SearchResult

            bare = PruningPlan.of(architecture, dict.fromkeys(search.steps[-1].sites, Action.REMOVE))
            made = SearchResult(bare.repaired(architecture, settings.repair, settings.target), search.state)
            others = (result for result in state.searches if result.state.settings != settings)
            state.searches = (*others, made)
            self.keeping.changed()

    def _show_trials(self, session: Session, path: Path) -> None:
        """What a study that is written to `path` has found so far. Another study stays in the file that it is in."""
        state, new = self._state, {e.inputs for e in session.evaluations}
        if state.trials and state.study != session.study and state.session_path not in (None, path):
            self.notified.emit(
                tr("{name} keeps the study that it holds: a save asks for another file.", name=state.session_path.name)
            )
            self.keeping.leave_file()
        state.findings = None
        state.study = session.study
        state.evaluations = (*(e for e in state.evaluations if e.inputs not in new), *session.evaluations)
        state.trials = session.trials
        self.keeping.changed()

    def _show_study(self, session: Session, path: Path) -> None:
        self.keeping.base, self.keeping.activations_from = self.keeping.base or session, None
        self._state.environment = session.environment
        self._state.data = session.data
        if session.study is not None:
            self._state.test_data = session.study.test
        self._show_scores(session.scores)
        self._show_trials(session, path)
        self._submit(ReadStudy(session))

    def _show_evaluations(self, evaluations: Sequence[Evaluation], asked: DataReference) -> None:
        new = {e.inputs for e in evaluations}
        kept = (e for e in self._state.evaluations if e.inputs not in new)
        self._state.evaluations = (*kept, *evaluations)
        found = evaluations[0].data
        if asked == self._state.images_to_evaluate and found.digest != asked.digest:
            self._state.test_data = found  # the folder has changed since it was opened
        self.keeping.changed()


def _title(name: str) -> str:
    """What people call a metric or a method of pruning; one that is not known keeps its name."""
    from vitprune.scores import METRICS
    from vitprune.selection import methods

    known = METRICS.get(name) or methods().get(name)
    return tr(known.title) if known else name
