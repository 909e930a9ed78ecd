"""A window without a screen, an engine without torch, dialogs that answer by themselves, and no leftovers."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import gc
import shutil
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread
from PySide6.QtWidgets import QApplication, QWidget

from vitprune.architecture import Architecture, Cost, Kind, Site
from vitprune.document import Document
from vitprune.errors import SessionChanged
from vitprune.formats import Exported, Proof
from vitprune.jobs import Job
from vitprune.plan import PruningPlan
from vitprune.results import (
    DataReference,
    Environment,
    Evaluation,
    Latency,
    ModelReference,
    Repair,
    Session,
    Study,
    Trial,
)
from vitprune.scores import Score, Scores
from vitprune.searches import Candidate, Rung, SearchPartial, SearchResult, SearchSettings, SearchState, SearchStep
from vitprune.selection import select
from vitprune.statistics import Estimate
from vitprune_gui import translation
from vitprune_gui.app import Shell, build
from vitprune_gui.commands import Commands, ModelDetails, Purpose
from vitprune_gui.keeping import Answer, Conflict
from vitprune_gui.requests import Engine
from vitprune_gui.runner import JobRunner
from vitprune_gui.settings import Settings
from vitprune_gui.state import AppState
from vitprune_gui.views.main_window import ViewFactory

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What the offscreen platform cannot do is no fault of a window.
    quiet = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(quiet)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """As in the application, nothing is collected while something is being painted: the widget might go with it. It
    goes when the test has let go of it."""
    gc.disable()
    result = yield
    gc.collect(1)
    gc.enable()
    return result


@pytest.fixture(scope="session", autouse=True)
def english(qapp: QApplication) -> None:
    """What is counted is said as people say it."""
    translation.install(qapp, "en")


@pytest.fixture(autouse=True)
def no_leftovers(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a thread running or a window behind: both crash the process later, somewhere else."""
    started: list[QThread] = []
    start = QThread.start

    def recorded(thread: QThread, *args: Any) -> None:
        started.append(thread)
        start(thread, *args)

    monkeypatch.setattr(QThread, "start", recorded)
    threads = set(threading.enumerate())
    windows = set(QApplication.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    running = [thread for thread in started if thread.isRunning()]
    for thread in running:
        thread.quit()
        thread.wait(5000)
    assert not running, "a QThread was left running"
    left = [t.name for t in threading.enumerate() if t not in threads and not isinstance(t, threading._DummyThread)]
    assert not left, f"threads were left running: {left}"
    opened = [w for w in QApplication.topLevelWidgets() if w not in windows and w.parent() is None]
    names = [f"{type(window).__name__} {window.objectName()!r}" for window in opened]
    for window in opened:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not names, f"windows were left open: {names}"


@pytest.fixture
def config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    monkeypatch.setenv("VITPRUNE_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def settings(config_dir: Path, qapp: QApplication) -> Settings:
    return Settings(config_dir)


class FakeDialogs:
    """Answers every question with what the test put there, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.model_file_: str | None = None
        self.details: ModelDetails | None = None
        self.images_: str | None = None
        self.image_: str | None = None
        self.purpose_: Purpose | None = None
        self.session: str | None = None
        self.folder: str | None = None
        self.report: str | None = None
        self.plan: str | None = None
        self.job: str | None = None
        self.chart: str | None = None
        self.lesson: str | None = None
        self.worksheet: str | None = None
        self.answer: Answer = "cancel"
        self.conflict: Conflict = "cancel"
        self.stop = True

    def model_file(self) -> str | None:
        self.asked.append("model_file")
        return self.model_file_

    def model_folder(self) -> str | None:
        self.asked.append("model_folder")
        return self.folder

    def model_details(self, source: str) -> ModelDetails | None:
        self.asked.append(f"model_details {Path(source).name}")
        return self.details

    def image(self) -> str | None:
        self.asked.append("image")
        return self.image_

    def images(self, purpose: Purpose) -> str | None:
        self.asked.append(f"images {purpose}")
        return self.images_

    def purpose(self, source: str) -> Purpose | None:
        self.asked.append(f"purpose {Path(source).name}")
        return self.purpose_

    def session_to_open(self) -> str | None:
        self.asked.append("session_to_open")
        return self.session

    def session_folder(self) -> str | None:
        self.asked.append("session_folder")
        return self.folder

    def session_to_save(self, suggestion: str) -> str | None:
        self.asked.append(f"session_to_save {suggestion}")
        return self.session

    def export_folder(self) -> str | None:
        self.asked.append("export_folder")
        return self.folder

    def plan_to_open(self) -> str | None:
        self.asked.append("plan_to_open")
        return self.plan

    def plan_to_save(self, suggestion: str) -> str | None:
        self.asked.append(f"plan_to_save {suggestion}")
        return self.plan

    def job_to_save(self, suggestion: str) -> str | None:
        self.asked.append(f"job_to_save {suggestion}")
        return self.job

    def report_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None:
        self.asked.append(f"report_to_save {suggestion}")
        return self.report

    def lesson_to_open(self) -> str | None:
        self.asked.append("lesson_to_open")
        return self.lesson

    def worksheet_to_save(self, suggestion: str, kinds: Sequence[str]) -> str | None:
        self.asked.append(f"worksheet_to_save {suggestion}")
        return self.worksheet

    def chart_to_save(self, suggestion: str) -> str | None:
        self.asked.append(f"chart_to_save {suggestion}")
        return self.chart

    def unsaved(self) -> Answer:
        self.asked.append("unsaved")
        return self.answer

    def changed_on_disk(self, path: Path) -> Conflict:
        self.asked.append(f"changed_on_disk {path.name}")
        return self.conflict

    def stop_jobs(self, titles: tuple[str, ...]) -> bool:
        self.asked.append(f"stop_jobs {', '.join(titles)}")
        return self.stop


@pytest.fixture
def dialogs() -> FakeDialogs:
    return FakeDialogs()


def pictures(folder: Path, each: int) -> Path:
    """This folder, with the first test images of each class of the sample."""
    for kind in sorted((Path(str(files("vitprune_resources"))) / "sample" / "test").iterdir()):
        (folder / kind.name).mkdir(parents=True, exist_ok=True)
        for image in sorted(kind.iterdir())[:each]:
            shutil.copy(image, folder / kind.name)
    return folder


def toy_architecture(name: str = "toy", depth: int = 3) -> Architecture:
    sites: list[Site] = []
    repairs = tuple(Cost(action, 3, 30) for action in ("mean", "diagonal", "low-rank", "linear"))
    for i in range(depth):
        sites.append(Site(f"blocks.{i}", Kind.BLOCK, i, 30, 300))
        sites.append(Site(f"blocks.{i}.attn", Kind.ATTENTION, i, 10, 100, f"blocks.{i}", repairs=repairs))
        sites.append(Site(f"blocks.{i}.mlp", Kind.MLP, i, 20, 200, f"blocks.{i}", repairs=repairs))
    return Architecture(name, "toy", 30 * depth + 5, 300 * depth + 50, (3, 8, 8), 5, 2, tuple(sites))


ENVIRONMENT = Environment("0.1.0", "3.11", "2.14", "1.0", "Linux", "A processor, 2 cores", "cpu", 2)


class FakeWorkflow:
    """`vitprune.workflow` as far as the window can tell: the same verbs and values, made up in no time."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fail: dict[str, Exception] = {}
        self.gates: dict[str, threading.Event] = {}
        self.saved: dict[Path, Session] = {}
        self.digests: dict[Path, str] = {}
        self.difference = 3e-7  # of the logits, after a rewrite
        self.fitted_to: DataReference | None = None

    def _enter(self, verb: str, job: Job | None = None) -> None:
        """Wait where the test says so, and fail where it says so."""
        self.calls.append(verb)
        gate = self.gates.get(verb)
        while gate is not None and not gate.wait(0.005):
            if job is not None:
                job.check()
        if verb in self.fail:
            raise self.fail[verb]

    def open_model(self, source: str, *, architecture: Any, model_args: Any, class_names: Any) -> Any:
        self._enter("open_model")
        known = toy_architecture(f"toy-{Path(source).name}")
        reference = ModelReference(source, architecture or known.name, dict(model_args or {}), f"sha-{source}")
        return SimpleNamespace(
            module=SimpleNamespace(to=lambda _: None),
            reference=reference,
            architecture=known,
            data_config={},
            report=None,
            plan=None,
        )

    def open_images(self, source: str, model: Any, *, purpose: str = "calibration", job: Job, **_: Any) -> Any:
        self._enter("open_images", job)
        digest = f"sha-{source}-{purpose}" if source == "sample" else f"sha-{source}"
        data = DataReference(source, ("a", "b"), (0, 1), ("x", "y"), (), 0, digest)
        return SimpleNamespace(reference=data, batches=lambda size, job: iter(()))

    def site_latencies(self, model: Any, *, compute: Any, job: Job) -> Any:
        self._enter("site_latencies", job)
        return SimpleNamespace(left=lambda plan, architecture: 1 - 0.1 * len(plan))

    def labels_of(self, model: Any, images: Any) -> None:
        return None

    def workbench(self, model: Any, images: Any, size: int, job: Job) -> Any:
        def cheapest(plan: PruningPlan, on_rungs: Any) -> PruningPlan:
            actions = {site: "mean" if "attn" in site else "linear" for site in plan.sites}
            for site, action in actions.items():
                tried = ("mean", 0.02), ("linear", 0.5)
                on_rungs(
                    [
                        Rung(site, Cost(name, 3, 30), Estimate(0.1, 0.05, 0.2, 2), worse, name == action)
                        for name, worse in tried
                    ]
                )
            return PruningPlan.of(model.architecture, actions, plan.target)

        return SimpleNamespace(cheapest=cheapest)

    def environment(self, compute: Any) -> Environment:
        return ENVIRONMENT

    def analyze(self, model: Any, images: Any, *, compute: Any, job: Job, **_: Any) -> Session:
        self._enter("analyze", job)
        sites = model.architecture.sites
        tables = {"cosine": {s.id: Score(np.full(2, i / len(sites))) for i, s in enumerate(sites)}}
        plan = PruningPlan.of(model.architecture)
        scores = Scores(2, tables)
        return Session(model.reference, model.architecture, plan, ENVIRONMENT, "now", images.reference, scores)

    def evaluate(self, model: Any, images: Any, plan: PruningPlan, *, calibration: Any, compute: Any, job: Job) -> Any:
        self._enter("evaluate", job)
        self.fitted_to = calibration.reference if calibration is not None else None
        empty = replace(plan, actions=frozenset())
        top1 = Estimate(0.5, 0.4, 0.6, 2)
        made = Evaluation(empty, images.reference, 95, 950, np.array([0, 1]), {}, top1=top1)
        fitted = Repair(str(plan.target), 2, calibration.reference.digest, ()) if calibration is not None else None
        return (made, replace(made, plan=plan, repair=fitted)) if len(plan) else (made,)

    def plan(
        self, scores: Any, architecture: Architecture, *, budget: Any, model: Any, images: Any, job: Job, **how: Any
    ) -> PruningPlan:
        self._enter("plan", job)
        how.pop("compute")
        return select(scores, architecture, budget, **how)

    def export(
        self,
        model: Any,
        plan: PruningPlan,
        folder: Path,
        *,
        evaluation: Any,
        dense: Any,
        rewrites: tuple[str, ...],
        calibration: Any,
        formats: tuple[str, ...],
        images: Any,
        compute: Any,
        job: Job,
    ) -> Exported:
        self._enter(" ".join(("export", *rewrites, *formats)), job)
        self.fitted_to = calibration.reference if calibration is not None else None
        folder.mkdir()
        times = Latency(np.array([2.0, 1.0, 3.0]), 4, 2, "cpu")
        proofs = tuple(Proof(name, f"{name}.file", 1234, 2e-6, 1e-7, times) for name in ("folder", *formats))
        shown = calibration or images
        source = shown.reference.source if shown is not None else ""
        return Exported(folder, {"folder.file": 1234}, 380, 300, 80, source, 7, (1, 3, 3), proofs, times)

    def rewrite(
        self, model: Any, plan: PruningPlan, names: tuple[str, ...] | None, *, calibration: Any, job: Job
    ) -> Any:
        self._enter("rewrite", job)
        found = tuple(
            SimpleNamespace(
                name=name,
                title=f"Do {name}",
                what=f"What {name} is.",
                applicable=not reason,
                reason=reason,
                places=("blocks.0",),
                params=params,
                macs=macs,
            )
            for name, reason, params, macs in (
                ("fold", "", 1000, 0),
                ("shrink", "", 0, 5000),
                ("magic", "there is none", 0, 0),
            )
        )
        steps = tuple(
            SimpleNamespace(rewrite=entry, max_difference=self.difference)
            for entry in found
            if entry.applicable and (names is None or entry.name in names)
        )
        ok = self.difference <= 1e-5
        failures = () if ok else ("fold: the logits differ.",)
        report = SimpleNamespace(
            steps=steps, max_difference=self.difference, params=94, macs=940, failures=failures, ok=ok
        )
        return found, report


class FakeStudy:
    """`vitprune.study`, `.report` and `.document` as far as the window can tell."""

    def __init__(self, workflow: FakeWorkflow) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.stop_after: int | None = None
        self._workflow = workflow

    def open_sets(self, model: Any, data: str, test: str, *, images: int | None, job: Job) -> tuple[Any, Any]:
        opened = (self._workflow.open_images(source, model, purpose="", job=job) for source in (data, test))
        return next(opened), next(opened)

    def study(self, model: Any, calibration: Any, test: Any, path: Path, *, job: Job, compute: Any, **how: Any) -> Any:
        self.asked.append((path, *how.items()))
        asked = Study((), how["removed"], how["repairs"], how["granularity"], how["target"], test.reference)
        session = replace(
            self._workflow.analyze(model, calibration, compute=None, job=job), data=calibration.reference, study=asked
        )
        for number, method in enumerate(("cosine", "depth")):
            plan = PruningPlan.of(model.architecture, {f"blocks.{number}.attn": "remove"})
            session = replace(session, trials=(*session.trials, Trial(method, "sublayer", 1, "none", plan, 0.1)))
            self._workflow.saved[path] = session
            path.write_text(method)
            while self.stop_after == len(session.trials):
                job.progress("Measuring plans", number, 2)
                time.sleep(0.005)
            job.progress("Measuring plans", number, 2)
        return session

    def results(self, sessions: Any, job: Job) -> list[str]:
        return [f"figures of {len(session.trials)}" for session in sessions]

    def report(self, results: Any) -> Document:
        return Document(results[0], ())


class FakeSearch:
    """`vitprune.search` and what it needs, as far as the window can tell: it finds the blocks' attention, in order."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.stop_at: int | None = None  # a step in whose middle it waits

    def running_on(self, compute: Any) -> Any:
        return nullcontext("cpu")

    def batch_size(self, *_: Any) -> int:
        return 2

    def apart(self, batches: Any, labels: Any) -> tuple[Any, Any, Any]:
        return ["fit"], batches, labels

    def Lab(self, module: Any, batches: Any, *, labels: Any, job: Job) -> Job:
        return job

    def search(
        self, lab: Job, budget: Any, *, state: SearchState | None, on_step: Any, on_partial: Any, **how: Any
    ) -> SearchResult:
        self.asked.append(how | {"remove": budget.remove, "known": len(state.steps) if state else 0})
        settings = SearchSettings(
            "", how["weights"], how["data"], 2, how["objective"], how["granularity"], (), how["width"], how["repair"],
            how["target"], how["racing"],
        )  # fmt: skip
        state = state or SearchState(settings)
        while len(state.steps) < budget.remove:
            number = len(state.steps)
            sites = tuple(f"blocks.{i}.attn" for i in range(number + 1))
            on_partial(SearchPartial(number + 1, (Candidate(sites[-1], 0.1, 0.01, 1),)))
            while self.stop_at == number + 1:
                lab.check()
                time.sleep(0.005)
            found = Candidate(sites[-1], 0.1, 0.01, 2), Candidate("blocks.0.mlp", 0.9, 0.1, 1)
            step = SearchStep(sites, Estimate(0.1, 0.0, 0.2, 2), found, (sites,), 3.0)
            state = SearchState(settings, (*state.steps, step))
            on_step(state)
        architecture = toy_architecture()
        return SearchResult(PruningPlan.of(architecture, dict.fromkeys(state.steps[-1].sites, "remove")), state)


class FakeEngine(Engine):
    def __init__(self, workflow: FakeWorkflow) -> None:
        super().__init__()
        self._fake = workflow

    def workflow(self, job: Job) -> Any:
        job.check()
        return self._fake


@pytest.fixture
def architecture() -> Architecture:
    return toy_architecture()


@pytest.fixture
def study(workflow: FakeWorkflow, modules: dict[str, Any]) -> FakeStudy:
    made = FakeStudy(workflow)
    modules |= dict.fromkeys(("vitprune.study", "vitprune.report"), made)
    return made


@pytest.fixture
def search(workflow: FakeWorkflow, modules: dict[str, Any]) -> FakeSearch:
    made = FakeSearch()
    modules |= dict.fromkeys(("vitprune.search", "vitprune.devices", "vitprune.lab"), made)
    return made


@pytest.fixture
def modules() -> dict[str, Any]:
    """What stands for modules of the engine."""
    return {}


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch, modules: dict[str, Any]) -> FakeWorkflow:
    fake = FakeWorkflow()

    def save(session: Session, path: Path, *, activations_from: Path | None, expected: str | None, job: Job) -> str:
        fake._enter("save")
        if expected not in (None, fake.digests.get(path, "")):
            raise SessionChanged("It was changed.")
        fake.saved[path] = session
        fake.digests[path] = f"digest {len(fake.calls)}"
        return fake.digests[path]

    def load(path: Path) -> Session:
        fake._enter("load")
        return fake.saved[path]

    def load_digested(path: Path) -> tuple[Session, str]:
        return load(path), fake.digests.get(path, "")

    sessions = SimpleNamespace(save=save, load=load, load_digested=load_digested)
    catalog = SimpleNamespace(models=tuple)
    modules |= {"vitprune.sessions": sessions, "vitprune.catalog": catalog}

    def imported(name: str) -> Any:
        return modules[name] if name in modules else import_module(name)

    for subject in ("choosing", "engine", "keeping", "measuring", "opening", "studying"):
        monkeypatch.setattr(f"vitprune_gui.requests.{subject}.import_module", imported)
    return fake


@pytest.fixture
def state(qapp: QApplication) -> AppState:
    return AppState()


@pytest.fixture
def start_runner(qapp: QApplication) -> Iterator[Callable[..., JobRunner]]:
    """Makes runners and ends them after the test."""
    runners: list[JobRunner] = []

    def start(make_engine: Callable[[], object] = object) -> JobRunner:
        runners.append(JobRunner(make_engine))
        return runners[-1]

    yield start
    for runner in runners:
        assert runner.shutdown(10_000)


@pytest.fixture
def runner(start_runner: Callable[..., JobRunner], workflow: FakeWorkflow) -> JobRunner:
    return start_runner(lambda: FakeEngine(workflow))


@pytest.fixture
def commands(state: AppState, runner: JobRunner, settings: Settings, dialogs: FakeDialogs) -> Commands:
    return Commands(state, runner, settings, dialogs)


def plain_view(state: AppState, commands: Commands, parent: QWidget | None = None) -> QWidget:
    return QWidget(parent)


PLAIN_VIEWS: dict[str, ViewFactory] = dict.fromkeys(
    ("models", "architecture", "inspector", "plan", "overview", "evaluation"), plain_view
)


@pytest.fixture
def shell(qtbot: Any, settings: Settings, dialogs: FakeDialogs, workflow: FakeWorkflow) -> Iterator[Shell]:
    """The whole application on the fake engine, with empty views, shown."""
    made = build(settings, dialogs=dialogs, make_engine=lambda: FakeEngine(workflow), views=PLAIN_VIEWS)
    qtbot.addWidget(made.window, before_close_func=let_go)
    with qtbot.waitSignal(made.window.built):
        made.window.show()
    yield made
    assert made.close()


def let_go(window: Any) -> None:
    """Closes it without a question."""
    window._leaving = True  # the test is over: nobody is there to be asked
